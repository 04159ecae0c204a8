"""Independent trials -> mean and standard error, on any executor.

Every ``simulate`` function of the package hands one *trial function* to `run_trials`. Each trial
receives its own generator, spawned from the caller's, so that the numbers do not depend on what
runs the trials: a plain loop, a process pool, or a cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from w2slib.validation import integer

Trial = Callable[[np.random.Generator], tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Estimate:
    """Mean and standard error of the mean over independent trials.

    Attributes
    ----------
    mean, stderr : ndarray
        Same shape as what one trial returns. ``stderr`` is the sample standard deviation divided by
        the square root of the number of trials.
    """

    mean: np.ndarray
    stderr: np.ndarray


def run_trials(
    trial: Trial,
    n_trials: int,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> tuple[Estimate, ...]:
    """Run independent trials and summarise each array that they return.

    Parameters
    ----------
    trial : callable
        ``trial(rng)`` returns a tuple of arrays whose shapes do not depend on ``rng``. To be sent
        to another process it must be picklable: a module-level function, or a `functools.partial`
        of one.
    n_trials : int
        Number of trials, at least 2 (one trial has no standard error).
    rng : numpy.random.Generator, int or None
        Source of randomness; each trial draws from a generator spawned from it.
    executor : concurrent.futures.Executor, optional
        Runs the trials; by default they run one after the other in this process. Use a
        `~concurrent.futures.ProcessPoolExecutor` for several cores and Dask's
        ``Client(...).get_executor()`` for several machines.

    Returns
    -------
    tuple of Estimate
        One for each array of the trial's tuple, bit-identical for every executor on machines with
        the same processor and libraries.

    Raises
    ------
    ValueError
        If ``n_trials`` is not an integer of at least 2.

    Notes
    -----
    Linear algebra runs on one thread inside a trial: sums in another order would change the last
    bits with the number of threads, and trials fill several cores better than threads do.

    Examples
    --------
    >>> def trial(rng):
    ...     return (rng.standard_normal(3),)
    >>> (estimate,) = run_trials(trial, 100, rng=0)
    >>> estimate.mean.shape, bool(np.all(np.abs(estimate.mean) < 4 * estimate.stderr))
    ((3,), True)
    """
    n_trials = integer("n_trials", n_trials, minimum=2)
    generators = np.random.default_rng(rng).spawn(n_trials)
    # The outer limit matters when the executor's workers are threads of this process: the first
    # trial to finish would otherwise lift the limit under the others.
    with threadpool_limits(limits=1):
        runner = map if executor is None else executor.map
        results = list(runner(partial(_single_threaded, trial), generators))
    return tuple(_estimate(np.stack(values)) for values in zip(*results, strict=True))


def _single_threaded(trial: Trial, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    with threadpool_limits(limits=1):
        return trial(rng)


def _estimate(values: np.ndarray) -> Estimate:
    stderr = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return Estimate(mean=values.mean(axis=0), stderr=stderr)
