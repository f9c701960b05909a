"""A bucket's website configuration: index and error document, and redirects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@dataclass(frozen=True)
class Redirect:
    """Where a request is sent, and what of it is kept.

    Attributes
    ----------
    replaced_prefix
        What takes the place of the prefix that the rule's condition names.
    replaced_key
        What takes the place of the whole key.
    """

    host: str = ""
    protocol: str = ""
    code: int = 301
    replaced_prefix: str | None = None
    replaced_key: str | None = None


@dataclass(frozen=True)
class Rule:
    """One routing rule: when it applies, and where to."""

    prefix: str
    error: int | None
    redirect: Redirect

    def applies(self, key: str, error: int | None) -> bool:
        """Whether it is for this key, before the object is looked for (no error) or after that failed."""
        return key.startswith(self.prefix) and self.error == error

    def target(self, key: str) -> str:
        """The key that the request is sent to."""
        if self.redirect.replaced_key is not None:
            return self.redirect.replaced_key
        if self.redirect.replaced_prefix is not None:
            return self.redirect.replaced_prefix + key.removeprefix(self.prefix)
        return key


@dataclass(frozen=True)
class WebsiteConfiguration:
    """What a bucket serves on its website endpoint."""

    index: str = ""
    error: str = ""
    everything: Redirect | None = None
    rules: tuple[Rule, ...] = ()


def configuration_of(document: Any) -> WebsiteConfiguration:
    """Read the configuration as moto keeps it: the XML that was sent."""
    root = ElementTree.fromstring(document)
    everything = _find(root, "RedirectAllRequestsTo")
    return WebsiteConfiguration(
        _text(root, "IndexDocument/Suffix"),
        _text(root, "ErrorDocument/Key"),
        None if everything is None else _redirect(everything),
        tuple(_rule(each) for each in _all(root, "RoutingRules/RoutingRule")),
    )


def _rule(element: ElementTree.Element) -> Rule:
    error = _text(element, "Condition/HttpErrorCodeReturnedEquals")
    redirect = _find(element, "Redirect")
    return Rule(
        _text(element, "Condition/KeyPrefixEquals"),
        int(error) if error.isdigit() else None,
        Redirect() if redirect is None else _redirect(redirect),
    )


def _redirect(element: ElementTree.Element) -> Redirect:
    code = _text(element, "HttpRedirectCode")
    return Redirect(
        _text(element, "HostName"), _text(element, "Protocol"), int(code) if code.isdigit() else 301,
        _optional(element, "ReplaceKeyPrefixWith"), _optional(element, "ReplaceKeyWith"),
    )  # fmt: skip


def _path(names: str, namespace: str) -> str:
    return "/".join(f"{namespace}{name}" for name in names.split("/"))


def _find(element: ElementTree.Element, names: str) -> ElementTree.Element | None:
    found = element.find(_path(names, NAMESPACE))
    return found if found is not None else element.find(names)


def _all(element: ElementTree.Element, names: str) -> list[ElementTree.Element]:
    return element.findall(_path(names, NAMESPACE)) or element.findall(names)


def _optional(element: ElementTree.Element, names: str) -> str | None:
    found = _find(element, names)
    return None if found is None else (found.text or "")


def _text(element: ElementTree.Element, names: str) -> str:
    return _optional(element, names) or ""
