"""What only a grader with the solutions asks: the same, with names, lists and limits drawn at random."""

from __future__ import annotations

from grader.checks import check, expect, hidden
from grader.checks.ch02_tools.context import FUNCTION, answer_of, is_a_close_call, right_split
from grader.checks.ch02_tools.handler import WORLD, greeting
from grader.checks.ch02_tools.project import PROJECT, any_name, greet
from grader.checks.ch02_tools.samconfig import deploy_as, overrides_of, parameters_of


@hidden("2.1")
class ProjectHidden:
    @check(points=1, shares=PROJECT)
    def greets_anybody(cloud, stack, rng):
        """Anybody is greeted."""
        for _ in range(3):
            name = any_name(rng)
            expect(greet(cloud, stack, {"name": name}), what="the answer").equals({"message": f"Hello, {name}!"})


@hidden("2.2")
class HandlerHidden:
    @check(points=1)
    def greets_anybody(function, rng):
        """Anybody is greeted, and nobody as well."""
        handler = function("app.lambda_handler")
        for _ in range(4):
            name = any_name(rng)
            expect(handler({"name": f" {name}\t"}, None), what="the answer").equals(greeting(name))
            expect(handler({rng.choice(["Name", "names"]): name}, None), what="the answer").equals(WORLD)


def any_work(rng):
    """A time limit in seconds, and more pieces than fit into it."""
    return rng.randrange(6, 40), [rng.choice([0.25, 0.5, 1, 1.5, 2]) for _ in range(60)]


@hidden("2.3")
class ContextHidden:
    @check(points=1)
    def stops_wherever_it_must(cloud, deploy, rng):
        """Any list and any time limit are handled."""
        for number in range(2):
            seconds, pieces = any_work(rng)
            while is_a_close_call(pieces, seconds):
                seconds, pieces = any_work(rng)
            deployed = deploy(name=f"hidden-{number}", parameters={"Seconds": seconds})
            answer = answer_of(cloud.invoke(deployed.resources[FUNCTION].physical_id, {"pieces": pieces}), pieces)
            expect((answer["done"], answer["left"]), what="done and left").equals(right_split(pieces, seconds))


@hidden("2.4")
class SamConfigHidden:
    @check(points=1)
    def names_only_parameters_that_exist(cloud, folder):
        """Only parameters that the template declares are overridden, and both deployments can be repeated."""
        for name in ("default", "live"):
            given = overrides_of(parameters_of(folder, name))
            expect(sorted(set(given) - {"Stage", "Memory"}), what=f"undeclared parameters in {name}").equals([])
            first = deploy_as(cloud, folder, name).name
            expect(deploy_as(cloud, folder, name).name, what="the stack of the second deployment").equals(first)
