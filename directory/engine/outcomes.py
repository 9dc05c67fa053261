"""How the provisioning log describes a result, in the terms of Entra's log."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from directory.engine.exchange import Result
from directory.models import Application, Outcome, OutcomeAction, OutcomeStatus
from directory.provisioning.plan import Action, Plan, Reason

ACTIONS = {
    Action.CREATE: OutcomeAction.CREATE,
    Action.RECREATE: OutcomeAction.CREATE,
    Action.UPDATE: OutcomeAction.UPDATE,
    Action.ENABLE: OutcomeAction.UPDATE,
    Action.DISABLE: OutcomeAction.DISABLE,
    Action.DELETE: OutcomeAction.DELETE,
}
CODES = {Action.RECREATE: "Recreated", Action.LINK: "Matched", Action.UNLINK: "AlreadyGone", Action.ENABLE: "Enabled"}
WARNED = frozenset({Action.RECREATE, Action.UNLINK})
QUIET = frozenset({Reason.NOT_ENTITLED, Reason.PURGED, Reason.DELETED})
"""Reasons to skip that no outcome is written for: the object never had anything to do with the application."""
MAX_MODIFIED = 200
MAX_MEMBERS = 1_000
HIDDEN = "••••"


def outcome_of(application: Application, cycle_id: UUID | None, result: Result) -> Outcome | None:
    """The row of the log, not saved; None if there is nothing to log."""
    plan = result.plan
    if not is_worth_a_row(result):
        return None
    local = result.job.local
    return Outcome(
        organization_id=application.organization_id,
        application=application,
        cycle_id=cycle_id,
        kind=local.kind.value,
        object_id=UUID(local.id),
        remote_id=result.remote_id,
        identity=local.label or result.remote_id,
        action=_action(result),
        status=_status(result),
        code=code_of(result),
        details=_details(result),
        steps=steps_of(result),
        modified=_modified(plan, result) if plan and result.error is None else [],
        milliseconds=result.milliseconds,
    )


def is_worth_a_row(result: Result) -> bool:
    plan = result.plan
    if result.error is not None or plan is None:
        return True
    if plan.action is Action.NOTHING:
        return not result.members.is_empty
    return not (plan.action is Action.SKIP and plan.reason in QUIET and result.job.link is None)


def _action(result: Result) -> OutcomeAction:
    plan = result.plan
    if plan is None:
        return OutcomeAction.OTHER
    if plan.action is Action.NOTHING:
        return OutcomeAction.UPDATE
    return ACTIONS.get(plan.action, OutcomeAction.OTHER)


def _status(result: Result) -> OutcomeStatus:
    if result.error is not None or result.plan is None or result.plan.action is Action.CONFLICT:
        return OutcomeStatus.FAILURE
    if result.plan.action is Action.SKIP:
        return OutcomeStatus.SKIPPED
    return OutcomeStatus.WARNING if result.plan.action in WARNED else OutcomeStatus.SUCCESS


def code_of(result: Result) -> str:
    """Entra's error code or reason to skip; "" on success."""
    if result.error is not None:
        return result.error.code
    if result.plan is None:
        return ""
    if result.plan.action in {Action.SKIP, Action.CONFLICT}:
        return result.plan.reason.value
    return CODES.get(result.plan.action, "")


def _details(result: Result) -> dict[str, Any]:
    details: dict[str, Any] = dict(result.plan.details) if result.plan else {}
    if result.plan and result.plan.reason:
        details["reason"] = result.plan.reason.value
    if result.error is not None:
        details |= {"request": result.error.note.to_json(), "cause": result.error.cause.value}
        details["attempts"] = result.job.attempts + 1
    if result.matched_by:
        details["matched_by"] = result.matched_by
    return details


def steps_of(result: Result) -> list[dict[str, Any]]:
    """Entra's steps as far as the job got; the last one has its status."""
    plan, local, job = result.plan, result.job.local, result.job
    steps = [_step("import", "success", {"name": local.label, "exists": local.exists})]
    scope = {"entitled": local.is_entitled, "in_scope": local.is_in_scope, "scope": local.scope}
    steps.append(_step("scope", "success" if local.is_wanted else "skipped", scope))
    if plan is None:
        return [*steps, _step("match", "failure", {})]
    matched = {"linked": job.link is not None, "found": len(result.found or ()), "by": result.matched_by}
    steps.append(_step("match", "failure" if _is_match_conflict(plan) else "success", matched))
    if _is_match_conflict(plan):
        return steps
    is_failed = plan.action is Action.CONFLICT
    evaluated = {"action": plan.action.value, "reason": plan.reason.value, "changes": len(plan.changes)}
    steps.append(_step("evaluate", "failure" if is_failed else "success", evaluated))
    if is_failed:
        return steps
    status = "failure" if result.error else "success" if result.is_sent else "skipped"
    return [*steps, _step("provision", status, {"id": result.remote_id})]


def _is_match_conflict(plan: Plan) -> bool:
    return plan.action is Action.CONFLICT and plan.reason is not Reason.MAPPING_FAILED


def _step(name: str, status: str, details: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": name, "status": status, "details": {key: value for key, value in details.items() if value != ""}}


def _modified(plan: Plan, result: Result) -> list[dict[str, Any]]:
    if plan.action in {Action.CREATE, Action.RECREATE}:
        rows = [_row(plan, name, None, value) for name, value in plan.values.items()]
    else:
        rows = [_row(plan, change.path, change.old, change.new, str(change.operation)) for change in plan.changes]
    if not result.members.is_empty:
        added, removed = (_shown(members) for members in (result.members.added, result.members.removed))
        rows.append({"name": "members", "old": removed, "new": added, "operation": "members"})
    return rows[:MAX_MODIFIED]


def _row(plan: Plan, name: str, old: Any, new: Any, operation: str = "add") -> dict[str, Any]:
    if name in plan.hidden:
        old, new = old and HIDDEN, new and HIDDEN
    return {"name": name, "old": old, "new": new, "operation": operation}


def _shown(members: tuple[tuple[UUID, str], ...]) -> list[str]:
    return [str(person_id) for person_id, _ in members[:MAX_MEMBERS]]
