"""Decision guide of the synthesis: the questions that tell which mechanism is at work."""

from __future__ import annotations

from ..widgets.guide import Guide, Option, Question, Verdict


def _yes_no(yes: str, no: str) -> tuple[Option, ...]:
    return Option("Yes", yes), Option("No", no)


RIDGE = {"page": "ridge", "title": "Mechanism I", "explorer": "ridge"}
WEIGHTED = {"page": "weighted_ridge", "title": "Mechanism II", "explorer": "weighted-ridge"}
MULTI = {"page": "multi_index", "title": "Mechanism III", "explorer": "multi-index"}
BEYOND = {"page": "beyond", "title": "What survives?"}
WARM = {"page": "warm_start", "title": "Pre-training as a warm start", "explorer": "warm-start"}

NODES: dict[str, Question | Verdict] = {
    "brings": Question(
        "What does the student bring that its teacher does not have?",
        "Compare the two before the student sees a single label of the teacher.",
        (
            Option("Nothing: the same linear model, only another penalty", "weak"),
            Option("A preference: some directions or features cost it less", "aligned"),
            Option("Features that the teacher cannot learn from its labels", "kept"),
            Option("A starting point for a problem that is not convex", "start"),
            Option("Only its size: many more random features", "stopped_wide"),
            Option("Nothing, and it learns on the teacher’s own inputs", "weak_shared"),
            Option("Only another penalty, and only signs of its answers count", "none_class"),
        ),
    ),
    "weak": Question(
        "Is the teacher regularised less than is best for its own data?",
        "Best is λₜ* = σ²γₜ. A sign that it is too small: the teacher’s predictions have more energy "
        "than their overlap with the truth, q > p.",
        _yes_no("samples_plain", "none_optimal"),
    ),
    "weak_shared": Question(
        "Is the teacher regularised less than is best for its own data?",
        "Best is λₜ* = σ²γₜ. On shared inputs nothing else decides.",
        _yes_no("shared", "none_shared"),
    ),
    "samples_plain": Question(
        "Has the student more samples than parameters?",
        "γₛ = d/nₛ below 1.",
        _yes_no("plain", "gate"),
    ),
    "gate": Question(
        "Is the teacher bad enough to pass the gate?",
        "p/q < (3 − √(1 − 1/γₛ))/4, a number between 1/2 and 3/4.",
        _yes_no("plain_interval", "none_gate"),
    ),
    "aligned": Question(
        "Is the teacher’s own penalty already the best one for this target?",
        "The Bayes penalty has weights φ/e and λₜ = σ²γₜ.",
        _yes_no("none_bayes", "samples_weighted"),
    ),
    "samples_weighted": Question(
        "Has the student more samples than parameters?",
        "γₛ = d/nₛ below 1.",
        _yes_no("louder", "alignment"),
    ),
    "louder": Question(
        "Measured in the student’s prices, does the teacher say more than it knows?",
        "Σ g (q − p) > 0 over the blocks, with the teacher’s overlap p and energy q in each. For an "
        "optimal plain teacher: Σ g e < Σ g φ. For a plain teacher and one relieved direction: "
        "p − q < ζ² κΓ p(1 − p).",
        _yes_no("weighted", "misaligned"),
    ),
    "alignment": Question(
        "Is the alignment above the critical one, for some penalty of the student?",
        "ζ > ζc(λₛ), for a plain teacher and one relieved direction; if that teacher is optimal and γₛ > 1, "
        "ζc exceeds 1/2.",
        _yes_no("weighted_over", "none_alignment"),
    ),
    "kept": Question(
        "Does fine-tuning keep what pre-training left?",
        "An adapter keeps it; so does full fine-tuning with λₛ above the lower end of "
        "multi_index.winning_interval, if that interval exists.",
        _yes_no("overlap", "forgets"),
    ),
    "overlap": Question(
        "Do the pre-trained features overlap enough with the hard part of the target?",
        "ρ above multi_index.winning_overlap, at the student’s own λₛ.",
        _yes_no("multi", "none_overlap"),
    ),
    "start": Question(
        "Does the start overlap with the truth by more than chance?",
        "For a spectral start: θ > √γ of pre-training.",
        _yes_no("alike", "none_start"),
    ),
    "alike": Question(
        "Does the start err differently from the supervisor?",
        "0 < c < m₀/ρ with c = ⟨w₀, wₜ⟩; for independent errors c = m₀ρ.",
        _yes_no("stopping", "none_alike"),
    ),
    "stopping": Question(
        "Is training stopped before the student has become a copy?",
        "On the population the best moment is when ⟨w, wₜ⟩ = ρ/m_best.",
        _yes_no("warm", "saturated"),
    ),
    "stopped_wide": Question(
        "Is training stopped early?",
        "Wide networks learn the simple part of the labels first.",
        _yes_no("wide", "imitates"),
    ),
    "plain": Verdict(
        True,
        "Mechanism I",
        "The student shrinks what the teacher should have shrunk: it removes noise.",
        "every λₛ below a threshold wins: h(λₛ) < c = 2(1 − p/q).",
        **RIDGE,
        settings={"lam_t": 0.02, "lam_s": 0.3},
    ),
    "plain_interval": Verdict(
        True,
        "Mechanism I, through the gate",
        "The student forgets on its own account, but the teacher’s noise was worse.",
        "λ₋ < λₛ < λ₊ around λₛ = γₛ − 1.",
        **RIDGE,
        settings={"lam_t": 0.02, "lam_s": 1.0, "gamma_s": 2.0},
    ),
    "none_optimal": Verdict(
        False,
        "Nothing to repair",
        "More shrinkage of an optimally or too strongly shrunk teacher only loses signal.",
        "c ≤ 0: on fresh inputs no λₛ > 0 and no γₛ helps a plain student.",
        **RIDGE,
        settings={"lam_t": 0.5, "lam_s": 0.3},
    ),
    "none_gate": Verdict(
        False,
        "Behind the gate",
        "With fewer samples than parameters the student forgets more than it repairs.",
        "c < h_min = (1 + √(1 − 1/γₛ))/2.",
        **RIDGE,
        settings={"lam_t": 0.2, "lam_s": 1.0, "gamma_s": 2.0},
    ),
    "weighted": Verdict(
        True,
        "Mechanism II",
        "The student removes noise where the target is not and spares it where it is.",
        "every small enough λₛ, exactly if Σ g (q − p) > 0; even an optimal plain teacher can be beaten.",
        **WEIGHTED,
        settings={"zeta": 0.8, "relief": 0.9},
    ),
    "weighted_over": Verdict(
        True,
        "Mechanism II, paying for forgetting",
        "The relieved direction carries so much of the target that losing the rest is worth it.",
        "ζ > ζc(λₛ); against an optimal plain teacher and with full relief ζc is smallest at λₛ = γₛ − 1.",
        **WEIGHTED,
        settings={"gamma_s": 2.0, "zeta": 0.95, "relief": 1.0, "lam_s": 1.0},
    ),
    "none_alignment": Verdict(
        False,
        "Not aligned enough",
        "What an over-parameterised student forgets outweighs what its penalty saves.",
        "ζ < ζc(λₛ) for every λₛ.",
        **WEIGHTED,
        settings={"gamma_s": 2.0, "zeta": 0.7, "relief": 1.0, "lam_s": 1.0},
    ),
    "misaligned": Verdict(
        False,
        "A wrong belief, or a teacher too quiet",
        "The student shrinks what its teacher has shrunk enough, or what the target uses.",
        "Σ g (q − p) < 0: every small enough λₛ loses. (With one relieved direction, κΓ > 0, every λₛ "
        "does; with three blocks or more a larger λₛ can win.)",
        **WEIGHTED,
        settings={"relief": -2.0},
    ),
    "none_bayes": Verdict(
        False,
        "Nothing can help",
        "The teacher is the posterior mean: without knowing more of the target nobody errs less on average.",
        "weights φ/e and λₜ = σ²γₜ.",
        "weighted_ridge",
        "Mechanism II",
    ),
    "multi": Verdict(
        True,
        "Mechanism III",
        "The student takes the easy part from its teacher and keeps the hard part it knew.",
        "ρ above the winning overlap, that is, λₛ inside the winning interval.",
        **MULTI,
        settings={"lam_s": 0.02, "rho": 0.95, "adapter": 1},
    ),
    "forgets": Verdict(
        False,
        "Forgetting",
        "Labels without the hard part overwrite the read-out that had it.",
        "what is left of it is λₛ/(1 + λₛ); below the winning interval that is too little.",
        **MULTI,
        settings={"lam_s": 0.02, "rho": 0.95},
    ),
    "none_overlap": Verdict(
        False,
        "Too little pre-training",
        "The pre-trained features miss the hard part, and the student copies the rest with loss.",
        "ρ below the winning overlap.",
        **MULTI,
        settings={"lam_s": 1.5, "rho": 0.4},
    ),
    "warm": Verdict(
        True,
        "Geometric warm start",
        "On its way from the start to the teacher the student passes closer to the truth than either.",
        "0 < c < m₀/ρ. If also c < ρ/m₀, as for independent errors, "
        "m_best² = (m₀² + ρ² − 2m₀ρc)/(1 − c²) > ρ².",
        **WARM,
        settings={"theta": 1.2, "time": 0.35},
    ),
    "saturated": Verdict(
        False,
        "Saturation",
        "The end of training is a copy of the supervisor.",
        "overlap falls back to ρ; only the noise of the labels is averaged away.",
        **WARM,
        settings={"theta": 1.2, "time": 2.0},
    ),
    "none_alike": Verdict(
        False,
        "Alike errors",
        "What the start knows, the supervisor knows too: the way leads to it and to no better place.",
        "c ≥ m₀/ρ: the overlap rises to ρ and no further.",
        "warm_start",
        "If the errors are not independent",
    ),
    "none_start": Verdict(
        False,
        "No start",
        "At a random start the gradient is too weak to find the labels’ direction in time.",
        "⟨w₀, w_t⟩ = a ≈ d^(−1/2), and the pull μ(a) = k a^(k−1)(1 + a) vanishes with a. (With many more "
        "labels and steps some random starts arrive; then they imitate.)",
        **WARM,
        settings={"theta": 0.5, "time": 0.35},
    ),
    "wide": Verdict(
        True,
        "Early stopping of a wide student",
        "The teacher’s error lies in functions that the student learns last.",
        "simulation in the synthesis; proved by Medvedev et al. (2025) in their setting.",
        "synthesis",
        "Which mechanism is at work?",
    ),
    "shared": Verdict(
        True,
        "Mechanism I, without a gate",
        "The student sees all that its teacher says, and shrinks the noise in it once more.",
        "every small enough λₛ, exactly if λₜ < λₜ*, whatever γ.",
        **BEYOND,
        explorer="beyond",
        settings={"lam_t": 1.0, "lam_s": 0.5, "gamma": 2.0, "shared": 1},
    ),
    "none_shared": Verdict(
        False,
        "Nothing to repair",
        "The student shrinks twice what was shrunk enough.",
        "λₜ ≥ λₜ*: no λₛ > 0 wins on shared inputs.",
        **BEYOND,
        explorer="beyond",
        settings={"lam_t": 3.0, "lam_s": 0.5, "gamma": 2.0, "shared": 1},
    ),
    "none_class": Verdict(
        False,
        "Signs do not hear loudness",
        "A plain student lowers the volume of its teacher’s answers; their signs only get worse.",
        "cos² is multiplied by a₁²/a₂ ≤ 1; an aligned penalty can turn the direction.",
        BEYOND["page"],
        BEYOND["title"],
    ),
    "imitates": Verdict(
        True,
        "Hardly more than imitation",
        "Trained to the end, a student of finite width misses some of its teacher’s faults; most of the "
        "gain of an early stop is gone, and with unlimited width all of it.",
        "simulation in the synthesis: error 10 to 30 % below the teacher’s at width 700.",
        "synthesis",
        "Which mechanism is at work?",
    ),
}


def decision_guide() -> Guide:
    """Decision guide over all mechanisms: "which mechanism is at work?".

    Examples
    --------
    >>> from w2slib import explorer
    >>> verdicts = [verdict for _, verdict in explorer.decision_guide().walk()]
    >>> len(verdicts), sum(verdict.wins for verdict in verdicts)
    (21, 9)
    """
    return Guide(NODES, "brings", guide_id="guide", title="Guide: which mechanism is at work?")
