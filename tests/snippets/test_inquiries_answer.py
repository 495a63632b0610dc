import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from crm_plugin.models import (
    AttributeDefinition,
    Booking,
    ContactFrequency,
    Delivery,
    FollowUp,
    Inquiry,
    ServiceMessage,
    Submission,
    Touchpoint,
)
from crm_plugin.touchpoints import history, inquiries, presence
from tests import factories

pytestmark = pytest.mark.django_db
SAID = {"subject": "Catering", "body": "Yes, gladly.", "note": "", "key": "k1"}


@pytest.fixture
def answer(staff, inquiry):
    """Press a button of the answer screen, with what was typed."""

    def press(do, **typed):
        return staff.post(inquiry.get_admin_url(), {**SAID, "do": do, **typed})

    return press


@pytest.fixture
def fresh(inquiry):
    def get():
        return Inquiry.objects.get(pk=inquiry.pk)

    return get


def text(response):
    return response.content.decode()


class TestWhoSheIs:
    def test_her_words_stand_on_top(self, staff, inquiry):
        page = text(staff.get(inquiry.get_admin_url()))
        assert page.index("Do you cater for twenty people?") < page.index(
            "Answer by mail"
        )

    def test_it_shows_the_last_three_things_she_said(self, staff, inquiry):
        for n in range(4):
            factories.TouchpointFactory(
                contact=inquiry.contact, body=f"word {n}", at=timezone.now()
            )
        page = text(staff.get(inquiry.get_admin_url()))
        assert "word 3" in page
        assert "word 1" in page
        assert "word 0" not in page

    def test_a_sensitive_attribute_shows_only_with_the_right(
        self, login, role, inquiry
    ):
        definition = factories.AttributeFactory(
            key="allergies", label="Allergies", type="text", sensitive=True
        )
        definition.refresh_from_db()
        inquiry.contact.values.create(definition=definition, text="peanuts")
        assert "peanuts" in text(login(role("staff")).get(inquiry.get_admin_url()))
        assert "peanuts" not in text(
            login(role("marketer")).get(inquiry.get_admin_url())
        )
        assert AttributeDefinition.objects.count() == 1

    def test_it_shows_her_next_booking(self, staff, inquiry):
        booking = factories.BookingFactory(
            contact=inquiry.contact,
            starts_at=timezone.now() + timezone.timedelta(days=2),
        )
        assert booking.get_admin_url() in text(staff.get(inquiry.get_admin_url()))
        assert Booking.objects.count() == 1

    def test_the_number_of_queries_is_fixed(
        self, staff, inquiry, django_assert_max_num_queries, django_assert_num_queries
    ):
        staff.get(inquiry.get_admin_url())
        with django_assert_max_num_queries(45) as few:
            staff.get(inquiry.get_admin_url())
        for _n in range(3):
            factories.TouchpointFactory(contact=inquiry.contact, body="word")
            factories.PointFactory(contact=inquiry.contact)
        with django_assert_num_queries(len(few)):
            staff.get(inquiry.get_admin_url())


class TestByMail:
    def test_the_answer_goes_into_the_outbox(self, answer, inquiry):
        answer("send")
        delivery = Delivery.objects.get()
        assert (delivery.kind, delivery.address) == ("answer", "hanako@mail.example")
        assert delivery.contact == inquiry.contact

    def test_it_goes_to_the_address_that_was_typed(self, answer, inquiry):
        Inquiry.objects.update(reply_to="other@mail.example")
        answer("send")
        delivery = Delivery.objects.get()
        assert (delivery.address, delivery.point) == ("other@mail.example", None)

    def test_without_a_typed_address_it_goes_to_her_own(self, answer, inquiry):
        Inquiry.objects.update(reply_to="")
        answer("send")
        assert Delivery.objects.get().point.value == "hanako@mail.example"

    def test_it_closes_the_inquiry_in_her_name(self, answer, fresh):
        answer("send")
        assert fresh().answered_by.username == "staff"

    def test_a_double_click_sends_one_mail(self, answer, inquiry, url):
        first, second = answer("send"), answer("send")
        assert first.url == second.url == url("crm_inquiry:next", inquiry.pk)
        assert Delivery.objects.count() == 1

    def test_what_was_typed_survives_an_error(self, answer, fresh):
        page = text(answer("send", subject="", body="Long and careful."))
        assert "Long and careful." in page
        assert "This field is required" in page
        assert fresh().is_open

    def test_without_any_address_nothing_is_sent(self, answer, inquiry, fresh):
        Inquiry.objects.update(reply_to="")
        inquiry.contact.points.all().delete()
        page = text(answer("send"))
        assert "There is no e-mail address to answer to." in page
        assert fresh().is_open

    def test_an_answer_of_somebody_else_is_noticed_before_sending(
        self, answer, inquiry, owner
    ):
        inquiries.close(inquiry, by=owner)
        page = text(answer("send"))
        assert "Somebody has closed this inquiry" in page
        assert "Yes, gladly." in page
        assert not Delivery.objects.exists()

    def test_once_told_she_may_send_all_the_same(self, answer, inquiry, owner):
        inquiries.close(inquiry, by=owner)
        answer("send", despite="1")
        assert Delivery.objects.count() == 1

    def test_the_preview_shows_what_goes_out_and_sends_nothing(self, answer, fresh):
        page = text(answer("preview"))
        assert "This goes out" in page
        assert "Hinata" in page
        assert not Delivery.objects.exists()
        assert fresh().is_open

    def test_a_brace_in_the_text_is_sent_as_it_stands(self, answer):
        answer("send", body="Use {{ contact.name }} like this.")
        values = Delivery.objects.get().values
        assert values["body"] == "Use {{ contact.name }} like this."


class TestTheStart:
    def template(self, language, body="Hello, {{ reference }}."):
        return ServiceMessage.objects.create(
            kind=f"start-{language}",
            language=language,
            title=f"Start {language}",
            subject="About your inquiry",
            body=body,
            for_answers=True,
        )

    def test_a_template_in_her_language_is_filled_in(self, staff, inquiry):
        Inquiry.objects.update(language="ja")
        self.template("en", "English start")
        self.template("ja", "お返事 {{ reference }}")
        form = staff.get(inquiry.get_admin_url()).context_data["form"]
        assert form["body"].value() == f"お返事 {inquiry.reference}"

    def test_her_language_is_named_and_not_coded(self, staff, inquiry):
        Inquiry.objects.update(language="ja")
        page = staff.get(inquiry.get_admin_url())
        assert page.context_data["language"] == "日本語"

    def test_the_templates_in_her_language_are_offered_first(self, staff, inquiry):
        Inquiry.objects.update(language="ja")
        ServiceMessage.objects.all().delete()
        self.template("en", "English start")
        self.template("ja")
        starts = staff.get(inquiry.get_admin_url()).context_data["starts"]
        assert [start["language"] for start in starts] == ["ja", "en"]

    def test_another_template_can_be_chosen(self, staff, inquiry):
        self.template("ja")
        other = self.template("en", "English start")
        page = staff.get(inquiry.get_admin_url(), {"start": other.pk})
        assert page.context_data["form"]["body"].value() == "English start"

    def test_a_broken_template_is_offered_as_it_stands(self, staff, inquiry):
        self.template("ja", "Hello {{ 1 + 1 }}")
        form = staff.get(inquiry.get_admin_url()).context_data["form"]
        assert form["body"].value() == "Hello {{ 1 + 1 }}"


class TestByPhone:
    def test_a_call_is_noted_and_closes_the_inquiry(self, answer, inquiry, fresh):
        answer("called", subject="", body="", note="Told her the price.")
        call = Touchpoint.objects.get(kind="call", contact=inquiry.contact)
        assert (call.direction, call.body) == ("both", "Told her the price.")
        assert fresh().answered_by.username == "staff"
        assert not Delivery.objects.exists()

    def test_a_call_that_nobody_took_leaves_the_answer_owed(self, answer, fresh):
        answer("missed", subject="", body="")
        assert Touchpoint.objects.get(kind="call").direction == "out"
        assert fresh().is_open

    def test_a_double_click_notes_one_call(self, answer):
        answer("called")
        answer("called")
        assert Touchpoint.objects.filter(kind="call").count() == 1

    def test_the_story_tells_call_and_closing(self, answer, inquiry, owner):
        answer("called", note="Told her the price.")
        kinds = [entry.kind for entry in history.story(inquiry.contact, user=owner)]
        assert sorted(kinds) == ["call", "inquiry", "inquiry_closed"]
        assert not ContactFrequency.objects.exists()


class TestClaims:
    @pytest.fixture
    def claim(self, inquiry):
        submission = Submission.objects.create(
            key="k", kind="inquiry", reference="S-1", contact=inquiry.contact
        )
        return submission.claims.create(
            contact=inquiry.contact,
            field="contact.note",
            label="Note",
            value="likes wine",
            text="likes wine",
        )

    def test_the_three_answers_stand_beside_each_claim(self, staff, inquiry, claim):
        page = text(staff.get(inquiry.get_admin_url()))
        for verdict in ("accept", "reject", "other"):
            assert f'value="claim:{claim.pk}:{verdict}"' in page

    def test_accepting_writes_the_value_to_the_record(self, answer, inquiry, claim):
        answer(f"claim:{claim.pk}:accept")
        claim.refresh_from_db()
        inquiry.contact.refresh_from_db()
        assert claim.state == "accepted"
        assert inquiry.contact.note == "likes wine"

    def test_an_answer_to_a_claim_keeps_what_was_typed(self, answer, claim):
        page = answer(f"claim:{claim.pk}:reject", subject="", body="Half an answ")
        assert "Half an answ" in text(page)
        assert "This field is required" not in text(page)

    def test_a_claim_of_another_contact_is_left_alone(self, answer, claim):
        other = factories.ContactFactory()
        type(claim).objects.update(contact=other)
        answer(f"claim:{claim.pk}:reject")
        claim.refresh_from_db()
        assert claim.state == "waiting"

    def test_deciding_twice_is_no_error(self, answer, claim):
        answer(f"claim:{claim.pk}:accept")
        page = answer(f"claim:{claim.pk}:reject")
        assert page.status_code == 200
        claim.refresh_from_db()
        assert claim.state == "accepted"


class TestClaimsOnHiddenAttributes:
    @pytest.fixture
    def claim(self, inquiry):
        """Somebody named an allergy; these staff may not read sensitive values."""
        definition = AttributeDefinition.objects.create(
            key="allergies", label="Allergies", type="text", sensitive=True
        )
        submission = Submission.objects.create(
            key="k", kind="inquiry", reference="S-1", contact=inquiry.contact
        )
        return submission.claims.create(
            contact=inquiry.contact,
            field=f"attribute.{definition.key}",
            label="Allergies",
            value="shrimp",
            text="shrimp",
        )

    @pytest.fixture(autouse=True)
    def _no_right(self, staff):
        right = Permission.objects.get(codename="view_sensitive")
        Group.objects.get(name="Staff").permissions.remove(right)

    def test_they_are_not_shown(self, staff, inquiry, claim):
        assert "shrimp" not in text(staff.get(inquiry.get_admin_url()))

    @pytest.mark.parametrize("verdict", ["accept", "reject"])
    def test_they_cannot_be_answered(self, answer, claim, verdict):
        answer(f"claim:{claim.pk}:{verdict}")
        claim.refresh_from_db()
        assert claim.state == "waiting"

    def test_a_form_that_holds_one_is_not_moved_to_another_person(self, answer, claim):
        seen = claim.submission.claims.create(
            contact=claim.contact, field="contact.note", label="Note", value="x"
        )
        answer(f"claim:{seen.pk}:other")
        claim.submission.refresh_from_db()
        assert claim.submission.contact == claim.contact

    def test_today_does_not_count_them(self, staff, url, claim):
        assert staff.get(url("crm_today:index")).context["claims"]["count"] == 0


class TestWhoAnswers:
    def test_it_can_be_handed_over(self, answer, fresh, owner):
        answer("owner", owner=str(owner.pk))
        assert fresh().owner == owner

    def test_it_cannot_be_handed_to_somebody_without_the_right(
        self, answer, fresh, outsider
    ):
        answer("owner", owner=str(outsider.pk))
        assert fresh().owner is None

    def test_somebody_else_who_is_writing_is_named(self, staff, inquiry, owner):
        presence.here(inquiry.pk, owner)
        assert "owner" in text(staff.get(inquiry.get_admin_url()))
        assert presence.others(inquiry.pk, owner) == []

    def test_the_browser_tells_that_somebody_is_here(self, staff, inquiry, owner, url):
        answer = staff.post(url("crm_inquiry:presence", inquiry.pk)).json()
        assert answer == {"others": [], "closed": False}
        assert presence.others(inquiry.pk, owner) == ["staff"]

    def test_looking_tells_nobody_anything(self, staff, inquiry, owner):
        staff.get(inquiry.get_admin_url())
        assert presence.others(inquiry.pk, owner) == []

    def test_a_closing_can_be_undone(self, answer, fresh):
        answer("send")
        answer("reopen")
        assert fresh().is_open

    def test_it_can_be_closed_without_an_answer(self, answer, fresh):
        answer("close")
        assert fresh().closed_at
        assert fresh().answered_at is None

    def test_what_was_answered_and_what_became_of_it_is_shown(
        self, answer, staff, inquiry
    ):
        answer("send")
        Delivery.objects.update(state="bounced")
        page = text(staff.get(inquiry.get_admin_url()))
        assert "Yes, gladly." in page
        assert "undeliverable" in page


class TestWhatComesNext:
    @pytest.fixture
    def next_url(self, inquiry, url):
        return url("crm_inquiry:next", inquiry.pk)

    def test_one_click_plans_the_next_step(self, staff, next_url, inquiry):
        staff.post(next_url, {"what": "Call again", "quick": "2030-01-31"})
        step = FollowUp.objects.get()
        assert (step.contact, step.inquiry) == (inquiry.contact, inquiry)
        assert step.owner.username == "staff"

    def test_two_clicks_plan_one_step(self, staff, next_url):
        for _click in range(2):
            staff.post(next_url, {"what": "Call again", "quick": "2030-01-31"})
        assert FollowUp.objects.count() == 1

    def test_another_day_may_be_typed(self, staff, next_url):
        staff.post(next_url, {"what": "Call again", "due_on": "2030-02-01"})
        assert str(FollowUp.objects.get().due_on) == "2030-02-01"

    @pytest.mark.parametrize("typed", [{}, {"due_on": "2001-01-01"}, {"what": ""}])
    def test_a_day_and_a_deed_are_needed(self, staff, next_url, typed):
        said = {"what": "Call again", "quick": "", **typed}
        assert staff.post(next_url, said).status_code == 200
        assert not FollowUp.objects.exists()


class TestWhoMay:
    def test_a_marketer_reads_without_buttons(self, login, role, inquiry):
        page = text(login(role("marketer")).get(inquiry.get_admin_url()))
        assert "Do you cater for twenty people?" in page
        assert 'value="send"' not in page

    def test_a_marketer_cannot_answer(self, login, role, inquiry):
        login(role("marketer")).post(inquiry.get_admin_url(), {**SAID, "do": "send"})
        assert not Delivery.objects.exists()

    def test_an_outsider_is_sent_away(self, login, outsider, inquiry):
        assert login(outsider).get(inquiry.get_admin_url()).status_code == 302

    def test_an_inquiry_that_does_not_exist_is_not_found(self, staff, url):
        assert staff.get(url("crm_inquiry:answer", 999)).status_code == 404

    def test_looking_changes_nothing(self, staff, inquiry, fresh, url):
        staff.get(inquiry.get_admin_url(), {"do": "send", **SAID})
        staff.get(url("crm_inquiry:next", inquiry.pk))
        assert fresh().is_open
        assert not Delivery.objects.exists()
