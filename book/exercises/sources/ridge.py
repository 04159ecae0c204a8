# %% [markdown]
# # Exercises: Mechanism I
#
# They belong to the chapter [Mechanism I](../ridge.ipynb). Each asks for one short function. The check below
# it accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a derivation,
# ★★★ a small study of your own.

# %%
import numpy as np
from scipy.optimize import brentq

from w2slib import random_matrices as rm
from w2slib import ridge


# %% [markdown]
# ## 1. Do it once by hand ★
#
# Fit a teacher on $(X_t, y_t)$ and a student on the teacher's predictions at fresh inputs $X_s$. Return both coefficient
# vectors. The penalty multiplies $n$: a ridge fit is $\hat\beta = (X^\top X/n + \lambda)^{-1} X^\top y/n$.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def teach_and_learn(X_t, y_t, X_s, lam_t, lam_s):
    """Coefficients (β_t, β_s) of teacher and student."""

    def fit(X, y, lam):
        n, d = X.shape
        return np.linalg.solve(X.T @ X / n + lam * np.eye(d), X.T @ y / n)

    beta_t = fit(X_t, y_t, lam_t)
    return beta_t, fit(X_s, X_s @ beta_t, lam_s)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
rng = np.random.default_rng(1)
X_t, X_s, truth = (
    rng.standard_normal((90, 30)),
    rng.standard_normal((45, 30)),
    rng.standard_normal(30),
)
y_t = X_t @ truth + rng.standard_normal(90)
beta_t, beta_s = (np.asarray(b, float).ravel() for b in teach_and_learn(X_t, y_t, X_s, 0.2, 0.4))
assert beta_t.shape == beta_s.shape == (30,), (
    f"expected two vectors of length 30, got {beta_t.shape} and {beta_s.shape}"
)
# At the minimum of (1/n)‖y − Xβ‖² + λ‖β‖² the gradient vanishes.
gradient = X_t.T @ (X_t @ beta_t - y_t) / 90 + 0.2 * beta_t
assert np.abs(gradient).max() < 1e-8, (
    "the teacher does not minimise its objective (is the penalty multiplied by n?)"
)
gradient = X_s.T @ X_s @ (beta_s - beta_t) / 45 + 0.4 * beta_s
assert np.abs(gradient).max() < 1e-8, (
    "the student does not minimise its objective on the teacher's labels"
)
print("Exercise 1: correct.")


# %% [markdown]
# ## 2. Derive the gate ★★
#
# (a) On paper: for $\gamma_s > 1$, minimise $h = (1 - s)/(1 - \gamma_s s^2)$ over the student's penalty. Where is the minimum, and what is it?
#
# (b) Return the minimum $h_{\min}(\gamma_s)$ without calling `ridge.gate`.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def smallest_h(gamma_s):
    """Minimum of h over all penalties, for gamma_s > 1."""
    return (1 + np.sqrt(1 - 1 / gamma_s)) / 2


# %% [markdown] tags=["solution"]
# <details><summary>Solution of (a)</summary>
#
# The derivative of $h$ in $s$ has the sign of $-(1 - \gamma_s s^2) + 2\gamma_s s(1 - s) = -(1 - 2\gamma_s s + \gamma_s s^2)$. Its zero in $(0, 1/\gamma_s)$ is
# $s_0 = 1 - \sqrt{1 - 1/\gamma_s}$: before it $h$ falls with $s$, after it $h$ grows. At the zero $1 - \gamma_s s_0^2 = 2\gamma_s s_0(1 - s_0)$, so
# $h_{\min} = 1/(2\gamma_s s_0) = (1 + \sqrt{1 - 1/\gamma_s})/2$, because $s_0(1 + \sqrt{1 - 1/\gamma_s}) = 1/\gamma_s$. For the penalty:
# $\gamma_s s_0^2 = 2\gamma_s s_0 - 1$, hence $\lambda = (1 - s_0)(1 - \gamma_s s_0)/s_0 = \bigl(1 - s_0 - \gamma_s s_0 + \gamma_s s_0^2\bigr)/s_0 = \gamma_s - 1$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
lam_s = np.logspace(-4, 4, 20001)
for gamma_s in [1.01, 1.5, 4.0, 50.0]:
    m1, m2 = rm.resolvent_traces(lam_s, gamma_s)
    brute = np.min(lam_s * m2 / m1)
    found = float(smallest_h(gamma_s))
    assert abs(found - brute) < 1e-4, (
        f"gamma_s = {gamma_s}: you say {found:.4f}, a search over penalties finds {brute:.4f}"
    )
print("Exercise 2: correct.")


# %% [markdown]
# ## 3. How careful must a teacher be? ★★
#
# With $\lambda_t^\star$ a teacher is safe from every student. If it knows its student's $\gamma_s > 1$, a smaller penalty is enough. Return the
# smallest $\lambda_t$ at which no student with this $\gamma_s$ wins. (Assume that without any penalty some student would.)
#
# <details><summary>Hint</summary>
#
# `ridge.badness` falls with $\lambda_t$; `brentq` finds where it crosses `ridge.gate(gamma_s)`.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def safe_penalty(gamma_t, gamma_s, noise_var):
    """Smallest teacher penalty at which no student with this gamma_s wins."""
    best = ridge.optimal_teacher_penalty(gamma_t, noise_var)
    if gamma_s <= 1:
        return best
    return brentq(
        lambda lam: ridge.badness(lam, gamma_t, noise_var) - ridge.gate(gamma_s), 1e-12, best
    )


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for gamma_t, gamma_s, noise_var in [(0.5, 0.5, 1.0), (0.8, 2.0, 1.0), (1.5, 4.0, 0.5)]:
    lam_t = float(safe_penalty(gamma_t, gamma_s, noise_var))
    case = f"gamma_t = {gamma_t}, gamma_s = {gamma_s}, noise_var = {noise_var}"
    case += f": with lam_t = {lam_t:.5f}"
    assert lam_t > 0, f"{case}: a penalty must be positive"
    above = ridge.regime(1.001 * lam_t, gamma_t, gamma_s, noise_var)
    assert above == "never", f"{case} there is still a student that wins"
    below = ridge.regime(0.999 * lam_t, gamma_t, gamma_s, noise_var)
    assert below != "never", f"{case} no student wins, but a smaller penalty would do"
print("Exercise 3: correct.")


# %% [markdown]
# ## 4. The best student of an optimal teacher ★★
#
# The optimal teacher ($\lambda_t = \sigma^2\gamma_t$) cannot be beaten by a plain ridge student, but how close can a student come? Return
# $\inf_{\lambda_s} L_s - L_t$ for a student with aspect ratio $\gamma_s$, as a closed form in $p = q = s_t$ and $\gamma_s$.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def price_of_learning(gamma_t, gamma_s, noise_var):
    """Smallest possible L_s − L_t behind an optimal teacher."""
    p = rm.shrinkage(gamma_t * noise_var, gamma_t)
    return p * max(0.0, 1 - 1 / gamma_s)


# %% [markdown] tags=["solution"]
# <details><summary>Why</summary>
#
# With $p = q$ the difference is $L_s - L_t = p\,(1 - 2a_1 + a_2)$, and $1 - 2a_1 + a_2$ is the relative error with which the student learns
# *noiseless* labels. Without noise the best penalty is $0^+$: exercise 3 of the tools chapter gives $1 - s$ there, with
# $s = \min(1, 1/\gamma_s)$. So a student with more samples than parameters copies an optimal teacher exactly, and one with fewer
# loses the share $1 - 1/\gamma_s$ of the teacher that it cannot see.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
lam_s = np.logspace(-7, 3, 4001)
for gamma_t, gamma_s, noise_var in [(0.5, 0.4, 1.0), (0.5, 3.0, 1.0), (2.0, 1.5, 0.2)]:
    lam_t = gamma_t * noise_var
    errors = ridge.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var)
    brute = errors.min() - ridge.teacher_error(lam_t, gamma_t, noise_var)
    found = float(price_of_learning(gamma_t, gamma_s, noise_var))
    assert found >= -1e-12, (
        f"gamma_s = {gamma_s}: {found:.4f} < 0, but nobody beats the optimal teacher"
    )
    assert abs(found - brute) < 1e-4, (
        f"gamma_t = {gamma_t}, gamma_s = {gamma_s}: {found:.5f}, a search finds {brute:.5f}"
    )
print("Exercise 4: correct.")


# %% [markdown]
# ## 5. How much unlabelled data does the student need? ★★★
#
# Unlabelled inputs are cheap, but not free. With infinitely many the best student gains $L_t - L_{\text{best}}$, where
# $L_{\text{best}} = 1 - p^2/q$. Return how many inputs *per dimension*, $n_s/d$, the best-tuned student needs to gain a given share
# of that (for instance 0.9).

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def inputs_needed(share, lam_t, gamma_t, noise_var):
    """Inputs per dimension with which the best student gains this share of what can be gained."""
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    L_t = ridge.teacher_error(lam_t, gamma_t, noise_var)
    wanted = L_t - share * (L_t - (1 - p**2 / q))

    def excess(log_ratio):
        gamma_s = np.exp(log_ratio)
        lam_s = ridge.optimal_student_penalty(lam_t, gamma_t, gamma_s, noise_var)
        return ridge.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var) - wanted

    return np.exp(-brentq(excess, np.log(1e-6), np.log(100.0)))


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
lam_s = np.logspace(-3, 3, 4001)
for share, lam_t, gamma_t, noise_var in [
    (0.9, 0.01, 0.5, 1.0),
    (0.5, 0.01, 0.5, 1.0),
    (0.8, 0.05, 0.9, 0.5),
]:
    needed = float(inputs_needed(share, lam_t, gamma_t, noise_var))
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    L_t = ridge.teacher_error(lam_t, gamma_t, noise_var)
    L_s = ridge.student_error(lam_t, lam_s, gamma_t, 1 / needed, noise_var).min()
    gained = (L_t - L_s) / (L_t - (1 - p**2 / q))
    assert abs(gained - share) < 2e-3, (
        f"share {share}: with {needed:.3f} inputs per dimension the best student gains {gained:.3f}"
    )
print("Exercise 5: correct.")

# %% [markdown]
# Read the numbers: how does the price of the last few per cent grow?

# %%
for share in [0.5, 0.9, 0.99]:
    needed = inputs_needed(share, 0.01, 0.5, 1.0)
    print(f"{share:.0%} of the possible gain: {needed:7.2f} inputs per dimension")


# %% [markdown]
# ## 6. Break the theory: the student reuses the teacher's inputs ★★★
#
# The theory needs *fresh* inputs. Let the student learn on the inputs the teacher was trained on. Return the errors
# $\|\beta_t - \beta_\star\|^2$ and $\|\beta_s - \beta_\star\|^2$ of one trial, for data with Gaussian inputs and $\beta_\star \sim N(0, I_d/d)$.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def reuse_trial(rng, lam_t, lam_s, gamma, noise_var, d=150):
    """Errors (teacher, student) of one trial in which both use the same inputs."""
    n = round(d / gamma)
    truth = rng.standard_normal(d) / np.sqrt(d)
    X = rng.standard_normal((n, d))
    y = X @ truth + np.sqrt(noise_var) * rng.standard_normal(n)
    beta_t, beta_s = teach_and_learn(X, y, X, lam_t, lam_s)
    return np.sum((beta_t - truth) ** 2), np.sum((beta_s - truth) ** 2)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
case = dict(lam_t=0.1, lam_s=0.3, gamma=0.5, noise_var=1.0)
trials = np.array([reuse_trial(np.random.default_rng(seed), **case) for seed in range(30)], float)
assert trials.shape == (30, 2), (
    f"return two numbers, the teacher's and the student's error; got shape {trials.shape[1:]}"
)
mean, stderr = trials.mean(axis=0), trials.std(axis=0, ddof=1) / np.sqrt(30)
expected = ridge.teacher_error(0.1, 0.5, 1.0)
assert stderr.min() > 0, "all trials are equal: draw new data from rng in every trial"
assert abs(mean[0] - expected) < 5 * stderr[0] + 0.02, (
    f"teacher: {mean[0]:.3f} on average, the theory says {expected:.3f}"
)
# Same inputs: the student multiplies each teacher coordinate by x/(x + λ_s) in the eigenbasis of S;
# its mean error is then an average over the Marchenko-Pastur law.
x = np.linspace((1 - 0.5**0.5) ** 2, (1 + 0.5**0.5) ** 2, 20001)
density = rm.marchenko_pastur_density(x, 0.5)
keep = x**2 / ((x + 0.1) * (x + 0.3))
expected = np.trapezoid(density * ((1 - keep) ** 2 + 0.5 * keep**2 / x), x)
assert abs(mean[1] - expected) < 5 * stderr[1] + 0.02, (
    f"student: {mean[1]:.3f} on average, should be {expected:.3f}"
)
print("Exercise 6: correct.")

# %% [markdown]
# Does the student on old inputs gain less or more than the one on fresh inputs? Predict, then run.

# %%
gamma, noise_var = 0.5, 1.0
for lam_t in [0.05, 0.5]:
    L_t = ridge.teacher_error(lam_t, gamma, noise_var)
    for lam_s in [0.1, 0.5]:
        rngs = np.random.default_rng(3).spawn(30)
        pairs = np.array([reuse_trial(rng, lam_t, lam_s, gamma, noise_var) for rng in rngs])
        change = pairs[:, 1] - pairs[:, 0]
        fresh = ridge.student_error(lam_t, lam_s, gamma, gamma, noise_var) - L_t
        old = f"{change.mean():+.3f} ± {2 * change.std(ddof=1) / 30**0.5:.3f}"
        print(f"lam_t = {lam_t}, lam_s = {lam_s}: L_s - L_t = {old} on old inputs", end=", ")
        print(f"{fresh:+.3f} on fresh ones (theory)")


# %% [markdown] tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# Behind the under-regularised teacher ($\lambda_t = 0.05$) the student on *old* inputs gains more: the eigenvectors
# of the shared sample covariance tell it where the teacher's noise sits (small eigenvalues), and it shrinks exactly there.
# Behind the optimal teacher ($\lambda_t^\star = 0.5$) it loses, as it must: teacher and student together are one more estimator
# from the teacher's data, and none beats the Bayes-optimal one. So with $\gamma_s = \gamma_t < 1$ the condition "the teacher must
# be under-regularised" survives the reuse of data, the formula for the gain does not. The closed form in the check is this book's
# derivation, from the spectral decomposition of $S$.
#
# </details>

# %% [markdown]
# ## 7. Break the theory: heavy-tailed inputs ★★★
#
# Draw `n` inputs $x = z\,\sqrt{(\nu - 2)/\chi^2_\nu}$ with $z \sim N(0, I_d)$ and one $\chi^2_\nu$ variable *for each sample* (a multivariate
# $t$ distribution with $\nu$ degrees of freedom, `dof`, scaled to covariance $I$).

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def heavy_inputs(n, d, dof, rng):
    """Multivariate t inputs, shape (n, d), with covariance I."""
    factor = np.sqrt((dof - 2) / rng.chisquare(dof, size=(n, 1)))
    return factor * rng.standard_normal((n, d))


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
X = np.asarray(heavy_inputs(20000, 40, 6, np.random.default_rng(7)))
assert X.shape == (20000, 40), f"expected shape (20000, 40), got {X.shape}"
variance = X.var()
assert abs(variance - 1) < 0.05, f"each coordinate has variance {variance:.3f}; scale it to 1"
lengths = np.mean(X**2, axis=1)
spread = np.mean(lengths**2)  # E(1/χ²)² (ν-2)² (1 + 2/d) = (ν-2)/(ν-4) (1 + 2/d)
assert spread > 1.3, (
    "the samples are all about equally long: the chi-square variable belongs to the sample, not "
    "to the coordinate"
)
assert abs(spread / (2 * 1.05) - 1) < 0.35, (
    f"mean fourth power of the length: {spread:.2f}; about 2.1 for 6 degrees of freedom"
)
print("Exercise 7: correct.")


# %% [markdown]
# Now let teacher and student learn from such inputs. The optimal teacher of the Gaussian theory cannot be beaten by a plain student there. Is it safe here?

# %%
def heavy_trial(rng, lam_t, lam_s, dof, gamma, noise_var, d=120):
    """Errors (teacher, student) with heavy-tailed inputs; test inputs have covariance I, too."""
    n = round(d / gamma)
    truth = rng.standard_normal(d) / np.sqrt(d)
    X_t, X_s = heavy_inputs(n, d, dof, rng), heavy_inputs(n, d, dof, rng)
    y_t = X_t @ truth + np.sqrt(noise_var) * rng.standard_normal(n)
    return tuple(np.sum((b - truth) ** 2) for b in teach_and_learn(X_t, y_t, X_s, lam_t, lam_s))


lam_s, gamma, noise_var = 0.1, 0.5, 1.0
for lam_t in [0.05, 0.5]:
    rngs = np.random.default_rng(8).spawn(60)
    trials = np.array([heavy_trial(rng, lam_t, lam_s, 3, gamma, noise_var) for rng in rngs])
    change = trials[:, 1] - trials[:, 0]
    L_t = ridge.teacher_error(lam_t, gamma, noise_var)
    gap = ridge.student_error(lam_t, lam_s, gamma, gamma, noise_var) - L_t
    found = f"{change.mean():+.4f} ± {2 * change.std(ddof=1) / 60**0.5:.4f}"
    print(f"lam_t = {lam_t}: L_t = {trials[:, 0].mean():.3f} (Gaussian theory {L_t:.3f})", end=", ")
    print(f"L_s - L_t = {found} ({gap:+.4f})")

# %% [markdown] tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# The numbers change, by much more than their error bars: a few long samples dominate the sample covariance and the others are
# worth less, so the Gaussian formula is wrong even though the covariance is $I$. The *sign* does not change. That is no accident:
# given its inputs, ridge with $\lambda n = d\sigma^2$ is the posterior mean for the prior $\beta_\star \sim N(0, I/d)$, *whatever* the inputs are,
# and a student with fresh inputs knows nothing about $\beta_\star$ that the teacher does not. Universal: who is safe. Not universal: how much
# is lost or gained.
#
# </details>
