"""The table of attacks keeps figures that were not measured this time."""

import pytest

from bench.attacks import figures
from bench.attacks.figures import Figure


@pytest.fixture
def page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n<!-- attacks -->\n{figures.HEAD}\n<!-- end -->\nafter\n")
    return page


def test_other_columns_and_attacks_are_kept(page):
    figures.write([Figure("rows", "tokens", 50, 0), Figure("rows", "positions", 0, 0)], page, "before")
    figures.write([Figure("sizes", "event", 1.5, 2, "KiB")], page, "now")
    figures.write([Figure("rows", "tokens", 0, 0), Figure("rows", "positions", 1, 0)], page, "now")
    assert page.read_text().splitlines() == [
        "before",
        "<!-- attacks -->",
        *figures.HEAD.splitlines(),
        "| rows | tokens | 0 | 50 ✗ | 0 |",
        "| rows | positions | 0 | 0 | 1 ✗ |",
        "| sizes | event | 2 KiB |  | 1.5 KiB |",
        "<!-- end -->",
        "after",
    ]


def test_row_that_an_attack_no_longer_measures_is_removed(page):
    figures.write([Figure("rows", "old name", 50, 0), Figure("sizes", "event", 1, 2)], page, "before")
    figures.write([Figure("rows", "new name", 0, 0)], page, "now")
    assert "old name" not in page.read_text()
    assert "event" in page.read_text()


def test_refusal_counts_as_within_the_limit():
    assert not Figure("work", "names", 3, 0.5).is_reached
    assert Figure("work", "names", 3, 0.5, is_refused=True).is_reached


def test_page_without_a_marker_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(SystemExit, match="has no place for the table"):
        figures.write([], page, "now")
