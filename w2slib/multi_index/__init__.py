r"""Mechanism III: easy features from the teacher, hard ones from pre-training.

Setting. :math:`x \sim N(0, I_d)`, orthogonal unit vectors :math:`u_e, u_h`, normalised Hermite
polynomials :math:`h_k`, and a target with an easy component (it correlates with a linear function, its
information exponent is 1) and a hard one (exponent 2 or more):

.. math:: y = \sum_k c_k h_k(\langle u_e, x\rangle) + \sum_k e_k h_k(\langle u_h, x\rangle)
    + \sigma\varepsilon, \qquad c_1 \ne 0, \quad e_0 = e_1 = 0.

The *teacher* takes one large gradient step on :math:`n_t = d/\gamma_t` labelled samples, which gives a
direction :math:`\hat u_t`, then fits a ridge read-out with penalty :math:`\lambda_t`. The *student* has
from pre-training a direction with overlap :math:`\rho = \langle\hat u_h, u_h\rangle` and a read-out of
strength :math:`\pi` on it; on :math:`n_s = d/\gamma_s` inputs labelled by the teacher it takes one
gradient step of its own, then fits a ridge read-out with penalty :math:`\lambda_s` towards the
pre-trained one. Errors are excess test errors :math:`E(y - f)^2 - \sigma^2`.

Rooms. `theory` has the overlaps and errors in closed form, `simulation` the model at finite size,
`verdict` who wins. The networks of the chapter are in `w2slib.networks`; their public names are found
here too.
"""

from w2slib.core.deprecation import renamed
from w2slib.core.hermite import hermite
from w2slib.core.targets import EXAMPLE, MODES, Target
from w2slib.multi_index.simulation import HermiteSimulation, simulate
from w2slib.multi_index.theory import (
    student_error,
    student_overlap,
    teacher_chance_overlap,
    teacher_error,
    teacher_overlap,
)
from w2slib.multi_index.verdict import optimal_student_penalty, winning_interval, winning_overlap

__all__ = [
    "EXAMPLE",
    "MODES",
    "HermiteSimulation",
    "NetworkSetting",
    "NetworkSimulation",
    "Target",
    "TwoLayerNetwork",
    "fine_tune_network",
    "hermite",
    "load_measurements",
    "network_directions",
    "optimal_student_penalty",
    "predicted_errors",
    "pretrain_network",
    "simulate",
    "simulate_networks",
    "simulate_pretraining",
    "source_batches",
    "student_error",
    "student_overlap",
    "teacher_chance_overlap",
    "teacher_error",
    "teacher_overlap",
    "train_teacher",
    "winning_interval",
    "winning_overlap",
]

# What is not defined above belongs to the networks, and is found there when it is first used: no
# chapter imports another.
__getattr__ = renamed(
    __name__,
    {
        "Simulation": "HermiteSimulation",
        "fine_tune": "w2slib.networks:fine_tune_network",
        "pretrain": "w2slib.networks:pretrain_network",
    },
    shared={name: "w2slib.networks" for name in __all__ if name not in globals()},
)


def __dir__() -> list[str]:
    return __all__
