"""The part of Lambda's API that is about function URLs: their configuration, and the permissions that they need."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from grader.cloud.door.moto_service import Moto
from grader.cloud.door.request import Request
from grader.cloud.door.responder import Action, ApiError, Parameters, Responder
from grader.cloud.door.response import Response
from grader.cloud.functions.errors import LambdaError
from grader.cloud.functions.registry import split_name
from grader.cloud.http.cors import Cors, described_cors, read_cors
from grader.cloud.http.function_url.configs import FunctionUrl, FunctionUrls
from grader.cloud.ids import Ids

PATH = re.compile(r"/2021-10-31/functions/[^/]+/urls?/?")
CONDITIONS = ("FunctionUrlAuthType", "InvokedViaFunctionUrl")
POLICY = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/policy/?")


class FunctionUrlApi:
    """Answers ``CreateFunctionUrlConfig`` and the four beside it.

    Parameters
    ----------
    urls
        The account's function URLs.
    """

    def __init__(self, urls: FunctionUrls, ids: Ids) -> None:
        self._urls = urls
        self._responder = Responder("lambda", self._actions(), ids)

    def answers(self, request: Request) -> bool:
        """Whether the request is about a function URL."""
        return PATH.fullmatch(request.path) is not None

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Answer one request."""
        return self._responder.handle(request, access_key)

    def _actions(self) -> Mapping[str, Action]:
        return {
            "CreateFunctionUrlConfig": self._create,
            "GetFunctionUrlConfig": lambda given: self._described(*_whose(given)),
            "UpdateFunctionUrlConfig": self._update,
            "DeleteFunctionUrlConfig": self._delete,
            "ListFunctionUrlConfigs": self._list,
        }

    def _create(self, given: Parameters) -> Mapping[str, Any]:
        function, qualifier = _whose(given)
        cors = _cors(given.get("Cors"))
        try:
            url = self._urls.create(function, qualifier, str(given["AuthType"]), cors, given.get("InvokeMode"))
        except LambdaError as refused:
            raise ApiError(refused.code, refused.message) from refused
        return self._description(url)

    def _described(self, function: str, qualifier: str | None) -> Mapping[str, Any]:
        try:
            return self._description(self._urls.get(function, qualifier))
        except LambdaError as refused:
            raise ApiError(refused.code, refused.message) from refused

    def _update(self, given: Parameters) -> Mapping[str, Any]:
        function, qualifier = _whose(given)
        cors, mode = _cors(given.get("Cors")), given.get("InvokeMode")
        try:
            return self._description(self._urls.update(function, qualifier, given.get("AuthType"), cors, mode))
        except LambdaError as refused:
            raise ApiError(refused.code, refused.message) from refused

    def _delete(self, given: Parameters) -> None:
        try:
            self._urls.delete(*_whose(given))
        except LambdaError as refused:
            raise ApiError(refused.code, refused.message) from refused

    def _list(self, given: Parameters) -> Mapping[str, Any]:
        try:
            found = self._urls.of_function(str(given["FunctionName"]))
        except LambdaError as refused:
            raise ApiError(refused.code, refused.message) from refused
        return {"FunctionUrlConfigs": [self._description(url) for url in found]}

    def _description(self, url: FunctionUrl) -> dict[str, Any]:
        described: dict[str, Any] = {
            "FunctionUrl": self._urls.address(url),
            "FunctionArn": url.arn,
            "AuthType": url.auth_type,
            "CreationTime": _moment(url.created),
            "LastModifiedTime": _moment(url.changed),
            "InvokeMode": "BUFFERED",
        }
        return described if url.cors is None else {**described, "Cors": described_cors(url.cors)}


class UrlPermissionApi:
    """Answers ``AddPermission`` where it is about function URLs: moto does not know the two conditions.

    Parameters
    ----------
    moto
        Where functions' policies are.
    """

    def __init__(self, moto: Moto) -> None:
        self._moto = moto

    def answers(self, request: Request) -> bool:
        """Whether the request adds a permission with one of the conditions."""
        if request.method != "POST" or not POLICY.fullmatch(request.path):
            return False
        return b"FunctionUrlAuthType" in request.body or b"InvokedViaFunctionUrl" in request.body

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Let moto add the statement, then give it its conditions."""
        given = json.loads(request.body)
        conditions = _conditions(given)
        plain = {key: value for key, value in given.items() if key not in CONDITIONS}
        body = json.dumps(plain).encode()
        response = self._moto.call(request.with_headers(body=body))
        if response.status >= 300:
            return response
        found = POLICY.fullmatch(request.path)
        assert found is not None
        name, _ = split_name(unquote(found["name"]))
        statement = self._complete(name, str(given.get("StatementId")), conditions)
        answer = json.dumps({"Statement": json.dumps(statement)}).encode()
        headers = tuple(pair for pair in response.headers if pair[0].lower() != "content-length")
        return Response(response.status, headers, answer)

    def _complete(self, name: str, sid: str, conditions: dict[str, Any]) -> dict[str, Any]:
        with self._moto.lock:
            versions = self._moto.backend("lambda")._lambdas._functions[name]
            held = [one for one in (versions["latest"], *versions["versions"]) if one is not None]
            statements = [one for each in held for one in each.policy.statements if one.get("Sid") == sid]
            statement: dict[str, Any] = statements[-1]
            statement["Condition"] = {**statement.get("Condition", {}), **conditions}
            return dict(statement)


def _conditions(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if given.get("FunctionUrlAuthType"):
        found["StringEquals"] = {"lambda:FunctionUrlAuthType": given["FunctionUrlAuthType"]}
    if str(given.get("InvokedViaFunctionUrl", "")).lower() == "true":
        found["Bool"] = {"lambda:InvokedViaFunctionUrl": "true"}
    return found


def _whose(given: Parameters) -> tuple[str, str | None]:
    name, own = split_name(str(given["FunctionName"]))
    return name, given.get("Qualifier") or own


def _cors(written: Mapping[str, Any] | None) -> Cors | None:
    return read_cors(written) if written else None


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
