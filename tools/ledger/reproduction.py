"""The ledger of book/reproduction.md: what of the two papers is where, and how well it agrees.

    python -m tools.ledger.reproduction          # measure everything again and write the page

Each row names a place in the book, a test that guards it, and a function that measures agreement in
seconds; tests/book/test_reproduction.py checks all three against the committed page.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tools import ROOT
from w2slib import beyond, data, multi_index, ridge, warm_start, weighted_ridge
from w2slib.metrics import critical_deviation
from w2slib.random_matrices import bbp_overlap
from w2slib.sweeps import read_sweep
from w2slib.transitions import rank_correlation
from w2slib.weighted_ridge import Blocks

TARGET = ROOT / "book" / "reproduction.md"
CLAIMS = ROOT / "tools" / "ledger" / "claims.csv"
UNSEEN = "statement not publicly summarised; the book's corresponding result: "


@dataclass(frozen=True)
class Row:
    """One line of the ledger.

    ``page`` and ``heading`` say where in the book, ``guard`` is a test's file and name, ``measure``
    returns the agreement, ``unit`` says of what. A ``bound`` is printed in place of numbers that
    rounding decides; the measured value must not exceed it.
    """

    item: str
    result: str
    page: str
    heading: str
    guard: str
    measure: Callable[[], float]
    unit: str
    bound: float | None = None

    @property
    def shown(self) -> str:
        """The agreement as the page prints it."""
        return f"≤ {self.bound:g}" if self.bound is not None else f"{self.measure():.2f}"


WORST = "worst deviation, in units of 4 s.e. + 3/d"
DECIDED = "share of decided grid cells where theory names the winner"

# ------------------------------------------------------------------------------ measurements


def worst_deviation(theory, mean, stderr, dim: int) -> float:
    """Largest deviation from theory in units of four standard errors and 3/d: below 1 is agreement."""
    return float(np.max(np.abs(theory - mean) / (4 * stderr + 3 / dim)))


def _plain(gamma_s: float, rng: int):
    lam = np.logspace(-2, 1, 9)
    run = ridge.simulate(
        lam, lam, gamma_t=0.5, gamma_s=gamma_s, noise_var=1.0, dim=200, n_trials=16, rng=rng
    )
    return lam, run


def figure_1() -> float:
    """Both panels on a 9 x 9 grid at d = 200."""
    worst = []
    for gamma_s in (0.5, 2.0):
        lam, run = _plain(gamma_s, rng=1)
        theory = ridge.student_error(lam, lam[:, None], 0.5, gamma_s, 1.0)
        theory = theory - ridge.teacher_error(lam, 0.5, 1.0)
        worst.append(worst_deviation(theory, run.difference_mean, run.difference_stderr, 200))
    return max(worst)


def figure_2() -> float:
    """Both panels on a 9 x 9 grid at d = 200."""
    lam, worst = np.logspace(-2, 1, 9), []
    for gamma_s in (0.5, 2.0):
        setting = dict(gamma_t=0.5, gamma_s=gamma_s, noise_var=1.0, zeta=0.8, relief=0.9)
        run = weighted_ridge.simulate_spike(lam, lam, **setting, dim=200, n_trials=16, rng=2)
        theory = weighted_ridge.spike_student_error(lam, lam[:, None], **setting)
        worst.append(worst_deviation(theory, run.student_mean, run.student_stderr, 200))
    return max(worst)


def figure_3() -> float:
    """L_s against the student's penalty for four alignments, optimal teacher."""
    lam, worst = np.logspace(-2, 1.5, 8), []
    for zeta in (0.0, 0.5, 0.8, 0.95):
        setting = dict(gamma_t=0.5, gamma_s=0.5, noise_var=1.0, zeta=zeta, relief=1.0)
        run = weighted_ridge.simulate_spike([0.5], lam, **setting, dim=200, n_trials=16, rng=3)
        theory = weighted_ridge.spike_student_error(0.5, lam, **setting)
        worst.append(worst_deviation(theory, run.student_mean[:, 0], run.student_stderr[:, 0], 200))
    return max(worst)


def figure_4() -> float:
    """H₁ from the eigenvalues of one sampled covariance matrix each, d = 400."""
    lam, worst = np.logspace(-1, 2, 13), []
    for seed, gamma_s in enumerate((0.3, 0.8, 1.5, 4.0)):
        X = np.random.default_rng(seed).standard_normal((round(400 / gamma_s), 400))
        resolvent = 1 / (np.linalg.eigvalsh(X.T @ X / len(X)).clip(0) + lam[:, None])
        sampled = lam * (resolvent**2).mean(axis=1) / resolvent.mean(axis=1)
        worst.append(np.max(np.abs(sampled - ridge.h_ratio(lam, gamma_s))))
    return float(max(worst))


def figure_5() -> float:
    """Closed end points put back into h(λ_s) = c."""
    lam_t, worst = np.array([0.005, 0.01, 0.02, 0.028]), []
    for gamma_s in (0.5, 1.5):
        c = ridge.badness(lam_t, 0.5, 1.0)
        for end in ridge.winning_interval(lam_t, 0.5, gamma_s, 1.0):
            inside = (end > 0) & np.isfinite(end)
            worst.append(np.abs(ridge.h_ratio(end[inside], gamma_s) - c[inside]).max(initial=0))
    return float(max(worst))


def limiting_errors() -> float:
    """Teacher and student in six pairs of aspect ratios."""
    lam, worst = np.logspace(-2, 1, 5), []
    for seed, (gamma_t, gamma_s) in enumerate([(0.3, 0.3), (0.3, 2), (1, 0.5), (1, 2), (2, 0.5)]):
        run = ridge.simulate(
            lam, lam, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=0.5, dim=200, rng=10 + seed
        )
        teacher = ridge.teacher_error(lam, gamma_t, 0.5)
        student = ridge.student_error(lam, lam[:, None], gamma_t, gamma_s, 0.5)
        worst += [
            worst_deviation(teacher, run.teacher_mean, run.teacher_stderr, 200),
            worst_deviation(student, run.student_mean, run.student_stderr, 200),
        ]
    return max(worst)


def _winner(gamma_s: float) -> float:
    """Share of the decided cells in which `winning_interval` is right; all cells are looks."""
    lam, run = _plain(gamma_s, rng=4)
    lo, hi = ridge.winning_interval(lam, 0.5, gamma_s, 1.0)
    predicted = (lam[:, None] > lo) & (lam[:, None] < hi)
    needed = critical_deviation(run.difference_mean.size, run.n_trials)
    decided = np.abs(run.difference_mean) > needed * run.difference_stderr
    return float(np.mean((run.difference_mean < 0)[decided] == predicted[decided]))


def gate() -> float:
    """Closed form of the gate against the smallest h on a fine grid around λ_s = γ_s − 1."""
    gamma = np.array([1.2, 2.0, 5.0])
    lam = (gamma - 1) * np.linspace(0.99, 1.01, 2001)[:, None]
    return float(np.max(np.abs(ridge.h_ratio(lam, gamma).min(axis=0) - ridge.gate(gamma))))


def blocks() -> float:
    """Three block models, both parameterisation regimes."""
    lam, worst = np.logspace(-2, 1, 5), []
    models = [
        Blocks([0.25, 0.75], [0.1, 1.0], [0.8, 0.2]),
        Blocks([0.1, 0.2, 0.7], [3.0, 1.0, 0.5], [0.6, 0.3, 0.1]),
        Blocks.power_law(1.5, 0.7, n_blocks=10),
    ]
    for seed, model in enumerate(models):
        for gamma_s in (0.5, 2.0):
            setting = dict(gamma_t=1.0, gamma_s=gamma_s, noise_var=1.0, blocks=model)
            run = weighted_ridge.simulate(lam, lam, **setting, dim=200, rng=20 + seed)
            theory = weighted_ridge.student_error(lam, lam[:, None], **setting)
            worst.append(worst_deviation(theory, run.student_mean, run.student_stderr, 200))
    return max(worst)


def spike() -> float:
    """Rank-one closed form against the block solver at fraction 0."""
    lam, worst = np.logspace(-3, 2, 11), []
    for zeta, relief in ((0.5, 1.0), (0.8, 0.9), (0.9, -2.0)):
        closed = weighted_ridge.spike_student_error(lam, lam[:, None], 0.5, 2.0, 1.0, zeta, relief)
        model = Blocks.spike(zeta, relief)
        solver = weighted_ridge.student_error(lam, lam[:, None], 0.5, 2.0, 1.0, model)
        worst.append(np.max(np.abs(closed / solver - 1)))
    return float(max(worst))


def _multi_index():
    return multi_index.simulate(
        multi_index.EXAMPLE, 0.1, 0.1, lam_s=[0.3], rho=0.9, dim=300, n_trials=12, rng=5
    )


def five_students() -> float:
    """Errors of the five students, in units of 4 s.e. + d^{-1/2}/2."""
    run, worst = _multi_index(), []
    for mode in multi_index.MODES:
        theory = multi_index.student_error(
            multi_index.EXAMPLE, 0.1, 0.1, lam_s=0.3, rho=0.9, mode=mode
        )
        estimate = run.student[mode]
        allowed = 4 * estimate.stderr[0] + 0.5 / np.sqrt(300)
        worst.append(abs(estimate.mean[0] - theory) / allowed)
    return float(max(worst))


def one_step() -> float:
    """Overlap of one gradient step with the easy direction, in units of 4 s.e. + 1/d^{1/2}/2."""
    run = _multi_index()
    theory = multi_index.teacher_overlap(multi_index.EXAMPLE, 0.1)
    allowed = 4 * run.teacher_overlap.stderr + 0.5 / np.sqrt(300)
    return float(abs(run.teacher_overlap.mean - theory) / allowed)


def spectral_start() -> float:
    """Overlap of the top eigenvector, d = 300, away from the threshold."""
    theta = np.array([1.5, 2.0, 4.0])
    run = warm_start.simulate_spectral(theta, gamma=0.5, dim=300, n_trials=16, rng=6)
    return worst_deviation(bbp_overlap(theta, 0.5), run.overlap_mean, run.overlap_stderr, 300)


def random_start_wins() -> float:
    """Share of random starts that ever beat their supervisor (degree 3, n_s = 20 d, d = 150)."""
    run = warm_start.simulate(
        None, 0.8, degree=3, samples_per_dim=20, step_size=0.03, n_steps=60, dim=150, rng=7
    )
    return float(run.wins[0])


def effective_region() -> float:
    """One-point strong convexity from sampled gradients against μ(m)."""
    m = np.array([0.3, 0.5, 0.7, 0.9])
    run = warm_start.simulate_gradients(
        m, [1.0], degree=3, samples_per_dim=100, dim=100, n_trials=12, rng=8
    )
    theory = warm_start.curvature(m, 3)
    return worst_deviation(theory, run.supervisor_mean[:, 0], run.supervisor_stderr[:, 0], 100)


def bound() -> float:
    """Smallest ratio of the bound to the distance along the population flow (1 would be violated)."""
    times, ratios = np.linspace(0.1, 3, 59), []
    for m0, rho in ((0.4, 0.8), (0.7, 0.9), (0.6, 0.6)):
        for degree in (2, 3):
            truth = warm_start.flow(m0, rho, degree, times).truth
            total = sum(warm_start.distance_bound(times, m0, rho, degree))
            ratios.append(np.min(total / np.sqrt(2 - 2 * truth)))
    return float(min(ratios))


def synthetic() -> float:
    """Overlaps of sampled descent with n_s = 100 d, largest deviation from the population flow."""
    m0 = np.array([0.5, 0.7, 0.9])
    run = warm_start.simulate(
        m0, 0.8, degree=2, samples_per_dim=100, step_size=0.01, n_steps=100, dim=80, n_trials=8, rng=9
    )  # fmt: skip
    theory = warm_start.flow(m0, 0.8, 2, run.times).truth
    return float(np.max(np.abs(run.truth_mean - theory)))


def _transformer():
    return read_sweep(data.path("tiny_transformer.csv"))


def checkpoint_study() -> float:
    """Rise of the PGR of the mean accuracies from the first tenth of the checkpoints to the last."""
    curve = _transformer().recovered.value
    tenth = max(len(curve) // 10, 1)
    return float(curve[-tenth:].mean() - curve[:tenth].mean())


def linear_readability() -> float:
    """Rank correlation of PGR and probe accuracy over the checkpoints, typical of one deal."""
    study = _transformer()
    return rank_correlation(study.gain, study.probe_accuracy).value


def shared_inputs() -> float:
    """Three pairs of ratio and noise, both sides of γ = 1, on a 4 x 4 grid."""
    lam, worst = np.logspace(-1.5, 0.5, 4), []
    for seed, (gamma, noise_var) in enumerate([(0.4, 1.5), (1.0, 0.5), (3.0, 1.0)]):
        setting = dict(gamma=gamma, noise_var=noise_var)
        run = beyond.simulate_shared(lam, lam, **setting, dim=200, rng=30 + seed)
        theory = beyond.shared_inputs_difference(lam, lam[:, None], **setting)
        worst.append(worst_deviation(theory, run.difference_mean, run.difference_stderr, 200))
    return max(worst)


def correlated_inputs() -> float:
    """Student's errors on inputs of two variances, both sides of γ_s = 1."""
    v, energies, lam, worst = [4.0, 0.25], [0.9, 0.1], np.array([0.05, 0.3, 1.0]), []
    teacher, student = beyond.correlated_blocks(v, energies, [0.5, 0.5])
    for gamma_s in (0.5, 2.0):
        ratios = dict(gamma_t=0.5, gamma_s=gamma_s, noise_var=0.5)
        run = beyond.simulate_correlated(
            lam, lam, **ratios, eigenvalues=np.repeat(v, 100), energies=np.repeat(energies, 100), rng=40
        )  # fmt: skip
        theory = weighted_ridge.student_error(
            lam, lam[:, None], **ratios, blocks=student, teacher_weights=teacher.weights
        )
        worst.append(worst_deviation(theory, run.student_mean, run.student_stderr, 200))
    return max(worst)


def classification() -> float:
    """Misclassification of an aligned student on soft and on hard labels."""
    model, lam, worst = Blocks([0.2, 0.8], [0.1, 1.0], [0.8, 0.2]), np.array([0.1, 0.3, 1.0]), []
    for labels in ("soft", "hard"):
        setting = dict(gamma_t=0.5, gamma_s=0.4, noise_var=1.0, blocks=model, labels=labels)
        run = beyond.simulate_classification([0.05, 3.0], lam, **setting, dim=200, rng=50)
        theory = beyond.student_classification_error([0.05, 3.0], lam[:, None], **setting)
        worst.append(worst_deviation(theory, run.student_mean, run.student_stderr, 200))
    return max(worst)


def without_labels() -> float:
    """Gain of the named penalty, as a share of the best one's, for 8 sampled teachers."""
    lam_s, reached, best = np.geomspace(1e-2, 10, 60), 0.0, 0.0
    for seed in range(8):
        case = beyond.SampledTeacher.of(seed)
        inputs = np.random.default_rng(1000 + seed).standard_normal((400, 200))
        answers = inputs @ case.teacher(0.05)
        found = beyond.diagnose(inputs, answers, n_t=400, lam_t=0.05, scale=1.0)
        reached += float(case.true_gain(0.05, found.lam_s))
        best += float(case.true_gain(0.05, lam_s).max())
    return reached / best


# -------------------------------------------------------------------------------------- rows

MECHANISMS = [
    Row("Figure 1", "phase diagram of ridge student and teacher, both panels", "ridge",
        "Figure 1 of [Mechanisms]: the phase diagram, simulated",
        "test_ridge.py::test_theory_agrees_with_simulation", figure_1, WORST),
    Row("Figure 2", "the same with spiked regularisation", "weighted_ridge",
        "Figure 2 of [Mechanisms]: the phase diagram with relief",
        "test_weighted_ridge.py::test_theory_agrees_with_simulation", figure_2, WORST),
    Row("Figure 3", "student's error for several alignments, optimal teacher", "weighted_ridge",
        "Figure 3 of [Mechanisms]: against an optimal teacher",
        "test_weighted_ridge.py::test_aligned_penalty_beats_an_optimal_teacher", figure_3, WORST),
    Row("Figure 4", "$H_1(\\lambda_s)$ for several $\\gamma_s$", "ridge",
        "When does the student win? One inequality",
        "test_ridge.py::test_gate_is_the_minimum_of_h", figure_4,
        "largest deviation, one sampled matrix of d = 400 each", bound=0.005),
    Row("Figure 5", "solutions of $H_1(\\lambda_s) = \\text{const}$: one or two", "ridge",
        "When does the student win? One inequality",
        "test_ridge.py::test_end_points_are_crossings", figure_5,
        "deviation of the closed form", bound=1e-12),
    Row("Proposition 3", UNSEEN + "limits of the errors of ridge teacher and student", "ridge",
        "The student: the same map once more",
        "test_ridge.py::test_theory_agrees_with_simulation", limiting_errors, WORST),
    Row("Theorem 4", UNSEEN + "when a student with $\\gamma_s < 1$ wins", "ridge",
        "When does the student win? One inequality",
        "test_ridge.py::test_winning_interval_is_where_the_student_wins",
        lambda: _winner(0.5), DECIDED),
    Row("Theorem 5", UNSEEN + "when a student with $\\gamma_s > 1$ wins", "ridge",
        "Why an over-parameterised student needs a bad teacher",
        "test_ridge.py::test_the_four_regimes_by_hand", lambda: _winner(2.0), DECIDED),
    Row("Remark 6", UNSEEN + "the gate, $c > h_{\\min}$ at $\\lambda_s = \\gamma_s - 1$", "ridge",
        "Why an over-parameterised student needs a bad teacher",
        "test_ridge.py::test_gate_is_the_minimum_of_h", gate,
        "deviation of the closed form", bound=1e-9),
    Row("Theorem 8", UNSEEN + "limits of the errors of weighted ridge", "weighted_ridge",
        "One shrinkage for each block",
        "test_weighted_ridge.py::test_errors_match_sixty_digits", blocks, WORST),
    Row("Proposition 10", UNSEEN + "the spike in closed form", "weighted_ridge",
        "The spike in closed form",
        "test_weighted_ridge.py::test_small_block_tends_to_the_rank_one_formula", spike,
        "relative difference to the block solver", bound=1e-9),
    Row("Theorem 11", UNSEEN + "easy features from the teacher, hard ones from pre-training",
        "multi_index", "Five students side by side",
        "test_multi_index.py::test_errors_agree_with_simulation", five_students,
        "worst deviation of five students, in units of 4 s.e. + d^(−1/2)/2"),
    Row("Lemma 12", UNSEEN + "what one gradient step learns", "multi_index",
        "What one gradient step learns",
        "test_multi_index.py::test_overlaps_agree_with_simulation", one_step,
        "deviation, in units of 4 s.e. + d^(−1/2)/2"),
]  # fmt: skip

BLESSING = [
    Row("warm start", "pre-training as a spectral start on spiked data", "warm_start", "",
        "test_warm_start.py::test_spectral_simulation_agrees_with_theory", spectral_start, WORST),
    Row("impossibility", "random starts do not learn from the supervisor ($n_s = 20\\,d$, 70 steps)",
        "warm_start", "",
        "test_warm_start.py::test_warm_starts_win_and_random_starts_do_not", random_start_wins,
        "share of random starts that win"),
    Row("effective region", "perturbed strong convexity around the truth", "warm_start", "",
        "test_warm_start.py::test_sampled_gradients_agree_with_theory", effective_region,
        WORST),
    Row("generalisation bound", "improvement first, then a floor set by the supervisor's bias",
        "warm_start", "",
        "test_warm_start_theory.py::test_perturbed_inequality_and_bound_hold_along_the_flow", bound,
        "smallest ratio of bound to distance (must be at least 1)"),
    Row("synthetic validations", "sampled fine-tuning along the predicted path", "warm_start", "",
        "test_warm_start.py::test_flow_agrees_with_descent_on_many_samples", synthetic,
        "largest deviation of an overlap"),
    Row("checkpoint study", "PGR rises along pre-training (small transformer, not Pythia or OLMo)",
        "checkpoints", "", "test_transitions.py::test_pgr_of_a_study_uses_the_last_ceiling",
        checkpoint_study, "rise of PGR from the first to the last tenth of the checkpoints"),
    Row("linear-representation correlation", "PGR goes with how linearly readable the task is",
        "checkpoints", "", "test_transitions.py::test_rank_correlation_is_spearmans",
        linear_readability,
        "typical rank correlation over the checkpoints; with the bare step it is as high"),
]  # fmt: skip

SURVIVES = [
    Row("shared inputs", "a student on its teacher's own inputs: some $\\lambda_s$ wins exactly if "
        "$\\lambda_t < \\lambda^\\star$", "beyond", "Question 1: teacher and student share their inputs",
        "test_beyond.py::test_a_small_penalty_wins_exactly_against_an_under_regularised_teacher",
        shared_inputs, WORST),
    Row("correlated inputs", "plain ridge on $x \\sim N(0, \\Sigma)$ as weighted ridge", "beyond",
        "Question 2: the inputs are correlated",
        "test_beyond.py::test_small_penalties_win_exactly_if_the_coefficients_are_too_long",
        correlated_inputs, WORST),
    Row("classification", "misclassification from soft and hard labels", "beyond",
        "Question 3: only the class counts",
        "test_beyond.py::test_hard_labels_win_exactly_below_the_limit", classification, WORST),
    Row("no true labels", "the student's penalty from a teacher's answers", "beyond",
        "Question 4: which penalty, without a single true label?",
        "test_diagnosis.py::test_in_300_dimensions_intervals_cover_and_the_penalty_is_nearly_the_best",
        without_labels, "share of the oracle's gain, 8 teachers, d = 200, known scale"),
]  # fmt: skip

HEADER = "| item | what it is | in the book | guarded by | agreement |\n|---|---|---|---|---|"

PAGE = """# What is reproduced

Every figure and numbered statement of the two papers that their public summaries name, where it is in this
book, the test that guards it, and how well theory and simulation agree. The page is written by
`tools/ledger/reproduction.py`; `tests/book/test_reproduction.py` measures every number again and
checks that every heading and test named here exists. The tests that guard a row are in
`tests/library/`.

**How far we could read the papers.** We know their abstracts and public summaries, not their full
texts. What the figures show was described to us; the wording of the numbered statements was not.
Where it says *statement not publicly summarised*, the row gives the book's result on the subject
that stands at that place of the argument (ridge, weighted ridge, nonlinear). That assignment is ours
and may be wrong; the result is derived and tested in the book in any case. Parameters of all figures
are this book's choice.

## [Mechanisms]

Moniri and Hassani {{cite}}`moniri2025mechanisms`.

{mechanisms}

## [Blessing]

Yao et al. {{cite}}`yao2026blessing`. The models and constants are this book's instantiation of the
paper's narrative.

{blessing}

## What survives outside the models

No paper's: four results of this book.

{survives}

A deviation below 1 in units of "4 s.e. + 3/d" means agreement: four standard errors of the simulation plus an
allowance for finite dimension.

## Claims that depend on a seed

Sentences of the book that a simulation or a measurement decides. Each was checked again with five
other seeds, by a function that repeats what its page does (`tools/ledger/statements/`, run by
`make claims`). A sentence that fails for one of the five is rewritten.

{claims}

## What is not reproduced, and why

- **The proofs.** This book derives its formulas from the Gaussian-sequence equivalent, without error
  bounds; the papers' proofs are theirs.
- **The papers' own parameters and constants.** Not in the public summaries. A figure here has the same
  axes and the same message, not the same numbers.
- **Hundreds of checkpoints of Pythia and OLMo.** They need network access and accelerators. {code}
- **Rates of learning for real two-layer networks** beyond one large gradient step: simulated, not derived.
"""


def table(rows: list[Row], shown: dict[str, str]) -> str:
    """Markdown table of some rows, with the agreements of ``shown``."""
    lines = [HEADER]
    for row in rows:
        anchor = f"#{slug(row.heading)}" if row.heading else ""
        name = row.heading or row.page.replace("_", " ")
        name = name.replace("[", "").replace("]", "")
        # plain HTML: MyST's heading anchors are not made in notebooks, docutils' ids are
        where = f'<a href="{row.page}.html{anchor}">{name}</a>'
        agreement = f"**{shown[row.item]}** ({row.unit})"
        lines.append(f"| {row.item} | {row.result} | {where} | `{row.guard}` | {agreement} |")
    return "\n".join(lines)


def claims() -> str:
    """Markdown table of the claims that depend on a seed, as `tools.ledger.claims` found them."""
    with CLAIMS.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = ["| in the book | claim | held for |", "|---|---|---|"]
    for row in rows:
        page, sentence = row["page"], row["sentence"].replace("|", "\\|")
        name = page.replace("_", " ")
        where = name if page.startswith("slides") else f'<a href="{page}.html">{name}</a>'
        lines.append(f"| {where} | {sentence} | {row['held']} of {row['tried']} seeds |")
    return "\n".join(lines)


def slug(heading: str) -> str:
    """Id of the section on the built page."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


CODE = (
    "The code that runs the study on them is in `w2slib.checkpoints`; the book shows the study on real "
    "digits and on a small transformer trained from scratch."
)


def render(shown: dict[str, str]) -> str:
    """The whole page."""
    return PAGE.format(
        mechanisms=table(MECHANISMS, shown),
        blessing=table(BLESSING, shown),
        survives=table(SURVIVES, shown),
        claims=claims(),
        code=CODE,
    )


def committed() -> dict[str, str]:
    """Item -> agreement, as the page prints it now."""
    text = TARGET.read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^\| ([^|]+) \|.*\| \*\*([^*]+)\*\* \([^|]*\) \|$", text))


def rewrite() -> None:
    """Write the page again with the agreements that it has, and the claims of the table."""
    TARGET.write_text(render(committed()), "utf-8")


def main(argv: list[str] | None = None) -> int:
    """Measure every row and write the page."""
    argparse.ArgumentParser(description="Measure everything again and write the page.").parse_args(
        argv
    )
    TARGET.write_text(
        render({row.item: row.shown for row in MECHANISMS + BLESSING + SURVIVES}), "utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
