r"""Which checkpoints a model has, and at which step of its training each was saved.

Every public family names its checkpoints in its own way. `FAMILIES` is a list of presets, each of which is
no more than a regular expression with a group ``step``; `list_checkpoints` takes one of your own, and
`read_checkpoints` a table. A branch that a preset does not take is counted and named, not passed over.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from w2slib.core.validation import instance
from w2slib.studies import _hub as hub
from w2slib.studies.texts import csv_records

__all__ = [
    "FAMILIES",
    "Checkpoints",
    "Family",
    "list_checkpoints",
    "olmo2_step",
    "olmo_step",
    "pythia_step",
    "read_checkpoints",
    "where",
]


class Checkpoints(list[tuple[int, str]]):
    """List of (step, revision) in the order of training, and the branches that are none of them.

    Attributes
    ----------
    left_out : tuple of str
        Names of branches, sub-folders or repositories that were found and not taken.
    """

    def __init__(self, pairs: Iterable[tuple[int, str]] = (), left_out: Iterable[str] = ()) -> None:
        super().__init__(pairs)
        self.left_out = tuple(left_out)


@dataclass(frozen=True)
class Family:
    """How one family of models names its checkpoints.

    Attributes
    ----------
    name, pattern : str
        What it is called, and the expression that its models' names match.
    revision : str
        The expression that a checkpoint's name matches; its group ``step`` (or ``thousands``) is the step.
    known : callable, optional
        Makes the names from the model's name; without it the hub is asked for its branches.
    """

    name: str
    pattern: str
    revision: str
    known: Callable[[str], Sequence[str]] | None = None

    def step(self, revision: str) -> int | None:
        """Return the step of a revision, or None if it is not a checkpoint."""
        return _step(self.revision, revision)


def _step(pattern: str, revision: str) -> int | None:
    match = re.fullmatch(pattern, revision)
    if not match:
        return None
    found = match.groupdict()
    if found.get("thousands") is not None:
        return 1000 * int(found["thousands"])
    step = found["step"]
    if step is not None and not step.isdecimal():
        raise ValueError(f"pattern = {pattern!r} takes {step!r} for the step of {revision!r}; allowed: a "
                         "group of digits, (?P<step>\\d+)")  # fmt: skip
    return None if step is None else int(step)


def _pythia_revisions(model: str) -> list[str]:
    early = [0, *(2**k for k in range(10))]
    return [f"step{step}" for step in [*early, *range(1000, 143001, 1000)]]


def _multibert_repositories(model: str) -> list[str]:
    thousands = [*range(0, 200, 20), *range(200, 2001, 100)]
    return [f"{model}-step_{k}k@main" for k in thousands]


def _tinyllama_repositories(model: str) -> list[str]:
    named = ["step-50K-105b", *(f"intermediate-step-{rest}" for rest in (
        "240k-503b", "480k-1T", "715k-1.5T", "955k-token-2T", "1195k-token-2.5T", "1431k-3T",
    ))]  # fmt: skip
    return [f"TinyLlama/TinyLlama-1.1B-{name}@main" for name in named]


_TABLE = ("step", "revision", "model")
_TOKENS = r"(-tokens[\d.]+[BT])?"
_STAGE = r"(stage-?1-|early-(training-)?)?"

FAMILIES: tuple[Family, ...] = (
    # The first release has no early checkpoints, and not all sizes have all others: ask.
    Family("Pythia v0", r"EleutherAI/pythia-.+-v0", r"step(?P<step>\d+)"),
    # With PolyPythias (pythia-14m-seed3, pythia-160m-data-seed1) and the deduped ones.
    Family("Pythia", r"EleutherAI/pythia-.+", r"step(?P<step>\d+)", _pythia_revisions),
    # The second stage restarts the count on other data: not a continuation of one axis.
    Family("OLMo 2", r"allenai/OLMo-2-.+", rf"{_STAGE}step(?P<step>\d+){_TOKENS}"),
    Family("OLMo 3", r"allenai/Olmo-3.+", rf"{_STAGE}step(?P<step>\d+){_TOKENS}"),
    Family("OLMoE", r"allenai/OLMoE-.+", rf"step(?P<step>\d+){_TOKENS}"),
    Family("OLMo", r"allenai/OLMo-.+", r"step(?P<step>\d+)-tokens\d+B"),
    # Checkpoints are numbered, not by step: 360 of them, evenly spaced.
    Family("Amber", r"LLM360/Amber", r"ckpt_(?P<step>\d+)"),
    Family("SmolLM", r"HuggingFaceTB/SmolLM.+", r"(stage1-)?step-(?P<step>\d+)"),
    # One seed; the others of DataDecide are networks of their own.
    Family("DataDecide", r"allenai/DataDecide-.+", r"step(?P<step>\d+)-seed-default"),
    Family("Comma", r"common-pile/comma-.+", r"(stage1-)?step[-_]?(?P<step>\d+)(-tokens.+)?"),
    # A repository for every checkpoint.
    Family("MultiBERT", r"google/multiberts-seed_\d+", r".+-step_(?P<thousands>\d+)k@main",
           _multibert_repositories),
    Family("TinyLlama", r"TinyLlama/TinyLlama-1\.1B", r".+-step-(?P<thousands>\d+)[kK]-.+@main",
           _tinyllama_repositories),
)  # fmt: skip
"""Presets, the special before the general."""


def pythia_step(revision: str) -> int | None:
    """Step of a Pythia revision (``step512``), or None if it is not one.

    Examples
    --------
    >>> pythia_step("step3000"), pythia_step("main")
    (3000, None)
    """
    return _step(r"step(?P<step>\d+)", revision)


def olmo_step(revision: str) -> int | None:
    """Step of an OLMo revision (``step1000-tokens4B``), or None if it is not one.

    Examples
    --------
    >>> olmo_step("step1000-tokens4B"), olmo_step("main")
    (1000, None)
    """
    return _step(r"step(?P<step>\d+)-tokens\d+B", revision)


def olmo2_step(revision: str) -> int | None:
    """Step of an OLMo 2 revision of the first stage (``stage1-step1000-tokens5B``), else None.

    The second stage restarts the count of steps on other data (``stage2-ingredient1-...``), and is
    left out: it is not a continuation of one axis.

    Examples
    --------
    >>> olmo2_step("stage1-step150-tokens1B"), olmo2_step("stage2-ingredient1-step1000-tokens5B")
    (150, None)
    """
    return _step(r"stage1-step(?P<step>\d+)-tokens\d+B", revision)


def list_checkpoints(
    model: str | os.PathLike[str],
    *,
    revisions: Iterable[str] | None = None,
    pattern: str | None = None,
) -> Checkpoints:
    r"""List the checkpoints of a model in the order of training.

    Parameters
    ----------
    model : str or path
        A name on the Hugging Face hub (``EleutherAI/pythia-70m``, ``allenai/OLMo-1B-0724-hf``,
        ``LLM360/Amber``, ``google/multiberts-seed_0``; `FAMILIES` has them all), or a folder with one
        sub-folder for each revision, named in any of these families' ways.
    revisions : iterable of str, optional
        The model's revisions, if they are known already (a file that the model's authors publish,
        for instance). By default Pythia's are generated, others are asked from the hub, and a folder is
        read.
    pattern : str, optional
        Regular expression of a checkpoint's name with a group ``step``, ``ckpt_(?P<step>\d+)`` for
        instance. With it any model on the hub will do.

    Returns
    -------
    Checkpoints
        List of (step, revision), by step; ``left_out`` names the branches that are not checkpoints. Where
        every checkpoint has a repository of its own, the revision is ``repository@revision``.

    Raises
    ------
    ValueError
        If the model is unknown, nothing matches, or two names have the same step.

    Notes
    -----
    Source: the models' cards. Lists of branches are kept beside the hub's cache and read from there when
    the hub cannot be reached.

    Examples
    --------
    >>> checkpoints = list_checkpoints("EleutherAI/pythia-70m")
    >>> len(checkpoints), checkpoints[:3], checkpoints[-1]
    (154, [(0, 'step0'), (1, 'step1'), (2, 'step2')], (143000, 'step143000'))
    >>> list_checkpoints("allenai/OLMo-2-0425-1B", revisions=["main", "stage1-step10000-tokens21B"])
    [(10000, 'stage1-step10000-tokens21B')]
    >>> list_checkpoints("me/mine", revisions=["ckpt_7", "main"], pattern=r"ckpt_(?P<step>\d+)").left_out
    ('main',)
    """
    local, patterns, known = hub.is_local(model), [], None
    if pattern is not None:
        patterns = [_checked_pattern(pattern)]
    elif local:
        patterns = [family.revision for family in FAMILIES]
    else:
        family = _family(str(model))
        patterns, known = [family.revision], family.known
    if revisions is not None:
        names = [] if isinstance(revisions, str) else list(revisions)
        if not all(isinstance(name, str) for name in names) or not names:
            raise ValueError(f"revisions = {revisions!r}; allowed: a sequence of names")
    elif local:
        names = sorted(path.name for path in Path(model).iterdir() if path.is_dir())
    else:
        names = list(known(str(model)) if known else hub.branches(str(model)))
    steps = {name: next(filter(lambda s: s is not None, (_step(p, name) for p in patterns)), None)
             for name in names}  # fmt: skip
    found = sorted((step, name) for name, step in steps.items() if step is not None)
    if not found:
        raise ValueError(
            f"model = {str(model)!r} has no checkpoint among {names[:5]}; allowed: revisions like "
            f"{pattern or 'step1000, step1000-tokens4B or stage1-step1000-tokens5B'}"
        )
    _one_name_per_step(str(model), found)
    return Checkpoints(found, [name for name, step in steps.items() if step is None])


def read_checkpoints(path: str | os.PathLike[str]) -> Checkpoints:
    r"""Read a table of checkpoints of your own.

    Parameters
    ----------
    path : path
        CSV file with the columns ``step`` and ``revision``, and maybe ``model`` where it differs from row
        to row (an empty one is the sweep's own). A revision is a branch, a tag, a commit or, for a model
        on this disk, a sub-folder.

    Returns
    -------
    Checkpoints
        By step; a model of its own is written before the revision, ``model@revision``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "checkpoints.csv"
    ...     _ = path.write_text("step,model,revision\n2000,me/late,main\n1000,me/early,main\n")
    ...     read_checkpoints(path)
    [(1000, 'me/early@main'), (2000, 'me/late@main')]
    """
    records = [(place, fields) for place, fields in csv_records(Path(path)) if fields]
    header = records[0][1] if records else []
    missing = {"step", "revision"} - set(header)
    _refuse_lookalikes(path, header)
    if missing:
        raise ValueError(
            f"{path} lacks the column {sorted(missing)[0]!r}; allowed: a header with step, "
            "revision and maybe model"
        )
    found = []
    for place, fields in records[1:]:
        # A row without its last field has no model of its own.
        row = dict(zip(header, fields, strict=False))
        step, revision = row.get("step", ""), row.get("revision", "").strip()
        if not step.strip().isdecimal() or not revision or len(fields) > len(header):
            raise ValueError(
                f"{path}, {place}: step = {step!r}, revision = {revision!r}; allowed: "
                "a whole number and a name"
            )
        model = row.get("model", "").strip()
        found.append((int(step), f"{model}@{revision}" if model else revision))
    if not found:
        raise ValueError(f"{path} has no rows; allowed: at least one checkpoint")
    names = [name for _, name in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"{path} has {twice!r} twice; allowed: every checkpoint once")
    _one_name_per_step(str(path), sorted(found))
    return Checkpoints(sorted(found))


def _refuse_lookalikes(path: str | os.PathLike[str], header: Sequence[str]) -> None:
    """Refuse a column twice, or one that is nearly named like a known one and would not be read."""
    for column in header:
        plain = column.strip().casefold().removesuffix("s")
        if header.count(column) > 1:
            raise ValueError(f"{path} has the column {column!r} twice; allowed: every column once")
        if plain in _TABLE and column not in _TABLE:
            raise ValueError(
                f"{path} has the column {column!r}; allowed: {plain!r}, or another name"
            )


def where(model: str | os.PathLike[str], revision: str) -> tuple[str, str]:
    """Model and revision of a checkpoint; ``model@revision`` has a model of its own.

    Examples
    --------
    >>> where("google/multiberts-seed_0", "google/multiberts-seed_0-step_20k@main")
    ('google/multiberts-seed_0-step_20k', 'main')
    >>> where("EleutherAI/pythia-70m", "step512")
    ('EleutherAI/pythia-70m', 'step512')
    """
    own, at, name = revision.rpartition("@")
    return (own, name) if at and own else (str(model), revision)


def _one_name_per_step(model: str, found: Sequence[tuple[int, str]]) -> None:
    for (step, name), (following, other) in itertools.pairwise(found):
        if step == following:
            raise ValueError(
                f"{model} has two names for step {step}, {name!r} and {other!r}; allowed: one; a pattern "
                "or a table says which"
            )


def _checked_pattern(pattern: str) -> str:
    instance("pattern", pattern, str)
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise ValueError(f"pattern = {pattern!r}: {error}; allowed: a regular expression") from None
    if "step" not in groups:
        raise ValueError(
            f"pattern = {pattern!r}; allowed: an expression with a group (?P<step>\\d+)"
        )
    return pattern


def _family(model: str) -> Family:
    for family in FAMILIES:
        if re.fullmatch(family.pattern, model):
            return family
    known = ", ".join(f"{family.name} ({family.pattern})" for family in FAMILIES)
    raise ValueError(
        f"model = {model!r}; allowed: an existing folder of revisions, a pattern of the revisions, a "
        f"table of checkpoints, or {known}"
    )
