"""Does a workload fit into Lambda functions?"""

TIME_LIMIT_S = 900
MEMORY_LIMIT_MB = 10_240
ORDERED_SOURCES = {"sqs-fifo", "kinesis", "dynamodb-stream"}


def broken_constraints(workload):
    """The constraints of Lambda that the workload breaks; an empty list when it fits.

    A workload is a dictionary; every key may be missing, and then nothing is demanded:

    longest_s            the longest that one job takes, in seconds
    memory_mb            the most memory that one job needs, in MB
    sticky_sessions      True when one user's requests must meet the same process
    in_order             True when events must be handled in the order in which they were sent
    source               where the events come from, for example "sqs", "sqs-fifo", "s3", "kinesis"
    latency_promised_ms  a response time that EVERY request has to keep, the first after a pause included
    latency_wanted_ms    a response time that would be nice

    The names to return: "time limit", "memory", "sticky sessions", "ordering", "hard latency".
    """
    # YOUR CODE HERE
    raise NotImplementedError()
