"""Forms that clients send: JSON in a string, an array of one, a dot after the URN, a filter without a match."""

import json
from urllib.parse import quote

import pytest

from controlhub.models import Organization
from scim.protocol.schemas import Mutability
from tests import factories
from tests.scim.writes import BASES, CHANGES, EACH_BASE, ENDPOINTS, PARTS, WAYS, read, sample, some_of, subject_of

CORE = factories.ENTRA_CORE
ENTERPRISE = factories.ENTERPRISE
WEBEX = "urn:scim:schemas:extension:cisco:webexidentity:2.0:User"


@pytest.fixture(params=EACH_BASE)
def base(request):
    return request.param


def refuse(*tolerances):
    Organization.objects.update(refused_tolerances=list(tolerances))


def complex_targets(subject):
    """Complex attributes whose value can be sent and read back."""
    for target in subject.targets(is_complex=True):
        if target.attribute.name != "members":
            yield target, str(target), sample(target.attribute)


# --- JSON in a string ---------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_all", PARTS)
def test_json_in_a_string_is_parsed_if_a_complex_value_is_expected(organization, base, endpoint, way, is_all):
    subject = subject_of(organization, endpoint, base)
    tried = 0
    for target, path, value in some_of(complex_targets(subject), list(WAYS).index(way), is_all=is_all):
        texts = [json.dumps(value), f" {json.dumps([value], indent=1)}"]
        if target.attribute.multi_valued:
            texts.append([json.dumps(value)])
        for text in texts:
            subject.make()
            assert WAYS[way](subject, path, text).status in {200, 201}, (path, text)
            assert read(subject.read(), path) == ([value] if target.attribute.multi_valued else value), path
            tried += 1
    assert tried or not is_all


@pytest.mark.parametrize("way", WAYS)
def test_json_in_a_string_is_refused_if_not_tolerated(organization, base, way):
    refuse("json-as-string")
    subject = subject_of(organization, "/Users", base)
    subject.make()
    for target, path, value in complex_targets(subject):
        outcome = WAYS[way](subject, path, json.dumps(value))
        assert (outcome.status, outcome.scim_type) == (400, "invalidValue"), path
        if way != "POST":
            assert read(subject.read(), path) is None, target


@pytest.mark.parametrize("way", CHANGES)
def test_members_can_be_json_in_a_string(organization, base, way):
    subject = subject_of(organization, "/Groups", base)
    neo = str(factories.make_user(organization, "neo").pk)
    subject.make()
    assert CHANGES[way](subject, "members", json.dumps([{"value": neo}])).status == 200
    assert [member["value"] for member in subject.read()["members"]] == [neo]


def test_json_in_a_string_is_accepted_next_to_a_filter(organization, base):
    subject = subject_of(organization, "/Users", base)
    for op in ("add", "replace"):
        subject.make(emails=[{"type": "work", "value": "a@example.com"}])
        text = '{"type":"work","value":"b@example.com"}'
        assert subject.patch(op, 'emails[value eq "a@example.com"]', text).status == 200
        assert subject.read()["emails"] == [{"type": "work", "value": "b@example.com"}]


def test_whole_value_and_extension_can_be_json_in_a_string(organization, base):
    subject = subject_of(organization, "/Users", base)
    subject.make()
    assert subject.operate({"op": "replace", "value": '{"title": "One"}'}).document["title"] == "One"
    assert subject.patch("add", ENTERPRISE, '{"department": "Crew"}').document[ENTERPRISE] == {"department": "Crew"}


@pytest.mark.parametrize("text", ['{"a": 1}', "[1]", '[{"value": "x"}]', "{}", "[]", "{"])
def test_simple_attributes_keep_json_text(organization, base, text):
    subject = subject_of(organization, "/Users", base)
    for way in WAYS.values():
        subject.make()
        assert way(subject, "displayName", text).status in {200, 201}
        assert way(subject, "name.givenName", text).status in {200, 201}
        assert subject.read()["name"]["givenName"] == text


@pytest.mark.parametrize("text", ["[home] 555", "{oops", "[1]", '["a@example.com"]'])
def test_text_that_is_not_a_json_object_is_a_value(organization, base, text):
    subject = subject_of(organization, "/Users", base)
    subject.make()
    assert subject.patch("add", "phoneNumbers", text).document["phoneNumbers"] == [{"value": text}]


@pytest.mark.parametrize("value", ['"a","VALUE":"b"', "9" * 30, "1e999", "NaN", '"\\u0000"', "[" * 5_000 + "]" * 5_000])
def test_json_in_a_string_has_the_limits_of_a_body(organization, value):
    subject = subject_of(organization, "/Users", BASES[0])
    subject.make()
    assert subject.patch("replace", f"{ENTERPRISE}:manager", f'{{"value":{value}}}').scim_type == "invalidValue"


# --- an array with one element ------------------------------------------------------------------------


def simple_paths(subject):
    """Single-valued simple attributes, and parts of complex ones, that can be sent alone."""
    for target in subject.targets(multi_valued=False):
        attribute = target.attribute
        if not attribute.is_complex and attribute.name not in {"password", *subject.required}:
            yield str(target), sample(attribute)
        for sub in attribute.sub_attributes:
            if sub.mutability is not Mutability.READ_ONLY and not sub.multi_valued and attribute.name != "owner":
                yield f"{target}.{sub.name}", sample(sub)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_all", PARTS)
def test_array_with_one_element_means_the_element(organization, base, endpoint, way, is_all):
    subject = subject_of(organization, endpoint, base)
    tried = 0
    for path, value in some_of(simple_paths(subject), list(WAYS).index(way), is_all=is_all):
        for sent in ([value], [{"value": value}], [{"value": value, "$ref": None}]):
            subject.make()
            assert WAYS[way](subject, path, sent).status in {200, 201}, (path, sent)
            assert read(subject.read(), path) == value, (path, sent)
            tried += 1
    assert tried or not is_all


@pytest.mark.parametrize("value", [[False], ["False"], [{"value": False}], [{"value": "False", "$ref": None}]])
def test_user_is_deactivated_with_an_array_with_one_element(organization, base, value):
    subject = subject_of(organization, "/Users", base)
    subject.make()
    assert subject.patch("Replace", "active", value).document["active"] is False


@pytest.mark.parametrize(
    "value", [["a", "b"], [{"value": "a", "type": "work"}], [{"a": "b"}], [["a"]], [{"value": ["a"]}]]
)
def test_other_arrays_are_refused(organization, base, value):
    subject = subject_of(organization, "/Users", base)
    subject.make()
    for way in WAYS.values():
        assert way(subject, "displayName", value).scim_type == "invalidValue"


def test_array_with_one_element_is_refused_if_not_tolerated(organization, base):
    refuse("many-for-single")
    subject = subject_of(organization, "/Users", base)
    subject.make()
    for way in WAYS.values():
        for path, value in (
            ("active", [False]),
            ("title", [{"value": "X"}]),
            (f"{ENTERPRISE}:manager", [{"value": "1"}]),
        ):
            assert way(subject, path, value).scim_type == "invalidValue"


# --- a dot after the URN --------------------------------------------------------------------------------

DOTTED = {
    f"{ENTERPRISE}.manager.value": f"{ENTERPRISE}:manager.value",
    f"{ENTERPRISE}.department": f"{ENTERPRISE}:department",
    f"{CORE}.name.givenName": "name.givenName",
    f"{CORE}.displayName": "displayName",
    f"{CORE.upper()}.title": "title",
    f"{WEBEX}.licenseID": f"{WEBEX}:licenseID",
}


@pytest.mark.parametrize(("dotted", "path"), DOTTED.items())
def test_dot_after_the_urn_means_a_colon(organization, base, dotted, path):
    subject = subject_of(organization, "/Users", base)
    value = ["abc"] if path.endswith("licenseID") else "abc"
    for op in ("add", "replace"):
        subject.make()
        assert subject.patch(op, dotted, value).status == 200
        assert read(subject.read(), path) == value
    for name in (dotted, path):
        for text in (f'{name} eq "abc"', f"{name} pr", f'not ({name} eq "x")'):
            assert subject.client.get(f"/Users?filter={quote(text)}").document["totalResults"] == 1, text
        assert subject.client.get(f"/Users?sortBy={name}").document["totalResults"] == 1
        shown = subject.client.get(f"{subject.address}?attributes={name}").document
        assert read(shown, path) == value
        assert "userName" not in shown
    assert read(subject.client.get(f"{subject.address}?excludedAttributes={dotted}").document, path) is None
    assert subject.operate({"op": "replace", "value": {dotted: value}}).status == 200
    assert subject.operate({"op": "remove", "path": dotted}).status == 200
    assert read(subject.read(), path) is None


def test_dot_after_the_urn_works_with_a_value_filter(organization, base):
    subject = subject_of(organization, "/Users", base)
    subject.make()
    path = f'{CORE}.emails[type eq "work"]'
    assert subject.patch("add", f"{path}.value", "a@example.com").status == 200
    text = quote(f'{CORE}.emails[type eq "work" and value eq "a@example.com"]')
    assert subject.client.get(f"/Users?filter={text}").document["totalResults"] == 1
    assert subject.operate({"op": "remove", "path": path}).status == 200
    assert "emails" not in subject.read()
    assert subject.patch("replace", f'{CORE}:emails.type[value eq "a"]', "x").scim_type == "invalidPath"


def test_dot_after_the_urn_of_a_custom_type_works(organization, base):
    subject = subject_of(organization, "/Lockers", base)
    subject.make()
    urn = subject.schema.core.urn
    assert subject.patch("replace", f"{urn}.owner.value", "1").status == 200
    assert subject.client.get(f"/Lockers?filter={quote(f'{urn}.owner.value pr')}").document["totalResults"] == 1


@pytest.mark.parametrize("path", [f"{ENTERPRISE}.", f"{ENTERPRISE}..manager", f"{ENTERPRISE}.nothing", f"{CORE}.1x"])
def test_dot_without_a_valid_name_is_refused(organization, path):
    subject = subject_of(organization, "/Users", BASES[0])
    subject.make()
    assert subject.patch("replace", path, "x").scim_type == "invalidPath"
    assert subject.client.get(f"/Users?filter={quote(f'{path} pr')}").document["scimType"] == "invalidFilter"
    assert subject.client.get(f"/Users?sortBy={quote(path)}").document["scimType"] == "invalidValue"


def test_dot_after_the_urn_is_refused_if_not_tolerated(organization, base):
    refuse("urn-with-dot")
    subject = subject_of(organization, "/Users", base)
    subject.make(displayName="abc")
    dotted = f"{CORE}.displayName"
    assert subject.patch("replace", dotted, "x").scim_type == "invalidPath"
    for text in (f"{dotted} pr", f'title eq "x" or not ({dotted} pr)', f'{CORE}.emails[type eq "work"]'):
        assert subject.client.get(f"/Users?filter={quote(text)}").document["scimType"] == "invalidFilter"
    assert subject.client.get(f"/Users?sortBy={dotted}").document["scimType"] == "invalidValue"
    assert "displayName" not in subject.client.get(f"{subject.address}?attributes={dotted}").document
    assert subject.patch("replace", f"{CORE}:displayName", "x").status == 200


# --- add and replace without a matching element -----------------------------------------------------------

NO_MATCH = 'emails[type eq "work"].value'


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize("refused", ["add", "replace", None])
def test_add_and_replace_have_separate_tolerances(organization, base, op, refused):
    refuse(*([f"{refused}-by-filter"] if refused else []))
    subject = subject_of(organization, "/Users", base)
    subject.make()
    outcome = subject.patch(op, NO_MATCH, "a@example.com")
    if op == refused:
        assert (outcome.status, outcome.scim_type) == (400, "noTarget")
        assert "emails" not in subject.read()
    else:
        assert outcome.document["emails"] == [{"type": "work", "value": "a@example.com"}]
    assert subject.operate({"op": "remove", "path": 'emails[type eq "none"]'}).status == 200
