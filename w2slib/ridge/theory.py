r"""Mechanism I: the student's penalty repairs an under-regularised teacher.

Setting. :math:`x \sim N(0, I_d)`, :math:`y = \langle\beta_\star, x\rangle + \varepsilon`,
:math:`\beta_\star \sim N(0, I_d/d)`, noise of variance :math:`\sigma^2`. The *teacher* is ridge
regression with penalty :math:`\lambda_t` on :math:`n_t = d/\gamma_t` samples. The *student* is ridge
regression with penalty :math:`\lambda_s` on :math:`n_s = d/\gamma_s` fresh inputs, labelled by the
teacher. Errors are excess test errors :math:`E\|\hat\beta - \beta_\star\|^2`, in units of the target's
energy :math:`E\|\beta_\star\|^2 = 1`.

Theory. Either fit acts on each coordinate as shrinkage plus independent noise,
:math:`\hat\beta_i = s(\beta_i + \omega z_i)`, so every error is a sum of non-negative terms, and that is
how it is computed here: nothing cancels, however small the penalty.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import elementwise

from w2slib.random_matrices import discriminant_root, shrinkage
from w2slib.simulation import (
    Estimate,
    RidgeProblem,
    RidgeSimulation,
    ridge_path,
    run_trials,
    simulator,
)
from w2slib.validation import broadcastable, grid, integer, positive, sample_size, scalar, single

# ---------------------------------------------------------------------------------- theory


@dataclass(frozen=True)
class _Map:
    """One ridge fit as a Gaussian-sequence map β -> s(β + ω z), in the limit of large d.

    ``loss`` is 1 − s. A fit turns label noise σ² and the energy q of the vector it is to learn into
    a variance ``from_noise`` σ² + ``from_bias`` q.
    """

    s: np.ndarray
    loss: np.ndarray
    from_noise: np.ndarray
    from_bias: np.ndarray

    @classmethod
    def of(cls, lam: np.ndarray, gamma: np.ndarray) -> _Map:
        r = discriminant_root(lam, gamma)
        s = 2 / (1 + gamma + lam + r)
        b = (1 - gamma) + lam
        with np.errstate(divide="ignore", invalid="ignore"):
            # 1 − s = λ m₁, in the form that does not cancel.
            loss = np.where(b > 0, 2 * lam / (r + b), (r - b) / (2 * gamma))
            # r = 0 only for λ = 0, γ = 1, where (1 − s)²/r -> 0 although 1/r diverges.
            from_bias = np.where(r > 0, gamma * s * loss**2 / r, 0.0)
            return cls(s, loss, gamma * s / r, from_bias)


@dataclass(frozen=True)
class _Fit:
    """A fitted coefficient vector β̂ as seen by the target.

    ``overlap`` is p = ⟨β̂, β*⟩, ``bias`` is 1 − p without cancellation, and ``variance`` is the energy
    of the part of β̂ that is independent of β*.
    """

    overlap: np.ndarray
    bias: np.ndarray
    variance: np.ndarray

    @property
    def energy(self) -> np.ndarray:
        """Squared norm q = ‖β̂‖²."""
        return self.overlap**2 + self.variance

    @property
    def error(self) -> np.ndarray:
        """Excess test error ‖β̂ − β*‖²."""
        return self.bias**2 + self.variance


def _teach(lam_t, gamma_t, noise_var) -> _Fit:
    fit = _Map.of(lam_t, gamma_t)
    with np.errstate(invalid="ignore"):
        noise = np.where(noise_var > 0, fit.from_noise * noise_var, 0.0)
    return _Fit(fit.s, fit.loss, noise + fit.from_bias)


def _learn(teacher: _Fit, lam_s, gamma_s) -> _Fit:
    fit = _Map.of(lam_s, gamma_s)
    return _Fit(
        overlap=fit.s * teacher.overlap,
        bias=teacher.bias + teacher.overlap * fit.loss,
        variance=fit.s**2 * teacher.variance + fit.from_bias * teacher.energy,
    )


def _error_after(teacher: _Fit, lam_s, gamma_s) -> np.ndarray:
    """Same as ``_learn(...).error`` to the bit, with three temporaries of the full shape, not eight."""
    fit = _Map.of(lam_s, gamma_s)
    error = fit.s**2 * teacher.variance
    error += fit.from_bias * teacher.energy
    bias = teacher.overlap * fit.loss
    bias += teacher.bias
    bias *= bias
    error += bias
    return error


def teacher_error(lam_t, gamma_t, noise_var):
    r"""Excess test error of the teacher.

    .. math:: L_t = \frac{(1 - s_t)^2 + \sigma^2\gamma_t s_t^2}{1 - \gamma_t s_t^2},
        \qquad s_t = s(\lambda_t; \gamma_t)

    Parameters
    ----------
    lam_t : array_like
        Teacher's penalty :math:`\lambda_t \ge 0`; 0 is the least-norm limit.
    gamma_t : array_like
        Teacher's aspect ratio :math:`\gamma_t = d/n_t > 0`.
    noise_var : array_like
        Variance :math:`\sigma^2 \ge 0` of the label noise.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, in units of the target's energy.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or ``lam_t = 0`` with
        ``gamma_t = 1`` and ``noise_var > 0``, where the error diverges.

    Notes
    -----
    Source: [Mechanisms], ridge regression setting; the form used here is this book's, derived in the
    chapter.

    Examples
    --------
    >>> round(teacher_error(0.25, 0.5, 0.5), 6)
    0.280776
    """
    return scalar(_teach(*_teacher_arguments(lam_t, gamma_t, noise_var)).error)


def teacher_moments(lam_t, gamma_t, noise_var):
    r"""Overlap and energy of the teacher's coefficients.

    .. math:: p = \langle\beta_t, \beta_\star\rangle \to s_t, \qquad
        q = \|\beta_t\|^2 \to
        \frac{s_t^2 (1 + \gamma_t - 2\gamma_t s_t + \sigma^2\gamma_t)}{1 - \gamma_t s_t^2}

    Parameters
    ----------
    lam_t, gamma_t, noise_var : array_like
        As in `teacher_error`.

    Returns
    -------
    p, q : ndarray or float
        Shape of the broadcast arguments, in units of the target's energy.

    Raises
    ------
    ValueError
        As in `teacher_error`.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> p, q = teacher_moments(0.25, 0.5, 0.5)  # the optimal teacher: both are equal
    >>> bool(np.isclose(p, q))
    True
    """
    teacher = _teach(*_teacher_arguments(lam_t, gamma_t, noise_var))
    shape = np.broadcast_shapes(np.shape(teacher.overlap), np.shape(teacher.energy))
    return scalar(np.broadcast_to(teacher.overlap, shape)), scalar(teacher.energy)


def student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var):
    r"""Excess test error of the student.

    .. math:: L_s = 1 - 2 a_1 p + a_2 q, \qquad a_1 = s_s, \quad
        a_2 = \frac{s_s^2(1 + \gamma_s - 2\gamma_s s_s)}{1 - \gamma_s s_s^2}

    with the teacher's overlap :math:`p = s_t` and energy :math:`q = \|\beta_t\|^2`.

    Parameters
    ----------
    lam_t, lam_s : array_like
        Penalties of teacher and student, >= 0; 0 is the least-norm limit.
    gamma_t, gamma_s : array_like
        Aspect ratios :math:`d/n` of teacher and student, > 0.
    noise_var : array_like
        Variance :math:`\sigma^2 \ge 0` of the teacher's label noise.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, in units of the target's energy.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the teacher diverges (see
        `teacher_error`).

    Notes
    -----
    Source: [Mechanisms] analyses this error in the proportional limit; the form in shrinkages is this
    book's, derived in the chapter.

    Examples
    --------
    >>> L_s = student_error(0.01, 0.3, 0.5, 0.5, 0.5)
    >>> round(L_s, 6), L_s < teacher_error(0.01, 0.5, 0.5)
    (0.368436, True)
    """
    teacher, lam_s, gamma_s = _student_arguments(lam_t, lam_s, gamma_t, gamma_s, noise_var)
    return scalar(_error_after(teacher, lam_s, gamma_s))


def generation_errors(penalties, ratios, noise_var):
    r"""Excess test errors along a chain: teacher, student, the student's student, and so on.

    Each generation is trained on fresh inputs labelled by the one before:
    :math:`L_k = 1 - 2 p_k + q_k` with :math:`p_k = p\prod a_1` and :math:`q_k = q\prod a_2`.

    Parameters
    ----------
    penalties : array_like, shape (G,) or (G, ...)
        Penalty of each generation, the teacher's first; >= 0.
    ratios : array_like, shape (G,) or (G, ...)
        Aspect ratio :math:`d/n` of each generation, > 0.
    noise_var : array_like
        Variance of the noise in the teacher's labels, >= 0.

    Returns
    -------
    ndarray, shape (G, ...)
        Error of each generation, the teacher's first.

    Raises
    ------
    ValueError
        If an argument is outside its range, the number of penalties differs from the number of
        ratios, or the teacher diverges.

    Notes
    -----
    Source: this book, composition of the map of the chapter on random matrices.

    Examples
    --------
    >>> generation_errors([0.01, 0.2, 0.2], [0.5, 0.5, 0.5], 0.5).round(3)
    array([0.464, 0.366, 0.384])
    """
    penalties = np.atleast_1d(positive("penalties", penalties, allow_zero=True))
    ratios = np.atleast_1d(positive("ratios", ratios))
    _same_length(penalties, ratios)
    fits = [_teach(*_teacher_arguments(penalties[0], ratios[0], noise_var))]
    for lam, gamma in zip(penalties[1:], ratios[1:], strict=True):
        fits.append(_learn(fits[-1], lam, gamma))
    shape = broadcastable(penalties=penalties[0], ratios=ratios[0], noise_var=noise_var)
    return np.stack([np.broadcast_to(fit.error, shape) for fit in fits])


# ------------------------------------------------------------------------------ simulation


@simulator
def simulate(
    lam_t,
    lam_s,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    dim: int = 400,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> RidgeSimulation:
    r"""Sample data, fit teacher and student exactly, and measure both errors on a whole grid.

    Every trial draws a target, a teacher's data set and fresh inputs for the student. Each sample
    covariance is reduced to tridiagonal form once, :math:`S = Q T Q^\top`, the first half of a symmetric
    eigendecomposition. Every pair of penalties is then solved and measured in the coordinates of Q,

    .. math:: L(\lambda_s, \lambda_t) = \|z\|^2 - 2 \langle z, Q^\top\beta_\star\rangle
        + \|\beta_\star\|^2, \qquad z = (T + \lambda_s)^{-1}\, T\, Q^\top \hat\beta_t(\lambda_t).

    Parameters
    ----------
    lam_t, lam_s : array_like, shapes (T,) and (S,)
        Penalties of teacher and student, >= 0 (0 is the least-norm solution).
    gamma_t, gamma_s : float
        Aspect ratios; the sample sizes are ``dim / gamma`` rounded.
    noise_var : float
        Variance of the label noise, >= 0.
    dim : int
        Dimension d.
    n_trials : int
        Independent trials, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.
    executor : concurrent.futures.Executor, optional
        Runs the trials, see `w2slib.simulation.run_trials`.

    Returns
    -------
    RidgeSimulation

    Raises
    ------
    ValueError
        If an argument is outside its range or ``dim`` is too small for the ratios.

    Notes
    -----
    Source: theory of §3 of the project's notes, checked against direct solves in the tests.

    Examples
    --------
    >>> run = simulate([0.01], [0.1, 1.0], gamma_t=0.5, gamma_s=0.5, noise_var=0.5, dim=100, rng=1)
    >>> run.student_mean.shape
    (2, 1)
    """
    lam_t, lam_s = grid("lam_t", lam_t), grid("lam_s", lam_s)
    dim = integer("dim", dim, minimum=2)
    n_t = sample_size("gamma_t", gamma_t, dim)
    n_s = sample_size("gamma_s", gamma_s, dim)
    sigma = np.sqrt(single("noise_var", _noise(noise_var)))
    trial = partial(_trial, lam_t, lam_s, dim, n_t, n_s, sigma)
    return RidgeSimulation.of(lam_t, lam_s, run_trials(trial, n_trials, rng, executor))


@simulator
def simulate_generations(
    penalties,
    ratios,
    *,
    noise_var: float,
    dim: int = 400,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> Estimate:
    """Sample a chain teacher, student, student's student, and measure the error of each.

    Parameters
    ----------
    penalties, ratios : array_like, shape (G,)
        Penalty (>= 0) and aspect ratio of each generation, the teacher's first.
    noise_var, dim, n_trials, rng, executor
        As in `simulate`.

    Returns
    -------
    Estimate
        Mean and standard error of each generation's excess test error, shape (G,).

    Raises
    ------
    ValueError
        If an argument is outside its range, the numbers of penalties and ratios differ, or ``dim``
        is too small for a ratio.

    Notes
    -----
    Source: this book; the simulation behind `generation_errors`.

    Examples
    --------
    >>> simulate_generations([0.01, 0.2], [0.5, 0.5], noise_var=0.5, dim=60, rng=1).mean.shape
    (2,)
    """
    penalties, ratios = grid("penalties", penalties), grid("ratios", ratios)
    _same_length(penalties, ratios)
    dim = integer("dim", dim, minimum=2)
    sizes = [sample_size("ratios", ratio, dim) for ratio in ratios]
    sigma = np.sqrt(single("noise_var", _noise(noise_var)))
    (errors,) = run_trials(partial(_chain, penalties, sizes, dim, sigma), n_trials, rng, executor)
    return errors


def _chain(penalties, sizes, dim, sigma, rng) -> tuple[np.ndarray]:
    target = rng.standard_normal(dim) / np.sqrt(dim)
    beta, errors = target, []
    for lam, n in zip(penalties, sizes, strict=True):
        X = rng.standard_normal((n, dim))
        noise = (
            0 if errors else sigma * rng.standard_normal(n)
        )  # only the teacher's labels are noisy
        beta = ridge_path(X, X @ beta + noise, np.array([lam]))[:, 0]
        errors.append(np.sum((beta - target) ** 2))
    return (np.array(errors),)


def _trial(lam_t, lam_s, dim, n_t, n_s, sigma, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    target = rng.standard_normal(dim) / np.sqrt(dim)
    X = rng.standard_normal((n_t, dim))
    labels = X @ target + sigma * rng.standard_normal(n_t)
    teachers = ridge_path(X, labels, lam_t)
    teacher = ((teachers - target[:, None]) ** 2).sum(axis=0)

    Z = rng.standard_normal((n_s, dim))
    student = RidgeProblem.of(Z, Z @ teachers).errors(lam_s, target)
    return teacher, student, student - teacher


# --------------------------------------------------------------------------------- verdict


def optimal_teacher_penalty(gamma_t, noise_var):
    r"""Penalty that minimises the teacher's error: the Bayes-optimal ridge.

    .. math:: \lambda_t^\star = \sigma^2\gamma_t

    Parameters
    ----------
    gamma_t : array_like
        Teacher's aspect ratio, > 0.
    noise_var : array_like
        Variance of the label noise, >= 0.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or shapes do not broadcast.

    Notes
    -----
    Source: [Mechanisms]; the classical Bayes-optimal penalty.

    Examples
    --------
    >>> optimal_teacher_penalty(0.5, 2.0)
    1.0
    """
    gamma_t, noise_var = positive("gamma_t", gamma_t), _noise(noise_var)
    broadcastable(gamma_t=gamma_t, noise_var=noise_var)
    return scalar(gamma_t * noise_var)


def optimal_student_penalty(lam_t, gamma_t, gamma_s, noise_var):
    r"""Penalty that minimises the student's error for a given teacher.

    The minimiser in terms of the shrinkage solves, with :math:`k = p/q < 1`,

    .. math:: s + \gamma_s s(1 - 2s)h + \gamma_s^2 s^3 h^2 = k, \qquad
        h = \frac{1 - s}{1 - \gamma_s s^2},

    and is :math:`\lambda_s = 0` when no penalty helps (:math:`k \ge 1`, an optimal or
    over-regularised teacher; for :math:`\gamma_s = 1` already :math:`k \ge 3/4`).

    Parameters
    ----------
    lam_t : array_like
        Teacher's penalty, >= 0.
    gamma_t, gamma_s : array_like
        Aspect ratios of teacher and student, > 0.
    noise_var : array_like
        Variance of the teacher's label noise, >= 0.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments. Finite for every teacher with p/q > 0; it grows without
        bound as the teacher becomes useless, p/q → 0.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the teacher diverges.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> round(optimal_student_penalty(0.01, 0.5, 0.5, 0.5), 6)
    0.22365
    """
    lam_t, gamma_t, gamma_s, noise_var = _duel(lam_t, gamma_t, gamma_s, noise_var)
    teacher = _teach(lam_t, gamma_t, noise_var)
    k = teacher.overlap / teacher.energy
    top = np.minimum(1, 1 / gamma_s)
    interior = (_half_slope(top, gamma_s) > k) & (lam_t < gamma_t * noise_var)
    # Where there is no interior minimum, any equation with a root in the bracket will do.
    k = np.where(interior, k, 0.5)
    root = elementwise.find_root(
        lambda s, gamma, k: _half_slope(s, gamma) - k,
        (np.zeros_like(k), top),
        args=(gamma_s, k),
        tolerances={"xatol": 0, "fatol": 0},
    )
    return scalar(np.where(interior, (1 - root.x) * (1 - gamma_s * root.x) / root.x, 0.0))


def _half_slope(s, gamma):
    """Half the derivative of a₂ with respect to s; grows from 0 to 1 (to 3/4 for γ = 1)."""
    with np.errstate(invalid="ignore"):
        h = (1 - s) / (1 - gamma * s**2)
    # The end s = min(1, 1/γ), where rounding decides between 0/0 and anything.
    end = np.where(gamma < 1, 0.0, np.where(gamma > 1, 1.0, 0.5))
    h = np.where(s >= np.minimum(1, 1 / gamma), end, h)
    return s + gamma * s * (1 - 2 * s) * h + gamma**2 * s**3 * h**2


def winning_interval(lam_t, gamma_t, gamma_s, noise_var):
    r"""Student penalties for which the student beats its teacher.

    :math:`L_s < L_t` exactly when :math:`h(\lambda_s) < c`, with

    .. math:: h = \frac{1 - s}{1 - \gamma_s s^2}, \qquad c = 2\left(1 - \frac pq\right)
        = \frac{2 s_t (\sigma^2\gamma_t - \lambda_t)}{r_t\, q},

    and the end points are the penalties of the shrinkages
    :math:`s_\pm = \frac{1 \pm \sqrt{1 - 4c\gamma_s(1 - c)}}{2c\gamma_s}`.

    Parameters
    ----------
    lam_t : array_like
        Teacher's penalty, >= 0.
    gamma_t, gamma_s : array_like
        Aspect ratios of teacher and student, > 0.
    noise_var : array_like
        Variance of the teacher's label noise, >= 0.

    Returns
    -------
    lo, hi : ndarray or float
        The student wins for ``lo < lam_s < hi``. ``lo = 0`` and ``hi = inf`` are open ends;
        both are ``nan`` where the student never wins.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the teacher diverges.

    Notes
    -----
    Source: [Mechanisms] states when a student can win and plots the condition as H₁ = const; the
    form h < c and the closed end points are this book's, derived in the chapter.

    Examples
    --------
    >>> lo, hi = winning_interval(0.01, 0.5, 0.5, 0.5)
    >>> lo, round(hi, 4)
    (0.0, 1.016)
    >>> winning_interval(0.5, 0.5, 0.5, 0.5)
    (nan, nan)
    """
    lam_t, gamma_t, gamma, noise_var = _duel(lam_t, gamma_t, gamma_s, noise_var)
    c = badness(lam_t, gamma_t, noise_var)
    discriminant = 1 - 4 * c * gamma * (1 - c)
    possible = (c > 0) & (discriminant > 0) & ((gamma <= 1) | (c > gate(gamma)))
    possible &= (gamma != 1) | (c > 0.5)
    safe_c = np.where(possible, c, 1.0)
    root = np.sqrt(np.where(possible, discriminant, 1.0))
    lo = np.where(gamma > 1, _lower_end(safe_c, gamma, root), 0.0)
    hi = np.where(safe_c < 1, _upper_end(safe_c, gamma, root), np.inf)
    return (
        scalar(np.where(possible, lo, np.nan)),
        scalar(np.where(possible, hi, np.nan)),
    )


def _lower_end(c, gamma, root):
    """Penalty of s₊ for γ_s > 1, from 1 − γ s₊ (small) rather than from s₊."""
    gap = 2 * (gamma - 1) * np.maximum(1 - c, 0) / (2 * c - 1 + root)
    # λ = (1 − s)(1 − γs)/s with γs = 1 − gap; 1 − s as a sum, since s is close to 1 for γ close to 1.
    return np.maximum((gamma - 1 + gap) * gap / (1 - gap), 0)


def _upper_end(c, gamma, root):
    """Penalty of s₋, from 1 − s₋ without cancellation where that is small."""
    s = 2 * (1 - c) / (1 + root)
    slack = 1 - 2 * c * gamma
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.where(slack > 0, 2 * c * (1 - gamma) / (slack + root), 1 - s)
        return loss * (1 - gamma * s) / s


def regime(lam_t, gamma_t, gamma_s, noise_var):
    """Name of the regime, by the student penalties for which the student wins.

    ``"never"``; ``"interval"`` (lo < lam_s < hi, both ends positive and finite); ``"threshold"``
    (lam_s below a threshold); ``"always"``.

    Parameters
    ----------
    lam_t, gamma_t, gamma_s, noise_var : array_like
        As in `winning_interval`.

    Returns
    -------
    str or ndarray of str
        Shape of the broadcast arguments.

    Raises
    ------
    ValueError
        As in `winning_interval`.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> regime(0.3, 0.5, [0.5, 2.0], 1.0).tolist()
    ['threshold', 'never']
    """
    lo, hi = winning_interval(lam_t, gamma_t, gamma_s, noise_var)
    names = np.select(
        [np.isnan(lo), np.greater(lo, 0), np.isfinite(hi)],
        ["never", "interval", "threshold"],
        "always",
    )
    return str(names) if names.ndim == 0 else names


def badness(lam_t, gamma_t, noise_var):
    r"""How under-regularised the teacher is: the number c that the student's h must stay below.

    .. math:: c = 2\left(1 - \frac pq\right) = \frac{2 s_t(\sigma^2\gamma_t - \lambda_t)}{r_t\,q}

    Parameters
    ----------
    lam_t : array_like
        Teacher's penalty, >= 0.
    gamma_t : array_like
        Teacher's aspect ratio, > 0.
    noise_var : array_like
        Variance of the label noise, >= 0.

    Returns
    -------
    ndarray or float
        At most 2; exactly 0 at the optimal penalty and negative above it.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the teacher diverges.

    Notes
    -----
    Source: the ratio p/q is [Mechanisms]'; the right-hand form is this book's, derived in the
    chapter. [Mechanisms] plots :math:`H_1 = h - 1` against :math:`1 - 2p/q = c - 1`.

    Examples
    --------
    >>> badness(0.25, 0.5, 0.5)
    0.0
    """
    lam_t, gamma_t, noise_var = _teacher_arguments(lam_t, gamma_t, noise_var)
    s, r = shrinkage(lam_t, gamma_t), discriminant_root(lam_t, gamma_t)
    energy = _teach(lam_t, gamma_t, noise_var).energy
    with np.errstate(divide="ignore", invalid="ignore"):
        c = 2 * s * (gamma_t * noise_var - lam_t) / (r * energy)
    # r = 0 remains only without noise, where c -> 0.
    return scalar(np.where(r > 0, c, 0.0))


def gate(gamma_s):
    r"""Smallest badness c of the teacher at which an over-parameterised student can win.

    .. math:: h_{\min} = \frac{1 + \sqrt{1 - 1/\gamma_s}}{2} \quad (\gamma_s > 1),
        \text{ attained at } \lambda_s = \gamma_s - 1

    Parameters
    ----------
    gamma_s : array_like
        Student's aspect ratio, > 0.

    Returns
    -------
    ndarray or float
        0 for :math:`\gamma_s \le 1`: no gate. (At :math:`\gamma_s = 1` exactly, the boundary case, h
        falls to 1/2 as the penalty vanishes; `winning_interval` takes that into account.)

    Raises
    ------
    ValueError
        If a ratio is not positive.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> gate([0.5, 4 / 3])
    array([0.  , 0.75])
    """
    gamma_s = positive("gamma_s", gamma_s)
    over = np.maximum(gamma_s, 1)
    return scalar(np.where(gamma_s > 1, (1 + np.sqrt((over - 1) / over)) / 2, 0.0))


def h_ratio(lam_s, gamma_s):
    r"""The student's side of the winning condition h < c.

    .. math:: h(\lambda_s; \gamma_s) = \frac{\lambda_s m_2}{m_1} = \frac{1 - s}{1 - \gamma_s s^2}

    Parameters
    ----------
    lam_s : array_like
        Student's penalty, > 0.
    gamma_s : array_like
        Student's aspect ratio, > 0.

    Returns
    -------
    ndarray or float
        Between 0 and 1, shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or shapes do not broadcast.

    Notes
    -----
    Source: [Mechanisms] plots :math:`H_1 = h - 1`; the form in s is this book's.

    Examples
    --------
    >>> round(h_ratio(1.0, 2.0), 6)  # the minimum, at lam_s = gamma_s - 1
    0.853553
    """
    lam_s, gamma_s = positive("lam_s", lam_s), positive("gamma_s", gamma_s)
    broadcastable(lam_s=lam_s, gamma_s=gamma_s)
    fit = _Map.of(lam_s, gamma_s)
    return scalar(fit.loss / (fit.s * discriminant_root(lam_s, gamma_s)))


# ----------------------------------------------------------------------------------- input


def _noise(noise_var) -> np.ndarray:
    return positive("noise_var", noise_var, allow_zero=True)


def _same_length(penalties, ratios) -> None:
    if len(penalties) != len(ratios):
        raise ValueError(
            f"penalties has {len(penalties)} generations, ratios {len(ratios)}; "
            "allowed: the same number, the teacher first"
        )


def _teacher_arguments(lam_t, gamma_t, noise_var) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lam_t = positive("lam_t", lam_t, allow_zero=True)
    gamma_t, noise_var = positive("gamma_t", gamma_t), _noise(noise_var)
    broadcastable(lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)
    _refuse_divergence(lam_t, gamma_t, noise_var)
    return lam_t, gamma_t, noise_var


def _student_arguments(lam_t, lam_s, gamma_t, gamma_s, noise_var):
    lam_t, gamma_t, noise_var = _teacher_arguments(lam_t, gamma_t, noise_var)
    lam_s = positive("lam_s", lam_s, allow_zero=True)
    gamma_s = positive("gamma_s", gamma_s)
    broadcastable(lam_t=lam_t, lam_s=lam_s, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var)
    return _teach(lam_t, gamma_t, noise_var), lam_s, gamma_s


def _duel(lam_t, gamma_t, gamma_s, noise_var):
    lam_t, gamma_t, noise_var = _teacher_arguments(lam_t, gamma_t, noise_var)
    gamma_s = positive("gamma_s", gamma_s)
    broadcastable(lam_t=lam_t, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var)
    return np.broadcast_arrays(lam_t, gamma_t, gamma_s, noise_var)


def _refuse_divergence(lam_t, gamma_t, noise_var) -> None:
    if np.any((lam_t == 0) & (gamma_t == 1) & (noise_var > 0)):
        raise ValueError(
            "lam_t = 0 with gamma_t = 1 and noise_var > 0; allowed: lam_t > 0 there (least-norm "
            "regression on noisy labels diverges with as many samples as coordinates)"
        )
