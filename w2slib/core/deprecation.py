"""Names of the last release that still work, with a warning."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any


def renamed(
    module: str, names: Mapping[str, str], shared: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` that knows its old names, and those it shares with another.

    Parameters
    ----------
    module : str
        The module's ``__name__``.
    names : mapping of str -> str
        Old name -> new one in the same module, or ``"package.module:name"`` elsewhere.
    shared : mapping of str -> str, optional
        Name -> module that has it. These are no old names, and give no warning: the other module is
        imported when one of them is used first.

    Returns
    -------
    callable
        To be assigned to ``__getattr__``. An old name gives the new object and a
        `DeprecationWarning`; any other raises `AttributeError`.

    Examples
    --------
    >>> old = renamed("math", {"squareroot": "sqrt"})
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     old("squareroot")(4.0)
    2.0
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 - it becomes a module's __getattr__
        if shared and name in shared:
            return getattr(importlib.import_module(shared[name]), name)
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, _, new = names[name].rpartition(":")
        home = home or module
        warnings.warn(
            f"{module}.{name} is now {home}.{new}; the old name goes with the next release",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(importlib.import_module(home), new)

    return __getattr__
