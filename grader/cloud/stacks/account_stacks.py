"""What every operation on a stack needs: a plan, an engine, and the stack to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.direct_calls import DirectCalls
from grader.cloud.ids import Ids
from grader.cloud.stacks.addresses import Addresses
from grader.cloud.stacks.engine import Engine
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.history import History
from grader.cloud.stacks.known_stacks import KnownStacks
from grader.cloud.stacks.notifications import notification
from grader.cloud.stacks.operations import Operations
from grader.cloud.stacks.options import DIRECT, Options
from grader.cloud.stacks.packaging import Artifacts
from grader.cloud.stacks.plan import Account, Plan
from grader.cloud.stacks.planning import make_plan
from grader.cloud.stacks.preview import Change, changes
from grader.cloud.stacks.providers.base import Responses, Tools
from grader.cloud.stacks.reasons import deploy_error
from grader.cloud.stacks.resource_steps import ResourceSteps
from grader.cloud.stacks.rollback_triggers import RollbackTriggers
from grader.cloud.stacks.stack import OperationRecord, Stack, StackEvent
from grader.cloud.stacks.stored_values import StoredValues
from grader.cloud.stacks.templates.template import Template
from grader.cloud.stacks.templates.values import pseudo_parameters

DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "DELETE_COMPLETE"})


class AccountStacks(KnownStacks):
    """The stacks of one account in one region, and the tools to work on them.

    Parameters
    ----------
    clock, ids
        Time and identifiers.
    client
        Gives the boto3 client of a service, with rights to everything.
    gateway
        The API Gateway that REST APIs are made in.
    responses
        Where custom resources report to.
    direct
        Makes calls of APIs without boto3's way over HTTP.
    """

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        client: Callable[[str], Any],
        gateway: Any,
        *,
        account_id: str = "123456789012",
        region: str = "us-east-1",
        responses: Responses | None = None,
        direct: DirectCalls | None = None,
    ) -> None:
        super().__init__()
        self.clock, self.ids = clock, ids
        self.account = Account(account_id, region)
        self.artifacts = Artifacts()
        self.addresses = Addresses(client, self.artifacts)
        self.operations = Operations(clock)
        self.tools = Tools(
            client, gateway, ids, account_id, region, self.artifacts, self.operations.wait,
            responses=responses, direct=direct,
        )  # fmt: skip
        self._last_event = 0.0
        self.page_size = (
            100  # how many stacks, events or resources one answer of the API holds; a check may ask for less
        )

    def plan(
        self,
        stack: Stack,
        template: Template,
        parameters: Mapping[str, Any],
        tags: Mapping[str, str] | None = None,
        notifications: Sequence[str] | None = None,
    ) -> Plan:
        """What the stack would be with this template; without ``tags`` and ``notifications`` it keeps its own."""
        tags = stack.tags if tags is None else tags
        topics = stack.notifications if notifications is None else tuple(notifications)
        pseudo = pseudo_parameters(self.account.account_id, self.account.region, stack.name, stack.id, topics)
        stored = StoredValues(self.tools.client)
        return make_plan(template, parameters, pseudo, tags, self.addresses.text, stored.parameter, self.tools.client)

    def engine(self) -> Engine:
        """What carries out one operation."""
        steps = ResourceSteps(self.tools, History(self.now, self._notify), self.imported, self.owner_of)
        watch = RollbackTriggers(self.clock, self.tools).watch
        return Engine(steps, lambda export: next(iter(self.importers(export)), None), watch)

    def changes(self, stack: Stack, plan: Plan) -> list[Change]:
        """What an update would do to the stack."""
        return changes(stack, plan, self.engine().steps)

    def note_plan(self, stack: Stack, plan: Plan, capabilities: Sequence[str]) -> None:
        """The stack becomes what the plan says, before its resources do."""
        stack.template, stack.expanded, stack.sources = plan.template, plan.expanded, plan.sources
        stack.given, stack.parameters = dict(plan.given), plan.shown
        stack.capabilities, stack.tags = tuple(capabilities), dict(plan.tags)

    def now(self) -> float:
        """The clock's time; events of one moment are a millisecond apart, so that they keep their order."""
        self._last_event = max(self.clock.timestamp(), round(self._last_event + 0.001, 3))
        return self._last_event

    def _notify(self, stack: Stack, event: StackEvent) -> None:
        for topic in stack.notifications:
            self.tools.call("sns", "Publish", TopicArn=topic, **notification(stack, event, self.account.account_id))

    def _heed(self, stack: Stack, options: Options) -> None:
        if options.notifications is not None:
            stack.notifications = tuple(options.notifications)
        if options.triggers is not None:
            stack.triggers, stack.monitoring_minutes = options.triggers, options.monitoring_minutes
        stack.timeout_minutes, stack.express = options.timeout_minutes, options.express
        stack.retain_except_on_create = options.retain_except_on_create

    @contextmanager
    def operation(self, stack: Stack, kind: str, options: Options = DIRECT) -> Iterator[Engine]:
        """Hold the stack for one operation.

        Raises
        ------
        DeployError
            When another operation holds it: a second one does not wait.
        """
        if not stack.lock.acquire(blocking=False):
            raise DeployError(
                f"Stack:{stack.id} is in {stack.status} state and can not be updated.",
                next_step="Wait for the other operation on this stack.",
            )
        try:
            stack.failure, stack.token = None, options.token
            stack.operations.append(OperationRecord(self.ids.uuid(), kind, len(stack.events)))
            self._heed(stack, options)
            yield self.engine()
        finally:
            stack.lock.release()

    def remember_failure(self, stack: Stack, plan: Plan | None, engine: Engine) -> None:
        """Keep why an operation failed, for ``cloud.deploy`` to say: the innermost stack knows it best."""
        if stack.status in DONE:
            return
        stack.failure = deploy_error(stack, plan, engine.history, stack.first_event)
