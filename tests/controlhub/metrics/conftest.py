"""A site with METRICS_TOKEN, and its metrics as parsed by Prometheus."""

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a-token-for-prometheus"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Samples(dict):
    """Values by name and labels."""

    def __init__(self, text):
        families = text_string_to_metric_families(text)
        super().__init__(
            ((sample.name, frozenset(sample.labels.items())), sample.value)
            for family in families
            for sample in family.samples
        )

    def value(self, name, **labels):
        """The value with these labels, or 0 for a counter that has not started."""
        return self.get((f"controlhub_{name}", frozenset(labels.items())), 0)

    def names(self):
        return {name for name, _ in self}

    def labels(self, label):
        return {value for _, labels in self for key, value in labels if key == label}


@pytest.fixture
def site(settings):
    """A client of a site with metrics enabled."""
    settings.METRICS_TOKEN = TOKEN
    return Client(raise_request_exception=False)


@pytest.fixture
def scrape(site):
    def ask():
        answer = site.get("/metrics", headers=BEARER)
        assert answer.status_code == 200
        return Samples(answer.content.decode())

    return ask
