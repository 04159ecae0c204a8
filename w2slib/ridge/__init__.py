r"""Mechanism I: the student's penalty repairs an under-regularised teacher.

Setting. :math:`x \sim N(0, I_d)`, :math:`y = \langle\beta_\star, x\rangle + \varepsilon`,
:math:`\beta_\star \sim N(0, I_d/d)`, noise of variance :math:`\sigma^2`. The *teacher* is ridge
regression with penalty :math:`\lambda_t` on :math:`n_t = d/\gamma_t` samples. The *student* is ridge
regression with penalty :math:`\lambda_s` on :math:`n_s = d/\gamma_s` fresh inputs, labelled by the
teacher. Errors are excess test errors :math:`E\|\hat\beta - \beta_\star\|^2`, in units of the target's
energy :math:`E\|\beta_\star\|^2 = 1`.

Theory. Either fit acts on each coordinate as shrinkage plus independent noise,
:math:`\hat\beta_i = s(\beta_i + \omega z_i)`, so every error is a sum of non-negative terms, and that is
how it is computed here: nothing cancels, however small the penalty. Parameters and errors that the
docstrings do not mention are those of the API page, "Conventions".
"""

from w2slib.ridge.simulation import simulate, simulate_generations
from w2slib.ridge.theory import generation_errors, student_error, teacher_error, teacher_moments
from w2slib.ridge.verdict import (
    badness,
    gate,
    h_ratio,
    optimal_student_penalty,
    optimal_teacher_penalty,
    regime,
    winning_interval,
)

__all__ = [
    "badness",
    "gate",
    "generation_errors",
    "h_ratio",
    "optimal_student_penalty",
    "optimal_teacher_penalty",
    "regime",
    "simulate",
    "simulate_generations",
    "student_error",
    "teacher_error",
    "teacher_moments",
    "winning_interval",
]


def __dir__() -> list[str]:
    return __all__
