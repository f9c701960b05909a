"""A stack of forty-three resources, most of which have to do with most others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

NAMES = ("Upload", "Convert", "Resize", "Report", "Notify", "Search", "Archive", "Cleanup", "Invoice", "Payment")
_URI = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%sFunction.Arn}/invocations"


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def _arn(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


def _api() -> dict[str, Any]:
    behind = {name: {"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": _URI % name}}} for name in NAMES[:6]}
    paths = {f"/{name.lower()}/{{id}}": {"get": method, "post": method} for name, method in behind.items()}
    return _resource("ApiGateway::RestApi", Body={"paths": paths})


def _function(number: int, name: str) -> dict[str, Any]:
    tables = [table for table in NAMES[number % 5 : number % 5 + 3] if table in NAMES[:5]]
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": _arn("PhotosBucket")}
    tells = {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "AlarmTopic"}}
    return {
        f"{name}Function": _resource(
            "Lambda::Function",
            Role=_arn(f"{name}Role"),
            Environment={"Variables": {f"{table.upper()}_TABLE": {"Ref": f"{table}Table"} for table in tables}},
            DeadLetterConfig={"TargetArn": {"Ref": "FailedQueue"}},
        ),
        f"{name}Role": _resource("IAM::Role", Policies=[{"PolicyDocument": {"Statement": [reads, tells]}}]),
    }


def _queue(name: str) -> dict[str, Any]:
    queue, function = f"{name}Queue", {"Ref": f"{name}Function"}
    return {
        queue: _resource("SQS::Queue", RedrivePolicy={"deadLetterTargetArn": _arn("FailedQueue")}),
        f"{name}Polling": _resource("Lambda::EventSourceMapping", EventSourceArn=_arn(queue), FunctionName=function),
        f"{name}Keeping": _resource("SNS::Subscription", TopicArn={"Ref": "EventsTopic"}, Endpoint=_arn(queue)),
    }


def large_stack() -> Any:
    """The stack, as a diagram asks for it."""
    told = [{"Event": "s3:ObjectCreated:*", "Function": _arn("ConvertFunction")}]
    resources = {"Api": _api()}
    for number, name in enumerate(NAMES):
        resources |= _function(number, name)
    for name in NAMES[5:8]:
        resources |= _queue(name)
    for name in NAMES[6:9]:
        watched = [{"Name": "FunctionName", "Value": {"Ref": f"{name}Function"}}]
        resources[f"{name}Alarm"] = _resource(
            "CloudWatch::Alarm", Dimensions=watched, AlarmActions=[{"Ref": "AlarmTopic"}]
        )
    resources |= {f"{name}Table": _resource("DynamoDB::Table") for name in NAMES[:5]}
    resources |= {
        "FailedQueue": _resource("SQS::Queue"),
        "AlarmTopic": _resource("SNS::Topic"),
        "EventsTopic": _resource("SNS::Topic"),
        "PhotosBucket": _resource("S3::Bucket", NotificationConfiguration={"LambdaConfigurations": told}),
        "Nightly": _resource(
            "Events::Rule", ScheduleExpression="rate(1 day)", Targets=[{"Id": "x", "Arn": _arn("CleanupFunction")}]
        ),
    }
    return SimpleNamespace(name="large", expanded={"Resources": resources}, resources={})
