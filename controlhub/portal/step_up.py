"""The table of views that require a recent confirmation of identity (docs/decisions/0028).

A view needs one if it creates, extends or widens access, or removes protection. Every other view that takes a POST is
listed with the reason why it needs none; a test compares both lists with the URL resolver.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

RECENT = timedelta(minutes=15)
"""A confirmation of identity is recent for this long."""


class Ask(StrEnum):
    """When the confirmation is required."""

    ON_OPENING = "opening"  # before the form is shown, and again if the confirmation is too old when it is submitted
    ON_SENDING = "sending"  # only when the form is submitted: its page can also be just read


STEP_UP: Mapping[str, Ask] = {
    # creates, extends or widens access
    "token-issue": Ask.ON_SENDING,
    "token-rotate": Ask.ON_SENDING,
    "request-reveal": Ask.ON_SENDING,
    "client-issue": Ask.ON_SENDING,
    "own-token-issue": Ask.ON_SENDING,
    "user-add": Ask.ON_OPENING,
    "user-add-many": Ask.ON_OPENING,
    "user-invite": Ask.ON_SENDING,
    "user-reactivate": Ask.ON_SENDING,
    "user-import-apply": Ask.ON_SENDING,
    "user-restore-many": Ask.ON_SENDING,
    "user-reactivate-many": Ask.ON_SENDING,
    "user-invite-many": Ask.ON_SENDING,
    "user-group-many": Ask.ON_SENDING,  # a group may give an administrator role
    "job-undo": Ask.ON_SENDING,
    "user-attribute": Ask.ON_SENDING,  # links to set a password go to an e-mail address
    "user-override-remove": Ask.ON_SENDING,
    "role-assign": Ask.ON_OPENING,
    "admin-give": Ask.ON_SENDING,
    "group-map": Ask.ON_SENDING,
    "group-unmap": Ask.ON_SENDING,
    "group-member-add": Ask.ON_SENDING,  # a group may give an administrator role
    "provider-add": Ask.ON_SENDING,
    "provider-change": Ask.ON_OPENING,
    "provider-remove": Ask.ON_OPENING,
    "stream-add": Ask.ON_SENDING,  # sends the log to another system
    "stream-change": Ask.ON_SENDING,
    "stream-resume": Ask.ON_SENDING,
    "alert-add": Ask.ON_SENDING,  # notifies other people of events in the log
    "alert-change": Ask.ON_SENDING,
    "alert-resume": Ask.ON_SENDING,
    "alert-test": Ask.ON_SENDING,
    "stream-replay": Ask.ON_SENDING,
    "stream-gaps-replay": Ask.ON_SENDING,
    "directory-user-purge": Ask.ON_SENDING,
    "directory-forward": Ask.ON_SENDING,  # permanently deletes the invented people of the demo
    "directory-import-apply": Ask.ON_SENDING,
    "policies-change": Ask.ON_SENDING,
    "mfa_activate_totp": Ask.ON_OPENING,
    "mfa_add_webauthn": Ask.ON_OPENING,
    "mfa_generate_recovery_codes": Ask.ON_OPENING,
    "mfa_view_recovery_codes": Ask.ON_OPENING,
    # removes protection, or what cannot be recovered
    "mfa_deactivate_totp": Ask.ON_OPENING,
    "mfa_remove_webauthn": Ask.ON_OPENING,
    "identity-unlink": Ask.ON_SENDING,
    "connection-delete": Ask.ON_SENDING,
    "stream-gaps-dismiss": Ask.ON_SENDING,
    "stream-pause": Ask.ON_SENDING,  # another system no longer sees what is done here
    "stream-delete": Ask.ON_SENDING,
    "alert-pause": Ask.ON_SENDING,  # nobody is notified
    "alert-delete": Ask.ON_SENDING,
    "application-provisioning": Ask.ON_SENDING,  # sends people to another system
    "application-mapping": Ask.ON_SENDING,  # decides what another system gets
    "application-filters": Ask.ON_SENDING,  # decides who gets an account in another system
    "application-import": Ask.ON_OPENING,
    "application-mapping-remove": Ask.ON_SENDING,
    "application-mappings-restore": Ask.ON_SENDING,
    "application-assign": Ask.ON_SENDING,  # gives access in another system
    "application-undo": Ask.ON_SENDING,  # gives back access in another system
    "application-delete": Ask.ON_SENDING,
    "user-reset-factors": Ask.ON_SENDING,
    "user-hold": Ask.ON_OPENING,
    "user-release": Ask.ON_SENDING,
    "user-review": Ask.ON_OPENING,
    "user-purge": Ask.ON_OPENING,
    "user-purge-many": Ask.ON_SENDING,
    "user-hold-many": Ask.ON_SENDING,
    "user-release-many": Ask.ON_SENDING,
    "person-data": Ask.ON_OPENING,
    "person-erase": Ask.ON_OPENING,
    "purge-allow": Ask.ON_SENDING,
    "organization-change": Ask.ON_SENDING,
    "organization-hold": Ask.ON_SENDING,
    "sign-in-policy-change": Ask.ON_SENDING,
    "organization-release": Ask.ON_OPENING,
}

WITHOUT_PROOF: Mapping[str, str] = {
    "account_login": "is itself the proof",
    "organization-sign-in": "is itself the proof",
    "mfa_authenticate": "is itself the proof",
    "mfa_login_webauthn": "is itself the proof",
    "openid_connect_login": "is itself the proof; connecting an identity asks in the view",
    "openid_connect_callback": "is itself the proof; connecting an identity asks in the view",
    "openid_connect_again": "is itself the proof",
    "account_reauthenticate": "is itself the proof",
    "mfa_reauthenticate": "is itself the proof",
    "mfa_reauthenticate_webauthn": "is itself the proof",
    "account_reset_password": "nobody is signed in",
    "account_reset_password_from_key": "nobody is signed in; the mailed link is the proof",
    "invitation-accept": "nobody is signed in; the mailed link is the proof",
    "account_change_password": "asks for the current password itself",
    "account_logout": "ends access",
    "backup-confirm": "ends a reminder; changes nothing else",
    "theme-choose": "changes only how the portal looks",
    "user-list-layout": "changes only how a list looks",
    "event-export": "reads what the list shows; is recorded",
    "directory-log-export": "reads what the list shows; is recorded",
    "event-view-save": "keeps filters under a name; gives nobody access",
    "event-view-change": "renames filters that have a name",
    "event-view-delete": "deletes filters that have a name",
    "user-view-save": "keeps filters under a name; gives nobody access",
    "user-view-change": "changes a name, and who sees it; gives nobody access",
    "user-view-delete": "deletes filters that have a name",
    "group-view-save": "keeps filters under a name; gives nobody access",
    "group-view-change": "changes a name, and who sees it; gives nobody access",
    "group-view-delete": "deletes filters that have a name",
    "application-add": "sends nothing until provisioning is set up",
    "application-test": "changes nothing, and sends the stored token only to its own URL",
    "application-mapping-preview": "changes nothing; a dry run sends nothing but questions",
    "application-filters-preview": "changes nothing; a dry run sends nothing but questions",
    "application-unassign": "takes access away, which must be quick",
    "stream-try": "sends what the stream sends, only sooner",
    "application-start": "sends what the configuration says, only sooner",
    "application-restart": "sends what the configuration says, only sooner",
    "application-stop": "stops work; the next cycle continues",
    "application-pause": "stops work; reversible",
    "application-resume": "goes on with what the configuration says",
    "application-demand": "sends what the configuration says, for one object",
    "application-dry-run": "only asks the application, and changes nothing",
    "application-allow": "takes access away, which must be quick",
    "application-reject": "leaves accounts as they are",
    "application-rename": "changes only the name that is shown",
    "language-choose": "changes only the language of pages and mail",
    "organization-rename": "changes only the name that is shown",
    "mail-test": "writes only to the administrator's own address",
    "mail-retry": "sends only what was to be sent",
    "time-zone-choose": "changes only how times are shown",
    "reveal-end": "hides a secret",
    "user-deactivate": "takes access away, which must be quick; reversible",
    "user-deactivate-many": "takes access away, which must be quick; reversible",
    "user-import": "stores a file; changes nobody",
    "user-import-columns": "checks a file; changes nobody",
    "user-export": "reads what the list shows; changes nothing and is recorded",
    "user-delete-many": "takes access away, which must be quick; reversible",
    "user-sign-out-many": "takes access away, which must be quick",
    "user-delete": "takes access away, which must be quick; reversible",
    "user-revoke-access": "takes access away, which must be quick",
    "token-revoke": "takes access away, which must be quick",
    "connection-pause": "takes access away, which must be quick; reversible",
    "connection-resume": "gives back only what existing tokens could do before",
    "connection-rename": "changes only the name that is shown",
    "self-test-run": "changes nothing: it is rolled back, and nobody is given its token",
    "connection-revoke": "takes access away, which must be quick",
    "own-token-revoke": "takes access away, which must be quick",
    "session-end-others": "takes access away, which must be quick",
    "group-create": "a new group gives nobody access",
    "group-rename": "changes no member and no role",
    "group-delete": "takes access away, which must be quick",
    "group-member-remove": "takes access away, which must be quick",
    "directory-import": "checks a file; changes nobody",
    "directory-user-add": "applications get only users who are assigned or in scope, which is for full administrators",
    "directory-user-edit": "changes a person, whose accounts applications already have",
    "directory-user-delete": "takes access away, which must be quick; reversible",
    "directory-user-enable": "gives back only what was there before",
    "directory-user-disable": "takes access away, which must be quick; reversible",
    "directory-user-group": "gives access to applications only, which assign the group",
    "directory-user-restore": "gives back only what was there before",
    "directory-group-add": "a new group gives nobody access",
    "directory-group-edit": "changes only a name and a description",
    "directory-group-delete": "takes access away, which must be quick",
    "directory-group-rule": "gives access to applications only, which assign the group",
    "directory-group-member-add": "gives access to applications only, which assign the group",
    "directory-group-member-remove": "takes access away, which must be quick",
    "job-pause": "stops work",
    "job-cancel": "stops work",
    "job-resume": "goes on with what was started; the role is read again for each step",
    "user-note": "changes a text that only administrators read",
    "user-extend": "keeps a user longer; gives nobody access",
    "purge-hold": "adds protection",
    "schema-register": "adds attributes that nobody has yet; gives nobody access",
    "schema-remove": "refused while anything uses the schema",
    "resource-type-register": "adds an address without resources; only existing tokens reach it",
    "resource-type-remove": "refused while there are resources of the type",
}


def asks_for_proof(view: str | None, method: str | None) -> bool:
    """Whether this view, by its URL name, requires a recent confirmation for a request with this method."""
    ask = STEP_UP.get(view or "")
    return ask is Ask.ON_OPENING or (ask is Ask.ON_SENDING and method == "POST")
