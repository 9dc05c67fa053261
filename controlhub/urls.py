"""The URL configuration of the whole site."""

from django.conf import settings
from django.urls import include, path

from controlhub.api import health, oauth
from controlhub.metrics.views import metrics
from controlhub.portal.views import gallery

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    path("oauth/token", oauth.token_endpoint, name="oauth-token"),
    path("", include("scim.urls")),
    path("", include("controlhub.portal.urls")),
    path("", include("audit.urls")),
    path("directory/", include("directory.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("gallery/", gallery.gallery, name="gallery"))

handler400 = "controlhub.portal.errors.bad_request"
handler403 = "controlhub.portal.errors.forbidden"
handler404 = "controlhub.portal.errors.not_found"
handler500 = "controlhub.portal.errors.failed"
