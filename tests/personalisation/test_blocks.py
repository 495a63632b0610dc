import pytest
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from crm_plugin.personalisation.blocks import SegmentsBlock
from crm_plugin.personalisation.variants import Member, choose
from crm_plugin.segments.models import Segment
from tests.factories import SegmentFactory

from .site import BLOCK, BODY, personal


@pytest.fixture
def lunch(db):
    return SegmentFactory(key="lunch")


@pytest.fixture
def dinner(db):
    return SegmentFactory(key="dinner")


@pytest.fixture
def body(lunch, dinner):
    return BODY.to_python(
        [
            personal(
                ([lunch], [], "LUNCH first"),
                ([dinner], [lunch], "DINNER first"),
                default="the NEWS",
            )
        ]
    )


def read(body, *segments):
    reader = Member(frozenset(segment.pk for segment in segments))
    return body.render_as_block({"crm_reader": reader})


def test_a_member_gets_the_variant_of_the_segment(body, lunch):
    assert "LUNCH first" in read(body, lunch)


def test_everyone_else_gets_the_default(body):
    assert "the NEWS" in read(body)


def test_the_first_variant_that_fits_wins(body, lunch, dinner):
    html = read(body, lunch, dinner)
    assert "LUNCH first" in html
    assert "DINNER" not in html


def test_an_excluded_member_does_not_get_the_variant(lunch, dinner):
    value = {"variants": [{"include": [lunch.pk], "exclude": [dinner.pk]}]}
    assert choose(value, frozenset({lunch.pk, dinner.pk})) is None


def test_a_variant_that_excludes_what_must_stay_unknown_does_not_fit(lunch, dinner):
    value = {"variants": [{"include": [lunch.pk], "exclude": [dinner.pk]}]}
    assert choose(value, frozenset({lunch.pk}), frozenset({dinner.pk})) is None


def test_without_a_request_only_the_default_is_shown(body):
    assert "the NEWS" in str(body)


def test_a_preview_never_uses_the_cookie_of_the_editor(body, rf):
    request = rf.get("/")
    request.is_preview = True
    assert "the NEWS" in body.render_as_block({"request": request})


def test_site_search_finds_the_default_only(body):
    assert BODY.get_searchable_content(body) == ["the NEWS"]


def test_the_api_shows_the_default_only(body):
    (shown,) = BODY.get_api_representation(body)
    assert "LUNCH" not in str(shown)
    assert "the NEWS" in str(shown)


def test_the_segments_are_found_by_wagtails_usage_report(body, lunch, dinner):
    found = {pk for model, pk, *_ in BODY.extract_references(body) if model is Segment}
    assert found == {str(lunch.pk), str(dinner.pk)}


def test_a_value_survives_storing(body, lunch):
    again = BODY.to_python(BODY.get_prep_value(body))
    assert "LUNCH first" in read(again, lunch)


def test_a_segment_cannot_be_shown_to_and_excluded_at_once(lunch):
    value = BODY.to_python([personal(([lunch], [lunch], "x"), default="y")])
    with pytest.raises(ValidationError):
        BODY.clean(value)


def test_a_variant_without_a_segment_is_refused():
    value = BODY.to_python([personal(([], [], "x"), default="y")])
    with pytest.raises(ValidationError):
        BODY.clean(value)


def test_an_editors_ticks_become_ids(lunch, dinner):
    ticks = BLOCK.child_blocks["variants"].child_block.child_blocks["include"]
    post = RequestFactory().post("/", {"x": [str(dinner.pk), "junk"]}).POST
    assert ticks.value_from_datadict(post, {}, "x") == [dinner.pk]
    assert ticks.clean([dinner.pk]) == [dinner.pk]
    with pytest.raises(ValidationError):
        ticks.clean([987654])


def test_a_block_without_variants_asks_for_nobody(db, rf):
    body = BODY.to_python([personal(default="the NEWS")])
    request = rf.get("/")
    assert "the NEWS" in body.render_as_block({"request": request})
    assert not hasattr(request, "_crm_visitor")


def test_the_choice_of_segments_does_not_name_a_sensitive_one(lunch, dinner):
    type(lunch).objects.filter(pk=lunch.pk).update(reads_sensitive=True)
    offered = str(SegmentsBlock().field.widget.render("segments", []))
    assert str(dinner) in offered
    assert str(lunch) not in offered
    assert f"sensitive segment no. {lunch.pk}" in offered


def rendered(*chosen):
    field = SegmentsBlock(label="Show to members of").field
    return str(field.widget.render("segments", list(chosen), {"id": "ticks"}))


def test_the_boxes_are_a_group_with_the_name_of_the_question(lunch):
    (head, boxes) = rendered().split(">", 1)
    assert 'role="group"' in head
    assert 'aria-label="Show to members of"' in head
    assert "aria-label" not in boxes


@pytest.mark.parametrize("lack", ["live", "active"])
def test_a_segment_without_members_is_marked_so_that_only_a_ticked_one_is_shown(
    lunch, dinner, lack
):
    Segment.objects.filter(pk=lunch.pk).update(**{lack: False})
    shown = rendered(str(lunch.pk))
    assert shown.count("crm-ticks__unpublished") == 1
    assert f"{lunch} (not published: nobody is in it)" in shown
    assert f"{dinner} (not published" not in shown
