# %% [markdown]
# # Exercises: random-matrix tools
#
# They belong to the chapter [Tools](../random_matrices.ipynb). Each asks for one short function. The check below
# it accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a derivation,
# ★★★ a small study of your own.

# %%
import numpy as np

from w2slib import random_matrices as rm


def sample_covariance(d, gamma, seed=0):
    """Return S = XᵀX/n for n = d/γ isotropic Gaussian rows."""
    X = np.random.default_rng(seed).standard_normal((round(d / gamma), d))
    return X.T @ X / len(X)


# %% [markdown]
# ## 1. How many samples until the spectrum looks flat? ★
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


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for tolerance in [0.1, 0.5, 0.9]:
    root = np.sqrt(float(largest_ratio(tolerance)))
    distance = max((1 + root) ** 2 - 1, 1 - (1 - root) ** 2)
    assert distance < tolerance + 1e-6, (
        f"tolerance {tolerance}: at your ratio an eigenvalue is {distance:.4f} from 1"
    )
    assert distance > tolerance - 1e-6, f"tolerance {tolerance}: a larger ratio would still do"
print(
    "Exercise 1: correct. One per cent takes",
    round(1 / largest_ratio(0.01)),
    "samples per dimension.",
)


# %% [markdown]
# ## 2. Solve the fixed-point equation ★
#
# The chapter solves $\dfrac1{m_1} = \lambda + \dfrac{1}{1 + \gamma m_1}$ as a quadratic. Equations of this kind have no closed form once the
# penalty is not the same everywhere, so solve it *without* the formula: by iteration, bisection or Newton's
# method. Relative error at most $10^{-6}$, for $\lambda \ge 0.1$.
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


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for lam, gamma in [(0.1, 0.5), (0.1, 3.0), (0.5, 1.0), (20.0, 0.2)]:
    m1 = float(trace_by_iteration(lam, gamma))
    assert m1 > 0, (
        f"lam = {lam}, gamma = {gamma}: you found {m1:.4g}, but the trace of a positive matrix "
        "is positive"
    )
    gap = abs(m1 * (lam + 1 / (1 + gamma * m1)) - 1)
    assert gap < 1e-5, f"lam = {lam}, gamma = {gamma}: {m1:.6g} misses the equation by {gap:.1e}"
    expected = rm.resolvent_traces(lam, gamma)[0]
    assert np.isclose(m1, expected, rtol=1e-6), (
        f"lam = {lam}, gamma = {gamma}: {m1:.8g} instead of {expected:.8g}"
    )
print("Exercise 2: correct.")


# %% [markdown]
# ## 3. The error of one fit, and its best penalty ★★
#
# (a) Return the excess test error of ridge regression with penalty $\lambda$ on labels with noise of variance
# $\sigma^2$, for a target of energy 1: signal lost plus noise added. Use `rm.shrinkage`.
#
# (b) On paper: show that $\lambda = \sigma^2\gamma$ is the best penalty, and that there the error is $1 - s$.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def fit_error(lam, gamma, noise_var):
    """Excess test error of one ridge fit."""
    s = rm.shrinkage(lam, gamma)
    omega_squared = (noise_var + (1 - s) ** 2) / (1 - gamma * s**2)
    return (1 - s) ** 2 + gamma * s**2 * omega_squared


# %% [markdown] tags=["solution"]
# <details><summary>Solution of (b)</summary>
#
# Adding the two terms gives $L = \dfrac{(1 - s)^2 + \sigma^2\gamma s^2}{1 - \gamma s^2}$. Its derivative in $s$ has the sign of
# $\bigl(-(1 - s) + \sigma^2\gamma s\bigr)(1 - \gamma s^2) + \gamma s\bigl((1 - s)^2 + \sigma^2\gamma s^2\bigr) = \sigma^2\gamma s - (1 - s)(1 - \gamma s)$.
# This vanishes when $\sigma^2\gamma = (1 - s)(1 - \gamma s)/s = \lambda$. Inserting $\sigma^2\gamma s = (1 - s)(1 - \gamma s)$ in $L$:
# the numerator is $(1 - s)\bigl[(1 - s) + s(1 - \gamma s)\bigr] = (1 - s)(1 - \gamma s^2)$, so $L = 1 - s$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
assert np.isclose(fit_error(1e-9, 0.25, 0.0), 0, atol=1e-6), (
    "without noise and penalty, n > d: the fit is exact"
)
assert np.isclose(fit_error(1e9, 0.25, 1.0), 1, atol=1e-6), (
    "an infinite penalty answers zero, which costs 1"
)
expected = 0.25 * 1.0 / (1 - 0.25)  # least squares: σ²γ/(1 − γ)
found = fit_error(1e-9, 0.25, 1.0)
assert np.isclose(found, expected, rtol=1e-5), (
    f"least squares at gamma = 0.25: {found:.4f}, not σ²γ/(1-γ) = {expected:.4f}"
)
around = [fit_error(0.6 * factor, 2.0, 0.3) for factor in (0.98, 1.0, 1.02)]
assert around[1] < min(around[0], around[2]), (
    "sigma² gamma should be the best penalty; yours is elsewhere"
)
assert np.isclose(around[1], 1 - rm.shrinkage(0.6, 2.0)), "at the best penalty the error is 1 - s"
print("Exercise 3: correct.")


# %% [markdown]
# ## 4. More data can hurt ★★
#
# Take the penalty $\lambda = 0.001$ and noise variance $\sigma^2 = 0.5$. Find two aspect ratios `few` and `many` such that the
# fit with **more** samples ($\gamma_{\text{many}} < \gamma_{\text{few}}$) is at least five times **worse**. Return them in this order.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def more_data_hurts():
    """Aspect ratios (few samples, many samples) where the second error is five times the first."""
    # With few samples the fit sees a third of the space; near γ = 1 it interpolates the noise.
    return 3.0, 1.0


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
few, many = more_data_hurts()
assert 0 < many < few, (
    f"more samples means a smaller d/n: expected 0 < many < few, got many = {many}, few = {few}"
)
s = rm.shrinkage(0.001, np.array([few, many]))
gamma = np.array([few, many])
errors = ((1 - s) ** 2 + 0.5 * gamma * s**2) / (1 - gamma * s**2)
assert errors[1] >= 5 * errors[0], (
    f"the errors are {errors[0]:.2f} (few samples) and {errors[1]:.2f} (many): not five times"
)
print(f"Exercise 4: correct. {errors[0]:.2f} with few samples, {errors[1]:.2f} with many.")


# %% [markdown]
# ## 5. How many samples to see a hidden direction? ★★
#
# The covariance is $I + \theta vv^\top$ in $d$ dimensions. Return the smallest number of samples $n$ (an integer) at which the
# top sample eigenvector has, in the limit of the chapter, an overlap of at least `overlap` with $v$ ($0 <$ `overlap` $< 1$).

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def samples_to_see(theta, d, overlap):
    """Smallest n with ⟨v̂, v⟩ >= overlap."""
    # (1 − γ/θ²) = overlap² (1 + γ/θ), solved for 1/γ = n/d
    per_dimension = (1 / theta**2 + overlap**2 / theta) / (1 - overlap**2)
    return int(np.ceil(d * per_dimension))


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for theta, d, overlap in [(1.0, 100, 0.5), (0.3, 1000, 0.9), (5.0, 4000, 0.7)]:
    n = samples_to_see(theta, d, overlap)
    case = f"theta = {theta}, d = {d}, overlap {overlap}"
    assert int(n) == n, f"{case}: {n} is not a whole number of samples"
    reached = rm.bbp_overlap(theta, d / n)
    assert reached >= overlap - 1e-9, f"{case}: {n} samples reach only {reached:.4f}"
    assert rm.bbp_overlap(theta, d / (n - 1)) <= overlap + 1e-9, (
        f"{case}: fewer than {n} samples would do"
    )
print("Exercise 5: correct.")


# %% [markdown]
# ## 6. Break the theory: which inputs obey the law? ★★★
#
# The chapter assumes Gaussian inputs with independent coordinates. Keep their mean 0 and covariance $I$ and change
# everything else. First the instrument: return $\frac1d \operatorname{tr} S(S + \lambda)^{-1}$ of a given data matrix (rows are samples). It
# must not need more than one decomposition.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def measured_shrinkage(X, lam):
    """(1/d) tr S(S + λ)⁻¹ of the rows of X."""
    n, d = X.shape
    eigenvalues = np.linalg.svd(X, compute_uv=False) ** 2 / n
    return np.sum(eigenvalues / (eigenvalues + lam)) / d


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for n, d in [(60, 30), (30, 60)]:
    X = np.random.default_rng(n).standard_normal((n, d))
    S = X.T @ X / n
    expected = np.trace(S @ np.linalg.inv(S + 0.3 * np.eye(d))) / d
    found = float(measured_shrinkage(X, 0.3))
    assert np.isclose(found, expected, rtol=1e-8), (
        f"n = {n}, d = {d}: {found:.6f} instead of {expected:.6f}"
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


# %% [markdown] tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# Independent coordinates of any shape obey the law: only the first two moments matter (*universality*). A random
# factor common to a whole sample breaks it, although the covariance is still $I$: large rows count for more, as if
# there were fewer samples. Repeated rows break it, too: 800 rows of which 400 are different behave like
# $\gamma = 1$, not $\gamma = 0.5$. So "covariance $I$" is not the assumption that matters; *independent coordinates in
# independent samples* is.
#
# </details>

# %% [markdown]
# ## 7. The effective number of samples ★★★
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


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for lam, gamma in [(0.5, 0.5), (0.1, 2.0), (3.0, 1.0)]:
    n = float(effective_samples(rm.shrinkage(lam, gamma), lam, 300))
    assert np.isclose(n, 300 / gamma, rtol=1e-6), (
        f"the shrinkage at lam = {lam}, gamma = {gamma}, d = 300 belongs to {300 / gamma:.1f} "
        f"samples, not {n:.1f}"
    )
S = sample_covariance(300, 0.5)
s = 1 - 0.5 * np.mean(1 / (np.linalg.eigvalsh(S) + 0.5))
n = float(effective_samples(s, 0.5, 300))
assert abs(n / 600 - 1) < 0.05, f"600 Gaussian samples measured as {n:.0f}"
print("Exercise 7: correct.")

# %%
n, d = 800, 400
for kind in ["gaussian", "heavy rows", "repeated rows"]:
    X = inputs(kind, n, d, np.random.default_rng(7))
    worth = [effective_samples(measured_shrinkage(X, lam), lam, d) for lam in (0.1, 1.0, 10.0)]
    listed = ", ".join(f"{samples:.0f}" for samples in worth)
    print(f"{kind:14s} {n} rows are worth {listed} (lambda = 0.1, 1, 10)")

# %% [markdown] tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# Repeated rows are worth about 400 independent ones at every penalty. (At $\lambda = 10$ the answer scatters: $s$ is small and its
# fluctuations are magnified, as the Gaussian line shows.) For heavy rows the "number of samples" changes with the penalty: no
# single Gaussian sample size replaces them. A theory for such data needs one more function (the distribution of the row factors), not one more number.
#
# </details>
