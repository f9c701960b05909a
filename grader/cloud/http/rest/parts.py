"""An API that is made piece by piece: resources, methods, models, validators and authorizers of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader.cloud.http.errors import GatewayRefusal, bad_request, not_found
from grader.cloud.http.lambda_authorizer import LambdaAuthorizer
from grader.cloud.http.rest.apis import RestApi, RestApis
from grader.cloud.http.rest.definition import Definition
from grader.cloud.http.rest.gateway_responses import read_gateway_responses
from grader.cloud.http.rest.request_rules import Validator
from grader.cloud.http.rest.resources import Method, Resource, refuse_bad_part


class ApiParts:
    """Changes the definition of an API part by part; stages serve the old one until they get a new deployment.

    Parameters
    ----------
    apis
        The account's REST APIs.
    """

    def __init__(self, apis: RestApis) -> None:
        self._apis = apis

    def add_resource(self, api_id: str, parent_id: str, part: str) -> Resource:
        """A resource below another.

        Raises
        ------
        GatewayRefusal
            For a part that is not allowed, that is there already, or a second variable beside a first.
        """
        api = self._apis.get(api_id)
        parent = resource_of(api, parent_id)
        above = "" if parent.path == "/" else parent.path
        path = f"{above}/{part}"
        if path in api.definition.resources:
            raise GatewayRefusal(
                "ConflictException", "Another resource with the same parent already has this name: " + part
            )
        refuse_bad_part(path, above, part, list(api.definition.resources))
        return self._put(api, Resource(self._apis.ids.lower(6), path))

    def delete_resource(self, api_id: str, resource_id: str) -> None:
        """Delete a resource with its methods and everything below it."""
        api = self._apis.get(api_id)
        path = resource_of(api, resource_id).path
        kept = {
            name: one
            for name, one in api.definition.resources.items()
            if name != path and not name.startswith(f"{path}/")
        }
        api.definition = replace(api.definition, resources=kept)

    def put_method(self, api_id: str, resource_id: str, method: Method) -> None:
        """Put a method on a resource, in place of one with the same verb."""
        api = self._apis.get(api_id)
        resource = resource_of(api, resource_id)
        self._put(api, replace(resource, methods={**resource.methods, method.verb: method}))

    def delete_method(self, api_id: str, resource_id: str, verb: str) -> None:
        """Take a method off its resource."""
        api = self._apis.get(api_id)
        resource = resource_of(api, resource_id)
        self._put(api, replace(resource, methods={k: one for k, one in resource.methods.items() if k != verb}))

    def put_authorizer(self, api_id: str, authorizer: LambdaAuthorizer) -> None:
        """Add an authorizer, or replace the one with its id."""
        definition = self._apis.get(api_id).definition
        others = {name: one for name, one in definition.authorizers.items() if one.id != authorizer.id}
        if authorizer.name in others:
            raise bad_request("Authorizer name must be unique. Authorizer name already exists in this RestApi.")
        self._change(api_id, authorizers={**others, authorizer.name: authorizer})

    def delete_authorizer(self, api_id: str, authorizer_id: str) -> None:
        """Delete an authorizer that no method asks."""
        definition = self._apis.get(api_id).definition
        kept = {name: one for name, one in definition.authorizers.items() if one.id != authorizer_id}
        self._change(api_id, authorizers=kept)

    def put_validator(self, api_id: str, validator_id: str | None, validator: Validator) -> str:
        """Add a request validator, or replace the one with this id; returns the id."""
        key = validator_id or self._apis.ids.lower(6)
        self._change(api_id, validators={**self._apis.get(api_id).definition.validators, key: validator})
        return key

    def delete_validator(self, api_id: str, validator_id: str) -> None:
        """Delete a request validator."""
        found = self._apis.get(api_id).definition.validators
        self._change(api_id, validators={key: one for key, one in found.items() if key != validator_id})

    def put_model(self, api_id: str, name: str, schema: Mapping[str, Any]) -> None:
        """Add a model, or replace the one with this name."""
        self._change(api_id, models=self._apis.get(api_id).definition.models.with_model(name, schema))

    def delete_model(self, api_id: str, name: str) -> None:
        """Delete a model."""
        self._change(api_id, models=self._apis.get(api_id).definition.models.without(name))

    def put_gateway_response(self, api_id: str, kind: str, response: Mapping[str, Any]) -> None:
        """Give an API its own version of one of the gateway's answers."""
        read = read_gateway_responses({kind: response})
        self._change(api_id, gateway_responses={**self._apis.get(api_id).definition.gateway_responses, **read})

    def delete_gateway_response(self, api_id: str, kind: str) -> None:
        """Let the gateway answer as it does by itself."""
        found = self._apis.get(api_id).definition.gateway_responses
        self._change(api_id, gateway_responses={key: one for key, one in found.items() if key != kind})

    def _put(self, api: RestApi, resource: Resource) -> Resource:
        api.definition = api.definition.with_resource(resource)
        return resource

    def _change(self, api_id: str, **changes: Any) -> None:
        api = self._apis.get(api_id)
        definition: Definition = replace(api.definition, **changes)
        api.definition = definition


def resource_of(api: RestApi, resource_id: str) -> Resource:
    """The resource with this id; ``NotFoundException`` when the API has none."""
    found = next((one for one in api.definition.resources.values() if one.id == resource_id), None)
    if found is None:
        raise not_found("Invalid Resource identifier specified")
    return found
