"""Weak-to-strong learning at every checkpoint of a language model; it lives in ``w2slib.studies.sweeps``."""

from w2slib.studies.sweeps import (
    FIELDS,
    SweepSetting,
    TextDataset,
    bag_of_characters,
    cost,
    read_dataset,
    read_results,
    read_sweep,
    sweep,
)

__all__ = [
    "FIELDS",
    "SweepSetting",
    "TextDataset",
    "bag_of_characters",
    "cost",
    "read_dataset",
    "read_results",
    "read_sweep",
    "sweep",
]
