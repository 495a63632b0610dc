"""The thanks after a visit lead to the pages that the owner chose, and know for whom."""

import datetime as dt

import pytest
from django.utils import timezone
from wagtail.models import Locale, PageViewRestriction

from crm_plugin import queue
from crm_plugin.bookings import marks
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery, ServiceMessage
from crm_plugin.touchpoints.models import Rating
from tests import factories

from .building import build, field

pytestmark = pytest.mark.django_db
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/150"


@pytest.fixture
def feedback(root):
    rows = [field("How was it?", "stars"), field("Tell us more", "multiline")]
    return build(root, *rows, kind="feedback", slug="how")


@pytest.fixture
def guest(contact, topic):
    factories.SenderFactory()
    point = contact.points.get(kind="email")
    factories.ConsentFactory(point=point, topic=topic)
    contact.language = "en"
    contact.save()
    return contact


@pytest.fixture
def service(topic, feedback, booking_page, dinner):
    dinner.thanks_hours, dinner.thanks_topic = 1, topic
    dinner.feedback_page, dinner.booking_page = feedback, booking_page
    dinner.save()
    return dinner


@pytest.fixture
def thanked(service, guest, owner, time_machine):
    """Mark a visit of hers as came; the message, handed over."""

    def go():
        over = timezone.now() - dt.timedelta(hours=2)
        made = factories.BookingFactory(contact=guest, service=service, starts_at=over)
        marks.came(made, by=owner)
        time_machine.move_to(timezone.now() + dt.timedelta(hours=2))
        queue.run_due("booking-thanks", "deliver")
        sent = Delivery.objects.get(kind="booking_thanks")
        assert sent.state == "sent"
        sent.handed_at -= dt.timedelta(hours=1)
        sent.save()
        return sent

    return go


def follow(client, sent, part):
    """Follow the first link whose address holds *part*."""
    link = sent.rendering.links.filter(url__contains=part).earliest("position")
    url = links.with_token("", "click", links.CLICK, sent)
    url = f"{url.removesuffix('0')}{link.position}"
    return client.get(url, headers={"user-agent": AGENT})


def test_each_star_is_a_link_and_the_other_a_button(thanked):
    rendering = thanked().rendering
    assert rendering.html.count('class="choice"') == 5
    assert "★5: {{ link." in rendering.text
    assert ">Book again</a>" in rendering.html


def test_no_link_names_the_guest(thanked, guest):
    for link in thanked().rendering.links.filter(url__contains="crm_for"):
        assert link.url.endswith("crm_for=")
        assert str(guest.public_id) not in link.url


def test_the_tap_counts_as_hers(client, thanked, feedback, guest, time_machine):
    html = client.get(follow(client, thanked(), "stars=4").url).content.decode()
    assert 'value="4" id="id_how_was_it_3" checked' in html
    assert not Rating.objects.exists()
    said = {
        name: html.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("crm_stamp", "crm_for")
    }
    time_machine.move_to(timezone.now() + dt.timedelta(seconds=5))
    client.post(feedback.url, {**said, "how_was_it": "4"})
    queue.run_due("intake")
    rating = Rating.objects.get()
    assert (rating.contact, rating.score, rating.unverified) == (guest, 4, False)


def test_booking_again_starts_with_the_same_service(client, thanked, service):
    to = follow(client, thanked(), "service=")
    assert f"service={service.key}" in to.url
    assert client.get(to.url).context["form"].service == service


def test_a_page_without_stars_gets_a_button(thanked, feedback):
    feedback.form_fields.all().delete()
    html = thanked().rendering.html
    assert 'class="choice"' not in html
    assert ">Tell us how it was</a>" in html


@pytest.mark.parametrize("how", ["none", "unpublished", "private"])
def test_what_nobody_can_open_is_left_out(thanked, service, feedback, how):
    if how == "none":
        service.feedback_page = service.booking_page = None
        service.save()
    elif how == "unpublished":
        feedback.unpublish()
    else:
        PageViewRestriction.objects.create(page=feedback, restriction_type="login")
    text = thanked().rendering.text
    assert "How was it?" not in text
    assert ("glad to see you again" in text) == (how != "none")


def test_it_leads_to_the_page_in_the_guests_language(thanked, guest, feedback):
    guest.language = "ja"
    guest.save()
    japanese, _made = Locale.objects.get_or_create(language_code="ja")
    feedback.get_parent().copy_for_translation(japanese).save_revision().publish()
    twin = feedback.copy_for_translation(japanese)
    twin.save_revision().publish()
    sent = thanked()
    urls = sent.rendering.links.filter(url__contains="stars=1")
    assert urls.get().url.startswith(twin.full_url)


def test_the_owner_may_put_the_link_anywhere_in_her_own_words(thanked):
    body = "Say {{feedback_url | default:'x'}} or come: {{ booking_url }} now."
    ServiceMessage.objects.create(
        kind="booking_thanks", language="en", title="T", subject="Hi", body=body
    )
    rendering = thanked().rendering
    assert "Say {{ link.0 }} or come: {{ link.1 }} now." in rendering.text
    assert rendering.html.count("<a href") >= 2


def test_leaving_the_topic_by_its_footer_stops_the_next_one(client, thanked, guest):
    sent = thanked()
    url = links.unsubscribe(sent, "")
    client.post(url, {"everything": ""})
    assert guest.points.get(kind="email").consents.get().state == "withdrawn"
