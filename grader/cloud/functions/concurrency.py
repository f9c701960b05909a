"""Reserved concurrency: a part of the account's executions that one function has to itself, and cannot exceed."""

from __future__ import annotations

from typing import Any

from grader.cloud.functions.collaborators import MotoAccount
from grader.cloud.functions.errors import FunctionNotFound, InvalidParameterValue
from grader.cloud.functions.pool import ACCOUNT_CONCURRENCY
from grader.cloud.functions.registry import Registry, split_name

LEFT_UNRESERVED = 100


class Concurrency:
    """What functions have reserved of the account's 1,000 executions; 100 stay for those that reserve nothing."""

    def __init__(self, moto: MotoAccount, registry: Registry) -> None:
        self._moto, self._registry = moto, registry

    def reserve(self, function: str, executions: int) -> int:
        """PutFunctionConcurrency; 0 keeps a function from running at all.

        Raises
        ------
        LambdaError
            400 when less than 100 would stay unreserved; 404 without such a function.
        """
        with self._moto.lock:
            found = self._find(function)
            others = self._registry.reserved_total() - int(found.reserved_concurrency or 0)
            if executions < 0 or ACCOUNT_CONCURRENCY - others - executions < LEFT_UNRESERVED:
                raise InvalidParameterValue(
                    "Specified ReservedConcurrentExecutions for function decreases account's "
                    f"UnreservedConcurrentExecution below its minimum value of [{LEFT_UNRESERVED}]."
                )
            found.reserved_concurrency = executions
            return executions

    def release(self, function: str) -> None:
        """DeleteFunctionConcurrency: the function shares what is unreserved again."""
        with self._moto.lock:
            self._find(function).reserved_concurrency = None

    def of(self, function: str) -> int | None:
        """GetFunctionConcurrency; None when nothing is reserved."""
        with self._moto.lock:
            reserved = self._find(function).reserved_concurrency
            return None if reserved is None else int(reserved)

    def unreserved(self) -> int:
        """What is left for functions that reserve nothing."""
        return ACCOUNT_CONCURRENCY - self._registry.reserved_total()

    def _find(self, function: str) -> Any:
        name, qualifier = split_name(function)
        if qualifier:
            raise InvalidParameterValue("Cannot provide qualifier")
        held = self._moto.backend("lambda")._lambdas._functions.get(name)
        if held is None:
            raise FunctionNotFound(self._registry.arn(name))
        return held["latest"]
