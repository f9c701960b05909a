"""An account whose functions are Python functions of the test: no processes, so that hundreds of events are cheap."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.cloud import Cloud
from grader.cloud.environment.configuration import Credentials, FunctionConfiguration
from grader.cloud.environment.invocation import InvocationOutcome, InvocationRequest

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}


class FakeEnvironment:
    """Runs the test's function; what it returns in ``slept`` is the time that it took."""

    def __init__(self, owner: Account, config: FunctionConfiguration, credentials: Credentials) -> None:
        self.owner, self.config, self.credentials = owner, config, credentials
        self.alive = True
        self.pid = 1
        self.tmp = Path(tempfile.gettempdir(), "never-there")
        self.invocations = 0

    def invoke(self, request: InvocationRequest) -> InvocationOutcome:
        self.owner.calls.append((self.config.name, request.now, request.request_id, json.loads(request.payload)))
        self.invocations += 1
        init = 100.0 if self.invocations == 1 else None
        slept = self.owner.slept.get(self.config.name, 0.0)
        try:
            result = self.owner.handlers[self.config.name](json.loads(request.payload), self)
        except Died:
            self.alive = False
            error = {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 3.00 seconds"}
            return InvocationOutcome("timeout", json.dumps(error).encode(), (), 3.0, 0.0, 3000.0, init, 40)
        except Exception as fault:
            error = {"errorMessage": str(fault), "errorType": type(fault).__name__}
            return InvocationOutcome("error", json.dumps(error).encode(), (), slept, 0.0, 1.5, init, 40)
        return InvocationOutcome(
            "ok", json.dumps(result).encode(), ((slept / 2, "hello\n"),), slept, 0.0, 1000 * slept + 1.5, init, 40
        )

    def close(self) -> None:
        self.alive = False


class Died(Exception):
    """The handler did not come back in time."""


class Account:
    """A cloud, and shorthand for what tests make in it."""

    Died = Died

    def __init__(self) -> None:
        self.cloud = Cloud()
        self.handlers: dict[str, Callable[[Any, FakeEnvironment], Any]] = {}
        self.slept: dict[str, float] = {}
        self.calls: list[tuple[str, float, str, Any]] = []
        self.started = self.cloud.clock.timestamp()
        self.cloud.functions.cold_start._zygote = self
        self.functions, self.events, self.clock = self.cloud.functions, self.cloud.events, self.cloud.clock

    def start(self, config: FunctionConfiguration, credentials: Credentials, serve: Any = None) -> FakeEnvironment:
        return FakeEnvironment(self, config, credentials)

    def client(self, service: str) -> Any:
        return self.cloud.client(service)

    def role(self, name: str, *statements: dict[str, Any]) -> str:
        iam = self.client("iam")
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        policy = {"Version": "2012-10-17", "Statement": [LOGS, *statements]}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        return arn

    def function(
        self, name: str, handler: Callable[..., Any] | None = None, *allow: dict[str, Any], **more: Any
    ) -> str:
        self.handlers[name] = handler or (lambda event, environment: {"ok": True})
        arn: str = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role(f"{name}-role", *allow),
            Handler="app.handler",
            Code={"ZipFile": self.package(name)},
            **more,
        )["FunctionArn"]
        return arn

    def package(self, content: str) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            archive.writestr("app.py", f"# {content}")
        return written.getvalue()

    def permit(self, function: str, service: str, source_arn: str, **more: Any) -> None:
        self.client("lambda").add_permission(
            FunctionName=function,
            StatementId=f"s{len(self.calls)}-{service.split('.')[0]}",
            Action="lambda:InvokeFunction",
            Principal=service,
            SourceArn=source_arn,
            **more,
        )

    def queue(self, name: str, *senders: str, **attributes: str) -> str:
        sqs = self.client("sqs")
        arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"
        if senders:
            statement = {
                "Effect": "Allow",
                "Principal": {"Service": list(senders)},
                "Action": "sqs:SendMessage",
                "Resource": arn,
            }
            attributes["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.create_queue(QueueName=name, Attributes=attributes)
        return arn

    def received(self, name: str) -> list[dict[str, Any]]:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        got: list[dict[str, Any]] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
            "Messages"
        ):
            got += messages
        return got

    def send(self, queue: str, body: str, **more: Any) -> str:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        message: str = sqs.send_message(QueueUrl=url, MessageBody=body, **more)["MessageId"]
        return message

    def called(self, function: str) -> list[Any]:
        return [event for name, _, _, event in self.calls if name == function]

    def moments(self, function: str) -> list[float]:
        return [round(now - self.started, 3) for name, now, _, _ in self.calls if name == function]

    def metric(self, name: str, function: str) -> float:
        return self.cloud.metrics.total("AWS/Lambda", name, FunctionName=function)

    def as_function(self, environment: FakeEnvironment) -> Any:
        """What the door does around a call that an environment makes."""
        return self.functions.acting_as(environment.credentials.access_key_id)


@pytest.fixture
def account() -> Iterator[Account]:
    made = Account()
    yield made
    made.cloud.close()
