"""Formats of dates where those of Django do not fit: FORMAT_MODULE_PATH."""
