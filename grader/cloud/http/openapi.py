"""What an OpenAPI document must look like before it is read: the parts that an API Gateway looks at.

Everything else in a document may be anything. The readers in ``rest`` and ``http_api`` rely on these types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grader.cloud.http.errors import bad_request
from grader.cloud.json_schema import faults_of

EXTENSION = "x-amazon-apigateway-"
VERBS = ("get", "put", "post", "delete", "options", "head", "patch", f"{EXTENSION}any-method")
Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_NUMBER: Schema = {"type": ["integer", "string"], "pattern": r"^\d+$"}
_OBJECT: Schema = {"type": "object"}


def _mapping(of: Schema | None = None, required: Iterable[str] = (), **named: Schema) -> Schema:
    """An object; ``of`` is the schema of the members that are not named, underscores stand for hyphens."""
    members = {name.removesuffix("_").replace("_", "-"): schema for name, schema in named.items()}
    schema: Schema = {"type": "object", "properties": members, "additionalProperties": of if of is not None else {}}
    return {**schema, "required": list(required)} if required else schema


def _extended(**named: Schema) -> dict[str, Schema]:
    return {f"{EXTENSION}{name}": schema for name, schema in named.items()}


_ANSWER = _mapping(statusCode=_NUMBER, responseParameters=_mapping(_TEXT), responseTemplates=_mapping(_TEXT))
_INTEGRATION = _mapping(
    type=_TEXT, uri=_TEXT, httpMethod=_TEXT, credentials=_TEXT, timeoutInMillis=_NUMBER,
    requestTemplates=_mapping(_TEXT), responses=_mapping(_ANSWER),
)  # fmt: skip
_PARAMETER = {
    "anyOf": [
        _mapping(required=["name", "in"], name=_TEXT, in_=_TEXT, schema=_OBJECT),
        _mapping(required=["$ref"]),
    ]
}
_PARAMETERS: Schema = {"type": "array", "items": _PARAMETER}
_SECURITY: Schema = {"type": "array", "items": _mapping(_TEXTS)}
_BODY = _mapping(content=_mapping(_mapping(schema=_OBJECT)))
_OPERATION = _mapping(
    security=_SECURITY, parameters=_PARAMETERS, consumes=_TEXTS, requestBody=_BODY,
    **_extended(integration=_INTEGRATION, auth=_mapping(type=_TEXT), **{"request-validator": _TEXT}),
)  # fmt: skip
_PATH = _mapping(parameters=_PARAMETERS, **dict.fromkeys(VERBS, _OPERATION))
_AUTHORIZER = _mapping(
    type=_TEXT, authorizerUri=_TEXT, identitySource={"anyOf": [_TEXT, _TEXTS]}, identityValidationExpression=_TEXT,
    authorizerResultTtlInSeconds=_NUMBER,
    jwtConfiguration=_mapping(issuer=_TEXT, audience={"anyOf": [_TEXT, _TEXTS]}),
)  # fmt: skip
_SCHEME = _mapping(name=_TEXT, type=_TEXT, **_extended(authtype=_TEXT, authorizer=_AUTHORIZER))
_STATEMENT = _mapping(Condition=_mapping(_OBJECT))
POLICY = _mapping(
    required=["Statement"], Statement={"anyOf": [_STATEMENT, {"type": "array", "items": _STATEMENT, "minItems": 1}]}
)
CORS = _mapping(
    allowOrigins=_TEXTS, allowMethods=_TEXTS, allowHeaders=_TEXTS, exposeHeaders=_TEXTS, maxAge=_NUMBER
)  # fmt: skip
ROUTE_SETTINGS = _mapping(_OBJECT)
VARIABLES = _mapping({"type": ["string", "number", "boolean"]})
_DOCUMENT = _mapping(
    info=_OBJECT, paths=_mapping(_PATH), security=_SECURITY, consumes=_TEXTS, parameters=_mapping(_OBJECT),
    definitions=_mapping(_OBJECT), securityDefinitions=_mapping(_SCHEME),
    components=_mapping(
        schemas=_mapping(_OBJECT), securitySchemes=_mapping(_SCHEME), parameters=_mapping(_OBJECT)
    ),
    **_extended(policy=POLICY, cors=CORS, **{
        "binary-media-types": _TEXTS, "gateway-responses": _mapping(_ANSWER), "api-key-source": _TEXT,
        "request-validators": _mapping(_OBJECT), "request-validator": _TEXT,
    }),
)  # fmt: skip


def check_document(body: Any) -> None:
    """Refuse a document that cannot be read.

    Raises
    ------
    GatewayRefusal
        Naming the first attribute that is missing or of a wrong type.
    """
    check(_DOCUMENT, body, "Errors found during import:\n\tattribute ")


def check(schema: Schema, value: Any, words: str = "") -> None:
    """Refuse a value that is not what a schema of this room says; ``words`` stand before the attribute's name."""
    for fault in faults_of(schema, value):
        while fault.context:  # of several alternatives, the one that was nearly met
            fault = max(fault.context, key=lambda one: (len(one.absolute_path), one.validator != "required"))
        name = ".".join(map(_shown, fault.absolute_path)) or "of the document"
        raise bad_request(f"{words}{name} {_wrong(fault)}")


def parameters_of(body: Mapping[str, Any], written: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Parameters with their references followed.

    Raises
    ------
    GatewayRefusal
        For a reference that leads nowhere.
    """
    shared = {**(body.get("parameters") or {}), **((body.get("components") or {}).get("parameters") or {})}
    found = []
    for one in written:
        name = str(one.get("$ref", "")).rpartition("/")[2]
        parameter = shared.get(name, {}) if "$ref" in one else one
        check(_PARAMETER, parameter, f"Errors found during import:\n\tparameter {name} ")
        found.append(parameter)
    return found


def _shown(part: Any) -> str:
    return f"'{part}'" if isinstance(part, str) and "/" in part else str(part)


def _wrong(fault: Any) -> str:
    if fault.validator == "required":
        lacking = next(name for name in fault.validator_value if name not in fault.instance)
        return f"has no `{lacking}`"
    kinds = fault.schema.get("type", "object") if fault.validator != "minItems" else "array with something in it"
    return f"is not of type `{kinds[0] if isinstance(kinds, list) else kinds}`"
