"""The viewer's pages."""

from audit.views import detail, lists, saved_views

__all__ = ["detail", "lists", "saved_views"]
