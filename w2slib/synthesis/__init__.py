r"""Synthesis: every mechanism as one formula, per block of coordinates.

Setting. Linear regression in blocks, as in the chapter on weighted ridge: block :math:`b` holds a
fraction :math:`\varphi_b` of the coordinates and the part :math:`e_b` of the target's energy. A fit
with penalty weights :math:`g_b` that is pulled towards a *prior* :math:`\beta_0` (zero for a model that
knew nothing) answers, coordinate by coordinate,

.. math:: \hat\beta = a_b\,(\beta + \omega z) + (1 - a_b)\,\beta_0,
    \qquad a_b = \frac{1}{1 + \kappa g_b},

where :math:`\beta` is what its labels say, :math:`z` is independent noise, and :math:`\kappa, \omega` are
those of the chapter on random matrices. A teacher has :math:`\beta = \beta_\star` and noisy labels, a
student has :math:`\beta = \beta_t`. One share :math:`a` for all blocks is Mechanism I, shares that
differ are Mechanism II, a prior that is not zero is Mechanism III.

The module uses no other chapter's code, so that the tests can compare it with all of them. Errors
are excess test errors :math:`E\|\hat\beta - \beta_\star\|^2` in units of the target's energy. Parameters
and errors that the docstrings do not mention are those of the API page, "Conventions".
"""

from w2slib.core.deprecation import renamed
from w2slib.core.metrics import recovered_with_error
from w2slib.synthesis.setting import FROZEN, Account, Fit, Generation, prior, truth
from w2slib.synthesis.simulation import (
    ChainSimulation,
    simulate,
    simulate_estimated_relief,
    simulate_random_features,
)
from w2slib.synthesis.theory import best_gain, fit, misfit_gain
from w2slib.synthesis.verdict import required_direction_overlap, required_spike

__all__ = [
    "FROZEN",
    "Account",
    "ChainSimulation",
    "Fit",
    "Generation",
    "best_gain",
    "fit",
    "misfit_gain",
    "prior",
    "recovered_with_error",
    "required_direction_overlap",
    "required_spike",
    "simulate",
    "simulate_estimated_relief",
    "simulate_random_features",
    "truth",
]

__getattr__ = renamed(
    __name__,
    {"Simulation": "ChainSimulation", "required_overlap": "required_direction_overlap"},
)


def __dir__() -> list[str]:
    return __all__
