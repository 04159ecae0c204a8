"""Sampled ridge regressions: many penalties from one reduction of the sample covariance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.linalg import lapack

from w2slib.core.portions import portions
from w2slib.core.types import Array


@dataclass(frozen=True, eq=False)
class RidgeProblem:
    r"""Inputs and K sets of labels, reduced so that each penalty costs little.

    The smaller Gram matrix, :math:`X^\top X/n` or :math:`X X^\top/n`, is reduced once to
    :math:`Q T Q^\top` with a tridiagonal T, the first half of a symmetric eigendecomposition. A
    penalty then costs one tridiagonal solution for each set of labels, and norms and inner products
    are taken in the coordinates of Q, without going back.

    Attributes
    ----------
    inputs : ndarray, shape (n, d)
        X.
    reflectors, scales : ndarray, shapes (r - 1, r - 1) and (r - 1,)
        The Householder reflectors of Q, as LAPACK keeps them; r = min(n, d).
    diagonal, off_diagonal : ndarray, shapes (r,) and (r - 1,)
        T.
    moments : ndarray, shape (r, K)
        What the labels say, in the coordinates of Q.
    """

    inputs: Array
    reflectors: Array
    scales: Array
    diagonal: Array
    off_diagonal: Array
    moments: Array

    @classmethod
    def of(cls, X: Array, Y: Array) -> Self:
        """Reduce inputs (n, d) of full rank with labels (n, K)."""
        n, d = X.shape
        gram, moments = (X.T @ X, X.T @ Y) if n >= d else (X @ X.T, Y)
        size = len(gram)
        reduced, diagonal, off, scales, _ = lapack.dsytrd(gram / n, lower=1, lwork=64 * size)
        reflectors = np.asfortranarray(reduced[1:, :-1])
        half = cls(X, reflectors, scales, diagonal, off, np.empty(0))
        return replace(half, moments=half.turn(moments / n, "T"))

    def solve(self, lam: Array) -> RidgeSolutions:
        """Solutions for penalties (L,) >= 0."""
        rotated = [
            _tridiagonal(self.diagonal + each, self.off_diagonal, self.moments) for each in lam
        ]
        return RidgeSolutions(self, np.stack(rotated))

    def errors(self, lam: Array, target: Array) -> Array:
        """Squared distances of the solutions from the target (d,), shape (L, K).

        Penalties are taken in portions, so that not all solutions are held at the same time.

        Examples
        --------
        >>> RidgeProblem.of(np.eye(2), np.ones((2, 1))).errors(np.array([0.0, 0.5]), np.ones(2))
        array([[0. ],
               [0.5]])
        """
        cuts = portions(len(lam), self.moments.nbytes)
        return np.concatenate([self.solve(lam[cut]).errors(target) for cut in cuts])

    def turn(self, columns: Array, transposed: str) -> Array:
        """Q (``"N"``) or its transpose (``"T"``) times the columns; Q's first row is the identity's."""
        if len(columns) == 1:
            return columns
        below, _, _ = lapack.dormqr(
            "L", transposed, self.reflectors, self.scales, columns[1:], lwork=64 * len(columns)
        )
        return np.concatenate([columns[:1], below])


@dataclass(frozen=True, eq=False)
class RidgeSolutions:
    r"""Ridge regression on one data set, for L penalties and K sets of labels at once.

    .. math:: \hat\beta(\lambda) = (X^\top X/n + \lambda)^{-1} X^\top Y/n

    Attributes
    ----------
    problem : RidgeProblem
        The data set.
    rotated : ndarray, shape (L, r, K)
        The solutions in the coordinates of Q: of the coefficients themselves if n >= d, else of the
        dual ones :math:`\alpha` with :math:`\hat\beta = X^\top\alpha`.
    """

    problem: RidgeProblem
    rotated: Array

    @classmethod
    def of(cls, X: Array, Y: Array, lam: Array) -> RidgeSolutions:
        """Solve for inputs (n, d) of full rank, labels (n, K) and penalties (L,) >= 0.

        Examples
        --------
        >>> fits = RidgeSolutions.of(np.eye(2), np.ones((2, 1)), np.array([0.0, 0.5]))
        >>> fits.coefficients()[:, :, 0]
        array([[1. , 1. ],
               [0.5, 0.5]])
        """
        return RidgeProblem.of(X, Y).solve(lam)

    def coefficients(self) -> Array:
        """All coefficients, shape (L, d, K)."""
        n, d = self.problem.inputs.shape
        wide = np.concatenate(list(self.rotated), axis=1)
        turned = self.problem.turn(wide, "N")
        back = turned if n >= d else self.problem.inputs.T @ turned
        return back.reshape(d, len(self.rotated), -1).swapaxes(0, 1)

    def squared_norms(self) -> Array:
        """Squared lengths of the coefficients, shape (L, K)."""
        n, d = self.problem.inputs.shape
        z = self.rotated
        if n >= d:
            return (z**2).sum(axis=1)
        cross = (self.problem.off_diagonal[:, None] * z[:, 1:] * z[:, :-1]).sum(axis=1)
        return n * ((self.problem.diagonal[:, None] * z**2).sum(axis=1) + 2 * cross)

    def along(self, directions: Array) -> Array:
        """Inner products with the columns of ``directions`` (d, k), shape (L, k, K)."""
        n, d = self.problem.inputs.shape
        turned = self.problem.turn(directions if n >= d else self.problem.inputs @ directions, "T")
        return turned.T @ self.rotated

    def errors(self, target: Array) -> Array:
        """Squared distances from the target (d,), shape (L, K)."""
        return self.squared_norms() - 2 * self.along(target[:, None])[:, 0] + target @ target


def _tridiagonal(diagonal: Array, off_diagonal: Array, right: Array) -> Array:
    """Solve a positive definite tridiagonal system for the columns of ``right``."""
    if len(diagonal) == 1:
        return right / diagonal
    *_, solved, failed = lapack.dptsv(diagonal, off_diagonal, right)
    if failed:
        raise np.linalg.LinAlgError("the inputs are not of full rank, and the penalty is too small")
    return solved


def ridge_path(X: Array, y: Array, lam: Array) -> Array:
    r"""Ridge coefficients for many penalties from one reduction of the sample covariance.

    .. math:: \hat\beta(\lambda) = (X^\top X/n + \lambda)^{-1} X^\top y/n

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Inputs.
    y : ndarray, shape (n,)
        Labels.
    lam : ndarray, shape (T,)
        Penalties, >= 0.

    Returns
    -------
    ndarray, shape (d, T)

    Notes
    -----
    Source: linear algebra.

    Examples
    --------
    >>> ridge_path(np.eye(2), np.array([1.0, 2.0]), np.array([0.5]))
    array([[0.5],
           [1. ]])
    """
    return RidgeSolutions.of(X, y[:, None], lam).coefficients()[:, :, 0].T
