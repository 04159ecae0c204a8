"""Errors of teacher, student and their successors: shrinkage plus independent noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2slib.core.portions import in_slabs
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import (
    answer,
    broadcastable,
    positive,
    representable,
    scalar,
    teacher_arguments,
    unwarned,
)
from w2slib.random_matrices import discriminant_root, shrinkage

__all__ = ["generation_errors", "student_error", "teacher_error", "teacher_moments"]


@dataclass(frozen=True)
class FitMap:
    """One ridge fit as a Gaussian-sequence map β -> s(β + ω z), in the limit of large d.

    ``loss`` is 1 − s. A fit turns label noise σ² and the energy q of the vector it is to learn into
    a variance ``from_noise`` σ² + ``from_bias`` q.
    """

    s: Array
    loss: Array
    from_noise: Array
    from_bias: Array

    @classmethod
    @unwarned
    def of(cls, lam: Array, gamma: Array) -> FitMap:
        """Fit of penalties and ratios that broadcast."""
        r = discriminant_root(lam, gamma)
        s = 2 / (1 + gamma + lam + r)
        b = (1 - gamma) + lam
        # 1 − s = λ m₁, in the form that does not cancel; an infinite penalty loses everything.
        loss = np.where(b > 0, 2 * lam / (r + b), (r - b) / (2 * gamma))
        loss = np.where(np.isinf(r), 1.0, loss)
        # r = 0 only for λ = 0, γ = 1, where (1 − s)²/r -> 0 although 1/r diverges.
        from_bias = np.where(r > 0, gamma * s * np.square(loss) / r, 0.0)
        return cls(s, loss, gamma * s / r, from_bias)


@dataclass(frozen=True)
class Learnt:
    """A fitted coefficient vector β̂ as seen by the target.

    ``overlap`` is p = ⟨β̂, β*⟩, ``bias`` is 1 − p without cancellation, and ``variance`` is the energy
    of the part of β̂ that is independent of β*.
    """

    overlap: Array
    bias: Array
    variance: Array

    # Squares are np.square: a power of a NumPy scalar may differ from that of an array in the last bit.

    @property
    def energy(self) -> Array:
        """Squared norm q = ‖β̂‖²."""
        return np.square(self.overlap) + self.variance

    @property
    def error(self) -> Array:
        """Excess test error ‖β̂ − β*‖²."""
        return np.square(self.bias) + self.variance


def teach(lam_t: Array, gamma_t: Array, noise_var: Array) -> Learnt:
    """Fit of the target's noisy labels, for checked arguments.

    Examples
    --------
    >>> teacher = teach(np.array(0.25), np.array(0.5), np.array(0.5))
    >>> bool(np.isclose(teacher.overlap, teacher.energy))  # it is the optimal one
    True
    """
    fit = FitMap.of(lam_t, gamma_t)
    from_labels = np.where(noise_var > 0, fit.from_noise * noise_var, 0.0)
    return Learnt(fit.s, fit.loss, from_labels + fit.from_bias)


def learn(teacher: Learnt, lam_s: Array, gamma_s: Array) -> Learnt:
    """Fit of another fit's labels, for checked arguments.

    Examples
    --------
    >>> teacher = teach(np.array(0.25), np.array(0.5), np.array(0.5))
    >>> float(learn(teacher, np.array(np.inf), np.array(0.5)).error)
    1.0
    """
    fit = FitMap.of(lam_s, gamma_s)
    return Learnt(
        overlap=fit.s * teacher.overlap,
        bias=teacher.bias + teacher.overlap * fit.loss,
        variance=np.square(fit.s) * teacher.variance + fit.from_bias * teacher.energy,
    )


def _error_after(teacher: Learnt, lam_s: Array, gamma_s: Array) -> Array:
    """Same as ``learn(...).error`` to the bit, with three temporaries of the full shape, not eight."""
    fit = FitMap.of(lam_s, gamma_s)
    error = np.asarray(np.square(fit.s) * teacher.variance)
    error += fit.from_bias * teacher.energy
    bias = np.asarray(teacher.overlap * fit.loss)
    bias += teacher.bias
    error += np.square(bias, out=bias)
    return error


@unwarned
def teacher_error(lam_t: ArrayLike, gamma_t: ArrayLike, noise_var: ArrayLike) -> Numbers:
    r"""Excess test error of the teacher.

    .. math:: L_t = \frac{(1 - s_t)^2 + \sigma^2\gamma_t s_t^2}{1 - \gamma_t s_t^2},
        \qquad s_t = s(\lambda_t; \gamma_t)

    Notes
    -----
    Source: [Mechanisms], ridge regression setting; the form used here is this book's.

    Examples
    --------
    >>> round(teacher_error(0.25, 0.5, 0.5), 6)
    0.280776
    """
    lam_t, gamma_t, noise_var = teacher_arguments(lam_t, gamma_t, noise_var)
    error = teach(lam_t, gamma_t, noise_var).error
    return answer("the error", error, lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)


@unwarned
def teacher_moments(
    lam_t: ArrayLike, gamma_t: ArrayLike, noise_var: ArrayLike
) -> tuple[Numbers, Numbers]:
    r"""Overlap and energy of the teacher's coefficients.

    .. math:: p = \langle\beta_t, \beta_\star\rangle \to s_t, \qquad
        q = \|\beta_t\|^2 \to
        \frac{s_t^2 (1 + \gamma_t - 2\gamma_t s_t + \sigma^2\gamma_t)}{1 - \gamma_t s_t^2}

    Returns
    -------
    p, q : ndarray or float

    Examples
    --------
    >>> p, q = teacher_moments(0.25, 0.5, 0.5)  # the optimal teacher: both are equal
    >>> bool(np.isclose(p, q))
    True
    """
    lam_t, gamma_t, noise_var = teacher_arguments(lam_t, gamma_t, noise_var)
    teacher = teach(lam_t, gamma_t, noise_var)
    shape = np.broadcast_shapes(np.shape(teacher.overlap), np.shape(teacher.energy))
    q = answer("the energy", teacher.energy, lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)
    return scalar(np.broadcast_to(teacher.overlap, shape)), q


@unwarned
def student_error(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    noise_var: ArrayLike,
    *,
    student_noise_var: ArrayLike = 0.0,
) -> Numbers:
    r"""Excess test error of the student.

    .. math:: L_s = 1 - 2 a_1 p + a_2 q, \qquad a_1 = s_s, \quad
        a_2 = \frac{s_s^2(1 + \gamma_s - 2\gamma_s s_s)}{1 - \gamma_s s_s^2}

    with the teacher's overlap :math:`p = s_t` and energy :math:`q = \|\beta_t\|^2`.

    Parameters
    ----------
    lam_t, lam_s, gamma_t, gamma_s, noise_var : array_like
        Penalties, ratios, and the variance of the noise in the teacher's labels.
    student_noise_var : array_like
        Variance :math:`\nu^2 \ge 0` of independent noise in the student's labels, for example from
        rounding the teacher's answers. It adds :math:`\nu^2\gamma_s s_s^2/(1 - \gamma_s s_s^2)`.

    Raises
    ------
    ValueError
        Also for a student without penalty on noisy labels with as many samples as coordinates.

    Notes
    -----
    Source: [Mechanisms] analyses this error in the proportional limit; the form in shrinkages is this
    book's.

    Examples
    --------
    >>> L_s = student_error(0.01, 0.3, 0.5, 0.5, 0.5)
    >>> round(L_s, 6), L_s < teacher_error(0.01, 0.5, 0.5)
    (0.368436, True)
    >>> round(student_error(0.01, float("inf"), 0.5, 0.5, 0.5), 12)  # it answers zero
    1.0
    """
    lam_t, gamma_t, noise_var = teacher_arguments(lam_t, gamma_t, noise_var)
    lam_s = positive("lam_s", lam_s, allow_zero=True, allow_inf=True)
    gamma_s = positive("gamma_s", gamma_s)
    nu2 = positive("student_noise_var", student_noise_var, allow_zero=True)

    def error(
        lam_t: Array, gamma_t: Array, noise_var: Array, lam_s: Array, gamma_s: Array, nu2: Array
    ) -> Array:
        inherited = _error_after(teach(lam_t, gamma_t, noise_var), lam_s, gamma_s)
        return inherited + nu2 * _noise_kept(lam_s, gamma_s, nu2)

    # Dense grids need some 25 arrays of their shape.
    arguments = dict(
        lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var, lam_s=lam_s, gamma_s=gamma_s,
        student_noise_var=nu2,
    )  # fmt: skip
    broadcastable(**arguments)
    if np.any((lam_s == 0) & (gamma_s == 1) & (nu2 > 0)):
        raise ValueError(
            "lam_s = 0 with gamma_s = 1 and student_noise_var > 0; allowed: lam_s > 0 there (the error "
            "diverges)"
        )
    errors = in_slabs(error, *arguments.values(), bytes_each=8 * 25)
    return answer("the error", errors, **arguments)


def _noise_kept(lam: Array, gamma: Array, noise_var: Array) -> Array:
    """Part γ s²/(1 − γ s²) = γ s/r of label noise that a fit keeps, where there is any."""
    none = (noise_var == 0) | np.isinf(lam)
    lam, gamma = np.where(none, 1.0, lam), np.where(none, 1.0, gamma)
    return np.where(none, 0.0, gamma * shrinkage(lam, gamma) / discriminant_root(lam, gamma))


@unwarned
def generation_errors(penalties: ArrayLike, ratios: ArrayLike, noise_var: ArrayLike) -> Array:
    r"""Excess test errors along a chain: teacher, student, the student's student, and so on.

    Each generation is trained on fresh inputs labelled by the one before:
    :math:`L_k = 1 - 2 p_k + q_k` with :math:`p_k = p\prod a_1` and :math:`q_k = q\prod a_2`.

    Parameters
    ----------
    penalties : array_like, shape (G,) or (G, ...)
        Penalty of each generation, the teacher's first and finite.
    ratios : array_like, shape (G,) or (G, ...)
        Aspect ratio of each generation.
    noise_var : array_like
        Variance of the noise in the teacher's labels.

    Returns
    -------
    ndarray, shape (G, ...)
        Error of each generation, the teacher's first.

    Raises
    ------
    ValueError
        If the number of penalties differs from the number of ratios.

    Examples
    --------
    >>> generation_errors([0.01, 0.2, 0.2], [0.5, 0.5, 0.5], 0.5).round(3)
    array([0.464, 0.366, 0.384])
    """
    penalties, ratios = checked_chain(
        np.atleast_1d(positive("penalties", penalties, allow_zero=True, allow_inf=True)),
        np.atleast_1d(positive("ratios", ratios)),
    )
    shape = broadcastable(penalties=penalties[0], ratios=ratios[0], noise_var=noise_var)
    errors = np.empty((len(penalties), *shape))
    fit = teach(*teacher_arguments(penalties[0], ratios[0], noise_var))
    errors[0] = fit.error
    for generation in range(1, len(penalties)):
        fit = learn(fit, penalties[generation], ratios[generation])
        errors[generation] = fit.error
    representable("the error", errors[-1], noise_var=noise_var)
    return errors


# ----------------------------------------------------------------------------------- input


def checked_chain(penalties: Array, ratios: Array) -> tuple[Array, Array]:
    """Return penalties and ratios of equally many generations, the teacher's penalty finite.

    Examples
    --------
    >>> checked_chain(np.ones(2), np.ones(3))
    Traceback (most recent call last):
    ...
    ValueError: penalties has 2 generations, ratios 3; allowed: the same number, the teacher first
    """
    if len(penalties) != len(ratios):
        raise ValueError(
            f"penalties has {len(penalties)} generations, ratios {len(ratios)}; "
            "allowed: the same number, the teacher first"
        )
    positive("penalties", penalties[0], allow_zero=True)
    return penalties, ratios
