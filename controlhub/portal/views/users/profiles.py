"""Every attribute of a user, manual changes, and the note for administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from controlhub.actions.notes import write_note
from controlhub.actions.users import AttributeEdit, change_attribute, remove_override
from controlhub.actions.users.attribute_edits import editable_target
from controlhub.errors import InvalidSettingError
from controlhub.models import Permission, User, UserRemark
from controlhub.models.provenance import sources_of
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.attribute_edits import AttributeForm, NoteForm, ProfileSearch
from controlhub.portal.profiles import Row, Show, profile_of, row_of
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.views.users.detail import find, shell
from scim.protocol.schemas import Attribute, ResourceSchema, Target
from scim.resources.catalogue import catalogue_of

SHOWS = {Show.SET: _lazy("With a value"), Show.ALL: _lazy("All"), Show.OVERRIDDEN: _lazy("Overridden")}


@require_safe
@require(Permission.VIEW_USERS)
def user_profile(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    search = ProfileSearch(request.GET)
    asked = search.values
    show = Show(asked["show"]) if asked["show"] in set(Show) else Show.SET
    profile = profile_of(user, schema_of(request), remark_of(user), show=show, text=asked["q"].strip())
    shows = [(kind.value, SHOWS[kind], profile.counts[kind]) for kind in Show]
    context = {**shell(user, "profile"), "sections": profile.sections, "show": show, "shows": shows, "search": search}
    return render(request, "portal/users/profile.html", context)


@require(Permission.MANAGE_USERS)
def user_attribute(request: PortalRequest, user_id: UUID, attribute: str) -> HttpResponse:
    """One attribute: the form, and what saving does."""
    user = find(request, user_id)
    target, leaf = _target(request, user, attribute)
    row = _row(user, target)
    data, value = request.POST if request.method == "POST" else None, target.read(user.document)
    form = AttributeForm(data, attribute=leaf, value=value, is_owned=row.is_owned, initial={"version": user.version})
    form = fill(form, draft_of(request))
    if form.is_valid():
        values = form.cleaned_data
        edit = AttributeEdit(attribute, form.result, str(values.get("reason", "")), values["version"])
        with Refusals(request, form):
            change_attribute(user, edit, schema=schema_of(request), actor=request.actor)
            messages.success(request, _("{attribute} saved.").format(attribute=row.label))
            return redirect("user-profile", user.pk)
    context = {**shell(user, "profile"), "form": form, "row": row, "owner": user.connection}
    return render(request, "portal/users/attribute.html", context, status=status_of(form))


@require(Permission.MANAGE_USERS, page="user-attribute")
def user_override_remove(request: PortalRequest, user_id: UUID, attribute: str) -> HttpResponse:
    """Restores the directory's value."""
    user = find(request, user_id)
    with Refusals(request):
        remove_override(user, attribute, schema=schema_of(request), actor=request.actor)
        messages.success(request, _("Override removed. The directory's value applies again."))
    return redirect("user-profile", user.pk)


@require(Permission.MANAGE_USERS)
def user_note(request: PortalRequest, user_id: UUID) -> HttpResponse:
    user = find(request, user_id)
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"note": remark_of(user).note})
    if form.is_valid():
        with Refusals(request, form, field="note"):
            if write_note(user, text=form.cleaned_data["note"], actor=request.actor):
                messages.success(request, _("Note saved."))
            return redirect("user-detail", user.pk)
    return render(request, "portal/users/note.html", {"person": user, "form": form}, status=status_of(form))


def schema_of(request: PortalRequest) -> ResourceSchema:
    """The schema of the organization's users, with its own extensions."""
    return catalogue_of(request.organization).by_endpoint["Users"].schema


def remark_of(user: User) -> UserRemark:
    found = UserRemark.objects.in_organization(user.organization).filter(pk=user.pk).first()
    return found or UserRemark(user_id=user.pk, organization=user.organization)


def _target(request: PortalRequest, user: User, path: str) -> tuple[Target, Attribute]:
    """The attribute with this path, and the leaf that holds its value; raises Http404 if it cannot be changed here."""
    try:
        target = editable_target(schema_of(request), path)
    except InvalidSettingError as error:
        raise Http404 from error
    leaf = target.leaf
    if user.is_deleted or leaf is None or (leaf.is_complex and not leaf.multi_valued):
        raise Http404
    return target, leaf


def _row(user: User, target: Target) -> Row:
    path = str(target)
    return row_of(user, target, remark_of(user), sources_of(user, [path])[path])
