"""The applications of one account; with a folder they are kept there, one folder an application, one file a version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grader.cloud.applications.application import Application, ApplicationVersion, Refused
from grader.cloud.applications.rules import (
    bad_request,
    capabilities_of,
    check_about,
    check_version,
    code_addresses,
    template_of,
)
from grader.cloud.clock import Clock
from grader.cloud.ids import Ids
from grader.cloud.stacks import StackService
from grader.cloud.stacks.addresses import bucket_and_key
from grader.cloud.stacks.api.descriptions import summary
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.packaging import package
from grader.cloud.stacks.templates.template import Template, load
from grader.cloud.stacks.templates.transform import expand

BUCKET = "awsserverlessrepo-changesets"
ABOUT = ["Name", "Author", "Description", "HomePageUrl", "Labels", "LicenseBody", "ReadmeBody", "SpdxLicenseId"]
METADATA = "AWS::ServerlessRepo::Application"
SAID = "application.json"
Readable = Callable[[str, str], bool]


class Applications:
    """Creates applications and versions, and makes templates of them that CloudFormation can deploy.

    Parameters
    ----------
    stacks
        Reads templates and texts by their addresses, and deploys.
    readable
        Whether the repository's service may read a bucket's key.
    """

    def __init__(self, stacks: StackService, clock: Clock, ids: Ids, readable: Readable) -> None:
        self._stacks, self._clock, self._ids, self._readable = stacks, clock, ids, readable
        self._all: dict[str, Application] = {}
        self.templates: dict[str, ApplicationVersion] = {}
        self._folder: Path | None = None

    def keep_in(self, folder: Path | str) -> None:
        """Read the applications that a folder holds, and write there what is published from now on.

        Raises
        ------
        Refused
            When the folder holds what is no application.
        """
        self._folder = Path(folder)
        for said in sorted(self._folder.glob(f"*/{SAID}")):
            about = json.loads(said.read_text("utf-8"))
            application = self.create(about, write=False)
            for file in sorted(said.parent.glob("*.yaml")):
                self.add_version(application.id, file.stem, file.read_text("utf-8"), write=False)

    def create(self, given: Mapping[str, Any], write: bool = True) -> Application:
        """Make an application, and its first version when a template is given.

        Raises
        ------
        Refused
            ``BadRequestException``, or ``ConflictException`` when there is one of its name.
        """
        about = {name: given[name] for name in ABOUT if given.get(name) is not None}
        for name in ("License", "Readme"):
            if given.get(f"{name}Url"):
                about[f"{name}Body"] = self._text(str(given[f"{name}Url"]))
        check_about(about)
        identifier = self._stacks.tools.arn("serverlessrepo", f"applications/{about['Name']}")
        if identifier in self._all:
            message = f"Application with id {identifier} already exists"
            raise Refused("ConflictException", 409, message)
        application = Application(identifier, about, self._clock.timestamp())
        if given.get("SemanticVersion") or given.get("TemplateBody") or given.get("TemplateUrl"):
            version = self._version(identifier, str(given.get("SemanticVersion", "")), self.template_text(given), given)
            application.versions[version.semantic_version] = version
        self._all[identifier] = application
        if write:
            self._write(application)
        return application

    def add_version(
        self, identifier: str, semantic_version: str, template: str, given: Mapping[str, Any] | None = None,
        write: bool = True,
    ) -> ApplicationVersion:  # fmt: skip
        """Add a version; one that exists never changes."""
        application = self.get(identifier)
        if semantic_version in application.versions:
            message = f"Application version {semantic_version} of {application.id} already exists"
            raise Refused("ConflictException", 409, message)
        version = self._version(application.id, semantic_version, template, given or {})
        application.versions[semantic_version] = version
        if write:
            self._write(application)
        return version

    def publish(self, template: Path | str) -> ApplicationVersion:
        """Package a template and publish it by its metadata, as ``sam package`` and ``sam publish`` do.

        Raises
        ------
        DeployError
            When the template is refused, or has no metadata ``AWS::ServerlessRepo::Application``.
        Refused
            When the repository refuses the application; a version that is there already stays as it is.
        """
        packaged = package(load(template), self._stacks.artifacts)
        said = (packaged.body.get("Metadata") or {}).get(METADATA)
        if not isinstance(said, dict):
            raise DeployError(f"{METADATA} is required in the Metadata of the template.", packaged.where("Metadata"))
        given = {name: str(value) if name == "SemanticVersion" else value for name, value in said.items()}
        identifier = self._stacks.tools.arn("serverlessrepo", f"applications/{given.get('Name')}")
        text = json.dumps(packaged.body)
        if identifier not in self._all:
            application = self.create({**given, "TemplateBody": text})
            return application.versions[given["SemanticVersion"]]
        application = self.update(identifier, given)
        known = application.versions.get(str(given.get("SemanticVersion")))
        return known or self.add_version(identifier, str(given.get("SemanticVersion", "")), text, given)

    def update(self, identifier: str, given: Mapping[str, Any]) -> Application:
        """Say something else about an application; its name and its licence stay."""
        application = self.get(identifier)
        changed = {name: given[name] for name in ABOUT if given.get(name) is not None and name != "Name"}
        if given.get("ReadmeUrl"):
            changed["ReadmeBody"] = self._text(str(given["ReadmeUrl"]))
        check_about({**application.about, **changed})
        application.about |= changed
        self._write(application)
        return application

    def delete(self, identifier: str) -> None:
        """Forget an application; what was deployed from it stays."""
        del self._all[self.get(identifier).id]

    def get(self, identifier: str) -> Application:
        """An application by its ARN.

        Raises
        ------
        Refused
            ``NotFoundException``.
        """
        if identifier not in self._all:
            raise Refused("NotFoundException", 404, f"Application with id {identifier} does not exist")
        return self._all[identifier]

    def version(self, identifier: str, semantic_version: str | None = None) -> ApplicationVersion:
        """A version, or the latest one."""
        versions = self.get(identifier).versions
        if semantic_version is None and versions:
            return versions[max(versions, key=_precedence)]
        if semantic_version not in versions:
            message = f"Application version {semantic_version} of {identifier} does not exist"
            raise Refused("NotFoundException", 404, message)
        return versions[str(semantic_version)]

    def __iter__(self) -> Any:
        return iter(list(self._all.values()))

    def share(self, identifier: str, statements: list[dict[str, Any]]) -> Application:
        """Say who may use an application; one without a licence cannot be public."""
        application = self.get(identifier)
        asked = Application(application.id, application.about, application.created, policy=statements)
        if asked.is_public and not application.about.get("LicenseBody"):
            raise bad_request("To make an application public, it needs a license.")
        application.policy = statements
        return application

    def make_template(self, identifier: str, semantic_version: str | None) -> tuple[str, ApplicationVersion]:
        """A template that CloudFormation can deploy, and its id."""
        version, template_id = self.version(identifier, semantic_version), self._ids.uuid()
        self.templates[template_id] = version
        return template_id, version

    def _version(
        self, identifier: str, semantic_version: str, text: str, given: Mapping[str, Any]
    ) -> ApplicationVersion:
        check_version(semantic_version)
        template = template_of(text)
        self._refuse_unreadable(template)
        key = f"{identifier.rpartition('/')[2]}/{semantic_version}/template"
        self._stacks.artifacts[(BUCKET, key)] = text.encode()
        return ApplicationVersion(
            identifier, semantic_version, text, f"https://s3.amazonaws.com/{BUCKET}/{key}", self._clock.timestamp(),
            self._capabilities(template), tuple(_definition(item) for item in summary(template).get("Parameters", ())),
            given.get("SourceCodeUrl"), given.get("SourceCodeArchiveUrl"),
        )  # fmt: skip

    def _refuse_unreadable(self, template: Template) -> None:
        for _, _, address in code_addresses(template):
            bucket, key = bucket_and_key(address)
            if (bucket, key) not in self._stacks.artifacts and not self._readable(bucket, key):
                raise bad_request(
                    f"The AWS Serverless Application Repository does not have read access to bucket '{bucket}', key "
                    f"'{key}'. Please update your Amazon S3 bucket policy to grant the service read permissions to the "
                    "application artifacts you have uploaded to your S3 bucket."
                )

    def _capabilities(self, template: Template) -> tuple[str, ...]:
        kinds = {str(resource.get("Type")) for resource in template.resources.values()}
        nested = "AWS::Serverless::Application" in kinds
        parameters = template.body.get("Parameters") or {}
        known = {name: str(value["Default"]) for name, value in parameters.items() if "Default" in value}
        try:
            expanded = expand(template, known, self._stacks.account.region, self._stacks.tools.client)
        except DeployError as error:
            raise bad_request(f"The AWS SAM template is invalid: {error.what}") from error
        return capabilities_of(expanded["Resources"], nested)

    def template_text(self, given: Mapping[str, Any]) -> str:
        """The template that a request brings or names."""
        if given.get("TemplateBody"):
            return str(given["TemplateBody"])
        if given.get("TemplateUrl"):
            return self._text(str(given["TemplateUrl"]))
        raise bad_request("Either templateBody or templateUrl must be specified.")

    def _text(self, address: str) -> str:
        try:
            return self._stacks.addresses.text(address)
        except DeployError as error:
            raise bad_request(f"{address}: {error.what}") from error

    def _write(self, application: Application) -> None:
        if self._folder is None:
            return
        folder = self._folder / str(application.about["Name"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SAID).write_text(json.dumps(application.about, indent=2) + "\n", "utf-8")
        for version in application.versions.values():
            (folder / f"{version.semantic_version}.yaml").write_text(version.template, "utf-8")


def _definition(parameter: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "Name": parameter["ParameterKey"],
        "Type": parameter["ParameterType"],
        "DefaultValue": parameter.get("DefaultValue"),
        "Description": parameter.get("Description"),
        "NoEcho": parameter.get("NoEcho"),
        "AllowedValues": (parameter.get("ParameterConstraints") or {}).get("AllowedValues"),
        "ReferencedByResources": [],
    }
    return {name: value for name, value in shown.items() if value is not None}


def _precedence(version: str) -> tuple[Any, ...]:
    """Semantic versions in order: numbers as numbers, and a pre-release before its release."""
    core, _, pre = version.partition("+")[0].partition("-")
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".") if part]
    return (*map(int, core.split(".")), not pre, parts)
