"""What a request to an HTTP API leaves behind: metrics and a line in the access log."""

from __future__ import annotations

from grader.cloud.door.response import Response
from grader.cloud.http.failure import Failure
from grader.cloud.http.http_api.apis import HttpApi, HttpStage
from grader.cloud.http.http_api.call import RouteCall
from grader.cloud.http.passage import Passage
from grader.cloud.http.records import NAMESPACE, Records

NAMES = {
    "count": "Count",
    "4xx": "4xx",
    "5xx": "5xx",
    "latency": "Latency",
    "integration": "IntegrationLatency",
    "bytes": "DataProcessed",
}


def record(
    records: Records,
    passage: Passage,
    api: HttpApi,
    stage: HttpStage,
    call: RouteCall | None,
    failure: Failure | None,
    response: Response,
) -> None:
    """Record a request that has found its stage."""
    of_stage = {"ApiId": api.id, "Stage": stage.name}
    sets = [{"ApiId": api.id}, of_stage]
    if call is not None and stage.settings.detailed_metrics:
        sets.append({**of_stage, "Route": call.route.key})
    records.measure(NAMESPACE, NAMES, sets, passage, response)
    variables = {
        "apiId": api.id,
        "stage": stage.name,
        "requestId": passage.ids.extended,
        "routeKey": call.route.key if call else "",
        "integrationStatus": "200" if passage.environment else "",
    }
    records.log(stage.settings.access_log, f"{api.id}-{stage.name}", passage, variables, response, failure)
