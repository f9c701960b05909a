"""What a request to a REST API leaves behind: metrics, access log, execution log."""

from __future__ import annotations

from grader.cloud.door.response import Response
from grader.cloud.http.failure import Failure
from grader.cloud.http.passage import Passage
from grader.cloud.http.records import NAMESPACE, Records
from grader.cloud.http.rest.apis import RestApi
from grader.cloud.http.rest.call import MethodCall
from grader.cloud.http.rest.execution_log import execution_log
from grader.cloud.http.rest.stages import Stage

NAMES = {
    "count": "Count",
    "4xx": "4XXError",
    "5xx": "5XXError",
    "latency": "Latency",
    "integration": "IntegrationLatency",
}
ON = (True, "true", "True")


def record(
    records: Records,
    passage: Passage,
    api: RestApi,
    stage: Stage,
    call: MethodCall | None,
    failure: Failure | None,
    response: Response,
) -> None:
    """Record a request that has found its stage."""
    of_stage = {"ApiName": api.name, "Stage": stage.name}
    sets = [{"ApiName": api.name}, of_stage]
    if call is not None and stage.setting("MetricsEnabled", call.match.resource.path, call.method.verb) in ON:
        sets.append({**of_stage, "Method": call.verb, "Resource": call.match.resource.path})
    records.measure(NAMESPACE, NAMES, sets, passage, response)
    variables = {"apiId": api.id, "stage": stage.name}
    if call is not None:
        variables |= {"resourcePath": call.match.resource.path, "resourceId": call.match.resource.id}
    records.log(stage.settings.access_log, f"{api.id}-{stage.name}", passage, variables, response, failure)
    _log_execution(records, passage, api, stage, call, response)


def _log_execution(
    records: Records, passage: Passage, api: RestApi, stage: Stage, call: MethodCall | None, response: Response
) -> None:
    if call is None:
        return
    level = stage.setting("LoggingLevel", call.match.resource.path, call.method.verb)
    if level == "INFO" or (level == "ERROR" and response.status >= 400):
        lines = [f"({passage.ids.request}) {line}" for line in execution_log(call, response)]
        group = f"API-Gateway-Execution-Logs_{api.id}/{stage.name}"
        records.execution(group, passage.ids.extended.strip("="), passage, lines)
