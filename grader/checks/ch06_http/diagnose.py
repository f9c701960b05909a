"""6.2: four tickets, each with another cause."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from grader.checks import check, exercise, expect, fail
from grader.checks.ch06_http.form import GATE_HINT, told
from grader.checks.material import word
from grader.checks.reading import crash_hint, json_body, output

TICKETS = "tickets"  # the checks use one stack, one after the other
LONGEST_WAIT = 29  # seconds: what a REST API waits by default
CLIENT_HINT = "A question that is not complete is the client's mistake. Say so, with 400 and a sentence in JSON."
NO_CITY_HINT = (
    "Without a query event['queryStringParameters'] is null, and null has no city: the function crashes, and a crash "
    f"is a 502. {CLIENT_HINT}"
)
FORM_HINT = (
    "502 is the gateway's word for an answer that it cannot use. Its trace says which part: the body must be text, "
    "and every header, too. Mend one thing, ask again, read again."
)
TYPE_HINT = "The body is JSON, and the header Content-Type says so, as it did: application/json."


def degrees(city: str) -> int:
    """What forecast.py says of a city."""
    return sum(city.encode()) % 41 - 8


def require(page: Any, status: int, hint: str) -> dict[str, Any]:
    """The answer has the status and JSON in its body."""
    if page.status != status:
        fail(f"status {status}", told(page), hint, trace=page.trace)
    return json_body(page, "JSON is made by json.dumps(…); str(…) is Python's spelling.")


def require_json_type(page: Any) -> None:
    """The answer says that it is JSON."""
    kind = page.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        fail("Content-Type: application/json", kind, TYPE_HINT, trace=page.trace)


def broken_gate(page: Any) -> str:
    """The name of the first gate that broke; empty when none did."""
    gate = page.trace.first_broken if page.trace else None
    return gate.name if gate else ""


def ask_weather(http: Any, stack: Any, city: str) -> None:
    """One city's weather, whole."""
    page = http.get(f"{output(stack, 'WeatherUrl')}?city={quote(city)}")
    found = require(page, 200, crash_hint(page) or FORM_HINT)
    require_json_type(page)
    expect(found, "The answer's content is right as it was; only its form is not.", trace=page.trace).equals(
        {"city": city, "degrees": degrees(city)}
    )
    header = page.headers.get("x-valid-seconds")
    expect(header, "Keep the header; its value must be text.", what="X-Valid-Seconds", trace=page.trace).equals("300")


@exercise(
    "6.2",
    "Four tickets",
    slug="6_2_diagnose",
    files=["template.yaml", "weather.py"],
    minutes=20,
    hints=[
        "Deploy the folder yourself, ask each address, and look at answer.trace.show(): which gate is the first that "
        "broke? It is another one for each ticket.",
        "Ticket 1 has three faults, one behind the other (form, form, and a question without a city). Ticket 2: how "
        "long does the work take, and how long may it take? Ticket 3: compare the event with the ticket. Ticket 4: who "
        "may call the function, from which method of the API?",
        "1: json.dumps for the body, text for the header, (event['queryStringParameters'] or {}).get('city') and 400. "
        "2: Timeout above 12 and not above 29. 3: Path /orders, Method post. 4: the permission's SourceArn ends with "
        "GET/stock.",
    ],
    passed="Four answers that say nothing, four causes found by their gate. You will never again guess at a 502.",
)
class Diagnose:
    @check(points=1, shares=TICKETS)
    def weather_is_told(stack, http, rng):
        """Ticket 1: GET /weather?city=… tells city and degrees."""
        for city in ("Oslo", word(rng).title(), "São Paulo"):
            ask_weather(http, stack, city)

    @check(points=1, shares=TICKETS)
    def weather_without_a_city_is_the_clients_mistake(stack, http):
        """Ticket 1: without a city the answer is 400, with a message."""
        for query in ("", "?town=Oslo"):
            page = http.get(output(stack, "WeatherUrl") + query)
            hint = {"handler": NO_CITY_HINT, "response": FORM_HINT}.get(broken_gate(page), CLIENT_HINT)
            found = require(page, 400, hint)
            require_json_type(page)
            expect(found, 'Say it under "message".', what="the JSON", trace=page.trace).has_keys("message")

    @check(points=1, shares=TICKETS)
    def report_arrives(stack, http):
        """Ticket 2: GET /report brings the month's total."""
        page = http.get(output(stack, "ReportUrl"))
        hint = (
            "The handler did nothing wrong: it was stopped. Without a Timeout a function may run 3 seconds, and more "
            "memory does not make waiting shorter. How long does this one need?"
        )
        expect(require(page, 200, hint).get("total"), "report.py is right as it is.", trace=page.trace).equals(10_000)

    @check(points=1, needs=report_arrives, shares=TICKETS)
    def report_does_not_outlive_its_caller(cloud, stack):
        """Ticket 2: the function is not allowed to run longer than API Gateway waits."""
        name = stack.resources["ReportFunction"].physical_id
        allowed = cloud.client("lambda").get_function_configuration(FunctionName=name)["Timeout"]
        hint = "After 29 seconds API Gateway has answered 504, and whatever the function does then, it does for nobody."
        expect(allowed, hint, what="Timeout of ReportFunction in seconds").is_at_most(LONGEST_WAIT)

    @check(points=1, shares=TICKETS)
    def orders_are_taken(stack, http, rng):
        """Ticket 3: POST /orders takes an order."""
        item = word(rng)
        page = http.post(output(stack, "OrdersUrl"), json={"item": item, "count": 3})
        hint = (
            "“Missing Authentication Token” has nothing to do with tokens here: no method of the API fits this path "
            "and verb. The trace lists those that there are."
        )
        expect(require(page, 201, hint), trace=page.trace).equals({"ordered": item, "count": 3})

    @check(points=1, shares=TICKETS)
    def stock_is_told(stack, http):
        """Ticket 4: GET /stock tells what is left."""
        page = http.get(output(stack, "StockUrl"))
        refused = (
            "The route is there, the function is well; the gateway was not allowed to call it. A permission is for "
            "one method of one API: compare its SourceArn with the route."
        )
        gate = page.trace.first_broken if page.trace else None
        hint = GATE_HINT if gate and "takes POST only" in gate.detail else refused
        expect(require(page, 200, hint), trace=page.trace).equals({"pencils": 12})

    @check(points=1, needs=[orders_are_taken, stock_is_told], shares=TICKETS)
    def no_door_is_open_that_was_closed(cloud, stack, http):
        """Nothing else became open on the way."""
        for method, key in (("GET", "OrdersUrl"), ("DELETE", "OrdersUrl"), ("POST", "StockUrl"), ("POST", "ReportUrl")):
            page = http.request(method, output(stack, key), body="{}")
            hint = "Method: any lets everything through. Open the one door that the ticket asks for."
            expect(page.status, hint, what=f"the status of {method} {key}", trace=page.trace).equals(403)
        for function in ("StockFunction", "OrdersFunction"):
            expect(
                callers(cloud, stack, function),
                'Principal: "*" lets every account in the world call the function. Name API Gateway, as before.',
                what=f"who may invoke {function}",
            ).equals(["apigateway.amazonaws.com"])
            expect(
                [sid for sid, api in callers_apis(cloud, stack, function).items() if "*" in api or not api],
                "API Gateway calls for every API in the world. SourceArn says for whom it may call: name this one API, "
                "without * in its place.",
                what=f"statements that let APIs of strangers invoke {function}",
            ).equals([])


def callers(cloud: Any, stack: Any, function: str) -> list[str]:
    """Who may invoke a function by its own policy."""
    name = stack.resources[function].physical_id
    policy = json.loads(cloud.client("lambda").get_policy(FunctionName=name)["Policy"])
    return sorted({principal_of(statement) for statement in policy["Statement"]})


def callers_apis(cloud: Any, stack: Any, function: str) -> dict[str, str]:
    """For which API each statement of a function's policy admits API Gateway, by its Sid; empty for any API."""
    name = stack.resources[function].physical_id
    policy = json.loads(cloud.client("lambda").get_policy(FunctionName=name)["Policy"])
    return {statement["Sid"]: api_of(statement) for statement in policy["Statement"]}


def api_of(statement: dict[str, Any]) -> str:
    """The API's id in the SourceArn of a statement: arn:aws:execute-api:region:account:id/stage/VERB/path."""
    keys = [pair for test in statement.get("Condition", {}).values() for pair in test.items()]
    source = next((str(value) for key, value in keys if key.lower() == "aws:sourcearn"), "")
    return source.partition("/")[0].rpartition(":")[2]


def principal_of(statement: dict[str, Any]) -> str:
    """The principal of one statement, as text."""
    principal = statement["Principal"]
    return str(principal.get("Service", principal.get("AWS"))) if isinstance(principal, dict) else str(principal)
