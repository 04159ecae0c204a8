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
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

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
from w2slib.studies.language_models import list_checkpoints, load_features
from w2slib.studies.probes import W2SResult, evaluate, feature_alignment
from w2slib.studies.sweeps import (
    SweepSetting,
    TextDataset,
    bag_of_characters,
    read_dataset,
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
    "BATCH", "COMPONENTS", "DIGIT_SIZES", "HIDDEN", "LAST_STEP", "LEARNING_RATE",
    "ChangePoint", "DigitScores", "Interval", "Study", "Supervisor", "SweepSetting", "TextDataset",
    "W2SResult", "bag_of_characters", "change_point", "crossing_shift", "digits_scores",
    "digits_studies", "digits_study", "evaluate", "feature_alignment", "list_checkpoints",
    "load_features", "main", "rank_correlation", "read_dataset", "read_sweep",
    "same_step_correlation", "seed_mean", "sweep",
]  # fmt: skip

# ---------------------------------------------------------------------------- command line


def main(argv: Sequence[str] | None = None) -> int:
    """Run `sweep` from the command line; ``python -m w2slib.checkpoints --help`` lists the options.

    Parameters
    ----------
    argv : sequence of str, optional
        By default the process's own arguments.

    Returns
    -------
    int
        Exit code: 0, or 1 after an error that was printed.

    Examples
    --------
    >>> main(["--model", "someone/unknown", "--dataset", "no.csv", "--out", "out.csv"])
    error: [Errno 2] No such file or directory: 'no.csv'
    1
    """
    options = _parser().parse_args(argv)
    names = SweepSetting.__dataclass_fields__
    try:
        setting = SweepSetting(**{name: getattr(options, name) for name in names})
        dataset = read_dataset(options.dataset)
        checkpoints = list_checkpoints(options.model)
        if options.only:
            checkpoints = [pair for pair in checkpoints if pair[1] in options.only]
        study = _sweep(options, dataset, setting, checkpoints)
    except (ValueError, OSError, ImportError) as error:
        print(f"error: {error}")
        return 1
    print(f"{len(study.steps)} checkpoints, {len(study.weak)} seeds in {options.out}")
    return 0


def _sweep(
    options: argparse.Namespace,
    dataset: TextDataset,
    setting: SweepSetting,
    checkpoints: Sequence[tuple[int, str]],
) -> Study:
    run = partial(
        sweep, options.model, dataset, out=options.out, setting=setting, checkpoints=checkpoints,
        batch_size=options.batch_size, device=options.device, cache_dir=options.cache_dir,
    )  # fmt: skip
    if options.workers == 1:
        return run()
    # Forking a process that has threads, as torch makes, can hang; spawning cannot.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=spawn) as pool:
        return run(executor=pool)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m w2slib.checkpoints",
        description="Weak-to-strong learning at every checkpoint of a language model.",
    )
    parser.add_argument("--model", required=True, help="name on the hub, or a folder of revisions")
    parser.add_argument(
        "--dataset", required=True, type=Path, help="CSV with the columns text, label"
    )
    parser.add_argument("--out", required=True, type=Path, help="CSV that is written or continued")
    parser.add_argument("--only", nargs="+", metavar="REVISION", help="these checkpoints only")
    parser.add_argument("--cache-dir", type=Path, help="keep features here")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    for name, default in SweepSetting().__dict__.items():
        option = "--" + name.replace("_", "-")
        if isinstance(default, bool):
            parser.add_argument(option, action="store_true")
        else:
            parser.add_argument(option, type=type(default), default=default)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
