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
    ### BEGIN SOLUTION
    started = granted(api, kind)
    send(started["upload"], photo)
    return collect(api, started)
    ### END SOLUTION


def pause(attempt):
    """Seconds to wait after this attempt (1 for the first): at random up to a limit, which doubles up to LONGEST."""
    ### BEGIN SOLUTION
    limit = min(LONGEST, FIRST * 2 ** (attempt - 1))
    return random.uniform(limit / 2, limit)


def patiently(ask):
    """The answer to a request that may be made twice; tried again while the service is busy (429, 5xx) or silent."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            answer = ask()
        except NoAnswer:
            answer = None
        if answer and answer.status < 500 and answer.status != 429:
            return answer
        if attempt < ATTEMPTS:
            time.sleep(pause(attempt))
    raise Problem("The service is busy. Try again in a minute.")


def granted(api, kind):
    """What the service hands out for one upload."""
    answer = patiently(lambda: post_json(f"{api}/uploads", {"type": kind}))
    if answer.status != 201:
        raise Problem(answer.json()["message"])
    return answer.json()


def send(grant, photo):
    """Send the file. The same grant stores the same key, so trying again does no harm."""
    answer = patiently(lambda: post_form(grant, photo))
    if answer.status >= 300:
        code = re.search(r"<Code>(\w+)</Code>", answer.body.decode()).group(1)
        if code == "EntityTooLarge":
            raise Problem("This photograph is too large. Choose a smaller one.")
        raise Problem(f"The storage did not take the photograph ({code}). Choose another one, or try again.")


def collect(api, started):
    """Wait for the result: a picture, or the reason why there is none."""
    link = started["thumbnail"]
    for attempt in range(1, POLLS + 1):
        answer = patiently(partial(get, link))
        if answer.status == 200 and answer.kind.startswith("image/"):
            return answer.body
        if answer.status == 200:
            raise Problem(answer.json()["message"])
        if answer.status == 403:
            link = renewed(api, started["state"])
        elif attempt < POLLS:
            time.sleep(pause(attempt))
    raise Problem("It takes longer than usual. Come back later: your photograph is not lost.")


def renewed(api, state):
    """Another link to the thumbnail, for the token."""
    answer = patiently(lambda: post_json(f"{api}/resume", {"state": state}))
    if answer.status != 200:
        raise Problem(answer.json()["message"])
    return answer.json()["thumbnail"]
    ### END SOLUTION
