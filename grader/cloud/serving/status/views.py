"""What each page shows: plain values, read from the cloud; the templates only set them."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from grader.cloud.cloud import Cloud
from grader.cloud.functions.errors import LambdaError
from grader.cloud.functions.registry import FunctionVersion
from grader.cloud.iam.identity import DEVELOPER_KEY, DEVELOPER_SECRET
from grader.cloud.serving.announcements import local_addresses
from grader.cloud.stacks import Stack
from grader.cloud.traces import Trace

LOG_LINES, EVENTS, TRACES, FIRST_TRACES = 300, 100, 200, 12
Shown = dict[str, Any]


def overview(cloud: Cloud, address: str) -> Shown:
    """Everything at a glance, and how to connect."""
    return {
        "title": "Overview",
        "address": address,
        "key": DEVELOPER_KEY,
        "secret": DEVELOPER_SECRET,
        "stacks": [_stack_row(one) for one in cloud.stacks],
        "functions": [_function_row(cloud, name) for name in sorted(cloud.functions.registry.names())],
        "traces": [_trace_row(one) for one in cloud.traces.recent(FIRST_TRACES)],
    }


def stack(cloud: Cloud, name: str) -> Shown | None:
    """One stack: diagram, outputs, parameters, resources, events."""
    found = next((one for one in cloud.stacks if one.name == name), None)
    if found is None:
        return None
    here = local_addresses(cloud, found)
    return {
        "title": f"Stack {name}",
        "stack": found,
        "state": _state(found.status),
        "diagram": _drawn(found.diagram()) if found.expanded else None,
        "outputs": [(key, value, here.get(key)) for key, value in found.outputs.items()],
        "resources": sorted(found.resources.values(), key=lambda one: one.logical_id),
        "events": list(reversed(found.events[-EVENTS:])),
    }


def function(cloud: Cloud, name: str) -> Shown | None:
    """One function: configuration, variables, environments, log."""
    try:
        version = cloud.functions.registry.resolve(name)
    except LambdaError:
        return None
    lines = cloud.logs(name)
    return {
        "title": f"Function {name}",
        "function": version,
        "owner": _owner(cloud, name),
        "settings": _settings(version),
        "variables": sorted(version.variables.items()),
        "environments": cloud.functions.environments(name),
        "lines": lines[-LOG_LINES:],
        "left_out": max(0, len(lines) - LOG_LINES),
    }


def traces(cloud: Cloud) -> Shown:
    """The requests and events of late."""
    return {"title": "Traces", "traces": [_trace_row(one) for one in cloud.traces.recent(TRACES)]}


def trace(cloud: Cloud, name: str) -> Shown | None:
    """The path of one request, drawn."""
    found = next((one for one in cloud.traces.recent(TRACES * 5) if one.id == name), None)
    if found is None:
        return None
    row = _trace_row(found)
    return {"title": f"{row['kind']} {row['name']}", "row": row, "drawing": _drawn(found.show()), "text": found.text()}


def mail(cloud: Cloud) -> Shown:
    """The e-mails that topics have sent."""
    return {"title": "Mail", "mails": list(reversed(cloud.outbox))}


def _stack_row(one: Stack) -> Shown:
    return {
        "name": one.name,
        "status": one.status,
        "state": _state(one.status),
        "resources": len(one.resources),
        "changed": one.updated or one.created,
    }


def _state(status: str) -> str:
    """``good``, ``bad`` or ``busy``: the sign and colour of a status."""
    if status.endswith("_IN_PROGRESS"):
        return "busy"
    return "bad" if "FAILED" in status or "ROLLBACK" in status else "good"


def _function_row(cloud: Cloud, name: str) -> Shown:
    version = cloud.functions.registry.resolve(name)
    environments = cloud.functions.environments(name)
    return {
        "name": name,
        "owner": _owner(cloud, name),
        "runtime": version.runtime,
        "memory": version.memory_mb,
        "timeout": version.timeout_s,
        "environments": len(environments),
        "busy": sum(one.state == "busy" for one in environments),
        "calls": sum(one.invocations for one in environments),
    }


def _owner(cloud: Cloud, function_name: str) -> Shown | None:
    """The stack and logical id that a function belongs to."""
    for one in cloud.stacks:
        for resource in one.resources.values():
            if resource.type == "AWS::Lambda::Function" and resource.physical_id == function_name:
                return {"stack": one.name, "logical_id": resource.logical_id}
    return None


def _settings(version: FunctionVersion) -> list[tuple[str, str]]:
    reserved = version.reserved_concurrency
    return [
        ("Runtime", version.runtime),
        ("Handler", version.handler),
        ("Memory", f"{version.memory_mb} MB"),
        ("Timeout", f"{version.timeout_s:g} s"),
        ("/tmp", f"{version.ephemeral_mb} MB"),
        ("Role", version.role),
        ("Code", f"{len(version.code):,} bytes, SHA-256 {version.code_sha256}"),
        ("Layers", ", ".join(arn for arn, _ in version.layers) or "none"),
        ("Reserved concurrency", "none" if reserved is None else str(reserved)),
        ("Dead letters go to", version.dead_letter_target or "nowhere"),
        ("Log group", version.log_group),
    ]


def _trace_row(one: Trace) -> Shown:
    broken = one.first_broken
    waiting = next((gate for step in one.walk() for gate in step.gates[-1:] if gate.status == "waiting"), None)
    return {
        "id": one.id,
        "kind": one.kind,
        "name": one.title,
        "at": one.started,
        "state": "bad" if broken else "busy" if waiting else "good",
        "words": f"broke at {broken.name}: {broken.detail}"
        if broken
        else f"waits at {waiting.name}: {waiting.detail}"
        if waiting
        else "passed",
    }


def _drawn(drawing: Any) -> Markup:
    """A drawing of ours; everything in it that came from outside is escaped there."""
    return Markup(drawing.html)
