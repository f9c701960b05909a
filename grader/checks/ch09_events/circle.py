"""9.2: the circle of bucket, function and role."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch09_events.uploads import expect_thumbnail, upload
from grader.checks.fault import from_cloud
from grader.checks.material import photograph
from grader.cloud.errors import CloudError

STACK = "stack"  # checks of one stack use the same, one after the other


ACCOUNT = "us-east-1:123456789012"


def what_it_need_not(cloud: Any, stack: Any, function: str = "ConvertFunction") -> list[str]:
    """What the function may do beside reading uploads and writing thumbnails, in words.

    What S3ReadPolicy and S3WritePolicy bring along, such as listing the bucket, is not asked for.
    """
    uploads, thumbnails = (f"arn:aws:s3:::{stack.outputs[name]}" for name in ("UploadsBucket", "ThumbnailsBucket"))
    asked = [
        ("delete uploads", "s3:DeleteObject", f"{uploads}/a.jpg"),
        ("write uploads", "s3:PutObject", f"{uploads}/a.jpg"),
        ("share uploads", "s3:PutObjectAcl", f"{uploads}/a.jpg"),
        ("read who may read uploads", "s3:GetObjectAcl", f"{uploads}/a.jpg"),
        ("delete the uploads bucket", "s3:DeleteBucket", uploads),
        ("change the uploads bucket's policy", "s3:PutBucketPolicy", uploads),
        ("read thumbnails", "s3:GetObject", f"{thumbnails}/a.jpg"),
        ("delete thumbnails", "s3:DeleteObject", f"{thumbnails}/a.jpg"),
        ("tag thumbnails", "s3:PutObjectTagging", f"{thumbnails}/a.jpg"),
        ("delete the thumbnails bucket", "s3:DeleteBucket", thumbnails),
        ("change the thumbnails bucket's policy", "s3:PutBucketPolicy", thumbnails),
        ("read other buckets", "s3:GetObject", "arn:aws:s3:::someone-elses-bucket/a.jpg"),
        ("write other buckets", "s3:PutObject", "arn:aws:s3:::someone-elses-bucket/a.jpg"),
        ("read others' uploads", "s3:GetObject", f"arn:aws:s3:::another-{stack.outputs['UploadsBucket']}/a.jpg"),
        ("read buckets of a like name", "s3:GetObject", f"{uploads}-of-others/a.jpg"),
        ("write buckets of a like name", "s3:PutObject", f"{thumbnails}-of-others/a.jpg"),
        ("list all buckets", "s3:ListAllMyBuckets", "*"),
        ("read tables", "dynamodb:GetItem", f"arn:aws:dynamodb:{ACCOUNT}:table/any"),
        ("call functions", "lambda:InvokeFunction", f"arn:aws:lambda:{ACCOUNT}:function:any"),
        ("send messages", "sqs:SendMessage", f"arn:aws:sqs:{ACCOUNT}:any"),
        ("publish news", "sns:Publish", f"arn:aws:sns:{ACCOUNT}:any"),
        ("delete logs", "logs:DeleteLogGroup", f"arn:aws:logs:{ACCOUNT}:log-group:any"),
        ("hand on roles", "iam:PassRole", "arn:aws:iam::123456789012:role/any"),
    ]  # fmt: skip
    return [words for words, action, arn in asked if cloud.may(function, action, arn).allowed]


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
        """An upload still becomes a thumbnail, however it came and whatever its name."""
        upload(cloud, stack, "still.jpg", photograph(rng))
        expect_thumbnail(
            cloud,
            stack,
            "still.jpg",
            hint="The event must still reach the function, and its role must "
            "still allow s3:GetObject on the uploads' objects and s3:PutObject on the thumbnails'. Who sends it by "
            "another way gives it the shape that app.py reads.",
        )
        every = (
            "Whatever is created is an upload: a copy too, and a key without an ending. s3:ObjectCreated:*, no filter."
        )
        uploads = stack.outputs["UploadsBucket"]
        upload(cloud, stack, "no-ending", photograph(rng, "PNG"))
        expect_thumbnail(cloud, stack, "no-ending", "PNG", hint=every)
        cloud.client("s3").copy_object(
            Bucket=uploads, Key="copied.jpg", CopySource={"Bucket": uploads, "Key": "still.jpg"}
        )
        cloud.run_until_idle()
        expect_thumbnail(cloud, stack, "copied.jpg", hint=every)

    @check(points=2, needs=still_converts, shares=STACK)
    def keeps_least_privilege(cloud, stack):
        """The function reads uploads and writes thumbnails, and may do nothing else to any bucket."""
        expect(
            what_it_need_not(cloud, stack),
            what="what the function may do although it need not",
            hint="No '*' as action or as resource, no S3CrudPolicy (it reads and deletes as well), no connector "
            "(its Write deletes): name s3:GetObject on the uploads' objects, s3:PutObject on the thumbnails' objects.",
        ).equals([])

    @check(points=1, needs=deploys)
    def deploys_twice(deploy, stack):
        """The same template deploys a second time beside the first."""
        hint = (
            "A fixed bucket name does cut the circle, but only one stack in the world can have it. Build it from the "
            "stack's name."
        )
        try:
            second = deploy(name="second")
        except CloudError as refused:
            fail("a second stack of this template", from_cloud(refused).found, hint)
        names = {second.outputs[name] for name in ("UploadsBucket", "ThumbnailsBucket")}
        expect(
            names & set(stack.outputs.values()),
            what="names that both stacks use",
            hint=hint,
        ).equals(set())
