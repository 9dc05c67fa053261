"""Lists of audit events: the events that a query string selects, one page of them, and their number."""

from audit.lists.criteria import Criteria, InvalidFilterError
from audit.lists.pages import Page, load_page
from audit.lists.places import Place

__all__ = ["Criteria", "InvalidFilterError", "Page", "Place", "load_page"]
