"""One formula for every mechanism, and what follows from it: misfit, gain, the best gain."""

from __future__ import annotations

import numpy as np

from w2slib.core.portions import in_portions, in_slabs
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import (
    answer,
    between,
    broadcastable,
    instance,
    noise,
    positive,
    real,
    representable,
    unwarned,
)
from w2slib.random_matrices import (
    block_shrinkage,
    discriminant_root,
    effective_penalty,
    isotropic_penalty,
)
from w2slib.synthesis.setting import Account, Fit, per_block, truth

__all__ = ["best_gain", "fit", "misfit_gain"]


@unwarned
def fit(
    labels: Fit,
    lam: ArrayLike,
    gamma: ArrayLike,
    weights: ArrayLike,
    *,
    noise_var: ArrayLike = 0.0,
    known: Fit | None = None,
    noise_cov: ArrayLike = 0.0,
) -> Fit:
    r"""Weighted ridge regression on labels from another fit (or from the truth).

    .. math:: k_b \leftarrow a_b k_b + (1 - a_b) k_b^0, \qquad
        v_b \leftarrow a_b^2 v_b + (1 - a_b)^2 v_b^0
        + 2 a_b (1 - a_b) w_b + \frac{\gamma\varphi_b a_b^2}{1 - \gamma\,\mathrm{df}_2}
        \Bigl(\sigma^2 + \sum_c (1 - a_c)^2 \bigl[(k_c - k_c^0)^2 e_c + v_c + v_c^0 - 2 w_c\bigr]\Bigr)

    with :math:`\mathrm{df}_2 = \sum_b\varphi_b a_b^2`; k and v are coefficient and noise of the labels'
    source, with a superscript 0 those of the prior, and w is the covariance of the two noises.

    Parameters
    ----------
    labels : Fit
        What makes the labels: `truth` for a teacher, the teacher's `Fit` for a student.
    lam, gamma, noise_var : array_like
        Penalty, > 0, aspect ratio, and variance of the noise in the labels.
    weights : array_like, shape (B,)
        Penalty weight of each block, >= 0; `FROZEN` for a block that the model cannot change.
    known : Fit, optional
        Prior towards which the penalty pulls; zero by default.
    noise_cov : array_like, shape () or (B,)
        Covariance :math:`w_b` of the noise of ``labels`` and ``known`` in each block, where both err alike
        (> 0) or oppositely (< 0); at most :math:`\sqrt{v_b v_b^0}` in size. 0, the default: independent.

    Returns
    -------
    Fit

    Examples
    --------
    >>> target = truth([1.0], [1.0])
    >>> teacher = fit(target, 0.01, 0.5, [1.0], noise_var=0.5)
    >>> student = fit(teacher, 0.3, 0.5, [1.0])
    >>> float(teacher.error.round(6)), float(student.error.round(6))
    (0.463994, 0.368436)
    """
    instance("labels", labels, Fit)
    lam, gamma = positive("lam", lam, allow_inf=True), positive("gamma", gamma)
    noise_var = noise(noise_var)
    shape = broadcastable(lam=lam, gamma=gamma, noise_var=noise_var)
    shape = broadcastable(labels=labels.misfit, arguments=np.broadcast_to(0.0, shape))
    weights = per_block("weights", positive("weights", weights, allow_zero=True), labels)
    kappa = effective_penalty(lam, gamma, weights, labels.fractions)
    ndim = len(shape)
    kappa, lam, gamma, noise_var = (_pad(a, ndim) for a in (kappa, lam, gamma, noise_var))
    weights, energies, fractions = (
        a.reshape((-1,) + (1,) * ndim) for a in (weights, labels.energies, labels.fractions)
    )
    heard, heard_noise = (_pad_blocks(a, ndim) for a in (labels.kept, labels.noise))
    old, old_noise = _known(known, labels, ndim)
    both = _covariance(noise_cov, labels, known, heard_noise, old_noise)
    share, lost, slack = block_shrinkage(kappa, lam, gamma, weights, fractions)
    missed = lost**2 * ((heard - old) ** 2 * energies + heard_noise + old_noise - 2 * both)
    missed = missed.sum(axis=0)
    added = gamma * fractions * share**2 / slack * (noise_var + missed)
    copied, kept = share * heard, share * heard + lost * old
    of_prior = lost**2 * old_noise + 2 * share * lost * both
    account = (
        -(1 - share**2) * heard_noise,
        energies * ((1 - copied) ** 2 - (1 - heard) ** 2),
        energies * ((1 - kept) ** 2 - (1 - copied) ** 2) + of_prior,
        added,
    )
    left = share**2 * heard_noise + of_prior + added
    misfit = missed + added.sum(axis=0)
    representable("the fit", misfit, lam=lam, gamma=gamma, noise_var=noise_var)
    full = (len(weights), *shape)
    return Fit(
        labels.fractions,
        labels.energies,
        np.broadcast_to(kept, full),
        np.broadcast_to(left, full),
        np.broadcast_to(misfit, shape),
        Account(*(np.broadcast_to(part, full) for part in account)),
    )


@unwarned
def misfit_gain(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    noise_var: ArrayLike,
) -> tuple[Array, Array, Array]:
    r"""Gain, misfit and their difference for a plain ridge student of a plain ridge teacher.

    .. math:: \text{gain} - \text{misfit} = (L_t - L_s) - E\|\beta_s - \beta_t\|^2
        = 2\lambda_s m_1 q\,\Bigl(\frac c2 - h\Bigr), \qquad c = 2\Bigl(1 - \frac pq\Bigr)

    So the gain is at least the misfit exactly when :math:`h(\lambda_s) \le c/2`, while the student wins
    when :math:`h < c`. Penalties are > 0.

    Returns
    -------
    gain, misfit, difference : ndarray

    Notes
    -----
    That the gain is at least the misfit is a theorem of Charikar, Pabbaraju and Shiragur (2024) for a
    student that projects onto a convex class containing the target; the condition for ridge regression
    is this book's.

    Examples
    --------
    >>> gain, misfit, difference = misfit_gain(0.01, 0.05, 0.5, 0.2, 1.0)
    >>> bool(difference > 0), bool(np.isclose(gain - misfit, difference))
    (True, True)
    """
    lam_s, gamma_s = positive("lam_s", lam_s, allow_inf=True), positive("gamma_s", gamma_s)
    _, q, surplus, _ = _plain_teacher(lam_t, gamma_t, noise_var)
    broadcastable(teacher=q, lam_s=lam_s, gamma_s=gamma_s)
    loss, h = _student_factors(lam_s, gamma_s)
    gain = loss * (2 * surplus - h * q)
    misfit = q * loss * h
    difference = 2 * loss * (surplus - h * q)
    for value in (gain, misfit, difference):
        representable("gain and misfit", value, lam_s=lam_s, gamma_s=gamma_s, noise_var=noise_var)
    return gain, misfit, difference


def _student_factors(lam_s: Array, gamma_s: Array) -> tuple[Array, Array]:
    """Loss λ m₁ = 1 − s and h = (1 − s)/(1 − γ s²) of a plain student, without cancellation."""
    one = np.ones((1,) * (np.broadcast(lam_s, gamma_s).ndim + 1))
    kappa = isotropic_penalty(lam_s, gamma_s)
    _, lost, slack = block_shrinkage(kappa, lam_s, gamma_s, one, one)
    return lost[0], lost[0] / slack


@unwarned
def best_gain(
    lam_t: ArrayLike, gamma_t: ArrayLike, noise_var: ArrayLike, zeta: ArrayLike
) -> Numbers:
    r"""Largest gain of a student with full relief and unlimited data: Mechanisms I and II together.

    As :math:`\gamma_s \to 0` a student that frees one direction of alignment ζ and shrinks the others
    by the best factor gains

    .. math:: L_t - L_s = \frac{(A + B)^2}{q - \zeta^2 p^2}, \qquad
        A = q - p, \quad B = \zeta^2 p (1 - p),

    with the teacher's overlap p and energy q. A is what the teacher says too loudly (Mechanism I), B
    is what alignment adds (Mechanism II); the square makes the two gain more together than apart.

    Parameters
    ----------
    lam_t, gamma_t, noise_var : array_like
        Teacher's penalty, > 0, aspect ratio and noise.
    zeta : array_like
        Alignment, in [0, 1]; 0 is Mechanism I alone, with gain :math:`(q - p)^2/q`.

    Returns
    -------
    ndarray or float
        0 where :math:`A + B \le 0`: there more shrinkage only loses.

    Examples
    --------
    >>> best_gain(0.25, 0.5, 0.5, zeta=[0.0, 0.8]).round(4)
    array([0.   , 0.043])
    """
    zeta = between("zeta", zeta, 0, 1)
    teacher = _plain_teacher(lam_t, gamma_t, noise_var)
    broadcastable(teacher=teacher[0], zeta=zeta)

    def gain(p: Array, q: Array, surplus: Array, missed: Array, zeta: Array) -> Array:
        both = np.maximum(surplus + zeta**2 * p * missed, 0)
        energy = np.where(both > 0, q - zeta**2 * p**2, 1.0)
        return both * (both / energy)

    return answer("the gain", in_slabs(gain, *teacher, zeta, bytes_each=8 * 8), zeta=zeta)


def _plain_teacher(
    lam_t: ArrayLike, gamma_t: ArrayLike, noise_var: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    """Overlap p and energy q of a plain teacher, q − p and 1 − p, the last two without cancellation."""
    lam_t, gamma_t = positive("lam_t", lam_t), positive("gamma_t", gamma_t)
    noise_var = noise(noise_var)
    broadcastable(lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)

    def moments(lam_t: Array, gamma_t: Array, noise_var: Array) -> tuple[Array, ...]:
        teacher = fit(truth([1.0], [1.0]), lam_t, gamma_t, [1.0], noise_var=noise_var)
        p, q = teacher.overlap, teacher.energy
        surplus = p * ((gamma_t * noise_var - lam_t) / discriminant_root(lam_t, gamma_t))
        return p, q, surplus, p * isotropic_penalty(lam_t, gamma_t)

    return in_portions(moments, lam_t, gamma_t, noise_var, bytes_each=8 * 40)


# ----------------------------------------------------------------------------------- input


def _known(known: Fit | None, labels: Fit, ndim: int) -> tuple[Array, Array]:
    if known is None:
        return np.zeros((1,) * (ndim + 1)), np.zeros((1,) * (ndim + 1))
    if not np.array_equal(known.energies, labels.energies):
        raise ValueError(
            f"known has energies {known.energies}; allowed: those of the labels, {labels.energies}"
        )
    return _pad_blocks(known.kept, ndim), _pad_blocks(known.noise, ndim)


def _covariance(
    value: ArrayLike, labels: Fit, known: Fit | None, noise: Array, old_noise: Array
) -> Array:
    """Covariance of two noises, one number for each block, that such noises can have."""
    value = real("noise_cov", value)
    given = per_block("noise_cov", np.full(len(noise), value) if value.ndim == 0 else value, labels)
    if known is None and np.any(given != 0):
        raise ValueError(
            f"noise_cov = {given} without known; allowed: 0 there (a prior is missing)"
        )
    both = given.reshape((-1,) + (1,) * (noise.ndim - 1))
    room = np.sqrt(noise * old_noise)
    wrong = np.abs(both) > room * (1 + 1e-9)
    if np.any(wrong):
        both, room = np.broadcast_arrays(both, room)
        first = float(both[wrong][0]), float(room[wrong][0])
        raise ValueError(
            f"noise_cov = {first[0]:g}; allowed: at most {first[1]:g} in size, the root of the product of "
            "the two noise energies of the block"
        )
    return both


def _pad(array: ArrayLike, ndim: int) -> Array:
    array = np.asarray(array)
    return array.reshape((1,) * (ndim - array.ndim) + array.shape)


def _pad_blocks(array: Array, ndim: int) -> Array:
    return array.reshape(array.shape[:1] + (1,) * (ndim + 1 - array.ndim) + array.shape[1:])
