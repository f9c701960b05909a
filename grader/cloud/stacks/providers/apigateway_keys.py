"""AWS::ApiGateway::ApiKey, UsagePlan and UsagePlanKey."""

from __future__ import annotations

from grader.cloud.http.rest.usage_plans import UsagePlan, UsagePlans, read_plan_stages, read_quota
from grader.cloud.http.throttle import read_limit
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.apigateway import RestProvider, truth
from grader.cloud.stacks.providers.base import Made, Making
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class PlanProvider(RestProvider):
    """What makes keys and plans."""

    @property
    def plans(self) -> UsagePlans:
        """The account's keys and plans."""
        plans: UsagePlans = self.tools.gateway.plans
        return plans


class ApiKeyProvider(PlanProvider):
    """``AWS::ApiGateway::ApiKey``; ``Ref`` is the id, never the value."""

    def create(self, making: Making) -> Made:
        key = self.plans.create_key(
            making.name("Name", 128),
            making.get("Value"),
            truth(making.get("Enabled")),
            str(making.get("Description") or ""),
        )
        return Made(key.id, {"APIKeyId": key.id}, self.arn(f"apikeys/{key.id}"))

    def update(self, making: Making, current: Resource) -> Made:
        key = self.plans.key(current.physical_id)
        key.enabled, key.description = truth(making.get("Enabled")), str(making.get("Description") or "")
        return Made(key.id, current.attributes, self.arn(f"apikeys/{key.id}"))

    def delete(self, resource: Resource) -> None:
        self.plans.delete_key(resource.physical_id)


class UsagePlanProvider(PlanProvider):
    """``AWS::ApiGateway::UsagePlan``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        return self._made(self._put(making, None))

    def _put(self, making: Making, plan_id: str | None) -> UsagePlan:
        stages = read_plan_stages(making.get("ApiStages") or ())
        for stage in stages:
            api = self.apis.find(stage.api_id)
            if api is None or stage.name not in api.stages:
                raise ResourceFailure(f"API Stage not found: {stage.api_id}:{stage.name}")
        name = making.get("UsagePlanName") or (self.plans.plan(plan_id).name if plan_id else making.name(limit=128))
        return self.plans.put_plan(
            plan_id,
            str(name),
            stages,
            read_limit(making.get("Throttle") or {}, "RateLimit", "BurstLimit"),
            read_quota(making.get("Quota")),
            str(making.get("Description") or ""),
        )

    def _made(self, plan: UsagePlan) -> Made:
        return Made(plan.id, {"Id": plan.id}, self.arn(f"usageplans/{plan.id}"))

    def update(self, making: Making, current: Resource) -> Made:
        return self._made(self._put(making, current.physical_id))

    def delete(self, resource: Resource) -> None:
        self.plans.delete_plan(resource.physical_id)


class UsagePlanKeyProvider(PlanProvider):
    """``AWS::ApiGateway::UsagePlanKey``: a key in a plan."""

    def create(self, making: Making) -> Made:
        key, plan = str(making.get("KeyId")), str(making.get("UsagePlanId"))
        if making.get("KeyType") != "API_KEY":
            raise ResourceFailure("Invalid usage plan key type specified: it must be API_KEY")
        self.plans.add_key(plan, key)
        return Made(f"{key}:{plan}", {"Id": f"{key}:{plan}"})

    def delete(self, resource: Resource) -> None:
        key, plan = resource.physical_id.split(":")
        self.plans.remove_key(plan, key)


TYPES: dict[str, ResourceType] = {
    "AWS::ApiGateway::ApiKey": resource_type(
        ApiKeyProvider, "", "Name Value GenerateDistinctId", "Enabled Description StageKeys Tags", "APIKeyId"
    ),
    "AWS::ApiGateway::UsagePlan": resource_type(
        UsagePlanProvider, "", "", "UsagePlanName ApiStages Throttle Quota Description Tags", "Id"
    ),
    "AWS::ApiGateway::UsagePlanKey": resource_type(
        UsagePlanKeyProvider, "KeyId KeyType UsagePlanId", "KeyId KeyType UsagePlanId", "", "Id"
    ),
}
