"""Claims of values that must be unique in an organization: a constraint decides between concurrent requests."""

# A value that the resource already has is left as it is.
CLAIM = """
INSERT INTO controlhub_uniquevalue (organization_id, resource_type, attribute, key, resource_id)
SELECT %(organization)s, %(type)s, c.attribute, c.key, %(resource)s
FROM unnest(%(attributes)s::text[], %(keys)s::text[]) AS c(attribute, key)
WHERE NOT EXISTS (SELECT FROM controlhub_uniquevalue v WHERE v.organization_id = %(organization)s
    AND v.resource_type = %(type)s AND v.attribute = c.attribute AND v.key = c.key AND v.resource_id = %(resource)s)
"""
CLAIM_GROUP_NAMES = """
INSERT INTO controlhub_uniquevalue (organization_id, resource_type, attribute, key, resource_id)
SELECT organization_id, 'Group', 'displayName', display_name_key, id FROM controlhub_group
WHERE organization_id = %(organization)s
"""
