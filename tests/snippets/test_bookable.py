import datetime as dt

import pytest

from crm_plugin.models import Service
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def save(owner, login, url):
    resource = factories.ResourceFactory()
    service = factories.ServiceFactory(rooms=[resource])
    client = login(owner)

    def post(**typed):
        said = {
            "name": "Dinner",
            "key": service.key,
            "resources": [resource.pk],
            "duration_minutes": 90,
            "buffer_minutes": 0,
            "min_party": 1,
            "price_per": "person",
            "lead_hours": 2,
            "days_ahead": 30,
            "max_party": 6,
            "order": 100,
            "active": "on",
        }
        return client.post(url("crm_service:edit", service.pk), {**said, **typed})

    return post


def plan():
    slots = Service.objects.get().slots.all()
    return [(slot.weekday, slot.starts) for slot in slots]


def test_the_week_is_written_in_seven_lines(save):
    save(day_0="18:00, 19:30", day_5="11:30")
    assert plan() == [
        (0, dt.time(18, 0)),
        (0, dt.time(19, 30)),
        (5, dt.time(11, 30)),
    ]


def test_japanese_input_is_understood(save):
    save(day_0="１８：００、 19:30")
    assert [time for _day, time in plan()] == [dt.time(18, 0), dt.time(19, 30)]


def test_what_is_left_out_is_no_longer_offered(save):
    save(day_0="18:00, 19:30")
    save(day_0="19:30")
    assert plan() == [(0, dt.time(19, 30))]


@pytest.mark.parametrize(
    ("typed", "message"),
    [("noon", "is not a time"), ("25:00", "is not a time"), ("18:10", "quarter")],
)
def test_what_is_no_start_time_is_said(save, typed, message):
    response = save(day_0=typed)
    assert message in response.content.decode()
    assert plan() == []


def test_the_plan_is_shown_again(save, owner, client, url):
    save(day_2="18:00, 19:30")
    page = client.get(url("crm_service:edit", Service.objects.get().pk))
    assert "18:00, 19:30" in page.content.decode()


def test_the_price_is_shown_without_idle_zeros(save, client, url):
    save(price="3500")
    page = client.get(url("crm_service:edit", Service.objects.get().pk))
    said = page.content.decode().split('name="price"')[1].split(">")[0]
    assert 'value="3500"' in said


def test_a_new_service_gets_its_plan(owner, login, url):
    resource = factories.ResourceFactory()
    login(owner).post(
        url("crm_service:add"),
        {
            "name": "Lunch",
            "key": "lunch",
            "resources": [resource.pk],
            "duration_minutes": 60,
            "buffer_minutes": 0,
            "min_party": 1,
            "price_per": "person",
            "lead_hours": 2,
            "days_ahead": 30,
            "max_party": 6,
            "order": 100,
            "day_1": "11:30",
        },
    )
    assert plan() == [(1, dt.time(11, 30))]


def test_staff_see_services_but_do_not_change_them(staff, url):
    service = factories.ServiceFactory()
    assert staff.get(url("crm_service:index")).status_code == 200
    assert staff.get(url("crm_service:edit", service.pk)).status_code == 302
