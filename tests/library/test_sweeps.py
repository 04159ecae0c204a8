"""The sweep: what a row says, resuming after a kill, executors, bad input; with and without torch."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.tiny_models import needs_llm, save_revisions
from w2slib.studies import sweeps
from w2slib.studies.language_models import list_checkpoints, load_features
from w2slib.studies.probes import evaluate, fit_probe

ROOT = Path(__file__).resolve().parents[2]
SMALL = sweeps.SweepSetting(
    n_supervisor=30, n_train=120, n_test=60, n_seeds=2, seed=3, reads=6, n_components=3
)
CHECKPOINTS = [(0, "step0"), (1, "step1"), (2, "step2"), (4, "step4")]
HEADER = ",".join(sweeps.FIELDS)


def dataset(n=240, seed=0):
    """Label: does the text end in an opening parenthesis followed by a name that begins with a-m?"""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcdefmnopqz"), 8)) for _ in range(n)]
    labels = np.array([str(int(word[-1] < "n")) for word in words])
    return sweeps.TextDataset(tuple(map(str, range(n))), tuple(words), labels)


def fake_features(model, revision, texts, **_):
    """Instead of a network: letters as numbers, the more readable the later the checkpoint."""
    step = int(revision.removeprefix("step"))
    rng = np.random.default_rng(step)
    codes = np.array([[ord(letter) - 109 for letter in text] for text in texts], float)
    return codes + (6 - step) * rng.standard_normal(codes.shape)


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A folder that list_checkpoints understands, and features that need no torch."""
    for _, revision in CHECKPOINTS:
        (tmp_path / "model" / revision).mkdir(parents=True)
    monkeypatch.setattr(sweeps, "load_features", fake_features)
    return tmp_path / "model"


def run(model, out, **change):
    named = dict(dataset=dataset(), out=out, setting=SMALL, progress=False) | change
    return sweeps.sweep(model, **named)


# ------------------------------------------------------------------ what a row says


def test_rows_are_tidy_and_equal_to_evaluate(model, tmp_path):
    out = tmp_path / "out.csv"
    study = run(model, out)
    rows = list(csv.DictReader(out.open()))
    assert [(int(r["step"]), int(r["seed"])) for r in rows] == [
        (s, k) for s, _ in CHECKPOINTS for k in (0, 1)
    ]
    data = dataset()
    deal = sweeps._deal(data, SMALL, 1)
    features = fake_features(model, "step2", data.texts)
    result = evaluate(
        features[deal.train], deal.weak_train, data.labels[deal.train], features[deal.test],
        data.labels[deal.test], weak_labels_test=deal.weak_test,
    )  # fmt: skip
    row = rows[5]
    for name in ("weak", "student", "ceiling", "pgr", "probe_accuracy"):
        assert float(row[name]) == pytest.approx(getattr(result, name), abs=1e-6)
    assert study.student[2, 1] == pytest.approx(result.student, abs=1e-6)
    assert (row["n_train"], row["n_test"]) == ("120", "60")


def test_supervisor_sees_its_own_texts_only_and_is_the_same_at_every_checkpoint(model, tmp_path):
    data = dataset()
    deal = sweeps._deal(data, SMALL, 0)
    groups = [set(deal.supervisor), set(deal.train), set(deal.test)]
    assert [len(g) for g in groups] == [30, 120, 60]
    assert len(set.union(*groups)) == 210
    alphabet = "".join(sorted({c for i in deal.supervisor for c in data.texts[i][-6:]}))
    bags = sweeps.bag_of_characters(data.texts, alphabet, 6)
    probe = fit_probe(bags[deal.supervisor], data.labels[deal.supervisor])
    np.testing.assert_array_equal(deal.weak_train, probe.predict(bags[deal.train]))
    assert run(model, tmp_path / "out.csv").weak.shape == (2,)


def test_shuffled_supervisor_recovers_nothing(model, tmp_path):
    setting = sweeps.SweepSetting(**vars(SMALL) | {"shuffled": True, "n_seeds": 12})
    study = run(model, tmp_path / "out.csv", setting=setting)
    pgr = study.pgr[-1]
    assert pgr.mean() <= 2 * pgr.std(ddof=1) / np.sqrt(len(pgr))
    honest = run(model, tmp_path / "honest.csv")
    assert honest.weak.mean() > study.weak.mean() + 0.05


def test_label_noise_flips_that_share_of_the_students_labels_only():
    data = dataset(2000)
    big = vars(SMALL) | {"n_train": 1500}
    clean = sweeps._deal(data, sweeps.SweepSetting(**big), 0)
    noisy = sweeps._deal(data, sweeps.SweepSetting(**big | {"label_noise": 0.3}), 0)
    flipped = np.mean(clean.weak_train != noisy.weak_train)
    assert abs(flipped - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 1500)
    np.testing.assert_array_equal(clean.weak_test, noisy.weak_test)


def test_given_weak_labels_are_used(model, tmp_path):
    data = dataset()
    weak = np.where(np.arange(240) % 4 == 0, np.where(data.labels == "1", "0", "1"), data.labels)
    given = sweeps.TextDataset(data.ids, data.texts, data.labels, weak)
    study = run(model, tmp_path / "out.csv", dataset=given)
    assert np.all(np.abs(study.weak - 0.75) < 0.2)
    deal = sweeps._deal(given, SMALL, 0)
    np.testing.assert_array_equal(deal.weak_train, weak[deal.train])


# ------------------------------------------------------------------ resuming


def test_interrupted_and_resumed_gives_the_same_file(model, tmp_path, monkeypatch):
    whole, parts = tmp_path / "whole.csv", tmp_path / "parts.csv"
    run(model, whole)
    calls = []

    def interrupted(model, revision, texts, **options):
        calls.append(revision)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return fake_features(model, revision, texts, **options)

    monkeypatch.setattr(sweeps, "load_features", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(model, parts)
    assert len(parts.read_text().splitlines()) == 1 + 2 * 2  # two checkpoints, two seeds
    run(model, parts)
    assert calls == ["step0", "step1", "step2", "step2", "step4"]  # nothing done twice
    assert parts.read_bytes() == whole.read_bytes()
    run(model, parts)
    assert len(calls) == 5
    assert parts.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("cut", [1, 5, 40, 90, 200])
def test_half_written_rows_are_cut_off(model, tmp_path, cut):
    whole, broken = tmp_path / "whole.csv", tmp_path / "broken.csv"
    run(model, whole)
    broken.write_bytes(whole.read_bytes()[:-cut])
    run(model, broken)
    assert broken.read_bytes() == whole.read_bytes()


KILLED = """
import sys, time
from pathlib import Path
from tests.library import test_sweeps as t
from w2slib.studies import sweeps
def slow(*a, **k):
    time.sleep(0.2)
    return t.fake_features(*a, **k)
sweeps.load_features = slow
t.run(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_for_good_and_resumed_gives_the_same_file(model, tmp_path):
    whole, killed = tmp_path / "whole.csv", tmp_path / "killed.csv"
    run(model, whole)
    command = [sys.executable, "-c", KILLED, model, killed]
    process = subprocess.Popen(command, cwd=ROOT)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if killed.exists() and killed.read_text().count("\n") >= 3:
            break
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert killed.read_text().startswith(HEADER)
    subprocess.run(command, cwd=ROOT, check=True)
    assert killed.read_bytes() == whole.read_bytes()


def test_missing_revision_keeps_what_was_written(model, tmp_path, monkeypatch):
    def missing(model, revision, texts, **options):
        if revision == "step2":
            raise ValueError("revision = 'step2' is missing")
        return fake_features(model, revision, texts)

    monkeypatch.setattr(sweeps, "load_features", missing)
    out = tmp_path / "out.csv"
    with pytest.raises(ValueError, match="step2"):
        run(model, out)
    assert sweeps.read_sweep(out).steps.tolist() == [0, 1]


def test_file_of_another_sweep_is_refused_and_kept(model, tmp_path):
    out = tmp_path / "out.csv"
    run(model, out)
    before = out.read_bytes()
    for change in (
        dict(setting=sweeps.SweepSetting(**vars(SMALL) | {"label_noise": 0.1})),
        dict(dataset=dataset(seed=1)),
    ):
        with pytest.raises(ValueError, match="another model, dataset or setting"):
            run(model, out, **change)
        assert out.read_bytes() == before


def test_foreign_file_is_refused_and_kept(model, tmp_path):
    out = tmp_path / "letters.csv"
    out.write_text("dear,reader\n1,2\n")
    with pytest.raises(ValueError, match="is not a sweep's file"):
        run(model, out)
    assert out.read_text() == "dear,reader\n1,2\n"


@pytest.mark.parametrize("pool", [ThreadPoolExecutor])
def test_executor_does_not_change_a_byte(model, tmp_path, pool):
    run(model, tmp_path / "serial.csv")
    with pool(3) as executor:
        run(model, tmp_path / "pooled.csv", executor=executor)
    assert (tmp_path / "serial.csv").read_bytes() == (tmp_path / "pooled.csv").read_bytes()


def test_study_knows_its_model_setting_and_run(model, tmp_path):
    study = run(model, tmp_path / "out.csv")
    assert study.setting["model"] == Path(model).name
    assert study.setting["n_train"] == SMALL.n_train
    read = sweeps.read_sweep(tmp_path / "out.csv")
    assert set(read.setting) == {"run"}
    assert read.setting["run"] == study.setting["run"]
    assert (tmp_path / "out.csv").read_text().splitlines()[1].endswith("," + read.setting["run"])


def test_progress_bar_counts_the_checkpoints(model, tmp_path, capsys):
    run(model, tmp_path / "out.csv", progress=True)
    assert "4/4" in capsys.readouterr().err


# ------------------------------------------------------------------ bad input


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text,label\n", "has no rows"),
        ("", "lacks the column 'label'"),
        ("text,class\na,1\n", "lacks the column 'label'"),
        ("text,label\na,1\nb,\n", "row 2 has no label"),
        ("id,text,label\n1,a,0\n1,b,1\n", "ids contains '1' twice"),
    ],
)
def test_bad_dataset_file(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        sweeps.read_dataset(write(tmp_path / "task.csv", text))


def test_dataset_file_with_weak_labels(tmp_path):
    data = sweeps.read_dataset(
        write(tmp_path / "task.csv", 'id,text,label,weak_label\nx,"a,\nb",yes,no\n')
    )
    assert (data.ids, data.texts) == (("x",), ("a,\nb",))
    assert data.weak_labels.tolist() == ["no"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(n_train=0), "n_train = 0"),
        (dict(label_noise=1.5), "label_noise = 1.5"),
        (dict(penalty=0), "penalty = 0"),
        (dict(pooling="max"), "pooling = 'max'"),
        (dict(seed=-1), "seed = -1"),
    ],
)
def test_bad_setting(change, message):
    with pytest.raises(ValueError, match=message):
        sweeps.SweepSetting(**change)


def test_too_few_texts_one_class_and_no_checkpoint(model, tmp_path):
    out = tmp_path / "out.csv"
    with pytest.raises(ValueError, match="add up to 210; allowed: at most n = 50"):
        run(model, out, dataset=dataset(50))
    one = dataset()
    one = sweeps.TextDataset(one.ids, one.texts, np.array(["1"] * 240))
    with pytest.raises(ValueError, match="the single class"):
        run(model, out, dataset=one)
    with pytest.raises(ValueError, match="checkpoints is empty"):
        run(model, out, checkpoints=[])
    assert not out.exists()


def test_broken_result_files(tmp_path):
    row = "0,step0,{},0.6,0.5,0.7,-1,0.7,0.1,9,9,abc\n"
    out = write(
        tmp_path / "out.csv",
        HEADER + "\n" + row.format(0) + row.format(1).replace("0,step0", "1,step1"),
    )
    with pytest.raises(ValueError, match=r"has no row for \(step, seed\)"):
        sweeps.read_sweep(out)
    moved = row.format(0).replace("0,step0", "1,step1").replace("0.6", "0.65")
    write(out, HEADER + "\n" + row.format(0) + moved)
    with pytest.raises(ValueError, match="the supervisor changes"):
        sweeps.read_sweep(out)
    write(out, "a,b\n")
    with pytest.raises(ValueError, match="lacks the column"):
        sweeps.read_sweep(out)


# ------------------------------------------------------------------ with torch


@needs_llm
def test_real_checkpoints_in_two_processes(tmp_path):
    from multiprocessing import get_context

    folder = save_revisions(tmp_path / "model", [revision for _, revision in CHECKPOINTS])
    named = dict(dataset=dataset(), setting=SMALL, progress=False, cache_dir=tmp_path / "cache")
    serial = sweeps.sweep(folder, out=tmp_path / "serial.csv", **named | {"cache_dir": None})
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        sweeps.sweep(folder, out=tmp_path / "pooled.csv", executor=pool, **named)
    assert (tmp_path / "serial.csv").read_bytes() == (tmp_path / "pooled.csv").read_bytes()
    assert serial.steps.tolist() == [0, 1, 2, 4]
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 4


@needs_llm
def test_missing_revision_of_a_real_folder(tmp_path):
    folder = save_revisions(tmp_path / "model", ["step0", "step1"])
    out = tmp_path / "out.csv"
    with pytest.raises(ValueError, match="revision = 'step8' is missing"):
        run(folder, out, checkpoints=[(0, "step0"), (8, "step8"), (1, "step1")])
    assert sweeps.read_sweep(out).steps.tolist() == [0]


TINY = {
    "steps": 10, "every": 5, "hidden": 16, "layers": 1, "modules": 40, "n-supervisor": 20,
    "n-train": 60, "n-test": 40, "n-seeds": 2, "workers": 1,
}  # fmt: skip


@needs_llm
def test_tiny_transformer_script_from_end_to_end(tmp_path):
    """The study of the chapter, small: train, list_checkpoints, load_features, sweep."""
    out = tmp_path / "tiny.csv"
    script = ROOT / "studies" / "tiny_transformer.py"
    command = [sys.executable, script, "--work", tmp_path, "--out", out]
    command += [word for name, value in TINY.items() for word in (f"--{name}", str(value))]
    subprocess.run(command, check=True, capture_output=True)
    study = sweeps.read_sweep(out)
    assert study.steps.tolist() == [0, 1, 2, 4, 8]
    assert json.loads(out.with_suffix(".json").read_text())["parameters"] > 1000

    # The same numbers by hand, from the saved checkpoints.
    model, data = tmp_path / "model", sweeps.read_dataset(tmp_path / "task.csv")
    setting = sweeps.SweepSetting(n_supervisor=20, n_train=60, n_test=40, n_seeds=2, seed=20260)
    deal = sweeps._deal(data, setting, 1)
    step, revision = list_checkpoints(model)[-1]
    features = load_features(model, revision, data.texts)
    result = evaluate(
        features[deal.train], deal.weak_train, data.labels[deal.train], features[deal.test],
        data.labels[deal.test], weak_labels_test=deal.weak_test,
    )  # fmt: skip
    assert step == 8
    assert study.student[-1, 1] == pytest.approx(result.student, abs=0.026)  # one text of 40
    assert study.weak[1] == pytest.approx(result.weak, abs=1e-6)

    # Training changed the network, and starting again changes nothing.
    first = load_features(model, "step0", data.texts)
    assert np.abs(first - features).max() > 1e-3
    before = out.read_bytes()
    subprocess.run(command, check=True, capture_output=True)
    assert out.read_bytes() == before
