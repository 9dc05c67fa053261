"""Tables, charts, navigation and the component tag."""

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.html import format_html
from django.utils.safestring import SafeString

from controlhub.models import Permission, Role
from controlhub.portal.charts import chart
from controlhub.portal.navigation import SECTIONS, navigation
from controlhub.portal.tables import Column, Table
from controlhub.portal.views.gallery import gallery
from controlhub.templatetags.portal import titled
from tests import pages

TABLE = Table(
    "Users",
    (Column("name", "Name", is_row_header=True, sort="user_name_key"), Column("status", "Status", css="hide-md")),
    order="name",
)


def render(source, **values):
    return pages.read(Template("{% load components %}" + source).render(Context(values)))


def rendered_table(table=TABLE):
    text = """{% component "table" table=table %}<tr>{% cell "name" %}A &amp; B{% endcell %}
    {% cell "status" %}{{ status }}{% endcell %}</tr>{% endcomponent %}"""
    return render(text, table=table, request=RequestFactory().get("/?q=x&page=3"), status="<b>Active</b>")


def test_cells_have_their_column():
    page = rendered_table()
    assert page.texts("th[scope=row][role=rowheader]") == ["A & B"]
    assert page.texts("td.hide-md[role=cell][data-l=Status]") == ["<b>Active</b>"], "values are escaped"
    assert page.texts("caption") == ["Users"]


def test_row_has_the_cells_of_the_table_in_its_order():
    cells = {"status": format_html("<i>{}</i>", "<Active>"), "name": SafeString("A"), "other": SafeString("no column")}
    text = """{% component "table" table=table %}{% row cells %}{% endcomponent %}"""
    page = render(text, table=TABLE, cells=cells, request=RequestFactory().get("/"))
    assert page.texts("tr[role=row] > [role=rowheader], tr[role=row] > [role=cell]") == ["A", "<Active>"]
    assert page.texts("td.hide-md[data-l=Status] i") == ["<Active>"]


def test_header_links_to_the_reverse_order_and_keeps_filters():
    assert rendered_table().link("Name") == "?q=x&sort=-name"
    assert rendered_table().one("th[aria-sort=ascending]")
    descending = TABLE.sorted_by({"sort": "-name"})
    assert descending.ordering == "-user_name_key"
    assert rendered_table(descending).link("Name") == "?q=x&sort=name"


@pytest.mark.parametrize("sort", ["status", "nothing", "name; drop", ""])
def test_unknown_order_means_the_default(sort):
    assert TABLE.sorted_by({"sort": sort}).ordering == "user_name_key"


def test_component_sees_only_values_passed_to_it():
    page = render(
        '{% component "page_head" title="Users" %}{% slot actions %}Add{% endslot %}{% endcomponent %}', text="x"
    )
    assert page.texts("h1") == ["Users"]
    assert page.texts(".phead__act") == ["Add"]
    assert not page.all("p"), "`text` of the page is not the component's"


def test_component_rejects_positional_values():
    with pytest.raises(TemplateSyntaxError, match="name=value"):
        render('{% component "card" "Users" %}{% endcomponent %}')


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Add only. New people are created.", '<b>Add only</b> <span class="sub">New people are created.</span>'),
        ("Entra ID", "Entra ID"),
        ("A < B. C & D.", '<b>A &lt; B</b> <span class="sub">C &amp; D.</span>'),
    ],
)
def test_first_sentence_of_a_choice_is_its_title(text, shown):
    assert titled(text) == shown


def test_bars_fill_the_chart_and_are_always_visible():
    bars = chart("Requests", [("00:00", 1000), ("01:00", 1), ("02:00", 0)]).bars
    assert [bar.height for bar in bars] == [100, 1, 0]
    assert [bar.y for bar in bars] == [0, 99, 100]
    assert chart("Nothing", [("00:00", 0)]).bars[0].height == 0


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (7, 8), (9, 10), (11, 20), (258, 400), (999, 1000)]
)
def test_scale_ends_at_a_round_number(most, top):
    drawn = chart("Requests", [("Mon", most), ("Tue", 0)], has_scale=True)
    assert (drawn.top, drawn.middle) == (top, top // 2)
    assert drawn.bars[0].height == round(100 * most / top)


@pytest.mark.parametrize(("bars", "labels"), [(1, "0"), (7, "0 1 2 3 4 5 6"), (31, "0 10 20 30"), (24, "0 23")])
def test_labels_of_a_scaled_chart_are_evenly_spaced(bars, labels):
    values = [(str(number), 1) for number in range(bars)]
    assert chart("Requests", values, has_scale=True).labels == labels.split()
    assert chart("Requests", values[:31]).labels[-1] == labels.split()[-1]


@pytest.mark.parametrize("role", Role)
def test_navigation_shows_pages_for_the_role(role):
    shown = {entry.item for _, entries in navigation(role.permissions, "") for entry in entries}
    items = [item for section in SECTIONS for item in section.items]
    expected = {item for item in items if item.permission is None or item.permission in role.permissions}
    assert shown == expected


@pytest.mark.parametrize(
    ("page", "label"), [("user-detail", "Users"), ("role-assign", "Admin roles"), ("mfa_index", "")]
)
def test_navigation_marks_the_current_item(page, label):
    entries = [entry for _, entries in navigation(frozenset(Permission), page) for entry in entries]
    assert [entry.item.label for entry in entries if entry.is_current] == ([label] if label else [])


def test_gallery_is_not_part_of_an_installation(db, client):
    assert client.get("/gallery/").status_code == 404
    assert gallery(RequestFactory().get("/gallery/")).status_code == 200


def test_entries_with_the_same_label_include_their_section():
    entries = [entry for _, entries in navigation(frozenset(Permission), "") for entry in entries]
    names = [(str(entry.item.label), str(entry.section)) for entry in entries]
    assert len(set(names)) == len(names)
    assert ("Users", "Directory") in names
