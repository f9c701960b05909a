"""A transaction that fails leaves the table as it was, and so does its copy."""

from __future__ import annotations

import copy

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud


def test_a_refused_transaction_leaves_everything_as_it_was() -> None:
    with Cloud() as cloud:
        client = cloud.client("dynamodb")
        client.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(3):
            client.put_item(TableName="t", Item={"id": {"S": f"{number}"}, "tags": {"SS": ["a", "b"]}})
        before = client.scan(TableName="t")["Items"]
        update = {"TableName": "t", "Key": {"id": {"S": "1"}}, "UpdateExpression": "SET seen = :n",
                  "ExpressionAttributeValues": {":n": {"N": "1"}}}  # fmt: skip
        refused = {"TableName": "t", "Key": {"id": {"S": "2"}}, "ConditionExpression": "attribute_not_exists(id)"}

        with pytest.raises(ClientError, match="TransactionCanceledException"):
            client.transact_write_items(TransactItems=[{"Update": update}, {"ConditionCheck": refused}])
        assert client.scan(TableName="t")["Items"] == before

        client.transact_write_items(TransactItems=[{"Update": update}])
        assert client.get_item(TableName="t", Key={"id": {"S": "1"}})["Item"]["seen"] == {"N": "1"}
        with cloud.moto.lock:
            table = cloud.moto.backend("dynamodb").tables["t"]
            copied = copy.deepcopy(table)
            copied.items.clear()
        assert "seen" in client.get_item(TableName="t", Key={"id": {"S": "1"}})["Item"]
