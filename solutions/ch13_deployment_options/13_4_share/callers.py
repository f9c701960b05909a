"""Three functions that need to know what a print costs, and come by it in three ways. Each answers {"cents": …}."""

import json
import os

import boto3


def by_library(event, context):
    """The code lies in our own package: shared/tariff.py."""
    ### BEGIN SOLUTION
    from shared.tariff import price

    return {"cents": price(event)}
    ### END SOLUTION


def by_layer(event, context):
    """The code lies in a layer, below /opt/python: tariff.py."""
    ### BEGIN SOLUTION
    from tariff import price

    return {"cents": price(event)}
    ### END SOLUTION


def by_invoking(event, context):
    """The code runs in TariffFunction, whose name is in TARIFF_FUNCTION. What fails there, fails here."""
    ### BEGIN SOLUTION
    answer = boto3.client("lambda").invoke(FunctionName=os.environ["TARIFF_FUNCTION"], Payload=json.dumps(event))
    told = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise RuntimeError(told["errorMessage"])
    return told
    ### END SOLUTION
