r"""Choosing the student's penalty without a single true label.

What a ridge teacher answers on unlabelled inputs tells its energy :math:`q = \|\hat\beta_t\|^2`; its
penalty and its number of samples tell which part :math:`s_t` of the truth it keeps, so that its overlap is
:math:`p = s_t\|\beta_\star\|^2`. The scale :math:`\|\beta_\star\|^2` is known, or follows from a second
penalty on the same data, or from a second teacher on data of its own. From p and q follow the badness
:math:`c = 2(1 - p/q)` and the gain of every student, each with an interval that counts the randomness
of one sampled teacher and one sampled student in d dimensions.

Loss and penalty as everywhere in this book, :math:`\frac1n\|y - X\beta\|^2 + \lambda\|\beta\|^2`;
scikit-learn's ``alpha`` is :math:`n\lambda` and is accepted under that name.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

import numpy as np

from w2slib.beyond._estimate import (
    STUDENTS,
    Alike,
    Gains,
    Source,
    Undiagnosable,
    resampled,
    spectra_of,
    student_spectra,
)
from w2slib.core.results import Result, over
from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import between, integer, positive, real, single

__all__ = ["Diagnosis", "Second", "Undiagnosable", "diagnose"]

NONLINEAR = 1e-6
"""Part of the answers' variance that may be no linear function of the inputs."""

ENOUGH = 50
"""Dimension below which a result says that two penalties hardly tell signal from noise."""

UNEVEN = 3.0
"""How much more the squared lengths of inputs may scatter than those of Gaussian ones."""

Second: TypeAlias = Literal["penalty", "teacher"]


# ----------------------------------------------------------------------------------- verdict


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(Result):
    r"""What a teacher's answers tell, and what to do with them.

    Attributes
    ----------
    dim : int
        Dimension d.
    energy : float
        :math:`q = \|\hat\beta_t\|^2`, measured.
    scale : float
        :math:`\|\beta_\star\|^2`, given or estimated.
    overlap_ratio, overlap_low, overlap_high : float
        p/q of *this* teacher with its interval; below 1 it is under-regularised.
    badness, badness_low, badness_high : float
        :math:`c = 2(1 - p/q)` with the same interval.
    regime : str
        In words.
    caution : str
        What weakens the intervals; empty if nothing does.
    lam_s, alpha_s : float or None
        Recommended penalty and the same as scikit-learn's alpha; None means: keep the teacher.
    gain, gain_low, gain_high : float
        Error of the teacher minus that of *one* student with this penalty, with an interval that
        covers the difference of the two sampled models; 0 if the teacher is kept.
    penalties, gains, gains_low, gains_high : ndarray, shape (L,)
        The same for a range of penalties.
    """

    dim: int = over()
    energy: float = over()
    scale: float = over()
    overlap_ratio: float = over()
    overlap_low: float = over()
    overlap_high: float = over()
    badness: float = over()
    badness_low: float = over()
    badness_high: float = over()
    regime: str = over()
    caution: str = over()
    lam_s: float | None = over()
    alpha_s: float | None = over()
    gain: float = over()
    gain_low: float = over()
    gain_high: float = over()
    penalties: Array = over("penalties")
    gains: Array = over("penalties")
    gains_low: Array = over("penalties")
    gains_high: Array = over("penalties")

    @classmethod
    def of(
        cls, measured: Array, source: Source, students: Array, n_s: int, confidence: float
    ) -> Self:
        """Recommended penalty and intervals; ``students`` are spectra of n_s inputs, shape (K, d)."""
        q, tail = float(measured[0]), (1 - confidence) / 2
        alike = Alike.to(measured, source)
        gains = Gains.of(alike, students, confidence)
        ratio, best = float(alike.ratio.mean()), int(gains.mean.argmax())
        low, high = (float(x) for x in np.quantile(alike.ratio, (tail, 1 - tail)))
        wins = bool(gains.mean[best] > 0 and ratio < 1)
        lam_s = float(STUDENTS[best]) if wins else None
        curve = q * gains.mean, q * gains.low, q * gains.high
        named = [float(x[best]) if wins else 0.0 for x in curve]
        ends = 2 * (1 - high), 2 * (1 - low)
        return cls(
            dim=source.dim, energy=q, scale=source.scale or q * float(np.median(alike.scale)),
            overlap_ratio=ratio, overlap_low=low, overlap_high=high,
            badness=2 * (1 - ratio), badness_low=ends[0], badness_high=ends[1],
            regime=_regime(ends, wins, named[1], source.dim / n_s), caution=_caution(source),
            lam_s=lam_s, alpha_s=None if lam_s is None else n_s * lam_s,
            gain=named[0], gain_low=named[1], gain_high=named[2],
            penalties=STUDENTS, gains=curve[0], gains_low=curve[1], gains_high=curve[2],
        )  # fmt: skip

    def _lines(self) -> list[tuple[str, str]]:
        advice = "keep the teacher" if self.lam_s is None else f"{self.lam_s:.3g}"
        if self.lam_s is not None:
            advice += f" (scikit-learn: alpha = {self.alpha_s:.3g})"
        lines = [
            ("regime", self.regime),
            ("energy q", f"{self.energy:.4g}"),
            ("overlap p/q", _interval(self.overlap_ratio, self.overlap_low, self.overlap_high)),
            ("badness c", _interval(self.badness, self.badness_low, self.badness_high)),
            ("student's penalty", advice),
            ("gain", _interval(self.gain, self.gain_low, self.gain_high)),
        ]
        return lines + [("caution", self.caution)] * bool(self.caution)

    def __repr__(self) -> str:
        return "Diagnosis\n" + "\n".join(f"  {name:<18} {text}" for name, text in self._lines())

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<tr><th scope="row" style="text-align:left">{name}</th>'
            f'<td style="text-align:left">{html.escape(text)}</td></tr>'
            for name, text in self._lines()
        )
        caption = '<caption style="text-align:left;color:inherit">Diagnosis</caption>'
        return f"<table>{caption}<tbody>{cells}</tbody></table>"


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:.3g} [{low:.3g}, {high:.3g}]"


def diagnose(
    inputs: ArrayLike,
    answers: ArrayLike,
    *,
    n_t: int,
    lam_t: float | None = None,
    alpha_t: float | None = None,
    scale: float | None = None,
    second: Second | None = None,
    second_answers: ArrayLike | None = None,
    second_lam_t: float | None = None,
    second_alpha_t: float | None = None,
    n_s: int | None = None,
    confidence: float = 0.95,
) -> Diagnosis:
    r"""Diagnose a ridge teacher and choose the penalty of a student on its labels.

    Exactly one source of the scale is needed: ``scale`` itself; or ``second="penalty"``, the same
    teacher's data fitted with another penalty; or ``second="teacher"``, a teacher with the same penalty
    and number of samples on data of its own.

    Parameters
    ----------
    inputs : array_like, shape (m, d)
        Unlabelled inputs, isotropic or whitened, at least d + 2; the teacher must have been trained on inputs
        that were whitened in the same way.
    answers : array_like, shape (m,)
        The teacher's predictions on them.
    n_t : int
        Number of samples that the teacher was trained on.
    lam_t, alpha_t : float
        Its penalty, > 0: one of them, :math:`\alpha = n\lambda`.
    scale : float, optional
        :math:`\|\beta_\star\|^2 > 0`, the variance of the noiseless labels.
    second : {"penalty", "teacher"}, optional
        What the second answers are.
    second_answers : array_like, shape (m,), optional
        Predictions of the second fit on the same inputs.
    second_lam_t, second_alpha_t : float, optional
        Its penalty, with ``second="penalty"``; best far from the first.
    n_s : int, optional
        Number of samples of the student, m by default.
    confidence : float
        Of the intervals, between 0.5 and 0.99.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        If an argument is outside its range, or the source of the scale is missing or ambiguous.
    Undiagnosable
        If the inputs are too few, not centred or far from isotropic, the answers are no linear function of
        them, or what was measured contradicts the scale or the second answers. It is a `ValueError`, too.

    Notes
    -----
    Estimates and intervals come from drawn teachers that answer alike, so they need no limit of many
    coordinates. They hold on average over truths in all directions and over all shares of signal in the
    variance of the labels; for fixed shares the coverage is measured in the chapter. The teacher's inputs
    are taken to be like ``inputs`` where these are at least ``3 n_t`` in at most 64 dimensions, else
    Gaussian. A linear teacher that is no ridge is not recognised unless its answers contradict the
    scale. Source: this book.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> target, X = rng.standard_normal(200) / np.sqrt(200), rng.standard_normal((400, 200))
    >>> y = X @ target + rng.standard_normal(400)
    >>> teacher = np.linalg.solve(X.T @ X + 400 * 0.05 * np.eye(200), X.T @ y)
    >>> Z = rng.standard_normal((800, 200))
    >>> found = diagnose(Z, Z @ teacher, n_t=400, lam_t=0.05, scale=1.0)
    >>> found.regime
    'under-regularised teacher: a student with the penalty below beats it'
    """
    inputs, answers = _sampled(inputs, answers)
    m = len(inputs)
    n_t = integer("n_t", n_t, minimum=2)
    n_s = m if n_s is None else integer("n_s", n_s, minimum=2)
    lam_t = _penalty(lam_t, alpha_t, n_t, "")
    confidence = single("confidence", between("confidence", confidence, 0.5, 0.99))
    _require_one_source(scale, second, second_answers)
    scale = None if scale is None else single("scale", positive("scale", scale))
    lam_2 = _second_penalty(second, second_lam_t, second_alpha_t, lam_t, n_t)
    _require_isotropic(inputs, n_t)
    beta = _coefficients("answers", inputs, answers)
    fits, measured = (lam_t,) if lam_2 is None else (lam_t, lam_2), [beta @ beta]
    if second is not None and second_answers is not None:
        other = _coefficients("second_answers", *_sampled(inputs, second_answers, "second_answers"))
        _require_another(beta, other)
        measured += [other @ other, beta @ other] if second == "teacher" else [other @ other]
    source = Source(fits, n_t, spectra_of(inputs, n_t), scale, second == "teacher")
    students = student_spectra(inputs, n_s)
    return Diagnosis.of(np.array(measured), source, students, n_s, confidence)


def _regime(ends: tuple[float, float], wins: bool, gain_low: float, gamma_s: float) -> str:
    if ends[1] < 0:
        return "over-regularised teacher: no plain student beats it, keep it"
    if not wins and ends[0] > 0 and gamma_s > 1:
        return "under-regularised teacher, but too few samples for the student: the gate is closed"
    if not wins:
        return "teacher near its optimum: nothing to gain, keep it"
    if ends[0] > 0 and gain_low > 0:
        return "under-regularised teacher: a student with the penalty below beats it"
    return "probably under-regularised, not certainly: the intervals contain no gain"


def _caution(source: Source) -> str:
    if len(source.penalties) == 1 or source.dim >= ENOUGH:
        return ""
    return (
        f"two penalties in {source.dim} dimensions hardly tell signal from noise: the intervals lean on all "
        "shares of signal being equally likely"
    )


# ------------------------------------------------------------------------------------ input


def _sampled(inputs: ArrayLike, answers: ArrayLike, name: str = "answers") -> tuple[Array, Array]:
    X, f = real("inputs", inputs), real(name, answers)
    size = float(np.abs(f).max(initial=0.0))
    if size > 0 and not 1e-100 < size < 1e100:
        raise ValueError(
            f"{name} = {size:g} at most; allowed: units in which their squares fit a double"
        )
    if X.ndim != 2 or f.shape != X.shape[:1]:
        raise ValueError(f"inputs has shape {X.shape}, {name} {f.shape}; allowed: (m, d) and (m,)")
    m, dim = X.shape
    if dim < 2 or m < dim + 2:
        raise Undiagnosable(
            f"{m} inputs in {dim} dimensions; allowed: at least d + 2 inputs, d at least 2 (from fewer, "
            "neither the energy nor the isotropy can be read off)"
        )
    return X, f


def _penalty(lam: float | None, alpha: float | None, n: int, prefix: str) -> float:
    if (lam is None) == (alpha is None):
        raise ValueError(
            f"{prefix}lam_t = {lam}, {prefix}alpha_t = {alpha}; allowed: exactly one of them"
        )
    name, value = (f"{prefix}lam_t", lam) if alpha is None else (f"{prefix}alpha_t", alpha)
    return single(name, positive(name, value)) / (1 if alpha is None else n)  # type: ignore[arg-type]


def _require_one_source(scale: float | None, second: str | None, answers: ArrayLike | None) -> None:
    by_scale = scale is not None and second is None and answers is None
    by_second = scale is None and second in ("penalty", "teacher") and answers is not None
    if not (by_scale or by_second):
        given = "missing" if answers is None else "given"
        raise ValueError(
            f"scale = {scale!r}, second = {second!r}, second_answers {given}; allowed: either scale, or "
            "second = 'penalty' or 'teacher' with second_answers"
        )


def _second_penalty(
    second: str | None, lam: float | None, alpha: float | None, lam_t: float, n_t: int
) -> float | None:
    """Penalty of the second fit to the same data; None for the other sources."""
    if second == "penalty":
        lam_2 = _penalty(lam, alpha, n_t, "second_")
        if not abs(np.log(lam_2 / lam_t)) > 0.1:
            raise ValueError(f"second_lam_t = {lam_2:g}; allowed: different from lam_t = {lam_t:g}")
        return lam_2
    if lam is not None or alpha is not None:
        raise ValueError(
            f"second_lam_t = {lam}, second_alpha_t = {alpha} with second = {second!r}; allowed: only with "
            "second = 'penalty' (a second teacher has the penalty of the first)"
        )
    return None


def _require_another(beta: Array, other: Array) -> None:
    if np.allclose(other, beta, rtol=1e-6, atol=1e-9 * float(np.linalg.norm(beta))):
        raise ValueError(
            "second_answers = answers; allowed: those of a fit with another penalty, or of a teacher on "
            "other data"
        )


def _require_isotropic(X: Array, n_t: int) -> None:
    """Centred, spectrum within the edges of isotropic samples, lengths nearly even."""
    constant = np.flatnonzero(np.ptp(X, axis=0) == 0)
    if constant.size:
        raise Undiagnosable(
            f"column {constant[0]} of inputs is constant; allowed: columns that vary (leave an intercept "
            "out; it is taken from the answers)"
        )
    _require_spectrum(X)
    _require_centred(X)
    if not resampled(X.shape, n_t):
        _require_even_lengths(X)


def _require_centred(X: Array) -> None:
    m, dim = X.shape
    mean = X.mean(axis=0)
    allowed = (dim + 6 * np.sqrt(2 * dim)) / m + 0.05
    if mean @ mean > allowed:
        raise Undiagnosable(
            f"the inputs' mean has squared length {mean @ mean:.3g}; allowed: at most {allowed:.3g}, as of "
            "centred inputs (whiten them, and train the teacher on whitened inputs)"
        )


def _require_spectrum(X: Array) -> None:
    m, dim = X.shape
    eigenvalues = np.linalg.eigvalsh(X.T @ X / m)
    root = np.sqrt(dim / m)
    slack = 0.1 + 3 * m ** (-2 / 3)
    low, high = (1 - root) ** 2 * (1 - slack) - slack / 10, (1 + root) ** 2 * (1 + slack)
    if eigenvalues[0] < low or eigenvalues[-1] > high:
        raise Undiagnosable(
            f"the inputs' covariance has eigenvalues from {eigenvalues[0]:.3g} to {eigenvalues[-1]:.3g}; "
            f"allowed: {max(low, 0):.3g} to {high:.3g}, as of isotropic inputs "
            "(whiten them, and train the teacher on whitened inputs)"
        )


def _require_even_lengths(X: Array) -> None:
    dim, lengths = X.shape[1], (X**2).sum(axis=1)
    uneven = lengths.std() / lengths.mean() / np.sqrt(2 / dim)
    if uneven > UNEVEN:
        raise Undiagnosable(
            f"squared lengths of the inputs scatter {uneven:.2g} times as much as those of Gaussian inputs; "
            f"allowed: at most {UNEVEN:g} times (the theory needs them to be nearly equal)"
        )


def _coefficients(name: str, X: Array, f: Array) -> Array:
    """Coefficients of a linear teacher; an intercept is taken out."""
    design = np.column_stack([np.ones(len(X)), X])
    solved = np.linalg.lstsq(design, f, rcond=None)[0]
    beta, rest, total = np.asarray(solved[1:], dtype=float), f - design @ solved, f - f.mean()
    if np.all(total == 0):
        raise Undiagnosable(f"{name} are constant; allowed: answers that depend on the inputs")
    part = float(rest @ rest / (total @ total))
    if part > NONLINEAR:
        raise Undiagnosable(
            f"{part:.2g} of the variance of {name} is no linear function of the inputs; allowed: at most "
            f"{NONLINEAR:g}, a ridge teacher on these very inputs (the energy of another teacher, "
            f"{float(f.var()):.4g}, still holds; its overlap with the truth cannot be known from its penalty)"
        )
    return beta
