# %% [markdown]
# # Mechanism II: a penalty aligned with the target
#
# **After this chapter you can**
#
# - read a penalty as a belief about the target, and say when it is aligned, neutral or misaligned;
# - explain how a student beats a teacher that is already *optimally* regularised, and check it by simulation;
# - derive where weak-to-strong generalization begins, and why an over-parameterised student needs more;
# - compute the errors of teacher and student for any penalty, in blocks.
#
# **Prerequisites:** {doc}`the tools <random_matrices>` (shrinkage, effective penalty), {doc}`Mechanism I <ridge>`.
# Code of this chapter: `w2slib.weighted_ridge`.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

from functools import cache, partial

import matplotlib.pyplot as plt
import numpy as np
from scipy import optimize
from scipy.special import stdtrit

from w2slib import data, explorer, figures, metrics, ridge, weighted_ridge
from w2slib.random_matrices import effective_penalty
from w2slib.simulation import run_trials
from w2slib.weighted_ridge import Blocks

optimal = dict(lam_t=0.5, gamma_t=0.5, noise_var=1.0)  # no plain student beats this teacher
phase = explorer.weighted_ridge()

# %% [markdown]
# ## Predict first, then drag
#
# So far the penalty charged every direction alike. Now the student's penalty *spares* one direction, by the **relief** $\kappa_\Gamma$ (1: free
# of charge, 0: like all others, negative: charged more). That direction holds the share $\zeta^2$ of the target; $\zeta$ is the **alignment**.
#
# :::{admonition} Predict
# :class: note
# The explorer opens at a teacher with the best penalty, $\lambda_t = \lambda_t^\star$, which no plain student can beat
# (Mechanism I). The student below is told to spare a direction with $\zeta^2 = 0.64$ of the target's energy. Can it win? And if it
# has fewer samples than dimensions, $\gamma_s > 1$? Decide, then press the buttons.
# :::

# %% tags=["hide-input"]
phase.cover()

# %% [markdown]
# :::{admonition} Symbols of this page
# :class: note
# As in {doc}`Mechanism I <ridge>`, and: $\Gamma$ penalty matrix, $v$ the relieved direction, $\zeta$ its alignment with the target, $\kappa_\Gamma$ the relief;
# $\kappa$ (without subscript) the effective penalty. In block $b$: $\varphi_b$ fraction of the coordinates, $g_b$ price, $e_b$ energy of the target, $s_b$ shrinkage
# (teacher), $a_b$ shrinkage (student), $V_b$ variance of the teacher's coefficients, $q_b$ their energy, $p_b$ their overlap with the target. $M_1, M_2$ the traces $m_1, m_2$ of the student's data, $C$ gain and $U$ cost of shrinking, $G$ what is left
# of the price along $v$. $\tau_i^2$ variance of a coefficient of the target, $\alpha$ how strongly a player believes. Networks: $\Phi = Wx$ features, $W$ first layer of width $m$, $w$ read-out, $u$ its first value, $\eta$ learning rate.
# :::
#
# :::{div} w2s-print
# The same picture for print, at the explorer's first setting:
# :::

# %% mystnb={"image": {"alt": "Left: phase diagram of L_s minus L_t over both penalties; the blue region where the student wins extends to the right of the dashed line of the optimal teacher. Right: for the optimal teacher, the error of the student with relief dips below the teacher's line, the plain student's does not."}} tags=["hide-input", "print"]
first, zeta = dict(gamma_t=0.5, noise_var=1.0), 0.8
case, relief = dict(gamma_s=0.5) | first, 0.9
best = ridge.optimal_teacher_penalty(**first)
x, y = np.logspace(-2, 1, 121), np.logspace(-2, 2, 121)
gap = weighted_ridge.error_difference(x, y[:, None], blocks=Blocks.spike(zeta, relief), **case)
fig, (left, right) = figures.subplots(1, 2)
figures.phase_diagram(x, y, gap, marker=best, limit=0.5, ax=left)
left.legend(loc="upper right")
error = weighted_ridge.spike_student_error(best, y, zeta=zeta, relief=relief, **case)
right.plot(y, error, label="student with relief")
right.plot(y, ridge.student_error(best, y, **case), ":", label="student plain")
figures.teacher_line(ridge.teacher_error(best, **first), ax=right)
figures.describe(right, "lam_s", "error", r"$\lambda_t = \lambda_t^\star$", log="x", legend="best")
plt.show()

# %% [markdown]
# ## A penalty is a belief
#
# Weighted ridge regression charges a price for every direction, and the prices may differ:
#
# $$\hat\beta = \arg\min_\beta\ \tfrac1n\|y - X\beta\|^2 + \lambda\,\beta^\top\Gamma\beta,
#   \qquad \Gamma \text{ symmetric, with eigenvalues } g_i \ge 0.$$
#
# Plain ridge is $\Gamma = I$. The set $\beta^\top\Gamma\beta \le 1$ holds the coefficients that the penalty considers
# cheap: it is stretched along the directions with small $g_i$. The penalty *believes* that the target points there.

# %% mystnb={"image": {"alt": "Three ellipses, the coefficients that cost the same penalty, each with the same target arrow pointing mostly to the right. Aligned: the ellipse is stretched along the target. Neutral: a circle. Misaligned: the ellipse is squeezed in the target's main direction."}} tags=["hide-input"]
angle = np.linspace(0, 2 * np.pi, 200)
fig, axes = figures.subplots(1, 3, figsize=(9.6, 3.0), sharex=True, sharey=True)
shapes = {"aligned": 0.85, "neutral: plain ridge": 0.0, "misaligned": -2.0}
shades = figures.COLOURS[0], "#777777", figures.COLOURS[1]
for ax, (name, relief), colour in zip(axes, shapes.items(), shades, strict=True):
    ax.fill(np.cos(angle) / np.sqrt(1 - relief), np.sin(angle), color=colour, alpha=0.35)
    ax.annotate("", (1.75, 0.75), (0, 0), arrowprops=dict(arrowstyle="-|>", linewidth=2))
    ax.text(1.2, 0.95, r"target $\beta_\star$")
    ax.set(title=name, aspect="equal", xlim=(-2.8, 2.8), ylim=(-1.3, 1.5), xlabel="along $v$")
axes[0].set_ylabel("every other direction")
plt.show()

# %% [markdown]
# The belief can be made exact. If the coefficients of the target are independent normal numbers with variances $\tau_i^2$,
# then the posterior mean given the data, which is the best estimate there is, is {term}`weighted ridge` regression with
# $\lambda g_i = \sigma^2/(n\tau_i^2)$: **the right price of a direction is one over the energy expected there.**
#
# ## The setting: a plain teacher, a student with relief
#
# As in Mechanism I, $x \sim N(0, I_d)$, $y = \langle\beta_\star, x\rangle + \varepsilon$ with noise of variance $\sigma^2$, a
# teacher on $n_t = d/\gamma_t$ samples, a student on $n_s = d/\gamma_s$ fresh inputs that the teacher labelled, and
# errors $L = E\|\hat\beta - \beta_\star\|^2$. Two things are new.
#
# - **The target is uneven.** A unit vector $v$ carries the part $\zeta^2$ of its energy $\|\beta_\star\|^2 = 1$; the rest,
#   $1 - \zeta^2$, is spread over all other directions. The **alignment** $\zeta$ is between 0 and 1.
# - **The student relieves $v$.** The teacher is plain ridge; the student penalises with
#   $\Gamma = I - \kappa_\Gamma vv^\top$. The **relief** $\kappa_\Gamma \le 1$ is 1 when $v$ is free of penalty, 0 for plain
#   ridge, negative when $v$ is penalised more than the rest.

# %% [markdown]
# In a live notebook this cell moves every slider of the explorer, and back:

# %%
start = phase.settings
elsewhere = dict(lam_t=0.1, lam_s=1.0, gamma_s=2.0, zeta=0.95, relief=1.0)
for name, value in dict(gamma_t=1.0, noise_var=0.5, **elsewhere).items():
    phase.set(**{name: value})
print(f"there, L_s - L_t = {phase.evaluate('spike_diff'):.3f}")
phase.set(**start)

# %% [markdown]
# ## By experiment first: the optimal teacher is beaten
#
# No theory in this section. The teacher is plain ridge at $\lambda_t^\star = \sigma^2\gamma_t$; rotating the inputs
# changes nothing for it, so $\lambda_t^\star$ is its best penalty for every $\zeta$. Each trial draws a target, the teacher's data and
# the student's inputs, fits both, and records $L_s - L_t$.

# %%
teacher = dict(gamma_t=2.0, noise_var=0.5)
best_lam, lam = ridge.optimal_teacher_penalty(**teacher), np.logspace(-2, 1, 10)
size = dict(gamma_s=0.2, dim=150, n_trials=32, rng=3)
reliefs = {"aligned": 1.0, "plain": 0.0, "misaligned": -2.0}
runs = {
    zeta: {
        name: weighted_ridge.simulate_spike(
            [best_lam], lam, zeta=zeta, relief=relief, **teacher, **size
        )
        for name, relief in reliefs.items()
    }
    for zeta in (0.5, 0.9)
}

# %% mystnb={"image": {"alt": "Simulated L_s minus L_t with 95 percent confidence intervals against the student's penalty, for relief 1, 0 and minus 2; left zeta 0.5, right zeta 0.9. The aligned student's intervals dip below zero, slightly on the left and by 0.11 on the right; those of the plain and of the misaligned student do not lie below zero."}} tags=["hide-input"]
fig, axes = figures.subplots(1, 2, figsize=(10.2, 3.7))
factor = stdtrit(size["n_trials"] - 1, 0.975)  # Student's 97.5 % quantile
for ax, (zeta, by_relief) in zip(axes, runs.items(), strict=True):
    for index, (name, run) in enumerate(by_relief.items()):
        gap, margin = run.difference_mean[:, 0], factor * run.difference_stderr[:, 0]
        style = dict(fmt=figures.MARKERS[index] + "-", color=figures.COLOURS[index], linewidth=0.6)
        label = rf"{name}, $\kappa_\Gamma = {reliefs[name]:g}$"
        ax.errorbar(lam, gap, margin, capsize=3, label=label, **style)
    ax.axhline(0, color="black", linewidth=1)
    title = rf"$\zeta = {zeta:g}$; below 0: the optimal teacher is beaten"
    figures.describe(ax, "lam_s", title=title, log="x")
axes[0].set(ylabel=r"$L_s - L_t$, 95 % interval", ylim=(-0.015, 0.045))
axes[1].set_ylim(-0.14, 0.2)
axes[1].legend(loc="upper left")
plt.show()


# %% [markdown]
# With {term}`relief` along $v$ the student wins at $\zeta = 0.5$ already, and by a lot at 0.9; the plain student, on the same data, does not. How is that possible?
# The teacher's best penalty is a compromise: one price for all directions, too high along $v$, where the
# signal is, and too low elsewhere, where its labels put noise. The student charges where the noise is.
#
# ## One shrinkage for each block
#
# Group the directions by price: block $b$ holds a fraction $\varphi_b$ of the coordinates, all with weight $g_b$, and carries
# the part $e_b$ of the target's energy ($\sum\varphi_b = \sum e_b = 1$). A spike is a block of one coordinate: $\varphi = 0$, $e = \zeta^2$.
# Mechanism I needed one number, the shrinkage $s$. Now each block has its own:
#
# $$s_b = \frac{1}{1 + \kappa g_b}, \qquad \kappa = \lambda + \kappa\gamma \sum_b \frac{\varphi_b}{1 + \kappa g_b}.$$
#
# **Two blocks, by hand.** Half of the coordinates cost $g = \frac14$, half cost 1; $\gamma = \frac12$, $\lambda = 0.675$. Try $\kappa = 1$: the blocks keep
# $s = 1/1.25 = 0.8$ and $1/2 = 0.5$, on average 0.65, and the right side is $0.675 + 1\cdot\frac12\cdot0.65 = 1$. It fits: with $\kappa = 1$ the cheap half keeps 80 % of
# what it sees, the dear half 50 %. (Had we started from $\kappa = \lambda$: the map $\kappa \to \lambda/(1 - \gamma\,\text{average})$ gives 1.06, 0.99, 1.00.)
#
# For $\lambda > 0$ the equation has one positive root, the **effective penalty** $\kappa$. It is larger than $\lambda$: each coordinate that is fitted uses up data, and that acts like
# extra penalty for all. The fitted coefficients behave like
#
# $$\hat\beta_i = s_b\,(\beta_i + \omega z_i), \qquad z_i \sim N(0, 1/n), \qquad
#   \omega^2 = \frac{\sigma^2 + \sum_b (1 - s_b)^2 e_b}{1 - \gamma\,\mathrm{df}_2}, \qquad \mathrm{df}_2 = \sum_b \varphi_b s_b^2 .$$
#
# In words: shrink, and add independent noise, fed by the label noise *and* by the signal that is shrunk away. Is it true? Fit data sets
# with three prices and measure what is kept of the target in each block:

# %%
def measured_shrinkage(rng, lam, blocks, gamma, counts):
    """⟨β̂, β*⟩ / ‖β*‖² within each block, for one data set without label noise."""
    target = weighted_ridge.draw_target(counts, blocks.energies, rng)
    X = rng.standard_normal((round(counts.sum() / gamma), counts.sum()))
    weights = np.repeat(blocks.weights, counts)
    fit = weighted_ridge.weighted_path(X, (X @ target)[:, None], lam, weights)[:, :, 0]
    starts = np.cumsum(counts) - counts
    return (np.add.reduceat(fit * target, starts, axis=1) / blocks.energies,)


three, gamma_three = Blocks([0.2, 0.3, 0.5], [0.1, 1.0, 5.0], [0.5, 0.3, 0.2]), 1.5
penalties = np.logspace(-2.5, 1.5, 13)
counts = np.round(300 * three.fractions).astype(int)
trial = partial(measured_shrinkage, lam=penalties, blocks=three, gamma=gamma_three, counts=counts)
(kept,) = run_trials(trial, 20, rng=0)

# %% mystnb={"image": {"alt": "Shrinkage of three blocks with penalty weights 0.1, 1 and 5 against the penalty. Theory curves fall from near one to zero, the lightly penalised block last; the measured markers lie on them."}} tags=["hide-input"]
x = np.logspace(-2.5, 1.5, 200)
kappa = effective_penalty(x, gamma_three, three.weights, three.fractions)
fig, ax = figures.subplots(figsize=(6.4, 3.4))
for index, weight in enumerate(three.weights):
    theory, sample = 1 / (1 + kappa * weight), (kept.mean[:, index], kept.stderr[:, index])
    label = f"weight g = {weight:g}"
    figures.curve(x, theory, sample=(penalties, *sample), label=label, index=index, ax=ax)
title = rf"$\gamma = {gamma_three}$; markers: d = 300, 20 data sets, mean ± 2 s.e."
figures.describe(ax, "lam", "part of the target that is kept", title, log="x", legend="best")
plt.show()

# %% [markdown]
# **The student is the same map once more**, applied to what the teacher produced, without label noise. Composing the two maps gives every error of
# this chapter. With the student's shrinkages $a_b$, the variance $V_b = \varphi_b\gamma_t\,s_b^2\omega^2$ of the teacher's coefficients and their energy $q_b = s_b^2e_b + V_b$ in block $b$:
#
# $$L_s = \sum_b \bigl[(1 - a_bs_b)^2 e_b + a_b^2 V_b\bigr] + \frac{\gamma_s\,\mathrm{df}_2}{1 - \gamma_s\,\mathrm{df}_2}\sum_b (1 - a_b)^2 q_b .$$
#
# The three terms are what both lost of the target, what is left of the teacher's noise, and the student's own.
#
# ## The spike in closed form
#
# For the spike only two shrinkages remain, and $\kappa$ is that of plain ridge. With the teacher's overlap $p = s_t$ and energy $q$, and with the traces
# $M_1, M_2$ of the student's data as in Mechanism I, the student loses the fraction $\lambda_sM_1$ of an ordinary direction, but only
# $G\lambda_sM_1$ of the relieved one:
#
# $$G = \frac{1 - \kappa_\Gamma}{1 - \kappa_\Gamma\lambda_sM_1}, \qquad L_s = L_t - 2\lambda_sM_1\,C + \lambda_s^2M_2\,U,$$
#
# $$C = (q - p) + \zeta^2\,p(1 - p)(1 - G), \qquad U = q - \zeta^2p^2(1 - G^2).$$
#
# | | is | plain student | at the explorer's first setting |
# |---|---|---|---|
# | $\lambda_sM_1$ | part of an ordinary direction that the student loses | the same | 0.243 |
# | $G$ | how much of that it loses along $v$ | 1 | 0.128 |
# | $C$ | what shrinking *gains*: noise that should not be there | $q - p = 0$ | 0.135 |
# | $U$ | what it *costs*: energy that is lost | $q = 0.586$ | 0.370 |
# | $L_s - L_t$ | cost minus gain, $\lambda_s^2M_2U - 2\lambda_sM_1C$ | 0.049 | $0.0307 - 0.0659 = -0.0352$ |
#
# (There $\lambda_t = \lambda_t^\star = 0.5$, $\lambda_s = 0.2$, $\gamma_t = \gamma_s = 0.5$, $\sigma^2 = 1$, $\zeta = 0.8$, $\kappa_\Gamma = 0.9$, so $p = q = 0.586$.) Relief with $0 < \kappa_\Gamma \le 1$ adds to the
# gain and lowers the cost. At the optimal teacher $q = p$ the plain gain vanishes, but $\zeta^2p(1 - p)(1 - G) > 0$ remains.
#
# ## Figure 2 of [Mechanisms]: the phase diagram with relief
#
# Filled contours: $L_s - L_t$ from simulation at $d = 500$, 20 trials, on a $41\times41$ grid of penalties. Dashed red: theory, at
# the same levels. Solid: $L_s = L_t$. Dashed black: $\lambda_t = \lambda_t^\star$. (All parameters are this book's choice:
# $\gamma_t = 0.5$, $\sigma^2 = 1$, $\zeta = \kappa_\Gamma = 0.9$.)

# %%
grid = np.logspace(-2, 1, 41)
figure2 = dict(gamma_t=0.5, noise_var=1.0)
spike2 = dict(zeta=0.9, relief=0.9)
panels = {
    gamma_s: weighted_ridge.simulate_spike(
        grid, grid, gamma_s=gamma_s, dim=500, rng=3, **figure2, **spike2
    )
    for gamma_s in (0.5, 2.0)
}

# %% mystnb={"image": {"alt": "Two phase diagrams of L_s minus L_t over both penalties for a student with relief, gamma_s 0.5 and 2; theory contours in dashed red follow the simulated filled contours. Left, the winning region crosses the dashed line of the optimal teacher by far. Right, it still reaches slightly beyond that line, but only for intermediate student penalties."}} tags=["hide-input"]
best, blocks, shown = ridge.optimal_teacher_penalty(**figure2), Blocks.spike(**spike2), {}
for gamma_s, run in panels.items():
    case = dict(gamma_s=gamma_s, blocks=blocks) | figure2
    theory = weighted_ridge.error_difference(grid, grid[:, None], **case)
    kind = "under" if gamma_s < 1 else "over"
    title = rf"{kind}-parameterised student, $\gamma_s = {gamma_s}$"
    shown[title] = run.difference_mean, theory
fig, axes = figures.phase_row(grid, grid, shown, marker=best, limit=0.5)
axes[0].legend(loc="upper right")
plt.show()

# %% [markdown]
# In Mechanism I the dashed black line was a wall. Here the blue region passes through it. The largest deviation between theory and simulation over
# the $2 \times 1681$ cells, in units of four standard errors plus $3/d$ (below 1 is agreement):

# %%
for gamma_s, run in panels.items():
    case = dict(gamma_s=gamma_s) | figure2 | spike2
    theory = weighted_ridge.spike_student_error(grid, grid[:, None], **case)
    deviation = np.abs(theory - run.student_mean) / (4 * run.student_stderr + 3 / 500)
    print(f"gamma_s = {gamma_s}: {deviation.max():.2f}")

# %% [markdown]
# ## Figure 3 of [Mechanisms]: against an optimal teacher
#
# Now $\lambda_t = \lambda_t^\star$, and $L_s$ is drawn against $\log\lambda_s$ for several alignments (relief 0.9). Circles: simulation with error
# bars. Dashed: theory. Dashed black: the teacher.

# %%
coarse, relief3 = np.logspace(-3, 2, 11), 0.9
figure3 = {
    gamma_s: {
        zeta: weighted_ridge.simulate_spike(
            lam_s=coarse, gamma_s=gamma_s, zeta=zeta, relief=relief3, dim=160, rng=4, **optimal
        )
        for zeta in (0.0, 0.5, 0.8, 0.95)
    }
    for gamma_s in (0.5, 2.0)
}

# %% mystnb={"image": {"alt": "Student's error against its penalty for alignments 0, 0.5, 0.8 and 0.95 at the optimal teacher, in two panels. With gamma_s 0.5 every positive alignment dips below the teacher's dashed line, deeper for larger zeta; with gamma_s 2 only zeta 0.95 does. Markers with error bars lie on the dashed theory."}} tags=["hide-input"]
x = np.logspace(-3, 2, 300)
fig, axes = figures.subplots(1, 2, figsize=(10.2, 3.9), sharey=True)
for ax, (gamma_s, by_alignment) in zip(axes, figure3.items(), strict=True):
    for index, (zeta, run) in enumerate(by_alignment.items()):
        case = dict(lam_s=x, gamma_s=gamma_s, zeta=zeta, relief=relief3) | optimal
        theory, label = weighted_ridge.spike_student_error(**case), rf"$\zeta = {zeta:g}$"
        sample = (coarse, run.student_mean[:, 0], run.student_stderr[:, 0])
        figures.curve(x, theory, sample=sample, label=label, index=index, ax=ax)
    figures.teacher_line(ridge.teacher_error(**optimal), ax=ax)
    figures.describe(ax, "lam_s", title=rf"$\gamma_s = {gamma_s:g}$", log="x")
figures.describe(axes[0], y="error", legend="upper left")
plt.show()

# %% [markdown]
# The two panels differ in kind. Against this *optimal* teacher and with enough samples ($\gamma_s < 1$) every student with $\zeta \ne 0$ and $\kappa_\Gamma > 0$ wins if its penalty is small
# enough. With fewer samples than dimensions only a strong alignment helps.
#
# ## Where does weak-to-strong generalization begin?
#
# **Result.** For $0 < \kappa_\Gamma \le 1$ and a plain teacher the student wins exactly when $|\zeta|$ exceeds a critical alignment $\zeta_c(\lambda_s)$. At the explorer's first setting
# $\zeta_c = 0.609$ and $\zeta = 0.8$: the student wins. Set $\zeta$ to 0.6 there and it loses.
#
# **Why.** The student wins when cost is below gain, $h\,U < 2C$ with $h = \lambda_sM_2/M_1$ of Mechanism I. Insert $C$ and $U$, write $q\,c = 2(q - p)$ with
# the badness $c$, and collect $\zeta^2$ on one side:
#
# $$q\,(h - c) \;<\; \zeta^2\,p\,(1 - G)\,\bigl[2(1 - p) + h\,p\,(1 + G)\bigr].$$
#
# The left side is Mechanism I: negative when the plain student wins already. **Alignment pays the rest of the price:**
#
# $$\zeta_c^2 = \frac{q\,(h - c)}{p\,(1 - G)\,[2(1 - p) + h\,p\,(1 + G)]} \qquad\text{(zero if } h < c).$$
#
# :::{admonition} Why over-parameterisation asks for more (derivation)
# :class: dropdown
# At the optimal teacher $c = 0$ and $q = p$, so $\zeta_c^2 = h/\{(1 - G)[2(1 - p) + hp(1 + G)]\}$. The denominator falls as $G$ grows from 0, so full relief ($G = 0$) is
# best, and then $\zeta_c^2 = h/[2(1 - p) + hp]$, which increases with $h$.
#
# - $\gamma_s < 1$: $h \to 0$ as $\lambda_s \to 0$, so $\zeta_c \to 0$. Every relief $0 < \kappa_\Gamma \le 1$ of a direction with $\zeta \ne 0$ wins for some small $\lambda_s$.
# - $\gamma_s > 1$: $h \ge h_{\min} = (1 + \sqrt{1 - 1/\gamma_s})/2 > \frac12$, reached at $\lambda_s = \gamma_s - 1$. Hence
#   $\zeta_c^2 \ge h_{\min}/[2(1 - p) + h_{\min}p]$. This grows with $p$ and with $h_{\min}$, and at $p = 0$, $h_{\min} = \frac12$ it is $\frac14$.
# :::
#
# > **Against an optimal plain teacher, a student with relief $0 < \kappa_\Gamma \le 1$, $\gamma_s < 1$ and a small enough $\lambda_s$ wins with any alignment $\zeta \ne 0$; a student with $\gamma_s > 1$ needs**
# > $\zeta^2 > \dfrac{h_{\min}}{2(1 - p) + h_{\min}\,p}$, **more than $\zeta = \frac12$ for every $\gamma_s > 1$.**
#
# **Against another plain teacher** small penalties win, for $\gamma_s < 1$, if and only if $p - q < \zeta^2\kappa_\Gamma\,p(1 - p)$ (let $\lambda_s \to 0$ in $C$). An under-regularised one, $q > p$, loses to
# every relief $\kappa_\Gamma \ge 0$; an *over*-regularised one asks for more: at $\lambda_t = 1$, $\gamma = 0.5$, $\sigma^2 = 1$ full relief needs $\zeta > 0.657$, and $\zeta = 0.3$ loses for every $\lambda_s$.
#
# Below is the phase diagram over $(\zeta, \lambda_s)$: filled from simulation, dashed red theory, and the closed form $\zeta_c(\lambda_s)$ as white dots. (Towards the lower left both
# errors agree to a few thousandths, so 12 trials place the solid line only roughly there.)

# %%
zetas, lam_s, relief4 = np.linspace(0, 1, 11), np.logspace(-2, 2, 25), 0.9


def simulated_section(zeta, rng, gamma_s):
    """L_s − L_t against the optimal teacher, for every λ_s."""
    case = dict(lam_s=lam_s, gamma_s=gamma_s, zeta=zeta, relief=relief4) | optimal
    run = weighted_ridge.simulate_spike(**case, dim=120, n_trials=12, rng=rng)
    return run.difference_mean[:, 0]


generators = np.random.default_rng(5).spawn(len(zetas))
over_zeta = {
    gamma_s: np.transpose(
        [simulated_section(*pair, gamma_s) for pair in zip(zetas, generators, strict=True)]
    )
    for gamma_s in (0.5, 2.0)
}

# %% mystnb={"image": {"alt": "Two phase diagrams over alignment and student penalty at the optimal teacher. Left, gamma_s 0.5: the student wins below a boundary that starts at zeta zero and rises with zeta. Right, gamma_s 2: it wins only in a corner at zeta above about 0.88. White dots of the closed form follow the simulated boundary."}} tags=["hide-input"]
shown, critical = {}, []
for gamma_s, difference in over_zeta.items():
    case = dict(gamma_s=gamma_s, relief=relief4) | optimal
    errors = weighted_ridge.spike_student_error(lam_s=lam_s[:, None], zeta=zetas, **case)
    title = rf"$\lambda_t = \lambda_t^\star$, $\kappa_\Gamma = {relief4}$, $\gamma_s = {gamma_s:g}$"
    shown[title] = difference, errors - ridge.teacher_error(**optimal)
    critical.append(weighted_ridge.critical_alignment(lam_s=lam_s, **case))
options = dict(limit=0.3, log="y", xlabel=figures.LABELS["zeta"], bands=6)
fig, axes = figures.phase_row(zetas, lam_s, shown, figsize=(10.4, 4.0), **options)
style = dict(color="white", markeredgecolor="black", markersize=4.5, label=r"closed form $\zeta_c$")
for ax, values in zip(axes, critical, strict=True):
    ax.plot(values[values <= 1], lam_s[values <= 1], "o", **style)
    ax.set_xlim(0, 1)
axes[0].legend(loc="upper left")
plt.show()

# %% [markdown]
# The second phase diagram gives the student its best $\lambda_s$ and asks how much relief and alignment it takes. Markers are
# simulated students at the $\lambda_s$ that theory recommends: black where the student wins by more than chance allows in all 24 looks together, 3.3 standard
# errors, white where it does not. (The narrow strips at small $\zeta$ and $\kappa_\Gamma$ on the left belong to the smallest $\lambda_s$ of the grid, $10^{-4}$: with ever smaller ones they vanish.)

# %%
all_lam = np.logspace(-4, 3, 141)


def best_student(gamma_s, zeta, relief):
    """Smallest L_s − L_t over λ_s against the optimal teacher, and the λ_s that attains it."""
    lam = all_lam.reshape((-1,) + (1,) * np.broadcast(zeta, relief).ndim)
    case = dict(lam_s=lam, gamma_s=gamma_s, zeta=zeta, relief=relief) | optimal
    errors = weighted_ridge.spike_student_error(**case)
    return errors.min(axis=0) - ridge.teacher_error(**optimal), all_lam[errors.argmin(axis=0)]


def simulated_gain(gamma_s, zeta, relief):
    """Simulated L_s − L_t at that λ_s, in standard errors."""
    best_lam = best_student(gamma_s, zeta, relief)[1]
    case = dict(lam_s=[best_lam], gamma_s=gamma_s, zeta=zeta, relief=relief) | optimal
    run = weighted_ridge.simulate_spike(**case, dim=110, n_trials=48, rng=6)
    return (run.difference_mean / run.difference_stderr)[0, 0]


# %%
tried = [(zeta, relief) for zeta in (0.3, 0.6, 0.85, 0.97) for relief in (-0.3, 0.4, 0.97)]
gains = {gamma_s: [simulated_gain(gamma_s, *at) for at in tried] for gamma_s in (0.5, 2.0)}
sure = metrics.critical_deviation(2 * len(tried), 48)

# %% mystnb={"image": {"alt": "Two maps over alignment and relief, each student with its best penalty. Left, gamma_s 0.5: blue for positive relief and alignment, up to narrow strips where both are small. Right, gamma_s 2: blue only in the corner of large alignment and relief, bounded by a curve that ends at zeta 0.80 at full relief. Simulated winners lie in the blue region."}} tags=["hide-input"]
x, y = np.linspace(0, 1, 81), np.linspace(-0.5, 1, 76)
place = r"best $\lambda_s$, $\lambda_t = \lambda_t^\star$"
shown = {
    rf"{place}, $\gamma_s = {gamma_s:g}$": best_student(gamma_s, x, y[:, None])[0]
    for gamma_s in gains
}
names = dict(xlabel=figures.LABELS["zeta"], ylabel=r"relief $\kappa_\Gamma$")
fig, axes = figures.phase_row(x, y, shown, limit=0.3, log="", figsize=(10.4, 4.0), **names)
positive = y[y > 0.02]
for ax, (gamma_s, scores) in zip(axes, gains.items(), strict=True):
    case = dict(lam_s=all_lam[:, None], gamma_s=gamma_s, relief=positive) | optimal
    critical = weighted_ridge.critical_alignment(**case).min(axis=0)
    curve = critical[critical <= 1], positive[critical <= 1]
    ax.plot(*curve, "--", color="black", linewidth=2, label=r"$\min_{\lambda_s}\zeta_c$")
    for at, score in zip(tried, scores, strict=True):
        colour = "black" if score < -sure else "white"
        ax.plot(*at, "o", color=colour, markeredgecolor="black", markersize=7)
figures.reference(axes[1], x=0.5, label=r"$\zeta = 1/2$")
axes[1].legend(loc="lower left")
plt.show()


# %% [markdown]
# ## The functions behind it, as Figures 4 and 5
#
# Full relief has a short form. With $G = 0$ the winning condition is again **$h(\lambda_s) < $ a number of the teacher**, only the number is larger:
#
# $$h(\lambda_s) < c_\zeta, \qquad c_\zeta = \frac{2\,[(q - p) + \zeta^2p(1 - p)]}{q - \zeta^2p^2} \;\ge\; c .$$
#
# So the curves $H_1 = h - 1$ of Mechanism I stay as they are, and alignment raises the line that they have to stay below (left). For partial relief the curve
# to read is $\zeta_c(\lambda_s)$, to be compared with $\zeta$ (right). Circles are where the *block solver* of this chapter finds $L_s = L_t$: an independent route to the same crossings.

# %%
def crossings(gamma_s, zeta, relief):
    """Student penalties at which the errors tie, from the general block solver."""
    case = dict(gamma_s=gamma_s, blocks=Blocks.spike(zeta, relief)) | optimal
    return weighted_ridge.winning_region(lam_s=np.logspace(-5, 4, 400), **case).boundary[:, 1]


def raised_badness(zeta, p):
    """c_ζ against the optimal teacher, where q = p."""
    return 2 * zeta**2 * (1 - p) / (1 - zeta**2 * p)


# %% mystnb={"image": {"alt": "Left: H_1 against the student's penalty for gamma_s 0.5 and 2, with horizontal lines at c_zeta minus 1 for zeta 0, 0.5, 0.82 and 0.95; circles of the block solver sit on the crossings, one for gamma_s 0.5, two for gamma_s 2 at zeta 0.82. Right: critical alignment against the student's penalty at relief 0.9 for gamma_s 0.3, 0.8, 1.5 and 4; below one the curves rise from zero, above one they have a minimum."}} tags=["hide-input"]
p, _ = ridge.teacher_moments(**optimal)
x, relief = np.logspace(-3, 3, 400), 0.9
fig, (left, right) = figures.subplots(1, 2, figsize=(10.4, 3.9))
for zeta in (0.0, 0.5, 0.82, 0.95):
    height = raised_badness(zeta, p) - 1
    left.axhline(height, color="black", linewidth=0.9)
    left.text(1.2e3, height + 0.015, rf"$\zeta = {zeta:g}$", ha="right", va="bottom", fontsize=9)
    for index, gamma_s in enumerate([0.5, 2.0] if zeta else []):
        figures.ties(left, crossings(gamma_s, zeta, 1.0), height, index=index)
for index, gamma_s in enumerate([0.5, 2.0]):
    theory, label = ridge.h_ratio(x, gamma_s) - 1, rf"$\gamma_s = {gamma_s:g}$"
    figures.curve(x, theory, label=label, index=index, ax=left)
left.set(xlim=(1e-3, 1.3e3), title=r"full relief: wins where $H_1 < c_\zeta - 1$")
figures.describe(left, r"$\lambda_s$", "$H_1 = h - 1$", log="x")
left.legend(loc="center left", bbox_to_anchor=(0.0, 0.45))
for index, gamma_s in enumerate([0.3, 0.8, 1.5, 4.0]):
    theory = weighted_ridge.critical_alignment(lam_s=x, gamma_s=gamma_s, relief=relief, **optimal)
    figures.curve(x, theory, label=rf"$\gamma_s = {gamma_s:g}$", index=index, ax=right)
    for zeta in (0.7, 0.97):
        figures.ties(right, crossings(gamma_s, zeta, relief), zeta, index=index)
right.axhline(1, color="black", linewidth=0.9)
names = r"$\lambda_s$", r"critical alignment $\zeta_c$"
figures.describe(right, *names, log="x", legend="upper left", ylim=(0, 1.6))
right.set_title(rf"relief {relief}: wins where $\zeta_c < \zeta$")
plt.show()

# %% [markdown]
# ## Beyond the spike: any penalty, in blocks
#
# The block solver answers for every list $(\varphi_b, g_b, e_b)$. One question has a one-line answer. Let the student's penalty be small, $\gamma_s < 1$, and the plain
# teacher optimal. Then $1 - a_b \approx \kappa g_b$, and to first order in $\kappa$
#
# $$L_s - L_t \approx 2\kappa\,s_t(1 - s_t)\Bigl(\sum_b g_be_b - \sum_b g_b\varphi_b\Bigr).$$
#
# > **A penalty is aligned when the target feels less of it than a random direction does**: $\sum_b g_be_b < \sum_b g_b\varphi_b$.
#
# Then small $\lambda_s$ wins; with the opposite sign small $\lambda_s$ loses. `Blocks.alignment` is the relative difference, and $\kappa_\Gamma\zeta^2$ for a spike.
#
# **Any teacher, plain or weighted.** The same expansion gives one criterion for all of them: for $\gamma_s < 1$ small $\lambda_s$ win if and only if
#
# $$\sum_b g_b\,(q_b - p_b) > 0, \qquad p_b = s_be_b, \quad q_b = s_b^2e_b + V_b:$$
#
# measured in the *student's* prices, the teacher says more than it knows (`weighted_ridge.badness` is positive).
#
# **What it does not say.** A misaligned student can still win at a $\lambda_s$ that is *not* small, when three blocks or more are at work:
# `Blocks([.02, .18, .8], [60, 0, 1], [.04, .86, .1])` has alignment $-0.25$, yet against the optimal plain teacher ($\gamma_t = \gamma_s = 0.5$, $\sigma^2 = 1$) it wins by 0.079 at $\lambda_s = 2.2$: the
# dear block is tiny, and once it is gone the rest of the penalty is aligned. With a single relieved direction ($\kappa_\Gamma < 0$) this does not happen.
#
# Three models (one of them misaligned), in both regimes, theory and simulation:

# %%
models = {
    "two blocks": Blocks([0.1, 0.9], [0.05, 1.0], [0.9, 0.1]),
    "power law": Blocks.power_law(weight_exponent=1.5, energy_exponent=0.7, n_blocks=20),
    "misaligned": Blocks([0.1, 0.2, 0.7], [3.0, 1.0, 0.5], [0.6, 0.3, 0.1]),
}
plain_optimal, tried_lam = dict(lam_t=1.0, gamma_t=1.0, noise_var=1.0), np.logspace(-3, 2, 11)
block_runs = {
    gamma_s: {
        name: weighted_ridge.simulate(
            lam_s=tried_lam, gamma_s=gamma_s, blocks=blocks, dim=160, rng=7, **plain_optimal
        )
        for name, blocks in models.items()
    }
    for gamma_s in (0.5, 2.0)
}
print({name: round(blocks.alignment, 3) for name, blocks in models.items()})

# %% mystnb={"image": {"alt": "Student's error against its penalty for two blocks, a power law and a misaligned model, in two panels for gamma_s 0.5 and 2, markers on dashed theory. At gamma_s 0.5 the first two dip below the teacher's line and the misaligned one does not; at gamma_s 2 only the two-block student, with alignment 0.84, dips below the teacher's line."}} tags=["hide-input"]
x = np.logspace(-3, 2, 300)
fig, axes = figures.subplots(1, 2, figsize=(10.2, 3.9), sharey=True)
for ax, (gamma_s, by_model) in zip(axes, block_runs.items(), strict=True):
    for index, (name, run) in enumerate(by_model.items()):
        case = dict(lam_s=x, gamma_s=gamma_s, blocks=models[name]) | plain_optimal
        theory, label = (
            weighted_ridge.student_error(**case),
            f"{name}, alignment {models[name].alignment:.2f}",
        )
        sample = (tried_lam, run.student_mean[:, 0], run.student_stderr[:, 0])
        figures.curve(x, theory, sample=sample, label=label, index=index, ax=ax)
    figures.teacher_line(ridge.teacher_error(**plain_optimal), ax=ax)
    title = rf"optimal plain teacher, $\gamma_s = {gamma_s:g}$"
    figures.describe(ax, "lam_s", title=title, log="x")
figures.describe(axes[0], y="error", legend="upper left")
plt.show()

# %% [markdown]
# ## A weighted teacher: whose belief is closer to the truth?
#
# Let the teacher have weights, too. One teacher is safe from everybody: with $g_b = \varphi_b/e_b$ and $\lambda_t = \sigma^2\gamma_t$ it is the posterior mean of a
# target with independent normal coefficients. A student is a function of the teacher's data and of inputs that know nothing
# of the target, and no such function has a smaller mean squared error. So **a Bayes teacher is not beaten on average by any student that knows nothing else of the target**. (A student that brings knowledge of its own is another matter: the one with a prior in {doc}`the synthesis <synthesis>` beats it.)
#
# Every other teacher has left something on the table. Let the energy fall as $(i/d)^{-0.6}$ in the rank $i$, and give both players the weights $g_b = (\varphi_b/e_b)^\alpha$. The exponent $\alpha$ says
# how strongly a player believes: 0 is plain ridge, 1 is Bayes, more is overconfident, less than 0 believes the opposite. Each teacher gets *its own* best $\lambda_t$, each student its best $\lambda_s$.

# %%
landscape = Blocks.power_law(0, energy_exponent=0.6, n_blocks=20)
players = dict(gamma_t=1.0, noise_var=0.5)


def believer(a):
    """Blocks of a player with weights (φ/e)^α."""
    return Blocks(landscape.fractions, landscape.bayes_weights**a, landscape.energies)


@cache
def own_best(a):
    """The best λ_t of a teacher with exponent a."""

    def error(log_lam):
        return weighted_ridge.teacher_error(np.exp(log_lam), blocks=believer(a), **players)

    return np.exp(optimize.minimize_scalar(error, bounds=(-8, 6), options={"xatol": 1e-10}).x)


def duel(a_t, a_s):
    """Everything that defines the pair but the student's penalty, at γ_s = 0.2."""
    blocks, weights = believer(a_s), believer(a_t).weights
    return dict(lam_t=own_best(a_t), gamma_s=0.2, blocks=blocks, teacher_weights=weights) | players


# %%
exponents, lam_grid = np.linspace(-0.5, 2.5, 25), np.append(1e-9, np.logspace(-4, 3, 60))


def gap_of(a_t, a_s):
    """L_s − L_t for every λ_s of the grid."""
    return weighted_ridge.error_difference(lam_s=lam_grid, **duel(a_t, a_s))


gaps = np.array([[gap_of(a_t, a_s) for a_t in exponents] for a_s in exponents])
best_gap, start_slope = gaps.min(axis=2), gaps[:, :, 0]  # the first λ_s shows the slope

# %%
duels = [(0, 1), (0, 2), (-0.5, 0), (2.25, 0), (2.25, 2.25), (1, 0), (1, 2)]
duel_scores = []
for a_t, a_s in duels:
    lam_best = max(lam_grid[gap_of(a_t, a_s).argmin()], 0.02)
    case = dict(lam_s=lam_best, dim=140, n_trials=60, rng=8) | duel(a_t, a_s)
    run = weighted_ridge.simulate(**case)
    duel_scores.append((run.difference_mean / run.difference_stderr)[0, 0])

# %% mystnb={"image": {"alt": "Map over the teacher's and the student's exponent, each teacher at its own best penalty. The student wins in two wedges: above a rising border for teacher exponents below the Bayes exponent 1, and below it for exponents above 1. Hatched elsewhere: no student wins. Simulated winners are black markers inside the wedges, white ones lie outside or close to the border."}} tags=["hide-input"]
fig, ax = figures.subplots(figsize=(5.8, 4.4))
names = dict(xlabel=r"teacher's exponent $\alpha_t$", ylabel=r"student's exponent $\alpha_s$")
names |= dict(marker_label="Bayes teacher", label=r"$1000\,(L_s - L_t)$, best $\lambda_s$")
shown = 1e3 * np.minimum(best_gap, 0)
figures.phase_diagram(exponents, exponents, shown, log="", limit=20, marker=1.0, ax=ax, **names)
border = np.sign(start_slope) * np.sqrt(np.abs(start_slope))
ax.contourf(exponents, exponents, border, [0, np.inf], colors=["#f2f2f2"], hatches=["//"])
ax.contour(exponents, exponents, border, [0.0], colors="black", linewidths=1.8)
for x, y in [(0.25, -0.35), (1.35, 2.3)]:
    paper = dict(facecolor="white", edgecolor="none", alpha=0.85)
    ax.text(x, y, "no student wins", fontsize=9, bbox=paper)
ax.plot(exponents, exponents, ":", color="black", linewidth=1, label="the same penalty")
for place, score in zip(duels, duel_scores, strict=True):
    colour = "black" if score < -metrics.critical_deviation(len(duels), 60) else "white"
    ax.plot(*place, "o", color=colour, markeredgecolor="black", markersize=8, clip_on=False)
ax.legend(loc="upper left", fontsize=8, frameon=True)
plt.show()


# %% [markdown]
# Black markers: simulated students, each at the penalty that theory calls best, that win by more than chance allows in all seven looks together, 2.8 standard errors; white: no
# significant win. **In words.** On this map every teacher but Bayes can be beaten, even at its own best $\lambda_t$.
# A timid teacher ($\alpha_t < 1$) loses to every student that is bold enough, an overconfident one to every student that is cautious enough; the student may overshoot Bayes by far. The border of the two wedges
# is not the diagonal (dotted): a student with the teacher's own, too timid penalty ($0 < \alpha_t < 1$) still gains a trifle. In the Bayes column nobody wins. (The wedges are a computation of this book, not a theorem; the empty column is the theorem above.)
#
# ## What has this to do with networks?
#
# A student that is ridge regression on *features* $\Phi(x) = Wx$, $W \in \mathbb R^{m\times d}$, has read-out weights $w$ and coefficients $\beta = W^\top w$. The
# cheapest $w$ for a given $\beta$ costs $\|w\|^2 = \beta^\top(W^\top W)^{-1}\beta$. So a plain penalty on the read-out is a weighted penalty on the function:
#
# $$\Gamma = (W^\top W)^{-1}.$$
#
# A direction is cheap when the features amplify it. A wide random first layer, with entries of variance $1/m$, has $W^\top W \approx I$: plain ridge. One gradient step of
# *pre-training* on a task with direction $v$ adds a rank-one term $\eta\,uv^\top$, hence $W^\top W \approx I + \eta^2vv^\top$ and
#
# $$\Gamma \approx I - \kappa_\Gamma vv^\top, \qquad \kappa_\Gamma = \frac{\eta^2}{1 + \eta^2}.$$
#
# **Pre-training is relief.** Below, real (linear) networks: a first layer of width $m$, one gradient step on a noisy task $\langle v, x\rangle$, then ridge on its features against the optimal
# teacher's labels. Two predictions: the spike formula (infinite width, perfect step), and the *block solver fed with the eigenvalues of the network's own* $(W^\top W)^{-1}$, one block for each.

# %%
def pretrained_layer(rate, dim, width, rng):
    """First layer after one gradient step on ½(y − aᵀWx)², y = ⟨v, x⟩ + noise, v the first axis."""
    W, read_out = rng.standard_normal((width, dim)) / np.sqrt(width), rng.standard_normal(width)
    read_out /= np.linalg.norm(read_out)
    X = rng.standard_normal((40 * dim, dim))
    residual = X[:, 0] + 0.5 * rng.standard_normal(len(X)) - X @ (W.T @ read_out)
    return W + rate * np.outer(read_out, residual @ X / len(X))


def own_blocks(W, target):
    """One block for each eigenvector of (WᵀW)⁻¹."""
    eigenvalues, basis = np.linalg.eigh(W.T @ W)
    return Blocks(np.full(len(target), 1 / len(target)), 1 / eigenvalues, (basis.T @ target) ** 2)


# %%
pretrained = dict(gamma_t=0.5, gamma_s=0.5, noise_var=1.0)


def network_trial(rng, rate, lam_t, lam_s, zeta, dim=100, width=4000):
    """L_s − L_t of ridge on a network's features, and its prediction."""
    target = weighted_ridge.draw_target([1, dim - 1], [zeta**2, 1 - zeta**2], rng)
    X = rng.standard_normal((round(dim / pretrained["gamma_t"]), dim))
    Z = rng.standard_normal((round(dim / pretrained["gamma_s"]), dim))
    labels = X @ target + np.sqrt(pretrained["noise_var"]) * rng.standard_normal(len(X))
    teacher = np.linalg.solve(X.T @ X / len(X) + lam_t * np.eye(dim), X.T @ labels / len(X))
    W = pretrained_layer(rate, dim, width, rng)
    features, n = Z @ W.T, len(Z)
    dual = np.linalg.solve(features @ features.T / n + lam_s * np.eye(n), Z @ teacher / n)
    student = W.T @ (features.T @ dual)
    measured = np.sum((student - target) ** 2) - np.sum((teacher - target) ** 2)
    case = dict(lam_t=lam_t, lam_s=lam_s, blocks=own_blocks(W, target)) | pretrained
    return measured, weighted_ridge.error_difference(**case)


# %%
rates = np.array([0.0, 0.5, 1.0, 2.0, 4.0])
layers = dict(lam_t=0.5, lam_s=0.3, zeta=0.85)
networks = [run_trials(partial(network_trial, rate=r, **layers), 10, rng=9) for r in rates]
measured, blockwise = zip(*networks, strict=True)

# %% mystnb={"image": {"alt": "L_s minus L_t of ridge on network features against the learning rate of one pre-training step. It starts above zero without pre-training and falls below zero, along the dashed curve of the spike formula with relief eta squared over 1 plus eta squared; squares of the block solver on the network's own spectrum lie on the measured circles."}} tags=["hide-input"]
x = np.linspace(0, 4.3, 200)
errors = weighted_ridge.spike_student_error(relief=x**2 / (1 + x**2), **layers, **pretrained)
L_t = ridge.teacher_error(layers["lam_t"], pretrained["gamma_t"], pretrained["noise_var"])
fig, ax = figures.subplots(figsize=(6.8, 3.6))
label = r"spike formula, $\kappa_\Gamma = \eta^2/(1 + \eta^2)$"
figures.curve(x, errors - L_t, sample=(rates, measured), label=label, ax=ax)
exact, label = [e.mean for e in blockwise], "block solver, the network's own $W$"
figures.curve(rates + 0.07, mean=exact, label=label, index=1, ax=ax)
ax.axhline(0, color="black", linewidth=1)
name, title = (
    r"learning rate $\eta$ of one pre-training step",
    r"circles: networks with d = 100, m = 4000, mean ± 2 s.e.",
)
figures.describe(ax, name, "difference", title, legend="best")
plt.show()

# %% [markdown]
# The small offset of the circles is of order $1/d$ (here $3/d = 0.03$). Not pre-trained, the network loses against the optimal teacher; pre-trained on a task that shares a direction with the target, it wins.

# %% [markdown]
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/weighted_ridge`.

# %% tags=["hide-input"]
from jupyterquiz import display_quiz

display_quiz(data.quiz("weighted_ridge"))

# %% [markdown]
# :::{admonition} Take-away
# :class: tip
# A penalty is a belief about where the target lies. A student whose belief is better than its teacher's removes noise where the target is not, and keeps signal where it is. So it can beat
# even a teacher that is the best of its kind. Against an optimal plain teacher: with enough data ($\gamma_s < 1$) relief of any direction with $\zeta \ne 0$ wins for a small enough $\lambda_s$; with fewer samples than dimensions ($\gamma_s > 1$) alignment has to pay for what
# the student forgets, and $\zeta$ must exceed one half at the least. No student that knows nothing else of the target beats the Bayes penalty on average.
# :::
#
# **What is whose.** That a student whose regularisation structure is better aligned with the target can outperform its teacher in weighted ridge regression is a result of
# [Mechanisms] {cite}`moniri2025mechanisms`; Figures 2 and 3 follow that paper's, with parameters of our own. The formulas for the spike and the block model, the critical alignment, the bound
# $\zeta > \frac12$, the alignment of a block model, the statement on Bayes teachers and the network reading are this book's derivations from the Gaussian-sequence equivalent of {doc}`the tools <random_matrices>`;
# they are limits for $d \to \infty$ and not proved here with error bounds. The two wedges of the exponent map are only computed. Markers are simulations.
#
# **Limits.** Isotropic Gaussian inputs, a linear target, linear networks (no non-linear activation), noiseless student labels.
# Every statement with its hypotheses: {doc}`assumptions`.
#
# **Further reading.** The paper: {cite:t}`moniri2025mechanisms`. Anisotropic inputs instead of an anisotropic penalty:
# {cite:t}`ildiz2024highdimensional`. Whose features are better, in terms of representations:
# {cite:t}`xue2025representations` and {cite:t}`dong2025discrepancies`. Random features, hence power laws:
# {cite:t}`medvedev2025random`, {cite:t}`wu2026improved`.
#
# ## Headline numbers

# %% tags=["nbval-check-output"]
headline, all_lam_s = dict(lam_t=0.5, gamma_t=0.5, noise_var=1.0), np.logspace(-4, 3, 1401)
L_t = ridge.teacher_error(**headline)
print(f"optimal plain teacher: L_t = {L_t:.4f}")
for gamma_s in [0.5, 2.0]:
    case = dict(lam_s=all_lam_s, gamma_s=gamma_s, relief=1.0) | headline
    critical = weighted_ridge.critical_alignment(**case)
    known = "0" if gamma_s < 1 else f"{critical.min():.3f}"  # for gamma_s < 1 it falls with lam_s
    print(f"gamma_s = {gamma_s}: full relief wins for zeta > {known}")
    for zeta in [0.5, 0.9]:
        errors = weighted_ridge.spike_student_error(zeta=zeta, **case)
        print(f"  zeta = {zeta}: best L_s - L_t = {errors.min() - L_t:+.4f}")
plain = Blocks([0.25, 0.75], [1, 1], [0.8, 0.2])
bayes = Blocks(plain.fractions, plain.bayes_weights, plain.energies)
L_bayes = weighted_ridge.teacher_error(blocks=bayes, **headline)
print(f"Bayes teacher on two blocks: L_t = {L_bayes:.4f}")
