"""Checkpoints and features of language models; they live in ``w2slib.studies.language_models``."""

from w2slib.studies.language_models import (
    DTYPES,
    FAMILIES,
    INSTALL,
    POOLINGS,
    CheckpointError,
    Checkpoints,
    Family,
    list_checkpoints,
    load_features,
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
