"""The website endpoint. Facts: S3 User Guide, *Website endpoints*, *Configuring an index document*, *Configuring a
custom error document* (its table of status codes), *Configuring a webpage redirect* (its routing examples)."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud import CloudError

from .conftest import Shop, statement

HOST = "http://pics.s3-website-us-east-1.amazonaws.com"


@pytest.fixture
def site(shop: Shop) -> Shop:
    shop.open()
    configure(shop, IndexDocument={"Suffix": "index.html"}, ErrorDocument={"Key": "oops.html"})
    for key in ("index.html", "photos/index.html", "oops.html", "a b.html"):
        shop.s3.put_object(Bucket="pics", Key=key, Body=key.encode(), ContentType="text/html")
    return shop


def configure(shop: Shop, **configuration: Any) -> None:
    shop.s3.put_bucket_website(Bucket="pics", WebsiteConfiguration=configuration)


def get(shop: Shop, path: str = "/", **options: Any) -> Any:
    return shop.cloud.http.get(HOST + path, **options)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", "index.html"),
        ("/photos/", "photos/index.html"),
        ("/index.html", "index.html"),
        ("/a%20b.html", "a b.html"),
    ],
)
def test_pages_and_index_documents_are_served(site: Shop, path: str, body: str) -> None:
    answer = get(site, path)

    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, body, "text/html")


def test_a_folder_without_its_slash_is_sent_to_its_index(site: Shop) -> None:
    answer = get(site, "/photos")

    assert (answer.status, answer.headers["location"]) == (302, "/photos/")
    assert get(site, "/photos", follow_redirects=True).body == "photos/index.html"


def test_what_is_missing_shows_the_error_document_with_its_status(site: Shop) -> None:
    answer = get(site, "/none")

    assert (answer.status, answer.body, answer.headers["content-type"]) == (404, "oops.html", "text/html")


def test_without_an_error_document_s3_writes_a_page(site: Shop) -> None:
    configure(site, IndexDocument={"Suffix": "index.html"})
    answer = get(site, "/none")

    assert answer.headers["content-type"].startswith("text/html")
    for part in ("<title>404 Not Found</title>", "<li>Code: NoSuchKey</li>", "<li>Key: none</li>",
                 "<li>Message: The specified key does not exist.</li>"):  # fmt: skip
        assert part in answer.body


def test_an_error_document_that_is_missing_itself_is_mentioned(site: Shop) -> None:
    site.s3.delete_object(Bucket="pics", Key="oops.html")

    assert "An Error Occurred While Attempting to Retrieve a Custom Error Document" in get(site, "/none").body


def test_what_is_not_public_is_forbidden(site: Shop) -> None:
    site.policy(statement(resource="arn:aws:s3:::pics/photos/*"))
    answer = get(site, "/index.html")

    assert (answer.status, "<li>Code: AccessDenied</li>" in answer.body) == (403, True)
    assert get(site, "/photos/").status == 200


def test_block_public_access_shuts_the_site(site: Shop) -> None:
    every = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    site.s3.put_public_access_block(Bucket="pics", PublicAccessBlockConfiguration=dict.fromkeys(every, True))

    assert get(site).status == 403


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda s3: s3.delete_bucket_website(Bucket="pics"), "NoSuchWebsiteConfiguration"),
        (None, "NoSuchBucket"),
    ],
)
def test_a_site_that_is_not_there_says_so(site: Shop, spoil: Any, code: str) -> None:
    if spoil:
        spoil(site.s3)
    host = HOST if spoil else HOST.replace("pics", "cats")

    answer = site.cloud.http.get(host + "/")
    assert (answer.status, f"<li>Code: {code}</li>" in answer.body) == (404, True)


def test_it_only_shows(site: Shop) -> None:
    assert site.cloud.http.put(f"{HOST}/k", b"x").status == 405
    assert site.cloud.http.post(f"{HOST}/", b"x").status == 405
    assert site.cloud.http.head(f"{HOST}/").status == 200


def test_it_does_not_speak_https(site: Shop) -> None:
    with pytest.raises(CloudError, match="speaks HTTP only"):
        site.cloud.http.get(HOST.replace("http:", "https:"))


def test_a_browser_asks_whether_it_has_changed(site: Shop) -> None:
    etag = get(site).headers["etag"]

    assert get(site, headers={"If-None-Match": etag}).status == 304


@pytest.mark.parametrize(
    ("rule", "path", "status", "location"),
    [
        ({"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}},
         "/docs/a.html?x=1", 301, f"{HOST}/documents/a.html?x=1"),
        ({"Condition": {"KeyPrefixEquals": "images/"}, "Redirect": {"ReplaceKeyWith": "gone.html"}},
         "/images/a.png", 301, f"{HOST}/gone.html"),
        ({"Condition": {"HttpErrorCodeReturnedEquals": "404"},
          "Redirect": {"HostName": "other.example", "ReplaceKeyPrefixWith": "report-404/", "Protocol": "https",
                       "HttpRedirectCode": "302"}},
         "/none.html", 302, "https://other.example/report-404/none.html"),
    ],
)  # fmt: skip
def test_routing_rules_redirect(site: Shop, rule: dict, path: str, status: int, location: str) -> None:
    configure(site, IndexDocument={"Suffix": "index.html"}, RoutingRules=[rule])
    answer = get(site, path)

    assert (answer.status, answer.headers["location"]) == (status, location)
    assert get(site, "/index.html").status == 200


def test_a_whole_site_can_be_elsewhere(site: Shop) -> None:
    configure(site, RedirectAllRequestsTo={"HostName": "www.example.com", "Protocol": "https"})

    assert get(site, "/a/b?c=d").headers["location"] == "https://www.example.com/a/b?c=d"


def test_an_object_can_be_a_redirect(site: Shop) -> None:
    site.s3.put_object(Bucket="pics", Key="old.html", WebsiteRedirectLocation="/index.html")
    answer = get(site, "/old.html")

    assert (answer.status, answer.headers["location"]) == (301, "/index.html")


def test_the_buckets_cors_rules_hold_here_too(site: Shop) -> None:
    rule = {"AllowedOrigins": ["https://app.example"], "AllowedMethods": ["GET"]}
    site.s3.put_bucket_cors(Bucket="pics", CORSConfiguration={"CORSRules": [rule]})
    app = {"Origin": "https://app.example"}

    assert get(site, headers=app).headers["access-control-allow-origin"] == "https://app.example"
    asked = {**app, "Access-Control-Request-Method": "GET"}
    assert site.cloud.http.options(HOST + "/", headers=asked).status == 200


def test_a_browser_of_this_machine_can_open_it(site: Shop) -> None:
    import urllib.request

    with urllib.request.urlopen(site.cloud.local_url(HOST + "/photos/")) as page:
        assert page.read() == b"photos/index.html"


def test_a_template_makes_a_site(shop: Shop) -> None:
    rules = [{"RoutingRuleCondition": {"KeyPrefixEquals": "old/"}, "RedirectRule": {"ReplaceKeyPrefixWith": "new/"}}]
    template = {
        "Resources": {
            "Site": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "PublicAccessBlockConfiguration": {"BlockPublicPolicy": False, "RestrictPublicBuckets": False},
                    "WebsiteConfiguration": {"IndexDocument": "index.html", "RoutingRules": rules},
                },
            },
            "Open": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Site"},
                    "PolicyDocument": {"Statement": [statement(resource={"Fn::Sub": "${Site.Arn}/*"})]},
                },
            },
        },
        "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Site", "WebsiteURL"]}}},
    }
    stack = shop.cloud.deploy(template, name="site")
    shop.s3.put_object(Bucket=stack.resources["Site"].physical_id, Key="index.html", Body=b"welcome")

    url = stack.outputs["Url"]
    assert shop.cloud.http.get(url).body == "welcome"
    assert shop.cloud.http.get(url + "/old/a").headers["location"] == url + "/new/a"
