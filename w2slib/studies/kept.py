"""The study of several networks that comes with the book: reading its small tables.

`studies/networks.py` of the repository makes them; it says what networks, tasks, supervisors and students
there are, and ``data.read("networks.json")`` what made the tables.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from w2slib import data
from w2slib.core.types import Array
from w2slib.core.validation import choice
from w2slib.studies.transitions import Study

__all__ = ["SUPERVISORS", "TASKS", "kept_gauge", "kept_networks", "kept_study"]

SUPERVISORS = ("characters", "model", "earlier", "shuffled")
"""Who labels: the last characters, a weak language model, the network's own past, the control."""

TASKS = ("called", "assigned")
"""Questions about the identifier at the end of the text."""

_UNITS = {"gain": 1e-4, "counted": 1e-4, "best_gain": 1e-4, "test_best_gain": 1e-4, "start": 1e-3,
          "convexity": 1e-2, "best_time": 1e-2, "test_best_time": 1e-2}  # fmt: skip


def kept_networks() -> list[str]:
    """Names of the networks: width x layers - training seed; by size, then seed.

    Returns
    -------
    list of str

    Examples
    --------
    >>> kept_networks()[0]
    '48x2-s0'
    """
    found = dict.fromkeys(_table("networks.csv")["network"].tolist())
    return sorted(found, key=lambda name: (int(name.partition("x")[0]), name))


def kept_study(network: str, task: str = "called", supervisor: str = "characters") -> Study:
    """Return what was measured along one network's pre-training, with linear probes.

    Parameters
    ----------
    network : str
        One of `kept_networks`.
    task : {"called", "assigned"}
        Is the identifier at the end of the text called; is it assigned?
    supervisor : {"characters", "model", "earlier", "shuffled"}

    Returns
    -------
    Study
        With one column for each deal of the texts. The alignment is the mean over deals.

    Examples
    --------
    >>> study = kept_study("48x2-s0")
    >>> study.student.shape[1], bool(study.gain[0].mean() < 0 < study.gain[-1].mean())
    (4, True)
    """
    rows = _rows("networks.csv", network, task)
    choice("supervisor", supervisor, SUPERVISORS)
    facts = data.read("networks.json")
    deals = range(len(facts["weak"][f"{network} {task}"][supervisor]))

    def column(name: str, n: int) -> Array:
        return np.stack([rows[f"{name}_{deal}"] for deal in deals], axis=1) / n

    n_test, n_train = facts["n_test"], facts["n_train"]
    readable = column("readable", n_train)
    return Study(
        rows["step"], np.array(facts["weak"][f"{network} {task}"][supervisor]) / n_test,
        column(supervisor, n_test), column("ceiling", n_test), readable,
        np.broadcast_to(rows["alignment"][:, None], readable.shape).copy(),
        setting={"network": network, "task": task, "supervisor": supervisor},
    )  # fmt: skip


def kept_gauge(
    network: str, task: str = "called", supervisor: str = "characters"
) -> dict[str, Array]:
    """Return what `warm_start_gauge` said at each of the same checkpoints; means over the deals.

    Parameters
    ----------
    network, task, supervisor
        As for `kept_study`; not the shuffled one.

    Returns
    -------
    dict of ndarray, shape (K,)
        step; gain, best_gain, counted, start, convexity (at the start) and best_time (its decimal logarithm),
        predicted from a few labels; test_best_gain and test_best_time on all test texts.

    Examples
    --------
    >>> found = kept_gauge("48x2-s0")
    >>> bool(np.all(found["step"] == kept_study("48x2-s0").steps))
    True
    """
    choice("supervisor", supervisor, SUPERVISORS[:3])
    rows = _rows("networks_gauge.csv", network, task)
    scaled = {name: rows[f"{supervisor}_{name}"] * unit for name, unit in _UNITS.items()}
    return {"step": rows["step"]} | scaled


def _rows(table: str, network: str, task: str) -> Any:
    choice("network", network, kept_networks())
    choice("task", task, TASKS)
    rows = _table(table)
    return rows[(rows["network"] == network) & (rows["task"] == task)]


@cache
def _table(name: str) -> Any:
    return data.read(name)
