"""The pieces of a REST API that a template may write one by one: resources, methods, models, authorizers …"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import bad_request
from grader.cloud.http.lambda_authorizer import LambdaAuthorizer, read_identity_sources
from grader.cloud.http.rest.operations import LONGEST_WAIT_MS, read_integration
from grader.cloud.http.rest.parts import ApiParts
from grader.cloud.http.rest.request_rules import RequestRules, Validator, Where
from grader.cloud.http.rest.resources import Integration, Method, MethodReferences
from grader.cloud.http.rest.security import make_authorizer
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.apigateway import RestProvider, truth
from grader.cloud.stacks.providers.base import Made, Making
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

_PLACES: dict[str, Where] = {"querystring": "query", "header": "header", "path": "path"}


class PartProvider(RestProvider):
    """What changes an API's definition."""

    @property
    def parts(self) -> ApiParts:
        """Changes APIs part by part."""
        return ApiParts(self.apis)


class ResourceProvider(PartProvider):
    """``AWS::ApiGateway::Resource``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        made = self.parts.add_resource(
            str(making.get("RestApiId")), str(making.get("ParentId")), str(making.get("PathPart"))
        )
        return Made(made.id, {"ResourceId": made.id})

    def delete(self, resource: Resource) -> None:
        self.parts.delete_resource(str(resource.properties["RestApiId"]), resource.physical_id)


class MethodProvider(PartProvider):
    """``AWS::ApiGateway::Method``."""

    def create(self, making: Making) -> Made:
        api, resource, verb = (str(making.get(name)) for name in ("RestApiId", "ResourceId", "HttpMethod"))
        self.parts.put_method(api, resource, self._method(making, verb.upper()))
        return Made(f"{api}|{resource}|{verb}")

    def _method(self, making: Making, verb: str) -> Method:
        kind = str(making.get("AuthorizationType") or "NONE").upper()
        if kind not in ("NONE", "CUSTOM", "AWS_IAM"):
            raise NotSupported(f"Method.AuthorizationType {kind}", making.logical_id)
        authorization: Literal["NONE", "CUSTOM", "AWS_IAM"] = kind  # type: ignore[assignment]  # checked above
        references = MethodReferences(
            making.get("AuthorizerId") if kind == "CUSTOM" else None,
            making.get("RequestValidatorId"),
            {str(media): str(name) for media, name in (making.get("RequestModels") or {}).items()},
        )
        return Method(
            verb,
            self._integration(making, verb),
            authorization,
            None,
            truth(making.get("ApiKeyRequired")),
            RequestRules(required=_required(making.get("RequestParameters") or {})),
            references,
        )

    def _integration(self, making: Making, verb: str) -> Integration | None:
        written = making.get("Integration")
        if not written:
            return None
        api = self.apis.get(str(making.get("RestApiId")))
        longest = self.apis.longest_wait_ms if api.endpoint_type == "REGIONAL" else LONGEST_WAIT_MS
        return read_integration(_as_extension(written), f"{verb} ({making.logical_id})", longest)

    def update(self, making: Making, current: Resource) -> Made:
        return self.create(making)

    def delete(self, resource: Resource) -> None:
        api, identity, verb = resource.physical_id.split("|")
        self.parts.delete_method(api, identity, verb.upper())


def _required(parameters: Mapping[str, Any]) -> tuple[tuple[Where, str], ...]:
    found = []
    for name, demanded in parameters.items():
        if not str(name).startswith("method.request.") or str(name).count(".") < 3:
            raise bad_request(f"Invalid mapping expression specified: {name}")
        _, _, place, parameter = str(name).split(".", 3)
        if truth(demanded) and place in _PLACES:
            found.append((_PLACES[place], parameter))
    return tuple(found)


def _as_extension(written: Mapping[str, Any]) -> dict[str, Any]:
    """CloudFormation's Integration as the OpenAPI extension writes it."""
    plain = {f"{name[0].lower()}{name[1:]}": value for name, value in written.items()}
    answers = plain.pop("integrationResponses", None) or []
    plain["httpMethod"] = plain.pop("integrationHttpMethod", None)
    plain["responses"] = {
        str(one.get("SelectionPattern") or "default"): {
            "statusCode": one.get("StatusCode"),
            "responseTemplates": one.get("ResponseTemplates") or {},
            "responseParameters": one.get("ResponseParameters") or {},
        }
        for one in answers
    }
    return plain


class AuthorizerProvider(PartProvider):
    """``AWS::ApiGateway::Authorizer``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        return self._put(making, self.apis.ids.lower(6))

    def _put(self, making: Making, identity: str) -> Made:
        self.parts.put_authorizer(str(making.get("RestApiId")), self._authorizer(making, identity))
        return Made(identity, {"AuthorizerId": identity})

    def _authorizer(self, making: Making, identity: str) -> LambdaAuthorizer:
        kind = str(making.get("Type") or "")
        sources = making.get("IdentitySource")
        if kind.upper() == "TOKEN" and not sources:
            raise ResourceFailure("Invalid identity source specified: a TOKEN authorizer needs one")
        return make_authorizer(
            identity,
            str(making.get("Name") or making.logical_id),
            kind,
            str(making.get("AuthorizerUri") or ""),
            read_identity_sources(sources),
            making.get("IdentityValidationExpression"),
            making.get("AuthorizerResultTtlInSeconds"),
            making.get("AuthorizerCredentials"),
        )

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(making, current.physical_id)

    def delete(self, resource: Resource) -> None:
        self.parts.delete_authorizer(str(resource.properties["RestApiId"]), resource.physical_id)


class RequestValidatorProvider(PartProvider):
    """``AWS::ApiGateway::RequestValidator``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        return self._put(making, None)

    def _put(self, making: Making, identity: str | None) -> Made:
        validator = Validator(truth(making.get("ValidateRequestParameters")), truth(making.get("ValidateRequestBody")))
        made = self.parts.put_validator(str(making.get("RestApiId")), identity, validator)
        return Made(made, {"RequestValidatorId": made})

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(making, current.physical_id)

    def delete(self, resource: Resource) -> None:
        self.parts.delete_validator(str(resource.properties["RestApiId"]), resource.physical_id)


class ModelProvider(PartProvider):
    """``AWS::ApiGateway::Model``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = str(making.get("Name") or making.logical_id)
        schema = making.get("Schema") or {}
        if isinstance(schema, str):
            try:
                schema = json.loads(schema)
            except ValueError as error:
                raise ResourceFailure(f"Invalid model schema specified: {error}") from error
        self.parts.put_model(str(making.get("RestApiId")), name, schema)
        return Made(name)

    def update(self, making: Making, current: Resource) -> Made:
        return self.create(making)

    def delete(self, resource: Resource) -> None:
        self.parts.delete_model(str(resource.properties["RestApiId"]), resource.physical_id)


class GatewayResponseProvider(PartProvider):
    """``AWS::ApiGateway::GatewayResponse``."""

    def create(self, making: Making) -> Made:
        kind = str(making.get("ResponseType"))
        response = {
            "statusCode": making.get("StatusCode"),
            "responseParameters": making.get("ResponseParameters") or {},
            "responseTemplates": making.get("ResponseTemplates") or {},
        }
        self.parts.put_gateway_response(str(making.get("RestApiId")), kind, response)
        identity = f"{making.get('RestApiId')}|{kind}"
        return Made(identity, {"Id": identity})

    def update(self, making: Making, current: Resource) -> Made:
        return self.create(making)

    def delete(self, resource: Resource) -> None:
        api, kind = resource.physical_id.split("|")
        self.parts.delete_gateway_response(api, kind)


TYPES: dict[str, ResourceType] = {
    "AWS::ApiGateway::Resource": resource_type(
        ResourceProvider, "RestApiId ParentId PathPart", "RestApiId ParentId PathPart", "", "ResourceId"
    ),
    "AWS::ApiGateway::Method": resource_type(
        MethodProvider,
        "RestApiId ResourceId HttpMethod",
        "RestApiId ResourceId HttpMethod",
        "AuthorizationType AuthorizerId ApiKeyRequired RequestParameters RequestModels RequestValidatorId Integration "
        "MethodResponses OperationName",
    ),
    "AWS::ApiGateway::Authorizer": resource_type(
        AuthorizerProvider,
        "RestApiId Type Name",
        "RestApiId",
        "Type Name AuthorizerUri AuthType IdentitySource IdentityValidationExpression AuthorizerResultTtlInSeconds "
        "AuthorizerCredentials",
        "AuthorizerId",
    ),
    "AWS::ApiGateway::RequestValidator": resource_type(
        RequestValidatorProvider,
        "RestApiId",
        "RestApiId Name",
        "ValidateRequestBody ValidateRequestParameters",
        "RequestValidatorId",
    ),
    "AWS::ApiGateway::Model": resource_type(
        ModelProvider, "RestApiId", "RestApiId Name ContentType", "Schema Description"
    ),
    "AWS::ApiGateway::GatewayResponse": resource_type(
        GatewayResponseProvider,
        "RestApiId ResponseType",
        "RestApiId ResponseType",
        "StatusCode ResponseParameters ResponseTemplates",
        "Id",
    ),
}
