"""API keys and usage plans: which client may call which stages, how fast, and how often."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from grader.cloud.clock import Clock
from grader.cloud.http.errors import GatewayRefusal, bad_request, not_found
from grader.cloud.http.throttle import Limit, Throttle, read_limit
from grader.cloud.ids import Ids

Period = Literal["DAY", "WEEK", "MONTH"]
SHORTEST_VALUE = 20


@dataclass
class ApiKey:
    """A client's key; ``value`` is what it sends as ``x-api-key``."""

    id: str
    value: str
    name: str
    created: float
    enabled: bool = True
    description: str = ""


@dataclass(frozen=True)
class Quota:
    """How many requests a key may make in a period; ``offset`` is subtracted in the first one."""

    limit: int
    period: Period
    offset: int = 0


@dataclass(frozen=True)
class PlanStage:
    """A stage that a plan opens, with the limits of single methods (``/path/VERB``) for each key."""

    api_id: str
    name: str
    methods: Mapping[str, Limit] = field(default_factory=dict)


@dataclass
class UsagePlan:
    """A plan, the keys that are in it, and what they have used, by key and day."""

    id: str
    name: str
    created: float
    stages: tuple[PlanStage, ...] = ()
    limit: Limit | None = None
    quota: Quota | None = None
    description: str = ""
    keys: dict[str, ApiKey] = field(default_factory=dict)
    used: Counter[tuple[str, date]] = field(default_factory=Counter)
    throttle: Throttle = field(default_factory=lambda: Throttle({}))

    def stage(self, api_id: str, name: str) -> PlanStage | None:
        """The plan's entry for a stage, if it opens it."""
        return next((one for one in self.stages if (one.api_id, one.name) == (api_id, name)), None)

    def set_limits(self) -> None:
        """Begin with full buckets, for the limits as they are now."""
        limits: dict[Any, Limit] = {"*": self.limit} if self.limit else {}
        for stage in self.stages:
            limits |= {(stage.api_id, stage.name, method): limit for method, limit in stage.methods.items()}
        self.throttle = Throttle(limits)

    def left(self, key_id: str, today: date) -> int | None:
        """How many requests a key may still make in the period of ``today``; None without a quota."""
        if self.quota is None:
            return None
        first = period_start(self.quota.period, today)
        used = sum(count for (key, day), count in self.used.items() if key == key_id and first <= day <= today)
        begun = datetime.fromtimestamp(self.created, UTC).date()
        offset = self.quota.offset if first == period_start(self.quota.period, begun) else 0
        return max(0, self.quota.limit - offset - used)


def period_start(period: Period, today: date) -> date:
    """The first day of the period: midnight UTC, Monday, the first of the month."""
    if period == "DAY":
        return today
    return today - timedelta(days=today.weekday()) if period == "WEEK" else today.replace(day=1)


class UsagePlans:
    """The account's API keys and usage plans.

    Parameters
    ----------
    clock, ids
        Dates and identifiers; the values of keys come from the ids' seed.
    """

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock, self._ids = clock, ids
        self.keys: dict[str, ApiKey] = {}
        self.plans: dict[str, UsagePlan] = {}
        self._lock = threading.Lock()

    def create_key(self, name: str, value: str | None = None, enabled: bool = True, description: str = "") -> ApiKey:
        """A new key; without ``value`` one is made.

        Raises
        ------
        GatewayRefusal
            When the value is too short, or another key has it.
        """
        if value is not None and len(value) < SHORTEST_VALUE:
            raise bad_request("API Key value should be at least 20 characters")
        if value is not None and any(key.value == value for key in self.keys.values()):
            raise GatewayRefusal("ConflictException", "API Key already exists")
        key = ApiKey(
            self._ids.lower(10), value or self._ids.lower(40), name, self._clock.timestamp(), enabled, description
        )
        self.keys[key.id] = key
        return key

    def key(self, key_id: str) -> ApiKey:
        """The key with this id; ``NotFoundException`` when there is none."""
        if key_id not in self.keys:
            raise not_found("Invalid API Key identifier specified")
        return self.keys[key_id]

    def delete_key(self, key_id: str) -> None:
        """Delete a key; plans lose it."""
        self.key(key_id)
        del self.keys[key_id]
        for plan in self.plans.values():
            plan.keys.pop(key_id, None)

    def put_plan(
        self,
        plan_id: str | None,
        name: str,
        stages: Iterable[PlanStage],
        limit: Limit | None,
        quota: Quota | None,
        description: str = "",
    ) -> UsagePlan:
        """Create a plan (``plan_id`` None), or replace what an existing one says; its keys stay."""
        if plan_id is None:
            plan = UsagePlan(self._ids.lower(6), name, self._clock.timestamp())
            self.plans[plan.id] = plan
        plan = self.plan(plan_id) if plan_id is not None else plan
        plan.name, plan.stages, plan.limit, plan.quota = name, tuple(stages), limit, quota
        plan.description = description
        plan.set_limits()
        return plan

    def plan(self, plan_id: str) -> UsagePlan:
        """The plan with this id; ``NotFoundException`` when there is none."""
        if plan_id not in self.plans:
            raise not_found("Invalid Usage Plan ID specified")
        return self.plans[plan_id]

    def delete_plan(self, plan_id: str) -> None:
        """Delete a plan."""
        self.plan(plan_id)
        del self.plans[plan_id]

    def add_key(self, plan_id: str, key_id: str) -> None:
        """Put a key into a plan.

        Raises
        ------
        GatewayRefusal
            When another plan with the same stage has it already.
        """
        plan, key = self.plan(plan_id), self.key(key_id)
        for other in self.plans.values():
            shared = {(one.api_id, one.name) for one in other.stages} & {(one.api_id, one.name) for one in plan.stages}
            if other is not plan and key_id in other.keys and shared:
                raise GatewayRefusal(
                    "ConflictException", f"API Key {key_id} cannot be added to more than one plan for the same stage."
                )
        plan.keys[key_id] = key

    def remove_key(self, plan_id: str, key_id: str) -> None:
        """Take a key out of a plan."""
        self.plan(plan_id).keys.pop(key_id, None)

    def find(self, value: str, api_id: str, stage_name: str) -> tuple[ApiKey, UsagePlan] | str:
        """The key with this value and the plan that opens the stage to it, or why there is none."""
        key = next((one for one in self.keys.values() if one.value == value), None)
        if key is None:
            return "No API key has this value."
        if not key.enabled:
            return f"The API key {key.name or key.id} is disabled."
        for plan in self.plans.values():
            if key.id in plan.keys and plan.stage(api_id, stage_name):
                return key, plan
        return f"The API key {key.name or key.id} is in no usage plan that has the stage {stage_name}."

    def admits(self, plan: UsagePlan, key: ApiKey, method: tuple[str, str, str], now: float) -> Limit | Quota | None:
        """Count a request of a key; the limit or quota that it breaks, or None.

        Parameters
        ----------
        method
            API id, stage name, ``/path/VERB``.
        """
        buckets = [(key.id, one) for one in (method, "*") if plan.throttle.limit([one]) is not None]
        for bucket in buckets:
            limit = plan.throttle.limit([bucket[1]])
            if limit is not None and not plan.throttle.takes(bucket, limit, now):
                return limit
        today = datetime.fromtimestamp(now, UTC).date()
        with self._lock:
            if plan.left(key.id, today) == 0:
                return plan.quota
            plan.used[key.id, today] += 1
        return None


def read_quota(written: Mapping[str, Any] | None) -> Quota | None:
    """A plan's ``Quota`` as CloudFormation writes it."""
    if not written or written.get("Limit") is None:
        return None
    period = str(written.get("Period", "")).upper()
    if period not in ("DAY", "WEEK", "MONTH"):
        raise bad_request("Usage Plan quota period must be DAY, WEEK or MONTH")
    return Quota(int(written["Limit"]), period, int(written.get("Offset") or 0))  # type: ignore[arg-type]  # as above


def read_plan_stages(written: Iterable[Mapping[str, Any]]) -> list[PlanStage]:
    """A plan's ``ApiStages`` as CloudFormation writes them."""
    return [
        PlanStage(
            str(one.get("ApiId")),
            str(one.get("Stage")),
            {
                method: limit
                for method, setting in (one.get("Throttle") or {}).items()
                if (limit := read_limit(setting, "RateLimit", "BurstLimit")) is not None
            },
        )
        for one in written
    ]
