r"""Classification: a linear classifier's error depends on its direction alone.

A linear model with overlap :math:`p = \langle\hat\beta, \beta_\star\rangle` and energy
:math:`q = \|\hat\beta\|^2` errs on the sign of :math:`\langle\beta_\star, x\rangle` with probability
:math:`\arccos(p/\sqrt q)/\pi`. Students are trained by ridge on the teacher's answers: *soft* labels are
its predictions, *hard* labels their signs. In the limit of many coordinates signs act like the linear
function :math:`\sqrt{2/\pi}\,\langle\hat\beta_t, x\rangle/\|\hat\beta_t\|` with noise of variance
:math:`1 - 2/\pi`.
"""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from w2slib.beyond._sequence import PLAIN, Labels, blocks_of, taught, teacher_arguments
from w2slib.core.blocks import block_sizes
from w2slib.core.results import RidgeSimulation
from w2slib.core.ridge_solver import RidgeSolutions
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Numbers, Rng
from w2slib.core.validation import (
    broadcastable,
    choice,
    grid,
    integer,
    positive,
    real,
    sample_size,
    scalar,
    single,
)
from w2slib.weighted_ridge import Blocks

__all__ = [
    "LABELS",
    "classification_error",
    "hard_label_limit",
    "simulate_classification",
    "student_classification_error",
    "teacher_classification_error",
]

LABELS = ("soft", "hard")
LabelKind: TypeAlias = Literal["soft", "hard"]

SIGNAL = np.sqrt(2 / np.pi)
"""Correlation of the sign of a standard normal variable with the variable."""

NOISE = 1 - 2 / np.pi
"""Variance of the rest of the sign."""


# ---------------------------------------------------------------------------------- setting


def _signs(answers: Labels) -> Labels:
    """Signs of answers, as linear labels with noise."""
    scale = SIGNAL / np.sqrt(answers.energy.sum(axis=0))
    return Labels(scale * answers.overlap, scale**2 * answers.energy, NOISE)


def _error(answers: Labels) -> Array:
    return _angle(answers.overlap.sum(axis=0), answers.energy.sum(axis=0))


def _angle(p: Array, q: Array) -> Array:
    # arctan2 keeps its digits where the classifier is almost right; arccos does not.
    return np.arctan2(np.sqrt(np.maximum(q - p**2, 0)), p) / np.pi


# ----------------------------------------------------------------------------------- theory


def classification_error(p: ArrayLike, q: ArrayLike) -> Numbers:
    r"""Probability that a linear classifier's sign is wrong.

    .. math:: \frac1\pi\arccos\frac{p}{\sqrt q}

    Parameters
    ----------
    p : array_like
        Overlap :math:`\langle\hat\beta, \beta_\star\rangle` with a truth of length 1.
    q : array_like
        Energy :math:`\|\hat\beta\|^2 > 0`, at least :math:`p^2`.

    Returns
    -------
    ndarray or float
        Between 0 and 1; 1/2 is chance.

    Raises
    ------
    ValueError
        Also where :math:`p^2 > q` beyond rounding: no vector has such an overlap.

    Examples
    --------
    >>> classification_error([0.5, 0.0], [0.25, 0.25])
    array([0. , 0.5])
    """
    p, q = real("p", p), positive("q", q)
    broadcastable(p=p, q=q)
    excess = p**2 > q * (1 + 1e-12)
    if np.any(excess):
        raise ValueError(
            f"p = {float(np.max(np.abs(p)))} with q = {float(np.min(q))}; allowed: p² <= q"
        )
    return scalar(_angle(p, q))


def teacher_classification_error(
    lam_t: ArrayLike,
    gamma_t: ArrayLike,
    noise_var: ArrayLike,
    blocks: Blocks = PLAIN,
    teacher_weights: ArrayLike | None = None,
) -> Numbers:
    r"""Misclassification of a ridge teacher that was trained on real-valued labels.

    Parameters
    ----------
    lam_t, gamma_t, noise_var : array_like
        Teacher's penalty, ratio and label noise.
    blocks : Blocks
        Where the target's energy is; by default everywhere alike.
    teacher_weights : array_like, optional
        Penalty weights of the teacher, plain ridge by default.

    Returns
    -------
    ndarray or float

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> round(teacher_classification_error(0.5, 0.5, 1.0), 4)
    0.2226
    """
    setting = teacher_arguments(lam_t, gamma_t, noise_var)
    return scalar(_error(taught(*setting, blocks_of(blocks), teacher_weights)))


def student_classification_error(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    noise_var: ArrayLike,
    *,
    blocks: Blocks = PLAIN,
    teacher_weights: ArrayLike | None = None,
    labels: LabelKind = "soft",
) -> Numbers:
    r"""Misclassification of a ridge student that was trained on a teacher's soft or hard labels.

    A plain student multiplies the squared cosine by :math:`a_1^2/a_2 \le 1`: on labels of either
    kind it never beats its teacher's accuracy. A weighted one can, see `hard_label_limit`.

    Parameters
    ----------
    lam_t, lam_s, gamma_t, gamma_s, noise_var : array_like
        Penalties, ratios and the noise in the teacher's labels.
    blocks : Blocks
        Student's weights and the target's energy; plain ridge by default.
    teacher_weights : array_like, optional
        Penalty weights of the teacher, plain ridge by default.
    labels : {"soft", "hard"}
        Teacher's predictions, or their signs.

    Returns
    -------
    ndarray or float

    Notes
    -----
    For hard labels a limit of many coordinates: the part of the sign that is no linear function
    acts as independent noise. Source: this book, derived in the chapter.

    Examples
    --------
    >>> round(student_classification_error(0.01, 0.2, 0.5, 0.5, 1.0), 4)
    0.2535
    """
    choice("labels", labels, LABELS)
    blocks = blocks_of(blocks)
    lam_t, gamma_t, noise_var = teacher_arguments(lam_t, gamma_t, noise_var)
    lam_s = positive("lam_s", lam_s, allow_zero=True)
    gamma_s = positive("gamma_s", gamma_s)
    broadcastable(lam_t=lam_t, lam_s=lam_s, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var)
    if labels == "hard" and np.any((lam_s == 0) & (gamma_s == 1)):
        raise ValueError(
            "lam_s = 0 with gamma_s = 1 on hard labels; allowed: lam_s > 0 there (their noise makes "
            "least squares diverge)"
        )
    every = np.broadcast_arrays(lam_t, lam_s, gamma_t, gamma_s, noise_var)
    lam_t, lam_s, gamma_t, gamma_s, noise_var = every
    given = taught(lam_t, gamma_t, noise_var, blocks, teacher_weights)
    given = _signs(given) if labels == "hard" else given
    return scalar(_error(given.fit(lam_s, gamma_s, blocks.weights, blocks.fractions)))


# ------------------------------------------------------------------------------- simulation


@simulator
def simulate_classification(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    blocks: Blocks = PLAIN,
    labels: LabelKind = "soft",
    dim: int = 400,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> RidgeSimulation:
    """Sample data, fit a plain teacher and a student on its predictions or their signs.

    Parameters
    ----------
    lam_t, lam_s : array_like, shapes (T,) and (S,)
        Penalties, > 0 for the student.
    gamma_t, gamma_s, noise_var : float
        Ratios and the variance of the noise in the teacher's labels.
    blocks : Blocks
        Student's weights, all > 0, and the target's energy.
    labels : {"soft", "hard"}
        What the student is trained on.
    dim, n_trials, rng, executor
        See :doc:`../api`.

    Returns
    -------
    RidgeSimulation
        Its errors are probabilities of misclassification, exact for the sampled coefficients.

    Examples
    --------
    >>> run = simulate_classification([0.1], [0.1, 1.0], gamma_t=0.5, gamma_s=0.5, noise_var=1.0,
    ...                               labels="hard", dim=60, rng=1)
    >>> run.student_mean.shape
    (2, 1)
    """
    choice("labels", labels, LABELS)
    lam_t, lam_s = grid("lam_t", lam_t), grid("lam_s", lam_s)
    dim = integer("dim", dim, minimum=2)
    n_t, n_s = sample_size("gamma_t", gamma_t, dim), sample_size("gamma_s", gamma_s, dim)
    sigma = np.sqrt(single("noise_var", positive("noise_var", noise_var, allow_zero=True)))
    positive("weights", blocks.weights)
    counts = block_sizes(blocks.fractions, dim)
    trial = partial(_trial, lam_t, lam_s, n_t, n_s, sigma, counts, blocks, labels == "hard")
    return RidgeSimulation.of(lam_t, lam_s, run_trials(trial, n_trials, rng, executor))


def _trial(
    lam_t: Array, lam_s: Array, n_t: int, n_s: int, sigma: float, counts: np.ndarray,
    blocks: Blocks, hard: bool, rng: np.random.Generator,
) -> tuple[Array, Array, Array]:  # fmt: skip
    parts = [rng.standard_normal(count) for count in counts]
    scaled = [
        np.sqrt(e) * x / np.linalg.norm(x) for e, x in zip(blocks.energies, parts, strict=True)
    ]
    target = np.concatenate(scaled)
    X = rng.standard_normal((n_t, len(target)))
    labels = (X @ target + sigma * rng.standard_normal(n_t))[:, None]
    teachers = RidgeSolutions.of(X, labels, lam_t).coefficients()[:, :, 0]
    teacher = _sampled_error(teachers, target)

    Z = rng.standard_normal((n_s, len(target)))
    answers = Z @ teachers.T
    # A weighted penalty on β is a plain one on √g β, with inputs divided by √g.
    root = np.sqrt(np.repeat(blocks.weights, counts))
    fits = RidgeSolutions.of(Z / root, np.sign(answers) if hard else answers, lam_s)
    student = _sampled_error(fits.coefficients().swapaxes(1, 2) / root, target)
    return teacher, student, student - teacher


def _sampled_error(coefficients: Array, target: Array) -> Array:
    return _angle(coefficients @ target, (coefficients**2).sum(axis=-1) * (target @ target))


# ---------------------------------------------------------------------------------- verdict


def hard_label_limit(
    lam_t: float,
    gamma_t: float,
    noise_var: float,
    blocks: Blocks,
    teacher_weights: ArrayLike | None = None,
    *,
    labels: LabelKind = "hard",
) -> float:
    r"""Ratio :math:`\bar\gamma` below which a weighted student can improve its teacher's accuracy.

    With :math:`s_b = 1/(1 + \kappa g_b)`, :math:`A = \sum_b s_b^2 q_b`, :math:`B = \sum_b (1 - s_b)^2 q_b`
    for a teacher whose answers have energy :math:`q_b` in block b (scaled to :math:`\sum_b q_b = 2/\pi` for
    hard labels, with :math:`\nu^2 = 1 - 2/\pi`; :math:`\nu^2 = 0` for soft ones), a student of penalty
    :math:`\kappa` has the better direction if and only if

    .. math:: \frac{\gamma_s D}{1 - \gamma_s D} < T(\kappa) = \frac{A\,(G - 1)}{\nu^2 + B}, \qquad
        D = \sum_b \varphi_b s_b^2, \quad G = \Bigl(\frac{\sum_b s_b p_b}{p}\Bigr)^2 \frac{q}{A}:

    tilting the direction gains G, refitting costs the noise on the left. Some
    :math:`\lambda_s` wins if and only if

    .. math:: \gamma_s < \bar\gamma = \sup_\kappa \frac{T}{(1 + T)\,D}.

    Parameters
    ----------
    lam_t, gamma_t, noise_var : float
        Teacher's setting.
    blocks : Blocks
        Student's weights and the target's energy.
    teacher_weights : array_like, optional
        Plain ridge by default.
    labels : {"hard", "soft"}
        For soft labels and a plain teacher :math:`T \to \infty` as :math:`\kappa \to 0` if the penalty is
        aligned, :math:`\sum_b g_b e_b < \sum_b g_b \varphi_b`, so the limit is then at least 1. (A
        misaligned penalty with several blocks can still win at a :math:`\lambda_s` that is not small.)

    Returns
    -------
    float
        0 if no student improves the accuracy at any ratio. Above 1 only penalties with
        :math:`\gamma_s \sum_b \varphi_b s_b \le 1` exist, and the supremum is over these.

    Notes
    -----
    The supremum is searched on a grid of 4,000 penalties over 24 decades and is exact to about
    1e-5 relative. Source: this book, derived in the chapter.

    Examples
    --------
    >>> blocks = Blocks([0.2, 0.8], [0.1, 1.0], [0.8, 0.2])
    >>> round(hard_label_limit(0.5, 0.5, 1.0, blocks), 2)
    0.57
    """
    choice("labels", labels, LABELS)
    numbers = [
        single(n, v) for n, v in (("lam_t", lam_t), ("gamma_t", gamma_t), ("noise_var", noise_var))
    ]
    given = taught(*teacher_arguments(*numbers), blocks_of(blocks), teacher_weights)
    given = _signs(given) if labels == "hard" else given
    kappa = np.geomspace(1e-12, 1e12, 4001)[:, None]
    s = 1 / (1 + kappa * blocks.weights)
    p_b, q_b = given.overlap, given.energy
    kept, missed = (s**2 * q_b).sum(axis=1), ((1 - s) ** 2 * q_b).sum(axis=1)
    gain = ((s * p_b).sum(axis=1) / p_b.sum()) ** 2 * q_b.sum() - kept  # A (G − 1)
    df1, df2 = s @ blocks.fractions, s**2 @ blocks.fractions
    limit = np.maximum(gain, 0) / (np.maximum(gain, 0) + given.noise + missed) / df2
    # Ratios above 1/df1 have no such κ.
    return float(np.minimum(limit, 1 / df1).max())
