"""AWS::SNS::*"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.providers.iam import document
from grader.cloud.stacks.providers.sqs import text
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

TOPIC = "DisplayName KmsMasterKeyId FifoTopic ContentBasedDeduplication"
SUBSCRIPTION = "FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy DeliveryPolicy"


class TopicProvider(Provider):
    """``AWS::SNS::Topic``; ``Ref`` is the ARN."""

    def create(self, making: Making) -> Made:
        name = making.name("TopicName", 256)
        if str(making.get("FifoTopic", "")).lower() == "true" and "TopicName" not in making.properties:
            name += ".fifo"
        if "TopicName" in making.properties and self._exists(name):
            raise ResourceFailure(f"{name} already exists")
        attributes = {key: text(value) for key, value in making.some(TOPIC).items()}
        answer = self.tools.call("sns", "CreateTopic", Name=name, Attributes=attributes, Tags=making.get("Tags"))
        arn = str(answer["TopicArn"])
        for item in making.get("Subscription") or []:
            self.tools.call("sns", "Subscribe", TopicArn=arn, Protocol=item["Protocol"], Endpoint=item["Endpoint"])
        return Made(arn, {"TopicArn": arn, "TopicName": name}, arn)

    def _exists(self, name: str) -> bool:
        try:
            self.tools.call("sns", "GetTopicAttributes", TopicArn=self.tools.arn("sns", name))
        except ClientError:
            return False
        return True

    def update(self, making: Making, current: Resource) -> Made:
        arn, before = current.physical_id, current.properties
        for key in TOPIC.split():
            if making.get(key) != before.get(key):
                self.tools.call(
                    "sns",
                    "SetTopicAttributes",
                    TopicArn=arn,
                    AttributeName=key,
                    AttributeValue=text(making.get(key, "")),
                )
        self._subscriptions(arn, before.get("Subscription") or [], making.get("Subscription") or [])
        return Made(arn, current.attributes, arn)

    def _subscriptions(self, arn: str, before: list[Any], after: list[Any]) -> None:
        for item in (item for item in after if item not in before):
            self.tools.call("sns", "Subscribe", TopicArn=arn, Protocol=item["Protocol"], Endpoint=item["Endpoint"])
        gone = [(item["Protocol"], item["Endpoint"]) for item in before if item not in after]
        for item in self.tools.call("sns", "ListSubscriptionsByTopic", TopicArn=arn)["Subscriptions"]:
            if (item["Protocol"], item["Endpoint"]) in gone:
                self.tools.call_unless_missing("sns", "Unsubscribe", SubscriptionArn=item["SubscriptionArn"])

    def delete(self, resource: Resource) -> None:
        self._subscriptions(resource.physical_id, resource.properties.get("Subscription") or [], [])
        self.tools.call_unless_missing("sns", "DeleteTopic", TopicArn=resource.physical_id)


class SubscriptionProvider(Provider):
    """``AWS::SNS::Subscription``; ``Ref`` is the ARN."""

    def create(self, making: Making) -> Made:
        attributes = {key: text(value) for key, value in making.some(SUBSCRIPTION).items()}
        answer = self.tools.call(
            "sns",
            "Subscribe",
            ReturnSubscriptionArn=True,
            Attributes=attributes,
            **making.some("TopicArn Protocol Endpoint"),
        )
        arn = str(answer["SubscriptionArn"])
        return Made(arn, {"Arn": arn}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        arn = current.physical_id
        defaults = {"FilterPolicy": "{}", "FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "false"}
        for key in SUBSCRIPTION.split():
            if making.get(key) != current.properties.get(key):
                value = text(making.get(key, defaults.get(key, "")))
                self.tools.call(
                    "sns", "SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName=key, AttributeValue=value
                )
        return Made(arn, current.attributes, arn)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("sns", "Unsubscribe", SubscriptionArn=resource.physical_id)


class TopicPolicyProvider(Provider):
    """``AWS::SNS::TopicPolicy``."""

    def create(self, making: Making) -> Made:
        self._put(making)
        return Made(making.name(limit=100))

    def _topics(self, properties: Mapping[str, Any]) -> list[str]:
        return list(properties.get("Topics") or [])

    def _put(self, making: Making) -> None:
        for arn in self._topics(making.properties):
            self.tools.call(
                "sns",
                "SetTopicAttributes",
                TopicArn=arn,
                AttributeName="Policy",
                AttributeValue=document(making.get("PolicyDocument")),
            )

    def update(self, making: Making, current: Resource) -> Made:
        self._put(making)
        return Made(current.physical_id)

    def delete(self, resource: Resource) -> None:
        """The topic goes back to a policy that lets only its owner in."""
        for arn in self._topics(resource.properties):
            owner = {"Effect": "Allow", "Principal": {"AWS": self.tools.account_id}, "Action": "SNS:*", "Resource": arn}
            policy = document({"Version": "2012-10-17", "Statement": [owner]})
            self.tools.call_unless_missing(
                "sns", "SetTopicAttributes", TopicArn=arn, AttributeName="Policy", AttributeValue=policy
            )


class TopicInlinePolicyProvider(TopicPolicyProvider):
    """``AWS::SNS::TopicInlinePolicy``: the policy of one topic; ``Ref`` is the topic's ARN."""

    def create(self, making: Making) -> Made:
        self._put(making)
        return Made(str(making.get("TopicArn")))

    def _topics(self, properties: Mapping[str, Any]) -> list[str]:
        return [str(properties["TopicArn"])]


TYPES: dict[str, ResourceType] = {
    "AWS::SNS::Topic": resource_type(
        TopicProvider,
        "",
        "TopicName FifoTopic Tags",
        "DisplayName KmsMasterKeyId ContentBasedDeduplication Subscription",
        "TopicArn TopicName",
        "TopicName",
    ),
    "AWS::SNS::Subscription": resource_type(
        SubscriptionProvider, "TopicArn Protocol", "TopicArn Protocol Endpoint", SUBSCRIPTION, "Arn"
    ),
    "AWS::SNS::TopicInlinePolicy": resource_type(
        TopicInlinePolicyProvider, "TopicArn PolicyDocument", "TopicArn", "PolicyDocument"
    ),
    "AWS::SNS::TopicPolicy": resource_type(TopicPolicyProvider, "Topics PolicyDocument", "", "Topics PolicyDocument"),
}
