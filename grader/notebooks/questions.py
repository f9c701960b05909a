"""Questions to the learner: recall with an answer, predictions with an outcome beside them.

With a front end the choices are buttons; without one (a printed page, a notebook that is executed from top to bottom)
the question stands there as text, and nothing waits for an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from grader.errors import CourseError
from grader.notebooks.page import STYLE, Page, card, escape, head, show
from grader.notebooks.predictions import Predictions


@dataclass(frozen=True)
class Question:
    """A question with choices.

    Parameters
    ----------
    key
        Unique in the course, for example ``3.p1``.
    answer
        The index of the right choice; ``None`` for a prediction, where the outcome is the answer.
    because
        One or two sentences that a right answer confirms and a wrong one needs.
    """

    key: str
    text: str
    choices: tuple[str, ...]
    answer: int | None = None
    because: str = ""

    def __post_init__(self) -> None:
        if len(self.choices) < 2:
            raise CourseError(f"Question {self.key} needs at least two choices.")
        if self.answer is not None and not 0 <= self.answer < len(self.choices):
            raise CourseError(f"Question {self.key} has no choice number {self.answer}.", next_step="Count from 0.")


def recall(key: str, question: str, choices: Sequence[str], answer: int | str, because: str) -> None:
    """Ask something from an earlier chapter; the learner's click is judged at once, and may be repeated.

    Parameters
    ----------
    key
        Unique in the course, for example ``3.r1``.
    answer
        The right choice: its index from 0, or its text.
    because
        Why it is right.
    """
    options = tuple(choices)
    right = options.index(answer) if isinstance(answer, str) else answer
    asked = Question(key, question, options, right, because)
    show_question(asked, lambda chosen: judged(asked, chosen), folded_answer(asked))


def predict(key: str, question: str, choices: Sequence[str]) -> None:
    """Ask what will happen, before it happens; the last click counts, and ``compare(key, …)`` shows it again.

    Parameters
    ----------
    key
        The same key as in the later ``compare``.
    """
    asked = Question(key, question, tuple(choices))
    kept = Predictions()

    def keep(chosen: int) -> str:
        kept.keep(key, question, asked.choices[chosen])
        return kept_sentence(asked.choices[chosen])

    before = kept.of(key)
    show_question(asked, keep, "", before=asked.choices.index(before) if before in asked.choices else None)


def compare(key: str, outcome: object) -> None:
    """Show what the learner predicted beside what happened.

    Parameters
    ----------
    outcome
        What was seen, in a few words; or the index of the choice that came true (a Boolean is taken as text).
    """
    show(comparison(Predictions().of(key), str(outcome)))


def comparison(predicted: str | None, outcome: str) -> Page:
    """The two, side by side; without a prediction only the outcome."""
    said = predicted if predicted is not None else "You made no prediction this time."
    soft = "" if predicted is not None else ' class="soft"'
    body = (
        '<div style="display:grid;grid-template-columns:repeat(auto-fit,minmax(14em,1fr));gap:8px 24px">'
        f"<div>{head('You predicted')}<p{soft}>{escape(said)}</p></div>"
        f"<div>{head('It happened')}<p><strong>{escape(outcome)}</strong></p></div></div>"
    )
    return card(body, f"You predicted: {said}\nIt happened:   {outcome}", "Prediction and outcome")


def judged(question: Question, chosen: int) -> str:
    """What stands under the buttons after a click on a recall question (HTML)."""
    if chosen == question.answer:
        return f'<span class="good">✓ Right.</span> {escape(question.because)}'
    return '<span class="bad">✗ Not that one.</span> Think again, then choose another.'


def kept_sentence(choice: str) -> str:
    """What stands under the buttons after a prediction (HTML)."""
    return f'<span class="soft">Your prediction is kept: <strong>{escape(choice)}</strong>. Run on and see.</span>'


def folded_answer(question: Question) -> str:
    """The answer behind a click, for where there are no buttons (HTML)."""
    if question.answer is None:
        return ""
    right = question.choices[question.answer]
    return f"<details><summary>Answer</summary><p>{escape(right)}. {escape(question.because)}</p></details>"


def static_page(question: Question, folded: str) -> Page:
    """The question as text."""
    items = "".join(f"<li>{escape(choice)}</li>" for choice in question.choices)
    body = f'{head(question.text)}<ol type="a">{items}</ol>{folded}'
    text = "\n".join([question.text, *(f"  {letter}) {choice}" for letter, choice in lettered(question.choices))])
    return card(body, text, question.text)


def lettered(choices: Sequence[str]) -> list[tuple[str, str]]:
    """The choices as a), b), c)."""
    return [(chr(ord("a") + index), choice) for index, choice in enumerate(choices)]


def show_question(question: Question, react: Callable[[int], str], folded: str, *, before: int | None = None) -> None:
    """Buttons where a kernel serves a front end, text beside them for everything else."""
    page = static_page(question, folded)
    box = buttons(question, react, before) if in_kernel() else None
    if box is None:
        show(page)
        return
    from IPython.display import display

    bundle = {**box._repr_mimebundle_(), **page._repr_mimebundle_()}
    display(bundle, raw=True)


def in_kernel() -> bool:
    """Whether this Python serves a notebook."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return getattr(shell, "kernel", None) is not None


def buttons(question: Question, react: Callable[[int], str], before: int | None) -> Any:
    """The question as widgets: radio buttons that a keyboard reaches, and a line that keeps its place."""
    import ipywidgets

    title = ipywidgets.HTML(f'{STYLE}<div style="font-weight:600;line-height:1.5">{escape(question.text)}</div>')
    options = [(choice, index) for index, choice in enumerate(question.choices)]
    wide = ipywidgets.Layout(width="auto")
    radio = ipywidgets.RadioButtons(options=options, value=before, layout=wide)
    start = kept_sentence(question.choices[before]) if before is not None else ""
    line = ipywidgets.HTML(reply(start), layout=ipywidgets.Layout(min_height="3.2em"))
    radio.observe(lambda change: setattr(line, "value", reply(react(change["new"]))), names="value")
    return ipywidgets.VBox([title, radio, line], layout=ipywidgets.Layout(max_width="60em", padding="4px 0"))


def reply(sentence: str) -> str:
    """A line that a screen reader announces when it changes."""
    return f'<div class="rs" role="status" style="border:0;padding:0;margin:0;min-height:3em">{sentence}</div>'
