"""12.1: path parameters, held against a list of what is allowed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from grader.checks import check, exercise, expect, fail
from grader.checks.forms import error_code, post_form
from grader.checks.material import photograph, word
from grader.checks.reading import crash_hint, json_body

KINDS = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
SIZES = (160, 320, 640)
SERVICE = "service"  # the checks ask one service, one after the other


def sign(http: Any, stack: Any, path: str) -> Any:
    """GET /sign/…; the path is quoted but for its slashes."""
    return http.get(stack.outputs["SignUrl"] + quote(path))


def expect_signed(http: Any, stack: Any, path: str, size: int, hint: str) -> dict[str, Any]:
    """The path is answered with a grant for this size."""
    page = sign(http, stack, path)
    hint = (crash_hint(page) if page.status == 502 else "") or hint
    expect(page.status, hint, what=f"the status of GET /sign/{path}", trace=page.trace).equals(200)
    found = json_body(page, "Answer with JSON: size and grant.")
    expect(found, "Answer with size and grant.", what=f"the answer for {path}").has_keys("size", "grant")
    sized = "size is a number: the one in the path, which comes as text, or DEFAULT_SIZE where the path has none."
    expect(found["size"], sized, what=f"the size for {path}").equals(size)
    return found


def expect_refused(http: Any, stack: Any, path: str, hint: str, allowed: tuple[str, ...] = ()) -> None:
    """The path is answered with 400 and the list of what is allowed, which has ``allowed`` in it somewhere."""
    page = sign(http, stack, path)
    if page.status >= 500:
        hint = "Bad input is the caller's mistake: 400. Your handler raised an error, which looks like yours."
    expect(page.status, hint, what=f"the status of GET /sign/{path}", trace=page.trace).equals(400)
    found = json_body(page, "Answer with JSON here too.")
    expect(found, "Say what is allowed.", what=f"the answer for {path}").has_keys("allowed")
    told = str(found["allowed"])
    missing = [each for each in allowed if each not in told]
    expect(missing, f"allowed says {told}.", what=f"what is allowed and not said in the answer for {path}").equals([])


@exercise(
    "12.1",
    "Only what is on the list",
    slug="12_1_path",
    files=["template.yaml", "app.py"],
    minutes=15,
    hints=[
        "Two events in the template, one for each shape of path; what stands in braces comes as "
        "event['pathParameters']. A parameter that the path has not is missing from the dictionary.",
        "A list of what is allowed, and `in`. Not `endswith`, which allows whatever stands before, and not a list of "
        "what is forbidden, which is never complete. Capitals: compare .lower().",
        "size is text: compare it with the texts of the allowed sizes before you make a number of it. For everything "
        "else answer(400, {'message': …, 'allowed': …}).",
    ],
    passed="What is not on your list does not get in, however it is spelt, and whoever asks for it learns what is "
    "allowed. An error of the caller's looks like one: 400, not 502.",
    next="12.2",
)
class Path:
    @check(points=1, shares=SERVICE)
    def signs_what_is_allowed(cloud, stack, http, rng):
        """Each allowed extension gets a grant that works."""
        for extension, kind in KINDS.items():
            found = expect_signed(http, stack, extension, 160, "Path: /sign/{extension}, method get.")
            answer = post_form(http, found["grant"], photograph(rng), kind)
            if answer.status >= 400:
                hint = "The function may grant what it may do itself, below uploads/. Use grant(key, extension)."
                refused = f"{answer.status} {error_code(answer)}"
                fail(f"an upload of {kind} is stored", refused, hint, trace=answer.trace)
            key = found["grant"]["fields"]["key"]
            expect(key, "The picture's kind belongs in its name.", what="the key").ends_with(f".{extension}")
            again = expect_signed(http, stack, extension, 160, "Ask twice, and both get a grant.")
            once_more = "A grant is for one upload: under the same key the second picture takes the place of the first."
            expect(again["grant"]["fields"]["key"], once_more, what="the key of the next grant").differs_from(key)

    @check(points=1, needs=signs_what_is_allowed, shares=SERVICE)
    def takes_a_size(cloud, stack, http):
        """Each allowed size is taken from the path."""
        for size in SIZES:
            expect_signed(http, stack, f"png/image/{size}", size, "Path: /sign/{extension}/image/{size}, method get.")

    @check(points=1, needs=signs_what_is_allowed, shares=SERVICE)
    def does_not_mind_capitals(cloud, stack, http):
        """Cameras write JPG in capitals."""
        found = expect_signed(http, stack, "JPG", 160, "Compare extension.lower(): JPG is jpg.")
        key = found["grant"]["fields"]["key"]
        expect(key, "One spelling in your storage: use the small letters from here on.", what="the key").ends_with(
            ".jpg"
        )

    @check(points=2, needs=signs_what_is_allowed, shares=SERVICE)
    def refuses_every_other_kind(cloud, stack, http, rng):
        """Whatever is not on the list is refused with 400, and with the list."""
        hint = "Only what is on the list gets in: `extension in TYPES`, after lower()."
        others = ("exe", "php", "svg", "webp", "notjpg", "jp", "g", "jpg.exe", "exe.jpg", "j pg", "%2e%2e", word(rng))
        for extension in others:
            expect_refused(http, stack, extension, hint, ("png", "gif"))

    @check(points=1, needs=takes_a_size, shares=SERVICE)
    def refuses_every_other_size(cloud, stack, http, rng):
        """Whatever is no size on the list is refused with 400, and with the list."""
        hint = "Compare with the list of sizes: a number that is not on it is as wrong as a word."
        others = (
            "161",
            "0",
            "-160",
            "160.9",
            "99999999",
            "160px",
            "1e3",
            "\u00b2",
            "big",
            str(rng.randrange(700, 9000)),
        )
        for size in others:
            expect_refused(http, stack, f"jpg/image/{size}", hint, tuple(map(str, SIZES)))
