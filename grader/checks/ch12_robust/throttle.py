"""12.3: rate and burst, for the whole stage and for one dear method."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect

RATE, BURST = 50, 100
DEAR_RATE, DEAR_BURST = 2, 5
SHOP = "shop"  # the checks use one shop, one after the other; each waits until the buckets are full


def quiet(cloud: Any) -> None:
    """Let nobody come until every bucket is full again."""
    cloud.clock.advance(minutes=5)


def admitted(http: Any, url: str, requests: int, per_second: float, method: str = "GET") -> int:
    """How many of a burst of requests are let through."""
    answers = http.burst(url, requests=requests, per_second=per_second, method=method)
    for answer in answers:
        expect(answer.status, "Neither the function nor its concurrency shall refuse: the gateway does.",
               what=f"a status in a burst of {method}", trace=answer.trace).is_in([200, 429])  # fmt: skip
    return sum(answer.status == 200 for answer in answers)


def expect_bucket(found: int, burst: int, rate: float, seconds: float, what: str, hint: str) -> None:
    """What a full bucket lets through: the burst, and what drips in meanwhile."""
    most = burst + rate * seconds
    expect(found, hint, what=f"how many of {what} get through").satisfies(
        f"about {most:.0f}", lambda number: abs(number - most) <= 1
    )


@exercise(
    "12.3",
    "Rate and burst",
    slug="12_3_throttle",
    files=["template.yaml"],
    minutes=10,
    hints=[
        "A bucket holds so many tokens (burst) and so many drip in each second (rate). Which property of the API takes "
        "settings for methods?",
        "MethodSettings is a list. ResourcePath: /* with HttpMethod: '*' is for every method of the stage; a second "
        "entry with a path and a verb goes before it for that method.",
        "ResourcePath: /sign, HttpMethod: POST, ThrottlingRateLimit: 2, ThrottlingBurstLimit: 5. Quote the star: "
        "a bare * means something else in YAML.",
    ],
    passed="A flood of POST /sign is stopped at the door, at two a second, and the rest of the shop does not notice. "
    "A refused request costs next to nothing, and no function wakes up for it.",
    next="12.4",
)
class Throttle:
    @check(points=1, shares=SHOP)
    def lets_ordinary_traffic_pass(cloud, stack, http):
        """Ordinary traffic is not refused."""
        quiet(cloud)
        url = stack.outputs["ApiUrl"]
        admitted(http, url, 3, 1000)  # environments for all that come
        cloud.clock.advance(seconds=30)
        hint = "Too strict: the stage takes 50 a second, POST /sign takes 2 a second."
        expect(admitted(http, url, 60, 40), hint, what="GET / at 40 a second, of 60").equals(60)
        cloud.clock.advance(seconds=30)
        expect(admitted(http, f"{url}sign", 8, 1.5, "POST"), hint, what="POST /sign at 1.5 a second, of 8").equals(8)

    @check(points=1, shares=SHOP)
    def stops_a_flood_of_the_stage(cloud, stack, http):
        """Of a flood of GET / or GET /sign, a burst of 100 and 50 a second get through."""
        quiet(cloud)
        found = admitted(http, stack.outputs["ApiUrl"], 300, 300)
        hint = "For every method: ThrottlingRateLimit: 50 (a second), ThrottlingBurstLimit: 100 (at once)."
        expect_bucket(found, BURST, RATE, 299 / 300, "300 GET / in one second", hint)
        found = admitted(http, f"{stack.outputs['ApiUrl']}sign", 150, 300)
        hint = "For every method but POST /sign, GET /sign as well: rate 50, burst 100."
        expect_bucket(found, BURST, RATE, 149 / 300, "150 GET /sign in half a second", hint)

    @check(points=1, shares=SHOP)
    def stops_a_flood_of_the_dear_method(cloud, stack, http):
        """Of a flood of POST /sign, a burst of 5 and 2 a second get through."""
        quiet(cloud)
        found = admitted(http, f"{stack.outputs['ApiUrl']}sign", 60, 20, "POST")
        hint = "For POST /sign: ThrottlingRateLimit: 2 (a second), ThrottlingBurstLimit: 5 (at once)."
        expect_bucket(found, DEAR_BURST, DEAR_RATE, 59 / 20, "60 POST /sign in three seconds", hint)

    @check(points=1, needs=stops_a_flood_of_the_dear_method, shares=SHOP)
    def spares_the_neighbours(cloud, stack, http):
        """While POST /sign is refused, GET /sign and GET / are not."""
        quiet(cloud)
        url = stack.outputs["ApiUrl"]
        admitted(http, f"{url}sign", 40, 40, "POST")
        hint = "The strict setting is for one path and one verb: ResourcePath and HttpMethod."
        expect(admitted(http, f"{url}sign", 20, 20), hint, what="GET /sign, of 20").equals(20)
        expect(admitted(http, url, 20, 20), hint, what="GET /, of 20").equals(20)

    @check(points=1, needs=stops_a_flood_of_the_dear_method, shares=SHOP)
    def fills_the_bucket_again(cloud, stack, http):
        """After a pause the full burst is there again."""
        quiet(cloud)
        url = f"{stack.outputs['ApiUrl']}sign"
        admitted(http, url, 40, 40, "POST")
        cloud.clock.advance(seconds=10)
        hint = "For POST /sign: ThrottlingBurstLimit: 5 (at once)."
        expect(admitted(http, url, 20, 1000, "POST"), hint, what="POST /sign, of 20 at once after a pause").equals(
            DEAR_BURST
        )
