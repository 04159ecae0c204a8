r"""What survives outside the models: shared inputs, correlated inputs, classification.

Symbols as in the chapters on ridge regression: penalties :math:`\lambda_t, \lambda_s`, ratios
:math:`\gamma = d/n`, label noise :math:`\sigma^2`, penalty of the best plain teacher
:math:`\lambda^\star = \sigma^2\gamma_t`.
"""

from w2slib.beyond.classification import (
    classification_error,
    hard_label_limit,
    simulate_classification,
    student_classification_error,
    teacher_classification_error,
)
from w2slib.beyond.correlated import (
    PowerLaw,
    Slope,
    coefficient_badness,
    correlated_blocks,
    log_log_slope,
    scaling_errors,
    simulate_correlated,
)
from w2slib.beyond.diagnosis import Diagnosis, Undiagnosable, diagnose
from w2slib.beyond.sampled import SampledTeacher
from w2slib.beyond.shared_inputs import (
    shared_inputs_difference,
    shared_inputs_error,
    shared_inputs_optimal_penalty,
    shared_inputs_winning_end,
    simulate_shared,
)

__all__ = [
    "Diagnosis",
    "PowerLaw",
    "SampledTeacher",
    "Slope",
    "Undiagnosable",
    "classification_error",
    "coefficient_badness",
    "correlated_blocks",
    "diagnose",
    "hard_label_limit",
    "log_log_slope",
    "scaling_errors",
    "shared_inputs_difference",
    "shared_inputs_error",
    "shared_inputs_optimal_penalty",
    "shared_inputs_winning_end",
    "simulate_classification",
    "simulate_correlated",
    "simulate_shared",
    "student_classification_error",
    "teacher_classification_error",
]
