"""Supervisors and students as objects: who teaches whom, in one pass, and what is kept of it."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.tiny_models import needs_llm, save_revisions
from w2slib.studies import _hub as hub
from w2slib.studies import _planning as planning
from w2slib.studies import _reading as reading
from w2slib.studies import checkpoints as c
from w2slib.studies import language_models as lm
from w2slib.studies import sweeps
from w2slib.studies._training import _loss, fine_tune
from w2slib.studies.probes import fit_probe
from w2slib.studies.students import FineTuned, LinearProbe
from w2slib.studies.supervisors import (
    Answers,
    Characters,
    EarlierCheckpoint,
    Given,
    LanguageModel,
    Teacher,
)

QUICK = FineTuned(epochs=3, batch_size=16, learning_rate=3e-3)


def task(n=200, seed=0, letter="n"):
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcdefmnopqz"), 8)) for _ in range(n)]
    words = list(dict.fromkeys(words))
    labels = np.array([str(int(word[-1] < letter)) for word in words])
    return sweeps.TextDataset(tuple(map(str, range(len(words)))), tuple(words), labels)


SETTING = sweeps.SweepSetting(n_supervisor=40, n_train=90, n_test=50, n_seeds=2, n_components=4)
NOISY = sweeps.SweepSetting(**vars(SETTING) | {"label_noise": 0.1})


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_revisions(tmp_path_factory.mktemp("student"), ["step0", "step1", "step4"])


def run(model, out, **change):
    named = dict(dataset=task(), out=out, setting=SETTING, progress=False) | change
    return sweeps.sweep(model, **named)


def rows(out):
    return list(csv.DictReader(out.open()))


# ------------------------------------------------------------------ without torch


def test_names_and_descriptions_tell_supervisors_apart():
    each = [
        Characters(), Characters(shuffled=True), Characters(soft=True), Given(),
        LanguageModel(model="me/small", revision="step1"), EarlierCheckpoint(revision="step1"),
        LanguageModel(model="me/small", revision="step1", layer=2, pooling="mean", soft=True),
        LanguageModel(model="me/small", revision="step1", fine_tuned=QUICK),
    ]  # fmt: skip
    assert len({one.name for one in each}) == len(each)
    assert len({str(one.describe()) for one in each}) == len(each)
    assert each[6].needs() == [("me/small", "step1", (2, "mean"))]
    assert each[5].needs() == [(None, "step1", (-1, "last"))]
    assert each[7].needs() == []
    assert (
        len(
            {
                s.name
                for s in (
                    LinearProbe(),
                    QUICK,
                    FineTuned(method="lora"),
                    FineTuned(loss="confidence"),
                )
            }
        )
        == 4
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LanguageModel(), "model = ''"),
        (lambda: LanguageModel(model="m", pooling="max"), "pooling = 'max'"),
        (lambda: Characters(reads=0), "reads = 0"),
        (lambda: Characters(penalty=0.0), "penalty = 0"),
        (lambda: FineTuned(method="half"), "method = 'half'"),
        (lambda: FineTuned(loss="mse"), "loss = 'mse'"),
        (lambda: FineTuned(epochs=0), "epochs = 0"),
        (lambda: FineTuned(confidence=1.5), "confidence = 1.5"),
        (lambda: FineTuned(training_seeds=()), r"training_seeds = \(\)"),
        (lambda: FineTuned(training_seeds=3), "training_seeds = 3"),
        (lambda: FineTuned(training_seeds=(-1,)), "training_seeds = -1"),
        (lambda: FineTuned(training_seeds=(0, 0)), "each once"),
        (lambda: FineTuned(cleaning={"k": 3}), "cleaning = .*allowed: a Cleaning"),
        (lambda: LinearProbe(cleaning="relabel"), "cleaning = 'relabel'"),
        (lambda: Characters(soft="no"), "soft = 'no'; allowed: True or False"),
        (lambda: LanguageModel(model="m", layer=1.5), "layer = 1.5"),
        (lambda: LanguageModel(model="m", revision=5), "revision = 5"),
        (lambda: LanguageModel(model="m", fine_tuned="full"), "fine_tuned = 'full'"),
        (lambda: sweeps.SweepSetting(layer=None), "layer = None"),
        (lambda: sweeps.SweepSetting(layer="last"), "layer = 'last'; allowed: whole"),
        (lambda: sweeps.SweepSetting(pooling=5), "pooling = 5"),
        (lambda: sweeps.SweepSetting(shuffled="no"), "shuffled = 'no'"),
        (lambda: sweeps.SweepSetting(layer=()), "layer or pooling is empty"),
        (lambda: sweeps.SweepSetting(layer=(1, 2.5)), r"layer = 2\.5"),
    ],
)
def test_bad_supervisors_and_students(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(supervisors=[Given()]), "needs weak labels"),
        (dict(supervisors=[]), "supervisors = "),
        (dict(supervisors=[Characters(), Characters()]), "each once"),
        (dict(students=[]), "students = "),
        (dict(students=LinearProbe()), "students = .*allowed: a sequence of objects of LinearProbe or"),
        (dict(students=[LinearProbe]), "students = .*allowed: a sequence"),
        (dict(supervisors="characters"), "supervisors = 'characters'; allowed: a sequence of objects"),
        (dict(setting={"n_train": 10}), "setting = .*allowed: a SweepSetting"),
        (dict(checkpoints=["step0"]), "checkpoints = .*allowed: pairs"),
        (dict(checkpoints=[("step0", 0)]), "step = 'step0'"),
        (dict(checkpoints=[(0.5, "step0")]), "step = 0.5"),
        (dict(checkpoints=[(0, Path("step0"))]), "revision = "),
        (dict(checkpoints=[(0, "a"), (0, "b")]), "step 0 as 'a' and 'b'"),
        (dict(checkpoints=[(0, "a"), (1, "a")]), "'a' at two steps"),
        (dict(supervisors=[Characters(soft=True)], setting=NOISY), "label_noise is for hard"),
        (dict(dataset={}), "dataset is empty"),
    ],
)  # fmt: skip
def test_bad_sweeps(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        run(tmp_path, tmp_path / "out.csv", **dict(checkpoints=[(0, "step0")]) | change)


def test_numbers_of_numpy_are_those_of_python():
    """They did not go into the file of the setting, which ended the sweep."""
    size, share = np.int64(5), np.float64(0.1)
    for made, plain in (
        (sweeps.SweepSetting(n_train=size, layer=size, penalty=share),
         sweeps.SweepSetting(n_train=5, layer=5, penalty=0.1)),
        (sweeps.SweepSetting(layer=np.arange(2)), sweeps.SweepSetting(layer=(0, 1))),
        (c.Cleaning(k=size, share=share), c.Cleaning(k=5, share=0.1)),
        (FineTuned(epochs=size, training_seeds=np.arange(2)), FineTuned(epochs=5, training_seeds=(0, 1))),
        (EarlierCheckpoint(layer=size), EarlierCheckpoint(layer=5)),
    ):  # fmt: skip
        assert json.dumps(vars(made), default=vars) == json.dumps(vars(plain), default=vars)


@pytest.mark.parametrize(
    ("says", "message"),
    [
        (
            [lambda y: y.astype(int)],
            r"labels of the supervisor 'yours' have the class [01]; allowed",
        ),
        ([lambda y: y[:9]], r"labels of the supervisor 'yours' has shape \(9,\)"),
        ([lambda y: y, lambda y: np.full((len(y), 2), 0.9)], "rows that are no probabilities"),
        ([lambda y: y, lambda y: np.ones((len(y), 1))], "has shape .*one column for each class"),
    ],
)
def test_a_supervisor_of_your_own_answers_for_all_texts_in_the_classes(tmp_path, says, message):
    class Yours(Teacher):
        def answer(self, lesson):
            return Answers(*(each(lesson.dataset.labels) for each in says))

    with pytest.raises(ValueError, match=message):
        run(tmp_path, tmp_path / "out.csv", checkpoints=[(0, "step0")],
            supervisors=[Yours()])  # fmt: skip


def test_what_a_deal_lacks_is_said_before_anything_is_loaded(tmp_path):
    data = task()
    (deal, _), *_ = planning.deals_of(data, SETTING)
    labels = data.labels.astype("U4")
    labels[deal.supervisor[:3]] = "rare"
    rare = sweeps.TextDataset(data.ids, data.texts, labels)
    knows_none = sweeps.TextDataset(
        data.ids, data.texts, data.labels, trained_on=np.zeros(len(labels), bool)
    )
    for given, message in (
        (rare, "deal 0: class rare is not among the student's texts"),
        (knows_none, "deal 0: the supervisor's 0 texts are none"),
    ):
        with pytest.raises(ValueError, match=message):
            run(tmp_path, tmp_path / "out.csv", checkpoints=[(0, "step0")], dataset=given,
                supervisors=[Characters()])  # fmt: skip


def test_noise_gives_whole_labels():
    """Weak labels of one letter were an array of one letter, in which 'lion' became 'l'."""
    rng = np.random.default_rng(0)
    data = task()
    labels = rng.choice(["l", "a", "lion"], len(data.texts))
    weak = np.where(labels == "lion", "a", labels).astype("U1")
    noisy = sweeps.SweepSetting(**vars(SETTING) | {"label_noise": 0.5})
    data = sweeps.TextDataset(data.ids, data.texts, labels, weak_labels=weak)
    deals = {"task": planning.deals_of(data, noisy)}
    taught = sweeps.teach("", {"task": data}, noisy, {"task": [Given()]}, deals, {})
    shares = [np.mean(one.weak_train == "lion") for one in taught.values()]
    assert np.mean(shares) == pytest.approx(0.25, abs=0.08)


def test_options_of_the_command_line():
    made = c._supervisor("EleutherAI/pythia-14m@step143000,soft,layer=3,pooling=mean", SETTING)
    expected = dict(model="EleutherAI/pythia-14m", revision="step143000", layer=3, pooling="mean")
    assert made == LanguageModel(**expected, soft=True)
    assert c._supervisor("earlier@step8,shuffled", SETTING) == EarlierCheckpoint(
        revision="step8", shuffled=True
    )
    assert c._supervisor("characters,reads=4", SETTING) == Characters(reads=4)
    assert c._supervisor("given", SETTING) == Given()
    assert c._supervisor("me/m@main,fine-tuned", SETTING).fine_tuned == FineTuned()
    assert c._student(
        "fine-tuned,lora,confidence,epochs=3,seeds=2,learning_rate=1e-3"
    ) == FineTuned(
        method="lora", loss="confidence", epochs=3, training_seeds=(0, 1), learning_rate=1e-3
    )
    for text in ("characters,layer=3", "me/m@main,soft=1", "given,reads=3", "me/m"):
        with pytest.raises(ValueError, match="allowed"):
            c._supervisor(text, SETTING)
    for text in ("probe,lora", "fine-tuned,rank", "tuned"):
        with pytest.raises(ValueError, match="allowed"):
            c._student(text)


# ------------------------------------------------------------------ with torch


@needs_llm
def test_language_model_as_supervisor_is_a_probe_on_its_features(model, tmp_path):
    weak = save_revisions(tmp_path / "weak", ["step9"], seed=50)
    teacher = LanguageModel(model=str(weak), revision="step9", layer=1, pooling="mean")
    earlier = EarlierCheckpoint(revision="step0")
    soft = LanguageModel(model=str(weak), revision="step9", layer=1, pooling="mean", soft=True)
    data = task()
    run(model, tmp_path / "out.csv", supervisors=[teacher, earlier, soft])
    deal = planning.deals_of(data, SETTING)[1][0]
    features = lm.load_features(weak, "step9", data.texts, layer=1, pooling="mean").astype(float)
    probe = fit_probe(features[deal.supervisor], data.labels[deal.supervisor])
    expected = np.mean(probe.predict(features[deal.test]) == data.labels[deal.test])
    found = {
        (row["supervisor_name"], row["step"]): row
        for row in rows(tmp_path / "out.csv")
        if row["seed"] == "1"
    }
    assert float(found[teacher.name, "4"]["weak"]) == pytest.approx(expected, abs=1e-6)
    assert found[teacher.name, "4"]["weak"] == found[soft.name, "4"]["weak"]
    assert found[teacher.name, "4"]["student_auroc"] != found[soft.name, "4"]["student_auroc"]
    # At the supervisor's own checkpoint the ceiling is its probe on more labels.
    assert float(found[earlier.name, "0"]["weak"]) < float(found[earlier.name, "0"]["ceiling"])
    # Soft labels by hand.
    one = fit_probe(features[deal.supervisor], data.labels[deal.supervisor]).probabilities(features)
    from w2slib.studies.probes import evaluate

    own = lm.load_features(model, "step4", data.texts)
    result = evaluate(
        own[deal.train], probe.predict(features[deal.train]), data.labels[deal.train], own[deal.test],
        data.labels[deal.test], weak_probabilities=one[deal.train],
    )  # fmt: skip
    assert float(found[soft.name, "4"]["student"]) == pytest.approx(result.student, abs=1e-6)


@needs_llm
def test_many_questions_take_one_pass_and_resume(model, tmp_path, monkeypatch):
    passes, original = [], reading.extract
    monkeypatch.setattr(
        reading, "extract", lambda *a, **k: passes.append(len(a[1])) or original(*a, **k)
    )
    first = task(260)
    other = sweeps.TextDataset(
        first.ids, first.texts, np.array([str(int(t[-2] < "n")) for t in first.texts])
    )
    setting = sweeps.SweepSetting(
        **vars(SETTING) | {"layer": (0, 1, -1), "pooling": ("last", "mean")}
    )
    named = dict(dataset={"last": first, "last but one": other}, setting=setting,
                 supervisors=[Characters(reads=1), Characters(reads=1, shuffled=True)])  # fmt: skip
    out = tmp_path / "out.csv"
    with pytest.raises(ValueError, match="holds several of task"):
        c.read_sweep(run(model, out, **named) and out)
    assert passes == [len(first.texts)] * 3  # texts of both tasks once
    assert len(rows(out)) == 3 * 2 * 6 * 2 * 2
    study = c.read_sweep(
        out, task="last", layer=1, pooling="mean", supervisor="characters shuffled"
    )
    assert study.student.shape == (3, 2)
    alone = sweeps.SweepSetting(**vars(SETTING) | {"layer": 1, "pooling": "mean"})
    control = [Characters(reads=1, shuffled=True)]
    lone = run(
        model, tmp_path / "lone.csv", dataset={"last": first}, setting=alone, supervisors=control
    )
    np.testing.assert_array_equal(lone.student, study.student)
    run(model, out, **named)
    assert len(passes) == 6  # nothing anew


@needs_llm
def test_fine_tuned_student_learns_repeats_and_leaves_the_network(model):
    data = task(300)
    loaded = reading.load(model, "step1")
    before = {name: each.clone() for name, each in loaded.network.state_dict().items()}
    texts, labels = list(data.texts), data.labels
    classes = np.unique(labels)
    targets = (labels[:220, None] == classes).astype(float)
    found = {}
    for student in (QUICK, FineTuned(**vars(QUICK) | {"method": "lora", "epochs": 5})):
        shares = fine_tune(loaded, student, texts[:220], targets, texts[220:], seed=0)
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
        assert np.mean(classes[shares.argmax(axis=1)] == labels[220:]) > 0.8
        again = fine_tune(loaded, student, texts[:220], targets, texts[220:], seed=0)
        np.testing.assert_array_equal(again, shares)
        found[student.name] = shares
    other = fine_tune(loaded, QUICK, texts[:220], targets, texts[220:], seed=1)
    assert np.abs(other - found[QUICK.name]).max() > 1e-3
    for name, each in loaded.network.state_dict().items():
        assert (each == before[name]).all()
    random = np.eye(2)[np.random.default_rng(0).integers(2, size=220)]
    taught = fine_tune(loaded, QUICK, texts[:220], random, texts[220:], seed=0)
    assert abs(np.mean(classes[taught.argmax(axis=1)] == labels[220:]) - 0.5) < 0.25


@needs_llm
def test_losses_are_those_of_their_formulas():
    import torch

    student = FineTuned(loss="confidence", confidence=0.6, warm_up=0.5)
    scores = torch.tensor([[0.0, 2.0], [0.0, 1.0], [0.0, -1.0], [0.0, 0.5]])
    weak = torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    shares = torch.softmax(scores, dim=1)
    # A quarter of the supervisor's labels is 1: only the largest score is above the threshold.
    own = torch.tensor([1, 0, 0, 0])
    supervised = -(weak * shares.log()).sum(1).mean()
    confident = -shares.log()[range(4), own].mean()
    for share, alpha in ((0.25, 0.3), (0.5, 0.6), (1.0, 0.6)):
        expected = (1 - alpha) * supervised + alpha * confident
        assert float(_loss(torch, student, scores, weak, weak, share)) == pytest.approx(
            float(expected), abs=1e-6
        )
    plain = FineTuned()
    assert float(_loss(torch, plain, scores, weak, weak, 1.0)) == pytest.approx(
        float(supervised), abs=1e-6
    )


@needs_llm
def test_sweep_with_fine_tuned_students_keeps_scores_and_takes_more_seeds(model, tmp_path):
    data, out = task(), tmp_path / "out.csv"
    students = [LinearProbe(), QUICK]
    supervisors = [
        Characters(),
        LanguageModel(model=str(model), revision="step4", fine_tuned=QUICK),
    ]
    named = dict(
        students=students, supervisors=supervisors, checkpoints=[(0, "step0"), (1, "step1")],
        scores_dir=tmp_path / "scores",
    )  # fmt: skip
    run(model, out, **named)
    assert len(rows(out)) == 2 * 2 * 2 * 2
    study = c.read_sweep(out, student=QUICK.name, supervisor="characters")
    assert np.all(np.isnan(study.alignment))
    assert np.all((study.student > 0.2) & (study.student <= 1))
    with np.load(tmp_path / "scores" / "step1.npz") as kept:
        key = f"task|-1|last|characters|{QUICK.name}|1|0"
        labels = dict(zip(data.ids, data.labels, strict=True))
        truth = np.array([labels[i] for i in kept[f"{key}|id"]])
        right = np.mean(np.array(["0", "1"])[kept[f"{key}|student"].argmax(axis=1)] == truth)
        assert right == pytest.approx(study.student[1, 1], abs=1e-6)
        probed = kept["task|-1|last|characters|probe|0|0|ceiling"]
        assert probed.shape == (50,)
    before = out.read_text().splitlines()
    more = FineTuned(**vars(QUICK) | {"training_seeds": (0, 1)})
    run(model, out, **named | {"students": [LinearProbe(), more]})
    assert set(before) < set(out.read_text().splitlines())
    assert c.read_sweep(
        out, student=QUICK.name, supervisor="characters", training_seed=1
    ).steps.tolist() == [0, 1]


@needs_llm
def test_cache_holds_each_readout_once(model, tmp_path):
    setting = sweeps.SweepSetting(**vars(SETTING) | {"layer": (0, -1)})
    run(model, tmp_path / "a.csv", setting=setting, cache_dir=tmp_path / "cache")
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 6
    sizes = sum(path.stat().st_size - 128 for path in (tmp_path / "cache").glob("*.npy"))
    said = sweeps.cost(model, task(), setting=setting, checkpoints=lm.list_checkpoints(model))
    assert said["features"] == sizes
    assert said["weights"] == 0
    assert hub.is_local(model)


@needs_llm
def test_supervisor_is_its_content_not_its_name(model, tmp_path):
    weak = save_revisions(tmp_path / "a" / "weak", ["step9"], seed=50)
    teacher = LanguageModel(model=str(weak), revision="step9")
    out = tmp_path / "out.csv"
    run(model, out, supervisors=[teacher])
    assert {row["supervisor_name"] for row in rows(out)} == {"weak@step9 layer -1 last"}
    moved = shutil.copytree(tmp_path / "a", tmp_path / "b") / "weak"
    run(model, out, supervisors=[LanguageModel(model=str(moved), revision="step9")])
    other = save_revisions(tmp_path / "c" / "weak", ["step9"], seed=51)
    with pytest.raises(ValueError, match=r"another setting: supervisors.task"):
        run(model, out, supervisors=[LanguageModel(model=str(other), revision="step9")])
    with pytest.raises(ValueError, match="revision = 'step8' is missing"):
        run(model, tmp_path / "new.csv", supervisors=[EarlierCheckpoint(revision="step8")])


TINY = {
    "sizes": "16x1", "seeds": "1", "steps": "8", "every": "10", "modules": "90", "earlier": "step4",
    "tuned-steps": "8", "tuned-train": "30", "n-train": "40", "n-test": "30", "n-supervisor": "30",
    "n-seeds": "2",
}  # fmt: skip


@needs_llm
def test_study_of_several_networks_from_end_to_end(tmp_path):
    """The script of the study, small, and started again."""
    root = Path(__file__).resolve().parents[2]
    command = [
        sys.executable,
        "-m",
        "studies.networks",
        "--work",
        tmp_path,
        "--out",
        tmp_path / "results",
    ]
    command += [word for name, value in TINY.items() for word in (f"--{name}", value)]
    command += ["--tables", tmp_path / "kept"]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    kept = json.loads((tmp_path / "kept" / "networks.json").read_text())
    assert kept["kept"].keys() == {"networks.csv", "networks_gauge.csv", "networks_tuned.csv"}
    table = c.read_results(tmp_path / "results" / "16x1-s0.csv")
    assert set(table.task) == {"called", "assigned"}
    assert len(set(table.supervisor)) == 4
    tuned = c.read_results(tmp_path / "results" / "16x1-s0-tuned.csv")
    assert set(tuned.student) == {"probe", "fine-tuned full", "fine-tuned full confidence"}
    facts = (tmp_path / "results" / "facts.json").read_text()
    assert len(json.loads(facts)["corpus_sha256"]) == 64
    made = {"16x1-s0.csv", "16x1-s0-tuned.csv", "16x1-s0-gauge.csv"}
    assert json.loads(facts)["tables"].keys() == made
    pandas = pytest.importorskip("pandas")
    gauged = pandas.read_csv(tmp_path / "results" / "16x1-s0-gauge.csv")
    assert set(gauged.supervisor) == set(table.supervisor) - {"characters shuffled"}
    # Both stages have dealt the same texts: what the gauge counts on the test texts is the sweep's.
    probed = table[table.metric == "weak"].set_index(["step", "task", "supervisor", "deal"]).value
    same = gauged.set_index(["step", "task", "supervisor", "deal"]).test_weak
    assert np.allclose(same, probed.loc[same.index], atol=1e-5)
