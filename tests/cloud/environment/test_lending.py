"""Forks of the process that started a zygote order environments on lines of their own."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.cloud.environment import (
    Credentials,
    FunctionConfiguration,
    InvocationRequest,
    Zygote,
    borrow_zygote,
    shared_zygote,
)

from .conftest import NOW, ask
from .processes import namespace, runs, tenants

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")


@pytest.fixture
def config(tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context): return event * 2\n")
    return FunctionConfiguration("f", "arn", "$LATEST", "app.handler", "python3.13", 128, 3, tmp_path)


def in_a_fork(action):
    """Run an action in a fork; returns what it wrote to the pipe that it is given, when it has ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            action(writing)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


def doubled(zygote, config, number):
    environment = zygote.start(config, Credentials("A", "b"))
    try:
        return json.loads(environment.invoke(ask(number)).payload)
    finally:
        environment.close()


def test_a_fork_uses_the_zygote_of_its_parent(config):
    line = shared_zygote().lend()

    def action(writing):
        borrow_zygote(line)
        os.write(writing, str(doubled(shared_zygote(), config, 21)).encode())

    assert in_a_fork(action) == b"42"
    line.close()
    assert doubled(shared_zygote(), config, 2) == 4


def test_threads_that_come_at_the_same_time_share_the_one_zygote():
    shared_zygote().close()
    with ThreadPoolExecutor(8) as pool:
        found = {id(zygote) for zygote in pool.map(lambda _: shared_zygote(), range(8))}
    assert len(found) == 1


def test_several_forks_at_once_and_their_parent_do_not_disturb_each_other(config):
    lines = [shared_zygote().lend() for _ in range(3)]
    pipes = []
    for number, line in enumerate(lines):
        reading, writing = os.pipe()
        if os.fork() == 0:
            borrow_zygote(line)
            os.write(writing, json.dumps([doubled(shared_zygote(), config, number) for _ in range(4)]).encode())
            os._exit(0)
        os.close(writing)
        line.close()
        pipes.append(reading)
    assert doubled(shared_zygote(), config, 50) == 100
    told = []
    for pipe in pipes:
        with os.fdopen(pipe, "rb") as file:
            told.append(json.loads(file.read()))
        os.wait()
    assert told == [[0] * 4, [2] * 4, [4] * 4]


def test_a_fork_that_dies_in_the_middle_of_an_order_harms_nobody(config):
    line = shared_zygote().lend()

    def action(writing):
        borrow_zygote(line)
        line.send(b"\0\0\0\x10")  # half of the lengths of a frame

    assert in_a_fork(action) == b""
    line.close()
    assert doubled(shared_zygote(), config, 3) == 6


def test_the_environments_of_a_fork_that_died_end_with_it(config):
    line = shared_zygote().lend()

    def action(writing):
        borrow_zygote(line)
        environment = shared_zygote().start(config, Credentials("A", "b"))
        environment.invoke(InvocationRequest("r", b"1", NOW))
        os.write(writing, json.dumps(tenants(environment.pid)).encode())

    pids = json.loads(in_a_fork(action))
    assert pids
    line.close()
    for _ in range(1000):
        if not any(runs(pid) for pid in pids):
            return
        doubled(shared_zygote(), config, 1)  # something to wait for
    raise AssertionError("the environment is still there")


def test_a_spare_room_that_died_is_not_given_to_anybody(config):
    with Zygote() as zygote:
        if zygote.level < 3:
            pytest.skip("rooms are made beforehand at level 3 only")
        doubled(zygote, config, 1)
        for pid in _children(zygote._process.pid):
            if _is_guardian(pid):
                os.kill(pid, 9)
                while runs(pid):
                    os.sched_yield()
        assert doubled(zygote, config, 4) == 8


def test_who_comes_into_a_used_room_finds_nothing_of_the_last_one(tmp_path):
    (tmp_path / "app.py").write_text(LEAVES_TRACES)
    config = FunctionConfiguration("f", "arn", "$LATEST", "app.handler", "python3.13", 128, 3, tmp_path)
    with Zygote() as zygote:
        if zygote.level < 3:
            pytest.skip("rooms are used again at level 3 only")
        guardians = []
        for _ in range(12):
            environment = zygote.start(config, Credentials("A", "b"))
            found = json.loads(environment.invoke(ask(0)).payload)
            assert found == {"files": [], "heard": "nobody"}
            assert len(tenants(environment.pid)) == 2  # the function's own process, and the one it has started
            guardians.append(environment.pid)
            environment.close()
        assert len(set(guardians)) < 12


LEAVES_TRACES = """
import os, socket, time

def handler(event, context):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect("\\0left")
            heard = "somebody"
        except OSError:
            heard = "nobody"
    files = os.listdir("/tmp")
    open("/tmp/left", "w").close()
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        kept = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        kept.bind("\\0left")
        os.write(writing, b".")
        while True: pass
    os.read(reading, 1)
    return {"files": files, "heard": heard}
"""


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def _is_guardian(pid):
    return namespace(pid) not in (None, namespace("self"))
