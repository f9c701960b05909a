"""The truth table of AWS's own examples.

CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live
Tail", and the examples of the API reference's TestMetricFilter.
"""

from __future__ import annotations

import time

import pytest

from grader.cloud.logs import InvalidPattern, parse_pattern

BAD_REQUEST = "[ERROR 400] BAD REQUEST"
UNAUTHORIZED = "[ERROR 401] UNAUTHORIZED REQUEST"
MISSING = "[ERROR 419] MISSING ARGUMENTS"
INVALID = "[ERROR 420] INVALID ARGUMENTS"
EVENT = """{
  "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
  "arrayKey": ["value", "another value"],
  "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
  "SomeObject": null, "cluster.name": "c"}"""
PEOPLE = """{
  "user": {"id": 1, "email": "John.Stiles@example.com"},
  "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
  "actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]]}"""
ACCESS = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
APACHE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534'
FAILED = "ERROR 09/25/2014 12:00:02 Failed to process request"
SERVED = "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200"


def found(pattern: str, message: str) -> bool:
    return parse_pattern(pattern).match(message) is not None


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("", "anything", True),
        ('" "', "two words", True),
        ("ERROR", BAD_REQUEST, True),
        ("ERROR", "an error happened", False),
        ("Exception", "[ERROR] Unhanded exception: InvalidQueryException", True),
        ("ERROR ARGUMENTS", MISSING, True),
        ("ERROR ARGUMENTS", "ARGUMENTS, then an ERROR", True),
        ("ERROR ARGUMENTS", BAD_REQUEST, False),
        ("?ERROR ?ARGUMENTS", UNAUTHORIZED, True),
        ("?ERROR ?ARGUMENTS", "[INFO] INVALID ARGUMENTS PROVIDED", True),
        ("?ERROR ?ARGUMENTS", "[INFO 200] OK", False),
        ("?ERROR ?ARGUMENTS REQUEST", "[INFO] REQUEST FAILED", True),
        ("?ERROR ?ARGUMENTS REQUEST", MISSING, False),
        ("?ERROR -REQUEST", "[INFO] fine", True),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL ERROR ON SERVER", False),
        ('"[ERROR]" Exception', "02 May [ERROR] Unhanded exception: InvalidQueryException", True),
        ('"say \\"hello\\""', 'did he say "hello"?', True),
        ("ERROR -ARGUMENTS", BAD_REQUEST, True),
        ("ERROR -ARGUMENTS", INVALID, False),
        ('ERROR -"BAD REQUEST"', BAD_REQUEST, False),
        ("-ERROR", "fine", True),
    ],
)
def test_terms_are_found_as_aws_finds_them(pattern: str, message: str, matches: bool) -> None:
    assert found(pattern, message) == matches


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("%AUTHORIZED%", UNAUTHORIZED, True),
        ("%AUTHORIZED%", "[SUCCESS 200] AUTHORIZED REQUEST", True),
        ("%^[hc]at%", "hat trick", True),
        ("%^[hc]at%", "a hat", False),
        ("%[hc]at$%", "the cat", True),
        ("%[hc]at$%", "the cat sat", False),
        ("%colou?r%", "color", True),
        ("%colou?r%", "colour", True),
        ("%colou?r%", "colouur", False),
        ("%[abcx-z]%", "y", True),
        ("%[^a-z]%", "abc", False),
        ("%^a{3,5}$%", "aaaa", True),
        ("%^a{3,5}$%", "aaaaaa", False),
        ("%^a{2}$%", "aa", True),
        ("%^a{2,}$%", "aaaaaaa", True),
        ("%gra|ey%", "grey", True),
        ("%^starting|^initializing|^shutting down%", "initializing ...", True),
        ("%^starting|^initializing|^shutting down%", "skipping initializing ...", False),
        (r"%\[.\]%", "value [7] here", True),
        (r"%10\.10\.0\.1%", "from 10.10.0.1", True),
        (r"%10\.10\.0\.1%", "from 10010,051", False),
        ("%10.10.0.1%", "from 10010,051", True),
        ("%ab*c%", "ac", True),
        ("%ab+c%", "ac", False),
        ("%ab+c%", "abbbc", True),
        (r"%\d{3}%", "port 443", True),
        (r"%^\D+$%", "port 80", False),
        (r"%^\S+\s\w+$%", "one two_3", True),
        (r"%\x3A%", "key:value", True),
        (r"%^ERROR\s[0-9]{3}$%", "ERROR 500", True),
        ("%^a*b*$%", "", True),
        (r"%a\-b%", "a-b", True),
        ("%[]x]%", "]", True),
    ],
)
def test_regular_expressions_match_as_documented(pattern: str, message: str, matches: bool) -> None:
    assert found(pattern, message) == matches


def test_an_expression_that_would_take_for_ever_does_not() -> None:
    began = time.perf_counter()
    assert not found("%a*a*a*a*a*a*a*a*c%", "a" * 100_000)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ('{ $.eventType = "UpdateTrail" }', EVENT, True),
        ("{ $.eventType = UpdateTrail }", EVENT, True),
        ("{ $.sourceIPAddress != 123.123.* }", EVENT, True),
        ("{ $.sourceIPAddress != 111.111.* }", EVENT, False),
        ('{ $.arrayKey[0] = "value" }', EVENT, True),
        ('{ $.arrayKey[1] = "value" }', EVENT, False),
        ('{ $.arrayKey = "value" }', EVENT, False),
        ("{ $.eventType = %Trail% }", EVENT, True),
        ("{ $.arrayKey[*] = %val.{2}% }", EVENT, True),
        (r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", EVENT, True),
        ("{ $.['cluster.name'] = \"c\" }", EVENT, True),
        ("{ $.SomeObject IS NULL }", EVENT, True),
        ("{ $.eventType IS NULL }", EVENT, False),
        ("{ $.SomeOtherObject NOT EXISTS }", EVENT, True),
        ("{ $.eventType NOT EXISTS }", EVENT, False),
        ("{ $.objectList[1].id = 2 }", EVENT, True),
        ('{ $.objectList[*].name = "b" }', EVENT, True),
        ("{ $.bandwidth > 75 }", '{"bandwidth": 80}', True),
        ("{ $.bandwidth > 75 }", '{"bandwidth": 75}', False),
        ("{ $.latency < 50 }", '{"latency": 49.5}', True),
        ("{ $.refreshRate >= 60 }", '{"refreshRate": 60}', True),
        ("{ $.responseTime <= 5 }", '{"responseTime": 6}', False),
        ("{ $.errorCode = 400}", '{"errorCode": 400}', True),
        ("{ $.errorCode != 500 }", '{"errorCode": 500}', False),
        ("{ $.number[0] = 1e+3 }", '{"number": [1000]}', True),
        ("{ $.number[0] = 1e-3 }", '{"number": [0.001]}', True),
        ("{ $.errorCode = 4* }", '{"errorCode": 404}', True),
        ("{ $.count > 2 }", '{"count": "many"}', False),
        ("{ $.count = 3 }", '{"count": "3"}', True),
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', PEOPLE, True),
        (
            '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "no" }',
            PEOPLE,
            True,
        ),
        (
            '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "no" }',
            PEOPLE,
            False,
        ),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', PEOPLE, False),
        ("{ $.coordinates[1][2] = 6 }", PEOPLE, True),
        ("{ $.flag IS TRUE }", '{"flag": true}', True),
        ("{ $.flag IS TRUE }", '{"flag": "true"}', False),
        ("{ $.flag IS FALSE }", '{"flag": false}', True),
        ("{ $.flag = true }", '{"flag": true}', False),
        ('{ $.missing != "x" }', EVENT, False),
        ('{ $.eventType = "*" }', EVENT, True),
        ('{ $.SomeObject = "*" }', EVENT, False),
        ('{ $.eventType = "Update*" }', "INFO " + EVENT, False),
        ("{ $.eventType NOT EXISTS }", "no JSON", False),
        ('{ $.name = "a*c*e" }', '{"name": "abcde"}', True),
        ('{ $.name = "a*a" }', '{"name": "a"}', False),
    ],
)
def test_fields_of_json_messages(pattern: str, message: str, matches: bool) -> None:
    assert found(pattern, message) == matches


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("[]", "", True),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", ACCESS, True),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 5*, bytes]", ACCESS, False),
        (
            r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
            ACCESS,
            True,
        ),
        ("[..., request =*.html*, status_code = 4*, bytes]", ACCESS, True),
        ("[ip, ..., status_code = 404 || status_code = 410, bytes]", ACCESS, True),
        ("[..., status_code, bytes > 2000]", ACCESS, False),
        ("[..., status_code >= 400 && (status_code < 404 || status_code = 404), bytes]", ACCESS, True),
        ("[a, b, c, d, e, f, g, h, ...]", ACCESS, False),
        ("[w1=ERROR, w2]", FAILED, True),
        ("[w1=ERROR]", FAILED, False),
        ("[w1=ERROR, w2]", "ERROR", False),
        ("[w1=ERROR, w2]", SERVED, False),
        ("[w1=ERROR || w1=WARNING, w2]", "WARNING 09/25/2014 12:00:02 Invalid user request", True),
        ("[w1=ERROR || w1=%WARN%, w2]", "WARNING 09/25/2014 12:00:02 Invalid user request", True),
        ("[w1!=ERROR && w1!=WARNING, w2]", SERVED, True),
        ("[w1!=ERROR && w1!=WARNING, w2]", FAILED, False),
        ("[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", SERVED, True),
        (
            "[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]",
            "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
            False,
        ),
        ('[type="REPORT", id_name="RequestId:", id, ...]', "REPORT RequestId: 7\tDuration: 1.2 ms\t", True),
        (
            '[type="REPORT", n, id, d="Duration:", ms > 1, unit="ms", ...]',
            "REPORT RequestId: 7\tDuration: 1.2 ms\t",
            True,
        ),
        ("[level = ERROR, ...]", "[ERROR]\t2026-11-02T09:00:00.000Z\tid\twrong", True),
    ],
)
def test_words_of_messages_by_place(pattern: str, message: str, matches: bool) -> None:
    assert found(pattern, message) == matches


def test_words_are_extracted_by_name_and_number() -> None:
    whole = parse_pattern("[ip, identity, user_id, timestamp, request, status_code, size]").match(APACHE)
    open_ended = parse_pattern("[..., size]").match(APACHE)
    assert whole is not None and open_ended is not None
    assert whole.extracted == {
        "$ip": "127.0.0.1",
        "$identity": "-",
        "$user_id": "frank",
        "$timestamp": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /apache_pb.gif HTTP/1.0",
        "$status_code": "200",
        "$size": "1534",
    }
    assert open_ended.extracted == {
        "$1": "127.0.0.1",
        "$2": "-",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$5": "GET /apache_pb.gif HTTP/1.0",
        "$6": "200",
        "$size": "1534",
    }
    assert (open_ended.value("$size"), open_ended.value("$6"), open_ended.value("$9")) == ("1534", "200", None)


def test_fields_of_json_are_read_by_selector() -> None:
    match = parse_pattern('{ $.eventType = "*" }').match(EVENT)
    assert match is not None
    assert match.extracted == {}
    assert [match.value(name) for name in ("$.eventType", "$.objectList[1].id", "$.arrayKey", "$.no")] == [
        "UpdateTrail",
        2,
        None,
        None,
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        "user-id",
        "5f3a-22",
        '"INTERNAL SERVER',
        "%something!%",
        "%(ab)+%",
        "%café%",
        r"%\p%",
        r"%\(ab\)%",
        "%%",
        "%abc",
        "%a{3,%",
        "%a{3,2}%",
        "%a{9999}%",
        "%[z-a]%",
        "%[abc%",
        "%*a%",
        "{ $.a = }",
        "{ $.a }",
        "{ $.a = 1",
        "{ $.a = 1 } more",
        "{ a = 1 }",
        "{ $.a == 1 }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a IS MAYBE }",
        "{ $.a EXISTS }",
        "{ $.a IS NOT NULL }",
        "{ $.a[x] = 1 }",
        '{ $.a > "x" }',
        '{ $.a = "open }',
        '{ $.*[*] = "a" }',
        "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }",
        "{ $.a = %a% || $.a = %b% || $.a = %c% }",
        "{" + "(" * 60 + "$.a = 1" + ")" * 60 + "}",
        "[a, ..., b, ..., c]",
        "[a, a]",
        "[a = ]",
        "[a, b",
        "[a, b] more",
        "[a = 1 ||]",
        "[1a]",
        "[a, b=x || c=y]",
        "x" * 1025,
    ],
)
def test_what_aws_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        parse_pattern(pattern)
