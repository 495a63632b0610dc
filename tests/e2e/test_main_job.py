"""The main job, end to end: form, contact, answer, segment, campaign, personal page."""

import pytest

from . import arriving
from .story import Story

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]
STEPS = [
    arriving.she_asks,
    arriving.he_books,
    arriving.he_came,
    arriving.staff_find_her,
    arriving.staff_answer,
    arriving.she_confirms,
    arriving.somebody_takes_her_address,
]


def test_the_road_from_a_form_to_a_personal_page(hinata, browser_window):
    story = Story(hinata, browser_window)
    for step in STEPS:
        try:
            step(story)
        except BaseException as error:
            error.add_note(f"in the story's step {step.__name__}: {step.__doc__}")
            raise
