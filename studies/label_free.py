"""Measure the choice of a penalty without true labels: sampled teachers, and inputs that nobody here made.

    python -m studies.label_free --out w2slib/data/tables/label_free.csv

Takes about ten minutes on one core. A row is one setting; a setting that the file already holds is not
measured again.

*Sampled*: d = 300, 50 and 13, fresh Gaussian inputs, a truth of length 1, noise 1 (in 13 dimensions also
1/4 and 4, in 50 also 1/4). Every source of the scale estimates p/q and the gain of each of 500 teachers;
the oracle knows the truth.

*Semi-synthetic*: inputs of scikit-learn's digits, wine and breast cancer, whitened with the covariance
of all of them; targets are linear with noise 1, in 100 random splits.

*Diabetes*: real labels. The oracle takes the penalty with the least squared error on held-out patients.

``gain`` is that of the named penalty; ``sure_gain`` follows the recipe of the chapter, which takes the
student only if the whole interval for its gain is above 0. A refusal is counted; what the refused
estimate would have done is measured all the same, unless there is none. ``cover_gain`` counts the trials
in which a penalty was named. The second penalty is 40 times the first, or one 40th of it, whichever is
nearer to the best one.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from sklearn import datasets

from studies import TABLES
from w2slib.beyond import Diagnosis, Undiagnosable, diagnose
from w2slib.beyond._estimate import STUDENTS, Source, gaussian_spectra, spectra_of, student_spectra

SEED = 2026
CONFIDENCE = 0.95
UNDER = 0.05
FAR = 40.0
DIM, MEDIUM, SMALL, TRIALS = 300, 50, 13, 500
SPLITS = 100

FIELDS = (
    "data", "source", "teacher", "dim", "n_t", "n_s", "lam_t", "trials", "refused", "kept_teacher",
    "gain", "gain_se", "oracle_gain", "share", "sure_gain", "sure_gain_se", "cover_overlap",
    "cover_gain",
)  # fmt: skip

Trial = tuple[Diagnosis | None, bool, float, Callable[[np.ndarray], np.ndarray]]
"""What was found, whether it was refused, the true p/q, and the true gain at given penalties."""


def main(argv: list[str] | None = None) -> None:
    """Measure every setting that the table lacks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=TABLES / "label_free.csv")
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--splits", type=int, default=SPLITS)
    options = parser.parse_args(argv)
    done = _read(options.out)
    for rows in _measured(done, options.trials, options.splits):
        done += rows
        with options.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(done)


def _read(path: Path) -> list[dict]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _measured(done: list[dict], trials: int, splits: int) -> Iterator[list[dict]]:
    have = {row["data"] for row in done}
    for name in ("diabetes", "wine", "breast cancer", "digits"):
        if name not in have:
            yield real(name, splits)
    for name, dim, ratio, noise_var in (
        ("sampled: small", SMALL, 0.5, 1.0),
        ("sampled: small (little noise)", SMALL, 0.5, 0.25),
        ("sampled: small (much noise)", SMALL, 0.5, 4.0),
        ("sampled: medium", MEDIUM, 0.5, 1.0),
        ("sampled: medium (little noise)", MEDIUM, 0.5, 0.25),
        ("sampled", DIM, 0.5, 1.0),
        ("sampled: few samples", DIM, 1.5, 1.0),
    ):
        if name not in have:
            yield sampled(name, dim, ratio, noise_var, trials)


def summary(trials: list[Trial], **setting: object) -> dict:
    """One row of the table."""
    rows = [_one(found, truth, gain) for found, _, truth, gain in trials]
    gains, best, sure, overlap, inside, kept = np.array(rows, dtype=float).T
    return {
        **setting,
        "trials": len(trials),
        "refused": sum(refused for _, refused, _, _ in trials),
        "kept_teacher": int(kept.sum()),
        "gain": f"{gains.mean():.5f}",
        "gain_se": f"{gains.std(ddof=1) / np.sqrt(len(gains)):.5f}",
        "oracle_gain": f"{best.mean():.5f}",
        "share": f"{gains.mean() / best.mean():.4f}" if best.mean() > 0 else "nan",
        "sure_gain": f"{sure.mean():.5f}",
        "sure_gain_se": f"{sure.std(ddof=1) / np.sqrt(len(sure)):.5f}",
        "cover_overlap": f"{np.nanmean(overlap):.4f}",
        "cover_gain": f"{inside[kept == 0].mean():.4f}" if np.any(kept == 0) else "nan",
    }


def _one(found: Diagnosis | None, truth: float, gain: Callable) -> tuple:
    """Gain, the oracle's, the careful reader's, whether the intervals cover, and the teacher is kept."""
    best = max(0.0, float(gain(STUDENTS).max()))
    if found is None:
        return 0.0, best, 0.0, np.nan, np.nan, True
    kept = found.lam_s is None
    gained = 0.0 if kept else float(gain(np.array([found.lam_s]))[0])
    within = found.overlap_low <= truth <= found.overlap_high
    sure = gained if found.gain_low > 0 else 0.0
    return gained, best, sure, within, found.gain_low <= gained <= found.gain_high, kept


def _second(lam: float, gamma: float) -> float:
    """Another penalty, far from the first."""
    return lam * FAR if lam < gamma / 2 else lam / FAR


def _or_nothing(
    measured: list[float], source: Source, students: np.ndarray, n_s: int
) -> Diagnosis | None:
    """What the checks of `diagnose` would not let pass; None where there is no estimate."""
    try:
        return Diagnosis.of(np.array(measured), source, students, n_s, CONFIDENCE)
    except Undiagnosable:
        return None


# ----------------------------------------------------------------------------------- sampled


def sampled(name: str, dim: int, gamma_t: float, noise_var: float, trials: int) -> list[dict]:
    """Every source of the scale, for an under-regularised and an optimal teacher."""
    rng = np.random.default_rng([SEED, dim, round(10 * gamma_t), round(4 * noise_var)])
    n_t, n_s = round(dim / gamma_t), 2 * dim
    spectra, sources = gaussian_spectra(dim, n_t), {}
    lams = {"under": UNDER, "optimal": noise_var * dim / n_t}
    for kind, lam in lams.items():
        fits = lam, _second(lam, dim / n_t)
        sources[kind, "scale"] = Source(fits[:1], n_t, spectra, scale=1.0)
        sources[kind, "penalty"] = Source(fits, n_t, spectra)
        sources[kind, "teacher"] = Source(fits[:1], n_t, spectra, twin=True)
    cases: dict[tuple[str, str], list[Trial]] = {case: [] for case in sources}
    for _ in range(trials):
        truth = rng.standard_normal(dim)
        truth /= np.linalg.norm(truth)
        first, twin = (_ridge(rng, truth, n_t, noise_var) for _ in range(2))
        Z = rng.standard_normal((n_s, dim))
        student = np.linalg.eigh(Z.T @ Z / n_s)
        for (kind, how), source in sources.items():
            fits = [first(lam) for lam in source.penalties]
            measured = [float(fit @ fit) for fit in fits]
            if source.twin:
                other = twin(lams[kind])
                measured += [float(other @ other), float(fits[0] @ other)]
            found = _or_nothing(measured, source, student[0][None], n_s)
            ratio = float(fits[0] @ truth) / measured[0]
            cases[kind, how].append(
                (found, found is None, ratio, _true_gain(fits[0], truth, *student))
            )
    setting = dict(data=name, dim=dim, n_t=n_t, n_s=n_s)
    return [
        summary(each, source=how, teacher=kind, lam_t=lams[kind], **setting)
        for (kind, how), each in cases.items()
    ]


def _ridge(
    rng: np.random.Generator, truth: np.ndarray, n: int, noise_var: float
) -> Callable[[float], np.ndarray]:
    X = rng.standard_normal((n, len(truth)))
    return _fitted(X, X @ truth + np.sqrt(noise_var) * rng.standard_normal(n))


def _fitted(X: np.ndarray, y: np.ndarray) -> Callable[[float], np.ndarray]:
    values, basis = np.linalg.eigh(X.T @ X / len(X))
    moments = basis.T @ (X.T @ y) / len(X)
    return lambda lam: basis @ (moments / (values + lam))


def _true_gain(
    beta: np.ndarray, truth: np.ndarray, values: np.ndarray, basis: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Teacher's error minus that of the student with each penalty."""
    teacher, goal = basis.T @ beta, basis.T @ truth

    def gain(lam: np.ndarray) -> np.ndarray:
        student = values / (values + lam[:, None]) * teacher
        return ((beta - truth) ** 2).sum() - ((student - goal) ** 2).sum(axis=1)

    return gain


# -------------------------------------------------------------------------------------- real

LOADERS = {
    "diabetes": datasets.load_diabetes,
    "wine": datasets.load_wine,
    "breast cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
}


def real(name: str, splits: int) -> list[dict]:
    """Real inputs, whitened together; real labels where they are numbers."""
    X, y = LOADERS[name](return_X_y=True)
    X = whitened(X)
    dim, n_t = X.shape[1], 2 * X.shape[1]
    rows = []
    for kind in ("under", "careful"):
        lam_t = UNDER if kind == "under" else dim / n_t
        for source in ("penalty",) if name == "diabetes" else ("scale", "penalty"):
            rng = np.random.default_rng([SEED, sum(map(ord, name)), kind == "under"])
            labels = (y - y.mean()) / y.std() if name == "diabetes" else None
            trials = [_split(rng, X, labels, n_t, lam_t, source) for _ in range(splits)]
            n_s = _sizes(len(X), n_t, labels is not None)
            setting = dict(dim=dim, n_t=n_t, n_s=n_s, lam_t=lam_t)
            rows.append(summary(trials, data=name, source=source, teacher=kind, **setting))
    return rows


def whitened(X: np.ndarray) -> np.ndarray:
    """Centred, with the identity as covariance; directions without variance are left out."""
    X = X - X.mean(axis=0)
    scale = X.std(axis=0)
    X = X[:, scale > 0] / scale[scale > 0]
    values, basis = np.linalg.eigh(X.T @ X / len(X))
    keep = values > 1e-6 * values[-1]
    return X @ basis[:, keep] / np.sqrt(values[keep])


def _sizes(n: int, n_t: int, held_out: bool) -> int:
    """Inputs of the student: what the teacher leaves, half of it where labels are held out."""
    return (n - n_t) // 2 if held_out else n - n_t


def _split(
    rng: np.random.Generator, X: np.ndarray, labels: np.ndarray | None, n_t: int, lam_t: float,
    source: str,
) -> Trial:  # fmt: skip
    dim = X.shape[1]
    order = rng.permutation(len(X))
    truth = rng.standard_normal(dim)
    truth /= np.linalg.norm(truth)
    noisy = X @ truth + rng.standard_normal(len(X)) if labels is None else labels
    n_s = _sizes(len(X), n_t, labels is not None)
    first, unlabelled, rest = np.split(order, [n_t, n_t + n_s])
    fit, Z = _fitted(X[first], noisy[first]), X[unlabelled]
    lam_2 = _second(lam_t, dim / n_t)
    beta, other = fit(lam_t), fit(lam_2)
    student = np.linalg.eigh(Z.T @ Z / n_s)
    if labels is None:
        gain, known = _true_gain(beta, truth, *student), truth
    else:
        gain = _held_out_gain(beta, *student, X[rest], noisy[rest])
        known = X.T @ labels / len(X)  # least squares on everybody
    q, spectra = float(beta @ beta), spectra_of(Z, n_t)
    arguments = dict(n_t=n_t, lam_t=lam_t, n_s=n_s)
    if source == "scale":
        measured, sure = [q], Source((lam_t,), n_t, spectra, scale=1.0)
        arguments["scale"] = 1.0
    else:
        measured, sure = [q, float(other @ other)], Source((lam_t, lam_2), n_t, spectra)
        arguments |= dict(second="penalty", second_answers=Z @ other, second_lam_t=lam_2)
    try:
        found, refused = diagnose(Z, Z @ beta, **arguments), False
    except Undiagnosable:
        found, refused = _or_nothing(measured, sure, student_spectra(Z, n_s), n_s), True
    return found, refused, float(beta @ known) / q, gain


def _held_out_gain(
    beta: np.ndarray, values: np.ndarray, basis: np.ndarray, X: np.ndarray, y: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Teacher's squared error on held-out labels minus that of the student with each penalty."""
    teacher = basis.T @ beta

    def gain(lam: np.ndarray) -> np.ndarray:
        student = values / (values + lam[:, None]) * teacher
        return ((X @ beta - y) ** 2).mean() - ((X @ basis @ student.T - y[:, None]) ** 2).mean(
            axis=0
        )

    return gain


if __name__ == "__main__":
    main()
