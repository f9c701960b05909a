"""Which resource refers to which: the graph that decides the order, and the cycles that make an order impossible."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.intrinsics import getatt_parts, sub_names, sub_parts
from grader.cloud.stacks.templates.values import intrinsic
from grader.cloud.stacks.templates.yaml_reader import Place

Reference = tuple[str, str | None, str, Place]  # logical id, attribute or None for Ref, the function, where it stands


def references(value: Any, place: Place = ()) -> Iterator[Reference]:
    """Every ``Ref``, ``Fn::GetAtt`` and ``Fn::Sub`` variable in a value."""
    function = intrinsic(value)
    if function == "Ref":
        yield str(value["Ref"]), None, "Ref", place
    elif function == "Fn::GetAtt":
        name, attribute = getatt_parts(value["Fn::GetAtt"])
        yield name, attribute if isinstance(attribute, str) else "", "Fn::GetAtt", place
    elif function == "Fn::Sub":
        for name in sub_names(value["Fn::Sub"]):
            logical_id, _, attribute = name.partition(".")
            yield logical_id, attribute or None, "Fn::Sub", place
        yield from references(sub_parts(value["Fn::Sub"])[1], (*place, "Fn::Sub", 1))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from references(item, (*place, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from references(item, (*place, number))


def depends_on(resource: Mapping[str, Any]) -> list[str]:
    """The DependsOn attribute as a list."""
    given = resource.get("DependsOn") or []
    return [given] if isinstance(given, str) else list(given)


def dependencies(resources: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each logical id, those that must exist before it."""
    found: dict[str, list[str]] = {}
    for logical_id, resource in resources.items():
        needed = [resource.get("Properties") or {}, resource.get("UpdatePolicy") or {}]
        named = [name for name, *_ in references(needed)] + depends_on(resource)
        found[logical_id] = [name for name in dict.fromkeys(named) if name in resources]
    return found


def order(resources: Mapping[str, Any]) -> list[str]:
    """The logical ids so that each comes after what it depends on, in template order otherwise.

    Raises
    ------
    TemplateError
        ``Circular dependency between resources: […]``.
    """
    graph = dependencies(resources)
    done: dict[str, None] = {}
    waiting = list(resources)
    while waiting:
        ready = [name for name in waiting if all(other in done for other in graph[name])]
        if not ready:
            raise _circular(graph, waiting)
        done.update(dict.fromkeys(ready))
        waiting = [name for name in waiting if name not in done]
    return list(done)


def _circular(graph: Mapping[str, list[str]], waiting: Iterable[str]) -> TemplateError:
    waiting = list(waiting)
    reach = {name: _reachable(name, graph) for name in waiting}
    circular = [name for name in waiting if name in reach[name]]
    path = _round_trip(circular[0], graph, circular)
    arrows = " → ".join(path)
    return TemplateError(
        f"Circular dependency between resources: [{', '.join(circular)}]",
        next_step=f"Each needs the next before it can be made: {arrows}. Take one of these references away.",
        logical_id=circular[0],
    )


def _reachable(start: str, graph: Mapping[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    queue = list(graph[start])
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += graph[name]
    return seen


def _round_trip(start: str, graph: Mapping[str, list[str]], members: Iterable[str]) -> list[str]:
    """The shortest way from ``start`` back to itself."""
    members = set(members)
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for name in graph[path[-1]]:
            if name == start:
                return [*path, start]
            if name in members and name not in seen:
                seen.add(name)
                paths.append([*path, name])
    return [start]


def check_references(
    resources: Mapping[str, Any],
    outputs: Mapping[str, Any],
    known: Callable[[str], bool],
    gives: Callable[[str, str], bool],
    declared: Collection[str],
) -> None:
    """Refuse references to what does not exist.

    Parameters
    ----------
    declared
        Every resource of the template; DependsOn may name one whose condition is false, and then says nothing.
    known
        Whether a name is a parameter or a pseudo parameter.
    gives
        Whether ``Fn::GetAtt`` may ask a resource for an attribute.
    """
    for section, members in (("Resources", resources), ("Outputs", outputs)):
        for name, member in members.items():
            value = (member.get("Properties") or {}) if section == "Resources" else member
            base: Place = (section, name, "Properties") if section == "Resources" else (section, name)
            for logical_id, attribute, function, place in references(value, base):
                _check(resources, section, name, (logical_id, attribute, function, place), known, gives)
            needed = depends_on(member) if section == "Resources" else []
            missing = [other for other in needed if other not in declared]
            if missing:
                raise _unresolved(missing[0], section, name, (section, name, "DependsOn"))


def _check(
    resources: Mapping[str, Any],
    section: str,
    name: str,
    reference: Reference,
    known: Callable[[str], bool],
    gives: Callable[[str, str], bool],
) -> None:
    logical_id, attribute, function, place = reference
    if attribute is None and (known(logical_id) or logical_id in resources):
        return
    if logical_id not in resources:
        if function == "Fn::GetAtt":
            words = f"Template error: instance of Fn::GetAtt references undefined resource {logical_id}"
            raise Unresolved(words, name, place)
        raise _unresolved(logical_id, section, name, place)
    if attribute and not gives(logical_id, attribute):
        words = f"Template error: resource {logical_id} does not support attribute type {attribute} in Fn::GetAtt"
        raise Unresolved(words, name, place)


class Unresolved(TemplateError):
    """A reference that leads nowhere; ``place`` is where it stands in the expanded template."""

    def __init__(self, words: str, logical_id: str, place: Place) -> None:
        super().__init__(words, logical_id=logical_id)
        self.place = place


def _unresolved(missing: str, section: str, name: str, place: Place) -> Unresolved:
    words = (
        f"Template format error: Unresolved resource dependencies [{missing}] in the {section} block of the template"
    )
    return Unresolved(words, name, place)
