"""Drawings of arrays: phase diagrams, curves with error bars, spectra, flow charts.

Functions draw what they are given: they take ``ax=None``, return the artists, and neither compute
theory nor change global settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.text import Text

from w2slib.figures.colours import (
    COLOURS,
    DIVERGING,
    MARKERS,
    STYLE,
    THEORY_CONTOUR,
    symmetric_norm,
)

__all__ = [
    "band",
    "curve",
    "flow_chart",
    "interval_band",
    "phase_diagram",
    "phase_row",
    "spectrum",
    "subplots",
    "teacher_line",
]


Artists: TypeAlias = dict[str, Any]
"""What a drawing function returns: the artists that it drew, by name."""


LINE_STYLES = ("-", "--", "-.", ":")
"""Of curves over seeds, in their order."""


def subplots(nrows: int = 1, ncols: int = 1, **kwargs: Any) -> tuple[Figure, Any]:
    """Make a figure in the book's style: `matplotlib.pyplot.subplots` with constrained layout.

    Parameters
    ----------
    nrows, ncols : int
        Panels.
    **kwargs
        Passed on; ``figsize`` defaults to 4.6 by 3.4 inches for each panel.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes or ndarray of them

    Examples
    --------
    >>> fig, axes = subplots(1, 2)
    >>> len(axes)
    2
    """
    kwargs = {"figsize": (4.6 * ncols, 3.4 * nrows), "layout": "constrained"} | kwargs
    with mpl.rc_context(STYLE):
        return plt.subplots(nrows, ncols, **kwargs)


def axes_of(ax: Axes | None, **kwargs: Any) -> Axes:
    """Where to draw: what the caller gave, or a new figure.

    Examples
    --------
    >>> axes = axes_of(None)
    >>> axes_of(axes) is axes
    True
    """
    return subplots(**kwargs)[1] if ax is None else ax


def phase_diagram(
    x: np.ndarray,
    y: np.ndarray,
    difference: np.ndarray,
    *,
    theory: np.ndarray | None = None,
    marker: float | None = None,
    marker_label: str = r"$\lambda_t = \lambda_t^\star$",
    limit: float | None = None,
    bands: int = 8,
    log: str = "xy",
    xlabel: str = r"teacher's penalty $\lambda_t$",
    ylabel: str = r"student's penalty $\lambda_s$",
    title: str | None = None,
    colorbar: bool = True,
    label: str = r"$L_s - L_t$  (blue: student wins)",
    ax: Axes | None = None,
) -> Artists:
    """Draw where the student beats its teacher, in the style of Figure 1 of [Mechanisms].

    Parameters
    ----------
    x, y : ndarray, shapes (X,) and (Y,)
        The two parameters.
    difference : ndarray, shape (Y, X)
        L_s − L_t, drawn as filled contours with the solid contour L_s = L_t.
    theory : ndarray, shape (Y, X), optional
        Theoretical L_s − L_t, drawn as dashed red contours at the same levels.
    marker : float, optional
        A vertical dashed line, for instance the optimal teacher.
    marker_label : str
        Its legend entry.
    limit : float, optional
        Largest absolute value of the colour scale; values beyond it take the end colours.
    bands : int
        Number of colour bands on either side of zero.
    log : str
        Which axes are logarithmic, a subset of "xy".
    xlabel, ylabel, title : str
        Labels.
    colorbar : bool
        Whether to draw the colour scale.
    label : str
        Its label.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    dict
        The artists: ``filled``, ``zero``, ``theory``, ``marker``, ``colorbar`` (those drawn).

    Examples
    --------
    >>> x = np.logspace(-1, 1, 5)
    >>> artists = phase_diagram(x, x, np.subtract.outer(x, x))
    >>> sorted(artists)
    ['colorbar', 'filled', 'zero']
    """
    ax = axes_of(ax)
    norm = symmetric_norm(difference, limit)
    half = np.linspace(0, float(norm.vmax or 0), bands + 1)
    levels = np.concatenate([-half[:0:-1], half])
    artists: Artists = {
        "filled": ax.contourf(x, y, difference, levels, cmap=DIVERGING, norm=norm, extend="both")
    }
    if np.min(difference) < 0 < np.max(difference):
        artists["zero"] = ax.contour(x, y, difference, [0.0], colors="black", linewidths=1.8)
    if theory is not None:
        artists["theory"] = ax.contour(
            x, y, theory, levels, colors=THEORY_CONTOUR, linewidths=0.9, linestyles="dashed"
        )
    if marker is not None:
        artists["marker"] = ax.axvline(marker, color="black", linestyle="--", label=marker_label)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.grid(False)
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")
    if colorbar:
        artists["colorbar"] = ax.figure.colorbar(artists["filled"], ax=ax, label=label)
    return artists


def phase_row(
    x: np.ndarray,
    y: np.ndarray,
    panels: Mapping[str, np.ndarray | tuple[np.ndarray, np.ndarray]],
    *,
    figsize: tuple[float, float] | None = None,
    **kwargs: Any,
) -> tuple[Figure, Any]:
    """Draw phase diagrams side by side, with one scale of colours and one vertical axis.

    Parameters
    ----------
    x, y : ndarray, shapes (X,) and (Y,)
        The two parameters.
    panels : mapping of str to ndarray or (ndarray, ndarray)
        For each title the difference, or the difference and its theory, shape (Y, X) each.
    figsize : tuple of float, optional
        Width and height; by default 5.2 inches a panel and 4.2.
    **kwargs
        Passed on to `phase_diagram`; a ``limit`` makes the colours comparable.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : ndarray of matplotlib.axes.Axes

    Examples
    --------
    >>> x = np.logspace(-1, 1, 5)
    >>> fig, axes = phase_row(x, x, {"a": np.subtract.outer(x, x), "b": np.ones((5, 5))}, limit=1)
    >>> [ax.get_title() for ax in axes]
    ['a', 'b']
    """
    size = (5.2 * len(panels), 4.2) if figsize is None else figsize
    fig, axes = subplots(1, len(panels), figsize=size, sharey=True, squeeze=False)
    for ax, (title, shown) in zip(axes[0], panels.items(), strict=True):
        difference, theory = shown if isinstance(shown, tuple) else (shown, None)
        last = ax is axes[0, -1]
        phase_diagram(x, y, difference, theory=theory, title=title, colorbar=last, ax=ax, **kwargs)
    for ax in axes[0, 1:]:
        ax.set_ylabel("")
    return fig, axes[0]


def curve(
    x: np.ndarray,
    theory: np.ndarray | None = None,
    *,
    mean: np.ndarray | None = None,
    stderr: np.ndarray | None = None,
    x_simulated: np.ndarray | None = None,
    sample: tuple[Any, ...] | None = None,
    every: int = 1,
    label: str | None = None,
    index: int = 0,
    ax: Axes | None = None,
) -> Artists:
    """Draw one quantity: theory as a dashed line, simulation as markers with its errors.

    Error bars are ± 2 standard errors, or the 95 % interval where the sample has one.

    Parameters
    ----------
    x : ndarray, shape (N,)
        Abscissa of the theory.
    theory : ndarray, shape (N,), optional
        Theoretical values.
    mean, stderr : ndarray, shape (M,), optional
        Simulated mean and standard error.
    x_simulated : ndarray, shape (M,), optional
        Abscissa of the simulation; ``x`` by default.
    sample : tuple, optional
        The simulation in one piece instead: ``(x_simulated, mean, stderr)`` or
        ``(x_simulated, estimate)``, where the estimate has ``mean`` and ``stderr``, or, like an
        `w2slib.simulation.Interval`, ``value``, ``low`` and ``high``; or is a list of such objects, one
        for each point. A dotted line from top to bottom is an interval without end.
    every : int
        Draw one of so many points of the sample, beginning with the first.
    label : str, optional
        Legend entry (given to the theory, or to the simulation when there is no theory).
    index : int
        Which colour and marker.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    dict
        The artists: ``theory``, ``simulation`` and ``unbounded`` (those drawn).

    Examples
    --------
    >>> x = np.arange(3.0)
    >>> sorted(curve(x, x, mean=x, stderr=0.1 * np.ones(3)))
    ['simulation', 'theory']
    """
    ax = axes_of(ax)
    margins = None if stderr is None else 2 * np.asarray(stderr)
    if sample is not None:
        x_simulated, mean, margins = (
            None if part is None else np.asarray(part)[..., ::every] for part in _unpacked(*sample)
        )
    colour, marker = COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)]
    artists: Artists = {}
    if theory is not None:
        (artists["theory"],) = ax.plot(x, theory, "--", color=colour, label=label)
    if mean is not None:
        place = np.asarray(x if x_simulated is None else x_simulated)
        finite = True if margins is None else np.all(np.isfinite(np.atleast_2d(margins)), axis=0)
        artists["simulation"] = ax.errorbar(
            place,
            mean,
            yerr=None if margins is None else np.where(finite, margins, np.nan),
            fmt=marker,
            color=colour,
            markersize=4.5,
            capsize=2,
            label=label if theory is None else None,
        )
        if not np.all(finite):
            artists["unbounded"] = [
                ax.axvline(at, color=colour, linestyle=":", linewidth=1) for at in place[~finite]
            ]
    return artists


def _unpacked(x: Any, *values: Any) -> tuple[Any, Any, Any]:
    """Abscissa, mean and margins of a sample; margins below and above where they differ."""
    if len(values) == 2:
        mean, stderr = values
        return x, mean, None if stderr is None else 2 * np.asarray(stderr)
    (estimate,) = values
    if isinstance(estimate, (list, tuple)):
        parts = [_unpacked(None, each)[1:] for each in estimate]
        means, margins = zip(*parts, strict=True)
        return x, np.array(means), np.stack(margins, axis=-1)
    if hasattr(estimate, "stderr"):
        return x, estimate.mean, 2 * np.asarray(estimate.stderr)
    value, low, high = (np.asarray(part) for part in (estimate.value, estimate.low, estimate.high))
    return x, value, np.stack([value - low, high - value])


def band(
    x: np.ndarray,
    values: np.ndarray,
    *,
    label: str | None = None,
    index: int = 0,
    ax: Axes | None = None,
) -> Artists:
    """Draw the mean over seeds as a line and ± 2 standard errors as a band around it.

    Parameters
    ----------
    x : ndarray, shape (N,)
        Abscissa.
    values : ndarray, shape (N, S)
        One column for each of at least two seeds.
    label : str, optional
        Legend entry.
    index : int
        Which colour and line style.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    dict
        The artists ``line`` and ``band``.

    Examples
    --------
    >>> sorted(band(np.arange(3.0), np.ones((3, 2))))
    ['band', 'line']
    """
    mean = values.mean(axis=1)
    margin = 2 * values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
    return _line_in_band(x, mean, mean - margin, mean + margin, label, index, axes_of(ax))


def interval_band(
    x: np.ndarray,
    interval: Any,
    *,
    label: str | None = None,
    index: int = 0,
    ax: Axes | None = None,
) -> Artists:
    """Draw an estimate as a line and its interval as a band around it.

    Parameters
    ----------
    x : ndarray, shape (N,)
        Abscissa.
    interval : w2slib.simulation.Interval
        ``value``, ``low`` and ``high``, shape (N,).
    label, index, ax
        As for `band`.

    Returns
    -------
    dict
        The artists ``line`` and ``band``. Where the interval has no end there is no band.

    Examples
    --------
    >>> from w2slib.metrics import binomial_interval
    >>> sorted(interval_band(np.arange(3), binomial_interval([0, 1, 2], 2)))
    ['band', 'line']
    """
    low, high = (
        np.where(np.isfinite(part), part, np.nan) for part in (interval.low, interval.high)
    )
    return _line_in_band(x, interval.value, low, high, label, index, axes_of(ax))


def _line_in_band(
    x: np.ndarray,
    middle: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    label: str | None,
    index: int,
    ax: Axes,
) -> Artists:
    colour, style = COLOURS[index % len(COLOURS)], LINE_STYLES[index % len(LINE_STYLES)]
    (line,) = ax.plot(x, middle, style, color=colour, label=label)
    shade = ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    return {"line": line, "band": shade}


def teacher_line(
    value: float, *, label: str = r"teacher $L_t$", color: str = "black", ax: Axes
) -> Line2D:
    """Draw the teacher's error as a dashed horizontal line, black unless there are several; return it.

    Examples
    --------
    >>> fig, ax = subplots()
    >>> teacher_line(0.5, ax=ax).get_linestyle()
    '--'
    """
    return ax.axhline(value, color=color, linestyle="--", linewidth=1.4, label=label)


def spectrum(
    eigenvalues: np.ndarray,
    x: np.ndarray,
    density: np.ndarray,
    *,
    bins: int = 60,
    label: str = "Marchenko-Pastur",
    ax: Axes | None = None,
) -> Artists:
    """Draw a histogram of sample eigenvalues under a theoretical density.

    Parameters
    ----------
    eigenvalues : ndarray
        Sample eigenvalues, all of them (the histogram integrates to 1).
    x, density : ndarray, shape (N,)
        Theory.
    bins : int
        Number of bins over the range of ``x`` and the eigenvalues.
    label : str
        Legend entry of the theory.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    dict
        The artists ``histogram`` and ``theory``.

    Examples
    --------
    >>> sorted(spectrum(np.ones(5), np.linspace(0, 2, 3), np.ones(3)))
    ['histogram', 'theory']
    """
    ax = axes_of(ax)
    edges = np.linspace(min(x[0], eigenvalues.min()), max(x[-1], eigenvalues.max()), bins + 1)
    _, _, bars = ax.hist(
        eigenvalues, edges.tolist(), density=True, color="#9ecae1", edgecolor="#5b8db3", linewidth=0.4,
        label="one sample",
    )  # fmt: skip
    (line,) = ax.plot(x, density, "--", color=COLOURS[1], label=label)
    ax.set(xlabel="eigenvalue", ylabel="density")
    return {"histogram": bars, "theory": line}


def flow_chart(
    boxes: Sequence[tuple[float, float, str]],
    arrows: Sequence[tuple[int, int, str]],
    *,
    colours: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Artists:
    """Draw labelled boxes joined by labelled arrows, for diagrams of a setting.

    Parameters
    ----------
    boxes : sequence of (x, y, text)
        Centres in a 10 by 4 canvas, and their text.
    arrows : sequence of (from, to, text)
        Indices of boxes, and the label above the arrow.
    colours : sequence of str, optional
        Face colour of each box.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    dict
        The artists: lists ``boxes``, ``arrows`` and ``labels``.

    Examples
    --------
    >>> artists = flow_chart([(2, 2, "teacher"), (8, 2, "student")], [(0, 1, "labels")])
    >>> len(artists["boxes"]), len(artists["arrows"])
    (2, 1)
    """
    ax = axes_of(ax, figsize=(8.6, 3.2))
    ax.set(xlim=(0, 10), ylim=(0, 4))
    ax.axis("off")
    colours = ["#f2f2f2"] * len(boxes) if colours is None else colours
    texts = [_box(ax, *box, colour) for box, colour in zip(boxes, colours, strict=True)]
    artists: Artists = {"boxes": [text.get_bbox_patch() for text in texts]}
    artists["arrows"] = [_arrow(ax, texts[start], texts[end]) for start, end, _ in arrows]
    artists["labels"] = [
        _arrow_label(ax, boxes[start][:2], boxes[end][:2], label) for start, end, label in arrows
    ]
    return artists


def _box(ax: Axes, x: float, y: float, text: str, colour: str) -> Text:
    style = {"boxstyle": "round,pad=0.55", "facecolor": colour, "edgecolor": "#444444"}
    return ax.text(x, y, text, ha="center", va="center", fontsize=10, bbox=style, zorder=3)


def _arrow(ax: Axes, start: Text, end: Text) -> Patch:
    """Arrow between the centres of two boxes, cut off at their borders."""
    arrow = FancyArrowPatch(
        start.get_position(), end.get_position(), arrowstyle="-|>", mutation_scale=14,
        color="#444444", patchA=start.get_bbox_patch(), patchB=end.get_bbox_patch(),
        shrinkA=3, shrinkB=3, zorder=2,
    )  # fmt: skip
    return ax.add_patch(arrow)


def _arrow_label(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], label: str
) -> Text:
    x, y = np.mean([start, end], axis=0)
    return ax.text(x, y + 0.16, label, ha="center", va="bottom", fontsize=9, color="#333333")
