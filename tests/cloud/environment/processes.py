"""An environment's processes, as Linux's /proc shows them."""

import os


def tree(pid):
    """The topmost first: descendants, or at level 3 all that share its pid namespace."""
    if (place := namespace(pid)) != namespace("self"):
        everybody = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
        return [pid, *(one for one in everybody if one != pid and namespace(one) == place)]
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        children = [int(word) for word in file.read().split()]
    return [pid, *(one for child in children for one in tree(child))]


def tenants(pid):
    """All of them but, at level 3, the guardian: that one may serve another environment later."""
    return tree(pid)[1:] if namespace(pid) != namespace("self") else tree(pid)


def namespace(pid):
    """What tells its pid namespace from others; None when it has ended."""
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return None


def runs(pid):
    """Whether it has not ended."""
    return os.path.exists(f"/proc/{pid}")
