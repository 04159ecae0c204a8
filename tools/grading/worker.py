"""Grade one submission in a process of its own, whose memory is limited; `tools.grading.grade` calls it.

    python -m tools.grading.worker COURSE STUDENT SET RESULT

writes the feedback as HTML, and the points of every check and explanation as JSON into RESULT. While it
runs, RESULT with the ending ``.at`` tells at which cell it is (`left_out` reads it).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from traitlets.config import Config, PyFileConfigLoader


def settings(course: Path) -> Config:
    """Return the settings of the course folder, for several processes on one database."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = database(course)
    return config


def database(course: Path) -> str:
    """Address of the gradebook; a process waits a minute for another one's writing."""
    return f"sqlite:///{course / 'gradebook.db'}?timeout=60"


def api(course: Path, seconds: int | None = None, **traits: Any) -> Any:
    """Return nbgrader with the book's own step of running notebooks."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.converters import Autograde
    from nbgrader.preprocessors import Execute

    from tools.grading.execute import Patient

    scripts = os.path.dirname(sys.executable)  # nbgrader calls alembic by its bare name
    if scripts not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ["PATH"]])
    config = settings(course)
    config.Patient = config.Execute
    if seconds is not None:
        config.Patient.timeout = seconds
    config.Patient.update(traits)
    steps = Autograde().autograde_preprocessors
    config.Autograde.autograde_preprocessors = [Patient if s is Execute else s for s in steps]
    return NbGraderAPI(config=config)


def grade(course: Path, student: str, name: str, seconds: int, **traits: Any) -> dict:
    """Run and mark one submission; return its points."""
    nbgrader = api(course, seconds, **traits)
    for step in (nbgrader.autograde, nbgrader.generate_feedback):
        told = step(name, student, force=True)
        if not told["success"]:
            raise RuntimeError((told.get("log") or told.get("error") or "")[-3000:])
    return {"exercises": points(course, student, name)}


def left_out(result: Path) -> dict[int, str]:
    """Cells that a next process must not run: those that its predecessor had left, and its last."""
    try:
        told = json.loads(result.with_suffix(".at").read_text(encoding="utf-8"))
        cells = {int(index): str(why) for index, why in told["given_up"].items()}
        return cells | {int(told["at"]): "ended the grading of the notebook"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def points(course: Path, student: str, name: str) -> list[dict]:
    """Points of each check and explanation, as the gradebook has them."""
    from nbgrader.api import Gradebook

    with Gradebook(database(course)) as gradebook:
        submission = gradebook.find_submission_notebook(name, name, student)
        return [
            {
                "exercise": grade.name,
                "points": grade.score,
                "of": grade.max_score,
                "by_hand": bool(grade.needs_manual_grade),
            }
            for grade in sorted(submission.grades, key=lambda grade: grade.name)
        ]


def main(argv: list[str] | None = None) -> int:
    """Grade one submission."""
    parser = argparse.ArgumentParser(description="Grade one submission.")
    parser.add_argument("course", type=Path)
    parser.add_argument("student")
    parser.add_argument("name")
    parser.add_argument("result", type=Path)
    parser.add_argument("--seconds", type=int, default=60, help="limit of a cell")
    parser.add_argument("--again", action="store_true", help="without what ended it last time")
    args = parser.parse_args(argv)
    traits = {"known": left_out(args.result) if args.again else {}}
    traits["journal"] = str(args.result.with_suffix(".at"))
    result = grade(args.course.resolve(), args.student, args.name, args.seconds, **traits)
    partial = args.result.with_suffix(".part")
    partial.write_text(json.dumps(result), encoding="utf-8")
    partial.rename(args.result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
