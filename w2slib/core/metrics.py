"""Measures of success that several chapters share."""

from __future__ import annotations

import numpy as np

from w2slib.validation import broadcastable, real, scalar


def performance_gap_recovered(weak, student, ceiling):
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
        Shape of the broadcast arguments, no unit. ``nan`` where ``ceiling >= weak``: there is no gap
        to recover, and the ratio would be a huge number or have the wrong sign.

    Raises
    ------
    ValueError
        If an error is not finite or the shapes do not broadcast.

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
