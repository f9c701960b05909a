"""An application of the repository and its versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.cloud.errors import CloudError


class Refused(CloudError):
    """What the repository's API refuses; ``code`` is the exception's name in boto3."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(message)
        self.code, self.status = code, status


@dataclass(frozen=True)
class ApplicationVersion:
    """One version; it never changes.

    Attributes
    ----------
    template
        The packaged template's text.
    template_url
        Where CloudFormation reads it.
    capabilities
        What must be acknowledged to deploy it.
    parameters
        Its parameters, as the API lists them.
    """

    application_id: str
    semantic_version: str
    template: str
    template_url: str
    created: float
    capabilities: tuple[str, ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()
    source_code_url: str | None = None
    source_code_archive_url: str | None = None

    def shape(self, moment: str) -> dict[str, Any]:
        """As the API shows it."""
        shown = {
            "ApplicationId": self.application_id,
            "SemanticVersion": self.semantic_version,
            "CreationTime": moment,
            "TemplateUrl": self.template_url,
            "ParameterDefinitions": list(self.parameters),
            "RequiredCapabilities": list(self.capabilities),
            "ResourcesSupported": True,
            "SourceCodeUrl": self.source_code_url,
            "SourceCodeArchiveUrl": self.source_code_archive_url,
        }
        return {name: value for name, value in shown.items() if value is not None}


@dataclass
class Application:
    """An application: what is said about it, its versions, and who may use it.

    Attributes
    ----------
    about
        Name, author, description, labels and the like, by the API's names; licence and readme as texts.
    """

    id: str
    about: dict[str, Any]
    created: float
    versions: dict[str, ApplicationVersion] = field(default_factory=dict)
    policy: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_public(self) -> bool:
        """Whether everybody may deploy it."""
        return any("*" in statement.get("Principals", ()) for statement in self.policy)

    def shape(self, moment: str) -> dict[str, Any]:
        """As the API shows it, without a version."""
        texts = {"LicenseBody": "LicenseUrl", "ReadmeBody": "ReadmeUrl"}
        shown = {texts.get(name, name): value for name, value in self.about.items() if name not in texts}
        urls = {url: f"https://s3.amazonaws.com/awsserverlessrepo/{self.about['Name']}/{url}"
                for body, url in texts.items() if self.about.get(body)}  # fmt: skip
        return {"ApplicationId": self.id, "CreationTime": moment, "IsVerifiedAuthor": False, **shown, **urls}
