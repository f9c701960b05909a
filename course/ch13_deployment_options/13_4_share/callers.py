"""Three functions that need to know what a print costs, and come by it in three ways. Each answers {"cents": …}."""

import json
import os

import boto3


def by_library(event, context):
    """The code lies in our own package: shared/tariff.py."""
    # YOUR CODE HERE
    raise NotImplementedError()


def by_layer(event, context):
    """The code lies in a layer, below /opt/python: tariff.py."""
    # YOUR CODE HERE
    raise NotImplementedError()


def by_invoking(event, context):
    """The code runs in TariffFunction, whose name is in TARIFF_FUNCTION. What fails there, fails here."""
    # YOUR CODE HERE
    raise NotImplementedError()
