"""What only a grader with the solutions asks: the same, with numbers and names drawn at random."""

from __future__ import annotations

import unicodedata

from grader.checks import check, expect, hidden
from grader.checks.ch04_troubleshooting.event_file import CUSTOMER, MEND, handles
from grader.checks.ch04_troubleshooting.find_errors import (
    HOUR_MS,
    LOGS,
    judge_found,
    line,
    new_group,
    report,
    request_id,
    write,
)
from grader.checks.ch04_troubleshooting.handler_tests import MORE_FAULTS, notice
from grader.checks.ch04_troubleshooting.pipeline import greeting, release, stack_names
from grader.checks.ch04_troubleshooting.structured_logs import TILL, payment
from grader.checks.material import word
from grader.checks.reading import output


@hidden("4.1")
class StructuredLogsHidden:
    @check(points=1, needs="keeps_secrets", shares=TILL)
    def a_card_never_shows(cloud, stack, rng):
        """No part of a card is in the log, over many payments."""
        orders = [payment(rng, refused=number % 3 == 0) for number in range(6)]
        for order in orders:
            cloud.invoke("TillFunction", order)
        text = "\n".join(event.message for event in cloud.logs("TillFunction"))
        leaked = [name for order in orders for name in ("card", "token") if order[name] in text]
        expect(leaked, what="secrets in the log").equals([])


@hidden("4.2")
class FindErrorsHidden:
    @check(points=1, needs="reads_every_page", shares=LOGS)
    def any_mixture(cloud, function, rng):
        """Any mixture of requests is sorted out."""
        group, events, wanted = new_group(cloud, rng), [], []
        for number in range(700):
            request, age = request_id(rng), 4_200_000 - 6_000 * number
            kind = rng.choice(["good"] * 6 + ["level", "error", "timeout"])
            events.append((age + 5, line("ERROR" if kind == "level" else "INFO", request, text="x" * 2_400)))
            events.append((age, report(request, "success" if kind in ("good", "level") else kind)))
            if kind == "level":
                events.append((age + 2, line("ERROR", request)))
            if kind != "good" and age < HOUR_MS - 20_000:
                wanted.append(request)
            elif kind != "good" and age < HOUR_MS + 20_000:
                events = events[: -3 if kind == "level" else -2]
        write(cloud, group, events)
        hint = "Seven hundred requests in an hour and a little more: every page, both conditions, the last hour."
        judge_found(cloud, function, group, wanted, hint, timeout=60)


@hidden("4.3")
class LintHidden:
    @check(points=1, needs="it_deploys_and_works")
    def it_may_only_read(stack, cloud):
        """The function may still read its bucket, and may neither write to it nor read another."""
        arn = f"arn:aws:s3:::{output(stack, 'PhotosBucket')}/any"
        found = [cloud.may("AlbumFunction", action, arn).allowed for action in ("s3:GetObject", "s3:PutObject")]
        found.append(cloud.may("AlbumFunction", "s3:GetObject", "arn:aws:s3:::another/any").allowed)
        hint = "S3ReadPolicy for !Ref PhotosBucket was meant, as it stood there: no fault needs another right."
        expect(found, hint, what="may read, may write, may read another bucket").equals([True, False, False])


@hidden("4.4")
class EventFileHidden:
    @check(points=1, needs="the_handler_is_mended", shares=CUSTOMER)
    def any_name_on_earth(cloud, folder, rng):
        """Names of many alphabets are measured."""
        handles(cloud, folder, rng, f"a+b/{word(rng)} % {word(rng)}.png", f"Åsa & Çelik/{word(rng)}=?.jpg")
        decomposed = unicodedata.normalize("NFD", f"Zoë {word(rng)}.jpg")  # as some computers write it
        handles(cloud, folder, rng, decomposed, f" {word(rng)} ", hint=f"{MEND} And nothing else is tidied up.")


@hidden("4.5")
class PipelineHidden:
    @check(points=1, needs="stops_at_test")
    def a_first_release_that_fails(cloud, folder, rng):
        """When the very first release fails in test, there is no production stack."""
        cloud.client("s3").create_bucket(Bucket="taken")
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken"}}
        found = release(cloud, folder, greeting(word(rng)), resources={"Taken": bucket})
        expect(found, what="what release(…) returned").equals("deploy test")
        expect("production" in stack_names(cloud), what="whether there is a production stack").is_false()

    @check(points=1, needs="stops_at_a_wrong_answer")
    def the_smoke_test_asks_its_own_stack(cloud, folder, rng):
        """smoke_test looks at the stack that it is given."""
        release(cloud, folder, greeting(word(rng)))
        cloud.deploy({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}, name="empty")
        for stack, fails in (("test", False), ("empty", True)):
            failed = cloud.run(folder, "pipeline.smoke_test", stack, timeout=900).error is not None
            hint = "The stack test has a function that greets, the stack empty has none: use stack_name."
            expect(failed, hint, what=f"whether smoke_test({stack!r}) raised").equals(fails)


@hidden("4.6")
class HandlerTestsHidden:
    @check(points=1, needs="they_notice_five_faults")
    def they_notice_further_faults(cloud, folder):
        """Faults that nobody told about are noticed too."""
        notice(cloud, folder, MORE_FAULTS)
