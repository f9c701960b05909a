"""What learners forget breaks visibly, for real clients: in AWS's own words, and at a gate that the status page names.

The template is ``forgetful/template.yaml``, deployed once by the real ``sam``.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from grader.cloud.serving import ServedCloud
from tests.journeys.real_clients import Terminal, copied, needs_aws

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]
FORGETFUL = Path(__file__).parent / "forgetful"


class Forgetful:
    """The stack, and those who use it."""

    def __init__(self, served: ServedCloud, folder: Path) -> None:
        self.served, self.cloud = served, served.cloud
        self.terminal = Terminal(served.address, copied(FORGETFUL, folder), folder)
        self.terminal.sam("deploy --stack-name forgetful --resolve-s3 --capabilities CAPABILITY_IAM --no-progressbar")
        self.outputs = served.cloud.stacks.get("forgetful").outputs

    def local(self, output: str, path: str) -> str:
        """An address for programs that know nothing of AWS's names."""
        return self.cloud.local_url(self.outputs[output] + path)

    def gate(self) -> str:
        """Where the last request broke or waits, as the status page says."""
        found = re.search(r"(?:broke|waits) at \w+: [^<]+", self.page())  # newest first
        return html.unescape(found[0]) if found else ""

    def page(self) -> str:
        """The status page's list of requests."""
        return requests.get(f"{self.served.address}/_pocket/traces", timeout=60).text

    def drawn(self) -> str:
        """The drawing of the last request, as its page shows it."""
        name = self.cloud.traces.recent(1)[0].id
        return requests.get(f"{self.served.address}/_pocket/traces/{name}", timeout=60).text


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forgetful]:
    needs_aws()
    with ServedCloud() as served:
        yield Forgetful(served, tmp_path_factory.mktemp("forgetful"))


def test_a_forgotten_policy_breaks_at_iam(forgetful: Forgetful) -> None:
    answer = requests.post(forgetful.local("Url", "/save"), timeout=60)

    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    words = (
        r"User: arn:aws:sts::123456789012:assumed-role/forgetful-SaveFunctionRole-\w+/forgetful-SaveFunction-\w+ is "
    )
    words += r"not authorized to perform: s3:PutObject on resource: "
    assert re.match("broke at iam: " + words, forgetful.gate())
    denied = r"\(AccessDenied\) when calling the PutObject operation: " + words
    forgetful.terminal.logs("--stack-name forgetful --name SaveFunction", denied)
    assert "BROKEN" in forgetful.drawn().upper()


def test_a_forgotten_event_source_lets_an_upload_end_in_silence(forgetful: Forgetful) -> None:
    photo = forgetful.terminal.folder / "beach.jpg"
    photo.write_bytes(b"...")
    forgetful.terminal.aws("s3", "cp", photo.name, f"s3://{forgetful.outputs['Photos']}/{photo.name}")

    assert forgetful.gate() == ("waits at filter: The bucket notifies nobody: it has no notification configuration.")
    group = f"/aws/lambda/{forgetful.outputs['ThumbFunction']}"
    nothing = forgetful.terminal.aws(
        "logs", "get-log-events", "--log-group-name", group, "--log-stream-name", "x", good=False
    )
    assert (
        "(ResourceNotFoundException) when calling the GetLogEvents operation: The specified log group does not exist"
        in nothing.err
    )


def test_a_forgotten_permission_of_an_event_source_is_refused_when_it_is_set_up(forgetful: Forgetful) -> None:
    told = [{"LambdaFunctionArn": forgetful.outputs["ThumbArn"], "Events": ["s3:ObjectCreated:*"]}]
    refused = forgetful.terminal.aws(
        "s3api", "put-bucket-notification-configuration", "--bucket", forgetful.outputs["Photos"],
        "--notification-configuration", json.dumps({"LambdaFunctionConfigurations": told}), good=False,
    )  # fmt: skip
    assert "(InvalidArgument)" in refused.err
    assert "Unable to validate the following destination configurations" in refused.err

    refused = forgetful.terminal.aws(
        "lambda", "create-event-source-mapping", "--function-name", forgetful.outputs["ThumbFunction"],
        "--event-source-arn", forgetful.outputs["JobsArn"], good=False,
    )  # fmt: skip
    assert "(InvalidParameterValueException)" in refused.err
    assert "execution role does not have permissions to call ReceiveMessage on SQS" in refused.err


def test_an_api_without_a_permission_breaks_at_permission(forgetful: Forgetful) -> None:
    answer = requests.get(forgetful.local("ThumbUrl", "/latest"), timeout=60)

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})
    why = (
        f"The resource-based policy of {forgetful.outputs['ThumbArn']} does not let apigateway.amazonaws.com invoke it"
    )
    assert forgetful.gate().startswith(
        f"broke at permission: API Gateway may not invoke {forgetful.outputs['ThumbArn']}: {why}"
    )


def test_a_wrong_alias_is_not_found(forgetful: Forgetful) -> None:
    missing = f"Function not found: {forgetful.outputs['ThumbArn']}:live"
    refused = forgetful.terminal.aws(
        "lambda", "invoke", "--function-name", forgetful.outputs["ThumbFunction"], "--qualifier", "live", "answer.json",
        good=False,
    )  # fmt: skip
    assert f"(ResourceNotFoundException) when calling the Invoke operation: {missing}" in refused.err
    assert forgetful.gate() == f"broke at function: {missing}"

    answer = requests.get(forgetful.local("ThumbUrl", "/alias"), timeout=60)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})
    assert forgetful.gate().startswith("broke at permission: ") and forgetful.gate().endswith(missing)


@pytest.mark.parametrize(
    ("options", "gate", "words"),
    [
        ("{}", "cors", "No 'Access-Control-Allow-Origin' header is present on the requested resource."),
        ("{method: 'PUT'}", "route", "Response to preflight request doesn't pass access control check: "),
    ],
    ids=["a header", "a preflight"],
)
def test_forgotten_cors_is_the_browsers_refusal(
    forgetful: Forgetful, browser: Any, options: str, gate: str, words: str
) -> None:
    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto(forgetful.local("ThumbUrl", "/"))  # some page of another origin
    asked = "async ([url, options]) => { try { await fetch(url, options) } catch (error) { return String(error) } }"
    found = page.evaluate(f"([url]) => ({asked})([url, {options}])", [forgetful.local("Url", "/names")])
    page.close()

    assert found == "TypeError: Failed to fetch"
    assert [line for line in said if "has been blocked by CORS policy" in line and words in line], said
    trace = next(one for one in forgetful.cloud.traces.recent(9) if "/names" in one.title)  # pages ask for an icon, too
    broken = trace.first_broken
    assert broken is not None and broken.name == gate
    assert f"broke at {gate}: {broken.detail}" in html.unescape(forgetful.page())
    assert trace.gates[-1].name == "cors" and words in trace.gates[-1].detail
