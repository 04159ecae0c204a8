"""The explorer's JavaScript without a browser: its unit tests in js/, on cases that Python computes.

They run in node, which nothing else of the house needs: without one they are skipped, and fail when
W2S_REQUIRE_BROWSER=1.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import pkgutil
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.draws import multi_index_fits, warm_start_fits
from tests.helpers.fields import composed_field
from tools import ROOT
from w2slib.core.ridge_solver import ridge_path
from w2slib.explorer import Axis, Parameter, chapters
from w2slib.explorer.field import round_mantissa
from w2slib.explorer.model.packing import pack
from w2slib.explorer.phase import TEXTS, random_values
from w2slib.explorer.widgets import bundle
from w2slib.explorer.widgets.colours import COLOURS
from w2slib.weighted_ridge import weighted_path

TESTS = sorted((Path(__file__).parent / "js").glob("*.test.js"))
ENTRIES = ["explorer.js", "guide.js", "scores.js"]
WORKER = "worker.js"
NO_NODE = "JavaScript tests skipped: no node >= 18 (install Debian's `nodejs`)"


@pytest.fixture(scope="module")
def node() -> str:
    """Path of a node that has a test runner."""
    path = shutil.which("node")
    version = subprocess.check_output([path, "--version"], text=True) if path else "v0"
    if int(version.strip().removeprefix("v").split(".")[0]) < 18:
        if os.environ.get("W2S_REQUIRE_BROWSER") == "1":
            pytest.fail("W2S_REQUIRE_BROWSER=1, but: " + NO_NODE)
        pytest.skip(NO_NODE)
    return path


def run(command: list, folder: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- cases ----------------------------------------------------------------------------------------


def field_cases() -> dict:
    """What the composed field is, at single points and over pairs of sweeps."""
    field, rng = composed_field(), np.random.default_rng(2)
    description, tables = field.payload()
    names = [*field.defaults, *field.order]

    def at(**settings) -> dict:
        return {name: field.evaluate(name, **settings) for name in names}

    points = []
    for _ in range(60):
        settings = {p.name: float(random_values(p, rng, 1)[0]) for p in field.parameters}
        values = {name: float(value) for name, value in at(**settings).items()}
        points.append({"settings": settings, "values": values})
    return {
        "description": description,
        "tables": base64.b64encode(tables).decode(),
        "names": names,
        "points": points,
        "sweeps": [sweep_case(at, field, *pair) for pair in ("ba", "ac", "nb", "cn")],
    }


def sweep_case(at, field, first: str, second: str) -> dict:
    """Two parameters run over their ranges, the first one fastest."""
    rng = np.random.default_rng(ord(first))
    names = {"first": first, "second": second}
    swept = {name: np.sort(random_values(field.parameter(name), rng, 7)) for name in names.values()}
    others = {p.name: p.low for p in field.parameters if p.name not in swept}
    found = at(**others, **{first: swept[first], second: swept[second][:, None]})
    values = {
        name: np.broadcast_to(value, (7, 7)).ravel().tolist() for name, value in found.items()
    }
    sweeps = {role: {"name": n, "values": swept[n].tolist()} for role, n in names.items()}
    return {**sweeps, "settings": others, "values": values}


def packing_case() -> dict:
    """Numbers of every size and sign, in tables of one value and of many."""
    rng = np.random.default_rng(8)
    sizes = [1, 2, 300, 7]
    tables = [
        round_mantissa(rng.choice([-1, 0, 1], n) * 10 ** rng.uniform(-30, 30, n)) for n in sizes
    ]
    values = np.concatenate(tables).astype(float).tolist()
    return {"bytes": base64.b64encode(pack(tables)).decode(), "sizes": sizes, "values": values}


def axis_case(low: float, high: float, n: int, scale: str) -> dict:
    nodes = Axis("v", low, high, n, scale).nodes.tolist()
    return {"range": {"low": low, "high": high, "scale": scale}, "nodes": nodes}


def slider_case(low: float, high: float, scale: str, **more) -> dict:
    parameter = Parameter("v", "v", low, high, low, scale=scale, **more)
    return {"low": low, "high": high, "scale": scale, "stops": parameter.stops.tolist()}


def number_cases() -> list:
    """Numbers of ordinary size with three significant digits, as Python writes them."""
    rng = np.random.default_rng(4)
    values = rng.choice([-1, 1], 200) * 10 ** rng.uniform(-2.99, 4.9, 200)
    return [[v, f"{float(f'{v:.3g}'):g}".replace("-", "−")] for v in values.tolist()]


def deviate_cases() -> list:
    """What NumPy draws from some seeds."""
    seeds = [[0, 0], [1, 1], [1, 400], [2**32 - 1, 7]]
    return [[seed, np.random.RandomState(seed).standard_normal(1500).tolist()] for seed in seeds]


def fit_cases() -> list:
    """Data sets, and the library's fits to them."""
    rng, dim = np.random.default_rng(6), 23
    cases = []
    for n_t, n_s, lam_t, lam_s, relief in [
        (60, 41, 0.1, 0.3, 0.0),
        (9, 12, 0.01, 0.01, 0.0),
        (60, 12, 0.5, 0.02, 1.0),
        (30, 90, 2.0, 1.0, -2.0),
    ]:
        target, y = rng.standard_normal(dim), rng.standard_normal(n_t)
        X, Z = rng.standard_normal((n_t, dim)), rng.standard_normal((n_s, dim))
        weights = np.ones(dim)
        weights[0] -= relief
        teacher = ridge_path(X, y, np.array([lam_t]))[:, 0]
        student = weighted_path(Z, (Z @ teacher)[:, None], np.array([lam_s]), weights)[0, :, 0]
        arrays = {"target": target, "X": X.ravel(), "y": y, "Z": Z.ravel()}
        cases.append(
            {
                "data": {name: array.tolist() for name, array in arrays.items()},
                "setting": {"lam_t": lam_t, "lam_s": lam_s, "relief": relief},
                "teacher": teacher.tolist(),
                "student": student.tolist(),
                "errors": [float(np.sum((fit - target) ** 2)) for fit in (teacher, student)],
            }
        )
    return cases


def all_texts() -> dict:
    """The phrases of the component, and those of every chapter's explorer."""
    texts = {"standard": TEXTS}
    for found in pkgutil.iter_modules(chapters.__path__):
        module = importlib.import_module(f"{chapters.__name__}.{found.name}")
        texts[found.name] = TEXTS | getattr(module, "TEXTS", {})
    return texts


def cases() -> dict:
    axes = [(0.01, 100, 36, "log"), (-2, 1, 50, "linear"), (0, 4, 8, "sqrt")]
    return {
        "field": field_cases(),
        "packing": packing_case(),
        "axes": [axis_case(*axis) for axis in axes],
        "sliders": [
            slider_case(0.01, 10, "log"),
            slider_case(-2, 1, "linear", step=0.02),
            slider_case(1, 6, "linear", integer=True),
        ],
        "numbers": number_cases(),
        "texts": all_texts(),
        "deviates": deviate_cases(),
        "fits": fit_cases(),
        "multiIndex": [multi_index_fits(adapter) for adapter in (0, 1)],
        "warmStart": [warm_start_fits(degree) for degree in (2, 3, 4)],
    }


def test_units(node, tmp_path):
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases(), allow_nan=False), encoding="utf-8")
    assert len(TESTS) >= 6
    # A runner inside a runner reports to the outer one: not here.
    told = run([node, "--test", *TESTS], W2S_JS_CASES=str(file), NODE_OPTIONS="")
    counts = {what: int(n) for what, n in re.findall(r"(?m)^\S+ (pass|fail|skipped) (\d+)$", told)}
    assert counts["pass"] >= 30, told
    assert counts["fail"] == counts["skipped"] == 0, told


# --- one module for the browser -------------------------------------------------------------------


@pytest.mark.parametrize("entry", ENTRIES)
def test_bundle_is_a_module_without_imports_that_draws(node, tmp_path, entry):
    text = bundle.script(entry)
    namespace = "http://www.w3.org/2000/svg"  # a name, not an address that is asked for
    assert not re.search(r"\bimport\b|https?://|\brequire\(", text.replace(namespace, ""))
    assert len(re.findall(r"(?m)^export ", text)) == 1
    (tmp_path / "bundle.mjs").write_text(text, encoding="utf-8")
    ask = "import('./bundle.mjs').then((it) => console.log(typeof it.default.render))"
    assert run([node, "-e", ask], tmp_path) == "function\n"


def test_every_static_file_reaches_a_browser():
    texts = "\n".join(bundle.script(entry) for entry in [*ENTRIES, WORKER])
    scripts = {path.name for path in bundle.STATIC.glob("*.js")}
    assert scripts == set(re.findall(r"(?m)^// (\S+\.js)$", texts))


@pytest.fixture
def static(tmp_path, monkeypatch):
    """An empty folder of static files, and how to put some there."""
    monkeypatch.setattr(bundle, "STATIC", tmp_path)

    def write(**modules: str) -> None:
        for name, text in modules.items():
            (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")

    return write


def test_bundle_puts_modules_after_what_they_import_and_drops_comments(static):
    static(
        main='// What it does.\nimport { b } from "./b.js";\nimport {\n  a,\n} from "./a.js";\n'
        "/** Notes\n * on it */\nconst all = a + b; // the sum\nexport default { all };\n",
        a="export const a = 1;\n",
        b='import { a } from "./a.js";\nexport const b = a + 1;\n',
    )
    assert bundle.script("main.js") == (
        "// a.js\nconst a = 1;\n\n// b.js\nconst b = a + 1;\n\n"
        "// main.js\nconst all = a + b; // the sum\nexport default { all };\n"
    )


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ({"main": 'import * as a from "./a.js";\n', "a": ""}, r"main\.js: import \* as a"),
        ({"main": 'import { a } from "elsewhere";\n'}, r"main\.js: import"),
        ({"main": 'const a = await import("./a.js");\n'}, r"main\.js: import\("),
        ({"main": 'export { a } from "./a.js";\n'}, r"main\.js: export \{"),
        ({"main": 'import { b } from "./main.js";\n'}, r"go round: main\.js -> main\.js"),
        (
            {"main": 'import { b } from "./a.js";\nconst b = 1;\n', "a": "export const b = 2;\n"},
            r"b stands in a\.js and main\.js",
        ),
    ],
)
def test_bundle_refuses_what_it_cannot_join(static, modules, message):
    static(**modules)
    with pytest.raises(ValueError, match=message):
        bundle.script("main.js")


# --- colours --------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance of a colour #rrggbb, as WCAG 2 defines it."""
    channels = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["text", "muted", "student", "teacher", "focus"])
@pytest.mark.parametrize("behind", ["background", "surface"])
def test_colours_of_text_stand_out(theme, name, behind):
    dark, light = sorted(luminance(COLOURS[key][theme]) for key in (name, behind))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_colour_that_is_used_is_given_and_the_other_way_round():
    files = [*bundle.STATIC.glob("*.css"), bundle.STATIC / "theme.js"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    drawn = text[text.index("const COLOURS") : text.index("]);")]
    used = set(re.findall(r"var\(--w2s-([\w-]+)\)", text)) | set(re.findall(r'"([\w-]+)"', drawn))
    assert used == set(COLOURS)
