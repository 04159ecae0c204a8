"""Checkpoint names, and the loader against a tiny GPT-NeoX that the test makes itself."""

import subprocess
import sys

import numpy as np
import pytest

from tests.helpers.tiny_models import needs_llm, save_revisions
from w2slib.studies import _hub as hub
from w2slib.studies import _reading as features
from w2slib.studies import language_models as lm
from w2slib.studies.families import where

TEXTS = ["def f(x):", "a", "return x + 1", "for k in range(10): print(k)", "no", "w = len(names)"]

# ------------------------------------------------------------------ names


def test_pythia_has_its_154_checkpoints():
    checkpoints = lm.list_checkpoints("EleutherAI/pythia-160m-deduped")
    steps = [step for step, _ in checkpoints]
    assert steps[:12] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000]
    assert steps[12:] == list(range(2000, 143001, 1000))
    assert len(checkpoints) == 154
    assert checkpoints[11] == (1000, "step1000")


@pytest.mark.parametrize(
    ("model", "revisions", "expected"),
    [
        (
            "allenai/OLMo-1B-0724-hf",
            ["step20000-tokens41B", "main", "step1000-tokens2B", "step9"],
            [(1000, "step1000-tokens2B"), (20000, "step20000-tokens41B")],
        ),
        (
            "allenai/OLMo-2-1124-7B",
            ["stage2-ingredient1-step1000-tokens4B", "stage1-step1000-tokens5B", "stage1-step150-tokens1B"],
            [(150, "stage1-step150-tokens1B"), (1000, "stage1-step1000-tokens5B")],
        ),
        ("EleutherAI/pythia-70m", ["step3000", "step512", "main"], [(512, "step512"), (3000, "step3000")]),
    ],
)  # fmt: skip
def test_every_family_parses_its_own_names(model, revisions, expected):
    assert lm.list_checkpoints(model, revisions=revisions) == expected


def test_olmo_asks_the_hub_for_its_branches(monkeypatch):
    asked = []
    monkeypatch.setattr(
        hub, "branches", lambda model: asked.append(model) or ["main", "step5-tokens1B"]
    )
    found = lm.list_checkpoints("allenai/OLMo-7B-hf")
    assert (found, found.left_out) == ([(5, "step5-tokens1B")], ("main",))
    assert asked == ["allenai/OLMo-7B-hf"]


@pytest.mark.parametrize(
    ("model", "branches", "steps", "left_out"),
    [
        ("EleutherAI/pythia-70m-v0", ["step1000", "step143000", "main"], [1000, 143000], 1),
        ("EleutherAI/pythia-160m-data-seed1", ["step0", "step512"], [0, 512], 0),
        ("allenai/OLMo-2-0425-1B-early-training",
         ["stage1-step0-tokens0B", "stage1-step37000-tokens78B", "stage2-ingredient1-step1-tokens1B"],
         [0, 37000], 1),
        ("allenai/OLMo-2-0425-1B-early-training",
         ["stage1-step1000-tokens3B", "stage1-step2000-tokens4.2B"], [1000, 2000], 0),
        ("allenai/OLMo-2-0425-1B",
         ["stage1-step1907359-tokens4001B", "stage2-ingredient3-step23852-tokens51B", "main"], [1907359], 2),
        ("allenai/Olmo-3-1025-7B",
         ["stage1-step0", "stage1-step1413814", "stage2-step47684", "stage3-step11921", "main"],
         [0, 1413814], 3),
        ("allenai/OLMoE-1B-7B-0924", ["step5000-tokens20B", "step1200000-tokens5033B"], [5000, 1200000], 0),
        ("LLM360/Amber", ["ckpt_000", "ckpt_358", "main"], [0, 358], 1),
        ("HuggingFaceTB/SmolLM2-1.7B-intermediate-checkpoints", ["step-125000", "main"], [125000], 1),
        ("HuggingFaceTB/SmolLM3-3B-checkpoints", ["stage1-step-40000", "stage2-step-3480000"], [40000], 1),
        ("allenai/DataDecide-dolma1_7-1B", ["step1250-seed-default", "step1250-seed-large-aux-2"], [1250], 1),
        ("common-pile/comma-v0.1-1t",
         ["stage1-step010000-tokens21B", "stage1-step460000-tokens965B", "stage2-step002000-tokens969B"],
         [10000, 460000], 1),
    ],
)  # fmt: skip
def test_presets_of_the_public_families(monkeypatch, model, branches, steps, left_out):
    monkeypatch.setattr(hub, "branches", lambda _: branches)
    found = lm.list_checkpoints(model, revisions=branches)
    assert [step for step, _ in found] == steps
    assert len(found.left_out) == left_out
    assert set(found.left_out) | {name for _, name in found} == set(branches)


def test_families_with_a_repository_for_every_checkpoint():
    bert = lm.list_checkpoints("google/multiberts-seed_3")
    assert len(bert) == 29
    assert bert[1] == (20000, "google/multiberts-seed_3-step_20k@main")
    llama = lm.list_checkpoints("TinyLlama/TinyLlama-1.1B")
    assert [step for step, _ in llama] == [50000, 240000, 480000, 715000, 955000, 1195000, 1431000]
    assert where("TinyLlama/TinyLlama-1.1B", llama[0][1]) == (
        "TinyLlama/TinyLlama-1.1B-step-50K-105b",
        "main",
    )


def test_your_own_pattern_and_table(tmp_path):
    found = lm.list_checkpoints("me/mine", revisions=["a7", "b1", "a10"], pattern=r"a(?P<step>\d+)")
    assert (found, found.left_out) == ([(7, "a7"), (10, "a10")], ("b1",))
    for pattern, message in (
        (r"a(\d+)", "a group"), ("(", "a regular expression"), (5, "pattern = 5"),
        ("(?P<step>.+)", "takes 'a7' for the step of 'a7'; allowed: a group of digits"),
        (r"a7(?P<step>\d)?", "has no checkpoint among"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            lm.list_checkpoints("me/mine", revisions=["a7"], pattern=pattern)
    with pytest.raises(ValueError, match="two names for step 7, 'a07' and 'a7'"):
        lm.list_checkpoints("me/mine", revisions=["a7", "a07"], pattern=r"a(?P<step>\d+)")
    for revisions in ("a7", [7]):
        with pytest.raises(ValueError, match=r"revisions = .*; allowed: a sequence of names"):
            lm.list_checkpoints("me/mine", revisions=revisions, pattern=r"a(?P<step>\d+)")
    table = tmp_path / "table.csv"
    for text, message in (
        ("step,rev\n1,a\n", "lacks the column 'revision'"),
        ("step,revision\none,a\n", "line 2: step = 'one'"),
        ("step,revision\n²,a\n", "line 2: step = '²'"),
        ("step,revision,Model\n1,a,me/x\n", "has the column 'Model'; allowed: 'model'"),
        ("step,revision,models\n1,a,me/x\n", "has the column 'models'; allowed: 'model'"),
        ("step,step,revision\n1,2,a\n", "has the column 'step' twice"),
        ("step,revision\n1,a\n1,b\n", "two names for step 1"),
        ("step,revision\n1,a\n2,a\n", "has 'a' twice"),
        ("step,revision\n", "has no rows"),
        ("", "lacks the column 'revision'"),
        ("step,revision\n1,a,b\n", "line 2: step = '1'"),
        ('step,revision\n1,"a"b\n', "line 2: .*a quote inside a field"),
    ):
        table.write_text(text)
        with pytest.raises(ValueError, match=message):
            lm.read_checkpoints(table)
    table.write_text("step,revision,model\n\n2,b\n1,a,me/early\n\n")
    assert lm.read_checkpoints(table) == [(1, "me/early@a"), (2, "b")]


def test_folder_of_revisions(tmp_path):
    for name in ("step10", "step2", "step0", "notes", "stage1-step30-tokens1B"):
        (tmp_path / name).mkdir()
    (tmp_path / "step99").write_text("a file is no revision")
    steps = [(0, "step0"), (2, "step2"), (10, "step10"), (30, "stage1-step30-tokens1B")]
    assert lm.list_checkpoints(tmp_path) == steps


def test_unknown_family_and_empty_folder(tmp_path):
    with pytest.raises(ValueError, match=r"model = 'openai/gpt2'; allowed: .*Pythia"):
        lm.list_checkpoints("openai/gpt2")
    with pytest.raises(ValueError, match="has no checkpoint"):
        lm.list_checkpoints(tmp_path)
    with pytest.raises(ValueError, match="has no checkpoint"):
        lm.list_checkpoints("allenai/OLMo-1B-hf", revisions=["main"])


# ------------------------------------------------------------------ without torch


def test_importing_the_chapter_does_not_import_torch():
    code = (
        "import sys\n"
        "import w2slib.checkpoints, w2slib.explorer\n"
        "heavy = {'torch', 'transformers', 'huggingface_hub', 'safetensors', 'tokenizers'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_missing_extra_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"torch is not installed.*pip install 'w2slib\[llm\]'"):
        lm.load_features("EleutherAI/pythia-70m", "step0", ["a"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(texts=[]), "texts is empty"),
        (dict(texts=["a", 3]), "texts contains 3"),
        (dict(texts="ab"), "texts = 'ab'; allowed: a sequence"),
        (dict(texts=["a", "\ud800"]), "half of a character"),
        (dict(layer=1.5), "layer = 1.5; allowed: a whole number"),
        (dict(layer=True), "layer = True"),
        (dict(revision=None), "revision = None"),
        (dict(pooling="max"), "pooling = 'max'; allowed"),
        (dict(batch_size=0), "batch_size = 0"),
        (dict(model="openai/gpt2"), "model = 'openai/gpt2'; allowed"),
    ],
)
def test_bad_input(change, message):
    named = dict(model="EleutherAI/pythia-70m", revision="step0", texts=["a"]) | change
    with pytest.raises(ValueError, match=message):
        lm.load_features(**named)


# ------------------------------------------------------------------ with torch


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_revisions(tmp_path_factory.mktemp("right"), ["step0", "step1", "step2"])


def one_at_a_time(folder, revision, text, layer, pooling):
    """The definition: run one text alone, without padding, and pool by hand."""
    import torch
    from transformers import AutoTokenizer, GPTNeoXForCausalLM

    network = GPTNeoXForCausalLM.from_pretrained(folder / revision).eval()
    ids = AutoTokenizer.from_pretrained(folder / revision)(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        hidden = network(ids, output_hidden_states=True).hidden_states[layer][0]
    return (hidden[-1] if pooling == "last" else hidden.mean(dim=0)).numpy()


@needs_llm
@pytest.mark.parametrize("pooling", ["last", "mean"])
@pytest.mark.parametrize("layer", [0, 1, -1])
@pytest.mark.parametrize("padding_side", ["right", "left"])
def test_pooling_is_right_under_padding_on_both_sides(tmp_path, padding_side, layer, pooling):
    folder = save_revisions(tmp_path, ["step5"], padding_side=padding_side)
    found = lm.load_features(folder, "step5", TEXTS, layer=layer, pooling=pooling, batch_size=4)
    expected = [one_at_a_time(folder, "step5", text, layer, pooling) for text in TEXTS]
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert found.dtype == np.float32


@needs_llm
def test_padding_would_be_noticed(model):
    """The last column of a padded batch is not the last token: the test above can fail."""
    import torch
    from transformers import AutoTokenizer, GPTNeoXForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(model / "step0")
    tokenizer.pad_token = tokenizer.eos_token
    batch = tokenizer(TEXTS, return_tensors="pt", padding=True)
    network = GPTNeoXForCausalLM.from_pretrained(model / "step0").eval()
    with torch.no_grad():
        naive = network(**batch, output_hidden_states=True).hidden_states[-1][:, -1].numpy()
    right = lm.load_features(model, "step0", TEXTS)
    assert np.abs(naive - right).max() > 0.1


@needs_llm
def test_batches_and_order_do_not_matter(model):
    whole = lm.load_features(model, "step1", TEXTS, batch_size=6)
    np.testing.assert_allclose(
        lm.load_features(model, "step1", TEXTS, batch_size=1), whole, atol=2e-5
    )
    backwards = lm.load_features(model, "step1", TEXTS[::-1], batch_size=2)
    np.testing.assert_allclose(backwards[::-1], whole, atol=2e-5)


@needs_llm
def test_long_text_keeps_its_end(model):
    long = "x" * 500 + TEXTS[3]
    kept = one_at_a_time(model, "step0", long[-48:], -1, "last")
    np.testing.assert_allclose(lm.load_features(model, "step0", [long])[0], kept, atol=2e-5)


@needs_llm
def test_cache_hit_equals_recomputation(model, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    first = lm.load_features(model, "step0", TEXTS, cache_dir=cache)
    np.testing.assert_array_equal(first, lm.load_features(model, "step0", TEXTS))
    assert len(list(cache.glob("*.npy"))) == 1
    runs = []
    original = features.extract
    monkeypatch.setattr(features, "extract", lambda *a, **k: runs.append(1) or original(*a, **k))
    np.testing.assert_array_equal(lm.load_features(model, "step0", TEXTS, cache_dir=cache), first)
    assert not runs
    for change in (
        dict(revision="step1"),
        dict(texts=TEXTS[:-1]),
        dict(layer=0),
        dict(pooling="mean"),
        dict(batch_size=2),
        dict(dtype="bfloat16"),
    ):
        named = dict(revision="step0", texts=TEXTS, cache_dir=cache) | change
        other = lm.load_features(model, **named)
        same = set(change) == {"batch_size"}
        assert same or other.shape != first.shape or np.abs(other - first).max() > 1e-3
    assert len(runs) == 6


@needs_llm
def test_damaged_or_dangerous_cache_file_is_computed_anew(model, tmp_path):
    first = lm.load_features(model, "step0", TEXTS, cache_dir=tmp_path)
    (file,) = tmp_path.glob("*.npy")
    file.write_bytes(file.read_bytes()[:50])
    np.testing.assert_array_equal(
        lm.load_features(model, "step0", TEXTS, cache_dir=tmp_path), first
    )
    np.save(file, np.array([{"an": "object"}]), allow_pickle=True)  # would have to be unpickled
    np.testing.assert_array_equal(
        lm.load_features(model, "step0", TEXTS, cache_dir=tmp_path), first
    )


@needs_llm
def test_retrained_weights_are_not_taken_from_the_cache(tmp_path):
    folder, cache = tmp_path / "model", tmp_path / "cache"
    save_revisions(folder, ["step0"], seed=1)
    first = lm.load_features(folder, "step0", TEXTS, cache_dir=cache)
    save_revisions(folder, ["step0"], seed=2)
    assert np.abs(lm.load_features(folder, "step0", TEXTS, cache_dir=cache) - first).max() > 1e-2


@needs_llm
def test_missing_revision_names_those_that_exist(model):
    with pytest.raises(ValueError, match=r"revision = 'step7' is missing .*allowed: step0, step1"):
        lm.load_features(model, "step7", TEXTS)


@needs_llm
def test_remote_code_is_never_run(tmp_path):
    import json

    folder = save_revisions(tmp_path, ["step0"])
    config = folder / "step0" / "config.json"
    trap = json.loads(config.read_text()) | {
        "model_type": "trap",
        "auto_map": {"AutoConfig": "trap.Trap", "AutoModel": "trap.Trap"},
    }
    config.write_text(json.dumps(trap))
    (folder / "step0" / "trap.py").write_text(
        f"open({str(tmp_path / 'sprung')!r}, 'w')\nclass Trap: pass\n"
    )
    with pytest.raises(ValueError, match="needs code of its repository, which is never run"):
        lm.load_features(folder, "step0", TEXTS)
    assert not (tmp_path / "sprung").exists()


@needs_llm
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(layer=3), "layer = 3; allowed: -3 to 2"),
        (dict(layer=-4), "layer = -4"),
        (dict(texts=["a", ""]), r"texts\[1\] = '' has no token"),
    ],
)
def test_bad_input_that_only_the_model_shows(model, change, message):
    with pytest.raises(ValueError, match=message):
        lm.load_features(**dict(model=model, revision="step0", texts=TEXTS) | change)


@needs_llm
def test_overflowing_network_is_reported(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save_revisions(tmp_path, ["step0"])
    file = folder / "step0" / "model.safetensors"
    weights = load_file(file)
    weights["gpt_neox.embed_in.weight"] *= float("inf")
    save_file(weights, file, metadata={"format": "pt"})
    with pytest.raises(ValueError, match="contain nan or inf"):
        lm.load_features(folder, "step0", TEXTS)
