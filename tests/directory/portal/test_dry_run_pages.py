"""Pages of dry runs and comparisons: they are started, counted, listed and downloaded as a file."""

import csv

from django.urls import reverse
from django.utils.translation import override

from controlhub.actions.jobs.running import run_due_jobs
from controlhub.models import Job
from directory.portal.log_texts import EXPLANATIONS
from tests import pages
from tests.directory.engine.target import refused


def start(portal, world, **options):
    answer = portal.post(reverse("application-dry-run", args=[world.application.pk]), options)
    run_due_jobs()
    return answer["Location"]


def test_effects_are_counted_listed_and_filtered(portal, world, target):
    ada, bob, _eve = (world.person(name) for name in ("ada", "bob", "eve"))
    world.assign(ada, bob)
    world.change(bob, account_enabled=False)
    world.configure(deletion_threshold=1)
    address = start(portal, world)
    shown = portal.get(address)
    counts = {count.name: count.number for count in shown.context["counts"]}
    assert counts == {
        **dict.fromkeys(("update", "disable", "delete", "conflict", "unchanged"), 0),
        **dict.fromkeys(("create", "skip", "outside"), 1),
    }
    page = pages.read(shown)
    assert "Ada" in page.text
    assert "The account is disabled in the directory" in page.text
    assert "Eve" not in page.text
    only = pages.read(portal.get(f"{address}?effect=create")).text
    assert "Ada" in only
    assert "Bob" not in only
    assert target.sent() == []


def test_removals_above_the_threshold_are_announced(portal, world, target):
    people = world.people(3)
    world.assign(*people)
    world.cycle()
    world.unassign(*people[:2])
    world.configure(deletion_threshold=1)
    assert "2 objects would be disabled or deleted" in pages.read(portal.get(start(portal, world))).text


def test_comparison_lists_drift_and_orphans(portal, world, target):
    world.assign(world.person("ada"))
    world.cycle()
    target.named("ada@example.com")["displayName"] = "Changed there"
    target.add_user(userName="orphan@example.com")
    target.add("Groups", {"displayName": "Orphans"})
    text = pages.read(portal.get(start(portal, world, compares="on"))).text
    assert "displayName: Changed there → Ada" in text
    assert "orphan@example.com" in text
    assert "No user of the directory is linked" in text
    assert "No group of the directory is linked" in text
    assert "Compare with the application" in pages.read(portal.get(reverse("job-list"))).text


def test_file_contains_every_listed_object(portal, world, target):
    world.assign(*world.people(60))
    address = start(portal, world)
    page = portal.get(address)
    assert "after=" in page.context["older"]
    rows = list(csv.DictReader(portal.get(f"{address}csv/").getvalue().decode("utf-8-sig").splitlines()))
    assert len(rows) == 60
    assert {row["effect"] for row in rows} == {"create"}


def test_file_is_in_the_language_of_the_reader(portal, admin, world, target):
    ada = world.person("ada")
    world.assign(ada)
    world.change(ada, account_enabled=False)
    address = start(portal, world)
    type(admin).objects.filter(pk=admin.pk).update(language="de")
    rows = list(csv.DictReader(portal.get(f"{address}csv/").getvalue().decode("utf-8-sig").splitlines()))
    with override("de"):
        german = str(EXPLANATIONS["DisabledInSource"].cause)
    assert german != str(EXPLANATIONS["DisabledInSource"].cause)
    assert [row["reason"] for row in rows] == [german]


def test_failed_run_shows_the_reason(portal, world, target):
    world.assign(world.person("ada"))
    target.fault = lambda method, path, number: refused(401, "The token has expired.")
    assert "The token has expired." in pages.read(portal.get(start(portal, world))).text


def test_empty_run_is_explained_and_other_runs_are_not_found(portal, world, target):
    page = pages.read(portal.get(start(portal, world)))
    assert "Nothing would happen" in page.text
    job = Job.objects.get()
    Job.objects.update(parameters={**job.parameters, "application": "other"})
    assert portal.get(reverse("application-effects", args=[world.application.pk, job.pk])).status_code == 404
