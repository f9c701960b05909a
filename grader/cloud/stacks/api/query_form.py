"""AWS's query protocol: forms in, XML out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.core.serialize import QuerySerializer
from moto.core.utils import get_service_model

from grader.cloud.door.response import Response
from grader.cloud.stacks.errors import DeployError

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
Form = dict[str, Any]


def is_true(form: Form, name: str) -> bool:
    """Whether a truth value is given and true."""
    return str(form.get(name, "")).lower() == "true"


def tags_of(form: Form) -> dict[str, str]:
    """The member ``Tags`` as a dictionary."""
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in form.get("Tags") or []}


def parse_form(pairs: list[tuple[str, str]]) -> Form:
    """``Parameters.member.1.ParameterKey=…`` as nested dictionaries and lists."""
    form: Form = {}
    for name, value in pairs:
        *path, last = [part for part in name.split(".") if part != "member"]
        inner = form
        for part in path[:20]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise DeployError(f"The request parameter {name} is malformed.", code="MalformedQueryString")
        inner[last] = value
    return {key: _listed(value) for key, value in form.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return [] if value == "" else value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(item) if isinstance(item, dict) else item for key, item in value.items()}


def page(form: Form, key: str, items: list[Any], size: int) -> dict[str, Any]:
    """One page of a long answer; ``NextToken`` stands for the rest."""
    token = str(form.get("NextToken", ""))
    if token and not re.fullmatch(r"(3[0-9])+", token):
        raise DeployError("The provided NextToken is invalid.")
    start = int(bytes.fromhex(token)) if token else 0
    more = {"NextToken": str(start + size).encode().hex()} if start + size < len(items) else {}
    return {key: items[start : start + size], **more}


def answer(operation: str, result: Any, request_id: str) -> Response:
    """The result of an operation, as its model in botocore says that it is written."""
    model: Any = get_service_model("cloudformation").operation_model(operation)
    serialized = QuerySerializer(operation_model=model).serialize(result or {})
    body = str(serialized["body"])
    headers: Mapping[str, Any] = serialized["headers"]
    kept = {"Content-Type": "text/xml", **{str(key): str(value) for key, value in headers.items()}}
    return Response(200, (*kept.items(), ("x-amzn-RequestId", request_id)), body.encode())


def error_answer(code: str, message: str, request_id: str) -> Response:
    """A refusal."""
    escaped = message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code><Message>{escaped}</Message>'
        f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    status = 404 if code == "ChangeSetNotFound" else 400
    return Response(status, (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)), body.encode())
