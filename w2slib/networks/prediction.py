"""What the theory predicts for networks whose rows are all parallel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import ndtr

from w2slib.core.hermite import hermite_features
from w2slib.core.targets import Target
from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import between, grid, instance, integer, single
from w2slib.networks.experiment import NetworkSetting

__all__ = ["predicted_errors", "relu_kernel"]


def relu_kernel(count: int) -> Array:
    r"""What the penalty of a relu read-out costs, degree by degree.

    .. math:: K_{jk} = E_{\beta, \pm}[\alpha_j \alpha_k], \qquad
        \mathrm{relu}(\pm z + \beta) = \sum_k \alpha_k h_k(z), \quad \beta \sim N(0, 1)

    With rows :math:`w_j = \pm\hat u` and many neurons, the ridge read-out turns the Hermite
    coefficients :math:`t` of its labels into :math:`K(K + \lambda)^{-1}t`: where the kernel is small
    a function is expensive. K is about 1/3 for degree 1, and 0.05 for degree 2.

    Parameters
    ----------
    count : int
        Number of degrees, from 0.

    Returns
    -------
    ndarray, shape (count, count)

    Examples
    --------
    >>> relu_kernel(3).round(3)
    array([[0.609, 0.   , 0.097],
           [0.   , 0.333, 0.   ],
           [0.097, 0.   , 0.046]])
    """
    count = integer("count", count)
    beta, weight = np.polynomial.hermite_e.hermegauss(80)
    weight = weight / weight.sum()
    density = np.exp(-(beta**2) / 2) / np.sqrt(2 * np.pi)
    # E[relu(z + β) He_k(z)] = E[δ^{(k−2)}(z + β)], and φ^{(j)} = (−1)^j He_j φ.
    higher = hermite_features(-beta, max(count - 2, 1))
    alphas = [beta * ndtr(beta) + density, ndtr(beta)]
    alphas += [density * higher[:, k - 2] / np.sqrt(k * (k - 1)) for k in range(2, count)]
    alpha = np.array(alphas[:count])
    parity = np.add.outer(np.arange(count), np.arange(count)) % 2 == 0
    return (alpha * weight) @ alpha.T * parity


def predicted_errors(
    target: Target, setting: NetworkSetting, lam_s: ArrayLike, *, rho: float, count: int = 12
) -> dict[str, Array]:
    r"""Errors that the theory predicts for networks whose rows are all parallel.

    The directions are those of the Hermite model; the read-outs shrink by
    :math:`K(K + \lambda)^{-1}` with the `relu_kernel` in place of :math:`1/(1 + \lambda)`. Full
    fine-tuning and the ceiling use the sum of the kernels on :math:`\hat u_s` and
    :math:`\hat u_h`, which share the constant function. The strength of the pre-trained read-out is 1
    (its penalty is negligible).

    Parameters
    ----------
    target : Target
        What is to be learnt.
    setting : NetworkSetting
        Its ratios and ``lam_t`` are used.
    lam_s : array_like, shape (S,)
        Students' read-out penalties, > 0, in the units of the networks.
    rho : float
        Overlap of the pre-trained direction with the hard one, between -1 and 1.
    count : int
        Number of Hermite degrees kept; at least 3 and as many as the target has.

    Returns
    -------
    dict of str -> ndarray, shape (S,)
        By mode, and ``"teacher"`` (constant).

    Notes
    -----
    Networks whose rows are made parallel agree (tested); rows that are not lower the errors.

    Examples
    --------
    >>> from w2slib.core.targets import EXAMPLE
    >>> errors = predicted_errors(EXAMPLE, NetworkSetting(), [0.03], rho=0.98)
    >>> sorted(mode for mode, error in errors.items() if error < errors["teacher"])
    ['adapter', 'ceiling', 'full']
    """
    instance("target", target, Target)
    instance("setting", setting, NetworkSetting)
    lam_s = grid("lam_s", lam_s, allow_zero=False, allow_inf=True)
    rho = single("rho", between("rho", rho, -1, 1))
    count = integer("count", count, minimum=3)
    if count < max(len(target.easy), len(target.hard)):
        raise ValueError(f"count = {count}; allowed: at least the number of the target's degrees")
    curves = _error_curves(target, setting, _Degrees.of(target, rho, count))
    return {mode: np.array([curve(lam) for lam in lam_s]) for mode, curve in curves.items()}


def _error_curves(
    target: Target, setting: NetworkSetting, degrees: _Degrees
) -> dict[str, Callable[[float], float]]:
    """Error against the student's penalty, by mode."""
    easy, known = degrees.easy, degrees.known
    power, error = np.arange(len(easy)), degrees.error
    tau_t = _cosine(easy[1], target.label_energy, setting.gamma_t)
    taught = _shrink(degrees.kernel, easy * tau_t**power, setting.lam_t)
    energy, carried = float(taught @ taught), float(known @ known)
    tau_0 = _cosine(taught[1], energy, setting.gamma_s)
    tau_s = _cosine(taught[1], energy + carried, setting.gamma_s)
    tau_c = _cosine(easy[1], target.label_energy - carried, setting.gamma_s)
    nothing, copied = np.zeros(len(easy)), taught * tau_s**power

    def alone(labels: Array, lam: float) -> Array:
        return _shrink(degrees.kernel, labels, lam)

    return {
        "scratch": lambda lam: error(tau_t * tau_0, alone(taught * tau_0**power, lam), nothing),
        "frozen": lambda lam: error(1.0, nothing, known),
        "full": lambda lam: degrees.tuned_together(tau_t * tau_s, copied, -known, lam),
        "adapter": lambda lam: error(tau_t * tau_s, alone(copied, lam), known),
        "ceiling": lambda lam: degrees.tuned_together(tau_c, easy * tau_c**power, nothing, lam),
        "teacher": lambda lam: error(tau_t, taught, nothing),
    }


@dataclass(frozen=True, eq=False)
class _Degrees:
    """Coefficients by Hermite degree, and the kernels of the read-outs.

    ``known`` is what the pre-trained direction expresses of ``hard``. ``both`` is the kernel of two
    sets of neurons: degrees on û_s, then degrees >= 1 on û_h.
    """

    easy: Array
    hard: Array
    known: Array
    kernel: Array
    both: Array

    @classmethod
    def of(cls, target: Target, rho: float, count: int) -> Self:
        easy, hard = (np.pad(c, (0, count - len(c))) for c in (target.easy, target.hard))
        kernel = relu_kernel(count)
        both = np.zeros((2 * count - 1, 2 * count - 1))
        both[:count, :count] = kernel
        joint = np.r_[0, count : 2 * count - 1]
        both[np.ix_(joint, joint)] += kernel
        return cls(easy, hard, hard * rho ** np.arange(count), kernel, both)

    def error(self, direction: float, on_new: Array, on_old: Array) -> float:
        """Error of a model with these coefficients; ``direction`` is ⟨û, u_e⟩."""
        seen = self.easy * direction ** np.arange(len(self.easy))
        missed = self.easy @ self.easy - 2 * on_new @ seen + on_new @ on_new
        return float(missed + self.hard @ self.hard - 2 * on_old @ self.known + on_old @ on_old)

    def tuned_together(self, direction: float, on_new: Array, on_old: Array, lam: float) -> float:
        """Error where one penalty holds all read-outs together; the old ones start at ``known``."""
        change = _shrink(self.both, np.concatenate([on_new, on_old[1:]]), lam)
        count = len(self.easy)
        return self.error(direction, change[:count], self.known + np.r_[0, change[count:]])


def _cosine(signal: float, energy: float, gamma: float) -> float:
    return float(np.abs(signal) / np.sqrt(signal**2 + gamma * energy))


def _shrink(kernel: Array, labels: Array, lam: float) -> Array:
    """Coefficients K (K + λ)⁻¹ t of the ridge read-out; an infinite penalty leaves nothing."""
    if np.isinf(lam):
        return np.zeros(len(labels))
    return kernel @ np.linalg.solve(kernel + lam * np.eye(len(kernel)), labels)
