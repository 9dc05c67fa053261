"""Lists of audit events: which events a query string means, one page of them, and how many there are."""

from audit.lists.criteria import Criteria, InvalidFilterError
from audit.lists.pages import Page, load_page
from audit.lists.places import Place

__all__ = ["Criteria", "InvalidFilterError", "Page", "Place", "load_page"]
