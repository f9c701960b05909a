"""The account's distributions and origin access controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from grader.cloud.clock import Clock
from grader.cloud.cloudfront.cache import Cache
from grader.cloud.cloudfront.checks import check
from grader.cloud.cloudfront.configuration import Configuration, Given, configuration_of, items
from grader.cloud.door.responder import ApiError
from grader.cloud.ids import Ids

DOMAIN = ".cloudfront.net"


@dataclass(frozen=True)
class Invalidation:
    """Paths that were taken out of the cache."""

    id: str
    made_at: datetime
    batch: Given


@dataclass(frozen=True)
class Distribution:
    """A distribution, its configuration as the API was given it, and what it has cached."""

    id: str
    arn: str
    domain: str
    config: Given
    etag: str
    changed_at: datetime
    cache: Cache
    tags: dict[str, str]
    invalidations: list[Invalidation] = field(default_factory=list)

    @property
    def view(self) -> Configuration:
        """The configuration as requests meet it."""
        return configuration_of(self.config)


@dataclass(frozen=True)
class OriginAccessControl:
    """How CloudFront signs what it asks an origin for."""

    id: str
    config: Given
    etag: str


class Distributions:
    """Makes, keeps and changes them.

    Parameters
    ----------
    clock, ids
        Dates and identifiers.
    account_id
        Stands in ARNs.
    """

    def __init__(self, clock: Clock, ids: Ids, account_id: str) -> None:
        self._clock, self._ids, self._account_id = clock, ids, account_id
        self.all: dict[str, Distribution] = {}
        self.controls: dict[str, OriginAccessControl] = {}

    def at(self, host: str) -> Distribution | None:
        """The distribution that answers at a host."""
        return next((each for each in self.all.values() if each.domain == host), None)

    def create(self, config: Given, tags: Mapping[str, str]) -> Distribution:
        """Make a distribution; the same caller reference with the same configuration gives the one that is there."""
        for each in self.all.values():
            if each.config.get("CallerReference") == config.get("CallerReference"):
                if each.config == config:
                    return each
                words = "The caller reference that you are using to create a distribution is associated with another."
                raise ApiError("DistributionAlreadyExists", words)
        check(config, self._settings())
        name = "E" + self._ids.suffix(13)
        made = Distribution(
            name, f"arn:aws:cloudfront::{self._account_id}:distribution/{name}", f"d{self._ids.lower(13)}{DOMAIN}",
            config, "E" + self._ids.suffix(13), self._clock.now(), Cache(), dict(tags),
        )  # fmt: skip
        self.all[name] = made
        return made

    def get(self, name: str) -> Distribution:
        """A distribution by its id."""
        if name not in self.all:
            raise ApiError("NoSuchDistribution", "The specified distribution does not exist.")
        return self.all[name]

    def update(self, name: str, config: Given, etag: str | None) -> Distribution:
        """Give a distribution another configuration; what is cached stays."""
        current = self.get(name)
        _compare(current.etag, etag)
        if config.get("CallerReference") != current.config.get("CallerReference"):
            raise ApiError("IllegalUpdate", "The update contains modifications that are not allowed.")
        check(config, self._settings())
        changed = replace(current, config=config, etag="E" + self._ids.suffix(13), changed_at=self._clock.now())
        self.all[name] = changed
        return changed

    def delete(self, name: str, etag: str | None) -> None:
        """Remove a distribution that is disabled."""
        current = self.get(name)
        _compare(current.etag, etag)
        if current.config["Enabled"]:
            words = "The distribution you are trying to delete has not been disabled."
            raise ApiError("DistributionNotDisabled", words)
        del self.all[name]

    def invalidate(self, name: str, batch: Given) -> Invalidation:
        """Take paths out of the cache."""
        distribution = self.get(name)
        same = [one for one in distribution.invalidations if one.batch["CallerReference"] == batch["CallerReference"]]
        if same:
            return same[0]
        paths = [str(path) for path in items(batch.get("Paths"))]
        if not paths or any(not path.startswith("/") or "*" in path[:-1] for path in paths):
            raise ApiError("InvalidArgument", "Your request contains one or more invalid invalidation paths.")
        for path in paths:
            distribution.cache.forget(path, distribution.view.root)
        made = Invalidation("I" + self._ids.suffix(24), self._clock.now(), batch)
        distribution.invalidations.append(made)
        return made

    def create_control(self, config: Given) -> OriginAccessControl:
        """Make an origin access control."""
        if any(each.config["Name"] == config["Name"] for each in self.controls.values()):
            words = "An origin access control with the same name already exists."
            raise ApiError("OriginAccessControlAlreadyExists", words)
        made = OriginAccessControl("E" + self._ids.suffix(13), config, "E" + self._ids.suffix(13))
        self.controls[made.id] = made
        return made

    def control(self, name: str) -> OriginAccessControl:
        """An origin access control by its id."""
        if name not in self.controls:
            raise ApiError("NoSuchOriginAccessControl", "The specified origin access control does not exist.")
        return self.controls[name]

    def update_control(self, name: str, config: Given, etag: str | None) -> OriginAccessControl:
        """Change how requests are signed."""
        _compare(self.control(name).etag, etag)
        self.controls[name] = OriginAccessControl(name, config, "E" + self._ids.suffix(13))
        return self.controls[name]

    def delete_control(self, name: str, etag: str | None) -> None:
        """Remove an origin access control that no distribution uses."""
        _compare(self.control(name).etag, etag)
        behaviours = [each for held in self.all.values() for each in held.view.behaviours]
        if any(each.origin.control == name for each in behaviours):
            words = "Cannot delete the origin access control because it's in use by one or more distributions."
            raise ApiError("OriginAccessControlInUse", words)
        del self.controls[name]

    def _settings(self) -> dict[str, Given]:
        return {name: control.config for name, control in self.controls.items()}


def _compare(etag: str, given: str | None) -> None:
    if given is None:
        raise ApiError("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
    if given != etag:
        words = "The request failed because it didn't meet the preconditions in one or more request-header fields."
        raise ApiError("PreconditionFailed", words)
