# %% [markdown]
# # Exercises: Mechanism II
#
# They belong to the chapter [Mechanism II](../weighted_ridge.ipynb), and use its symbols. Each asks for one short function. The check below
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

from w2slib import checks, figures, ridge
from w2slib import random_matrices as rm
from w2slib import weighted_ridge as wr
from w2slib.simulation import Estimate
from w2slib.weighted_ridge import Blocks


def fit(X, y, lam, weights):
    """Weighted ridge coefficients for the penalty λ diag(weights)."""
    return np.linalg.solve(X.T @ X / len(X) + lam * np.diag(weights), X.T @ y / len(X))


checks.remember(globals())  # a check then says which of these names was overwritten


# %% [markdown] exercise={"minutes": 20, "objectives": [4], "stars": 1}
# ## 1. A block that costs nothing ★
#
# *2 points, about 20 minutes.*
#
# A fraction $\varphi$ of the coordinates is free of penalty (weight 0), all others have weight 1; there are more samples than free
# coordinates, $\gamma\varphi < 1$. Least squares first fits the free block exactly. What remains is *plain* ridge on the other
# coordinates, with fewer samples. Return the penalty $\lambda'$ and the aspect ratio $\gamma'$ of what remains.
#
# <details><summary>Hint</summary>
#
# $m = \varphi d$ free coordinates use up $m$ of the $n = d/\gamma$ samples. And $\lambda$ is multiplied by the number of samples: which
# product stays the same?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def without_free_block(lam, gamma, free):
    """Penalty and aspect ratio (λ', γ') of the plain ridge regression that remains."""
    left = 1 - gamma * free  # part of the samples
    return lam / left, gamma * (1 - free) / left


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("without_free_block")
rng, n, d, m = np.random.default_rng(1), 120, 60, 20
lam_rest, gamma_rest = answer.numbers(2, 0.3, d / n, m / d)
assert lam_rest > 0, "The penalty of what remains must be positive."
X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
Q = np.linalg.qr(X[:, :m], mode="complete")[0][:, m:]  # what the free columns cannot reach
rest, weights = Q.T @ X[:, m:], np.arange(d) >= m
assert checks.close(gamma_rest, rest.shape[1] / rest.shape[0]), (
    f"Your aspect ratio {gamma_rest:.4f} is not the one of what remains of {n} samples and {d} "
    "coordinates."
)
plain, whole = fit(rest, Q.T @ y, lam_rest, np.ones(d - m)), fit(X, y, 0.3, weights)
assert np.abs(plain - whole[m:]).max() < 1e-3 * np.abs(whole).max(), (
    f"Plain ridge on the rest with your penalty {lam_rest:.4f} is not the weighted fit."
)
for lam, gamma, free in [(0.1, 0.5, 0.4), (1.0, 2.0, 0.25)]:
    s = rm.shrinkage(*answer.numbers(2, lam, gamma, free))
    kappa = rm.effective_penalty(lam, gamma, np.array([0.0, 1.0]), np.array([free, 1 - free]))
    assert checks.close(1 / s - 1, kappa), (
        f"At lam = {lam}, gamma = {gamma}, free = {free} your pair has another shrinkage than the "
        "penalised block."
    )
print("Exercise 1: correct.")


# %% [markdown] exercise={"minutes": 30, "objectives": [1, 4], "stars": 2}
# ## 2. Free, or forbidden ★★
#
# *4 points, about 30 minutes.*
#
# A plain teacher has overlap $p$ with the target and energy $q$; the part $\zeta^2$ of the target lies along $v$. Return $L_s - L_t$ for two students
# with penalty $\lambda_s$: for one, $v$ is free of penalty ($\kappa_\Gamma = 1$); for the other it is forbidden ($\kappa_\Gamma \to -\infty$). Use the traces
# $M_1 = m_1(\lambda_s; \gamma_s)$ and $M_2 = m_2(\lambda_s; \gamma_s)$.
#
# <details><summary>Hint</summary>
#
# The chapter's formula holds for every relief. What does $G = (1 - \kappa_\Gamma)/(1 - \kappa_\Gamma\lambda_sM_1)$ become at the two ends?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def free_and_forbidden(p, q, M1, M2, lam_s, zeta):
    """L_s − L_t of a student with free direction v, and of one that may not use v."""
    lost = lam_s * M1

    def difference(G):
        gain = q - p + zeta**2 * p * (1 - p) * (1 - G)
        cost = q - zeta**2 * p**2 * (1 - G**2)
        return -2 * lost * gain + lam_s**2 * M2 * cost

    return difference(0.0), difference(1 / lost)


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Why</summary>
#
# At $\kappa_\Gamma = 1$ the numerator of $G$ vanishes. For $\kappa_\Gamma \to -\infty$ both ones are negligible and $G \to 1/(\lambda_sM_1)$: the student loses the
# fraction $G\lambda_sM_1 = 1$ of $v$, everything. The difference of the two errors is
# $\zeta^2p\,[\,2(1 - p) + p\,M_2/M_1^2\,]$: what the teacher knew about $v$, and a little more. The little more ($M_2 > M_1^2$, as
# the mean of squares exceeds the square of the mean) is the forbidden signal, which now acts as noise in the student's labels.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("free_and_forbidden")
for lam_t, lam_s, gamma_t, gamma_s, zeta in [
    (0.5, 0.2, 0.5, 0.5, 0.6),
    (0.1, 1.5, 0.8, 2.0, 0.9),
    (2.0, 0.5, 1.5, 0.3, 0.3),
]:
    teacher = ridge.teacher_moments(lam_t, gamma_t, 1.0)
    found = answer.numbers(2, *teacher, *rm.resolvent_traces(lam_s, gamma_s), lam_s, zeta)
    for value, relief, name in zip(found, (1.0, -1e10), ("free", "forbidden"), strict=True):
        # The general solver of the chapter: two blocks, no closed form.
        spike = Blocks.spike(zeta, relief)
        solved = wr.error_difference(lam_t, lam_s, gamma_t, gamma_s, 1.0, spike)
        assert checks.close(value, solved, atol=1e-5), (
            f"The block solver finds another difference than your {value:.5f} for the {name} "
            f"direction at lam_s = {lam_s}, gamma_s = {gamma_s}, zeta = {zeta}."
        )
print("Exercise 2: correct.")

# %% [markdown]
# The same without any theory: the forbidden direction is a column that is deleted.

# %%
deleted = dict(lam_t=0.5, gamma_t=0.5, noise_var=1.0)
to_delete, own_lam, own_gamma_s = 0.6, 0.2, 0.5


def delete_trial(rng, d=150):
    """L_s − L_t of the free and of the forbidden student."""
    target = wr.draw_target([1, d - 1], [to_delete**2, 1 - to_delete**2], rng)
    X = rng.standard_normal((round(d / deleted["gamma_t"]), d))
    Z = rng.standard_normal((round(d / own_gamma_s), d))
    y = X @ target + np.sqrt(deleted["noise_var"]) * rng.standard_normal(len(X))
    teacher = fit(X, y, deleted["lam_t"], np.ones(d))
    free = fit(Z, Z @ teacher, own_lam, np.arange(d) > 0)
    forbidden = np.append(0.0, fit(Z[:, 1:], Z @ teacher, own_lam, np.ones(d - 1)))
    L_t, *L_s = (np.sum((beta - target) ** 2) for beta in (teacher, free, forbidden))
    return np.array(L_s) - L_t


changes = Estimate.of([delete_trial(rng) for rng in np.random.default_rng(2).spawn(30)])
moments, traces = ridge.teacher_moments(**deleted), rm.resolvent_traces(own_lam, own_gamma_s)
theory = free_and_forbidden(*moments, *traces, own_lam, to_delete)
for k, name in enumerate(["free", "forbidden"]):
    found = f"{changes.mean[k]:+.3f} ± {2 * changes.stderr[k]:.3f}"
    print(f"{name:9s} L_s - L_t = {found}, theory {theory[k]:+.3f}")


# %% [markdown] exercise={"minutes": 35, "objectives": [3], "stars": 2}
# ## 3. How much alignment is enough? ★★
#
# *5 points, about 35 minutes.*
#
# The chapter answers for an optimal teacher. Now let the plain teacher be *any* ridge regression, with overlap $p$ and energy $q$: under-regularised
# ($q > p$), optimal ($q = p$) or over-regularised ($q < p$). The student may choose its penalty $\lambda_s$ and its relief $0 \le \kappa_\Gamma \le 1$ freely.
# Return the alignment $\zeta \ge 0$ above which *some* student wins; 0 if any alignment does.
#
# <details><summary>Hint</summary>
#
# $h(\lambda_s) = \lambda_sM_2/M_1$ has infimum $h_{\min} = 0$ for $\gamma_s \le 1$ and minimum $h_{\min} = (1 + \sqrt{1 - 1/\gamma_s})/2$ for $\gamma_s > 1$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def enough_alignment(p, q, gamma_s):
    """Alignment above which some student with relief beats a plain teacher."""
    h = 0.0 if gamma_s <= 1 else (1 + np.sqrt(1 - 1 / gamma_s)) / 2
    surplus = q * h - 2 * (q - p)
    return np.sqrt(max(surplus, 0.0) / (p * (2 * (1 - p) + h * p)))


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Why</summary>
#
# With badness $c = 2(1 - p/q)$ the chapter has $\zeta_c^2 = q(h - c)/\{p(1 - G)[2(1 - p) + hp(1 + G)]\}$. The derivative of the denominator in $G$ is
# $-2p\,[(1 - p) + hpG] \le 0$, so full relief ($G = 0$) is best. There, $\zeta_c^2 = q(h - c)/\{p[2(1 - p) + hp]\}$ has a derivative in $h$ with the sign
# of $2(1 - p) + cp = 2(1 - p^2/q) \ge 0$ (the error $1 - p^2/q$ of the best multiple of the teacher is not negative). So the smallest $h$ is best.
#
# What is new: with $\gamma_s < 1$ an over-regularised teacher asks for $\zeta^2 > (p - q)/(p(1 - p))$, although the optimal one
# asks for nothing. It has shrunk too much everywhere, and a student can only shrink more. And since
# $\zeta_c \le 1$ is the same as $h(q - p^2) \le 2(q - p^2)$, which is always true, *every* teacher with $q > p^2$ loses to some student if the target lies along $v$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("enough_alignment")


def somebody_wins(zeta, lam_t, gamma_t, gamma_s):
    """Search over penalties and reliefs with the block solver."""
    reliefs, lam_s = [0.3, 0.8, 0.99, 1.0], np.logspace(-7, 3, 501)
    pair = lam_t, lam_s, gamma_t, gamma_s, 1.0
    return min(wr.error_difference(*pair, Blocks.spike(zeta, r)).min() for r in reliefs) < 0


for case in [
    (0.5, 0.5, 2.0),
    (0.3, 0.5, 2.0),
    (1.5, 0.5, 0.5),
    (2.0, 1.0, 3.0),
    (0.5, 0.5, 0.5),
    (0.02, 0.9, 1.5),
]:
    lam_t, gamma_t, gamma_s = case
    zeta = answer.number(*ridge.teacher_moments(lam_t, gamma_t, 1.0), gamma_s)
    where = f"At lam_t = {lam_t}, gamma_t = {gamma_t}, gamma_s = {gamma_s} your {zeta:.4f}"
    assert -1e-6 < zeta < 1 + 1e-6, f"{where} is not between 0 and 1."
    above, below = min(1.01 * zeta + 0.01, 1.0), 0.99 * zeta - 0.01
    assert somebody_wins(max(above, 0), *case), f"{where} is not enough for any student."
    assert below <= 0 or not somebody_wins(below, *case), f"{where} is more than a student needs."
print("Exercise 3: correct.")


# %% [markdown] exercise={"minutes": 40, "objectives": [1], "stars": 3}
# ## 4. Design a penalty for a given target ★★★
#
# *5 points, about 40 minutes.*
#
# You know where the target's energy is: blocks with fractions $\varphi_b$ and energies $e_b > 0$. The teacher is the *optimal plain* one, with shrinkage $s$.
# Unlabelled inputs are unlimited ($\gamma_s \to 0$), so that the student's shrinkage in block $b$ is $1/(1 + c_b)$ with $c_b = \lambda_sg_b$, the **price** of the
# block. Return the prices $c_b \ge 0$ that minimise the student's error. (They are *not* proportional to the Bayes weights $\varphi_b/e_b$. Why not?)
#
# <details><summary>Hint</summary>
#
# In block $b$ the teacher has overlap $p_b = se_b$ and energy $q_b = s^2e_b + \varphi_bs(1 - s)$; the sum of the energies is $q = p = s$. The student multiplies the block
# by a number $a_b \le 1$. Which one is best?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def best_prices(fractions, energies, s):
    """Prices λ_s g_b of the best student of an optimal plain teacher, for γ_s -> 0."""
    density = np.asarray(energies) / np.asarray(fractions)
    return (1 - s) * np.maximum(1 / density - 1, 0.0)


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Why</summary>
#
# Block $b$ of the student's error is $e_b - 2a_bp_b + a_b^2q_b$. Without a constraint the best factor is $a_b = p_b/q_b = e_b/(se_b + (1 - s)\varphi_b)$, which means
# $c_b = 1/a_b - 1 = (1 - s)(\varphi_b/e_b - 1)$. Where the energy is denser than average this is negative: there the teacher has
# shrunk too much, and a penalty cannot undo it. The best it can do is $c_b = 0$. So the best student is *free* wherever the target is dense, and
# elsewhere pays the Bayes price less the one that the teacher has paid already. The belief to put in a student's penalty is the truth *relative to the teacher's belief*.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("best_prices")
prices_tried = np.append(0.0, np.logspace(-4, 3, 1501))
for fractions, energies, lam_t, gamma_t in [
    ([0.2, 0.8], [0.7, 0.3], 0.5, 0.5),
    ([0.1, 0.3, 0.6], [0.3, 0.4, 0.3], 1.0, 2.0),
]:
    noise_var, s = lam_t / gamma_t, rm.shrinkage(lam_t, gamma_t)
    prices = answer.array((len(fractions),), np.array(fractions), np.array(energies), s)
    assert prices.min() > -1e-5, f"One of your prices is negative, {prices.min():.4f}."
    prices = np.maximum(prices, 0)
    for b in range(len(fractions)):  # change one price, keep the others
        only = Blocks(fractions, 1.0 * (np.arange(len(fractions)) == b), energies)
        tried = wr.student_error(lam_t, prices_tried, gamma_t, 1e-9, noise_var, only)
        yours = wr.student_error(lam_t, prices[b], gamma_t, 1e-9, noise_var, only)
        assert yours < tried.min() + 2e-5, (
            f"With energies {energies} another price than your {prices[b]:.4f} is better in block "
            f"{b + 1}."
        )
print("Exercise 4: correct.")

# %% [markdown]
# How much better than the Bayes weights is that, and does the design survive when unlabelled inputs are few? Each row gives the penalty its best strength (a
# common factor on all prices). The $10^{-3}$ keeps the free block's weight positive, because with $\gamma_s > 1$ too much of it cannot be free.

# %%
fractions, energies = [0.2, 0.8], [0.7, 0.3]
common = dict(lam_t=0.5, gamma_t=0.5, noise_var=1.0)
designed = best_prices(fractions, energies, rm.shrinkage(common["lam_t"], common["gamma_t"]))
penalties = {"plain": [1, 1], "Bayes": np.divide(fractions, energies), "designed": designed + 1e-3}
for gamma_s in [1e-3, 0.5, 2.0]:
    for name, weights in penalties.items():
        blocks = Blocks(fractions, weights, energies)
        case = dict(lam_s=np.logspace(-5, 3, 801), gamma_s=gamma_s, blocks=blocks) | common
        gap = wr.student_error(**case).min() - ridge.teacher_error(**common)
        print(f"gamma_s = {gamma_s:5}: best L_s - L_t = {gap:+.4f} with the {name} penalty")


# %% [markdown] points=1 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# With many unlabelled inputs the designed student gains 40 % more than one with the Bayes weights; at $\gamma_s = 1/2$ the order is the same. With fewer inputs than
# dimensions no student wins here, and the design is the *worse* of the two: such a student has to guess what it cannot see, as if it were learning from
# scratch, and then the absolute belief counts again, not the one relative to the teacher's. That the order changes is only a computation, not a theorem.
#
# </details>

# %% [markdown] exercise={"minutes": 35, "objectives": [3, 4], "stars": 2}
# ## 5. The weak spot of a weighted teacher ★★
#
# *5 points, about 35 minutes.*
#
# Now the teacher has weights $g_b$ of its own. In block $b$ let $p_b = E\langle\beta_t, \beta_\star\rangle_b$ be its overlap with the target and
# $q_b = E\|\beta_t\|_b^2$ its energy (inner product and norm over the coordinates of the block).
#
# (a) Return the **surpluses** $q_b - p_b$, one for each block.
#
# (b) On paper: let the student penalise block $b$ only, a little, with $\gamma_s < 1$. Show that it wins if the surplus is positive and loses if it is negative.
#
# <details><summary>Hint</summary>
#
# In a block, shrinkage $s_b$, signal $s_be_b$ and the noise $\gamma_t\varphi_bs_b^2\omega^2$ are as in the tools chapter; $\omega^2$ is common to all blocks. `rm.effective_penalty` gives $s_b$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def surpluses(weights, lam_t, gamma_t, noise_var, fractions, energies):
    """q_b − p_b of a weighted teacher, one number for each block."""
    weights, fractions, energies = map(np.asarray, (weights, fractions, energies))
    s = 1 / (1 + rm.effective_penalty(lam_t, gamma_t, weights, fractions) * weights)
    missed = np.sum((1 - s) ** 2 * energies)
    omega_squared = (noise_var + missed) / (1 - gamma_t * np.sum(fractions * s**2))
    variance = gamma_t * fractions * s**2 * omega_squared
    return s**2 * energies + variance - s * energies


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution of (b)</summary>
#
# Let $\kappa$ be the student's effective penalty: it keeps $a = 1/(1 + \kappa) \approx 1 - \kappa$ of block $b$ and all of the others. In this block the error changes from
# $e_b - 2p_b + q_b$ to $e_b - 2ap_b + a^2q_b$, by $2\kappa(p_b - q_b)$ to first order. The noise that the student adds is proportional to the error variance of its
# labels, $(1 - a)^2q_b \approx \kappa^2q_b$, and to $\gamma_s\mathrm{df}_2/(1 - \gamma_s\mathrm{df}_2)$, which stays bounded for $\gamma_s < 1$: second order. Hence
# $L_s - L_t \approx -2\kappa(q_b - p_b)$, and for a penalty with weights $g_b$ the sum $-2\kappa\sum_bg_b(q_b - p_b)$. With one block this is Mechanism I ($q > p$).
# A teacher is safe from all cautious students if no surplus is positive; the Bayes teacher has $q_b = p_b$ in every block.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("surpluses")
first, second = ([0.2, 0.3, 0.5], [0.6, 0.3, 0.1]), ([0.5, 0.3, 0.2], [0.2, 0.5, 0.3])
tried = {"plain": (0, 0.4, 0.8, 0.5, *first), "overconfident": (2, 0.4, 0.8, 0.5, *first)}
tried |= {"Bayes": (1, 0.4, 0.8, 0.5, *first), "weighted": (0.5, 1.5, 0.5, 1.0, *second)}
for name, (power, lam_t, gamma_t, noise_var, *blocks_of) in tried.items():
    fractions, energies = map(np.array, blocks_of)
    weights = (fractions / energies) ** power
    found = answer.array((3,), weights, lam_t, gamma_t, noise_var, fractions, energies)
    for b in range(3):  # the slope of a student's error: exact errors at a tiny penalty
        lam_s, only = 1e-6, 1.0 * (np.arange(3) == b)
        kappa = rm.effective_penalty(lam_s, 0.5, only, fractions)
        pair = lam_t, lam_s, gamma_t, 0.5, noise_var
        block = Blocks(fractions, only, energies)
        slope = wr.error_difference(*pair, block, weights) / kappa
        assert abs(found[b] + slope / 2) < 2e-4, (
            f"Your surplus {found[b]:.4f} in block {b + 1} of the {name} teacher does not explain "
            "what a cautious student of that block gains."
        )
print("Exercise 5: correct.")

# %% [markdown]
# Where are the weak spots? A positive number is an invitation.

# %%
fractions, energies = [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]
bayes = np.divide(fractions, energies)
for name, power in [("plain", 0), ("timid", 0.5), ("Bayes", 1), ("overconfident", 2)]:
    values = surpluses(bayes**power, 0.4, 0.8, 0.5, fractions, energies)
    listed = [f"block {b}: {value:+.4f}" for b, value in enumerate(values.round(4) + 0.0, 1)]
    print(f"{name:13s}", "  ".join(listed))


# %% [markdown] exercise={"minutes": 35, "objectives": [4], "stars": 3}
# ## 6. Break the theory, and mend it: correlated inputs ★★★
#
# *4 points, about 35 minutes.*
#
# Real inputs are not isotropic. Let the coordinates of block $b$ have variance $v_b$, let the penalty have weights $g_b$, and the coefficients of the
# target the energies $E\|\beta_\star\|_b^2 = E_b$. The error is that of *predictions* at new inputs of the same kind, $L = E\langle\hat\beta - \beta_\star, x\rangle^2$.
#
# This is an *isotropic* model in disguise. Return its weights and energies.
#
# <details><summary>Hint</summary>
#
# Write $x_i = \sqrt{v_i}\,z_i$ with $z \sim N(0, I)$. Which coefficients does $\langle\beta, x\rangle$ have in terms of $z$, and what does the penalty become?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def undisguise(variances, weights, energies):
    """Weights and energies (in this order) of the isotropic model with the same errors."""
    variances = np.asarray(variances)
    return weights / variances, variances * energies


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("undisguise")
rng = np.random.default_rng(6)
for v, sizes in [([4.0, 0.5], [10, 30]), ([0.2, 1.0, 3.0], [6, 4, 5])]:
    n, d, variances = 2 * sum(sizes), sum(sizes), np.repeat(v, sizes)
    z, beta, g = rng.standard_normal((n, d)), rng.standard_normal(d), rng.uniform(0.5, 2, d)
    new_g, new_e = answer.arrays([(d,)] * 2, variances, g, beta**2)
    assert checks.close(np.sum(new_e), np.sum(variances * beta**2)), (
        f"Your energies sum to {np.sum(new_e):.3f}, which is not the mean square of predictions."
    )
    X, y = z * np.sqrt(variances), rng.standard_normal(n)
    correlated, isotropic = X @ fit(X, y, 0.3, g), z @ fit(z, y, 0.3, new_g)
    assert np.abs(correlated - isotropic).max() < 1e-3, (
        "The isotropic regression with your weights predicts something else."
    )
    assert checks.close(new_e, variances * beta**2), (
        "The energies of single blocks are wrong: compare with the coefficients in terms of z."
    )
print("Exercise 6: correct.")

# %% [markdown]
# Now the experiment. A fifth of the coordinates has a large variance, and *plain* ridge is used by both players. In the isotropic theory the
# teacher below ($\lambda_t = \sigma^2\gamma_t$) is optimal and no plain student wins. What do you predict here?

# %%
alone, own_gamma = dict(lam_t=0.5, gamma_t=0.5, noise_var=1.0), 0.5
stretched, E_b = np.array([3.0, 0.5]), np.array([0.3, 0.2])  # Σ v_b E_b = 1
tried_lam, block_sizes = np.logspace(-2, 1, 9), np.array([30, 120])


def correlated_trial(rng):
    """Prediction errors of a plain teacher and of plain students."""
    target, scale = (
        wr.draw_target(block_sizes, E_b, rng),
        np.repeat(np.sqrt(stretched), block_sizes),
    )
    d = len(target)
    X = rng.standard_normal((round(d / alone["gamma_t"]), d)) * scale
    Z = rng.standard_normal((round(d / own_gamma), d)) * scale
    y = X @ target + np.sqrt(alone["noise_var"]) * rng.standard_normal(len(X))
    teacher = fit(X, y, alone["lam_t"], np.ones(d))
    students = wr.weighted_path(Z, (Z @ teacher)[:, None], tried_lam, np.ones(d))[:, :, 0]
    return np.sum((np.vstack([teacher, students]) - target) ** 2 * scale**2, axis=1)


errors = np.array([correlated_trial(rng) for rng in np.random.default_rng(7).spawn(24)])
change = Estimate.of(errors[:, 1:] - errors[:, :1])

# %% mystnb={"image": {"alt": "Difference of student's and teacher's error against the student's penalty. The simulated markers go down to about -0.02 near a penalty of 0.1 and follow the curve of the block model, which crosses zero near 0.4; the curve of the isotropic theory is never below zero."}} tags=["hide-input"]
x = np.logspace(-2, 1, 200)
weights, energies = undisguise(stretched, np.ones(2), E_b)
blocks, case = (
    Blocks(block_sizes / block_sizes.sum(), weights, energies),
    dict(gamma_s=own_gamma) | alone,
)
mended = wr.error_difference(lam_s=x, blocks=blocks, teacher_weights=weights, **case)
naive = ridge.student_error(lam_s=x, **case) - ridge.teacher_error(**alone)
fig, ax = figures.subplots(figsize=(6.6, 3.5))
figures.curve(x, mended, sample=(tried_lam, change), label="block model", ax=ax)
look = dict(color=figures.COLOURS[1], linewidth=2, label="isotropic theory")
ax.plot(x, naive, ":", **look)
figures.zero_line(ax, width=1)
title = "correlated inputs; markers: 24 data sets, mean ± 2 s.e."
figures.describe(ax, "lam_s", "difference", title, log="x", legend="best")
plt.show()


# %% [markdown] points=2 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# The isotropic theory fails: the supposedly optimal teacher loses, even to a student with the same plain penalty. Its error is about 0.24 where the
# isotropic theory says 0.41. The block model with the weights $g_b/v_b$ has both right (the markers lie lower by about 0.003, an effect of $d = 150$). So
# *the Gaussian-sequence equivalent survives*; what breaks is the belief that plain ridge is a neutral penalty. Seen from $z$ it
# spares the large-variance block ($g = 1/3$ against 2), and 90 % of the prediction energy lies there: an aligned penalty, for both players.
#
# With such weights the best $\lambda_t$ is about 0.76, not 0.5. The teacher is under-regularised in block 2, where the student's penalty is large: by
# exercise 5 a cautious student wins if $\sum_bg_b(q_b - p_b) > 0$. Against the teacher with $\lambda_t = 0.76$ a trifle remains ($-0.002$ at best): its weights are too
# timid ($\varphi_b/e_b$ is 0.22 and 8), and only a Bayes teacher is safe.
#
# </details>

# %% [markdown] exercise={"minutes": 30, "objectives": [2], "stars": 2}
# ## 7. Check it by simulation ★★
#
# *4 points, about 30 minutes.*
#
# Theory says that an *optimally* regularised plain teacher ($\lambda_t = \sigma^2\gamma_t$) can be beaten. Do the experiment: the target has the part $\zeta^2$ of its energy
# along the first coordinate axis, and the student's penalty has the weight $1 - \kappa_\Gamma$ there (`relief` is $\kappa_\Gamma$), and 1 elsewhere. The student learns from the
# teacher's answers at fresh inputs. Return $L_s - L_t$ of one trial in `d` dimensions, without
# `wr.error_difference`.
#
# <details><summary>Hint</summary>
#
# `wr.draw_target([1, d - 1], [zeta**2, 1 - zeta**2], rng)` draws the target. Both fits are calls of `fit`; what are the labels, the inputs, the weights of each?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def aligned_trial(rng, zeta, relief, lam_s, gamma_t, gamma_s, noise_var, d):
    """L_s − L_t of a student with relief along the first axis, behind an optimal plain teacher."""
    target = wr.draw_target([1, d - 1], [zeta**2, 1 - zeta**2], rng)
    X, Z = (rng.standard_normal((round(d / gamma), d)) for gamma in (gamma_t, gamma_s))
    y = X @ target + np.sqrt(noise_var) * rng.standard_normal(len(X))
    teacher = fit(X, y, noise_var * gamma_t, np.ones(d))
    weights = np.ones(d)
    weights[0] = 1 - relief
    student = fit(Z, Z @ teacher, lam_s, weights)
    return np.sum((student - target) ** 2) - np.sum((teacher - target) ** 2)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("aligned_trial", without=["weighted_ridge.error_difference"])
names = ("zeta", "relief", "lam_s", "gamma_t", "gamma_s", "noise_var", "d")
settings = [(0.3, -3.0, 0.8, 0.5, 0.8, 1.7, 80), (0.6, -2.0, 1.5, 0.3, 2.0, 0.5, 60)]
for setting in [*settings, (0.95, 0.97, 4.0, 0.4, 0.6, 0.25, 60)]:
    zeta, relief, lam_s, gamma_t, gamma_s, noise_var, _ = setting
    case = dict(zip(names, setting, strict=True))
    rngs = np.random.default_rng(7).spawn(48)
    trials = Estimate.of([answer.number(rng, **case) for rng in rngs])
    assert trials.stderr > 0, "All trials are equal: draw new data from rng in every trial."
    pair = noise_var * gamma_t, lam_s, gamma_t, gamma_s, noise_var
    solved = wr.error_difference(*pair, Blocks.spike(zeta, relief))
    assert abs(trials.mean - solved) < 4 * trials.stderr + 0.01, (
        f"The mean of your trials is {trials.mean:.3f} at zeta = {zeta}, relief = {relief}, and "
        "the theory has another number: compare labels, inputs, weights and noise with the text."
    )
    small = [answer.number(rng, **case | {"d": 2}) for rng in np.random.default_rng(8).spawn(48)]
    assert np.std(small) > 2 * 48**0.5 * trials.stderr, (
        "Trials in two dimensions should scatter much more than trials in many: what does d do?"
    )
print("Exercise 7: correct.")

# %% [markdown]
# Is the gain larger than chance? Mean ± 2 standard errors of 40 trials, against the theory, for two beliefs.

# %%
given = dict(zeta=0.8, lam_s=0.3, gamma_t=0.5, gamma_s=0.3, noise_var=1.0)
for belief in [0.9, -2.0]:
    rngs = np.random.default_rng(9).spawn(40)
    runs = Estimate.of([aligned_trial(rng, relief=belief, d=150, **given) for rng in rngs])
    found = f"{runs.mean:+.3f} ± {2 * runs.stderr:.3f}"
    bayes_lam = given["noise_var"] * given["gamma_t"]
    spike = Blocks.spike(given["zeta"], belief)
    pair = bayes_lam, *(given[key] for key in ("lam_s", "gamma_t", "gamma_s", "noise_var"))
    theory = wr.error_difference(*pair, spike)
    print(f"relief {belief:4}: L_s - L_t = {found}, theory {theory:+.3f}")

# %% [markdown] points=1 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# With relief 0.9 the mean lies many standard errors below zero: the student wins against the best plain teacher. With relief $-2$, a belief that the target
# avoids $v$, it loses. The simulation agrees with the theory up to its error bars and an offset of order $1/d$.
#
# </details>
