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
# **Prerequisites:** {doc}`the first page <index>` (what weak-to-strong generalization, W2SG, is). Code of this chapter: `w2slib.checkpoints`.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import matplotlib.pyplot as plt
import numpy as np

from w2slib import checkpoints, data, explorer, figures
from w2slib.checkpoints import (
    Supervisor,
    change_point,
    crossing_shift,
    over_networks,
    rank_correlation,
    same_step_correlation,
    seed_mean,
    two_level,
    variance_components,
)
from w2slib.metrics import recovered_gap

scores = explorer.digit_scores()

# %% [markdown]
# ## Predict first, then drag
#
# A network learns to tell ten digits apart and is saved on the way, at step 0, 1, 2, 4 and so on. From each saved copy a **student** learns one new
# thing, is the digit odd?, from the labels of a weak **supervisor** that sees part of each image and had few labels. The picture shows how sure the student
# is of each test digit: right of 0 it says "odd".
#
# :::{admonition} Predict
# :class: note
# At step 0 the network has learnt nothing, and yet a student on its features is right a little more often than the supervisor. Will
# pre-training move both histograms, or only the wrong answers? When is half of the gap to a student with true labels closed? Decide, then drag.
# :::

# %% tags=["hide-input"]
scores.cover()

# %% [markdown]
# [Blessing] stands for {cite:t}`yao2026blessing`, who follow hundreds of checkpoints of language models. Nothing in this chapter
# is a theorem: it measures real networks on real data. Every curve over seeds has a band: the 95 % interval over these seeds, or two
# standard errors where the title says so.
#
# :::{admonition} Symbols of this page
# | symbol | meaning |
# |---|---|
# | weak, student, ceiling | accuracies on the test inputs, defined below |
# | PGR | performance gap recovered, gain $a$ over gap $b$ |
# | $a$ | gain: student minus weak |
# | $b$ | gap: *last* checkpoint's ceiling minus weak |
# | $S$ | number of seeds; what a seed deals anew is said for each study |
# | $x$ | $\log(1 + \text{step})$, place on the axis of pre-training |
# | $f$, with $\ell, h, x_1, x_2$ | fitted curve: level before, height of the rise, where it begins and ends |
# | $A_r$ | alignment: share of the task in the $r$ leading principal components of the features |
# | $w(t)$, with $t, u, \Sigma, \lambda_i, v_i, p$ | a linear student's path, in the section on the gauge only |
# :::
#
# :::{div} w2s-print
# The same picture for print, at three checkpoints. A score right of 0 means "odd":
# :::

# %% mystnb={"image": {"alt": "Three pairs of histograms of the student's decision score, for odd digits and even digits, at the first, a middle and the last checkpoint. They overlap at the first and separate with pre-training."}} tags=["hide-input", "print"]
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
for scores.slider.value in (20, 39, 0):  # and back
    step = scores.canvas.options["steps"][scores.slider.value]
print(f"the slider is at step {step}")

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
# $$\mathrm{PGR} = \frac{\text{student} - \text{weak}}{\text{ceiling} - \text{weak}} = \frac{\text{gain } a}{\text{gap } b}.$$
#
# We use the *last* checkpoint's ceiling for the whole curve. Each checkpoint's own ceiling would be no use early
# on: before pre-training it lies *below* the supervisor, and there is no gap to recover. Over several seeds the PGR is the
# mean gain over the mean gap.
#
# **Worked by hand.** Four seeds have the gains 8, 10, 6, 12 and the gaps 18, 16, 16, 18, in percentage points. The means are 9 and 17:
# PGR $= 9/17 = 0.53$. How sure is that? A value $R$ is possible as long as the differences $a - Rb$ could have mean zero. For $R = 0.53$ they
# are $-1.5, 1.5, -2.5, 2.5$, with a standard deviation of 2.4 and a standard error of $2.4/\sqrt4 = 1.2$. Student's factor for four seeds is
# 3.2, so that the mean of $a - Rb$ is known up to 3.8 points, and the PGR up to $3.8/17 = 0.22$. The exact set of all $R$ that pass (Fieller's
# interval, `recovered_gap`, on every page of this book) is hardly different here. It is not symmetric when the gap is uncertain, too:

# %%
gains, gaps, top = np.array([8, 10, 6, 12]) / 100, np.array([18, 16, 16, 18]) / 100, 0.1
by_hand = recovered_gap(weak=top + gaps, student=top + gaps - gains, ceiling=top * np.ones(4))
print(f"PGR {by_hand.value:.2f}, 95 % interval [{by_hand.low:.2f}, {by_hand.high:.2f}]")

# %% [markdown]
# **Linear readability** is the accuracy of a probe trained on true labels, cross-validated *within the student's
# training inputs*. It shares no test input with the PGR, so that a correlation of the two cannot come from common
# test noise. Supervisor, student and test inputs are disjoint, and dealt anew for each seed.
#
# ## Real digits
#
# *Network*: a multi-layer perceptron that learns to tell the ten digits of scikit-learn's 1797 images apart.
# *Task*: is the digit odd? *Supervisor*: logistic regression with 100 labels, which sees a random 60 % of each
# image's pixels.
#
# Twenty seeds: each deals the images anew and starts a network of its own. We train students for eight supervisors at once, and for one
# that knows nothing; the sections below use the same networks.

# %%
qualities, noises = (0.5, 0.6, 0.7, 0.8), (0.0, 0.1, 0.2, 0.3)
variants = [Supervisor(visible=share) for share in qualities]
variants += [Supervisor(label_noise=share) for share in noises]
variants += [Supervisor(shuffled=True)]
*studies, control = checkpoints.digits_studies(variants, n_checkpoints=25, n_seeds=20, rng=0)
by_quality, by_noise = studies[: len(qualities)], studies[len(qualities) :]
digits = by_noise[0]  # 60 % of the pixels, no noise
found = f"{len(digits.steps)} checkpoints, {len(digits.weak)} seeds"
print(f"{found}, supervisor {digits.weak.mean():.2f}")
print(f"PGR of single seeds at the end: standard deviation {digits.pgr[-1].std(ddof=1):.2f}")
nothing = seed_mean(control.gain.mean(axis=0))
print(f"control: gain {nothing.value:+.3f} [{nothing.low:+.3f}, {nothing.high:+.3f}]")

# %% mystnb={"image": {"alt": "Left: accuracies against the step of pre-training on a logarithmic axis. The student begins below the supervisor's dashed line and ends above it; the ceiling rises further. Right: the performance gap recovered rises from below zero to about one half; for a supervisor trained on shuffled labels it stays near zero."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2)
_ = figures.draw(digits, left)
title = f"digits, {len(digits.weak)} seeds, mean ± 2 s.e."
figures.describe(left, y="accuracy on test inputs", title=title)
figures.recovered_gap(digits, label="PGR, 95 % interval", control=control, ax=right)
right.set_title("above the dashed line: W2SG")
plt.show()

# %% [markdown]
# **In words.** Before pre-training the student is, on average, *worse* than its supervisor: random features can barely copy it.
# Within a few dozen steps it overtakes. The supervisor has not changed, nor has the number of labels: only the
# features have.
#
# **The negative control** is the same study with a supervisor whose own training labels were shuffled. It knows
# nothing, and no checkpoint makes a student out of it that knows something: averaged over the checkpoints, the 95 % interval
# of the student's gain over this supervisor does not lie above 0.
#
# **How much one seed says.** One deal of the images and one initialisation say little about the final PGR: that of a single seed has a standard
# deviation of about a quarter (between 0.15 and 0.35 whichever twenty seeds one takes). With five seeds the sign of the first points is
# a matter of luck. Hence twenty, and hence the bands.

# %% [markdown]
# ## Where does it begin?
#
# We fit the simplest curve that has a beginning: flat, then a rise, then flat, on the logarithmic axis
# $x = \log(1 + \text{step})$,
#
# $$f(x) = \ell + h\,\min\!\Bigl(1, \max\!\Bigl(0, \frac{x - x_1}{x_2 - x_1}\Bigr)\Bigr),$$
#
# by least squares over level $\ell$, height $h$ and both knots $x_1 < x_2$, which are checkpoints. W2SG **begins** where $f$ crosses 0. Intervals
# come from a bootstrap over *seeds* (neighbouring checkpoints are not independent, seeds are), with percentiles taken further out than
# 2.5 and 97.5 by what Student's factor exceeds the normal one: for eight seeds a simulation finds the true crossing inside in 96 % of
# repetitions, with plain percentiles in 91 %. The fit is this book's choice; it describes the curve and explains nothing.

# %%
change = change_point(digits.steps, digits.gain, gap=digits.gap, rng=0)
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
# If pre-training helps because it makes the task linearly readable, PGR and probe accuracy should rise together. Spearman's rank
# correlation asks just that, whatever the shape of the curves. We take it along the checkpoints of each seed and report the typical value (mean on
# the scale of $\operatorname{artanh}$) with its interval over seeds. But *everything* that rises with pre-training has a high
# rank correlation with everything else that does; the bare number of the step is the first example. Two controls can tell readability from
# mere progress:
#
# - **the step held fixed** (partial rank correlation): what is left of the ranks of both after a linear fit to the rank of the step;
# - **networks at the same step**: is the network that is ahead in readability ahead in gain? All of them have had the same training.

# %%
names = {"probe accuracy": digits.probe_accuracy, "alignment": digits.alignment}
step = np.tile(digits.steps[:, None], len(digits.weak))
for name, quantity in {**names, "step": step}.items():
    r = {"along the steps": rank_correlation(quantity, digits.gain)}
    if name != "step":
        r["step held fixed"] = rank_correlation(quantity, digits.gain, given=digits.steps)
        r["at the same step"] = same_step_correlation(quantity, digits.gain)
    shown = [f"{label} {i.value:.2f} [{i.low:.2f}, {i.high:.2f}]" for label, i in r.items()]
    print(f"{name:14s} {', '.join(shown)}")

# %% mystnb={"image": {"alt": "Three scatter plots. Left and middle: one point per checkpoint, shaded by step; the performance gap recovered rises with probe accuracy and with the share of the task in the four leading principal components. Right: one point per network at one early step; networks with higher probe accuracy tend to have the higher gain."}} tags=["hide-input"]
fig, (left, middle, right) = figures.subplots(1, 3, figsize=(12.6, 3.6))
_ = figures.gap_against(digits.probe_accuracy, digits, "probe accuracy (true labels)", ax=left)
points = figures.gap_against(
    digits.alignment, digits, "alignment $A_4$: task in 4 components", ax=middle
)
fig.colorbar(points, ax=middle, label="log2(step + 1)")
early = np.flatnonzero(digits.steps == 13)[0]
right.plot(digits.probe_accuracy[early], digits.gain[early], "o", color=figures.COLOURS[0])
title = f"step {digits.steps[early]}: one point per network"
figures.describe(right, "probe accuracy (true labels)", "gain: student minus weak", title)
figures.zero_line(right)
plt.show()

# %% [markdown]
# **In words.** Along the steps the correlation with readability is between 0.8 and 0.95, and so is that with the bare step: by itself it says no more than
# "both rise". The controls say more. With the step held fixed a correlation of about one half remains, and at the same step the
# networks with the more readable task tend to gain more. Both intervals exclude 0 (with eight other choices of twenty networks the first did so each time, the second
# seven times). Readability carries information that progress alone does not. It is still
# no proof of a cause: a network may be ahead in both for a third reason.
#
# ### The bridge to warm starts
#
# The middle panel needs no probe. Its abscissa is the share of the labels' variance that lies in the leading
# principal components of the features,
#
# $$A_r = \frac{\|P_r\,\bar y\|^2}{\|\bar y\|^2},$$
#
# with $\bar y$ the centred labels and $P_r$ the projection on the first $r$ components, as vectors over the inputs. We take $r = 4$ of the sixteen:
# the network separates ten digits, so that "odd" is spread over several of its directions. With one component the two go together less closely,
# with eight as closely as with four or more closely.
#
# In a model where pre-training finds one direction and the task is a function of another, the squared overlap of the two plays the part of $A_1$: it
# is what a spectral start supplies in the chapter on [warm starts](warm_start.ipynb), and without it there is no gain. Real features have many directions, so
# that the correspondence is an analogy, not a theorem; what we measured is the middle panel and the second printed line.
#
# ## What moves the beginning?
#
# How supervisor quality and label noise shift the transition is a question that [Blessing] leaves open. A simulation on digits is no answer for
# language models, but it costs seconds. *Quality*: how much of
# each image the supervisor sees. *Noise*: each label is flipped with some probability on its way to the student (the
# supervisor itself, whom the student has to beat, stays as it is).
#
# All supervisors have students on the *same* networks and images. So compare them in pairs: what makes a seed lucky is lucky for both, and
# cancels in the difference. Beginning and end get the same treatment.

# %%
onsets = {study: change_point(study.steps, study.gain, rng=0).crossing for study in studies}
for share, study in zip(qualities, by_quality, strict=True):
    begins = onsets[study]
    print(
        f"sees {share:.0%}: begins at step {begins.value:.0f} [{begins.low:.0f}, {begins.high:.0f}]"
    )
first, last = by_quality[0], by_quality[-1]
shift = crossing_shift(first.steps, first.gain, last.gain, rng=0)
ends = f"[{shift.low:.1f}, {shift.high:.1f}]"
print(f"80 % against 50 %: {shift.value:.1f} doublings of the step later {ends}")
for share, study in zip(noises[1:], by_noise[1:], strict=True):
    later = crossing_shift(digits.steps, digits.gain, study.gain, rng=0)
    less = seed_mean(100 * (study.gain[-1] - digits.gain[-1]))
    begins = f"begins {later.value:+.2f} [{later.low:+.2f}, {later.high:+.2f}] doublings later"
    final = f"final gain {less.value:+.1f} [{less.low:+.1f}, {less.high:+.1f}] points"
    print(f"noise {share:.0%}: {begins}, {final}")

# %% mystnb={"image": {"alt": "Two panels: the step at which weak-to-strong generalization begins, with 95 percent intervals, against the share of pixels the supervisor sees, where it grows, and against the label noise, where only the largest noise lies clearly higher."}} tags=["hide-input"]
top, (fig, axes) = checkpoints.LAST_STEP + 1, figures.subplots(1, 2)  # no end: drawn to the top
labels = "share of pixels that the supervisor sees", "label noise on the way to the student"
panels = zip(axes, labels, (qualities, noises), (by_quality, by_noise), strict=True)
for ax, label, shares, shown in panels:
    crossings = [(o.value, o.low, o.high) for o in (onsets[study] for study in shown)]
    value, low, high = np.minimum(np.transpose(crossings) + 1, top)
    margins = [value - low, high - value]
    ax.errorbar(shares, value, yerr=margins, fmt="o", color=figures.COLOURS[0], capsize=3)
    for *place, study in zip(shares, value, shown, strict=True):
        beside = dict(xytext=(5, 5), textcoords="offset points", fontsize=8)
        ax.annotate(f"weak {study.weak.mean():.2f}", place, **beside)
    figures.describe(ax, label, "step + 1 where W2SG begins", log="y", ylim=(0.8, 2 * top))
    ax.margins(x=0.2)
plt.show()

# %% [markdown]
# **In words.** The more the supervisor sees, the later it is overtaken. Noise of 30 % delays the beginning: alone, its interval overlaps that of
# the clean labels; in pairs the delay is sure. What noise costs at the end twenty seeds do not decide: the paired loss is at most a few points, and
# for 10 and 20 % its interval contains 0.
#
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
_ = figures.recovered_gap(transformer, label="PGR, 95 % interval", ax=right)
right.set_title("above the dashed line: W2SG")
plt.show()

# %%
turn = change_point(transformer.steps, transformer.gain, gap=transformer.gap, rng=0)
before = f"PGR {turn.before.value:.2f} before step {turn.start.value:.0f}"
print(f"{before}, {turn.after.value:.2f} from step {turn.end.value:.0f}")
at = turn.crossing
print(f"W2SG begins at step {at.value:.0f} [{at.low:.0f}, {at.high:.0f}]")
reached, measured = np.searchsorted(transformer.steps, turn.end.value - 0.5), transformer.recovered
ends = f"[{measured.low[reached]:.2f}, {measured.high[reached]:.2f}]"
print(f"measured at step {transformer.steps[reached]}: PGR {measured.value[reached]:.2f} {ends}")
step = np.tile(transformer.steps[:, None], len(transformer.weak))
names = {"probe accuracy": transformer.probe_accuracy, "alignment": transformer.alignment}
readable = {n: rank_correlation(q, transformer.gain) for n, q in {**names, "step": step}.items()}
for name, r in readable.items():
    print(f"Spearman with {name:14s} {r.value:.2f} [{r.low:.2f}, {r.high:.2f}]")
for name, quantity in names.items():
    r = rank_correlation(quantity, transformer.gain, given=transformer.steps)
    print(f"step held fixed: {name:14s} {r.value:.2f} [{r.low:.2f}, {r.high:.2f}]")

# %% mystnb={"image": {"alt": "Small transformer. Left: the performance gap recovered with the fitted flat-rise-flat curve and the interval of its crossing. Right: scatter of the gap against probe accuracy, one point per checkpoint, rising almost along one line."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2)
_ = figures.recovered_gap(transformer, change=turn, ax=left)
probe = "probe accuracy (true labels)"
points = figures.gap_against(transformer.probe_accuracy, transformer, probe, ax=right)
fig.colorbar(points, ax=right, label="log2(step + 1)")
plt.show()


# %% [markdown]
# **In words.** For the first 64 steps nothing happens: the probes are worse than a bag of characters, PGR about -0.57.
# Then it rises, through 0 at step 248 [200, 332]. The fitted curve has its upper level, 0.42, from step 680 on; measured at that step the PGR is
# still 0.31 [0.26, 0.36], and it goes on rising slowly, to 0.52 [0.42, 0.63] at the last step: the real curve has no second knot. The rise
# takes a factor of ten in steps, so it is gentler than the word *abrupt* suggests; before it the curve is flat over all
# the checkpoints from step 0 to 64.
#
# The gap goes with linear readability (0.89 [0.79, 0.95]), with alignment (0.87), and just as closely with the bare step (0.89). With the step held
# fixed 0.25 [0.10, 0.39] remains for readability: most of what the first number shows is that both rise. The other control, several networks at the same step, needs
# several networks: the next section.
#
# **What this does not show.** It is one network, trained once: the six seeds deal the *texts* anew, and their sets overlap,
# so that all intervals here are about other deals of these texts, and say nothing about another initialisation. Between steps 16 and 512 Pythia's
# spacing has one checkpoint per doubling, which limits how sharp a transition can be seen. Training took 7 and the sweep 12 minutes of processor time.

# %% [markdown]
# ## Several networks: what moves the beginning
#
# What holds for *networks* is decided by how many there are. So: the same architecture in three sizes, trained from three seeds each, and
# followed like the one above, with two tasks and four supervisors on the same texts (`studies/networks.py`; what comes with the book is its
# table of right answers, not the weights).
#
# *Tasks*: is the identifier at the end of the text **called**; is it **assigned** (next comes a single equals sign)? *Supervisors*: the last 16
# *characters*; a weak language *model*, smaller than every student and probed with 200 labels; an *earlier* checkpoint of the student's own network,
# step 128, probed likewise; and, as the control, characters with *shuffled* labels.

# %%
def said(found):
    """Write a value with its interval."""
    return f"{found.value:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"


origin, every = data.read("networks.json"), checkpoints.kept_networks()
sizes = {}
for name in every:
    sizes.setdefault(name.partition("-")[0], []).append(name)
for size, names in sizes.items():
    about = [origin["networks"][name] for name in names]
    losses = ", ".join(f"{each['final_loss']:.2f}" for each in about)
    saved = len(checkpoints.kept_study(names[0]).steps)
    print(f"{size}: {about[0]['parameters']:,} parameters, {saved} checkpoints, loss {losses}")
pairs = [
    (task, who) for task in ("called", "assigned") for who in ("characters", "model", "earlier")
]
along = {
    (*pair, name): checkpoints.kept_study(name, *pair) for pair in pairs for name in every
}  # a study for each task, supervisor and network; its seeds are four deals of the texts

# %% mystnb={"image": {"alt": "Six panels, two tasks by three supervisors. In each the student's gain against the step, three thin lines for each of three sizes. Nearly all begin below zero. The lines of the smallest networks rise last and end lowest on the whole; those of the two larger sizes end alike, and with characters and the model as supervisors the largest networks' cross zero first. Two of the smallest stay below zero where an earlier checkpoint supervises assigned."}} tags=["hide-input"]
fig, axes = figures.subplots(2, 3, figsize=(11, 5.6), sharex=True, sharey=True)
for ax, pair in zip(axes.flat, pairs, strict=True):
    for colour, (size, names) in zip(figures.COLOURS, sizes.items(), strict=False):
        for name in names:
            study = along[*pair, name]
            label = size if name == names[0] else None
            ax.plot(
                study.steps + 1, study.gain.mean(axis=1), color=colour, linewidth=1, label=label
            )
    title = f"{pair[0]}? supervisor: {pair[1]}"
    figures.describe(ax, "step + 1" if pair[0] == "assigned" else "", title=title, log="x")
    figures.zero_line(ax)
axes[0, 0].set_ylabel("gain: student minus weak")
axes[1, 0].set_ylabel("gain: student minus weak")
axes[0, 0].legend(loc="best")
plt.show()

# %% [markdown]
# The beginning of each network, from the same fit as above; "never": the fitted curve does not reach 0 before the end of training. Below it the final gain with
# its interval: networks, then the four deals of each are resampled (`two_level`). Student's quantile is 4.3 for three networks: three say little.

# %%
begins_at = {}
for key, study in along.items():
    fitted = change_point(study.steps, study.gain, rng=0, n_bootstrap=10)
    begins_at[key] = fitted.crossing.value
for pair in pairs:
    print(f"{pair[0]}, {pair[1]}: supervisor {np.mean([along[*pair, n].weak for n in every]):.3f}")
    for size, names in sizes.items():
        steps = [
            "never" if np.isinf(begins_at[*pair, n]) else f"{begins_at[*pair, n]:.0f}"
            for n in names
        ]
        final = two_level(np.stack([along[*pair, name].gain[-1] for name in names]), rng=0)
        ends = f"{final.value:+.3f} [{final.low:+.3f}, {final.high:+.3f}]"
        print(f"   {size:6s} begins at step {', '.join(steps):18s} final gain {ends}")
for task in ("called", "assigned"):
    taught = [checkpoints.kept_study(name, task, "shuffled").student.mean() for name in every]
    print(f"control, {task}: mean accuracy of the students {min(taught):.3f} to {max(taught):.3f}")

# %% [markdown]
# **In words.**
#
# - *Size.* With characters and with the model as supervisors, every network of 0.5 million parameters begins before every one of 0.15 million, and every one of 2 million before all of
#   0.5 million. With earlier checkpoints the sizes overlap, except that at *assigned* every
#   network of 0.5 million begins before every one of 0.15 million. The mean final gain of 0.5 million is above that of 0.15 million in all six rows. From 0.5 to 2 million it is higher in two rows and lower in four: what size buys there is an
#   earlier beginning.
# - *Supervisor and task.* They decide as much as size. The smallest networks begin after step 2000 where they have to beat characters at *assigned*, and before step 600 where they have to
#   beat the model at the same task. An earlier checkpoint of the same network is a supervisor with the student's own blind spots: two of the smallest never begin.
# - *Control.* The students of a supervisor that knows nothing are right about half of the time.
#
# **Networks or deals?** All networks got the same four deals of the texts. The next cell splits the variance of the gain, averaged over the last ten checkpoints, into a
# part between networks of one size and a part between deals (`variance_components`).

# %%
for pair in pairs:
    parts = []
    for names in sizes.values():
        last = np.stack([along[*pair, name].gain[-10:].mean(axis=0) for name in names])
        parts.append(variance_components(last))
    spread = [np.mean([getattr(part, name) for part in parts]) for name in ("network", "deal")]
    points = [100 * np.sqrt(max(each, 0)) for each in spread]
    print(
        f"{', '.join(pair)}: between networks {points[0]:.1f}, between deals {points[1]:.1f} points"
    )


# %% [markdown]
# The first number is 0 in all six rows, the second between 2.1 and 3.2 points: in these networks it matters which texts are dealt, and the seed of the training does not show. (Three networks of a size
# cannot exclude a small difference. An estimate that would be negative is shown as 0.)
#
# **Readability beyond the step.** The two controls from above, now over all networks: the step held fixed, and, at the same step, is the network that is ahead of the others
# *of its own size* in readability also ahead in gain?

# %%
def against_own_size(values):
    """Difference of each column to the mean of the networks of its size."""
    return np.hstack(
        [
            values[:, [every.index(n) for n in names]]
            - values[:, [every.index(n) for n in names]].mean(axis=1, keepdims=True)
            for names in sizes.values()
        ]
    )


beyond = {}
for pair in pairs:
    mean = over_networks([along[*pair, name] for name in every])
    known, gain = mean.probe_accuracy, mean.gain
    beyond[pair] = rank_correlation(known, gain, given=mean.steps)
    own = same_step_correlation(against_own_size(known), against_own_size(gain))
    print(
        f"{pair[0]}, {pair[1]}: along the steps {said(rank_correlation(known, gain))}, "
        f"step held fixed {said(beyond[pair])}, same step and size {said(own)}"
    )

# %% [markdown]
# With the step held fixed, the correlation is positive in all six rows; its interval excludes 0 with characters and with the model, for both tasks, and contains 0 with earlier checkpoints. Among networks of one size
# at the same step it contains 0 in all six rows: which of them is ahead in readability says nothing sure about its gain. So readability says something beyond the step, but little: 0.05 to 0.29,
# where along the steps it is 0.53 to 0.9. What the public summary of [Blessing] says, that PGR correlates with linear readability, holds here along the steps for every supervisor; these are small networks, and one
# corpus.
#
# **Students that are trained whole.** At a few checkpoints the network itself was the student: all its weights, and a linear head on the last token, trained for three
# epochs on 400 labels, with the cross-entropy or with the confidence loss of {cite:t}`burns2023weak`; the ceiling is the same student on true
# labels. The probe beside it got the same 400. One deal of the texts, task *called*, supervisors *characters* and *model*; the interval is over networks, for the
# difference to the probe.

# %%
tuned = data.read("networks_tuned.csv")
kinds = {
    "probe": "probe",
    "fine-tuned": "fine-tuned full",
    "confidence": "fine-tuned full confidence",
}
stops = (0, 128, 512, 1000, 4400)
own_gains, own_gaps = {}, {}
for at in stops:
    for kind, student in kinds.items():
        rows = tuned[(tuned["step"] == at) & (tuned["student"] == student)]
        parts = [rows[rows["network"] == name] for name in every]
        weak, right, top = (
            np.array([part[f"{who}_right"].mean() for part in parts]) / origin["n_test"]
            for who in ("weak", "student", "ceiling")
        )
        own_gains[at, kind], own_gaps[at, kind] = right - weak, top - weak

# %% tags=["hide-input"]
for at in stops:
    for kind in kinds:
        gain, gap = own_gains[at, kind].mean(), own_gaps[at, kind].mean()
        shown = f"gain {gain:+.3f}, gap {gap:+.3f}" + f", PGR {gain / gap:.2f}" * bool(gap > 0.04)
        if kind != "probe":
            less = [seed_mean(each[at, kind] - each[at, "probe"]) for each in (own_gains, own_gaps)]
            shown += f"; against the probe: gain {said(less[0])}, gap {said(less[1])}"
        print(f"step {at:4d} {kind:11s} {shown}")

# %% [markdown]
# Early, training the whole network lifts the *ceiling*: at step 0 the fine-tuned ceiling is more than 4 points above the probe's in every one of the nine networks. Late it does not: with 400 labels the two ceilings
# are alike at step 1000, and at the last step it is 2 points lower. And the student that is trained whole gains *less* than the probe, 4 points against 8 at the last step; the largest networks lose most, 4 against 11.
# So its PGR is lower here, 0.4 against 0.6, because the gain is, not because the ceiling has risen. These numbers do not say why; one reason could be that all its weights are free to learn the supervisor's mistakes. The
# confidence loss does not help at this size: its mean gain is below that of the cross-entropy at all five steps, and where its PGR is the higher one, at the last two, that is because its ceiling is lower. At step 1000 and
# at the last step the loss of gain is sure over these nine networks (both intervals are below 0); but all of this is one deal of the texts.
#
# ## A gauge of warm starts
#
# Can one tell *from a checkpoint and a few labels* whether a student will gain? [Blessing] leaves the question open. The chapter on [warm starts](warm_start.ipynb)
# says what to measure: how much of the truth the start has, how much the supervisor has, how steep the loss is on the way, and where on the way the student comes closest
# to the truth. On real features these have exact counterparts for a *linear* student that learns the supervisor's labels ($\pm1$) by gradient descent in small steps on the squared error. On
# features scaled to variance 1, with covariance $\Sigma=\sum_i\lambda_iv_iv_i^\top$, its weights at time $t$ are
#
# $$w(t) = \sum_i \frac{1 - e^{-\lambda_i t}}{\lambda_i}\,v_i v_i^\top u, \qquad u = \text{mean of (label} \times \text{features)}.$$
#
# It leaves 0 in the direction $u$, in which the features' loud directions dominate: the **start**, which is what pre-training supplies. It ends as the **copy** of its supervisor, as far as
# these features can copy it. `warm_start_gauge` measures the correlation of start, path and copy with the truth on a few labelled texts, and turns a correlation into an accuracy as if the answers
# were normal in each class. A probe with penalty $p$ stops about where the flow is at time $1/(4p)$: its predicted accuracy minus that of the supervisor, counted on the same few texts, is
# the **predicted gain**. This is an analogy made exact for linear students, and the normal formula is an approximation: no theorem about networks.
#
# We take it at every checkpoint, for every task, supervisor and deal, with the labelled texts that a deal gives to nobody, at most 200, and hold it against the gain that the
# sweep measured with probes on 600 other texts. To beat: *counting*, which fits the flow's student and counts its right answers on the same few texts; and readability, which knows the true labels of
# all 600 training texts.

# %%
gauges = {(*pair, name): checkpoints.kept_gauge(name, *pair) for pair in pairs for name in every}
common = sorted(set.intersection(*(set(gauge["step"].tolist()) for gauge in gauges.values())))


def curves(pair, quantity):
    """One column for each network, at the steps that all have; of the gauge, or as measured."""
    columns = []
    for name in every:
        gauge, study = gauges[*pair, name], along[*pair, name]
        values = {"measured": study.gain, "readable": study.probe_accuracy}.get(quantity)
        steps = gauge["step"] if values is None else study.steps
        values = gauge[quantity] if values is None else values.mean(axis=1)
        columns.append(values[np.searchsorted(steps, common)])
    return np.stack(columns, axis=1)


# %%
words = {"gain": "gauge", "counted": "counting", "readable": "readability", "start": "start alone",
         "convexity": "convexity"}  # fmt: skip
ranks, beyond_step = {}, {}
for pair in pairs:
    there = curves(pair, "measured")
    for name in words:
        ranks[pair, name] = rank_correlation(curves(pair, name), there)
        beyond_step[pair, name] = rank_correlation(curves(pair, name), there, given=common)
    print(f"{', '.join(pair)}: rank correlation along the steps; step held fixed")
    for name, word in words.items():
        print(f"   {word:12s} {said(ranks[pair, name])};  {said(beyond_step[pair, name])}")

# %%
predicted, counted, truly = (
    np.stack([curves(pair, name) for pair in pairs]) for name in ("gain", "counted", "measured")
)


def calibration(sample):
    """Slope of measured on predicted for each resample: (B, N, 1, 2 x curves) -> (B,)."""
    x, y = np.split(sample.reshape(len(sample), -1, sample.shape[-1]), 2, axis=-1)
    x, y = x.reshape(len(x), -1), y.reshape(len(y), -1)
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    return (x * y).sum(axis=1) / (x * x).sum(axis=1)


slopes, off_by = {}, {}
for word, guess in {"gauge": predicted, "counting": counted}.items():
    both = np.concatenate(
        [np.moveaxis(each, 2, 0).reshape(len(every), -1) for each in (guess, truly)], axis=1
    )
    slopes[word] = two_level(both[:, None, :], calibration, rng=0)
    off = 100 * (guess - truly)
    off_by[word] = np.sqrt(np.mean(off**2))
    print(
        f"{word}: slope of measured on predicted {said(slopes[word])}, "
        f"bias {off.mean():+.1f}, root mean square error {off_by[word]:.1f} points"
    )

# %% tags=["hide-input"]
late = np.array(common) >= 64
few, many = (
    np.stack([curves(pair, name)[late] for pair in pairs])
    for name in ("best_time", "test_best_time")
)
close, typical = np.abs(few - many) < 0.5, np.abs(np.median(many) - many) < 0.5
print(f"best time, from step 64 on: within a factor of 3 of all test labels' {close.mean():.0%}")
print(f"one time for all: {typical.mean():.0%}")
for size, names in sizes.items():
    best, full = (
        np.mean([gauges[*pair, name][quantity][-1] for pair in pairs for name in names])
        for quantity in ("best_gain", "gain")
    )
    print(f"{size}, last checkpoint: predicted gain {full:+.3f}, at the best time {best:+.3f}")

# %% mystnb={"image": {"alt": "Left: measured against predicted gain, one point for each checkpoint, task and supervisor, around the diagonal, from minus 0.15 to plus 0.1. Right: the best time to stop, measured on all test labels against that from a few labels, on logarithmic axes, around the diagonal with wide scatter."}} tags=["hide-input"]
fig, (one, two) = figures.subplots(1, 2, figsize=(10, 4.2))
for colour, (size, names) in zip(figures.COLOURS, sizes.items(), strict=False):
    of_size = [every.index(name) for name in names]
    dots = dict(markersize=2, alpha=0.4, color=colour)
    x, y = predicted[..., of_size].ravel(), truly[..., of_size].ravel()
    one.plot(x, y, ".", label=size, **dots)
    for pair in pairs:
        x, y = (curves(pair, name)[:, of_size].ravel() for name in ("best_time", "test_best_time"))
        two.plot(10**x, 10**y, ".", **dots)
for ax, ends in ((one, [truly.min(), truly.max()]), (two, [1e-3, 1e3])):
    ax.plot(ends, ends, color="black", linewidth=1)
one.legend(loc="best", markerscale=5)
figures.describe(one, "predicted gain", "measured gain", "one point per checkpoint")
figures.describe(two, "from a few labels", "from all test labels", "best time to stop", log="xy")
plt.show()

# %% mystnb={"image": {"alt": "Partial rank correlations with the measured gain, the step held fixed, of gauge, counting and readability side by side for six pairs of task and supervisor, with intervals over networks. The gauge's is the highest or ties, between 0.2 and 0.5, and its intervals do not reach 0."}} tags=["hide-input"]
fig, ax = figures.subplots(figsize=(7.6, 3.6))
places, kept = np.arange(len(pairs)), ("gain", "counted", "readable")
for shift, (name, colour) in enumerate(zip(kept, figures.COLOURS, strict=False)):
    ends = np.array(
        [[each.value, each.low, each.high] for each in (beyond_step[p, name] for p in pairs)]
    )
    margin = np.abs(ends[:, 1:] - ends[:, :1]).T
    shown = dict(fmt="o", markersize=4, capsize=2, color=colour, label=words[name])
    ax.errorbar(places + 0.2 * (shift - 1), ends[:, 0], yerr=margin, **shown)
figures.zero_line(ax)
ax.set_xticks(places, ["\n".join(pair) for pair in pairs])
ax.set_ylim(top=0.85)
ax.legend(loc="upper center", ncols=3)
figures.describe(ax, "", "partial rank correlation", "what is left with the step held fixed")
plt.show()

# %% [markdown]
# **Does it work?** As a *scale*, yes: measured gains rise one for one with predicted ones, the prediction is too low by about a point, and misses by 2.5 points. That is a little better than counting, from the
# same labels. It is too low by more for larger networks.
#
# As a *ranking* along pre-training it adds nothing: readability goes with the gain more closely in every row, and so does the start's overlap alone. Its merit shows where the
# step is held fixed: there the gauge keeps more than counting in all six rows, its interval excludes 0 in all six, and it keeps more than readability except for the model at *assigned*, where they tie. The start's
# overlap alone keeps about as much in three rows, more in one (the model at *assigned*) and less in two. The convexity at the start goes with the gain along the steps, as everything does that rises, and keeps nothing above 0 beyond the step.
#
# As a *clock* it is rough: in three of four cases the few labels and all test labels agree within a factor of 3 on when to stop, and one time for all checkpoints, chosen in hindsight, would do so in two of three.
# That one *should* stop is what both agree on: at the last checkpoint the prediction for the best time is above that for the probe, the more so the larger the network. Gain, then saturation, as in the chapter on
# warm starts; here a part of the difference is the threshold, which the best student sets so that it divides the classes evenly.
#
# **What this does not show.** Nine small networks, one corpus, two tasks of one kind, linear students. The deals share their texts, so that the intervals, which are over networks, do not speak for other texts. The gauge has
# seen no network on which it was not also described: it had no parameter to fit, but its form was chosen looking at one of the nine.

# %% [markdown]
# ## Pythia and OLMo
#
# **What the paper found.** [Blessing] follows hundreds of checkpoints of Pythia and OLMo:
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
# where `task.csv` has the columns `text` and `label` (maybe `weak_label` with `trained_on`, if you have a supervisor of
# your own, and `group`); JSON lines and Parquet will do, too. What cannot be read in one way only is refused with file
# and line. The command says what it will download, writes every checkpoint's rows as they are found, and goes on where
# it stopped when you start it again. A checkpoint that is missing, damaged or incomplete becomes a row of
# `pythia-70m.failed.csv`, and the next run tries it again. `--only step0 step512 step143000` takes some checkpoints,
# `--revision-pattern` and `--checkpoints table.csv` take any series, `--layer 2 4 -1` several layers in one pass,
# `--supervisor EleutherAI/pythia-14m@step143000,soft` a language model as supervisor, `--student fine-tuned,lora` a
# student that is trained whole, `--workers 4` several processes; from Python, `sweep(..., executor=client.get_executor())`
# takes a Dask cluster. Then `read_sweep("pythia-70m.csv")` gives the same object that every figure above was drawn from.
#
# Loading executes nothing: weights come from safetensors files, or from pickles through torch's weights-only unpickler,
# and no code of a repository is run. Without a GPU, get torch's small build for processors first; pytorch.org says how.
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
#   the average student is worse than its supervisor early in pre-training and better later.
# - **The gap recovered goes with linear readability**, on digits and in a transformer that saw no label. On the digits that holds
#   among networks at the same step, too; in small transformers little is left beyond the step.
# - **Size moves the beginning, and so does the supervisor.** Larger networks overtake characters and a weak model earlier. Which texts are dealt moves the gain more than the seed of the training.
# - **A gain can be predicted** from features and some 200 labels, with the right scale and no training of a network; not better ranked than by simpler quantities.
# - **A claim needs its control.** Shuffled labels, disjoint data, the step held fixed, paired differences, intervals over seeds: without them a rising
#   curve could be a rising ceiling, and a correlation the mere passing of time.
#
# Every statement with what it needs: {doc}`assumptions`.
#
# **Further reading.** The paper: {cite:t}`yao2026blessing`. Where PGR comes from: {cite:t}`burns2023weak`. Language models
# that come with their checkpoints: {cite:t}`biderman2023pythia`, {cite:t}`groeneveld2024olmo`. What a probe can and cannot
# show, and why it needs a control: {cite:t}`hewitt2019designing`.
#
# ## The headline numbers

# %% tags=["nbval-check-output"]
start, end = digits.recovered.high[0], digits.recovered.low[-1]
print(f"digits: PGR below 0 at step 0: {start < 0}, above 0.25 at the end: {end > 0.25}")
print(f"digits: control at or below 0: {nothing.low <= 0}")
ahead = same_step_correlation(digits.probe_accuracy, digits.gain)
print(f"digits: at the same step readable networks gain more: {ahead.low > 0}")
rise = f"PGR {turn.before.value:.2f} -> {turn.after.value:.2f}"
print(f"transformer: {rise}, begins at step {turn.crossing.value:.0f}")
print(f"transformer: rank correlation {readable['probe accuracy'].value:.2f}")
print(
    f"{len(every)} networks: gauge's slope {slopes['gauge'].value:.2f}, "
    f"off by {off_by['gauge']:.1f} points"
)
