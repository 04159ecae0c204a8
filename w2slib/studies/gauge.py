r"""Will this checkpoint's student beat its supervisor? The warm start's quantities, on real features.

The chapter on warm starts follows a direction from its start to its supervisor and asks how far it lies from
the truth on the way. Here the same is measured of a network that somebody else has trained. A linear student
on standardised features, trained on the supervisor's labels :math:`s = \pm1` by gradient descent in small
steps on the squared error, is at time t

.. math:: f_t(x) = \bar s + \langle w_t, x\rangle, \qquad
    w_t = \sum_i \frac{1 - e^{-\lambda_i t}}{\lambda_i}\, v_i v_i^\top \frac{X^\top s}{n},

with the eigenvalues and eigenvectors of the features' covariance. It leaves zero in the direction
:math:`X^\top s/n`, in which the features' loud directions dominate: that is what pre-training supplies, the
*start*. It ends as the *copy* of its supervisor, as far as the features can copy it. On the way its
correlation with the truth may rise above both.

A few true labels are enough to measure the correlations of start, path, copy and supervisor with the truth.
Nothing here is a theorem about networks; `w2slib.checkpoints` holds the prediction against measured gains.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from w2slib.core.results import Result, over
from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import grid, matrix, positive, single
from w2slib.studies.probes import PENALTY, is_constant, label_array, require_two_classes

__all__ = ["Basis", "WarmStartGauge", "gauge_in", "warm_start_gauge"]

FEWEST = 8
"""Labelled inputs below which no correlation is measured."""

FARTHEST = 1e100
"""Standard deviations of the features from which on sums of squares might overflow."""

_TIMES = np.geomspace(1e-3, 1e3, 49)


@dataclass(frozen=True, eq=False, repr=False)
class WarmStartGauge(Result):
    r"""What a few true labels say of a student before it is trained.

    Correlations with the truth are over the labelled inputs, with a standard error of about
    :math:`(1 - r^2)/\sqrt{n_{\text{few}}}`.

    Attributes
    ----------
    start, copy : float
        ``truth`` at time 0 and at infinity.
    correlation : float
        ``supervisor`` at time 0.
    circle : float
        Largest correlation with the truth on the great circle from start to copy, from these three numbers;
        ``nan`` where start or copy point away from the truth.
    rho : float
        Correlation of the supervisor's own labels with the truth.
    weak : float
        Accuracy of the supervisor.
    gain, gain_stderr : float
        Predicted accuracy of a probe minus that of its supervisor, and its standard error over the labelled
        inputs; ``nan`` for a probe that gives them all one answer.
    best_time, best_gain : float
        Where ``truth`` is largest, and the gain of a student that stops there and divides the classes evenly.
    counted : float
        The probe's right answers among the labelled inputs, minus the supervisor's: no theory, and noisier.
    times : ndarray, shape (T,)
        Times of the student's training; the features have unit variance, and the step size is 1.
    truth : ndarray, shape (T,)
        Correlation of the student with the truth.
    supervisor : ndarray, shape (T,)
        Its correlation with the copy, in which it ends.
    convexity : ndarray, shape (T,)
        One-point convexity of the loss, :math:`\langle-\nabla L, w_\infty - w_t\rangle/\|w_\infty - w_t\|^2`:
        how steep the loss still is on the way to the copy.
    accuracy : ndarray, shape (T,)
        Predicted accuracy of the student.
    """

    start: float
    copy: float
    correlation: float
    circle: float
    rho: float
    weak: float
    gain: float
    gain_stderr: float
    best_time: float
    best_gain: float
    counted: float
    times: Array = over("times")
    truth: Array = over("times")
    supervisor: Array = over("times")
    convexity: Array = over("times")
    accuracy: Array = over("times")


def warm_start_gauge(
    features: ArrayLike,
    weak_labels: ArrayLike,
    few_features: ArrayLike,
    few_weak_labels: ArrayLike,
    few_labels: ArrayLike,
    *,
    times: ArrayLike | None = None,
    penalty: float = PENALTY,
) -> WarmStartGauge:
    r"""Predict a student's gain over its supervisor from a checkpoint's features and a few true labels.

    A probe with a penalty stops about where gradient descent is at the time
    :math:`1/(4\,\text{penalty})`: the logistic loss has a quarter of the curvature of the squared one. Of a
    student with the correlation r and the threshold b (the mean of its training labels, in units of its own
    spread) the predicted accuracy is

    .. math:: \tfrac12\Bigl[\Phi\Bigl(\frac{r + b}{\sqrt{1 - r^2}}\Bigr) +
        \Phi\Bigl(\frac{r - b}{\sqrt{1 - r^2}}\Bigr)\Bigr],

    exact if its answers are normal with one variance in two classes of the same size.

    Parameters
    ----------
    features : array_like, shape (n, width)
        The student's training inputs. No true label of them is needed.
    weak_labels : array_like, shape (n,)
        The supervisor's labels of them: two classes.
    few_features : array_like, shape (n_few, width)
        Other inputs, at least 8.
    few_weak_labels, few_labels : array_like, shape (n_few,)
        The supervisor's labels of these, for which it must not have been trained on them, and the true ones.
    times : array_like, shape (T,), optional
        Increasing, positive; by default 49 between 0.001 and 1000.
    penalty : float
        Of the probe whose gain is predicted, see `w2slib.probes.fit_probe`.

    Returns
    -------
    WarmStartGauge

    Raises
    ------
    ValueError
        If shapes do not fit, labels are not of the same two classes, or features, or those of the few, are
        constant or too large.

    Notes
    -----
    `gain_stderr` is the first-order one of correlation and accuracy over the labelled inputs. It knows of no
    other checkpoint, deal or network.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((1200, 5))
    >>> truth, weak = x[:, 0] > 0, x[:, 0] + x[:, 1] + rng.standard_normal(1200) > 0
    >>> found = warm_start_gauge(x[:1000], weak[:1000], x[1000:], weak[1000:], truth[1000:])
    >>> round(found.weak, 2), round(found.gain, 2)
    (0.74, 0.06)
    """
    x, few = (
        matrix("features", features, "inputs, width"),
        matrix("few_features", few_features, "inputs, width"),
    )
    if x.shape[1] != few.shape[1] or len(few) < FEWEST:
        raise ValueError(
            f"few_features has shape {few.shape}; allowed: (at least {FEWEST}, {x.shape[1]})"
        )
    s, s_few, y = _signs(len(x), len(few), weak_labels, few_weak_labels, few_labels)
    stop = 1 / (4 * single("penalty", positive("penalty", penalty)))
    at = _TIMES if times is None else grid("times", times, allow_zero=False)
    if np.any(np.diff(at) <= 0):
        raise ValueError(f"times = {at.tolist()}; allowed: increasing")
    basis = Basis(x)
    gauge = gauge_in(basis, s, _placed(basis, few), s_few, y, times=at, stop=stop)
    return replace(gauge, setting={"n": len(x), "n_few": len(few), "penalty": float(penalty)})


def gauge_in(
    basis: Basis,
    s: Array,
    few: Array,
    s_few: Array,
    y: Array,
    *,
    times: Array = _TIMES,
    stop: float,
) -> WarmStartGauge:
    """Return the gauge of labels -1 and 1, in a basis that several supervisors share.

    Parameters
    ----------
    basis : Basis
        Of the training inputs.
    s, s_few, y : ndarray, shape (n,), (n_few,), (n_few,)
        The supervisor's labels, and the true ones of the labelled inputs.
    few : ndarray, shape (n_few, rank)
        The labelled inputs, from `Basis.place`.
    times, stop
        Times of the path, and that at which the probe stops.

    Examples
    --------
    >>> x, s = np.array([[1.0], [2.0], [-1.0], [-2.0]]), np.array([1.0, 1.0, -1.0, -1.0])
    >>> basis = Basis(x)
    >>> round(gauge_in(basis, s, basis.place(x), s, s, stop=2.5).start, 3)
    0.949
    """
    flow = _Flow(basis, few, s)
    asked = np.concatenate([[0.0], times, [np.inf, stop]])
    answers = flow.answers(asked)
    truth, supervisor = _correlations(answers, y), _correlations(answers, answers[:, -2])
    threshold = s.mean() / flow.spread(asked)
    accuracy = _accuracy(truth, threshold)
    best = 1 + int(np.argmax(truth[1:-2]))
    right, weak_right = (answers[:, -1] + s.mean() > 0) == (y > 0), s_few == y
    weak = float(weak_right.mean())
    return WarmStartGauge(
        times=times, truth=truth[1:-2], supervisor=supervisor[1:-2], convexity=flow.convexity(times),
        accuracy=accuracy[1:-2],
        start=float(truth[0]), copy=float(truth[-2]), correlation=float(supervisor[0]),
        circle=_circle(*map(float, (truth[0], truth[-2], supervisor[0]))),
        rho=float(_correlations(s_few[:, None], y)[0]), weak=weak, gain=float(accuracy[-1] - weak),
        gain_stderr=_stderr(answers[:, -1], y, weak_right, threshold[-1:]),
        best_time=float(times[best - 1]),
        best_gain=float(_accuracy(truth[best : best + 1], np.zeros(1))[0] - weak),
        counted=float(right.mean() - weak),
    )  # fmt: skip


# ---------------------------------------------------------------------------------- the flow


class Basis:
    """Training inputs in the eigenvectors of their standardised features' covariance, for many supervisors.

    Parameters
    ----------
    features : ndarray, shape (n, width)

    Examples
    --------
    >>> Basis(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])).values.round(3)
    array([2.])
    """

    def __init__(self, features: Array) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            self.centre, scale = features.mean(axis=0), features.std(axis=0)
        if not np.all(np.isfinite(scale)):
            worst = np.max(np.abs(features))
            raise ValueError(
                f"features reach {worst:g}; allowed: numbers whose squares fit a double"
            )
        self.varies = ~is_constant(self.centre, scale)
        if not self.varies.any():
            raise ValueError("features are constant; allowed: features that vary")
        self.scale = scale[self.varies]
        standard = self._standard(features)
        n, width = standard.shape
        values, vectors = np.linalg.eigh(standard.T @ standard / n)
        kept = values > width * np.finfo(float).eps * values[-1]
        self.values, self.vectors = values[kept], vectors[:, kept]
        self.train = standard @ self.vectors

    def _standard(self, features: Array) -> Array:
        """In units of the training inputs' spread; what is constant there says nothing."""
        return np.asarray((features - self.centre)[:, self.varies] / self.scale)

    def place(self, features: Array) -> Array:
        """Other inputs in the same coordinates, shape (inputs, rank)."""
        return self._standard(features) @ self.vectors


class _Flow:
    """Gradient descent in small steps on the squared error."""

    def __init__(self, basis: Basis, few: Array, labels: Array) -> None:
        self.values, self.few = basis.values, few
        self.push = basis.train.T @ (labels - labels.mean()) / len(labels)

    def weights(self, times: Array) -> Array:
        """Student's weights in the eigenvectors, shape (rank, T); at time 0 its first direction."""
        reached = -np.expm1(-self.values[:, None] * times) / self.values[:, None]
        return np.where(times == 0, 1.0, reached) * self.push[:, None]

    def answers(self, times: Array) -> Array:
        """Student's answers for the labelled inputs, without its constant; shape (n_few, T)."""
        return self.few @ self.weights(times)

    def spread(self, times: Array) -> Array:
        """Standard deviation of its answers over the training inputs; infinite if they are all 0."""
        found = np.sqrt(self.values @ self.weights(times) ** 2)
        return np.where(found > 0, found, np.inf)

    def convexity(self, times: Array) -> Array:
        """Rayleigh quotient of the covariance along what is left to learn."""
        # Relative to the slowest direction: late on everything has decayed below the smallest number.
        slow = self.values.min()
        left = (
            np.exp(-2 * (self.values - slow)[:, None] * times)
            * (self.push / self.values)[:, None] ** 2
        )
        total = left.sum(axis=0)
        return np.where(total > 0, self.values @ left / np.where(total > 0, total, 1.0), slow)


def _placed(basis: Basis, few: Array) -> Array:
    """The labelled inputs in the basis, if correlations over them can be computed."""
    with np.errstate(over="ignore", invalid="ignore"):
        placed = basis.place(few)
    if not np.all(np.abs(placed) < FARTHEST):
        raise ValueError(
            f"few_features reach {np.max(np.abs(few)):g}; allowed: below {FARTHEST:g} standard deviations of "
            "features"
        )
    if np.all(few[:, basis.varies] == few[0, basis.varies]):
        raise ValueError("few_features are constant; allowed: features that vary")
    return placed


def _circle(start: float, copy: float, c: float) -> float:
    """Largest overlap on the arc, as `w2slib.warm_start.best_overlap` has it."""
    if not (0 <= start <= 1 and 0 <= copy <= 1 and c >= 0):
        return math.nan
    if start > c * copy and copy > c * start and c < 1:
        return min(1.0, math.sqrt((start**2 + copy**2 - 2 * start * copy * c) / (1 - c**2)))
    return max(start, copy)


# ---------------------------------------------------------------------------------- helpers


def _signs(
    n: int, n_few: int, weak: ArrayLike, few_weak: ArrayLike, few: ArrayLike
) -> tuple[Array, ...]:
    """Labels as -1 and 1, checked: the same two classes everywhere."""
    named = {
        "weak_labels": (weak, n),
        "few_weak_labels": (few_weak, n_few),
        "few_labels": (few, n_few),
    }
    checked = {name: label_array(name, value, size) for name, (value, size) in named.items()}
    for name in ("weak_labels", "few_labels"):
        require_two_classes(name, checked[name])
    classes = np.unique(checked["few_labels"])
    if len(classes) > 2:
        raise ValueError(
            f"few_labels has the class {classes[2]!s} beside two others; allowed: two classes"
        )
    for name, labels in checked.items():
        strange = np.setdiff1d(labels, classes)
        if len(strange):
            raise ValueError(f"{name} has the class {strange[0]!s}; allowed: the two of few_labels")
    return tuple(np.where(labels == classes[1], 1.0, -1.0) for labels in checked.values())


def _correlations(answers: Array, with_what: Array) -> Array:
    """Correlation of each column; 0 for a column that is constant."""
    answers, other = answers - answers.mean(axis=0), with_what - with_what.mean()
    size = np.linalg.norm(answers, axis=0) * np.linalg.norm(other)
    return np.clip(np.where(size > 0, other @ answers / np.where(size > 0, size, 1.0), 0.0), -1, 1)


def _accuracy(r: Array, threshold: Array) -> Array:
    """Of normal answers in two classes of the same size."""
    spread = np.sqrt(np.maximum(1 - r**2, 1e-12))
    return 0.5 * (ndtr((r + threshold) / spread) + ndtr((r - threshold) / spread))


def _stderr(answers: Array, y: Array, weak_right: np.ndarray, threshold: Array) -> float:
    """First-order standard error of the predicted gain over the labelled inputs."""
    spread = answers.std()
    if spread == 0:
        return math.nan
    u, v = (answers - answers.mean()) / spread, (y - y.mean()) / y.std()
    r = float(np.mean(u * v))
    each = u * v - r * (u**2 + v**2) / 2
    step = 1e-4
    above, below = (_accuracy(np.array([at]), threshold)[0] for at in (r + step, r - step))
    each = (above - below) / (2 * step) * each - (weak_right - weak_right.mean())
    return float(each.std(ddof=1) / math.sqrt(len(y)))
