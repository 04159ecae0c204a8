# %% [markdown]
# # Exercises: pre-training as a warm start
#
# They belong to the chapter [Pre-training: a geometric warm start](../warm_start.ipynb). Each asks for one short function (the last
# for two). The check below it accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a
# derivation, ★★★ a small study of your own.
#
# Notation of the chapter: the truth $w_\star$, the supervisor $w_t$, the student $w$ and its start $w_0$ are unit vectors in
# $\mathbb{R}^d$, with overlaps $\rho = \langle w_t, w_\star\rangle$, $m = \langle w, w_\star\rangle$ ($m_0$ at the start) and $a = \langle w, w_t\rangle$ ($c$ at the start). Labels are $h_k(\langle w_t, x\rangle)$ with the
# normalised Hermite polynomial $h_k$ of degree $k$. Test error at overlap $m$ with the truth: $L = 2 - 2m^k$.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import solve_ivp

from w2slib import checks, figures
from w2slib import warm_start as ws
from w2slib.simulation import Estimate

hermite = ws.LINKS["hermite"]  # hermite(z, degree) returns h_k(z) and its derivative h_k'(z)
checks.remember(globals())  # a check then says which of these names was overwritten


# %% [markdown] exercise={"minutes": 20, "objectives": [3], "stars": 1}
# ## 1. The price of a good start ★
#
# *3 points, about 20 minutes.*
#
# Pre-training sees $n$ unlabelled inputs $x \sim N(0, I_d + \theta vv^\top)$ with $\langle v, w_\star\rangle = \alpha$ (`alignment`) and returns their
# top principal direction. Return the smallest whole number of inputs at which this start *alone*, before any fine-tuning, has in the
# limit of the chapter a test error of at most `target`; `np.inf` where no number is enough.
#
# <details><summary>Hint</summary>
#
# First turn the error into an overlap with the truth, then into an overlap with $v$. What is the largest overlap with the truth that a
# perfect estimate of $v$ has?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def samples_for_error(target, theta, dim, degree, alignment):
    """Smallest number of unlabelled inputs whose spectral start has this error."""
    overlap = (1 - target / 2) ** (1 / degree) / alignment  # with the spike
    if overlap >= 1:
        return np.inf
    # overlap² (1 + γ/θ) = 1 − γ/θ², solved for 1/γ = n/d
    per_dimension = (1 / theta**2 + overlap**2 / theta) / (1 - overlap**2)
    return int(np.ceil(dim * per_dimension))


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("samples_for_error", allow=["inf"])


def limit_error(n, theta, dim, degree, alignment):
    """Error of the start that n inputs give, in the limit of many dimensions."""
    gamma = dim / n
    square = (1 - gamma / theta**2) / (1 + gamma / theta) if theta**2 > gamma else 0.0
    return 2 - 2 * (alignment * np.sqrt(square)) ** degree


for case in [
    (1.0, 2.0, 200, 2, 1.0),
    (1.2, 0.5, 1000, 3, 0.9),
    (0.3, 4.0, 50, 2, 0.95),
    (1.5, 2.0, 90, 2, 0.6),
]:
    name = "For target {}, theta {}, d {}, degree {}, alignment {}".format(*case)
    n = answer.number(*case)
    assert np.isfinite(n), f"{name} some number of inputs is enough."
    assert float(n).is_integer(), f"{name} your answer is not a whole number of inputs."
    assert n > 1, f"{name} your number of inputs is too small."
    error = limit_error(n, *case[1:])
    assert error <= case[0] + 1e-9, f"{name} the error with your {n:g} inputs is {error:.4f}."
    fewer = limit_error(n - 1, *case[1:])
    assert fewer >= case[0] - 1e-9, f"{name} fewer than your {n:g} inputs would do."
for target, alignment in [(0.9, 0.7), (0.1, 0.95)]:
    assert answer.number(target, 2.0, 100, 2, alignment) == np.inf, (
        f"A perfect estimate of a spike with alignment {alignment} has a larger error than "
        f"{target} for degree 2."
    )
print("Exercise 1: correct.")


# %% [markdown] exercise={"minutes": 35, "objectives": [2], "stars": 2}
# ## 2. Where the walk comes closest to the truth ★★
#
# *5 points, about 35 minutes.*
#
# (a) On paper: fine-tuning on the population walks from $w_0$ to $w_t$ along the shorter arc of the great circle through both. Show that for
# independent errors, $\langle w_0, w_t\rangle = m_0\rho$ with $0 < m_0 < 1$ and $0 < \rho < 1$, the largest overlap with the truth exceeds $\rho$.
#
# (b) Return the point of that arc with the largest overlap with the truth, for *any* three unit vectors of which no two are parallel.
# (`ws.best_overlap` knows the overlap, but not the point.)
#
# <details><summary>Hint</summary>
#
# Among all unit vectors of a plane, the one along the projection of $w_\star$ on the plane is closest to $w_\star$. It need not lie on the arc.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def closest_on_arc(w0, w_t, truth):
    """Unit vector between w0 and w_t with the largest overlap with the truth."""
    c = w0 @ w_t
    side = (w0 - c * w_t) / np.sqrt(1 - c**2)  # with w_t, an orthonormal basis of the plane
    angle = np.arctan2(truth @ side, truth @ w_t)  # of the projection, seen from w_t
    if 0 <= angle <= np.arccos(c):
        return np.cos(angle) * w_t + np.sin(angle) * side
    return max(w0, w_t, key=lambda end: end @ truth)


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution of (a)</summary>
#
# Let $c = \langle w_0, w_t\rangle$ and $u = (w_0 - c\,w_t)/\sqrt{1 - c^2}$, so that $w_t$ and $u$ are an orthonormal basis of the plane. The projection of the
# truth has the coordinates $\rho$ and $b = \langle u, w_\star\rangle = (m_0 - c\rho)/\sqrt{1 - c^2}$, hence the length $\sqrt{\rho^2 + b^2}$, which is the overlap of
# the nearest unit vector with $w_\star$. With $c = m_0\rho$ this is $b = m_0(1 - \rho^2)/\sqrt{1 - m_0^2\rho^2} > 0$: more than $\rho$, and on the
# side of $w_0$. The point lies before $w_0$ because by the same argument with the parts of $w_0$ and $w_t$ exchanged it lies on $w_t$'s side of $w_0$.
# So every start with $0 < m_0 < 1$ and an *independent* error passes closer to the truth than its supervisor is; without independence this needs $c < m_0/\rho$.
# (The chapter's derivation, this book's own.)
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("closest_on_arc")


def arc(w0, w_t, n=4001):
    """Points of the arc between two unit vectors."""
    angle = np.arccos(w0 @ w_t)
    s = np.linspace(0, 1, n)[:, None]
    return (np.sin((1 - s) * angle) * w0 + np.sin(s * angle) * w_t) / np.sin(angle)


rng, seen = np.random.default_rng(2), set()
for _ in range(30):
    w0, w_t, truth = (v / np.linalg.norm(v) for v in rng.standard_normal((3, 4)))
    points = arc(w0, w_t)
    best = points[np.argmax(points @ truth)]
    where = "start" if best @ w0 > 1 - 1e-9 else "supervisor" if best @ w_t > 1 - 1e-9 else "inside"
    found = answer.array((4,), w0, w_t, truth)
    length = np.linalg.norm(found)
    assert abs(length - 1) < 1e-3, f"Your point has length {length:.4f} instead of 1."
    off = np.linalg.norm(points - found, axis=1).min()
    assert off < 4e-3, f"Your point is {off:.3f} away from the arc."
    assert best @ truth - found @ truth < 1e-4, (
        f"Another point of the arc is closer to the truth than yours, whose overlap is "
        f"{found @ truth:.4f}: the three vectors need not be in any special position."
    )
    seen.add(where)
print("Exercise 2: correct, with the best point at each of", sorted(seen))


# %% [markdown] exercise={"minutes": 40, "objectives": [1, 2], "stars": 2}
# ## 3. How long is the walk? ★★
#
# *5 points, about 40 minutes.*
#
# Let the link be any $g = \sum_{j \ge 1} c_j h_j$ with $\sum_j c_j^2 = 1$ instead of a single $h_k$. The population loss of a student whose overlap with
# the supervisor is $a$ is then $2\sum_j c_j^2(1 - a^j)$.
#
# (a) On paper: derive $\dot a$ for gradient flow on the sphere, $\dot w = -\nabla L$ with $\nabla L$ the gradient's part orthogonal to $w$.
#
# (b) Return the time at which the student is closest to the truth, for independent errors and `coefficients` $= (c_1, c_2, \dots)$. Relative
# error at most 1 %.
#
# <details><summary>Hint</summary>
#
# By exercise 2 the walk starts at $a = m_0\rho$ and is closest to the truth at $a = \rho/m_{\text{best}}$, whatever the coefficients.
# `solve_ivp` stops at an event with `terminal = True`; an integral over $a$ does it, too.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def time_to_peak(m0, rho, coefficients):
    """Time at which the population flow with this link is closest to the truth."""
    c = m0 * rho
    best = np.sqrt(rho**2 + (m0 - c * rho) ** 2 / (1 - c**2))
    power = np.arange(1, len(coefficients) + 1)
    weight = 2 * power * np.square(coefficients)

    def velocity(t, a):
        return np.sum(weight * a ** (power - 1)) * (1 - a**2)

    def arrived(t, a):
        return a[0] - rho / best

    arrived.terminal = True
    path = solve_ivp(velocity, (0, 1e6), [c], events=arrived, rtol=1e-8, atol=1e-10)
    return path.t_events[0][0]


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Solution of (a)</summary>
#
# $a = \langle w, w_t\rangle$ has the gradient $w_t$, of which $w_t - a\,w$ is orthogonal to $w$. So
# $-\nabla L = 2\sum_j j c_j^2 a^{j-1}(w_t - a\,w)$, and $\dot a = \langle\dot w, w_t\rangle = 2\sum_j j c_j^2 a^{j-1}(1 - a^2)$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("time_to_peak", without=["warm_start.best_time"])


def walk(m0, rho, coefficients, step=2e-3):
    """Small steps along the gradient in three dimensions: when the overlap is largest."""
    w, w_t = np.array([m0, np.sqrt(1 - m0**2), 0.0]), np.array([rho, 0.0, np.sqrt(1 - rho**2)])
    best, time = m0, 0.0
    for k in range(1, 3000):
        a = w @ w_t
        slope = 2 * sum(j * c**2 * a ** (j - 1) for j, c in enumerate(coefficients, 1))
        w = w + step * slope * (w_t - a * w)
        w /= np.sqrt(w @ w)
        if w[0] < best:
            return time
        best, time = w[0], k * step


cases = [(0.6, 0.8, (0, 1)), (0.6, 0.8, (0, 0, 1)), (0.3, 0.6, (0.6, 0.0, 0.8))]
for m0, rho, coefficients in [*cases, (0.5, 0.4, (0.1, 0.7, 0.5, 0.5))]:
    found = answer.number(m0, rho, np.array(coefficients, float))
    assert abs(found / walk(m0, rho, coefficients) - 1) < 0.02, (
        f"Small steps along the gradient need another time than your {found:.3f} at m0 = {m0}, "
        f"rho = {rho}, coefficients {coefficients}."
    )
print("Exercise 3: correct.")

# %% [markdown]
# A cold start waits. How much does a *linear part* in the link help, if it holds one per cent of the label's energy ($c_1^2 = 0.01$)?

# %%
for m0 in [0.6, 0.2, 0.05]:
    mixtures = np.array([0, 0, 1.0]), np.array([0.1, 0, np.sqrt(0.99)])
    pure, mixed = (time_to_peak(m0, 0.8, c) for c in mixtures)
    times = f"best time {pure:6.2f} for degree 3, {mixed:5.2f} with the linear part"
    print(f"m0 = {m0:4}: {times}; largest overlap {ws.best_overlap(m0, 0.8):.4f} with both")


# %% [markdown] points=1 tags=["solution"]
# <details><summary>What the numbers say</summary>
#
# The height of the peak belongs to the geometry and does not change. The time does: with degree 3 alone the waiting time grows like
# $1/m_0$; a linear part gives a slope that does not vanish at $a = 0$, so that the walk from a cold start takes a bounded time to get
# under way. But its gain is tiny: a linear part replaces the warm start's *slope*, not its *knowledge*.
#
# </details>

# %% [markdown] exercise={"minutes": 35, "objectives": [1, 4], "stars": 2}
# ## 4. Measure the pull of the labels ★★
#
# *5 points, about 35 minutes.*
#
# The sampled loss is $\hat L(w) = \frac1n\sum_i\bigl(h_k(\langle w, x_i\rangle) - h_k(\langle w_t, x_i\rangle)\bigr)^2$, and $\nabla\hat L$ is its gradient's part
# orthogonal to $w$. Return the measured one-point curvature towards the supervisor,
#
# $$\hat\mu = \frac{\langle -\nabla\hat L(w), w_t - w\rangle}{\|w_t - w\|^2},$$
#
# for inputs `X` with one row per sample. `hermite` from the first cell gives $h_k$ and $h_k'$.
#
# <details><summary>Hint</summary>
#
# By the chain rule the gradient of $\hat L$ is $\frac2n\sum_i(\text{value} - \text{label})\,h_k'(\langle w, x_i\rangle)\,x_i$. Subtract its part along $w$.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def measured_curvature(X, w, w_t, degree):
    """Slope of the sampled loss towards w_t, per squared distance."""
    value, slope = hermite(X @ w, degree)
    labels, _ = hermite(X @ w_t, degree)
    gradient = 2 * X.T @ ((value - labels) * slope) / len(X)
    gradient = gradient - (gradient @ w) * w
    return -gradient @ (w_t - w) / np.sum((w_t - w) ** 2)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("measured_curvature")


def loss_on_sphere(X, w, w_t, degree, step):
    """Sampled loss after a step from w towards w_t, with Hermite polynomials from numpy."""
    w = w + step * (w_t - (w @ w_t) * w)
    h = np.polynomial.hermite_e.HermiteE.basis(degree)
    return np.mean((h(X @ w / np.linalg.norm(w)) - h(X @ w_t)) ** 2) / {2: 2, 3: 6}[degree]


for degree, n, dim in [(2, 400, 6), (3, 400, 6), (3, 50, 20)]:
    rng = np.random.default_rng(n + degree)
    X = rng.standard_normal((n, dim))
    w, w_t = ws.unit_vector([0.3, 0.7], dim=dim, rng=rng)
    losses = [loss_on_sphere(X, w, w_t, degree, step) for step in (-1e-5, 1e-5)]
    slope = (losses[0] - losses[1]) / 2e-5 / np.sum((w_t - w) ** 2)
    found = answer.number(X, w, w_t, degree)
    assert checks.close(found, slope, rtol=2e-3, atol=1e-3), (
        f"Differences of the sampled loss do not confirm your {found:.4f} for degree {degree} and "
        f"{n} samples in {dim} dimensions."
    )
print("Exercise 4: correct.")

# %% [markdown]
# **Break the theory.** The formula $\mu(a) = k\,a^{k-1}(1 + a)$ was derived for Gaussian inputs. Three other kinds, all with mean 0 and covariance
# $I$: rows with a random length ($t$ distribution, 10 degrees of freedom); random signs, with $w_t$ in a generic direction; random signs, with $w_t$ a coordinate axis.
# For which of them will the curve be wrong?

# %% mystnb={"image": {"alt": "Measured one-point curvature towards the supervisor against the overlap, degree 3, for four kinds of inputs, with error bars, and the dashed Gaussian theory, which rises from 0 to 6. Gaussian inputs and signs in a generic direction follow it. The t-distributed inputs lie far above it, around a dotted curve that starts at 1.5, with long error bars. Signs along an axis fall away from it at overlaps above 0.8."}}
overlaps, dim = np.linspace(0.05, 0.95, 10), 40
kinds = {"Gaussian": ws.INPUTS["gaussian"], "$t$, 10 degrees": ws.INPUTS["student"]}
kinds["signs"] = ws.INPUTS["sign"]
kinds["signs, $w_t$ an axis"] = lambda rng, n, d: rng.choice([-1.0, 1.0], (n, d))
_, ax = figures.subplots(figsize=(6.2, 3.8))
for index, (name, draw) in enumerate(kinds.items()):
    runs = []
    for rng in np.random.default_rng(5).spawn(6):
        X, others = draw(rng, 8000, dim), ws.unit_vector(overlaps, dim=dim, rng=rng)
        runs.append([measured_curvature(X, w, np.eye(dim)[0], 3) for w in others])
    sample = (overlaps, Estimate.of(runs))
    figures.curve(overlaps, sample=sample, label=name, index=index, ax=ax)
ax.plot(overlaps, ws.curvature(overlaps, 3), "--", color="black", label="theory, Gaussian")
heavy = (1 + overlaps) * (8 * overlaps**2 + 1.5)
ax.plot(overlaps, heavy, ":", color="black", label="theory, $t$ (in the explanation)")
words = "overlap $a$ of student and supervisor", "curvature towards the supervisor"
figures.describe(ax, *words, legend="best", ylim=(-1, 20))
plt.show()


# %% [markdown] points=2 tags=["solution"]
# <details><summary>What the experiment says</summary>
#
# *Signs in a generic direction* follow the curve: $\langle w, x\rangle$ is a sum of many small terms, almost Gaussian, with fourth moment
# $3 - 2\sum_i w_i^4$ instead of 3. *Signs along an axis* do not: $\langle w_t, x\rangle = \pm 1$ is where $h_3' = 0$, so that the pull vanishes on
# arrival.
#
# *Random lengths* are the surprise: the pull is stronger, and it does not vanish at $a = 0$. With $x = \xi z$,
# $h_3(\xi z) = \xi^3 h_3(z) + \tfrac{3}{\sqrt6}(\xi^3 - \xi)\,z$: the labels now have a *linear part*, given $\xi$, as in exercise 3. Since
# $E\,h_3(\xi z)h_3(\xi z') = E\xi^6\,a^3 + \tfrac32 E(\xi^3 - \xi)^2\,a$ for standard normal $z, z'$ with correlation $a$,
# $\mu(a) = (1 + a)\bigl(3E\xi^6\,a^2 + \tfrac32E(\xi^3 - \xi)^2\bigr)$, which is $(1 + a)(8a^2 + \tfrac32)$ for
# $\xi^2 = 8/\chi^2_{10}$: the dotted curve (this book's derivation). The markers scatter around it with wide bars: rare, very long samples
# carry much of the mean, and few runs contain one. So heavy tails make the information exponent 1, and *noise* becomes the
# obstacle: a random start has a slope here, but samples show it badly.
#
# </details>

# %% [markdown] exercise={"minutes": 35, "objectives": [3, 4], "stars": 3}
# ## 5. Break the theory, and mend it: heavy tails in pre-training ★★★
#
# *4 points, about 35 minutes.*
#
# The unlabelled inputs are now $x = \xi\,(I + \theta vv^\top)^{1/2} z$ with $z \sim N(0, I_d)$ and *one* random length $\xi > 0$ for each sample, which is
# independent of $z$ and has heavy tails. The top eigenvector of their sample covariance can be worthless, although the direction is there.
# Return a unit vector that estimates $v$ (up to sign) from the rows of `X` as well as if all $\xi$ were 1, without being told $\theta$ or the
# law of $\xi$.
#
# <details><summary>Hint</summary>
#
# A few long rows dominate $X^\top X$. What does a row tell about $v$ besides its length?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def robust_start(X):
    """Unit vector close to the spike, whatever the lengths of the rows."""
    rows = X / np.linalg.norm(X, axis=1, keepdims=True)
    return np.linalg.eigh(rows.T @ rows)[1][:, -1]


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=3 tags=["check", "hide-input"]
answer = checks.Answer("robust_start")


def spiked_rows(rng, n, v, theta, dof=None):
    """Inputs with a spike along v; with ``dof``, multivariate t inputs."""
    X = rng.standard_normal((n, len(v)))
    X += (np.sqrt(1 + theta) - 1) * np.outer(X @ v, v)
    return X if dof is None else X * np.sqrt(dof / rng.chisquare(dof, (n, 1)))


theta, gamma, dim = 1.5, 0.5, 80  # 160 inputs
limit = np.sqrt((1 - gamma / theta**2) / (1 + gamma / theta))
for dof in [None, 3, 1]:
    overlaps = []
    for rng in np.random.default_rng(5).spawn(8):
        v = ws.unit_vector(dim=dim, rng=rng)
        X = spiked_rows(rng, 2 * dim, v, theta, dof)
        mine = answer.array((dim,), X)
        length = np.linalg.norm(mine)
        assert abs(length - 1) < 1e-3, f"Your vector has length {length:.4f} instead of 1."
        overlaps.append([abs(mine @ v), abs(np.linalg.eigh(X.T @ X)[1][:, -1] @ v)])
    mean, kind = np.mean(overlaps, axis=0), "Gaussian inputs"
    kind = kind if dof is None else f"t inputs with {dof} degrees of freedom"
    assert mean[0] > 0.88 * limit, (
        f"Your overlap for {kind} is {mean[0]:.2f}, and more is possible."
    )
    print(f"{kind}: your overlap {mean[0]:.2f}, plain covariance {mean[1]:.2f}")
print("Exercise 5: correct.")


# %% [markdown] points=1 tags=["solution"]
# <details><summary>Why it works</summary>
#
# The direction of a row, $x/\|x\|$, does not depend on $\xi$: after this scaling the two kinds of inputs are the *same* data. What
# it costs is that $\|z\|$ is divided away as well, and that varies only by a factor $1 \pm O(d^{-1/2})$. So the threshold
# $\theta = \sqrt\gamma$ of Baik, Ben Arous and Péché survives; what was broken was the estimator, not the possibility to learn. (The matrix of the scaled
# rows is known as the spatial-sign covariance. That it loses nothing in the limit is argued and simulated here, not proved.)
#
# </details>

# %% [markdown] exercise={"minutes": 50, "objectives": [2], "stars": 3}
# ## 6. When to stop, without a single true label ★★★
#
# *6 points, about 50 minutes.*
#
# Early stopping needs to know when the student is closest to the truth, and the supervisor's labels do not say. But geometry does, if the
# errors are independent and the spike points at the truth ($\alpha = 1$).
#
# (a) `start_overlap(top, gamma)`: the overlap $m_0$ of a spectral start with the truth, from the *top eigenvalue* of the unlabelled inputs'
# sample covariance and $\gamma = d/n$. In the limit that eigenvalue is $(1 + \theta)(1 + \gamma/\theta)$ above the threshold $\theta = \sqrt\gamma$, and $(1 + \sqrt\gamma)^2$ below
# it, where $m_0 = 0$.
#
# (b) `stopping_step(students, m0)`: the row of `students` at which to stop. The array has shape (steps + 1, $d$) and holds the unit
# vectors of one fine-tuning, from the start to the very end, where it imitates the supervisor.
#
# <details><summary>Hint for (b)</summary>
#
# The last row is as good as $w_t$. With independent errors, what does $\langle w_0, w_t\rangle$ tell about $\rho$? And at which overlap with $w_t$ is the
# walk closest to the truth?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def start_overlap(top, gamma):
    """Overlap of a spectral start with the spike, from the top sample eigenvalue."""
    # θ² − (top − 1 − γ) θ + γ = 0; the larger root is the one above the threshold.
    half = (top - 1 - gamma) / 2
    if half <= np.sqrt(gamma):
        return 0.0
    theta = half + np.sqrt(half**2 - gamma)
    return np.sqrt((1 - gamma / theta**2) / (1 + gamma / theta))


def stopping_step(students, m0):
    """Row of the trajectory that should be closest to the truth."""
    along = students @ students[-1]  # overlaps with the supervisor, as far as we know it
    c = along[0]
    rho = min(c / m0, 1.0)  # independent errors: c = m0 ρ
    sideways = (m0 - rho * c) / np.sqrt(1 - c**2)
    return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways))))


# %% [markdown]
# One fine-tuning, which keeps every student (`ws.fine_tune` keeps only their overlaps), and the errors of its students:

# %%
def students_of(m0, rho, rng, dim=120, samples_per_dim=30, step_size=0.02, n_steps=70):
    """Unit vectors from start to supervisor; degree 3, the truth is the first axis."""
    w, w_t = ws.unit_vector([m0, rho], dim=dim, rng=rng).astype(np.float32)
    X = rng.standard_normal((samples_per_dim * dim, dim), np.float32)
    labels, path = hermite(X @ w_t, 3)[0], [w]
    for _ in range(n_steps):
        value, slope = hermite(X @ w, 3)
        gradient = X.T @ ((value - labels) * slope) * np.float32(2 / len(X))
        w = w - np.float32(step_size) * (gradient - (gradient @ w) * w)
        w = w / np.linalg.norm(w)
        path.append(w)
    return np.array(path, float)


pairs = [(0.6, 0.7), (0.7, 0.7), (0.9, 0.4)]
walks, errors = {}, {}
for pair in pairs:
    walks[pair] = [students_of(*pair, rng) for rng in np.random.default_rng(6).spawn(10)]
    errors[pair] = np.array([2 - 2 * path[:, 0] ** 3 for path in walks[pair]])

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=4 tags=["check", "hide-input"]
overlap = checks.Answer("start_overlap")
rule = checks.Answer("stopping_step")
for theta, gamma in [(1.0, 0.5), (3.0, 2.0), (0.4, 0.1)]:
    top = (1 + theta) * (1 + gamma / theta)
    limit = np.sqrt((1 - gamma / theta**2) / (1 + gamma / theta))
    found = overlap.number(top, gamma)
    assert abs(found - limit) < 1e-3, (
        f"The top eigenvalue {top:.3f} at gamma = {gamma} belongs to another overlap than "
        f"{found:.4f}."
    )
assert overlap.number(0.99 * (1 + 0.5**0.5) ** 2, 0.5) < 1e-6, (
    "An eigenvalue inside the bulk tells nothing: the overlap is zero there."
)
turn = np.linalg.qr(np.random.default_rng(1).standard_normal((120, 120)))[0]
for (m0, rho), paths in walks.items():
    steps = [rule.whole(path @ turn, m0) for path in paths]  # no axis is special
    case, last = f"At m0 = {m0}, rho = {rho}", len(paths[0]) - 1
    assert min(steps) >= 0, f"{case} one of your steps is negative."
    assert max(steps) <= last, f"{case} one of your steps is beyond the last row, {last}."
    stopped = np.mean([e[s] for e, s in zip(errors[m0, rho], steps, strict=True)])
    lowest, end = errors[m0, rho].min(axis=1).mean(), errors[m0, rho][:, -1].mean()
    share = (end - stopped) / (end - lowest)
    assert share > 0.7, (
        f"{case} your rule gets {share:.0%} of what stopping at the best step gains; 70 % are "
        "asked for."
    )
    print(
        f"{case}: error {end:.2f} at the end, {stopped:.2f} at your step ({share:.0%} of the gain)"
    )
print("Exercise 6: correct.")

# %% [markdown]
# Where your rule stops, against a rule that knows nothing: go half of the way (in angle).

# %% mystnb={"image": {"alt": "Three panels, one for each pair of start and supervisor. Test error against gradient steps, mean of 10 runs; it falls, and rises again towards the dashed line of the supervisor, in the last panel nearly from the start. Circles mark the step and error at which the rule stops each run, most of them near the minimum in all panels; crosses mark half of the way, which is near the minimum in the middle panel and far from it in the last."}} tags=["hide-input"]
fig, axes = figures.subplots(1, 3, figsize=(10.4, 3.4))
for ax, ((m0, rho), paths) in zip(axes, walks.items(), strict=True):
    for path, error in zip(paths, errors[m0, rho], strict=True):
        angle = np.arccos(np.clip(path @ path[-1], -1, 1))
        half, mine = np.argmin(np.abs(angle - angle[0] / 2)), stopping_step(path, m0)
        ax.plot(half, error[half], "x", color=figures.COLOURS[1], markersize=5)
        ax.plot(mine, error[mine], "o", color=figures.COLOURS[0], markersize=4)
    ax.plot(errors[m0, rho].mean(axis=0), color="black", linewidth=1, label="mean error")
    figures.teacher_line(2 - 2 * rho**3, label="supervisor", ax=ax)
    figures.describe(ax, "gradient steps", title=f"$m_0 = {m0}$, $\\rho = {rho}$")
figures.describe(axes[0], y="test error (o: your rule, x: half-way)", legend="best")
plt.show()


# %% [markdown] points=2 tags=["solution"]
# <details><summary>What this shows, and where it fails</summary>
#
# Two things that need no label, the top eigenvalue and the end of training, place the peak, because independent errors tie $c$ to $m_0\rho$.
# A rule with a fixed share of the way cannot do that: the best point is near the end for a good supervisor and near the start for a poor one.
#
# *Where it fails.* (1) $c = m_0\rho$ holds up to $d^{-1/2}$; where little is to be gained (say $m_0 = 0.6$, $\rho = 0.9$) that error costs more than
# the gain is worth. The scatter in the first panel shows it. (2) If the errors are *correlated*, for instance because the supervisor was
# pre-trained on the same inputs, $c$ is larger than $m_0\rho$: the rule takes the supervisor to be better than it is and stops too late. (3) If the
# spike is tilted, $\alpha < 1$, the eigenvalue overstates $m_0$, so that $\rho$ comes out too small and the rule stops too early. All three can be tried
# with `students_of`. The rule is this book's, made for this exercise; it is not from [Blessing].
#
# </details>

# %% [markdown] exercise={"minutes": 20, "objectives": [4], "stars": 2}
# ## 7. A bound with three terms ★★
#
# *4 points, about 20 minutes.*
#
# The distance $D = \|w - w_\star\|$ of a student from the truth obeys $\dot D \le -\mu D + \varepsilon_{\text{sampling}} + \varepsilon_{\text{bias}}$, with $D(0)^2 = 2 - 2m_0$.
#
# (a) Return the three terms of the bound that follows for $D(t)$: what is left of the start, what sampling adds, and what the supervisor's bias adds. Do without
# `ws.distance_bound`.
#
# (b) On paper: which terms vanish with $t \to \infty$, which with $n_s \to \infty$? What is a theorem here, and what is not?
#
# <details><summary>Hint</summary>
#
# Multiply the inequality by $e^{\mu t}$ and integrate from 0 to $t$. The two $\varepsilon$ enter alike.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def three_terms(t, m0, mu, sampling, bias):
    """Terms (start, sampling, bias) that bound the student's distance from the truth at time t."""
    left = np.exp(-mu * t)
    return left * np.sqrt(2 - 2 * m0), (1 - left) * sampling / mu, (1 - left) * bias / mu


# %% [markdown] points=2 tags=["solution"]
# <details><summary>Solution of (b)</summary>
#
# Multiply the inequality by $e^{\mu t}$ and integrate: $D(t) \le e^{-\mu t}D(0) + (1 - e^{-\mu t})(\varepsilon_{\text{sampling}} + \varepsilon_{\text{bias}})/\mu$. The first term vanishes with
# time; the second with $n_s \to \infty$, as $\varepsilon_{\text{sampling}}$ is of order $\sqrt{d/n_s}$; the third with neither: it is the price of imitation. For the population (no sampling
# term) the bound is a theorem of this book's model. With samples it is one only where $\varepsilon_{\text{sampling}}$ bounds the fluctuation at all points of the path; what is drawn
# in the chapter is its typical size. Independent errors and the fixed arc are assumptions, too.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} points=2 tags=["check", "hide-input"]
answer = checks.Answer("three_terms", without=["warm_start.distance_bound"])
for m0, mu, sampling, bias in [(0.5, 1.5, 0.4, 0.9), (0.9, 0.3, 0.05, 0.2)]:
    D, step = np.array([np.sqrt(2 - 2 * m0), 0.0, 0.0]), 1e-3
    for k in range(2001):  # the equation itself, in small steps
        if k in (0, 500, 2000):
            found = answer.numbers(3, k * step, m0, mu, sampling, bias)
            for name, mine, there in zip(("start", "sampling", "bias"), found, D, strict=True):
                assert abs(mine - there) < 2e-3, (
                    f"The term of the {name} is not {mine:.4f} at t = {k * step:g}, mu = {mu}: "
                    "small steps of the equation give another number."
                )
        D = D + step * (-mu * D + [0, sampling, bias])
print("Exercise 7: correct.")
