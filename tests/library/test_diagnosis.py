"""The choice without true labels: every source of the scale, what it refuses, what it says."""

import numpy as np
import pandas as pd
import pytest

from w2slib import beyond, data, explorer
from w2slib.beyond import Diagnosis, Undiagnosable, diagnose

DIM, N_T, LAM, LAM_2 = 100, 200, 0.05, 2.0
SOURCES = ("scale", "penalty", "teacher")


def ridge_fit(rng, truth, lams, n=N_T, noise=1.0):
    X = rng.standard_normal((n, len(truth)))
    y = X @ truth + noise * rng.standard_normal(n)
    gram, moments = X.T @ X / n, X.T @ y / n
    return [np.linalg.solve(gram + lam * np.eye(len(truth)), moments) for lam in lams]


def sample(rng, dim=DIM, lam=LAM, lam_2=LAM_2, length=1.0):
    """Truth, inputs, and the arguments of every source for one teacher's answers."""
    truth = rng.standard_normal(dim)
    truth *= length / np.linalg.norm(truth)
    beta, other = ridge_fit(rng, truth, (lam, lam_2), n=2 * dim)
    (twin,) = ridge_fit(rng, truth, (lam,), n=2 * dim)
    Z = rng.standard_normal((3 * dim, dim))
    sources = {
        "scale": dict(scale=length**2),
        "penalty": dict(second="penalty", second_answers=Z @ other, second_lam_t=lam_2),
        "teacher": dict(second="teacher", second_answers=Z @ twin),
    }
    return truth, beta, Z, sources


def true_gain(truth, beta, Z, lam_s):
    n, dim = Z.shape
    student = np.linalg.solve(Z.T @ Z / n + lam_s * np.eye(dim), Z.T @ (Z @ beta) / n)
    return ((beta - truth) ** 2).sum() - ((student - truth) ** 2).sum()


@pytest.fixture(scope="module")
def case():
    return sample(np.random.default_rng(5))


def ask(case, source="scale", **changes):
    _, beta, Z, sources = case
    given = dict(inputs=Z, answers=Z @ beta, n_t=N_T, lam_t=LAM) | sources[source] | changes
    return diagnose(given.pop("inputs"), given.pop("answers"), **given)


# ------------------------------------------------------------------------------- what is true


@pytest.fixture(scope="module")
def trials():
    """Error of p/q in units of the interval, and the gain's, for 100 teachers."""
    found = {source: [] for source in SOURCES}
    for rng in np.random.default_rng(11).spawn(100):
        truth, beta, Z, sources = sample(rng)
        ratio = beta @ truth / (beta @ beta)
        for source, arguments in sources.items():
            said = diagnose(Z, Z @ beta, n_t=N_T, lam_t=LAM, **arguments)
            half = (said.overlap_high - said.overlap_low) / 2
            gain = 0.0 if said.lam_s is None else true_gain(truth, beta, Z, said.lam_s)
            found[source].append(
                ((said.overlap_ratio - ratio) / half, said.gain_low <= gain <= said.gain_high)
            )
    return {source: np.array(rows, dtype=float).T for source, rows in found.items()}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_is_unbiased_and_covers(trials, source):
    error, gain_inside = trials[source]
    assert abs(error.mean()) < 4 * error.std(ddof=1) / 10
    assert 0.88 <= (np.abs(error) <= 1).mean() <= 1
    assert 0.88 <= gain_inside.mean() <= 1
    # An interval that is twice too wide would show: errors are normal, of standard deviation 1/1.96.
    assert 0.35 < error.std(ddof=1) < 0.7


def test_energy_and_overlap_are_those_of_the_teacher(case):
    truth, beta, _, _ = case
    for source in SOURCES:
        found = ask(case, source)
        assert found.energy == pytest.approx(beta @ beta, rel=1e-9)
        half = (found.overlap_high - found.overlap_low) / 2
        assert abs(found.overlap_ratio - beta @ truth / (beta @ beta)) < 2 * half < 0.9
        assert found.badness == pytest.approx(2 * (1 - found.overlap_ratio))
        assert (found.badness_low, found.badness_high) == pytest.approx(
            (2 * (1 - found.overlap_high), 2 * (1 - found.overlap_low))
        )


def test_named_penalty_is_the_best_of_the_curve(case):
    found = ask(case)
    best = found.gains.argmax()
    assert (found.lam_s, found.gain) == (found.penalties[best], found.gains[best])
    assert found.alpha_s == pytest.approx(3 * DIM * found.lam_s)
    assert (found.gain_low, found.gain_high) == (found.gains_low[best], found.gains_high[best])
    truth, beta, Z, _ = case
    gains = [true_gain(truth, beta, Z, lam) for lam in found.penalties[::10]]
    assert true_gain(truth, beta, Z, found.lam_s) > 0.9 * max(gains)


def test_unit_of_the_labels_does_not_matter():
    at_1, at_7 = (sample(np.random.default_rng(3), length=length) for length in (1.0, 1.0))
    scaled = at_7[0] * 7, at_7[1] * 7, at_7[2], {}
    one = ask(at_1)
    seven = ask((*scaled[:3], {"scale": dict(scale=49.0)}))
    assert seven.energy == pytest.approx(49 * one.energy)
    assert seven.overlap_ratio == pytest.approx(one.overlap_ratio)
    assert seven.gain == pytest.approx(49 * one.gain)
    assert seven.lam_s == one.lam_s


def test_alpha_is_n_times_lambda(case):
    assert ask(case, lam_t=None, alpha_t=N_T * LAM) == ask(case)
    by_alpha = ask(case, "penalty", second_lam_t=None, second_alpha_t=N_T * LAM_2)
    assert by_alpha == ask(case, "penalty")


def test_intercept_of_the_answers_is_taken_out(case):
    _, beta, Z, _ = case
    assert ask(case, answers=Z @ beta + 3).energy == pytest.approx(beta @ beta)


def test_confidence_widens_the_intervals(case):
    narrow, wide = ask(case, confidence=0.8), ask(case, confidence=0.99)
    assert narrow.overlap_ratio == wide.overlap_ratio
    assert wide.overlap_low < narrow.overlap_low < narrow.overlap_high < wide.overlap_high


@pytest.mark.parametrize("kind", ["list", "frame", "float32", "series"])
def test_data_as_people_have_them(case, kind):
    _, beta, Z, _ = case
    expected = ask(case)
    forms = {
        "list": lambda x: x.tolist(),
        "frame": lambda x: pd.DataFrame(x) if x.ndim == 2 else x,
        "float32": lambda x: x.astype(np.float32),
        "series": lambda x: pd.Series(x) if x.ndim == 1 else x,
    }
    found = ask(case, inputs=forms[kind](Z), answers=forms[kind](Z @ beta))
    assert found.lam_s == expected.lam_s
    assert found.overlap_ratio == pytest.approx(expected.overlap_ratio, rel=1e-3)


def test_as_many_inputs_as_the_teacher_had_are_not_taken_for_its_own():
    dim, n = 12, 30
    _, beta, _, _ = sample(np.random.default_rng(8), dim=dim)
    Z = np.random.default_rng(9).standard_normal((n + 1, dim))
    low, high = (diagnose(Z[:m], Z[:m] @ beta, n_t=n, lam_t=LAM, scale=1.0) for m in (n, n + 1))
    assert low.overlap_ratio == pytest.approx(high.overlap_ratio, rel=1e-9)


def test_many_inputs_of_a_kind_stand_for_the_teachers_own():
    """Whitened inputs with heavy tails: the spectrum comes from them, and the limit is not used."""
    rng, dim, n_t = np.random.default_rng(3), 10, 30
    Z = np.sqrt(3000) * np.linalg.qr(heavy(rng, (3000, dim)))[0]
    inside = []
    for _ in range(60):
        truth = rng.standard_normal(dim) / np.sqrt(dim)
        X = Z[rng.choice(3000, n_t, replace=False)]
        y = X @ truth + rng.standard_normal(n_t)
        beta = np.linalg.solve(X.T @ X / n_t + LAM * np.eye(dim), X.T @ y / n_t)
        said = diagnose(Z, Z @ beta, n_t=n_t, lam_t=LAM, scale=float(truth @ truth))
        inside.append(said.overlap_low <= beta @ truth / (beta @ beta) <= said.overlap_high)
    assert np.mean(inside) > 0.85


# ------------------------------------------------------------------------------------ regimes


@pytest.mark.parametrize(
    ("lam", "n_s", "regime", "kept"),
    [
        (0.01, None, "under-regularised teacher: a student", False),
        (20.0, None, "over-regularised teacher", True),
        (0.01, 20, "too few samples for the student: the gate is closed", True),
    ],
)
def test_regimes_in_words(lam, n_s, regime, kept):
    dim = 200
    _, beta, Z, sources = sample(np.random.default_rng(2), dim=dim, lam=lam)
    found = diagnose(Z, Z @ beta, n_t=2 * dim, lam_t=lam, n_s=n_s, **sources["scale"])
    assert regime in found.regime
    assert (found.lam_s is None) == kept
    if kept:
        assert (found.alpha_s, found.gain, found.gain_low, found.gain_high) == (None, 0, 0, 0)


# ----------------------------------------------------------------------------------- refusals


def heavy(rng, shape):
    X = rng.standard_normal(shape)
    return X * (rng.standard_exponential((shape[0], 1)) ** 2 / 2)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (lambda rng, d: rng.standard_normal((d + 1, d)), "101 inputs in 100 dimensions; allowed"),
        (
            lambda rng, d: rng.standard_normal((300, d)) * np.linspace(0.3, 3, d),
            r"eigenvalues from .*\(whiten them",
        ),
        (lambda rng, d: 2 * rng.standard_normal((300, d)), "eigenvalues from"),
        (lambda rng, d: rng.standard_normal((300, d)) + 0.1, "mean has squared length"),
        (
            lambda rng, d: np.column_stack([np.ones(300), rng.standard_normal((300, d - 1))]),
            r"column 0 of inputs is constant; .*\(leave an intercept out",
        ),
        (
            lambda rng, d: np.linalg.qr(heavy(rng, (300, d)))[0] * 300**0.5,
            "squared lengths of the inputs scatter",
        ),
    ],
)
def test_inputs_that_it_refuses(inputs, message):
    rng = np.random.default_rng(0)
    X = inputs(rng, DIM)
    with pytest.raises(Undiagnosable, match=message):
        diagnose(X, X @ np.ones(DIM), n_t=N_T, lam_t=LAM, scale=1.0)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (
            lambda f: np.sign(f),
            r"no linear function of the inputs; .*\(the energy of another teacher",
        ),
        (lambda f: f + 0.01 * f**2, "no linear function"),
        (lambda f: np.ones_like(f), "answers are constant"),
    ],
)
def test_teachers_that_it_refuses(case, answers, message):
    _, beta, Z, _ = case
    with pytest.raises(Undiagnosable, match=message):
        ask(case, answers=answers(Z @ beta))


def test_second_answers_that_contradict_the_first(case):
    _, beta, Z, _ = case
    with pytest.raises(Undiagnosable, match=r"with inner product -.* energies hold"):
        ask(case, "teacher", second_answers=-Z @ beta)
    with pytest.raises(Undiagnosable, match="allowed: values that a ridge teacher with this penal"):
        ask(case, "penalty", second_answers=1e-3 * Z @ beta)
    with pytest.raises(Undiagnosable, match="scale = 400"):
        ask(case, scale=400.0)
    for source in ("penalty", "teacher"):
        with pytest.raises(ValueError, match="second_answers = answers; allowed: those of a fit"):
            ask(case, source, second_answers=Z @ beta)


@pytest.mark.parametrize(
    "changes",
    [
        dict(scale=None),
        dict(second="teacher"),
        dict(second="teacher", second_answers=np.ones(3 * DIM)),
        dict(scale=None, second="nobody", second_answers=np.ones(3 * DIM)),
        dict(scale=None, second="penalty"),
    ],
)
def test_one_source_of_the_scale_and_no_more(case, changes):
    with pytest.raises(
        ValueError, match="allowed: either scale, or second = 'penalty' or 'teacher'"
    ):
        ask(case, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(alpha_t=1.0), "lam_t = 0.05, alpha_t = 1.0; allowed: exactly one"),
        (dict(lam_t=None), "lam_t = None, alpha_t = None; allowed: exactly one"),
        (dict(lam_t=0.0), "lam_t = 0.0; allowed: finite and > 0"),
        (dict(scale=0.0), "scale = 0.0; allowed: finite and > 0"),
        (dict(scale=np.nan), "scale"),
        (dict(n_t=1), "n_t = 1"),
        (dict(n_s=0), "n_s = 0"),
        (dict(confidence=1.0), "confidence = 1.0"),
        (dict(answers=np.ones(4)), r"answers \(4,\); allowed: \(m, d\) and \(m,\)"),
        (dict(answers=np.full(3 * DIM, np.nan)), "answers"),
        (dict(answers=np.ones((3 * DIM, 1))), r"answers \(300, 1\); allowed: \(m, d\) and \(m,\)"),
        (dict(answers=["yes"] * 3 * DIM), "answers"),
        (dict(answers=np.arange(300) * 1e160), "units in which their squares fit"),
        (dict(n_t=200.0), r"n_t = 200\.0; allowed: an integer"),
        (dict(lam_t=[0.1, 0.2]), r"lam_t has shape \(2,\); allowed: a single number"),
        (dict(confidence=95), r"confidence = 95\.0; allowed: between 0\.5 and 0\.99"),
        (dict(second_lam_t=1.0), "second_lam_t = 1.0, .* allowed: only with second = 'penalty'"),
    ],
)
def test_arguments_out_of_range(case, changes, message):
    with pytest.raises(ValueError, match=message):
        ask(case, **changes)


@pytest.mark.parametrize("lam_2", [LAM, 1.05 * LAM])
def test_second_penalty_has_to_be_another(case, lam_2):
    with pytest.raises(ValueError, match=r"allowed: different from lam_t = 0\.05"):
        ask(case, "penalty", second_lam_t=lam_2)


# ------------------------------------------------------------------------------------ reading


def test_readable(case):
    found = ask(case)
    text, page = repr(found), found._repr_html_()
    for part in ("regime", "overlap p/q", "badness c", "student's penalty", "alpha = ", "gain"):
        assert part in text
    assert f"{found.gain:.3g} [{found.gain_low:.3g}, {found.gain_high:.3g}]" in text
    assert page.count("<tr>") == 6
    assert 'scope="row"' in page
    assert "<caption" in page
    assert "keep the teacher" in repr(ask(case, n_s=5))
    assert "caution" not in text
    small = sample(np.random.default_rng(1), dim=10)
    assert ask(small, n_t=20).caution == ""
    assert "caution            two penalties in 10 dimensions" in repr(
        ask(small, "penalty", n_t=20)
    )


def test_saved_and_loaded(case, tmp_path):
    for found in (ask(case), ask(case, n_s=5)):
        found.save(tmp_path / "found.npz")
        assert Diagnosis.load(tmp_path / "found.npz") == found
    with pytest.raises(AttributeError):
        found.gain = 1.0
    assert len(ask(case).to_dataframe()) == len(found.penalties)


def test_sampled_teacher_of_the_explorer_says_the_same():
    teacher = beyond.SampledTeacher.of(1)
    with pytest.raises(ValueError, match="lam_t"):
        teacher.gain(0.0, 1.0)
    gain, half = teacher.gain(0.05, 0.3), teacher.half_width(0.05, 0.3)
    assert abs(gain - teacher.true_gain(0.05, 0.3)) < 2 * half
    # First order in 1/d there, drawn teachers here: at d = 200 they tell the same.
    Z = np.random.default_rng(2).standard_normal((400, 200))
    found = diagnose(Z, Z @ teacher.teacher(0.05), n_t=400, lam_t=0.05, scale=1.0)
    at = np.abs(np.log(found.penalties / 0.3)).argmin()
    assert found.gains[at] == pytest.approx(float(gain), abs=0.3 * half)
    assert (found.gains_high[at] - found.gains_low[at]) / 2 == pytest.approx(float(half), rel=0.3)


def test_curves_of_the_explorer_are_those_of_its_sampled_teachers():
    """All that the explorer of the recipe draws, at 200 random settings, to 1e-3 of its range."""
    field, rng = explorer.diagnose().field, np.random.default_rng(3)
    lam_t, lam_s = 10 ** rng.uniform(-2, 1, (2, 200))
    draw = rng.integers(1, 4, 200).astype(float)
    exact = {name: np.empty(200) for name in ("truth", "low", "high")}
    for k in (1, 2, 3):
        case, here = beyond.SampledTeacher.of(k), draw == k
        setting = lam_t[here], lam_s[here]
        estimate = case.teacher_error(lam_t[here]) - case.gain(*setting)
        exact["truth"][here] = case.teacher_error(lam_t[here]) - case.true_gain(*setting)
        exact["low"][here] = estimate - case.half_width(*setting)
        exact["high"][here] = estimate + case.half_width(*setting)
    for name, values in exact.items():
        found = field.evaluate(name, lam_t=lam_t, lam_s=lam_s, draw=draw)
        assert np.abs(found - values).max() <= 1e-3 * np.ptp(values), name


# -------------------------------------------------------------------------- the measured table


@pytest.fixture(scope="module")
def table():
    return data.read("label_free.csv")


def test_in_300_dimensions_intervals_cover_and_the_penalty_is_nearly_the_best(table):
    large = table[table["dim"] == 300]
    assert set(large["trials"]) == {500}
    for name in ("cover_overlap", "cover_gain"):
        assert np.all((large[name].round(2) >= 0.93) & (large[name].round(2) <= 0.97))
    under, optimal = (large[large["teacher"] == kind] for kind in ("under", "optimal"))
    assert np.all(under["share"][under["source"] == "scale"] >= 0.98)
    assert np.all(under["share"][under["source"] == "teacher"] >= 0.98 - 0.005)
    assert np.all(under["share"] >= 0.88 - 0.005)
    assert np.all(optimal["gain"] >= -0.011)
    assert np.all(optimal["sure_gain"] == 0)


def test_few_dimensions_and_real_inputs_as_the_chapter_says(table):
    assert np.all(table["trials"][table["dim"] < 300] >= 100)
    assert np.all(table["cover_overlap"] >= 0.915)
    under, known = table["teacher"] == "under", table["source"] == "scale"
    real = np.isin(table["data"], ("wine", "breast cancer", "digits"))
    chosen = table[under & known & real]
    assert np.all((chosen["share"] >= 0.87) & (chosen["share"] <= 0.97))
    assert np.all(chosen["sure_gain"] > 0.8 * chosen["gain"])
    assert np.all((chosen["cover_overlap"] >= 0.92) & (chosen["cover_overlap"] <= 0.93))
    refused = dict(zip(chosen["data"], chosen["refused"] / chosen["trials"], strict=True))
    assert refused["breast cancer"] == pytest.approx(0.2, abs=0.06)
    assert refused["digits"] == pytest.approx(0.4, abs=0.05)
    (diabetes,) = table[(table["data"] == "diabetes") & under]
    assert diabetes["share"] == pytest.approx(0.88, abs=0.005)
    small = table[(table["data"] == "sampled: small") & under]
    np.testing.assert_allclose(small["sure_gain"], [0.17, 0.0, 0.01], atol=0.006)
    assert small["oracle_gain"][0] == pytest.approx(0.30, abs=0.005)
    for dim, loss in ((13, 0.07), (50, 0.03)):
        quiet = table[(table["dim"] == dim) & under & (table["source"] == "penalty")]
        (quiet,) = quiet[np.char.find(quiet["data"].astype(str), "little") > 0]
        assert quiet["gain"] == pytest.approx(-loss, abs=0.005)
        assert quiet["sure_gain"] == 0


def test_step_5_of_the_recipe_never_loses_on_average(table):
    assert np.all(table["sure_gain"] > -0.001)
