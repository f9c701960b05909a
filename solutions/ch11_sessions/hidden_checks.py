"""What only a grader with the solutions asks: the same, with other words, forgeries, origins and faults."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from grader.checks import check, expect, hidden
from grader.checks.ch11_sessions import cors
from grader.checks.ch11_sessions.client import PAGE, Service, expect_picture, expect_problem
from grader.checks.ch11_sessions.own_rows import TABLE, Visitor, expect_allowed, expect_refused_call, neighbours
from grader.checks.ch11_sessions.stateless import SERVICE, expect_refused, start
from grader.checks.ch11_sessions.tokens import changed, rewritten
from grader.checks.ch11_sessions.website import MINUTE, kept_seconds, visit
from grader.checks.material import photograph, word


@hidden("11.1")
class StatelessHidden:
    @check(points=1, shares=SERVICE)
    def refuses_any_forgery(cloud, stack, http, rng):
        """Whatever is changed, prolonged or borrowed is refused."""
        user, other = word(rng), word(rng)
        state = start(http, stack, user)["state"]
        for forged in [*changed(state, rng, 20), *rewritten(state, {}), *rewritten(state, {user: other})]:
            if forged != state:
                expect_refused(http, stack, user, forged, "a changed token", "")
        expect_refused(http, stack, other, state, "somebody else's token", "")
        cloud.clock.advance(hours=rng.randrange(2, 90))
        expect_refused(http, stack, user, state, "a token of long ago", "")


@hidden("11.2")
class OwnRowsHidden:
    @check(points=1, shares=TABLE)
    def keeps_everybody_apart(cloud, stack, rng):
        """Any two users are kept apart, in every way."""
        for user, other in neighbours(rng):
            mine, theirs = Visitor(cloud, stack, user), Visitor(cloud, stack, other)
            expect_allowed(theirs.put, other, "of one's own", "")
            for action in (mine.get, mine.put, mine.update, mine.delete, mine.query, mine.batch):
                expect_refused_call(action, other, f"{user}, about rows of {other}", "")
            expect_allowed(mine.batch, user, "of one's own", "")


@hidden("11.3")
class WebsiteHidden:
    @check(points=1)
    def publishes_whatever_is_there(cloud, stack, http, folder, rng):
        """Files that are added, in folders of any depth, are published too."""
        style = ("assets/{}/{}.css", b"a { color: red }")
        picture = ("assets/{}/{}.png", bytes(rng.randrange(256) for _ in range(400)))
        files = {name.format(word(rng), word(rng)): body for name, body in (
            style, picture, ("{}", b"no suffix"), ("assets-{}.html", b"no asset"), ("{}/assets.txt", b"no asset"),
        )}  # fmt: skip
        with tempfile.TemporaryDirectory() as changed:
            project = Path(shutil.copytree(folder, Path(changed, "project")))
            for name, body in files.items():
                (project / "web/site" / name).parent.mkdir(exist_ok=True)
                (project / "web/site" / name).write_bytes(body)
            cloud.deploy(project / "template.yaml", name="answer")
        for name, body in files.items():
            page = visit(http, stack, f"/{name}")
            hint = "Every file of SITE, whatever its name, its depth and its bytes."
            expect((page.status, page.content), hint, what=f"the new file {name}").equals((200, body))
            if not name.startswith("assets/"):
                hint = "Only what lies in the folder assets/ gets another name with another content."
                expect(kept_seconds(page), hint, what=f"seconds for which {name} is kept").is_at_most(MINUTE)


@hidden("11.4")
class CorsHidden:
    @check(points=1)
    def follows_the_parameter(cloud, deploy, http, rng):
        """With another SiteOrigin it is another page's."""
        site = f"https://{word(rng)}.example"
        stack = deploy("other", parameters={"SiteOrigin": site})
        browser, hint = cloud.http.browser(site), "SiteOrigin says whose page it is."
        started = cors.start(browser, stack)
        cors.expect_read(started, 201, "POST /uploads", hint)
        sent = cors.send(browser, started.json()["upload"], b"photo")
        cors.expect_read(sent, 204, "an upload", hint)
        cors.expect_read(browser.fetch(started.json()["thumbnail"]), 404, "a thumbnail", hint)
        cors.expect_blocked(cors.start(cloud.http.browser(cors.SITE), stack), "the page of before", hint)


@hidden("11.5")
class ClientHidden:
    @check(points=1, shares=PAGE)
    def outlives_everything_at_once(cloud, stack, function, rng):
        """Several faults in one upload are outlived."""
        for _ in range(3):
            service, picture = Service(cloud, stack, function), photograph(rng, width=40, height=30)
            service.answers(rng.randrange(2, 6), picture)
            cloud.fail_next("dynamodb", "UpdateItem", "ThrottlingException", status=503, times=rng.randrange(0, 3))
            cloud.fail_next("s3", "PutObject", "InternalError", status=500, times=rng.randrange(0, 3))
            cloud.fail_next("s3", "GetObject", "SlowDown", status=503, times=rng.randrange(0, 3))
            shown, _ = service.show(photograph(rng))
            expect_picture(shown, picture, "")

    @check(points=1, shares=PAGE)
    def shows_pictures_of_any_kind(cloud, stack, function, rng):
        """A PNG file is a picture, too; a file with nothing in it is not called too large."""
        service, picture = Service(cloud, stack, function), photograph(rng, "PNG", 40, 30)
        service.answers(2, picture, "image/png")
        shown, _ = service.show(photograph(rng, "PNG", 80, 60), "image/png")
        expect_picture(shown, picture, "Whatever begins with image/ is a picture.")
        shown, _ = Service(cloud, stack, function).show(b"")
        expect_problem(shown, "", "S3 says EntityTooSmall in <Code>.")
        hint = "S3 says EntityTooSmall here: not every refusal is about a file that is too large."
        false = any(word in shown["problem"].lower() for word in ("too large", "too big", "smaller"))
        expect(false, hint, what=f"whether {shown['problem']!r} calls an empty file too large").is_false()
