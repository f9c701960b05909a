"""boto3's default session in the zygote: it makes clients there, and a function finds it as one that has made none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .function import ENDPOINT_PORT

REGION = "us-east-1"
VARIABLES = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
}
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# On these no client depends, or not before it is used, or only by its credentials.
ANY = {*KEYS, "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID", "AWS_REGION", "AWS_EXECUTION_ENV"}
ANY_BEGINNINGS = ("AWS_LAMBDA_", "AWS_XRAY_", "AWS_ENDPOINT_URL")  # botocore is told to ignore the last
ENDPOINT = f"http://127.0.0.1:{ENDPOINT_PORT}"
HOME, FILES = "/tmp", "/tmp/.aws"
# What a session remembers of what it has read.
READ = {
    "_profile": None,
    "_config": None,
    "_credentials": None,
    "_auth_token": None,
    "_profile_map": None,
    "_last_client_region_used": None,
}
Found = list[tuple[dict[str, Any], dict[str, Any]]]


class DefaultSession:
    """The session, which can forget what it has read and looked up, and be given again what it had looked up.

    Parameters
    ----------
    session
        boto3's. It has made no client yet.
    """

    def __init__(self, session: Any) -> None:
        self.boto3, self.botocore = session, session._session
        self._locators = (self.botocore._components, self.botocore._internal_components)
        self._before = self._after = self._found()
        self._settings = self.botocore.get_component("config_store")
        self._settings._mapping = Noting(self._settings._mapping)

    def __enter__(self) -> None:
        """What the session makes within, it makes as in a function's environment, one without files."""
        self._environ = dict(os.environ)
        os.environ.clear()
        os.environ.update(VARIABLES, HOME=HOME, AWS_ENDPOINT_URL=ENDPOINT, **dict.fromkeys(KEYS, "warm"))
        self._let_find(self._after)
        self.botocore._config = no_files()

    def __exit__(self, *_: object) -> None:
        """The session has forgotten everything, and the variables are as they were."""
        os.environ.clear()
        os.environ.update(self._environ)
        self._after = self._found()
        self._let_find(self._before)
        vars(self.botocore).update(READ)
        self.botocore.get_component("user_agent_creator").set_client_features(None)
        self._attributes = {name: value for name, value in vars(self.botocore).items() if name not in READ}
        self._handlers = self.botocore._original_handler._lookup_cache

    def come_back(self) -> bool:
        """Have again what was looked up; False when session, variables or files are not those of when it was.

        It then is as one that has made clients here.
        """
        if not (is_usual(os.environ) and self._is_unchanged() and self._finds_no_files()):
            return False
        found = self._found()
        if found == self._before:
            self._let_find(self._after)
        elif found != self._after:
            return False
        self.botocore._last_client_region_used = REGION
        return True

    def _is_unchanged(self) -> bool:
        """Whether nobody has registered, set or replaced anything."""
        session, settings = self.botocore, self._settings
        return (
            session._original_handler._lookup_cache is self._handlers  # each registration makes a new one
            and all(vars(session).get(name) is value for name, value in self._attributes.items())
            and not (session._session_instance_vars or settings._overrides or settings._mapping.is_changed)
        )

    def _finds_no_files(self) -> bool:
        """Whether the function has no configuration files; the session reads them once, as ever."""
        if self.botocore._config is None and os.environ.get("HOME") == HOME and not os.path.exists(FILES):
            self.botocore._config = no_files()
        return bool(self.botocore.full_config == no_files())

    def _found(self) -> Found:
        return [(dict(one._components), dict(one._deferred)) for one in self._locators]

    def _let_find(self, found: Found) -> None:
        for locator, (components, deferred) in zip(self._locators, found, strict=True):
            locator._components, locator._deferred = dict(components), dict(deferred)


class Noting(dict[str, Any]):
    """A session's settings, and whether one of them has been replaced."""

    is_changed = False

    def __setitem__(self, name: str, value: Any) -> None:
        """Replace one."""
        self.is_changed = True
        super().__setitem__(name, value)

    def __copy__(self) -> dict[str, Any]:
        """A client's."""
        return dict(self)


def no_files() -> dict[str, Any]:
    """What botocore reads where there are no files."""
    return {"profiles": {}}


def is_usual(variables: Mapping[str, str]) -> bool:
    """Whether a client that is made under these environment variables is one like all others."""
    return {name: variables[name] for name in variables if counts(name)} == VARIABLES


def counts(name: str) -> bool:
    """Whether botocore looks at this variable as it makes a client."""
    if name.startswith("AWS_"):
        return name not in ANY and not name.startswith(ANY_BEGINNINGS)
    return name.startswith("BOTO") or name.lower().endswith("_proxy") or name == "REQUESTS_CA_BUNDLE"
