"""What only a grader with the solutions asks: the same, with workloads, names and orders drawn at random."""

from __future__ import annotations

import json

from grader.checks import check, expect, hidden
from grader.checks.ch07_storage.choose import ASKED, any_workload, expect_advice
from grader.checks.ch07_storage.deadline import CONVERTER, MANY, finish, saved_pages, saves
from grader.checks.ch07_storage.least_privilege import FUNCTION, MEASURE, OBJECT, TABLE, allowed, measured, table_arn
from grader.checks.ch07_storage.secret import keep, signed_with
from grader.checks.ch07_storage.table import LIMIT, TABLE as UPLOADS, counted, kept, register
from grader.checks.ch07_storage.upload import APP, any_file, new_keys, plain_text, post, request_ids
from grader.checks.material import word
from grader.checks.reading import output, stored_keys


SHORTER = 30  # seconds that a function may run after somebody has changed its Timeout


@hidden("7.1")
class ChooseHidden:
    @check(points=1, shares=ASKED)
    def any_mixture(function, rng):
        """Any mixture of needs gets the right storage and the right reasons."""
        answer = function("choose.choose")
        for _ in range(60):
            expect_advice(answer, any_workload(rng), "Some mixture is not right yet.")


@hidden("7.2")
class UploadFormHidden:
    @check(points=1, shares=APP)
    def many_uploads(cloud, stack, rng):
        """Many uploads of many kinds are all kept, each under its own request."""
        files = [rng.choice([any_file, plain_text])(rng) for _ in range(rng.randrange(4, 7))]
        bucket, s3 = output(stack, "UploadsBucket"), cloud.client("s3")
        before, asked = stored_keys(cloud, bucket), len(request_ids(cloud))
        for content in files:
            post(cloud, stack, rng.choice(["a.png", "b.png"]), content, "image/png")
        ids = request_ids(cloud)[asked:]
        expect(new_keys(cloud, stack, before), what="the keys").equals(sorted(ids))
        found = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in ids]
        expect(found == files, what="every file is kept, byte for byte").is_true()


@hidden("7.3")
class LeastPrivilegeHidden:
    @check(points=1, shares=MEASURE)
    def random_rights(cloud, stack, rng):
        """Rights that nobody expects are not there either, after an update of the stack as before."""
        measured(cloud, stack, rng)
        buckets = [output(stack, name) for name in ("UploadsBucket", "ReportsBucket", "InvoicesBucket")]
        keys = [f"arn:aws:s3:::{rng.choice(buckets)}/{word(rng)}" for _ in range(20)]
        strange = [action for action in OBJECT if action not in ("s3:GetObject", "s3:PutObject")]
        asked = [(rng.choice(strange), key) for key in keys]
        tables = [output(stack, name) for name in ("StatisticsTable", "CustomersTable")]
        others = [each for each in TABLE if each != "dynamodb:UpdateItem"]
        asked += [(rng.choice(others), table_arn(rng.choice(tables))) for _ in range(10)]
        asked += [(f"{rng.choice(['kms', 'ssm', 'sqs', 'iam', 'events'])}:{word(rng)}", "*") for _ in range(10)]
        expect(allowed(cloud, asked), what=f"surprising rights of {FUNCTION}").equals([])


@hidden("7.4")
class TableHidden:
    @check(points=1, shares=UPLOADS)
    def any_sequence(cloud, stack, rng):
        """Any sequence of registrations leaves a table that adds up."""
        before, prefix = kept(cloud, stack), word(rng)
        owners, expected = [word(rng) for _ in range(3)], {}
        for _ in range(rng.randrange(12, 18)):
            owner, upload = rng.choice(owners), f"{prefix}{rng.randrange(8)}"
            full = list(expected.values()).count(owner) >= LIMIT
            wanted = "known" if upload in expected else "full" if full else "registered"
            found = register(cloud, upload, owner, word(rng))
            if upload in expected and full:  # both are true
                expect(found, what="the status").is_in(["known", "full"])
            else:
                expect(found, what="the status").equals(wanted)
            if wanted == "registered":
                expected[upload] = owner
        expect(kept(cloud, stack) - before, what="uploads in the table").equals(len(expected))
        for owner in owners:
            expect(counted(cloud, stack, owner), what="an owner's count").equals(list(expected.values()).count(owner))


@hidden("7.5")
class DeadlineHidden:
    @check(points=1, shares=CONVERTER)
    def any_job(cloud, stack, rng):
        """Jobs of any length come to their end."""
        for pages in (1, rng.randrange(2, 12), rng.randrange(60, 90)):
            job = word(rng)
            finish(cloud, job, pages)
            expect(saved_pages(cloud, stack, job), what="the saved pages").equals(list(range(1, pages + 1)))

    @check(points=1, needs="stops_before_it_is_stopped")
    def asks_how_much_time_is_left(cloud, stack, rng):
        """With less time than the template gives it, it converts less, and is not stopped either."""
        name = stack.resources["ConvertFunction"].physical_id
        cloud.client("lambda").update_function_configuration(FunctionName=name, Timeout=SHORTER)
        job, before = word(rng), saves(cloud)
        hint = "The Timeout was changed, and the code was not: only context.get_remaining_time_in_millis() knows."
        answer = cloud.invoke("ConvertFunction", {"job": job, "pages": MANY, "first": 1})
        expect(answer.error, hint, what=f"the error of an invocation that may take {SHORTER} seconds").is_none()
        expect(saves(cloud) - before, hint, what="saves in this invocation").equals(1)
        expect(saved_pages(cloud, stack, job), hint, what="the saved pages").is_not_empty()


@hidden("7.6")
class SecretHidden:
    @check(points=1)
    def another_parameter(cloud, deploy, rng):
        """Another stack signs with another token."""
        name = f"{word(rng)}/{word(rng)}"
        tokens = {"its own token": word(rng, 24), "another stack's token": word(rng, 24)}
        keep(cloud, tokens["another stack's token"])
        keep(cloud, tokens["its own token"], f"/{name}")
        stack = deploy(parameters={"TokenName": name})
        expect(signed_with(cloud, tokens, rng), what="what is signed with").equals("its own token")
        expect(json.dumps(stack.expanded).count(tokens["its own token"]), what="the token in the template").equals(0)
