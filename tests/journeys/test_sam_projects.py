"""The real ``sam`` and ``aws`` on the finished project of every chapter: built, deployed, called, looked at, deleted.

No flag is typed beyond what the projects' own ``samconfig.toml`` leaves open; nothing in them is adapted to us.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from grader.cloud.iam.identity import DEVELOPER_KEY, DEVELOPER_SECRET
from tests.journeys.real_clients import Terminal, copied, grader_serve, needs_aws
from tests.journeys.warm_sam import WarmSam, warm_sam

pytestmark = pytest.mark.journey
SOLUTIONS = Path(__file__).parents[2] / "solutions"
# The last chapter's is the capstone: learners make it themselves, so it is no folder of its own.
CAPSTONE = SOLUTIONS / "ch13_deployment_options" / "13_6_capstone"
COLD = SOLUTIONS / "ch09_events" / "app"
# Invoking and reading logs is the same for all; a first one, one with events, and the last one show it.
INVOKED = ("ch03_web_service", "ch09_events", "ch13_deployment_options")
PROJECTS = [*sorted(path.parent for path in SOLUTIONS.glob("ch*/app/template.yaml")), CAPSTONE]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with grader_serve(tmp_path_factory.mktemp("serve")) as address:
        yield address


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmSam]:
    with warm_sam() as warm:
        yield warm


@pytest.fixture
def terminal(address: str, warm: WarmSam, request: pytest.FixtureRequest, tmp_path: Path) -> Terminal:
    """A terminal in a copy of the project; in the project of :data:`COLD` ``sam`` is the script itself."""
    return Terminal(address, copied(request.param, tmp_path), tmp_path, None if request.param == COLD else warm)


@pytest.fixture(scope="module")
def cloudformation(address: str) -> Any:
    """boto3's client of the served account, which it reaches over the network."""
    session = boto3.Session(DEVELOPER_KEY, DEVELOPER_SECRET, region_name="us-east-1")
    return session.client("cloudformation", endpoint_url=address)


@pytest.fixture(scope="module")
def event(address: str, warm: WarmSam, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What API Gateway sends, as ``sam`` itself generates it."""
    folder = tmp_path_factory.mktemp("event")
    return Terminal(address, folder, folder, warm).sam("local generate-event apigateway aws-proxy").out


def stack_of(terminal: Terminal) -> str:
    return str(
        tomllib.loads((terminal.folder / "samconfig.toml").read_text())["default"]["global"]["parameters"]["stack_name"]
    )


@pytest.mark.parametrize(
    ("terminal", "chapter"),
    [pytest.param(path, path.parent.name, id=path.parent.name) for path in PROJECTS],
    indirect=["terminal"],
)
def test_a_chapters_project_lives_its_whole_life(
    terminal: Terminal, chapter: str, event: str, cloudformation: Any
) -> None:
    stack = stack_of(terminal)
    build(terminal)
    deployed = terminal.sam("deploy --no-progressbar")
    assert f"Successfully created/updated stack - {stack} in us-east-1" in deployed.out

    endpoints = terminal.sam("list endpoints --output json").json
    functions = [one["LogicalResourceId"] for one in endpoints if one["PhysicalResourceId"].startswith(stack)]
    for url in addresses(endpoints):
        assert terminal.get(url)[0] in (200, 400, 401, 403, 404), url
    if chapter in INVOKED:
        invoked = terminal.sam(f"remote invoke {functions[0]} --event-file -", typed=event)
        json.loads(invoked.out)
        # as text, or, where a project asks, as JSON
        terminal.logs(f"--name {functions[0]}", 'REPORT RequestId: |"platform.report"')

    assert "Deleted successfully" in terminal.sam("delete --no-prompts").out
    left = cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])
    assert stack not in [one["StackName"] for one in left["StackSummaries"]]


def build(terminal: Terminal) -> None:
    """``sam build``; where it lacks the Python that Runtime names, or packages, the sources are deployed."""
    built = terminal.sam("build", good=False)
    if built.status:
        asks = list(terminal.folder.rglob("requirements.txt"))
        assert asks and re.search("Binary validation failed|ResolveDependencies", built.err), built.err


def addresses(endpoints: list[dict[str, Any]]) -> list[str]:
    """Every GET of an API that needs no value in its path."""
    found = []
    for one in endpoints:
        if isinstance(one["CloudEndpoint"], list):
            paths = [method.partition("[")[0] for method in one["Methods"] if "'get'" in method and "{" not in method]
            found += [base + path for base in one["CloudEndpoint"] for path in paths]
    return [url for url in found if "/Stage/" not in url]  # SAM's stray stage


def boto3_of_another_process(terminal: Terminal, service: str, operation: str, **parameters: Any) -> Any:
    """One call by a Python program that knows nothing of us."""
    program = (
        "import boto3, json, sys; service, operation, parameters = json.loads(sys.argv[1])\n"
        "print(json.dumps(getattr(boto3.client(service), operation)(**parameters), default=str))"
    )
    return terminal.run("python", "-c", program, json.dumps([service, operation, parameters])).json


HELLO = pytest.mark.parametrize("terminal", [SOLUTIONS / "ch03_web_service" / "app"], ids=["ch03"], indirect=True)


@HELLO
def test_code_is_synced_and_logs_are_followed(terminal: Terminal) -> None:
    terminal.sam("build")
    terminal.sam("deploy --no-progressbar")
    assert "is up to date" in terminal.sam("deploy --no-progressbar").out
    listed = {one["LogicalResourceId"] for one in terminal.sam("list resources --output json").json}
    assert {"HelloFunction", "HelloFunctionRole", "ServerlessRestApi"} <= listed
    outputs = {one["OutputKey"]: one["OutputValue"] for one in terminal.sam("list stack-outputs --output json").json}

    handler = terminal.folder / "hello" / "app.py"
    handler.write_text(handler.read_text().replace("says hello", "says good-bye"))
    terminal.sam("sync --code", typed="y\n")
    assert "says good-bye" in terminal.get(outputs["HelloUrl"])[1]

    with terminal.watching("sam", "logs", "--tail") as tail:
        assert tail.stdout is not None
        line = tail.stdout.readline()
        while "START RequestId" not in line:
            line = tail.stdout.readline()
        terminal.sam("remote invoke HelloFunction")
        seen = {found[1]} if (found := re.search(r"RequestId: (\S+)", line)) else set()
        while len(seen) < 2:
            found = re.search(r"START RequestId: (\S+)", tail.stdout.readline())
            seen |= {found[1]} if found else set()
    terminal.sam("delete --no-prompts")


@HELLO
def test_a_package_is_deployed_by_the_aws_command(terminal: Terminal) -> None:
    needs_aws()
    who = terminal.aws("sts", "get-caller-identity").json
    assert who["Arn"] == "arn:aws:iam::123456789012:user/developer"
    terminal.aws("s3", "mb", "s3://packages-of-ours")
    terminal.sam("package --s3-bucket packages-of-ours --output-template-file packaged.yaml")
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    deploy = ["cloudformation", "deploy", "--template-file", "packaged.yaml", "--stack-name", "by-aws"]
    terminal.aws(*deploy, "--capabilities", *capabilities)
    [stack] = terminal.aws("cloudformation", "describe-stacks", "--stack-name", "by-aws").json["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert terminal.get(outputs["HelloUrl"])[0] == 200

    invoked = terminal.aws("lambda", "invoke", "--function-name", outputs["HelloFunction"], "answer.json")
    assert (invoked.json["StatusCode"], "statusCode" in (terminal.folder / "answer.json").read_text()) == (200, True)
    search = ("logs", "filter-log-events", "--log-group-name", f"/aws/lambda/{outputs['HelloFunction']}")
    found = (terminal.aws(*search).json["events"] for _ in range(20))  # they are found some seconds later
    assert any(event["message"].startswith("REPORT") for events in found for event in events)
    (terminal.folder / "note.txt").write_text("kept")
    terminal.aws("s3", "cp", "note.txt", "s3://packages-of-ours/note.txt")
    assert terminal.aws("s3", "cp", "s3://packages-of-ours/note.txt", "-").out == "kept"
    link = terminal.aws("s3", "presign", "s3://packages-of-ours/note.txt").out.strip()
    assert "X-Amz-Signature" in link or "Signature" in link
    refused = terminal.aws("lambda", "invoke", "--function-name", "nobody", "answer.json", good=False)
    assert "(ResourceNotFoundException) when calling the Invoke operation: Function not found" in refused.err
    terminal.aws("cloudformation", "delete-stack", "--stack-name", "by-aws")
    terminal.aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", "by-aws")


@pytest.mark.parametrize(
    "terminal", [SOLUTIONS / "ch10_components" / "10_3_metadata"], ids=["ch10"], indirect=True
)  # fmt: skip
def test_an_application_is_published(terminal: Terminal) -> None:
    terminal.sam("build")
    terminal.sam("package --resolve-s3 --output-template-file packaged.yaml")
    published = terminal.sam("publish --template packaged.yaml")
    assert "applications~" in published.out
    found = boto3_of_another_process(terminal, "serverlessrepo", "list_applications")
    assert len(found["Applications"]) == 1


@HELLO
def test_wrong_keys_are_refused_in_awss_words(terminal: Terminal) -> None:
    terminal.variables["AWS_SECRET_ACCESS_KEY"] = "guessed"
    refused = terminal.sam("list stack-outputs", good=False)
    assert (refused.status, "SignatureDoesNotMatch" in refused.err) == (1, True)


@HELLO
def test_a_profile_in_a_file_is_enough(terminal: Terminal) -> None:
    profile = Path(terminal.variables["HOME"]) / ".aws" / "config"
    profile.parent.mkdir()
    keys = {name: terminal.variables.pop(name) for name in list(terminal.variables) if name.startswith("AWS_")}
    profile.write_text(
        "[profile pocket]\nregion = us-east-1\n"
        f"endpoint_url = {terminal.address}\n"
        f"aws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
    )
    terminal.variables["AWS_PROFILE"] = "pocket"
    found = boto3_of_another_process(terminal, "sts", "get_caller_identity")
    assert found["Account"] == "123456789012"


def test_boto3_is_not_led_astray_by_this_process() -> None:
    """The tests' own process talks to no served cloud: what the journeys see comes over the network."""
    assert boto3.DEFAULT_SESSION is None
