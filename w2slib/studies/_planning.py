"""What a sweep will do, from its arguments: tasks, supervisors, deals."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from w2slib.core.validation import integer
from w2slib.studies._deals import Deal, check_deal, deal_texts
from w2slib.studies._teaching import SweepSetting
from w2slib.studies.families import list_checkpoints
from w2slib.studies.students import FineTuned, LinearProbe, Student
from w2slib.studies.supervisors import Characters, Given, Teacher, check_names
from w2slib.studies.texts import TextDataset, read_dataset

__all__ = ["checkpoints_of", "deals_of", "students_of", "tasks_of", "teachers_of"]


def tasks_of(dataset: Any) -> dict[str, TextDataset]:
    """Name to data set."""
    several = isinstance(dataset, Mapping) and not hasattr(dataset, "column_names")
    named = dict(dataset) if several and "text" not in dataset else {"task": dataset}
    if not named:
        raise ValueError("dataset is empty; allowed: at least one task")
    return {
        str(name): each if isinstance(each, TextDataset) else read_dataset(each)
        for name, each in named.items()
    }


def checkpoints_of(
    model: str | os.PathLike[str], checkpoints: Iterable[tuple[int, str]] | None
) -> list[tuple[int, str]]:
    """Those asked for, or by default all that there are; every step is one checkpoint."""
    wanted = list_checkpoints(model) if checkpoints is None else checkpoints
    try:
        pairs = [(step, revision) for step, revision in wanted]
    except (TypeError, ValueError):
        raise ValueError(
            f"checkpoints = {checkpoints!r}; allowed: pairs, [(0, 'step0'), (1000, 'step1000')]"
        ) from None
    found: dict[int, str] = {}
    for step, revision in pairs:
        number = integer("step", step, minimum=0)
        if not isinstance(revision, str):
            raise ValueError(f"revision = {revision!r}; allowed: a name")
        if found.setdefault(number, revision) != revision:
            raise ValueError(
                f"checkpoints has step {number} as {found[number]!r} and {revision!r}; allowed: one"
            )
    if not found:
        raise ValueError("checkpoints is empty; allowed: at least one (step, revision)")
    names = list(found.values())
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"checkpoints has {twice!r} at two steps; allowed: one")
    return list(found.items())


def students_of(students: Sequence[Student] | None) -> list[Student]:
    """Those asked for, or by default a linear probe; no two that tables could not tell apart."""
    found = (
        _listed("students", students, (LinearProbe, FineTuned))
        if students is not None
        else [LinearProbe()]
    )
    check_names(found, "students")
    return found


def _listed(name: str, values: Any, kind: Any) -> list[Any]:
    """Values as a list, if they are of the kind."""
    found = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [None]
    if not all(isinstance(each, kind) for each in found):
        kinds = " or ".join(
            each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,))
        )
        raise ValueError(f"{name} = {values!r}; allowed: a sequence of objects of {kinds}")
    return found


def teachers_of(
    data: TextDataset, setting: SweepSetting, supervisors: Sequence[Teacher] | None
) -> list[Teacher]:
    """Those asked for, or by default the data's own weak labels, else characters."""
    if supervisors is None:
        own: Teacher = Characters(
            reads=setting.reads, shuffled=setting.shuffled, penalty=setting.penalty
        )
        supervisors = [own if data.weak_labels is None else Given()]
    supervisors = _listed("supervisors", supervisors, Teacher)
    check_names(supervisors)
    for each in supervisors:
        if each.soft and setting.label_noise:
            raise ValueError("label_noise is for hard labels; allowed: 0 with a soft supervisor")
    return supervisors


def deals_of(data: TextDataset, setting: SweepSetting) -> list[tuple[Deal, np.random.Generator]]:
    """All deals of one task, each with the generator as it leaves it; what cannot work is refused."""
    sizes = [setting.n_supervisor, setting.n_train, setting.n_test]
    found = []
    for number in range(setting.n_seeds):
        deal, rng = deal_texts(data, sizes, setting.seed, number, setting.repeats)
        check_deal(deal, data.labels)
        found.append((deal, rng))
    return found
