r"""Checkpoints of real networks: how weak-to-strong generalization emerges along pre-training.

Setting. A network is saved at :math:`K` steps of its pre-training. At each checkpoint a linear probe
on its features is the student of one and the same weak supervisor (`w2slib.probes`). [Blessing] does
so for hundreds of checkpoints of Pythia and OLMo and finds that the performance gap recovered rises
abruptly with pre-training and goes with how linearly readable the task is.

There is no closed form for real networks, so that the module's "theory" part is empty. `digits_study`
runs the study in seconds on real digits; `sweep` runs it on any language model that
`list_checkpoints` knows; the verdict says where weak-to-strong generalization begins, and how closely
it goes with linear readability.

Command line: ``python -m w2slib.checkpoints --model EleutherAI/pythia-70m --dataset FILE.csv
--out results.csv``.
"""

from __future__ import annotations

import argparse
import difflib
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from w2slib.core.validation import integer
from w2slib.studies._records import failures
from w2slib.studies.cleaning import ACTIONS, Cleaning
from w2slib.studies.digits import (
    BATCH,
    COMPONENTS,
    DIGIT_SIZES,
    HIDDEN,
    LAST_STEP,
    LEARNING_RATE,
    DigitScores,
    Supervisor,
    digits_scores,
    digits_studies,
    digits_study,
)
from w2slib.studies.gauge import WarmStartGauge, warm_start_gauge
from w2slib.studies.gauge_sweeps import gauge_sweep
from w2slib.studies.hierarchy import (
    VarianceComponents,
    over_networks,
    two_level,
    variance_components,
)
from w2slib.studies.kept import kept_gauge, kept_networks, kept_study
from w2slib.studies.language_models import (
    CheckpointError,
    Checkpoints,
    list_checkpoints,
    load_features,
    read_checkpoints,
)
from w2slib.studies.probes import W2SResult, evaluate, feature_alignment
from w2slib.studies.results import SweepStudy
from w2slib.studies.students import LOSSES, FineTuned, LinearProbe
from w2slib.studies.supervisors import Characters, EarlierCheckpoint, Given, LanguageModel, Teacher
from w2slib.studies.sweeps import (
    SweepSetting,
    TextDataset,
    bag_of_characters,
    cost,
    read_dataset,
    read_results,
    read_sweep,
    sweep,
)
from w2slib.studies.transitions import (
    ChangePoint,
    Interval,
    Study,
    change_point,
    crossing_shift,
    rank_correlation,
    same_step_correlation,
    seed_mean,
)

# The chapter's whole vocabulary, so that its notebook imports one module.
__all__ = [
    "BATCH", "COMPONENTS", "DIGIT_SIZES", "HIDDEN", "LAST_STEP", "LEARNING_RATE", "ChangePoint",
    "Characters", "CheckpointError", "Checkpoints", "Cleaning", "DigitScores", "EarlierCheckpoint",
    "FineTuned", "Given", "Interval", "LanguageModel", "LinearProbe", "Study", "Supervisor",
    "SweepSetting", "SweepStudy", "Teacher", "TextDataset", "VarianceComponents", "W2SResult",
    "WarmStartGauge", "bag_of_characters", "change_point", "cost", "crossing_shift", "digits_scores",
    "digits_studies", "digits_study", "evaluate", "feature_alignment", "gauge_sweep", "kept_gauge",
    "kept_networks", "kept_study", "list_checkpoints",
    "load_features", "main", "over_networks", "rank_correlation", "read_checkpoints",
    "read_dataset", "read_results", "read_sweep", "same_step_correlation", "seed_mean", "sweep",
    "two_level", "variance_components", "warm_start_gauge",
]  # fmt: skip

# ---------------------------------------------------------------------------- command line


FAILED_EXIT = 3
"""Exit code of a sweep that finished with checkpoints that failed."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `sweep` from the command line; ``python -m w2slib.checkpoints --help`` lists the options.

    Parameters
    ----------
    argv : sequence of str, optional
        By default the process's own arguments.

    Returns
    -------
    int
        Exit code: 0; 1 after an error that was printed; 3 if the sweep finished and some checkpoints failed,
        which ``out.failed.csv`` names.

    Examples
    --------
    >>> main(["--model", "someone/unknown", "--dataset", "no.csv", "--out", "out.csv"])
    error: [Errno 2] No such file or directory: 'no.csv'
    1
    """
    options = _parser().parse_args(argv)
    try:
        study = _prepared(options)
    except (ValueError, OSError, ImportError) as error:
        print(f"error: {error}")
        return 1
    if study is None:
        return 0
    failed = study.setting.get("failed", {})
    left_out = study.setting.get("same_weights", ())
    if left_out:
        print(f"{len(left_out)} steps have the weights of another step and are left out: "
              f"{', '.join(map(str, left_out[:8]))}")  # fmt: skip
    if failed:
        print(f"{len(failed)} checkpoints failed: {', '.join(list(failed)[:8])}; reasons in "
              f"{failures(options.out)}; run again to try them again")  # fmt: skip
    for line in _headlines(study):
        print(line)
    print(f"{len(study.steps)} checkpoints, {len(study.weak)} seeds in {options.out}")
    return FAILED_EXIT if failed else 0


def _headlines(study: SweepStudy) -> list[str]:
    """Student minus supervisor first; then the PGR of the means and the onset, as far as defined."""
    if len(study.weak) < 2:
        return []

    def said(found: Interval, digits: str) -> str:
        return f"{found.value:{digits}} [{found.low:{digits}}, {found.high:{digits}}]"

    gain = seed_mean(study.gain[-1])
    lines = [
        f"student - weak at step {study.steps[-1]}: {said(gain, '+.3f')}, over deals of one network"
    ]
    try:
        pgr = study.recovered
        last = Interval(pgr.value[-1], pgr.low[-1], pgr.high[-1])
        lines.append(f"PGR there, mean gain by mean gap: {said(last, '.2f')}")
        if len(study.steps) > 3:
            onset = change_point(study.steps, study.gain, rng=0).crossing
            lines.append(f"the student overtakes its supervisor at step {said(onset, '.0f')}")
    except ValueError as error:
        lines.append(f"no PGR: {error}")
    return lines


def _prepared(options: argparse.Namespace) -> SweepStudy | None:
    """Check everything that can be checked, say what it will cost, and run."""
    integer("--workers", options.workers)
    named = {name: getattr(options, name) for name in SweepSetting.__dataclass_fields__}
    for name in ("layer", "pooling"):
        named[name] = named[name][0] if len(named[name]) == 1 else tuple(named[name])
    setting = SweepSetting(**named)
    dataset = _datasets(options.dataset)
    checkpoints = _checkpoints(options)
    supervisors = [_supervisor(text, setting) for text in options.supervisor] or None
    students = [_student(text) for text in options.student] or None
    bytes_of = cost(options.model, dataset, setting=setting, checkpoints=checkpoints)
    print(_said(bytes_of, len(checkpoints), options))
    if options.dry_run:
        return None
    run = partial(
        sweep, options.model, dataset, out=options.out, setting=setting, checkpoints=checkpoints,
        supervisors=supervisors, students=students, batch_size=options.batch_size,
        device=options.device, cache_dir=options.cache_dir, scores_dir=options.scores_dir,
        drop_weights=options.drop_weights, on_error=options.on_error,
    )  # fmt: skip
    if options.workers == 1:
        return run()
    # Forking a process that has threads, as torch makes, can hang; spawning cannot.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=spawn) as pool:
        return run(executor=pool)


def _datasets(paths: Sequence[str]) -> TextDataset | dict[str, TextDataset]:
    """One data set, or several by name: NAME=FILE."""
    pairs = [_named(text) for text in paths]
    if len(pairs) == 1 and not pairs[0][0]:
        return read_dataset(pairs[0][1])
    found: dict[str, TextDataset] = {}
    for name, path in pairs:
        name = name or Path(path).stem
        if name in found:
            raise ValueError(f"--dataset has the name {name!r} twice; allowed: NAME=FILE")
        found[name] = read_dataset(path)
    return found


def _named(text: str) -> tuple[str, str]:
    """Name and path of NAME=FILE or FILE; either may have an equals sign of its own."""
    if Path(text).exists():
        return "", text
    cuts = [i for i, letter in enumerate(text) if letter == "="]
    at = next((i for i in cuts if Path(text[i + 1 :]).exists()), cuts[-1] if cuts else -1)
    return text[: max(at, 0)], text[at + 1 :]


def _checkpoints(options: argparse.Namespace) -> list[tuple[int, str]]:
    """Those asked for; a name that is none of them is an error, a branch that is left out is named."""
    if options.checkpoints and options.revision_pattern:
        raise ValueError("--checkpoints and --revision-pattern; allowed: one of them")
    if options.checkpoints:
        found = read_checkpoints(options.checkpoints)
    else:
        found = list_checkpoints(options.model, pattern=options.revision_pattern)
    if found.left_out:
        print(f"{len(found.left_out)} branches are not checkpoints of this series: "
              f"{', '.join(found.left_out[:8])}{', ...' * (len(found.left_out) > 8)}")  # fmt: skip
    names = [name for _, name in found]
    for option in ("only", "exclude"):
        strange = [name for name in getattr(options, option) or () if name not in names]
        if strange:
            near = difflib.get_close_matches(strange[0], names, 3)
            raise ValueError(
                f"--{option} {strange[0]} is no checkpoint; allowed: {', '.join(near or names[:3])}, ..."
            )
    chosen = [pair for pair in found if not options.only or pair[1] in options.only]
    return [pair for pair in chosen if pair[1] not in (options.exclude or ())]


def _said(bytes_of: Mapping[str, int], n: int, options: argparse.Namespace) -> str:
    """What a sweep will take, in words."""
    parts = [f"{n} checkpoints"]
    if bytes_of["weights"]:
        at_once = bytes_of["largest"] if options.drop_weights else bytes_of["weights"]
        parts.append(f"{bytes_of['weights'] / 1e9:.3g} GB of weights to have been downloaded, "
                     f"{at_once / 1e9:.3g} GB of them kept")  # fmt: skip
    if options.cache_dir is not None:
        parts.append(f"{bytes_of['features'] / 1e9:.3g} GB of features in {options.cache_dir}")
    if bytes_of["unknown"]:
        parts.append(f"{bytes_of['unknown']} cannot be looked up")
    return "; ".join(parts)


def _supervisor(text: str, setting: SweepSetting) -> Teacher:
    """Supervisor from KIND[,option...]: characters, given, MODEL@REVISION, earlier@REVISION."""
    kind, *words = text.split(",")
    named: dict[str, Any] = {"penalty": setting.penalty}
    for word in words:
        name, equals, value = word.partition("=")
        if word in ("soft", "shuffled"):
            named[word] = True
        elif word == "fine-tuned":
            named["fine_tuned"] = FineTuned()
        elif equals and name in ("layer", "reads"):
            named[name] = _number(f"--supervisor {text}: {name}", value)
        elif equals and name == "pooling":
            named[name] = value
        else:
            raise ValueError(
                f"--supervisor {text}: {word!r}; allowed: soft, shuffled, fine-tuned, layer=, "
                "pooling=, reads="
            )
    model, at, revision = kind.rpartition("@")
    try:
        if kind == "characters":
            return Characters(**{"reads": setting.reads} | named)
        if kind == "given":
            return Given(**named)
        if not at:
            raise ValueError("allowed: characters, given, MODEL@REVISION or earlier@REVISION")
        if model == "earlier":
            return EarlierCheckpoint(revision=revision, **named)
        return LanguageModel(model=model, revision=revision, **named)
    except TypeError as error:
        raise ValueError(f"--supervisor {text}: {error}; allowed: its own options") from None


def _student(text: str) -> LinearProbe | FineTuned:
    """Student from KIND[,option...]: probe, or fine-tuned; with numbers, and how it cleans its labels."""
    kind, *words = text.split(",")
    named: dict[str, Any] = {}
    cleaning: dict[str, Any] = {}
    whole = ("epochs", "batch_size", "rank", "iterations")
    try:
        for word in words:
            name, equals, value = word.partition("=")
            number = partial(_number, f"--student {text}: {name}", value)
            if equals and name in ACTIONS:
                if cleaning.get("action", name) != name:
                    raise KeyError("one of relabel= and leave-out=")
                cleaning |= {"action": name, "by": value}
            elif equals and name in ("k", "share"):
                cleaning[name] = number(int if name == "k" else float)
            elif kind != "fine-tuned":
                raise KeyError(word)
            elif word == "lora":
                named["method"] = word
            elif word in LOSSES:
                named["loss"] = word
            elif equals and name == "seeds":
                named["training_seeds"] = tuple(range(number()))
            elif equals and name in (*whole, "learning_rate"):
                named[name] = number(int if name in whole else float)
            else:
                raise KeyError(word)
        if cleaning and "action" not in cleaning:
            raise KeyError("k= and share= go with relabel= or leave-out=")
        if "share" in cleaning and cleaning["action"] == "relabel":
            raise KeyError("share= goes with leave-out=")
        if "k" in cleaning and cleaning["by"] == "logistic":
            raise KeyError("k= goes with neighbours or topology")
        if cleaning:
            named["cleaning"] = Cleaning(**cleaning)
        return {"probe": LinearProbe, "fine-tuned": FineTuned}[kind](**named)
    except KeyError as error:
        wrong = "" if error.args[0] == kind else f": {error.args[0]}"
        raise ValueError(
            f"--student {text}{wrong}; allowed: probe, or fine-tuned with ,lora ,confidence "
            ",entropy ,product ,window ,epochs= ,batch_size= ,rank= ,learning_rate= ,iterations= ,seeds=; "
            "either with ,relabel= or ,leave-out= (neighbours, logistic, topology) ,k= ,share="
        ) from None


def _number(name: str, text: str, kind: Callable[[str], Any] = int) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{name} = {text!r}; allowed: a number") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m w2slib.checkpoints",
        description="Weak-to-strong learning at every checkpoint of a language model.",
        epilog="Exit code 3: finished, but some checkpoints failed; they are in OUT.failed.csv.",
    )
    add = parser.add_argument
    add("--model", required=True, help="name on the hub, or a folder of revisions")
    add("--dataset", required=True, action="append", metavar="[NAME=]FILE",
        help="CSV, JSON lines or Parquet with text and label; several share one pass")  # fmt: skip
    add("--out", required=True, type=Path, help="CSV that is written or continued")
    add("--revision-pattern", help="regular expression of a checkpoint's name with (?P<step>...)")
    add("--checkpoints", type=Path, help="CSV with the columns step, revision and maybe model")
    add("--only", nargs="+", metavar="REVISION", help="these checkpoints only")
    add("--exclude", nargs="+", metavar="REVISION", help="all but these checkpoints")
    add("--supervisor", action="append", default=[], metavar="KIND[,OPTION...]",
        help="characters, given, MODEL@REVISION or earlier@REVISION; options soft, shuffled, fine-tuned, "
        "layer=, pooling=, reads=")  # fmt: skip
    add("--student", action="append", default=[], metavar="KIND[,OPTION...]",
        help="probe, or fine-tuned; options lora, confidence, entropy, product, window, epochs=, seeds=, "
        "learning_rate=, iterations=; for either relabel= or leave-out= (neighbours, logistic, topology), "
        "k=, share=")  # fmt: skip
    add("--on-error", choices=("record", "stop"), default="record",
        help="what a checkpoint that cannot be used is: a row of OUT.failed.csv, or the end")  # fmt: skip
    add("--cache-dir", type=Path, help="keep features here")
    add("--scores-dir", type=Path, help="keep every test text's scores here")
    add("--drop-weights", action="store_true", help="delete downloaded weights after use")
    add("--dry-run", action="store_true", help="say what it would take, and stop")
    add("--device", default="cpu")
    add("--batch-size", type=int, default=32)
    add("--workers", type=int, default=1, help="processes")
    for name, default in SweepSetting().__dict__.items():
        option = "--" + name.replace("_", "-")
        if isinstance(default, bool):
            add(option, action="store_true")
        elif name in ("layer", "pooling"):
            add(option, type=type(default), nargs="+", default=[default])
        else:
            add(option, type=type(default), default=default)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
