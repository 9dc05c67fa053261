"""The rule of a dynamic group: tried on the directory first, then saved."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from controlhub.models import Permission
from controlhub.portal.access import PortalRequest, require
from controlhub.portal.refusals import Refusals, status_of
from directory.actions.rule_jobs import run_rule, start_rule
from directory.models import GroupKind
from directory.portal.forms.groups import RuleForm, is_editable
from directory.portal.rule_previews import preview_rule
from directory.portal.views.groups import find


@require(Permission.MANAGE_DIRECTORY)
def directory_group_rule(request: PortalRequest, directory_group_id: UUID) -> HttpResponse:
    """*Preview* saves nothing. *Assign members by hand* removes the rule, but not the members."""
    group = find(request, directory_group_id)
    data = request.POST if request.method == "POST" else None
    form, preview = RuleForm(data, group=group), None
    if request.method == "POST" and "assign" in request.POST:
        form = RuleForm(group=group)
        with Refusals(request):
            start_rule(group, rule=None, actor=request.actor)
            messages.success(request, _("The members are kept, and are assigned manually from now on."))
            return redirect("directory-group-detail", group.pk)
    elif form.is_valid() and "preview" in request.POST:
        preview = preview_rule(group.organization, form.rule) if form.rule.groups else None
        if preview is None:
            form.add_error(None, _("A rule needs at least one condition."))
    elif form.is_valid():
        with Refusals(request, form):
            if job := start_rule(group, rule=form.rule, actor=request.actor):
                run_rule(job)
            messages.success(request, _("The rule is saved. Members are updated."))
            return redirect("directory-group-detail", group.pk)
    context = {
        "group": group,
        "form": form,
        "preview": preview,
        "is_editable": is_editable(group),
        "is_dynamic": group.kind == GroupKind.DYNAMIC,
    }
    return render(request, "directory/groups/rule.html", context, status=status_of(form))
