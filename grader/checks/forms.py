"""What checks do with presigned forms: ask for a grant, and use it as a browser would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.checks import expect
from grader.checks.reading import crash_hint, json_body
from grader.cloud.http.body import Upload


def ask_for(http: Any, url: str, hint: str = "", headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON that GET ``url`` answers with."""
    page = http.get(url, headers=headers)
    hint = hint or crash_hint(page) or "Look at the gate that broke, and into the function's log."
    expect(page.status, hint, what=f"the status of GET {url}", trace=page.trace).equals(200)
    return json_body(page, "Answer with JSON.")


def post_form(http: Any, grant: Any, body: bytes, content_type: str | None, **changes: str) -> Any:
    """Send a file with the grant's form.

    Parameters
    ----------
    content_type
        The form's own field Content-Type; None for none.
    changes
        Fields that the sender writes over those of the grant.
    """
    expect(grant, "Hand back what generate_presigned_post gives: url and fields.", what="the grant").has_keys(
        "url", "fields"
    )
    fields: Mapping[str, Any] = {**grant["fields"], **changes}
    if content_type is not None:
        fields = {**fields, "Content-Type": content_type}
    return http.post(grant["url"], multipart={**fields, "file": Upload("photo", body, content_type or "image/jpeg")})


def error_code(answer: Any) -> str:
    """The error code in S3's XML, for example ``AccessDenied``."""
    return str(answer.body).partition("<Code>")[2].partition("</Code>")[0]
