"""Hostile text in every field of every form and in every parameter of every URL is refused without a failure."""

import json
import os
from contextlib import contextmanager
from unittest import mock
from urllib.parse import quote

import pytest
from django.http import QueryDict
from django.test import Client

from audit.models import AuditEvent
from tests import factories, pages
from tests.scenes import PORTAL, Scene, undone

TEXTS = {
    "NUL": "a\0b",
    "surrogates": "a\ud800b",
    "digits": "²",
    "other digits": "٣",
    "long": "x" * 100_000,
    "huge number": "9" * 30,
    "negative": "-1",
    "deep array": "[" * 50_000,
    "deep object": '{"a":' * 20_000 + "1" + "}" * 20_000,
    "balanced": "[" * 900 + "]" * 900,
    "escaped NUL": json.dumps({"id": "urn:x:\0", "name": "\0", "attributes": [{"name": "a\0"}]}),
    "escaped half": '{"id": "urn:x:\\ud800", "attributes": [{"name": "\\udfff"}]}',
    "NaN": '{"id": NaN}',
    "infinity": "1e999",
    "long number": "1" * 5_000,
    "wrong types": json.dumps({"id": 1, "name": [], "attributes": {"a": None}}),
    "bidi": "a\u202eb\u2066c\u200f",
    "controls": "a\x1b[31m\x07\r\nSet-Cookie: x=1",
    "no characters": "\ufffe\uffff",
    "beyond": "\U0010ffff",
    "blank": " \u00a0\u2003",
    "format": "%s %(x)s {0} {{ x }} ${x}",
    "quotes": "'\"><script>alert(1)</script>",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "date": "99999-99-99",
    "last day": "9999-12-31",
    "first day": "0001-01-01",
}
RAW = {
    "wrong UTF-8": "%ff%fe",
    "overlong": "%c0%80",
    "half": "%ed%a0%80",
    "cut": "%e2%82",
    "NUL": "%00",
    "percent": "%",
    "plus": "+",
}
"""Encoded as in a URL or a body, because no library would produce them."""
QUERY = ("q", "page", "status", "source", "review", "all", "rest", "ids", "next", "process", "before", "service")
QUERY += ("category", "activity", "date_from", "date_to", "target", "initiated_by", "state", "code", "error", "form_id")
EXTRA_FIELDS = {"form_id", "next", "all", "rest", "ids", "q", "confirm", "due", "number", "theme", "process"}
BORING = {"csrfmiddlewaretoken"}
MARK = "aria-invalid"
"""The attribute of a field whose value was refused."""
FILTERED = {"user-list", "user-deleted-list", "event-list", "openid_connect_callback", "account_login"}
SCALE = int(os.environ.get("HOSTILE_SCALE", "1"))
"""The campaign described in CONTRIBUTING.md sends more: at 12, every text to every field and every page."""
PER_FIELD, EXTRA_PER_FORM, PER_PAGE = 1 + 3 * (SCALE - 1), 3 * SCALE, 4 * SCALE
"""The number of hostile texts per field, of fields added to a form, and of queries per page."""


@pytest.fixture
def scene(db, settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    return Scene()


_fields = {}


def fields_by_address(scene):
    """Every URL that a form posts to, with the fields of its forms, found by opening every page once."""
    key = scene.organization.pk
    if key not in _fields:
        _fields[key] = _found_fields(scene)
    return _fields[key]


def _found_fields(scene):
    browser, found = factories.browser(scene.admin), {}
    for name in PORTAL:
        people = scene.people() if "user_id" in scene.identifiers(name) else [None]
        for person in people:
            address = scene.address(name, **({"user_id": person.pk} if person and name != "receipt" else {}))
            for client in (browser, Client()):  # signed-in users are redirected from the sign-in pages
                with undone():
                    answer = client.get(address)
                if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                    collect(found, address, pages.read(answer))
                    break
    return found


def collect(found, address, page):
    for form in page.forms:
        if form.method == "post":
            actions = [form.action, *(button["formaction"] for button in form.element.select("[formaction]"))]
            named = {control["name"] for control in form.element.select("[name]")} - BORING
            for action in actions:
                found.setdefault(action or address, set()).update(named)


def post_raw(client, address, body):
    return client.generic("POST", address, body, content_type="application/x-www-form-urlencoded")


def encoded(fields):
    return "&".join(f"{quote(name)}={quote(value, errors='surrogatepass')}" for name, value in fields.items())


def refused_in(answer):
    """The fields that a page marks as invalid."""
    if answer.status_code == 302 or not answer["Content-Type"].startswith("text/html"):
        return set()
    text = answer.getvalue().decode()
    if MARK not in text:
        return set()
    start, end = (
        text.find("<main"),
        text.rfind("</main>"),
    )  # a third of a page; parsing takes as long as rendering
    is_all = text.count(MARK, start, end) == text.count(MARK) if 0 <= start < end else False
    return {control["name"] for control in pages.read(text[start:end] if is_all else text).all(f"[name][{MARK}=true]")}


def complete(name):
    """Valid values for the other fields of a form, so that the field with the hostile text is reached."""
    values = {"name": "Okta", "scopes": "scim:read", "days": "9", "address": "x@example.com", "role": "auditor"}
    values |= {"group": "Ops", "reason": "Case 1", "due": "3", "number": "1", "theme": "dark", "retention_days": "30"}
    values |= {"purge_share": "5", "purge_floor": "5", "scim_delete": "hard", "extends": "User", "confirm": "x"}
    values |= {"definition": '{"id": "urn:x:y", "attributes": [{"name": "a", "type": "string"}]}', "code": "123456"}
    return values.get(name, "x")


class Attacker:
    """Sends requests as one signed-in administrator and rolls back their effects."""

    def __init__(self, scene):
        self.browser = factories.browser(scene.admin)
        self.cookies = self.browser.cookies.output()
        self.events = AuditEvent.objects.count()
        self.tried = 0

    def fill(self, address, names, hostile):
        """Send a form with these hostile values and valid ones in its other fields.

        All are sent at once. Values not refused at their fields are sent again without the refused ones. If the
        form still fails, each value is sent separately, because a view may stop at another field.
        """
        while True:
            others = encoded({name: complete(name) for name in names if name not in hostile})
            texts = "&".join(f"{quote(name)}={value}" for name, value in hostile.items())
            answer = self.post(address, f"{others}&{texts}")
            refused = hostile.keys() & refused_in(answer)
            if answer.acted or len(hostile) == 1 or refused == hostile.keys():
                return
            if not refused:
                break
            hostile = {name: value for name, value in hostile.items() if name not in refused}
        for name, value in hostile.items():
            self.fill(address, names, {name: value})

    def post(self, address, body):
        return self._call(lambda: post_raw(self.browser, address, body), body)

    def get(self, address):
        return self._call(lambda: self.browser.get(address), address)

    def _call(self, call, text):
        self.tried += 1
        with undone():
            answer = call()
            answer.acted = AuditEvent.objects.count() > self.events
        assert answer.status_code < 500, f"{answer.status_code} for {text[:200]}"
        self.browser.cookies.load(self.cookies.replace("Set-Cookie: ", ""))
        return answer


def in_turn(values, number, index):
    """This many of the values, different for each index, so that all are used in turn."""
    values = list(values)
    start = index * number
    return [values[(start + step) % len(values)] for step in range(min(number, len(values)))]


def check_forms(scene, subtests, values, extra, number):
    """Send this many values in each field of each form, with valid values elsewhere. Returns the number sent."""
    attacker, found, place = Attacker(scene), fields_by_address(scene), 0
    assert len(found) > 30
    for index, (address, names) in enumerate(sorted(found.items())):
        with subtests.test(address):
            fields = sorted(names | set(in_turn(sorted(extra), EXTRA_PER_FORM, index)))
            texts = [in_turn(values, number, place + field) for field in range(len(fields))]
            place += len(fields)
            for turn in zip(*texts, strict=True):
                attacker.fill(address, names, dict(zip(fields, turn, strict=True)))
    return place * number


def queries(values):
    """Queries with every parameter. Together, they combine each parameter with each value once."""
    values = list(values)
    for shift in range(len(values)):
        yield "&".join(f"{name}={values[(shift + place) % len(values)]}" for place, name in enumerate(QUERY))


def check_addresses(scene, subtests, values, number):
    """Send one query to each page, signed in and signed out, and several to pages that read parameters.

    Returns the number of the administrator's requests.
    """
    attacker, stranger, found = Attacker(scene), Client(), list(queries(values))
    for index, name in enumerate(PORTAL):
        with subtests.test(name):
            for query in in_turn(found, number, index):
                address = f"{scene.address(name)}?{query}"
                with read_parameters() as read:
                    attacker.get(address)
                    with undone():
                        assert stranger.get(address).status_code < 500
                if not read:
                    break
    return attacker.tried


@contextmanager
def read_parameters():
    """The parameters whose values are read in the block."""
    read, originals = set(), {name: getattr(QueryDict, name) for name in ("getlist", "__getitem__")}

    def noting(method):
        return lambda query, name, *rest: read.add(name) or originals[method](query, name, *rest)

    with mock.patch.multiple(QueryDict, **{method: noting(method) for method in originals}):
        yield read


WORST = [quote(TEXTS["NUL"]), quote(TEXTS["digits"]), RAW["half"]]


def hostile(longest):
    return [*(quote(text[:longest], errors="surrogatepass") for text in TEXTS.values()), *RAW.values()]


def test_fields_refuse_the_worst_texts(scene, subtests):
    """Each field gets one of the worst texts. The effect of a NUL is the same for all fields of a type."""
    assert check_forms(scene, subtests, WORST, {"form_id"}, 1) > 100


def test_definitions_refuse_hostile_json(scene, subtests):
    attacker = Attacker(scene)
    for name in ("schema-register", "resource-type-register"):
        for kind, text in TEXTS.items():
            with subtests.test(f"{name} {kind}"):
                body = encoded({"definition": text, "extends": ""})
                assert attacker.post(scene.address(name), body).status_code in {409, 422}


def test_parameters_refuse_the_worst_texts(scene, subtests):
    """Each page gets one query, and pages with filters get one of each kind."""
    attacker, found = Attacker(scene), list(queries(["%00", quote("²"), "%ff"]))
    for index, name in enumerate(PORTAL):
        for query in found if name in FILTERED else in_turn(found, 1, index):
            with subtests.test(f"{name} {query[:9]}"):
                attacker.get(f"{scene.address(name)}?{query}")


@pytest.mark.deep
def test_every_field_refuses_hostile_texts(scene, subtests):
    """Each text is sent to many fields, and each field gets at least one."""
    assert check_forms(scene, subtests, hostile(100_000), EXTRA_FIELDS, PER_FIELD) > 250


@pytest.mark.deep
def test_every_page_refuses_hostile_queries(scene, subtests):
    """Each text is sent in each parameter, and each page gets some of these pairs."""
    assert check_addresses(scene, subtests, hostile(3_000), PER_PAGE) > 200
