"""Bulk actions by their pages."""

from tests import pages


def press_many(browser, page, ids, *, query="", **typed):
    """Select users, or with `ids="all"` everything that matches, and confirm the preview; the answer to that.

    An answer without a preview, such as a redirect or 403, comes back as it is.
    """
    chosen = {"all": "1"} if ids == "all" else {"ids": [str(pk) for pk in ids]}
    asked = browser.post(page, {**chosen, "query": query})
    if asked.status_code != 200:
        return asked
    form = pages.read(asked).form(page)
    return browser.post(page, {**form.fields, **typed})
