"""The values of an erased person that are used to find traces in free text."""

import json
import re

import pytest
from django.db.models.functions import Now

from controlhub.actions import erasure
from controlhub.models import ScimRequest
from controlhub.models.ids import new_id
from scim.protocol import urns
from tests.factories import COMMAND

NAME = "qneo@qmatrix.example"
IDENTIFYING = {
    "displayName": "Qneo Anderson",
    "nickName": "Qneo the One",
    "externalId": "q-4711-external",
    "name": {"formatted": "Qthomas Anderson"},
    "emails": [{"value": "qneo@home.example", "type": "home"}],
    "phoneNumbers": [{"value": "+1-555-010-8890", "type": "work"}],
    "ims": [{"value": "qneo-on-im", "type": "xmpp"}],
    urns.ENTERPRISE_USER: {"employeeNumber": "q-4711-number"},
    urns.WEBEX_USER: {"sipAddresses": [{"value": "qneo@sip.example", "type": "enterprise"}]},
}


@pytest.mark.parametrize("attribute", IDENTIFYING)
def test_texts_are_searched_for_values_of_each_identifying_attribute(organization, scim, attribute):
    value = IDENTIFYING[attribute]
    person = scim.post("/Users", {"userName": NAME, attribute: value}).document["id"]
    text = re.search(r'(?:\+1|[Qq])[^"]+', json.dumps(value)).group()
    assert scim.get(f"/Users/{person}").content.decode().count(text) == 1
    scim.delete(f"/Users/{person}")
    entry = {"organization_id": organization.pk, "at": Now(), "method": "POST", "status": 409, "milliseconds": 1.5}
    naming = ScimRequest.objects.create(id=new_id(), path="/Users", body=f'{{"x": "{text}"}}', **entry)
    erasure.erase_person(organization, person, actor=COMMAND)
    naming.refresh_from_db()
    assert naming.body == ""


@pytest.mark.parametrize(("number", "is_found"), [("2026", False), ("558899", False), ("5588990", True)])
def test_texts_are_searched_for_numbers_of_sufficient_length(organization, scim, number, is_found):
    body = {"userName": NAME, urns.ENTERPRISE_USER: {"employeeNumber": number}}
    person = scim.post("/Users", body).document["id"]
    scim.delete(f"/Users/{person}")
    entry = {"organization_id": organization.pk, "at": Now(), "method": "POST", "status": 409, "milliseconds": 1.5}
    of_another = ScimRequest.objects.create(id=new_id(), path="/Users", body=f'{{"x": "1{number}"}}', **entry)
    naming = ScimRequest.objects.create(id=new_id(), path="/Users", body=f'{{"x": "{number}"}}', **entry)
    erasure.erase_person(organization, person, actor=COMMAND)
    bodies = {found.id: found.body for found in ScimRequest.objects.filter(id__in=[of_another.id, naming.id])}
    assert (bodies[of_another.id] != "", bodies[naming.id] == "") == (True, is_found)
