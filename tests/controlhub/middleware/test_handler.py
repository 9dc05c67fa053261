"""The WSGI handler, with a middleware chain of the test."""

import io

import pytest
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished
from django.http import HttpResponse

from controlhub.middleware.handler import Handler

FORM = (
    b'--edge\r\nContent-Disposition: form-data; name="people"; filename="people.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\nneo\r\n--edge--\r\n"
)


@pytest.fixture
def answered():
    """What the server gets for a request whose chain is this function: status, headers, response."""

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
