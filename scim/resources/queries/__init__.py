"""`filter` and `sortBy` to SQL: what needs both SCIM's schemas and the tables (docs/decisions/0044)."""
