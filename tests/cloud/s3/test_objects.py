"""Versions, conditions, ranges and parts: S3 API Reference and User Guide (*Conditional writes*, *Delete markers*)."""

from __future__ import annotations

import pytest

from .conftest import Shop, refused

PRECONDITION = ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")


@pytest.fixture
def versioned(shop: Shop) -> Shop:
    shop.s3.put_bucket_versioning(Bucket="pics", VersioningConfiguration={"Status": "Enabled"})
    return shop


def test_what_was_written_is_read_and_listed_at_once(shop: Shop) -> None:
    for number in range(3):
        shop.s3.put_object(Bucket="pics", Key="k", Body=str(number))
        assert shop.s3.get_object(Bucket="pics", Key="k")["Body"].read() == str(number).encode()
        assert [each["Size"] for each in shop.s3.list_objects_v2(Bucket="pics")["Contents"]] == [1]
    shop.s3.delete_object(Bucket="pics", Key="k")
    assert shop.s3.list_objects_v2(Bucket="pics")["KeyCount"] == 0


def test_from_outside_one_sees_the_keys_that_a_list_would_tell(versioned: Shop) -> None:
    for key in ("b/2", "a", "gone"):
        versioned.s3.put_object(Bucket="pics", Key=key, Body=b"x")
    versioned.s3.delete_object(Bucket="pics", Key="gone")

    assert versioned.cloud.stored_keys("pics") == ["a", "b/2"]
    assert refused(versioned.cloud.stored_keys, bucket="no-such-bucket")[0] == "NoSuchBucket"


def test_only_the_first_writes_where_nothing_may_be_overwritten(shop: Shop) -> None:
    first = {"Bucket": "pics", "Key": "k", "IfNoneMatch": "*"}
    shop.s3.put_object(**first, Body=b"first")

    assert refused(shop.s3.put_object, **first, Body=b"second") == PRECONDITION
    assert shop.s3.get_object(Bucket="pics", Key="k")["Body"].read() == b"first"


def test_who_has_read_an_old_state_does_not_overwrite_the_new_one(shop: Shop) -> None:
    etag = shop.s3.put_object(Bucket="pics", Key="k", Body=b"one")["ETag"]
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"two", IfMatch=etag)

    assert refused(shop.s3.put_object, Bucket="pics", Key="k", Body=b"three", IfMatch=etag) == PRECONDITION
    assert refused(shop.s3.put_object, Bucket="pics", Key="absent", Body=b"x", IfMatch=etag)[0] == "NoSuchKey"


def test_the_same_conditions_hold_for_reading(shop: Shop) -> None:
    etag = shop.s3.put_object(Bucket="pics", Key="k", Body=b"one")["ETag"]

    assert refused(shop.s3.get_object, Bucket="pics", Key="k", IfMatch='"other"')[0] == "PreconditionFailed"
    assert refused(shop.s3.get_object, Bucket="pics", Key="k", IfNoneMatch=etag)[0] == "304"


def test_deleting_leaves_a_marker_and_every_version(versioned: Shop) -> None:
    s3 = versioned.s3
    first = s3.put_object(Bucket="pics", Key="k", Body=b"one")["VersionId"]
    s3.put_object(Bucket="pics", Key="k", Body=b"two")
    marker = s3.delete_object(Bucket="pics", Key="k")

    assert marker["DeleteMarker"] is True
    assert refused(s3.get_object, Bucket="pics", Key="k")[0] == "NoSuchKey"
    assert s3.get_object(Bucket="pics", Key="k", VersionId=first)["Body"].read() == b"one"
    listed = s3.list_object_versions(Bucket="pics")
    assert (len(listed["Versions"]), [each["IsLatest"] for each in listed["DeleteMarkers"]]) == (2, [True])
    s3.delete_object(Bucket="pics", Key="k", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket="pics", Key="k")["Body"].read() == b"two"


def test_a_version_needs_a_permission_of_its_own(versioned: Shop) -> None:
    version = versioned.s3.put_object(Bucket="pics", Key="k", Body=b"one")["VersionId"]
    reader = versioned.role({"Action": "s3:GetObject"})

    reader.get_object(Bucket="pics", Key="k")
    assert "s3:GetObjectVersion" in refused(reader.get_object, Bucket="pics", Key="k", VersionId=version)[1]


@pytest.mark.parametrize(
    ("asked", "body", "told"),
    [
        ("bytes=0-4", b"hello", "bytes 0-4/11"),
        ("bytes=6-", b"world", "bytes 6-10/11"),
        ("bytes=-5", b"world", "bytes 6-10/11"),
        ("bytes=6-100", b"world", "bytes 6-10/11"),
    ],
)
def test_a_range_is_a_part(shop: Shop, asked: str, body: bytes, told: str) -> None:
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"hello world")

    answer = shop.s3.get_object(Bucket="pics", Key="k", Range=asked)
    assert (answer["Body"].read(), answer["ContentRange"]) == (body, told)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_a_range_beyond_the_end_is_refused(shop: Shop) -> None:
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"hello world")

    assert refused(shop.s3.get_object, Bucket="pics", Key="k", Range="bytes=11-")[0] == "InvalidRange"


def uploaded(s3, key: str, *parts: bytes) -> dict:
    """A multipart upload, all but its end."""
    upload = {"Bucket": "pics", "Key": key}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ContentType="image/png")["UploadId"]
    parts = list(enumerate(parts, 1))
    sent = [{"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=body)["ETag"]} for n, body in parts]
    return {**upload, "MultipartUpload": {"Parts": sent}}


def test_parts_become_one_object(shop: Shop) -> None:
    big = b"x" * (5 * 1024 * 1024)
    upload = uploaded(shop.s3, "k", big, b"end")
    assert shop.s3.list_objects_v2(Bucket="pics")["KeyCount"] == 0

    shop.s3.complete_multipart_upload(**upload)

    head = shop.s3.head_object(Bucket="pics", Key="k")
    assert (head["ContentLength"], head["ETag"][-3:-1], head["ContentType"]) == (len(big) + 3, "-2", "image/png")


def test_small_parts_are_refused_unless_they_are_the_last(shop: Shop) -> None:
    upload = uploaded(shop.s3, "small", b"x", b"y")

    assert refused(shop.s3.complete_multipart_upload, **upload)[0] == "EntityTooSmall"
    shop.s3.abort_multipart_upload(Bucket="pics", Key="small", UploadId=upload["UploadId"])
    assert "Uploads" not in shop.s3.list_multipart_uploads(Bucket="pics")
