r"""Synthesis: every mechanism as one formula, per block of coordinates.

Setting. Linear regression in blocks, as in the chapter on weighted ridge: block :math:`b` holds a
fraction :math:`\varphi_b` of the coordinates and the part :math:`e_b` of the target's energy. A fit
with penalty weights :math:`g_b` that is pulled towards a *prior* :math:`\beta_0` (zero for a model that
knew nothing) answers, coordinate by coordinate,

.. math:: \hat\beta = a_b\,(\beta + \omega z) + (1 - a_b)\,\beta_0,
    \qquad a_b = \frac{1}{1 + \kappa g_b},

where :math:`\beta` is what its labels say, :math:`z` is independent noise, and :math:`\kappa, \omega` are
those of the chapter on random matrices. A teacher has :math:`\beta = \beta_\star` and noisy labels, a
student has :math:`\beta = \beta_t`. One share :math:`a` for all blocks is Mechanism I, shares that
differ are Mechanism II, a prior that is not zero is Mechanism III.

The module uses no other chapter's code, so that the tests can compare it with all of them. Errors
are excess test errors :math:`E\|\hat\beta - \beta_\star\|^2` in units of the target's energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import eigh, solve

from w2slib.random_matrices import discriminant_root, effective_penalty, shrinkage
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

FROZEN = 1e9
"""Penalty weight of a block that a model cannot change (or cannot see)."""

# --------------------------------------------------------------------------------- setting


@dataclass(frozen=True, eq=False)
class Fit:
    r"""A vector of coefficients as seen by the target: :math:`\hat\beta_b = k_b\beta_\star + \text{noise}`.

    Attributes
    ----------
    fractions, energies : ndarray, shape (B,)
        Fraction of the coordinates and part of the target's energy in each block.
    kept : ndarray, shape (B, ...)
        Coefficient :math:`k_b` of the target.
    noise : ndarray, shape (B, ...)
        Energy of the part that is independent of the target.
    misfit : ndarray, shape (...)
        Squared distance :math:`E\|\hat\beta - \beta\|^2` from what the labels said.
    account : Account or None
        What changed between the labels' source and this fit.
    """

    fractions: np.ndarray
    energies: np.ndarray
    kept: np.ndarray
    noise: np.ndarray
    misfit: np.ndarray
    account: Account | None = None

    @property
    def error_by_block(self) -> np.ndarray:
        """Error in each block: signal that is missing plus noise, shape (B, ...)."""
        return _column(self.energies, self.kept) * (1 - self.kept) ** 2 + self.noise

    @property
    def error(self) -> np.ndarray:
        """Excess test error, shape (...)."""
        return self.error_by_block.sum(axis=0)

    @property
    def overlap(self) -> np.ndarray:
        """Overlap p = ⟨β̂, β*⟩, shape (...)."""
        return (_column(self.energies, self.kept) * self.kept).sum(axis=0)

    @property
    def energy(self) -> np.ndarray:
        """Squared length q = ‖β̂‖², shape (...)."""
        return (_column(self.energies, self.kept) * self.kept**2 + self.noise).sum(axis=0)


@dataclass(frozen=True, eq=False)
class Account:
    """Error of a fit minus error of its labels' source, per block, by cause; shape (B, ...).

    Attributes
    ----------
    denoised : ndarray
        Noise of the labels' source that the fit did not copy; <= 0.
    forgotten : ndarray
        Signal of the labels' source that the fit did not copy.
    brought : ndarray
        What the prior changes; negative where it knows something.
    added : ndarray
        Noise of the fit's own finite sample; >= 0.
    """

    denoised: np.ndarray
    forgotten: np.ndarray
    brought: np.ndarray
    added: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Sum of the four, per block."""
        return self.denoised + self.forgotten + self.brought + self.added


@dataclass(frozen=True, eq=False)
class Generation:
    """One fit of a chain, for `simulate`: penalty, aspect ratio, weights, expressed part of a prior."""

    lam: float
    gamma: float
    weights: Sequence[float]
    expressed: Sequence[float] | None = None


# ---------------------------------------------------------------------------------- theory


def truth(fractions, energies) -> Fit:
    """Target itself, as the source of a teacher's labels.

    Parameters
    ----------
    fractions : array_like, shape (B,)
        Fraction of the coordinates in each block, >= 0, sum 1; 0 is a spike (one coordinate).
    energies : array_like, shape (B,)
        Part of the target's energy in each block, >= 0, sum 1.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If an argument is outside its range or the lengths differ.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> float(truth([0.5, 0.5], [0.9, 0.1]).error)
    0.0
    """
    fractions, energies = _shares("fractions", fractions), _shares("energies", energies)
    if len(fractions) != len(energies):
        raise ValueError(
            f"energies has length {len(energies)}; allowed: {len(fractions)}, one for each fraction"
        )
    return Fit(
        fractions, energies, np.ones(len(energies)), np.zeros(len(energies)), np.float64(0.0)
    )


def prior(fractions, energies, expressed) -> Fit:
    r"""What pre-training left: the best use of features that express a part of each block.

    .. math:: \beta_0 = R_b\beta_\star + \text{noise of energy } e_b R_b (1 - R_b), \qquad
        \|\beta_0\|^2 = e_b R_b

    For a hard feature of degree k and a pre-trained direction with overlap ρ (Mechanism III),
    :math:`R = \rho^{2k}`.

    Parameters
    ----------
    fractions, energies : array_like, shape (B,)
        As in `truth`.
    expressed : array_like, shape (B,)
        Part :math:`R_b` of the block's energy that the features express, between 0 and 1.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If an argument is outside its range or the lengths differ.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> float(prior([0.5, 0.5], [0.6, 0.4], expressed=[0.0, 0.75]).error.round(12))
    0.7
    """
    target = truth(fractions, energies)
    expressed = _each("expressed", between("expressed", expressed, 0, 1), target)
    noise = target.energies * expressed * (1 - expressed)
    return Fit(target.fractions, target.energies, expressed, noise, np.float64(0.0))


def fit(labels: Fit, lam, gamma, weights, *, noise_var=0.0, known: Fit | None = None) -> Fit:
    r"""Weighted ridge regression on labels from another fit (or from the truth).

    .. math:: k_b \leftarrow a_b k_b + (1 - a_b) k_b^0, \qquad
        v_b \leftarrow a_b^2 v_b + (1 - a_b)^2 v_b^0
        + \frac{\gamma\varphi_b a_b^2}{1 - \gamma\,\mathrm{df}_2}
        \Bigl(\sigma^2 + \sum_c (1 - a_c)^2 \bigl[(k_c - k_c^0)^2 e_c + v_c + v_c^0\bigr]\Bigr)

    with :math:`\mathrm{df}_2 = \sum_b\varphi_b a_b^2`; k and v are coefficient and noise of the labels'
    source, with a superscript 0 those of the prior.

    Parameters
    ----------
    labels : Fit
        What makes the labels: `truth` for a teacher, the teacher's `Fit` for a student.
    lam : array_like
        Penalty, > 0.
    gamma : array_like
        Aspect ratio d/n, > 0.
    weights : array_like, shape (B,)
        Penalty weight of each block, >= 0; `FROZEN` for a block that the model cannot change.
    noise_var : array_like
        Variance of the noise in the labels, >= 0.
    known : Fit, optional
        Prior towards which the penalty pulls, with noise independent of that of ``labels``; zero by
        default.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If an argument is outside its range or shapes do not broadcast.

    Notes
    -----
    Source: this book, composition of Gaussian-sequence maps, derived in the chapter.

    Examples
    --------
    >>> target = truth([1.0], [1.0])
    >>> teacher = fit(target, 0.01, 0.5, [1.0], noise_var=0.5)
    >>> student = fit(teacher, 0.3, 0.5, [1.0])
    >>> float(teacher.error.round(6)), float(student.error.round(6))
    (0.463994, 0.368436)
    """
    lam, gamma = positive("lam", lam), positive("gamma", gamma)
    noise_var = positive("noise_var", noise_var, allow_zero=True)
    shape = broadcastable(lam=lam, gamma=gamma, noise_var=noise_var)
    broadcastable(labels=labels.misfit, arguments=np.empty(shape))
    weights = _each("weights", positive("weights", weights, allow_zero=True), labels)
    kappa = np.broadcast_to(effective_penalty(lam, gamma, weights, labels.fractions), shape)
    ndim = max(len(shape), np.ndim(labels.misfit))
    kappa, lam, gamma, noise_var = (_pad(a, ndim) for a in (kappa, lam, gamma, noise_var))
    weights, energies, fractions = (
        a.reshape((-1,) + (1,) * ndim) for a in (weights, labels.energies, labels.fractions)
    )
    heard, heard_noise = (_pad_blocks(a, ndim) for a in (labels.kept, labels.noise))
    old, old_noise = _known(known, labels, ndim)
    share = 1 / (1 + kappa * weights)
    lost = kappa * weights * share
    # 1 − γ df₂ = λ/κ + γ Σ φ a (1 − a): no cancellation for small penalties.
    slack = lam / kappa + gamma * (fractions * share * lost).sum(axis=0)
    missed = lost**2 * ((heard - old) ** 2 * energies + heard_noise + old_noise)
    missed = missed.sum(axis=0)
    added = gamma * fractions * share**2 / slack * (noise_var + missed)
    copied, kept = share * heard, share * heard + lost * old
    account = Account(
        denoised=-(1 - share**2) * heard_noise,
        forgotten=energies * ((1 - copied) ** 2 - (1 - heard) ** 2),
        brought=energies * ((1 - kept) ** 2 - (1 - copied) ** 2) + lost**2 * old_noise,
        added=added,
    )
    noise = share**2 * heard_noise + lost**2 * old_noise + added
    misfit = missed + added.sum(axis=0)
    return Fit(labels.fractions, labels.energies, kept, noise, misfit, account)


def misfit_gain(lam_t, lam_s, gamma_t, gamma_s, noise_var):
    r"""Gain, misfit and their difference for a plain ridge student of a plain ridge teacher.

    .. math:: \text{gain} - \text{misfit} = (L_t - L_s) - E\|\beta_s - \beta_t\|^2
        = 2\lambda_s m_1 q\,\Bigl(\frac c2 - h\Bigr), \qquad c = 2\Bigl(1 - \frac pq\Bigr)

    So the gain is at least the misfit exactly when :math:`h(\lambda_s) \le c/2`, while the student wins
    when :math:`h < c`.

    Parameters
    ----------
    lam_t, lam_s : array_like
        Penalties of teacher and student, > 0.
    gamma_t, gamma_s : array_like
        Aspect ratios, > 0.
    noise_var : array_like
        Variance of the label noise, >= 0.

    Returns
    -------
    gain, misfit, difference : ndarray
        Shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or shapes do not broadcast.

    Notes
    -----
    That the gain is at least the misfit is a theorem of Charikar, Pabbaraju and Shiragur (2024) for a
    student that projects onto a convex class containing the target; the condition for ridge regression
    is this book's, derived in the chapter.

    Examples
    --------
    >>> gain, misfit, difference = misfit_gain(0.01, 0.05, 0.5, 0.2, 1.0)
    >>> bool(difference > 0), bool(np.isclose(gain - misfit, difference))
    (True, True)
    """
    lam_s, gamma_s = positive("lam_s", lam_s), positive("gamma_s", gamma_s)
    teacher = fit(truth([1.0], [1.0]), lam_t, gamma_t, [1.0], noise_var=noise_var)
    p, q = teacher.overlap, teacher.energy
    broadcastable(teacher=p, lam_s=lam_s, gamma_s=gamma_s)
    s, r = shrinkage(lam_s, gamma_s), discriminant_root(lam_s, gamma_s)
    # λ m₁ = 1 − s = s κ does not cancel for small penalties.
    loss = s * effective_penalty(lam_s, gamma_s, [1.0], [1.0])
    h = loss / (s * r)
    gain = q * loss * (2 * (1 - p / q) - h)
    misfit = q * loss * h
    return gain, misfit, gain - misfit


def best_gain(lam_t, gamma_t, noise_var, zeta):
    r"""Largest gain of a student with full relief and unlimited data: Mechanisms I and II together.

    As :math:`\gamma_s \to 0` a student that frees one direction of alignment ζ and shrinks the others
    by the best factor gains

    .. math:: L_t - L_s = \frac{(A + B)^2}{q - \zeta^2 p^2}, \qquad
        A = q - p, \quad B = \zeta^2 p (1 - p),

    with the teacher's overlap p and energy q. A is what the teacher says too loudly (Mechanism I), B
    is what alignment adds (Mechanism II); the square makes the two gain more together than apart.

    Parameters
    ----------
    lam_t, gamma_t : array_like
        Teacher's penalty and aspect ratio, > 0.
    noise_var : array_like
        Variance of the label noise, >= 0.
    zeta : array_like
        Alignment, in [0, 1]; 0 is Mechanism I alone, with gain :math:`(q - p)^2/q`.

    Returns
    -------
    ndarray or float
        0 where :math:`A + B \le 0`: there more shrinkage only loses.

    Raises
    ------
    ValueError
        If an argument is outside its range or shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> best_gain(0.25, 0.5, 0.5, zeta=[0.0, 0.8]).round(4)
    array([0.   , 0.043])
    """
    zeta = between("zeta", zeta, 0, 1)
    teacher = fit(truth([1.0], [1.0]), lam_t, gamma_t, [1.0], noise_var=noise_var)
    p, q = teacher.overlap, teacher.energy
    broadcastable(teacher=p, zeta=zeta)
    surplus = q - p + zeta**2 * p * (1 - p)
    return scalar(np.maximum(surplus, 0) ** 2 / (q - zeta**2 * p**2))


def required_overlap(zeta, critical):
    r"""Overlap of an estimated direction above which relief along it pays.

    Relief along an estimate :math:`\hat v` with :math:`\langle\hat v, v\rangle = m_0` acts as relief along
    a true direction of alignment :math:`\zeta m_0`: the other blocks of a rank-one penalty are alike, so
    that only the energy :math:`\langle\beta_\star, \hat v\rangle^2 \to \zeta^2 m_0^2` matters. Hence

    .. math:: m_0 > \frac{\zeta_c}{\zeta}

    with the critical alignment of Mechanism II.

    Parameters
    ----------
    zeta : array_like
        Alignment of target and true direction, in (0, 1].
    critical : array_like
        Critical alignment :math:`\zeta_c \ge 0`.

    Returns
    -------
    ndarray or float
        0 where no overlap is needed, ``nan`` where even :math:`m_0 = 1` is not enough.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> required_overlap(0.8, [0.0, 0.4, 0.9])
    array([0. , 0.5, nan])
    """
    zeta = positive("zeta", between("zeta", zeta, 0, 1))
    critical = positive("critical", critical, allow_zero=True)
    broadcastable(zeta=zeta, critical=critical)
    return scalar(np.where(critical < zeta, critical / zeta, np.nan))


def required_spike(overlap, gamma):
    r"""Spike strength at which the top eigenvector reaches a given overlap: the BBP curve inverted.

    .. math:: \theta = \frac{t\gamma + \sqrt{t^2\gamma^2 + 4(1 - t)\gamma}}{2(1 - t)}, \qquad t = m_0^2

    Parameters
    ----------
    overlap : array_like
        Overlap :math:`m_0`, in [0, 1).
    gamma : array_like
        Aspect ratio :math:`d/n_{\text{pre}} > 0` of pre-training.

    Returns
    -------
    ndarray or float
        At least the threshold :math:`\sqrt\gamma`.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, from the formula of Baik, Ben Arous and Péché.

    Examples
    --------
    >>> required_spike([0.0, 0.5**0.5], 1.0)
    array([1., 2.])
    """
    overlap, gamma = between("overlap", overlap, 0, 1), positive("gamma", gamma)
    broadcastable(overlap=overlap, gamma=gamma)
    if np.any(overlap == 1):
        raise ValueError("overlap = 1.0; allowed: below 1 (1 needs an infinite spike)")
    t = overlap**2
    root = np.sqrt((t * gamma) ** 2 + 4 * (1 - t) * gamma)
    return scalar((t * gamma + root) / (2 * (1 - t)))


# ------------------------------------------------------------------------------ simulation


@dataclass(frozen=True, eq=False)
class Simulation:
    """Measured chain of G generations over B blocks.

    Attributes
    ----------
    error : Estimate, shape (G,)
        Excess test error of each generation.
    by_block : Estimate, shape (G, B)
        The same, block by block.
    misfit : Estimate, shape (G,)
        Squared distance of each generation from the source of its labels.
    gain : Estimate, shape (G,)
        Error of the labels' source (0 for the truth) minus that of the generation, paired by trial.
    gap : Estimate, shape (G,)
        Gain minus misfit, paired by trial.
    """

    error: Estimate
    by_block: Estimate
    misfit: Estimate
    gain: Estimate
    gap: Estimate


def simulate(
    generations: Sequence[Generation],
    fractions,
    energies,
    *,
    noise_var: float,
    dim: int = 200,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> Simulation:
    """Sample a chain of weighted ridge regressions, each labelled by the one before.

    Parameters
    ----------
    generations : sequence of Generation
        The teacher first; only its labels are noisy.
    fractions, energies : array_like, shape (B,)
        As in `truth`.
    noise_var : float
        Variance of the noise in the teacher's labels, >= 0.
    dim : int
        Dimension; each block has ``dim * fraction`` coordinates, rounded, a spike has one.
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
        If an argument is outside its range or ``dim`` is too small for a ratio.

    Notes
    -----
    Each fit solves its d linear equations. Source: linear algebra; the theory is `fit`.

    Examples
    --------
    >>> chain = [Generation(0.01, 0.5, [1.0]), Generation(0.3, 0.5, [1.0])]
    >>> simulate(chain, [1.0], [1.0], noise_var=0.5, dim=60, n_trials=3, rng=1).error.mean.shape
    (2,)
    """
    target, dim = truth(fractions, energies), integer("dim", dim, minimum=2)
    noise_var = single("noise_var", positive("noise_var", noise_var, allow_zero=True))
    counts = _counts(target.fractions, dim)
    steps = [
        (
            single("lam", positive("lam", step.lam)),
            sample_size("gamma", step.gamma, dim),
            np.repeat(
                _each("weights", positive("weights", step.weights, allow_zero=True), target), counts
            ),
            None if step.expressed is None else between("expressed", step.expressed, 0, 1),
        )
        for step in generations
    ]
    trial = partial(_chain, steps, target.energies, counts, np.sqrt(noise_var))
    return Simulation(*run_trials(trial, n_trials, rng, executor))


def _chain(steps, energies, counts, sigma, rng) -> tuple[np.ndarray, ...]:
    edges = np.concatenate([[0], np.cumsum(counts)[:-1]])
    target = np.concatenate([_of_energy(e, n, rng) for e, n in zip(energies, counts, strict=True)])
    beta, records = target, []
    for lam, n, weights, expressed in steps:
        known = _sampled_prior(expressed, target, counts, energies, rng)
        X = rng.standard_normal((n, len(target)))
        noise = sigma * rng.standard_normal(n) if not records else 0.0
        source, beta = beta, known + _ridge(X, X @ (beta - known) + noise, lam, weights)
        squares = np.add.reduceat((beta - target) ** 2, edges)
        misfit = np.sum((beta - source) ** 2)
        gain = np.sum((source - target) ** 2) - squares.sum()
        records.append((squares, misfit, gain))
    blocks, misfit, gain = (np.stack(part) for part in zip(*records, strict=True))
    return blocks.sum(axis=1), blocks, misfit, gain, gain - misfit


def _sampled_prior(expressed, target, counts, energies, rng) -> np.ndarray:
    if expressed is None:
        return np.zeros(len(target))
    kept = np.repeat(expressed, counts)
    noise = [
        _of_energy(e * part * (1 - part), n, rng)
        for e, part, n in zip(energies, expressed, counts, strict=True)
    ]
    return kept * target + np.concatenate(noise)


def _of_energy(energy: float, count: int, rng) -> np.ndarray:
    """Gaussian vector of a given squared length."""
    vector = rng.standard_normal(count)
    return np.sqrt(energy) * vector / np.linalg.norm(vector)


def _ridge(X: np.ndarray, y: np.ndarray, lam: float, penalty: np.ndarray) -> np.ndarray:
    """Ridge coefficients with the penalty λ βᵀ Γ β; Γ as its diagonal or as a matrix."""
    penalty = np.diag(penalty) if penalty.ndim == 1 else penalty
    return solve(X.T @ X / len(X) + lam * penalty, X.T @ y / len(X), assume_a="pos")


def simulate_estimated_relief(
    theta,
    *,
    gamma_pre: float,
    lam_t: float,
    lam_s: float,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    zeta: float,
    relief: float,
    dim: int = 200,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> tuple[Estimate, Estimate]:
    r"""Relieve a direction that pre-training estimated from unlabelled data.

    Every trial draws a target with energy ζ² along v; for each spike strength θ it samples
    unlabelled inputs with covariance :math:`I + \theta vv^\top` and takes their top eigenvector
    :math:`\hat v`. Teacher (plain ridge) and student (penalty :math:`I - \kappa_\Gamma\hat v\hat v^\top`) see
    isotropic inputs.

    Parameters
    ----------
    theta : array_like, shape (K,)
        Spike strengths, >= 0.
    gamma_pre : float
        Aspect ratio of pre-training, > 0.
    lam_t, lam_s, gamma_t, gamma_s, noise_var : float
        As in Mechanism II; penalties > 0.
    zeta : float
        Alignment of target and direction, in [0, 1].
    relief : float
        Relief of the estimated direction's penalty, in [0, 1].
    dim, n_trials, rng, executor
        As in `simulate`.

    Returns
    -------
    difference : Estimate, shape (K,)
        :math:`L_s - L_t`.
    overlap : Estimate, shape (K,)
        :math:`\langle\hat v, v\rangle^2`.

    Raises
    ------
    ValueError
        If an argument is outside its range or ``dim`` is too small for a ratio.

    Notes
    -----
    Source: this book; the theory is Mechanism II's error at alignment :math:`\zeta m_0`.

    Examples
    --------
    >>> difference, overlap = simulate_estimated_relief(
    ...     [0.0, 4.0], gamma_pre=0.5, lam_t=0.5, lam_s=0.1, gamma_t=0.5, gamma_s=0.5,
    ...     noise_var=1.0, zeta=0.9, relief=1.0, dim=60, n_trials=4, rng=1)
    >>> bool(overlap.mean[0] < 0.3 < overlap.mean[1])
    True
    """
    theta, dim = grid("theta", theta), integer("dim", dim, minimum=2)
    sizes = [
        sample_size(name, ratio, dim)
        for name, ratio in (("gamma_pre", gamma_pre), ("gamma_t", gamma_t), ("gamma_s", gamma_s))
    ]
    sigma = np.sqrt(single("noise_var", positive("noise_var", noise_var, allow_zero=True)))
    penalties = (
        single("lam_t", positive("lam_t", lam_t)),
        single("lam_s", positive("lam_s", lam_s)),
    )
    zeta = single("zeta", between("zeta", zeta, 0, 1))
    relief = single("relief", between("relief", relief, 0, 1))
    trial = partial(_relief_trial, theta, sizes, penalties, sigma, zeta, relief, dim)
    return run_trials(trial, n_trials, rng, executor)


def _relief_trial(theta, sizes, penalties, sigma, zeta, relief, dim, rng):
    n_pre, n_t, n_s = sizes
    target = np.concatenate([[zeta], _of_energy(1 - zeta**2, dim - 1, rng)])
    X, Z = rng.standard_normal((n_t, dim)), rng.standard_normal((n_s, dim))
    noise = sigma * rng.standard_normal(n_t)
    teacher = _ridge(X, X @ target + noise, penalties[0], np.ones(dim))
    weak = np.sum((teacher - target) ** 2)
    inputs, differences, overlaps = rng.standard_normal((n_pre, dim)), [], []
    for strength in theta:
        spiked = inputs.copy()
        spiked[:, 0] *= np.sqrt(1 + strength)
        v = eigh(spiked.T @ spiked, subset_by_index=[dim - 1, dim - 1])[1][:, 0]
        student = _ridge(Z, Z @ teacher, penalties[1], np.eye(dim) - relief * np.outer(v, v))
        differences.append(np.sum((student - target) ** 2) - weak)
        overlaps.append(v[0] ** 2)
    return np.array(differences), np.array(overlaps)


def simulate_random_features(
    teacher_width: int,
    student_width: int,
    times,
    *,
    dim: int,
    n_trials: int = 5,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> tuple[Estimate, Estimate]:
    r"""Small random-feature teacher, large random-feature student, gradient flow stopped early.

    Both are two-layer ReLU networks with a random, fixed first layer of unit vectors; inputs are
    N(0, I) and the target is linear, of energy 1. The teacher is the best read-out on the
    population; the student follows gradient flow from zero on the population loss with the teacher's
    labels. Expectations over inputs are exact, through

    .. math:: E\,(w\cdot x)_+ (v\cdot x)_+ = \frac{\sin\phi + (\pi - \phi)\cos\phi}{2\pi}, \qquad
        E\,(w\cdot x)_+ (u\cdot x) = \tfrac12 w\cdot u, \qquad \cos\phi = w\cdot v;

    only the features are random.

    Parameters
    ----------
    teacher_width, student_width : int
        Numbers of features.
    times : array_like, shape (T,)
        Times of the gradient flow, >= 0, in units of :math:`4 d`, the inverse rate at which a wide
        student learns linear functions.
    dim : int
        Input dimension.
    n_trials : int
        Independent draws of both first layers, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.
    executor : concurrent.futures.Executor, optional
        Runs the trials.

    Returns
    -------
    teacher : Estimate, scalar
        Error of the teacher.
    student : Estimate, shape (T,)
        Error of the student at each time.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    A simulation in the setting of Medvedev et al. (2025); no formula for the student's error is
    claimed. The kernel is the arc-cosine kernel of degree 1.

    Examples
    --------
    >>> teacher, student = simulate_random_features(30, 200, [0.0, 3.0], dim=10, n_trials=3, rng=0)
    >>> bool(student.mean[0] == 1.0), bool(student.mean[1] < teacher.mean)
    (True, True)
    """
    widths = integer("teacher_width", teacher_width), integer("student_width", student_width)
    times, dim = grid("times", times), integer("dim", dim, minimum=2)
    trial = partial(_random_feature_trial, *widths, times, dim)
    return run_trials(trial, n_trials, rng, executor)


def _random_feature_trial(m_t, m_s, times, dim, rng) -> tuple[np.ndarray, np.ndarray]:
    W_t, W_s = (_unit_rows(rng.standard_normal((m, dim))) for m in (m_t, m_s))
    # The target is the first coordinate; correlations of the features with it:
    c_t, c_s = W_t[:, 0] / 2, W_s[:, 0] / 2 / np.sqrt(m_s)
    readout = solve(_arc_cosine(W_t, W_t), c_t, assume_a="pos")
    seen = _arc_cosine(W_s, W_t) @ readout / np.sqrt(m_s)
    rates, basis = eigh(_arc_cosine(W_s, W_s) / m_s)
    rates = np.maximum(rates, 1e-15)
    # b(T) = (1 − e^{−rate T})/rate ∘ seen, in the eigenbasis.
    b = -np.expm1(-rates[:, None] * 4 * dim * times) / rates[:, None] * (basis.T @ seen)[:, None]
    student = 1 - 2 * (basis.T @ c_s) @ b + (rates[:, None] * b**2).sum(axis=0)
    return np.array(1 - c_t @ readout), student


def _unit_rows(W: np.ndarray) -> np.ndarray:
    return W / np.linalg.norm(W, axis=1, keepdims=True)


def _arc_cosine(W: np.ndarray, V: np.ndarray) -> np.ndarray:
    cosine = np.clip(W @ V.T, -1, 1)
    angle = np.arccos(cosine)
    return (np.sqrt(1 - cosine**2) + (np.pi - angle) * cosine) / (2 * np.pi)


# --------------------------------------------------------------------------------- verdict


def recovered_with_error(weak: Estimate, difference: Estimate, ceiling: Estimate) -> Estimate:
    r"""Simulated performance gap recovered, with a conservative standard error.

    .. math:: \mathrm{PGR} = \frac{-(L_s - L_t)}{L_t - L_{\text{ceiling}}}, \qquad
        \text{stderr} = \frac{\mathrm{se}(L_s - L_t)
        + |\mathrm{PGR}|\,[\mathrm{se}(L_t) + \mathrm{se}(L_{\text{ceiling}})]}{L_t - L_{\text{ceiling}}}

    Parameters
    ----------
    weak, ceiling : Estimate
        Errors of the teacher and of the same student trained on true labels.
    difference : Estimate
        Student's minus teacher's error, paired by trial.

    Returns
    -------
    Estimate
        ``nan`` where the ceiling is not below the teacher.

    Notes
    -----
    First-order error propagation with all errors added up as if fully correlated. Source: this book.

    Examples
    --------
    >>> half = Estimate(np.array(0.5), np.array(0.0))
    >>> pgr = recovered_with_error(half, Estimate(np.array(-0.1), np.array(0.01)),
    ...                            Estimate(np.array(0.3), np.array(0.0)))
    >>> float(pgr.mean), float(pgr.stderr.round(12))
    (0.5, 0.05)
    """
    gap = weak.mean - ceiling.mean
    gap = np.where(gap > 0, gap, np.nan)
    pgr = -difference.mean / gap
    stderr = (difference.stderr + np.abs(pgr) * (weak.stderr + ceiling.stderr)) / gap
    return Estimate(pgr, stderr)


# ----------------------------------------------------------------------------------- input


def _shares(name: str, value) -> np.ndarray:
    array = np.atleast_1d(positive(name, value, allow_zero=True))
    if array.ndim != 1 or abs(array.sum() - 1) > 1e-9:
        raise ValueError(
            f"{name} of shape {array.shape} sum to {array.sum():g}; "
            "allowed: a 1-D array of numbers >= 0 that sum to 1"
        )
    return array / array.sum()


def _each(name: str, value: np.ndarray, labels: Fit) -> np.ndarray:
    value, expected = np.atleast_1d(real(name, value)), (len(labels.energies),)
    if value.shape != expected:
        raise ValueError(f"{name} has shape {value.shape}; allowed: {expected}, one for each block")
    return value


def _known(known: Fit | None, labels: Fit, ndim: int) -> tuple[np.ndarray, np.ndarray]:
    if known is None:
        return np.zeros((1,) * (ndim + 1)), np.zeros((1,) * (ndim + 1))
    if not np.array_equal(known.energies, labels.energies):
        raise ValueError(
            f"known has energies {known.energies}; allowed: those of the labels, {labels.energies}"
        )
    return _pad_blocks(known.kept, ndim), _pad_blocks(known.noise, ndim)


def _counts(fractions: np.ndarray, dim: int) -> np.ndarray:
    """Coordinates of each block: one for a spike; the largest block takes what rounding leaves."""
    counts = np.where(fractions == 0, 1, np.round(fractions * dim)).astype(int)
    counts[np.argmax(fractions)] += dim - counts.sum()
    if np.any(counts < 1):
        raise ValueError(f"dim = {dim} is too small for fractions = {fractions}; allowed: larger")
    return counts


def _pad(array, ndim: int) -> np.ndarray:
    array = np.asarray(array)
    return array.reshape((1,) * (ndim - array.ndim) + array.shape)


def _pad_blocks(array: np.ndarray, ndim: int) -> np.ndarray:
    return array.reshape(array.shape[:1] + (1,) * (ndim + 1 - array.ndim) + array.shape[1:])


def _column(values: np.ndarray, like: np.ndarray) -> np.ndarray:
    return values.reshape((-1,) + (1,) * (like.ndim - 1))
