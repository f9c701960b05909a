"""13.6, the capstone: the whole thumbnail service from its specification, in four checkpoints.

Each check is one line of the rubric in SPECIFICATION.md, which a test compares with what stands here.
"""

from __future__ import annotations

from grader.checks import exercise
from grader.checks.ch13_deployment_options import capstone_door as door
from grader.checks.ch13_deployment_options import capstone_operations as operations
from grader.checks.ch13_deployment_options import capstone_pipeline as pipeline
from grader.checks.ch13_deployment_options import capstone_safety as safety


@exercise(
    "13.6",
    "The whole thumbnail service",
    slug="13_6_capstone",
    files=["template.yaml", "door.py", "convert.py", "replay.py"],
    minutes=240,
    hints=[
        "Begin with the front door alone: two buckets, one function, one API, and the outputs SignUrl, UploadsBucket "
        "and ThumbnailsBucket. Deploy, check, and go on to the pipeline only when the first four lines are green. "
        "Nearly every part of it stood in an earlier exercise: 8.2, 9.6, 12.3, 12.5, 12.7, 5.2.",
        "What goes wrong belongs to one of four questions. Who may? (One role for what strangers reach, another for "
        "what works.) Who tries again, how often, and where does it end? (A queue with a redrive policy, or Lambda's "
        "own retries with a target for failures.) What happens twice? (Count photos, not events.) Who hears of it?",
        "One way that passes: a REST API with MethodSettings; a sign function behind an alias with a canary and an "
        "alarm on its errors; S3 to SQS to a convert function with batches of one; a table with a mark for each photo "
        "and a total, written in one transaction; a replay function that moves messages from FailedQueue to the "
        "queue; three alarms, one topic; a log group for each function.",
    ],
    passed="You have built the whole of it from a page of paper: narrow at the door, patient behind it, cheap in a "
    "flood, safe in a release, and quiet at night. Whoever takes it over from you can follow every photo by one key.",
)
class Capstone:
    door_hands_out_grants = door.door_hands_out_grants
    door_grants_are_narrow = door.door_grants_are_narrow
    door_works_in_the_browser = door.door_works_in_the_browser
    door_leaves_nothing_open = door.door_leaves_nothing_open
    pipeline_makes_thumbnails = pipeline.pipeline_makes_thumbnails
    pipeline_takes_any_key = pipeline.pipeline_takes_any_key
    pipeline_counts_each_once = pipeline.pipeline_counts_each_once
    pipeline_outlives_bad_moments = pipeline.pipeline_outlives_bad_moments
    pipeline_buries_what_is_no_photo = pipeline.pipeline_buries_what_is_no_photo
    safety_strangers_reach_nothing = safety.safety_strangers_reach_nothing
    safety_keeps_to_its_own = safety.safety_keeps_to_its_own
    safety_stops_a_flood = safety.safety_stops_a_flood
    safety_gives_up_on_stuck_photos = safety.safety_gives_up_on_stuck_photos
    safety_a_good_release_goes_through = safety.safety_a_good_release_goes_through
    safety_a_bad_release_is_taken_back = safety.safety_a_bad_release_is_taken_back
    operations_leave_a_trail = operations.operations_leave_a_trail
    operations_tell_of_dead_letters = operations.operations_tell_of_dead_letters
    operations_tell_of_refused_visitors = operations.operations_tell_of_refused_visitors
    operations_let_people_sleep = operations.operations_let_people_sleep
    operations_replay_the_dead = operations.operations_replay_the_dead
    operations_forget_in_time = operations.operations_forget_in_time
