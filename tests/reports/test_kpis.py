import datetime as dt
import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.users.models import UserProfile

from crm_plugin.lifecycle import stages, uses
from crm_plugin.models import Contact, FirstTouch, Operation, UseCategory
from crm_plugin.reports import at_one, came_once, cross_sell, kpi, moves
from crm_plugin.reports.stages import numbers as by_stage
from tests import factories

pytestmark = pytest.mark.django_db


def guest(*days_ago):
    """A contact with one purchase on each of these days, known since the first."""
    contact = factories.ContactFactory()
    now = timezone.now()
    for days in days_ago:
        factories.PurchaseFactory(contact=contact, at=now - dt.timedelta(days=days))
    Contact.objects.filter(pk=contact.pk).update(
        created_at=now - dt.timedelta(days=max(days_ago, default=0))
    )
    uses.recompute([contact.pk])
    stages.recompute([contact.pk])
    return contact


def test_every_contact_is_counted_in_one_stage():
    guest()
    guest(3)
    guest(60, 3)
    guest(300)
    counted = by_stage()
    assert (counted["new"], counted["first"], counted["second"]) == (1, 1, 1)
    assert sum(counted.values()) == 4


def test_came_once_is_told_by_days_since_the_first_use():
    for days in (0, 30, 31, 90, 91, 181):
        guest(days)
    guest(10, 5)
    assert at_one.numbers() == [2, 1, 1, 1, 1]


def bars_of(items):
    return [(item.label, item.value) for item in items]


def test_came_once_is_told_by_what_the_first_use_was():
    for days_ago in ([10], [10], [10, 5]):
        factories.uses(factories.ContactFactory(), *days_ago, category="lunch")
    guest(10)
    assert bars_of(at_one.by_category()) == [("Lunch", 2), ("not known", 1)]


def test_came_once_is_told_by_where_the_first_record_came_from(monkeypatch):
    monkeypatch.setattr(at_one, "MOST_SOURCES", 2)
    for source in ("instagram", "instagram", "fair", "poster"):
        FirstTouch.objects.create(
            contact=guest(10), channel="web", source=source, at=timezone.now()
        )
    guest(10)
    assert bars_of(at_one.by_source(5)) == [
        ("web · instagram", 2),
        ("web · fair", 1),
        ("other sources", 1),
        ("not known", 1),
    ]


def test_lunch_guests_who_later_came_for_dinner_are_counted():
    lunch_then_dinner, only_lunch, both_at_once, dinner_first = (
        factories.ContactFactory.create_batch(4)
    )
    factories.uses(lunch_then_dinner, 30, category="lunch")
    factories.uses(lunch_then_dinner, 10, category="dinner")
    factories.uses(only_lunch, 30, 20, category="lunch")
    factories.uses(both_at_once, 5, category="lunch")
    today = timezone.localdate()
    UseCategory.objects.create(
        contact=both_at_once,
        on=today - dt.timedelta(days=5),
        category=factories.CategoryFactory(key="dinner"),
    )
    factories.uses(dinner_first, 8, category="dinner")
    assert cross_sell.steps() == [
        cross_sell.Step("Lunch", "Dinner", base=2, came=1),
        cross_sell.Step("Dinner", "Lunch", base=1, came=0),
    ]


def test_the_list_of_those_who_came_once_is_for_those_who_may_see_contacts(
    owner, outsider
):
    once = guest(10)
    assert came_once.people(owner) == [once]
    assert came_once.people(outsider) == []


def test_a_second_use_is_a_move_of_its_month():
    guest(0)
    guest(1, 0)
    month = timezone.localdate().replace(day=1)
    counted = moves.numbers()
    assert counted[(month, "1→2")] == 1


def test_an_archived_contact_counts_nowhere():
    once = guest(0)
    Contact.objects.filter(pk=once.pk).update(archived_at=timezone.now())
    assert not sum(by_stage().values())
    assert not sum(at_one.numbers())
    assert not moves.numbers()
    assert not kpi.get("movement").result().figures["moved"]


@pytest.mark.parametrize(
    "name", ["stages", "came_once", "moves", "movement", "cross_sell"]
)
def test_a_kpi_s_queries_do_not_grow_with_contacts(name, django_assert_max_num_queries):
    for _ in range(3):
        guest(5)
    with django_assert_max_num_queries(5):
        kpi.get(name).compute()


def test_each_chart_has_a_table_twin(client, owner):
    guest(3)
    client.force_login(owner)
    page = client.get(reverse("crm_report:show", args=["stages"])).content.decode()
    assert "<svg" in page
    assert "Show as a table" in page
    assert "Contacts, each in exactly one stage today" in page


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", [known.name for known in kpi.all_kpis()])
def test_every_report_opens_in_both_languages(client, owner, name, language):
    factories.uses(guest(), 30, category="lunch")
    UserProfile.objects.create(user=owner, preferred_language=language)
    client.force_login(owner)
    page = client.get(reverse("crm_report:show", args=[name]))
    with translation.override(language):
        assert str(kpi.get(name).title) in page.content.decode()


def test_somebody_without_crm_rights_sees_no_report(client, outsider):
    client.force_login(outsider)
    response = client.get(reverse("crm_report:index"))
    assert response.status_code in (302, 403)


def test_an_unknown_report_is_not_found(client, owner):
    client.force_login(owner)
    assert client.get(reverse("crm_report:show", args=["nonsense"])).status_code == 404


def test_an_export_is_a_right_of_its_own_and_logged(client, owner, role):
    address = reverse("crm_report:show", args=["stages"])
    client.force_login(role("marketer"))
    assert client.get(address, {"export": "csv"}).status_code == 302
    assert not Operation.objects.filter(kind="export").exists()
    client.force_login(owner)
    body = b"".join(client.get(address, {"export": "csv"}).streaming_content)
    assert body.startswith(b"\xef\xbb\xbf")
    assert Operation.objects.get(kind="export").by == owner


def test_who_may_not_export_is_told_so_where_they_asked(client, role):
    address = reverse("crm_report:show", args=["stages"])
    client.force_login(role("marketer"))
    response = client.get(address, {"export": "csv"}, follow=True)
    assert response.redirect_chain == [(address, 302)]
    assert b"You have no right to export." in response.content


def test_the_command_prints_one_json_object(capsys):
    guest(3)
    call_command("crm_kpi", "came_once", "--json")
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["figures"]["total"] == 1


def test_the_command_refuses_an_unknown_kpi():
    with pytest.raises(CommandError, match="Known: "):
        call_command("crm_kpi", "nonsense")
