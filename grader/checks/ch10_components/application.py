"""10.4: a published component as a part of one's own application."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from grader.checks import check, exercise, expect
from grader.cloud import CloudError

ARN = "arn:aws:serverlessrepo:us-east-1:123456789012:applications/thumbnails"


def publish(cloud: Any, folder: Path) -> None:
    """Publish the component as versions 1.0.0 and 2.0.0, as its authors would."""
    for version, edition in (("1.0.0", "first"), ("2.0.0", "second")):
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place, "component")
            shutil.copytree(folder / "component", copy)
            template = copy / "template.yaml"
            text = template.read_text("utf-8").replace("SemanticVersion: 1.0.0", f"SemanticVersion: {version}")
            template.write_text(text.replace("Default: first", f"Default: {edition}"), "utf-8")
            cloud.applications.publish(template)


def deployed(cloud: Any, deploy: Any, folder: Path) -> Any:
    """The answer, deployed where the component is published."""
    publish(cloud, folder)
    return deploy()


def inner_stacks(cloud: Any, stack: Any) -> list[Any]:
    """The stacks that are nested in the answer's."""
    return [one for one in cloud.stacks if one.parent_id == stack.id]


def component_function(cloud: Any, stack: Any) -> str:
    """The name of the component's function, from the component's own outputs."""
    nested = inner_stacks(cloud, stack)
    expect([one.name for one in nested], what="nested stacks").has_length(1)
    return str(nested[0].outputs["ThumbnailFunction"])


def called(cloud: Any) -> Any:
    """What the answer's function is told by the component."""
    done = cloud.invoke("CallerFunction", {})
    hint = (
        "The function needs the component's function name in THUMBNAIL_FUNCTION and the right to call it "
        "(LambdaInvokePolicy): both from !GetAtt Thumbnails.Outputs.ThumbnailFunction."
    )
    expect(done.error, what="the error of CallerFunction", hint=hint).is_none()
    return done.payload


def lets_everybody_in(cloud: Any, name: str) -> bool:
    """Whether a function's own policy lets anybody call it, without a condition."""
    functions = cloud.client("lambda")
    try:
        statements = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    except functions.exceptions.ResourceNotFoundException:
        return False
    return any(one["Principal"] in ("*", {"AWS": "*"}) and not one.get("Condition") for one in statements)


def what_it_need_not(cloud: Any, stack: Any) -> list[str]:
    """What CallerFunction may do beside calling the component's function, in words.

    LambdaInvokePolicy allows every name that begins with the function's: that is not asked for.
    """
    prefix, name = "arn:aws:lambda:us-east-1:123456789012:function:", component_function(cloud, stack)
    asked = [
        ("call any function", "lambda:InvokeFunction", f"{prefix}somebody-elses"),
        ("call itself", "lambda:InvokeFunction", prefix + stack.resources["CallerFunction"].physical_id),
        ("call other functions of the stack", "lambda:InvokeFunction", f"{prefix}{stack.name}-Another-1A2B3C"),
        ("call functions whose names end alike", "lambda:InvokeFunction", f"{prefix}another-{name}"),
        ("delete the component's function", "lambda:DeleteFunction", prefix + name),
        ("change the component's code", "lambda:UpdateFunctionCode", prefix + name),
        ("change the component's settings", "lambda:UpdateFunctionConfiguration", prefix + name),
        ("let others call the component", "lambda:AddPermission", prefix + name),
        ("list functions", "lambda:ListFunctions", "*"),
        ("read buckets", "s3:GetObject", "arn:aws:s3:::somebody-elses/a.jpg"),
        ("hand on roles", "iam:PassRole", "arn:aws:iam::123456789012:role/any"),
    ]  # fmt: skip
    return [words for words, action, arn in asked if cloud.may("CallerFunction", action, arn).allowed]


@exercise(
    "10.4",
    "Use what is published",
    slug="10_4_application",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "A published application becomes a resource of your template: a stack in your stack. What tells which "
        "application and which version? How do you get at what it made?",
        "AWS::Serverless::Application with Location (ApplicationId and SemanticVersion) and Parameters. Its outputs "
        "are attributes: Outputs.<name>.",
        "Location: {ApplicationId: arn:aws:serverlessrepo:us-east-1:123456789012:applications/thumbnails, "
        "SemanticVersion: 1.0.0}, Parameters: {LongestSide: 64}; !GetAtt Thumbnails.Outputs.ThumbnailFunction in the "
        "environment, in LambdaInvokePolicy and in Outputs.",
    ],
    passed="A part of your application is somebody else's, in a version that you chose, behind outputs that they "
    "promise. Who deploys it has said so: CAPABILITY_AUTO_EXPAND.",
    next="10",
)
class Application:
    @check(points=2)
    def is_a_stack_in_the_stack(cloud, deploy, folder):
        """The component is deployed as a nested stack, from the repository."""
        stack = deployed(cloud, deploy, folder)
        hint = "A resource of type AWS::Serverless::Application, whose Location names the published application."
        nested = inner_stacks(cloud, stack)
        expect([one.name for one in nested], what="nested stacks", hint=hint).has_length(1)
        expect(
            nested[0].tags.get("serverlessrepo:applicationId", ""), what="the application it comes from", hint=hint
        ).equals(ARN)

    @check(points=1, needs=is_a_stack_in_the_stack)
    def the_version_is_pinned(cloud, deploy, folder):
        """It is version 1.0.0, although 2.0.0 is published."""
        stack = deployed(cloud, deploy, folder)
        version = inner_stacks(cloud, stack)[0].tags.get("serverlessrepo:semanticVersion", "")
        expect(version, what="the version of the component", hint="SemanticVersion: 1.0.0").equals("1.0.0")

    @check(points=2, needs=is_a_stack_in_the_stack)
    def it_is_told_and_can_be_called(cloud, deploy, folder):
        """The component gets LongestSide 64, and CallerFunction may call it."""
        deployed(cloud, deploy, folder)
        answer = called(cloud)
        expect(
            answer,
            what="what the component answers",
            hint="Parameters of the application: LongestSide: 64. Its function's name comes from its outputs.",
        ).equals({"longest_side": 64, "edition": "first"})

    @check(points=1, needs=is_a_stack_in_the_stack)
    def its_output_is_handed_on(cloud, deploy, folder):
        """An output of your stack, under any name, is the name of the component's function."""
        stack = deployed(cloud, deploy, folder)
        hint = "An output with !GetAtt Thumbnails.Outputs.ThumbnailFunction. (!Ref gives the nested stack's id.)"
        values = list(dict(stack.outputs).values())
        expect(values, what="the values of your outputs", hint=hint).contains(component_function(cloud, stack))

    @check(points=2, needs=it_is_told_and_can_be_called)
    def keeps_least_privilege(cloud, deploy, folder):
        """CallerFunction may call the component's function and no other."""
        stack = deployed(cloud, deploy, folder)
        expect(
            what_it_need_not(cloud, stack),
            what="what CallerFunction may do although it need not",
            hint="LambdaInvokePolicy with the FunctionName from the component's outputs; no '*', no full access.",
        ).equals([])
        expect(
            lets_everybody_in(cloud, component_function(cloud, stack)),
            what="whether the component's function lets everybody call it",
            hint="A permission with Principal '*' is for the whole world: name CallerFunction's role, or allow the "
            "call in a policy of that role.",
        ).is_false()

    @check(points=1, needs=is_a_stack_in_the_stack)
    def somebody_has_to_say_yes(cloud, deploy, folder):
        """Without CAPABILITY_AUTO_EXPAND the template is refused: its parts come from elsewhere."""
        publish(cloud, folder)
        try:
            deploy(capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
        except CloudError as refused:
            said = refused.what
        else:
            said = "deployed"
        expect(said, what="the answer to a deployment without it").contains("CAPABILITY_AUTO_EXPAND")
