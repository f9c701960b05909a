"""Who may call a route: JWTs, Lambda authorizers, IAM.

Sources: AWS's pages "Control access to HTTP APIs with JWT authorizers", "… with AWS Lambda authorizers" (whose sample
events are compared whole), "… with IAM authorization", and "Troubleshooting issues with HTTP API JWT authorizers".
"""

from __future__ import annotations

import base64
import json

import pytest

from grader.cloud.door.request import Request
from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.signing import sign

ISSUER = "https://login.example"
JWT = {
    "type": "oauth2",
    "x-amazon-apigateway-authorizer": {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": ISSUER, "audience": ["photos", "other"]},
    },
}
GATE = "arn:aws:lambda:us-east-1:123456789012:function:gate"
LAMBDA = {
    "type": "apiKey",
    "x-amazon-apigateway-authorizer": {
        "type": "request",
        "authorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{GATE}/invocations",
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
        "identitySource": ["$request.header.Authorization"],
    },
}
IAM = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
OWN = {"content-type", "content-length", "apigw-requestid"}


def guarded(world, http, scheme, *scopes, routes=("GET /a", "GET /b"), **options):
    body = http(*routes, components={"securitySchemes": {"Gate": scheme}}, security=[{"Gate": list(scopes)}])
    world.http_api(body=body, **options)


def said(response):
    return response.status, response.body.decode(), response.header("www-authenticate")


def ask(world, token, path="/a", **more):
    return world.ask("GET", path, headers={"Authorization": token}, **more)


@pytest.fixture
def issuer(world):
    return world.gateway.open_issuer(ISSUER)


# --- JWT --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", ""])
def test_a_good_token_passes_and_its_claims_reach_the_function_as_strings(world, http, issuer, prefix):
    guarded(world, http, JWT)
    groups = {"groups": ["admin", "users"], "age": 7, "verified": True}
    assert ask(world, prefix + issuer.token("photos", scope="read", **groups)).status == 200
    [event] = world.functions.events
    now = int(world.clock.timestamp())
    assert event["requestContext"]["authorizer"] == {
        "jwt": {
            "claims": {
                "iss": ISSUER,
                "sub": "jane",
                "aud": "photos",
                "iat": str(now),
                "exp": str(now + 3600),
                "scope": "read",
                "groups": "[admin users]",
                "age": "7",
                "verified": "true",
            },
            "scopes": None,
        }
    }


def altered(token, part, **changes):
    """A token whose header (0) or claims (1) were changed after it was signed."""
    parts = token.split(".")
    found = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
    parts[part] = base64.urlsafe_b64encode(json.dumps(found | changes).encode()).rstrip(b"=").decode()
    return ".".join(parts)


@pytest.mark.parametrize(
    ("make", "description"),
    [
        (lambda issuer: issuer.token("photos")[:-4] + "AAAA", "crypto/rsa: verification error"),
        (lambda issuer: altered(issuer.token("photos"), 1, sub="root"), "crypto/rsa: verification error"),
        (lambda issuer: issuer.token("photos", algorithm="none"), "signing method none is invalid"),
        (lambda issuer: issuer.token("photos", algorithm="HS256"), "signing method HS256 is invalid"),
        (lambda issuer: altered(issuer.token("photos"), 0, alg="none"), "signing method none is invalid"),
        (
            lambda issuer: issuer.token("photos", headers={"kid": "x"}),
            "unable to find a key of the issuer that matches the token's kid",
        ),
        (lambda issuer: issuer.token("photos", iss="https://other.example"), "issuer does not match"),
        (lambda issuer: issuer.token("games"), "the token does not have a valid audience"),
        (lambda issuer: issuer.token(None), "the token does not have a valid audience"),
        (lambda issuer: issuer.token("games", client_id="photos"), "the token does not have a valid audience"),
        (lambda issuer: issuer.token("photos", seconds=0), "the token has expired"),
        (lambda issuer: issuer.token("photos", exp=None), "the token has expired"),
        (lambda issuer: issuer.token("photos", exp="soon"), "the claim exp is no number"),
        (lambda issuer: issuer.token("photos", nbf=4_000_000_000), "the token is not valid yet"),
        (lambda issuer: issuer.token("photos", iat=4_000_000_000), "the token was issued in the future"),
        (lambda issuer: "abc", "token contains an invalid number of segments"),
        (lambda issuer: "a.b.c", "illegal base64 data in the token"),
        (lambda issuer: "e30.W10.x", "the token is malformed"),
    ],
)
def test_a_token_that_is_not_good_is_unauthorized(world, http, issuer, make, description):
    guarded(world, http, JWT)
    header = f'Bearer scope="" error="invalid_token" error_description="{description}"'
    assert said(ask(world, f"Bearer {make(issuer)}")) == (401, '{"message":"Unauthorized"}', header)
    assert (world.trace.first_broken.name, description in world.trace.first_broken.detail) == ("authorizer", True)
    assert world.functions.events == []


@pytest.mark.parametrize("claims", [{"audience": ["x", "photos"]}, {"client_id": "other"}])
def test_one_audience_of_several_or_the_client_id_suffices(world, http, issuer, claims):
    guarded(world, http, JWT)
    assert ask(world, issuer.token(**claims)).status == 200


def test_a_token_expires_on_the_clock(world, http, issuer):
    guarded(world, http, JWT)
    token = issuer.token("photos", seconds=60)
    world.clock.advance(59)
    assert ask(world, token).status == 200
    world.clock.advance(1)
    assert ask(world, token).status == 401


def test_without_a_token_a_request_is_unauthorized(world, http, issuer):
    guarded(world, http, JWT)
    assert said(world.ask("GET", "/a")) == (401, '{"message":"Unauthorized"}', "Bearer")
    assert said(ask(world, "Bearer ")) == (401, '{"message":"Unauthorized"}', "Bearer")


@pytest.mark.parametrize(
    ("claims", "status"),
    [({"scope": "write read"}, 200), ({"scp": ["read"]}, 200), ({"scope": "readonly"}, 403), ({}, 403)],
)
def test_a_route_may_demand_one_of_its_scopes(world, http, issuer, claims, status):
    guarded(world, http, JWT, "read", "admin")
    response = ask(world, issuer.token("photos", **claims))
    assert response.status == status
    if status == 200:
        assert "read" in world.functions.events[0]["requestContext"]["authorizer"]["jwt"]["scopes"]
    else:
        assert response.body == b'{"message":"Forbidden"}'
        assert response.header("www-authenticate").startswith('Bearer scope="read admin" error="insufficient_scope"')


def test_new_keys_are_found_and_old_ones_stay_for_two_hours(world, http, issuer):
    guarded(world, http, JWT)
    old = issuer.token("photos", seconds=10_000)
    assert ask(world, old).status == 200
    issuer.rotate(keep_old=False)
    assert ask(world, old).status == 200
    assert ask(world, issuer.token("photos")).status == 200
    world.clock.advance(hours=2)
    assert ask(world, old).status == 401


def test_format_1_has_claims_and_scopes_side_by_side(world, http, issuer):
    body = http("GET /a", payload="1.0", components={"securitySchemes": {"Gate": JWT}}, security=[{"Gate": []}])
    world.http_api(body=body)
    ask(world, issuer.token("photos"))
    authorizer = world.functions.events[0]["requestContext"]["authorizer"]
    assert (authorizer["claims"]["sub"], authorizer["scopes"]) == ("jane", None)


def test_routes_of_an_issuer_that_is_not_there_vanish_without_a_word(world, http):
    """With FailOnWarnings false, the default, AWS imports what it can and leaves out the rest."""
    guarded(world, http, JWT)
    assert ask(world, "x").status == 404
    assert "Set FailOnWarnings: true" in world.trace.first_broken.detail


def test_fail_on_warnings_refuses_such_an_import(world, http):
    with pytest.raises(
        GatewayRefusal, match=r"Caught exception when connecting to https://login\.example/\.well-known"
    ):
        guarded(world, http, JWT, fail_on_warnings=True)


def test_the_same_seed_gives_the_same_keys_and_another_address_others(world, new_world):
    token = world.gateway.open_issuer(ISSUER).token("photos")
    assert new_world().gateway.open_issuer(ISSUER).token("photos") == token
    assert world.gateway.open_issuer("https://other.example").jwks != world.gateway.open_issuer(ISSUER).jwks


# --- Lambda -----------------------------------------------------------------------------------------------------------


def lambda_scheme(**changes):
    return {**LAMBDA, "x-amazon-apigateway-authorizer": {**LAMBDA["x-amazon-apigateway-authorizer"], **changes}}


def asked(world, answer):
    events = []

    def gate(event):
        events.append(event)
        return answer(event) if callable(answer) else answer

    world.functions.others["gate"] = gate
    return events


def test_the_whole_event_of_format_2(world, http):
    sources = ["$request.header.user", "$request.querystring.parameter2", "$stageVariables.v", "$context.routeKey"]
    options = {"settings": {"variables": {"v": "value1"}}, "stage": "test", "routes": ("GET /request/{parameter1}",)}
    guarded(world, http, lambda_scheme(identitySource=sources), **options)
    events = asked(world, {"isAuthorized": True})
    headers = (("user", "user1"), ("cookie", "cookie1; cookie2"))
    query = "parameter1=value1&parameter1=value2&parameter2=123"
    response = world.ask("GET", "/test/request/value1", query, headers=headers, source_ip="192.0.2.1")
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{world.api_id}/test/GET/request/value1"
    key = "GET /request/{parameter1}"
    assert events == [
        {
            "version": "2.0",
            "type": "REQUEST",
            "routeArn": arn,
            "identitySource": ["user1", "123", "value1", key],
            "routeKey": key,
            "rawPath": "/test/request/value1",
            "rawQueryString": query,
            "cookies": ["cookie1", "cookie2"],
            "headers": world.functions.events[0]["headers"],
            "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "123"},
            "requestContext": {
                "accountId": "123456789012",
                "apiId": world.api_id,
                "domainName": world.host,
                "domainPrefix": world.api_id,
                "http": {
                    "method": "GET",
                    "path": "/test/request/value1",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "",
                },
                "requestId": response.header("apigw-requestid"),
                "routeKey": key,
                "stage": "test",
                "time": "02/Nov/2026:09:00:00 +0000",
                "timeEpoch": 1793610000000,
            },
            "pathParameters": {"parameter1": "value1"},
            "stageVariables": {"v": "value1"},
        }
    ]


def test_the_event_of_format_1(world, http):
    scheme = lambda_scheme(authorizerPayloadFormatVersion="1.0", enableSimpleResponses=False)
    guarded(world, http, scheme)
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    events = asked(world, {"principalId": "p", "policyDocument": {"Statement": [allow]}, "context": {"k": "v"}})
    assert ask(world, "user1").status == 200
    [event] = events
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{world.api_id}/$default/GET/a"
    named = {"version": "1.0", "type": "REQUEST", "methodArn": arn, "identitySource": "user1"}
    assert {key: event[key] for key in named} == named
    assert (event["authorizationToken"], event["resource"], event["httpMethod"]) == ("user1", "/a", "GET")
    context = world.functions.events[0]["requestContext"]["authorizer"]
    assert context == {"lambda": {"k": "v", "principalId": "p"}}


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        ({"isAuthorized": True}, 200, "hello"),
        ({"isAuthorized": False}, 403, '{"message":"Forbidden"}'),
        ({"isAuthorized": "yes"}, 500, '{"message":"Internal Server Error"}'),
        ({}, 500, '{"message":"Internal Server Error"}'),
        (None, 500, '{"message":"Internal Server Error"}'),
    ],
)
def test_simple_responses(world, http, answer, status, body):
    guarded(world, http, LAMBDA)
    asked(world, answer)
    response = ask(world, "x")
    assert (response.status, response.body.decode()) == (status, body)


def test_a_context_keeps_its_types(world, http):
    guarded(world, http, LAMBDA)
    context = {"number": 1, "flag": True, "list": ["a"], "map": {"a": "b"}}
    asked(world, {"isAuthorized": True, "context": context})
    ask(world, "x")
    assert world.functions.events[0]["requestContext"]["authorizer"] == {"lambda": context}


def test_policies_are_read_per_route(world, http):
    guarded(world, http, lambda_scheme(enableSimpleResponses=False, authorizerResultTtlInSeconds=60))

    def only_this(event):
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": event["routeArn"]}
        return {"principalId": "p", "policyDocument": {"Statement": [statement]}}

    events = asked(world, only_this)
    assert [ask(world, "x", path).status for path in ("/a", "/b", "/a")] == [200, 403, 200]
    assert len(events) == 1


def test_the_route_key_among_the_sources_keeps_an_answer_for_each_route(world, http):
    sources = ["$request.header.Authorization", "$context.routeKey"]
    guarded(world, http, lambda_scheme(identitySource=sources, authorizerResultTtlInSeconds=60))
    events = asked(world, {"isAuthorized": True})
    for path in ("/a", "/b", "/a"):
        ask(world, "x", path)
    assert [event["routeKey"] for event in events] == ["GET /a", "GET /b"]


def test_nothing_is_kept_unless_the_authorizer_says_so(world, http):
    guarded(world, http, LAMBDA)
    events = asked(world, {"isAuthorized": True})
    for _ in range(2):
        ask(world, "x")
    assert len(events) == 2


def test_without_the_identity_source_the_function_is_not_asked(world, http):
    guarded(world, http, LAMBDA)
    events = asked(world, {"isAuthorized": True})
    response = world.ask("GET", "/a")
    assert (response.status, response.body, events) == (401, b'{"message":"Unauthorized"}', [])


def test_an_authorizer_that_crashes_or_may_not_be_invoked_is_an_internal_server_error(world, http):
    guarded(world, http, LAMBDA)
    asked(world, lambda event: world.failed("Exception", "Unauthorized"))
    assert ask(world, "x").status == 500
    world.permissions.allowed = False
    assert ask(world, "x").status == 500


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"authorizerPayloadFormatVersion": None}, "AuthorizerPayloadFormatVersion is a required parameter"),
        ({"authorizerPayloadFormatVersion": "1.0"}, "EnableSimpleResponses is supported only for"),
        ({"authorizerResultTtlInSeconds": 60, "identitySource": []}, "Caching requires at least one identity source"),
        ({"type": "token"}, "Invalid authorizer type specified: token"),
    ],
)
def test_a_wrong_authorizer_is_refused(world, http, changes, refusal):
    with pytest.raises(GatewayRefusal, match=refusal):
        guarded(world, http, lambda_scheme(**changes))


# --- IAM --------------------------------------------------------------------------------------------------------------


def signed(world, credentials, path="/a"):
    request = Request("GET", "https", world.host, path, headers=(("Host", world.host),))
    return sign(request, credentials, "us-east-1").headers


def test_iam_decides_and_the_function_knows_who_called(world, http):
    guarded(world, http, IAM)
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{world.api_id}/$default/GET/a"
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn}
    caller = world.identity.policy_credentials([{"Statement": [allow]}], "session", "caller")
    assert world.ask("GET", "/a", headers=signed(world, caller)).status == 200
    principal = world.identity.principal_of(caller.access_key_id, caller.session_token)
    assert world.functions.events[0]["requestContext"]["authorizer"] == {
        "iam": {
            "accessKey": caller.access_key_id,
            "accountId": "123456789012",
            "callerId": principal.user_id,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": principal.arn,
            "userId": principal.user_id,
        }
    }
    assert world.ask("GET", "/b", headers=signed(world, caller, "/b")).body == b'{"message":"Forbidden"}'


def test_no_signature_or_a_wrong_one_is_forbidden(world, http):
    guarded(world, http, IAM)
    caller = world.identity.policy_credentials([])
    for headers in ((), (("Authorization", "Bearer x"),), signed(world, caller, "/b")):
        response = world.ask("GET", "/a", headers=headers)
        assert (response.status, response.body) == (403, b'{"message":"Forbidden"}')
        assert world.trace.first_broken.name == "authorizer"
