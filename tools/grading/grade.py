"""Grade a class: a folder of notebooks -> points as CSV, and a page of feedback for each notebook.

    python -m tools.grading.grade SUBMISSIONS [--course build/assignments]     # make grade SUBMISSIONS=...

SUBMISSIONS may look as nbgrader, Moodle or Canvas leave it, or otherwise: every notebook below it is
taken. The student is the first folder below SUBMISSIONS (without what Moodle adds to it), or, for a
file that lies there directly, the part of its name that is not the set's. The set is told from the
checks that are in the file, else from its name. ``.ipynb.txt`` and ``.IPYNB`` are taken, too.

Written into the course folder (made by ``make assignments``, which also says what nbgrader finds there):

- ``points.csv``: one row a notebook; ``exercises.csv``: one row a check or explanation;
  ``class.csv``: one row a student;
- ``feedback/STUDENT/SET/SET.html``;
- ``gradebook.db``: nbgrader's, for marking explanations by hand (``nbgrader formgrader`` there).

Nothing is graded twice: a second call takes what has changed, what is new and what failed, and writes
the tables again, with the points that were given by hand meanwhile. SUBMISSIONS is only read.

Each notebook runs in a process of its own with limited time and memory. That protects the other
notebooks, not the machine: it is other people's code. Use an account or a container of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import hashlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from tools import ROOT
from tools.authoring import assignments
from tools.grading import restore

COURSE = assignments.TARGET
MOODLE = re.compile(r"_(\d+)_assignsubmission_.*$")
ENDING = re.compile(r"\.ipynb(\.txt|\.json)?\Z", re.IGNORECASE)  # browsers add to it
TRIES = 3  # processes for a notebook whose cells end them
TOKEN = "W2S_GRADING_RUN"  # in the environment of a notebook's processes: says whose they are


@dataclass
class Submission:
    """One notebook of one student."""

    student: str
    key: str  # the student in nbgrader: a name that is safe in a path
    name: str  # of the set
    path: Path
    remarks: list[str] = field(default_factory=list)
    digest: str = ""
    blank: bool = False
    exercises: list[dict] = field(default_factory=list)
    failed: str = ""


# --- what was handed in ---------------------------------------------------------------------------


def releases(course: Path) -> dict[str, NotebookNode]:
    """Return the sets that were handed out."""
    found = sorted((course / "source").glob("*/*.ipynb"))
    return {path.stem: nbformat.read(path, as_version=4) for path in found}


def collect(folder: Path, sets: dict[str, NotebookNode]) -> tuple[list[Submission], list[Path]]:
    """List the submissions below a folder, and the files that are none."""
    found: dict[tuple[str, str], Submission] = {}
    handed, strange = [], []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        parts = path.relative_to(folder).parts
        if any(part.startswith((".", "__MACOSX")) for part in parts):
            continue
        stem = ENDING.sub("", path.name)
        name = _set_of(path, sets) if stem != path.name else None
        if name is None:
            strange.append(path)
            continue
        student = MOODLE.sub("", parts[0]) if len(parts) > 1 else _student_of(stem, name)
        told = MOODLE.search(parts[0]) if len(parts) > 1 else None
        handed.append((student, told[1] if told else "", name, path))
    for student, name, path in _apart(handed):
        new = Submission(student, "", name, path, _remarks_on_name(path, name, sets))
        old = found.get((student, name))
        if old is not None:
            other, new = sorted([old, new], key=_age)
            left = other.path.relative_to(folder)
            why = "the newest" if _age(other)[0] < _age(new)[0] else "by its name the last"
            new.remarks.append(f"{why} of several files; not graded: {left}")
        found[student, name] = new
    keys = _keys(sorted({student for student, _ in found}))
    for submission in found.values():
        submission.key = keys[submission.student]
    return list(found.values()), strange


def _apart(handed: list[tuple[str, str, str, Path]]) -> list[tuple[str, str, Path]]:
    """Name people of one name apart: those from whom Moodle has one set under several numbers."""
    numbers: dict[tuple[str, str], set[str]] = {}
    for student, number, name, _ in handed:
        numbers.setdefault((student, name), set()).add(number)
    alike = {student for (student, _), told in numbers.items() if len(told - {""}) > 1}
    return [
        (f"{student} ({number})" if student in alike and number else student, name, path)
        for student, number, name, path in handed
    ]


def _age(submission: Submission) -> tuple[float, int, Path]:
    """Order files of one student: by time, then by the number that a second copy has, then by name."""
    stem = ENDING.sub("", submission.path.name)
    number = re.search(r"(\d{1,9})\)?\Z", stem)
    return submission.path.stat().st_mtime, int(number[1]) if number else 0, submission.path


def _remarks_on_name(path: Path, name: str, sets: dict[str, NotebookNode]) -> list[str]:
    """Say what of a file's name is not as it should be."""
    remarks = [] if path.suffix == ".ipynb" else [f"a notebook, though its name is {path.name}"]
    named = _named(path, sets)
    if named not in (None, name):
        remarks.append(f"has the name of {named}, but the checks of {name}")
    return remarks


def _named(path: Path, sets: dict[str, NotebookNode]) -> str | None:
    """Return the set that a file's name, or else its folder's, tells."""
    for words in (ENDING.sub("", path.name), path.parent.name):
        pattern = r"(?i)(?<![a-z]){}(?![a-z])"
        named = [name for name in sets if re.search(pattern.format(name), words)]
        if named:
            return max(named, key=len)
    return None


def _set_of(path: Path, sets: dict[str, NotebookNode]) -> str | None:
    """Tell a file's set: by its name, unless the checks of another one are in it; by its content."""
    named = _named(path, sets)
    with contextlib.suppress(restore.UnreadableError):
        nb = restore.load(path)
        if named is None:
            return restore.set_of(nb, sets)
        checks = {name: restore.checks(release) for name, release in sets.items()}
        held = {name: len(restore.texts(nb) & checks[name]) for name in sets}
        best = max(held, key=held.__getitem__)
        return best if checks[named] and held[best] > held[named] else named
    return named


def _student_of(stem: str, name: str) -> str:
    """Return what of a file's name is not the set's, without Canvas's numbers."""
    rest = re.sub(r"(_LATE)?_\d+_\d+_.*$", "", stem)
    rest = re.sub(rf"(?i)[-_ ]*{name}[-_ ]*(\(\d+\)|-\d+)?", "", rest)
    return rest.strip("-_ ") or stem


def _keys(students: list[str]) -> dict[str, str]:
    """Give every student a name of their own that is safe in paths and patterns."""
    keys: dict[str, str] = {}
    for student in students:
        stem = re.sub(r"[^\w.@ -]", "-", student).strip(" .") or "student"
        taken, key, number = {k.lower() for k in keys.values()}, stem, 2
        while key.lower() in taken:
            key, number = f"{stem}-{number}", number + 1
        keys[student] = key
    return keys


def prepare(submission: Submission, course: Path, release: NotebookNode) -> None:
    """Write the notebook that is run: the student's answers between the checks as handed out."""
    nb = release
    try:
        nb, remarks = restore.restored(release, restore.load(submission.path))
        submission.remarks += remarks
    except restore.UnreadableError as error:
        submission.remarks.append(str(error))
        submission.blank = True
    nb.metadata.pop("signature", None)
    text = nbformat.writes(nb)
    submission.digest = hashlib.sha256(text.encode()).hexdigest()
    target = _submitted(submission, course)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


# --- running --------------------------------------------------------------------------------------


def run(submission: Submission, course: Path, seconds: int, memory: float) -> None:
    """Grade one submission in a process of its own, unless this very text has been graded."""
    result = _result(submission, course)
    done = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}
    if done.get("digest") == submission.digest:
        submission.exercises, submission.failed = done["exercises"], ""
        return
    result.unlink(missing_ok=True)
    result.parent.mkdir(parents=True, exist_ok=True)
    cells = len(nbformat.read(_submitted(submission, course), as_version=4).cells)
    command = [sys.executable, "-m", "tools.grading.worker", "--seconds", str(seconds)]
    places = ["--", course, submission.key, submission.name, result]  # a name may begin with -
    log, at = result.with_suffix(".log"), result.with_suffix(".at")
    at.unlink(missing_ok=True)
    longest = 300 + 2 * cells * (seconds + 15)
    code, ended = _work([*command, *places], log, longest, memory)
    for _ in range(TRIES - 1):  # a cell may have ended not its kernel alone, but all
        if code < 0 and not ended and not result.exists():
            code, ended = _work([*command, "--again", *places], log, longest, memory)
    at.unlink(missing_ok=True)
    if not result.exists():
        submission.failed = ended or f"could not be graded, see {log}"
        return
    done = json.loads(result.read_text(encoding="utf-8")) | {"digest": submission.digest}
    submission.exercises, submission.failed = done["exercises"], ""
    _replace(result, json.dumps(done))
    log.unlink()


def _work(command: list, log: Path, longest: float, memory: float) -> tuple[int, str]:
    """Run a process, and end all that it leaves; return its exit code and why it was ended."""
    token, ended = secrets.token_hex(16), ""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | os.environ | {TOKEN: token},
            start_new_session=True,
            preexec_fn=_limit(memory),
        )
        try:
            process.wait(timeout=longest)
        except subprocess.TimeoutExpired:
            ended = "took too long"
        finally:
            _kill(process)
            _kill_marked(token)
    return process.returncode, ended


def _limit(memory: float):
    """Return what limits the address space of a new process and of all that it starts."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = int(memory * 2**30)
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _kill(process: subprocess.Popen) -> None:
    """End a process with all that it started and left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError, AttributeError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _kill_marked(token: str) -> None:
    """End the processes that have a token in their environment, those in sessions of their own too."""
    import psutil

    for _ in range(5):  # one may start another meanwhile
        marked = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(TOKEN) == token:
                    process.kill()
                    marked.append(process)
        if not marked:
            return
        psutil.wait_procs(marked, timeout=2)


def _result(submission: Submission, course: Path) -> Path:
    return course / "results" / submission.key / f"{submission.name}.json"


def _submitted(submission: Submission, course: Path) -> Path:
    return course / "submitted" / submission.key / submission.name / f"{submission.name}.ipynb"


def _replace(path: Path, text: str) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def register(course: Path, names: list[str]) -> None:
    """Tell nbgrader of the sets, and again of those that changed since."""
    from tools.grading import worker

    known = course / "results" / "sets.json"
    digests = json.loads(known.read_text(encoding="utf-8")) if known.exists() else {}
    nbgrader = worker.api(course)
    for name in names:
        text = (course / "source" / name / f"{name}.ipynb").read_bytes()
        digest = hashlib.sha256(text).hexdigest()
        if digests.get(name) == digest and (course / "gradebook.db").exists():
            continue
        told = nbgrader.generate_assignment(name, force=True)
        if not told["success"]:
            raise SystemExit(f"nbgrader refuses the set {name}: {told.get('log')}")
        digests[name] = digest
    known.parent.mkdir(exist_ok=True)
    _replace(known, json.dumps(digests))


def grade(
    folder: Path, course: Path, *, seconds: int = 60, memory: float = 4.0, jobs: int = 2
) -> list[Submission]:
    """Grade everything below ``folder``, and write tables and feedback into ``course``."""
    from tools.grading import worker

    sets = releases(course)
    if not sets:
        raise SystemExit(f"{course} is no course folder; run `make assignments`")
    submissions, strange = collect(folder, sets)
    if not submissions:
        raise SystemExit(f"no notebook of any set in {folder}")
    register(course, sorted({s.name for s in submissions}))
    for submission in submissions:
        prepare(submission, course, sets[submission.name])
        submission.failed = "not graded yet"
    start, done = time.monotonic(), 0

    def one(submission: Submission) -> Submission:
        try:
            run(submission, course, seconds, memory)
        except Exception as error:  # one of them must not cost the others
            submission.failed = f"{type(error).__name__}: {error}"
        return submission

    with ThreadPoolExecutor(jobs) as pool:
        for submission in pool.map(one, submissions):
            done += 1
            if not submission.failed:
                submission.exercises = worker.points(course, submission.key, submission.name)
            took = f"[{done}/{len(submissions)}, {time.monotonic() - start:.0f} s]"
            print(
                f"{took} {submission.student}, {submission.name}: {_summary(submission)}",
                flush=True,
            )
            write_tables(course, submissions, sets, strange)  # whatever ends this, they are there
    for path in strange:
        print(f"not graded, no notebook of a set: {path}")
    return submissions


def _summary(submission: Submission) -> str:
    if submission.failed:
        return f"FAILED: {submission.failed}"
    return f"{_sum(submission, 'points'):g} of {_sum(submission, 'of'):g}"


def _sum(submission: Submission, key: str) -> float:
    return sum(row[key] for row in submission.exercises)


# --- tables ---------------------------------------------------------------------------------------


def write_tables(
    course: Path, submissions: list[Submission], sets: dict[str, NotebookNode], strange: list[Path]
) -> None:
    """Write points.csv, exercises.csv and class.csv; a number that is not known is left empty."""
    ordered = sorted(submissions, key=lambda s: (s.student.lower(), s.student, s.name))
    rows, single = [], []
    for s in ordered:
        known = not s.failed
        by_hand = sum(e["of"] for e in s.exercises if e["by_hand"])
        remarks = "; ".join([*([f"FAILED: {s.failed}"] if s.failed else []), *s.remarks])
        numbers = [_sum(s, "points"), _sum(s, "of"), by_hand] if known else ["", "", ""]
        rows.append([s.student, s.name, *numbers, str(s.path), remarks])
        single += [
            [s.student, s.name, e["exercise"], e["points"], e["of"], e["by_hand"]]
            for e in s.exercises
        ]
    rows += [["", "", "", "", "", str(path), "no notebook of a set"] for path in strange]
    head = ["student", "set", "points", "of", "to be marked by hand", "file", "remarks"]
    _table(course / "points.csv", head, rows)
    head = ["student", "set", "exercise", "points", "of", "to be marked by hand"]
    _table(course / "exercises.csv", head, single)
    table = {(s.student, s.name): "" if s.failed else _sum(s, "points") for s in ordered}
    students = list(dict.fromkeys(s.student for s in ordered))
    wide = []
    for student in students:
        values = [table.get((student, name), "") for name in sets]
        wide.append([student, *values, sum(v for v in values if v != "")])
    _table(course / "class.csv", ["student", *sets, "total"], wide)


def _table(path: Path, head: list[str], rows: list[list]) -> None:
    with path.with_suffix(".part").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(head)
        writer.writerows([_safe(value) for value in row] for row in rows)
    path.with_suffix(".part").replace(path)


def _safe(value):
    """A text that a spreadsheet does not take for a formula; numbers without needless digits."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return f"{value:g}" if isinstance(value, float) else value


def main(argv: list[str] | None = None) -> int:
    """Grade a class; 1 if a notebook could not be graded."""
    parser = argparse.ArgumentParser(description="Grade a folder of submitted notebooks.")
    parser.add_argument("submissions", type=Path)
    parser.add_argument("--course", type=Path, default=COURSE, help="made by `make assignments`")
    parser.add_argument("--seconds", type=int, default=60, help="limit of a cell (60)")
    parser.add_argument("--memory", type=float, default=4.0, help="limit of a notebook, GiB (4)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at the same time")
    args = parser.parse_args(argv)
    if not args.submissions.is_dir():
        raise SystemExit(f"no folder {args.submissions}: make grade SUBMISSIONS=folder")
    if not (args.course / "source").is_dir():
        assignments.write(args.course)
    course = args.course.resolve()
    limits = dict(seconds=args.seconds, memory=args.memory, jobs=max(1, args.jobs))
    graded = grade(args.submissions.resolve(), course, **limits)
    failed = [s for s in graded if s.failed]
    print(f"{len(graded)} notebooks, {len(failed)} failed; tables and feedback in {course}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
