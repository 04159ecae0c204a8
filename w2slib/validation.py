"""Checks that every public function of the package makes on its input.

Each check returns its argument as a float array (or an int) and raises a `ValueError` that names
the parameter, the value received and what is allowed.
"""

from __future__ import annotations

import operator

import numpy as np

MAX_RATIO_ERROR = 0.05


def real(name: str, value, allowed: str = "finite real numbers") -> np.ndarray:
    """Return ``value`` as a float array; every entry must be finite.

    Raises
    ------
    ValueError
        If an entry is not a finite real number.

    Examples
    --------
    >>> real("theta", [1, 2])
    array([1., 2.])
    """
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "iuf":
            raise TypeError
        array = array.astype(float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {value!r}; allowed: {allowed}") from None
    _require(np.isfinite(array), name, array, allowed)
    return array


def positive(name: str, value, *, allow_zero: bool = False) -> np.ndarray:
    """Return ``value`` as a float array of finite numbers > 0 (>= 0 with ``allow_zero``).

    Raises
    ------
    ValueError
        If an entry is not finite or has the wrong sign.

    Examples
    --------
    >>> positive("lam_t", 0.0, allow_zero=True)
    array(0.)
    >>> positive("gamma_t", -1.0)
    Traceback (most recent call last):
    ...
    ValueError: gamma_t = -1.0; allowed: finite and > 0
    """
    allowed = "finite and >= 0" if allow_zero else "finite and > 0"
    array = real(name, value, allowed)
    _require(array >= 0 if allow_zero else array > 0, name, array, allowed)
    return array


def between(name: str, value, low: float, high: float) -> np.ndarray:
    """Return ``value`` as a float array with entries in the closed interval [low, high].

    Raises
    ------
    ValueError
        If an entry is not finite or lies outside the interval.

    Examples
    --------
    >>> between("rho", 2.0, -1, 1)
    Traceback (most recent call last):
    ...
    ValueError: rho = 2.0; allowed: between -1 and 1
    """
    allowed = f"between {low} and {high}"
    array = real(name, value, allowed)
    _require((array >= low) & (array <= high), name, array, allowed)
    return array


def integer(name: str, value, minimum: int = 1) -> int:
    """Return ``value`` as an int that is at least ``minimum``.

    Raises
    ------
    ValueError
        If ``value`` is not an integer or is too small.

    Examples
    --------
    >>> integer("dim", 400)
    400
    """
    allowed = f"an integer >= {minimum}"
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} = {value!r}; allowed: {allowed}") from None
    if number < minimum:
        raise ValueError(f"{name} = {number}; allowed: {allowed}")
    return number


def broadcastable(**arrays: np.ndarray) -> tuple[int, ...]:
    """Return the common shape of the named arrays.

    Raises
    ------
    ValueError
        If the shapes do not broadcast against each other.

    Examples
    --------
    >>> broadcastable(lam_t=np.zeros((3, 1)), lam_s=np.zeros(4))
    (3, 4)
    """
    shapes = {name: np.shape(array) for name, array in arrays.items()}
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        listed = ", ".join(f"{name} of shape {shape}" for name, shape in shapes.items())
        raise ValueError(f"{listed}; allowed: shapes that broadcast together") from None


def grid(name: str, value, *, allow_zero: bool = True) -> np.ndarray:
    """Return ``value`` as a non-empty one-dimensional array of penalties (scalars become length 1).

    Raises
    ------
    ValueError
        If an entry is negative or not finite, or the array has more than one dimension.

    Examples
    --------
    >>> grid("lam_s", 0.5)
    array([0.5])
    """
    array = np.atleast_1d(positive(name, value, allow_zero=allow_zero))
    if array.ndim != 1 or array.size == 0:
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: a number or a non-empty 1-D array"
        )
    return array


def sample_size(ratio_name: str, ratio, dim: int) -> int:
    """Return the number of samples n that makes dim / n the requested ratio.

    Rounding n to an integer must not change the ratio by more than 5 %, and n must be at least 2.

    Raises
    ------
    ValueError
        If ``ratio`` is not a single positive number, or ``dim`` is too small for it.

    Examples
    --------
    >>> sample_size("gamma_t", 0.5, dim=400)
    800
    """
    array = positive(ratio_name, ratio)
    if array.ndim:
        raise ValueError(
            f"{ratio_name} has shape {array.shape}; allowed: a single number in a simulation"
        )
    n = round(dim / float(array))
    if n < 2 or abs(dim / n / float(array) - 1) > MAX_RATIO_ERROR:
        raise ValueError(
            f"dim = {dim} is too small for {ratio_name} = {float(array):g}; allowed: "
            f"dim / {ratio_name} at least 2 and within {MAX_RATIO_ERROR:.0%} of an integer"
        )
    return n


def single(name: str, value) -> float:
    """Return a single number as a plain float.

    Parameters
    ----------
    name : str
        Name of the parameter, for the message.
    value : ndarray or float
        What another check has passed.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If ``value`` is an array.

    Notes
    -----
    Source: this book; for parameters that a simulation cannot take on a grid.

    Examples
    --------
    >>> single("noise_var", positive("noise_var", 1))
    1.0
    """
    if np.ndim(value):
        raise ValueError(f"{name} has shape {np.shape(value)}; allowed: a single number")
    return float(value)


def scalar(value):
    """Return a zero-dimensional array as a plain float, and everything else as it is.

    Parameters
    ----------
    value : ndarray or float
        What a public function computed from checked input.

    Returns
    -------
    ndarray or float

    Notes
    -----
    Source: this book; every module returns through it, so that numbers in give numbers out.

    Examples
    --------
    >>> scalar(np.array(0.5))
    0.5
    """
    return float(value) if np.ndim(value) == 0 else value


def _require(ok: np.ndarray, name: str, array: np.ndarray, allowed: str) -> None:
    """Raise with the first offending entry of ``array`` unless all of ``ok`` holds."""
    if not np.all(ok):
        bad = array[~ok].flat[0] if array.ndim else float(array)
        raise ValueError(f"{name} = {float(bad)}; allowed: {allowed}")
