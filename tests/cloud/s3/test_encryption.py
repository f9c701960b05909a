"""Encryption at rest: S3 User Guide, *Protecting data with server-side encryption*, *Using server-side encryption with
AWS KMS keys*; the permissions are those that *Required permissions for Amazon S3 API operations* lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import BUCKET, Shop, refused, statement

GET, PUT = {"Action": "s3:GetObject"}, {"Action": "s3:PutObject"}
RUN = "User: arn:aws:sts::123456789012:assumed-role/answer/run is not authorized to perform: "


def key(shop: Shop, **more: Any) -> str:
    arn: str = shop.cloud.client("kms").create_key(**more)["KeyMetadata"]["Arn"]
    return arn


def demand(shop: Shop, arn: str, bucket_key: bool = True) -> None:
    """Make KMS the bucket's default."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
    rules = {"Rules": [{**rule, "BucketKeyEnabled": bucket_key}]}
    shop.s3.put_bucket_encryption(Bucket="pics", ServerSideEncryptionConfiguration=rules)


def shown(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer.get("ServerSideEncryption"), answer.get("SSEKMSKeyId"), answer.get("BucketKeyEnabled")


def test_every_object_is_encrypted_and_its_headers_say_so(shop: Shop) -> None:
    put = shop.s3.put_object(Bucket="pics", Key="k", Body=b"x")

    assert [shown(each) for each in (put, shop.s3.get_object(Bucket="pics", Key="k"))] == [("AES256", None, None)] * 2
    assert shown(shop.s3.head_object(Bucket="pics", Key="k")) == ("AES256", None, None)
    shop.s3.copy_object(Bucket="pics", Key="copy", CopySource="pics/k")
    assert shown(shop.s3.head_object(Bucket="pics", Key="copy")) == ("AES256", None, None)


def test_the_buckets_default_is_for_new_objects_only(shop: Shop) -> None:
    shop.s3.put_object(Bucket="pics", Key="old", Body=b"x")
    arn = key(shop)
    demand(shop, arn)
    shop.s3.put_object(Bucket="pics", Key="new", Body=b"x")

    assert shown(shop.s3.head_object(Bucket="pics", Key="old")) == ("AES256", None, None)
    assert shown(shop.s3.head_object(Bucket="pics", Key="new")) == ("aws:kms", arn, True)


def test_a_request_may_ask_for_another_encryption_than_the_default(shop: Shop) -> None:
    demand(shop, key(shop))
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"x", ServerSideEncryption="AES256")

    assert shown(shop.s3.head_object(Bucket="pics", Key="k")) == ("AES256", None, None)


@pytest.mark.parametrize("name", ["arn", "id", "alias", "alias arn"])
def test_a_key_is_meant_by_any_of_its_names_and_shown_by_its_arn(shop: Shop, name: str) -> None:
    arn = key(shop)
    shop.cloud.client("kms").create_alias(AliasName="alias/pictures", TargetKeyId=arn)
    alias = "arn:aws:kms:us-east-1:123456789012:alias/pictures"
    said = {"arn": arn, "id": arn.rpartition("/")[2], "alias": "alias/pictures", "alias arn": alias}[name]

    put = shop.s3.put_object(Bucket="pics", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=said)

    assert put["SSEKMSKeyId"] == arn


def test_without_a_key_the_aws_managed_one_is_used_and_everybody_in_the_account_may(shop: Shop) -> None:
    role = shop.role(PUT, GET)
    put = role.put_object(Bucket="pics", Key="k", Body=b"x", ServerSideEncryption="aws:kms")

    managed = shop.cloud.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    assert shown(put) == ("aws:kms", managed, None) or shown(put) == ("aws:kms", managed, False)
    assert role.get_object(Bucket="pics", Key="k")["Body"].read() == b"x"


def test_whoever_asks_for_kms_without_a_key_gets_aws_s_and_not_the_buckets(shop: Shop) -> None:
    demand(shop, key(shop))

    put = shop.s3.put_object(Bucket="pics", Key="k", Body=b"x", ServerSideEncryption="aws:kms")

    managed = shop.cloud.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    assert put["SSEKMSKeyId"] == managed


def test_writing_needs_a_data_key_and_reading_decrypts(shop: Shop) -> None:
    arn = key(shop)
    demand(shop, arn)
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"x")
    no = "because no identity-based policy allows the"

    assert refused(shop.role(PUT).put_object, Bucket="pics", Key="k", Body=b"x") == (
        "AccessDenied", f"{RUN}kms:GenerateDataKey on resource: {arn} {no} kms:GenerateDataKey action",
    )  # fmt: skip
    assert refused(shop.role(GET).get_object, Bucket="pics", Key="k") == (
        "AccessDenied", f"{RUN}kms:Decrypt on resource: {arn} {no} kms:Decrypt action",
    )  # fmt: skip
    shop.role(PUT, {"Action": "kms:GenerateDataKey", "Resource": arn}).put_object(Bucket="pics", Key="k", Body=b"y")
    reader = shop.role(GET, {"Action": "kms:Decrypt", "Resource": arn})
    assert reader.get_object(Bucket="pics", Key="k")["Body"].read() == b"y"


def test_an_object_that_is_not_there_needs_no_key(shop: Shop) -> None:
    demand(shop, key(shop))

    assert refused(shop.role(GET, {"Action": "s3:ListBucket"}).get_object, Bucket="pics", Key="k")[0] == "NoSuchKey"


def test_a_copy_reads_with_one_key_and_writes_with_another(shop: Shop) -> None:
    before, after = key(shop), key(shop)
    demand(shop, before)
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"x")
    demand(shop, after)
    copy = {"Bucket": "pics", "Key": "copy", "CopySource": "pics/k"}

    decrypt = {"Action": "kms:Decrypt", "Resource": before}
    generate = {"Action": "kms:GenerateDataKey", "Resource": after}
    assert "kms:Decrypt" in refused(shop.role(GET, PUT, generate).copy_object, **copy)[1]
    assert "kms:GenerateDataKey" in refused(shop.role(GET, PUT, decrypt).copy_object, **copy)[1]
    shop.role(GET, PUT, decrypt, generate).copy_object(**copy)
    assert shop.s3.head_object(Bucket="pics", Key="copy")["SSEKMSKeyId"] == after


def test_an_upload_in_parts_needs_both(shop: Shop) -> None:
    arn = key(shop)
    demand(shop, arn)
    generate, decrypt = ({"Action": f"kms:{name}", "Resource": arn} for name in ("GenerateDataKey", "Decrypt"))
    writer = shop.role(PUT, generate)
    upload = writer.create_multipart_upload(Bucket="pics", Key="big")["UploadId"]
    part = {"Bucket": "pics", "Key": "big", "UploadId": upload, "PartNumber": 1, "Body": b"x"}

    assert "kms:Decrypt" in refused(writer.upload_part, **part)[1]
    both = shop.role(PUT, generate, decrypt)
    parts = [{"ETag": both.upload_part(**part)["ETag"], "PartNumber": 1}]
    both.complete_multipart_upload(Bucket="pics", Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    assert shown(shop.s3.head_object(Bucket="pics", Key="big"))[:2] == ("aws:kms", arn)


def test_the_keys_own_policy_has_the_last_word(shop: Shop) -> None:
    """KMS alone of all services lets identity policies count only when the key's policy says so."""
    everything = {"Action": ["s3:*", "kms:*"]}
    admin = {"Sid": "admin", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/developer"},
             "Action": "kms:*", "Resource": "*"}  # fmt: skip
    arn = key(shop, Policy=json.dumps({"Version": "2012-10-17", "Statement": [admin]}))
    demand(shop, arn)

    code, words = refused(shop.role(everything).put_object, Bucket="pics", Key="k", Body=b"x")
    assert (code, words) == (
        "AccessDenied",
        f"{RUN}kms:GenerateDataKey on resource: {arn} because no resource-based policy allows the kms:GenerateDataKey "
        "action",
    )
    role = {**admin, "Sid": "role", "Principal": {"AWS": "arn:aws:iam::123456789012:role/answer"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [admin, role]})
    shop.cloud.client("kms").put_key_policy(KeyId=arn, PolicyName="default", Policy=policy)
    shop.role(PUT).put_object(Bucket="pics", Key="k", Body=b"x")


def test_a_keys_policy_sees_the_service_that_uses_it(shop: Shop) -> None:
    arn = key(shop)
    demand(shop, arn)
    via = {"Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}
    decrypting = {"Action": "kms:*", "Resource": arn, **via}
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"x")

    assert shop.role(GET, decrypting).get_object(Bucket="pics", Key="k")["Body"].read() == b"x"
    assert refused(shop.role(decrypting, service="kms").generate_data_key, KeyId=arn, KeySpec="AES_256")[0] == (
        "AccessDeniedException"
    )
    context = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": BUCKET}}  # a bucket key is for the whole bucket
    shop.role(GET, {**decrypting, "Condition": context}).get_object(Bucket="pics", Key="k")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [("disable_key", "KMS.DisabledException"), ("schedule_key_deletion", "KMS.KMSInvalidStateException")],
)
def test_a_key_that_cannot_be_used_encrypts_nothing(shop: Shop, spoil: str, code: str) -> None:
    arn = key(shop)
    demand(shop, arn)
    getattr(shop.cloud.client("kms"), spoil)(KeyId=arn.rpartition("/")[2])

    assert refused(shop.s3.put_object, Bucket="pics", Key="k", Body=b"x")[0] == code


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/none"}, "KMS.NotFoundException"),
        ({"ServerSideEncryption": "AES256", "SSEKMSKeyId": "alias/none"}, "InvalidArgument"),
        ({"ServerSideEncryption": "rot13"}, "InvalidEncryptionAlgorithmError"),
        ({"ServerSideEncryption": "aws:kms:dsse"}, "NotSupported"),
    ],
)
def test_what_s3_cannot_do_is_refused(shop: Shop, asked: dict, code: str) -> None:
    assert refused(shop.s3.put_object, Bucket="pics", Key="k", Body=b"x", **asked)[0] == code


def test_a_bucket_can_demand_the_header(shop: Shop) -> None:
    """The policy sees what the request says, not what the default would make of it."""
    demand(shop, key(shop))
    no_header = {"Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}
    shop.policy(statement("Deny", action="s3:PutObject", **no_header))

    assert refused(shop.s3.put_object, Bucket="pics", Key="k", Body=b"x") == (
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/developer is not authorized to perform: s3:PutObject on resource: "
        f'"{BUCKET}/k" with an explicit deny in a resource-based policy',
    )
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"x", ServerSideEncryption="aws:kms")


def test_without_a_configuration_the_default_comes_back(shop: Shop) -> None:
    demand(shop, key(shop))
    shop.s3.delete_bucket_encryption(Bucket="pics")

    rules = shop.s3.get_bucket_encryption(Bucket="pics")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_copying_onto_itself_must_change_something(shop: Shop) -> None:
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"x")
    itself = {"Bucket": "pics", "Key": "k", "CopySource": "pics/k"}

    assert refused(shop.s3.copy_object, **itself)[0] == "InvalidRequest"
    shop.s3.copy_object(**itself, MetadataDirective="REPLACE", Metadata={"a": "b"})
    assert shop.s3.head_object(Bucket="pics", Key="k")["Metadata"] == {"a": "b"}
