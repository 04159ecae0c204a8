r"""Students: who learns from the supervisor's labels.

A linear probe on the network's features, or the network itself, fine-tuned: all of it, or low-rank updates of
it (LoRA, through peft), with the cross-entropy or with the confidence loss of Burns et al. (2023).

With predictions f of the network, the supervisor's probabilities w, and f's own decision
:math:`\hat f_t = 1[f > t]`, where t makes the classes as frequent as among the supervisor's labels, the
confidence loss is

.. math:: L = (1 - \alpha)\, \mathrm{CE}(f, w) + \alpha\, \mathrm{CE}(f, \hat f_t),

with :math:`\alpha` rising linearly over the first part of the training. The entropy loss has f itself, held
fixed, in place of :math:`\hat f_t`. The product loss is the cross-entropy with targets proportional to
:math:`w f`, class by class, in which f is held fixed. The window loss counts only texts of which the student
is not sure: no class has a probability of 0.65.

Any student may clean the labels first (`Cleaning`), with the features that its probe reads; a fine-tuned one
with those of the sweep's first layer and pooling. Strong-to-strong iterations train a fresh copy of the
network on the probabilities that the one before gives for the same texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from w2slib.core.validation import between, choice, instance, integer, positive, single, unbox
from w2slib.studies.cleaning import Cleaning

__all__ = ["LOSSES", "METHODS", "Cleaning", "FineTuned", "LinearProbe", "Student"]

METHODS = ("full", "lora")
"""What is trained."""

LOSSES = ("cross-entropy", "confidence", "entropy", "product", "window")
"""What is minimised."""


@dataclass(frozen=True)
class LinearProbe:
    """Logistic regression on a layer's features; its penalty is the sweep's.

    Attributes
    ----------
    cleaning : Cleaning, optional
        Of the supervisor's labels, before it is fitted.
    """

    cleaning: Cleaning | None = None

    def __post_init__(self) -> None:
        if self.cleaning is not None:
            instance("cleaning", self.cleaning, Cleaning)

    @property
    def name(self) -> str:
        """Short name, which tables show."""
        return "probe" + _cleaned(self.cleaning)

    def describe(self) -> dict[str, Any]:
        """Everything that decides its answers."""
        return {"kind": "LinearProbe", **_described(self.cleaning)}


@dataclass(frozen=True)
class FineTuned:
    r"""The network with a linear head on the last token, trained on the labels.

    Attributes
    ----------
    method : {"full", "lora"}
        All weights, or low-rank updates of those of the attention and the feed-forward layers.
    loss : {"cross-entropy", "confidence", "entropy", "product", "window"}
    epochs, batch_size : int
    learning_rate : float
        Of AdamW, warmed up over a tenth of the training and then lowered linearly to zero.
    rank : int
        Of LoRA's updates.
    confidence : float
        Largest :math:`\alpha` of the confidence loss.
    warm_up : float
        Share of the training over which it is reached.
    training_seeds : tuple of int
        One run for each: of the head's weights and the order of the texts.
    iterations : int
        Strong-to-strong iterations after the first training.
    cleaning : Cleaning, optional
        Of the supervisor's labels, before the first training.
    """

    method: str = "full"
    loss: str = "cross-entropy"
    epochs: int = 2
    batch_size: int = 32
    learning_rate: float = 1e-4
    rank: int = 8
    confidence: float = 0.75
    warm_up: float = 0.2
    training_seeds: tuple[int, ...] = (0,)
    iterations: int = 0
    cleaning: Cleaning | None = None

    def __post_init__(self) -> None:
        unbox(self)
        choice("method", self.method, METHODS)
        choice("loss", self.loss, LOSSES)
        for name in ("epochs", "batch_size", "rank"):
            integer(name, getattr(self, name))
        integer("iterations", self.iterations, minimum=0)
        single("learning_rate", positive("learning_rate", self.learning_rate))
        for name in ("confidence", "warm_up"):
            single(name, between(name, getattr(self, name), 0, 1))
        object.__setattr__(self, "training_seeds", _seeds(self.training_seeds))
        if self.cleaning is not None:
            instance("cleaning", self.cleaning, Cleaning)

    @property
    def name(self) -> str:
        """Short name, which tables show."""
        again = f" iterations {self.iterations}" if self.iterations else ""
        loss = f" {self.loss}" * (self.loss != LOSSES[0])
        return f"fine-tuned {self.method}{loss}{again}{_cleaned(self.cleaning)}"

    def describe(self) -> dict[str, Any]:
        """Everything that decides its answers, apart from the seeds, of which more may be added."""
        said = {"kind": "FineTuned", **asdict(self), "training_seeds": None}
        del said["cleaning"]
        if not self.iterations:  # files of before there were any
            del said["iterations"]
        return said | _described(self.cleaning)


Student: TypeAlias = LinearProbe | FineTuned


def _seeds(seeds: Any) -> tuple[int, ...]:
    if isinstance(seeds, str) or not isinstance(seeds, Iterable):
        raise ValueError(f"training_seeds = {seeds!r}; allowed: a sequence of seeds, (0,)")
    found = tuple(integer("training_seeds", seed, minimum=0) for seed in seeds)
    if len(set(found)) < max(1, len(found)):
        raise ValueError(f"training_seeds = {found}; allowed: at least one, each once")
    return found


def _cleaned(cleaning: Cleaning | None) -> str:
    return "" if cleaning is None else f" {cleaning.name}"


def _described(cleaning: Cleaning | None) -> dict[str, Any]:
    """Nothing without a cleaning, so that files of before there was any can go on."""
    return {} if cleaning is None else {"cleaning": cleaning.describe()}
