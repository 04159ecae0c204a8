r"""Pre-training as a geometric warm start.

Setting. The target is a single-index model :math:`y = h_k(\langle w_\star, x\rangle)` with a normalised
Hermite polynomial of degree :math:`k \ge 2` and a unit vector :math:`w_\star`, here the first
coordinate axis. *Pre-training* sees unlabelled inputs :math:`x \sim N(0, I_d + \theta v v^\top)` with
:math:`\langle v, w_\star\rangle = \alpha` and hands over their top eigenvector :math:`w_0`. *Fine-tuning*
is gradient descent on the unit sphere from :math:`w_0`, on the labels
:math:`h_k(\langle w_t, x\rangle) + \nu\,\xi` of a weak supervisor :math:`w_t` with
:math:`\langle w_t, w_\star\rangle = \rho`. Errors are mean squared errors of prediction without the label
noise, in units of the target's energy :math:`E y^2 = 1`: perfect is 0, answering 0 costs 1, and a direction
orthogonal to the truth has error 2, because its answers are as loud as the truth's.

Theory. On the population the descent follows the great circle from :math:`w_0` to :math:`w_t`, and only
its speed depends on the degree. The truth lies off that circle: the student passes it at some distance,
then leaves it behind. Everything else in this module follows from that picture.

Overlaps are inner products of unit vectors. Vectors of the simulations have shape (..., d).

Parameters that recur, with their ranges. Where a docstring says nothing else, they are:

``m0``, ``rho``
    overlaps of the start and of the supervisor with the truth, in [0, 1];
``c``
    overlap of start and supervisor, in [0, 1]; by default :math:`m_0\rho`, that of independent errors.
    Three overlaps that no three unit vectors have are refused;
``degree``
    degree :math:`k \ge 2` of the Hermite polynomial, an integer;
``samples_per_dim``
    labelled samples per dimension :math:`n_s/d > 0`; in theory ``inf`` is the population;
``noise_var``
    variance :math:`\nu^2 \ge 0` of the noise in the supervisor's labels;
``theta``, ``alignment``
    strength :math:`\theta \ge 0` of the spike in the unlabelled inputs, and its overlap
    :math:`\alpha \in [0, 1]` with the truth.
"""

from w2slib.core.deprecation import renamed
from w2slib.core.metrics import performance_gap_recovered
from w2slib.warm_start import _inputs, _links
from w2slib.warm_start.bounds import (
    curvature,
    distance_bound,
    gradient_noise,
    perturbation,
    truth_rate,
)
from w2slib.warm_start.descent import Descent, FineTuningSimulation, fine_tune, simulate
from w2slib.warm_start.flows import (
    Flow,
    best_overlap,
    best_time,
    error,
    flow,
    saturation_overlap,
    scaled_error,
)
from w2slib.warm_start.gradients import Gradients, simulate_gradients
from w2slib.warm_start.pretraining import (
    Checkpoints,
    SpectralStart,
    oja_trajectory,
    pretrain,
    simulate_spectral,
)
from w2slib.warm_start.starts import initial_overlap, oja_overlap, oja_random_start
from w2slib.warm_start.transition import Transition, simulate_transition
from w2slib.warm_start.vectors import unit_vector
from w2slib.warm_start.verdicts import (
    EffectiveRegion,
    effective_region,
    required_overlap,
    winning_time,
)

__all__ = [
    "INPUTS",
    "LINKS",
    "Checkpoints",
    "Descent",
    "EffectiveRegion",
    "FineTuningSimulation",
    "Flow",
    "Gradients",
    "SpectralStart",
    "Transition",
    "best_overlap",
    "best_time",
    "curvature",
    "distance_bound",
    "effective_region",
    "error",
    "fine_tune",
    "flow",
    "gradient_noise",
    "initial_overlap",
    "oja_overlap",
    "oja_random_start",
    "oja_trajectory",
    "performance_gap_recovered",
    "perturbation",
    "pretrain",
    "required_overlap",
    "saturation_overlap",
    "scaled_error",
    "simulate",
    "simulate_gradients",
    "simulate_spectral",
    "simulate_transition",
    "truth_rate",
    "unit_vector",
    "winning_time",
]

INPUTS = _inputs.INPUTS
"""Distributions of the inputs, all with mean zero and covariance I (before the spike)."""

LINKS = _links.LINKS
"""Links ``(z, degree) -> (value, derivative)`` with unit energy; ``relu`` is √2 max(z, 0)."""

__getattr__ = renamed(__name__, {"Simulation": "FineTuningSimulation"})


def __dir__() -> list[str]:
    return __all__
