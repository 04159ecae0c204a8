"""Pictures along pre-training: the recovered gap with its fit, and the gap against what goes with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection

from w2slib.figures.axes import describe, zero_line
from w2slib.figures.colours import COLOURS
from w2slib.figures.plots import Artists, axes_of, interval_band

__all__ = ["gap_against", "recovered_gap"]


def recovered_gap(
    study: Any,
    *,
    label: str = "PGR",
    control: Any = None,
    change: Any = None,
    ax: Axes | None = None,
) -> Artists:
    """Draw the recovered gap of the mean accuracies at every checkpoint, with its 95 % interval.

    Parameters
    ----------
    study : w2slib.studies.transitions.Study
        What was measured.
    label : str
        Legend entry.
    control : Study, optional
        The same with shuffled labels.
    change : w2slib.studies.transitions.ChangePoint, optional
        A fit, drawn as a dashed line, and the interval in which weak-to-strong generalization
        begins.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    dict
        The artists: ``gap``, ``control``, ``fit``, ``crossing`` (those drawn) and ``zero``.

    Examples
    --------
    >>> from w2slib.studies.transitions import Study
    >>> steps, rates = np.array([0, 1, 2]), np.array([[0.5, 0.6], [0.6, 0.7], [0.7, 0.8]])
    >>> study = Study(steps, np.array([0.6, 0.6]), rates, rates + 0.1, rates, rates)
    >>> sorted(recovered_gap(study))
    ['gap', 'zero']
    """
    ax = axes_of(ax)
    steps = study.steps + 1
    artists: Artists = {"gap": interval_band(steps, study.recovered, label=label, ax=ax)}
    if control is not None:
        shuffled = "control: shuffled labels"
        artists["control"] = interval_band(steps, control.recovered, label=shuffled, index=1, ax=ax)
    if change is None:
        artists["zero"] = ax.axhline(0, color="black", linestyle="--", linewidth=1.4)
    else:
        (fit,) = ax.plot(steps, change(study.steps), "--", color="black", label="fit")
        # An interval without end reaches to the last step.
        low, high = np.minimum([change.crossing.low, change.crossing.high], study.steps[-1]) + 1
        style: dict[str, Any] = {"color": COLOURS[4], "alpha": 0.3, "label": "W2SG begins (95 %)"}
        artists |= {"fit": fit, "crossing": ax.axvspan(low, high, **style), "zero": zero_line(ax)}
    describe(ax, "step", "PGR", log="x", legend="best")
    return artists


def gap_against(
    x: np.ndarray, study: Any, xlabel: str, *, ax: Axes | None = None, **kwargs: Any
) -> PathCollection:
    """Draw one point for each checkpoint, darker with the step: recovered gap against ``x``.

    The gap is that of the mean accuracies, as in `recovered_gap`.

    Parameters
    ----------
    x : ndarray, shape (checkpoints, seeds)
        What the gap goes with; the mean over the seeds is drawn.
    study : w2slib.studies.transitions.Study
        What was measured.
    xlabel : str
        What ``x`` is.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    **kwargs
        Passed on to ``Axes.scatter``, for instance ``s=16``.

    Examples
    --------
    >>> from w2slib.studies.transitions import Study
    >>> steps, rates = np.array([0, 1, 2]), np.array([[0.5, 0.6], [0.6, 0.7], [0.7, 0.8]])
    >>> study = Study(steps, np.array([0.6, 0.6]), rates, rates + 0.1, rates, rates)
    >>> len(gap_against(rates, study, "probe accuracy").get_offsets())
    3
    """
    ax = axes_of(ax)
    shade = np.log2(study.steps + 1)
    style: dict[str, Any] = {
        "s": 22,
        "cmap": "viridis_r",
        "edgecolor": "#333333",
        "linewidth": 0.4,
    } | kwargs
    points = ax.scatter(x.mean(axis=1), study.recovered.value, c=shade, **style)
    ax.axhline(0, color="black", linestyle="--", linewidth=1.2)
    describe(ax, xlabel, "PGR")
    return points
