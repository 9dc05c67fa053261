"""Every field of every form is rendered by one template, which connects its label, control, help text and errors."""

import pytest
from django import forms

from tests import pages
from tests.scenes import Scene
from tests.visits import visited_pages


class Example(forms.Form):
    name = forms.CharField(label="Name", help_text="Shown in lists.", max_length=9)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")])
    is_open = forms.BooleanField(label="Open", required=False)
    parts = forms.MultipleChoiceField(label="Parts", choices=[("x", "X")], widget=forms.CheckboxSelectMultiple)


def test_label_help_and_error_are_connected_to_the_control():
    page = pages.read(str(Example({"name": "too long for this"})))
    control = page.one("input[name=name]")
    assert control["class"] == ["input"]
    assert control["maxlength"] == "9"
    assert control["aria-invalid"] == "true"
    assert page.texts(f"label[for={control['id']}]") == ["Name"]
    described = [page.texts(f"#{name}") for name in control["aria-describedby"].split()]
    assert described == [["Shown in lists."], ["Ensure this value has at most 9 characters (it has 17)."]]


def test_each_kind_of_control_has_its_class():
    page = pages.read(str(Example()))
    assert page.one(".select > select[name=kind]")
    assert page.one("label.choice > input.check[name=is_open]")
    assert page.texts("fieldset > legend") == ["Parts"]
    assert page.one("fieldset label.choice > input.check[name=parts][value=x]")


@pytest.mark.django_db
def test_every_page_has_a_heading_and_a_label_for_each_control(client, subtests):
    scene = Scene()
    for visit in visited_pages(scene):
        page = visit.page
        with subtests.test(visit.name):
            assert len(page.texts("h1")) == 1, "a page has one heading of the first level"
            for control in page.all("main :is(input, select, textarea):not([type=hidden])"):
                label = control.find_parent("label") or page.all(f"label[for='{control.get('id')}']")
                assert label or control.get("aria-label"), f"{control} has no label"
            ids = [element["id"] for element in page.all("[id]")]
            assert len(ids) == len(set(ids)), "an id is used twice"
