r"""Where the files of a checkpoint are, and what is in them.

A checkpoint is known by its content: the SHA-256 sums of its weights, of its configuration and of its
tokenizer (`Identity`), never by its name. For a name on the Hugging Face hub the sums of the weights are
known before anything is downloaded. Lists of branches and of files are kept beside the hub's own cache, so
that a study whose weights are there goes on without a network.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from w2slib.studies.failures import CheckpointError, first_line, optional

__all__ = [
    "Checkpoint",
    "Identity",
    "branches",
    "config",
    "described",
    "digest",
    "drop",
    "fetch",
    "find",
    "forget",
    "identify",
    "is_local",
    "name_of",
    "stamp",
    "total",
    "write_whole",
]  # fmt: skip

WEIGHTS = (
    ("model.safetensors", "file"),
    ("model.safetensors.index.json", "index"),
    ("pytorch_model.bin", "file"),
    ("pytorch_model.bin.index.json", "index"),
)
"""Names of weight files, of which the first that is there is taken, as transformers does."""

TOKENIZER = re.compile(
    r"(tokenizer.*\.json|vocab\.(json|txt)|merges\.txt|special_tokens_map\.json|added_tokens\.json"
    r"|.*\.model|.*\.tiktoken|chat_template\.jinja)"
)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Identity:
    """What a checkpoint is: SHA-256 sums, or ``""`` for what is not known before the download.

    Attributes
    ----------
    weights, config, tokenizer : str
    """

    weights: str
    config: str
    tokenizer: str

    def short(self) -> str:
        """Return the first digits of the weights' sum, as tables show it."""
        return self.weights[:16]


@dataclass(frozen=True)
class Checkpoint:
    """Files of one checkpoint, on this disk or on the hub.

    Attributes
    ----------
    model, revision : str
    folder : str
        Where they are on this disk; empty for one on the hub.
    commit : str
        The hub's commit; empty for one on this disk.
    files : dict
        Name to (size, SHA-256 or "", the hub's own sum or "").
    weights : tuple of str
        Those of them that hold the weights.
    """

    model: str
    revision: str
    folder: str
    commit: str
    files: dict[str, tuple[int, str, str]]
    weights: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of the weights."""
        return sum(self.files[name][0] for name in self.weights)

    def known(self) -> str:
        """Return what the hub says of the content, or "" if it does not say all; equal is equal."""
        sums = [self.files[name][1] for name in self.weights]
        others = [(name, self.files[name][2]) for name in sorted(self.files) if _needed(name)]
        if self.folder or not all(sums) or not all(each for _, each in others):
            return ""
        return digest([sums, others])


def is_local(model: str | os.PathLike[str]) -> bool:
    """Whether a model is a folder on this disk."""
    return Path(model).is_dir()


def name_of(model: str | os.PathLike[str]) -> str:
    """Name of a model, on whatever machine; a local model counts by its folder's name."""
    return Path(model).name if is_local(model) else str(model)


# ------------------------------------------------------------------------------ the files


def find(model: str | os.PathLike[str], revision: str) -> Checkpoint:
    """Look up the files of a checkpoint, without downloading its weights.

    Raises
    ------
    CheckpointError
        If the revision, or every kind of weights, is missing, or the hub does not answer.
    """
    if is_local(model):
        return _find_here(Path(model), revision)
    key = (_endpoint(), str(model), revision)
    if key in _trouble:
        raise _trouble[key]
    try:
        return _find_there(str(model), revision)
    except CheckpointError as error:
        _trouble[key] = error
        raise


_trouble: dict[tuple[str, str, str], CheckpointError] = {}


def forget() -> None:
    """Ask the hub again for what it was asked in this process, also where it did not answer."""
    _trouble.clear()
    _refs.clear()


def _find_here(root: Path, revision: str) -> Checkpoint:
    folder = root / revision
    if not (folder / "config.json").is_file():
        there = sorted(path.name for path in root.iterdir() if (path / "config.json").is_file())
        what = "has no config.json" if folder.is_dir() else "is missing"
        raise CheckpointError(
            "missing",
            f"revision = {revision!r} {what} in {root}; allowed: {', '.join(there[:4])}, ... "
            f"({len(there)} in all)",
        )
    files = {
        path.name: (path.stat().st_size, "", "") for path in folder.iterdir() if path.is_file()
    }
    weights = _weights(files, f"{folder}", lambda name: folder / name)
    return Checkpoint(str(root), revision, str(folder), "", files, weights)


def _find_there(model: str, revision: str) -> Checkpoint:
    commit = _commit(model, revision)
    kept = _kept(model) / f"files-{commit}.json"
    files: dict[str, tuple[int, str, str]] = {}
    if kept.is_file():
        files = {name: (v[0], v[1], v[2]) for name, v in json.loads(kept.read_text()).items()}
    else:
        api = _api()
        tree = _ask(model, revision, lambda: list(api.list_repo_tree(model, revision=commit)))
        for each in tree:
            if hasattr(each, "blob_id"):
                lfs = getattr(each, "lfs", None)
                files[each.path] = (each.size, lfs.sha256 if lfs else "", each.blob_id)
        write_whole(kept, json.dumps(files))
    weights = _weights(
        files, f"{model} at {revision}", lambda name: _download(model, commit, revision, name)
    )
    return Checkpoint(model, revision, "", commit, files, weights)


def _weights(
    files: dict[str, tuple[int, str, str]], name: str, path: Callable[[str], Path]
) -> tuple[str, ...]:
    if "adapter_config.json" in files:
        raise CheckpointError("incomplete", f"{name} has an adapter beside its weights "
                              "(adapter_config.json); allowed: merged weights")  # fmt: skip
    for file, kind in WEIGHTS:
        if file not in files:
            continue
        if kind == "file":
            return (file,)
        try:
            shards = sorted(
                set(json.loads(path(file).read_text(encoding="utf-8"))["weight_map"].values())
            )
            if not shards:
                raise ValueError("it names no file")
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            if isinstance(error, CheckpointError):
                raise
            raise CheckpointError(
                "damaged", f"{file} of {name} is no index of weights: {error}"
            ) from None
        gone = [shard for shard in shards if shard not in files]
        if gone:
            raise CheckpointError(
                "missing",
                f"{name} lacks {gone[0]}, one of the {len(shards)} files that {file} names",
            )
        return tuple(shards)
    others = [file for file in files if file.endswith((".msgpack", ".h5", ".onnx", ".pt", ".gguf"))]
    also = f"; it has {others[0]}" if others else ""
    raise CheckpointError(
        "missing", f"{name} has no weights{also}; allowed: model.safetensors or pytorch_model.bin"
    )


def fetch(checkpoint: Checkpoint) -> tuple[Path, Identity]:
    """Bring the files of a checkpoint onto this disk, and say what they are.

    Returns
    -------
    Path, Identity
        The folder, and the sums of what is in it.

    Raises
    ------
    CheckpointError
        If a file is missing, empty, truncated, a Git LFS pointer, or not what the hub says it is.
    """
    folder = _bring_small(checkpoint)
    if not checkpoint.folder:
        for name in checkpoint.weights:
            _download(checkpoint.model, checkpoint.commit, checkpoint.revision, name)
    for name in checkpoint.weights:
        _inspect(folder / name)
    sums = [_file_digest(folder / name) for name in checkpoint.weights]
    for name, found in zip(checkpoint.weights, sums, strict=True):
        said = checkpoint.files[name][1]
        if said and said != found:
            raise CheckpointError(
                "damaged", f"{folder / name} is not the file that the hub has; delete it"
            )
    return folder, Identity(digest(sums), *_small_sums(checkpoint, folder))


def identify(checkpoint: Checkpoint) -> Identity:
    """Say what a checkpoint is, downloading its weights only if the hub does not know their sums."""
    sums = [checkpoint.files[name][1] for name in checkpoint.weights]
    if not sums or not all(sums):
        return fetch(checkpoint)[1]
    return Identity(digest(sums), *_small_sums(checkpoint, _bring_small(checkpoint)))


def _bring_small(checkpoint: Checkpoint) -> Path:
    """Folder of a checkpoint, with everything in it but the weights."""
    if checkpoint.folder:
        return Path(checkpoint.folder)
    wanted = [name for name in checkpoint.files if _needed(name)]
    wanted += [f for f, kind in WEIGHTS if kind == "index" and f in checkpoint.files]
    if "config.json" not in wanted:
        raise CheckpointError(
            "missing", f"{checkpoint.model} at {checkpoint.revision!r} has no config.json"
        )
    paths = [
        _download(checkpoint.model, checkpoint.commit, checkpoint.revision, name) for name in wanted
    ]
    return paths[0].parent


def _small_sums(checkpoint: Checkpoint, folder: Path) -> tuple[str, str]:
    """Sums of the configuration and of the tokenizer."""
    names = sorted(name for name in checkpoint.files if TOKENIZER.fullmatch(name))
    tokenizer = [[name, _file_digest(folder / name)] for name in names]
    return _file_digest(folder / "config.json"), digest(tokenizer) if tokenizer else ""


def drop(checkpoint: Checkpoint) -> None:
    """Delete the weights of a checkpoint from the hub's cache; never those of a folder of yours."""
    if checkpoint.folder:
        return
    hub = optional("huggingface_hub")
    for name in checkpoint.weights:
        link = hub.try_to_load_from_cache(
            checkpoint.model, name, cache_dir=_cache(), revision=checkpoint.commit
        )
        if isinstance(link, str):
            blob = Path(link).resolve()
            Path(link).unlink()
            blob.unlink(missing_ok=True)


def _needed(name: str) -> bool:
    return name in ("config.json", "generation_config.json") or bool(TOKENIZER.fullmatch(name))


def _inspect(path: Path) -> None:
    """Refuse a file of weights that is visibly not one."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(64)
        if size == 0:
            raise CheckpointError("damaged", f"{path} is empty")
        if head.startswith(b"version https://git-lfs"):
            raise CheckpointError(
                "damaged", f"{path} is a Git LFS pointer, not the weights: git lfs pull"
            )
        if path.suffix != ".safetensors":
            # The list of an archive's members is its end; files of before torch 1.6 are no archives.
            if head.startswith(b"PK") and not zipfile.is_zipfile(path):
                raise CheckpointError("damaged", f"{path} is truncated: an archive without its end")
            return
        file.seek(0)
        length = int.from_bytes(file.read(8), "little")
        try:
            header = json.loads(file.read(length)) if 8 + length <= size else None
        except ValueError:
            header = None
    try:
        tensors = dict(header or {"": None})
        tensors.pop("__metadata__", None)
        ends = [int(each["data_offsets"][1]) for each in tensors.values()]
    except (AttributeError, KeyError, TypeError, IndexError, ValueError):
        raise CheckpointError("damaged", f"{path} is truncated, or no safetensors file") from None
    if 8 + length + max(ends, default=0) != size:
        raise CheckpointError("damaged", f"{path} is truncated: {size} bytes of "
                              f"{8 + length + max(ends, default=0)}")  # fmt: skip
    whole = [name for name, each in tensors.items() if name.endswith("weight") and _quantised(each)]
    if whole:
        raise CheckpointError("incomplete", f"{path} has {whole[0]} in {tensors[whole[0]]['dtype']}: "
                              "quantised weights, which would be read as if they were not")  # fmt: skip


def _quantised(tensor: dict[str, Any]) -> bool:
    return not re.fullmatch(r"F(16|32|64)|BF16", str(tensor.get("dtype", "F32")))


# ------------------------------------------------------------------------------- the sums

_sums: dict[tuple[Any, ...], str] = {}


def _file_digest(path: Path) -> str:
    """SHA-256 of a file, computed anew when anything about the file changed."""
    stat = path.stat()
    # A replaced file has another change time, also where its size and modification time are the old ones.
    key = (str(path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    if key not in _sums:
        with path.open("rb") as file:
            _sums[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _sums[key]


def digest(value: Any) -> str:
    """SHA-256 of a value that JSON takes."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


# -------------------------------------------------------------------------------- the hub


def branches(model: str) -> list[str]:
    """Names of a model's branches on the hub, from the list kept here if it does not answer."""
    return sorted(_branches(model))


_refs: dict[tuple[str, str], dict[str, str]] = {}


def _branches(model: str) -> dict[str, str]:
    """Branch to commit; asked once in a process."""
    kept, key = _kept(model) / "branches.json", (_endpoint(), model)
    if key in _refs:
        return _refs[key]
    try:
        api = _api()
        refs = _ask(model, "", lambda: api.list_repo_refs(model))
        found = {branch.name: branch.target_commit for branch in refs.branches}
        write_whole(kept, json.dumps(found, indent=0, sort_keys=True))
    except CheckpointError as error:
        if error.kind != "unreachable" or not kept.is_file():
            raise
        found = json.loads(kept.read_text())
    _refs[key] = found
    return found


def _commit(model: str, revision: str) -> str:
    if re.fullmatch(r"[0-9a-f]{40}", revision):
        return revision
    found = _branches(model)
    if revision in found:
        return found[revision]
    api = _api()
    try:
        tags = _ask(model, revision, lambda: api.list_repo_refs(model).tags)
    except CheckpointError:
        tags = []
    for tag in tags:
        if tag.name == revision:
            return tag.target_commit
    raise CheckpointError(
        "missing",
        f"revision = {revision!r} is missing in {model} on the hub; allowed: "
        f"{', '.join(sorted(found)[:4])}, ... ({len(found)} branches)",
    )


def _download(model: str, commit: str, revision: str, name: str) -> Path:
    hub = optional("huggingface_hub")
    _no_bars(hub)
    cached = hub.try_to_load_from_cache(model, name, cache_dir=_cache(), revision=commit)
    if isinstance(cached, str):
        return Path(cached)
    path = _ask(model, revision, lambda: hub.hf_hub_download(
        model, name, revision=commit, cache_dir=_cache(), endpoint=_endpoint(),
    ))  # fmt: skip
    return Path(path)


def _ask(model: str, revision: str, question: Callable[[], _T]) -> _T:
    """Answer of the hub, or the reason why there is none."""
    errors = optional("huggingface_hub.errors")
    at = f"{model} at {revision!r}" if revision else model
    try:
        if _offline():
            raise OSError("HF_HUB_OFFLINE is set")
        return question()
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError,
            errors.RemoteEntryNotFoundError) as error:  # fmt: skip
        raise CheckpointError("missing", f"{at} is not on the hub: {first_line(error)}") from None
    except errors.HfHubHTTPError as error:
        status = getattr(getattr(error, "response", None), "status_code", "?")
        raise CheckpointError("unreachable", f"the hub answers {status} for {at}") from None
    except Exception as error:  # whatever the network says
        if isinstance(error, CheckpointError):
            raise
        if isinstance(error, OSError) and error.errno == 28:
            raise  # the disk is full: not the checkpoint's fault
        raise CheckpointError(
            "unreachable", f"{at} cannot be reached: {first_line(error)}"
        ) from None


def _api() -> Any:
    return optional("huggingface_hub").HfApi(endpoint=_endpoint())


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT") or "https://huggingface.co"


def _offline() -> bool:
    return any(os.environ.get(name, "").lower() in ("1", "true", "yes", "on")
               for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))  # fmt: skip


def _cache() -> str:
    return os.environ.get("HF_HUB_CACHE") or optional("huggingface_hub.constants").HF_HUB_CACHE


def _kept(model: str) -> Path:
    return Path(_cache()) / "w2slib" / model.replace("/", "--")


def _no_bars(hub: Any) -> None:
    hub.utils.disable_progress_bars()


def write_whole(path: Path, text: str | bytes) -> None:
    """Write a file so that it is there whole, or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def stamp(checkpoint: Checkpoint) -> Any:
    """What can only be the same if the content is: the hub's commit, or sizes and times of the files."""
    if not checkpoint.folder:
        return checkpoint.commit
    stats = [(name, (Path(checkpoint.folder) / name).stat()) for name in sorted(checkpoint.files)
             if _needed(name) or name in checkpoint.weights]  # fmt: skip
    return [[name, s.st_size, s.st_mtime_ns, s.st_ctime_ns] for name, s in stats]


def config(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return the network's configuration."""
    if checkpoint.folder:
        path = Path(checkpoint.folder) / "config.json"
    else:
        path = _download(checkpoint.model, checkpoint.commit, checkpoint.revision, "config.json")
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise CheckpointError("damaged", f"{path} is no configuration: {error}") from None


def described(checkpoint: Checkpoint, identity: Identity) -> dict[str, Any]:
    """What a sidecar says of a checkpoint."""
    return {"revision": checkpoint.revision, "commit": checkpoint.commit, **asdict(identity)}


def total(checkpoints: Iterable[Checkpoint]) -> int:
    """Bytes of the weights of several checkpoints, each content counted once."""
    sizes: dict[Sequence[str] | str, int] = {}
    for each in checkpoints:
        sizes[each.known() or (each.model, each.revision)] = each.size
    return sum(sizes.values())
