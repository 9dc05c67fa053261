"""IDs of another organization in an address, query string or form match nothing.

The routes come from the URL resolver, the names of parameters from the source of the portal. New ones must be listed
here.
"""

import re
import uuid
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models.functions import Now

from audit.models import AuditCheckpoint, AuditEvent
from controlhub.actions.alerts import AlertSettings, add_alert
from controlhub.actions.groups import add_member, create_group
from controlhub.actions.mappings import map_group
from controlhub.actions.providers import ProviderSettings, add_provider
from controlhub.actions.schemas import register_resource_type, register_schema
from controlhub.actions.streams import StreamSettings, add_stream
from controlhub.actions.users import deactivate_user, purge_user
from controlhub.models import (
    AlertTrigger,
    Cause,
    Connection,
    Job,
    OutgoingMail,
    PurgeRun,
    PurgeState,
    Role,
    RoleMapping,
    SavedView,
    ScimRequest,
    StreamKind,
    User,
    UserImport,
)
from controlhub.models.ids import new_id
from directory.actions.applications import add_application
from directory.gallery import template_of
from directory.models import PeopleImport
from tests import factories, pages
from tests.architecture.test_access import PAGES, ROUTES

ROOT = Path(__file__).resolve().parents[2]
NAMED = [(name, pattern) for name, pattern in PAGES if re.search(r"<(?:uuid|int):", pattern)]
PARAMETER = re.compile(
    r"""(?:GET|POST)\.get(?:list)?\("(\w+)"|"(\w+)" (?:not )?in request\.(?:GET|POST)|param\(request, "(\w+)"\)"""
)
NO_IDS = {"ready", "review"}
IDS = set()
"""Other values of the request are form fields. `ids` of several users are tested below."""


@pytest.fixture
def strangers(other_organization):
    """For each parameter name in the routes, an ID that belongs to another organization."""
    account, _ = factories.make_admin(other_organization, "smith@machine.example")
    user = factories.make_user(other_organization, "jones@machine.example")
    purged = factories.make_user(other_organization, "brown@machine.example")
    purge_user(User.objects.get(pk=purged.pk), cause=Cause.ADMIN, actor=factories.COMMAND)
    group = create_group(other_organization, document={"displayName": "Agents"}, actor=factories.COMMAND)
    map_group(group, role=Role.AUDITOR, actor=factories.COMMAND)
    add_member(group, user.pk, actor=factories.COMMAND)
    token, _ = factories.make_token(other_organization)
    wanted = ProviderSettings("Machines", "https://idp.machine.example", "hub", "s3cret", match_claim="oid")
    provider = add_provider(other_organization, wanted, actor=factories.COMMAND)
    schema = {"id": "urn:example:2.0:Sentinel", "name": "Sentinel", "attributes": [{"name": "arms", "type": "integer"}]}
    kept = register_schema(other_organization, definition=schema, actor=factories.COMMAND)
    kind = register_resource_type(
        other_organization,
        definition={"name": "Sentinel", "endpoint": "/Sentinels", "schema": schema["id"]},
        actor=factories.COMMAND,
    )
    factor = Authenticator.objects.create(user=account, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})
    identity = SocialAccount.objects.create(user=account, provider=str(provider.pk), uid="smith")
    run = PurgeRun.objects.create(organization=other_organization, state=PurgeState.STAGED, due=1)
    job = Job.objects.create(organization=other_organization, kind="unknown", origin={"kind": "command"})
    event = AuditEvent.objects.in_organization(other_organization).newest_first().first()
    entry = ScimRequest.objects.create(
        organization_id=other_organization.pk, id=new_id(), at=Now(), method="GET", path="/Users", status=401,
        milliseconds=1.5,
    )  # fmt: skip
    mail = OutgoingMail.objects.create(
        organization=other_organization, address="a@machine.example", subject="S", body="B", error="SMTPDataError"
    )
    upload = UserImport.objects.create(
        organization=other_organization, file_name="people.csv", header=["Email"], row_count=1
    )
    people = PeopleImport.objects.create(
        organization=other_organization, file_name="people.csv", header=["userPrincipalName"], row_count=1
    )
    view = SavedView.objects.create(organization=other_organization, page="users", name="Agents", is_shared=True)
    wanted = StreamSettings("Sentinels", StreamKind.WEBHOOK, "https://siem.example/in")
    stream = add_stream(other_organization, wanted, actor=factories.COMMAND)
    told = AlertSettings("Agents", AlertTrigger.FULL_ADMIN, emails=("a@machine.example",))
    alert = add_alert(other_organization, told, actor=factories.COMMAND)
    group_view = SavedView.objects.create(organization=other_organization, page="groups", name="Cells", is_shared=True)
    application = add_application(other_organization, template_of("scim"), name="Matrix", actor=factories.COMMAND)
    AuditCheckpoint.objects.create(organization_id=other_organization.pk, size=1_000_000, note="", subtrees=b"")
    return {
        "size": [1_000_000],
        "alert_id": [alert.pk],
        "application_id": [application.pk],
        "change_id": [factories.make_outcome(application).pk],
        "person_id": [factories.make_person(other_organization).pk],
        "directory_group_id": [factories.make_directory_group(other_organization).pk],
        "assignment_id": [1],
        "stream_id": [stream.pk],
        "view_id": [view.pk],
        "group_view_id": [group_view.pk],
        "mail_id": [mail.pk],
        "import_id": [upload.pk],
        "directory_import_id": [people.pk],
        "entry_id": [entry.id],
        "user_id": [account.user_id, user.pk, purged.pk],
        "group_id": [group.pk],
        "provider_id": [provider.pk],
        "run_id": [run.pk],
        "job_id": [job.pk],
        "token_id": [token.pk],
        "connection_id": [Connection.objects.get(organization=other_organization).pk],
        "schema_id": [kept.pk],
        "type_id": [kind.pk],
        "event_id": [event.pk],
        "pk": [factor.pk],
        "identity_id": [identity.pk],
    }


def test_routes_with_ids_are_found():
    assert len(NAMED) >= 25
    assert "openid_connect_again" in {name for name, _ in NAMED}


@pytest.mark.parametrize(("name", "pattern"), NAMED)
def test_id_of_another_organization_is_not_found(organization, portal, strangers, name, pattern):
    parameter = re.search(r"<(?:uuid|int):(\w+)>", pattern)[1]
    events = AuditEvent.objects.count()
    for stranger in strangers[parameter]:
        path = "/" + re.sub(r"<(?:uuid|int):\w+>", str(stranger), pattern)
        for method in ("get", "post"):
            answer = getattr(portal, method)(path, {"confirm": "x", "role": "none"})
            if method == "get" and answer.status_code == 302:  # accepts only POST; the page it belongs to shows nothing
                answer = portal.get(answer["Location"])
                links = [link.get("href", "") for link in pages.read(answer).all("a")]
                assert answer.status_code == 404 or not [link for link in links if str(stranger) in link.split("/")]
                continue
            assert answer.status_code in {404, 405}, f"{method} {name} answered {answer.status_code}"
    assert AuditEvent.objects.count() == events


def test_every_parameter_in_the_source_is_listed():
    files = [*(ROOT / "controlhub" / "portal").rglob("*.py"), *(ROOT / "audit").rglob("*.py")]
    found = {next(filter(None, groups)) for file in files for groups in PARAMETER.findall(file.read_text())}
    assert found == NO_IDS | IDS, "say in NO_IDS or IDS what the parameter is, and test an id here"


@pytest.mark.parametrize("before", ["stranger", str(uuid.UUID(int=0)), "1", "nonsense", "\x00"])
def test_log_cannot_continue_after_an_event_of_another_organization(portal, strangers, before):
    before = str(strangers["event_id"][0]) if before == "stranger" else before
    assert portal.get("/audit/", {"before": before}).status_code == 404
    assert portal.get("/audit/", {"before": before}, headers={"HX-Request": "true"}).status_code == 404


def test_log_continues_after_an_event_of_the_organization(portal, admin):
    own = AuditEvent.objects.newest_first().first()
    assert portal.get("/audit/", {"before": str(own.pk)}).status_code == 200


MANY = [
    "deactivate",
    "reactivate",
    "delete",
    "hold",
    "release",
    "group",
    "invite",
    "sign-out",
    "deleted/restore",
    "deleted/purge",
]


@pytest.mark.parametrize("page", [f"/users/{name}/" for name in MANY])
def test_ids_of_another_organization_in_forms_match_no_user(portal, other_organization, page):
    stranger = factories.make_user(other_organization, "jones@machine.example")
    if "deleted" in page or "reactivate" in page:
        deactivate_user(stranger, actor=factories.COMMAND)
    before = (User.objects.values().get(pk=stranger.pk), AuditEvent.objects.count())
    answer = portal.post(page, {"ids": [str(stranger.pk)], "confirm": "delete 1"}, follow=True)
    assert "jones@machine.example" not in answer.content.decode()
    assert (User.objects.values().get(pk=stranger.pk), AuditEvent.objects.count()) == before


def test_group_of_another_organization_cannot_be_mapped(portal, strangers):
    group = str(strangers["group_id"][0])
    for text in (group, "Agents"):
        assert portal.post("/administrators/groups/", {"group": text, "role": "auditor"}).status_code == 422
    assert RoleMapping.objects.count() == 1


def test_provider_of_another_organization_cannot_be_connected(portal, strangers):
    path = f"/sign-in/sso/{strangers['provider_id'][0]}/"
    assert portal.get(path, {"process": "connect"}).status_code == 404
    assert portal.post(path, {"process": "connect"}).status_code == 404


# --- SCIM ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["/v1/scim/{}", "/identity/scim/{}/v2"])
def test_scim_does_not_find_resources_of_another_organization(organization, scim, strangers, base):
    scim.base = base.format(organization.pk)
    group, user = str(strangers["group_id"][0]), str(strangers["user_id"][1])
    for path in (f"/Groups/{group}", f"/Users/{user}", f"/Sentinels/{user}", f"/Groups/{group}/Members"):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = (
                factories.patch_body({"op": "remove", "path": "title"})
                if method == "PATCH"
                else {"userName": "x", "displayName": "x"}
            )
            status = scim.call(method, path, body).status_code
            assert status == 404 or (status == 405 and path.endswith("Members")), f"{method} {path}: {status}"
    own = scim.post("/Groups", {"displayName": "Crew"}).document["id"]
    for stranger in (group, user):
        member = {"op": "add", "path": "members", "value": [{"value": stranger}]}
        scim.patch(f"/Groups/{own}", member)
        scim.put(f"/Groups/{own}", {"displayName": "Crew", "members": [{"value": stranger}]})
        scim.post("/Groups", {"displayName": "More", "members": [{"value": stranger}]})
        found = scim.get(f'/Groups?filter=members.value eq "{stranger}"').document
        assert found["totalResults"] == 0
    assert scim.get(f'/Users?filter=groups.value eq "{group}"').document["totalResults"] == 0


def test_all_scim_routes_include_the_organization_or_use_the_one_of_the_token(scim):
    unnamed = {name for name, pattern in ROUTES if name.startswith("scim-") and "organization_id" not in pattern}
    nowhere = {"scim-nowhere", "scim-nowhere-v2"}
    assert unnamed == {"scim-webex-me", "scim-webex-schema"} | nowhere, "these answer for the token's organization"
    for path in ("/v1/scim/nonsense/Users", "/identity/scim/nonsense/v2/Users"):
        assert scim.client.get(path, headers=scim.headers).status_code == 404
