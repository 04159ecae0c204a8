"""The visual vocabulary of this book: what a colour, a line style and a marker mean, everywhere.

- *Blue* means the student wins (L_s < L_t), *orange* the teacher; the map is centred at zero, and
  blue runs to a darker grey than orange, so that the sign survives a black-and-white print.
- *Dashed* lines are theory, *circles with error bars* (mean ± 2 standard errors) are simulations.
- A *solid black* contour is L_s = L_t, a *dashed black* line the teacher.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.rcsetup import cycler

__all__ = [
    "COLOURS",
    "DIVERGING",
    "DIVERGING_COLOURS",
    "MARKERS",
    "STYLE",
    "THEORY_CONTOUR",
    "symmetric_norm",
]

DIVERGING_COLOURS = ("#053061", "#2f79b5", "#a7cfe4", "#f7f7f7", "#fddbb0", "#f2a654", "#d9741a")
"""Seven colours from "student wins by far" over "no difference" to "teacher wins by far"."""

DIVERGING = LinearSegmentedColormap.from_list("w2s_diverging", DIVERGING_COLOURS)
"""Colour map of every L_s − L_t in the book; use it with a norm centred at zero."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette: distinguishable with any colour vision."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""Markers that go with `COLOURS`, so that curves differ in grey as well."""

THEORY_CONTOUR = "#b2182b"

STYLE: dict[Any, Any] = {
    "figure.dpi": 110,
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.labelsize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "axes.prop_cycle": cycler(color=COLOURS),
}


def symmetric_norm(difference: np.ndarray, limit: float | None = None) -> TwoSlopeNorm:
    """Colour norm centred at zero.

    Parameters
    ----------
    difference : ndarray
        What will be drawn.
    limit : float, optional
        Largest absolute value shown; by default the larger of the two extremes.

    Returns
    -------
    matplotlib.colors.TwoSlopeNorm

    Examples
    --------
    >>> symmetric_norm(np.array([-1.0, 3.0])).vmin
    -3.0
    """
    limit = float(np.max(np.abs(difference))) if limit is None else limit
    return TwoSlopeNorm(0.0, -limit, limit)
