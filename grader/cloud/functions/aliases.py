"""Aliases: names that point to a version, or to two of them with weights. Their state lies in moto's Lambda backend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.awslambda.models import LambdaAlias

from grader.cloud.functions.collaborators import MotoAccount
from grader.cloud.functions.errors import FunctionNotFound, InvalidParameterValue, LambdaError
from grader.cloud.functions.registry import Registry, split_name
from grader.cloud.functions.versions import LATEST, refuse_old_revision, revision_id, versions_of

NAME = re.compile(r"(?!^[0-9]+$)[a-zA-Z0-9-_]{1,128}")


class Aliases:
    """The aliases of the account's functions.

    Parameters
    ----------
    registry
        Finds functions.
    """

    def __init__(self, moto: MotoAccount, registry: Registry) -> None:
        self._moto, self._registry = moto, registry

    def create(self, function: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """CreateAlias.

        Raises
        ------
        LambdaError
            409 when there is one of this name, 404 without such a version, 400 for weights that cannot be.
        """
        name = str(members.get("Name") or "")
        if not NAME.fullmatch(name):
            raise LambdaError(
                "ValidationException",
                400,
                f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must "
                "satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
            )
        with self._moto.lock:
            known = self._known(function)
            if name in known:
                raise LambdaError(
                    "ResourceConflictException", 409, f"Alias already exists: {self._arn(function, name)}"
                )
            routing = self._checked(function, str(members.get("FunctionVersion")), members.get("RoutingConfig"))
            alias = LambdaAlias(
                self._moto.account_id, self._registry.region, name, split_name(function)[0],
                str(members["FunctionVersion"]), str(members.get("Description") or ""), routing,
            )  # fmt: skip
            known[name] = alias
            return told(alias)

    def update(self, function: str, name: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateAlias: change what is given; weights stay unless RoutingConfig says otherwise."""
        with self._moto.lock:
            alias = self._find(function, name)
            refuse_old_revision(str(members.get("RevisionId") or ""), told(alias)["RevisionId"])
            version = str(members.get("FunctionVersion") or alias.function_version)
            given = members.get("RoutingConfig")
            routing = self._checked(function, version, alias.routing_config if given is None else given)
            alias.function_version, alias.routing_config = version, routing
            if members.get("Description") is not None:
                alias.description = str(members["Description"])
            return told(alias)

    def get(self, function: str, name: str) -> dict[str, Any]:
        """GetAlias; 404 when there is none."""
        with self._moto.lock:
            return told(self._find(function, name))

    def listed(
        self, function: str, version: str | None = None, marker: str | None = None, most: int = 50
    ) -> tuple[list[dict[str, Any]], str | None]:
        """ListAliases, by name: all of a function, or those that route to a version; and where the next page begins."""
        with self._moto.lock:
            aliases = sorted(self._known(function).values(), key=lambda alias: str(alias.name))
            found = [told(alias) for alias in aliases if version is None or version in versions_of(alias)]
        first = int(marker or 0)
        return found[first : first + most], str(first + most) if first + most < len(found) else None

    def delete(self, function: str, name: str) -> None:
        """DeleteAlias; one that is not there is no error."""
        with self._moto.lock:
            self._known(function).pop(name, None)

    def _known(self, function: str) -> dict[str, Any]:
        name = split_name(function)[0]
        storage = self._moto.backend("lambda")._lambdas
        if name not in storage._functions:
            raise FunctionNotFound(self._registry.arn(name))
        known: dict[str, Any] = storage._aliases[self._registry.arn(name)]
        return known

    def _find(self, function: str, name: str) -> Any:
        found = self._known(function).get(name)
        if found is None:
            raise LambdaError("ResourceNotFoundException", 404, f"Cannot find alias arn: {self._arn(function, name)}")
        return found

    def _checked(self, function: str, version: str, routing: Any) -> Any:
        """The routing configuration, if Lambda takes it for an alias that points to ``version``."""
        weights = dict((routing or {}).get("AdditionalVersionWeights") or {})
        self._refuse_missing(function, version)
        if not weights:
            return None
        if len(weights) > 1:
            raise InvalidParameterValue("Number of items in AdditionalVersionWeights cannot be greater than 1")
        ((second, weight),) = weights.items()
        if version == LATEST or second == LATEST:
            raise InvalidParameterValue("$LATEST is not supported for an alias pointing to more than 1 version")
        if second == version:
            raise InvalidParameterValue(
                f"Invalid function version {second}. Function version {second} is already included in routing "
                "configuration."
            )
        if not 0.0 <= float(weight) <= 1.0:
            raise LambdaError("ValidationException", 400, f"Weight of version {second} must be between 0.0 and 1.0")
        self._refuse_missing(function, second)
        self._refuse_unlike(function, version, second)
        return {"AdditionalVersionWeights": {second: float(weight)}}

    def _refuse_missing(self, function: str, version: str) -> None:
        name = split_name(function)[0]
        held = self._moto.backend("lambda")._lambdas._functions[name]
        if version != LATEST and version not in {str(one.version) for one in held["versions"]}:
            raise FunctionNotFound(f"{self._registry.arn(name)}:{version}")

    def _refuse_unlike(self, function: str, one: str, other: str) -> None:
        """Two versions behind one alias must share their role and their dead-letter queue."""
        first, second = (self._registry.resolve(function, version) for version in (one, other))
        if (first.role, first.dead_letter_target) != (second.role, second.dead_letter_target):
            raise InvalidParameterValue(
                "Both versions of an alias with weights must have the same execution role and the same dead letter "
                "queue configuration."
            )

    def _arn(self, function: str, name: str) -> str:
        return f"{self._registry.arn(split_name(function)[0])}:{name}"


def told(alias: Any) -> dict[str, Any]:
    """An alias as the API tells it."""
    members: dict[str, Any] = {
        "AliasArn": alias.arn,
        "Name": alias.name,
        "FunctionVersion": alias.function_version,
        "Description": alias.description,
        "RoutingConfig": alias.routing_config,
    }
    return {**{name: value for name, value in members.items() if value is not None}, "RevisionId": revision_id(members)}
