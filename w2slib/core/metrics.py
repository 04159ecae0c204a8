"""Measures of success that several chapters share."""

from __future__ import annotations

import numpy as np

from w2slib.core.results import Estimate
from w2slib.core.types import ArrayLike, Numbers
from w2slib.core.validation import broadcastable, real, scalar


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


def recovered_with_error(weak: Estimate, difference: Estimate, ceiling: Estimate) -> Estimate:
    r"""Simulated performance gap recovered, with a conservative standard error.

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

    Notes
    -----
    First-order error propagation with all errors added up as if fully correlated. Source: this book.

    Examples
    --------
    >>> half = Estimate(np.array(0.5), np.array(0.0))
    >>> pgr = recovered_with_error(half, Estimate(np.array(-0.1), np.array(0.01)),
    ...                            Estimate(np.array(0.3), np.array(0.0)))
    >>> float(pgr.mean), float(pgr.stderr.round(12))
    (0.5, 0.05)
    """
    gap = weak.mean - ceiling.mean
    gap = np.where(gap > 0, gap, np.nan)
    pgr = -difference.mean / gap
    stderr = (difference.stderr + np.abs(pgr) * (weak.stderr + ceiling.stderr)) / gap
    return Estimate(pgr, stderr)
