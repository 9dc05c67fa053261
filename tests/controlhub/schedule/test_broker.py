"""The worker and the scheduler wait for the broker indefinitely."""

from controlhub.celery import app


def test_broker_connection_is_retried_forever():
    assert app.conf.broker_connection_max_retries is None
    assert app.conf.broker_connection_retry_on_startup
