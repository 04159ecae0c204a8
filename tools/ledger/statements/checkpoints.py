"""Claims of the chapter on checkpoints of real networks."""

from __future__ import annotations

from functools import cache

import numpy as np

from tools.ledger.statements import claim
from w2slib import checkpoints
from w2slib.checkpoints import (
    Study,
    Supervisor,
    change_point,
    crossing_shift,
    feature_alignment,
    rank_correlation,
    same_step_correlation,
    seed_mean,
)
from w2slib.studies import digits as study_of_digits

QUALITIES, NOISES = (0.5, 0.6, 0.7, 0.8), (0.1, 0.2, 0.3)


@cache
def _studies(rng: int) -> tuple[list[Study], list[Study], Study]:
    """The page's studies: by what the supervisor sees, by label noise, the control."""
    variants = [Supervisor(visible=share) for share in QUALITIES]
    variants += [Supervisor(label_noise=share) for share in NOISES]
    variants += [Supervisor(shuffled=True)]
    *studies, control = checkpoints.digits_studies(variants, 25, n_seeds=20, rng=rng)
    return studies[: len(QUALITIES)], studies[len(QUALITIES) :], control


def _digits(rng: int) -> Study:
    return _studies(rng)[0][1]


@claim(
    "checkpoints",
    "With the same supervisor and the same labels, the average student is worse than its supervisor "
    "early in pre-training and better later.",
)
def worse_first_better_later(rng: int) -> bool:
    """Mean accuracies at the first and at the last checkpoint."""
    gain = _digits(rng).gain.mean(axis=1)
    return gain[0] < 0 < gain[-1]


@claim("checkpoints", "Within a few dozen steps it overtakes.")
def overtakes_within_a_few_dozen_steps(rng: int) -> bool:
    """The whole interval of the crossing lies between the first step and step 48."""
    digits = _digits(rng)
    crossing = change_point(digits.steps, digits.gain, rng=0).crossing
    return crossing.low > 0 and crossing.high < 48


@claim(
    "checkpoints",
    "averaged over the checkpoints, the 95 % interval of the student's gain over this supervisor does "
    "not lie above 0",
)
def control_gains_nothing(rng: int) -> bool:
    """Student's interval of the mean over the checkpoints."""
    return seed_mean(_studies(rng)[2].gain.mean(axis=0)).low <= 0


@claim("checkpoints", "between 0.15 and 0.35 whichever twenty seeds one takes")
def single_seeds_differ(rng: int) -> bool:
    """Standard deviation of the final PGR of single seeds."""
    return 0.15 < np.nanstd(_digits(rng).pgr[-1], ddof=1) < 0.35


@claim(
    "checkpoints",
    "Along the steps the correlation with readability is between 0.8 and 0.95, and so is that with the "
    "bare step",
)
def readability_is_as_close_as_the_step(rng: int) -> bool:
    """Both typical correlations."""
    digits = _digits(rng)
    step = np.tile(digits.steps[:, None], len(digits.weak))
    found = [rank_correlation(x, digits.gain).value for x in (digits.probe_accuracy, step)]
    return all(0.8 < r < 0.95 for r in found)


@claim("checkpoints", "With the step held fixed a correlation of about one half remains")
def about_one_half_remains(rng: int) -> bool:
    """Between 0.35 and 0.65, and its interval excludes 0."""
    digits = _digits(rng)
    r = rank_correlation(digits.probe_accuracy, digits.gain, given=digits.steps)
    return 0.35 < r.value < 0.65 and r.low > 0


@claim(
    "checkpoints",
    "at the same step the networks with the more readable task tend to gain more",
)
def readable_networks_gain_more(rng: int) -> bool:
    """A correlation above 0.2 among networks; its interval excludes 0 for most seeds, not for all."""
    digits = _digits(rng)
    return same_step_correlation(digits.probe_accuracy, digits.gain).value > 0.2


@claim("checkpoints", "The more the supervisor sees, the later it is overtaken.")
def better_supervisors_are_overtaken_later(rng: int) -> bool:
    """In the order of the four shares, and surely between the first and the last."""
    studies, _, _ = _studies(rng)
    steps = studies[0].steps
    onsets = [change_point(steps, study.gain, rng=0).crossing.value for study in studies]
    shift = crossing_shift(steps, studies[0].gain, studies[-1].gain, rng=0)
    return bool(np.all(np.diff(onsets) > 0)) and shift.low > 0


@claim("checkpoints", "in pairs the delay is sure")
def noise_delays_the_beginning(rng: int) -> bool:
    """30 % of flipped labels against none, on the same networks."""
    digits, noisy = _digits(rng), _studies(rng)[1][-1]
    return crossing_shift(digits.steps, digits.gain, noisy.gain, rng=0).low > 0


@claim(
    "checkpoints",
    "the paired loss is at most a few points, and for 10 and 20 % its interval contains 0.",
)
def noise_costs_little_at_the_end(rng: int) -> bool:
    """At most five points on average, for all three noises."""
    digits, losses = _digits(rng), []
    for noisy in _studies(rng)[1]:
        losses.append(seed_mean(100 * (digits.gain[-1] - noisy.gain[-1])))
    undecided = all(loss.low <= 0 <= loss.high for loss in losses[:2])
    return undecided and max(loss.value for loss in losses) < 5


@claim(
    "checkpoints",
    "With one component the two go together less closely, with eight as closely as with four or more "
    "closely.",
)
def four_components_are_enough(rng: int) -> bool:
    """Typical rank correlations of ten networks at 15 checkpoints, for 1, 4 and 8 components."""
    steps = study_of_digits._digit_steps(15)
    odd = study_of_digits._digits()[1] % 2
    gains, aligned = [], {1: [], 4: [], 8: []}
    for own in np.random.default_rng(rng).spawn(10):
        deal = study_of_digits._deal_digits(own)
        weak = study_of_digits._weak_labels(Supervisor(), deal, np.random.default_rng(rng))
        hidden = list(study_of_digits._pretrain(steps, deal, own))
        rows = [study_of_digits._digit_checkpoint(h, deal, odd, [weak]) for h in hidden]
        gains.append([row[0][0] for row in rows])
        train = deal["student"]
        for r, found in aligned.items():
            found.append([feature_alignment(h[train], odd[train], r) for h in hidden])
    of = {r: rank_correlation(np.transpose(a), np.transpose(gains)) for r, a in aligned.items()}
    return of[1].value < of[4].value - 0.1 and of[8].value > of[4].value - 0.03
