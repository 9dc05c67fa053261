"""The pages of the audit log."""

from audit.views import detail, exports, lists, saved_views

__all__ = ["detail", "exports", "lists", "saved_views"]
