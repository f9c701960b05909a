"""The e-mails that SNS sent: nobody gets them, everybody can read them here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mail:
    """One e-mail; ``at`` is seconds since 1970 on the clock. The address counts as confirmed once it is subscribed."""

    to: str
    subject: str
    text: str
    topic_arn: str
    at: float
