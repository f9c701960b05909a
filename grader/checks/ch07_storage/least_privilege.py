"""7.3: a function's rights, cut down to what it calls."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word
from grader.checks.reading import output

MEASURE = "measure"  # the checks use one stack, one after the other
FUNCTION = "MeasureFunction"
OBJECT = (
    "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion", "s3:GetObjectAcl", "s3:PutObjectAcl",
    "s3:GetObjectTagging", "s3:PutObjectTagging", "s3:DeleteObjectVersion", "s3:RestoreObject",
    "s3:GetObjectAttributes", "s3:AbortMultipartUpload",
)  # fmt: skip
BUCKET = (
    "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucket",
    "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration", "s3:GetBucketLocation", "s3:PutBucketVersioning",
)  # fmt: skip
TABLE = (
    "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Query",
    "dynamodb:Scan", "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DescribeTable",
    "dynamodb:DeleteTable", "dynamodb:ConditionCheckItem", "dynamodb:UpdateTable",
)  # fmt: skip
ELSEWHERE = (
    ("s3:ListAllMyBuckets", "*"), ("dynamodb:ListTables", "*"), ("s3:CreateBucket", "arn:aws:s3:::another"),
    ("iam:PassRole", "arn:aws:iam::123456789012:role/any"), ("lambda:InvokeFunction", "*"), ("sns:Publish", "*"),
)  # fmt: skip


def table_arn(name: str) -> str:
    """A table's ARN in the pocket account."""
    return f"arn:aws:dynamodb:us-east-1:123456789012:table/{name}"


def neighbours(name: str, rng: Random) -> list[str]:
    """Names that others might have, and that a pattern with this one in it would match."""
    stem = name.rpartition("-")[0]
    return [f"{name}-{word(rng)}", f"{word(rng)}-{name}", f"{stem}-{word(rng)}"]


def measured(cloud: Any, stack: Any, rng: Random) -> Any:
    """Put an upload into its bucket, have it measured, and expect the report."""
    key, content = f"{word(rng)}/{word(rng)}.txt", word(rng, rng.randrange(5, 50)).encode()
    cloud.client("s3").put_object(
        Bucket=output(stack, "UploadsBucket"), Key=key, Body=content, ContentType="text/plain"
    )
    answer = cloud.invoke(FUNCTION, {"key": key})
    if answer.error is not None:
        fail(
            expected=f"{FUNCTION} still measures an upload",
            found=str(answer.error.get("errorMessage", ""))[:400],
            hint="The sentence names the action and the resource that are missing. Objects are 'bucket/key': "
            "their resource is the bucket's ARN with '/*' after it.",
            trace=answer.trace,
        )
    report = cloud.client("s3").get_object(Bucket=output(stack, "ReportsBucket"), Key=f"{key}.json")["Body"].read()
    expect(json.loads(report), what="the report in the reports bucket").equals(
        {"key": key, "bytes": len(content), "type": "text/plain"}
    )
    return answer


def is_traced(cloud: Any, stack: Any) -> bool:
    """Whether Lambda sends the function's traces to X-Ray, for which SAM gives it the rights."""
    name = stack.resources[FUNCTION].physical_id
    found = cloud.client("lambda").get_function_configuration(FunctionName=name)
    return bool(found.get("TracingConfig", {}).get("Mode") == "Active")


def allowed(cloud: Any, asked: list[tuple[str, str]]) -> list[str]:
    """Which of these actions on resources the function may do."""
    return [f"{action} on {arn}" for action, arn in asked if cloud.may(FUNCTION, action, arn).allowed]


def expect_nothing(cloud: Any, asked: list[tuple[str, str]], what: str, hint: str) -> None:
    """Expect that none of them is allowed."""
    found = allowed(cloud, asked)
    expect(found[:5] + (["… and more"] if len(found) > 5 else []), hint, what=what).equals([])


@exercise(
    "7.3",
    "Only what it calls",
    slug="7_3_least_privilege",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "Read app.py and write down its three AWS calls: action, and on what. Or let the pocket AWS do it: deploy, "
        "invoke, and look at cloud.access('MeasureFunction').",
        "Replace the managed policies by one document with three statements. SAM's policy templates are shorter, but "
        "S3ReadPolicy also lets it list the bucket, and S3CrudPolicy lets it delete.",
        "s3:GetObject on !Sub '${UploadsBucket.Arn}/*'; s3:PutObject on the same of ReportsBucket; dynamodb:UpdateItem "
        "on !GetAtt StatisticsTable.Arn. Nothing else.",
    ],
    passed="If somebody takes this function over, they can read uploads, write reports and count. The invoices and the "
    "customers are out of reach.",
    next="7.4",
)
class LeastPrivilege:
    @check(points=2, shares=MEASURE)
    def still_works(cloud, stack, rng):
        """The function measures an upload, stores its report and counts it."""
        expect(measured(cloud, stack, rng).payload["measured"], what="measured uploads").equals(1)

    @check(points=2, needs=still_works, shares=MEASURE)
    def reaches_nothing_else(cloud, stack, rng):
        """Other buckets and tables are out of reach, those that come tomorrow included."""
        strange = [output(stack, "InvoicesBucket"), f"{word(rng)}-{word(rng)}"]
        own = [output(stack, name) for name in ("UploadsBucket", "ReportsBucket")]
        strange += [other for name in own for other in neighbours(name, rng)]
        asked = [(action, f"arn:aws:s3:::{name}/{word(rng)}") for name in strange for action in OBJECT]
        asked += [(action, f"arn:aws:s3:::{name}") for name in strange for action in BUCKET]
        tables = [output(stack, "CustomersTable"), word(rng), *neighbours(output(stack, "StatisticsTable"), rng)]
        asked += [(action, table_arn(name)) for name in tables for action in TABLE]
        expect_nothing(
            cloud,
            [*asked, *ELSEWHERE],
            "what the function may do to things that are none of its business",
            "Name the resources: !Sub '${UploadsBucket.Arn}/*', !GetAtt StatisticsTable.Arn. A '*' means everything "
            "in the account, a '*' beside a name means all whose names look like it, and a managed policy with "
            "FullAccess in its name means everything too.",
        )
        group = f"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/{word(rng)}"
        expect_nothing(
            cloud,
            [(f"logs:{action}", group) for action in ("DeleteLogGroup", "FilterLogEvents", "PutRetentionPolicy")],
            "what the function may do to the logs of others",
            "It writes logs, by three actions that SAM's role has already: logs:CreateLogGroup, CreateLogStream and "
            "PutLogEvents. logs:* lets it read and delete what everybody else has written.",
        )

    @check(points=2, needs=still_works, shares=MEASURE)
    def does_nothing_else_to_its_own(cloud, stack, rng):
        """It may not delete, list, overwrite uploads or read reports."""
        uploads, reports = (f"arn:aws:s3:::{output(stack, name)}" for name in ("UploadsBucket", "ReportsBucket"))
        asked = [(action, f"{uploads}/{word(rng)}") for action in OBJECT if action != "s3:GetObject"]
        asked += [(action, f"{reports}/{word(rng)}") for action in OBJECT if action != "s3:PutObject"]
        asked += [(action, arn) for arn in (uploads, reports) for action in BUCKET]
        table = table_arn(output(stack, "StatisticsTable"))
        asked += [(action, table) for action in TABLE if action != "dynamodb:UpdateItem"]
        expect_nothing(
            cloud,
            asked,
            "what the function may do to its own buckets and table without ever doing it",
            "Each of its three calls needs one action: s3:GetObject, s3:PutObject, dynamodb:UpdateItem. Policy "
            "templates and patterns such as s3:Get* bring more; give each bucket a statement of its own.",
        )

    @check(points=1, needs=[reaches_nothing_else, does_nothing_else_to_its_own], shares=MEASURE)
    def needs_everything_it_has(cloud, stack, rng):
        """Every right that the policies give was used by one invocation."""
        measured(cloud, stack, rng)
        given = ["logs:", *(["xray:"] if is_traced(cloud, stack) else [])]  # what Lambda itself writes
        unused = [grant for grant in cloud.access(FUNCTION).unused if not grant.action.lower().startswith(tuple(given))]
        expect(
            [f"{grant.action} on {grant.resource}" for grant in unused][:5],
            what="rights that the function has and has never used",
            hint="Look at cloud.access('MeasureFunction'): what is 'never used' can go.",
        ).equals([])
