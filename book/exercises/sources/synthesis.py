# %% [markdown]
# # Exercises: which mechanism is at work?
#
# They belong to the chapter [Which mechanism is at work?](../synthesis.ipynb), and use its symbols. Each asks for one short function. The check below
# it accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a derivation,
# ★★★ a small study of your own.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import matplotlib.pyplot as plt
import numpy as np

from w2slib import checks, figures, ridge, synthesis, warm_start
from w2slib import random_matrices as rm
from w2slib import weighted_ridge as wr
from w2slib.metrics import performance_gap_recovered
from w2slib.synthesis import fit, prior, truth


def two_teachers(rng, lam_t, gamma_t, gamma_s, d=300):
    """Truth, two teachers with separate data, and inputs for their student."""
    target, n, fits = rng.standard_normal(d), round(d / gamma_t), []
    target /= np.linalg.norm(target)
    for _ in range(2):
        X = rng.standard_normal((n, d))
        y = X @ target + rng.standard_normal(n)
        fits.append(np.linalg.solve(X.T @ X / n + lam_t * np.eye(d), X.T @ y / n))
    return target, *fits, rng.standard_normal((round(d / gamma_s), d))


checks.remember(globals())  # a check then says which of these names was overwritten

# %% [markdown] exercise={"minutes": 30, "objectives": [1], "stars": 1}
# ## 1. Which student would you train? ★
#
# *5 points, about 30 minutes.*
#
# A target in two blocks: A holds 10 % of the coordinates and 60 % of the energy, B the rest. The teacher is plain ridge. You may train one of
# three students. *Plain* has penalty weights $(1, 1)$. *Aligned* has $(0.05, 1.1)$. *Informed* has $(1, 1)$ and pulls towards a
# prior whose features express none of block A and half of block B.
#
# Return a dictionary with the PGR of each, `{"plain": ..., "aligned": ..., "informed": ...}`. Every student uses its best penalty out of
# `penalties`. Its ceiling is the *same* student (same weights, same prior, same $\gamma_s$) on true labels with noise of variance $\sigma^2$, at
# the ceiling's own best penalty.
#
# <details><summary>Hint</summary>
#
# `truth`, `prior` and `fit` are all that is needed: `fit(teacher, penalties, gamma_s, weights, known=...)` is a student for each penalty. A ceiling is the same call with the truth and `noise_var`.
#
# </details>

# %%
sizes, energies = [0.1, 0.9], [0.6, 0.4]
penalties = np.logspace(-4, 2, 301)


# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def recovered_by(lam_t, gamma_t, gamma_s, noise_var):
    """PGR of the plain, the aligned and the informed student, as a dictionary."""
    target = truth(sizes, energies)
    teacher = fit(target, lam_t, gamma_t, [1.0, 1.0], noise_var=noise_var)
    memory = prior(sizes, energies, [0.0, 0.5])
    students = {
        "plain": ([1.0, 1.0], None),
        "aligned": ([0.05, 1.1], None),
        "informed": ([1.0, 1.0], memory),
    }
    pgr = {}
    for name, (weights, known) in students.items():
        student = fit(teacher, penalties, gamma_s, weights, known=known)
        ceiling = fit(target, penalties, gamma_s, weights, known=known, noise_var=noise_var)
        pgr[name] = performance_gap_recovered(
            teacher.error, student.error.min(), ceiling.error.min()
        )
    return pgr


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("recovered_by")


def informed_error(gamma, heard, noise, sigma2):
    """Best error when the penalty pulls towards the prior: ridge on what labels say beyond it."""
    e, R = np.array(energies)[:, None], np.array([[0.0], [0.5]])
    s = rm.shrinkage(penalties, gamma)
    unknown = e * (heard - R) ** 2 + noise + e * R * (1 - R)  # energy of labels minus prior
    error = e * (1 - R - s * (heard - R)) ** 2 + (1 - s) ** 2 * e * R * (1 - R) + s**2 * noise
    added = gamma * s**2 / (1 - gamma * s**2) * (sigma2 + (1 - s) ** 2 * unknown.sum(axis=0))
    return (error.sum(axis=0) + added).min()


for case in [(0.02, 0.5, 0.3, 1.0), (2.0, 0.5, 0.8, 1.0), (0.05, 1.0, 0.8, 0.5)]:
    lam_t, gamma_t, gamma_s, noise_var = case
    found = answer.table(["plain", "aligned", "informed"], *case)
    L_t = ridge.teacher_error(lam_t, gamma_t, noise_var)
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    blocks = wr.Blocks(sizes, [0.05, 1.1], energies)
    noise = np.array(sizes)[:, None] * (q - p**2)  # of the teacher, spread over the coordinates
    pair, own = (lam_t, penalties, gamma_t, gamma_s, noise_var), (penalties, gamma_s, noise_var)
    top = informed_error(gamma_s, 1.0, 0 * noise, noise_var)
    errors = {"informed": (informed_error(gamma_s, p, noise, 0.0), top)}
    errors["plain"] = ridge.student_error(*pair).min(), ridge.teacher_error(*own).min()
    students, ceilings = wr.student_error(*pair, blocks), wr.teacher_error(*own, blocks)
    errors["aligned"] = students.min(), ceilings.min()
    for name, (L_s, ceiling) in errors.items():
        assert abs(found[name] - (L_t - L_s) / (L_t - ceiling)) < 4e-3, (
            f"Another route to the {name} student at lam_t = {lam_t}, gamma_s = {gamma_s} does not "
            f"give the PGR {found[name]:.3f}: is its ceiling the same student?"
        )
print("Exercise 1: correct.")

# %% [markdown]
# Which one would you choose, and does the answer depend on the teacher? Predict the order in each row, then run.

# %%
for lam_t, kind in [(0.02, "too loud"), (0.5, "optimal"), (2.0, "too timid")]:
    found = recovered_by(lam_t, 0.5, 0.3, 1.0)
    listed = [f"{name}: {round(value, 2) + 0.0:+.2f}" for name, value in found.items()]
    print(f"lam_t = {lam_t:4} ({kind:9s})", "  ".join(listed))


# %% [markdown] points=2 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# Behind a loud teacher every student wins, because every one of them can shrink; the plain one recovers the smallest part. Behind the optimal teacher the plain student
# has nothing to repair, and its PGR is 0: with $\gamma_s < 1$ and hardly any penalty it copies its teacher. The others still win, since they know something that the teacher does
# not. Behind the timid teacher nobody gains: each of the three, at any penalty, takes something away from block A, where the teacher has kept too little already, and that is not less than what it
# mends in block B. Which of the informed and the aligned one is better is a matter of *how much* each knows: with a prior that expresses 80 % of block B the informed student is the
# better one behind the optimal teacher, and wins behind the timid one as well. Only a prior can give back what a teacher has shrunk away.
#
# PGRs of different students have different ceilings. Who wants the smallest *error* must compare errors.
#
# </details>

# %% [markdown] exercise={"minutes": 35, "objectives": [4], "stars": 2}
# ## 2. Misfit and gain: a projection, and a penalty ★★
#
# *5 points, about 35 minutes.*
#
# Charikar, Pabbaraju and Shiragur: if the student is the *projection* of its teacher onto a convex set that contains the target, its
# gain $\|\beta_t - \beta_\star\|^2 - \|\beta_s - \beta_\star\|^2$ is at least its misfit $\|\beta_s - \beta_t\|^2$. Take the convex set
# $\{\beta : \sum_i|\beta_i| \le r\}$, a belief in sparse targets. Return the projection of a vector onto it: the nearest point of the set.
#
# <details><summary>Hint</summary>
#
# If $\beta$ is outside, the nearest point is $\operatorname{sign}(\beta_i)\max(|\beta_i| - \tau, 0)$ with the threshold $\tau > 0$ at which the absolute values sum to $r$.
# Sort them to find $\tau$, or bisect.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def nearest_sparse(beta, radius):
    """Projection of beta onto the vectors whose absolute values sum to at most radius."""
    size = np.abs(beta)
    if size.sum() <= radius:
        return beta.copy()
    ordered = np.sort(size)[::-1]
    thresholds = (np.cumsum(ordered) - radius) / np.arange(1, len(beta) + 1)
    tau = thresholds[np.flatnonzero(ordered > thresholds)[-1]]
    return np.sign(beta) * np.maximum(size - tau, 0)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("nearest_sparse")
rng = np.random.default_rng(2)
for d, radius in [(5, 1.0), (40, 3.0), (40, 100.0)]:
    beta = rng.standard_normal(d)
    nearest = answer.array((d,), beta, radius)
    size = np.abs(nearest).sum()
    assert size <= radius * (1 + 1e-4), (
        f"For radius {radius} the absolute values of your answer sum to {size:.4f}: it is outside "
        "the set."
    )
    # P is the nearest point iff no corner of the set (± radius along one axis) lies on the
    # outer side of P: <β − P, corner − P> <= 0.
    outer = beta - nearest
    worst = radius * np.abs(outer).max() - outer @ nearest
    assert worst < 1e-3 * max(1, radius), (
        f"For radius {radius} your point is in the set, but there are nearer ones."
    )
print("Exercise 2: correct.")


# %% [markdown]
# Now the inequality. Each of 200 teachers is a sparse target plus noise. The students: the projection with a set that just contains the target, one with a set
# too small for it, and ridge with unlimited data, which is $s\beta_t$, with $s = 0.8$ and $s = 0.3$. On paper: prove the theorem, and find for which $s$ the last one violates the inequality.

# %%
def gain_minus_misfit(student, rng, d=100):
    """Gain minus misfit of one student of a noisy teacher, for a sparse target of length 1."""
    target = np.zeros(d)
    target[:5] = rng.standard_normal(5)
    target /= np.linalg.norm(target)
    teacher = target + 0.08 * rng.standard_normal(d)
    copy = student(teacher, np.abs(target).sum())
    errors = [np.sum((b - target) ** 2) for b in (teacher, copy)]
    return errors[0] - errors[1] - np.sum((copy - teacher) ** 2)


students = {
    "set with the target": nearest_sparse,
    "set too small": lambda beta, size: nearest_sparse(beta, 0.5 * size),
    "ridge, s = 0.8": lambda beta, size: 0.8 * beta,
    "ridge, s = 0.3": lambda beta, size: 0.3 * beta,
}
for name, student in students.items():
    differences = [gain_minus_misfit(student, rng) for rng in np.random.default_rng(3).spawn(200)]
    low, high = np.round([np.min(differences), np.max(differences)], 3) + 0.0
    print(f"{name:20s} gain - misfit between {low:+.3f} and {high:+.3f}")


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution</summary>
#
# *Theorem.* For every point $u$ of a convex set, the angle at the projection is not acute: $\langle\beta_t - \beta_s, u - \beta_s\rangle \le 0$ (else a small step towards $u$ would come
# nearer to $\beta_t$). Take $u = \beta_\star$ in $\|\beta_t - \beta_\star\|^2 = \|\beta_t - \beta_s\|^2 + \|\beta_s - \beta_\star\|^2 - 2\langle\beta_t - \beta_s, \beta_\star - \beta_s\rangle$.
#
# *Ridge.* For $\beta_s = s\beta_t$ the difference is $2\langle\beta_t - \beta_s, \beta_s - \beta_\star\rangle = 2(1 - s)(sq - p)$, negative exactly for $s < p/q$: then the ball on which ridge projects
# is so small that the angle at $\beta_s$ towards the target is acute. Here $q \approx 1 + 100 \cdot 0.08^2 = 1.64$ and $p \approx 1$, so $p/q \approx 0.6$. A set
# that is too small breaks the inequality in the same way; whether it does depends on the angle, not only on the target being outside.
#
# </details>

# %% [markdown] exercise={"minutes": 30, "objectives": [3], "stars": 2}
# ## 3. Generations of the best students ★★
#
# *5 points, about 30 minutes.*
#
# Each student teaches the next one, and each uses the penalty that is best *for its own error*. All are plain ridge, the first one learns from a plain ridge teacher.
# Return the errors $L_0, L_1, \dots$ of the teacher and of its successors; `ratios` holds their $\gamma_s$. Penalties from $10^{-7}$ to $10^3$ are allowed.
#
# <details><summary>Hint</summary>
#
# A student multiplies overlap $p$ by $a_1 = s$ and energy $q$ by $a_2 = s^2(1 + \gamma - 2\gamma s)/(1 - \gamma s^2)$, and its error is $1 - 2p + q$ with the new values.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def best_generations(lam_t, gamma_t, ratios, noise_var):
    """Errors of a teacher and of successive students, each with its best penalty."""
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    errors = [1 - 2 * p + q]
    for gamma in ratios:
        s = rm.shrinkage(np.logspace(-7, 3, 4001), gamma)
        energies = s**2 * (1 + gamma - 2 * gamma * s) / (1 - gamma * s**2) * q
        best = np.argmin(1 - 2 * s * p + energies)
        p, q = s[best] * p, energies[best]
        errors.append(1 - 2 * p + q)
    return np.array(errors)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("best_generations")
for lam_t, gamma_t, ratios, noise_var in [
    (0.02, 0.5, [0.5, 0.5, 0.5], 1.0),
    (0.02, 0.8, [2.0, 0.3], 0.5),
    (0.5, 0.5, [0.3, 3.0], 1.0),
]:
    found = answer.array((len(ratios) + 1,), lam_t, gamma_t, ratios, noise_var)
    model = fit(truth([1.0], [1.0]), lam_t, gamma_t, [1.0], noise_var=noise_var)
    grid = np.logspace(-7, 3, 801)
    for k, gamma in enumerate([None, *ratios]):
        if gamma is not None:  # the chapter's general map, one generation at a time
            model = fit(model, grid[fit(model, grid, gamma, [1.0]).error.argmin()], gamma, [1.0])
        assert abs(found[k] - float(model.error)) < 1.5e-3, (
            f"The error of generation {k} is not {found[k]:.4f} for gamma_s = {ratios}, lam_t = "
            f"{lam_t}."
        )
print("Exercise 3: correct.")

# %% [markdown]
# How far do they get? Print the floor $1 - p^2/q$ (the best multiple of the teacher) as well, and prove that no number of generations passes it.

# %%
p, q = ridge.teacher_moments(0.02, 0.5, 1.0)
print(f"floor {1 - p**2 / q:.4f}")
for gamma in [0.05, 0.5, 2.0]:
    print(f"gamma_s = {gamma:4}:", best_generations(0.02, 0.5, [gamma] * 5, 1.0).round(4))


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution</summary>
#
# $1 - 2p + q \ge 1 - p^2/q$ because $(q - p)^2 \ge 0$. A generation turns $p^2/q$ into $(a_1^2/a_2)\,p^2/q$, and $a_1 = E\,x$, $a_2 = E\,x^2$ for the
# eigenvalues $x$ of $S(S + \lambda)^{-1}$, so that $a_1^2 \le a_2$: the floor itself only rises. Equality needs equal eigenvalues, unlimited data. There the first student reaches the floor and
# the second finds $p = q$: nothing is left to repair. With $\gamma_s = 0.5$ the first student adds some noise of its own, and the second repairs a little of
# it. With $\gamma_s > 1$ every generation after the first forgets a part that it never sees, and there is no penalty with which it could merely copy.
#
# </details>

# %% [markdown] exercise={"minutes": 30, "objectives": [3], "stars": 2}
# ## 4. What is a warm start worth to a weighted student? ★★
#
# *4 points, about 30 minutes.*
#
# The student has unlimited data and frees one direction of all penalty: the one that pre-training *estimated*, the top eigenvector of $n_{\text{pre}} = d/\gamma_{\text{pre}}$ unlabelled inputs
# with covariance $I + \theta vv^\top$. The target has the part $\zeta^2$ of its energy along $v$. The teacher is plain, with overlap $p$ and energy $q \ge p$. Return how much
# *more* it gains, at its best penalty, than a plain student at its own: the extra gain.
#
# (On paper: for a small overlap $m_0$ of estimate and $v$, does the extra gain start like $m_0^2$ or like $m_0^4$?)
#
# <details><summary>Hint</summary>
#
# Relief along the estimate acts like relief along a direction of alignment $\zeta m_0$. With unlimited data the student multiplies the teacher by $a = 1/(1 + \lambda_s)$ outside it: the error is a parabola in $a$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def extra_gain(theta, gamma_pre, p, q, zeta):
    """Gain with relief along the estimated direction, minus the gain of a plain student."""
    energy = (zeta * rm.bbp_overlap(theta, gamma_pre)) ** 2  # of the target along the estimate
    surplus, aligned = q - p, energy * p * (1 - p)
    return (surplus + aligned) ** 2 / (q - energy * p**2) - surplus**2 / q


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Solution of the question</summary>
#
# Relief along the estimate acts like relief along a direction of alignment $\zeta m_0$. With $A = q - p$ and $t = \zeta^2m_0^2$ the extra gain is
# $(A + tp(1 - p))^2/(q - tp^2) - A^2/q = t\,\bigl[2Ap(1 - p)/q + A^2p^2/q^2\bigr] + O(t^2)$. Behind a teacher that says more than it knows ($A > 0$) it starts like
# $m_0^2$; behind an optimal one ($A = 0$) only like $m_0^4$. The two mechanisms do not add, they multiply: a little pre-training is worth more the noisier the teacher.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("extra_gain")
grid = np.logspace(-4, 3, 1501)
teacher = dict(gamma_t=0.5, noise_var=1.0)
cases = [(0.5, 1.0, 0.05, 0.8), (1.5, 1.0, 0.05, 0.8), (4.0, 0.5, 0.5, 0.9)]
for theta, gamma_pre, lam_t, zeta in [*cases, (2.0, 1.0, 0.2, 1.0)]:
    p, q = ridge.teacher_moments(lam_t, **teacher)
    found = answer.number(theta, gamma_pre, p, q, zeta)
    m0 = warm_start.initial_overlap(theta, gamma_pre)
    # A search over penalties with the block solver at a tiny aspect ratio: no formula for the
    # best gain.
    plain, relieved = (
        wr.student_error(lam_t, grid, gamma_s=1e-9, blocks=blocks, **teacher).min()
        for blocks in (wr.Blocks.spike(zeta * m0, relief) for relief in (0.0, 1.0))
    )
    assert abs(found - (plain - relieved)) < 3e-4, (
        f"A search over penalties finds another extra gain than {found:.5f} at theta = {theta}, "
        f"gamma_pre = {gamma_pre}, zeta = {zeta}."
    )
print("Exercise 4: correct.")

# %% [markdown]
# With data: mean ± 2 standard errors of 16 trials, $d = 100$, $\gamma_s = 0.05$, each student with the penalty that is best for unlimited data. The last column is the theory.

# %%
common, zeta, gamma_pre = dict(gamma_t=0.5, noise_var=1.0), 0.9, 1.0
size = dict(gamma_s=0.05, dim=100, n_trials=16, rng=4)
for lam_t in [0.05, 0.5]:
    p, q = ridge.teacher_moments(lam_t, **common)
    case = dict(lam_t=lam_t, zeta=zeta, gamma_pre=gamma_pre) | common | size
    for theta in [0.5, 4.0]:
        gains = []
        for relief in (0.0, 1.0):
            freed = relief * (zeta * rm.bbp_overlap(theta, gamma_pre)) ** 2  # energy there
            lam_s = max((q - freed * p**2) / (p - freed * p) - 1, 1e-3)
            run, _ = synthesis.simulate_estimated_relief(
                [theta], relief=relief, lam_s=lam_s, **case
            )
            gains.append(run)
        measured = gains[0].mean[0] - gains[1].mean[0]
        stderr = np.hypot(gains[0].stderr[0], gains[1].stderr[0])
        theory = extra_gain(theta, gamma_pre, p, q, zeta)
        found = f"{measured:.3f} ± {2 * stderr:.3f}, {theory:.3f}"
        print(f"lam_t = {lam_t:4}, theta = {theta}: extra gain {found}")


# %% [markdown] exercise={"minutes": 25, "objectives": [4], "stars": 2}
# ## 5. Two meanings of one word ★★
#
# *4 points, about 25 minutes.*
#
# In this book W2SG means: the student ends above its *teacher*. Geng, Hansen and Li ask: does it end above its *own earlier self*? In the warm start, a
# student with overlap $m_0$ walks along the great circle from $w_0$ to its supervisor $w_t$, whose overlap with the truth is $\rho$; their errors are independent, so that
# $\langle w_0, w_t\rangle = m_0\rho$. It stops after the part `share` of the arc's length. Return two truth values (arrays, if the arguments are arrays):
# is it above its teacher, is it above its earlier self? Take $0 < m_0, \rho < 1$ and $0 <$ `share` $< 1$.
#
# <details><summary>Hint</summary>
#
# With the angle $\varphi$ between $w$ and $w_t$, the truth's overlap is $\rho\cos\varphi + \frac{m_0 - \rho c}{\sqrt{1 - c^2}}\sin\varphi$, $c = m_0\rho$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def two_meanings(m0, rho, share):
    """Whether the student is above its teacher, and whether it is above its earlier self."""
    c = m0 * rho
    angle = (1 - share) * np.arccos(c)
    overlap = rho * np.cos(angle) + (m0 - rho * c) / np.sqrt(1 - c**2) * np.sin(angle)
    return overlap > rho, overlap > m0


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("two_meanings")
grid = np.linspace(0.07, 0.97, 13), np.linspace(0.05, 0.95, 12), np.linspace(0.03, 0.98, 11)
m0, rho, share = (axis.ravel() for axis in np.meshgrid(*grid))
# The same with vectors in three dimensions: the truth is the third axis, the errors lie along
# the other two.
start = np.stack([np.sqrt(1 - m0**2), 0 * m0, m0])
supervisor = np.stack([0 * rho, np.sqrt(1 - rho**2), rho])
arc = np.arccos(np.sum(start * supervisor, axis=0))
student = (np.sin((1 - share) * arc) * start + np.sin(share * arc) * supervisor) / np.sin(arc)
answers = answer.truths([m0.shape] * 2, m0, rho, share)
single = answer.truths([(), ()], 0.3, 0.8, 0.9)
assert [bool(value) for value in single] == [
    a[0] for a in answer.truths([(1,)] * 2, *(np.array([v]) for v in (0.3, 0.8, 0.9)))
], "Single numbers and arrays get different answers."
names = ("its teacher", "its earlier self")
for name, mine, level in zip(names, answers, (rho, m0), strict=True):
    clear = np.abs(student[2] - level) > 1e-6
    wrong = np.flatnonzero((mine != (student[2] > level)) & clear)
    assert not len(wrong), (
        f"For {name} {len(wrong)} of {len(m0)} settings are wrong, one of them m0 = "
        f"{m0[wrong[0]]:.2f}, rho = {rho[wrong[0]]:.2f}, share = {share[wrong[0]]:.2f}."
    )
print("Exercise 5: correct.")

# %% [markdown]
# Where do the two disagree? One map for a student that stops half-way, and one for a student that nearly arrives.

# %% mystnb={"image": {"alt": "Two maps over the start's overlap m0 and the supervisor's overlap rho, for students that stopped after 50 and 95 percent of the arc, in four shades: neither, above the teacher only, above the earlier self only, both. Half-way, both hold in a wide band around the diagonal; after 95 percent above the diagonal almost everywhere, below it mostly above the teacher only."}} tags=["hide-input"]
axis = np.linspace(0.01, 0.99, 99)
four = dict(cmap=plt.get_cmap("cividis", 4), vmin=-0.5, vmax=3.5)
fig, axes = figures.subplots(1, 2, figsize=(9.6, 3.8), sharey=True)
for ax, share in zip(axes, (0.5, 0.95), strict=True):
    above_teacher, above_self = two_meanings(axis, axis[:, None], share)
    regions = ax.pcolormesh(axis, axis, 1.0 * above_teacher + 2.0 * above_self, **four)
    ax.plot([0, 1], [0, 1], color="black", linestyle="--", linewidth=1)
    title = f"stopped after {share:.0%} of the arc"
    ax.set(xlabel="start's overlap $m_0$", title=title, aspect="equal")
axes[0].set_ylabel(r"supervisor's overlap $\rho$")
bar = fig.colorbar(regions, ax=axes, ticks=range(4))
_ = bar.ax.set_yticklabels(["neither", "above teacher only", "above earlier self only", "both"])
plt.show()


# %% [markdown] points=2 tags=["solution"]
# <details><summary>What the maps say, and why</summary>
#
# The overlap along the arc is $m_{\text{best}}\cos(\varphi - \varphi_{\text{best}})$, symmetric about its peak. It exceeds $m_0$ from the start until the mirror image of the start, and
# $\rho$ from the mirror image of the end until the end. So *above its teacher* fails early and *above its earlier self* fails late. For $m_0 > \rho$ (below the diagonal) the student is above its teacher all
# the way, and the question of Geng et al. is the one that is worth asking; for $m_0 < \rho$ it is the other way round. "Neither" does not occur: at every interior point of the arc the overlap exceeds
# the *smaller* of $m_0$ and $\rho$, as $\cos$ is concave there. Both hold around the peak, whatever $m_0$ and $\rho$: a student that stops at its best time has earned the word in both senses. At the very end the first
# meaning fails always (the student is a copy), and the second holds exactly for $\rho > m_0$. (These are statements about this book's flow, not about Geng et al.'s logistic regression.)
#
# </details>

# %% [markdown] exercise={"minutes": 45, "objectives": [1], "stars": 3}
# ## 6. A penalty chosen without true labels ★★★
#
# *5 points, about 45 minutes.*
#
# One of the chapter's open questions. A student sees its teacher's labels, hence their energy $q$ and, for every penalty, its own misfit. It does not see $p$, and without $p$ it
# does not know whether the teacher says more than it knows. Suppose there are *two* teachers, trained alike on separate data. Both label the student's inputs; the misfit of the two, $E\|\beta_{t,1} - \beta_{t,2}\|^2$, is visible
# as well.
#
# Given the two teachers' labels on the same inputs $x \sim N(0, I_d)$, return the penalty $\lambda_s$ (between $10^{-6}$ and $10^3$) with which a plain ridge student of the *first* teacher has the smallest
# expected error. The outputs are scaled such that $\|\beta_\star\| = 1$.
#
# <details><summary>Hint</summary>
#
# The two teachers' errors are independent, given the target: what is $E\langle\beta_{t,1}, \beta_{t,2}\rangle$ in terms of $p$?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def label_free_penalty(labels_1, labels_2, gamma_s):
    """Penalty of a student of the first teacher, from two teachers' labels on the same inputs."""
    q = np.mean(labels_1**2)
    p = np.sqrt(max(np.mean(labels_1 * labels_2), 0.0))
    penalties = np.logspace(-6, 3, 1801)
    s = rm.shrinkage(penalties, gamma_s)
    kept_energy = s**2 * (1 + gamma_s - 2 * gamma_s * s) / (1 - gamma_s * s**2)
    return penalties[np.argmin(1 - 2 * s * p + kept_energy * q)]


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("label_free_penalty")
cases = {0: (0.02, 0.5, 0.2), 1: (0.3, 0.5, 0.2), 2: (0.005, 0.5, 4.0), 4: (0.1, 0.5, 0.8)}
for seed, case in cases.items():
    lam_t, gamma_t, gamma_s = case
    target, first, second, inputs = two_teachers(np.random.default_rng(seed), *case)
    lam_s = answer.number(inputs @ first, inputs @ second, gamma_s)
    where = f"At lam_t = {lam_t}, gamma_s = {gamma_s} your penalty {lam_s:.4g}"
    assert 0 < lam_s <= 1001, f"{where} is not in the range that is asked for."
    # The true errors of this very teacher's students, which the student cannot see.
    x, V = np.linalg.eigh(inputs.T @ inputs / len(inputs))
    tried = np.append(lam_s, np.logspace(-6, 3, 400))
    missed = V.T @ target - x / (x + tried[:, None]) * (V.T @ first)
    errors, L_t = np.sum(missed**2, axis=1), np.sum((first - target) ** 2)
    possible, yours = L_t - errors[1:].min(), L_t - errors[0]
    assert yours > 0.93 * possible - 0.005, (
        f"{where} gains {yours:.3f} over this teacher, and another one gains clearly more."
    )
print("Exercise 6: correct.")


# %% [markdown]
# How good is it? Mean gains over 12 trials at $d = 300$, $\gamma_t = 0.5$, $\gamma_s = 0.2$, against three rivals: copying ($\lambda_s = 10^{-6}$), the
# student with the largest misfit ($\lambda_s = 10^3$), and the penalty that is best for the true error.

# %%
def gains_of(rng, lam_t, gamma_s=0.2):
    """Gain of the label-free penalty, of copying, of the largest misfit and of the best penalty."""
    target, first, second, inputs = two_teachers(rng, lam_t, 0.5, gamma_s)
    x, V = np.linalg.eigh(inputs.T @ inputs / len(inputs))
    chosen = label_free_penalty(inputs @ first, inputs @ second, gamma_s)
    tried = np.concatenate([[chosen, 1e-6, 1e3], np.logspace(-3, 2, 100)])[:, None]
    errors = np.sum((V.T @ target - x / (x + tried) * (V.T @ first)) ** 2, axis=1)
    return np.sum((first - target) ** 2) - np.append(errors[:3], errors[3:].min())


for lam_t in [0.02, 0.15, 0.5]:
    rows = np.array([gains_of(rng, lam_t) for rng in np.random.default_rng(5).spawn(12)])
    named = zip(["label-free", "copy", "largest misfit", "best"], rows.mean(axis=0), strict=True)
    print(f"lam_t = {lam_t:4}:", "  ".join(f"{name} {value + 0.0:+.3f}" for name, value in named))


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Why, and where it ends</summary>
#
# Given the target, the two teachers are independent with the same mean $p\beta_\star$ (in a direction orthogonal to $\beta_\star$ nothing is preferred), so $E\langle\beta_{t,1}, \beta_{t,2}\rangle = p^2$, and the misfit of the two is $2(q - p^2)$. On inputs
# with covariance $I$, $\langle\beta, \beta'\rangle$ is the mean product of labels. So $p$, $q$, the badness $c$ and the whole curve of the student's expected error can be seen without a true label, and the choice costs next to nothing. A large misfit of the *student* says
# nothing by itself: it may be denoising or forgetting.
#
# What it rests on: $\|\beta_\star\| = 1$ must be known (the scale of true outputs); the teachers must be *independent*, and have no common bias but shrinkage. Teachers that share data or blind spots agree with each other for a wrong reason, $p$ is
# overestimated, and the student shrinks too little. That is the open question about errors that are not independent.
#
# </details>

# %% [markdown] exercise={"minutes": 25, "objectives": [2], "stars": 2}
# ## 7. Split a gain into four ★★
#
# *3 points, about 25 minutes.*
#
# In block $b$ the target has the energy $e_b$, and the teacher is $k_b\beta_\star$ plus noise of energy $N_b$. The student hears the share $a_b$ of it; its prior is the best use of features
# that express the part $R_b$ of the block, $R_b\beta_\star$ plus noise of energy $e_bR_b(1 - R_b)$; its own sample adds noise of energy $V_b$. Return the four parts of $L_s - L_t$, each
# summed over the blocks: denoised, forgotten, brought along, added. (Arguments in this order: $e, k, N, a, R, V$, each an array over the blocks.)
#
# On paper: which of the four can have either sign?
#
# <details><summary>Hint</summary>
#
# Change one thing at a time: first the noise of the teacher is scaled by $a_b^2$, then its signal $k_b$ becomes $a_bk_b$, then the prior adds $(1 - a_b)R_b$ and its own noise.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def four_parts(e, k, N, a, R, V):
    """Parts of L_s − L_t: denoised, forgotten, brought along, added."""
    copied, kept = a * k, a * k + (1 - a) * R
    denoised = -(1 - a**2) * N
    forgotten = e * ((1 - copied) ** 2 - (1 - k) ** 2)
    brought = e * ((1 - kept) ** 2 - (1 - copied) ** 2) + (1 - a) ** 2 * e * R * (1 - R)
    return [np.sum(part) for part in (denoised, forgotten, brought, V)]


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Answer</summary>
#
# *Denoised* is at most 0 and *added* at least 0, as energies are. *Forgotten* is positive wherever $0 \le k_b \le 1$ and $a_b < 1$; a ridge teacher has $k_b \le 1$, so for it this
# part has one sign, too. With $k_b > 1$ it could be negative. *Brought along* is $e_b(1 - a_b)R_b\,[(1 - a_b) - 2(1 - a_bk_b)]$, because a prior of this kind has
# $R_b^2 + R_b(1 - R_b) = R_b$; the bracket is $2a_bk_b - 1 - a_b$, which is negative for $k_b \le 1$, $a_b < 1$. A prior from honest features never harms here; a prior with other
# noise, or wrong features, can.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("four_parts")
names = ("denoised", "forgotten", "brought along", "added")
first, second = ([0.6, 0.4], [0.0, 0.8]), ([0.3, 0.7], [0.3, 0.6])
for lam_t, lam_s, gamma_s, e, R in [(0.5, 0.2, 0.3, *first), (0.05, 1.0, 2.0, *second)]:
    f, e, g = np.array([0.1, 0.9]), np.array(e), np.array([0.2, 1.1])
    weak = fit(truth(f, e), lam_t, 0.5, [1.0, 1.0], noise_var=1.0)
    account = fit(weak, lam_s, gamma_s, g, known=prior(f, e, R)).account
    a = 1 / (1 + rm.effective_penalty(lam_s, gamma_s, g, f) * g)
    found = answer.numbers(4, e, weak.kept, weak.noise, a, np.array(R), account.added)
    parts = (account.denoised, account.forgotten, account.brought, account.added)
    for name, mine, part in zip(names, found, parts, strict=True):
        assert checks.close(mine, part.sum(), atol=1e-5), (
            f"The part that is {name} is not {mine:.4f} at lam_t = {lam_t}, lam_s = {lam_s}."
        )
print("Exercise 7: correct.")
