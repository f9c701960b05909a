"""Send a message to a queue, a topic, an event bus or a bucket of the account: what Lambda and S3 deliver to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from grader.cloud.errors import CloudError

if TYPE_CHECKING:
    from grader.cloud.functions.service import FunctionService

MessageAttributes = dict[str, tuple[str, str]]


class Undeliverable(CloudError):
    """The target is not there, or refused the message."""


class Targets:
    """Delivers to moto's queues, topics and buses; topics and buses then enqueue to their own subscribers."""

    def __init__(self, functions: FunctionService) -> None:
        self._functions = functions

    def send(
        self,
        arn: str,
        body: str,
        attributes: MessageAttributes,
        *,
        subject: str | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
    ) -> str:
        """Send a message to a queue or publish it to a topic; returns its id.

        Raises
        ------
        Undeliverable
            When the queue or topic does not exist or refuses it.
        """
        service, name = arn.split(":")[2], arn.split(":")[-1]
        with self._functions.moto.lock:
            try:
                if service == "sqs":
                    return self._to_queue(name, body, attributes, group_id, deduplication_id)
                if service == "sns":
                    return self._to_topic(arn, body, attributes, subject)
            except (HTTPException, ServiceException, KeyError) as refused:
                raise Undeliverable(f"{arn} does not take the message: {refused}") from refused
        raise Undeliverable(f"NotSupported: delivery to {arn}")

    def tell(self, arn: str, record: dict[str, Any], folder: str) -> None:
        """Send a destination its record: a queue or a topic as a message, a bucket as an object in ``folder``.

        Raises
        ------
        Undeliverable
            When the target does not exist or refuses it.
        """
        body = json.dumps(record, separators=(",", ":"))
        if arn.split(":")[2] != "s3":
            self.send(arn, body, {})
            return
        moment = self._functions.clock.now()
        key = f"{folder}/{moment:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{self._functions.ids.uuid()}"
        with self._functions.moto.lock:
            try:
                self._functions.moto.backend("s3").put_object(arn.split(":")[5], key, body.encode())
            except (HTTPException, ServiceException) as refused:
                raise Undeliverable(f"{arn} does not take the object: {refused}") from refused

    def put_event(self, bus_arn: str, entry: dict[str, Any]) -> None:
        """Put an event on an event bus.

        Raises
        ------
        Undeliverable
            When there is no such bus.
        """
        name = bus_arn.rsplit("/", 1)[-1]
        with self._functions.moto.lock:
            try:
                self._functions.moto.backend("events").put_events([{**entry, "EventBusName": name}])
            except (HTTPException, ServiceException, KeyError) as refused:
                raise Undeliverable(f"{bus_arn} does not take the event: {refused}") from refused

    def _to_queue(
        self, name: str, body: str, attributes: MessageAttributes, group_id: str | None, deduplication_id: str | None
    ) -> str:
        message = self._functions.moto.backend("sqs").send_message(
            name,
            body,
            message_attributes={
                key: {"DataType": kind, "StringValue": value} for key, (kind, value) in attributes.items()
            },
            group_id=group_id,
            deduplication_id=deduplication_id,
            validate_group_id=False,
        )
        return str(message.id)

    def _to_topic(self, arn: str, body: str, attributes: MessageAttributes, subject: str | None) -> str:
        typed = {key: {"Type": kind, "Value": value} for key, (kind, value) in attributes.items()}
        return str(
            self._functions.moto.backend("sns").publish(
                message=body, arn=arn, subject=subject, message_attributes=typed or None
            )
        )
