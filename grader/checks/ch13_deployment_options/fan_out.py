"""13.5: a job split into parts, which run side by side and are gathered although one failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word
from grader.checks.reading import output, stored_keys

MOST_AT_ONCE = 10
SECONDS_A_PART = 20
MOST_SHOWN = 5  # keys
MOST_OF_A_CAUSE = 200  # letters
PATIENCE = 3600  # seconds: enough for the most patient Retry
STUDIO = "studio"  # the checks use one studio, one after the other, each for a job of its own


def start(
    cloud: Any, stack: Any, job: str, keys: Sequence[str], bad: Sequence[str] = (), missing: Sequence[str] = ()
) -> None:
    """Put the photos of a job there, without those that are ``missing``, then the job itself."""
    s3, bucket = cloud.client("s3"), output(stack, "PhotosBucket")
    for key in sorted(set(keys) - set(missing), key=keys.index):
        s3.put_object(Bucket=bucket, Key=key, Body=b"no such thing" if key in bad else f"photo {key}".encode())
    cloud.run_until_idle()
    s3.put_object(Bucket=bucket, Key=f"{job}.json", Body=json.dumps(list(keys)).encode())


def pass_time(cloud: Any, seconds: float) -> None:
    """Let seconds pass, and everything happen in them."""
    cloud.run_until_idle()
    cloud.clock.advance(seconds=seconds)
    cloud.run_until_idle()


def report(cloud: Any, stack: Any, job: str, hint: str) -> dict[str, Any]:
    """The job's report."""
    bucket = output(stack, "ReportsBucket")
    if f"{job}.json" not in (found := stored_keys(cloud, bucket)):
        done = len(stored_keys(cloud, stack.outputs["ThumbnailsBucket"]))
        others = f"; in ReportsBucket: {', '.join(found[:MOST_SHOWN])}" if found else ""
        fail(f"the report {job}.json", f"no report; {done} thumbnails are there{others}{why_it_ended(cloud)}", hint)
    return dict(json.loads(cloud.client("s3").get_object(Bucket=bucket, Key=f"{job}.json")["Body"].read()))


def why_it_ended(cloud: Any) -> str:
    """What the newest execution failed of, if it did."""
    states = cloud.client("stepfunctions")
    for machine in states.list_state_machines()["stateMachines"]:
        for one in states.list_executions(stateMachineArn=machine["stateMachineArn"], maxResults=1)["executions"]:
            if one["status"] == "FAILED":
                ended = states.describe_execution(executionArn=one["executionArn"])
                return f"; the execution failed: {ended.get('error')}: {str(ended.get('cause'))[:MOST_OF_A_CAUSE]}"
    return ""


def names(rng: Any, count: int) -> list[str]:
    """Keys of photos."""
    return [f"{word(rng)}-{number}" for number in range(count)]


GATHER_HINT = "After the parts comes one who gathers: see the execution's history."
SIDE_BY_SIDE = (
    "One after the other they take 20 seconds each. A Map state runs its items side by side, as many as "
    "MaxConcurrency says."
)
FAILED_HINT = (
    "One item that fails ends the whole Map, and the others with it. Catch it inside the item's own states, whatever "
    "it was (States.ALL), and let the item end with a result that says so."
)
SORTED_HINT = (
    "Two sorted lists of keys: what has a thumbnail, and what has none. The result of an item that failed says so, and "
    "still names the key."
)


@exercise(
    "13.5",
    "Split, work, gather",
    slug="13_5_fan_out",
    files=["template.yaml", "parts.py"],
    minutes=30,
    hints=[
        "Three states: split, work, gather. Which type of state does the same for every element of a list? And what "
        "becomes of the list when one of them fails?",
        "Map with ItemsPath: $.parts and ResultPath: $.results, so that the job's name stays beside them. Inside, a "
        "Task with Retry, then Catch; the Catch leads to a Pass state, still inside, that says {key, ok: false}.",
        "work returns {'key': event['key'], 'ok': True}. GivenUp: Type: Pass, Parameters: {key.$: $.key, ok: false}, "
        "with ResultPath: $.error in the Catch, or the key is lost. gather sorts event['results'] by ok.",
    ],
    passed="A job of many parts takes as long as its slowest ones, and one bad part costs one line of the report. "
    "Somebody had to wait for the parts: the state machine, which is not paid for waiting.",
)
class FanOut:
    @check(points=1, shares=STUDIO)
    def reports_a_job(cloud, stack, rng):
        """A job of three photos is done and reported."""
        keys = names(rng, 3)
        start(cloud, stack, "trip", keys)
        pass_time(cloud, 120)
        found = report(cloud, stack, "trip", GATHER_HINT)
        expect(found, "Two lists of keys, sorted.", what="the report").equals({"done": sorted(keys), "failed": []})
        expect(stored_keys(cloud, stack.outputs["ThumbnailsBucket"]), what="the thumbnails").equals(sorted(keys))

    @check(points=2, needs=reports_a_job, shares=STUDIO)
    def works_side_by_side(cloud, stack, rng):
        """Twenty-four photos take little more than a minute, not eight."""
        keys = names(rng, 24)
        start(cloud, stack, "wedding", keys)
        pass_time(cloud, 90)  # four rounds of six, and what is between them
        found = report(cloud, stack, "wedding", SIDE_BY_SIDE)
        expect(found, "All of them.", what="the report").equals({"done": sorted(keys), "failed": []})

    @check(points=1, needs=works_side_by_side, shares=STUDIO)
    def ten_at_most(cloud, stack, rng):
        """No more than ten parts run at the same time."""
        keys = names(rng, MOST_AT_ONCE + 1)
        start(cloud, stack, "party", keys)
        pass_time(cloud, SECONDS_A_PART - 5)
        done = len(set(keys).intersection(stored_keys(cloud, stack.outputs["ThumbnailsBucket"])))
        pass_time(cloud, 100)  # the rest is done, and in nobody's way
        hint = "MaxConcurrency: 10. Without it a Map may start forty at once; with less, all takes longer than it must."
        expect(done, hint, what="parts done in the first round").equals(MOST_AT_ONCE)

    @check(points=2, needs=reports_a_job, shares=STUDIO)
    def gathers_although_one_failed(cloud, stack, rng):
        """Of six photos one is no photo, and one is not there: four are done, the report names the two."""
        keys = names(rng, 6)
        bad, missing = rng.sample(keys, 2)
        start(cloud, stack, "journey", keys, [bad], [missing])
        pass_time(cloud, PATIENCE)
        found = report(cloud, stack, "journey", FAILED_HINT)
        wanted = {"done": sorted(set(keys) - {bad, missing}), "failed": sorted([bad, missing])}
        hint = SORTED_HINT if all(key in json.dumps(found) for key in keys) else FAILED_HINT
        expect(found, hint, what="the report").equals(wanted)

    @check(points=1, needs=reports_a_job, shares=STUDIO)
    def tries_a_part_again(cloud, stack, rng):
        """A part that failed for a moment is done after all."""
        keys = names(rng, 4)
        cloud.fail_next("s3", "PutObject", "SlowDown", status=503, times=5)
        start(cloud, stack, "picnic", keys)
        pass_time(cloud, PATIENCE)
        cloud.calm()
        hint = (
            "A part that fails for a moment is tried again: Retry on the Task inside of the Map, for States.ALL. It "
            "goes before Catch; and what the code catches itself is never tried again."
        )
        found = report(cloud, stack, "picnic", hint)
        expect(found, hint, what="the report").equals({"done": sorted(keys), "failed": []})
