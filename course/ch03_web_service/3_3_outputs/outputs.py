import boto3

cloudformation = boto3.client("cloudformation")


def outputs_of(stack_name):
    """The outputs of one stack as a plain dictionary: {"HelloUrl": "https://…", …}; {} when it has none."""
    # YOUR CODE HERE
    raise NotImplementedError()


def find_output(key):
    """Every stack of the account that has an output of this name, with its value: {"stack's name": "value", …}."""
    # YOUR CODE HERE
    raise NotImplementedError()
