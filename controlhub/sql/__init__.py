"""Everything that builds SQL text, with named parameters (docs/sql.md, docs/decisions/0044)."""
