"""Pre-train networks of three sizes from several seeds, and follow weak-to-strong learning along each.

    nice -n 19 python -m studies.networks --work build/networks --out build/networks/results

Needs `pip install 'w2slib[llm]'`, no network and no GPU. Hours of one processor (three sizes, three training
seeds, 109 checkpoints each); every stage continues where it stopped when the script is started again with the
same folders. `--only 48x2-s0` does a part, `--stage train` or `--stage sweep` one stage of it.

*Corpus, network, spacing of checkpoints*: those of `studies.tiny_transformer`. A network's name says
its width, its layers and its training seed: 96x3-s0.

*Tasks*, on held-out modules, after an identifier: is it called (next comes an opening parenthesis)? Is it
assigned (next comes an equals sign that is not a comparison)?

*Supervisors*: the characters at the end of the text; the same with shuffled labels (the control); a weak
language model of 0.06 million parameters, trained in the same way and probed; an earlier checkpoint of the
student's own network.

*Students*: linear probes at every checkpoint; at about ten checkpoints the network itself, fine-tuned.

What stays, in `--out`: for each network NAME.csv (probes) and NAME-tuned.csv (fine-tuned) with the setting
beside each, NAME-gauge.csv (predicted gains), and facts.json: Python's version, the corpus' checksum, those
of the tables, times.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import platform
import re
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from studies.tiny_transformer import (
    CONTEXT,
    SEED,
    held_out,
    identifiers,
    read_corpus,
    train,
)
from w2slib.studies.kept import _UNITS

SIZES = ("48x2", "96x3", "192x4")
WEAK = "24x1-s100"
EARLIER = "step128"
STAGES = ("train", "sweep", "tune", "gauge")
BATCH = 128
PER_CLASS = 8
"""Texts of a module and a class; every deal divides all of them anew."""
TUNED_STEPS = (0, 16, 64, 128, 256, 512, 1000, 2000, 3000, 4400)


def called(rest: str) -> bool:
    """Whether what follows an identifier calls it."""
    return rest.startswith("(")


def assigned(rest: str) -> bool:
    """Whether what follows an identifier assigns to it."""
    return re.match(r" *=[^=]", rest) is not None


TASKS = {"called": called, "assigned": assigned}


def write_task(corpus: dict[str, str], name: str, path: Path) -> None:
    """Write one task (columns id, text, label, group; classes balanced in each module)."""
    rng, rows, seen = np.random.default_rng(SEED), [], set()
    for module in sorted(filter(held_out, corpus)):
        text, pool, end = corpus[module], {0: [], 1: []}, 0
        for number, (context, _) in enumerate(identifiers(text)):
            end = text.index(context, max(0, end - CONTEXT)) + len(context)
            key = " ".join(context.split())
            if key not in seen:
                seen.add(key)
                label = int(TASKS[name](text[end : end + 8]))
                pool[label].append((f"{module}:{number}", context, label, module))
        take = min(PER_CLASS, *map(len, pool.values()))
        for of_class in pool.values():
            rows += [of_class[i] for i in sorted(rng.permutation(len(of_class))[:take])]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "label", "group"])
        writer.writerows(rows)


def train_network(name: str, work: Path, options) -> dict:
    """Train one network, or go on with it; return what to report."""
    size, _, seed = name.rpartition("-s")
    hidden, layers = map(int, size.split("x"))
    folder = work / name
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "trained.json"
    if not done.exists():
        own = SimpleNamespace(hidden=hidden, layers=layers, steps=options.steps, every=options.every,
                              training_seed=SEED + int(seed))  # fmt: skip
        facts = train(read_corpus(options.modules), folder, own)
        done.write_text(json.dumps(facts))
    return json.loads(done.read_text())


def sweep_network(name: str, work: Path, out: Path, options) -> dict:
    """Probe one network at every checkpoint."""
    from w2slib.checkpoints import LinearProbe, list_checkpoints, sweep

    started = time.process_time()
    sweep(
        work / name, task_files(work), out=out / f"{name}.csv", setting=sizes(options),
        supervisors=supervisors(work, options), students=[LinearProbe()], batch_size=BATCH,
        checkpoints=list_checkpoints(work / name)[:: options.stride], cache_dir=work / "features",
        progress=False,
    )  # fmt: skip
    return {"sweep_processor_minutes": round((time.process_time() - started) / 60, 1)}


def tune_network(name: str, work: Path, out: Path, options) -> dict:
    """Fine-tune one network on the labels of a few texts at some of its checkpoints."""
    from w2slib.checkpoints import FineTuned, LinearProbe, list_checkpoints, sweep

    started = time.process_time()
    pairs = list_checkpoints(work / name)
    nearest = {min(pairs, key=lambda pair: abs(pair[0] - step)) for step in options.tuned_steps}
    characters, _, weak, _ = supervisors(work, options)
    how = {"epochs": 3, "learning_rate": 5e-4, "batch_size": 16}
    students = [LinearProbe(), FineTuned(**how), FineTuned(**how, loss="confidence")]
    sweep(
        work / name, {"called": task_files(work)["called"]}, out=out / f"{name}-tuned.csv",
        setting=sizes(options, n_train=options.tuned_train, n_seeds=options.tuned_deals),
        students=students,
        supervisors=[characters, weak], batch_size=BATCH, checkpoints=sorted(nearest), progress=False,
    )  # fmt: skip
    return {"tuning_processor_minutes": round((time.process_time() - started) / 60, 1)}


def gauge_network(name: str, work: Path, out: Path, options) -> dict:
    """Predict every gain from the checkpoint's features and a few labels."""
    from w2slib.checkpoints import gauge_sweep, list_checkpoints

    started = time.process_time()
    rows = gauge_sweep(
        work / name, task_files(work), setting=sizes(options), batch_size=BATCH,
        supervisors=[each for each in supervisors(work, options) if not each.shuffled],
        checkpoints=list_checkpoints(work / name)[:: options.stride], cache_dir=work / "features",
    )  # fmt: skip
    plain = [
        {key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()}
        for row in rows
    ]
    write(out / f"{name}-gauge.csv", plain)
    return {"gauge_processor_minutes": round((time.process_time() - started) / 60, 1)}


def compact(names: list[str], out: Path, folder: Path, facts: dict) -> None:
    """Write what the book keeps: counts of right answers, mean predictions, and facts with checksums.

    ``networks.csv`` has a row for each network, task and step: the alignment (mean over deals), and for each
    deal the right answers of the ceiling and of every supervisor's student (of n_test) and those that say how
    readable the task is (of n_train). ``networks_gauge.csv`` has the predictions in the same rows, means over
    deals: gains in units of 0.0001, overlaps of 0.001, times as 100 log10. Steps that only one of the two
    stages has are left out.
    """
    table, gauges, tuned, weak = [], [], [], {}
    for name in names:
        probed, predicted = (
            read(out / f"{name}.csv"),
            compact_gauge(name, read(out / f"{name}-gauge.csv")),
        )
        steps = {row["step"] for row in predicted} & {int(row["step"]) for row in probed}
        kept = [row for row in probed if int(row["step"]) in steps]
        table += compact_probes(name, kept)
        weak |= compact_weak(name, kept)
        gauges += [row for row in predicted if row["step"] in steps]
        fine_tuned = out / f"{name}-tuned.csv"
        tuned += compact_tuned(name, read(fine_tuned)) if fine_tuned.exists() else []
    folder.mkdir(parents=True, exist_ok=True)
    made = {"networks.csv": table, "networks_gauge.csv": gauges, "networks_tuned.csv": tuned}
    for file, content in made.items():
        write(folder / file, content)
    of = {key: int(kept[0][key]) for key in ("n_train", "n_test")}
    said = facts | of | {"weak": weak, "kept": {file: digest(folder / file) for file in made}}
    (folder / "networks.json").write_text(json.dumps(said, indent=1) + "\n")


def compact_probes(name: str, rows: list[dict]) -> list[dict]:
    """Right answers of one network, one row for each task and step."""
    found: dict[tuple, dict] = {}
    for row in rows:
        if row["same_weights_as"]:
            raise ValueError(
                f"{name}: {row['revision']} has the weights of {row['same_weights_as']}"
            )
        teacher, deal = short(row["supervisor_name"]), row["seed"]
        entry = found.setdefault((row["task"], int(row["step"])), {"alignment": []})
        entry["alignment"].append(float(row["alignment"]))
        entry[f"ceiling_{deal}"] = count(row["ceiling"], row["n_test"])
        entry[f"readable_{deal}"] = count(row["probe_accuracy"], row["n_train"])
        entry[f"{teacher}_{deal}"] = count(row["student"], row["n_test"])
    table = []
    for (task, step), entry in sorted(found.items()):
        aligned = f"{np.mean(entry.pop('alignment')):.3f}"
        counts = {key: entry[key] for key in sorted(entry)}
        table.append({"network": name, "task": task, "step": step, "alignment": aligned} | counts)
    return table


def compact_weak(name: str, rows: list[dict]) -> dict[str, dict[str, list[int]]]:
    """Right answers of every supervisor on each deal's test texts, which are the same at every step."""
    found: dict[str, dict[str, dict[int, int]]] = {}
    for row in rows:
        of = found.setdefault(f"{name} {row['task']}", {}).setdefault(
            short(row["supervisor_name"]), {}
        )
        of[int(row["seed"])] = count(row["weak"], row["n_test"])
    return {
        key: {who: [of[deal] for deal in sorted(of)] for who, of in by_teacher.items()}
        for key, by_teacher in found.items()
    }


def compact_tuned(name: str, rows: list[dict]) -> list[dict]:
    """Right answers of fine-tuned students and of the probe beside them."""
    return [
        {
            "network": name, "step": row["step"], "supervisor": short(row["supervisor_name"]),
            "student": row["student_name"], "deal": row["seed"], "n_train": row["n_train"],
            **{f"{who}_right": count(row[who], row["n_test"]) for who in ("weak", "student", "ceiling")},
        }
        for row in rows
    ]  # fmt: skip


def compact_gauge(name: str, rows: list[dict]) -> list[dict]:
    """Means over deals of what the book draws, one row for each task and step."""
    groups: dict[tuple, list[dict]] = {}
    for row in rows:
        groups.setdefault((row["task"], int(row["step"]), short(row["supervisor"])), []).append(row)
    found: dict[tuple, dict] = {}
    for (task, step, teacher), deals in sorted(groups.items()):
        entry = found.setdefault((task, step), {"network": name, "task": task, "step": step})
        for key, unit in _UNITS.items():
            values = np.array([float(row[key]) for row in deals])
            is_time = key.endswith("time")
            mean = np.mean(np.log10(values) if is_time else values)
            undefined = np.isnan(mean) and not is_time  # a time that is nan is an error
            entry[f"{teacher}_{key}"] = "" if undefined else round(mean / unit)
    return list(found.values())


def short(supervisor: str) -> str:
    """Word of a supervisor in the tables that the book keeps."""
    if supervisor.startswith("characters"):
        return "shuffled" if "shuffled" in supervisor else "characters"
    return "earlier" if supervisor.startswith("earlier") else "model"


def count(share: str, of: str) -> int:
    """How many of so many that share is."""
    n = int(of)
    found = round(float(share) * n)
    if abs(found - float(share) * n) > 1e-3:
        raise ValueError(f"{share} of {n} is no whole number")
    return found


def read(path: Path) -> list[dict]:
    """Rows of a table."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict]) -> None:
    """Write rows as a table."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def task_files(work: Path) -> dict[str, Path]:
    """Each task's data."""
    return {task: work / "tasks" / f"{task}.csv" for task in TASKS}


def sizes(options, **other: int):
    """Setting of a sweep; other numbers of texts or deals where they are named."""
    from w2slib.checkpoints import SweepSetting

    named = {"n_supervisor": options.n_supervisor, "n_train": options.n_train,
             "n_test": options.n_test, "n_seeds": options.n_seeds, "seed": SEED}  # fmt: skip
    return SweepSetting(**named | other)


def supervisors(work: Path, options) -> list:
    """Characters, the shuffled control, a weak language model, the network's own past."""
    from w2slib.checkpoints import Characters, EarlierCheckpoint, LanguageModel, list_checkpoints

    _, weak = list_checkpoints(work / WEAK)[-1]
    return [
        Characters(), Characters(shuffled=True), LanguageModel(model=str(work / WEAK), revision=weak),
        EarlierCheckpoint(revision=options.earlier),
    ]  # fmt: skip


def _one(job: tuple) -> tuple[str, dict]:
    """One network's stage, in a process of its own."""
    stage, name, work, out, options = job
    if stage == "train":
        found = train_network(name, work, options)
    else:
        run = {"sweep": sweep_network, "tune": tune_network, "gauge": gauge_network}[stage]
        found = run(name, work, out, options)
    print(f"{stage} {name}: {found}", flush=True)
    return name, found


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(argv: list[str] | None = None) -> int:
    """Write the tasks, train, sweep, and say what was done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--work", type=Path, required=True, help="folder for the checkpoints (about 4 GB)")
    add("--out", type=Path, required=True, help="folder for the tables")
    add("--stage", choices=("all", *STAGES), default="all")
    add("--only", nargs="+", metavar="NAME", help="these networks, for instance 48x2-s0")
    add("--sizes", nargs="+", default=list(SIZES), metavar="HIDDENxLAYERS")
    add("--seeds", type=int, default=3, help="training seeds of each size")
    add("--steps", type=int, default=4400)
    add("--every", type=int, default=40, help="spacing of checkpoints after step 512")
    add("--earlier", default=EARLIER, help="revision that supervises its own later checkpoints")
    add("--tuned-steps", type=int, nargs="+", default=list(TUNED_STEPS))
    add("--modules", type=int, help="use only so many modules (for a quick try)")
    add("--n-train", type=int, default=600)
    add("--n-test", type=int, default=600)
    add("--n-supervisor", type=int, default=200)
    add("--n-seeds", type=int, default=4, help="deals")
    add("--tuned-train", type=int, default=400, help="texts for a fine-tuned student")
    add("--tuned-deals", type=int, default=1)
    add(
        "--stride", type=int, default=1, help="probe every so manieth checkpoint (for a first look)"
    )
    add("--tables", type=Path, help="folder for the small tables that the book keeps")
    add("--workers", type=int, default=1)
    options = parser.parse_args(argv)

    work, out = options.work, options.out
    for folder in (work, out):
        folder.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(options.modules)
    (work / "tasks").mkdir(exist_ok=True)
    for task, path in task_files(work).items():
        if not path.exists():
            write_task(corpus, task, path)
    names = [f"{size}-s{seed}" for seed in range(options.seeds) for size in options.sizes]
    strange = set(options.only or ()) - set(names)
    if strange:
        parser.error(f"--only {sorted(strange)[0]}; allowed: {', '.join(names)}")
    names = [name for name in names if not options.only or name in options.only]
    report = {}
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        stages = STAGES if options.stage == "all" else (options.stage,)
        for stage in stages:
            wanted = [WEAK, *names] if stage == "train" else names
            for name, found in pool.map(
                _one, [(stage, name, work, out, options) for name in wanted]
            ):
                report.setdefault(name, {}).update(found)
    before = out / "facts.json"
    known = json.loads(before.read_text())["networks"] if before.exists() else {}
    text = "".join(f"{name}\n{corpus[name]}" for name in sorted(corpus))
    facts = {
        "python": platform.python_version(),
        "corpus_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "modules": len(corpus),
        "tasks": {task: digest(path) for task, path in task_files(work).items()},
        "networks": merged(known, report),
        "tables": {path.name: digest(path) for path in sorted(out.glob("*.csv"))},
    }
    before.write_text(json.dumps(facts, indent=2) + "\n")
    if options.tables:
        compact(names, out, options.tables, facts)
    return 0


def merged(known: dict[str, dict], found: dict[str, dict]) -> dict[str, dict]:
    """Facts of every network; processor times of a stage that went on are added up."""
    both = {name: dict(of) for name, of in known.items()}
    for name, of in found.items():
        for key, value in of.items():
            adds = key.endswith("_minutes") and not key.startswith("training")
            old = both.setdefault(name, {}).get(key, 0) if adds else 0
            both.setdefault(name, {})[key] = round(old + value, 1) if adds else value
    return both


if __name__ == "__main__":
    raise SystemExit(main())
