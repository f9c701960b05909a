"""Releases of an answer: the same project with other code, deployed over the stack that is there."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from grader.checks import CheckFailed, expect, fail

BROKEN = "def lambda_handler(event, context):\n    raise RuntimeError('this release is broken')\n"
LIVE = "Let SAM publish a version at each release and keep an alias called live: AutoPublishAlias."


def release(cloud: Any, folder: Path, files: Mapping[str, str], *, wait: bool = True) -> Any:
    """Deploy the answer with some files changed, over the stack ``answer``.

    Parameters
    ----------
    files
        Contents by name; they take the place of the answer's own.
    wait
        Whether to move the clock until the deployment is over.
    """
    with TemporaryDirectory(prefix="release-") as temporary:
        project = Path(temporary, "project")
        shutil.copytree(folder, project)
        for name, content in files.items():
            (project / name).write_text(content, "utf-8")
        return cloud.deploy(project / "template.yaml", name="answer", wait=wait)


def revised(folder: Path, file: str, number: int) -> dict[str, str]:
    """A release whose code is other code, and does the same."""
    return {file: f"{(folder / file).read_text('utf-8')}\n# release {number}\n"}


def alias_of(cloud: Any, function: str, name: str = "live") -> tuple[str, float]:
    """Where an alias routes: its version, and the share of the other one, 0 to 1."""
    client = cloud.client("lambda")
    known = {one["Name"]: one for one in client.list_aliases(FunctionName=function)["Aliases"]}
    if name not in known:
        fail(f"an alias called {name}", f"the aliases {sorted(known)}", LIVE, "template.yaml")
    weights = known[name].get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return str(known[name]["FunctionVersion"]), float(sum(weights.values()))


def published(cloud: Any, function: str) -> list[str]:
    """The numbers of the published versions, ascending."""
    pages = cloud.client("lambda").get_paginator("list_versions_by_function").paginate(FunctionName=function)
    return [one["Version"] for page in pages for one in page["Versions"] if one["Version"] != "$LATEST"]


def next_version(cloud: Any, function: str) -> str:
    """The number that a function's next version will have."""
    return str(1 + max((int(number) for number in published(cloud, function)), default=0))


def expect_release(stack: Any, wanted: str, hint: str) -> None:
    """The stack came to the end that it should come to; otherwise the reason is told."""
    if stack.status != wanted:
        reason = f": {stack.failure.reason}" if stack.failure is not None else ""
        raise CheckFailed(f"a stack that is {wanted}", f"{stack.status}{reason}", hint, "template.yaml")


def expect_version(found: str, wanted: str, what: str, hint: str) -> None:
    """A request or an alias has the version that it should have."""
    expect(found, hint, what=what).equals(wanted)
