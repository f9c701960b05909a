"""CloudWatch's API: metrics and alarms. What is not here (dashboards, insight rules) is moto's."""

from __future__ import annotations

from grader.cloud.clock import Clock
from grader.cloud.cloudwatch.alarms_api import AlarmsApi
from grader.cloud.cloudwatch.metrics import Metrics
from grader.cloud.cloudwatch.metrics_api import MetricsApi
from grader.cloud.cloudwatch.watch import AlarmService
from grader.cloud.door.responder import Responder
from grader.cloud.ids import Ids


class CloudWatchApi(Responder):
    """Answers for CloudWatch.

    Parameters
    ----------
    metrics, alarms
        The account's.
    region, account_id
        Part of every alarm's ARN.
    """

    def __init__(
        self, clock: Clock, ids: Ids, metrics: Metrics, alarms: AlarmService, *, region: str, account_id: str
    ) -> None:
        about_alarms = AlarmsApi(alarms, f"arn:aws:cloudwatch:{region}:{account_id}:alarm:")
        super().__init__("cloudwatch", {**MetricsApi(clock, metrics).actions, **about_alarms.actions}, ids)
