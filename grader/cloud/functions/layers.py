"""Layers: what Lambda refuses about them, and how a deleted version lives on in the functions that have it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import LambdaFunction, LayerStorage
from moto.awslambda.utils import get_backend

MOST = 5
UNZIPPED_LIMIT = 262_144_000
Replace = Callable[[Any, str, Callable[[Any], Any]], None]


class LayerHooks:
    """The patches of moto's layers for one cloud.

    Attributes
    ----------
    deleted
        The content of deleted versions by ARN: functions that have one keep it.
    """

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self.deleted: dict[str, bytes] = {}

    def install(self, replace: Replace) -> None:
        """Patch moto."""
        replace(LambdaFunction, "_get_layers_data", self._checking)
        replace(LayerStorage, "delete_layer_version", self._remembering)
        replace(LayerStorage, "get_layer_versions", _by_name_or_arn)

    def code(self, backend: Any, arn: str) -> bytes:
        """The content of a layer version, also of a deleted one."""
        found = backend.layers_versions_by_arn(arn)
        return bytes(found.code_bytes) if found is not None else self.deleted.get(arn, b"")

    def _remembering(self, original: Any) -> Any:
        def delete_layer_version(storage: Any, layer_name: str, layer_version: str) -> None:
            found = storage._find_layer_by_name_or_arn(layer_name).layer_versions.get(str(layer_version))
            if found is not None:
                self.deleted[found.arn] = bytes(found.code_bytes)
            original(storage, layer_name, layer_version)

        return delete_layer_version

    def _checking(self, original: Any) -> Any:
        def get_layers_data(function: Any, arns: Sequence[str]) -> Any:
            arns = [arn for arn in arns or () if arn]
            check_layers(arns, self._account_id)
            kept = [arn for arn in arns if arn in self.deleted and _has(function, arn)]
            found = {one["Arn"]: one for one in original(function, [arn for arn in arns if arn not in kept])}
            found |= {arn: {"Arn": arn, "CodeSize": len(self.deleted[arn])} for arn in kept}
            backend = get_backend(self._account_id, function.region)
            check_size([getattr(function, "code_bytes", b""), *(self.code(backend, arn) for arn in arns)])
            return [found[arn] for arn in arns]

        return get_layers_data


def _by_name_or_arn(original: Any) -> Any:
    def get_layer_versions(storage: Any, layer_name: str) -> Any:
        return original(storage, unquote(layer_name).rpartition(":layer:")[2])

    return get_layer_versions


def _has(function: Any, arn: str) -> bool:
    return any(layer["Arn"] == arn for layer in getattr(function, "layers", ()))


def check_layers(arns: Sequence[str], account_id: str) -> None:
    """Refuse more than five layers, two versions of one, and those of another account.

    Raises
    ------
    InvalidParameterValueException, LambdaClientError
        In AWS's words; moto writes them as the Lambda API does.
    """
    if len(arns) > MOST:
        raise InvalidParameterValueException(f"Cannot reference more than {MOST} layers.")
    names = [arn.rpartition(":")[0] for arn in arns]
    if len(set(names)) < len(names):
        raise InvalidParameterValueException(
            "Two different versions of the same layer are not allowed to be referenced in the same function."
        )
    for arn in arns:
        parts = arn.split(":")
        if len(parts) != 8 or parts[5] != "layer" or not parts[7].isdigit():
            raise InvalidParameterValueException(f"Layer version {arn} is not the ARN of a layer version.")
        if parts[4] != account_id:
            raise LambdaClientError(
                "AccessDeniedException",
                f"User is not authorized to perform: lambda:GetLayerVersion on resource: {arn} because no "
                "resource-based policy allows the lambda:GetLayerVersion action",
            )


def check_size(packages: Sequence[bytes]) -> None:
    """Refuse a function whose code and layers are larger, unzipped, than Lambda takes.

    Raises
    ------
    InvalidParameterValueException
        With the size.
    """
    size = sum(unzipped_size(package) for package in packages)
    if size > UNZIPPED_LIMIT:
        raise InvalidParameterValueException(
            f"Function code combined with layers exceeds the maximum allowed size of {UNZIPPED_LIMIT} bytes. "
            f"The actual size is {size} bytes."
        )


def unzipped_size(package: bytes) -> int:
    """What a ZIP says that it holds, in bytes; what is no ZIP is refused elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            return sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        return 0
