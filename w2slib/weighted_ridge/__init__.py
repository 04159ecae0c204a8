r"""Mechanism II: a penalty aligned with the target beats even an optimally regularised teacher.

Setting. :math:`x \sim N(0, I_d)`, :math:`y = \langle\beta_\star, x\rangle + \varepsilon`, noise of
variance :math:`\sigma^2`. Teacher and student are *weighted* ridge regressions,

.. math:: \hat\beta = \arg\min_\beta \tfrac1n\|y - X\beta\|^2 + \lambda\, \beta^\top \Gamma \beta,

the teacher on :math:`n_t = d/\gamma_t` samples, the student on :math:`n_s = d/\gamma_s` fresh inputs
that the teacher labelled. In the eigenbasis of :math:`\Gamma` the coordinates come in *blocks*:
block :math:`b` holds a fraction :math:`\varphi_b` of them, all with penalty weight :math:`g_b`, and
carries the part :math:`e_b` of the target's energy :math:`E\|\beta_\star\|^2 = 1`. A *spike* is a block
of one coordinate, :math:`\varphi = 0` in the limit of large :math:`d`. Errors are excess test errors
:math:`E\|\hat\beta - \beta_\star\|^2`.

Theory. As in the chapter on ridge regression, either fit is shrinkage plus independent noise,
:math:`\hat\beta_i = s_b(\beta_i + \omega z_i)`, now with one shrinkage for each block. Student errors
are sums of non-negative terms, each a product of one factor that knows the teacher and one that
knows the student; that keeps them accurate for any penalty, and fast on grids. Parameters and errors
that the docstrings do not mention are those of the API page, "Conventions".
"""

from w2slib.weighted_ridge.setting import Blocks
from w2slib.weighted_ridge.simulation import draw_target, simulate, simulate_spike, weighted_path
from w2slib.weighted_ridge.theory import (
    error_difference,
    spike_student_error,
    student_error,
    teacher_error,
)
from w2slib.weighted_ridge.verdict import Region, badness, critical_alignment, winning_region

__all__ = [
    "Blocks",
    "Region",
    "badness",
    "critical_alignment",
    "draw_target",
    "error_difference",
    "simulate",
    "simulate_spike",
    "spike_student_error",
    "student_error",
    "teacher_error",
    "weighted_path",
    "winning_region",
]


def __dir__() -> list[str]:
    return __all__
