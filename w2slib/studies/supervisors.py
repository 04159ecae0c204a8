r"""Supervisors: who labels the student's texts.

A supervisor sees true labels of its own texts only (`Lesson`) and answers for all texts (`Answers`), in hard
labels or in probabilities. Characters, a language model (probed or fine-tuned), an earlier checkpoint of the
student's own model, and labels that you bring are interchangeable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from w2slib.core.types import Array
from w2slib.core.validation import choice, flag, instance, integer, positive, single, unbox
from w2slib.studies._hub import name_of
from w2slib.studies._reading import POOLINGS, Features, Readout
from w2slib.studies.probes import PENALTY, Probe, fit_probe
from w2slib.studies.students import FineTuned, Student
from w2slib.studies.texts import TextDataset, bag_of_characters

__all__ = [
    "Answers", "Characters", "EarlierCheckpoint", "Given", "LanguageModel", "Lesson", "Teacher",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a supervisor is given for one deal.

    Attributes
    ----------
    dataset : TextDataset
        Of which it reads the texts.
    own : ndarray of int
        Its own texts.
    labels : ndarray
        True labels of these; shuffled for the control.
    classes : ndarray
        All labels, sorted.
    read : callable
        ``read(model, revision, readout)`` gives features of all texts; model None is the student's own.
    fine_tune : callable
        ``fine_tune(model, revision, student, own, labels)`` gives probabilities for all texts.
    seed : int
        Of the deal, for what is trained.
    """

    dataset: TextDataset
    own: np.ndarray
    labels: np.ndarray
    classes: np.ndarray
    read: Callable[[str | None, str, Readout], Features]
    fine_tune: Callable[[str | None, str, FineTuned, np.ndarray, np.ndarray], Array]
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Answers:
    """What a supervisor says of all texts.

    Attributes
    ----------
    labels : ndarray, shape (n,)
    probabilities : ndarray, shape (n, classes), or None
    soft : bool
        Whether the student learns from the probabilities.
    """

    labels: np.ndarray
    probabilities: Array | None = None
    soft: bool = False


@dataclass(frozen=True)
class Teacher:
    """Base of all supervisors.

    Attributes
    ----------
    shuffled : bool
        Negative control: its training labels are shuffled.
    soft : bool
        Its probabilities teach the student, instead of its labels.
    penalty : float
        Of its probe, see `w2slib.probes.fit_probe`.
    """

    shuffled: bool = field(default=False, kw_only=True)
    soft: bool = field(default=False, kw_only=True)
    penalty: float = field(default=PENALTY, kw_only=True)

    def __post_init__(self) -> None:
        unbox(self)
        for name in ("shuffled", "soft"):
            flag(name, getattr(self, name))
        single("penalty", positive("penalty", self.penalty))

    @property
    def name(self) -> str:
        """Short name, which tables show."""
        return self._name() + " shuffled" * self.shuffled + " soft" * self.soft

    def _name(self) -> str:
        return type(self).__name__.lower()

    def describe(self) -> dict[str, Any]:
        """Everything that decides its answers, as JSON takes it."""
        return {"kind": type(self).__name__, **asdict(self)}

    def answer(self, lesson: Lesson) -> Answers:
        """Learn the lesson and answer for all texts."""
        raise NotImplementedError

    def needs(self) -> list[tuple[str | None, str, Readout]]:
        """Features that it will read: (model, revision, readout)."""
        return []


def _of_probe(probe: Probe, features: Any, classes: np.ndarray, soft: bool) -> Answers:
    """Answers of a probe, with a column for a class that it never saw."""
    probabilities = np.zeros((len(features), len(classes)))
    probabilities[:, np.searchsorted(classes, probe.classes)] = probe.probabilities(features)
    return Answers(probe.predict(features), probabilities, soft)


@dataclass(frozen=True)
class Characters(Teacher):
    """Logistic regression on how often each character occurs at the end of a text.

    Attributes
    ----------
    reads : int
        Characters looked at.
    """

    reads: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("reads", self.reads)

    def answer(self, lesson: Lesson) -> Answers:
        """Learn which characters go with which class; the alphabet is that of its own texts."""
        texts = lesson.dataset.texts
        alphabet = "".join(sorted({c for i in lesson.own for c in texts[i][-self.reads :]}))
        bags = bag_of_characters(texts, alphabet, self.reads)
        probe = fit_probe(bags[lesson.own], lesson.labels, penalty=self.penalty)
        return _of_probe(probe, bags, lesson.classes, self.soft)


@dataclass(frozen=True)
class LanguageModel(Teacher):
    """A language model, probed or fine-tuned on few true labels.

    Attributes
    ----------
    model, revision : str
        As `w2slib.language_models.list_checkpoints` gives them.
    layer, pooling
        What the probe reads, see `w2slib.language_models.load_features`.
    fine_tuned : FineTuned, optional
        Train the network itself in this way, instead of a probe.
    """

    model: str = ""
    revision: str = "main"
    layer: int = -1
    pooling: str = "last"
    fine_tuned: FineTuned | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        choice("pooling", self.pooling, POOLINGS)
        if isinstance(self.layer, bool) or not isinstance(self.layer, int):
            raise ValueError(f"layer = {self.layer!r}; allowed: a whole number")
        instance("revision", self.revision, str)
        if self.fine_tuned is not None:
            instance("fine_tuned", self.fine_tuned, FineTuned)
        if type(self) is LanguageModel and not self.model:
            raise ValueError("model = ''; allowed: a name on the hub, or a folder of revisions")
        if self.fine_tuned is not None and (self.fine_tuned.iterations or self.fine_tuned.cleaning):
            raise ValueError(f"fine_tuned = {self.fine_tuned.name!r}; allowed for a supervisor, whose labels "
                             "are true: neither iterations nor a cleaning")  # fmt: skip
        if self.fine_tuned is not None and len(self.fine_tuned.training_seeds) > 1:
            raise ValueError(f"fine_tuned.training_seeds = {self.fine_tuned.training_seeds}; allowed for a "
                             "supervisor: one, since all students learn from the same labels")  # fmt: skip

    def _name(self) -> str:
        how = f"layer {self.layer} {self.pooling}" if not self.fine_tuned else "fine-tuned"
        return f"{self.short}@{self.revision} {how}"

    @property
    def short(self) -> str:
        """Name of its model, on whatever machine; a local model counts by its folder's name."""
        return name_of(self.model)

    def describe(self) -> dict[str, Any]:
        """Everything that decides its answers, apart from the content of its files."""
        said = super().describe() | {"model": self.short}
        if self.fine_tuned is not None:  # a supervisor has none of what students may do besides
            del said["fine_tuned"]["iterations"], said["fine_tuned"]["cleaning"]
        return said

    def answer(self, lesson: Lesson) -> Answers:
        """Learn on its own texts."""
        model = self.model or None
        if self.fine_tuned is not None:
            shares = lesson.fine_tune(
                model, self.revision, self.fine_tuned, lesson.own, lesson.labels
            )
            return Answers(lesson.classes[shares.argmax(axis=1)], shares, self.soft)
        features = lesson.read(model, self.revision, (self.layer, self.pooling))
        probe = fit_probe(features[lesson.own], lesson.labels, penalty=self.penalty)
        return _of_probe(probe, features.astype(float), lesson.classes, self.soft)

    def needs(self) -> list[tuple[str | None, str, Readout]]:
        """Its own features, if it is probed."""
        if self.fine_tuned is not None:
            return []
        return [(self.model or None, self.revision, (self.layer, self.pooling))]


@dataclass(frozen=True)
class EarlierCheckpoint(LanguageModel):
    """An earlier checkpoint of the student's own model."""

    def _name(self) -> str:
        return "earlier " + super()._name()


@dataclass(frozen=True)
class Given(Teacher):
    """Labels of a supervisor of your own: the column ``weak_label``."""

    def answer(self, lesson: Lesson) -> Answers:
        """Say what is written."""
        if lesson.dataset.weak_labels is None:
            raise ValueError(
                "the supervisor 'given' needs weak labels; allowed: a column weak_label"
            )
        if self.shuffled or self.soft:
            raise ValueError(
                "given labels are neither shuffled nor soft; allowed: another supervisor"
            )
        return Answers(lesson.dataset.weak_labels)


def check_names(given: Sequence[Teacher] | Sequence[Student], what: str = "supervisors") -> None:
    """Refuse two supervisors, or two students, that tables could not tell apart.

    Examples
    --------
    >>> check_names([Characters(), Characters(shuffled=True)])
    >>> check_names([Characters(), Characters(reads=3)])
    Traceback (most recent call last):
    ...
    ValueError: supervisors = ['characters', 'characters']; allowed: at least one, each once
    """
    names = [each.name for each in given]
    twice = next((name for name in names if names.count(name) > 1), None)
    if not names or twice:
        raise ValueError(f"{what} = {names}; allowed: at least one, each once")
