"""12.7: a game day: a stop, a slow table, dead letters replayed; nothing lost or doubled, one id for every hop."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word

TOOLS_TIMEOUT_S = 60
LETTERS = 11  # one more than a call receives
EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
SHOP = "shop"  # checks after which all is well again use one shop, one after the other


def order(cloud: Any, stack: Any, correlation: str | None, amount: int, header: str = "X-Correlation-Id") -> Any:
    """POST /order."""
    headers = {header: correlation} if correlation else {}
    page = cloud.http.post(stack.outputs["OrderUrl"], json={"amount": amount}, headers=headers)
    expect(page.status, "See the logs of OrderFunction.", what="the status of POST /order", trace=page.trace).equals(
        202
    )
    return page


def orders(cloud: Any, stack: Any, rng: Random, count: int) -> dict[str, int]:
    """Several orders under ids of their own; returns their amounts."""
    taken = {f"{word(rng)}-{number}": rng.randrange(1, 100) for number in range(count)}
    for correlation, amount in taken.items():
        order(cloud, stack, correlation, amount)
    return taken


def booked(cloud: Any, stack: Any) -> dict[str, int]:
    """What the table holds, the total included."""
    items = cloud.client("dynamodb").scan(TableName=stack.outputs["OrdersTable"])["Items"]
    return {item["id"]["S"]: int(item["amount"]["N"]) for item in items if "amount" in item}


def booked_before(cloud: Any, stack: Any) -> dict[str, int]:
    """What the table holds when everything is done that was under way."""
    cloud.run_until_idle()
    return booked(cloud, stack)


def expect_booked(
    cloud: Any, stack: Any, taken: dict[str, int], hint: str, before: Mapping[str, int] = MappingProxyType({})
) -> None:
    """Every order stands in the table once, and so in the total, beside what was there before."""
    found = booked(cloud, stack)
    wanted = {**before, **taken, "total": before.get("total", 0) + sum(taken.values())}
    lost = sorted(set(wanted) - set(found))
    if lost:
        fail(f"{len(taken)} orders in the table, and their total", f"not there: {', '.join(lost)}", hint)
    expect(found.get("total"), hint, what="the total").equals(wanted.get("total"))
    expect(found, hint, what="the table").equals(wanted)


def book_beside(cloud: Any, stack: Any, taken: dict[str, int]) -> None:
    """Another delivery of the same orders is booked, unless they have been booked before."""
    table, client = stack.outputs["OrdersTable"], cloud.client("dynamodb")
    for correlation, amount in taken.items():
        if correlation in booked(cloud, stack):
            continue
        number = {"N": str(amount)}
        client.put_item(TableName=table, Item={"id": {"S": correlation}, "amount": number})
        client.update_item(
            TableName=table, Key={"id": {"S": "total"}}, UpdateExpression="ADD amount :a",
            ExpressionAttributeValues={":a": number},
        )  # fmt: skip


def waiting(cloud: Any, queue: str) -> int:
    """How many messages a queue holds, hidden ones included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def pass_time(cloud: Any, minutes: int) -> None:
    """Let minutes pass, and everything happen in them."""
    for _ in range(minutes * 2):
        cloud.clock.advance(seconds=30)
        cloud.run_until_idle()


def bury_all(cloud: Any, stack: Any) -> None:
    """Let the table be closed to everybody until all that is in the queue lies among the dead letters."""
    for operation in ("TransactWriteItems", "PutItem", "UpdateItem", "GetItem", "BatchWriteItem"):
        cloud.fail_next("dynamodb", operation, "AccessDeniedException", status=400, times=500)
    pass_time(cloud, 4)
    cloud.calm()


def lines_about(cloud: Any, function: str, correlation: str) -> list[str]:
    """A function's log lines of JSON that carry an id."""
    found = []
    for event in cloud.logs(function):
        try:
            line = json.loads(event.message)
        except ValueError:
            continue
        if isinstance(line, dict) and correlation in (str(value) for value in line.values()):
            found.append(event.message)
    return found


def replay(function: Any, stack: Any) -> Any:
    """The learner's replay, of this stack's queues."""
    tool = function("gameday.replay", timeout=TOOLS_TIMEOUT_S)
    return tool(stack.outputs["FailedQueue"], stack.outputs["OrdersQueue"])


def in_the_logs(cloud: Any, functions: Sequence[str], correlation: str) -> list[str]:
    """Those of the functions whose logs name the id."""
    return [name for name in functions if lines_about(cloud, name, correlation)]


@exercise(
    "12.7",
    "Game day",
    slug="12_7_gameday",
    files=["order.py", "book.py", "gameday.py"],
    minutes=30,
    hints=[
        "One id, made or taken over at the door, goes along everywhere: into the log, into the message (as an "
        "attribute), into the table as the key. Header names come in any case.",
        "Booking once: a transaction with a Put that demands attribute_not_exists(id) and an Update that adds to the "
        "total; ConditionalCheckFailed as the first reason means it was booked before. Report each failed message by "
        "its messageId, and let the others be.",
        "stop: put_function_concurrency(…=0); release: delete_function_concurrency. replay: receive with "
        "MessageAttributeNames=['All'], send to the queue with the same attributes, then delete; until none is left.",
    ],
    passed="A stop, a slow table, a broken one, and a replay: every order was booked once, and each can be followed by "
    "one id from the door to the table. Bad days are survivable if you have had them before.",
)
class GameDay:
    @check(points=1, shares=SHOP)
    def books_orders(cloud, stack, http, rng):
        """On a good day every order is booked, once, and counted."""
        amounts = [rng.randrange(1, 100) for _ in range(3)]
        for amount in amounts:
            order(cloud, stack, None, amount)
        cloud.run_until_idle()
        found = booked(cloud, stack)
        hint = "Each order is an item with an id and an amount, and total's amount is their sum. See the logs."
        expect(found.pop("total", 0), hint, what="the total").equals(sum(amounts))
        expect(sorted(found.values()), hint, what="the amounts in the table").equals(sorted(amounts))

    @check(points=2, needs=books_orders, shares=SHOP)
    def carries_one_id_through(cloud, stack, http, rng):
        """An order's id is in both functions' logs, in the table, and in the answer."""
        correlation, before = f"visit-{word(rng)}", booked_before(cloud, stack)
        page = order(cloud, stack, correlation, 7)
        cloud.run_until_idle()
        functions = ["OrderFunction", "BookFunction"]
        expect(
            in_the_logs(cloud, functions, correlation),
            "log(correlation, …) in both; the id travels with the message, as an attribute.",
            what=f"the functions whose JSON log lines name {correlation}",
        ).equals(functions)
        new = sorted(booked(cloud, stack).keys() - before.keys())
        expect(new, what="new ids in the table").equals([correlation])
        expect(page.headers.get("x-correlation-id"), "Tell the caller.", what="x-correlation-id of the answer").equals(
            correlation
        )
        other = order(cloud, stack, f"{correlation}-2", 1, "x-correlation-id").headers.get("x-correlation-id")
        hint = "Names of headers come in any case: X-Correlation-Id, x-correlation-id. Compare name.lower()."
        expect(other, hint, what="the id of an order whose header is written small").equals(f"{correlation}-2")
        without = order(cloud, stack, None, 1).headers.get("x-correlation-id")
        expect(
            without, "Make one where there is none: the request id.", what="the id of an order without one"
        ).satisfies("an id", bool)

    @check(points=1, needs=carries_one_id_through, shares=SHOP)
    def books_a_repeated_order_once(cloud, stack, http, rng):
        """A message that is delivered twice is booked once."""
        before, delivered = booked_before(cloud, stack), len(cloud.delivered_events("BookFunction"))
        taken = orders(cloud, stack, rng, 2)
        cloud.run_until_idle()
        events = cloud.delivered_events("BookFunction")[delivered:]
        for minutes in (0, 25):  # by then the environment has ended, and DynamoDB has forgotten a client token
            cloud.clock.advance(minutes=minutes)
            for event in events:
                done = cloud.invoke("BookFunction", event)
                failed = done.error or (done.payload or {}).get("batchItemFailures")
                again = "Booked before is no failure: what is reported comes again, and ends among the dead letters."
                expect(failed or [], again, what="failures of a message that has been booked before").equals([])
        hint = "Twice is normal: the id is the condition, and item and total change together or not."
        expect_booked(cloud, stack, taken, hint, before)
        before, late = booked_before(cloud, stack), {f"{word(rng)}-late": 5}
        cloud.on_call("dynamodb", "GetItem", lambda: book_beside(cloud, stack, late))
        for correlation, amount in late.items():
            order(cloud, stack, correlation, amount)
        pass_time(cloud, 2)
        cloud.calm()
        hint = "Looking first is not enough: between the look and the write another delivery may book. Use a condition."
        expect_booked(cloud, stack, late, hint, before)

    @check(points=1, needs=carries_one_id_through, shares=SHOP)
    def stops_and_goes_on(cloud, stack, function, http, rng):
        """Stopped, it books nothing and loses nothing; released, it books everything."""
        before = booked_before(cloud, stack)
        function("gameday.stop")(stack.outputs["BookFunction"])
        taken = orders(cloud, stack, rng, 4)
        pass_time(cloud, 1)
        expect(
            booked(cloud, stack), "stop: ReservedConcurrentExecutions=0.", what="the table while it is stopped"
        ).equals(before)
        refused = ""
        try:
            empty = json.dumps({"Records": []})
            cloud.client("lambda").invoke(FunctionName=stack.outputs["BookFunction"], Payload=empty)
        except ClientError as error:
            refused = str(error.response["Error"]["Code"])
        hint = "A function that is stopped runs for nobody, whoever calls it: ReservedConcurrentExecutions=0."
        expect(refused, hint, what="the error of an invocation while it is stopped").equals("TooManyRequestsException")
        function("gameday.release")(stack.outputs["BookFunction"])
        cap = cloud.client("lambda").get_function_concurrency(FunctionName=stack.outputs["BookFunction"])
        expect(
            cap.get("ReservedConcurrentExecutions"), "release: delete_function_concurrency. Another number is a cap.",
            what="the cap after release",
        ).is_none()  # fmt: skip
        pass_time(cloud, 3)
        replay(function, stack)
        pass_time(cloud, 1)
        hint = "release: delete_function_concurrency. The queue kept the orders."
        expect_booked(cloud, stack, taken, hint, before)

    @check(points=1, needs=carries_one_id_through, shares=SHOP)
    def survives_a_slow_table(cloud, stack, http, rng):
        """A table that answers too late, although it has done its work, doubles nothing."""
        before = booked_before(cloud, stack)
        for operation in ("TransactWriteItems", "PutItem", "UpdateItem"):
            cloud.slow_next("dynamodb", operation, 30, times=3)
        taken = orders(cloud, stack, rng, 2)
        pass_time(cloud, 4)
        cloud.calm()
        hint = "A call that timed out may have worked. The second try must find that out by its condition."
        expect_booked(cloud, stack, taken, hint, before)

    @check(points=2, needs=carries_one_id_through, shares=SHOP)
    def replays_the_dead(cloud, stack, function, folder, http, rng):
        """Dead letters are replayed once the table is well again: nothing lost, nothing doubled, ids kept."""
        cloud.client("sqs").purge_queue(QueueUrl=stack.outputs["FailedQueue"])  # letters of other days
        before, taken = booked_before(cloud, stack), orders(cloud, stack, rng, LETTERS)
        bury_all(cloud, stack)
        buried = waiting(cloud, stack.outputs["FailedQueue"])
        expect(
            buried, "A message that could not be booked is reported by its id, or it is gone.", what="dead letters"
        ).equals(LETTERS)
        for operation in ("SendMessage", "SendMessageBatch"):
            cloud.fail_next("sqs", operation, "AccessDenied", status=403, times=500)
        queues = stack.outputs["FailedQueue"], stack.outputs["OrdersQueue"]
        cloud.run(folder, "gameday.replay", *queues, timeout=TOOLS_TIMEOUT_S, policies=[EVERYTHING])
        cloud.calm()
        cloud.clock.advance(minutes=1)  # what was received is visible again
        if (buried := waiting(cloud, queues[0])) == LETTERS:
            expect(replay(function, stack), "Return how many were sent.", what="what replay returned").equals(LETTERS)
        else:
            booked_since = len(booked_before(cloud, stack)) - len(before)
            hint = "Send first, and delete what was sent: a letter deleted before is gone when the sending fails."
            expect(buried + booked_since, hint, what="letters that are left when none can be sent").is_at_least(LETTERS)
        pass_time(cloud, 1)
        expect(waiting(cloud, stack.outputs["FailedQueue"]), "Delete what was sent.", what="letters left").equals(0)
        hint = "The same body and the same attributes; receive until nothing comes."
        expect_booked(cloud, stack, taken, hint, before)

    @check(points=1, needs=carries_one_id_through, shares=SHOP)
    def one_bad_order_holds_up_nobody(cloud, stack, http, rng):
        """An order that cannot be booked goes to the dead letters, and its neighbours do not."""
        before, buried = booked_before(cloud, stack), waiting(cloud, stack.outputs["FailedQueue"])
        taken = {f"{word(rng)}-{number}": number + 1 for number in range(2)}
        bad = cloud.http.post(stack.outputs["OrderUrl"], body='{"amount": "many"}', headers={"x-correlation-id": "bad"})
        hint = "202: taken. Or refuse it at the door: 400."
        expect(bad.status, hint, what="the status of a bad order", trace=bad.trace).is_in([202, 400])
        for correlation, amount in taken.items():
            order(cloud, stack, correlation, amount)
        pass_time(cloud, 4)
        hint = "Report the failed message's id in batchItemFailures; do not raise."
        expect_booked(cloud, stack, taken, hint, before)
        hint = "An order that was taken and could not be booked lies in FailedQueue; one that was refused does not."
        letters = waiting(cloud, stack.outputs["FailedQueue"]) - buried
        expect(letters, hint, what="dead letters").equals(int(bad.status == 202))
