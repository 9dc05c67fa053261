"""The routes of the directory's pages."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("directory.portal.application_urls")),
    path("", include("directory.portal.people_urls")),
]
