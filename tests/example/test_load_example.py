import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from crm_plugin import merge_tags
from crm_plugin import models as m
from crm_plugin.lifecycle.models import Stage

pytestmark = pytest.mark.slow


class Undo(Exception):
    pass


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The whole example, loaded once for this module and then forgotten."""
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                call_command("crm_setup", verbosity=0)
                call_command("load_example", verbosity=0)
                yield
                raise Undo
        except Undo:
            pass


@pytest.fixture
def example(loaded, db):
    return m


def counts():
    models = [*apps.get_app_config("crm_plugin").get_models()]
    models += [*apps.get_app_config("example").get_models()]
    models += [apps.get_model("auth.User"), apps.get_model("wagtailcore.Page")]
    return {model.__name__: model.objects.count() for model in models}


def test_there_are_guests_firms_and_three_years_of_uses(example):
    assert m.Contact.objects.count() == 600
    assert m.Organisation.objects.count() == 40
    span = m.Use.objects.latest("on").on - m.Use.objects.earliest("on").on
    assert span.days > 900


def test_every_stage_occurs(example):
    open_now = m.StagePeriod.objects.filter(ended_on=None)
    assert set(open_now.values_list("stage", flat=True)) == set(Stage.values)


def test_every_segment_has_members_and_not_everybody(example):
    people = m.Segment.objects.filter(of_visits=False)
    sizes = dict(people.values_list("key", "size"))
    assert set(sizes) >= {"lunch-guests", "dinner-guests", "came-once", "asleep"}
    assert all(40 < size < 500 for size in sizes.values()), sizes


@pytest.mark.parametrize(("name", "offered"), [("owner", True), ("marketer", False)])
def test_the_needs_of_guests_are_a_condition_for_the_owner_alone(
    example, client, name, offered
):
    client.force_login(User.objects.get(username=name))
    html = client.get(reverse("crm_segment:add")).content
    assert (b"care:wheelchair" in html) is offered
    assert b"taste:lunch" in html


def test_the_needs_of_guests_are_no_merge_tag_for_anybody(example):
    tags = merge_tags.tags()
    assert "attribute.taste" in tags
    assert "attribute.care" not in tags


def test_something_is_open_overdue_and_due_today(example):
    now = timezone.now()
    inquiries = m.Inquiry.objects.open()
    assert inquiries.filter(due_at__lt=now).exists()
    assert inquiries.filter(due_at__gt=now).exists()
    assert m.FollowUp.objects.filter(due_on=timezone.localdate()).exists()
    assert m.Claim.objects.filter(state="waiting").count() >= 2


def test_campaigns_were_sent_and_read(example):
    assert m.Mailing.objects.filter(state="finished").count() >= 4
    assert m.Delivery.objects.filter(mailing__isnull=False, state="sent").count() > 500
    people = m.Response.objects.filter(kind="click", machine=False)
    assert people.count() > 100


def test_nobody_got_a_campaign_without_consent(example):
    sent = m.Delivery.objects.filter(mailing__isnull=False, state="sent")
    agreed = m.Consent.objects.filter(state="granted").values("point")
    assert not sent.exclude(point__in=agreed).exists()


@pytest.mark.parametrize(
    "name",
    [
        "Affiliation", "BookedTick", "Booking", "Claim", "Consent", "ConsentEvent",
        "ContactFrequency", "ContactSales", "Deal", "DealPerson", "DealStagePeriod", "ContactSearchKey", "ContactValue",
        "Department", "FollowUp", "ImportBatch", "Inquiry", "OpeningHours",
        "OrganisationValue", "SpecialDays", "WaitingEntry",
        "Preference", "Purchase", "PurchaseLine", "Response", "SegmentMembership",
        "ServiceMessage", "Submission", "Suppression", "Touchpoint", "UseCategory",
    ],
)  # fmt: skip
def test_there_is_something_to_show(example, name):
    assert apps.get_model("crm_plugin", name).objects.exists()


def test_no_guest_stands_twice_on_one_address(example):
    doubled = (
        m.ContactPoint.objects.filter(kind="email")
        .values("value_norm")
        .annotate(n=Count("contact"))
        .filter(n__gt=1)
    )
    assert not doubled.exists()


def test_a_second_load_changes_nothing(example):
    before = counts()
    call_command("load_example", verbosity=0)
    assert counts() == before


def test_the_example_opens_no_door_on_a_real_server(example):
    assert not User.objects.get(username="owner").has_usable_password()


def test_a_campaign_begun_by_hand_starts_with_the_newsletter(example):
    assert m.Topic.objects.filter(active=True).first().key == "newsletter"
