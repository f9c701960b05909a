"""The page on deploying to a real account multiplies rightly, with the prices that the course states."""

from __future__ import annotations

import re
from pathlib import Path

from grader.cloud.billing.prices import load_prices
from grader.facts import facts

PAGE = Path(__file__).resolve().parent.parent / "docs" / "real-account.md"
# What a row of the table is about: its price among the facts (or of the pocket AWS's bill), and for how many.
PRICES = {
    "REST API requests": ("price.rest_api", 1_000_000),
    "Lambda requests": ("price.lambda.requests", 1_000_000),
    "Lambda GB-seconds": ("price.lambda.gb_second.x86", 1),
    "S3 PUT requests": ("price.s3.put", 1_000),
    "S3 GET requests": ("price.s3.get", 1_000),
    "S3 GB-months": ("price.s3.gb_month", 1),
    "DynamoDB write units": ("price.dynamodb.write", 1_000_000),
    "GB of logs": ("price.logs.gb", 1),
}
ROW = re.compile(
    r"^\| (?P<what>[^|]+?) \| (?P<quantity>[\d,.]+) \| \$(?P<price>[\d.]+)[^|]* \| \$(?P<dollars>[\d.]+) \|$",
    re.MULTILINE,
)


def rows() -> list[tuple[str, float, str, float]]:
    """What, how much, the price as printed, dollars."""
    return [
        (row["what"], float(row["quantity"].replace(",", "")), row["price"], float(row["dollars"]))
        for row in ROW.finditer(PAGE.read_text("utf-8"))
    ]


def test_every_price_is_a_fact_and_every_product_is_right() -> None:
    sqs = load_prices().by_name["sqs_request"]
    for what, quantity, price, dollars in rows():
        if what == "SQS requests":
            stated, per = f"{sqs.dollars:.2f}", sqs.per
        else:
            stated, per = facts()[PRICES[what][0]].value, PRICES[what][1]
        assert (what, price) == (what, stated)
        assert (what, f"{quantity * float(stated) / per:.2f}") == (what, f"{dollars:.2f}")
    assert {row[0] for row in rows()} == {*PRICES, "SQS requests"}


def test_the_sum_is_the_sum() -> None:
    total = sum(dollars for *_, dollars in rows())

    assert f"**${total:.2f}**" in PAGE.read_text("utf-8")


def test_the_prices_have_their_month() -> None:
    assert {facts()[key].dated for key, _ in PRICES.values()} == {load_prices().dated} == {"2026-11"}
    assert "November 2026" in PAGE.read_text("utf-8")
