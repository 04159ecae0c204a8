r"""Chapter title: a student that keeps a share of its teacher's answer.

TODO(chapter_name): replace this example, which works, by the chapter's own theory.

Setting. The *teacher* answers :math:`\beta_t = \beta_\star + \sigma z/\sqrt d` with
:math:`z \sim N(0, I_d)` and :math:`\beta_\star \sim N(0, I_d/d)`. The *student* answers
:math:`s\beta_t`, a share :math:`s` of it. Errors are :math:`E\|\hat\beta - \beta_\star\|^2`.
"""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial

import numpy as np

from w2slib.core.results import Estimate
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Numbers, Rng
from w2slib.core.validation import between, broadcastable, grid, integer, noise, scalar, single

__all__ = ["best_share", "simulate", "student_error", "teacher_error", "winning_interval"]

# ---------------------------------------------------------------------------------- theory


def teacher_error(noise_var: ArrayLike) -> Numbers:
    r"""Error of the teacher, :math:`L_t = \sigma^2`.

    Examples
    --------
    >>> teacher_error(0.5)
    0.5
    """
    return scalar(noise(noise_var))


def student_error(share: ArrayLike, noise_var: ArrayLike) -> Numbers:
    r"""Error of a student that keeps a share of its teacher's answer.

    .. math:: L_s = (1 - s)^2 + s^2\sigma^2

    Parameters
    ----------
    share : array_like
        Share s, between 0 and 1.
    noise_var : array_like
        Variance of the noise in the teacher's answer.

    Examples
    --------
    >>> student_error(0.5, [0.0, 1.0])
    array([0.25, 0.5 ])
    """
    share, noise_var = between("share", share, 0, 1), noise(noise_var)
    broadcastable(share=share, noise_var=noise_var)
    return scalar((1 - share) ** 2 + share**2 * noise_var)


# ------------------------------------------------------------------------------ simulation


@simulator
def simulate(
    share: ArrayLike,
    noise_var: float,
    *,
    dim: int = 400,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> tuple[Estimate, Estimate]:
    """Errors of teacher and student with sampled targets and noise.

    Parameters
    ----------
    share : array_like
        One share or a one-dimensional array of them.

    Returns
    -------
    teacher, student : Estimate
        A number, and one for each share.

    Examples
    --------
    >>> teacher, student = simulate([0.5, 1.0], 0.5, n_trials=5, rng=0)
    >>> student.mean.shape, bool(student.mean[0] < teacher.mean)
    ((2,), True)
    """
    shares = grid("share", between("share", share, 0, 1))
    deviation = single("noise_var", noise(noise_var)) ** 0.5
    trial = partial(_trial, shares, deviation, integer("dim", dim))
    teacher, student = run_trials(trial, n_trials, np.random.default_rng(rng), executor)
    return teacher, student


def _trial(
    shares: Array, deviation: float, dim: int, rng: np.random.Generator
) -> tuple[float, Array]:
    target, z = rng.standard_normal((2, dim)) / dim**0.5
    answer = target + deviation * z
    errors = [float(np.sum((share * answer - target) ** 2)) for share in (1.0, *shares)]
    return errors[0], np.array(errors[1:])


# --------------------------------------------------------------------------------- verdict


def best_share(noise_var: ArrayLike) -> Numbers:
    r"""Share with the smallest error, :math:`s^\star = 1/(1 + \sigma^2)`.

    Examples
    --------
    >>> best_share(1.0)
    0.5
    """
    return scalar(1 / (1 + noise(noise_var)))


def winning_interval(noise_var: ArrayLike) -> tuple[Numbers, Numbers]:
    r"""Shares between which the student beats its teacher; (nan, nan) if there are none.

    .. math:: \max\Bigl(0, \frac{1 - \sigma^2}{1 + \sigma^2}\Bigr) < s < 1

    Examples
    --------
    >>> winning_interval(0.5)
    (0.3333333333333333, 1.0)
    >>> winning_interval(0.0)
    (nan, nan)
    """
    noise_var = noise(noise_var)
    some = noise_var > 0
    low = np.where(some, np.maximum(0, (1 - noise_var) / (1 + noise_var)), np.nan)
    return scalar(low), scalar(np.where(some, 1.0, np.nan))
