"""Alarms and dashboards of templates."""

from __future__ import annotations

from tests.cloud.conftest import Account

TEMPLATE = """
Resources:
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: Shop
      MetricName: Errors
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: {threshold}
      ComparisonOperator: GreaterThanThreshold
  Both:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties:
      AlarmRule: !Sub ALARM("${{Errors}}")
  Board:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: '{{"widgets": []}}'
"""


def test_alarms_of_a_template_are_made_changed_and_removed(account: Account) -> None:
    stack = account.cloud.deploy(TEMPLATE.format(threshold=0), name="watch")
    account.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 1}])
    account.clock.advance(minutes=1)
    states = {alarm.name: alarm.state for alarm in account.cloud.alarms.all()}
    account.cloud.deploy(TEMPLATE.format(threshold=5), name="watch")
    alarm = account.cloud.alarms.get(stack.resources["Errors"].physical_id)
    dashboards = account.client("cloudwatch").list_dashboards()["DashboardEntries"]
    stack.delete()

    assert states == dict.fromkeys(states, "ALARM")
    assert alarm is not None
    assert alarm.members["Threshold"] == 5
    assert [one["DashboardName"] for one in dashboards] != []
    assert account.cloud.alarms.all() == []
