"""A small router, and a look at routes that API Gateway would refuse."""


def parts_of(path):
    """The parts of a path or route: ``/albums/{album}`` → ``["albums", "{album}"]``."""
    return [part for part in path.split("/") if part]


def is_variable(part):
    """``{album}`` and ``{path+}`` are variable."""
    return part.startswith("{") and part.endswith("}")


def match(routes, path):
    """The route that answers for a path, as ``{"route": …, "parameters": {…}}``; None when there is none.

    A fixed part beats a variable one, and a variable one beats a greedy one (``{path+}``), which takes all that is
    left, and at least one part. What a parameter is called stands between the braces, without the plus.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def conflicts(routes):
    """Pairs of variable parts that stand side by side, which API Gateway refuses.

    ``["/a/{b}", "/a/{c}/d"]`` → ``[["/a/{b}", "/a/{c}"]]``: each pair sorted, all pairs sorted, none twice.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
