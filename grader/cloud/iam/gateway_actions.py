"""What API Gateway's own API needs: its actions are HTTP verbs (``apigateway:GET``), its resources are addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from moto.core.utils import get_service_model

SERVICES = ("apigateway", "apigatewayv2")


def gateway_action(service: str, operation: str, parameters: Mapping[str, Any], region: str) -> tuple[str, str]:
    """Action and resource of an operation: ``apigateway:GET`` on ``arn:aws:apigateway:us-east-1::/restapis/…``."""
    model = get_service_model(service).operation_model(operation)
    members = model.input_shape.members if model.input_shape else {}
    named = {shape.serialization.get("name", name): name for name, shape in members.items()}

    def filled(found: re.Match[str]) -> str:
        return quote(str(parameters.get(named.get(str(found[1]), ""), "*")), safe="*$")

    path = re.sub(r"\{(\w+)\+?\}", filled, model.http["requestUri"].split("?")[0])
    return f"apigateway:{model.http['method']}", f"arn:aws:apigateway:{region}::{path.removeprefix('/v2')}"
