"""The widget that draws: an anywidget whose JavaScript lives in ``static/``."""

from __future__ import annotations

import anywidget
import traitlets

from ..model import Field
from . import bundle


class Canvas(anywidget.AnyWidget):
    """Phase diagram, section and sentence; one float trait per parameter of the field.

    The traits are called like the parameters (``canvas.lam_t``), so that
    ``ipywidgets.jslink((slider, "value"), (canvas, "lam_t"))`` joins a slider to it, with and
    without a kernel.
    """

    _esm = bundle.script("explorer.js")
    _css = bundle.style("explorer.css")

    description = traitlets.Dict(help="Field.payload()[0]").tag(sync=True)
    tables = traitlets.Bytes(help="Field.payload()[1]").tag(sync=True)
    options = traitlets.Dict(help="everything that is not the field").tag(sync=True)
    sampler = traitlets.Unicode(help="script that draws data sets, or nothing").tag(sync=True)

    def __init__(self, field: Field, options: dict[str, object]) -> None:
        taken = [
            p.name for p in field.parameters if self.has_trait(p.name) or hasattr(self, p.name)
        ]
        if taken:
            raise ValueError(f"Parameter.name = {taken[0]!r} is not allowed: widgets use that name")
        # The traits belong to this one canvas (add_traits makes a class of its own for it).
        traits = {p.name: traitlets.Float(p.value).tag(sync=True) for p in field.parameters}
        self.add_traits(**traits)
        description, tables = field.payload()
        sampler = bundle.script("worker.js") if options.get("sampling") else ""
        super().__init__(description=description, tables=tables, options=options, sampler=sampler)

    def __repr__(self) -> str:
        return "Canvas()"
