"""A browser's form for S3: fields in their order, and the file.

RFC 7578 (``multipart/form-data``) as S3 reads it: the part named ``file`` is the file, what comes after it is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message

from grader.cloud.door.faults import Refusal
from grader.cloud.door.request import Request

LONGEST_FIELDS = 20480


@dataclass(frozen=True)
class Form:
    """What was posted.

    Attributes
    ----------
    fields
        Everything before the file, by lower-case name.
    filename
        The file's own name; None when the browser sent none.
    """

    fields: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    filename: str | None = None

    @property
    def key(self) -> str:
        """The object's key, ``${filename}`` filled in."""
        key = self.fields["key"]
        return key if self.filename is None else key.replace("${filename}", self.filename)


def is_form(request: Request) -> bool:
    """Whether a request to a bucket can only be a browser's form: POST without a subresource."""
    return request.method == "POST" and not request.query and request.path.strip("/").count("/") == 0


def form_of(request: Request) -> Form:
    """Read the form of a request.

    Raises
    ------
    Refusal
        In S3's words: no form, no boundary, no key, no file or more than one, too much before the file.
    """
    kind = Message()
    kind["Content-Type"] = request.header("Content-Type")
    if kind.get_content_type() != "multipart/form-data":
        words = "At least one of the pre-conditions you specified did not hold"
        condition = ("Condition", "Bucket POST must be of the enclosure-type multipart/form-data")
        raise Refusal("PreconditionFailed", words, 412, (condition,))
    boundary = kind.get_boundary()
    parts = _parts(request.body, boundary) if boundary else []
    if not parts:
        words = "The body of your POST request is not well-formed multipart/form-data."
        raise Refusal("MalformedPOSTRequest", words, 400)
    return _form(parts)


def _form(parts: list[tuple[Message, bytes]]) -> Form:
    fields: dict[str, str] = {}
    for head, body in parts:
        name = str(head.get_param("name", "", "content-disposition")).lower()
        if name == "file":
            _check_fields(fields)
            given = head.get_filename()
            return Form(fields, body, given.replace("\\", "/").rpartition("/")[2] if given is not None else None)
        fields[name] = body.decode("utf-8", "replace")
        size = sum(len(name) + len(value.encode()) for name, value in fields.items())
        if size > LONGEST_FIELDS:
            words = "Your POST request fields preceeding the upload file was too large."
            limit = ("MaxPostPreDataLengthBytes", str(LONGEST_FIELDS))
            raise Refusal("MaxPostPreDataLengthExceeded", words, 400, (limit,))
    raise invalid_argument("POST requires exactly one file upload per request.", "file", "0")


def _check_fields(fields: dict[str, str]) -> None:
    if "key" not in fields:
        raise missing_field("key")


def missing_field(name: str) -> Refusal:
    """A field that the form must have; often it is there, but after the file."""
    words = (
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    )
    return invalid_argument(words, name, "")


def invalid_argument(words: str, name: str, value: str) -> Refusal:
    """S3's ``InvalidArgument``, which names the argument."""
    return Refusal("InvalidArgument", words, 400, (("ArgumentName", name), ("ArgumentValue", value)))


def _parts(body: bytes, boundary: str) -> list[tuple[Message, bytes]]:
    """Heads and bodies between the boundaries; none when the end is missing."""
    marker = b"\r\n--" + boundary.encode("latin-1", "replace")  # the first one may begin the body
    pieces = (b"\r\n" + body).split(marker)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        return []
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[Message, bytes]:
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    message = Message()
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            message[name.strip()] = value.strip()
    return message, content
