"""What becomes of event sources and executions when the account is kept in a file."""

from __future__ import annotations

import json

from grader.cloud import Cloud
from grader.cloud.cloud import Cloud as TheClass
from grader.cloud.state import Snapshots

TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
STATES = {
    "C": {"Type": "Choice", "Choices": [{"Variable": "$.wait", "IsPresent": True, "Next": "W"}], "Default": "P"},
    "W": {"Type": "Wait", "Seconds": 60, "Next": "P"},
    "P": {"Type": "Pass", "End": True},
}


def live(cloud: Cloud) -> str:
    """A machine with one execution that has ended and one that waits, and a rule that fires every minute."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    client = cloud.client("stepfunctions")
    machine: str = client.create_state_machine(
        name="m", roleArn=role, definition=json.dumps({"StartAt": "C", "States": STATES})
    )["stateMachineArn"]
    for name, given in (("done", "{}"), ("waits", '{"wait": 1}')):
        client.start_execution(stateMachineArn=machine, name=name, input=given)
    cloud.client("events").put_rule(Name="often", ScheduleExpression="rate(1 minute)")
    queue = cloud.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:q"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text})
    cloud.client("events").put_targets(Rule="often", Targets=[{"Id": "q", "Arn": arn}])
    cloud.run_until_idle()
    return machine


def test_what_has_ended_is_kept_what_ran_is_aborted_and_schedules_go_on() -> None:
    with Cloud() as cloud:
        snapshots = Snapshots(cloud)
        machine = live(cloud)
        snapshot = snapshots.take()
    with TheClass(seed=7) as other:
        Snapshots(other).put(snapshot)
        client = other.client("stepfunctions")
        listed = client.list_executions(stateMachineArn=machine)["executions"]
        assert {one["name"]: one["status"] for one in listed} == {"done": "SUCCEEDED", "waits": "ABORTED"}
        other.clock.advance(minutes=2)
        url = other.client("sqs").get_queue_url(QueueName="q")["QueueUrl"]
        received = other.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert len(received) == 2
        client.start_execution(stateMachineArn=machine, name="again", input='{"wait": 1}')
        other.clock.advance(minutes=2)
        statuses = {one["name"]: one["status"] for one in client.list_executions(stateMachineArn=machine)["executions"]}
        assert statuses["again"] == "SUCCEEDED"
