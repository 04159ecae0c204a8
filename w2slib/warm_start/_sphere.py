"""Gradient descent on the unit sphere, of many students on the same labelled inputs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from w2slib.core.portions import portions
from w2slib.core.progress import progress
from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import choice, integer, noise, positive, single
from w2slib.warm_start._inputs import Inputs, given_spike, sample
from w2slib.warm_start._links import LINKS, Link, gaussian_error

__all__ = ["TEST_SAMPLES", "Curves", "Task", "sphere_gradient"]

TEST_SAMPLES = 4000
"""Fresh inputs on which errors are measured when they are not Gaussian."""

Curves = tuple[Array, Array, Array]
"""Overlap with the truth, overlap with the supervisor and test error, each of shape (runs, T)."""


def sphere_gradient(X: Any, labels: Any, w: Any, activation: Link, degree: int) -> Any:
    """Gradients of the sampled losses at the rows of w, projected onto the tangent spaces."""
    value, slope = activation(X @ w.T, degree)
    gradient = ((value - labels) * slope).T @ X * np.float32(2 / len(X))
    return gradient - (gradient * w).sum(axis=1, keepdims=True) * w


@dataclass(frozen=True)
class Task:
    """What all students of a trial share: sampled inputs, label noise, link, steps."""

    inputs: Inputs
    label_noise: Inputs | None
    test: Inputs | None
    spike: Array | None
    link: str
    degree: int
    step_size: float
    n_steps: int

    @classmethod
    def draw(
        cls,
        dim: int,
        rng: np.random.Generator,
        *,
        degree: int,
        n_samples: int,
        noise_var: float,
        step_size: float,
        n_steps: int,
        spike: ArrayLike | None = None,
        link: str = "hermite",
        inputs: str = "gaussian",
    ) -> Task:
        n_samples, n_steps = integer("n_samples", n_samples, 2), integer("n_steps", n_steps)
        degree, sigma = integer("degree", degree), np.sqrt(single("noise_var", noise(noise_var)))
        step_size = single("step_size", positive("step_size", step_size))
        vector, link = given_spike(spike, dim), choice("link", link, LINKS)
        X = sample(inputs, n_samples, dim, vector, rng)
        xi = None
        if sigma > 0:
            xi = np.float32(sigma) * rng.standard_normal((n_samples, 1), np.float32)
        # Gaussian inputs have an error in closed form.
        test = None if inputs == "gaussian" else sample(inputs, TEST_SAMPLES, dim, vector, rng)
        return cls(X, xi, test, vector, link, degree, step_size, n_steps)

    @property
    def times(self) -> Array:
        """Step size times number of steps, from 0."""
        return self.step_size * np.arange(self.n_steps + 1.0)

    def portions(self, runs: int) -> list[slice]:
        """Cut runs into as many at a time as fit in memory."""
        n, dim = self.inputs.shape
        return portions(runs, 8 * dim * (self.n_steps + 1) + 16 * n)

    def run(self, starts: Array, teachers: Array, *, watched: bool = False) -> Curves:
        """Students from these starts, shape (B, d), on these supervisors' labels, (B, d)."""
        with np.errstate(over="ignore", invalid="ignore"):
            path = self._descend(starts, teachers, watched)
            error = self._error(path)
        if not np.all(np.isfinite(error)):
            raise ValueError(
                f"degree = {self.degree}, step_size = {self.step_size:g}; allowed: values whose "
                "gradients and errors fit single precision"
            )
        truth = np.clip(path[:, :, 0].T.astype(float), -1, 1)
        return truth, np.einsum("tbd,bd->bt", path, teachers), error

    def run_all(self, starts: Array, teachers: Array, *, watched: bool = False) -> Curves:
        """Same, in portions; ``watched`` by somebody who would like to see a progress bar."""
        cuts = self.portions(len(starts))
        if len(cuts) == 1:
            return self.run(starts, teachers, watched=watched)
        turns = progress(cuts, len(cuts), "portions of runs") if watched else cuts
        parts = [self.run(starts[cut], teachers[cut]) for cut in turns]
        truth, supervisor, error = (np.concatenate(part) for part in zip(*parts, strict=True))
        return truth, supervisor, error

    def _descend(self, starts: Array, teachers: Array, watched: bool) -> Inputs:
        """Students before the first and after each step, shape (T, B, d)."""
        activation = LINKS[self.link]
        # In double precision the labels would turn all inputs into doubles anew in every step.
        labels = activation(self.inputs @ teachers.T.astype(np.float32), self.degree)[0]
        if self.label_noise is not None:
            labels = labels + self.label_noise
        path = np.empty((self.n_steps + 1, *starts.shape), np.float32)
        path[0] = starts
        steps = pairwise(path)
        for before, after in progress(steps, self.n_steps, "steps") if watched else steps:
            slope = sphere_gradient(self.inputs, labels, before, activation, self.degree)
            np.subtract(before, np.float32(self.step_size) * slope, out=after)
            after /= np.linalg.norm(after, axis=1, keepdims=True)
        return path

    def error(self, w: Array) -> Array:
        """Test errors of directions of shape (B, d), on the inputs on which students are tested."""
        return self._error(w[None].astype(np.float32))[:, 0]

    def _error(self, path: Inputs) -> Array:
        """Test errors, shape (B, T)."""
        if self.test is not None:
            return self._sampled_error(path, self.test)
        truth = np.clip(path[:, :, 0].T.astype(float), -1, 1)
        along = np.zeros_like(truth) if self.spike is None else (path @ self.spike).T
        return gaussian_error(truth, along, spike=self.spike, link=self.link, degree=self.degree)

    def _sampled_error(self, path: Inputs, test: Inputs) -> Array:
        """Mean squared errors on test inputs, shape (B, T); the truth is the first axis."""
        activation = LINKS[self.link]
        target = activation(test[:, :1], self.degree)[0]
        miss = (activation(test @ w.T, self.degree)[0] - target for w in path)
        return np.stack([(m.astype(float) ** 2).mean(axis=0) for m in miss], axis=-1)
