"""Who sends a request, and how it was signed."""

from __future__ import annotations

from dataclasses import dataclass

from grader.cloud.iam.principals import Principal


@dataclass(frozen=True)
class Caller:
    """The sender of a request.

    Attributes
    ----------
    access_key
        The key that signed it; None for the trusted developer and for nobody.
    signed
        S3's condition keys about the signature: ``s3:authtype``, ``s3:signatureversion``, ``s3:signatureage``.
    """

    principal: Principal
    access_key: str | None
    signed: tuple[tuple[str, str], ...] = ()
