"""The parser that tests use to read pages sees what a browser sees."""

import pytest

from tests import pages

PAGE = """<!doctype html><html><head><title> Users &amp; groups </title><style>p{}</style></head><body>
<!-- neither --><script>nor()</script><p hidden>nor this</p><p>One</p><p>neo@<wbr>example.com
is <b>A</b>ctive</p><a href="/a?x=1&amp;y=2">Older <svg><title>arrow</title></svg></a>
<code id="secret">chub_1</code><script id="data" type="application/json">{"a": "&lt;"}</script>
<form method="post" action="/save/"><input type="hidden" name="csrfmiddlewaretoken" value="t">
<input name="name" value="Neo &amp; Co"><input type="checkbox" name="ids" value="1" checked>
<input type="checkbox" name="ids" value="2" checked><input type="checkbox" name="off" value="1">
<select name="role"><option value="">None</option><option value="admin" selected>Admin</option></select>
<select name="first"><option>Only</option></select><textarea name="note">
a
b</textarea><input name="gone" disabled value="x"><button name="go" value="1">Save</button></form>
</body></html>"""


@pytest.fixture
def page():
    return pages.read(PAGE)


def test_text_is_the_visible_text(page):
    assert page.text == "One neo@example.com is Active Older chub_1 None Admin Only a b Save"
    assert page.title == "Users & groups"


def test_links_and_copied_values_are_found(page):
    assert page.link("Older") == "/a?x=1&y=2"
    assert page.link("Newer") is None
    assert page.copied("secret") == "chub_1"


def test_form_fields_are_the_submitted_ones(page):
    form = page.form("/save/")
    assert form.method == "post"
    assert form.fields == {
        "name": "Neo & Co",
        "ids": ["1", "2"],
        "role": "admin",
        "first": "Only",
        "note": "a\nb",
    }


def test_json_is_read_like_a_browser(page):
    assert page.json("data") == {"a": "&lt;"}, "character references mean nothing in a script"


def test_one_requires_exactly_one_match(page):
    for selector in ("table", "p"):
        with pytest.raises(AssertionError, match="elements match"):
            page.one(selector)
    with pytest.raises(AssertionError, match="forms post"):
        page.form("/other/")


def test_fragments_are_recognized(page):
    assert not page.is_fragment
    assert pages.read("<table></table>").is_fragment
