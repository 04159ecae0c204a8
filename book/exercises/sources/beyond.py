# %% [markdown]
# # Exercises: What survives?
#
# They belong to the chapter [What survives?](../beyond.ipynb). Each asks for one short function. The check below
# it accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a derivation.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import numpy as np

from w2slib import beyond, checks
from w2slib import random_matrices as rm

checks.remember(globals())  # a check then says which of these names was overwritten


# %% [markdown] exercise={"minutes": 10, "objectives": [1], "stars": 1}
# ## 1. Shrunk twice ★
#
# *2 points, about 10 minutes.*
#
# Fit a teacher on $(X, y)$, and a student on the teacher's *fitted values* at the same inputs. Return both coefficient vectors.
# A ridge fit is $\hat\beta = (X^\top X/n + \lambda)^{-1} X^\top y/n$.
#
# <details><summary>Hint</summary>
#
# The student's labels are $X\hat\beta_t$. Divide by $n$ before you add the penalty.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def shrink_twice(X, y, lam_t, lam_s):
    """Coefficients (β_t, β_s) of teacher and student on shared inputs."""
    n, d = X.shape
    gram = X.T @ X / n
    beta_t = np.linalg.solve(gram + lam_t * np.eye(d), X.T @ y / n)
    return beta_t, np.linalg.solve(gram + lam_s * np.eye(d), gram @ beta_t)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("shrink_twice")
rng = np.random.default_rng(1)
for n, lam_t, lam_s in [(40, 0.2, 0.4), (9, 0.5, 0.1)]:  # more and fewer samples than coordinates
    X, y = rng.standard_normal((n, 12)), rng.standard_normal(n)
    both = answer.arrays([(12,), (12,)], X, y, lam_t, lam_s)
    # In the eigenbasis of X'X/n the teacher keeps x/(x + λ_t), and the student x/(x + λ_s) of that.
    x, V = np.linalg.eigh(X.T @ X / n)
    moments = V.T @ X.T @ y / n
    teacher = moments / (x + lam_t)
    exact = [V @ teacher, V @ (teacher * x / (x + lam_s))]
    for who, mine, there in zip(("teacher", "student"), both, exact, strict=True):
        off = np.abs(mine - there).max()
        assert off < 1e-3, f"The {who} is off by up to {off:.2g} for n = {n}: is λ multiplied by n?"
print("Exercise 1: correct.")


# %% [markdown] exercise={"minutes": 15, "objectives": [1], "stars": 1}
# ## 2. Does some penalty win? ★
#
# *2 points, about 15 minutes.*
#
# Teacher and student share their inputs. Return `True` if some $\lambda_s > 0$ makes the student better than its teacher, else `False`.
#
# <details><summary>Hint</summary>
#
# On shared inputs two shrinkages act like one. Which single penalty would the pair like to have in each direction?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def some_penalty_wins(lam_t, gamma, noise_var):
    """Whether a student on the teacher's inputs can win."""
    return lam_t < gamma * noise_var


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("some_penalty_wins")
tried = np.logspace(-8, 4, 200)
settings = [(0.3, 0.5, 1.0), (0.45, 0.5, 0.8), (1.9, 2.0, 1.0), (2.1, 2.0, 1.0), (1.1, 0.5, 2.0)]
for setting in [*settings, (0.1, 5.0, 0.0), (0.9, 0.5, 2.0), (5.0, 4.0, 1.5)]:
    gains = np.min(beyond.shared_inputs_difference(setting[0], tried, *setting[1:])) < 0
    case = "lam_t = {}, gamma = {}, noise_var = {}".format(*setting)
    assert answer.truth(*setting) == gains, (
        f"A search over penalties at {case} comes to the other result than your function."
    )
print("Exercise 2: correct.")


# %% [markdown] exercise={"minutes": 25, "objectives": [1], "stars": 2}
# ## 3. Correlated inputs are a weighted penalty ★★
#
# *2 points, about 25 minutes.*
#
# Block $b$ of the inputs has variance $v_b$, and the target's coefficients there have energy $E_b$. Rewritten for isotropic inputs, plain ridge becomes weighted
# ridge. Return its weights $g_b$ and the energies $e_b$ of the target there, scaled to sum to 1.
#
# <details><summary>Hint</summary>
#
# Write $x_i = \sqrt{v_i}\,z_i$. Which coefficients has $\langle\beta, x\rangle$ in terms of $z$, and what is $\|\beta\|^2$ in terms of them?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def as_weighted(v, E):
    """Weights and energies for isotropic inputs."""
    v, E = np.asarray(v, float), np.asarray(E, float)
    return 1 / v, v * E / np.sum(v * E)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("as_weighted")
for v, E in [([4.0, 0.25], [0.5, 0.5]), ([1.0, 2.0, 8.0], [0.2, 0.0, 3.0])]:
    v, E = np.array(v), np.array(E)
    weights, energies = answer.arrays([v.shape] * 2, v, E)
    # One sample of each: the same fit, whichever way it is written.
    rng = np.random.default_rng(2)
    Z, y = rng.standard_normal((7, len(v))), rng.standard_normal(7)
    X = Z * np.sqrt(v)
    beta = np.linalg.solve(X.T @ X + np.eye(len(v)), X.T @ y)
    assert weights.min() > 0, "One of your weights is not positive."
    theta = np.linalg.solve(Z.T @ Z + np.diag(weights), Z.T @ y)
    off = np.abs(theta - np.sqrt(v) * beta).max()
    assert off < 1e-3, (
        f"With your weights for v = {v.tolist()} the coefficients are off by {off:.2g}."
    )
    assert abs(energies.sum() - 1) < 1e-3, f"Your energies sum to {energies.sum():.4f}, not to 1."
    signal = (np.sqrt(v) * np.sqrt(E)) ** 2
    assert checks.close(energies * signal.sum(), signal, atol=1e-3), (
        f"The energies of single blocks are wrong for v = {v.tolist()}, E = {E.tolist()}."
    )
print("Exercise 3: correct.")


# %% [markdown] exercise={"minutes": 15, "objectives": [1, 2], "stars": 1}
# ## 4. How often is the sign wrong? ★
#
# *2 points, about 15 minutes.*
#
# A linear classifier predicts the sign of $\langle\hat\beta, x\rangle$ where the truth is that of $\langle\beta_\star, x\rangle$, and $x$ is isotropic and Gaussian. Return the probability
# that it is wrong, for any two vectors that are not zero.
#
# <details><summary>Hint</summary>
#
# Only the plane of the two vectors matters. In which part of all directions of $x$ do the two signs differ?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def misclassified(beta, truth):
    """Probability that the signs differ."""
    beta, truth = np.asarray(beta, float), np.asarray(truth, float)
    cosine = beta @ truth / np.sqrt((beta @ beta) * (truth @ truth))
    return np.arccos(np.clip(cosine, -1, 1)) / np.pi


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("misclassified")
rng = np.random.default_rng(3)
X, first, second = rng.standard_normal((200_000, 3)), [3.0, 0.0, 4.0], [1.0, -2.0, 0.5]
tried = [[3.0, 1.0, 4.0], [0.0, 2.0, 0.0], [6.0, 0.0, 8.0], [-3.0, 0.0, -4.0]]
pairs = [(beta, first) for beta in tried] + [([-1.0, 0.5, 0.2], second)]
for beta, truth in (map(np.array, pair) for pair in pairs):
    found = answer.number(beta, truth)
    sampled = np.mean(np.sign(X @ beta) != np.sign(X @ truth))
    assert abs(found - sampled) < 0.006, (
        f"In a sample the signs differ in another part of the inputs than your {found:.4f} for "
        f"beta = {beta.tolist()}."
    )
    louder = answer.number(10 * beta, truth)
    assert abs(found - louder) < 1e-4, "The length of a vector must not matter."
print("Exercise 4: correct.")


# %% [markdown] exercise={"minutes": 25, "objectives": [4], "stars": 2}
# ## 5. What two teachers know ★★
#
# *4 points, about 25 minutes.*
#
# Two teachers with the same penalty, on disjoint data with equally many samples, answer at the same whitened inputs. Each keeps the part $s_t$ of the truth. Return the
# overlap ratio $p/q$ of a teacher, from the answers and $s_t$ alone. (Take the mean of the two energies as $q$. The scale $\|\beta_\star\|$ is *not* 1.)
#
# <details><summary>Hint</summary>
#
# Given the truth the two teachers are independent. What is the mean product of their answers, in terms of $s_t$ and $\|\beta_\star\|^2$?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def overlap_ratio(answers_1, answers_2, s_t):
    """Estimate of p/q."""
    one, two = np.asarray(answers_1, float), np.asarray(answers_2, float)
    q = (np.mean(one**2) + np.mean(two**2)) / 2
    return np.mean(one * two) / (s_t * q)


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Why</summary>
#
# Given the truth the two teachers are independent, each with mean $s_t\beta_\star$. So $E\langle\hat\beta_{t1}, \hat\beta_{t2}\rangle = s_t^2\|\beta_\star\|^2$, while
# $p = s_t\|\beta_\star\|^2$: divide the inner product by $s_t$. On inputs with covariance $I$ the inner product of coefficients is the mean product of answers.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("overlap_ratio")
rng, d, n = np.random.default_rng(4), 200, 300
for length, lam_t in [(1.0, 0.1), (3.0, 0.5)]:
    s_t = rm.shrinkage(lam_t, d / n)
    truth = rng.standard_normal(d)
    truth *= length / np.linalg.norm(truth)
    fits = []
    for X in rng.standard_normal((2, n, d)):
        y = X @ truth + rng.standard_normal(n)
        fits.append(np.linalg.solve(X.T @ X / n + lam_t * np.eye(d), X.T @ y / n))
    Z = np.linalg.qr(rng.standard_normal((400, d)))[0] * 400**0.5  # exactly white
    found = answer.number(Z @ fits[0], Z @ fits[1], s_t)
    inner, energy = fits[0] @ fits[1], (fits[0] @ fits[0] + fits[1] @ fits[1]) / 2
    assert checks.close(found, inner / (s_t * energy)), (
        f"For a truth of length {length:g} the ratio is not {found:.3f}: answers and s_t decide."
    )
print("Exercise 5: correct.")


# %% [markdown] exercise={"minutes": 30, "objectives": [4], "stars": 2}
# ## 6. The penalty without labels ★★
#
# *4 points, about 30 minutes.*
#
# You have measured a teacher's energy $q$, you know which part $s_t$ it keeps and the scale $\|\beta_\star\|^2$, and the student has the ratio $\gamma_s$. Return the student's penalty of
# least expected error, or 0 if no penalty beats the teacher.
#
# <details><summary>Hint</summary>
#
# $L_s = \|\beta_\star\|^2 - 2a_1p + a_2q$ with $a_1 = 1 - \lambda_sm_1$, $a_2 = 1 - 2\lambda_sm_1 + \lambda_s^2m_2$; `rm.resolvent_traces` gives $m_1$ and $m_2$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def recommended_penalty(q, s_t, scale, gamma_s):
    """Penalty of the best student, or 0 for keeping the teacher."""
    lam_s = np.logspace(-5, 4, 4000)
    m1, m2 = rm.resolvent_traces(lam_s, gamma_s)
    p = s_t * scale
    gain = (2 * lam_s * m1 - lam_s**2 * m2) * q - 2 * lam_s * m1 * p
    return lam_s[gain.argmax()] if gain.max() > 0 else 0.0


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("recommended_penalty")


def gain_at(lam_s, q, p, gamma_s):
    """L_t − L_s of a student of a teacher with moments p and q."""
    m1, m2 = rm.resolvent_traces(lam_s, gamma_s)
    return (2 * lam_s * m1 - lam_s**2 * m2) * q - 2 * lam_s * m1 * p


cases = [(1.3, 0.9, 1.0, 0.5), (6.0, 0.8, 4.0, 0.2), (8.0, 0.4, 1.0, 3.0)]
for q, s_t, scale, gamma_s in [*cases, (0.5, 0.7, 1.0, 0.5), (0.9, 0.8, 1.0, 3.0)]:
    found = answer.number(q, s_t, scale, gamma_s)
    case = f"With q = {q}, s_t = {s_t}, scale = {scale}, gamma_s = {gamma_s}"
    assert found >= 0, f"{case} your penalty is negative."
    most = gain_at(np.logspace(-4, 4, 4000), q, s_t * scale, gamma_s).max()
    gained = gain_at(found, q, s_t * scale, gamma_s) if found > 0 else 0.0
    assert most > 0 or found == 0, f"{case} no student gains anything: keep the teacher (return 0)."
    assert most <= 0 or gained > 0.99 * most, f"{case} another penalty gains more than yours."
print("Exercise 6: correct.")


# %% [markdown]
# Compare with the first student of the chapter's recipe: what does `beyond.diagnose` add to this number?

# %% [markdown] points=1 tags=["solution"]
# <details><summary>What it adds</summary>
#
# An interval for the gain of *one* student of *one* teacher, of order $1/\sqrt d$, and the refusals: inputs that are not white, answers that are no linear function of them.
#
# </details>

# %% [markdown] exercise={"minutes": 25, "objectives": [2], "stars": 1}
# ## 7. Opposite verdicts ★
#
# *3 points, about 25 minutes.*
#
# A teacher has overlap $p$ with the truth (of length 1) and energy $q$; its student has overlap $a_1p$ and energy $a_2q$. Return two truth values: is the student
# better than its teacher in *squared error*, and is it better in *accuracy*, that is, has it fewer wrong signs?
#
# On paper: which plain students ($a_1^2 \le a_2$) have opposite verdicts?
#
# <details><summary>Hint</summary>
#
# The error is $1 - 2p + q$ with the moments of whoever is judged; the share of wrong signs depends on the squared cosine $p^2/q$ alone.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def verdicts(p, q, a_1, a_2):
    """Whether the student is better in squared error, and whether in accuracy."""
    return a_2 * q - 2 * a_1 * p < q - 2 * p, a_1**2 > a_2


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Answer</summary>
#
# The squared cosine goes from $p^2/q$ to $(a_1^2/a_2)\,p^2/q$: no plain student is better in accuracy. In squared error it is better where $2p(1 - a_1) < q(1 - a_2)$, behind a teacher
# that says more than it knows. So every plain student that wins in squared error has opposite verdicts, unless $a_1^2 = a_2$ (unlimited inputs), where accuracy is a tie.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("verdicts")
rng = np.random.default_rng(7)
for _ in range(200):
    p, q, a1, ratio = rng.uniform([0.1, 1.0, 0.1, 0.7], [0.9, 2.5, 1.0, 1.6])
    a2 = ratio * a1**2
    if a2 * q < (a1 * p) ** 2:
        continue  # no vector has such moments
    # Two vectors in the plane with these moments, and the truth along the first axis.
    weak = np.array([p, np.sqrt(max(q - p**2, 0))])
    strong = np.array([a1 * p, np.sqrt(max(a2 * q - (a1 * p) ** 2, 0))])
    errors = [np.sum((b - [1, 0]) ** 2) for b in (weak, strong)]
    angles = [np.arctan2(b[1], b[0]) for b in (weak, strong)]
    found = answer.truths([(), ()], p, q, a1, a2)
    for what, mine, two in zip(("error", "accuracy"), found, (errors, angles), strict=True):
        assert mine == (two[1] < two[0]) or abs(two[0] - two[1]) < 1e-9, (
            f"Two vectors with p = {p:.2f}, q = {q:.2f}, a_1 = {a1:.2f}, a_2 = {a2:.2f} have the "
            f"other verdict in {what}."
        )
print("Exercise 7: correct.")


# %% [markdown] exercise={"minutes": 30, "objectives": [3], "stars": 2}
# ## 8. Balance ★★
#
# *4 points, about 30 minutes.*
#
# For inputs with eigenvalues $i^{-\alpha}$ and coefficients of energy $i^{-r}$ ($\alpha > 1$, $\alpha + r > 1$) a fit with penalty $\lambda$ on $n$ noisy labels has an error of the order
# $\lambda^{(\alpha + r - 1)/\alpha} + \lambda^{-1/\alpha}/n$: signal lost, and noise. (a) Return the exponents $u$ and $v$: the best penalty is of the order $n^{-u}$, and then the error is of the
# order $n^{-v}$.
#
# (b) On paper: in which sense does a student change the scaling law of its teacher, and in which can it not?
#
# <details><summary>Hint</summary>
#
# The sum is smallest, up to a factor, where its two terms are of the same order. Set them equal and take logarithms.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def exponents(alpha, r):
    """Exponents (u, v) of the best penalty and of the error."""
    return alpha / (alpha + r), (alpha + r - 1) / (alpha + r)


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution of (b)</summary>
#
# The two terms balance at $\lambda^{(\alpha + r)/\alpha} = 1/n$. A *ridgeless* teacher stays flat, because it fits its noise. A student whose penalty is of the order $n^{-u}$ has an error that falls with
# the exponent $v$, although its teacher does not improve: in that sense the law changes. It cannot become better than that of the best ridge on true labels, which has the same exponent,
# and a ridgeless student inherits its teacher's law. (A balance of orders, checked by simulation in the chapter; the theorems are in the papers that it cites.)
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("exponents")
for alpha, r in [(1.5, 1.0), (3.0, 0.5), (1.2, 2.0)]:
    u, v = answer.numbers(2, alpha, r)
    n, lam = np.array([1e6, 1e9]), np.logspace(-12, 1, 40001)[:, None]
    sums = lam ** ((alpha + r - 1) / alpha) + lam ** (-1 / alpha) / n
    pairs = lam[sums.argmin(axis=0), 0], sums.min(axis=0)
    slopes = [np.log(two[1] / two[0]) / np.log(n[1] / n[0]) for two in pairs]
    for name, mine, slope in zip(("penalty", "error"), (u, v), slopes, strict=True):
        assert abs(mine + slope) < 2e-3, (
            f"For alpha = {alpha}, r = {r} the sum at its minimum has another exponent of the "
            f"{name} than {mine:.4f}."
        )
print("Exercise 8: correct.")
