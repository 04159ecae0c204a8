# %% [markdown]
# # Exercises: random-matrix tools
#
# They belong to the chapter [Tools](../random_matrices.ipynb). Each asks for one short function. The check below
# it accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a derivation,
# ★★★ a small study of your own.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import numpy as np

from w2slib import checks
from w2slib import random_matrices as rm


def sample_covariance(d, gamma, seed=0):
    """Return S = XᵀX/n for n = d/γ isotropic Gaussian rows."""
    X = np.random.default_rng(seed).standard_normal((round(d / gamma), d))
    return X.T @ X / len(X)


checks.remember(globals())  # a check then says which of these names was overwritten


# %% [markdown] exercise={"minutes": 10, "objectives": [1], "stars": 1}
# ## 1. How many samples until the spectrum looks flat? ★
#
# *2 points, about 10 minutes.*
#
# All eigenvalues of the population covariance are 1. Let `tolerance` $= \epsilon \in (0, 1)$. Return the largest
# aspect ratio $\gamma = d/n$ at which *all* eigenvalues of a large sample covariance lie in $[1 - \epsilon, 1 + \epsilon]$.
#
# <details><summary>Hint</summary>
#
# The eigenvalues fill the interval between $(1 - \sqrt\gamma)^2$ and $(1 + \sqrt\gamma)^2$. Which of the two ends leaves first?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def largest_ratio(tolerance):
    """Largest γ for which the whole bulk lies within ``tolerance`` of 1."""
    # (1 + √γ)² − 1 = 2√γ + γ is the larger of the two distances.
    return (np.sqrt(1 + tolerance) - 1) ** 2


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("largest_ratio")
for tolerance in [0.1, 0.5, 0.9]:
    ratio, case = answer.number(tolerance), f"With tolerance = {tolerance}"
    assert 0 < ratio < 1, f"{case} your ratio is not between 0 and 1."
    root = np.sqrt(ratio)
    distance = max((1 + root) ** 2 - 1, 1 - (1 - root) ** 2)
    assert distance < 1.002 * tolerance, (
        f"{case} some eigenvalue at your ratio is {distance:.4f} away from 1."
    )
    assert distance > 0.998 * tolerance, f"{case} a larger ratio than yours would still do."
print("Exercise 1: correct. One per cent takes", end=" ")
print(round(1 / answer.number(0.01)), "samples per dimension.")


# %% [markdown] exercise={"minutes": 15, "objectives": [2], "stars": 1}
# ## 2. Solve the fixed-point equation ★
#
# *2 points, about 15 minutes.*
#
# The chapter solves $\dfrac1{m_1} = \lambda + \dfrac{1}{1 + \gamma m_1}$ as a quadratic. Equations of this kind have no closed form once the
# penalty is not the same everywhere, so solve it *without* the formula: by iteration, bisection or Newton's
# method. No square root, no function of `rm`. Relative error at most $10^{-5}$, for $\lambda \ge 0.1$.
#
# <details><summary>Hint</summary>
#
# Start at $m_1 = 1/\lambda$ and insert the right-hand side again and again. How fast do the iterates settle?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def trace_by_iteration(lam, gamma):
    """m₁(λ; γ) from its fixed-point equation."""
    m1 = 1 / lam
    for _ in range(2000):
        m1 = 1 / (lam + 1 / (1 + gamma * m1))
    return m1


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("trace_by_iteration", without=["random_matrices"], roots=False)
for lam, gamma in [(0.1, 0.5), (0.1, 3.0), (0.5, 1.0), (20.0, 0.2)]:
    m1, case = answer.number(lam, gamma), f"At lam = {lam}, gamma = {gamma}"
    assert m1 > 0, f"{case} you find {m1:.4g}, but the trace of a positive matrix is positive."
    gap = abs(m1 * (lam + 1 / (1 + gamma * m1)) - 1)
    assert gap < 2e-5, f"{case} your {m1:.6g} misses the equation by {gap:.1e}."
print("Exercise 2: correct.")


# %% [markdown] exercise={"minutes": 25, "objectives": [3], "stars": 2}
# ## 3. The error of one fit, and its best penalty ★★
#
# *5 points, about 25 minutes.*
#
# (a) Return the excess test error of ridge regression with penalty $\lambda$ on labels with noise of variance
# $\sigma^2$, for a target of energy 1: signal lost plus noise added. Use `rm.shrinkage`.
#
# (b) On paper: show that $\lambda = \sigma^2\gamma$ is the best penalty, and that there the error is $1 - s$.
#
# <details><summary>Hint</summary>
#
# The chapter writes the fit as $s(\beta + \omega z)$. The signal lost is $(1 - s)^2$, the noise added is $\gamma s^2\omega^2$, and $\omega^2$ has a closed form in $s$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def fit_error(lam, gamma, noise_var):
    """Excess test error of one ridge fit."""
    s = rm.shrinkage(lam, gamma)
    omega_squared = (noise_var + (1 - s) ** 2) / (1 - gamma * s**2)
    return (1 - s) ** 2 + gamma * s**2 * omega_squared


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution of (b)</summary>
#
# Adding the two terms gives $L = \dfrac{(1 - s)^2 + \sigma^2\gamma s^2}{1 - \gamma s^2}$. Its derivative in $s$ has the sign of
# $\bigl(-(1 - s) + \sigma^2\gamma s\bigr)(1 - \gamma s^2) + \gamma s\bigl((1 - s)^2 + \sigma^2\gamma s^2\bigr) = \sigma^2\gamma s - (1 - s)(1 - \gamma s)$.
# This vanishes when $\sigma^2\gamma = (1 - s)(1 - \gamma s)/s = \lambda$. Inserting $\sigma^2\gamma s = (1 - s)(1 - \gamma s)$ in $L$:
# the numerator is $(1 - s)\bigl[(1 - s) + s(1 - \gamma s)\bigr] = (1 - s)(1 - \gamma s^2)$, so $L = 1 - s$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("fit_error")
assert abs(answer.number(1e-9, 0.25, 0.0)) < 1e-5, (
    "Without noise and penalty, and with more samples than dimensions, the fit is exact."
)
assert abs(answer.number(1e9, 0.25, 1.0) - 1) < 1e-5, (
    "An infinite penalty answers zero, which costs 1."
)
# One data set, and the mean over targets and noise: no formula for s or for the noise.
for lam, gamma, noise_var in [(0.6, 2.0, 0.3), (0.05, 0.5, 2.0), (0.3, 0.9, 0.0)]:
    x = np.linalg.eigvalsh(sample_covariance(300, gamma, seed=4))
    measured = np.mean((lam / (x + lam)) ** 2) + noise_var * gamma * np.mean(x / (x + lam) ** 2)
    found, case = answer.number(lam, gamma, noise_var), f"lam = {lam}, gamma = {gamma}"
    assert abs(found / measured - 1) < 0.03, (
        f"A data set with {case}, noise_var = {noise_var} has another error than your {found:.4f}."
    )
around = [answer.number(0.6 * factor, 2.0, 0.3) for factor in (0.8, 1.0, 1.25)]
assert around[1] < min(around[0], around[2]), (
    "The smallest error over penalties is elsewhere than part (b) says."
)
print("Exercise 3: correct.")


# %% [markdown] exercise={"minutes": 15, "objectives": [3], "stars": 2}
# ## 4. More data can hurt ★★
#
# *2 points, about 15 minutes.*
#
# Take the penalty $\lambda = 0.001$ and noise variance $\sigma^2 = 0.5$. Find two aspect ratios `few` and `many` such that the
# fit with **more** samples ($\gamma_{\text{many}} < \gamma_{\text{few}}$) is at least five times **worse**. Return them in this order.
#
# <details><summary>Hint</summary>
#
# The error of a nearly unpenalised fit is largest where it just interpolates its labels. How many samples are that?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def more_data_hurts():
    """Aspect ratios (few samples, many samples) where the second error is five times the first."""
    # With few samples the fit sees a third of the space; near γ = 1 it interpolates the noise.
    return 3.0, 1.0


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("more_data_hurts")
few, many = answer.numbers(2)
assert 0 < many < few, "More samples mean a smaller d/n: return the larger ratio first."
assert many >= 0.01, "Such a data set is too large to draw: ratios from 0.01 to 100 are enough."
assert few <= 100, "Such a data set has no sample: ratios from 0.01 to 100 are enough."
x = [np.linalg.eigvalsh(sample_covariance(300, ratio, seed=4)) for ratio in (few, many)]
errors = [
    np.mean((0.001 / (v + 0.001)) ** 2) + 0.5 * ratio * np.mean(v / (v + 0.001) ** 2)
    for v, ratio in zip(x, (few, many), strict=True)
]
assert errors[1] >= 5 * errors[0], (
    f"The errors of two such data sets are {errors[0]:.2f} with few samples and {errors[1]:.2f} "
    "with many, which is less than five times as much."
)
print(f"Exercise 4: correct. {errors[0]:.2f} with few samples, {errors[1]:.2f} with many.")


# %% [markdown] exercise={"minutes": 20, "objectives": [4], "stars": 2}
# ## 5. How many samples to see a hidden direction? ★★
#
# *3 points, about 20 minutes.*
#
# The covariance is $I + \theta vv^\top$ in $d$ dimensions. Return the smallest number of samples $n$ (an integer) at which the
# top sample eigenvector has, in the limit of the chapter, an overlap of at least `overlap` with $v$ ($0 <$ `overlap` $< 1$).
#
# <details><summary>Hint</summary>
#
# Above the threshold the squared overlap is $(1 - \gamma/\theta^2)/(1 + \gamma/\theta)$ with $\gamma = d/n$. Solve for $n$, and round to the right side.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def samples_to_see(theta, d, overlap):
    """Smallest n with ⟨v̂, v⟩ >= overlap."""
    # (1 − γ/θ²) = overlap² (1 + γ/θ), solved for 1/γ = n/d
    per_dimension = (1 / theta**2 + overlap**2 / theta) / (1 - overlap**2)
    return int(np.ceil(d * per_dimension))


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("samples_to_see")
for theta, d, overlap in [(1.0, 100, 0.5), (0.3, 1000, 0.9), (5.0, 4000, 0.7)]:
    n, case = answer.whole(theta, d, overlap), f"With theta = {theta}, d = {d}, overlap = {overlap}"
    assert n > 1, f"{case} your number of samples is too small."
    shown = rm.bbp_overlap(theta, d / n)
    assert shown >= overlap - 1e-9, f"{case} your {n} samples reach only {shown:.4f}."
    assert rm.bbp_overlap(theta, d / (n - 1)) <= overlap + 1e-9, (
        f"{case} fewer samples than {n} would do."
    )
print("Exercise 5: correct.")


# %% [markdown] exercise={"minutes": 35, "objectives": [2], "stars": 3}
# ## 6. Break the theory: which inputs obey the law? ★★★
#
# *4 points, about 35 minutes.*
#
# The chapter assumes Gaussian inputs with independent coordinates. Keep their mean 0 and covariance $I$ and change
# everything else. First the instrument: return $\frac1d \operatorname{tr} S(S + \lambda)^{-1}$ of a given data matrix (rows are samples). It
# must not need more than one decomposition.
#
# <details><summary>Hint</summary>
#
# Trace and inverse of a symmetric matrix are sums over its eigenvalues, and the singular values of $X$ give those of $X^\top X$. Which eigenvalues are missing if there are fewer samples than dimensions?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def measured_shrinkage(X, lam):
    """(1/d) tr S(S + λ)⁻¹ of the rows of X."""
    n, d = X.shape
    eigenvalues = np.linalg.svd(X, compute_uv=False) ** 2 / n
    return np.sum(eigenvalues / (eigenvalues + lam)) / d


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("measured_shrinkage")
for n, d in [(60, 30), (30, 60)]:
    X = 0.5 + np.random.default_rng(n).standard_normal((n, d))
    S = X.T @ X / n
    for lam in [0.3, 4.0]:
        trace = np.trace(S @ np.linalg.inv(S + lam * np.eye(d))) / d
        found = answer.number(X, lam)
        assert checks.close(found, trace), (
            f"For {n} samples in {d} dimensions and lam = {lam} the trace is another number than "
            f"your {found:.5f}."
        )
print("Exercise 6: the instrument is correct.")


# %% [markdown]
# Now the experiment. Five kinds of inputs, all with covariance $I$. Predict which agree with the law before you run the cell.

# %%
def inputs(kind, n, d, rng):
    """Rows with mean 0 and covariance I that are not Gaussian, or not independent."""
    if kind == "signs":
        return rng.choice([-1.0, 1.0], (n, d))
    if kind == "heavy coordinates":
        return rng.standard_t(5, (n, d)) / np.sqrt(5 / 3)
    X = rng.standard_normal((n, d))
    if kind == "heavy rows":  # one random factor for each sample
        return X * np.sqrt(rng.exponential(1.0, (n, 1)))
    if kind == "repeated rows":  # every sample comes twice
        return np.repeat(X[: n // 2], 2, axis=0)
    return X


lam, n, d = 0.5, 800, 400
for kind in ["gaussian", "signs", "heavy coordinates", "heavy rows", "repeated rows"]:
    X = inputs(kind, n, d, np.random.default_rng(6))
    law = rm.shrinkage(lam, d / n)
    print(f"{kind:18s} s = {measured_shrinkage(X, lam):.4f}   law: {law:.4f}")


# %% [markdown] points=2 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# Independent coordinates of any shape obey the law: only the first two moments matter (*universality*). A random
# factor common to a whole sample breaks it, although the covariance is still $I$: large rows count for more, as if
# there were fewer samples. Repeated rows break it, too: 800 rows of which 400 are different behave like
# $\gamma = 1$, not $\gamma = 0.5$. So "covariance $I$" is not the assumption that matters; *independent coordinates in
# independent samples* is.
#
# </details>

# %% [markdown] exercise={"minutes": 35, "objectives": [2, 3], "stars": 3}
# ## 7. The effective number of samples ★★★
#
# *4 points, about 35 minutes.*
#
# Repeated rows behaved like fewer samples. Make that quantitative for any data matrix: return the number of samples
# $n_{\text{eff}}$ of *independent Gaussian* data (a real number) whose shrinkage at penalty $\lambda$ equals a measured value $s$, in $d$
# dimensions.
#
# <details><summary>Hint</summary>
#
# Solve $\lambda = (1 - s)(1 - \gamma s)/s$ for $\gamma$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def effective_samples(s, lam, d):
    """Number of independent Gaussian samples with shrinkage s."""
    gamma = (1 - lam * s / (1 - s)) / s
    return d / gamma


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("effective_samples")
for lam, gamma, d in [(0.5, 0.5, 300), (0.1, 2.0, 80), (3.0, 1.0, 40)]:
    n = answer.number(rm.shrinkage(lam, gamma), lam, d)
    assert abs(n * gamma / d - 1) < 1e-3, (
        f"Independent Gaussian data in {d} dimensions with {n:.1f} samples have another shrinkage "
        f"at lam = {lam} than the one that you were given."
    )
S = sample_covariance(300, 0.5)
s = 1 - 0.5 * np.mean(1 / (np.linalg.eigvalsh(S) + 0.5))
n = answer.number(s, 0.5, 300)
assert abs(n / 600 - 1) < 0.05, f"Your function counts 600 Gaussian samples as {n:.0f}."
print("Exercise 7: correct.")

# %%
n, d = 800, 400
for kind in ["gaussian", "heavy rows", "repeated rows"]:
    X = inputs(kind, n, d, np.random.default_rng(7))
    worth = [effective_samples(measured_shrinkage(X, lam), lam, d) for lam in (0.1, 1.0, 10.0)]
    listed = ", ".join(f"{samples:.0f}" for samples in worth)
    print(f"{kind:14s} {n} rows are worth {listed} (lambda = 0.1, 1, 10)")

# %% [markdown] points=2 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# Repeated rows are worth about 400 independent ones at every penalty. (At $\lambda = 10$ the answer scatters: $s$ is small and its
# fluctuations are magnified, as the Gaussian line shows.) For heavy rows the "number of samples" changes with the penalty: no
# single Gaussian sample size replaces them. A theory for such data needs one more function (the distribution of the row factors), not one more number.
#
# </details>
