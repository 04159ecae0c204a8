"""What the networks of the chapter were measured to do, read back from a file."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from w2slib.core.results import Result, over
from w2slib.core.types import Array
from w2slib.core.validation import between, single

__all__ = ["Measurement", "load_measurements"]


@dataclass(frozen=True, eq=False, repr=False)
class Measurement(Result):
    """One measured quantity, read back from the file of ``studies/multi_index_networks.py``.

    Attributes
    ----------
    x : ndarray
        Student penalties, or numbers of samples; empty entries are ``nan``.
    mean, stderr : ndarray
        Mean and standard error over the seeds, shape of ``x``.
    n_trials : int
        Number of seeds.
    """

    x: Array = over("x")
    mean: Array = over("x")
    stderr: Array = over("x")
    n_trials: int = over()

    def interval(self, confidence: float = 0.95) -> tuple[Array, Array]:
        """Student's t confidence interval of the mean, two arrays.

        Examples
        --------
        >>> one = np.ones(1)
        >>> low, high = Measurement(one, 0 * one, one, 10).interval()
        >>> high.round(3)
        array([2.262])
        """
        confidence = single("confidence", between("confidence", confidence, 0, 1))
        half = stdtrit(self.n_trials - 1, (1 + confidence) / 2) * self.stderr
        return self.mean - half, self.mean + half


def load_measurements(
    path: str | os.PathLike[str], experiment: str, dim: int | None = None
) -> dict[str, Measurement]:
    r"""Read one experiment from the file of ``studies/multi_index_networks.py``.

    Parameters
    ----------
    path : path-like
        The CSV file.
    experiment : str
        ``"development"``, ``"evaluation"`` or ``"pretraining"``.
    dim : int, optional
        Keep this dimension only.

    Returns
    -------
    dict of str -> Measurement
        By quantity, or ``"quantity:mode"`` where there is a mode.

    Examples
    --------
    >>> import tempfile
    >>> lines = "experiment,quantity,mode,dim,x,mean,stderr,n_trials\ne,difference,full,9,0.1,-2,1,3"
    >>> with tempfile.NamedTemporaryFile("w+", suffix=".csv") as file:
    ...     _ = file.write(lines), file.flush()
    ...     load_measurements(file.name, "e")["difference:full"].mean
    array([-2.])
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["experiment"] == experiment]
    rows = [row for row in rows if dim is None or int(row["dim"]) == dim]
    if not rows:
        raise ValueError(f"experiment = {experiment!r}; allowed: an experiment of {path}")
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(row["quantity"] + (row["mode"] and f":{row['mode']}"), []).append(row)

    def column(group: list[dict[str, str]], name: str) -> Array:
        return np.array([float(row[name] or "nan") for row in group])

    return {
        key: Measurement(
            column(group, "x"),
            column(group, "mean"),
            column(group, "stderr"),
            int(group[0]["n_trials"]),
        )
        for key, group in groups.items()
    }
