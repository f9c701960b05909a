import time

LONGEST = 2.0  # seconds that one piece of work can take
SPARE = 0.5  # seconds to write the answer in


def work(piece):
    """Given: works on a piece. Nobody knows beforehand how long that takes, only that it is at most LONGEST."""
    time.sleep(min(piece, LONGEST))


def lambda_handler(event, context):
    """Work on event["pieces"] in their order, as long as there is surely time for one more.

    Answer with request_id, version (of the function), memory_mb (a number), and two lists: done and left.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
