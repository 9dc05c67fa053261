"""Users in files: the columns of a schema, cells as text, and files as tables (docs/import-export.md)."""
