"""Old versions go, as far as nobody needs them."""

import boto3


def clean(function_name, keep):
    """Delete the published versions of a function, all but the newest ``keep`` and those that an alias routes to.

    Returns the numbers of the deleted versions, ascending, as integers.
    """
    ### BEGIN SOLUTION
    client = boto3.client("lambda")
    needed = set()
    for page in client.get_paginator("list_aliases").paginate(FunctionName=function_name):
        for alias in page["Aliases"]:
            needed.add(alias["FunctionVersion"])
            needed |= set(alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))
    numbers = sorted(
        int(version["Version"])
        for page in client.get_paginator("list_versions_by_function").paginate(FunctionName=function_name)
        for version in page["Versions"]
        if version["Version"] != "$LATEST"
    )
    old = numbers[: max(0, len(numbers) - keep)]
    doomed = [number for number in old if str(number) not in needed]
    for number in doomed:
        client.delete_function(FunctionName=function_name, Qualifier=str(number))
    return doomed
    ### END SOLUTION
