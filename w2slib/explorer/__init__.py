r"""Live sliders for every chapter: on the published page, without a kernel, and in JupyterLab.

A chapter calls its constructor (:func:`ridge`, :func:`landing`, …) and shows what it returns. A
constructor does three things, in pure Python: it *tabulates* what the chapter module computes, it
writes the errors as *sums of products* of these tables, and it says in *words* what the reader is
to see. No JavaScript is needed, and none of it knows any theory.

A complete example: a student that keeps a share ``s`` of a teacher with overlap ``p(lam)`` and
energy ``q(lam)`` has the error 1 − 2 s p + s² q.

>>> import numpy as np
>>> from w2slib import explorer
>>> from w2slib.explorer import Field, Marker, Parameter, Preset, Quantity, Table
>>> lam = Parameter("lam", "λ", 0.01, 10, 0.1, description="penalty")            # log slider
>>> share = Parameter("s", "s", 0, 1, 0.5, scale="linear", description="share kept")
>>> nodes = [lam.axis(32)]
>>> tables = [                                  # the chapter module is called here, and only here
...     Table.tabulate("p", nodes, lambda lam: 1 / (1 + lam)),
...     Table.tabulate("q", nodes, lambda lam: (1 + 0.3 / lam) / (1 + lam) ** 2),
... ]
>>> quantities = [                              # (coefficient, factor, factor, …)
...     Quantity("teacher", [(1,), (-2, "p"), (1, "q")]),
...     Quantity("diff", [(2, "p"), (-1, "q"), (-2, "s", "p"), (1, "s", "s", "q")]),
...     Quantity("student", [(1, "teacher"), (1, "diff")]),
...     Quantity("lam_best", [(0.3,)]),         # where q = p
... ]
>>> field = Field([lam, share], tables, quantities)
>>> phase = explorer.PhaseExplorer(
...     field, "lam", "s",
...     explorer_id="toy", title="A student that keeps a share of its teacher",
...     presets=[Preset("bad teacher", {"lam": 0.02}, "the student should keep little of it")],
...     markers=[Marker("lam_best", "λ* = 0.3")],
...     texts={"before_marker": "The teacher shrinks too little: λ = {value} < {marker}."},
... )
>>> phase                                                      # last line of the notebook's cell
PhaseExplorer('toy', x='lam', y='s')
>>> phase.set(lam=0.02, s=0.1)
>>> phase.evaluate("diff") < 0
True
>>> bool(np.abs(field.evaluate("p", lam=0.123) - 1 / 1.123) < 1e-5)
True

Composition. The coordinate of an axis may be a quantity or a table: with
``Quantity("z", …)`` and ``Axis("z", 0, 1, 32)`` a table is looked up at z, which is how a function
of many parameters fits into few numbers. A square-root threshold, f(v) = sqrt(v) for v > 0 and 0
below, is exact on ``Axis("v", 0, 1, 32, "sqrt")``, because coordinates outside an axis are moved
to its end.

Accuracy. Interpolation is cubic: halve the spacing and the error falls sixteenfold. Compare
``field.evaluate`` with the chapter module at random settings, and add nodes until the error is
below 1e-3 of the field's range; ``tests/explorer/test_explorer.py`` does so for every explorer in
the list ``EXPLORERS``, and the browser tests repeat it on the built page.

Speed. The browser evaluates a quantity once per pixel only if it depends on both axes of the map
*through a composition or a table*; products of a function of x and a function of y cost nothing.
A redraw must stay below 8 ms: at most some ten per-pixel look-ups.

Draws. ``PhaseExplorer(..., sampling=Sampling(model, ratios))`` adds buttons that draw data sets at the
setting shown. The browser does then what the chapter's ``simulate`` does, and no theory: it samples, solves,
and measures, in a Web Worker (``static/samples.js`` has the models). Draw k of seed s comes from
``numpy.random.RandomState([s, k])``, deviate for deviate: target, inputs and noise of the teacher, inputs of
the student, in this order, so that Python can draw it again:

>>> from w2slib.core.ridge_solver import ridge_path
>>> source, d, n = np.random.RandomState([1, 1]), 100, 200      # seed 1, draw 1, γ = 1/2, σ² = 1
>>> target = source.standard_normal(d) / np.sqrt(d)
>>> X = source.standard_normal((n, d))
>>> y = X @ target + source.standard_normal(n)
>>> teacher = ridge_path(X, y, np.array([0.1]))[:, 0]
>>> Z = source.standard_normal((n, d))
>>> student = ridge_path(Z, Z @ teacher, np.array([0.1]))[:, 0]
>>> [round(float(np.sum((fit - target) ** 2)), 3) for fit in (student, teacher)]
[0.577, 0.636]

The sentence calls theory inside when it is within two standard errors and the allowance for the finite
size, 3/d as in the static figures (`Sampling` has what is allowed besides).

Predict first. ``phase.cover()`` covers verdict, colours and curves until the reader has voted; what is
asked are the ``votes=[Vote("Who wins?"), …]`` of the explorer, the first about the setting at which it
opens. What is right is read off the field, and the vote stays in the reader's page.

Test hook. The element ``[data-explorer="<id>"]`` has a property ``w2slib`` with ``settings()``,
``set({...})``, ``evaluate(name, {...})``, ``sentence()``, ``verdict()``, ``isCovered()``, ``samples()``
(what is drawn), ``setFlush(on)``, ``redrawTimes`` and ``draws``; it
serves the tests and may change.
"""

# The former places of model and widgets: w2slib.explorer.field and so on.
from . import canvas, field, guide, phase, scores  # noqa: F401
from .chapters.beyond import accuracy, beyond, diagnose
from .chapters.checkpoints import digit_scores
from .chapters.multi_index import multi_index
from .chapters.random_matrices import random_matrices
from .chapters.ridge import landing, ridge
from .chapters.synthesis import decision_guide
from .chapters.warm_start import warm_start
from .chapters.weighted_ridge import weighted_ridge
from .model import Axis, Field, Parameter, Quantity, Table
from .widgets.phase import Curve, Marker, PhaseExplorer, Preset, Vote
from .widgets.sampling import Sampling
from .widgets.scores import ScoreExplorer

__all__ = [
    "Axis",
    "Curve",
    "Field",
    "Marker",
    "Parameter",
    "PhaseExplorer",
    "Preset",
    "Quantity",
    "Sampling",
    "ScoreExplorer",
    "Table",
    "Vote",
    "accuracy",
    "beyond",
    "decision_guide",
    "diagnose",
    "digit_scores",
    "landing",
    "multi_index",
    "random_matrices",
    "ridge",
    "warm_start",
    "weighted_ridge",
]
