"""Worker and scheduler wait for the broker as long as it takes."""

from controlhub.celery import app


def test_broker_retries_do_not_end():
    assert app.conf.broker_connection_max_retries is None
    assert app.conf.broker_connection_retry_on_startup
