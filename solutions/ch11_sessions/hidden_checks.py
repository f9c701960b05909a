"""What only a grader with the solutions asks: the same, with other words, forgeries, origins and faults."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from grader.checks import check, expect, hidden
from grader.checks.ch11_sessions.own_rows import Visitor, expect_allowed, expect_refused_call, neighbours
from grader.checks.ch11_sessions.stateless import expect_refused, start
from grader.checks.ch11_sessions.tokens import changed, rewritten
from grader.checks.ch11_sessions.website import visit
from grader.checks.material import word


@hidden("11.1")
class StatelessHidden:
    @check(points=1)
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
    @check(points=1)
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
        name = f"assets/{word(rng)}/{word(rng)}.css"
        with tempfile.TemporaryDirectory() as changed:
            project = Path(shutil.copytree(folder, Path(changed, "project")))
            (project / "web/site" / name).parent.mkdir()
            (project / "web/site" / name).write_text("a { color: red }")
            cloud.deploy(project / "template.yaml", name="answer")
        page = visit(http, stack, f"/{name}")
        expect((page.status, page.body), what="a new file").equals((200, "a { color: red }"))
