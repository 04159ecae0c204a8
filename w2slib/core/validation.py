"""Checks that every public function of the package makes on its input.

Each check returns its argument as a float array (or an int) and raises a `ValueError` that names
the parameter, the value received and what is allowed.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Collection
from typing import Any, ParamSpec, TypeVar

import numpy as np

from w2slib.core.types import Array, ArrayLike

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

MAX_RATIO_ERROR = 0.05


def real(name: str, value: ArrayLike, allowed: str = "finite real numbers") -> Array:
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
    array = _floats(name, value, allowed)
    _require(np.isfinite(array), name, array, allowed)
    return array


def positive(
    name: str, value: ArrayLike, *, allow_zero: bool = False, allow_inf: bool = False
) -> Array:
    """Return ``value`` as a float array of finite numbers > 0 (>= 0 with ``allow_zero``).

    With ``allow_inf`` infinity passes too: a penalty that leaves nothing, or all the samples there are.

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
    sign = ">= 0" if allow_zero else "> 0"
    allowed = f"{sign}, inf included" if allow_inf else f"finite and {sign}"
    array = _floats(name, value, allowed)
    fits = array >= 0 if allow_zero else array > 0
    _require(fits & (allow_inf | np.isfinite(array)), name, array, allowed)
    return array


def noise(value: ArrayLike) -> Array:
    """Return the variance ``noise_var`` of the noise in the labels: finite and >= 0.

    Raises
    ------
    ValueError
        If an entry is not.

    Examples
    --------
    >>> noise(0.5)
    array(0.5)
    """
    return positive("noise_var", value, allow_zero=True)


def between(name: str, value: ArrayLike, low: float, high: float) -> Array:
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


def integer(name: str, value: object, minimum: int = 1) -> int:
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
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"{name} = {value!r}; allowed: {allowed}") from None
    if number < minimum:
        raise ValueError(f"{name} = {number}; allowed: {allowed}")
    return number


def broadcastable(**arrays: ArrayLike) -> tuple[int, ...]:
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


def grid(name: str, value: ArrayLike, *, allow_zero: bool = True, allow_inf: bool = False) -> Array:
    """Return ``value`` as a non-empty one-dimensional array of penalties (scalars become length 1).

    Raises
    ------
    ValueError
        If an entry is negative, nan or, without ``allow_inf``, infinite, or the array has more than
        one dimension.

    Examples
    --------
    >>> grid("lam_s", 0.5)
    array([0.5])
    """
    array = np.atleast_1d(positive(name, value, allow_zero=allow_zero, allow_inf=allow_inf))
    if array.ndim != 1 or array.size == 0:
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: a number or a non-empty 1-D array"
        )
    return array


def matrix(name: str, value: ArrayLike, axes: str) -> Array:
    """Return ``value`` as a non-empty two-dimensional array of finite numbers.

    Parameters
    ----------
    name : str
        Name of the parameter, for the message.
    value : array_like
        What is checked.
    axes : str
        What rows and columns are, for the message.

    Raises
    ------
    ValueError
        If an entry is not finite or the array is empty or not two-dimensional.

    Examples
    --------
    >>> matrix("values", [1.0, 2.0], "checkpoints, seeds")
    Traceback (most recent call last):
    ...
    ValueError: values has shape (2,); allowed: (checkpoints, seeds), both >= 1
    """
    array = real(name, value)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}; allowed: ({axes}), both >= 1")
    return array


def sample_size(ratio_name: str, ratio: ArrayLike, dim: int) -> int:
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


def single(name: str, value: ArrayLike) -> float:
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
    return float(value)  # type: ignore[arg-type]


def scalar(value: Any) -> Any:
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


def refuse_divergence(lam_t: Array, gamma_t: Array, noise_var: Array) -> None:
    """Refuse regression without a penalty on noisy labels with as many samples as coordinates.

    Raises
    ------
    ValueError
        If ``lam_t = 0``, ``gamma_t = 1`` and ``noise_var > 0`` meet: the error has no finite limit.

    Examples
    --------
    >>> refuse_divergence(np.zeros(1), np.ones(1), np.zeros(1))
    """
    if np.any((lam_t == 0) & (gamma_t == 1) & (noise_var > 0)):
        raise ValueError(
            "lam_t = 0 with gamma_t = 1 and noise_var > 0; allowed: lam_t > 0 there (least-norm "
            "regression on noisy labels diverges with as many samples as coordinates)"
        )


def teacher_arguments(
    lam_t: ArrayLike, gamma_t: ArrayLike, noise_var: ArrayLike
) -> tuple[Array, Array, Array]:
    """Return a teacher's arguments as arrays that broadcast, and for which it does not diverge.

    Examples
    --------
    >>> teacher_arguments(0.1, 0.5, 1)
    (array(0.1), array(0.5), array(1.))
    """
    lam_t = positive("lam_t", lam_t, allow_zero=True)
    gamma_t, noise_var = positive("gamma_t", gamma_t), noise(noise_var)
    broadcastable(lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)
    refuse_divergence(lam_t, gamma_t, noise_var)
    return lam_t, gamma_t, noise_var


def representable(what: str, value: Any, **arguments: ArrayLike) -> None:
    """Refuse an answer beyond the range of doubles, and name the arguments that it belongs to.

    Raises
    ------
    ValueError
        If an entry of ``value`` is not finite.

    Examples
    --------
    >>> representable("the square", np.inf, x=1e200)
    Traceback (most recent call last):
    ...
    ValueError: x = 1e+200; allowed: arguments for which the square fits a double
    """
    if np.all(np.isfinite(value)):
        return
    first = np.unravel_index(np.argmin(np.isfinite(value)), np.shape(value))
    at = [
        f"{name} = {float(np.broadcast_to(array, np.shape(value))[first]):g}"
        for name, array in arguments.items()
    ]
    raise ValueError(f"{' with '.join(at)}; allowed: arguments for which {what} fits a double")


def unwarned(function: Callable[P, R]) -> Callable[P, R]:
    """Let the steps of a function overflow or divide by zero in silence: its result is checked.

    Examples
    --------
    >>> @unwarned
    ... def square(x):
    ...     return answer("the square", np.square(x), x=x)
    >>> square(1e200)
    Traceback (most recent call last):
    ...
    ValueError: x = 1e+200; allowed: arguments for which the square fits a double
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            return function(*args, **kwargs)

    return run


def answer(what: str, value: Any, **arguments: ArrayLike) -> Any:
    """Return a result as `scalar` does, after `representable` has let it pass.

    Together with `unwarned` this is how a formula that may leave the range of doubles ends: with a
    number, or with an error that says why there is none.

    Examples
    --------
    >>> answer("the square", np.array(4.0), x=2.0)
    4.0
    """
    representable(what, value, **arguments)
    return scalar(value)


def flag(name: str, value: object) -> bool:
    """Return ``value`` if it is True or False, as Python or numpy has them.

    Raises
    ------
    ValueError
        If it is anything else; the string "no" would count as true.

    Examples
    --------
    >>> flag("soft", np.True_)
    True
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} = {value!r}; allowed: True or False")
    return bool(value)


def unbox(record: object) -> None:
    """Make numpy's numbers among the attributes of a frozen dataclass Python's, which JSON takes.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> record = SimpleNamespace(n=np.int64(3))
    >>> unbox(record)
    >>> record
    namespace(n=3)
    """
    for name, value in list(vars(record).items()):
        if isinstance(value, np.generic):
            object.__setattr__(record, name, value.item())


def choice(name: str, value: str, allowed: Collection[str]) -> str:
    """Return ``value`` if it is one of the allowed names.

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> choice("mode", "full", ("adapter", "full"))
    'full'
    """
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} = {value!r}; allowed: {', '.join(map(repr, allowed))}")
    return value


def instance(name: str, value: object, kind: type[T]) -> T:
    """Return ``value`` if it is of the given class.

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> instance("degree", 2, int)
    2
    """
    if not isinstance(value, kind):
        raise ValueError(f"{name} = {value!r} ({type(value).__name__}); allowed: a {kind.__name__}")
    return value


def _floats(name: str, value: ArrayLike, allowed: str) -> Array:
    """Real numbers as a new float array; anything else is refused, with its type where that helps."""
    if np.ma.isMaskedArray(value):
        raise ValueError(
            f"{name} is a masked array; allowed: {allowed}, as a plain array "
            "(a mask would be lost: choose the entries first)"
        )
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {value!r}; allowed: {allowed}") from None
    if array.dtype.kind not in "iuf":
        kind = f" (an array of dtype {array.dtype})" if array.ndim else f" ({type(value).__name__})"
        raise ValueError(f"{name} = {value!r}; allowed: {allowed}; received{kind}")
    return array.astype(float)


def _require(ok: np.ndarray, name: str, array: Array, allowed: str) -> None:
    """Raise with the first offending entry of ``array``, and its place, unless all of ``ok`` holds."""
    if np.all(ok):
        return
    if array.ndim == 0:
        raise ValueError(f"{name} = {float(array)}; allowed: {allowed}")
    index = tuple(int(i) for i in np.argwhere(~ok)[0])
    raise ValueError(
        f"{name} = {float(array[index])}; allowed: {allowed} "
        f"(entry {list(index)} of an array of shape {array.shape})"
    )
