"""9.2: the circle of bucket, function and role."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect
from grader.checks.ch09_events.uploads import expect_thumbnail, upload
from grader.checks.material import photograph

STACK = "stack"  # checks of one stack use the same, one after the other


def permissions(cloud: Any, stack: Any, function: str = "ConvertFunction") -> Any:
    """A function that says whether the named function may do something: may("s3:GetObject", arn)."""
    return lambda action, arn: bool(cloud.may(function, action, arn).allowed)


@exercise(
    "9.2",
    "Break the circle",
    slug="9_2_circle",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "Deploy it and read the error: which resources does it name? Draw the arrows: who must exist before whom?",
        "Bucket → permission and function → role → policy → bucket. One arrow must go. The policy can be made last, "
        "on its own: nothing has to wait for a policy.",
        "Take the bucket's policy template off the function and add an AWS::IAM::Policy with Roles: "
        "[!Ref ConvertFunctionRole] and the two statements: s3:GetObject on the uploads' objects (…/*), "
        "s3:PutObject on the thumbnails' objects.",
    ],
    passed="The circle is cut, and the function still may do no more than it must. You know now why the order of "
    "creation is part of a design.",
    next="9.3",
)
class Circle:
    @check(points=2, shares=STACK)
    def deploys(stack):
        """The template deploys: no circle is left."""
        expect(stack.status, what="the stack's status").equals("CREATE_COMPLETE")

    @check(points=2, needs=deploys, shares=STACK)
    def still_converts(cloud, stack, rng):
        """An upload still becomes a thumbnail."""
        upload(cloud, stack, "still.jpg", photograph(rng))
        expect_thumbnail(
            cloud,
            stack,
            "still.jpg",
            hint="The event must still reach the function, and its role must "
            "still allow s3:GetObject on the uploads' objects and s3:PutObject on the thumbnails'.",
        )

    @check(points=2, needs=still_converts, shares=STACK)
    def keeps_least_privilege(cloud, stack):
        """The function reads uploads and writes thumbnails, and may do nothing else to any bucket."""
        may = permissions(cloud, stack)
        uploads, thumbnails = (f"arn:aws:s3:::{stack.outputs[name]}" for name in ("UploadsBucket", "ThumbnailsBucket"))
        excess = {
            "delete uploads": ("s3:DeleteObject", f"{uploads}/a.jpg"),
            "write uploads": ("s3:PutObject", f"{uploads}/a.jpg"),
            "delete the uploads bucket": ("s3:DeleteBucket", uploads),
            "read other buckets": ("s3:GetObject", "arn:aws:s3:::someone-elses-bucket/a.jpg"),
            "write other buckets": ("s3:PutObject", "arn:aws:s3:::someone-elses-bucket/a.jpg"),
            "delete the thumbnails bucket": ("s3:DeleteBucket", thumbnails),
            "read tables": ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/any"),
        }
        found = [name for name, (action, arn) in excess.items() if may(action, arn)]
        expect(
            found,
            what="what the function may do although it need not",
            hint="No '*' as action or as resource: name "
            "s3:GetObject on the uploads' objects and s3:PutObject on the thumbnails' objects.",
        ).equals([])

    @check(points=1, needs=deploys)
    def deploys_twice(deploy, stack):
        """The same template deploys a second time beside the first."""
        second = deploy(name="second")
        names = {second.outputs[name] for name in ("UploadsBucket", "ThumbnailsBucket")}
        expect(
            names & set(stack.outputs.values()),
            what="names that both stacks use",
            hint="A fixed bucket name does "
            "cut the circle, but only one stack in the world can have it. Build it from the stack's name.",
        ).equals(set())
