"""Calls of a student's answer, as the check cells of the exercises make them.

A check looks an answer up by its name and calls it through `Answer`. What goes wrong in the same way
everywhere is said here, in one sentence that tells nothing about the solution: no such function, nothing
returned, not a number, another shape, changed arguments, a forbidden shortcut, an overwritten name.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import dataclasses
import dis
import functools
import importlib
import inspect
import io
import itertools
import sys
import threading
import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, ValuesView
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from w2slib.core.types import Array
from w2slib.core.validation import choice

__all__ = ["Answer", "close", "overwritten", "remember"]

PACKAGE = str(Path(__file__).parents[1])
KEY = "_given_names"
KEPT, MOST = (
    100_000,
    10_000_000,
)  # letters of what an answer prints: shown, and before it is stopped
ROOTS = {"sqrt", "cbrt", "roots", "polyroots", "csqrt", "isqrt", "emath", "hypot", "norm", "dist"}
POWERS = {"pow", "power", "float_power", "__pow__", "__rpow__"}
LOGARITHMS, EXPONENTIALS = {"log", "log2", "log10", "log1p"}, {"exp", "exp2", "expm1"}
ROOTS |= {"std", "pstdev", "eig", "eigh", "eigvals", "eigvalsh", "svd", "svdvals", "complex"}


def remember(namespace: dict[str, Any], *names: str) -> None:
    """Keep what the names of a notebook mean, so that a check can tell if one was overwritten.

    Parameters
    ----------
    namespace : dict
        ``globals()`` of the notebook.
    *names : str
        Names to keep; without any, all public names that are bound so far.

    Raises
    ------
    ValueError
        If a name is not bound.

    Examples
    --------
    >>> notebook = {"penalty": 0.3}
    >>> remember(notebook)
    >>> overwritten(notebook)
    []
    >>> notebook["penalty"] = 0.4
    >>> overwritten(notebook)
    ['penalty']
    """
    bound = [name for name in namespace if not name.startswith("_") and name not in _SHELL]
    for name in names:
        choice("names", name, bound)
    kept = namespace.setdefault(KEY, {})
    kept |= {name: _copied(namespace[name]) for name in names or bound}
    for module in filter(inspect.ismodule, kept.values()):
        if module.__name__.startswith("w2slib"):
            public = {key: part for key, part in vars(module).items() if key[0] != "_"}
            _LIBRARY[module.__name__] = public


# What the public names of the library's modules meant when a notebook remembered them.
_LIBRARY: dict[str, dict[str, Any]] = {}


# IPython binds these, and binds them again.
_SHELL = {"In", "Out", "get_ipython", "exit", "quit", "open", "builtins"}


def overwritten(namespace: Mapping[str, Any]) -> list[str]:
    """Remembered names that mean something else by now, or whose arrays have other entries.

    Examples
    --------
    >>> notebook = {"x": np.zeros(2)}
    >>> remember(notebook)
    >>> notebook["x"][0] = 1
    >>> overwritten(notebook)
    ['x']
    """
    kept = namespace.get(KEY, {})
    found = [k for k, v in kept.items() if k not in namespace or not _same(namespace[k], v)]
    return found + [
        f"{name}.{part}"
        for name, module in kept.items()
        for part, value in _LIBRARY.get(getattr(module, "__name__", ""), {}).items()
        if getattr(module, part, None) is not value
    ]


def close(found: Any, expected: Any, rtol: float = 1e-3, atol: float = 1e-6) -> bool:
    """Whether two numbers or arrays agree as well as float32 and an optimiser let them; NaN never does.

    Parameters
    ----------
    found, expected : array_like
        Of the same shape.
    rtol, atol : float
        Relative and absolute tolerance.

    Examples
    --------
    >>> close(0.50001, 0.5), close(0.51, 0.5), close(float("nan"), float("nan"))
    (True, False, False)
    """
    left, right = np.asarray(found, float), np.asarray(expected, float)
    return left.shape == right.shape and bool(np.allclose(left, right, rtol=rtol, atol=atol))


class Answer:
    """A student's function, called as a check calls it.

    Each call gets copies of its arguments, which are compared with the originals afterwards. Every
    method raises an `AssertionError` with one sentence for the student where the answer is not of the
    kind that is asked for. A size-1 array is a number, a list is an array, float32 is float.

    Parameters
    ----------
    name : str
        Name of the function in the notebook that asks.
    without : sequence of str or callable
        What the answer must not call, under whatever name: ``"ridge.gate"`` is ``w2slib.ridge.gate``, and
        ``"ridge"`` means all public functions of ``w2slib.ridge``.
    roots : bool
        False forbids square roots, also written as powers.
    allow : {"nan", "inf"}, optional
        Values that count as numbers although they are not finite.

    Raises
    ------
    AssertionError
        If there is no such function, or if a name of the notebook was overwritten.

    Examples
    --------
    >>> def twice(x):
    ...     return [2 * x]
    >>> Answer("twice").number(3)
    6.0
    >>> def nothing(x):
    ...     print(2 * x)
    >>> Answer("nothing").number(3)
    Traceback (most recent call last):
    ...
    AssertionError: `nothing` prints its answer and returns nothing: write `return` instead of `print`.
    """

    def __init__(
        self,
        name: str,
        *,
        without: Sequence[Any] = (),
        roots: bool = True,
        allow: Collection[str] = (),
    ) -> None:
        namespace = sys._getframe(1).f_globals
        for kind in allow:
            choice("allow", kind, ("nan", "inf"))
        self.name, self._allow = name, allow
        self._function = _found(name, namespace)
        forbidden = [(f, _codes(f)) for f in _functions(without)]
        self._shortcuts = {codes[-1]: f for f, codes in forbidden}
        self._wrappers = {code for _, codes in forbidden for code in codes[:-1]}
        if not roots and _takes_roots(self._function):
            raise AssertionError(
                f"`{name}` takes a square root, and this exercise forbids formulas."
            )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return whatever the function returns, if it returns something and leaves its arguments alone."""
        if not _fits(self._function, args, kwargs):
            self._fail("takes other arguments than it should: keep the `def` line of the exercise")
        mine, named = _copied(args), _copied(kwargs)
        printed = _Printed(self.name)
        with contextlib.redirect_stdout(printed), self._watched() as used:
            value = self._function(*mine, **named)
            if isinstance(value, Iterator | ValuesView):  # lazy: what it calls, it calls here
                value = list(itertools.islice(value, MOST))
        sys.stdout.write(printed.getvalue())
        if value is None and printed.getvalue().strip():
            self._fail("prints its answer and returns nothing: write `return` instead of `print`")
        if value is None:
            self._fail("returns nothing (None): does it end with `return`?")
        if used:
            self._fail(f"calls `{used[0]}`, which this exercise asks you to do without")
        changed = [_label(self._function, k) for k, a in enumerate(args) if not _same(a, mine[k])]
        changed += [key for key, a in kwargs.items() if not _same(a, named[key])]
        if changed:
            self._fail(f"changes its argument `{changed[0]}`: work on a copy of it")
        return value

    def number(self, *args: Any, **kwargs: Any) -> float:
        """Return the one number that the function returns."""
        found = self._floats(self(*args, **kwargs))
        if found.size != 1:
            self._fail(f"should return one number, not {found.size}")
        return float(found.ravel()[0])

    def whole(self, *args: Any, **kwargs: Any) -> int:
        """Return the one whole number that the function returns."""
        found = self.number(*args, **kwargs)
        if not float(found).is_integer():
            self._fail("should return a whole number")
        return int(found)

    def numbers(self, count: int, /, *args: Any, **kwargs: Any) -> list[float]:
        """Return the ``count`` numbers that the function returns."""
        return [float(value) for value in self.array((count,), *args, **kwargs)]

    def array(self, shape: tuple[int, ...], /, *args: Any, **kwargs: Any) -> Array:
        """Return the array that the function returns, which must have this shape."""
        return self._shaped(self(*args, **kwargs), shape)

    def arrays(
        self, shapes: Sequence[tuple[int, ...]], /, *args: Any, **kwargs: Any
    ) -> list[Array]:
        """Return the arrays that the function returns, which must have these shapes."""
        value = self._several(self(*args, **kwargs), len(shapes))
        return [self._shaped(part, shape) for part, shape in zip(value, shapes, strict=True)]

    def truth(self, *args: Any, **kwargs: Any) -> bool:
        """Return the one truth value that the function returns."""
        return bool(self._truths(self(*args, **kwargs), ()))

    def truths(self, shapes: Sequence[tuple[int, ...]], /, *args: Any, **kwargs: Any) -> list[Any]:
        """Return the arrays of truth values that the function returns."""
        value = self._several(self(*args, **kwargs), len(shapes))
        return [self._truths(part, shape) for part, shape in zip(value, shapes, strict=True)]

    def table(self, keys: Sequence[str], /, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Return the numbers that the function returns as a dictionary with these keys."""
        value = self(*args, **kwargs)
        if not isinstance(value, Mapping) or {str(key) for key in value} != set(keys):
            self._fail(f"should return a dictionary with the keys {', '.join(keys)}")
        return {key: float(self._shaped(value[key], ())) for key in keys}

    def word(self, words: Sequence[str], /, *args: Any, **kwargs: Any) -> str:
        """Return the one of these words that the function returns, whatever its capitals."""
        value = self(*args, **kwargs)
        found = str(np.ravel(value)[0] if np.size(value) == 1 else value).strip().lower()
        if found not in words:
            self._fail(f"should return one of the words {', '.join(words)}")
        return found

    def _several(self, value: Any, count: int) -> list[Any]:
        try:
            parts = list(value)
        except TypeError:
            parts = []
        if len(parts) != count:
            self._fail(f"should return {count} things, not {len(parts) or 1}")
        return parts

    def _shaped(self, value: Any, shape: tuple[int, ...]) -> Array:
        found = self._floats(value)
        without_ones = [tuple(n for n in s if n != 1) for s in (found.shape, shape)]
        if without_ones[0] != without_ones[1]:
            what = f"{shape[0]} numbers" if len(shape) == 1 else f"shape {shape}"
            got = f"{found.size} of them" if len(shape) == found.ndim == 1 else f"{found.shape}"
            self._fail(f"should return {what if shape else 'one number'}, not {got}")
        return found.reshape(shape)

    def _truths(self, value: Any, shape: tuple[int, ...]) -> Any:
        found = self._shaped(value, shape)
        if not np.isin(found, (0, 1)).all():
            self._fail("should return True or False")
        return found.astype(bool)

    def _floats(self, value: Any) -> Array:
        found = _as_floats(value)
        if found is None:
            self._fail(f"should return numbers, not {_kind(value)}")
        if "nan" not in self._allow and np.isnan(found).any():
            self._fail("returns nan, which is not a number")
        if "inf" not in self._allow and np.isinf(found).any():
            self._fail("returns a number that is infinite")
        return found

    def _fail(self, what: str) -> NoReturn:
        raise AssertionError(f"`{self.name}` {what}{'' if what.endswith('?') else '.'}")

    @contextlib.contextmanager
    def _watched(self) -> Iterator[list[str]]:
        """Names of the forbidden functions that are called meanwhile, other than by the library."""
        used: list[str] = []
        if not self._shortcuts:
            yield used
            return

        ours = Answer.__call__.__code__

        def look(frame: types.FrameType, event: str, called: Any) -> None:
            inside = frame.f_code.co_filename.startswith(PACKAGE)
            if event == "c_call" and called is sys.setprofile and not inside:
                used.append("sys.setprofile")  # which would hide the rest
            if event == "call" and frame.f_code in self._shortcuts:
                caller = frame.f_back
                while caller is not None and caller.f_code in self._wrappers:
                    caller = caller.f_back
                code = None if caller is None else caller.f_code
                if code is None or code is ours or not code.co_filename.startswith(PACKAGE):
                    used.append(self._shortcuts[frame.f_code].__name__)

        before, others = sys.getprofile(), threading.getprofile()
        sys.setprofile(look)
        threading.setprofile(look)  # in threads that the answer starts
        try:
            yield used
        finally:
            sys.setprofile(before)
            threading.setprofile(others)


class _Printed(io.StringIO):
    """What an answer prints: the first letters are kept, and one that never ends is stopped.

    Otherwise a loop that prints fills the memory until the kernel ends, and takes other answers along.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._letters = name, 0

    def write(self, text: str, /) -> int:
        self._letters += len(text)
        if self._letters > MOST:
            raise AssertionError(f"`{self._name}` prints without end: does its loop ever stop?")
        return super().write(text) if self._letters <= KEPT else len(text)


# ----------------------------------------------------------------------------- looking things up


def _found(name: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    changed = [other for other in overwritten(namespace) if other != name]
    if changed and "." in changed[0]:
        raise AssertionError(
            f"`{changed[0]}` is no longer the library's: restart the kernel and leave it as it is."
        )
    if changed:
        raise AssertionError(
            f"The name `{changed[0]}` no longer means what the notebook gave it: rename yours, and run "
            f"the cell again that defines `{changed[0]}`."
        )
    if name not in namespace:
        raise AssertionError(
            f"There is no function `{name}`: run the cell with your answer, and keep its name."
        )
    function = namespace[name]
    if not callable(function):
        raise AssertionError(
            f"`{name}` is {_kind(function)} and no function: rename your variable, and run your answer again."
        )
    return function


def _alone(value: Any) -> Any:
    """Return what a list or an array of one holds; anything else as it is."""
    one = isinstance(value, np.ndarray | list | tuple) and np.size(value) == 1
    return np.ma.ravel(value)[0] if one else value


def _as_floats(value: Any) -> Array | None:
    """Return an array of floats, or None if these are no numbers; masked entries are nan."""
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        if isinstance(value, tuple | list):  # [0.3, array([0.4])] are two numbers
            value = [_alone(part) for part in value]
        found = np.asarray(value)
        if found.dtype.kind == "c" and np.abs(found.imag).max(initial=0) < 1e-9:
            found = found.real
        words = found.dtype.kind == "O" and any(isinstance(v, str) for v in found.flat)
        if found.dtype.kind not in "cUSmMV" and not words and not isinstance(value, Mapping | set):
            return np.where(np.ma.getmaskarray(value), np.nan, found.astype(float))
    return None


def _kind(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _fits(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    with contextlib.suppress(ValueError):  # a builtin without a signature
        try:
            inspect.signature(function).bind(*args, **kwargs)
        except TypeError:
            return False
    return True


def _label(function: Callable[..., Any], position: int) -> str:
    with contextlib.suppress(ValueError, TypeError, IndexError):
        return list(inspect.signature(function).parameters)[position]
    return f"number {position + 1}"


# ------------------------------------------------------------------------------ copies of arguments


def _copied(value: Any) -> Any:
    """Return a copy of arrays and of what holds them; generators and functions are passed on."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        twin = copy.copy(value)
        for field in dataclasses.fields(value):
            object.__setattr__(twin, field.name, _copied(getattr(value, field.name)))
        return twin
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple):
        return tuple(_copied(item) for item in value)
    if isinstance(value, list):
        return [_copied(item) for item in value]
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return copy.copy(value) if isinstance(value, set) else value


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return bool(np.array_equal(left, right, equal_nan=np.asarray(left).dtype.kind == "f"))
    if isinstance(left, tuple | list) and isinstance(right, tuple | list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(_same(left[key], right[key]) for key in left)
    if left is right:
        return True
    if dataclasses.is_dataclass(left) and type(left) is type(right):
        names = [field.name for field in dataclasses.fields(left)]
        return all(_same(getattr(left, name), getattr(right, name)) for name in names)
    try:
        return bool(left == right) and type(left) is type(right)
    except (TypeError, ValueError):
        return False


# ------------------------------------------------------------------------------ forbidden shortcuts


def _functions(things: Sequence[Any]) -> list[Callable[..., Any]]:
    found: list[Callable[..., Any]] = []
    for thing in things:
        if isinstance(thing, str):
            module, _, name = thing.partition(".")
            thing = importlib.import_module(f"w2slib.{module}")
            thing = getattr(thing, name) if name else thing
        if isinstance(thing, types.ModuleType):
            found += [
                f for key, f in vars(thing).items() if key[0] != "_" and inspect.isfunction(f)
            ]
        else:
            found.append(thing)
    return found


def _codes(function: Any) -> list[types.CodeType]:
    """Code of a function and of what it wraps, from the outside in."""
    codes = []
    while function is not None:
        codes.append(function.__code__)
        function = getattr(function, "__wrapped__", None)
    return codes


def _takes_roots(function: Any) -> bool:
    """Whether a function, or another one of the notebook that it uses, takes a square root."""
    seen: set[int] = set()
    waiting: list[Any] = [function]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if getattr(thing, "__name__", "") in ROOTS:
            return True
        if isinstance(thing, functools.partial):
            waiting.append(thing.func)
        inner = inspect.unwrap(thing) if callable(thing) else thing
        code = getattr(inner, "__code__", None)
        if code is None or code.co_filename.startswith((PACKAGE, sys.prefix)):
            continue
        if _root_in(code):
            return True
        scope = vars(builtins) | inner.__globals__
        waiting += [scope[name] for name in _names(code) if name in scope]
        waiting += [cell.cell_contents for cell in inner.__closure__ or ()]
        waiting += list(inner.__defaults__ or ())
    return False


def _parts(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _parts(constant)


def _names(code: types.CodeType) -> set[str]:
    return {name for part in _parts(code) for name in part.co_names}


def _root_in(code: types.CodeType) -> bool:
    """Whether code takes a root: by name, as a power, or as half a logarithm outside of a search."""
    steps = [step for part in _parts(code) for step in dis.get_instructions(part)]
    names = _names(code) | {c for part in _parts(code) for c in part.co_consts if type(c) is str}
    powers = [
        exponent.argval if exponent.opname.startswith("LOAD_") else None
        for exponent, step in itertools.pairwise(steps)
        if step.opname in ("BINARY_OP", "BINARY_POWER") and "**" in step.argrepr
    ]
    half = any(step.argval in (0.5, -0.5) for step in steps if step.opname == "LOAD_CONST")
    search = any("JUMP_BACKWARD" in step.opname for step in steps) or "optimize" in names
    return (
        bool(names & ROOTS)
        or any(type(exponent) is not int for exponent in powers)
        or (half and bool(names & POWERS))
        or (bool(names & LOGARITHMS) and bool(names & EXPONENTIALS) and not search)
    )
