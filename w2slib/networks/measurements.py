"""What the networks of the chapter were measured to do, read back from a file."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

import w2slib.data
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
    path: str | os.PathLike[str] | None = None,
    experiment: str = "evaluation",
    dim: int | None = None,
) -> dict[str, Measurement]:
    r"""Read one experiment from the table of ``studies/multi_index_networks.py``.

    Parameters
    ----------
    path : path-like, optional
        A CSV file that the script has written; by default the one that comes with the package.
    experiment : str
        ``"development"`` (penalties are chosen on it), ``"evaluation"``, ``"parallel"`` (networks with
        parallel rows) or ``"pretraining"``.
    dim : int, optional
        Keep this dimension only.

    Returns
    -------
    dict of str -> Measurement
        By quantity, or ``"quantity:mode"`` where there is a mode.

    Raises
    ------
    ValueError
        If the file has no such experiment.

    Examples
    --------
    >>> measured = load_measurements(experiment="evaluation")
    >>> high = measured["difference:adapter"].interval()[1]
    >>> bool(high.min() < 0)  # with some penalty the adapter beats the teacher
    True
    """
    path = w2slib.data.path("multi_index_networks.csv") if path is None else path
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
