"""Definitions, deployments and stages."""

from __future__ import annotations

import pytest

from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.rest.definition import read_definition
from grader.cloud.ids import Ids


def test_binary_media_types_come_from_the_body_and_from_cloudformation(body):
    swagger = body("GET /", **{"x-amazon-apigateway-binary-media-types": ["image/png"]})
    definition = read_definition(swagger, Ids(), ("image~1png", "application~1zip"))
    assert definition.binary_media_types == ("image/png", "application/zip")


@pytest.mark.parametrize(
    ("extensions", "operation", "feature"),
    [
        (
            {
                "securityDefinitions": {
                    "Pool": {
                        "type": "apiKey",
                        "name": "Authorization",
                        "in": "header",
                        "x-amazon-apigateway-authtype": "cognito_user_pools",
                        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools"},
                    }
                }
            },
            {"security": [{"Pool": []}]},
            "COGNITO_USER_POOLS authorizers",
        ),
        (
            {},
            {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "https://example.com"}},
            "Integration.type HTTP_PROXY",
        ),
        (
            {},
            {
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": $input.params("status")}'},
                }
            },
            "mapping templates in VTL",
        ),
    ],
)
def test_what_is_not_imitated_is_refused_by_name(body, extensions, operation, feature):
    swagger = body("GET /hello", **extensions)
    swagger["paths"]["/hello"]["get"] |= operation
    with pytest.raises(NotSupported) as refused:
        read_definition(swagger, Ids())
    assert refused.value.feature == feature


def allowing(header):
    """A mock integration and a gateway response that both say this of an origin, and a place for each."""
    named = {"gatewayresponse.header.Access-Control-Allow-Origin": header}
    yield {"x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"responseParameters": named}}}, {}
    answer = {"statusCode": 200, "responseParameters": {"method.response.header.Access-Control-Allow-Origin": header}}
    yield {}, {"x-amazon-apigateway-integration": {"type": "mock", "responses": {"default": answer}}}


@pytest.mark.parametrize("header", ["https://photos.example", "*", "'https://photos.example"])
def test_a_constant_in_a_header_has_quotes_of_its_own(body, header):
    for extensions, operation in allowing(header):
        swagger = body("GET /hello", **extensions)
        swagger["paths"]["/hello"]["get"] |= operation
        with pytest.raises(GatewayRefusal, match="Invalid mapping expression specified") as refused:
            read_definition(swagger, Ids())
        assert "single quotes" in refused.value.next_step
    for extensions, operation in allowing("'https://photos.example'"):
        swagger = body("GET /hello", **extensions)
        swagger["paths"]["/hello"]["get"] |= operation
        read_definition(swagger, Ids())


@pytest.mark.parametrize("timeout", [49, 29_001])
def test_an_integration_waits_between_50_ms_and_29_s(body, timeout):
    swagger = body("GET /hello")
    swagger["paths"]["/hello"]["get"]["x-amazon-apigateway-integration"]["timeoutInMillis"] = timeout
    with pytest.raises(GatewayRefusal, match="Timeout should be between 50 ms and 29000 ms"):
        read_definition(swagger, Ids())


def test_private_endpoints_are_refused_by_name(world, body):
    with pytest.raises(NotSupported) as refused:
        world.gateway.apis.create("app", body("GET /"), endpoint_types=["PRIVATE"])
    assert refused.value.feature == "RestApi.EndpointConfiguration PRIVATE"


def test_an_unknown_kind_of_endpoint_is_refused_as_aws_does(world, body):
    with pytest.raises(GatewayRefusal, match="Invalid endpoint type Regional: it is one of REGIONAL"):
        world.gateway.apis.create("app", body("GET /"), endpoint_types=["Regional"])


def test_an_api_without_methods_cannot_be_deployed(world, body):
    api = world.gateway.apis.create("app", body()).id
    with pytest.raises(GatewayRefusal, match="The REST API doesn't contain any methods"):
        world.gateway.apis.deploy(api)


def test_a_method_without_integration_cannot_be_deployed(world, body):
    swagger = body("GET /hello")
    swagger["paths"]["/hello"]["get"] = {"responses": {}}
    api = world.gateway.apis.create("app", swagger).id
    with pytest.raises(GatewayRefusal, match="No integration defined for method"):
        world.gateway.apis.deploy(api)


def test_a_deployment_is_a_snapshot(world, body):
    world.routes("GET /hello")
    world.gateway.apis.update(world.api_id, body("GET /bye"), endpoint_types=["REGIONAL"])
    assert (world.send("GET", "/hello").status, world.send("GET", "/bye").status) == (200, 403)
    world.redeploy()
    assert (world.send("GET", "/hello").status, world.send("GET", "/bye").status) == (403, 200)


def test_a_path_that_stays_keeps_its_resource_id(world, body):
    world.routes("GET /hello")
    before = world.gateway.apis.root_resource_id(world.api_id)
    world.gateway.apis.update(world.api_id, body("GET /bye"))
    assert world.gateway.apis.root_resource_id(world.api_id) == before


def test_the_deployment_that_a_stage_serves_cannot_be_deleted(world):
    world.routes("GET /hello")
    deployment = world.gateway.apis.get(world.api_id).stages["Prod"].deployment.id
    with pytest.raises(GatewayRefusal, match="Active stages pointing to this deployment must be moved or deleted"):
        world.gateway.apis.delete_deployment(world.api_id, deployment)
    world.gateway.apis.delete_stage(world.api_id, "Prod")
    world.gateway.apis.delete_deployment(world.api_id, deployment)


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (lambda apis: apis.delete("x"), "NotFoundException", "Invalid API identifier specified"),
        (
            lambda apis: apis.put_stage("{api}", "a b", "d"),
            "BadRequestException",
            "Stage name only allows a-zA-Z0-9_-",
        ),
        (lambda apis: apis.put_stage("{api}", "a", "d"), "BadRequestException", "Deployment id does not exist"),
        (
            lambda apis: apis.delete_stage("{api}", "a"),
            "NotFoundException",
            "Invalid stage identifier specified",
        ),
    ],
)
def test_what_does_not_exist_is_refused_in_aws_words(world, call, code, message):
    world.routes("GET /hello")

    class Named:
        def __getattr__(self, name):
            method = getattr(world.gateway.apis, name)
            return lambda *args: method(*(world.api_id if arg == "{api}" else arg for arg in args))

    with pytest.raises(GatewayRefusal) as refused:
        call(Named())
    assert (refused.value.code, refused.value.message) == (code, message)
