"""The viewer's pages."""

from audit.views import detail, exports, lists, saved_views

__all__ = ["detail", "exports", "lists", "saved_views"]
