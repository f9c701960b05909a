"""13.6, checkpoint 4, operations: a trail in the logs, alarms that mean something, a replay, an end for old things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.checks import check, expect, fail
from grader.checks.ch13_deployment_options.capstone_door import door_hands_out_grants
from grader.checks.ch13_deployment_options.capstone_pipeline import (
    expect_letters,
    pipeline_buries_what_is_no_photo,
    pipeline_makes_thumbnails,
)
from grader.checks.ch13_deployment_options.capstone_service import (
    CALM,
    DUTY,
    FAILED_WITHIN_MINUTES,
    TROUBLE,
    Service,
    json_lines,
    on_duty,
)
from grader.checks.material import word

NOTICED_WITHIN_MINUTES = 10
MOST_LOG_DAYS = 90
REST_MINUTES = 30  # after which whatever rang has come to rest
NIGHT_MINUTES = 10 * 60


@check(points=2, needs=pipeline_makes_thumbnails, shares=TROUBLE)
def operations_leave_a_trail(cloud, stack, rng):
    """Operations: each photo can be followed by its key through lines of JSON; no line tells a grant's signature."""
    service = Service(cloud, stack, rng)
    grant, bad = service.send("png"), service.send("jpg", service.no_photo())
    service.pass_time(FAILED_WITHIN_MINUTES)
    for key, wanted in ((grant["key"], {"granted", "converted"}), (bad["key"], {"granted", "failed"})):
        found = {str(line.get("event")) for line in json_lines(service.log_lines()) if line.get("key") == key}
        missing = sorted(wanted - found)
        hint = 'print(json.dumps({"key": key, "event": "granted"})), and "converted" or "failed" where that happens.'
        expect(missing, hint, what=f"the events of {key} that no log line tells").equals([])
    fields = grant["upload"]["fields"]
    secrets = [value for name, value in fields.items() if name.lower() in ("x-amz-signature", "signature")]
    told = [line for line in service.log_lines() if any(secret in line for secret in secrets)]
    expect(told, "Whoever reads the logs could use the grant. Log the key only.", what="lines with a signature").equals(
        []
    )
    service.clear_letters()


def mails(cloud: Any, contact: str) -> list[str]:
    """The subjects of the mails that somebody has got."""
    return [mail.subject for mail in cloud.outbox if mail.to == contact]


def ringing(cloud: Any) -> list[str]:
    """The names of the alarms that ring."""
    return [one["AlarmName"] for one in cloud.client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]]


def expect_told(cloud: Any, contact: str, happens: Callable[[], None], what: str, hint: str) -> None:
    """Contact gets a mail when it happens."""
    before, already = len(mails(cloud, contact)), ringing(cloud)
    happens()
    if len(mails(cloud, contact)) > before:
        return
    if already:
        hint = (
            f"{already[0]} rang already before there was any trouble, and what rings cannot begin to ring. Does it "
            "take silence for trouble (TreatMissingData)?"
        )
    others = f" ({len(cloud.outbox)} mails to others)" if cloud.outbox else ""
    fail(f"a mail to Contact about {what}", f"no mail{others}", hint)


@check(points=2, needs=pipeline_buries_what_is_no_photo, shares=DUTY)
def operations_tell_of_dead_letters(cloud, deploy, once, rng):
    """Operations: Contact hears within ten minutes when something lies in FailedQueue."""
    duty = once("duty", lambda: on_duty(deploy, rng))
    service = Service(cloud, duty.stack, rng)
    service.deliver_photo("png")
    service.pass_time(REST_MINUTES)

    def happens() -> None:
        service.deliver_photo("jpg", service.no_photo())
        service.pass_time(FAILED_WITHIN_MINUTES + NOTICED_WITHIN_MINUTES)

    hint = (
        "An alarm on ApproximateNumberOfMessagesVisible of FailedQueue, with AlarmActions, and a topic with an e-mail "
        "subscription to Contact."
    )
    expect_told(cloud, duty.contact, happens, "a photo that was given up", hint)
    service.clear_letters()


@check(points=1, needs=door_hands_out_grants, shares=DUTY)
def operations_tell_of_refused_visitors(cloud, deploy, once, rng):
    """Operations: Contact hears within ten minutes when visitors are not served."""
    duty = once("duty", lambda: on_duty(deploy, rng))
    service = Service(cloud, duty.stack, rng)
    doors = service.behind_the_door("SignUrl", "jpg")
    expect(len(doors), "Section 1 of the specification.", what="functions that answer SignUrl").is_at_least(1)
    stop, go_on = switch_of(cloud, doors[0])
    service.pass_time(REST_MINUTES)

    def happens() -> None:
        stop()
        for _ in range(3):
            service.ask("jpg")
            service.pass_time(1)
        service.pass_time(NOTICED_WITHIN_MINUTES)

    hint = (
        "Somebody stopped the function at the door. It runs no more, so it makes no errors: watch its Throttles, or "
        "the answers from 500 on of the API."
    )
    expect_told(cloud, duty.contact, happens, "visitors who are not served", hint)
    go_on()


def switch_of(cloud: Any, function: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """How somebody stops a function, and how they let it go on as before."""
    client = cloud.client("lambda")
    reserved = client.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions")

    def stop() -> None:
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)

    def go_on() -> None:
        if reserved is None:
            client.delete_function_concurrency(FunctionName=function)
        else:
            client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=reserved)

    return stop, go_on


@check(points=1, needs=(operations_tell_of_dead_letters, operations_tell_of_refused_visitors), shares=DUTY)
def operations_let_people_sleep(cloud, deploy, once, rng):
    """Operations: an ordinary day with its typing errors, and a night without visitors, send no mail."""
    duty = once("duty", lambda: on_duty(deploy, rng))
    contact, service = duty.contact, Service(cloud, duty.stack, rng)
    service.pass_time(REST_MINUTES)
    before = mails(cloud, contact)
    for _ in range(2):
        grant = service.send(rng.choice(["png", "jpg"]))
        for _ in range(2):
            cloud.http.get(grant["thumbnail"], follow_redirects=True)
            service.ask(word(rng))
            service.pass_time(1)
        service.count()
    service.pass_time(NIGHT_MINUTES)
    expect(
        mails(cloud, contact)[len(before) :],
        "What rings here counts something ordinary, or takes silence for trouble (TreatMissingData).",
        what="mails to Contact",
    ).equals([])


@check(points=3, needs=pipeline_buries_what_is_no_photo, shares=TROUBLE)
def operations_replay_the_dead(cloud, stack, rng):
    """Operations: after an outage ReplayFunction brings every dead letter through: nothing lost, nothing doubled."""
    service = Service(cloud, stack, rng)
    before, made = service.stored(), len(service.thumbnails())
    cloud.fail_next("s3", "GetObject", "AccessDenied", status=403, times=1000)  # somebody changed a policy
    keys = [service.send("png")["key"], *(service.deliver_photo("png") for _ in range(9))]
    bad = service.deliver_photo("jpg", service.no_photo())
    service.pass_time(FAILED_WITHIN_MINUTES)
    service.pass_time(FAILED_WITHIN_MINUTES)
    expect_letters(service, [*keys, bad])
    cloud.calm()
    expect_replayed(service, len(keys) + 1)
    service.pass_time(2)
    hint = "Each letter goes back to where the pipeline begins, in the form that it takes."
    service.expect_thumbnails(keys, hint, before)
    service.expect_count(made + len(keys), "Replayed or not, a photo counts once.")
    service.pass_time(FAILED_WITHIN_MINUTES)
    expect_letters(service, [bad])
    service.clear_letters()


def expect_replayed(service: Service, wanted: int) -> None:
    """Invoke ReplayFunction, and believe what it says."""
    done = service.cloud.invoke(service.stack.outputs["ReplayFunction"], {})
    if done.error is not None:
        fail(f"ReplayFunction replays {wanted} letters", str(done.error.get("errorMessage")), "See its log.")
    expect(
        done.payload, "Receive until nothing comes; count what was sent.", what="what ReplayFunction returned"
    ).equals({"replayed": wanted})


@check(points=1, needs=pipeline_makes_thumbnails, shares=CALM)
def operations_forget_in_time(cloud, stack, rng):
    """Operations: originals go after thirty days, thumbnails stay; logs are kept for ninety days at most."""
    service = Service(cloud, stack, rng)
    before, keys = service.stored(), [service.send("png")["key"], service.deliver_photo("png")]
    service.pass_time(5)
    cloud.clock.advance(days=29)
    for key in keys:
        expect_original(service, key, 1, "ExpirationInDays: 30, not less.")
    cloud.clock.advance(days=3)
    for key in keys:
        expect_original(service, key, 0, "A lifecycle rule of UploadsBucket, for every key: ExpirationInDays: 30.")
    cloud.clock.advance(days=400)
    service.expect_thumbnails(keys, "The rule is for originals only: thumbnails stay.", before)
    groups = cloud.client("logs").describe_log_groups()["logGroups"]
    kept = [
        group["logGroupName"]
        for group in groups
        if group.get("storedBytes", 1) and not 1 <= group.get("retentionInDays", 10_000) <= MOST_LOG_DAYS
    ]
    expect(
        kept,
        "An AWS::Logs::LogGroup with RetentionInDays for each function, named /aws/lambda/ and the function's name.",
        what="log groups that are kept for longer",
    ).equals([])


def expect_original(service: Service, key: str, wanted: int, hint: str) -> None:
    """Whether an original is still there."""
    bucket = service.stack.outputs["UploadsBucket"]
    found = service.cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"]
    expect(found, hint, what=f"originals at {key}").equals(wanted)
