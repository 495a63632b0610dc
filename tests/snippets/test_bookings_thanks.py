"""What a booking's page says of the thanks, and who may hold them back."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Permission

from crm_plugin.bookings import marks, reserve, thanks
from crm_plugin.models import Booking, Delivery
from tests import factories
from tests.forms.building import build, field
from tests.forms.conftest import root  # noqa: F401

from .test_bookings import NOW, TONIGHT, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_clock")]
OVER = TONIGHT + dt.timedelta(hours=2)


@pytest.fixture
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def booking(service, contact):
    topic = factories.TopicFactory()
    factories.ConsentFactory(point=contact.points.get(kind="email"), topic=topic)
    service.thanks_hours, service.thanks_topic = 24, topic
    service.save()
    return reserve.book(service, TONIGHT, party=2, contact=contact, key=None)


@pytest.fixture
def page(staff, url, booking):
    def look():
        return text(staff.get(url("crm_booking:detail", booking.pk)))

    return look


@pytest.fixture
def press(staff, url, booking):
    def go(mark):
        to = url("crm_booking:mark", booking.pk)
        return text(staff.post(to, {"mark": mark}, follow=True))

    return go


@pytest.fixture
def came(booking, owner):
    with time_machine.travel(OVER, tick=False):
        return marks.came(booking, by=owner)


def test_before_the_visit_it_says_what_will_happen(page):
    assert "if the booking is marked as came" in page()


def test_after_it_the_day_and_time(page, came):
    assert "They go out on 05/21/2026 7:30 p.m." in page()


def test_nothing_is_said_where_the_service_thanks_nobody(page, service):
    service.thanks_hours = None
    service.save()
    assert "Thanks after the visit" not in page()


@pytest.mark.parametrize("mark", [marks.no_show, marks.cancel])
def test_nothing_is_said_where_nobody_came(page, booking, owner, mark):
    mark(booking, by=owner)
    assert "Thanks after the visit" not in page()


def test_it_says_why_nothing_would_leave(page, came, contact):
    contact.points.get(kind="email").consents.update(state="withdrawn")
    assert "They have not agreed to this topic." in page()


def test_it_says_when_the_topic_is_switched_off(page, came):
    factories.models.Topic.objects.update(active=False)
    html = page()
    assert "topic is gone or switched off" in html
    assert "hold_thanks" not in html


def test_only_who_sees_deliveries_reads_why(client, booking, contact, url, outsider):
    contact.points.get(kind="email").consents.update(state="withdrawn")
    outsider.user_permissions.add(Permission.objects.get(codename="view_booking"))
    client.force_login(outsider)
    html = text(client.get(url("crm_booking:detail", booking.pk)))
    assert "They have not agreed" not in html
    assert "Something holds them back." in html
    assert "hold_thanks" not in html


def test_one_click_holds_and_one_lets_go(page, press, came):
    press("hold_thanks")
    assert Booking.objects.get().thanks_held_at
    html = page()
    assert "Held back since" in html
    assert "Thanks held back" in html
    press("let_thanks_go")
    assert Booking.objects.get().thanks_held_at is None
    assert "They go out on" in page()


def test_a_marketer_cannot_hold(login, role, url, booking):
    client = login(role("marketer"))
    client.post(url("crm_booking:mark", booking.pk), {"mark": "hold_thanks"})
    assert Booking.objects.get().thanks_held_at is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "pending"}, "They are on their way."),
        ({"state": "sent", "sent_at": OVER}, "They went out on"),
        ({"state": "bounced"}, "undeliverable"),
        (
            {"state": "skipped", "reason": "open_inquiry"},
            "They have an open inquiry or complaint",
        ),
    ],
)
def test_afterwards_it_says_what_became_of_them(page, came, values, words):
    with time_machine.travel(OVER + dt.timedelta(days=1), tick=False):
        thanks.thank_due()
    Delivery.objects.update(**values)
    html = page()
    assert words in html
    assert ("hold_thanks" in html) == (values["state"] == "pending")


def test_without_an_address_none_went_out(page, came, contact):
    contact.points.all().delete()
    with time_machine.travel(OVER + dt.timedelta(days=1), tick=False):
        thanks.thank_due()
    assert "there is no e-mail address" in page()


def test_what_left_is_not_held_any_more(press, came):
    with time_machine.travel(OVER + dt.timedelta(days=1), tick=False):
        thanks.thank_due()
        Delivery.objects.update(state="sent")
        assert "left already" in press("hold_thanks")


class TestService:
    @pytest.fixture
    def save(self, login, owner, url, service):
        client = login(owner)
        edit = url("crm_service:edit", service.pk)

        def go(**values):
            form = client.get(edit).context["form"]
            said = {
                name: form[name].value()
                for name in form.fields
                if form[name].value() is not None
            }
            said["resources"] = [room.pk for room in service.resources.all()]
            said |= {
                name: form[name].field.prepare_value(form[name].value() or [])
                for name in form.fields
                if name.startswith("day_")
            }
            response = client.post(edit, {**said, **values})
            service.refresh_from_db()
            return response

        return go

    def test_the_owner_switches_it_on(self, save, service, root):  # noqa: F811
        topic = factories.TopicFactory()
        how = build(root, field("Stars", "stars"), kind="feedback", slug="how")
        save(thanks_hours=24, thanks_topic=topic.pk, feedback_page=how.pk)
        assert (service.thanks_hours, service.thanks_topic) == (24, topic)
        assert service.feedback_page.pk == how.pk

    def test_it_asks_to_whom(self, save, service):
        assert "Choose to whom it goes" in text(save(thanks_hours=24))
        assert service.thanks_hours is None

    def test_another_kind_of_page_is_refused(self, save, service, root):  # noqa: F811
        form = build(root, field("Words", "multiline"))
        topic = factories.TopicFactory()
        said = {"thanks_hours": 24, "thanks_topic": topic.pk, "booking_page": form.pk}
        assert "no form of that kind" in text(save(**said))
        assert service.booking_page is None
