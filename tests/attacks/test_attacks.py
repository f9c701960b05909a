"""Answers that cheat or break things, judged for real: none earns a point it does not deserve, and nothing is harmed.

Every attack is handed in as an answer to exercise 3.1 and judged with the hidden checks in one warm process. The
answer that works is judged last, by the same process, and must have all of its points.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cloud.environment import isolation_level
from grader.grading.client import AnswerZygote
from grader.grading.course import Course
from grader.grading.report import ExerciseReport
from grader.grading.sources import read_sources

ROOT = Path(__file__).resolve().parents[2]
HELLO = ROOT / "solutions" / "ch03_web_service" / "3_1_hello"
SOLUTION = {name: text.decode() for name, text in read_sources(HELLO).solution.items()}
TEMPLATE, APP = SOLUTION["template.yaml"], SOLUTION["app.py"]
FORGED = '{"result": {"name": "answers_with_json", "title": "x", "outcome": "passed", "points": 6, "max_points": 6}}'
WITHOUT_WALLS = pytest.mark.skipif(isolation_level() < 2, reason="this machine gives no walls: isolation level 1")


def handler(*lines: str) -> str:
    """A handler made of these lines; it hands back a dictionary without an id unless they return."""
    body = textwrap.indent("\n".join(textwrap.dedent(line).strip("\n") for line in lines), "    ")
    rest = '    return {"statusCode": 200, "body": json.dumps({"message": "Hello", "request_id": "?"})}\n'
    return f"import json, os, sys, time\n\n\ndef lambda_handler(event, context):\n{body}\n{rest}"


def telling(expression: str) -> str:
    """A handler whose answer, and so the report, holds what it could find out or do in place of a message."""
    lines = f"""
    try:
        found = {expression}
    except BaseException as problem:
        found = f"refused: {{type(problem).__name__}}"
    answer = {{"found": str(found)[:3000], "request_id": context.aws_request_id}}
    return {{"statusCode": 200, "headers": {{"Content-Type": "application/json"}}, "body": json.dumps(answer)}}
    """
    return handler(lines)


# What must not earn the points of the answer that works: the files that are changed.
WORTHLESS = {
    "sys_exit": {"app.py": handler("sys.exit(0)")},
    "os_exit": {"app.py": handler("os._exit(0)")},
    "exit_at_import": {"app.py": "import os\nos._exit(0)\n"},
    "kills_everything": {"app.py": handler("os.kill(-1, 9)")},
    "kills_its_parent": {"app.py": handler("os.kill(os.getppid(), 9)", "os.kill(1, 9)")},
    "becomes_another_program": {"app.py": handler("os.execv('/bin/sh', ['sh', '-c', 'exit 0'])")},
    "endless_loop": {"app.py": handler("while True: pass")},
    "ignores_signals": {
        "app.py": handler(
            "import signal", "for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)", "while True: pass"
        )
    },
    "recursion": {"app.py": handler("def deep(n): return deep(n + 1)", "sys.setrecursionlimit(10**9)", "deep(0)")},
    "fork_bomb": {"app.py": handler("while True:\n    try: os.fork()\n    except OSError: pass")},
    "memory_bomb": {"app.py": handler("held = [bytearray(10**7) for _ in range(10**4)]", "raise MemoryError")},
    "output_flood": {"app.py": handler("while True: os.write(1, b'x' * 10**6)")},
    "disk_flood": {"app.py": handler("with open('/tmp/f', 'wb') as f:\n    while True: f.write(b'x' * 10**7)")},
    "huge_answer": {"app.py": handler("return {'statusCode': 200, 'body': 'x' * 50_000_000}")},
    "forged_report_on_stdout": {
        "app.py": handler(f"print({FORGED!r}, flush=True)", f"os.write(2, {FORGED.encode()!r})")
    },
    "forged_report_on_every_descriptor": {
        "app.py": handler(
            f"""
            for descriptor in range(3, 200):
                try:
                    os.write(descriptor, {FORGED.encode()!r} + b"\\n")
                except OSError:
                    pass
            """
        )
    },
    "object_that_equals_everything": {
        "app.py": handler(
            """
            class Any(str):
                __eq__ = lambda self, other: True
                __ne__ = lambda self, other: False
                __hash__ = str.__hash__
                __contains__ = lambda self, other: True
                __len__ = lambda self: 1
            return {"statusCode": Any(200), "body": Any("{}"), "headers": {Any("x"): Any("y")}}
            """
        )
    },
    "dictionary_that_lies": {
        "app.py": handler(
            """
            class Answer(dict):
                def __missing__(self, key): return 200
                def get(self, key, default=None): return 200
            return Answer()
            """
        )
    },
    "not_a_number": {"app.py": handler("return {'statusCode': float('nan'), 'body': float('inf')}")},
    "half_a_character": {"app.py": handler("return {'statusCode': 200, 'body': '\\ud800' * 10, 'headers': {}}")},
    "deep_answer": {"app.py": handler("deep = []", "for _ in range(10**5): deep = [deep]", "return deep")},
    "patched_grader": {
        "app.py": handler(
            """
            for module in list(sys.modules.values()):
                for name in ("json", "dumps", "loads", "judge", "check", "expect"):
                    try:
                        setattr(module, name, lambda *a, **k: {"statusCode": 200, "body": "{}"})
                    except Exception:
                        pass
            """
        )
    },
    "yaml_bomb": {"template.yaml": "a: &a [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else '*a'] * 9)}]\n" for n in range(12)
    )},
    "yaml_python_tag": {
        "template.yaml": TEMPLATE + "X: !!python/object/apply:os.system ['touch /tmp/owned-by-yaml']\n"
    },
    "yaml_deep": {"template.yaml": "a: " + "[" * 50_000},
    "code_outside": {"template.yaml": TEMPLATE.replace("CodeUri: .", "CodeUri: ../../../../../../../../etc")},
    "code_absolute": {"template.yaml": TEMPLATE.replace("CodeUri: .", f"CodeUri: {HELLO}")},
    "included_file": {
        "template.yaml": TEMPLATE
        + "X:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: /etc/passwd}}\n"
    },
    "right_words_in_a_comment": {
        "template.yaml": TEMPLATE.replace("Events:", "Metadata:").replace("Method: get", "Method: get # Path: /hello")
    },
}  # fmt: skip

# What an answer would like to know or reach: the program that tries, and what must not be in what it finds.
NOSY = {
    "reads_hidden_checks": (f"open({str(ROOT / 'solutions/ch03_web_service/hidden_checks.py')!r}).read()", "hidden"),
    "lists_the_course": (f"os.listdir({str(ROOT)!r})", "solutions"),
    "searches_for_checks": (
        "[os.path.join(top, name) for top, _, names in os.walk('/') for name in names if 'hidden_checks' in name]",
        "hidden_checks",
    ),
    "reads_the_host_s_passwords": ("open('/etc/shadow').read()", "root:"),
    "reads_the_parent_s_environment": ("open(f'/proc/{os.getppid()}/environ').read()", "HOME="),
    "reads_memory_of_others": ("[open(f'/proc/{p}/maps').read() for p in os.listdir('/proc') if p.isdigit() and "
                               "int(p) != os.getpid()]", "zygote"),
    "follows_descriptors": ("[os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')]", str(ROOT)),
    "finds_the_grader_loaded": ("[name for name in sys.modules if name.split('.')[0] in ('grader', 'moto', 'pytest')]",
                                "'"),
    "climbs_the_frames": (
        "[f.f_code.co_filename for f in sys._current_frames().values() if 'grader' in f.f_code.co_filename]", "grader"),
    "links_to_the_course": (f"os.symlink({str(ROOT)!r}, '/tmp/course') or os.listdir('/tmp/course')", "solutions"),
    "calls_the_network": ("__import__('urllib.request').request.urlopen('http://1.1.1.1', timeout=1).read()", "html"),
    "asks_a_name": ("__import__('socket').gethostbyname('example.com')", "."),
    "sends_a_datagram": (
        "__import__('socket').socket(2, 2).sendto(b'x', ('1.1.1.1', 53))", "1"),
    "asks_the_metadata_service": (
        "__import__('urllib.request').request.urlopen('http://169.254.169.254/latest/meta-data/', timeout=1).read()",
        "ami"),
    "resets_moto": (
        "__import__('urllib.request').request.urlopen(__import__('urllib.request').request.Request("
        "os.environ['AWS_ENDPOINT_URL'] + '/moto-api/reset', method='POST'), timeout=5).read()", "ok"),
    "reads_moto": (
        "__import__('urllib.request').request.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/moto-api/data.json', "
        "timeout=5).read()", "{"),
    "lists_buckets_without_rights": ("__import__('boto3').client('s3').list_buckets()['Buckets']", "["),
    "becomes_another_account": (
        "__import__('urllib.request').request.urlopen(__import__('urllib.request').request.Request("
        "os.environ['AWS_ENDPOINT_URL'] + '/', headers={'x-moto-account-id': '999999999999', "
        "'Authorization': 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request', "
        "'Host': 's3.amazonaws.com'}), timeout=5).read()", "Buckets"),
}  # fmt: skip
# What nothing below isolation level 3 keeps apart: names of processes, sockets that are no TCP.
LEVEL_3 = {"sends_a_datagram", "reads_memory_of_others", "lists_the_course"}


@pytest.fixture(scope="module")
def zygote() -> Iterator[AnswerZygote]:
    """One warm process for all attacks."""
    warm = AnswerZygote()
    yield warm
    warm.close()


def judge(zygote: AnswerZygote, files: dict[str, str]) -> ExerciseReport:
    """The report with hidden checks."""
    chapter, exercise = Course.find(ROOT).exercise("3.1")
    return zygote.judge(chapter, exercise, {**SOLUTION, **files}, hidden=True).report


def text(report: ExerciseReport) -> str:
    """Everything that a report says."""
    return json.dumps(dataclasses.asdict(report))


def host_is_unharmed() -> bool:
    """Nothing was written where only an attack would write."""
    return not any(Path(name).exists() for name in ("/tmp/owned-by-yaml", "/tmp/course", "/tmp/f"))


@WITHOUT_WALLS
@pytest.mark.journey
@pytest.mark.parametrize("attack", sorted(WORTHLESS))
def test_an_attack_earns_nothing_and_the_next_answer_all(zygote: AnswerZygote, attack: str) -> None:
    report = judge(zygote, WORTHLESS[attack])
    assert report.score is not None, text(report)
    right = {"answers_with_json", "says_that_it_is_json", "only_listens_to_get"}  # some forge only the id
    earned = {check.name for check in report.checks if check.points}
    assert earned <= (right if "forged" in attack or attack == "patched_grader" else set()), earned
    assert "Traceback" not in text(report) and "site-packages" not in text(report)
    assert len(text(report)) < 200_000
    assert host_is_unharmed()


@WITHOUT_WALLS
@pytest.mark.journey
@pytest.mark.parametrize("attempt", sorted(NOSY))
def test_a_nosy_answer_finds_nothing(zygote: AnswerZygote, attempt: str) -> None:
    if attempt in LEVEL_3 and isolation_level() < 3:
        pytest.skip("only isolation level 3 hides this")
    program, forbidden = NOSY[attempt]
    first = judge(zygote, {"app.py": telling(program)}).first_failure
    assert first is not None
    found = ast.literal_eval(first.found)["found"]
    assert found.startswith("refused: ") or forbidden not in found, found
    assert host_is_unharmed()


@WITHOUT_WALLS
@pytest.mark.parametrize(
    "name", ["json.py", "boto3.py", "moto/__init__.py", "conftest.py", "sitecustomize.py", "evil.pth"]
)
def test_a_file_that_no_exercise_declares_is_never_laid_down(zygote: AnswerZygote, name: str) -> None:
    report = judge(zygote, {name: "raise SystemExit('taken over')\n"})
    assert report.score == report.max_score


@WITHOUT_WALLS
def test_modules_that_an_answer_makes_at_run_time_stay_its_own(zygote: AnswerZygote) -> None:
    program = "import os, sys\nopen('/tmp/json.py', 'w').write('dumps = lambda x: 1')\nsys.path.insert(0, '/tmp')\n"
    judge(zygote, {"app.py": program + APP})
    assert judge(zygote, {"app.py": f"{APP}\n# the next one\n"}).outcome == "passed"


@WITHOUT_WALLS
def test_the_answer_that_works_has_all_points_after_all_of_them(zygote: AnswerZygote) -> None:
    report = judge(zygote, {"app.py": f"{APP}\n# mine\n"})
    assert report.score == report.max_score
    assert os.getpid() > 1 and host_is_unharmed()
