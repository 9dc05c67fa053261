"""Prints the modules that three requests visit, in order of the first call (docs/changing.md).

Run it with `.venv/bin/python -m pytest tests/traces.py --quiet --capture=no -p no:randomly`.
"""

import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from controlhub.actions.users import deactivate_user, purge_inactive_user
from tests import factories

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("controlhub", "scim", "audit")


@contextmanager
def visits():
    """The modules whose code runs, without migrations and modules that are only imported."""
    found = {}

    def note(frame, event, _argument):
        if event != "call" or frame.f_code.co_name == "<module>":
            return
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES:
            found.setdefault(str(path.relative_to(ROOT).with_suffix("")).replace("/", "."))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)


def show(title, found):
    print(f"\n## {title}: {len(found)} modules\n{' → '.join(found)}")


@pytest.mark.django_db
def test_modules_of_a_scim_patch(scim, organization):
    first, user = (factories.make_user(organization, f"{name}@example.com") for name in ("first", "second"))
    change = {"op": "replace", "path": "displayName", "value": "Barbara"}
    scim.patch(f"/Users/{first.pk}", change)  # objects built only once are not part of the request
    with visits() as found:
        answer = scim.patch(f"/Users/{user.pk}", change)
    assert answer.status_code == 200
    show("SCIM PATCH", found)


@pytest.mark.django_db
def test_modules_of_a_portal_delete(portal, organization):
    first, user = (factories.make_user(organization, f"{name}@example.com") for name in ("first", "second"))
    portal.post(f"/users/{first.pk}/delete/", {"confirm": "on"})
    with visits() as found:
        answer = portal.post(f"/users/{user.pk}/delete/", {"confirm": "on"})
    user.refresh_from_db()
    assert answer.status_code == 302
    assert user.is_deleted
    show("Portal delete", found)


@pytest.mark.django_db
def test_modules_of_a_permanent_deletion(organization):
    first, user = (factories.make_user(organization, f"{name}@example.com") for name in ("first", "second"))
    for one in (first, user):
        deactivate_user(one, actor=factories.COMMAND)
    purge_inactive_user(first, actor=factories.COMMAND)
    with visits() as found:
        purge_inactive_user(user, actor=factories.COMMAND)
    assert not type(user).objects.filter(pk=user.pk).exists()
    show("Permanent deletion", found)
