import boto3

cloudformation = boto3.client("cloudformation")


def outputs_of(stack_name):
    """The outputs of one stack as a plain dictionary: {"HelloUrl": "https://…", …}; {} when it has none."""
    ### BEGIN SOLUTION
    [stack] = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    return plain(stack)
    ### END SOLUTION


def find_output(key):
    """Every stack of the account that has an output of this name, with its value: {"stack's name": "value", …}."""
    ### BEGIN SOLUTION
    found = {}
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            outputs = plain(stack)
            if key in outputs:
                found[stack["StackName"]] = outputs[key]
    return found


def plain(stack):
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    ### END SOLUTION
