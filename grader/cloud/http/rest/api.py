"""What API Gateway's own API reads of REST APIs, and the console's Test. Templates make and change APIs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.door.responder import Action, ApiError, Parameters
from grader.cloud.http.errors import not_found
from grader.cloud.http.gateway import Gateway
from grader.cloud.http.paging import in_aws_words, page_of
from grader.cloud.http.rest import descriptions as describe
from grader.cloud.http.rest.apis import RestApi
from grader.cloud.http.rest.export import exported
from grader.cloud.http.rest.parts import resource_of
from grader.cloud.http.rest.resources import Method, Resource
from grader.cloud.http.rest.stages import Stage
from grader.cloud.http.rest.trial import Trials
from grader.cloud.http.throttle import ACCOUNT_BURST, ACCOUNT_RATE


class RestApiApi:
    """Operations of ``apigateway`` by name.

    Parameters
    ----------
    gateway
        What exists.
    """

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway, self._clock = gateway, clock
        self._trials = Trials(gateway.rest, clock, gateway.apis.ids, gateway.traces)
        self._uri = f"arn:aws:apigateway:{gateway.region}:lambda:path/2015-03-31/functions/"

    @property
    def actions(self) -> dict[str, Action]:
        """What answers which operation."""
        return in_aws_words(
            {
                "GetRestApis": lambda given: self._page(describe.described_api, list(self._gateway.apis), given),
                "GetRestApi": lambda given: describe.described_api(self._api(given)),
                "GetResources": self._resources,
                "GetResource": self._resource_described,
                "GetMethod": lambda given: describe.described_method(*self._method(given), self._uri),
                "GetIntegration": self._integration,
                "GetStages": lambda given: {
                    "item": [describe.described_stage(stage) for stage in self._api(given).stages.values()]
                },
                "GetStage": lambda given: describe.described_stage(self._stage(given)),
                "GetDeployments": lambda given: self._page(
                    describe.described_deployment, list(self._api(given).deployments.values()), given
                ),
                "GetDeployment": self._deployment,
                "GetAuthorizers": lambda given: self._page(
                    self._authorizer, list(self._api(given).definition.authorizers.values()), given
                ),
                "GetAuthorizer": self._authorizer_by_id,
                "GetExport": self._export,
                "TestInvokeMethod": self._test,
                "FlushStageAuthorizersCache": self._flush,
                "GetApiKeys": self._keys,
                "GetApiKey": lambda given: describe.described_key(
                    self._gateway.plans.key(str(given["apiKey"])), bool(given.get("includeValue"))
                ),
                "GetUsagePlans": self._plans,
                "GetUsagePlan": lambda given: describe.described_plan(
                    self._gateway.plans.plan(str(given["usagePlanId"]))
                ),
                "GetUsagePlanKeys": self._plan_keys,
                "GetUsage": self._usage,
                "GetAccount": lambda given: self._account(),
            }
        )

    def _page(self, description: Any, items: list[Any], given: Parameters) -> dict[str, Any]:
        found, position = page_of(items, given)
        page: dict[str, Any] = {"items": [description(item) for item in found]}
        return {**page, "position": position} if position else page

    def _api(self, given: Parameters) -> RestApi:
        return self._gateway.apis.get(str(given["restApiId"]))

    def _stage(self, given: Parameters) -> Stage:
        found = self._api(given).stages.get(str(given["stageName"]))
        if found is None:
            raise not_found("Invalid stage identifier specified")
        return found

    def _resources(self, given: Parameters) -> dict[str, Any]:
        api, embed = self._api(given), "methods" in (given.get("embed") or [])
        ordered = [api.definition.resources[path] for path in sorted(api.definition.resources)]
        return self._page(lambda resource: describe.described_resource(api, resource, self._uri, embed), ordered, given)

    def _resource_described(self, given: Parameters) -> dict[str, Any]:
        api, embed = self._api(given), "methods" in (given.get("embed") or [])
        return describe.described_resource(api, resource_of(api, str(given["resourceId"])), self._uri, embed)

    def _method(self, given: Parameters) -> tuple[Resource, Method]:
        resource = resource_of(self._api(given), str(given["resourceId"]))
        method = resource.methods.get(str(given["httpMethod"]).upper())
        if method is None:
            raise not_found("Invalid Method identifier specified")
        return resource, method

    def _integration(self, given: Parameters) -> dict[str, Any]:
        resource, method = self._method(given)
        if method.integration is None:
            raise not_found("No integration defined for method")
        return describe.described_integration(resource, method.integration, self._uri)

    def _deployment(self, given: Parameters) -> dict[str, Any]:
        found = self._api(given).deployments.get(str(given["deploymentId"]))
        if found is None:
            raise not_found("Invalid Deployment identifier specified")
        return describe.described_deployment(found)

    def _authorizer(self, authorizer: Any) -> dict[str, Any]:
        return describe.described_authorizer(authorizer, self._uri)

    def _authorizer_by_id(self, given: Parameters) -> dict[str, Any]:
        wanted = str(given["authorizerId"])
        found = [one for one in self._api(given).definition.authorizers.values() if one.id == wanted]
        if not found:
            raise not_found("Invalid Authorizer identifier specified")
        return self._authorizer(found[0])

    def _export(self, given: Parameters) -> dict[str, Any]:
        api, stage, kind = self._api(given), self._stage(given), str(given["exportType"])
        host = f"{api.id}.execute-api.{self._gateway.region}.amazonaws.com"
        extensions = str((given.get("parameters") or {}).get("extensions", ""))
        document = exported(api, stage, kind, extensions, host, self._uri)
        name = f"{api.name}-{stage.name}-{kind}.json"
        return {
            "contentType": "application/json",
            "contentDisposition": f'attachment; filename="{name}"',
            "body": json.dumps(document, indent=2).encode(),
        }

    def _test(self, given: Parameters) -> dict[str, Any]:
        trial = self._trials.run(
            self._api(given),
            str(given["resourceId"]),
            str(given["httpMethod"]).upper(),
            given.get("pathWithQueryString"),
            given.get("multiValueHeaders") or given.get("headers"),
            str(given.get("body") or ""),
            given.get("stageVariables"),
        )
        many: dict[str, list[str]] = {}
        for name, value in trial.response.headers:
            many.setdefault(name, []).append(value)
        return {
            "status": trial.response.status,
            "body": trial.response.body.decode("utf-8", "replace"),
            "headers": {name: values[-1] for name, values in many.items()},
            "multiValueHeaders": many,
            "log": trial.log,
            "latency": trial.latency_ms,
        }

    def _flush(self, given: Parameters) -> None:
        self._gateway.authorizers.flush(self._api(given).id, self._stage(given).name)

    def _keys(self, given: Parameters) -> dict[str, Any]:
        wanted, shown = str(given.get("nameQuery") or ""), bool(given.get("includeValues"))
        keys = [key for key in self._gateway.plans.keys.values() if key.name.startswith(wanted)]
        return self._page(lambda key: describe.described_key(key, shown), keys, given)

    def _plans(self, given: Parameters) -> dict[str, Any]:
        key = given.get("keyId")
        plans = [plan for plan in self._gateway.plans.plans.values() if key is None or key in plan.keys]
        return self._page(describe.described_plan, plans, given)

    def _plan_keys(self, given: Parameters) -> dict[str, Any]:
        plan = self._gateway.plans.plan(str(given["usagePlanId"]))
        return self._page(
            lambda key: {"id": key.id, "type": "API_KEY", "value": key.value, "name": key.name},
            list(plan.keys.values()),
            given,
        )

    def _usage(self, given: Parameters) -> dict[str, Any]:
        """Used and left, by key and day."""
        plan = self._gateway.plans.plan(str(given["usagePlanId"]))
        first, last = _day(given, "startDate"), _day(given, "endDate")
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        keys = [key for key in plan.keys if given.get("keyId") in (None, key)]
        values = {key: [[plan.used[key, day], plan.left(key, day) or 0] for day in days] for key in keys}
        return {"usagePlanId": plan.id, "startDate": str(first), "endDate": str(last), "items": values}

    def _account(self) -> Mapping[str, Any]:
        account: dict[str, Any] = {
            "throttleSettings": {"burstLimit": ACCOUNT_BURST, "rateLimit": ACCOUNT_RATE},
            "features": ["UsagePlans"],
            "apiKeyVersion": "4",
        }
        role = self._gateway.log_role
        return {**account, "cloudwatchRoleArn": role} if role else account


def _day(given: Parameters, name: str) -> date:
    try:
        return datetime.strptime(str(given[name]), "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise ApiError("BadRequestException", f"Invalid {name}: write it as YYYY-MM-DD") from error
