"""The SQL of each kind of request and action equals its file, so that changes are visible in a review."""

import os
import re
from pathlib import Path

import pytest
from django.db import connection

from controlhub.sql.statements import fetch_rows
from tests.sql.cases import CASES, World

FOLDER = Path(__file__).parent
NOT_OURS = ("SAVEPOINT", "RELEASE", "ROLLBACK")
"""The surrounding statements, because a test runs in a transaction."""


UNTRUE = """SELECT id FROM controlhub_user WHERE document_size <> octet_length(document::text) OR moments <>
    '"created":"' || controlhub_moment(created_at) || '","lastModified":"' || controlhub_moment(modified_at) || '"'"""


class Recorder:
    """Records each statement as text for psql: `%(name)s` becomes `:'name'`, a psql variable."""

    def __init__(self):
        self.texts = []

    def __call__(self, execute, sql, params, many, context):
        if not sql.startswith(NOT_OURS):
            named = re.sub(r"%\((\w+)\)s", r":'\1'", sql.strip())
            self.texts.append(named.replace("%%", "%") if params else named)
        return execute(sql, params, many, context)


def recorded(case, world):
    prepared, recorder = case.before(world), Recorder()
    with connection.execute_wrapper(recorder):
        response = case.run(world) if prepared is None else case.run(world, prepared)
    assert response is None or response.status_code < 300, response.content
    return f"-- {case.title}\n" + "".join(f"\n{text};\n" for text in recorder.texts)


@pytest.mark.parametrize("name", CASES)
def test_sql_equals_its_file(name, organization, scim):
    path, text = FOLDER / f"{name}.sql", recorded(CASES[name], World.make(organization, scim))
    if os.environ.get("WRITE_SQL"):
        path.write_text(text)
    assert path.exists(), f"{path.name} is missing: run `make sql`"
    assert text == path.read_text(), f"the SQL of {name} has changed: run `make sql` and look at the difference"
    assert not fetch_rows(UNTRUE), "a statement did not write what follows from the document and the times"


def test_every_file_has_a_case():
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(CASES), "remove the file, or add its case"
