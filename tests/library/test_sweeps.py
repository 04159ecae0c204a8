"""The sweep: what a row says, resuming after a kill, executors, bad input; with and without torch."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.tiny_models import needs_llm, save_revisions, stub_revisions
from w2slib.studies import _hub as hub
from w2slib.studies import _measuring as measuring
from w2slib.studies import _planning as planning
from w2slib.studies import sweeps
from w2slib.studies._records import FIRST
from w2slib.studies.checkpoints import main
from w2slib.studies.failures import CheckpointError
from w2slib.studies.language_models import list_checkpoints, load_features
from w2slib.studies.probes import evaluate, fit_probe
from w2slib.studies.supervisors import Characters

ROOT = Path(__file__).resolve().parents[2]
SMALL = sweeps.SweepSetting(
    n_supervisor=30, n_train=120, n_test=60, n_seeds=2, seed=3, reads=6, n_components=3
)
CHECKPOINTS = [(0, "step0"), (1, "step1"), (2, "step2"), (4, "step4")]
HEADER = ",".join(sweeps.FIELDS)
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def dataset(n=240, seed=0):
    """Label: does the text end in an opening parenthesis followed by a name that begins with a-m?"""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcdefmnopqz"), 8)) for _ in range(n)]
    labels = np.array([str(int(word[-1] < "n")) for word in words])
    return sweeps.TextDataset(tuple(map(str, range(n))), tuple(words), labels)


def fake_features(revision, texts):
    """Instead of a network: letters as numbers, the more readable the later the checkpoint."""
    step = int(revision.removeprefix("step"))
    rng = np.random.default_rng(step)
    codes = np.array([[ord(letter) - 109 for letter in text] for text in texts], float)
    return codes + (6 - step) * rng.standard_normal(codes.shape)


def fake_reading(model, revision, texts, readouts, **_):
    """Instead of `features_of`: the checkpoint's files are real, the network is not."""
    _, identity = hub.fetch(hub.find(model, revision))
    return {each: fake_features(revision, texts) for each in readouts}, identity


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A folder that list_checkpoints understands, and features that need no torch."""
    monkeypatch.setattr(measuring, "features_of", fake_reading)
    return stub_revisions(tmp_path / "model", [revision for _, revision in CHECKPOINTS])


def one_deal(data, setting, number):
    """One deal with its supervisor's labels."""
    deals = planning.deals_of(data, setting)
    teachers = {"task": planning.teachers_of(data, setting, None)}
    taught = sweeps.teach("", {"task": data}, setting, teachers, {"task": deals}, {})
    return taught["task", teachers["task"][0].name, number]


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
    one = one_deal(data, SMALL, 1)
    deal, features = one.deal, fake_features("step2", data.texts)
    result = evaluate(
        features[deal.train], one.weak_train, data.labels[deal.train], features[deal.test],
        data.labels[deal.test], weak_labels_test=one.weak_test,
    )  # fmt: skip
    row = rows[5]
    for name in ("weak", "student", "ceiling", "pgr", "probe_accuracy"):
        assert float(row[name]) == pytest.approx(getattr(result, name), abs=1e-6)
    assert study.student[2, 1] == pytest.approx(result.student, abs=1e-6)
    assert (row["n_train"], row["n_test"]) == ("120", "60")


def test_supervisor_sees_its_own_texts_only_and_is_the_same_at_every_checkpoint(model, tmp_path):
    data = dataset()
    one = one_deal(data, SMALL, 0)
    deal = one.deal
    groups = [set(deal.supervisor), set(deal.train), set(deal.test)]
    assert [len(g) for g in groups] == [30, 120, 60]
    assert len(set.union(*groups)) == 210
    alphabet = "".join(sorted({c for i in deal.supervisor for c in data.texts[i][-6:]}))
    bags = sweeps.bag_of_characters(data.texts, alphabet, 6)
    probe = fit_probe(bags[deal.supervisor], data.labels[deal.supervisor])
    np.testing.assert_array_equal(one.weak_train, probe.predict(bags[deal.train]))
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
    clean = one_deal(data, sweeps.SweepSetting(**big), 0)
    noisy = one_deal(data, sweeps.SweepSetting(**big | {"label_noise": 0.3}), 0)
    flipped = np.mean(clean.weak_train != noisy.weak_train)
    assert abs(flipped - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 1500)
    np.testing.assert_array_equal(clean.weak_test, noisy.weak_test)


def test_given_weak_labels_are_used(model, tmp_path):
    data = dataset()
    weak = np.where(np.arange(240) % 4 == 0, np.where(data.labels == "1", "0", "1"), data.labels)
    given = sweeps.TextDataset(data.ids, data.texts, data.labels, weak)
    study = run(model, tmp_path / "out.csv", dataset=given)
    assert np.all(np.abs(study.weak - 0.75) < 0.2)
    one = one_deal(given, SMALL, 0)
    np.testing.assert_array_equal(one.weak_train, weak[one.deal.train])


# ------------------------------------------------------------------ resuming


def test_interrupted_and_resumed_gives_the_same_file(model, tmp_path, monkeypatch):
    whole, parts = tmp_path / "whole.csv", tmp_path / "parts.csv"
    run(model, whole)
    calls = []

    def interrupted(model, revision, *rest, **options):
        calls.append(revision)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return fake_reading(model, revision, *rest, **options)

    monkeypatch.setattr(measuring, "features_of", interrupted)
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
    Path(f"{broken}.json").write_bytes(Path(f"{whole}.json").read_bytes())
    broken.write_bytes(whole.read_bytes()[:-cut])
    run(model, broken)
    assert broken.read_bytes() == whole.read_bytes()


@needs_fork
def test_killed_at_any_moment_and_resumed_gives_the_same_file(model, tmp_path):
    """A few times here; `python -m tests.library.test_sweeps 20` does it as often as you like."""
    kill_and_resume(model, tmp_path, times=4, seed=0)


def kill_and_resume(model, folder, times, seed):
    whole, killed = folder / "whole.csv", folder / "killed.csv"
    started = time.monotonic()
    run(model, whole)
    lasts, rng = time.monotonic() - started, np.random.default_rng(seed)
    for _ in range(times):
        process = in_another_process(run, model, killed)
        time.sleep(rng.uniform(0, lasts))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    run(model, killed)
    assert killed.read_bytes() == whole.read_bytes()
    left = {path.name for path in folder.iterdir() if path.name.startswith("killed")}
    assert left <= {"killed.csv", "killed.csv.json", "killed.csv.lock"}


def in_another_process(function, *arguments):
    """Start a copy of this process, with all its patches, that calls the function."""
    process = get_context("fork").Process(target=function, args=arguments)
    process.start()
    return process


def failing(*revisions, error=None):
    """Reading that fails at some revisions."""

    def read(model, revision, *rest, **options):
        if revision in revisions:
            raise error or CheckpointError("damaged", f"{revision} is truncated")
        return fake_reading(model, revision, *rest, **options)

    return read


@pytest.mark.parametrize("pool", [None, ThreadPoolExecutor])
def test_failing_checkpoint_is_a_row_and_the_others_are_kept(model, tmp_path, monkeypatch, pool):
    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    run(model, whole)
    monkeypatch.setattr(measuring, "features_of", failing("step1", "step4"))
    if pool is None:
        study = run(model, out)
    else:
        with pool(2) as executor:
            study = run(model, out, executor=executor)
    assert study.steps.tolist() == [0, 2]
    assert set(study.setting["failed"]) == {"step1", "step4"}
    failed = list(csv.DictReader((tmp_path / "out.failed.csv").open()))
    assert [(row["step"], row["kind"], row["reason"]) for row in failed] == [
        ("1", "damaged", "step1 is truncated"), ("4", "damaged", "step4 is truncated"),
    ]  # fmt: skip
    assert failed[0]["time"].startswith("20")
    monkeypatch.setattr(measuring, "features_of", fake_reading)
    assert "failed" not in run(model, out).setting
    assert out.read_bytes() == whole.read_bytes()
    assert not (tmp_path / "out.failed.csv").exists()


def test_failing_checkpoint_can_be_the_end(model, tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "features_of", failing("step2"))
    with pytest.raises(CheckpointError, match="step2 is truncated"):
        run(model, tmp_path / "out.csv", on_error="stop")
    assert sweeps.read_sweep(tmp_path / "out.csv").steps.tolist() == [0, 1]
    with pytest.raises(ValueError, match="on_error = 'ignore'"):
        run(model, tmp_path / "out.csv", on_error="ignore")


def test_an_error_of_the_caller_is_not_recorded_as_the_checkpoints(model, tmp_path, monkeypatch):
    wrong = failing("step1", error=ValueError("layer = 9; allowed: -3 to 2"))
    monkeypatch.setattr(measuring, "features_of", wrong)
    with pytest.raises(ValueError, match="layer = 9"):
        run(model, tmp_path / "out.csv")
    assert not (tmp_path / "out.failed.csv").exists()


def test_no_checkpoint_at_all_is_an_error(model, tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "features_of", failing(*(r for _, r in CHECKPOINTS)))
    with pytest.raises(
        ValueError, match=r"no checkpoint could be used \(4 failed\): step0: step0 is"
    ):
        run(model, tmp_path / "out.csv")


@needs_fork
def test_two_processes_at_once_are_refused(model, tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    with monkeypatch.context() as slow:
        slow.setattr(measuring, "features_of", lambda *_, **__: time.sleep(60))
        process = in_another_process(run, model, out)
    try:
        deadline = time.monotonic() + 60
        while not out.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        with pytest.raises(ValueError, match="is being written by another process"):
            run(model, out)
    finally:
        process.kill()
        process.join()
    run(model, out)


def run_on_a_full_disk(model, out, limit, setting):
    """No file may grow beyond the limit: writing fails half-way, as on a full disk."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        run(model, out, setting=setting)
    except OSError as error:
        os._exit(error.errno)
    os._exit(0)


@needs_fork
def test_full_disk_leaves_whole_rows(model, tmp_path):
    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    setting = sweeps.SweepSetting(**vars(SMALL) | {"n_seeds": 20})
    run(model, whole, setting=setting)
    limit = whole.stat().st_size * 3 // 4 + 50
    process = in_another_process(run_on_a_full_disk, model, out, limit, setting)
    process.join(60)
    assert process.exitcode == errno.EFBIG
    lines = whole.read_bytes().splitlines(keepends=True)
    assert out.read_bytes() in [b"".join(lines[: 1 + k * 20]) for k in (1, 2, 3)]
    run(model, out, setting=setting)
    assert out.read_bytes() == whole.read_bytes()


# ------------------------------------------------------------------ identity is content


def test_another_model_of_the_same_name_is_refused(model, tmp_path):
    out = tmp_path / "out.csv"
    run(model, out)
    other = stub_revisions(tmp_path / "elsewhere" / "model", ["step0", "step1", "step2", "step4"])
    moved = run(other, out)  # the same content elsewhere is the same model
    assert moved.steps.tolist() == [0, 1, 2, 4]
    before, file = out.read_bytes(), other / "step1" / "model.safetensors"
    file.write_bytes(file.read_bytes().replace(b"step1", b"stepX"))
    with pytest.raises(ValueError, match=r"rows of 'step1' with other weights .*another model"):
        run(other, out)
    (other / "step0" / "config.json").write_text('{"hidden_size": 9}')
    with pytest.raises(ValueError, match="rows of 'step0' with other config"):
        run(other, out)
    lacks = stub_revisions(tmp_path / "third" / "model", ["step0", "step8"])
    with pytest.raises(ValueError, match=r"rows of 'step1', which .* has not"):
        run(lacks, out)
    assert out.read_bytes() == before


def test_replaced_weights_are_noticed_though_size_and_time_are_the_same(model, tmp_path):
    out, file = tmp_path / "out.csv", model / "step1" / "model.safetensors"
    run(model, out)
    stat = file.stat()
    file.write_bytes(file.read_bytes().replace(b"step1", b"stepX"))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(ValueError, match="'step1' with other weights"):
        run(model, out)


def test_steps_with_the_same_weights_are_marked_and_left_out(model, tmp_path):
    file = model / "step2" / "model.safetensors"
    file.write_bytes((model / "step1" / "model.safetensors").read_bytes())
    out = tmp_path / "out.csv"
    study = run(model, out)
    assert study.steps.tolist() == [0, 4]
    assert study.setting["same_weights"] == (1, 2)
    marks = {row["revision"]: row["same_weights_as"] for row in csv.DictReader(out.open())}
    assert marks == {"step0": "", "step1": "step2", "step2": "step1", "step4": ""}
    assert sweeps.read_sweep(out, same_weights="keep").steps.tolist() == [0, 1, 2, 4]


def test_setting_stands_beside_the_results_and_a_refusal_says_what_changed(model, tmp_path):
    out = tmp_path / "out.csv"
    run(model, out)
    said = json.loads((tmp_path / "out.csv.json").read_text())
    assert said["setting"]["setting"]["n_train"] == 120
    assert said["setting"]["batch_size"] == 32
    assert said["versions"]["numpy"] == np.__version__
    assert len(said["checkpoints"]["step2"]["weights"]) == 64
    for change, message in (
        (dict(setting=sweeps.SweepSetting(**vars(SMALL) | {"dtype": "float16"})),
         r"setting.dtype was 'float32', now 'float16'"),
        (dict(batch_size=8), r"batch_size was 32, now 8"),
        (dict(supervisors=[Characters(reads=7)]), "supervisors.task"),
        (dict(dataset=dataset(seed=1)), r"tasks.task.sha256 was"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            run(model, out, **change)
    (tmp_path / "out.csv.json").unlink()
    with pytest.raises(ValueError, match=r"has no out.csv.json that says what made it"):
        run(model, out)


def of_json(change):
    """A change of a file in JSON, as one of its text."""

    def changed(text):
        said = json.loads(text)
        change(said)
        return json.dumps(said)

    return changed


def with_another_row(text):
    return text + text.splitlines()[1].replace(",0.", ",0.1", 1) + "\n"


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("out.csv.json", of_json(lambda s: s.pop("checkpoints")), "is not a sweep's setting"),
        ("out.csv.json", of_json(lambda s: s.update(checkpoints=[])), "is not a sweep's setting"),
        ("out.csv.json", of_json(lambda s: s["checkpoints"].update(step0="x")), "not a sweep's setting"),
        ("out.csv.json", of_json(lambda s: s["checkpoints"].pop("step0")), "its weights are nothing"),
        ("out.csv.json", of_json(lambda s: s["checkpoints"]["step0"].update(weights=0)), "weights are 0"),
        ("out.csv", lambda t: t.replace("\n1,step1", "\n7,step1"), "'step1' at step 7, now 1"),
        ("out.csv", lambda t: t.replace("1,step1,0", "7,step1,0"), "'step1' has rows of the steps 7 and 1"),
        ("out.csv", lambda t: t.replace(",-1,last", ",x,last", 1), "line 2: layer = 'x'; allowed: a whole"),
        ("out.csv", with_another_row, "'step0' has two rows"),
        ("out.failed.csv", lambda _: "a,b\n1,2\n", "is no table of failures"),
        ("out.failed.csv", lambda _: "step,revision\nx,step9\n", "is no table of failures"),
    ],
)  # fmt: skip
def test_files_that_somebody_changed_are_refused(model, tmp_path, name, change, message):
    out, file = tmp_path / "out.csv", tmp_path / name
    run(model, out, checkpoints=CHECKPOINTS[:2])
    file.write_text(change(file.read_text() if file.exists() else ""))
    with pytest.raises(ValueError, match=message):
        run(model, out)


def test_a_step_is_one_checkpoint_in_all_runs(model, tmp_path):
    out = tmp_path / "out.csv"
    run(model, out, checkpoints=[(0, "step0")])
    for other, message in (
        ((1, "step0"), "rows of 'step0' at step 0, now 1"),
        ((0, "step1"), "rows of 'step0' at step 0, now 'step1'"),
    ):
        with pytest.raises(ValueError, match=message):
            run(model, out, checkpoints=[other])


class Breaking:
    """A pool whose worker dies with the second checkpoint."""

    def __init__(self):
        self.asked = 0

    def submit(self, call, *args):
        future = Future()
        self.asked += 1
        if self.asked == 1:
            future.set_result(call(*args))
        else:
            future.set_exception(BrokenExecutor("a process was terminated"))
        return future


def test_a_worker_that_dies_is_said_and_rows_are_kept(model, tmp_path):
    out = tmp_path / "out.csv"
    with pytest.raises(ValueError, match=r"a worker process ended suddenly.*fewer workers"):
        run(model, out, executor=Breaking())
    assert run(model, out).steps.tolist() == [0, 1, 2, 4]


def test_names_with_a_point_do_not_share_a_table_of_failures(model, tmp_path):
    for name in ("m-1.3b", "m-1.4b"):
        run(model, tmp_path / name, checkpoints=[(0, "step0"), (9, "step9")])
    assert {path.name for path in tmp_path.glob("*.failed.csv")} == {
        "m-1.3b.failed.csv", "m-1.4b.failed.csv"
    }  # fmt: skip


def test_deals_are_added_to_what_is_there(model, tmp_path, monkeypatch):
    both, grown = tmp_path / "both.csv", tmp_path / "grown.csv"
    more = sweeps.SweepSetting(**vars(SMALL) | {"n_seeds": 4})
    run(model, both, setting=more)
    run(model, grown)
    asked = []
    original = measuring.experiment
    monkeypatch.setattr(
        measuring, "experiment", lambda *a, **k: asked.append(1) or original(*a, **k)
    )
    study = run(model, grown, setting=more)
    assert len(asked) == 4 * 2  # two new deals at four checkpoints
    assert study.student.shape == (4, 4)
    assert grown.read_bytes() == both.read_bytes()


# ------------------------------------------------------------------ deals


def doubled():
    data = dataset(120)
    return sweeps.TextDataset(
        tuple(map(str, range(240))), data.texts + tuple(f" {text} " for text in data.texts),
        np.tile(data.labels, 2),
    )  # fmt: skip


def test_repeated_texts_are_refused_or_kept_together(model, tmp_path):
    with pytest.raises(ValueError, match=r"120 texts occur more than once.*repeats='group'"):
        run(model, tmp_path / "out.csv", dataset=doubled())
    assert not (tmp_path / "out.csv").exists()
    setting = sweeps.SweepSetting(**vars(SMALL) | {"repeats": "group"})
    data = doubled()
    for number in range(2):
        deal = one_deal(data, setting, number).deal
        sides = [
            {data.texts[i].strip() for i in side}
            for side in (deal.supervisor, deal.train, deal.test)
        ]
        assert not sides[0] & sides[1]
        assert not (sides[0] | sides[1]) & sides[2]
        assert [len(deal.supervisor), len(deal.train), len(deal.test)] == [30, 120, 60]


def test_groups_are_not_divided(model):
    data = dataset()
    groups = tuple(str(i % 40) for i in range(240))
    grouped = sweeps.TextDataset(data.ids, data.texts, data.labels, groups=groups)
    deal = one_deal(grouped, SMALL, 0).deal
    sides = [{groups[i] for i in side} for side in (deal.supervisor, deal.train, deal.test)]
    assert not sides[0] & sides[1]
    assert not (sides[0] | sides[1]) & sides[2]


def test_texts_that_your_supervisor_knows_are_not_its_test(model, tmp_path):
    data = dataset()
    trained = np.arange(240) % 8 == 0
    known = sweeps.TextDataset(
        data.ids, data.texts, data.labels, data.labels.copy(), trained_on=trained
    )
    deal = one_deal(known, SMALL, 0).deal
    assert not trained[deal.train].any()
    assert not trained[deal.test].any()
    unknown = sweeps.TextDataset(data.ids, data.texts, data.labels, data.labels.copy())
    run(model, tmp_path / "out.csv", dataset=unknown)
    said = json.loads((tmp_path / "out.csv.json").read_text())["setting"]["tasks"]["task"]
    assert "may not be out of sample" in said["note"]


def test_what_cannot_work_is_said_before_anything_is_loaded(tmp_path, monkeypatch):
    def never(*_, **__):
        raise AssertionError("something was loaded")

    monkeypatch.setattr(measuring, "features_of", never)
    model = stub_revisions(tmp_path / "model", ["step0"])
    data = dataset()
    rare = np.array(["0"] * 238 + ["1"] * 2)[np.random.default_rng(0).permutation(240)]
    with pytest.raises(ValueError, match=r"deal 0: .*allowed"):
        run(model, tmp_path / "a.csv", dataset=sweeps.TextDataset(data.ids, data.texts, rare))
    same = sweeps.TextDataset(data.ids, data.texts, data.labels, np.array(["1"] * 240))
    with pytest.raises(ValueError, match="gives the student the single class 1"):
        run(model, tmp_path / "b.csv", dataset=same)


def test_results_as_a_long_table(model, tmp_path):
    out = tmp_path / "out.csv"
    run(model, out)
    table, study = sweeps.read_sweep(out, table=True)
    one = table[(table.step == 2) & (table.deal == 1) & (table.metric == "student")]
    assert one.value.tolist() == [study.student[2, 1]]
    assert set(table.supervisor) == {"characters"}
    balanced = sweeps.read_sweep(out, metric="balanced accuracy")
    assert balanced.setting["metric"] == "balanced accuracy"
    assert not np.array_equal(balanced.student, study.student)


def test_study_refuses_a_gap_that_the_majority_explains():
    from w2slib.studies.results import SweepStudy

    flat = np.full((2, 3), 0.9)
    study = SweepStudy(
        np.array([0, 1]),
        np.full(3, 0.85),
        flat,
        flat,
        flat,
        flat,
        np.full(3, 0.9),
        np.full(3, 500.0),
    )
    assert np.all(np.isnan(study.pgr))
    assert np.all(np.isnan(study.own_pgr))
    assert np.all(np.isnan(study.gap))
    with pytest.raises(ValueError, match="beats the majority for 0 of 3 seeds"):
        _ = study.recovered


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
    rows = list(csv.DictReader((tmp_path / "out.csv").open()))
    assert {row["run"] for row in rows} == {read.setting["run"]}


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
        ("text,label\na,1\nb,\n", "line 3 has no label"),
        ("id,text,label\n1,a,0\n1,b,1\n", "ids contains '1' twice"),
    ],
)
def test_bad_dataset_file(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        sweeps.read_dataset(write(tmp_path / "task.csv", text))


def test_dataset_file_with_weak_labels(tmp_path):
    data = sweeps.read_dataset(
        write(tmp_path / "task.csv", 'id,text,label,weak_label\nx,"a,\nb",yes,no\ny,c,no,no\n')
    )
    assert (data.ids, data.texts) == (("x", "y"), ("a,\nb", "c"))
    assert data.weak_labels.tolist() == ["no", "no"]


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
    first = ",".join(FIRST) + "\n"
    out = write(
        tmp_path / "out.csv",
        first + row.format(0) + row.format(1).replace("0,step0", "1,step1"),
    )
    with pytest.raises(ValueError, match=r"has no row for \(step, seed\)"):
        sweeps.read_sweep(out)
    moved = row.format(0).replace("0,step0", "1,step1").replace("0.6", "0.65")
    write(out, first + row.format(0) + moved)
    with pytest.raises(ValueError, match="the supervisor changes"):
        sweeps.read_sweep(out)
    write(out, "a,b\n")
    with pytest.raises(ValueError, match="lacks the column"):
        sweeps.read_sweep(out)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.5,0.7,-1", "nan,0.7,-1", "line 3: student = 'nan'; allowed: between 0 and 1"),
        ("0.5,0.7,-1", "7.5,0.7,-1", "line 3: student = '7.5'; allowed: between 0 and 1"),
        ("0.5,0.7,-1", "0.5,,-1", "line 3: ceiling = ''; allowed: between 0 and 1"),
        ("0.7,0.1,9", "0.7,x,9", "line 3: alignment = 'x'; allowed: a number"),
        ("0,step0,1", "0.0,step0,1", "line 3: step = '0.0'; allowed: a whole number"),
        ("0,step0,1", "0,step0,0", r"several rows for \(step, seed\) = \(0, 0\); allowed: one"),
    ],
)
def test_what_no_sweep_has_written_is_refused_naming_the_file(tmp_path, old, new, message):
    """It was read: a share of 7.5, the last of two rows, nan."""
    first, second = (f"0,step0,{seed},0.6,0.5,0.7,-1,0.7,0.1,9,9,abc\n" for seed in (0, 1))
    changed = second.replace("0.6", "0.61").replace(old, new)
    whole = ",".join(FIRST) + "\n" + first + changed
    for text in (whole, "\ufeff" + whole):
        with pytest.raises(ValueError, match=message) as error:
            sweeps.read_sweep(write(tmp_path / "out.csv", text))
        assert "out.csv" in str(error.value)
    (tmp_path / "out.csv").write_bytes(text.encode("utf-16"))
    with pytest.raises(ValueError, match=r"out.csv: .*in UTF-8"):
        sweeps.read_sweep(tmp_path / "out.csv")


def test_workers_are_at_least_one(tmp_path, capsys):
    data = write(tmp_path / "d.csv", "text,label\na,1\nb,0\n")
    named = ["--model", "nowhere", "--dataset", str(data), "--out", "out.csv", "--workers", "0"]
    assert main(named) == 1
    assert "--workers = 0; allowed: an integer >= 1" in capsys.readouterr().out


# ------------------------------------------------------------------ with torch


@needs_llm
def test_real_checkpoints_in_two_processes(tmp_path):
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
    study = run(folder, out, checkpoints=[(0, "step0"), (8, "step8"), (1, "step1")])
    assert "revision = 'step8' is missing" in study.setting["failed"]["step8"]
    assert study.steps.tolist() == [0, 1]


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
    one = one_deal(data, setting, 1)
    deal = one.deal
    step, revision = list_checkpoints(model)[-1]
    features = load_features(model, revision, data.texts)
    result = evaluate(
        features[deal.train], one.weak_train, data.labels[deal.train], features[deal.test],
        data.labels[deal.test], weak_labels_test=one.weak_test,
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


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        measuring.features_of = fake_reading
        stubs = stub_revisions(Path(name) / "model", [revision for _, revision in CHECKPOINTS])
        for k in range(int(sys.argv[1])):
            (Path(name) / str(k)).mkdir()
            kill_and_resume(stubs, Path(name) / str(k), times=1, seed=k)
            print(f"killed and resumed {k + 1} times: the same file", flush=True)
