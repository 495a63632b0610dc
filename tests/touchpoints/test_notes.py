import datetime as dt

import pytest

from crm_plugin.models import FollowUp, Inquiry, Touchpoint
from crm_plugin.touchpoints import notes
from crm_plugin.touchpoints.happened import MEANINGS, Happened

pytestmark = pytest.mark.django_db


def test_everything_that_can_happen_means_one_touchpoint():
    assert set(MEANINGS) == set(Happened)


def test_what_happened_settles_kind_channel_and_direction(contact):
    row = notes.write_down(contact, "missed", summary="Menu", by=None, key="k")
    assert (row.kind, row.channel, row.direction) == ("call", "phone", "out")


def test_another_channel_than_the_usual_one_is_kept(contact):
    said = {"summary": "Cold soup", "channel": "shop", "by": None, "key": "k"}
    assert notes.write_down(contact, "complaint", **said).channel == "shop"


def test_the_next_step_of_a_complaint_belongs_to_its_inquiry(contact):
    notes.write_down(
        contact,
        Happened.COMPLAINT,
        summary="Cold soup",
        by=None,
        key="k",
        next_what="Call her",
        next_on=dt.date(2030, 1, 31),
    )
    assert FollowUp.objects.get().inquiry == Inquiry.objects.get()


def test_the_same_note_twice_is_one_note(contact):
    for _again in range(2):
        notes.write_down(contact, "visit", summary="Asked", by=None, key="k")
    assert Touchpoint.objects.count() == 1


def test_a_word_that_nobody_knows_is_refused(contact):
    with pytest.raises(ValueError, match="telepathy"):
        notes.write_down(contact, "telepathy", summary="Hm", by=None, key="k")
