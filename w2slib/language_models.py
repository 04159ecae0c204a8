"""Checkpoints and features of language models; they live in ``w2slib.studies.language_models``."""

from w2slib.studies.language_models import (
    FAMILIES,
    INSTALL,
    POOLINGS,
    Family,
    list_checkpoints,
    load_features,
    olmo2_step,
    olmo_step,
    pythia_step,
)

__all__ = [
    "FAMILIES",
    "INSTALL",
    "POOLINGS",
    "Family",
    "list_checkpoints",
    "load_features",
    "olmo2_step",
    "olmo_step",
    "pythia_step",
]
