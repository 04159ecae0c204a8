"""`draw`: every kind of result as one picture with labelled axes.

A result's drawing is found by its type. Types are known here by name, and their modules are not
imported: whoever has a result of a chapter has that chapter.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from w2slib.figures.colours import COLOURS, MARKERS
from w2slib.figures.plots import Artists, axes_of, band, curve, phase_diagram, teacher_line

__all__ = ["draw"]

Drawing = Callable[..., Artists]

DRAWINGS: dict[str, Drawing] = {}
"""Drawing of each kind of result, by ``module:Class``."""

MOST_CURVES = 4
"""So many teachers' curves are drawn; more become a map."""

LAM_S = r"student's penalty $\lambda_s$"
LAM_T = r"teacher's penalty $\lambda_t$"
ERROR = "excess test error"


@functools.singledispatch
def draw(result: Any, ax: Axes | None = None, **options: Any) -> Artists:
    """Draw what a function of this package returned: simulations, studies, curves and regions.

    Points with error bars and bands are means ± 2 standard errors. For a picture of your own, take
    the functions of ``w2slib.figures.plots`` and the fields of the result.

    Parameters
    ----------
    result : w2slib.core.results.Result
        An instance of a type that can be drawn. ``draw.register(Type)`` decorates the drawing of
        another one, as with `functools.singledispatch`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    **options
        What the drawing of this type takes: ``checkpoint`` (an index) of decision scores.

    Returns
    -------
    dict
        The artists, by name.

    Raises
    ------
    TypeError
        If there is no drawing for this type; the message lists the types that have one.
    ValueError
        If the result has more axes than a picture.

    Examples
    --------
    >>> from w2slib import ridge
    >>> setting = dict(gamma_t=0.5, gamma_s=0.5, noise_var=0.5, dim=40, n_trials=3)
    >>> run = ridge.simulate([0.01], [0.1, 1.0], rng=0, **setting)
    >>> sorted(draw(run))
    ['student', 'teacher']
    """
    for name, drawing in DRAWINGS.items():
        module, _, kind = name.partition(":")
        type_ = vars(sys.modules[module]).get(kind) if module in sys.modules else None
        if type_ is not None and type_ not in draw.registry:
            draw.register(type_, drawing)
    known = draw.dispatch(type(result))
    if known is draw.dispatch(object):
        kinds = ", ".join(sorted({name.partition(":")[2] for name in DRAWINGS}))
        raise TypeError(f"result is of type {type(result).__name__}; allowed: {kinds}")
    return known(result, ax=ax, **options)


def _draws(*names: str) -> Callable[[Drawing], Drawing]:
    """Enter a drawing into the list."""

    def enter(drawing: Drawing) -> Drawing:
        DRAWINGS.update(dict.fromkeys(names, drawing))
        return drawing

    return enter


# ----------------------------------------------------------------------------- simulations


@_draws("w2slib.core.results:Estimate")
def _estimate(result: Any, ax: Axes | None = None) -> Artists:
    """Entries of a mean, in their order."""
    if np.ndim(result.mean) > 1:
        raise ValueError(
            f"mean has shape {np.shape(result.mean)}; allowed: a number or one axis in a picture"
        )
    mean, stderr = np.atleast_1d(result.mean), np.atleast_1d(result.stderr)
    ax = axes_of(ax)
    artists = curve(np.arange(len(mean)), mean=mean, stderr=stderr, ax=ax)
    ax.set(xlabel="entry", ylabel="mean ± 2 s.e.")
    return artists


@_draws("w2slib.core.results:RidgeSimulation")
def _ridge(result: Any, ax: Axes | None = None) -> Artists:
    """Student against its penalty, one curve for each teacher; a map for many teachers."""
    if len(result.lam_t) > MOST_CURVES and len(result.lam_s) > 1:
        return _map(result.lam_t, result.lam_s, result.difference_mean, ax)
    if len(result.lam_t) > MOST_CURVES:
        return _one_student(result, ax)
    ax = axes_of(ax)
    artists: Artists = {"student": [], "teacher": []}
    one = len(result.lam_t) == 1
    for index, lam_t in enumerate(result.lam_t):
        name = "" if one else rf", $\lambda_t = {lam_t:.3g}$"
        bars = curve(
            result.lam_s, mean=result.student_mean[:, index], stderr=result.student_stderr[:, index],
            label=f"student{name}", index=index, ax=ax,
        )  # fmt: skip
        line = teacher_line(
            float(result.teacher_mean[index]), label=f"teacher{name}",
            color="black" if one else COLOURS[index], ax=ax,
        )  # fmt: skip
        artists["student"].append(bars["simulation"])
        artists["teacher"].append(line)
    _finish(ax, LAM_S, ERROR, x=result.lam_s)
    return artists


def _one_student(result: Any, ax: Axes | None = None) -> Artists:
    """Student and teacher against the teacher's penalty."""
    ax = axes_of(ax)
    name = rf"student, $\lambda_s = {result.lam_s[0]:.3g}$"
    student = curve(
        result.lam_t,
        mean=result.student_mean[0],
        stderr=result.student_stderr[0],
        label=name,
        ax=ax,
    )
    teacher = ax.errorbar(
        result.lam_t, result.teacher_mean, 2 * result.teacher_stderr, fmt="--", color="black",
        capsize=2, label="teacher",
    )  # fmt: skip
    _finish(ax, LAM_T, ERROR, x=result.lam_t)
    return {"student": [student["simulation"]], "teacher": [teacher]}


@_draws(
    "w2slib.multi_index:HermiteSimulation",
    "w2slib.networks:NetworkSimulation",
)
def _by_mode(result: Any, ax: Axes | None = None) -> Artists:
    """Students of every mode against the penalty, and their teacher."""
    ax = axes_of(ax)
    artists: Artists = {"student": {}}
    for index, (mode, student) in enumerate(result.student.items()):
        artists["student"][mode] = curve(
            result.lam_s, mean=student.mean, stderr=student.stderr, label=mode, index=index, ax=ax
        )["simulation"]
    artists["teacher"] = teacher_line(float(result.teacher.mean), label="teacher", ax=ax)
    _finish(ax, LAM_S, ERROR, x=result.lam_s)
    return artists


@_draws("w2slib.networks:PretrainingSimulation")
def _pretraining_step(result: Any, ax: Axes | None = None) -> Artists:
    """What pre-training steps of several sizes learn of the hard direction."""
    ax = axes_of(ax)
    artists = curve(result.n_samples, mean=result.mean, stderr=result.stderr, ax=ax)
    _finish(ax, "source samples in the step", "squared overlap, ± 2 s.e.", x=result.n_samples)
    return artists


@_draws("w2slib.networks:Measurement")
def _measurement(result: Any, ax: Axes | None = None) -> Artists:
    """Measured means; what was measured without a coordinate stands at 0."""
    ax = axes_of(ax)
    x = np.nan_to_num(np.atleast_1d(result.x))
    artists = curve(
        x, mean=np.atleast_1d(result.mean), stderr=np.atleast_1d(result.stderr),
        label=f"mean of {result.n_trials} seeds", ax=ax,
    )  # fmt: skip
    _finish(ax, "penalty, or number of samples", "measured, ± 2 s.e.", x=x)
    return artists


@_draws("w2slib.synthesis:ChainSimulation")
def _chain(result: Any, ax: Axes | None = None) -> Artists:
    """Error of each generation of a chain; the first is the teacher."""
    ax = axes_of(ax)
    number = np.arange(len(result.error.mean))
    artists = curve(number, mean=result.error.mean, stderr=result.error.stderr, ax=ax)
    ax.set(xlabel="generation (0: teacher)", ylabel=ERROR, xticks=number)
    return artists


@_draws("w2slib.warm_start:FineTuningSimulation")
def _fine_tuning(result: Any, ax: Axes | None = None) -> Artists:
    """Test error of every run over the time of fine-tuning."""
    ax = axes_of(ax)
    artists: Artists = {"line": [], "band": []}
    runs = zip(np.atleast_2d(result.error_mean), np.atleast_2d(result.error_stderr), strict=True)
    for index, (mean, stderr) in enumerate(runs):
        parts = _band(result.times, mean, stderr, index, f"run {index}", ax)
        for name, artist in parts.items():
            artists[name].append(artist)
    _finish(ax, "training time", "test error of the student")
    return artists


@_draws("w2slib.warm_start:SpectralStart")
def _spectral_start(result: Any, ax: Axes | None = None) -> Artists:
    ax = axes_of(ax)
    artists = curve(result.theta, mean=result.overlap_mean, stderr=result.overlap_stderr, ax=ax)
    ax.set(xlabel=r"strength of the spike $\theta$", ylabel="overlap of the start with the truth")
    return artists


@_draws("w2slib.warm_start:Gradients")
def _gradients(result: Any, ax: Axes | None = None) -> Artists:
    """Rate at which the sampled gradient approaches the truth, one curve for each supervisor."""
    ax = axes_of(ax)
    artists: Artists = {"simulation": []}
    for index, rho in enumerate(result.rho):
        bars = curve(
            result.m, mean=result.truth_mean[:, index], stderr=result.truth_stderr[:, index],
            label=rf"supervisor $\rho = {rho:g}$", index=index, ax=ax,
        )  # fmt: skip
        artists["simulation"].append(bars["simulation"])
    artists["zero"] = ax.axhline(0, color="black", linewidth=0.8)
    _finish(ax, "overlap of the student with the truth $m$", "rate towards the truth")
    return artists


@_draws("w2slib.warm_start:Transition")
def _transition(result: Any, ax: Axes | None = None) -> Artists:
    """Student against the overlap of its start, with one line for each supervisor; and the ceiling."""
    ax = axes_of(ax)
    artists: Artists = {"student": [], "teacher": []}
    for index, weak in enumerate(result.weak):
        bars = curve(
            result.start_mean, mean=result.student_mean[:, index],
            stderr=result.student_stderr[:, index], label=f"student of {weak:.2g}", index=index, ax=ax,
        )  # fmt: skip
        line = teacher_line(
            float(weak), label=f"supervisor {weak:.2g}", color=COLOURS[index % len(COLOURS)], ax=ax
        )
        artists["student"].append(bars["simulation"])
        artists["teacher"].append(line)
    artists["ceiling"] = ax.errorbar(
        result.start_mean, result.ceiling_mean, 2 * result.ceiling_stderr, fmt=":", color="black",
        capsize=2, label="ceiling",
    )  # fmt: skip
    _finish(ax, "overlap of the start with the truth", "test error at the best time")
    return artists


# ---------------------------------------------------------------------------------- theory


@_draws("w2slib.weighted_ridge:Region")
def _region(result: Any, ax: Axes | None = None) -> Artists:
    """Map of the difference, and the points of the boundary."""
    ax = axes_of(ax)
    if min(len(result.lam_t), len(result.lam_s)) > 1:
        artists = _map(result.lam_t, result.lam_s, result.difference, ax)
    else:
        by_student = len(result.lam_t) == 1
        x = result.lam_s if by_student else result.lam_t
        artists = curve(x, result.difference.reshape(-1), ax=ax)
        artists["zero"] = ax.axhline(0, color="black", linewidth=1.8)
        _finish(ax, LAM_S if by_student else LAM_T, "$L_s - L_t$", x=x)
        return artists
    (artists["boundary"],) = ax.plot(*result.boundary.T, "k.", markersize=3)
    return artists


@_draws("w2slib.warm_start:Flow")
def _flow(result: Any, ax: Axes | None = None) -> Artists:
    """Overlaps with the truth along the flow, and with the supervisor as thin lines."""
    ax = axes_of(ax)
    truth = np.reshape(result.truth, (-1, len(result.times)))
    supervisor = np.reshape(result.supervisor, truth.shape)
    artists: Artists = {"truth": [], "supervisor": []}
    for index, (own, other) in enumerate(zip(truth, supervisor, strict=True)):
        colour, first = COLOURS[index % len(COLOURS)], index == 0
        artists["truth"] += ax.plot(
            result.times, own, "--", color=colour, label="with the truth" if first else None
        )
        artists["supervisor"] += ax.plot(
            result.times, other, ":", color=colour, label="with the supervisor" if first else None
        )
    _finish(ax, "training time", "overlap of the student")
    return artists


@_draws("w2slib.warm_start:Descent")
def _descent(result: Any, ax: Axes | None = None) -> Artists:
    ax = axes_of(ax)
    artists: Artists = {"error": []}
    for index, error in enumerate(np.reshape(result.error, (-1, len(result.times)))):
        artists["error"] += ax.plot(
            result.times, error, color=COLOURS[index % len(COLOURS)], label=f"run {index}"
        )
    _finish(ax, "training time", "test error of the student")
    return artists


@_draws("w2slib.warm_start:Checkpoints")
def _pretraining(result: Any, ax: Axes | None = None) -> Artists:
    ax = axes_of(ax)
    (line,) = ax.plot(result.samples, result.overlap, ".-")
    ax.set(xlabel="samples of pre-training", ylabel="overlap with the truth")
    return {"overlap": line}


@_draws("w2slib.warm_start:EffectiveRegion")
def _effective_region(result: Any, ax: Axes | None = None) -> Artists:
    """Error that is guaranteed against the overlap from which it is, where there is such a region."""
    ax = axes_of(ax)
    (points,) = ax.plot(np.ravel(result.overlap), np.ravel(result.error), ".--")
    ax.set(xlabel="smallest overlap of the start", ylabel="error that is guaranteed")
    return {"error": points}


@_draws("w2slib.synthesis:Fit")
def _fit(result: Any, ax: Axes | None = None) -> Artists:
    """Error of one fit in each block."""
    error = _one_per_block("error_by_block", result.error_by_block)
    ax = axes_of(ax)
    bars = ax.bar(np.arange(len(error)), error, color=COLOURS[0])
    ax.set(xlabel="block", ylabel=ERROR, xticks=np.arange(len(error)))
    return {"error": bars}


@_draws("w2slib.synthesis:Account")
def _account(result: Any, ax: Axes | None = None) -> Artists:
    """Four causes side by side in each block; blue bars below zero are what the student gains."""
    ax = axes_of(ax)
    names = ("denoised", "forgotten", "brought", "added")
    parts = [_one_per_block(name, getattr(result, name)) for name in names]
    blocks = np.arange(len(parts[0]))
    hatches = ("", "//", "..", "xx")
    artists: Artists = {
        name: ax.bar(
            blocks + 0.2 * (i - 1.5), part, 0.2, color=COLOURS[i], hatch=hatches[i], label=name
        )
        for i, (name, part) in enumerate(zip(names, parts, strict=True))
    }
    ax.axhline(0, color="black", linewidth=0.8)
    _finish(ax, "block", "change of the error")
    ax.set_xticks(blocks)
    return artists


def _one_per_block(name: str, values: np.ndarray) -> np.ndarray:
    if np.ndim(values) != 1:
        raise ValueError(
            f"{name} has shape {np.shape(values)}; allowed: one fit in a picture, shape (blocks,)"
        )
    return values


@_draws("w2slib.beyond:Diagnosis")
def _diagnosis(result: Any, ax: Axes | None = None) -> Artists:
    """Estimated gain of every student with its interval, and the recommended penalty."""
    ax = axes_of(ax)
    low, high = result.gains_low, result.gains_high
    artists: Artists = {
        "band": ax.fill_between(
            result.penalties, low, high, color=COLOURS[0], alpha=0.25, linewidth=0
        ),
        "zero": ax.axhline(0, color="black", linewidth=0.8),
    }
    (artists["gain"],) = ax.plot(
        result.penalties, result.gains, color=COLOURS[0], label="estimated, with its interval"
    )
    if result.lam_s is not None:
        artists["recommended"] = ax.axvline(
            result.lam_s, color=COLOURS[1], linestyle=":", label="recommended"
        )
    # Far from the recommended penalty a student may lose everything; what matters is near the top.
    top = max(float(np.max(high)), 1e-6)
    _finish(ax, LAM_S, "gain $L_t - L_s$", x=result.penalties)
    ax.set_ylim(-1.2 * top, 1.2 * top)
    return artists


@_draws("w2slib.beyond:Slope")
def _slope(result: Any, ax: Axes | None = None) -> Artists:
    """An exponent with two standard errors to each side."""
    ax = axes_of(ax)
    bars = ax.errorbar(
        [0], [result.exponent], [2 * result.stderr], fmt=MARKERS[0], color=COLOURS[0]
    )
    ax.set(xlabel="power law", ylabel="exponent, ± 2 s.e.", xticks=[])
    return {"exponent": bars}


# --------------------------------------------------------------------------------- studies


@_draws("w2slib.studies.transitions:Study")
def _study(result: Any, ax: Axes | None = None) -> Artists:
    """Accuracies of student and ceiling along pre-training, and the supervisor's."""
    ax = axes_of(ax)
    steps = result.steps + 1
    artists: Artists = {
        "ceiling": band(steps, result.ceiling, label="ceiling", index=2, ax=ax),
        "student": band(steps, result.student, label="student", index=0, ax=ax),
        "weak": teacher_line(float(result.weak.mean()), label="supervisor", ax=ax),
    }
    _finish(ax, "step of pre-training + 1", "accuracy", x=steps)
    return artists


@_draws("w2slib.studies.gauge:WarmStartGauge")
def _warm_start_gauge(result: Any, ax: Axes | None = None) -> Artists:
    """Correlation of the student with the truth on its way, the supervisor's own, and the best time."""
    ax = axes_of(ax)
    (path,) = ax.plot(result.times, result.truth, color=COLOURS[0], label="student")
    artists: Artists = {
        "truth": path,
        "supervisor": teacher_line(result.rho, label="supervisor", ax=ax),
        "best": ax.axvline(result.best_time, color=COLOURS[1], linestyle=":", label="best time"),
    }
    _finish(ax, "time of the student's training", "correlation with the truth", x=result.times)
    return artists


@_draws("w2slib.studies.hierarchy:VarianceComponents")
def _variance_components(result: Any, ax: Axes | None = None) -> Artists:
    """Two bars."""
    ax = axes_of(ax)
    bars = ax.bar(["networks", "deals"], [result.network, result.deal], color=COLOURS[:2])
    ax.set(xlabel="variance between", ylabel="variance")
    return {"variances": bars}


@_draws("w2slib.studies.transitions:ChangePoint")
def _change_point(result: Any, ax: Axes | None = None) -> Artists:
    """Flat, rise, flat; and the interval of the crossing, as far as there is one."""
    ax = axes_of(ax)
    start, end = result.start.value, result.end.value
    steps = np.expm1(np.linspace(0, 1.25 * np.log1p(end), 200))
    (fit,) = ax.plot(steps + 1, result(steps), "--", color="black", label="fit")
    artists: Artists = {"fit": fit}
    (artists["knots"],) = ax.plot(
        [start + 1, end + 1], result([start, end]), MARKERS[0], color=COLOURS[0], label="knots"
    )
    if np.isfinite(result.crossing.low):
        # An interval without end is shaded to the edge of the picture.
        high = min(result.crossing.high, steps[-1])
        artists["crossing"] = ax.axvspan(
            result.crossing.low + 1, high + 1, color=COLOURS[4], alpha=0.3, label="crosses (95 %)"
        )
    _finish(ax, "step of pre-training + 1", "fitted curve", x=steps + 1)
    return artists


@_draws("w2slib.core.results:Interval")
def _interval(result: Any, ax: Axes | None = None) -> Artists:
    """A point with its interval; an arrow stands for an end at infinity. Several: one after the other."""
    ax = axes_of(ax)
    if np.ndim(result.value):
        parts = (np.ravel(part) for part in (result.value, result.low, result.high))
        several = type(result)(*parts)
        artists = curve(np.arange(len(several.value)), sample=(None, several), ax=ax)
        ax.set(xlabel="estimate", ylabel="value with its 95 % interval")
        return artists
    ends = [x for x in (result.low, result.value, result.high) if np.isfinite(x)]
    artists = {}
    if ends:
        (artists["interval"],) = ax.plot([0, 0], [ends[0], ends[-1]], "_-", color=COLOURS[0])
    if np.isfinite(result.value):
        (artists["value"],) = ax.plot([0], [result.value], MARKERS[0], color=COLOURS[0])
    if np.isposinf(result.high):
        top = ends[-1] if ends else 0.0
        (artists["infinite"],) = ax.plot([0], [top], "^", color=COLOURS[0], label=r"to $\infty$")
        ax.legend()
    ax.set(xlabel="estimate", ylabel="value with its 95 % interval", xticks=[])
    return artists


@_draws("w2slib.studies.probes:W2SResult")
def _experiment(result: Any, ax: Axes | None = None) -> Artists:
    """Accuracies of one experiment."""
    ax = axes_of(ax)
    names = ("weak", "student", "ceiling")
    heights = [getattr(result, name) for name in names]
    bars = ax.bar(names, heights, color=["#777777", COLOURS[0], COLOURS[2]])
    ax.set(xlabel="who is trained on what", ylabel="accuracy", ylim=(0, 1))
    return {"accuracy": bars}


@_draws("w2slib.studies.digits:DigitScores")
def _scores(result: Any, ax: Axes | None = None, checkpoint: int = -1) -> Artists:
    """Histograms of the decision scores of either class at one checkpoint, by default the last."""
    ax = axes_of(ax)
    artists: Artists = {}
    for label, name in ((1, "odd"), (0, "even")):
        *_, artists[name] = ax.hist(
            result.scores[checkpoint][result.labels == label], bins=30, lw=1.6, label=name,
            histtype="stepfilled" if label else "step", alpha=0.6 if label else 1,
            color=COLOURS[1 - label],
        )  # fmt: skip
    artists["zero"] = ax.axvline(0, color="black", linewidth=1)
    _finish(ax, "decision score (log-odds)", "test digits")
    ax.set_title(f"step {result.steps[checkpoint]}")
    return artists


# --------------------------------------------------------------------------------- helpers


def _finish(ax: Axes, xlabel: str, ylabel: str, x: np.ndarray | None = None) -> None:
    """Labels and legend; the abscissa is logarithmic where ``x`` is positive and spans a decade."""
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if x is not None and min(x) > 0 and max(x) >= 10 * min(x):
        ax.set_xscale("log")
    if ax.get_legend_handles_labels()[1]:
        ax.legend()


def _map(lam_t: np.ndarray, lam_s: np.ndarray, difference: np.ndarray, ax: Axes | None) -> Artists:
    """Phase diagram; an axis that holds 0 is linear."""
    log = "x" * bool(min(lam_t) > 0) + "y" * bool(min(lam_s) > 0)
    return phase_diagram(lam_t, lam_s, difference, log=log, xlabel=LAM_T, ylabel=LAM_S, ax=ax)


def _band(
    x: np.ndarray, mean: np.ndarray, stderr: np.ndarray, index: int, label: str, ax: Axes
) -> Artists:
    """A line and ± 2 standard errors around it."""
    colour = COLOURS[index % len(COLOURS)]
    (line,) = ax.plot(x, mean, color=colour, label=label)
    shade = ax.fill_between(
        x, mean - 2 * stderr, mean + 2 * stderr, color=colour, alpha=0.2, linewidth=0
    )
    return {"line": line, "band": shade}
