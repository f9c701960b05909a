"""What each kind of resource is called, its colour, and a sign of our own for it."""

from __future__ import annotations

from dataclasses import dataclass

from grader.cloud.drawing.palette import BLUE, GREEN, GREY, ORANGE, PINK, PURPLE


@dataclass(frozen=True)
class Kind:
    """How a type of resource is drawn.

    Attributes
    ----------
    path
        A line drawing on a square from (0, 0) to (24, 24).
    """

    label: str
    colour: str
    path: str


_BUCKET = "M4 6h16l-2.4 14h-11.2zM4 6c0 -2.6 16 -2.6 16 0"
_GRID = "M4 5h16v14h-16zM4 10h16M4 14.5h16M10 5v14"
_QUEUE = "M3 8h5v8h-5zM10 8h5v8h-5zM17 12h4M19 9.5l2.5 2.5l-2.5 2.5"
_TOPIC = "M6 12h.01M9.5 8a5.6 5.6 0 0 1 0 8M13 5.5a9.5 9.5 0 0 1 0 13M16.5 3a13.4 13.4 0 0 1 0 18"
_LAMBDA = "M7 4h2.6l7 16h2.4M11.4 10.5l-5 9.5"
_API = "M3 9h15M14.5 5.5l3.5 3.5l-3.5 3.5M21 16h-15M9.5 12.5l-3.5 3.5l3.5 3.5"
_CLOCK = "M12 3.5a8.5 8.5 0 1 0 .01 0M12 7v5.2l3.4 2"
_BELL = "M6 17c2 -2 1.4 -4 1.6 -6.5a4.5 4.5 0 0 1 8.8 0c.2 2.5 -.4 4.5 1.6 6.5zM10.5 20h3"
_LINES = "M4 6h16M4 10.5h11M4 15h16M4 19.5h8"
_STACKED = "M12 4l8.5 4.5l-8.5 4.5l-8.5 -4.5zM3.5 13l8.5 4.5l8.5 -4.5"
_SQUARE = "M5 5h14v14h-14z"
_SLIDERS = "M4 8h9M17 8h3M15 5.5v5M4 16h3M11 16h9M9 13.5v5"

KINDS = {
    "AWS::ApiGateway::RestApi": Kind("REST API", PURPLE, _API),
    "AWS::ApiGatewayV2::Api": Kind("HTTP API", PURPLE, _API),
    "AWS::Lambda::Url": Kind("function URL", PURPLE, _API),
    "AWS::Events::Rule": Kind("event rule", PINK, _CLOCK),
    "AWS::Scheduler::Schedule": Kind("schedule", PINK, _CLOCK),
    "AWS::Lambda::Function": Kind("function", ORANGE, _LAMBDA),
    "AWS::Lambda::LayerVersion": Kind("layer", ORANGE, _STACKED),
    "AWS::S3::Bucket": Kind("bucket", GREEN, _BUCKET),
    "AWS::DynamoDB::Table": Kind("table", BLUE, _GRID),
    "AWS::SQS::Queue": Kind("queue", PINK, _QUEUE),
    "AWS::SNS::Topic": Kind("topic", PINK, _TOPIC),
    "AWS::CloudWatch::Alarm": Kind("alarm", PINK, _BELL),
    "AWS::Logs::LogGroup": Kind("log group", GREY, _LINES),
    "AWS::SSM::Parameter": Kind("parameter", BLUE, _SLIDERS),
    "AWS::StepFunctions::StateMachine": Kind("state machine", PINK, _STACKED),
}

# Made on the way, or plumbing between two others: listed below the picture, in words.
BACKGROUND = {
    "AWS::IAM::Role": "roles",
    "AWS::IAM::Policy": "policies",
    "AWS::IAM::RolePolicy": "policies",
    "AWS::IAM::ManagedPolicy": "policies",
    "AWS::S3::BucketPolicy": "policies",
    "AWS::SQS::QueuePolicy": "policies",
    "AWS::SQS::QueueInlinePolicy": "policies",
    "AWS::SNS::TopicPolicy": "policies",
    "AWS::SNS::TopicInlinePolicy": "policies",
    "AWS::Lambda::Permission": "permissions",
    "AWS::Lambda::Version": "versions",
    "AWS::Lambda::Alias": "aliases",
    "AWS::Lambda::EventSourceMapping": "event sources",
    "AWS::Lambda::EventInvokeConfig": "retry settings",
    "AWS::SNS::Subscription": "subscriptions",
    "AWS::ApiGateway::Deployment": "deployments",
    "AWS::ApiGateway::Stage": "stages",
    "AWS::ApiGateway::Resource": "paths",
    "AWS::ApiGateway::Method": "methods",
    "AWS::ApiGateway::Model": "models",
    "AWS::ApiGateway::RequestValidator": "request validators",
    "AWS::ApiGateway::Authorizer": "authorizers",
    "AWS::ApiGateway::GatewayResponse": "gateway responses",
    "AWS::ApiGateway::UsagePlan": "usage plans",
    "AWS::ApiGateway::UsagePlanKey": "keys of usage plans",
    "AWS::ApiGateway::ApiKey": "API keys",
    "AWS::ApiGateway::Account": "account settings",
    "AWS::ApiGatewayV2::Deployment": "deployments",
    "AWS::ApiGatewayV2::Stage": "stages",
    "AWS::ApiGatewayV2::Integration": "integrations",
    "AWS::ApiGatewayV2::Route": "routes",
    "AWS::ApiGatewayV2::Authorizer": "authorizers",
}


def kind_of(type_name: str) -> Kind:
    """How a type is drawn; a type without a sign of its own is a square with its AWS name."""
    return KINDS.get(type_name) or Kind(type_name.removeprefix("AWS::"), GREY, _SQUARE)
