# %% [markdown]
# # Exercises: Mechanism III
#
# They belong to the chapter [Mechanism III](../multi_index.ipynb), and use its symbols. Each asks for one or two short functions. The check below
# them accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a derivation,
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
from scipy.optimize import brentq

from w2slib import checks, figures
from w2slib import multi_index as mi
from w2slib.multi_index import Target
from w2slib.simulation import Estimate

target = mi.EXAMPLE  # c = (0, 0.7, 0.3), e = (0, 0, 0.65), noise variance 0.1
linear = Target(easy=(0, 0.8), hard=(0, 0, 0.6), noise_var=0.1)


def unit(v):
    """Vector of length 1 in the direction of v."""
    return v / np.linalg.norm(v)


checks.remember(globals())  # a check then says which of these names was overwritten


# %% [markdown] exercise={"minutes": 20, "objectives": [1], "stars": 1}
# ## 1. How hard is a function? ★
#
# *2 points, about 20 minutes.*
#
# For $z \sim N(0, 1)$ and a function $f$ of one variable, return
#
# (a) its Hermite coefficients $E f(z) h_k(z)$ for $k = 0, \dots, K$ (`max_degree`), to two decimals or better;
#
# (b) its information exponent: the lowest degree $k \ge 1$ whose coefficient is not zero (more than 0.01 in absolute value). It is 6 at most here.
#
# $f$ accepts arrays, and may have kinks.
#
# <details><summary>Hint</summary>
#
# `mi.hermite(k, z)` is $h_k(z)$. An expectation over $z$ is an integral with the normal density; on a fine grid a sum is enough.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def hermite_coefficients(f, max_degree):
    """E f(z) h_k(z) for k = 0, ..., max_degree."""
    z = np.linspace(-10, 10, 20001)
    weighted = f(z) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.array([np.trapezoid(weighted * mi.hermite(k, z), z) for k in range(max_degree + 1)])


def information_exponent(f):
    """Lowest degree k >= 1 with a coefficient other than zero."""
    return 1 + int(np.argmax(np.abs(hermite_coefficients(f, 6)[1:]) > 0.01))


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
coefficients = checks.Answer("hermite_coefficients")
answer = checks.Answer("information_exponent")
# Exact values: z³ = √6 h₃ + 3 h₁; for relu, E relu(z) He_k(z) = He_{k−2}(0)/√(2π) from degree 2 on.
root = np.sqrt(2 * np.pi)
relu = [1 / root, 0.5, 1 / root / 2**0.5, 0, -1 / root / 24**0.5]
cases = {
    "z^3": (lambda z: z**3, [0, 3, 0, 6**0.5, 0, 0, 0]),
    "relu": (lambda z: np.maximum(z, 0), relu),
}
for name, (f, exact) in cases.items():
    found = coefficients.array((len(exact),), f, len(exact) - 1)
    wrong = np.flatnonzero(np.abs(found - exact) > 0.012)
    assert not len(wrong), f"The coefficient of degree {wrong[0]} of {name} is wrong."
exponents = [("relu(z)", lambda z: np.maximum(z, 0), 1), ("|z|", np.abs, 2), ("cos z", np.cos, 2)]
exponents += [("z^3 - 3 z", lambda z: z**3 - 3 * z, 3), ("1 + z^2", lambda z: 1 + z**2, 2)]
exponents += [("z^4 - 6 z^2", lambda z: z**4 - 6 * z**2, 4)]
exponents += [("h_6", lambda z: mi.hermite(6, z), 6), ("z/9 + z^2", lambda z: z / 9 + z**2, 1)]
for name, f, exact in exponents:
    found = answer.whole(f)
    assert found == exact, f"The information exponent of {name} is not {found}."
print("Exercise 1: correct.")


# %% [markdown] exercise={"minutes": 15, "objectives": [1], "stars": 1}
# ## 2. One step, by experiment ★
#
# *2 points, about 15 minutes.*
#
# Let $u_e$ and $u_h$ be the first two coordinate axes of $R^d$. Draw $n$ inputs, label them (`target.labels(X[:, 0], X[:, 1], rng)`), and take the direction
# $\hat u_t$ of one large gradient step, along $\sum_i y_ix_i$. Return $\langle\hat u_t, u_e\rangle$ and $\langle\hat u_t, u_h\rangle$, without
# `mi.teacher_overlap`.
#
# Predict first: what are the two at $d = 200$, $n = 400$?
#
# <details><summary>Hint</summary>
#
# `unit(X.T @ y)` is the direction. The first two coordinates of a vector are its inner products with the first two axes.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def one_step(rng, target, n, d):
    """Overlaps (easy, hard) of the direction of one gradient step."""
    X = rng.standard_normal((n, d))
    y = target.labels(X[:, 0], X[:, 1], rng)
    direction = unit(X.T @ y)
    return direction[0], direction[1]


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("one_step", without=["multi_index.teacher_overlap"])
other = Target(easy=(2.0, 0.5), hard=(0.0, 0.0, 0.8), noise_var=0.3)
for teacher, n, d in [(other, 90, 60), (target, 110, 100), (target, 50, 100)]:
    rngs = np.random.default_rng(2).spawn(40)
    trials = np.array([answer.numbers(2, rng, teacher, n, d) for rng in rngs])
    assert np.abs(trials).max() <= 1, "An overlap of unit vectors is at most 1."
    stderr = trials.std(axis=0, ddof=1) / 40**0.5
    assert stderr.min() > 1e-4, "All trials are equal: draw new inputs from rng in every trial."
    easy, hard = trials[:, 0].mean(), np.mean(trials[:, 1] ** 2)
    assert easy > 0, "The step points away from the easy direction: is its sign right?"
    gap = abs(easy - mi.teacher_overlap(teacher, d / n))
    assert gap < 4 * stderr[0] + 3 / d, (
        f"The easy overlap is {easy:.3f} on average for n = {n}, d = {d}, which is not what theory "
        "says."
    )
    assert abs(trials[:, 1].mean()) < 4 * stderr[1], "The hard overlap should have either sign."
    assert 0.2 / d < hard < 8 / d, (
        f"The hard overlap squared is {hard:.4f} on average for n = {n}, d = {d}, which is not of "
        "the order of chance."
    )
print(f"Exercise 2: correct. At n = 50: easy {easy:.2f}, hard {hard**0.5:.2f} (root mean square).")


# %% [markdown] exercise={"minutes": 30, "objectives": [3], "stars": 2}
# ## 3. How much to trust the teacher ★★
#
# *4 points, about 30 minutes.*
#
# A pre-trained student fine-tunes its whole read-out (`"full"`). Given $Q = \sum_k b_k^2\tau_s^{2k}$ (what it can copy), $P = \sum_k e_k^2\rho^{2k}$ (what pre-training
# carries), the teacher's $\lambda_t$ and the strength $\pi$ of the pre-trained read-out, return the penalty $\lambda_s$ that minimises $L_s$. The chapter shows the answer for
# $\pi = 1$. Return `np.inf` where not fine-tuning at all is best.
#
# <details><summary>Hint</summary>
#
# Write $u = 1/(1 + \lambda_s)$. Then $a_k = b_k\tau_s^ku$, $r = 1 - u$, and $c_k\tau_t^k = (1 + \lambda_t)\,b_k$. The error is a parabola in $u$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def best_penalty(Q, P, lam_t, strength):
    """Best λ_s of a student that fine-tunes its whole read-out."""
    slope = (1 + lam_t) * Q - strength * (1 - strength) * P
    curvature = Q + strength**2 * P
    return max(curvature / slope - 1, 0.0) if slope > 0 else np.inf


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Why</summary>
#
# The easy sum is a constant plus $-2(1 + \lambda_t)Qu + Qu^2$. The hard sum is a constant plus
# $P\,[-2(1 - u)\pi + (1 - u)^2\pi^2]$, which is again a constant plus $2\pi(1 - \pi)Pu + \pi^2Pu^2$. The minimum over all $u$ is at
# $u = [(1 + \lambda_t)Q - \pi(1 - \pi)P]\,/\,(Q + \pi^2P)$. Above 1 it is out of reach and $\lambda_s = 0$ is best; at or below 0 the student should not listen at all. The latter
# needs $0 < \pi < 1$: a read-out that is too *weak* gets even weaker by forgetting, and with $P$ large enough this costs more than the easy part brings.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("best_penalty", allow=["inf"])


def brute_force(tau_t, tau_s, lam_t, rho, strength):
    """Q, P, and L_s as a function of u = 1/(1 + λ_s), straight from the chapter's sums over k."""
    k, c, e = np.arange(3), np.array([0, 0.7, 0.3]), np.array([0, 0, 0.65])
    b = c * tau_t**k / (1 + lam_t)

    def error(u):
        a, kept = b * tau_s**k * u, (1 - u) * strength
        easy = c**2 - 2 * a * c * (tau_t * tau_s) ** k + a**2
        return np.sum(easy + e**2 * (1 - 2 * kept * rho ** (2 * k) + kept**2 * rho ** (2 * k)))

    return np.sum(b**2 * tau_s ** (2 * k)), np.sum(e**2 * rho ** (2 * k)), error


cases = [(0.9, 0.9, 0.0, 0.9, 1.0), (0.6, 0.8, 0.5, 0.95, 0.7), (0.9, 0.7, 0.0, 0.9, 0.6)]
for case in [*cases, (0.9, 0.9, 1.0, 0.2, 1.0), (0.3, 0.4, 0.0, 1.0, 0.5)]:
    Q, P, error = brute_force(*case)
    lam_s, where = answer.number(Q, P, case[2], case[4]), f"With Q = {Q:.3f}, P = {P:.3f}"
    assert lam_s > -1e-5, f"{where} your penalty is negative, {lam_s:.4f}."
    lowest = min(error(u) for u in np.linspace(0, 1, 401))
    assert error(1 / (1 + max(lam_s, 0))) < lowest + 2e-5, (
        f"{where}, lam_t = {case[2]}, strength = {case[4]} some other penalty has a smaller error."
    )
print("Exercise 3: correct.")


# %% [markdown] exercise={"minutes": 35, "objectives": [2, 3], "stars": 2}
# ## 4. How good must pre-training be? ★★
#
# *5 points, about 35 minutes.*
#
# Full fine-tuning with $\pi = 1$ and $\lambda_t = 0$, and the student may choose its *best* penalty.
#
# (a) Return the pre-training overlap $\rho$ above which it beats its teacher. (Assume there is one.)
#
# (b) On paper: let $\gamma_s \to 0$. Which overlap is needed then?
#
# <details><summary>Hint</summary>
#
# `mi.winning_overlap` answers for one given penalty. The best penalty depends on $\rho$; `brentq` finds where best student and teacher tie.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def overlap_needed(target, gamma_t, gamma_s):
    """Overlap ρ above which full fine-tuning with its best penalty wins."""

    def difference(rho):
        lam_s = mi.optimal_student_penalty(target, gamma_t, gamma_s, rho=rho, mode="full")
        L_s = mi.student_error(target, gamma_t, gamma_s, lam_s=lam_s, rho=rho, mode="full")
        return L_s - mi.teacher_error(target, gamma_t)

    return brentq(difference, 0.0, 1.0)


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution of (b)</summary>
#
# Let $B = \sum_kb_k^2$. With $L_0 - L_t = B - P$ the best student wins if the parabola dips below zero: $Q^2 > (Q + P)(B - P)$. With $D = B - Q \ge 0$, which the student fails to copy,
# this is $P^2 - DP - DQ > 0$, or
#
# $$P > \tfrac12\bigl(D + \sqrt{D^2 + 4DQ}\bigr).$$
#
# For $\gamma_s \to 0$ the student copies everything, $D = 0$, and **any** overlap $\rho > 0$ is enough. (For $\gamma_s > 0$ it is an equation for $\rho$, since $Q$ depends on $\tau_s$ and this on $P$.)
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("overlap_needed")
lam_s = np.append(0.0, np.logspace(-4, 3, 2001))
k = np.arange(3)
for share, gamma_t, gamma_s in [(0.42, 0.1, 0.1), (0.42, 0.1, 0.01), (0.7, 1.0, 0.2)]:
    mixed = target.with_hard_share(share)
    rho, case = answer.number(mixed, gamma_t, gamma_s), f"Your overlap for hard share {share}"
    case += f", gamma_t = {gamma_t}, gamma_s = {gamma_s}"
    assert 0 < rho < 1, f"{case} is not between 0 and 1."
    for factor, wins in [(0.985, False), (1.015, True)]:
        at = dict(rho=min(factor * rho, 1.0), mode="full")
        errors = mi.student_error(mixed, gamma_t, gamma_s, lam_s=lam_s, **at)
        won = errors.min() < mi.teacher_error(mixed, gamma_t)
        assert won or not wins, f"{case} is too small: a little above it no penalty wins."
        assert wins or not won, f"{case} is too large: a little below it some penalty wins."
    # The condition of part (b), from sums over degrees: no student_error in it.
    b = np.array(mixed.easy) * mi.teacher_overlap(mixed, gamma_t) ** k
    P = np.sum(np.array(mixed.hard) ** 2 * rho ** (2 * k))
    Q = np.sum(b**2 * (b[1] ** 2 / (b[1] ** 2 + gamma_s * (np.sum(b**2) + P))) ** k)
    D = np.sum(b**2) - Q
    assert abs(P - (D + np.sqrt(D**2 + 4 * D * Q)) / 2) < 0.01, f"{case} does not make a tie."
print("Exercise 4: correct.")


# %% [markdown] exercise={"minutes": 40, "objectives": [1], "stars": 3}
# ## 5. Break the theory: the student reuses the teacher's inputs ★★★
#
# *5 points, about 40 minutes.*
#
# The theory needs fresh inputs. Take a target with a linear easy part, $c = (0, c_1)$. The teacher steps along $\hat u_t \propto \sum_iy_ix_i$ and labels with
# $f_t(x) = \langle\hat u_t, x\rangle$ (a factor does not matter here). A student from scratch takes its step on the *same* $n = d/\gamma$ inputs, with labels $f_t(x_i)$.
# Return the overlaps with $u_e$, $\langle\hat u_t, u_e\rangle$ and $\langle\hat u_s, u_e\rangle$, of one trial.
#
# <details><summary>Hint</summary>
#
# The student's step is along $\sum_if_t(x_i)x_i$, with the same $x_i$. No step needs more than one matrix product.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def reuse_trial(rng, target, gamma, d):
    """Overlaps of teacher and student with the easy direction, both from the same inputs."""
    X = rng.standard_normal((round(d / gamma), d))
    teacher = unit(X.T @ target.labels(X[:, 0], X[:, 1], rng))
    student = unit(X.T @ (X @ teacher))
    return teacher[0], student[0]


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("reuse_trial")


def reused_overlap(gamma, c=0.8, noise=0.46):
    """Limit of ⟨û_s, u_e⟩ on the teacher's inputs, from the moments of the Marchenko-Pastur law."""
    second, third = 1 + gamma, 1 + 3 * gamma + gamma**2
    fourth = 1 + 6 * gamma + 6 * gamma**2 + gamma**3
    return c * second / np.sqrt(c**2 * fourth + noise * gamma * third)


weaker = Target(easy=(0.0, 0.6), hard=(0.0, 0.0, 0.4), noise_var=0.3)
for learnt, gamma, d in [(linear, 0.3, 100), (linear, 2.0, 100), (weaker, 0.3, 120)]:
    rngs, c = np.random.default_rng(5).spawn(100), learnt.easy[1]
    noise = learnt.hard_energy + learnt.noise_var  # what of the label is not linear in x
    trials = np.array([answer.numbers(2, rng, learnt, gamma, d) for rng in rngs])
    mean, stderr = np.abs(trials.mean(axis=0)), trials.std(axis=0, ddof=1) / 10
    assert stderr.min() > 1e-4, "All trials are equal: draw new data from rng in every trial."
    exact = c / np.sqrt(c**2 + gamma * (c**2 + noise)), reused_overlap(gamma, c, noise)
    for name, found, error, limit in zip(("teacher", "student"), mean, stderr, exact, strict=True):
        assert abs(found - limit) < 4 * error + 0.01, (
            f"The {name}'s overlap is {found:.3f} on average at gamma = {gamma}, which is not what "
            "steps on shared inputs give."
        )
    small = [
        answer.numbers(2, rng, learnt, gamma, 3) for rng in np.random.default_rng(6).spawn(100)
    ]
    assert (np.std(np.abs(small), axis=0) > 20 * stderr).all(), (
        "Trials in three dimensions should scatter much more than trials in many: what does d do?"
    )
print("Exercise 5: correct.")

# %% [markdown]
# Is a student on old inputs closer to the truth than one on fresh inputs, $\tau_t\tau_s$ (for a linear teacher $\tau_s^2 = 1/(1 + \gamma)$)? Is it closer than its teacher? Predict,
# then run.

# %% mystnb={"image": {"alt": "Overlap with the easy direction against gamma, all three falling. The teacher is highest. The student on the teacher's inputs is below the student on fresh inputs for gamma below 0.6 and above it beyond; simulated markers lie on the curves of teacher and reuse."}} tags=["hide-input"]
gammas = np.array([0.2, 0.5, 1.0, 2.0, 4.0])
overlaps = np.array(
    [
        [reuse_trial(rng, linear, g, 150) for rng in np.random.default_rng(6).spawn(20)]
        for g in gammas
    ]
)
reused = [Estimate.of(overlaps[:, :, k], axis=1) for k in (0, 1)]

x = np.logspace(-1, 0.8, 100)
fig, ax = figures.subplots(figsize=(6.6, 3.5))
theory = {"teacher": mi.teacher_overlap(linear, x), "student, teacher's inputs": reused_overlap(x)}
for index, (name, values) in enumerate(theory.items()):
    look = dict(sample=(gammas, reused[index]), label=name, index=index, ax=ax)
    figures.curve(x, values, **look)
fresh = theory["teacher"] * mi.student_overlap(linear, 1.0, x, rho=0.0)
ax.plot(x, fresh, ":", color="black", label="student, fresh inputs (theory)")
words = r"$\gamma = d/n$, both steps", "overlap with $u_e$"
title = "markers: d = 150, 20 trials, mean ± 2 s.e."
figures.describe(ax, *words, title, log="x", legend="best", ylim=(0, 1))
plt.show()


# %% [markdown] points=2 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# The formula $\tau_t\tau_s$ breaks, in both directions. With few samples ($\gamma$ above about 0.6) old inputs are better: the teacher's direction contains each $y_ix_i$, so on its own
# training inputs $f_t(x_i)$ leans towards the *true* label $y_i$, and the student gets some of the true labels through the back door. With many samples fresh inputs are better: accidental
# correlations between coordinates of the inputs push the student's step to the same wrong side as the teacher's, instead of to an independent one. What survives is the verdict. With the sample covariance
# $S$ the student's step is $S\hat u_t$, and with the moments $\mu_k = \lim \operatorname{tr}S^k/d$ ($\mu_2 = 1 + \gamma$, $\mu_3 = 1 + 3\gamma + \gamma^2$,
# $\mu_4 = 1 + 6\gamma + 6\gamma^2 + \gamma^3$) its overlap tends to
#
# $$\frac{c_1\mu_2}{\sqrt{c_1^2\mu_4 + (Ey^2 - c_1^2)\,\gamma\,\mu_3}},$$
#
# this book's derivation: $\sum_iy_ix_i/n = c_1Su_e$ plus noise of covariance $(Ey^2 - c_1^2)\,S/n$. Because $\mu_2^2(1 + \gamma) \le \mu_4$ and $\mu_2^2 \le \mu_3$ it is never above the
# teacher's. So a student from scratch still has the worse direction, and with a linear easy part a worse direction means a larger error: at best $c_1^2(1 - \text{overlap}^2)$ of the easy energy, which the teacher reaches at
# $\lambda_t = 0$.
#
# </details>

# %% [markdown] exercise={"minutes": 60, "objectives": [2, 3], "stars": 3}
# ## 6. Design your own supervisor ★★★
#
# *9 points, about 60 minutes.*
#
# A supervisor knows one direction, $\hat u_t$. Nobody forces it to answer with the best prediction: it may send *any* labels $\psi(\langle\hat u_t, x\rangle)$.
#
# (a) The student takes its step on $\psi(\langle\hat u_t, x\rangle) - f_0(x)$, where $f_0$, of energy $\|f_0\|^2 = P$ (`carried`), is what pre-training left on a direction
# orthogonal to $\hat u_t$, with information exponent 2 or more. Return $\tau_s = |\cos(\hat u_s, \hat u_t)|$ in the limit of large $d$.
#
# <details><summary>Hint</summary>
#
# For (a): the signal of a step is $E\,z\psi(z)$, its noise the mean square of the label. An expectation over $z$ is a sum on a fine grid.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def overlap_for(link, gamma_s, carried):
    """Overlap τ_s after a step on the labels ψ = link."""
    z = np.linspace(-10, 10, 20001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    signal = np.trapezoid(z * link(z) * density, z) ** 2
    energy = np.trapezoid(link(z) ** 2 * density, z)
    return np.sqrt(signal / (signal + gamma_s * (energy + carried)))


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("overlap_for")


def sampled_overlap(rng, link, gamma_s, carried, d=150):
    """One step in d dimensions; û_t and û_h are the first two axes."""
    X = rng.standard_normal((round(d / gamma_s), d))
    residual = link(X[:, 0]) - np.sqrt(carried) * mi.hermite(2, X[:, 1])
    return abs(unit(X.T @ residual)[0])


links = {
    "honest": lambda z: 0.6 * z,
    "biased": lambda z: 0.6 * z + 1,
    "binary": np.sign,
    "even part": lambda z: z + z**2,
    "loud": lambda z: 10 * z,
}
for name, link in links.items():
    for gamma_s, carried in [(0.3, 2.5), (1.0, 0.2)]:
        rngs = np.random.default_rng(6).spawn(16)
        sample = [sampled_overlap(rng, link, gamma_s, carried) for rng in rngs]
        mean, stderr = np.mean(sample), np.std(sample, ddof=1) / 4
        found = answer.number(link, gamma_s, carried)
        assert abs(found - mean) < 4 * stderr + 2 / 150, (
            f"Sampled steps with {name} labels at gamma_s = {gamma_s}, carried = {carried} have "
            f"another overlap than your {found:.3f}."
        )
    print(f"{name:9s} labels: overlap {found:.3f} at gamma_s = 1")
print("Exercise 6 (a): correct.")


# %% [markdown]
# A bias is pure noise for the step; binary labels still carry a signal of $b_1 = E\lvert z\rvert \approx 0.8$ in an energy of 1; and shouting helps: it drowns $f_0$.
#
# (b) Make use of that. The supervisor multiplies its best predictions by a **loudness** $M \ge 1$: it sends $M f_t$. The student, fully fine-tuned ($\pi = 1$), answers with
# $\lambda_s = M - 1$. Return its error $L_s$ for the chapter's `target`, $\lambda_t = 0$.
#
# <details><summary>Hint</summary>
#
# Ridge multiplies what it learns by $1/(1 + \lambda_s) = 1/M$. What becomes of $a_k$, of $r$ and of $\tau_s$?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def loud_error(loudness, gamma_t, gamma_s, rho):
    """Error of the fully fine-tuned student with labels M f_t and penalty M − 1."""
    c, e, k = np.array(target.easy), np.array(target.hard), np.arange(3)
    tau_t = mi.teacher_overlap(target, gamma_t)
    b, carried = c * tau_t**k, e**2 * rho ** (2 * k)
    noise = gamma_s * (np.sum(b**2) + np.sum(carried) / loudness**2)
    tau_s = np.sqrt(b[1] ** 2 / (b[1] ** 2 + noise))
    a, r = b * tau_s**k, 1 - 1 / loudness
    return np.sum(c**2 - 2 * a * c * (tau_t * tau_s) ** k + a**2 + e**2 + (r**2 - 2 * r) * carried)


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Why</summary>
#
# The labels have the read-out $Mb_k$, and ridge learns $a_k = Mb_k\tau_s^k/M = b_k\tau_s^k$: nothing is lost. But $f_0$ keeps the fraction $r = \lambda_s/(1 + \lambda_s) = 1 - 1/M$:
# a loud supervisor makes the student forget little, and for $M \to \infty$ nothing, like an adapter. In the step, $\tau_s^2 = M^2b_1^2/[M^2b_1^2 + \gamma_s(M^2\sum_kb_k^2 + P)]$:
# the pre-trained read-out no longer disturbs. So the loud supervisor's student is even better than the adapter.
#
# </details>

# %% [markdown]
# An experiment that knows nothing of these formulas: one student in $d$ dimensions, for *any* supervisor that turns $f_t$ into labels. (The teacher's read-out is the best
# one for its direction; errors are exact, from $E\,h_j(\langle u, x\rangle)h_k(\langle v, x\rangle) = \delta_{jk}\langle u, v\rangle^k$.)

# %%
def expand(readout, z):
    """Σ_k readout_k h_k(z)."""
    return sum(weight * mi.hermite(k, z) for k, weight in enumerate(readout))


def excess_error(directions, readouts):
    """E(f - y)² without label noise, for f = Σ of the units with these directions and read-outs."""
    directions = np.vstack([directions, np.eye(2, len(directions[0]))])
    readouts = np.vstack([readouts, np.negative(target.easy), np.negative(target.hard)])
    gram = directions @ directions.T
    return sum(readouts[:, k] @ gram**k @ readouts[:, k] for k in range(3))


# %%
lab = dict(gamma_t=0.2, gamma_s=0.1, rho=0.9)


def laboratory(rng, supervisor, lam_s, d=120):
    """L_t and L_s of one fully fine-tuned student that learns from supervisor(f_t)."""
    n_t, n_s, rho = round(d / lab["gamma_t"]), round(d / lab["gamma_s"]), lab["rho"]
    axes, k = np.eye(3, d), np.arange(3)
    X = rng.standard_normal((n_t, d))
    u_t = unit(X.T @ target.labels(X[:, 0], X[:, 1], rng))
    u_h = rho * axes[1] + np.sqrt(1 - rho**2) * axes[2]
    b, f_0 = target.easy * u_t[0] ** k, target.hard * rho**k
    Z, W = rng.standard_normal((2, n_s, d))  # for the step, for the read-out
    residuals = [supervisor(expand(b, V @ u_t)) - expand(f_0, V @ u_h) for V in (Z, W)]
    u_s = unit(Z.T @ residuals[0])
    features = np.stack([*(mi.hermite(j, W @ u_s) for j in k), mi.hermite(2, W @ u_h)], axis=1)
    a = np.linalg.solve(
        features.T @ features / len(W) + lam_s * np.eye(4), features.T @ residuals[1] / len(W)
    )
    f_0_after = f_0 + np.array([0, 0, a[3]])
    return excess_error([u_t], [b]), excess_error([u_s, u_h], [a[:3], f_0_after])


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("loud_error")


def limit_error(loudness, gamma_t, gamma_s, rho):
    """The same student in the limit: moments by integration, error by geometry."""
    z, k = np.linspace(-10, 10, 8001), np.arange(3)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    tau_t, f_0 = mi.teacher_overlap(target, gamma_t), np.array(target.hard) * rho**k
    psi = loudness * expand(np.array(target.easy) * tau_t**k, z)
    moments = np.array([np.trapezoid(psi * mi.hermite(j, z) * density, z) for j in k])
    noise = gamma_s * (np.trapezoid(psi**2 * density, z) + np.sum(f_0**2))
    tau_s = moments[1] / np.sqrt(moments[1] ** 2 + noise)
    u_t = np.array([tau_t, 0, np.sqrt(1 - tau_t**2), 0, 0])
    u_s = tau_s * u_t + np.sqrt(1 - tau_s**2) * np.eye(5)[3]
    u_h = rho * np.eye(5)[1] + np.sqrt(1 - rho**2) * np.eye(5)[4]
    heard = moments * tau_s**k / loudness  # ridge divides by 1 + λ_s = M
    return excess_error([u_s, u_h], [heard, f_0 * (1 - 1 / loudness)])


for M, *setting in [(1.0, 0.2, 0.1, 0.9), (2.0, 0.2, 0.1, 0.9), (30.0, 1.0, 0.5, 0.6)]:
    found = answer.number(M, *setting)
    assert abs(found - limit_error(M, *setting)) < 1e-3, (
        "The error is not {:.3f} for M = {:g}, gamma_t = {}, gamma_s = {}, rho = {}: which of "
        "a_k, r and the overlap of the step does loudness change?".format(found, M, *setting)
    )
print("Exercise 6 (b): correct.")

# %% [markdown]
# The formula against the experiment:

# %%
louds, experiments = [1.0, 2.0, 5.0, 30.0], []
for M in louds:
    generators = np.random.default_rng(7).spawn(12)
    pairs = [laboratory(rng, lambda f, M=M: M * f, M - 1) for rng in generators]
    measured = Estimate.of([L_s for _, L_s in pairs])
    experiments.append((measured.mean, measured.stderr))
    found = f"{measured.mean:.3f} ± {2 * measured.stderr:.3f}"
    print(f"M = {M:2g}: L_s = {found} in the experiment", end=", ")
    print(f"{loud_error(M, *lab.values()):.3f} by formula")

# %% mystnb={"image": {"alt": "Error of the fully fine-tuned student against the loudness of its supervisor, from 1 to 100. It falls from 0.69, above the teacher's 0.62, below the teacher's line near a loudness of 1.2 and below the adapter's 0.41 near 3.5, and levels off at 0.39; simulated markers lie on the curve."}} tags=["hide-input"]
x = np.logspace(0, 2, 80)
fig, ax = figures.subplots(figsize=(6.6, 3.5))
theory = [loud_error(M, *lab.values()) for M in x]
sample, label = (louds, *np.transpose(experiments)), r"full, loud supervisor, $\lambda_s = M - 1$"
figures.curve(x, theory, sample=sample, label=label, ax=ax)
for mode, style in [("full", ":"), ("adapter", "-.")]:
    best = mi.optimal_student_penalty(target, mode=mode, **lab)
    level = mi.student_error(target, lam_s=best, mode=mode, **lab)
    label = rf"{mode}, $M = 1$, best $\lambda_s$"
    ax.axhline(level, linestyle=style, color="black", label=label)
figures.teacher_line(mi.teacher_error(target, lab["gamma_t"]), ax=ax)
title = "markers: d = 120, 12 trials, mean ± 2 s.e."
figures.describe(ax, "loudness $M$", "error", title, log="x", legend="best")
plt.show()

# %% [markdown]
# Now yours. A supervisor is any function of the numbers $f_t(x)$. Which of these do you expect to beat the teacher? Add one. (Each comes with a penalty $\lambda_s$.)

# %%
supervisors = {
    "honest": (lambda f: f, 1.0),
    "biased by 1": (lambda f: f + 1, 1.0),
    "binary": (lambda f: np.sign(f), 1.0),
    "loud": (lambda f: 10 * f, 9.0),
    "loud and biased by 1": (lambda f: 10 * (f + 1), 9.0),
    "loud and binary": (lambda f: 10 * np.sign(f), 9.0),
}
for name, (supervisor, lam_s) in supervisors.items():
    pairs = np.array(
        [laboratory(rng, supervisor, lam_s) for rng in np.random.default_rng(8).spawn(9)]
    )
    change = pairs[:, 1] - pairs[:, 0]
    print(f"{name:21s} L_s - L_t = {change.mean():+.3f} ± {2 * change.std(ddof=1) / 3:.3f}")


# %% [markdown] points=2 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# Shouting is the strongest trick: at $M = 10$ the fully fine-tuned student comes below the adapter, though its read-out was free to forget. It is not magic. What counts is the
# size of the labels *relative to $f_0$* and to the penalty; the same student with honest labels and any $\lambda_s$ cannot have both $a_k = b_k\tau_s^k$ and $r \approx 1$, and two knobs ($M$ and
# $\lambda_s$) can. A bias is harmful twice: as noise in the step, and because the read-out copies it (a loud one is copied in full and costs about $1^2$). Binary labels
# do at least as well as the honest ones, but only because they are larger (energy 1 against $\sum_kb_k^2 \approx 0.38$): $1.62\,f_t$, of energy 1, reaches about $-0.15$ with the same penalty. Loud and binary overshoots:
# the straight line in the labels is $0.8\,z$, steeper than the teacher's $b_1z$.
#
# All this is arithmetic of a linear read-out with a ridge penalty. Where outputs are bounded, as probabilities are, nobody can shout; there a similar effect needs a
# penalty that spares the old read-out, or the adapter itself.
#
# </details>

# %% [markdown] exercise={"minutes": 30, "objectives": [4], "stars": 2}
# ## 7. Five students, real networks ★★
#
# *4 points, about 30 minutes.*
#
# `network` is a pre-trained two-layer network. `taught` are its teacher's labels for the inputs `X`, and `y` the true ones. Return the test errors, the mean of
# $(f(x) - y)^2$ over `X_new`, `y_new`, of the chapter's five students as a dictionary with the keys `"scratch"`, `"frozen"`, `"full"`, `"adapter"`, `"ceiling"`. All have the
# penalty `lam_s` and as many (new) neurons as `network` has; pass `seed` on as `rng` wherever a network is trained.
#
# On paper: which of the five errors do not change if the teacher is replaced by a better one?
#
# <details><summary>Hint</summary>
#
# Which of the five hear the teacher, which hear the truth, which hear nobody? `mi.fine_tune_network` knows the modes `"full"` and `"adapter"`; `mi.train_teacher` starts from nothing.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def five_students(network, X, taught, y, X_new, y_new, lam_s, seed):
    """Test errors of the five students, by name."""
    own = dict(lam_s=lam_s, width=network.width, rng=seed)
    students = {
        "scratch": mi.train_teacher(X, taught, lam_t=lam_s, width=network.width, rng=seed),
        "frozen": network,
        "full": mi.fine_tune_network(network, X, taught, mode="full", **own),
        "adapter": mi.fine_tune_network(network, X, taught, mode="adapter", **own),
        "ceiling": mi.fine_tune_network(network, X, y, mode="full", **own),
    }
    return {name: np.mean((student(X_new) - y_new) ** 2) for name, student in students.items()}


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Answer</summary>
#
# Those of *frozen*, which hears nobody, and of *ceiling*, which hears the truth. The other three learn from the teacher. PGR compares a student with
# the ceiling and the teacher; *frozen* and *scratch* are controls: what pre-training alone does, and what the labels alone do.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("five_students")
rng, names = np.random.default_rng(8), ["scratch", "frozen", "full", "adapter", "ceiling"]
for lam_s, seed in [(0.01, 5), (0.5, 6)]:
    X, X_new = rng.standard_normal((2, 500, 8))
    taught, y = X[:, 0], X[:, 0] + 0.8 * mi.hermite(2, X[:, 1])
    y_new = X_new[:, 0] + 0.8 * mi.hermite(2, X_new[:, 1])
    old = mi.train_teacher(X_new, X_new[:, 1] + mi.hermite(2, X_new[:, 1]), width=30, rng=1)
    found = answer.table(names, old, X, taught, y, X_new, y_new, lam_s, seed)
    data = {"full": (taught, "full"), "adapter": (taught, "adapter"), "ceiling": (y, "full")}
    rest = dict(lam_s=lam_s, width=30, rng=seed)
    nets = {n: mi.fine_tune_network(old, X, v[0], mode=v[1], **rest) for n, v in data.items()}
    nets |= {"frozen": old, "scratch": mi.train_teacher(X, taught, lam_t=lam_s, width=30, rng=seed)}
    for name in names:
        error = np.mean((nets[name](X_new) - y_new) ** 2)
        assert checks.close(found[name], error, rtol=1e-3), (
            f"The student {name} has another test error than {found[name]:.4f} at lam_s = {lam_s}: "
            "which labels, which start and which read-out does it have?"
        )
print("Exercise 7: correct.")
