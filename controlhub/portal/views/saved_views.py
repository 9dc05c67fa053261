"""Saving, changing and deleting the views of a list."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from controlhub.actions.saved_views import ViewContent, change_view, delete_view, may_change_view, save_view
from controlhub.models import Permission, SavedView
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.forms.saved_views import SaveForm, ViewForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.saved_views import GROUPS, USERS, ViewedList, address_of_view, opened_view
from controlhub.portal.user_columns import ListLayout


@require(Permission.VIEW_USERS)
def user_view_save(request: PortalRequest) -> HttpResponse:
    query = request.GET.copy().urlencode()
    return save(request, USERS, query, tuple(ListLayout.read(request.account.user_list).columns))


@require(Permission.VIEW_USERS)
def user_view_change(request: PortalRequest, view_id: UUID) -> HttpResponse:
    return change(request, USERS, view_id)


@require(Permission.VIEW_USERS, page="user-view-change")
def user_view_delete(request: PortalRequest, view_id: UUID) -> HttpResponse:
    return delete(request, USERS, view_id)


@require(Permission.VIEW_GROUPS)
def group_view_save(request: PortalRequest) -> HttpResponse:
    return save(request, GROUPS, request.GET.copy().urlencode(), ())


@require(Permission.VIEW_GROUPS)
def group_view_change(request: PortalRequest, group_view_id: UUID) -> HttpResponse:
    return change(request, GROUPS, group_view_id)


@require(Permission.VIEW_GROUPS, page="group-view-change")
def group_view_delete(request: PortalRequest, group_view_id: UUID) -> HttpResponse:
    return delete(request, GROUPS, group_view_id)


def save(request: PortalRequest, listed: ViewedList, query: str, columns: tuple[str, ...]) -> HttpResponse:
    """The page that saves a view of a list, with the filters of `query` and these columns."""
    form = SaveForm(request.POST if request.method == "POST" else None, initial={"query": query})
    if form.is_valid():
        asked = QueryDict(form.cleaned_data["query"])
        opened = opened_view(request, listed, asked)
        kept = listed.kept(asked)
        content = ViewContent(
            form.cleaned_data["name"],
            form.cleaned_data["is_shared"],
            kept,
            tuple(opened.columns) if opened and opened.columns else columns,
        )
        if _is_understood(listed, kept, form):
            with Refusals(request, form):
                view = save_view(request.organization, listed.page, content, actor=request.actor)
                messages.success(request, _("View {name} saved.").format(name=view.name))
                return redirect(address_of_view(listed, view))
    return render(request, "portal/views/save.html", {"form": form, "listed": listed}, status=status_of(form))


def _is_understood(listed: ViewedList, query: str, form: SaveForm) -> bool:
    try:
        listed.check(query)
    except ValueError as error:
        form.add_error(None, str(error))
        return False
    return True


def change(request: PortalRequest, listed: ViewedList, view_id: UUID) -> HttpResponse:
    view = _find(request, listed, view_id)
    initial = {"name": view.name, "is_shared": view.is_shared}
    form = ViewForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        content = ViewContent(
            form.cleaned_data["name"], form.cleaned_data["is_shared"], view.query, tuple(view.columns)
        )
        with Refusals(request, form):
            if change_view(view, content, actor=request.actor):
                messages.success(request, _("View {name} saved.").format(name=view.name))
            if view.owner_id != request.account.user_id and not view.is_shared:
                return redirect(listed.list_page)
            return redirect(address_of_view(listed, view))
    context = {
        "form": form,
        "listed": listed,
        "view": view,
        "address": address_of_view(listed, view),
    }
    return render(request, "portal/views/change.html", context, status=status_of(form))


def delete(request: PortalRequest, listed: ViewedList, view_id: UUID) -> HttpResponse:
    view = _find(request, listed, view_id)
    with Refusals(request):
        delete_view(view, actor=request.actor)
        messages.success(request, _("View {name} deleted.").format(name=view.name))
    return redirect(listed.list_page)


def _find(request: PortalRequest, listed: ViewedList, view_id: UUID) -> SavedView:
    """A view that the administrator may change; raises Http404 if there is none."""
    view = find_or_404(request, SavedView.objects.of_page(listed.page), pk=view_id)
    if not may_change_view(view, user_id=request.account.user_id, role=request.account.role):
        raise Http404
    return view
