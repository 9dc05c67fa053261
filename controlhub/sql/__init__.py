"""All code that builds SQL, with named parameters (docs/sql.md, docs/decisions/0044)."""
