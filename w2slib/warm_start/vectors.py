"""Unit vectors with given overlaps."""

from __future__ import annotations

import numpy as np

from w2slib.validation import (
    between,
    broadcastable,
    integer,
    positive,
    real,
)


def unit_vector(overlap=None, *, dim: int, rng: np.random.Generator | int | None = None):
    r"""Draw a unit vector with a given overlap with the truth, in a uniformly random direction.

    .. math:: w = m\,w_\star + \sqrt{1 - m^2}\,u, \qquad u \perp w_\star \text{ uniform}

    Parameters
    ----------
    overlap : array_like, optional
        Overlap m in [-1, 1]; each entry gets its own u. None draws from the whole sphere.
    dim : int
        Dimension d, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    ndarray, shape (..., d)
        The truth is the first coordinate axis.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book.

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


def _vectors(name: str, value, dim: int | None = None) -> np.ndarray:
    """Return rows of unit length, shape (B, d)."""
    array = real(name, value)
    if array.ndim == 0 or array.shape[-1] < 2 or dim not in (None, array.shape[-1]):
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: (..., {'d' if dim is None else dim}) with d >= 2"
        )
    length = np.linalg.norm(array, axis=-1, keepdims=True)
    positive(f"norm of {name}", length)
    return np.atleast_2d(array / length)


def _runs(w0, supervisor) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """Starts and supervisors as rows, one for each run, and the shape of the runs."""
    starts, teachers = _vectors("w0", w0), _vectors("supervisor", supervisor)
    shape = broadcastable(w0=starts, supervisor=teachers)
    dim = shape[-1]
    starts, teachers = (np.broadcast_to(a, shape).reshape(-1, dim) for a in (starts, teachers))
    return starts, teachers, np.broadcast_shapes(np.shape(w0), np.shape(supervisor))[:-1]
