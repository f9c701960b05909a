"""Given: what a page does with the client. It shows a thumbnail, or says what the problem is."""

import base64

from client import Problem, thumbnail_of


def show(api, photo, kind):
    """Send the photograph (base64) of this kind ("image/jpeg") to the service at ``api``."""
    try:
        return {"thumbnail": base64.b64encode(thumbnail_of(api, base64.b64decode(photo), kind)).decode()}
    except Problem as problem:
        return {"problem": str(problem)}
