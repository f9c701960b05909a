"""What is kept at the edge, and how long.

Facts: CloudFront Developer Guide, *Manage how long content stays in the cache* (its table of TTLs), *Control how long
CloudFront caches errors*, *Understand the cache key*, *Invalidate files*.
"""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud import Cloud

from .conftest import API_BEHAVIOUR, Site, allowed, site_of, template


def state(site: Site, path: str, **options: Any) -> str:
    return site.get(path, **options).headers["x-cache"].split()[0]


def legacy(minimum: int = 0, default: int = 86400, maximum: int = 31536000, **values: Any) -> dict[str, Any]:
    return {
        "CachePolicyId": "",
        "MinTTL": minimum,
        "DefaultTTL": default,
        "MaxTTL": maximum,
        "ForwardedValues": {"QueryString": False, **values},
    }


def test_a_page_is_fetched_once_a_day_unless_it_says_otherwise(site: Site) -> None:
    assert [state(site, "/"), state(site, "/")] == ["Miss", "Hit"]
    site.put("index.html", "new")
    site.cloud.clock.advance(hours=23)
    answer = site.get("/")
    assert (answer.body, answer.headers["age"]) == ("<h1>front</h1>", str(23 * 3600))
    site.cloud.clock.advance(hours=2)

    assert site.get("/").body == "new"


def test_what_has_not_changed_is_not_sent_again(site: Site) -> None:
    state(site, "/about.html")
    site.cloud.clock.advance(61)

    answer = site.get("/about.html")

    assert (answer.body, answer.headers["x-cache"]) == ("about", "RefreshHit from cloudfront")
    assert state(site, "/about.html") == "Hit"


@pytest.mark.parametrize(
    ("policy", "cache_control", "seconds"),
    [
        (legacy(), None, 86400),
        (legacy(), "max-age=60", 60),
        (legacy(), "max-age=60, s-maxage=90", 90),
        (legacy(minimum=120), "max-age=60", 120),
        (legacy(maximum=30, default=30), "max-age=60", 30),
        (legacy(), "no-store", 0),
        (legacy(), "private, max-age=60", 0),
        (legacy(minimum=5), "no-cache", 5),
        (legacy(default=0), None, 0),
        ({}, "no-store", 1),  # CachingOptimized keeps everything for a second
    ],
)
def test_the_time_in_the_cache_lies_between_the_policys_bounds(
    cloud: Cloud, policy: dict[str, Any], cache_control: str | None, seconds: int
) -> None:
    site = site_of(cloud, template(behaviour=policy))
    site.put("page", "old", **({"CacheControl": cache_control} if cache_control else {}))
    site.get("/page")
    site.put("page", "new")
    if seconds:
        cloud.clock.advance(seconds - 1)
        assert site.get("/page").body == "old"
        cloud.clock.advance(1)

    assert site.get("/page").body == "new"


def test_queries_and_headers_count_only_where_the_policy_says_so(cloud: Cloud) -> None:
    plain = site_of(cloud, template())
    assert [state(plain, "/?a=1"), state(plain, "/?a=2", headers={"X-Mine": "1"})] == ["Miss", "Hit"]


def test_forwarded_values_make_different_entries(cloud: Cloud) -> None:
    values = {"QueryString": True, "QueryStringCacheKeys": ["lang"], "Headers": ["Origin"]}
    site = site_of(cloud, template(behaviour=legacy(**values)))

    assert [state(site, "/?lang=en&x=1"), state(site, "/?lang=en&x=2"), state(site, "/?lang=de")] == [
        "Miss",
        "Hit",
        "Miss",
    ]
    assert state(site, "/?lang=en", headers={"Origin": "https://app.example"}) == "Miss"


def test_all_headers_forwarded_is_nothing_cached(cloud: Cloud) -> None:
    behaviour = {**API_BEHAVIOUR, **legacy(Headers=["*"])}
    del behaviour["OriginRequestPolicyId"]
    site = site_of(cloud, template(api=True, CacheBehaviors=[behaviour]))

    assert site.get("/api/x").status == 403  # the viewer's Host is among them


def test_caching_disabled_asks_the_api_each_time_and_keeps_its_errors_all_the_same(cloud: Cloud) -> None:
    site = site_of(cloud, template(api=True))

    assert [state(site, "/api/x"), state(site, "/api/x")] == ["Miss", "Miss"]
    assert [site.get("/api/none").headers.get("age"), site.get("/api/none").headers.get("age")] == [None, "0"]
    cloud.clock.advance(11)
    assert site.get("/api/none").headers.get("age") is None


@pytest.mark.parametrize(("seconds", "kept"), [(None, 10), (60, 60), (0, 0)])
def test_an_error_is_kept_ten_seconds_or_as_long_as_is_said(cloud: Cloud, seconds: int | None, kept: int) -> None:
    error = {"ErrorCode": 404, "ErrorCachingMinTTL": seconds}
    settings = {} if seconds is None else {"CustomErrorResponses": [error]}
    site = site_of(cloud, template(allowed(), allowed("s3:ListBucket", "${Bucket.Arn}"), **settings))
    assert site.get("/late.html").status == 404
    site.put("late.html", "late")

    if kept:
        cloud.clock.advance(kept - 1)
        assert site.get("/late.html").status == 404
        cloud.clock.advance(1)
    assert site.get("/late.html").status == 200


def test_a_refusal_is_not_kept(site: Site) -> None:
    assert site.get("/late.html").status == 403
    site.put("late.html", "late")

    assert site.get("/late.html").status == 200


@pytest.mark.parametrize(
    ("path", "gone"),
    [("/about.html", True), ("/*", True), ("/ab*", True), ("/ABOUT.html", False), ("/index.html", False)],
)
def test_an_invalidation_takes_paths_out_of_the_cache(site: Site, path: str, gone: bool) -> None:
    site.get("/about.html")
    site.put("about.html", "new")

    made = site.cloud.client("cloudfront").create_invalidation(
        DistributionId=site.id, InvalidationBatch={"CallerReference": "1", "Paths": {"Quantity": 1, "Items": [path]}}
    )

    assert made["Invalidation"]["Status"] == "InProgress"
    assert site.get("/about.html").body == ("new" if gone else "about")


def test_an_invalidation_of_the_root_is_one_of_its_object(site: Site) -> None:
    site.get("/")
    site.put("index.html", "new")

    site.cloud.client("cloudfront").create_invalidation(
        DistributionId=site.id, InvalidationBatch={"CallerReference": "1", "Paths": {"Quantity": 1, "Items": ["/"]}}
    )

    assert site.get("/").body == "new"


def test_a_viewer_that_has_it_already_is_told_so(site: Site) -> None:
    etag = site.get("/about.html").headers["etag"]

    answer = site.get("/about.html", headers={"If-None-Match": etag})

    assert (answer.status, answer.body) == (304, "")


def test_ranges_are_the_origins(site: Site) -> None:
    answer = site.get("/about.html", headers={"Range": "bytes=0-1"})

    assert (answer.status, answer.body) == (206, "ab")


def test_what_was_there_before_is_better_than_a_failure(cloud: Cloud) -> None:
    behaviour = {key: value for key, value in API_BEHAVIOUR.items() if key != "OriginRequestPolicyId"}
    kept = {**behaviour, **legacy(default=60)}
    site = site_of(cloud, template(api=True, CacheBehaviors=[kept]))
    assert state(site, "/api/x") == "Miss"
    name = cloud.client("lambda").list_functions()["Functions"][0]["FunctionName"]
    cloud.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    cloud.clock.advance(61)

    assert site.get("/api/x").status == 200
    assert site.get("/api/y").status == 500


def test_what_the_origin_denies_is_not_served_from_before(site: Site) -> None:
    site.get("/about.html")
    site.cloud.client("s3").delete_object(Bucket=site.bucket, Key="about.html")
    site.cloud.clock.advance(61)

    assert site.get("/about.html").status == 403


def test_a_bucket_is_read_once_for_many_viewers(site: Site) -> None:
    for _ in range(20):
        assert site.get("/").status == 200

    held = site.cloud.distributions.get(site.id).cache.entries
    assert len(held) == 1
