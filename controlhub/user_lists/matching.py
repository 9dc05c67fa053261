"""Finds the users that match criteria."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Now

from controlhub.models import Membership, Organization, ProvisioningError, Status, User
from controlhub.models.expressions import DOMAIN, compared
from controlhub.models.users import UserQuerySet
from controlhub.user_lists.criteria import ANY_ROLE, DELETED, DUE, NO_CONNECTION, REVIEW, Criteria
from controlhub.user_lists.search import found_by_index


def users_matching(organization: Organization, query: str | Mapping[str, str] | Criteria) -> UserQuerySet:
    """Returns the organization's users that match a query string, in no particular order.

    `query` is the query string of the list of users (`tab`, `q` and the filters; the rest is ignored), or Criteria.
    InvalidCriteriaError if a value is not valid. Read the users in portions by `ordinal`, for example with
    `.filter(ordinal__gt=last).order_by("ordinal")[:500]`.
    """
    criteria = query if isinstance(query, Criteria) else Criteria.read(query)
    users = filtered(_of_tab(User.objects.all(), criteria), criteria)
    if criteria.group:
        members = Membership.objects.filter(group=UUID(criteria.group), user__isnull=False)
        users = users.filter(pk__in=members.values("user"))
    if criteria.errors:
        errors = ProvisioningError.objects.in_organization(organization)
        users = users.filter(pk__in=errors.values("resource_id"))
    if criteria.q:
        return found_by_index(users, organization, criteria.q)
    return users.in_organization(organization)


def users_checked(organization: Organization, criteria: Criteria) -> UserQuerySet:
    """Returns the same users, ignoring `q`, for a query that scans all users in order until a page is full."""
    users = filtered(_of_tab(User.objects.in_organization(organization), criteria), criteria)
    if criteria.group:
        own = Membership.objects.filter(group=UUID(criteria.group), user=OuterRef("pk"))
        users = users.alias(in_group=Subquery(own.values("group")[:1])).filter(in_group__isnull=False)
    if criteria.errors:
        error = ProvisioningError.objects.filter(resource_id=OuterRef("pk"))
        users = users.alias(error=Subquery(error.values("resource_id")[:1])).filter(error__isnull=False)
    return users


def filtered(users: UserQuerySet, criteria: Criteria) -> UserQuerySet:
    """Returns the users that pass the filters on columns."""
    if criteria.status:
        users = users.with_status(Status(criteria.status))
    if criteria.connection:
        wanted = None if criteria.connection == NO_CONNECTION else UUID(criteria.connection)
        users = users.filter(connection=wanted)
    if criteria.role:
        has_role = ~Q(portal_role="")
        users = users.filter(has_role if criteria.role == ANY_ROLE else has_role & Q(portal_role=criteria.role))
    if criteria.due:
        users = users.due_for_purge(Now() + timedelta(days=DUE[criteria.due]))
    if criteria.domain:
        users = users.filter(compared(DOMAIN, "=", Value(criteria.domain)))
    return users


def _of_tab(users: UserQuerySet, criteria: Criteria) -> UserQuerySet:
    if criteria.tab == REVIEW:
        return users.awaiting_review()
    if criteria.due and not criteria.tab:
        return users
    return users.deleted() if criteria.tab == DELETED else users.listed()
