"""Threads take turns, and whoever waits does so on the virtual clock."""

import json
import time

import pytest

from .conftest import NOW, ask


def answer(bench, body, **changes):
    """What a handler with these lines answers, and the seconds it slept."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    names = "asyncio, queue, threading, time"
    source = f"import {names}\nfrom concurrent.futures import *\ndef handler(event, context):\n{lines}"
    outcome = bench.outcome(source, **{"timeout_s": 100, **changes})
    assert outcome.status == "ok", outcome
    return json.loads(outcome.payload), round(outcome.slept_s, 6)


def nap(seconds):
    return f"lambda: time.sleep({seconds})"


@pytest.mark.parametrize(
    "wait",
    [
        "threading.Event().wait(30)",
        "held.wait(30)",
        "threading.Semaphore(0).acquire(timeout=30)",
        "taken.acquire(timeout=30)",
    ],
)
def test_waiting_in_vain_takes_its_time_on_the_clock(bench, wait):
    body = f"""
taken, held = threading.Lock(), threading.Condition()
taken.acquire()
held.acquire()
return {wait}
"""
    assert answer(bench, body) == (False, 30)


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"])
def test_a_queue_is_waited_for_until_something_comes_or_the_time_is_up(bench, kind):
    body = f"""
mail = queue.{kind}()
threading.Timer(3, mail.put, ["letter"]).start()
first = mail.get(timeout=5), round(time.monotonic())
try: mail.get(timeout=5)
except queue.Empty: return [first[0], "nothing"]
"""
    assert answer(bench, body) == (["letter", "nothing"], 8)


def test_an_event_that_a_thread_sets_ends_the_wait_at_that_moment(bench):
    body = """
ready = threading.Event()
threading.Timer(2.5, ready.set).start()
began = time.time()
return ready.wait(60), round(time.time() - began, 1)
"""
    assert answer(bench, body) == ([True, 2.5], 2.5)


def test_a_join_waits_for_the_thread_or_for_its_timeout(bench):
    body = f"""
thread = threading.Thread(target={nap(10)}, daemon=True)
thread.start()
thread.join(4)
alive = [thread.is_alive()]
thread.join()
return alive + [thread.is_alive()]
"""
    assert answer(bench, body) == ([True, False], 10)


def test_futures_sleep_side_by_side_and_their_results_are_waited_for(bench):
    body = """
def work(seconds):
    time.sleep(seconds)
    return seconds
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(work, seconds) for seconds in (2, 1, 3)]
    try: futures[0].result(timeout=0.5)
    except TimeoutError: late = "late"
    order = [future.result() for future in as_completed(futures)]
return [late, order, list(pool._threads) != [], wait(futures).not_done == set()]
"""
    assert answer(bench, body) == (["late", [1, 2, 3], True, True], 4)


def test_work_that_hands_out_work_does_not_keep_its_giver_waiting(bench):
    """As boto3's uploads do: the lock that all pools share was made before the function was, and is one of ours."""
    body = """
from concurrent.futures import thread
with ThreadPoolExecutor() as outer, ThreadPoolExecutor() as inner:
    done = outer.submit(lambda: inner.submit(lambda: "done").result()).result()
return [done, type(thread._global_shutdown_lock) is type(threading.Lock())]
"""
    assert answer(bench, body) == (["done", True], 0)


def test_asyncio_sleeps_and_gives_up_on_the_clock(bench):
    body = """
async def work(seconds):
    await asyncio.sleep(seconds)
    return seconds
async def main():
    both = await asyncio.gather(work(1), work(2))
    try: await asyncio.wait_for(work(60), timeout=3)
    except asyncio.TimeoutError: both.append("late")
    await asyncio.to_thread(time.sleep, 4)
    box = asyncio.Queue()
    asyncio.get_running_loop().call_later(5, box.put_nowait, "letter")
    return both + [await box.get()]
return asyncio.run(main())
"""
    assert answer(bench, body) == ([1, 2, "late", "letter"], 14)


def test_a_lock_whose_holder_sleeps_is_waited_for(bench):
    body = """
lock, order = threading.RLock(), []
def work(name):
    with lock, lock:
        order.append(name)
        time.sleep(2)
threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
for thread in threads: thread.start()
for thread in threads: thread.join()
return "".join(order)
"""
    assert answer(bench, body) == ("abc", 6)


def test_a_thread_that_sleeps_on_does_not_use_up_the_handlers_time(bench):
    source = """
        import threading, time
        ticks = []
        def tick():
            while True:
                time.sleep(10)
                ticks.append(round(time.time()))
        def handler(event, context):
            if event: threading.Thread(target=tick, daemon=True).start()
            time.sleep(1)
            return ticks
    """
    environment = bench.environment(source)
    first, second, third = (environment.invoke(ask(at == 0, now=NOW + at)) for at in (0, 5, 60))

    assert [json.loads(one.payload) for one in (first, second, third)] == [[], [], [round(NOW) + 60]]
    assert [one.slept_s for one in (first, second, third)] == [1, 1, 1]


@pytest.mark.parametrize("wait", ["threading.Event().wait()", "lock.acquire()", "asyncio.run(asyncio.Event().wait())"])
def test_waiting_for_what_never_comes_is_a_time_out_at_once(bench, text, wait):
    began = time.monotonic()
    outcome = bench.outcome(f"""
        import asyncio, threading
        lock = threading.Lock()
        lock.acquire()
        def handler(event, context): {wait}
    """)
    assert (outcome.status, outcome.duration_ms) == ("timeout", 3000)
    assert time.monotonic() - began < 2.5  # its zygote's patience would end it, too


def test_the_same_threads_do_the_same_things_in_the_same_order(bench):
    body = """
order = []
def work(name):
    for step in range(3):
        order.append(f"{name}{step}")
        time.sleep(ord(name) % 3 + 1)
with ThreadPoolExecutor(4) as pool: list(pool.map(work, "abcdefgh"))
return " ".join(order)
"""
    assert answer(bench, body) == answer(bench, body)


def test_who_computes_is_waited_for_and_time_does_not_jump_meanwhile(bench):
    body = """
def compute():
    until = time.thread_time() + 0.15
    while time.thread_time() < until: pass
    return "computed"
with ThreadPoolExecutor() as pool: return pool.submit(compute).result(timeout=1)
"""
    assert answer(bench, body) == ("computed", 0)


def test_who_never_waits_does_not_keep_the_others_from_going_on(bench):
    body = """
seen = []
threading.Thread(target=lambda: [time.sleep(0.01), seen.append(1)]).start()
while not seen: pass
return "seen"
"""
    assert answer(bench, body)[0] == "seen"


def test_sockets_and_processes_are_waited_for_in_real_time_which_the_clock_does_not_see(bench):
    body = """
import select, socket
here, there = socket.socketpair()
here.settimeout(0.02)
began, real = time.time(), time.clock_gettime(time.CLOCK_MONOTONIC)
try: here.recv(1)
except TimeoutError: pass
select.select([here], [], [], 0.02)
return [round(time.time() - began, 1), time.clock_gettime(time.CLOCK_MONOTONIC) - real >= 0.04]
"""
    assert answer(bench, body) == ([0.0, True], 0)


def test_a_loop_that_waits_for_a_process_too_waits_for_real_and_then_counts_it(bench):
    body = """
import os
async def main():
    reading, writing = os.pipe()
    asyncio.get_running_loop().add_reader(reading, print)
    await asyncio.sleep(0.02)
real = time.clock_gettime(time.CLOCK_MONOTONIC)
asyncio.run(main())
return time.clock_gettime(time.CLOCK_MONOTONIC) - real >= 0.02
"""
    assert answer(bench, body) == (True, 0.02)


def test_a_child_process_has_one_thread_and_sleeps_on_its_own(bench, level):
    if level != 3:
        return  # a process more is for level 3
    body = """
import os
threading.Thread(target=time.sleep, args=(50,), daemon=True).start()
if (child := os.fork()) == 0:
    time.sleep(5)
    os._exit(7)
return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""
    assert answer(bench, body) == (7, 0)


def test_locks_and_queues_refuse_what_pythons_refuse(bench):
    body = """
def refused(act, *arguments):
    try: act(*arguments)
    except Exception as error: return type(error).__name__
lock, box = threading.Lock(), queue.SimpleQueue()
found = [refused(lock.release), refused(lock.acquire, False, 1), refused(lock.acquire, True, -2),
         refused(lock.acquire, True, 1e300), refused(box.get_nowait), refused(box.get, True, -1)]
with lock: found += [lock.locked(), lock.acquire(False), "locked" in repr(lock)]
box.put_nowait(1)
return found + [box.qsize(), box.get(), box.empty(), refused(threading.current_thread().join)]
"""
    assert answer(bench, body)[0] == [
        "RuntimeError", "ValueError", "ValueError", "OverflowError", "Empty", "ValueError",
        True, False, True, 1, 1, True, "RuntimeError",
    ]  # fmt: skip
