"""Which method a request meets, and which definitions are refused."""

from __future__ import annotations

import pytest

from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.rest.resources import Method, Resource, match_route, paths_with_parents

ROUTES = {
    "/": ["GET"],
    "/hello": ["GET", "POST"],
    "/users": [],
    "/users/{id}": ["GET"],
    "/users/me": ["GET"],
    "/users/{id}/orders": ["ANY", "GET"],
    "/files": [],
    "/files/{proxy+}": ["ANY"],
    "/files/readme": ["GET"],
    "/files/readme/history": ["GET"],
}
RESOURCES = {path: Resource(path, path, {verb: Method(verb, None) for verb in verbs}) for path, verbs in ROUTES.items()}


@pytest.mark.parametrize(
    ("verb", "path", "found"),
    [
        ("GET", "/", ("/", "GET", {})),
        ("POST", "/", None),
        ("GET", "/hello", ("/hello", "GET", {})),
        ("GET", "/hello/", ("/hello", "GET", {})),
        ("GET", "//hello", ("/hello", "GET", {})),
        ("HEAD", "/hello", None),
        ("GET", "/Hello", None),
        ("GET", "/hello/world", None),
        ("GET", "/users", None),
        ("GET", "/users/7", ("/users/{id}", "GET", {"id": "7"})),
        ("GET", "/users/a%2Fb", ("/users/{id}", "GET", {"id": "a%2Fb"})),
        ("GET", "/users/me", ("/users/me", "GET", {})),
        ("DELETE", "/users/me", None),
        ("GET", "/users/me/orders", ("/users/{id}/orders", "GET", {"id": "me"})),
        ("PATCH", "/users/7/orders", ("/users/{id}/orders", "ANY", {"id": "7"})),
        ("GET", "/files", None),
        ("GET", "/files/", None),
        ("GET", "/files/a/b.txt", ("/files/{proxy+}", "ANY", {"proxy": "a/b.txt"})),
        ("GET", "/files/readme", ("/files/readme", "GET", {})),
        ("PUT", "/files/readme", ("/files/{proxy+}", "ANY", {"proxy": "readme"})),
        ("GET", "/files/readme/history", ("/files/readme/history", "GET", {})),
        ("GET", "/files/readme/other", ("/files/{proxy+}", "ANY", {"proxy": "readme/other"})),
        ("GET", "/users/{id}", ("/users/{id}", "GET", {"id": "{id}"})),
    ],
)
def test_the_most_specific_route_is_met(verb, path, found):
    match = match_route(RESOURCES, verb, path)
    assert (match and (match.resource.path, match.method.verb, match.parameters)) == found


def test_the_paths_above_become_resources():
    assert paths_with_parents(["/a/b/c", "/a/d"]) == ["/", "/a", "/a/b", "/a/b/c", "/a/d"]


@pytest.mark.parametrize(
    ("paths", "refusal"),
    [
        (
            ["/users/{id}", "/users/{name}"],
            "Errors found during import:\n\tUnable to create resource at path '/users/{name}': A sibling ({id}) of this"
            " resource already has a variable path part -- only one is allowed",
        ),
        (
            ["/{proxy+}", "/{id}/x"],
            "Errors found during import:\n\tUnable to create resource at path '/{id}/x': A sibling ({proxy+}) of this"
            " resource already has a variable path part -- only one is allowed",
        ),
        (
            ["/{proxy+}/x"],
            "Errors found during import:\n\tUnable to create resource at path '/{proxy+}/x': Cannot create a child of"
            " a resource with a greedy path variable.",
        ),
        (
            ["/a{id}"],
            "Errors found during import:\n\tUnable to create resource at path '/a{id}': Resource's path part only allow"
            " a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
        ),
    ],
)
def test_conflicting_paths_are_refused_in_aws_words(paths, refusal):
    with pytest.raises(GatewayRefusal) as refused:
        paths_with_parents(paths)
    assert (refused.value.code, refused.value.message) == ("BadRequestException", refusal)


def test_the_same_variable_under_different_parents_is_no_conflict():
    assert "/b/{other}" in paths_with_parents(["/a/{id}", "/b/{other}", "/a/{id}/{proxy+}"])
