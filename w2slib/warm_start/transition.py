"""Pre-training followed by fine-tuning, over a range of either."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from w2slib.core.metrics import performance_gap_recovered
from w2slib.core.results import Simulation, over
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import between, broadcastable, choice, grid, integer, single
from w2slib.warm_start._eigenvectors import SpikedCovariance, oja
from w2slib.warm_start._inputs import sample, sample_count, spike_direction, spike_vector
from w2slib.warm_start._sphere import Task
from w2slib.warm_start.flows import error
from w2slib.warm_start.vectors import aligned_rows, unit_vector

__all__ = ["Transition", "simulate_transition"]


@dataclass(frozen=True, eq=False, repr=False)
class Transition(Simulation):
    """Pre-training and fine-tuning, repeated, for P states of pre-training and R supervisors.

    Attributes
    ----------
    theta, pretraining : ndarray, shape (P,)
        Strength of the spike, and pre-training samples per dimension.
    rho : ndarray, shape (R,)
        Overlap of the supervisor with the truth.
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
    remaining_mean, remaining_stderr : ndarray, shape (P, R)
        Student's minus ceiling's error, paired by trial: what is left to recover.
    """

    theta: Array = over("state")
    pretraining: Array = over("state")
    rho: Array = over("rho")
    start_mean: Array = over("state")
    start_stderr: Array = over("state")
    weak: Array = over("rho")
    student_mean: Array = over("state", "rho")
    student_stderr: Array = over("state", "rho")
    ceiling_mean: Array = over("state")
    ceiling_stderr: Array = over("state")
    wins: Array = over("state", "rho")
    remaining_mean: Array = over("state", "rho")
    remaining_stderr: Array = over("state", "rho")

    @property
    def pgr(self) -> Array:
        """PGR of the mean errors, (P, R); ``nan`` where the ceiling is no better than the teacher."""
        ceiling = self.ceiling_mean[:, None]
        return np.asarray(performance_gap_recovered(self.weak, self.student_mean, ceiling))

    @property
    def pgr_stderr(self) -> Array:
        """Its standard error, to first order in those of student and ceiling and their covariance.

        Misleading where the gap itself is noisy; there an interval from `recovered_gap_of_means` is
        honest.
        """
        gap, ratio = self.weak - self.ceiling_mean[:, None], self.pgr
        own, ceiling = self.student_stderr**2, self.ceiling_stderr[:, None] ** 2
        shared = (own + ceiling - self.remaining_stderr**2) / 2
        variance = np.maximum(own - 2 * ratio * shared + ratio**2 * ceiling, 0)
        return np.where(gap > 0, np.sqrt(variance) / np.where(gap > 0, gap, 1), np.nan)


@simulator
def simulate_transition(
    theta: ArrayLike,
    pretraining: ArrayLike,
    rho: ArrayLike,
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
    rng: Rng = None,
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
    method : {"spectral", "oja"}
        `pretrain` or `oja_trajectory`.

    Notes
    -----
    After [Blessing]'s account of pre-training as a phase transition.

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
    alignment = single("alignment", spike_direction(alignment)[0])
    pretrained = STREAMS[choice("method", method, STREAMS)]
    if method == "oja" and len(theta) > 1:
        raise ValueError(f"theta has {len(theta)} values; allowed: a single one for Oja's rule")
    theta, pretraining = np.broadcast_to(theta, points), np.broadcast_to(pretraining, points)
    counts = np.array([sample_count(ratio, dim) for ratio in pretraining])
    options = dict(
        degree=degree, n_samples=sample_count(samples_per_dim, dim), noise_var=noise_var,
        step_size=step_size, n_steps=n_steps,
    )  # fmt: skip
    trial = partial(_trial, pretrained, theta, counts, alignment, rho, dim, options)
    start, student, ceiling, wins, remaining = run_trials(trial, n_trials, rng, executor)
    return Transition(
        theta, pretraining, rho, start.mean, start.stderr, np.atleast_1d(error(rho, degree)),
        student.mean, student.stderr, ceiling.mean, ceiling.stderr, wins.mean, remaining.mean,
        remaining.stderr,
    )  # fmt: skip


Stream = Callable[[Array, np.ndarray, float, int, np.random.Generator], Array]


def _trial(
    pretrained: Stream,
    theta: Array,
    counts: np.ndarray,
    alignment: float,
    rho: Array,
    dim: int,
    options: dict[str, Any],
    rng: np.random.Generator,
) -> tuple[Array, ...]:
    starts = pretrained(theta, counts, alignment, dim, rng)
    # The last "supervisor" is the truth itself: its student is the ceiling.
    teachers = aligned_rows(np.append(rho, 1.0), unit_vector(0.0, dim=dim, rng=rng))
    best = _best_errors(Task.draw(dim, rng, **options), starts, teachers)
    student, ceiling = best[:, :-1], best[:, -1]
    wins = student < error(rho, options["degree"])
    return starts[:, 0], student, ceiling, wins.astype(float), student - ceiling[:, None]


def _best_errors(task: Task, starts: Array, teachers: Array) -> Array:
    """Smallest error along the descent from every start (P, d) to every supervisor, (P, R)."""
    best = np.empty((len(starts), len(teachers)))
    for cut in task.portions(best.size):
        state, supervisor = np.unravel_index(np.arange(*cut.indices(best.size)), best.shape)
        _, _, errors = task.run(starts[state], teachers[supervisor])
        best.flat[cut] = errors.min(axis=-1)
    return best


def _spectral_stream(
    theta: Array, counts: np.ndarray, alignment: float, dim: int, rng: np.random.Generator
) -> Array:
    Z = rng.standard_normal((counts.max(), dim))
    starts = np.empty((len(counts), dim))
    for n in np.unique(counts):
        chosen = counts == n
        starts[chosen] = SpikedCovariance.of(Z[:n]).top(theta[chosen], alignment)
    return starts


def _oja_stream(
    theta: Array, counts: np.ndarray, alignment: float, dim: int, rng: np.random.Generator
) -> Array:
    spike, rate = spike_vector(theta[0], alignment, dim), theta[0] / 2 / dim
    w, seen, starts = unit_vector(dim=dim, rng=rng), 0, np.empty((len(counts), dim))
    for at in np.argsort(counts, kind="stable"):
        w = oja(w, sample("gaussian", counts[at] - seen, dim, spike, rng), rate)
        seen, starts[at] = counts[at], w
    return starts * np.where(w[:2] @ spike_direction(alignment) < 0, -1, 1)


STREAMS: dict[str, Stream] = {"spectral": _spectral_stream, "oja": _oja_stream}
"""Pre-training with several numbers of samples, by the name of the method."""
