"""Explorer of the chapter "Chapter title".

TODO(chapter_name): tabulate the chapter's own theory; the docstring of `w2slib.explorer` says how.
"""

from __future__ import annotations

import numpy as np

from w2slib.chapter_name import best_share

from ..model import Axis, Field, Parameter, Quantity, Table
from ..widgets.phase import Marker, PhaseExplorer, Preset

TEXTS = {
    "never": "No {label} in the range shown lets the student win.",
    "student_curve": "student’s error Lₛ",
    "teacher_curve": "teacher’s error Lₜ",
    "error": "excess test error",
}


def field() -> Field:
    """Errors of teacher and student, L_t = σ² and L_s = (1 − s)² + s²σ²."""
    noise_var = Parameter("noise_var", "σ²", 0.05, 5, 0.5, description="teacher’s noise")
    share = Parameter("share", "s", 0.05, 1, 0.5, scale="linear", description="share kept")
    axis = Axis("noise_var", noise_var.low, noise_var.high, 32, noise_var.scale)
    quantities = [
        Quantity("teacher", [(1, "noise_var")]),
        Quantity("student", [(1,), (-2, "share"), (1, "share", "share"), (1, "share", "share", "teacher")]),
        Quantity("diff", [(1, "student"), (-1, "teacher")]),
    ]  # fmt: skip
    best = Table.tabulate("best", [axis], lambda noise_var: np.asarray(best_share(noise_var)))
    return Field([noise_var, share], [best], quantities)


def chapter_name() -> PhaseExplorer:
    """How much of a noisy teacher's answer a student should keep.

    Examples
    --------
    >>> from w2slib import explorer
    >>> phase = explorer.chapter_name()
    >>> phase.set(noise_var=0.5, share=0.6)
    >>> phase.evaluate("student") < phase.evaluate("teacher")
    True
    """
    presets = [
        Preset("too little kept", {"share": 0.1}, "the student forgets more than it repairs"),
        Preset("the best share", {"share": 0.67}, "half of the teacher’s noise is gone"),
        Preset("a hopeless teacher", {"noise_var": 3.0}, "whatever is forgotten, it was noise"),
    ]
    return PhaseExplorer(
        field(),
        "noise_var",
        "share",
        explorer_id="chapter-name",
        title="Chapter title: how much to keep of a noisy teacher",
        presets=presets,
        markers=[Marker("best", "best share", axis="y")],
        texts=TEXTS,
        limit=0.5,
    )
