"""Translates criteria into database queries: the index to read, the conditions, and their parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from audit.evidence import MOST_APART
from audit.lists.activities import chosen_actions, services_of_tab
from audit.lists.criteria import Criteria
from audit.lists.people import actors_named, named, targets_named, tokens_of
from audit.lists.places import first_id, last_id
from audit.models import AuditEvent
from audit.vocabulary import Result, Service
from controlhub.models import Organization
from controlhub.sql.audit_lists import BY_ID, count, events_from, events_of_members, kinds
from controlhub.user_lists.pages import deadline

SECONDS = 5.0
"""The timeout for a combination of filters that match many events each, but few together."""
MOST_FROM_ADDRESS = 2_000
"""If more events came from an address, they are read in the order of their ids."""
MOST_OTHERS = 10_000
"""If the other filters match at most this many events, these are read instead of the events from the address."""

MOST_IN_BAR = 2_000
"""The maximum number of events that are counted for a bar of the histogram."""
MOST_IN_BAR_FROM_ADDRESS = 200
MOST_MEMBERSHIPS = 2_000
"""The maximum number of events, newest first, in which the wanted people and groups joined or left a group."""


@dataclass(frozen=True, slots=True)
class Question:
    """One index scan: a key of `controlhub.sql.audit_lists.KEYS`, conditions, and parameters for both."""

    key: str
    conditions: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)

    def also(self, *conditions: str, **params: Any) -> "Question":
        return replace(self, conditions=(*self.conditions, *conditions), params={**self.params, **params})

    @property
    def failures(self) -> "Question":
        """The same question for failures only. It uses the index of failures, unless the key has few events."""
        if self.key == "failed" or "failure" in self.conditions:
            return self
        narrowed = {"kind": (), "actor": ("keyed_actors",), "connection": ("keyed_connections",)}
        narrowed |= {"address": ("sent_from",), "old_address": ("old_addresses",)}
        if self.key in narrowed:
            return replace(self.also(*narrowed[self.key]), key="failed")
        return self.also("failure")


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions whose disjoint results form the list. `is_cut` means that a name matches too many objects.

    `is_by_id` means that they read events in the order of their ids, which are UUIDv7.
    """

    each: tuple[Question, ...]
    is_cut: bool = False
    is_by_id: bool = False

    @property
    def most_in_bar(self) -> int:
        """The maximum number of events counted per bar. Each event from an address is looked up in both tables."""
        return MOST_IN_BAR_FROM_ADDRESS if self.is_by_id else MOST_IN_BAR


def questions_of(organization: Organization, criteria: Criteria) -> Questions:
    """Translate criteria. Names are resolved to ids here, so that every page of the list uses the same ids.

    Raises TooBroadError if that would read too many events.
    """
    with deadline(SECONDS):
        general, is_cut = general_question(organization, criteria)
        if criteria.q:
            found, is_found_cut = _searched(organization, criteria.q, general)
            return Questions(found, is_cut or is_found_cut)
        each = _keyed(organization, criteria, general)
        return Questions(each, is_cut, is_by_id=each[0].key in BY_ID)


def general_question(organization: Organization, criteria: Criteria) -> tuple[Question, bool]:
    """Every filter except the search as conditions on events, and whether a name matches too many objects."""
    return _by_names(organization, criteria, _general(organization, criteria))


def _general(organization: Organization, criteria: Criteria) -> Question:
    """The conditions of the filters that are not resolved from names."""
    question = Question("kind", params={"organization": organization.pk, "actions": _actions(criteria)})
    question = question.also(services=_services(criteria))
    results = _results(criteria)
    if len(results) == 1:
        question = question.also(results[0].value)
    period = criteria.period
    bounds = {name: value for name, value in (("since", period.since), ("until", period.until)) if value}
    question = question.also(*bounds, **bounds)
    for name, condition in (("address", "addresses"), ("request", "requests"), ("connection", "connections")):
        question = _either(question, criteria, name, condition, list(criteria.values.get(name, ())))
    question = _either(
        question, criteria, "parent", "parents", [UUID(text) for text in criteria.values.get("parent", ())]
    )
    if criteria.values.get("connection"):
        question = question.also(tokens=tokens_of(organization, criteria.values["connection"]))
    return question


def _by_names(organization: Organization, criteria: Criteria, question: Question) -> tuple[Question, bool]:
    is_cut = False
    if names := criteria.values.get("target"):
        targets = targets_named(organization, names)
        is_cut = targets.is_cut
        question = _either(question, criteria, "target", "targets", targets.ids)
    if names := criteria.values.get("initiated_by"):
        actors = actors_named(organization, names)
        is_cut = is_cut or actors.is_cut
        is_not = "initiated_by" in criteria.negated
        ids = [pk for pk in actors.ids if pk] if is_not else actors.ids
        question = _either(question, criteria, "initiated_by", "actors", ids)
        question = question.also(actor_connections=actors.connections)
        if actors.kinds:
            question = question.also("not_actor_kinds" if is_not else "actor_kinds", actor_kinds=actors.kinds)
    return question, is_cut


def _either(
    question: Question, criteria: Criteria, name: str, condition: str, values: Sequence[str | UUID]
) -> Question:
    if name not in criteria.values:
        return question
    chosen = f"not_{condition}" if name in criteria.negated else condition
    return question.also(chosen, **{condition: values})


def _keyed(organization: Organization, criteria: Criteria, general: Question) -> tuple[Question, ...]:
    """Use the index that has the fewest events for most values of its filter."""
    if criteria.wanted("request"):
        return (replace(general.also(keys=general.params["requests"]), key="request"),)
    if criteria.wanted("target"):
        return _by_targets(organization, general)
    if criteria.wanted("parent") and (requests := _requests_of(organization, general.params["parents"])):
        return (replace(general.also(keys=requests), key="request"),)
    if criteria.wanted("address"):
        found = events_from(organization.pk, general.params["addresses"], most=MOST_FROM_ADDRESS + 1)
        if len(found) <= MOST_FROM_ADDRESS:
            return (replace(general.also(keys=found), key="id"),)
    general = _of_known_kinds(general)
    if _results(criteria) == [Result.FAILURE]:
        return (replace(general, key="failed"),)
    if criteria.wanted("initiated_by"):
        return _by_actors(general, general.params["actors"], general.params["actor_connections"])
    if criteria.wanted("connection"):
        connections = [UUID(text) for text in general.params["connections"]]
        return _by_actors(general, general.params["tokens"], connections)
    if criteria.wanted("address") and not _are_few(general):
        return _by_address(general)
    return (general,)


def _of_known_kinds(general: Question) -> Question:
    """Drop the actions and services without events in the organization: each query would look for every one of them."""
    found = kinds(general.params)
    actions = dict.fromkeys(action for action, _service in found)
    return general.also(actions=list(actions), services=list(dict.fromkeys(service for _action, service in found)))


def _are_few(general: Question) -> bool:
    """Whether few events match the other filters. If so, these are read instead of the events from the address."""
    conditions = [name for name in general.conditions if name != "addresses"]
    return count(general.key, conditions, general.params, most=MOST_OTHERS + 1) <= MOST_OTHERS


def _by_address(general: Question) -> tuple[Question, ...]:
    """Events of newer and older versions, which have separate indexes. The period also limits their ids."""
    bounds = {}
    if since := general.params.get("since"):
        bounds["since_id"] = first_id(since - MOST_APART)
    if until := general.params.get("until"):
        bounds["until_id"] = last_id(until + MOST_APART)
    conditions = tuple(name for name in general.conditions if name != "addresses")
    question = replace(general, conditions=conditions).also(*bounds, **bounds)
    return (replace(question, key="address"), replace(question, key="old_address"))


def _by_targets(organization: Organization, general: Question) -> tuple[Question, ...]:
    """Events about the targets, and events in which they joined or left a group."""
    targets = general.params["targets"]
    by_target = replace(general.also(keys=targets), key="target")
    found = events_of_members(organization.pk, targets, most=MOST_MEMBERSHIPS)
    if not found:
        return (by_target,)
    return (by_target, replace(general.also("not_keyed_targets", keys=found), key="id"))


def _requests_of(organization: Organization, events: Sequence[UUID]) -> list[str]:
    """The request ids of these events, which their child events share; [] if an event does not have one."""
    found = AuditEvent.objects.in_organization(organization).filter(pk__in=events)
    requests = list(found.values_list("request_id", flat=True))
    return requests if all(requests) else []


def _by_actors(question: Question, actors: list[str], connections: list[UUID]) -> tuple[Question, ...]:
    """Events of connections have a separate index."""
    return (
        replace(question.also(keys=actors), key="actor"),
        replace(question.also(keys=connections), key="connection"),
    )


def _searched(organization: Organization, text: str, general: Question) -> tuple[tuple[Question, ...], bool]:
    """The events that a search text matches: by target and actor, and for an id also by request and event."""
    general = _of_known_kinds(general)
    targets, actors = named(organization, text)
    ids = list(dict.fromkeys([*targets.ids, *(pk for pk in actors.ids if pk)]))
    general = general.also(found=ids)
    by_target = replace(general.also(keys=ids), key="target")
    by_actor = _by_actors(general.also("not_found_targets", "not_found_members"), ids, actors.connections)
    if members := events_of_members(organization.pk, ids, most=MOST_MEMBERSHIPS):
        by_actor = (replace(general.also("not_found_targets", keys=members), key="id"), *by_actor)
    if pk := _uuid(text):
        rest = general.also("not_found_targets", "not_found_actors", "not_found_members")
        by_request = replace(rest.also(keys=[str(pk)]), key="request")
        by_id = replace(rest.also("not_found_requests", keys=[pk]), key="id")
        return (by_target, *by_actor, by_request, by_id), False
    return (by_target, *by_actor), targets.is_cut or actors.is_cut


def _actions(criteria: Criteria) -> list[str]:
    if not _results(criteria):
        return []
    return chosen_actions(
        criteria.tab,
        categories=criteria.wanted("category"),
        activities=criteria.wanted("activity"),
        not_categories=criteria.unwanted("category"),
        not_activities=criteria.unwanted("activity"),
    )


def _services(criteria: Criteria) -> list[str]:
    wanted, unwanted = criteria.wanted("service") or list(Service), criteria.unwanted("service")
    return [name.value for name in services_of_tab(criteria.tab) if name in wanted and name not in unwanted]


def _results(criteria: Criteria) -> list[Result]:
    wanted, unwanted = criteria.wanted("status") or list(Result), criteria.unwanted("status")
    return [result for result in Result if result in wanted and result not in unwanted]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
