"""What the course needs of DynamoDB: most of it is moto's, and proved here; the rest is put right.

Facts: DynamoDB Developer Guide, *Condition expressions*, *Transactions*, *Item sizes and formats*, *Quotas*, *Time to
live*; API Reference, *TransactWriteItems*, *BatchWriteItem*,
*TableDescription*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud
from grader.cloud.dynamodb.item_size import item_size

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/T"
TTL = {"Enabled": True, "AttributeName": "until"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        cloud.client("dynamodb").create_table(
            TableName="T",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        yield cloud


@pytest.fixture
def db(cloud: Cloud) -> Any:
    return cloud.client("dynamodb")


def refused(call: Any, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response


def put(name: str, /, **attributes: Any) -> dict[str, Any]:
    return {"TableName": "T", "Item": {"id": {"S": name}, **attributes}}


def only_new(name: str, /, **attributes: Any) -> dict[str, Any]:
    return {**put(name, **attributes), "ConditionExpression": "attribute_not_exists(id)"}


def stored(db: Any, name: str) -> Any:
    return db.get_item(TableName="T", Key={"id": {"S": name}}).get("Item")


def test_only_the_first_writer_wins(db: Any) -> None:
    db.put_item(**only_new("a", n={"N": "1"}))
    error = refused(db.put_item, **only_new("a", n={"N": "2"}), ReturnValuesOnConditionCheckFailure="ALL_OLD")

    assert error["Error"] == {"Code": "ConditionalCheckFailedException", "Message": "The conditional request failed"}
    assert error["Item"] == stored(db, "a") == {"id": {"S": "a"}, "n": {"N": "1"}}


def test_a_transaction_happens_whole_or_not_at_all_and_says_which_part_failed(db: Any) -> None:
    db.put_item(**put("a"))
    error = refused(db.transact_write_items, TransactItems=[{"Put": put("b")}, {"Put": only_new("a")}])

    assert error["Error"]["Code"] == "TransactionCanceledException"
    assert error["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"
    )
    assert error["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ]
    assert stored(db, "b") is None


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([{"Put": put(str(number))} for number in range(101)], "length less than or equal to 100"),
        ([{"Put": put("a")}, {"Delete": {"TableName": "T", "Key": {"id": {"S": "a"}}}}],
         "Transaction request cannot include multiple operations on one item"),
        ([{"Put": put(str(number), x={"S": "x" * 390_000})} for number in range(11)], "exceeds 4 MB"),
    ],
)  # fmt: skip
def test_what_a_transaction_cannot_hold(db: Any, items: list, words: str) -> None:
    error = refused(db.transact_write_items, TransactItems=items)["Error"]

    assert (error["Code"], words in error["Message"]) == ("ValidationException", True)
    assert db.scan(TableName="T")["Count"] == 0


def test_a_hundred_items_are_one_transaction(db: Any) -> None:
    db.transact_write_items(TransactItems=[{"Put": put(str(number))} for number in range(100)])

    assert db.scan(TableName="T")["Count"] == 100


def test_the_same_transaction_sent_twice_counts_once(cloud: Cloud, db: Any) -> None:
    count = {
        "TableName": "T",
        "Key": {"id": {"S": "visits"}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    again = {"TransactItems": [{"Update": count}], "ClientRequestToken": "visit-1"}
    db.transact_write_items(**again)
    db.transact_write_items(**again)
    assert stored(db, "visits")["n"] == {"N": "1"}

    other = {"TransactItems": [{"Put": put("a")}], "ClientRequestToken": "visit-1"}
    assert refused(db.transact_write_items, **other)["Error"]["Code"] == "IdempotentParameterMismatchException"
    cloud.clock.advance(minutes=10)
    db.transact_write_items(**again)
    assert stored(db, "visits")["n"] == {"N": "2"}


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    item = {
        "id": {"S": "straße"}, "n": {"N": "-12.30"}, "b": {"B": b"abc"}, "t": {"BOOL": True}, "z": {"NULL": True},
        "s": {"SS": ["a", "bc"]}, "l": {"L": [{"S": "x"}]}, "m": {"M": {"k": {"S": "v"}}},
    }  # fmt: skip
    assert item_size(item) == (2 + 7) + (1 + 4) + (1 + 3) + (1 + 1) + (1 + 1) + (1 + 3) + (1 + 3 + 2) + (1 + 3 + 1 + 2)


def test_the_limit_is_400_kb_to_the_byte(db: Any) -> None:
    room = 400 * 1024 - len("id") - len("big") - len("x")

    db.put_item(**put("big", x={"S": "x" * room}))
    assert refused(db.put_item, **put("big", x={"S": "x" * (room + 1)}))["Error"] == {
        "Code": "ValidationException", "Message": "Item size has exceeded the maximum allowed size",
    }  # fmt: skip
    larger = {
        "TableName": "T",
        "Key": {"id": {"S": "big"}},
        "UpdateExpression": "SET y = :y",
        "ExpressionAttributeValues": {":y": {"S": "y"}},
    }
    assert refused(db.update_item, **larger)["Error"]["Message"] == (
        "Item size to update has exceeded the maximum allowed size"
    )


def test_a_batch_holds_25_writes(db: Any) -> None:
    def batch(count: int) -> dict[str, Any]:
        return {"T": [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(count)]}

    db.batch_write_item(RequestItems=batch(25))
    error = refused(db.batch_write_item, RequestItems=batch(26))["Error"]
    assert (error["Code"], "Member must have length less than or equal to 25" in error["Message"]) == (
        "ValidationException", True,
    )  # fmt: skip


# --- permissions ------------------------------------------------------------------------------------------------------


def as_role(cloud: Cloud, *statements: dict[str, Any]) -> Any:
    allowed = [{"Effect": "Allow", "Resource": TABLE, **each} for each in statements]
    held = cloud.identity.policy_credentials([{"Version": "2012-10-17", "Statement": allowed}])
    return boto3.client(
        "dynamodb", aws_access_key_id=held.access_key_id, aws_secret_access_key=held.secret_access_key,
        aws_session_token=held.session_token, region_name="us-east-1",
    )  # fmt: skip


def test_a_transaction_needs_what_its_parts_need(cloud: Cloud) -> None:
    check = {"ConditionCheck": {"TableName": "T", "Key": {"id": {"S": "c"}},
                                "ConditionExpression": "attribute_not_exists(id)"}}  # fmt: skip
    both = {"TransactItems": [{"Put": put("a")}, check]}

    denied = refused(as_role(cloud, {"Action": "dynamodb:PutItem"}).transact_write_items, **both)["Error"]
    assert (denied["Code"], "dynamodb:ConditionCheckItem" in denied["Message"]) == ("AccessDeniedException", True)
    as_role(cloud, {"Action": ["dynamodb:PutItem", "dynamodb:ConditionCheckItem"]}).transact_write_items(**both)
    assert refused(as_role(cloud, {"Action": "dynamodb:TransactWriteItems"}).transact_write_items, **both)


def test_a_role_may_be_held_to_its_own_rows(cloud: Cloud, db: Any) -> None:
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ann"]}}
    ann = as_role(cloud, {"Action": ["dynamodb:*Item", "dynamodb:Query"], "Condition": own})
    key = {"TableName": "T", "Key": {"id": {"S": "bob"}}}
    query = {"TableName": "T", "KeyConditionExpression": "#i = :i", "ExpressionAttributeNames": {"#i": "id"}}

    ann.put_item(**put("ann"))
    ann.query(**query, ExpressionAttributeValues={":i": {"S": "ann"}})
    for call, arguments in (
        (ann.put_item, put("bob")),
        (ann.get_item, key),
        (ann.delete_item, key),
        (ann.query, {**query, "ExpressionAttributeValues": {":i": {"S": "bob"}}}),
        (ann.batch_write_item, {"RequestItems": {"T": [{"DeleteRequest": {"Key": {"id": {"S": "bob"}}}}]}}),
        (ann.transact_write_items, {"TransactItems": [{"Put": put("ann")}, {"Put": put("bob")}]}),
    ):
        assert refused(call, **arguments)["Error"]["Code"] == "AccessDeniedException"


def test_a_role_may_be_held_to_some_attributes(cloud: Cloud, db: Any) -> None:
    db.put_item(**put("a", name={"S": "Ann"}, salary={"N": "1"}))
    some = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "name"]},
            "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}}  # fmt: skip
    reader = as_role(cloud, {"Action": ["dynamodb:GetItem", "dynamodb:UpdateItem"], "Condition": some})
    get = {"TableName": "T", "Key": {"id": {"S": "a"}}}

    assert reader.get_item(**get, ProjectionExpression="#n", ExpressionAttributeNames={"#n": "name"})["Item"]
    assert refused(reader.get_item, **get, ProjectionExpression="salary")["Error"]["Code"] == "AccessDeniedException"
    assert refused(reader.get_item, **get)["Error"]["Code"] == "AccessDeniedException"
    change = {**get, "ExpressionAttributeValues": {":v": {"S": "x"}}, "ExpressionAttributeNames": {"#n": "name"}}
    reader.update_item(**change, UpdateExpression="SET #n = :v")
    assert refused(reader.update_item, **change, UpdateExpression="SET #n = :v, salary = :v")["Error"]["Code"] == (
        "AccessDeniedException"
    )


# --- time to live ---------------------------------------------------------------------------------------------------


def test_expired_items_go_some_time_after_their_time(cloud: Cloud, db: Any) -> None:
    db.update_time_to_live(TableName="T", TimeToLiveSpecification=TTL)
    soon = int(cloud.clock.timestamp()) + 60
    for name, until in (("soon", {"N": str(soon)}), ("never", {"S": str(soon)}), ("later", {"N": str(soon + 86400)}),
                        ("mistake", {"N": "1"})):  # fmt: skip
        db.put_item(**put(name, until=until))

    cloud.clock.advance(minutes=2)
    assert stored(db, "soon") is not None  # reading has to look at the time itself
    cloud.clock.advance(hours=1)
    assert {item["id"]["S"] for item in db.scan(TableName="T")["Items"]} == {"never", "later", "mistake"}
    cloud.clock.advance(days=2)
    assert stored(db, "later") is None


def test_the_stream_says_who_deleted(cloud: Cloud, db: Any) -> None:
    db.update_time_to_live(TableName="T", TimeToLiveSpecification=TTL)
    db.put_item(**put("soon", until={"N": str(int(cloud.clock.timestamp()) + 60)}))
    cloud.clock.advance(hours=2)

    streams, arn = cloud.client("dynamodbstreams"), db.describe_table(TableName="T")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    first = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    removed = streams.get_records(ShardIterator=first)["Records"][-1]
    assert (removed["eventName"], removed["userIdentity"]) == (
        "REMOVE", {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"},
    )  # fmt: skip


def test_without_a_time_to_live_nothing_waits(cloud: Cloud, db: Any) -> None:
    db.put_item(**put("a", until={"N": "1"}))
    assert cloud.clock.pending() == ()

    db.update_time_to_live(TableName="T", TimeToLiveSpecification=TTL)
    db.update_time_to_live(TableName="T", TimeToLiveSpecification={**TTL, "Enabled": False})
    cloud.clock.advance(hours=2)
    assert cloud.clock.pending() == ()


def test_the_number_of_items_that_a_table_is_said_to_have_is_up_to_six_hours_old(cloud: Cloud, db: Any) -> None:
    def told() -> int:
        return int(db.describe_table(TableName="T")["Table"]["ItemCount"])

    db.put_item(**put("a"))
    assert told() == 0
    cloud.clock.advance(hours=6)
    assert told() == 1
    db.put_item(**put("b"))
    assert told() == 1
    cloud.clock.advance(hours=6)
    assert told() == 2
    assert cloud.client("dynamodb").scan(TableName="T", Select="COUNT")["Count"] == 2
