"""What one worker does: one checkpoint, one pass over the texts, every experiment on it."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from threadpoolctl import threadpool_limits

from w2slib.core.types import Array
from w2slib.studies import _hub as hub
from w2slib.studies import _reading as reading
from w2slib.studies._reading import Features, Loaded, Readout, features_of
from w2slib.studies._records import KEYS
from w2slib.studies._teaching import SweepSetting, Tasks, Taught, one_hot
from w2slib.studies._training import fine_tune
from w2slib.studies.cleaning import clean
from w2slib.studies.families import where
from w2slib.studies.probes import (
    Probe,
    area_under_roc,
    compare,
    experiment,
    feature_alignment,
    fit_said,
    reference_of,
)
from w2slib.studies.students import FineTuned, LinearProbe, Student

__all__ = [
    "Block",
    "Experiment",
    "Job",
    "all_texts",
    "experiments",
    "lacking_keys",
    "measure",
]

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Job:
    """Everything that a worker needs besides the checkpoint."""

    model: str
    tasks: Tasks
    setting: SweepSetting
    taught: Mapping[tuple[str, str, int], Taught]
    students: Sequence[Student]
    loading: Mapping[str, Any]
    scores_dir: str | None
    drop_weights: bool


@dataclass(frozen=True, eq=False)
class Block:
    """What a worker brings back."""

    rows: list[dict[str, Any]]
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Experiment:
    """One task, supervisor, readout, student and deal; a row for each of the student's training seeds.

    Attributes
    ----------
    task, supervisor : str
    readout : (int, str)
    student : LinearProbe or FineTuned
    deal : int
    """

    task: str
    supervisor: str
    readout: Readout
    student: Student
    deal: int

    def rows(self) -> Iterator[dict[str, Any]]:
        """Columns `KEYS` of every row."""
        seeds = self.student.training_seeds if isinstance(self.student, FineTuned) else (0,)
        for seed in seeds:
            named = (self.task, *self.readout, self.supervisor, self.student.name, self.deal, seed)
            yield dict(zip(KEYS, named, strict=True))

    def names(self) -> list[Key]:
        """The same as the file has them."""
        return [tuple(map(str, row.values())) for row in self.rows()]


def experiments(job: Job) -> list[Experiment]:
    """Every experiment at one checkpoint; a fine-tuned student reads the whole network."""
    found = []
    for task, teacher, number in job.taught:
        for student in job.students:
            probed = isinstance(student, LinearProbe)
            for readout in job.setting.readouts if probed else [(-1, "last")]:
                found.append(Experiment(task, teacher, readout, student, number))
    return found


def measure(job: Job, checkpoint: tuple[int, str], wanted: Sequence[Key]) -> Block:
    """Rows of one checkpoint that are wanted. Runs in a worker.

    Raises
    ------
    CheckpointError
        If the checkpoint cannot be used.
    """
    step, revision = checkpoint
    lacking, device, dtype = set(wanted), job.loading["device"], job.setting.dtype
    found = hub.find(*where(job.model, revision))
    todo = [each for each in experiments(job) if lacking.intersection(each.names())]
    scores: dict[str, np.ndarray] = {}
    rows: list[dict[str, Any]] = []
    probed = [each for each in todo if isinstance(each.student, LinearProbe)]
    cleaned = any(each.student.cleaning is not None for each in todo)
    values: dict[Readout, Features] = {}
    texts, places = places_of(job.tasks)
    if probed or cleaned:
        values, identity = features_of(
            job.model, revision, texts, job.setting.readouts, dtype=dtype, **job.loading
        )
    if probed:
        with threadpool_limits(limits=1):
            rows += _probe_rows(job, probed, values, places, scores)
    if len(probed) < len(todo):
        loaded = reading.load(job.model, revision, dtype=dtype, device=device)
        identity = loaded.identity
        first = {}
        if cleaned:
            first = {name: values[job.setting.readouts[0]][at] for name, at in places.items()}
        rows += _tuned_rows(job, todo, loaded, lacking, scores, first)
    for row in rows:
        row |= {"step": step, "revision": revision, "weights": identity.short()}
    if job.scores_dir is not None:
        _write_scores(Path(job.scores_dir), revision, scores)
    about = {"step": step, **hub.described(found, identity), "stamp": hub.stamp(found)}
    if job.drop_weights:
        hub.drop(found)
    return Block(rows, about | {"revision": revision})


_MEASURED = (
    "weak", "student", "ceiling", "pgr", "probe_accuracy", "majority", "weak_balanced",
    "student_balanced", "ceiling_balanced", "weak_auroc", "student_auroc", "ceiling_auroc",
)  # fmt: skip


def _probe_rows(
    job: Job,
    todo: Sequence[Experiment],
    values: Mapping[Readout, Features],
    places: Mapping[str, np.ndarray],
    scores: dict[str, np.ndarray],
) -> list[dict[str, Any]]:
    setting, rows = job.setting, []
    # What no supervisor changes is found once: alignment, ceiling and readability.
    known: dict[tuple[str, Readout, int], tuple[float, tuple[Probe, float]]] = {}
    for each in todo:
        labels = job.tasks[each.task].labels
        one = job.taught[each.task, each.supervisor, each.deal]
        own = values[each.readout][places[each.task]]
        train, truth = own[one.deal.train], labels[one.deal.train]
        key = (each.task, each.readout, each.deal)
        if key not in known:
            n = min(setting.n_components, len(train) - 1, train.shape[1])
            known[key] = (
                feature_alignment(train, truth, n),
                reference_of(train, truth, penalty=setting.penalty),
            )
        aligned, reference = known[key]
        student = None
        if each.student.cleaning is not None:
            kept, targets, classes = _taught_labels(job, each, train)
            student = fit_said(train[kept], targets, classes, setting.penalty)
        result, said = experiment(
            train, one.weak_train, truth, own[one.deal.test], labels[one.deal.test],
            weak_labels_test=one.weak_test, weak_probabilities=one.soft_train,
            weak_probabilities_test=one.soft_test, penalty=setting.penalty, reference=reference,
            student=student,
            ids_supervisor=one.deal.supervisor, ids_train=one.deal.train, ids_test=one.deal.test,
        )  # fmt: skip
        (row,) = each.rows()
        _keep(job, scores, row, each, said)
        measured = {name: getattr(result, name) for name in _MEASURED}
        rows.append(row | _numbers(measured | {"alignment": aligned}, setting))
    return rows


def _tuned_rows(
    job: Job,
    todo: Sequence[Experiment],
    loaded: Loaded,
    lacking: set[Key],
    scores: dict[str, np.ndarray],
    features: Mapping[str, Features],
) -> list[dict[str, Any]]:
    """Fine-tuned students; the ceiling is the same student on true labels, once for each deal."""
    rows = []
    ceilings: dict[tuple[Any, ...], Array] = {}
    for each in todo:
        if not isinstance(each.student, FineTuned):
            continue
        data, one = job.tasks[each.task], job.taught[each.task, each.supervisor, each.deal]
        own = features[each.task][one.deal.train] if each.student.cleaning is not None else None
        kept, targets, classes = _taught_labels(job, each, own)
        train, test = ([data.texts[i] for i in side] for side in (one.deal.train, one.deal.test))
        truth = one_hot(data.labels[one.deal.train], classes)
        learned = [train[i] for i in kept]
        for row, name in zip(each.rows(), each.names(), strict=True):
            if name not in lacking:
                continue
            seed = row["training_seed"]
            key = (each.task, each.student.name, each.deal, seed)
            if key not in ceilings:
                ceilings[key] = fine_tune(loaded, each.student, train, truth, test, seed=seed)
            given = _iterated(loaded, each.student, learned, targets, test, seed)
            _keep(job, scores, row, each, {"student": given, "ceiling": ceilings[key]})
            measured = _compared(one, given, ceilings[key], data.labels[one.deal.test], classes)
            rows.append(row | _numbers(measured, job.setting))
    return rows


def _taught_labels(
    job: Job, each: Experiment, features: Features | None
) -> tuple[np.ndarray, Array, np.ndarray]:
    """Which of a deal's training texts the student learns from, their probabilities, the classes."""
    data, one = job.tasks[each.task], job.taught[each.task, each.supervisor, each.deal]
    classes = np.unique(data.labels)
    targets = one.soft_train if one.soft_train is not None else one_hot(one.weak_train, classes)
    if each.student.cleaning is None or features is None:
        return np.arange(len(targets)), targets, classes
    with threadpool_limits(limits=1):
        kept, targets = clean(
            each.student.cleaning, features.astype(float), targets, penalty=job.setting.penalty
        )
    return kept, targets, classes


def _iterated(
    loaded: Loaded, student: FineTuned, train: list[str], targets: Array, test: list[str], seed: int
) -> Array:
    """Train a student, and as often as it asks for a fresh one on the answers of the last."""
    for _ in range(student.iterations):
        targets = fine_tune(loaded, student, train, targets, train, seed=seed)
    return fine_tune(loaded, student, train, targets, test, seed=seed)


def _compared(
    one: Taught, given: Array, best: Array, answers: np.ndarray, classes: np.ndarray
) -> dict[str, float]:
    """Measures of probabilities; readability and alignment are a probe's."""
    found = compare(one.weak_test, classes[given.argmax(1)], classes[best.argmax(1)], answers)
    soft = one.soft_test
    return found | {
        "probe_accuracy": math.nan,
        "alignment": math.nan,
        "weak_auroc": math.nan if soft is None else area_under_roc(soft, answers, classes),
        "student_auroc": area_under_roc(given, answers, classes),
        "ceiling_auroc": area_under_roc(best, answers, classes),
    }


# ---------------------------------------------------------------------------------- helpers


def lacking_keys(job: Job, there: set[Key]) -> set[Key]:
    """Rows of a checkpoint that a file does not have."""
    return {key for each in experiments(job) for key in each.names()} - there


def _numbers(measured: Mapping[str, float], setting: SweepSetting) -> dict[str, Any]:
    plain: dict[str, Any] = {name: f"{value:.6f}" for name, value in measured.items()}
    return plain | {"n_train": setting.n_train, "n_test": setting.n_test}


def _keep(
    job: Job,
    scores: dict[str, np.ndarray],
    row: Mapping[str, Any],
    each: Experiment,
    said: Mapping[str, Array],
) -> None:
    """Every test text's scores under the row's key, if they are asked for."""
    if job.scores_dir is None:
        return
    data, one = job.tasks[each.task], job.taught[each.task, each.supervisor, each.deal]
    name = "|".join(map(str, row.values()))
    scores |= {f"{name}|{who}": values for who, values in said.items()}
    scores[f"{name}|weak"] = one.weak_test
    scores[f"{name}|id"] = np.array([data.ids[i] for i in one.deal.test])


def all_texts(tasks: Tasks) -> list[str]:
    """Every text of any task once, in order."""
    return list(dict.fromkeys(text for data in tasks.values() for text in data.texts))


def places_of(tasks: Tasks) -> tuple[list[str], dict[str, np.ndarray]]:
    """All texts, and where each task's are among them."""
    texts = all_texts(tasks)
    place = {text: i for i, text in enumerate(texts)}
    return texts, {name: np.array([place[t] for t in data.texts]) for name, data in tasks.items()}


def _write_scores(folder: Path, revision: str, scores: Mapping[str, Any]) -> None:
    buffer, path = io.BytesIO(), folder / f"{revision.replace('/', '--')}.npz"
    kept = {}
    if path.exists():  # of deals that were there before
        with np.load(path, allow_pickle=False) as file:
            kept = dict(file)
    np.savez_compressed(buffer, **(kept | dict(scores)))
    hub.write_whole(path, buffer.getvalue())
