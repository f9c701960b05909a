"""The transform ``AWS::LanguageExtensions``: loops, lengths, JSON text, defaults for ``Fn::FindInMap``.

AWS publishes its processor in Python inside the SAM CLI; that one is used, and what only a deployment knows waits.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader.cloud.stacks.errors import TransformError
from grader.cloud.stacks.templates.template import Template
from grader.cloud.stacks.templates.yaml_reader import Place

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
LOOP = "Fn::ForEach::"
SECTIONS = ("Conditions", "Resources", "Outputs")
PSEUDO = {
    "AWS::Region": "region",
    "AWS::AccountId": "account_id",
    "AWS::StackId": "stack_id",
    "AWS::StackName": "stack_name",
}


def extend(template: Template, parameters: Mapping[str, str], pseudo: Mapping[str, Any]) -> Template:
    """The template with every loop written out; each new resource keeps the line of its loop.

    Raises
    ------
    TransformError
        In the processor's words.
    """
    from samcli.lib.cfn_language_extensions.exceptions import InvalidTemplateException, UnresolvableReferenceError
    from samcli.lib.cfn_language_extensions.models import PseudoParameterValues

    from grader.cloud.stacks.templates.patient_resolvers import process  # only a template that asks for it pays

    known = {argument: pseudo[name] for name, argument in PSEUDO.items()}
    try:
        body = process(copy.deepcopy(dict(template.body)), dict(parameters), PseudoParameterValues(**known))
    except (InvalidTemplateException, UnresolvableReferenceError) as error:
        raise _refusal(template, str(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _refusal(template, f"the template could not be read ({error})") from error
    return replace(template, body=body, lines={**template.lines, **_lines_of_loops(template, body)})


def _refusal(template: Template, words: str) -> TransformError:
    loop = next((name for section in SECTIONS for name in template.body.get(section) or {} if name in words), None)
    section = next((part for part in SECTIONS if loop in (template.body.get(part) or {})), "Transform")
    place: Place = (section, loop) if loop else (section,)
    return TransformError(
        f"Transform {LANGUAGE_EXTENSIONS} failed with: {words}",
        template.where(*place),
        logical_id=loop,
        reason=words,
        line=template.line_of(*place),
    )


def _lines_of_loops(template: Template, body: Mapping[str, Any]) -> dict[Place, int]:
    lines: dict[Place, int] = {}
    for section in SECTIONS:
        before = template.body.get(section) or {}
        loops = {name: _patterns(loop) for name, loop in before.items() if name.startswith(LOOP)}
        for name in body.get(section) or {}:
            made_by = next((loop for loop, made in loops.items() if any(p.fullmatch(name) for p in made)), None)
            line = template.line_of(section, made_by) if made_by and name not in before else None
            if line is not None:
                lines[(section, name)] = line
    return lines


def _patterns(loop: Any) -> list[re.Pattern[str]]:
    """What the names may look like that a loop, or a loop in it, makes."""
    body = loop[2] if isinstance(loop, list) and len(loop) == 3 and isinstance(loop[2], dict) else {}
    found: list[re.Pattern[str]] = []
    for name, inner in body.items():
        if name.startswith(LOOP):
            found += _patterns(inner)
        else:
            parts = re.split(r"\$\{[^}]*\}|&\{[^}]*\}", name)
            found.append(re.compile(".*".join(map(re.escape, parts))))
    return found
