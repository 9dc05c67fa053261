"""Objects that tests need, made with the product's own actions."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import update_last_login
from django.test import Client

from audit.actor import COMMAND
from controlhub.actions.admins import create_admin
from controlhub.actions.mappings import map_group
from controlhub.actions.organizations import create_organization
from controlhub.actions.tokens import issue_token, personal_scopes
from controlhub.actions.users import create_user
from controlhub.database import clock
from controlhub.models import Group, ProvisioningError, Role, Scope, Source, User
from controlhub.models.ids import new_id
from controlhub.models.sessions import BEGAN, SessionStore
from directory.actions import groups as directory_groups
from directory.actions.people import create_person
from directory.models import Outcome
from tests import pages

ENTRA_CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def make_organization(name="Bank of Zion"):
    return create_organization(name=name, actor=COMMAND)


def make_user(organization, user_name="bjensen@example.com", **document):
    body = {"userName": user_name, **document}
    return create_user(organization, document=body, source=Source.SCIM, actor=COMMAND)


def make_person(organization, upn="ada@example.com", **values):
    """A user of the directory. The values use Entra's attribute names."""
    values = {"userPrincipalName": upn, "displayName": upn.partition("@")[0].title(), **values}
    return create_person(organization, values=values, actor=COMMAND)


def make_outcome(application, identity="Ada Lovelace", **values):
    """A row in the provisioning log: a user refused by the application, unless the values override this."""
    steps = [
        {"step": "import", "status": "success", "details": {"name": identity, "exists": True}},
        {"step": "scope", "status": "success", "details": {"entitled": True, "in_scope": True}},
        {"step": "match", "status": "success", "details": {"linked": False, "found": 0}},
        {"step": "evaluate", "status": "success", "details": {"action": "create", "reason": "", "changes": 2}},
        {"step": "provision", "status": "failure", "details": {}},
    ]
    request = {"method": "POST", "path": "/Users", "status": 409, "answer": "The userName is taken."}
    return Outcome.objects.create(
        **{
            "organization_id": application.organization_id,
            "application": application,
            "kind": "person",
            "object_id": new_id(),
            "identity": identity,
            "action": "create",
            "status": "failure",
            "code": "EntryConflict",
            "details": {"request": request, "attempts": 2, "cause": "conflict"},
            "steps": steps,
            "milliseconds": 12,
            **values,
        }
    )


def make_directory_group(organization, display_name="Research"):
    return directory_groups.create_group(organization, display_name=display_name, actor=COMMAND)


def make_provisioning_error(user, **values):
    """Make the last SCIM request about the user a failure."""
    return ProvisioningError.objects.create(
        resource_id=user.pk,
        organization_id=user.organization_id,
        request=new_id(),
        at=clock.machine_now(),
        **{"status": 409, "scim_type": "uniqueness", **values},
    )


def make_admin(organization, address="neo@example.com", role=Role.FULL_ADMIN):
    return create_admin(organization, address=address, role=role, actor=COMMAND)


def browser(account):
    """A browser in which this administrator has just signed in. Django's `force_login` would need five writes."""
    client, session = Client(), SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[BEGAN] = clock.machine_now().timestamp()
    session.create()
    update_last_login(None, account)
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def make_proof_old(client):
    """Make the last authentication in this browser two hours old."""
    session = client.session
    session[BEGAN] = clock.machine_now().timestamp() - 2 * 60 * 60
    session.save()


def copied(client, page):
    """Confirm on a page that its one-time secret has been copied."""
    (action,) = [form.action for form in pages.read(page).forms if form.action.startswith("/secrets/")]
    return client.post(action, follow=True)


def sign_in(client, account):
    """Sign in with the account's address and password."""
    return client.post("/sign-in/", {"login": account.sign_in_address, "password": account.password_shown})


def make_mapped_group(scim, name, role):
    """A group whose members are administrators of this role."""
    group = Group.objects.get(pk=scim.post("/Groups", {"displayName": name}).document["id"])
    map_group(group, role=role, actor=COMMAND)
    return group


def make_token(organization, *, user=None, scopes=(Scope.SCIM_READ, Scope.SCIM_WRITE), days=365):
    """A token of a connection, or of a person with all scopes that the role allows."""
    if user:
        role = User.objects.values_list("portal_role", flat=True).get(pk=user.pk)
        scopes = [scope for scope in scopes if scope in personal_scopes(role)]
    return issue_token(organization, name="Entra ID", user=user, scopes=scopes, days=days, actor=COMMAND)


def patch_body(*operations):
    return {"schemas": [PATCH_OP], "Operations": list(operations)}
