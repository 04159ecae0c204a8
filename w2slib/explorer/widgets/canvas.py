"""The widget that draws: an anywidget whose JavaScript lives in ``static/``."""

from __future__ import annotations

import anywidget
import ipywidgets as widgets
import traitlets

from ..model import Field
from . import bundle


class Sampler(widgets.Widget):
    """The script that draws data sets, once for all explorers of a page; it is not shown."""

    _model_module = traitlets.Unicode("@jupyter-widgets/base").tag(sync=True)
    _model_name = traitlets.Unicode("WidgetModel").tag(sync=True)
    code = traitlets.Unicode(help="text of the Web Worker").tag(sync=True)

    _shared: Sampler | None = None

    @classmethod
    def shared(cls) -> Sampler:
        """The one sampler there is, or a new one if it has been closed."""
        if cls._shared is None or cls._shared.comm is None:
            cls._shared = cls(code=bundle.script("worker.js"))
        return cls._shared

    def __repr__(self) -> str:
        return "Sampler()"


class Canvas(anywidget.AnyWidget):
    """Phase diagram, section and sentence; one trait per parameter of the field.

    The traits are called like the parameters (``canvas.lam_t``), so that
    ``ipywidgets.jslink((slider, "value"), (canvas, "lam_t"))`` joins a slider to it, with and
    without a kernel.
    """

    _esm = bundle.script("explorer.js")
    _css = bundle.style("explorer.css")

    description = traitlets.Dict(help="Field.payload()[0]").tag(sync=True)
    tables = traitlets.Bytes(help="Field.payload()[1]").tag(sync=True)
    options = traitlets.Dict(help="everything that is not the field").tag(sync=True)
    sampler = traitlets.Instance(Sampler, allow_none=True, help="what draws data sets").tag(
        sync=True, **widgets.widget_serialization
    )

    def __init__(self, field: Field, options: dict[str, object]) -> None:
        taken = [
            p.name for p in field.parameters if self.has_trait(p.name) or hasattr(self, p.name)
        ]
        if taken:
            raise ValueError(f"Parameter.name = {taken[0]!r} is not allowed: widgets use that name")
        # The traits belong to this one canvas (add_traits makes a class of its own for it).
        # A checkbox is joined to true or false, and would refuse 0 and 1.
        traits = {
            p.name: (traitlets.Bool(bool(p.value)) if p.toggle else traitlets.Float(p.value)).tag(
                sync=True
            )
            for p in field.parameters
        }
        self.add_traits(**traits)
        description, tables = field.payload()
        sampler = Sampler.shared() if options.get("sampling") else None
        super().__init__(description=description, tables=tables, options=options, sampler=sampler)

    def __repr__(self) -> str:
        return "Canvas()"
