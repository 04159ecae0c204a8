r"""Cleaning a supervisor's labels with the student's own features, before the student is trained.

The student's network places texts near each other; the supervisor's mistakes disturb that. With labels as
probabilities :math:`w_i` over the classes, each text gets what its surroundings say,
:math:`\hat w_i`, and is either relabelled with it or, where the two differ most, left out:

- *neighbours*: the mean of :math:`w_j` over the k nearest other texts;
- *logistic*: the prediction of a logistic regression that was fitted to all :math:`w_j`;
- *topology*: as neighbours, but only among the core, the largest connected part of each class in the graph
  that joins every text to its k nearest (Wu et al., 2020, arXiv:2012.04835).

Distances are Euclidean, with each feature in units of its standard deviation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from w2slib.core.types import Array
from w2slib.core.validation import between, choice, integer, single, unbox
from w2slib.studies.probes import centre_and_scale, fit_soft

__all__ = ["ACTIONS", "METHODS", "Cleaning", "clean"]

METHODS = ("neighbours", "logistic", "topology")
"""Who contradicts a label."""

ACTIONS = ("relabel", "leave-out")
"""What happens to it."""


@dataclass(frozen=True)
class Cleaning:
    """How a student cleans the labels that it is given; the ceiling keeps the true ones.

    Attributes
    ----------
    action : {"relabel", "leave-out"}
    by : {"neighbours", "logistic", "topology"}
    k : int
        Nearest texts, for neighbours and topology.
    share : float
        Of the texts that are left out, at most half. By topology all outside the core are, even if these
        are more.

    Raises
    ------
    ValueError
        If an attribute is outside what it allows.
    """

    action: str = "relabel"
    by: str = "neighbours"
    k: int = 50
    share: float = 0.1

    def __post_init__(self) -> None:
        unbox(self)
        choice("action", self.action, ACTIONS)
        choice("by", self.by, METHODS)
        integer("k", self.k)
        single("share", between("share", self.share, 0, 0.5))

    @property
    def name(self) -> str:
        """Short name, which tables show."""
        how = self.by if self.by == "logistic" else f"{self.by} {self.k}"
        return f"relabel {how}" if self.action == "relabel" else f"leave-out {self.share:g} {how}"

    def describe(self) -> dict[str, Any]:
        """Everything that decides its labels."""
        return asdict(self)

    def check(self, n: int) -> None:
        """Refuse more neighbours than there are other texts."""
        if self.by != "logistic" and self.k >= n:
            raise ValueError(f"k = {self.k} nearest of {n} texts; allowed: 1 to {n - 1}")


def clean(
    how: Cleaning, features: Array, labels: Array, *, penalty: float
) -> tuple[np.ndarray, Array]:
    """Clean labels.

    Parameters
    ----------
    how : Cleaning
    features : ndarray, shape (n, width)
    labels : ndarray, shape (n, classes)
        Probabilities; zeros and ones for hard labels.
    penalty : float
        Of the logistic regression, see `w2slib.probes.fit_probe`.

    Returns
    -------
    kept : ndarray of int
        The texts that are kept, in order.
    labels : ndarray, shape (kept, classes)

    Raises
    ------
    ValueError
        If there are not more than k texts.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0, 1], [0, 1]], float)
    >>> kept, _ = clean(Cleaning("leave-out", k=2, share=0.2), X, labels, penalty=0.01)
    >>> kept.tolist()
    [0, 1, 3, 4, 5]
    """
    how.check(len(labels))
    centre, scale = centre_and_scale(features)
    points = (features - centre) / scale
    core = np.ones(len(labels), dtype=bool)
    if how.by == "logistic":
        expected = np.zeros(labels.shape)
        said = np.flatnonzero(labels.sum(axis=0))  # not of a class that nobody says
        expected[:, said] = fit_soft(features, labels[:, said], said, penalty).probabilities(
            features
        )
    else:
        if how.by == "topology":
            core = _core(points, labels.argmax(axis=1), how.k)
        expected = _neighbours(points, labels, core, how.k)
    if how.action == "relabel":
        return np.arange(len(labels)), expected
    against = np.where(core, np.abs(labels - expected).sum(axis=1), np.inf)
    out = max(round(how.share * len(labels)), int(np.sum(~core)))
    kept = np.sort(np.argsort(-against, kind="stable")[out:])
    return kept, labels[kept]


def _neighbours(points: Array, labels: Array, core: np.ndarray, k: int) -> Array:
    """Mean label of the k nearest other points of the core."""
    from sklearn.neighbors import NearestNeighbors

    inside = np.flatnonzero(core)
    k = min(k, len(inside) - 1)
    near = NearestNeighbors(n_neighbors=k + 1).fit(points[inside])
    found = inside[near.kneighbors(points, return_distance=False)]
    # A point of the core is its own nearest, but not the first one listed where others coincide with it.
    own = found == np.arange(len(points))[:, None]
    own[~own.any(axis=1), -1] = True
    return labels[found[~own].reshape(len(points), k)].mean(axis=1)


def _core(points: Array, decided: np.ndarray, k: int) -> np.ndarray:
    """Largest strongly connected part of every class, where each point leads to its k nearest."""
    from scipy.sparse.csgraph import connected_components
    from sklearn.neighbors import kneighbors_graph

    graph = kneighbors_graph(points, k)
    core = np.zeros(len(points), dtype=bool)
    for label in np.unique(decided):
        own = np.flatnonzero(decided == label)
        _, part = connected_components(graph[own][:, own], connection="strong")
        core[own[part == np.bincount(part).argmax()]] = True
    return core
