"""The actions and services that tabs and the filters for service, category and activity select."""

from collections.abc import Iterable, Mapping, Sequence

from audit.vocabulary import AuditAction, Category, Service

ADMIN, PROVISIONING, SIGN_INS = "", "provisioning", "sign-ins"
TABS = (ADMIN, PROVISIONING, SIGN_INS)
SIGN_IN_ACTIONS = (AuditAction.SIGNED_IN, AuditAction.SIGN_IN_FAILED, AuditAction.SIGNED_OUT)
ACTIVITIES: Mapping[str, tuple[AuditAction, ...]] = {
    activity: tuple(action for action in AuditAction if action.activity == activity)
    for activity in dict.fromkeys(action.activity for action in AuditAction)
}
"""The actions of each activity."""
DELETION = ("Disable account", "Delete user", "Hard Delete user")
"""The stages of a deletion, in their order. The filter offers them together."""


def actions_of_tab(tab: str) -> list[AuditAction]:
    """The actions of a tab. Sign-ins have a separate tab; the other tabs show all other activities."""
    if tab == SIGN_INS:
        return list(SIGN_IN_ACTIONS)
    return [action for action in AuditAction if action not in SIGN_IN_ACTIONS]


def services_of_tab(tab: str) -> list[Service]:
    return [Service.ACCOUNT_PROVISIONING] if tab == PROVISIONING else list(Service)


def activities_of_tab(tab: str) -> list[tuple[str, Sequence[str]]]:
    """The activities that the filter offers, grouped under headings: the stages of a deletion, then the categories."""
    actions = actions_of_tab(tab)
    groups: dict[str, list[str]] = {}
    for action in actions:
        if action.activity not in DELETION:
            groups.setdefault(str(action.category.label), []).append(action.activity)
    first = [("Delete user", DELETION)] if tab != SIGN_INS else []
    return [*first, *((name, sorted(set(found))) for name, found in groups.items())]


def chosen_actions(
    tab: str,
    *,
    categories: Iterable[str],
    activities: Iterable[str],
    not_categories: Iterable[str] = (),
    not_activities: Iterable[str] = (),
) -> list[str]:
    """The names of the tab's actions in the given categories and activities. An empty argument means all."""
    wanted, known = set(categories), set(activities)
    refused, unknown = set(not_categories), set(not_activities)
    return [
        action.value
        for action in actions_of_tab(tab)
        if (not wanted or action.category in wanted)
        and (not known or action.activity in known)
        and action.category not in refused
        and action.activity not in unknown
    ]


CATEGORIES = tuple(Category)
