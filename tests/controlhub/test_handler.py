"""The WSGI handler: with a middleware chain of the test, and with the full chain compared to Django's handler."""

import io

import pytest
from django.core.handlers.base import reset_urlconf
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import path

from controlhub import urls
from controlhub.handler import Handler

FORM = (
    b'--edge\r\nContent-Disposition: form-data; name="people"; filename="people.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\nneo\r\n--edge--\r\n"
)


@pytest.fixture
def answered():
    """What the server gets for a request handled by this function: status, headers, response."""

    def run(chain, **environ):
        handler, started = Handler(), []
        handler._middleware_chain = chain
        base = {"REQUEST_METHOD": "GET", "PATH_INFO": "/users", "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http"}
        response = handler({**base, **environ}, lambda *line: started.append(line))
        ((status, headers),) = started
        return status, headers, response

    yield run
    request_finished.connect(reset_urlconf)


def test_status_headers_and_cookies_are_sent(answered):
    def chain(request):
        response = HttpResponse("made", status=201, headers={"ETag": 'W/"1"'})
        response.set_cookie("theme", "dark")
        response.set_cookie("language", "de")
        return response

    status, headers, response = answered(chain)
    assert (status, b"".join(response)) == ("201 Created", b"made")
    assert ("ETag", 'W/"1"') in headers
    assert [value.partition(";")[0] for name, value in headers if name == "Set-Cookie"] == ["theme=dark", "language=de"]


def test_uploaded_file_is_closed_with_the_response(answered):
    files = []

    def chain(request):
        files.append(request.FILES["people"])
        return HttpResponse(files[0].read())

    kind = {"CONTENT_TYPE": "multipart/form-data; boundary=edge", "CONTENT_LENGTH": str(len(FORM))}
    _, _, response = answered(chain, REQUEST_METHOD="POST", **kind, **{"wsgi.input": io.BytesIO(FORM)})
    assert b"".join(response) == b"neo"
    assert not files[0].closed
    response.close()
    assert files[0].closed


def test_error_is_logged_with_its_path(answered, caplog):
    answered(lambda request: HttpResponse(status=404))
    assert [record.getMessage() for record in caplog.records] == ["Not Found: /users"]


def parts():
    yield b"streamed "
    yield b"in parts"


def fail(_request):
    raise RuntimeError("a defect")


urlpatterns = [
    *urls.urlpatterns,
    path("test/streamed", lambda _request: StreamingHttpResponse(parts())),
    path("test/file", lambda _request: FileResponse(io.BytesIO(b"a file"), filename="people.csv")),
    path("test/defect", fail),
]
REQUESTS = {
    "a page": {"PATH_INFO": "/sign-in/"},
    "a redirect": {"PATH_INFO": "/users/"},
    "no page": {"PATH_INFO": "/nowhere"},
    "an empty path": {"PATH_INFO": ""},
    "broken UTF-8": {"PATH_INFO": "/\xff"},
    "another host": {"PATH_INFO": "/users/", "HTTP_HOST": "evil.example.com"},
    "no token": {"PATH_INFO": "/v1/scim/01a21722-2bff-75ff-a872-962eaeeb6cf1/Users"},
    "no endpoint": {"PATH_INFO": "/v1/scim/nonsense"},
    "options": {"PATH_INFO": "/users/", "REQUEST_METHOD": "OPTIONS"},
    "a stream": {"PATH_INFO": "/test/streamed"},
    "a file": {"PATH_INFO": "/test/file"},
    "a defect": {"PATH_INFO": "/test/defect"},
}
CHANGING = {"X-Request-ID", "Content-Security-Policy", "ETag", "Date", "Expires", "Last-Modified"}


@pytest.mark.parametrize("name", REQUESTS)
def test_response_equals_that_of_djangos_handler(organization, settings, name):
    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = ["localhost"]
    found = []
    for handler in (WSGIHandler(), Handler()):
        base = {"REQUEST_METHOD": "GET", "HTTP_HOST": "localhost", "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
        started = []
        environ = {**base, "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "https", **REQUESTS[name]}
        response = handler(environ, lambda *line, to=started: to.append(line))
        ((status, headers),) = started
        kept = sorted((key, value) for key, value in headers if key not in {*CHANGING, "Set-Cookie"})
        cookies = [value.strip().partition("=")[0] for key, value in headers if key == "Set-Cookie"]
        found.append((status, kept, cookies, len(b"".join(response))))
        response.close()
    assert found[0] == found[1]


def test_omitted_signal_has_no_receivers():
    Handler()
    assert request_started.receivers == []
