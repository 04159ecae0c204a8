"""What a sweep will do, from its arguments: tasks, supervisors, deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from w2slib.studies._deals import Deal, check_deal, deal_texts
from w2slib.studies._teaching import SweepSetting
from w2slib.studies.supervisors import Characters, Given, Teacher, check_names
from w2slib.studies.texts import TextDataset, read_dataset

__all__ = ["deals_of", "tasks_of", "teachers_of"]


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


def teachers_of(
    data: TextDataset, setting: SweepSetting, supervisors: Sequence[Teacher] | None
) -> list[Teacher]:
    """Those asked for, or by default the data's own weak labels, else characters."""
    if supervisors is None:
        own: Teacher = Characters(
            reads=setting.reads, shuffled=setting.shuffled, penalty=setting.penalty
        )
        supervisors = [own if data.weak_labels is None else Given()]
    check_names(supervisors)
    for each in supervisors:
        if each.soft and setting.label_noise:
            raise ValueError("label_noise is for hard labels; allowed: 0 with a soft supervisor")
    return list(supervisors)


def deals_of(data: TextDataset, setting: SweepSetting) -> list[tuple[Deal, np.random.Generator]]:
    """All deals of one task, each with the generator as it leaves it; what cannot work is refused."""
    sizes = [setting.n_supervisor, setting.n_train, setting.n_test]
    found = []
    for number in range(setting.n_seeds):
        deal, rng = deal_texts(data, sizes, setting.seed, number, setting.repeats)
        check_deal(deal, data.labels)
        found.append((deal, rng))
    return found
