"""Pre-train a small GPT-NeoX from scratch, then follow weak-to-strong learning along its checkpoints.

    python -m studies.tiny_transformer --work build/tiny \
        --out w2slib/data/tables/tiny_transformer.csv

Needs `pip install 'w2slib[llm]'`, two cores, no network and no GPU. Both stages continue
where they stopped when the script is started again with the same `--work` and `--out`.

*Corpus.* The source text and docstrings of the Python standard library that runs this script. One
module in five is held out (by a checksum of its path): the network never sees it.

*Network.* GPT-NeoX (Pythia's architecture) with 0.5 million parameters and a byte-pair vocabulary
of 1024 learnt on the same text, trained to predict the next token. Checkpoints in Pythia's naming
and spacing: step0, step1, step2, step4, ..., step512, and from there on every `--every` steps.

*Task.* 64 characters of a held-out module that end in an identifier; is the identifier
called, that is, is the next character an opening parenthesis? The text stops before it.

*Study.* `w2slib.checkpoints.sweep`, which the book's reader would run on Pythia itself: a
bag-of-characters supervisor trained on few labels, linear probes as students.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import keyword
import os
import platform
import sysconfig
import time
import tokenize
import zlib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import numpy as np

SEED = 20260
VOCABULARY = 1024
WINDOW = 64
BATCH = 16
CONTEXT = 64
PER_MODULE_AND_CLASS = 24
# Tables and generated files: little language in them.
LEFT_OUT = ("test", "tests", "idle_test", "site-packages", "encodings", "pydoc_data")


def read_corpus(limit: int | None = None) -> dict[str, str]:
    """Source text of the standard library's modules by path, `limit` of them if given."""
    root = Path(sysconfig.get_paths()["stdlib"])
    corpus = {}
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root)
        if any(part in LEFT_OUT or part.startswith("test") for part in name.parts):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if len(text) > 500:
            corpus[name.as_posix()] = text
    names = sorted(corpus, key=lambda name: zlib.crc32(name.encode()))[:limit]
    return {name: corpus[name] for name in names}


def held_out(name: str) -> bool:
    """Whether a module belongs to the task's fifth of the corpus."""
    return zlib.crc32(name.encode()) // 7 % 5 == 0


# ------------------------------------------------------------------------------- the task


def identifiers(text: str):
    """Yield (context up to and including an identifier, is it called?) for one module."""
    starts = np.cumsum([0, *(len(line) for line in text.splitlines(keepends=True))])
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    for before, token in itertools.pairwise(tokens):
        defined = before.string in ("def", "class", "import", "from", "as", "global")
        short = len(token.string) < 2
        if token.type != tokenize.NAME or keyword.iskeyword(token.string) or defined or short:
            continue
        end = int(starts[token.end[0] - 1]) + token.end[1]
        yield text[max(0, end - CONTEXT) : end], int(text[end : end + 1] == "(")


def write_task(corpus: dict[str, str], path: Path) -> int:
    """Write the held-out task (columns id, text, label; classes balanced); return its length."""
    rng = np.random.default_rng(SEED)
    rows, seen = [], set()
    for name in sorted(filter(held_out, corpus)):
        pool: dict[int, list] = {0: [], 1: []}
        for number, (text, label) in enumerate(identifiers(corpus[name])):
            if text not in seen:  # the same context twice would leak from training to test data
                seen.add(text)
                pool[label].append((f"{name}:{number}", text, label))
        take = min(PER_MODULE_AND_CLASS, *map(len, pool.values()))
        for of_class in pool.values():
            rows += [of_class[i] for i in sorted(rng.permutation(len(of_class))[:take])]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "label"])
        writer.writerows(rows)
    return len(rows)


# --------------------------------------------------------------------------- pre-training


def checkpoint_steps(steps: int, every: int) -> list[int]:
    """Pythia's spacing: 0, 1, 2, 4, ..., 512, and then the multiples of `every`."""
    early = [0, *(2**k for k in range(10))]
    return [s for s in early if s <= steps] + list(
        range(512 // every * every + every, steps + 1, every)
    )


def make_tokenizer(texts: list[str]):
    """Byte-level byte-pair encoding learnt on the training modules."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    end = "<|endoftext|>"
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end, pad_token=end)


def make_network(hidden: int, layers: int, seed: int = SEED):
    """GPT-NeoX with random weights."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    torch.manual_seed(seed)
    return GPTNeoXForCausalLM(
        GPTNeoXConfig(
            vocab_size=VOCABULARY,
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=4,
            intermediate_size=4 * hidden,
            max_position_embeddings=128,
            bos_token_id=0,
            eos_token_id=0,
        )
    )


def learning_rate(step: int, steps: int) -> float:
    """Linear warm-up over 100 steps to 6e-4, then a cosine down to a tenth of it."""
    cosine = 0.5 * (1 + np.cos(np.pi * step / steps))
    return 6e-4 * min(1, step / 100) * (0.1 + 0.9 * cosine)


def train(corpus: dict[str, str], folder: Path, options) -> dict:
    """Train and save every checkpoint as a folder `stepN`; return what to report about the run."""
    import torch
    from safetensors.torch import load_file, save_file

    torch.set_num_threads(1)
    texts = [text for name, text in corpus.items() if not held_out(name)]
    tokenizer = make_tokenizer(texts)
    end = tokenizer.eos_token_id
    stream = np.concatenate([[*ids, end] for ids in tokenizer(texts)["input_ids"]]).astype(np.int64)
    seed = getattr(options, "training_seed", SEED)
    network = make_network(options.hidden, options.layers, seed)
    optimiser = torch.optim.AdamW(network.parameters(), betas=(0.9, 0.95), weight_decay=0.1)

    # Weights, moments and step in one file, replaced in one go: a killed run resumes exactly.
    state_file = folder / "training_state.safetensors"
    done, losses, seconds = -1, {}, 0.0
    if state_file.exists():
        saved = load_file(state_file)
        done = int(saved.pop("step"))
        restore(network, optimiser, saved, done)
        log = json.loads((folder / "log.json").read_text())
        losses, seconds = log["losses"], log["processor_seconds"]
    wanted = set(checkpoint_steps(options.steps, options.every))
    started = time.process_time()
    for step in range(done + 1, options.steps + 1):
        rng = np.random.default_rng([seed, step])
        first = rng.integers(0, len(stream) - WINDOW, BATCH)
        batch = torch.from_numpy(np.stack([stream[i : i + WINDOW] for i in first]))
        if step > 0:  # step0 is the network before any training
            losses[str(step)] = update(
                network, optimiser, batch, learning_rate(step, options.steps)
            )
        if step in wanted:
            save(network, tokenizer, folder / f"step{step}")
            tensors = snapshot(network, optimiser) | {"step": torch.tensor(step)}
            spent = seconds + time.process_time() - started
            log = {"processor_seconds": spent, "losses": losses}
            (folder / "log.json").write_text(json.dumps(log))
            save_file(tensors, state_file.with_suffix(".part"))
            os.replace(state_file.with_suffix(".part"), state_file)
            print(f"step {step}: loss {losses.get(str(step), float('nan')):.3f}, "
                  f"{spent:.0f} s of processor", flush=True)  # fmt: skip
    log = json.loads((folder / "log.json").read_text())
    last = [losses[key] for key in list(losses)[-50:]]
    return {
        "parameters": sum(p.numel() for p in network.parameters()),
        "tokens_in_corpus": len(stream),
        "tokens_seen": options.steps * BATCH * WINDOW,
        "final_loss": round(float(np.mean(last)), 3),
        "training_processor_minutes": round(log["processor_seconds"] / 60, 1),
    }


def update(network, optimiser, batch, rate: float) -> float:
    """One AdamW step on one batch; return the loss in nats per token."""
    import torch

    for group in optimiser.param_groups:
        group["lr"] = rate
    loss = network(input_ids=batch, labels=batch).loss
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return round(float(loss.detach()), 4)


def snapshot(network, optimiser) -> dict:
    """Weights and the optimiser's moments as a flat dictionary of tensors."""
    tensors = {}
    for name, parameter in network.named_parameters():
        tensors[f"weight/{name}"] = parameter.detach().clone()
        for moment in ("exp_avg", "exp_avg_sq"):
            if moment in optimiser.state[parameter]:
                tensors[f"{moment}/{name}"] = optimiser.state[parameter][moment].clone()
    return tensors


def restore(network, optimiser, tensors: dict, step: int) -> None:
    """Inverse of `snapshot`."""
    import torch

    for name, parameter in network.named_parameters():
        parameter.data.copy_(tensors[f"weight/{name}"])
        if f"exp_avg/{name}" in tensors:
            optimiser.state[parameter] = {
                "step": torch.tensor(float(step)),
                "exp_avg": tensors[f"exp_avg/{name}"],
                "exp_avg_sq": tensors[f"exp_avg_sq/{name}"],
            }


def save(network, tokenizer, folder: Path) -> None:
    """Write one checkpoint; the folder appears under its name only when it is complete."""
    part = folder.with_name(f".part-{folder.name}")
    network.save_pretrained(part)
    tokenizer.save_pretrained(part)
    if not folder.exists():
        part.rename(folder)


# ----------------------------------------------------------------------------------- main


def describe(options, corpus: dict[str, str], trained: dict) -> dict:
    """What a reader has to know to repeat the run."""
    return {
        "python": platform.python_version(),
        "seed": SEED,
        "steps": options.steps,
        "batch": BATCH,
        "window": WINDOW,
        "hidden": options.hidden,
        "layers": options.layers,
        "modules": len(corpus),
        "modules_held_out": sum(map(held_out, corpus)),
        **trained,
    }


def main(argv: list[str] | None = None) -> int:
    """Train, write the task, sweep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--work", type=Path, required=True, help="folder for the checkpoints (0.3 GB)"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="CSV; a .json with the facts beside it"
    )
    parser.add_argument("--steps", type=int, default=4400)
    parser.add_argument(
        "--every", type=int, default=40, help="spacing of checkpoints after step 512"
    )
    parser.add_argument("--hidden", type=int, default=96)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--modules", type=int, help="use only so many modules (for a quick try)")
    parser.add_argument("--n-train", type=int, default=2000)
    parser.add_argument("--n-test", type=int, default=1200)
    parser.add_argument("--n-supervisor", type=int, default=200)
    parser.add_argument("--n-seeds", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(argv)

    from w2slib.checkpoints import SweepSetting, sweep

    model = options.work / "model"
    model.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(options.modules)
    n_texts = write_task(corpus, options.work / "task.csv")
    trained = train(corpus, model, options)
    setting = SweepSetting(
        n_supervisor=options.n_supervisor, n_train=options.n_train, n_test=options.n_test,
        n_seeds=options.n_seeds, seed=SEED,
    )  # fmt: skip
    started = time.time()
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        task = options.work / "task.csv"
        sweep(model, task, out=options.out, setting=setting, batch_size=128, executor=pool)
    facts = describe(options, corpus, trained)
    facts |= {
        "texts": n_texts,
        "sweep_processor_minutes": round(sum(getrusage(RUSAGE_CHILDREN)[:2]) / 60, 1),
        "sweep_wall_minutes": round((time.time() - started) / 60, 1),
    }
    options.out.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
