r"""Checkpoints of language models: which there are, and what their layers say about a text.

`list_checkpoints` knows the naming of the public families, and folders on this disk that hold one
sub-folder for each revision. `load_features` runs one revision over texts and pools one layer.

torch and transformers are imported only when `load_features` needs them; the book itself never
does. Install them with ``pip install 'w2slib[llm]'``. Loading a checkpoint executes nothing: see
``w2slib.studies._reading``.
"""

from __future__ import annotations

from w2slib.studies._reading import DTYPES, POOLINGS, load_features
from w2slib.studies.failures import INSTALL, CheckpointError
from w2slib.studies.families import (
    FAMILIES,
    Checkpoints,
    Family,
    list_checkpoints,
    olmo2_step,
    olmo_step,
    pythia_step,
    read_checkpoints,
)

__all__ = [
    "DTYPES",
    "FAMILIES",
    "INSTALL",
    "POOLINGS",
    "CheckpointError",
    "Checkpoints",
    "Family",
    "list_checkpoints",
    "load_features",
    "olmo2_step",
    "olmo_step",
    "pythia_step",
    "read_checkpoints",
]
