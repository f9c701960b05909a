"""What viewers get.

Facts: CloudFront Developer Guide, *Restrict access to an Amazon S3 origin*, *Specify a default root object*, *Require
HTTPS*, *Generate custom error responses*, *Use managed response headers policies*, *Request and response behavior for
custom origins*.
"""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud import Cloud

from .conftest import ALL_VIEWER, API_BEHAVIOUR, API_ORIGIN, Site, allowed, site_of, template

CORS_S3, CORS = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "5cc3b908-e619-4b99-88e5-2cf7f45965bd"
SECURITY = "67f7725c-6f97-4210-82d7-5512b31e9d03"
READING = ["GET", "HEAD", "OPTIONS"]


@pytest.mark.parametrize(("path", "body"), [("/", "<h1>front</h1>"), ("/about.html", "about"), ("/a%20b.txt", "a b")])
def test_a_private_bucket_is_served_to_everybody(site: Site, path: str, body: str) -> None:
    answer = site.get(path)

    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, body, "text/html")
    assert answer.headers["x-cache"] == "Miss from cloudfront"
    bucket = f"https://{site.bucket}.s3.us-east-1.amazonaws.com"
    assert site.cloud.http.get(bucket + (path if path != "/" else "/index.html")).status == 403


def test_only_the_named_distribution_may_read(cloud: Cloud) -> None:
    site = site_of(cloud, template(allowed(source="EANOTHER")))

    answer = site.get("/about.html")

    assert (answer.status, answer.headers["x-cache"]) == (403, "Error from cloudfront")
    assert "<Code>AccessDenied</Code><Message>Access Denied</Message>" in answer.body


def test_without_an_origin_access_control_nobody_signs(cloud: Cloud) -> None:
    document = template()
    document["Resources"]["Site"]["Properties"]["DistributionConfig"]["Origins"] = [
        {"Id": "site", "DomainName": {"Fn::GetAtt": "Bucket.RegionalDomainName"}, "S3OriginConfig": {}}
    ]

    assert site_of(cloud, document).get("/about.html").status == 403


@pytest.mark.parametrize(("listing", "status"), [(False, 403), (True, 404)])
def test_a_missing_page_is_404_only_when_cloudfront_may_list_the_bucket(
    cloud: Cloud, listing: bool, status: int
) -> None:
    also = [allowed("s3:ListBucket", "${Bucket.Arn}")] if listing else []

    assert site_of(cloud, template(allowed(), *also)).get("/none").status == status


def test_the_root_object_is_for_the_root_only(site: Site) -> None:
    site.put("docs/index.html", "docs")

    assert site.get("/docs/").status == 403
    assert site.get("/docs/index.html").body == "docs"


def test_http_is_sent_to_https(site: Site) -> None:
    plain = site.url.replace("https://", "http://") + "/about.html?lang=en"

    answer = site.cloud.http.get(plain)

    assert (answer.status, answer.headers["location"]) == (301, f"{site.url}/about.html?lang=en")
    assert answer.headers["x-cache"] == "Redirect from cloudfront"
    assert site.cloud.http.get(plain, follow_redirects=True).body == "about"


@pytest.mark.parametrize(("policy", "status"), [("https-only", 403), ("allow-all", 200)])
def test_plain_http_is_refused_or_served_as_the_behaviour_says(cloud: Cloud, policy: str, status: int) -> None:
    site = site_of(cloud, template(behaviour={"ViewerProtocolPolicy": policy}))

    assert cloud.http.get(site.url.replace("https://", "http://")).status == status


def test_methods_that_are_not_allowed_are_refused_by_cloudfront_itself(site: Site) -> None:
    answer = site.cloud.http.put(site.url + "/about.html", body="mine")

    assert (answer.status, answer.headers["server"]) == (403, "CloudFront")
    assert "The distribution supports only cachable requests." in answer.body
    assert site.cloud.http.head(site.url + "/about.html").status == 200


def test_a_single_page_application_answers_every_path_with_its_page(cloud: Cloud) -> None:
    shown = {"ErrorCode": 403, "ResponseCode": 200, "ResponsePagePath": "/index.html"}
    site = site_of(cloud, template(CustomErrorResponses=[shown]))

    answer = site.get("/orders/7")

    assert (answer.status, answer.body) == (200, "<h1>front</h1>")
    assert answer.headers["x-cache"] == "Error from cloudfront"


def test_an_error_page_that_is_missing_shows_its_own_status(cloud: Cloud) -> None:
    listing = allowed("s3:ListBucket", "${Bucket.Arn}")
    shown = {"ErrorCode": 404, "ResponseCode": 200, "ResponsePagePath": "/gone.html"}

    assert site_of(cloud, template(allowed(), listing, CustomErrorResponses=[shown])).get("/none").status == 404


def test_behaviours_are_chosen_by_path_in_their_order(cloud: Cloud) -> None:
    site = site_of(cloud, template(api=True))

    assert site.seen("/api/orders", query={"id": "7"})["path"] == "/api/orders"
    assert site.seen("/api/orders", query={"id": "7"})["query"] == {"id": "7"}
    assert site.get("/about.html").body == "about"
    assert site.get("/api").status == 403  # the bucket's: /api/* needs its slash


def test_an_api_is_asked_by_its_own_host_and_told_who_asks(cloud: Cloud) -> None:
    site = site_of(cloud, template(api=True))
    sent = {"Authorization": "Bearer x", "X-Mine": "1", "Cookie": "a=1; b=2"}

    seen = site.seen("/api/orders", method="POST", body="{}", headers=sent)

    assert (seen["method"], seen["body"]) == ("POST", "{}")
    headers = seen["headers"]
    assert ".execute-api." in headers["host"] and headers["x-forwarded-for"].startswith("203.0.113.7")
    assert (headers["authorization"], headers["x-mine"], headers["cookie"]) == ("Bearer x", "1", "a=1; b=2")


def test_an_api_that_is_given_the_viewers_host_knows_no_such_host(cloud: Cloud) -> None:
    behaviour = {**API_BEHAVIOUR, "OriginRequestPolicyId": ALL_VIEWER}

    answer = site_of(cloud, template(api=True, CacheBehaviors=[behaviour])).get("/api/orders")

    assert (answer.status, answer.body) == (403, '{"message":"Forbidden"}')


def test_without_an_origin_request_policy_the_api_gets_next_to_nothing(cloud: Cloud) -> None:
    behaviour = {key: value for key, value in API_BEHAVIOUR.items() if key != "OriginRequestPolicyId"}
    site = site_of(cloud, template(api=True, CacheBehaviors=[behaviour]))

    seen = site.seen("/api/orders", query={"id": "7"}, headers={"X-Mine": "1", "Cookie": "a=1"})

    assert seen["query"] is None and not {"x-mine", "cookie", "authorization"} & set(seen["headers"])
    assert seen["headers"]["user-agent"] == "Amazon CloudFront"
    assert "set-cookie" not in site.get("/api/orders").headers


def test_headers_of_an_origin_are_the_distributions_own(cloud: Cloud) -> None:
    origin = {**API_ORIGIN, "OriginCustomHeaders": [{"HeaderName": "X-From-Edge", "HeaderValue": "secret"}]}
    document = template(api=True)
    document["Resources"]["Site"]["Properties"]["DistributionConfig"]["Origins"][1] = origin

    seen = site_of(cloud, document).seen("/api/orders", headers={"X-From-Edge": "forged"})

    assert seen["headers"]["x-from-edge"] == "secret"


@pytest.mark.parametrize(
    ("domain", "protocol", "status"),
    [
        ("${ServerlessRestApi}.execute-api.us-east-1.amazonaws.com", "http-only", 504),
        ("${Bucket}.s3-website-us-east-1.amazonaws.com", "https-only", 504),
        ("api.example.com", "https-only", 502),
    ],
)
def test_an_origin_that_does_not_listen_is_a_gateway_error(
    cloud: Cloud, domain: str, protocol: str, status: int
) -> None:
    custom = {"OriginProtocolPolicy": protocol}
    origin = {"Id": "api", "DomainName": {"Fn::Sub": domain}, "CustomOriginConfig": custom}
    document = template(api=True)
    document["Resources"]["Site"]["Properties"]["DistributionConfig"]["Origins"][1] = origin

    answer = site_of(cloud, document).get("/api/orders")

    assert (answer.status, answer.headers["server"]) == (status, "CloudFront")


def test_cors_headers_come_from_the_bucket_when_the_origin_is_forwarded(cloud: Cloud) -> None:
    document = template(behaviour={"OriginRequestPolicyId": CORS_S3, "AllowedMethods": READING})
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://app.example"], "MaxAge": 60}
    document["Resources"]["Bucket"]["Properties"] = {"CorsConfiguration": {"CorsRules": [rule]}}
    site = site_of(cloud, document)
    asking = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}

    preflight = cloud.http.options(site.url + "/about.html", headers=asking)
    answer = site.get("/about.html", headers={"Origin": "https://app.example"})

    assert preflight.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["access-control-allow-origin"] == "https://app.example"


def test_a_response_headers_policy_adds_cors_to_requests_with_an_origin(cloud: Cloud) -> None:
    site = site_of(cloud, template(behaviour={"ResponseHeadersPolicyId": CORS}))

    plain, cors = site.get("/about.html"), site.get("/about.html", headers={"Origin": "https://app.example"})

    assert "access-control-allow-origin" not in plain.headers
    assert cors.headers["access-control-allow-origin"] == "*"


def test_the_security_policy_puts_its_headers_on_cached_answers_as_well(cloud: Cloud) -> None:
    site = site_of(cloud, template(behaviour={"ResponseHeadersPolicyId": SECURITY}))

    for answer in (site.get("/about.html"), site.get("/about.html")):
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_disabled_distribution_and_an_unknown_one_answer_nothing(cloud: Cloud) -> None:
    site = site_of(cloud, template(Enabled=False))

    assert site.get("/about.html").status == 403
    assert cloud.http.get("https://dnone.cloudfront.net/").status == 403


def test_a_browser_reaches_the_site_on_this_machine(site: Site) -> None:
    import urllib.request

    with urllib.request.urlopen(site.cloud.local_url(site.url)) as answer:
        assert answer.read() == b"<h1>front</h1>"


def test_an_encrypted_object_needs_the_keys_permission_for_cloudfront(cloud: Cloud) -> None:
    site = site_of(cloud, template())
    kms: Any = cloud.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    site.put("secret.txt", "s", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)

    assert site.get("/secret.txt").status == 403


def test_nothing_is_compressed(site: Site) -> None:
    site.put("big.txt", "x" * 5000, ContentType="text/plain")

    answer = site.get("/big.txt", headers={"Accept-Encoding": "gzip"})

    assert ("content-encoding" in answer.headers, answer.body) == (False, "x" * 5000)
