"""The use of a token from a new address is an event, and an alert can fire on it."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.alerts.evaluation import evaluate_alerts
from audit.models import AuditEvent
from audit.portal.alerts import READY, initial_of_ready
from audit.seal import seal_events
from audit.sentences import Sentences
from audit.vocabulary import AuditAction
from controlhub.actions import token_addresses
from controlhub.actions.alerts import AlertSettings, add_alert
from controlhub.actions.request_log import sweep_requests
from controlhub.actions.token_addresses import network_of
from controlhub.models import AccessToken, AlertTrigger, Scope, TokenAddress
from controlhub.sql.token_addresses import NOTE_ADDRESSES
from scim.api.request_log import REQUESTS
from tests import factories
from tests.factories import COMMAND

pytestmark = pytest.mark.django_db
HOME, AWAY = "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def _empty_queue():
    REQUESTS.__init__()


def use(scim, address, *, path="/Users"):
    scim.client.defaults["REMOTE_ADDR"] = address
    response = scim.get(path)
    REQUESTS.flush()
    return response


def moves():
    return list(AuditEvent.objects.filter(action=AuditAction.TOKEN_AT_NEW_ADDRESS).order_by("created_at", "id"))


def test_use_from_a_second_address_is_an_event(scim, organization):
    use(scim, HOME)
    assert moves() == [], "the first address of a token is known"
    response = use(scim, AWAY)
    (event,) = moves()
    token = AccessToken.objects.get()
    assert (event.target_type, event.target_id, event.target_label) == ("Token", str(token.pk), token.name)
    assert (event.actor_address, event.connection_id) == (AWAY, token.connection_id)
    assert event.request_id == response["X-Request-ID"]
    assert Sentences(organization, [event]).each()[0].text == f"The token {token.name} was used from a new address"
    use(scim, AWAY)
    use(scim, HOME)
    assert len(moves()) == 1


def test_event_that_could_not_be_recorded_is_recorded_on_the_next_use(scim, monkeypatch):
    use(scim, HOME)
    with monkeypatch.context() as patched:
        patched.setattr(token_addresses, "record_repeated", refuse)
        with pytest.raises(OperationalError):
            use(scim, AWAY)
    assert moves() == []
    use(scim, AWAY)
    assert [event.actor_address for event in moves()] == [AWAY]


def refuse(happenings):
    raise OperationalError("the server closed the connection")


def test_address_is_new_again_after_30_days(scim, at):
    use(scim, HOME)
    use(scim, AWAY)
    at(days=20)
    use(scim, HOME)
    at(days=31)
    use(scim, AWAY)
    assert len(moves()) == 2
    use(scim, HOME)
    assert len(moves()) == 2


def test_only_a_different_address_is_new_for_an_idle_token(scim, at):
    use(scim, HOME)
    at(days=90)
    sweep_requests()
    assert TokenAddress.objects.count() == 1, "the newest address of a token stays"
    use(scim, AWAY)
    assert len(moves()) == 1
    at(days=130)
    use(scim, AWAY)
    sweep_requests()
    assert TokenAddress.objects.values_list("address", flat=True).get() == AWAY


def test_each_process_knows_the_addresses_seen_by_others(scim):
    use(scim, HOME)
    use(scim, AWAY)
    REQUESTS.__init__()
    use(scim, HOME)
    use(scim, AWAY)
    assert len(moves()) == 1


def test_ipv6_clients_of_one_network_count_as_one_address(scim):
    use(scim, "2001:db8:0:1::1")
    use(scim, "2001:db8:0:1:ffff::2")
    assert moves() == []
    use(scim, "2001:db8:0:2::1")
    assert len(moves()) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1:2:3:4", "2001:db8::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        (None, ""),
        ("nonsense", ""),
    ],
)
def test_ipv6_addresses_are_reduced_to_their_network(address, network):
    assert network_of(address) == network


def test_use_of_the_audit_api_counts_too(organization, client):
    _, secret = factories.make_token(organization, scopes=[Scope.AUDIT_READ])
    for address in (HOME, AWAY):
        client.get("/v1/audit/events", headers={"Authorization": f"Bearer {secret}"}, REMOTE_ADDR=address)
        REQUESTS.flush()
    assert len(moves()) == 1


def test_refused_token_records_no_address(scim):
    use(scim, HOME)
    scim.headers["Authorization"] = "Bearer wrong"
    assert use(scim, AWAY).status_code == 401
    assert moves() == []
    assert TokenAddress.objects.count() == 1


def test_known_address_needs_no_statement_and_a_new_one_an_index_probe(scim):
    use(scim, HOME)
    scim.get("/Users")
    with CaptureQueriesContext(connection) as queries:
        REQUESTS.flush()
    assert not [query for query in queries if "tokenaddress" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + NOTE_ADDRESSES, {"uses": "[]", "days": 30})
        plan = "\n".join(row[0] for row in cursor)
    assert "controlhub_tokenaddress_pkey" in plan
    assert "Seq Scan on controlhub_tokenaddress" not in plan


def test_ready_made_alert_fires(scim, organization, portal):
    assert "token-address" in {ready.key for ready in READY}
    values = initial_of_ready("token-address", "ops@example.com")
    assert portal.get(reverse("alert-add"), {"ready": "token-address"}).status_code == 200
    window = timedelta(minutes=values["window"])
    wanted = AlertSettings("Moves", AlertTrigger.EVENTS, values["query"], 1, window, ("ops@example.com",))
    use(scim, HOME)
    seal_events()
    add_alert(organization, wanted, actor=COMMAND)
    seal_events()
    assert evaluate_alerts() == 0
    use(scim, AWAY)
    seal_events()
    assert evaluate_alerts() == 1


def test_addresses_are_deleted_with_their_token(scim):
    use(scim, HOME)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM controlhub_accesstoken")
    assert not TokenAddress.objects.exists()
