"""9.5: a report of what went wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch09_events.uploads import ATTEMPTS, RETRIES_OVER_MINUTES, bury, expect_thumbnail, upload
from grader.checks.material import photograph
from grader.checks.reading import stored_keys

SERVICE = "service"  # the checks use one service, one after the other, each for uploads of its own


def reports(cloud: Any, stack: Any, before: Sequence[str] = ()) -> list[str]:
    """The keys of the reports that were not there before."""
    return [key for key in stored_keys(cloud, stack.outputs["ReportsBucket"]) if key not in before]


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
        expect(
            reports(cloud, stack, before),
            what="reports after the last retry",
            hint="Is ReportFunction the OnFailure destination of ConvertFunction? Do its logs show an error?",
        ).equals(["broken.jpg.json"])

    @check(points=2, needs=reports_a_failure, shares=SERVICE)
    def names_the_cause(cloud, stack, rng):
        """The report says which upload failed, why, and after how many attempts."""
        key = f"my file {rng.randrange(1000)}.jpg"
        bury(cloud, stack, key)
        keys = reports(cloud, stack)
        expect(keys, what="the reports", hint="Decode the key with unquote_plus, as ever.").contains(f"{key}.json")
        body = cloud.client("s3").get_object(Bucket=stack.outputs["ReportsBucket"], Key=f"{key}.json")["Body"].read()
        try:
            report = json.loads(body)
        except ValueError:
            fail(expected="a report as JSON", found=body[:200].decode("utf-8", "replace"), hint="json.dumps(report)")
        expect(report, what="the report", hint="A JSON object.").has_keys("key", "cause", "type", "attempts")
        expect(report["key"], what='"key"', hint="As the user named it, not URL-encoded.").equals(key)
        expect(
            str(report["cause"]), what='"cause"', hint="responsePayload['errorMessage'] is the error's own words."
        ).contains("cannot identify image file")
        expect(report["type"], what='"type"', hint="responsePayload['errorType']").equals("UnidentifiedImageError")
        expect(
            report["attempts"],
            what='"attempts"',
            hint="requestContext['approximateInvokeCount'] counts the first attempt too.",
        ).equals(ATTEMPTS)

    @check(points=1, shares=SERVICE)
    def keeps_quiet_about_success(cloud, stack, rng):
        """A good picture is converted and not reported."""
        before = reports(cloud, stack)
        upload(cloud, stack, "fine.jpg", photograph(rng))
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        expect_thumbnail(cloud, stack, "fine.jpg")
        expect(
            reports(cloud, stack, before),
            what="reports after a success",
            hint="OnFailure, not OnSuccess.",
        ).equals([])
