"""What the explorers have in common: sliders joined to a picture, and a name on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self, TypeAlias

import anywidget
import ipywidgets as widgets

Slider: TypeAlias = (
    widgets.FloatSlider | widgets.FloatLogSlider | widgets.SelectionSlider | widgets.Checkbox
)


class Linked(widgets.VBox):
    """Sliders above the picture that they change, with and without a kernel.

    Parameters
    ----------
    sliders : mapping of str to ipywidgets slider
        Each is joined by ``jslink`` to the trait of `canvas` that has its name.
    canvas : anywidget.AnyWidget
        The picture.
    """

    def __init__(self, sliders: Mapping[str, Slider], canvas: anywidget.AnyWidget) -> None:
        for name, slider in sliders.items():
            slider.layout.width = "auto"
            slider.add_class(f"w2s-slider-{name}")
        self._links = [
            widgets.jslink((slider, _shared(slider)), (canvas, name))
            for name, slider in sliders.items()
        ]
        box = widgets.Box(list(sliders.values()))
        box.add_class("w2s-sliders")
        super().__init__([box, canvas])
        self.add_class("w2s-explorer")
        self.canvas = canvas

    def cover(self, covered: bool = True) -> Self:
        """Cover verdict, colours and curves until the reader has voted; returns the explorer.

        The questions are the explorer's ``votes``; at other settings it is asked who wins. The
        reader's vote stays in the browser's page.
        """
        self.canvas.options = self.canvas.options | {"covered": bool(covered)}
        return self


def _shared(slider: Slider) -> str:
    """Trait that the slider shares with the browser: a selection keeps its values to itself."""
    return "index" if isinstance(slider, widgets.SelectionSlider) else "value"


def check_id(what: str, name: str) -> None:
    """Raise ValueError unless `name` can be a part of an address."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
        raise ValueError(f"{what} = {name!r}; allowed: letters, digits, hyphens")
