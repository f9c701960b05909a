"""2.4: a samconfig.toml with two environments, so that no flag need be typed."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

from grader.checks import check, exercise, expect, fail

WANTED = {"default": ("stage-test", "us-east-1", "test", 128), "live": ("stage-live", "eu-central-1", "live", 512)}
TEMPLATES = ("template.yaml", "./template.yaml", ".aws-sam/build/template.yaml")
LONG_FORM = re.compile(r"^ParameterKey=([^,=]+),ParameterValue=")
SEPARATOR = re.compile(r"[,;](\w+=|$)")  # what people put between two pairs, where a space belongs
YES = {"true", "yes", "on", "1", "t", "y"}  # sam reads a flag in quotes as well


def configuration(folder: Path) -> dict[str, Any]:
    """The file's tables."""
    try:
        return tomllib.loads((folder / "samconfig.toml").read_text("utf-8"))
    except tomllib.TOMLDecodeError as problem:
        fail("TOML", str(problem), "Texts in quotes, true and false without, one key on a line.", "samconfig.toml")


def parameters_of(folder: Path, environment: str, command: str = "deploy") -> dict[str, Any]:
    """What ``sam <command> --config-env <environment>`` reads: the command's own table over the global one."""
    tables = configuration(folder).get(environment)
    if not isinstance(tables, dict):
        fail(
            f"a table [{environment}.{command}.parameters]",
            f"the environments {sorted(key for key in configuration(folder) if key != 'version')}",
            "A table's name has three parts: environment, command, parameters. "
            f"The environment is {environment} here, as --config-env says, or default without it.",
        )
    found: dict[str, Any] = {}
    for name in ("global", command):
        table = tables.get(name, {})
        given = table.get("parameters", {}) if isinstance(table, dict) else table
        if not isinstance(given, dict):
            fail(f"a table [{environment}.{name}.parameters]", repr(given), "Flags stand below it, one key on a line.")
        found |= given
    return found


def is_set(parameters: dict[str, Any], flag: str) -> bool:
    """Whether sam takes a flag as given."""
    return str(parameters.get(flag, False)).strip().lower() in YES


def overrides_of(parameters: dict[str, Any]) -> dict[str, str]:
    """parameter_overrides as a dictionary."""
    return _pairs_of(parameters.get("parameter_overrides", ""))


def _pairs_of(given: Any) -> dict[str, str]:
    """What sam reads: a text of Key=Value or ParameterKey=Key,ParameterValue=Value, a table, or a list of these."""
    if isinstance(given, dict):
        return {key: str(value) for key, value in given.items()}
    if isinstance(given, list):
        return {key: value for one in given for key, value in _pairs_of(one).items()}
    hint = 'parameter_overrides = "Stage=test": pairs, separated by spaces.'
    try:
        pairs = [LONG_FORM.sub(r"\1=", pair) for pair in shlex.split(str(given))]
    except ValueError as problem:
        fail("Key=Value Key=Value", f"{given}: {problem}", hint)
    if any("=" not in pair or SEPARATOR.search(pair) for pair in pairs):
        fail("Key=Value Key=Value", str(given), hint)
    return {key: value.strip('"') for key, _, value in (pair.partition("=") for pair in pairs)}


def capabilities_of(parameters: dict[str, Any]) -> list[str]:
    """The capabilities: a text of them, or a list."""
    given = parameters["capabilities"]
    found = given.split() if isinstance(given, str) else given
    expect(found, 'capabilities = "CAPABILITY_IAM": a text, or a list of texts.', what="capabilities").is_list()
    return [str(one) for one in found]


def check_that_it_deploys(parameters: dict[str, Any], environment: str) -> None:
    """What sam looks at before it makes a change set, and whether it then executes it."""
    hint = "Keys are the flags' names with underscores: --stack-name is stack_name."
    if environment != "default":
        hint += f" And {environment} takes nothing over from default: what it needs, it says itself."
    what = f"the parameters of deploy in {environment}"
    expect(parameters, hint, what=what).has_keys("stack_name", "region", "capabilities")
    check_place_for_packages(parameters, environment)
    expect(
        parameters.get("template_file", "template.yaml"), "There is one template.", what="template_file"
    ).is_in(TEMPLATES)  # fmt: skip
    expect(
        is_set(parameters, "no_execute_changeset"),
        "With it sam makes a change set and leaves it there: no stack has changed.",
        what=f"no_execute_changeset in {environment}",
    ).is_false()


def check_place_for_packages(parameters: dict[str, Any], environment: str) -> None:
    """The code has to go into a bucket first: one that sam makes, or one that is named."""
    given = [key for key in ("resolve_s3", "s3_bucket") if key in parameters]
    places = [is_set(parameters, "resolve_s3"), bool(parameters.get("s3_bucket"))]
    if sum(places) != 1:
        fail(
            f"a place for the packages of {environment}",
            ", ".join(f"{key} = {parameters[key]!r}" for key in given) or "neither resolve_s3 nor s3_bucket",
            "resolve_s3 = true lets sam make a bucket, s3_bucket names one of yours; sam refuses both together.",
        )


def deploy_as(cloud: Any, folder: Path, environment: str) -> Any:
    """What ``sam deploy`` would do with this environment; returns the stack."""
    parameters = parameters_of(folder, environment)
    check_that_it_deploys(parameters, environment)
    given = overrides_of(parameters)
    if not given:
        hint = f'Stage has no default: parameter_overrides = "Stage={WANTED[environment][2]}" gives it a value.'
        fail(f"parameter_overrides in {environment}", f"the keys {sorted(parameters)}", hint)
    return cloud.deploy(
        folder / "template.yaml",
        name=str(parameters["stack_name"]),
        parameters=given,
        capabilities=capabilities_of(parameters),
    )


@exercise(
    "2.4",
    "No flags",
    slug="2_4_samconfig",
    files=["samconfig.toml"],
    minutes=15,
    hints=[
        "Whatever you would type after sam deploy may stand in this file: one key for each flag. Which flags does this "
        "template need? Try it, and see what sam asks.",
        "[environment.command.parameters]: default is used when --config-env says nothing. Flags become keys with "
        "underscores. An environment takes nothing over from another one.",
        'stack_name, region, capabilities = "CAPABILITY_IAM", resolve_s3 = true, confirm_changeset, and '
        'parameter_overrides = "Stage=live Memory=512", in both tables.',
    ],
    passed="Two stacks from one template, and nobody has to remember a flag. Whoever deploys to customers is asked "
    "once more.",
)
class SamConfig:
    @check(points=2)
    def deploys_for_testing(cloud, folder):
        """`sam deploy` makes the stack for testing."""
        name, region, stage, memory = WANTED["default"]
        stack = deploy_as(cloud, folder, "default")
        expect(stack.name, what="the stack").equals(name)
        expect(parameters_of(folder, "default")["region"], what="the Region").equals(region)
        answer = cloud.invoke(stack.resources["StageFunction"].physical_id).payload
        hint = "parameter_overrides gives the template its parameters; Stage has no default."
        expect({**answer, "memory": int(answer["memory"])}, hint, what="the function's answer").equals(
            {"stage": stage, "memory": memory}
        )

    @check(points=2, needs=deploys_for_testing)
    def deploys_for_customers(cloud, folder):
        """`sam deploy --config-env live` makes the other one, beside it."""
        name, region, stage, memory = WANTED["live"]
        first = deploy_as(cloud, folder, "default")
        stack = deploy_as(cloud, folder, "live")
        hint = "Two environments, two stacks: another stack_name, or the second deployment changes the first stack."
        expect(stack.name, hint, what="the stack").equals(name)
        expect(parameters_of(folder, "live")["region"], what="the Region").equals(region)
        answer = cloud.invoke(stack.resources["StageFunction"].physical_id).payload
        hint = 'parameter_overrides = "Stage=live Memory=512".'
        expect({**answer, "memory": int(answer["memory"])}, hint, what="the function's answer").equals(
            {"stage": stage, "memory": memory}
        )
        still = cloud.invoke(first.resources["StageFunction"].physical_id).payload
        expect(still["stage"], what="the stack for testing").equals("test")

    @check(points=1, needs=deploys_for_testing)
    def asks_before_customers_notice(folder):
        """Customers' stack is changed only after a question; testing is not held up."""
        read = {name: parameters_of(folder, name) for name in WANTED}
        asked = {name: is_set(read[name], "confirm_changeset") or is_set(read[name], "guided") for name in WANTED}
        hint = "confirm_changeset = true where a person shall look first; guided = true asks every time, too."
        expect(asked, hint, what="whether sam asks").equals({"default": False, "live": True})

    @check(points=1, needs=deploys_for_testing)
    def is_a_file_that_sam_reads(folder):
        """The file says its version, and finds a place for the code."""
        expect(
            configuration(folder).get("version"),
            "sam refuses a file without version = 0.1, which is a number: no quotes.",
            what="version",
        ).equals(0.1)
        for name in WANTED:
            check_place_for_packages(parameters_of(folder, name), name)
