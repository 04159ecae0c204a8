r"""Checkpoints of language models: which there are, and what their layers say about a text.

`list_checkpoints` knows the naming of Pythia, OLMo and OLMo 2, and folders on this disk that hold
one sub-folder for each revision. `load_features` runs one revision over texts and pools one layer.

torch and transformers are imported only when `load_features` needs them; the book itself never
does. Install them with ``pip install 'w2slib[llm]'``. Weights are read from safetensors
files only and no code of a repository is run, so that loading a checkpoint executes nothing.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from w2slib.core.validation import choice, integer

__all__ = [
    "FAMILIES",
    "INSTALL",
    "POOLINGS",
    "Family",
    "list_checkpoints",
    "load_features",
    "olmo2_step",
    "olmo_step",
    "pythia_step",
]

Features: TypeAlias = npt.NDArray[np.float32]
Source: TypeAlias = tuple[str, str | None]

POOLINGS = ("last", "mean")
"""How the tokens of a text become one vector."""

INSTALL = "pip install 'w2slib[llm]'"
"""What installs torch and transformers."""

# ---------------------------------------------------------------------------- checkpoints


def pythia_step(revision: str) -> int | None:
    """Step of a Pythia revision (``step512``), or None if it is not one.

    Examples
    --------
    >>> pythia_step("step3000"), pythia_step("main")
    (3000, None)
    """
    match = re.fullmatch(r"step(\d+)", revision)
    return int(match[1]) if match else None


def olmo_step(revision: str) -> int | None:
    """Step of an OLMo revision (``step1000-tokens4B``), or None if it is not one.

    Examples
    --------
    >>> olmo_step("step1000-tokens4B"), olmo_step("main")
    (1000, None)
    """
    match = re.fullmatch(r"step(\d+)-tokens\d+B", revision)
    return int(match[1]) if match else None


def olmo2_step(revision: str) -> int | None:
    """Step of an OLMo 2 revision of the first stage (``stage1-step1000-tokens5B``), else None.

    The second stage restarts the count of steps on other data (``stage2-ingredient1-...``), and is
    left out: it is not a continuation of one axis.

    Examples
    --------
    >>> olmo2_step("stage1-step150-tokens1B"), olmo2_step("stage2-ingredient1-step1000-tokens5B")
    (150, None)
    """
    match = re.fullmatch(r"stage1-step(\d+)-tokens\d+B", revision)
    return int(match[1]) if match else None


def _pythia_revisions(model: str) -> list[str]:
    early = [0, *(2**k for k in range(10))]
    return [f"step{step}" for step in [*early, *range(1000, 143001, 1000)]]


def _hub_revisions(model: str) -> list[str]:
    hub = _optional("huggingface_hub")
    return [branch.name for branch in hub.list_repo_refs(model).branches]


@dataclass(frozen=True)
class Family:
    """How one family of models names its checkpoints.

    Attributes
    ----------
    name, pattern : str
        What it is called, and the expression that its models' names match.
    step : callable
        Turns a revision into its step, or None.
    revisions : callable
        Lists the revisions of a model; Pythia's are known, OLMo's the hub has to be asked for.
    """

    name: str
    pattern: str
    step: Callable[[str], int | None]
    revisions: Callable[[str], Iterable[str]]


FAMILIES: tuple[Family, ...] = (
    Family("Pythia", r"EleutherAI/pythia-.+", pythia_step, _pythia_revisions),
    Family("OLMo 2", r"allenai/OLMo-2-.+", olmo2_step, _hub_revisions),
    Family("OLMo", r"allenai/OLMo-.+", olmo_step, _hub_revisions),
)


def list_checkpoints(
    model: str | os.PathLike[str], *, revisions: Iterable[str] | None = None
) -> list[tuple[int, str]]:
    """List the checkpoints of a model in the order of training.

    Parameters
    ----------
    model : str or path
        A name on the Hugging Face hub (``EleutherAI/pythia-70m``, ``allenai/OLMo-1B-0724-hf``,
        ``allenai/OLMo-2-1124-7B``), or a folder with one sub-folder for each revision, named in any
        of these families' ways.
    revisions : iterable of str, optional
        The model's revisions, if they are known already (a file that the model's authors publish,
        for instance); those that are not checkpoints are left out. By default Pythia's are
        generated, OLMo's are asked from the hub, and a folder is read.

    Returns
    -------
    list of (int, str)
        Step and revision, by step.

    Notes
    -----
    Source: the models' cards.

    Examples
    --------
    >>> checkpoints = list_checkpoints("EleutherAI/pythia-70m")
    >>> len(checkpoints), checkpoints[:3], checkpoints[-1]
    (154, [(0, 'step0'), (1, 'step1'), (2, 'step2')], (143000, 'step143000'))
    >>> list_checkpoints("allenai/OLMo-2-0425-1B", revisions=["main", "stage1-step10000-tokens21B"])
    [(10000, 'stage1-step10000-tokens21B')]
    """
    folder = Path(model)
    if folder.is_dir():
        names = [path.name for path in folder.iterdir() if path.is_dir()]
        steps = [family.step for family in FAMILIES]
    else:
        family = _family(str(model))
        names = list(family.revisions(str(model)) if revisions is None else revisions)
        steps = [family.step]
    numbered = ((step(name), name) for name in names for step in steps)
    found = {name: number for number, name in numbered if number is not None}
    if not found:
        raise ValueError(
            f"model = {str(model)!r} has no checkpoint among {names[:5]}; allowed: revisions like "
            "step1000, step1000-tokens4B or stage1-step1000-tokens5B"
        )
    return sorted((step, name) for name, step in found.items())


def _family(model: str) -> Family:
    for family in FAMILIES:
        if re.fullmatch(family.pattern, model):
            return family
    known = ", ".join(f"{family.name} ({family.pattern})" for family in FAMILIES)
    raise ValueError(f"model = {model!r}; allowed: an existing folder of revisions, or {known}")


# ------------------------------------------------------------------------------- features


def load_features(
    model: str | os.PathLike[str],
    revision: str,
    texts: Sequence[str],
    *,
    layer: int = -1,
    pooling: str = "last",
    batch_size: int = 32,
    device: str = "cpu",
    cache_dir: str | os.PathLike[str] | None = None,
) -> Features:
    """Activations of one layer of one checkpoint, one vector for each text.

    Parameters
    ----------
    model, revision : str
        As `list_checkpoints` gives them.
    texts : sequence of str
        Not empty. Where a text is longer than the model's context, its end is kept.
    layer : int
        0: the embeddings; k: after layer k (after the last one with its normalisation); negative
        numbers count from the last.
    pooling : {"last", "mean"}
        The last token of each text, or the mean over its tokens. Padding counts in neither,
        whichever side the tokenizer pads on.
    batch_size : int
        Texts at a time.
    device : str
        As torch names it.
    cache_dir : path, optional
        Where to keep the result; the next call with the same arguments reads it. A folder's weights
        count as changed when their files' sizes or times change.

    Returns
    -------
    ndarray of float32, shape (len(texts), width)

    Raises
    ------
    ValueError
        If the revision is missing, a text has no token, or an activation is not finite.
    ImportError
        If torch or transformers are not installed; says how to install them.

    Notes
    -----
    Position numbers are counted from each text's first token, so that a text's features do not
    depend on its neighbours in the batch.

    Examples
    --------
    >>> load_features("EleutherAI/pythia-70m", "step0", [])
    Traceback (most recent call last):
    ...
    ValueError: texts is empty; allowed: at least one text
    """
    texts = list(texts)
    if not texts:
        raise ValueError("texts is empty; allowed: at least one text")
    wrong = next((text for text in texts if not isinstance(text, str)), None)
    if wrong is not None:
        raise ValueError(f"texts contains {wrong!r}; allowed: strings")
    choice("pooling", pooling, POOLINGS)
    batch_size = integer("batch_size", batch_size)
    source = _source(model, revision)

    cached = None
    if cache_dir is not None:
        cached = Path(cache_dir) / f"{_fingerprint(source, texts, layer, pooling)}.npy"
        features = _read_cache(cached, len(texts))
        if features is not None:
            return features
    features = _run(source, texts, layer, pooling, batch_size, device)
    if not np.all(np.isfinite(features)):
        raise ValueError(f"features of {model} at revision {revision!r} contain nan or inf")
    if cached is not None:
        _write_cache(cached, features)
    return features


def _source(model: str | os.PathLike[str], revision: str) -> Source:
    """Name and revision for `from_pretrained`; a local revision is a folder of its own."""
    folder = Path(model)
    if not folder.is_dir():
        _family(str(model))
        return str(model), revision
    if not (folder / revision / "config.json").is_file():
        there = [name for _, name in list_checkpoints(folder)]
        raise ValueError(
            f"revision = {revision!r} is missing in {folder}; allowed: {', '.join(there[:4])}, ... "
            f"({len(there)} in all)"
        )
    return str(folder / revision), None


def _fingerprint(source: Source, texts: Sequence[str], layer: int, pooling: str) -> str:
    name, revision = source
    weights: list[tuple[str, int, int]] = []
    if revision is None:
        stats = [(p.name, p.stat()) for p in sorted(Path(name).iterdir()) if p.is_file()]
        weights = [(file, stat.st_size, stat.st_mtime_ns) for file, stat in stats]
    key = json.dumps([name, revision, weights, texts, layer, pooling])
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _read_cache(path: Path, n: int) -> Features | None:
    try:
        features = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # absent or damaged: compute it anew
    return features if features.ndim == 2 and len(features) == n else None


def _write_cache(path: Path, features: Features) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.save(file, features, allow_pickle=False)
    os.replace(part, path)  # never a half-written file under the final name


def _run(
    source: Source, texts: Sequence[str], layer: int, pooling: str, batch_size: int, device: str
) -> Features:
    torch = _optional("torch")
    network, tokenizer = _load(source)
    network = network.to(device).eval()
    limit = getattr(network.config, "max_position_embeddings", None)
    # Texts of like length share a batch, which saves padding; the result is in the given order.
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    features = np.empty((len(texts), 0), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            batch = tokenizer(
                [texts[i] for i in chosen], return_tensors="pt", padding=True,
                truncation=limit is not None, max_length=limit, return_token_type_ids=False,
            ).to(device)  # fmt: skip
            mask = batch["attention_mask"]
            _require_tokens(mask, chosen, texts)
            positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
            hidden = network(**batch, position_ids=positions, output_hidden_states=True)
            pooled = _pool(_layer(hidden.hidden_states, layer), mask, pooling)
            if start == 0:
                features = np.empty((len(texts), pooled.shape[1]), np.float32)
            features[chosen] = pooled.float().cpu().numpy()
    return features


def _load(source: Source) -> tuple[Any, Any]:
    """Network and tokenizer of a checkpoint."""
    transformers = _optional("transformers")
    name, revision = source
    options: dict[str, Any] = {"trust_remote_code": False}
    if revision is not None:
        options["revision"] = revision
    try:
        with _quiet(transformers):
            tokenizer = transformers.AutoTokenizer.from_pretrained(name, **options)
            network = transformers.AutoModel.from_pretrained(name, use_safetensors=True, **options)
    except OSError as error:
        first_line = str(error).strip().splitlines()[0]
        raise ValueError(
            f"revision = {revision!r} of {name} cannot be loaded; allowed: a revision that exists, "
            "has its weights in safetensors files, and is on this disk or reachable. "
            f"transformers says: {first_line}"
        ) from error
    tokenizer.truncation_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return network, tokenizer


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """No bar and no report on unused language-model heads for each of a hundred checkpoints."""
    logging = transformers.utils.logging
    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()


def _pool(hidden: Any, mask: Any, pooling: str) -> Any:
    """Pool (batch, token, width) over the tokens whose mask is 1."""
    if pooling == "mean":
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1)
    counted = mask * (mask.cumsum(dim=1))  # grows along the attended tokens, 0 on padding
    return hidden[range(len(hidden)), counted.argmax(dim=1)]


def _layer(states: Sequence[Any], layer: int) -> Any:
    if not -len(states) <= layer < len(states):
        raise ValueError(f"layer = {layer}; allowed: {-len(states)} to {len(states) - 1}")
    return states[layer]


def _require_tokens(mask: Any, chosen: Sequence[int], texts: Sequence[str]) -> None:
    for row, index in enumerate(chosen):
        if not bool(mask[row].any()):
            raise ValueError(
                f"texts[{index}] = {texts[index]!r} has no token; allowed: other texts"
            )


def _optional(name: str) -> Any:
    """Import a module that only the extra brings."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{name} is not installed; it comes with the optional extra: {INSTALL}"
        ) from error
