"""The warm start's gauge at every checkpoint of a network, beside what its path really is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from w2slib.core.types import Array
from w2slib.core.validation import instance, integer
from w2slib.studies._deals import Deal, groups_of
from w2slib.studies._measuring import places_of
from w2slib.studies._planning import checkpoints_of, deals_of, tasks_of, teachers_of
from w2slib.studies._reading import features_of
from w2slib.studies._teaching import SweepSetting, Taught, teach
from w2slib.studies.gauge import FEWEST, Basis, gauge_in
from w2slib.studies.probes import require_two_classes
from w2slib.studies.supervisors import Teacher
from w2slib.studies.texts import TextDataset

__all__ = ["GAUGED", "gauge_sweep"]

GAUGED = ("start", "copy", "correlation", "circle", "rho", "weak", "gain", "gain_stderr", "best_time",
          "best_gain", "counted")  # fmt: skip
"""Fields of a `WarmStartGauge` that `gauge_sweep` keeps; with ``test_`` before it, of the test texts."""


def gauge_sweep(
    model: str | os.PathLike[str],
    dataset: Any,
    *,
    setting: SweepSetting | None = None,
    checkpoints: Iterable[tuple[int, str]] | None = None,
    supervisors: Sequence[Teacher] | None = None,
    n_few: int = 200,
    batch_size: int = 32,
    device: str = "cpu",
    cache_dir: str | os.PathLike[str] | None = None,
) -> list[dict[str, Any]]:
    """Take `warm_start_gauge` at every checkpoint, for the deals of a sweep.

    The few labelled texts are those that a deal gives to nobody, whole groups of them where there are groups:
    the prediction and the sweep's measurement share training texts, but no true label, and no test text.

    Parameters
    ----------
    model, dataset, setting, checkpoints, supervisors, batch_size, device, cache_dir
        As for `w2slib.sweeps.sweep`; of the setting's layers and poolings the first is used. Tasks have
        two classes.
    n_few : int
        Labelled texts at most, at least 8.

    Returns
    -------
    list of dict
        One for each step, task, supervisor and deal, with n_few, the numbers `GAUGED` and the convexity at
        the start; those that begin with ``test_`` are the same measured on all test texts.

    Raises
    ------
    ValueError
        If a deal leaves fewer than 8 texts over, or the few, or a task, have not two classes.

    Examples
    --------
    >>> gauge_sweep("EleutherAI/pythia-70m", TextDataset((), (), np.array([])))
    Traceback (most recent call last):
    ...
    ValueError: texts is empty; allowed: at least one text
    """
    n_few = integer("n_few", n_few, minimum=FEWEST)
    tasks = tasks_of(dataset)
    setting = SweepSetting() if setting is None else instance("setting", setting, SweepSetting)
    wanted = checkpoints_of(model, checkpoints)
    teachers = {name: teachers_of(data, setting, supervisors) for name, data in tasks.items()}
    loading: dict[str, Any] = {"batch_size": batch_size, "device": device, "cache_dir": cache_dir}
    deals = {name: deals_of(data, setting) for name, data in tasks.items()}
    # A supervisor answers for the few as it does for the test: they stand in the deal behind each other.
    both = {
        name: [(_with_few(tasks[name], deal, n_few, setting), rng) for deal, rng in each]
        for name, each in deals.items()
    }
    for name, data in tasks.items():
        if len(np.unique(data.labels)) != 2:
            raise ValueError(
                f"task {name!r} has {len(np.unique(data.labels))} classes; allowed: two"
            )
    taught = teach(str(model), tasks, setting, teachers, both, loading)
    texts, places = places_of(tasks)
    stop, rows = 1 / (4 * setting.penalty), []
    for step, revision in wanted:
        values, _ = features_of(
            model, revision, texts, setting.readouts[:1], dtype=setting.dtype, **loading
        )
        features = values[setting.readouts[0]].astype(float)
        with threadpool_limits(limits=1):
            bases: dict[tuple[str, int], Basis] = {}
            for (task, supervisor, number), one in taught.items():
                own = features[places[task]]
                if (task, number) not in bases:
                    bases[task, number] = Basis(own[one.deal.train])
                rows.append(
                    {"step": step, "task": task, "supervisor": supervisor, "deal": number}
                    | _gauged(
                        own, tasks[task].labels, one, bases[task, number], stop, setting.n_test
                    )
                )
    return rows


def _with_few(data: TextDataset, deal: Deal, n_few: int, setting: SweepSetting) -> Deal:
    """The deal with texts of nobody's groups behind its test texts."""
    given = np.concatenate([deal.supervisor, deal.train, deal.test])
    groups = groups_of(data, setting.repeats)
    groups = np.arange(len(data.texts)) if groups is None else groups
    left = np.flatnonzero(~np.isin(groups, groups[given]))
    if data.trained_on is not None:
        left = left[~np.isin(groups[left], groups[data.trained_on])]
    if len(left) < FEWEST:
        raise ValueError(
            f"deal {deal.number} leaves {len(left)} texts over; allowed: at least {FEWEST}, so a smaller "
            "n_train or n_test"
        )
    few = np.random.default_rng([n_few, deal.number]).permutation(left)[:n_few]
    require_two_classes(
        f"deal {deal.number}: the true labels of the {len(few)} few", data.labels[few]
    )
    return replace(deal, test=np.concatenate([deal.test, few]))


def _gauged(
    features: Array, labels: np.ndarray, one: Taught, basis: Basis, stop: float, n: int
) -> dict[str, Any]:
    """Both gauges of one deal: of the few labelled texts, and of the n test texts."""
    deal, classes = one.deal, np.unique(labels)
    given = {"train": one.weak_train, "asked": one.weak_test, "truth": labels[deal.test]}
    sign = {name: np.where(values == classes[-1], 1.0, -1.0) for name, values in given.items()}
    placed = basis.place(features[deal.test])
    found: dict[str, Any] = {"n_few": len(placed) - n}
    for before, side in (("", slice(n, None)), ("test_", slice(n))):
        gauge = gauge_in(
            basis, sign["train"], placed[side], sign["asked"][side], sign["truth"][side], stop=stop
        )
        found |= {before + name: getattr(gauge, name) for name in GAUGED}
        found[before + "convexity"] = float(gauge.convexity[0])
    return found
