"""Lifecycle rules on the clock.

Facts: S3 User Guide, *Lifecycle configuration elements*, *Expiring objects* (rounded up to the next midnight UTC),
*Lifecycle and versioning*.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Shop

# The clock begins at 9:00 UTC on 2 November 2026.


def rules(shop: Shop, *given: dict[str, Any]) -> None:
    known = [{"ID": f"r{i}", "Status": "Enabled", "Filter": {"Prefix": ""}, **rule} for i, rule in enumerate(given)]
    shop.s3.put_bucket_lifecycle_configuration(Bucket="pics", LifecycleConfiguration={"Rules": known})


def keys(shop: Shop) -> list[str]:
    return [each["Key"] for each in shop.s3.list_objects_v2(Bucket="pics").get("Contents", [])]


def put(shop: Shop, *names: str) -> None:
    for name in names:
        shop.s3.put_object(Bucket="pics", Key=name, Body=b"x")


def test_objects_expire_at_the_midnight_after_their_days(shop: Shop) -> None:
    put(shop, "a")
    rules(shop, {"Expiration": {"Days": 1}})

    shop.cloud.clock.advance(hours=38)  # 3 November, 23:00
    assert keys(shop) == ["a"]
    shop.cloud.clock.advance(hours=1)
    assert keys(shop) == []


def test_a_rule_is_for_its_prefix_and_its_tags(shop: Shop) -> None:
    put(shop, "tmp/a", "b")
    shop.s3.put_object(Bucket="pics", Key="tmp/c", Body=b"x", Tagging="kind=draft")
    rules(
        shop,
        {
            "Expiration": {"Days": 1},
            "Filter": {"And": {"Prefix": "tmp/", "Tags": [{"Key": "kind", "Value": "draft"}]}},
        },
    )

    shop.cloud.clock.advance(days=3)

    assert keys(shop) == ["b", "tmp/a"]


def test_a_disabled_rule_does_nothing(shop: Shop) -> None:
    put(shop, "a")
    rules(shop, {"Expiration": {"Days": 1}, "Status": "Disabled"})

    shop.cloud.clock.advance(days=3)

    assert keys(shop) == ["a"]


def test_in_a_versioned_bucket_expiry_is_a_delete_marker_and_old_versions_go_later(shop: Shop) -> None:
    shop.s3.put_bucket_versioning(Bucket="pics", VersioningConfiguration={"Status": "Enabled"})
    put(shop, "a", "a")
    rules(shop, {"Expiration": {"Days": 1}, "NoncurrentVersionExpiration": {"NoncurrentDays": 3}})

    shop.cloud.clock.advance(days=2)
    assert keys(shop) == []
    versions = shop.s3.list_object_versions(Bucket="pics")
    assert (len(versions["Versions"]), len(versions["DeleteMarkers"])) == (2, 1)
    shop.cloud.clock.advance(days=8)
    versions = shop.s3.list_object_versions(Bucket="pics")
    assert (versions.get("Versions"), versions.get("DeleteMarkers")) == (None, None)


def test_uploads_that_are_never_finished_are_aborted(shop: Shop) -> None:
    shop.s3.create_multipart_upload(Bucket="pics", Key="big")
    rules(shop, {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}})

    shop.cloud.clock.advance(days=1)
    assert len(shop.s3.list_multipart_uploads(Bucket="pics")["Uploads"]) == 1
    shop.cloud.clock.advance(days=1)
    assert "Uploads" not in shop.s3.list_multipart_uploads(Bucket="pics")


def test_objects_move_to_a_cheaper_class(shop: Shop) -> None:
    put(shop, "a")
    rules(shop, {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]})

    shop.cloud.clock.advance(days=32)

    assert shop.s3.head_object(Bucket="pics", Key="a")["StorageClass"] == "STANDARD_IA"


@pytest.mark.parametrize(
    "rule",
    [
        {"Expiration": {"Days": 1}, "Filter": {"ObjectSizeGreaterThan": 100}},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}},
    ],
)
def test_what_no_rule_looks_at_is_refused_by_name(shop: Shop, rule: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="NotSupported"):
        rules(shop, rule)


def test_copies_to_another_region_are_refused_by_name(shop: Shop) -> None:
    shop.s3.put_bucket_versioning(Bucket="pics", VersioningConfiguration={"Status": "Enabled"})
    rule = {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::others"}}
    with pytest.raises(ClientError, match="NotSupported"):
        shop.s3.put_bucket_replication(
            Bucket="pics",
            ReplicationConfiguration={"Role": "arn:aws:iam::123456789012:role/copy", "Rules": [rule]},
        )


def test_keys_of_the_clients_own_are_refused_by_name(shop: Shop) -> None:
    with pytest.raises(ClientError, match="NotSupported"):
        shop.s3.put_object(Bucket="pics", Key="a", Body=b"x", SSECustomerAlgorithm="AES256", SSECustomerKey="a" * 32)
