r"""Several networks, several deals for each: which of the two an uncertainty comes from.

Deals of one network share the network, so that they are not independent: what holds for *networks* is
decided by how many networks there are. `over_networks` makes a `Study` whose seeds are networks, for every
function of `w2slib.transitions`; `two_level` resamples networks, then deals; `variance_components` says how
much of the spread is between networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from w2slib.core.results import Interval, Result
from w2slib.core.trials import describe_seed, described, takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import instance, integer, real
from w2slib.studies.results import SweepStudy
from w2slib.studies.transitions import LEVEL, Study

__all__ = ["VarianceComponents", "over_networks", "two_level", "variance_components"]


@dataclass(frozen=True, eq=False, repr=False)
class VarianceComponents(Result):
    """Variance of one number between networks, and between deals of one network.

    Attributes
    ----------
    network, deal : float
        Unbiased, so that ``network`` can be negative where networks differ by no more than deals do.
    share : float
        Of the sum, that of the networks, at least 0; ``nan`` if nothing varies.
    """

    network: float
    deal: float
    share: float


def over_networks(studies: Sequence[Study]) -> Study:
    """Average each network's study over its deals: a study whose seeds are networks.

    Parameters
    ----------
    studies : sequence of Study
        One for each network, at least two. Steps that not all of them have are left out.

    Returns
    -------
    Study
        With one column for each network. Of sweeps' studies a `SweepStudy`, which gives no PGR where a mean
        ceiling does not beat the majority.

    Raises
    ------
    ValueError
        If there are fewer than two networks, a step twice in one of them, or no common step.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> studies = [Study(np.arange(3), rng.random(4), *(rng.random((3, 4)) for _ in range(4)))
    ...            for _ in range(2)]
    >>> over_networks(studies).student.shape
    (3, 2)
    """
    if isinstance(studies, (Study, Mapping)):
        raise ValueError(
            f"studies is a {type(studies).__name__}; allowed: a list of studies, one for each network"
        )
    studies = [instance("studies", study, Study) for study in studies]
    if len(studies) < 2:
        raise ValueError(f"studies has {len(studies)} entries; allowed: at least 2 networks")
    steps = sorted(set.intersection(*(set(study.steps.tolist()) for study in studies)))
    if not steps:
        raise ValueError("studies have no common step; allowed: at least one")
    left_out = sorted(set.union(*(set(study.steps.tolist()) for study in studies)) - set(steps))

    at = []
    for study in studies:
        place = {step: i for i, step in enumerate(study.steps.tolist())}
        if len(place) < len(study.steps):
            raise ValueError(f"studies has steps {study.steps.tolist()[:8]}; allowed: each once")
        at.append([place[step] for step in steps])

    def column(name: str) -> Array:
        return np.stack([
            getattr(study, name)[where].mean(axis=1) for study, where in zip(studies, at, strict=True)
        ], axis=1)  # fmt: skip

    weak = np.array([study.weak.mean() for study in studies])
    names = ("student", "ceiling", "probe_accuracy", "alignment")
    setting = described(n_networks=len(studies), n_deals=[len(study.weak) for study in studies])
    if left_out:
        setting = described(**setting, steps_left_out=left_out)
    values = np.array(steps), weak, *map(column, names)
    sweeps = [study for study in studies if isinstance(study, SweepStudy)]
    if len(sweeps) < len(studies):
        return Study(*values, setting=setting)
    facts = (
        np.array([getattr(study, name).mean() for study in sweeps])
        for name in ("majority", "n_test")
    )
    return SweepStudy(*values, *facts, setting=setting)


@takes_rng
def two_level(
    values: ArrayLike,
    statistic: Callable[[Array], Array] | None = None,
    *,
    rng: Rng = None,
    n_bootstrap: int = 2000,
) -> Interval:
    r"""Bootstrap interval over networks, then over the deals of each network drawn.

    Parameters
    ----------
    values : array_like, shape (N, S) or (N, S, Q)
        N networks, at least 2, with S deals each; Q quantities, which are resampled together.
    statistic : callable, optional
        Maps an array of shape (B, N, S) or (B, N, S, Q) to shape (B,): once for each resample. By default
        the mean over networks and deals.
    rng
        Of the resampling.
    n_bootstrap : int
        Resamples, at least 10.

    Returns
    -------
    Interval
        The resamples' standard deviation, corrected for resampled networks spreading too little by
        :math:`(N-1)/N`, times Student's quantile for N networks. ``left_out`` counts resamples without a
        value.

    Notes
    -----
    Not the percentiles: among 27 resamples of three networks these cover a mean in 88 % of cases. It is wide:
    the deals' spread is counted twice, in the networks' means and in their resampling, so that it covers in
    97 % to 100 % (simulated). For three networks the quantile is 4.3: three networks say little.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> networks = rng.standard_normal((6, 1)) + 0.1 * rng.standard_normal((6, 5))
    >>> found = two_level(networks + 3, rng=0)
    >>> found.low < 3 < found.high
    True
    """
    data = real("values", values)
    if data.ndim not in (2, 3) or len(data) < 2 or data.shape[1] < 1:
        raise ValueError(
            f"values has shape {data.shape}; allowed: (networks >= 2, deals[, quantities])"
        )
    n_bootstrap = integer("n_bootstrap", n_bootstrap, minimum=10)
    rng = np.random.default_rng(rng)
    setting = described(n_networks=len(data), n_deals=data.shape[1], n_bootstrap=n_bootstrap,
                        seed=describe_seed(rng))  # fmt: skip
    measure = _one_a_resample(statistic) if statistic else lambda sample: sample.mean(axis=(1, 2))
    n, s = data.shape[:2]
    networks = rng.integers(n, size=(n_bootstrap, n, 1))
    deals = rng.integers(s, size=(n_bootstrap, n, s))
    value, resampled = float(measure(data[None])[0]), measure(data[networks, deals])
    defined = np.isfinite(resampled)
    if not np.isfinite(value) or defined.sum() < 2:
        raise ValueError(
            f"the statistic is {value:g} for these values, a number for {defined.sum()} of {n_bootstrap} "
            "resamples; allowed: one that is"
        )
    spread = resampled[defined].std(ddof=1) * np.sqrt(n / (n - 1))
    reach = float(stdtrit(n - 1, (1 + LEVEL) / 2) * spread)
    return Interval(value, value - reach, value + reach, int(np.sum(~defined)), setting=setting)


def _one_a_resample(statistic: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The statistic, checked: one number for each resample, not one for all."""
    if not callable(statistic):
        raise ValueError(f"statistic = {statistic!r}; allowed: a function")

    def measure(sample: Array) -> Array:
        found = np.asarray(statistic(sample), float)
        if found.shape != sample.shape[:1]:
            raise ValueError(
                f"statistic maps shape {sample.shape} to shape {found.shape}; allowed: {sample.shape[:1]}, "
                "one number for each resample, sample.mean(axis=(1, 2))"
            )
        return found

    return measure


def variance_components(values: ArrayLike) -> VarianceComponents:
    r"""Estimate the variance between networks and that between deals of one network.

    .. math:: \hat\sigma^2_{\mathrm{deal}} = \overline{s_i^2}, \qquad
        \hat\sigma^2_{\mathrm{network}} = s^2(\bar v_i) - \hat\sigma^2_{\mathrm{deal}} / S

    Parameters
    ----------
    values : array_like, shape (N, S)
        N networks and S deals, at least 2 of each.

    Returns
    -------
    VarianceComponents

    Notes
    -----
    One-way analysis of variance with random effects.

    Examples
    --------
    >>> found = variance_components([[1.0, 1.2], [3.0, 3.2], [5.0, 5.2]])
    >>> round(found.network, 2), round(found.deal, 2), round(found.share, 3)
    (3.99, 0.02, 0.995)
    """
    data = real("values", values)
    if data.ndim != 2 or min(data.shape) < 2:
        raise ValueError(f"values has shape {data.shape}; allowed: (networks >= 2, deals >= 2)")
    deal = float(data.var(axis=1, ddof=1).mean())
    network = float(data.mean(axis=1).var(ddof=1)) - deal / data.shape[1]
    total = max(network, 0.0) + deal
    share = max(network, 0.0) / total if total > 0 else float("nan")
    return VarianceComponents(network, deal, share, setting={"shape": list(data.shape)})
