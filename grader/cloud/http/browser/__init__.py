"""A browser without a window: fetches as the Fetch standard says, and hides what CORS hides."""

from grader.cloud.http.browser.browser import Browser
from grader.cloud.http.browser.fetched import Fetched, Image

__all__ = ["Browser", "Fetched", "Image"]
