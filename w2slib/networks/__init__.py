r"""Two-layer networks trained by one large gradient step on the first layer and a ridge read-out.

Training. :math:`f(x) = \sum_j a_j\,\mathrm{relu}(\langle w_j, x\rangle + \beta_j)` with :math:`m`
neurons. Training has two halves, each with its own half of the samples:

1. *first layer*: from a random start with :math:`f = 0` (neurons in pairs of opposite sign), the
   exact gradient of the squared loss is added to the rows :math:`w_j`, scaled to ``step`` times the
   length of the starting rows; rows are brought back to unit length, biases are drawn anew;
2. *read-out*: ridge regression of the labels on the neurons,
   :math:`\tfrac1n\|y - \Phi a\|^2 + \lambda m\|a - a_0\|^2`.

The two halves must not share samples: a row that contains :math:`\sum_i y_i x_i` would fit those
labels by memory.

Rooms. `training` trains one network; `experiment` trains the teacher, the pre-trained network and the
five students of Mechanism III for a target of ``w2slib.core.targets``; `prediction` has what the theory
says of networks whose rows are parallel; `measurements` reads what a long run measured.
"""

from w2slib.core.deprecation import renamed
from w2slib.core.targets import MODES, by_mode
from w2slib.networks.experiment import (
    NetworkSetting,
    NetworkSimulation,
    PretrainingSimulation,
    network_directions,
    simulate_networks,
    simulate_pretraining,
    source_batches,
)
from w2slib.networks.measurements import Measurement, load_measurements
from w2slib.networks.prediction import predicted_errors, relu_kernel
from w2slib.networks.training import (
    STEP,
    WIDTH,
    TwoLayerNetwork,
    fine_tune_network,
    first_layer_gradient,
    large_step,
    pretrain_network,
    random_network,
    train_teacher,
)

__all__ = [
    "MODES",
    "STEP",
    "WIDTH",
    "Measurement",
    "NetworkSetting",
    "NetworkSimulation",
    "PretrainingSimulation",
    "TwoLayerNetwork",
    "by_mode",
    "fine_tune_network",
    "first_layer_gradient",
    "large_step",
    "load_measurements",
    "network_directions",
    "predicted_errors",
    "pretrain_network",
    "random_network",
    "relu_kernel",
    "simulate_networks",
    "simulate_pretraining",
    "source_batches",
    "train_teacher",
]

__getattr__ = renamed(__name__, {"fine_tune": "fine_tune_network", "pretrain": "pretrain_network"})


def __dir__() -> list[str]:
    return __all__
