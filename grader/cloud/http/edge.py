"""What CloudFront adds to the requests and answers of an edge-optimised API."""

from __future__ import annotations

from grader.cloud.ids import Ids

EDGE_IP = "130.176.1.68"


def edge_headers(ids: Ids) -> list[tuple[str, str]]:
    """The headers that CloudFront puts on a request before API Gateway sees it."""
    return [
        ("CloudFront-Forwarded-Proto", "https"),
        ("CloudFront-Is-Desktop-Viewer", "true"),
        ("CloudFront-Is-Mobile-Viewer", "false"),
        ("CloudFront-Is-SmartTV-Viewer", "false"),
        ("CloudFront-Is-Tablet-Viewer", "false"),
        ("CloudFront-Viewer-ASN", "64496"),
        ("CloudFront-Viewer-Country", "DE"),
        ("Via", _via(ids)),
        ("X-Amz-Cf-Id", _request_id(ids)),
    ]


def edge_answer_headers(ids: Ids) -> list[tuple[str, str]]:
    """The headers that CloudFront puts on an answer."""
    return [
        ("Via", _via(ids)),
        ("X-Cache", "Miss from cloudfront"),
        ("X-Amz-Cf-Pop", "FRA56-P4"),
        ("X-Amz-Cf-Id", _request_id(ids)),
    ]


def _via(ids: Ids) -> str:
    return f"1.1 {ids.hex(32)}.cloudfront.net (CloudFront)"


def _request_id(ids: Ids) -> str:
    return f"{ids.lower(54)}=="
