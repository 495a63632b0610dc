import pytest

from crm_plugin.contacts.models import ContactChange
from crm_plugin.touchpoints import log
from crm_plugin.touchpoints.models import Touchpoint

pytestmark = pytest.mark.django_db


def call(contact, **more):
    return log.record(contact, "call", channel="phone", direction="in", **more)


def test_a_touchpoint_keeps_its_own_copy_of_what_was_said(contact):
    touchpoint = call(contact, summary="Asked for a table", page_title="Contact us")
    touchpoint.refresh_from_db()
    assert (touchpoint.summary, touchpoint.page_title) == (
        "Asked for a table",
        "Contact us",
    )


def test_the_same_key_is_recorded_once(contact):
    first = call(contact, key="form:1", summary="first")
    again = call(contact, key="form:1", summary="second")
    assert again == first
    assert Touchpoint.objects.get().summary == "first"


def test_it_tells_the_change_feed(contact):
    call(contact)
    change = ContactChange.objects.get()
    assert (change.contact_id, change.aspect) == (contact.pk, "touchpoints")


def test_a_known_key_tells_the_change_feed_nothing_new(contact):
    call(contact, key="form:1")
    call(contact, key="form:1")
    assert ContactChange.objects.count() == 1


def test_too_long_a_title_is_cut_and_not_lost(contact):
    assert len(call(contact, summary="長" * 500).summary) == 200
