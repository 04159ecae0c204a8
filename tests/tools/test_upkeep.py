"""Rules are run, not remembered: what checks a change is the same everywhere."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml

from tools import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

needs_repository = pytest.mark.skipif(
    not WORKFLOWS, reason="the source distribution has no files for hosts"
)


def prerequisites(target: str) -> list[str]:
    """What a target of the Makefile runs first."""
    return re.search(rf"^{target}:(.*)$", MAKEFILE, re.M)[1].split()


def steps(workflow):
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@needs_repository
def test_a_commit_is_checked_by_the_targets_of_lint():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert [hook["entry"] for hook in hooks] == [f"make {name}" for name in prerequisites("lint")]


@needs_repository
@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_say_their_version(workflow):
    used = re.findall(r"uses: (.*)", workflow.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@needs_repository
def test_every_python_that_the_package_names_is_tested():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [c.rpartition(" ")[2] for c in project["classifiers"] if re.search(r":: 3\.\d", c)]
    jobs = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text("utf-8"))["jobs"]
    assert jobs["book"]["strategy"]["matrix"]["python"] == named
    library = jobs["library"]["strategy"]["matrix"]
    assert {"windows-latest", "macos-latest"} <= set(library["os"])
    assert [library["python"][0], library["python"][-1]] == [named[0], named[-1]]


@needs_repository
def test_targets_that_workflows_run_exist():
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))
    commands = [step["run"] for path in WORKFLOWS for step in steps(path) if "run" in step]
    wanted = {
        name for command in commands for name in re.findall(r"^make ([a-z-]+)", command, re.M)
    }
    assert {"lint", "test", "test-llm", "book", "dist", "bench"} <= wanted <= targets


@needs_repository
def test_continuous_integration_checks_everything_and_skips_nothing_that_it_can_run():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make ([a-z-]+)", script, re.M) == [
        "lint", "dist", "test", "test-engines", "test-llm", "test-grade", "book", "test-lite",
    ]  # fmt: skip
    assert "export W2S_REQUIRE_BROWSER=1" in script
    hosted = [step.get("run", "") for step in steps(ROOT / ".github/workflows/book.yml")]
    asked = set(re.findall(r"^make ([a-z-]+)", script, re.M))
    assert asked == set(re.findall(r"^make ([a-z-]+)", "\n".join(hosted), re.M))
    assert "W2S_REQUIRE_GRADE=1" in MAKEFILE.partition("\ntest-grade:")[2].partition("\n\n")[0]
    assert "W2S_REQUIRE_LLM=1" in MAKEFILE.partition("\ntest-llm:")[2].partition("\n\n")[0]
