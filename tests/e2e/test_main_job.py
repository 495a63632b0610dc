"""The main job, end to end: form, contact, answer, segment, campaign, personal page."""

import pytest

from . import arriving, choosing, shaping, writing
from . import story as s
from .story import Story

pytestmark = [pytest.mark.e2e, pytest.mark.once, pytest.mark.database]
# One test and not one for each step: every step stands on those before it.
STEPS = [
    arriving.she_asks,
    arriving.firms_say_who_they_are,
    arriving.he_books,
    arriving.he_came,
    arriving.staff_find_her,
    arriving.staff_answer,
    arriving.she_confirms,
    arriving.somebody_takes_her_address,
    shaping.marketer_adds_an_attribute,
    shaping.staff_note_an_occasion,
    shaping.staff_import_contacts,
    shaping.staff_import_purchases,
    shaping.staff_take_an_import_back,
    shaping.marketer_looks_at_lunch_guests,
    shaping.marketer_makes_a_segment,
    writing.marketer_drafts,
    writing.an_open_inquiry_holds_her_back,
    writing.staff_call_her,
    writing.marketer_tries,
    writing.marketer_takes_it_back,
    writing.marketer_launches,
    choosing.she_clicks,
    choosing.search_knows_the_default_only,
    choosing.she_unsubscribes,
    choosing.nobody_is_left,
    choosing.owner_sees_what_came_of_it,
    choosing.staff_stand_in_the_restaurant,
]


def test_the_road_from_a_form_to_a_personal_page(hinata, browser_window):
    s.walk(Story(hinata, browser_window), STEPS)
