"""No link in the portal leads to a page that the user may not open or that does not exist."""

from collections import defaultdict, deque
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve

from audit.models import AuditEvent
from controlhub.models import Role, User
from tests import factories, pages
from tests.scenes import Scene
from tests.visits import visits, visits_with

MOST = 1_000
FEW = 4
"""The number of values of one parameter, such as activities in the log, that a crawl opens."""
SHORT = 20
"""IDs and cursors are longer, and names of filters, sort orders and tabs are shorter."""


@pytest.fixture
def scene(db):
    return Scene()


def addresses_on(page, base):
    """The targets of a page's links, htmx requests and search forms."""
    links = page.soup.find_all("a")
    found = {element[name] for name in ("href", "hx-get") for element in links if element.has_attr(name)}
    found |= {form.action or base for form in page.forms if form.method == "get"}
    local = {urldefrag(urljoin(base, address))[0] for address in found}
    return {address for address in local if not urlsplit(address).netloc}


def asked(address):
    """The parameters of a URL with their values, per view. All IDs and cursors count as the same value."""
    path, query = urlsplit(address)[2:4]
    view = view_of(path)
    values = ((name, value if len(value) < SHORT else "…") for name, value in parse_qsl(query, keep_blank_values=True))
    return {((view, name), value) for name, value in values} | {((view, ""), "")}


def asks_anew(address, opened):
    """Whether the URL has a new value of a parameter with few opened values. Records its values."""
    values = asked(address)
    is_new = any(value not in opened[name] and len(opened[name]) < FEW for name, value in values)
    for name, value in values:
        opened[name].add(value)
    return is_new


def view_of(path):
    """The name of the path's route, or the path itself if there is none."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return path


def crawl(browser, starts):
    """Each URL reachable by links, with the page that contains the link and the status of the response.

    Opens the starting points, one more object per route, and a few values per parameter. URLs that only combine known
    parameters differently are skipped.
    """
    waiting, seen, opened = deque(("", start) for start in starts), {}, defaultdict(set)
    while waiting and len(seen) < MOST:
        source, address = waiting.popleft()
        if address in seen or (source and not asks_anew(address, opened)):
            continue
        answer = browser.get(address)
        seen[address] = (source, answer.status_code)
        if answer.status_code == 302:
            waiting.append((address, answer["Location"]))
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            waiting += [(address, found) for found in sorted(addresses_on(pages.read(answer), address))]
    return seen


def fast_for(*fast, roles=Role):
    """All roles, those not given here marked for the deep tier."""
    return [role if role in fast else pytest.param(role, marks=pytest.mark.deep) for role in roles]


@pytest.mark.parametrize("role", fast_for(Role.HELP_DESK, Role.AUDITOR))
def test_every_link_leads_to_a_page_that_the_role_can_open(scene, role):
    browser = scene.browser(role)
    seen = crawl(browser, ["/", "/account/", *(f"/users/{user.pk}/" for user in scene.people() if may_view(role))])
    broken = {address: found for address, found in seen.items() if found[1] not in {200, 302}}
    assert not broken
    assert 10 < len(seen) < MOST


@pytest.mark.parametrize("role", fast_for(Role.FULL_ADMIN))
def test_every_page_of_the_resolver_has_working_links(scene, role):
    browser, source = scene.browser(role), {}
    found = visits(scene) if role is Role.FULL_ADMIN else visits_with(browser, scene)
    status = {visit.address: visit.status_code for visit in found}
    for visit in [visit for visit in found if visit.is_page]:
        source |= dict.fromkeys(addresses_on(visit.page, visit.address), visit.name)
    opened = defaultdict(set)
    for address in source.keys() - status.keys():
        if asks_anew(address, opened):
            status[address] = browser.get(address).status_code
    found = source.keys() & status.keys()
    assert not {(address, source[address], status[address]) for address in found if status[address] not in {200, 302}}
    assert len(source) > 10


def may_view(role):
    return Role(role).may("view_users")


def may_view_audit(role):
    return role.may("view_audit")


@pytest.mark.parametrize("role", fast_for(Role.FULL_ADMIN, Role.AUDITOR, roles=filter(may_view_audit, Role)))
def test_event_links_to_its_target_only_if_the_page_can_be_opened(scene, role):
    browser, linked = scene.browser(role), 0
    for event in AuditEvent.objects.in_organization(scene.organization).filter(target_type="User"):
        is_there = User.objects.filter(pk=event.target_id).exists()
        links = [address for _, address in pages.read(browser.get(f"/audit/{event.pk}/")).links]
        assert (f"/users/{event.target_id}/" in links) is (is_there and may_view(role))
        linked += is_there
    assert linked
    assert AuditEvent.objects.about(scene.gone_id).exists()


def test_organization_without_users_has_working_links(other_organization):
    helper, _ = factories.make_admin(other_organization, "help@machine.example", Role.HELP_DESK)
    seen = crawl(factories.browser(helper), ["/users/", "/users/?q=zzz", "/users/deleted/?q=zzz"])
    assert {status for _, status in seen.values()} <= {200, 302}
