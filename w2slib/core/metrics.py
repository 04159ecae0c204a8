"""Measures of success that several chapters share, and their intervals.

A performance gap recovered is a ratio of two noisy numbers. Its interval is always that of
`recovered_gap`: Fieller's, from the errors of teacher, student and ceiling and their covariance.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy.special import betaincinv, stdtrit

from w2slib.core.results import Estimate, Interval
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import broadcastable, integer, real, scalar

__all__ = [
    "binomial_interval",
    "critical_deviation",
    "performance_gap_recovered",
    "recovered_gap",
    "recovered_gap_of_means",
    "recovered_with_error",
]


def performance_gap_recovered(weak: ArrayLike, student: ArrayLike, ceiling: ArrayLike) -> Numbers:
    r"""Fraction of the gap between teacher and ceiling that the student recovers.

    .. math:: \mathrm{PGR} = \frac{L_t - L_s}{L_t - L_{\text{ceiling}}}

    1 means as good as training on true labels, 0 as good as the teacher, negative worse than the
    teacher.

    Parameters
    ----------
    weak, student, ceiling : array_like
        Errors (lower is better) of the teacher, of the student, and of the same student trained on
        true labels. For accuracies pass ``1 - accuracy``.

    Returns
    -------
    ndarray or float
        ``nan`` where ``ceiling >= weak``: there is no gap to recover, and the ratio would be a huge
        number or have the wrong sign.

    Notes
    -----
    Source: Burns et al. (2023), arXiv:2312.09390, stated there for accuracies.

    Examples
    --------
    >>> performance_gap_recovered(0.5, 0.375, 0.25)
    0.5
    >>> performance_gap_recovered(0.2, 0.1, 0.2)
    nan
    """
    weak, student, ceiling = real("weak", weak), real("student", student), real("ceiling", ceiling)
    broadcastable(weak=weak, student=student, ceiling=ceiling)
    gap = weak - ceiling
    recovered = (weak - student) / np.where(gap > 0, gap, 1.0)
    return scalar(np.where(gap > 0, recovered, np.nan))


def recovered_gap(weak: ArrayLike, student: ArrayLike, ceiling: ArrayLike) -> Interval:
    r"""Performance gap recovered of the mean errors over trials, with its 95 % interval.

    .. math:: \mathrm{PGR} = \frac{a}{b}, \qquad a = \overline{L_t - L_s}, \quad
        b = \overline{L_t - L_{\text{ceiling}}}

    Every number R that Student's test of :math:`\overline{a_i - R\,b_i} = 0` does not reject is in the
    interval (Fieller's interval for a ratio), with the trials' own variances and covariance:

    .. math:: (a - R\,b)^2 \le t^2\,\bigl(s_a^2 - 2 R\, s_{ab} + R^2 s_b^2\bigr).

    Parameters
    ----------
    weak, student, ceiling : array_like, shape (..., S)
        Errors of the teacher, of the student, and of the same student trained on true labels, one for
        each of at least two trials (or seeds) on the last axis. A trial has the same place in all
        three; what it shares (data, supervisor, network) is in the covariance. For accuracies pass
        ``1 - accuracy``.

    Returns
    -------
    Interval
        Over the other axes. Ends are infinite where the gap b itself cannot be told from zero: then the
        data exclude no PGR. ``value`` is ``nan`` where b <= 0.

    Notes
    -----
    The ratio of means, not the mean of the trials' ratios: one trial with a small gap does not decide it.
    Exact if the trials' errors are Gaussian. Source: Fieller (1954), J. R. Stat. Soc. B 16, 175.

    Examples
    --------
    >>> pgr = recovered_gap([0.5, 0.6, 0.7], [0.4, 0.5, 0.6], [0.3, 0.41, 0.49])
    >>> round(pgr.value, 2), round(pgr.low, 2), round(pgr.high, 2)
    (0.5, 0.44, 0.57)
    """
    errors = [real("weak", weak), real("student", student), real("ceiling", ceiling)]
    shape = broadcastable(weak=errors[0], student=errors[1], ceiling=errors[2])
    if not shape or shape[-1] < 2:
        raise ValueError(
            f"weak, student and ceiling have the common shape {shape}; allowed: at least 2 trials on "
            "the last axis"
        )
    teacher, learner, best = (np.broadcast_to(array, shape) for array in errors)
    gain, gap = (Estimate.of(teacher - other, axis=-1) for other in (learner, best))
    remaining = Estimate.of(learner - best, axis=-1)
    return recovered_gap_of_means(gain, gap, remaining, n_trials=shape[-1])


def recovered_gap_of_means(
    gain: Estimate, gap: Estimate, remaining: Estimate | None, n_trials: int
) -> Interval:
    """`recovered_gap` from means and standard errors of the three differences.

    Parameters
    ----------
    gain : Estimate
        Teacher's minus student's error.
    gap : Estimate
        Teacher's minus ceiling's error.
    remaining : Estimate or None
        Student's minus ceiling's error. Its mean is ``gap - gain``; its standard error tells the
        covariance of the other two. If the ceiling is from trials of its own, the squares of the
        standard errors add. None where it was not measured: then the interval allows for every
        covariance, and is wider than it would have to be.
    n_trials : int
        Trials behind every mean, at least 2.

    Returns
    -------
    Interval

    Examples
    --------
    >>> gain, gap = Estimate(np.array(0.1), np.array(0.01)), Estimate(np.array(0.2), np.array(0.01))
    >>> remaining = Estimate(np.array(0.1), np.array(0.01))
    >>> pgr = recovered_gap_of_means(gain, gap, remaining, n_trials=20)
    >>> round(pgr.value, 2), round(pgr.low, 2), round(pgr.high, 2)
    (0.5, 0.41, 0.59)
    """
    n_trials = integer("n_trials", n_trials, minimum=2)
    a, b = real("gain", gain.mean), real("gap", gap.mean)
    se_a, se_b = (real("stderr", each.stderr) for each in (gain, gap))
    t = float(stdtrit(n_trials - 1, 0.975))
    if remaining is None:
        broadcastable(gain=a, gap=b)
        low, high = _any_covariance(a, b, t * se_a, t * se_b)
    else:
        var_rest = real("stderr", remaining.stderr) ** 2
        broadcastable(gain=a, gap=b, remaining=var_rest)
        covariance = (se_a**2 + se_b**2 - var_rest) / 2
        low, high = _fieller(a, b, se_a**2, se_b**2, covariance, t**2)
    value = np.where(b > 0, a / np.where(b > 0, b, 1.0), np.nan)
    ends = (scalar(each) for each in (value, low, high))
    return Interval(*ends, setting={"n_trials": n_trials})


def _fieller(
    a: Array, b: Array, var_a: Array, var_b: Array, cov: Array, squared: float
) -> tuple[Array, Array]:
    """Ends of {R : (a − R b)² <= squared (var_a − 2 R cov + R² var_b)}, infinite if b may be zero."""
    leading = b**2 - squared * var_b
    middle, last = a * b - squared * cov, a**2 - squared * var_a
    bounded = (leading > 0) & (b > 0)
    safe = np.where(bounded, leading, 1.0)
    # Rounding alone can make the discriminant negative: it is a sum of squares where b differs from 0.
    root = np.sqrt(np.maximum(middle**2 - leading * last, 0.0))
    low = np.where(bounded, (middle - root) / safe, -np.inf)
    high = np.where(bounded, (middle + root) / safe, np.inf)
    return low, high


def _any_covariance(a: Array, b: Array, reach_a: Array, reach_b: Array) -> tuple[Array, Array]:
    """Ends of {R : |a − R b| <= reach_a + |R| reach_b}, infinite if b may be zero."""
    bounded = b > reach_b
    less, more = np.where(bounded, b - reach_b, 1.0), b + reach_b
    down, up = a - reach_a, a + reach_a
    low = np.where(bounded, down / np.where(down >= 0, more, less), -np.inf)
    high = np.where(bounded, up / np.where(up >= 0, less, more), np.inf)
    return low, high


def binomial_interval(successes: ArrayLike, n_trials: ArrayLike) -> Interval:
    r"""Share of successes among independent trials, with its 95 % interval.

    Parameters
    ----------
    successes : array_like
        How many trials succeeded: whole numbers from 0 to ``n_trials``.
    n_trials : array_like
        How many trials there were: whole numbers >= 1.

    Returns
    -------
    Interval
        Clopper and Pearson's: it covers the true probability in at least 95 % of all experiments,
        whatever the probability and the number of trials. 0 of 20 gives [0, 0.17], not 0 ± 0.

    Notes
    -----
    The ends are quantiles of beta distributions. Source: Clopper and Pearson (1934), Biometrika 26, 404.

    Examples
    --------
    >>> wins = binomial_interval([0, 10, 20], 20)
    >>> wins.low.round(2), wins.high.round(2)
    (array([0.  , 0.27, 0.83]), array([0.17, 0.73, 1.  ]))
    """
    k, n = real("successes", successes), real("n_trials", n_trials)
    broadcastable(successes=k, n_trials=n)
    whole = (k == np.round(k)) & (n == np.round(n))
    if not np.all(whole & (k >= 0) & (k <= n) & (n >= 1)):
        raise ValueError(
            f"successes = {successes!r} of n_trials = {n_trials!r}; allowed: whole numbers, "
            "0 <= successes <= n_trials, n_trials >= 1"
        )
    # betaincinv at a or b = 0 is undefined: these ends are 0 and 1.
    low = np.where(k > 0, betaincinv(np.maximum(k, 1), n - k + 1, 0.025), 0.0)
    high = np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1), 0.975), 1.0)
    return Interval(*(scalar(each) for each in (k / n, low, high)))


def critical_deviation(n_looks: int, n_trials: int) -> float:
    r"""Standard errors by which a mean must differ from zero when one looks at many of them.

    .. math:: t_{n-1}\Bigl(1 - \frac{0.05}{2L}\Bigr)

    If all L true means are zero, the chance that any of the measured ones is further away is at most
    5 % (Bonferroni's correction of Student's test). With L = 1 it is Student's own quantile.

    Parameters
    ----------
    n_looks : int
        L, how many means are looked at, those included that are not shown.
    n_trials : int
        n, trials behind each mean, at least 2.

    Returns
    -------
    float

    Examples
    --------
    >>> round(critical_deviation(1, 20), 2), round(critical_deviation(100, 20), 2)
    (2.09, 4.19)
    """
    n_looks, n_trials = integer("n_looks", n_looks), integer("n_trials", n_trials, minimum=2)
    return float(stdtrit(n_trials - 1, 1 - 0.025 / n_looks))


def recovered_with_error(weak: Estimate, difference: Estimate, ceiling: Estimate) -> Estimate:
    r"""Simulated performance gap recovered, with a bound of its standard error.

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

    Warns
    -----
    DeprecationWarning
        Always: one rule is enough. `recovered_gap_of_means` gives an interval that is neither too narrow
        nor symmetric where it should not be; without covariances it takes ``remaining=None``.

    Notes
    -----
    First-order error propagation with all errors added up as if fully correlated. Source: this book.

    Examples
    --------
    >>> half = Estimate(np.array(0.5), np.array(0.0))
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     pgr = recovered_with_error(half, Estimate(np.array(-0.1), np.array(0.01)),
    ...                                Estimate(np.array(0.3), np.array(0.0)))
    >>> float(pgr.mean), float(pgr.stderr.round(12))
    (0.5, 0.05)
    """
    warnings.warn(
        "recovered_with_error goes with the next release; use w2slib.metrics.recovered_gap_of_means",
        DeprecationWarning,
        stacklevel=2,
    )
    gap = weak.mean - ceiling.mean
    gap = np.where(gap > 0, gap, np.nan)
    pgr = -difference.mean / gap
    stderr = (difference.stderr + np.abs(pgr) * (weak.stderr + ceiling.stderr)) / gap
    return Estimate(pgr, stderr)
