r"""The study of checkpoints in seconds: a network pre-trained on real digits.

A multi-layer perceptron is pre-trained to tell the ten digits of scikit-learn's images apart. The *task* is
whether a digit is odd. The supervisor is a logistic regression that sees part of each image and few labels;
the student, a linear probe on the last hidden layer of a checkpoint (`w2slib.probes`). For each seed the
images are dealt anew into four disjoint sets: pre-training, supervisor, student, test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from threadpoolctl import threadpool_limits

from w2slib.core.progress import progress
from w2slib.core.results import Result, over
from w2slib.core.trials import describe_seed, described, takes_rng
from w2slib.core.types import Array, Rng
from w2slib.core.validation import between, integer, positive, single
from w2slib.studies.probes import (
    cross_validated_accuracy,
    disjoint_split,
    feature_alignment,
    fit_probe,
)
from w2slib.studies.transitions import Study

__all__ = [
    "BATCH",
    "COMPONENTS",
    "DIGIT_SIZES",
    "HIDDEN",
    "LAST_STEP",
    "LEARNING_RATE",
    "DigitScores",
    "Supervisor",
    "digits_scores",
    "digits_studies",
    "digits_study",
]

DIGIT_SIZES = {"pretraining": 500, "supervisor": 150, "student": 700, "test": 447}
"""How scikit-learn's 1797 real digits are split into four disjoint sets."""

LAST_STEP = 1024
"""Step at which pre-training ends."""

HIDDEN = (64, 32, 16)
"""Widths of the network's hidden layers."""

BATCH = 32
"""Images in each step of pre-training."""

LEARNING_RATE = 0.2
"""Step size of pre-training; at 0.3 one network in sixty collapses: its hidden units die."""

COMPONENTS = 4
"""Leading principal components of a study's alignment."""


@dataclass(frozen=True)
class Supervisor:
    """The weak supervisor of the digits: it sees part of each image, and few labels.

    Attributes
    ----------
    n_labels : int
        Images it is trained on, at most 150.
    visible : float
        Share of the pixels that it sees of an image, drawn anew for each image; in (0, 1].
    label_noise : float
        Probability that a label that it hands to the student is flipped; in [0, 1/2].
    shuffled : bool
        Negative control: the labels it is trained on are shuffled, and say nothing.
    """

    n_labels: int = 100
    visible: float = 0.6
    label_noise: float = 0.0
    shuffled: bool = False

    def __post_init__(self) -> None:
        most = DIGIT_SIZES["supervisor"]
        if integer("n_labels", self.n_labels, minimum=2) > most:
            raise ValueError(f"n_labels = {self.n_labels}; allowed: an integer from 2 to {most}")
        positive("visible", self.visible)
        single("visible", between("visible", self.visible, 0, 1))
        single("label_noise", between("label_noise", self.label_noise, 0, 0.5))


@dataclass(frozen=True, eq=False, repr=False)
class DigitScores(Result):
    """The student's decision scores on the test images of one seed of `digits_scores`.

    Attributes
    ----------
    steps : ndarray of int, shape (K,)
        Steps of pre-training.
    scores : ndarray, shape (K, T)
        Log-odds that the digit is odd, by the student.
    labels : ndarray of int, shape (T,)
        1 for odd, 0 for even.
    weak, ceiling : float
        Accuracies of the supervisor and of the last checkpoint's ceiling.
    """

    steps: np.ndarray = over("steps")
    scores: Array = over("steps", "image")
    labels: np.ndarray = over("image")
    weak: float = over()
    ceiling: float = over()


@takes_rng
def digits_study(
    n_checkpoints: int = 100,
    n_seeds: int = 5,
    rng: Rng = None,
    *,
    supervisor: Supervisor | None = None,
    executor: Executor | None = None,
) -> Study:
    """Follow weak-to-strong learning along the pre-training of a network on real digits.

    Parameters
    ----------
    n_checkpoints : int
        From step 0 to step 1024, spaced evenly on a logarithmic axis as far as whole numbers allow;
        2 to 200.
    n_seeds : int
        Independent repetitions, at least 2.
    rng, executor
        Draws and runs the seeds.
    supervisor : Supervisor, optional
        By default ``Supervisor()``.

    Returns
    -------
    Study

    Notes
    -----
    After the protocol of [Blessing]. Here pre-training has labels (which digit)
    that determine the task's (odd or even), unlike a language model's.

    Examples
    --------
    >>> study = digits_study(3, n_seeds=2, rng=0)
    >>> study.steps.tolist(), study.student.shape
    ([0, 31, 1024], (3, 2))
    """
    chosen = Supervisor() if supervisor is None else supervisor
    (study,) = digits_studies([chosen], n_checkpoints, n_seeds, rng, executor=executor)
    return study


@takes_rng
def digits_studies(
    supervisors: Sequence[Supervisor],
    n_checkpoints: int = 100,
    n_seeds: int = 5,
    rng: Rng = None,
    *,
    executor: Executor | None = None,
) -> list[Study]:
    """`digits_study` for several supervisors of the same networks, images and seeds.

    Parameters
    ----------
    supervisors : sequence of Supervisor
        Not empty.
    n_checkpoints, n_seeds, rng, executor
        See `digits_study`.

    Returns
    -------
    list of Study
        One for each supervisor.

    Examples
    --------
    >>> good, bad = digits_studies([Supervisor(), Supervisor(n_labels=20)], 2, n_seeds=2, rng=0)
    >>> bool(good.weak.mean() > bad.weak.mean()), bool(np.all(good.ceiling == bad.ceiling))
    (True, True)
    """
    supervisors = list(supervisors)
    if not supervisors:
        raise ValueError("supervisors is empty; allowed: at least one Supervisor")
    steps, n_seeds = _digit_steps(n_checkpoints), integer("n_seeds", n_seeds, minimum=2)
    rng = np.random.default_rng(rng)
    common = {"n_checkpoints": n_checkpoints, "n_seeds": n_seeds, "seed": describe_seed(rng)}
    different = list(dict.fromkeys(supervisors))  # equal supervisors share their students
    runner = map if executor is None else executor.map
    runs = runner(partial(_digit_seed, steps, different), rng.spawn(n_seeds))
    weak, student, ceiling, probe, alignment = (
        np.stack(part, -1) for part in zip(*progress(runs, n_seeds, "seeds"), strict=True)
    )
    return [
        Study(
            steps, weak[i], student[i], ceiling, probe, alignment,
            setting=described(supervisor=different[i], **common),
        )
        for i in map(different.index, supervisors)
    ]  # fmt: skip


@takes_rng
def digits_scores(
    n_checkpoints: int = 40,
    rng: Rng = None,
    *,
    supervisor: Supervisor | None = None,
) -> DigitScores:
    """Decision scores of the student at every checkpoint of one seed of `digits_study`.

    Parameters
    ----------
    n_checkpoints, rng, supervisor
        See `digits_study`.

    Returns
    -------
    DigitScores

    Examples
    --------
    >>> scores = digits_scores(2, rng=0)
    >>> scores.scores.shape, scores.steps.tolist()
    ((2, 447), [0, 1024])
    """
    steps, chosen = _digit_steps(n_checkpoints), supervisor or Supervisor()
    rng = np.random.default_rng(rng)
    setting = described(n_checkpoints=n_checkpoints, supervisor=chosen, seed=describe_seed(rng))
    (own,) = rng.spawn(1)
    odd = _digits()[1] % 2
    with threadpool_limits(limits=1):
        deal = _deal_digits(own)
        weak_rng = np.random.default_rng(int(own.integers(2**62)))
        labels, right = _weak_labels(chosen, deal, weak_rng)
        scores = []
        for hidden in progress(_pretrain(steps, deal, own), len(steps), "checkpoints"):
            train, test = hidden[deal["student"]], hidden[deal["test"]]
            scores.append(fit_probe(train, labels).decision_function(test))
        truth = odd[deal["test"]]
        best = fit_probe(train, odd[deal["student"]])
        ceiling = float(np.mean(best.predict(test) == truth))
    return DigitScores(steps, np.stack(scores), truth, right, ceiling, setting=setting)


def _digit_steps(n_checkpoints: int) -> np.ndarray:
    n = integer("n_checkpoints", n_checkpoints, minimum=2)
    if n > 200:
        raise ValueError(f"n_checkpoints = {n}; allowed: an integer from 2 to 200")
    # Log-spaced whole numbers repeat at the lower end; take as many points as leave n of them.
    for points in range(n, 40 * n):
        steps = np.unique(np.geomspace(1, LAST_STEP + 1, points).round().astype(int)) - 1
        if len(steps) >= n:
            return steps
    raise AssertionError(f"no spacing gives {n} checkpoints")


@cache
def _digits() -> tuple[Array, np.ndarray]:
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    return images / 16, digits


def _deal_digits(rng: np.random.Generator) -> dict[str, np.ndarray]:
    parts = disjoint_split(len(_digits()[1]), list(DIGIT_SIZES.values()), rng)
    return dict(zip(DIGIT_SIZES, parts, strict=True))


def _pretrain(
    steps: np.ndarray, deal: Mapping[str, np.ndarray], rng: np.random.Generator
) -> Iterator[Array]:
    """Yield the last hidden layer on all images at each step of pre-training."""
    from sklearn import config_context
    from sklearn.neural_network import MLPClassifier

    images, digits = _digits()
    network = MLPClassifier(
        HIDDEN, solver="sgd", momentum=0.0, alpha=0.0, learning_rate_init=LEARNING_RATE,
        batch_size=BATCH, shuffle=False, random_state=0,
    )  # fmt: skip
    # The first call makes the network, but also trains it: put weights of our own in their place.
    first = deal["pretraining"][:BATCH]
    network.partial_fit(images[first], digits[first], classes=np.arange(10))
    for weights, biases in zip(network.coefs_, network.intercepts_, strict=True):
        weights[...] = rng.standard_normal(weights.shape) * np.sqrt(2 / len(weights))
        biases[...] = 0
    done = 0
    for step in steps:
        if step > done:
            batches = rng.choice(deal["pretraining"], (step - done) * BATCH)
            with config_context(assume_finite=True, skip_parameter_validation=True):
                network.partial_fit(images[batches], digits[batches])
            done = step
        hidden = images
        for weights, biases in list(zip(network.coefs_, network.intercepts_, strict=True))[:-1]:
            hidden = np.maximum(hidden @ weights + biases, 0)
        yield hidden


def _weak_labels(
    supervisor: Supervisor, deal: Mapping[str, np.ndarray], rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Labels for the student's images, and the supervisor's accuracy on the test images."""
    images, digits = _digits()
    odd = digits % 2
    seen = images * (rng.random(images.shape) < supervisor.visible)
    own = deal["supervisor"][: supervisor.n_labels]
    labels = rng.permutation(odd[own]) if supervisor.shuffled else odd[own]
    answers = fit_probe(seen[own], labels).predict(seen)
    right = float(np.mean(answers[deal["test"]] == odd[deal["test"]]))
    given = answers[deal["student"]]
    return np.where(rng.random(len(given)) < supervisor.label_noise, 1 - given, given), right


def _digit_seed(
    steps: np.ndarray, supervisors: Sequence[Supervisor], rng: np.random.Generator
) -> tuple[Array, Array, Array, Array, Array]:
    """One seed: arrays over (supervisors), (supervisors, steps), (steps), (steps), (steps)."""
    odd = _digits()[1] % 2
    with threadpool_limits(limits=1):
        deal = _deal_digits(rng)
        # Every supervisor draws the same random numbers, so that only their settings differ.
        seed = int(rng.integers(2**62))
        weak = [_weak_labels(s, deal, np.random.default_rng(seed)) for s in supervisors]
        rows = [
            _digit_checkpoint(hidden, deal, odd, weak) for hidden in _pretrain(steps, deal, rng)
        ]
    student, ceiling, probe, alignment = (np.stack(part, -1) for part in zip(*rows, strict=True))
    return np.array([right for _, right in weak]), student, ceiling, probe, alignment


def _digit_checkpoint(
    hidden: Array,
    deal: Mapping[str, np.ndarray],
    odd: np.ndarray,
    weak: Sequence[tuple[np.ndarray, float]],
) -> tuple[Array, float, float, float]:
    """Accuracies of the students and of the ceiling, linear readability, alignment."""
    train, test = hidden[deal["student"]], hidden[deal["test"]]
    truth, truth_test = odd[deal["student"]], odd[deal["test"]]

    def accuracy(labels: np.ndarray) -> float:
        return float(np.mean(fit_probe(train, labels).predict(test) == truth_test))

    student = np.array([accuracy(labels) for labels, _ in weak])
    probe = cross_validated_accuracy(train, truth)
    return student, accuracy(truth), probe, feature_alignment(train, truth, COMPONENTS)
