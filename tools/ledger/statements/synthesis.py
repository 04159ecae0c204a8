"""Claims of the synthesis."""

from __future__ import annotations

import numpy as np

from tools.ledger.statements import claim
from w2slib import synthesis


@claim(
    "synthesis",
    "the best student's error against the teacher's error on logarithmic axes, all points below the diagonal",
)
def wide_students_stopped_at_their_best_win(rng: int) -> bool:
    """Teachers of three widths."""
    times, size = np.logspace(-1, 4.5, 45), dict(dim=24, n_trials=3, rng=rng)
    pairs = [synthesis.simulate_random_features(m, 700, times, **size) for m in (48, 96, 192)]
    return all(student.mean.min() < teacher.mean for teacher, student in pairs)
