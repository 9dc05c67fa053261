"""Everything under /groups/."""

from controlhub.portal.views.groups import changes, lists, members, picker, tabs

__all__ = ["changes", "lists", "members", "picker", "tabs"]
