"""Training students that are networks."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from w2slib.core.types import Array
from w2slib.studies._reading import LOADING, Loaded, padded, pool, running_failure, tokens_of
from w2slib.studies.failures import CheckpointError, optional
from w2slib.studies.students import FineTuned

__all__ = ["fine_tune"]

UNSURE = 0.65
"""Probability from which a student is sure, for the window loss."""


def fine_tune(
    loaded: Loaded,
    student: FineTuned,
    texts: list[str],
    targets: Array,
    tested: list[str],
    *,
    seed: int = 0,
) -> Array:
    r"""Train a copy of a network on targets, and return its probabilities for other texts.

    Parameters
    ----------
    loaded : Loaded
        Is not changed.
    student : FineTuned
    texts : list of str
        n training texts.
    targets : ndarray, shape (n, classes)
        Probabilities of the classes; zeros and ones for hard labels.
    tested : list of str
        m texts.
    seed : int
        Of the head's weights and the order of the texts.

    Returns
    -------
    ndarray, shape (m, classes)

    Raises
    ------
    CheckpointError
        If the loss or a probability is not finite, or memory runs out.
    """
    torch = optional("torch")
    ids, test_ids = tokens_of(loaded, texts), tokens_of(loaded, tested)
    network = copy.deepcopy(loaded.network)
    if student.method == "lora":
        # The head of a fresh update is random; nobody else may draw from torch's generator meanwhile.
        with LOADING, torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = _with_lora(network, student)
    network.eval()  # no dropout: a run is decided by its seed
    order = np.random.default_rng([seed, 1])
    width, classes = loaded.network.config.hidden_size, targets.shape[1]
    start = np.random.default_rng([seed, 0]).standard_normal((classes, width)) / np.sqrt(width)
    head = torch.nn.Linear(width, classes).to(loaded.device)
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(start))
        head.bias.zero_()
    weights = [p for p in network.parameters() if p.requires_grad] + list(head.parameters())
    optimiser = torch.optim.AdamW(weights, lr=student.learning_rate, weight_decay=0.0)
    wanted = torch.from_numpy(np.asarray(targets, np.float32)).to(loaded.device)
    per_epoch = -(-len(ids) // student.batch_size)
    steps = student.epochs * per_epoch

    def scores(chosen: list[list[int]]) -> Any:
        batch, mask = padded(loaded, chosen)
        hidden = network(input_ids=batch, attention_mask=mask).last_hidden_state
        return head(pool(hidden, mask, "last").float())

    try:
        for step in range(steps):
            if step % per_epoch == 0:
                shuffled = order.permutation(len(ids))
            at = step % per_epoch * student.batch_size
            chosen = shuffled[at : at + student.batch_size]
            share = (step + 1) / steps
            for group in optimiser.param_groups:
                group["lr"] = student.learning_rate * min(1.0, 10 * share) * (1 - step / steps)
            given = wanted[torch.from_numpy(chosen).to(loaded.device)]
            loss = _loss(torch, student, scores([ids[i] for i in chosen]), given, wanted, share)
            if not torch.isfinite(loss):
                raise CheckpointError(
                    "not finite", f"the loss of {student.name} at step {step} is {loss}"
                )
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
        probabilities = np.empty((len(test_ids), classes))
        by_length = np.argsort(list(map(len, test_ids)), kind="stable")  # saves padding
        with torch.inference_mode():
            for at in range(0, len(test_ids), 64):
                some = by_length[at : at + 64]
                part = torch.softmax(scores([test_ids[i] for i in some]), dim=1)
                probabilities[some] = part.double().cpu().numpy()
    except Exception as error:
        raise running_failure("fine-tuning", error) from error
    if not np.all(np.isfinite(probabilities)):
        raise CheckpointError("not finite", f"{student.name} gives probabilities that are nan")
    return probabilities


def _loss(
    torch: Any, student: FineTuned, scores: Any, given: Any, everything: Any, share: float
) -> Any:
    """Cross-entropy with the labels, and in part with the student's own decision."""
    logs = torch.log_softmax(scores, dim=1)
    supervised = -(given * logs).sum(dim=1).mean()
    if student.loss == "cross-entropy":
        return supervised
    if student.loss == "window":
        unsure = (logs.detach().exp().amax(dim=1) < UNSURE).float()
        return -(unsure[:, None] * given * logs).sum() / len(logs)
    if student.loss == "product":
        target = given * logs.detach().exp()
        return -(target / target.sum(dim=1, keepdim=True).clamp(min=1e-12) * logs).sum(dim=1).mean()
    alpha = student.confidence * min(1.0, share / student.warm_up if student.warm_up else 1.0)
    if student.loss == "entropy":
        return (1 - alpha) * supervised - alpha * (logs.detach().exp() * logs).sum(dim=1).mean()
    # Scores are shifted until the classes are as frequent in the batch as among the supervisor's labels.
    with torch.no_grad():
        frequent = everything.mean(dim=0)
        if scores.shape[1] == 2:
            lead = scores[:, 1] - scores[:, 0]
            own = (lead > torch.quantile(lead, 1 - float(frequent[1]))).long()
        else:
            own = (logs + torch.log(frequent.clamp(min=1e-6)) - _log_mean(torch, logs)).argmax(
                dim=1
            )
    return (1 - alpha) * supervised + alpha * torch.nn.functional.nll_loss(logs, own)


def _log_mean(torch: Any, logs: Any) -> Any:
    """Logarithm of the mean probability of each class in the batch."""
    return torch.logsumexp(logs, dim=0) - np.log(len(logs))


def _with_lora(network: Any, student: FineTuned) -> Any:
    """Low-rank updates of all linear layers inside the network."""
    peft = optional("peft")
    setting = peft.LoraConfig(
        r=student.rank, lora_alpha=2 * student.rank, lora_dropout=0.0, target_modules="all-linear"
    )
    return peft.get_peft_model(network, setting)
