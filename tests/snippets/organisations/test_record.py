import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models
from crm_plugin.contacts import (
    affiliations,
    departments,
    organisations,
    search,
    values,
    yearly,
)
from crm_plugin.touchpoints import frequency
from tests import factories

pytestmark = pytest.mark.django_db

INDEX = "crm_organisation:index"


def url(name, row):
    return reverse(f"crm_organisation:{name}", args=[row.pk])


def typed(row=None, **said):
    names = ["name", "kana", "phone", "website", "postal_code", "address", "note"]
    data = {name: getattr(row, name, "") for name in names}
    return {**data, "version": getattr(row, "version", 1), **said}


def test_the_list_counts_people_in_one_query(as_owner, hikari):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert as_owner.get(reverse(INDEX)).status_code == 200
        return len(queries)

    count()
    few = count()
    factories.OrganisationFactory.create_batch(15)
    assert count() == few


@pytest.mark.parametrize("typed_name", ["ひかり", "㈱ヒカリ", "ﾋｶﾘ"])
def test_an_organisation_is_found_in_any_spelling(as_owner, hikari, typed_name):
    other = factories.OrganisationFactory(name="みどり農園", name_norm="ミドリ農園")
    text = as_owner.get(reverse(INDEX), {"q": typed_name}).content.decode()
    assert hikari.name in text
    assert other.name not in text


def test_the_record_shows_people_and_a_total_equal_to_the_sum(as_owner, hikari):
    contact = models.Contact.objects.get()
    for amount in [12_000, 3_500, -500]:
        factories.PurchaseFactory(contact=contact, organisation=hikari, amount=amount)
    factories.PurchaseFactory(contact=contact, amount=99_000)
    text = as_owner.get(url("inspect", hikari)).content.decode()
    assert "佐藤 花子" in text
    assert "総務部長" in text
    assert "15,000" in text
    cards, _story, told = text.partition('id="story"')
    assert "99,000" not in cards
    assert "99,000" in told


def test_a_purchase_stays_after_the_person_left_and_counts_once(as_owner, hikari):
    place = hikari.affiliations.get()
    hikari.affiliations.create(contact=place.contact, title="Second place")
    factories.PurchaseFactory(contact=place.contact, organisation=hikari, amount=12_000)
    place.ended_on = timezone.localdate() - dt.timedelta(days=1)
    place.save()
    text = as_owner.get(url("inspect", hikari)).content.decode()
    assert "<strong>¥12,000</strong>" in text
    assert "1 person before" in text


def test_who_decides_stands_first(as_owner, hikari):
    for role, name in [("uses", "Taro"), ("decides", "Boss")]:
        person = factories.ContactFactory(family_name=name)
        hikari.affiliations.create(contact=person, authority=role)
    text = as_owner.get(url("inspect", hikari)).content.decode()
    assert text.index("Boss") < text.index("Taro") < text.index("佐藤 花子")


def test_contact_days_of_its_people_count_once_together(as_owner, hikari):
    other = factories.ContactFactory()
    hikari.affiliations.create(contact=other)
    for contact in (hikari.affiliations.first().contact, other):
        factories.TouchpointFactory(contact=contact)
    factories.TouchpointFactory(
        contact=other, at=timezone.now() - dt.timedelta(days=60)
    )
    frequency.recompute([other.pk])
    factories.TouchpointFactory(
        contact=other, channel="email", direction="out", kind="mail_out"
    )
    page = as_owner.get(url("inspect", hikari))
    days = page.context["frequency"]
    assert (days.days_30, days.days_90, days.days_365, days.outbound_365) == (
        1,
        2,
        2,
        1,
    )
    assert page.context["trend"] == "up"
    rows = [(row.channel, row.figures) for row in page.context["channels_used"]]
    assert rows == [
        ("phone", [(1, 0), (2, 0), (2, 0)]),
        ("email", [(0, 1), (0, 1), (0, 1)]),
    ]
    assert "Last touch" in page.content.decode()


def test_its_uses_are_the_days_on_which_it_bought(as_owner, hikari):
    contact, today = models.Contact.objects.get(), timezone.localdate()
    for days, amount in [(45, 900), (45, 100), (35, 500), (25, 700), (20, -700)]:
        on = today - dt.timedelta(days=days)
        factories.PurchaseFactory(
            contact=contact, organisation=hikari, on=on, amount=amount
        )
    factories.PurchaseFactory(contact=contact, on=today)
    context = as_owner.get(url("inspect", hikari)).context
    uses = context["uses"]
    assert (uses.count, uses.usual_gap_days, context["uses_in_year"]) == (3, 10, 3)
    assert (uses.last_on, context["late_days"]) == (today - dt.timedelta(25), 25)


def test_yearly_values_stand_as_a_table_and_as_bars(
    as_owner, hikari, owner, sales_per_year
):
    said = {"sales": {str(year): year * 1_000 for year in range(2021, 2026)}}
    yearly.save(hikari, said, noun="organisation", by=owner)
    text = as_owner.get(url("inspect", hikari)).content.decode()
    assert "2,021,000" in text
    assert text.count('class="crm-chart__bar') == 5


def test_sensitive_attributes_are_nowhere_on_it_without_the_right(
    client, hikari, owner, role, sales_per_year
):
    secret = factories.AttributeFactory(
        key="debts",
        label="Debts",
        type="text",
        describes="organisation",
        sensitive=True,
    )
    models.AttributeDefinition.objects.filter(pk=sales_per_year.pk).update(
        sensitive=True
    )
    organisations.edit(hikari, {}, {"attribute.debts": "a lot"}, by=owner)
    yearly.save(hikari, {"sales": {"2025": 77}}, noun="organisation", by=owner)
    client.force_login(role("marketer"))
    text = client.get(url("inspect", hikari)).content.decode()
    for word in (secret.label, "a lot", "Sales", "77"):
        assert word not in text.split("card-about")[1]
    assert (
        hikari.name not in client.get(reverse(INDEX), {"q": "a lot"}).content.decode()
    )
    client.force_login(owner)
    assert "a lot" in client.get(url("inspect", hikari)).content.decode()
    assert hikari.name in client.get(reverse(INDEX), {"q": "a lot"}).content.decode()


def test_the_record_costs_the_same_for_many(as_owner, hikari, owner):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert as_owner.get(url("inspect", hikari)).status_code == 200
        return len(queries)

    def grow(number):
        for index in range(number):
            person = factories.ContactFactory()
            row = departments.add(hikari, f"D{person.pk}-{index}", {}, by=owner)
            said = {"department": row.name, "authority": "decides"}
            affiliations.begin(person, hikari, said, by=owner)
            factories.PurchaseFactory(contact=person, organisation=hikari)

    grow(2)
    count()
    few = count()
    grow(8)
    assert count() == few


def test_an_organisation_is_added_with_its_attributes(as_owner):
    factories.AttributeFactory(key="industry", type="text", describes="organisation")
    as_owner.post(
        reverse("crm_organisation:add"),
        typed(name="株式会社みどり", kana="みどり", attribute__industry="Steel"),
    )
    row = models.Organisation.objects.get()
    assert (row.name_norm, row.kana) == ("ミドリ", "ミドリ")
    stored = values.current([row.pk], ["industry"], noun="organisation")
    assert stored == {row.pk: {"industry": "Steel"}}


def test_one_of_that_name_is_warned_of_first(as_owner, hikari):
    data = typed(name="ひかり有限会社")
    response = as_owner.post(reverse("crm_organisation:add"), data)
    assert url("inspect", hikari) in response.content.decode()
    as_owner.post(reverse("crm_organisation:add"), {**data, "save_anyway": "1"})
    assert models.Organisation.objects.count() == 2


def test_its_people_are_found_under_the_new_name(as_owner, hikari, owner):
    as_owner.post(url("edit", hikari), typed(hikari, name="株式会社あかり"))
    assert search.find("あかり", user=owner).exists()
    assert not search.find("ひかり", user=owner).exists()


def test_only_what_changed_is_written(as_owner, hikari):
    models.Change.objects.all().delete()
    as_owner.post(url("edit", hikari), typed(hikari, phone="0166-00-0000"))
    changes = models.Change.objects.values_list("model", "field", "new")
    assert sorted(changes) == [
        ("organisation", "phone", "0166-00-0000"),
        ("organisation", "phone_norm", "+81166000000"),
    ]


def test_the_second_of_two_people_is_told(as_owner, hikari):
    stale = typed(hikari, note="mine")
    as_owner.post(url("edit", hikari), typed(hikari, note="theirs"))
    text = as_owner.post(url("edit", hikari), stale).content.decode()
    hikari.refresh_from_db()
    assert hikari.note == "theirs"
    assert "mine" in text


def test_who_has_no_right_is_sent_away(client, outsider, hikari):
    client.force_login(outsider)
    for address in [reverse(INDEX), url("inspect", hikari), url("edit", hikari)]:
        assert client.get(address).status_code == 302


def test_people_are_shown_only_to_those_who_may_see_contacts(client, outsider, hikari):
    from django.contrib.auth.models import Permission

    outsider.user_permissions.add(Permission.objects.get(codename="view_organisation"))
    client.force_login(outsider)
    text = client.get(url("inspect", hikari)).content.decode()
    assert "佐藤 花子" not in text


class TestFilters:
    """Industry and rank, stored on organisations, narrow the list."""

    @pytest.fixture(autouse=True)
    def told(self, hikari, owner):
        industry = factories.AttributeFactory(
            key="industry", label="Industry", describes="organisation"
        )
        for key in ("making", "care"):
            industry.choices.create(key=key, label=key.title())
        for key, more in [("rank", {}), ("sales", {"dated": True})]:
            factories.AttributeFactory(
                key=key, type="number", describes="organisation", **more
            )
        kinds = {"listed": "yes_no", "motto": "text", "story": "long_text"}
        for key, kind in {**kinds, "founded": "date"}.items():
            factories.AttributeFactory(key=key, type=kind, describes="organisation")
        self.other = factories.OrganisationFactory(name="みどり農園")
        said = {
            **{"industry": "making", "rank": 3, "listed": True},
            **{"motto": "Light for all", "story": "Began\nin a Shed"},
            "founded": dt.date(1998, 4, 1),
        }
        values.write({hikari.pk: said}, noun="organisation", by=owner)
        sales = {"sales": {"2024": 900, "2025": 100}}
        values.write({hikari.pk: sales}, noun="organisation", by=owner)
        values.write(
            {self.other.pk: {"industry": "care", "rank": 30, "motto": "A light heart"}},
            noun="organisation",
            by=owner,
        )

    @pytest.mark.parametrize(
        "asked",
        [
            {"a_industry": "making"},
            {"a_rank_min": "1", "a_rank_max": "10"},
            {"a_listed": "yes"},
            {"a_sales_max": "100"},
            {"a_motto": "light", "a_motto_how": "starts"},
            {"a_motto": "FOR all"},
            {"a_story": "shed"},
            {"q": "shed"},
            {"a_founded_from": "1998-04-01", "a_founded_to": "1998-04-01"},
            {"a_founded_to": "1999-01-01"},
        ],
    )
    def test_each_kind_narrows_the_list(self, as_owner, hikari, asked):
        text = as_owner.get(reverse(INDEX), asked).content.decode()
        assert hikari.name in text
        assert self.other.name not in text

    @pytest.mark.parametrize(
        "asked", [{"a_listed": "-"}, {"a_industry": ["-", "care"]}]
    )
    def test_nothing_known_is_an_answer_too(self, as_owner, asked):
        found = as_owner.get(reverse(INDEX), asked).context["object_list"]
        assert [row.name for row in found] == [self.other.name]

    @pytest.mark.parametrize(
        "asked",
        [{"a_industry": "-"}, {"a_listed": "no"}, {"a_founded_from": "1999-01-01"}],
    )
    def test_what_nobody_answers_to_finds_nobody(self, as_owner, asked):
        found = as_owner.get(reverse(INDEX), asked).context["object_list"]
        assert not found

    def test_of_yearly_values_the_newest_counts(self, as_owner, hikari):
        text = as_owner.get(reverse(INDEX), {"a_sales_min": "900"}).content.decode()
        assert hikari.name not in text.split("<main")[1].split("a_sales_min")[0]

    def test_what_cannot_be_read_chooses_nothing_and_breaks_nothing(self, as_owner):
        answer = as_owner.get(reverse(INDEX), {"a_rank_min": "few"})
        assert answer.status_code == 200
