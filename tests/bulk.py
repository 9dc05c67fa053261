"""Bulk actions through their pages."""

from tests import pages


def press_many(browser, page, ids, *, query="", **typed):
    """Select users, or with `ids="all"` all matching users, confirm the preview, and return the response to that.

    A response without a preview, such as a redirect or 403, is returned as is.
    """
    chosen = {"all": "1"} if ids == "all" else {"ids": [str(pk) for pk in ids]}
    asked = browser.post(page, {**chosen, "query": query})
    if asked.status_code != 200:
        return asked
    form = pages.read(asked).form(page)
    return browser.post(page, {**form.fields, **typed})
