# %% [markdown]
# # Checkpoints of real networks: when does weak-to-strong generalization begin?
#
# **After this chapter you can**
#
# - follow a student along its pre-training, and say at which step it starts to beat its supervisor;
# - measure how *linearly readable* a task is, and how closely the recovered gap goes with it;
# - tell a real effect from an artefact with a negative control and with intervals over seeds;
# - run the same study on Pythia or OLMo with one command.
#
# **Prerequisites:** {doc}`index` (weak-to-strong generalization, W2SG). Code of this chapter: `w2slib.checkpoints`.
#
# Nothing in this chapter is a theorem. It measures real networks on real data, and every curve has a band over
# seeds.

# %%
import matplotlib.pyplot as plt
import numpy as np

from w2slib import checkpoints, data, explorer, figures
from w2slib.checkpoints import Supervisor, change_point, rank_correlation

scores = explorer.digit_scores()

# %% [markdown]
# ## The experiment

# %% mystnb={"image": {"alt": "Diagram. A network is saved at step 0, 1, 2, 4 and so on of its pre-training. At each checkpoint its features go to a linear probe, the student, which is trained on labels of a weak supervisor. Student, supervisor and a probe trained on true labels, the ceiling, are tested on fresh inputs."}} tags=["hide-input"]
boxes = [
    (1.5, 3.1, "pre-training\nstep 0, 1, 2, 4, ..."),
    (5.0, 3.1, "features at\none checkpoint"),
    (8.6, 3.1, "student: linear probe\non weak labels"),
    (1.5, 0.8, "weak supervisor\nfew labels, sees little"),
    (8.6, 0.8, "tested on true labels\nagainst weak and ceiling"),
]
arrows = [(0, 1, ""), (1, 2, ""), (3, 2, "labels fresh inputs"), (2, 4, "")]
colours = ["#f2f2f2", "#f2f2f2", "#cfe3f1", "#fde3c4", "#f2f2f2"]
_ = figures.flow_chart(boxes, arrows, colours=colours)
plt.show()

# %% [markdown]
# A network is saved at many **steps** of its pre-training; each saved copy is a **{term}`checkpoint`**. At every checkpoint
# we take its **features** (the activations of one layer) of some inputs and compare three accuracies on test
# inputs that nobody was trained on:
#
# - **weak**: the supervisor, trained on few true labels and blind to part of the input. It never changes;
# - **student**: a {term}`linear probe` (logistic regression) on the features, trained on the *supervisor's* labels;
# - **{term}`ceiling`**: the same probe, trained on *true* labels.
#
# The **{term}`performance gap recovered`** {cite}`burns2023weak` is 1 when the student reaches the ceiling, 0 when it only
# equals its supervisor, and negative when it is worse:
#
# $$\mathrm{PGR} = \frac{\text{student} - \text{weak}}{\text{ceiling} - \text{weak}}.$$
#
# We use the *last* checkpoint's ceiling for the whole curve. Each checkpoint's own ceiling would be no use early
# on: before pre-training it lies *below* the supervisor, and there is no gap to recover.
#
# **Linear readability** is the accuracy of a probe trained on true labels, cross-validated *within the student's
# training inputs*. It shares no test input with the PGR, so that a correlation of the two cannot come from common
# test noise. Supervisor, student and test inputs are disjoint, and dealt anew for each seed.
#
# ## Real digits
#
# *Network*: a multi-layer perceptron that learns to tell the ten digits of scikit-learn's 1797 images apart.
# *Task*: is the digit odd? *Supervisor*: logistic regression with 100 labels, which sees a random 60 % of each
# image's pixels.

# %%
supervisors = [Supervisor(), Supervisor(shuffled=True)]
digits, control = checkpoints.digits_studies(supervisors, n_checkpoints=100, n_seeds=5, rng=0)
found = f"{len(digits.steps)} checkpoints, {len(digits.weak)} seeds"
print(f"{found}, supervisor {digits.weak.mean():.2f}")

# %% mystnb={"image": {"alt": "Left: accuracies against the step of pre-training on a logarithmic axis. The student begins below the supervisor's dashed line and ends above it; the ceiling rises further. Right: the performance gap recovered rises from below zero to about one half; for a supervisor trained on shuffled labels it stays near zero."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2)
_ = figures.draw(digits, left)
title = f"digits, {len(digits.weak)} seeds, mean ± 2 s.e."
figures.describe(left, y="accuracy on test inputs", title=title)
figures.recovered_gap(digits, label="performance gap recovered", control=control, ax=right)
right.set_title("above the dashed line: W2SG")
plt.show()

# %% [markdown]
# **In words.** Before pre-training the student is *worse* than its supervisor: random features can barely copy it.
# Within a few dozen steps it overtakes. The supervisor has not changed, nor has the number of labels: only the
# features have.
#
# **The negative control** is the same study with a supervisor whose own training labels were shuffled. It knows
# nothing, and no checkpoint makes a student out of it that knows something: averaged over the checkpoints, the 95 % interval
# of its PGR over seeds contains 0.
#
# **How much five seeds say.** One deal of the images and one initialisation give almost any final PGR: over sixty
# other seeds its standard deviation was 0.2. Hence the bands, and hence Student's interval for a mean of so few.
#
# ## See the scores move
#
# :::{admonition} Predict
# :class: note
# At step 0 the two classes overlap. Will pre-training move both histograms, or only the wrong answers? Where does the
# student's accuracy overtake the supervisor's? Decide, then drag.
# :::

# %% tags=["hide-input"]
scores

# %% [markdown]
# The same picture for print, at three checkpoints. A score right of 0 means "odd":

# %% mystnb={"image": {"alt": "Three pairs of histograms of the student's decision score, for odd digits and even digits, at the first, a middle and the last checkpoint. They overlap at the first and separate with pre-training."}} tags=["hide-input"]
shown = checkpoints.digits_scores(n_checkpoints=40, rng=1)
fig, axes = figures.subplots(1, 3, figsize=(10, 3), sharey=True)
for ax, k in zip(axes, (0, 20, -1), strict=True):
    _ = figures.draw(shown, ax, checkpoint=k)
    ax.get_legend().set(visible=ax is axes[0])
    ax.set_ylabel("test digits" if ax is axes[0] else "")
plt.show()

# %% [markdown]
# In a live notebook this cell moves the slider:

# %%
for scores.slider.value in (0, 20, 39):
    step = scores.canvas.options["steps"][scores.slider.value]
print(f"the slider is at step {step}")

# %% [markdown]
# ## Where does it begin?
#
# We fit the simplest curve that has a beginning: flat, then a rise, then flat, on the logarithmic axis
# $x = \log(1 + \text{step})$,
#
# $$f(x) = a + b\,\min\!\Bigl(1, \max\!\Bigl(0, \frac{x - x_1}{x_2 - x_1}\Bigr)\Bigr),$$
#
# by least squares over $a$, $b$ and both knots $x_1 < x_2$. W2SG **begins** where $f$ crosses 0. Intervals come
# from a bootstrap over *seeds* (neighbouring checkpoints are not independent, seeds are). The fit is this book's
# choice; it describes the curve and explains nothing.

# %%
change = change_point(digits.steps, digits.pgr, rng=0)
for name in ("start", "crossing", "end"):
    found = getattr(change, name)
    ends = f"95 % interval [{found.low:.0f}, {found.high:.0f}]"
    print(f"{name:9s} step {found.value:5.0f}   {ends}")

# %% mystnb={"image": {"alt": "The performance gap recovered against the step on a logarithmic axis, with the fitted flat-rise-flat curve through it and a vertical shade over the interval of the step at which it crosses zero."}} tags=["hide-input"]
fig, ax = figures.subplots(figsize=(6.4, 3.6))
_ = figures.recovered_gap(digits, change=change, ax=ax)
plt.show()

# %% [markdown]
# ## It goes with linear readability
#
# If pre-training helps because it makes the task linearly readable, PGR and probe accuracy should rise together. Rank
# correlation asks just that, whatever the shape of the curve:

# %%
together = rank_correlation(digits.probe_accuracy, digits.pgr, rng=0)
ends = f"95 % interval over seeds [{together.low:.2f}, {together.high:.2f}]"
print(f"Spearman {together.value:.2f}, {ends}")

# %% mystnb={"image": {"alt": "Two scatter plots, one point per checkpoint, shaded by step. The performance gap recovered rises with probe accuracy on the left, and with the share of the task in the four leading principal components on the right."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2)
probe, task = "probe accuracy (true labels)", r"alignment $\rho^2$: task in 4 leading components"
_ = figures.gap_against(digits.probe_accuracy, digits, probe, ax=left)
points = figures.gap_against(digits.alignment, digits, task, ax=right)
fig.colorbar(points, ax=right, label="log2(step + 1)")
plt.show()

# %% [markdown]
# ### The bridge to warm starts
#
# The right panel needs no probe. Its abscissa is the share of the labels' variance that lies in the leading
# principal components of the features,
#
# $$\rho^2 = \frac{\|P_4\,\bar y\|^2}{\|\bar y\|^2},$$
#
# with $\bar y$ the centred labels and $P_4$ the projection on the first four components. In a model where pre-training
# finds one direction and the task is a function of another, the squared overlap $m_0^2$ of the two plays this part: it is
# what a spectral **warm start** supplies, and without it there is no gain. Real features have many directions, so
# that the correspondence is an analogy, not a theorem; that the points fall on one rising curve is what we measured.

# %%
aligned = rank_correlation(digits.alignment, digits.pgr, rng=0)
print(f"Spearman with alignment {aligned.value:.2f}, [{aligned.low:.2f}, {aligned.high:.2f}]")

# %% [markdown]
# ## What moves the beginning?
#
# How supervisor quality and label noise shift the transition is a question that [Blessing] {cite}`yao2026blessing`
# leaves open. A simulation on digits is no answer for language models, but it costs seconds. *Quality*: how much of
# each image the supervisor sees. *Noise*: each label is flipped with some probability on its way to the student (the
# supervisor itself, whom the student has to beat, stays as it is).

# %%
qualities, noises = (0.5, 0.6, 0.7, 0.8), (0.0, 0.1, 0.2, 0.3)
variants = [Supervisor(visible=v) for v in qualities]
variants += [Supervisor(label_noise=n) for n in noises]
varied = checkpoints.digits_studies(variants, n_checkpoints=25, n_seeds=8, rng=0)
onsets = [change_point(study.steps, study.pgr, rng=0).crossing for study in varied]
pairs = list(zip(varied, onsets, strict=True))
by_quality, by_noise = pairs[: len(qualities)], pairs[len(qualities) :]
for noise, (study, _) in zip(noises, by_noise, strict=True):
    final = checkpoints.seed_mean(study.pgr[-1])
    ends = f"[{final.low:.2f}, {final.high:.2f}]"
    print(f"label noise {noise:.0%}: final PGR {final.value:.2f} {ends}")

# %% mystnb={"image": {"alt": "Two panels: the step at which weak-to-strong generalization begins, with 95 percent intervals, against the share of pixels the supervisor sees, where it grows, and against the label noise."}} tags=["hide-input"]
top, (fig, axes) = checkpoints.LAST_STEP + 1, figures.subplots(1, 2)  # no end: drawn to the top
names = "share of pixels that the supervisor sees", "label noise on the way to the student"
panels = zip(axes, names, (qualities, noises), (by_quality, by_noise), strict=True)
for ax, name, x, pairs_shown in panels:
    studies, found = zip(*pairs_shown, strict=True)
    ends = [(onset.value, onset.low, onset.high) for onset in found]
    value, low, high = np.minimum(np.transpose(ends) + 1, top)
    margins = [value - low, high - value]
    ax.errorbar(x, value, yerr=margins, fmt="o", color=figures.COLOURS[0], capsize=3)
    for *place, study in zip(x, value, studies, strict=True):
        beside = dict(xytext=(5, 5), textcoords="offset points", fontsize=8)
        ax.annotate(f"weak {study.weak.mean():.2f}", place, **beside)
    figures.describe(ax, name, "step + 1 where W2SG begins", log="y", ylim=(0.8, 2 * top))
    ax.margins(x=0.2)
plt.show()

# %% [markdown]
# **In words.** The more the supervisor sees, the later it is overtaken: W2SG begins at about step 8 [0, 19] when it sees
# half of the pixels, at 15 [6, 28] with 60 %, at 20 [9, 48] with 70 % and at 49 [25, 91] with 80 %. Label noise moves the
# estimate the same way, from 15 without noise to 29 [10, 78] with 30 %, but every one of these intervals overlaps every
# other: whether noise moves the beginning, eight seeds do not decide. What noise does cost is the end: the final PGR falls
# from 0.61 [0.49, 0.74] to 0.36 [0.04, 0.67].

# %% [markdown]
# ## A real transformer, really pre-trained
#
# Digits have a weakness as a stand-in: their pre-training has *labels*, which determine the task's. So here is a
# language model, which sees no label. The script `studies/tiny_transformer.py` trains a GPT-NeoX (Pythia's
# architecture) from scratch on the source text and docstrings of the Python standard library, saves it at 109 steps in
# Pythia's spacing, and sends every checkpoint through the same three functions that Pythia would take:
# `list_checkpoints`, `load_features`, `sweep`. Its output is the small file that is drawn below.
#
# *Task*: the text stops right after an identifier, in a module that the network has never seen. **Is the identifier
# called**, that is, is the next character an opening parenthesis? *Supervisor*: logistic regression on the bag of the
# last 16 characters, with 200 labels: it knows neither order nor context.

# %%
facts = data.read("tiny_transformer.json")
names = ["parameters", "steps", "tokens_seen", "final_loss", "modules", "modules_held_out"]
print(", ".join(f"{name} {facts[name]}" for name in [*names, "texts", "seed", "python"]))
transformer = checkpoints.read_sweep(data.path("tiny_transformer.csv"))

# %% mystnb={"image": {"alt": "Small transformer. Left: accuracies against the step on a logarithmic axis; student and ceiling are flat and below the supervisor for the first 64 steps and then rise, the student above the supervisor's dashed line. Right: the performance gap recovered rises from about minus one half to about one half."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2)
_ = figures.draw(transformer, left)
title = "small GPT-NeoX, 6 deals of the texts, mean ± 2 s.e."
figures.describe(left, y="accuracy on test inputs", title=title)
_ = figures.recovered_gap(transformer, label="performance gap recovered", ax=right)
right.set_title("above the dashed line: W2SG")
plt.show()

# %%
turn = change_point(transformer.steps, transformer.pgr, rng=0)
before = f"PGR {turn.before.value:.2f} before step {turn.start.value:.0f}"
print(f"{before}, {turn.after.value:.2f} from step {turn.end.value:.0f}")
at = turn.crossing
print(f"W2SG begins at step {at.value:.0f} [{at.low:.0f}, {at.high:.0f}]")
readable = rank_correlation(transformer.probe_accuracy, transformer.pgr, rng=0)
leading = rank_correlation(transformer.alignment, transformer.pgr, rng=0)
for name, r in {"probe accuracy": readable, "alignment": leading}.items():
    print(f"Spearman with {name:14s} {r.value:.3f} [{r.low:.3f}, {r.high:.3f}]")

# %% mystnb={"image": {"alt": "Small transformer. Left: the performance gap recovered with the fitted flat-rise-flat curve and the interval of its crossing. Right: scatter of the gap against probe accuracy, one point per checkpoint, rising almost along one line."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2)
_ = figures.recovered_gap(transformer, change=turn, ax=left)
probe = "probe accuracy (true labels)"
points = figures.gap_against(transformer.probe_accuracy, transformer, probe, ax=right)
fig.colorbar(points, ax=right, label="log2(step + 1)")
plt.show()

# %% [markdown]
# **In words.** For the first 64 steps nothing happens: the probes are worse than a bag of characters, PGR about -0.58.
# Then it rises, through 0 at step 251 [211, 308], to 0.42 at step 680, and slowly on to 0.52 at the last step. The rise
# takes a factor of ten in steps, so it is gentler than the word *abrupt* suggests; before it the curve is flat over all
# the checkpoints from step 0 to 64. The gap goes with linear readability (rank correlation 0.95 [0.88, 0.97]) and with
# alignment (0.94 [0.87, 0.95]).
#
# **What this does not show.** It is one network, trained once: the six seeds deal the *texts* anew, and their sets overlap,
# so the bands say nothing about another initialisation. Both curves rise with the step, and a rank correlation of two
# rising curves is high whatever the cause. Between steps 16 and 512 Pythia's spacing has one checkpoint per doubling,
# which limits how sharp a transition can be seen. Training took 7 and the sweep 12 minutes of processor time.

# %% [markdown]
# ## Pythia and OLMo
#
# **What the paper found.** [Blessing] {cite}`yao2026blessing` follows hundreds of checkpoints of Pythia and OLMo:
# the PGR rises abruptly with pre-training progress, and correlates with how linearly readable the task is from the
# activations. This book has not repeated that run; it has no number of it to show.
#
# **Your run.** The book never imports torch. Whoever wants the real models installs the optional extra and starts
#
# ```bash
# pip install 'w2slib[llm]'
# python -m w2slib.checkpoints --model EleutherAI/pythia-70m --dataset task.csv --out pythia-70m.csv --cache-dir features
# python -m w2slib.checkpoints --model allenai/OLMo-2-0425-1B --dataset task.csv --out olmo2-1b.csv --device cuda
# ```
#
# where `task.csv` has the columns `text` and `label` (and `weak_label`, if you have a supervisor of your own). The
# command shows a progress bar, appends one row per checkpoint and seed, and goes on where it stopped when you start it
# again. `--only step0 step512 step143000` takes some checkpoints, `--workers 4` several processes; from Python,
# `sweep(..., executor=client.get_executor())` takes a Dask cluster. Then `read_sweep("pythia-70m.csv")` gives the same
# object that every figure above was drawn from.
#
# Weights are read from safetensors files only, and no code of a repository is run. A checkpoint that is published only
# as a pickle is refused with a message that says so.
#
# **What it will cost.** A forward pass takes about 2 operations per parameter and token. The next cell turns that
# into an estimate for your own task; the parameter count, 70 million, and 2 bytes for each of them are assumptions of
# the estimate, not measurements.

# %%
parameters = 70e6
n_checkpoints = len(checkpoints.list_checkpoints("EleutherAI/pythia-70m"))
n_texts, tokens_per_text, operations_per_second = 4000, 30, 50e9  # one processor core
seconds = n_checkpoints * 2 * parameters * n_texts * tokens_per_text / operations_per_second
gigabytes = n_checkpoints * 2 * parameters / 1e9
print(f"{n_checkpoints} checkpoints: download {gigabytes:.0f} GB, {seconds / 3600:.0f} core hours")

# %% [markdown]
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/checkpoints`.

# %% tags=["hide-input"]
from jupyterquiz import display_quiz

display_quiz(data.quiz("checkpoints"))

# %% [markdown]
# ## Take-away
#
# - **W2SG is a property of the checkpoint, not of the supervisor alone.** With the same supervisor and the same labels,
#   the student is worse than its supervisor early in pre-training and better later.
# - **The gap recovered goes with linear readability**, on digits and in a transformer that saw no label.
# - **A claim needs its control.** Shuffled labels, disjoint data, intervals over seeds: without them a rising curve
#   could be a rising ceiling.
#
# **Further reading.** The paper: {cite:t}`yao2026blessing`. Where PGR comes from: {cite:t}`burns2023weak`. Language models
# that come with their checkpoints: {cite:t}`biderman2023pythia`, {cite:t}`groeneveld2024olmo`. What a probe can and cannot
# show, and why it needs a control: {cite:t}`hewitt2019designing`.
#
# ## The headline numbers

# %% tags=["nbval-check-output"]
first, last = digits.pgr[0].mean(), digits.pgr[-1].mean()
print(f"digits: PGR below 0 at step 0: {first < 0}, above 0.25 at the end: {last > 0.25}")
shuffled = checkpoints.seed_mean(control.pgr.mean(axis=0))
print(f"digits: control at or below 0: {shuffled.low <= 0}")
print(f"digits: rank correlation above 0.8: {together.value > 0.8}")
rise = f"PGR {turn.before.value:.2f} -> {turn.after.value:.2f}"
print(f"transformer: {rise}, begins at step {turn.crossing.value:.0f}")
print(f"transformer: rank correlation {readable.value:.2f}")
