"""Encrypted secrets can be decrypted only with their key and in their place."""

import pytest

from controlhub.security import vault
from controlhub.security.vault import SealBrokenError, seal, unseal


@pytest.fixture
def keys(monkeypatch):
    """`keys(text)`: set ENCRYPTION_KEY as after a restart."""

    def give(text):
        monkeypatch.setenv("ENCRYPTION_KEY", text)
        vault._keys.cache_clear()

    yield give
    vault._keys.cache_clear()


def test_secret_can_be_decrypted_in_its_place():
    sealed = seal("s3cret, naïve", place="row 1")
    assert "s3cret" not in sealed
    assert unseal(sealed, place="row 1") == "s3cret, naïve"
    assert seal("s3cret, naïve", place="row 1") != sealed, "a nonce of its own each time"


@pytest.mark.parametrize("broken", ["", "x", "é.é", "deadbeef.AAAA", None, "flip"])
def test_invalid_or_moved_secret_cannot_be_decrypted(broken):
    sealed = seal("s3cret", place="row 1")
    key_id, _, data = sealed.partition(".")
    text = {None: sealed, "flip": f"{key_id}.{data[:-6]}AAAA=="}.get(broken, broken)
    with pytest.raises(SealBrokenError):
        unseal(text, place="row 2" if broken is None else "row 1")


def test_old_key_still_decrypts_after_rotation(keys):
    keys("old")
    sealed = seal("s3cret", place="row 1")
    keys("new old")
    assert unseal(sealed, place="row 1") == "s3cret"
    assert seal("s3cret", place="row 1").partition(".")[0] != sealed.partition(".")[0]
    keys("new")
    with pytest.raises(SealBrokenError):
        unseal(sealed, place="row 1")


def test_secret_with_base64_padding_can_be_decrypted():
    sealed = seal("s3cret", place="row 1")
    padded = sealed + "=" * (-len(sealed.partition(".")[2]) % 4)
    assert padded != sealed
    assert unseal(padded, place="row 1") == "s3cret"


def test_any_changed_character_is_detected():
    sealed = seal("s3cret", place="row 1")
    for place in (len("deadbeef."), -1):
        for other in set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") - {sealed[place]}:
            changed = list(sealed)
            changed[place] = other
            with pytest.raises(SealBrokenError):
                unseal("".join(changed), place="row 1")
