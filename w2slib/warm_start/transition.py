"""Pre-training followed by fine-tuning, over a range of either."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from w2slib.metrics import performance_gap_recovered
from w2slib.simulation import run_trials
from w2slib.validation import (
    between,
    broadcastable,
    grid,
    integer,
    single,
)
from w2slib.warm_start.descent import fine_tune
from w2slib.warm_start.flows import error
from w2slib.warm_start.inputs import _choice, _count, _direction, _sample, _spike
from w2slib.warm_start.pretraining import _oja, _spectral_starts
from w2slib.warm_start.vectors import unit_vector


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
