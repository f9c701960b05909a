"""Programs of this machine may ask; pages of other sites, and names that others own, may not."""

from __future__ import annotations

import pytest

from grader.cloud.door.request import Request
from grader.cloud.serving.guard import Guard, is_loopback

HERE = "127.0.0.1:4599"


def request(host: str = HERE, **headers: str) -> Request:
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request("POST", "http", host, "/", "", sent)


def status(asked: Request, guard: Guard | None = None, from_pages: bool = False) -> int | None:
    refused = (guard or Guard()).refuses(asked, from_pages=from_pages)
    return refused.status if refused else None


@pytest.mark.parametrize(
    "host",
    [HERE, "localhost:4599", "[::1]:4599", "192.168.1.7:4599", "photos.localhost:4599", "", "S3.amazonaws.com",
     "abc.execute-api.us-east-1.amazonaws.com", "abc.lambda-url.us-east-1.on.aws"],
)  # fmt: skip
def test_names_of_this_machine_and_of_aws_are_answered(host: str) -> None:
    assert status(request(host)) is None


@pytest.mark.parametrize(
    "host", ["evil.example:4599", "127.0.0.1.evil.example", "localhost.evil.example", "amazonaws.com.example"]
)
def test_a_name_that_somebody_elses_dns_points_here_is_refused(host: str) -> None:
    assert status(request(host)) == 403


def test_the_machines_own_name_counts_when_it_is_served_to_others() -> None:
    assert status(request("lab-3:4599")) == 403
    assert status(request("LAB-3:4599"), Guard(["lab-3"])) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Sec_Fetch_Site": "none"}, None),
        ({"Sec_Fetch_Site": "same-origin", "Origin": f"http://{HERE}"}, None),
        ({"Origin": f"http://{HERE}"}, None),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:8888"}, 403),
    ],
)
def test_pages_of_other_origins_may_not_ask_services(headers: dict[str, str], expected: int | None) -> None:
    assert status(request(**headers)) == expected


def test_they_may_ask_what_aws_lets_pages_ask() -> None:
    assert status(request(Origin="https://site.example"), from_pages=True) is None
    assert status(request("evil.example", Origin="https://site.example"), from_pages=True) == 403


def test_loopback_is_an_address_of_this_machine_only() -> None:
    addresses = ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "0.0.0.0", "192.168.1.7", "localhost", ""]

    assert [is_loopback(address) for address in addresses] == [True] * 4 + [False] * 4
