"""Values that the log must not contain."""

import orjson
import pytest

from audit.changes import differences
from audit.redact import MAX_TEXT, redact
from controlhub.text.secret_names import REDACTED, SECRET_NAMES
from controlhub.text.secrets_in_json import without_secrets


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"password": "x", "name": "Ada"}, {"password": REDACTED, "name": "Ada"}),
        ({"deep": [{"Token": "x"}, "plain", 5]}, {"deep": [{"Token": REDACTED}, "plain", 5]}),
        ({"secret": {"key": "x"}}, {"secret": REDACTED}),
        ("y" * (MAX_TEXT + 1), "y" * MAX_TEXT + "…"),
        (None, None),
    ],
)
def test_secrets_are_replaced_and_long_text_is_truncated(value, kept):
    assert redact(value) == kept


def told(before, after, secrets):
    return [change.entry(secrets) for change in differences(before, after, secrets=secrets)]


def test_nested_secret_is_replaced_at_any_depth():
    before, after = {"urn:x": {"pin": {"value": "1"}}}, {"urn:x": {"pin": {"value": "2"}, "token": {"value": "3"}}}
    assert told(before, after, {"urn:x:pin"}) == [
        {"attribute": "urn:x:pin", "op": "changed", "old": REDACTED, "new": REDACTED},
        {"attribute": "urn:x:token", "op": "added", "old": None, "new": REDACTED},
    ]


def test_only_values_at_the_path_are_secret():
    """Otherwise a secret custom attribute would also hide changes to other attributes of the same name."""
    before = {
        "active": True,
        "emails": [{"value": "a@b.c"}],
        "urn:X": {"active": True, "codes": [{"Value": "1", "n": 2}]},
    }
    assert told(before, {}, {"urn:x:active", "urn:x:codes.value"}) == [
        {"attribute": "active", "op": "removed", "old": True, "new": None},
        {"attribute": "emails", "op": "removed", "old": {"value": "a@b.c"}, "new": None},
        {"attribute": "urn:X:active", "op": "removed", "old": REDACTED, "new": None},
        {"attribute": "urn:X:codes", "op": "removed", "old": {"Value": REDACTED, "n": 2}, "new": None},
    ]


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_audit_log_and_request_log_hide_the_same_names(name):
    hidden = {name.title(): REDACTED, "title": "x"}
    assert redact({name.title(): "x", "title": "x"}) == hidden
    assert orjson.loads(without_secrets(orjson.dumps({name.title(): "x", "title": "x"}))) == hidden
