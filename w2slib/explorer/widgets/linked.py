"""What the explorers have in common: sliders joined to a picture, and a name on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

import anywidget
import ipywidgets as widgets

Slider: TypeAlias = widgets.FloatSlider | widgets.FloatLogSlider | widgets.IntSlider


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
            widgets.jslink((slider, "value"), (canvas, name)) for name, slider in sliders.items()
        ]
        box = widgets.Box(list(sliders.values()))
        box.add_class("w2s-sliders")
        super().__init__([box, canvas])
        self.add_class("w2s-explorer")


def check_id(what: str, name: str) -> None:
    """Raise ValueError unless `name` can be a part of an address."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
        raise ValueError(f"{what} = {name!r}; allowed: letters, digits, hyphens")
