"""The diagram of a stack: which arrows it has, where things stand, what it says in words."""

from __future__ import annotations

from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from grader.cloud.drawing import draw_stack
from grader.cloud.drawing.layout import lay_out
from grader.cloud.drawing.references import Arrow, References, mentioned

SVG = "{http://www.w3.org/2000/svg}"


def resource(kind, **properties):
    return {"Type": f"AWS::{kind}", "Properties": properties}


def uri(function):
    path = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%s}/invocations"
    return {"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": path % function}}}


RESOURCES = {
    "Api": resource(
        "ApiGateway::RestApi",
        Body={"paths": {"/form": {"get": uri("Form.Arn"), "post": uri("Form.Arn")}, "/status": {"get": uri("Live")}}},
    ),
    "Form": resource(
        "Lambda::Function",
        Role={"Fn::GetAtt": ["FormRole", "Arn"]},
        Environment={"Variables": {"BUCKET": {"Ref": "Uploads"}}},
    ),
    "FormRole": resource(
        "IAM::Role",
        Policies=[
            {
                "PolicyDocument": {
                    "Statement": [
                        {"Effect": "Allow", "Action": ["dynamodb:PutItem"], "Resource": {"Fn::GetAtt": "Table.Arn"}},
                        {"Effect": "Deny", "Action": "s3:*", "Resource": {"Fn::GetAtt": ["Thumbnails", "Arn"]}},
                    ]
                }
            }
        ],
    ),
    "Uploads": resource(
        "S3::Bucket",
        NotificationConfiguration={
            "LambdaConfigurations": [
                {"Event": "s3:ObjectCreated:*", "Function": {"Fn::GetAtt": ["Convert", "Arn"]}},
            ]
        },
    ),
    "Convert": resource("Lambda::Function", DeadLetterConfig={"TargetArn": {"Ref": "Failed"}}),
    "Live": resource("Lambda::Alias", FunctionName={"Ref": "Convert"}, Name="live"),
    "Failed": resource("SNS::Topic"),
    "Kept": resource("SQS::Queue", RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}),
    "Dead": resource("SQS::Queue"),
    "Keeping": resource("SNS::Subscription", TopicArn={"Ref": "Failed"}, Endpoint={"Fn::GetAtt": ["Kept", "Arn"]}),
    "Polling": resource(
        "Lambda::EventSourceMapping", EventSourceArn={"Fn::GetAtt": ["Kept", "Arn"]}, FunctionName={"Ref": "Report"}
    ),
    "Report": resource("Lambda::Function", Role={"Fn::GetAtt": ["ReportRole", "Arn"]}),
    "ReportRole": resource(
        "IAM::Role",
        Policies=[
            {
                "PolicyDocument": {
                    "Statement": {
                        "Effect": "Allow",
                        "Action": "sqs:ReceiveMessage",
                        "Resource": {"Fn::GetAtt": ["Kept", "Arn"]},
                    }
                }
            }
        ],
    ),
    "Nightly": resource(
        "Events::Rule",
        ScheduleExpression="rate(1 day)",
        Targets=[{"Id": "x", "Arn": {"Fn::GetAtt": ["Report", "Arn"]}}],
    ),
    "Table": resource("DynamoDB::Table"),
    "Thumbnails": resource("S3::Bucket", Tags=[{"Key": "for", "Value": {"Ref": "Uploads"}}]),
}


def stack(resources=RESOURCES, made=None, name="app"):
    return SimpleNamespace(name=name, expanded={"Resources": resources}, resources=made or {})


def test_every_intrinsic_function_is_followed():
    value = [
        {"Ref": "A"},
        {"Fn::GetAtt": ["B", "Arn"]},
        {"Fn::GetAtt": "C.Arn"},
        {"Fn::Sub": "x${D}y${E.Arn}${AWS::Region}${!F}"},
        {"Fn::Sub": ["${G}${H}", {"H": {"Ref": "I"}}]},
        {"Fn::If": ["Yes", {"Ref": "J"}, {"Ref": "AWS::NoValue"}]},
    ]
    assert list(mentioned(value)) == ["A", "B", "C", "D", "E", "G", "I", "J", "AWS::NoValue"]


def test_arrows_show_where_requests_events_and_calls_go():
    assert References(RESOURCES).arrows() == [
        Arrow("Api", "Form", "GET /form +1"),
        Arrow("Api", "Convert", "GET /status"),
        Arrow("Form", "Uploads", "BUCKET"),
        Arrow("Form", "Table", "may PutItem"),
        Arrow("Uploads", "Convert", "ObjectCreated:*"),
        Arrow("Convert", "Failed", "failed events"),
        Arrow("Kept", "Dead", "failed messages"),
        Arrow("Failed", "Kept", "messages"),
        Arrow("Kept", "Report", "messages"),
        Arrow("Nightly", "Report", "rate(1 day)"),
        Arrow("Thumbnails", "Uploads", "", dashed=True),
    ]


def test_apis_of_every_kind_point_at_their_functions():
    gate = {"x-amazon-apigateway-authorizer": {"authorizerUri": uri("Gate.Arn")}}
    body = {
        "paths": {"/form": {"get": uri("Form.Arn")}, "$default": {"x-amazon-apigateway-any-method": uri("Other.Arn")}},
        "components": {"securitySchemes": {"Gate": gate}},
    }
    pieces = {
        "Http": resource("ApiGatewayV2::Api", Body=body),
        "Url": resource("Lambda::Url", TargetFunctionArn={"Ref": "Form"}),
        "Rest": resource("ApiGateway::RestApi"),
        "Pets": resource("ApiGateway::Resource", RestApiId={"Ref": "Rest"}, PathPart="pets"),
        "Get": resource(
            "ApiGateway::Method",
            RestApiId={"Ref": "Rest"},
            ResourceId={"Ref": "Pets"},
            HttpMethod="GET",
            Integration={"Uri": {"Fn::Sub": "x/${Form.Arn}/invocations"}},
        ),
        "Asks": resource(
            "ApiGateway::Authorizer", RestApiId={"Ref": "Rest"}, AuthorizerUri={"Fn::Sub": "x/${Gate.Arn}/invocations"}
        ),
        "Plain": resource("ApiGatewayV2::Api"),
        "Behind": resource("ApiGatewayV2::Integration", IntegrationUri={"Fn::GetAtt": ["Form", "Arn"]}),
        "Route": resource(
            "ApiGatewayV2::Route",
            ApiId={"Ref": "Plain"},
            RouteKey="GET /a",
            Target={"Fn::Sub": "integrations/${Behind}"},
        ),
        **{name: resource("Lambda::Function") for name in ("Form", "Other", "Gate")},
    }
    assert References(pieces).arrows() == [
        Arrow("Http", "Form", "GET /form"),
        Arrow("Http", "Other", "$default"),
        Arrow("Http", "Gate", "may they?"),
        Arrow("Url", "Form", "every path"),
        Arrow("Rest", "Form", "GET /pets"),
        Arrow("Rest", "Gate", "may they?"),
        Arrow("Plain", "Form", "GET /a"),
    ]
    drawn = draw_stack(stack(pieces))
    assert "function URL" in str(drawn.svg)


def test_arrows_go_to_the_right():
    names = ["a", "b", "c", "d"]
    layout = lay_out(names, [("a", "b"), ("b", "c"), ("a", "d"), ("c", "d")])
    assert layout.columns == (("a",), ("b", ("a", "d", 1)), ("c", ("a", "d", 2)), ("d",))
    assert layout.way("a", "d") == ["a", ("a", "d", 1), ("a", "d", 2), "d"]


def test_a_circle_has_one_arrow_that_goes_back():
    layout = lay_out(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")])
    assert (layout.columns, layout.backward) == ((("a",), ("b", ("a", "c", 1)), ("c",)), frozenset({("c", "a")}))


def test_crossings_are_avoided():
    layout = lay_out(["a", "b", "c", "d"], [("a", "d"), ("b", "c")])
    assert layout.columns in ((("a", "b"), ("d", "c")), (("b", "a"), ("c", "d")))


def test_the_diagram_says_everything_in_words():
    resources = {name: RESOURCES[name] for name in ("Uploads", "Convert", "Live", "Failed")}
    drawing = draw_stack(stack(resources))
    assert drawing.text.splitlines() == [
        "Stack app",
        "  Convert (AWS::Lambda::Function)",
        "    → Failed  failed events",
        "  Uploads (AWS::S3::Bucket)",
        "    → Convert  ObjectCreated:*",
        "  Failed (AWS::SNS::Topic)",
        "  Live (AWS::Lambda::Alias)",
    ]
    root = ElementTree.fromstring(drawing.svg)
    assert root.find(f"{SVG}title").text == "The resources of stack app: 3 drawn, 1 listed below."
    assert root.find(f"{SVG}desc").text == drawing.text


def test_resources_whose_condition_did_not_hold_are_left_out():
    drawing = draw_stack(stack(made={"Form": None, "Table": None}))
    assert "Uploads" not in drawing.text
    assert "Table (AWS::DynamoDB::Table)" in drawing.text


def test_the_order_of_the_template_does_not_matter():
    turned = dict(reversed(list(RESOURCES.items())))
    assert draw_stack(stack(turned)).svg == draw_stack(stack()).svg


def test_boxes_stand_inside_the_sheet_and_do_not_overlap():
    root = ElementTree.fromstring(draw_stack(stack()).svg)
    _, _, width, height = map(float, root.get("viewBox").split())
    boxes = [
        tuple(float(box.get(key)) for key in ("x", "y", "width", "height"))
        for box in root.iter(f"{SVG}rect")
        if float(box.get("width")) > 100
    ]
    assert len(boxes) == 11
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    apart = [
        a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
        for number, a in enumerate(boxes)
        for b in boxes[number + 1 :]
    ]
    assert all(apart)


def test_names_and_labels_are_escaped():
    evil = "<img src=x onerror=alert(1)>"
    resources = {
        evil: resource("S3::Bucket", Tags={"Ref": "B"}),
        "B": resource(f"X::{evil}"),
        "F": resource("Lambda::Function", Environment={"Variables": {evil: {"Ref": "B"}}}),
        "P": resource("Lambda::Permission"),
    }
    drawing = draw_stack(stack(resources, name=evil))
    ElementTree.fromstring(drawing.svg)
    assert "<img" not in drawing.html


@pytest.mark.parametrize("resources", [{}, {"R": resource("IAM::Role")}, {"New": resource("Novel::Thing")}])
def test_a_small_stack_can_be_drawn(resources):
    drawing = draw_stack(stack(resources))
    ElementTree.fromstring(drawing.svg)
    assert drawing.text.count("\n") == len(resources)
