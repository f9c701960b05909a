"""What student code can do to its own process: always an outcome, always in time."""

import json
import time

import pytest

from .conftest import ask
from .processes import runs, tenants, tree

FLOODING_CHILD = """
import os
def handler(event, context):
    try:
        child = os.fork()
    except PermissionError:  # level 2 on a machine where processes cannot be counted
        child = 0
    while not child: os.write(1, b'x' * 10**6)
    os.wait()
"""
FLOODING = "import os\ndef handler(event, context):\n    while True: os.write({}, b'x' * 10**6)"


def test_sleeping_past_the_timeout_costs_no_time(bench, text):
    started = time.monotonic()
    outcome = bench.outcome("import time\ndef handler(event, context):\n    print('first')\n    time.sleep(100)")
    assert time.monotonic() - started < 3  # it would have slept until its timeout
    assert (outcome.status, json.loads(outcome.payload), outcome.duration_ms) == (
        "timeout",
        {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: req-1 Error: Task timed out after 3.00 seconds"},
        3000.0,
    )
    assert text(outcome) == "first\n2026-11-02T09:00:03.000Z req-1 Task timed out after 3.00 seconds\n"


def test_an_endless_loop_is_stopped_and_told_that_it_timed_out(bench):
    outcome = bench.outcome("def handler(event, context):\n    while True: pass")
    assert (outcome.status, outcome.duration_ms) == ("timeout", 3000.0)


def test_a_loop_that_catches_everything_is_stopped(bench):
    source = """
        import signal
        for number in range(1, 32):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        def handler(event, context):
            while True:
                try:
                    while True: pass
                except BaseException: pass
    """
    assert bench.outcome(source).status == "timeout"


EXITS = {
    "os._exit(3)": "Runtime exited with error: exit status 3",
    "sys.exit(1)": "Runtime exited with error: exit status 1",
    "sys.exit(0)": "Runtime exited without providing a reason",
    "os.kill(os.getpid(), 9)": "Runtime exited with error: signal: killed",
    "os.abort()": "Runtime exited with error: signal: aborted",
    "ctypes.string_at(0)": "Runtime exited with error: signal: segmentation fault",
}


@pytest.mark.parametrize("statement", EXITS)
def test_ending_the_process_is_an_exit_error(bench, statement):
    environment = bench.environment(f"import ctypes, os, sys\ndef handler(event, context): {statement}")
    outcome = environment.invoke(ask())
    assert (outcome.status, json.loads(outcome.payload)) == (
        "exit",
        {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: req-1 Error: {EXITS[statement]}"},
    )
    assert not environment.alive
    assert environment.invoke(ask()).status == "exit"


def test_using_more_memory_than_its_size_is_out_of_memory(bench):
    outcome = bench.outcome("def handler(event, context): return len(bytearray(400 << 20))")
    assert (outcome.status, json.loads(outcome.payload)["errorType"], outcome.max_memory_mb) == (
        "out_of_memory",
        "Runtime.OutOfMemory",
        128,
    )


def test_endless_recursion_is_an_error_of_the_function(bench):
    outcome = bench.outcome("def handler(event, context): return handler(event, context)")
    assert json.loads(outcome.payload)["errorType"] == "RecursionError"


def test_a_flood_of_output_is_cut(bench, text):
    outcome = bench.outcome("def handler(event, context):\n    for _ in range(60): print('x' * 100_000)")
    assert outcome.status == "ok"
    assert len(text(outcome)) < 1_100_000
    assert text(outcome).endswith("the rest of this log is cut: one invocation may write 1 MB here.\n")


@pytest.mark.parametrize("source", [FLOODING.format(1), FLOODING.format(2), FLOODING_CHILD])
def test_a_flood_that_never_ends_is_ended_by_name(bench, text, source):
    outcome = bench.outcome(source, timeout_s=900)
    error = json.loads(outcome.payload)
    assert (outcome.status, error["errorType"]) == ("output_limit", "Runtime.OutputLimit")
    assert "Output limit: one invocation may write 16 MB" in error["errorMessage"]
    assert len(text(outcome)) < 1_100_000 and text(outcome).endswith("Runtime.OutputLimit\n")


def test_an_answer_is_kept_whatever_was_written_before_it(bench):
    source = "import os\ndef handler(event, context):\n    for _ in range(12): os.write(1, b'x' * 10**6)\n    return 7"
    environment = bench.environment(source)
    assert [environment.invoke(ask()).payload for _ in range(2)] == [b"7", b"7"]  # each may write as much


def test_reading_stdin_finds_its_end(bench):
    assert bench.result("import sys\ndef handler(event, context): return sys.stdin.read()") == ""


def test_bytes_written_to_every_descriptor_forge_nothing(bench):
    source = """
        import os, json, struct
        head = json.dumps({"nonce": "", "status": "ok", "slept": 0, "cpu": 0, "init_ms": None, "memory_mb": 1}).encode()
        frame = struct.pack(">II", len(head), 4) + head + b"true"
        def handler(event, context):
            for number in range(3, 64):
                try: os.write(number, frame)
                except OSError: pass
            return "mine"
    """
    assert bench.outcome(source).status == "bad_response"


def test_a_fork_bomb_ends_with_its_invocation(bench, level):
    if level == 1:
        pytest.skip("level 1 cannot count processes")
    source = """
        import os
        def handler(event, context):
            while True:
                try: os.fork()
                except OSError: pass
    """
    environment = bench.environment(source)
    assert environment.invoke(ask()).status in ("timeout", "bad_response")
    assert not environment.alive


def test_threads_stand_still_between_events(bench):
    source = """
        import threading
        count = 0
        def work():
            global count
            while True: count += 1
        threading.Thread(target=work, daemon=True).start()
        def handler(event, context): return count
    """
    environment = bench.environment(source)
    environment.invoke(ask())
    deadline = time.monotonic() + 10
    while _state(tree(environment.pid)[-1]) not in "Tt":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_nothing_is_left_of_the_process_tree_after_close(bench, level):
    source = """
        import os
        def handler(event, context):
            if os.fork() == 0:
                os.setsid()
                while True: pass
    """
    if level == 2:
        assert bench.outcome(source).status == "error"  # no processes but one below level 3
        return
    environment = bench.environment(source)
    assert environment.invoke(ask()).status == "ok"
    pids = tenants(environment.pid)
    assert len(pids) >= 2
    environment.close()
    deadline = time.monotonic() + 2
    while any(runs(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [pid for pid in pids if runs(pid)] == []


def _state(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]
