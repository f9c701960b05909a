"""Who may call a method: Lambda authorizers and their cache, IAM, resource policies.

The outcomes are those of AWS's pages "Use API Gateway Lambda authorizers" and "How API Gateway resource policies affect
authorization workflow"; bodies and x-amzn-ErrorType as its "Gateway response types" and live answers have them.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest

from grader.cloud.door.request import Request
from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.signing import sign

AUTHORIZER = "arn:aws:lambda:us-east-1:123456789012:function:gatekeeper"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{AUTHORIZER}/invocations"
TOKENS = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": URI},
}
IAM = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}


def scheme(**changes):
    declared = {**TOKENS["x-amazon-apigateway-authorizer"], **changes}
    return {**TOKENS, "x-amazon-apigateway-authorizer": declared}


def grant(effect="Allow", resource="*", **more):
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "jane", "policyDocument": policy, **more}


def guarded(world, body, declared=TOKENS, routes=("GET /a", "GET /b/{id}"), **extensions):
    swagger = body(*routes, securityDefinitions={"Gate": declared}, security=[{"Gate": []}], **extensions)
    world.deploy(swagger)


def asked(world, answer):
    events = []

    def gatekeeper(event):
        events.append(event)
        result = answer(event) if callable(answer) else answer
        if isinstance(result, Exception):
            return world.failed(type(result).__name__, str(result))
        return result

    world.functions.others["gatekeeper"] = gatekeeper
    return events


def said(response):
    return response.status, response.body.decode(), response.header("x-amzn-ErrorType")


UNAUTHORIZED = (401, '{"message":"Unauthorized"}', "UnauthorizedException")
IMPLICIT = (403, '{"Message":"User is not authorized to access this resource"}', "AccessDeniedException")
EXPLICIT = (
    403,
    '{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}',
    "AccessDeniedException",
)
MISCONFIGURED = (500, '{"message":null}', "AuthorizerConfigurationException")


def test_a_token_authorizer_is_given_the_token_and_the_methods_arn(world, body):
    guarded(world, body)
    events = asked(world, grant())
    assert world.send("GET", "/b/7", headers={"authorization": "Bearer x"}).status == 200
    assert events == [
        {
            "type": "TOKEN",
            "authorizationToken": "Bearer x",
            "methodArn": f"arn:aws:execute-api:us-east-1:123456789012:{world.api_id}/Prod/GET/b/7",
        }
    ]


def test_what_the_authorizer_says_of_its_caller_reaches_the_function_as_strings(world, body):
    guarded(world, body)
    asked(world, grant(context={"plan": "gold", "age": 7, "admin": True, "none": None}))
    world.send("GET", "/a", headers={"Authorization": "x"})
    assert world.functions.events[0]["requestContext"]["authorizer"] == {
        "principalId": "jane",
        "plan": "gold",
        "age": "7",
        "admin": "true",
        "integrationLatency": 5,
    }


def test_a_request_authorizer_is_given_the_request(world, body):
    declared = scheme(type="request", identitySource="method.request.header.X-A, method.request.querystring.q")
    guarded(world, body, declared)
    events = asked(world, grant())
    world.send("GET", "/b/7", "q=1&q=2", headers=[("X-A", "1"), ("X-A", "2")])
    [event] = events
    context = world.functions.events[0]["requestContext"]
    headers = world.functions.events[0]["headers"]
    assert event == {
        "type": "REQUEST",
        "methodArn": f"arn:aws:execute-api:us-east-1:123456789012:{world.api_id}/Prod/GET/b/7",
        "resource": "/b/{id}",
        "path": "/b/7",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": world.functions.events[0]["multiValueHeaders"],
        "queryStringParameters": {"q": "2"},
        "multiValueQueryStringParameters": {"q": ["1", "2"]},
        "pathParameters": {"id": "7"},
        "stageVariables": {},
        "requestContext": {key: value for key, value in context.items() if key != "authorizer"},
    }


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (grant("Deny"), EXPLICIT),
        (grant(resource="arn:aws:execute-api:us-east-1:123456789012:other/*"), IMPLICIT),
        (Exception("Unauthorized"), UNAUTHORIZED),
        (Exception("unauthorized"), MISCONFIGURED),
        (KeyError("token"), MISCONFIGURED),
        ("Allow", MISCONFIGURED),
        (None, MISCONFIGURED),
        ({"policyDocument": grant()["policyDocument"]}, MISCONFIGURED),
        ({"principalId": "jane"}, MISCONFIGURED),
        (grant(context={"roles": ["a"]}), MISCONFIGURED),
        (grant(context="gold"), MISCONFIGURED),
    ],
)
def test_what_an_authorizer_answers_decides(world, body, answer, expected):
    guarded(world, body)
    asked(world, answer)
    assert said(world.send("GET", "/a", headers={"Authorization": "x"})) == expected
    assert world.trace.first_broken.name == "authorizer"
    assert world.functions.events == []


def test_without_its_identity_source_a_request_does_not_reach_the_authorizer(world, body):
    guarded(world, body)
    events = asked(world, grant())
    assert said(world.send("GET", "/a")) == UNAUTHORIZED
    assert said(world.send("GET", "/a", headers={"Authorization": ""})) == UNAUTHORIZED
    assert events == []


def test_a_token_that_does_not_match_the_expression_is_refused_unasked(world, body):
    guarded(world, body, scheme(identityValidationExpression="Bearer [a-z]+"))
    events = asked(world, grant())
    assert said(world.send("GET", "/a", headers={"Authorization": "Basic x"})) == UNAUTHORIZED
    assert world.send("GET", "/a", headers={"Authorization": "Bearer x"}).status == 200
    assert len(events) == 1


def test_an_answer_is_kept_for_its_time_and_identity(world, body):
    guarded(world, body, scheme(authorizerResultTtlInSeconds=60))
    events = asked(world, grant())
    for token, seconds in (("a", 59), ("a", 1), ("a", 0), ("b", 0)):
        world.send("GET", "/a", headers={"Authorization": token})
        world.clock.advance(seconds)
    assert [event["authorizationToken"] for event in events] == ["a", "a", "b"]


def test_a_time_of_zero_keeps_nothing(world, body):
    guarded(world, body, scheme(authorizerResultTtlInSeconds=0))
    events = asked(world, grant())
    for _ in range(2):
        world.send("GET", "/a", headers={"Authorization": "x"})
    assert len(events) == 2


def test_a_policy_for_one_path_refuses_the_others_from_the_cache(world, body):
    guarded(world, body)
    events = asked(world, lambda event: grant(resource=event["methodArn"]))
    sent = {"headers": {"Authorization": "x"}}
    assert [world.send("GET", path, **sent).status for path in ("/b/1", "/b/2", "/a", "/b/1")] == [200, 403, 403, 200]
    assert len(events) == 1
    world.send("GET", "/b/2", **sent)
    assert "(kept from an earlier request, for 300 s)" in world.trace.first_broken.detail
    world.clock.advance(300)
    assert world.send("GET", "/b/2", **sent).status == 200


def test_a_refusal_is_kept_too_and_a_crash_is_not(world, body):
    guarded(world, body)
    answers = iter([RuntimeError("down"), grant("Deny"), grant()])
    asked(world, lambda event: next(answers))
    sent = {"headers": {"Authorization": "x"}}
    assert [world.send("GET", "/a", **sent).status for _ in range(3)] == [500, 403, 403]


def test_the_cache_can_be_flushed(world, body):
    guarded(world, body)
    events = asked(world, grant())
    for _ in range(2):
        world.send("GET", "/a", headers={"Authorization": "x"})
        world.gateway.authorizers.flush(world.api_id, "Prod")
    assert len(events) == 2


def test_an_authorizer_that_may_not_be_invoked_is_a_configuration_error(world, body):
    guarded(world, body)
    asked(world, grant())
    world.permissions.allowed = False
    assert said(world.send("GET", "/a", headers={"Authorization": "x"})) == MISCONFIGURED
    authorizer = world.gateway.apis.get(world.api_id).definition.authorizers["Gate"].id
    source = f"arn:aws:execute-api:us-east-1:123456789012:{world.api_id}/authorizers/{authorizer}"
    assert world.permissions.asked == [(AUTHORIZER, "apigateway.amazonaws.com", source, "123456789012")]


def test_conditions_of_an_authorizers_policy_are_read(world, body):
    guarded(world, body)
    answer = grant()
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    answer["policyDocument"]["Statement"][0]["Condition"] = condition
    asked(world, answer)
    sent = {"headers": {"Authorization": "x"}}
    statuses = [world.send("GET", "/a", source_ip=ip, **sent).status for ip in ("192.0.2.9", "198.51.100.9")]
    assert statuses == [200, 403]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"authorizerResultTtlInSeconds": 3601}, "Authorizer result TTL must be between 0 and 3600 seconds"),
        ({"type": "request", "identitySource": ""}, "Identity source is required when authorizer caching is enabled."),
        ({"type": "magic"}, "Invalid authorizer type specified: magic"),
        ({"authorizerUri": AUTHORIZER}, f"Invalid Authorizer URI: {AUTHORIZER}. .*"),
        ({"identityValidationExpression": "("}, "Invalid identity validation expression specified.*"),
    ],
)
def test_a_wrong_authorizer_is_refused(world, body, changes, refusal):
    with pytest.raises(GatewayRefusal, match=refusal):
        guarded(world, body, scheme(**changes))


def test_an_authorizer_that_nobody_defined_is_refused(world, body):
    with pytest.raises(GatewayRefusal, match="Unable to put method 'GET /a': Invalid authorizer 'Gat'"):
        world.deploy(body("GET /a", securityDefinitions={"Gate": TOKENS}, security=[{"Gat": []}]))


def test_credentials_of_an_authorizer_are_refused_by_name(world, body):
    with pytest.raises(NotSupported, match="AuthorizerCredentials"):
        guarded(world, body, scheme(authorizerCredentials="arn:aws:iam::123456789012:role/r"))


# --- IAM --------------------------------------------------------------------------------------------------------------


def signed(world, credentials, path="/Prod/a", host=None):
    request = Request("GET", "https", host or world.host, path, headers=(("Host", host or world.host),))
    return sign(request, credentials, "us-east-1").headers


def may(world, *resources, effect="Allow"):
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": list(resources)}
    return world.identity.policy_credentials([{"Statement": [statement]}], "session", "caller")


def test_an_unsigned_request_misses_its_token(world, body):
    guarded(world, body, IAM)
    assert said(world.send("GET", "/a")) == (
        403,
        '{"message":"Missing Authentication Token"}',
        "MissingAuthenticationTokenException",
    )


def test_a_bearer_token_is_no_signature(world, body):
    guarded(world, body, IAM)
    digest = b64encode(hashlib.sha256(b"Bearer x").digest()).decode()
    for path in ("/a", "/nowhere"):
        assert said(world.send("GET", path, headers={"Authorization": "Bearer x"})) == (
            403,
            '{"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and '
            f"encoded with Base64): '{digest}'.\"}}",
            "IncompleteSignatureException",
        )


def test_iam_decides_by_the_callers_policies_and_the_function_knows_who_called(world, body):
    guarded(world, body, IAM)
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{world.api_id}/Prod/GET/a"
    caller = may(world, arn)
    assert world.send("GET", "/a", headers=signed(world, caller)).status == 200
    identity = world.functions.events[0]["requestContext"]["identity"]
    principal = world.identity.principal_of(caller.access_key_id, caller.session_token)
    assert {key: value for key, value in identity.items() if value is not None} == {
        "accountId": "123456789012",
        "accessKey": caller.access_key_id,
        "caller": principal.user_id,
        "user": principal.user_id,
        "userArn": "arn:aws:sts::123456789012:assumed-role/caller/session",
        "sourceIp": "127.0.0.1",
    }
    assert said(world.send("GET", "/b/1", headers=signed(world, caller, "/Prod/b/1"))) == (
        403,
        '{"Message":"User: arn:aws:sts::123456789012:assumed-role/caller/session is not authorized to perform: '
        f"execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:{world.api_id}/Prod/GET/b/1 "
        'because no identity-based policy allows the execute-api:Invoke action"}',
        "AccessDeniedException",
    )


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"path": "/Prod/b/1"}, "InvalidSignatureException", "The request signature we calculated does not match"),
        (
            {"host": "x.lambda-url.us-east-1.on.aws"},
            "InvalidSignatureException",
            "Credential should be scoped to correct service",
        ),
    ],
)
def test_a_wrong_signature_is_refused(world, body, change, kind, message):
    guarded(world, body, IAM)
    status, text, found = said(world.send("GET", "/a", headers=signed(world, may(world, "*"), **change)))
    assert (status, found, message in text) == (403, kind, True)


def test_an_expired_session_is_refused(world, body):
    guarded(world, body, IAM)
    caller = may(world, "*")
    world.clock.advance(hours=13)
    status, text, kind = said(world.send("GET", "/a", headers=signed(world, caller)))
    assert (status, text, kind) == (
        403,
        '{"message":"The security token included in the request is expired"}',
        "ExpiredTokenException",
    )


def test_an_unknown_key_is_refused(world, body):
    guarded(world, body, IAM)
    caller = may(world, "*")
    world.identity._held.clear()
    assert said(world.send("GET", "/a", headers=signed(world, caller))) == (
        403,
        '{"message":"The security token included in the request is invalid."}',
        "UnrecognizedClientException",
    )


# --- resource policies ------------------------------------------------------------------------------------------------


def statement(effect, path="*", **more):
    return {
        "Effect": effect,
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": f"execute-api:/{path}",
        **more,
    }


def policy(*statements):
    return {"x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": list(statements)}}


NOT_FROM_HERE = {"Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}


def test_a_resource_policy_lets_in_whom_it_allows(world, body):
    rules = policy(statement("Allow", "Prod/GET/a"), statement("Deny", **NOT_FROM_HERE))
    world.deploy(body("GET /a", "GET /b", **rules))
    assert [world.send("GET", path, source_ip="192.0.2.1").status for path in ("/a", "/b")] == [200, 403]
    status, text, kind = said(world.send("GET", "/a", source_ip="198.51.100.1"))
    start = '{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: '
    where = f"arn:aws:execute-api:us-east-1:********9012:{world.api_id}/Prod/GET/a with an explicit deny"
    assert (status, text.startswith(start + where), kind) == (403, True, "AccessDeniedException")
    assert world.trace.first_broken.name == "policy"


TABLE_A = [  # authorizer, resource policy, outcome: AWS's table A
    ("Allow", "Allow", 200),
    ("Allow", None, 200),
    ("Allow", "Deny", 403),
    (None, "Allow", 200),
    (None, None, 403),
    (None, "Deny", 403),
    ("Deny", "Allow", 403),
    ("Deny", None, 403),
    ("Deny", "Deny", 403),
]


@pytest.mark.parametrize(("authorizer", "resource", "status"), TABLE_A)
def test_authorizer_and_resource_policy_decide_together(world, body, authorizer, resource, status):
    rules = policy(statement(resource) if resource else statement("Allow", "other/*"))
    guarded(world, body, **rules)
    asked(world, grant(authorizer or "Allow", "*" if authorizer else "arn:aws:execute-api:::nothing"))
    assert world.send("GET", "/a", headers={"Authorization": "x"}).status == status


@pytest.mark.parametrize(("identity", "resource", "status"), TABLE_A)
def test_iam_and_resource_policy_decide_together(world, body, identity, resource, status):
    rules = policy(statement(resource) if resource else statement("Allow", "other/*"))
    guarded(world, body, IAM, **rules)
    caller = may(world, "*" if identity else "arn:aws:execute-api:::nothing", effect=identity or "Allow")
    assert world.send("GET", "/a", headers=signed(world, caller)).status == status


def test_an_integration_may_invoke_as_the_caller(world, body, method):
    swagger = body("GET /a", securityDefinitions={"Gate": IAM}, security=[{"Gate": []}])
    swagger["paths"]["/a"]["get"] = method(credentials="arn:aws:iam::*:user/*")
    world.deploy(swagger)
    world.permissions.allowed = False  # the function's resource policy is not asked
    only_api = may(world, "*")
    allowed = [{"Effect": "Allow", "Action": ["execute-api:Invoke", "lambda:InvokeFunction"], "Resource": "*"}]
    both = world.identity.policy_credentials([{"Statement": allowed}])
    assert [world.send("GET", "/a", headers=signed(world, caller)).status for caller in (only_api, both)] == [500, 200]
