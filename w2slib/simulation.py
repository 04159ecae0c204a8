"""Independent trials and sampled regressions; they live in `w2slib.core`.

`run_trials` repeats an experiment on any executor and gives an `Estimate` of each array. Results are
frozen: they know the parameters and the seed that made them, print in a line, are compared by content,
become a table (`Result.to_dataframe`) and a file (`Result.save`, `Result.load`).
"""

from w2slib.core.deprecation import renamed
from w2slib.core.results import Estimate, Interval, Result, RidgeSimulation, Setting
from w2slib.core.ridge_solver import RidgeProblem, RidgeSolutions, ridge_path
from w2slib.core.trials import Trial, run_trials, simulator

__all__ = [
    "Estimate",
    "Interval",
    "Result",
    "RidgeProblem",
    "RidgeSimulation",
    "RidgeSolutions",
    "Setting",
    "Trial",
    "ridge_path",
    "run_trials",
    "simulator",
]

__getattr__ = renamed(__name__, {"Simulation": "RidgeSimulation"})
