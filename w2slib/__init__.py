"""Exactly solvable models of weak-to-strong generalization.

One module per chapter of the book: `random_matrices` (tools), `ridge` (Mechanism I),
`weighted_ridge` (Mechanism II), `multi_index` (Mechanism III), `warm_start` (pre-training),
`checkpoints` (real networks). `simulation`, `metrics` and `validation` serve all of them,
`plots` and `explorer` draw what they compute.
"""

__version__ = "0.1.0"
