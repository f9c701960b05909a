"""Source files under a cell, with line numbers and colours."""

from __future__ import annotations

from pathlib import Path

from grader.notebooks.page import Page, card, escape, show

LARGEST = 200_000  # bytes; a longer file is named, not shown
SKIPPED = {"__pycache__", ".ipynb_checkpoints", ".aws-sam"}
COLOURS = """<style>
.rs-source{display:grid;grid-template-columns:auto 1fr;overflow:auto;background:var(--rs-tint);border-radius:6px;
padding:8px 0;margin:.3em 0 .6em}
.rs .rs-source pre,.rs .rs-source code{background:none!important;white-space:pre!important;line-height:1.45!important}
.rs .rs-source pre{margin:0;padding:0 12px;overflow:visible}
.rs .rs-source pre.n{color:var(--rs-soft);text-align:right;user-select:none;border-right:1px solid var(--rs-line)}
.rs-source .k{color:var(--rs-k);font-weight:600}
.rs-source .s{color:var(--rs-s)}
.rs-source .c{color:var(--rs-soft);font-style:italic}
.rs-source .m{color:var(--rs-m)}
.rs-source .f{color:var(--rs-f)}
.rs-source .t{color:var(--rs-t)}
</style>"""


def show_files(*paths: str | Path) -> None:
    """Show files, or every file of a folder, as they are on disk now.

    Parameters
    ----------
    paths
        Files or folders, relative to the notebook's own folder.
    """
    files = [file for path in paths for file in files_of(Path(path))]
    show(files_page(files) if files else missing_page([str(path) for path in paths]))


def files_of(path: Path) -> list[Path]:
    """The file itself, or what a folder holds, the template first."""
    if path.is_file():
        return [path]
    found = [file for file in sorted(path.rglob("*")) if file.is_file() and not SKIPPED & set(file.parts)]
    return sorted(found, key=lambda file: (file.name != "template.yaml", file.as_posix()))


def files_page(files: list[Path]) -> Page:
    """One open section a file."""
    texts = [(file.as_posix(), source_text(file)) for file in files]
    body = COLOURS + "".join(section(name, text) for name, text in texts)
    plain = "\n\n".join(f"── {name}\n{numbered(text)}" for name, text in texts)
    return card(body, plain, "Files: " + ", ".join(name for name, _ in texts))


def missing_page(names: list[str]) -> Page:
    """Said calmly, with the folder that was looked in."""
    text = f"There is no {' and no '.join(names)} in {Path.cwd().name}/."
    return card(f'<p class="bad">{escape(text)}</p>', text, "File not found")


def source_text(file: Path) -> str:
    """The file's text, or one line that says why it is not shown."""
    if file.stat().st_size > LARGEST:
        return f"({file.stat().st_size:,} bytes: too long to show here)"
    try:
        return file.read_text("utf-8").rstrip("\n")
    except UnicodeDecodeError:
        return f"({file.stat().st_size:,} bytes that are not text)"


def section(name: str, text: str) -> str:
    """A file: its name to click on, line numbers that are not copied, coloured text."""
    numbers = "\n".join(str(number) for number in range(1, text.count("\n") + 2))
    return (
        f"<details open><summary><code>{escape(name)}</code></summary>"
        f'<div class="rs-source" tabindex="0" role="group" aria-label="{escape(name)}">'
        f'<pre class="n" aria-hidden="true">{numbers}</pre>'
        f"<pre><code>{coloured(name, text)}</code></pre></div></details>"
    )


def numbered(text: str) -> str:
    """The text with line numbers, for a terminal."""
    return "\n".join(f"{number:4}  {line}" for number, line in enumerate(text.split("\n"), 1))


def coloured(name: str, text: str) -> str:
    """HTML of the text: a span for each token whose kind has a colour."""
    from pygments import lex  # type: ignore[import-untyped]  # its stubs are no package of ours
    from pygments.lexers import TextLexer, get_lexer_for_filename  # type: ignore[import-untyped]  # as above
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]  # as above

    try:
        lexer = get_lexer_for_filename(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False, ensurenl=False)
    return "".join(span(str(token), value) for token, value in lex(text, lexer))


KINDS = (
    ("Token.Literal.String.Doc", "s"),
    ("Token.Literal.String", "s"),
    ("Token.Literal.Number", "m"),
    ("Token.Comment", "c"),
    ("Token.Keyword", "k"),
    ("Token.Operator.Word", "k"),
    ("Token.Name.Function", "f"),
    ("Token.Name.Class", "f"),
    ("Token.Name.Tag", "t"),
    ("Token.Name.Decorator", "f"),
)


def span(token: str, value: str) -> str:
    """One token in its colour."""
    kind = next((kind for prefix, kind in KINDS if token.startswith(prefix)), "")
    return f'<span class="{kind}">{escape(value)}</span>' if kind else escape(value)
