"""6.6: only valid tokens reach the function."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch06_http.form import told
from grader.checks.ch06_http.tokens import AUDIENCE, Issuer
from grader.checks.material import word
from grader.checks.reading import output

ROUTES = (("GET", "/me"), ("GET", "/pictures"), ("POST", "/pictures"))
KEPT = 300  # seconds: how long API Gateway keeps an authorizer's answer when nothing is said
CACHE_HINT = (
    "API Gateway keeps the authorizer's answer for this token and uses it for every path of the stage. A policy that "
    "names event['methodArn'] fits the first request only: name all that this token may do."
)
CRASH_HINT = (
    "500 means that the authorizer itself broke. A token comes from a stranger: whatever is wrong with it must end in "
    "raise Exception('Unauthorized'), the one text that becomes 401."
)
REFUSED_HINT = (
    "The gate is there, and it turned a good token away: one of your four questions says no, or its own code broke. "
    "Print before each raise, and read the log of AuthorizerFunction. Is Bearer taken off, the = put back, the key "
    "that of signing_key(), the signature over both parts with their dot, exp in seconds?"
)
DAMAGE_HINT = "Whatever a stranger changes, the signature no longer fits; and a claim of the wrong kind is none."
SERVICE = "service"  # the checks ask one service, one after the other, with tokens of their own


def issuer(cloud: Any, stack: Any) -> Issuer:
    """Who signs the tokens of a stack."""
    return Issuer(cloud, output(stack, "KeySecret"))


def ask(http: Any, stack: Any, token: str | None, route: tuple[str, str] = ROUTES[0]) -> Any:
    """One request, with a bearer's token or with none."""
    method, path = route
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body = "{}" if method == "POST" else None
    return http.request(method, output(stack, "AlbumUrl") + path, headers=headers, body=body)


def require_in(page: Any, hint: str) -> None:
    """The request must have reached the function."""
    if page.status != 200:
        fail("status 200", told(page), CRASH_HINT if page.status == 500 else hint, trace=page.trace)


def require_out(page: Any, what: str, hint: str) -> None:
    """The request must have been refused at the gate."""
    if page.status not in (401, 403):
        found = CRASH_HINT if page.status == 500 else hint
        fail(f"401 or 403 for {what}", told(page), found, trace=page.trace)


@exercise(
    "6.6",
    "Only with a valid token",
    slug="6_6_authorizer",
    files=["template.yaml", "authorizer.py"],
    minutes=20,
    hints=[
        "The template: Auth at the API, with an authorizer and a DefaultAuthorizer. The code: take the token apart at "
        "its dots, and ask four questions in this order: the algorithm that we use? signed by us? for us? still good?",
        "Compare signatures with hmac.compare_digest. base64url leaves its '=' out: part + '=' * (-len(part) % 4). "
        "Everything that can go wrong ends in raise Exception('Unauthorized'). The policy must hold for all paths.",
        "event['methodArn'] is arn:…:api/stage/VERB/path. api = '/'.join(arn.split('/')[:2]) and the resources "
        "f'{api}/GET/*', for writers f'{api}/POST/*' as well, are what the token may do, whatever was asked first.",
    ],
    passed="Your function is called by nobody whom you did not let in, and it need not know how. That is a "
    "gatekeeper's work, done by a gatekeeper.",
)
class AuthorizerExercise:
    @check(points=1, shares=SERVICE)
    def lets_the_bearer_of_a_valid_token_in(cloud, stack, http, rng):
        """A valid token is let in, and the function knows whose it is."""
        name = word(rng)
        page = ask(http, stack, issuer(cloud, stack).token(sub=name))
        hint = "Is Auth set at the API? Does the policy allow execute-api:Invoke on this method?"
        if page.status == 502:
            hint = "No authorizer was asked, so the event has none. Auth stands at the API: Authorizers and a default."
        elif page.status == 401:
            hint = REFUSED_HINT
        elif "x-api-key" in told(page) or "IAM refuses" in told(page):
            hint = "Another gate was asked, not AuthorizerFunction: its ARN stands under Auth: Authorizers at the API."
        require_in(page, hint)
        expect(page.json().get("who"), "principalId is the token's sub.", trace=page.trace).equals(name)

    @check(points=1, needs=lets_the_bearer_of_a_valid_token_in, shares=SERVICE)
    def every_route_has_the_gate(stack, http):
        """Without a token no route is open."""
        for method, path in ROUTES:
            page = ask(http, stack, None, (method, path))
            hint = "A DefaultAuthorizer guards every route; naming it at one event guards one."
            what = f"the status of {method} {path} without a token"
            expect(page.status, hint, what=what, trace=page.trace).is_in((401, 403))

    @check(points=1, needs=lets_the_bearer_of_a_valid_token_in, shares=SERVICE)
    def refuses_an_expired_token(cloud, stack, http):
        """A token that has expired is refused, and one that expires soon is refused then."""
        now, sign = int(cloud.clock.timestamp()), issuer(cloud, stack)
        hint = "exp is the second until which the token is good: compare it with time.time(), every time."
        require_out(ask(http, stack, sign.token(exp=now - 1)), "a token that expired a second ago", hint)
        soon = sign.token(exp=now + 60)
        require_in(ask(http, stack, soon), hint)
        cloud.clock.advance(seconds=KEPT + 61)
        require_out(ask(http, stack, soon), "the same token after it expired", hint)

    @check(points=1, needs=lets_the_bearer_of_a_valid_token_in, shares=SERVICE)
    def refuses_a_token_for_somebody_else(cloud, stack, http, rng):
        """A token that we signed for another service is refused."""
        for audience in (word(rng), "", f"{AUDIENCE}-test"):
            page = ask(http, stack, issuer(cloud, stack).token(aud=audience))
            hint = "Without a look at aud, a token for the least of your services opens them all."
            require_out(page, f"a token with the audience {audience!r}", hint)

    @check(points=2, needs=lets_the_bearer_of_a_valid_token_in, shares=SERVICE)
    def refuses_forged_tokens(cloud, stack, http):
        """What we did not sign is refused, whatever it says of itself."""
        sign = issuer(cloud, stack)
        good = {"alg": "HS256", "typ": "JWT"}
        none_hint = "The token must not choose how it is verified: you know the algorithm, so accept that one alone."
        hint = "The signature is over the first two parts as they stand. Any change in them must show."
        require_out(ask(http, stack, sign.signed(good, sign.claims(), b"another key")), "another key's signature", hint)
        require_out(ask(http, stack, sign.changed(sub="root", scope="read write")), "claims that were changed", hint)
        for alg in ("none", "None", "HS512"):
            require_out(ask(http, stack, sign.unsigned(alg)), f"a token with alg {alg} and no signature", none_hint)
        for alg in ("none", "HS512"):
            other = sign.signed({"alg": alg}, sign.claims())
            require_out(ask(http, stack, other), f"a token that says alg {alg}", none_hint)
        whole = "A part of the signature proves nothing: compare the whole of it."
        require_out(ask(http, stack, sign.unsigned("HS256")), "a token with an empty signature", whole)
        require_out(ask(http, stack, sign.token()[:-4]), "a token with a part of its signature", whole)

    @check(points=1, needs=lets_the_bearer_of_a_valid_token_in, shares=SERVICE)
    def refuses_what_is_no_token(cloud, stack, http):
        """What is no token at all is refused politely."""
        for text in ("", "nonsense", "a.b", "a.b.c", "..", "e30.e30.e30"):
            require_out(ask(http, stack, text), f"Bearer {text!r}", CRASH_HINT)
        for claim in ("sub", "aud", "exp", "scope"):
            hint = f"A token of ours says sub, aud, exp and scope. Without {claim} it is none."
            require_out(ask(http, stack, issuer(cloud, stack).without(claim)), f"a token without {claim}", hint)

    @check(points=2, needs=lets_the_bearer_of_a_valid_token_in, shares=SERVICE)
    def one_token_for_many_paths(cloud, stack, http, rng):
        """One token opens all that it may open, in any order."""
        for routes in ((ROUTES[0], ROUTES[1], ROUTES[0]), (ROUTES[1], ROUTES[0])):
            token = issuer(cloud, stack).token(sub=word(rng))
            for route in routes:
                require_in(ask(http, stack, token, route), CACHE_HINT)

    @check(points=2, needs=one_token_for_many_paths, shares=SERVICE)
    def readers_only_read(cloud, stack, http, rng):
        """Readers may not add pictures; writers may, also after they have read."""
        sign, add = issuer(cloud, stack), ROUTES[2]
        hint = "The token's scope says read. A policy with * in it lets readers write, now or from the cache."
        reader = sign.token(sub=word(rng))
        require_in(ask(http, stack, reader, ROUTES[1]), CACHE_HINT)
        require_out(ask(http, stack, reader, add), "a reader's POST", hint)
        require_out(ask(http, stack, sign.token(scope="readwrite"), add), "a POST with the scope readwrite", hint)
        for scope in ("", "print"):
            neither = "Whoever may neither read nor write is nobody here: a policy without rights, or Unauthorized."
            require_out(ask(http, stack, sign.token(scope=scope)), f"a GET with the scope {scope!r}", neither)
        writer = sign.token(sub=word(rng), scope="read write")
        for route in (ROUTES[1], add, ROUTES[0]):
            require_in(ask(http, stack, writer, route), CACHE_HINT)
