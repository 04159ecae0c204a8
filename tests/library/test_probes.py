"""Linear probes as students: known cases, disjoint data, bad input."""

import mpmath
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from w2slib.metrics import performance_gap_recovered
from w2slib.studies import probes


def problem(n=900, width=6, flip=0.3, seed=0):
    """Linearly separable classes, and a supervisor that errs at random."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, width)) * np.arange(1, width + 1) + 5
    y = (X[:, 0] > 5).astype(int)
    return X, y, np.where(rng.random(n) < flip, 1 - y, y)


def arguments(n_train=600, **change):
    X, y, weak = problem()
    named = dict(
        features_train=X[:n_train], weak_labels=weak[:n_train], true_labels=y[:n_train],
        features_test=X[n_train:], labels_test=y[n_train:], weak_labels_test=weak[n_train:],
    )  # fmt: skip
    return named | change


def test_random_errors_of_the_supervisor_average_out():
    result = probes.evaluate(**arguments())
    assert 0.6 < result.weak < 0.8
    assert result.ceiling > 0.95
    assert result.pgr > 0.5
    assert (result.n_train, result.n_test) == (600, 300)


def test_result_is_what_scikit_learn_gives():
    named = arguments()
    train, test, truth = named["features_train"], named["features_test"], named["labels_test"]

    def accuracy(labels):
        logistic = LogisticRegression(C=1 / (0.1 * 600), max_iter=1000)
        return make_pipeline(StandardScaler(), logistic).fit(train, labels).score(test, truth)

    result = probes.evaluate(**named)
    assert result.student == accuracy(named["weak_labels"])
    assert result.ceiling == accuracy(named["true_labels"])
    assert result.weak == np.mean(named["weak_labels_test"] == truth)
    errors = [1 - x for x in (result.weak, result.student, result.ceiling)]
    assert result.pgr == performance_gap_recovered(*errors)


def test_systematic_errors_are_copied():
    """A supervisor that is a linear function of the features is imitated, not improved upon."""
    X, y, _ = problem()
    weak = (X[:, 0] - 5 + (X[:, 1] - 5) / 2 > 0).astype(int)
    result = probes.evaluate(
        X[:600], weak[:600], y[:600], X[600:], y[600:], weak_labels_test=weak[600:]
    )
    assert abs(result.pgr) < 0.15


def test_supervisor_equal_to_the_truth_leaves_no_gap():
    named = arguments()
    result = probes.evaluate(
        **named | {"weak_labels": named["true_labels"], "weak_labels_test": named["labels_test"]}
    )
    assert result.weak == 1
    assert np.isnan(result.pgr)


def test_supervisor_is_measured_on_training_inputs_without_test_labels():
    named = arguments(weak_labels_test=None)
    assert probes.evaluate(**named).weak == np.mean(named["weak_labels"] == named["true_labels"])


def test_labels_may_be_text_and_more_than_two():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((600, 2))
    y = np.array(["left", "middle", "right"])[np.digitize(X[:, 0], [-0.5, 0.5])]
    result = probes.evaluate(X[:400], y[:400], y[:400], X[400:], y[400:])
    assert result.student == result.ceiling > 0.85
    assert result.probe_accuracy > 0.85


def test_probe_accuracy_does_not_touch_the_test_data():
    named = arguments()
    other = named | {"features_test": named["features_test"][::-1] * 3}
    assert probes.evaluate(**named).probe_accuracy == probes.evaluate(**other).probe_accuracy


def test_probe_accuracy_of_pure_noise_is_chance():
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((2000, 5)), rng.integers(0, 2, 2000)
    assert abs(probes.cross_validated_accuracy(X, y) - 0.5) < 4 * np.sqrt(0.25 / 2000)


def test_scale_and_shift_of_features_do_not_matter():
    named = arguments()
    moved = {k: named[k] * 1e3 - 7 for k in ("features_train", "features_test")}
    assert probes.evaluate(**named) == probes.evaluate(**named | moved)


@pytest.mark.parametrize("unit", [1e-100, 1e-20, 1e-13])
def test_features_in_a_small_unit_are_not_constant(unit):
    """They were taken for constant, and the student for one that says the majority."""
    named = arguments()
    small = {k: named[k] * unit for k in ("features_train", "features_test")}
    found, expected = probes.evaluate(**named | small), probes.evaluate(**named)
    assert (found.student, found.ceiling) == (expected.student, expected.ceiling)


def test_constant_feature_is_harmless():
    named = arguments()
    wider = {
        k: np.column_stack([named[k], np.full(len(named[k]), 0.1)])
        for k in ("features_train", "features_test")
    }
    assert probes.evaluate(**named) == probes.evaluate(**named | wider)


# ------------------------------------------------------------------ alignment and splits


def test_alignment_finds_a_spike_and_ignores_noise():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 400)
    noise = rng.standard_normal((400, 20))
    along = [
        probes.feature_alignment(noise + s * np.outer(y, np.eye(20)[0]), y, 1) for s in (0, 2, 8)
    ]
    assert along[0] < 0.05 < along[1] < along[2] < 1
    assert along[2] > 0.9


def test_alignment_with_all_components_is_r_squared():
    X, y, _ = problem(n=200)
    design = np.column_stack([np.ones(200), X])
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    r_squared = 1 - residual.var() / y.var()
    assert probes.feature_alignment(X, y, 6) == pytest.approx(r_squared, rel=1e-10)


def test_split_is_disjoint_and_repeats():
    parts = probes.disjoint_split(50, [10, 20, 5], rng=4)
    assert [len(part) for part in parts] == [10, 20, 5]
    assert len(set(np.concatenate(parts))) == 35
    for part, again in zip(parts, probes.disjoint_split(50, [10, 20, 5], rng=4), strict=True):
        np.testing.assert_array_equal(part, again)


# ------------------------------------------------------------------ bad input

X, Y, WEAK = problem(60)
WITH_NAN = np.where(np.arange(360).reshape(60, 6) == 7, np.nan, X)
BAD = [
    (dict(features_train=WITH_NAN[:40]), "features_train = nan"),
    (dict(features_test=np.full((20, 6), np.inf)), "features_test = inf"),
    (dict(features_train=np.empty((0, 6))), "features_train has shape"),
    (dict(features_test=X[40:, :3]), "features_test has width 3; allowed: 6"),
    (dict(features_train=X[0]), "features_train has shape"),
    (dict(weak_labels=np.zeros(40, int)), "weak_labels has the single class"),
    (dict(true_labels=np.ones(40, int)), "true_labels has the single class"),
    (dict(labels_test=np.ones(20, int)), "labels_test has the single class"),
    (dict(labels_test=np.arange(20) % 3), "labels_test has the class"),
    (dict(weak_labels=WEAK[:39]), r"weak_labels has shape \(39,\)"),
    (dict(weak_labels_test=WEAK[:3]), r"weak_labels_test has shape \(3,\)"),
    (dict(true_labels=np.where(np.arange(40) == 3, np.nan, Y[:40])), "true_labels contains nan"),
    (dict(true_labels=np.r_[0, np.ones(39, int)]), "class .* has 1 training inputs"),
    (dict(ids_train=range(40), ids_test=range(39, 59)), "ids_test contains 39, which is also in ids_train"),
    (dict(ids_supervisor=[5], ids_train=range(40)), "ids_train contains 5, which is also in ids_supervisor"),
    (dict(ids_train=[1] * 40), "ids_train contains 1, twice"),
    (dict(ids_train=range(3)), "ids_train has 3 entries"),
    (dict(ids_train=range(40), ids_test=[str(i) for i in range(20)]), "ids_test contains '0' beside 0"),
    (dict(ids_train=[(0, i) for i in range(40)], ids_supervisor=[(0, 7)]), r"ids_train contains \(0, 7\), w"),
    (dict(ids_train=np.zeros((40, 2))), r"ids_train contains \[0.0, 0.0\]; allowed: numbers, strings"),
    (dict(ids_train=[float("nan")] * 40), "ids_train contains nan; allowed: numbers, strings"),
    (dict(ids_train=[None, *range(39)]), "ids_train contains None"),
    (dict(ids_train="x" * 40), "ids_train = 'xxx.*allowed: a sequence"),
    (dict(ids_test=5), "ids_test = 5; allowed: a sequence"),
    (dict(ids_supervisor=["e\u0301"], ids_test=["\u00e9", *map(str, range(19))]), "also in ids_supervisor"),
    (dict(true_labels=Y[:40] + 0j), "true_labels is of complex128"),
    (dict(labels_test=np.array(["2020-01-01", "NaT"] * 10, "datetime64[D]")), "labels_test is of datetime64"),
    (dict(weak_probabilities=np.eye(2)[1 - WEAK[:40]]), "weak_probabilities gives weak_labels 0.00"),
    (dict(weak_labels_test=WEAK[40:], weak_probabilities_test=np.eye(2)[1 - WEAK[40:]]),
     "weak_probabilities_test gives weak_labels_test 0.00"),
    (dict(penalty=0.0), "penalty = 0.0"),
    (dict(folds=1), "folds = 1"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input_of_evaluate(change, message):
    named = dict(
        features_train=X[:40], weak_labels=WEAK[:40], true_labels=Y[:40], features_test=X[40:],
        labels_test=Y[40:],
    )  # fmt: skip
    probes.evaluate(**named)
    with pytest.raises(ValueError, match=message):
        probes.evaluate(**named | change)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: probes.disjoint_split(10, [6, 5]), "add up to 11; allowed: at most n = 10"),
        (lambda: probes.disjoint_split(10, [0, 5]), "sizes = 0"),
        (lambda: probes.feature_alignment(X, Y, 7), "n_components = 7; allowed: at most 6"),
        (lambda: probes.feature_alignment(X, Y, 0), "n_components = 0"),
        (lambda: probes.fit_probe(X, Y, penalty=-1), "penalty = -1.0"),
        (lambda: probes.cross_validated_accuracy(X, Y, folds=1), "folds = 1"),
    ],
)
def test_bad_input_elsewhere(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("name", ["student", "reference"])
@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (X, np.array(["no", "yes"])[Y], r"knows the classes \['no', 'yes'\]; allowed: .*\[0, 1\]"),
        (X, Y + 5, r"knows the classes \[5, 6\]"),
        (X[:, :3], Y, "reads 3 features; allowed: 6"),
    ],
)
def test_a_probe_that_is_brought_must_fit(name, features, labels, message):
    probe = probes.fit_probe(features, labels)
    given = {name: probe if name == "student" else (probe, 0.9)}
    with pytest.raises(ValueError, match=f"{name} {message}"):
        probes.experiment(X[:40], WEAK[:40], Y[:40], X[40:], Y[40:], **given)


def test_identifiers_that_pandas_does_not_know_are_refused():
    pandas = pytest.importorskip("pandas")
    for missing in (pandas.NA, pandas.NaT):
        with pytest.raises(ValueError, match=r"ids_train contains .*allowed: numbers"):
            probes.require_disjoint(ids_train=[missing, 1])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_probe_answers_as_scikit_learn_does(n_classes):
    rng = np.random.default_rng(6)
    X, labels = rng.standard_normal((60, 4)), np.array(["a", "b", "c"])[np.arange(60) % n_classes]
    probe = probes.fit_probe(X, labels)
    scaled = (X - probe.centre) / probe.scale
    np.testing.assert_array_equal(probe.predict(X), probe.logistic.predict(scaled))
    np.testing.assert_allclose(
        probe.decision_function(X), probe.logistic.decision_function(scaled), rtol=1e-12
    )


@pytest.mark.parametrize("value", [0.0, 0.1, 1e5 / 3, 1e300])
@pytest.mark.parametrize("r", [1, 4, 8])
def test_constant_features_are_aligned_with_nothing(value, r):
    labels = np.r_[np.zeros(10, int), np.ones(30, int)]
    assert probes.feature_alignment(np.full((40, 9), value), labels, r) == 0


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_alignment_counts_no_more_directions_than_the_rank(size):
    """Rank one: the squared correlation of the only direction with the labels, exactly by mpmath."""
    x, labels = (
        np.array([0.5, 2.0, -1.0, 4.0, 3.5, 1.0, 0.25, 2.0]),
        np.array([0, 1, 0, 1, 1, 0, 0, 1]),
    )
    with mpmath.workdps(40):
        u, v = ([mpmath.mpf(float(a)) for a in values] for values in (x, labels))
        u, v = ([a - sum(each) / 8 for a in each] for each in (u, v))
        inner = sum(a * b for a, b in zip(u, v, strict=True))
        exact = float(inner**2 / sum(a * a for a in u) / sum(b * b for b in v))
    features = size * np.outer(x, [1.0, -2.0, 3.0, 0.5])
    for r in (1, 2, 4):
        assert probes.feature_alignment(features, labels, r) == pytest.approx(exact, rel=1e-13)


def test_features_whose_squares_overflow_are_refused():
    with pytest.raises(ValueError, match=r"features reach 1e\+200"):
        probes.fit_probe([[1e200], [-1e200], [3e199]], [0, 1, 0])


# ------------------------------------------------------------------ no silent wrong number


def given_task(n=400, positives=0.5, seed=0):
    """Features that know nothing, true labels with a share of ones, a supervisor right on 80 %."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) < positives * n).astype(int)[rng.permutation(n)]
    weak = np.where(rng.random(n) < 0.2, 1 - labels, labels)
    return rng.standard_normal((n, 4)), labels, weak


@pytest.mark.parametrize("name", ["weak_labels", "labels_test", "weak_labels_test", "true_labels"])
@pytest.mark.parametrize("change", [lambda y: y.astype(str), lambda y: y + 1, lambda y: 2 * y - 1])
def test_labels_of_another_encoding_are_refused_wherever_they_are(name, change):
    X, y, weak = given_task()
    named = dict(
        features_train=X[:200], weak_labels=weak[:200], true_labels=y[:200], features_test=X[200:],
        labels_test=y[200:], weak_labels_test=weak[200:],
    )  # fmt: skip
    probes.evaluate(**named)
    named[name] = change(named[name])
    with pytest.raises(ValueError, match=r"allowed: (numbers|strings|the classes of true_labels)"):
        probes.evaluate(**named)


@pytest.mark.parametrize("kind", [object, "strings", "as pandas has them"])
def test_labels_in_other_containers_are_the_same(kind):
    X, y, weak = given_task()
    given = weak[:200], y[:200], y[200:]
    if kind is not object:
        given = [np.array(["no", "yes"])[labels] for labels in given]
    if kind == "strings":
        if not hasattr(np.dtypes, "StringDType"):
            pytest.skip("numpy before version 2")
        changed = [labels.astype(np.dtypes.StringDType()) for labels in given]
    else:
        changed = [labels.astype(object) for labels in given]
    found, expected = (
        probes.evaluate(X[:200], weak, true, X[200:], test) for weak, true, test in (changed, given)
    )
    assert found == expected


def test_labels_of_several_kinds_are_refused():
    X, y, weak = given_task()
    for stranger in ("1", None, float("nan")):
        mixed = np.array([*y[:199].tolist(), stranger], dtype=object)
        with pytest.raises(ValueError, match=r"true_labels is .*allowed: all numbers, or all"):
            probes.evaluate(X[:200], weak[:200], mixed, X[200:], y[200:])


def test_untrained_features_recover_nothing_of_an_imbalanced_task():
    """All say the majority: the old PGR was 1.00."""
    X, y, weak = given_task(4000, positives=0.1)
    result = probes.evaluate(
        X[:2000], weak[:2000], y[:2000], X[2000:], y[2000:], weak_labels_test=weak[2000:]
    )
    assert result.weak < result.ceiling == pytest.approx(result.majority, abs=0.01)
    assert np.isnan(result.pgr)
    assert result.student_balanced == pytest.approx(0.5, abs=0.03)
    assert result.weak_balanced == pytest.approx(0.8, abs=0.05)
    assert result.ceiling_auroc == pytest.approx(0.5, abs=0.1)
    told = probes.evaluate(  # and what the features tell is not refused
        X[:2000] + 3 * y[:2000, None], weak[:2000], y[:2000], X[2000:] + 3 * y[2000:, None], y[2000:],
        weak_labels_test=weak[2000:],
    )  # fmt: skip
    assert told.pgr > 0.5
    assert told.student_auroc > 0.95


def test_measures_are_scikit_learns():
    from sklearn import metrics

    rng = np.random.default_rng(0)
    for k in (2, 3):
        y, scores = rng.integers(k, size=300), rng.standard_normal((300, k)).round(1)
        scores[np.arange(300), y] += 0.7
        shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        expected = metrics.roc_auc_score(y, shares[:, 1] if k == 2 else shares, multi_class="ovr")
        found = probes.area_under_roc(shares, y, np.arange(k))
        assert found == pytest.approx(expected, abs=1e-12)
        said = scores.argmax(axis=1)
        expected = metrics.balanced_accuracy_score(y, said)
        assert probes.balanced_accuracy(said, y) == pytest.approx(expected, abs=1e-12)


def test_soft_labels_teach_what_they_say():
    """Certain ones are hard labels; uncertain ones are the weighted fit."""
    X, y, weak = given_task()
    X = X + y[:, None]
    hard = np.stack([1 - weak, weak], axis=1).astype(float)
    named = dict(features_test=X[200:], labels_test=y[200:])
    one = probes.evaluate(X[:200], weak[:200], y[:200], **named)
    soft = probes.evaluate(X[:200], weak[:200], y[:200], weak_probabilities=hard[:200], **named)
    assert soft.student == pytest.approx(one.student, abs=0.011)
    blurred = probes.fit_soft(X[:200], 0.8 * hard[:200] + 0.1, np.array([0, 1]), 0.1)
    assert np.abs(blurred.probabilities(X)[:, 1] - 0.5).max() < 0.45
    with pytest.raises(ValueError, match="no probabilities"):
        probes.evaluate(X[:200], weak[:200], y[:200], weak_probabilities=2 * hard[:200], **named)
    with pytest.raises(ValueError, match="one column for each class"):
        probes.evaluate(X[:200], weak[:200], y[:200], weak_probabilities=hard[:200, :1], **named)


def test_alignment_with_every_component_of_wide_features():
    X = np.random.default_rng(0).standard_normal((230, probes.WIDE))
    y = (X[:, 0] > 0).astype(int)
    share = np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=None)[1][0]
    expected = 1 - share / np.sum((y - y.mean()) ** 2)
    assert probes.feature_alignment(X, y, probes.WIDE) == pytest.approx(expected)


@pytest.mark.parametrize("rank", [5, 400])
def test_alignment_of_wide_features_is_that_of_the_whole_decomposition(monkeypatch, rank):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((500, rank)) @ rng.standard_normal((rank, 400)) + 3
    y = (X[:, 0] > 3).astype(int)
    short = probes.feature_alignment(X, y, 8)
    monkeypatch.setattr(probes, "WIDE", 10**6)
    assert short == pytest.approx(probes.feature_alignment(X, y, 8), abs=1e-9)
