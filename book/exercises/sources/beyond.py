# %% [markdown]
# # Exercises: What survives?
#
# They belong to the chapter [What survives?](../beyond.ipynb). Each asks for one short function. The check below
# it accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a derivation.

# %%
import numpy as np

from w2slib import beyond
from w2slib import random_matrices as rm


# %% [markdown]
# ## 1. Shrunk twice ★
#
# Fit a teacher on $(X, y)$, and a student on the teacher's *fitted values* at the same inputs. Return both coefficient vectors.
# A ridge fit is $\hat\beta = (X^\top X/n + \lambda)^{-1} X^\top y/n$.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def shrink_twice(X, y, lam_t, lam_s):
    """Coefficients (β_t, β_s) of teacher and student on shared inputs."""
    n, d = X.shape
    gram = X.T @ X / n
    beta_t = np.linalg.solve(gram + lam_t * np.eye(d), X.T @ y / n)
    return beta_t, np.linalg.solve(gram + lam_s * np.eye(d), gram @ beta_t)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
rng = np.random.default_rng(1)
for n in (40, 9):  # more and fewer samples than coordinates
    X, y = rng.standard_normal((n, 12)), rng.standard_normal(n)
    both = [np.asarray(b, float).ravel() for b in shrink_twice(X, y, 0.2, 0.4)]
    sizes = [b.size for b in both]
    assert sizes == [12, 12], f"expected two vectors of length 12, got lengths {sizes}"
    # In the eigenbasis of X'X/n the teacher keeps x/(x + 0.2), and the student x/(x + 0.4) of that.
    x, V = np.linalg.eigh(X.T @ X / n)
    moments = V.T @ X.T @ y / n
    expected = [V @ (moments / (x + 0.2)), V @ (moments / (x + 0.2) * x / (x + 0.4))]
    for who, mine, theirs in zip(("teacher", "student"), both, expected, strict=True):
        off = np.abs(mine - theirs).max()
        assert off < 1e-4, f"n = {n}: the {who} is off by up to {off:.2g} (is λ multiplied by n?)"
print("Exercise 1: correct.")


# %% [markdown]
# ## 2. Does some penalty win? ★
#
# Teacher and student share their inputs. Return `True` if some $\lambda_s > 0$ makes the student better than its teacher, else `False`.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def some_penalty_wins(lam_t, gamma, noise_var):
    """Whether a student on the teacher's inputs can win."""
    return lam_t < gamma * noise_var


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
tried = np.logspace(-8, 4, 200)
settings = [(0.3, 0.5, 1.0), (0.7, 0.5, 1.0), (1.9, 2.0, 1.0), (2.1, 2.0, 1.0)]
for setting in [*settings, (0.1, 5.0, 0.0)]:
    smallest = np.min(beyond.shared_inputs_difference(setting[0], tried, *setting[1:]))
    answer = np.ravel(some_penalty_wins(*setting))
    case = "lam_t = {}, gamma = {}, noise_var = {}".format(*setting)
    assert answer.size == 1, f"{case}: return True or False"
    assert answer[0] in (True, False), f"{case}: return True or False"
    searched = "wins" if smallest < 0 else "does not win"
    assert bool(answer[0]) == (smallest < 0), f"{case}: in a search the best student {searched}"
print("Exercise 2: correct.")


# %% [markdown]
# ## 3. Correlated inputs are a weighted penalty ★★
#
# Block $b$ of the inputs has variance $v_b$, and the target's coefficients there have energy $E_b$. Rewritten for isotropic inputs, plain ridge becomes weighted
# ridge. Return its weights $g_b$ and the energies $e_b$ of the target there, scaled to sum to 1.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def as_weighted(v, E):
    """Weights and energies for isotropic inputs."""
    v, E = np.asarray(v, float), np.asarray(E, float)
    return 1 / v, v * E / np.sum(v * E)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for v, E in [([4.0, 0.25], [0.5, 0.5]), ([1.0, 2.0, 8.0], [0.2, 0.0, 3.0])]:
    weights, energies = (np.asarray(part, float).ravel() for part in as_weighted(v, E))
    shapes = weights.size, energies.size
    assert shapes == (len(v), len(v)), f"expected {len(v)} weights and energies, got {shapes}"
    # One sample of each: the same fit, whichever way it is written.
    rng = np.random.default_rng(2)
    Z, y = rng.standard_normal((7, len(v))), rng.standard_normal(7)
    X = Z * np.sqrt(v)
    beta = np.linalg.solve(X.T @ X + np.eye(len(v)), X.T @ y)
    theta = np.linalg.solve(Z.T @ Z + np.diag(weights), Z.T @ y)
    off = np.abs(theta - np.sqrt(v) * beta).max()
    assert off < 1e-4, f"v = {v}: with your weights the coefficients are off by {off:.2g}"
    assert abs(energies.sum() - 1) < 1e-5, f"v = {v}: your energies sum to {energies.sum():.4f}"
    signal = (np.sqrt(v) * np.sqrt(E)) ** 2
    off = np.abs(energies * signal.sum() - signal).max()
    assert off < 1e-4, f"v = {v}, E = {E}: the energies are not those of √v β"
print("Exercise 3: correct.")


# %% [markdown]
# ## 4. How often is the sign wrong? ★
#
# A linear classifier predicts the sign of $\langle\hat\beta, x\rangle$ where the truth is that of $\langle\beta_\star, x\rangle$, and $x$ is isotropic and Gaussian. Return the probability
# that it is wrong, for any two vectors that are not zero.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def misclassified(beta, truth):
    """Probability that the signs differ."""
    beta, truth = np.asarray(beta, float), np.asarray(truth, float)
    cosine = beta @ truth / np.sqrt((beta @ beta) * (truth @ truth))
    return np.arccos(np.clip(cosine, -1, 1)) / np.pi


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
rng = np.random.default_rng(3)
truth = np.array([3.0, 0.0, 4.0])
X = rng.standard_normal((200_000, 3))
tried = [[3.0, 1.0, 4.0], [0.0, 2.0, 0.0], [-1.0, 0.5, 0.2], [6.0, 0.0, 8.0]]
for beta in [*tried, [-3.0, 0.0, -4.0]]:
    found = np.asarray(misclassified(np.array(beta), truth), float).ravel()
    assert found.size == 1, f"beta = {beta}: one number is asked for, not {found.size}"
    sampled = np.mean(np.sign(X @ beta) != np.sign(X @ truth))
    gap = abs(found[0] - sampled)
    assert gap < 0.006, f"beta = {beta}: you say {found[0]:.4f}, a sample says {sampled:.4f}"
    louder = np.ravel(misclassified(10 * np.array(beta), truth))[0]
    assert abs(found[0] - louder) < 1e-5, f"beta = {beta}: loudness must not matter"
print("Exercise 4: correct.")


# %% [markdown]
# ## 5. What two teachers know ★★
#
# Two teachers with the same penalty, on disjoint data with equally many samples, answer at the same whitened inputs. Each keeps the part $s_t$ of the truth. Return the
# overlap ratio $p/q$ of a teacher, from the answers and $s_t$ alone. (Take the mean of the two energies as $q$. The scale $\|\beta_\star\|$ is *not* 1.)

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def overlap_ratio(answers_1, answers_2, s_t):
    """Estimate of p/q."""
    one, two = np.asarray(answers_1, float), np.asarray(answers_2, float)
    q = (np.mean(one**2) + np.mean(two**2)) / 2
    return np.mean(one * two) / (s_t * q)


# %% [markdown] tags=["solution"]
# <details><summary>Why</summary>
#
# Given the truth the two teachers are independent, each with mean $s_t\beta_\star$. So $E\langle\hat\beta_{t1}, \hat\beta_{t2}\rangle = s_t^2\|\beta_\star\|^2$, while
# $p = s_t\|\beta_\star\|^2$: divide the inner product by $s_t$. On inputs with covariance $I$ the inner product of coefficients is the mean product of answers.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
rng, d, n, lam_t = np.random.default_rng(4), 400, 600, 0.1
s_t = rm.shrinkage(lam_t, d / n)
for length in (1.0, 3.0):
    truth = rng.standard_normal(d)
    truth *= length / np.linalg.norm(truth)
    data = [rng.standard_normal((n, d)) for _ in range(2)]
    fits = [
        np.linalg.solve(
            X.T @ X / n + lam_t * np.eye(d), X.T @ (X @ truth + rng.standard_normal(n)) / n
        )
        for X in data
    ]
    Z = np.linalg.qr(rng.standard_normal((800, d)))[0] * 800**0.5  # exactly white
    found = np.asarray(overlap_ratio(Z @ fits[0], Z @ fits[1], s_t), float).ravel()
    assert found.size == 1, f"one number is asked for, not {found.size}"
    inner, energy = fits[0] @ fits[1], (fits[0] @ fits[0] + fits[1] @ fits[1]) / 2
    gap = abs(found[0] - inner / (s_t * energy))
    true = fits[0] @ truth / (fits[0] @ fits[0])
    assert gap < 1e-4, f"length {length}: p/q = {found[0]:.3f}; the truth has {true:.3f}"
print("Exercise 5: correct.")


# %% [markdown]
# ## 6. The penalty without labels ★★
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


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
def gain_at(lam_s, q, p, gamma_s):
    """L_t − L_s of a student of a teacher with moments p and q."""
    m1, m2 = rm.resolvent_traces(lam_s, gamma_s)
    return (2 * lam_s * m1 - lam_s**2 * m2) * q - 2 * lam_s * m1 * p


cases = [(1.3, 0.9, 1.0, 0.5), (6.0, 0.8, 4.0, 0.2), (8.0, 0.4, 1.0, 3.0)]
for q, s_t, scale, gamma_s in [*cases, (0.5, 0.7, 1.0, 0.5), (0.9, 0.8, 1.0, 3.0)]:
    found = np.asarray(recommended_penalty(q, s_t, scale, gamma_s), float).ravel()
    case = f"q = {q}, s_t = {s_t}, scale = {scale}, gamma_s = {gamma_s}"
    assert found.size == 1, f"{case}: one number is asked for, not {found.size}"
    assert found[0] >= 0, f"{case}: {found[0]} is no penalty"
    best = gain_at(np.logspace(-4, 4, 4000), q, s_t * scale, gamma_s).max()
    if best <= 0:
        assert found[0] == 0, f"{case}: no student gains anything, keep the teacher (return 0)"
        continue
    gained = gain_at(found[0], q, s_t * scale, gamma_s) if found[0] > 0 else 0.0
    assert gained > 0.999 * best, f"{case}: you gain {gained:.4f} of {best:.4f} that can be gained"
print("Exercise 6: correct.")

# %% [markdown]
# Compare with the first student of the chapter's recipe: what does `beyond.diagnose` add to this number?

# %% [markdown] tags=["solution"]
# <details><summary>What it adds</summary>
#
# An interval for the gain of *one* student of *one* teacher, of order $1/\sqrt d$, and the refusals: inputs that are not white, answers that are no linear function of them.
#
# </details>
