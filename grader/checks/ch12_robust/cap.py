"""12.4: timeout, reserved concurrency and size limits, so that a flood stays under a given bill."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect
from grader.checks.reading import crash_hint

FLOOD_REQUESTS, FLOOD_PER_SECOND = 200, 20
MOST_GB_SECONDS = 60.0
LARGEST = 100_000
SLOWEST_HONEST_S = 2.2
QUICKEST_HONEST_S = 0.25
SERVICE = "service"  # the checks use one service, one after the other; each looks at what it used itself


def flood(cloud: Any, stack: Any, body: str, requests: int = FLOOD_REQUESTS) -> list[Any]:
    """Many requests with the same body, twenty a second."""
    return list(
        cloud.http.burst(
            stack.outputs["ConvertUrl"], requests=requests, per_second=FLOOD_PER_SECOND, method="POST", body=body
        )
    )


def gb_seconds(cloud: Any, stack: Any) -> float:
    """What the function has used: its memory times its time."""
    name = stack.resources["ConvertFunction"].physical_id
    memory = cloud.client("lambda").get_function_configuration(FunctionName=name)["MemorySize"]
    return float(memory) / 1024 * seconds_used(cloud, stack)


def seconds_used(cloud: Any, stack: Any) -> float:
    """The time of all invocations that CloudWatch counted."""
    now = cloud.clock.now()
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Duration",
        Dimensions=[{"Name": "FunctionName", "Value": stack.resources["ConvertFunction"].physical_id}],
        StartTime=now.replace(hour=0, minute=0, second=0, microsecond=0),
        EndTime=now.replace(hour=23, minute=59, second=59, microsecond=0),
        Period=86_400,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(float(point["Sum"]) for point in found) / 1000


@exercise(
    "12.4",
    "A flood that stays cheap",
    slug="12_4_cap",
    files=["template.yaml", "app.py"],
    minutes=15,
    hints=[
        "What can one request cost at most? Its time limit. What can a second cost at most? As many of them as may run "
        "at once. And which requests need not be worked on at all?",
        "The slowest honest picture has LARGEST characters: how long does convert take for it? Timeout a little above. "
        "Honest traffic is five small pictures a second, a third of a second each: Little's law says how many at once.",
        "Timeout: 3, ReservedConcurrentExecutions: 5, and in the handler, before any work: if len(picture) > LARGEST, "
        "answer(413, …).",
    ],
    passed="Whatever is thrown at it, your function uses at most five half-gigabytes at a time, three seconds each. "
    "The worst case is a number that you chose.",
    next="12.5",
)
class Cap:
    @check(points=1, shares=SERVICE)
    def converts_honest_pictures(cloud, stack, http):
        """Ordinary pictures are converted, five a second, and so is the largest one."""
        before = seconds_used(cloud, stack)
        answers = http.burst(stack.outputs["ConvertUrl"], requests=30, per_second=5, method="POST", body="p" * 5_000)
        crashed = next((answer for answer in answers if answer.status == 502), None)
        hint = "Five a second, a third of a second each: at least two at once, and some more while environments start."
        expect(
            sorted({answer.status for answer in answers}),
            (crash_hint(crashed) if crashed else "") or hint,
            what="statuses of honest requests",
            trace=crashed.trace if crashed else None,
        ).equals([200])
        expect(
            seconds_used(cloud, stack) - before, "Leave convert as it is: it stands for hard work.",
            what="seconds for 30 honest pictures",
        ).is_at_least(30 * QUICKEST_HONEST_S)  # fmt: skip
        largest = http.post(stack.outputs["ConvertUrl"], body="p" * LARGEST)
        hint = f"The largest picture takes {SLOWEST_HONEST_S:g} seconds: let it finish."
        if largest.status == 413:
            hint = f"A picture of LARGEST = {LARGEST:,} characters is the largest that is taken. Refuse larger ones."
        expect(
            largest.status,
            hint,
            what="the status for the largest picture",
            trace=largest.trace,
        ).equals(200)

    @check(points=1, needs=converts_honest_pictures, shares=SERVICE)
    def refuses_what_is_too_large(cloud, stack, http):
        """Larger pictures are refused with 413, and at once."""
        before = gb_seconds(cloud, stack)
        refused = http.post(stack.outputs["ConvertUrl"], body="p" * (LARGEST + 1))
        expect(
            refused.status,
            "In the handler, before the work: if len(picture) > LARGEST, answer with 413.",
            what="the status for a picture that is too large",
            trace=refused.trace,
        ).equals(413)
        http.post(stack.outputs["ConvertUrl"], body="p" * 2_000_000)
        expect(
            gb_seconds(cloud, stack) - before, "Look at the size before you begin.", what="GB-seconds for two refusals"
        ).is_at_most(0.5)

    @check(points=2, needs=converts_honest_pictures, shares=SERVICE)
    def survives_a_flood_of_broken_pictures(cloud, stack, http):
        """Ten seconds of broken pictures, or of the largest ones, twenty a second, stay within the budget."""
        hint = (
            "Two dials: Timeout bounds one request, ReservedConcurrentExecutions how many run at once. One alone is "
            "not enough: a short timeout is paid again and again, and by pictures that are in order, too. And what "
            "begins in the tenth second is paid to its end."
        )
        for kind, body in (("broken", "broken"), ("large", "p" * LARGEST)):
            before = gb_seconds(cloud, stack)
            flood(cloud, stack, body)
            expect(
                gb_seconds(cloud, stack) - before, hint, what=f"GB-seconds for {FLOOD_REQUESTS} {kind} pictures"
            ).is_at_most(MOST_GB_SECONDS)
            cloud.clock.advance(seconds=30)

    @check(points=1, needs=survives_a_flood_of_broken_pictures, shares=SERVICE)
    def recovers_after_the_flood(cloud, stack, http):
        """When the flood is over, honest pictures are converted again."""
        flood(cloud, stack, "broken", 30)
        cloud.clock.advance(seconds=30)
        answer = http.post(stack.outputs["ConvertUrl"], body="p" * 5_000)
        expect(answer.status, "See the trace.", what="the status after the flood", trace=answer.trace).equals(200)

    @check(points=1, needs=converts_honest_pictures, shares=SERVICE)
    def leaves_the_account_its_concurrency(cloud, stack):
        """The other functions of the account keep nearly everything."""
        limits = cloud.client("lambda").get_account_settings()["AccountLimit"]
        expect(
            limits["UnreservedConcurrentExecutions"],
            "What you reserve is taken from everybody else. A handful is enough.",
            what="the concurrency that is left to others",
        ).is_at_least(950)
