"""How `make run` installs packages: uv gets the configuration of pip."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
uv_settings = runpy.run_path(str(ROOT / "requirements" / "install.py"))["uv_settings"]


@pytest.mark.parametrize(
    ("pip", "expected"),
    [
        (
            {"index-url": "https://me:secret@mirror.example/simple"},
            {"UV_DEFAULT_INDEX": "https://me:secret@mirror.example/simple"},
        ),
        ({"extra-index-url": "file:///a\nfile:///b"}, {"UV_INDEX": "file:///a file:///b"}),
        ({"find-links": "/opt/wheels /srv/wheels"}, {"UV_FIND_LINKS": "/opt/wheels,/srv/wheels"}),
        ({"no-index": "1"}, {"UV_NO_INDEX": "1"}),
        ({"cert": "/etc/ssl/ca.pem"}, {"SSL_CERT_FILE": "/etc/ssl/ca.pem"}),
        ({"proxy": "http://proxy.example:3128"}, {"ALL_PROXY": "http://proxy.example:3128"}),
        ({"constraint": "/etc/pip/constraints.txt", "quiet": "1"}, {}),
    ],
)
def test_uv_gets_the_options_of_pip(pip, expected):
    found = uv_settings(pip)
    assert {name: found[name] for name in expected} == expected
    assert found.keys() - expected.keys() == {"UV_INDEX_STRATEGY", "UV_SYSTEM_CERTS", "UV_NO_CONFIG"}


def test_pip_is_used_with_an_option_that_uv_does_not_support():
    assert uv_settings({"index-url": "https://mirror.example/simple", "only-binary": ":all:"}) is None
