"""Clients and resources that the zygote makes before any function asks for them.

A client is made of a thousand objects, and a fork that makes one copies a page of memory for most of what it reads. It
gets one of these instead when it asks for just what was made: the same service and arguments, of the default session,
which nobody has changed, and under the same variables and files. What then differs is whose credentials sign.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import patches
from .default_session import REGION, DefaultSession

# What writes to the log as a client is made, when somebody wants to read that.
TALKATIVE = ("botocore.hooks", "botocore.client", "botocore.endpoint", "botocore.session", "boto3.resources.factory")
SAID_ANYWAY: dict[str, tuple[Any, ...]] = {"region_name": (None, REGION), "use_ssl": (True,)}


@dataclass(frozen=True, eq=False)
class Ready:
    """A client, or a resource with its client.

    Attributes
    ----------
    service
        Such as ``s3``.
    asked_with
        The ``config`` of who asks for it.
    made
        What is handed out.
    client
        The client in it.
    made_with
        The client's ``config``.
    """

    service: str
    asked_with: Any
    made: Any
    client: Any
    made_with: Any

    def fits(self, service: str, config: Any) -> bool:
        """Whether it is what somebody asks for."""
        if self.service != service or (self.asked_with is None) != (config is None):
            return False
        return config is None or (type(config) is type(self.asked_with) and vars(config) == vars(self.asked_with))

    def sign_for(self, session: DefaultSession) -> Any:
        """Put in this environment's credentials, as if it had been made now; returns what was made."""
        from botocore.context import get_context, start_as_current_context
        from botocore.regions import EndpointResolverBuiltins

        with start_as_current_context():
            credentials = session.botocore.get_credentials()
            context = get_context()
            if context and context.features:
                self._name_features(session, context.features)
        self.client._request_signer._credentials = credentials
        account = credentials.get_deferred_property("account_id") if credentials else None
        self.client._ruleset_resolver._builtins[EndpointResolverBuiltins.ACCOUNT_ID] = account
        return self.made

    def _name_features(self, session: DefaultSession, features: set[str]) -> None:
        """The user agent says how a client came by its credentials when that happened as the client was made."""
        of_session, of_client = session.botocore.get_component("user_agent_creator"), self.client._user_agent_creator
        of_session.set_client_features(features)
        config = self.client.meta.config
        config.user_agent = of_session.with_client_config(self.made_with).to_string()
        config._user_provided_options["user_agent"] = config.user_agent
        of_client.set_client_features(of_client._client_features | features)


class Shelf:
    """What is ready, each to be handed out once: what one client is told must not reach another.

    Parameters
    ----------
    session
        The default session.
    """

    def __init__(self, session: DefaultSession) -> None:
        self.session = session
        self.clients: list[Ready] = []
        self.resources: list[Ready] = []
        self._loggers = [logging.getLogger(name) for name in TALKATIVE]

    def make_client(self, service: str, config: Any = None) -> Any:
        """Put a client on the shelf; returns it."""
        client = self.session.boto3.client(service, config=config)
        self.clients.append(Ready(service, config, client, client, config))
        return client

    def make_resource(self, service: str) -> Any:
        """Put a resource on the shelf; returns it."""
        from botocore.config import Config

        resource = self.session.boto3.resource(service)
        config = Config(user_agent_extra="Resource")  # boto3's
        self.resources.append(Ready(service, None, resource, resource.meta.client, config))
        return resource

    def open(self) -> None:
        """From now on the default session looks here first; not so in real time, where locks are real ones."""
        import boto3.session
        import botocore.session

        botocore_class: Any = botocore.session.Session
        boto3_class: Any = boto3.session.Session
        for place, name, session, ready in (
            (botocore_class, "create_client", self.session.botocore, self.clients),
            (boto3_class, "resource", self.session.boto3, self.resources),
        ):
            patches.put(place, name, self._first(getattr(place, name), session, ready))

    def _first(self, ordinary: Callable[..., Any], session: Any, ready: list[Ready]) -> Callable[..., Any]:
        @functools.wraps(ordinary)
        def make(self_: Any, service_name: str, *arguments: Any, **named: Any) -> Any:
            usual = self_ is session and not arguments and self.session.come_back()
            made = self._hand_out(ready, service_name, named) if usual else None
            return ordinary(self_, service_name, *arguments, **named) if made is None else made

        return make

    def _hand_out(self, ready: list[Ready], service: str, named: dict[str, Any]) -> Any:
        config = named.get("config")
        if any(value not in SAID_ANYWAY.get(name, (None,)) for name, value in named.items() if name != "config"):
            return None
        if any(logger.isEnabledFor(logging.DEBUG) for logger in self._loggers):
            return None
        for one in [one for one in ready if one.fits(service, config)]:
            with contextlib.suppress(ValueError):  # another thread has got it
                ready.remove(one)
                return one.sign_for(self.session)
        return None
