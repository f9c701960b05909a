"""Versions: ``$LATEST`` changes, a published version never does. Their state lies in moto's Lambda backend."""

from __future__ import annotations

import copy
import hashlib
import json
import uuid
from typing import Any

from grader.cloud.functions.collaborators import MotoAccount
from grader.cloud.functions.errors import FunctionNotFound, InvalidParameterValue, LambdaError
from grader.cloud.functions.registry import Registry, split_name

LATEST = "$LATEST"
# What says nothing about whether a version would run differently.
OWN_TO_A_VERSION = frozenset({"FunctionArn", "Version", "LastModified", "RevisionId", "Description", "SnapStart"})
# Lambda's quotas for an account in a Region, as GetAccountSettings tells them: bytes of all code, of one package
# unpacked and zipped, and executions at a time.
TOTAL_CODE_BYTES, UNZIPPED_BYTES, ZIPPED_BYTES = 322_122_547_200, 262_144_000, 52_428_800
MOST_LISTED = 10_000


class Versions:
    """The versions of the account's functions.

    Parameters
    ----------
    registry
        Finds functions.

    Attributes
    ----------
    code_limit
        Bytes of code that the account may hold, all versions and layers together.
    """

    def __init__(self, moto: MotoAccount, registry: Registry) -> None:
        self.code_limit = TOTAL_CODE_BYTES
        self._moto, self._registry = moto, registry

    def publish(
        self, function: str, description: str | None = None, code_sha256: str = "", revision: str = ""
    ) -> dict[str, Any]:
        """PublishVersion: keep ``$LATEST`` as it is now; when the last version is no different, that one is the answer.

        Parameters
        ----------
        description
            Of the version; the function's own when it is left out.
        code_sha256, revision
            Publish only if ``$LATEST`` still is this.

        Raises
        ------
        LambdaError
            404 without such a function; 412 when ``revision`` is over; 400 when ``code_sha256`` is another's.
        """
        with self._moto.lock:
            _refuse_other(self._held(function)["latest"], code_sha256, revision)
            return configuration(self.published(function, description))

    def published(self, function: str, description: str | None = None) -> Any:
        """moto's object for the version that ``$LATEST`` is now, made if it is not there; under moto's lock."""
        held = self._held(function)
        latest, known = held["latest"], held["versions"]
        content = _content(latest)
        if known and known[-1].published_as == content:
            return known[-1]
        self._refuse_overflow(int(latest.code_size))
        held["published"] = held.get("published", 0) + 1  # a number is never given twice
        made = self._copy(latest, str(held["published"]))
        made.published_as = content
        made.description = description or latest.description
        known.append(made)
        self._moto.backend("lambda")._lambdas._arns[made.function_arn] = made
        return made

    def _copy(self, latest: Any, number: str) -> Any:
        made = copy.copy(latest)
        made.set_version(int(number))
        made.version = number
        for changing in ("environment_vars", "code", "layers"):
            setattr(made, changing, copy.deepcopy(getattr(latest, changing)))
        return made

    def listed(
        self, function: str, marker: str | None = None, most: int = 50
    ) -> tuple[list[dict[str, Any]], str | None]:
        """ListVersionsByFunction: ``$LATEST``, then every version, oldest first; and where the next page begins."""
        with self._moto.lock:
            held = self._held(function)
            latest = {**configuration(held["latest"]), "Version": LATEST}
            latest["FunctionArn"] += f":{LATEST}"
            all_of_them = [latest, *(configuration(one) for one in held["versions"])]
        first = _number(marker)
        more = first + most < len(all_of_them)
        return all_of_them[first : first + most], str(first + most) if more else None

    def delete(self, function: str, version: str) -> None:
        """DeleteFunction with a qualifier.

        Raises
        ------
        LambdaError
            409 while an alias points to the version; 400 for ``$LATEST`` and for an alias's name; 404 when it is gone.
        """
        if not version.isdigit():
            raise InvalidParameterValue(f"{version} cannot be deleted without deleting the function.")
        with self._moto.lock:
            held, name = self._held(function), split_name(function)[0]
            found = [one for one in held["versions"] if str(one.version) == version]
            if not found:
                raise FunctionNotFound(f"{self._registry.arn(name)}:{version}")
            aliases = self._moto.backend("lambda")._lambdas._aliases.get(self._registry.arn(name), {})
            using = sorted(alias.name for alias in aliases.values() if version in versions_of(alias))
            if using:
                raise LambdaError(
                    "ResourceConflictException",
                    409,
                    f"Function version {version} can't be deleted because it's used by the following aliases: "
                    f"[{', '.join(using)}]",
                )
            held["versions"].remove(found[0])

    def usage(self) -> tuple[int, int]:
        """How many functions there are, and how many bytes of code: every version and every layer counts."""
        with self._moto.lock:
            backend = self._moto.backend("lambda")
            held = [one for one in backend._lambdas._functions.values() if one["latest"] is not None]
            code = sum(int(version.code_size) for one in held for version in (one["latest"], *one["versions"]))
            layers = [
                version for layer in backend._layers._layers.values() for version in layer.layer_versions.values()
            ]
            return len(held), code + sum(int(layer.code_size) for layer in layers)

    def _refuse_overflow(self, size: int) -> None:
        if self.usage()[1] + size > self.code_limit:
            raise LambdaError("CodeStorageExceededException", 400, "Code storage limit exceeded.")

    def _held(self, function: str) -> dict[str, Any]:
        name, qualifier = split_name(function)
        if qualifier:
            raise InvalidParameterValue("Cannot provide qualifier")
        held: dict[str, Any] | None = self._moto.backend("lambda")._lambdas._functions.get(name)
        if held is None or held["latest"] is None:
            raise FunctionNotFound(self._registry.arn(name))
        return held


def configuration(function: Any) -> dict[str, Any]:
    """A version's configuration as the API tells it."""
    told: dict[str, Any] = function.get_configuration()
    return told


def revision_id(told: dict[str, Any]) -> str:
    """A configuration's RevisionId: another one whenever anything in it changes."""
    content = {name: value for name, value in told.items() if name not in ("RevisionId", "LastUpdateStatus")}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def versions_of(alias: Any) -> set[str]:
    """The versions that an alias routes to: one, or two with weights."""
    weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
    return {str(alias.function_version), *map(str, weights)}


def _content(function: Any) -> str:
    """What a version is told apart by: code and configuration, the function's description included."""
    told = {name: value for name, value in configuration(function).items() if name not in OWN_TO_A_VERSION}
    snap_start = getattr(function, "snap_start", None)
    return json.dumps([told, function.description, snap_start], sort_keys=True, default=str)


def _refuse_other(latest: Any, code_sha256: str, revision: str) -> None:
    if code_sha256 and code_sha256 != latest.code_sha_256:
        raise InvalidParameterValue(
            f"CodeSHA256 ({code_sha256}) is different from current CodeSHA256 in $LATEST ({latest.code_sha_256}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
    refuse_old_revision(revision, configuration(latest)["RevisionId"])


def refuse_old_revision(given: str, current: str) -> None:
    """Refuse a change that was meant for what is there no more.

    Raises
    ------
    LambdaError
        412 ``PreconditionFailedException``.
    """
    if given and given != current:
        raise LambdaError(
            "PreconditionFailedException",
            412,
            "The RevisionId provided does not match the latest RevisionId for the Lambda function or alias. Call the "
            "GetFunction or the GetAlias API to retrieve the latest RevisionId for your resource.",
        )


def _number(marker: str | None) -> int:
    if marker and not marker.isdigit():
        raise InvalidParameterValue("Invalid Marker")
    return int(marker or 0)
