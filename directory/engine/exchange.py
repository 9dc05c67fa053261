"""The conversation with an application about one object: look, decide, send. Runs in threads, without the database."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from directory.engine.client import TargetClient
from directory.engine.errors import Cause, RequestFailedError
from directory.engine.reading import Job, MemberChanges
from directory.provisioning.plan import Action, Found, Look, Plan, Rules, decide, look

SENDS = frozenset({Action.CREATE, Action.RECREATE, Action.UPDATE, Action.ENABLE, Action.DISABLE, Action.DELETE})
CHANGES = frozenset({Action.UPDATE, Action.ENABLE, Action.DISABLE})


@dataclass(slots=True)
class Result:
    """What came of one job. Without `plan`, the first request already failed."""

    job: Job
    plan: Plan | None = None
    found: list[Found] | None = None
    remote_id: str = ""
    error: RequestFailedError | None = None
    members: MemberChanges = field(default_factory=MemberChanges)
    """The changes of members that were sent."""
    matched_by: str = ""
    is_sent: bool = False
    waits_for_check: bool = False
    """Whether an object of the target was found that may already belong to another object of the directory."""
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """Conversations of one batch. `skips_match`: nothing has to be looked up, because the target was empty."""

    client: TargetClient
    rules: Rules
    skips_match: bool = False

    def begin(self, job: Job, *, sends: bool = True) -> Result:
        """Look and decide, and send unless the result first has to be compared with other links."""
        result, started = Result(job), time.monotonic()
        try:
            result.found = self._look(job, result)
            result.plan = decide(self.rules, job.local, job.link, result.found)
            result.remote_id = result.plan.remote_id
            result.waits_for_check = job.link is None and bool(result.found)
            if sends and not result.waits_for_check:
                self._send(result)
        except RequestFailedError as error:
            result.error = error
        result.milliseconds = round((time.monotonic() - started) * 1000)
        return result

    def finish(self, result: Result) -> Result:
        """Send what `begin` has decided."""
        started = time.monotonic()
        try:
            self._send(result)
        except RequestFailedError as error:
            result.error = error
        result.milliseconds += round((time.monotonic() - started) * 1000)
        result.waits_for_check = False
        return result

    # --- looking ---
    def _look(self, job: Job, result: Result) -> list[Found] | None:
        wanted = look(self.rules, job.local, job.link)
        if wanted is Look.NOTHING:
            return None
        if wanted is Look.READ and job.link is not None:
            found = self.client.read(job.local.kind, job.link.remote_id)
            return [found] if found else []
        if self.skips_match and not job.is_begun:
            return []
        return self._match(job, result)

    def _match(self, job: Job, result: Result) -> list[Found]:
        """Objects with the first matching attribute that finds any."""
        target = self.rules.target(job.local, creating=True)
        for path, value in target.matching:
            if found := self.client.find(job.local.kind, path, value):
                result.matched_by = path
                return found
        return []

    # --- sending ---
    def _send(self, result: Result) -> None:
        plan, job = result.plan, result.job
        if plan is None:
            return
        try:
            self._perform(result, plan)
        except RequestFailedError as error:
            if error.note.status == 404 and plan.action in CHANGES and job.link is not None:
                result.found = []
                result.plan = plan = decide(self.rules, job.local, job.link, [])
                self._perform(result, plan)
            elif error.cause is Cause.CONFLICT and plan.action is Action.CREATE and self.skips_match:
                self._match_after_conflict(result, error)
                return
            else:
                raise
        if plan.links and result.plan is plan and plan.action is not Action.RECREATE:
            self._send_members_or_recreate(result)

    def _send_members_or_recreate(self, result: Result) -> None:
        """A group that was not read before may be missing. Its members follow when it is there again."""
        try:
            self._send_members(result)
        except RequestFailedError as error:
            if error.note.status != 404 or result.job.link is None:
                raise
            result.plan = decide(self.rules, result.job.local, result.job.link, [])
            self._perform(result, result.plan)

    def _match_after_conflict(self, result: Result, error: RequestFailedError) -> None:
        """Somebody has added the object since the cycle found the target empty."""
        result.found = self._match(result.job, result)
        if not result.found:
            raise error
        result.plan = decide(self.rules, result.job.local, None, result.found)
        result.remote_id, result.waits_for_check = result.plan.remote_id, True

    def _perform(self, result: Result, plan: Plan) -> None:
        kind = result.job.local.kind
        if plan.action in {Action.CREATE, Action.RECREATE}:
            result.is_sent = True
            result.remote_id = self.client.create(kind, plan.document).id
        elif plan.action in CHANGES and result.found:
            result.is_sent = True
            self.client.change(kind, result.found[0], plan.changes)
        elif plan.action is Action.DELETE:
            result.is_sent = True
            if not self.client.delete(kind, plan.remote_id):
                result.plan = replace(plan, action=Action.UNLINK)

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
        """The group as it is now, of which a PUT needs the other attributes."""
        if result.plan is not None and result.plan.action is Action.CREATE:
            return Found(result.remote_id, result.plan.document)
        found = self.client.read(result.job.local.kind, result.remote_id)
        return found or Found(result.remote_id, {})


def _ids(members: Sequence[tuple[Any, str]]) -> list[str]:
    return [remote_id for _, remote_id in members]
