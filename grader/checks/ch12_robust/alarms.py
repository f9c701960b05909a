"""12.5: alarms on throttles, errors and dead letters."""

from __future__ import annotations

import json
from typing import Any

from grader.checks import check, exercise, expect, fail

QUIET_MINUTES = 10
NOTICED_MINUTES = 6
CALM_HOURS = 2  # what rang does so no more, whatever the period
SHOP = "shop"  # checks that mend what they have broken use one shop, one after the other


def order(http: Any, stack: Any, thing: str) -> int:
    """POST /order/{thing}; returns the status."""
    return int(http.post(stack.outputs["OrderUrl"] + thing).status)


def trade(cloud: Any, stack: Any, minutes: int, things: tuple[str, ...] = ("chair", "table")) -> None:
    """Ordinary business for some minutes: an order or two in each."""
    for _ in range(minutes):
        for thing in things:
            order(cloud.http, stack, thing)
        cloud.clock.advance(minutes=1)


def alarms(cloud: Any) -> dict[str, str]:
    """The state of each alarm by name."""
    found = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}


def ringing(cloud: Any) -> set[str]:
    """The names of the alarms that ring."""
    return {name for name, state in alarms(cloud).items() if state == "ALARM"}


def told(cloud: Any) -> int:
    """How many mails said that an alarm rings."""
    return sum(mail.subject.startswith("ALARM") for mail in cloud.outbox)


def expect_mail(cloud: Any, before: int, what: str, hint: str) -> None:
    """Somebody was told since, by mail."""
    if told(cloud) <= before:
        rang = ", ".join(sorted(ringing(cloud))) or "no alarm"
        if ringing(cloud):
            hint += " Or does it ring, and nobody hears it? AlarmActions: [!Ref AlarmsTopic]."
        fail(f"a mail about {what} within {NOTICED_MINUTES} minutes", f"no mail; ringing: {rang}", hint)


def throttle(cloud: Any, stack: Any, function: str = "OrderFunction") -> None:
    """Let orders be refused: the function may not run at all."""
    name = stack.resources[function].physical_id
    cloud.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    for _ in range(3):
        order(cloud.http, stack, "chair")


def release(cloud: Any, stack: Any) -> None:
    """Let them run again."""
    for function in ("OrderFunction", "WorkFunction"):
        name = stack.resources[function].physical_id
        cloud.client("lambda").delete_function_concurrency(FunctionName=name)


def fail_an_order(cloud: Any, stack: Any) -> None:
    """Let an order fail as often as it is tried, until it lies among the dead letters."""
    order(cloud.http, stack, "unicorn")
    cloud.clock.advance(minutes=3)


def mend(cloud: Any, stack: Any) -> None:
    """Whatever the trouble was, it is over."""
    release(cloud, stack)
    cloud.client("sqs").purge_queue(QueueUrl=stack.outputs["FailedQueue"])


@exercise(
    "12.5",
    "Who hears of it?",
    slug="12_5_alarms",
    files=["template.yaml"],
    minutes=15,
    hints=[
        "An alarm watches one metric: a namespace, a name, and dimensions that say whose. For functions AWS/Lambda, "
        "for queues AWS/SQS. Which number goes up when orders are refused, when the handler raises, when letters lie "
        "there?",
        "Throttles and Errors with the dimension FunctionName; ApproximateNumberOfMessagesVisible of the dead-letter "
        "queue with QueueName. (NumberOfMessagesSent counts what somebody sent, and not what a redrive moved.)",
        "Statistic Sum for counts, Maximum for the queue; Period 60, EvaluationPeriods 1, Threshold 0, "
        "GreaterThanThreshold, TreatMissingData: notBreaching, AlarmActions: [!Ref AlarmsTopic].",
    ],
    passed="Refusals, errors and dead letters each reach a person within minutes, and an ordinary day reaches nobody. "
    "An alarm that rings without a reason is soon not heard any more.",
    next="12.6",
)
class Alarms:
    @check(points=1, shares=SHOP)
    def tells_of_throttles(cloud, stack, http):
        """Orders that are refused for want of an environment are told of."""
        trade(cloud, stack, 3)
        before = told(cloud)
        throttle(cloud, stack)
        cloud.clock.advance(minutes=NOTICED_MINUTES)
        expect_mail(
            cloud,
            before,
            "throttled orders",
            "AWS/Lambda, Throttles, FunctionName: !Ref OrderFunction; and AlarmActions, or nobody hears it.",
        )
        mend(cloud, stack)

    @check(points=1, shares=SHOP)
    def tells_of_errors(cloud, stack, http):
        """Errors of the function that takes orders are told of."""
        trade(cloud, stack, 3)
        before = told(cloud)
        order(http, stack, "bug")
        cloud.clock.advance(minutes=NOTICED_MINUTES)
        expect_mail(
            cloud,
            before,
            "an error of OrderFunction",
            "AWS/Lambda, Errors, FunctionName: !Ref OrderFunction, Sum, greater than 0.",
        )

    @check(points=1, shares=SHOP)
    def tells_of_dead_letters(cloud, stack, http):
        """An order that nobody could carry out is told of."""
        trade(cloud, stack, 3)
        before = told(cloud)
        fail_an_order(cloud, stack)
        cloud.clock.advance(minutes=NOTICED_MINUTES)
        expect_mail(
            cloud,
            before,
            "a dead letter",
            "AWS/SQS, ApproximateNumberOfMessagesVisible of FailedQueue. NumberOfMessagesSent does not count what a "
            "redrive moves.",
        )
        cloud.clock.advance(minutes=QUIET_MINUTES)
        if not ringing(cloud):  # it rang for the moment at which one came: there comes another
            before = told(cloud)
            queue = stack.outputs["FailedQueue"]
            cloud.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps({"thing": "unicorn"}))
            cloud.clock.advance(minutes=NOTICED_MINUTES)
            hint = "Does the alarm watch OrdersQueue, where the order only waited? Dead letters lie in FailedQueue."
            expect_mail(cloud, before, "a letter that lies in FailedQueue", hint)
        mend(cloud, stack)

    @check(points=1, needs=(tells_of_throttles, tells_of_errors, tells_of_dead_letters), shares=SHOP)
    def leaves_people_alone(cloud, stack, http):
        """An ordinary day, and a night without any order, ring no alarm."""
        cloud.clock.advance(hours=CALM_HOURS)
        before = len(cloud.outbox)
        trade(cloud, stack, 5)
        cloud.clock.advance(minutes=QUIET_MINUTES)
        trade(cloud, stack, 2)
        hint = "What rings here counts something ordinary, or takes silence for trouble (TreatMissingData)."
        expect(sorted(ringing(cloud)), hint, what="the alarms that rang").equals([])
        mails = [mail.subject for mail in cloud.outbox[before:] if not mail.subject.startswith("OK")]
        expect(mails, hint, what="mails").equals([])

    @check(points=1, needs=(tells_of_throttles, tells_of_errors, tells_of_dead_letters))
    def says_which_it_is(cloud, stack, http):
        """Three troubles, three different alarms, each with a description that says what it means."""
        happens = {
            "an error of OrderFunction": lambda: order(http, stack, "bug"),
            "a dead letter": lambda: fail_an_order(cloud, stack),
            "throttled orders": lambda: throttle(cloud, stack),
            "a throttled worker": lambda: throttle(cloud, stack, "WorkFunction"),
        }
        rang = {}
        for trouble, begins in happens.items():
            trade(cloud, stack, 2)
            before = len(cloud.outbox)
            begins()
            cloud.clock.advance(minutes=NOTICED_MINUTES)
            mails = [mail.subject for mail in cloud.outbox[before:]]
            rang[trouble] = {subject.split('"')[1] for subject in mails if subject.startswith("ALARM")}
            mend(cloud, stack)
            cloud.clock.advance(hours=CALM_HOURS)
        for trouble in list(happens)[:3]:
            others = set().union(*(names for other, names in rang.items() if other != trouble))
            if trouble == "a dead letter":  # the worker's orders end there, too
                others -= rang["a throttled worker"]
            if not rang[trouble] - others:
                also = [other for other in happens if other != trouble and rang[trouble] & rang[other]]
                fail(
                    f"an alarm that rings for {trouble}, and for no other trouble",
                    f"for {trouble} rang {sorted(rang[trouble]) or 'none'}, also for {' and for '.join(also) or '-'}",
                    "One alarm for each: whoever reads the mail must know what to do. Dimensions say whose numbers are "
                    "counted; without them they are those of all functions.",
                )
        found = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
        expect(
            sorted(alarm["AlarmName"] for alarm in found if len(alarm.get("AlarmDescription", "")) < 15),
            "AlarmDescription: a sentence for the person who is woken by it.",
            what="the alarms without a description",
        ).equals([])
        words = [alarm["AlarmDescription"] for alarm in found]
        expect(
            sorted(each for each in set(words) if words.count(each) > 1),
            "Three sentences for three troubles.", what="descriptions of more than one alarm",
        ).equals([])  # fmt: skip
