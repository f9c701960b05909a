"""moto, one call at a time: the account's state, under one lock and on the virtual clock.

moto's own ways in (``mock_aws``, its server) are not used: the first would hook every HTTP client of the process, the
second answers ``/moto-api/reset`` to anyone. A request is led straight to the function that moto's URL table names.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from importlib import import_module
from io import BytesIO
from types import TracebackType
from typing import Any
from urllib.parse import unquote_to_bytes

import moto.core.responses
import moto.core.utils
import moto.sqs.models
import time_machine
from moto import backends
from moto.backend_index import backend_url_patterns
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.core.request import Request as MotoRequest
from moto.moto_api._internal import mock_random
from werkzeug.exceptions import HTTPException

from grader.cloud.clock import Clock
from grader.cloud.door.managed_policies import load_managed_policies
from grader.cloud.door.moto_ids import draw_faster
from grader.cloud.door.moto_models import forget_what_is_gone
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

Handler = Callable[[Any, str, Any], Any]
BEGINS_AS_XML = re.compile(rb"\s*<")
UNSAYABLE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")

# moto keeps its state in module globals, so one lock serves every Cloud of the process.
_MOTO_LOCK = threading.RLock()


forget_what_is_gone()
draw_faster()
_backends_of = cache(backends.get_backend)  # moto imports the service's module each time it is asked
_found: dict[tuple[str, str, str], Any] = {}  # what ``Moto.backend`` has found, until everything is forgotten


def is_utc() -> bool:
    """Whether this process's own time zone is UTC."""
    return time.timezone == 0 and not time.daylight


class VirtualTime:
    """The MOTO lock; while it is held, ``time`` and ``datetime`` show the virtual clock's moment, standing still.

    A running clock needs no such thing: it shows what they show.

    It may be taken again by the thread that holds it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._depth = 0
        self._travel: Any = None  # while it is under way
        self._prepared: tuple[tuple[float, bool], Any] | None = None  # the last one, for a clock that stands still

    def __enter__(self) -> VirtualTime:
        _MOTO_LOCK.acquire()
        self._depth += 1
        if self._depth == 1 and not self._clock.is_running:
            self._travel = self._to_the_moment()
            self._travel.start()
        return self

    def _to_the_moment(self) -> Any:
        moment = self._clock.timestamp(), is_utc()
        if self._prepared is None or self._prepared[0] != moment:
            now = self._clock.now()
            # A moment with a time zone changes the process's own, and changes it back: needless where it is UTC.
            travel = time_machine.travel(now.replace(tzinfo=None) if moment[1] else now, tick=False)
            self._prepared = moment, travel
        return self._prepared[1]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._travel is not None and self._depth == 0:
            self._travel.stop()
            self._travel = None
        _MOTO_LOCK.release()


class Moto:
    """The state of one AWS account.

    Parameters
    ----------
    clock
        The time that moto sees.
    account_id, region
        What ``backend`` looks in; calls may go to other Regions by their host.
    seed
        moto draws its identifiers from it.
    """

    def __init__(
        self, clock: Clock, account_id: str = "123456789012", region: str = "us-east-1", seed: int = 0
    ) -> None:
        self.account_id = account_id
        self.region = region
        self.lock = VirtualTime(clock)
        self._before: dict[str, Callable[[], None]] = {}
        self.reset()
        mock_random.seed(seed)

    def call(self, request: Request) -> Response:
        """Let moto answer a request whose host is AWS's own (``sqs.us-east-1.amazonaws.com``) and that may be done.

        Raises
        ------
        LookupError
            When moto has no such service or address.
        NotImplementedError
            When moto knows the operation by name only.
        """
        handler = handler_of(request.scheme, request.host, request.path)
        with self.lock:
            self._before.pop(request.host.partition(".")[0], lambda: None)()
            if request.host.startswith("iam."):
                load_managed_policies(self.backend("iam"), request.body)
            if request.host.startswith("s3."):
                leave_denials_to_the_door()
            prepared = moto_request(request, self.account_id)
            try:
                status, headers, body = handler(prepared, prepared.raw_url, prepared.headers)
            except HTTPException as refusal:
                status, headers, body = refusal.code, dict(refusal.get_headers()), refusal.get_body()
        response = response_from(status, headers, body)
        if request.host.startswith("s3.") and response.status < 400:  # it may hold an object
            return response
        return replace(response, body=sayable(response.body))

    def before(self, service: str, action: Callable[[], None]) -> None:
        """Do something before moto first answers for a service: to import moto's part of it may take seconds."""
        self._before[service] = action

    def backend(self, service: str) -> Any:
        """moto's object for a service (boto3's name of it) in this account and Region; use it only under ``lock``."""
        place = (service, self.account_id, self.region)
        if place not in _found:
            name: Any = {"lambda": "awslambda"}.get(service, service)
            account = _backends_of(name)[self.account_id]
            _found[place] = account[self.region] if self.region in account else account["aws"]
        return _found[place]

    def reset(self) -> None:
        """Forget everything; rebuilding each backend, as moto does it, would take a hundred times as long."""
        with _MOTO_LOCK:
            for service in list(BackendDict._instances):
                if service.service_name == "s3":  # closes the temporary files that hold the objects
                    for _, _, backend in service.iter_backends():
                        backend.reset()
                service.clear()
            BackendDict._instances.clear()
            _found.clear()
            reset_model_data()


# For each service moto would look for all services' models anew, for each call for its class's methods, and for each
# attribute of each queue for its name.
moto.core.utils.camelcase_to_underscores = lru_cache(maxsize=4096)(moto.core.utils.camelcase_to_underscores)
moto.core.responses.camelcase_to_underscores = moto.core.utils.camelcase_to_underscores
moto.sqs.models.camelcase_to_underscores = moto.core.utils.camelcase_to_underscores
moto.core.utils.create_loader = cache(moto.core.utils.create_loader)
moto.core.responses.method_names_from_class = cache(moto.core.responses.method_names_from_class)


@lru_cache(maxsize=1)
def leave_denials_to_the_door() -> None:
    """Keep moto from denying by a bucket's policy: it does not read conditions, and the door has judged with them.

    SAM's own bucket denies whatever does not come over TLS; to moto that is everything.
    """
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    judge = FakeBucket.get_permission

    def without_denial(bucket: FakeBucket, action: str, resource: str) -> Any:
        found = judge(bucket, action, resource)
        return PermissionResult.NEUTRAL if found == PermissionResult.DENIED else found

    FakeBucket.get_permission = without_denial  # moto has no setting for it


@lru_cache(maxsize=1024)
def module_of(scheme: str, host: str) -> str:
    """moto's name of the service that answers at a host."""
    url = f"{scheme}://{host}"
    for name, pattern in backend_url_patterns:
        if pattern.match(url):
            return str(name)
    raise LookupError(host)


@lru_cache(maxsize=128)
def addresses_of(module: str) -> tuple[tuple[re.Pattern[str], Handler], ...]:
    """The URL patterns of a service and the functions behind them, in moto's order."""
    urls = import_module(f"moto.{module}.urls")
    return tuple(
        (re.compile(path.format(base)), handler) for base in urls.url_bases for path, handler in urls.url_paths.items()
    )


def handler_of(scheme: str, host: str, path: str) -> Handler:
    """The function of moto that answers at an address."""
    url = f"{scheme}://{host}{path}"
    for pattern, handler in addresses_of(module_of(scheme, host)):
        if pattern.match(url):
            return handler
    raise LookupError(url)


def moto_request(request: Request, account_id: str) -> MotoRequest:
    """The request as moto wants it; the account is ours to say, a client's own word on it has been dropped before."""
    raw_uri = f"{request.path}?{request.query}" if request.query else request.path
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "SCRIPT_NAME": "",
        "QUERY_STRING": request.query,
        "RAW_URI": raw_uri,
        "REQUEST_URI": raw_uri,
        "SERVER_NAME": request.host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.source_ip,
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.version": (1, 0),
    }
    preserved: dict[str, str] = {}
    for name, value in request.headers:
        key = environ_key_for_header(name)
        environ[key] = f"{environ[key]},{value}" if key in environ else value
        if should_preserve_original_header_name(name):
            preserved[key] = name
    environ.update(CONTENT_LENGTH=str(len(request.body)), HTTP_HOST=request.host, HTTP_X_MOTO_ACCOUNT_ID=account_id)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved
    prepared = MotoRequest(environ)
    prepared.get_data(cache=True)  # or the body of an upload that urllib calls a form would be read as one, and be gone
    return prepared


def sayable(content: bytes) -> bytes:
    """XML without characters that no XML can hold, which moto repeats where a client has said them."""
    return UNSAYABLE.sub(lambda found: b"?" * len(found[0]), content) if BEGINS_AS_XML.match(content) else content


def response_from(status: Any, headers: Any, body: Any) -> Response:
    """What moto gave back, with plain types: it answers in text or bytes, with numbers among its headers."""
    content = body.encode("utf-8") if isinstance(body, str) else bytes(body or b"")
    pairs = headers.items() if hasattr(headers, "items") else headers
    dropped = {"status", "transfer-encoding", "connection"}
    kept = tuple((str(name), str(value)) for name, value in pairs if str(name).lower() not in dropped)
    return Response(int(status), kept, content)
