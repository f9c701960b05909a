"""4.5: a pipeline that stops, and leaves production alone, when any step fails."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.fault import from_invocation
from grader.checks.material import word

BUCKET = "packages"
HELLO = {"HelloFunction": {"Value": {"Ref": "HelloFunction"}}}
PRODUCTION = "production"  # the checks release into one production, one after the other
LEAVES_ALONE = (
    "The release failed on its way, so production must be what it was: same stack, same code, or no stack at all."
)
RAISED = (
    "release itself raised. Any exception of a step, of whatever kind, is that step's failure: catch it, return the "
    "step's name. Not every one comes from AWS."
)
GOOD = "None means: all went well."
STUMBLED = {  # where a good project may get stuck, and why
    "lint": "This project is good: lint(template) returns an empty list for it, and that is no failure.",
    "package": "package wants the template as a dictionary, and folder and bucket as release got them.",
    "smoke test": (
        'The test stack is good. Its function\'s name is the output HelloFunction, it is asked {"name": "smoke"} and '
        "waited for, and statusCode and body stand in the JSON of the answer's Payload; the word may stand anywhere in "
        "the body. The exception that release caught says more: print it."
    ),
    "deploy test": (
        "deploy raised for a good template: is the text of the packaged template its TemplateBody, are the "
        "CAPABILITIES with it, and does the waiter wait for what was begun? The exception that release caught says "
        "more: print it."
    ),
}
STUMBLED["deploy production"] = STUMBLED["deploy test"]


def handler(body: str) -> str:
    """A handler with this body."""
    return f"def lambda_handler(event, context):\n    {body}\n"


def greeting(text: str) -> str:
    """A good handler that greets in its own words."""
    return handler(f"return {{'statusCode': 200, 'body': {text!r} + ' ' + event['name']}}")


def template(
    resources: dict[str, Any] | None = None, outputs: dict[str, Any] | None = None, **properties: Any
) -> dict[str, Any]:
    """The project's template, with further resources, other outputs, and other properties of its function."""
    settings = {"CodeUri": "hello", "Handler": "app.lambda_handler", "Runtime": "python3.13", **properties}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "HelloFunction": {"Type": "AWS::Serverless::Function", "Properties": settings},
            **(resources or {}),
        },
        "Outputs": outputs or HELLO,
    }


def release(cloud: Any, folder: Path, code: str, bucket: str = BUCKET, **changes: Any) -> Any:
    """Run the learner's pipeline on a project with this code; returns what it returned."""
    s3 = cloud.client("s3")
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})  # it keeps each upload
    files = {"sources/hello/app.py": code, "sources/template.json": json.dumps(template(**changes))}
    called = cloud.run(folder, "pipeline.release", "sources", bucket, files=files, timeout=900)
    if called.error is not None:
        failure = from_invocation("release(…)", called.error)
        fail("release(…) returns None or the name of a step", failure.found, failure.hint or RAISED, failure.where)
    return called.payload


def stack_names(cloud: Any) -> list[str]:
    """The stacks that are there, in whatever state."""
    return sorted(
        one["StackName"]
        for one in cloud.client("cloudformation").describe_stacks()["Stacks"]
        if one["StackStatus"] != "DELETE_COMPLETE"
    )


def stack_id(cloud: Any, name: str) -> str:
    """The id of a stack; one that is made anew under the same name has another."""
    [found] = cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return str(found["StackId"])


def says(cloud: Any, stack: str, rng: Random) -> str:
    """What a stack's function answers."""
    name = word(rng)
    if stack not in stack_names(cloud):
        return f"there is no stack {stack}"
    [found] = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
    if "HelloFunction" not in outputs:
        return f"nothing: its stack is {found['StackStatus']}"
    called = cloud.invoke(outputs["HelloFunction"], {"name": name})
    return str((called.payload or {}).get("body", called.error)).replace(f" {name}", "")


def in_production(cloud: Any, folder: Path, rng: Random) -> str:
    """What production says before a release that must not go well; if there is none yet, one is released."""
    if "production" not in stack_names(cloud):
        done = release(cloud, folder, greeting(word(rng)))
        expect(done, STUMBLED.get(str(done), GOOD), what="release(…)").is_none()
    return says(cloud, "production", rng)


def packages(cloud: Any) -> int:
    """How many different packages lie in the bucket."""
    found = cloud.client("s3").list_objects_v2(Bucket=BUCKET)
    return int(found["KeyCount"])


def uploads(cloud: Any) -> int:
    """How many packages were uploaded, also those that are the same as one before."""
    return len(cloud.client("s3").list_object_versions(Bucket=BUCKET).get("Versions", []))


def expect_stopped(cloud: Any, folder: Path, rng: Random, step: str, hint: str, code: str, **changes: Any) -> None:
    """A second release must stop at a step, and production must say what it said."""
    old = in_production(cloud, folder, rng)
    found = release(cloud, folder, code, **changes)
    expect(says(cloud, "production", rng), f"{LEAVES_ALONE} {hint}", what="what production says").equals(old)
    expect(found, hint, what="what release(…) returned").equals(step)


@exercise(
    "4.5",
    "A pipeline",
    slug="4_5_pipeline",
    files=["pipeline.py"],
    minutes=20,
    hints=[
        "Write deploy first: is the stack there already? Then create or update, and wait. After that, five lines in "
        "a row, and one place where whatever they raise is caught.",
        "get_waiter('stack_create_complete') and get_waiter('stack_update_complete') wait, and raise when the stack "
        "rolls back. update_stack refuses when there is nothing to do: that is no failure. invoke does not raise "
        "when the function does: look at FunctionError, statusCode and body.",
        "release: step = 'lint'; try: … step = 'package'; packaged = package(…); step = 'deploy test'; "
        "deploy('test', packaged) … except Exception: return step. lint returns a list; a list that is not empty "
        "means stop.",
    ],
    passed="Five faults, five stops, and production never noticed. What was tested is byte for byte what was released.",
    next="4.6",
)
class Pipeline:
    @check(points=2, shares=PRODUCTION)
    def releases(cloud, folder, rng):
        """A good project gets to test and to production; the same package is in both."""
        text = word(rng)
        done = release(cloud, folder, greeting(text))
        expect(done, STUMBLED.get(str(done), GOOD), what="release(…)").is_none()
        expect(stack_names(cloud), "Two stacks: test and production.", what="the stacks").equals(["production", "test"])
        expect(says(cloud, "production", rng), what="what production says").equals(text)
        hint = "Package once; production gets what was tested, not something built anew."
        expect(packages(cloud), hint, what="packages in the bucket").equals(1)

    @check(points=2, needs=releases, shares=PRODUCTION)
    def releases_again(cloud, folder, rng):
        """The next release updates both, and packages once; the same one once more is no failure."""
        in_production(cloud, folder, rng)
        text, before, stack = word(rng), uploads(cloud), stack_id(cloud, "production")
        more = {"About": {"Value": "a greeting"}, **HELLO, "Zone": {"Value": "a zone"}}
        for _ in range(2):
            found = release(cloud, folder, greeting(text), outputs=more)
            hint = (
                "Other outputs may stand beside HelloFunction, before and after it: look for the one of this OutputKey."
                if found == "smoke test"
                else "update_stack says 'No updates are to be performed' when all is as it should be: go on."
            )
            expect(found, hint, what="what release(…) returned").is_none()
        expect(says(cloud, "production", rng), "Update the stack that is there.", what="production").equals(text)
        hint = (
            "This is another stack of the same name. Whoever deletes production and makes it anew has none in between, "
            "and loses what it kept: update_stack changes the one that is there."
        )
        expect(stack_id(cloud, "production"), hint, what="the id of the stack production").equals(stack)
        hint = "Hand the template that was packaged for test to production too. To package once more is to build anew."
        expect(uploads(cloud) - before, hint, what="uploads of two releases").equals(2)

    @check(points=2, needs=releases, shares=PRODUCTION)
    def stops_at_lint(cloud, folder, rng):
        """A project that does not pass the linter is not even packaged."""
        hint = "lint(template) returns its findings, it does not raise. Findings stop the release."
        in_production(cloud, folder, rng)
        before = uploads(cloud)
        expect_stopped(cloud, folder, rng, "lint", hint, greeting(word(rng)), Runtime="python3.8")
        expect(uploads(cloud) - before, hint, what="packages of a project with a lint failure").equals(0)

    @check(points=1, needs=releases, shares=PRODUCTION)
    def stops_at_package(cloud, folder, rng):
        """A package that cannot be uploaded stops the release."""
        old = in_production(cloud, folder, rng)
        found = release(cloud, folder, greeting(word(rng)), bucket="nowhere-to-be-found")
        expect(says(cloud, "production", rng), LEAVES_ALONE, what="what production says").equals(old)
        hint = "Any exception of a step is its failure."
        expect(found, hint, what="what release(…) returned").equals("package")
        found = release(cloud, folder, greeting(word(rng)), CodeUri={"Bucket": "somewhere", "Key": "else"})
        hint += " Not every one comes from AWS: here package itself could not read the template."
        expect(found, hint, what="what release(…) returned").equals("package")

    @check(points=2, needs=releases, shares=PRODUCTION)
    def stops_at_test(cloud, folder, rng):
        """A stack that rolls back in test stops the release."""
        cloud.client("s3").create_bucket(Bucket="taken")
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken"}}
        hint = (
            "create_stack and update_stack return at once and fail later. Wait; the waiter raises when the stack "
            "rolls back."
        )
        expect_stopped(cloud, folder, rng, "deploy test", hint, greeting(word(rng)), resources={"Taken": bucket})
        hint = (
            "update_stack refused this template, and not for want of changes. Only 'No updates are to be performed' "
            "is no failure: raise whatever else it says."
        )
        lost = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Nothing"}}}
        expect_stopped(cloud, folder, rng, "deploy test", hint, greeting(word(rng)), resources={"Lost": lost})

    @check(points=2, needs=releases, shares=PRODUCTION)
    def stops_at_a_function_that_raises(cloud, folder, rng):
        """A function that raises in test stops the release."""
        hint = "invoke does not raise when the function does: look at FunctionError in its answer."
        expect_stopped(cloud, folder, rng, "smoke test", hint, handler(f"raise RuntimeError({word(rng)!r})"))

    @check(points=1, needs=releases, shares=PRODUCTION)
    def stops_at_a_wrong_answer(cloud, folder, rng):
        """A function that answers, but wrongly, stops the release."""
        hint = "Look at both: statusCode, and the word in the body. And test the test stack, after its update is done."
        code = handler("return {'statusCode': 500, 'body': 'no smoke without fire'}")
        expect_stopped(cloud, folder, rng, "smoke test", hint, code)
        for answer, kind in (
            ("{'statusCode': 200, 'body': 'Hello, nobody'}", "a greeting without a name"),
            ("{'statusCode': 202, 'body': event['name']}", "an answer with status 202"),
            ("{'body': event['name']}", "an answer without a status"),
        ):
            found = release(cloud, folder, handler(f"return {answer}"))
            expect(found, hint, what=f"release(…) of {kind}").equals("smoke test")

    @check(points=1, needs=releases)
    def says_when_production_fails(cloud, folder, rng):
        """A production stack that does not come about is reported; one that was there is as before."""
        taken = {
            "Type": "AWS::S3::Bucket",
            "DependsOn": "HelloFunction",
            "Properties": {"BucketName": {"Fn::Sub": "taken-${AWS::StackName}"}},
        }
        cloud.client("s3").create_bucket(Bucket="taken-production")
        for there_before in (False, True):
            if there_before:
                cloud.client("cloudformation").delete_stack(StackName="production")
                old = in_production(cloud, folder, rng)
            found = release(cloud, folder, greeting(word(rng)), resources={"Taken": taken})
            hint = "The last step may fail too: wait for it."
            expect(found, hint, what="what release(…) returned").equals("deploy production")
        hint = f"{LEAVES_ALONE} CloudFormation takes a failed update back, unless it is told not to."
        expect(says(cloud, "production", rng), hint, what="what production says").equals(old)
