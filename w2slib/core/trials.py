"""Independent trials -> mean and standard error, on any executor.

Every ``simulate`` function of the package hands one *trial function* to `run_trials`. Each trial
receives its own generator, spawned from the caller's, so that the numbers do not depend on what
runs the trials: a plain loop, a process pool, or a cluster. `simulator` decorates such functions:
what they return knows the parameters and the seed that made it.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any, ParamSpec, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from w2slib.core.progress import progress
from w2slib.core.results import Estimate, Result, Setting
from w2slib.core.validation import integer

Trial = Callable[[np.random.Generator], tuple[Any, ...]]
P = ParamSpec("P")
R = TypeVar("R")

HINTS = {
    "seed": "rng (an int or a numpy.random.Generator)",
    "random_state": "rng (an int or a numpy.random.Generator)",
    "n_jobs": "executor (for example concurrent.futures.ProcessPoolExecutor())",
}
"""Keywords of other libraries, and what this one takes instead."""

LONGEST = 24
"""So many numbers of an array stand in a setting; a longer one is named by a digest of its content."""


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
        if executor is None:
            results: Iterable[tuple[Any, ...]] = map(trial, generators)
        else:
            results = executor.map(partial(_single_threaded, trial), generators)
        return _summary(progress(results, n_trials, "trials"))


def _single_threaded(trial: Trial, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    with threadpool_limits(limits=1):
        return trial(rng)


def _summary(results: Iterable[tuple[Any, ...]]) -> tuple[Estimate, ...]:
    """Summarise trials one after the other, so that the arrays of one trial are in memory."""
    trials = iter(results)
    # Deviations from the first trial: no cancellation, however large the mean.
    first = [np.asarray(value, dtype=float) for value in next(trials)]
    sums = [np.zeros_like(array) for array in first]
    squares = [np.zeros_like(array) for array in first]
    n = 1
    for values in trials:
        n += 1
        for start, value, total, square in zip(first, values, sums, squares, strict=True):
            deviation = np.asarray(value, dtype=float) - start
            total += deviation
            square += deviation**2
    return tuple(
        _estimate(start, total, square, n)
        for start, total, square in zip(first, sums, squares, strict=True)
    )


def _estimate(start: np.ndarray, total: np.ndarray, square: np.ndarray, n: int) -> Estimate:
    variance = np.maximum(square - total**2 / n, 0) / (n - 1)
    return Estimate(mean=start + total / n, stderr=np.sqrt(variance / n))


# ------------------------------------------------------------------------ what made a result


def takes_rng(function: Callable[P, R]) -> Callable[P, R]:
    """Answer keywords of other libraries with a hint.

    Examples
    --------
    >>> @takes_rng
    ... def draw(rng):
    ...     return rng.standard_normal()
    >>> draw(random_state=1)
    Traceback (most recent call last):
    ...
    TypeError: draw() takes no random_state; use rng (an int or a numpy.random.Generator)
    """
    parameters = inspect.signature(function).parameters

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name in HINTS and name not in parameters:
                raise TypeError(f"{function.__name__}() takes no {name}; use {HINTS[name]}")
        return function(*args, **kwargs)

    return run


def simulator(function: Callable[P, R]) -> Callable[P, R]:
    """Let results know their parameters, and answer keywords of other libraries as `takes_rng` does.

    The decorated function takes ``rng``. If it returns a `Result`, or a tuple of them, their ``setting``
    holds every argument that describes the experiment: numbers, names, settings and sequences (long ones
    by a digest of their content), and the seed.

    Examples
    --------
    >>> @simulator
    ... def draw(scale, rng=None):
    ...     return Estimate(np.array(scale), rng.standard_normal(1))
    >>> draw(2.0, rng=7).setting
    Setting(scale=2.0, seed=7)
    >>> draw(2.0, seed=7)
    Traceback (most recent call last):
    ...
    TypeError: draw() takes no seed; use rng (an int or a numpy.random.Generator)
    """
    signature = inspect.signature(function)

    @takes_rng
    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        rng = bound.arguments["rng"] = np.random.default_rng(bound.arguments["rng"])
        seed = describe_seed(rng)
        result = function(*bound.args, **bound.kwargs)
        return _with_setting(result, bound.arguments, seed)

    return run


def described(**arguments: Any) -> Setting:
    """Arguments of an experiment as a setting: numbers, names, settings and short sequences.

    Examples
    --------
    >>> described(penalty=np.float64(0.5), sizes=np.array([1, 2]))
    Setting(penalty=0.5, sizes=(1, 2))
    """
    return Setting({name: _plain(value) for name, value in arguments.items()})


def describe_seed(rng: np.random.Generator) -> int | str:
    """Return the seed with which ``default_rng`` repeats what this generator will draw or spawn.

    A generator that was spawned, has spawned others, or has drawn numbers is not the one that its
    seed makes; it is described in words.

    Examples
    --------
    >>> describe_seed(np.random.default_rng(7))
    7
    >>> describe_seed(np.random.default_rng(7).spawn(2)[1])
    'child (1,) of 7'
    """
    source = rng.bit_generator.seed_seq
    if not isinstance(source, np.random.SeedSequence) or source.entropy is None:
        return "a generator without a seed"
    entropy = source.entropy
    seed = (
        int(entropy) if isinstance(entropy, (int, np.integer)) else str([int(e) for e in entropy])
    )
    if source.spawn_key:
        return f"child {source.spawn_key} of {seed}"
    unused = type(rng.bit_generator)(source.entropy)
    fresh = unused.random_raw() == copy.deepcopy(rng.bit_generator).random_raw()
    if source.n_children_spawned or not fresh:
        return f"{seed}, after {source.n_children_spawned} spawned children"
    return seed


def _with_setting(result: Any, arguments: Mapping[str, Any], seed: int | str) -> Any:
    if type(result) is tuple:
        return tuple(_with_setting(each, arguments, seed) for each in result)
    if not isinstance(result, Result):
        return result
    fields = {each.name for each in dataclasses.fields(result)} - {"setting"}
    other = fields | {"rng", "executor"}
    # What was not given is no part of the experiment.
    described = {k: v for k, v in arguments.items() if k not in other and v is not None}
    return dataclasses.replace(result, setting=as_setting(**described, seed=seed))


def as_setting(**arguments: Any) -> Setting:
    """Arguments as a setting: arrays and settings of chapters as tuples and mappings of numbers.

    Examples
    --------
    >>> as_setting(gamma_t=np.float64(0.5), weights=np.ones(2))
    Setting(gamma_t=0.5, weights=(1.0, 1.0))
    """
    return Setting({name: _plain(value) for name, value in arguments.items()})


def _name_of_long(value: Any) -> str | None:
    """Name by shape and content, short in print; None for what is short, or not an array of numbers."""
    try:
        array = np.asarray(value)
    except ValueError:  # of unequal lengths
        return None
    if array.dtype.kind not in "iuf" or array.size <= LONGEST:
        return None
    digest = hashlib.sha256(array.astype(float).tobytes()).hexdigest()[:12]
    return f"array {array.shape} {digest}"


def _plain(value: Any) -> Any:
    """An argument as numbers, names, tuples and mappings of them."""
    if isinstance(value, (np.ndarray, list, tuple)):
        name = _name_of_long(value)
        if name is not None:
            return name
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(map(_plain, value))
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "__name__", type(value).__name__)
