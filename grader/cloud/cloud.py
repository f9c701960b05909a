"""The pocket AWS: one account, assembled from its parts."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.cloud.applications import Applications, ApplicationsApi
from grader.cloud.billing import Bill, Usage
from grader.cloud.billing.bill import bill_of
from grader.cloud.billing.prices import load_prices
from grader.cloud.billing.readings import logs_read, requests_read, storage_read, time_read
from grader.cloud.clock import Clock
from grader.cloud.cloudfront import CloudFrontApi, Distributions, Edge, Origins
from grader.cloud.cloudwatch import Metrics
from grader.cloud.cloudwatch.api import CloudWatchApi
from grader.cloud.cloudwatch.watch import AlarmService
from grader.cloud.deployments import DeploymentService
from grader.cloud.deployments.api import CodeDeployApi
from grader.cloud.deployments.notices import Notices
from grader.cloud.deployments.role import ServiceRole
from grader.cloud.direct_calls import DirectCalls, quick_client
from grader.cloud.door.door import Door
from grader.cloud.door.faults import Refusal
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.request import Request
from grader.cloud.door.responder import Responder
from grader.cloud.door.server import serve_application, serve_socket
from grader.cloud.door.several import Several
from grader.cloud.door.verifier import Verifier
from grader.cloud.dynamodb import DynamoDbApi
from grader.cloud.environment import ExecutionEnvironment, FunctionConfiguration, shared_zygote
from grader.cloud.environment.configuration import Credentials
from grader.cloud.errors import NotSupported
from grader.cloud.events import EventService, Mail
from grader.cloud.events.mappings_api import MappingsApi
from grader.cloud.events.message_moves import MessageMoves
from grader.cloud.events.queue_metrics import QueueMetrics
from grader.cloud.function_names import FunctionNames
from grader.cloud.functions import FunctionService, Invocation
from grader.cloud.functions.lambda_api import LambdaApi
from grader.cloud.http import Gateway, HttpClient, LocalAddresses
from grader.cloud.http.function_url.api import FunctionUrlApi, UrlPermissionApi
from grader.cloud.http.http_api.api import HttpApiApi
from grader.cloud.http.rest.api import RestApiApi
from grader.cloud.iam.access import Access, access_of
from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.calls import Call
from grader.cloud.iam.identity import Identity
from grader.cloud.iam.verdict import Decision
from grader.cloud.ids import Ids
from grader.cloud.kms import KeyNeeds, KmsApi, RotationApi
from grader.cloud.logs import LogEvent, read_log
from grader.cloud.logs.api import LogsApi
from grader.cloud.logs.ingestion import Ingestion
from grader.cloud.logs.service_logs import ServiceLogs
from grader.cloud.runs import Runs
from grader.cloud.s3 import Storage, Website, keys_in
from grader.cloud.session import CURRENT, client_of, new_session
from grader.cloud.stacks import Stack, StackService
from grader.cloud.stacks.api import StackApi
from grader.cloud.stacks.cloud_control import CloudControlApi
from grader.cloud.stacks.responses import HOST as RESPONSES
from grader.cloud.stacks.responses import ResponseSite
from grader.cloud.stacks.service import ALL_CAPABILITIES
from grader.cloud.traces import Traces
from grader.cloud.workflows import Queries, WorkflowService
from grader.cloud.workflows.api import WorkflowApi

ACCOUNT_ID = "123456789012"


class Cloud:
    """An empty AWS account in this process.

    A process has one open cloud: a new one closes the one before it, and boto3 in this process talks to it.

    Parameters
    ----------
    seed
        The same seed gives the same identifiers and the same chances.
    region
        Where everything is.
    clock
        A clock of your own; by default a virtual one that stands still until it is moved.
    direct
        Whether calls of ``client`` go to the account without HTTP and signatures, as a stack's do: for who makes
        thousands of them.
    """

    _open: list[Cloud] = []  # noqa: RUF012  (the one open cloud of the process, as there is one boto3 default session)

    def __init__(
        self, seed: int = 0, region: str = "us-east-1", clock: Clock | None = None, *, direct: bool = False
    ) -> None:
        while Cloud._open:
            Cloud._open.pop().close()
        self.account_id, self.region = ACCOUNT_ID, region
        self.clock, self.ids = clock or Clock(), Ids(seed)
        self.traces = Traces(self.clock)
        self.moto = Moto(self.clock, ACCOUNT_ID, region, seed)
        self.identity = Identity(self.clock, self.ids, self.moto)
        self.authorization = Authorization(self.moto, self.clock)
        self.metrics, self._usage = Metrics(), Usage()
        self.alarms = AlarmService(self.clock, self.metrics)
        self._stops: list[Callable[[], None]] = []
        self._is_direct = direct
        self._assemble(seed)
        CURRENT.open(self.door.handle, self.clock, self.identity.developer, region)
        Cloud._open.append(self)

    def _assemble(self, seed: int) -> None:
        environments = _Environments(self._serve, self.clock)
        self.functions = FunctionService(
            clock=self.clock, ids=self.ids, traces=self.traces, moto=self.moto, identity=self.identity,
            authorization=self.authorization, zygote=environments, metrics=self.metrics, region=self.region, seed=seed,
        )  # fmt: skip
        self.events = EventService(self.functions, self.authorization)
        QueueMetrics(self.functions, self.metrics)
        Ingestion(self.functions, self.events.deliveries, self.authorization, self.metrics)
        queries = Queries(environments, self.clock, self.ids)
        self.workflows = WorkflowService(self.functions, self.identity, self.events.deliveries, queries)
        self.gateway = Gateway(
            clock=self.clock, ids=self.ids, traces=self.traces, functions=self.functions,
            permissions=self.authorization, verifier=Verifier(self.identity, self.clock),
            authorization=self.authorization, account_id=self.account_id, region=self.region,
            metrics=self.metrics, logs=ServiceLogs(self.moto), seed=seed,
        )  # fmt: skip
        self.door = Door(
            clock=self.clock, ids=self.ids, identity=self.identity, authorization=self.authorization, moto=self.moto,
            region=self.region,
        )  # fmt: skip
        self._direct = DirectCalls(self.door, self.ids, self.moto)
        responses = ResponseSite(self.clock, self.ids, self._drain)
        self.door.sites[RESPONSES] = responses
        self.stacks = StackService(
            self.clock, self.ids, self.client, self.gateway, account_id=self.account_id, region=self.region,
            responses=responses, direct=self._direct,
        )  # fmt: skip
        self.door.gateway, self.door.callers = self.gateway, self.functions
        storage = Storage(self.moto, Verifier(self.identity, self.clock), self.clock)
        self.door.storage, keys = storage, KeyNeeds(self.moto)
        self.door.permission.further |= {
            "s3": storage.needs, "ssm": keys.of_parameters, "secretsmanager": keys.of_secrets,
        }  # fmt: skip
        self.door.hosts["s3-website"] = Website(self.moto, self.authorization, self.ids)
        self.distributions = Distributions(self.clock, self.ids, self.account_id)
        origins = Origins(self.distributions, self.door, self.account_id, self.ids)
        self.door.hosts["cloudfront"] = Edge(self.distributions, origins, self.clock, self.ids)
        role = ServiceRole(self.moto, self.identity, self.authorization)
        self.deployments = DeploymentService(self.clock, self.ids, self.functions, self.alarms, role)
        self.deployments.on_event(Notices(self.functions, self.events, role))
        deploying = CodeDeployApi(self.deployments, self.ids, region=self.region, account_id=self.account_id)
        self.door.permission.instead["codedeploy"] = deploying.needs
        watching = CloudWatchApi(
            self.clock, self.ids, self.metrics, self.alarms, region=self.region, account_id=self.account_id
        )
        self._moves = MessageMoves(self.moto, self.clock, self.ids)
        self.door.permission.further["sqs"] = self._moves.needs
        stacks = StackApi(self.stacks)
        self.applications = Applications(self.stacks, self.clock, self.ids, self._repository_may_read)
        self.door.services = {
            "lambda": Several(
                LambdaApi(self.functions, MappingsApi(self.functions, self.events)),
                FunctionUrlApi(self.gateway.urls, self.ids),
                UrlPermissionApi(self.moto),
            ),
            "cloudformation": stacks,
            "apigateway": Responder("apigateway", RestApiApi(self.gateway, self.clock).actions, self.ids),
            "apigatewayv2": Responder("apigatewayv2", HttpApiApi(self.gateway).actions, self.ids),
            "serverlessrepo": ApplicationsApi(self.applications, self.stacks, stacks.change_sets),
            "cloudcontrol": Responder("cloudcontrol", CloudControlApi(self.stacks).actions, self.ids),
            "kms": KmsApi(self.moto),
            "cloudfront": Responder("cloudfront", CloudFrontApi(self.distributions).actions, self.ids),
            "secretsmanager": RotationApi(),
            "dynamodb": DynamoDbApi(self.moto, self.clock),
            "cloudwatch": watching,
            "codedeploy": CodeDeployApi(self.deployments, self.ids, region=self.region, account_id=self.account_id),
            "stepfunctions": Responder("stepfunctions", WorkflowApi(self.workflows).actions, self.ids),
            "events": Responder("events", self.events.bridge_hooks.actions, self.ids),
            "sqs": Responder("sqs", self._moves.actions, self.ids),
            "logs": Responder("logs", LogsApi(self.moto, self.clock).actions, self.ids),
        }
        self.door.observers.append(self._usage.observe)
        self.alarms.on_change(self.events.alarm_actions)
        self.http = HttpClient(
            door=self.door, gateway=self.gateway, clock=self.clock, developer=self.identity.developer
        )
        self._runs = Runs(environments, self.clock, self.ids, self.traces, self.account_id, self.region)
        self._names = FunctionNames(self.stacks)
        self.clock.on_idle(self._drain)

    @classmethod
    def current(cls) -> Cloud | None:
        """The open cloud of this process, if there is one."""
        return cls._open[-1] if cls._open else None

    # --- using it -----------------------------------------------------------------------------------------------------

    def deploy(
        self,
        template: str | Path | Mapping[str, Any],
        name: str = "app",
        parameters: Mapping[str, Any] | None = None,
        capabilities: Sequence[str] = ALL_CAPABILITIES,
        *,
        wait: bool = True,
    ) -> Stack:
        """Create a stack from a SAM template, or update it; what ``sam build`` and ``sam package`` do is included.

        Parameters
        ----------
        template
            A file, the text of a template, or a dictionary.
        parameters
            Values for the template's parameters.
        wait
            Move the clock on until everything is done, traffic that is shifted by steps included. With False the stack
            comes back ``UPDATE_IN_PROGRESS``; it goes on whenever the clock moves: see ``Stack.in_progress``.

        Raises
        ------
        DeployError
            When a resource cannot be made; everything has been rolled back by then.
        CloudError
            When the template is refused before anything is made.
        """
        stack = self.stacks.deploy(template, name, parameters, capabilities, wait=wait)
        if not wait:
            self._drain()
        return stack

    def invoke(
        self, function: str, payload: Any = None, *, qualifier: str | None = None, asynchronous: bool = False
    ) -> Invocation | AsynchronousAnswer:
        """Invoke a function, as ``aws lambda invoke`` does with the developer's credentials.

        Parameters
        ----------
        function
            Its logical id, name or ARN.
        payload
            The event: anything that JSON can say.
        asynchronous
            Hand it over and do not wait (``InvocationType=Event``).
        """
        name = self._names.physical(function)
        event = json.dumps({} if payload is None else payload).encode()
        if asynchronous:
            self.functions.registry.resolve(name, qualifier)
            return AsynchronousAnswer(202, self.functions.enqueue(name, event, qualifier=qualifier, source="Invoke"))
        return self.functions.invoke(name, event, qualifier=qualifier)

    def run(
        self,
        folder: str | Path,
        target: str,
        *arguments: Any,
        files: Mapping[str, bytes | str] | None = None,
        policies: Sequence[Mapping[str, Any]] | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 10,
        memory: int = 256,
        keep: bool = False,
        **keywords: Any,
    ) -> Invocation:
        """Call a plain Python function by value, in an execution environment of its own.

        Parameters
        ----------
        folder, target
            The code, and the function in it: ``"bill.monthly_bill"``.
        arguments, keywords
            Plain data; they travel as JSON.
        files
            Further files, by path, that are laid into a copy of the folder.
        policies
            IAM policy documents: what the function may do to the account. None: everything, as the developer.
        timeout, memory
            Seconds and MB.
        keep
            Keep the environment for the next such call, as Lambda would; otherwise each call meets a fresh one.

        Returns
        -------
        Invocation
            ``payload`` is what the function returned.
        """
        credentials = self.identity.developer if policies is None else self.identity.policy_credentials(policies)
        return self._runs.run(
            Path(folder), target, arguments, keywords, credentials,
            files=files, environment=environment, timeout=timeout, memory=memory, keep=keep,
            whose=repr(policies),
        )  # fmt: skip

    def run_until_idle(self) -> bool:
        """Deliver everything that is due now: events, asynchronous invocations, messages in polled queues.

        Returns
        -------
        bool
            Whether there was anything.
        """
        return self._drain()

    def local_url(self, url: str) -> str:
        """The address on this machine's loopback that stands for ``url``, for a browser."""
        return self._local_addresses.local_url(url)

    @cached_property
    def endpoint(self) -> str:
        """``http://127.0.0.1:<port>``: the door for ``sam``, ``aws`` and other processes."""
        listening = socket.create_server(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._stops.append(serve_socket(listening, self._from_outside))
        return address

    # --- looking into it ----------------------------------------------------------------------------------------------

    @cached_property
    def session(self) -> Any:
        """A ``boto3.Session`` with the developer's credentials."""
        return new_session(self.identity.developer, self.region)

    def client(self, service: str) -> Any:
        """The boto3 client of a service; one for each, kept."""
        client = client_of(self.session, service)
        return quick_client(self._direct, client) if self._is_direct else client

    def logs(self, function: str) -> list[LogEvent]:
        """Everything in a function's log group, oldest first."""
        return read_log(self.moto, self.functions.registry.resolve(self._names.physical(function)).log_group)

    def bill(self) -> Bill:
        """What this account has used since it was opened, by resource, in dollars; without any free tier.

        The prices are a dated table, ``grader/cloud/billing/prices.toml``.
        """
        used = {
            **self._usage.all(),
            **requests_read(self.metrics),
            **time_read(self.functions.metrics.gb_seconds(), self.moto),
            **logs_read(self.moto),
            **storage_read(self.moto, self.clock),
        }
        return bill_of(used, load_prices())

    @property
    def outbox(self) -> list[Mail]:
        """The e-mails that subscriptions of topics were sent."""
        return self.events.outbox

    def delivered_events(self, function: str) -> list[Any]:
        """The events that reached a function's handler, in order."""
        return self.functions.delivered_events(self._names.physical(function))

    def tmp_files(self, function: str) -> list[str]:
        """What lies in ``/tmp`` of the function's live execution environments, seen from outside."""
        return self.functions.tmp_files(self._names.physical(function))

    def stored_keys(self, bucket: str) -> list[str]:
        """The keys of what lies in a bucket, sorted, seen from outside: to ask S3 takes longer the more there is.

        Raises
        ------
        ClientError
            S3's ``NoSuchBucket``.
        """
        with self.moto.lock:
            found = self.moto.backend("s3").buckets.get(bucket)
            if found is not None:
                return keys_in(found)
        self.client("s3").list_objects_v2(Bucket=bucket)  # has the words for it
        return []

    def may(self, function: str, action: str, resource_arn: str) -> Decision:
        """Whether a function's role allows an action on a resource, asked over HTTPS and in the cloud's Region."""
        version = self.functions.registry.resolve(self._names.physical(function))
        credentials = self.identity.role_credentials(version.role, version.name)
        principal = self.identity.principal_of(credentials.access_key_id, credentials.session_token)
        context = {"aws:SecureTransport": "true", "aws:RequestedRegion": self.region}
        return self.authorization.decide(principal, action, resource_arn, context)

    def calls(self, function: str) -> tuple[Call, ...]:
        """What a function has asked AWS for, oldest first: action, resource, and whether IAM allowed it."""
        return self.authorization.calls.of(self._names.physical(function))

    def access(self, function: str) -> Access:
        """What a function's role may do, beside what the function has done: shown as a table in a notebook."""
        version = self.functions.registry.resolve(self._names.physical(function))
        with self.moto.lock:
            policies = self.authorization.policies.named(version.role.rpartition("/")[2])
        return access_of(function, policies, self.calls(function))

    # --- disturbing it ------------------------------------------------------------------------------------------------

    def fail_next(
        self,
        service: str,
        operation: str,
        code: str,
        *,
        status: int = 400,
        times: int = 1,
        by: str | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        """Let the next calls that functions make to an operation fail with an AWS error.

        Parameters
        ----------
        service, operation
            boto3's names: ``"s3"``, ``"PutObject"``.
        by
            Only calls of this function (logical id or name).
        members
            What the error says besides code and message, where the service speaks JSON:
            ``{"CancellationReasons": [{"Code": "TransactionConflict"}]}``.
        """
        caller = None if by is None else self._names.physical(by)
        refusal = Refusal(code, f"{code} (a fault that this check injected)", status, members=members or {})
        self.door.injections.fail_next(service, operation, refusal, times=times, by=caller)

    def slow_next(self, service: str, operation: str, seconds: float, *, times: int = 1, by: str | None = None) -> None:
        """Let the answers to the next calls that functions make to an operation take longer, on the clock.

        The work is done all the same: a client that gives up before does not know it.

        Parameters
        ----------
        service, operation
            boto3's names: ``"dynamodb"``, ``"PutItem"``.
        by
            Only calls of this function (logical id or name).
        """
        caller = None if by is None else self._names.physical(by)
        self.door.injections.slow_next(service, operation, seconds, times=times, by=caller)

    def repeat_next(self, service: str, *, times: int = 1, after: float = 0.0) -> None:
        """Let a service tell of each of its next events twice: at least once is what AWS promises, not once.

        Parameters
        ----------
        service
            ``"s3"``: its event notifications, whoever they go to, and its events on EventBridge.
        after
            How many seconds later the same event comes again.
        """
        if service != "s3":
            raise NotSupported(f"events of {service} that come twice", next_step='Only those of "s3" can be repeated.')
        self.events.notifications.repeat_next(times, after)

    def on_call(self, service: str, operation: str, action: Callable[[], None]) -> None:
        """Call ``action`` after each call that functions make to an operation, before they get its answer."""
        self.door.injections.on_call(service, operation, action)

    def calm(self) -> None:
        """Forget every fault, delay, interruption and repetition that has not happened yet."""
        self.door.injections.clear()
        self.events.notifications.repeat_nothing()

    # --- ending it ----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End its processes and servers, and let boto3 go its own way again. Closing twice does no harm."""
        if self in Cloud._open:
            Cloud._open.remove(self)
            CURRENT.close()
        self.stacks.operations.close()
        while self._stops:
            self._stops.pop()()
        if "_local_addresses" in self.__dict__:
            self._local_addresses.close()
        self._runs.close()
        self.workflows.queries.close()
        self.functions.close()

    def __enter__(self) -> Cloud:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _repository_may_read(self, bucket: str, key: str) -> bool:
        arn = f"arn:aws:s3:::{bucket}/{key}"
        return self.authorization.service_may("serverlessrepo.amazonaws.com", "s3:GetObject", arn).allowed

    @cached_property
    def _local_addresses(self) -> LocalAddresses:
        return LocalAddresses(self.door, serve_application, self._settle)

    def _serve(self, listening: socket.socket) -> Callable[[], None]:
        return serve_socket(listening, self.door.handle)

    def _from_outside(self, request: Request) -> Any:
        """A request of another process; what it set off is delivered at once, as nobody there calls run_until_idle."""
        response = self.door.handle(request)
        self._settle()
        return response

    def _settle(self) -> None:
        """Deliver what a request from outside set off; where time passes by itself, others do."""
        if not self.clock.is_running:
            self._drain()

    def _drain(self) -> bool:
        steps = (
            self.clock.fire_due, self.functions.drain, self.events.drain, self.workflows.drain,
            self.stacks.operations.drain,
        )  # fmt: skip
        delivered = False
        while sum(step() for step in steps):  # every step, whatever the ones before it did
            delivered = True
        return delivered


class AsynchronousAnswer:
    """What an asynchronous caller gets: that the event was taken, and the request id that it keeps."""

    def __init__(self, status_code: int, request_id: str) -> None:
        self.status_code, self.request_id = status_code, request_id
        self.payload = self.error = None

    def __repr__(self) -> str:
        return f"AsynchronousAnswer(status_code={self.status_code}, request_id={self.request_id!r})"


class _Environments:
    """Environments of the process's warm zygote, whose AWS calls come to this cloud's door."""

    def __init__(self, serve: Callable[[socket.socket], Callable[[], None]], clock: Clock) -> None:
        self._serve, self._clock = serve, clock

    def start(self, config: FunctionConfiguration, credentials: Credentials, serve: Any = None) -> ExecutionEnvironment:
        """Start one; the zygote itself starts with the first."""
        config = replace(config, real_time=self._clock.is_running)
        return shared_zygote().start(config, credentials, serve=serve or self._serve)
