"""HTTP: API Gateway's REST APIs, the client ``cloud.http``, and addresses that a browser can open."""

from grader.cloud.http.answer import Answer, Headers
from grader.cloud.http.body import Upload
from grader.cloud.http.client import HttpClient
from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.exchange import Exchange
from grader.cloud.http.gateway import Gateway
from grader.cloud.http.local_addresses import LocalAddresses

__all__ = ["Answer", "Exchange", "Gateway", "GatewayRefusal", "Headers", "HttpClient", "LocalAddresses", "Upload"]
