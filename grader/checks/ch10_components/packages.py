"""What functions and layers hold: read from the account, on our side."""

from __future__ import annotations

import io
import zipfile
from typing import Any


def names_in(content: bytes) -> list[str]:
    """The names of the files in a deployment package."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return sorted(name for name in package.namelist() if not name.endswith("/"))


def code_of(cloud: Any, name: str) -> list[str]:
    """The files in a function's own package."""
    return names_in(cloud.functions.registry.resolve(name).code)


def layers_of(cloud: Any, name: str) -> list[str]:
    """The ARNs of the layer versions that a function has."""
    return [arn for arn, _ in cloud.functions.registry.resolve(name).layers]


def package(**files: str) -> bytes:
    """A ZIP; ``python__imaging_py="…"`` becomes ``python/imaging.py``."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in files.items():
            archive.writestr(
                zipfile.ZipInfo(name.replace("__", "/").replace("_py", ".py"), (1980, 1, 1, 0, 0, 0)), text
            )
    return written.getvalue()
