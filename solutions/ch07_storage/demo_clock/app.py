import threading
import time


def slow_handler(event, context):
    """Work for longer than a function usually may."""
    print("starting")
    time.sleep(10)
    print("done")


def hasty_handler(event, context):
    """Answer at once, and let a thread do the rest. A mistake."""

    def rest():
        time.sleep(1)
        print("the thread is done")

    threading.Thread(target=rest).start()
    return "answered"


def counting_handler(event, context):
    """Count seconds as long as there is time, and come back before it is over."""
    seconds = 0
    while context.get_remaining_time_in_millis() > 1500:
        time.sleep(1)
        seconds += 1
    return {"seconds": seconds, "left": context.get_remaining_time_in_millis() // 100 / 10}
