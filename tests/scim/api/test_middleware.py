"""The patterns that SCIM requests are matched against."""

import pytest
from django.urls import include, path

from scim.api import middleware


def test_include_is_rejected_when_the_process_starts(monkeypatch):
    """It raises instead of returning None when it does not match, so requests would fail."""

    class Resolver:
        url_patterns = (path("v1/", include([])),)

    monkeypatch.setattr(middleware, "get_resolver", lambda _urls: Resolver)
    with pytest.raises(TypeError, match="has patterns of its own"):
        middleware.ScimMiddleware(lambda request: None)
