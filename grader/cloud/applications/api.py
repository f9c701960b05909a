"""The repository's API, as boto3, ``aws`` and ``sam publish`` speak it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from botocore.model import ListShape, Shape, StructureShape
from moto.core.serialize import RestJSONSerializer
from moto.core.utils import get_service_model

from grader.cloud.applications.application import Application, ApplicationVersion, Refused
from grader.cloud.applications.repository import Applications
from grader.cloud.applications.rules import bad_request
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.errors import NotSupported
from grader.cloud.stacks.change_sets import ChangeSets
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.templates.template import load

Members = dict[str, Any]
CAPABILITY = "CAPABILITY_RESOURCE_POLICY"
DAY_S = 86_400


class ApplicationsApi:
    """Answers requests that the door has verified.

    Parameters
    ----------
    change_sets
        Where CreateCloudFormationChangeSet puts what it makes.
    """

    def __init__(self, applications: Applications, stacks: StackService, change_sets: ChangeSets) -> None:
        self._applications, self._stacks, self._change_sets = applications, stacks, change_sets
        self._operations: dict[str, Callable[[Members], Any]] = {
            "CreateApplication": self._create,
            "CreateApplicationVersion": self._create_version,
            "CreateCloudFormationChangeSet": self._create_change_set,
            "CreateCloudFormationTemplate": self._create_template,
            "DeleteApplication": lambda given: self._applications.delete(given["ApplicationId"]),
            "GetApplication": self._get,
            "GetApplicationPolicy": self._policy,
            "GetCloudFormationTemplate": self._get_template,
            "ListApplicationDependencies": lambda given: {"Dependencies": []},
            "ListApplications": self._list,
            "ListApplicationVersions": self._list_versions,
            "PutApplicationPolicy": self._share,
            "UpdateApplication": self._update,
        }

    @property
    def operation_names(self) -> list[str]:
        """The operations that are answered; every other one is refused by name."""
        return sorted(self._operations)

    def answers(self, request: Request) -> bool:
        """Everything: moto has no such service."""
        return True

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Answer one request with JSON.

        Raises
        ------
        NotSupported
            For sharing with organisations, and for what is no operation.
        """
        name, given = read_request(request)
        operation = self._operations.get(name)
        if operation is None:
            raise NotSupported(f"serverlessrepo's {name or request.path}")
        request_id = self._stacks.ids.uuid()
        try:
            return _answer(name, operation(given), request_id)
        except Refused as refused:
            return _refusal(refused, request_id)
        except DeployError as error:
            return _refusal(bad_request(error.what), request_id)

    def _create(self, given: Members) -> Members:
        return self._shape(self._applications.create(given), given.get("SemanticVersion"))

    def _create_version(self, given: Members) -> Members:
        text = self._applications.template_text(given)
        version = self._applications.add_version(given["ApplicationId"], given["SemanticVersion"], text, given)
        return version.shape(self._moment(version.created))

    def _get(self, given: Members) -> Members:
        application = self._applications.get(given["ApplicationId"])
        wanted = given.get("SemanticVersion")
        if wanted is None and not application.versions:
            return self._shape(application, None)
        return self._shape(application, self._applications.version(application.id, wanted).semantic_version)

    def _update(self, given: Members) -> Members:
        return self._shape(self._applications.update(given["ApplicationId"], given), None)

    def _list(self, given: Members) -> Members:
        kept = (
            "ApplicationId",
            "Author",
            "CreationTime",
            "Description",
            "HomePageUrl",
            "Labels",
            "Name",
            "SpdxLicenseId",
        )
        shapes = [self._shape(application, None) for application in self._applications]
        return {"Applications": [{key: shape[key] for key in kept if key in shape} for shape in shapes]}

    def _list_versions(self, given: Members) -> Members:
        kept = ("ApplicationId", "CreationTime", "SemanticVersion", "SourceCodeUrl")
        versions = self._applications.get(given["ApplicationId"]).versions.values()
        shapes = [version.shape(self._moment(version.created)) for version in versions]
        return {"Versions": [{key: shape[key] for key in kept if key in shape} for shape in shapes]}

    def _policy(self, given: Members) -> Members:
        return {"Statements": self._applications.get(given["ApplicationId"]).policy}

    def _share(self, given: Members) -> Members:
        return {"Statements": self._applications.share(given["ApplicationId"], given.get("Statements") or []).policy}

    def _create_template(self, given: Members) -> Members:
        made = self._applications.make_template(given["ApplicationId"], given.get("SemanticVersion"))
        return self._template(*made)

    def _get_template(self, given: Members) -> Members:
        version = self._applications.templates.get(given["TemplateId"])
        if version is None or version.application_id != given["ApplicationId"]:
            raise Refused("NotFoundException", 404, f"Template {given['TemplateId']} does not exist")
        return self._template(given["TemplateId"], version)

    def _template(self, template_id: str, version: ApplicationVersion) -> Members:
        now = self._stacks.clock.timestamp()
        return {
            "ApplicationId": version.application_id,
            "SemanticVersion": version.semantic_version,
            "Status": "ACTIVE",
            "TemplateId": template_id,
            "TemplateUrl": version.template_url,
            "CreationTime": self._moment(now),
            "ExpirationTime": self._moment(now + DAY_S),
        }

    def _create_change_set(self, given: Members) -> Members:
        version = self._applications.version(given["ApplicationId"], given.get("SemanticVersion"))
        granted = given.get("Capabilities") or []
        if missing := [name for name in version.capabilities if name not in granted and not _implied(name, granted)]:
            raise bad_request(f"Requires capabilities : [{', '.join(missing)}]")
        name = f"serverlessrepo-{given['StackName']}"
        there = self._stacks.find(name)
        kind = "CREATE" if there is None or there.status == "REVIEW_IN_PROGRESS" else "UPDATE"
        made = self._change_sets.create(
            given.get("ChangeSetName") or f"a{self._stacks.ids.uuid()}",
            name,
            kind,
            load(version.template + "\n"),
            {one["Name"]: one["Value"] for one in given.get("ParameterOverrides") or ()},
            [one for one in granted if one != CAPABILITY],
            {tag["Key"]: tag["Value"] for tag in given.get("Tags") or ()},
            given.get("Description"),
        )
        return {
            "ApplicationId": version.application_id,
            "SemanticVersion": version.semantic_version,
            "ChangeSetId": made.id,
            "StackId": made.stack.id,
        }

    def _shape(self, application: Application, semantic_version: str | None) -> Members:
        shape = application.shape(self._moment(application.created))
        version = application.versions.get(str(semantic_version))
        return {**shape, **({"Version": version.shape(self._moment(version.created))} if version else {})}

    def _moment(self, timestamp: float) -> str:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _implied(name: str, granted: list[str]) -> bool:
    return name == "CAPABILITY_IAM" and "CAPABILITY_NAMED_IAM" in granted


def read_request(request: Request) -> tuple[str, Members]:
    """Operation and members, as the service's model in botocore says that they are written."""
    model = get_service_model("serverlessrepo")
    for name in model.operation_names:
        operation = model.operation_model(name)
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.http["requestUri"]))
        found = re.fullmatch(pattern, request.path)
        if found and operation.http["method"] == request.method:
            return name, _members(operation.input_shape, request, found.groupdict())
    return "", {}


def _members(shape: StructureShape, request: Request, path: dict[str, str]) -> Members:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise bad_request("The request is not JSON.") from error
    sources = {"uri": {key: unquote(value) for key, value in path.items()}, "querystring": request.parameters}
    given: Members = {}
    for name, member in shape.members.items():
        written = member.serialization.get("name", name)
        source = sources.get(str(member.serialization.get("location")), body)
        if isinstance(source, dict) and written in source:
            given[name] = _value(source[written], member)
    return given


def _value(value: Any, shape: Shape) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        return {names[key]: _value(item, shape.members[names[key]]) for key, item in value.items() if key in names}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_value(item, shape.member) for item in value]
    return value


def _answer(name: str, result: Any, request_id: str) -> Response:
    operation = get_service_model("serverlessrepo").operation_model(name)
    serialized = RestJSONSerializer(operation_model=operation).serialize(result or {})
    body = str(serialized["body"] or "").encode()
    headers = (("Content-Type", "application/json"), ("x-amzn-RequestId", request_id))
    return Response(int(operation.http.get("responseCode", 200)), headers, body if operation.output_shape else b"")


def _refusal(refused: Refused, request_id: str) -> Response:
    headers = (
        ("Content-Type", "application/json"), ("x-amzn-RequestId", request_id), ("x-amzn-ErrorType", refused.code),
    )  # fmt: skip
    return Response(refused.status, headers, json.dumps({"errorCode": refused.code, "message": refused.what}).encode())
