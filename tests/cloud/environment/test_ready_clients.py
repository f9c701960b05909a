"""Clients that the zygote has made: a function cannot tell them from those that are made when it asks."""

import json

import pytest

from grader.cloud.environment import Credentials

from .conftest import ROLE, ask

LOOK = """
import datetime, gc, types
import boto3, botocore.auth
from botocore.config import Config

botocore.auth.get_current_datetime = lambda *_, **__: datetime.datetime(2026, 11, 2, 9)
botocore.auth.time = types.SimpleNamespace(time=lambda: 1793610000)

PRESIGNED = {
    "s3": ("get_object", {"Bucket": "photos", "Key": "a b"}),
    "dynamodb": ("get_item", {"TableName": "photos", "Key": {"id": {"S": "a"}}}),
    "sqs": ("list_queues", {}),
}
MOMENTS = ("provide-client-params", "before-parameter-build", "before-endpoint-resolution", "before-call",
           "request-created", "choose-signer", "before-sign", "before-send", "needs-retry", "after-call")

def is_ready(client):  # the zygote has frozen all that it made
    return not any(one is client for one in gc.get_objects())

def handlers(client, event):
    found = client.meta.events._emitter._handlers.prefix_search(event)
    return [getattr(handler, "__qualname__", type(handler).__name__) for handler in found]

def user_agent(text):
    return [sorted(part[2:].split(",")) if part.startswith("m/") else part for part in text.split()]

def config(client):
    values = vars(client.meta.config) | {"user_agent": user_agent(client.meta.config.user_agent)}
    return {name: value for name, value in values.items() if name != "_user_provided_options"}

def look(client):
    service = client.meta.service_model.service_name
    events = [f"{moment}.{service}.{name}" for name in ("PutObject", "GetObject", "GetItem") for moment in MOMENTS]
    web = client._endpoint.http_session
    return {
        "class": [kind.__name__ for kind in type(client).__mro__],
        "names": dir(client),
        "meta": [client.meta.region_name, client.meta.endpoint_url, client.meta.partition],
        "methods": client.meta.method_to_api_mapping,
        "waiters": client.waiter_names,
        "exceptions": sorted(dir(client.exceptions)),
        "config": config(client),
        "config as given": user_agent(client.meta.config._user_provided_options["user_agent"]),
        "user agent": user_agent(client._user_agent_creator.to_string()),
        "handlers": {event: handlers(client, event) for event in events},
        "host": client._endpoint.host,
        "connections": [repr(web._timeout), web._verify, web._max_pool_connections, sorted(vars(web))],
        "credentials": client._get_credentials().get_frozen_credentials(),
        "presigned": client.generate_presigned_url(*PRESIGNED[service]),
    }
"""

ALL = """
import json
def make():
    yield boto3.client("s3")
    yield boto3.client("s3", config=Config(signature_version="s3v4"))
    yield boto3.client("dynamodb", region_name="us-east-1")
    yield boto3.client("sqs")
    yield boto3.resource("dynamodb").meta.client
    yield boto3.resource("s3").meta.client
    yield boto3.client("s3")
CLIENTS = list(make())
def handler(event, context):
    ready = [is_ready(client) for client in CLIENTS]
    return [ready, json.loads(json.dumps([look(client) for client in CLIENTS], default=repr))]
"""

ONE = """
def handler(event, context):
    return [is_ready(boto3.client("sqs")), is_ready(boto3.client("s3", region_name="us-east-1"))]
"""

UNUSUAL = """
def handler(event, context):
    {change}
    client = boto3.client("s3"{arguments})
    return [is_ready(client), {asked}]
"""


def test_a_ready_client_is_like_one_that_is_made_for_the_function(bench):
    ready, handed_out = bench.result(LOOK + ALL, memory_mb=512)
    made, ordinary = bench.result(LOOK + ALL, memory_mb=512, variables={"AWS_METADATA_SERVICE_TIMEOUT": "1"})

    assert (ready, made) == ([True] * 7, [False] * 7)
    assert handed_out == ordinary
    assert {tuple(one["credentials"][:3]) for one in handed_out} == {tuple(vars(ROLE).values())[:3]}
    assert handed_out[0]["presigned"].startswith("https://photos.s3.amazonaws.com/a%20b?AWSAccessKeyId=ASIAEXAMPLE")


def test_each_environment_signs_with_its_own_credentials(bench):
    source = "import boto3\ndef handler(event, context): return boto3.client('s3')._get_credentials().access_key"
    other = bench.zygote.start(bench.configuration(source), Credentials("ASIAOTHER", "other", "token"))
    bench.started.append(other)

    assert other.invoke(ask()).payload == b'"ASIAOTHER"'
    assert bench.result(source) == "ASIAEXAMPLE"


def test_two_clients_have_handlers_of_their_own_and_the_same_exceptions(bench):
    source = """
def handler(event, context):
    first, second, third = (boto3.client("s3") for _ in range(3))
    called = []
    first.meta.events.register("before-sign.s3", lambda **_: called.append(1))
    second.generate_presigned_url("get_object", {"Bucket": "photos", "Key": "a"})
    third.generate_presigned_url("get_object", {"Bucket": "photos", "Key": "a"})
    before = len(called)
    first.generate_presigned_url("get_object", {"Bucket": "photos", "Key": "a"})
    kinds = {client.exceptions.NoSuchKey for client in (first, second, third)}
    return [[is_ready(client) for client in (first, second, third)], before, len(called), len(kinds)]
"""
    assert bench.result(LOOK + source) == [[True, True, False], 0, 1, 1]


@pytest.mark.parametrize(
    ("change", "arguments", "asked", "answer"),
    [
        ("os.environ['AWS_MAX_ATTEMPTS'] = '7'", "", "client.meta.config.retries['total_max_attempts']", 7),
        ("os.environ['AWS_DEFAULT_REGION'] = 'eu-west-1'", "", "client.meta.region_name", "eu-west-1"),
        ("pass", ", region_name='eu-west-1'", "client.meta.region_name", "eu-west-1"),
        ("pass", ", endpoint_url='http://127.0.0.1:9'", "client.meta.endpoint_url", "http://127.0.0.1:9"),
        ("pass", ", config=Config(read_timeout=2)", "client.meta.config.read_timeout", 2),
        ("boto3.setup_default_session(region_name='eu-west-1')", "", "client.meta.region_name", "eu-west-1"),
        (
            "boto3.DEFAULT_SESSION.events.register('choose-signer.s3', lambda **_: 's3v4')",
            "",
            "'X-Amz-Signature' in client.generate_presigned_url('get_object', {'Bucket': 'b', 'Key': 'k'})",
            True,
        ),
        (
            "boto3.DEFAULT_SESSION._session.set_default_client_config(Config(read_timeout=3))",
            "",
            "client.meta.config.read_timeout",
            3,
        ),
        (
            "os.mkdir('/tmp/.aws'); open('/tmp/.aws/config', 'w').write('[default]\\nmax_attempts = 5\\n')",
            "",
            "client.meta.config.retries['total_max_attempts']",
            5,
        ),
    ],
)
def test_what_is_asked_or_set_otherwise_makes_another_client(bench, change, arguments, asked, answer):
    source = UNUSUAL.format(change=change, arguments=arguments, asked=asked)
    assert bench.result("import os\n" + LOOK + source) == [False, answer]


def test_a_region_that_is_the_usual_one_is_said_in_vain(bench):
    assert bench.result(LOOK + ONE) == [True, True]


def test_who_logs_what_botocore_does_reads_how_a_client_is_made(bench, text):
    source = """
import logging
logging.getLogger().setLevel(logging.DEBUG)
def handler(event, context):
    return is_ready(boto3.client("s3"))
"""
    outcome = bench.outcome(LOOK + source)
    assert json.loads(outcome.payload) is False
    assert "creating-client-class.s3" in text(outcome)


def test_environments_in_real_time_make_their_clients_themselves(bench):
    assert bench.result(LOOK + ONE, real_time=True) == [False, False]
