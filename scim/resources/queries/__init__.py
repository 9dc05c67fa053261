"""Translates `filter` and `sortBy` to SQL, which needs both SCIM's schemas and the tables (docs/decisions/0044)."""
