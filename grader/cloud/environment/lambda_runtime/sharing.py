"""What botocore works out anew for every session and client, worked out once: a fork then finds it in its memory.

Nothing a function can see changes: each of these depends on botocore's own data files alone.
"""

from __future__ import annotations

import functools
from typing import Any


def share() -> None:
    """Let all sessions and clients of this process share what is the same for all of them."""
    share_models()
    share_service_models()
    share_event_names()
    share_endpoint_rules()
    share_tls_context()
    share_user_agents()


def share_models() -> None:
    """One loader, whose JSON is parsed already."""
    import botocore.loaders
    import botocore.session

    loader = botocore.loaders.create_loader()
    botocore.session.create_loader = lambda search_path_string=None: loader


def share_service_models() -> None:
    """A service's model remembers the shapes it has been asked for; like the JSON below it, it is only ever read."""
    import botocore.client

    client: Any = botocore.client
    build = client.ServiceModel
    built: dict[int, tuple[Any, Any]] = {}

    def service_model(json_model: Any, service_name: str | None = None) -> Any:
        if id(json_model) not in built:
            if len(built) > 100:  # not from the shared loader, which has one of each service
                return build(json_model, service_name=service_name)
            built[id(json_model)] = (build(json_model, service_name=service_name), json_model)  # keeps the id
        return built[id(json_model)][0]

    client.ServiceModel = service_model


def share_event_names() -> None:
    """Names of events are looked up, and signatures of their handlers inspected, once for each name and function."""
    import botocore.hooks

    hooks: Any = botocore.hooks
    inspected = functools.lru_cache(maxsize=1024)(hooks.accepts_kwargs)
    hooks.accepts_kwargs = lambda handler: inspected(getattr(handler, "__func__", handler))
    names: dict[str, str] = {}
    begin = hooks.EventAliaser.__init__

    def __init__(self: Any, event_emitter: Any, event_aliases: Any = None) -> None:
        begin(self, event_emitter, event_aliases)
        if self._event_aliases == hooks.EVENT_ALIASES and len(names) < 10_000:
            self._alias_name_cache = names

    hooks.EventAliaser.__init__ = __init__


def share_endpoint_rules() -> None:
    """A service's rules for endpoints are made from its model once: they are only ever read."""
    import botocore.endpoint_provider

    provider: Any = botocore.endpoint_provider
    build = provider.RuleSet
    built: dict[tuple[int, int], tuple[Any, Any]] = {}

    def rule_set(*, rules: Any, partitions: Any, **others: Any) -> Any:
        key = id(rules), id(partitions)
        if key not in built:
            if len(built) > 100:  # not from the shared loader, which has one of each service
                return build(rules=rules, partitions=partitions, **others)
            built[key] = (build(rules=rules, partitions=partitions, **others), (rules, partitions))  # keeps the ids
        return built[key][0]

    provider.RuleSet = rule_set


def share_tls_context() -> None:
    """One TLS context for all connections: those of a function go to the pocket AWS, without TLS."""
    import botocore.httpsession

    botocore.httpsession.create_urllib3_context = functools.lru_cache(maxsize=16)(
        botocore.httpsession.create_urllib3_context
    )


def share_user_agents() -> None:
    """The parts of a User-Agent are the same for each request, and are looked through letter by letter."""
    import botocore.useragent

    agent: Any = botocore.useragent
    agent.sanitize_user_agent_string_component = functools.lru_cache(maxsize=1024)(
        agent.sanitize_user_agent_string_component
    )
