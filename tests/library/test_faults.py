"""Everything that can be wrong with a checkpoint: one row of the table of failures, never a wrong number.

With a hub on this machine (`tests.helpers.loopback_hub`) and networks of a few thousand weights.
"""

import csv
import json
import pickle
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.helpers.loopback_hub import serve
from tests.helpers.tiny_models import needs_llm, save_revisions
from w2slib.studies import _hub as hub
from w2slib.studies import _reading as features
from w2slib.studies import checkpoints as c
from w2slib.studies import language_models as lm
from w2slib.studies import sweeps
from w2slib.studies.failures import CheckpointError

TEXTS = ["def f(x):", "a", "return x + 1", "no", "w = len(names)"]
MODEL = "EleutherAI/pythia-70m"
STEPS = [0, 1, 2, 4, 8, 16]


def task(n=240):
    rng = np.random.default_rng(0)
    words = list(dict.fromkeys("".join(rng.choice(list("abcdefmnopqz"), 8)) for _ in range(n)))
    labels = np.array([str(int(word[-1] < "n")) for word in words])
    return sweeps.TextDataset(tuple(map(str, range(len(words)))), tuple(words), labels)


SETTING = sweeps.SweepSetting(n_supervisor=30, n_train=100, n_test=60, n_seeds=2)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Whole checkpoints, copied by every test that damages one."""
    return save_revisions(tmp_path_factory.mktemp("whole"), [f"step{step}" for step in STEPS])


@pytest.fixture
def folder(original, tmp_path):
    shutil.copytree(original, tmp_path / "model")
    return tmp_path / "model"


def tensors(path):
    from safetensors.torch import load_file

    return load_file(path)


def store(weights, path):
    from safetensors.torch import save_file

    save_file(
        {name: each.contiguous() for name, each in weights.items()}, path, metadata={"format": "pt"}
    )


def as_pickle(revision):
    """Exchange the safetensors file of a revision for a pickled one with the same tensors."""
    import torch

    file = revision / "model.safetensors"
    torch.save(tensors(file), revision / "pytorch_model.bin")
    file.unlink()


class Trap:
    """Runs code when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


# ------------------------------------------------------------------ one checkpoint


def lacks_a_tensor(revision):
    file = revision / "model.safetensors"
    weights = tensors(file)
    del weights["gpt_neox.layers.1.mlp.dense_h_to_4h.weight"]
    store(weights, file)


def has_another_prefix(revision):
    file = revision / "model.safetensors"
    store({name.replace("gpt_neox", "gpt"): each for name, each in tensors(file).items()}, file)


def has_a_layer_more(revision):
    file = revision / "model.safetensors"
    weights = tensors(file)
    weights |= {
        name.replace("layers.1", "layers.2"): each.clone() for name, each in weights.items()
    }
    store(weights, file)


def has_another_width(revision):
    config = json.loads((revision / "config.json").read_text())
    config["intermediate_size"] = 40
    (revision / "config.json").write_text(json.dumps(config))


def is_nan(revision):
    file = revision / "model.safetensors"
    weights = tensors(file)
    weights["gpt_neox.layers.0.mlp.dense_h_to_4h.weight"][0, 0] = float("nan")
    store(weights, file)


def is_cut(revision):
    file = revision / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def is_a_cut_pickle(revision):
    as_pickle(revision)
    file = revision / "pytorch_model.bin"
    file.write_bytes(file.read_bytes()[:-1000])


def has_no_tokenizer(revision):
    for file in revision.glob("tokenizer*"):
        file.unlink()


def has_another_tokenizer(revision):
    file = revision / "config.json"
    file.write_text(file.read_text().replace('"vocab_size": 257', '"vocab_size": 40'))
    weights = tensors(revision / "model.safetensors")
    for name in ("gpt_neox.embed_in.weight", "embed_out.weight"):
        weights[name] = weights[name][:40]
    store(weights, revision / "model.safetensors")


def is_malicious(revision):
    (revision / "model.safetensors").unlink()
    with (revision / "pytorch_model.bin").open("wb") as file:
        pickle.dump({"weight": Trap(revision / "sprung")}, file)


def is_malicious_in_torchs_format(revision):
    import torch

    (revision / "model.safetensors").unlink()
    torch.save({"weight": Trap(revision / "sprung")}, revision / "pytorch_model.bin")


def in_shards(revision, index):
    (revision / "model.safetensors").rename(revision / "model-00001-of-00001.safetensors")
    (revision / "model.safetensors.index.json").write_text(json.dumps(index))


def configured(revision, **change):
    config = json.loads((revision / "config.json").read_text())
    (revision / "config.json").write_text(json.dumps(config | change))


def is_quantised(revision):
    file = revision / "model.safetensors"
    store({name: (10 * each).to("cpu").char() for name, each in tensors(file).items()}, file)


def with_header(header):
    """A file of weights that has another header."""
    return lambda r: (r / "model.safetensors").write_bytes(
        len(header).to_bytes(8, "little") + header
    )


def lacks_a_shard(revision):
    (revision / "model.safetensors").rename(revision / "model-00001-of-00002.safetensors")
    index = {
        "weight_map": {
            "a": "model-00001-of-00002.safetensors",
            "b": "model-00002-of-00002.safetensors",
        }
    }
    (revision / "model.safetensors.index.json").write_text(json.dumps(index))


FAULTS = [
    (lacks_a_tensor, "incomplete", "lack layers.1.mlp.dense_h_to_4h.weight"),
    (has_another_prefix, "incomplete", "lack "),
    (has_a_layer_more, "incomplete", r"have beside the network .*layers.2"),
    (has_another_width, "incomplete", "other shapes|another shape"),
    (is_nan, "not finite", "contain nan or inf"),
    (is_cut, "damaged", "is truncated"),
    (is_a_cut_pickle, "damaged", "is truncated"),
    (lambda r: (r / "model.safetensors").write_bytes(b""), "damaged", "is empty"),
    (lambda r: (r / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid"),
     "damaged", "Git LFS pointer"),
    (lambda r: (r / "model.safetensors").write_text("<html>no</html>"), "damaged", "no safetensors file"),
    (lambda r: (r / "model.safetensors").unlink(), "missing", "has no weights"),
    (lambda r: (r / "config.json").unlink(), "missing", "has no config.json"),
    (lambda r: (r / "config.json").write_text("{"), "damaged", "is no configuration"),
    (lambda r: (r / "config.json").write_text("[1]"), "damaged", "is no configuration"),
    (lacks_a_shard, "missing", "lacks model-00002-of-00002.safetensors"),
    (lambda r: in_shards(r, []), "damaged", "is no index of weights"),
    (lambda r: in_shards(r, {"weight_map": {}}), "damaged", "is no index of weights: it names no file"),
    (with_header(b'{"a":1}'), "damaged", "no safetensors file"),
    (with_header(b'{"a":{"data_offsets":[]}}'), "damaged", "no safetensors file"),
    (with_header(b"[]"), "damaged", "no safetensors file"),
    (is_quantised, "incomplete", "in I8: quantised weights"),
    (lambda r: (r / "adapter_config.json").write_text("{}"), "incomplete", "has an adapter beside"),
    (lambda r: configured(r, transformers_weights="other.safetensors"), "incomplete", "'other.safetensors'"),
    (lambda r: configured(r, quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True}),
     "failed", "needs a library that is not there: .*bitsandbytes"),
    (has_no_tokenizer, "tokenizer", "has no tokenizer"),
    (lambda r: (r / "tokenizer.json").write_text("{"), "tokenizer", "cannot be loaded"),
    (has_another_tokenizer, "tokenizer", "another model's"),
    (is_malicious, "unsafe", "would run code"),
    (is_malicious_in_torchs_format, "unsafe", "would run code"),
]  # fmt: skip


@needs_llm
@pytest.mark.parametrize(("damage", "kind", "message"), FAULTS)
def test_every_fault_of_a_checkpoint_is_named(folder, damage, kind, message):
    damage(folder / "step4")
    with pytest.raises(CheckpointError, match=message) as error:
        lm.load_features(folder, "step4", TEXTS)
    assert error.value.kind in kind.split("|")
    assert not (folder / "step4" / "sprung").exists()
    assert np.all(np.isfinite(lm.load_features(folder, "step2", TEXTS)))


@needs_llm
def test_what_is_loaded_is_what_the_identity_is_of(folder):
    """transformers takes the single file before the shards; the identity was that of the shards."""
    expected = lm.load_features(folder, "step4", TEXTS)
    before = hub.identify(hub.find(folder, "step4"))
    revision = folder / "step4"
    index = {
        "weight_map": dict.fromkeys(tensors(revision / "model.safetensors"), "shard.safetensors")
    }
    shutil.copy(folder / "step0" / "model.safetensors", revision / "shard.safetensors")
    (revision / "model.safetensors.index.json").write_text(json.dumps(index))
    np.testing.assert_array_equal(lm.load_features(folder, "step4", TEXTS), expected)
    assert hub.identify(hub.find(folder, "step4")) == before


@needs_llm
@pytest.mark.parametrize(
    ("error", "kind"),
    [(IndexError("index out of range in self"), "failed"), (MemoryError(), "device"),
     (ValueError("You have to specify decoder_input_ids"), "failed")],
)  # fmt: skip
def test_whatever_a_network_raises_is_a_row(folder, tmp_path, monkeypatch, error, kind):
    from transformers import GPTNeoXModel

    def forward(*_, **__):
        raise error

    monkeypatch.setattr(GPTNeoXModel, "forward", forward)
    for students in (None, [c.FineTuned()]):
        with pytest.raises(ValueError, match="no checkpoint could be used"):
            sweeps.sweep(folder, task(), out=tmp_path / "out.csv", setting=SETTING, progress=False,
                         checkpoints=[(4, "step4")], students=students)  # fmt: skip
        assert failed(tmp_path)["step4"][0] == kind
        (tmp_path / "out.csv").unlink()


@needs_llm
def test_cost_is_said_though_the_first_configuration_is_broken(folder):
    (folder / "step0" / "config.json").write_text("[")
    pairs = [(0, "step0"), (1, "step1")]
    bytes_of = sweeps.cost(folder, task(), setting=SETTING, checkpoints=pairs)
    assert bytes_of["features"] == 4 * 16 * len(task().texts) * 2


@needs_llm
def test_a_device_that_is_not_there_and_half_precision(folder):
    with pytest.raises(CheckpointError, match="device = 'cuda' is not there"):
        lm.load_features(folder, "step4", TEXTS, device="cuda")
    with pytest.raises(ValueError, match="dtype = 'int8'"):
        lm.load_features(folder, "step4", TEXTS, dtype="int8")
    file = folder / "step4" / "model.safetensors"
    store({name: each.half() for name, each in tensors(file).items()}, file)
    full = lm.load_features(folder, "step4", TEXTS)
    np.testing.assert_allclose(
        full, lm.load_features(folder, "step4", TEXTS, batch_size=1), atol=2e-5
    )
    half = lm.load_features(folder, "step4", TEXTS, dtype="float16")
    assert 1e-5 < np.abs(full - half).max() < 0.1  # only when asked for


@needs_llm
@pytest.mark.parametrize("sharded", [False, True])
def test_pickled_weights_are_the_same_numbers(folder, sharded):
    import torch

    expected = lm.load_features(folder, "step1", TEXTS)
    as_pickle(folder / "step1")
    if sharded:
        whole = folder / "step1" / "pytorch_model.bin"
        weights = sorted(torch.load(whole, weights_only=True).items())
        whole.unlink()
        names = {}
        for k, part in enumerate((weights[:7], weights[7:]), 1):
            torch.save(dict(part), whole.with_name(f"pytorch_model-{k}.bin"))
            names |= {name: f"pytorch_model-{k}.bin" for name, _ in part}
        whole.with_name("pytorch_model.bin.index.json").write_text(
            json.dumps({"metadata": {}, "weight_map": names})
        )
    np.testing.assert_array_equal(lm.load_features(folder, "step1", TEXTS), expected)
    assert hub.find(folder, "step1").weights[0].endswith(".bin")


@needs_llm
def test_buffers_of_older_versions_are_no_fault(folder):
    import torch

    file = folder / "step1" / "model.safetensors"
    weights = tensors(file)
    expected = lm.load_features(folder, "step1", TEXTS)
    weights["gpt_neox.layers.0.attention.masked_bias"] = torch.tensor(-1e9)
    weights["gpt_neox.layers.0.attention.bias"] = torch.ones(1, 1, 48, 48)
    weights["gpt_neox.layers.0.attention.rotary_emb.inv_freq"] = torch.ones(2)
    store(weights, file)
    np.testing.assert_array_equal(lm.load_features(folder, "step1", TEXTS), expected)


@needs_llm
def test_old_torch_does_not_unpickle(folder, monkeypatch):
    import torch

    as_pickle(folder / "step1")
    monkeypatch.setattr(torch, "__version__", "2.9.1")
    with pytest.raises(CheckpointError, match=r"torch >= 2\.10"):
        lm.load_features(folder, "step1", TEXTS)
    assert lm.load_features(folder, "step2", TEXTS).shape == (5, 16)


@needs_llm
def test_threads_load_at_the_same_time(original):
    import torch

    expected = {step: lm.load_features(original, f"step{step}", TEXTS) for step in STEPS}
    before = torch.get_default_dtype()
    with ThreadPoolExecutor(4) as pool:
        dtypes = ["float32", "float64"] * 9
        found = list(pool.map(
            lambda pair: lm.load_features(original, f"step{pair[0]}", TEXTS, dtype=pair[1]),
            zip(STEPS * 3, dtypes, strict=True),
        ))  # fmt: skip
    assert torch.get_default_dtype() == before
    for step, dtype, values in zip(STEPS * 3, dtypes, found, strict=True):
        np.testing.assert_allclose(values, expected[step], atol=2e-5 if dtype == "float64" else 0)
    assert threading.active_count() < 20


@needs_llm
def test_one_pass_gives_all_layers_and_poolings(original, monkeypatch):
    passes = []
    loaded = features.load(original, "step1")
    forward = loaded.network.forward
    monkeypatch.setattr(
        loaded.network, "forward", lambda *a, **k: passes.append(1) or forward(*a, **k)
    )
    readouts = [(layer, pooling) for layer in (0, 1, -1) for pooling in ("last", "mean")]
    found = features.extract(loaded, TEXTS, readouts, batch_size=2)
    assert len(passes) == 3  # five texts, two at a time
    for (layer, pooling), values in found.items():
        alone = lm.load_features(
            original, "step1", TEXTS, layer=layer, pooling=pooling, batch_size=2
        )
        np.testing.assert_array_equal(values, alone)


# ------------------------------------------------------------------ a sweep on the hub


@pytest.fixture
def served(folder, tmp_path, monkeypatch):
    """The folder as a model on the hub, with a cache of its own."""
    with serve({MODEL: {f"step{step}": folder / f"step{step}" for step in STEPS}}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
        hub.forget()
        yield server
    hub.forget()


def command(tmp_path, *more):
    data, file = task(), tmp_path / "task.csv"
    rows = [f"{text},{label}\n" for text, label in zip(data.texts, data.labels, strict=True)]
    file.write_text("text,label\n" + "".join(rows))
    sizes = ["--n-supervisor", "30", "--n-train", "100", "--n-test", "60", "--n-seeds", "2"]
    files = ["--dataset", str(file), "--out", str(tmp_path / "out.csv")]
    return ["--model", MODEL, *files, *sizes, "--only", *(f"step{step}" for step in STEPS), *more]


def failed(tmp_path):
    file = tmp_path / "out.failed.csv"
    if not file.exists():
        return {}
    return {row["revision"]: (row["kind"], row["reason"]) for row in csv.DictReader(file.open())}


@needs_llm
def test_command_line_against_a_hub_with_faults(served, folder, tmp_path, capsys):
    """Two branches with pickles only, one without weights, two with the same, one that answers 503."""
    for step in (0, 1):
        as_pickle(folder / f"step{step}")
    (folder / "step2" / "model.safetensors").unlink()
    shutil.copy(folder / "step4" / "model.safetensors", folder / "step8" / "model.safetensors")
    served.status[MODEL, "step16"] = 503
    assert c.main(command(tmp_path)) == 3
    said = capsys.readouterr().out
    assert "2 checkpoints failed: step2, step16" in said
    assert "2 steps have the weights of another step and are left out: 4, 8" in said
    assert failed(tmp_path)["step2"] == ("missing", f"{MODEL} at step2 has no weights; allowed: "
                                         "model.safetensors or pytorch_model.bin")  # fmt: skip
    assert failed(tmp_path)["step16"] == (
        "unreachable",
        f"the hub answers 503 for {MODEL} at 'step16'",
    )
    downloads = [path for path in served.asked if path.endswith("model.safetensors")]
    assert len({path.split("/")[4] for path in downloads}) == 1  # step4 stands for step8
    assert c.read_sweep(tmp_path / "out.csv").steps.tolist() == [0, 1]
    # What was wrong is mended: the second run computes just that.
    served.status.clear()
    shutil.copy(folder / "step16" / "model.safetensors", folder / "step2" / "model.safetensors")
    store({k: v + 0.01 for k, v in tensors(folder / "step2" / "model.safetensors").items()},
          folder / "step2" / "model.safetensors")  # fmt: skip
    before = len(served.asked)
    assert c.main(command(tmp_path)) == 0
    assert failed(tmp_path) == {}
    assert not any("step4" in path or "/step0" in path for path in served.asked[before:])
    assert c.read_sweep(tmp_path / "out.csv").steps.tolist() == [0, 1, 2, 16]


@needs_llm
def test_replaced_weights_on_the_hub_are_refused(served, folder, tmp_path):
    assert c.main(command(tmp_path)) == 0
    before = (tmp_path / "out.csv").read_bytes()
    store({k: v + 0.01 for k, v in tensors(folder / "step1" / "model.safetensors").items()},
          folder / "step1" / "model.safetensors")  # fmt: skip
    with pytest.raises(ValueError, match="rows of 'step1' with other weights"):
        sweeps.sweep(MODEL, tmp_path / "task.csv", out=tmp_path / "out.csv", setting=SETTING, progress=False,
                     checkpoints=[(1, "step1")])  # fmt: skip
    assert (tmp_path / "out.csv").read_bytes() == before
    # Features of the old weights are not taken from the cache, either.
    cache = tmp_path / "features"
    new = lm.load_features(MODEL, "step1", TEXTS, cache_dir=cache)
    np.testing.assert_array_equal(new, lm.load_features(folder, "step1", TEXTS))


@needs_llm
def test_offline_with_everything_cached(served, folder, tmp_path, monkeypatch):
    assert c.main(command(tmp_path)) == 0
    assert hub.branches(MODEL) == sorted(f"step{step}" for step in STEPS)
    hub.forget()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    before = len(served.asked)
    assert (
        c.main(
            [*command(tmp_path)[:4], "--out", str(tmp_path / "again.csv"), *command(tmp_path)[6:]]
        )
        == 0
    )
    assert hub.branches(MODEL) == sorted(f"step{step}" for step in STEPS)
    assert len(served.asked) == before
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


@needs_llm
def test_hub_that_hides_the_sums_and_a_file_that_is_not_what_it_says(served, folder, tmp_path):
    served.hide_sums = True
    shutil.copy(folder / "step4" / "model.safetensors", folder / "step8" / "model.safetensors")
    study = sweeps.sweep(MODEL, task(), out=tmp_path / "out.csv", setting=SETTING, progress=False,
                         checkpoints=[(s, f"step{s}") for s in (2, 4, 8)])  # fmt: skip
    assert study.steps.tolist() == [2]
    served.hide_sums = False
    hub.forget()
    shutil.rmtree(tmp_path / "cache" / "w2slib")
    found = hub.find(MODEL, "step1")
    wrong = dict(found.files) | {"model.safetensors": (found.size, "0" * 64, "")}
    with pytest.raises(CheckpointError, match="is not the file that the hub has"):
        hub.fetch(hub.Checkpoint(MODEL, "step1", "", found.commit, wrong, found.weights))


@needs_llm
def test_cost_is_said_and_weights_are_dropped(served, folder, tmp_path, capsys):
    assert c.main(command(tmp_path, "--dry-run", "--cache-dir", str(tmp_path / "features"))) == 0
    assert "6 checkpoints; " in (said := capsys.readouterr().out)
    assert "GB of weights" in said
    assert not (tmp_path / "out.csv").exists()
    pairs = [(s, f"step{s}") for s in STEPS]
    bytes_of = sweeps.cost(MODEL, task(), setting=SETTING, checkpoints=pairs)
    size = (folder / "step1" / "model.safetensors").stat().st_size
    n = len(task().texts)
    assert bytes_of == {
        "weights": 6 * size,
        "largest": size,
        "features": 4 * 16 * n * 6,
        "unknown": 0,
    }
    assert c.main(command(tmp_path, "--drop-weights")) == 0
    left = sum(
        p.stat().st_size
        for p in (tmp_path / "cache").rglob("*")
        if p.is_file() and not p.is_symlink()
    )
    assert left < size
    assert c.main(command(tmp_path, "--drop-weights")) == 0  # nothing to do, and nothing needed


@needs_llm
def test_typos_and_unknown_models(served, tmp_path, capsys):
    base = command(tmp_path)
    for change, message in (
        (["--only", "step3"], r"--only step3 is no checkpoint; allowed: step"),
        (["--only", "step1", "--exclude", "stepp2"], "--exclude stepp2 is no checkpoint"),
        (["--revision-pattern", r"stp(\d+)"], "a group"),
        (["--supervisor", "letters"], "--supervisor letters|allowed: characters"),
        (["--student", "prob"], "--student prob; allowed"),
        (["--layer", "7"], "layer = 7; allowed: -3 to 2"),
    ):
        assert c.main([*base, *change]) == 1
        said = capsys.readouterr().out
        assert any(part in said for part in message.split("|")), said
    wrong = [word.replace(MODEL, "EleutherAI/pythia-71m") for word in base]
    assert c.main(wrong) == 1
    assert "no checkpoint could be used (6 failed)" in capsys.readouterr().out


@needs_llm
def test_pattern_table_and_a_repository_for_each_checkpoint(served, folder, tmp_path, capsys):
    served.repos["me/mine"] = {f"ckpt_{k}": folder / f"step{k}" for k in (1, 2)} | {
        "main": folder / "step4"
    }
    for k in (4, 8):
        served.repos[f"me/other-{k}"] = {"main": folder / f"step{k}"}
    base = command(tmp_path)[: -len(STEPS) - 1]
    base[1] = "me/mine"
    assert c.main([*base, "--revision-pattern", r"ckpt_(?P<step>\d+)"]) == 0
    assert "1 branches are not checkpoints of this series: main" in capsys.readouterr().out
    assert c.read_sweep(tmp_path / "out.csv").steps.tolist() == [1, 2]
    table = tmp_path / "table.csv"
    table.write_text(
        "step,model,revision\n1,,ckpt_1\n2,,ckpt_2\n4,me/other-4,main\n8,me/other-8,main\n"
    )
    assert c.main([*base, "--checkpoints", str(table)]) == 0
    assert c.read_sweep(tmp_path / "out.csv").steps.tolist() == [1, 2, 4, 8]
