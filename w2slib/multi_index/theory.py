r"""Overlaps and errors of teacher and students in closed form.

With :math:`u = 1/(1 + \lambda_s)` the error of every student is a parabola
:math:`L_0 - 2 L_1 u + L_2 u^2`; `w2slib.multi_index.verdict` reads optimal penalties and winning
intervals off its three coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from w2slib.core.portions import PORTION_BYTES, in_portions
from w2slib.core.targets import MODES, Target
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import between, broadcastable, instance, integer, positive, scalar

__all__ = [
    "student_error",
    "student_overlap",
    "teacher_chance_overlap",
    "teacher_error",
    "teacher_overlap",
]

# ---------------------------------------------------------------------------------- teacher


@dataclass(frozen=True, eq=False)
class _Teacher:
    """A fitted teacher, whose read-out b_k is the shrinkage 1 / (1 + λ_t) times c_k τ_t^k.

    The two factors stand apart: their product vanishes where the penalty is large or infinite.
    ``squares`` are (c_k τ_t^k)², ``lost`` is λ_t / (1 + λ_t).
    """

    overlap: Array
    squares: list[Array]
    shrinkage: Array
    lost: Array

    @property
    def gain(self) -> Array:
        """Energy of the target less the error: 2 c b τᵏ − b² = s (2 − s) (c τᵏ)², b = s c τᵏ."""
        return self.shrinkage * (1 + self.lost) * _total(self.squares)


def _teach(target: Target, gamma_t: Array, lam_t: Array) -> _Teacher:
    overlap = _overlap(abs(target.easy[1]), gamma_t, target.label_energy)
    powers = _powers(overlap, target.easy)
    squares = [(c * p) * (c * p) for c, p in zip(target.easy, powers, strict=True)]
    return _Teacher(overlap, squares, *_shares(lam_t))


def _shares(lam: Array) -> tuple[Array, Array]:
    """1 / (1 + λ) and λ / (1 + λ), what a read-out keeps and what it loses; exact also for λ = ∞."""
    kept = 1 / (1 + lam)
    with np.errstate(invalid="ignore"):
        return kept, np.where(np.isinf(lam), 1.0, lam * kept)


def _overlap(signal: ArrayLike, gamma: Array, energy: ArrayLike) -> Array:
    """Overlap signal / √(signal² + γ energy) of a gradient step, whatever the ratio's size."""
    return 1 / np.hypot(1, np.sqrt(gamma) * np.sqrt(energy) / signal)


def _energy(target: Target) -> float:
    return target.easy_energy + target.hard_energy


def _powers(x: Array, coefficients: tuple[float, ...]) -> list[Array]:
    """1, x, x², …, one for each coefficient; products, so that numbers and arrays round alike."""
    powers = [np.ones(np.shape(x))]
    while len(powers) < len(coefficients):
        powers.append(powers[-1] * x)
    return powers


def _total(terms: Iterable[Array]) -> Array:
    return sum(terms, start=np.zeros(()))


def teacher_overlap(target: Target, gamma_t: ArrayLike) -> Numbers:
    r"""Cosine between the direction of one large gradient step and the easy direction.

    .. math:: \tau_t = \frac{|c_1|}{\sqrt{c_1^2 + \gamma_t E y^2}}

    The same step has no overlap with the hard direction, in the limit.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t : array_like
        Aspect ratio :math:`d/n_t` of the step.

    Notes
    -----
    Source: [Mechanisms] for the mechanism; this form is this book's.

    Examples
    --------
    >>> round(teacher_overlap(Target((0, 0.8), (0, 0, 0.6)), 0.36), 6)
    0.8
    """
    return scalar(_teach(*_teacher_arguments(target, gamma_t, 0.0)).overlap)


def teacher_chance_overlap(target: Target, gamma_t: ArrayLike, dim: int) -> Numbers:
    r"""Root-mean-square overlap of the teacher's direction with the hard one, by chance.

    .. math:: \sqrt{E\langle\hat u_t, u_h\rangle^2} \simeq
        \tau_t \sqrt{\frac{\gamma_t\, E[y^2 z_h^2]}{c_1^2\, d}}, \qquad
        z_h = \langle u_h, x\rangle

    It falls like :math:`d^{-1/2}`. The mean of :math:`\langle\hat u_t, u_h\rangle` is zero because
    :math:`e_1 = 0`; its square depends on the target through

    .. math:: E[y^2 z_h^2] = \sum_{k \ge 1} c_k^2 + \sigma^2
        + E\bigl[z_h^2\,(c_0 + \textstyle\sum_k e_k h_k(z_h))^2\bigr],

    which mixes the constant of the easy part with the hard one: its last term contains
    :math:`2\sqrt2\,c_0 e_2`.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t : array_like
        Aspect ratio of the gradient step.
    dim : int
        Dimension d, at least 2.

    Examples
    --------
    >>> round(teacher_chance_overlap(Target((0, 0.8), (0, 0, 0.6)), 0.36, 100), 4)
    0.0937
    """
    target, ratio, no_penalty = _teacher_arguments(target, gamma_t, 0.0)
    dim = integer("dim", dim, minimum=2)
    # z h_k = √(k+1) h_{k+1} + √k h_{k−1}: Hermite coefficients of z_h times what the labels are on
    # average, given z_h. The constant of the easy part belongs to that.
    constant, *sloped = target.easy
    raised = np.zeros(len(target.hard) + 1)
    for k, e in enumerate((constant, *target.hard[1:])):
        raised[k + 1] += np.sqrt(k + 1) * e
        if k:
            raised[k - 1] += np.sqrt(k) * e
    moment = sum(c * c for c in sloped) + target.noise_var + np.sum(raised**2)
    overlap = _teach(target, ratio, no_penalty).overlap
    return scalar(overlap * np.sqrt(ratio) * np.sqrt(moment / dim) / abs(target.easy[1]))


def teacher_error(target: Target, gamma_t: ArrayLike, lam_t: ArrayLike = 0.0) -> Numbers:
    r"""Excess test error of the teacher, in the limit of a large read-out sample.

    .. math:: L_t = \sum_k [c_k^2 - 2 c_k b_k \tau_t^k + b_k^2] + \sum_k e_k^2, \qquad
        b_k = \frac{c_k \tau_t^k}{1 + \lambda_t}

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t : array_like
        Aspect ratio of the teacher's gradient step.
    lam_t : array_like
        Teacher's read-out penalty.

    Examples
    --------
    >>> round(teacher_error(Target((0, 0.8), (0, 0, 0.6)), 0.36), 6)
    0.5904
    """
    target, gamma_t, lam_t = _teacher_arguments(target, gamma_t, lam_t)

    def error(gamma_t: Array, lam_t: Array) -> Array:
        return _energy(target) - _teach(target, gamma_t, lam_t).gain

    return _evaluate(error, target, gamma_t, lam_t)


# --------------------------------------------------------------------------------- students


@dataclass(frozen=True, eq=False)
class _Student:
    """Coefficients of a student's error in u = 1 / (1 + λ_s) and w = 1 − u = λ_s / (1 + λ_s).

    Its error is the target's energy − G − 2 L₁ u + L₂ u², with gain G, slope L₁ and L₂ = L₁ + turn. It
    lags behind the teacher by L_s − L_t = A w² + 2 M u w + C u², lag = (A, M, C). Each coefficient is
    written so that it does not cancel, for verdicts where the two errors are close to each other.
    """

    gain: Array
    slope: Array
    turn: Array
    lag: tuple[Array, Array, Array]

    def error(self, target: Target, lam_s: Array) -> Array:
        u, _ = _shares(lam_s)
        return _energy(target) - self.gain - 2 * self.slope * u + (self.slope + self.turn) * u * u

    def lags(self, lam_s: Array) -> Array:
        u, w = _shares(lam_s)
        kept, mixed, free = self.lag
        return kept * w * w + 2 * mixed * u * w + free * u * u


class _Settings(NamedTuple):
    """What a student is given; checked, and of shapes that broadcast."""

    gamma_t: Array
    gamma_s: Array
    lam_t: Array
    rho: Array
    strength: Array
    lam_s: Array


def _carried(target: Target, rho: Array) -> Array:
    """P = Σ e_k² ρ^{2k}: the hard energy that the pre-trained direction can express."""
    powers = _powers(rho * rho, target.hard)
    return _total(e * e * power for e, power in zip(target.hard, powers, strict=True))


def _noise(teacher: _Teacher, gamma_s: Array, known: Array) -> Array:
    """Q = √(1/τ_s² − 1), given the energy π² P that acts as label noise; exact also for λ_t = ∞."""
    amplitude = np.sqrt(teacher.squares[1])
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        noise = np.where(known > 0, np.sqrt(known) / teacher.shrinkage, 0.0)
        return np.sqrt(gamma_s) * np.hypot(np.sqrt(_total(teacher.squares)), noise) / amplitude


def _student(target: Target, given: _Settings, mode: str) -> _Student:
    """Coefficients of the error in `student_error`, for one of `MODES`."""
    teacher = _teach(target, given.gamma_t, given.lam_t)
    rho, strength = given.rho, given.strength
    if mode == "scratch":
        rho, strength = 0 * rho, 0 * strength
    carried = _carried(target, rho)
    start = strength * (2 - strength) * carried
    behind, none = teacher.gain - start, np.zeros(())
    if mode == "frozen":
        return _Student(start, none, none, (behind, behind, behind))
    if mode == "ceiling":
        overlap = _overlap(abs(target.easy[1]), given.gamma_s, target.label_energy - start)
        powers = _powers(overlap * overlap, target.easy)
        learnt = _total(c * c * power for c, power in zip(target.easy, powers, strict=True))
        learnt = learnt + (1 - strength) * (1 - strength) * carried
        return _Student(start, learnt, none, (behind, behind - learnt, behind - learnt))

    copied, missed = _copied(teacher, given.gamma_s, strength * strength * carried)
    kept, lost = teacher.shrinkage, teacher.lost
    slope, turn = kept * copied, -kept * lost * copied
    mixed = kept * (lost * _total(teacher.squares) + missed)
    free = kept * (1 + lost) * missed
    if mode == "full":
        slope, turn = slope - strength * (1 - strength) * carried, turn + strength * carried
        return _Student(start, slope, turn, (behind, mixed - strength * carried, free))
    return _Student(start, slope, turn, (behind, mixed - start, free - start))


def _copied(teacher: _Teacher, gamma_s: Array, known: Array) -> tuple[Array, Array]:
    """Σ (c_k τ_t^k)² τ_s^{2k}, which the new direction copies, and Σ (c_k τ_t^k)² (1 − τ_s^{2k})."""
    noise = _noise(teacher, gamma_s, known)
    overlap = 1 / np.hypot(1, noise)
    with np.errstate(invalid="ignore"):
        gap = np.where(np.isinf(noise), 1.0, (noise * overlap) * (noise * overlap))
    copied, missed, unlike = np.zeros(()), np.zeros(()), np.zeros(())
    power = np.ones(np.shape(overlap))
    for square in teacher.squares:
        copied, missed = copied + square * power, missed + square * unlike
        # 1 − τ^{2(k+1)} = 1 − τ^{2k} + τ^{2k} (1 − τ²)
        unlike, power = unlike + power * gap, power * (overlap * overlap)
    return copied, missed


def student_overlap(
    target: Target,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    *,
    lam_t: ArrayLike = 0.0,
    rho: ArrayLike,
    strength: ArrayLike = 1.0,
) -> Numbers:
    r"""Cosine between the student's fine-tuned direction and the teacher's.

    .. math:: \tau_s = \cos(\hat u_s, \hat u_t) = \frac{|b_1|}
        {\sqrt{b_1^2 + \gamma_s (\sum_k b_k^2 + \pi^2 \sum_k e_k^2 \rho^{2k})}}

    The pre-trained read-out acts as label noise in this step; ``rho = 0`` gives the student from
    scratch.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t, gamma_s : array_like
        Aspect ratios of the gradient steps of teacher and student.
    lam_t : array_like
        Teacher's read-out penalty.
    rho : array_like
        Overlap of the pre-trained direction with the hard one, between -1 and 1.
    strength : array_like
        Strength :math:`\pi` of the pre-trained read-out, between 0 and 1.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> round(student_overlap(target, 0.36, 0.5, rho=0.0), 6)  # depends on gamma_s only
    0.816497
    >>> round(student_overlap(target, 0.36, 0.5, rho=0.9), 6)
    0.747785
    """
    given = _settings(target, gamma_t, gamma_s, lam_t, 0.0, rho, strength)

    def overlap(*settings: Array) -> Array:
        given = _Settings(*settings)
        teacher = _teach(target, given.gamma_t, given.lam_t)
        known = given.strength * given.strength * _carried(target, given.rho)
        return 1 / np.hypot(1, _noise(teacher, given.gamma_s, known))

    return _evaluate(overlap, target, *given)


def student_error(
    target: Target,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    *,
    lam_t: ArrayLike = 0.0,
    lam_s: ArrayLike,
    rho: ArrayLike,
    strength: ArrayLike = 1.0,
    mode: str = "adapter",
) -> Numbers:
    r"""Excess test error of one of the five students, in the limit of a large read-out sample.

    .. math:: L_s = \sum_k [c_k^2 - 2 a_k c_k (\tau_t\tau_s)^k + a_k^2]
        + \sum_k e_k^2 [1 - 2 r\pi\rho^{2k} + r^2\pi^2\rho^{2k}], \qquad
        a_k = \frac{b_k\tau_s^k}{1 + \lambda_s}

    with :math:`r = 1` for ``"adapter"`` and :math:`r = \lambda_s/(1 + \lambda_s)` for ``"full"``.
    ``"scratch"`` has :math:`\pi = \rho = 0`; ``"frozen"`` is not fine-tuned, :math:`a_k = 0, r = 1`;
    ``"ceiling"`` is ``"full"`` on true labels:
    :math:`a_k = c_k\tau_c^k/(1 + \lambda_s)` in place of the teacher's, with
    :math:`\tau_c^2 = c_1^2/(c_1^2 + \gamma_s E(y - f_0)^2)`, and hard read-out
    :math:`e_k\rho^k (1 + \lambda_s\pi)/(1 + \lambda_s)`.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t, gamma_s : array_like
        Aspect ratios of the gradient steps of teacher and student.
    lam_t, lam_s : array_like
        Read-out penalties; ``lam_s = inf`` leaves every student as pre-training made it.
    rho : array_like
        Overlap of the pre-trained direction with the hard one, between -1 and 1.
    strength : array_like
        Strength :math:`\pi` of the pre-trained read-out, between 0 and 1.
    mode : str
        One of `MODES`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, also where an argument plays no role in the mode.

    Notes
    -----
    Source: [Mechanisms] for the mechanism; the formulas are this book's.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> settings = dict(lam_s=0.5, rho=0.9)
    >>> L_t = teacher_error(target, 0.36)
    >>> errors = {m: student_error(target, 0.36, 0.1, **settings, mode=m) for m in MODES}
    >>> [m for m in MODES if errors[m] < L_t]
    ['full', 'adapter', 'ceiling']
    """
    given = _settings(target, gamma_t, gamma_s, lam_t, lam_s, rho, strength)
    _refuse_unknown(mode)

    def error(*settings: Array) -> Array:
        given = _Settings(*settings)
        return _student(target, given, mode).error(target, given.lam_s)

    return _evaluate(error, target, *given)


# ------------------------------------------------------------------------------------ grids


def _shape(arrays: Iterable[Array]) -> tuple[int, ...]:
    return np.broadcast_shapes(*map(np.shape, arrays))


def _evaluate(function: Callable[..., Any], target: Target, *arrays: Array) -> Any:
    """Values of a function, which may return several, at every point of the arrays' common shape.

    Most of the memory goes into what does not depend on the last array. Where the others span a
    large grid by themselves, it is evaluated a portion at a time.
    """

    def filled(*arguments: Array) -> tuple[Array, ...]:
        values, shape = function(*arguments), _shape(arguments)
        values = values if isinstance(values, tuple) else (values,)
        return tuple(np.array(np.broadcast_to(each, shape)) for each in values)

    bytes_each = 8 * (20 + 4 * (len(target.easy) + len(target.hard)))
    if math.prod(_shape(arrays[:-1])) * bytes_each > PORTION_BYTES:
        results = in_portions(filled, *arrays, bytes_each=bytes_each)
    else:
        results = filled(*arrays)
    return scalar(results[0]) if len(results) == 1 else tuple(map(scalar, results))


# ------------------------------------------------------------------------------------ input


def _teacher_arguments(
    target: Target, gamma_t: ArrayLike, lam_t: ArrayLike
) -> tuple[Target, Array, Array]:
    target, gamma_t = instance("target", target, Target), positive("gamma_t", gamma_t)
    lam_t = positive("lam_t", lam_t, allow_zero=True, allow_inf=True)
    broadcastable(gamma_t=gamma_t, lam_t=lam_t)
    return target, gamma_t, lam_t


def _refuse_unknown(mode: str) -> None:
    if mode not in MODES:
        raise ValueError(f"mode = {mode!r}; allowed: one of {', '.join(MODES)}")


def _settings(
    target: Target,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    rho: ArrayLike,
    strength: ArrayLike,
) -> _Settings:
    instance("target", target, Target)
    given = _Settings(
        gamma_t=positive("gamma_t", gamma_t),
        gamma_s=positive("gamma_s", gamma_s),
        lam_t=positive("lam_t", lam_t, allow_zero=True, allow_inf=True),
        rho=between("rho", rho, -1, 1),
        strength=between("strength", strength, 0, 1),
        lam_s=positive("lam_s", lam_s, allow_zero=True, allow_inf=True),
    )
    broadcastable(**given._asdict())
    return given
