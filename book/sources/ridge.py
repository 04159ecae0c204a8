# %% [markdown]
# # Mechanism I: the student's penalty repairs the teacher's
#
# **After this chapter you can**
#
# - say when a student trained only on a teacher's predictions beats that teacher, and prove it;
# - read the phase diagram of teacher and student penalties, and name its four regimes;
# - explain why a student with *more* parameters than samples needs a *worse* teacher;
# - find the best student of a given teacher, and say what a student's student does.
#
# **Prerequisites:** {doc}`the tools <random_matrices>` (the shrinkage $s$). Code of this chapter: `w2slib.ridge`.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

from concurrent.futures import ProcessPoolExecutor

import matplotlib.pyplot as plt
import numpy as np

from w2slib import data, explorer, figures, metrics, ridge

phase = explorer.ridge()

# %% [markdown]
# ## Predict first, then drag
#
# A **teacher** fits a linear rule to few and noisy true labels; a **student** fits the *teacher's* answers on new inputs. Both pay for large
# coefficients: the **penalty** $\lambda$ says how much, and a larger one makes a fit more cautious. Who ends up closer to the truth?
#
# :::{admonition} Predict
# :class: note
# The teacher below has a small penalty. Will a student with a *larger* penalty be better or worse than its
# teacher? And if you raise $\lambda_t$ to its best value $\lambda_t^\star$, what is left to win? Decide, then
# move the sliders. (Blue: the student wins.)
# :::

# %% tags=["hide-input"]
phase.cover()

# %% [markdown]
# :::{admonition} Symbols of this page
# :class: note
# $\lambda$ penalty, $\gamma = d/n$ aspect ratio, $s$ shrinkage, each with a subscript: $t$ teacher, $s$ student. $\sigma^2$ variance of the label noise.
# $p$ what the teacher knows, $q$ how much it says, $c = 2(1 - p/q)$ its badness. $a_1, a_2$ what the student makes of $p$ and $q$;
# $h$ the student's side of the inequality. $m_1, m_2$ resolvent traces. $L$ excess test error.
# :::
#
# :::{div} w2s-print
# The same picture for print, at the explorer's first setting:
# :::

# %% mystnb={"image": {"alt": "Left: phase diagram of L_s minus L_t over both penalties from theory; the student wins in a blue region left of the optimal teacher penalty and below a boundary. Right: the student's error against its penalty for a teacher with penalty 0.1; it dips below the teacher's dashed line up to a threshold."}} tags=["hide-input", "print"]
first = dict(gamma_t=0.5, noise_var=1.0)
gamma_s, shown = 0.5, 0.1
x, y = np.logspace(-2, 1, 121), np.logspace(-2, 2, 121)
L_s = ridge.student_error(x, y[:, None], gamma_s=gamma_s, **first)
fig, (left, right) = figures.subplots(1, 2)
best = ridge.optimal_teacher_penalty(**first)
figures.phase_diagram(x, y, L_s - ridge.teacher_error(x, **first), marker=best, limit=0.5, ax=left)
left.legend(loc="upper right")
section = ridge.student_error(shown, y, gamma_s=gamma_s, **first)
right.plot(y, section, label=r"student $L_s$")
figures.teacher_line(ridge.teacher_error(shown, **first), ax=right)
figures.describe(right, "lam_s", "error", rf"$\lambda_t = {shown}$", log="x", legend="best")
plt.show()

# %% [markdown]
# ## The setting

# %% mystnb={"image": {"alt": "Diagram. The target beta-star and noise make labels for n_t samples; the teacher fits them by ridge with penalty lambda_t. The teacher labels n_s fresh inputs, and the student fits those by ridge with penalty lambda_s. Both are tested on the target."}} tags=["hide-input"]
boxes = [
    (1.1, 3.1, "target $\\beta_\\star$\nnoise $\\sigma^2$"),
    (5.0, 3.1, "teacher $\\beta_t$\nridge, penalty $\\lambda_t$"),
    (8.9, 3.1, "student $\\beta_s$\nridge, penalty $\\lambda_s$"),
    (
        5.0,
        0.8,
        "test on the truth: $L = \\|\\hat\\beta - \\beta_\\star\\|^2$\nquestion: $L_s < L_t$ ?",
    ),
]
noisy, fresh = "$n_t$ noisy labels", "labels of $n_s$\nfresh inputs"
arrows = [(0, 1, noisy), (1, 2, fresh), (1, 3, ""), (2, 3, "")]
_ = figures.flow_chart(boxes, arrows, colours=["#f2f2f2", "#fde3c4", "#cfe3f1", "#f2f2f2"])
plt.show()

# %% [markdown]
# Inputs are $x \sim N(0, I_d)$. The **target** is linear, $y = \langle\beta_\star, x\rangle + \varepsilon$, with
# coefficients $\beta_\star \sim N(0, I_d/d)$ and label noise $\varepsilon$ of variance $\sigma^2$.
#
# - The **teacher** is ridge regression with penalty $\lambda_t$ on $n_t = d/\gamma_t$ labelled samples.
# - The **student** is ridge regression with penalty $\lambda_s$ on $n_s = d/\gamma_s$ *fresh* inputs that
#   carry the teacher's predictions as labels. It never sees a true label.
#
# Errors are excess test errors, $L = E\,\|\hat\beta - \beta_\star\|^2$: 0 is perfect, and always answering zero
# costs $\|\beta_\star\|^2 = 1$. **Weak-to-strong generalization** (W2SG) means $L_s < L_t$. The explorer shows the limit of both errors for
# $d \to \infty$; "draw a data set", below its map, samples this setting with a finite $d$ and says whether the limit is inside.

# %% [markdown]
# Every slider has a handle in Python, too. In a live notebook this cell moves the picture above:

# %%
start = phase.settings
elsewhere = dict(lam_t=0.02, lam_s=0.5, gamma_s=2.0, gamma_t=0.8, noise_var=0.5)
for name, value in elsewhere.items():
    phase.set(**{name: value})
print(f"there, L_s - L_t = {phase.evaluate('diff'):.3f}")
phase.set(**start)  # and back

# %% [markdown]
# ## The teacher: too little penalty keeps the noise, too much loses the signal
#
# From the {doc}`previous chapter <random_matrices>`: a ridge fit keeps a fraction $s_t = s(\lambda_t; \gamma_t)$ of every
# coefficient and adds noise. Two numbers describe the teacher completely:
#
# - what it knows, $p = \langle\beta_t, \beta_\star\rangle \to s_t$;
# - how much it says, $q = \|\beta_t\|^2 \to \dfrac{s_t^2(1 + \gamma_t - 2\gamma_t s_t + \sigma^2\gamma_t)}{1 - \gamma_t s_t^2}$.
#
# $$L_t = 1 - 2p + q = \frac{(1 - s_t)^2 + \sigma^2\gamma_t s_t^2}{1 - \gamma_t s_t^2}.$$
#
# The difference of the two numbers has a short form (this book's derivation: insert
# $\lambda s = (1 - s)(1 - \gamma s)$; $r_t > 0$ is the square root of the previous chapter):
#
# $$q - p = \frac{s_t}{r_t}\,(\sigma^2\gamma_t - \lambda_t).$$
#
# It vanishes at the **best penalty** $\lambda_t^\star = \sigma^2\gamma_t$, the {term}`Bayes-optimal` one. Below it, $q > p$:
# the teacher *says more than it knows*. Call such a teacher **{term}`under-regularised`**.

# %%
lam, noise_var = np.logspace(-3, 2, 16), 0.5
teachers = {
    gamma_t: ridge.simulate(
        lam, [1.0], gamma_t=gamma_t, gamma_s=1.0, noise_var=noise_var, dim=200, rng=1
    )
    for gamma_t in (0.3, 1.0, 2.0)
}

# %% mystnb={"image": {"alt": "Teacher's error against its penalty, logarithmic axes, for gamma_t 0.3, 1 and 2. Each dashed theory curve runs through its simulated markers and has its minimum at the dotted line lambda_t = sigma squared gamma_t; at gamma_t = 1 the error explodes for small penalties."}} tags=["hide-input"]
x = np.logspace(-3, 2, 300)
fig, ax = figures.subplots(figsize=(6.6, 3.8))
for index, (gamma_t, run) in enumerate(teachers.items()):
    sample = (lam, run.teacher_mean, run.teacher_stderr)
    theory = ridge.teacher_error(x, gamma_t, noise_var)
    label = rf"$\gamma_t = {gamma_t:g}$"
    figures.curve(x, theory, sample=sample, label=label, index=index, ax=ax)
    figures.reference(ax, x=ridge.optimal_teacher_penalty(gamma_t, noise_var), index=index)
title = r"dotted: $\lambda_t^\star = \sigma^2\gamma_t$; markers: d = 200, mean ± 2 s.e."
figures.describe(ax, "lam_t", "teacher's error $L_t$", title, log="xy", legend="best")
plt.show()

# %% [markdown]
# ## The student: the same map once more
#
# The student's data are noiseless, but its target is the teacher. Its fit multiplies the overlap with the
# truth by $a_1$ and the energy by $a_2$:
#
# $$L_s = 1 - 2a_1 p + a_2 q, \qquad a_1 = s_s, \qquad
#   a_2 = \frac{s_s^2(1 + \gamma_s - 2\gamma_s s_s)}{1 - \gamma_s s_s^2},$$
#
# where $s_s = s(\lambda_s; \gamma_s)$ is the student's own shrinkage.
#
# Asymptotic test errors of this kind, in the proportional limit, are what [Mechanisms] computes
# {cite}`moniri2025mechanisms`; the form in shrinkages is this book's. Below, one under-regularised
# teacher and three students who differ in how much data they get.

# %%
noisy_teacher = dict(gamma_t=0.5, noise_var=1.0)
lam_t, lam_s = 0.02, np.logspace(-3, 2, 16)
students = {
    gamma_s: ridge.simulate([lam_t], lam_s, gamma_s=gamma_s, dim=200, rng=2, **noisy_teacher)
    for gamma_s in (0.2, 0.9, 3.0)
}

# %% mystnb={"image": {"alt": "Student's error against its penalty for gamma_s 0.2, 0.9 and 3, theory dashed with simulated markers, and the teacher's error as a horizontal dashed line. The first two students start at the teacher's error, dip well below it and rise to 1; the over-parameterised one starts above and dips to about the teacher's error in between, in theory a little below it."}} tags=["hide-input"]
x = np.logspace(-3, 2, 300)
fig, ax = figures.subplots(figsize=(6.6, 3.8))
for index, (gamma_s, run) in enumerate(students.items()):
    sample = (lam_s, run.student_mean[:, 0], run.student_stderr[:, 0])
    theory = ridge.student_error(lam_t, x, gamma_s=gamma_s, **noisy_teacher)
    label = rf"$\gamma_s = {gamma_s:g}$"
    figures.curve(x, theory, sample=sample, label=label, index=index, ax=ax)
figures.teacher_line(ridge.teacher_error(lam_t, **noisy_teacher), ax=ax)
figures.describe(ax, "lam_s", "error", log="x", legend="best")
plt.show()

# %% [markdown]
# **In words.** The student shrinks what the teacher should have shrunk. With many samples
# ($\gamma_s = 0.2$) it copies the teacher faithfully and its penalty is a clean extra shrinkage. With few it
# also adds noise of its own: then winning becomes harder.
#
# ## Figure 1 of [Mechanisms]: the phase diagram, simulated
#
# Filled contours: $L_s - L_t$ from simulation at $d = 500$, 20 trials, on a $41 \times 41$ grid of penalties.
# Dashed red: theory, at the same levels. Solid: $L_s = L_t$. Dashed black: $\lambda_t = \lambda_t^\star$.
# (The parameters $\gamma_t = 0.5$, $\sigma^2 = 1$ and $\gamma_s$ are this book's choice.)

# %%
grid = np.logspace(-2, 1, 41)
figure1 = dict(gamma_t=0.5, noise_var=1.0)
panels = {
    gamma_s: ridge.simulate(grid, grid, gamma_s=gamma_s, dim=500, rng=3, **figure1)
    for gamma_s in (0.5, 2.0)
}

# %% mystnb={"image": {"alt": "Two phase diagrams of L_s minus L_t over both penalties, for gamma_s 0.5 and 2. Theory contours in dashed red follow the simulated filled contours. Left, the student wins for all small enough student penalties whenever the teacher is under-regularised. Right, it wins only in a pocket at small teacher penalties, and not for small student penalties."}} tags=["hide-input"]
L_t, shown = ridge.teacher_error(grid, **figure1), {}
for gamma_s, run in panels.items():
    kind = "under" if gamma_s < 1 else "over"
    theory = ridge.student_error(grid, grid[:, None], gamma_s=gamma_s, **figure1) - L_t
    title = rf"{kind}-parameterised student, $\gamma_s = {gamma_s}$"
    shown[title] = run.difference_mean, theory
best = ridge.optimal_teacher_penalty(**figure1)
fig, axes = figures.phase_row(grid, grid, shown, marker=best, limit=0.5)
axes[0].legend(loc="upper right")
plt.show()

# %% [markdown]
# How well do theory and simulation agree? The largest deviation over all $2 \times 1681$ cells, in units of
# what chance and finite size allow (four standard errors plus $3/d$); below 1 is agreement:

# %%
for gamma_s, run in panels.items():
    theory = ridge.student_error(grid, grid[:, None], gamma_s=gamma_s, **figure1)
    allowed = 4 * run.student_stderr + 3 / 500
    worst = np.max(np.abs(theory - run.student_mean) / allowed)
    print(f"gamma_s = {gamma_s}: {worst:.2f}")


# %% [markdown]
# ## When does the student win? One inequality
#
# Subtract: with the resolvent traces $m_1, m_2$ of the student's data,
#
# $$L_s - L_t = q\,\lambda_s m_1\,\bigl(h(\lambda_s) - c\bigr), \qquad
#   h = \frac{\lambda_s m_2}{m_1} = \frac{1 - s_s}{1 - \gamma_s s_s^2}, \qquad
#   c = 2\Bigl(1 - \frac pq\Bigr).$$
#
# So **the student wins exactly when $h(\lambda_s) < c$**. The left side knows only the student, the right side
# only the teacher: $c$ is its *{term}`badness`*, positive when it is under-regularised, zero at $\lambda_t^\star$,
# negative beyond, and at most 2. Since $h > 0$:
#
# > A teacher that is optimal or over-regularised cannot be beaten by a plain ridge student on fresh inputs,
# > whatever $\lambda_s \ge 0$ and $\gamma_s > 0$.
#
# (A *negative* penalty is another matter: it amplifies, and can repair a teacher that shrinks too much. This book leaves it out.)
#
# **By hand, once.** Take $\gamma_t = \gamma_s = \frac12$, $\sigma^2 = 1$ and $\lambda_t = 0.15$. The shrinkage solves
# $\lambda_t = (1 - s)(1 - \frac12 s)/s$: $s_t = 0.8$, for $0.2\cdot0.6/0.8 = 0.15$. So $p = 0.8$ and
# $q = 0.64\,(1.5 - 0.8 + 0.5)/(1 - 0.32) = 1.129$: the teacher says more than it knows, $L_t = 1 - 1.6 + 1.129 = 0.529$, $c = 2(1 - 0.8/1.129) = 0.583$.
# A student with $\lambda_s = 0.4\cdot0.7/0.6 = 0.467$ has $s_s = 0.6$ and $h = 0.4/(1 - 0.18) = 0.488 < c$. It wins: $a_2 = 0.36\,(1.5 - 0.6)/0.82 = 0.395$ and
# $L_s = 1 - 2\cdot0.6\cdot0.8 + 0.395\cdot1.129 = 0.486$.
#
# [Mechanisms] draws the same condition as $H_1(\lambda_s) = h - 1$ against $c - 1 = 1 - 2p/q$. The next two
# figures are its **Figures 4 and 5**, with markers measured on one sampled covariance matrix each.

# %%
def sampled_h(lam_s, gamma_s, dim=600, seed=0):
    """λ_s m₂ / m₁ from the eigenvalues of one sampled covariance matrix."""
    X = np.random.default_rng(seed).standard_normal((round(dim / gamma_s), dim))
    eigenvalues = np.linalg.eigvalsh(X.T @ X / len(X)).clip(0)
    resolvent = 1 / (eigenvalues + lam_s[:, None])
    return lam_s * (resolvent**2).mean(axis=1) / resolvent.mean(axis=1)


# %% mystnb={"image": {"alt": "Left: H_1 against lambda_s for gamma_s 0.3, 0.8, 1.5 and 4, theory and markers. For gamma_s below 1 it rises from minus 1 to 0; above 1 it falls from 0 to a minimum at lambda_s = gamma_s minus 1 and rises back. Right: a horizontal line just below zero, at c - 1, crosses the curve of gamma_s 0.5 once and that of gamma_s 1.5 twice, at the closed-form penalties."}} tags=["hide-input"]
x, coarse = np.logspace(-3, 3, 400), np.logspace(-3, 3, 19)
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.8))
for index, gamma_s in enumerate([0.3, 0.8, 1.5, 4.0]):
    theory, label = ridge.h_ratio(x, gamma_s) - 1, rf"$\gamma_s = {gamma_s:g}$"
    sample = (coarse, sampled_h(coarse, gamma_s) - 1, None)
    figures.curve(x, theory, sample=sample, label=label, index=index, ax=left)
    if gamma_s > 1:
        minimum = gamma_s - 1, ridge.gate(gamma_s) - 1
        left.plot(*minimum, "*", color="black", markersize=11, zorder=5)
title = r"star: minimum at $\lambda_s = \gamma_s - 1$"
figures.describe(left, r"$\lambda_s$", "$H_1 = h - 1$", title, log="x", legend="best")
bad = dict(lam_t=0.028, gamma_t=0.5, noise_var=1.0)
c = ridge.badness(**bad)
for index, gamma_s in enumerate([0.5, 1.5]):
    theory, label = ridge.h_ratio(x, gamma_s) - 1, rf"$\gamma_s = {gamma_s:g}$"
    figures.curve(x, theory, label=label, index=index, ax=right)
    ends = [e for e in ridge.winning_interval(gamma_s=gamma_s, **bad) if 0 < e < np.inf]
    figures.ties(right, ends, c - 1, index=index)
right.axhline(c - 1, color="black", linewidth=1, label=rf"$c - 1 = {c - 1:.2f}$")
title = "circles: closed form; the student wins below the line"
figures.describe(right, r"$\lambda_s$", r"$H_1$", title, log="x", legend="lower right")
plt.show()

# %% [markdown]
# ## Why an over-parameterised student needs a bad teacher
#
# The figure shows two kinds of students, and between them lies a third.
#
# - **Enough samples, $\gamma_s < 1$.** $h$ climbs from 0 to 1. Against every under-regularised teacher there is one threshold
#   $\bar\lambda$, and every $0 < \lambda_s < \bar\lambda$ wins.
# - **Exactly as many, $\gamma_s = 1$.** $h = 1/(1 + s_s)$ climbs from $\frac12$ to 1: again one threshold, but only for $c > \frac12$.
# - **Fewer samples than parameters, $\gamma_s > 1$.** Even as $\lambda_s \to 0$ the student sees only $1/\gamma_s$ of the
#   space; it forgets the rest of what the teacher said, truth and noise alike. So $h$ starts at 1, falls to its minimum and returns to 1:
#
# $$h_{\min} = \frac{1 + \sqrt{1 - 1/\gamma_s}}{2} \quad\text{at}\quad \lambda_s = \gamma_s - 1.$$
#
# **This is a {term}`gate`**: the teacher must be bad enough, $c > h_{\min}$, that is $p/q < (3 - \sqrt{1 - 1/\gamma_s})/4$.
# The end points of the winning interval are roots of a quadratic (this book's closed form):
#
# $$s_\pm = \frac{1 \pm \sqrt{1 - 4c\gamma_s(1 - c)}}{2c\gamma_s}, \qquad \lambda = \frac{(1 - s)(1 - \gamma_s s)}{s},$$
#
# **kept only if** $0 < s_\pm < \min(1, 1/\gamma_s)$: other roots are shrinkages of no penalty. (For the first line below, $s_+ = 2.04$ would give 0.0104 as a lower end; the true one is 0.)

# %%
for gamma_s in [0.5, 3.0]:
    lo, hi = ridge.winning_interval(0.01, 0.5, gamma_s, 1.0)
    print(f"gamma_s = {gamma_s}: wins for {lo:.3f} < lambda_s < {hi:.3f}")

# %% [markdown]
# The whole answer fits in one map with two axes, the student's {term}`aspect ratio` and the teacher's $p/q$. Theory
# draws the borders; the markers are simulated students (one $\gamma_s$ a column, one $\lambda_t$ a row). Each is tried with three penalties
# that are fixed *before* the simulation: a very small one, a very large one, and the one that theory calls best (0.3 where that is no
# student at all). A student wins where its measured error is below the teacher's by more standard errors than chance
# allows in *all* the looks together: with 126 looks that is 3.7, not 2. (Who tries sixty penalties and takes the best at two standard
# errors finds "wins" against an optimal teacher, too.) In all 42 cells the simulation then names the regime of theory.

# %%
few_penalties = np.array([0.01, 0.03, 0.045, 0.09, 0.25, 0.45, 0.7])
few_ratios, n_trials = [0.25, 0.5, 0.8, 1.3, 1.8, 3.0], 64
map_teacher = dict(gamma_t=0.7, noise_var=1.0)
needed = metrics.critical_deviation(3 * len(few_ratios) * len(few_penalties), n_trials)
regimes, each = ["never", "always", "threshold", "above"], np.arange(len(few_penalties))
observed = {}
for gamma_s in few_ratios:
    best = ridge.optimal_student_penalty(few_penalties, gamma_s=gamma_s, **map_teacher)
    tried = np.concatenate([[1e-3], np.where(best > 0, best, 0.3), [1e3]])
    size = dict(dim=200, n_trials=n_trials, rng=4)
    run = ridge.simulate(few_penalties, tried, gamma_s=gamma_s, **size, **map_teacher)
    wins = run.difference_mean < -needed * run.difference_stderr  # shape (S, T)
    low, middle, high = wins[0], wins[1 + each, each], wins[-1]
    observed[gamma_s] = np.select(
        [~(low | middle | high), low & high, low, high], regimes, "interval"
    )

# %% mystnb={"image": {"alt": "Map over the student's aspect ratio and the teacher's p over q. At p/q above 1 the student never wins; below one half it always wins. Between them, for gamma_s below 1 it wins below a threshold; for gamma_s above 1 it wins in an interval, and only below the gate curve that falls from three quarters to one half. Simulated markers carry the name of the region they lie in."}} tags=["hide-input"]
x = np.logspace(-1, 1, 400)
edge = np.where(x > 1, (3 - np.sqrt(1 - 1 / np.maximum(x, 1))) / 4, 1.0)
fig, ax = figures.subplots(figsize=(7.4, 4.6))
ax.fill_between(x, 0.3, 0.5, color="#2f79b5", alpha=0.75, linewidth=0)
ax.fill_between(x, 0.5, edge, color="#a7cfe4", where=x <= 1, linewidth=0)
hatched = dict(color="#d6e8f2", hatch="//", edgecolor="#7aa9c9", linewidth=0)
ax.fill_between(x, 0.5, edge, where=x > 1, **hatched)
ax.plot(x, edge, color="black")
names = {"always": (0.115, 0.41), "below a\nthreshold": (0.115, 0.76), "never": (5.2, 0.92)}
names["never (optimal or over-regularised teacher)"] = (0.2, 1.06)
for text, place in names.items():
    ax.text(*place, text, fontsize=10)
ax.annotate("in an interval", (1.55, 0.56), xytext=(3.4, 0.61), arrowprops={"arrowstyle": "-"})
p, q = ridge.teacher_moments(few_penalties, **map_teacher)
shapes = dict(never="X", threshold="v", interval="D", always="o", above="^")
for name, shape in shapes.items():
    at = [(g, r) for g, found in observed.items() for r in (p / q)[found == name]]
    style = dict(color="white", markeredgecolor="black", label=f"simulated: {name}")
    _ = at and ax.plot(*np.transpose(at), shape, markersize=8, **style)
ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
figures.describe(ax, r"student's aspect ratio $\gamma_s = d/n_s$", log="x", ylim=(0.3, 1.2))
ax.set_ylabel("teacher's $p/q$  (1: optimal, lower: noisier)")
ax.grid(False)
plt.show()

# %% [markdown]
# ## The best student of all
#
# For a given teacher, which student is best? Given its data, the penalty that minimises $L_s$ (a root of one
# equation in $s$, `ridge.optimal_student_penalty`). Given a choice, infinitely many samples: as
# $\gamma_s \to 0$ the student becomes a multiple $s_s\beta_t$ of the teacher with $0 < s_s \le 1$. If $p \le q$, the best multiple, $s_s = p/q$, reaches
#
# $$L_{\text{best}} = 1 - \frac{p^2}{q}.$$
#
# No plain ridge student on fresh inputs does better: $a_2 \ge a_1^2$ for every $\lambda_s \ge 0$, so $L_s \ge 1 - 2a_1p + a_1^2q \ge 1 - p^2/q$. A scalar cannot
# turn the teacher's direction; it can only stop the teacher from shouting. Against an over-regularised teacher, $p > q$, the multiple $p/q > 1$ is out of
# reach, and the best student is the copy, $s_s = 1$ (at $\lambda_t = 3$, $\gamma_t = 0.7$, $\sigma^2 = 0.4$: $L_t = 0.644$, not $1 - p^2/q = 0.422$).

# %%
weak = dict(lam_t=0.01, gamma_t=0.5, noise_var=1.0)
ratios = np.array([0.1, 0.25, 0.5, 0.8, 1.25, 2.0, 4.0])
best_lam = ridge.optimal_student_penalty(gamma_s=ratios, **weak)
best_students = [
    ridge.simulate(lam_s=[lam], gamma_s=gamma_s, dim=160, n_trials=24, rng=5, **weak)
    for gamma_s, lam in zip(ratios, best_lam, strict=True)
]

# %% mystnb={"image": {"alt": "Error of the best student against its aspect ratio. Theory and simulation rise from the limit 1 - p squared over q at small gamma_s, staying below the teacher's error, which lies much higher."}} tags=["hide-input"]
x = np.logspace(-1.3, 1, 120)
theory = ridge.student_error(
    lam_s=ridge.optimal_student_penalty(gamma_s=x, **weak), gamma_s=x, **weak
)
sample = [[run.student_mean[0, 0], run.student_stderr[0, 0]] for run in best_students]
fig, ax = figures.subplots(figsize=(6.4, 3.6))
figures.curve(x, theory, sample=(ratios, *np.transpose(sample)), label="best student", ax=ax)
figures.teacher_line(ridge.teacher_error(**weak), ax=ax)
p, q = ridge.teacher_moments(**weak)
figures.reference(ax, y=1 - p**2 / q, label=r"limit $1 - p^2/q$", index=2)
figures.describe(ax, "gamma_s", "error", log="xy", legend="best")
plt.show()

# %% [markdown]
# ## Several generations
#
# Let the student teach a student, and so on, each on fresh inputs. Every generation multiplies $p$ by its
# $a_1$ and $q$ by its $a_2$. Signal is lost in every generation, noise removed in every generation; early on the noise that goes is larger, later the signal.
# (For $\gamma = 0.2$ below, from generation 4 to 5: noise falls from 0.217 to 0.121, lost signal grows from 0.522 to 0.631.)

# %%
penalties, noise = [0.02] + 7 * [0.3], 1.0
aspects = {gamma: [0.8] + 7 * [gamma] for gamma in (0.2, 0.9)}
chain = {
    gamma: ridge.simulate_generations(penalties, chained, noise_var=noise, dim=160, rng=6)
    for gamma, chained in aspects.items()
}

# %% mystnb={"image": {"alt": "Error against generation from 0, the teacher, to 7, for students with gamma 0.2 and 0.9. Theory and simulation agree. The error falls sharply at first, reaches a minimum, and then rises slowly."}} tags=["hide-input"]
fig, ax = figures.subplots(figsize=(6.4, 3.4))
for index, (gamma, run) in enumerate(chain.items()):
    theory = ridge.generation_errors(penalties, aspects[gamma], noise)
    label = rf"students with $\gamma = {gamma}$"
    figures.curve(np.arange(8), theory, sample=(np.arange(8), run), label=label, index=index, ax=ax)
figures.describe(ax, "generation", "error", log="y", legend="best")
plt.show()

# %% [markdown]
# ## Running the simulations on more cores, or machines
#
# `simulate` takes any executor of the standard library's `concurrent.futures` and returns the same bits
# whatever runs the trials. For one machine, a process pool; for a cluster,
# Dask's `Client("scheduler-address").get_executor()` goes in the same place.

# %%
ratio = dict(gamma_t=0.5, gamma_s=0.5, noise_var=1.0)
with ProcessPoolExecutor(max_workers=2) as pool:
    pooled = ridge.simulate([0.02], [0.3], dim=200, rng=7, executor=pool, **ratio)
serial = ridge.simulate([0.02], [0.3], dim=200, rng=7, **ratio)
print("identical:", np.array_equal(pooled.student_mean, serial.student_mean))

# %% [markdown]
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/ridge`.

# %% tags=["hide-input"]
from jupyterquiz import display_quiz

display_quiz(data.quiz("ridge"))

# %% [markdown]
# :::{admonition} Take-away
# :class: tip
# A ridge student beats its teacher exactly when $h(\lambda_s) < c$. It can repair one fault only, *too little
# regularisation* ($c > 0$), by shrinking what the teacher should have shrunk. A student with $\gamma_s > 1$
# forgets on its own account, so it needs a worse teacher: $c > h_{\min}$. An optimally regularised teacher is
# safe from every plain student on fresh inputs with $\lambda_s \ge 0$; a student with a better *structured* penalty can beat even that one.
# :::
#
# **What is whose.** That a student can compensate for an under-regularised teacher, and how this depends on
# $\gamma_s$, are results of [Mechanisms] {cite}`moniri2025mechanisms`. The forms in the shrinkage $s$, the identity for
# $q - p$, the gate in closed form, the end points $s_\pm$, the best student and the chain are this book's derivations.
# Markers are simulations.
#
# **Limits.** Isotropic Gaussian inputs, linear target, noiseless fresh student inputs, $d \to \infty$ at fixed ratios.
# Every statement with its hypotheses: {doc}`assumptions`.
#
# **Further reading.** The paper: {cite:t}`moniri2025mechanisms`. The error of one ridge fit in high dimension:
# {cite:t}`dobriban2018high`. A student that is also given the true labels: {cite:t}`dang2026optimal`. Distillation with
# any covariance, and what it does to scaling laws: {cite:t}`ildiz2024highdimensional`.
#
# ## Headline numbers

# %% tags=["nbval-check-output"]
headline = dict(lam_t=0.01, gamma_t=0.5, noise_var=1.0)
print(f"teacher: L_t = {ridge.teacher_error(**headline):.4f}")
print(f"badness: c = {ridge.badness(**headline):.4f}")
print(f"gate of a student with gamma_s = 3: {ridge.gate(3.0):.4f}")
for gamma_s in [0.5, 3.0]:
    lo, hi = ridge.winning_interval(gamma_s=gamma_s, **headline)
    lowest = ridge.optimal_student_penalty(gamma_s=gamma_s, **headline)
    error = ridge.student_error(lam_s=lowest, gamma_s=gamma_s, **headline)
    print(f"gamma_s = {gamma_s}: wins for {lo:.3f} < lambda_s < {hi:.3f}")
    print(f"  best student: L_s = {error:.4f} at lambda_s = {lowest:.4f}")
optimal = headline | dict(lam_t=0.5)
print(f"against the optimal teacher: {ridge.regime(gamma_s=0.5, **optimal)}")
