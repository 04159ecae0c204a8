r"""Weak-to-strong learning at every checkpoint of a language model, written to a CSV file.

`sweep` is the path that real models take: `w2slib.language_models.list_checkpoints`, then
`w2slib.language_models.load_features` for each, then `w2slib.probes.evaluate` for each seed. Rows
are appended as they are found; started again with the same arguments it goes on where it stopped,
and the file it leaves is the same.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from w2slib.core.trials import described
from w2slib.core.types import Array
from w2slib.core.validation import between, choice, integer, positive, single
from w2slib.studies.language_models import POOLINGS, list_checkpoints, load_features
from w2slib.studies.probes import (
    PENALTY,
    disjoint_split,
    evaluate,
    feature_alignment,
    fit_probe,
    require_two_classes,
)
from w2slib.studies.transitions import Study

__all__ = [
    "FIELDS",
    "SweepSetting",
    "TextDataset",
    "bag_of_characters",
    "read_dataset",
    "read_sweep",
    "sweep",
]

FIELDS = (
    "step", "revision", "seed", "weak", "student", "ceiling", "pgr", "probe_accuracy", "alignment",
    "n_train", "n_test", "run",
)  # fmt: skip
"""Columns of a sweep's file; ``run`` is a fingerprint of model, data and setting."""


# ------------------------------------------------------------------------------- the data


@dataclass(frozen=True, eq=False)
class TextDataset:
    """Labelled texts.

    Attributes
    ----------
    ids : tuple of str
        One identifier for each text, no two alike.
    texts : tuple of str
    labels : ndarray, shape (n,)
        True labels.
    weak_labels : ndarray, shape (n,), optional
        Labels of a supervisor of your own. Without them `sweep` trains one on characters.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: np.ndarray
    weak_labels: np.ndarray | None = None

    def __post_init__(self) -> None:
        n = len(self.texts)
        if n == 0:
            raise ValueError("texts is empty; allowed: at least one text")
        for name in ("ids", "labels", "weak_labels"):
            value = getattr(self, name)
            if value is not None and len(value) != n:
                raise ValueError(f"{name} has {len(value)} entries; allowed: {n}, one per text")
        if len(set(self.ids)) < n:
            twice = next(i for i in self.ids if self.ids.count(i) > 1)
            raise ValueError(f"ids contains {twice!r} twice; allowed: no repetition")


def read_dataset(path: str | os.PathLike[str]) -> TextDataset:
    r"""Read a CSV file with the columns ``text`` and ``label``, and maybe ``id`` and ``weak_label``.

    Parameters
    ----------
    path : path
        UTF-8, with a header; no field may be empty. Without ``id`` the rows are numbered.

    Returns
    -------
    TextDataset

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "task.csv"
    ...     _ = path.write_text("text,label\nx = f,1\ny = 2,0\n")
    ...     read_dataset(path).texts
    ('x = f', 'y = 2')
    """
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = {"text", "label"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(
                f"{path} lacks the column {sorted(missing)[0]!r}; allowed: a header with text and label"
            )
        rows = list(reader)
    if not rows:
        raise ValueError(f"{path} has no rows; allowed: at least one")
    for number, row in enumerate(rows, 1):
        empty = [name for name in ("text", "label") if not row[name]]
        if empty:
            raise ValueError(f"{path}: row {number} has no {empty[0]}; allowed: no empty field")
    weak = [row["weak_label"] for row in rows] if "weak_label" in rows[0] else None
    return TextDataset(
        ids=tuple(row.get("id") or str(number) for number, row in enumerate(rows)),
        texts=tuple(row["text"] for row in rows),
        labels=np.array([row["label"] for row in rows]),
        weak_labels=None if weak is None else np.array(weak),
    )


def bag_of_characters(texts: Sequence[str], alphabet: str, reads: int) -> Array:
    """Count how often each character occurs among the last ones of each text.

    Parameters
    ----------
    texts : sequence of str
        n texts.
    alphabet : str
        The characters counted; others are ignored.
    reads : int
        How many characters from the end are looked at, at least 1.

    Returns
    -------
    ndarray, shape (n, len(alphabet))

    Notes
    -----
    What the weak supervisor sees: neither the order of the characters nor what stands before them.

    Examples
    --------
    >>> bag_of_characters(["banana", "abba"], "ab", reads=4)
    array([[2., 0.],
           [2., 2.]])
    """
    reads = integer("reads", reads)
    return np.array([[text[-reads:].count(c) for c in alphabet] for text in texts], float)


# ------------------------------------------------------------------------------- the sweep


@dataclass(frozen=True)
class SweepSetting:
    """Everything that decides a sweep's numbers, besides the model and the data.

    Attributes
    ----------
    n_supervisor, n_train, n_test : int
        Texts that the supervisor, the student and the test get; disjoint, dealt anew for each seed.
    n_seeds, seed : int
        How many repetitions, and the seed of the first.
    reads : int
        Characters at the end of a text that the supervisor looks at.
    label_noise : float
        Probability that a label handed to the student is replaced by a random other one; it does
        not count in the supervisor's own accuracy.
    shuffled : bool
        Negative control: the supervisor's training labels are shuffled.
    layer, pooling
        See `w2slib.language_models.load_features`.
    penalty : float
        Penalty of all probes, see `w2slib.probes.fit_probe`.
    n_components : int
        See `w2slib.probes.feature_alignment`.
    """

    n_supervisor: int = 100
    n_train: int = 2000
    n_test: int = 1000
    n_seeds: int = 5
    seed: int = 0
    reads: int = 16
    label_noise: float = 0.0
    shuffled: bool = False
    layer: int = -1
    pooling: str = "last"
    penalty: float = PENALTY
    n_components: int = 8

    def __post_init__(self) -> None:
        for name in ("n_supervisor", "n_train", "n_test", "n_seeds", "reads", "n_components"):
            integer(name, getattr(self, name))
        integer("seed", self.seed, minimum=0)
        single("label_noise", between("label_noise", self.label_noise, 0, 1))
        single("penalty", positive("penalty", self.penalty))
        choice("pooling", self.pooling, POOLINGS)


@dataclass(frozen=True)
class _Seed:
    """One deal of the texts and the supervisor's labels for it; the same at every checkpoint."""

    number: int
    supervisor: np.ndarray
    train: np.ndarray
    test: np.ndarray
    weak_train: np.ndarray
    weak_test: np.ndarray


def sweep(
    model: str | os.PathLike[str],
    dataset: TextDataset | str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    setting: SweepSetting | None = None,
    checkpoints: Iterable[tuple[int, str]] | None = None,
    batch_size: int = 32,
    device: str = "cpu",
    cache_dir: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> Study:
    """Run weak-to-strong learning at every checkpoint and append one row per (checkpoint, seed).

    Parameters
    ----------
    model : str or path
        See `w2slib.language_models.list_checkpoints`.
    dataset : TextDataset or path
        Texts with labels; a path is read by `read_dataset`.
    out : path
        CSV file with the columns `FIELDS`. If it exists, the checkpoints that it holds are not
        computed again, and it must be of the same model, data and setting.
    setting : SweepSetting, optional
        By default ``SweepSetting()``.
    checkpoints : iterable of (int, str), optional
        Part of what `w2slib.language_models.list_checkpoints` gives; by default all of it.
    batch_size, device, cache_dir
        See `w2slib.language_models.load_features`.
    executor : concurrent.futures.Executor, optional
        Runs the checkpoints: a process pool, or Dask's ``Client(...).get_executor()``. The workers
        need the model and, if given, ``cache_dir``.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Study
        Of everything that the file then holds.

    Raises
    ------
    ValueError
        If a revision is missing, or ``out`` is of another sweep. Rows that were written before stay.

    Notes
    -----
    After the protocol of [Blessing].

    Examples
    --------
    >>> sweep("EleutherAI/pythia-70m", TextDataset((), (), np.array([])), out="results.csv")
    Traceback (most recent call last):
    ...
    ValueError: texts is empty; allowed: at least one text
    """
    dataset = dataset if isinstance(dataset, TextDataset) else read_dataset(dataset)
    setting = SweepSetting() if setting is None else setting
    wanted = list(list_checkpoints(model) if checkpoints is None else checkpoints)
    if not wanted:
        raise ValueError("checkpoints is empty; allowed: at least one (step, revision)")
    seeds = [_deal(dataset, setting, number) for number in range(setting.n_seeds)]
    run, out = _fingerprint(model, dataset, setting), Path(out)
    done = _reopen(out, run, setting.n_seeds)
    pending = [(step, revision) for step, revision in wanted if revision not in done]

    work = partial(
        _checkpoint_rows, str(model), dataset, setting, seeds, run,
        {"batch_size": batch_size, "device": device, "cache_dir": cache_dir},
    )  # fmt: skip
    runner = map if executor is None else executor.map
    with (
        out.open("a", newline="", encoding="utf-8") as file,
        tqdm(total=len(wanted), initial=len(wanted) - len(pending), disable=not progress,
             desc="checkpoints", unit="") as bar,
    ):  # fmt: skip
        # In the order of training, so that the file does not depend on what runs the work.
        for text in runner(work, pending):
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            bar.update()
    study = read_sweep(out)
    made_by = {"model": _model_name(model), "n_texts": len(dataset.texts), **asdict(setting)}
    return replace(study, setting=described(**made_by, **study.setting))


def read_sweep(path: str | os.PathLike[str]) -> Study:
    r"""Read the file of a sweep.

    Parameters
    ----------
    path : path
        Written by `sweep`.

    Returns
    -------
    Study
        Of which it is known which run wrote it.

    Raises
    ------
    ValueError
        If a column is missing, a seed is missing at some checkpoint, or the supervisor changes.

    Examples
    --------
    >>> import tempfile
    >>> row = "0,step0,{},0.6,0.55,0.7,-0.5,0.7,0.1,9,9,abc\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "results.csv"
    ...     _ = path.write_text(",".join(FIELDS) + "\n" + row.format(0) + row.format(1))
    ...     study = read_sweep(path)
    >>> study.student.tolist(), study.pgr.round(2).tolist()
    ([[0.55, 0.55]], [[-0.5, -0.5]])
    """
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = set(FIELDS) - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path} lacks the column {sorted(missing)[0]!r}; allowed: {FIELDS}")
        rows = {(int(row["step"]), int(row["seed"])): row for row in reader}
    steps = sorted({step for step, _ in rows})
    seeds = sorted({seed for _, seed in rows})
    gaps = [(step, seed) for step in steps for seed in seeds if (step, seed) not in rows]
    if gaps or not rows:
        raise ValueError(f"{path} has no row for (step, seed) = {gaps[:1]}; allowed: all of them")

    def column(name: str) -> Array:
        return np.array([[float(rows[step, seed][name]) for seed in seeds] for step in steps])

    weak = column("weak")
    if np.any(weak != weak[0]):
        raise ValueError(
            f"{path}: the supervisor changes along pre-training; allowed: one per seed"
        )
    return Study(
        np.array(steps), weak[0], column("student"), column("ceiling"), column("probe_accuracy"),
        column("alignment"), setting={"run": rows[steps[0], seeds[0]]["run"]},
    )  # fmt: skip


# --------------------------------------------------------------------------------- helpers


def _deal(dataset: TextDataset, setting: SweepSetting, number: int) -> _Seed:
    rng = np.random.default_rng([setting.seed, number])
    sizes = [setting.n_supervisor, setting.n_train, setting.n_test]
    own, train, test = disjoint_split(len(dataset.texts), sizes, rng)
    if dataset.weak_labels is None:
        answers = _train_supervisor(dataset, setting, own, rng)
    else:
        answers = dataset.weak_labels
    given = answers[train].copy()
    require_two_classes("labels", dataset.labels)
    classes = np.unique(dataset.labels)
    for i in np.flatnonzero(rng.random(len(given)) < setting.label_noise):
        given[i] = rng.choice(classes[classes != given[i]])
    return _Seed(number, own, train, test, given, answers[test])


def _train_supervisor(
    dataset: TextDataset, setting: SweepSetting, own: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    labels = dataset.labels[own]
    if setting.shuffled:
        labels = rng.permutation(labels)
    alphabet = "".join(sorted({c for i in own for c in dataset.texts[i][-setting.reads :]}))
    bags = bag_of_characters(dataset.texts, alphabet, setting.reads)
    return fit_probe(bags[own], labels, penalty=setting.penalty).predict(bags)


def _checkpoint_rows(
    model: str,
    dataset: TextDataset,
    setting: SweepSetting,
    seeds: Sequence[_Seed],
    run: str,
    loading: Mapping[str, Any],
    checkpoint: tuple[int, str],
) -> str:
    """Rows of one checkpoint as CSV text. Runs in a worker."""
    step, revision = checkpoint
    features = load_features(
        model, revision, dataset.texts, layer=setting.layer, pooling=setting.pooling, **loading
    )
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    with threadpool_limits(limits=1):
        for seed in seeds:
            scores = _measure(features, dataset.labels, seed, setting)
            numbers = [f"{x:.6f}" for x in scores]
            sizes = [setting.n_train, setting.n_test]
            writer.writerow([step, revision, seed.number, *numbers, *sizes, run])
    return buffer.getvalue()


def _measure(
    features: np.ndarray, labels: np.ndarray, seed: _Seed, setting: SweepSetting
) -> tuple[float, ...]:
    """Numbers of one row, in the order of `FIELDS`."""
    train, truth = features[seed.train], labels[seed.train]
    result = evaluate(
        train, seed.weak_train, truth, features[seed.test], labels[seed.test],
        weak_labels_test=seed.weak_test, ids_supervisor=seed.supervisor, ids_train=seed.train,
        ids_test=seed.test, penalty=setting.penalty,
    )  # fmt: skip
    aligned = feature_alignment(train, truth, setting.n_components)
    parts = (result.weak, result.student, result.ceiling, result.pgr, result.probe_accuracy)
    return (*parts, aligned)


def _model_name(model: str | os.PathLike[str]) -> str:
    """Name of a model, on whatever machine; a local model counts by its folder's name."""
    return Path(model).name if Path(model).is_dir() else str(model)


def _fingerprint(model: str | os.PathLike[str], dataset: TextDataset, setting: SweepSetting) -> str:
    """Identify a sweep, on whatever machine."""
    weak = None if dataset.weak_labels is None else dataset.weak_labels.tolist()
    data = [dataset.ids, dataset.texts, dataset.labels.tolist(), weak]
    key = json.dumps([_model_name(model), data, asdict(setting)], default=str)
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _reopen(out: Path, run: str, n_seeds: int) -> set[str]:
    """Revisions that the file holds in full; whatever a killed run left half-written is cut off."""
    header = ",".join(FIELDS) + "\n"
    text = out.read_text(encoding="utf-8") if out.exists() else ""
    lines = text.splitlines(keepends=True)
    if lines and not header.startswith(lines[0].rstrip("\n")):
        raise ValueError(f"out = {str(out)!r} is not a sweep's file; allowed: {header.strip()}")
    rows = [line for line in lines[1:] if line.endswith("\n")]
    kept, done = header, set()
    for revision, group in _blocks(rows):
        other = next((row for row in group if not row.endswith(f",{run}\n")), None)
        if other is not None:
            raise ValueError(
                f"out = {str(out)!r} holds rows of another model, dataset or setting "
                f"({other.strip()}); allowed: a new file, or one of run {run}"
            )
        if len(group) == n_seeds:
            kept += "".join(group)
            done.add(revision)
    if kept != text:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(out.name + ".part")
        part.write_text(kept, encoding="utf-8")
        os.replace(part, out)
    return done


def _blocks(rows: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Group neighbouring rows of one checkpoint."""
    group: list[str] = []
    for row in rows:
        if group and row.split(",")[1] != group[0].split(",")[1]:
            yield group[0].split(",")[1], group
            group = []
        group.append(row)
    if group:
        yield group[0].split(",")[1], group
