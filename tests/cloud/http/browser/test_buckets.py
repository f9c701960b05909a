"""Pages and buckets: S3's CORS rules, seen from a browser."""

from __future__ import annotations

import pytest
from botocore.config import Config

SITE = "https://site.example"
RULE = {"AllowedOrigins": [SITE], "AllowedMethods": ["GET", "PUT", "POST"], "AllowedHeaders": ["content-type"]}


@pytest.fixture
def bucket(account):
    account.client("s3").create_bucket(Bucket="pictures")
    account.client("s3").put_object(Bucket="pictures", Key="a.png", Body=b"\x89PNG\r\n\x1a\n")
    return "pictures"


def signer(account):
    return account.cloud.session.client("s3", config=Config(signature_version="s3v4"))


def presigned(account, operation, key="a.png", **more):
    return signer(account).generate_presigned_url(operation, {"Bucket": "pictures", "Key": key, **more})


def test_a_page_uploads_straight_to_a_bucket_that_allows_it(account, bucket):
    account.client("s3").put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [RULE]})
    page = account.cloud.http.browser(SITE)
    url = presigned(account, "put_object", "new.txt", ContentType="text/css")
    uploaded = page.fetch(url, method="PUT", body="a {}", headers={"Content-Type": "text/css"})
    assert (uploaded.type, uploaded.status) == ("cors", 200)
    assert page.fetch(presigned(account, "get_object", "new.txt")).body == "a {}"


def test_without_rules_the_upload_is_not_even_sent(account, bucket):
    page = account.cloud.http.browser(SITE)
    uploaded = page.fetch(presigned(account, "put_object", "new.txt"), method="PUT", body="x")
    assert (uploaded.blocked, uploaded.preflight.status, uploaded.behind) == (True, 403, None)
    assert "Contents" not in account.client("s3").list_objects_v2(Bucket=bucket, Prefix="new")


def test_a_picture_appears_where_a_script_may_not_read_it(account, bucket):
    page, url = account.cloud.http.browser(SITE), presigned(account, "get_object")
    image = page.image(url)
    assert (image.loaded, image.readable, page.fetch(url).blocked) == (True, False, True)


def test_the_rules_of_another_origin_do_not_help(account, bucket):
    account.client("s3").put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [RULE]})
    other = account.cloud.http.browser("https://other.example")
    assert other.fetch(presigned(account, "get_object")).blocked


def test_a_form_posts_to_a_bucket_without_any_rule(account, bucket):
    grant = signer(account).generate_presigned_post("pictures", "form.txt")
    page = account.cloud.http.browser(SITE)
    assert page.submit(grant["url"], multipart={**grant["fields"], "file": "x"}).status == 204
