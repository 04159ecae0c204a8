"""Synthesis: every mechanism as one formula, per block of coordinates."""

from w2slib.synthesis.theory import (
    FROZEN,
    Account,
    Fit,
    Generation,
    Simulation,
    best_gain,
    fit,
    misfit_gain,
    prior,
    recovered_with_error,
    required_overlap,
    required_spike,
    simulate,
    simulate_estimated_relief,
    simulate_random_features,
    truth,
)

__all__ = [
    "FROZEN",
    "Account",
    "Fit",
    "Generation",
    "Simulation",
    "best_gain",
    "fit",
    "misfit_gain",
    "prior",
    "recovered_with_error",
    "required_overlap",
    "required_spike",
    "simulate",
    "simulate_estimated_relief",
    "simulate_random_features",
    "truth",
]
