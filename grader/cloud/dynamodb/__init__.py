"""DynamoDB beyond what moto does: the limits as AWS measures them, idempotent transactions, expiry on the clock."""

from grader.cloud.dynamodb.api import DynamoDbApi

__all__ = ["DynamoDbApi"]
