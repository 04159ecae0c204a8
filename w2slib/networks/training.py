"""Training of two-layer networks: one large step on the first layer, a ridge read-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from w2slib.core.kernels import unit_rows
from w2slib.core.trials import takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import choice, grid, integer, positive, real, single

__all__ = [
    "STEP",
    "WIDTH",
    "TwoLayerNetwork",
    "fine_tune_network",
    "first_layer_gradient",
    "large_step",
    "pretrain_network",
    "random_network",
    "train_teacher",
]

WIDTH = 300
"""Neurons of a network."""

STEP = 20.0
"""Length of the large step, in lengths of the starting rows."""


@dataclass(frozen=True, eq=False, repr=False)
class TwoLayerNetwork:
    r"""A network with one hidden layer, and what its last gradient step pointed at.

    Its arrays are read-only; two networks are equal only if they are the same object.

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

    Notes
    -----
    Source: [Mechanisms] studies such networks after one step; the implementation is this book's.

    Examples
    --------
    >>> net = TwoLayerNetwork(np.eye(2), np.zeros(2), np.array([1.0, -1.0]), np.array([1.0, 0.0]))
    >>> net(np.array([[3.0, 1.0], [-1.0, 2.0]]))
    array([ 2., -2.])
    """

    weights: Array
    biases: Array
    readout: Array
    direction: Array

    def __post_init__(self) -> None:
        for name in ("weights", "biases", "readout", "direction"):
            array = real(name, getattr(self, name))
            array.flags.writeable = False
            object.__setattr__(self, name, array)
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

    def __repr__(self) -> str:
        m, d = self.weights.shape
        count = 1 if self.readout.ndim == 1 else len(self.readout)
        return f"TwoLayerNetwork({d} inputs, {m} neurons, read-outs: {count})"

    @property
    def width(self) -> int:
        """Number of neurons m."""
        return len(self.weights)

    def features(self, X: Array) -> Array:
        """Activations of the neurons, shape (n, m)."""
        return np.maximum(X @ self.weights.T + self.biases, 0)

    def __call__(self, X: Array) -> Array:
        """Predictions, shape (n,) or (S, n)."""
        return self.readout @ self.features(X).T


# -------------------------------------------------------------------------------- training


@takes_rng
def random_network(dim: int, width: int = WIDTH, rng: Rng = None) -> TwoLayerNetwork:
    """Network at initialisation: random unit rows in pairs whose read-outs cancel, so f = 0.

    Its ``direction`` is zero, because no step was taken.

    Parameters
    ----------
    dim, width : int
        Number of inputs, at least 2, and of neurons, an even number.
    rng : numpy.random.Generator, int or None
        Source of randomness.

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
    half = unit_rows(rng.standard_normal((width // 2, dim)))
    readout = np.repeat([1.0, -1.0], width // 2) / np.sqrt(width)
    return TwoLayerNetwork(np.vstack([half, half]), np.zeros(width), readout, np.zeros(dim))


def first_layer_gradient(network: TwoLayerNetwork, X: Array, residual: Array) -> Array:
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

    Examples
    --------
    >>> net = random_network(3, 4, rng=0)
    >>> first_layer_gradient(net, np.ones((2, 3)), np.ones(2)).shape
    (4, 3)
    """
    active = X @ network.weights.T + network.biases > 0
    return (active * residual[:, None]).T @ X * network.readout[:, None] / len(X)


@takes_rng
def large_step(
    network: TwoLayerNetwork,
    gradient: Array,
    *,
    step: float = STEP,
    parallel: bool = False,
    rng: Rng = None,
) -> TwoLayerNetwork:
    """Move the first layer by one large step and draw new biases.

    The rows of the result have unit length, and its ``direction`` is that of the step; the read-out
    is unchanged and means nothing yet.

    Parameters
    ----------
    network : TwoLayerNetwork
        With rows of unit length.
    gradient : ndarray, shape (m, d)
        From `first_layer_gradient`, averaged over all minibatches.
    step : float
        Root-mean-square length of the rows' displacement, in lengths of the starting rows; > 0.
    parallel : bool
        Keep of each row only its part along the direction of the step. Real training does not do
        that; it is the idealisation of `predicted_errors`.
    rng : numpy.random.Generator, int or None
        Draws the biases, N(0, 1).

    Raises
    ------
    ValueError
        If the gradient vanishes: labels without a direction.

    Examples
    --------
    >>> net = random_network(3, 4, rng=0)
    >>> moved = large_step(net, first_layer_gradient(net, np.eye(3), np.ones(3)), rng=1)
    >>> np.linalg.norm(moved.weights, axis=1).round(12)
    array([1., 1., 1., 1.])
    """
    step = single("step", positive("step", step))
    size = np.sqrt(np.mean(np.sum(gradient**2, axis=1)))
    if size == 0:
        raise ValueError("gradient = 0; allowed: a gradient that does not vanish")
    rng = np.random.default_rng(rng)
    weights = network.weights + step * gradient / size
    direction = _first_right_singular_vector(gradient)
    if parallel:
        weights = np.outer(weights @ direction, direction)
    return TwoLayerNetwork(
        weights=unit_rows(weights),
        biases=rng.standard_normal(network.width),
        readout=network.readout,
        direction=direction,
    )


@takes_rng
def train_teacher(
    X: ArrayLike,
    y: ArrayLike,
    *,
    lam_t: ArrayLike = 1e-3,
    width: int = WIDTH,
    step: float = STEP,
    parallel: bool = False,
    rng: Rng = None,
) -> TwoLayerNetwork:
    """Train a network from scratch: one large step on half of the samples, read-out on the rest.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Inputs, at least four.
    y : array_like, shape (n,)
        Labels.
    lam_t : float or array_like, shape (S,)
        Read-out penalty, > 0; an array gives one read-out for each.
    width, step, parallel
        Number of neurons, and the step: see `large_step`.
    rng : numpy.random.Generator, int or None
        Draws the initial network and the biases.

    Examples
    --------
    >>> X = np.random.default_rng(0).standard_normal((400, 10))
    >>> teacher = train_teacher(X, X[:, 0], width=50, rng=1)
    >>> bool(abs(teacher.direction[0]) > 0.9)
    True
    """
    X, y = _data(X, y)
    lam_t = _penalties("lam_t", lam_t)
    return _new_neurons(X, y, lam_t, width, step, parallel, np.random.default_rng(rng))


@takes_rng
def pretrain_network(
    batches: Sequence[tuple[ArrayLike, ArrayLike]],
    *,
    lam: ArrayLike = 1e-5,
    width: int = WIDTH,
    step: float = STEP,
    parallel: bool = False,
    rng: Rng = None,
) -> TwoLayerNetwork:
    """Train a network from scratch on many minibatches: half for the step, half for the read-out.

    Parameters
    ----------
    batches : sequence of (X, y)
        Minibatches, shapes (n, d) and (n,), at least two. The gradients of the first half of them
        are averaged into one step.
    lam : float
        Read-out penalty, > 0.
    width, step, parallel
        Number of neurons, and the step: see `large_step`.
    rng : numpy.random.Generator, int or None
        Draws the initial network and the biases.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((40, 50, 8))
    >>> network = pretrain_network([(x, x[:, 0] ** 2 - 1) for x in X], width=60, rng=1)
    >>> bool(abs(network.direction[0]) > 0.8)
    True
    """
    checked = [_data(X, y) for X, y in batches]
    if len(checked) < 2:
        raise ValueError(f"batches has length {len(checked)}; allowed: at least 2 minibatches")
    lam, rng = _penalties("lam", lam), np.random.default_rng(rng)
    half = len(checked) // 2
    start = random_network(checked[0][0].shape[1], width, rng)
    gradients = [first_layer_gradient(start, X, y) for X, y in checked[:half]]
    gradient = np.mean(gradients, axis=0)
    network = large_step(start, gradient, step=step, parallel=parallel, rng=rng)
    gram, moments = np.zeros((width, width)), np.zeros(width)
    for X, y in checked[half:]:
        features = network.features(X)
        gram, moments = gram + features.T @ features, moments + features.T @ y
    n = sum(len(y) for _, y in checked[half:])
    return replace(network, readout=_solve(gram / n, moments / n, lam, width))


@takes_rng
def fine_tune_network(
    network: TwoLayerNetwork,
    X: ArrayLike,
    labels: ArrayLike,
    *,
    lam_s: ArrayLike = 1e-3,
    mode: str = "adapter",
    width: int = WIDTH,
    step: float = STEP,
    parallel: bool = False,
    rng: Rng = None,
) -> TwoLayerNetwork:
    """Add new neurons to a pre-trained network and train them on what it does not yet explain.

    The new neurons take one large step on the residual ``labels - network(X)`` (first half of the
    samples). The ridge read-out (second half) then fits the residual: with ``"adapter"`` from the
    new neurons alone, so that the pre-trained function is kept; with ``"full"`` from all neurons,
    shrunk towards the pre-trained read-out, which the labels may overwrite. The first layer of the
    pre-trained neurons stays.

    Parameters
    ----------
    network : TwoLayerNetwork
        Pre-trained, with a single read-out.
    X : array_like, shape (n, d)
        Inputs, at least four.
    labels : array_like, shape (n,)
        The teacher's predictions, or true labels for the ceiling.
    lam_s : float or array_like, shape (S,)
        Read-out penalty, > 0; an array gives one read-out for each, ``inf`` keeps the pre-trained one.
    mode : str
        ``"adapter"`` or ``"full"``.
    width, step, parallel
        Number of new neurons, and the step: see `large_step`.
    rng : numpy.random.Generator, int or None
        Draws the new neurons.

    Returns
    -------
    TwoLayerNetwork
        Pre-trained neurons first, new ones after them; ``direction`` is that of the new step.

    Examples
    --------
    >>> X = np.random.default_rng(0).standard_normal((400, 10))
    >>> old = train_teacher(X, X[:, 0] ** 2, width=50, rng=1)
    >>> new = fine_tune_network(old, X, X[:, 1], width=50, rng=2)
    >>> new.width, bool(np.all(new.readout[:50] == old.readout))
    (100, True)
    """
    choice("mode", mode, ("adapter", "full"))
    X, labels = _data(X, labels)
    if network.readout.ndim != 1 or network.weights.shape[1] != X.shape[1]:
        raise ValueError(
            f"network has weights of shape {network.weights.shape} and readout of shape "
            f"{network.readout.shape}; allowed: one read-out, and {X.shape[1]} inputs as in X"
        )
    lam_s, residual = _penalties("lam_s", lam_s), labels - network(X)
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
        unchanged = np.zeros((*new.readout.shape[:-1], network.width))
        change = np.concatenate([unchanged, new.readout], axis=-1)
    kept = np.concatenate([network.readout, np.zeros(new.width)])
    return replace(joined, readout=kept + change)


# --------------------------------------------------------------------------------- helpers


def _new_neurons(
    X: Array,
    y: Array,
    lam: Array,
    width: int,
    step: float,
    parallel: bool,
    rng: np.random.Generator,
) -> TwoLayerNetwork:
    half = len(X) // 2
    start = random_network(X.shape[1], width, rng)
    gradient = first_layer_gradient(start, X[:half], y[:half])
    network = large_step(start, gradient, step=step, parallel=parallel, rng=rng)
    # The sign of a singular vector is arbitrary: let it point towards larger labels.
    sign = np.sign(network.direction @ (X[:half].T @ y[:half])) or 1.0
    readout = _fit(network.features(X[half:]), y[half:], lam, width)
    return replace(network, readout=readout, direction=sign * network.direction)


def _fit(features: Array, y: Array, lam: Array, width: int) -> Array:
    return _solve(features.T @ features / len(y), features.T @ y / len(y), lam, width)


def _solve(gram: Array, moments: Array, lam: Array, width: int) -> Array:
    """Ridge read-outs for penalties ``lam * width``, shape (m,) or (S, m)."""
    eigenvalues, basis = np.linalg.eigh(gram)
    # Rounding leaves eigenvalues of order -1e-16 where the neurons are linearly dependent.
    scaled = (basis.T @ moments) / (np.maximum(eigenvalues, 0) + width * lam[..., None])
    return scaled @ basis.T


def _penalties(name: str, lam: ArrayLike) -> Array:
    """Penalties > 0, of shape () or (S,)."""
    checked = grid(name, lam, allow_zero=False, allow_inf=True)
    return checked.reshape(np.shape(lam))


def _data(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    X, y = real("X", X), real("y", y)
    if X.ndim != 2 or y.shape != X.shape[:1] or len(y) < 4:
        raise ValueError(
            f"X has shape {X.shape}, y {y.shape}; allowed: (n, d) and (n,) with n at least 4"
        )
    return X, y


def _first_right_singular_vector(matrix: Array) -> Array:
    """From the smaller side: the last eigenvector of the d × d Gram matrix."""
    return np.linalg.eigh(matrix.T @ matrix)[1][:, -1]
