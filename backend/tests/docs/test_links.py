"""Links between the pages of the documentation lead somewhere."""

import re

import pytest

from tests.processes import REPOSITORY

PAGES = sorted(
    str(path.relative_to(REPOSITORY))
    for folder in ("", "docs", "docs/decisions", "docs/upstream", "wire", "deploy", "backend")
    for path in (REPOSITORY / folder).glob("*.md")
)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_pages_are_read():
    assert {"README.md", "SECURITY.md", "docs/api.md", "deploy/README.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str):
    path = REPOSITORY / page
    text = path.read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found.read_text("utf-8")), target
