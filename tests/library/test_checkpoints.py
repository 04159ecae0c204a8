"""The chapter's study: digits, negative control, the committed run of the transformer, command line."""

import csv
import json
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from scipy import stats

import w2slib.data
from tests.helpers.tiny_models import needs_llm, save_revisions
from w2slib.studies import checkpoints as c
from w2slib.studies import digits

RESULTS = w2slib.data.path("tiny_transformer.csv")


@pytest.fixture(scope="module")
def studies():
    """The chapter's supervisor, its negative control and a noisy one, on the same networks."""
    kinds = ({}, {"shuffled": True}, {"label_noise": 0.5})
    supervisors = [c.Supervisor(**kind) for kind in kinds]
    with pytest.MonkeyPatch.context() as patch, ProcessPoolExecutor(2) as pool:
        patch.setattr(digits, "LAST_STEP", 256)  # the chapter's curve has levelled off by then
        return c.digits_studies(supervisors, 6, n_seeds=16, rng=0, executor=pool)


def test_student_overtakes_its_supervisor_along_pre_training(studies):
    study = studies[0]
    assert np.all(study.ceiling[-1] > study.weak)
    start, end = c.seed_mean(study.pgr[0]), c.seed_mean(study.pgr[-1])
    assert start.high < 0 < 0.25 < end.low
    assert c.seed_mean(study.pgr[-1] - study.pgr[0]).low > 0.2
    assert c.rank_correlation(study.probe_accuracy, study.pgr).low > 0.5
    found = c.change_point(study.steps, study.pgr, rng=0)
    assert 0 < found.crossing.value < study.steps[-1]


def test_negative_control_recovers_nothing(studies):
    control = studies[1]
    assert abs(control.weak.mean() - 0.5) < 0.1
    assert c.seed_mean(control.pgr.mean(axis=0)).low <= 0
    # One interval for each checkpoint: 5 % of them may miss 0, hence Bonferroni's wider ones.
    wider = stats.t.ppf(1 - 0.025 / len(control.pgr), 15) / stats.t.ppf(0.975, 15)
    for values in control.pgr:
        found = c.seed_mean(values)
        assert found.value - wider * (found.value - found.low) <= 0
    # It could have failed: the true supervisor fails it by far.
    assert c.seed_mean(studies[0].pgr[-1] - control.pgr[-1]).low > 0.2


def test_labels_of_pure_noise_teach_nothing(studies):
    noisy = studies[2]
    np.testing.assert_array_equal(
        noisy.weak, studies[0].weak
    )  # noise is not the supervisor's fault
    assert abs(noisy.student.mean() - 0.5) < 0.1


def test_supervisors_share_networks_and_images(studies):
    for other in studies[1:]:
        np.testing.assert_array_equal(other.ceiling, studies[0].ceiling)
        np.testing.assert_array_equal(other.alignment, studies[0].alignment)


def test_pre_training_makes_the_task_readable(studies):
    study = studies[0]
    assert np.all(study.ceiling[-1] > study.ceiling[0])
    assert study.probe_accuracy[-1].mean() > study.probe_accuracy[0].mean() + 0.05
    assert study.alignment[-1].mean() > study.alignment[0].mean() + 0.1


def test_seeds_repeat_and_the_executor_does_not_matter(monkeypatch):
    monkeypatch.setattr(
        digits, "LAST_STEP", 32
    )  # shorter pre-training; the steps go to the workers
    serial = c.digits_study(3, n_seeds=2, rng=7)
    with ProcessPoolExecutor(2) as pool:
        pooled = c.digits_study(3, n_seeds=2, rng=np.random.default_rng(7), executor=pool)
    for name in serial.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(serial, name), getattr(pooled, name))
    other = c.digits_study(3, n_seeds=2, rng=8)
    assert not np.array_equal(other.student, serial.student)


def test_images_of_pre_training_supervisor_student_and_test_are_disjoint():
    deal = digits._deal_digits(np.random.default_rng(0))
    assert {name: len(part) for name, part in deal.items()} == c.DIGIT_SIZES
    assert len(np.unique(np.concatenate(list(deal.values())))) == 1797


def test_pre_training_begins_at_the_initial_weights_and_repeats():
    deal = digits._deal_digits(np.random.default_rng(0))
    steps = np.array([0, 3, 20])
    first, *_, last = digits._pretrain(steps, deal, np.random.default_rng(1))
    again = list(digits._pretrain(steps, deal, np.random.default_rng(1)))
    np.testing.assert_array_equal(again[-1], last)
    assert np.abs(first - last).max() > 0.1
    # Step 0 by hand: two hidden layers of the generator's own weights, no biases.
    rng, hidden = np.random.default_rng(1), digits._digits()[0]
    for width, following in zip((64, *c.HIDDEN), c.HIDDEN, strict=False):
        hidden = np.maximum(
            hidden @ (rng.standard_normal((width, following)) * np.sqrt(2 / width)), 0
        )
    np.testing.assert_allclose(first, hidden, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 50, 100, 137, 200])
def test_spacing(n):
    steps = digits._digit_steps(n)
    assert n <= len(steps) <= n + 1
    assert (steps[0], steps[-1]) == (0, c.LAST_STEP)
    assert np.all(np.diff(steps) > 0)


def test_scores_are_those_of_a_student():
    scores = c.digits_scores(4, rng=3)
    assert scores.scores.shape == (4, 447)
    right = np.mean((scores.scores > 0) == scores.labels, axis=1)
    assert right[-1] > right[0]
    assert right[-1] > 0.7
    assert 0.5 < scores.weak < scores.ceiling < 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: c.digits_study(1), "n_checkpoints = 1"),
        (lambda: c.digits_study(201), "n_checkpoints = 201"),
        (lambda: c.digits_study(3, n_seeds=1), "n_seeds = 1"),
        (lambda: c.digits_studies([], 3), "supervisors is empty"),
        (lambda: c.Supervisor(n_labels=1), "n_labels = 1"),
        (lambda: c.Supervisor(n_labels=151), "n_labels = 151"),
        (lambda: c.Supervisor(visible=0), "visible = 0"),
        (lambda: c.Supervisor(visible=1.1), "visible = 1.1"),
        (lambda: c.Supervisor(label_noise=0.6), "label_noise = 0.6"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ------------------------------------------------------------------ the committed run


def test_committed_results_are_a_whole_sweep_in_pythias_spacing():
    study = c.read_sweep(RESULTS)
    facts = json.loads(RESULTS.with_suffix(".json").read_text())
    early = [0, *(2**k for k in range(10))]
    assert len(study.steps) >= 100
    assert study.steps[:11].tolist() == early
    assert len(set(np.diff(study.steps[12:]))) == 1  # evenly spaced from there on
    assert study.steps[-1] == facts["steps"]
    assert facts["parameters"] <= 3_000_000
    assert study.student.shape[1] >= 5


def test_committed_rows_are_consistent():
    for row in csv.DictReader(RESULTS.open()):
        weak, student, ceiling, pgr = (float(row[k]) for k in ("weak", "student", "ceiling", "pgr"))
        for accuracy in (weak, student, ceiling):  # whole numbers of test texts
            assert accuracy * int(row["n_test"]) == pytest.approx(
                round(accuracy * int(row["n_test"])), abs=1e-2
            )
        if ceiling > weak:
            assert pgr == pytest.approx(
                (student - weak) / (ceiling - weak), abs=2e-3 / (ceiling - weak)
            )
        else:
            assert np.isnan(pgr)


# ------------------------------------------------------------------ command line


def test_command_line_errors_are_one_line(tmp_path, capsys):
    task = tmp_path / "task.csv"
    task.write_text("text,label\na,0\nb,1\n")
    base = ["--dataset", str(task), "--out", str(tmp_path / "out.csv")]
    assert c.main(["--model", "someone/unknown", *base]) == 1
    assert "model = 'someone/unknown'; allowed" in capsys.readouterr().out
    assert c.main(["--model", "EleutherAI/pythia-70m", "--n-train", "0", *base]) == 1
    assert "n_train = 0" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        c.main(["--model", "EleutherAI/pythia-70m"])


@needs_llm
@pytest.mark.parametrize("workers", ["1", "2"])
def test_command_line_runs_resumes_and_takes_part_of_the_checkpoints(tmp_path, capsys, workers):
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefmnopqz"), 8)) for _ in range(200)]
    task = tmp_path / "task.csv"
    task.write_text("text,label\n" + "".join(f"{w},{int(w[-1] < 'n')}\n" for w in words))
    model, out = (
        save_revisions(tmp_path / "model", ["step0", "step1", "step2"]),
        tmp_path / "out.csv",
    )
    command = ["--model", str(model), "--dataset", str(task), "--out", str(out), "--n-supervisor", "30",
               "--n-train", "100", "--n-test", "60", "--n-seeds", "2", "--workers", workers]  # fmt: skip
    if workers == "1":  # two processes import torch twice: once is enough
        assert c.main([*command, "--only", "step0", "step1"]) == 0
        assert c.read_sweep(out).steps.tolist() == [0, 1]
    assert c.main(command) == 0
    assert c.read_sweep(out).steps.tolist() == [0, 1, 2]
    assert "3 checkpoints, 2 seeds" in capsys.readouterr().out
