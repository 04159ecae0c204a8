"""The Hermite model at finite size: sample, take the gradient steps, fit the read-outs, measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from w2slib.core.hermite import hermite_features, hermite_series
from w2slib.core.kernels import unit_rows
from w2slib.core.results import Estimate, Simulation, over
from w2slib.core.targets import MODES, Target, by_mode
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import between, grid, instance, integer, positive, sample_size, single

__all__ = ["HermiteSimulation", "simulate"]


@dataclass(frozen=True, eq=False, repr=False)
class HermiteSimulation(Simulation):
    """Simulated overlaps and errors of the Hermite model, for S student penalties.

    Attributes
    ----------
    lam_s : ndarray, shape (S,)
        The penalties.
    teacher_overlap, teacher_hard_squared : Estimate, scalar
        ⟨û_t, u_e⟩, and the square of ⟨û_t, u_h⟩.
    student_overlap, scratch_overlap : Estimate, scalar
        cos(û_s, û_t) of the pre-trained student and of the one from scratch.
    teacher : Estimate, scalar
        Excess test error of the teacher.
    student, difference : mapping of mode -> Estimate, shape (S,)
        Excess test error of each of `MODES`, and the same minus the teacher's, paired by trial.
    """

    lam_s: Array = over("lam_s")
    teacher_overlap: Estimate = over()
    teacher_hard_squared: Estimate = over()
    student_overlap: Estimate = over()
    scratch_overlap: Estimate = over()
    teacher: Estimate = over()
    student: Mapping[str, Estimate] = over("lam_s")
    difference: Mapping[str, Estimate] = over("lam_s")


@simulator
def simulate(
    target: Target,
    gamma_t: float,
    gamma_s: float,
    *,
    lam_t: float = 0.0,
    lam_s: ArrayLike,
    rho: float,
    strength: float = 1.0,
    dim: int = 1000,
    n_trials: int = 10,
    rng: Rng = None,
    executor: Executor | None = None,
) -> HermiteSimulation:
    r"""Sample data in d dimensions, take the gradient steps, fit the read-outs, measure the errors.

    Each fit has a batch of :math:`d/\gamma` samples for its gradient step and a second, fresh batch
    of the same size for its read-out (on the same samples the read-out would see inputs that the
    direction has already been bent towards). The second batch enters through its projections on a
    few directions only, and only these are drawn. Pre-training is not simulated: the student is
    given a direction with overlap ``rho`` with the hard one. Errors are exact, from the Gram matrix of
    the directions: :math:`E\,h_j(\langle u, x\rangle) h_k(\langle v, x\rangle)
    = \delta_{jk}\langle u, v\rangle^k`.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma_t, gamma_s : float
        Aspect ratios of the batches.
    lam_t : float
        Teacher's read-out penalty, finite: labels that vanish have no direction.
    lam_s : array_like, shape (S,)
        Students' read-out penalties; ``inf`` leaves them as pre-training made them.
    rho : float
        Overlap of the pre-trained direction with the hard one, between -1 and 1.
    strength : float
        Strength of the pre-trained read-out, between 0 and 1.
    dim : int
        Dimension d, at least 8.
    n_trials, rng, executor
        Number of independent trials, source of randomness, what runs them.

    Notes
    -----
    Differs from the theory by O(K/n) for K read-out weights and by fluctuations of order d^{-1/2} in
    each trial.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> run = simulate(target, 0.4, 0.4, lam_s=[0.1, 1.0], rho=0.9, dim=60, n_trials=3, rng=1)
    >>> run.student["adapter"].mean.shape
    (2,)
    """
    dim = integer("dim", dim, minimum=8)
    plan = _Plan(
        target=instance("target", target, Target),
        lam_t=single("lam_t", positive("lam_t", lam_t, allow_zero=True)),
        lam_s=grid("lam_s", lam_s, allow_inf=True),
        rho=single("rho", between("rho", rho, -1, 1)),
        strength=single("strength", between("strength", strength, 0, 1)),
        dim=dim,
        n_t=sample_size("gamma_t", gamma_t, dim),
        n_s=sample_size("gamma_s", gamma_s, dim),
    )
    estimates = run_trials(partial(_trial, plan), n_trials, rng, executor)
    taught, taught_hard, adapted, scratch, teacher, student, difference = estimates
    return HermiteSimulation(
        plan.lam_s, taught, taught_hard, adapted, scratch, teacher,
        by_mode(student), by_mode(difference),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Plan:
    """What every trial does."""

    target: Target
    lam_t: float
    lam_s: Array
    rho: float
    strength: float
    dim: int
    n_t: int
    n_s: int


def _trial(plan: _Plan, rng: np.random.Generator) -> tuple[Array | float, ...]:
    # By rotation invariance u_e and u_h may be the first two unit vectors.
    easy, hard = np.eye(2, plan.dim)
    truth = _Model((easy, hard), (np.array(plan.target.easy), np.array(plan.target.hard)))
    pretrained = _pretrained(plan, hard, rng)
    teacher = _teacher(plan, truth, rng)
    found = _student_directions(plan, truth, teacher, pretrained, rng)
    students = _students(plan, truth, teacher, pretrained, found, rng)

    (taught,) = teacher.directions
    teacher_error = _distance(truth, teacher)
    errors = np.array([[_distance(truth, each) for each in students[mode]] for mode in MODES])
    scratch, adapted, _ = found
    return (
        taught @ easy, (taught @ hard) ** 2, adapted @ taught, scratch @ taught,
        teacher_error, errors, errors - teacher_error,
    )  # fmt: skip


# ----------------------------------------------------------------------------------- models


@dataclass(frozen=True, eq=False)
class _Model:
    """Σ over units of Σ_k readout_k h_k(⟨direction, x⟩)."""

    directions: tuple[Array, ...]
    readouts: tuple[Array, ...]

    def __call__(self, X: Array) -> Array:
        units = zip(self.directions, self.readouts, strict=True)
        values = (hermite_series(readout, X @ direction) for direction, readout in units)
        return sum(values, start=np.zeros(len(X)))


def _distance(model: _Model, other: _Model) -> float:
    """E(f − g)² for standard normal x, from E h_j(⟨u, x⟩) h_k(⟨v, x⟩) = δ_jk ⟨u, v⟩ᵏ."""
    directions = np.stack(model.directions + other.directions)
    readouts = [*model.readouts, *(-r for r in other.readouts)]
    gram = directions @ directions.T
    total = 0.0
    for k in range(max(map(len, readouts))):
        weights = np.array([r[k] if k < len(r) else 0.0 for r in readouts])
        total += weights @ gram**k @ weights
    return total


def _pretrained(plan: _Plan, hard: Array, rng: np.random.Generator) -> _Model:
    """What pre-training left: a direction of overlap ρ, and a read-out of strength π on it."""
    other = rng.standard_normal(plan.dim)
    other = unit_rows((other - (other @ hard) * hard)[None])[0]
    readout = plan.strength * np.array([e * plan.rho**k for k, e in enumerate(plan.target.hard)])
    return _Model((plan.rho * hard + np.sqrt(1 - plan.rho**2) * other,), (readout,))


def _teacher(plan: _Plan, truth: _Model, rng: np.random.Generator) -> _Model:
    labels = partial(_true_labels, plan.target, truth, rng)
    (taught,) = _directions(lambda X: labels(X)[:, None], plan.n_t, plan.dim, rng)
    easy, hard, along = _projections([*truth.directions, taught], plan.n_t, rng).T
    features = hermite_features(along, len(plan.target.easy))
    readout = _ridge(features, plan.target.labels(easy, hard, rng), [plan.lam_t])[0]
    return _Model((taught,), (readout,))


def _student_directions(
    plan: _Plan, truth: _Model, teacher: _Model, pretrained: _Model, rng: np.random.Generator
) -> list[Array]:
    """Directions of the gradient steps of the students scratch, adapter and ceiling."""

    def labels(X: Array) -> Array:
        given, known = teacher(X), pretrained(X)
        honest = _true_labels(plan.target, truth, rng, X)
        return np.stack([given, given - known, honest - known], axis=1)

    return _directions(labels, plan.n_s, plan.dim, rng)


def _students(
    plan: _Plan,
    truth: _Model,
    teacher: _Model,
    pretrained: _Model,
    found: list[Array],
    rng: np.random.Generator,
) -> dict[str, list[_Model]]:
    """Students of every mode for every penalty, their read-outs fitted to one fresh batch."""
    (taught,), (old,) = teacher.directions, pretrained.directions
    batch = _projections([*truth.directions, taught, old, *found], plan.n_s, rng)
    read = _readouts(plan, teacher.readouts[0], pretrained.readouts[0], batch, rng)
    scratch, adapted, honest = found
    new = {"scratch": scratch, "ceiling": honest}
    return {
        mode: [_Model((new.get(mode, adapted), old), pair) for pair in pairs]
        for mode, pairs in read.items()
    }


def _readouts(
    plan: _Plan, readout: Array, start: Array, batch: Array, rng: np.random.Generator
) -> dict[str, list[tuple[Array, Array]]]:
    """Read-outs (on û_s, on û_h) of every mode for every penalty."""
    easy, hard, taught, pretrained, scratch, adapted, honest = batch.T
    labels, known = hermite_series(readout, taught), hermite_series(start, pretrained)
    degrees, lam_s = len(plan.target.easy), plan.lam_s
    kept = hermite_features(pretrained, len(plan.target.hard))[:, 2:]

    def both(direction: Array, residual: Array) -> list[tuple[Array, Array]]:
        features = np.hstack([hermite_features(direction, degrees), kept])
        fitted = _ridge(features, residual, lam_s)
        changes = np.pad(fitted[:, degrees:], ((0, 0), (2, 0)))
        return list(zip(fitted[:, :degrees], start + changes, strict=True))

    from_scratch = _ridge(hermite_features(scratch, degrees), labels, lam_s)
    on_adapter = _ridge(hermite_features(adapted, degrees), labels - known, lam_s)
    truth = plan.target.labels(easy, hard, rng)
    return {
        "scratch": [(new, np.zeros_like(start)) for new in from_scratch],
        "frozen": [(np.zeros(degrees), start)] * len(lam_s),
        "full": both(adapted, labels - known),
        "adapter": [(new, start) for new in on_adapter],
        "ceiling": both(honest, truth - known),
    }


# --------------------------------------------------------------------------------- sampling


def _true_labels(target: Target, truth: _Model, rng: np.random.Generator, X: Array) -> Array:
    easy, hard = truth.directions
    return target.labels(X @ easy, X @ hard, rng)


def _directions(
    labels: Callable[[Array], Array], n: int, dim: int, rng: np.random.Generator, rows: int = 2000
) -> list[Array]:
    """Unit vectors along Xᵀy/n, one for each column of ``labels(X)``, in batches of rows."""
    sums = np.zeros(())
    for start in range(0, n, rows):
        X = rng.standard_normal((min(rows, n - start), dim))
        sums = sums + X.T @ labels(X)
    return list(unit_rows(sums.T))


def _projections(directions: Sequence[Array], n: int, rng: np.random.Generator) -> Array:
    """⟨u, x⟩ for n fresh inputs and each direction u, drawn in the space that they span."""
    every = np.stack(directions)
    basis = np.linalg.qr(every.T)[0]
    return rng.standard_normal((n, basis.shape[1])) @ (every @ basis).T


def _ridge(features: Array, y: Array, lam: ArrayLike) -> Array:
    """Ridge coefficients, one row for each penalty; an infinite one leaves nothing."""
    gram, moments = features.T @ features / len(y), features.T @ y / len(y)
    nothing, identity = np.zeros(len(gram)), np.eye(len(gram))
    return np.array(
        [
            np.linalg.solve(gram + each * identity, moments) if np.isfinite(each) else nothing
            for each in np.asarray(lam)
        ]
    )
