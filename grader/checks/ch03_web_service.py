"""Chapter 3, Create a web service: hello, names, outputs, a typed event, packaging by hand."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from grader.checks import CheckFailed, check, exercise, expect, fail
from grader.checks.fault import from_cloud, from_invocation
from grader.cloud.stacks import DeployError

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(rng: Random, length: int = 7) -> str:
    """A word that nobody could have typed in beforehand."""
    return "".join(rng.choice(LETTERS) for _ in range(length))


def output(stack: Any, key: str) -> str:
    """One output of a stack; a failed check when the stack has none of that name."""
    if key not in stack.outputs:
        fail(f"an output {key}", f"the outputs {sorted(stack.outputs)}", "Look at Outputs: at the end of the template.")
    return str(stack.outputs[key])


def json_body(page: Any, hint: str) -> dict[str, Any]:
    """The JSON object in an answer's body."""
    try:
        found = json.loads(page.body)
    except ValueError:
        fail("a body with JSON in it", repr(page.body), hint, trace=page.trace)
    expect(found, hint, what="the JSON in the body", trace=page.trace).is_dict()
    return dict(found)


@exercise(
    "3.1",
    "Say hello over HTTP",
    slug="3_1_hello",
    files=["template.yaml", "app.py"],
    minutes=10,
    hints=[
        "Compare with demo_ping: what stands under Events there, and what does its handler hand back? "
        "Your path is another one, and so are your two keys.",
        "Template: Events → a name of your choice → Type: Api, with the Properties Path and Method, at the same depth "
        "as in demo_ping. Handler: API Gateway wants a dictionary with statusCode and body; the body is text.",
        "The id of an invocation is context.aws_request_id. Make a dictionary with message and "
        "request_id, turn it into "
        "text with json.dumps(…), and hand that back as the body beside a statusCode of 200.",
    ],
    passed="Ten lines of template became an address that anyone can ask. Event in, JSON out: every handler of this "
    "course has this shape.",
    next="3.2",
)
class Hello:
    @check(points=2)
    def answers_with_json(stack, http):
        """GET /hello answers 200 with a JSON object that holds a message."""
        page = http.get(output(stack, "HelloUrl"))
        if page.status == 502:
            gate = page.trace.first_broken
            unusable = "API Gateway could not use what the function handed back"
            fail(
                "status 200",
                f"status 502: {gate.detail if gate and gate.name == 'handler' else unusable}",
                "API Gateway needs a dictionary with a statusCode (a number), and a body that must be a string: use "
                "json.dumps. If the handler raised an error instead, cloud.logs('HelloFunction') shows it.",
                where="app.py",
                trace=page.trace,
            )
        expect(page.status, "Is the event's Path /hello, and its Method get?", trace=page.trace).equals(200)
        found = json_body(
            page, "str(a dictionary) is Python's spelling with single quotes. JSON is made by json.dumps."
        )
        expect(found, 'Put your greeting under "message".', trace=page.trace).has_keys("message")
        expect(found["message"], what='"message"', trace=page.trace).is_text().is_not_empty()

    @check(points=1, needs=answers_with_json)
    def says_that_it_is_json(stack, http):
        """The answer's content type is JSON."""
        page = http.get(output(stack, "HelloUrl"))
        kind = page.headers.get("content-type", "").split(";")[0]
        hint = 'A client trusts the header, not the text: "headers": {"Content-Type": "application/json"}.'
        expect(kind, hint, trace=page.trace).equals("application/json")

    @check(points=2, needs=answers_with_json)
    def names_the_invocation(cloud, stack, rng):
        """Every answer carries the id of its own invocation."""
        for _ in range(2):
            called = cloud.invoke("HelloFunction", proxy_event(rng, path="/hello"))
            found = (called.payload or {}).get("body") if called.error is None else called.error
            body = json_body(Body(str(found)), "Here the function was called with an event that has no query.")
            hint = (
                "context.aws_request_id is the id of this invocation, the one in the logs. API Gateway's "
                "requestId in the "
                "event is another one, and an id that you make up cannot be found anywhere."
            )
            expect(body.get("request_id"), hint, what='"request_id"').equals(called.request_id)

    @check(points=1, needs=answers_with_json)
    def only_listens_to_get(stack, http):
        """Other methods do not reach the function."""
        page = http.request("POST", output(stack, "HelloUrl"), body="x")
        hint = (
            "Method: any lets everything through. Name the one method that you mean: every open door must be guarded."
        )
        expect(page.status, hint, what="the status of a POST", trace=page.trace).equals(403)


class Body:
    """A body without an answer around it, for ``json_body``."""

    trace = None

    def __init__(self, body: str) -> None:
        self.body = body


def proxy_event(rng: Random, **changes: Any) -> dict[str, Any]:
    """A complete event as a REST API sends it, with values that nobody could have typed in beforehand."""
    event = {
        "resource": "/view",
        "path": f"/view/{word(rng)}",
        "httpMethod": rng.choice(["GET", "POST", "PUT", "DELETE"]),
        "headers": {"Host": f"{word(rng)}.example", "X-Trace": word(rng), "accept": "application/json"},
        "multiValueHeaders": {},
        "queryStringParameters": {word(rng, 4): word(rng), "name": word(rng)},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": word(rng, 20),
            "stage": "Prod",
            "identity": {"sourceIp": f"203.0.113.{rng.randrange(1, 255)}", "userAgent": "curl/8"},
        },
        "body": word(rng, 20),
        "isBase64Encoded": False,
    }
    return {**event, **changes}


def names_hint(template: Any) -> str:
    """Why the second stack was refused, as far as the template tells."""
    if template.body.get("Parameters"):
        return (
            "A suffix with a default is the same in both stacks, and one without a default makes "
            "everybody invent names. "
            "No parameter is needed: leave the name out, and CloudFormation makes one up."
        )
    return (
        "Two things of one kind cannot have one name in an account, and a bucket's name is unique in the whole world. "
        "Find the property that still sets this name, and leave it out."
    )


def deployed(deploy: Callable[..., Any], template: Any, name: str) -> Any:
    """Deploy the answer under a name; a refusal is explained by what the template does with names."""
    try:
        return deploy(name=name)
    except DeployError as refused:
        failure = from_cloud(refused)
        fail(f"a stack {name} from the template as it is", failure.found, names_hint(template), failure.where)


def sign(http: Any, stack: Any, name: str) -> None:
    """One visitor signs."""
    page = http.get(f"{output(stack, 'SignUrl')}?name={name}")
    hint = (
        "The function writes into the bucket that BOOK_BUCKET names, and its policy must name the same one. "
        "A name that stands there as text stays behind when the bucket gets another: use !Ref."
    )
    expect(page.status, hint, what="the status of GET /sign", trace=page.trace).equals(200)


def signed(cloud: Any, bucket: str) -> list[str]:
    """The names in a visitors' book, sorted."""
    s3 = cloud.client("s3")
    try:
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    except s3.exceptions.NoSuchBucket:
        fail("the bucket's name in the output BookBucket", repr(bucket), OUTPUT_HINT)
    return sorted(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys)


OUTPUT_HINT = (
    "This output is text, so it says the same for every stack, whatever the resource is called there. "
    "An output must ask the resource: !Ref."
)


def api_names(cloud: Any, stack: Any) -> set[str]:
    """What the console calls the stack's REST APIs."""
    made = [found for found in stack.resources.values() if found.type == "AWS::ApiGateway::RestApi"]
    return {cloud.gateway.apis.get(found.physical_id).name for found in made}


@exercise(
    "3.2",
    "Twice from one template",
    slug="3_2_names",
    files=["template.yaml"],
    minutes=15,
    hints=[
        "Make a list of everything in the template that is called visitors-something. Which of these lines *give* a "
        "name, and which only *use* one?",
        "Lines that give a name (there are three) can simply go: CloudFormation makes a name up. Do not "
        "forget Globals.",
        "Lines that use a name must ask the resource for it: !Ref BookBucket is the bucket's name, whatever it is, and "
        "!Ref GuestFunction the function's. The environment variable, the policy and two outputs need that.",
    ],
    passed="The same template now makes as many independent stacks as you like: one for each colleague, each branch, "
    "each test. That is worth more than pretty names.",
    next="3.3",
)
class Names:
    @check(points=1)
    def works_once(cloud, deploy, template, http, rng):
        """One stack of it works: who signs is found in its book."""
        stack, name = deployed(deploy, template, "spring"), word(rng)
        sign(http, stack, name)
        expect(signed(cloud, output(stack, "BookBucket")), OUTPUT_HINT, what="the book").equals([name])

    @check(points=2, needs=works_once)
    def deploys_twice(deploy, template):
        """A second stack can be made beside the first."""
        deployed(deploy, template, "spring")
        deployed(deploy, template, "autumn")

    @check(points=2, needs=deploys_twice)
    def keeps_the_stacks_apart(cloud, deploy, template, http, rng):
        """Each stack has a book and a function of its own, and its outputs lead to them."""
        stacks = {word(rng): deployed(deploy, template, season) for season in ("spring", "autumn")}
        for name, stack in stacks.items():
            sign(http, stack, name)
        for name, stack in stacks.items():
            expect(signed(cloud, output(stack, "BookBucket")), OUTPUT_HINT, what=f"the book of {stack.name}").equals(
                [name]
            )
        for name, stack in stacks.items():
            judge_function_output(cloud, stack, f"{name}-again")

    @check(points=1, needs=deploys_twice)
    def can_be_told_apart(cloud, deploy, template):
        """In the console the two APIs have different names."""
        spring, autumn = deployed(deploy, template, "spring"), deployed(deploy, template, "autumn")
        hint = (
            "AWS allows two APIs with one name, so nothing failed; but which of them would you delete? "
            "The API's name is still set, perhaps under Globals."
        )
        both = sorted(api_names(cloud, spring) & api_names(cloud, autumn))
        expect(both, hint, what="names that APIs of both stacks have").equals([])


def judge_function_output(cloud: Any, stack: Any, name: str) -> None:
    """Invoke the function by the output; it must be the one of this stack."""
    function = output(stack, "GuestFunction")
    own = {found.physical_id for found in stack.resources.values() if found.type == "AWS::Lambda::Function"}
    if function.split(":")[-1] not in own:
        fail(f"the function of {stack.name} in the output GuestFunction: {', '.join(own)}", repr(function), OUTPUT_HINT)
    called = cloud.invoke(function, {"queryStringParameters": {"name": name}})
    expect(called.error, what=f"the error of {function}").is_none()
    expect(signed(cloud, output(stack, "BookBucket")), what=f"the book of {stack.name}").contains(name)


TINY = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Topic:
    Type: AWS::SNS::Topic
"""


def tiny(**outputs: str) -> str:
    """A template that is deployed in no time, with these outputs."""
    lines = "".join(f"  {key}:\n    Value: {json.dumps(value)}\n" for key, value in outputs.items())
    return TINY + (f"Outputs:\n{lines}" if lines else "")


PAGE = 3  # an account with hundreds of stacks would show the same, only slower
PAGES_HINT = (
    "An answer of CloudFormation is one page. While it has a NextToken there are more: "
    "get_paginator('describe_stacks') asks for all of them."
)


def crowd(cloud: Any, rng: Random, count: int, key: str = "HelloUrl") -> dict[str, str]:
    """Many tiny stacks, most of them with the output; what of it should be found."""
    wanted = {}
    for number in range(count):
        name, value = f"{word(rng, 5)}-{number}", f"https://{word(rng)}.example/hello"
        has_it = number % 4 != 3
        cloud.deploy(tiny(**({key: value, "Team": word(rng)} if has_it else {"Team": word(rng)})), name=name)
        wanted.update({name: value} if has_it else {})
    return wanted


@exercise(
    "3.3",
    "Where is everything?",
    slug="3_3_outputs",
    files=["template.yaml", "outputs.py"],
    minutes=15,
    hints=[
        "For the template, look at the Outputs of demo_ping. In Python, print what "
        "boto3.client('cloudformation').describe_stacks() answers: where are the outputs, and in what form?",
        "Outputs come as a list of dictionaries with OutputKey and OutputValue. A stack without outputs has no "
        "'Outputs' at all. And an answer may be one page of many.",
        "{output['OutputKey']: output['OutputValue'] for output in stack.get('Outputs', [])} is one "
        "stack's dictionary. "
        "For all stacks: for page in cloudformation.get_paginator('describe_stacks').paginate(): "
        "for stack in page['Stacks']: …",
    ],
    passed="Programs find your service by its outputs, not by names that somebody wrote down, and they find all of it: "
    "the second page too.",
    next="3.4",
)
class Outputs:
    @check(points=1)
    def puts_out_the_address(stack, http):
        """HelloUrl is the whole address of GET /hello."""
        url = output(stack, "HelloUrl")
        hint = (
            "The address is https://‹API's id›.execute-api.‹Region›.amazonaws.com/Prod/hello. !Ref "
            "ServerlessRestApi alone "
            "is only the id; put the rest around it with !Sub."
        )
        expect(url, hint, what="the output HelloUrl").starts_with("https://")
        page = http.get(url)
        expect(page.status, hint, what="the status of GET HelloUrl", trace=page.trace).equals(200)

    @check(points=1)
    def puts_out_the_function(cloud, stack):
        """HelloFunction is a name by which the function can be invoked."""
        function = output(stack, "HelloFunction")
        hint = "Inside the template it is called HelloFunction. What is it called in the account? !Ref knows."
        own = {found.physical_id for found in stack.resources.values() if found.type == "AWS::Lambda::Function"}
        expect(function.split(":")[-1], hint, what="the output HelloFunction").is_in(sorted(own))
        expect(cloud.invoke(function, {}).error, hint).is_none()

    @check(points=1)
    def reads_one_stack(cloud, function, rng):
        """outputs_of hands back the outputs of one stack as a dictionary."""
        wanted = {"HelloUrl": f"https://{word(rng)}.example", "Team": word(rng)}
        cloud.deploy(tiny(**wanted), name="one")
        cloud.deploy(tiny(Team="another"), name="two")
        hint = "A dictionary from OutputKey to OutputValue, of this stack only."
        expect(function("outputs.outputs_of")("one"), hint, what="outputs_of('one')").equals(wanted)

    @check(points=1)
    def reads_a_stack_without_outputs(cloud, function):
        """A stack without outputs has none, and that is no error."""
        cloud.deploy(tiny(), name="silent")
        try:
            found = function("outputs.outputs_of")("silent")
        except CheckFailed as failure:
            hint = "Such a stack has no key 'Outputs' in the answer: use stack.get('Outputs', [])."
            fail("{}", failure.found, hint, failure.where)
        expect(found, what="outputs_of('silent')").equals({})

    @check(points=1)
    def finds_an_output(cloud, function, rng):
        """find_output looks through all stacks, and passes over those without it."""
        wanted = crowd(cloud, rng, 4)
        cloud.deploy(tiny(), name="silent")
        cloud.deploy(tiny(HelloUrl="https://gone.example"), name="gone").delete()
        hint = "Only stacks that have the output, and only those that are still there."
        expect(find(function, "HelloUrl", hint), hint, what="find_output('HelloUrl')").equals(wanted)

    @check(points=2, needs=finds_an_output)
    def reads_every_page(cloud, function, rng):
        """Nothing is missed when the answer comes in several pages."""
        cloud.stacks.page_size = PAGE
        wanted = crowd(cloud, rng, 3 * PAGE + 1)
        found = find(function, "HelloUrl", PAGES_HINT)
        if found != wanted and set(found) < set(wanted):
            fail(f"{len(wanted)} stacks with the output", f"{len(found)} of them", PAGES_HINT)
        expect(found, PAGES_HINT, what="find_output('HelloUrl')").equals(wanted)


def find(function: Callable[..., Any], key: str, hint: str) -> dict[str, str]:
    """Call find_output; a failure keeps the learner's own words and gets the hint."""
    try:
        found = function("outputs.find_output")(key)
    except CheckFailed as failure:
        missing = "'Outputs'" in failure.found
        fail(
            "a dictionary from stack name to value",
            failure.found,
            "A stack without outputs has no key 'Outputs' in the answer: use .get('Outputs', [])." if missing else
            "list_stacks also names stacks that were deleted; describe_stacks without a name answers with those that "
            "exist. And a loop over pages must pass on the new NextToken, and end when there is none.",
            failure.where,
        )  # fmt: skip
    expect(found, hint, what=f"find_output({key!r})").is_dict()
    return dict(found)


def right_view(event: Mapping[str, Any]) -> dict[str, Any]:
    """What a Request must know of an event."""
    body = event.get("body") or ""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    return {
        "method": event.get("httpMethod") or "GET",
        "path": event.get("path") or "/",
        "query": event.get("queryStringParameters") or {},
        "headers": {name.lower(): value for name, value in (event.get("headers") or {}).items()},
        "body": base64.b64decode(body).decode("utf-8") if event.get("isBase64Encoded") else body,
        "source_ip": identity.get("sourceIp") or "",
    }


def judge_view(function: Callable[..., Any], event: dict[str, Any], hint: str, what: str) -> None:
    """Compare a view field by field, so that the report names the field."""
    try:
        view = function("app.view")(event)
    except CheckFailed as failure:
        fail(f"a Request, from {what}", failure.found, hint, failure.where)
    expect(view, "from_event hands back a Request.", what=f"the view of {what}").is_dict()
    for field, wanted in right_view(event).items():
        expect(view.get(field), hint, what=f"{field}, from {what}").equals(wanted)


NULL_HINT = (
    "The key is there and its value is null, so .get('…', {}) hands back None: the default is only for keys that are "
    "missing. (event.get('…') or {}) covers both."
)
MISSING_HINT = (
    "event['…'] raises KeyError when a key is missing. Ask with .get, at every level, and let one missing field cost "
    "no other."
)


def without(event: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The event without some of its keys."""
    return {key: value for key, value in event.items() if key not in keys}


@exercise(
    "3.4",
    "An event with a shape",
    slug="3_4_event",
    files=["request.py"],
    minutes=15,
    hints=[
        "Begin with six annotated fields and a from_event that reads a complete event. Then ask of each "
        "key: what if it "
        "is missing? What if it is there, and null?",
        "event.get('headers', {}) is {} when the key is missing, but None when its value is null. "
        "`event.get('headers') or {}` is {} in both cases.",
        "source_ip sits two levels down: ((event.get('requestContext') or {}).get('identity') or {}).get('sourceIp'). "
        "For the body: base64.b64decode(body).decode('utf-8') when event.get('isBase64Encoded').",
    ],
    passed="From now on a handler can read request.query['name'] without fear. All the doubt about what an event may "
    "lack is in one place, and it is tested.",
    next="3.5",
)
class Event:
    @check(points=1)
    def reads_a_complete_event(function, rng):
        """All six fields of a complete event are read."""
        hint = "The class's text says where each field comes from."
        headers = {"host": f"{word(rng)}.example", "x-trace": word(rng)}
        judge_view(function, proxy_event(rng, headers=headers), hint, "a complete event")

    @check(points=1, needs=reads_a_complete_event)
    def finds_headers_in_any_spelling(function, rng):
        """Header names are in lower case, however the client wrote them."""
        name = word(rng)
        headers = {"HOST": f"{name}.example", "X-Team-Name": name, "content-type": "text/plain"}
        hint = "Header names have no upper and lower case, dictionaries do: store name.lower()."
        judge_view(function, proxy_event(rng, headers=headers), hint, "headers of mixed spelling")

    @check(points=1, needs=reads_a_complete_event)
    def survives_null(function, rng):
        """A null in the event becomes an empty value of the right type."""
        for key in ("queryStringParameters", "headers", "body", "requestContext", "httpMethod", "path"):
            judge_view(function, proxy_event(rng, **{key: None}), NULL_HINT, f"an event whose {key} is null")
        context = {"stage": "Prod", "identity": None}
        judge_view(function, proxy_event(rng, requestContext=context), NULL_HINT, "an event whose identity is null")

    @check(points=2, needs=reads_a_complete_event)
    def survives_missing_fields(function, rng):
        """A key that is missing costs no other field, and even {} can be read."""
        event = proxy_event(rng)
        for key in event:
            judge_view(function, without(event, key), MISSING_HINT, f"an event without {key}")
        judge_view(function, proxy_event(rng, requestContext={"stage": "x"}), MISSING_HINT, "an event without identity")
        judge_view(function, {}, MISSING_HINT, "{}")

    @check(points=1, needs=reads_a_complete_event)
    def decodes_base64(function, rng):
        """A body in base64 is decoded, any other is left alone."""
        text = f"Grüße von {word(rng)}"
        coded = base64.b64encode(text.encode()).decode()
        hint = "When isBase64Encoded is true: base64.b64decode(body).decode('utf-8'). Otherwise the body is as it is."
        judge_view(function, proxy_event(rng, body=coded, isBase64Encoded=True), hint, "a body in base64")
        judge_view(function, proxy_event(rng, body=coded), hint, "a body that only looks like base64")
        judge_view(function, proxy_event(rng, body=None, isBase64Encoded=True), hint, "an empty body in base64")

    @check(points=1, needs=reads_a_complete_event)
    def reads_real_requests(stack, http, rng):
        """It works behind a real API: with a query, without one, with a body."""
        url, name = output(stack, "ViewUrl"), word(rng)
        hint = "Print the event: without a query API Gateway sends null. cloud.logs('ViewFunction') shows the error."
        for method, address, body in (("GET", f"{url}?name={name}", None), ("GET", url, None), ("POST", url, name)):
            page = http.request(method, address, headers={"X-Name": name}, body=body)
            expect(page.status, hint, what=f"the status of {method}", trace=page.trace).equals(200)
            view = json_body(page, hint)
            wanted = {
                "method": method,
                "path": "/view",
                "query": {"name": name} if "?" in address else {},
                "body": body or "",
            }
            expect({key: view.get(key) for key in wanted}, hint, trace=page.trace).equals(wanted)
            expect(view.get("headers"), hint, what="headers", trace=page.trace).contains("x-name")


def project(rng: Random) -> dict[str, str]:
    """A project of two functions, with a package, tests and leftovers of Python."""
    return {
        "project/hello/app.py": (
            "from text.greeting import greeting\n\n\ndef lambda_handler(event, context):\n    return greeting()\n"
        ),
        "project/hello/text/__init__.py": "",
        "project/hello/text/greeting.py": f"def greeting():\n    return {word(rng)!r}\n",
        "project/hello/tests/test_greeting.py": "def test_greeting():\n    assert True\n",
        "project/hello/text/tests/test_more.py": "def test_more():\n    assert True\n",
        "project/hello/__pycache__/app.cpython-313.pyc": "not really",
        "project/report/app.py": f"def lambda_handler(event, context):\n    return {word(rng)!r}\n",
    }


def serverless(code: str | None = None, **properties: Any) -> dict[str, Any]:
    """A function resource."""
    uri = {} if code is None else {"CodeUri": code}
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {**uri, "Handler": "app.lambda_handler", "Runtime": "python3.13", **properties},
    }


def sam_template(**resources: Any) -> dict[str, Any]:
    """A SAM template of these resources."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": "To be packaged",
        "Resources": resources,
    }


TWO = sam_template(HelloFunction=serverless("hello/", Timeout=7), ReportFunction=serverless("./report"))
BUCKET = "packages"


def packaged(
    cloud: Any, folder: Path, files: Mapping[str, str], template: dict[str, Any], year: int = 2026
) -> dict[str, Any]:
    """Have the template packaged by the answer; the project's files carry a date of that year."""
    s3 = cloud.client("s3")
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
    with TemporaryDirectory() as place:
        copy = Path(place) / "answer"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("project"))
        write_project(copy, files, datetime(year, 6, 1, tzinfo=UTC).timestamp())
        called = cloud.run(copy, "package.package", template, "project", BUCKET)
    if called.error is not None:
        raise from_invocation("package(…)", called.error)
    expect(called.payload, "Hand back the packaged template: a dictionary.", what="package(…)").has_keys("Resources")
    return dict(called.payload)


def write_project(folder: Path, files: Mapping[str, str], modified: float) -> None:
    """Write the files, all with one date."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (modified, modified))


def uri_of(template: Mapping[str, Any], logical_id: str) -> str:
    """A function's CodeUri as s3://bucket/key, in whichever of SAM's spellings it is written."""
    code = template["Resources"].get(logical_id, {}).get("Properties", {}).get("CodeUri")
    if isinstance(code, dict) and {"Bucket", "Key"} <= set(code):
        code = f"s3://{code['Bucket']}/{code['Key']}"
    hint = "CodeUri takes s3://‹bucket›/‹key›; a web address (https://…) is not understood."
    expect(code, hint, what=f"CodeUri of {logical_id}").is_text().starts_with(f"s3://{BUCKET}/")
    return str(code)


def zip_of(cloud: Any, template: Mapping[str, Any], logical_id: str) -> dict[str, bytes]:
    """The files in the zip that a function's CodeUri points to."""
    uri = uri_of(template, logical_id)
    s3 = cloud.client("s3")
    try:
        body = s3.get_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(item.file_size for item in archive.infolist()) > 1_000_000:
                fail("a small zip: the project is small", f"{len(body):,} bytes", "Only the code folder belongs in.")
            return {item.filename: archive.read(item) for item in archive.infolist() if not item.is_dir()}
    except s3.exceptions.NoSuchKey:
        fail(f"an object at {uri}", "no such object", "Upload first, then write its place into the template.")
    except zipfile.BadZipFile:
        fail(f"a zip at {uri}", f"{len(body):,} bytes that are no zip", "Close the ZipFile before you read its bytes.")


def judge_names(names: Mapping[str, bytes], wanted: set[str]) -> None:
    """The zip's names must be relative to the code folder."""
    if not wanted <= set(names):
        fail(
            f"files called {', '.join(sorted(wanted))}",
            f"files called {', '.join(sorted(names)) or 'nothing'}",
            "Lambda unpacks the zip and looks for app.py at its top. The names in it must be relative to the code "
            "folder: archive.write(path, path.relative_to(folder)), folders below it included.",
        )


@exercise(
    "3.5",
    "Packaging by hand",
    slug="3_5_package",
    files=["package.py"],
    minutes=20,
    hints=[
        "Do one function first: collect the files below its folder, write them into a zip in memory, upload it, write "
        "its place into a copy of the template. Then put a loop around that.",
        "folder.rglob('*') finds files at any depth; path.relative_to(folder) is the name in the zip; "
        "path.relative_to(folder).parts tells whether a folder on the way is called tests. "
        "Hash the names and contents, not the zip: a zip also holds the files' dates.",
        "memory = io.BytesIO(); with zipfile.ZipFile(memory, 'w') as archive: archive.writestr(name, content); then "
        "put_object(Bucket=bucket, Key=hashlib.sha256(…).hexdigest(), Body=memory.getvalue()), and "
        "properties['CodeUri'] = f's3://{bucket}/{key}'.",
    ],
    passed="This is what `sam package` does. CloudFormation notices new code because the key is its fingerprint. "
    "You will never again wonder why a deployment changed nothing.",
)
class Package:
    @check(points=1)
    def uploads_a_zip_for_each_function(cloud, folder, rng):
        """Each function's CodeUri points to a zip in the bucket with the function's own files."""
        files = project(rng)
        template = packaged(cloud, folder, files, TWO)
        hello, report = (zip_of(cloud, template, name) for name in ("HelloFunction", "ReportFunction"))
        judge_names(hello, {"app.py", "text/__init__.py", "text/greeting.py"})
        judge_names(report, {"app.py"})
        for names, path in ((hello, "project/hello/app.py"), (report, "project/report/app.py")):
            hint = "Each function has a folder of its own: its zip, its key, its CodeUri."
            expect(names["app.py"].decode(), hint, what="app.py in the zip").equals(files[path])

    @check(points=2, needs=uploads_a_zip_for_each_function)
    def can_be_deployed(cloud, folder, rng):
        """CloudFormation accepts the packaged template, and the functions run."""
        files = project(rng)
        stack = cloud.deploy(packaged(cloud, folder, files, TWO), name="packaged")
        for name, path in (
            ("HelloFunction", "project/hello/text/greeting.py"),
            ("ReportFunction", "project/report/app.py"),
        ):
            called = cloud.invoke(stack.resources[name].physical_id, {})
            expect(called.error, "The zip lacks something that the function imports.", what=name).is_none()
            expect(repr(called.payload), what=f"the answer of {name}").equals(files[path].split("return ")[1].strip())

    @check(points=1, needs=uploads_a_zip_for_each_function)
    def leaves_tests_at_home(cloud, folder, rng):
        """Folders called tests and __pycache__ stay at home, at any depth."""
        names = zip_of(cloud, packaged(cloud, folder, project(rng), TWO), "HelloFunction")
        shipped = sorted(name for name in names if {"tests", "__pycache__"} & set(name.split("/")))
        hint = "Tests are for you, not for production: they cost size, and so cold starts. The build leaves them out."
        expect(shipped, hint, what="files that should have stayed at home").equals([])

    @check(points=2, needs=uploads_a_zip_for_each_function)
    def changes_the_key_with_the_code(cloud, folder, rng):
        """New code gets a new key, so that a deployment notices it."""
        old, files = packaged(cloud, folder, project(rng), TWO), project(rng)
        new = packaged(cloud, folder, files, TWO)
        hint = (
            "CloudFormation compares templates, not zips. With the same key for changed code the template "
            "looks the same, "
            "and the deployment does nothing. Make the key from a hash of the content."
        )
        for name in ("HelloFunction", "ReportFunction"):
            expect(uri_of(new, name), hint, what=f"CodeUri of {name} after its code changed").differs_from(
                uri_of(old, name)
            )

    @check(points=1, needs=changes_the_key_with_the_code)
    def keeps_the_key_of_unchanged_code(cloud, folder, rng):
        """The same code gets the same key, even if the files were copied anew."""
        files = project(rng)
        old = packaged(cloud, folder, files, TWO, year=2024)
        files["project/report/app.py"] = project(rng)["project/report/app.py"]
        new = packaged(cloud, folder, files, TWO, year=2025)
        hint = (
            "Nothing changed but the dates of the files, and those are inside the zip too. "
            "Hash the names and contents, or every deployment updates every function."
        )
        expect(uri_of(new, "HelloFunction"), hint, what="CodeUri of HelloFunction").equals(uri_of(old, "HelloFunction"))

    @check(points=1, needs=uploads_a_zip_for_each_function)
    def leaves_the_rest_alone(cloud, folder, rng):
        """What needs no packaging comes back as it was."""
        template = sam_template(
            HelloFunction=serverless("hello/", Timeout=7),
            ReportFunction=serverless("report/"),
            Elsewhere=serverless(f"s3://other-bucket/{word(rng)}"),
            Inline=serverless(InlineCode="def lambda_handler(event, context): return 1"),
            Photos={"Type": "AWS::S3::Bucket"},
        )
        found = packaged(cloud, folder, project(rng), template)
        hint = "Only functions whose CodeUri is a local folder are packaged; code in S3 or in the template stays."
        for part in ("Elsewhere", "Inline", "Photos"):
            expect(found["Resources"].get(part), hint, what=part).equals(template["Resources"][part])
        timeout = found["Resources"]["HelloFunction"]["Properties"].get("Timeout")
        expect(timeout, "Change CodeUri and nothing else.", what="Timeout of HelloFunction").equals(7)
        rest = {key: value for key, value in found.items() if key != "Resources"}
        wanted = {key: value for key, value in template.items() if key != "Resources"}
        expect(rest, "The template's other parts belong to it as well.", what="the rest of the template").equals(wanted)
