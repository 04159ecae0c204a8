"""The experiment with real networks: a teacher, pre-training, five students, and their overlaps."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypedDict

import numpy as np

from w2slib.core.kernels import unit_rows
from w2slib.core.results import Estimate, Simulation, over
from w2slib.core.targets import MODES, Target, by_mode
from w2slib.core.trials import run_trials, simulator, takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import grid, instance, integer, positive, sample_size, single
from w2slib.networks.training import (
    STEP,
    WIDTH,
    TwoLayerNetwork,
    _first_right_singular_vector,
    fine_tune_network,
    first_layer_gradient,
    large_step,
    pretrain_network,
    random_network,
    train_teacher,
)

__all__ = [
    "NetworkSetting",
    "NetworkSimulation",
    "PretrainingSimulation",
    "network_directions",
    "simulate_networks",
    "simulate_pretraining",
    "source_batches",
]


@dataclass(frozen=True)
class NetworkSetting:
    r"""Sizes of the experiment with real networks.

    Attributes
    ----------
    dim : int
        Number of inputs d.
    width : int
        Neurons of the teacher, of the pre-trained network, and added in fine-tuning; even.
    gamma_t, gamma_s : float
        Aspect ratios: :math:`d/\gamma` samples for the gradient step and as many for the read-out.
    n_source : int
        Source samples, half for the gradient step of pre-training, half for its read-out.
    task_size : int
        Source samples that share one easy direction: one minibatch, one task.
    lam_t, lam_source : float
        Read-out penalties of the teacher and of pre-training, > 0, in units where the neurons'
        Gram matrix has trace of order 1 (see `w2slib.networks`).
    step, parallel : float, bool
        The large step, see `large_step`.

    Notes
    -----
    The default source has 40 000 = 16 d² samples, the teacher 1000 = 20 d; each spends half of them on
    the gradient step.

    Examples
    --------
    >>> NetworkSetting(dim=20, n_source=2000).width
    300
    """

    dim: int = 50
    width: int = WIDTH
    gamma_t: float = 0.1
    gamma_s: float = 0.05
    n_source: int = 40_000
    task_size: int = 50
    lam_t: float = 1e-3
    lam_source: float = 1e-5
    step: float = STEP
    parallel: bool = False

    def __post_init__(self) -> None:
        for name in ("dim", "width", "n_source", "task_size"):
            object.__setattr__(self, name, integer(name, getattr(self, name), minimum=4))
        for name in ("lam_t", "lam_source", "step"):
            object.__setattr__(self, name, single(name, positive(name, getattr(self, name))))
        for name in ("gamma_t", "gamma_s"):
            sample_size(name, getattr(self, name), self.dim)
            object.__setattr__(self, name, float(getattr(self, name)))
        if self.n_source < 2 * self.task_size:
            raise ValueError(
                f"n_source = {self.n_source}; allowed: at least 2 * task_size = {2 * self.task_size}"
            )


class _Sizes(TypedDict):
    width: int
    step: float
    parallel: bool


class _OfNetworks:
    """Part of a result whose setting holds a `NetworkSetting`."""

    setting: Mapping[str, Any]

    @property
    def dim(self) -> int:
        """Number of inputs d."""
        return self.setting["setting"]["dim"]


@dataclass(frozen=True, eq=False, repr=False)
class NetworkSimulation(_OfNetworks, Simulation):
    """Measured overlaps and errors of real networks, for S student penalties.

    Attributes
    ----------
    lam_s : ndarray, shape (S,)
        The penalties.
    teacher_overlap, teacher_hard_squared : Estimate, scalar
        ⟨û_t, u_e⟩, and the square of ⟨û_t, u_h⟩, of the teacher's first-layer step.
    pretrained_overlap : Estimate, scalar
        ``|⟨û_h, u_h⟩|`` of the first-layer step of pre-training.
    student_overlap, scratch_overlap : Estimate, scalar
        ⟨û_s, û_t⟩ of the student's step.
    teacher : Estimate, scalar
        Test error of the teacher on noiseless labels.
    student, difference : mapping of mode -> Estimate, shape (S,)
        Test error of each of `MODES`, and the same minus the teacher's, paired by seed.
    """

    lam_s: Array = over("lam_s")
    teacher_overlap: Estimate = over()
    teacher_hard_squared: Estimate = over()
    pretrained_overlap: Estimate = over()
    student_overlap: Estimate = over()
    scratch_overlap: Estimate = over()
    teacher: Estimate = over()
    student: Mapping[str, Estimate] = over("lam_s")
    difference: Mapping[str, Estimate] = over("lam_s")


@dataclass(frozen=True, eq=False, repr=False)
class PretrainingSimulation(_OfNetworks, Simulation, Estimate):
    """Squared overlap with the hard direction of pre-training steps of N sizes.

    Attributes
    ----------
    mean, stderr : ndarray, shape (N,)
        By chance the mean would be :math:`1/d`.
    n_samples : ndarray of int, shape (N,)
        Numbers of source samples in the step.
    """

    mean: Array = over("n_samples")
    stderr: Array = over("n_samples")
    n_samples: np.ndarray = over("n_samples")


@takes_rng
def source_batches(
    target: Target, setting: NetworkSetting, rng: Rng = None
) -> list[tuple[Array, Array]]:
    r"""Minibatches of the broader source task: the hard component, and an easy one that varies.

    Every minibatch is a small task :math:`y = \sum_k c_k h_k(\langle v, x\rangle) +
    \sum_k e_k h_k(\langle u_h, x\rangle) + \sigma\varepsilon` with an easy direction :math:`v` of its
    own, drawn orthogonally to :math:`u_h`. What the tasks share, and pooling them can teach, is the
    hard component.

    Parameters
    ----------
    target : Target
        Whose components and noise are used; :math:`u_h` is the second unit vector.
    setting : NetworkSetting
        Sizes.
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    list of (X, y)
        Shapes (task_size, dim) and (task_size,).

    Examples
    --------
    >>> setting = NetworkSetting(dim=10, n_source=200, task_size=20)
    >>> len(source_batches(Target((0, 0.8), (0, 0, 0.6)), setting, 0))
    10
    """
    _checked(target, setting)
    rng = np.random.default_rng(rng)
    hard = np.eye(2, setting.dim)[1]
    batches = []
    for _ in range(setting.n_source // setting.task_size):
        easy = unit_rows(rng.standard_normal((1, setting.dim)) * (1 - hard))[0]
        X = rng.standard_normal((setting.task_size, setting.dim))
        batches.append((X, target.labels(X @ easy, X @ hard, rng)))
    return batches


@simulator
def simulate_networks(
    target: Target,
    setting: NetworkSetting,
    lam_s: ArrayLike,
    *,
    n_trials: int = 10,
    rng: Rng = None,
    executor: Executor | None = None,
) -> NetworkSimulation:
    """Train real two-layer networks: teacher, pre-training, the five students.

    Students see the teacher's predictions only; ``"ceiling"`` is ``"full"`` on true labels. All
    errors of a seed are measured on the same 4000 test inputs.

    Parameters
    ----------
    target : Target
        What is to be learnt; u_e and u_h are the first two unit vectors.
    setting : NetworkSetting
        Sizes.
    lam_s : array_like, shape (S,)
        Students' read-out penalties, > 0; ``inf`` leaves them as pre-training made them.
    n_trials, rng, executor
        Number of independent seeds, source of randomness, what runs them.

    Examples
    --------
    >>> setting = NetworkSetting(dim=10, width=40, n_source=1000, task_size=20)
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> run = simulate_networks(target, setting, [1e-3, 1e-2], n_trials=2, rng=0)
    >>> run.difference["adapter"].mean.shape
    (2,)
    """
    _checked(target, setting)
    lam_s = grid("lam_s", lam_s, allow_zero=False, allow_inf=True)
    estimates = run_trials(partial(_network_trial, target, setting, lam_s), n_trials, rng, executor)
    taught, taught_hard, pretrained, adapted, scratch, teacher, student, difference = estimates
    return NetworkSimulation(
        lam_s, taught, taught_hard, pretrained, adapted, scratch, teacher,
        by_mode(student), by_mode(difference),
    )  # fmt: skip


def _network_trial(
    target: Target,
    setting: NetworkSetting,
    lam_s: Array,
    rng: np.random.Generator,
    n_test: int = 4000,
) -> tuple[Array | float, ...]:
    easy, hard = np.eye(2, setting.dim)
    teacher, pretrained, students = _trained(target, setting, lam_s, rng)
    Z = rng.standard_normal((n_test, setting.dim))
    clean = target.clean(Z @ easy, Z @ hard)

    def error(network: TwoLayerNetwork) -> Array:
        return np.mean((network(Z) - clean) ** 2, axis=-1)

    errors = np.stack([np.broadcast_to(error(students[m]), len(lam_s)) for m in MODES])
    taught = teacher.direction
    return (
        taught @ easy, (taught @ hard) ** 2, abs(pretrained.direction @ hard),
        students["adapter"].direction @ taught, students["scratch"].direction @ taught,
        error(teacher), errors, errors - error(teacher),
    )  # fmt: skip


def _trained(
    target: Target, setting: NetworkSetting, lam_s: Array, rng: np.random.Generator
) -> tuple[TwoLayerNetwork, TwoLayerNetwork, dict[str, TwoLayerNetwork]]:
    """Teacher, pre-trained network, and the students by mode."""
    easy, hard = np.eye(2, setting.dim)
    sizes: _Sizes = {
        "width": setting.width, "step": setting.step, "parallel": setting.parallel
    }  # fmt: skip

    def sample(gamma: float) -> tuple[Array, Array]:
        X = rng.standard_normal((2 * round(setting.dim / gamma), setting.dim))
        return X, target.labels(X @ easy, X @ hard, rng)

    teacher = train_teacher(*sample(setting.gamma_t), lam_t=setting.lam_t, rng=rng, **sizes)
    source = source_batches(target, setting, rng)
    pretrained = pretrain_network(source, lam=setting.lam_source, rng=rng, **sizes)
    X, truth = sample(setting.gamma_s)
    labels = teacher(X)
    tune = partial(fine_tune_network, pretrained, X, lam_s=lam_s, **sizes)
    seed = int(rng.integers(2**32))  # "full" and "adapter" differ in their read-outs only
    students = {
        "scratch": train_teacher(X, labels, lam_t=lam_s, rng=rng, **sizes),
        "frozen": pretrained,
        "full": tune(labels, mode="full", rng=seed),
        "adapter": tune(labels, mode="adapter", rng=seed),
        "ceiling": tune(truth, mode="full", rng=rng),
    }
    return teacher, pretrained, students


@takes_rng
def network_directions(
    target: Target, gamma: float, setting: NetworkSetting, rng: Rng = None
) -> tuple[float, float]:
    r"""Overlaps of one first-layer step on true labels with the easy and the hard direction.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    gamma : float
        Aspect ratio of the step: :math:`d/\gamma` samples.
    setting : NetworkSetting
        Its ``dim``, ``width`` and ``step`` are used.
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    easy, hard : float
        ⟨û, u_e⟩ and ⟨û, u_h⟩ for the first right singular vector û of the step.

    Examples
    --------
    >>> setting = NetworkSetting(dim=20, width=40, n_source=1000)
    >>> easy, hard = network_directions(Target((0, 1.0), (0, 0, 0.1)), 0.02, setting, rng=0)
    >>> easy > 0.95
    True
    """
    _checked(target, setting)
    rng = np.random.default_rng(rng)
    n = sample_size("gamma", gamma, setting.dim)
    X = rng.standard_normal((n, setting.dim))
    y = target.labels(X[:, 0], X[:, 1], rng)
    start = random_network(setting.dim, setting.width, rng)
    direction = large_step(start, first_layer_gradient(start, X, y), rng=rng).direction
    direction = direction * np.sign(direction @ (X.T @ y))
    return float(direction[0]), float(direction[1])


@simulator
def simulate_pretraining(
    target: Target,
    setting: NetworkSetting,
    n_samples: ArrayLike,
    *,
    n_trials: int = 10,
    rng: Rng = None,
    executor: Executor | None = None,
) -> PretrainingSimulation:
    r"""Squared overlap with the hard direction of the first-layer step of pre-training, by its size.

    Parameters
    ----------
    target : Target
        What is to be learnt.
    setting : NetworkSetting
        Its ``dim``, ``width`` and ``task_size`` are used.
    n_samples : array_like of int, shape (N,)
        Increasing numbers of source samples in the step, multiples of ``task_size``. A seed uses the
        same stream of samples for every size.
    n_trials, rng, executor
        Number of independent seeds, source of randomness, what runs them.

    Examples
    --------
    >>> setting = NetworkSetting(dim=10, width=40, n_source=1000, task_size=20)
    >>> simulate_pretraining(
    ...     Target((0, 0.8), (0, 0, 0.6)), setting, [20, 4000], n_trials=3, rng=0
    ... ).mean.round(1)
    array([0.2, 1. ])
    """
    _checked(target, setting)
    counts = np.asarray(n_samples)
    steps = counts // setting.task_size
    if (
        counts.ndim != 1
        or np.any(steps * setting.task_size != counts)
        or np.any(np.diff(steps, prepend=0) <= 0)
    ):
        raise ValueError(
            f"n_samples = {counts.tolist()}; allowed: increasing multiples of "
            f"task_size = {setting.task_size}"
        )
    trial = partial(_pretraining_trial, target, setting, steps)
    (overlap,) = run_trials(trial, n_trials, rng, executor)
    return PretrainingSimulation(overlap.mean, overlap.stderr, counts)


def _pretraining_trial(
    target: Target, setting: NetworkSetting, steps: np.ndarray, rng: np.random.Generator
) -> tuple[Array]:
    start = random_network(setting.dim, setting.width, rng)
    stream = replace(setting, n_source=int(max(steps[-1], 2)) * setting.task_size)
    total, squared = np.zeros(()), {}
    for count, (X, y) in enumerate(source_batches(target, stream, rng), start=1):
        total = total + first_layer_gradient(start, X, y)
        if count in steps:
            squared[count] = _first_right_singular_vector(total)[1] ** 2
    return (np.array([squared[count] for count in steps]),)


def _checked(target: Target, setting: NetworkSetting) -> None:
    instance("target", target, Target)
    instance("setting", setting, NetworkSetting)
