"""A sweep's setting, and every supervisor's answers to every deal, before any student is trained."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from w2slib.core.types import Array
from w2slib.core.validation import between, choice, flag, integer, positive, single, unbox
from w2slib.studies import _reading as reading
from w2slib.studies._deals import REPEATS, Deal, check_weak_labels
from w2slib.studies._reading import DTYPES, POOLINGS, Features, Readout, features_of
from w2slib.studies._training import fine_tune
from w2slib.studies.probes import PENALTY, _probabilities, label_array
from w2slib.studies.students import FineTuned
from w2slib.studies.supervisors import Answers, Given, Lesson, Teacher
from w2slib.studies.texts import TextDataset

if TYPE_CHECKING:
    from w2slib.studies._reading import Loaded

__all__ = ["SweepSetting", "Tasks", "Taught", "one_hot", "teach"]

Tasks = Mapping[str, TextDataset]


@dataclass(frozen=True)
class SweepSetting:
    """Everything that decides a sweep's numbers, besides the model and the data.

    Attributes
    ----------
    n_supervisor, n_train, n_test : int
        Texts that the supervisor, the student and the test get; disjoint, dealt anew for each seed.
    n_seeds, seed : int
        How many deals, and the seed of the first. More can be added to a file later.
    reads : int
        Characters at the end of a text that the supervisor looks at, where no other supervisor is given.
    label_noise : float
        Probability that a label handed to the student is replaced by a random other one; it does
        not count in the supervisor's own accuracy.
    shuffled : bool
        Negative control: the supervisor's training labels are shuffled.
    layer, pooling : int, str, or tuples of them
        See `w2slib.language_models.load_features`; all of them are read in one pass.
    penalty : float
        Penalty of all probes, see `w2slib.probes.fit_probe`.
    n_components : int
        See `w2slib.probes.feature_alignment`.
    dtype : str
        Precision of the networks, "float32" unless said.
    repeats : str
        Texts that occur twice: "refuse", or "group" (both go to the same side).
    """

    n_supervisor: int = 100
    n_train: int = 2000
    n_test: int = 1000
    n_seeds: int = 5
    seed: int = 0
    reads: int = 16
    label_noise: float = 0.0
    shuffled: bool = False
    layer: int | tuple[int, ...] = -1
    pooling: str | tuple[str, ...] = "last"
    penalty: float = PENALTY
    n_components: int = 8
    dtype: str = "float32"
    repeats: str = "refuse"

    def __post_init__(self) -> None:
        unbox(self)
        flag("shuffled", self.shuffled)
        for name in ("n_supervisor", "n_train", "n_test", "n_seeds", "reads", "n_components"):
            integer(name, getattr(self, name))
        integer("seed", self.seed, minimum=0)
        single("label_noise", between("label_noise", self.label_noise, 0, 1))
        single("penalty", positive("penalty", self.penalty))
        choice("dtype", self.dtype, DTYPES)
        choice("repeats", self.repeats, REPEATS)
        for name in ("layer", "pooling"):
            value = getattr(self, name)
            if not isinstance(value, (int, str)):
                object.__setattr__(self, name, _several(name, value))
        if not self.readouts:
            raise ValueError("layer or pooling is empty; allowed: at least one")
        for layer, pooling in self.readouts:
            choice("pooling", pooling, POOLINGS)
            if isinstance(layer, bool) or not isinstance(layer, int):
                raise ValueError(f"layer = {layer!r}; allowed: whole numbers")

    @property
    def readouts(self) -> list[Readout]:
        """Every layer with every pooling."""
        layers: Any = (self.layer,) if isinstance(self.layer, (int, str)) else self.layer
        poolings: Any = (self.pooling,) if isinstance(self.pooling, (int, str)) else self.pooling
        return list(dict.fromkeys((layer, pooling) for layer in layers for pooling in poolings))


def _several(name: str, values: Any) -> tuple[Any, ...]:
    if not isinstance(values, Iterable):
        raise ValueError(f"{name} = {values!r}; allowed: one, or a sequence of them")
    return tuple(each.item() if isinstance(each, np.generic) else each for each in values)


@dataclass(frozen=True, eq=False)
class Taught:
    """One deal with one supervisor's labels for it; the same at every checkpoint."""

    deal: Deal
    weak_train: np.ndarray
    weak_test: np.ndarray
    soft_train: Array | None
    soft_test: Array | None


def teach(
    model: str,
    tasks: Tasks,
    setting: SweepSetting,
    teachers: Mapping[str, Sequence[Teacher]],
    deals: Mapping[str, Sequence[tuple[Deal, np.random.Generator]]],
    loading: Mapping[str, Any],
) -> dict[tuple[str, str, int], Taught]:
    """Every supervisor's answers to every deal of every task."""
    taught = {}
    for task, data in tasks.items():
        reader = _Reader(model, data, setting.dtype, loading, teachers[task])
        for teacher in teachers[task]:
            for deal, rng in deals[task]:
                # The same generator for every supervisor, as the deal left it.
                one = _answers(data, setting, teacher, deal, copy.deepcopy(rng), reader)
                check_weak_labels(deal.number, one.weak_train, teacher.name)
                taught[task, teacher.name, deal.number] = one
    return taught


def _answers(
    data: TextDataset,
    setting: SweepSetting,
    teacher: Teacher,
    deal: Deal,
    rng: np.random.Generator,
    reader: _Reader,
) -> Taught:
    labels = data.labels[deal.supervisor]
    if teacher.shuffled:
        labels = rng.permutation(labels)
    classes = np.unique(data.labels)
    if not isinstance(teacher, Given):
        _check_lesson(deal, labels, np.setdiff1d(classes, data.labels[deal.train]))
    seed = seed_of(setting.seed, deal.number)
    lesson = Lesson(data, deal.supervisor, labels, classes, reader.read, reader.fine_tune, seed)
    answers = _checked(teacher, teacher.answer(lesson), len(data.texts), classes)
    # Room for every class: the labels of one that says few of them may be of fewer letters.
    given = answers.labels[deal.train].astype(np.result_type(answers.labels, classes))
    for i in np.flatnonzero(rng.random(len(given)) < setting.label_noise):
        given[i] = rng.choice(classes[classes != given[i]])
    shares = answers.probabilities
    return Taught(
        deal, given, answers.labels[deal.test],
        shares[deal.train] if shares is not None and answers.soft else None,
        None if shares is None else shares[deal.test],
    )  # fmt: skip


def _check_lesson(deal: Deal, labels: np.ndarray, lacking: np.ndarray) -> None:
    """Refuse a deal of which a supervisor can learn nothing, or more classes than its student meets."""
    if len(np.unique(labels)) < 2:
        what = f"are all of the class {labels[0]!s}" if len(labels) else "are none (trained_on)"
        raise ValueError(f"deal {deal.number}: the supervisor's {len(labels)} texts {what}; allowed: two "
                         "classes, so a larger n_supervisor")  # fmt: skip
    if len(lacking):
        raise ValueError(f"deal {deal.number}: class {lacking[0]!s} is not among the student's texts; "
                         "allowed: all classes, so a larger n_train")  # fmt: skip


def _checked(teacher: Teacher, answers: Answers, n: int, classes: np.ndarray) -> Answers:
    """Answers of a supervisor, which may be one of your own: a label and probabilities for every text."""
    who = f"of the supervisor {teacher.name!r}"
    labels = label_array(f"labels {who}", answers.labels, n)
    strange = set(labels.tolist()) - set(classes.tolist())
    if strange:
        raise ValueError(f"labels {who} have the class {next(iter(strange))!r}; allowed: those of the task, "
                         f"{classes.tolist()[:4]}")  # fmt: skip
    return replace(
        answers, labels=labels,
        probabilities=_probabilities(f"probabilities {who}", answers.probabilities, n, classes),
    )  # fmt: skip


def seed_of(*parts: int) -> int:
    """One seed from several numbers.

    Examples
    --------
    >>> seed_of(0, 1) == seed_of(0, 1) != seed_of(1, 0)
    True
    """
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


@dataclass(eq=False)
class _Reader:
    """What supervisors read of networks, each network once."""

    model: str
    data: TextDataset
    dtype: str
    loading: Mapping[str, Any]
    teachers: Sequence[Teacher]

    def __post_init__(self) -> None:
        self._found: dict[tuple[str | None, str], dict[Readout, Features]] = {}
        self._loaded: dict[tuple[str | None, str], Loaded] = {}

    def read(self, model: str | None, revision: str, readout: Readout) -> Features:
        """Features of all texts; all that any supervisor needs of this network in one pass."""
        key = (model, revision)
        if key not in self._found:
            needs = [need for each in self.teachers for need in each.needs()]
            readouts = list(dict.fromkeys([readout, *(r for m, v, r in needs if (m, v) == key)]))
            self._found[key], _ = features_of(
                model or self.model,
                revision,
                self.data.texts,
                readouts,
                dtype=self.dtype,
                **self.loading,
            )
        return self._found[key][readout]

    def fine_tune(
        self, model: str | None, revision: str, how: FineTuned, own: np.ndarray, labels: np.ndarray
    ) -> Array:
        """Probabilities for all texts of a network trained on a few."""
        key = (model, revision)
        if key not in self._loaded:
            self._loaded[key] = reading.load(
                model or self.model, revision, dtype=self.dtype, device=self.loading["device"]
            )
        texts, classes = self.data.texts, np.unique(self.data.labels)
        return fine_tune(
            self._loaded[key], how, [texts[i] for i in own], one_hot(labels, classes), list(texts),
            seed=how.training_seeds[0],
        )  # fmt: skip


def one_hot(labels: np.ndarray, classes: np.ndarray) -> Array:
    """Probabilities that hard labels are, shape (n, classes)."""
    return (labels[:, None] == classes).astype(float)
