"""The expansion viewer: which resources a SAM function becomes, and which property of it made each of them.

The expansion is done by AWS's own translator; here are the choices, the counting and two ways to look at the result.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from grader.cloud.stacks.templates.template import Template, load
from grader.cloud.stacks.templates.transform import expand

REGION = "us-east-1"
UPLOADED = "s3://packages/fingerprint-of-the-code"  # what packaging puts in the place of a local folder
TRIGGERS: Mapping[str, str] = {
    "nothing": "",
    "REST API": "Type: Api\n          Properties:\n            Path: /hello\n            Method: get",
    "HTTP API": "Type: HttpApi\n          Properties:\n            Path: /hello\n            Method: get",
    "schedule": "Type: Schedule\n          Properties:\n            Schedule: rate(1 hour)",
    "queue": "Type: SQS\n          Properties:\n            Queue: !GetAtt Orders.Arn",
    "bucket": (
        "Type: S3\n          Properties:\n            Bucket: !Ref Uploads\n            Events: s3:ObjectCreated:*"
    ),
}
EXTRA: Mapping[str, str] = {
    "queue": "  Orders:\n    Type: AWS::SQS::Queue\n",
    "bucket": "  Uploads:\n    Type: AWS::S3::Bucket\n",
}
HASH = re.compile(r"(Deployment|Version)[0-9a-f]{10}$")


@dataclass(frozen=True)
class Choices:
    """The properties that are switched on.

    Attributes
    ----------
    trigger
        What calls the function, a key of ``TRIGGERS``.
    alias
        ``AutoPublishAlias``: publish a version and let an alias point to it.
    canary
        ``DeploymentPreference``: move traffic step by step. It needs the alias.
    failures
        ``EventInvokeConfig`` with a queue for events that failed.
    url
        ``FunctionUrlConfig``: an address without an API.
    """

    trigger: str = "REST API"
    alias: bool = False
    canary: bool = False
    failures: bool = False
    url: bool = False


@dataclass(frozen=True)
class Made:
    """One resource of the expanded template, and the property that brought it."""

    logical_id: str
    type: str
    because: str


@dataclass(frozen=True)
class Expansion:
    """A template before and after; an HTML table in a notebook, lines of text elsewhere.

    Attributes
    ----------
    source, result
        Both as YAML.
    made
        The resources after the expansion, in the order in which the properties brought them.
    """

    source: str
    result: str
    made: tuple[Made, ...]

    @property
    def text(self) -> str:
        """The resources, one a line, under a line that counts."""
        wide = max(len(one.type) for one in self.made)
        lines = [f"{one.type:{wide}}  {one.logical_id}  ← {one.because}" for one in self.made]
        return "\n".join([self.headline, *lines])

    @property
    def headline(self) -> str:
        """The counts in a sentence."""
        count = len(self.made)
        return f"{lines_of(self.source)} lines become {count} resources in {lines_of(self.result)} lines."

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{html.escape(one.type)}</code></td><td>{html.escape(one.logical_id)}</td>"
            f"<td>{html.escape(one.because)}</td></tr>"
            for one in self.made
        )
        table = f"<table><thead><tr><th>resource</th><th>called</th><th>because of</th></tr></thead>{rows}</table>"
        return f"<p><b>{html.escape(self.headline)}</b></p>{table}"


@dataclass(frozen=True)
class SideBySide:
    """A template as it was written beside what CloudFormation gets to see."""

    expansion: Expansion

    def __repr__(self) -> str:
        return f"{self.expansion.text}\n\n{self.expansion.source}\n--- becomes ---\n\n{self.expansion.result}"

    def _repr_html_(self) -> str:
        columns = column("you write", self.expansion.source) + column("CloudFormation sees", self.expansion.result)
        grid = f'<div style="display:grid;grid-template-columns:1fr 1fr;gap:16px">{columns}</div>'
        return f"<p><b>{html.escape(self.expansion.headline)}</b></p>{grid}"


def column(title: str, text: str) -> str:
    """One template in a box that scrolls by itself (HTML)."""
    box = "max-height:32em;overflow:auto;margin:0;padding:8px;font-size:12px;line-height:1.4;text-align:left"
    colours = "background:var(--jp-layout-color2,#f3f5f7);color:var(--jp-ui-font-color1,#1f2328)"
    heading = f"{html.escape(title)}, {lines_of(text)} lines"
    region = f'tabindex="0" role="region" aria-label="{heading}"'
    pre = f'<pre {region} style="{box};{colours}">{html.escape(text)}</pre>'
    return f'<div style="min-width:0"><b>{heading}</b>{pre}</div>'


def lines_of(text: str) -> int:
    """Lines that say something: not blank, not a comment."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def sam_template(choices: Choices) -> str:
    """The SAM source for these choices."""
    parts = [
        'AWSTemplateFormatVersion: "2010-09-09"\nTransform: AWS::Serverless-2016-10-31\nResources:\n',
        EXTRA.get(choices.trigger, ""),
        "  HelloFunction:\n    Type: AWS::Serverless::Function\n    Properties:\n",
        "      CodeUri: .\n      Handler: app.lambda_handler\n      Runtime: python3.13\n",
    ]
    if TRIGGERS[choices.trigger]:
        parts.append(f"      Events:\n        Start:\n          {TRIGGERS[choices.trigger]}\n")
    if choices.alias or choices.canary:
        parts.append("      AutoPublishAlias: live\n")
    if choices.canary:
        parts.append("      DeploymentPreference:\n        Type: Canary10Percent5Minutes\n")
    if choices.failures:
        parts.append(
            "      EventInvokeConfig:\n        DestinationConfig:\n          OnFailure:\n            Type: SQS\n"
        )
    if choices.url:
        parts.append("      FunctionUrlConfig:\n        AuthType: AWS_IAM\n")
    return "".join(parts)


def steps(choices: Choices) -> list[tuple[str, Choices]]:
    """The choices made one after another, each with the property that it adds."""
    bare = Choices(trigger="nothing")
    found = [("the function itself", bare)]
    if choices.trigger != "nothing":
        found.append((f"Events: {choices.trigger}", replace(bare, trigger=choices.trigger)))
    if choices.alias or choices.canary:
        found.append(("AutoPublishAlias", replace(found[-1][1], alias=True)))
    if choices.canary:
        found.append(("DeploymentPreference", replace(found[-1][1], canary=True)))
    if choices.failures:
        found.append(("EventInvokeConfig", replace(found[-1][1], failures=True)))
    if choices.url:
        found.append(("FunctionUrlConfig", replace(found[-1][1], url=True)))
    return found


def expanded(source: Template) -> dict[str, Any]:
    """The source as the translator expands it, parameters at their defaults."""
    body = copy.deepcopy(source.body)
    for resource in body["Resources"].values():
        properties = resource.get("Properties", {})
        code = str(properties.get("CodeUri", UPLOADED))
        if resource["Type"] == "AWS::Serverless::Function" and not code.startswith("s3://"):
            properties["CodeUri"] = UPLOADED
    parameters = body.get("Parameters") or {}
    defaults = {name: str(given["Default"]) for name, given in parameters.items() if "Default" in given}
    return expand(load(body), defaults, REGION)


def expansion(choices: Choices) -> Expansion:
    """Expand the choices one by one, and note which step brought which resource."""
    brought: dict[str, str] = {}
    for because, so_far in steps(choices):
        for logical_id in expanded(load(sam_template(so_far)))["Resources"]:
            brought.setdefault(stable(logical_id), because)
    source = sam_template(choices)
    after = expanded(load(source))
    order = [because for because, _ in steps(choices)]
    made = [Made(name, found["Type"], brought[stable(name)]) for name, found in after["Resources"].items()]
    return Expansion(source, as_yaml(after), tuple(sorted(made, key=lambda one: order.index(one.because))))


def stable(logical_id: str) -> str:
    """A logical id without the hash that SAM appends to deployments and versions."""
    return HASH.sub(r"\1", logical_id)


def as_yaml(template: Mapping[str, Any]) -> str:
    """A template as YAML, in its own order."""
    return yaml.safe_dump(dict(template), sort_keys=False, width=100)


def side_by_side(path: str | Path) -> SideBySide:
    """A template file before and after its expansion.

    Parameters
    ----------
    path
        The template, relative to the notebook's folder.
    """
    source = load(Path(path))
    after = expanded(source)
    made = tuple(
        Made(name, found["Type"], name if name in source.resources else "SAM")
        for name, found in after["Resources"].items()
    )
    return SideBySide(Expansion(source.text, as_yaml(after), made))


def expansion_explorer() -> object:
    """The explorer itself: switches above, the source and the resources below."""
    import ipywidgets as widgets
    from IPython.display import display

    switches: dict[str, Any] = {
        "trigger": widgets.ToggleButtons(options=list(TRIGGERS), value="REST API", description="called by"),
        "alias": widgets.Checkbox(description="AutoPublishAlias: a version, and a name that points to it"),
        "canary": widgets.Checkbox(description="DeploymentPreference: move traffic step by step (needs the alias)"),
        "failures": widgets.Checkbox(description="EventInvokeConfig: keep failed events in a queue"),
        "url": widgets.Checkbox(description="FunctionUrlConfig: an address without an API"),
    }
    for switch in switches.values():
        switch.layout = widgets.Layout(width="auto")

    def show(**chosen: Any) -> None:
        found = expansion(Choices(**chosen))
        display(found)
        display(SideBySide(found))

    hint = widgets.HTML("<p><b>Try this:</b> predict the number of resources before you switch something on.</p>")
    return widgets.VBox([hint, *switches.values(), widgets.interactive_output(show, switches)])
