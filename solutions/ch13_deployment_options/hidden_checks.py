"""What only a grader with the solutions asks: the same, with jobs, sizes, failures and days drawn at random."""

from __future__ import annotations

from grader.checks import check, expect, hidden
from grader.checks.ch13_deployment_options.capstone_pipeline import expect_letters
from grader.checks.ch13_deployment_options.capstone_safety import expect_taken_back, released
from grader.checks.ch13_deployment_options.capstone_service import CALM, FAILED_WITHIN_MINUTES, TROUBLE, Service
from grader.checks.ch13_deployment_options.fan_out import (
    FAILED_HINT,
    PATIENCE,
    SORTED_HINT,
    STUDIO,
    names,
    pass_time,
    report,
    start,
)
from grader.checks.ch13_deployment_options.long_job import PRESS, album, expect_book, once_after, sheets, upload
from grader.checks.ch13_deployment_options.memory import ASKED, any_jobs, any_prices, judge_best, judge_bill
from grader.checks.ch13_deployment_options.share import ASKED as SHARE_ASKED, any_case, right_share
from grader.checks.material import word


@hidden("13.1")
class MemoryHidden:
    @check(points=1, needs="bills_a_grouping", shares=ASKED)
    def finds_the_smallest_bill_of_any_jobs(function, rng):
        """Of up to ten jobs and any prices, the grouping is the cheapest that there is."""
        best = function("grouping.best", timeout=120)
        for count in (1, 2, 5, 8, 9):
            jobs, prices = any_jobs(rng, count), any_prices(rng)
            judge_bill(function("grouping.bill"), [jobs[:2], jobs[2:]] if count > 2 else [jobs], prices)
            judge_best(best, jobs, prices)


@hidden("13.3")
class LongJobHidden:
    @check(points=1, needs="prints_a_long_album", shares=PRESS)
    def prints_any_album(cloud, stack, rng):
        """An album of any length becomes a book, with a crash at any page."""
        name, texts, before = word(rng), album(rng, rng.randrange(15, 20)), sheets(cloud, stack)
        crash = once_after(
            rng.randrange(3, 30), lambda: cloud.fail_next("s3", "PutObject", "InternalError", status=500, times=7)
        )
        cloud.on_call("s3", "PutObject", crash)
        upload(cloud, stack, name, texts)
        cloud.clock.advance(minutes=100)
        cloud.run_until_idle()
        cloud.calm()
        expect_book(cloud, stack, name, texts, "")
        expect(sheets(cloud, stack) - before, what="sheets of paper").is_at_most(len(texts) + 8)


@hidden("13.4")
class ShareHidden:
    @check(points=1, needs="chooses", shares=SHARE_ASKED)
    def chooses_any_case(function, rng):
        """Any case gets the way that fits it."""
        share = function("choose.share")
        for _ in range(12):
            case = any_case(rng)
            expect(share(case), what=f"share({case})").equals(right_share(case))


@hidden("13.5")
class FanOutHidden:
    @check(points=1, needs="gathers_although_one_failed", shares=STUDIO)
    def reports_any_job(cloud, stack, rng):
        """Any number of photos, any of them bad, and a storage with a bad moment."""
        keys = names(rng, rng.randrange(8, 16))
        bad = rng.sample(keys, rng.randrange(1, 4))
        cloud.fail_next("s3", "PutObject", "SlowDown", status=503, times=5)
        start(cloud, stack, word(rng), names(rng, 1))
        pass_time(cloud, 100)
        cloud.calm()
        job = word(rng)
        start(cloud, stack, job, keys, bad)
        pass_time(cloud, PATIENCE)
        wanted = {"done": sorted(set(keys) - set(bad)), "failed": sorted(bad)}
        expect(report(cloud, stack, job, FAILED_HINT), SORTED_HINT, what="the report").equals(wanted)


@hidden("13.6")
class CapstoneHidden:
    @check(points=2, needs="pipeline_makes_thumbnails", shares=TROUBLE)
    def survives_a_day_of_everything(cloud, stack, rng):
        """A day of everything: good and bad photos, events that come twice, short outages; all is well in the end."""
        service = Service(cloud, stack, rng)
        before, made = service.stored(), len(service.thumbnails())
        good, bad = [], []
        for number in range(rng.randrange(6, 10)):
            arrive = service.send_photo if number < 3 else service.deliver_photo  # visitors, later partners
            if rng.random() < 0.3:
                bad.append(arrive("gif", service.no_photo()))
            else:
                cloud.repeat_next("s3", times=rng.randrange(2), after=rng.choice([0.0, 45.0, 7200.0]))
                good.append(arrive(rng.choice(["jpg", "png", "gif"])))
            if number % 3 != 2:  # they come by threes
                continue
            if rng.random() < 0.4:
                operation = rng.choice(["GetObject", "PutObject"])
                cloud.fail_next("s3", operation, "SlowDown", status=503, times=2)
            service.pass_time(rng.randrange(10, 30))
            cloud.calm()
        cloud.clock.advance(hours=3)
        service.pass_time(FAILED_WITHIN_MINUTES)
        service.expect_thumbnails(good, "What fails must be tried again; what is no photo has no thumbnail.", before)
        service.expect_count(made + len(good), "Each photo that has a thumbnail counts, once, and no other.")
        expect_letters(service, bad)
        service.clear_letters()

    @check(points=1, needs="safety_a_bad_release_is_taken_back", shares=CALM)
    def a_release_that_cannot_be_imported_is_taken_back(cloud, stack, folder, rng):
        """A release that does not even start is taken back as well."""
        expect_taken_back(cloud, released(cloud, stack, folder, rng, "import a_module_that_nobody_has\n"))
