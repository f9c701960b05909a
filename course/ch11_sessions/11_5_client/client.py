"""The client's workflow: ask for a grant, send the file, wait for the thumbnail, or explain why there is none."""

import random
import re
import time
from functools import partial

from web import NoAnswer, get, post_form, post_json

ATTEMPTS = 4  # of each request, while the service is busy or silent
POLLS = 10  # at most, for one thumbnail
FIRST, LONGEST = 0.5, 8.0  # seconds: limits of the pauses


class Problem(Exception):
    """What went wrong, in words for people: what it is, and what they can do about it."""


def thumbnail_of(api, photo, kind):
    """The thumbnail of a photograph, as bytes.

    ``api`` is the service's address: POST /uploads {"type": kind} is answered with upload (a grant), thumbnail (a link)
    and state; POST /resume {"state": state} with a new thumbnail link, for when the old one is refused (403).
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def pause(attempt):
    """Seconds to wait after this attempt (1 for the first): at random up to a limit, which doubles up to LONGEST."""
    # YOUR CODE HERE
    raise NotImplementedError()
