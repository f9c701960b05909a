"""Which route a request meets: AWS's page "Create routes for HTTP APIs in API Gateway", its example and its table."""

from __future__ import annotations

import pytest

from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.http_api.routes import Route, checked_key, match_route

AWS_EXAMPLE = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]


def met(keys, verb, path):
    match = match_route([Route(key, key) for key in keys], verb, path)
    return match and (match.route.key, dict(match.parameters))


@pytest.mark.parametrize("keys", [AWS_EXAMPLE, AWS_EXAMPLE[::-1]])
@pytest.mark.parametrize(
    ("verb", "path", "found"),
    [
        ("GET", "/pets/dog/1", ("GET /pets/dog/1", {})),
        ("GET", "/pets/dog/2", ("GET /pets/dog/{id}", {"id": "2"})),
        ("GET", "/pets/cat/1", ("GET /pets/{proxy+}", {"proxy": "cat/1"})),
        ("POST", "/test/5", ("ANY /{proxy+}", {"proxy": "test/5"})),
        ("GET", "/", ("$default", {})),
    ],
)
def test_awss_own_example(keys, verb, path, found):
    assert met(keys, verb, path) == found


@pytest.mark.parametrize(
    ("keys", "verb", "path", "found"),
    [
        (["GET /a"], "POST", "/a", None),
        (["GET /a"], "GET", "/A", None),
        (["GET /a"], "GET", "/a/", ("GET /a", {})),
        (["ANY /a", "GET /a"], "GET", "/a", ("GET /a", {})),
        (["ANY /a", "GET /a"], "PUT", "/a", ("ANY /a", {})),
        (["GET /{x}/b", "GET /a/{y}"], "GET", "/a/b", ("GET /a/{y}", {"y": "b"})),
        (["ANY /a/b", "GET /{proxy+}"], "GET", "/a/b", ("ANY /a/b", {})),
        (["GET /a/{proxy+}", "GET /{proxy+}"], "GET", "/a/b/c", ("GET /a/{proxy+}", {"proxy": "b/c"})),
        (["GET /a/{proxy+}"], "GET", "/a", None),
        (["GET /{a}/{b}"], "GET", "/1/2", ("GET /{a}/{b}", {"a": "1", "b": "2"})),
        ([], "GET", "/", None),
    ],
)
def test_the_most_specific_route_is_met(keys, verb, path, found):
    assert met(keys, verb, path) == found


@pytest.mark.parametrize("key", ["get /a", "/a", "GET a", "FETCH /a", "GET /{proxy+}/b", "GET /a b", "GET /{}"])
def test_a_wrong_route_key_is_refused(key):
    with pytest.raises(GatewayRefusal, match="not formatted properly for HTTP protocol"):
        checked_key(key)
