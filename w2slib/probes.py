"""Weak-to-strong learning on features; it lives in ``w2slib.studies.probes``."""

from w2slib.studies.probes import (
    PENALTY,
    Probe,
    W2SResult,
    area_under_roc,
    balanced_accuracy,
    beats_majority,
    compare,
    cross_validated_accuracy,
    disjoint_split,
    evaluate,
    experiment,
    feature_alignment,
    fit_probe,
    reference_of,
    require_disjoint,
    require_two_classes,
)

__all__ = [
    "PENALTY",
    "Probe",
    "W2SResult",
    "area_under_roc",
    "balanced_accuracy",
    "beats_majority",
    "compare",
    "cross_validated_accuracy",
    "disjoint_split",
    "evaluate",
    "experiment",
    "feature_alignment",
    "fit_probe",
    "reference_of",
    "require_disjoint",
    "require_two_classes",
]
