"""The mappings of an application: tried on people, saved with their effect, and refused with the reason."""

import html
import json

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from controlhub.models import Job
from directory.actions.applications import add_application
from directory.actions.assignments import assign
from directory.engine.target_reading import read_asked_schemas
from directory.gallery import template_of
from directory.models import Person
from directory.provisioning.target_schemas import offers_of
from tests import factories
from tests.directory.engine.target import Answer
from tests.factories import COMMAND

MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"
NAME = 'Append(ToLower(Join(".", [givenName], [surname])), "@alster.example")'
SCHEMAS = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    "Resources": [
        {
            "id": "urn:ietf:params:scim:schemas:core:2.0:User",
            "attributes": [
                {"name": "userName", "type": "string", "required": True},
                {"name": "active", "type": "boolean"},
                {"name": "id", "type": "string", "mutability": "readOnly"},
            ],
        },
        {"id": "urn:example:2.0:User", "attributes": [{"name": "seats", "type": "integer"}, {"name": 7}, "x"]},
        {"id": "urn:ietf:params:scim:schemas:core:2.0:Group", "attributes": [{"name": "tags", "multiValued": True}]},
    ],
}


@pytest.fixture
def application(organization):
    found = add_application(organization, template_of("cisco-webex"), name="Webex", actor=COMMAND)
    names = {"ada": ("Ada", "Lovelace"), "grace": ("Grace", "Hopper"), "alan": ("Alan", "Turing")}
    people = [
        factories.make_person(organization, f"{name}@example.com", givenName=given, surname=last, badge="17")
        for name, (given, last) in names.items()
    ]
    assign(found, people=[person.pk for person in people[:2]], groups=[], actor=COMMAND)
    return found


def address(application, name="application-mapping", number=1, objects="users"):
    return reverse(name, args=[application.pk, objects, number])


def typed(application, **changed):
    values = {"version": application.version, "target": "userName", "kind": "expression", "expression": NAME}
    return values | {"matching": 1, "when": "always", "case_exact": "on"} | changed


def save(portal, application, number=1, **changed):
    """Review the changes, then save the reviewed version."""
    shown = portal.post(address(application, "application-mapping-preview", number), typed(application, **changed))
    reviewed = shown.context["form"].digest if not shown.context["form"].errors else ""
    answer = portal.post(address(application, number=number), typed(application, reviewed=reviewed, **changed))
    application.refresh_from_db()
    return answer


def errors_of(answer):
    return " ".join(error for errors in answer.context["form"].errors.values() for error in errors)


def test_list_shows_the_mappings_of_users_and_groups(portal, application):
    page = portal.get(reverse("application-mappings", args=[application.pk])).content.decode()
    assert "<code>userName</code>" in page
    assert "Switch([IsSoftDeleted]" in page
    assert "<code>members</code>" in page


def test_mapping_is_saved_after_review(portal, application):
    first = portal.post(address(application), typed(application))
    assert first.status_code == 200
    effect = first.context["effect"]
    assert (effect.looked_at, effect.changed, effect.same) == (2, 2, 0)
    assert [(each.label, each.before, each.after) for each in effect.examples] == [
        ("Ada", "ada@example.com", "ada.lovelace@alster.example"),
        ("Grace", "grace@example.com", "grace.hopper@alster.example"),
    ]
    assert not AuditEvent.objects.filter(action=AuditAction.APPLICATION_MAPPED).exists()

    configured = application.configured
    assert save(portal, application).status_code == 302
    assert application.user_mappings[0]["value"] == NAME
    assert application.configured == configured + 1
    event = AuditEvent.objects.get(action=AuditAction.APPLICATION_MAPPED)
    changes = json.dumps(event.changes)
    assert "[userPrincipalName], matching 1" in changes
    assert "displayName" not in changes


def test_unreviewed_effect_is_not_saved(portal, application):
    shown = portal.post(address(application, "application-mapping-preview"), typed(application))
    other = typed(application, reviewed=shown.context["form"].digest, expression="[mail]")
    answer = portal.post(address(application), other)
    assert answer.status_code == 200
    assert answer.context["effect"].examples[0].after is None
    application.refresh_from_db()
    assert application.version == 1


def test_preview_shows_each_call_for_the_selected_person(portal, application):
    answer = portal.post(
        address(application, "application-mapping-preview"),
        typed(application, subject="hopper"),
        headers={"HX-Request": "true"},
    )
    preview = answer.context["preview"]
    assert [(step.text.partition("(")[0], step.value) for step in preview.steps] == [
        ("Join", "Grace.Hopper"),
        ("ToLower", "grace.hopper"),
        ("Append", "grace.hopper@alster.example"),
    ]
    assert (preview.label, preview.value, preview.is_in_scope) == ("Grace", "grace.hopper@alster.example", True)
    text = answer.content.decode()
    assert "<html" not in text
    assert "grace.hopper@alster.example" in text


@pytest.mark.parametrize(
    ("changed", "value", "text"),
    [
        ({"subject": "alan@example.com"}, "alan.turing@alster.example", "not in scope"),
        ({"expression": "Mid([surname], 1, [givenName])"}, None, "Line 1, column"),
        ({"expression": 'Replace([surname], "LACE", , , "x", , )'}, "Lovelace", "only with different capitalization"),
        ({"target": "nickName", "matching": "", "kind": "none", "default": "x"}, "x", "default, while"),
        ({"target": "nickName", "matching": "", "kind": "direct", "attribute": "badge"}, "17", "[badge]"),
        ({"subject": "nobody at all"}, None, "No user or group was found."),
    ],
)
def test_preview_handles_other_inputs(portal, application, changed, value, text):
    answer = portal.post(address(application, "application-mapping-preview"), typed(application, **changed))
    preview = answer.context["preview"]
    assert (preview.value if preview else None) == value
    assert text in answer.content.decode()


@pytest.mark.parametrize(
    ("sample", "changed", "value", "text"),
    [
        ('{"givenName": "Zoë", "SURNAME": "Müller"}', {}, "zoë.müller@alster.example", "Sample"),
        (
            '{"@odata.context": "x", "id": "7", "businessPhones": []}',
            {"expression": "[id]"},
            None,
            "no source attribute id",
        ),
        (
            '{"givenName": "A"}',
            {"target": "active", "matching": "", "expression": "Not([IsSoftDeleted])"},
            "true",
            "Not(",
        ),
        (
            '{"accountEnabled": "false"}',
            {"target": "active", "matching": "", "expression": "Not([IsSoftDeleted])"},
            "false",
            "Not(",
        ),
        (
            '{"issoftdeleted": true}',
            {"target": "active", "matching": "", "expression": "Not([IsSoftDeleted])"},
            "false",
            "Not(",
        ),
        (
            '{"manager": "m7"}',
            {"target": f"{MANAGER}", "matching": "", "kind": "direct", "attribute": "manager"},
            "value: m7",
            "[manager]",
        ),
        ('{"surname": 7}', {}, None, "surname must be text."),
        ('{"surname": "a", }', {}, None, "not valid JSON: line 1, column"),
        ('["surname"]', {}, None, "must be a JSON object"),
        ("[" * 5_000, {}, None, "not valid JSON"),
        ("{" + " " * 20_000 + "}", {}, None, "at most 20000 characters"),
    ],
)
def test_preview_uses_a_json_sample(portal, application, sample, changed, value, text):
    before = (Person.objects.count(), AuditEvent.objects.count())
    answer = portal.post(
        address(application, "application-mapping-preview"),
        typed(application, sample=sample, subject="hopper", **changed),
        headers={"HX-Request": "true"},
    )
    preview = answer.context["preview"]
    assert (preview.value if preview else None) == value
    assert text in html.unescape(answer.content.decode())
    assert (Person.objects.count(), AuditEvent.objects.count()) == before


@pytest.mark.parametrize(
    ("sample", "value", "text"),
    [
        ('{"displayName": "Sales", "description": "x"}', "sales", "Sample"),
        ('{"displayname": "Sales"}', None, "A group has no attribute displayname."),
    ],
)
def test_preview_uses_a_json_sample_of_a_group(portal, application, sample, value, text):
    values = typed(application, target="displayName", expression="ToLower([displayName])", sample=sample)
    answer = portal.post(address(application, "application-mapping-preview", objects="groups"), values)
    assert answer.context["preview"].value == value
    assert text in html.unescape(answer.content.decode())
    assert sample in html.unescape(answer.content.decode())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"expression": 'Join("-", [surname]'}, "Line 1, column 20"),
        ({"expression": "Mid([surname])"}, "Example: Mid("),
        ({"expression": "Jion([surname])"}, "Jion"),
        ({"expression": "[surnam]"}, "There is no source attribute surnam"),
        ({"kind": "direct", "attribute": "Surname"}, "Did you mean surname?"),
        ({"kind": "direct", "attribute": ""}, "Choose a source attribute."),
        ({"target": "usernam"}, "Did you mean userName?"),
        ({"target": "meta.created", "matching": ""}, "sets meta.created itself"),
        ({"target": "emails.value", "matching": ""}, "has several values"),
        ({"target": "emails", "matching": 2}, "cannot be a matching attribute"),
        ({"target": "displayName"}, "set the same value"),
        ({"matching": ""}, "Choose at least one matching attribute."),
        ({"matching": "0"}, "greater than or equal to 1"),
        ({"version": "7"}, "Somebody else saved this"),
    ],
)
def test_invalid_mapping_is_refused_with_the_reason(portal, application, changed, message):
    for row in application.user_mappings:
        row["matching"] = 1 if row["target"] == "userName" else None
    application.save()
    answer = save(portal, application, **changed)
    assert answer.status_code in {409, 422}
    assert message in errors_of(answer)
    assert application.version == 1


def test_unlisted_attribute_is_saved_with_a_type(portal, application):
    number = len(application.user_mappings) + 1
    values = {"target": "urn:example:2.0:User:seats", "kind": "constant", "constant": "5", "matching": ""}
    assert "does not list" in errors_of(save(portal, application, number, **values))
    assert save(portal, application, number, **values, type="integer").status_code == 302
    assert application.user_mappings[-1]["type"] == "integer"


def test_offered_attributes_are_those_listed_by_the_application(portal, application, target, monkeypatch):
    asked = []
    monkeypatch.setattr(target, "handle", lambda *request: asked.append(request[:2]) or Answer(200, SCHEMAS))
    application.tenant_url = "https://scim.example.com/v2"
    application.keep_secret("a-token-of-some-length")
    application.save()
    number = len(application.user_mappings) + 1
    targets = portal.get(address(application, number=number)).context["form"].targets
    assert (asked, targets.read_at, targets.is_asked) == ([], None, True)
    assert read_asked_schemas() == 1
    for _ in range(2):
        form = portal.get(address(application, number=number)).context["form"]
        assert (form.targets.is_asked, read_asked_schemas()) == (False, 0)
    assert [offer.path for offer in form.targets.offers] == [
        "externalId",
        "userName",
        "active",
        "urn:example:2.0:User:seats",
    ]
    assert form.targets.read_at is not None
    assert len(asked) == 1
    values = {"target": "urn:example:2.0:User:seats", "kind": "constant", "constant": "5", "matching": ""}
    save(portal, application, number, **values)
    assert application.user_mappings[-1]["type"] == "integer"
    assert "does not list" in errors_of(save(portal, application, number + 1, target="title", matching=""))


def test_last_known_attributes_are_kept_during_an_outage(portal, application, target, monkeypatch, at):
    answers = [Answer(200, SCHEMAS), Answer(503, {}), Answer(200, {**SCHEMAS, "Resources": SCHEMAS["Resources"][:1]})]
    monkeypatch.setattr(target, "handle", lambda *_request: answers.pop(0))
    application.tenant_url = "https://scim.example.com/v2"
    application.keep_secret("a-token-of-some-length")
    application.save()

    def offered():
        offers = portal.get(address(application)).context["form"].targets.offers
        return "urn:example:2.0:User:seats" in {offer.path for offer in offers}

    offered()
    read_asked_schemas()
    assert offered()
    at(hours=2)
    assert (offered(), read_asked_schemas(), len(answers)) == (True, 1, 1)
    assert (offered(), read_asked_schemas()) == (True, 0)
    at(hours=2, minutes=6)
    assert (offered(), read_asked_schemas(), offered()) == (True, 1, False)


def test_attributes_of_a_previous_url_are_not_shown(portal, application, target, monkeypatch):
    monkeypatch.setattr(target, "handle", lambda *_request: Answer(200, SCHEMAS))
    application.tenant_url = "https://scim.example.com/v2"
    application.keep_secret("a-token-of-some-length")
    application.save()
    portal.get(address(application))
    read_asked_schemas()
    assert portal.get(address(application)).context["form"].targets.read_at is not None
    application.tenant_url = "https://other.example.com/v2"
    application.keep_secret("another-token-of-some-length")
    application.save()
    targets = portal.get(address(application)).context["form"].targets
    assert (targets.read_at, targets.is_asked) == (None, True)


@pytest.mark.parametrize(
    "document", [None, [], {"Resources": 5}, {"Resources": [{"id": 5}, {"id": "x", "attributes": 1}]}]
)
def test_malformed_schemas_offer_no_attributes(document):
    assert offers_of(document, of_groups=False) == ()


def test_last_matching_attribute_cannot_be_removed(portal, application):
    application.user_mappings = [application.user_mappings[0], {"target": "title", "value": "jobTitle"}]
    application.save()
    remove = "application-mapping-remove"
    answer = portal.post(address(application, remove), follow=True)
    assert "Choose at least one matching attribute." in answer.content.decode()
    assert "Remove the mapping of title?" in portal.get(address(application, remove, 2)).content.decode()
    portal.post(address(application, remove, 2))
    application.refresh_from_db()
    assert [row["target"] for row in application.user_mappings] == ["userName"]


def test_default_mappings_are_restored(portal, application):
    stored = application.user_mappings
    save(portal, application)
    restore = reverse("application-mappings-restore", args=[application.pk])
    assert "Users: userName" in portal.get(restore).content.decode()
    portal.post(restore)
    application.refresh_from_db()
    assert application.user_mappings == stored
    shown = portal.get(restore).content.decode()
    assert "<h1>Restore default mappings</h1>" in shown
    assert "Nothing to restore" in shown


def test_dry_run_uses_the_unsaved_mapping(portal, application):
    values = typed(application, dry_run="1")
    answer = portal.post(address(application, "application-mapping-preview"), values)
    job = Job.objects.get(kind="directory-dry-run")
    assert answer.url == reverse("application-effects", args=[application.pk, job.pk])
    assert job.parameters["overrides"]["user_mappings"][0]["value"] == NAME
    application.refresh_from_db()
    assert application.version == 1
