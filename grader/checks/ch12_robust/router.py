"""12.2: a greedy route, a small router, and routes that cannot stand side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word
from grader.checks.reading import json_body

ROUTER = "router"  # the checks ask one router, one after the other
ROUTES = ["/albums/recent", "/albums/{album}", "/albums/{album}/photos/{photo}", "/albums/{album}/files/{path+}"]
SIDE_BY_SIDE = (
    ["/sign/{extension}", "/sign/{type}"],
    ["/a/{b}", "/a/{proxy+}"],
    ["/a/{b}/x", "/a/{c}/y", "/a/{b}/z"],
    ["/{a}/x", "/{b}/y", "/{c}"],
    ["/a/{b}/{c}", "/a/{b}/{d}/e"],
    ["/{e}", "/{d}/x", "/{c}", "/{b}/y", "/{a}"],
)
PEACEFUL = (["/a/b", "/a/{b}"], ["/a/{b}", "/c/{d}"], ["/a/{b}", "/a/{b}/c", "/a/{b}/{c}"], ["/albums/{proxy+}"], [])


def pattern_of(route: str) -> str:
    """A regular expression for the paths of a route."""
    greedy = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", route.replace(".", r"\."))
    return re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", greedy)


def right_match(routes: Sequence[str], path: str) -> dict[str, Any] | None:
    """The route for a path, by API Gateway's order: fixed before variable before greedy, part by part."""

    def order(route: str) -> list[int]:
        return [2 if part.endswith("+}") else int(part.startswith("{")) for part in route.split("/")]

    for route in sorted(routes, key=order):
        if fits := re.fullmatch(pattern_of(route), path):
            return {"route": route, "parameters": fits.groupdict()}
    return None


def right_conflicts(routes: Sequence[str]) -> list[list[str]]:
    """The pairs of variable parts with the same parent."""
    places = {"/".join(route.split("/")[:end]) for route in routes for end in range(2, route.count("/") + 2)}
    variables = sorted(place for place in places if place.endswith("}"))
    return [
        [one, other] for one, other in combinations(variables, 2) if one.rpartition("/")[0] == other.rpartition("/")[0]
    ]


def any_routes(rng: Random) -> list[str]:
    """Routes that nobody could have typed in beforehand, some of them in each other's way."""
    names: list[str] = []
    while len(names) < 3:
        names += [name for name in [word(rng, 3)] if name not in names]
    routes = set()
    for _ in range(rng.randrange(3, 7)):
        variables = rng.sample(names, rng.randrange(1, 4))  # no route has two parameters of one name
        parts = [rng.choice([names[0], f"{{{name}}}"]) for name in variables]
        routes.add("/" + "/".join(parts))
    return sorted(routes)


def judge_match(match: Any, routes: Sequence[str], path: str) -> None:
    """Compare the learner's route for a path with the right one."""
    wanted, answer = right_match(routes, path), match(list(routes), path)
    if answer != wanted:
        fail(f"{wanted} for {path}", str(answer), _hint(wanted, answer))


def _hint(wanted: dict[str, Any] | None, answer: Any) -> str:
    if wanted is None:
        return (
            "No route fits this path: None. A route fits as a whole, from the first part to the last, and letter by "
            "letter: capitals are other letters, and a dot is a dot."
        )
    if answer is None:
        return (
            f"{wanted['route']} fits this path from the first part to the last. Where a fixed part leads nowhere, a "
            "variable one in its place may."
        )
    if not isinstance(answer, dict) or answer.get("route") != wanted["route"]:
        return "Fixed parts beat variable ones, variable ones beat greedy ones, whatever the order of the list."
    return "Parameters by their names, without braces and plus; a greedy one takes all that is left, with its slashes."


def judge_conflicts(conflicts: Any, routes: Sequence[str]) -> None:
    """Compare the learner's pairs with the right ones."""
    expect(
        conflicts(list(routes)),
        "Two different variable parts with the same parts before them are in each other's way, greedy or not, and "
        "whatever follows. Each pair once, sorted.",
        what=f"conflicts({list(routes)})",
    ).equals(right_conflicts(routes))


@exercise(
    "12.2",
    "One door, many rooms",
    slug="12_2_router",
    files=["template.yaml", "router.py"],
    minutes=20,
    hints=[
        "Begin with one route and one path: split both at the slashes, and go through the parts side by side. A "
        "greedy part, which only stands at the end, takes whatever is left.",
        "Collect all routes that fit, and choose by how fixed their parts are: min(…, key=…) with a list of 0, 1 and 2 "
        "for fixed, variable and greedy parts compares part by part.",
        "For conflicts collect pairs (the parts before, the variable part) of all routes in a set, then compare every "
        "two of them: the same parts before and another name is a conflict.",
    ],
    passed="One function behind one greedy route, and a router that decides as API Gateway does. You also know before "
    "a deployment which routes it would refuse; the linter does not.",
    next="12.3",
)
class Router:
    @check(points=1, shares=ROUTER)
    def serves_everything_below_its_prefix(cloud, stack, http):
        """Everything below /albums reaches the function, and nothing else does."""
        hint = "Path: /albums/{proxy+}, method get: greedy, under a prefix of its own."
        for path in ("albums/2026", "albums/2026/photos/7"):
            page = http.get(stack.outputs["ApiUrl"] + path)
            expect(page.status, hint, what=f"the status of GET /{path}", trace=page.trace).is_in([200, 404])
        other = http.get(stack.outputs["ApiUrl"] + "other/2026")
        expect(other.status, hint, what="the status of GET /other/2026", trace=other.trace).equals(403)

    @check(points=2, shares=ROUTER)
    def finds_the_route(function):
        """Each path meets its route, and its parameters are found."""
        match = function("router.match")
        for path in ("/albums/2026", "/albums/2026/photos/7", "/albums/a/files/x/y/z.jpg", "/albums/a/files/x"):
            judge_match(match, ROUTES, path)

    @check(points=1, needs=finds_the_route, shares=ROUTER)
    def prefers_what_is_fixed(function):
        """A fixed part goes before a variable one, a variable one before a greedy one."""
        match = function("router.match")
        for routes in (ROUTES, ROUTES[::-1]):
            judge_match(match, routes, "/albums/recent")
            judge_match(match, routes, "/albums/recent/photos/7")  # the fixed part leads nowhere
        judge_match(match, ["/{all+}", "/a/{b}", "/a/b"], "/a/b")
        judge_match(match, ["/{all+}", "/{a}/x", "/b/{c+}"], "/b/x")

    @check(points=1, needs=finds_the_route, shares=ROUTER)
    def finds_nothing_where_nothing_is(function):
        """A path that no route fits finds none."""
        match = function("router.match")
        others = ("/albums", "/albums/a/photos", "/albums/a/photos/7/8", "/albums/a/files", "/photos/7", "/Albums/a")
        for path in others:
            judge_match(match, ROUTES, path)
        judge_match(match, ["/v1.0/{a}"], "/v1x0/a")

    @check(points=1, needs=(serves_everything_below_its_prefix, finds_the_route), shares=ROUTER)
    def answers_over_http(cloud, stack, http):
        """The whole answers: route and parameters over HTTP, 404 for the rest."""
        page = http.get(stack.outputs["ApiUrl"] + "albums/a/files/x/y.jpg")
        wanted = {"route": "/albums/{album}/files/{path+}", "parameters": {"album": "a", "path": "x/y.jpg"}}
        expect(json_body(page, "See app.py."), what="the answer").equals(wanted)
        expect(http.get(stack.outputs["ApiUrl"] + "albums/a/b/c").status, what="a path without a route").equals(404)

    @check(points=2, shares=ROUTER)
    def sees_routes_in_each_others_way(function):
        """Variable parts side by side are found, whatever follows them."""
        conflicts = function("router.conflicts")
        for routes in SIDE_BY_SIDE:
            judge_conflicts(conflicts, routes)

    @check(points=1, needs=sees_routes_in_each_others_way, shares=ROUTER)
    def leaves_the_others_alone(function):
        """Routes that API Gateway takes are no conflict."""
        conflicts = function("router.conflicts")
        for routes in PEACEFUL:
            judge_conflicts(conflicts, routes)
