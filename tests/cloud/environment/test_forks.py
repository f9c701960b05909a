"""What a warm process puts off in its forks, and what every environment has all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ENVIRONMENT = Path(__file__).parents[3] / "grader" / "cloud" / "environment"
RANDOM = """
    import random

    def handler(event, context):
        return random.random()
"""
OWN_FORK = """
    import os, threading

    lock = threading.Lock()

    def handler(event, context):
        reading, writing = os.pipe()
        before = []
        os.register_at_fork(after_in_child=lambda: before.append("called"))
        threading.Thread(target=threading.Event().wait, args=(0.01,)).start()
        if os.fork() == 0:
            os.write(writing, repr((before, threading.active_count())).encode())
            os._exit(0)
        return os.read(reading, 100).decode()
"""
FILLING = """
import sys; sys.path.insert(0, {folder!r})
from lambda_runtime import memory
memory.fill_gaps()
print(sum(number for _, number in memory._gaps()))
"""


def test_no_two_environments_draw_the_same_random_numbers(bench):
    assert bench.result(RANDOM) != bench.result(RANDOM)


def test_a_fork_of_a_functions_own_begins_as_python_says(bench, level):
    if level == 3:  # below it, a function starts no processes
        assert bench.result(OWN_FORK) == "(['called'], 1)"


def test_a_warm_process_leaves_few_gaps_between_its_objects():
    program = FILLING.format(folder=str(ENVIRONMENT))
    left = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(left.stdout) < 5000
    assert left.stderr == ""
