"""4.2: the failing requests of the last hour."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from grader.checks import check, exercise, expect
from grader.checks.material import word

LOGS = "logs"  # the checks use one account, one after the other, each for a log group of its own
HOUR_MS = 3_600_000
BATCH = 400
AGE = "startTime is in milliseconds since 1970; time.time() is in seconds. An hour is 3,600 seconds."
NOTHING = (
    "Nothing at all was found. Look at the range of time first: startTime and endTime are in milliseconds since 1970, "
    "and the last hour begins 3,600 seconds before now, not at the full hour. Then at the pattern: "
    'the field is level, { $.level = "ERROR" }.'
)
ORDER = (
    "The requests are the right ones, their order is not. Keep the ids in the order in which their lines came: a set "
    "has none. And whoever asks twice puts both answers in one order, by time."
)
KEPT = (
    "No line of this group holds that id: it was kept from an earlier call. What a function collects it begins anew at "
    "each call."
)
PAGES = (
    "One answer is one page, and a page may be empty and still have a nextToken. A paginator asks on until none comes."
)


def request_id(rng: Random) -> str:
    """An id as Lambda gives it."""
    return "-".join(f"{rng.getrandbits(bits):0{bits // 4}x}" for bits in (32, 16, 16, 16, 48))


def line(level: str, request: str, **more: Any) -> str:
    """What a handler logs."""
    return json.dumps({"level": level, "requestId": request, "message": "…", **more})


def report(request: str, status: str) -> str:
    """What the platform logs at the end, compactly, as Lambda writes it."""
    record = {"requestId": request, "metrics": {"durationMs": 12.5}, "status": status}
    return json.dumps({"type": "platform.report", "record": record}, separators=(",", ":"))


def new_group(cloud: Any, rng: Random) -> str:
    """An empty log group; returns its name."""
    group = f"/aws/lambda/till-{word(rng)}"
    cloud.client("logs").create_log_group(logGroupName=group)
    return group


def write(cloud: Any, group: str, events: Sequence[tuple[int, str]], stream: str = "one") -> None:
    """Put lines into a group, each so many milliseconds old, and wait until they can be found."""
    logs = cloud.client("logs")
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(1000 * cloud.clock.timestamp())
    ordered = sorted(events, key=lambda event: -event[0])
    for first in range(0, len(ordered), BATCH):
        batch = [{"timestamp": now - age, "message": message} for age, message in ordered[first : first + BATCH]]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)
    cloud.clock.advance(seconds=5)


def judge_found(
    cloud: Any,
    function: Callable[..., Any],
    group: str,
    wanted: Sequence[str],
    hint: str,
    nothing: str = "",
    **how: Any,
) -> None:
    """Ask the answer for the failing requests of a group; the hint is for what it may find too little or too much."""
    found = function("failures.failing_requests", **how)(group)
    expect(found, "Hand back a list of ids.", what="failing_requests(…)").is_list()
    if sorted(map(str, found)) == sorted(wanted):
        hint = ORDER
    elif not found:
        hint = nothing or hint
    elif any(request not in wanted and not stands_in(cloud, group, request) for request in found):
        hint = KEPT
    expect(found, hint, what="the failing requests").equals(list(wanted))


def stands_in(cloud: Any, group: str, request: Any) -> bool:
    """Whether any line of the group names the request."""
    pages = cloud.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return any(str(request) in event["message"] for page in pages for event in page["events"])


@exercise(
    "4.2",
    "Find all errors",
    slug="4_2_find_errors",
    files=["failures.py"],
    minutes=15,
    hints=[
        "One call of filter_log_events with three things: the group, a start, a pattern. Then think about what "
        "comes after the first page.",
        "startTime=int(1000 * (time.time() - 3600)). Two conditions are joined with ||. A paginator for "
        "filter_log_events follows the tokens. A request may fail in more than one line.",
        '{ ($.level = "ERROR") || ($.type = "platform.report" && $.record.status != "success") }; read '
        "each message with json.loads; keep the ids in a dictionary, which remembers the order.",
    ],
    passed="Time in milliseconds, a pattern that asks for fields, and every page: that is an on-call tool. Those "
    "that ran out of time are in it, although they could not say so themselves.",
    next="4.3",
)
class FindErrors:
    @check(points=2, shares=LOGS)
    def finds_errors_by_level(cloud, function, rng):
        """Requests with a line of level ERROR are found, and no others."""
        group = new_group(cloud, rng)
        bad, good, worried = (request_id(rng) for _ in range(3))
        write(
            cloud,
            group,
            [
                (50_000, line("INFO", good, note="no ERROR so far")),
                (40_000, line("WARN", worried)),
                (30_000, json.dumps({"requestId": bad, "level": "ERROR"}, separators=(",", ":"))),
                (20_000, report(good, "success")),
            ],
        )
        hint = 'A word matches anywhere in a line, and blanks in JSON differ. Ask for the field: { $.level = "ERROR" }.'
        judge_found(cloud, function, group, [bad], hint, nothing=NOTHING)

    @check(points=2, needs=finds_errors_by_level, shares=LOGS)
    def finds_those_that_could_not_say_so(cloud, function, rng):
        """Requests that raised or ran out of time are found by their report."""
        group = new_group(cloud, rng)
        raised, late, died, good = (request_id(rng) for _ in range(4))
        ends = ((9_000, raised, "error"), (8_000, late, "timeout"), (7_500, died, "failure"), (7_000, good, "success"))
        write(cloud, group, [(age, report(request, status)) for age, request, status in ends])
        hint = (
            "A handler that is stopped for its time writes no ERROR. The platform's report says how it ended: "
            '{ $.type = "platform.report" && $.record.status != "success" }.'
        )
        judge_found(cloud, function, group, [raised, late, died], hint)

    @check(points=2, needs=finds_errors_by_level, shares=LOGS)
    def only_the_last_hour(cloud, function, rng):
        """What is older than an hour stays out; what is nearly an hour old is in."""
        group = new_group(cloud, rng)
        old, edge, new = (request_id(rng) for _ in range(3))
        minutes = rng.randrange(2, 20) * 60_000
        write(
            cloud,
            group,
            [
                (HOUR_MS + minutes, line("ERROR", old)),
                (HOUR_MS - 60_000, line("ERROR", edge)),
                (5_000, line("ERROR", new)),
            ],
        )
        judge_found(cloud, function, group, [edge, new], AGE)
        cloud.clock.advance(minutes=2)
        hint = "Two minutes later the hour begins two minutes later: read the clock in the function, at each call."
        judge_found(cloud, function, group, [new], hint)

    @check(points=2, needs=finds_errors_by_level, shares=LOGS)
    def reads_every_page(cloud, function, rng):
        """A busy hour is searched to its end."""
        group = new_group(cloud, rng)
        busy = [(3_000_000 - number, line("INFO", word(rng), text="x" * 2_400)) for number in range(1_000)]
        bad = [request_id(rng), request_id(rng)]
        write(cloud, group, [*busy, (1_000_000, line("ERROR", bad[0])), (10_000, line("ERROR", bad[1]))])
        judge_found(cloud, function, group, bad, PAGES, timeout=60)

    @check(points=1, needs=finds_those_that_could_not_say_so, shares=LOGS)
    def each_request_once(cloud, function, rng):
        """A request that failed in several lines is one request; all streams are searched."""
        group = new_group(cloud, rng)
        first, twice, other = (request_id(rng) for _ in range(3))
        said = [(9_000, line("ERROR", twice)), (8_500, line("ERROR", twice, message="again"))]
        write(cloud, group, [*said, (8_000, report(twice, "error"))])
        write(cloud, group, [(20_000, report(first, "timeout")), (7_000, line("ERROR", other))], stream="two")
        hint = "Several lines, one request: keep ids you have seen. Each environment has a stream; search the group."
        judge_found(cloud, function, group, [first, twice, other], hint)

    @check(points=1, needs=finds_errors_by_level, shares=LOGS)
    def a_quiet_hour(cloud, function, rng):
        """An hour without failures is an empty list."""
        group = new_group(cloud, rng)
        write(cloud, group, [(9_000, report(request_id(rng), "success"))])
        judge_found(cloud, function, group, [], "Nothing failed.")
