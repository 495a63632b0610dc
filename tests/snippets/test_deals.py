import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.contacts import search
from crm_plugin.models import Deal, FollowUp, LostReason, Purchase
from crm_plugin.sales import board, deals
from crm_plugin.sales.models import DealStage
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stages")]


@pytest.fixture
def deal(staff, contact):
    return deals.open_deal("Catering for 20", contact=contact, amount=80_000, by=None)


@pytest.fixture
def stage():
    return lambda key: DealStage.objects.get(key=key)


def text(response):
    return response.content.decode()


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


def clicked(contact, label, at):
    """A click of a person on the link *label* of a campaign's message."""
    sent = factories.DeliveryFactory(
        contact=contact,
        state="sent",
        handed_at=at - dt.timedelta(hours=1),
        rendering__subject="Autumn letter",
    )
    link = sent.rendering.links.create(
        position=0, url="https://x.example/", label=label
    )
    sent.responses.create(kind="click", link=link, at=at)


class TestBoard:
    def test_it_shows_who_how_much_and_what_is_next(self, staff, url, deal, contact):
        FollowUp.objects.create(
            contact=contact, due_on=timezone.localdate(), what="Send the quote"
        )
        page = text(staff.get(url("crm_deal:index")))
        for words in ("Catering for 20", str(contact), "¥80,000", "Send the quote"):
            assert words in page

    def test_an_empty_board_says_what_a_deal_is(self, staff, url):
        assert "A deal is a possible sale" in text(staff.get(url("crm_deal:index")))

    def test_a_full_column_leads_on_to_the_list(self, staff, url, deal, monkeypatch):
        monkeypatch.setattr(board, "MOST", 0)
        page = text(staff.get(url("crm_deal:index")))
        assert "1 more" in page
        assert f"{url('crm_deal:list')}?stage={deal.stage_id}" in page

    def test_the_number_of_queries_does_not_grow(
        self, staff, url, deal, django_assert_num_queries
    ):
        staff.get(url("crm_deal:index"))
        with django_assert_num_queries(17):
            staff.get(url("crm_deal:index"))
        for number in range(8):
            firm = factories.OrganisationFactory()
            person = factories.ContactFactory()
            deals.open_deal(f"D{number}", contact=person, organisation=firm, by=None)
        with django_assert_num_queries(17):
            staff.get(url("crm_deal:index"))

    def test_a_button_moves_a_deal(self, staff, url, deal, stage):
        data = {"stage": stage("quote").pk, "version": deal.version}
        answer = staff.post(url("crm_deal:move", deal.pk), data, follow=True)
        assert "now stands in Quote" in said(answer)
        assert Deal.objects.get().stage == stage("quote")

    def test_whoever_is_late_is_told(self, staff, url, deal, stage):
        deals.move_deal(Deal.objects.get(), stage("proposal"), by=None)
        data = {"stage": stage("quote").pk, "version": deal.version}
        answer = staff.post(url("crm_deal:move", deal.pk), data, follow=True)
        assert "Somebody else changed this record" in said(answer)
        assert Deal.objects.get().stage == stage("proposal")

    @pytest.mark.parametrize("key", ["won", "lost"])
    def test_a_closing_stage_asks_first(self, staff, url, deal, stage, key):
        data = {"stage": stage(key).pk, "version": deal.version}
        answer = staff.post(url("crm_deal:move", deal.pk), data)
        assert answer["Location"] == url("crm_deal:close", deal.pk, stage(key).pk)
        assert Deal.objects.get().closed_at is None

    @pytest.mark.parametrize("data", [{}, {"stage": "x"}, {"stage": "9999"}])
    def test_what_is_no_stage_moves_nothing(self, staff, url, deal, data):
        staff.post(url("crm_deal:move", deal.pk), data)
        assert Deal.objects.get().version == 1


class TestClosing:
    @pytest.fixture
    def close(self, staff, url, deal, stage):
        def post(key, **data):
            address = url("crm_deal:close", deal.pk, stage(key).pk)
            today = timezone.localdate()
            return staff.post(
                address, {"version": deal.version, "on": today, **data}, follow=True
            )

        return post

    def test_the_purchase_is_offered_with_the_amount_of_the_deal(
        self, staff, url, deal, stage
    ):
        page = text(staff.get(url("crm_deal:close", deal.pk, stage("won").pk)))
        assert 'value="80000' in page

    def test_winning_records_it(self, close, contact):
        close("won", sell="on", amount="75000", payment="invoice", channel="phone")
        assert Purchase.objects.get().contact == contact
        assert Deal.objects.get().purchase.amount == 75_000

    def test_winning_without_a_purchase(self, close):
        close("won", payment="invoice", channel="phone")
        assert Deal.objects.get().stage.key == "won"
        assert not Purchase.objects.exists()

    def test_losing_wants_a_reason(self, close):
        answer = close("lost")
        assert answer.context["form"].errors["reason"]
        assert Deal.objects.get().closed_at is None

    def test_the_reason_is_kept(self, close):
        close("lost", reason=LostReason.objects.get(key="price").pk, note="Too dear")
        assert Deal.objects.get().lost_note == "Too dear"

    def test_a_day_before_the_opening_is_refused(self, close):
        answer = close("won", on="2020-01-01", payment="cash", channel="shop")
        assert "before the deal was opened" in str(answer.context["form"].errors)


class TestForm:
    def test_a_deal_is_opened_for_who_was_found(self, staff, url, contact, stage):
        search.refresh([contact.pk])
        form = staff.get(url("crm_deal:add")).context["form"]
        data = {
            "title": "Lunch boxes",
            "look_for": contact.family_name,
            "stage": stage("inquiry").pk,
            "key": form["key"].value(),
        }
        page = staff.post(url("crm_deal:add"), {**data, "do": "look"})
        assert contact in page.context["people"]
        staff.post(url("crm_deal:add"), {**data, "contact": contact.pk})
        assert Deal.objects.get().contact == contact

    def test_a_deal_with_nobody_is_refused(self, staff, url, stage):
        data = {"title": "Lunch boxes", "stage": stage("inquiry").pk}
        answer = staff.post(url("crm_deal:add"), data)
        assert "A deal is with somebody" in text(answer)

    def test_the_record_of_a_contact_names_her(self, staff, url, contact):
        page = staff.get(url("crm_deal:add"), {"contact": contact.pk})
        assert page.context["chosen"]["contact"] == str(contact.pk)

    def test_her_organisation_is_offered(self, staff, url, contact):
        firm = factories.OrganisationFactory()
        contact.affiliations.create(organisation=firm)
        page = staff.get(url("crm_deal:add"), {"contact": contact.pk})
        assert page.context["firms"] == [firm]

    def test_editing_changes_what_was_typed(self, staff, url, deal, contact):
        form = staff.get(url("crm_deal:edit", deal.pk)).context["form"]
        data = {
            name: form[name].value()
            for name in ("title", "contact", "version", "opened_on")
        }
        staff.post(url("crm_deal:edit", deal.pk), {**data, "amount": "90000"})
        deal.refresh_from_db()
        assert (deal.amount, deal.contact) == (90_000, contact)

    def test_two_who_edit_at_once(self, staff, url, deal):
        deals.edit_deal(Deal.objects.get(), {"amount": 1}, by=None)
        data = {"title": "Mine", "contact": deal.contact_id, "version": deal.version}
        answer = staff.post(url("crm_deal:edit", deal.pk), data)
        assert "Somebody else changed this record" in text(answer)
        assert Deal.objects.get().title == deal.title

    def test_consumers_only_hides_organisations(self, staff, url):
        from crm_plugin.conf import CrmSettings

        CrmSettings.objects.create(consumers_only=True)
        assert "organisation" not in text(staff.get(url("crm_deal:add"))).split(
            "<main"
        )[1].lower().replace("no organisation", "")


class TestRecord:
    def test_it_tells_the_touchpoints_since_it_was_opened(
        self, staff, url, deal, contact
    ):
        factories.TouchpointFactory(contact=contact, summary="Asked about the menu")
        before = timezone.now() - dt.timedelta(days=3)
        factories.TouchpointFactory(contact=contact, summary="First call", at=before)
        story = staff.get(url("crm_deal:inspect", deal.pk)).context["story"]
        titles = {
            when: [entry.title for _person, entry in story[when]]
            for when in ("since", "before")
        }
        assert titles == {"since": ["Asked about the menu"], "before": ["First call"]}

    def test_what_came_after_the_end_is_not_told(self, staff, url, deal, contact):
        deals.win(deal, by=None)
        later = timezone.now() + dt.timedelta(minutes=5)
        factories.TouchpointFactory(contact=contact, summary="Later", at=later)
        story = staff.get(url("crm_deal:inspect", deal.pk)).context["story"]
        assert story["since"] == []

    def test_it_tells_the_clicks_of_its_people_in_the_90_days_before(
        self, staff, url, deal, contact
    ):
        buyer, stranger = factories.ContactFactory.create_batch(2)
        deals.involve(deal, buyer, "decides", by=None)
        clicked(contact, "Price list", deal.opened_at - dt.timedelta(days=89))
        clicked(buyer, "Party menu", deal.opened_at - dt.timedelta(days=3))
        clicked(contact, "Too long ago", deal.opened_at - dt.timedelta(days=91))
        clicked(stranger, "Not hers", deal.opened_at - dt.timedelta(days=3))
        answer = staff.get(url("crm_deal:inspect", deal.pk))
        told = [
            (person, entry.title, entry.body)
            for person, entry in answer.context["story"]["before"]
            if entry.kind == "click"
        ]
        assert told == [
            (buyer, "clicked: Party menu", "Autumn letter"),
            (contact, "clicked: Price list", "Autumn letter"),
        ]
        assert "clicked: Price list" in text(answer)

    def test_changes_are_told_in_words(self, staff, url, deal, stage):
        deals.move_deal(deal, stage("quote"), by=None)
        page = text(staff.get(url("crm_deal:inspect", deal.pk)))
        assert "Inquiry → Quote" in page

    def test_somebody_is_added_with_a_role(self, staff, url, deal):
        other = factories.ContactFactory()
        data = {"person": other.pk, "role": "decides", "do": "add"}
        staff.post(url("crm_deal:involve", deal.pk), data)
        person = deal.people.get(contact=other)
        assert person.role == "decides"
        staff.post(url("crm_deal:release", deal.pk), {"person": person.pk})
        assert deal.people.count() == 1

    def test_people_are_found_without_a_script(self, staff, url, deal):
        other = factories.ContactFactory(family_name="白石")
        search.refresh([other.pk])
        data = {"do": "look", "look_for": "白石"}
        answer = staff.post(url("crm_deal:involve", deal.pk), data)
        assert answer.context["people"] == [other]

    def test_a_next_step_is_planned(self, staff, url, deal, contact):
        data = {"step-what": "Send the quote", "step-due_on": timezone.localdate()}
        staff.post(url("crm_deal:step", deal.pk), data)
        assert FollowUp.objects.get().contact == contact

    def test_it_asks_as_much_for_many_entries_as_for_one(
        self, staff, url, deal, contact, django_assert_max_num_queries
    ):
        factories.TouchpointFactory(contact=contact)
        staff.get(url("crm_deal:inspect", deal.pk))
        with django_assert_max_num_queries(45) as few:
            staff.get(url("crm_deal:inspect", deal.pk))
        factories.TouchpointFactory.create_batch(20, contact=contact)
        with django_assert_max_num_queries(len(few)):
            staff.get(url("crm_deal:inspect", deal.pk))

    def test_the_open_deal_stands_on_the_record_of_its_contact(
        self, staff, url, deal, contact
    ):
        page = text(staff.get(contact.get_admin_url()))
        assert "Deal: Catering for 20" in page
        assert "¥80,000" in page

    def test_with_a_firm_it_stands_on_both_records_while_it_is_open(
        self, staff, contact
    ):
        firm = factories.OrganisationFactory()
        told = {"contact": contact, "organisation": firm, "amount": 120_000}
        both = deals.open_deal("Party of the firm", **told, by=None)
        link = f'<a href="{both.get_admin_url()}">'

        def cards():
            rows = (contact, firm)
            pages = [text(staff.get(row.get_admin_url())) for row in rows]
            return [page.split('id="story"')[0] for page in pages]

        for card in cards():
            assert link in card
            assert "Party of the firm" in card
            assert "¥120,000" in card
        deals.win(both, by=None)
        assert not any(link in card for card in cards())

    def test_a_marketer_reads_it_and_changes_nothing(self, role, login, url, deal):
        marketer = login(role("marketer"))
        page = text(marketer.get(url("crm_deal:inspect", deal.pk)))
        assert "Catering for 20" in page
        assert url("crm_deal:move", deal.pk) not in page


class TestList:
    def test_it_is_searched_by_title_and_by_person(self, staff, url, deal, contact):
        search.refresh([contact.pk])
        for words in ("Catering", contact.family_name):
            assert "Catering for 20" in text(
                staff.get(url("crm_deal:list"), {"q": words})
            )
        assert "Catering for 20" not in text(
            staff.get(url("crm_deal:list_results"), {"q": "nothing"})
        )

    def test_it_is_searched_by_organisation(self, staff, url):
        firm = factories.OrganisationFactory(name="旭川製作所", name_norm="旭川製作所")
        deals.open_deal("Lunch", organisation=firm, by=None)
        assert "Lunch" in text(staff.get(url("crm_deal:list_results"), {"q": "製作所"}))

    def test_it_is_narrowed_by_stage(self, staff, url, deal, stage):
        asked = {"stage": stage("quote").pk}
        assert "Catering" not in text(staff.get(url("crm_deal:list_results"), asked))

    def test_the_number_of_queries_does_not_grow(
        self, staff, url, deal, django_assert_max_num_queries
    ):
        staff.get(url("crm_deal:list"))
        with django_assert_max_num_queries(25) as few:
            staff.get(url("crm_deal:list"))
        for number in range(8):
            person = factories.ContactFactory()
            deals.open_deal(f"D{number}", contact=person, by=None)
        with django_assert_max_num_queries(len(few)):
            staff.get(url("crm_deal:list"))

    def test_the_owner_exports_it(self, login, owner, url, deal):
        response = login(owner).get(url("crm_deal:list"), {"export": "csv"})
        lines = b"".join(response.streaming_content).decode("utf-8-sig")
        assert "Catering for 20" in lines


class TestStages:
    def test_the_last_stage_of_a_kind_stays(self, login, owner, url, staff, stage):
        won = stage("won")
        data = {"name": "Won", "key": "won", "kind": "won", "order": 5}
        answer = login(owner).post(url("crm_deal_stage:edit", won.pk), data)
        assert "At least one active stage" in text(answer)

    def test_a_stage_in_use_keeps_its_kind(self, login, owner, url, deal):
        data = {"name": "I", "key": "inquiry", "kind": "won", "order": 5}
        address = url("crm_deal_stage:edit", deal.stage_id)
        assert "its kind cannot change" in text(login(owner).post(address, data))


class TestFinder:
    def test_a_scanned_card_finds_its_holder_alone(self, staff, url, contact):
        factories.PointFactory(
            contact=contact, kind="card", value="M-1", value_norm="m1"
        )
        page = text(staff.post(url("crm_find:people"), {"q": "Ｍ－１"}))
        assert page.count("<input") == 1
        assert f'value="{contact.pk}"' in page

    def test_nobody_is_found_for_a_name_that_nobody_has(self, staff, url):
        page = text(staff.post(url("crm_find:people"), {"q": "誰でもない"}))
        assert "Nobody found." in page

    def test_what_the_buttons_are_called_is_ours(self, staff, url, contact):
        data = {"q": "hanako@mail.example", "name": '"><script>'}
        assert "<script>" not in text(staff.post(url("crm_find:people"), data))

    def test_organisations_are_found_by_a_part_of_the_name(self, staff, url):
        factories.OrganisationFactory(name="旭川製作所", name_norm="旭川製作所")
        page = text(staff.post(url("crm_find:organisations"), {"q": "製作"}))
        assert "旭川製作所" in page
