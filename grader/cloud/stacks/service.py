"""The stacks of one account in one region."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.ids import Ids
from grader.cloud.stacks.addresses import Addresses
from grader.cloud.stacks.capabilities import check_capabilities
from grader.cloud.stacks.engine import Engine
from grader.cloud.stacks.errors import DeployError, NoUpdates
from grader.cloud.stacks.history import History
from grader.cloud.stacks.known_stacks import KnownStacks
from grader.cloud.stacks.operations import Operations
from grader.cloud.stacks.packaging import Artifacts, package
from grader.cloud.stacks.plan import Account, Plan
from grader.cloud.stacks.planning import make_plan
from grader.cloud.stacks.preview import Change, changes, says_the_same
from grader.cloud.stacks.providers.base import Tools
from grader.cloud.stacks.reasons import deploy_error
from grader.cloud.stacks.resource_steps import ResourceSteps
from grader.cloud.stacks.stack import Stack
from grader.cloud.stacks.stored_values import StoredValues
from grader.cloud.stacks.templates import parameters as params
from grader.cloud.stacks.templates.template import Template, load

ALL_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
UPDATABLE = frozenset(
    [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_FAILED",
        "CREATE_FAILED",
        "IMPORT_COMPLETE",
    ]
)


class StackService(KnownStacks):
    """Create, update and delete stacks, one operation on a stack at a time.

    Parameters
    ----------
    clock, ids
        Time and identifiers.
    client
        Gives the boto3 client of a service, with rights to everything.
    gateway
        The API Gateway that REST APIs are made in.
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
    ) -> None:
        super().__init__()
        self.clock, self.ids = clock, ids
        self.account = Account(account_id, region)
        self.artifacts = Artifacts()
        self.addresses = Addresses(client, self.artifacts)
        self.operations = Operations(clock)
        self.tools = Tools(client, gateway, ids, account_id, region, self.artifacts, self.operations.wait)
        self._last_event = 0.0
        self.page_size = (
            100  # how many stacks, events or resources one answer of the API holds; a check may ask for less
        )

    def deploy(
        self,
        template: Template | Path | str | Mapping[str, Any],
        name: str = "app",
        parameters: Mapping[str, Any] | None = None,
        capabilities: Sequence[str] = ALL_CAPABILITIES,
        tags: Mapping[str, str] | None = None,
        *,
        wait: bool = True,
    ) -> Stack:
        """Create the stack, or update it when it exists, as ``sam deploy`` does; local code folders are packaged first.

        Parameters
        ----------
        template
            A path (of a file, or of the folder with ``template.yaml``), the text, or a dictionary.
        parameters
            Values by name; what is left out keeps its previous value, or takes its default.
        capabilities
            What is acknowledged.
        wait
            Move the clock on until everything is done; otherwise a stack whose traffic is still being shifted is
            returned ``UPDATE_IN_PROGRESS``, and goes on whenever the clock moves.

        Returns
        -------
        Stack
            In ``CREATE_COMPLETE`` or ``UPDATE_COMPLETE``; unchanged when there was nothing to update.

        Raises
        ------
        DeployError
            When the template is refused, or when a resource failed; by then everything is rolled back.
        NotSupported
            When the template needs something that is not imitated.
        """
        loaded = package(load(template), self.artifacts)
        stack = self._stacks.get(name)
        there = stack is not None and stack.status != "REVIEW_IN_PROGRESS"
        declared = loaded.body.get("Parameters") or {}
        kept = {key: value for key, value in stack.given.items() if key in declared} if stack and there else {}

        def run() -> None:
            operation = self.update if there else self.create
            operation(name, loaded, {**kept, **(parameters or {})}, capabilities, tags, direct=False)

        try:
            run() if wait else self.operations.start(run)
        except NoUpdates:
            return self.get(name)
        stack = self.get(name)
        if stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE") and not (stack.in_progress and not wait):
            raise self._error(stack)
        return stack

    def create(
        self,
        name: str,
        template: Template,
        parameters: Mapping[str, Any],
        capabilities: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        *,
        direct: bool = True,
        disable_rollback: bool = False,
        on_failure: str = "ROLLBACK",
        protected: bool = False,
    ) -> Stack:
        """Create a stack and wait for it; look at its status to see whether it was rolled back.

        Raises
        ------
        DeployError
            When it is refused before anything is made.
        """
        stack = self.prepare(name)
        plan = self.plan(stack, template, parameters, tags)
        check_capabilities(plan, capabilities, direct)
        stack.disable_rollback = disable_rollback or on_failure == "DO_NOTHING"
        stack.protected = protected
        with self._operation(stack) as engine:
            self._stacks[name] = stack
            self._note_plan(stack, plan, capabilities)
            engine.create(stack, plan)
            self._remember_failure(stack, plan, engine)
            if on_failure == "DELETE" and stack.status == "ROLLBACK_COMPLETE":
                self._remove(stack, engine)
        return stack

    def update(
        self,
        name: str,
        template: Template,
        parameters: Mapping[str, Any],
        capabilities: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        *,
        direct: bool = True,
        disable_rollback: bool = False,
    ) -> Stack:
        """Update a stack and wait for it.

        Raises
        ------
        NoUpdates
            When nothing would change.
        DeployError
            When it is refused before anything is changed.
        """
        stack = self.get(name)
        self.refuse_unless_updatable(stack)
        plan = self.plan(stack, template, parameters, tags)
        check_capabilities(plan, capabilities, direct)
        with self._operation(stack) as engine:
            if not changes(stack, plan, engine.steps) and says_the_same(stack, plan):
                raise NoUpdates
            stack.disable_rollback = disable_rollback
            before = (stack.template, stack.expanded, stack.sources, stack.given, stack.parameters, stack.tags)
            self._note_plan(stack, plan, capabilities)
            stack.updated = self._now()
            engine.update(stack, plan)
            self._remember_failure(stack, plan, engine)
            if stack.status.startswith("UPDATE_ROLLBACK"):
                stack.template, stack.expanded, stack.sources, stack.given, stack.parameters, stack.tags = before
        return stack

    def delete(self, name: str, retain: Sequence[str] = ()) -> None:
        """Delete a stack; one that does not exist is no error.

        Raises
        ------
        DeployError
            When the stack is protected against termination, or another operation is running.
        """
        stack = self.find(name)
        if stack is None or stack.deleted is not None:
            return
        if stack.protected:
            raise DeployError(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled",
                next_step="Call update_termination_protection first.",
            )
        with self._operation(stack) as engine:
            for logical_id in retain:
                stack.resources[logical_id].retain = True
            self._remove(stack, engine)
            self._remember_failure(stack, None, engine)

    def _remove(self, stack: Stack, engine: Engine) -> None:
        engine.delete(stack)
        if stack.status == "DELETE_COMPLETE":
            stack.exports, stack.imports = {}, frozenset()
            self._deleted.append(self._stacks.pop(stack.name))

    def _remove_or_raise(self, stack: Stack) -> None:
        self.delete(stack.id)
        if stack.status == "DELETE_FAILED":
            raise self._error(stack)

    def prepare(self, name: str) -> Stack:
        """A stack that is not begun: the one under review, or a new one.

        Raises
        ------
        DeployError
            ``AlreadyExistsException``, or the name is not allowed.
        """
        if not NAME.fullmatch(name):
            raise DeployError(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"
            )
        stack = self._stacks.get(name)
        if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise DeployError(f"Stack [{name}] already exists", code="AlreadyExistsException")
        if stack is None:
            arn = (
                f"arn:aws:cloudformation:{self.account.region}:{self.account.account_id}:stack/{name}/{self.ids.uuid()}"
            )
            stack = Stack(name, arn, created=self.clock.timestamp())
            stack.remove = lambda: self._remove_or_raise(stack)
        return stack

    def review(self, stack: Stack) -> None:
        """Note that a change set was made for a stack that does not exist yet."""
        if stack.name not in self._stacks:
            self._stacks[stack.name] = stack
            self.engine().history.stack(stack, "REVIEW_IN_PROGRESS", "User Initiated")

    def discard(self, stack: Stack) -> None:
        """Forget a stack that was only reviewed."""
        if stack.status == "REVIEW_IN_PROGRESS":
            self._stacks.pop(stack.name, None)

    def refuse_unless_updatable(self, stack: Stack) -> None:
        """Raise when the stack is in a state in which it cannot be updated."""
        if stack.status in UPDATABLE:
            return
        remedy = f"Delete the stack first: cloud.stacks.delete({stack.name!r})." if "ROLLBACK" in stack.status else None
        words = f"Stack:{stack.id} is in {stack.status} state and can not be updated."
        raise DeployError(words, next_step=remedy)

    def plan(
        self, stack: Stack, template: Template, parameters: Mapping[str, Any], tags: Mapping[str, str] | None = None
    ) -> Plan:
        """What the stack would be with this template; without ``tags`` it keeps its own."""
        tags = stack.tags if tags is None else tags
        stored = StoredValues(self.tools.client)
        return make_plan(
            template, parameters, self.account, stack.name, stack.id, tags, self.addresses.text, stored.parameter
        )

    def engine(self) -> Engine:
        """What carries out one operation."""
        steps = ResourceSteps(self.tools, History(self._now), self.imported, self.owner_of)
        return Engine(steps, used_by=lambda export: next(iter(self.importers(export)), None))

    def changes(self, stack: Stack, plan: Plan) -> list[Change]:
        """What an update would do: (``Add`` | ``Modify`` | ``Replace`` | ``Remove``, logical id, physical id)."""
        return changes(stack, plan, self.engine().steps)

    def _note_plan(self, stack: Stack, plan: Plan, capabilities: Sequence[str]) -> None:
        stack.template, stack.expanded, stack.sources = plan.template, plan.expanded, plan.sources
        stack.given, stack.parameters = dict(plan.given), params.shown(plan.template, plan.given)
        stack.capabilities, stack.tags = tuple(capabilities), dict(plan.tags)

    def _now(self) -> float:
        """The clock's time; events of one moment are a millisecond apart, so that they keep their order."""
        self._last_event = max(self.clock.timestamp(), round(self._last_event + 0.001, 3))
        return self._last_event

    @contextmanager
    def _operation(self, stack: Stack) -> Iterator[Engine]:
        if not stack.lock.acquire(blocking=False):
            raise DeployError(
                f"Stack:{stack.id} is in {stack.status} state and can not be updated.",
                next_step="Wait for the other operation on this stack.",
            )
        try:
            stack.failure = None
            stack.first_event = len(stack.events)
            yield self.engine()
        finally:
            stack.lock.release()

    def _remember_failure(self, stack: Stack, plan: Plan | None, engine: Engine) -> None:
        if stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"):
            stack.failure = deploy_error(stack, plan, engine.history, stack.first_event)

    def _error(self, stack: Stack) -> DeployError:
        return stack.failure or DeployError(f"Stack {stack.name} is {stack.status}.", reason=stack.reason)
