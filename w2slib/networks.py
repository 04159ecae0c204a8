r"""Two-layer networks trained by one large gradient step on the first layer and a ridge read-out.

Training. :math:`f(x) = \sum_j a_j\,\mathrm{relu}(\langle w_j, x\rangle + \beta_j)` with :math:`m`
neurons. Training has two halves, each with its own half of the samples:

1. *first layer*: from a random start with :math:`f = 0` (neurons in pairs of opposite sign), the
   exact gradient of the squared loss is added to the rows :math:`w_j`, scaled to ``step`` times the
   length of the starting rows; rows are brought back to unit length, biases are drawn anew;
2. *read-out*: ridge regression of the labels on the neurons,
   :math:`\tfrac1n\|y - \Phi a\|^2 + \lambda m\|a - a_0\|^2`.

The two halves must not share samples: a row that contains :math:`\sum_i y_i x_i` would fit those
labels by memory.

Experiment. `simulate_networks` trains the teacher, the pre-trained network and the five students of
`w2slib.multi_index` for a target of that module, which also passes on the public names of this one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.special import eval_hermitenorm, gammaln, ndtr, stdtrit

from w2slib.simulation import Estimate, run_trials
from w2slib.validation import between, grid, integer, positive, real, sample_size

WIDTH = 300
STEP = 20.0

# --------------------------------------------------------------------------------- setting


@dataclass(frozen=True)
class TwoLayerNetwork:
    r"""A network with one hidden layer, and what its last gradient step pointed at.

    .. math:: f(x) = \sum_{j=1}^m a_j\,\mathrm{relu}(\langle w_j, x\rangle + \beta_j)

    Attributes
    ----------
    weights : ndarray, shape (m, d)
        Rows :math:`w_j`.
    biases : ndarray, shape (m,)
        :math:`\beta_j`.
    readout : ndarray, shape (m,) or (S, m)
        :math:`a`, or one row for each of S penalties.
    direction : ndarray, shape (d,)
        Unit vector: first right singular vector of the last first-layer step, the one direction
        along which the neurons moved most.

    Raises
    ------
    ValueError
        If the shapes do not fit together or an entry is not finite.

    Notes
    -----
    Source: [Mechanisms] studies such networks after one step; the implementation is this book's.

    Examples
    --------
    >>> net = TwoLayerNetwork(np.eye(2), np.zeros(2), np.array([1.0, -1.0]), np.array([1.0, 0.0]))
    >>> net(np.array([[3.0, 1.0], [-1.0, 2.0]]))
    array([ 2., -2.])
    """

    weights: np.ndarray
    biases: np.ndarray
    readout: np.ndarray
    direction: np.ndarray

    def __post_init__(self) -> None:
        for name in ("weights", "biases", "readout", "direction"):
            object.__setattr__(self, name, real(name, getattr(self, name)))
        if self.weights.ndim != 2:
            raise ValueError(f"weights has shape {self.weights.shape}; allowed: (m, d)")
        m, d = self.weights.shape
        shapes = {"biases": (m,), "direction": (d,)}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"{name} has shape {getattr(self, name).shape}; allowed: {shape} "
                    f"for weights of shape {(m, d)}"
                )
        if self.readout.ndim not in (1, 2) or self.readout.shape[-1] != m:
            raise ValueError(f"readout has shape {self.readout.shape}; allowed: ({m},) or (S, {m})")

    @property
    def width(self) -> int:
        """Number of neurons m."""
        return len(self.weights)

    def features(self, X: np.ndarray) -> np.ndarray:
        """Activations of the neurons, shape (n, m)."""
        return np.maximum(X @ self.weights.T + self.biases, 0)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """Predictions, shape (n,) or (S, n)."""
        return self.readout @ self.features(X).T


# -------------------------------------------------------------------------------- training


def random_network(dim: int, width: int = WIDTH, rng=None) -> TwoLayerNetwork:
    """Network at initialisation: random unit rows in pairs whose read-outs cancel, so f = 0.

    Parameters
    ----------
    dim, width : int
        Number of inputs, and of neurons (even).
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    TwoLayerNetwork
        ``direction`` is zero: no step was taken.

    Raises
    ------
    ValueError
        If a size is not a positive integer, or the width is odd.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> net = random_network(5, 4, rng=0)
    >>> bool(np.allclose(net(np.ones((2, 5))), 0))
    True
    """
    dim, width = integer("dim", dim, minimum=2), integer("width", width, minimum=2)
    if width % 2:
        raise ValueError(f"width = {width}; allowed: an even number (neurons come in pairs)")
    rng = np.random.default_rng(rng)
    half = _unit_rows(rng.standard_normal((width // 2, dim)))
    readout = np.repeat([1.0, -1.0], width // 2) / np.sqrt(width)
    return TwoLayerNetwork(np.vstack([half, half]), np.zeros(width), readout, np.zeros(dim))


def first_layer_gradient(network: TwoLayerNetwork, X: np.ndarray, residual: np.ndarray):
    r"""Negative gradient of half the mean squared loss with respect to the first layer.

    .. math:: G_j = \frac{a_j}{n}\sum_i r_i\,1[\langle w_j, x_i\rangle + \beta_j > 0]\,x_i

    Parameters
    ----------
    network : TwoLayerNetwork
        Where the gradient is taken; its read-out is a single one.
    X : ndarray, shape (n, d)
        Inputs.
    residual : ndarray, shape (n,)
        Labels minus predictions.

    Returns
    -------
    ndarray, shape (m, d)

    Notes
    -----
    Source: chain rule; compared with finite differences in the tests.

    Examples
    --------
    >>> net = random_network(3, 4, rng=0)
    >>> first_layer_gradient(net, np.ones((2, 3)), np.ones(2)).shape
    (4, 3)
    """
    active = X @ network.weights.T + network.biases > 0
    return (active * residual[:, None]).T @ X * network.readout[:, None] / len(X)


def large_step(
    network: TwoLayerNetwork, gradient, *, step: float = STEP, parallel: bool = False, rng=None
):
    """Move the first layer by one large step and draw new biases.

    Parameters
    ----------
    network : TwoLayerNetwork
        With rows of unit length.
    gradient : ndarray, shape (m, d)
        From `first_layer_gradient`, averaged over all minibatches.
    step : float
        Root-mean-square length of the rows' displacement, in lengths of the starting rows.
    parallel : bool
        Keep of each row only its part along the direction of the step. Real training does not do
        that; it is the idealisation of `predicted_errors`.
    rng : numpy.random.Generator, int or None
        Draws the biases, N(0, 1).

    Returns
    -------
    TwoLayerNetwork
        Unit rows, ``direction`` along the step; the read-out is unchanged and means nothing yet.

    Raises
    ------
    ValueError
        If ``step`` is not positive or the gradient vanishes.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> net = random_network(3, 4, rng=0)
    >>> moved = large_step(net, first_layer_gradient(net, np.eye(3), np.ones(3)), rng=1)
    >>> np.linalg.norm(moved.weights, axis=1).round(12)
    array([1., 1., 1., 1.])
    """
    step = float(positive("step", step))
    size = np.sqrt(np.mean(np.sum(gradient**2, axis=1)))
    if size == 0:
        raise ValueError("gradient = 0; allowed: a gradient that does not vanish")
    rng = np.random.default_rng(rng)
    weights = network.weights + step * gradient / size
    direction = _first_right_singular_vector(gradient)
    if parallel:
        weights = np.outer(weights @ direction, direction)
    return TwoLayerNetwork(
        weights=_unit_rows(weights),
        biases=rng.standard_normal(network.width),
        readout=network.readout,
        direction=direction,
    )


def train_teacher(X, y, *, lam_t=1e-3, width=WIDTH, step=STEP, parallel=False, rng=None):
    """Train a network from scratch: one large step on half of the samples, read-out on the rest.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Inputs.
    y : ndarray, shape (n,)
        Labels.
    lam_t : float or array_like, shape (S,)
        Read-out penalty, > 0; an array gives one read-out for each.
    width : int
        Number of neurons.
    step, parallel : float, bool
        The step, see `large_step`.
    rng : numpy.random.Generator, int or None
        Draws the initial network and the biases.

    Returns
    -------
    TwoLayerNetwork

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not fit.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> X = np.random.default_rng(0).standard_normal((400, 10))
    >>> teacher = train_teacher(X, X[:, 0], width=50, rng=1)
    >>> bool(abs(teacher.direction[0]) > 0.9)
    True
    """
    X, y = _data(X, y)
    return _new_neurons(X, y, lam_t, width, step, parallel, np.random.default_rng(rng))


def pretrain(batches: Sequence, *, lam=1e-5, width=WIDTH, step=STEP, parallel=False, rng=None):
    """Train a network from scratch on many minibatches: half for the step, half for the read-out.

    Parameters
    ----------
    batches : sequence of (X, y)
        Minibatches, shapes (n, d) and (n,), at least two. The gradients of the first half of them
        are averaged into one step.
    lam : float
        Read-out penalty, > 0.
    width : int
        Number of neurons.
    step, parallel : float, bool
        The step, see `large_step`.
    rng : numpy.random.Generator, int or None
        Draws the initial network and the biases.

    Returns
    -------
    TwoLayerNetwork

    Raises
    ------
    ValueError
        If there are fewer than two batches, an argument is outside its range, or shapes do not fit.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((40, 50, 8))
    >>> network = pretrain([(x, x[:, 0] ** 2 - 1) for x in X], width=60, rng=1)
    >>> bool(abs(network.direction[0]) > 0.8)
    True
    """
    batches = [_data(X, y) for X, y in batches]
    if len(batches) < 2:
        raise ValueError(f"batches has length {len(batches)}; allowed: at least 2 minibatches")
    rng = np.random.default_rng(rng)
    half = len(batches) // 2
    start = random_network(batches[0][0].shape[1], width, rng)
    gradients = [first_layer_gradient(start, X, y) for X, y in batches[:half]]
    network = large_step(start, np.mean(gradients, axis=0), step=step, parallel=parallel, rng=rng)
    gram, moments = 0.0, 0.0
    for X, y in batches[half:]:
        features = network.features(X)
        gram, moments = gram + features.T @ features, moments + features.T @ y
    n = sum(len(y) for _, y in batches[half:])
    return replace(network, readout=_solve(gram / n, moments / n, lam, width))


def fine_tune(
    network, X, labels, *, lam_s=1e-3, mode="adapter",
    width=WIDTH, step=STEP, parallel=False, rng=None,
):  # fmt: skip
    """Add new neurons to a pre-trained network and train them on what it does not yet explain.

    The new neurons take one large step on the residual ``labels - network(X)`` (first half of the
    samples). The ridge read-out (second half) then fits the residual: with ``"adapter"`` from the
    new neurons alone, so that the pre-trained function is kept; with ``"full"`` from all neurons,
    shrunk towards the pre-trained read-out, which the labels may overwrite.

    Parameters
    ----------
    network : TwoLayerNetwork
        Pre-trained, with a single read-out.
    X : ndarray, shape (n, d)
        Inputs.
    labels : ndarray, shape (n,)
        The teacher's predictions, or true labels for the ceiling.
    lam_s : float or array_like, shape (S,)
        Read-out penalty, > 0; an array gives one read-out for each.
    mode : str
        ``"adapter"`` or ``"full"``.
    width : int
        Number of new neurons.
    step, parallel : float, bool
        The step, see `large_step`.
    rng : numpy.random.Generator, int or None
        Draws the new neurons.

    Returns
    -------
    TwoLayerNetwork
        Pre-trained neurons first, new ones after them; ``direction`` is that of the new step.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not fit, or the mode is unknown.

    Notes
    -----
    The first layer of the pre-trained neurons stays. Source: this book.

    Examples
    --------
    >>> X = np.random.default_rng(0).standard_normal((400, 10))
    >>> old = train_teacher(X, X[:, 0] ** 2, width=50, rng=1)
    >>> new = fine_tune(old, X, X[:, 1], width=50, rng=2)
    >>> new.width, bool(np.all(new.readout[:50] == old.readout))
    (100, True)
    """
    if mode not in ("adapter", "full"):
        raise ValueError(f"mode = {mode!r}; allowed: 'adapter' or 'full'")
    X, labels = _data(X, labels)
    if network.readout.ndim != 1 or network.weights.shape[1] != X.shape[1]:
        raise ValueError(
            f"network has weights of shape {network.weights.shape} and readout of shape "
            f"{network.readout.shape}; allowed: one read-out, and {X.shape[1]} inputs as in X"
        )
    residual = labels - network(X)
    new = _new_neurons(X, residual, lam_s, width, step, parallel, np.random.default_rng(rng))
    joined = replace(
        new,
        weights=np.vstack([network.weights, new.weights]),
        biases=np.concatenate([network.biases, new.biases]),
        readout=np.zeros(network.width + new.width),
    )
    if mode == "full":
        half = len(X) // 2
        change = _fit(joined.features(X[half:]), residual[half:], lam_s, width)
    else:
        change = np.concatenate(
            [np.zeros((*new.readout.shape[:-1], network.width)), new.readout], axis=-1
        )
    kept = np.concatenate([network.readout, np.zeros(new.width)])
    return replace(joined, readout=kept + change)


# ------------------------------------------------------------------------------ experiment

MODES = ("scratch", "frozen", "full", "adapter", "ceiling")
"""The five students: never pre-trained; pre-trained and not fine-tuned; all read-outs fine-tuned;
pre-trained read-outs kept; all read-outs fine-tuned on true labels."""


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
        The large step, see `w2slib.networks.large_step`.

    Raises
    ------
    ValueError
        If an entry is outside its range.

    Notes
    -----
    The default source has 40 000 = 16 d² samples, the teacher 1000 = 20 d; each spends half of them on
    the gradient step. Source: this book.

    Examples
    --------
    >>> NetworkSetting(dim=20, n_source=2000).width
    300
    """

    dim: int = 50
    width: int = 300
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
            integer(name, getattr(self, name), minimum=4)
        for name in ("lam_t", "lam_source", "step"):
            if positive(name, getattr(self, name)).ndim:
                raise ValueError(f"{name} has several entries; allowed: a single number")
        for name in ("gamma_t", "gamma_s"):
            sample_size(name, getattr(self, name), self.dim)
        if self.n_source < 2 * self.task_size:
            raise ValueError(
                f"n_source = {self.n_source}; allowed: at least 2 * task_size = {2 * self.task_size}"
            )


@dataclass(frozen=True)
class NetworkSimulation:
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

    lam_s: np.ndarray
    teacher_overlap: Estimate
    teacher_hard_squared: Estimate
    pretrained_overlap: Estimate
    student_overlap: Estimate
    scratch_overlap: Estimate
    teacher: Estimate
    student: Mapping[str, Estimate]
    difference: Mapping[str, Estimate]


def by_mode(estimate: Estimate) -> dict[str, Estimate]:
    """Split an estimate along its first axis, one entry for each of `MODES`.

    Examples
    --------
    >>> sorted(by_mode(Estimate(np.zeros((5, 2)), np.ones((5, 2)))))
    ['adapter', 'ceiling', 'frozen', 'full', 'scratch']
    """
    pairs = zip(estimate.mean, estimate.stderr, strict=True)
    return {mode: Estimate(*pair) for mode, pair in zip(MODES, pairs, strict=True)}


def source_batches(target, setting: NetworkSetting, rng) -> list[tuple]:
    r"""Minibatches of the broader source task: the hard component, and an easy one that varies.

    Every minibatch is a small task :math:`y = \sum_k c_k h_k(\langle v, x\rangle) +
    \sum_k e_k h_k(\langle u_h, x\rangle) + \sigma\varepsilon` with an easy direction :math:`v` of its
    own, drawn orthogonally to :math:`u_h`. What the tasks share, and pooling them can teach, is the
    hard component.

    Parameters
    ----------
    target : w2slib.multi_index.Target
        Whose components and noise are used; :math:`u_h` is the second unit vector.
    setting : NetworkSetting
        Sizes.
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    list of (X, y)

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> from w2slib.multi_index import Target
    >>> setting = NetworkSetting(dim=10, n_source=200, task_size=20)
    >>> len(source_batches(Target((0, 0.8), (0, 0, 0.6)), setting, 0))
    10
    """
    rng = np.random.default_rng(rng)
    hard = np.eye(2, setting.dim)[1]
    batches = []
    for _ in range(setting.n_source // setting.task_size):
        easy = _unit_rows(rng.standard_normal((1, setting.dim)) * (1 - hard))[0]
        X = rng.standard_normal((setting.task_size, setting.dim))
        batches.append((X, target.labels(X @ easy, X @ hard, rng)))
    return batches


def simulate_networks(
    target,
    setting: NetworkSetting,
    lam_s,
    *,
    n_trials: int = 10,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> NetworkSimulation:
    """Train real two-layer networks: teacher, pre-training, the five students.

    Parameters
    ----------
    target : w2slib.multi_index.Target
        What is to be learnt; u_e and u_h are the first two unit vectors.
    setting : NetworkSetting
        Sizes.
    lam_s : array_like, shape (S,)
        Students' read-out penalties, > 0.
    n_trials : int
        Independent seeds, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.
    executor : concurrent.futures.Executor, optional
        Runs the trials, see `w2slib.simulation.run_trials`.

    Returns
    -------
    NetworkSimulation

    Raises
    ------
    ValueError
        If a penalty is not positive or ``n_trials`` is too small.

    Notes
    -----
    Students see the teacher's predictions only; ``"ceiling"`` is ``"full"`` on true labels. All
    errors of a seed are measured on the same 4000 test inputs. Source: this book.

    Examples
    --------
    >>> setting = NetworkSetting(dim=10, width=40, n_source=1000, task_size=20)
    >>> from w2slib.multi_index import Target
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> run = simulate_networks(target, setting, [1e-3, 1e-2], n_trials=2, rng=0)
    >>> run.difference["adapter"].mean.shape
    (2,)
    """
    lam_s = grid("lam_s", lam_s, allow_zero=False)
    trial = partial(_network_trial, target, setting, lam_s)
    *overlaps, teacher, student, difference = run_trials(trial, n_trials, rng, executor)
    return NetworkSimulation(lam_s, *overlaps, teacher, by_mode(student), by_mode(difference))


def _network_trial(target, setting, lam_s, rng, n_test: int = 4000) -> tuple[np.ndarray, ...]:
    easy, hard = np.eye(2, setting.dim)
    sizes = {"width": setting.width, "step": setting.step, "parallel": setting.parallel}

    def sample(gamma):
        X = rng.standard_normal((2 * round(setting.dim / gamma), setting.dim))
        return X, target.labels(X @ easy, X @ hard, rng)

    teacher = train_teacher(*sample(setting.gamma_t), lam_t=setting.lam_t, rng=rng, **sizes)
    source = source_batches(target, setting, rng)
    pretrained = pretrain(source, lam=setting.lam_source, rng=rng, **sizes)
    X, truth = sample(setting.gamma_s)
    labels = teacher(X)
    tune = partial(fine_tune, pretrained, X, lam_s=lam_s, **sizes)
    seed = rng.integers(2**32)  # "full" and "adapter" differ in their read-outs only
    students = {
        "scratch": train_teacher(X, labels, lam_t=lam_s, rng=rng, **sizes),
        "frozen": pretrained,
        "full": tune(labels, mode="full", rng=seed),
        "adapter": tune(labels, mode="adapter", rng=seed),
        "ceiling": tune(truth, mode="full", rng=rng),
    }
    Z = rng.standard_normal((n_test, setting.dim))
    clean = target.clean(Z @ easy, Z @ hard)

    def error(network):
        return np.mean((network(Z) - clean) ** 2, axis=-1)

    errors = np.stack([np.broadcast_to(error(students[m]), len(lam_s)) for m in MODES])
    taught = teacher.direction
    return (
        taught @ easy, (taught @ hard) ** 2, abs(pretrained.direction @ hard),
        students["adapter"].direction @ taught, students["scratch"].direction @ taught,
        error(teacher), errors, errors - error(teacher),
    )  # fmt: skip


def network_directions(target, gamma: float, setting: NetworkSetting, rng=None):
    r"""Overlaps of one first-layer step on true labels with the easy and the hard direction.

    Parameters
    ----------
    target : w2slib.multi_index.Target
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

    Raises
    ------
    ValueError
        If ``gamma`` is not positive or ``setting.dim`` is too small for it.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> from w2slib.multi_index import Target
    >>> setting = NetworkSetting(dim=20, width=40, n_source=1000)
    >>> easy, hard = network_directions(Target((0, 1.0), (0, 0, 0.1)), 0.02, setting, rng=0)
    >>> easy > 0.95
    True
    """
    rng = np.random.default_rng(rng)
    n = sample_size("gamma", gamma, setting.dim)
    X = rng.standard_normal((n, setting.dim))
    y = target.labels(X[:, 0], X[:, 1], rng)
    start = random_network(setting.dim, setting.width, rng)
    direction = large_step(start, first_layer_gradient(start, X, y), rng=rng).direction
    direction = direction * np.sign(direction @ (X.T @ y))
    return float(direction[0]), float(direction[1])


def simulate_pretraining(
    target,
    setting: NetworkSetting,
    n_samples,
    *,
    n_trials: int = 10,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> Estimate:
    r"""Squared overlap with the hard direction of the first-layer step of pre-training, by its size.

    Parameters
    ----------
    target : w2slib.multi_index.Target
        What is to be learnt.
    setting : NetworkSetting
        Its ``dim``, ``width`` and ``task_size`` are used.
    n_samples : array_like of int, shape (N,)
        Increasing numbers of source samples in the step, multiples of ``task_size``.
    n_trials : int
        Independent seeds, at least 2; a seed uses the same stream of samples for every size.
    rng : numpy.random.Generator, int or None
        Source of randomness.
    executor : concurrent.futures.Executor, optional
        Runs the trials, see `w2slib.simulation.run_trials`.

    Returns
    -------
    Estimate
        Shape (N,). By chance it would be :math:`1/d`.

    Raises
    ------
    ValueError
        If the sizes do not increase or are not multiples of ``task_size``.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> from w2slib.multi_index import Target
    >>> setting = NetworkSetting(dim=10, width=40, n_source=1000, task_size=20)
    >>> simulate_pretraining(
    ...     Target((0, 0.8), (0, 0, 0.6)), setting, [20, 4000], n_trials=3, rng=0
    ... ).mean.round(1)
    array([0.2, 1. ])
    """
    n_samples = np.asarray(n_samples)
    steps = n_samples // setting.task_size
    if (
        n_samples.ndim != 1
        or np.any(steps * setting.task_size != n_samples)
        or np.any(np.diff(steps, prepend=0) <= 0)
    ):
        raise ValueError(
            f"n_samples = {n_samples.tolist()}; allowed: increasing multiples of "
            f"task_size = {setting.task_size}"
        )
    return run_trials(partial(_pretraining_trial, target, setting, steps), n_trials, rng, executor)[
        0
    ]


def _pretraining_trial(target, setting, steps, rng) -> tuple[np.ndarray]:
    start = random_network(setting.dim, setting.width, rng)
    stream = replace(setting, n_source=int(max(steps[-1], 2)) * setting.task_size)
    total, squared = 0.0, {}
    for count, (X, y) in enumerate(source_batches(target, stream, rng), start=1):
        total = total + first_layer_gradient(start, X, y)
        if count in steps:
            squared[count] = _first_right_singular_vector(total)[1] ** 2
    return (np.array([squared[count] for count in steps]),)


def relu_kernel(count: int) -> np.ndarray:
    r"""What the penalty of a relu read-out costs, degree by degree.

    .. math:: K_{jk} = E_{\beta, \pm}[\alpha_j \alpha_k], \qquad
        \mathrm{relu}(\pm z + \beta) = \sum_k \alpha_k h_k(z), \quad \beta \sim N(0, 1)

    With rows :math:`w_j = \pm\hat u` and many neurons, the ridge read-out turns the Hermite
    coefficients :math:`t` of its labels into :math:`K(K + \lambda)^{-1}t`: where the kernel is small
    a function is expensive. K is about 1/3 for degree 1, and 0.05 for degree 2.

    Parameters
    ----------
    count : int
        Number of degrees, from 0.

    Returns
    -------
    ndarray, shape (count, count)

    Raises
    ------
    ValueError
        If ``count`` is not a positive integer.

    Notes
    -----
    Source: this book; compared with sampled neurons in the tests.

    Examples
    --------
    >>> relu_kernel(3).round(3)
    array([[0.609, 0.   , 0.097],
           [0.   , 0.333, 0.   ],
           [0.097, 0.   , 0.046]])
    """
    count = integer("count", count)
    beta, weight = np.polynomial.hermite_e.hermegauss(80)
    weight = weight / weight.sum()
    density = np.exp(-(beta**2) / 2) / np.sqrt(2 * np.pi)
    alphas = [beta * ndtr(beta) + density, ndtr(beta)]
    for k in range(2, count):
        # E[relu(z + β) He_k(z)] = E[δ^{(k−2)}(z + β)], and φ^{(j)} = (−1)^j He_j φ.
        derivative = eval_hermitenorm(k - 2, -beta) * density
        alphas.append(derivative * np.exp(-gammaln(k + 1) / 2))
    alpha = np.array(alphas[:count])
    parity = np.add.outer(np.arange(count), np.arange(count)) % 2 == 0
    return (alpha * weight) @ alpha.T * parity


def predicted_errors(target, setting: NetworkSetting, lam_s, *, rho, count: int = 12):
    r"""Errors that the theory predicts for networks whose rows are all parallel.

    The directions are those of the Hermite model; the read-outs shrink by
    :math:`K(K + \lambda)^{-1}` with the `relu_kernel` in place of :math:`1/(1 + \lambda)`. Full
    fine-tuning and the ceiling use the sum of the kernels on :math:`\hat u_s` and
    :math:`\hat u_h`, which share the constant function.

    Parameters
    ----------
    target : w2slib.multi_index.Target
        What is to be learnt.
    setting : NetworkSetting
        Its ratios and ``lam_t`` are used.
    lam_s : array_like, shape (S,)
        Students' read-out penalties, > 0, in the units of the networks.
    rho : float
        Overlap of the pre-trained direction with the hard one, between -1 and 1.
    count : int
        Number of Hermite degrees kept.

    Returns
    -------
    dict of str -> ndarray, shape (S,)
        By mode, and ``"teacher"`` (constant).

    Raises
    ------
    ValueError
        If an argument is outside its range or ``count`` does not cover the target.

    Notes
    -----
    Source: this book. The strength of the pre-trained read-out is 1 (its penalty is negligible).
    Networks whose rows are made parallel agree (tested); rows that are not lower the errors.

    Examples
    --------
    >>> from w2slib.multi_index import EXAMPLE
    >>> errors = predicted_errors(EXAMPLE, NetworkSetting(), [0.03], rho=0.98)
    >>> sorted(mode for mode, error in errors.items() if error < errors["teacher"])
    ['adapter', 'ceiling', 'full']
    """
    lam_s = grid("lam_s", lam_s, allow_zero=False)
    rho, count = float(between("rho", rho, -1, 1)), integer("count", count, minimum=3)
    if count < max(len(target.easy), len(target.hard)):
        raise ValueError(f"count = {count}; allowed: at least the number of the target's degrees")
    degrees = np.arange(count)
    easy, hard = (np.pad(c, (0, count - len(c))) for c in (target.easy, target.hard))
    known = hard * rho**degrees
    kernel = relu_kernel(count)
    both = np.zeros((2 * count - 1, 2 * count - 1))  # degrees on û_s, then degrees >= 1 on û_h
    both[:count, :count] = kernel
    joint = np.r_[0, count : 2 * count - 1]
    both[np.ix_(joint, joint)] += kernel

    def cosine(signal, energy, gamma):
        return np.abs(signal) / np.sqrt(signal**2 + gamma * energy)

    def error(direction, on_new, on_old):
        """Error of a model with these coefficients; ``direction`` is ⟨û, u_e⟩."""
        missed = easy @ easy - 2 * on_new @ (easy * direction**degrees) + on_new @ on_new
        return missed + hard @ hard - 2 * on_old @ known + on_old @ on_old

    tau_t = cosine(easy[1], target.label_energy, setting.gamma_t)
    taught = _shrink(kernel, easy * tau_t**degrees, setting.lam_t)
    energy, carried = taught @ taught, known @ known
    tau_0 = cosine(taught[1], energy, setting.gamma_s)
    tau_s = cosine(taught[1], energy + carried, setting.gamma_s)
    tau_c = cosine(easy[1], target.label_energy - carried, setting.gamma_s)
    nothing, copied = np.zeros(count), taught * tau_s**degrees

    def tuned_together(direction, on_new, on_old, lam):
        change = _shrink(both, np.concatenate([on_new, on_old[1:]]), lam)
        return error(direction, change[:count], known + np.r_[0, change[count:]])

    students = {
        "scratch": lambda lam: error(
            tau_t * tau_0, _shrink(kernel, taught * tau_0**degrees, lam), nothing
        ),
        "frozen": lambda lam: error(1.0, nothing, known),
        "full": lambda lam: tuned_together(tau_t * tau_s, copied, -known, lam),
        "adapter": lambda lam: error(tau_t * tau_s, _shrink(kernel, copied, lam), known),
        "ceiling": lambda lam: tuned_together(tau_c, easy * tau_c**degrees, nothing, lam),
        "teacher": lambda lam: error(tau_t, taught, nothing),
    }
    return {mode: np.array([f(lam) for lam in lam_s]) for mode, f in students.items()}


def _shrink(kernel: np.ndarray, labels: np.ndarray, lam: float) -> np.ndarray:
    """Coefficients K (K + λ)⁻¹ t of the ridge read-out."""
    return kernel @ np.linalg.solve(kernel + lam * np.eye(len(kernel)), labels)


@dataclass(frozen=True)
class Measurement:
    """One measured quantity, read back from the file of ``studies/multi_index_networks.py``.

    Attributes
    ----------
    x : ndarray
        Student penalties, or numbers of samples; empty entries are ``nan``.
    mean, stderr : ndarray
        Mean and standard error over the seeds, shape of ``x``.
    n_trials : int
        Number of seeds.
    """

    x: np.ndarray
    mean: np.ndarray
    stderr: np.ndarray
    n_trials: int

    def interval(self, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """Student's t confidence interval of the mean, two arrays.

        Examples
        --------
        >>> one = np.ones(1)
        >>> low, high = Measurement(one, 0 * one, one, 10).interval()
        >>> high.round(3)
        array([2.262])
        """
        confidence = float(between("confidence", confidence, 0, 1))
        half = stdtrit(self.n_trials - 1, (1 + confidence) / 2) * self.stderr
        return self.mean - half, self.mean + half


def load_measurements(path, experiment: str, dim: int | None = None) -> dict[str, Measurement]:
    r"""Read one experiment from the file of ``studies/multi_index_networks.py``.

    Parameters
    ----------
    path : path-like
        The CSV file.
    experiment : str
        ``"development"``, ``"evaluation"`` or ``"pretraining"``.
    dim : int, optional
        Keep this dimension only.

    Returns
    -------
    dict of str -> Measurement
        By quantity, or ``"quantity:mode"`` where there is a mode.

    Raises
    ------
    ValueError
        If the file has no such experiment.

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> import tempfile
    >>> lines = "experiment,quantity,mode,dim,x,mean,stderr,n_trials\ne,difference,full,9,0.1,-2,1,3"
    >>> with tempfile.NamedTemporaryFile("w+", suffix=".csv") as file:
    ...     _ = file.write(lines), file.flush()
    ...     load_measurements(file.name, "e")["difference:full"].mean
    array([-2.])
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["experiment"] == experiment]
    rows = [row for row in rows if dim is None or int(row["dim"]) == dim]
    if not rows:
        raise ValueError(f"experiment = {experiment!r}; allowed: an experiment of {path}")
    groups: dict[str, list[dict]] = {}
    for row in rows:
        groups.setdefault(row["quantity"] + (row["mode"] and f":{row['mode']}"), []).append(row)

    def column(group, name):
        return np.array([float(row[name] or "nan") for row in group])

    return {
        key: Measurement(
            *(column(group, name) for name in ("x", "mean", "stderr")), int(group[0]["n_trials"])
        )
        for key, group in groups.items()
    }


# --------------------------------------------------------------------------------- helpers


def _new_neurons(X, y, lam, width, step, parallel, rng) -> TwoLayerNetwork:
    half = len(X) // 2
    start = random_network(X.shape[1], width, rng)
    gradient = first_layer_gradient(start, X[:half], y[:half])
    network = large_step(start, gradient, step=step, parallel=parallel, rng=rng)
    # The sign of a singular vector is arbitrary: let it point towards larger labels.
    sign = np.sign(network.direction @ (X[:half].T @ y[:half])) or 1.0
    readout = _fit(network.features(X[half:]), y[half:], lam, width)
    return replace(network, readout=readout, direction=sign * network.direction)


def _fit(features: np.ndarray, y: np.ndarray, lam, width: int) -> np.ndarray:
    return _solve(features.T @ features / len(y), features.T @ y / len(y), lam, width)


def _solve(gram: np.ndarray, moments: np.ndarray, lam, width: int) -> np.ndarray:
    """Ridge read-outs for penalties ``lam * width``, shape (m,) or (S, m)."""
    penalties = width * grid("lam", lam, allow_zero=False)
    eigenvalues, basis = np.linalg.eigh(gram)
    # Rounding leaves eigenvalues of order -1e-16 where the neurons are linearly dependent.
    scaled = (basis.T @ moments) / (np.maximum(eigenvalues, 0) + penalties[:, None])
    readout = scaled @ basis.T
    return readout[0] if np.ndim(lam) == 0 else readout


def _data(X, y) -> tuple[np.ndarray, np.ndarray]:
    X, y = real("X", X), real("y", y)
    if X.ndim != 2 or y.shape != X.shape[:1] or len(y) < 4:
        raise ValueError(
            f"X has shape {X.shape}, y {y.shape}; allowed: (n, d) and (n,) with n at least 4"
        )
    return X, y


def _unit_rows(weights: np.ndarray) -> np.ndarray:
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)


def _first_right_singular_vector(matrix: np.ndarray) -> np.ndarray:
    """From the smaller side: the last eigenvector of the d × d Gram matrix."""
    return np.linalg.eigh(matrix.T @ matrix)[1][:, -1]
