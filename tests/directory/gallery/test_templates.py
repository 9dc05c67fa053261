"""Templates of the gallery: complete, and with sources. An invalid file is refused with the reason."""

import orjson
import pytest

from directory.gallery import BLANK, TemplateError, load_template, template_of, templates
from directory.gallery.templates import FOLDER, Category
from directory.portal.template_texts import CATEGORIES, TEXTS
from directory.provisioning.quirks import Dialect, QuirkError, Quirks

REQUIRED = {
    *("cisco-webex", "control-hub", "scim", "slack", "github-enterprise", "aws-iam-identity-center"),
    *("gitlab", "zoom", "atlassian", "dropbox", "salesforce"),
}


def blank(**changed):
    return orjson.loads((FOLDER / f"{BLANK}.json").read_bytes()) | changed


def test_gallery_has_the_documented_services():
    assert {template.key for template in templates()} >= REQUIRED


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.key)
def test_template_is_complete(template):
    assert template.sources
    assert all(source.url.startswith("https://") for source in template.sources)
    assert {mapping.target for mapping in template.user_mappings} >= {"userName", "active"}
    assert template.key in TEXTS, "describe the template in directory/portal/template_texts.py"


def test_each_category_has_a_name():
    assert set(CATEGORIES) == set(Category)
    assert TEXTS.keys() == {template.key for template in templates()}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"category": "games"}, "games"),
        ({"color": "beige"}, "color"),
        ({"quirks": {"speaks": True}}, "speaks"),
        ({"quirks": {"page_size": -1}}, "page_size"),
        ({"tenant_url": "http://[host]"}, "https"),
        ({"user_mappings": [{"target": "userName", "value": "mail"}]}, "matching"),
        ({"user_mappings": [{"target": "title", "value": "mail", "matching": 1}] * 2}, "same value"),
        ({"user_mappings": [{"target": "title", "value": "mail", "source": "b"}]}, "source"),
        ({"user_mappings": [{"target": "title", "kind": "magic"}]}, "kind"),
        ({"user_mappings": [{"target": "title", "value": "shoeSize", "matching": 1}]}, "shoeSize"),
        ({"group_mappings": []}, "has_groups"),
        ({"sources": [{"title": "T", "url": "https://x.example", "date": "soon"}]}, "soon"),
    ],
)
def test_invalid_file_is_refused_with_the_reason(changed, message):
    with pytest.raises(TemplateError, match=message):
        load_template("x", blank(**changed))


def test_missing_member_is_named():
    values = blank()
    del values["publisher"]
    with pytest.raises(TemplateError, match="publisher"):
        load_template("x", values)


def test_search_matches_the_beginnings_of_words():
    def found(text):
        return [template.key for template in templates() if template.matches(text.lower().split())]

    assert found("Cisco Webex") == found("web cis") == ["cisco-webex"]
    assert found("amazon") == ["aws-iam-identity-center"]
    assert found("ebex") == []


def test_unknown_key_is_treated_as_any_scim_service():
    assert template_of("gone").key == BLANK


def test_quirks_default_to_the_rfc():
    quirks = Quirks.from_json({"dialect": "legacy", "uses_put": True})
    assert quirks == Quirks(dialect=Dialect.LEGACY, uses_put=True)
    assert Quirks.from_json({}) == Quirks()
    for wrong in ({"dialect": "klingon"}, {"uses_put": 1}, {"page_size": True}):
        with pytest.raises(QuirkError):
            Quirks.from_json(wrong)
