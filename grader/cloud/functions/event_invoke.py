"""EventInvokeConfig: how often and how long an asynchronous event is tried, and who hears how it ended."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.functions.errors import InvalidParameterValue, LambdaError

DEFAULT_ATTEMPTS = 2
DEFAULT_AGE_SECONDS = 21_600
DESTINATION = re.compile(r"^$|^arn:aws[\w-]*:(sqs|sns|lambda|events|s3):")


@dataclass(frozen=True)
class EventInvokeConfig:
    """One configuration; None where nothing was set, and the default holds."""

    retry_attempts: int | None = None
    age_seconds: int | None = None
    on_success: str | None = None
    on_failure: str | None = None
    modified: float = 0.0

    @property
    def attempts(self) -> int:
        """How often a failed event is tried again: 0 to 2."""
        return DEFAULT_ATTEMPTS if self.retry_attempts is None else self.retry_attempts

    @property
    def age(self) -> int:
        """How long an event is kept, seconds: 60 to 21,600."""
        return DEFAULT_AGE_SECONDS if self.age_seconds is None else self.age_seconds

    def answer(self, arn: str) -> dict[str, Any]:
        """The configuration as the Lambda API answers it."""
        members: dict[str, Any] = {"FunctionArn": arn, "LastModified": self.modified}
        if self.retry_attempts is not None:
            members["MaximumRetryAttempts"] = self.retry_attempts
        if self.age_seconds is not None:
            members["MaximumEventAgeInSeconds"] = self.age_seconds
        members["DestinationConfig"] = {
            "OnSuccess": {"Destination": self.on_success} if self.on_success else {},
            "OnFailure": {"Destination": self.on_failure} if self.on_failure else {},
        }
        return members


class EventInvokeConfigs:
    """The account's configurations, one for each function, version or alias that has one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._configs: dict[tuple[str, str], EventInvokeConfig] = {}

    def of(self, function: str, qualifier: str | None) -> EventInvokeConfig:
        """What holds for an event that was sent to this function and qualifier."""
        with self._lock:
            return self._configs.get((function, qualifier or "$LATEST"), EventInvokeConfig())

    def put(self, function: str, qualifier: str | None, members: dict[str, Any]) -> EventInvokeConfig:
        """PutFunctionEventInvokeConfig: replace it whole."""
        return self._store(function, qualifier, EventInvokeConfig(), members)

    def update(self, function: str, qualifier: str | None, members: dict[str, Any]) -> EventInvokeConfig:
        """UpdateFunctionEventInvokeConfig: change what is given.

        Raises
        ------
        LambdaError
            404 when there is none yet.
        """
        return self._store(function, qualifier, self.get(function, qualifier), members)

    def get(self, function: str, qualifier: str | None) -> EventInvokeConfig:
        """GetFunctionEventInvokeConfig; 404 when there is none."""
        with self._lock:
            found = self._configs.get((function, qualifier or "$LATEST"))
        if found is None:
            raise _missing(function, qualifier)
        return found

    def delete(self, function: str, qualifier: str | None) -> None:
        """DeleteFunctionEventInvokeConfig; 404 when there is none."""
        self.get(function, qualifier)
        with self._lock:
            self._configs.pop((function, qualifier or "$LATEST"), None)

    def forget(self, function: str) -> None:
        """Drop everything of a function that was deleted."""
        with self._lock:
            self._configs = {key: config for key, config in self._configs.items() if key[0] != function}

    def listed(self, function: str) -> list[tuple[str, EventInvokeConfig]]:
        """ListFunctionEventInvokeConfigs: pairs of qualifier and configuration."""
        with self._lock:
            return sorted(
                ((qualifier, config) for (name, qualifier), config in self._configs.items() if name == function),
                key=lambda pair: pair[0],
            )

    def _store(
        self, function: str, qualifier: str | None, before: EventInvokeConfig, members: dict[str, Any]
    ) -> EventInvokeConfig:
        destinations = members.get("DestinationConfig") or {}
        config = EventInvokeConfig(
            _number(members, "MaximumRetryAttempts", 0, 2, before.retry_attempts),
            _number(members, "MaximumEventAgeInSeconds", 60, 21_600, before.age_seconds),
            _destination(destinations, "OnSuccess", before.on_success),
            _destination(destinations, "OnFailure", before.on_failure),
            self._clock.timestamp(),
        )
        with self._lock:
            self._configs[function, qualifier or "$LATEST"] = config
        return config


def _number(members: dict[str, Any], name: str, least: int, most: int, before: int | None) -> int | None:
    value = members.get(name)
    if value is None:
        return before
    if not isinstance(value, int) or not least <= value <= most:
        raise InvalidParameterValue(f"{name} must be between {least} and {most}.")
    return value


def _destination(destinations: dict[str, Any], when: str, before: str | None) -> str | None:
    if when not in destinations:
        return before
    arn = (destinations[when] or {}).get("Destination") or ""
    if not DESTINATION.match(arn):
        raise InvalidParameterValue(f"The provided destination config DestinationConfig.{when} is invalid: {arn}")
    return arn or None


def _missing(function: str, qualifier: str | None) -> LambdaError:
    return LambdaError(
        "ResourceNotFoundException",
        404,
        f"The function {function}{':' + qualifier if qualifier else ''} doesn't have an EventInvokeConfig",
    )
