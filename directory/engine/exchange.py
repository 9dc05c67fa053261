"""The exchange with an application about one object: look, decide, send. Runs in threads, without the database."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from directory.engine.client import Request, TargetClient
from directory.engine.errors import Cause, RequestFailedError
from directory.engine.reading import Job, MemberChanges
from directory.provisioning.plan import Action, Found, Kind, Look, Plan, Rules, decide, look

CHANGES = frozenset({Action.UPDATE, Action.ENABLE, Action.DISABLE})
CREATES = frozenset({Action.CREATE, Action.RECREATE})
Known = Mapping[str, Sequence[str]]
Answer = Callable[[Request], Mapping[str, Any]]
"""Returns the document that answers a request; raises RequestFailedError."""


@dataclass(slots=True)
class Result:
    """The result of one job. Without `plan`, the first request already failed."""

    job: Job
    plan: Plan | None = None
    found: list[Found] | None = None
    remote_id: str = ""
    error: RequestFailedError | None = None
    members: MemberChanges = field(default_factory=MemberChanges)
    """The member changes that were sent."""
    matched_by: str = ""
    is_sent: bool = False
    is_matched_late: bool = False
    """Whether the application refused to create a second object, and the first one was found only then."""
    milliseconds: int = 0

    @property
    def is_replaced(self) -> bool:
        """Whether another object of the application replaces the linked one, which is missing."""
        plan, link = self.plan, self.job.link
        if plan is None or link is None or not plan.links:
            return False
        return plan.action is Action.RECREATE or self.remote_id not in {"", link.remote_id}


@dataclass(frozen=True, slots=True)
class Exchange:
    """The exchanges of one batch.

    `known` has the values, in lower case, that each matching attribute had in the application when the cycle began, if
    there were few. Other values are not looked up: if such an object was added since, the application refuses a second
    one.
    """

    client: TargetClient
    rules: Rules
    known: Known = field(default_factory=dict)

    def look(self, job: Job) -> Result:
        """Ask the application if necessary, and decide."""
        result, started = Result(job), time.monotonic()
        try:
            result.found = self._look(job, result)
            result.plan = decide(self.rules, job.local, job.link, result.found)
            result.remote_id = result.plan.remote_id
        except RequestFailedError as error:
            result.error = error
        result.milliseconds = round((time.monotonic() - started) * 1000)
        return result

    def finish(self, result: Result, answer: Answer | None = None, *, milliseconds: int = 0) -> Result:
        """Send what was decided, or process the answer if it was sent together with others."""
        started = time.monotonic()
        result.is_matched_late = False
        try:
            if answer is not None or not self._came_late(result):
                self._send(result, answer or self.client.write)
        except RequestFailedError as error:
            result.error = error
        result.milliseconds += milliseconds + round((time.monotonic() - started) * 1000)
        return result

    def sends(self, result: Result) -> bool:
        """Whether there is anything to send."""
        plan = result.plan
        if plan is None or result.error is not None:
            return False
        return self._request(result, plan) is not None or (plan.links and not result.job.members.is_empty)

    def request(self, result: Result) -> Request:
        """The write that `finish` begins with."""
        request = self._request(result, result.plan) if result.plan else None
        if request is None:
            raise ValueError("There is nothing to send.")
        return request

    def asks(self, job: Job) -> bool:
        """Whether the application has to be asked before a decision."""
        wanted = look(self.rules, job.local, job.link)
        return wanted is Look.READ or (wanted is Look.MATCH and bool(self._unknown(job)))

    # --- looking ---
    def _look(self, job: Job, result: Result) -> list[Found] | None:
        wanted = look(self.rules, job.local, job.link)
        if wanted is Look.NOTHING:
            return None
        if wanted is Look.READ and job.link is not None:
            found = self.client.read(job.local.kind, job.link.remote_id)
            return [found] if found else []
        return self._match(job, result, self._unknown(job))

    def _unknown(self, job: Job) -> list[tuple[str, str]]:
        """The matching attributes by which the application might find the object."""
        matching = self.rules.target(job.local, creating=True).matching
        if job.is_begun or not self.known:
            return matching
        return [(path, value) for path, value in matching if value.lower() in self.known.get(path, (value.lower(),))]

    def _match(self, job: Job, result: Result, matching: Sequence[tuple[str, str]]) -> list[Found]:
        """The objects found by the first matching attribute that finds any."""
        for path, value in matching:
            if found := self.client.find(job.local.kind, path, value):
                result.matched_by = path
                return found
        return []

    # --- sending ---
    def _send(self, result: Result, answer: Answer) -> None:
        plan, job = result.plan, result.job
        if plan is None:
            return
        try:
            self._perform_or_match(result, plan, answer)
        except RequestFailedError as error:
            if error.note.status != 404 or plan.action not in CHANGES or job.link is None:
                raise
            result.found = []
            result.plan = plan = decide(self.rules, job.local, job.link, [])
            self._perform_or_match(result, plan, self.client.write)
        if plan.links and result.plan is plan and not result.is_replaced:
            self._send_members_or_recreate(result)

    def _send_members_or_recreate(self, result: Result) -> None:
        """Send the members. If a group that was not read before is missing, it is created, and its members follow."""
        try:
            self._send_members(result)
        except RequestFailedError as error:
            if error.note.status != 404 or result.job.link is None:
                raise
            result.plan = decide(self.rules, result.job.local, result.job.link, [])
            self._perform_or_match(result, result.plan, self.client.write)

    def _came_late(self, result: Result) -> bool:
        """Look again for an object that an earlier request without an answer may have created in the meantime.

        Many applications accept a second group with the same name, and an object that was missing was not looked up by
        its matching attributes.
        """
        plan, job = result.plan, result.job
        if plan is None or not job.is_begun or plan.action not in CREATES:
            return False
        return (job.local.kind is Kind.GROUP or plan.action is Action.RECREATE) and self._match_late(result)

    def _perform_or_match(self, result: Result, plan: Plan, answer: Answer) -> None:
        try:
            self._perform(result, plan, answer)
        except RequestFailedError as error:
            if error.cause is not Cause.CONFLICT or plan.action not in CREATES or not self._match_late(result):
                raise

    def _match_late(self, result: Result) -> bool:
        """Whether the object was added after it was looked up, by somebody else or by a request without an answer."""
        local = result.job.local
        found = self._match(result.job, result, self.rules.target(local, creating=True).matching)
        if not found:
            return False
        result.found, result.plan = found, decide(self.rules, local, None, found)
        result.remote_id, result.is_matched_late = result.plan.remote_id, True
        return True

    def _perform(self, result: Result, plan: Plan, answer: Answer) -> None:
        request = self._request(result, plan)
        if request is None:
            return
        result.is_sent = True
        try:
            document = answer(request)
        except RequestFailedError as error:
            if plan.action is not Action.DELETE or error.note.status != 404:
                raise
            result.plan = replace(plan, action=Action.UNLINK)
        else:
            if plan.action in CREATES:
                result.remote_id = self.client.created(request, document)

    def _request(self, result: Result, plan: Plan) -> Request | None:
        """The write that the plan requires; None if it requires none."""
        kind = result.job.local.kind
        if plan.action in CREATES:
            return self.client.creating(kind, plan.document)
        if plan.action in CHANGES and result.found:
            return self.client.changing(kind, result.found[0], plan.changes)
        return self.client.deleting(kind, plan.remote_id) if plan.action is Action.DELETE else None

    def _send_members(self, result: Result) -> None:
        members = result.job.members
        if members.is_empty or result.plan is None:
            return
        if self.client.habits.replaces_members:
            remote = self._remote(result)
            self.client.replace_members(remote, _ids(members.everybody))
        else:
            self.client.change_members(result.remote_id, _ids(members.added), _ids(members.removed))
        result.is_sent, result.members = True, members

    def _remote(self, result: Result) -> Found:
        """The current state of the group, because a PUT needs its other attributes."""
        if result.plan is not None and result.plan.action is Action.CREATE:
            return Found(result.remote_id, result.plan.document)
        found = self.client.read(result.job.local.kind, result.remote_id)
        return found or Found(result.remote_id, {})


def _ids(members: Sequence[tuple[Any, str]]) -> list[str]:
    return [remote_id for _, remote_id in members]
