"""2.4: a samconfig.toml with two environments, so that no flag need be typed."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path
from typing import Any

from grader.checks import check, exercise, expect, fail

WANTED = {"default": ("stage-test", "us-east-1", "test", 128), "live": ("stage-live", "eu-central-1", "live", 512)}


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
            "A table's name has three parts: environment, command, parameters.",
        )
    found: dict[str, Any] = {}
    for name in ("global", command):
        table = tables.get(name, {})
        found |= table.get("parameters", {}) if isinstance(table, dict) else {}
    return found


def overrides_of(parameters: dict[str, Any]) -> dict[str, str]:
    """parameter_overrides as a dictionary: a text of Key=Value, or a list of them."""
    given = parameters.get("parameter_overrides", "")
    pairs = shlex.split(given) if isinstance(given, str) else [str(one) for one in given]
    if any("=" not in pair for pair in pairs):
        fail("Key=Value Key=Value", str(given), 'parameter_overrides = "Stage=test": pairs, separated by spaces.')
    return {key: value.strip('"') for key, _, value in (pair.partition("=") for pair in pairs)}


def deploy_as(cloud: Any, folder: Path, environment: str) -> Any:
    """What ``sam deploy`` would do with this environment; returns the stack."""
    parameters = parameters_of(folder, environment)
    for key in ("stack_name", "region", "capabilities", "resolve_s3"):
        expect(
            parameters, "Keys are the flags' names with underscores: --stack-name is stack_name.",
            what=f"the parameters of deploy in {environment}",
        ).has_keys(key)  # fmt: skip
    capabilities = parameters["capabilities"]
    return cloud.deploy(
        folder / "template.yaml",
        name=str(parameters["stack_name"]),
        parameters=overrides_of(parameters),
        capabilities=capabilities.split() if isinstance(capabilities, str) else list(capabilities),
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
        asked = {name: parameters_of(folder, name).get("confirm_changeset", False) for name in WANTED}
        expect(asked, "confirm_changeset = true where a person shall look first.", what="confirm_changeset").equals(
            {"default": False, "live": True}
        )

    @check(points=1, needs=deploys_for_testing)
    def is_a_file_that_sam_reads(folder):
        """The file says its version, and finds a place for the code."""
        expect(
            configuration(folder).get("version"), "sam refuses a file without: version = 0.1.", what="version"
        ).equals(0.1)
        for name in WANTED:
            parameters = parameters_of(folder, name)
            expect(
                parameters.get("resolve_s3") is True or bool(parameters.get("s3_bucket")),
                "resolve_s3 = true lets sam make a bucket for the packages. true without quotes.",
                what=f"whether {name} has a place for packages",
            ).is_true()
