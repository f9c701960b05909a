"""AlarmService: alarms look at their metrics at every full minute of the clock, and say when their state changes.

An alarm whose metrics are silent and whose state is settled sleeps; the next value wakes it. So a clock may be moved
on by a year in a moment, and nothing is missed.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterable
from typing import Any

from grader.cloud.clock import Clock, Timer
from grader.cloud.cloudwatch.alarms import Alarm, HistoryItem, configured
from grader.cloud.cloudwatch.composite import holds, rule_names
from grader.cloud.cloudwatch.evaluation import Judgement, State, judge
from grader.cloud.cloudwatch.expressions import MalformedExpression
from grader.cloud.cloudwatch.metrics import Metric, Metrics
from grader.cloud.cloudwatch.queries import answer
from grader.cloud.cloudwatch.series import PERCENTILE
from grader.cloud.cloudwatch.wording import reason_data, stamp, state_reason
from grader.cloud.door.responder import ApiError

Changed = Callable[[Alarm, State], None]


class AlarmService:
    """The alarms of one account.

    Parameters
    ----------
    clock
        When they are evaluated.
    metrics
        What they look at.
    """

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock, self._metrics = clock, metrics
        self._lock = threading.RLock()
        self._alarms: dict[str, Alarm] = {}
        self._timers: dict[str, Timer] = {}
        self._watchers: dict[Metric, set[str]] = {}
        self._listeners: list[Changed] = []
        metrics.listen(self._recorded)

    def on_change(self, listener: Changed) -> None:
        """Call ``listener`` with the alarm, and the state it was in, whenever one changes its state."""
        self._listeners.append(listener)

    def put(self, alarm: Alarm) -> None:
        """Create an alarm, or overwrite it; its state is judged at the next full minute.

        Raises
        ------
        ApiError
            ``ValidationError`` when its expression cannot be read, or gives no single time series.
        """
        self._check_expression(alarm)
        with self._lock:
            now = self._clock.timestamp()
            self._forget(alarm.name)
            self._alarms[alarm.name] = configured(alarm, self._alarms.get(alarm.name), now)
            for metric in alarm.metrics:
                self._watchers.setdefault(metric, set()).add(alarm.name)
        self._wake(alarm.name)

    def get(self, name: str) -> Alarm | None:
        """The alarm with this name."""
        return self._alarms.get(name)

    def all(self) -> list[Alarm]:
        """Every alarm, by name."""
        with self._lock:
            return [self._alarms[name] for name in sorted(self._alarms)]

    def delete(self, names: Iterable[str]) -> None:
        """Delete alarms.

        Raises
        ------
        ApiError
            ``ResourceNotFound`` for a name that no alarm has; nothing is deleted then. ``ValidationError`` when a
            composite alarm still needs one of them.
        """
        wanted = list(names)
        with self._lock:
            missing = [name for name in wanted if name not in self._alarms]
            if missing:
                raise ApiError("ResourceNotFound", f"The alarms [{', '.join(missing)}] do not exist")
            for alarm in self._alarms.values():
                needed = rule_names(str(alarm.members["AlarmRule"])) & set(wanted) if alarm.composite else set()
                if needed and alarm.name not in wanted:
                    raise ApiError("ValidationError", f"{min(needed)} is used by the composite alarm {alarm.name}")
            for name in wanted:
                self._forget(name)
                del self._alarms[name]

    def set_state(self, name: str, state: State, reason: str, data: str = "") -> None:
        """Put an alarm into a state until it is judged the next time, its actions included.

        Raises
        ------
        ApiError
            ``ResourceNotFound``.
        """
        alarm = self._alarms.get(name)
        if alarm is None:
            raise ApiError("ResourceNotFound", f"The alarm {name} does not exist")
        self._enter(alarm, state, reason, data)
        self._wake(name)

    def evaluate(self, name: str) -> State | None:
        """Judge an alarm now, and return the state it is in; None when there is no such alarm."""
        alarm = self._alarms.get(name)
        if alarm is None:
            return None
        if alarm.composite:
            self._judge_composite(alarm)
        else:
            self._judge(alarm)
        return alarm.state

    def _judge(self, alarm: Alarm) -> None:
        judged = self._judgement(alarm)
        now = self._boundary(alarm)
        if judged.state is None or judged.state == alarm.state:
            return
        self._enter(
            alarm, judged.state, state_reason(alarm, judged.state, judged, now), reason_data(alarm, judged, now)
        )

    def _judge_composite(self, alarm: Alarm) -> None:
        rule = str(alarm.members["AlarmRule"])
        states = {name: self._alarms[name].state for name in rule_names(rule) if name in self._alarms}
        state: State = "ALARM" if holds(rule, states) else "OK"
        if state != alarm.state:
            self._enter(alarm, state, f"{alarm.arn} transitioned to {state}: the rule {rule}", json.dumps(states))

    def _judgement(self, alarm: Alarm) -> Judgement:
        rule = alarm.rule
        assert rule is not None
        end = self._boundary(alarm)
        start = end - rule.range * alarm.period
        found = self._series(alarm, start, end)
        values = [found.get(start + number * alarm.period) for number in range(rule.range)]
        judged = judge(values, rule)
        if self._too_few_samples(alarm, end - rule.periods * alarm.period, end):
            return Judgement(None, judged.points, judged.filled)
        return judged

    def _series(self, alarm: Alarm, start: int, end: int) -> dict[int, float]:
        results = answer(self._metrics, alarm.queries, start, end)
        series: Any = next(results[query.id] for query in alarm.queries if query.returned)
        return series if isinstance(series, dict) else {}

    def _too_few_samples(self, alarm: Alarm, start: int, end: int) -> bool:
        """Whether a percentile says too little about so few values, and the alarm is to wait for more."""
        query = alarm.queries[0]
        percentile = PERCENTILE.fullmatch(query.stat)
        if alarm.members.get("EvaluateLowSampleCountPercentile") != "ignore" or not percentile or query.metric is None:
            return False
        share = float(percentile[1]) / 100
        least = round(10 / min(share, 1 - share), 6) if 0 < share < 1 else 0
        return (self._metrics.value(query.metric, "SampleCount", start, end, query.unit) or 0) < least

    def _check_expression(self, alarm: Alarm) -> None:
        if alarm.composite:
            return
        try:
            results = answer(self._metrics, alarm.queries, 0, 0)
        except MalformedExpression as fault:
            raise ApiError("ValidationError", f"Error in expression: {fault}") from fault
        if any(isinstance(results[query.id], list) for query in alarm.queries if query.returned):
            raise ApiError("ValidationError", "The expression of an alarm must give a single time series")

    def _boundary(self, alarm: Alarm) -> int:
        """The end of the last full interval."""
        return int(self._clock.timestamp() // alarm.interval * alarm.interval)

    def _enter(self, alarm: Alarm, state: State, reason: str, data: str) -> None:
        with self._lock:
            before, now = alarm.state, self._clock.timestamp()
            alarm.state, alarm.reason, alarm.reason_data = state, reason, data
            if before == state:
                return
            alarm.updated = now
            change = {"oldState": {"stateValue": before}, "newState": {"stateValue": state, "stateReason": reason}}
            entries = [HistoryItem(now, "StateUpdate", f"Alarm updated from {before} to {state}", change)]
            for action in alarm.actions(state):
                told = {"actionState": "Succeeded", "notificationResource": action, "publishedMessage": stamp(now)}
                entries.append(HistoryItem(now, "Action", f"Successfully executed action {action}", told))
            alarm.history.extend(entries)
        for listener in self._listeners:
            listener(alarm, before)
        for other in [one for one in self._alarms.values() if one.composite]:
            if alarm.name in rule_names(str(other.members["AlarmRule"])):
                self._judge_composite(other)

    def _recorded(self, metric: Metric, at: float) -> None:
        for name in self._watchers.get(metric, ()):
            self._wake(name)

    def _wake(self, name: str) -> None:
        with self._lock:
            alarm = self._alarms.get(name)
            if alarm is None or name in self._timers:
                return
            now = self._clock.timestamp()
            due = (math.floor(now / alarm.interval) + 1) * alarm.interval
            self._timers[name] = self._clock.at(due, lambda: self._let_others_record(name, due), f"alarm {name}")

    def _let_others_record(self, name: str, due: float) -> None:
        """What is measured at the same moment is to be judged already: go to the end of the moment's queue."""
        with self._lock:
            if name in self._timers:
                self._timers[name] = self._clock.at(due, lambda: self._due(name), f"alarm {name}")

    def _due(self, name: str) -> None:
        with self._lock:
            self._timers.pop(name, None)
            alarm = self._alarms.get(name)
        if alarm is None:
            return
        before = alarm.state
        self.evaluate(name)
        if alarm.state != before or self._has_data(alarm):
            self._wake(name)

    def _has_data(self, alarm: Alarm) -> bool:
        """Whether a value lies in the range that is looked at, or comes after it."""
        if alarm.rule is None:
            return False
        oldest = self._clock.timestamp() - alarm.rule.range * alarm.period
        return any(self._metrics.last(metric) >= oldest for metric in alarm.metrics)

    def _forget(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
        for names in self._watchers.values():
            names.discard(name)
