r"""Checkpoints of real networks: how weak-to-strong generalization emerges along pre-training.

Setting. A network is saved at :math:`K` steps of its pre-training. At each checkpoint a linear probe
on its features is the student of one and the same weak supervisor (`w2slib.probes`). [Blessing] does
so for hundreds of checkpoints of Pythia and OLMo and finds that the performance gap recovered rises
abruptly with pre-training and goes with how linearly readable the task is.

There is no closed form for real networks, so that the module's "theory" part is empty. `digits_study`
runs the study in seconds on real digits; `sweep` runs it on any language model that
`list_checkpoints` knows; the verdict says where weak-to-strong generalization begins, and how closely
it goes with linear readability.

Command line: ``python -m w2slib.checkpoints --model EleutherAI/pythia-70m --dataset FILE.csv
--out results.csv``.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from w2slib.core.validation import between, integer, positive
from w2slib.studies.language_models import list_checkpoints, load_features
from w2slib.studies.probes import (
    W2SResult,
    cross_validated_accuracy,
    disjoint_split,
    evaluate,
    feature_alignment,
    fit_probe,
)
from w2slib.studies.sweeps import (
    SweepSetting,
    TextDataset,
    bag_of_characters,
    read_dataset,
    read_sweep,
    sweep,
)
from w2slib.studies.transitions import (
    ChangePoint,
    Interval,
    Study,
    change_point,
    rank_correlation,
    seed_mean,
)

# The chapter's whole vocabulary, so that its notebook imports one module.
__all__ = [
    "BATCH", "COMPONENTS", "DIGIT_SIZES", "HIDDEN", "LAST_STEP", "LEARNING_RATE",
    "ChangePoint", "DigitScores", "Interval", "Study", "Supervisor", "SweepSetting", "TextDataset",
    "W2SResult", "bag_of_characters", "change_point", "digits_scores", "digits_studies",
    "digits_study", "evaluate", "feature_alignment", "list_checkpoints", "load_features", "main",
    "rank_correlation", "read_dataset", "read_sweep", "seed_mean", "sweep",
]  # fmt: skip

# ----------------------------------------------------------------------------- the digits

# scikit-learn's 1797 real digits, split into four disjoint sets.
DIGIT_SIZES = {"pretraining": 500, "supervisor": 150, "student": 700, "test": 447}
LAST_STEP = 1024
HIDDEN = (64, 32, 16)
BATCH = 32
LEARNING_RATE = 0.2  # at 0.3, one network in sixty collapses: its hidden units die
COMPONENTS = 4


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

    def __post_init__(self):
        most = DIGIT_SIZES["supervisor"]
        if integer("n_labels", self.n_labels, minimum=2) > most:
            raise ValueError(f"n_labels = {self.n_labels}; allowed: an integer from 2 to {most}")
        positive("visible", self.visible)
        between("visible", self.visible, 0, 1)
        between("label_noise", self.label_noise, 0, 0.5)


@dataclass(frozen=True)
class DigitScores:
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

    steps: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    weak: float
    ceiling: float


def digits_study(
    n_checkpoints: int = 100,
    n_seeds: int = 5,
    rng: np.random.Generator | int | None = None,
    *,
    supervisor: Supervisor | None = None,
    executor: Executor | None = None,
) -> Study:
    """Follow weak-to-strong learning along the pre-training of a network on real digits.

    A multi-layer perceptron is pre-trained to tell the ten digits apart. The *task* is whether a
    digit is odd. The supervisor is a logistic regression that sees part of each image and few
    labels; the student, a linear probe on the last hidden layer. For each seed the images are dealt
    anew into four disjoint sets: pre-training, supervisor, student, test.

    Parameters
    ----------
    n_checkpoints : int
        From step 0 to step 1024, spaced evenly on a logarithmic axis as far as whole numbers allow;
        2 to 200.
    n_seeds : int
        Independent repetitions, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.
    supervisor : Supervisor, optional
        By default ``Supervisor()``.
    executor : concurrent.futures.Executor, optional
        Runs the seeds; the result does not depend on it.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Source: this book, after the protocol of [Blessing]. Here pre-training has labels (which digit)
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


def digits_studies(
    supervisors: Sequence[Supervisor],
    n_checkpoints: int = 100,
    n_seeds: int = 5,
    rng: np.random.Generator | int | None = None,
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

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> good, bad = digits_studies([Supervisor(), Supervisor(n_labels=20)], 2, n_seeds=2, rng=0)
    >>> bool(good.weak.mean() > bad.weak.mean()), bool(np.all(good.ceiling == bad.ceiling))
    (True, True)
    """
    supervisors = list(supervisors)
    if not supervisors:
        raise ValueError("supervisors is empty; allowed: at least one Supervisor")
    steps = _digit_steps(n_checkpoints)
    generators = np.random.default_rng(rng).spawn(integer("n_seeds", n_seeds, minimum=2))
    runner = map if executor is None else executor.map
    different = list(dict.fromkeys(supervisors))  # equal supervisors share their students
    seeds = list(runner(partial(_digit_seed, steps, different), generators))
    weak, student, ceiling, probe, alignment = (
        np.stack(part, -1) for part in zip(*seeds, strict=True)
    )
    return [
        Study(steps, weak[i], student[i], ceiling, probe, alignment)
        for i in map(different.index, supervisors)
    ]


def digits_scores(
    n_checkpoints: int = 40,
    rng: np.random.Generator | int | None = None,
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

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> scores = digits_scores(2, rng=0)
    >>> scores.scores.shape, scores.steps.tolist()
    ((2, 447), [0, 1024])
    """
    steps = _digit_steps(n_checkpoints)
    (rng,) = np.random.default_rng(rng).spawn(1)
    with threadpool_limits(limits=1):
        deal = _deal_digits(rng)
        weak_rng = np.random.default_rng(int(rng.integers(2**62)))
        labels, right = _weak_labels(supervisor or Supervisor(), deal, weak_rng)
        scores = []
        for hidden in _pretrain(steps, deal, rng):
            probe = fit_probe(hidden[deal["student"]], labels)
            scores.append(probe.decision_function(hidden[deal["test"]]))
        odd = _digits()[1] % 2
        best = fit_probe(hidden[deal["student"]], odd[deal["student"]])
        truth = odd[deal["test"]]
        ceiling = float(np.mean(best.predict(hidden[deal["test"]]) == truth))
    return DigitScores(steps, np.stack(scores), truth, right, ceiling)


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
def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    return images / 16, digits


def _deal_digits(rng: np.random.Generator) -> dict[str, np.ndarray]:
    parts = disjoint_split(len(_digits()[1]), list(DIGIT_SIZES.values()), rng)
    return dict(zip(DIGIT_SIZES, parts, strict=True))


def _pretrain(steps: np.ndarray, deal: dict, rng: np.random.Generator) -> Iterator[np.ndarray]:
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
    supervisor: Supervisor, deal: dict, rng: np.random.Generator
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


def _digit_seed(steps, supervisors, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
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


def _digit_checkpoint(hidden, deal, odd, weak):
    train, test = hidden[deal["student"]], hidden[deal["test"]]
    truth, truth_test = odd[deal["student"]], odd[deal["test"]]

    def accuracy(labels):
        return np.mean(fit_probe(train, labels).predict(test) == truth_test)

    student = np.array([accuracy(labels) for labels, _ in weak])
    probe = cross_validated_accuracy(train, truth)
    return student, accuracy(truth), probe, feature_alignment(train, truth, COMPONENTS)


# ---------------------------------------------------------------------------- command line


def main(argv: Sequence[str] | None = None) -> int:
    """Run `sweep` from the command line; ``python -m w2slib.checkpoints --help`` lists the options.

    Parameters
    ----------
    argv : sequence of str, optional
        By default the process's own arguments.

    Returns
    -------
    int
        Exit code: 0, or 1 after an error that was printed.

    Examples
    --------
    >>> main(["--model", "someone/unknown", "--dataset", "no.csv", "--out", "out.csv"])
    error: [Errno 2] No such file or directory: 'no.csv'
    1
    """
    options = _parser().parse_args(argv)
    names = SweepSetting.__dataclass_fields__
    try:
        setting = SweepSetting(**{name: getattr(options, name) for name in names})
        dataset = read_dataset(options.dataset)
        checkpoints = list_checkpoints(options.model)
        if options.only:
            checkpoints = [pair for pair in checkpoints if pair[1] in options.only]
        study = _sweep(options, dataset, setting, checkpoints)
    except (ValueError, OSError, ImportError) as error:
        print(f"error: {error}")
        return 1
    print(f"{len(study.steps)} checkpoints, {len(study.weak)} seeds in {options.out}")
    return 0


def _sweep(options, dataset, setting, checkpoints) -> Study:
    run = partial(
        sweep, options.model, dataset, out=options.out, setting=setting, checkpoints=checkpoints,
        batch_size=options.batch_size, device=options.device, cache_dir=options.cache_dir,
    )  # fmt: skip
    if options.workers == 1:
        return run()
    # Forking a process that has threads, as torch makes, can hang; spawning cannot.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=spawn) as pool:
        return run(executor=pool)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m w2slib.checkpoints",
        description="Weak-to-strong learning at every checkpoint of a language model.",
    )
    parser.add_argument("--model", required=True, help="name on the hub, or a folder of revisions")
    parser.add_argument(
        "--dataset", required=True, type=Path, help="CSV with the columns text, label"
    )
    parser.add_argument("--out", required=True, type=Path, help="CSV that is written or continued")
    parser.add_argument("--only", nargs="+", metavar="REVISION", help="these checkpoints only")
    parser.add_argument("--cache-dir", type=Path, help="keep features here")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    for name, default in SweepSetting().__dict__.items():
        option = "--" + name.replace("_", "-")
        if isinstance(default, bool):
            parser.add_argument(option, action="store_true")
        else:
            parser.add_argument(option, type=type(default), default=default)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
