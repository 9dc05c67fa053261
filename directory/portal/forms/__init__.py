"""Forms of the directory's pages."""
