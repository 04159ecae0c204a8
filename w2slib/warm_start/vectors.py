"""Unit vectors with given overlaps."""

from __future__ import annotations

import numpy as np

from w2slib.core.trials import takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import between, broadcastable, integer, positive, real

__all__ = ["unit_vector"]


@takes_rng
def unit_vector(overlap: ArrayLike | None = None, *, dim: int, rng: Rng = None) -> Array:
    r"""Draw a unit vector with a given overlap with the truth, in a uniformly random direction.

    .. math:: w = m\,w_\star + \sqrt{1 - m^2}\,u, \qquad u \perp w_\star \text{ uniform}

    Parameters
    ----------
    overlap : array_like, optional
        Overlap m in [-1, 1]; each entry gets its own u. None draws from the whole sphere.

    Returns
    -------
    ndarray, shape (..., d)

    Examples
    --------
    >>> w = unit_vector([0.3, 0.6], dim=50, rng=0)
    >>> w[:, 0], np.linalg.norm(w, axis=1)
    (array([0.3, 0.6]), array([1., 1.]))
    """
    dim, rng = integer("dim", dim, 2), np.random.default_rng(rng)
    if overlap is None:
        w = rng.standard_normal(dim)
        return w / np.linalg.norm(w)
    m = between("overlap", overlap, -1, 1)[..., None]
    side = rng.standard_normal((*m.shape[:-1], dim - 1))
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    return np.concatenate([m, np.sqrt(1 - m**2) * side], axis=-1)


def aligned_rows(overlaps: Array, aside: Array) -> Array:
    """Unit vectors with these overlaps with the truth, all in the plane of truth and ``aside``.

    Examples
    --------
    >>> aligned_rows(np.array([0.6, 1.0]), np.array([0.0, 1.0]))
    array([[0.6, 0.8],
           [1. , 0. ]])
    """
    rows = np.sqrt(1 - overlaps[:, None] ** 2) * aside
    rows[:, 0] = overlaps
    return rows


def given_rows(name: str, value: ArrayLike, dim: int | None = None) -> Array:
    """Vectors that a caller gave as rows of unit length, shape (..., d), at least one.

    Examples
    --------
    >>> given_rows("w0", [3.0, 4.0])
    array([[0.6, 0.8]])
    """
    array = real(name, value)
    if array.ndim == 0 or array.shape[-1] < 2 or dim not in (None, array.shape[-1]):
        wanted = "d" if dim is None else dim
        raise ValueError(f"{name} has shape {array.shape}; allowed: (..., {wanted}) with d >= 2")
    length = np.linalg.norm(array, axis=-1, keepdims=True)
    positive(f"norm of {name}", length)
    return np.atleast_2d(array / length)


def given_runs(w0: ArrayLike, supervisor: ArrayLike) -> tuple[Array, Array, tuple[int, ...]]:
    """Starts and supervisors as rows, one for each run, and the shape of the runs.

    Examples
    --------
    >>> starts, supervisors, shape = given_runs(np.eye(2), [[[0.0, 1.0]]] * 3)
    >>> len(starts), len(supervisors), shape
    (6, 6, (3, 2))
    """
    starts, teachers = given_rows("w0", w0), given_rows("supervisor", supervisor)
    *_, dim = shape = broadcastable(w0=starts, supervisor=teachers)
    starts, teachers = (np.broadcast_to(a, shape).reshape(-1, dim) for a in (starts, teachers))
    return starts, teachers, np.broadcast_shapes(np.shape(w0), np.shape(supervisor))[:-1]
