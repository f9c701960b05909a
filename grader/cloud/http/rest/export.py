"""``GetExport``: a stage's API as an OpenAPI document."""

from __future__ import annotations

from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.http.rest.apis import RestApi
from grader.cloud.http.rest.resources import Method, Resource
from grader.cloud.http.rest.stages import Stage


def exported(api: RestApi, stage: Stage, kind: str, extensions: str, host: str, uri_prefix: str) -> dict[str, Any]:
    """The document of what a stage serves.

    Parameters
    ----------
    kind
        ``oas30`` or ``swagger``.
    extensions
        ``integrations`` or ``apigateway`` to have what stands behind the methods besides.

    Raises
    ------
    NotSupported
        For the extension ``postman`` and other kinds of documents.
    """
    if kind not in ("oas30", "swagger"):
        raise NotSupported(f"GetExport of {kind}", next_step="Ask for oas30 or swagger.")
    if extensions not in ("", "integrations", "apigateway", "authorizers"):
        raise NotSupported(f"GetExport with the extension {extensions}")
    behind = extensions in ("integrations", "apigateway")
    paths = {
        path: {_name(method): _operation(resource, method, behind, uri_prefix) for method in resource.methods.values()}
        for path, resource in sorted(stage.definition.resources.items())
        if resource.methods
    }
    info = {"title": api.name, "version": "1.0"}
    if kind == "oas30":
        server = {"url": f"https://{host}/{{basePath}}", "variables": {"basePath": {"default": stage.name}}}
        return {"openapi": "3.0.1", "info": info, "servers": [server], "paths": paths}
    return {
        "swagger": "2.0",
        "info": info,
        "host": host,
        "basePath": f"/{stage.name}",
        "schemes": ["https"],
        "paths": paths,
    }


def _name(method: Method) -> str:
    return "x-amazon-apigateway-any-method" if method.verb == "ANY" else method.verb.lower()


def _operation(resource: Resource, method: Method, behind: bool, uri_prefix: str) -> dict[str, Any]:
    operation: dict[str, Any] = {"responses": {}}
    variables = [part.strip("{}+") for part in resource.parts if part.startswith("{")]
    required = [("path", name) for name in variables]
    required += [(place, name) for place, name in method.rules.required if place != "path"]
    if required:
        operation["parameters"] = [
            {"name": name, "in": place, "required": True, "schema": {"type": "string"}} for place, name in required
        ]
    if behind and method.integration is not None:
        extension: dict[str, Any] = {"type": method.integration.type.lower()}
        if method.integration.function is not None:
            uri = f"{uri_prefix}{method.integration.function}/invocations"
            extension |= {"httpMethod": method.integration.http_method, "uri": uri}
        operation["x-amazon-apigateway-integration"] = extension
    return operation
