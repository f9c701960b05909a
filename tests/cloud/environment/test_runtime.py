"""A handler's life: imported once, called per event, with AWS's context, logs and errors."""

import json
import re

from grader.cloud.environment import InvocationOutcome

from .conftest import ARN, NOW, ask


def test_the_module_is_imported_once_and_keeps_its_state(bench):
    environment = bench.environment("""
        count = 0
        def handler(event, context):
            global count
            count += 1
            return count
    """)
    outcomes = [environment.invoke(ask()) for _ in range(3)]
    assert [outcome.payload for outcome in outcomes] == [b"1", b"2", b"3"]
    assert [outcome.init_ms is None for outcome in outcomes] == [False, True, True]


def test_files_in_tmp_are_kept_per_environment(bench):
    source = """
        import os
        def handler(event, context):
            before = os.path.exists("/tmp/kept")
            open("/tmp/kept", "w").close()
            return before
    """
    first, second = bench.environment(source), bench.environment(source)
    assert [one.invoke(ask()).payload for one in (first, first, second)] == [b"false", b"true", b"false"]


def test_every_way_to_list_the_package_shows_it_at_its_place(bench):
    source = """
        import os
        from pathlib import Path
        def handler(event, context):
            here = Path(__file__).parent
            with os.scandir(here) as entries:
                listed = [(entry.path, os.fspath(entry), entry.is_file(), entry.is_dir(), entry.stat().st_size > 0)
                          for entry in entries if entry.name == "app.py"]
            walked = [os.path.join(folder, file) for folder, _, files in os.walk("/var/task") for file in files]
            found = [[str(path) for path in paths if path.name == "app.py"]
                     for paths in (here.iterdir(), here.glob("*"), here.rglob("*.py"), here.glob("**/app.py"))]
            Path("/tmp/a/b").mkdir(parents=True)
            return [listed, [path for path in walked if path.endswith("app.py")], found,
                    [str(path) for path in Path("/tmp").rglob("*")]]
    """
    app = "/var/task/app.py"
    assert bench.result(source) == [[[app, app, True, False, True]], [app], [[app]] * 4, ["/tmp/a", "/tmp/a/b"]]


def test_the_environment_holds_lambdas_variables_and_nothing_of_the_hosts(bench):
    variables = bench.result(
        "import os\ndef handler(event, context): return dict(os.environ)", variables={"TABLE": "photos"}
    )
    assert variables["TABLE"] == "photos"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "resize"
    assert variables["AWS_SESSION_TOKEN"] == "token"
    assert variables["_HANDLER"] == "app.handler"
    assert not {"VIRTUAL_ENV", "PWD", "USER", "MALLOC_ARENA_MAX", "PYTEST_CURRENT_TEST"} & set(variables)


def test_the_context_has_all_its_members(bench):
    source = """
        def handler(event, context):
            members = {name: getattr(context, name) for name in (
                "aws_request_id", "function_name", "function_version", "invoked_function_arn",
                "memory_limit_in_mb", "log_group_name", "log_stream_name")}
            client = context.client_context
            return members | {"left": context.get_remaining_time_in_millis(), "custom": client.custom,
                              "title": client.client.app_title, "identity": context.identity.cognito_identity_id}
    """
    client = {"custom": {"k": "v"}, "client": {"app_title": "Photos"}}
    outcome = bench.environment(source).invoke(ask(client_context=client))
    answer = json.loads(outcome.payload)
    assert 2900 < answer.pop("left") <= 3000
    assert answer == {
        "aws_request_id": "req-1",
        "function_name": "resize",
        "function_version": "$LATEST",
        "invoked_function_arn": ARN,
        "memory_limit_in_mb": "128",
        "log_group_name": "/aws/lambda/resize",
        "log_stream_name": "2026/11/02/[$LATEST]0123",
        "custom": {"k": "v"},
        "title": "Photos",
        "identity": None,
    }


def test_an_exception_becomes_awss_error_object_and_log_lines(bench):
    outcome = bench.outcome("def handler(event, context):\n    raise ValueError('no name')")
    assert (outcome.status, json.loads(outcome.payload)) == (
        "error",
        {
            "errorMessage": "no name",
            "errorType": "ValueError",
            "requestId": "req-1",
            "stackTrace": ["  File \"/var/task/app.py\", line 2, in handler\n    raise ValueError('no name')\n"],
        },
    )
    nbsp = "\u00a0"
    assert [line for _, line in outcome.logs] == [
        "[ERROR] ValueError: no name\nTraceback (most recent call last):\n"
        f"{nbsp * 2}File \"/var/task/app.py\", line 2, in handler\n{nbsp * 4}raise ValueError('no name')\n"
    ]


def _error(bench, source, **changes):
    outcome = bench.outcome(source, **changes)
    return outcome.status, json.loads(outcome.payload)


def test_a_module_that_is_not_there_is_an_import_module_error(bench):
    assert _error(bench, "import absent") == (
        "error",
        {
            "errorMessage": "Unable to import module 'app': No module named 'absent'",
            "errorType": "Runtime.ImportModuleError",
            "requestId": "req-1",
            "stackTrace": [],
        },
    )


def test_a_handler_that_is_not_there_is_handler_not_found(bench):
    assert _error(bench, "x = 1") == (
        "error",
        {
            "errorMessage": "Handler 'handler' missing on module 'app'",
            "errorType": "Runtime.HandlerNotFound",
            "requestId": "req-1",
            "stackTrace": [],
        },
    )


def test_a_syntax_error_shows_its_line(bench):
    assert _error(bench, "def handler(event, context):\n    retrun 1\n") == (
        "error",
        {
            "errorMessage": "Syntax error in module 'app': invalid syntax (app.py, line 2)",
            "errorType": "Runtime.UserCodeSyntaxError",
            "requestId": "req-1",
            "stackTrace": ['  File "/var/task/app.py" Line 2\n        retrun 1\n'],
        },
    )


def test_a_malformed_handler_name_is_refused(bench):
    status, error = _error(bench, "", handler="app")
    assert (status, error["errorType"]) == ("error", "Runtime.MalformedHandlerName")


def test_what_is_not_json_is_a_marshal_error(bench):
    assert _error(bench, "def handler(event, context): return {1, 2}") == (
        "error",
        {
            "errorMessage": "Unable to marshal response: Object of type set is not JSON serializable",
            "errorType": "Runtime.MarshalError",
            "requestId": "req-1",
            "stackTrace": [],
        },
    )


def test_not_a_number_is_a_bad_response(bench):
    assert _error(bench, "def handler(event, context): return float('nan')") == (
        "bad_response",
        {
            "errorMessage": "The response is not valid JSON: it contains NaN.",
            "errorType": "Runtime.InvalidResponse",
        },
    )


def test_decimals_of_dynamodb_are_numbers(bench):
    source = "from decimal import Decimal\ndef handler(event, context): return [Decimal('3'), Decimal('2.5')]"
    assert bench.result(source) == [3, 2.5]


def test_an_answer_over_6_mb_is_too_large(bench):
    status, error = _error(bench, "def handler(event, context): return 'x' * 7_000_000")
    assert (status, error) == (
        "error",
        {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        },
    )


def test_objects_that_lie_are_reduced_to_plain_data(bench):
    source = """
        class Yes(str):
            def __eq__(self, other): return True
            def __str__(self): return "42"
            __hash__ = str.__hash__
        class Full(dict):
            def items(self): return [("all", "right")]
        class Four(int):
            def __repr__(self): return "5"
        def handler(event, context): return [Yes("no"), Full(a=1), Four(4)]
    """
    assert bench.result(source) == ["no", {"a": 1}, 4]


def test_print_and_logging_arrive_line_by_line_with_their_moment(bench):
    source = """
        import logging, sys, time
        logging.getLogger().setLevel("INFO")
        def handler(event, context):
            print("one")
            time.sleep(1)
            logging.info("two")
            print("three", end="", file=sys.stderr)
    """
    outcome = bench.outcome(source)
    # The processor's time counts too, so that the milliseconds are the machine's.
    assert [(round(at), re.sub(r"\.0\d\dZ", ".0xxZ", line)) for at, line in outcome.logs] == [
        (0, "one\n"),
        (1, "[INFO]\t2026-11-02T09:00:01.0xxZ\treq-1\ttwo\n"),
        (1, "three"),
    ]


def test_what_is_written_below_python_is_logged_too(bench, text):
    assert "raw words" in text(bench.outcome("import os\ndef handler(event, context): os.write(1, b'raw words\\n')"))


def test_a_plain_function_is_called_by_value(bench):
    source = "def bill(size, *, rate=2): return {'total': size * rate}"
    event = {"args": [21], "kwargs": {"rate": 3}}
    assert bench.result(source, event, handler="app.bill", convention="value") == {"total": 63}


def test_time_is_the_clouds_and_sleeping_costs_none(bench):
    source = """
        import time, datetime
        def handler(event, context):
            a, m, p = time.time(), time.monotonic(), time.perf_counter()
            time.sleep(2)
            when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
            return [round(a, 1), when, round(time.time() - a, 1), round(time.monotonic() - m, 1),
                    round(time.perf_counter() - p, 1), round(context.get_remaining_time_in_millis(), -2)]
    """
    outcome = bench.outcome(source)
    assert json.loads(outcome.payload) == [NOW, "2026-11-02T09:00:02+00:00", 2.0, 2.0, 2.0, 1000]
    assert outcome.slept_s == 2
    assert 2000 <= outcome.duration_ms < 2300


def test_the_monotonic_clock_counts_the_time_between_invocations(bench):
    environment = bench.environment("""
        import time
        def handler(event, context):
            time.sleep(1)
            return time.monotonic()
    """)
    first, second = (float(environment.invoke(ask(now=NOW + passed)).payload) for passed in (0, 601))

    assert 600.5 < second - first < 605


def test_sleeping_threads_sleep_side_by_side(bench):
    source = """
        import threading, time
        def handler(event, context):
            threads = [threading.Thread(target=time.sleep, args=(1,)) for _ in range(10)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
    """
    assert round(bench.outcome(source).slept_s) == 1


def test_layers_are_laid_over_each_other_at_opt(bench, tmp_path):
    for name in ("one", "two"):
        folder = tmp_path / name / "python"
        folder.mkdir(parents=True)
        (folder / f"layer_{name}.py").write_text(f"name = {name!r}")
        (folder / "both.py").write_text(f"name = {name!r}")
    source = """
        import both, layer_one, layer_two
        def handler(event, context): return [both.name, layer_one.name, open("/opt/python/both.py").read()]
    """
    layers = (tmp_path / "one", tmp_path / "two")
    assert bench.result(source, layers=layers) == ["two", "one", "name = 'two'"]


def test_an_outcome_is_a_value(bench):
    outcome = bench.outcome("def handler(event, context): return event", {"a": "ü"})
    assert outcome == InvocationOutcome(
        "ok", '{"a": "ü"}'.encode(), (), 0.0, outcome.cpu_s, outcome.duration_ms, outcome.init_ms, outcome.max_memory_mb
    )
