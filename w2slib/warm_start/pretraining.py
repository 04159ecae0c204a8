"""Pre-training on sampled inputs: top eigenvectors and Oja's rule."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import eigh, lapack
from scipy.optimize import elementwise

from w2slib.simulation import run_trials
from w2slib.validation import (
    grid,
    integer,
    positive,
    sample_size,
    single,
)
from w2slib.warm_start.inputs import _direction, _sample, _spike
from w2slib.warm_start.vectors import _vectors, unit_vector


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
    >>> from w2slib.warm_start import initial_overlap
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
