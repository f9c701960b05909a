from limits import S3_FIRST_BYTE_MS, TABLE_ITEM_KB, TRANSACTION_ITEMS


def choose(workload):
    """Name the storage that a workload needs, and what decided it.

    A workload is a dictionary with all of these:

        "item_kb"       the largest item, in KB
        "together"      how many items must change all or none; 1 when each is on its own
        "search_by"     what items are looked up by, besides their name: ["owner", "day"], or []
        "latency_ms"    how long a read may take, in milliseconds
        "counters"      numbers inside an item that many count up at once: True or False
        "old_versions"  an overwritten item must be found again later: True or False
        "link"          a browser fetches items by a plain link, without an SDK: True or False
        "archive"       written once, kept for years, hardly ever read: True or False

    Returns {"storage": answer, "because": [names from above, sorted, that decided it]}. The answer is

        "s3"        something needs S3, nothing needs a table
        "dynamodb"  something needs a table, nothing needs S3
        "both"      one thing needs S3 and another a table: files here, what is known about them there
        "either"    nothing decides it; "because" is empty
        "neither"   more items together than one transaction holds (because: ["together"]), or a large item
                    faster than S3 answers (because: ["item_kb", "latency_ms"]); look at "together" first
    """
    # YOUR CODE HERE
    raise NotImplementedError()
