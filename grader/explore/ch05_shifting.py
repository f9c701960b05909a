"""Traffic shifting: two versions of the learner's own function, a preference, requests, and what the clock brings."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from grader.explore.picture import Picture, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OLD, NEW, ERROR = "#7a8794", "#2e7d4f", "#b3261e"
LONGEST_MINUTES = 40
PREFERENCES = (
    "AllAtOnce",
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
)
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  ShiftedFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.lambda_handler
      Runtime: python3.13
      AutoPublishAlias: live
      DeploymentPreference:
        Type: {preference}
        {alarms}
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions:
        - {{Name: FunctionName, Value: !Ref ShiftedFunction}}
        - {{Name: Resource, Value: !Sub "${{ShiftedFunction}}:live"}}
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: {threshold}
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"""


@dataclass(frozen=True)
class Minute:
    """What happened within one minute.

    Attributes
    ----------
    share
        How much of the traffic the new version was to get, 0 to 1, at the minute's beginning.
    old, new
        Requests that each version served.
    errors
        Requests that failed.
    alarm
        The alarm's state at the minute's end: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``.
    """

    number: int
    share: float
    old: int
    new: int
    errors: int
    alarm: str


@dataclass(frozen=True)
class Shift:
    """A release from its first minute to its last.

    Attributes
    ----------
    status
        How the stack ended: ``UPDATE_COMPLETE`` or ``UPDATE_ROLLBACK_COMPLETE``.
    """

    preference: str
    minutes: tuple[Minute, ...]
    status: str

    @property
    def errors(self) -> int:
        """How many requests failed."""
        return sum(one.errors for one in self.minutes)

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return sum(one.old + one.new for one in self.minutes)


def shift(
    cloud: Any,
    old: str,
    new: str,
    preference: str = "Canary10Percent5Minutes",
    *,
    requests: int = 20,
    event: Mapping[str, Any] | None = None,
    with_alarm: bool = True,
    threshold: int = 0,
) -> Shift:
    """Release ``new`` over ``old``, and send requests to the alias while traffic is shifted.

    Parameters
    ----------
    cloud
        Where it happens, in a stack of its own, which is gone afterwards.
    old, new
        The text of two handlers: each has ``lambda_handler(event, context)``.
    preference
        A DeploymentPreference's Type.
    requests
        How many a minute.
    event
        What each request brings; it gets a number of its own under ``number``.
    with_alarm
        Whether the deployment watches the alarm.
    threshold
        How many errors a minute are still well.
    """
    with TemporaryDirectory(prefix="shift-") as temporary:
        folder = Path(temporary)
        alarms = "Alarms: [!Ref Errors]" if with_alarm else ""
        template = TEMPLATE.format(preference=preference, alarms=alarms, threshold=threshold)
        _release(cloud, folder, template, old)
        _to_the_full_minute(cloud)
        stack = _release(cloud, folder, template, new)
        minutes = []
        for number in range(LONGEST_MINUTES):
            if number and not stack.in_progress:
                break
            minutes.append(_minute(cloud, stack, number, requests, event or {}))
        found = Shift(preference, tuple(minutes), stack.status)
        stack.delete()
        return found


def _release(cloud: Any, folder: Path, template: str, code: str) -> Any:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(template, "utf-8")
    (folder / "app.py").write_text(code, "utf-8")
    return cloud.deploy(folder / "template.yaml", name="shift", wait=False)


def _to_the_full_minute(cloud: Any) -> None:
    cloud.clock.advance(60 - cloud.clock.timestamp() % 60)


def _minute(cloud: Any, stack: Any, number: int, requests: int, event: Mapping[str, Any]) -> Minute:
    name, alarm = (stack.resources[logical_id].physical_id for logical_id in ("ShiftedFunction", "Errors"))
    told = cloud.client("lambda").get_alias(FunctionName=name, Name="live")
    share = sum(told.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}).values())
    share = 1.0 if told["FunctionVersion"] != "1" else share
    done = [
        cloud.invoke(name, {**event, "number": number * requests + one}, qualifier="live") for one in range(requests)
    ]
    _to_the_full_minute(cloud)
    return Minute(
        number,
        share,
        sum(one.version == "1" for one in done),
        sum(one.version != "1" for one in done),
        sum(one.error is not None for one in done),
        cloud.alarms.get(alarm).state,
    )


def describe(found: Shift) -> str:
    """The release in words."""
    last = found.minutes[-1].number + 1
    taken_back = "ROLLBACK" in found.status
    ending = "it was taken back" if taken_back else "the new version has all of the traffic"
    largest = max(one.share for one in found.minutes)
    return (
        f"{found.preference}: {found.requests} requests in {last} minutes, {found.errors} of them failed. The new "
        f"version had at most {largest:.0%} of the traffic while it was watched; then {ending} ({found.status})."
    )


def draw_shift(found: Shift) -> Figure:
    """Above, the share of the new version; below, who served each minute's requests; failures and alarm in red."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.4, 4.0), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.3))
    numbers = [one.number for one in found.minutes]
    end = 0.0 if "ROLLBACK" in found.status else 1.0
    shares = [*(100 * one.share for one in found.minutes), 100 * end]
    above.step([*numbers, numbers[-1] + 1], shares, where="post", color=NEW, linewidth=2)
    above.set(ylabel="new version, %", ylim=(-5, 105))
    below.bar(numbers, [one.old for one in found.minutes], align="edge", width=0.9, color=OLD, label="old version")
    bottoms = [one.old for one in found.minutes]
    below.bar(numbers, [one.new for one in found.minutes], bottom=bottoms, align="edge", width=0.9, color=NEW,
              label="new version")  # fmt: skip
    below.plot([number + 0.45 for number in numbers], [one.errors for one in found.minutes], "o-", color=ERROR,
               label="failed")  # fmt: skip
    for one in found.minutes:
        if one.alarm == "ALARM":
            for axes in (above, below):
                axes.axvline(one.number + 1, color=ERROR, linestyle=":")
            above.annotate("alarm", (one.number + 1, 90), color=ERROR, ha="right")
            break
    below.set(xlabel="minutes since the release", ylabel="requests")
    below.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=9, frameon=False)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def show_shift(found: Shift) -> Picture:
    """The release as a picture, with its text alternative."""
    return picture(draw_shift(found), describe(found))


def failing_for(percent: int, code: str) -> str:
    """A handler that fails for so many in a hundred requests, by their number, and otherwise does as ``code`` does."""
    return (
        code.replace("def lambda_handler(", "def right_handler(")
        + "\n\ndef lambda_handler(event, context):\n"
        + f"    if event.get('number', 0) * 37 % 100 < {percent}:\n"
        + "        raise RuntimeError('a fault of the new release')\n"
        + "    return right_handler(event, context)\n"
    )


def shift_explorer(cloud: Any, old: str | Path, new: str | Path) -> object:
    """The explorer itself: choose a preference and how many requests the new version fails, and release it.

    Parameters
    ----------
    cloud
        Where the releases happen.
    old, new
        Files with two handlers of your own.
    """
    import ipywidgets as widgets
    from IPython.display import display

    texts = [Path(one).resolve() for one in (old, new)]
    wide: dict[str, Any] = {"style": {"description_width": "200px"}, "layout": widgets.Layout(width="520px")}
    dials = {
        "preference": widgets.Dropdown(
            options=PREFERENCES, value="Canary10Percent5Minutes", description="preference", **wide
        ),
        "faults": widgets.IntSlider(
            value=30, min=0, max=100, step=10, description="% that the new version fails",
            continuous_update=False, **wide,
        ),
        "watched": widgets.Checkbox(value=True, description="the deployment watches the alarm"),
    }  # fmt: skip

    def release(preference: str, faults: int, watched: bool) -> None:
        before, after = (one.read_text("utf-8") for one in texts)
        found = shift(cloud, before, failing_for(faults, after), preference, requests=10, with_alarm=watched)
        display(show_shift(found))

    note = widgets.HTML(
        "<p>Every change releases the new version once more, in a stack of its own, with ten requests a minute. "
        "<b>Try this:</b> let it fail for everybody, then take the alarm away.</p>"
    )
    return widgets.VBox([note, *dials.values(), widgets.interactive_output(release, dials)])
