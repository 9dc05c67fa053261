"""The route table of the whole site."""

from django.urls import include, path

from controlhub import health

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("", include("scim.urls")),
]
