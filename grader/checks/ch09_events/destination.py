"""9.5: a report of what went wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

from grader.checks import check, exercise, expect, fail
from grader.checks.ch09_events.uploads import RETRIES_OVER_MINUTES, bury, expect_thumbnail, upload
from grader.checks.material import photograph, word
from grader.checks.reading import stored_keys

SERVICE = "service"  # the checks use one service, one after the other, each for uploads of its own


def reports(cloud: Any, stack: Any, before: Sequence[str] = ()) -> list[str]:
    """The keys of the reports that were not there before."""
    return [key for key in stored_keys(cloud, stack.outputs["ReportsBucket"]) if key not in before]


def report_of(cloud: Any, stack: Any, key: str) -> Any:
    """The report of one upload, opened."""
    keys = reports(cloud, stack)
    hint = "Every record gets its report. Decode the key with unquote_plus, as ever."
    expect(keys, what="the reports", hint=hint).contains(f"{key}.json")
    body = cloud.client("s3").get_object(Bucket=stack.outputs["ReportsBucket"], Key=f"{key}.json")["Body"].read()
    try:
        report = json.loads(body)
    except ValueError:
        fail(expected="a report as JSON", found=body[:200].decode("utf-8", "replace"), hint="json.dumps(report)")
    expect(report, what="the report", hint="A JSON object.").has_keys("key", "cause", "type", "attempts")
    return report


def hint_for(found: Sequence[str]) -> str:
    """What to look at when the reports are not the right ones."""
    if found:
        return "A report's key is the upload's, whole, with .json behind it."
    return (
        "Is ReportFunction the OnFailure destination of ConvertFunction, and may that one's role call it? Do its logs "
        "show an error?"
    )


def record_of(cloud: Any, key: str) -> dict[str, Any]:
    """The record of another upload, like the last one that S3 has sent."""
    record = cloud.delivered_events("ConvertFunction")[-1]["Records"][0]
    return {**record, "s3": {**record["s3"], "object": {**record["s3"]["object"], "key": quote_plus(key)}}}


def fail_with_one_retry(cloud: Any, stack: Any, keys: Sequence[str]) -> dict[str, Any]:
    """Let one event with uploads that are not there fail, after a single retry.

    Returns
    -------
    The error, as Lambda tells it.
    """
    event = {"Records": [record_of(cloud, key) for key in keys]}
    function = stack.resources["ConvertFunction"].physical_id
    client = cloud.client("lambda")
    for config in client.list_function_event_invoke_configs(FunctionName=function)["FunctionEventInvokeConfigs"]:
        name = config["FunctionArn"]
        client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
        client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    cloud.run_until_idle()
    cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
    return dict(cloud.invoke("ConvertFunction", event).error)


@exercise(
    "9.5",
    "Say what went wrong",
    slug="9_5_destination",
    files=["template.yaml", "report.py"],
    minutes=20,
    hints=[
        "A dead letter carries the event. A destination carries event and error: which property of the function "
        "names it? Look for EventInvokeConfig.",
        "DestinationConfig → OnFailure → Type: Lambda, Destination: the report function's ARN. The destination's event "
        "has requestPayload (your event), responsePayload (the error) and requestContext.",
        "requestPayload['Records'][…]['s3']['object']['key'] is encoded as ever; responsePayload has errorMessage and "
        "errorType; requestContext has approximateInvokeCount.",
    ],
    passed="Whoever opens the report reads which file failed, why, and how often it was tried, and searches no log.",
    next="9.6",
)
class Destination:
    @check(points=2, shares=SERVICE)
    def reports_a_failure(cloud, stack, rng):
        """A failed conversion leaves a report under the upload's key and '.json'."""
        before = reports(cloud, stack)
        bury(cloud, stack, "broken.jpg")
        found = reports(cloud, stack, before)
        expect(
            found, hint_for(found), what="reports after the last retry", trace=None if found else cloud.traces.last()
        ).equals(["broken.jpg.json"])

    @check(points=2, needs=reports_a_failure, shares=SERVICE)
    def names_the_cause(cloud, stack, rng):
        """The report says which upload failed, why, and after how many attempts."""
        key, calls = f"my file {rng.randrange(1000)}.jpg", len(cloud.delivered_events("ConvertFunction"))
        bury(cloud, stack, key)
        attempts = len(cloud.delivered_events("ConvertFunction")) - calls
        report = report_of(cloud, stack, key)
        expect(report["key"], what='"key"', hint="As the user named it, not URL-encoded.").equals(key)
        expect(
            report["cause"],
            what='"cause"',
            hint="responsePayload['errorMessage'] is the error's own words, and no more.",
        ).matches(r"cannot identify image file [^\n]+", "the sentence that begins with “cannot identify image file”")
        expect(report["type"], what='"type"', hint="responsePayload['errorType']").equals("UnidentifiedImageError")
        expect(
            report["attempts"],
            what='"attempts"',
            hint="requestContext['approximateInvokeCount'] counts the first attempt too.",
        ).equals(attempts)
        keys = [f"lost {word(rng)}.jpg", f"lost {word(rng)}.jpg"]
        error = fail_with_one_retry(cloud, stack, keys)
        for key in keys:
            report = report_of(cloud, stack, key)
            expect(
                {name: report[name] for name in ("key", "cause", "type", "attempts")},
                what="the report of another failure: an event with two records, tried twice",
                hint="Every record of requestPayload gets a report, and each member comes from the event.",
            ).equals({"key": key, "cause": error["errorMessage"], "type": error["errorType"], "attempts": 2})

    @check(points=1, shares=SERVICE)
    def keeps_quiet_about_success(cloud, stack, rng):
        """A good picture is converted and not reported."""
        before, calls = reports(cloud, stack), len(cloud.delivered_events("ReportFunction"))
        upload(cloud, stack, "fine.jpg", photograph(rng))
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        expect_thumbnail(cloud, stack, "fine.jpg")
        expect(
            reports(cloud, stack, before),
            what="reports after a success",
            hint="OnFailure, not OnSuccess.",
        ).equals([])
        expect(
            len(cloud.delivered_events("ReportFunction")) - calls,
            what="how often ReportFunction was called after a success",
            hint="OnFailure only: whoever is told of successes too has to sort them out.",
        ).equals(0)
