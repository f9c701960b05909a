"""Facts that an installed package states are compared with it: botocore, cfn-lint, the SAM translator, versions.

A fact in ``facts.toml`` says where, by ``confirm =`` and one of these:

``{botocore = "lambda MemorySize", limit = "min"}``    a shape's limit is the number
``{botocore = "lambda Invoke()", says = "is {text}"}``  the words of an operation, a shape or a member hold this
``{botocore = "lambda Runtime", has = "{value}"}``      one of a shape's values
``{runtime = "python3.13", date = "deprecated"}``       cfn-lint's calendar of runtimes has the date
``{schema = "AWS::Lambda::Function", at = "properties/Layers/maxItems"}``   cfn-lint's schema has the number
``{sam = "ch03_web_service/demo_ping/template.yaml"}``  SAM makes that number of resources of it
``{version = "aws-sam-cli"}``                           the installed version begins with the value
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from botocore.model import NoShapeFoundError

from grader.cloud.errors import CloudError
from grader.facts import Fact
from grader.grading.verify.finding import Finding


def verify_facts(facts: Iterable[Fact], solutions: Path) -> list[Finding]:
    """One finding for each fact that a package can confirm."""
    return [Finding("facts", fact.key, _problems(fact, solutions)) for fact in facts if fact.confirm]


def _problems(fact: Fact, solutions: Path) -> tuple[str, ...]:
    try:
        found = _CONFIRM[_kind(fact)](fact, solutions)
    except (LookupError, ValueError, CloudError, NoShapeFoundError, importlib.metadata.PackageNotFoundError) as problem:
        return (f"{dict(fact.confirm)} could not be looked up: {problem!r}",)
    return (f"facts.toml says {fact.text}, and {found}",) if found else ()


def _kind(fact: Fact) -> str:
    kinds = [kind for kind in _CONFIRM if kind in fact.confirm]
    if len(kinds) != 1:
        raise ValueError(f"one of {', '.join(_CONFIRM)} says which package is asked")
    return kinds[0]


def _botocore(fact: Fact, solutions: Path) -> str:
    service, _, path = fact.confirm["botocore"].partition(" ")
    shape = _shape(service, path)
    if "limit" in fact.confirm:
        stated = shape.metadata[fact.confirm["limit"]]
        return "" if stated == fact.number else f"botocore's {path} has the {fact.confirm['limit']} {stated}"
    if "has" in fact.confirm:
        wanted = fact.confirm["has"].format(value=fact.value)
        return "" if wanted in shape.enum else f"botocore's {path} does not know {wanted}"
    words = " ".join(re.sub(r"<[^>]+>", "", shape.documentation).split())
    wanted = fact.confirm["says"].format(text=fact.text, value=fact.value)
    return "" if wanted in words else f"botocore says of {path}: {words}"


def _shape(service: str, path: str) -> Any:
    import botocore.session

    model: Any = botocore.session.get_session().get_service_model(service)
    if path.endswith("()"):
        return model.operation_model(path.removesuffix("()"))
    name, *members = path.split(".")
    shape = model.shape_for(name)
    for member in members:
        shape = shape.members[member]
    return shape


def _runtime(fact: Fact, solutions: Path) -> str:
    stated = _runtimes()[fact.confirm["runtime"]][fact.confirm["date"]]
    return "" if _in_words(stated) == fact.value else f"cfn-lint's calendar says {_in_words(stated)}"


@functools.cache
def _runtimes() -> Mapping[str, Mapping[str, str]]:
    table = resources.files("cfnlint.data.AdditionalSpecs").joinpath("LmbdRuntimeLifecycle.json")
    return dict(json.loads(table.read_text("utf-8")))


def _in_words(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B} {day.year}"


def _schema(fact: Fact, solutions: Path) -> str:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # seconds; nothing else needs it

    stated = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", fact.confirm["schema"]).schema
    for step in fact.confirm["at"].split("/"):
        stated = stated[step]
    return "" if stated == fact.number else f"cfn-lint's schema says {stated}"


def _sam(fact: Fact, solutions: Path) -> str:
    from grader.cloud.stacks.templates.template import load  # the translator's import takes half a second
    from grader.explore.ch03_expansion import expanded

    made = len(expanded(load(solutions / fact.confirm["sam"]))["Resources"])
    return "" if made == fact.number else f"the SAM translator makes {made} resources"


def _version(fact: Fact, solutions: Path) -> str:
    installed = importlib.metadata.version(fact.confirm["version"])
    return "" if f"{installed}.".startswith(f"{fact.value}.") else f"{fact.confirm['version']} {installed} is installed"


_CONFIRM: Mapping[str, Callable[[Fact, Path], str]] = {
    "botocore": _botocore,
    "runtime": _runtime,
    "schema": _schema,
    "sam": _sam,
    "version": _version,
}
