r"""What can be said of a curve over pre-training: where it rises, and what it goes with.

A `Study` holds accuracies at K checkpoints with S seeds. `change_point` fits flat-rise-flat to a
curve on a logarithmic axis of steps, and `crossing_shift` compares where two of them cross.
`rank_correlation` says how closely two curves of one seed go together along pre-training, and
`same_step_correlation` whether seeds that are ahead in one are ahead in the other *at the same step*.
`seed_mean` is for one number per seed.

All intervals are over *seeds*: neighbouring checkpoints of one network are not independent, seeds are.
A seed for which a quantity is undefined (``nan``: there is no gap to recover) is left out, and the
result's ``left_out`` says how many were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, stdtrit

from w2slib.core.metrics import performance_gap_recovered, recovered_gap
from w2slib.core.results import Interval, Result, over
from w2slib.core.trials import describe_seed, described, takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import integer, matrix, positive, real, single

__all__ = [
    "LEVEL",
    "ChangePoint",
    "Interval",
    "Study",
    "change_point",
    "crossing_shift",
    "rank_correlation",
    "same_step_correlation",
    "seed_mean",
]

LEVEL = 0.95
"""Level of every interval."""


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
    def gain(self) -> Array:
        """Accuracy of the student minus that of its supervisor; shape (K, S)."""
        return self.student - self.weak

    @property
    def gap(self) -> Array:
        """Accuracy of the *last* checkpoint's ceiling minus that of the supervisor; shape (S,)."""
        return self.ceiling[-1] - self.weak

    @property
    def recovered(self) -> Interval:
        """PGR of the mean accuracies at each checkpoint, with the last ceiling; over (K,).

        Mean gain by mean gap, with the interval of `w2slib.metrics.recovered_gap` over the seeds.
        """
        return recovered_gap(1 - self.weak, 1 - self.student, 1 - self.ceiling[-1])

    @property
    def pgr(self) -> Array:
        """Performance gap recovered of each seed, with the *last* checkpoint's ceiling; shape (K, S).

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
    left_out : int
        Seeds without a value.
    """

    start: Interval
    end: Interval
    before: Interval
    after: Interval
    crossing: Interval
    left_out: int = 0

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
        One number for each seed, ``nan`` where it is undefined; at least two are defined.

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
    >>> seed_mean([1.0, float("nan"), 3.0]).left_out
    1
    """
    if np.ndim(values) != 1:
        raise ValueError(f"values has shape {np.shape(values)}; allowed: (seeds,)")
    every, defined = _defined("values", values)
    n_seeds = _two_seeds("values", defined)
    scaled, exponent = _scaled(every[defined])
    mean, stderr = scaled.mean(), scaled.std(ddof=1) / np.sqrt(n_seeds)
    reach = stdtrit(n_seeds - 1, (1 + LEVEL) / 2) * stderr
    value, low, high = map(float, np.ldexp([mean, mean - reach, mean + reach], exponent))
    return Interval(value, low, high, int(np.sum(~defined)), setting={"n_seeds": n_seeds})


def rank_correlation(x: ArrayLike, y: ArrayLike, given: ArrayLike | None = None) -> Interval:
    r"""Spearman's rank correlation of two curves of one seed over its checkpoints: typical value.

    .. math:: r = \tanh \bar z, \qquad z_s = \operatorname{artanh} r_s

    with the correlation :math:`r_s` of seed s along the checkpoints, and Student's interval for the
    mean of :math:`z_s` over the seeds.

    Parameters
    ----------
    x, y : array_like, shape (K, S)
        K checkpoints, at least 3; S seeds, at least 2. A seed with a ``nan``, or with a constant curve,
        is left out.
    given : array_like, shape (K,), optional
        What is held fixed, for instance the step: then :math:`r_s` is the partial rank correlation,
        of what is left of the ranks of x and y after a linear fit to the ranks of ``given``. Two
        curves that have only their trend in common have a high correlation and a partial one near 0,
        as far as their trends are linear in those ranks. K is at least 4.

    Returns
    -------
    Interval

    Notes
    -----
    Of single seeds, not of the mean curves: averaging removes the noise of the seeds, so that the
    correlation of the means depends on how many there are, and a bootstrap over seeds, which has fewer
    different ones, gives intervals that lie below it. A correlation of exactly 1 counts as half an
    exchange of neighbours away from it, :math:`1 - 6/(K^3 - K)`.

    Examples
    --------
    >>> steps = np.arange(100.0)
    >>> noise = 10 * np.random.default_rng(0).standard_normal((2, 100, 6))
    >>> x, y = steps[:, None] + noise
    >>> both, rest = rank_correlation(x, y), rank_correlation(x, y, given=steps)
    >>> both.low > 0.8, rest.low < 0 < rest.high
    (True, True)
    """
    x, y, defined = _pair_of_curves(x, y, checkpoints=3 if given is None else 4)
    first, second = (_centred_ranks(curve, axis=0) for curve in (x, y))
    if given is not None:
        given = real("given", given)
        if given.shape != x.shape[:1]:
            raise ValueError(f"given has shape {given.shape}; allowed: {x.shape[:1]}")
        if np.all(given == given[0]):
            raise ValueError(f"given = {given[0]:g} at every checkpoint; allowed: what varies")
        fixed = _centred_ranks(given[:, None], axis=0)
        first, second = (
            rank - fixed * (fixed * rank).sum(axis=0) / (fixed**2).sum() for rank in (first, second)
        )
    r = _cosine(first, second, axis=0)
    if np.sum(~np.isnan(r)) < 2:
        raise ValueError(
            "x or y is constant over the checkpoints, or a function of given; allowed: curves that "
            "vary for at least 2 seeds"
        )
    most = 1 - 6 / (len(x) ** 3 - len(x))
    z = seed_mean(np.arctanh(np.clip(r, -most, most)))
    value, low, high = (float(np.tanh(each)) for each in (z.value, z.low, z.high))
    return Interval(value, low, high, int(np.sum(~defined)) + z.left_out, setting=z.setting)


def same_step_correlation(x: ArrayLike, y: ArrayLike) -> Interval:
    r"""Rank correlation of two quantities among seeds at the same checkpoint, mean over checkpoints.

    At one checkpoint all seeds have had the same training: a trend that both curves follow cannot make
    this correlation.

    Parameters
    ----------
    x, y : array_like, shape (K, S)
        K checkpoints; S seeds, at least 2. A seed with a ``nan`` is left out, and so is a checkpoint at
        which x or y is the same for all seeds.

    Returns
    -------
    Interval
        From the jackknife over seeds (each left out in turn), with Student's quantile. Two or three
        seeds exclude nothing: [-1, 1].

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> ahead, steps = rng.standard_normal(12), np.arange(6.0)[:, None]
    >>> x, y = steps + ahead, steps + ahead + 0.3 * rng.standard_normal((6, 12))
    >>> same_step_correlation(x, y).low > 0.7
    True
    >>> unrelated = same_step_correlation(x, steps + rng.standard_normal((6, 12)))
    >>> unrelated.low < 0 < unrelated.high
    True
    """
    x, y, defined = _pair_of_curves(x, y, checkpoints=1)
    n_seeds, left_out = x.shape[1], int(np.sum(~defined))

    def mean(chosen: np.ndarray) -> float:
        first, second = (_centred_ranks(curve[:, chosen], axis=1) for curve in (x, y))
        r = _cosine(first, second, axis=1)
        if np.all(np.isnan(r)):
            raise ValueError("x or y is the same for all seeds at every checkpoint")
        return float(np.nanmean(r))

    value = mean(np.ones(n_seeds, bool))
    if n_seeds < 4:
        return Interval(value, -1.0, 1.0, left_out, setting={"n_seeds": n_seeds})
    without = np.array([mean(np.arange(n_seeds) != s) for s in range(n_seeds)])
    pseudo = seed_mean(n_seeds * value - (n_seeds - 1) * without)
    low, high = np.clip([pseudo.low, pseudo.high], -1, 1)
    return Interval(value, float(low), float(high), left_out, setting=pseudo.setting)


@takes_rng
def change_point(
    steps: ArrayLike,
    values: ArrayLike,
    *,
    gap: ArrayLike | None = None,
    threshold: float = 0.0,
    rng: Rng = None,
    n_bootstrap: int = 2000,
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
        At least two seeds; one with a ``nan`` is left out. The curve is their mean.
    gap : array_like, shape (S,), optional
        One number for each seed, with a positive mean. Then the curve is the mean of ``values`` over
        the mean of ``gap``: with `Study.gain` and `Study.gap` the PGR of the mean accuracies.
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
        An interval's ``left_out`` counts the resamples without a gap.

    Notes
    -----
    Segmented regression with an exhaustive search of the knots. The intervals are bootstrap percentiles
    over seeds, taken further out as Student's interval is further out than the normal one:
    with few seeds plain percentiles are too narrow (Hesterberg, 2015, Am. Stat. 69, 371).

    Examples
    --------
    >>> steps = 2 ** np.arange(12) - 1
    >>> curve = np.interp(np.arange(12), [4, 8], [-1.0, 1.0])[:, None]
    >>> noise = 0.01 * np.random.default_rng(0).standard_normal((12, 5))
    >>> found = change_point(steps, curve + noise, rng=0)
    >>> round(found.start.value), round(found.end.value), round(found.crossing.value)
    (15, 255, 63)
    """
    x, threshold = _abscissa(steps, values), single("threshold", real("threshold", threshold))
    rng = np.random.default_rng(rng)
    setting = described(threshold=threshold, n_bootstrap=n_bootstrap, seed=describe_seed(rng))
    values, gap, defined = _curve(values, gap)
    n_seeds = _two_seeds("values", defined)
    weights = _seed_weights(n_seeds, rng, n_bootstrap)
    curves = _resampled(values, gap, weights)
    scaled, exponent = _scaled(curves)
    start, end, level, height = _fit_each(x, scaled)
    level, height = np.ldexp(level, exponent), np.ldexp(height, exponent)
    crossing = _crossing(x[0], start, end, level, height, threshold)
    lost = n_bootstrap - curves.shape[1] + 1
    return ChangePoint(
        start=_percentiles(np.expm1(start), n_seeds, lost),
        end=_percentiles(np.expm1(end), n_seeds, lost),
        before=_percentiles(level, n_seeds, lost),
        after=_percentiles(level + height, n_seeds, lost),
        crossing=_percentiles(crossing, n_seeds, lost),
        left_out=int(np.sum(~defined)),
        setting=setting,
    )


@takes_rng
def crossing_shift(
    steps: ArrayLike,
    values: ArrayLike,
    others: ArrayLike,
    *,
    threshold: float = 0.0,
    rng: Rng = None,
    n_bootstrap: int = 2000,
) -> Interval:
    r"""How much later the second curve crosses than the first, in doublings of the step.

    .. math:: \log_2 \frac{1 + \text{crossing of others}}{1 + \text{crossing of values}}

    Parameters
    ----------
    steps : array_like, shape (K,)
        As for `change_point`.
    values, others : array_like, shape (K, S)
        Curves of the same seeds under two conditions. A seed with a ``nan`` in either is left out.
    threshold, rng, n_bootstrap
        As for `change_point`.

    Returns
    -------
    Interval
        Paired: every resample draws the same seeds for both curves, so that what a seed does to both
        cancels. ``left_out`` counts the seeds without a value. ``inf`` if only the second never
        crosses; a resample in which neither does is left out of the interval.

    Examples
    --------
    >>> steps = 2 ** np.arange(12) - 1
    >>> early, late = (np.interp(np.arange(12), [k, k + 4], [-1.0, 1.0])[:, None] for k in (2, 3))
    >>> seeds = 0.1 * np.random.default_rng(0).standard_normal(6)
    >>> shift = crossing_shift(steps, early + seeds, late + seeds, rng=0)
    >>> round(shift.value, 2), shift.low > 0.9
    (1.0, True)
    """
    x, threshold = _abscissa(steps, values), single("threshold", real("threshold", threshold))
    rng = np.random.default_rng(rng)
    setting = described(threshold=threshold, n_bootstrap=n_bootstrap, seed=describe_seed(rng))
    first, second, defined = _pair_of_curves(values, others, checkpoints=4)
    weights = _seed_weights(first.shape[1], rng, n_bootstrap)
    places = []
    for curve in (first, second):
        scaled, exponent = _scaled(curve)
        start, end, level, height = _fit_each(x, scaled @ weights.T)
        least = float(np.ldexp(threshold, -exponent))
        crossing = _crossing(x[0], start, end, level, height, least)
        places.append(np.log2(1 + crossing))
    with np.errstate(invalid="ignore"):
        shift = places[1] - places[0]
    if np.isnan(shift[0]):
        raise ValueError("neither curve crosses the threshold; allowed: at least one that does")
    kept = shift[~np.isnan(shift)]
    return _percentiles(kept, first.shape[1], int(np.sum(~defined)), setting)


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


def _fit_each(x: Array, curves: Array) -> tuple[Array, ...]:
    """`_fit_ramps`, once for every curve that is different: few seeds have few resamples."""
    _, first, which = np.unique(curves, axis=1, return_index=True, return_inverse=True)
    return tuple(part[which.reshape(-1)] for part in _fit_ramps(x, curves[:, first]))


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


def _resampled(values: Array, gap: Array | None, weights: Array) -> Array:
    """Mean curve of every resample that has a gap, the data's own first; shape (K, resamples)."""
    curves = values @ weights.T
    if gap is None:
        return curves
    middle = weights @ gap
    if middle[0] <= 0:
        raise ValueError(f"gap has the mean {middle[0]:g}; allowed: a mean > 0, a gap to recover")
    return (curves / np.where(middle > 0, middle, 1.0))[:, middle > 0]


def _percentiles(
    values: Array, n_seeds: int, left_out: int, setting: Mapping[str, Any] | None = None
) -> Interval:
    """Estimate in entry 0, resamples after it; infinite ones are ranked like any other."""
    # The resamples' spread is that of the seeds with divisor S, and they know of no Student.
    reach = stdtrit(n_seeds - 1, (1 + LEVEL) / 2) * np.sqrt(n_seeds / (n_seeds - 1))
    ends = 100 * ndtr([-reach, reach])
    low, high = np.percentile(values[1:], ends, method="nearest")
    return Interval(float(values[0]), float(low), float(high), left_out, setting=setting or {})


def _centred_ranks(values: Array, axis: int) -> Array:
    from scipy.stats import rankdata  # a second of importing that only correlations need

    ranks = rankdata(values, axis=axis)
    return ranks - ranks.mean(axis=axis, keepdims=True)


def _cosine(x: Array, y: Array, axis: int) -> Array:
    """Cosine of the angle between two vectors along an axis; ``nan`` where one of them is zero."""
    product = np.sum(x * y, axis=axis)
    squares = np.sum(x**2, axis=axis) * np.sum(y**2, axis=axis)
    # A partial rank is a difference: what rounding leaves of it is not a rank.
    zero = squares < 1e-18 * x.shape[axis] ** 6
    return np.where(zero, np.nan, product / np.sqrt(np.where(zero, 1.0, squares)))


def _abscissa(steps: ArrayLike, values: ArrayLike) -> Array:
    """Logarithm of the steps, one for each row of the values."""
    steps, shape = positive("steps", steps, allow_zero=True), np.shape(values)
    if steps.shape != shape[:1] or len(steps) < 4 or np.any(np.diff(steps) <= 0):
        raise ValueError(
            f"steps of shape {steps.shape} for values of shape {shape}; allowed: one step "
            "for each row of values, at least 4, increasing"
        )
    return np.log1p(steps)


def _curve(values: ArrayLike, gap: ArrayLike | None) -> tuple[Array, Array | None, np.ndarray]:
    """Curves of the seeds for which everything is defined, their gaps, and which these are."""
    checked, defined = _curves("values", values)
    if gap is None:
        return checked[:, defined], None, defined
    gaps, has_gap = _defined("gap", gap)
    if gaps.shape != checked.shape[1:]:
        raise ValueError(
            f"gap has shape {gaps.shape}; allowed: {checked.shape[1:]}, one for each seed"
        )
    defined = defined & has_gap
    return checked[:, defined], gaps[defined], defined


def _pair_of_curves(
    x: ArrayLike, y: ArrayLike, checkpoints: int
) -> tuple[Array, Array, np.ndarray]:
    """Both curves of the seeds for which both are defined, and which these are."""
    (first, has_first), (second, has_second) = _curves("x", x), _curves("y", y)
    if first.shape != second.shape or len(first) < checkpoints:
        raise ValueError(
            f"x of shape {first.shape}, y of shape {second.shape}; allowed: the same shape, at least "
            f"({checkpoints}, 2)"
        )
    defined = has_first & has_second
    _two_seeds("x", defined)
    return first[:, defined], second[:, defined], defined


def _curves(name: str, value: ArrayLike) -> tuple[Array, np.ndarray]:
    """Curves over (checkpoints, seeds), and which seeds have no ``nan``."""
    array, defined = _defined(name, value)
    return matrix(name, array, "checkpoints, seeds"), defined


def _defined(name: str, value: ArrayLike) -> tuple[Array, np.ndarray]:
    """Numbers with 0 in place of ``nan``, and which seeds (the last axis) have none."""
    array = np.asarray(value)
    undefined = np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
    checked = real(name, np.where(undefined, 0.0, array) if np.any(undefined) else value)
    return checked, np.asarray(~undefined.any(axis=tuple(range(undefined.ndim - 1))))


def _two_seeds(name: str, defined: np.ndarray) -> int:
    """How many seeds are defined; at least two."""
    n, found = len(defined), int(np.sum(defined))
    if found < 2:
        what = f"{name} has {n} seed" if n < 2 else f"{name} = nan for {n - found} of {n} seeds"
        raise ValueError(f"{what}; allowed: at least 2 seeds with a value")
    return found
