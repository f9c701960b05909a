from work import LONGEST_PAGE, LONGEST_SAVE, convert, save


def lambda_handler(event, context):
    """Convert the pages of a job, as many as there is time for: {"job": "j1", "pages": 40, "first": 1}.

    Saves what it has converted before its time runs out, in one piece. Returns {"next": 17} when the next
    invocation has to go on with page 17, and {"next": None} when the last page is done.
    """
    ### BEGIN SOLUTION
    job, first = event["job"], event["first"]
    needed = LONGEST_PAGE + LONGEST_SAVE + 1  # seconds: one more page, saving, and one to spare
    page, results = first, []
    while page <= event["pages"] and context.get_remaining_time_in_millis() / 1000 > needed:
        results.append(convert(job, page))
        page += 1
    save(job, first, results)
    return {"next": page if page <= event["pages"] else None}
    ### END SOLUTION
