# %% [markdown]
# # Exercises: Mechanism I
#
# They belong to the chapter [Mechanism I](../ridge.ipynb). Each asks for one short function. The check below
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
from scipy.optimize import brentq

from w2slib import checks, ridge
from w2slib import random_matrices as rm

checks.remember(globals())  # a check then says which of these names was overwritten


# %% [markdown] exercise={"minutes": 10, "objectives": [1], "stars": 1}
# ## 1. Do it once by hand ★
#
# *2 points, about 10 minutes.*
#
# Fit a teacher on $(X_t, y_t)$ and a student on the teacher's predictions at fresh inputs $X_s$. Return both coefficient
# vectors. The penalty multiplies $n$: a ridge fit is $\hat\beta = (X^\top X/n + \lambda)^{-1} X^\top y/n$.
#
# <details><summary>Hint</summary>
#
# Write one function that fits, and call it twice. The student's labels are $X_s\hat\beta_t$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def teach_and_learn(X_t, y_t, X_s, lam_t, lam_s):
    """Coefficients (β_t, β_s) of teacher and student."""

    def fit(X, y, lam):
        n, d = X.shape
        return np.linalg.solve(X.T @ X / n + lam * np.eye(d), X.T @ y / n)

    beta_t = fit(X_t, y_t, lam_t)
    return beta_t, fit(X_s, X_s @ beta_t, lam_s)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("teach_and_learn")
rng = np.random.default_rng(1)
for n_t, n_s, d, lam_t, lam_s in [(90, 45, 30, 0.2, 0.4), (20, 50, 25, 0.5, 0.1)]:
    X_t, X_s = rng.standard_normal((n_t, d)), rng.standard_normal((n_s, d))
    y_t = X_t @ rng.standard_normal(d) + rng.standard_normal(n_t)
    beta_t, beta_s = answer.arrays([(d,), (d,)], X_t, y_t, X_s, lam_t, lam_s)
    # At the minimum of (1/n)‖y − Xβ‖² + λ‖β‖² the gradient vanishes.
    gradient = X_t.T @ (X_t @ beta_t - y_t) / n_t + lam_t * beta_t
    assert np.abs(gradient).max() < 1e-3, (
        "The teacher does not minimise its objective: is its penalty multiplied by n?"
    )
    gradient = X_s.T @ X_s @ (beta_s - beta_t) / n_s + lam_s * beta_s
    assert np.abs(gradient).max() < 1e-3, (
        "The student does not minimise its objective on the teacher's labels."
    )
print("Exercise 1: correct.")


# %% [markdown] exercise={"minutes": 25, "objectives": [3], "stars": 2}
# ## 2. Derive the gate ★★
#
# *4 points, about 25 minutes.*
#
# (a) On paper: for $\gamma_s > 1$, minimise $h = (1 - s)/(1 - \gamma_s s^2)$ over the student's penalty. Where is the minimum, and what is it?
#
# (b) Return the minimum $h_{\min}(\gamma_s)$ without calling `ridge.gate`.
#
# <details><summary>Hint</summary>
#
# Where does the derivative of $h$ in $s$ vanish? Only the zero in $(0, 1/\gamma_s)$ belongs to a penalty.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def smallest_h(gamma_s):
    """Minimum of h over all penalties, for gamma_s > 1."""
    return (1 + np.sqrt(1 - 1 / gamma_s)) / 2


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution of (a)</summary>
#
# The derivative of $h$ in $s$ has the sign of $-(1 - \gamma_s s^2) + 2\gamma_s s(1 - s) = -(1 - 2\gamma_s s + \gamma_s s^2)$. Its zero in $(0, 1/\gamma_s)$ is
# $s_0 = 1 - \sqrt{1 - 1/\gamma_s}$: before it $h$ falls with $s$, after it $h$ grows. At the zero $1 - \gamma_s s_0^2 = 2\gamma_s s_0(1 - s_0)$, so
# $h_{\min} = 1/(2\gamma_s s_0) = (1 + \sqrt{1 - 1/\gamma_s})/2$, because $s_0(1 + \sqrt{1 - 1/\gamma_s}) = 1/\gamma_s$. For the penalty:
# $\gamma_s s_0^2 = 2\gamma_s s_0 - 1$, hence $\lambda = (1 - s_0)(1 - \gamma_s s_0)/s_0 = \bigl(1 - s_0 - \gamma_s s_0 + \gamma_s s_0^2\bigr)/s_0 = \gamma_s - 1$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("smallest_h", without=["ridge.gate"])
lam_s = np.logspace(-4, 4, 20001)
for gamma_s in [1.01, 1.5, 4.0, 50.0]:
    m1, m2 = rm.resolvent_traces(lam_s, gamma_s)
    found, reached = answer.number(gamma_s), np.min(lam_s * m2 / m1)
    case = f"At gamma_s = {gamma_s}"
    assert found < reached + 5e-4, f"{case} some penalty has a smaller h than yours."
    assert found > reached - 5e-4, f"{case} no penalty has an h as small as yours."
print("Exercise 2: correct.")


# %% [markdown] exercise={"minutes": 20, "objectives": [3], "stars": 2}
# ## 3. How careful must a teacher be? ★★
#
# *3 points, about 20 minutes.*
#
# With $\lambda_t^\star$ a teacher is safe from every plain student on fresh inputs. If it knows its student's $\gamma_s > 1$, a smaller penalty is enough. Return the
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


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("safe_penalty")
for gamma_t, gamma_s, noise_var in [(0.5, 1.3, 2.0), (0.8, 2.0, 1.0), (1.5, 4.0, 0.5)]:
    lam_t = answer.number(gamma_t, gamma_s, noise_var)
    case = f"With gamma_t = {gamma_t}, gamma_s = {gamma_s}, noise_var = {noise_var}"
    assert lam_t > 0, f"{case} your penalty is not positive."
    above = ridge.regime(1.01 * lam_t, gamma_t, gamma_s, noise_var)
    assert above == "never", f"{case} and your lam_t there is still a student that wins."
    below = ridge.regime(0.99 * lam_t, gamma_t, gamma_s, noise_var)
    assert below != "never", f"{case} a smaller penalty than yours would do."
print("Exercise 3: correct.")


# %% [markdown] exercise={"minutes": 25, "objectives": [4], "stars": 2}
# ## 4. The best student of an optimal teacher ★★
#
# *3 points, about 25 minutes.*
#
# The optimal teacher ($\lambda_t = \sigma^2\gamma_t$) cannot be beaten by a plain ridge student, but how close can a student come? Return
# $\inf_{\lambda_s} L_s - L_t$ for a student with aspect ratio $\gamma_s$, as a closed form in $p = q = s_t$ and $\gamma_s$.
#
# <details><summary>Hint</summary>
#
# With $p = q$ the error difference is $p$ times the relative error of a fit on *noiseless* labels. Which penalty is best there?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def price_of_learning(gamma_t, gamma_s, noise_var):
    """Smallest possible L_s − L_t behind an optimal teacher."""
    p = rm.shrinkage(gamma_t * noise_var, gamma_t)
    return p * max(0.0, 1 - 1 / gamma_s)


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Why</summary>
#
# With $p = q$ the difference is $L_s - L_t = p\,(1 - 2a_1 + a_2)$, and $1 - 2a_1 + a_2$ is the relative error with which the student learns
# *noiseless* labels. Without noise the best penalty is $0^+$: exercise 3 of the tools chapter gives $1 - s$ there, with
# $s = \min(1, 1/\gamma_s)$. So a student with more samples than parameters copies an optimal teacher exactly, and one with fewer
# loses the share $1 - 1/\gamma_s$ of the teacher that it cannot see.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("price_of_learning")
lam_s = np.logspace(-7, 3, 4001)
for gamma_t, gamma_s, noise_var in [(0.5, 0.4, 1.0), (0.5, 3.0, 1.0), (2.0, 1.5, 0.2)]:
    lam_t = gamma_t * noise_var
    errors = ridge.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var)
    lowest = errors.min() - ridge.teacher_error(lam_t, gamma_t, noise_var)
    found = answer.number(gamma_t, gamma_s, noise_var)
    case = f"At gamma_t = {gamma_t}, gamma_s = {gamma_s}, noise_var = {noise_var}"
    assert found > -1e-3, f"{case} your price is negative, but nobody beats the optimal teacher."
    assert found > lowest - 1e-3, f"{case} no student comes as close as you say."
    assert found < lowest + 1e-3, f"{case} some student comes closer than you say."
print("Exercise 4: correct.")


# %% [markdown] exercise={"minutes": 40, "objectives": [4], "stars": 3}
# ## 5. How much unlabelled data does the student need? ★★★
#
# *4 points, about 40 minutes.*
#
# Unlabelled inputs are cheap, but not free. With infinitely many the best student gains $L_t - L_{\text{best}}$, where
# $L_{\text{best}} = 1 - p^2/q$. Return how many inputs *per dimension*, $n_s/d$, the best-tuned student needs to gain a given share
# of that (for instance 0.9).
#
# <details><summary>Hint</summary>
#
# `ridge.optimal_student_penalty` gives the best student for a given $\gamma_s$. Its gain falls with $\gamma_s$: search for the $\gamma_s$ with the wanted gain, on a logarithmic scale.
#
# </details>

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


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=4 tags=["check", "hide-input"]
answer = checks.Answer("inputs_needed")
lam_s = np.logspace(-3, 3, 4001)
for case in [(0.9, 0.01, 0.5, 1.0), (0.5, 0.01, 0.5, 1.0), (0.8, 0.05, 0.9, 0.5)]:
    share, *teacher = case
    needed = answer.number(*case)
    where = "For share = {}, lam_t = {}, gamma_t = {}, noise_var = {}".format(*case)
    assert needed > 0, f"{where} your number of inputs is not positive."
    p, q = ridge.teacher_moments(*teacher)
    L_t = ridge.teacher_error(*teacher)
    L_s = ridge.student_error(teacher[0], lam_s, teacher[1], 1 / needed, teacher[2]).min()
    gained = (L_t - L_s) / (L_t - (1 - p**2 / q))
    assert gained > share - 3e-3, f"{where} your number of inputs is too small."
    assert gained < share + 3e-3, f"{where} fewer inputs than yours would do."
print("Exercise 5: correct.")

# %% [markdown]
# Read the numbers: how does the price of the last few per cent grow?

# %%
for share in [0.5, 0.9, 0.99]:
    needed = inputs_needed(share, 0.01, 0.5, 1.0)
    print(f"{share:.0%} of the possible gain: {needed:7.2f} inputs per dimension")


# %% [markdown] exercise={"minutes": 40, "objectives": [1], "stars": 3}
# ## 6. Break the theory: the student reuses the teacher's inputs ★★★
#
# *5 points, about 40 minutes.*
#
# The theory needs *fresh* inputs. Let the student learn on the inputs the teacher was trained on. Return the errors
# $\|\beta_t - \beta_\star\|^2$ and $\|\beta_s - \beta_\star\|^2$ of one trial, for data with Gaussian inputs and $\beta_\star \sim N(0, I_d/d)$.
#
# <details><summary>Hint</summary>
#
# `teach_and_learn` of exercise 1 does the work. What do you pass to it as the student's inputs?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def reuse_trial(rng, lam_t, lam_s, gamma, noise_var, d=150):
    """Errors (teacher, student) of one trial in which both use the same inputs."""
    n = round(d / gamma)
    truth = rng.standard_normal(d) / np.sqrt(d)
    X = rng.standard_normal((n, d))
    y = X @ truth + np.sqrt(noise_var) * rng.standard_normal(n)
    beta_t, beta_s = teach_and_learn(X, y, X, lam_t, lam_s)
    return np.sum((beta_t - truth) ** 2), np.sum((beta_s - truth) ** 2)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("reuse_trial")
for setting in [(0.02, 0.3, 0.5, 2.0, 60), (2.0, 0.1, 0.5, 2.0, 60), (0.3, 1.5, 0.8, 0.5, 90)]:
    case = dict(zip(("lam_t", "lam_s", "gamma", "noise_var", "d"), setting, strict=True))
    lam_t, lam_s, gamma, noise_var, _ = setting
    x = np.linspace((1 - gamma**0.5) ** 2, (1 + gamma**0.5) ** 2, 20001)
    density = rm.marchenko_pastur_density(x, gamma)
    rngs = np.random.default_rng(1).spawn(40)
    trials = np.array([answer.numbers(2, rng, **case) for rng in rngs])
    mean, stderr = trials.mean(axis=0), trials.std(axis=0, ddof=1) / np.sqrt(40)
    assert stderr.min() > 0, "All trials are equal: draw new data from rng in every trial."
    # In the eigenbasis of S the teacher multiplies each coordinate by x/(x + λ_t), the student by
    # x/(x + λ_s) once more; the mean errors are averages over the Marchenko-Pastur law.
    kept = x / (x + lam_t)
    for k, who in enumerate(("teacher", "student")):
        kept = kept * (x / (x + lam_s)) ** k
        noise = gamma * noise_var * kept**2 / x
        expected = np.trapezoid(density * ((1 - kept) ** 2 + noise), x)
        assert abs(mean[k] - expected) < 4 * stderr[k] + 0.02, (
            f"The {who}'s error is {mean[k]:.3f} on average at lam_t = {lam_t}, lam_s = {lam_s}, "
            "which is not the mean over such data: which labels, which inputs, which noise?"
        )
rngs = np.random.default_rng(2).spawn(40)
small = np.std([answer.numbers(2, rng, **case | {"d": 2}) for rng in rngs], axis=0)
assert (small > 2 * 40**0.5 * stderr).all(), (
    "Trials in two dimensions should scatter much more than trials in many: what does d do?"
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


# %% [markdown] points=2 tags=["solution"]
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

# %% [markdown] exercise={"minutes": 35, "objectives": [1], "stars": 3}
# ## 7. Break the theory: heavy-tailed inputs ★★★
#
# *4 points, about 35 minutes.*
#
# Draw `n` inputs $x = z\,\sqrt{(\nu - 2)/\chi^2_\nu}$ with $z \sim N(0, I_d)$ and one $\chi^2_\nu$ variable *for each sample* (a multivariate
# $t$ distribution with $\nu$ degrees of freedom, `dof`, scaled to covariance $I$).
#
# <details><summary>Hint</summary>
#
# `rng.chisquare(dof, size=(n, 1))` draws one number for each sample.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def heavy_inputs(n, d, dof, rng):
    """Multivariate t inputs, shape (n, d), with covariance I."""
    factor = np.sqrt((dof - 2) / rng.chisquare(dof, size=(n, 1)))
    return factor * rng.standard_normal((n, d))


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("heavy_inputs")
again = [answer.array((90, 5), 90, 5, 4, np.random.default_rng(seed)) for seed in (1, 2)]
assert not np.isclose(*again).any(), "Two generators give the same inputs: draw from `rng`."
for n, d, dof in [(4000, 40, 6), (5000, 30, 3)]:
    rng = np.random.default_rng(7)
    X, where = answer.array((n, d), n, d, dof, rng), f"at dof = {dof}"
    lengths = np.log(np.mean(X**2, axis=1))
    expected = np.log((dof - 2) / rng.chisquare(dof, 40000)) + np.log(rng.chisquare(d, 40000) / d)
    spread = lengths.std() / expected.std()
    assert spread > 0.8, (
        f"The lengths of your samples vary too little {where}: is there one chi-square variable "
        "for each sample?"
    )
    assert spread < 1.2, f"The lengths of your samples vary too much {where}."
    scale = abs(lengths.mean() - expected.mean())
    assert scale < 0.07, f"Your inputs do not have the covariance I {where}."
    directions = X / np.linalg.norm(X, axis=1, keepdims=True) * d**0.5
    off = directions.T @ directions / n - np.eye(d)
    assert np.abs(directions.mean(axis=0)).max() < 0.1, "The mean of your inputs is not zero."
    assert np.abs(off).max() < 0.15, "Your coordinates are correlated, or differ in their variance."
    kurtosis = np.mean(directions**4)
    assert 2.5 < kurtosis < 3.2, "The directions of your samples are not those of Gaussian vectors."
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


# %% [markdown] points=2 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# The numbers change, by much more than their error bars: a few long samples dominate the sample covariance and the others are
# worth less, so the Gaussian formula is wrong even though the covariance is $I$. The *sign* does not change. That is no accident:
# given its inputs, ridge with $\lambda n = d\sigma^2$ is the posterior mean for the prior $\beta_\star \sim N(0, I/d)$, *whatever* the inputs are,
# and a student with fresh inputs knows nothing about $\beta_\star$ that the teacher does not. Universal: who is safe. Not universal: how much
# is lost or gained.
#
# </details>

# %% [markdown] exercise={"minutes": 15, "objectives": [2], "stars": 1}
# ## 8. Name the regime ★
#
# *2 points, about 15 minutes.*
#
# A teacher has badness $c$, its student the ratio $\gamma_s \ne 1$. Return the name of their regime in the phase diagram: `"never"` (no penalty wins), `"always"`
# (every penalty does), `"threshold"` (those below some value do) or `"interval"` (those between two positive values do). Do without `ridge.regime`.
#
# <details><summary>Hint</summary>
#
# The student wins where $h(\lambda_s) < c$. Where does $h$ begin at $\lambda_s \to 0$, where does it end, and what does it do in between, for $\gamma_s < 1$ and for $\gamma_s > 1$?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def name_of_regime(c, gamma_s):
    """Regime of a student with ratio gamma_s behind a teacher of badness c, as a word."""
    lowest = 0.0 if gamma_s < 1 else (1 + np.sqrt(1 - 1 / gamma_s)) / 2
    if c <= lowest:
        return "never"
    if c >= 1:
        return "always"
    return "threshold" if gamma_s < 1 else "interval"


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("name_of_regime", without=["ridge.regime", "ridge.winning_interval"])
lam_s = np.logspace(-6, 6, 1201)
words = ["never", "always", "threshold", "interval"]
for gamma_s in [0.2, 0.9, 1.2, 3.0, 20.0]:
    for c in [-0.4, 0.0, 0.3, 0.8, 0.95, 1.0, 1.6]:
        wins = ridge.h_ratio(lam_s, gamma_s) < c  # a look at many penalties
        k = 0 if not wins.any() else 1 if wins.all() else 2 if wins[0] else 3
        assert answer.word(words, c, gamma_s) == words[k], (
            f"At c = {c}, gamma_s = {gamma_s} a search over penalties shows another regime."
        )
print("Exercise 8: correct.")


# %% [markdown] exercise={"minutes": 25, "objectives": [4], "stars": 2}
# ## 9. A student's student ★★
#
# *4 points, about 25 minutes.*
#
# (a) A student learns from a plain ridge teacher, and a second student learns from the first. Return the errors of both, in this order. Do without
# `ridge.generation_errors`.
#
# (b) On paper: all ratios are below 1, the teacher is under-regularised, and the first student has its best penalty. Can the second one, with a small penalty, be better than the first?
#
# <details><summary>Hint</summary>
#
# A student multiplies overlap $p$ by $a_1 = s$ and energy $q$ by $a_2 = s^2(1 + \gamma - 2\gamma s)/(1 - \gamma s^2)$. Which $p$ and $q$ does its own student hear?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def two_generations(lam_t, gamma_t, noise_var, lam_1, gamma_1, lam_2, gamma_2):
    """Errors of a student and of its own student."""
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    errors = []
    for lam, gamma in [(lam_1, gamma_1), (lam_2, gamma_2)]:
        s = rm.shrinkage(lam, gamma)
        p, q = s * p, s**2 * (1 + gamma - 2 * gamma * s) / (1 - gamma * s**2) * q
        errors.append(1 - 2 * p + q)
    return errors


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution of (b)</summary>
#
# A student is a teacher like any other. For $\gamma_2 < 1$ and a small penalty $h$ is close to 0, so the second student wins exactly if the first says more than it
# knows, $q_1 > p_1$. With the eigenvalues $x$ of $S(S + \lambda)^{-1}$ and $u$ of $(S + \lambda)^{-1}$, the first student has $p_1 = p\,E\,x$ and $q_1 = q\,E\,x^2$, and at its best penalty
# the derivative of $q_1 - 2p_1$ vanishes: $q\,E\,x^2u = p\,E\,xu$. Where $x$ is large $u$ is small, so $E\,x^2u\;E\,x < E\,x^2\;E\,xu$, and therefore $q_1 > p_1$. Yes: the second student gains a
# little, except for unlimited inputs, where all eigenvalues are equal. (This book's derivation.)
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("two_generations", without=["ridge.generation_errors"])
for case in [(0.02, 0.5, 1.0, 0.1, 0.4, 0.3, 0.6), (0.3, 0.8, 2.0, 0.5, 2.0, 0.05, 0.3)]:
    lam_t, gamma_t, noise_var, lam_1, gamma_1, lam_2, gamma_2 = case
    found = answer.numbers(2, *case)
    chain = (lam_t, lam_1, lam_2), (gamma_t, gamma_1, gamma_2), noise_var
    for k, who in enumerate(("first", "second")):
        assert checks.close(found[k], ridge.generation_errors(*chain)[k + 1], atol=1e-4), (
            f"The {who} student's error is another one than {found[k]:.4f} at lam_t = {lam_t}."
        )
print("Exercise 9: correct.")
