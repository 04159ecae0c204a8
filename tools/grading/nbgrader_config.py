"""Settings of nbgrader for this course folder; `make grade` uses them, and so does `nbgrader` here."""

from pathlib import Path

from nbgrader import preprocessors as steps

c = get_config()  # noqa: F821  (nbgrader defines it)
c.CourseDirectory.course_id = "weak-to-strong"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# The notebooks in source/ hold no solutions, so there is nothing to clear; and nothing to leak.
c.GenerateAssignment.preprocessors = [
    steps.LockCells,
    steps.ClearOutput,
    steps.CheckCellMetadata,
    steps.ComputeChecksums,
    steps.SaveCells,
    steps.CheckCellMetadata,
]
c.Execute.timeout = 60  # seconds a cell
c.Execute.interrupt_on_timeout = True
c.OverwriteCells.add_missing_cells = True
