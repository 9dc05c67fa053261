"""The saved views of the log, including the built-in ones."""

from django.utils.translation import gettext_lazy as _

from audit.lists.criteria import KEPT, Criteria
from controlhub.models import ViewPage
from controlhub.portal.saved_views import ReadyView, ViewedList

EVENTS = ViewedList(
    ViewPage.AUDIT,
    "event-list",
    "event-view",
    (*KEPT, "columns", "density", "size"),
    (
        ReadyView(_("Account Provisioning + UserManagement"), "service=Account+Provisioning&category=UserManagement"),
        ReadyView(_("Deletions"), "activity=Disable+account&activity=Delete+user&activity=Hard+Delete+user"),
        ReadyView(_("Role changes"), "category=RoleManagement"),
        ReadyView(_("Failures"), "status=failure"),
    ),
    lambda query: Criteria.read(query, also=("columns", "density", "size")),
    _("Audit log"),
    _("All activities"),
)
