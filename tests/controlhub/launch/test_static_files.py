"""Style sheets and scripts are combined into one file each, hashed and compressed. DEBUG loads each source."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from pipeline.conf import settings as pipeline_settings

from controlhub.backends.packages import SCRIPTS, STYLE_SHEETS
from controlhub.launch import prepare
from tests import pages, servers

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = [*STYLE_SHEETS.values(), *SCRIPTS.values()]


def names_of(folder):
    return sorted(f"{folder}/{path.name}" for path in (ROOT / "static" / folder).iterdir() if path.is_file())


STYLES = ["css/tokens.css", "css/base.css", "css/layout.css", *names_of("css/components"), *names_of("css/pages")]
BEHAVIORS = ["js/live.js", *(name for name in names_of("js") if name != "js/live.js")]


@pytest.fixture
def collected(settings):
    """The folder of a process that has collected static files as in production."""
    settings.STATIC_ROOT = servers.collected_static() / "static"
    return settings.STATIC_ROOT


@pytest.mark.deep
@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["output_filename"])
def test_packages_are_hashed_and_compressed(collected, package):
    hashed = json.loads((collected / "staticfiles.json").read_text())["paths"][package["output_filename"]]
    assert hashed != package["output_filename"]
    for suffix in ("", ".br", ".gz"):
        assert (collected / f"{hashed}{suffix}").stat().st_size > 1_000


@pytest.mark.deep
@pytest.mark.parametrize(
    ("packed", "sources", "separator"),
    [("portal.css", STYLES, "\n"), ("portal.js", ["django_htmx/htmx-2.min.js", *BEHAVIORS], "\n;")],
    ids=["styles", "scripts"],
)
def test_package_is_its_sources_in_order(collected, packed, sources, separator):
    texts = [Path(finders.find(name)).read_text() for name in sources]
    assert without_addresses((collected / packed).read_text()) == without_addresses(separator.join(texts))


def without_addresses(styles):
    """Removes URLs from style sheets, because they are relative to the file."""
    return re.sub(r'url\("[^"]+"\)', "url()", styles)


@pytest.mark.deep
def test_pages_load_every_source_in_order_with_debug(collected, monkeypatch):
    monkeypatch.setitem(pipeline_settings, "PIPELINE_ENABLED", False)
    page = pages.read(render_to_string("account/entrance.html", {}))
    assert [link["href"] for link in page.all("link[rel=stylesheet]")] == [f"/static/{name}" for name in STYLES]
    scripts = [script["src"] for script in page.all("script[src]")]
    assert scripts == [f"/static/{name}" for name in ("django_htmx/htmx-2.min.js", *BEHAVIORS)]


def test_changed_package_is_collected_again(settings):
    before = prepare._digest_of_sources()
    assert prepare._digest_of_sources() == before
    settings.PIPELINE = {**settings.PIPELINE, "STYLESHEETS": {}}
    assert prepare._digest_of_sources() != before
