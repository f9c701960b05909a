"""13.2: a monolith, divided so that no function may do what its job does not need."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word
from grader.checks.reading import json_body, output, stored_keys

ACCOUNT = "us-east-1:123456789012"
JOBS = ("GET /photos", "POST /photos", "DELETE /photos/{id}", "the nightly report")
ALBUM = "album"  # the checks use one album, one after the other
NEEDED = {
    "GET /photos": {"read photos"},
    "POST /photos": {"write photos", "write pictures"},
    "DELETE /photos/{id}": {"delete photos", "delete pictures"},
    "the nightly report": {"read photos", "write reports"},
}


def invocations(cloud: Any) -> dict[str, float]:
    """How often each function ran."""
    return {line.resource: line.quantity for line in cloud.bill().lines if line.item == "lambda_request"}


def ran_during(cloud: Any, action: Callable[[], Any]) -> str:
    """The function that ran meanwhile."""
    before = invocations(cloud)
    action()
    ran = [name for name, count in invocations(cloud).items() if count > before.get(name, 0)]
    if len(ran) != 1:
        fail("one function that does this job", f"{len(ran)}: {', '.join(ran) or 'none'}", "Each job has one function.")
    return ran[0]


def functions(cloud: Any) -> list[str]:
    """Every function of the account."""
    pages = cloud.client("lambda").get_paginator("list_functions").paginate()
    return [one["FunctionName"] for page in pages for one in page["Functions"]]


def add(cloud: Any, stack: Any, name: str) -> Any:
    """POST a photo."""
    return cloud.http.post(output(stack, "PhotosUrl"), json={"id": name, "title": f"title {name}", "picture": "***"})


def remove(cloud: Any, stack: Any, name: str) -> Any:
    """DELETE a photo."""
    return cloud.http.delete(f"{output(stack, 'PhotosUrl')}/{name}")


def night(cloud: Any) -> None:
    """Let a night pass."""
    cloud.clock.advance(hours=25)
    cloud.run_until_idle()


def functions_by_job(cloud: Any, stack: Any, jobs: Sequence[str]) -> dict[str, str]:
    """Which function does which of the first jobs, found out by letting each be done."""
    url = output(stack, "PhotosUrl")
    actions = (
        lambda: cloud.http.get(url), lambda: add(cloud, stack, "a"), lambda: remove(cloud, stack, "a"),
        lambda: night(cloud),
    )  # fmt: skip
    return {job: ran_during(cloud, action) for job, action in zip(jobs, actions, strict=False)}


def rights(cloud: Any, stack: Any, function: str) -> set[str]:
    """What a function may do to the stack's things, in words; "anything else" for what nobody needs."""
    table = f"arn:aws:dynamodb:{ACCOUNT}:table/{stack.outputs['PhotosTable']}"
    pictures, reports = (f"arn:aws:s3:::{stack.outputs[name]}" for name in ("PicturesBucket", "ReportsBucket"))
    asked = [
        ("read photos", "dynamodb:Scan", table), ("write photos", "dynamodb:PutItem", table),
        ("delete photos", "dynamodb:DeleteItem", table), ("delete photos", "dynamodb:BatchWriteItem", table),
        ("delete photos", "dynamodb:PartiQLDelete", table), ("change photos", "dynamodb:UpdateItem", table),
        ("write pictures", "s3:PutObject", f"{pictures}/x"), ("read pictures", "s3:GetObject", f"{pictures}/x"),
        ("delete pictures", "s3:DeleteObject", f"{pictures}/x"), ("list pictures", "s3:ListBucket", pictures),
        ("write reports", "s3:PutObject", f"{reports}/report.json"), ("read reports", "s3:GetObject", f"{reports}/x"),
        ("delete reports", "s3:DeleteObject", f"{reports}/x"),
        ("read anybody's table", "dynamodb:Scan", f"arn:aws:dynamodb:{ACCOUNT}:table/another"),
        ("write into anybody's bucket", "s3:PutObject", "arn:aws:s3:::another/x"),
        *(("write into anybody's bucket", "s3:PutObject", f"arn:aws:s3:::another-{stack.outputs[name]}/x")
          for name in ("PicturesBucket", "ReportsBucket")),
        ("delete the table", "dynamodb:DeleteTable", table),
        *(("call other functions", "lambda:InvokeFunction", f"arn:aws:lambda:{ACCOUNT}:function:{name}")
          for name in functions(cloud) if name != function),
        ("change functions", "lambda:UpdateFunctionCode", f"arn:aws:lambda:{ACCOUNT}:function:{function}"),
        ("change roles", "iam:PutRolePolicy", "arn:aws:iam::123456789012:role/another"),
        ("take another role", "sts:AssumeRole", "arn:aws:iam::123456789012:role/another"),
    ]  # fmt: skip
    return {right for right, action, arn in asked if cloud.may(function, action, arn).allowed}


@exercise(
    "13.2",
    "Divide at security boundaries",
    slug="13_2_boundaries",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "List for each of the four jobs in app.py what it calls: which action, on what. Two jobs that need different "
        "rights need different functions, for a function has one role.",
        "The code stays as it is: four functions with the same CodeUri, and another Handler each: app.browse, app.add, "
        "app.remove, app.report. Each has the event of its job, and a policy of its own.",
        "SAM's policy templates give more than you need here (DynamoDBReadPolicy also gets and queries, which does no "
        "harm; S3WritePolicy also writes ACLs). Exact: Policies with a Statement each: dynamodb:Scan, "
        "dynamodb:PutItem and s3:PutObject, dynamodb:DeleteItem and s3:DeleteObject, dynamodb:Scan and s3:PutObject.",
    ],
    passed="Four functions from one code, each with the rights of its job. Whoever finds a hole in the page with the "
    "titles can read titles.",
)
class Boundaries:
    @check(points=2, shares=ALBUM)
    def does_every_job(cloud, stack, rng):
        """Photos are added, browsed, removed and reported as before."""
        names = [word(rng) for _ in range(3)]
        for name in names:
            page = add(cloud, stack, name)
            expect(page.status, "See the trace.", what="POST /photos", trace=page.trace).equals(201)
        page = remove(cloud, stack, names[0])
        expect(page.status, "See the trace.", what="DELETE /photos/{id}", trace=page.trace).equals(200)
        page = cloud.http.get(output(stack, "PhotosUrl"))
        expect(page.status, "See the trace.", what="GET /photos", trace=page.trace).equals(200)
        titles = sorted(f"title {name}" for name in names[1:])
        expect(json_body(page, "See app.py.").get("titles"), what="the titles").equals(titles)
        expect(stored_keys(cloud, stack.outputs["PicturesBucket"]), what="the pictures").equals(sorted(names[1:]))
        before = sum(invocations(cloud).values())
        night(cloud)
        runs = sum(invocations(cloud).values()) - before
        expect(runs, "The report is a job of each night: a schedule of once a day.", what="runs in a night").is_at_most(
            2  # in 25 hours
        )
        reports = stored_keys(cloud, stack.outputs["ReportsBucket"])
        expect(reports, "The nightly schedule must start the report.", what="reports after a night").equals(
            ["report.json"]
        )
        stored = cloud.client("s3").get_object(Bucket=stack.outputs["ReportsBucket"], Key="report.json")["Body"].read()
        expect(json.loads(stored), what="the report").equals({"photos": 2})

    @check(points=1, needs=does_every_job, shares=ALBUM)
    def strangers_cannot_delete(cloud, stack):
        """Whoever may browse or add may not delete."""
        for job, function in functions_by_job(cloud, stack, JOBS[:2]).items():
            found = sorted(right for right in rights(cloud, stack, function) if right.startswith("delete"))
            hint = (
                "A function has one role. Take deleting out of it: into another function. BatchWriteItem deletes as "
                "well, and SAM's DynamoDBWritePolicy allows it."
            )
            expect(found, hint, what=f"what the function behind {job} may delete").equals([])

    @check(points=3, needs=does_every_job, shares=ALBUM)
    def each_may_do_its_job_only(cloud, stack):
        """No function may do what its job does not need."""
        by_job = functions_by_job(cloud, stack, JOBS)
        for job, function in by_job.items():
            expect(
                sorted(rights(cloud, stack, function) - NEEDED[job]),
                "Which calls does this job make? Those, on those things, and no others.",
                what=f"what the function behind {job} may do beyond its job",
            ).equals([])
        for function in sorted(set(functions(cloud)) - set(by_job.values())):
            hint = "None of the four jobs is done by this function. Take it out of the template, and its role with it."
            expect(sorted(rights(cloud, stack, function)), hint, what=f"what {function} may do").equals([])
