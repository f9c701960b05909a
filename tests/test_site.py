"""The documentation as a site: it builds without a warning, its links lead somewhere, and it needs nobody else."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import markdown
import pytest

ROOT = Path(__file__).resolve().parent.parent
# What a page fetches by itself, without anybody's click.
FETCHED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}

FROM_ELSEWHERE = re.compile(r"(?:url\(|@import)\s*[\"']?https?:[^)]*")


class Page(HTMLParser):
    """The addresses of a page: what it fetches, where its links lead, and where links may lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: set[str] = set()
        self.links: set[str] = set()
        self.anchors: set[str] = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif given.get(FETCHED.get(tag, "")) and given.get("rel") != "canonical":
            self.fetched.add(given[FETCHED[tag]])


def build_site(folder: Path) -> Path:
    """The site, made into a folder; a warning is a failure."""
    command = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (built.returncode, "WARNING" in built.stderr) == (0, False), built.stderr
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """Every page of the site by its file."""
    folder = build_site(tmp_path_factory.mktemp("site"))
    return {path: Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}


def test_the_links_of_the_site_lead_somewhere(site: dict[Path, Page]) -> None:
    dead = [f"{path.name}: {link}" for path, page in site.items() for link in page.links if not leads(site, path, link)]

    assert dead == []


def leads(site: dict[Path, Page], path: Path, link: str) -> bool:
    """Whether a link reaches a file, and a place in it; other machines are not asked."""
    found = urlsplit(link)
    if found.scheme or path.name == "404.html":  # which is shown at any address, and has the site's own from its root
        return True
    target = (path.parent / unquote(found.path)).resolve() if found.path else path
    return target in site and unquote(found.fragment) in site[target].anchors


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_what_is_read_on_the_way_here_has_no_dead_link_either(name: str) -> None:
    links = {urlsplit(link) for link in written(ROOT / name).links | written(ROOT / name).fetched}
    targets = [(ROOT / (link.path or name), link.fragment) for link in links if not link.scheme]

    assert [str(path) for path, _ in targets if not path.exists()] == []
    assert [place for path, place in targets if place and place not in written(path).anchors] == []


def written(path: Path) -> Page:
    """A page of Markdown, as a viewer shows it."""
    return Page(markdown.markdown(path.read_text("utf-8"), extensions=["toc", "tables", "fenced_code"]))


def test_the_site_fetches_nothing_from_another_machine(site: dict[Path, Page]) -> None:
    styles = [file for path in site for file in path.parent.rglob("*.css")]
    foreign = {address for page in site.values() for address in page.fetched if urlsplit(address).netloc}
    foreign |= {found for file in styles for found in FROM_ELSEWHERE.findall(file.read_text("utf-8"))}

    assert foreign == set()
    assert len(styles) > 0 and len(site) > 10


def test_a_dead_link_would_end_the_build(tmp_path: Path) -> None:
    settings = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[0]
    (tmp_path / "mkdocs.yml").write_text(f"{settings}\nnav:\n  - index.md\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# One\n\n[two](two.md), [three](#three)\n")
    (tmp_path / "docs" / "lost.md").write_text("# Lost\n")
    command = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    assert built.returncode == 1
    assert [word in built.stderr for word in ("'two.md'", "'#three'", "lost.md")] == [True, True, True]
