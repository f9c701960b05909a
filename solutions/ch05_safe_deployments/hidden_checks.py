"""What only a grader with the solutions asks: the same, with numbers and names drawn at random."""

from __future__ import annotations

from grader.checks import check, expect, hidden
from grader.checks.ch05_safe_deployments.alias import serving
from grader.checks.ch05_safe_deployments.both_shapes import ASKED, new_order, old_order
from grader.checks.ch05_safe_deployments.canary import BAD, ONE_HINT, REST_HINT, QUIET_MINUTES, watch
from grader.checks.ch05_safe_deployments.hook import BASKET, ODD_ANSWERS, STOPS, bad_release
from grader.checks.ch05_safe_deployments.housekeeping import (
    ACCOUNT,
    NEEDED,
    alias,
    clean,
    expect_left,
    function_with_versions,
)
from grader.checks.ch05_safe_deployments.releases import (
    BROKEN,
    alias_of,
    expect_release,
    next_version,
    release,
    revised,
)
from grader.checks.ch05_safe_deployments.stuck_alias import deploy_with_timeout, first_release, live_timeout
from grader.checks.reading import output


@hidden("5.1")
class AliasHidden:
    @check(points=1, needs="the_next_release_moves_it")
    def the_third_release_moves_it_too(cloud, stack, http, folder):
        """Every release moves the alias."""
        for number in (2, 3):
            release(cloud, folder, revised(folder, "app.py", number))
        expect(serving(http, stack), what="the version that answers after three releases").equals("3")


@hidden("5.2")
class CanaryHidden:
    @check(points=1, needs="a_bad_release_is_taken_back", shares=BAD)
    def a_few_errors_are_enough(cloud, stack, http, folder, rng):
        """A release that fails for a single request is taken back too."""
        url, quiet = output(stack, "PriceUrl"), rng.randrange(1, 3)
        original = (folder / "app.py").read_text("utf-8")
        limping = original.replace("def lambda_handler(event, context):", "def answer(event, context):") + (
            "\n\ndef lambda_handler(event, context):\n"
            "    if (event['queryStringParameters'] or {}).get('item') == 'pen':\n"
            "        raise RuntimeError('no pens')\n"
            "    return answer(event, context)\n"
        )
        release(cloud, folder, {"app.py": limping}, wait=False)

        def traffic(minute):
            for _ in range(200 if minute == quiet else 0):
                if http.get(url, query={"item": "pen"}).status == 502:
                    break
            for _ in range(5 if minute >= quiet else 0):
                http.get(url, query={"item": "book"})

        lasted = len(watch(cloud, stack, 16, traffic))
        expect_release(cloud.stacks.get("answer"), "UPDATE_ROLLBACK_COMPLETE", ONE_HINT)
        expect(lasted - quiet, ONE_HINT, what="minutes from the failed request to the way back").is_at_most(3)
        cloud.clock.advance(minutes=QUIET_MINUTES)

    @check(points=1, needs="a_bad_release_is_taken_back", shares=BAD)
    def after_a_bad_one_a_good_one(cloud, stack, http, folder):
        """After a bad release the next good one goes through."""
        url = output(stack, "PriceUrl")
        release(cloud, folder, {"app.py": f"{BROKEN}# once more\n"}, wait=False)
        watch(cloud, stack, 16, lambda minute: [http.get(url) for _ in range(20)] and None)
        cloud.clock.advance(minutes=QUIET_MINUTES)
        new = next_version(cloud, output(stack, "PriceFunction"))
        release(cloud, folder, revised(folder, "app.py", 3), wait=False)
        watch(cloud, stack, 16, lambda minute: http.get(url) and None)
        expect_release(cloud.stacks.get("answer"), "UPDATE_COMPLETE", REST_HINT)
        expect(alias_of(cloud, output(stack, "PriceFunction")), what="the alias").equals((new, 0.0))


@hidden("5.3")
class HookHidden:
    @check(points=1, needs="a_good_version_passes", shares=BASKET)
    def an_odd_answer_is_stopped(cloud, stack, folder):
        """A version that answers with something of another shape gets no traffic, at once."""
        for kind, code in ODD_ANSWERS.items():
            minutes = bad_release(cloud, folder, code)
            hint = f"This version answers with {kind}. {STOPS}"
            expect_release(cloud.stacks.get("answer"), "UPDATE_ROLLBACK_COMPLETE", hint)
            hint = f"The answer was {kind}. Report Failed, also when the test itself breaks."
            expect(minutes, hint, what="minutes until the release was taken back").is_at_most(1)


@hidden("5.4")
class HousekeepingHidden:
    @check(points=1, needs="keeps_what_aliases_need", shares=ACCOUNT)
    def any_mixture(cloud, function, rng):
        """Any mixture of versions and aliases is cleaned right."""
        count, keep = rng.randrange(11, 16), rng.randrange(1, 4)
        name = function_with_versions(cloud, rng, count)
        one, two = rng.sample(range(1, count - keep), 2)
        alias(cloud, name, "live", one, two)
        clean(function, name, keep)
        wanted = sorted({one, two, *range(count - keep + 1, count + 1)})
        expect_left(cloud, name, [str(number) for number in wanted], NEEDED)


@hidden("5.5")
class BothShapesHidden:
    @check(points=1, needs="both_kinds_of_readers_understand", shares=ASKED)
    def any_mixture(function, rng):
        """Any mixture of messages is understood."""
        for _ in range(6):
            cents = rng.randrange(1, 1_000_000)
            old = rng.random() < 0.5
            order = old_order("Grace Hopper", cents) if old else new_order("Grace", "Hopper", cents, "USD")
            wanted = {"name": "Grace Hopper", "cents": cents, "currency": "EUR" if old else "USD"}
            expect(function("app.read")(order), what="an order").equals(wanted)


@hidden("5.6")
class StuckAliasHidden:
    @check(points=1, needs="so_does_the_next_one")
    def down_again(cloud, deploy, folder, rng):
        """A timeout that is lowered reaches the callers as well."""
        function = output(first_release(cloud, folder), "ReportFunction")
        deploy()
        deploy_with_timeout(cloud, folder, 200)
        lower = rng.randrange(2, 10)
        deploy_with_timeout(cloud, folder, lower)
        expect(live_timeout(cloud, function), what="the timeout of the version behind live").equals(lower)
