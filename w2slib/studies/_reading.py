r"""What the layers of a checkpoint say about texts: one pass for all layers and poolings asked for.

Loading is strict. transformers fills a tensor that a file lacks with random numbers and goes on; here any
missing, unexpected or mismatched tensor is an error. Nothing of a repository is executed: safetensors files
are data, pickled ones are read by torch's weights-only unpickler (torch 2.10 or later), and a repository's
own Python code is never run.
"""

from __future__ import annotations

import errno
import io
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from w2slib.core.validation import choice, instance, integer
from w2slib.studies import _hub as hub
from w2slib.studies.failures import CheckpointError, first_line, optional
from w2slib.studies.families import _family, where
from w2slib.studies.texts import check_texts

__all__ = [
    "DTYPES", "POOLINGS", "Features", "Loaded", "Readout", "cache_bytes", "extract", "features_of",
    "load", "load_features",
]  # fmt: skip

Features: TypeAlias = npt.NDArray[np.float32]
Readout: TypeAlias = tuple[int, str]

POOLINGS = ("last", "mean")
"""How the tokens of a text become one vector."""

DTYPES = ("float32", "float16", "bfloat16", "float64")
"""Precision of the network; half precision overflows and depends on the batch."""

# Tensors that a file may have beside those of the network: masks and frequencies that older versions
# stored. And one that may be missing: no hidden state passes through BERT's pooler.
_BUFFERS = re.compile(
    r".*(attention|attn)\.(bias|masked_bias)|.*rotary_emb\.inv_freq|.*position_ids|.*\.mask"
)
_UNUSED = re.compile(r"(.+\.)?pooler\..+")
_UNREADABLE = {errno.EIO, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ESTALE, errno.ETIMEDOUT}
LOADING = threading.RLock()
_FORMAT = 2
WEIGHT_NAMES = "model.safetensors or pytorch_model.bin"


@dataclass(frozen=True, eq=False)
class Loaded:
    """A checkpoint in memory.

    Attributes
    ----------
    network, tokenizer
        Of transformers.
    checkpoint : Checkpoint
        Where its files came from.
    folder : Path
        Where they are.
    identity : Identity
        What they are.
    dtype, device : str
    """

    network: Any
    tokenizer: Any
    checkpoint: hub.Checkpoint
    folder: Path
    identity: hub.Identity
    dtype: str = "float32"
    device: str = "cpu"


# --------------------------------------------------------------------------------- loading


def load(
    model: str | os.PathLike[str],
    revision: str,
    *,
    dtype: str = "float32",
    device: str = "cpu",
    head: bool = False,
) -> Loaded:
    """Load a checkpoint strictly.

    Parameters
    ----------
    model, revision : str
        As `list_checkpoints` gives them.
    dtype : str
        One of `DTYPES`.
    device : str
        As torch names it.
    head : bool
        Whether to keep the language-model head.

    Returns
    -------
    Loaded

    Raises
    ------
    CheckpointError
        If anything about the checkpoint is wrong; its ``kind`` is one of `failures.KINDS`.
    """
    choice("dtype", dtype, DTYPES)
    checkpoint = hub.find(*where(model, revision))
    _require_device(device)
    folder, identity = hub.fetch(checkpoint)
    return _load(checkpoint, folder, identity, dtype, device, head)


def _load(
    checkpoint: hub.Checkpoint,
    folder: Path,
    identity: hub.Identity,
    dtype: str,
    device: str,
    head: bool,
) -> Loaded:
    torch, transformers = optional("torch"), optional("transformers")
    pickled = any(name.endswith(".bin") for name in checkpoint.weights)
    if pickled:
        _require_safe_unpickler(torch)
    elsewhere = hub.config(checkpoint).get("transformers_weights")
    if elsewhere is not None:
        raise CheckpointError(
            "incomplete", f"the configuration of {checkpoint.revision!r} of {checkpoint.model} names other "
            f"weights, {elsewhere!r}; allowed: {WEIGHT_NAMES}"
        )  # fmt: skip
    os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")
    name = f"{checkpoint.revision!r} of {checkpoint.model}"
    # from_pretrained changes the precision and the reports of the whole process while it runs.
    with LOADING, _quiet(transformers):
        tokenizer = _load_tokenizer(transformers, folder, identity, name)
        kind = transformers.AutoModelForCausalLM if head else transformers.AutoModel
        try:
            network, report = kind.from_pretrained(
                folder, use_safetensors=not pickled, weights_only=True, trust_remote_code=False,
                dtype=getattr(torch, dtype), output_loading_info=True, local_files_only=True,
            )  # fmt: skip
        except Exception as error:
            raise CheckpointError(*_loading_failure(error, name)) from error
        _require_whole(network, report, name)
        try:
            network = network.to(device).eval()
        except RuntimeError as error:
            raise CheckpointError("device", f"{name} does not fit on {device}: {error}") from error
    return Loaded(network, tokenizer, checkpoint, folder, identity, dtype, device)


def _load_tokenizer(transformers: Any, folder: Path, identity: hub.Identity, name: str) -> Any:
    if not identity.tokenizer:
        raise CheckpointError("tokenizer", f"{name} has no tokenizer")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
    except Exception as error:
        raise CheckpointError("tokenizer", f"the tokenizer of {name} cannot be loaded: "
                              f"{first_line(error)}") from error  # fmt: skip
    tokenizer.truncation_side = "left"
    return tokenizer


def _loading_failure(error: Exception, name: str) -> tuple[str, str]:
    text, said = str(error), first_line(error)
    if "weights_only" in text.lower() or "WeightsUnpickler" in text or "Unsupported global" in text:
        return "unsafe", f"the weights of {name} are a pickle that would run code; refused: {said}"
    if "trust_remote_code" in text or "model type" in text or "model_type" in text:
        return "unsafe", f"{name} needs code of its repository, which is never run: {said}"
    if "mismatch" in text.lower():
        return (
            "incomplete",
            f"the weights of {name} have other shapes than its configuration says: {said}",
        )
    if isinstance(error, ImportError):
        return "failed", f"{name} needs a library that is not there: {said}"
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return "device", f"no memory for {name}: {said}"
    if isinstance(error, OSError) and error.errno in _UNREADABLE:
        return "unreachable", f"{name} cannot be read: {said}"
    return "damaged", f"{name} cannot be loaded: {said}"


def _require_whole(network: Any, report: Any, name: str) -> None:
    """Refuse every tensor that is missing, of another shape, or of another network."""
    get = report.get if isinstance(report, Mapping) else lambda key, _=(): getattr(report, key, ())
    missing = [key for key in get("missing_keys", ()) if not _UNUSED.fullmatch(key)]
    mismatched = [
        str(key[0] if isinstance(key, tuple) else key) for key in get("mismatched_keys", ())
    ]
    inner = {key.split(".")[0] for key in network.state_dict()} | {network.base_model_prefix}
    strange = [
        key for key in get("unexpected_keys", ())
        if key.split(".")[0] in inner and not _BUFFERS.fullmatch(key) and not _UNUSED.fullmatch(key)
    ]  # fmt: skip
    failed = [str(each) for each in get("error_msgs", ())]
    for what, found in (("lack", missing), ("have another shape of", mismatched),
                        ("have beside the network", strange), ("cannot give", failed)):  # fmt: skip
        if found:
            some = ", ".join(sorted(found)[:3])
            raise CheckpointError(
                "incomplete", f"the weights of {name} {what} {some} ({len(found)} in all)"
            )


def _require_safe_unpickler(torch: Any) -> None:
    version = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if version < (2, 10):
        raise CheckpointError(
            "unsafe", f"pickled weights need torch >= 2.10, whose weights-only unpickler has no known hole; "
            f"this is {torch.__version__}"
        )  # fmt: skip


def _require_device(device: str) -> None:
    torch = optional("torch")
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise CheckpointError(
            "device", f"device = {device!r} is not there: {first_line(error)}"
        ) from None


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """No bar and no report for each of a hundred checkpoints; what matters is checked."""
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


# -------------------------------------------------------------------------------- one pass


def extract(
    loaded: Loaded, texts: Sequence[str], readouts: Sequence[Readout], *, batch_size: int = 32
) -> dict[Readout, Features]:
    """Run a checkpoint over texts once and read all layers and poolings asked for.

    Parameters
    ----------
    loaded : Loaded
    texts : sequence of str
    readouts : sequence of (int, str)
        Layer and pooling, see `load_features`.
    batch_size : int
        Texts at a time.

    Returns
    -------
    dict
        Readout to ndarray of float32, shape (len(texts), width).

    Raises
    ------
    CheckpointError
        If an activation is not finite, or the tokenizer has more tokens than the network.
    ValueError
        If a layer does not exist or a text has no token.
    """
    torch, network = optional("torch"), loaded.network
    _require_layers(network, readouts)
    ids = tokens_of(loaded, texts)
    # Texts of like length share a batch, which saves padding; the result is in the given order.
    order = sorted(range(len(texts)), key=lambda i: len(ids[i]))
    found: dict[Readout, Features] = {}
    with torch.inference_mode():
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            batch, mask = padded(loaded, [ids[i] for i in chosen])
            try:
                states = network(
                    input_ids=batch, attention_mask=mask, output_hidden_states=True
                ).hidden_states
                parts = {each: pool(states[each[0]], mask, each[1]).float().cpu().numpy()
                         for each in readouts}  # fmt: skip
            except Exception as error:  # whatever an architecture raises: the next one may run
                raise running_failure("running the network", error) from error
            for each, pooled in parts.items():
                if each not in found:
                    found[each] = np.empty((len(texts), pooled.shape[1]), np.float32)
                found[each][chosen] = pooled
    for (layer, pooling), values in found.items():
        if not np.all(np.isfinite(values)):
            bad = int(np.sum(~np.isfinite(values).all(axis=1)))
            raise CheckpointError(
                "not finite",
                f"features of {loaded.checkpoint.model} at revision {loaded.checkpoint.revision!r} contain "
                f"nan or inf (layer {layer}, {pooling}, {bad} of {len(texts)} texts, {loaded.dtype})",
            )
    return found


def running_failure(doing: str, error: Exception) -> CheckpointError:
    """What was raised while a network ran: a device that is too small, or anything else."""
    if isinstance(error, CheckpointError):
        return error
    full = isinstance(error, MemoryError) or "memory" in str(error).lower()
    kind = "device" if full else "failed"
    return CheckpointError(kind, f"{doing}: {first_line(error)}")


_tokenised: OrderedDict[tuple[Any, ...], list[list[int]]] = OrderedDict()


def tokens_of(loaded: Loaded, texts: Sequence[str]) -> list[list[int]]:
    """Token numbers of each text; the same tokenizer does the same texts once."""
    limit = _context(loaded)
    key = (loaded.identity.tokenizer, limit, hub.digest(list(texts)))
    with LOADING:
        ids = _tokenised.get(key)
        if ids is None:
            ids = loaded.tokenizer(
                list(texts), truncation=limit is not None, max_length=limit, padding=False,
                return_attention_mask=False, return_token_type_ids=False,
            )["input_ids"]  # fmt: skip
            _tokenised[key] = ids
            while len(_tokenised) > 4:
                _tokenised.popitem(last=False)
    for index, each in enumerate(ids):
        if not each:
            raise ValueError(
                f"texts[{index}] = {texts[index]!r} has no token; allowed: other texts"
            )
    largest = max(max(each) for each in ids)
    if largest >= vocabulary(loaded.network):
        raise CheckpointError(
            "tokenizer",
            f"the tokenizer has the token {largest}, the network only {vocabulary(loaded.network)}: it is "
            "another model's",
        )
    return ids


def _context(loaded: Loaded) -> int | None:
    """Tokens that the network takes at most."""
    positions = getattr(loaded.network.config, "max_position_embeddings", None)
    most = getattr(loaded.tokenizer, "model_max_length", None)
    limits = [int(each) for each in (positions, most) if each is not None and each < 10**9]
    return min(limits) if limits else None


def vocabulary(network: Any) -> int:
    return int(network.get_input_embeddings().weight.shape[0])


def padded(loaded: Loaded, ids: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Token numbers padded on the right, so that positions count from each text's first token."""
    torch, pad = optional("torch"), loaded.tokenizer.pad_token_id
    pad = pad if pad is not None and pad < vocabulary(loaded.network) else 0
    longest = max(map(len, ids))
    batch = np.full((len(ids), longest), pad, np.int64)
    mask = np.zeros((len(ids), longest), np.int64)
    for row, each in enumerate(ids):
        batch[row, : len(each)], mask[row, : len(each)] = each, 1
    return torch.from_numpy(batch).to(loaded.device), torch.from_numpy(mask).to(loaded.device)


def pool(hidden: Any, mask: Any, pooling: str) -> Any:
    """Pool (batch, token, width) over the tokens whose mask is 1; padding is on the right."""
    if pooling == "mean":
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1)
    return hidden[range(len(hidden)), mask.sum(dim=1) - 1]


def _require_layers(network: Any, readouts: Sequence[Readout]) -> None:
    depth = getattr(network.config, "num_hidden_layers", None)
    for layer, _ in readouts:
        if depth is not None and not -depth - 1 <= layer <= depth:
            raise ValueError(f"layer = {layer}; allowed: {-depth - 1} to {depth}")


# ------------------------------------------------------------------------------- the cache


def load_features(
    model: str | os.PathLike[str],
    revision: str,
    texts: Sequence[str],
    *,
    layer: int = -1,
    pooling: str = "last",
    batch_size: int = 32,
    device: str = "cpu",
    dtype: str = "float32",
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
        The last token of each text, or the mean over its tokens. Padding counts in neither.
    batch_size : int
        Texts at a time.
    device : str
        As torch names it.
    dtype : str
        Precision of the network, one of `DTYPES`, whatever that of its file is.
    cache_dir : path, optional
        Where to keep the result; the next call reads it if texts, arguments, and the *content* of weights,
        configuration and tokenizer are the same.

    Returns
    -------
    ndarray of float32, shape (len(texts), width)

    Raises
    ------
    ValueError
        If the checkpoint is missing, damaged or incomplete, a text has no token, or an activation is not
        finite. What is the checkpoint's fault is a ``CheckpointError``.
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
    if isinstance(texts, str):
        raise ValueError(f"texts = {texts!r}; allowed: a sequence of texts")
    texts = list(texts)
    if not texts:
        raise ValueError("texts is empty; allowed: at least one text")
    check_texts(texts)
    instance("revision", revision, str)
    if isinstance(layer, np.integer):
        layer = int(layer)
    if isinstance(layer, bool) or not isinstance(layer, int):
        raise ValueError(f"layer = {layer!r}; allowed: a whole number")
    choice("pooling", pooling, POOLINGS)
    choice("dtype", dtype, DTYPES)
    batch_size = integer("batch_size", batch_size)
    if not hub.is_local(model) and "@" not in revision:
        _family(str(model))
    optional("torch")
    readout = (layer, pooling)
    found, _ = features_of(
        model, revision, texts, [readout], batch_size=batch_size, device=device, dtype=dtype,
        cache_dir=cache_dir,
    )  # fmt: skip
    return found[readout]


def features_of(
    model: str | os.PathLike[str],
    revision: str,
    texts: Sequence[str],
    readouts: Sequence[Readout],
    *,
    batch_size: int = 32,
    device: str = "cpu",
    dtype: str = "float32",
    cache_dir: str | os.PathLike[str] | None = None,
) -> tuple[dict[Readout, Features], hub.Identity]:
    """Read several layers and poolings of one checkpoint in one pass, or from the cache.

    Returns
    -------
    dict, Identity
        Readout to features, and what the checkpoint is.
    """
    checkpoint = hub.find(*where(model, revision))
    _require_device(device)
    folder, identity = hub.fetch(checkpoint)
    found: dict[Readout, Features] = {}
    kept: dict[Readout, Path] = {}
    if cache_dir is not None:
        digest = hub.digest(list(texts))
        for each in readouts:
            key = hub.digest([_FORMAT, identity.weights, identity.config, identity.tokenizer, dtype,
                              batch_size, each, digest])  # fmt: skip
            kept[each] = Path(cache_dir) / f"{key[:32]}.npy"
            features = _read_cache(kept[each], len(texts))
            if features is not None:
                found[each] = features
    lacking = [each for each in readouts if each not in found]
    if lacking:
        loaded = _load(checkpoint, folder, identity, dtype, device, head=False)
        fresh = extract(loaded, texts, lacking, batch_size=batch_size)
        for each, features in fresh.items():
            if each in kept:
                _write_cache(kept[each], features)
        found |= fresh
    return found, identity


def cache_bytes(width: int, n_texts: int, n_readouts: int, n_checkpoints: int) -> int:
    """Size of what a study keeps in its ``cache_dir``.

    Examples
    --------
    >>> cache_bytes(512, 3000, 1, 154) / 1e9
    0.946176
    """
    return 4 * width * n_texts * n_readouts * n_checkpoints


def _read_cache(path: Path, n: int) -> Features | None:
    try:
        features = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # absent or damaged: compute it anew
    right = features.ndim == 2 and len(features) == n and features.dtype == np.float32
    return features if right and np.all(np.isfinite(features)) else None


def _write_cache(path: Path, features: Features) -> None:
    buffer = io.BytesIO()
    np.save(buffer, features, allow_pickle=False)
    hub.write_whole(path, buffer.getvalue())  # never a half-written file under the final name
