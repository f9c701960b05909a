"""An AWS API that is answered here: read by the service's own model, and written by it, in every protocol it speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import OperationModel
from botocore.validate import ParamValidator
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from grader.cloud.door.forwarding import speaks_json
from grader.cloud.door.moto_service import moto_request
from grader.cloud.door.operation import operation_of
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.ids import Ids

Parameters = Mapping[str, Any]
Action = Callable[[Parameters], Mapping[str, Any] | None]


class ApiError(ServiceException):  # type: ignore[misc]  # moto has no types
    """What an API refuses with: AWS's code of the error, and its sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)


class Responder:
    """Answers the operations it is given; every other one is left to moto.

    Parameters
    ----------
    service
        boto3's name of the service.
    actions
        What answers an operation: parameters in, the members of its output out, as the service's model names them.
    ids
        Request ids.
    """

    def __init__(self, service: str, actions: Mapping[str, Action], ids: Ids) -> None:
        self._service, self._actions, self._ids = service, actions, ids

    def answers(self, request: Request) -> bool:
        """Whether this request's operation is one of the actions."""
        return operation_of(self._service, request).name in self._actions

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Answer one request; a refusal is written as the service writes its errors."""
        operation = operation_of(self._service, request)
        name = operation.name
        model = get_service_model(self._service).operation_model(name)
        in_path = self._protocol(request).startswith("rest")  # then some parameters stand in the address
        try:
            given = operation.parameters if in_path else self._parameters(model, request)
            if not in_path:  # what stands in an address goes by other names there
                refuse_malformed(model, given)
            result: Any = self._actions[name](given)
        except ServiceException as refused:
            result = refused
        return self._answer(model, request, result)

    def _parameters(self, model: OperationModel, request: Request) -> dict[str, Any]:
        prepared = moto_request(request, "")
        parser = PROTOCOL_PARSERS[self._protocol(request)](model, map_type=dict)
        parsed: dict[str, Any] = parser.parse(
            {
                "method": prepared.method,
                "values": prepared.values,
                "headers": prepared.headers,
                "body": prepared.data,
                "url_path": prepared.path,
                "url_params": {},
            }
        )
        return parsed

    def _protocol(self, request: Request) -> str:
        if speaks_json(self._service, request):
            return "json"
        return str(determine_request_protocol(get_service_model(self._service), request.header("Content-Type")))

    def _answer(self, model: OperationModel, request: Request, result: Any) -> Response:
        serializer = get_serializer_class(self._service, self._protocol(request))(operation_model=model)
        written: Any = serializer.serialize(result)
        body = written["body"]
        content = body.encode("utf-8") if isinstance(body, str) else bytes(body)
        headers = [(str(name), str(value)) for name, value in written["headers"].items()]
        return Response(int(written["status_code"]), (*headers, ("x-amzn-RequestId", self._ids.uuid())), content)


def refuse_malformed(model: OperationModel, given: Parameters) -> None:
    """Refuse parameters that are missing or of another type than the model says: not every client looks first.

    Raises
    ------
    ApiError
        ``ValidationException``, with everything that is wrong.
    """
    if model.input_shape is None:
        return
    report = ParamValidator().validate(dict(given), model.input_shape)
    if report.has_errors():
        raise ApiError("ValidationException", " ".join(report.generate_report().split()))
