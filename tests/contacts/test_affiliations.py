import datetime as dt

import pytest

from crm_plugin import journal
from crm_plugin.contacts import affiliations, changed, records, search
from crm_plugin.models import (
    Affiliation,
    Change,
    ContactChange,
    Department,
    Operation,
    Organisation,
)
from tests import factories

pytestmark = pytest.mark.django_db
MAY = dt.date(2024, 5, 1)
JUNE = dt.date(2025, 6, 30)


@pytest.fixture
def firm(db):
    return factories.OrganisationFactory(name="株式会社ひかり", name_norm="ヒカリ")


@pytest.fixture
def place(contact, firm, owner):
    said = {"department": "総務部", "title": "課長", "started_on": MAY}
    return affiliations.begin(contact, firm, said, by=owner)


def test_a_place_holds_department_title_role_budget_and_days(contact, firm, owner):
    said = {
        "department": "総務部",
        "title": "部長",
        "authority": "decides",
        "budget": 1_000_000,
        "started_on": MAY,
    }
    affiliations.begin(contact, firm, said, by=owner)
    row = Affiliation.objects.get()
    assert (row.department.name, row.title, row.authority) == (
        "総務部",
        "部長",
        "decides",
    )
    assert (row.budget, row.started_on, row.ended_on) == (1_000_000, MAY, None)


def test_they_are_found_under_the_organisation_and_the_feed_hears(place, owner):
    assert search.find("ひかり", user=owner).get() == place.contact
    assert ContactChange.objects.filter(contact_id=place.contact_id).exists()


def test_who_moves_keeps_the_history(place, contact, owner):
    affiliations.end(place, JUNE, by=owner)
    affiliations.join(contact, "みどり農園", {"title": "部長"}, by=owner)
    told = [
        (row.organisation.name, row.title, row.ended_on)
        for row in contact.affiliations.order_by("pk")
    ]
    assert told == [("株式会社ひかり", "課長", JUNE), ("みどり農園", "部長", None)]


def test_a_name_in_another_spelling_is_the_organisation_on_record(contact, firm, owner):
    affiliations.join(contact, "ヒカリ（株）", {}, by=owner)
    assert Organisation.objects.count() == 1


def test_an_end_before_the_beginning_is_refused(place, owner):
    with pytest.raises(affiliations.EndsBeforeStart):
        affiliations.end(place, dt.date(2024, 4, 30), by=owner)
    place.refresh_from_db()
    assert place.ended_on is None


def test_a_beginning_after_the_end_is_refused(place, owner):
    affiliations.end(place, JUNE, by=owner)
    with pytest.raises(affiliations.EndsBeforeStart):
        affiliations.correct(place, {"started_on": dt.date(2025, 7, 1)}, by=owner)


def test_only_what_differs_is_written(place, owner):
    Change.objects.all().delete()
    affiliations.correct(place, {"title": "部長", "started_on": MAY}, by=owner)
    assert list(Change.objects.values_list("field", "old", "new", "about")) == [
        ("title", "課長", "部長", place.contact_id)
    ]
    assert affiliations.correct(place, {"title": "部長"}, by=owner) is None


def test_the_second_of_two_people_is_told(place, owner):
    theirs = Affiliation.objects.get(pk=place.pk)
    affiliations.correct(theirs, {"title": "部長"}, by=owner)
    with pytest.raises(journal.Stale):
        affiliations.correct(place, {"department": "営業部"}, by=owner)
    assert list(Department.objects.values_list("name", flat=True)) == ["総務部"]


@pytest.mark.parametrize(
    "verb",
    [
        lambda place, by: affiliations.end(place, JUNE, by=by),
        lambda place, by: affiliations.strike(place, by=by),
        lambda place, by: affiliations.correct(
            place, {"department": "営業部", "title": "部長", "budget": 5}, by=by
        ),
    ],
)
def test_each_act_can_be_undone(place, owner, verb):
    before = journal.whole(Affiliation.objects.get())
    departments = set(Department.objects.values_list("name", flat=True))
    verb(place, owner)
    assert journal.undo(Operation.objects.latest("pk"), by=owner) == []
    after = journal.whole(Affiliation.objects.get())
    assert {**after, "version": 0} == {**before, "version": 0}
    assert set(Department.objects.values_list("name", flat=True)) == departments


def test_beginning_can_be_undone_with_what_it_made(contact, owner):
    affiliations.join(contact, "みどり農園", {"department": "総務部"}, by=owner)
    journal.undo(Operation.objects.latest("pk"), by=owner)
    assert not Affiliation.objects.exists()
    assert not Organisation.objects.exists()


def test_the_history_tells_of_both_sides(place, contact, firm, owner):
    affiliations.correct(place, {"authority": "decides", "budget": 1_000_000}, by=owner)
    affiliations.end(place, JUNE, by=owner)
    theirs = changed.of(contact.pk, before=None, limit=10, user=owner)
    lines = [line for entry in theirs for line in entry.lines]
    assert ("Organisation", "– → 株式会社ひかり") in lines
    assert ("Decision authority", "– → decides") in lines
    assert ("Budget", "– → 1,000,000") in lines
    assert ("Until", "– → 06/30/2025") in lines
    ours = changed.of_organisation(firm, limit=10, user=owner)
    lines = [line for entry in ours for line in entry.lines]
    assert (f"{contact}: Until", "– → 06/30/2025") in lines
    assert ("Person", f"– → {contact}") in lines


def test_people_stand_in_the_order_of_their_role(firm):
    for authority in ("", "uses", "decides", "influences"):
        firm.affiliations.create(
            contact=factories.ContactFactory(), authority=authority
        )
    roles = firm.affiliations.by_role().values_list("authority", flat=True)
    assert list(roles) == ["decides", "influences", "uses", ""]


def test_the_last_day_still_counts(firm, contact):
    today = dt.date(2026, 3, 31)
    firm.affiliations.create(contact=contact, ended_on=today)
    rows = Affiliation.objects
    assert rows.current(today).exists()
    assert not rows.current(today + dt.timedelta(days=1)).exists()


def test_nobody_sees_places_without_both_rights(place, role, outsider):
    assert Affiliation.objects.visible_to(role("marketer")).exists()
    assert not Affiliation.objects.visible_to(outsider).exists()


def test_a_contact_form_completes_the_place_that_is(place, contact):
    records.apply_values(contact, {"affiliation.title": "部長"}, by=None)
    assert contact.affiliations.get().title == "部長"
