r"""The great circle from start to supervisor, and the clock that says when the flow is where on it.

Two coordinates describe the point of the circle at overlap :math:`m` with the supervisor: the sine
:math:`\sqrt{1 - m^2}`, called ``side`` here, and :math:`\ell = \log(m/\sqrt{1 - m^2})`, in which the
flow is :math:`\dot\ell = 2k m^{k-2}`. Both keep their relative precision however close m is to 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import elementwise

from w2slib.core.portions import in_portions
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import between, broadcastable, integer, scalar

__all__ = [
    "FAR",
    "advance",
    "clock",
    "from_logit",
    "logit",
    "on_circle",
    "sideways",
    "time_on_circle",
    "travel",
    "triangle",
]

FAR = 800.0
"""An ℓ at which the sine, exp(-ℓ), is zero in double precision: the end of the flow."""


def triangle(m0: ArrayLike, rho: ArrayLike, c: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Validate three overlaps and broadcast them; they must be those of three unit vectors."""
    m0, rho = between("m0", m0, 0, 1), between("rho", rho, 0, 1)
    shape = broadcastable(m0=m0, rho=rho)
    if c is None:
        c = m0 * rho
    else:
        c = between("c", c, 0, 1)
        shape = broadcastable(m0=m0, rho=rho, c=c)
        room = np.sqrt((1 - m0**2) * (1 - rho**2))
        wrong = np.broadcast_to(np.abs(c - m0 * rho) > room + 1e-12, shape)
        if np.any(wrong):
            first = [float(np.broadcast_to(a, shape)[wrong][0]) for a in (c, m0 * rho, room)]
            raise ValueError(
                f"c = {first[0]}; allowed: within {first[2]:g} of m0 * rho = {first[1]:g}, "
                "else no three unit vectors have these overlaps"
            )
    return np.broadcast_to(m0, shape), np.broadcast_to(rho, shape), np.broadcast_to(c, shape)


def sideways(m0: Array, rho: Array, c: Array) -> Array:
    """Overlap of the truth with the unit vector of the circle's plane orthogonal to w_t."""
    span = np.sqrt((1 - c) * (1 + c))
    # m0 − c rho, without cancellation where rho is close to 1 and c = m0 rho.
    excess = m0 * (1 - rho) * (1 + rho) + rho * (m0 * rho - c)
    return np.where(span > 0, excess / np.where(span > 0, span, 1), 0.0)


def on_circle(m: Array, side: Array, rho: Array, aside: Array) -> Array:
    """Overlap with the truth where the one with the supervisor is m; ``aside`` is from `sideways`."""
    return np.clip(rho * m + side * aside, -1, 1)


def logit(m: Array) -> Array:
    """ℓ = log(m/√(1 − m²))."""
    return np.log(m) - 0.5 * np.log((1 - m) * (1 + m))


def from_logit(ell: Array) -> tuple[Array, Array]:
    """Overlap m and sine √(1 − m²) at ℓ."""
    radius = np.hypot(1, np.exp(-np.abs(ell)))
    return np.exp(np.minimum(ell, 0)) / radius, np.exp(np.minimum(-ell, 0)) / radius


def clock(ell: Array, degree: int) -> Array:
    """Return the time at which the flow of this degree passes ℓ, up to a constant.

    2k t = ∫ dm / (m^{k−1}(1 − m²)), by the recursion 1/(mʲ(1−m²)) = 1/mʲ + 1/(m^{j−2}(1−m²)).
    """
    m, _ = from_logit(ell)
    if degree % 2 == 0:
        total = ell
    else:  # artanh m = log(1 + m) − log √(1 − m²)
        total = np.log1p(m) + np.maximum(ell, 0) + 0.5 * np.log1p(np.exp(-2 * np.abs(ell)))
    with np.errstate(over="ignore"):  # -inf: no double holds the time since
        for power in range(2 + (degree - 1) % 2, degree, 2):
            total = total - m ** (1 - power) / (power - 1)
    return total / (2 * degree)


def travel(ell: Array, goal: Array, degree: int) -> Array:
    """Time of the flow from ℓ to a later one; 0 if the goal is not later.

    Raises
    ------
    ValueError
        If no double holds it.
    """
    time = clock(np.maximum(goal, ell), degree) - clock(ell, degree)
    if not np.all(np.isfinite(time)):
        raise ValueError(
            f"degree = {degree} from an overlap of {np.exp(np.min(ell)):.3g} with the supervisor; "
            "allowed: starts whose time fits a double"
        )
    return time


def time_on_circle(
    time: Callable[[Array, Array, Array, int], Array],
    m0: ArrayLike,
    rho: ArrayLike,
    degree: int,
    c: ArrayLike | None,
) -> Numbers:
    """Validate, and evaluate ``time(m0, rho, c, degree)`` on 1-D arrays, a portion at a time."""
    degree, independent = integer("degree", degree, 2), c is None
    m0, rho, c = triangle(m0, rho, c)
    lost = independent & (m0 > 0) & (rho > 0) & (c == 0)
    if np.any(lost):
        raise ValueError(
            f"m0 = {m0[lost][0]:g} with rho = {rho[lost][0]:g}; allowed: products that fit a double"
        )
    return scalar(
        in_portions(lambda m0, rho, c: time(m0, rho, c, degree), m0, rho, c, bytes_each=400)
    )


def advance(c: Array, degree: int, times: Array) -> tuple[Array, Array]:
    """Overlap with the supervisor, and its sine, after the given times (inf included) from c."""
    return in_portions(
        lambda c, times: _advance(c, degree, times), c, times, bytes_each=400, unit="the flow"
    )


def _advance(c: Array, degree: int, times: Array) -> tuple[Array, Array]:
    moving = (c > 0) & (c < 1) & (times > 0)
    start = logit(np.where(moving, c, 0.5))
    ell = np.where(np.isinf(times), FAR, start)
    begun = clock(start, degree)
    # Where the clock reads -inf, a start this close to the equator outlasts every finite time.
    solve = moving & np.isfinite(times) & np.isfinite(begun)
    ell[solve] = _later(start[solve], begun[solve], times[solve], degree)
    m, side = from_logit(ell)
    return np.where(moving, m, c), np.where(moving, side, np.sqrt((1 - c) * (1 + c)))


def _later(start: Array, begun: Array, times: Array, degree: int) -> Array:
    """ℓ after finite times, at most `FAR`; ``begun`` is the clock at the start."""
    end = clock(np.array(FAR), degree)
    time = np.minimum(times, end - begun)
    goal = np.where(times < end - begun, begun + time, end)
    # dℓ/dt = 2k m^{k−2} lies between its first value and 2k: a bracket that always holds.
    with np.errstate(over="ignore"):
        slow, fast = 2 * degree * from_logit(start)[0] ** (degree - 2) * time, 2 * degree * time
    low, high = np.minimum(start + slow, FAR), np.minimum(start + fast, FAR)
    if degree == 2:
        return low
    return elementwise.find_root(
        lambda ell, goal: clock(ell, degree) - goal,
        (low - 1e-9 * (1 + np.abs(low)), high + 1e-9 * (1 + np.abs(high))),
        args=(goal,),
        tolerances={"xatol": 0, "fatol": 0},
    ).x
