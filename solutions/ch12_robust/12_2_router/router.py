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
    ### BEGIN SOLUTION
    fitting = [(route, parameters) for route in routes if (parameters := fit(route, path)) is not None]
    if not fitting:
        return None
    route, parameters = min(fitting, key=lambda pair: [rank(part) for part in parts_of(pair[0])])
    return {"route": route, "parameters": parameters}


def rank(part):
    """0 for a fixed part, 1 for a variable, 2 for a greedy one."""
    return 0 if not is_variable(part) else 2 if part.endswith("+}") else 1


def fit(route, path):
    """The parameters of a route for a path, or None when it does not fit."""
    wanted, given = parts_of(route), parts_of(path)
    if wanted and wanted[-1].endswith("+}") and len(given) >= len(wanted):
        given = [*given[: len(wanted) - 1], "/".join(given[len(wanted) - 1 :])]
    if len(wanted) != len(given):
        return None
    parameters = {}
    for part, value in zip(wanted, given, strict=True):
        if is_variable(part):
            parameters[part.strip("{+}")] = value
        elif part != value:
            return None
    return parameters
    ### END SOLUTION


def conflicts(routes):
    """Pairs of variable parts that stand side by side, which API Gateway refuses.

    ``["/a/{b}", "/a/{c}/d"]`` → ``[["/a/{b}", "/a/{c}"]]``: each pair sorted, all pairs sorted, none twice.
    """
    ### BEGIN SOLUTION
    variables = set()
    for route in routes:
        parts = parts_of(route)
        for length, part in enumerate(parts, 1):
            if is_variable(part):
                variables.add(("/".join(["", *parts[: length - 1]]), part))
    pairs = {
        tuple(sorted([f"{above}/{one}", f"{beside}/{other}"]))
        for above, one in variables
        for beside, other in variables
        if above == beside and one != other
    }
    return sorted(list(pair) for pair in pairs)
    ### END SOLUTION
