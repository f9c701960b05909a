"""Uploads by form. Facts: S3 API Reference, *POST Object* and *Creating a POST policy*; the errors' words, statuses and
elements as they were recorded from S3 (LocalStack's validated tests of 2026, issues of botocore and others)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from grader.cloud.door.signature import signing_key
from grader.cloud.http import Upload

from .conftest import Shop, refused, said

CARD = Upload("card.txt", b"something body", "text/plain")


@pytest.fixture
def grant(shop: Shop):
    """A presigned POST by a role that may write anywhere in the bucket, or by another client."""

    def made(key: str = "k", fields: dict | None = None, conditions: list | None = None, seconds: int = 60,
             by: Any = None) -> dict[str, str]:  # fmt: skip
        signer = by or shop.role({"Action": "s3:PutObject", "Resource": "arn:aws:s3:::pics/*"})
        found: dict[str, str] = signer.generate_presigned_post(
            "pics", key, Fields=dict(fields or {}), Conditions=conditions, ExpiresIn=seconds
        )["fields"]
        return found

    return made


def post(shop: Shop, fields: dict, file: Any = CARD, **more: Any) -> Any:
    return shop.fetch("POST", "", multipart={**fields, **more, "file": file})


def body(shop: Shop, key: str = "k") -> bytes:
    content: bytes = shop.s3.get_object(Bucket="pics", Key=key)["Body"].read()
    return content


def test_a_grant_uploads_a_file_and_answers_without_a_body(shop: Shop, grant) -> None:
    answer = post(shop, grant("in/k"))

    assert (answer.status, answer.body, body(shop, "in/k")) == (204, "", b"something body")
    assert answer.headers["location"] == "https://pics.s3.amazonaws.com/in%2Fk"
    assert answer.headers["etag"] == '"43281e21fce675ac3bcb3524b38ca4ed"'
    assert (answer.headers["x-amz-server-side-encryption"], "content-type" in answer.headers) == ("AES256", False)
    assert shop.s3.head_object(Bucket="pics", Key="in/k")["ContentType"] == "binary/octet-stream"


def test_its_fields_become_the_objects_headers(shop: Shop, grant) -> None:
    fields = {"Content-Type": "image/png", "x-amz-meta-USER": "ann", "Cache-Control": "no-store"}
    post(shop, grant(fields=fields, conditions=[{name: value} for name, value in fields.items()]))

    head = shop.s3.head_object(Bucket="pics", Key="k")
    assert (head["ContentType"], head["Metadata"], head["CacheControl"]) == ("image/png", {"user": "ann"}, "no-store")


def test_tags_come_as_xml(shop: Shop, grant) -> None:
    xml = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    post(shop, grant(fields={"tagging": xml}, conditions=[{"tagging": xml}], by=shop.role({"Action": "s3:*"})))

    assert shop.s3.get_object_tagging(Bucket="pics", Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]


def test_201_describes_the_object(shop: Shop, grant) -> None:
    status = {"success_action_status": "201"}
    answer = post(shop, grant("key-${filename}", status, [status]))

    assert said(answer, "Location", "Bucket", "Key", "ETag") == (
        201, "https://pics.s3.amazonaws.com/key-card.txt", "pics", "key-card.txt", '"43281e21fce675ac3bcb3524b38ca4ed"',
    )  # fmt: skip


def test_a_redirect_takes_bucket_key_and_etag_along(shop: Shop, grant) -> None:
    where = {"success_action_redirect": "https://site.example/done?a=1"}
    answer = post(shop, grant("in/k", where, [where]))

    assert (answer.status, answer.body) == (303, "")
    assert answer.headers["location"] == (
        "https://site.example/done?a=1&bucket=pics&key=in%2Fk&etag=%2243281e21fce675ac3bcb3524b38ca4ed%22"
    )


def test_a_redirect_that_leads_nowhere_is_ignored(shop: Shop, grant) -> None:
    where = {"success_action_redirect": "/relative"}

    assert post(shop, grant(fields=where, conditions=[where])).status == 204


def test_the_event_says_that_it_was_a_form(shop: Shop, grant) -> None:
    queue = "arn:aws:sqs:us-east-1:123456789012:told"
    allow = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:*", "Resource": queue}
    sqs = shop.cloud.client("sqs")
    url = sqs.create_queue(QueueName="told", Attributes={"Policy": json.dumps({"Statement": [allow]})})["QueueUrl"]
    wanted = {"QueueConfigurations": [{"QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}]}
    shop.s3.put_bucket_notification_configuration(Bucket="pics", NotificationConfiguration=wanted)
    sqs.purge_queue(QueueUrl=url)

    post(shop, grant())
    shop.cloud.run_until_idle()

    record = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])["Records"][0]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Post", "k")


@pytest.mark.parametrize(
    ("key", "prefix", "name", "stored"),
    [
        ("in/${filename}", "in/", "card.txt", "in/card.txt"),
        ("in/${filename}", "in/", "C:\\temp\\card.txt", "in/card.txt"),
        ("in/fixed", "in/", "card.txt", "in/fixed"),
    ],
)
def test_the_files_own_name_may_be_part_of_the_key(shop: Shop, grant, key, prefix, name, stored) -> None:
    assert post(shop, grant(key), Upload(name, b"x")).status == 204
    assert body(shop, stored) == b"x"


@pytest.mark.parametrize(
    ("conditions", "changes", "words"),
    [
        ([], {"key": "other"}, 'Policy Condition failed: ["eq", "$key", "k"]'),
        ([], {"x-amz-meta-user": "eve"}, "Extra input fields: x-amz-meta-user"),
        ([], {"Content-Type": "image/png"}, "Extra input fields: content-type"),
        ([{"Content-Type": "image/png"}], {}, 'Policy Condition failed: ["eq", "$Content-Type", "image/png"]'),
        ([["starts-with", "$Content-Type", "image/"]], {"Content-Type": "text/html"},
         'Policy Condition failed: ["starts-with", "$Content-Type", "image/"]'),
        ([["starts-with", "$Content-Type", "image/"]], {"Content-Type": "image/png,text/html"},
         'Policy Condition failed: ["starts-with", "$Content-Type", "image/"]'),
        ([["starts-with", "$Content-Type", ""]], {}, 'Policy Condition failed: ["starts-with", "$Content-Type", ""]'),
        ([["eq", "Content-Type", "image/png"]], {"Content-Type": "image/png"},
         'Policy Condition failed: ["eq", "Content-Type", "image/png"]'),
        ([["content-length-range", "test", "10"]], {},
         'Policy Condition failed: ["content-length-range", "test", "10"]'),
    ],
)  # fmt: skip
def test_a_form_that_is_not_as_its_signer_wanted_it_is_refused(shop, grant, conditions, changes, words) -> None:
    answer = post(shop, grant(conditions=conditions), **changes)

    assert said(answer, "Code") == (403, "AccessDenied")
    assert f"<Message>Invalid according to Policy: {words}</Message>" in answer.body
    assert "Contents" not in shop.s3.list_objects_v2(Bucket="pics")


@pytest.mark.parametrize(
    ("conditions", "fields"),
    [
        ([["starts-with", "$content-type", "image/"]], {"Content-Type": "image/png"}),
        ([["starts-with", "$Content-Type", "image/"]], {"Content-Type": "image/png,image/gif"}),
        ([["starts-with", "$x-amz-meta-user", ""]], {"x-amz-meta-user": "whoever"}),
        ([["eq", "$X-AMZ-META-USER", "ann"]], {"x-amz-meta-user": "ann"}),
        ([["content-length-range", 1, 14]], {}),
        ([["content-length-range", "14", "20"]], {}),
        ([], {"x-ignore-note": "for nobody"}),
    ],
)
def test_a_form_within_its_policy_is_taken(shop, grant, conditions, fields) -> None:
    assert post(shop, grant(conditions=conditions), **fields).status == 204


def test_a_file_that_is_too_large_or_too_small_is_not_stored(shop: Shop, grant) -> None:
    fields = grant(conditions=[["content-length-range", 5, 10]])

    assert said(post(shop, fields), "Code", "Message", "ProposedSize", "MaxSizeAllowed") == (
        400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", "14", "10",
    )  # fmt: skip
    assert said(post(shop, fields, b"x"), "Code", "Message", "ProposedSize", "MinSizeAllowed") == (
        400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", "1", "5",
    )  # fmt: skip
    assert "Contents" not in shop.s3.list_objects_v2(Bucket="pics")


def test_a_grant_expires_on_the_clock(shop: Shop, grant) -> None:
    fields = grant(seconds=60)
    shop.cloud.clock.advance(seconds=59)
    assert post(shop, fields).status == 204
    shop.cloud.clock.advance(seconds=1)

    assert said(post(shop, fields), "Code", "Message") == (
        403, "AccessDenied", "Invalid according to Policy: Policy expired.",
    )  # fmt: skip


def test_a_grant_ends_with_its_signers_session(shop: Shop, grant) -> None:
    fields = grant(seconds=7 * 86400)
    shop.cloud.clock.advance(hours=12)

    assert said(post(shop, fields), "Code") == (400, "ExpiredToken")


def test_a_grant_can_do_no_more_than_its_signer(shop: Shop, grant) -> None:
    reader = shop.role({"Action": "s3:GetObject"})

    answer = post(shop, grant(by=reader))
    assert said(answer, "Code") == (403, "AccessDenied")
    assert 's3:PutObject on resource: "arn:aws:s3:::pics/k"' in answer.body


def changed(fields: dict, **changes: str | None) -> dict:
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def test_a_policy_that_was_changed_is_no_longer_signed(shop: Shop, grant) -> None:
    fields = grant()
    wider = base64.b64encode(base64.b64decode(fields["policy"]).replace(b'"key": "k"', b'"key": "l"')).decode()

    answer = post(shop, changed(fields, policy=wider, key="l"))
    assert said(answer, "Code", "StringToSign", "SignatureProvided") == (
        403, "SignatureDoesNotMatch", wider, fields["x-amz-signature"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"x-amz-signature": None}, "X-Amz-Signature"),
        ({"x-amz-algorithm": None, "x-amz-credential": None}, "X-Amz-Algorithm"),
        ({"x-amz-date": None}, "X-Amz-Date"),
        ({"policy": None}, "policy"),
        ({"key": None}, "key"),
    ],
)
def test_a_field_that_is_missing_is_named(shop: Shop, grant, changes: dict, named: str) -> None:
    assert said(post(shop, changed(grant(), **changes)), "Code", "Message", "ArgumentName") == (
        400, "InvalidArgument",
        f"Bucket POST must contain a field named '{named}'.  If it is specified, please check the order of the fields.",
        named,
    )  # fmt: skip


def test_what_comes_after_the_file_does_not_count(shop: Shop, grant) -> None:
    fields = grant()
    key = fields.pop("key")

    answer = shop.fetch("POST", "", multipart={**fields, "file": CARD, "key": key})
    assert said(answer, "Code", "ArgumentName") == (400, "InvalidArgument", "key")


def test_without_a_signature_it_is_a_strangers_form(shop: Shop, grant) -> None:
    assert said(post(shop, {"key": "k"}), "Code", "Message") == (403, "AccessDenied", "Access Denied")


def test_a_form_without_a_file_is_none(shop: Shop, grant) -> None:
    answer = shop.fetch("POST", "", multipart=grant())

    assert said(answer, "Code", "Message") == (
        400, "InvalidArgument", "POST requires exactly one file upload per request.",
    )  # fmt: skip


def test_a_form_of_another_kind_is_refused(shop: Shop, grant) -> None:
    assert said(shop.fetch("POST", "", form=grant()), "Code", "Condition") == (
        412, "PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data",
    )  # fmt: skip


def test_the_fields_have_a_limit_of_their_own(shop: Shop, grant) -> None:
    assert said(post(shop, grant(), **{"x-ignore-a": "x" * 20480}), "Code", "MaxPostPreDataLengthBytes") == (
        400, "MaxPostPreDataLengthExceeded", "20480",
    )  # fmt: skip


def test_the_old_signature_is_refused_with_a_hint(shop: Shop) -> None:
    answer = post(shop, {"key": "k", "AWSAccessKeyId": "AKIA", "policy": "e30=", "signature": "x"})

    assert said(answer, "Code") == (400, "InvalidRequest")
    assert "s3v4" in answer.body


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"no json", "Invalid JSON."),
        ({"conditions": []}, "Policy missing expiration."),
        ({"expiration": "2026-11-02T10:00:00Z"}, "Policy missing conditions."),
        ({"expiration": "2026-11-02 10:00:00", "conditions": []}, "Invalid 'expiration' value: '2026-11-02 10:00:00'"),
        ({"expiration": "2026-11-02T10:00:00Z", "conditions": {}}, "Invalid 'conditions' value: must be a List."),
        ({"expiration": "2026-11-02T10:00:00Z", "conditions": [{"a": "b", "c": "d"}]},
         "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
        ({"expiration": "2026-11-02T10:00:00Z", "conditions": [{"a": 1}]},
         "Invalid Simple-Condition: value must be a string."),
        ({"Statement": []}, "Unexpected: 'statement'"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_read_says_where(shop: Shop, grant, document: Any, words: str) -> None:
    fields, held = grant(), shop.cloud.identity
    text = base64.b64encode(document if isinstance(document, bytes) else json.dumps(document).encode()).decode()
    secret = held.holder_of(fields["x-amz-credential"].split("/")[0], fields["x-amz-security-token"]).credentials
    key = signing_key(secret.secret_access_key, "20261102", "us-east-1", "s3")
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    answer = post(shop, {**fields, "policy": text, "x-amz-signature": signature})
    assert said(answer, "Code", "Message") == (400, "InvalidPolicyDocument", f"Invalid Policy: {words}")


def test_an_acl_in_a_form_is_refused_like_any_other(shop: Shop, grant) -> None:
    acl = {"acl": "public-read"}

    assert said(post(shop, grant(fields=acl, conditions=[acl], by=shop.role({"Action": "s3:*"}))), "Code") == (
        400, "AccessControlListNotSupported",
    )  # fmt: skip


def test_a_page_that_may_post_reads_the_answer(shop: Shop, grant) -> None:
    rule = {"AllowedOrigins": ["https://site.example"], "AllowedMethods": ["POST"]}
    shop.s3.put_bucket_cors(Bucket="pics", CORSConfiguration={"CORSRules": [rule]})

    answer = shop.fetch("POST", "", multipart={**grant(), "file": CARD}, headers={"Origin": "https://site.example"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, "https://site.example")


def test_a_bucket_policy_can_tell_forms_from_other_uploads(shop: Shop, grant) -> None:
    no_forms = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::pics/*",
                "Condition": {"StringEquals": {"s3:authType": "POST"}}}  # fmt: skip
    shop.policy(no_forms)

    assert post(shop, grant()).status == 403
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"x")
    assert refused(shop.s3.get_object, Bucket="pics", Key="none")[0] == "NoSuchKey"
