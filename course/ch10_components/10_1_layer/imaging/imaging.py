"""Given: what both functions know about pictures."""

import base64
import io

from PIL import Image

LONGEST_SIDE = 160  # pixels


def opened(picture):
    """The picture in a base64 text."""
    return Image.open(io.BytesIO(base64.b64decode(picture)))


def thumbnail(picture):
    """A small copy, as a base64 text again, in the same format."""
    image = opened(picture)
    kind = image.format
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = io.BytesIO()
    image.save(small, format=kind)
    return base64.b64encode(small.getvalue()).decode()
