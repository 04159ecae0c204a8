r"""Weak-to-strong learning at every checkpoint of a language model, written to a CSV file.

`sweep` is the path that real models take: `w2slib.language_models.list_checkpoints`, one pass of each
network over the texts, and for every task, supervisor, student and deal one row. Rows are written as they
are found; started again with the same arguments it goes on where it stopped, and the file it leaves is the
same. A checkpoint that cannot be used is a row of ``out.failed.csv``, not the end.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
from tqdm import tqdm

from w2slib.core.validation import choice, instance, integer
from w2slib.studies import _hub as hub
from w2slib.studies._measuring import Block, Job, all_texts, lacking_keys, measure
from w2slib.studies._planning import checkpoints_of, deals_of, students_of, tasks_of, teachers_of
from w2slib.studies._reading import cache_bytes
from w2slib.studies._records import FIELDS, Output
from w2slib.studies._teaching import SweepSetting, Tasks, teach
from w2slib.studies.failures import CheckpointError
from w2slib.studies.families import where
from w2slib.studies.results import SweepStudy, read_results, read_sweep
from w2slib.studies.students import LinearProbe, Student
from w2slib.studies.supervisors import LanguageModel, Teacher
from w2slib.studies.texts import TextDataset, bag_of_characters, read_dataset

__all__ = [
    "FIELDS",
    "SweepSetting",
    "TextDataset",
    "bag_of_characters",
    "cost",
    "read_dataset",
    "read_results",
    "read_sweep",
    "sweep",
]


def sweep(
    model: str | os.PathLike[str],
    dataset: Any,
    *,
    out: str | os.PathLike[str],
    setting: SweepSetting | None = None,
    checkpoints: Iterable[tuple[int, str]] | None = None,
    supervisors: Sequence[Teacher] | None = None,
    students: Sequence[Student] | None = None,
    batch_size: int = 32,
    device: str = "cpu",
    cache_dir: str | os.PathLike[str] | None = None,
    scores_dir: str | os.PathLike[str] | None = None,
    drop_weights: bool = False,
    on_error: str = "record",
    executor: Executor | None = None,
    progress: bool = True,
) -> SweepStudy:
    """Run weak-to-strong learning at every checkpoint and write one row for each experiment.

    Parameters
    ----------
    model : str or path
        See `w2slib.language_models.list_checkpoints`.
    dataset : TextDataset, path, or mapping of names to them
        Texts with labels, read by `read_dataset`; a mapping holds several tasks, which share the pass.
    out : path
        CSV file with the columns `FIELDS`. If it exists, the rows that it holds are not computed again,
        and it must be of the same data and setting, and of the same weights at every checkpoint.
    setting : SweepSetting, optional
        By default ``SweepSetting()``.
    checkpoints : iterable of (int, str), optional
        Part of what `w2slib.language_models.list_checkpoints` gives; by default all of it.
    supervisors : sequence of Teacher, optional
        See ``w2slib.studies.supervisors``. By default the data's own weak labels, else `Characters`.
    students : sequence of LinearProbe or FineTuned, optional
        See ``w2slib.studies.students``. By default a linear probe.
    batch_size, device, cache_dir
        See `w2slib.language_models.load_features`.
    scores_dir : path, optional
        Keep every test text's scores here, one ``.npz`` file for each checkpoint.
    drop_weights : bool
        Delete the weights of a checkpoint from the hub's cache after use.
    on_error : {"record", "stop"}
        Whether a checkpoint that cannot be used is recorded in ``out.failed.csv`` (and tried again by the
        next run), or the end.
    executor : concurrent.futures.Executor, optional
        Runs the checkpoints: a process pool, or Dask's ``Client(...).get_executor()``. The workers
        need the model and, if given, ``cache_dir``.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    SweepStudy
        Of the file's first task, readout, supervisor and student; `read_sweep` gives the others. Its
        setting has the checkpoints that failed, if any.

    Raises
    ------
    ValueError
        If ``out`` is of other data, another setting or other weights, a deal cannot work, or no checkpoint
        could be used. Rows that were written before stay.

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
    choice("on_error", on_error, ("record", "stop"))
    tasks = tasks_of(dataset)
    setting = SweepSetting() if setting is None else instance("setting", setting, SweepSetting)
    wanted = checkpoints_of(model, checkpoints)
    students = students_of(students)
    teachers = {name: teachers_of(data, setting, supervisors) for name, data in tasks.items()}
    batch_size = integer("batch_size", batch_size)
    loading = {"batch_size": batch_size, "device": device, "cache_dir": cache_dir}
    described = _describe(model, tasks, setting, teachers, students, batch_size)
    # Before anything is loaded or downloaded: what cannot work is said now.
    deals = {name: deals_of(data, setting) for name, data in tasks.items()}
    for student in students:
        if student.cleaning is not None:
            student.cleaning.check(setting.n_train)
    hub_answers = contextlib.ExitStack()
    hub_answers.callback(hub.forget)  # the next sweep asks anew
    with hub_answers, Output(out, described, str(model)) as output:
        output.require_same_steps(wanted)
        taught = teach(str(model), tasks, setting, teachers, deals, loading)
        job = Job(str(model), tasks, setting, taught, students, loading,
                   None if scores_dir is None else os.fspath(scores_dir), drop_weights)  # fmt: skip
        _require_same_weights(output, model, [revision for _, revision in wanted])
        pending = [pair for pair in wanted if _lacking(job, output, pair[1])]
        _run(job, output, pending, len(wanted), executor, on_error, progress)
        output.finish()
        failed = {r: output.failed[r]["reason"] for _, r in wanted if r in output.failed}
        if not output.rows:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in list(failed.items())[:3])
            raise ValueError(f"no checkpoint could be used ({len(failed)} failed): {reasons}")
    name, teacher = next(iter(tasks)), next(iter(teachers.values()))[0]
    layer, pooling = setting.readouts[0] if isinstance(students[0], LinearProbe) else (-1, "last")
    study = read_sweep(
        out, task=name, layer=layer, pooling=pooling, supervisor=teacher.name,
        student=students[0].name, partial=True,
        training_seed=getattr(students[0], "training_seeds", (0,))[0],
    )  # fmt: skip
    made_by = {"model": hub.name_of(model), "n_texts": len(tasks[name].texts), **asdict(setting)}
    return study.with_setting(made_by, failed)


def cost(
    model: str | os.PathLike[str],
    dataset: Any,
    *,
    setting: SweepSetting | None = None,
    checkpoints: Iterable[tuple[int, str]],
) -> dict[str, int]:
    """Bytes that a sweep will download and keep, before it does.

    Parameters
    ----------
    model, dataset, setting, checkpoints
        As for `sweep`.

    Returns
    -------
    dict
        ``weights``: of all checkpoints, same content counted once; ``largest``: of the largest one, what is
        there at a time with ``drop_weights``; ``features``: in ``cache_dir``; ``unknown``: checkpoints
        that could not be looked up.

    Examples
    --------
    >>> import tempfile
    >>> dataset = TextDataset(("a", "b"), ("red fox", "blue sky"), np.array([0, 1]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cost(folder, dataset, checkpoints=[(0, "step0")])["unknown"]
    1
    """
    setting = SweepSetting() if setting is None else instance("setting", setting, SweepSetting)
    found, unknown = [], 0
    for _, revision in checkpoints_of(model, checkpoints):
        try:
            found.append(hub.find(*where(model, revision)))
        except CheckpointError:
            unknown += 1
    width = next(filter(None, map(_width, found)), 0)
    texts = len(all_texts(tasks_of(dataset)))
    return {
        "weights": hub.total(each for each in found if not each.folder),
        "largest": max((each.size for each in found if not each.folder), default=0),
        "features": cache_bytes(width, texts, len(setting.readouts), len(found)),
        "unknown": unknown,
    }


# ------------------------------------------------------------------------------ preparation


def _describe(
    model: str | os.PathLike[str],
    tasks: Tasks,
    setting: SweepSetting,
    teachers: Mapping[str, Sequence[Teacher]],
    students: Sequence[Student],
    batch_size: int,
) -> dict[str, Any]:
    """Everything that decides the numbers, apart from the checkpoints; deals can be added."""
    plain = asdict(setting)
    del plain["n_seeds"]
    return {
        "tasks": {name: _describe_data(data) for name, data in tasks.items()},
        "setting": plain,
        "batch_size": batch_size,
        "supervisors": {
            name: [_describe_teacher(model, t) for t in each] for name, each in teachers.items()
        },
        "students": [student.describe() for student in students],
    }


def _describe_teacher(model: str | os.PathLike[str], teacher: Teacher) -> dict[str, Any]:
    """What decides a supervisor's answers; a network is its content."""
    said = teacher.describe()
    if isinstance(teacher, LanguageModel):
        checkpoint = hub.find(*where(teacher.model or model, teacher.revision))
        said["content"] = asdict(hub.identify(checkpoint))
    return said


def _describe_data(data: TextDataset) -> dict[str, Any]:
    def plain(values: np.ndarray | None) -> Any:
        return None if values is None else values.tolist()

    content = [data.ids, data.texts, plain(data.labels), plain(data.weak_labels), data.groups,
               plain(data.trained_on)]  # fmt: skip
    digest = hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()
    said: dict[str, Any] = {"texts": len(data.texts), "sha256": digest}
    if data.weak_labels is not None and data.trained_on is None:
        said["note"] = "no column trained_on: the accuracy of weak_label may not be out of sample"
    return said


# ---------------------------------------------------------------------------------- running


def _lacking(job: Job, output: Output, revision: str) -> set[tuple[str, ...]]:
    """Rows of a checkpoint that the file does not have."""
    return lacking_keys(job, output.keys(revision))


def _require_same_weights(
    output: Output, model: str | os.PathLike[str], wanted: Sequence[str]
) -> None:
    """Refuse to add to rows that other weights made; looks at the content, not at names."""
    for revision, before in output.weights.items():
        about = output.checkpoints.get(revision, {})
        try:
            checkpoint = hub.find(*where(model, revision))
        except CheckpointError as error:
            if error.kind == "unreachable":
                continue
            raise ValueError(
                f"out = {str(output.path)!r} has rows of {revision!r}, which {model} has not: it is another "
                f"model's ({error.reason}); allowed: a new file"
            ) from None
        if about.get("stamp") and about["stamp"] == hub.stamp(checkpoint):
            continue
        try:
            now = hub.identify(checkpoint)
        except CheckpointError as error:
            if error.kind == "unreachable":
                continue
            raise
        changed = [name for name, value in asdict(now).items() if about.get(name) != value]
        if changed or now.short() != before:
            raise ValueError(
                f"out = {str(output.path)!r} has rows of {revision!r} with other {' and '.join(changed)} "
                f"(weights {before}) than {model} has there now ({now.short()}): another model, or "
                "a replaced file; allowed: a new file"
            )
        about["stamp"] = hub.stamp(checkpoint)


def _run(
    job: Job,
    output: Output,
    pending: Sequence[tuple[int, str]],
    total: int,
    executor: Executor | None,
    on_error: str,
    progress: bool,
) -> None:
    with tqdm(total=total, initial=total - len(pending), disable=not progress,
              desc="checkpoints", unit="") as bar:  # fmt: skip

        def record(checkpoint: tuple[int, str], ask: Callable[[], Block]) -> None:
            try:
                block = ask()
            except CheckpointError as error:
                output.fail(*checkpoint, error)
                if on_error == "stop":
                    raise
                bar.write(f"step {checkpoint[0]} ({checkpoint[1]}) failed: {error.reason}")
            else:
                output.add(block.rows, block.about)
            bar.update()

        groups = _same_content(job.model, pending)
        work = [(group, tuple(_lacking(job, output, group[0][1]))) for group in groups]
        if executor is None:
            for group, keys in work:
                _record_group(job.model, group, partial(measure, job, group[0], keys), record)
            return
        futures = {executor.submit(measure, job, group[0], keys): group for group, keys in work}
        try:
            for future in as_completed(futures):
                _record_group(job.model, futures[future], future.result, record)
        except BaseException as error:
            for future in futures:
                future.cancel()
            if isinstance(error, BrokenExecutor):
                raise ValueError(
                    f"a worker process ended suddenly, maybe for want of memory ({error}); allowed: again, "
                    "with fewer workers: what was measured is kept"
                ) from error
            raise


def _record_group(
    model: str,
    group: Sequence[tuple[int, str]],
    ask: Callable[[], Block],
    record: Callable[[tuple[int, str], Callable[[], Block]], None],
) -> None:
    """Record a checkpoint, and the same numbers for others that have the same content."""
    kept: list[Block | CheckpointError] = []

    def once() -> Block:
        if not kept:
            try:
                kept.append(ask())
            except CheckpointError as error:
                kept.append(error)
        if isinstance(kept[0], CheckpointError):
            raise kept[0]
        return kept[0]

    for step, revision in group:

        def copied(step: int = step, revision: str = revision) -> Block:
            block = once()
            if revision == group[0][1]:
                return block
            rows = [row | {"step": step, "revision": revision} for row in block.rows]
            commit = hub.find(*where(model, revision)).commit
            own = {"step": step, "revision": revision, "commit": commit, "stamp": commit}
            return Block(rows, block.about | own)

        record((step, revision), copied)


def _same_content(model: str, pending: Sequence[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Checkpoints in groups that the hub says have one content: it is downloaded and run once."""
    if all(hub.is_local(where(model, revision)[0]) for _, revision in pending):
        return [[pair] for pair in pending]
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for step, revision in pending:
        try:
            known = hub.find(*where(model, revision)).known()
        except CheckpointError:
            known = ""  # the worker will say why
        groups[known or f"{revision} alone"].append((step, revision))
    return list(groups.values())


# ---------------------------------------------------------------------------------- helpers


def _width(checkpoint: hub.Checkpoint) -> int:
    """Width of a network, or 0 if its configuration cannot be read: the sweep will say why."""
    try:
        config = hub.config(checkpoint)
        return int(config.get("hidden_size") or config.get("n_embd") or config.get("d_model") or 0)
    except (ValueError, TypeError):
        return 0
