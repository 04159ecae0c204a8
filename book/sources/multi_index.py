# %% [markdown]
# # Mechanism III: easy features from the teacher, hard ones from pre-training
#
# **After this chapter you can**
#
# - say which features one gradient step on few labels can learn, and which it cannot;
# - explain how a student gets the easy feature from its teacher and the hard one from pre-training;
# - compute when fine-tuning forgets more than it teaches, and why an adapter does not forget;
# - tell the five students apart (scratch, frozen, full, adapter, ceiling), in theory and in real networks.
#
# **Prerequisites:** {doc}`the chapter on Mechanism I <ridge>` for the words *teacher*, *student*, *penalty*. Code:
# `w2slib.multi_index` and, for the networks, `w2slib.networks`.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

from w2slib import data, explorer, figures, metrics
from w2slib import multi_index as mi
from w2slib.simulation import Estimate

target = mi.EXAMPLE
phase = explorer.multi_index()

# %% [markdown]
# ## Predict first, then drag
#
# The target is the sum of an **easy** part, which few labels teach, and a **hard** part, which they do not. The teacher has learnt the easy part from
# few labels. The student met the hard part in pre-training (overlap $\rho$ with it, 1 would be perfect) and is now fine-tuned on the teacher's
# labels: the more freely, the smaller its **penalty** $\lambda_s$, which holds it to its old answers.
#
# :::{admonition} Predict
# :class: note
# The student below knows the hard direction well ($\rho = 0.9$). The teacher's labels say *nothing* about the hard
# part. Should the student trust them a lot (small $\lambda_s$) or a little (large $\lambda_s$)? And would the answer change if it could not
# touch its old read-out (the checkbox)? Decide, then move the sliders. (Blue: the student wins.)
# :::

# %% tags=["hide-input"]
phase.cover()

# %% [markdown]
# Here $\pi = 1$, $\sigma^2 = 0.1$, and $\eta$ is the *hard share*, the part of the target's energy that is hard.
#
# The mechanism is from a paper that this book calls [Mechanisms]: Moniri and Hassani, *On the Mechanisms of Weak-to-Strong
# Generalization* {cite}`moniri2025mechanisms`.
#
# :::{admonition} Symbols of this page
# :class: note
# Unit vectors in $\mathbb{R}^d$: $u_e$, $u_h$ the target's easy and hard direction; $\hat u_t$, $\hat u_s$, $\hat u_h$ what teacher, fine-tuned student and pre-training
# found. Overlaps: $\tau_t = \langle\hat u_t, u_e\rangle$, $\tau_s = \langle\hat u_s, \hat u_t\rangle$, $\rho = \langle\hat u_h, u_h\rangle$.
# Coefficients on the Hermite polynomial $h_k$ of degree $k$: $c_k$ (easy) and $e_k$ (hard) of the target, $b_k$ of the teacher, $a_k$ of the student.
# $f_t$, $f_0$ the functions of the teacher and of the pre-trained student, $\pi$ the strength of $f_0$, $r$ the share of it that fine-tuning leaves.
# $\gamma_t = d/n_t$, $\gamma_s = d/n_s$ dimensions per sample, $\lambda_t$, $\lambda_s$ penalties, $u = 1/(1 + \lambda_s)$, $\sigma^2$ label noise, $L_t$, $L_s$ errors.
# $Q$ the energy that the student can copy, $P$ the energy that pre-training carries, $\eta$ the hard share of the target. $K$ (a matrix) and $\lambda$ belong to relu read-outs.
# :::
#
# :::{div} w2s-print
# The same picture for print, at the first setting, for full fine-tuning and for an {term}`adapter`:
# :::

# %% mystnb={"image": {"alt": "Left and middle: maps of L_s minus L_t over the overlap rho and the student's penalty. With full fine-tuning the student wins in a blue pocket at large rho and intermediate penalties, and not for tiny ones; with an adapter it wins for all small penalties once rho passes about 0.6. Right: the error of both students against the penalty at rho 0.9, with the teacher's line."}} tags=["hide-input", "print"]
first, shown = dict(gamma_t=0.1, lam_t=0.01), 0.9
L_t = mi.teacher_error(target, **first)
x, y = np.linspace(0, 1, 121), np.logspace(-2, 2, 121)
names = dict(xlabel=r"pre-training overlap $\rho$", log="y", limit=0.4)
fig, axes = figures.subplots(1, 3, figsize=(11.2, 3.5))
for ax, mode, style in zip(axes, ["full", "adapter"], ["-", "-."], strict=False):
    case = dict(gamma_s=0.1, mode=mode) | first
    L_s = mi.student_error(target, lam_s=y[:, None], rho=x, **case)
    last = ax is axes[1]
    figures.phase_diagram(x, y, L_s - L_t, title=mode, colorbar=last, ax=ax, **names)
    section = mi.student_error(target, lam_s=y, rho=shown, **case)
    axes[2].plot(y, section, style, label=rf"{mode}, $\rho = {shown}$")
figures.teacher_line(L_t, ax=axes[2])
figures.describe(axes[2], "lam_s", "error", log="x", legend="best")
plt.show()

# %% [markdown]
# ## The setting

# %% mystnb={"image": {"alt": "Diagram. A target has an easy and a hard part. The teacher learns the easy part from few true labels. A broader source task gives the student the hard part in pre-training. The teacher's labels then give the student the easy part. Both are tested on the target."}} tags=["hide-input"]
boxes = [
    (1.3, 3.2, "target\neasy along $u_e$\nhard along $u_h$"),
    (5.0, 3.2, "teacher\none step: $\\hat u_t \\approx u_e$"),
    (5.0, 0.8, "pre-trained network\n$\\hat u_h \\approx u_h$"),
    (8.7, 2.0, "student\n$\\hat u_s \\approx \\hat u_t$,  and  $\\hat u_h$"),
    (1.3, 0.8, "broader source task\nthe same hard part"),
]
arrows = [(0, 1, "$n_t$ true labels"), (4, 2, "many labels"), (1, 3, "$n_s$ labels"), (2, 3, "")]
colours = ["#f2f2f2", "#fde3c4", "#e3f0e8", "#cfe3f1", "#f2f2f2"]
_ = figures.flow_chart(boxes, arrows, colours=colours)
plt.show()

# %% [markdown]
# Mechanisms I and II were linear. Here the target is nonlinear, in two hidden directions $u_e \perp u_h$ of
# $R^d$ (unit vectors), with inputs $x \sim N(0, I_d)$:
#
# $$y = \underbrace{\sum_k c_k h_k(\langle u_e, x\rangle)}_{\text{easy}}
#    + \underbrace{\sum_k e_k h_k(\langle u_h, x\rangle)}_{\text{hard}} + \sigma\varepsilon,
#   \qquad c_1 \ne 0, \quad e_0 = e_1 = 0.$$
#
# $h_k$ is the normalised Hermite polynomial of degree $k$: $h_1(z) = z$, $h_2(z) = (z^2 - 1)/\sqrt2$, and
# $E\,h_j(z)h_k(z) = \delta_{jk}$ for $z \sim N(0,1)$. So $c_k$ and $e_k$ are correlations with the labels, and
# $E y^2 = \sum_k c_k^2 + \sum_k e_k^2 + \sigma^2$.
# Errors are excess test errors, $L = E(y - f)^2 - \sigma^2$.
#
# - The **teacher** has $n_t = d/\gamma_t$ true labels: one large gradient step, then a ridge read-out with penalty $\lambda_t$.
# - The **student** has from pre-training a direction $\hat u_h$ with overlap $\rho = \langle\hat u_h, u_h\rangle$ and a
#   read-out on it, scaled by a strength $\pi \in [0, 1]$. It is fine-tuned on $n_s = d/\gamma_s$ *teacher* labels: one
#   gradient step, then a ridge read-out with penalty $\lambda_s$ towards the pre-trained one.

# %% [markdown]
# In a live notebook this cell moves the picture with the sliders:

# %%
start = phase.settings
elsewhere = dict(lam_t=0.1, lam_s=0.02, gamma_t=0.5, gamma_s=0.5)
elsewhere |= dict(rho=0.95, share=0.6, adapter=1)
for name, value in elsewhere.items():
    phase.set(**{name: value})
print(f"there, L_s - L_t = {phase.evaluate('diff'):.3f}")
phase.set(**start)  # and back

# %% [markdown]
# ## Easy and hard: the information exponent
#
# The **information exponent** of a function of one direction is the lowest degree $k \ge 1$ with a nonzero Hermite
# coefficient. Below, 4000 samples of the chapter's target ($c = (0, 0.7, 0.3)$, $e = (0, 0, 0.65)$, $\sigma^2 = 0.1$),
# seen along either direction.

# %%
rng, n = np.random.default_rng(0), 4000
projections = rng.standard_normal((n, 2))  # on u_e and u_h
labels = target.labels(*projections.T, rng)
products = [[labels * mi.hermite(k, z) for k in range(5)] for z in projections.T]
coefficients = Estimate.of(products, axis=2)

# %% mystnb={"image": {"alt": "Left: labels against the easy projection, a cloud around a rising curve. Middle: labels against the hard projection, a cloud around a parabola whose best straight line is flat. Right: measured correlations of the label with Hermite polynomials of degree 0 to 4; along the easy direction degree 1 is 0.7 and degree 2 is 0.3; along the hard direction degree 1 is zero and degree 2 is 0.65."}} tags=["hide-input"]
x, degrees = np.linspace(-3, 3, 200), np.arange(5)
fig, axes = figures.subplots(1, 3, figsize=(11.2, 3.3))
for i, (name, true) in enumerate({"easy": target.easy, "hard": target.hard}.items()):
    ax, mean, stderr = axes[i], coefficients.mean[i], coefficients.stderr[i]
    clean = sum(c * mi.hermite(k, x) for k, c in enumerate(true))
    ax.plot(projections[:1500, i], labels[:1500], ".", markersize=2, color="#999999")
    ax.plot(x, clean, color=figures.COLOURS[i], label="$E[y | z]$")
    ax.plot(x, mean[1] * x, ":", color="black", label="best straight line")
    words = rf"$z = \langle u_{name[0]}, x\rangle$", "$y$", f"along the {name} direction"
    figures.describe(ax, *words, legend="upper left", ylim=(-4, 6))
    beside = degrees + 0.16 * i - 0.08
    axes[2].plot(beside, np.pad(true, (0, 2)), "_", color="black", markersize=16)
    figures.curve(beside, sample=(beside, mean, stderr), label=name, index=i, ax=axes[2])
figures.zero_line(axes[2])
words = "degree $k$", "$E[y\\,h_k(z)]$", "bars: $c_k$, $e_k$; markers: ± 2 s.e."
figures.describe(axes[2], *words, legend="best")
plt.show()

# %% [markdown]
# **In words.** Along $u_e$ the label correlates with $x$ itself (exponent 1). Along $u_h$ the best straight line is flat
# (exponent 2): the mean of $y\,x$, all that a linear statistic of the labels sees, has no part along this direction.
#
# ## What one gradient step learns
#
# A network starts with random first-layer rows and takes one step of gradient descent. For a large step, every
# row moves along the average of $y\,x$ over the samples, up to its random weights:
#
# $$\hat u_t \propto \frac1{n_t}\sum_i y_i x_i \;=\; c_1 u_e + \text{noise of squared length } \gamma_t E y^2,$$
#
# $$\tau_t^2 = \langle\hat u_t, u_e\rangle^2 \to \frac{c_1^2}{c_1^2 + \gamma_t E y^2}.$$
#
# The mean of $y\,x$ has no part along $u_h$ because $e_1 = 0$. What overlap remains is chance. The noise points in a random
# direction, so $\langle\hat u_t, u_h\rangle$ is of order $d^{-1/2}$; more exactly (this book),
# $E\langle\hat u_t, u_h\rangle^2 \simeq \tau_t^2\,\gamma_t\,E[y^2 z_h^2]/(c_1^2 d)$ with $z_h = \langle u_h, x\rangle$. (The moment $E[y^2z_h^2]$ contains
# $2\sqrt2\,c_0e_2$: a constant in the easy part makes the chance larger or smaller, and this target has none.)
#
# That one large step finds the exponent-1 direction and no other at $n \propto d$ is the starting point of the nonlinear
# part of [Mechanisms] {cite}`moniri2025mechanisms`. Circles: the sampled vector $\sum_i y_i x_i$ at $d = 1000$. Squares: the first singular vector of the first-layer
# step of **real networks** (300 relu neurons, $d = 200$).

# %%
gammas = np.array([0.1, 0.25, 0.5, 1.0, 2.0, 4.0])
size = dict(gamma_s=4.0, lam_s=1.0, rho=0.9, dim=1000, n_trials=4)
in_model = [mi.simulate(target, g, rng=k, **size) for k, g in enumerate(gammas)]
narrow = mi.NetworkSetting(dim=200)
seeds = np.arange(12 * 6).reshape(6, 12)
steps = np.array(
    [
        [mi.network_directions(target, g, narrow, seed) for seed in row]
        for g, row in zip(gammas, seeds, strict=True)
    ]
)

# %% mystnb={"image": {"alt": "Left: overlap of the teacher's direction with the easy direction falls from 0.9 to about 0.3 as gamma_t grows from 0.1 to 4; sampled circles and network squares lie on the dashed curve. Right: root-mean-square overlap with the hard direction on logarithmic axes; at d = 1000 and d = 200 the markers lie on the two dashed chance curves, near d to the minus one half."}} tags=["hide-input"]
x = np.logspace(-1.1, 0.7, 200)
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.8))
sample, label = [run.teacher_overlap for run in in_model], r"theory $\tau_t$; circles: $d = 1000$"
figures.curve(x, mi.teacher_overlap(target, x), sample=(gammas, sample), label=label, ax=left)
sample = (gammas * 1.04, Estimate.of(steps[:, :, 0], axis=1))
figures.curve(x, sample=sample, label="networks, $d = 200$", index=1, ax=left)
title = "easy direction"
figures.describe(left, r"$\gamma_t = d/n_t$", r"$\langle\hat u_t, u_e\rangle$", title, log="x")
hard = [run.teacher_hard_squared for run in in_model]
hard = Estimate(np.array([h.mean for h in hard]), np.array([h.stderr for h in hard]))
squares = {size["dim"]: hard, narrow.dim: Estimate.of(steps[:, :, 1] ** 2, axis=1)}
for index, (dim, square) in enumerate(squares.items()):
    root, theory = np.sqrt(square.mean), mi.teacher_chance_overlap(target, x, dim)
    sample = gammas * (1 + 0.04 * index), root, square.stderr / (2 * root)
    figures.curve(x, theory, sample=sample, label=f"chance, $d = {dim}$", index=index, ax=right)
    right.axhline(dim**-0.5, color=figures.COLOURS[index], linestyle=":", linewidth=1)
words = r"$\gamma_t$", r"r.m.s. of $\langle\hat u_t, u_h\rangle$"
title = r"hard direction (dotted: $d^{-1/2}$)"
figures.describe(right, *words, title, log="xy", legend="best")
left.set_ylim(0, 1)
left.legend()
plt.show()

# %% [markdown]
# With its read-out, fitted on a fresh batch, the teacher becomes $f_t = \sum_k b_k h_k(\langle\hat u_t, x\rangle)$ with
# $b_k = c_k\tau_t^k/(1 + \lambda_t)$, and its error is (this book's instantiation, for a large read-out batch)
#
# $$L_t = \sum_k\bigl[c_k^2 - 2c_k b_k\tau_t^k + b_k^2\bigr] + \sum_k e_k^2 .$$
#
# The last sum is the hard energy. More labels of the same order $n \propto d$ do not remove it: this teacher takes one step.
#
# ## What the student adds
#
# Fine-tuning takes one step on the residual $f_t - f_0$, where $f_0 = \pi\sum_k e_k\rho^k h_k(\langle\hat u_h, x\rangle)$ is what
# pre-training left. In this step $f_0$ is only noise, and the new direction finds the teacher's with
#
# $$\tau_s^2 = \cos^2(\hat u_s, \hat u_t) \to \frac{b_1^2}{b_1^2 + \gamma_s\,(\sum_k b_k^2 + \|f_0\|^2)},
#   \qquad \|f_0\|^2 = \pi^2\sum_k e_k^2\rho^{2k}.$$
#
# The ridge read-out puts $a_k = b_k\tau_s^k/(1 + \lambda_s)$ on the new direction and keeps a fraction $r$ of $f_0$:
#
# $$L_s = \sum_k\bigl[c_k^2 - 2a_k c_k(\tau_t\tau_s)^k + a_k^2\bigr] + \sum_k e_k^2\bigl[1 - 2r\pi\rho^{2k} + r^2\pi^2\rho^{2k}\bigr].$$
#
# | student | pre-trained | fine-tuned on | $a_k$ | $r$ |
# |---|---|---|---|---|
# | **scratch** | no ($\pi = \rho = 0$) | teacher's labels | $b_k\tau_s^k/(1 + \lambda_s)$ | – |
# | **frozen** | yes | nothing | 0 | 1 |
# | **full** | yes | teacher's labels, whole read-out | $b_k\tau_s^k/(1 + \lambda_s)$ | $\lambda_s/(1 + \lambda_s)$ |
# | **adapter** | yes | teacher's labels, old read-out kept | $b_k\tau_s^k/(1 + \lambda_s)$ | 1 |
# | **ceiling** | yes | *true* labels, whole read-out | $c_k\tau_c^k/(1 + \lambda_s)$ | (learns $\pi \to 1$ too) |
#
# ($\tau_c$ is $\tau_s$ for true labels: $c_1$ for $b_1$, and $E(y - f_0)^2$ for the bracket.)
#
# **By hand, once.** Take a target with $c_1 = 0.8$, $e_2 = 0.6$, no other coefficient and no noise, so that $Ey^2 = 1$; a teacher with $\gamma_t = 0.36$, $\lambda_t = 0$; a student
# with $\rho^2 = 0.9$, $\pi = 1$, $\gamma_s = 0.1$.
#
# - *Teacher.* $\tau_t^2 = 0.64/(0.64 + 0.36) = 0.64$, $b_1 = 0.8\cdot0.8 = 0.64$, and $L_t = (0.64 - 2\cdot0.8\cdot0.64\cdot0.8 + 0.4096) + 0.36 = 0.590$.
# - *What pre-training carries.* $P = 0.36\cdot0.9^2 = 0.292$. The **frozen** student errs by $0.64 + 0.36 - 0.292 = 0.708$: worse than the teacher.
# - *From scratch*, $\tau_s^2 = 1/(1 + 0.1) = 0.909$, so that $Q = 0.4096\cdot0.909 = 0.372$. Without penalty it errs by $1 - 0.372 = 0.628$: worse than the teacher.
# - *Together.* Now $f_0$ disturbs the step, $\tau_s^2 = 0.4096/(0.4096 + 0.1\,(0.4096 + 0.2916)) = 0.854$ and $Q = 0.350$. The **adapter** errs by
#   $0.708 - 0.350 = 0.359$. The **full** student has to find a compromise: with its best penalty $\lambda_s^\star = P/Q = 0.834$ it errs by
#   $0.708 - Q^2/(Q + P) = 0.708 - 0.191 = 0.518$. Both beat the teacher.
#
# ## Real networks, really pre-trained
#
# The formulas take $\rho$ as given. Where does it come from? Here real two-layer networks learn it: $d = 50$ inputs, 300 relu
# neurons, random first layer, **one large gradient step** summed over real minibatches, new biases, ridge read-out on
# fresh samples. The **source task** is broader than the target: every minibatch is a little task of its own, with the
# *same hard part* and a *different easy direction*. Averaged over many tasks the easy parts cancel, and what is
# left of the first-layer gradient is the hard direction. One run, live:

# %%
rng = np.random.default_rng(4)
setting = mi.NetworkSetting()  # d = 50, width 300, 40 000 source samples
source = mi.source_batches(target, setting, rng)
pretrained = mi.pretrain_network(source, rng=rng)


def labelled(n, rng):
    """Fresh inputs, true labels; u_e, u_h are the first two coordinates."""
    X = rng.standard_normal((n, setting.dim))
    return X, target.labels(X[:, 0], X[:, 1], rng)


teacher = mi.train_teacher(*labelled(1000, rng), rng=rng)
X, _ = labelled(2000, rng)  # the student does not see the true labels
student = mi.fine_tune_network(pretrained, X, teacher(X), mode="adapter", rng=rng)

Z, _ = labelled(4000, rng)
clean = target.clean(Z[:, 0], Z[:, 1])
networks = {"pre-trained": pretrained, "teacher": teacher, "student": student}
for name, network in networks.items():
    print(f"{name:12s} test error {np.mean((network(Z) - clean) ** 2):.2f}")

# %% [markdown]
# **How many samples did that take?** Twenty thousand went into the step of pre-training: $8 d^2$. With a random first layer a
# neuron starts with overlap $\sim d^{-1/2}$ with $u_h$; its gradient along $u_h$ is proportional to that overlap, while the noise in its
# gradient has length $\sim\sqrt{d/n}$. The signal wins for $n \gg d^2$. (For an even exponent $k$ the same count gives $d^k$. For odd $k \ge 3$ these networks see nothing in this step, with any number of
# samples: a relu without bias has no Hermite coefficient of odd degree above 1.) The teacher's step
# has 500 samples, $0.2\,d^2$: *with the same algorithm* its own data could not have taught it the hard feature.
# (Other algorithms could do better: for exponent 2 a spectral method needs only a multiple of $d$ samples. "Hard" is a
# statement about one-step gradient learning.)
#
# The full experiment (8 seeds to choose penalties, 20 others to measure) takes minutes;
# `studies/multi_index_networks.py` ran it and stored what it measured, and a test measures it again with other seeds.

# %%
path = data.path("multi_index_networks.csv")
development = mi.load_measurements(path, "development")
measured = mi.load_measurements(path, "evaluation")
parallel = mi.load_measurements(path, "parallel")
pretraining = {dim: mi.load_measurements(path, "pretraining", dim)["squared"] for dim in (25, 50)}
rho = measured["pretrained_overlap"].mean[0]
ratios = dict(gamma_t=setting.gamma_t, gamma_s=setting.gamma_s)

# %% mystnb={"image": {"alt": "Left: squared overlap of the pre-training step with the hard direction against samples divided by d squared. Both d = 25 and d = 50 stay near chance below one d squared and rise to nearly one at eight to sixteen d squared; the teacher's sample size, 0.2 d squared, is marked in the flat part. Right: measured overlaps of the networks next to theory marks: teacher with easy, near 0.9; student with teacher and student from scratch with teacher, a little below their marks; and the square of teacher with hard, at chance, near zero."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2, figsize=(10.6, 3.8))
for index, (dim, run) in enumerate(pretraining.items()):
    x, label = run.x / dim**2, f"$d = {dim}$"
    figures.curve(x, sample=(x, run), label=label, index=index, ax=left)
    left.axhline(1 / dim, color=figures.COLOURS[index], linestyle=":", linewidth=1)
taken, label = 1 / (ratios["gamma_t"] * setting.dim), f"teacher's step, $d = {setting.dim}$"
left.axvline(taken, color="black", linestyle="--", linewidth=1.2, label=label)
words = "source samples in the step$\\;/\\;d^2$", r"$\rho^2$"
title = "pre-training (dotted: chance, $1/d$)"
figures.describe(left, *words, title, log="x", legend="best", ylim=(0, 1.05))
chance = mi.teacher_chance_overlap(target, ratios["gamma_t"], setting.dim)
students = [mi.student_overlap(target, **ratios, rho=r) for r in (rho, 0.0)]
theory = [mi.teacher_overlap(target, ratios["gamma_t"]), *students, chance**2]
right.plot(range(4), theory, "_", color="black", markersize=26, markeredgewidth=2, label="theory")
names = ["teacher_overlap", "student_overlap", "scratch_overlap", "teacher_hard_squared"]
points = [Estimate(measured[name].mean[0], measured[name].stderr[0]) for name in names]
figures.curve(range(4), sample=(range(4), points), label="networks, 20 seeds", ax=right)
ticks = ["teacher\nand easy", "student\nand teacher", "scratch\nand teacher"]
right.set_xticks(range(4), [*ticks, "teacher and\nhard, squared"])
title = f"overlaps at $d = {setting.dim}$"
figures.describe(right, title=title, legend="best", ylim=(-0.03, 1.05), xlim=(-0.5, 3.5))
plt.show()

# %% [markdown]
# ## Five students side by side
#
# Left: the Hermite model, $d = 1000$, with $\rho$ set to what the networks reached. Right: the networks. Each student has its
# own best penalty: in the model from the formula of the next section, in the networks from the 8 development seeds. PGR is
# the part of the gap between teacher and ceiling that the student recovers; in brackets its 95 % interval, for whatever covariance of gain and gap.
#
# The theory marks of the networks need one more ingredient. A relu read-out does not shrink all degrees alike. Write the Hermite coefficients of its labels, degrees
# $0, 1, 2, \dots$, as a vector. Ridge multiplies this vector by the matrix $K(K + \lambda)^{-1}$, where $K$ (`relu_kernel`) has the entries $K_{11} = 1/3$ and $K_{22} = 0.046$ on its
# diagonal; beside the diagonal it joins even degrees with even ones ($K_{02} = 0.097$) and odd with odd. Where $K$ is small, a function is expensive. The $\lambda_s$ of networks is therefore
# in other units, and *changing* something of degree 2 costs more than learning something of degree 1.

# %%
best = {m: mi.optimal_student_penalty(target, **ratios, rho=rho, mode=m) for m in mi.MODES}
lam_s = np.array([0.0, *np.logspace(-2, 2, 9), best["full"]])
hermite = mi.simulate(target, **ratios, lam_s=lam_s, rho=rho, dim=1000, n_trials=3, rng=2)
model = {m: np.flatnonzero(lam_s == best[m])[0] for m in mi.MODES}
real = {m: np.argmin(development[f"student:{m}"].mean) for m in mi.MODES}
penalties = measured["student:full"].x
predicted = mi.predicted_errors(target, setting, penalties, rho=rho)


def at(students, chosen, sign=1):
    """Errors of the five students at their penalties, with standard errors."""
    pairs = [(sign * students[m].mean[chosen[m]], students[m].stderr[chosen[m]]) for m in mi.MODES]
    return Estimate(*np.transpose(pairs))


def recovered(differences, chosen, n_trials):
    """PGR of the five students with intervals; covariances at unlike penalties are not known."""
    gains = at(differences, chosen, sign=-1)
    gap = Estimate(gains.mean[-1], gains.stderr[-1])
    return metrics.recovered_gap_of_means(gains, gap, None, n_trials)


nets, exact = ({m: file[f"student:{m}"] for m in mi.MODES} for file in (measured, parallel))
paired = {m: measured[f"difference:{m}"] for m in mi.MODES}
shares = recovered(hermite.difference, model, 3), recovered(paired, real, paired["full"].n_trials)

# %% mystnb={"image": {"alt": "Two bar charts of excess test error for the students scratch, frozen, full, adapter and ceiling with the teacher as a dashed line; left Hermite model, right real networks. In both, scratch and frozen are above the teacher, full is below it, adapter further below, ceiling lowest. Theory marks agree with the left bars; the networks' bars lie at or below the marks; white diamonds, networks whose rows were made parallel, lie on the marks."}} tags=["hide-input"]
marks = [mi.student_error(target, **ratios, lam_s=best[m], rho=rho, mode=m) for m in mi.MODES]
foreseen = [predicted[m][real[m]] for m in mi.MODES]
panels = {
    "Hermite model, $d = 1000$": (hermite.teacher.mean, at(hermite.student, model), marks),
    "real networks, $d = 50$": (measured["teacher"].mean[0], at(nets, real), foreseen),
}
face = dict(color=["#d9d9d9", "#d9d9d9", "#a7cfe4", "#2f79b5", "#f7f7f7"], edgecolor="#444444")
mark = dict(color=figures.THEORY_CONTOUR, markersize=30, markeredgewidth=2, label="theory")
fig, axes = figures.subplots(1, 2, figsize=(11.0, 4.0), sharey=True)
for ax, (title, (L_t, five, theory)), pgr in zip(axes, panels.items(), shares, strict=True):
    margin, hatch = 2 * five.stderr, ["", "..", "//", "", "xx"]
    ax.bar(range(5), five.mean, yerr=margin, capsize=3, hatch=hatch, **face)
    ax.plot(range(5), theory, "_", **mark)
    figures.teacher_line(L_t, ax=ax)
    ends = zip(mi.MODES, pgr.value, pgr.low, pgr.high, strict=True)
    ticks = [f"{m}\nPGR {g:.2f}\n[{least:.2f}, {most:.2f}]" for m, g, least, most in ends]
    ax.set_xticks(range(5), [*ticks[:4], "ceiling\nPGR 1"], fontsize=8)
    ax.set(title=title, ylim=(0, 0.72))
    ax.grid(False, axis="x")
white = dict(fmt="D", color="black", markerfacecolor="white", markersize=5, capsize=2)
ideal, label = at(exact, real), "rows made parallel"
axes[1].errorbar(np.arange(5) + 0.22, ideal.mean, 2 * ideal.stderr, label=label, **white)
axes[1].legend(loc="upper right")
figures.describe(axes[0], y="error", legend="upper right")
plt.show()

# %% [markdown]
# **In words.** From scratch the student cannot win: it learns from a copy (in this model that is a theorem, next section).
# Pre-training alone does not win here: it misses the easy part, and this teacher has learnt more easy energy than pre-training carries hard energy. (The frozen student wins where
# $\pi(2 - \pi)P > (1 + 2\lambda_t)\sum_k b_k^2$, for instance against a teacher with a tenth of the labels, $\gamma_t = 1$, from $\rho = 0.78$ on.) *Together* they win, and the
# adapter wins by most.
#
# The networks keep the model's order, with errors below the marks. The cause is known: the theory takes all rows of a trained first layer
# to be parallel, and in real ones each row also carries a little noise of its own, which the read-out puts to use. Networks whose rows
# are *made* parallel (white diamonds) have the predicted errors, and for the teacher the difference shrinks as $d$ grows (tested). The same noise
# explains why $\hat u_s$ comes a little less close to $\hat u_t$ than predicted in the previous figure.
#
# Differences to the teacher in the networks, with 95 % intervals over 20 seeds:

# %%
for mode in mi.MODES:
    ends = measured[f"difference:{mode}"].interval()
    low, high = (end[real[mode]] for end in ends)
    print(f"{mode:8s} L_s - L_t between {low:+.3f} and {high:+.3f}")

# %% [markdown]
# ## Why full fine-tuning forgets
#
# Write $u = 1/(1 + \lambda_s)$, $Q = \sum_k b_k^2\tau_s^{2k}$ (what the student can copy) and $P = \sum_k e_k^2\rho^{2k}$ (what
# pre-training carries). Every student's error is a **parabola in $u$** (this book; shown for $\pi = 1$):
#
# $$L_s = \underbrace{\textstyle\sum c_k^2 + \sum e_k^2 - P}_{\text{frozen}} - 2(1 + \lambda_t)Q\,u + (Q + [P])\,u^2,$$
#
# with $[P]$ for full fine-tuning and without it for an adapter. (From scratch, $P = 0$; frozen, $u = 0$. The ceiling does not hear the teacher: its parabola is
# $\text{frozen} - 2Q_cu + Q_cu^2$ with $Q_c = \sum_k c_k^2\tau_c^{2k}$, and no $\lambda_t$.) The bracket *is* forgetting: the teacher's labels are silent about the hard
# part, so ridge reads silence as "the answer is 0" and shrinks $f_0$ to $\lambda_s/(1 + \lambda_s)$ of itself.
# The minimum is at $u = (1 + \lambda_t)Q/(Q + [P])$:
#
# $$\lambda_s^\star = \max\Bigl(\frac{Q + P}{(1 + \lambda_t)\,Q} - 1,\; 0\Bigr) \text{ (full)}, \qquad \lambda_s^\star = 0 \text{ (adapter)}.$$
#
# The more there is to forget, the larger the penalty. And the student wins between the two roots of $L_s = L_t$
# (`mi.winning_interval`), if there are any; for full fine-tuning the lower root is positive, for without penalty it forgets all of $f_0$ and is no better than a student from scratch.
#
# **Can a poor direction do harm?** In the hard sum it cannot: it gains $e_k^2\rho^{2k}$ there, little but not less than nothing, because pre-training fitted its read-out to what it
# has. But $f_0$ is noise in the student's step, and so costs some of $\tau_s$. The balance stays on the good side for every adapter ($\pi = 1$) whose teacher has $\lambda_t \le 0.85$
# (this book; in general for $2(1 + \lambda_t)u - u^2 \le e$, Euler's number here: the cost is this factor times $\max_x (1 - x)kx^k < 1/e$). Beyond, it can tip: at $\lambda_t = 5$,
# $\gamma_s = 0.3$, $\lambda_s = 0$ an adapter with $\rho = 0.3$ is worse by 0.004 than one without pre-training.

# %% mystnb={"image": {"alt": "Left: Hermite model, error against the student's penalty. Full fine-tuning is a valley: above the teacher's line for small penalties, lowest near penalty one, rising again. The adapter is flat and low for small penalties. Simulated markers lie on the dashed curves. Middle: part of the pre-trained function kept, rising from 0 to 1 for full, constant 1 for the adapter. Right: the same three error curves measured in real networks, and, as white diamonds on the dashed predictions, in networks with parallel rows."}} tags=["hide-input"]
x, z = np.logspace(-2, 2, 200), np.logspace(-4, 0, 80)
smooth = mi.predicted_errors(target, setting, z, rho=rho)
fig, axes = figures.subplots(1, 3, figsize=(11.4, 3.6))
for index, mode in enumerate(["full", "adapter", "scratch"]):
    theory = mi.student_error(target, **ratios, lam_s=x, rho=rho, mode=mode)
    run, net, ideal = (s[mode] for s in (hermite.student, nets, exact))
    sample, look = (lam_s[1:-1], run.mean[1:-1], run.stderr[1:-1]), dict(label=mode, index=index)
    figures.curve(x, theory, sample=sample, ax=axes[0], **look)
    figures.curve(z, smooth[mode], sample=(net.x, net), ax=axes[2], **look)
    white = dict(fmt="D", color=figures.COLOURS[index], markerfacecolor="white", markersize=4)
    axes[2].errorbar(ideal.x, ideal.mean, 2 * ideal.stderr, **white)
figures.reference(axes[0], x=best["full"], label=r"$\lambda_s^\star$ (full)", index=0)
kept = {"full: $\\lambda_s/(1 + \\lambda_s)$": x / (1 + x), "adapter: 1": np.ones(len(x))}
for (label, values), style in zip(kept.items(), ("--", "-."), strict=True):
    axes[1].plot(x, values, style, label=label)
words = r"$\lambda_s$", "part of $f_0$ that is kept, $r$", "forgetting curve"
figures.describe(axes[1], *words, log="x", legend="best", ylim=(0, 1.1))
L_t = mi.teacher_error(target, ratios["gamma_t"]), measured["teacher"].mean[0]
titles = "Hermite model", "networks (white: parallel rows)"
for ax, value, title in zip(axes[::2], L_t, titles, strict=True):
    figures.teacher_line(value, ax=ax)
    figures.describe(ax, r"$\lambda_s$", "error", title, log="x", legend="best")
plt.show()

# %% [markdown]
# :::{admonition} Theorem of this model: no student from scratch beats its teacher
# :class: tip
# With $w = 2(1 + \lambda_t)u - u^2 \le 1 + 2\lambda_t$ the difference of the two errors is
# $\sum_k b_k^2\,[(1 + 2\lambda_t) - w\,\tau_s^{2k}]$, a sum of terms that are not negative. (It is a theorem about the limiting formulas of this page, proved by this line.) Pre-training enters as
# $-r\pi(2 - r\pi)P$, and through $\tau_s$. As a function of $P$ the whole is concave and starts above zero, so it crosses zero at most once: **there is at most one
# threshold overlap $\rho$**, and the student wins above it (`mi.winning_overlap`).
# :::
#
# ## Where does the student win?
#
# Three maps, for full fine-tuning. Dashed red: the boundary from `winning_overlap` and `winning_interval`. White markers: simulated
# students ($d = 300$ on the first map, 200 on the others, 8 trials) that win (circles) or lose (crosses) by Student's test at 5 % for all 76 markers together, that is with $p < 0.05/76$ for
# each (diamonds: neither).

# %%
few = dict(gamma_t=0.1)
tried_lam, pair = np.logspace(-1.75, 1.75, 8), dict(gamma_s=0.1) | few
small = dict(dim=300, n_trials=8, rng=3)
verdicts = {
    r: mi.simulate(target, lam_s=tried_lam, rho=r, **pair, **small).difference["full"]
    for r in (0.5, 0.7, 0.8, 0.9, 0.98)
}
smaller = dict(dim=200, n_trials=8, rng=4)
at_share = dict(gamma_s=0.05, lam_s=1.0) | few
tried = [(share, r) for share in (0.2, 0.4, 0.6, 0.8) for r in (0.5, 0.7, 0.8, 0.95)]
mixed = {share: target.with_hard_share(share) for share, _ in tried}
by_share = {
    (share, r): mi.simulate(mixed[share], rho=r, **at_share, **smaller).difference["full"]
    for share, r in tried
}
tried_wide, at_ratio = np.array([0.05, 0.3, 1.0, 3.0, 20.0]), dict(rho=0.9) | few
by_ratio = {
    g: mi.simulate(target, gamma_s=g, lam_s=tried_wide, **at_ratio, **smaller).difference["full"]
    for g in (0.02, 0.06, 0.2, 1.0)
}


# %%
def full_gap(target, gamma_t, **case):
    """L_s − L_t of full fine-tuning, in theory."""
    L_s = mi.student_error(target, gamma_t, mode="full", **case)
    return L_s - mi.teacher_error(target, gamma_t)


def judge(ax, x, y, gap):
    """A marker for each simulated verdict: 76 tests of 8 trials each."""
    limit = stats.t.isf(0.05 / 76 / 2, 8 - 1)
    points = np.broadcast_arrays(x, y, np.ravel(gap.mean / gap.stderr))
    for x_, y_, score in zip(*points, strict=True):
        shape = "o" if score < -limit else "X" if score > limit else "d"
        ax.plot(x_, y_, shape, color="white", markeredgecolor="black", markersize=6)


# %% mystnb={"image": {"alt": "Three phase diagrams for full fine-tuning. First, over rho and lambda_s: a blue pocket at large rho around penalty one, bounded by a dashed red curve, with simulated win markers inside and lose markers outside. Second, over the hard share and rho: the student wins above a boundary that falls as the hard share grows. Third, over gamma_s and lambda_s: the winning interval of penalties narrows as gamma_s grows and closes near gamma_s 0.2; beyond it no penalty wins. Simulated markers on all three maps agree with the colours."}} tags=["hide-input"]
x, lam, g = np.linspace(0, 1, 121), np.logspace(-2, 2, 121), np.logspace(-2, 1, 121)
share, edge = np.linspace(0.05, 0.9, 86), dict(linestyle="--", color=figures.THEORY_CONTOUR)
targets = [target.with_hard_share(each) for each in share]
fig, (left, middle, right) = figures.subplots(1, 3, figsize=(11.8, 3.7))
gap, options = full_gap(target, lam_s=lam[:, None], rho=x, **pair), dict(limit=0.4)
names = dict(log="y", xlabel=r"overlap $\rho$", title=rf"$\gamma_s = {pair['gamma_s']}$")
figures.phase_diagram(x, lam, gap, colorbar=False, ax=left, **names, **options)
left.plot(mi.winning_overlap(target, lam_s=lam, mode="full", **pair), lam, **edge)
gap = np.transpose([full_gap(t, rho=x, **at_share) for t in targets])
names = dict(xlabel=r"hard share $\eta$", ylabel=r"overlap $\rho$", log="")
names["title"] = rf"$\gamma_s = {at_share['gamma_s']}$, $\lambda_s = {at_share['lam_s']:g}$"
figures.phase_diagram(share, x, gap, colorbar=False, ax=middle, **names, **options)
middle.plot(share, [mi.winning_overlap(t, mode="full", **at_share) for t in targets], **edge)
gap = full_gap(target, lam_s=lam[:, None], gamma_s=g, **at_ratio)
names = dict(xlabel=r"$\gamma_s = d/n_s$", title=rf"$\rho = {at_ratio['rho']}$")
figures.phase_diagram(g, lam, gap, ax=right, **names, **options)
right.plot(g, np.transpose(mi.winning_interval(target, gamma_s=g, mode="full", **at_ratio)), **edge)
for overlap, gap in verdicts.items():
    judge(left, overlap, tried_lam, gap)
for place, gap in by_share.items():
    judge(middle, *place, gap)
for ratio, gap in by_ratio.items():
    judge(right, ratio, tried_wide, gap)
plt.show()

# %% [markdown]
# ## Whose result is what
#
# - **The paper's** {cite}`moniri2025mechanisms`: the mechanism. In nonlinear multi-index models a student can learn easy,
#   task-specific features from its teacher's labels while it keeps hard features from pre-training, which the
#   teacher could not learn; features are learnt by one large gradient step.
# - **This book's instantiation**: the two-direction Hermite family, all formulas for $L_t$ and $L_s$, the parabola, $\lambda_s^\star$, the winning
#   interval, the threshold overlap, and the statements about scratch students and poor directions. The formulas for overlaps and errors are derived here at large $d$ and
#   read-out batches and checked by simulation; they are not proved with error bounds. What follows from them (the parabola and all statements on who wins) is proved, about these formulas.
# - **Only a simulation**: everything about the real networks, including the source task with varying easy directions.
#   There "full" means that every read-out weight is trained; the old first layer stays.
#
# Every statement with its hypotheses: {doc}`assumptions`.

# %% [markdown]
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/multi_index`.

# %% tags=["hide-input"]
from jupyterquiz import display_quiz

display_quiz(data.quiz("multi_index"))

# %% [markdown]
# ## Take-away
#
# - A label teaches in one step only what correlates with $x$ linearly; the rest of the label is noise to the learner.
# - The student wins by **combining**: easy from the teacher, hard from pre-training. The teacher's labels alone are not enough in this model; pre-training alone is enough only if it
#   carries more energy than the teacher has learnt.
# - Labels that are silent about a feature erase it, unless a penalty or a frozen read-out protects it.
#
# **Further reading.** The paper: {cite:t}`moniri2025mechanisms`. The information exponent: {cite:t}`benarous2021online`. What
# one large gradient step learns: {cite:t}`ba2022high`, {cite:t}`damian2022neural`.
#
# ## Headline numbers

# %% tags=["nbval-check-output"]
overlap, L_t = mi.teacher_overlap(target, 0.1), mi.teacher_error(target, 0.1)
print(f"teacher in theory: overlap {overlap:.3f}, error {L_t:.3f}")
for mode in mi.MODES:
    L_s = mi.student_error(target, **ratios, lam_s=1.0, rho=0.9, mode=mode)
    needed = mi.winning_overlap(target, **ratios, lam_s=1.0, mode=mode)
    print(f"{mode:8s} lambda_s = 1, rho = 0.9: {L_s:.3f}; wins above {needed:.3f}")
lo, hi = mi.winning_interval(target, **ratios, rho=0.9, mode="full")
print(f"full fine-tuning wins for {lo:.3f} < lambda_s < {hi:.3f}")
gap, k = measured["difference:adapter"], real["adapter"]
print(f"networks, adapter: {gap.mean[k]:.3f}, s.e. {gap.stderr[k]:.3f}, {gap.n_trials} seeds")
