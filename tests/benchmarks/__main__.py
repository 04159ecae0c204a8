"""`make bench`: run every benchmark and print one table of ratios.

Ratios compare two things on the same machine, so they can be quoted; absolute times (milliseconds of
a redraw in the browser) are printed for the machine at hand only.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

from tests import benchmarks

HELPERS = {"__main__", "timing"}


def main(wanted: list[str]) -> None:
    """Run the named benchmark modules, by default all."""
    names = [m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in HELPERS]
    for name in wanted:
        if name not in names:
            raise SystemExit(f"unknown benchmark {name!r}; there are: {', '.join(names)}")
    print(f"{'benchmark':<64} {'measured':>12}   wanted")
    for name in wanted or names:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        for row in module.rows():
            print(
                f"{name + ': ' + row.name:<64} {row.value:>9.3g} {row.unit:<3} {row.target}",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
