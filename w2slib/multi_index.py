r"""Mechanism III: easy features from the teacher, hard ones from pre-training.

Setting. :math:`x \sim N(0, I_d)`, orthogonal unit vectors :math:`u_e, u_h`, normalised Hermite
polynomials :math:`h_k`, and a target with an easy component (it correlates with a linear function, its
information exponent is 1) and a hard one (exponent 2 or more):

.. math:: y = \sum_k c_k h_k(\langle u_e, x\rangle) + \sum_k e_k h_k(\langle u_h, x\rangle)
    + \sigma\varepsilon, \qquad c_1 \ne 0, \quad e_0 = e_1 = 0.

The *teacher* takes one large gradient step on :math:`n_t = d/\gamma_t` labelled samples, which gives a
direction :math:`\hat u_t`, then fits a ridge read-out with penalty :math:`\lambda_t`. The *student* has
from pre-training a direction with overlap :math:`\rho = \langle\hat u_h, u_h\rangle` and a read-out of
strength :math:`\pi` on it; on :math:`n_s = d/\gamma_s` inputs labelled by the teacher it takes one
gradient step of its own, then fits a ridge read-out with penalty :math:`\lambda_s` towards the
pre-trained one. Errors are excess test errors :math:`E(y - f)^2 - \sigma^2`.

Theory. With :math:`u = 1/(1 + \lambda_s)` the error of every student is a parabola
:math:`L_0 - 2 L_1 u + L_2 u^2`; optimal penalties and winning intervals follow from its three
coefficients. The networks of the chapter are in `w2slib.networks`; their public names are repeated
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import elementwise
from scipy.special import eval_hermitenorm, gammaln

from w2slib.networks import (
    MODES,
    NetworkSetting,
    NetworkSimulation,
    TwoLayerNetwork,
    by_mode,
    fine_tune,
    load_measurements,
    network_directions,
    predicted_errors,
    pretrain,
    simulate_networks,
    simulate_pretraining,
    source_batches,
    train_teacher,
)
from w2slib.simulation import Estimate, run_trials
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
    "EXAMPLE",
    "MODES",
    "NetworkSetting",
    "NetworkSimulation",
    "Simulation",
    "Target",
    "TwoLayerNetwork",
    "fine_tune",
    "hermite",
    "load_measurements",
    "network_directions",
    "optimal_student_penalty",
    "predicted_errors",
    "pretrain",
    "simulate",
    "simulate_networks",
    "simulate_pretraining",
    "source_batches",
    "student_error",
    "student_overlap",
    "teacher_chance_overlap",
    "teacher_error",
    "teacher_overlap",
    "train_teacher",
    "winning_interval",
    "winning_overlap",
]

# --------------------------------------------------------------------------------- setting


@dataclass(frozen=True)
class Target:
    r"""Labels that mix an easy and a hard function, each of one hidden direction.

    .. math:: y = \sum_k c_k h_k(\langle u_e, x\rangle) + \sum_k e_k h_k(\langle u_h, x\rangle)
        + \sigma\varepsilon

    Attributes
    ----------
    easy : tuple of float
        Hermite coefficients :math:`c_k`, index = degree; ``easy[1] != 0``.
    hard : tuple of float
        Hermite coefficients :math:`e_k`, index = degree; ``hard[0] == hard[1] == 0``.
    noise_var : float
        Variance :math:`\sigma^2 \ge 0` of the label noise.

    Raises
    ------
    ValueError
        If a coefficient is not finite, a rule above is broken, or ``noise_var`` is negative.

    Notes
    -----
    Source: [Mechanisms], nonlinear multi-index setting; the family of coefficients is this book's.

    Examples
    --------
    >>> target = Target(easy=(0, 0.8), hard=(0, 0, 0.6), noise_var=0.1)
    >>> round(target.easy_energy, 2), round(target.hard_energy, 2), round(target.label_energy, 2)
    (0.64, 0.36, 1.1)
    """

    easy: tuple[float, ...]
    hard: tuple[float, ...]
    noise_var: float = 0.0

    def __post_init__(self) -> None:
        for name in ("easy", "hard"):
            values = real(name, np.asarray(getattr(self, name)))
            if values.ndim != 1 or len(values) < 2:
                raise ValueError(
                    f"{name} has shape {values.shape}; allowed: a sequence of at least 2 numbers"
                )
            object.__setattr__(self, name, tuple(values.tolist()))
        noise_var = single("noise_var", positive("noise_var", self.noise_var, allow_zero=True))
        object.__setattr__(self, "noise_var", noise_var)
        if self.easy[1] == 0:
            raise ValueError("easy[1] = 0.0; allowed: a number other than 0")
        if self.hard[0] != 0 or self.hard[1] != 0:
            raise ValueError(f"hard[:2] = {self.hard[:2]}; allowed: (0.0, 0.0)")

    @property
    def easy_energy(self) -> float:
        """Σ c_k²."""
        return sum(c**2 for c in self.easy)

    @property
    def hard_energy(self) -> float:
        """Σ e_k²."""
        return sum(e**2 for e in self.hard)

    @property
    def label_energy(self) -> float:
        """E y² = Σ c_k² + Σ e_k² + σ²."""
        return self.easy_energy + self.hard_energy + self.noise_var

    @property
    def hard_share(self) -> float:
        """Part of the noiseless target's energy that is hard."""
        return self.hard_energy / (self.easy_energy + self.hard_energy)

    def with_hard_share(self, share: float) -> Target:
        """Target of the same total energy and the same shapes, with another share of it hard.

        Parameters
        ----------
        share : float
            Part of the energy that is hard, 0 <= share < 1 (> 0 needs some hard coefficient).

        Returns
        -------
        Target

        Raises
        ------
        ValueError
            If ``share`` is out of range, or positive for a target with nothing hard in it.

        Notes
        -----
        Source: this book.

        Examples
        --------
        >>> round(Target((0, 1.0), (0, 0, 1.0)).with_hard_share(0.2).hard_energy, 12)
        0.4
        """
        share = single("share", between("share", share, 0, 1))
        if share == 1 or (share > 0 and self.hard_energy == 0):
            raise ValueError(
                f"share = {share} with hard energy {self.hard_energy:g}; allowed: 0 <= share < 1, "
                "and 0 for a target without hard component"
            )
        total = self.easy_energy + self.hard_energy
        easy = np.sqrt((1 - share) * total / self.easy_energy)
        hard = np.sqrt(share * total / self.hard_energy) if share else 0.0
        return Target(
            tuple(easy * c for c in self.easy), tuple(hard * e for e in self.hard), self.noise_var
        )

    def clean(self, easy_input: np.ndarray, hard_input: np.ndarray) -> np.ndarray:
        """Noiseless labels from the projections of x on u_e and u_h.

        Examples
        --------
        >>> Target((0, 2.0), (0, 0, 0.5)).clean(np.array([1.0]), np.array([1.0]))
        array([2.])
        """
        return _expand(self.easy, easy_input) + _expand(self.hard, hard_input)

    def labels(self, easy_input: np.ndarray, hard_input: np.ndarray, rng) -> np.ndarray:
        """Labels with noise; ``rng`` is a `numpy.random.Generator`.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> Target((0, 2.0), (0, 0, 0.5), 0.1).labels(np.ones(3), np.ones(3), rng).shape
        (3,)
        """
        noise = np.sqrt(self.noise_var) * rng.standard_normal(np.shape(easy_input))
        return self.clean(easy_input, hard_input) + noise


EXAMPLE = Target(easy=(0, 0.7, 0.3), hard=(0, 0, 0.65), noise_var=0.1)
"""The target of the chapter's figures: 42 % of its energy is hard, and of degree 2."""


def hermite(degree: int, x):
    r"""Normalised probabilists' Hermite polynomial.

    .. math:: h_k(x) = \frac{\mathrm{He}_k(x)}{\sqrt{k!}}, \qquad
        E\,h_j(z) h_k(z) = \delta_{jk} \text{ for } z \sim N(0, 1)

    Parameters
    ----------
    degree : int
        Degree :math:`k \ge 0`.
    x : array_like
        Where to evaluate.

    Returns
    -------
    ndarray or float
        Shape of ``x``.

    Raises
    ------
    ValueError
        If ``degree`` is not a non-negative integer or ``x`` is not finite.

    Notes
    -----
    Source: the polynomials are `scipy.special.eval_hermitenorm`.

    Examples
    --------
    >>> hermite(3, [1.0, 2.0]).round(6)
    array([-0.816497,  0.816497])
    """
    degree = integer("degree", degree, minimum=0)
    return scalar(eval_hermitenorm(degree, real("x", x)) * np.exp(-gammaln(degree + 1) / 2))


def _expand(coefficients, z) -> np.ndarray:
    """Σ_k coefficient_k h_k(z)."""
    return sum((c * hermite(k, z) for k, c in enumerate(coefficients) if c), np.zeros(np.shape(z)))


# ---------------------------------------------------------------------------------- theory


@dataclass(frozen=True)
class _Teacher:
    """A fitted teacher: overlap τ_t, read-out b_k on h_k(⟨û_t, x⟩), inflation 1 + λ_t, error."""

    overlap: np.ndarray
    readout: tuple[np.ndarray, ...]
    inflation: np.ndarray
    error: np.ndarray

    @property
    def energy(self) -> np.ndarray:
        """Σ b_k², the energy of the labels that the student sees."""
        return sum(b**2 for b in self.readout)


def _teach(target: Target, gamma_t, lam_t) -> _Teacher:
    signal = target.easy[1] ** 2
    overlap = np.sqrt(signal / (signal + gamma_t * target.label_energy))
    readout = tuple(c * overlap**k / (1 + lam_t) for k, c in enumerate(target.easy))
    # c² − 2 c b τᵏ + b² = c² − (1 + 2 λ_t) b², because c τᵏ = (1 + λ_t) b.
    learnt = (1 + 2 * lam_t) * sum(b**2 for b in readout)
    error = target.easy_energy - learnt + target.hard_energy
    return _Teacher(overlap, readout, 1 + lam_t, error)


@dataclass(frozen=True)
class _Parabola:
    """A student's error L₀ − 2 L₁ u + L₂ u² as a function of u = 1 / (1 + λ_s), 0 < u <= 1."""

    constant: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray

    def at(self, u) -> np.ndarray:
        return self.constant - 2 * self.slope * u + self.curvature * u**2


def _carried(target: Target, rho) -> np.ndarray:
    """P = Σ e_k² ρ^{2k}: the hard energy that the pre-trained direction can express."""
    return sum((e**2 * rho ** (2 * k) for k, e in enumerate(target.hard)), np.zeros(np.shape(rho)))


def _squared_student_overlap(teacher: _Teacher, gamma_s, carried, strength) -> np.ndarray:
    signal = teacher.readout[1] ** 2
    return signal / (signal + gamma_s * (teacher.energy + strength**2 * carried))


def _student(target: Target, teacher: _Teacher, gamma_s, rho, strength, mode) -> _Parabola:
    """Collect the powers of u in the error of theory §4, for one of `MODES`."""
    if mode == "scratch":
        rho, strength = 0 * rho, 0 * strength
    carried = _carried(target, rho)
    total = target.easy_energy + target.hard_energy
    constant = total - strength * (2 - strength) * carried
    if mode == "frozen":
        return _Parabola(constant, 0.0, 0.0)
    if mode == "ceiling":
        signal = target.easy[1] ** 2
        squared = signal / (signal + gamma_s * (constant + target.noise_var))
        learnt = sum(c**2 * squared**k for k, c in enumerate(target.easy))
        learnt = learnt + (1 - strength) ** 2 * carried
        return _Parabola(constant, learnt, learnt)
    squared = _squared_student_overlap(teacher, gamma_s, carried, strength)
    copied = sum(b**2 * squared**k for k, b in enumerate(teacher.readout))
    forgotten = 1.0 if mode == "full" else 0.0
    return _Parabola(
        constant,
        teacher.inflation * copied - forgotten * strength * (1 - strength) * carried,
        copied + forgotten * strength**2 * carried,
    )


def teacher_overlap(target: Target, gamma_t):
    r"""Cosine between the direction of one large gradient step and the easy direction.

    .. math:: \tau_t = \frac{|c_1|}{\sqrt{c_1^2 + \gamma_t E y^2}}

    The same step has no overlap with the hard direction, in the limit.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t : array_like
        Aspect ratio :math:`d/n_t > 0` of the step.

    Returns
    -------
    ndarray or float
        Shape of ``gamma_t``.

    Raises
    ------
    ValueError
        If a ratio is not positive.

    Notes
    -----
    Source: [Mechanisms] for the mechanism; this form is this book's, derived in the chapter.

    Examples
    --------
    >>> round(teacher_overlap(Target((0, 0.8), (0, 0, 0.6)), 0.36), 6)
    0.8
    """
    return scalar(_teach(target, positive("gamma_t", gamma_t), 0.0).overlap)


def teacher_chance_overlap(target: Target, gamma_t, dim):
    r"""Root-mean-square overlap of the teacher's direction with the hard one, by chance.

    .. math:: \sqrt{E\langle\hat u_t, u_h\rangle^2} \simeq
        \tau_t \sqrt{\frac{\gamma_t\, E[y^2 z_h^2]}{c_1^2\, d}}, \qquad
        z_h = \langle u_h, x\rangle

    It falls like :math:`d^{-1/2}` and does not depend on what the hard component is, except
    through the fourth moment :math:`E[y^2 z_h^2]`.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t : array_like
        Aspect ratio of the gradient step, > 0.
    dim : int
        Dimension d.

    Returns
    -------
    ndarray or float
        Shape of ``gamma_t``.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book, derived in the chapter (the first moment vanishes because e₁ = 0).

    Examples
    --------
    >>> round(teacher_chance_overlap(Target((0, 0.8), (0, 0, 0.6)), 0.36, 100), 4)
    0.0937
    """
    gamma_t, dim = positive("gamma_t", gamma_t), integer("dim", dim, minimum=2)
    # z h_k = √(k+1) h_{k+1} + √k h_{k−1}: Hermite coefficients of z_h times the hard function.
    raised = np.zeros(len(target.hard) + 1)
    for k, e in enumerate(target.hard):
        raised[k + 1] += np.sqrt(k + 1) * e
        if k:
            raised[k - 1] += np.sqrt(k) * e
    moment = target.easy_energy + target.noise_var + np.sum(raised**2)
    overlap = _teach(target, gamma_t, 0.0).overlap
    return scalar(overlap * np.sqrt(gamma_t * moment / dim) / abs(target.easy[1]))


def teacher_error(target: Target, gamma_t, lam_t=0.0):
    r"""Excess test error of the teacher.

    .. math:: L_t = \sum_k [c_k^2 - 2 c_k b_k \tau_t^k + b_k^2] + \sum_k e_k^2, \qquad
        b_k = \frac{c_k \tau_t^k}{1 + \lambda_t}

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t : array_like
        Aspect ratio of the teacher's gradient step, > 0.
    lam_t : array_like
        Teacher's read-out penalty, >= 0.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, in the units of the target's energy.

    Raises
    ------
    ValueError
        If an argument is outside its range or shapes do not broadcast.

    Notes
    -----
    Limit of a large read-out sample. Source: this book, derived in the chapter.

    Examples
    --------
    >>> round(teacher_error(Target((0, 0.8), (0, 0, 0.6)), 0.36), 6)
    0.5904
    """
    gamma_t, lam_t = _teacher_arguments(gamma_t, lam_t)
    return scalar(_teach(target, gamma_t, lam_t).error)


def student_overlap(target: Target, gamma_t, gamma_s, *, lam_t=0.0, rho, strength=1.0):
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
        Aspect ratios of the gradient steps of teacher and student, > 0.
    lam_t : array_like
        Teacher's read-out penalty, >= 0.
    rho : array_like
        Overlap of the pre-trained direction with the hard one, between -1 and 1.
    strength : array_like
        Strength :math:`\pi` of the pre-trained read-out, between 0 and 1.

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
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> round(student_overlap(target, 0.36, 0.5, rho=0.0), 6)  # depends on gamma_s only
    0.816497
    >>> round(student_overlap(target, 0.36, 0.5, rho=0.9), 6)
    0.747785
    """
    gamma_t, gamma_s, lam_t, _, rho, strength = _student_arguments(
        gamma_t, gamma_s, lam_t, 0.0, rho, strength
    )
    teacher = _teach(target, gamma_t, lam_t)
    carried = _carried(target, rho)
    return scalar(np.sqrt(_squared_student_overlap(teacher, gamma_s, carried, strength)))


def student_error(
    target: Target, gamma_t, gamma_s, *, lam_t=0.0, lam_s, rho, strength=1.0, mode="adapter"
):
    r"""Excess test error of one of the five students.

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
        Aspect ratios of the gradient steps of teacher and student, > 0.
    lam_t, lam_s : array_like
        Read-out penalties, >= 0.
    rho : array_like
        Overlap of the pre-trained direction with the hard one, between -1 and 1.
    strength : array_like
        Strength :math:`\pi` of the pre-trained read-out, between 0 and 1.
    mode : str
        One of `MODES`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments (also where an argument plays no role in the mode).

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the mode is unknown.

    Notes
    -----
    Limit of a large read-out sample. Source: this book, derived in the chapter; [Mechanisms] has the
    mechanism.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> settings = dict(lam_s=0.5, rho=0.9)
    >>> L_t = teacher_error(target, 0.36)
    >>> errors = {m: student_error(target, 0.36, 0.1, **settings, mode=m) for m in MODES}
    >>> [m for m in MODES if errors[m] < L_t]
    ['full', 'adapter', 'ceiling']
    """
    arguments = _student_arguments(gamma_t, gamma_s, lam_t, lam_s, rho, strength)
    gamma_t, gamma_s, lam_t, lam_s, rho, strength = arguments
    teacher = _teach(target, gamma_t, lam_t)
    parabola = _student(target, teacher, gamma_s, rho, strength, _mode(mode))
    error = parabola.at(1 / (1 + lam_s))
    return scalar(np.array(np.broadcast_to(error, np.broadcast_shapes(*map(np.shape, arguments)))))


# ------------------------------------------------------------------------------ simulation


@dataclass(frozen=True)
class Simulation:
    """Simulated overlaps and errors of the Hermite model, for S student penalties.

    Attributes
    ----------
    lam_s : ndarray, shape (S,)
        The penalties.
    teacher_overlap, teacher_hard_squared : Estimate, scalar
        ⟨û_t, u_e⟩, and the square of ⟨û_t, u_h⟩.
    student_overlap, scratch_overlap : Estimate, scalar
        cos(û_s, û_t) of the pre-trained student and of the one from scratch.
    teacher : Estimate, scalar
        Excess test error of the teacher.
    student, difference : mapping of mode -> Estimate, shape (S,)
        Excess test error of each of `MODES`, and the same minus the teacher's, paired by trial.
    """

    lam_s: np.ndarray
    teacher_overlap: Estimate
    teacher_hard_squared: Estimate
    student_overlap: Estimate
    scratch_overlap: Estimate
    teacher: Estimate
    student: Mapping[str, Estimate]
    difference: Mapping[str, Estimate]


def simulate(
    target: Target,
    gamma_t: float,
    gamma_s: float,
    *,
    lam_t: float = 0.0,
    lam_s,
    rho: float,
    strength: float = 1.0,
    dim: int = 1000,
    n_trials: int = 10,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> Simulation:
    r"""Sample data in d dimensions, take the gradient steps, fit the read-outs, measure the errors.

    Each fit has a batch of :math:`d/\gamma` samples for its gradient step and a second, fresh batch
    of the same size for its read-out (on the same samples the read-out would see inputs that the
    direction has already been bent towards). The second batch enters through its projections on a
    few directions only, and only these are drawn. Pre-training is not simulated: the student is
    given a direction with overlap ``rho`` with the hard one. Errors are exact, from the Gram matrix of
    the directions: :math:`E\,h_j(\langle u, x\rangle) h_k(\langle v, x\rangle)
    = \delta_{jk}\langle u, v\rangle^k`.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t, gamma_s : float
        Aspect ratios; the batches have ``dim / gamma`` samples, rounded.
    lam_t : float
        Teacher's read-out penalty, >= 0.
    lam_s : array_like, shape (S,)
        Students' read-out penalties, >= 0.
    rho : float
        Overlap of the pre-trained direction with the hard one, between -1 and 1.
    strength : float
        Strength of the pre-trained read-out, between 0 and 1.
    dim : int
        Dimension d, at least 8.
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
        If an argument is outside its range or ``dim`` is too small for the ratios.

    Notes
    -----
    Differs from the theory by O(K/n) for K read-out weights and by fluctuations of order d^{-1/2} in
    each trial. Source: this book.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> run = simulate(target, 0.4, 0.4, lam_s=[0.1, 1.0], rho=0.9, dim=60, n_trials=3, rng=1)
    >>> run.student["adapter"].mean.shape
    (2,)
    """
    lam_s, dim = grid("lam_s", lam_s), integer("dim", dim, minimum=8)
    n_t, n_s = sample_size("gamma_t", gamma_t, dim), sample_size("gamma_s", gamma_s, dim)
    lam_t = single("lam_t", positive("lam_t", lam_t, allow_zero=True))
    rho = single("rho", between("rho", rho, -1, 1))
    strength = single("strength", between("strength", strength, 0, 1))
    trial = partial(_trial, target, lam_t, lam_s, rho, strength, dim, n_t, n_s)
    *overlaps, teacher, student, difference = run_trials(trial, n_trials, rng, executor)
    return Simulation(lam_s, *overlaps, teacher, by_mode(student), by_mode(difference))


def _trial(target, lam_t, lam_s, rho, strength, dim, n_t, n_s, rng) -> tuple[np.ndarray, ...]:
    # By rotation invariance u_e and u_h may be the first two unit vectors.
    easy, hard = np.eye(2, dim)
    pretrained = rho * hard + np.sqrt(1 - rho**2) * _unit(_without(rng.standard_normal(dim), hard))
    readout0 = strength * np.array([e * rho**k for k, e in enumerate(target.hard)])
    base = _Model((pretrained,), (readout0,))

    def true_labels(X):
        return target.labels(X @ easy, X @ hard, rng)[:, None]

    (taught,) = _directions(true_labels, n_t, dim, rng)
    z = _projections([easy, hard, taught], n_t, rng)
    features = _features(z[:, 2], len(target.easy))
    readout = _ridge(features, target.labels(z[:, 0], z[:, 1], rng), [lam_t])[0]
    teacher = _Model((taught,), (readout,))

    def student_labels(X):
        labels, known = teacher(X), base(X)
        return np.stack([labels, labels - known, true_labels(X)[:, 0] - known], axis=1)

    found = _directions(student_labels, n_s, dim, rng)
    batch = _projections([easy, hard, taught, pretrained, *found], n_s, rng)
    students = _students(target, readout, readout0, batch, lam_s, rng)

    truth = _Model((easy, hard), (np.array(target.easy), np.array(target.hard)))
    teacher_error = _distance(truth, teacher)
    direction = dict(zip(("scratch", "adapter", "ceiling"), found, strict=True))
    direction |= {"full": direction["adapter"], "frozen": direction["adapter"]}
    errors = np.array(
        [
            [
                _distance(truth, _Model((direction[mode], pretrained), pair))
                for pair in students[mode]
            ]
            for mode in MODES
        ]
    )
    scratch, adapted, _ = found
    return (
        taught @ easy, (taught @ hard) ** 2, adapted @ taught, scratch @ taught,
        teacher_error, errors, errors - teacher_error,
    )  # fmt: skip


@dataclass(frozen=True)
class _Model:
    """Σ over units of Σ_k readout_k h_k(⟨direction, x⟩)."""

    directions: tuple[np.ndarray, ...]
    readouts: tuple[np.ndarray, ...]

    def __call__(self, X: np.ndarray) -> np.ndarray:
        units = zip(self.directions, self.readouts, strict=True)
        return sum(_expand(readout, X @ direction) for direction, readout in units)


def _distance(model: _Model, other: _Model) -> float:
    """E(f − g)² for standard normal x, from E h_j(⟨u, x⟩) h_k(⟨v, x⟩) = δ_jk ⟨u, v⟩ᵏ."""
    directions = np.stack(model.directions + other.directions)
    readouts = [*model.readouts, *(-r for r in other.readouts)]
    gram = directions @ directions.T
    total = 0.0
    for k in range(max(map(len, readouts))):
        weights = np.array([r[k] if k < len(r) else 0.0 for r in readouts])
        total += weights @ gram**k @ weights
    return total


def _directions(labels, n: int, dim: int, rng, rows: int = 2000) -> list[np.ndarray]:
    """Unit vectors along Xᵀy/n, one for each column of ``labels(X)``, in batches of rows."""
    sums = 0.0
    for start in range(0, n, rows):
        X = rng.standard_normal((min(rows, n - start), dim))
        sums = sums + X.T @ labels(X)
    return [_unit(g) for g in sums.T]


def _projections(directions, n: int, rng) -> np.ndarray:
    """⟨u, x⟩ for n fresh inputs and each direction u, drawn in the space that they span."""
    every = np.stack(directions)
    basis = np.linalg.qr(every.T)[0]
    return rng.standard_normal((n, basis.shape[1])) @ (every @ basis).T


def _students(target, readout, readout0, batch, lam_s, rng) -> dict[str, list[tuple]]:
    """Read-outs (on û_s, on û_h) of every mode for every penalty, from one fresh batch."""
    easy, hard, taught, pretrained, scratch, adapted, honest = batch.T
    labels = _expand(readout, taught)
    degrees, known = len(target.easy), _expand(readout0, pretrained)
    kept = _features(pretrained, len(target.hard))[:, 2:]

    def all_readouts(direction, residual):
        fitted = _ridge(np.hstack([_features(direction, degrees), kept]), residual, lam_s)
        changes = np.pad(fitted[:, degrees:], ((0, 0), (2, 0)))
        return list(zip(fitted[:, :degrees], readout0 + changes, strict=True))

    none, untouched = np.zeros(degrees), [readout0] * len(lam_s)
    from_scratch = _ridge(_features(scratch, degrees), labels, lam_s)
    on_adapter = _ridge(_features(adapted, degrees), labels - known, lam_s)
    truth = target.labels(easy, hard, rng)
    return {
        "scratch": [(a, np.zeros_like(readout0)) for a in from_scratch],
        "frozen": [(none, readout0)] * len(lam_s),
        "full": all_readouts(adapted, labels - known),
        "adapter": list(zip(on_adapter, untouched, strict=True)),
        "ceiling": all_readouts(honest, truth - known),
    }


def _features(z: np.ndarray, count: int) -> np.ndarray:
    return np.stack([hermite(k, z) for k in range(count)], axis=1)


def _ridge(features: np.ndarray, y: np.ndarray, lam) -> np.ndarray:
    """Ridge coefficients, one row for each penalty."""
    gram, moments = features.T @ features / len(y), features.T @ y / len(y)
    return np.array([np.linalg.solve(gram + s * np.eye(len(gram)), moments) for s in lam])


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v)


def _without(v: np.ndarray, unit: np.ndarray) -> np.ndarray:
    return v - (v @ unit) * unit


# --------------------------------------------------------------------------------- verdict


def optimal_student_penalty(
    target: Target, gamma_t, gamma_s, *, lam_t=0.0, rho, strength=1.0, mode="adapter"
):
    r"""Penalty that minimises the student's error.

    With :math:`u = 1/(1 + \lambda_s)` the error is :math:`L_0 - 2L_1 u + L_2 u^2`, so

    .. math:: \lambda_s^\star = \max\Bigl(\frac{L_2}{L_1} - 1,\, 0\Bigr), \qquad
        Q = \sum_k b_k^2\tau_s^{2k}, \quad P = \sum_k e_k^2\rho^{2k},

    :math:`L_1 = (1 + \lambda_t)Q, L_2 = Q` for an adapter (no penalty at all is best), and
    :math:`L_1 = (1 + \lambda_t)Q - \pi(1 - \pi)P, L_2 = Q + \pi^2 P` when the whole read-out is
    fine-tuned: the more there is to forget, the larger the penalty.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t, gamma_s : array_like
        Aspect ratios, > 0.
    lam_t : array_like
        Teacher's read-out penalty, >= 0.
    rho, strength : array_like
        What pre-training left, see `student_error`.
    mode : str
        One of `MODES`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments; ``inf`` where not fine-tuning at all is best, 0 for
        ``"frozen"``, whose error does not depend on it.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the mode is unknown.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> optimal_student_penalty(target, 0.36, 0.1, rho=0.9, mode="adapter")
    0.0
    >>> round(optimal_student_penalty(target, 0.36, 0.1, rho=0.9, mode="full"), 4)
    0.6676
    """
    _, parabola, shape = _contest(target, gamma_t, gamma_s, lam_t, 0.0, rho, strength, mode)
    slope, curvature = np.broadcast_arrays(parabola.slope, parabola.curvature)
    with np.errstate(divide="ignore", invalid="ignore"):
        best = np.where(slope > 0, np.maximum(curvature / slope - 1, 0), np.inf)
    best = np.where(curvature == 0, 0.0, best)
    return scalar(np.array(np.broadcast_to(best, shape)))


def winning_interval(
    target: Target, gamma_t, gamma_s, *, lam_t=0.0, rho, strength=1.0, mode="adapter"
):
    r"""Student penalties for which the student beats its teacher.

    .. math:: L_s < L_t \iff u_- < u = \frac{1}{1 + \lambda_s} < u_+, \qquad
        u_\pm = \frac{L_1 \pm \sqrt{L_1^2 - L_2 (L_0 - L_t)}}{L_2}

    with the coefficients of `optimal_student_penalty` and
    :math:`L_0 = \sum_k c_k^2 + \sum_k e_k^2 - \pi(2 - \pi)P`, the error of the student that is not
    fine-tuned.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t, gamma_s : array_like
        Aspect ratios, > 0.
    lam_t : array_like
        Teacher's read-out penalty, >= 0.
    rho, strength : array_like
        What pre-training left, see `student_error`.
    mode : str
        One of `MODES`.

    Returns
    -------
    lo, hi : ndarray or float
        The student wins for ``lo < lam_s < hi``. ``lo = 0`` means that it also wins without
        penalty, ``hi = inf`` that it wins without fine-tuning; both are ``nan`` where it never wins.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the mode is unknown.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> lo, hi = winning_interval(target, 0.36, 0.1, rho=0.9, mode="full")
    >>> round(lo, 3), round(hi, 3)
    (0.168, 1.913)
    >>> winning_interval(target, 0.36, 0.1, rho=0.9, mode="scratch")
    (nan, nan)
    """
    teacher, parabola, shape = _contest(target, gamma_t, gamma_s, lam_t, 0.0, rho, strength, mode)
    excess, slope, curvature = np.broadcast_arrays(
        parabola.constant - teacher.error, parabola.slope, parabola.curvature
    )
    discriminant = slope**2 - curvature * excess
    # u₋ as excess / (L₁ + root) does not cancel; L₁ + root = 0 leaves only the frozen student.
    root = np.sqrt(np.maximum(discriminant, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(excess < 0, 0.0, excess / (slope + root))
        high = np.where(curvature > 0, (slope + root) / curvature, np.inf)
        lo, hi = 1 / np.minimum(high, 1) - 1, 1 / low - 1
    wins = np.where(curvature > 0, (discriminant > 0) & (high > 0) & (low < 1), excess < 0)
    lo, hi = np.where(wins, lo, np.nan), np.where(wins, hi, np.nan)
    return tuple(scalar(np.array(np.broadcast_to(end, shape))) for end in (lo, hi))


def winning_overlap(
    target: Target, gamma_t, gamma_s, *, lam_t=0.0, lam_s, strength=1.0, mode="adapter"
):
    r"""Pre-training overlap ρ above which the student beats its teacher.

    In every mode :math:`L_s - L_t` changes sign at most once as ρ grows from 0 to 1. For an adapter
    or full fine-tuning it is a concave function of the carried energy
    :math:`P = \sum_k e_k^2\rho^{2k}`, and positive at :math:`P = 0` because a student from scratch
    never wins; so the zero is unique, and it is found by bracketing. (There is a closed form when the
    new direction does not depend on ρ: for :math:`\gamma_s \to 0` and one hard degree,
    :math:`\rho^{2k} = \sum_k b_k^2 (1 + 2\lambda_t - 2(1 + \lambda_t)u + u^2) / (r\pi(2 - r\pi) e_k^2)`
    with :math:`u = 1/(1 + \lambda_s)`.)

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t, gamma_s : array_like
        Aspect ratios, > 0.
    lam_t, lam_s : array_like
        Read-out penalties, >= 0.
    strength : array_like
        Strength of the pre-trained read-out, between 0 and 1.
    mode : str
        One of `MODES`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, between 0 and 1. ``nan`` = the student never wins, not even
        with :math:`\rho = 1`; 0 = it always wins (possible for ``"ceiling"`` only).

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the mode is unknown.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> round(winning_overlap(target, 0.36, 0.1, lam_s=0.5), 4)
    0.6965
    >>> winning_overlap(target, 0.36, 0.1, lam_s=0.0, mode="full")  # forgets everything
    nan
    """
    arguments = _student_arguments(gamma_t, gamma_s, lam_t, lam_s, 0.0, strength)
    gamma_t, gamma_s, lam_t, lam_s, _, strength = np.broadcast_arrays(*arguments)
    _mode(mode)

    def difference(rho, gamma_t, gamma_s, lam_t, lam_s, strength):
        teacher = _teach(target, gamma_t, lam_t)
        parabola = _student(target, teacher, gamma_s, rho, strength, mode)
        return parabola.at(1 / (1 + lam_s)) - teacher.error

    settings = (gamma_t, gamma_s, lam_t, lam_s, strength)
    at_zero = difference(np.zeros(gamma_t.shape), *settings)
    at_one = difference(np.ones(gamma_t.shape), *settings)
    crosses = (at_zero > 0) & (at_one < 0)
    ends = (np.zeros(gamma_t.shape), np.ones(gamma_t.shape))
    found = elementwise.find_root(difference, ends, args=settings).x
    return scalar(np.where(crosses, found, np.where((at_zero <= 0) & (at_one < 0), 0.0, np.nan)))


# ----------------------------------------------------------------------------------- input


def _mode(mode: str) -> str:
    if mode not in MODES:
        raise ValueError(f"mode = {mode!r}; allowed: one of {', '.join(MODES)}")
    return mode


def _teacher_arguments(gamma_t, lam_t) -> tuple[np.ndarray, np.ndarray]:
    gamma_t, lam_t = positive("gamma_t", gamma_t), positive("lam_t", lam_t, allow_zero=True)
    broadcastable(gamma_t=gamma_t, lam_t=lam_t)
    return gamma_t, lam_t


def _student_arguments(gamma_t, gamma_s, lam_t, lam_s, rho, strength) -> tuple[np.ndarray, ...]:
    arguments = dict(
        gamma_t=positive("gamma_t", gamma_t),
        gamma_s=positive("gamma_s", gamma_s),
        lam_t=positive("lam_t", lam_t, allow_zero=True),
        lam_s=positive("lam_s", lam_s, allow_zero=True),
        rho=between("rho", rho, -1, 1),
        strength=between("strength", strength, 0, 1),
    )
    broadcastable(**arguments)
    return tuple(arguments.values())


def _contest(target, gamma_t, gamma_s, lam_t, lam_s, rho, strength, mode):
    """Teacher, student's parabola and the common shape of the validated arguments."""
    arguments = _student_arguments(gamma_t, gamma_s, lam_t, lam_s, rho, strength)
    gamma_t, gamma_s, lam_t, _, rho, strength = arguments
    teacher = _teach(target, gamma_t, lam_t)
    parabola = _student(target, teacher, gamma_s, rho, strength, _mode(mode))
    return teacher, parabola, np.broadcast_shapes(*map(np.shape, arguments))
