"""Calls of answers: every kind of mistake gets one sentence, and every style of a right answer passes."""

import math
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from w2slib import checks, ridge
from w2slib.core import checks as checks_module


def answer_of(function, **options):
    """The call of a function that a notebook calls ``f``."""
    namespace = {"f": function, "options": options, "Answer": checks.Answer}
    exec("answer = Answer('f', **options)", namespace)
    return namespace["answer"]


RIGHT = [2, 2.0, np.float32(2), [2.0], np.array([[2.0]]), Fraction(2), 2 + 0j, np.array(2), (2,)]


@dataclass
class Model:
    weights: np.ndarray


@pytest.mark.parametrize("value", [(1.0, np.array([2.0])), [[1.0], 2.0], {"a": 1, "b": 2}.values()])
def test_numbers_of_mixed_shapes(value):
    assert answer_of(lambda: value).numbers(2) == [1.0, 2.0]


@pytest.mark.parametrize("value", RIGHT, ids=repr)
def test_a_number_in_any_style(value):
    assert answer_of(lambda: value).number() == 2.0
    assert answer_of(lambda: value).whole() == 2


def spoils(x):
    x += 1
    return 2.0


def prints_for_ever(x):
    while True:
        print("spam" * 10_000)


WRONG = {
    "None": (lambda x: None, "returns nothing"),
    "print": (lambda x: print(2), "write `return` instead of `print`"),
    "nan": (lambda x: np.nan, "nan"),
    "inf": (lambda x: np.inf, "infinite"),
    "two": (lambda x: [1, 2], "one number, not 2"),
    "text": (lambda x: "2", "not a str"),
    "nothing at all": (lambda x: [], "one number, not 0"),
    "complex": (lambda x: 2j, "not a complex"),
    "dictionary": (lambda x: {"a": 2}, "not a dict"),
    "masked": (lambda x: np.ma.masked_array([2.0], mask=[True]), "nan"),
    "text as an object": (lambda x: np.array(["2"], object), "not a ndarray"),
    "time": (lambda x: np.timedelta64(2, "s"), "not a timedelta64"),
    "function": (lambda x: len, "not a builtin_function_or_method"),
    "too large": (lambda x: 10**400, "not an int"),
    "argument": (spoils, "changes its argument `x`"),
    "signature": (lambda: 2, "other arguments"),
    "print for ever": (prints_for_ever, "prints without end"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_said_in_one_sentence(kind):
    function, words = WRONG[kind]
    x = np.zeros(3)
    with pytest.raises(AssertionError, match=re.escape(words)) as told:
        answer_of(function).number(x)
    assert re.fullmatch(r"[^.\n]*[.?]", str(told.value))
    assert not x.any(), "the argument was a copy"


def test_an_answer_that_prints_much_is_right_and_what_it_printed_is_cut(capsys):
    assert answer_of(lambda x: [print("x" * 999) for _ in range(999)] and 2.0).number(1) == 2.0
    assert 50_000 < len(capsys.readouterr().out) <= checks_module.KEPT


def test_arrays_have_the_shape_that_is_asked_for_apart_from_ones():
    for value in ([1, 2, 3], np.ones((3, 1)), np.ones((1, 3), np.float32), iter([1, 2, 3])):
        assert answer_of(lambda value=value: value).array((3,)).shape == (3,)
    with pytest.raises(AssertionError, match="should return 3 numbers, not 4 of them"):
        answer_of(lambda: np.ones(4)).array((3,))
    with pytest.raises(AssertionError, match=r"should return shape \(2, 3\), not \(3, 2\)"):
        answer_of(lambda: np.ones((3, 2))).array((2, 3))
    one, two = answer_of(lambda: [np.ones(2), [1, 2, 3]]).arrays([(2,), (3,)])
    assert (one.shape, two.shape) == ((2,), (3,))
    with pytest.raises(AssertionError, match="should return 2 things, not 1"):
        answer_of(lambda: 3.0).arrays([(2,), (3,)])


def test_truths_and_tables():
    assert answer_of(lambda: np.array([True])).truth() is True
    with pytest.raises(AssertionError, match="True or False"):
        answer_of(lambda: 0.3).truth()
    (found,) = answer_of(lambda: (np.array([True, False]),)).truths([(2,)])
    assert found.tolist() == [True, False]
    assert answer_of(lambda: {"a": [1]}).table(["a"]) == {"a": 1.0}
    with pytest.raises(AssertionError, match="a dictionary with the keys a, b"):
        answer_of(lambda: {"a": 1}).table(["a", "b"])


def test_words():
    assert answer_of(lambda: np.array("Never ")).word(["never", "always"]) == "never"
    for value in ("perhaps", 3, ["never", "always"]):
        with pytest.raises(AssertionError, match="one of the words never, always"):
            answer_of(lambda value=value: value).word(["never", "always"])


def test_what_may_be_infinite_or_nan_is_said_by_the_check():
    assert answer_of(lambda: np.inf, allow=["inf"]).number() == np.inf
    assert math.isnan(answer_of(lambda: np.nan, allow=["nan"]).number())
    with pytest.raises(ValueError, match="allow = 'none'"):
        answer_of(lambda: 1, allow=["none"])


portal = ridge.gate


def hidden(gamma_s):
    return portal(gamma_s)


def in_a_thread(gamma_s):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ridge.gate, gamma_s).result()


SHORTCUTS = [ridge.gate, hidden, lambda g: getattr(ridge, "etag"[::-1])(g), in_a_thread]


@pytest.mark.parametrize("function", [*SHORTCUTS, lambda g: map(ridge.gate, [g])])
def test_a_shortcut_is_found_under_any_name(function):
    with pytest.raises(AssertionError, match="calls `gate`, which this exercise"):
        answer_of(function, without=[ridge.gate]).number(2.0)
    with pytest.raises(AssertionError, match="calls `gate`"):
        answer_of(function, without=["ridge"]).number(2.0)
    with pytest.raises(AssertionError, match="calls `gate`"):
        answer_of(function, without=["ridge.gate"]).number(2.0)
    assert answer_of(function).number(2.0) > 0


def test_a_shortcut_that_hides_from_the_profiler():
    def unseen(gamma_s):
        before = sys.getprofile()
        sys.setprofile(None)
        value = ridge.gate(gamma_s)
        sys.setprofile(before)
        return value

    with pytest.raises(AssertionError, match=r"calls `sys\.setprofile`"):
        answer_of(unseen, without=["ridge.gate"]).number(2.0)


def test_an_object_that_is_changed():
    def forgets(model):
        model.weights[:] = 0
        return 1.0

    model = Model(np.ones(2))
    with pytest.raises(AssertionError, match="changes its argument `model`"):
        answer_of(forgets).number(model)
    assert model.weights.sum() == 2
    assert answer_of(lambda model: model.weights.sum()).number(model) == 2


def test_what_the_library_itself_calls_is_no_shortcut():
    inside = answer_of(lambda g: ridge.regime(0.1, 0.5, g, 1.0) == "never", without=[ridge.gate])
    assert inside.truth(2.0) in (True, False)


root = np.sqrt
BY_ROOTS = {
    "attribute": lambda x: np.sqrt(x),
    "alias": lambda x: root(x),
    "power": lambda x: x**0.5,
    "half": lambda x: x ** (1 / 2),
    "pow": lambda x: pow(x, 0.5),
    "power of numpy": lambda x: np.power(x, 0.5),
    "roots": lambda x: np.roots([1, 0, -x])[-1],
    "math": lambda x: math.sqrt(x),
    "default": lambda x, take=np.sqrt: take(x),
    "inner": lambda x: (lambda y: y**0.5)(x),
    "helper": lambda x: BY_ROOTS_HELPER(x),
    "named half": lambda x, half=0.5: x**half,
    "one over two": lambda x, two=2: x ** (1 / two),
    "inverse root": lambda x: x * x**-0.5,
    "method": lambda x: x.__pow__(0.5),
    "logarithm": lambda x: np.exp(np.log(x) / 2),
    "norm": lambda x: np.linalg.norm([x**0.0, np.hypot(1, 1), 1]),
    "eigenvalues": lambda x: np.linalg.eigvals([[0, x], [1, 0]]).real.max(),
    "name in a text": lambda x: getattr(np, "sqrt")(x),  # noqa: B009
}


def BY_ROOTS_HELPER(x):  # noqa: N802
    return np.sqrt(x)


@pytest.mark.parametrize("kind", BY_ROOTS)
def test_a_root_is_found_where_formulas_are_forbidden(kind):
    with pytest.raises(AssertionError, match="takes a square root"):
        answer_of(BY_ROOTS[kind], roots=False)
    assert answer_of(BY_ROOTS[kind]).number(4.0) == pytest.approx(2.0)


def test_halving_and_squaring_take_no_root():
    assert answer_of(lambda x: 0.5 * (x + 2 / x) ** 2, roots=False).number(2.0) == 4.5

    def search(x):
        low, high = np.log(x), 0.0
        for _ in range(60):
            low, high = (low + high) / 2, high
        return np.exp(high)

    assert answer_of(search, roots=False).number(2.0) == 1.0


def test_overwritten_and_missing_names_are_explained():
    notebook = {"ridge": ridge, "f": 2.0, "Answer": checks.Answer, "data": np.zeros(3)}
    with pytest.raises(AssertionError, match="no function `g`"):
        exec("Answer('g')", notebook)
    with pytest.raises(AssertionError, match="`f` is a float and no function"):
        exec("Answer('f')", notebook)
    notebook["f"] = lambda: 1.0
    checks.remember(notebook, "ridge", "data")
    exec("Answer('f')", notebook)
    for spoil in ("ridge = 3", "data[0] = 1", "del data"):
        changed = dict(notebook, data=np.zeros(3))
        exec(spoil, changed)
        with pytest.raises(AssertionError, match="no longer means what the notebook gave it"):
            exec("Answer('f')", changed)
    own, ridge.gate = ridge.gate, abs
    try:
        with pytest.raises(AssertionError, match=r"`ridge\.gate` is no longer the library's"):
            exec("Answer('f')", notebook)
    finally:
        ridge.gate = own
    with pytest.raises(ValueError, match="names = 'none'"):
        checks.remember(notebook, "none")


def test_closeness_is_never_nan_and_never_another_shape():
    assert checks.close(np.float32(0.1), 0.1)
    assert not checks.close(np.nan, np.nan)
    assert not checks.close([0.1, 0.1], 0.1)
