"""What is installed: versions and their lock, the wheel on its own, the source distribution."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import w2slib
from tests.helpers.environments import Environment
from tools import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = (ROOT / "requirements-lock.txt").read_text(encoding="utf-8")
MOST_PACKAGES = 45


# -------------------------------------------------------------------------------- one version


def test_the_version_is_the_same_in_every_place():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", changelog, re.M)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    cited = citation["version"], citation["date-released"].isoformat()
    assert releases[0] == cited
    assert releases[0][0] == w2slib.__version__
    assert PROJECT["dynamic"] == ["version"]  # pyproject.toml reads it from w2slib


def test_releases_in_the_changelog_go_down_from_unreleased():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *releases = re.findall(r"^## \[(.+?)\]", changelog, re.M)
    assert first == "Unreleased"
    numbers = [tuple(map(int, release.split("."))) for release in releases]
    assert numbers == sorted(set(numbers), reverse=True)


# -------------------------------------------------------------------------------- requirements


def required(*extras: str) -> list[Requirement]:
    """Requirements of the project, with those of extras that an extra names."""
    found = [Requirement(text) for text in PROJECT["dependencies"]]
    for extra in extras:
        for requirement in map(Requirement, EXTRAS[extra]):
            if requirement.name == PROJECT["name"]:
                found += required(*requirement.extras)
            else:
                found.append(requirement)
    return found


def locked() -> dict[str, list[str]]:
    """Versions in the lock by name of the package."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", LOCK, re.M):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def test_the_lock_satisfies_every_requirement_of_book_test_and_dev():
    versions = locked()
    for requirement in required("book", "test", "dev"):
        held = versions.get(canonicalize_name(requirement.name), [])
        assert held, f"{requirement.name} is not in the lock: make lock"
        assert all(version in requirement.specifier for version in held), requirement


def test_the_lock_pins_and_hashes_everything_and_holds_no_address():
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    entries = "\n".join(lines).replace("\\\n", " ").splitlines()
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==\S+ ", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert not re.search(r"://|--(extra-)?index-url|--find-links|file:|@|(^| )/", LOCK)


def test_language_models_are_not_in_the_lock():
    assert not {"torch", "transformers", "safetensors"} & set(locked())


def test_requirements_txt_only_installs_the_project():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if not line.startswith("#")] == ["-e .[book,test]"]


def test_a_runtime_requirement_has_no_upper_bound():
    operators = {
        s.operator for text in PROJECT["dependencies"] for s in Requirement(text).specifier
    }
    assert operators == {">="}


def test_all_names_every_other_extra():
    (requirement,) = map(Requirement, EXTRAS["all"])
    assert requirement.extras == set(EXTRAS) - {"all"}


# --------------------------------------------------------------------------- the library alone


def needed(name: str, extras: frozenset[str] = frozenset(), seen: set | None = None) -> set[str]:
    """Names of the installed packages that ``name`` needs, itself included."""
    seen = set() if seen is None else seen
    if (name, extras) in seen:
        return set()
    seen.add((name, extras))
    found = {name}
    for text in importlib.metadata.requires(name) or []:
        requirement = Requirement(text)
        environments = [default_environment() | {"extra": extra} for extra in {"", *extras}]
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
            child = canonicalize_name(requirement.name)
            found |= needed(child, frozenset(requirement.extras), seen)
    return found


def library_packages() -> set[str]:
    """What an environment holds into which only the library was installed, apart from pip."""
    packages = {"w2slib"}
    for requirement in required():
        packages |= needed(canonicalize_name(requirement.name), frozenset(requirement.extras))
    return packages


def test_the_library_alone_needs_few_packages():
    assert len(library_packages() | {"pip", "setuptools"}) <= MOST_PACKAGES


# Stands in for an environment with nothing else in it: what the library does not require is not
# found. `optional` is what the library asks for only when it is used.
ALONE = """
import importlib, importlib.metadata, pkgutil, re, sys

allowed, folder = set(sys.argv[1].split(",")), sys.argv[2]
owners = importlib.metadata.packages_distributions()
sys.path.insert(0, folder)

class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        names = {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners.get(top, [])}
        if names and not names & allowed:
            raise ModuleNotFoundError(f"{name} is not there", name=name)

sys.meta_path.insert(0, Refuse())
import w2slib
assert w2slib.__file__.startswith(folder), w2slib.__file__
for module in pkgutil.walk_packages(w2slib.__path__, "w2slib."):
    importlib.import_module(module.name)
from w2slib import explorer, ridge
ratios = {"gamma_t": 0.5, "gamma_s": 0.5, "noise_var": 1.0}
result = ridge.simulate([0.1, 1.0], [0.5], **ratios, dim=20, n_trials=2, rng=0)
explorer.ridge()._repr_mimebundle_()
try:
    import pytest
except ModuleNotFoundError:
    print("alone")
"""


def tracked(*below: str) -> set[str]:
    """Files in git, as paths from the root; none where there is no git."""
    if not (ROOT / ".git").exists():
        return set()
    listed = subprocess.run(
        ["git", "ls-files", "-z", *below], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> Path:
    """Folder with wheel and source distribution, made from a copy of what is in git."""
    if not tracked():
        pytest.skip("the sources are not in git")
    folder = tmp_path_factory.mktemp("dist")
    for name in tracked():
        target = folder / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    command = [sys.executable, "-m", "build", "--no-isolation", "-o", folder, folder / "source"]
    built = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    return folder


def test_wheel_holds_every_file_of_the_package_and_nothing_else(dist):
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {name for name in names if not name.startswith("w2slib-")}
    assert package == tracked("w2slib")
    assert {"w2slib/py.typed", "w2slib/explorer/__init__.py"} <= package
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_source_distribution_holds_what_is_in_git(dist):
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {member.name.partition("/")[2] for member in opened if member.isfile()}
    # What hosts and editors read, and the tests do not need, stays away.
    assert {name for name in tracked() if not name.startswith(".")} <= names
    made = {"PKG-INFO", "setup.cfg"}
    assert {n for n in names - tracked() - made if not n.startswith("w2slib.egg-info/")} == set()


def test_metadata_says_what_the_package_is(dist):
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (n for n in opened.namelist() if n.endswith("METADATA"))
        metadata = opened.read(name).decode()
    header, _, body = metadata.partition("\n\n")
    assert f"Version: {w2slib.__version__}\n" in header
    assert "Requires-Python: >=3.11\n" in header
    assert "Description-Content-Type: text/markdown" in header
    assert "Classifier: Typing :: Typed" in header
    assert "Project-URL: " in header
    assert body.startswith("# Weak-to-strong generalization")


def test_every_module_works_with_the_packages_of_the_library_alone(dist, tmp_path):
    (wheel,) = dist.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path)
    allowed = ",".join(library_packages())
    command = [sys.executable, "-P", "-c", ALONE, allowed, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=tmp_path)
    assert (ran.stdout, ran.returncode) == ("alone\n", 0), ran.stderr


# ------------------------------------------------------------------------- Binder and Colab


def test_requirements_txt_alone_brings_the_package(dist, tmp_path):
    """As Binder does: in a new environment, with nothing else said, a notebook started in book/."""
    environment = Environment(tmp_path / "environment")
    environment.install("-r", "requirements.txt", cwd=dist / "source")
    told = environment.run(
        "-c", "import w2slib; print(w2slib.__file__)", cwd=dist / "source" / "book"
    )
    assert Path(told.strip()) == dist / "source" / "w2slib" / "__init__.py"


def test_one_line_brings_the_package_from_a_repository(dist, tmp_path):
    """As in Colab: the scientific stack is there, and pip takes the package from git."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "copy"]):
        subprocess.run([*git, *command], cwd=dist / "source", check=True)
    environment = Environment(tmp_path / "environment")
    environment.install(f"git+{(dist / 'source').as_uri()}@main")
    names = environment.run("-c", "from w2slib import data; print(data.names())", cwd=tmp_path)
    assert "tiny_transformer.csv" in names
