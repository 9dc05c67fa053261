"""Users in files: the columns that a schema has, cells as text, and files as tables (docs/import-export.md)."""
