"""The repository keeps its own promises: one lock, imports one way, nothing of a machine in tracked files."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from grader import lockfile

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["cloud", "explore", "checks", "grading", "notebooks", "classroom", "commands", "cli"]
# Read by every floor, and reading none: what stands ahead, errors, facts, garbage, the lock.
GROUND = {"ahead", "errors", "facts", "garbage", "lockfile", "__main__"}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines()]


def test_environment_yml_pins_what_the_lock_pins() -> None:
    described = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    pip = next(entry["pip"] for entry in described["dependencies"] if isinstance(entry, dict))
    locked = [line for lines in lockfile.pins().values() for line in lines]

    assert [line for line in pip if line != "-e ." and line not in locked] == []
    written, made = (
        (ROOT / "environment.yml").read_text("utf-8").splitlines(),
        lockfile.environment_yml().splitlines(),
    )
    # What only another Python needs is not installed here, so what that needs in turn cannot be known here.
    others = [line for line in pip if ";" in line and not Requirement(line).marker.evaluate()]  # type: ignore[union-attr]
    assert [line for line in written if line in made or line.strip('- "') not in others] == made


def test_every_line_of_environment_yml_can_be_read() -> None:
    """By conda (``name`` or ``name=version``, all of its match grammar that we use) and by pip."""
    described = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    *conda, last = described["dependencies"]

    assert sorted(described) == ["channels", "dependencies", "name"]
    assert [line for line in conda if not re.fullmatch(r"[a-z][a-z0-9_.-]*(=[0-9][0-9.]*)?", line)] == []
    assert [Requirement(line).name for line in last["pip"] if line != "-e ."]
    assert last["pip"][-1] == "-e ." and "pip" in conda


def test_every_page_of_the_documentation_stands_in_its_navigation() -> None:
    named = set(re.findall(r"(\S+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M))
    written = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}

    assert named ^ written == set(), "name it under nav: in mkdocs.yml"


def test_every_package_that_the_project_names_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {Requirement(line).name.lower() for group in groups for line in group} - {"running-serverless"}

    assert names - set(lockfile.pins()) == set()


def test_a_learner_installs_neither_nbgrader_nor_dask_nor_test_tools() -> None:
    foreign = {"nbgrader", "distributed", "dask", "jupytext", "hypothesis", "mypy", "ruff"}

    assert lockfile.packages_of() & foreign == set()
    assert {"nbgrader", "distributed"} <= lockfile.packages_of(("class",))


def imported_modules(source: Path) -> set[str]:
    """What a module imports when it is imported; imports inside functions are a conscious exception."""
    tree = ast.parse(source.read_text("utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def floor_of(module: str) -> int | None:
    parts = module.split(".")
    if len(parts) < 2 or parts[0] != "grader" or parts[1] not in FLOORS:
        return None
    return FLOORS.index(parts[1])


SOURCES = sorted((ROOT / "grader").rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(source: Path) -> None:
    own = floor_of(".".join(source.relative_to(ROOT).with_suffix("").parts))
    above = {name for name in imported_modules(source) if own is not None and (floor_of(name) or 0) > own}

    assert above == set()


def test_the_cloud_imports_nothing_of_the_course() -> None:
    foreign = {
        name
        for source in (ROOT / "grader" / "cloud").rglob("*.py")
        for name in imported_modules(source)
        if name.startswith("grader.") and not name.startswith("grader.cloud")
    }

    assert foreign == set()


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    telling = re.compile(
        r"--(extra-)?index-url|\"resolved\": *\"http|registry *= *.?http"
        r"|(^|[^A-Za-z0-9._~-])/(work|farm|root)/|pypi\.org|pythonhosted|registry\.npmjs"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix not in {".png", ".jpg", ".gif", ".ipynb"} and path != Path(__file__) and path.exists()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if telling.search(line)
    ]

    assert found == []
