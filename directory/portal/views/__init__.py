"""The views of the directory's pages, one module for each noun."""
