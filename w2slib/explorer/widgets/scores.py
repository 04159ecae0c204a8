"""`ScoreExplorer`: a slider over checkpoints that shows decision scores then and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets

from . import bundle
from .linked import Linked, check_id

N_BINS = 40


@dataclass(frozen=True)
class Choice:
    """A question with answers of its own, to be decided before the histograms are shown.

    ``answers[right]`` is the right one, and `fact` says why.
    """

    question: str
    answers: Sequence[str]
    right: int
    fact: str


class ScoreCanvas(anywidget.AnyWidget):
    """Draws the histograms of one checkpoint; the trait ``index`` says which.

    The browser gets counts and sentences that Python made, and computes neither.
    """

    _esm = bundle.script("scores.js")
    _css = bundle.style("explorer.css", "scores.css")

    index = traitlets.Int(0, help="which checkpoint is shown").tag(sync=True)
    counts = traitlets.Bytes(help="uint16, shape (checkpoint, class, bin)").tag(sync=True)
    options = traitlets.Dict(help="everything that does not change").tag(sync=True)

    def __repr__(self) -> str:
        return "ScoreCanvas()"


class ScoreExplorer(Linked):
    """A slider over checkpoints, joined by ``jslink`` to histograms of decision scores.

    Parameters
    ----------
    steps : ndarray of int, shape (K,)
        Steps of pre-training.
    scores : ndarray, shape (K, T)
        Decision scores on T test inputs; positive: the student says ``classes[1]``.
    labels : ndarray of int, shape (T,)
        True labels, 0 or 1.
    sentences : sequence of str
        What is said at each checkpoint.
    explorer_id, title : str
        Name on the page, and accessible name.
    classes : pair of str
        Names of the labels 0 and 1.
    axis : str
        What a score is.
    index : int
        Checkpoint shown at first.
    votes : sequence of Choice
        Questions that are asked while the histograms are covered (see ``cover``).

    Attributes
    ----------
    slider : ipywidgets.SelectionSlider
        Its value is the number of a checkpoint; it shows the step.
    canvas : ScoreCanvas
    counts : ndarray of int, shape (K, 2, N_BINS)
        The histograms; scores beyond the axis count in its outermost bins.

    Raises
    ------
    ValueError
        If shapes do not fit, labels are not 0 and 1, ``index`` is out of range, or the name cannot
        be a part of an address.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([[0.1, -0.2, 0.3], [2.0, -1.5, 1.0]])
    >>> shown = ScoreExplorer(
    ...     np.array([0, 8]), scores, np.array([1, 0, 1]), ["Step 0.", "Step 8."],
    ...     explorer_id="toy", title="Toy",
    ... )
    >>> shown.slider.value = 0
    >>> shown
    ScoreExplorer('toy', 2 checkpoints)
    """

    def __init__(
        self,
        steps: np.ndarray,
        scores: np.ndarray,
        labels: np.ndarray,
        sentences: Sequence[str],
        *,
        explorer_id: str,
        title: str,
        classes: tuple[str, str] = ("even", "odd"),
        axis: str = "decision score (log-odds)",
        index: int = 0,
        votes: Sequence[Choice] = (),
    ) -> None:
        check_id("explorer_id", explorer_id)
        steps, scores, labels = np.asarray(steps), np.asarray(scores, float), np.asarray(labels)
        expected = (len(steps), len(labels))
        if scores.shape != expected or len(sentences) != len(steps) or not scores.size:
            raise ValueError(
                f"scores of shape {scores.shape}, {len(sentences)} sentences; allowed: {expected} "
                f"and {len(steps)}, neither empty"
            )
        if not np.all(np.isfinite(scores)) or not np.isin(labels, (0, 1)).all():
            raise ValueError("scores and labels; allowed: finite scores, labels 0 or 1")
        last = len(steps) - 1
        if not 0 <= index <= last:
            raise ValueError(f"index = {index}; allowed: 0 to {last}")
        limit = float(np.quantile(np.abs(scores), 0.995))
        self.counts = _histograms(scores, labels, limit)
        self._id = explorer_id
        options = {
            "id": explorer_id,
            "title": title,
            "classes": list(classes),
            "axis": axis,
            "steps": [int(step) for step in steps],
            "sentences": list(sentences),
            "limit": limit,
            "n_bins": N_BINS,
            # The tallest bar in sight at the last checkpoint; taller ones, early, are cut.
            "highest": int(1.4 * self.counts[-1].max()),
            "votes": [
                {
                    "question": vote.question,
                    "settings": {},
                    "own": {"answers": list(vote.answers), "right": vote.right, "fact": vote.fact},
                }
                for vote in votes
            ],
            "covered": False,
        }
        canvas = ScoreCanvas(
            counts=self.counts.astype("<u2").tobytes(), options=options, index=index
        )
        self.slider = widgets.SelectionSlider(
            options=[(str(step), k) for k, step in enumerate(steps.tolist())],
            value=index,
            description="step",
        )
        super().__init__({"index": self.slider}, canvas)

    def __repr__(self) -> str:
        return f"ScoreExplorer({self._id!r}, {len(self.counts)} checkpoints)"


def _histograms(scores: np.ndarray, labels: np.ndarray, limit: float) -> np.ndarray:
    """Counts of shape (K, 2, N_BINS) over [−limit, limit]."""
    position = np.clip((scores + limit) / (2 * limit) * N_BINS, 0, N_BINS - 1).astype(int)
    counts = np.zeros((len(scores), 2, N_BINS), int)
    for k, row in enumerate(position):
        np.add.at(counts[k], (labels, row), 1)
    return counts
