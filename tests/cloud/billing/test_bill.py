"""The bill: what really happened, times a dated price."""

from __future__ import annotations

import pytest

from grader.cloud.billing.prices import load_prices
from grader.facts import facts
from tests.cloud.conftest import Account

FACTS = {
    "lambda_request": "price.lambda.requests",
    "lambda_gb_second_x86_64": "price.lambda.gb_second.x86",
    "lambda_gb_second_arm64": "price.lambda.gb_second.arm",
    "rest_api_request": "price.rest_api",
    "http_api_request": "price.http_api",
    "s3_put": "price.s3.put",
    "s3_get": "price.s3.get",
    "s3_gb_month": "price.s3.gb_month",
    "logs_gb": "price.logs.gb",
}


@pytest.mark.parametrize(("name", "fact"), FACTS.items())
def test_prices_agree_with_the_courses_facts(name: str, fact: str) -> None:
    price, known = load_prices().by_name[name], facts()[fact]

    assert (price.dollars, load_prices().dated) == (known.number, known.dated)


def test_every_price_has_a_source() -> None:
    assert [price.name for price in load_prices().by_name.values() if not price.source.startswith("https://aws.")] == []


def test_an_empty_account_costs_nothing(account: Account) -> None:
    assert (account.cloud.bill().total, account.cloud.bill().lines) == (0, ())


def test_invocations_cost_a_request_and_memory_for_their_time(account: Account) -> None:
    account.function("work", MemorySize=512)
    account.slept["work"] = 0.2
    done = [account.cloud.invoke("work") for _ in range(3)]
    bill = account.cloud.bill()

    milliseconds = sum(one.billed_ms for one in done)  # type: ignore[union-attr]
    assert bill.of("lambda_request") == 3
    assert bill.of("lambda_gb_second_x86_64") == pytest.approx(0.5 * milliseconds / 1000)
    assert bill.by_resource()["work"] == pytest.approx(3 * 0.2e-6 + 0.5 * milliseconds / 1000 * 0.0000166667)


def test_arm64_has_a_price_of_its_own(account: Account) -> None:
    account.function("work", Architectures=["arm64"])
    account.cloud.invoke("work")

    items = {line.item for line in account.cloud.bill().lines}
    assert "lambda_gb_second_arm64" in items
    assert "lambda_gb_second_x86_64" not in items


def test_objects_cost_requests_and_the_time_that_they_lie_there(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="a", Body=b"x" * 1024)
    for _ in range(3):
        s3.get_object(Bucket="photos", Key="a")
    s3.delete_object(Bucket="photos", Key="none")
    account.clock.advance(days=30)
    bill = account.cloud.bill()

    assert (bill.of("s3_put"), bill.of("s3_get")) == (2, 3)  # the bucket itself is a PUT too
    assert bill.of("s3_gb_month") == pytest.approx(1 / 1024**2)


def test_queues_topics_and_tables_cost_by_request(account: Account) -> None:
    account.queue("jobs")
    account.send("jobs", "a")
    account.received("jobs")
    sns, dynamodb = account.client("sns"), account.client("dynamodb")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.publish(TopicArn=topic, Message="hello")
    dynamodb.create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "1"}})
    dynamodb.get_item(TableName="orders", Key={"id": {"S": "1"}})
    bill = account.cloud.bill()

    used = {(line.item, line.resource): line.quantity for line in bill.lines}
    assert used == {
        ("sqs_request", "jobs"): 3,
        ("sns_publish", "news"): 1,
        ("dynamodb_write", "orders"): 1,
        ("dynamodb_read", "orders"): 0.5,
    }


def test_logs_cost_what_was_written(account: Account) -> None:
    account.function("work")
    account.cloud.invoke("work")
    lines = account.cloud.logs("work")

    written = sum(len(line.message.encode()) + 26 for line in lines) / 1024**3
    assert account.cloud.bill().of("logs_gb") == pytest.approx(written)


def test_the_bill_reads_as_a_table(account: Account) -> None:
    account.function("work")
    account.cloud.invoke("work")

    assert "total" in repr(account.cloud.bill())
    assert "<td>work</td>" in account.cloud.bill()._repr_html_()
