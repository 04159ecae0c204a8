"""Every check: what passes, what is refused, and what the message says."""

import numpy as np
import pytest

from w2slib import validation as v


def test_good_values_come_back_as_floats():
    assert v.positive("a", np.array([1, 2])).dtype == float
    assert v.positive("a", 0, allow_zero=True) == 0
    assert v.noise(0) == 0
    assert v.positive("a", [1.0, np.inf], allow_inf=True)[1] == np.inf
    assert v.between("rho", -1, -1, 1) == -1
    assert v.integer("n", np.int64(3)) == 3
    assert isinstance(v.single("a", np.array(1.0)), float)
    assert v.grid("lam", 0.5).shape == (1,)
    assert v.broadcastable(a=np.ones((2, 1)), b=np.ones(3)) == (2, 3)
    assert v.sample_size("gamma", 2.0, 100) == 50


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: v.real("x", [1.0, np.inf]), "x = inf"),
        (lambda: v.real("x", [1j]), "x = "),
        (lambda: v.real("x", [[1], [1, 2]]), "x = "),
        (lambda: v.real("x", None), "x = None"),
        (lambda: v.real("x", True), "x = True"),
        (
            lambda: v.real("x", [True]),
            r"allowed: finite real numbers; received \(an array of dtype bool\)",
        ),
        (lambda: v.real("x", "1.0"), r"x = '1.0'; .*received \(str\)"),
        (lambda: v.real("x", np.ma.array([1.0, 2.0], mask=[0, 1])), "x is a masked array"),
        (lambda: v.positive("lam", [[1.0, -2.0]]), r"entry \[0, 1\] of an array of shape \(1, 2\)"),
        (lambda: v.positive("lam", np.inf), "lam = inf; allowed: finite and > 0"),
        (
            lambda: v.positive("lam", np.nan, allow_inf=True),
            "lam = nan; allowed: > 0, inf included",
        ),
        (
            lambda: v.choice("mode", "ful", ("full", "adapter")),
            "mode = 'ful'; allowed: 'full', 'adapter'",
        ),
        (lambda: v.choice("mode", ["full"], ("full",)), "allowed: 'full'"),
        (lambda: v.instance("target", 0.5, dict), r"target = 0.5 \(float\); allowed: a dict"),
        (lambda: v.positive("lam", [1.0, -2.0]), "lam = -2.0; allowed: finite and > 0"),
        (lambda: v.noise(-1), "noise_var = -1.0; allowed: finite and >= 0"),
        (lambda: v.positive("lam", 0.0), "lam = 0.0; allowed: finite and > 0"),
        (lambda: v.between("rho", 1.5, -1, 1), "rho = 1.5; allowed: between -1 and 1"),
        (lambda: v.integer("dim", 2.5), "dim = 2.5; allowed: an integer >= 1"),
        (lambda: v.integer("dim", True), "dim = True"),
        (lambda: v.integer("dim", 0), "dim = 0"),
        (lambda: v.grid("lam", np.ones((2, 2))), r"lam has shape \(2, 2\)"),
        (lambda: v.grid("lam", []), r"lam has shape \(0,\)"),
        (lambda: v.grid("lam", [1.0, np.inf]), "lam = inf; allowed: finite and >= 0"),
        (lambda: v.grid("lam", [np.nan], allow_inf=True), "lam = nan; allowed: >= 0, inf included"),
        (
            lambda: v.broadcastable(a=np.ones(2), b=np.ones(3)),
            r"a of shape \(2,\), b of shape \(3,\)",
        ),
        (lambda: v.single("rho", np.ones(2)), r"rho has shape \(2,\); allowed: a single number"),
        (lambda: v.sample_size("gamma", [1.0], 10), "gamma has shape"),
        (lambda: v.sample_size("gamma", 8.0, 10), "dim = 10 is too small for gamma = 8"),
        (lambda: v.sample_size("gamma", 3.0, 10), "dim = 10 is too small for gamma = 3"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_grid_takes_infinity_where_it_may():
    np.testing.assert_array_equal(v.grid("lam", [0, np.inf], allow_inf=True), [0, np.inf])
