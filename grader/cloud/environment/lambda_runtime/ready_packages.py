"""A package that functions bring along, imported in the zygote: who imports the very same files finds that done.

Until then its modules are out of sight, so a function without the package cannot import it, and one whose folder has a
package of the same name imports its own. Level 3 only: there a package's files have the same names in all environments.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from copy import copy
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from . import kernel, mounts

SITE = "/var/packages"
# Pillow, and the formats that it loads when it opens or saves the first image, in its order.
MODULES = (
    "PIL.Image",
    *(f"PIL.{format}ImagePlugin" for format in ("Bmp", "Gif", "Jpeg", "Ppm", "Png")),
)
# Where it says which formats there are: it loads all when it meets what is of none of the first, and no picture at all.
ALL_FORMATS = ("PIL", "_plugins")


def import_ready(places: list[list[str]]) -> None:
    """Import what is in ``places``, pairs of a path on the host and one in an environment, and put it out of sight."""
    if not places:
        return
    kernel.unshare(kernel.NEWNS)  # what is mounted now, no room sees
    kernel.mount("tmpfs", SITE, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
    for source, target in places:
        mounts.bind(mounts.OLD + source, target)
    sys.path.append(SITE)
    try:
        sys.meta_path.insert(0, Ready(MODULES, ALL_FORMATS))
    except ImportError:  # an installation that is broken breaks only who uses it
        forget(MODULES[0].partition(".")[0])
    sys.path.remove(SITE)
    for folder in [folder for folder in sys.path_importer_cache if folder.startswith(SITE)]:
        del sys.path_importer_cache[folder]
    kernel.unmount(SITE)


class Ready(MetaPathFinder, Loader):
    """Finds and loads modules that are there already.

    Parameters
    ----------
    names
        Modules of one package, which are imported now.
    others
        A module and its variable with the names of more modules beside it, imported as well where they can be.
    """

    def __init__(self, names: Iterable[str], others: tuple[str, str]) -> None:
        self._package = next(iter(names)).partition(".")[0]
        self._needs: dict[str, list[str]] = {}
        self._added: dict[str, list[tuple[Any, Any]]] = {}
        with self._noting():
            for name in names:
                self._import(name)
            place, listed = others
            more = [f"{place}.{name}" for name in getattr(sys.modules[place], listed, ())]
            for name in [name for name in more if name not in self._added]:
                with contextlib.suppress(ImportError):  # one that needs what this installation has not
                    self._import(name)
        self._modules = {name: module for name, module in sys.modules.items() if self._is_part(name)}
        self._file = identity(self._modules[self._package].__spec__)
        self._missing = [name for name in self._modules if not self._is_attribute(name)]
        self._put_out_of_sight()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The module, when the files that the function would import are those that were imported here."""
        if name == self._package:
            found = PathFinder.find_spec(name, path)
            if found is None or identity(found) != self._file:
                return None
        elif name not in self._modules or sys.modules.get(self._package) is not self._modules[self._package]:
            return None
        spec = copy(self._modules[name].__spec__)
        assert spec is not None
        spec.loader = self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The one that is there."""
        module = self._modules[spec.name]
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """What its body has done: imported other modules, and added to what is theirs."""
        name = module.__name__
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state
        for needed in self._needs.get(name, ()):
            importlib.import_module(needed)
        for place, items in self._added.get(name, ()):
            (place.update if isinstance(place, dict) else place.extend)(items)
        for missing in self._missing:
            if missing.rpartition(".")[0] == name:
                vars(module).pop(missing.rpartition(".")[2], None)

    def _is_part(self, name: str) -> bool:
        return name == self._package or name.startswith(f"{self._package}.")

    def _is_attribute(self, name: str) -> bool:
        owner, _, last = name.rpartition(".")
        return not owner or last in vars(self._modules[owner])

    def _import(self, name: str) -> None:
        before = [(place, copy(place)) for place in self._registers()]
        importlib.import_module(name)
        added = [(place, added_to(earlier, place)) for place, earlier in before]
        self._added[name] = [(place, items) for place, items in added if items]

    def _registers(self) -> list[Any]:
        """Where a module can have registered something: dictionaries and lists of the package's modules."""
        modules = [module for name, module in sys.modules.items() if self._is_part(name)]
        found = [value for module in modules for name, value in vars(module).items() if name[:2] != "__"]
        return list({id(value): value for value in found if type(value) in (dict, list)}.values())

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        """Note which module of the package imports which."""
        real = builtins.__import__

        def noting(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
            module = real(name, globals, locals, fromlist, level)
            by = (globals or {}).get("__name__", "")
            if self._is_part(by) and is_being_imported(by):
                begin = importlib.util.resolve_name("." * level + name, globals["__package__"]) if level else name
                for one in (begin, *(f"{begin}.{part}" for part in fromlist or ())):
                    if self._is_part(one) and one in sys.modules and one != by:
                        self._needs.setdefault(by, []).append(one)
            return module

        builtins.__import__ = noting
        try:
            yield
        finally:
            builtins.__import__ = real

    def _put_out_of_sight(self) -> None:
        for name in self._modules:
            owner, _, last = name.rpartition(".")
            del sys.modules[name]
            if owner and name not in self._missing:
                delattr(self._modules[owner], last)
        for place, items in [one for added in self._added.values() for one in added]:
            if isinstance(place, dict):
                [place.pop(key) for key in items]
            else:
                del place[-len(items) :]


def is_being_imported(name: str) -> bool:
    """Whether it is the body of a module that runs, not one of its functions, which would import only when called."""
    return bool(getattr(sys.modules[name].__spec__, "_initializing", False))


def forget(package: str) -> None:
    """As if nothing of a package had been imported."""
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


def added_to(earlier: Any, place: Any) -> Any:
    """What a dictionary or a list has more than before."""
    if isinstance(place, dict):
        return {key: value for key, value in place.items() if key not in earlier}
    return place[len(earlier) :]


def identity(spec: ModuleSpec | None) -> tuple[Any, ...]:
    """Which file a module is, whatever its name."""
    if spec is None or not spec.origin:
        return ()
    with contextlib.suppress(OSError):
        found = os.stat(spec.origin)
        return spec.origin, found.st_dev, found.st_ino
    return ()
