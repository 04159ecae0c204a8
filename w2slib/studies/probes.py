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

import math
import unicodedata
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.special import softmax

from w2slib.core.metrics import performance_gap_recovered
from w2slib.core.results import Result
from w2slib.core.trials import takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import integer, matrix, positive, single

__all__ = [
    "PENALTY",
    "Probe",
    "W2SResult",
    "area_under_roc",
    "balanced_accuracy",
    "beats_majority",
    "centre_and_scale",
    "compare",
    "cross_validated_accuracy",
    "disjoint_split",
    "evaluate",
    "experiment",
    "feature_alignment",
    "fit_probe",
    "fit_said",
    "fit_soft",
    "label_array",
    "reference_of",
    "require_disjoint",
    "require_two_classes",
]

# scikit-learn is imported where it is used: every page imports the explorer, and with it this module,
# but only the chapter on checkpoints fits probes.
if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

Identifiers: TypeAlias = Sequence[Hashable] | np.ndarray

WIDE = 200
"""Inputs and width from which the leading principal components are computed without the others."""

MIXED = ("objects", "of several kinds")
"""Arrays of objects that are no labels: None, nan, 1 beside "1"."""

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
        Performance gap recovered; ``nan`` where ``ceiling <= weak``: there is no gap to recover. It is
        ``nan``, too, where the ceiling does not beat ``majority`` by two standard errors: then it has
        learnt nothing of the task, and a student that says the most frequent class every time would
        recover "everything".
    probe_accuracy : float
        How linearly readable the task is: cross-validated accuracy of a probe trained on true
        labels, within the training inputs. It does not touch the test data, so that it can be
        compared with ``pgr`` without sharing its noise.
    n_train, n_test : int
        Numbers of inputs.
    majority : float
        Accuracy of saying the most frequent class every time.
    weak_balanced, student_balanced, ceiling_balanced : float
        Balanced accuracies: the mean over the classes of the share that is right; 1 divided by the
        number of classes for any constant answer.
    weak_auroc, student_auroc, ceiling_auroc : float
        Area under the ROC curve of the scores; for more than two classes, the mean over the classes of
        one against the rest. ``weak_auroc`` is ``nan`` where the supervisor gave no scores.
    """

    weak: float
    student: float
    ceiling: float
    pgr: float
    probe_accuracy: float
    n_train: int
    n_test: int
    majority: float = math.nan
    weak_balanced: float = math.nan
    student_balanced: float = math.nan
    ceiling_balanced: float = math.nan
    weak_auroc: float = math.nan
    student_auroc: float = math.nan
    ceiling_auroc: float = math.nan


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

    @property
    def classes(self) -> np.ndarray:
        """Labels it knows, in the order of the scores' columns."""
        return self.logistic.classes_

    def predict(self, features: Array) -> np.ndarray:
        """Return the predicted labels, shape (n,)."""
        return self._decided(self.decision_function(features))

    def _decided(self, scores: Array) -> np.ndarray:
        best = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes[best]

    def decision_function(self, features: Array) -> Array:
        """Return the log-odds of the second class, shape (n,); one column per class for three."""
        # scikit-learn's own function checks its input for longer than it computes.
        scaled = (features - self.centre) / self.scale
        scores = scaled @ self.logistic.coef_.T + self.logistic.intercept_
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def probabilities(self, features: Array) -> Array:
        """Return the probability of every class, shape (n, classes)."""
        scores = self.decision_function(features)
        if scores.ndim == 1:
            scores = np.stack([np.zeros_like(scores), scores], axis=1)
        return softmax(scores, axis=1)


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
        Naming the groups and one identifier that they share; or if strings stand beside numbers, which
        are never equal (``"1"`` and ``1``).

    Examples
    --------
    >>> require_disjoint(ids_train=[1, 2], ids_test=[3])
    >>> require_disjoint(ids_train=[1, 2], ids_test=[2])
    Traceback (most recent call last):
    ...
    ValueError: ids_test contains 2, which is also in ids_train; allowed: disjoint groups
    """
    owner: dict[Hashable, str] = {}
    first: dict[bool, Hashable] = {}  # the first number and the first string
    for name, group in groups.items():
        for identifier in _identifiers(name, group):
            is_text = isinstance(identifier, str)
            first.setdefault(is_text, identifier)
            if len(first) > 1:
                raise ValueError(
                    f"{name} contains {identifier!r} beside {first[not is_text]!r}, and nobody knows if they "
                    "may be the same; allowed: all strings, or none"
                )
            # Two ways of writing one accented letter are one name.
            plain = identifier
            if isinstance(identifier, str):
                plain = unicodedata.normalize("NFC", identifier)
            if plain in owner:
                other = owner[plain]
                where = "twice" if other == name else f"which is also in {other}"
                raise ValueError(
                    f"{name} contains {identifier!r}, {where}; allowed: disjoint groups"
                )
            owner[plain] = name


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


def fit_soft(features: Array, soft: Array, classes: np.ndarray, penalty: float) -> Probe:
    """Fit a probe to probabilities: every input once for each class, weighted by its probability.

    Parameters
    ----------
    features : ndarray, shape (n, width)
    soft : ndarray, shape (n, classes)
    classes : ndarray
        What the columns stand for, sorted.
    penalty : float
        See `fit_probe`.

    Returns
    -------
    Probe

    Examples
    --------
    >>> soft = np.array([[1.0, 0.0], [0.9, 0.1], [0.1, 0.9], [0.0, 1.0]])
    >>> fit_soft(np.arange(4.0)[:, None], soft, np.array([0, 1]), 0.01).predict([[0.2], [2.9]]).tolist()
    [0, 1]
    """
    n, k = soft.shape
    return _fit(np.tile(features, (k, 1)), np.repeat(classes, n), penalty, soft.T.reshape(-1), n)


def fit_said(features: Array, soft: Array, classes: np.ndarray, penalty: float) -> Probe:
    """Fit a probe to the classes that have any probability, as `fit_probe` knows only those it is told.

    Parameters
    ----------
    features, soft, classes, penalty
        See `fit_soft`; a cleaning may have left one class only.

    Returns
    -------
    Probe
        Of one class only: it always says this class, and its scores tell no two inputs apart.

    Examples
    --------
    >>> soft = np.array([[0.0, 1.0], [0.0, 1.0]])
    >>> probe = fit_said(np.array([[1.0], [2.0]]), soft, np.array([3, 5]), 0.1)
    >>> probe.predict([[-9.0]]).tolist(), probe.decision_function([[1.0], [9.0]]).tolist()
    ([5], [1.0, 1.0])
    """
    from sklearn.linear_model import LogisticRegression

    said = np.flatnonzero(soft.sum(axis=0))
    if len(said) > 1:
        return fit_soft(features, soft[:, said], classes[said], penalty)
    score = np.zeros(len(classes))
    score[said] = 1.0
    constant = LogisticRegression()
    constant.classes_ = classes
    constant.intercept_ = np.array([score[1] - score[0]]) if len(classes) == 2 else score
    constant.coef_ = np.zeros((len(constant.intercept_), features.shape[1]))
    return Probe(*centre_and_scale(features), constant)


def evaluate(
    features_train: ArrayLike,
    weak_labels: ArrayLike,
    true_labels: ArrayLike,
    features_test: ArrayLike,
    labels_test: ArrayLike,
    *,
    weak_labels_test: ArrayLike | None = None,
    weak_probabilities: ArrayLike | None = None,
    weak_probabilities_test: ArrayLike | None = None,
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
    weak_probabilities : array_like, shape (n_train, classes), optional
        Soft labels: the student is trained on them in place of ``weak_labels``. One column for each
        class, in sorted order; rows add up to 1.
    weak_probabilities_test : array_like, shape (n_test, classes), optional
        The same on the test inputs, for ``weak_auroc``.
    ids_supervisor, ids_train, ids_test : sequences, optional
        Identifiers or indices of the inputs. Those given are checked to be disjoint.
    penalty : float
        Penalty of the probes, see `fit_probe`.
    folds : int
        Folds of the cross-validation behind ``probe_accuracy``, at least 2.

    Returns
    -------
    W2SResult

    Raises
    ------
    ValueError
        If two label arguments do not speak of the same classes in the same way (``1`` and ``"1"`` are
        different labels), probabilities contradict the labels beside them (columns in another order), groups
        of identifiers overlap, or shapes do not fit.

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
    return experiment(
        features_train, weak_labels, true_labels, features_test, labels_test,
        weak_labels_test=weak_labels_test, weak_probabilities=weak_probabilities,
        weak_probabilities_test=weak_probabilities_test, ids_supervisor=ids_supervisor,
        ids_train=ids_train, ids_test=ids_test, penalty=penalty, folds=folds,
    )[0]  # fmt: skip


def experiment(
    features_train: ArrayLike,
    weak_labels: ArrayLike,
    true_labels: ArrayLike,
    features_test: ArrayLike,
    labels_test: ArrayLike,
    *,
    weak_labels_test: ArrayLike | None = None,
    weak_probabilities: ArrayLike | None = None,
    weak_probabilities_test: ArrayLike | None = None,
    ids_supervisor: Identifiers | None = None,
    ids_train: Identifiers | None = None,
    ids_test: Identifiers | None = None,
    penalty: float = PENALTY,
    folds: int = 2,
    reference: tuple[Probe, float] | None = None,
    student: Probe | None = None,
) -> tuple[W2SResult, dict[str, Array]]:
    """Run `evaluate`, and return each test input's scores too.

    Parameters
    ----------
    features_train, weak_labels, true_labels, features_test, labels_test, weak_labels_test, \
    weak_probabilities, weak_probabilities_test, ids_supervisor, ids_train, ids_test, penalty, folds
        See `evaluate`.
    reference : (Probe, float), optional
        What no supervisor changes, if it is known already: the probe fitted to the true labels, and
        ``probe_accuracy``.
    student : Probe, optional
        The student, if it is fitted already; by default it is fitted to the supervisor's labels.

    Returns
    -------
    W2SResult, dict
        ``student`` and ``ceiling``: log-odds, see `Probe.decision_function`.

    Examples
    --------
    >>> X, y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
    >>> result, scores = experiment(X, y, y, X[1:3], y[1:3])
    >>> result.student, (scores["student"] > 0).tolist()
    (1.0, [False, True])
    """
    train, test = _same_width(features_train, features_test)
    given = {"weak_labels": weak_labels, "true_labels": true_labels, "labels_test": labels_test}
    if weak_labels_test is not None:
        given["weak_labels_test"] = weak_labels_test
    labels = _same_classes(given, len(train), len(test))
    _one_per_input("ids_train", ids_train, len(train))
    _one_per_input("ids_test", ids_test, len(test))
    require_disjoint(ids_supervisor=ids_supervisor, ids_train=ids_train, ids_test=ids_test)
    penalty, folds = _penalty(penalty), integer("folds", folds, minimum=2)
    truth, answers = labels["true_labels"], labels["labels_test"]
    soft = _probabilities("weak_probabilities", weak_probabilities, len(train), truth)
    soft_test = _probabilities("weak_probabilities_test", weak_probabilities_test, len(test), truth)
    for name, shares in (("weak_labels", soft), ("weak_labels_test", soft_test)):
        if shares is not None and name in labels:
            _same_order(name, labels[name], shares, np.unique(truth))
    for name, probe in (("student", student), ("reference", reference and reference[0])):
        if probe is not None:
            _fits(name, probe, train.shape[1], truth)

    weak, asked = (
        (labels["weak_labels"], truth)
        if weak_labels_test is None
        else (labels["weak_labels_test"], answers)
    )
    if student is None:
        student = (
            _fit(train, labels["weak_labels"], penalty)
            if soft is None
            else fit_soft(train, soft, np.unique(truth), penalty)
        )
    ceiling, readable = (
        reference_of(train, truth, penalty=penalty, folds=folds) if reference is None else reference
    )
    probes = {"student": student, "ceiling": ceiling}
    scores = {name: probe.decision_function(test) for name, probe in probes.items()}
    said = {name: probe._decided(scores[name]) for name, probe in probes.items()}
    result = W2SResult(
        **compare(weak, said["student"], said["ceiling"], answers, asked),
        probe_accuracy=readable,
        n_train=len(train),
        n_test=len(test),
        weak_auroc=math.nan if soft_test is None else area_under_roc(soft_test, answers, truth),
        student_auroc=area_under_roc(scores["student"], answers, student.classes),
        ceiling_auroc=area_under_roc(scores["ceiling"], answers, ceiling.classes),
        setting={"penalty": penalty, "folds": folds},
    )
    return result, scores


def reference_of(
    features: ArrayLike, labels: ArrayLike, *, penalty: float = PENALTY, folds: int = 2
) -> tuple[Probe, float]:
    """Fit the ceiling and measure the readability, which are the same for every supervisor.

    Parameters
    ----------
    features, labels, penalty, folds
        See `cross_validated_accuracy`.

    Returns
    -------
    Probe, float

    Examples
    --------
    >>> X = np.array([[-2.0], [2.0], [-1.0], [1.0], [-1.5], [1.5]])
    >>> reference_of(X, [0, 1, 0, 1, 0, 1])[1]
    1.0
    """
    readable = cross_validated_accuracy(features, labels, penalty=penalty, folds=folds)
    return fit_probe(features, labels, penalty=penalty), readable


def compare(
    weak: np.ndarray,
    student: np.ndarray,
    ceiling: np.ndarray,
    labels_test: np.ndarray,
    labels_of_weak: np.ndarray | None = None,
) -> dict[str, float]:
    """Accuracies, balanced accuracies, the majority baseline and the PGR of three sets of answers.

    Parameters
    ----------
    weak, student, ceiling : ndarray, shape (n,)
        Labels that each of them gives to the test inputs.
    labels_test : ndarray, shape (n,)
        The true ones.
    labels_of_weak : ndarray, optional
        The true labels of the inputs that ``weak`` is for, if they are not the test inputs.

    Returns
    -------
    dict
        The fields of `W2SResult` that these decide. ``pgr`` is ``nan`` as `W2SResult` says.

    Examples
    --------
    >>> truth = np.array([0] * 90 + [1] * 10)
    >>> constant = np.zeros(100, int)
    >>> found = compare(np.roll(truth, 3), constant, constant, truth)
    >>> found["student"], found["majority"], found["student_balanced"], found["pgr"]
    (0.9, 0.9, 0.5, nan)
    """
    asked = labels_test if labels_of_weak is None else labels_of_weak
    found = {
        "weak": _accuracy(weak, asked),
        "student": _accuracy(student, labels_test),
        "ceiling": _accuracy(ceiling, labels_test),
        "weak_balanced": balanced_accuracy(weak, asked),
        "student_balanced": balanced_accuracy(student, labels_test),
        "ceiling_balanced": balanced_accuracy(ceiling, labels_test),
        "majority": float(np.unique(labels_test, return_counts=True)[1].max() / len(labels_test)),
    }
    errors = (1 - found[name] for name in ("weak", "student", "ceiling"))
    recovered = float(performance_gap_recovered(*errors))
    learnt = beats_majority(found["ceiling"], found["majority"], len(labels_test))
    return found | {"pgr": recovered if learnt else math.nan}


def beats_majority(accuracy: float, majority: float, n_test: int) -> bool:
    """Whether an accuracy on ``n_test`` inputs is above the majority's by two standard errors of it.

    Examples
    --------
    >>> beats_majority(0.95, 0.9, 1000), beats_majority(0.905, 0.9, 1000)
    (True, False)
    """
    return accuracy - majority > 2 * math.sqrt(majority * (1 - majority) / n_test)


def balanced_accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Mean over the true classes of the share that is right.

    Examples
    --------
    >>> balanced_accuracy(np.array([0, 0, 0, 0]), np.array([0, 0, 0, 1]))
    0.5
    """
    classes = np.unique(labels)
    return float(np.mean([np.mean(predicted[labels == value] == value) for value in classes]))


def area_under_roc(scores: Array, labels: np.ndarray, classes: np.ndarray) -> float:
    """Probability that an input of the class has the higher score than one of another class.

    Parameters
    ----------
    scores : ndarray, shape (n,) or (n, classes)
        Of the second class, or of every one.
    labels : ndarray, shape (n,)
        True labels.
    classes : ndarray
        What the scores are of; repetitions do not count.

    Returns
    -------
    float
        For more than two classes the mean over those that occur among the labels; ties count half.

    Examples
    --------
    >>> area_under_roc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]), np.array([0, 1]))
    0.75
    """
    from scipy.stats import rankdata  # a second of importing

    classes = np.unique(classes)
    if scores.ndim == 1:
        scores = scores[:, None]
    columns = classes[1:] if len(classes) == 2 else classes
    areas = []
    for value, score in zip(columns, scores[:, -len(columns) :].T, strict=True):
        positive_ones = labels == value
        n, m = int(positive_ones.sum()), int((~positive_ones).sum())
        if n and m:
            areas.append((rankdata(score)[positive_ones].sum() - n * (n + 1) / 2) / (n * m))
    return float(np.mean(areas)) if areas else math.nan


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
    leading = _principal_directions(features, n_components)
    one_hot = (labels[:, None] == np.unique(labels)).astype(float)
    centred = one_hot - one_hot.mean(axis=0)
    return float(np.sum((leading.T @ centred) ** 2) / np.sum(centred**2))


# ---------------------------------------------------------------------------------- helpers


def _principal_directions(features: Array, n_components: int) -> Array:
    """Principal components over the inputs, as unit columns, the leading first; no more than the rank."""
    # One scale for all, a power of two: no square overflows, and no bit changes.
    features = np.ldexp(features, -int(np.frexp(np.max(np.abs(features)))[1]))
    centred = features - features.mean(axis=0)
    # Taking the mean off leaves rounding of the size of the features, not of what varies in them.
    rounding = max(features.shape) * np.finfo(float).eps * np.linalg.norm(features)
    few = n_components < min(centred.shape)
    if min(centred.shape) < WIDE or not few or np.linalg.norm(centred) <= rounding:
        left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    else:
        left, sizes = _leading_directions(centred, n_components)
    return left[:, sizes > rounding][:, :n_components]


def _leading_directions(centred: Array, n_components: int) -> tuple[Array, Array]:
    """Only the leading singular vectors: at width 4096 a tenth of the whole decomposition's time."""
    from scipy.sparse.linalg import ArpackNoConvergence, svds

    start = np.random.default_rng(0).standard_normal(min(centred.shape))
    try:
        left, sizes, _ = svds(centred, k=n_components, v0=start, return_singular_vectors="u")
    except ArpackNoConvergence:
        left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    order = np.argsort(sizes)[::-1]
    return left[:, order], sizes[order]


def _fit(
    features: Array,
    labels: np.ndarray,
    penalty: float,
    weights: Array | None = None,
    n: int | None = None,
) -> Probe:
    """Fit to n inputs, by default one for each label."""
    from sklearn import config_context
    from sklearn.linear_model import LogisticRegression

    centre, scale = centre_and_scale(features)
    logistic = LogisticRegression(C=1 / (penalty * (n or len(labels))), max_iter=1000)
    # Checked by the callers already; scikit-learn's own checks would take half of the time.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        return Probe(centre, scale, logistic.fit((features - centre) / scale, labels, weights))


def centre_and_scale(features: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of every feature; a constant one has scale 1.

    Raises
    ------
    ValueError
        If squares of the features do not fit a double.

    Examples
    --------
    >>> centre_and_scale(np.array([[1.0, 5.0], [3.0, 5.0]]))[1].tolist()
    [1.0, 1.0]
    """
    with np.errstate(over="ignore", invalid="ignore"):
        centre, scale = features.mean(axis=0), features.std(axis=0)
    if not np.all(np.isfinite(scale)):
        worst = np.max(np.abs(features))
        raise ValueError(f"features reach {worst:g}; allowed: numbers whose squares fit a double")
    scale[is_constant(centre, scale)] = 1
    return centre, scale


def is_constant(centre: Array, scale: Array) -> np.ndarray:
    """Which features are constant up to rounding, from means and standard deviations; in any unit.

    Examples
    --------
    >>> is_constant(np.array([0.1, 0.0]), np.array([1e-17, 1e-15])).tolist()
    [True, False]
    """
    return scale <= 1e-12 * (min(1.0, scale.max()) + np.abs(centre))


def _accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(predicted == labels))


def _task(features: ArrayLike, labels: ArrayLike) -> tuple[Array, np.ndarray]:
    """Features and their labels, checked."""
    checked = _features("features", features)
    answers = label_array("labels", labels, len(checked))
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


def label_array(name: str, value: ArrayLike, n: int) -> np.ndarray:
    """Check labels, one for each of n inputs, and return them as an array.

    Examples
    --------
    >>> label_array("labels", ["no", "yes"], 2).tolist()
    ['no', 'yes']
    """
    if np.ma.isMaskedArray(value):
        raise ValueError(f"{name} is a masked array; allowed: a plain array of labels")
    array = np.asarray(value)
    if array.dtype.kind == "T":
        array = array.astype(object)
    if array.shape != (n,):
        raise ValueError(f"{name} has shape {array.shape}; allowed: ({n},), one label per input")
    if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        raise ValueError(f"{name} contains nan or inf; allowed: finite labels")
    if array.dtype.kind in "cV" or (array.dtype.kind in "mM" and np.any(np.isnat(array))):
        raise ValueError(f"{name} is of {array.dtype} ({array[0]!r}, ...); allowed: plain labels")
    if array.dtype.kind == "O" and _kind(array) in MIXED:
        raise ValueError(
            f"{name} is {_kind(array)} ({array[0]!r}, ...); allowed: all numbers, or all strings"
        )
    # scikit-learn knows neither strings of any length nor objects, as pandas' columns often are.
    return np.array(array.tolist()) if array.dtype.kind == "O" else array


def _same_classes(given: dict[str, ArrayLike], n_train: int, n_test: int) -> dict[str, np.ndarray]:
    """Every set of labels checked alike: shape, kind, classes; two of them where something is fitted."""
    sizes = {name: n_test if name.endswith("_test") else n_train for name in given}
    checked = {name: label_array(name, value, sizes[name]) for name, value in given.items()}
    truth = checked["true_labels"]
    require_two_classes("true_labels", truth)
    for name, labels in checked.items():
        if _kind(labels) != _kind(truth):
            raise ValueError(
                f"{name} are {_kind(labels)} ({labels[0]!r}); allowed: {_kind(truth)}, as true_labels"
            )
        if (
            name != "weak_labels_test"
        ):  # nothing is fitted to these, and one answer for all has an accuracy
            require_two_classes(name, labels)
        unknown = np.setdiff1d(labels, truth)
        if len(unknown):
            known = ", ".join(map(str, np.unique(truth)[:4])) + ", ..." * (
                len(np.unique(truth)) > 4
            )
            raise ValueError(
                f"{name} has the class {unknown[0]!s}; allowed: the classes of true_labels ({known}), in the "
                "same encoding"
            )
    return checked


def _kind(labels: np.ndarray) -> str:
    """What labels are: comparing numbers with strings finds every answer wrong."""
    if labels.dtype.kind != "O":
        return {"U": "strings", "T": "strings", "S": "bytes"}.get(labels.dtype.kind, "numbers")
    kinds = set()
    for each in labels.tolist():
        plain = np.asarray(each)
        missing = plain.dtype.kind == "O" or (plain.dtype.kind == "f" and not np.isfinite(plain))
        kinds.add("objects" if missing else _kind(plain))
    return kinds.pop() if len(kinds) == 1 else "of several kinds"


def _probabilities(name: str, value: ArrayLike | None, n: int, labels: np.ndarray) -> Array | None:
    """Soft labels, checked: one row per input, one column per class, adding up to 1."""
    if value is None:
        return None
    array, shape = matrix(name, value, "inputs, classes"), (n, len(np.unique(labels)))
    if array.shape != shape:
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: {shape}, one column for each class"
        )
    if array.min() < 0 or not np.allclose(array.sum(axis=1), 1, atol=1e-4):
        raise ValueError(
            f"{name} has rows that are no probabilities; allowed: >= 0, adding up to 1"
        )
    return array


def _same_order(name: str, labels: np.ndarray, shares: Array, classes: np.ndarray) -> None:
    """Refuse probabilities that speak against the labels beside them: of columns in another order."""
    own = shares[np.arange(len(labels)), np.searchsorted(classes, labels)].mean()
    # Both the likeliest class and one drawn from the probabilities have at least 1/classes on average.
    if own < 0.9 / len(classes):
        soft = name.replace("labels", "probabilities")
        raise ValueError(
            f"{soft} gives {name} {own:.2f} on average, less than chance; allowed: one column for each "
            f"class, in the order {', '.join(map(str, classes[:4]))}"
        )


def _fits(name: str, probe: Probe, width: int, truth: np.ndarray) -> None:
    """Refuse a probe of other features or other classes."""
    if len(probe.centre) != width:
        raise ValueError(f"{name} reads {len(probe.centre)} features; allowed: {width}")
    if _kind(probe.classes) != _kind(truth) or not np.isin(np.unique(truth), probe.classes).any():
        raise ValueError(
            f"{name} knows the classes {probe.classes.tolist()[:4]}; allowed: those of true_labels, "
            f"{np.unique(truth).tolist()[:4]}"
        )


def _identifiers(name: str, group: Identifiers | None) -> list[Hashable]:
    """Identifiers as plain values, each equal to itself."""
    if group is None:
        return []
    if isinstance(group, (str, bytes)) or not hasattr(group, "__len__"):
        raise ValueError(f"{name} = {group!r}; allowed: a sequence, one entry per input")
    plain = group.tolist() if isinstance(group, np.ndarray) else list(group)
    plain = [each.item() if isinstance(each, np.generic) else each for each in plain]
    for each in plain:
        if each is None or not isinstance(each, Hashable) or not _is_itself(each):
            raise ValueError(
                f"{name} contains {each!r}; allowed: numbers, strings or tuples of them"
            )
    return plain


def _is_itself(value: Hashable) -> bool:
    """Whether a value equals itself; nan and NaT do not, and pandas' NA says neither yes nor no."""
    try:
        return bool(value == value)
    except TypeError:
        return False


def _one_per_input(name: str, ids: Identifiers | None, n: int) -> None:
    if ids is not None and len(_identifiers(name, ids)) != n:
        raise ValueError(f"{name} has {len(ids)} entries; allowed: {n}, one per input")
