"""The form pages that ask for an attribute are named before it changes or goes."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse
from wagtail.models import PageViewRestriction

from crm_plugin import models
from crm_plugin.contacts import data_map, definitions, usage
from example.models import InquiryFormField
from tests import factories
from tests.forms.building import EMAIL, build, field

pytestmark = pytest.mark.django_db
ASKS = field("Your tea", "singleline", "attribute.tea")


@pytest.fixture
def tea(db):
    return factories.AttributeFactory(key="tea", label="Tea", type="text")


def named(definition, user=None):
    places = usage.places(definition, user=user)
    return [(place.kind, place.name) for place in places]


def draft(page, *labels):
    """Change *page* in a draft: it asks *labels* for the attribute, and no more."""
    page.form_fields.set(
        InquiryFormField(label=label, field_type="singleline", maps_to="attribute.tea")
        for label in labels
    )
    page.save_revision()


def test_a_live_page_is_named_with_the_label_and_leads_to_its_editor(tea, root):
    page = build(root, EMAIL, ASKS)
    (place,) = usage.places(tea, user=None)
    assert (place.kind, place.name) == ("form page", "A form (Your tea)")
    assert place.url == reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert not place.rule


def test_every_kind_of_page_is_looked_at(tea, root):
    for kind in ("inquiry", "sign_up", "feedback", "other", "booking"):
        build(root, EMAIL, ASKS, kind=kind, slug=kind)
    assert named(tea) == [("form page", "A form (Your tea)")] * 5


def test_a_page_that_is_not_live_is_named_as_it_may_be_again(tea, root, owner):
    build(root, EMAIL, ASKS).unpublish()
    assert named(tea, owner) == [("form page", "A form (Your tea)")]


def test_a_draft_that_was_never_published_is_named(tea, root, owner):
    page = build(root, EMAIL)
    draft(page, "My tea")
    assert InquiryFormField.objects.filter(maps_to="attribute.tea").count() == 0
    assert named(tea, owner) == [("form page", "A form (My tea)")]


def hidden_pages(root):
    """A draft, a page that is not live, and one for people who log in."""
    draft(build(root, EMAIL), "My tea")
    build(root, EMAIL, ASKS, slug="gone").unpublish()
    page = build(root, EMAIL, ASKS, slug="staff")
    PageViewRestriction.objects.create(page=page, restriction_type="login")


def test_what_is_not_public_is_named_to_nobody_who_may_not_edit_it(tea, root):
    hidden_pages(root)
    for user in (None, User.objects.create_user("reader")):
        places = usage.places(tea, user=user)
        kinds = sorted(place.kind for place in places)
        assert kinds == ["draft page", "draft page", "form page"]
        assert {(place.name, place.url) for place in places} == {("", "")}


def test_whoever_may_edit_it_reads_its_name(tea, root):
    hidden_pages(root)
    group = Group.objects.create(name="writers")
    right = Permission.objects.get(codename="change_page")
    group.page_permissions.create(page=root, permission=right)
    writer = User.objects.create_user("writer")
    writer.groups.add(group)
    assert sorted(name for _kind, name in named(tea, writer)) == [
        "A form (My tea)",
        "A form (Your tea)",
        "A form (Your tea)",
    ]


def test_what_the_live_page_asks_counts_though_a_draft_asks_it_no_more(tea, root):
    draft(build(root, EMAIL, ASKS))
    assert named(tea) == [("form page", "A form (Your tea)")]


def test_a_page_that_asks_live_and_in_a_draft_is_named_once(tea, root):
    draft(build(root, EMAIL, ASKS), "Your tea")
    assert named(tea) == [("form page", "A form (Your tea)")]


def test_a_deleted_page_names_nothing(tea, root):
    page = build(root, EMAIL, ASKS)
    draft(page, "Your tea", "My tea")
    page.delete()
    assert named(tea) == []


def test_a_longer_key_and_another_field_are_not_this_attribute(tea, root):
    factories.AttributeFactory(key="tea-time", type="text")
    page = build(root, EMAIL, field("Hour", "singleline", "attribute.tea-time"))
    page.form_fields.add(
        InquiryFormField(label="attribute.tea", field_type="singleline")
    )
    page.save_revision()
    assert named(tea) == []


@pytest.mark.parametrize("drafted", [False, True])
def test_an_attribute_that_a_form_asks_is_not_deleted(tea, root, owner, drafted):
    if drafted:
        draft(build(root, EMAIL), "My tea")
    else:
        build(root, EMAIL, ASKS)
    with pytest.raises(definitions.InUse):
        definitions.delete(tea, by=owner)
    assert models.AttributeDefinition.objects.filter(pk=tea.pk).exists()


def test_the_page_of_the_attribute_says_so(tea, root, owner, client):
    build(root, EMAIL, ASKS)
    client.force_login(owner)
    text = client.get(reverse("crm_attribute:edit", args=[tea.pk])).content.decode()
    assert "A form (Your tea)" in text


def test_only_live_pages_feed_what_is_known(tea, root):
    build(root, EMAIL, ASKS)
    build(root, EMAIL, ASKS, slug="gone").unpublish()
    draft(build(root, EMAIL, slug="draft", kind="inquiry"), "My tea")
    assert data_map.fed_by()["attribute.tea"] == ["A form"]


def test_many_pages_cost_as_many_queries_as_one(
    tea, root, owner, django_assert_max_num_queries
):
    build(root, EMAIL, ASKS)
    with django_assert_max_num_queries(99) as few:
        named(tea, owner)
    for number in range(4):
        draft(build(root, EMAIL, ASKS, slug=f"form-{number}"), "My tea")
    with django_assert_max_num_queries(len(few)):
        assert len(named(tea, owner)) == 9
