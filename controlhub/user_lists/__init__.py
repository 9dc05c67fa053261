"""Lists of users: which users match a query string, in which order, one page of them, and their number.

`users_matching` is the one function that turns a query string into users: for the list, jobs and exports.
"""

from controlhub.user_lists.counts import Count, TabCounts, tab_counts
from controlhub.user_lists.criteria import Criteria, InvalidCriteriaError
from controlhub.user_lists.matching import users_matching
from controlhub.user_lists.menus import menu_counts
from controlhub.user_lists.pages import Page, TooBroadError, load_page
from controlhub.user_lists.selection import Selection, TooManySelectedError, select_all, select_ids

__all__ = [
    "Count",
    "Criteria",
    "InvalidCriteriaError",
    "Page",
    "Selection",
    "TabCounts",
    "TooBroadError",
    "TooManySelectedError",
    "load_page",
    "menu_counts",
    "select_all",
    "select_ids",
    "tab_counts",
    "users_matching",
]
