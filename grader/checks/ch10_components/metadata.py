"""10.3: what is said of a component that is published."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.cloud import CloudError

METADATA = "AWS::ServerlessRepo::Application"
EVERYBODY = [{"Actions": ["Deploy"], "Principals": ["*"]}]
HINT = (
    f"Metadata → {METADATA} at the top level of the template needs Name, Description, Author, SpdxLicenseId, "
    "LicenseUrl, ReadmeUrl and SemanticVersion; the two files lie beside the template."
)


def published(cloud: Any, folder: Any) -> Any:
    """The version that sam package and sam publish would make of the answer; what they refuse is a failure."""
    try:
        version = cloud.applications.publish(folder / "template.yaml")
    except CloudError as refused:
        fail("a template that can be published", refused.what, hint=HINT)
    return version


@exercise(
    "10.3",
    "Ready to be published",
    slug="10_3_metadata",
    files=["template.yaml", "README.md"],
    minutes=15,
    hints=[
        "What does somebody want to know who finds your component in a list? What may they do with it? What must they "
        "set, and what do they get?",
        f"A section Metadata beside Resources, with {METADATA} in it. Versions have three numbers; a licence has a "
        "short name (SPDX) and a text.",
        "Name, Description, Author, SpdxLicenseId: MIT, LicenseUrl: LICENSE.txt, ReadmeUrl: README.md, "
        "SemanticVersion: 1.0.0. In the README name the parameter LongestSide and the output ThumbnailFunction.",
    ],
    passed="Your component can be found, understood and used by somebody who has never seen you, and they know what "
    "they may do with it.",
    next="10.4",
)
class Metadata:
    @check(points=2)
    def can_be_published(cloud, folder):
        """The repository takes it."""
        version = published(cloud, folder)
        expect(version.semantic_version, what="the published version").is_not_empty()

    @check(points=1, needs=can_be_published)
    def a_new_version_can_follow(cloud, folder):
        """The version is semantic, and a later one can be told from it."""
        version = published(cloud, folder)
        numbers = version.semantic_version.partition("-")[0].partition("+")[0].split(".")
        later = f"{numbers[0]}.{numbers[1]}.{int(numbers[2]) + 1}"
        cloud.applications.add_version(version.application_id, later, version.template)
        latest = cloud.applications.version(version.application_id).semantic_version
        expect(latest, what="the latest version after the next one").equals(later)

    @check(points=2, needs=can_be_published)
    def may_be_public(cloud, folder):
        """It has a licence: its short name and its text."""
        version = published(cloud, folder)
        about = cloud.applications.get(version.application_id).about
        hint = (
            "SpdxLicenseId gives the licence's short name, LicenseUrl the file with its text: LICENSE.txt. "
            "Its first line says which licence it is; the short name must be that licence's."
        )
        expect(about.get("SpdxLicenseId", ""), what="the licence's SPDX id", hint=hint).equals("MIT")
        expect(about.get("LicenseBody", ""), what="the licence's text", hint=hint).contains(
            "Permission is hereby granted"
        )
        cloud.applications.share(version.application_id, EVERYBODY)

    @check(points=2, needs=can_be_published)
    def explains_itself(cloud, folder):
        """The README is published, and names what can be set and what comes out."""
        version = published(cloud, folder)
        readme = cloud.applications.get(version.application_id).about.get("ReadmeBody", "")
        hint = "ReadmeUrl: README.md. Who uses the component sees no code: name its parameter and its output."
        written = (folder / "README.md").read_text("utf-8")
        expect(readme.split() == written.split(), what="README.md is what is published as README", hint=hint).is_true()
        for word in ("LongestSide", "ThumbnailFunction"):
            expect(readme, what="the published README", hint=hint).contains(word)
