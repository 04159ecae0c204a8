# %% [markdown] slideshow={"slide_type": "slide"}
# # Weak-to-strong generalization: when does a student beat its teacher?
#
# The w2slib developers · after Moniri and Hassani (2025) and Yao et al. (2026)
#
# A lecture of 85 minutes, and five for questions. Live sliders: every picture with handles may be dragged. Text and figures: CC BY 4.0.

# %% slideshow={"slide_type": "skip"}
from urllib.parse import parse_qsl

import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.config import InlineBackend

from w2slib import checkpoints, data, explorer, figures, metrics, ridge
from w2slib import multi_index as mi
from w2slib import random_matrices as rm
from w2slib import warm_start as ws
from w2slib import weighted_ridge as wr
from w2slib.simulation import Estimate

common = dict(gamma_t=0.5, noise_var=1.0)  # the teacher of all slides on ridge regression


# %% slideshow={"slide_type": "skip"}
def opened(phase, setting):
    """The explorer at a setting written as in a link into the book."""
    phase.set(**{name: float(value) for name, value in parse_qsl(setting)})
    return phase


def screen(panels=1, height=2.9, **kwargs):
    """Axes of a size that can be read from the last row."""
    InlineBackend.instance().print_figure_kwargs = {}  # no cropping: every figure is drawn once
    layout, size = "constrained" if panels > 1 else None, (6.4, height)
    fig, axes = figures.subplots(1, panels, figsize=size, dpi=135, layout=layout, **kwargs)
    if panels == 1:  # margins in inches, enough for labels and a title
        fig.subplots_adjust(0.75 / 6.4, 0.52 / height, 1 - 0.15 / 6.4, 1 - 0.28 / height)
    return fig, axes


# %% [markdown] slideshow={"slide_type": "notes"}
# **1 min, until 0:01.** Plan: the question 10 min, tools 13, Mechanism I 28, Mechanisms II and III 15, pre-training 10, all of it 9, questions 5.
# Ask before every explorer: "What will happen? Decide." Explorers on these slides open covered: count hands, press the answer that got most of
# them (or "just show me"), then drag; "predict first" covers them again, also after a button or a slider. The notes name the setting to project, as the
# book's page for instructors does; the explorers on these slides open at the first setting of their slide. If time runs
# short, leave out the gate (two slides), not the votes.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The question
#
# - A **teacher** is fitted to few, noisy, *true* labels.
# - A **student** is fitted to the teacher's *predictions* on new inputs. It never sees a true label.
# - Both are tested on the truth. Can the student have the smaller error?
#
# Burns et al. (2023) observed it: GPT-4 fine-tuned on labels of a GPT-2-size model beats that model. The measure of success is the
# part of the gap that is recovered (*ceiling*: the same student, trained on true labels):
#
# $$\mathrm{PGR} = \frac{L_t - L_s}{L_t - L_{\text{ceiling}}}$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# > Vote: *Can a copy be better than the original? What would have to be true?*

# %% [markdown] slideshow={"slide_type": "notes"}
# **4 min, until 0:05.** Collect reasons on the board and keep them: most of them will come back as one of the mechanisms. PGR = 1
# means "as good as with true labels", PGR = 0 "as good as the teacher". The word weak-to-strong only says PGR > 0.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can a copy of a bad teacher be better?
#
# Blue: the student wins. *This teacher trusts its noisy labels too much.*

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
opened(explorer.landing(), "lam_t=0.02&lam_s=0.3").cover()

# %% [markdown] slideshow={"slide_type": "notes"}
# **3 min, until 0:08.** Setting: `ridge.html#ridge?lam_t=0.02&lam_s=0.3` (here with three sliders; in the book with five).
# The student wins. Then drag λₜ to the right until the colour turns, and do not explain it yet: where it turns is Mechanism I.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## It is no artefact of a formula: data say the same
#
# Ridge regression twice, $d = 200$. Teacher: $\lambda_t = 0.02$, $n_t = 2d$ noisy labels. Student: $n_s = 2d$ new inputs with the teacher's labels.

# %% mystnb={"image": {"alt": "Student's error against its penalty: simulated circles with error bars lie on the dashed theory, which falls from just below the teacher's dashed line to about 0.55 and rises again towards 1."}} slideshow={"slide_type": "-"} tags=["hide-input"]
lam, few, lam_t = np.logspace(-2, 2, 200), np.logspace(-2, 2, 9), 0.02
pair = dict(gamma_s=0.5) | common
noisy = ridge.simulate([lam_t, *few], few, dim=200, n_trials=8, rng=1, **pair)
fig, ax = screen()
sample = (few, noisy.student_mean[:, 0], noisy.student_stderr[:, 0])
theory, label = ridge.student_error(lam_t, lam, **pair), "student: theory; 8 runs, ± 2 s.e."
figures.curve(lam, theory, sample=sample, label=label, ax=ax)
figures.teacher_line(ridge.teacher_error(lam_t, **common), ax=ax)
corner = dict(loc="lower left", ncols=2)
figures.describe(ax, "lam_s", "error", log="x", legend=corner, ylim=(0.3, 1.1))
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 0:10.** Circles are measured, the dashed curve is what the next twenty-five minutes derive. Dashed lines are theory and
# markers simulations on all slides.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A model that can be solved
#
# - Inputs $x \sim N(0, I_d)$, target $y = \langle\beta_\star, x\rangle + \varepsilon$, noise of variance $\sigma^2$, $\|\beta_\star\|^2 = 1$
# - Teacher: ridge, penalty $\lambda_t$, on $n_t = d/\gamma_t$ samples
# - Student: ridge, penalty $\lambda_s$, on $n_s = d/\gamma_s$ fresh inputs with the teacher's labels
# - Error $L = E\,\|\hat\beta - \beta_\star\|^2$; answering zero costs 1
#
# **Weak-to-strong generalization:** $L_s < L_t$.

# %% [markdown] slideshow={"slide_type": "notes"}
# **3 min, until 0:13.** Write the two ridge problems on the board. The student's labels have no noise: the teacher's error is one
# fixed vector. So "the student averages the noise away" is not an explanation here. Large γ means few samples; γₛ > 1 is a student
# with fewer samples than parameters. The model is that of Moniri and Hassani (2025).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One fit shrinks the truth and adds noise

# %% mystnb={"image": {"alt": "One ridge fit in 1000 dimensions: fitted against true coefficients, a cloud around a line that is flatter than the diagonal."}} slideshow={"slide_type": "-"} tags=["hide-input"]
d, gamma, penalty, noise_var, rng = 1000, 0.5, 0.3, 0.5, np.random.default_rng(3)
n = int(d / gamma)
X, beta = rng.standard_normal((n, d)), rng.standard_normal(d) / np.sqrt(d)
y = X @ beta + np.sqrt(noise_var) * rng.standard_normal(n)
fitted = np.linalg.solve(X.T @ X / n + penalty * np.eye(d), X.T @ y / n)
ends, s = np.array([-0.1, 0.1]), rm.shrinkage(penalty, gamma)
fig, ax = screen(height=3.4)
ax.plot(beta, fitted, ".", color=figures.COLOURS[5], markersize=3)
ax.plot(ends, ends, color="black", linewidth=1, label="no shrinkage")
ax.plot(ends, s * ends, "--", color=figures.COLOURS[1], label=f"theory: slope s = {s:.2f}")
title = rf"one data set, $d = {d}$, $\lambda = {penalty}$, $\gamma = {gamma}$"
title += rf", $\sigma^2 = {noise_var}$"
figures.describe(ax, "true coefficient", "fitted coefficient", title, legend="best")
plt.show()


# %% [markdown] slideshow={"slide_type": "notes"}
# **3 min, until 0:16.** Each dot is one coordinate. Ask: what does a larger λ do to the slope, what to the width of the cloud? Book:
# the chapter on random matrices.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One number describes a fit: the shrinkage $s$
#
# In the limit $d, n \to \infty$ at $\gamma = d/n$, coordinate by coordinate ($z_i$ independent, of variance $1/n$),
#
# $$\hat\beta_i = s\,(\beta_i + \omega z_i), \qquad \lambda = \frac{(1 - s)(1 - \gamma s)}{s}, \qquad
#   \omega^2 = \frac{\sigma^2 + (1 - s)^2}{1 - \gamma s^2}.$$

# %% mystnb={"image": {"alt": "Shrinkage against the penalty for gamma one half and 2: theory falls from 1 and from one half to zero; measured markers lie on the curves."}} slideshow={"slide_type": "-"} tags=["hide-input"]
def kept(rng, gamma, penalties, d=80):
    """Part of the truth that a fit keeps, measured on one data set without label noise."""
    X, beta = rng.standard_normal((round(d / gamma), d)), rng.standard_normal(d)
    S = X.T @ X / len(X)
    fits = [np.linalg.solve(S + p * np.eye(d), S @ beta) for p in penalties]
    return np.array(fits) @ beta / (beta @ beta)


x, penalties = np.logspace(-2, 2, 200), np.logspace(-2, 2, 9)
fig, ax = screen(height=2.3)
for index, gamma in enumerate([0.5, 2.0]):
    measured = [kept(child, gamma, penalties) for child in np.random.default_rng(4).spawn(36)]
    sample, label = (penalties, Estimate.of(measured)), rf"$\gamma = {gamma:g}$"
    figures.curve(x, rm.shrinkage(x, gamma), sample=sample, label=label, index=index, ax=ax)
figures.describe(ax, "lam", "shrinkage $s$", log="x", legend="best")
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **4 min, until 0:20.** Keep a share s of the truth, add noise of known size. A teacher and a student are *this map, twice*. Without
# penalty and with γ > 1 the share is 1/γ: the fit sees only that part of the space. Where it comes from: Marchenko and
# Pastur's law; the derivation is in the book.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two numbers: what a teacher knows and says
#
# $$p = \langle\beta_t, \beta_\star\rangle \ \text{(knows)}, \qquad q = \|\beta_t\|^2 \ \text{(says)}, \qquad L_t = 1 - 2p + q .$$

# %% mystnb={"image": {"alt": "Overlap p and energy q of the teacher against its penalty. Both fall; q starts far above p, and they cross at the dashed line of the best penalty, one half, where the error is smallest."}} slideshow={"slide_type": "-"} tags=["hide-input"]
p, q = ridge.teacher_moments(lam, **common)
fig, ax = screen(height=2.9)
ax.plot(lam, p, "--", color=figures.COLOURS[0], label="$p$: what it knows")
ax.plot(lam, q, "-.", color=figures.COLOURS[1], label="$q$: what it says")
sample = (few, noisy.teacher_mean[1:], noisy.teacher_stderr[1:])
figures.curve(lam, 1 - 2 * p + q, sample=sample, label="error $L_t$", index=2, ax=ax)
best, label = ridge.optimal_teacher_penalty(**common), r"$\lambda_t^\star = \sigma^2\gamma_t$"
ax.axvline(best, color="black", linewidth=1, linestyle=":", label=label)
title = r"$\gamma_t = 0.5$, $\sigma^2 = 1$; markers: $d = 200$, ± 2 s.e."
figures.describe(ax, "lam_t", title=title, log="x", legend="upper right")
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **3 min, until 0:23.** The curves cross exactly at the best penalty λₜ* = σ²γₜ, the Bayes-optimal one. Left of it the teacher *says
# more than it knows*: q > p.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Mechanism I: which student would you train?
#
# The teacher says more than it knows. *Vote: a small or a large penalty?*

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
opened(explorer.ridge(), "lam_t=0.02&lam_s=0.3").cover()

# %% [markdown] slideshow={"slide_type": "notes"}
# **7 min, until 0:30.** The teacher labels as much data as you like; vote on λₛ, and on whether any teacher is safe. First `ridge.html#ridge?lam_t=0.02&lam_s=0.3` (button "under-regularised teacher"): the student wins. Then
# `ridge.html#ridge?lam_t=0.5&lam_s=0.3` (button "optimal teacher"): does the same student still win? Would another λₛ? Drag λₛ and γₛ:
# the teacher wins everywhere. Blue does not cross the dashed line, at no setting of the sliders. That is the statement to prove.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One inequality decides
#
# $$L_s - L_t = q\,\lambda_s m_1\,\bigl(h(\lambda_s) - c\bigr), \quad
#   \underbrace{h = \frac{1 - s_s}{1 - \gamma_s s_s^2}}_{\text{only the student}}, \quad
#   \underbrace{c = 2\Bigl(1 - \frac pq\Bigr)}_{\text{badness of the teacher}}$$
#
# ($\lambda_s m_1 = 1 - s_s > 0$, with the student's shrinkage $s_s$.) **The student wins exactly when $h(\lambda_s) < c$.** Since $h > 0$ and $c > 0$ only for $q > p$:
#
# > A teacher that is optimal or over-regularised cannot be beaten by a plain ridge student ($\lambda_s \ge 0$, fresh inputs).

# %% [markdown] slideshow={"slide_type": "notes"}
# **6 min, until 0:36.** Derive it on the board: compose the map twice, $L_s = 1 - 2 a_1 p + a_2 q$ with $a_1 = s_s$ and
# $1 - 2 a_1 + a_2 = (1 - s_s)\,h$; then subtract $L_t$. The whole of Mechanism I is one curve of the student against one number of
# the teacher. The condition corresponds to Figures 4 and 5 of Moniri and Hassani; the form is this book's.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The student wins where $h$ is below $c$

# %% mystnb={"image": {"alt": "h against the student's penalty for gamma_s one half and 3. The first rises from 0 to 1, the second starts at 1, falls to a minimum at lambda_s = 2 and rises again; a horizontal line at c = 0.96 crosses the first once and the second twice."}} slideshow={"slide_type": "-"} tags=["hide-input"]
x, bad, wide_student = np.logspace(-3, 3, 400), 0.01, 3.0
fig, ax = screen(height=3.3)
for index, gamma_s in enumerate([0.5, wide_student]):
    theory, label = ridge.h_ratio(x, gamma_s), rf"$h$, $\gamma_s = {gamma_s:g}$"
    figures.curve(x, theory, label=label, index=index, ax=ax)
lowest, label = ridge.gate(wide_student), r"smallest $h$, at $\lambda_s = \gamma_s - 1$"
ax.plot(wide_student - 1, lowest, "*", color="black", markersize=11, label=label)
c = ridge.badness(bad, **common)
label = rf"$c = {c:.2f}$: teacher with $\lambda_t = {bad}$"
ax.axhline(c, color="black", linewidth=1, label=label)
figures.describe(ax, "lam_s", log="x", legend="lower right", ylim=(0, 1.05))
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **3 min, until 0:39.** Read off the regimes: γₛ < 1, all penalties below one threshold; γₛ > 1, an interval or nothing; a very bad
# teacher (c ≥ 1), every penalty. More regularisation is not always safer: far to the right h approaches 1.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## An optimal teacher is a wall
#
# Colours: $L_s - L_t$ from simulation. Red: theory, at the same levels. Blue ends at the dashed line $\lambda_t = \lambda_t^\star$.

# %% mystnb={"image": {"alt": "Two phase diagrams over both penalties, gamma_s one half and 2. Left, the student wins in a region left of the dashed line of the optimal teacher, at small and moderate student penalties. Right, the winning region is smaller and lies at intermediate student penalties. Red theory contours follow the simulated colours."}} slideshow={"slide_type": "-"} tags=["hide-input"]
grid, best = np.logspace(-2, 1, 15), ridge.optimal_teacher_penalty(**common)
fig, axes = screen(2, 3.3, sharey=True)
for ax, gamma_s in zip(axes, (0.5, 2.0), strict=True):
    case = dict(gamma_s=gamma_s) | common
    run = ridge.simulate(grid, grid, dim=80, n_trials=30, rng=6, **case)
    L_s, L_t = ridge.student_error(grid, grid[:, None], **case), ridge.teacher_error(grid, **common)
    look = dict(marker=best, limit=0.5, bands=5, colorbar=gamma_s > 1, label="$L_s - L_t$")
    gap, title = run.difference_mean, rf"$\gamma_s = {gamma_s:g}$"
    figures.phase_diagram(grid, grid, gap, theory=L_s - L_t, title=title, ax=ax, **look)
axes[1].set_ylabel("")
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **3 min, until 0:42.** Figure 1 of Moniri and Hassani, with this book's parameters: γₜ = 0.5, σ² = 1, d = 80, 30 runs. The wall
# follows from the inequality, for every plain ridge student. Announce that Mechanism II will walk through it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A student with few samples needs a bad teacher
#
# With $\gamma_s > 1$ it forgets what it does not see. It wins for some $\lambda_s$ only if
#
# $$c > h_{\min} = \frac{1 + \sqrt{1 - 1/\gamma_s}}{2}.$$

# %% mystnb={"image": {"alt": "The gate against gamma_s: zero up to 1, then a jump to one half and a rise towards 1. Horizontal lines mark the badness of two teachers: that of lambda_t 0.02 lies above the gate up to gamma_s of about 4, that of 0.2 always below it for gamma_s above 1."}} slideshow={"slide_type": "-"} tags=["hide-input"]
x = np.concatenate([[0.1, 1.0], np.geomspace(1.0001, 10, 200)])
fig, ax = screen(height=2.4)
ax.plot(x, [ridge.gate(g) for g in x], "--", color=figures.COLOURS[0], label=r"gate $h_{\min}$")
for index, (lam_gate, style) in enumerate({0.02: "-", 0.2: "-."}.items(), 1):
    c = ridge.badness(lam_gate, **common)
    label = rf"$c = {c:.2f}$: $\lambda_t = {lam_gate}$"
    ax.axhline(c, color=figures.COLOURS[index], linestyle=style, label=label)
words = r"student's $\gamma_s = d/n_s$"
figures.describe(ax, words, log="x", legend="center left", ylim=(-0.05, 1.05))
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **3 min, until 0:45.** The student sees a share 1/γₛ of the space and forgets the rest, truth and noise alike: a gate. To derive: h is smallest at λₛ = γₛ − 1, which is a one-line derivative in s (an exercise of the chapter).
# "A bigger model wins" is false in this model: what it needs is structure, not size.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Through the gate, and not
#
# Half as many samples as dimensions. *Drag $\lambda_s$ to 0.01: what will happen?*

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
opened(explorer.ridge(), "lam_t=0.02&lam_s=1&gamma_s=2").cover()

# %% [markdown] slideshow={"slide_type": "notes"}
# **4 min, until 0:49.** First `ridge.html#ridge?lam_t=0.02&lam_s=1&gamma_s=2` (button "over-parameterised student"): the student wins,
# but not at λₛ = 0.01, where it forgets without shrinking the noise. Then `ridge.html#ridge?lam_t=0.2&lam_s=1&gamma_s=2` (button
# "beyond the gate"): the teacher is better now. Is that good for the student? The teacher wins at every λₛ.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Take-away of Mechanism I
#
# - A plain ridge student repairs **one** fault: too little regularisation.
# - It does so by shrinking what the teacher should have shrunk. With unlimited data and $q \ge p$ the best of all is a multiple of the teacher:
#   $L_{\text{best}} = 1 - p^2/q$. It cannot turn the teacher's direction; it can only stop the teacher from shouting.
# - With $\gamma_s > 1$ it forgets on its own account, so the teacher must be worse.
# - An optimal teacher is safe from every plain student on fresh inputs. *Not* from one with better structure.

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 0:51.** Go back to the reasons on the board: which of them was Mechanism I? "A better teacher makes a better student" is
# not even true of Lₛ: with λₛ = 1 and γₛ = 0.1, raising λₜ from 0.1 to 0.5 improves the teacher from 0.60 to 0.41 and makes its student worse, 0.49 to 0.57.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Mechanism II: a penalty is a belief about the target
#
# $$\hat\beta = \arg\min_\beta\ \tfrac1n\|y - X\beta\|^2 + \lambda\,\beta^\top\Gamma\beta, \qquad \Gamma = I - \kappa_\Gamma vv^\top .$$

# %% mystnb={"image": {"alt": "Three ellipses, the coefficients that cost the same penalty, each with the same target arrow pointing mostly to the right. Aligned: the ellipse is stretched along the target. Neutral: a circle. Misaligned: the ellipse is squeezed in the target's main direction."}} slideshow={"slide_type": "-"} tags=["hide-input"]
angle = np.linspace(0, 2 * np.pi, 200)
fig, axes = screen(3, 2.2, sharex=True, sharey=True)
shapes = {"aligned": 0.85, "neutral: plain": 0.0, "misaligned": -2.0}
shades = figures.COLOURS[0], "#777777", figures.COLOURS[1]
for ax, (name, relief), colour in zip(axes, shapes.items(), shades, strict=True):
    ax.fill(np.cos(angle) / np.sqrt(1 - relief), np.sin(angle), color=colour, alpha=0.35)
    ax.annotate("", (1.75, 0.75), (0, 0), arrowprops=dict(arrowstyle="-|>", linewidth=2))
    ax.text(0.7, 1.05, r"target $\beta_\star$", fontsize=9)
    ax.set(title=name, aspect="equal", xlim=(-2.8, 2.8), ylim=(-1.3, 1.6), xlabel="along $v$")
axes[0].set_ylabel("elsewhere")
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 0:53.** The right price of a direction is one over the energy expected there (the Bayes penalty). Here the target has
# the part ζ² of its energy along v. The teacher is plain ridge; the student spares v: relief κ = 1 is free of charge, 0 is plain,
# negative is misaligned.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Beat an optimal teacher: what has changed?

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
opened(explorer.weighted_ridge(), "zeta=0.8&relief=0.9").cover()

# %% [markdown] slideshow={"slide_type": "notes"}
# **4 min, until 0:57.** The teacher has its best penalty; nobody could beat it so far. The student spares the direction v, which carries
# ζ² = 0.64 of the target. What has changed? First `weighted_ridge.html#weighted-ridge?zeta=0.8&relief=0.9` (button "aligned penalty"): the student wins.
# Then `weighted_ridge.html#weighted-ridge?relief=-2` (button "misaligned penalty"): is a strong prior always better than none? The
# teacher wins. If there is time: `weighted_ridge.html#weighted-ridge?gamma_s=2&zeta=0.7&relief=1&lam_s=1` (button
# "over-parameterised student"): not aligned enough, the teacher wins.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Alignment pays the rest of the price
#
# $$L_s < L_t \iff q\,(h - c) \;<\; \zeta^2\,p\,(1 - G)\,\bigl[2(1 - p) + h\,p\,(1 + G)\bigr]$$
#
# with $G = (1 - \kappa_\Gamma)/(1 - \kappa_\Gamma\lambda_s m_1)$, which is 1 without relief and 0 with full relief.

# %% mystnb={"image": {"alt": "Student's error against its penalty at the optimal teacher for alignments 0, 0.5 and 0.9: without alignment the curve stays above the teacher's dashed line, with 0.5 it dips slightly below, with 0.9 far below. Simulated markers lie on the dashed theory."}} slideshow={"slide_type": "-"} tags=["hide-input"]
x, penalties, best = np.logspace(-2.5, 1, 200), np.logspace(-2.5, 1, 8), 0.5
setting, size = dict(gamma_s=0.5, relief=0.9) | common, dict(dim=120, n_trials=10, rng=7)
fig, ax = screen(height=2.5)
for index, zeta in enumerate([0.0, 0.5, 0.9]):
    run = wr.simulate_spike([best], penalties, zeta=zeta, **setting, **size)
    sample = (penalties, run.student_mean[:, 0], run.student_stderr[:, 0])
    theory = wr.spike_student_error(best, x, zeta=zeta, **setting)
    figures.curve(x, theory, sample=sample, label=rf"$\zeta = {zeta:g}$", index=index, ax=ax)
figures.teacher_line(ridge.teacher_error(best, **common), ax=ax)
title = r"optimal teacher, $\gamma_s = 0.5$, relief 0.9"
figures.describe(ax, "lam_s", "error", title, log="x", legend="upper left")
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 0:59.** The left side is Mechanism I, the right side is what relief adds. Against an optimal teacher a student with
# γₛ < 1 and relief κ > 0 wins with any alignment ζ ≠ 0, if its penalty is small enough; with γₛ > 1 it needs ζ above a threshold of more than one half. The mechanism is
# that of Moniri and Hassani, this closed form is the book's.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Mechanism III: few labels teach only what is easy
#
# $y = \text{easy}(\langle u_e, x\rangle) + \text{hard}(\langle u_h, x\rangle) + \text{noise}$, where the hard part has no linear component. One gradient step on
# $n_t = d/\gamma_t$ labels gives $\hat u_t \propto \sum_i y_i x_i$: it finds $u_e$, and misses $u_h$.

# %% mystnb={"image": {"alt": "Overlap of the teacher's direction with the easy and with the hard direction against gamma_t. The easy one falls from 0.9 to 0.3, the hard one stays near the small value expected by chance; simulated markers on dashed theory."}} slideshow={"slide_type": "-"} tags=["hide-input"]
x, rates, size = np.geomspace(0.08, 4, 100), [0.1, 0.3, 1.0, 3.0], dict(dim=200, n_trials=6)
case = dict(gamma_s=4.0, lam_s=[1.0], rho=0.9) | size
runs = [mi.simulate(mi.EXAMPLE, g, rng=k, **case) for k, g in enumerate(rates)]
fig, ax = screen(height=2.6)
easy, hard = [run.teacher_overlap for run in runs], [run.teacher_hard_squared for run in runs]
theory, label = mi.teacher_overlap(mi.EXAMPLE, x), r"easy: $\langle\hat u_t, u_e\rangle$"
figures.curve(x, theory, sample=(rates, easy), label=label, ax=ax)
root = np.sqrt([h.mean for h in hard])
theory = mi.teacher_chance_overlap(mi.EXAMPLE, x, size["dim"])
sample = (rates, root, [h.stderr for h in hard] / (2 * root))
label = rf"hard: r.m.s. of $\langle\hat u_t, u_h\rangle$, chance, $d = {size['dim']}$"
figures.curve(x, theory, sample=sample, label=label, index=1, ax=ax)
words = r"$\gamma_t = d/n_t$", "overlap"
figures.describe(ax, *words, log="x", legend="upper right", ylim=(0, 1.3))
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 1:01.** Now the target is nonlinear. Information exponent: lowest degree of a nonzero Hermite coefficient; 1 is easy,
# 2 or more is hard. Pre-training on a broader task has left the student a direction with overlap ρ with the hard one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where has the hard feature gone?

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
opened(explorer.multi_index(), "lam_s=0.02&rho=0.95").cover()

# %% [markdown] slideshow={"slide_type": "notes"}
# **3 min, until 1:04.** The student knew the hard feature before; where has it gone? First `multi_index.html#multi-index?lam_s=0.02&rho=0.95` (button "forgetting"): the teacher wins, although the
# student knew the hard feature before. Then `multi_index.html#multi-index?lam_s=0.02&rho=0.95&adapter=1` (button "adapter"): one switch, keep the
# old read-out, and the student wins.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Labels that are silent about a feature erase it
#
# Of the pre-trained function $f_0$ full fine-tuning keeps $\lambda_s/(1 + \lambda_s)$, an adapter everything.

# %% mystnb={"image": {"alt": "Error against the student's penalty. Full fine-tuning is a valley: above the teacher's line for small penalties, lowest near penalty one, rising again. The adapter is flat and low for small penalties. The student from scratch is never below the teacher. Simulated markers lie near the dashed curves."}} slideshow={"slide_type": "-"} tags=["hide-input"]
x, penalties, rho = np.logspace(-2, 2, 200), np.logspace(-2, 2, 9), 0.9
case = dict(target=mi.EXAMPLE, gamma_t=0.1, gamma_s=0.05, rho=rho)
run = mi.simulate(lam_s=penalties, dim=200, n_trials=5, rng=8, **case)
fig, ax = screen(height=3.0)
for index, mode in enumerate(["full", "adapter", "scratch"]):
    theory, sample = mi.student_error(lam_s=x, mode=mode, **case), (penalties, run.student[mode])
    figures.curve(x, theory, sample=sample, label=mode, index=index, ax=ax)
figures.teacher_line(mi.teacher_error(case["target"], case["gamma_t"]), ax=ax)
title, corner = (
    r"$\rho = 0.9$, $\gamma_t = 0.1$, $\gamma_s = 0.05$",
    dict(loc="lower right", ncols=2),
)
figures.describe(ax, "lam_s", "error", title, log="x", legend=corner | dict(fontsize=8))
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 1:06.** The student wins by *combining*: the easy feature from the teacher, the hard one from pre-training. From scratch it
# never wins (a theorem of this model); pre-training alone wins only if it carries more energy than the teacher has learnt, and here it does not. Ridge reads silence as "the answer is 0". Real two-layer networks show
# the same order of the students: the chapter.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Pre-training: a warm start, or nothing
#
# Unlabelled inputs $N(0, I + \theta vv^\top)$, $\gamma = d/n_{\text{pre}}$; here $v$ is the truth $w_\star$. The top principal component is the start $w_0$:
#
# $$m_0 = \langle w_0, w_\star\rangle = \sqrt{\frac{1 - \gamma/\theta^2}{1 + \gamma/\theta}} \ \text{ if } \theta > \sqrt\gamma, \qquad 0 \text{ otherwise.}$$

# %% mystnb={"image": {"alt": "Overlap of the spectral start against theta over root gamma for d 50 and 200; the markers sharpen onto the theoretical curve, which is zero up to 1 and then rises steeply."}} slideshow={"slide_type": "-"} tags=["hide-input"]
ratio, x, gamma = np.linspace(0.2, 3, 10), np.linspace(0.1, 3, 300), 0.5
fig, ax = screen(height=2.2)
limit = ws.initial_overlap(x * np.sqrt(gamma), gamma)
ax.plot(x, limit, "--", color="black", label=r"$d \to \infty$")
for index, d in enumerate((50, 200)):
    thetas = ratio * np.sqrt(gamma)
    run = ws.simulate_spectral(thetas, gamma=gamma, dim=d, n_trials=8, rng=d)
    sample, label = (ratio, run.overlap_mean, run.overlap_stderr), f"d = {d}, ± 2 s.e."
    figures.curve(ratio, sample=sample, label=label, index=index, ax=ax)
figures.describe(ax, r"$\theta/\sqrt{\gamma}$", "overlap $m_0$", legend="best")
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 1:08.** New model, single direction: truth w⋆, supervisor at overlap ρ, labels h_k(⟨w, x⟩). Fine-tuning is gradient descent
# from w₀ on the supervisor's labels. Theorem of Baik, Ben Arous and Péché; the setting is that of Yao et al. (2026).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## θ grows slowly: when does the picture change?

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
opened(explorer.warm_start(), "theta=0.5&time=0.35").cover()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 1:10.** First `warm_start.html#warm-start?theta=0.5&time=0.35` (button "no pre-training"): below the threshold, the teacher
# wins. Then `warm_start.html#warm-start?theta=1.2&time=0.35` (button "warm start"): stopped in time, the student passes its teacher.
# Where does it go if we wait? Drag t.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Gain, then saturation
#
# Fine-tuning walks along a great circle from $w_0$ to the supervisor $w_t$. With independent errors it comes nearest to the truth on its way:
#
# $$m_{\text{best}}^2 - \rho^2 = \frac{m_0^2(1 - \rho^2)^2}{1 - m_0^2\rho^2} > 0 \quad \text{for every } m_0 > 0 .$$

# %% mystnb={"image": {"alt": "Student's test error against fine-tuning time for three starts, theory dashed with simulated markers. Each curve falls below the dotted supervisor's error, reaches its best where a star marks the prediction, and rises back to the supervisor."}} slideshow={"slide_type": "-"} tags=["hide-input"]
starts, rho, degree = np.array([0.4, 0.6, 0.75]), 0.8, 2
size = dict(samples_per_dim=200, dim=40, step_size=0.025, n_steps=60, n_trials=5, rng=9)
run = ws.simulate(starts, rho, degree=degree, **size)
fig, ax = screen(height=2.3)
for index, m0 in enumerate(starts):
    theory = ws.error(ws.flow(m0, rho, degree, run.times).truth, degree)
    sample = (run.times, run.error_mean[index], run.error_stderr[index])
    look = dict(every=4, label=f"$m_0 = {m0:g}$", index=index, ax=ax)
    figures.curve(run.times, theory, sample=sample, **look)
    best = ws.best_time(m0, rho, degree), ws.error(ws.best_overlap(m0, rho), degree)
    ax.plot(*best, "*", color="black", markersize=9, zorder=5)
figures.reference(ax, y=ws.error(rho, degree), label=rf"supervisor, $\rho = {rho}$")
figures.describe(ax, "time", "error $L_s$", legend=dict(ncols=2), ylim=(0.3, 1.3))
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 1:12.** Stars: best time and error, predicted. The end of training is exactly the imitation that was asked for; to stop early
# is what makes it a gain. A worse supervisor leaves more overlap to gain (more error only for degree 2). If start and supervisor err alike, the gain shrinks, and is
# gone at c ≥ m₀/ρ. Asked about scaling: a supervisor that shrinks its answers also gains, that is Mechanism I, and comes on top. The formula is this book's derivation.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A phase transition in pre-training
#
# Pre-train, fine-tune on $n_s = 20\,d$ labels, stop at the best time: hardly a win below $\theta = \sqrt\gamma$, a gain some way above, and the sharper the larger $d$.

# %% mystnb={"image": {"alt": "Fraction of runs in which the student beats its supervisor against the spike strength for d 100 and 400; it climbs from near 0 to 1 to the right of the dotted threshold at 0.71, more steeply for d 400."}} slideshow={"slide_type": "-"} tags=["hide-input"]
table = data.read("warm_start.csv")
fig, ax = screen(height=3.0)
for index, d in enumerate((100, 400)):
    rows = table[(table["sweep"] == "theta") & (table["dim"] == d)]
    won = metrics.binomial_interval(np.round(rows["wins"] * rows["trials"]), rows["trials"])
    bars, look = [won.value - won.low, won.high - won.value], dict(linewidth=0.8, capsize=2)
    look |= dict(color=figures.COLOURS[index], marker=figures.MARKERS[index], markersize=4.5)
    ax.errorbar(rows["theta"], won.value, bars, label=f"simulation, d = {d}", **look)
figures.reference(ax, x=np.sqrt(0.5), label=r"theory: $\theta = \sqrt{\gamma}$")
words = (
    r"spike $\theta$ of the pre-training data ($\gamma = 0.5$)",
    "share of runs with $L_s < L_t$",
)
figures.describe(ax, *words, legend="best")
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 1:14.** The measured transition lies to the right of the dotted line because with 20 d labels the start must be warm
# enough to follow a noisy slope. The simulation takes minutes; its table is part of the book. Bars: 95 % intervals (20 runs for each point).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Checkpoints of a real transformer
#
# A small GPT-NeoX, trained from scratch on Python text; a linear probe on each checkpoint is the student of a bag-of-characters supervisor.

# %% mystnb={"image": {"alt": "Left: performance gap recovered against the step of pre-training, flat at about minus 0.6 for the first 64 steps, then rising through zero to about one half. Right: the gap recovered against the accuracy of a probe trained on true labels, one point per checkpoint, rising almost along one line."}} slideshow={"slide_type": "-"} tags=["hide-input"]
study = checkpoints.read_sweep(data.path("tiny_transformer.csv"))
fig, (left, right) = screen(2, 2.9, sharey=True)
_ = figures.interval_band(study.steps + 1, study.recovered, ax=left)
figures.describe(left, "step", "PGR", log="x")
left.axhline(0, color="black", linestyle="--", linewidth=1.2)
words = "probe accuracy (true labels)"
_ = figures.gap_against(study.probe_accuracy, study, words, s=16, ax=right)
right.set(ylabel="", title="darker: later")
plt.show()

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 1:16.** A measurement, not a theorem: one network, six deals of the texts, band: 95 % interval over them. Same supervisor, same
# labels; only the features change. The rank correlation is 0.89, but it is as high with the bare step: two rising curves go together whatever the
# cause. With the step held fixed 0.25 remains. (On digits, among twenty networks at the same step, the more readable one tends to gain more.) Yao et al. report an abrupt rise for
# Pythia and OLMo; this book has not repeated that run.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## All of it in one formula
#
# In every block $b$ of coordinates
#
# $$\beta_s = a_b\,(\underbrace{\beta_t}_{\text{heard}} + \underbrace{\omega z}_{\text{sampling}}) + (1 - a_b)\,\underbrace{\beta_0}_{\text{known}}$$
#
# | | the teacher lacks | the student brings | it breaks when |
# |---|---|---|---|
# | **I** | regularisation | one share $a < 1$ | the teacher is optimal |
# | **II** | where the target lies | shares that differ | the belief is wrong |
# | **III** | hard features | a prior $\beta_0$ | fine-tuning forgets it |
# | **warm start** | accuracy | a start $w_0$, stopped early | trained to the end |

# %% [markdown] slideshow={"slide_type": "notes"}
# **2 min, until 1:18.** A student wins by hearing less noise than signal, or by knowing something already. In these four rows it is not size
# as such that it brings (a wide student that stops early is in the book's synthesis). For the warm start the formula holds on the sphere: a point of the arc is a mixture of start and supervisor.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Your case: which mechanism is at work?

# %% slideshow={"slide_type": "-"} tags=["hide-input"]
explorer.decision_guide().cover()

# %% [markdown] slideshow={"slide_type": "notes"}
# **4 min, until 1:22.** Take a case from the audience (a paper, a product, a pupil) and answer the questions together; let the room vote on
# each. The links under a verdict work in the book only, not on the slides: have `synthesis.html` open in another tab.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What survives?
#
# | change | what happens |
# |---|---|
# | student on the teacher's **own inputs** | no gate: a small penalty wins exactly if $\lambda_t < \lambda_t^\star$ |
# | **correlated** inputs | the teacher that predicts best can be beaten: ask in the norm of the coefficients |
# | only the **class** counts | Mechanism I is gone; an aligned penalty can still help |
# | **no true labels** | the teacher's answers, its penalty and one scale choose $\lambda_s$, with an interval |

# %% [markdown] slideshow={"slide_type": "notes"}
# **1 min, until 1:23.** All four are derived and simulated in the last chapter. Ask which row surprises most; usually it is the first.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Open questions
#
# - **Errors that are not independent.** How correlated are the errors of real models of one family?
# - **No true labels.** A ridge student can choose its penalty from the teacher's answers. When should a network stop?
# - **Real spectra and heavy tails.** Where do estimates without labels break?

# %% [markdown] slideshow={"slide_type": "notes"}
# **1 min, until 1:24.** The second is a research-like exercise of the synthesis chapter.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Take-away
#
# - A copy can be better than the original: if it hears **less noise than signal**, or **knows something already**.
# - **I.** A plain student repairs too little regularisation, and nothing else.
# - **II.** A student with a better belief can beat even an optimal teacher.
# - **III.** Easy features from the teacher, hard ones from pre-training, unless fine-tuning erases them.
# - **Pre-training** gives a warm start, abruptly; the gain is on the way, not at the end.

# %% [markdown] slideshow={"slide_type": "notes"}
# **1 min, until 1:25.** Repeat the vote of the second slide. The exercises for the week: Mechanism I, "derive the gate".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Questions, and where to read
#
# - C. Burns et al. (2023). *Weak-to-strong generalization: eliciting strong capabilities with weak supervision*. arXiv:2312.09390
# - B. Moniri, H. Hassani (2025). *On the mechanisms of weak-to-strong generalization: a theoretical perspective*. NeurIPS, arXiv:2505.18346
# - W. Yao et al. (2026). *On the blessing of pre-training in weak-to-strong generalization*. arXiv:2605.05710
# - J. Baik, G. Ben Arous, S. Péché (2005). *Phase transition of the largest eigenvalue ...* Ann. Probab. 33, 1643–1697
#
# The book has every slide with its derivation, its simulation and its exercises; what is a theorem of these papers, what is the book's own
# and what is only a simulation is said there. Text and figures CC BY 4.0, code BSD-3-Clause, the w2slib developers.

# %% [markdown] slideshow={"slide_type": "notes"}
# **5 min, until 1:30.** Questions. If none comes: "Which of the reasons on the board was not a mechanism?" If the lecture ran late, this is the
# reserve; the slide may stand while people leave.
