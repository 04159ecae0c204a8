r"""Dealing texts out to supervisor, student and test, and saying beforehand what deal cannot work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from w2slib.studies.probes import disjoint_split, require_two_classes
from w2slib.studies.texts import TextDataset, repeated_texts

__all__ = ["REPEATS", "Deal", "check_deal", "check_weak_labels", "deal_texts"]

REPEATS = ("refuse", "group")
"""What happens to a text that occurs twice: an error, or both go to the same side."""


@dataclass(frozen=True, eq=False)
class Deal:
    """Indices of the texts that the supervisor, the student and the test get.

    Attributes
    ----------
    number : int
    supervisor, train, test : ndarray of int
        Disjoint, and no group of texts is in two of them.
    """

    number: int
    supervisor: np.ndarray
    train: np.ndarray
    test: np.ndarray


def deal_texts(
    dataset: TextDataset, sizes: Sequence[int], seed: int, number: int, repeats: str = "refuse"
) -> tuple[Deal, np.random.Generator]:
    """Deal the texts, and return the generator as the deal leaves it.

    Parameters
    ----------
    dataset : TextDataset
        Texts of one of its groups go to one side; texts that its supervisor was trained on are neither
        the student's nor the test's.
    sizes : sequence of int
        How many texts the supervisor, the student and the test get.
    seed, number : int
        Of the sweep, and of the deal.
    repeats : str
        One of `REPEATS`.

    Returns
    -------
    Deal, numpy.random.Generator

    Raises
    ------
    ValueError
        If a text occurs twice (and is not in one group), or there are too few texts.

    Examples
    --------
    >>> dataset = TextDataset(tuple("abcdef"), tuple("ABCDEF"), np.array([0, 1] * 3))
    >>> deal, _ = deal_texts(dataset, (1, 3, 2), seed=0, number=0)
    >>> len(deal.supervisor), len(deal.train), len(deal.test)
    (1, 3, 2)
    """
    rng = np.random.default_rng([seed, number])
    groups = groups_of(dataset, repeats)
    if groups is None and dataset.trained_on is None:
        return Deal(number, *disjoint_split(len(dataset.texts), sizes, rng)), rng
    n = len(dataset.texts)
    groups = np.arange(n) if groups is None else groups
    if dataset.trained_on is None:
        return Deal(number, *_grouped_split(groups, np.ones(n, bool), sizes, rng)), rng
    seen = np.isin(groups, groups[dataset.trained_on])
    train, test = _grouped_split(groups, ~seen, sizes[1:], rng)
    return Deal(number, np.flatnonzero(dataset.trained_on), train, test), rng


def groups_of(dataset: TextDataset, repeats: str) -> np.ndarray | None:
    """Number of each text's group, or None where every text is alone."""
    repeated = repeated_texts(dataset)
    names: list[str] = list(dataset.groups or map(str, range(len(dataset.texts))))
    apart = {text: where for text, where in repeated.items() if len({names[i] for i in where}) > 1}
    if apart and repeats == "refuse":
        text, where = next(iter(apart.items()))
        labels = {str(dataset.labels[i]) for i in where}
        differ = " with different labels" if len(labels) > 1 else ""
        raise ValueError(
            f"{len(apart)} texts occur more than once, {text[:60]!r} as {dataset.ids[where[0]]!r} and "
            f"{dataset.ids[where[1]]!r}{differ}: one would be trained on and tested; allowed: each once, a "
            "column group that holds them together, or repeats='group' (--repeats group)"
        )
    if not apart and dataset.groups is None:
        return None
    _, numbers = np.unique(names, return_inverse=True)
    for where in apart.values():  # groups that share a text are one group
        for i in where[1:]:
            numbers[numbers == numbers[i]] = numbers[where[0]]
    return numbers


def _grouped_split(
    groups: np.ndarray, usable: np.ndarray, sizes: Sequence[int], rng: np.random.Generator
) -> list[np.ndarray]:
    """Whole groups in random order until a side has enough; what is over of the last one is unused."""
    members: dict[int, list[int]] = defaultdict(list)
    for index in np.flatnonzero(usable):
        members[int(groups[index])].append(int(index))
    order = iter(rng.permutation(sorted(members)).tolist() if members else [])
    parts = []
    for size in sizes:
        part: list[int] = []
        while len(part) < size:
            following = next(order, None)
            if following is None:
                raise ValueError(
                    f"sizes = {list(sizes)} need more than the {int(usable.sum())} texts in "
                    f"{len(members)} groups; allowed: fewer, as groups are not divided"
                )
            part += members[following]
        parts.append(np.array(part[:size]))
    return parts


# ------------------------------------------------------------------------- what cannot work


def check_deal(deal: Deal, labels: np.ndarray, *, folds: int = 2) -> None:
    """Refuse a deal on which no probe can be fitted or measured; called before any network is loaded.

    Raises
    ------
    ValueError
        If a side has a single class, or a class has too few training texts for the cross-validation.
    """
    where = f"deal {deal.number}: the true labels of the"
    for side in ("train", "test"):
        require_two_classes(f"{where} {side} texts", labels[getattr(deal, side)])
    known, counts = np.unique(labels[deal.train], return_counts=True)
    if counts.min() < folds:
        raise ValueError(
            f"deal {deal.number}: class {known[counts.argmin()]!s} has {counts.min()} training text; "
            f"allowed: at least {folds}, so a larger n_train or fewer classes"
        )
    strange = np.setdiff1d(labels[deal.test], known)
    if len(strange):
        raise ValueError(
            f"deal {deal.number}: class {strange[0]!s} is in the test texts only; allowed: a larger n_train"
        )


def check_weak_labels(number: int, weak: np.ndarray, supervisor: str) -> None:
    """Refuse a supervisor that says one thing about all of a student's texts.

    Raises
    ------
    ValueError
        Naming the supervisor and the class.
    """
    classes = np.unique(weak)
    if len(classes) < 2:
        raise ValueError(
            f"deal {number}: the supervisor {supervisor!r} gives the student the single class "
            f"{classes[0]!s}; allowed: at least two, so a larger n_supervisor or balanced classes"
        )
