"""Every explorer of the book, with the theory that it has to agree with.

Add one `Case` for each explorer: test_explorer.py and test_site_explorer.py then check it. `exact`
has the functions of ``w2slib`` that the field's ``student`` and ``teacher`` must equal, called with
all parameters of the field by keyword; `where_it_wins` gives the exact interval of the section's
parameter on which the student wins, (nan, nan) for none, or is None if there is no closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from w2slib import (
    beyond,
    explorer,
    multi_index,
    ridge,
    warm_start,
    weighted_ridge,
)


@dataclass(frozen=True)
class Case:
    """One explorer: its id, the page it stands on, its constructor and its theory."""

    explorer_id: str
    page: str
    make: Callable[[], explorer.PhaseExplorer]
    student: Callable[..., np.ndarray]
    teacher: Callable[..., np.ndarray]
    where_it_wins: Callable[..., tuple[float, float]] | None = None


def _ridge_teacher(lam_t, gamma_t, noise_var, **_):
    return ridge.teacher_error(lam_t, gamma_t, noise_var)


def _ridge_interval(lam_t, gamma_t, gamma_s, noise_var, **_):
    return ridge.winning_interval(lam_t, gamma_t, gamma_s, noise_var)


def _one_fit(lam, gamma, noise_var):
    return ridge.teacher_error(lam, gamma, noise_var)


def _answering_zero(lam, **_):
    return np.ones(np.shape(lam))


def _multi_index_settings(share, adapter, **settings):
    return multi_index.EXAMPLE.with_hard_share(share), "adapter" if adapter else "full", settings


@np.vectorize
def _multi_index_student(**values):
    target, mode, settings = _multi_index_settings(**values)
    return multi_index.student_error(target, mode=mode, **settings)


@np.vectorize
def _multi_index_teacher(lam_t, gamma_t, share, **_):
    return multi_index.teacher_error(multi_index.EXAMPLE.with_hard_share(share), gamma_t, lam_t)


def _multi_index_interval(lam_s=None, **values):
    target, mode, settings = _multi_index_settings(**values)
    return multi_index.winning_interval(target, mode=mode, **settings)


@np.vectorize
def _warm_student(theta, time, gamma, rho, degree):
    m0 = warm_start.initial_overlap(theta, gamma)
    truth = warm_start.flow(m0, rho, int(degree), [time]).truth[0]
    return warm_start.error(truth, int(degree))


@np.vectorize
def _warm_teacher(rho, degree, **_):
    return warm_start.error(rho, int(degree))


def _warm_interval(theta, gamma, rho, degree, **_):
    m0 = warm_start.initial_overlap(theta, gamma)
    first = warm_start.winning_time(m0, rho, int(degree))
    return (first, np.nan if np.isnan(first) else np.inf)


def _beyond_teacher(lam_t, gamma, noise_var, **_):
    return ridge.teacher_error(lam_t, gamma, noise_var)


@np.vectorize
def _beyond_student(lam_t, lam_s, gamma, noise_var, shared):
    if shared:
        return beyond.shared_inputs_error(lam_t, lam_s, gamma, noise_var)
    return ridge.student_error(lam_t, lam_s, gamma, gamma, noise_var)


def _beyond_interval(lam_t, gamma, noise_var, shared, **_):
    if shared:
        end = beyond.shared_inputs_winning_end(lam_t, gamma, noise_var)
        return (np.nan if np.isnan(end) else 0.0, end)
    return ridge.winning_interval(lam_t, gamma, gamma, noise_var)


@np.vectorize
def _accuracy_student(zeta, relief, measure, **setting):
    if not measure:
        return weighted_ridge.spike_student_error(zeta=zeta, relief=relief, **setting)
    blocks = weighted_ridge.Blocks.spike(zeta, relief)
    return beyond.student_classification_error(blocks=blocks, **setting)


@np.vectorize
def _accuracy_teacher(lam_t, gamma_t, noise_var, measure, **_):
    if not measure:
        return ridge.teacher_error(lam_t, gamma_t, noise_var)
    return beyond.teacher_classification_error(lam_t, gamma_t, noise_var)


@cache
def _sampled(draw):
    return beyond.SampledTeacher.of(draw)


@np.vectorize
def _choice_student(lam_t, lam_s, draw):
    case = _sampled(int(draw))
    return case.teacher_error(lam_t) - case.gain(lam_t, lam_s)


@np.vectorize
def _choice_teacher(lam_t, draw, **_):
    return _sampled(int(draw)).teacher_error(lam_t)


HALF = {"gamma_t": 0.5, "gamma_s": 0.5}

EXPLORERS = [
    Case(
        "ridge",
        "book/ridge",
        explorer.ridge,
        ridge.student_error,
        _ridge_teacher,
        _ridge_interval,
    ),
    Case(
        "weighted-ridge",
        "book/weighted_ridge",
        explorer.weighted_ridge,
        weighted_ridge.spike_student_error,
        _ridge_teacher,
    ),
    Case("one-fit", "book/random_matrices", explorer.random_matrices, _one_fit, _answering_zero),
    Case(
        "try-it",
        "book/index",
        explorer.landing,
        partial(ridge.student_error, **HALF),
        partial(_ridge_teacher, **HALF),
        partial(_ridge_interval, **HALF),
    ),
    Case(
        "multi-index",
        "book/multi_index",
        explorer.multi_index,
        _multi_index_student,
        _multi_index_teacher,
        _multi_index_interval,
    ),
    Case(
        "warm-start",
        "book/warm_start",
        explorer.warm_start,
        _warm_student,
        _warm_teacher,
        _warm_interval,
    ),
    Case(
        "beyond", "book/beyond", explorer.beyond, _beyond_student, _beyond_teacher, _beyond_interval
    ),
    Case("accuracy", "book/beyond", explorer.accuracy, _accuracy_student, _accuracy_teacher),
    Case("diagnose", "book/beyond", explorer.diagnose, _choice_student, _choice_teacher),
]
