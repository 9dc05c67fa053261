"""Imports as run by tests: from the bytes of a file to the end, with the product's own actions.
22 check(organization,data)
"""

import csv
import io

from controlhub.actions.imports import apply_import, check_import, upload_import
from controlhub.actions.jobs import running
from controlhub.models import ImportMode, MatchBy, UserImport
from controlhub.portal.import_pages import failed_lines
from controlhub.user_files.files import read_file
from controlhub.user_files.mapping import guess
from controlhub.user_files.schemas import user_schema
from tests.factories import COMMAND


def upload(organization, data, name="people.csv", actor=COMMAND):
    data = data if isinstance(data, bytes) else data.encode()
    table = read_file(organization, name, data)
    return upload_import(organization, table, file_name=name, started_by=None, actor=actor)


def check(organization, data, *, mode=ImportMode.UPDATE, match_by=MatchBy.USER_NAME, actor=COMMAND, name="people.csv"):
    """Upload and check with the guessed mapping."""
    stored = upload(organization, data, name, actor)
    mapping = guess(stored.header, user_schema(organization), {})
    check_import(stored, mapping=mapping, mode=mode, match_by=match_by, actor=actor)
    return done(stored)


def apply(stored, *, deleted_choice="", actor=COMMAND):
    apply_import(stored, deleted_choice=deleted_choice, actor=actor)
    return done(stored)


def done(stored):
    """Run the jobs until they end. One run of a worker stops after some seconds."""
    while running.run_due_jobs():
        pass
    return fresh(stored)


def run(organization, data, **options):
    return apply(check(organization, data, **options), actor=options.get("actor", COMMAND))


def fresh(stored):
    return UserImport.objects.select_related("check_job", "job", "organization").get(pk=stored.pk)


def counts(job):
    """The nonzero counts of a job."""
    return {name: number for name, number in job.counts.items() if number}


def failed(stored):
    """The rows of the file with failed rows."""
    text = "".join(failed_lines(stored)).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline="")))
