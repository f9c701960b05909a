"""What only a grader with the solutions asks: the same with more, and random, names, requests and stages."""

from __future__ import annotations

from grader.checks import check, expect, hidden
from grader.checks.ch06_http.authorizer import DAMAGE_HINT, ROUTES, SERVICE, ask, issuer, require_in, require_out
from grader.checks.ch06_http.diagnose import TICKETS, ask_weather
from grader.checks.ch06_http.form import ESCAPE_HINT, FORM, HARMLESS, any_name, expect_said, greeting
from grader.checks.ch06_http.http_api import HELLO, SAME_HINT, cookies_of, require_remembered, send, show, shown
from grader.checks.ch06_http.shared import FUNCTIONS
from grader.checks.ch06_http.stage import deployed, require_stage, stages
from grader.checks.material import word


@hidden("6.1")
class FormHidden:
    @check(points=1, needs="greets_by_name", shares=FORM)
    def shows_any_name_as_text(stack, http, rng):
        """Any name whatever is shown as text."""
        wanted = greeting(http, stack, HARMLESS).elements
        for _ in range(6):
            name = any_name(rng)
            page = greeting(http, stack, name)
            expect(page.elements, ESCAPE_HINT, what=f"the elements of the page for {name!r}").equals(wanted)
            expect_said(page, name, "Show what was typed, letter for letter.")


@hidden("6.2")
class DiagnoseHidden:
    @check(points=1, needs="weather_is_told", shares=TICKETS)
    def weather_of_any_city(stack, http, rng):
        """Any city's weather is told, however it is written."""
        for city in (word(rng), f"{word(rng)} & {word(rng)}", "Łódź", "a=b"):
            ask_weather(http, stack, city)


@hidden("6.3")
class StageHidden:
    @check(points=1, needs="takes_another_stage")
    def any_stage_stands_alone(cloud, deploy, http, rng):
        """Any number of stacks, each with a stage of its own, stand side by side."""
        for length in (1, 4, 10):
            name = word(rng, length)
            stack = deployed(deploy, f"stack-{name}", name)
            require_stage(http, stack, name)
            expect(list(stages(cloud, stack).values()), what="the stages of its APIs").equals([[name]])


@hidden("6.4")
class SharedHidden:
    @check(points=1, needs="settings_are_as_before")
    def another_stack_has_the_same_settings(cloud, deploy, rng):
        """A stack of any name has the same settings."""
        stack = deploy(name=word(rng, 9))
        for name, wanted in FUNCTIONS.items():
            found = cloud.client("lambda").get_function_configuration(FunctionName=stack.resources[name].physical_id)
            expect({key: found[key] for key in wanted}, what=f"the settings of {name}").equals(wanted)


@hidden("6.5")
class HttpApiHidden:
    @check(points=1, needs="remembers_in_cookies", shares=HELLO)
    def remembers_any_name_among_other_cookies(stack, http, rng):
        """Any name is remembered, among cookies of others, and a POST without one is answered."""
        for _ in range(3):
            name = any_name(rng)
            kept = cookies_of(send(http, stack, name))["name"]
            page = show(http, stack, f"a=1; session={word(rng)}; name={kept}; theme=dark")
            require_remembered(page, name, "Cookies arrive as a list; look for yours among them.")
        expect_said(shown(http.post(stack.outputs["HelloUrl"])), "stranger", SAME_HINT)


@hidden("6.6")
class AuthorizerHidden:
    @check(points=1, needs="lets_the_bearer_of_a_valid_token_in", shares=SERVICE)
    def refuses_any_damage(cloud, stack, http, rng):
        """One letter changed anywhere, or a claim of the wrong kind, and a token is worth nothing."""
        sign = issuer(cloud, stack)
        for _ in range(8):
            token = sign.token(sub=word(rng))
            at = rng.choice([place for place, letter in enumerate(token[:-1]) if letter != "."])
            other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
            require_out(ask(http, stack, other), f"a token whose letter {at} was changed", DAMAGE_HINT)
        for claims in ({"exp": "tomorrow"}, {"exp": None}, {"aud": None}, {"scope": None}):
            require_out(ask(http, stack, sign.token(**claims)), f"a token with {claims}", DAMAGE_HINT)

    @check(points=1, needs="one_token_for_many_paths", shares=SERVICE)
    def tokens_are_told_apart(cloud, stack, http, rng):
        """Readers and writers, one after the other in any order, get what is theirs."""
        sign = issuer(cloud, stack)
        names, scopes = (word(rng), word(rng)), ("read", "read write")  # each of them has a token of either kind
        people = [(sign.token(sub=name, scope=scope), scope != "read") for name in names for scope in scopes]
        for _ in range(2):
            rng.shuffle(people)
            for token, writes in people:
                for method, path in ROUTES:
                    page = ask(http, stack, token, (method, path))
                    if writes or method == "GET":
                        require_in(page, "What one token may do says nothing about another.")
                    else:
                        require_out(page, "a reader's POST", "What one token may do says nothing about another.")
