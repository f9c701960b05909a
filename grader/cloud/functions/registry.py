"""Find a function, its version and its configuration in moto's Lambda backend."""

from __future__ import annotations

import hashlib
import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.functions.collaborators import MotoAccount
from grader.cloud.functions.errors import FunctionNotFound, InvalidParameterValue

ARN = re.compile(r"^arn:aws[\w-]*:lambda:(?P<region>[\w-]+):(?P<account>\d{12}):function:(?P<rest>.+)$")
PARTIAL_ARN = re.compile(r"^(?P<account>\d{12}):function:(?P<rest>.+)$")


@dataclass(frozen=True)
class FunctionVersion:
    """A snapshot of one version's configuration.

    Attributes
    ----------
    arn
        Without a qualifier.
    invoked_arn
        What ``context.invoked_function_arn`` says: with the qualifier that was asked for.
    qualifier
        The alias or version that was asked for, or None.
    fingerprint
        Changes when code or configuration change; environments of another fingerprint are retired.
    """

    name: str
    arn: str
    version: str
    invoked_arn: str
    qualifier: str | None
    handler: str
    runtime: str
    role: str
    memory_mb: int
    timeout_s: float
    ephemeral_mb: int
    variables: dict[str, str]
    code: bytes = field(repr=False)
    code_sha256: str
    layers: tuple[tuple[str, bytes], ...] = field(repr=False)
    reserved_concurrency: int | None
    dead_letter_target: str | None
    log_group: str
    log_format: str = "Text"
    log_level: str = "INFO"
    system_log_level: str = "INFO"
    recursive_loop: str = "Terminate"
    fingerprint: str = ""

    @property
    def qualified_arn(self) -> str:
        """The ARN with the executed version, as destination records carry it."""
        return f"{self.arn}:{self.version}"


def split_name(function: str) -> tuple[str, str | None]:
    """Take a name, an ARN or a partial ARN apart into the function's name and its qualifier."""
    match = ARN.match(function) or PARTIAL_ARN.match(function)
    name, _, qualifier = (match["rest"] if match else function).partition(":")
    return name, qualifier or None


class Registry:
    """Reads moto's Lambda backend, always under its lock.

    Parameters
    ----------
    seed
        Decides which version an alias with weights routes an invocation to.
    """

    def __init__(self, moto: MotoAccount, region: str, seed: int) -> None:
        self._moto = moto
        self.region = region
        self._random = random.Random(f"alias-routing-{seed}")

    @staticmethod
    def layer_code(backend: Any, arn: str) -> bytes:
        """The content of a layer version; replaced by who remembers deleted ones."""
        return bytes(getattr(backend.layers_versions_by_arn(arn), "code_bytes", b""))

    def arn(self, name: str) -> str:
        """The unqualified ARN of a function of this account."""
        return f"arn:aws:lambda:{self.region}:{self._moto.account_id}:function:{name}"

    def resolve(self, function: str, qualifier: str | None = None) -> FunctionVersion:
        """The version that an invocation of ``function`` runs now; an alias with weights may give another next time.

        Raises
        ------
        FunctionNotFound
            AWS's 404, with the ARN that was looked for.
        """
        name, own = split_name(function)
        if own and qualifier and own != qualifier:
            raise InvalidParameterValue(
                "The derived qualifier from the function name does not match the specified qualifier."
            )
        qualifier = own or qualifier
        with self._moto.lock:
            backend = self._moto.backend("lambda")
            return self._snapshot(backend, self._find(backend, name, qualifier), name, qualifier)

    def names(self) -> list[str]:
        """The names of all functions."""
        with self._moto.lock:
            return [function.function_name for function in self._moto.backend("lambda").list_functions()]

    def reserved_total(self) -> int:
        """The sum of all reserved concurrency, which the other functions cannot use."""
        with self._moto.lock:
            functions = list(self._moto.backend("lambda").list_functions())
            return sum(int(function.reserved_concurrency or 0) for function in functions)

    def set_recursive_loop(self, name: str, value: str) -> None:
        """PutFunctionRecursionConfig: ``Terminate`` (the default) or ``Allow``."""
        if value not in ("Allow", "Terminate"):
            raise InvalidParameterValue(f"RecursiveLoop must be Allow or Terminate, not {value}.")
        with self._moto.lock:
            self._moto.backend("lambda")._lambdas._functions[name]["latest"].recursive_loop = value

    def _find(self, backend: Any, name: str, qualifier: str | None) -> Any:
        arn = self.arn(name) + (f":{qualifier}" if qualifier else "")
        versions = backend._lambdas._functions.get(name)
        if versions is None:
            raise FunctionNotFound(arn)
        wanted = self._routed(backend._lambdas._aliases.get(self.arn(name), {}), qualifier)
        if wanted.upper() == "$LATEST":
            found = versions["latest"]
        else:
            found = next((each for each in versions["versions"] if str(each.version) == wanted), None)
        if found is None:
            raise FunctionNotFound(arn)
        return found

    def _routed(self, aliases: dict[str, Any], qualifier: str | None) -> str:
        if qualifier is None:
            return "$LATEST"
        alias = aliases.get(qualifier)
        if alias is None:
            return qualifier
        weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
        if not weights:
            return str(alias.function_version)
        drawn = self._random.random()
        for version, weight in weights.items():
            drawn -= float(weight)
            if drawn < 0:
                return str(version)
        return str(alias.function_version)

    def _snapshot(self, backend: Any, function: Any, name: str, qualifier: str | None) -> FunctionVersion:
        latest = backend._lambdas._functions[name]["latest"] or function
        arn = self.arn(name)
        layers = tuple((str(layer["Arn"]), self.layer_code(backend, str(layer["Arn"]))) for layer in function.layers)
        variables = {str(key): str(value) for key, value in (function.environment_vars or {}).items()}
        reserved = latest.reserved_concurrency
        logging = getattr(function, "logging_config", None) or {}
        dead_letters = getattr(function, "dead_letter_config", None) or {}
        snapshot = {
            "handler": function.handler or "",
            "runtime": function.run_time or "",
            "role": function.role,
            "memory_mb": int(function.memory_size),
            "timeout_s": float(function.timeout),
            "ephemeral_mb": int(function.ephemeral_storage),
            "variables": variables,
            "code_sha256": function.code_sha_256,
            "log_group": logging.get("LogGroup") or f"/aws/lambda/{name}",
            "log_format": logging.get("LogFormat") or "Text",
            "log_level": logging.get("ApplicationLogLevel") or "INFO",
            "system_log_level": logging.get("SystemLogLevel") or "INFO",
        }
        identity = json.dumps([snapshot, [layer for layer, _ in layers]], sort_keys=True)
        return FunctionVersion(
            name=name,
            arn=arn,
            version=str(function.version),
            invoked_arn=f"{arn}:{qualifier}" if qualifier else arn,
            qualifier=qualifier,
            code=function.code_bytes,
            layers=layers,
            reserved_concurrency=None if reserved is None else int(reserved),
            dead_letter_target=dead_letters.get("TargetArn") or None,
            recursive_loop=getattr(latest, "recursive_loop", "Terminate"),
            fingerprint=hashlib.sha256(identity.encode()).hexdigest(),
            **snapshot,
        )
