"""What a request to a REST API leaves behind: metrics, access log, execution log."""

from __future__ import annotations

from grader.cloud.door.response import Response
from grader.cloud.http.failure import Stopped
from grader.cloud.http.passage import Passage
from grader.cloud.http.records import NAMESPACE, Records
from grader.cloud.http.rest.apis import RestApi
from grader.cloud.http.rest.call import MethodCall
from grader.cloud.http.rest.execution_log import admission_lines, cut, execution_lines
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
    stopped: Stopped | None,
    response: Response,
) -> None:
    """Record a request that has found its stage."""
    of_stage = {"ApiName": api.name, "Stage": stage.name}
    sets = [{"ApiName": api.name}, of_stage]
    if call is not None and stage.setting("MetricsEnabled", call.match.resource.path, call.method.verb) in ON:
        sets.append({**of_stage, "Method": call.verb, "Resource": call.match.resource.path})
    records.measure(NAMESPACE, NAMES, sets, passage, response)
    failure = stopped.failure if stopped else None
    variables = {"apiId": api.id, "stage": stage.name}
    if call is not None:
        variables |= {"resourcePath": call.match.resource.path, "resourceId": call.match.resource.id}
    records.log(stage.settings.access_log, f"{api.id}-{stage.name}", passage, variables, response, failure)
    if call is not None:
        _log_execution(records, call, stopped, response)


def _log_execution(records: Records, call: MethodCall, stopped: Stopped | None, response: Response) -> None:
    stage, passage, place = call.stage, call.passage, (call.match.resource.path, call.method.verb)
    level = stage.setting("LoggingLevel", *place)
    if level == "INFO" or (level == "ERROR" and response.status >= 400):
        with_data = stage.setting("DataTraceEnabled", *place) in ON
        lines = admission_lines(call, stopped) + execution_lines(call, stopped, response, with_data)
        if passage.endpoint is not None and passage.endpoint.invocation is not None:
            lines.append(f"AWS Integration Endpoint RequestId : {passage.endpoint.invocation.request_id}")
        group = f"API-Gateway-Execution-Logs_{call.api.id}/{stage.name}"
        stream = passage.ids.extended.strip("=")
        records.execution(group, stream, passage, [cut(f"({passage.ids.request}) {line}") for line in lines])
