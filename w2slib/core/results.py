"""What simulations and studies return: frozen, comparable, printable, storable.

A result is a frozen dataclass that inherits from `Result`. Its fields say with `over` along which
axes they run; from that follow the table of `Result.to_dataframe` and the file of `Result.save`.
"""

from __future__ import annotations

import dataclasses
import html
import importlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import EllipsisType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

if TYPE_CHECKING:
    from pandas import DataFrame

FORMAT = 1
"""Version of the files that `Result.save` writes."""


def over(*axes: str | EllipsisType, table: bool = True) -> Any:
    """Field of a result that is an array, or an `Estimate`, over the named axes.

    A field that is named like its only axis holds the coordinates along it. One axis may be
    ``...``: any number of further axes, as a broadcasting function returns them; in a table they are
    ``axis_0``, ``axis_1`` and so on. With ``table=False`` the field is not part of the table.

    Examples
    --------
    >>> @dataclass(frozen=True, eq=False, repr=False)
    ... class Curve(Result):
    ...     lam_s: np.ndarray = over("lam_s")
    ...     error: np.ndarray = over("lam_s")
    >>> Curve(np.array([0.1, 1.0]), np.array([0.5, 0.4]))
    Curve(lam_s (2,), error (2,))
    """
    return field(metadata={"axes": axes, "table": table})


class Named(Mapping[str, Any]):
    """An immutable mapping, as results hold one for each student, or for what made them.

    Examples
    --------
    >>> by_mode = Named({"full": 0.5})
    >>> by_mode["full"], by_mode == {"full": 0.5}, by_mode
    (0.5, True, Named(full=0.5))
    """

    def __init__(self, items: Mapping[str, Any] | None = None) -> None:
        self._items = {name: _frozen(value) for name, value in (items or {}).items()}

    def __getitem__(self, name: str) -> Any:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_listed(self._items)})"


class Setting(Named):
    """Parameters that made a result, by name.

    Examples
    --------
    >>> setting = Setting({"gamma_t": 0.5, "seed": 1})
    >>> setting["seed"], setting
    (1, Setting(gamma_t=0.5, seed=1))
    """


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """Base of everything that a simulation or a study returns.

    Instances are frozen, their arrays and mappings read-only. Two are equal if their types, their
    settings and all numbers are (``nan`` equals ``nan``), and equal ones have equal hashes.

    Attributes
    ----------
    setting : Setting
        Parameters that made the result: ratios, noise, dimension, number of trials, seed. Empty
        if the result was not made by a function of this package.
    """

    setting: Mapping[str, Any] = field(default_factory=Setting, kw_only=True)

    _types: ClassVar[dict[str, type[Result]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Result._types[f"{cls.__module__}:{cls.__qualname__}"] = cls

    def __post_init__(self) -> None:
        for name, value in self._values():
            if isinstance(value, np.ndarray):
                value = value.view()
                value.flags.writeable = False
                object.__setattr__(self, name, value)
            elif isinstance(value, Mapping) and not isinstance(value, Named):
                object.__setattr__(self, name, Named(value))
        if not isinstance(self.setting, Setting):
            object.__setattr__(self, "setting", Setting(self.setting))

    def __setstate__(self, state: dict[str, Any]) -> None:
        # What comes back from another process is read-only too.
        self.__dict__.update(state)
        self.__post_init__()

    def _values(self) -> Iterator[tuple[str, Any]]:
        """Names and values of the fields other than the setting, in order."""
        for each in dataclasses.fields(self):
            if each.name != "setting":
                yield each.name, getattr(self, each.name)

    # ------------------------------------------------------------------------ comparison

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _content(self) == _content(other)

    def __hash__(self) -> int:
        return hash(_content(self))

    # -------------------------------------------------------------------------- printing

    def __repr__(self) -> str:
        parts = ", ".join(_shape(name, value) for name, value in self._values())
        setting = f"; {_listed(self.setting)}" if self.setting else ""
        return f"{type(self).__name__}({parts}{setting})"

    def _repr_html_(self) -> str:
        rows = [(name, _summary(value)) for name, value in self._values()]
        rows += [(name, str(value)) for name, value in self.setting.items()]
        cells = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
            f'<td style="text-align:left">{html.escape(text)}</td></tr>'
            for name, text in rows
        )
        return (
            f'<table><caption style="text-align:left;color:inherit">{type(self).__name__}</caption>'
            f"<tbody>{cells}</tbody></table>"
        )

    # --------------------------------------------------------------------------- storage

    def to_dataframe(self) -> DataFrame:
        """Return a table with one row for each point of the result's axes (needs pandas).

        Coordinates come first, then every field; an `Estimate` has two columns, ``_mean`` and
        ``_stderr``. Axes without coordinates are counted from 0.

        Raises
        ------
        ImportError
            If pandas is not installed.
        ValueError
            If a field has no declared axes, or not as many axes as it declares.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError(
                "to_dataframe needs pandas: pip install 'w2slib[dataframe]'"
            ) from None
        columns = dict(_columns(self))
        sizes: dict[str, int] = {}
        for name, (axes, values) in columns.items():
            for axis, size in zip(axes, values.shape, strict=True):
                if sizes.setdefault(axis, size) != size:
                    raise ValueError(
                        f"{name} has {size} entries along {axis}; allowed: {sizes[axis]}, as before"
                    )
        for axis, size in sizes.items():
            columns.setdefault(axis, ((axis,), np.arange(size)))
        order = [*sizes, *(name for name in columns if name not in sizes)]
        return pandas.DataFrame({name: _spread(*columns[name], sizes) for name in order})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result with its setting to a NumPy archive (``.npz``), without pickling.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> one = Estimate(np.array([1.0]), np.array([0.1]), setting={"seed": 1})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     one.save(pathlib.Path(folder) / "one.npz")
        ...     Estimate.load(pathlib.Path(folder) / "one.npz") == one
        True
        """
        arrays: dict[str, np.ndarray] = {}
        header = {"format": FORMAT, "content": _packed(self, arrays)}
        with open(path, "wb") as file:
            np.savez(file, header=np.array(json.dumps(header)), **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file holds something else than a result of this class.
        """
        with np.load(path, allow_pickle=False) as file:
            if "header" not in file:
                raise ValueError(f"{path} is not a stored result; allowed: a file of Result.save")
            header = json.loads(str(file["header"]))
            if header["format"] != FORMAT:
                raise ValueError(f"{path} has format {header['format']}; allowed: {FORMAT}")
            loaded = _unpacked(header["content"], file)
        if not isinstance(loaded, cls):
            raise ValueError(f"{path} holds {type(loaded).__name__}; allowed: {cls.__name__}")
        return loaded


@dataclass(frozen=True, eq=False, repr=False)
class Estimate(Result):
    """Mean and standard error of the mean over independent trials.

    Attributes
    ----------
    mean, stderr : ndarray
        Same shape as what one trial returns. ``stderr`` is the sample standard deviation divided by
        the square root of the number of trials.
    """

    mean: np.ndarray
    stderr: np.ndarray

    @classmethod
    def of(cls, sample: Any, axis: int = 0) -> Self:
        """Estimate from a sample of at least two values along ``axis``.

        Examples
        --------
        >>> float(Estimate.of([1.0, 2.0, 3.0]).mean)
        2.0
        """
        values = np.asarray(sample, dtype=float)
        n = values.shape[axis]
        if n < 2:
            raise ValueError(f"sample has {n} values along axis {axis}; allowed: at least 2")
        return cls(values.mean(axis=axis), values.std(axis=axis, ddof=1) / np.sqrt(n))


@dataclass(frozen=True, eq=False, repr=False)
class Interval(Result):
    """An estimate with its 95 % interval.

    Attributes
    ----------
    value, low, high : float or ndarray
        The estimate and the ends of its interval; ``inf`` where the data exclude nothing.
    left_out : int
        Seeds, trials or resamples for which the quantity is undefined; they are not in the estimate.
    """

    value: Any = over(...)
    low: Any = over(...)
    high: Any = over(...)
    left_out: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Result):
    """Base of what the chapters' ``simulate`` functions return."""

    @property
    def n_trials(self) -> int:
        """Number of independent trials behind every mean."""
        return self.setting["n_trials"]

    @property
    def dim(self) -> int:
        """Dimension d in which the data were sampled."""
        return self.setting["dim"]

    @property
    def seed(self) -> int | str:
        """Number that `numpy.random.default_rng` takes to repeat the run.

        A generator that had been spawned, or spawned from, is described in words.
        """
        return self.setting["seed"]


@dataclass(frozen=True, eq=False, repr=False)
class RidgeSimulation(Simulation):
    """Simulated errors on a grid of T teacher penalties and S student penalties.

    Attributes
    ----------
    lam_t, lam_s : ndarray, shapes (T,) and (S,)
        The penalties.
    teacher_mean, teacher_stderr : ndarray, shape (T,)
        Mean and standard error of the teacher's excess test error over the trials.
    student_mean, student_stderr : ndarray, shape (S, T)
        The same for the student.
    difference_mean, difference_stderr : ndarray, shape (S, T)
        The same for :math:`L_s - L_t`, paired within each trial.
    """

    lam_t: np.ndarray = over("lam_t")
    lam_s: np.ndarray = over("lam_s")
    teacher_mean: np.ndarray = over("lam_t")
    teacher_stderr: np.ndarray = over("lam_t")
    student_mean: np.ndarray = over("lam_s", "lam_t")
    student_stderr: np.ndarray = over("lam_s", "lam_t")
    difference_mean: np.ndarray = over("lam_s", "lam_t")
    difference_stderr: np.ndarray = over("lam_s", "lam_t")

    @classmethod
    def of(cls, lam_t: np.ndarray, lam_s: np.ndarray, estimates: tuple[Estimate, ...]) -> Self:
        """Collect what `run_trials` returns for trials (teacher, student, student - teacher).

        Examples
        --------
        >>> one = Estimate(np.ones(1), np.zeros(1))
        >>> RidgeSimulation.of(np.ones(1), np.ones(1), (one, one, one)).student_mean
        array([1.])
        """
        return cls(lam_t, lam_s, *(part for e in estimates for part in (e.mean, e.stderr)))


# ------------------------------------------------------------------------------- comparison


def _frozen(value: Any) -> Any:
    """Lists as tuples and mappings as settings, so that a setting can be hashed."""
    if isinstance(value, Mapping):
        return Setting(value)
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value


def _content(value: Any) -> Any:
    """What equality compares, as something hashable."""
    if isinstance(value, Result):
        fields = tuple(_content(v) for _, v in value._values())
        return type(value), fields, value.setting
    if isinstance(value, (np.ndarray, np.generic)):
        value = np.asarray(value)
        if value.dtype.kind == "f":
            # One zero and one nan, so that equal numbers are equal bytes.
            value = np.where(np.isnan(value), np.nan, value + 0.0)
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, Mapping):
        return tuple((name, _content(value[name])) for name in sorted(value))
    if isinstance(value, (list, tuple)):
        return tuple(map(_content, value))
    return "nan" if value != value else value


# --------------------------------------------------------------------------------- printing


def _listed(items: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in items.items())


def _shape(name: str, value: Any) -> str:
    """A field in the one-line representation: numbers as they are, arrays by their shape."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"{name} {value.shape}"
    if isinstance(value, (Result, Mapping)):
        return name
    return f"{name}={_number(value)}"


def _number(value: Any) -> str:
    return (
        f"{float(value):.6g}"
        if isinstance(value, (float, np.floating, np.ndarray))
        else repr(value)
    )


def _summary(value: Any) -> str:
    """A field in the HTML table: range of an array, numbers as they are."""
    if isinstance(value, Estimate) and not np.ndim(value.mean):
        return f"{float(value.mean):.4g} ± {float(value.stderr):.2g}"
    if isinstance(value, np.ndarray) and value.ndim:
        if value.dtype.kind not in "iuf" or not np.isfinite(value).any():
            return f"{value.dtype}, shape {value.shape}"
        return f"{np.nanmin(value):.4g} … {np.nanmax(value):.4g}, shape {value.shape}"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_summary(v)}" for name, v in value.items())
    return repr(value) if isinstance(value, Result) else _number(value)


# ------------------------------------------------------------------------------------ table


def _columns(result: Result) -> Iterator[tuple[str, tuple[tuple[str, ...], np.ndarray]]]:
    """Every column of the table: name, axes, values."""
    for each in dataclasses.fields(result):
        if each.name == "setting" or not each.metadata.get("table", True):
            continue
        value, declared = getattr(result, each.name), each.metadata.get("axes")
        for name, column in _parts(each.name, value):
            if declared is None and np.ndim(column):
                raise ValueError(
                    f"{each.name} has no declared axes; allowed: fields made with over(...)"
                )
            axes = _axes(declared or (), np.ndim(column))
            if np.ndim(column) != len(axes):
                raise ValueError(
                    f"{name} has shape {np.shape(column)}; allowed: {len(axes)} axes, {axes}"
                )
            yield name, (axes, np.asarray(column))


def _axes(declared: tuple[Any, ...], ndim: int) -> tuple[str, ...]:
    """Names of the axes, with those that ``...`` stands for counted."""
    if ... not in declared:
        return declared
    at = declared.index(...)
    counted = tuple(f"axis_{i}" for i in range(ndim - len(declared) + 1))
    return declared[:at] + counted + declared[at + 1 :]


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if value is None:
        return
    if isinstance(value, Result):
        for key, each in value._values():
            yield from _parts(f"{name}_{key}", each)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _parts(f"{name}_{key}", each)
    else:
        yield name, value


def _spread(axes: tuple[str, ...], values: np.ndarray, sizes: Mapping[str, int]) -> np.ndarray:
    """Values repeated over the axes that they do not have, as one column."""
    present = [axis for axis in sizes if axis in axes]
    turned = np.transpose(values, [axes.index(axis) for axis in present])
    wide = turned.reshape([size if axis in axes else 1 for axis, size in sizes.items()])
    return np.broadcast_to(wide, tuple(sizes.values())).reshape(-1)


# ---------------------------------------------------------------------------------- storage


def _packed(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """JSON that refers to arrays by their key."""
    if isinstance(value, Result):
        kind = f"{type(value).__module__}:{type(value).__qualname__}"
        fields = {name: _packed(v, arrays) for name, v in value._values()}
        return {"result": kind, "fields": fields, "setting": _plain(value.setting)}
    if isinstance(value, (np.ndarray, np.generic)):
        key = f"array_{len(arrays)}"
        arrays[key] = np.asarray(value)
        return {"array": key}
    if isinstance(value, Mapping):
        return {"mapping": [[name, _packed(v, arrays)] for name, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return {"tuple": [_packed(v, arrays) for v in value]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"value": value}
    raise ValueError(f"a field of type {type(value).__name__}; allowed: arrays, numbers, results")


def _plain(value: Any) -> Any:
    """A setting as JSON takes it."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _unpacked(packed: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    if "array" in packed:
        return arrays[packed["array"]]
    if "mapping" in packed:
        return {name: _unpacked(v, arrays) for name, v in packed["mapping"]}
    if "tuple" in packed:
        return tuple(_unpacked(v, arrays) for v in packed["tuple"])
    if "result" in packed:
        fields = {name: _unpacked(v, arrays) for name, v in packed["fields"].items()}
        return _class(packed["result"])(**fields, setting=packed["setting"])
    return packed["value"]


def _class(kind: str) -> type[Result]:
    module = kind.partition(":")[0]
    if kind not in Result._types and module.startswith("w2slib."):
        importlib.import_module(module)
    if kind not in Result._types:
        raise ValueError(f"result of type {kind}; allowed: a result of this version of w2slib")
    return Result._types[kind]
