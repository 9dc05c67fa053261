"""Attributes that only queries at the Webex base path can use (developer.webex.com, SCIM 2 Users, parameter `filter`).

These are attributes of the enterprise extension by their short names, and `meta.organizationId` of Webex's own
extensions, which can be filtered but is not an attribute of the resource.
"""

from dataclasses import replace

from controlhub.sql.conditions import Condition, Parameters
from controlhub.text.identifiers import id_of
from scim.protocol import urns
from scim.protocol.match import comparable
from scim.protocol.nodes import Comparison, Operator
from scim.protocol.schemas import WEBEX_GROUP, WEBEX_USER, Attribute, Mutability, ResourceSchema, Type
from scim.resources.queries.comparisons import text_test

_ORGANIZATION_ID = Attribute("organizationId", mutability=Mutability.READ_ONLY)
_META = Attribute("meta", Type.COMPLEX, mutability=Mutability.READ_ONLY, sub_attributes=(_ORGANIZATION_ID,))


def queried(schema: ResourceSchema) -> ResourceSchema:
    """The schema for interpreting filters, `sortBy` and `attributes` at the Webex base path."""
    extensions = tuple(
        replace(extension, attributes=(*extension.attributes, _META))
        if extension in {WEBEX_USER, WEBEX_GROUP}
        else extension
        for extension in schema.extensions
    )
    return replace(schema, extensions=extensions).with_short_names(urns.ENTERPRISE_USER)


def organization_id(node: Comparison, values: Parameters) -> Condition:
    """A comparison with the organization's id, which is the same for all of its resources."""
    value = comparable(node.operator, node.value, _ORGANIZATION_ID)
    if node.operator in {Operator.EQ, Operator.NE}:
        value = str(id_of(value) or value)
    return text_test(f"{values.add(str(values.organization_id))}::text", node.operator, value, values)
