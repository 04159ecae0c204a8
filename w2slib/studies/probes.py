r"""Weak-to-strong learning on features: linear probes as students.

Setting. A network turns every input into a vector of features. A *supervisor* that is weaker than
what these features allow labels some inputs. The *student* is a linear probe (logistic regression)
trained on the supervisor's labels; the *ceiling* is the same probe trained on true labels. All three
are measured by their accuracy, and

.. math:: \mathrm{PGR} = \frac{\text{student} - \text{weak}}{\text{ceiling} - \text{weak}}.

The functions take arrays and know nothing of where they came from; `w2slib.checkpoints` calls them
for every checkpoint of a network.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from w2slib.core.metrics import performance_gap_recovered
from w2slib.core.results import Result
from w2slib.core.trials import takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import integer, matrix, positive, single

__all__ = [
    "PENALTY",
    "Probe",
    "W2SResult",
    "cross_validated_accuracy",
    "disjoint_split",
    "evaluate",
    "feature_alignment",
    "fit_probe",
    "require_disjoint",
    "require_two_classes",
]

# scikit-learn is imported where it is used: every page imports the explorer, and with it this module,
# but only the chapter on checkpoints fits probes.
if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

Identifiers: TypeAlias = Sequence[Hashable] | np.ndarray

PENALTY = 0.1
"""Default penalty of every probe, on features scaled to unit variance."""


@dataclass(frozen=True, eq=False, repr=False)
class W2SResult(Result):
    """One weak-to-strong experiment on one set of features.

    Attributes
    ----------
    weak, student, ceiling : float
        Accuracies of the supervisor, of the student, and of the same student trained on true labels.
    pgr : float
        Performance gap recovered; ``nan`` where ``ceiling <= weak``: there is no gap to recover.
    probe_accuracy : float
        How linearly readable the task is: cross-validated accuracy of a probe trained on true
        labels, within the training inputs. It does not touch the test data, so that it can be
        compared with ``pgr`` without sharing its noise.
    n_train, n_test : int
        Numbers of inputs.
    """

    weak: float
    student: float
    ceiling: float
    pgr: float
    probe_accuracy: float
    n_train: int
    n_test: int


@dataclass(frozen=True, eq=False)
class Probe:
    """Logistic regression on features scaled to unit variance; made by `fit_probe`.

    Attributes
    ----------
    centre, scale : ndarray, shape (width,)
        Mean and standard deviation of the training features; a constant feature has scale 1.
    logistic : sklearn.linear_model.LogisticRegression
        Fitted to the scaled features.
    """

    centre: Array
    scale: Array
    logistic: LogisticRegression

    def predict(self, features: Array) -> np.ndarray:
        """Return the predicted labels, shape (n,)."""
        scores = self.decision_function(features)
        best = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.logistic.classes_[best]

    def decision_function(self, features: Array) -> Array:
        """Return the log-odds of the second class, shape (n,); one column per class for three."""
        # scikit-learn's own function checks its input for longer than it computes.
        scaled = (features - self.centre) / self.scale
        scores = scaled @ self.logistic.coef_.T + self.logistic.intercept_
        return scores[:, 0] if scores.shape[1] == 1 else scores


# ------------------------------------------------------------------------------- splitting


@takes_rng
def disjoint_split(n: int, sizes: Sequence[int], rng: Rng = None) -> list[np.ndarray]:
    """Draw disjoint sets of indices below ``n``, for supervisor, student and test.

    Parameters
    ----------
    n : int
        Number of inputs.
    sizes : sequence of int
        How many go into each set, each at least 1; together at most ``n``.
    rng
        Of the draw.

    Returns
    -------
    list of ndarray of int, shapes (sizes[0],), (sizes[1],), ...

    Examples
    --------
    >>> supervisor, student, test = disjoint_split(10, [2, 4, 4], rng=0)
    >>> sorted(np.concatenate([supervisor, student, test]).tolist()) == list(range(10))
    True
    """
    n = integer("n", n)
    sizes = [integer("sizes", size) for size in sizes]
    if sum(sizes) > n:
        raise ValueError(f"sizes = {sizes} add up to {sum(sizes)}; allowed: at most n = {n}")
    order = np.random.default_rng(rng).permutation(n)
    return np.split(order, np.cumsum(sizes))[: len(sizes)]


def require_disjoint(**groups: Identifiers | None) -> None:
    """Check that no identifier occurs twice, within a group or in two of them.

    Parameters
    ----------
    **groups : sequences of hashable identifiers
        For instance ``ids_supervisor``, ``ids_train`` and ``ids_test``; ``None`` is skipped.

    Raises
    ------
    ValueError
        Naming the groups and one identifier that they share.

    Examples
    --------
    >>> require_disjoint(ids_train=[1, 2], ids_test=[3])
    >>> require_disjoint(ids_train=[1, 2], ids_test=[2])
    Traceback (most recent call last):
    ...
    ValueError: ids_test contains 2, which is also in ids_train; allowed: disjoint groups
    """
    owner: dict[Hashable, str] = {}
    for name, group in groups.items():
        for identifier in [] if group is None else np.asarray(group).tolist():
            if identifier in owner:
                other = owner[identifier]
                where = "twice" if other == name else f"which is also in {other}"
                raise ValueError(
                    f"{name} contains {identifier!r}, {where}; allowed: disjoint groups"
                )
            owner[identifier] = name


def require_two_classes(name: str, labels: np.ndarray) -> None:
    """Check that labels are of more than one class.

    Raises
    ------
    ValueError
        Naming the only class.

    Examples
    --------
    >>> require_two_classes("labels", np.array([1, 1]))
    Traceback (most recent call last):
    ...
    ValueError: labels has the single class 1; allowed: at least two
    """
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(f"{name} has the single class {classes[0]!s}; allowed: at least two")


# ------------------------------------------------------------------------------ experiment


def fit_probe(features: ArrayLike, labels: ArrayLike, *, penalty: float = PENALTY) -> Probe:
    r"""Scale the features to unit variance and fit logistic regression.

    .. math:: \min_{w, b}\; \frac1n \sum_i \ell(y_i, \langle w, x_i\rangle + b)
        + \frac{\text{penalty}}{2}\|w\|^2

    with the logistic loss :math:`\ell`; with more than two classes, its softmax version.

    Parameters
    ----------
    features : array_like, shape (n, width)
        Finite numbers.
    labels : array_like, shape (n,)
        At least two classes, of any type that compares.
    penalty : float
        Strength of the penalty, > 0.

    Returns
    -------
    Probe
        With ``predict`` and ``decision_function``.

    Notes
    -----
    Computed by scikit-learn's ``LogisticRegression`` with ``C = 1 / (n penalty)``.

    Examples
    --------
    >>> probe = fit_probe([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> probe.predict([[0.2], [2.9]]).tolist()
    [0, 1]
    """
    features, labels = _task(features, labels)
    return _fit(features, labels, _penalty(penalty))


def evaluate(
    features_train: ArrayLike,
    weak_labels: ArrayLike,
    true_labels: ArrayLike,
    features_test: ArrayLike,
    labels_test: ArrayLike,
    *,
    weak_labels_test: ArrayLike | None = None,
    ids_supervisor: Identifiers | None = None,
    ids_train: Identifiers | None = None,
    ids_test: Identifiers | None = None,
    penalty: float = PENALTY,
    folds: int = 2,
) -> W2SResult:
    """Run one weak-to-strong experiment on given features.

    Parameters
    ----------
    features_train : array_like, shape (n_train, width)
        The student's inputs, on which the supervisor was not trained.
    weak_labels, true_labels : array_like, shape (n_train,)
        The supervisor's labels and the true ones; at least two classes in each.
    features_test : array_like, shape (n_test, width)
        Fresh inputs.
    labels_test : array_like, shape (n_test,)
        Their true labels; at least two classes, all of them among ``true_labels``.
    weak_labels_test : array_like, shape (n_test,), optional
        The supervisor's labels on the test inputs. Its accuracy is measured there if they are given,
        else on the training inputs, which are fresh for the supervisor too.
    ids_supervisor, ids_train, ids_test : sequences, optional
        Identifiers or indices of the inputs. Those given are checked to be disjoint.
    penalty : float
        Penalty of the probes, see `fit_probe`.
    folds : int
        Folds of the cross-validation behind ``probe_accuracy``, at least 2.

    Returns
    -------
    W2SResult

    Notes
    -----
    Source: the protocol of Burns et al. (2023), arXiv:2312.09390, with linear probes as students as
    in [Blessing].

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((900, 5))
    >>> y = (X[:, 0] > 0).astype(int)
    >>> weak = np.where(rng.random(900) < 0.3, 1 - y, y)          # wrong on 30 %, at random
    >>> result = evaluate(X[:600], weak[:600], y[:600], X[600:], y[600:], weak_labels_test=weak[600:])
    >>> result.weak < 0.75 < 0.85 < result.student, result.pgr > 0.5
    (True, True)
    """
    train, test = _same_width(features_train, features_test)
    weak_labels = _labels("weak_labels", weak_labels, len(train))
    true_labels = _labels("true_labels", true_labels, len(train))
    labels_test = _labels("labels_test", labels_test, len(test))
    _check_classes(weak_labels, true_labels, labels_test)
    _one_per_input("ids_train", ids_train, len(train))
    _one_per_input("ids_test", ids_test, len(test))
    require_disjoint(ids_supervisor=ids_supervisor, ids_train=ids_train, ids_test=ids_test)
    penalty, folds = _penalty(penalty), integer("folds", folds, minimum=2)

    if weak_labels_test is None:
        weak = _accuracy(weak_labels, true_labels)
    else:
        weak = _accuracy(_labels("weak_labels_test", weak_labels_test, len(test)), labels_test)
    student = _accuracy(_fit(train, weak_labels, penalty).predict(test), labels_test)
    ceiling = _accuracy(_fit(train, true_labels, penalty).predict(test), labels_test)
    return W2SResult(
        weak=weak,
        student=student,
        ceiling=ceiling,
        pgr=float(performance_gap_recovered(1 - weak, 1 - student, 1 - ceiling)),
        probe_accuracy=cross_validated_accuracy(train, true_labels, penalty=penalty, folds=folds),
        n_train=len(train),
        n_test=len(test),
        setting={"penalty": penalty, "folds": folds},
    )


def cross_validated_accuracy(
    features: ArrayLike, labels: ArrayLike, *, penalty: float = PENALTY, folds: int = 2
) -> float:
    """Accuracy of probes on the part of the data that they were not trained on.

    Parameters
    ----------
    features : array_like, shape (n, width)
        Finite numbers.
    labels : array_like, shape (n,)
        At least ``folds`` inputs in every class.
    penalty : float
        Penalty of the probes, > 0.
    folds : int
        Number of folds, at least 2; each class is dealt out to them in turn.

    Returns
    -------
    float

    Examples
    --------
    >>> X = np.array([[-2.0], [2.0], [-1.0], [1.0], [-1.5], [1.5]])
    >>> cross_validated_accuracy(X, [0, 1, 0, 1, 0, 1])
    1.0
    """
    features, labels = _task(features, labels)
    penalty, folds = _penalty(penalty), integer("folds", folds, minimum=2)
    fold = np.empty(len(labels), int)
    for value, count in zip(*np.unique(labels, return_counts=True), strict=True):
        if count < folds:
            raise ValueError(
                f"class {value!s} has {count} training inputs; allowed: at least {folds}, one per fold"
            )
        fold[labels == value] = np.arange(count) % folds
    right = 0
    for k in range(folds):
        probe = _fit(features[fold != k], labels[fold != k], penalty)
        right += np.sum(probe.predict(features[fold == k]) == labels[fold == k])
    return float(right / len(labels))


def feature_alignment(features: ArrayLike, labels: ArrayLike, n_components: int = 4) -> float:
    r"""Share of the labels' variance that lies in the leading principal components.

    .. math:: A_r = \frac{\|P_r\, \bar y\|^2}{\|\bar y\|^2}

    with :math:`\bar y` the centred labels (one column of zeros and ones for each class) and
    :math:`P_r` the projection on the span of the first r principal components of the centred
    features, as columns over the inputs. 1: the task is the features' main direction; r/(n − 1) on
    average: they have nothing to do with each other.

    Parameters
    ----------
    features : array_like, shape (n, width)
        Finite numbers.
    labels : array_like, shape (n,)
        True labels, at least two classes.
    n_components : int
        r, at most min(n − 1, width). Features of a smaller rank have fewer components: all of them
        count.

    Returns
    -------
    float
        Between 0 and 1.

    Notes
    -----
    It plays the part that the squared overlap :math:`m_0^2` of a spectral start
    with the target plays in the chapter on warm starts, where r = 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 50)
    >>> X = rng.standard_normal((100, 6))
    >>> feature_alignment(X, y, 1) < 0.1 < 0.9 < feature_alignment(X + 9 * y[:, None], y, 1)
    True
    """
    features, labels = _task(features, labels)
    n_components, most = (
        integer("n_components", n_components),
        min(len(features) - 1, features.shape[1]),
    )
    if n_components > most:
        raise ValueError(
            f"n_components = {n_components}; allowed: at most {most} for features of shape "
            f"{features.shape}"
        )
    leading = _principal_directions(features)[:, :n_components]
    one_hot = (labels[:, None] == np.unique(labels)).astype(float)
    centred = one_hot - one_hot.mean(axis=0)
    return float(np.sum((leading.T @ centred) ** 2) / np.sum(centred**2))


# ---------------------------------------------------------------------------------- helpers


def _principal_directions(features: Array) -> Array:
    """Principal components over the inputs, as unit columns, the leading first; no more than the rank."""
    # One scale for all, a power of two: no square overflows, and no bit changes.
    features = np.ldexp(features, -int(np.frexp(np.max(np.abs(features)))[1]))
    left, sizes, _ = np.linalg.svd(features - features.mean(axis=0), full_matrices=False)
    # Taking the mean off leaves rounding of the size of the features, not of what varies in them.
    rounding = max(features.shape) * np.finfo(float).eps * np.linalg.norm(features)
    return left[:, sizes > rounding]


def _fit(features: Array, labels: np.ndarray, penalty: float) -> Probe:
    from sklearn import config_context
    from sklearn.linear_model import LogisticRegression

    with np.errstate(over="ignore", invalid="ignore"):
        centre, scale = features.mean(axis=0), features.std(axis=0)
    if not np.all(np.isfinite(scale)):
        worst = np.max(np.abs(features))
        raise ValueError(f"features reach {worst:g}; allowed: numbers whose squares fit a double")
    scale[scale < 1e-12 * (1 + np.abs(centre))] = 1  # a constant feature, up to rounding
    logistic = LogisticRegression(C=1 / (penalty * len(labels)), max_iter=1000)
    # Checked by the callers already; scikit-learn's own checks would take half of the time.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        return Probe(centre, scale, logistic.fit((features - centre) / scale, labels))


def _accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(predicted == labels))


def _task(features: ArrayLike, labels: ArrayLike) -> tuple[Array, np.ndarray]:
    """Features and their labels, checked."""
    checked = _features("features", features)
    answers = _labels("labels", labels, len(checked))
    require_two_classes("labels", answers)
    return checked, answers


def _penalty(value: float) -> float:
    return single("penalty", positive("penalty", value))


def _features(name: str, value: ArrayLike) -> Array:
    return matrix(name, value, "inputs, features")


def _same_width(features_train: ArrayLike, features_test: ArrayLike) -> tuple[Array, Array]:
    train = _features("features_train", features_train)
    test = _features("features_test", features_test)
    if train.shape[1] != test.shape[1]:
        raise ValueError(
            f"features_test has width {test.shape[1]}; allowed: {train.shape[1]}, "
            "the width of features_train"
        )
    return train, test


def _labels(name: str, value: ArrayLike, n: int) -> np.ndarray:
    if np.ma.isMaskedArray(value):
        raise ValueError(f"{name} is a masked array; allowed: a plain array of labels")
    array = np.asarray(value)
    if array.shape != (n,):
        raise ValueError(f"{name} has shape {array.shape}; allowed: ({n},), one label per input")
    if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        raise ValueError(f"{name} contains nan or inf; allowed: finite labels")
    return array


def _check_classes(weak: np.ndarray, true: np.ndarray, test: np.ndarray) -> None:
    """At least two classes in each, and none that the true labels of training do not have."""
    for name, labels in (("weak_labels", weak), ("true_labels", true), ("labels_test", test)):
        require_two_classes(name, labels)
    for name, labels in (("weak_labels", weak), ("labels_test", test)):
        unknown = np.setdiff1d(labels, true)
        if len(unknown):
            raise ValueError(
                f"{name} has the class {unknown[0]!s}; allowed: the classes of true_labels"
            )


def _one_per_input(name: str, ids: Identifiers | None, n: int) -> None:
    if ids is not None and len(ids) != n:
        raise ValueError(f"{name} has {len(ids)} entries; allowed: {n}, one per input")
