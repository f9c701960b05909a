"""The signature lab: change one part of a request, and see which steps of Signature Version 4 change with it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from grader.explore.picture import Picture, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST = 100  # letters that a box has room for
SAME, CHANGED = "#eef3ee", "#f6d9d5"
SAME_EDGE, CHANGED_EDGE = "#2e7d4f", "#b3261e"
ALGORITHM = "AWS4-HMAC-SHA256"
STEPS = ("canonical request", "string to sign", "signing key", "signature")


@dataclass(frozen=True)
class SignedRequest:
    """What goes into a signature; ``time`` as AWS writes it, ``20261127T081500Z``."""

    method: str = "GET"
    path: str = "/beach.jpg"
    query: str = ""
    body: str = ""
    time: str = "20261127T081500Z"
    region: str = "us-east-1"
    service: str = "s3"
    secret: str = "wJalrXUtnFEMI/K7MDENG"

    @property
    def host(self) -> str:
        """The host that the request goes to."""
        return f"photos.{self.service}.{self.region}.amazonaws.com"


def steps_of(request: SignedRequest) -> dict[str, str]:
    """The four steps of the chain, in order: each is made from those before it."""
    canonical = canonical_request(request)
    scope = f"{request.time[:8]}/{request.region}/{request.service}/aws4_request"
    to_sign = "\n".join([ALGORITHM, request.time, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{request.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    made = (canonical, to_sign, key.hex(), hmac.digest(key, to_sign.encode(), "sha256").hex())
    return dict(zip(STEPS, made, strict=True))


def canonical_request(request: SignedRequest) -> str:
    """The request in its one exact form."""
    digest = hashlib.sha256(request.body.encode()).hexdigest()
    headers = {"host": request.host, "x-amz-content-sha256": digest, "x-amz-date": request.time}
    written = "".join(f"{name}:{value}\n" for name, value in headers.items())
    path = quote(request.path, safe="/-_.~")
    return "\n".join([request.method, path, request.query, written, ";".join(headers), digest])


def changed_steps(before: SignedRequest, after: SignedRequest) -> tuple[str, ...]:
    """The names of the steps that differ between two requests."""
    old, new = steps_of(before), steps_of(after)
    return tuple(name for name in STEPS if old[name] != new[name])


def describe(changed: tuple[str, ...]) -> str:
    """What a change did, in words."""
    if not changed:
        return "Nothing changed: the signature still fits."
    same = [name for name in STEPS if name not in changed]
    kept = f" Unchanged: {', '.join(same)}." if same else ""
    return f"Changed: {', '.join(changed)}. The old signature no longer fits, so AWS refuses the request.{kept}"


def draw_steps(steps: Mapping[str, str], changed: tuple[str, ...]) -> Figure:
    """The chain as four boxes; those that changed say so in words and by colour."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.2, 4.6))
    axes = figure.add_axes((0, 0, 1, 1))
    for place, name in enumerate(STEPS):
        _draw_box(axes, 3 - place, name, steps[name], name in changed)
    for start, end in ((3, 2), (2, 0), (1, 0)):
        _draw_arrow(axes, start, end)
    axes.set(xlim=(-1.4, 10), ylim=(-0.5, 3.6))
    axes.axis("off")
    return figure


def _draw_box(axes: Any, height: float, name: str, text: str, is_changed: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    face, edge = (CHANGED, CHANGED_EDGE) if is_changed else (SAME, SAME_EDGE)
    box = FancyBboxPatch((0, height - 0.32), 9.8, 0.64, boxstyle="round,pad=0.04", facecolor=face, edgecolor=edge)
    axes.add_patch(box)
    mark = "✗ changed" if is_changed else "✓ the same"
    axes.text(0.15, height + 0.14, f"{name}  {mark}", fontsize=10, weight="bold", color=edge, va="center")
    shown = " ⏎ ".join(text.split("\n"))
    shown = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
    axes.text(0.15, height - 0.15, shown, fontsize=8, family="monospace", color="#222222", va="center")


def _draw_arrow(axes: Any, start: float, end: float) -> None:
    axes.annotate(
        "",
        xy=(-0.04, end),
        xytext=(-0.04, start),
        arrowprops={"arrowstyle": "->", "color": "#777777", "connectionstyle": "arc3,rad=0.55"},
    )


def show_steps(before: SignedRequest, after: SignedRequest) -> Picture:
    """The chain of the changed request, compared with the one before."""
    changed = changed_steps(before, after)
    return picture(draw_steps(steps_of(after), changed), describe(changed))


def signature_lab() -> object:
    """The lab itself: every dial is one part of the request."""
    import ipywidgets as widgets
    from IPython.display import display

    first = SignedRequest()
    wide: dict[str, Any] = {"style": {"description_width": "90px"}, "layout": widgets.Layout(width="460px")}
    dials = {
        "method": widgets.Dropdown(options=["GET", "PUT", "DELETE"], value=first.method, description="method", **wide),
        "path": widgets.Text(value=first.path, description="path", **wide),
        "body": widgets.Text(value=first.body, description="body", **wide),
        "time": widgets.Dropdown(
            options=[first.time, "20261127T081501Z", "20261128T081500Z"], value=first.time, description="time", **wide
        ),
        "region": widgets.Dropdown(
            options=["us-east-1", "eu-central-1"], value=first.region, description="Region", **wide
        ),
        "secret": widgets.Text(value=first.secret, description="secret", **wide),
    }

    def show(**parts: str) -> None:
        display(show_steps(first, replace(first, **parts)))

    tip = widgets.HTML(
        "<p><b>Try this:</b> change one letter of the path; put it back, and change the secret; then move the time on "
        "by one second, and by one day. Which step stays the same, and why?</p>"
    )
    return widgets.VBox([tip, *dials.values(), widgets.interactive_output(show, dials)])
