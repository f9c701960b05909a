"""13.4: the same behaviour as a library, as a layer, and by invocation."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch05_safe_deployments.releases import release

ASKED = "asked"  # the checks ask one environment, one after the other
PRINTS = "prints"  # checks use one service as it was deployed, one after the other
TARIFF = {"small": 19, "large": 49}  # cents, in shared/tariff.py
WAYS = ("LibraryFunction", "LayerFunction", "InvokeFunction")
CASES: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"languages": 1, "at_once": False, "own_rights": False, "size_mb": 0.1, "functions": 4}, "library",
     "Small, one language, nothing else asked for: the simplest way is the right one."),
    ({"languages": 1, "at_once": False, "own_rights": False, "size_mb": 60, "functions": 4}, "layer",
     "Large, and shared by several functions: pack it once."),
    ({"languages": 1, "at_once": False, "own_rights": False, "size_mb": 5, "functions": 2}, "layer",
     "5 MB are large, and two functions share it."),
    ({"languages": 1, "at_once": False, "own_rights": False, "size_mb": 60, "functions": 1}, "library",
     "A layer for a single function shares nothing."),
    ({"languages": 2, "at_once": False, "own_rights": False, "size_mb": 60, "functions": 4}, "invoke",
     "A layer's code is in one language. A call is in none."),
    ({"languages": 1, "at_once": True, "own_rights": False, "size_mb": 0.1, "functions": 2}, "invoke",
     "Copies, in packages or layers, change one deployment after the other."),
    ({"languages": 1, "at_once": False, "own_rights": True, "size_mb": 0.1, "functions": 2}, "invoke",
     "Code in a library or a layer runs with the rights of its caller."),
)  # fmt: skip


def order(rng: Random) -> dict[str, Any]:
    """An order that nobody could have typed in beforehand."""
    return {"size": rng.choice(["small", "large"]), "count": rng.randrange(1, 500)}


def cents(asked: dict[str, Any], tariff: Mapping[str, int] = TARIFF) -> int:
    """What it costs."""
    return tariff[asked["size"]] * int(asked["count"])


def expect_price(cloud: Any, function: str, asked: dict[str, Any], wanted: int, hint: str) -> None:
    """A function knows the price of an order."""
    done = cloud.invoke(function, asked)
    if done.error is not None:
        fail(f"{function} answers", str(done.error.get("errorMessage")), hint)
    expect(done.payload, hint, what=f"what {function} answers to {asked}").equals({"cents": wanted})


def dearer(cloud: Any) -> None:
    """TariffFunction gets other code: a print costs a cent each."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("tariff.py", "def lambda_handler(event, context):\n    return {'cents': event['count']}\n")
    cloud.client("lambda").update_function_code(
        FunctionName=name_of(cloud, "TariffFunction"), ZipFile=packed.getvalue()
    )


def without_layers(cloud: Any, function: str) -> None:
    """A function has no layer any more."""
    cloud.client("lambda").update_function_configuration(FunctionName=name_of(cloud, function), Layers=[])


def stop(cloud: Any) -> None:
    """TariffFunction may not run."""
    name = name_of(cloud, "TariffFunction")
    cloud.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


def name_of(cloud: Any, logical_id: str) -> str:
    """The physical name of a function of the answer's stack."""
    return str(cloud.stacks.get("answer").resources[logical_id].physical_id)


def right_share(case: dict[str, Any]) -> str:
    """The way to share."""
    if case["languages"] > 1 or case["at_once"] or case["own_rights"]:
        return "invoke"
    return "layer" if case["size_mb"] >= 5 and case["functions"] > 1 else "library"


def any_case(rng: Random) -> dict[str, Any]:
    """A case that nobody could have typed in beforehand."""
    return {
        "languages": rng.choice([1, 1, 1, 3]), "at_once": rng.random() < 0.2, "own_rights": rng.random() < 0.2,
        "size_mb": rng.choice([0.2, 4.9, 5, 120]), "functions": rng.choice([1, 2, 9]),
    }  # fmt: skip


@exercise(
    "13.4",
    "One behaviour, shared in three ways",
    slug="13_4_share",
    files=["template.yaml", "callers.py", "choose.py"],
    minutes=20,
    hints=[
        "Where does Python find the code in each case? In the package: the folder shared beside callers.py. In a "
        "layer: what lay in shared lies directly in /opt/python. By a call: nowhere, it runs somewhere else.",
        "from shared.tariff import price; from tariff import price (with a layer of ContentUri: shared, BuildMethod: "
        "python3.13, and Layers on the function); boto3's invoke with FunctionName and Payload. A function that failed "
        "answers, too: look for FunctionError.",
        "by_invoking: answer = boto3.client('lambda').invoke(…); told = json.load(answer['Payload']); if "
        "'FunctionError' in answer: raise RuntimeError(told['errorMessage']); return told. In the template: "
        "LambdaInvokePolicy.",
    ],
    passed="Three ways, and what each of them costs: a copy in each package, a version in each configuration, or a "
    "second function that runs, and is paid, while the first one waits.",
)
class Share:
    @check(points=2, shares=PRINTS)
    def all_three_agree(cloud, stack, rng):
        """Library, layer and invocation know the same price."""
        hints = (
            "from shared.tariff import price", "from tariff import price; and the function lists the layer.",
            "invoke, with TARIFF_FUNCTION in the environment and LambdaInvokePolicy.",
        )  # fmt: skip
        for function, hint in zip(WAYS, hints, strict=True):
            asked = order(rng)
            expect_price(cloud, function, asked, cents(asked), hint)

    @check(points=1, needs=all_three_agree)
    def copies_need_nobody(cloud, folder, rng):
        """Library and layer work while TariffFunction is stopped, and keep the price that they were deployed with."""
        tariff = {size: rng.randrange(50, 500) for size in TARIFF}  # nobody could have copied these
        module = (folder / "shared" / "tariff.py").read_text("utf-8")
        release(cloud, folder, {"shared/tariff.py": f"{module}\n\nCENTS.update({tariff})\n"})
        dearer(cloud)
        stop(cloud)
        without_layers(cloud, "LibraryFunction")
        hints = (
            "This way does not call anybody and needs no layer: its package has shared.tariff. Copy nothing.",
            "This way does not call anybody: its layer has tariff. Copy nothing.",
        )
        for function, hint in zip(WAYS[:2], hints, strict=True):
            asked = order(rng)
            expect_price(cloud, function, asked, cents(asked, tariff), hint)

    @check(points=1, needs=all_three_agree)
    def the_layer_is_used(cloud, stack, rng):
        """LayerFunction finds the code in its layer, and nowhere else."""
        without_layers(cloud, "LayerFunction")
        done = cloud.invoke("LayerFunction", order(rng))
        hint = "from tariff import price, not from shared.tariff: the copy in the package is the library's."
        expect(done.error is not None, hint, what="whether it fails without its layer").is_true()

    @check(points=1, needs=all_three_agree)
    def a_call_is_always_new(cloud, stack, rng):
        """By invocation a change holds at once."""
        asked = order(rng)
        expect_price(cloud, "InvokeFunction", asked, cents(asked), "invoke, and its answer.")
        dearer(cloud)
        expect_price(cloud, "InvokeFunction", asked, asked["count"], "Call TariffFunction each time; keep nothing.")

    @check(points=1, needs=all_three_agree, shares=PRINTS)
    def what_fails_there_fails_here(cloud, stack):
        """A call to a function that fails is a failure, not an answer, as it is in a library or a layer."""
        raised = "price raises a KeyError for what is not sold. Let it: an answer would be a price."
        called = "invoke does not raise when the other function does: answer['FunctionError'] says it."
        wrong = (("an unknown size", {"size": "poster", "count": 1}), ("no count", {"size": "small"}))
        for function, hint in zip(WAYS, (raised, raised, called), strict=True):
            for order_of, asked in wrong:
                done = cloud.invoke(function, asked)
                expect(done.error is not None, hint, what=f"whether {function} fails with {order_of}").is_true()

    @check(points=1, needs=all_three_agree, shares=PRINTS)
    def may_call_nobody_else(cloud, stack):
        """InvokeFunction may call TariffFunction, and do nothing else with functions."""
        tariff = f"arn:aws:lambda:us-east-1:123456789012:function:{name_of(cloud, 'TariffFunction')}"
        other = tariff.replace(name_of(cloud, "TariffFunction"), "salaries")
        hint = "LambdaInvokePolicy with FunctionName: !Ref TariffFunction is the one right that it needs."
        asked = (("lambda:InvokeFunction", other), ("lambda:UpdateFunctionCode", tariff),
                 ("lambda:DeleteFunction", tariff))  # fmt: skip
        too_much = [f"{action} on {arn}" for action, arn in asked if cloud.may("InvokeFunction", action, arn).allowed]
        expect(too_much, hint, what="what InvokeFunction may do besides").equals([])

    @check(points=2, shares=ASKED)
    def chooses(function):
        """Each case gets the way that fits it."""
        share = function("choose.share")
        for case, wanted, why in CASES:
            expect(share(dict(case)), why, what=f"share({case})").equals(wanted)
