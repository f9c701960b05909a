"""Versions, aliases and reserved concurrency through boto3."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account


@pytest.fixture
def lambda_(account: Account) -> Any:
    account.function("greet", lambda event, environment: environment.config.version)
    return account.client("lambda")


def release(account: Account, content: str) -> str:
    lambda_ = account.client("lambda")
    lambda_.update_function_code(FunctionName="greet", ZipFile=account.package(content))
    return str(lambda_.publish_version(FunctionName="greet")["Version"])


def versions(lambda_: Any) -> list[str]:
    return [one["Version"] for one in lambda_.list_versions_by_function(FunctionName="greet")["Versions"]]


def test_publishing_without_a_change_makes_no_new_version(account: Account, lambda_: Any) -> None:
    first = lambda_.publish_version(FunctionName="greet")
    again = lambda_.publish_version(FunctionName="greet", Description="another name")
    same_code = release(account, "greet")

    assert (first["Version"], again["Version"], same_code) == ("1", "1", "1")
    assert again["Description"] == first["Description"]
    assert versions(lambda_) == ["$LATEST", "1"]


def test_a_changed_configuration_makes_one_only_when_it_is_published(lambda_: Any) -> None:
    lambda_.publish_version(FunctionName="greet")
    lambda_.update_function_configuration(FunctionName="greet", Timeout=7)
    before = versions(lambda_)
    published = lambda_.publish_version(FunctionName="greet")

    assert (before, published["Version"], published["Timeout"]) == (["$LATEST", "1"], "2", 7)


def test_a_published_version_stays_as_it_was(account: Account, lambda_: Any) -> None:
    lambda_.update_function_configuration(FunctionName="greet", Environment={"Variables": {"GREETING": "Hello"}})
    one = release(account, "one")
    before = lambda_.get_function_configuration(FunctionName="greet", Qualifier=one)
    lambda_.update_function_configuration(
        FunctionName="greet", Timeout=9, Environment={"Variables": {"GREETING": "Bye"}}
    )
    release(account, "two")
    after = lambda_.get_function_configuration(FunctionName="greet", Qualifier=one)

    for told in (before, after):
        told.pop("ResponseMetadata")
    assert after == before
    assert (after["Version"], after["Environment"]) == ("1", {"Variables": {"GREETING": "Hello"}})


def test_a_number_is_never_given_twice(account: Account, lambda_: Any) -> None:
    release(account, "one")
    release(account, "two")
    lambda_.delete_function(FunctionName="greet", Qualifier="2")

    assert release(account, "three") == "3"
    assert versions(lambda_) == ["$LATEST", "1", "3"]


def test_versions_come_in_pages(account: Account, lambda_: Any) -> None:
    for number in range(5):
        release(account, str(number))

    pages = list(
        lambda_.get_paginator("list_versions_by_function").paginate(
            FunctionName="greet", PaginationConfig={"PageSize": 2}
        )
    )

    assert [[one["Version"] for one in page["Versions"]] for page in pages] == [
        ["$LATEST", "1"],
        ["2", "3"],
        ["4", "5"],
    ]


def test_a_version_that_an_alias_points_to_cannot_be_deleted(account: Account, lambda_: Any) -> None:
    release(account, "one")
    release(account, "two")
    lambda_.create_alias(
        FunctionName="greet", Name="live", FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
    )  # fmt: skip

    for version in ("1", "2"):
        with pytest.raises(ClientError, match=r"used by the following aliases: \[live\]"):
            lambda_.delete_function(FunctionName="greet", Qualifier=version)
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        lambda_.delete_function(FunctionName="greet", Qualifier="$LATEST")
    lambda_.delete_alias(FunctionName="greet", Name="live")
    lambda_.delete_function(FunctionName="greet", Qualifier="1")

    assert versions(lambda_) == ["$LATEST", "2"]


def test_a_release_may_be_tied_to_what_was_seen(account: Account, lambda_: Any) -> None:
    seen = lambda_.get_function_configuration(FunctionName="greet")
    lambda_.update_function_configuration(FunctionName="greet", MemorySize=256)

    with pytest.raises(ClientError, match="PreconditionFailed"):
        lambda_.publish_version(FunctionName="greet", RevisionId=seen["RevisionId"])
    with pytest.raises(ClientError, match="different from current CodeSHA256"):
        lambda_.publish_version(FunctionName="greet", CodeSha256="another")
    assert lambda_.publish_version(FunctionName="greet", CodeSha256=seen["CodeSha256"])["MemorySize"] == 256


def test_all_versions_count_as_code_of_the_account(account: Account, lambda_: Any) -> None:
    size = lambda_.get_function_configuration(FunctionName="greet")["CodeSize"]
    lambda_.publish_version(FunctionName="greet")

    settings = lambda_.get_account_settings()

    assert settings["AccountUsage"] == {"TotalCodeSize": 2 * size, "FunctionCount": 1}
    assert settings["AccountLimit"] == {
        "TotalCodeSize": 300 * 1024**3,
        "CodeSizeUnzipped": 250 * 1024**2,
        "CodeSizeZipped": 50 * 1024**2,
        "ConcurrentExecutions": 1000,
        "UnreservedConcurrentExecutions": 1000,
    }


def test_no_version_is_published_beyond_the_limit_of_code(account: Account, lambda_: Any) -> None:
    account.functions.versions.code_limit = 3 * lambda_.get_function_configuration(FunctionName="greet")["CodeSize"]
    release(account, "one")
    release(account, "two")

    with pytest.raises(ClientError, match="CodeStorageExceeded"):
        release(account, "six")


def test_weights_divide_the_invocations_and_the_answer_tells_the_version(account: Account, lambda_: Any) -> None:
    release(account, "one")
    release(account, "two")
    lambda_.create_alias(
        FunctionName="greet", Name="live", FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
    )  # fmt: skip

    served = Counter(lambda_.invoke(FunctionName="greet", Qualifier="live")["ExecutedVersion"] for _ in range(500))

    assert 30 <= served["2"] <= 70
    assert served["1"] + served["2"] == 500


def test_an_alias_moves_and_keeps_its_weights_until_they_are_taken_away(account: Account, lambda_: Any) -> None:
    for content in ("one", "two", "three"):
        release(account, content)
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    lambda_.create_alias(FunctionName="greet", Name="live", FunctionVersion="1", RoutingConfig=weights)
    moved = lambda_.update_alias(FunctionName="greet", Name="live", FunctionVersion="3")
    alone = lambda_.update_alias(
        FunctionName="greet", Name="live", RoutingConfig={"AdditionalVersionWeights": {}}, Description="done"
    )

    assert (moved["FunctionVersion"], moved["RoutingConfig"]) == ("3", weights)
    assert ("RoutingConfig" in alone, alone["FunctionVersion"], alone["Description"]) == (False, "3", "done")
    assert moved["RevisionId"] != alone["RevisionId"]


@pytest.mark.parametrize(
    ("alias", "why"),
    [
        ({"FunctionVersion": "9"}, "Function not found: .*:greet:9"),
        ({"FunctionVersion": "1", "Name": "7"}, "ValidationException"),
        ({"FunctionVersion": "$LATEST", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1}}}, "LATEST is not"),
        ({"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1}}}, "already included"),
        (
            {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1, "1": 0.2}}},
            "greater than 1",
        ),
        ({"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"9": 0.1}}}, "not found"),
        ({"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}}}, "between 0.0 and 1.0"),
    ],
)
def test_an_alias_that_cannot_be_is_refused(account: Account, lambda_: Any, alias: dict[str, Any], why: str) -> None:
    release(account, "one")
    release(account, "two")

    with pytest.raises(ClientError, match=why):
        lambda_.create_alias(**{"FunctionName": "greet", "Name": "live", **alias})


def test_two_versions_behind_one_alias_share_their_role(account: Account, lambda_: Any) -> None:
    release(account, "one")
    lambda_.update_function_configuration(FunctionName="greet", Role=account.role("another"))
    release(account, "two")

    with pytest.raises(ClientError, match="the same execution role"):
        lambda_.create_alias(
            FunctionName="greet", Name="live", FunctionVersion="1",
            RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
        )  # fmt: skip


def test_a_hundred_executions_stay_for_everybody(account: Account, lambda_: Any) -> None:
    account.function("other")
    lambda_.put_function_concurrency(FunctionName="other", ReservedConcurrentExecutions=400)
    lambda_.put_function_concurrency(FunctionName="greet", ReservedConcurrentExecutions=500)

    with pytest.raises(ClientError, match=r"below its minimum value of \[100\]"):
        lambda_.put_function_concurrency(FunctionName="greet", ReservedConcurrentExecutions=501)
    assert lambda_.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 100
    lambda_.delete_function_concurrency(FunctionName="greet")
    assert "ReservedConcurrentExecutions" not in lambda_.get_function_concurrency(FunctionName="greet")
    assert lambda_.get_function_concurrency(FunctionName="other")["ReservedConcurrentExecutions"] == 400


def test_provisioned_concurrency_is_refused_by_name(account: Account, lambda_: Any) -> None:
    release(account, "one")

    with pytest.raises(ClientError, match="provisioned concurrency"):
        lambda_.put_provisioned_concurrency_config(
            FunctionName="greet", Qualifier="1", ProvisionedConcurrentExecutions=1
        )
