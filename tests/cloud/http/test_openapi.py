"""Documents that cannot be read are refused in words, whatever is wrong with them and wherever."""

from __future__ import annotations

import copy

import pytest

from grader.cloud.errors import CloudError
from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.openapi import parameters_of

URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:gate"
    "/invocations"
)
MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {
        "default": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.X-A": "'1'"},
            "responseTemplates": {"application/json": "{}"},
        }
    },
}
WRONG = (None, "x", 1, ["x"], {"x": "y"})


@pytest.fixture
def rest(body):
    """A REST API's document with something of everything."""
    token = {"type": "token", "authorizerUri": URI, "authorizerResultTtlInSeconds": 5}
    document = body(
        "GET /a/{id}",
        "POST /c",
        **{
            "x-amazon-apigateway-binary-media-types": ["image/png"],
            "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": "418", "responseTemplates": {}}},
            "x-amazon-apigateway-policy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]},
            "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True}},
            "definitions": {"Model": {"type": "object"}},
            "securityDefinitions": {
                "Token": {"name": "Authorization", "x-amazon-apigateway-authorizer": token},
                "Key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            },
        },
    )  # fmt: skip
    document["paths"]["/a/{id}"]["get"]["security"] = [{"Token": []}, {"Key": []}]
    document["paths"]["/a/{id}"]["options"] = {"x-amazon-apigateway-integration": MOCK}
    document["paths"]["/c"]["post"] |= {
        "consumes": ["application/json"],
        "x-amazon-apigateway-request-validator": "all",
        "parameters": [{"name": "q", "in": "query", "required": True},
                       {"name": "Model", "in": "body", "schema": {"$ref": "#/definitions/Model"}}],
    }  # fmt: skip
    return document


@pytest.fixture
def document(http):
    """An HTTP API's document with something of everything."""
    jwt = {"type": "jwt", "jwtConfiguration": {"issuer": "https://i.example", "audience": ["a"]}}
    gate = {"type": "request", "authorizerUri": URI, "authorizerPayloadFormatVersion": "2.0",
            "identitySource": "$request.header.X", "authorizerResultTtlInSeconds": 3}  # fmt: skip
    made = http(
        "GET /a",
        "$default",
        **{
            "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "allowMethods": ["GET"], "maxAge": 5},
            "components": {
                "securitySchemes": {
                    "Jwt": {"type": "oauth2", "x-amazon-apigateway-authorizer": jwt},
                    "Gate": {"type": "apiKey", "x-amazon-apigateway-authorizer": gate},
                }
            },
        },
    )
    made["paths"]["/a"]["get"]["security"] = [{"Jwt": ["scope"]}]
    return made


def places(value, way=()):
    """The ways to everything inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*way, key)
        yield from places(inner, (*way, key))


def with_something_wrong(document):
    """The document with each of its values replaced by each wrong one."""
    for way in places(document):
        for wrong in WRONG:
            changed = copy.deepcopy(document)
            at = changed
            for key in way[:-1]:
                at = at[key]
            at[way[-1]] = wrong
            yield changed


def refusals(documents, attempt):
    """How many were refused; anything but a refusal in words comes out."""
    refused = 0
    for document in documents:
        try:
            attempt(document)
        except CloudError as error:
            assert error.what
            refused += 1
    return refused


def test_a_rest_api_with_something_wrong_is_refused_in_words(world, rest):
    def attempt(document):
        world.deploy(document)
        for verb, path in (("GET", "/a/1"), ("OPTIONS", "/a/1"), ("POST", "/c")):
            world.send(verb, path, headers={"Authorization": "abc"}, body=b"{}")

    attempt(rest)
    assert refusals(with_something_wrong(rest), attempt) > 100


def test_an_http_api_with_something_wrong_is_refused_in_words(world, document):
    world.gateway.open_issuer("https://i.example")

    def attempt(changed):
        world.http_api(body=changed)
        for verb, path in (("GET", "/a"), ("OPTIONS", "/a"), ("POST", "/c")):
            world.ask(verb, path, headers={"Authorization": "abc", "X": "1", "Origin": "https://x"})

    attempt(document)
    assert refusals(with_something_wrong(document), attempt) > 100


@pytest.mark.parametrize(
    ("way", "wrong", "attribute"),
    [
        ((), [], "of the document is not of type `object`"),
        (("paths",), 1, "paths is not of type `object`"),
        (("paths", "/c", "post", "consumes"), "x", "paths.'/c'.post.consumes is not of type `array`"),
        (("paths", "/c", "post", "parameters", 0), {"in": "query"}, "paths.'/c'.post.parameters.0 has no `name`"),
        (
            ("paths", "/a/{id}", "get", "x-amazon-apigateway-integration", "timeoutInMillis"),
            "soon",
            "paths.'/a/{id}'.get.x-amazon-apigateway-integration.timeoutInMillis is not of type `integer`",
        ),
        (("x-amazon-apigateway-policy",), {}, "x-amazon-apigateway-policy has no `Statement`"),
    ],
)
def test_the_attribute_is_named(world, rest, way, wrong, attribute):
    changed = rest
    for key in way[:-1]:
        changed = changed[key]
    if way:
        changed[way[-1]] = wrong
    with pytest.raises(GatewayRefusal) as refused:
        world.deploy(rest if way else wrong)
    assert refused.value.message == f"Errors found during import:\n\tattribute {attribute}"


@pytest.mark.parametrize("place", ["parameters", "components"])
def test_parameters_may_be_shared_by_reference(place):
    shared = {"Q": {"name": "q", "in": "query", "required": True}}
    body = {"parameters": shared} if place == "parameters" else {"components": {"parameters": shared}}
    assert parameters_of(body, [{"$ref": f"#/{place}/Q"}, shared["Q"]]) == [shared["Q"], shared["Q"]]
    with pytest.raises(GatewayRefusal, match="parameter None of the document has no `name`"):
        parameters_of(body, [{"$ref": "#/parameters/None"}])
