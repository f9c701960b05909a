"""What only a grader with the solutions asks: the same, with words, routes and floods drawn at random."""

from __future__ import annotations

from grader.checks import check, expect, hidden
from grader.checks.ch12_robust.alarms import (
    NOTICED_MINUTES,
    SHOP as ALARMS_SHOP,
    expect_mail,
    fail_an_order,
    mend,
    order,
    throttle,
    told,
    trade,
)
from grader.checks.ch12_robust.cap import MOST_GB_SECONDS, SERVICE, flood, gb_seconds
from grader.checks.ch12_robust.gameday import SHOP as GAME_SHOP, booked_before, expect_booked, orders, pass_time
from grader.checks.ch12_robust.path import KINDS, SERVICE as PATH_SERVICE, SIZES, expect_refused, expect_signed
from grader.checks.ch12_robust.retry import LIMITS, ROUNDING, STORAGE, expect_success, fetch, store, trouble
from grader.checks.ch12_robust.router import ROUTER, any_routes, judge_conflicts, judge_match, right_conflicts
from grader.checks.ch12_robust.throttle import DEAR_BURST, DEAR_RATE, SHOP, admitted, expect_bucket, quiet
from grader.checks.material import word


@hidden("12.1")
class PathHidden:
    @check(points=1, shares=PATH_SERVICE)
    def holds_everything_against_the_list(cloud, stack, http, rng):
        """Any word that is not on the list is refused, any spelling of one that is gets in."""
        for _ in range(4):
            expect_refused(http, stack, word(rng, rng.randrange(2, 9)) + rng.choice(["", ".jpg", "png"]), "")
            extension, size = rng.choice(sorted(KINDS)), rng.choice(SIZES)
            spelt = "".join(rng.choice([letter, letter.upper()]) for letter in extension)
            expect_signed(http, stack, f"{spelt}/image/{size}", size, "")
            expect_refused(http, stack, f"{spelt}/image/{size + rng.randrange(1, 90)}", "")


@hidden("12.2")
class RouterHidden:
    @check(points=1, shares=ROUTER)
    def routes_anything(function, rng):
        """Any routes in any order are told apart."""
        match, conflicts = function("router.match"), function("router.conflicts")
        for _ in range(5):
            routes = any_routes(rng)
            judge_conflicts(conflicts, routes)
            if not right_conflicts(routes):
                for route in routes:
                    judge_match(match, rng.sample(routes, len(routes)), route.replace("{", "").replace("}", ""))


@hidden("12.3")
class ThrottleHidden:
    @check(points=1, shares=SHOP)
    def stops_any_flood(cloud, stack, http, rng):
        """A flood of any strength is stopped."""
        quiet(cloud)
        requests, per_second = rng.randrange(40, 80), rng.randrange(15, 40)
        found = admitted(http, f"{stack.outputs['ApiUrl']}sign", requests, per_second, "POST")
        expect_bucket(found, DEAR_BURST, DEAR_RATE, (requests - 1) / per_second, "a flood", "")
        expect(admitted(http, stack.outputs["ApiUrl"], 30, 30), what="GET /, of 30").equals(30)


@hidden("12.5")
class AlarmsHidden:
    @check(points=1, shares=ALARMS_SHOP)
    def tells_again(cloud, stack, http, rng):
        """A second trouble, hours after the first, is told of again."""
        troubles = (lambda: order(http, stack, "bug"), lambda: fail_an_order(cloud, stack),
                    lambda: throttle(cloud, stack))  # fmt: skip
        for _ in range(2):
            for happens in troubles:
                trade(cloud, stack, rng.randrange(1, 3))
                before = told(cloud)
                happens()
                cloud.clock.advance(minutes=NOTICED_MINUTES)
                expect_mail(cloud, before, "each trouble, and the same trouble hours later", "")
                mend(cloud, stack)
            cloud.clock.advance(hours=2)


@hidden("12.4")
class CapHidden:
    @check(points=1, shares=SERVICE)
    def costs_what_was_agreed(cloud, stack, http, rng):
        """A mixed flood stays within the budget."""
        before = gb_seconds(cloud, stack)
        flood(cloud, stack, "broken" * rng.randrange(1, 9), 120)
        flood(cloud, stack, "p" * rng.randrange(300_000, 400_000), 40)
        used = gb_seconds(cloud, stack) - before
        expect(used, what="GB-seconds for a mixed flood").is_at_most(MOST_GB_SECONDS)


@hidden("12.6")
class RetryHidden:
    @check(points=1, shares=STORAGE)
    def waits_within_any_limit(cloud, stack, rng):
        """Any number of failures is outlived within its limit."""
        store(cloud, stack)
        for _ in range(4):
            failures = rng.randrange(0, 5)
            code, status = rng.choice([("SlowDown", 503), ("InternalError", 500), ("ServiceUnavailable", 503)])
            trouble(cloud, failures, code, status)
            done, calls, slept = fetch(cloud)
            expect_success(done, "")
            expect(calls, what="calls").equals(failures + 1)
            expect(slept, what="seconds slept").is_at_most(
                round(sum(LIMITS[:failures]) + ROUNDING, 3)
            )


@hidden("12.7")
class GameDayHidden:
    @check(points=1, shares=GAME_SHOP)
    def survives_a_cancelled_transaction(cloud, stack, http, rng):
        """A transaction that was cancelled for another reason is tried again."""
        before = booked_before(cloud, stack)
        cloud.fail_next("dynamodb", "TransactWriteItems", "TransactionCanceledException", status=400, times=2)
        cloud.fail_next("dynamodb", "PutItem", "ThrottlingException", status=400, times=2)
        taken = orders(cloud, stack, rng, rng.randrange(2, 5))
        pass_time(cloud, 4)
        cloud.calm()
        expect_booked(cloud, stack, taken, "", before)
