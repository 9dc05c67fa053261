"""The page of a self-test: the verdict, and for each failed step the cause and what to do."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from controlhub.models import SelfTest
from controlhub.models.self_tests import Outcome, PlayedStep, StepName
from controlhub.portal.explanations import explain
from controlhub.text.readable import escaped
from scim.protocol.leniency import Tolerance

Text = str | Promise
_UUID = re.compile(r"\b([0-9a-f]{8})-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_PLACEHOLDER = re.compile(r"\$\{\w+\}")
TITLES: Mapping[str, Text] = {
    StepName.READ_CONFIG: _lazy("Read what the server supports"),
    StepName.TEST_CONNECTION: _lazy("Test the connection: look up a user who does not exist"),
    StepName.LOOK_UP_USER: _lazy("Look up the test user before it is created"),
    StepName.CREATE_USER: _lazy("Create the test user"),
    StepName.FIND_USER: _lazy("Find the test user"),
    StepName.READ_USER: _lazy("Read the test user"),
    StepName.UPDATE_USER: _lazy("Update the test user"),
    StepName.TEST_GROUPS: _lazy("Look up a group that does not exist"),
    StepName.CREATE_GROUP: _lazy("Create the test group"),
    StepName.READ_GROUP: _lazy("Read the test group"),
    StepName.ADD_MEMBER: _lazy("Add the test user to the group"),
    StepName.REMOVE_MEMBER: _lazy("Remove the test user from the group"),
    StepName.RENAME_GROUP: _lazy("Rename the test group"),
    StepName.DEACTIVATE_USER: _lazy("Deactivate the test user"),
    StepName.FIND_INACTIVE: _lazy("Find the inactive test user"),
    StepName.REACTIVATE_USER: _lazy("Reactivate the test user"),
    StepName.RECREATE_USER: _lazy("Assign the inactive test user again"),
    StepName.SOFT_DELETE: _lazy("Delete the test user: rename and deactivate"),
    StepName.RESTORE_USER: _lazy("Restore the test user with the original name"),
    StepName.DELETE_USER: _lazy("Delete the test user permanently"),
    StepName.USER_IS_GONE: _lazy("The test user no longer exists"),
    StepName.DELETE_GROUP: _lazy("Delete the test group"),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """Why a step failed and what to do; `page` is the URL name of where to do it, "" if there is no such page."""

    cause: Text
    fix: Text
    page: str = ""


@dataclass(frozen=True, slots=True)
class ShownStep:
    step: PlayedStep

    @property
    def title(self) -> Text:
        return TITLES.get(self.step.name, self.step.name)

    @property
    def is_failed(self) -> bool:
        return self.step.outcome is Outcome.FAILED

    @property
    def is_skipped(self) -> bool:
        return self.step.outcome is Outcome.SKIPPED

    @property
    def css(self) -> str:
        return {Outcome.PASSED: "is-ok", Outcome.FAILED: "is-bad"}.get(self.step.outcome, "is-skip")

    @property
    def status_css(self) -> str:
        return "code--bad" if self.is_failed else "code--ok"

    @property
    def full_path(self) -> str:
        """The path; in the path of a skipped step, ids that are not known are left out."""
        return _PLACEHOLDER.sub("…", self.step.path)

    @property
    def path(self) -> str:
        """The path with its ids shortened."""
        return _UUID.sub(r"\1…", self.full_path)

    @property
    def quirks(self) -> list[str]:
        """The tolerated deviations of the request, in words."""
        return _labels(self.step.quirks)

    @property
    def advice(self) -> Advice:
        return _advice(self.step)

    @property
    def expected(self) -> str:
        values = [(difference.path, difference.expected) for difference in self.step.differences]
        return _lines(self.step.expected_status, values)

    @property
    def received(self) -> str:
        step = self.step
        values: list[tuple[str, Any]] = [(difference.path, difference.received) for difference in step.differences]
        values += [(name, value) for name, value in (("scimType", step.scim_type), ("detail", step.detail)) if value]
        return _lines(step.status, values)


@dataclass(frozen=True, slots=True)
class ShownTest:
    """A self-test as its page shows it."""

    test: SelfTest
    steps: Sequence[ShownStep]

    @property
    def failed(self) -> list[ShownStep]:
        return [step for step in self.steps if step.is_failed]

    @property
    def first_failed(self) -> ShownStep | None:
        return next(iter(self.failed), None)

    @property
    def is_passed(self) -> bool:
        return all(step.step.outcome is Outcome.PASSED for step in self.steps)

    @property
    def verdict(self) -> str:
        total, passed = len(self.steps), sum(step.step.outcome is Outcome.PASSED for step in self.steps)
        if passed == total:
            return ngettext("The only step passed.", "All {total} steps passed.", total).format(total=total)
        return ngettext(
            "{passed} of {total} steps passed.", "{passed} of {total} steps passed.", passed
        ).format(passed=passed, total=total)  # fmt: skip


def shown_test(test: SelfTest) -> ShownTest:
    return ShownTest(test, [ShownStep(step) for step in test.played])


def _advice(step: PlayedStep) -> Advice:
    if step.refused:
        return _refused_deviation(step)
    if step.name == StepName.RECREATE_USER and step.status == HTTPStatus.CONFLICT:
        return Advice(
            _("The organization does not reactivate Inactive users when a client creates them again."),
            _("Turn on “Reactivate Inactive users on SCIM POST”."),
            "organization-detail",
        )
    if found := explain(step.status, step.scim_type):
        return Advice(found.cause, found.fix)
    return Advice(
        _("The request was accepted, but the response is not as expected."),
        _("Compare both below. If no rule of your organization explains the difference, report it as a bug."),
    )


def _refused_deviation(step: PlayedStep) -> Advice:
    labels = "; ".join(_labels(step.refused))
    return Advice(
        _("Your organization refuses a deviation from the standard that this request needs: {names}.").format(
            names=labels
        ),
        _("Accept this deviation on the Schemas page."),
        "schema-list",
    )


def _labels(tolerances: Sequence[str]) -> list[str]:
    """The labels of these tolerances; those of another release are left out."""
    return [_(tolerance.label) for tolerance in Tolerance if tolerance.value in tolerances]


def _lines(status: int, values: Sequence[tuple[str, Any]]) -> str:
    """The status with its name, and the values as JSON."""
    phrase = HTTPStatus(status).phrase if status in {item.value for item in HTTPStatus} else ""
    return "\n".join([f"{status} {phrase}".rstrip(), *(f"{path}: {_json(value)}" for path, value in values)])


def _json(value: Any) -> str:
    return escaped(json.dumps(value, ensure_ascii=False), but="\n") if value is not None else _("no value")
