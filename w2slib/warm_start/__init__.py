r"""Pre-training as a geometric warm start.

Setting. The target is a single-index model :math:`y = h_k(\langle w_\star, x\rangle)` with a normalised
Hermite polynomial of degree :math:`k \ge 2` and a unit vector :math:`w_\star`, here the first
coordinate axis. *Pre-training* sees unlabelled inputs :math:`x \sim N(0, I_d + \theta v v^\top)` with
:math:`\langle v, w_\star\rangle = \alpha` and hands over their top eigenvector :math:`w_0`. *Fine-tuning*
is gradient descent on the unit sphere from :math:`w_0`, on the labels
:math:`h_k(\langle w_t, x\rangle) + \nu\,\xi` of a weak supervisor :math:`w_t` with
:math:`\langle w_t, w_\star\rangle = \rho`. Errors are mean squared errors of prediction without the label
noise, in units of the target's energy :math:`E y^2 = 1`, so that useless is 2 and perfect is 0.

Theory. On the population the descent follows the great circle from :math:`w_0` to :math:`w_t`, and only
its speed depends on the degree. The truth lies off that circle: the student passes it at some distance,
then leaves it behind. Everything else in this module follows from that picture.

Overlaps are inner products of unit vectors. Vectors of the simulations have shape (..., d).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise

import numpy as np
from scipy.linalg import eigh, lapack
from scipy.optimize import elementwise
from scipy.special import ndtri

from w2slib.metrics import performance_gap_recovered
from w2slib.random_matrices import bbp_overlap
from w2slib.simulation import run_trials
from w2slib.validation import (
    between,
    broadcastable,
    grid,
    integer,
    positive,
    real,
    sample_size,
    scalar,
    single,
)

__all__ = [
    "INPUTS",
    "LINKS",
    "Checkpoints",
    "Descent",
    "EffectiveRegion",
    "Flow",
    "Gradients",
    "Simulation",
    "SpectralStart",
    "Transition",
    "best_overlap",
    "best_time",
    "curvature",
    "distance_bound",
    "effective_region",
    "error",
    "fine_tune",
    "flow",
    "gradient_noise",
    "initial_overlap",
    "oja_overlap",
    "oja_random_start",
    "oja_trajectory",
    "performance_gap_recovered",
    "perturbation",
    "pretrain",
    "required_overlap",
    "saturation_overlap",
    "simulate",
    "simulate_gradients",
    "simulate_spectral",
    "simulate_transition",
    "truth_rate",
    "unit_vector",
    "winning_time",
]

# ---------------------------------------------------------------------------------- theory


def initial_overlap(theta, gamma, alignment=1.0):
    r"""Overlap with the truth of a spectral start.

    .. math:: m_0 = \alpha \sqrt{\frac{1 - \gamma/\theta^2}{1 + \gamma/\theta}}
        \ \text{ if } \theta > \sqrt\gamma, \quad 0 \text{ otherwise}

    Parameters
    ----------
    theta : array_like
        Strength :math:`\theta \ge 0` of the spike in the unlabelled inputs.
    gamma : array_like
        Aspect ratio :math:`\gamma = d/n_{\text{pre}} > 0` of pre-training.
    alignment : array_like
        Overlap :math:`\alpha \in [0, 1]` of the spike with the truth.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, between 0 and 1.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: Baik, Ben Arous and Péché (2005), see `w2slib.random_matrices.bbp_overlap`; pre-training
    as a spectral start is [Blessing]'s model.

    Examples
    --------
    >>> initial_overlap([0.5, 2.0], 1.0, alignment=0.5).round(4)
    array([0.    , 0.3536])
    """
    overlap, alignment = bbp_overlap(theta, gamma), between("alignment", alignment, 0, 1)
    broadcastable(theta=theta, gamma=gamma, alignment=alignment)
    return scalar(alignment * overlap)


def error(m, degree):
    r"""Test error of a predictor whose direction has a given overlap with the truth.

    .. math:: L(m) = E\,[h_k(\langle w, x\rangle) - h_k(\langle w_\star, x\rangle)]^2 = 2 - 2 m^k

    Parameters
    ----------
    m : array_like
        Overlap :math:`m = \langle w, w_\star\rangle \in [-1, 1]`.
    degree : int
        Degree :math:`k \ge 1` of the Hermite polynomial.

    Returns
    -------
    ndarray or float
        In units of the target's energy: 0 is perfect, 2 is useless.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: orthogonality of the Hermite polynomials; ``error(rho, degree)`` is the supervisor's.

    Examples
    --------
    >>> error([0.0, 0.5, 1.0], 2)
    array([2. , 1.5, 0. ])
    """
    m, degree = between("m", m, -1, 1), integer("degree", degree)
    return scalar(2 - 2 * m**degree)


def curvature(m, degree):
    r"""One-point strong convexity of the population loss towards the supervisor.

    .. math:: \mu(m) = \frac{\langle -\nabla L, w_t - w\rangle}{\|w_t - w\|^2} = k m^{k-1}(1 + m),
        \qquad m = \langle w, w_t\rangle

    with the gradient on the sphere, :math:`\nabla L = -2 k m^{k-1}(w_t - m w)`. It vanishes at
    :math:`m = 0`, where random starts are.

    Parameters
    ----------
    m : array_like
        Overlap with the vector that makes the labels, in [-1, 1].
    degree : int
        Degree :math:`k \ge 1`.

    Returns
    -------
    ndarray or float
        Rate, in units of the loss per squared distance.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book, derived in the chapter; [Blessing] speaks of a perturbed strong-convexity
    geometry, of which this is the unperturbed part in this book's setting.

    Examples
    --------
    >>> curvature([0.0, 0.5, 1.0], 3)
    array([0.   , 1.125, 6.   ])
    """
    m, degree = between("m", m, -1, 1), integer("degree", degree)
    return scalar(degree * m ** (degree - 1) * (1 + m))


@dataclass(frozen=True)
class Flow:
    """Overlaps along the population flow.

    Attributes
    ----------
    times : ndarray, shape (T,)
        Training times.
    supervisor, truth : ndarray, shape (..., T)
        Overlap of the student with the supervisor and with the truth; the leading axes are those of
        the broadcast start and supervisor.
    """

    times: np.ndarray
    supervisor: np.ndarray
    truth: np.ndarray


def flow(m0, rho, degree, times, c=None) -> Flow:
    r"""Overlaps of the student along the gradient flow of the population loss.

    The overlap :math:`m = \langle w, w_t\rangle` with the supervisor starts from c and solves

    .. math:: \dot m = 2 k m^{k-1}(1 - m^2);

    the student moves on the great circle through :math:`w_0` and :math:`w_t`, so that its overlap with
    the truth is

    .. math:: \langle w, w_\star\rangle = \rho\, m
        + \frac{m_0 - \rho c}{\sqrt{1 - c^2}} \sqrt{1 - m^2}.

    Parameters
    ----------
    m0 : array_like
        Overlap of the start with the truth, in [0, 1].
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 2`.
    times : array_like, shape (T,)
        Times >= 0 (step size times number of steps).
    c : array_like, optional
        Overlap :math:`c \ge 0` of start and supervisor; by default :math:`m_0\rho`, that of
        independent errors.

    Returns
    -------
    Flow

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or no three unit vectors have
        the overlaps m0, rho and c.

    Notes
    -----
    Source: this book, derived in the chapter. The differential equation is integrated in closed form
    up to one monotone equation for :math:`\ell = \log(m/\sqrt{1 - m^2})`, solved to rounding. Near the
    equator the flow waits for about :math:`c^{2-k}/(2k(k - 2))`; where that exceeds :math:`10^{12}`, the
    spacing of floating-point times is what limits the overlaps afterwards, not the formula.

    Examples
    --------
    >>> path = flow(0.6, 0.8, 3, [0.0, 0.2, 10.0])
    >>> path.truth.round(3)
    array([0.6  , 0.763, 0.8  ])
    """
    m0, rho, c = _triangle(m0, rho, c)
    degree, times = integer("degree", degree, 2), _times(times)
    supervisor = _advance(c[..., None], degree, times)
    truth = _on_circle(supervisor, m0[..., None], rho[..., None], c[..., None])
    return Flow(times, supervisor, truth)


def best_overlap(m0, rho, c=None):
    r"""Largest overlap with the truth on the arc from the start to the supervisor.

    .. math:: m_{\text{best}}^2 = \frac{m_0^2 + \rho^2 - 2 m_0\rho c}{1 - c^2},

    the squared length of the truth's projection onto the plane of the great circle. With
    independent errors, :math:`c = m_0\rho`, it exceeds the supervisor's :math:`\rho^2` by
    :math:`m_0^2(1 - \rho^2)^2/(1 - m_0^2\rho^2)`.

    Parameters
    ----------
    m0, rho : array_like
        Overlaps of start and supervisor with the truth, in [0, 1].
    c : array_like, optional
        Overlap of start and supervisor, by default :math:`m_0\rho`.

    Returns
    -------
    ndarray or float
        Where the projection falls outside the arc (possible only if the errors are not independent),
        the larger of ``m0`` and ``rho``.

    Raises
    ------
    ValueError
        As for `flow`.

    Notes
    -----
    Source: this book, derived in the chapter. It depends neither on the degree nor on the link: they
    set the speed, not the path. At ``m0 = 0`` it is ``rho`` (no gain), but the flow needs infinite time.

    Examples
    --------
    >>> round(best_overlap(0.6, 0.8), 4)
    0.837
    >>> best_overlap(0.0, 0.8)
    0.8
    """
    m0, rho, c = _triangle(m0, rho, c)
    inside = (m0 > c * rho) & (rho > c * m0) & (c < 1)
    sideways = _sideways(m0, rho, c)
    return scalar(np.where(inside, np.hypot(rho, sideways), np.maximum(m0, rho)))


def best_time(m0, rho, degree, c=None):
    r"""Time at which the population flow is closest to the truth.

    There :math:`\langle w, w_t\rangle = \rho/m_{\text{best}}`, so that

    .. math:: t_{\text{best}} = \int_c^{\rho/m_{\text{best}}} \frac{dm}{2 k m^{k-1}(1 - m^2)}.

    Parameters
    ----------
    m0, rho : array_like
        Overlaps of start and supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 2`.
    c : array_like, optional
        Overlap of start and supervisor, by default :math:`m_0\rho`.

    Returns
    -------
    ndarray or float
        0 where the start is the best point of the arc; ``inf`` where the overlap rises for ever
        (:math:`m_0 \le c\rho`) or the flow stands still (:math:`c = 0`).

    Raises
    ------
    ValueError
        As for `flow`.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> round(best_time(0.6, 0.8, 3), 4)
    0.4014
    >>> best_time(0.0, 0.8, 3)
    inf
    """
    m0, rho, c = _triangle(m0, rho, c)
    degree = integer("degree", degree, 2)
    sideways = _sideways(m0, rho, c)
    at_start, moves = rho <= c * m0, (c > 0) & (sideways > 0)
    inner = moves & ~at_start
    start = np.where(inner, c, 0.5)
    peak = np.where(inner, rho / np.hypot(rho, np.where(inner, sideways, 1)), 0.75)
    travel = _clock(_logit(peak), degree) - _clock(_logit(start), degree)
    waiting = np.where(at_start & (sideways > 0), 0.0, np.inf)
    return scalar(np.where(inner, travel, waiting))


def saturation_overlap(rho, degree, samples_per_dim, noise_var):
    r"""Overlap with the truth at the end of training, to leading order in many samples.

    Least squares on :math:`n_s` labels of variance :math:`\nu^2` misses the supervisor by
    :math:`\nu^2 d/(n_s k)` in squared distance (:math:`E\,h_k'^2 = k` is the information per sample), in
    directions independent of the truth:

    .. math:: m_\infty = \frac{\rho}{\sqrt{1 + \nu^2 d/(k\,n_s)}}

    Parameters
    ----------
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 1`.
    samples_per_dim : array_like
        :math:`n_s/d > 0`; ``inf`` is the population.
    noise_var : array_like
        Variance :math:`\nu^2 \ge 0` of the noise in the supervisor's labels.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter; classical asymptotics of least squares.

    Examples
    --------
    >>> saturation_overlap(0.8, 3, 16, 0.0), round(saturation_overlap(1.0, 3, 16, 1.0), 4)
    (0.8, 0.9897)
    """
    rho, degree = between("rho", rho, 0, 1), integer("degree", degree)
    ratio, noise_var = _samples_per_dim(samples_per_dim), _noise(noise_var)
    broadcastable(rho=rho, samples_per_dim=ratio, noise_var=noise_var)
    return scalar(rho / np.sqrt(1 + noise_var / (degree * ratio)))


def truth_rate(m, rho, degree, correlation=0.0):
    r"""Rate at which descent on the supervisor's labels approaches the truth.

    .. math:: \frac{\langle -\nabla L, w_\star - w\rangle}{\|w_\star - w\|^2}
        = \frac{2 k m_t^{k-1}(\rho - m_t m)}{2 - 2m}, \qquad
        m_t = m\rho + s\sqrt{1 - m^2}\sqrt{1 - \rho^2},

    where s is the correlation of the errors of student and supervisor. For independent errors
    (s = 0) this is :math:`\rho^k\mu(m)`: the bias costs a factor, and descent always helps. In general it
    helps while :math:`m_t^{k-1} > 0` and
    :math:`\tan\angle(w, w_\star) > s\,\tan\angle(w_t, w_\star)`.

    Parameters
    ----------
    m : array_like
        Overlap of the student with the truth, in [0, 1).
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 1`.
    correlation : array_like
        Correlation s of the two errors (cosine of the angle between the parts of student and
        supervisor that are orthogonal to the truth), in [-1, 1].

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments; compare with `curvature`.

    Raises
    ------
    ValueError
        If an argument is outside its range, ``m`` is 1, or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> round(truth_rate(0.5, 0.8, 3) / curvature(0.5, 3), 6)
    0.512
    """
    m, rho, s = _errors(m, rho, correlation)
    degree = integer("degree", degree)
    if np.any(m == 1):
        raise ValueError("m = 1.0; allowed: overlaps below 1 (at 1 the distance is zero)")
    m_t = m * rho + s * np.sqrt((1 - m**2) * (1 - rho**2))
    return scalar(degree * m_t ** (degree - 1) * (rho - m_t * m) / (1 - m))


def gradient_noise(m, degree, noise_var=0.0):
    r"""Variance of one sample's gradient, in each direction that the problem does not single out.

    .. math:: V(m) = 4\,E\,\big[(h_k(a) - h_k(b) - \nu\xi)^2\, h_k'(a)^2\big], \qquad
        a, b \sim N(0, 1),\ E\,ab = m

    A gradient averaged over :math:`n_s` samples misses the population's by
    :math:`\sqrt{V d/n_s}` in norm (to leading order in d).

    Parameters
    ----------
    m : array_like
        Overlap of the student with the supervisor, in [-1, 1].
    degree : int
        Degree :math:`k \ge 1`.
    noise_var : array_like
        Variance of the noise in the labels, >= 0.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book. A polynomial in m, by Mehler's formula
    :math:`E f(a)\,h_j(b) = m^j\,E f h_j`; its coefficients come from an exact quadrature.

    Examples
    --------
    >>> gradient_noise([0.0, 1.0], 2).round(6)
    array([48.,  0.])
    >>> round(gradient_noise(1.0, 3, noise_var=0.5), 6)
    6.0
    """
    m, degree, noise_var = between("m", m, -1, 1), integer("degree", degree), _noise(noise_var)
    broadcastable(m=m, noise_var=noise_var)
    squares = np.polynomial.polynomial.polyval(m, _noise_polynomial(degree))
    # E h_k'(a)² = k, and the label noise is independent of the inputs. At m = 1, where the squares
    # vanish, rounding may leave -1e-13.
    return scalar(4 * np.maximum(squares, 0) + 4 * degree * noise_var)


def perturbation(m0, rho, degree, samples_per_dim=np.inf, noise_var=0.0):
    r"""Perturbation of the one-point inequality towards the truth, along the student's path.

    On the arc from a start with overlap :math:`m_0` and an independent error to the supervisor,

    .. math:: \langle\nabla\hat L, w - w_\star\rangle \ge \mu\,\|w - w_\star\|^2
        - (\varepsilon_{\text{bias}} + \varepsilon_{\text{sampling}})\,\|w - w_\star\|,
        \qquad \mu = \mu(m_0),

    with :math:`\varepsilon_{\text{bias}}` the largest value on the arc of
    :math:`\mu\|w - w_\star\| - \langle -\nabla L, w_\star - w\rangle/\|w - w_\star\|`, and
    :math:`\varepsilon_{\text{sampling}} = \sqrt{V d/n_s}` with the largest `gradient_noise` V on the arc.

    Parameters
    ----------
    m0 : array_like
        Overlap of the start with the truth, in [0, 1].
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 2`.
    samples_per_dim : array_like
        :math:`n_s/d > 0`; ``inf`` is the population.
    noise_var : array_like
        Variance of the noise in the labels, >= 0.

    Returns
    -------
    bias, sampling : ndarray or float
        Shape of the broadcast arguments, in units of the gradient. The bias term is at least
        :math:`\mu` times the supervisor's distance from the truth, for there the descent ends.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter. The bias term is a maximum over 201 points of the arc;
    the sampling term is the typical size of the fluctuation at one point (a bound at all points at
    once would be larger).

    Examples
    --------
    >>> perturbation(0.5, 1.0, 2)
    (0.0, 0.0)
    >>> bias, sampling = perturbation(0.7, 0.9, 2, samples_per_dim=100)
    >>> round(bias, 3), round(sampling, 3), bool(bias >= curvature(0.7, 2) * np.sqrt(2 - 2 * 0.9))
    (1.083, 0.538, True)
    """
    m0, rho, c = _triangle(m0, rho, None)
    degree, ratio = integer("degree", degree, 2), _samples_per_dim(samples_per_dim)
    noise_var = _noise(noise_var)
    broadcastable(m0=m0, rho=rho, samples_per_dim=ratio, noise_var=noise_var)
    m_t = np.cos(np.arccos(c)[..., None] * np.linspace(1, 0, ARC_POINTS))
    truth = _on_circle(m_t, m0[..., None], rho[..., None], c[..., None])
    distance = np.sqrt(2 - 2 * truth)
    pull = 2 * degree * m_t ** (degree - 1) * (rho[..., None] - m_t * truth)
    rate = np.where(distance > 0, pull / np.where(distance > 0, distance, 1), 0)
    mu = np.asarray(curvature(m0, degree))[..., None]
    bias = np.maximum((mu * distance - rate).max(axis=-1), 0)
    noise = np.max(gradient_noise(m_t, degree, noise_var[..., None]), axis=-1)
    sampling = np.sqrt(noise / ratio)
    bias, sampling = np.broadcast_arrays(bias, sampling)
    return scalar(bias), scalar(sampling)


def distance_bound(times, m0, rho, degree, samples_per_dim=np.inf, noise_var=0.0):
    r"""Three terms that bound the student's distance from the truth.

    The perturbed one-point inequality (see `perturbation`) gives
    :math:`\tfrac{d}{dt}\|w - w_\star\| \le -\mu\|w - w_\star\| + \varepsilon`, and so

    .. math:: \|w(t) - w_\star\| \le
        \underbrace{e^{-\mu t}\sqrt{2 - 2m_0}}_{\text{optimisation}}
        + \underbrace{(1 - e^{-\mu t})\,\varepsilon_{\text{sampling}}/\mu}_{\text{sampling}}
        + \underbrace{(1 - e^{-\mu t})\,\varepsilon_{\text{bias}}/\mu}_{\text{supervisor's bias}},
        \qquad \mu = \mu(m_0).

    Parameters
    ----------
    times : array_like, shape (T,)
        Times >= 0.
    m0 : float
        Overlap of the start with the truth, in (0, 1].
    rho, degree, samples_per_dim, noise_var
        As for `perturbation`, single numbers.

    Returns
    -------
    optimisation, sampling, bias : ndarray, shape (T,)
        The terms. Their sum D bounds the distance, and the error is at most :math:`k D^2`.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book, derived in the chapter, in the form of [Blessing]'s narrative: improvement at
    first, then a floor set by the supervisor's bias. The constants are this book's. For the
    population it is a theorem; with finite samples it is one up to the caveat of `perturbation`.

    Examples
    --------
    >>> optimisation, sampling, bias = distance_bound([0.0, 50.0], 0.5, 0.8, 2)
    >>> (optimisation + sampling + bias).round(3)
    array([1.   , 0.658])
    """
    m0 = single("m0", between("m0", positive("m0", m0), 0, 1))
    times = _times(times)
    bias, sampling = perturbation(m0, rho, degree, samples_per_dim, noise_var)
    mu = curvature(m0, degree)
    decay, grown = np.exp(-mu * times), -np.expm1(-mu * times) / mu
    return decay * np.sqrt(2 - 2 * m0), grown * sampling, grown * bias


def oja_overlap(theta, samples_per_dim, step_size, start):
    r"""Overlap with the spike of Oja's rule on a stream of samples.

    Oja's rule with step :math:`\tau/d` moves the squared overlap :math:`q` along the logistic curve

    .. math:: \frac{dq}{ds} = a q - b q^2, \qquad a = \tau(2\theta - \tau), \quad
        b = \tau\theta(2 + \tau), \quad s = \frac{\text{samples}}{d},

    in the limit of large d: it leaves a random start :math:`q \approx 1/d` after
    :math:`s \approx \log(d)/a` and levels off at :math:`a/b`.

    Parameters
    ----------
    theta : array_like
        Strength of the spike, >= 0.
    samples_per_dim : array_like
        Samples seen per dimension s, >= 0.
    step_size : array_like
        :math:`\tau > 0`; Oja's rule learns only if :math:`\tau < 2\theta`.
    start : array_like
        Overlap (not squared) of the initial vector with the spike, in [-1, 1].

    Returns
    -------
    ndarray or float
        Absolute overlap, shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> oja_overlap(2.0, [0.0, 2.0, 50.0], 1.0, 0.1).round(3)
    array([0.1  , 0.668, 0.707])
    """
    theta = positive("theta", theta, allow_zero=True)
    s = positive("samples_per_dim", samples_per_dim, allow_zero=True)
    tau, start = positive("step_size", step_size), between("start", start, -1, 1)
    broadcastable(theta=theta, samples_per_dim=s, step_size=tau, start=start)
    a, b = tau * (2 * theta - tau), tau * theta * (2 + tau)
    # (e^{as} − 1)/a without 0/0 at the critical step τ = 2θ, and without overflow for large a s.
    safe_a = np.where(a == 0, 1.0, a)
    shrunk = np.where(a == 0, s, -np.expm1(-np.abs(a) * s) / np.abs(safe_a))
    faded = np.exp(-np.abs(a) * s)
    q0 = start**2
    growing = q0 / (faded + b * q0 * shrunk)
    decaying = q0 * faded / (1 + b * q0 * shrunk)
    return scalar(np.sqrt(np.minimum(np.where(a >= 0, growing, decaying), 1)))


def oja_random_start(theta, samples_per_dim, step_size, dim: int):
    r"""Mean overlap with the spike of Oja's rule from a uniformly random start.

    While the overlap is small, the stream's own fluctuations add to it: it grows as if it had begun at
    :math:`z/\sqrt d` with a normal z of variance

    .. math:: 1 + \frac{\tau^2(1 + \theta)}{a}\,(1 - e^{-a s}), \qquad a = \tau(2\theta - \tau);

    the result is the mean of `oja_overlap` over z.

    Parameters
    ----------
    theta : array_like
        Strength of the spike, >= 0.
    samples_per_dim : array_like
        Samples seen per dimension s, >= 0.
    step_size : array_like
        :math:`\tau > 0`.
    dim : int
        Dimension d.

    Returns
    -------
    ndarray or float
        Mean absolute overlap, shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter. The mean is over 200 quantiles of z.

    Examples
    --------
    >>> slow, fast = (oja_random_start(1.0, 6.0, 0.5, dim) for dim in (4000, 100))
    >>> slow < fast
    True
    """
    theta = positive("theta", theta, allow_zero=True)
    s = positive("samples_per_dim", samples_per_dim, allow_zero=True)
    tau, dim = positive("step_size", step_size), integer("dim", dim, 2)
    broadcastable(theta=theta, samples_per_dim=s, step_size=tau)
    a = tau * (2 * theta - tau)
    safe_a = np.where(a == 0, 1.0, a)
    duration = np.where(a == 0, s, -np.expm1(-safe_a * s) / safe_a)
    spread = np.sqrt((1 + tau**2 * (1 + theta) * duration) / dim)[..., None]
    z = ndtri((np.arange(200) + 0.5) / 200)
    starts = np.minimum(np.abs(z) * spread, 1)
    return scalar(oja_overlap(theta[..., None], s[..., None], tau[..., None], starts).mean(axis=-1))


# ---- the circle and the clock


def _on_circle(supervisor, m0, rho, c) -> np.ndarray:
    side = np.sqrt(np.maximum(1 - supervisor**2, 0))
    return np.clip(rho * supervisor + side * _sideways(m0, rho, c), -1, 1)


def _sideways(m0, rho, c) -> np.ndarray:
    """Overlap of the truth with the unit vector of the circle's plane orthogonal to w_t."""
    span = np.sqrt(np.maximum(1 - c**2, 0))
    return np.where(span > 0, (m0 - c * rho) / np.where(span > 0, span, 1), 0.0)


def _logit(m) -> np.ndarray:
    """ℓ = log(m/√(1 − m²)): the coordinate in which the flow is dℓ/dt = 2k m^{k−2}."""
    return np.log(m) - 0.5 * np.log((1 - m) * (1 + m))


def _from_logit(ell) -> np.ndarray:
    return 1 / np.sqrt(1 + np.exp(-2 * ell))


def _clock(ell, degree: int) -> np.ndarray:
    """Return the time at which the flow of this degree passes ℓ, up to a constant.

    2k t = ∫ dm / (m^{k−1}(1 − m²)), by the recursion 1/(mʲ(1−m²)) = 1/mʲ + 1/(m^{j−2}(1−m²)).
    """
    m = _from_logit(ell)
    # artanh m = log(1 + m) + log(1/√(1 − m²)), and m/√(1 − m²) = e^ℓ: exact however close m is to 1.
    total = ell if degree % 2 == 0 else np.log1p(m) + ell - np.log(m)
    for power in range(2 + (degree - 1) % 2, degree, 2):
        total = total - m ** (1 - power) / (power - 1)
    return total / (2 * degree)


def _advance(c, degree: int, times) -> np.ndarray:
    """Overlap with the supervisor after the given times, started from c."""
    c, times = np.broadcast_arrays(c, times)
    moving = (c > 0) & (c < 1) & (times > 0)
    ell0 = _logit(np.where(moving, c, 0.5))
    duration = np.where(moving, times, 0.0)
    # dℓ/dt = 2k m^{k−2} lies between its first value and 2k: a bracket that always holds.
    low = ell0 + 2 * degree * _from_logit(ell0) ** (degree - 2) * duration
    high = ell0 + 2 * degree * duration
    if degree == 2:
        ell = low
    else:
        goal = _clock(ell0, degree) + duration
        ell = elementwise.find_root(
            lambda ell, goal: _clock(ell, degree) - goal,
            (low - 1e-9 * (1 + np.abs(low)), high + 1e-9 * (1 + np.abs(high))),
            args=(goal,),
            tolerances={"xatol": 0, "fatol": 0},
        ).x
    return np.where(moving, _from_logit(ell), c)


ARC_POINTS = 201
"""Points at which the arc from start to supervisor is searched for the largest perturbation."""


# ---- links and expectations


def _hermite(z, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Normalised Hermite polynomial h_k and its derivative √k h_{k−1}, from one recurrence."""
    if degree == 0:
        return np.ones_like(z), np.zeros_like(z)
    before, here = np.ones_like(z), z
    for j in range(1, degree):
        before, here = (
            here,
            (z * here - np.sqrt(z.dtype.type(j)) * before) / np.sqrt(z.dtype.type(j + 1)),
        )
    return here, np.sqrt(z.dtype.type(degree)) * before


def _relu(z, degree: int) -> tuple[np.ndarray, np.ndarray]:
    root = np.sqrt(z.dtype.type(2))
    return root * np.maximum(z, 0), root * (z > 0)


LINKS: dict[str, Callable] = {"hermite": _hermite, "relu": _relu}
"""Links ``(z, degree) -> (value, derivative)`` with unit energy; ``relu`` is √2 max(z, 0)."""


@cache
def _noise_polynomial(degree: int) -> np.ndarray:
    """Coefficients in m = E ab of E[(h_k(a) − h_k(b))² h_k'(a)²]."""
    z, weight = np.polynomial.hermite_e.hermegauss(3 * degree + 1)
    weight = weight / weight.sum()
    value, slope = _hermite(z, degree)
    # E h_k(b)² h_k'(a)² by Mehler's formula, and E h_k(a) h_k(b) h_k'(a)² = m^k E h_k² h_k'².
    coefficients = np.array(
        [
            (weight * value**2 * h).sum() * (weight * slope**2 * h).sum()
            for h in (_hermite(z, j)[0] for j in range(2 * degree + 1))
        ]
    )
    both = (weight * value**2 * slope**2).sum()
    coefficients[0] += both
    coefficients[degree] -= 2 * both
    return coefficients


def _expectation(function, m, nodes: int) -> np.ndarray:
    """E f(a, b) for standard normal a, b with correlation m, by a product quadrature."""
    z, weight = np.polynomial.hermite_e.hermegauss(nodes)
    weight = weight / weight.sum()
    m = np.asarray(m)[..., None, None]
    a, b = z[:, None], m * z[:, None] + np.sqrt((1 - m) * (1 + m)) * z
    return (weight[:, None] * weight * function(np.broadcast_to(a, b.shape), b)).sum(axis=(-2, -1))


# ------------------------------------------------------------------------------ simulation


def unit_vector(overlap=None, *, dim: int, rng: np.random.Generator | int | None = None):
    r"""Draw a unit vector with a given overlap with the truth, in a uniformly random direction.

    .. math:: w = m\,w_\star + \sqrt{1 - m^2}\,u, \qquad u \perp w_\star \text{ uniform}

    Parameters
    ----------
    overlap : array_like, optional
        Overlap m in [-1, 1]; each entry gets its own u. None draws from the whole sphere.
    dim : int
        Dimension d, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    ndarray, shape (..., d)
        The truth is the first coordinate axis.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> w = unit_vector([0.3, 0.6], dim=50, rng=0)
    >>> w[:, 0], np.linalg.norm(w, axis=1)
    (array([0.3, 0.6]), array([1., 1.]))
    """
    dim, rng = integer("dim", dim, 2), np.random.default_rng(rng)
    if overlap is None:
        w = rng.standard_normal(dim)
        return w / np.linalg.norm(w)
    m = between("overlap", overlap, -1, 1)[..., None]
    side = rng.standard_normal((*m.shape[:-1], dim - 1))
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    return np.concatenate([m, np.sqrt(1 - m**2) * side], axis=-1)


def pretrain(
    theta,
    *,
    dim: int,
    n_samples: int,
    alignment: float = 1.0,
    inputs: str = "gaussian",
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    r"""Pre-train: top eigenvector of the covariance of sampled, unlabelled, spiked inputs.

    Population covariance :math:`I + \theta v v^\top` with
    :math:`v = \alpha w_\star + \sqrt{1 - \alpha^2}\,e_2`.

    Parameters
    ----------
    theta : float
        Strength of the spike, >= 0.
    dim, n_samples : int
        Dimension d and number of inputs.
    alignment : float
        Overlap α of the spike with the truth, in [0, 1].
    inputs : str
        Distribution of the inputs before the spike, a key of `INPUTS`.
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    ndarray, shape (d,)
        Unit vector :math:`w_0`. Unlabelled data leave its sign open; it is chosen so that the overlap
        with the spike is positive, for which a student with labels would try both.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: [Blessing]'s model of pre-training, a spectral start.

    Examples
    --------
    >>> w0 = pretrain(3.0, dim=50, n_samples=500, rng=0)
    >>> bool(abs(w0[0] - initial_overlap(3.0, 0.1)) < 0.05)
    True
    """
    dim, n_samples = integer("dim", dim, 2), integer("n_samples", n_samples, 2)
    spike = _spike(theta, alignment, dim)
    X = _sample(inputs, n_samples, dim, spike, np.random.default_rng(rng)).astype(float)
    _, vectors = eigh(X.T @ X / n_samples, subset_by_index=[dim - 1, dim - 1])
    w0 = vectors[:, 0]
    return w0 if w0[:2] @ _direction(alignment) >= 0 else -w0


@dataclass(frozen=True)
class Checkpoints:
    """What pre-training on a stream leaves behind.

    Attributes
    ----------
    samples : ndarray of int, shape (C,)
        Samples seen at each checkpoint, the first is 0.
    weights : ndarray, shape (C, d)
        Unit vectors.
    overlap : ndarray, shape (C,)
        Overlap with the truth.
    """

    samples: np.ndarray
    weights: np.ndarray
    overlap: np.ndarray


def oja_trajectory(
    theta,
    *,
    dim: int,
    n_samples: int,
    alignment: float = 1.0,
    step_size: float | None = None,
    n_checkpoints: int = 51,
    start=None,
    rng: np.random.Generator | int | None = None,
) -> Checkpoints:
    r"""Pre-train on a stream: Oja's rule, one sample at a time, with checkpoints.

    .. math:: w \leftarrow \frac{w + \frac{\tau}{d}\langle w, x\rangle x}
        {\|w + \frac{\tau}{d}\langle w, x\rangle x\|}

    Parameters
    ----------
    theta : float
        Strength of the spike, >= 0.
    dim, n_samples : int
        Dimension d and length of the stream.
    alignment : float
        Overlap α of the spike with the truth, in [0, 1].
    step_size : float, optional
        :math:`\tau`; by default :math:`\theta/2`, which ends at
        :math:`q = 3/(4 + \theta)` in squared overlap, see `oja_overlap`.
    n_checkpoints : int
        Number of checkpoints, evenly spaced from 0 to ``n_samples``; at least 2.
    start : array_like, shape (d,), optional
        First vector; uniformly random by default.
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    Checkpoints
        The sign of the whole trajectory is chosen so that it ends on the spike's side.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: Oja (1982).

    Examples
    --------
    >>> run = oja_trajectory(2.0, dim=50, n_samples=2000, n_checkpoints=5, rng=1)
    >>> run.samples, bool(run.overlap[-1] > 0.6)
    (array([   0,  500, 1000, 1500, 2000]), True)
    """
    dim, n_samples = integer("dim", dim, 2), integer("n_samples", n_samples, 2)
    n_checkpoints = integer("n_checkpoints", n_checkpoints, 2)
    spike, rng = _spike(theta, alignment, dim), np.random.default_rng(rng)
    tau = float(theta) / 2 if step_size is None else step_size
    rate = single("step_size", positive("step_size", tau)) / dim
    w = unit_vector(dim=dim, rng=rng) if start is None else _vectors("start", start, dim)[0]
    samples = np.linspace(0, n_samples, n_checkpoints).astype(int)
    weights = [w]
    for count in np.diff(samples):
        w = _oja(w, _sample("gaussian", count, dim, spike, rng), rate)
        weights.append(w)
    weights = np.array(weights)
    if weights[-1, :2] @ _direction(alignment) < 0:
        weights = -weights
    return Checkpoints(samples, weights, weights[:, 0])


@dataclass(frozen=True)
class Descent:
    """A run of fine-tuning, or several on the same inputs.

    Attributes
    ----------
    times : ndarray, shape (T,)
        Step size times number of steps, T = number of steps + 1.
    truth, supervisor : ndarray, shape (..., T)
        Overlaps of the student with truth and supervisor.
    error : ndarray, shape (..., T)
        Test error on inputs distributed like those of fine-tuning: exact for Gaussian inputs, on
        4000 fresh ones otherwise.
    """

    times: np.ndarray
    truth: np.ndarray
    supervisor: np.ndarray
    error: np.ndarray


def fine_tune(
    w0,
    *,
    degree: int,
    supervisor,
    n_samples: int,
    noise_var: float,
    step_size: float,
    n_steps: int,
    spike=None,
    link: str = "hermite",
    inputs: str = "gaussian",
    rng: np.random.Generator | int | None = None,
) -> Descent:
    r"""Fine-tune: spherical gradient descent on sampled inputs that the supervisor labelled.

    .. math:: w \leftarrow \frac{w - \eta\,(I - w w^\top)\nabla\hat L(w)}{\|\cdot\|}, \qquad
        \hat L(w) = \frac1{n_s}\sum_i \big(h_k(\langle w, x_i\rangle) - y_i\big)^2

    Parameters
    ----------
    w0 : array_like, shape (..., d)
        Starts; scaled to length 1.
    degree : int
        Degree :math:`k \ge 1` of the link.
    supervisor : array_like, shape (..., d)
        Supervisors, scaled to length 1; broadcast against the starts. All runs share the inputs and
        the noise ξ, so that each step is two matrix products. ``supervisor = w_star`` (the first
        axis) trains on true labels: the ceiling.
    n_samples : int
        Number of labelled inputs :math:`n_s`.
    noise_var : float
        Variance :math:`\nu^2 \ge 0` of the noise in the labels.
    step_size : float
        η > 0. Stable below about the inverse of :math:`\max_i h_k'(\langle w, x_i\rangle)^2 d/n_s`.
    n_steps : int
        Number of steps.
    spike : array_like, shape (d,), optional
        Vector :math:`\sqrt\theta\,v`: the inputs have covariance I + spike spikeᵀ. Isotropic by default.
    link : str
        Key of `LINKS`; ``"relu"`` ignores the degree.
    inputs : str
        Key of `INPUTS`.
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    Descent

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: [Blessing]'s setting in this book's instantiation. Inputs are kept in single precision: the
    cost is the memory traffic of two passes over them per step.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> w_t, w0 = unit_vector([0.8, 0.6], dim=50, rng=rng)
    >>> run = fine_tune(w0, degree=3, supervisor=w_t, n_samples=3000, noise_var=0.0,
    ...                 step_size=0.01, n_steps=200, rng=rng)
    >>> bool(run.error.min() < error(0.8, 3)), bool(abs(run.truth[-1] - 0.8) < 0.01)
    (True, True)
    """
    starts, teachers, shape = _runs(w0, supervisor)
    dim = starts.shape[1]
    n_samples, n_steps = integer("n_samples", n_samples, 2), integer("n_steps", n_steps)
    degree, sigma = integer("degree", degree), np.sqrt(single("noise_var", _noise(noise_var)))
    step_size = single("step_size", positive("step_size", step_size))
    activation = _choice("link", link, LINKS)
    spike = None if spike is None else _spike_vector(spike, dim)
    rng = np.random.default_rng(rng)
    X = _sample(inputs, n_samples, dim, spike, rng)
    # In double precision the labels would turn all inputs into doubles anew in every step.
    labels = activation(X @ teachers.T.astype(np.float32), degree)[0]
    if sigma > 0:
        labels = labels + np.float32(sigma) * rng.standard_normal((n_samples, 1), np.float32)
    path = _descend(X, labels, starts, activation, degree, step_size, n_steps)
    truth = np.clip(path[:, :, 0].T.astype(float), -1, 1)
    overlap = np.einsum("tbd,bd->bt", path, teachers)
    if inputs == "gaussian":
        along = np.zeros_like(truth) if spike is None else (path @ spike).T
        errors = _gaussian_error(truth, along, spike=spike, link=link, degree=degree)
    else:
        test = _sample(inputs, TEST_SAMPLES, dim, spike, rng)
        errors = _sampled_error(path, test, activation, degree)
    times = step_size * np.arange(n_steps + 1)
    return Descent(times, *(part.reshape(*shape, n_steps + 1) for part in (truth, overlap, errors)))


def _descend(X, labels, starts, activation, degree, step_size, n_steps) -> np.ndarray:
    """Students before the first and after each of the T - 1 steps, shape (T, B, d)."""
    path = np.empty((n_steps + 1, *starts.shape), np.float32)
    path[0] = starts
    for before, after in pairwise(path):
        step = np.float32(step_size) * _sphere_gradient(X, labels, before, activation, degree)
        np.subtract(before, step, out=after)
        after /= np.linalg.norm(after, axis=1, keepdims=True)
    return path


def _sphere_gradient(X, labels, w, activation, degree) -> np.ndarray:
    """Gradients of the sampled losses at the rows of w, projected onto the tangent spaces."""
    value, slope = activation(X @ w.T, degree)
    gradient = ((value - labels) * slope).T @ X * np.float32(2 / len(X))
    return gradient - (gradient * w).sum(axis=1, keepdims=True) * w


def _sampled_error(path, test, activation, degree) -> np.ndarray:
    """Mean squared errors on test inputs, shape (B, T); the truth is the first axis."""
    target = activation(test[:, :1], degree)[0]
    miss = (activation(test @ w.T, degree)[0] - target for w in path)
    return np.stack([(m.astype(float) ** 2).mean(axis=0) for m in miss], axis=-1)


def _gaussian_error(truth, along, *, spike, link: str, degree: int) -> np.ndarray:
    """E[g(a) − g(b)]² for a = ⟨w, x⟩, b = ⟨w*, x⟩, Gaussian with the covariance I + spike spikeᵀ."""
    on_truth = 0.0 if spike is None else spike[0]
    var_a, var_b = 1 + along**2, 1 + on_truth**2
    correlation = np.clip((truth + along * on_truth) / np.sqrt(var_a * var_b), -1, 1)
    if link == "relu":
        angle = np.arccos(correlation)
        kernel = (np.sqrt(1 - correlation**2) + correlation * (np.pi - angle)) / np.pi
        return var_a + var_b - 2 * np.sqrt(var_a * var_b) * kernel
    if spike is None:
        return 2 - 2 * correlation**degree
    scale_a, scale_b = np.sqrt(var_a)[..., None, None], np.sqrt(var_b)
    return _expectation(
        lambda a, b: (_hermite(scale_a * a, degree)[0] - _hermite(scale_b * b, degree)[0]) ** 2,
        correlation, nodes=degree + 1,
    )  # fmt: skip


@dataclass(frozen=True)
class Simulation:
    """Fine-tuning, repeated.

    Attributes
    ----------
    times : ndarray, shape (T,)
    truth_mean, truth_stderr, supervisor_mean, supervisor_stderr, error_mean, error_stderr : ndarray, (B, T)
        Overlaps and test error of each of the B runs over training.
    best_mean, best_stderr : ndarray, shape (B,)
        Smallest error over each run: early stopping at the best time.
    wins : ndarray, shape (B,)
        Fraction of the trials in which that error is below the supervisor's.
    """

    times: np.ndarray
    truth_mean: np.ndarray
    truth_stderr: np.ndarray
    supervisor_mean: np.ndarray
    supervisor_stderr: np.ndarray
    error_mean: np.ndarray
    error_stderr: np.ndarray
    best_mean: np.ndarray
    best_stderr: np.ndarray
    wins: np.ndarray


def simulate(
    m0,
    rho,
    *,
    degree: int,
    samples_per_dim: float,
    step_size: float,
    n_steps: int,
    noise_var: float = 0.0,
    dim: int = 200,
    link: str = "hermite",
    inputs: str = "gaussian",
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> Simulation:
    r"""Repeat fine-tuning from starts and supervisors with given overlaps.

    Every trial draws the supervisor's error, the starts' errors (independent of it and of one
    another) and fresh inputs; the B runs of a trial share the inputs.

    Parameters
    ----------
    m0 : array_like, shape (B,), or None
        Overlaps of the starts with the truth, in [0, 1]; None is one uniformly random start.
    rho : array_like, shape (B,)
        Overlaps of the supervisors with the truth, in [0, 1]; broadcast against ``m0``.
    degree : int
        Degree of the link.
    samples_per_dim : float
        :math:`n_s/d`.
    step_size, n_steps, noise_var, link, inputs
        As for `fine_tune`.
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
    Simulation

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book; the theory to compare with is `flow`.

    Examples
    --------
    >>> run = simulate(0.6, 0.8, degree=3, samples_per_dim=40, step_size=0.02, n_steps=40, dim=60,
    ...                n_trials=4, rng=0)
    >>> run.truth_mean.shape, run.wins
    ((1, 41), array([1.]))
    """
    m0 = None if m0 is None else np.atleast_1d(between("m0", m0, 0, 1))
    rho = np.atleast_1d(between("rho", rho, 0, 1))
    broadcastable(m0=np.zeros(1) if m0 is None else m0, rho=rho)
    dim = integer("dim", dim, 2)
    options = dict(
        degree=degree, n_samples=_count(samples_per_dim, dim), noise_var=noise_var,
        step_size=step_size, n_steps=n_steps, link=link, inputs=inputs,
    )  # fmt: skip
    trial = partial(_fine_tuning_trial, m0, rho, dim, options)
    truth, supervisor, errors, best, wins = run_trials(trial, n_trials, rng, executor)
    times = step_size * np.arange(n_steps + 1)
    return Simulation(
        times, truth.mean, truth.stderr, supervisor.mean, supervisor.stderr, errors.mean,
        errors.stderr, best.mean, best.stderr, wins.mean,
    )  # fmt: skip


def _fine_tuning_trial(m0, rho, dim, options, rng) -> tuple[np.ndarray, ...]:
    # One error direction for all supervisors of the trial, so that they differ in bias alone.
    direction = unit_vector(0.0, dim=dim, rng=rng)
    teachers = np.sqrt(1 - rho[:, None] ** 2) * direction
    teachers[:, 0] = rho
    starts = unit_vector(m0, dim=dim, rng=rng)
    run = fine_tune(starts, supervisor=teachers, rng=rng, **options)
    best = run.error.min(axis=-1)
    weak = _own_error(teachers, options["degree"], options["link"])
    return run.truth, run.supervisor, run.error, best, (best < weak).astype(float)


def _own_error(teachers, degree, link) -> np.ndarray:
    return _gaussian_error(teachers[:, 0], np.zeros(1), spike=None, link=link, degree=degree)


@dataclass(frozen=True)
class SpectralStart:
    """Simulated overlap of the spectral start, for each of several spikes.

    Attributes
    ----------
    theta : ndarray, shape (N,)
    overlap_mean, overlap_stderr : ndarray, shape (N,)
        Overlap with the truth.
    """

    theta: np.ndarray
    overlap_mean: np.ndarray
    overlap_stderr: np.ndarray


def simulate_spectral(
    theta,
    *,
    gamma: float,
    dim: int,
    alignment: float = 1.0,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> SpectralStart:
    r"""Sample unlabelled inputs and compute the spectral start for every strength of the spike.

    In a basis that contains the spike's direction v, only one row and one column of the sample
    covariance depend on θ. One eigendecomposition of the remaining block turns each further θ into
    one scalar equation, :math:`\lambda = (1 + \theta)\big(a + \sum_i \beta_i^2/(\lambda - \mu_i)\big)`.

    Parameters
    ----------
    theta : array_like, shape (N,)
        Strengths, >= 0.
    gamma : float
        Aspect ratio :math:`d/n_{\text{pre}}`.
    dim : int
        Dimension d.
    alignment : float
        Overlap α of the spike with the truth, in [0, 1].
    n_trials : int
        Independent trials, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.
    executor : concurrent.futures.Executor, optional
        Runs the trials, see `w2slib.simulation.run_trials`.

    Returns
    -------
    SpectralStart

    Raises
    ------
    ValueError
        If an argument is outside its range or ``dim`` is too small for ``gamma``.

    Notes
    -----
    Source: linear algebra (the secular equation); compared with `pretrain` in the tests.

    Examples
    --------
    >>> run = simulate_spectral([0.0, 3.0], gamma=0.5, dim=50, n_trials=5, rng=0)
    >>> bool(run.overlap_mean[0] < 0.3 < 0.8 < run.overlap_mean[1])
    True
    """
    theta = grid("theta", theta)
    dim = integer("dim", dim, minimum=3)
    n = sample_size("gamma", gamma, dim)
    trial = partial(_spectral_trial, theta, n, dim, single("alignment", _direction(alignment)[0]))
    (overlap,) = run_trials(trial, n_trials, rng, executor)
    return SpectralStart(theta, overlap.mean, overlap.stderr)


def _spectral_trial(theta, n, dim, alignment, rng) -> tuple[np.ndarray]:
    return (_spectral_starts(rng.standard_normal((n, dim)), theta, alignment)[:, 0],)


def _spectral_starts(Z, theta, alignment) -> np.ndarray:
    """Top eigenvectors, shape (N, d), of inputs Z with spikes θ along their first coordinate.

    Rotated so that the truth is the first coordinate and the spike has the given overlap with it.
    """
    S = Z.T @ Z / len(Z)
    mu, basis = np.linalg.eigh(S[1:, 1:])
    beta, scale = basis.T @ S[1:, 0], 1 + theta
    top = elementwise.find_root(
        lambda x, t: x - t * (S[0, 0] + (beta**2 / (x[..., None] - mu)).sum(axis=-1)),
        (
            np.full(len(theta), mu[-1] * (1 + 1e-12)),
            mu[-1] + scale * (S[0, 0] + np.linalg.norm(beta)),
        ),
        args=(scale,),
        tolerances={"xatol": 0, "fatol": 0},
    ).x
    weights = np.sqrt(scale)[:, None] * beta / (top[:, None] - mu)
    w = np.column_stack([np.ones(len(theta)), weights @ basis.T])
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    along, aside = _direction(alignment)
    w[:, :2] = w[:, :2] @ np.array([[along, aside], [aside, -along]])
    return w


@dataclass(frozen=True)
class Gradients:
    """Sampled gradients against the one-point inequality, for M students and R supervisors.

    Attributes
    ----------
    m, rho : ndarray, shapes (M,) and (R,)
        Overlaps of students and supervisors with the truth.
    supervisor_mean, supervisor_stderr : ndarray, shape (M, R)
        ⟨−grad, w_t − w⟩/‖w_t − w‖², to compare with `curvature` at ⟨w, w_t⟩.
    truth_mean, truth_stderr : ndarray, shape (M, R)
        ⟨−grad, w* − w⟩/‖w* − w‖², to compare with `truth_rate`.
    fluctuation_mean, fluctuation_stderr : ndarray, shape (M, R)
        Norm of the sampled minus the population's gradient, to compare with √(V d/n_s).
    """

    m: np.ndarray
    rho: np.ndarray
    supervisor_mean: np.ndarray
    supervisor_stderr: np.ndarray
    truth_mean: np.ndarray
    truth_stderr: np.ndarray
    fluctuation_mean: np.ndarray
    fluctuation_stderr: np.ndarray


def simulate_gradients(
    m,
    rho,
    *,
    degree: int,
    samples_per_dim: float,
    noise_var: float = 0.0,
    correlation: float = 0.0,
    dim: int = 200,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> Gradients:
    r"""Measure the one-point strong convexity of sampled losses, towards supervisor and truth.

    Parameters
    ----------
    m : array_like, shape (M,)
        Overlaps of the students with the truth, in [0, 1).
    rho : array_like, shape (R,)
        Overlaps of the supervisors with the truth, in [0, 1].
    degree : int
        Degree k.
    samples_per_dim : float
        :math:`n_s/d`.
    noise_var : float
        Variance of the noise in the labels, >= 0.
    correlation : float
        Correlation s of the errors of student and supervisor, in [-1, 1].
    dim : int
        Dimension d, at least 4.
    n_trials : int
        Independent trials, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.
    executor : concurrent.futures.Executor, optional
        Runs the trials, see `w2slib.simulation.run_trials`.

    Returns
    -------
    Gradients

    Raises
    ------
    ValueError
        If an argument is outside its range, or a student coincides with truth or supervisor.

    Notes
    -----
    Source: this book. All M R gradients of a trial share the inputs.

    Examples
    --------
    >>> run = simulate_gradients([0.5], [0.8], degree=2, samples_per_dim=50, n_trials=5, rng=0)
    >>> bool(abs(run.truth_mean[0, 0] - truth_rate(0.5, 0.8, 2)) < 0.2)
    True
    """
    m, rho = np.atleast_1d(between("m", m, 0, 1)), np.atleast_1d(between("rho", rho, 0, 1))
    s = single("correlation", between("correlation", correlation, -1, 1))
    dim, degree = integer("dim", dim, 4), integer("degree", degree)
    sigma = np.sqrt(single("noise_var", _noise(noise_var)))
    students, teachers = _pairs(m, rho, s, dim)
    if np.any(students[:, 0] == 1) or np.any((students * teachers).sum(axis=1) > 1 - 1e-12):
        raise ValueError(
            f"m = {m}, rho = {rho}; allowed: students that differ from truth and supervisor"
        )
    n = _count(samples_per_dim, dim)
    trial = partial(_gradient_trial, students, teachers, degree, n, sigma)
    estimates = run_trials(trial, n_trials, rng, executor)
    parts = (part.reshape(len(m), len(rho)) for e in estimates for part in (e.mean, e.stderr))
    return Gradients(m, rho, *parts)


def _pairs(m, rho, s, dim) -> tuple[np.ndarray, np.ndarray]:
    """Students and supervisors for every (m, rho), with errors in the plane of axes 2 and 3."""
    m, rho = (a.ravel() for a in np.meshgrid(m, rho, indexing="ij"))
    students, teachers = np.zeros((len(m), dim)), np.zeros((len(m), dim))
    teachers[:, 0], teachers[:, 1] = rho, np.sqrt(1 - rho**2)
    students[:, 0], students[:, 1] = m, s * np.sqrt(1 - m**2)
    students[:, 2] = np.sqrt(1 - s**2) * np.sqrt(1 - m**2)
    return students, teachers


def _gradient_trial(students, teachers, degree, n, sigma, rng) -> tuple[np.ndarray, ...]:
    X = rng.standard_normal((n, students.shape[1]), np.float32)
    labels = _hermite(X @ teachers.T.astype(np.float32), degree)[0]
    labels += np.float32(sigma) * rng.standard_normal((n, 1), np.float32)
    gradient = _sphere_gradient(X, labels, students.astype(np.float32), _hermite, degree)
    overlap = (students * teachers).sum(axis=1)[:, None]
    exact = -2 * degree * overlap ** (degree - 1) * (teachers - overlap * students)
    truth = np.zeros_like(students)
    truth[:, 0] = 1
    rates = [
        -(gradient * (aim - students)).sum(axis=1) / ((aim - students) ** 2).sum(axis=1)
        for aim in (teachers, truth)
    ]
    return (*rates, np.linalg.norm(gradient - exact, axis=1))


@dataclass(frozen=True)
class Transition:
    """Pre-training and fine-tuning, repeated, for P states of pre-training and R supervisors.

    Attributes
    ----------
    start_mean, start_stderr : ndarray, shape (P,)
        Overlap of the start with the truth.
    weak : ndarray, shape (R,)
        Error of the supervisor.
    student_mean, student_stderr : ndarray, shape (P, R)
        Error of the student at its best stopping time.
    ceiling_mean, ceiling_stderr : ndarray, shape (P,)
        The same for the student trained on true labels, from the same start.
    wins : ndarray, shape (P, R)
        Fraction of the trials in which the student beats its supervisor.
    """

    start_mean: np.ndarray
    start_stderr: np.ndarray
    weak: np.ndarray
    student_mean: np.ndarray
    student_stderr: np.ndarray
    ceiling_mean: np.ndarray
    ceiling_stderr: np.ndarray
    wins: np.ndarray

    @property
    def pgr(self) -> np.ndarray:
        """PGR of the mean errors, (P, R); ``nan`` where the ceiling is no better than the teacher."""
        return performance_gap_recovered(self.weak, self.student_mean, self.ceiling_mean[:, None])

    @property
    def pgr_stderr(self) -> np.ndarray:
        """Its standard error from the student's, with the ceiling taken as given, (P, R)."""
        gap = self.weak - self.ceiling_mean[:, None]
        return np.where(gap > 0, self.student_stderr / np.where(gap > 0, gap, 1), np.nan)


def simulate_transition(
    theta,
    pretraining,
    rho,
    *,
    degree: int,
    samples_per_dim: float,
    step_size: float,
    n_steps: int,
    noise_var: float = 0.0,
    alignment: float = 1.0,
    method: str = "spectral",
    dim: int = 200,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> Transition:
    r"""Pre-train, then fine-tune, over a range of pre-training and of supervisors.

    The P states of pre-training of a trial belong to one stream of inputs: longer pre-training sees
    what shorter pre-training saw, and more.

    Parameters
    ----------
    theta, pretraining : array_like, shape (P,)
        Strength of the spike and pre-training samples per dimension, :math:`n_{\text{pre}}/d`;
        broadcast together. Oja's rule needs a single ``theta``.
    rho : array_like, shape (R,)
        Overlaps of the supervisors with the truth, in [0, 1].
    degree, samples_per_dim, step_size, n_steps, noise_var
        Fine-tuning, as for `simulate`.
    alignment : float
        Overlap of the spike with the truth, in [0, 1].
    method : {"spectral", "oja"}
        `pretrain` or `oja_trajectory`.
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
    Transition

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book, after [Blessing]'s account of pre-training as a phase transition.

    Examples
    --------
    >>> run = simulate_transition([0.2, 3.0], 2.0, [0.8], degree=3, samples_per_dim=20, dim=60,
    ...                           step_size=0.02, n_steps=40, n_trials=4, rng=0)
    >>> run.wins.ravel()
    array([0., 1.])
    """
    theta, pretraining = grid("theta", theta), grid("pretraining", pretraining, allow_zero=False)
    (points,) = broadcastable(theta=theta, pretraining=pretraining)
    rho = np.atleast_1d(between("rho", rho, 0, 1))
    dim = integer("dim", dim, 3)
    alignment = single("alignment", _direction(alignment)[0])
    starts = _choice("method", method, {"spectral": _spectral_stream, "oja": _oja_stream})
    if method == "oja" and len(theta) > 1:
        raise ValueError(f"theta has {len(theta)} values; allowed: a single one for Oja's rule")
    theta = np.broadcast_to(theta, points)
    counts = np.broadcast_to([_count(p, dim) for p in pretraining], points)
    options = dict(
        degree=degree, n_samples=_count(samples_per_dim, dim), noise_var=noise_var,
        step_size=step_size, n_steps=n_steps,
    )  # fmt: skip
    trial = partial(_transition_trial, starts, theta, counts, alignment, rho, dim, options)
    start, student, ceiling, wins = run_trials(trial, n_trials, rng, executor)
    return Transition(
        start.mean, start.stderr, np.atleast_1d(error(rho, degree)), student.mean, student.stderr,
        ceiling.mean, ceiling.stderr, wins.mean,
    )  # fmt: skip


def _transition_trial(stream, theta, counts, alignment, rho, dim, options, rng):
    starts = stream(theta, counts, alignment, dim, rng)
    aside = unit_vector(0.0, dim=dim, rng=rng)
    # The last "supervisor" is the truth itself: its student is the ceiling.
    rho = np.append(rho, 1.0)
    teachers = np.sqrt(1 - rho[:, None] ** 2) * aside
    teachers[:, 0] = rho
    run = fine_tune(starts[:, None], supervisor=teachers, rng=rng, **options)
    best = run.error.min(axis=-1)
    student, ceiling = best[:, :-1], best[:, -1]
    wins = student < error(rho[:-1], options["degree"])
    return starts[:, 0], student, ceiling, wins.astype(float)


def _spectral_stream(theta, counts, alignment, dim, rng) -> np.ndarray:
    Z = rng.standard_normal((counts.max(), dim))
    starts = np.empty((len(counts), dim))
    for n in np.unique(counts):
        chosen = counts == n
        starts[chosen] = _spectral_starts(Z[:n], theta[chosen], alignment)
    return starts


def _oja_stream(theta, counts, alignment, dim, rng) -> np.ndarray:
    spike, rate = _spike(theta[0], alignment, dim), theta[0] / 2 / dim
    w, seen, starts = unit_vector(dim=dim, rng=rng), 0, np.empty((len(counts), dim))
    for at in np.argsort(counts, kind="stable"):
        w = _oja(w, _sample("gaussian", counts[at] - seen, dim, spike, rng), rate)
        seen, starts[at] = counts[at], w
    return starts * np.where(w[:2] @ _direction(alignment) < 0, -1, 1)


# ---- inputs

TEST_SAMPLES = 4000
"""Fresh inputs on which errors are measured when they are not Gaussian."""


def _gaussian(rng, n: int, dim: int) -> np.ndarray:
    return rng.standard_normal((n, dim), np.float32)


def _student(rng, n: int, dim: int) -> np.ndarray:
    """Multivariate t with 10 degrees of freedom: Gaussian with a random length."""
    radius = np.sqrt(8 / rng.chisquare(10, (n, 1)))
    return _gaussian(rng, n, dim) * radius.astype(np.float32)


def _sign(rng, n: int, dim: int) -> np.ndarray:
    """Independent signs in a random basis, so that the truth is no special direction."""
    signs = rng.integers(0, 2, (n, dim)).astype(np.float32) * 2 - 1
    basis, _ = np.linalg.qr(rng.standard_normal((dim, dim)))
    return signs @ basis.astype(np.float32)


def _mixture(rng, n: int, dim: int) -> np.ndarray:
    """Two clusters at ±2 along a direction at 45° to the truth; mean zero, covariance I."""
    X = _gaussian(rng, n, dim)
    axis = np.zeros(dim, np.float32)
    axis[:2] = np.sqrt(0.5)
    along = X @ axis
    clustered = (along + rng.choice(np.float32([-2, 2]), n)) / np.float32(np.sqrt(5))
    return X + (clustered - along)[:, None] * axis


INPUTS: dict[str, Callable] = {
    "gaussian": _gaussian,
    "student": _student,
    "sign": _sign,
    "mixture": _mixture,
}
"""Distributions of the inputs, all with mean zero and covariance I (before the spike)."""


def _sample(inputs: str, n: int, dim: int, spike, rng) -> np.ndarray:
    """Draw n inputs, shape (n, d), in single precision."""
    X = _choice("inputs", inputs, INPUTS)(rng, n, dim)
    theta = 0.0 if spike is None else float(spike @ spike)
    if theta > 0:
        # (I + c spike spikeᵀ)² = I + spike spikeᵀ
        stretch = (np.sqrt(1 + theta) - 1) / theta * spike
        X += np.outer(X @ stretch.astype(np.float32), spike.astype(np.float32))
    return X


OJA_BLOCK = 32
"""Samples that Oja's rule takes in one go."""


def _oja(w, X, rate: float) -> np.ndarray:
    """Oja's rule, one row of X after the other, normalised once per block.

    A step is linear in w up to its length. Within a block the coefficients aᵢ = ⟨wᵢ, xᵢ⟩ therefore solve
    the triangular system aᵢ = ⟨w, xᵢ⟩ + rate Σ_{j<i} ⟨xᵢ, xⱼ⟩ aⱼ, and w moves by rate Σᵢ aᵢ xᵢ.
    """
    for first in range(0, len(X), OJA_BLOCK):
        block = X[first : first + OJA_BLOCK].astype(float)
        # LAPACK takes only what is below the diagonal, and ones on it.
        along, _ = lapack.dtrtrs(-rate * (block @ block.T), block @ w, lower=1, unitdiag=1)
        w = w + rate * (along @ block)
        w /= np.sqrt(w @ w)
    return w


# --------------------------------------------------------------------------------- verdict


@dataclass(frozen=True)
class EffectiveRegion:
    """From where the student is guaranteed to approach the truth, and how far.

    All arrays have the shape of ``rho``; all are ``nan`` where there is no such region.

    Attributes
    ----------
    overlap : ndarray or float
        Smallest overlap m of a start with the truth from which the guarantee holds.
    mu : ndarray or float
        Curvature µ(m) there.
    bias, sampling : ndarray or float
        The two parts of the perturbation ε of a student that starts there.
    radius : ndarray or float
        ε/µ: the distance from the truth down to which the student contracts.
    error : ndarray or float
        The error at that distance.
    """

    overlap: np.ndarray
    mu: np.ndarray
    bias: np.ndarray
    sampling: np.ndarray
    radius: np.ndarray
    error: np.ndarray

    @property
    def epsilon(self) -> np.ndarray:
        """The whole perturbation ε."""
        return self.bias + self.sampling


def effective_region(
    degree, rho, *, target_error=None, samples_per_dim=np.inf, noise_var=0.0
) -> EffectiveRegion:
    r"""Overlaps from which the student is guaranteed to reach a given error.

    A start with an independent error qualifies when the radius of contraction
    :math:`\varepsilon/\mu` (see `perturbation`) is below the distance at which the error is the target,

    .. math:: \frac{\varepsilon(m)}{\mu(m)} < \sqrt{2 - 2m_{\text{target}}}, \qquad
        m_{\text{target}} = (1 - L_{\text{target}}/2)^{1/k},

    or, without a target, below the start's own distance :math:`\sqrt{2 - 2m}`: then descent on the
    weak labels brings it closer to the truth.

    Parameters
    ----------
    degree : int
        Degree :math:`k \ge 2`.
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    target_error : float, optional
        Error to be reached, in (0, 2].
    samples_per_dim : float
        :math:`n_s/d > 0`; ``inf`` is the population.
    noise_var : float
        Variance of the noise in the labels, >= 0.

    Returns
    -------
    EffectiveRegion
        With the smallest qualifying m, on a grid of step 1/1000 that starts at 0.001.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book, derived in the chapter; the term is [Blessing]'s, the constants are not. The
    descent ends at the supervisor, so that this inequality cannot promise an error below the
    supervisor's. That the student passes closer to the truth on its way is a property of the circle:
    see `required_overlap`.

    Examples
    --------
    >>> region = effective_region(2, 0.9, target_error=0.5, samples_per_dim=2000)
    >>> bool(0 < region.overlap < 0.9 and region.error <= 0.5)
    True
    >>> effective_region(2, 0.9, target_error=0.3).overlap  # below the supervisor's error
    nan
    """
    rho, degree = between("rho", rho, 0, 1), integer("degree", degree, 2)
    ratio = single("samples_per_dim", _samples_per_dim(samples_per_dim))
    noise_var = single("noise_var", _noise(noise_var))
    m = np.arange(1, 1000) / 1000
    mu, distance = curvature(m, degree), np.sqrt(2 - 2 * m)
    if target_error is not None:
        distance = np.full_like(m, np.sqrt(2 - 2 * _overlap_at(target_error, degree)))
    bias, sampling = perturbation(m, rho[..., None], degree, ratio, noise_var)
    radius = (bias + sampling) / mu
    good = radius < distance
    at, possible = np.argmax(good, axis=-1)[..., None], good.any(axis=-1)
    columns = (m, mu, bias, sampling, radius, error(np.maximum(1 - radius**2 / 2, -1), degree))
    picked = (np.take_along_axis(np.broadcast_to(a, good.shape), at, axis=-1) for a in columns)
    return EffectiveRegion(*(scalar(np.where(possible, a[..., 0], np.nan)) for a in picked))


def required_overlap(target_error, rho, degree):
    r"""Overlap of the start that brings the student to a given error at the best stopping time.

    `best_overlap` solved for the start, with independent errors, on the population:

    .. math:: m_0^2 = \frac{M^2 - \rho^2}{(1 - \rho^2)^2 + \rho^2(M^2 - \rho^2)}, \qquad
        M = (1 - L_{\text{target}}/2)^{1/k}

    Parameters
    ----------
    target_error : array_like
        Error to be reached, in (0, 2].
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1).
    degree : int
        Degree :math:`k \ge 2`.

    Returns
    -------
    ndarray or float
        In [0, 1]; 0 where the supervisor itself is good enough (any start that is not exactly
        orthogonal to the truth will do).

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> m0 = required_overlap(0.5, 0.8, 3)
    >>> round(error(best_overlap(m0, 0.8), 3), 12)
    0.5
    """
    rho, degree = between("rho", rho, 0, 1), integer("degree", degree, 2)
    goal = _overlap_at(target_error, degree)
    broadcastable(target_error=goal, rho=rho)
    excess = np.maximum(goal**2 - rho**2, 0)
    slack = np.where(excess > 0, (1 - rho**2) ** 2 + rho**2 * excess, 1)
    return scalar(np.sqrt(excess / slack))


def winning_time(m0, rho, degree, c=None):
    r"""Time from which on the student beats its supervisor, on the population.

    The truth is seen under the angle :math:`\varphi` from the supervisor, along the circle; the student
    is ahead once it is within :math:`2\varphi`:

    .. math:: \langle w, w_t\rangle > \cos 2\varphi, \qquad
        \tan\varphi = \frac{m_0 - \rho c}{\rho\sqrt{1 - c^2}}

    Ahead once, it stays ahead: its error rises towards the supervisor's from below.

    Parameters
    ----------
    m0, rho : array_like
        Overlaps of start and supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 2`.
    c : array_like, optional
        Overlap of start and supervisor, by default :math:`m_0\rho`.

    Returns
    -------
    ndarray or float
        0 where the start is already ahead; ``nan`` where the student never wins
        (:math:`m_0 \le c\rho`, or the flow stands still behind the supervisor).

    Raises
    ------
    ValueError
        As for `flow`.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> t = winning_time(0.6, 0.8, 3)
    >>> flow(0.6, 0.8, 3, [t]).truth.round(9)
    array([0.8])
    >>> winning_time(0.0, 0.8, 3)
    nan
    """
    m0, rho, c = _triangle(m0, rho, c)
    degree = integer("degree", degree, 2)
    sideways = _sideways(m0, rho, c)
    ahead = m0 > rho
    chased = (sideways > 0) & (c > 0) & ~ahead
    start = np.where(chased, c, 0.5)
    level = (rho**2 - sideways**2) / np.where(chased, rho**2 + sideways**2, 1)
    level = np.where(chased, np.maximum(level, start), 0.5)
    wait = _clock(_logit(level), degree) - _clock(_logit(start), degree)
    return scalar(np.where(ahead, 0.0, np.where(chased, wait, np.nan)))


# ----------------------------------------------------------------------------------- input


def _triangle(m0, rho, c) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Validate three overlaps and broadcast them; they must be those of three unit vectors."""
    m0, rho = between("m0", m0, 0, 1), between("rho", rho, 0, 1)
    shape = broadcastable(m0=m0, rho=rho)
    if c is None:
        c = m0 * rho
    else:
        c = between("c", c, 0, 1)
        shape = broadcastable(m0=m0, rho=rho, c=c)
        room = np.sqrt((1 - m0**2) * (1 - rho**2))
        wrong = np.broadcast_to(np.abs(c - m0 * rho) > room + 1e-12, shape)
        if np.any(wrong):
            first = tuple(float(np.broadcast_to(a, shape)[wrong][0]) for a in (c, m0 * rho, room))
            raise ValueError(
                f"c = {first[0]}; allowed: within {first[2]:g} of m0 * rho = {first[1]:g}, "
                "else no three unit vectors have these overlaps"
            )
    return tuple(np.broadcast_to(a, shape) for a in (m0, rho, c))


def _errors(m, rho, s) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    m, rho = between("m", m, 0, 1), between("rho", rho, 0, 1)
    s = between("correlation", s, -1, 1)
    broadcastable(m=m, rho=rho, correlation=s)
    return m, rho, s


def _overlap_at(target_error, degree: int) -> np.ndarray:
    """Overlap with the truth at which the error is the target."""
    target = between("target_error", positive("target_error", target_error), 0, 2)
    return (1 - target / 2) ** (1 / degree)


def _samples_per_dim(value) -> np.ndarray:
    """Positive numbers; infinity, the population, is allowed."""
    array = np.asarray(value, dtype=float)
    positive("samples_per_dim", np.where(array == np.inf, 1.0, array))
    return array


def _count(samples_per_dim, dim: int) -> int:
    ratio = single("samples_per_dim", positive("samples_per_dim", samples_per_dim))
    return sample_size("1 / samples_per_dim", 1 / ratio, dim)


def _noise(noise_var) -> np.ndarray:
    return positive("noise_var", noise_var, allow_zero=True)


def _times(times) -> np.ndarray:
    return grid("times", times)


def _direction(alignment) -> np.ndarray:
    """First two coordinates of the spike's direction; the others are zero."""
    alignment = single("alignment", between("alignment", alignment, 0, 1))
    return np.array([alignment, np.sqrt(1 - alignment**2)])


def _spike(theta, alignment, dim: int) -> np.ndarray:
    theta = single("theta", positive("theta", theta, allow_zero=True))
    spike = np.zeros(dim)
    spike[:2] = np.sqrt(theta) * _direction(alignment)
    return spike


def _spike_vector(spike, dim: int) -> np.ndarray:
    spike = real("spike", spike)
    if spike.shape != (dim,):
        raise ValueError(f"spike has shape {spike.shape}; allowed: ({dim},), that of a start")
    return spike


def _vectors(name: str, value, dim: int | None = None) -> np.ndarray:
    """Return rows of unit length, shape (B, d)."""
    array = real(name, value)
    if array.ndim == 0 or array.shape[-1] < 2 or dim not in (None, array.shape[-1]):
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: (..., {'d' if dim is None else dim}) with d >= 2"
        )
    length = np.linalg.norm(array, axis=-1, keepdims=True)
    positive(f"norm of {name}", length)
    return np.atleast_2d(array / length)


def _runs(w0, supervisor) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """Starts and supervisors as rows, one for each run, and the shape of the runs."""
    starts, teachers = _vectors("w0", w0), _vectors("supervisor", supervisor)
    shape = broadcastable(w0=starts, supervisor=teachers)
    dim = shape[-1]
    starts, teachers = (np.broadcast_to(a, shape).reshape(-1, dim) for a in (starts, teachers))
    return starts, teachers, np.broadcast_shapes(np.shape(w0), np.shape(supervisor))[:-1]


def _choice(name: str, value, table: dict):
    if value not in table:
        raise ValueError(f"{name} = {value!r}; allowed: {', '.join(map(repr, table))}")
    return table[value]
