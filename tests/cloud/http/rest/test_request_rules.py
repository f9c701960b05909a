"""Request validation: AWS's page "Request validation for REST APIs in API Gateway"."""

from __future__ import annotations

import pytest

from grader.cloud import patterns
from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.rest.models import Models
from grader.cloud.http.rest.request_rules import RequestRules, Validator

VALIDATORS = {
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestParameters": True, "validateRequestBody": True},
        "params-only": {"validateRequestParameters": True, "validateRequestBody": False},
    }
}
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "age": {"type": "number"}}}
BODY = {"in": "body", "name": "pet", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
QUERY = {"in": "query", "name": "page", "required": True, "type": "string"}
HEADER = {"in": "header", "name": "X-Trace", "required": True, "type": "string"}


def deployed(world, body, validator, *parameters, **extensions):
    swagger = body("POST /pets", definitions={"Pet": PET}, **VALIDATORS, **extensions)
    operation = swagger["paths"]["/pets"]["post"]
    operation["parameters"] = list(parameters)
    if validator:
        operation["x-amazon-apigateway-request-validator"] = validator
    world.deploy(swagger)


def test_missing_parameters_are_named(world, body):
    deployed(world, body, "params-only", QUERY, HEADER)
    response = world.send("POST", "/pets", "page=+")
    assert (response.status, response.body, response.header("x-amzn-ErrorType")) == (
        400,
        b'{"message": "Missing required request parameters: [page, X-Trace]"}',
        "BadRequestException",
    )
    assert world.trace.first_broken.name == "validation"
    assert world.send("POST", "/pets", "page=1", headers={"x-trace": "t"}).status == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b'{"name": "Rex", "age": 2.5}', 200),
        (b'{"name": 5}', 400),
        (b"{}", 400),
        (b"[]", 400),
        (b"no json", 400),
        (b"", 400),
    ],
)
def test_a_body_follows_its_model(world, body, sent, status):
    deployed(world, body, "all", BODY)
    response = world.send("POST", "/pets", body=sent, headers={"Content-Type": "application/json; charset=utf-8"})
    assert response.status == status
    assert status == 200 or response.body == b'{"message": "Invalid request body"}'


def test_without_a_validator_nothing_is_looked_at(world, body):
    deployed(world, body, None, BODY, QUERY)
    assert world.send("POST", "/pets").status == 200


def test_a_media_type_without_a_model_is_not_looked_at(world, body):
    deployed(world, body, "all", BODY)
    assert world.send("POST", "/pets", body=b"<pet/>", headers={"Content-Type": "application/xml"}).status == 200


def test_a_validator_may_stand_at_the_document(world, body):
    deployed(world, body, None, QUERY, **{"x-amazon-apigateway-request-validator": "all"})
    assert world.send("POST", "/pets").status == 400


def test_openapi_3_has_the_model_in_the_request_body(world, body):
    swagger = body("POST /pets", components={"schemas": {"Pet": PET}}, **VALIDATORS)
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    operation = swagger["paths"]["/pets"]["post"]
    operation |= {"requestBody": {"content": content, "required": True}, "x-amazon-apigateway-request-validator": "all"}
    world.deploy(swagger)
    assert [world.send("POST", "/pets", body=sent).status for sent in (b'{"name": "Rex"}', b"{}")] == [200, 400]


def test_a_gateway_response_may_say_what_is_wrong(world, body):
    responses = {
        "BAD_REQUEST_BODY": {"responseTemplates": {"application/json": "$context.error.validationErrorString"}}
    }
    deployed(world, body, "all", BODY, **{"x-amazon-apigateway-gateway-responses": responses})
    said = [world.send("POST", "/pets", body=sent).body.decode() for sent in (b"{}", b'{"name": 5}')]
    assert said == [
        '[object has missing required properties (["name"])]',
        '[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]',
    ]


def test_models_may_refer_to_one_another():
    models = Models({"Pet": PET, "Pets": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}})
    rules = RequestRules(Validator(body=True), (), {"application/json": models.named("Pets")})
    assert rules.fault_of_body(b'[{"name": "Rex"}]', None) is None
    assert rules.fault_of_body(b"[{}]", None) == '[object has missing required properties (["name"])]'


@pytest.mark.parametrize(
    ("schema", "refusal"),
    [
        ({"type": "dragon"}, "Invalid model specified: M: 'dragon' is not valid"),
        ({"$ref": "https://example.com/pet"}, r"\$ref https://example.com/pet leaves the schema"),
        ({"patternProperties": {"a": {}}}, "patternProperties is not imitated"),
    ],
)
def test_a_wrong_model_is_refused(schema, refusal):
    with pytest.raises(GatewayRefusal, match=refusal):
        Models().with_model("M", schema)


def test_a_model_that_never_ends_or_a_slow_pattern_stops_the_request_not_the_gateway(monkeypatch):
    monkeypatch.setattr(patterns, "LIMIT_SECONDS", 0.2)
    rules = RequestRules(Validator(body=True), (), {"application/json": {"$ref": "#"}})
    with pytest.raises(ValueError, match="without end"):
        rules.fault_of_body(b"{}", None)
    astray = RequestRules(Validator(body=True), (), {"application/json": {"$ref": "#/definitions/Nobody"}})
    with pytest.raises(ValueError, match="not there: /definitions/Nobody"):
        astray.fault_of_body(b"{}", None)
    slow = RequestRules(Validator(body=True), (), {"application/json": {"type": "string", "pattern": "(a+)+b"}})
    with pytest.raises(ValueError, match="takes too long"):
        slow.fault_of_body(b'"' + b"a" * 40 + b'"', None)


def test_a_validator_that_is_not_there_is_refused(world, body):
    with pytest.raises(GatewayRefusal, match="Invalid request validator 'strict' for 'POST /pets'"):
        deployed(world, body, "strict")
