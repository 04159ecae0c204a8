"""The explorer of the chapter on checkpoints: one student's decision scores along pre-training."""

from __future__ import annotations

import numpy as np

from w2slib import checkpoints
from w2slib.explorer.widgets.scores import Choice, ScoreExplorer
from w2slib.metrics import performance_gap_recovered


def digit_scores(n_checkpoints: int = 40, seed: int = 1) -> ScoreExplorer:
    """Slider over the checkpoints of one seed of the digits study.

    Parameters
    ----------
    n_checkpoints : int
        How many, see `w2slib.checkpoints.digits_study`.
    seed : int
        Source of randomness.

    Returns
    -------
    ScoreExplorer

    Raises
    ------
    ValueError
        If ``n_checkpoints`` is out of range.

    Notes
    -----
    Source: `w2slib.checkpoints.digits_scores`.

    Examples
    --------
    >>> digit_scores(2)
    ScoreExplorer('digit-scores', 2 checkpoints)
    """
    found = checkpoints.digits_scores(n_checkpoints, rng=seed)
    accuracy = np.mean((found.scores > 0) == found.labels, axis=1)
    pgr = np.asarray(performance_gap_recovered(1 - found.weak, 1 - accuracy, 1 - found.ceiling))
    sentences = [
        _sentence(step, right, accuracy[0], found.weak, recovered)
        for step, right, recovered in zip(found.steps, accuracy, pgr, strict=True)
    ]
    return ScoreExplorer(
        found.steps,
        found.scores,
        found.labels,
        sentences,
        explorer_id="digit-scores",
        title="The student's decision scores along pre-training",
        votes=_votes(found, accuracy[0], pgr),
    )


def _votes(found: checkpoints.DigitScores, first: float, pgr: np.ndarray) -> list[Choice]:
    """Two questions, with the answers that these scores give."""
    last = found.steps[-1]
    even, odd = (
        np.median(found.scores[:, found.labels == label], axis=1)[[0, -1]] for label in (0, 1)
    )
    # Away from 0, each to its own side, by more than a tenth.
    moved = bool(even[1] < even[0] - 0.1), bool(odd[1] > odd[0] + 0.1)
    which = {(True, True): 0, (False, True): 1, (True, False): 2, (False, False): 3}
    return [
        Choice(
            f"From step 0 to step {last}: which histogram moves away from 0?",
            ["both", "only that of the odd digits", "only that of the even digits", "neither"],
            which[moved],
            f"the middle odd digit goes from {odd[0]:+.2f} to {odd[1]:+.2f}, the middle even one from "
            f"{even[0]:+.2f} to {even[1]:+.2f}.".replace("-", "−"),
        ),
        _half_of_the_gap(found, first, pgr),
    ]


def _half_of_the_gap(found: checkpoints.DigitScores, first: float, pgr: np.ndarray) -> Choice:
    """When half of the gap is recovered: the first such step among two others, or none of them."""
    reached, count = np.flatnonzero(pgr >= 0.5), len(pgr)
    places = sorted({count // 4, 3 * count // 4, *reached[:1].tolist()})
    last = found.steps[-1]
    return Choice(
        f"The supervisor is right on {found.weak:.1%} of the digits, the student at step 0 on {first:.1%}. "
        "At which step has it recovered half of the gap to a student with true labels for the first time?",
        [*(f"step {found.steps[k]}" for k in places), "at none of them"],
        places.index(reached[0]) if reached.size else len(places),
        f"gap recovered: {pgr[0]:.2f} at step 0, "
        + (f"{pgr[reached[0]]:.2f} at step {found.steps[reached[0]]}, " if reached.size else "")
        + f"{pgr[-1]:.2f} at step {last}.",
    )


def _sentence(step: int, now: float, then: float, weak: float, recovered: float) -> str:
    verdict = "The student beats" if now > weak else "The student does not beat"
    return (
        f"Step {step}: {verdict} its supervisor. It is right on {now:.1%} of the test digits (at "
        f"step 0 on {then:.1%}), the supervisor on {weak:.1%}; gap recovered: {recovered:.2f}."
    )
