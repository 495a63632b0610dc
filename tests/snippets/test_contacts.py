import csv
import datetime as dt

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from crm_plugin import models
from crm_plugin.contacts import records, values
from crm_plugin.lifecycle.models import Stage
from crm_plugin.snippets.contacts import story
from crm_plugin.touchpoints import history, log
from crm_plugin.touchpoints.sources import channel_words
from tests import factories

pytestmark = pytest.mark.django_db

INDEX = "crm_contact:index"


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def as_role(client, role):
    def login(name):
        client.force_login(role(name))
        return client

    return login


def record_url(contact):
    return reverse("crm_contact:inspect", args=[contact.pk])


def edit_url(contact):
    return reverse("crm_contact:edit", args=[contact.pk])


def rows(*said):
    """The contact points of a form post: (kind, value) pairs."""
    data = {"points-TOTAL_FORMS": len(said), "points-INITIAL_FORMS": 0}
    for number, (kind, value) in enumerate(said):
        data[f"points-{number}-kind"] = kind
        data[f"points-{number}-value"] = value
    return data


def typed(contact=None, **said):
    """A form post; with a contact, what its form would send unchanged."""
    data = {"version": 1}
    points = []
    if contact:
        data |= {
            "version": contact.version,
            "contact__family_name": contact.family_name,
            "contact__given_name": contact.given_name,
            "contact__family_kana": contact.family_kana,
            "contact__given_kana": contact.given_kana,
            "contact__language": contact.language,
        }
        points = list(contact.points.values_list("kind", "value"))
    return {**data, **rows(*said.pop("points", points)), **said}


class TestList:
    def test_it_shows_what_staff_look_for(self, as_owner, contact):
        records.apply_values(contact, {"organisation.name": "株式会社ひかり"}, by=None)
        text = as_owner.get(reverse(INDEX)).content.decode()
        for shown in [
            contact.name,
            "サトウ ハナコ",
            "hanako@mail.example",
            "+819012345678",
            "株式会社ひかり",
        ]:
            assert shown in text

    def test_it_hides_organisations_for_consumers_only(self, as_owner, contact):
        models.CrmSettings.objects.create(consumers_only=True)
        text = as_owner.get(reverse(INDEX)).content.decode()
        assert "Organisation" not in text.split("<table")[1]

    @pytest.mark.parametrize(
        ("right", "column"),
        [("view_organisation", "organisation"), ("view_touchpoint", "last")],
    )
    def test_the_role_decides_which_columns_are_there(
        self, client, outsider, contact, right, column
    ):
        def columns(*names):
            rights = Permission.objects.filter(codename__in=["view_contact", *names])
            outsider.user_permissions.add(*rights)
            client.force_login(User.objects.get(pk=outsider.pk))
            shown = client.get(reverse(INDEX)).context_data["view"].columns
            return [one.name for one in shown]

        assert column not in columns()
        assert column in columns(right)

    def test_the_box_finds_by_kana_in_the_other_script(self, as_owner):
        records.create_contact(
            {"contact.name": "高橋 花子", "contact.kana": "タカハシ"}
        )
        records.create_contact({"contact.name": "田中 一郎"})
        text = as_owner.get(reverse(INDEX), {"q": "たかはし"}).content.decode()
        assert "高橋 花子" in text
        assert "田中 一郎" not in text

    def test_an_empty_list_says_what_to_do(self, as_owner):
        text = as_owner.get(reverse(INDEX)).content.decode()
        assert reverse("crm_contact:add") in text
        assert "No contacts yet" in text

    def test_it_filters_by_stage_and_attribute(self, as_owner):
        here, there = factories.ContactFactory.create_batch(2)
        models.StagePeriod.objects.create(
            contact=here, stage="first", started_on="2026-01-01"
        )
        definition = factories.AttributeFactory(key="likes")
        definition.choices.create(key="lunch", label="Lunch")
        values.write({here.pk: {"likes": "lunch"}}, by=None)
        for asked in [{"stage": "first"}, {"a_likes": "lunch"}]:
            text = as_owner.get(reverse(INDEX), asked).content.decode()
            assert here.name in text
            assert there.name not in text

    def test_it_filters_by_segment(self, as_owner):
        stay = factories.MembershipFactory()
        other = factories.ContactFactory()
        asked = {"segment": stay.segment.pk}
        text = as_owner.get(reverse(INDEX), asked).content.decode()
        assert stay.contact.name in text
        assert other.name not in text

    def test_it_filters_by_the_number_of_uses(self, as_owner):
        never, once, twice = factories.ContactFactory.create_batch(3)
        factories.uses(once, 5)
        factories.uses(twice, 5, 9)
        for number, contact in enumerate((never, once, twice)):
            asked = {"uses_min": number, "uses_max": number}
            text = as_owner.get(reverse(INDEX), asked).content.decode()
            shown = [one for one in (never, once, twice) if one.name in text]
            assert shown == [contact]

    def test_a_sensitive_attribute_is_no_filter_without_the_right(self, as_role):
        definition = factories.AttributeFactory(key="health", sensitive=True)
        definition.choices.create(key="well", label="Well")
        text = as_role("marketer").get(reverse(INDEX)).content.decode()
        assert "a_health" not in text

    def test_a_segment_about_something_sensitive_needs_the_right(self, as_role):
        segment = factories.SegmentFactory(name="Secret ills")
        models.Segment.objects.update(reads_sensitive=True)
        text = as_role("marketer").get(reverse(INDEX)).content.decode()
        assert segment.name not in text

    def test_its_cost_does_not_grow_with_the_rows(self, as_owner):
        def count():
            with CaptureQueriesContext(connection) as queries:
                assert as_owner.get(reverse(INDEX)).status_code == 200
            return len(queries)

        factories.ContactFactory.create_batch(2, email="a@mail.example")
        count()
        few = count()
        factories.ContactFactory.create_batch(20, email="b@mail.example")
        assert count() == few

    def test_it_does_not_count_beyond_a_thousand(self, as_owner):
        models.Contact.objects.bulk_create(
            models.Contact(family_name=f"客{n}") for n in range(1_001)
        )
        assert "1,000+" in as_owner.get(reverse(INDEX)).content.decode()

    def test_who_has_no_right_is_sent_away(self, client, outsider):
        client.force_login(outsider)
        assert client.get(reverse(INDEX)).status_code == 302

    def test_only_the_owner_may_export(self, as_role, contact):
        assert as_role("staff").get(reverse(INDEX), {"export": "csv"}).status_code in (
            302,
            403,
        )

    def test_the_export_holds_attributes(self, as_owner, contact):
        factories.AttributeFactory(key="tea", label="Tea", type="text")
        records.apply_values(contact, {"attribute.tea": "green"}, by=None)
        response = as_owner.get(reverse(INDEX), {"export": "csv"})
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        assert "Tea" in text.splitlines()[0]
        assert "green" in text

    def test_the_export_holds_what_the_list_shows_and_is_narrowed_by(
        self, as_owner, owner, contact
    ):
        other = factories.ContactFactory(
            family_name="紹介", owner=owner, introduced_by=contact
        )
        models.FirstTouch.objects.create(
            contact=other, channel="web", source="summer", at=other.created_at
        )
        models.ContactFrequency.objects.create(
            contact=other, last_at=dt.datetime(2026, 3, 4, 20, tzinfo=dt.UTC)
        )
        models.StagePeriod.objects.create(
            contact=other, stage="first", started_on=dt.date(2026, 3, 4)
        )
        response = as_owner.get(reverse(INDEX), {"export": "csv"})
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        heading, *rows = csv.reader(text.splitlines())
        assert heading[-5:] == ["Stage", "Last touch", "Owner", "Source", "introducer"]
        (row,) = [row[-5:] for row in rows if "紹介" in row]
        stage = str(Stage("first").label)
        source = f"{channel_words('web')} · summer"
        assert row == [stage, "2026-03-05", str(owner), source, str(contact)]

    def test_the_export_costs_the_same_for_many(self, as_owner, owner, contact):
        def cost(count):
            factories.ContactFactory.create_batch(
                count, owner=owner, introduced_by=contact
            )
            with CaptureQueriesContext(connection) as asked:
                response = as_owner.get(reverse(INDEX), {"export": "csv"})
                b"".join(response.streaming_content)
            return len(asked)

        cost(1)
        assert cost(1) == cost(20)

    def test_the_export_leaves_out_what_the_reader_may_not_see(
        self, client, outsider, contact
    ):
        wanted = ["view_contact", "export_contact"]
        rights = Permission.objects.filter(codename__in=wanted)
        outsider.user_permissions.add(*rights)
        client.force_login(outsider)
        response = client.get(reverse(INDEX), {"export": "csv"})
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        assert "Stage,Owner,Source,introducer" in text.splitlines()[0]


class TestAdd:
    def test_a_contact_needs_no_more_than_a_name(self, as_owner):
        as_owner.post(reverse("crm_contact:add"), typed(contact__family_name="佐藤 様"))
        assert models.Contact.objects.get().name == "佐藤"

    def test_points_and_attributes_are_saved_with_it(self, as_owner):
        factories.AttributeFactory(key="tea", label="Tea", type="text")
        as_owner.post(
            reverse("crm_contact:add"),
            typed(
                contact__family_name="佐藤",
                attribute__tea="green",
                points=[("email", "Ｈana@mail.example"), ("phone", "")],
            ),
        )
        contact = models.Contact.objects.get()
        assert contact.points.get().value == "hana@mail.example"
        assert values.current([contact.pk], ["tea"]) == {contact.pk: {"tea": "green"}}

    def test_nothing_at_all_is_refused(self, as_owner):
        response = as_owner.post(reverse("crm_contact:add"), typed())
        assert response.status_code == 200
        assert not models.Contact.objects.exists()

    def test_a_wrong_value_keeps_what_was_typed(self, as_owner):
        response = as_owner.post(
            reverse("crm_contact:add"),
            typed(contact__family_name="佐藤", points=[("email", "nonsense")]),
        )
        assert "nonsense" in response.content.decode()
        assert not models.Contact.objects.exists()

    @pytest.mark.parametrize(
        "said",
        [
            {"points": [("email", "HANAKO@mail.example")]},
            {"points": [("phone", "090-1234-5678")]},
            {"contact__family_kana": "さとう", "contact__given_kana": "はなこ"},
        ],
    )
    def test_somebody_on_record_is_warned_of_first(self, as_owner, contact, said):
        data = typed(contact__family_name="佐藤", **said)
        response = as_owner.post(reverse("crm_contact:add"), data)
        assert contact.get_admin_url() in response.content.decode()
        assert models.Contact.objects.count() == 1

    def test_after_the_warning_it_can_be_saved_anyway(self, as_owner, contact):
        data = typed(
            contact__family_name="佐藤", points=[("email", "hanako@mail.example")]
        )
        as_owner.post(reverse("crm_contact:add"), {**data, "save_anyway": "1"})
        assert models.Contact.objects.count() == 2

    def test_a_marketer_may_not_add(self, as_role):
        response = as_role("marketer").post(
            reverse("crm_contact:add"), typed(contact__family_name="佐藤")
        )
        assert response.status_code == 302
        assert not models.Contact.objects.exists()


class TestEdit:
    def test_only_what_changed_is_written(self, as_owner, contact):
        as_owner.post(edit_url(contact), typed(contact, contact__given_name="華子"))
        contact.refresh_from_db()
        assert contact.given_name == "華子"
        changes = models.Change.objects.values_list("field", "old", "new")
        assert list(changes) == [("given_name", "花子", "華子")]

    def test_saving_it_unchanged_writes_nothing(self, as_owner, contact):
        as_owner.post(edit_url(contact), typed(contact))
        assert not models.Operation.objects.exists()

    def test_the_second_of_two_people_is_told_and_loses_nothing(
        self, as_owner, contact
    ):
        stale = typed(contact, contact__given_name="華子")
        records.apply_values(contact, {"contact.given_name": "はな子"}, by=None)
        text = as_owner.post(edit_url(contact), stale).content.decode()
        contact.refresh_from_db()
        assert contact.given_name == "はな子"
        assert "華子" in text
        assert "はな子" in text

    def test_saving_again_after_being_told_takes_the_own_words(self, as_owner, contact):
        records.apply_values(contact, {"contact.given_name": "はな子"}, by=None)
        as_owner.post(edit_url(contact), typed(contact, contact__given_name="華子"))
        contact.refresh_from_db()
        assert contact.given_name == "華子"

    def test_a_point_in_another_spelling_stays_confirmed(self, as_owner, contact):
        points = [("email", "HANAKO@mail.example"), ("phone", "+819012345678")]
        as_owner.post(edit_url(contact), typed(contact, points=points))
        assert contact.points.get(kind="email").verified_at

    def test_another_address_is_not_confirmed(self, as_owner, contact):
        points = [("email", "other@mail.example"), ("phone", "+819012345678")]
        as_owner.post(edit_url(contact), typed(contact, points=points))
        point = contact.points.get(kind="email")
        assert (point.value, point.verified_at) == ("other@mail.example", None)

    def test_a_point_may_be_removed(self, as_owner, contact):
        points = [("email", "hanako@mail.example"), ("phone", "")]
        as_owner.post(edit_url(contact), typed(contact, points=points))
        assert list(contact.points.values_list("kind", flat=True)) == ["email"]

    def test_own_points_raise_no_warning(self, as_owner, contact):
        factories.ContactFactory(email="hanako@mail.example")
        response = as_owner.post(
            edit_url(contact), typed(contact, contact__given_name="華子")
        )
        assert response.status_code == 302

    @pytest.mark.parametrize(("right", "shown"), [(True, True), (False, False)])
    def test_a_sensitive_attribute_is_in_the_form_only_with_the_right(
        self, client, outsider, contact, right, shown
    ):
        factories.AttributeFactory(
            key="allergies", label="Allergies", type="text", sensitive=True
        )
        names = ["view_contact", "change_contact"] + ["view_sensitive"] * right
        rights = Permission.objects.filter(codename__in=names)
        outsider.user_permissions.add(*rights)
        client.force_login(outsider)
        text = client.get(edit_url(contact)).content.decode()
        assert ("Allergies" in text) is shown

    def test_a_record_that_is_not_there_is_404(self, as_owner):
        assert as_owner.get(reverse("crm_contact:edit", args=[999])).status_code == 404


class TestRecord:
    def test_everything_stands_on_one_screen(self, as_owner, contact):
        factories.InquiryFactory(contact=contact, subject="Catering for 20")
        factories.ConsentFactory(point=contact.points.get(kind="email"))
        factories.AttributeFactory(key="tea", label="Tea", type="text")
        records.apply_values(
            contact,
            {"attribute.tea": "green", "organisation.name": "株式会社ひかり"},
            by=None,
        )
        log.record(
            contact, "call", channel="phone", direction="in", body="Loves the window"
        )
        text = as_owner.get(record_url(contact)).content.decode()
        for shown in [
            contact.name,
            "Catering for 20",
            "Newsletter",
            "green",
            "株式会社ひかり",
            "Loves the window",
        ]:
            assert shown in text

    def test_sensitive_values_need_the_right(self, as_role, contact):
        factories.AttributeFactory(
            key="allergies", label="Allergies", type="text", sensitive=True
        )
        records.apply_values(contact, {"attribute.allergies": "peanuts"}, by=None)
        client = as_role("marketer")
        assert "peanuts" not in client.get(record_url(contact)).content.decode()

    @pytest.mark.parametrize(("day", "age"), [("2026-05-01", 44), ("2026-05-02", 45)])
    def test_the_day_of_birth_tells_the_age_of_today(
        self, as_owner, contact, time_machine, day, age
    ):
        records.apply_values(contact, {"contact.birth_on": "1981-05-02"}, by=None)
        time_machine.move_to(dt.datetime.fromisoformat(f"{day}T08:00+09:00"))
        text = as_owner.get(record_url(contact)).content.decode()
        assert f"<span>{age} years old</span>" in text

    def test_without_a_day_of_birth_no_age_is_told(self, as_owner, contact):
        assert "years old" not in as_owner.get(record_url(contact)).content.decode()

    def test_what_was_typed_is_never_markup(self, as_owner):
        contact = factories.ContactFactory(family_name="<script>x</script>")
        log.record(contact, "note", channel="web", direction="in", body="<img src=x>")
        text = as_owner.get(record_url(contact)).content.decode()
        assert "<script>x" not in text
        assert "<img src=x" not in text

    def test_an_old_id_leads_to_the_survivor(self, as_owner, contact):
        models.ContactAlias.objects.create(
            contact=contact, old_id=4711, old_public_id=contact.public_id
        )
        response = as_owner.get(reverse("crm_contact:inspect", args=[4711]))
        assert response["Location"] == contact.get_admin_url()

    def test_an_unknown_id_is_404(self, as_owner):
        url = reverse("crm_contact:inspect", args=[4711])
        assert as_owner.get(url).status_code == 404

    def test_who_has_no_right_is_sent_away(self, client, outsider, contact):
        client.force_login(outsider)
        for url in [
            record_url(contact),
            reverse("crm_contact:story", args=[contact.pk]),
        ]:
            assert client.get(url).status_code == 302

    def test_its_cost_does_not_grow_with_the_history(self, as_owner, contact):
        def count():
            with CaptureQueriesContext(connection) as queries:
                as_owner.get(record_url(contact))
            return len(queries)

        factories.TouchpointFactory(contact=contact)
        count()
        few = count()
        factories.TouchpointFactory.create_batch(60, contact=contact)
        factories.PointFactory.create_batch(3, contact=contact)
        assert count() == few
        assert few < 60

    def test_the_history_goes_on_page_by_page(self, as_owner, contact):
        for day in range(40):
            factories.TouchpointFactory(
                contact=contact,
                summary=f"Call number {day}.",
                at=timezone.now() - dt.timedelta(days=day),
            )
        first = as_owner.get(record_url(contact)).content.decode()
        assert "Call number 0." in first
        assert "Call number 39." not in first
        more = first.split('data-crm-more="')[1].split('"')[0].replace("&amp;", "&")
        assert "Call number 39." in as_owner.get(more).content.decode()

    def test_the_history_is_narrowed(self, as_owner, contact):
        factories.TouchpointFactory(contact=contact, kind="call", summary="A call")
        factories.TouchpointFactory(contact=contact, kind="click", summary="A click")
        text = as_owner.get(record_url(contact), {"kind": "mailings"}).content.decode()
        assert "A click" in text
        assert "A call" not in text

    def test_every_kind_of_entry_stands_in_exactly_one_group(self):
        begins = [kinds for _label, kinds in story.GROUPS.values()]
        ours = {
            name
            for name, source in history._sources.items()
            if source.__module__.startswith("crm_plugin.")
        }
        told = {kind for name in ours for kind in history._traits[name].kinds}
        assert {"feedback", "new_year", "spam", "waiting", "beginning"} <= told
        for kind in told:
            assert sum(kind.startswith(each) for each in begins) == 1, kind
        for begin in {begin for each in begins for begin in each}:
            assert any(kind.startswith(begin) for kind in told), begin

    def test_the_filters_of_the_history_go_on_to_the_next_page(self, as_owner, contact):
        for day in range(70):
            factories.TouchpointFactory(
                contact=contact,
                phase="support" if day % 2 else "sales",
                summary=f"Window seat no. {day}.",
                at=timezone.now() - dt.timedelta(days=day),
            )
        asked = {"phase": "support", "text": "window", "channel": "phone"}
        first = as_owner.get(record_url(contact), asked).content.decode()
        assert "Window seat no. 1." in first
        assert "Window seat no. 2." not in first
        more = first.split('data-crm-more="')[1].split('"')[0].replace("&amp;", "&")
        plain = first.split('data-crm-more="')[0].rsplit('href="', 1)[1].split('"')[0]
        assert plain.split("#")[0].replace("&amp;", "&") == f"?{more.split('?')[1]}"
        second = as_owner.get(more).content.decode()
        assert "Window seat no. 69." in second
        assert "Window seat no. 68." not in second

    @pytest.mark.parametrize("before", ["nonsense", "2026-13-45T00:00", "2026-01-01"])
    def test_a_wrong_moment_is_ignored(self, as_owner, contact, before):
        url = reverse("crm_contact:story", args=[contact.pk])
        assert as_owner.get(url, {"before": before}).status_code == 200


class TestQuickWork:
    def test_the_record_holds_the_form_for_a_note(self, as_role, contact):
        text = as_role("staff").get(record_url(contact)).content.decode()
        assert reverse("crm_touchpoint:add", args=[contact.pk]) in text

    def test_a_next_step_is_planned(self, as_owner, contact):
        as_owner.post(
            reverse("crm_contact:follow_up", args=[contact.pk]),
            {"step-what": "Call back", "step-due_on": "2030-08-01"},
        )
        assert contact.follow_ups.get().what == "Call back"

    def test_a_step_without_a_day_is_not_planned(self, as_owner, contact):
        url = reverse("crm_contact:follow_up", args=[contact.pk])
        as_owner.post(url, {"step-what": "Call back", "step-due_on": ""})
        assert not contact.follow_ups.exists()

    def test_a_step_on_a_day_that_is_over_is_refused_with_the_reason(
        self, as_owner, contact
    ):
        url = reverse("crm_contact:follow_up", args=[contact.pk])
        step = {"step-what": "Call back", "step-due_on": "2020-01-31"}
        page = as_owner.post(url, step)
        assert page.context["step_form"].errors == {"due_on": ["That day is over."]}
        assert 'value="Call back"' in page.content.decode()
        assert not contact.follow_ups.exists()

    def test_it_is_never_done_by_a_link(self, as_owner, contact):
        url = reverse("crm_contact:follow_up", args=[contact.pk])
        assert as_owner.get(url).status_code == 405

    def test_a_marketer_may_not_plan(self, as_role, contact):
        as_role("marketer").post(
            reverse("crm_contact:follow_up", args=[contact.pk]),
            {"step-what": "Call back", "step-due_on": "2030-08-01"},
        )
        assert not contact.follow_ups.exists()

    def test_a_purchase_starts_with_the_person_filled_in(self, as_owner, contact):
        response = as_owner.get(
            reverse("crm_purchase:add"), {"contact": str(contact.pk)}
        )
        assert 'value="hanako@mail.example"' in response.content.decode()

    def test_an_address_that_two_share_fills_in_nobody(self, as_owner):
        one, _other = factories.ContactFactory.create_batch(
            2, email="family@mail.example"
        )
        url = reverse("crm_purchase:add")
        response = as_owner.get(url, {"contact": str(one.pk)})
        assert "family@mail.example" not in response.content.decode()


def test_what_a_field_refuses_is_said_beside_it_without_its_name(as_owner, contact):
    said = typed(contact, contact__family_name="あ" * 300)
    answer = as_owner.post(edit_url(contact), said).content.decode()
    assert "Please use at most 80 characters." in answer
    assert "amily name: Please" not in answer


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Asked to be contacted by: phone"), ("ja", "希望の連絡方法:電話")],
)
def test_the_record_names_the_wished_channel_in_words(as_owner, owner, language, said):
    contact = factories.ContactFactory()
    models.Preference.objects.create(contact=contact, channel="phone")
    UserProfile.objects.create(user=owner, preferred_language=language)
    assert said in as_owner.get(record_url(contact)).content.decode()
