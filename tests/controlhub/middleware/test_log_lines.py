"""Each log line about a request contains its ID, including lines that Django writes after the middleware."""

import logging

import pytest
from django.conf import settings
from django.test import Client

from controlhub.middleware.log_lines import RequestIdFilter

SENT = "asked-by-a-test-1"


@pytest.fixture
def lines(caplog):
    """The output of the handler in LOGGING."""
    line = settings.LOGGING["formatters"]["line"]
    former = caplog.handler.formatter
    caplog.handler.addFilter(carries_id := RequestIdFilter())
    caplog.handler.setFormatter(logging.Formatter(line["format"], style=line["style"]))
    caplog.set_level(logging.WARNING)
    levels = ("WARNING ", "ERROR ")  # the other lines belong to tracebacks
    yield lambda: [line for line in caplog.text.splitlines() if line.startswith(levels)]
    caplog.handler.removeFilter(carries_id)
    caplog.handler.setFormatter(former)


@pytest.mark.parametrize(
    ("path", "method", "logger"),
    [("/nowhere", "get", "django.request"), ("/health/live/x", "get", "django.request")],
)
def test_django_log_line_about_a_response_has_the_request_id(db, lines, path, method, logger):
    getattr(Client(), method)(path, headers={"X-Request-ID": SENT})
    assert [f"{logger} [{SENT}]" in line for line in lines()] == [True]


def test_django_log_line_about_a_failure_has_the_request_id(db, lines, monkeypatch):
    monkeypatch.setattr("controlhub.api.health.fetch_rows", None)
    Client(raise_request_exception=False).get("/health/ready", headers={"X-Request-ID": SENT})
    failure = next(line for line in lines() if "Internal Server Error" in line)
    assert f"[{SENT}]" in failure


def test_log_line_about_a_refused_host_has_the_request_id(db, lines):
    Client(raise_request_exception=False).get("/sign-in/", headers={"Host": "elsewhere.example", "X-Request-ID": SENT})
    assert any("elsewhere.example" in line for line in lines())
    assert all(f"[{SENT}]" in line for line in lines())


def test_lines_outside_a_request_have_no_id(lines):
    logging.getLogger("controlhub").warning("alone")
    assert lines() == ["WARNING controlhub [-] alone"]
