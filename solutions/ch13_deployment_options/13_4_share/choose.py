def share(case):
    """How to share some behaviour: "library", "layer" or "invoke".

    case["languages"]    how many languages its callers are written in
    case["at_once"]      whether a change must hold for all callers at the same moment
    case["own_rights"]   whether it needs rights that its callers must not have
    case["size_mb"]      how large it is, with what it needs
    case["functions"]    how many functions share it

    What only a call can give decides first. A layer is for what is large (5 MB and more) and shared.
    """
    ### BEGIN SOLUTION
    if case["languages"] > 1 or case["at_once"] or case["own_rights"]:
        return "invoke"
    if case["size_mb"] >= 5 and case["functions"] > 1:
        return "layer"
    return "library"
    ### END SOLUTION
