"""The configuration of an application as a file: export and import, files from Entra, and other files."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import AuditEvent
from directory.actions.applications import add_application
from directory.gallery import template_of
from directory.models import Application
from tests import factories
from tests.factories import COMMAND

SALES = {"name": "Sales", "clauses": [{"attribute": "department", "operator": "EQUALS", "value": "Sales"}]}
TOKEN = "a-token-that-no-file-has-5d1e"
ENTRA = {
    "synchronizationRules": [
        {
            "objectMappings": [
                {
                    "enabled": True,
                    "flowTypes": "Add, Update",
                    "name": "Provision Users",
                    "sourceObjectName": "User",
                    "targetObjectName": "User",
                    "scope": {
                        "groups": [
                            {
                                "name": "Sales",
                                "clauses": [
                                    {
                                        "sourceOperandName": "department",
                                        "operatorName": "EQUALS",
                                        "targetOperand": {"values": ["Sales"]},
                                    }
                                ],
                            }
                        ]
                    },
                    "attributeMappings": [
                        {
                            "source": {"name": "mail", "type": "Attribute"},
                            "targetAttributeName": "userName",
                            "matchingPriority": 1,
                        },
                        {
                            "source": {"name": "Fn", "type": "Function", "expression": "Unknown([mail])"},
                            "targetAttributeName": "title",
                        },
                    ],
                },
                {"name": "Provision Devices", "sourceObjectName": "Device", "attributeMappings": []},
            ]
        }
    ]
}


@pytest.fixture
def application(organization):
    found = add_application(organization, template_of("cisco-webex"), name="Webex <b>", actor=COMMAND)
    found.tenant_url, found.user_filters, found.interval = "https://scim.example.com/v2", [SALES], 7
    found.keep_secret(TOKEN)
    found.save()
    factories.make_person(organization, department="Sales")
    return found


def address(application, name="application-import"):
    return reverse(name, args=[application.pk])


def upload(portal, application, content):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return portal.post(address(application), {"file": SimpleUploadedFile("a.json", content)})


def apply(portal, application, shown):
    form = shown.context["apply"]
    answer = portal.post(address(application), {name: form[name].value() for name in ("version", "configuration")})
    application.refresh_from_db()
    return answer


def exported(portal, application, name="application-export"):
    answer = portal.get(address(application, name))
    assert "scim.example.com" not in answer.content.decode()
    assert TOKEN not in answer.content.decode()
    return json.loads(answer.content)


def test_exported_configuration_can_be_imported_into_another_application(portal, application):
    file = exported(portal, application)
    assert upload(portal, application, file).context["comparison"].changes == []
    other = add_application(application.organization, template_of("slack"), name="Slack", actor=COMMAND)
    events = AuditEvent.objects.count()
    shown = upload(portal, other, file)
    assert AuditEvent.objects.count() == events
    changed = {change["attribute"] for change in shown.context["comparison"].changes}
    assert {"Users: Scoping filters", "Interval (minutes)"} <= changed
    assert apply(portal, other, shown).status_code == 302
    for name in ("user_mappings", "group_mappings", "user_filters", "interval"):
        assert getattr(other, name) == getattr(application, name)
    assert (other.tenant_url, other.sealed_secret) == ("", "")


def test_entra_schema_is_applied_after_unsupported_parts_are_shown(portal, application):
    Application.objects.filter(pk=application.pk).update(user_filters=[], scope="all")
    shown = upload(portal, application, ENTRA)
    notes = " ".join(text for _, text in shown.context["notes"])
    assert "The mapping of title was skipped" in notes
    assert "Only one mapping of users" in notes
    assert [effect.before for _, effect in shown.context["comparison"].effects] == [1]
    assert apply(portal, application, shown).status_code == 302
    assert [row["target"] for row in application.user_mappings] == ["userName"]
    assert application.user_filters == [SALES]
    assert (application.creates, application.deletes) == (True, False)
    assert len(application.group_mappings) > 1


def test_schema_exported_for_entra_is_read_without_findings(portal, application):
    shown = upload(portal, application, exported(portal, application, "application-schema"))
    assert shown.context["notes"] == []
    assert shown.context["comparison"].changes == []


def test_configuration_without_a_matching_attribute_is_not_applied(portal, application):
    file = exported(portal, application)
    file["users"]["mappings"] = [{"target": "title", "value": "jobTitle"}]
    shown = upload(portal, application, file)
    assert "Choose at least one matching attribute." in shown.context["comparison"].problem
    assert apply(portal, application, shown).status_code == 409
    assert application.version == 1


def test_second_of_two_administrators_sees_that_the_page_is_outdated(portal, application):
    shown = upload(portal, application, ENTRA)
    Application.objects.update(version=2)
    assert "Somebody else saved this" in apply(portal, application, shown).content.decode()
    assert application.user_filters == [SALES]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no synchronizationRules"),
        ({"synchronizationRules": []}, "no mappings of users or groups"),
        ({"format": "x"}, "not the configuration"),
        ({"format": "control-hub-application", "version": 2}, "newer version"),
        ({"settings": {"tenant_url": "https://x.example"}}, "settings.tenant_url"),
        ({"settings": {"interval": True}}, "settings.interval"),
        ({"settings": {"scope": []}}, "settings.scope"),
        ({"users": {"mappings": [{"target": "id", "value": "mail"}]}}, "users.mappings[0]: The target sets id itself"),
        ({"users": {"mappings": 5}}, "users: There is no list"),
        ({"groups": {"mappings": [], "scope": {"groups": [{}]}}}, "groups.scope.groups[0]"),
        ({"users": {"mappings": [{"target": "title", "kind": "constant", "value": "\0"}]}}, "cannot be stored"),
        ({"users": {"mappings": [{"target": "title", "kind": "constant", "value": "\ud800"}]}}, "cannot be stored"),
    ],
)
def test_other_file_is_refused_with_the_location_of_the_error(portal, application, content, message):
    if isinstance(content, dict) and not {"format", "synchronizationRules"} & content.keys():
        content = {"format": "control-hub-application", "version": 1, **content}
    answer = upload(portal, application, content)
    assert answer.status_code == 422
    assert message in str(answer.context["form"].errors)
