"""The search box that is on every page."""

from django import forms

MAX_TEXT = 200


class SearchForm(forms.Form):
    """A search over everything. Characters that cannot be searched are removed, so that every input is valid."""

    q = forms.CharField(required=False)

    @property
    def text(self) -> str:
        """The text with single spaces, cut to MAX_TEXT characters."""
        sent = self.data.get("q", "")
        return " ".join(sent.replace("\0", "").split())[:MAX_TEXT]
