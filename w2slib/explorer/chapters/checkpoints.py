"""The explorer of the chapter on checkpoints: one student's decision scores along pre-training."""

from __future__ import annotations

import numpy as np

from w2slib import checkpoints
from w2slib.explorer.widgets.scores import ScoreExplorer
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
    pgr = performance_gap_recovered(1 - found.weak, 1 - accuracy, 1 - found.ceiling)
    sentences = [
        _sentence(step, right, accuracy[0], found.weak, recovered)
        for step, right, recovered in zip(found.steps, accuracy, np.asarray(pgr), strict=True)
    ]
    return ScoreExplorer(
        found.steps,
        found.scores,
        found.labels,
        sentences,
        explorer_id="digit-scores",
        title="The student's decision scores along pre-training",
    )


def _sentence(step: int, now: float, then: float, weak: float, recovered: float) -> str:
    verdict = "The student beats" if now > weak else "The student does not beat"
    return (
        f"Step {step}: {verdict} its supervisor. It is right on {now:.1%} of the test digits (at "
        f"step 0 on {then:.1%}), the supervisor on {weak:.1%}; gap recovered: {recovered:.2f}."
    )
