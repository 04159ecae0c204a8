"""Labels cleaned by the student's own features: against definitions written anew, and on known mistakes."""

import csv
import json

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tests.helpers.tiny_models import needs_llm, save_revisions
from tests.library.test_supervisors import QUICK, SETTING, run, task
from w2slib.studies import checkpoints as c
from w2slib.studies.cleaning import METHODS, Cleaning, clean
from w2slib.studies.probes import experiment, fit_probe, fit_said
from w2slib.studies.students import FineTuned, LinearProbe
from w2slib.studies.supervisors import Characters, LanguageModel


def clusters(n=240, classes=2, wrong=0.25, seed=0):
    """Well separated clouds in different units, true classes, and labels of which a share is wrong."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=n)
    centres = 8 * np.eye(classes, 5)
    X = (centres[truth] + rng.standard_normal((n, 5))) * [1e3, 1, 1e-2, 1, 50]
    given = np.where(rng.random(n) < wrong, (truth + 1) % classes, truth)
    return X, truth, np.eye(classes)[given]


def expected_by_hand(X, labels, k, method):
    """Means over neighbours and the core from sorted distances, one text at a time."""
    distance = cdist(X / X.std(axis=0), X / X.std(axis=0))
    np.fill_diagonal(distance, np.inf)
    core = np.ones(len(X), bool)
    if method == "topology":
        near = np.argsort(distance, axis=1)[:, :k]
        decided = labels.argmax(axis=1)
        core[:] = False
        for label in np.unique(decided):
            own = np.flatnonzero(decided == label)
            reach = np.eye(len(X), dtype=bool)
            for i in own:
                reach[i, [j for j in near[i] if decided[j] == label]] = True
            for _ in range(10):
                reach = (reach.astype(float) @ reach) > 0
            both = reach & reach.T
            sizes = both[own][:, own].sum(axis=1)
            core |= both[own[sizes.argmax()]]
    distance[:, ~core] = np.inf
    near = np.argsort(distance, axis=1)[:, :k]
    return core, np.array([labels[row].mean(axis=0) for row in near])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("method", ["neighbours", "topology"])
@pytest.mark.parametrize("seed", range(3))
def test_is_the_definition(classes, method, seed):
    X, _, labels = clusters(120, classes, seed=seed)
    core, expected = expected_by_hand(X, labels, 7, method)
    kept, found = clean(Cleaning("relabel", method, k=7), X, labels, penalty=0.1)
    assert kept.tolist() == list(range(120))
    np.testing.assert_allclose(found, expected, atol=1e-12)
    kept, found = clean(Cleaning("leave-out", method, k=7, share=0.3), X, labels, penalty=0.1)
    assert len(kept) == 120 - max(36, np.sum(~core))
    assert core[kept].all()
    gone = np.setdiff1d(np.arange(120), kept)
    against = np.abs(labels - expected).sum(axis=1)
    inside = gone[core[gone]]
    assert against[kept].max() <= against[inside].min(initial=np.inf)
    np.testing.assert_array_equal(found, labels[kept])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(5))
def test_finds_random_mistakes(method, seed):
    X, truth, labels = clusters(seed=seed)
    wrong = labels.argmax(axis=1) != truth
    assert 0.15 < wrong.mean() < 0.35
    _, found = clean(Cleaning("relabel", method, k=40), X, labels, penalty=0.1)
    assert np.mean(found.argmax(axis=1) == truth) > 0.99
    kept, _ = clean(Cleaning("leave-out", method, k=40, share=0.25), X, labels, penalty=0.1)
    assert wrong[kept].mean() < wrong.mean() / 2


def test_classes_that_a_cleaning_leaves_are_those_of_the_student():
    """A class without a text had scores, which were noise of the optimiser."""
    X, truth, labels = clusters(60, classes=3, wrong=0)
    nobody = np.column_stack([labels[:, 0], labels[:, 1] + labels[:, 2], np.zeros(60)])
    probe, plain = fit_said(X, nobody, np.arange(3), 0.1), fit_probe(X, nobody.argmax(axis=1))
    assert probe.classes.tolist() == [0, 1]
    np.testing.assert_allclose(probe.decision_function(X), plain.decision_function(X), atol=1e-3)
    _, expected = clean(Cleaning(by="logistic"), X, nobody, penalty=0.1)
    assert not expected[:, 2].any()
    np.testing.assert_allclose(expected.sum(axis=1), 1)
    for classes in (np.array(["a", "b"]), np.array(["a", "b", "c"])):
        one = fit_said(X, np.eye(len(classes))[np.ones(60, int)], classes, 0.1)
        result, _ = experiment(
            X, classes[truth % 2], classes[truth % 2], X, classes[truth % 2], student=one
        )
        assert set(one.predict(X)) == {"b"}
        assert (result.student_balanced, result.student_auroc) == (0.5, 0.5)


def test_cannot_find_mistakes_that_the_features_share():
    """What is wrong in a whole region is what its neighbours say, too."""
    X, truth, _ = clusters(classes=3, wrong=0)
    labels = np.eye(3)[np.where(truth == 2, 1, truth)]
    _, found = clean(Cleaning(k=10), X, labels, penalty=0.1)
    np.testing.assert_array_equal(found.argmax(axis=1), labels.argmax(axis=1))


def test_equal_texts_are_neighbours_of_each_other_and_never_of_themselves():
    X = np.repeat([[0.0], [9.0]], 4, axis=0)
    labels = np.eye(2)[[0, 0, 0, 1, 1, 1, 1, 0]]
    _, found = clean(Cleaning(k=3), X, labels, penalty=0.1)
    np.testing.assert_allclose(found[:, 1], np.array([1, 1, 1, 0, 2, 2, 2, 3]) / 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Cleaning("drop"), "action = 'drop'"),
        (lambda: Cleaning(by="knn"), "by = 'knn'"),
        (lambda: Cleaning(k=0), "k = 0"),
        (lambda: Cleaning(share=0.6), "share = 0.6"),
        (lambda: Cleaning(share=float("nan")), "share = nan"),
        (lambda: FineTuned(iterations=-1), "iterations = -1"),
        (lambda: Cleaning(k=50).check(50), "k = 50 nearest of 50 texts; allowed: 1 to 49"),
        (
            lambda: LanguageModel(model="m", fine_tuned=FineTuned(iterations=1)),
            "allowed for a supervisor",
        ),
        (
            lambda: LanguageModel(model="m", fine_tuned=FineTuned(cleaning=Cleaning())),
            "allowed for a supervisor",
        ),
        (
            lambda: LanguageModel(model="m", fine_tuned=FineTuned(training_seeds=(0, 1))),
            r"training_seeds = \(0, 1\); allowed for a supervisor: one",
        ),
    ],
)
def test_bad_cleanings(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_names_tell_students_apart_and_old_descriptions_stay():
    cleanings = [None, *(Cleaning(a, b) for a in ("relabel", "leave-out") for b in METHODS)]
    cleanings += [Cleaning(k=5), Cleaning("leave-out", share=0.2)]
    each = [LinearProbe(one) for one in cleanings] + [FineTuned(cleaning=one) for one in cleanings]
    each.append(FineTuned(iterations=2))
    assert len({one.name for one in each}) == len({str(one.describe()) for one in each}) == 19
    assert LinearProbe().describe() == {"kind": "LinearProbe"}
    assert set(FineTuned().describe()) == {
        "kind", "method", "loss", "epochs", "batch_size", "learning_rate", "rank", "confidence", "warm_up",
        "training_seeds",
    }  # fmt: skip
    tuned = LanguageModel(model="m", fine_tuned=FineTuned()).describe()["fine_tuned"]
    assert not {"iterations", "cleaning"} & set(tuned)


def test_options_of_the_command_line():
    assert c._student("probe,relabel=neighbours,k=9") == LinearProbe(Cleaning(k=9))
    assert c._student("fine-tuned,leave-out=topology,share=0.2,iterations=1,lora") == FineTuned(
        method="lora", iterations=1, cleaning=Cleaning("leave-out", "topology", share=0.2)
    )
    for text, message in (
        ("probe,relabel=knn", "by = 'knn'"), ("probe,k=3", "k= and share= go with"),
        ("probe,iterations=1", "iterations=1"), ("fine-tuned,relabel", "relabel; allowed"),
        ("probe,relabel=logistic,leave-out=logistic", "one of relabel= and leave-out="),
        ("probe,relabel=neighbours,share=0.2", "share= goes with leave-out="),
        ("probe,leave-out=logistic,k=9", "k= goes with neighbours"),
        ("probe,relabel=neighbours,k=x", "probe.*: k = 'x'; allowed: a number"),
        ("fine-tuned,seeds=two", "seeds = 'two'"), ("fine-tuned,learning_rate=", "learning_rate = ''"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            c._student(text)
    with pytest.raises(ValueError, match="--supervisor m@main,layer=x: layer = 'x'"):
        c._supervisor("m@main,layer=x", SETTING)


def test_a_path_with_an_equals_sign_is_a_path(tmp_path):
    path = tmp_path / "seed=1.csv"
    path.write_text("text,label\na,1\nb,0\n")
    assert c._datasets([str(path)]).texts == ("a", "b")
    assert list(c._datasets([f"it={path}", str(path)])) == ["it", "seed=1"]


@needs_llm
def test_a_sweep_cleans_with_the_students_own_features(tmp_path):
    """The probe's rows are those of features, labels and cleaning put together by hand."""
    model = save_revisions(tmp_path / "student", ["step0", "step4"])
    out, data = tmp_path / "out.csv", task()
    relabel, leave = Cleaning(k=9), Cleaning("leave-out", "topology", k=9, share=0.2)
    students = [
        LinearProbe(), LinearProbe(relabel), LinearProbe(leave),
        FineTuned(**vars(QUICK) | {"cleaning": leave, "iterations": 1}),
    ]  # fmt: skip
    study = run(model, out, students=students, supervisors=[Characters(reads=2)])
    assert len(list(csv.DictReader(out.open()))) == 2 * 2 * 4
    described = json.loads((tmp_path / "out.csv.json").read_text())
    assert relabel.describe() in [s.get("cleaning") for s in described["setting"]["students"]]

    from w2slib.studies._planning import deals_of
    from w2slib.studies._teaching import teach

    loading = {"batch_size": 32, "device": "cpu", "cache_dir": None}
    deals = {"task": deals_of(data, SETTING)}
    taught = teach(
        str(model), {"task": data}, SETTING, {"task": [Characters(reads=2)]}, deals, loading
    )
    features = c.load_features(model, "step4", data.texts).astype(float)
    for deal in range(2):
        one = taught["task", Characters(reads=2).name, deal]
        X, labels = features[one.deal.train], np.eye(2)[one.weak_train.astype(int)]
        answers = data.labels[one.deal.test]
        for how in (relabel, leave):
            kept, cleaned = clean(how, X, labels, penalty=SETTING.penalty)
            # Soft labels as whole copies: each text once for every class, k texts of k neighbours.
            times = np.rint(cleaned * 9).astype(int)
            copies = np.repeat(np.repeat(kept, 2), times.ravel())
            said = np.repeat(np.tile([0, 1], len(kept)), times.ravel())
            probe = fit_probe(X[copies], said, penalty=SETTING.penalty)
            right = np.mean(probe.predict(features[one.deal.test]) == answers.astype(int))
            named = c.read_sweep(out, student=LinearProbe(how).name, partial=True)
            assert named.student[1, deal] == pytest.approx(right, abs=1e-6)
            np.testing.assert_array_equal(named.ceiling, study.ceiling)


@needs_llm
def test_too_many_neighbours_are_refused_before_anything_is_loaded(tmp_path):
    with pytest.raises(ValueError, match="k = 90 nearest of 90 texts"):
        run(tmp_path, tmp_path / "out.csv", checkpoints=[(0, "step0")],
            students=[LinearProbe(Cleaning(k=90))])  # fmt: skip
