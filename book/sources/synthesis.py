# %% [markdown]
# # Which mechanism is at work?
#
# **After this chapter you can**
#
# - tell from a few questions which mechanism lets a student beat its teacher, or why none does;
# - write every mechanism as one formula, and split a gain into what is denoised, forgotten, brought along and added;
# - say what happens when mechanisms are combined, and for how many generations they last;
# - place this book's models among other papers on weak-to-strong generalization (W2SG).
#
# **Prerequisites:** the chapters on {doc}`Mechanism I <ridge>`, {doc}`II <weighted_ridge>`, {doc}`III <multi_index>` and
# {doc}`the warm start <warm_start>`. Code of this chapter: `w2slib.synthesis`.
#
# [Mechanisms] stands for {cite:t}`moniri2025mechanisms`, [Blessing] for {cite:t}`yao2026blessing`: the two papers that this book builds on.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown

from w2slib import data, explorer, figures, multi_index, ridge, synthesis, warm_start
from w2slib import weighted_ridge as wr
from w2slib.metrics import performance_gap_recovered, recovered_gap_of_means
from w2slib.random_matrices import bbp_overlap, shrinkage
from w2slib.simulation import Estimate
from w2slib.synthesis import FROZEN, Generation, fit, prior, truth
from w2slib.weighted_ridge import Blocks

gamma_t, noise_var = 0.5, 1.0
best_teacher = ridge.optimal_teacher_penalty(gamma_t, noise_var)
guide = explorer.decision_guide()

# %% [markdown]
# :::{admonition} Predict
# :class: note
# Think of a case you know: a big model trained on a small one's labels, a pupil on a teacher's. What did the student have that
# its teacher had not? Decide whether it should win, then follow the questions.
# :::

# %% tags=["hide-input"]
guide.cover()

# %% [markdown]
# A verdict links to an explorer where there is one, set to a place where it can be seen; a test checks that the explorer agrees. Another
# draws 1,000 random settings for the verdicts on ridge regression, and looks for a counter-example.
#
# :::{admonition} Symbols of this page
# | symbol | meaning |
# |---|---|
# | $b$; $\varphi_b$, $e_b$ | a block of coordinates: its share of them, its part of the target's energy |
# | $g_b$, $\kappa$, $a_b$ | penalty weight, effective penalty, share of what it hears that a fit keeps |
# | $\beta_0$ | what a model knew before, its prior |
# | $k_b$, $N_b$ | a fit in block $b$: its coefficient of the target, the energy of its noise |
# | $p$, $q$; $p_b$, $q_b$ | overlap of the teacher with the target, its energy; their parts in block $b$ |
# | $h$, $c = 2(1 - p/q)$ | what a plain student forgets, how bad its teacher is (Mechanism I) |
# | $v$, $\zeta$, $\kappa_\Gamma$ | relieved direction, alignment of the target with it, relief of its penalty (Mechanism II; $\kappa_\Gamma$ is not $\kappa$) |
# | $w_0$, $w_t$; $\rho$ | warm start and its supervisor; the supervisor's overlap with the truth |
# | $m_0$ | overlap of what pre-training found with what is there: of $w_0$ with the truth, of an estimate $\hat v$ with $v$ |
# | $s$, $s_t$ | shrinkage of plain ridge; the teacher's |
# | $A$, $B$ | surplus of noise, surplus of alignment |
# | $\mu_\ell$, $T$ | rate at which a wide network learns functions of degree $\ell$, training time |
# :::
#
# :::{div} w2s-print
# The whole tree in words:
# :::

# %% tags=["hide-input", "print"]
Markdown(guide.outline())

# %% [markdown]
# In a live notebook the guide follows Python, too. This cell takes every path once:

# %%
for path, _ in guide.walk():
    guide.path = path
outcomes = [verdict.wins for _, verdict in guide.walk()]
guide.path = []
print(f"{len(outcomes)} paths, {sum(outcomes)} of them end with a student that wins")

# %% [markdown]
# ## One table
#
# | | the teacher lacks | the student brings | it works when | it breaks when |
# |---|---|---|---|---|
# | {doc}`Mechanism I <ridge>` | regularisation: $\lambda_t < \lambda_t^\star$ | a larger penalty | $h(\lambda_s) < c$ | the teacher is optimal or over-regularised; $\gamma_s > 1$ and the teacher is not bad enough |
# | {doc}`Mechanism II <weighted_ridge>` | knowledge of where the target lies | a penalty aligned with it | $\sum_b g_b(q_b - p_b) > 0$ and $\gamma_s < 1$: small $\lambda_s$; a spike: $\zeta > \zeta_c(\lambda_s)$ | the sum is negative (small $\lambda_s$ lose); the teacher's penalty is the Bayes penalty |
# | {doc}`Mechanism III <multi_index>` | hard features, out of reach of its data | these features, from pre-training | their overlap is above the winning overlap and fine-tuning keeps them | full fine-tuning with a small penalty forgets |
# | {doc}`Warm start <warm_start>` | accuracy: overlap $\rho < 1$ | a start with $m_0 > 0$ that errs differently: $\langle w_0, w_t\rangle < m_0/\rho$ | stopped in time | random start ($m_0 \approx d^{-1/2}$); trained to the end |
# | Same inputs, {doc}`next chapter <beyond>` | regularisation: $\lambda_t < \lambda_t^\star$ | a larger penalty on the teacher's own inputs | $\lambda_s$ small enough, whatever $\gamma$ | the teacher is optimal or over-regularised; only the class counts |
# | Size, below | features | many more random features | stopped in time | trained longer, most of the gain goes |
#
# For an optimal plain teacher the sum of Mechanism II is positive exactly when $\sum g_be_b < \sum g_b\varphi_b$: the target lies where the penalty is low. In
# {doc}`the study of real networks <checkpoints>` features and starting points improve together as pre-training goes on, and W2SG sets in on the way.
#
# ## The unifying picture: heard, known, and noise
#
# A ridge fit keeps a share $a$ of each coefficient and adds noise (see {doc}`the chapter on random matrices <random_matrices>`). Let the penalty pull not towards zero
# but towards what the model *knew before*, a **prior** $\beta_0$: the fit is then ridge on $\beta - \beta_0$. In every block $b$ of coordinates
#
# $$\boxed{\;\beta_s = a_b\,(\underbrace{\beta_t}_{\text{heard}} + \underbrace{\omega z}_{\text{sampling}}) + (1 - a_b)\,\underbrace{\beta_0}_{\text{known}}\;}
#   \qquad a_b = \frac{1}{1 + \kappa g_b},$$
#
# with penalty weight $g_b$, the effective penalty $\kappa$, and independent noise $\omega z$ as in {doc}`the chapter on Mechanism II <weighted_ridge>`. Three choices, three mechanisms:
#
# - **I**: one share $a < 1$ for all, $\beta_0 = 0$. The student hears everything a little less loudly.
# - **II**: shares that differ, $\beta_0 = 0$. It listens where the target is.
# - **III**: $\beta_0 \ne 0$. It answers from memory where its teacher is silent.
#
# Write the teacher in block $b$ as $\beta_t = k_b\beta_\star + \text{noise of energy } N_b$, and let $\beta_0 = 0$ for a moment. The error changes by
#
# $$L_s - L_t = \sum_b \underbrace{-(1 - a_b^2)N_b}_{\text{denoised}} + \underbrace{e_b\bigl[(1 - a_bk_b)^2 - (1 - k_b)^2\bigr]}_{\text{forgotten}} + \underbrace{\text{noise of the student's own sample}}_{\text{added}},$$
#
# and a prior adds a fourth term, **brought along**. (`synthesis.fit` returns the four in `account`; noise in the student's labels is its
# argument `noise_var`, and a prior that errs like the teacher its `noise_cov`.)
#
# **By hand, case I below.** The teacher ($\lambda_t = 0.03$, $\gamma_t = 0.5$, $\sigma^2 = 1$) keeps $k = 0.946$ of the target and has noise of energy $N = 0.813$, so that $q = 0.946^2 + 0.813 = 1.708$. Its
# student ($\lambda_s = 0.5$, $\gamma_s = 0.3$) keeps the share $a = 0.620$. Denoised: $-(1 - 0.620^2)\cdot 0.813 = -0.501$. Forgotten: $(1 - 0.620\cdot 0.946)^2 - (1 - 0.946)^2 = 0.171 - 0.003 = 0.168$. Added by the
# student's own sample: $\frac{\gamma_s a^2}{1 - \gamma_s a^2}(1 - a)^2q = 0.130\cdot 0.145\cdot 1.708 = 0.032$. The sum is $-0.300$: from 0.815 to 0.515.
#
# Below are three students, each in a target of two blocks. In
# the third case block 2 is hard: the teacher cannot see it, and a student's pre-trained features express 80 % of its energy (`expressed`, 0.8 below).

# %%
sizes, energies = [0.1, 0.9], [0.6, 0.4]
free, hidden = [1.0, 1.0], [1.0, FROZEN]
cases = {
    "I: too loud a teacher": (Generation(0.03, 0.5, free), Generation(0.5, 0.3, free)),
    "II: aligned penalty": (Generation(0.5, 0.5, free), Generation(0.4, 0.3, [0.05, 1.1])),
    "III: hard block 2": (
        Generation(0.5, 0.5, hidden),
        Generation(0.2, 0.3, hidden, [0.0, 0.8]),
    ),
}


def chain(first, second):
    """Theory of a teacher and its student."""
    known = None if second.expressed is None else prior(sizes, energies, second.expressed)
    target = truth(sizes, energies)
    weak = fit(target, first.lam, first.gamma, first.weights, noise_var=noise_var)
    return weak, fit(weak, second.lam, second.gamma, second.weights, known=known)


fits = {name: chain(*pair) for name, pair in cases.items()}
size = dict(noise_var=noise_var, dim=160, n_trials=16, rng=1)
runs = {n: synthesis.simulate(pair, sizes, energies, **size) for n, pair in cases.items()}

# %% mystnb={"image": {"alt": "Two rows of three panels. Top: error of teacher and student in blocks 1 and 2, stacked from missing signal and noise, with simulated totals on top of the bars. Bottom: the change from teacher to student split into denoised, forgotten, brought along and added. In case I both blocks are denoised; in case II only block 2 is denoised, block 1 hardly forgets; in case III block 2 gains from what was brought along."}} tags=["hide-input"]
kinds, orange = ["teacher: missing signal", "student"], figures.COLOURS[1]
fig, axes = figures.subplots(2, 3, figsize=(10.6, 5.6), sharey="row")
for (name, pair), top, bottom in zip(fits.items(), *axes, strict=True):
    found = runs[name].by_block
    for index, (model, shade) in enumerate(zip(pair, (1.0, 0.45), strict=True)):
        x, signal = np.arange(2) * 2.4 + index, model.error_by_block - model.noise
        top.bar(x, signal, color=orange, alpha=shade, label=kinds[index])
        hatched = dict(color="white", hatch="///", edgecolor=orange)
        top.bar(x, model.noise, bottom=signal, label="noise" if index else None, **hatched)
        look = dict(fmt="o", color="black", markersize=4, capsize=3)
        top.errorbar(x, found.mean[index], 2 * found.stderr[index], **look)
    for index, cause in enumerate(["denoised", "forgotten", "brought", "added"]):
        x, height = np.array([0, 2.4]) + 0.5 * index - 0.25, getattr(pair[1].account, cause)
        bottom.bar(x, height, 0.45, color=figures.COLOURS[index], label=cause)
    figures.zero_line(bottom)
    top.set_title(name)
    top.set_xticks([0, 1, 2.4, 3.4], ["1: t", "1: s", "2: t", "2: s"])
    bottom.set_xticks([0.5, 2.9], ["block 1", "block 2"])
figures.describe(axes[0, 0], y="error; circles: simulation", legend=dict(fontsize=8))
figures.describe(axes[1, 0], y="student minus teacher", legend=dict(fontsize=8))
plt.show()

# %% [markdown]
# **In words.** A student wins by denoising (I, II) or by bringing something along (III). With a positive penalty it forgets, and with finite data its own
# sample adds noise. Mechanism II is the art of {term}`forgetting` where nothing is lost.
#
# **The {term}`warm start` is the same picture on a sphere.** Its student moves along the great circle from what it knew, $w_0$, to what it
# hears, $w_t$. A point of that arc *is* a mixture $a\,w_t + (1 - a)\,w_0$, scaled to length 1, and the training time sets $a$: {term}`early stopping` is a
# penalty towards the start. So the best mixture must reach the best overlap of {doc}`the warm start <warm_start>`:

# %%
m0, rho = 0.5, 0.8
a = np.linspace(0, 1, 10_001)
length = np.sqrt(a**2 + (1 - a) ** 2 + 2 * a * (1 - a) * m0 * rho)
mixture = (a * rho + (1 - a) * m0) / length
best = warm_start.best_overlap(m0, rho)
print(f"best mixture {mixture.max():.6f}, best point of the arc {best:.6f}")

# %% [markdown]
# ## All mechanisms on one axis
#
# The *performance gap recovered* {cite}`burns2023weak`, $\mathrm{PGR} = (L_t - L_s)/(L_t - L_{\text{ceiling}})$, compares what the student gained with what true
# labels would have given the same student. Each mechanism against its own knob, student and ceiling each at its best penalty or stopping time:

# %%
gamma_s, lam_grid = 0.2, np.logspace(-4, 2, 301)


def recovered(lam_t, zeta, relief):
    """PGR of the best student with relief along a spike, and its penalty and its ceiling's."""
    setting = dict(lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)
    case = dict(lam_s=lam_grid, gamma_s=gamma_s, zeta=zeta, relief=relief) | setting
    strong, weak = wr.spike_student_error(**case), ridge.teacher_error(**setting)
    top = wr.teacher_error(lam_grid, gamma_s, noise_var, Blocks.spike(zeta, relief))
    pgr = performance_gap_recovered(weak, strong.min(), top.min())
    return pgr, lam_grid[strong.argmin()], lam_grid[top.argmin()]


# %%
def at(estimates, k):
    """Entry k of an estimate of several numbers."""
    return Estimate(estimates.mean[k], estimates.stderr[k])


def with_interval(weak, student, gain, top, n_trials):
    """PGR with its interval from sampled errors; the ceiling is from trials of its own."""
    gap, remaining = (
        Estimate(x.mean - top.mean, np.hypot(x.stderr, top.stderr)) for x in (weak, student)
    )
    return recovered_gap_of_means(gain, gap, remaining, n_trials)


# %%
def sampled_pgr(lam_t, zeta, relief, rng):
    """PGR from sampled regressions at the penalties that theory calls best."""
    _, lam, lam_top = recovered(lam_t, zeta, relief)
    spike = [1.0, 0.0], [1 - zeta**2, zeta**2]
    pair = Generation(lam_t, gamma_t, [1.0, 1.0]), Generation(lam, gamma_s, [1.0, 1 - relief])
    sampling = dict(noise_var=noise_var, dim=120, n_trials=16)
    run = synthesis.simulate(pair, *spike, **sampling, rng=rng)
    top = synthesis.simulate([replace(pair[1], lam=lam_top)], *spike, **sampling, rng=rng + 100)
    errors = at(run.error, 0), at(run.error, 1), at(run.gain, 1)
    return with_interval(*errors, at(top.error, 0), sampling["n_trials"])


# %%
ratios, zetas = np.logspace(-2, 0.5, 40), np.linspace(0, 1, 40)
theory = {
    "I": (ratios, [recovered(r * best_teacher, 0.0, 0.0)[0] for r in ratios]),
    "II": (zetas, [recovered(best_teacher, z, 1.0)[0] for z in zetas]),
}
few_ratios, few_zetas = np.array([0.02, 0.1, 0.4, 1.0]), np.array([0.2, 0.5, 0.7, 0.9])
sampled = {
    "I": (few_ratios, [sampled_pgr(r * best_teacher, 0.0, 0.0, 2) for r in few_ratios]),
    "II": (few_zetas, [sampled_pgr(best_teacher, z, 1.0, 3) for z in few_zetas]),
}

# %%
case3 = dict(target=multi_index.EXAMPLE, gamma_t=0.1, gamma_s=0.1)


def best_lam(rho, mode):
    """Best penalty, or one so large that the student is the pre-trained network."""
    return np.minimum(multi_index.optimal_student_penalty(rho=rho, mode=mode, **case3), 1e6)


def features_pgr(rho, mode):
    """PGR in Mechanism III, student and ceiling at their best penalties."""
    strong, top = (
        multi_index.student_error(lam_s=best_lam(rho, m), rho=rho, mode=m, **case3)
        for m in (mode, "ceiling")
    )
    weak = multi_index.teacher_error(case3["target"], case3["gamma_t"])
    return performance_gap_recovered(weak, strong, top)


# %%
def sampled_features(rho, mode, rng):
    """The same, sampled."""
    sampling = dict(rho=rho, dim=140, n_trials=8) | case3
    run = multi_index.simulate(lam_s=[best_lam(rho, mode)], rng=rng, **sampling)
    own = multi_index.simulate(lam_s=[best_lam(rho, "ceiling")], rng=rng + 100, **sampling)
    student, difference = at(run.student[mode], 0), at(run.difference[mode], 0)
    gain = Estimate(-difference.mean, difference.stderr)
    top = at(own.student["ceiling"], 0)
    return with_interval(run.teacher, student, gain, top, sampling["n_trials"])


# %%
overlaps, few = np.linspace(0, 1, 60), np.array([0.3, 0.6, 0.8, 0.95])
for mode in ("adapter", "full"):
    theory["III " + mode] = (overlaps, features_pgr(overlaps, mode))
    sampled["III " + mode] = (few[1:], [sampled_features(r, mode, 4) for r in few[1:]])

degree, supervisor = 3, 0.8
weak = warm_start.error(supervisor, degree)
strong = warm_start.error(warm_start.best_overlap(overlaps, supervisor), degree)
theory["start"] = (overlaps, performance_gap_recovered(weak, strong, 0.0))
sampling = dict(samples_per_dim=64, step_size=0.03, n_steps=110, dim=60, n_trials=8, rng=5)
flows = warm_start.simulate(few, supervisor, degree=degree, **sampling)
nothing = np.zeros(len(few))  # the errors of supervisor and truth are known, not measured
parts = [(weak - flows.best_mean, flows.best_stderr), (weak + nothing, nothing)]
parts += [(flows.best_mean, flows.best_stderr)]
recovers = recovered_gap_of_means(*(Estimate(*part) for part in parts), sampling["n_trials"])
sampled["start"] = (few, recovers)

# %% mystnb={"image": {"alt": "Four panels of PGR, theory dashed with simulated markers. Mechanism I: falls from one half at a strongly under-regularised teacher to zero at the optimal penalty. Mechanism II: rises from zero with alignment zeta. Mechanism III: the adapter's PGR is negative for small overlap and rises steeply, full fine-tuning lies below it. Warm start: rises from zero with the overlap of the start."}} tags=["hide-input"]
panels = {
    r"I: $\lambda_t/\lambda_t^\star$": ["I"],
    r"II: alignment $\zeta$, $\lambda_t = \lambda_t^\star$": ["II"],
    "III: overlap of features": ["III adapter", "III full"],
    r"warm start: overlap $m_0$": ["start"],
}
fig, axes = figures.subplots(1, 4, figsize=(12.4, 3.4), sharey=True)
for ax, (label, names) in zip(axes, panels.items(), strict=True):
    for index, name in enumerate(names):
        look = dict(label=name.removeprefix("III "), index=index, ax=ax)
        figures.curve(*theory[name], sample=sampled[name], **look)
    figures.zero_line(ax)
    figures.describe(ax, label, ylim=(-0.6, 1.05))
figures.describe(axes[0], y="PGR", log="x")
axes[2].legend()
plt.show()

# %% [markdown]
# Zero is "as good as the teacher", one "as good as with true labels". Markers: 16 or 8 trials with 95 % intervals of the ratio. The knobs differ, and so do the ceilings: these curves may be compared
# in shape, not in height. The warm start's two inner markers lie below its curve because the curve is for unlimited labels and the markers have $n_s = 64\,d$ of them.
#
# ## Combined: does a warm start help a weighted student?
#
# So far the relieved direction $v$ of Mechanism II fell from the sky. Let pre-training *estimate* it: unlabelled inputs with covariance $I + \theta vv^\top$, $d/n_{\text{pre}} = \gamma_{\text{pre}}$, top
# eigenvector $\hat v$, overlap $m_0 = |\langle\hat v, v\rangle|$ on the curve of Baik, Ben Arous and Péché in {doc}`the chapter on random matrices <random_matrices>`. The student relieves $\hat v$.
#
# **Claim** (this book). Relief along $\hat v$ acts like relief along a true direction with alignment $\zeta m_0$.
#
# *Why.* For isotropic inputs and a plain teacher all directions are alike, except through the target. The penalty $I - \kappa_\Gamma\hat v\hat v^\top$ splits space into $\hat v$ and the rest, so the error depends on the target's
# energy along $\hat v$ only. With $\hat v = m_0v + \sqrt{1 - m_0^2}\,v^\perp$ and $\beta_\star = \zeta v + \sqrt{1 - \zeta^2}\,u$,
#
# $$\langle\beta_\star, \hat v\rangle = \zeta m_0 + \sqrt{(1 - \zeta^2)(1 - m_0^2)}\,\langle u, v^\perp\rangle, \qquad \langle u, v^\perp\rangle = O(d^{-1/2}),$$
#
# because $v^\perp$ is a random direction orthogonal to $v$ that knows nothing of $u$. The energy tends to $\zeta^2m_0^2$. $\square$
#
# So there are **two thresholds**. For $\theta \le \sqrt{\gamma_{\text{pre}}}$ nothing is found. And the student wins exactly if $m_0 > \zeta_c(\lambda_s)/\zeta$ (`synthesis.required_overlap`). When $\gamma_s < 1$, $\zeta_c$ falls to 0 with
# $\lambda_s$: any overlap is enough for a small enough penalty, but there is one only for $\theta > \sqrt{\gamma_{\text{pre}}}$. When $\gamma_s > 1$ it takes a finite amount of pre-training beyond that threshold:

# %%
duel = dict(lam_t=best_teacher, gamma_t=gamma_t, noise_var=noise_var)
spike, gamma_pre = dict(zeta=0.95, relief=1.0), 1.0
students = {0.5: 0.2, 2.0: 1.0}  # γ_s and λ_s
few_thetas, starts, thresholds = np.array([0.4, 1.2, 2.0, 3.5, 6.0]), {}, {}
for ratio, lam in students.items():
    pair = dict(lam_s=lam, gamma_s=ratio) | duel
    critical = wr.critical_alignment(relief=spike["relief"], **pair)
    needed = synthesis.required_direction_overlap(spike["zeta"], critical)
    thresholds[ratio] = synthesis.required_spike(needed, gamma_pre)
    case = dict(gamma_pre=gamma_pre, dim=160, n_trials=24, rng=6) | pair | spike
    starts[ratio], _ = synthesis.simulate_estimated_relief(few_thetas, **case)

# %% mystnb={"image": {"alt": "L_s minus L_t of a student with relief along an estimated direction against the spike strength theta, for gamma_s 0.5 and 2; theory with simulated markers. Flat and positive up to theta = 1, the BBP threshold, then falling. The curve for gamma_s 0.5 crosses zero soon after 1, the other one only at about 3; dotted vertical lines mark the predicted crossings."}} tags=["hide-input"]
x = np.linspace(0, 8, 161)
fig, ax = figures.subplots(figsize=(7.0, 3.8))
for index, (ratio, lam) in enumerate(students.items()):
    seen = spike | dict(zeta=spike["zeta"] * bbp_overlap(x, gamma_pre))
    error = wr.spike_student_error(lam_s=lam, gamma_s=ratio, **seen, **duel)
    label = rf"$\gamma_s = {ratio:g}$, $\lambda_s = {lam:g}$"
    sample, look = (few_thetas, starts[ratio]), dict(label=label, index=index, ax=ax)
    figures.curve(x, error - ridge.teacher_error(**duel), sample=sample, **look)
    figures.reference(ax, x=thresholds[ratio], index=index)
label = r"BBP threshold $\theta = \sqrt{\gamma_{pre}}$"
ax.axvline(np.sqrt(gamma_pre), color="black", linewidth=0.9, label=label)
figures.zero_line(ax)
title = r"optimal teacher; dotted: $m_0 = \zeta_c/\zeta$; markers: $d = 160$, mean ± 2 s.e."
name = r"spike strength $\theta$ in the unlabelled data"
figures.describe(ax, name, "difference", title, legend="best")
plt.show()

# %% [markdown]
# Yes: pre-training turns a student that cannot win into one that beats an optimal teacher. (At the BBP threshold itself finite $d$ rounds the corner: there $\hat v$ already has some overlap.)
#
# ## Do the gains add? They do more than that
#
# Give the student unlimited data ($\gamma_s \to 0$), full relief and its best penalty. It frees the direction $v$ and multiplies the rest by $a$. In the rest the teacher's overlap is
# $p(1 - \zeta^2)$ and its energy $q - p^2\zeta^2$, so the best factor gains (as in "The best student of all" of {doc}`Mechanism I <ridge>`), as long as $A + B \ge 0$:
#
# $$L_t - L_s = \frac{(A + B)^2}{q - \zeta^2p^2}, \qquad A = q - p \ \text{(says more than it knows)}, \qquad B = \zeta^2p(1 - p) \ \text{(alignment)}.$$
#
# $\zeta = 0$ is Mechanism I alone. **The surpluses add, the gain is their square**: for $A, B > 0$ it exceeds the gain $A^2/q$ of the plain student by more than the term $B^2/(q - \zeta^2p^2)$, which is what the same
# alignment gains where there is no surplus of noise ($A = 0$). The more noise there is to remove, the more it is worth to know where not to.
#
# **By hand.** Take a teacher with $p = 0.6$ and $q = 0.9$ ($\gamma_t = 0.5$, $\sigma^2 = 2.3$, $\lambda_t = 0.467$) and $\zeta = 0.8$. Then $A = 0.9 - 0.6 = 0.3$, $B = 0.64\cdot 0.6\cdot 0.4 = 0.154$ and
# $q - \zeta^2p^2 = 0.9 - 0.64\cdot 0.36 = 0.670$. The plain student gains $0.3^2/0.9 = 0.1$, the alignment term is $0.154^2/0.670 = 0.035$, together $0.135$. The student with both gains $(0.3 + 0.154)^2/0.670 = 0.307$.

# %%
aligned, tiny, lam_t = 0.8, 0.02, np.logspace(-2, np.log10(0.5), 60)
p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
spread = (aligned**2 * p * (1 - p)) ** 2 / (q - aligned**2 * p**2)
plain, both = (synthesis.best_gain(lam_t, gamma_t, noise_var, zeta) for zeta in (0.0, aligned))
gains = {"I alone (plain student)": plain, "no student: the term of B alone": spread, "both": both}
few_lam, model = np.array([0.015, 0.05, 0.15, 0.4]), ([1.0, 0.0], [1 - aligned**2, aligned**2])
size, measured = dict(noise_var=noise_var, dim=120, n_trials=16, rng=7), {}
for name, weights in (("I alone (plain student)", [1.0, 1.0]), ("both", [1.0, 0.0])):
    measured[name] = []
    for lam in few_lam:
        weak = fit(truth(*model), lam, gamma_t, [1.0, 1.0], noise_var=noise_var)
        best = lam_grid[fit(weak, lam_grid, tiny, weights).error.argmin()]
        pair = [Generation(lam, gamma_t, [1.0, 1.0]), Generation(best, tiny, weights)]
        gain = synthesis.simulate(pair, *model, **size).gain
        measured[name].append(Estimate(gain.mean[1], gain.stderr[1]))

# %% mystnb={"image": {"alt": "Gain L_t minus L_s against the teacher's penalty relative to the best one. The gain of both mechanisms together lies clearly above the dotted sum of the plain student's gain and the term of alignment alone; simulated markers sit on the curves of the two students."}} tags=["hide-input"]
fig, ax = figures.subplots(figsize=(6.8, 3.7))
for index, (name, gain) in enumerate(gains.items()):
    sample = (few_lam / best_teacher, measured[name]) if name in measured else None
    look = dict(sample=sample, label=name, index=index, ax=ax)
    figures.curve(lam_t / best_teacher, gain, **look)
total = plain + spread
ax.plot(lam_t / best_teacher, total, ":", color="black", label="sum of the first two")
name, title = r"teacher's penalty $\lambda_t/\lambda_t^\star$", rf"$\zeta = {aligned}$; markers: "
title += rf"$\gamma_s = {tiny}$, $d = 120$"
figures.describe(ax, name, r"gain $L_t - L_s$", title, log="x", legend="best")
plt.show()

# %% [markdown]
# ## Several generations
#
# Each student teaches the next, and adds noise of its own sample. Under Mechanism I every generation shrinks noise and signal alike: at first it is mostly noise that goes, later mostly signal. With full relief what lies along $v$ is
# passed on untouched, so that the chain ends where nothing but that is left: the rest of the target, $1 - \zeta^2$, is forgotten, and of the part along $v$ the *first* teacher had shrunk away $1 - s_t$ already. The limit is
#
# $$1 - \zeta^2 + \zeta^2(1 - s_t)^2, \qquad s_t = s(\lambda_t; \gamma_t),$$
#
# not 1, and in all seven generations drawn here the relieved chain is better than its first teacher.

# %%
steps, kept = 7, 0.8
uneven, loud = ([1.0, 0.0], [1 - kept**2, kept**2]), Generation(0.1, gamma_t, [1.0, 1.0])
chains = {}
for name, weights in (("plain (I)", [1.0, 1.0]), ("full relief (II)", [1.0, 0.0])):
    path = [loud, *[Generation(0.2, 0.2, weights)] * steps]
    model, errors = truth(*uneven), []
    for k, step in enumerate(path):
        noise = 0.0 if k else noise_var
        model = fit(model, step.lam, step.gamma, step.weights, noise_var=noise)
        errors.append(model.error)
    size = dict(noise_var=noise_var, dim=120, n_trials=16, rng=8)
    chains[name] = (errors, synthesis.simulate(path, *uneven, **size).error)

# %% mystnb={"image": {"alt": "Error against generation 0 to 7. Both chains fall at first; the plain chain then rises, the chain with relief falls further and levels off well below."}} tags=["hide-input"]
fig, ax = figures.subplots(figsize=(6.4, 3.4))
x = np.arange(steps + 1)
for index, (name, (errors, run)) in enumerate(chains.items()):
    figures.curve(x, errors, sample=(x, run), label=name, index=index, ax=ax)
floor = 1 - kept**2 + kept**2 * (1 - shrinkage(loud.lam, loud.gamma)) ** 2
figures.reference(ax, y=floor, label=r"$1 - \zeta^2 + \zeta^2(1 - s_t)^2$")
figures.describe(ax, "generation", "error", legend="best")
plt.show()

# %% [markdown]
# ## Misfit and gain
#
# Charikar, Pabbaraju and Shiragur {cite}`charikar2024quantifying` measure a student by its **misfit**, $E\|\beta_s - \beta_t\|^2$: how far it stays from the labels it was given. For a student that is the *projection* of the teacher onto a convex
# class that contains the target, the gain $L_t - L_s$ is at least the misfit. The student need not know the truth to know a lower bound of its own gain. Is it true of ridge students? They are linear, and the target is linear;
# but a penalty restricts them to a ball, which may not contain the target. Write
# $\|\beta_t - \beta_\star\|^2 = \|\beta_t - \beta_s\|^2 + \|\beta_s - \beta_\star\|^2 + 2\langle\beta_t - \beta_s, \beta_s - \beta_\star\rangle$ and insert the factors of Mechanism I, $a_1$ of the overlap (the share $a$) and $a_2$ of the energy:
#
# $$\text{gain} - \text{misfit} = 2\bigl[(a_1 - a_2)q - (1 - a_1)p\bigr] = 2(1 - a_1)\,q\Bigl(\frac c2 - h(\lambda_s)\Bigr).$$
#
# > For $\lambda_s > 0$ the student wins exactly when $h < c$. Its gain is at least its misfit exactly when $h \le c/2$ (this book).
#
# With unlimited data the student is $s\beta_t$ and $h = 1 - s$: gain − misfit $= 2(1 - s)(sq - p)$, so for $s < 1$ the inequality holds **iff $s \ge p/q$**, and for $p < q$ with equality at the best student, $s = p/q$. If the target lies in the student's
# ball, $\|\beta_\star\| = 1 \le s\sqrt q$, it holds (Cauchy–Schwarz: $p \le \sqrt q \le sq$): the theorem's case. The converse is false; the inequality reaches further than the theorem's hypothesis.

# %%
teacher = dict(lam_t=0.02, gamma_t=gamma_t, noise_var=noise_var)
first, tried = Generation(teacher["lam_t"], gamma_t, [1.0]), np.array([0.05, 0.2, 0.6, 2.0])
size, inequality = dict(noise_var=noise_var, dim=120, n_trials=12, rng=9), {}
for ratio in (0.05, 0.5, 2.0):
    pairs = [[first, Generation(lam, ratio, [1.0])] for lam in tried]
    points = [synthesis.simulate(pair, [1.0], [1.0], **size) for pair in pairs]
    inequality[ratio] = {
        name: Estimate(*np.transpose([(e.mean[1], e.stderr[1]) for e in values]))
        for name in ("gain", "misfit", "gap")
        for values in [[getattr(point, name) for point in points]]
    }

# %% mystnb={"image": {"alt": "Left: gain against misfit along the student's penalty for gamma_s 0.05, 0.5 and 2 with the line gain equals misfit; the curves of gamma_s 0.05 and 0.5 start above the line, cross it and fall below, that of gamma_s 2 lies below it; simulated markers with error bars sit on them. Right: gain minus misfit against lambda_s with dotted lines where h equals c over 2."}} tags=["hide-input"]
x, c = np.logspace(-2.5, 1.5, 200), ridge.badness(**teacher)
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.9))
for index, (ratio, found) in enumerate(inequality.items()):
    colour, label = figures.COLOURS[index], rf"$\gamma_s = {ratio:g}$"
    gain, misfit, _ = synthesis.misfit_gain(lam_s=x, gamma_s=ratio, **teacher)
    left.plot(misfit, gain, "--", color=colour, label=label)
    margins = [2 * found[name].stderr for name in ("gain", "misfit")]
    look = dict(fmt=figures.MARKERS[index], color=colour, markersize=4.5, capsize=2)
    left.errorbar(found["misfit"].mean, found["gain"].mean, *margins, **look)
    sample, look = (tried, found["gap"]), dict(label=label, index=index, ax=right)
    figures.curve(x, gain - misfit, sample=sample, **look)
    for change in np.flatnonzero(np.diff(np.sign(c / 2 - ridge.h_ratio(x, ratio)))):
        figures.reference(right, x=x[change], index=index)
left.plot([0, 0.9], [0, 0.9], color="black", linewidth=1, label="gain = misfit")
words = r"misfit $E\|\beta_s - \beta_t\|^2$", r"gain $L_t - L_s$"
figures.describe(left, *words, legend="best")
figures.zero_line(right)
figures.describe(right, "lam_s", "gain − misfit", r"dotted: $h(\lambda_s) = c/2$", log="x")
plt.show()

# %% [markdown]
# **In words.** For $\gamma_s = 0.05$ and 0.5 the misfit understates the gain at light penalties and overstates it at heavy ones. For $\gamma_s = 2$ it overstates it at every $\lambda_s$: this teacher has $c/2 < h_{\min}$. A student that fits its
# teacher badly because it *forgets* has a large misfit and little gain.
#
# ## A wider student, stopped early (simulation only)
#
# Medvedev et al. {cite}`medvedev2025random` prove W2SG without pre-training and without better penalties: student and teacher are two-layer networks with random, fixed first layers; the student has many more units and stops early. We simulate that
# setting, with a linear target, $N(0, I_{24})$ inputs and ReLU features, and make no claim about rates in the widths. The teacher has the best read-out for the true labels; the student follows gradient flow on the teacher's labels. Expectations over inputs are exact
# (arc-cosine kernel), so that only the features are random. The right panel stops every student at the *same* time $T = 7$, which was chosen on other draws: the smallest point of a measured curve would flatter it.

# %%
stop, wide_size = 7.0, dict(dim=24, n_trials=3, rng=10)
times = np.append(np.logspace(-1, 4.5, 45), [stop, np.inf])
wide = {
    width: synthesis.simulate_random_features(width, 700, times, **wide_size)
    for width in (48, 96, 192)
}
for width, (small, large) in wide.items():
    early, late = large.mean[-2:] / small.mean
    print(f"teacher of width {width}: L_s/L_t = {early:.2f} at T = 7, {late:.2f} at the end")

# %% mystnb={"image": {"alt": "Left: student's error against training time for teachers of width 48, 96 and 192; it falls below the teacher's dashed level by a factor of about three and then rises back towards it, but stays below. Right: the error of the student stopped at time 7 against the teacher's error on logarithmic axes, all points below the diagonal."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2, figsize=(9.8, 3.7))
for index, (width, (small, large)) in enumerate(wide.items()):
    label, colour = f"teacher of width {width}", figures.COLOURS[index]
    shown = times[:-2], large.mean[:-2], large.stderr[:-2]
    figures.curve(times, sample=shown, label=label, index=index, ax=left)
    left.axhline(small.mean, color=colour, linestyle="--")
    margins = 2 * large.stderr[-2], 2 * small.stderr
    look = dict(fmt=figures.MARKERS[index], color=colour, capsize=2)
    right.errorbar(small.mean, large.mean[-2], *margins, **look)
title, legend = "dashed: teachers; markers: students, width 700", dict(fontsize=8)
figures.describe(left, "training time (units of 4d)", "error", title, log="xy", legend=legend)
left.set_ylabel("error")
figures.reference(left, x=stop)
right.plot([0.005, 0.5], [0.005, 0.5], color="black", linewidth=1)
words = r"teacher's error $L_t$", "student's error at $T = 7$"
figures.describe(right, *words, log="xy")
plt.show()

# %% [markdown]
# Trained to the end the student is *not* a copy: 700 features do not express all of the teacher's mistakes, and its error stays 10 to 30 % below the teacher's. But most of the gain of the early stop is gone.
#
# In the language of the unifying picture: the blocks are the eigenfunctions of the wide network's kernel, and gradient flow for time $T$ gives them the shares $1 - e^{-\mu_\ell T}$. For unlimited width the blocks are the degrees $\ell$ of functions on the sphere, and
# $\mu_1 = 1/(4d)$ for linear functions (the unit of time above). The fastest block is degree 0, a multiple of the length of $x$: $\mu_0/\mu_1 \approx 2d/\pi$, here 16. After the linear ones comes degree 2, with $\mu_1/\mu_2 \approx \pi d/2$, here 40. (For unit vectors at an angle $\varphi$ the odd part of the kernel is $\frac14\cos\varphi$, the even part $\frac1{2\pi}(1 + \frac12\cos^2\varphi + \dots)$.) At $T = 7$ the student has heard
# $1 - e^{-7} = 99.9\,\%$ of what is linear and $1 - e^{-7/40} = 16\,\%$ of degree 2. And where is the teacher wrong? Of the errors of our three teachers about 30, 10 and 4 % are linear, next to nothing is of degree 0, and the rest is of degree 2 and higher: what the student hears last. It is
# Mechanism II, with the network's *kernel* as the aligned penalty and time in place of $1/\lambda_s$.
#
# ## The wider field
#
# Relations as far as these papers' abstracts and public summaries state them; where we could only read a summary we say no more than it does.
#
# | paper | setting and result | relation to this book |
# |---|---|---|
# | Burns et al. 2023 {cite}`burns2023weak` | GPT-2-level supervisors, GPT-4-level students; names the phenomenon, defines PGR; naive fine-tuning recovers part of the gap, an auxiliary confidence loss more | the phenomenon; we keep PGR and study naive training only |
# | Charikar et al. 2024 {cite}`charikar2024quantifying` | regression, student projects onto a convex class: gain at least the misfit | verified above; for ridge it holds iff $h \le c/2$ |
# | Lang et al. 2024 {cite}`lang2024theoretical` | classification; bounds from *expansion* of the data: pseudolabel correction and coverage expansion | no counterpart here: our inputs have no neighbourhoods, our teachers never abstain. Common idea: a student that *cannot* fit its teacher's mistakes |
# | Wu & Sahai 2024 {cite}`wu2024provable` | over-parameterised classification with a spiked covariance; teacher's labels asymptotically as good as guessing; two phases, success or guessing | the strong features play the part of our alignment. Ours is regression: there a plain student of a nearly useless teacher stays nearly useless, $1 - p^2/q$ |
# | Ildiz et al. 2024 {cite}`ildiz2024highdimensional` | *ridgeless* regression on labels of a surrogate; the optimal surrogate amplifies or discards features; beats strong labels at the same budget, but does not change the scaling law | there the teacher is shaped, here the student's penalty: the two ends of Mechanism II |
# | Xue et al. 2025 {cite}`xue2025representations` | kernels from the principal components of both models' representations; what the weak model cannot and the strong model can learn predicts W2SG without labels | the nonlinear, measurable form of our blocks |
# | Dong et al. 2025 {cite}`dong2025discrepancies` | ridgeless fine-tuning in low-dimensional feature spaces; the teacher's variance is inherited in the common subspace, and reduced by $\dim(\mathcal V_s)/N$ where the spaces differ | "denoised", with a subspace in place of a penalty: weights 0 and ∞ |
# | Medvedev et al. 2025 {cite}`medvedev2025random` | random features, wide student, early stopping; limits of the gain | simulated above |
# | Dang et al. 2026 {cite}`dang2026optimal` | *self*-distillation on the same data with a mixture of true labels and own predictions, weight ξ of either sign; strict improvement wherever the teacher's risk is not stationary in λ | there even an over-regularised teacher is improved (ξ < 0): the student still has the true labels. Ours has not, and no plain student helps |
# | Wu et al. 2026 {cite}`wu2026improved` | random-feature *ridge* regression; deterministic equivalent; the student's scaling law can be better than the teacher's, up to the minimax rate | the nonlinear, power-law cousin of our two-map composition |
# | Geng et al. 2026 {cite}`geng2026inevitable` | logistic regression; for most pairs the student improves; no capacity gap needed | another meaning of W2SG, see below |
#
# **Do two of them contradict each other?** Ildiz et al. find that W2SG does not improve the scaling law, Wu et al. that it does. The settings differ twice. *Regularisation*: the first student is ridgeless, so it cannot denoise by a penalty; the second
# is ridge regression on random features. *Yardstick*: the first compares with the same student trained on **strong labels** at the same budget, the second with the **teacher**. A teacher whose error does not even decay can be far behind a student that would have done better still on true labels.
#
# **Two meanings of W2SG.** In this book (and in most theory) it means $L_s < L_t$: the student ends above its *teacher*. Geng, Hansen and Li ask for more where the student starts as the stronger of the two: it must end above its *own earlier self*. Which one says more depends on the
# start. A student that starts *below* its teacher and ends above it has also improved; one that starts *above* it and improves is still above it. The other way round neither follows.
#
# Our warm start can be asked the second question. From $m_0 > \rho$, the student being the better one, the overlap first changes at the rate of $\rho - m_0\langle w_0, w_t\rangle$, which is $\rho(1 - m_0^2)$ for independent errors: positive for each supervisor with $\rho > 0$, however weak. It helps at
# first. That is a statement about our single-index flow, not theirs about logistic regression, but the same surprise:

# %%
for m0, rho in [(0.9, 0.2), (0.6, 0.3), (0.95, 0.05)]:
    best = warm_start.best_overlap(m0, rho)
    print(f"strong start {m0}, weak teacher {rho}: best overlap on the way {best:.5f}")

# %% [markdown]
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/synthesis`.

# %% tags=["hide-input"]
from jupyterquiz import display_quiz

display_quiz(data.quiz("synthesis"))

# %% [markdown]
# ## Open questions
#
# - **Errors that are not independent.** With $\langle w_0, w_t\rangle \ge m_0/\rho$ the warm start gains nothing. How correlated are the errors of real models of one family?
# - **Choosing the stopping time without true labels.** The penalty $\lambda_s$ of a plain ridge student can be chosen (see below). When to stop a student of another kind?
# - **The estimated prior.** We let pre-training estimate a direction. What if it must choose the block structure, the prior and its strength together?
# - **Shared noise**: is there a student-independent notion of badness when the errors of teacher and student are dependent?
#
# **Answered in {doc}`the next chapter <beyond>`**, for Gaussian inputs: what changes when teacher and student share their *inputs* (the gate opens), when the inputs are *correlated* (badness is measured in the norm of the coefficients), when only the *class* counts
# (Mechanism I is gone), and how to choose $\lambda_s$ without true labels.
#
# :::{admonition} Take-away
# :class: tip
# A student beats its teacher by hearing less noise than signal, or by knowing something already: $\beta_s = a_b(\beta_t + \omega z) + (1 - a_b)\beta_0$. Ask what the teacher lacks and what the student brings; then ask what it will forget. Mechanisms I and II
# support each other: the surpluses add, the gain grows with their square.
# :::
#
# **What is whose.** The mechanisms are those of [Mechanisms] and [Blessing], the misfit inequality is Charikar et al.'s. The boxed formula and its account, relief along an estimated direction with its two thresholds, the gain $(A + B)^2$, the
# condition $h \le c/2$ and the reading of early stopping as a share are this book's derivations (limits $d \to \infty$). The section on random features is a simulation; the rates $\mu_\ell$ are this book's. Markers are simulations everywhere. Two curves have none, because
# no student is behind them: the term of $B$ alone, and its sum with the plain student's gain.
#
# **Limits.** Isotropic Gaussian inputs, linear targets (except III and the warm start), fresh inputs, squared error. Every statement with its hypotheses: {doc}`assumptions`.
#
# **Further reading.** Start with {cite:t}`burns2023weak` for the phenomenon, {cite:t}`charikar2024quantifying` for
# the shortest argument and {cite:t}`moniri2025mechanisms` with {cite:t}`yao2026blessing` for the models of this book.
#
# ## Headline numbers

# %% tags=["nbval-check-output"]
for zeta in (0.0, 0.8):
    gain = synthesis.best_gain(0.05, gamma_t, noise_var, zeta)
    print(f"zeta = {zeta}: best gain {gain:.4f}")
critical = wr.critical_alignment(best_teacher, 1.0, gamma_t, 2.0, noise_var, 1.0)
m0 = synthesis.required_direction_overlap(0.95, critical)
needed = synthesis.required_spike(m0, 1.0)
print(f"gamma_s = 2: relief pays from m_0 = {m0:.4f}, theta = {needed:.4f}")
*_, difference = synthesis.misfit_gain(0.02, [0.05, 2.0], gamma_t, 0.05, noise_var)
print("gain - misfit at lambda_s = 0.05 and 2:", difference.round(4).tolist())
pgr = {zeta: recovered(0.05, zeta, relief)[0] for zeta, relief in ((0.0, 0.0), (0.8, 1.0))}
print(f"best PGR of a plain student: {pgr[0.0]:.3f}, with relief {pgr[0.8]:.3f}")
for name, (weak, strong) in fits.items():
    print(f"{name}: L_t = {weak.error:.4f}, L_s = {strong.error:.4f}")
