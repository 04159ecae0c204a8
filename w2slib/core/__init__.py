"""What every chapter uses and no reader needs to open first.

`validation` checks arguments, `trials` repeats an experiment, `results` is what simulations return,
`ridge_solver` solves sampled regressions, `blocks` divides coordinates, `portions` takes large grids
in pieces, `hermite` and `kernels` are functions of mathematics, `metrics` measures success,
`checks` calls answers to exercises. Nothing here imports a chapter.
"""
