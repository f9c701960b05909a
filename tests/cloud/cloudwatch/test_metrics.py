"""Metrics through boto3: what is put, what is asked, what Lambda records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.functions import TooManyRequests
from tests.cloud.conftest import Account

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def statistics(
    account: Account, *wanted: str, period: int = 60, minutes: int = 60, **more: Any
) -> list[dict[str, Any]]:
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="Shop", MetricName="Price", StartTime=START, EndTime=START + timedelta(minutes=minutes),
        Period=period, Statistics=list(wanted), **more,
    )  # fmt: skip
    return answer["Datapoints"]


def put(account: Account, *values: float, **more: Any) -> None:
    data = [{"MetricName": "Price", "Value": value, **more} for value in values]
    account.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=data)


def test_a_period_holds_the_statistics_of_its_own_values(account: Account) -> None:
    put(account, 1, 2, 9)
    account.clock.advance(minutes=2)
    put(account, 4)

    points = statistics(account, "SampleCount", "Sum", "Average", "Minimum", "Maximum")

    assert points == [
        {"Timestamp": START, "SampleCount": 3, "Sum": 12, "Average": 4, "Minimum": 1, "Maximum": 9, "Unit": "None"},
        {
            "Timestamp": START + timedelta(minutes=2),
            "SampleCount": 1, "Sum": 4, "Average": 4, "Minimum": 4, "Maximum": 4, "Unit": "None",
        },
    ]  # fmt: skip
    assert [point["Sum"] for point in statistics(account, "Sum", period=300)] == [16]


def test_percentiles_lie_between_the_values(account: Account) -> None:
    put(account, *range(1, 101))

    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="Shop", MetricName="Price", StartTime=START, EndTime=START + timedelta(minutes=1),
        Period=60, ExtendedStatistics=["p50", "p99", "p100"],
    )  # fmt: skip

    assert answer["Datapoints"][0]["ExtendedStatistics"] == {"p50": 50.5, "p99": pytest.approx(99.01), "p100": 100}


def test_values_with_counts_and_statistic_sets_are_added(account: Account) -> None:
    cloudwatch = account.client("cloudwatch")
    counted = {"MetricName": "Price", "Values": [1.0, 3.0], "Counts": [3.0, 1.0]}
    summed = {
        "MetricName": "Price",
        "StatisticValues": {"SampleCount": 4, "Sum": 20, "Minimum": 2, "Maximum": 9},
    }
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[counted, summed])

    (point,) = statistics(account, "SampleCount", "Sum", "Minimum", "Maximum")

    assert (point["SampleCount"], point["Sum"], point["Minimum"], point["Maximum"]) == (8, 26, 1, 9)


def test_another_set_of_dimensions_is_another_metric(account: Account) -> None:
    put(account, 1)
    put(account, 10, Dimensions=[{"Name": "Shelf", "Value": "A"}])
    put(account, 100, Dimensions=[{"Name": "Shelf", "Value": "A"}, {"Name": "Row", "Value": "2"}])

    only_shelf = statistics(account, "Sum", Dimensions=[{"Name": "Shelf", "Value": "A"}])
    listed = account.client("cloudwatch").list_metrics(Dimensions=[{"Name": "Shelf"}])["Metrics"]

    assert [point["Sum"] for point in statistics(account, "Sum")] == [1]
    assert [point["Sum"] for point in only_shelf] == [10]
    assert [len(metric["Dimensions"]) for metric in listed] == [1, 2]


def test_list_metrics_gives_its_pages_one_after_the_other(account: Account) -> None:
    for number in range(501):
        put(account, 1, Dimensions=[{"Name": "Shelf", "Value": str(number)}])

    pages = list(account.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace="Shop"))

    assert [len(page["Metrics"]) for page in pages] == [500, 1]


def test_metric_math_works_on_each_period(account: Account) -> None:
    for errors, calls in ((1, 10), (0, 20), (3, 6)):
        for name, value in (("Errors", errors), ("Calls", calls)):
            account.client("cloudwatch").put_metric_data(
                Namespace="Shop", MetricData=[{"MetricName": name, "Value": value}]
            )
        account.clock.advance(minutes=1)
    queries = [
        {
            "Id": name.lower(),
            "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": 60, "Stat": "Sum"},
            "ReturnData": False,
        }
        for name in ("Errors", "Calls")
    ]
    rate = {"Id": "rate", "Expression": "errors / calls * 100", "Label": "percent"}
    guarded = {"Id": "guarded", "Expression": "IF(rate > 20, rate, 0)"}

    results = account.client("cloudwatch").get_metric_data(
        MetricDataQueries=[*queries, rate, guarded], StartTime=START, EndTime=START + timedelta(minutes=3),
        ScanBy="TimestampAscending",
    )["MetricDataResults"]  # fmt: skip

    assert [(result["Label"], result["Values"]) for result in results] == [
        ("percent", [10.0, 0.0, 50.0]),
        ("guarded", [0.0, 0.0, 50.0]),
    ]


def test_newest_points_come_first_unless_asked_otherwise(account: Account) -> None:
    for value in (1, 2):
        put(account, value)
        account.clock.advance(minutes=1)
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "Price"}, "Period": 60, "Stat": "Sum"}

    (result,) = account.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "price", "MetricStat": stat}],
        StartTime=START, EndTime=START + timedelta(minutes=2),
    )["MetricDataResults"]  # fmt: skip

    assert result["Values"] == [2.0, 1.0]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"Period": 45}, "InvalidParameterValue"),
        ({"EndTime": START}, "InvalidParameterValue"),
        ({"EndTime": START + timedelta(days=2)}, "InvalidParameterCombination"),
        ({"Statistics": ["Median"]}, "NotSupported"),
    ],
)
def test_what_cannot_be_asked_is_refused(account: Account, asked: dict[str, Any], code: str) -> None:
    question = {
        "Namespace": "Shop", "MetricName": "Price", "StartTime": START, "EndTime": START + timedelta(hours=1),
        "Period": 60, "Statistics": ["Sum"], **asked,
    }  # fmt: skip

    with pytest.raises(ClientError) as refused:
        account.client("cloudwatch").get_metric_statistics(**question)

    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("namespace", "datum"),
    [
        ("AWS/Lambda", {"Value": 1}),
        ("Shop", {"Value": 1, "Timestamp": START - timedelta(days=15)}),
        ("Shop", {"Value": 1, "Timestamp": START + timedelta(hours=3)}),
        ("Shop", {"Values": [1.0, 2.0], "Counts": [1.0]}),
        ("Shop", {"Value": 1, "Values": [1.0]}),
        ("Shop", {}),
    ],
)
def test_what_cannot_be_put_is_refused(account: Account, namespace: str, datum: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidParameter"):
        account.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "Price", **datum}])


def test_lambda_records_an_invocation_under_each_of_its_dimensions(account: Account) -> None:
    account.function("greet")
    lambda_ = account.client("lambda")
    lambda_.publish_version(FunctionName="greet")
    lambda_.create_alias(FunctionName="greet", Name="live", FunctionVersion="1")

    lambda_.invoke(FunctionName="greet")
    lambda_.invoke(FunctionName="greet", Qualifier="live")
    lambda_.invoke(FunctionName="greet", Qualifier="1")

    invocations = {
        frozenset((one["Name"], one["Value"]) for one in metric["Dimensions"])
        for metric in account.client("cloudwatch").list_metrics(MetricName="Invocations")["Metrics"]
    }
    named = ("FunctionName", "greet")
    assert invocations == {
        frozenset(),
        frozenset({named}),
        frozenset({named, ("Resource", "greet")}),
        frozenset({named, ("Resource", "greet:live")}),
        frozenset({named, ("Resource", "greet:live"), ("ExecutedVersion", "1")}),
        frozenset({named, ("Resource", "greet:1")}),
    }
    total = account.cloud.metrics.total
    assert total("AWS/Lambda", "Invocations") == total("AWS/Lambda", "Invocations", FunctionName="greet") == 3


def test_an_error_counts_as_an_invocation_and_a_throttle_does_not(account: Account) -> None:
    def fail(event: Any, environment: Any) -> Any:
        raise ValueError("no")

    account.function("greet", fail)
    lambda_ = account.client("lambda")
    lambda_.invoke(FunctionName="greet")
    lambda_.put_function_concurrency(FunctionName="greet", ReservedConcurrentExecutions=0)
    with pytest.raises(TooManyRequests):
        account.functions.invoke("greet")

    counted = [account.metric(name, "greet") for name in ("Invocations", "Errors", "Throttles")]

    assert counted == [1, 1, 1]
