"""Chapter 11, Managing sessions and user workflows: state on the client, own rows, a static site, CORS, a client."""

from grader.checks.ch11_sessions.client import Client
from grader.checks.ch11_sessions.cors import Cors
from grader.checks.ch11_sessions.own_rows import OwnRows
from grader.checks.ch11_sessions.stateless import Stateless
from grader.checks.ch11_sessions.website import Website

__all__ = ["Client", "Cors", "OwnRows", "Stateless", "Website"]
