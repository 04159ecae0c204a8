"""What Python in a browser lacks and the notebooks use: a pool of processes, a newer SciPy.

The first cell of a notebook in the browser imports this before anything else. It is a wheel of its own,
which only the lite site holds.
"""

import concurrent.futures
import importlib.util
import logging
import os
import sys
import types

os.environ["TQDM_DISABLE"] = "1"
# A browser forgets Matplotlib's list of fonts, and that it is made anew is no news.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
ONE_PROCESS = (
    "Python in a browser has one process: the trials run one after the other, with the same result."
)


class OneProcess(concurrent.futures.Executor):
    """Takes the place of a pool of processes, and calls at once what it is given."""

    def __init__(self, *args, **settings):
        print(ONE_PROCESS)

    def submit(self, fn, /, *args, **kwargs):
        """Call ``fn`` and return what it did as a future that is done."""
        future = concurrent.futures.Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def _elementwise():
    """The part of ``scipy.optimize.elementwise`` (SciPy 1.15) that the package calls, for 1.14."""
    from scipy import optimize
    from scipy.optimize import _chandrupatla as private

    def find_root(f, init, /, *, args=(), tolerances=None, maxiter=None, callback=None):
        options = {"args": args, "maxiter": maxiter, "callback": callback, **(tolerances or {})}
        found = private._chandrupatla(f, *init, **options)
        found.f_x = found.fun
        found.bracket, found.f_bracket = (found.xl, found.xr), (found.fl, found.fr)
        return found

    def find_minimum(f, init, /, *, args=(), tolerances=None, maxiter=100, callback=None):
        options = {"args": args, "maxiter": maxiter, "callback": callback, **(tolerances or {})}
        found = private._chandrupatla_minimize(f, *init, **options)
        found.f_x = found.fun
        found.bracket = (found.xl, found.xm, found.xr)
        found.f_bracket = (found.fl, found.fm, found.fr)
        return found

    module = types.ModuleType("scipy.optimize.elementwise")
    module.find_root, module.find_minimum = find_root, find_minimum
    sys.modules[module.__name__] = optimize.elementwise = module


if sys.platform == "emscripten":
    concurrent.futures.ProcessPoolExecutor = OneProcess
    if importlib.util.find_spec("scipy.optimize.elementwise") is None:
        _elementwise()
