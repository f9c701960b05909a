"""5.5: old messages and new ones."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from grader.checks import CheckFailed, check, exercise, expect
from grader.checks.material import word

ASKED = "asked"  # the checks ask one environment, one after the other


def old_order(name: str, cents: int, **more: Any) -> dict[str, Any]:
    """An order as the old senders write it."""
    return {"name": name, "price": cents / 100, **more}


def new_order(first: str, last: str, cents: int, currency: str = "EUR", **more: Any) -> dict[str, Any]:
    """An order as the new senders write it."""
    price = {"cents": cents, "currency": currency, **more}
    return {"schema": 2, "customer": {"first": first, "last": last, **more}, "price": price, **more}


def value_errors(folder: Path) -> set[str]:
    """The names by which the answer may raise a ValueError: its own subclasses are ValueErrors, too."""
    names = {"ValueError"}
    for node in ast.walk(ast.parse((folder / "app.py").read_text("utf-8"))):
        if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") in names for base in node.bases):
            names.add(node.name)
    return names


def raised(call: Any, message: dict[str, Any]) -> str:
    """The name of the exception that the answer raises for a message; none when it answers."""
    try:
        call(message)
    except CheckFailed as failure:
        return str(failure.found).partition(":")[0].partition("\n")[0]
    return "no exception"


@exercise(
    "5.5",
    "Both shapes",
    slug="5_5_both_shapes",
    files=["app.py"],
    minutes=15,
    hints=[
        "Ask the message what it is before you take it apart. Which key is only in the new shape? What is a message "
        "without it?",
        "schema = message.get('schema', 1): no schema means the old shape. 19.99 * 100 is not quite 1999 in a "
        "computer: round, do not cut off. For any schema but these two, raise ValueError.",
        "The confirmation is {'schema': 2, 'name': …, 'cents': …, 'currency': …} for the new readers, and 'price': "
        "cents / 100 beside it for the old ones.",
    ],
    passed="Old and new may now meet in any combination, while traffic is shifted and when it goes back. The old shape "
    "can go when nobody has sent it for a while.",
    next="5.6",
)
class BothShapes:
    @check(points=1, shares=ASKED)
    def reads_old_orders(function, rng):
        """An old order is understood, to the cent."""
        for cents in (1999, 435, 7, 1, rng.randrange(100, 99_999)):
            name = f"{word(rng)} {word(rng)}"
            wanted = {"name": name, "cents": cents, "currency": "EUR"}
            found = function("app.read")(old_order(name, cents))
            hint = (
                "19.99 * 100 gives 1998.9999…, and 0.07 * 100 a little more than 7: int() cuts off, ceil() goes up; "
                "use round(). The old price is in euros."
            )
            expect(found, hint_for(found, wanted, hint), what=f"an old order over {cents / 100}").equals(wanted)

    @check(points=1, shares=ASKED)
    def reads_new_orders(function, rng):
        """A new order is understood, in any currency."""
        first, last, currency = f"Zoë {word(rng)}", f"van {word(rng)}", rng.choice(["CHF", "SEK", "GBP"])
        wanted = {"name": f"{first} {last}", "cents": 1250, "currency": currency}
        found = function("app.read")(new_order(first, last, 1250, currency))
        hint = (
            "The new shape has schema 2, a customer with first and last, and a price with cents and currency. The name "
            "is first and last, as they came, with a blank between them."
        )
        expect(found, hint_for(found, wanted, hint), what="a new order").equals(wanted)

    @check(points=1, needs=reads_new_orders, shares=ASKED)
    def passes_over_what_it_does_not_know(function, rng):
        """Keys that are not for it do no harm, in either shape."""
        extra = {word(rng): word(rng)}
        new = function("app.read")(new_order("Ada", "Lovelace", 1250, **extra))
        old = function("app.read")(old_order("Ada Lovelace", 1250, **extra))
        wanted = {"name": "Ada Lovelace", "cents": 1250, "currency": "EUR"}
        hint = "The next sender adds a key, and you must not fall over it: take what you need, leave the rest."
        expect(new, hint, what="a new order with further keys").equals(wanted)
        expect(old, hint, what="an old order with further keys").equals(wanted)

    @check(points=1, needs=reads_old_orders, shares=ASKED)
    def refuses_what_it_cannot_know(function, folder, rng):
        """An order of a later schema is refused, not guessed at, whatever it looks like."""
        for looks in (old_order("Ada Lovelace", 1250), new_order("Ada", "Lovelace", 1250)):
            expect(
                raised(function("app.read"), {**looks, "schema": rng.randrange(3, 9)}),
                "A schema that you do not know may mean anything by the same keys. Raise ValueError: the message goes "
                "to the dead letters and waits for a version that can read it.",
                what="what is raised for an unknown schema",
            ).is_in(sorted(value_errors(folder)))
        unknown = {**old_order("Ada Lovelace", 1250), "schema": rng.randrange(3, 9)}
        hint = (
            "lambda_handler passed over what read had raised. An order that nobody can read has no confirmation: let "
            "the ValueError go on, so that the message is not lost."
        )
        found = raised(lambda message: function("app.lambda_handler")(message, None), unknown)
        expect(found != "no exception", hint, what="whether lambda_handler raises for an unknown schema").is_true()

    @check(points=2, needs=[reads_old_orders, reads_new_orders], shares=ASKED)
    def both_kinds_of_readers_understand(function, rng):
        """The confirmation is understood by old readers and by new ones."""
        cents, other = rng.randrange(100, 99_999), rng.choice(["CHF", "SEK", "GBP"])
        new = {"schema": 2, "name": "Ada Lovelace", "cents": cents}
        euros = {**new, "currency": "EUR", "price": cents / 100}
        expect_confirmed(function, old_order("Ada Lovelace", cents), euros)
        expect_confirmed(function, new_order("Ada", "Lovelace", cents), euros)
        expect_confirmed(function, new_order("Ada", "Lovelace", cents, other), {**new, "currency": other})


def hint_for(found: Any, wanted: dict[str, Any], hint: str) -> str:
    """Why an order was read wrongly; when the three keys are right, it is the others."""
    if isinstance(found, dict) and len(found) > len(wanted) and {key: found.get(key) for key in wanted} == wanted:
        return "All that was asked for is there, and more: read hands back name, cents and currency, and nothing else."
    return hint


def expect_confirmed(function: Any, order: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The confirmation of an order says what its readers want; they pass over what else it says."""
    confirmation = function("app.lambda_handler")(order, None)
    said = {key: confirmation[key] for key in wanted if key in confirmation} if confirmation else confirmation
    expect(
        said,
        "While both versions run, an old reader may get it: it needs name and price. A new one needs schema, name, "
        "cents and currency. Add, do not take away.",
        what="the confirmation",
    ).equals(wanted)
