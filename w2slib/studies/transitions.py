r"""What can be said of a curve over pre-training: where it rises, and what it goes with.

A `Study` holds accuracies at K checkpoints with S seeds. `change_point` fits flat-rise-flat to a
curve on a logarithmic axis of steps, and `rank_correlation` says how closely two curves go together.
Both take their intervals from a bootstrap over *seeds*: neighbouring checkpoints of one network are
not independent, seeds are. `seed_mean` is for one number per seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from w2slib.core.metrics import performance_gap_recovered
from w2slib.core.results import Result, over
from w2slib.core.trials import describe_seed, described, takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import integer, matrix, positive, real, single

__all__ = [
    "LEVEL",
    "ChangePoint",
    "Interval",
    "Study",
    "change_point",
    "rank_correlation",
    "seed_mean",
]

LEVEL = (2.5, 97.5)
"""Percentiles of every bootstrap interval."""


@dataclass(frozen=True, eq=False, repr=False)
class Study(Result):
    """What was measured at K checkpoints with S seeds; every number is an accuracy unless said.

    Attributes
    ----------
    steps : ndarray of int, shape (K,)
        Steps of pre-training, increasing.
    weak : ndarray, shape (S,)
        The supervisor, which does not change along pre-training.
    student, ceiling : ndarray, shape (K, S)
        Probe trained on the supervisor's labels, and on true labels.
    probe_accuracy : ndarray, shape (K, S)
        Linear readability, see `w2slib.probes.W2SResult`.
    alignment : ndarray, shape (K, S)
        Share of the task in the leading principal components, see `w2slib.probes.feature_alignment`.
    """

    steps: np.ndarray = over("steps")
    weak: Array = over("seed")
    student: Array = over("steps", "seed")
    ceiling: Array = over("steps", "seed")
    probe_accuracy: Array = over("steps", "seed")
    alignment: Array = over("steps", "seed")

    @property
    def pgr(self) -> Array:
        """Performance gap recovered, with the *last* checkpoint's ceiling; shape (K, S).

        One scale for the whole of pre-training: it is defined at every checkpoint, and a rise means
        that the student became better, not that its ceiling moved. ``nan`` for a seed whose last
        ceiling is not above its supervisor.
        """
        recovered = performance_gap_recovered(1 - self.weak, 1 - self.student, 1 - self.ceiling[-1])
        return np.asarray(recovered)

    @property
    def own_pgr(self) -> Array:
        """Performance gap recovered, with each checkpoint's own ceiling; shape (K, S).

        ``nan`` where that ceiling is not above the supervisor, as is usual early in pre-training.
        """
        recovered = performance_gap_recovered(1 - self.weak, 1 - self.student, 1 - self.ceiling)
        return np.asarray(recovered)


@dataclass(frozen=True, eq=False, repr=False)
class Interval(Result):
    """An estimate with its 95 % interval.

    Attributes
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, repr=False)
class ChangePoint(Result):
    """A flat-rise-flat curve on a logarithmic axis of steps.

    Attributes
    ----------
    start, end : Interval
        Steps between which the curve changes.
    before, after : Interval
        Its levels on either side.
    crossing : Interval
        Step at which the fitted curve rises through the threshold: the first step if it begins
        above it, ``inf`` if it never gets there.
    """

    start: Interval
    end: Interval
    before: Interval
    after: Interval
    crossing: Interval

    def __call__(self, steps: ArrayLike) -> Array:
        """Return the fitted curve at the given steps; ``inf`` is the end of training."""
        ends = np.log1p([self.start.value, self.end.value])
        x = np.log1p(positive("steps", steps, allow_zero=True, allow_inf=True))
        rise = np.interp(x, ends, [0, 1])
        return self.before.value + (self.after.value - self.before.value) * rise


def seed_mean(values: ArrayLike) -> Interval:
    r"""Mean over seeds, with Student's interval.

    .. math:: \bar v \pm t_{0.975,\,S-1}\, \hat\sigma / \sqrt S

    Parameters
    ----------
    values : array_like, shape (S,)
        One number for each of at least two seeds.

    Returns
    -------
    Interval

    Notes
    -----
    Not the bootstrap: with five to ten seeds its percentile interval for a mean is too narrow.

    Examples
    --------
    >>> mean = seed_mean([1.0, 2.0, 3.0])
    >>> mean.value, round(mean.low, 2), round(mean.high, 2)
    (2.0, -0.48, 4.48)
    """
    values = real("values", values)
    if values.ndim != 1:
        raise ValueError(f"values has shape {values.shape}; allowed: (seeds,)")
    n_seeds = _two_seeds("values", values)
    scaled, exponent = _scaled(values)
    mean, stderr = scaled.mean(), scaled.std(ddof=1) / np.sqrt(n_seeds)
    reach = stdtrit(n_seeds - 1, 0.975) * stderr
    ends = np.ldexp([mean, mean - reach, mean + reach], exponent)
    return Interval(*map(float, ends), setting={"n_seeds": n_seeds})


@takes_rng
def rank_correlation(
    x: ArrayLike, y: ArrayLike, rng: Rng = None, n_bootstrap: int = 2000
) -> Interval:
    r"""Spearman's rank correlation of two curves over checkpoints, with an interval over seeds.

    The correlation is that of the two mean curves; the bootstrap draws seeds with replacement, the
    same for both curves, and takes the correlation of the means again.

    Parameters
    ----------
    x, y : array_like, shape (K, S)
        K checkpoints, at least 3; S seeds, at least 2. Neither mean curve may be constant.
    rng
        Of the bootstrap over seeds.
    n_bootstrap : int
        Resamples of the percentile bootstrap, at least 10.

    Returns
    -------
    Interval

    Examples
    --------
    >>> steps = np.arange(10.0)[:, None]
    >>> noise = np.random.default_rng(0).standard_normal((2, 10, 5))
    >>> together = rank_correlation(steps + noise[0], steps**2 + noise[1], rng=0)
    >>> together.low > 0.8
    True
    """
    from scipy.stats import rankdata  # a second of importing that only this function needs

    x, y = _curves("x", x), _curves("y", y)
    if x.shape != y.shape or len(x) < 3:
        raise ValueError(
            f"x of shape {x.shape}, y of shape {y.shape}; allowed: the same shape, at least (3, 2)"
        )
    rng = np.random.default_rng(rng)
    setting = described(n_bootstrap=n_bootstrap, seed=describe_seed(rng))
    weights = _seed_weights(_two_seeds("x", x), rng, n_bootstrap)
    ranks = [rankdata(curve @ weights.T, axis=0) for curve in (x, y)]
    centred = [rank - rank.mean(axis=0) for rank in ranks]
    norms = [np.sqrt(np.sum(c**2, axis=0)) for c in centred]
    if min(norms[0][0], norms[1][0]) == 0:
        raise ValueError("x or y is constant over the checkpoints; allowed: curves that vary")
    usable = (norms[0] > 0) & (norms[1] > 0)
    products = np.sum(centred[0] * centred[1], axis=0)
    return _interval(products[usable] / (norms[0] * norms[1])[usable], setting)


@takes_rng
def change_point(
    steps: ArrayLike,
    values: ArrayLike,
    *,
    threshold: float = 0.0,
    rng: Rng = None,
    n_bootstrap: int = 1000,
) -> ChangePoint:
    r"""Fit flat-rise-flat to a curve, and say where it starts to change and where it crosses.

    With :math:`x = \log(1 + \text{step})`, least squares over :math:`a, b` and the two knots
    :math:`x_1 < x_2`, which are checkpoints:

    .. math:: f(x) = a + b \min\!\Bigl(1, \max\!\Bigl(0, \frac{x - x_1}{x_2 - x_1}\Bigr)\Bigr).

    Checkpoints count by their share of the x axis, so that the many at the end of Pythia's spacing
    do not drown the few at its beginning.

    Parameters
    ----------
    steps : array_like, shape (K,)
        Increasing, at least 4.
    values : array_like, shape (K, S)
        At least two seeds.
    threshold : float
        For ``crossing``; 0 for the performance gap recovered: there the student starts to beat its
        supervisor.
    rng
        Of the bootstrap over seeds.
    n_bootstrap : int
        Resamples, at least 10.

    Returns
    -------
    ChangePoint

    Notes
    -----
    Segmented regression with an exhaustive search of the knots.

    Examples
    --------
    >>> steps = 2 ** np.arange(12) - 1
    >>> curve = np.interp(np.arange(12), [4, 8], [-1.0, 1.0])[:, None]
    >>> noise = 0.01 * np.random.default_rng(0).standard_normal((12, 5))
    >>> found = change_point(steps, curve + noise, rng=0)
    >>> round(found.start.value), round(found.end.value), round(found.crossing.value)
    (15, 255, 63)
    """
    steps, values = positive("steps", steps, allow_zero=True), _curves("values", values)
    if steps.shape != values.shape[:1] or len(steps) < 4 or np.any(np.diff(steps) <= 0):
        raise ValueError(
            f"steps of shape {steps.shape} for values of shape {values.shape}; allowed: one step "
            "for each row of values, at least 4, increasing"
        )
    threshold = single("threshold", real("threshold", threshold))
    rng = np.random.default_rng(rng)
    setting = described(threshold=threshold, n_bootstrap=n_bootstrap, seed=describe_seed(rng))
    weights = _seed_weights(_two_seeds("values", values), rng, n_bootstrap)
    x = np.log1p(steps)
    scaled, exponent = _scaled(values)
    start, end, level, height = _fit_ramps(x, scaled @ weights.T)
    level, height = np.ldexp(level, exponent), np.ldexp(height, exponent)
    crossing = _crossing(x[0], start, end, level, height, threshold)
    return ChangePoint(
        start=_interval(np.expm1(start)),
        end=_interval(np.expm1(end)),
        before=_interval(level),
        after=_interval(level + height),
        crossing=_interval(crossing),
        setting=setting,
    )


def _crossing(
    first: float, start: Array, end: Array, level: Array, height: Array, threshold: float
) -> Array:
    """Step at which each ramp rises through the threshold; ``inf`` if it never does."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(level >= threshold, 0.0, (threshold - level) / height)
    where = np.where(level >= threshold, first, start + share * (end - start))
    reached = (level >= threshold) | (level + height >= threshold)
    return np.where(reached, np.expm1(where), np.inf)


def _scaled(values: Array) -> tuple[Array, int]:
    """Values below 1 and the power of two they are in units of: no square over- or underflows."""
    exponent = int(np.frexp(np.max(np.abs(values)))[1])
    return np.ldexp(values, -exponent), exponent


def _fit_ramps(x: Array, curves: Array) -> tuple[Array, Array, Array, Array]:
    """Best knots, level and height for each column of ``curves``, shape (K, curves)."""
    weight = np.gradient(x)
    weight /= weight.sum()
    first, second = np.triu_indices(len(x), 1)
    ramps = np.clip((x - x[first, None]) / (x[second] - x[first])[:, None], 0, 1)
    middle = ramps @ weight
    centred = (ramps - middle[:, None]) * weight
    spread = np.sum(centred * ramps, axis=1)
    slopes = centred @ curves / spread[:, None]
    best = np.argmax(slopes**2 * spread[:, None], axis=0)  # what the ramp explains
    height = slopes[best, np.arange(curves.shape[1])]
    level = weight @ curves - height * middle[best]
    return x[first[best]], x[second[best]], level, height


def _seed_weights(n_seeds: int, rng: np.random.Generator, n_bootstrap: int) -> Array:
    """Weights of the seeds: equal in row 0, then one row for each bootstrap resample."""
    n_bootstrap = integer("n_bootstrap", n_bootstrap, minimum=10)
    drawn = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), n_bootstrap)
    return np.vstack([np.ones((1, n_seeds)), drawn]) / n_seeds


def _interval(values: Array, setting: Mapping[str, Any] | None = None) -> Interval:
    """Estimate in entry 0, resamples after it; infinite ones are ranked like any other."""
    low, high = np.percentile(values[1:], LEVEL, method="nearest")
    return Interval(float(values[0]), float(low), float(high), setting=setting or {})


def _curves(name: str, value: ArrayLike) -> Array:
    return matrix(name, value, "checkpoints, seeds")


def _two_seeds(name: str, array: Array) -> int:
    if array.shape[-1] < 2:
        raise ValueError(f"{name} has {array.shape[-1]} seed; allowed: at least 2")
    return array.shape[-1]
