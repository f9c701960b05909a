"""Modules that stand ahead of installed ones of the same name on Python's path: quick to import, slow only when used.

``bootstrap.py`` puts this folder in front of the environment's packages, so that ``sam``, JupyterLab and nbgrader start
a second and a half sooner; ``run("sam …")`` in a lesson does it for environments that were made in another way.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
