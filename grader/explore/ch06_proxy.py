"""The proxy lab: what a browser gets for a function's answer, and what a function gets for a browser's request.

One function stands behind a REST API and behind an HTTP API. Both are asked the same thing through the pocket AWS, and
the two outcomes stand side by side.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud import Cloud

KINDS = ("REST API", "HTTP API")
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  MirrorFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.lambda_handler
      Runtime: python3.13
      InlineCode: |
        import base64, json

        def lambda_handler(event, context):
            path = event.get("rawPath") or event["path"]
            if path != "/answer":
                return {"statusCode": 200, "body": json.dumps(event)}
            body = event["body"]
            return json.loads(base64.b64decode(body) if event["isBase64Encoded"] else body)
      Events:
        RestAnswer: {Type: Api, Properties: {Path: /answer, Method: post}}
        RestMirror: {Type: Api, Properties: {Path: "/{proxy+}", Method: any}}
        HttpAnswer: {Type: HttpApi, Properties: {Path: /answer, Method: post}}
        HttpMirror: {Type: HttpApi, Properties: {Path: "/{proxy+}", Method: any}}
Outputs:
  Rest: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod"}
  Http: {Value: !Sub "https://${ServerlessHttpApi}.execute-api.${AWS::Region}.amazonaws.com"}
"""
ANSWERS: Mapping[str, Any] = {
    "a page": {"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": "<h1>Hello</h1>"},
    "a dictionary as body": {"statusCode": 200, "body": {"message": "Hello"}},
    "no statusCode": {"message": "Hello"},
    "just a text": "Hello",
    "a status with words": {"statusCode": "404 Not Found", "body": "?"},
    "a number in a header": {"statusCode": 200, "headers": {"X-Left": 3}, "body": ""},
    "no Content-Type": {"statusCode": 200, "body": "<h1>Hello</h1>"},
    "two cookies, format 1.0": {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": ""},
    "two cookies, format 2.0": {"statusCode": 200, "cookies": ["a=1", "b=2"], "body": ""},
    "a picture in base64": {
        "statusCode": 200,
        "headers": {"Content-Type": "image/gif"},
        "body": "R0lGODlhAQABAAAAACw=",
        "isBase64Encoded": True,
    },
    "a redirect": {"statusCode": 303, "headers": {"Location": "/hello"}},
}
KINDS_OF_BODY = ("no body", "text/plain", "application/json", "application/x-www-form-urlencoded", "image/png")
_QUIET = ("x-amz", "via", "content-length", "date", "apigw-", "x-cache")


@dataclass(frozen=True)
class Got:
    """What came back for one request to one kind of API.

    Attributes
    ----------
    headers
        Those that the function, or the gateway in its place, has to do with.
    broken
        What the first broken gate says; empty when none broke.
    """

    kind: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    broken: str = ""

    @property
    def text(self) -> str:
        """As it travels: status, headers, a blank line, the body."""
        lines = [str(self.status), *(f"{name}: {value}" for name, value in self.headers), "", self.body]
        return "\n".join([*lines, "", f"✗ {self.broken}"] if self.broken else lines)


@dataclass(frozen=True)
class Asked:
    """A request as a browser sends it.

    Attributes
    ----------
    path, query
        As they stand in an address, encoded.
    kind
        The body's Content-Type; ``no body`` for none.
    """

    method: str = "GET"
    path: str = "/hello"
    query: str = ""
    cookie: str = ""
    kind: str = KINDS_OF_BODY[0]
    body: str = ""


@dataclass(frozen=True)
class SideBySide:
    """Two texts under their headings; two columns in a notebook, one after the other elsewhere."""

    columns: tuple[tuple[str, str], ...]
    note: str = ""
    marked: frozenset[str] = field(default_factory=frozenset)

    @property
    def text(self) -> str:
        """In short: the note, or the columns where there is none."""
        return self.note or repr(self)

    def __repr__(self) -> str:
        parts = [f"{title}\n{text}" for title, text in self.columns]
        return "\n\n".join([*parts, self.note] if self.note else parts)

    def _repr_html_(self) -> str:
        columns = "".join(_column(title, text, self.marked) for title, text in self.columns)
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return f'<div style="display:grid;grid-template-columns:1fr 1fr;gap:16px">{columns}</div>{note}'


class ProxyLab:
    """A function behind both kinds of API, deployed into a cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._http = cloud.http
        outputs = cloud.deploy(TEMPLATE, name="proxy-lab").outputs
        self._bases = dict(zip(KINDS, (outputs["Rest"], outputs["Http"]), strict=True))

    def answers(self, returned: str) -> SideBySide:
        """What a browser gets when the function returns a value, written as JSON."""
        try:
            json.loads(returned)
        except ValueError as problem:
            return SideBySide((("this is not JSON", str(problem)),))
        return SideBySide(tuple((kind, self._got(kind, returned).text) for kind in KINDS))

    def events(self, asked: Asked) -> SideBySide:
        """The events that a request becomes, format 1.0 beside format 2.0; keys of one format alone are marked."""
        first, second = (self._event(kind, asked) for kind in KINDS)
        alone = frozenset(first) ^ frozenset(second)
        texts = [json.dumps(event, indent=1, ensure_ascii=False) for event in (first, second)]
        titles = [f"{kind}, format {form}" for kind, form in zip(KINDS, ("1.0", "2.0"), strict=True)]
        only = [", ".join(sorted(set(one) - set(other))) for one, other in ((first, second), (second, first))]
        note = f"Only in 1.0: {only[0] or 'nothing'}. Only in 2.0: {only[1] or 'nothing'}."
        return SideBySide(tuple(zip(titles, texts, strict=True)), note, alone)

    def _got(self, kind: str, returned: str) -> Got:
        page = self._http.post(f"{self._bases[kind]}/answer", returned, headers={"Content-Type": "text/plain"})
        headers = tuple((name, value) for name, value in page.headers.pairs if not name.lower().startswith(_QUIET))
        gate = page.trace.first_broken if page.trace else None
        return Got(kind, page.status, headers, page.body, f"{gate.name}: {gate.detail}" if gate else "")

    def _event(self, kind: str, asked: Asked) -> dict[str, Any]:
        url = f"{self._bases[kind]}/{asked.path.lstrip('/')}" + (f"?{asked.query}" if asked.query else "")
        headers = {"Cookie": asked.cookie} if asked.cookie else {}
        has_body = asked.kind != KINDS_OF_BODY[0]
        if has_body:
            headers["Content-Type"] = asked.kind
        page = self._http.request(asked.method, url, headers=headers, body=asked.body if has_body else None)
        found: dict[str, Any] = page.json()
        return found


def _column(title: str, text: str, marked: frozenset[str]) -> str:
    shown = html.escape(text)
    for key in marked:
        shown = shown.replace(f"\n &quot;{key}&quot;:", f"\n <b>&quot;{key}&quot;</b>:")
    box = "max-height:34em;overflow:auto;margin:0;padding:8px;font-size:12px;line-height:1.4;text-align:left"
    colours = "background:var(--jp-layout-color2,#f3f5f7);color:var(--jp-ui-font-color1,#1f2328);white-space:pre-wrap"
    pre = f'<pre tabindex="0" role="region" aria-label="{html.escape(title)}" style="{box};{colours}">{shown}</pre>'
    return f'<div style="min-width:0"><b>{html.escape(title)}</b>{pre}</div>'


def answer_explorer(cloud: Cloud) -> object:
    """Edit what a function returns, and see what a browser gets from either kind of API."""
    import ipywidgets as widgets
    from IPython.display import display

    lab = ProxyLab(cloud)
    wide = widgets.Layout(width="95%")
    choice = widgets.Dropdown(options=list(ANSWERS), description="begin with", layout=widgets.Layout(width="320px"))
    returned = widgets.Textarea(rows=7, description="returned", layout=wide, continuous_update=False)

    def take(_: object) -> None:
        returned.value = json.dumps(ANSWERS[choice.value], indent=1)

    choice.observe(take, "value")
    take(None)
    hint = widgets.HTML("<p><b>Try this:</b> which of the answers does only one of the two APIs accept?</p>")
    shown = widgets.interactive_output(lambda text: display(lab.answers(text)), {"text": returned})
    return widgets.VBox([hint, choice, returned, shown])


def event_explorer(cloud: Cloud) -> object:
    """Edit a request, and see the event that it becomes in formats 1.0 and 2.0."""
    import ipywidgets as widgets
    from IPython.display import display

    lab = ProxyLab(cloud)
    wide: dict[str, Any] = {"layout": widgets.Layout(width="95%"), "continuous_update": False}
    dials: dict[str, Any] = {
        "method": widgets.ToggleButtons(options=["GET", "POST", "PUT", "DELETE"], description="method"),
        "path": widgets.Text(value="/hello/my%20file", description="path", **wide),
        "query": widgets.Text(value="tag=red&tag=blue&name=Ada+L", description="query", **wide),
        "cookie": widgets.Text(value="name=Ada; theme=dark", description="Cookie", **wide),
        "kind": widgets.Dropdown(options=KINDS_OF_BODY, description="body is"),
        "body": widgets.Textarea(value="name=Ada+Lovelace", rows=2, description="body", **wide),
    }
    hint = widgets.HTML("<p><b>Try this:</b> send a form. In which format is its body still readable?</p>")
    shown = widgets.interactive_output(lambda **asked: display(lab.events(Asked(**asked))), dials)
    return widgets.VBox([hint, *dials.values(), shown])
