import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_plugin import signing

ID = "1d6f2c4e-3f0e-4b8e-9d8a-0c9a1b2c3d4e"


def test_a_token_says_what_was_put_in():
    token = signing.make("click", ID, link=7)
    assert signing.read("click", token) == {"id": ID, "link": 7}


def test_a_token_of_one_purpose_is_refused_for_another():
    with pytest.raises(signing.BadToken):
        signing.read("unsub", signing.make("click", ID))


@given(st.text(max_size=200))
def test_invented_tokens_are_refused(text):
    with pytest.raises(signing.BadToken):
        signing.read("click", text)


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_changed_character_is_refused(position, character):
    token = signing.make("click", ID)
    place = position % len(token)
    changed = token[:place] + character + token[place + 1 :]
    if changed != token:
        with pytest.raises(signing.BadToken):
            signing.read("click", changed)


def test_an_old_token_is_told_from_a_wrong_one(time_machine):
    time_machine.move_to(dt.datetime.now(dt.UTC))
    token = signing.make("confirm", ID)
    time_machine.shift(dt.timedelta(days=8))
    with pytest.raises(signing.ExpiredToken):
        signing.read("confirm", token, max_age=dt.timedelta(days=7))


def test_links_survive_a_change_of_the_secret_key(settings):
    token = signing.make("unsub", ID)
    settings.SECRET_KEY, old = "new-key", settings.SECRET_KEY
    settings.SECRET_KEY_FALLBACKS = [old]
    assert signing.read("unsub", token)["id"] == ID


def test_links_made_before_the_link_key_was_set_stay_alive(settings):
    token = signing.make("unsub", ID)
    settings.CRM_LINK_KEY = "a key of its own"
    assert signing.read("unsub", token)["id"] == ID


@pytest.mark.parametrize("way", ["own", "rotated"])
def test_an_address_is_known_by_its_hash_under_an_earlier_key(settings, way):
    said = signing.address_hash("email", "a@b.example")
    if way == "own":
        settings.CRM_LINK_KEY = "a key of its own"
    else:
        settings.SECRET_KEY, old = "new-key", settings.SECRET_KEY
        settings.SECRET_KEY_FALLBACKS = [old]
    assert signing.is_of_address(said, "email", "a@b.example")
    assert signing.is_of_address(said[:16], "email", "a@b.example")
    assert not signing.is_of_address(said, "email", "c@b.example")
    assert not signing.is_of_address("", "email", "a@b.example")
    settings.CRM_LINK_KEY, settings.SECRET_KEY = "", "another"
    settings.SECRET_KEY_FALLBACKS = []
    assert not signing.is_of_address(said, "email", "a@b.example")


def test_hashes_depend_on_channel_and_key(settings):
    one = signing.address_hash("email", "a@b.example")
    assert one != signing.address_hash("phone", "a@b.example")
    settings.CRM_LINK_KEY = "another"
    assert one != signing.address_hash("email", "a@b.example")
