"""Given: what the imaging team knows about pictures. A new release comes now and then; copy nothing out of it.

The service asks this module which kinds of picture there are, and lets it make the thumbnails.
"""

LONGEST_SIDE = 160  # pixels
CONTENT_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif"}


def extensions():
    """The extensions that are taken, sorted: ["gif", "jpeg", …]."""
    return sorted(CONTENT_TYPES)


def content_type(extension):
    """The content type for an extension, whatever its case; None for one that is not taken."""
    return CONTENT_TYPES.get(extension.lower())


def make_thumbnail(source, target):
    """Write a small copy of the picture in the file ``source`` to the file ``target``, in the same format.

    Returns the content type, for example "image/jpeg". Raises PIL.UnidentifiedImageError when ``source`` is no picture.
    """
    from PIL import Image  # here, and not above: whoever only asks for kinds need not load it

    with Image.open(source) as image:
        kind = image.format
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        image.save(target, format=kind)
    return Image.MIME[kind]
