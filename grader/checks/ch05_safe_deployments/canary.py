"""5.2: canary and alarm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch05_safe_deployments.releases import (
    BROKEN,
    alias_of,
    expect_release,
    next_version,
    release,
    revised,
)
from grader.checks.reading import output

GOOD, BAD = "good", "bad"  # checks of good releases use one stack, one after the other, and those of bad ones another
LONGEST_MINUTES = 16
QUIET_MINUTES = 10  # until whatever rang has come to rest
TENTH = 0.1 + 1e-9
REQUESTS_A_MINUTE = 20


def watch(cloud: Any, stack: Any, minutes: int, meanwhile: Callable[[int], None]) -> list[float]:
    """The share of the new version each minute until the deployment is over; ``meanwhile`` is called each time."""
    shares: list[float] = []
    for minute in range(minutes):
        if not cloud.stacks.get("answer").in_progress:
            break
        shares.append(alias_of(cloud, output(stack, "PriceFunction"))[1])
        meanwhile(minute)
        cloud.clock.advance(minutes=1)
    return shares


def expect_a_tenth(shares: list[float], stack: Any) -> None:
    """The new version had a tenth of the traffic, and never more."""
    if not shares and "ROLLBACK" in stack.status:
        expect_release(
            stack,
            "UPDATE_IN_PROGRESS",
            "The release was stopped before its first request: the alarm was on already. What does it make of minutes "
            "without data (TreatMissingData)?",
        )
    if not shares or shares[0] == 0:
        fail(
            "a new version with a tenth of the traffic first",
            "a release that takes all of it at once",
            "A DeploymentPreference with a canary Type. AllAtOnce, or no preference, moves everybody at once.",
            "template.yaml",
        )
    expect(
        max(shares),
        "A linear preference gives the new version more and more while it is watched. A canary stays at a tenth "
        "until the watching is over.",
        what="the largest share of the new version before it was trusted",
    ).is_at_most(TENTH)


GOOD_HINT = (
    "A good release was taken back. What does the alarm count? It must count errors, of the alias that the requests "
    "use, and a minute without requests is no error."
)
LATE_HINT = (
    "The canary is watched for longer than a quarter of an hour. The Type says for how many minutes: Canary10Percent…"
)
BAD_HINT = (
    "The release fails every request that it gets, for minutes. The alarm must be among the preference's Alarms (!Ref "
    "PriceErrors: the name that it has in the account), add up the Errors (Sum) of the alias live (FunctionName and "
    "Resource), look every minute, and go off at the first bad one: Period 60, EvaluationPeriods 1."
)
ONE_HINT = (
    "One request failed, in one minute. Any error is one too many for a release: the Sum of a single minute, at least "
    "1, is enough."
)
REST_HINT = (
    "The bad release was gone for ten minutes, and nobody had called since, but its alarm was still on. A long Period, "
    "or many of them, remembers old errors; TreatMissingData: ignore leaves the alarm as it was; notBreaching calls "
    "a silent minute good."
)


@exercise(
    "5.2",
    "A canary with an alarm",
    slug="5_2_canary",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "Two parts: a DeploymentPreference on the function, and an alarm that it names. Which Type keeps the new "
        "version at a tenth? Which dimensions does Lambda give the errors of an alias?",
        "The alarm's metric is Errors in AWS/Lambda with two dimensions: FunctionName, the function's name, and "
        "Resource, which is name:alias. FunctionName alone would count $LATEST too. Sum, over one minute.",
        "Dimensions FunctionName: !Ref PriceFunction and Resource: !Sub '${PriceFunction}:live'; Statistic Sum, "
        "Period 60, EvaluationPeriods 1, Threshold 0, GreaterThanThreshold, TreatMissingData notBreaching. Then "
        "Type: Canary10Percent5Minutes and Alarms with !Ref PriceErrors.",
    ],
    passed="A bad release meets a tenth of the requests for a minute or two, and is gone before anybody is called. A "
    "good one passes, however noisy the rest is.",
    next="5.3",
)
class Canary:
    @check(points=2, shares=GOOD)
    def a_good_release_goes_through(cloud, stack, http, folder):
        """A good release has a tenth of the traffic first, and all of it within a quarter of an hour."""
        url = output(stack, "PriceUrl")
        new = next_version(cloud, output(stack, "PriceFunction"))
        release(cloud, folder, revised(folder, "app.py", 2), wait=False)
        shares = watch(cloud, stack, LONGEST_MINUTES, lambda minute: [http.get(url) for _ in range(2)] and None)
        expect_a_tenth(shares, cloud.stacks.get("answer"))
        late = cloud.stacks.get("answer").in_progress
        expect_release(cloud.stacks.get("answer"), "UPDATE_COMPLETE", LATE_HINT if late else GOOD_HINT)
        expect(alias_of(cloud, output(stack, "PriceFunction")), GOOD_HINT, what="the alias").equals((new, 0.0))

    @check(points=3, shares=BAD)
    def a_bad_release_is_taken_back(cloud, stack, http, folder):
        """A bad release reaches a tenth of the requests, and is gone within three minutes."""
        url, seen = output(stack, "PriceUrl"), []
        before = alias_of(cloud, output(stack, "PriceFunction"))

        def traffic(minute: int) -> None:
            seen.extend(http.get(url).status for _ in range(REQUESTS_A_MINUTE))

        release(cloud, folder, {"app.py": BROKEN}, wait=False)
        shares = watch(cloud, stack, LONGEST_MINUTES, traffic)
        expect_a_tenth(shares, cloud.stacks.get("answer"))
        expect_release(cloud.stacks.get("answer"), "UPDATE_ROLLBACK_COMPLETE", BAD_HINT)
        expect(alias_of(cloud, output(stack, "PriceFunction")), BAD_HINT, what="the alias").equals(before)
        first = seen.index(502) // REQUESTS_A_MINUTE if 502 in seen else 0
        expect(
            len(shares) - first,
            "The alarm looks too rarely, or waits for too many bad minutes: Period 60 and EvaluationPeriods 1.",
            what="minutes from the first failed request to the way back",
        ).is_at_most(3)
        cloud.clock.advance(minutes=QUIET_MINUTES)

    @check(points=2, needs=a_good_release_goes_through, shares=GOOD)
    def noise_on_latest_does_not_count(cloud, stack, http, folder):
        """Errors of $LATEST, where somebody tries things out, take back no good release."""
        url = output(stack, "PriceUrl")
        release(cloud, folder, revised(folder, "app.py", 3), wait=False)

        def noise(minute: int) -> None:
            cloud.invoke("PriceFunction", {"not": "a request"})
            http.get(url)

        watch(cloud, stack, LONGEST_MINUTES, noise)
        expect_release(
            cloud.stacks.get("answer"),
            "UPDATE_COMPLETE",
            "The alarm counts the errors of the whole function. Add the dimension Resource, so that it counts those of "
            "the alias: name:live.",
        )

    @check(points=1)
    def a_quiet_night_is_no_failure(cloud, stack, folder):
        """Without a single request, a release goes through."""
        cloud.clock.advance(minutes=QUIET_MINUTES)
        release(cloud, folder, revised(folder, "app.py", 2), wait=False)
        watch(cloud, stack, LONGEST_MINUTES, lambda minute: None)
        expect_release(
            cloud.stacks.get("answer"),
            "UPDATE_COMPLETE",
            "Nobody called, so there was nothing to count, and the alarm went off. TreatMissingData says what silence "
            "means; here it means that all is well.",
        )
