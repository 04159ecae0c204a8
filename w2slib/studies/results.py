r"""Reading what a sweep wrote: a table with one number a row, or a `Study` of one experiment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from w2slib.core.metrics import recovered_gap
from w2slib.core.results import Interval, over
from w2slib.core.trials import described
from w2slib.core.types import Array
from w2slib.core.validation import choice
from w2slib.studies._records import MEASURES, mark_same_weights, read_rows
from w2slib.studies.failures import INSTALL
from w2slib.studies.probes import beats_majority
from w2slib.studies.transitions import Study

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["METRICS", "SweepStudy", "read_results", "read_sweep"]

METRICS = {"accuracy": "", "balanced accuracy": "_balanced", "auroc": "_auroc"}
"""What a `Study` can be made of, and the ending of its columns."""

DEFAULTS = {"task": "task", "layer": "-1", "pooling": "last", "supervisor_name": "characters",
            "student_name": "probe", "training_seed": "0", "weights": "", "same_weights_as": ""}  # fmt: skip
"""What the first edition, which had no such columns, always did."""

_IDS = ("step", "revision", "task", "layer", "pooling", "supervisor", "student", "deal",
        "training_seed", "n_train", "n_test", "run", "weights", "same_weights_as")  # fmt: skip
_NUMBERS = {"step", "layer", "deal", "training_seed", "n_train", "n_test"}


@dataclass(frozen=True, eq=False, repr=False)
class SweepStudy(Study):
    """A `Study` that knows how often the most frequent class would be right.

    Attributes
    ----------
    majority : ndarray, shape (S,)
        Accuracy of the most frequent class on the test texts; ``nan`` if the file does not say.
    n_test : ndarray, shape (S,)
        Test texts.
    """

    majority: Array = over("seed")
    n_test: Array = over("seed")

    @property
    def learnt(self) -> np.ndarray:
        """Whether each checkpoint's ceiling beats the majority by two standard errors; shape (K, S).

        Where it does not, a PGR is the share of a gap that the ceiling has not opened, and is ``nan``.
        """
        pairs = np.broadcast_arrays(self.ceiling, self.majority, self.n_test)
        flat = zip(*(array.reshape(-1) for array in pairs), strict=True)
        found = [np.isnan(most) or beats_majority(c, most, int(n)) for c, most, n in flat]
        return np.array(found).reshape(self.ceiling.shape)

    @property
    def gap(self) -> Array:
        """As of `Study`; ``nan`` where the last ceiling does not beat the majority."""
        return np.where(self.learnt[-1], super().gap, np.nan)

    @property
    def pgr(self) -> Array:
        """As of `Study`; ``nan`` where the last ceiling does not beat the majority."""
        return np.where(self.learnt[-1], super().pgr, np.nan)

    @property
    def own_pgr(self) -> Array:
        """As of `Study`; ``nan`` where the checkpoint's own ceiling does not beat the majority."""
        return np.where(self.learnt, super().own_pgr, np.nan)

    @property
    def recovered(self) -> Interval:
        """As of `Study`, of the seeds whose last ceiling beats the majority; ``left_out`` counts others."""
        kept = self.learnt[-1]
        if kept.sum() < 2:
            raise ValueError(
                f"the last ceiling beats the majority for {kept.sum()} of {len(kept)} seeds; allowed: at "
                "least 2: there is no gap to recover"
            )
        pgr = recovered_gap(
            1 - self.weak[kept], 1 - self.student[:, kept], 1 - self.ceiling[-1, kept]
        )
        return replace(pgr, left_out=int(np.sum(~kept)))

    def with_setting(self, made_by: Mapping[str, Any], failed: Mapping[str, str]) -> SweepStudy:
        """Return the same with what made it."""
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in made_by.items()}
        failures = {"failed": dict(failed)} if failed else {}
        return replace(self, setting=described(**plain, **failures, **self.setting))


def read_results(path: str | os.PathLike[str]) -> DataFrame:
    r"""Read a sweep's file as a long table (needs pandas).

    Parameters
    ----------
    path : path
        Written by `sweep`.

    Returns
    -------
    pandas.DataFrame
        One row for each number, with the columns step, revision, task, layer, pooling, supervisor, student,
        deal, training_seed, n_train, n_test, run, weights, same_weights_as, metric and value. Steps whose
        weights are also those of another step say so in ``same_weights_as``.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from w2slib.studies._records import FIRST
    >>> row = "0,step0,0,0.6,0.55,0.7,-0.5,0.7,0.1,9,9,abc\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "results.csv"
    ...     _ = path.write_text(",".join(FIRST) + "\n" + row)
    ...     table = read_results(path)
    >>> table[["step", "deal", "metric", "value"]].head(2).values.tolist()
    [[0, 0, 'weak', 0.6], [0, 0, 'student', 0.55]]
    """
    try:
        import pandas
    except ImportError:
        raise ImportError(f"read_results needs pandas: {INSTALL}") from None
    found: dict[str, list[Any]] = {name: [] for name in (*_IDS, "metric", "value")}
    for row in _rows(path):
        plain = row | {"supervisor": row["supervisor_name"], "student": row["student_name"],
                       "deal": row["seed"]}  # fmt: skip
        for metric in MEASURES:
            if not row.get(metric):
                continue
            for name in _IDS:
                found[name].append(int(plain[name]) if name in _NUMBERS else plain[name])
            found["metric"].append(metric)
            found["value"].append(float(row[metric]))
    return pandas.DataFrame(found)


def read_sweep(
    path: str | os.PathLike[str],
    *,
    metric: str = "accuracy",
    task: str | None = None,
    layer: int | None = None,
    pooling: str | None = None,
    supervisor: str | None = None,
    student: str | None = None,
    training_seed: int | None = None,
    same_weights: str = "leave out",
    partial: bool = False,
    table: bool = False,
) -> Any:
    r"""Read the file of a sweep.

    Parameters
    ----------
    path : path
        Written by `sweep`.
    metric : str
        One of `METRICS`.
    task, layer, pooling, supervisor, student, training_seed
        Which experiment, where the file holds several.
    same_weights : {"leave out", "keep"}
        Steps whose weights are also those of another step: one of the two is not what its name says, and
        nobody knows which, so that neither is in the study.
    partial : bool
        Leave out a step at which some seeds are missing, instead of an error.
    table : bool
        Return the long table of `read_results` too.

    Returns
    -------
    SweepStudy, or (DataFrame, SweepStudy)
        Of which it is known which run wrote it, and which steps were left out.

    Raises
    ------
    ValueError
        If a column is missing, a seed is missing at some checkpoint, the supervisor changes, or the file
        holds several experiments and it is not said which.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from w2slib.studies._records import FIRST
    >>> row = "0,step0,{},0.6,0.55,0.7,-0.5,0.7,0.1,9,9,abc\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "results.csv"
    ...     _ = path.write_text(",".join(FIRST) + "\n" + row.format(0) + row.format(1))
    ...     study = read_sweep(path)
    >>> study.student.tolist(), study.pgr.round(2).tolist()
    ([[0.55, 0.55]], [[-0.5, -0.5]])
    """
    choice("metric", metric, METRICS)
    choice("same_weights", same_weights, ("leave out", "keep"))
    asked = {"task": task, "layer": layer, "pooling": pooling, "supervisor_name": supervisor,
             "student_name": student, "training_seed": training_seed}  # fmt: skip
    chosen = _select(path, _rows(path), asked)
    twins = sorted({int(row["step"]) for row in chosen if row["same_weights_as"]})
    if same_weights == "leave out":
        chosen = [row for row in chosen if not row["same_weights_as"]]
        if not chosen:
            raise ValueError(
                f"{path}: every step has the weights of another; allowed: same_weights='keep'"
            )
    rows: dict[tuple[int, int], dict[str, str]] = {}
    for row in chosen:
        where = int(row["step"]), int(row["seed"])
        if rows.setdefault(where, row) != row:
            raise ValueError(f"{path} has several rows for (step, seed) = {where}; allowed: one")
    steps = sorted({step for step, _ in rows})
    seeds = sorted({seed for _, seed in rows})
    if partial:
        steps = [step for step in steps if all((step, seed) in rows for seed in seeds)]
    gaps = [(step, seed) for step in steps for seed in seeds if (step, seed) not in rows]
    if gaps or not steps:
        raise ValueError(f"{path} has no row for (step, seed) = {gaps[:1]}; allowed: all of them")

    def column(name: str) -> Array:
        return np.array(
            [[float(rows[step, seed].get(name) or "nan") for seed in seeds] for step in steps]
        )

    ending = METRICS[metric]
    weak = column("weak" + ending)
    if np.any((weak != weak[0]) & ~np.isnan(weak)):
        raise ValueError(
            f"{path}: the supervisor changes along pre-training; allowed: one per seed"
        )
    setting: dict[str, Any] = {"run": rows[steps[0], seeds[0]]["run"]}
    if twins:
        setting["same_weights"] = twins
    if metric != "accuracy":
        setting["metric"] = metric
    majority = column("majority")[0] if metric == "accuracy" else np.full(len(seeds), np.nan)
    study = SweepStudy(
        np.array(steps), weak[0], column("student" + ending), column("ceiling" + ending),
        column("probe_accuracy"), column("alignment"), majority, column("n_test")[0], setting=setting,
    )  # fmt: skip
    return (read_results(path), study) if table else study


def _rows(path: str | os.PathLike[str]) -> list[dict[str, str]]:
    """Rows with every column, whichever edition wrote them."""
    rows = [DEFAULTS | row for row in read_rows(path)]
    mark_same_weights(rows)
    return rows


def _select(
    path: str | os.PathLike[str], rows: Sequence[dict[str, str]], asked: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Rows of one experiment."""
    if not rows:
        raise ValueError(f"{path} has no row for (step, seed) = []; allowed: all of them")
    chosen = list(rows)
    for name, value in asked.items():
        there = list(dict.fromkeys(row[name] for row in chosen))
        wanted = there[0] if value is None else str(value)
        said = name.removesuffix("_name")
        if value is None and len(there) > 1:
            raise ValueError(
                f"{path} holds several of {said}: {there[:6]}; allowed: {said}= one of them"
            )
        if wanted not in there:
            raise ValueError(f"{said} = {value!r}; allowed: {', '.join(there[:6])}")
        chosen = [row for row in chosen if row[name] == wanted]
    return chosen
