"""Each policy of an organization is declared once. All code that shows or changes policies covers all of them."""

import pytest
from django.core.management import load_command_class
from django.urls import reverse

from controlhub.errors import InvalidSettingError
from controlhub.models import Organization
from controlhub.models.policies import HOLD_REASON, POLICIES, PURGE_FLOOR, REFUSED_TOLERANCES, Page
from controlhub.portal.forms.organization import PoliciesForm, SignInPolicyForm
from controlhub.portal.forms.schemas import ScimPoliciesForm
from controlhub.portal.forms.users import HoldForm
from scim.protocol.leniency import Tolerance
from tests import pages

FORMS = {
    Page.ORGANIZATION: (PoliciesForm, HoldForm),
    Page.SCHEMAS: (ScimPoliciesForm,),
    Page.SIGN_IN: (SignInPolicyForm,),
}
OWN_FIELDS = {HOLD_REASON.name: "reason", REFUSED_TOLERANCES.name: "tolerated"}
OWN_OPTIONS = {HOLD_REASON.name: "hold", REFUSED_TOLERANCES.name: "refuse"}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
def test_policy_is_a_column_with_its_default(policy):
    assert Organization._meta.get_field(policy.name).default == policy.default


@pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
def test_policy_is_on_exactly_one_page(policy):
    field = OWN_FIELDS.get(policy.name, policy.name)
    assert [page for page, forms in FORMS.items() for form in forms if field in form().fields] == [policy.page]


@pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
def test_policy_has_a_command_option(policy):
    parser = load_command_class("controlhub", "change_policies").create_parser("manage.py", "change_policies")
    assert OWN_OPTIONS.get(policy.name, policy.name) in {action.dest for action in parser._actions}


@pytest.mark.parametrize(
    "policy", [policy for policy in POLICIES.values() if policy.check], ids=lambda policy: policy.name
)
def test_database_checks_the_same_values(policy):
    assert f"organization_{policy.name}" in {constraint.name for constraint in Organization._meta.constraints}


@pytest.mark.parametrize("value", [-1, 1_000_001, "5", None])
def test_number_out_of_range_is_refused(value):
    with pytest.raises(InvalidSettingError, match="purge_floor must be a whole number from 0 to 1000000"):
        PURGE_FLOOR.clean(value)


def test_saving_the_schemas_page_keeps_every_refused_tolerance(portal, organization):
    Organization.objects.update(refused_tolerances=sorted(Tolerance))
    shown = pages.read(portal.get(reverse("schema-list")))
    assert not shown.all("input[name=tolerated][checked]")
    portal.post(reverse("policies-change"), {"tolerated": ["dotted-key"]})
    refused = Organization.objects.get(pk=organization.pk).refused_tolerances
    assert refused == sorted(set(Tolerance) - {"dotted-key"})
