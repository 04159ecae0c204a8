r"""The files of a sweep: rows that survive whatever ends it, and what made them.

Beside ``out.csv`` stand ``out.csv.json``, the setting in full with the content of every checkpoint and the
versions of the libraries; ``out.failed.csv``, one row for each checkpoint that failed, with the reason and
the time; and ``out.csv.lock``, which the process that writes holds. A row is on the disk before the next
checkpoint is begun, in whatever order checkpoints end; at the end the rows are put in the order of training,
so that the file does not depend on what ran it.
"""

from __future__ import annotations

import csv
import glob
import hashlib
import io
import json
import os
import platform
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from w2slib.studies._hub import write_whole
from w2slib.studies.failures import CheckpointError, optional

__all__ = [
    "FAILED",
    "FIELDS",
    "FIRST",
    "KEYS",
    "Output",
    "fingerprint",
    "read_rows",
    "sidecar",
    "versions",
]

FIRST = (
    "step", "revision", "seed", "weak", "student", "ceiling", "pgr", "probe_accuracy", "alignment",
    "n_train", "n_test", "run",
)  # fmt: skip
"""Columns of the first edition, whose files can still be read."""

KEYS = ("task", "layer", "pooling", "supervisor_name", "student_name", "seed", "training_seed")
"""Columns that tell the rows of one checkpoint apart; ``seed`` is the number of the deal."""

FIELDS = (
    *FIRST, "task", "layer", "pooling", "supervisor_name", "student_name", "training_seed", "majority",
    "weak_balanced", "student_balanced", "ceiling_balanced", "weak_auroc", "student_auroc",
    "ceiling_auroc", "weights", "same_weights_as",
)  # fmt: skip
"""Columns of a sweep's file.

``run`` is a fingerprint of data and setting, ``weights`` one of the checkpoint's weights; ``same_weights_as``
names the other steps that have the same weights.
"""

MEASURES = tuple(
    name for name in FIELDS
    if name in FIRST[3:9] or "_balanced" in name or "_auroc" in name or name == "majority"
)  # fmt: skip
"""Columns that were measured; ``nan`` or empty where they were not."""

FAILED = ("step", "revision", "kind", "reason", "time")
"""Columns of the table of failures."""

_FORMAT = 2
Key = tuple[str, ...]


def sidecar(out: str | os.PathLike[str]) -> Path:
    """Path of the setting beside a sweep's file."""
    return Path(f"{os.fspath(out)}.json")


def failures(out: str | os.PathLike[str]) -> Path:
    """Path of the table of failures beside a sweep's file."""
    path = Path(out)
    # The ending of another name, as of pythia-1.4b, tells two files apart.
    return path.with_suffix(".failed.csv") if path.suffix == ".csv" else Path(f"{path}.failed.csv")


def fingerprint(setting: Mapping[str, Any]) -> str:
    """Identify a setting, on whatever machine."""
    return hashlib.sha256(json.dumps(setting, sort_keys=True).encode()).hexdigest()[:12]


def versions() -> dict[str, str]:
    """What is installed of what decides numbers."""
    found = {"python": platform.python_version()}
    for name in (
        "w2slib",
        "numpy",
        "scipy",
        "scikit-learn",
        "torch",
        "transformers",
        "tokenizers",
        "peft",
    ):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def read_rows(path: str | os.PathLike[str]) -> list[dict[str, str]]:
    """Rows of a sweep's file, of this edition or the first; a half-written last line is left out."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: {error}; allowed: a sweep's file, in UTF-8") from None
    whole = text[: text.rfind("\n") + 1]
    reader = csv.DictReader(io.StringIO(whole, newline=""))
    header = tuple(reader.fieldnames or ())
    missing = [name for name in FIRST if name not in header]
    if missing:
        raise ValueError(f"{path} lacks the column {sorted(missing)[0]!r}; allowed: {FIELDS}")
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise ValueError(
                f"{path}, line {reader.line_num}: not as many fields as the header has"
            )
        _check_numbers(f"{path}, line {reader.line_num}", row)
        rows.append(row)
    return rows


def _check_numbers(place: str, row: Mapping[str, str]) -> None:
    """Refuse what no sweep has written: somebody has changed the file."""
    for name in ("step", "seed", "n_train", "n_test"):
        if not row[name].isdecimal():
            raise ValueError(f"{place}: {name} = {row[name]!r}; allowed: a whole number")
    for name in ("layer", "training_seed"):
        if name in row and not row[name].removeprefix("-").isdecimal():
            raise ValueError(f"{place}: {name} = {row[name]!r}; allowed: a whole number")
    for name in MEASURES:
        try:
            value = float(row.get(name) or "nan")
        except ValueError:
            raise ValueError(f"{place}: {name} = {row[name]!r}; allowed: a number") from None
        if name in ("weak", "student", "ceiling") and not 0 <= value <= 1:
            raise ValueError(f"{place}: {name} = {row[name]!r}; allowed: between 0 and 1")


class Output:
    """A sweep's files, held by one process.

    Parameters
    ----------
    out : path
    setting : dict
        Everything that decides the numbers, as JSON takes it. ``n_seeds`` is not among it: deals can be
        added.
    model : str
        Written beside it, for people; content decides.
    """

    def __init__(self, out: str | os.PathLike[str], setting: Mapping[str, Any], model: str) -> None:
        self.path, self.setting, self.model = Path(out), json.loads(json.dumps(setting)), model
        self.run, self.versions = fingerprint(self.setting), versions()
        self.rows: dict[tuple[str, Key], dict[str, str]] = {}
        self.weights: dict[str, str] = {}
        self.steps: dict[str, int] = {}
        self.checkpoints: dict[str, dict[str, Any]] = {}
        self.failed: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Output:
        filelock = optional("filelock")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = filelock.FileLock(f"{self.path}.lock", timeout=0)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise ValueError(
                f"out = {str(self.path)!r} is being written by another process; allowed: one at a time"
            ) from None
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._lock.release()

    # -------------------------------------------------------------------------- opening

    def _open(self) -> None:
        for path in (self.path, sidecar(self.path), failures(self.path)):
            for left in path.parent.glob(f"{glob.escape(path.name)}.*.part"):
                left.unlink()
        before = self._sidecar_before()
        if self.path.exists() and self.path.stat().st_size:
            self._read_before(before)
        if before:
            self.checkpoints = before["checkpoints"]
        self.failed = self._failed_before()
        self._rewrite()
        self._write_sidecar()
        self._file = self.path.open("ab", buffering=0)

    def _sidecar_before(self) -> dict[str, Any]:
        path = sidecar(self.path)
        if not path.exists() or not self._has_rows():
            return {}
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
            changed = list(_differences(before["setting"], self.setting))
            before["checkpoints"] = {name: dict(v) for name, v in before["checkpoints"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{path} is not a sweep's setting: {error}; allowed: another out"
            ) from None
        if changed:
            raise ValueError(
                f"out = {str(self.path)!r} was made with another setting: {'; '.join(changed[:4])}; allowed: "
                f"the same, or a new file (all of it is in {path.name})"
            )
        return before

    def _has_rows(self) -> bool:
        """Whether there is more than a header: what was never computed binds nobody."""
        if not self.path.exists():
            return False
        with self.path.open("rb") as file:
            return file.read(1 << 16).count(b"\n") > 1

    def _read_before(self, before: Mapping[str, Any]) -> None:
        with self.path.open("rb") as file:
            first = file.readline()
        header = (",".join(FIELDS) + "\n").encode()
        whole = first.endswith(b"\n")
        if (whole and first != header) or not header.startswith(first):
            raise ValueError(
                f"out = {str(self.path)!r} is not a sweep's file of this version; allowed: a new file, or "
                f"the columns {','.join(FIELDS)}"
            )
        rows = read_rows(self.path) if whole else []
        if rows and not before:
            raise ValueError(f"out = {str(self.path)!r} has no {sidecar(self.path).name} that says what made "
                             "it; allowed: a new file")  # fmt: skip
        for row in rows:
            if row["run"] != self.run:
                raise ValueError(f"out = {str(self.path)!r} holds rows of another run, {row['run']}; "
                                 f"allowed: {self.run}")  # fmt: skip
            self._take(row)
        for revision, weights in self.weights.items():
            said = str(before["checkpoints"].get(revision, {}).get("weights", "nothing"))
            if said[: len(weights)] != weights:
                raise ValueError(
                    f"{sidecar(self.path)} says of {revision!r} that its weights are {said}, its rows say "
                    f"{weights}; allowed: the files as a sweep wrote them, or a new out"
                )

    def _take(self, row: Mapping[str, str]) -> None:
        key = tuple(row[name] for name in KEYS)
        before = self.weights.setdefault(row["revision"], row["weights"])
        if before != row["weights"]:
            raise ValueError(
                f"{self.path}: {row['revision']!r} has rows of two sets of weights, {before} and "
                f"{row['weights']}; allowed: one"
            )
        step = int(row["step"])
        if self.steps.setdefault(row["revision"], step) != step:
            raise ValueError(f"{self.path}: {row['revision']!r} has rows of the steps "
                             f"{self.steps[row['revision']]} and {step}; allowed: one")  # fmt: skip
        known = self.rows.setdefault((row["revision"], key), dict(row))
        if any(known[name] != row[name] for name in FIELDS if name != "same_weights_as"):
            raise ValueError(f"{self.path}: {row['revision']!r} has two rows {key}; allowed: one")

    def _failed_before(self) -> dict[str, dict[str, str]]:
        path = failures(self.path)
        if not path.exists():
            return {}
        try:
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            for row in rows:
                int(row["step"])
            return {row["revision"]: {name: row[name] or "" for name in FAILED} for row in rows}
        except (ValueError, KeyError, TypeError, csv.Error) as error:
            raise ValueError(
                f"{path} is no table of failures ({error}); allowed: {','.join(FAILED)}, or none"
            ) from None

    # -------------------------------------------------------------------------- asking

    def require_same_steps(self, wanted: Sequence[tuple[int, str]]) -> None:
        """Refuse to go on with a checkpoint that was of another step, or another at the same step."""
        named = {step: revision for revision, step in self.steps.items()}
        for step, revision in wanted:
            if self.steps.get(revision, step) != step:
                raise ValueError(f"out = {str(self.path)!r} has rows of {revision!r} at step "
                                 f"{self.steps[revision]}, now {step}; allowed: a new file")  # fmt: skip
            if named.get(step, revision) != revision:
                raise ValueError(f"out = {str(self.path)!r} has rows of {named[step]!r} at step {step}, "
                                 f"now {revision!r}; allowed: a new file")  # fmt: skip

    def keys(self, revision: str) -> set[Key]:
        """Keys of the rows that are there."""
        return {key for name, key in self.rows if name == revision}

    # -------------------------------------------------------------------------- writing

    def add(self, rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> None:
        """Write the rows of one checkpoint and what the checkpoint is; they are on the disk afterwards.

        Raises
        ------
        ValueError
            If rows of the same revision were made with other weights.
        """
        lines = []
        for row in rows:
            plain = {name: str(row.get(name, "")) for name in FIELDS} | {"run": self.run}
            self._take(plain)
            lines.append(_line(plain))
        revision = about["revision"]
        self.checkpoints[revision] = {k: v for k, v in about.items() if k != "revision"}
        self._write_sidecar()  # before the rows: no row is there without what made it
        self._append("".join(lines).encode())
        if self.failed.pop(revision, None) is not None:
            self._write_failed()

    def _append(self, content: bytes) -> None:
        end = self.path.stat().st_size
        try:
            while content:
                content = content[self._file.write(content) :]
            os.fsync(self._file.fileno())
        except OSError:
            os.truncate(self.path, end)  # a full disk may have taken half of a row
            raise

    def fail(self, step: int, revision: str, error: CheckpointError) -> None:
        """Record why a checkpoint failed."""
        reason = " ".join(error.reason.split())
        time = datetime.now(UTC).isoformat(timespec="seconds")
        self.failed[revision] = dict(
            zip(FAILED, (str(step), revision, error.kind, reason, time), strict=True)
        )
        self._write_failed()

    def finish(self) -> None:
        """Put the rows in the order of training and mark steps with the same weights."""
        self._file.close()
        self._rewrite()
        self._file = self.path.open("ab", buffering=0)
        self._write_failed()

    def _rewrite(self) -> None:
        rows = list(self.rows.values())
        mark_same_weights(rows)
        rows.sort(key=_order)
        text = ",".join(FIELDS) + "\n" + "".join(map(_line, rows))
        if not self.path.exists() or self.path.read_bytes() != text.encode():
            write_whole(self.path, text)

    def _write_failed(self) -> None:
        path = failures(self.path)
        if not self.failed:
            path.unlink(missing_ok=True)
            return
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, FAILED, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            sorted(self.failed.values(), key=lambda row: (int(row["step"]), row["revision"]))
        )
        write_whole(path, buffer.getvalue())

    def _write_sidecar(self) -> None:
        content = {
            "format": _FORMAT, "run": self.run, "model": self.model, "setting": self.setting,
            "versions": self.versions, "checkpoints": dict(sorted(self.checkpoints.items())),
        }  # fmt: skip
        write_whole(sidecar(self.path), json.dumps(content, indent=1) + "\n")


def mark_same_weights(rows: Sequence[dict[str, str]]) -> None:
    """Fill ``same_weights_as``: other steps with the same weights; one of the two is not what it says."""
    steps: dict[str, dict[int, str]] = defaultdict(dict)
    for row in rows:
        if row.get("weights"):
            steps[row["weights"]][int(row["step"])] = row["revision"]
    for row in rows:
        others = steps.get(row.get("weights", ""), {})
        names = [name for step, name in sorted(others.items()) if step != int(row["step"])]
        row["same_weights_as"] = " ".join(names)


def _order(row: Mapping[str, str]) -> tuple[Any, ...]:
    words = ("task", "pooling", "supervisor_name", "student_name")
    numbers = ("layer", "seed", "training_seed")
    return (int(row["step"]), row["revision"], *(row[name] for name in words),
            *(int(row[name]) for name in numbers))  # fmt: skip


def _line(row: Mapping[str, str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([row[name] for name in FIELDS])
    return buffer.getvalue()


def _differences(before: Any, now: Any, name: str = "") -> Iterable[str]:
    """What changed, name by name."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in [*before, *(key for key in now if key not in before)]:
            yield from _differences(
                before.get(key, "nothing"), now.get(key, "nothing"), f"{name}.{key}".strip(".")
            )
    elif before != now:
        yield f"{name} was {before!r}, now {now!r}"
