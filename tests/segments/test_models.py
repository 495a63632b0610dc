"""What a segment is called."""

from crm_plugin.segments.models import Segment


def test_a_draft_that_saved_itself_before_it_was_named_can_be_told_apart():
    assert str(Segment(name="")) == "(no name yet)"
