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
    ### BEGIN SOLUTION
    large = workload["item_kb"] > TABLE_ITEM_KB
    quick = workload["latency_ms"] < S3_FIRST_BYTE_MS
    if workload["together"] > TRANSACTION_ITEMS:
        return {"storage": "neither", "because": ["together"]}
    if large and quick:
        return {"storage": "neither", "because": ["item_kb", "latency_ms"]}
    needs_s3 = {
        "item_kb": large,
        "old_versions": workload["old_versions"],
        "link": workload["link"],
        "archive": workload["archive"],
    }
    needs_table = {
        "together": workload["together"] > 1,
        "search_by": bool(workload["search_by"]),
        "latency_ms": quick,
        "counters": workload["counters"],
    }
    for_s3 = [name for name, needed in needs_s3.items() if needed]
    for_table = [name for name, needed in needs_table.items() if needed]
    names = {(True, True): "both", (True, False): "s3", (False, True): "dynamodb", (False, False): "either"}
    return {"storage": names[bool(for_s3), bool(for_table)], "because": sorted(for_s3 + for_table)}
    ### END SOLUTION
