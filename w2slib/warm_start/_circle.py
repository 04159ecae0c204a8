"""The great circle from start to supervisor, and the clock that says when the flow is where on it."""

from __future__ import annotations

import numpy as np
from scipy.optimize import elementwise

from w2slib.validation import (
    between,
    broadcastable,
    grid,
)


def _triangle(m0, rho, c) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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
            first = tuple(float(np.broadcast_to(a, shape)[wrong][0]) for a in (c, m0 * rho, room))
            raise ValueError(
                f"c = {first[0]}; allowed: within {first[2]:g} of m0 * rho = {first[1]:g}, "
                "else no three unit vectors have these overlaps"
            )
    return tuple(np.broadcast_to(a, shape) for a in (m0, rho, c))


def _times(times) -> np.ndarray:
    return grid("times", times)


def _sideways(m0, rho, c) -> np.ndarray:
    """Overlap of the truth with the unit vector of the circle's plane orthogonal to w_t."""
    span = np.sqrt(np.maximum(1 - c**2, 0))
    return np.where(span > 0, (m0 - c * rho) / np.where(span > 0, span, 1), 0.0)


def _on_circle(supervisor, m0, rho, c) -> np.ndarray:
    side = np.sqrt(np.maximum(1 - supervisor**2, 0))
    return np.clip(rho * supervisor + side * _sideways(m0, rho, c), -1, 1)


def _logit(m) -> np.ndarray:
    """ℓ = log(m/√(1 − m²)): the coordinate in which the flow is dℓ/dt = 2k m^{k−2}."""
    return np.log(m) - 0.5 * np.log((1 - m) * (1 + m))


def _from_logit(ell) -> np.ndarray:
    return 1 / np.sqrt(1 + np.exp(-2 * ell))


def _clock(ell, degree: int) -> np.ndarray:
    """Return the time at which the flow of this degree passes ℓ, up to a constant.

    2k t = ∫ dm / (m^{k−1}(1 − m²)), by the recursion 1/(mʲ(1−m²)) = 1/mʲ + 1/(m^{j−2}(1−m²)).
    """
    m = _from_logit(ell)
    # artanh m = log(1 + m) + log(1/√(1 − m²)), and m/√(1 − m²) = e^ℓ: exact however close m is to 1.
    total = ell if degree % 2 == 0 else np.log1p(m) + ell - np.log(m)
    for power in range(2 + (degree - 1) % 2, degree, 2):
        total = total - m ** (1 - power) / (power - 1)
    return total / (2 * degree)


def _advance(c, degree: int, times) -> np.ndarray:
    """Overlap with the supervisor after the given times, started from c."""
    c, times = np.broadcast_arrays(c, times)
    moving = (c > 0) & (c < 1) & (times > 0)
    ell0 = _logit(np.where(moving, c, 0.5))
    duration = np.where(moving, times, 0.0)
    # dℓ/dt = 2k m^{k−2} lies between its first value and 2k: a bracket that always holds.
    low = ell0 + 2 * degree * _from_logit(ell0) ** (degree - 2) * duration
    high = ell0 + 2 * degree * duration
    if degree == 2:
        ell = low
    else:
        goal = _clock(ell0, degree) + duration
        ell = elementwise.find_root(
            lambda ell, goal: _clock(ell, degree) - goal,
            (low - 1e-9 * (1 + np.abs(low)), high + 1e-9 * (1 + np.abs(high))),
            args=(goal,),
            tolerances={"xatol": 0, "fatol": 0},
        ).x
    return np.where(moving, _from_logit(ell), c)
