"""The work of one PATCH is limited, and under the limit it grows linearly with the length of the request."""

import pytest

from scim.protocol.errors import InvalidValue
from scim.protocol.leniency import Leniency
from scim.protocol.messages import parse_patch
from scim.protocol.patch import apply
from scim.protocol.resource_types import USER_RESOURCE
from scim.protocol.work import MAX_KEYS, MAX_WORK, Work
from tests.steps import grows_linearly, steps

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
EMAILS = [{"value": f"{index}@example.com", "type": "work"} for index in range(1_000)]
PARTS = ("formatted", "streetAddress", "locality", "region", "postalCode", "type")


def of_parts(bits, text):
    """An address with the parts that the bits select."""
    return {part: text for place, part in enumerate(PARTS) if bits >> place & 1}


ADDRESSES = [{**of_parts(63, "x"), "formatted": f"{index}"} for index in range(1_000)]
NEO = {"userName": "neo", "emails": EMAILS, "addresses": ADDRESSES}


def patch(*operations, document=NEO, work=None):
    leniency = Leniency()
    parsed = parse_patch({"schemas": [PATCH_OP], "Operations": list(operations)}, leniency)
    return apply(parsed, document, USER_RESOURCE, leniency, work=work)


def replace(condition, value="x"):
    return {"op": "replace", "path": f"emails[{condition}].display", "value": value}


def one(index):
    return replace(f'value eq "{index}@example.com"')


def any_of(operator, terms):
    return " or ".join(f'value {operator} "{index}@example.com"' for index in range(terms))


REFUSED = {
    "200 comparisons of 1,000 elements, 16 times": [replace(any_of("co", 200))] * 16,
    "1,000 operations on single elements": [one(index) for index in range(1_000)],
    "1,000 keys with a filter, without path": [{"op": "replace", "value": {one(i)["path"]: "x" for i in range(1_000)}}],
    "1,000 operations on all elements": [{"op": "replace", "path": "emails.type", "value": "x"}] * 1_000,
    "removals with values": [{"op": "remove", "path": "emails", "value": [{"value": "x"}]}] * 1_000,
    "removals that name 60 sets of sub-attributes": [
        {"op": "remove", "path": "addresses", "value": [of_parts(bits, "y") for bits in range(1, 61)]}
    ]
    * 20,
    "too many keys": [{"op": "add", "value": {f"unknown{index}": 1 for index in range(MAX_KEYS + 1)}}],
}


@pytest.mark.parametrize("operations", REFUSED.values(), ids=REFUSED)
def test_too_much_work_is_refused_and_the_limit_is_named(operations):
    with pytest.raises(InvalidValue, match=f"{MAX_WORK:,}|{MAX_KEYS:,}"):
        patch(*operations)


@pytest.mark.parametrize("operations", REFUSED.values(), ids=REFUSED)
def test_refusal_costs_no_more_than_the_allowed_work(operations):
    def work():
        with pytest.raises(InvalidValue):
            patch(*operations)

    assert steps(work) < 12 * MAX_WORK


TAKEN = {
    "200 comparisons of 1,000 elements": [replace(any_of("eq", 200))],
    "50 operations on single elements": [one(index) for index in range(50)],
    "1,000 operations on simple attributes": [{"op": "replace", "path": "title", "value": "x"}] * 1_000,
}


@pytest.mark.parametrize("operations", TAKEN.values(), ids=TAKEN)
def test_requests_of_real_clients_are_accepted(operations):
    assert patch(*operations).document["userName"] == "neo"


def test_operations_of_a_bulk_request_share_one_limit():
    work = Work()
    patch(*[one(index) for index in range(50)], work=work)
    with pytest.raises(InvalidValue):
        patch(*[one(index) for index in range(50)], work=work)


def test_ids_joined_by_or_are_looked_up_at_once():
    """Each element is tested with one lookup, however many values there are."""
    few, many = (steps(lambda terms=terms: patch(replace(any_of("eq", terms)))) for terms in (2, 200))
    assert many < 3 * few


def test_filter_work_is_linear_in_the_elements():
    def make(size):
        document = {"userName": "neo", "emails": EMAILS[:size]}
        return lambda: patch(replace(any_of("co", 20)), document=document)

    assert grows_linearly(make, 400)


def test_removal_with_filter_and_values_is_linear_in_the_elements():
    def make(size):
        document = {"userName": "neo", "emails": EMAILS[:size]}
        operation = {"op": "remove", "path": 'emails[type eq "work"]', "value": EMAILS[:size]}
        return lambda: patch(operation, document=document)

    assert grows_linearly(make, 400)


def test_accumulated_values_do_not_exceed_the_limit_of_one_request():
    more = {"op": "add", "path": "emails", "value": [{"value": "more@example.com"}]}
    with pytest.raises(InvalidValue, match="1,000"):
        patch(more)
    with pytest.raises(InvalidValue, match="1,000"):
        patch({"op": "add", "path": 'emails[type eq "home"].value', "value": "more@example.com"})
    larger = {"userName": "neo", "emails": [*EMAILS, {"value": "before@example.com", "type": "home"}]}
    gone = patch({"op": "remove", "path": 'emails[type eq "home"]'}, document=larger)
    assert len(gone.document["emails"]) == 1_000
    kept = patch({"op": "replace", "path": 'emails[type eq "home"].display', "value": "x"}, document=larger)
    assert len(kept.document["emails"]) == 1_001
