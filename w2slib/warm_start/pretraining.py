"""Pre-training on sampled inputs: top eigenvectors and Oja's rule."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import eigh

from w2slib.core.progress import progress
from w2slib.core.results import Result, Simulation, over
from w2slib.core.trials import run_trials, simulator, takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import grid, integer, positive, sample_size, single
from w2slib.warm_start._eigenvectors import SpikedCovariance, oja
from w2slib.warm_start._inputs import sample, spike_direction, spike_vector
from w2slib.warm_start.vectors import given_rows, unit_vector

__all__ = [
    "Checkpoints",
    "SpectralStart",
    "oja_trajectory",
    "pretrain",
    "simulate_spectral",
]


@takes_rng
def pretrain(
    theta: float,
    *,
    dim: int,
    n_samples: int,
    alignment: float = 1.0,
    inputs: str = "gaussian",
    rng: Rng = None,
) -> Array:
    r"""Pre-train: top eigenvector of the covariance of sampled, unlabelled, spiked inputs.

    Population covariance :math:`I + \theta v v^\top` with
    :math:`v = \alpha w_\star + \sqrt{1 - \alpha^2}\,e_2`.

    Parameters
    ----------
    dim, n_samples : int
        Dimension d and number of inputs.
    inputs : str
        Distribution of the inputs before the spike, a key of `INPUTS`.

    Returns
    -------
    ndarray, shape (d,)
        Unit vector :math:`w_0`. Unlabelled data leave its sign open; it is chosen so that the overlap
        with the spike is positive, for which a student with labels would try both.

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
    spike = spike_vector(theta, alignment, dim)
    X = sample(inputs, n_samples, dim, spike, np.random.default_rng(rng)).astype(float)
    _, vectors = eigh(X.T @ X / n_samples, subset_by_index=[dim - 1, dim - 1])
    w0 = vectors[:, 0]
    return w0 if w0[:2] @ spike_direction(alignment) >= 0 else -w0


@dataclass(frozen=True, eq=False, repr=False)
class Checkpoints(Result):
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

    samples: np.ndarray = over("samples")
    weights: Array = over("samples", "coordinate", table=False)
    overlap: Array = over("samples")


@simulator
def oja_trajectory(
    theta: float,
    *,
    dim: int,
    n_samples: int,
    alignment: float = 1.0,
    step_size: float | None = None,
    n_checkpoints: int = 51,
    start: ArrayLike | None = None,
    rng: Rng = None,
) -> Checkpoints:
    r"""Pre-train on a stream: Oja's rule, one sample at a time, with checkpoints.

    .. math:: w \leftarrow \frac{w + \frac{\tau}{d}\langle w, x\rangle x}
        {\|w + \frac{\tau}{d}\langle w, x\rangle x\|}

    Parameters
    ----------
    dim, n_samples : int
        Dimension d and length of the stream.
    step_size : float, optional
        :math:`\tau`; by default :math:`\theta/2`, which ends at
        :math:`q = 3/(4 + \theta)` in squared overlap, see `oja_overlap`.
    n_checkpoints : int
        Number of checkpoints, evenly spaced from 0 to ``n_samples``; at least 2.
    start : array_like, shape (d,), optional
        First vector; uniformly random by default.

    Returns
    -------
    Checkpoints
        The sign of the whole trajectory is chosen so that it ends on the spike's side.

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
    spike, rng = spike_vector(theta, alignment, dim), np.random.default_rng(rng)
    tau = float(theta) / 2 if step_size is None else step_size
    rate = single("step_size", positive("step_size", tau)) / dim
    w = unit_vector(dim=dim, rng=rng) if start is None else given_rows("start", start, dim)[0]
    samples = np.linspace(0, n_samples, n_checkpoints).astype(int)
    path = [w]
    for count in progress(np.diff(samples), n_checkpoints - 1, "checkpoints"):
        path.append(oja(path[-1], sample("gaussian", count, dim, spike, rng), rate))
    weights = np.array(path)
    if weights[-1, :2] @ spike_direction(alignment) < 0:
        weights = -weights
    return Checkpoints(samples, weights, weights[:, 0])


@dataclass(frozen=True, eq=False, repr=False)
class SpectralStart(Simulation):
    """Simulated overlap of the spectral start, for each of several spikes.

    Attributes
    ----------
    theta : ndarray, shape (N,)
        Strengths of the spike.
    overlap_mean, overlap_stderr : ndarray, shape (N,)
        Overlap with the truth.
    """

    theta: Array = over("theta")
    overlap_mean: Array = over("theta")
    overlap_stderr: Array = over("theta")


@simulator
def simulate_spectral(
    theta: ArrayLike,
    *,
    gamma: float,
    dim: int,
    alignment: float = 1.0,
    n_trials: int = 20,
    rng: Rng = None,
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

    Examples
    --------
    >>> run = simulate_spectral([0.0, 3.0], gamma=0.5, dim=50, n_trials=5, rng=0)
    >>> bool(run.overlap_mean[0] < 0.3 < 0.8 < run.overlap_mean[1])
    True
    """
    theta = grid("theta", theta)
    dim = integer("dim", dim, minimum=3)
    n = sample_size("gamma", gamma, dim)
    along = single("alignment", spike_direction(alignment)[0])
    trial = partial(_spectral_trial, theta, n, dim, along)
    (overlap,) = run_trials(trial, n_trials, rng, executor)
    return SpectralStart(theta, overlap.mean, overlap.stderr)


def _spectral_trial(
    theta: Array, n: int, dim: int, alignment: float, rng: np.random.Generator
) -> tuple[Array]:
    covariance = SpikedCovariance.of(rng.standard_normal((n, dim)))
    return (covariance.overlaps(theta, alignment),)
