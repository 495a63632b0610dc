"""The panel that tells an editor what is wrong, while she builds the form."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission, User
from django.http import QueryDict
from django.urls import reverse
from wagtail.users.models import UserProfile

from crm_plugin.conf import CrmSettings
from crm_plugin.forms import problems
from example.models import InquiryPage
from tests.factories import AttributeFactory, TopicFactory

from .building import EMAIL, build, field

pytestmark = pytest.mark.django_db
BLANK = {
    "maps_to": "",
    "choices": "",
    "only_if": "",
    "only_if_value": "",
    "required": False,
    "leave_out": False,
    "file_kinds": "",
    "max_mb": None,
    "wordings": {},
}
MESSAGE = field("Message", "multiline", "message")
NO_FACTS = {"consent_topic_id": None, "consent_wording": "", "purpose_of_use": ""}


def found(*rows, kind="inquiry", user=None, **facts):
    made = [SimpleNamespace(**{**BLANK, **row}) for row in rows]
    draft = problems.Draft(kind, made, {**NO_FACTS, **facts}, user)
    return problems.find(draft)


def texts(*rows, **more):
    """What is said about the rows, behind an e-mail address and a message."""
    return [p.text for p in found(EMAIL, MESSAGE, *rows, **more)]


def test_a_form_that_works_has_no_problem():
    assert texts(field("Name", "singleline", "contact.name")) == []


def test_nobody_can_be_answered_without_an_address():
    (problem,) = found(MESSAGE)
    assert "nobody can be answered" in problem.text
    assert problem.grave
    assert not found(MESSAGE, field("Phone", "phone", "point.phone"))


def test_without_an_address_feedback_only_gets_a_hint():
    (problem,) = found(field("Stars", "stars"), kind="feedback")
    assert not problem.grave


def test_an_inquiry_without_a_message_opens_none():
    (problem,) = found(EMAIL)
    assert "such a form opens no inquiry" in problem.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [("sign_up", "needs a topic"), ("feedback", "needs a field of stars")],
)
def test_each_kind_says_what_it_cannot_do_without(kind, words):
    assert any(words in p.text for p in found(EMAIL, kind=kind))


def test_consent_needs_words():
    assert "The tick for a topic has no wording." in texts(consent_topic_id=1)
    assert texts(field("News", "topics")) == [
        "No topic has a wording: nothing is asked."
    ]


@pytest.mark.parametrize("typed", [int, str])
def test_a_retired_topic_is_told(typed):
    topic = TopicFactory(active=False)
    asked = {"consent_topic_id": typed(topic.pk), "consent_wording": "Yes."}
    assert texts(**asked) == ["The topic is retired: nobody is asked for it."]
    topic.active = True
    topic.save()
    assert texts(**asked) == []


def test_consent_that_is_required_is_not_free():
    ticks = field("News", "topics", required=True, wordings={"news": "Yes"})
    assert texts(ticks) == ["Consent that is required is not given freely."]
    assert not found(EMAIL, ticks, kind="sign_up")


def test_a_sensitive_attribute_needs_a_purpose(owner):
    AttributeFactory(key="allergy", type="text", sensitive=True)
    row = field("Allergies", "singleline", "attribute.allergy")
    (said,) = texts(row, user=owner)
    assert "nothing says what it is used for" in said
    assert not texts(row, user=owner, purpose_of_use="To cook for you.")
    CrmSettings.objects.create(purpose_of_use="To cook for you.")
    assert not texts(row, user=owner)


def test_who_may_not_know_of_an_attribute_learns_nothing(outsider):
    AttributeFactory(key="allergy", type="text", sensitive=True)
    assert not texts(field("A", "number", "attribute.allergy"), user=outsider)


def test_two_fields_for_one_place_are_told():
    one = field("Name", "singleline", "contact.name")
    (said,) = texts(one, {**one, "label": "Again"})
    assert said == "It is saved in the same place as “Name”."


def test_two_that_exclude_each_other_are_only_a_hint():
    one = field("Name", "singleline", "contact.name", only_if="E-mail")
    (problem,) = found(EMAIL, MESSAGE, one, {**one, "label": "Again"})
    assert not problem.grave


def test_a_retired_or_lost_attribute_is_told():
    AttributeFactory(key="old", type="text", active=False)
    assert "switched off" in texts(field("Old", "mapped", "attribute.old"))[0]
    assert "not there any more" in texts(field("Gone", "mapped", "attribute.gone"))[0]


def test_choices_must_be_those_of_the_attribute():
    taste = AttributeFactory(key="taste", type="choice")
    taste.choices.create(key="fish", label="Fish", label_ja="魚")
    row = field("Taste", "radio", "attribute.taste", choices="魚\nFish\nMeat")
    assert texts(row) == ["“Meat” is not a choice of the attribute."]


@pytest.mark.parametrize(
    ("kind", "type_"),
    [("singleline", "number"), ("checkboxes", "choice"), ("radio", "multi_choice")],
)
def test_a_type_that_does_not_fit_is_told(kind, type_):
    AttributeFactory(key="size", type=type_)
    (said,) = texts(field("Size", kind, "attribute.size", choices="a, b"))
    assert said.startswith("The type does not fit the attribute.")


def test_a_file_needs_limits():
    assert texts(field("Plan", "file")) == [
        "Say which kinds of files are welcome, and how large."
    ]
    assert not texts(field("Plan", "file", file_kinds="pdf", max_mb=5))


def test_a_condition_needs_a_field_further_up_and_an_answer_of_it():
    asks = field("Occasion", "dropdown", choices="Wedding, Meeting")
    below = field("Guests", "number", only_if="Occasion", only_if_value="Wedding")
    assert not texts(asks, below)
    assert "it is always asked" in texts(below, asks)[0]
    wrong = {**below, "only_if_value": "Wedding\nFuneral"}
    assert texts(asks, wrong) == ["“Funeral” is not an answer to “Occasion”."]


def test_what_is_saved_nowhere_is_said():
    (problem,) = found(EMAIL, MESSAGE, field("Phone", "phone"))
    assert not problem.grave
    left_out = field("Note", "singleline", leave_out=True)
    assert "saved nowhere" in texts(left_out)[0]
    assert "Choose under" in texts(field("Taste", "mapped"))[0]


def test_nothing_to_choose_from_is_told():
    assert texts(field("Which", "radio")) == ["There is nothing to choose from."]


def test_what_stands_in_the_editor_is_read_in_its_order():
    data = QueryDict(mutable=True)
    data.update(
        {
            "form_fields-TOTAL_FORMS": "3",
            "form_fields-0-label": "Second",
            "form_fields-0-field_type": "topics",
            "form_fields-0-wordings-news": "Yes, please.",
            "form_fields-0-ORDER": "2",
            "form_fields-1-label": "First",
            "form_fields-1-field_type": "email",
            "form_fields-1-maps_to": "point.email",
            "form_fields-1-ORDER": "1",
            "form_fields-2-label": "Gone",
            "form_fields-2-DELETE": "1",
        }
    )
    rows = problems.rows_of(data, prefix="form_fields")
    assert [row.label for row in rows] == ["First", "Second"]
    assert rows[1].wordings == {"news": "Yes, please."}
    said = [p.text for p in problems.of_post(InquiryPage, data, None)]
    assert said == ["No field is saved as the message: such a form opens no inquiry."]


class TestScreen:
    @pytest.fixture
    def address(self):
        return reverse("crm_form:problems", args=["example", "inquirypage"])

    def test_the_editor_shows_them(self, client, owner, root):
        page = build(root, field("Message", "multiline", "message"))
        client.force_login(owner)
        html = client.get(f"/admin/pages/{page.pk}/edit/").content.decode()
        assert "nobody can be answered" in html
        assert "data-crm-problems=" in html

    def test_a_new_page_opens_with_its_panel(self, client, owner, root):
        client.force_login(owner)
        shown = client.get(f"/admin/pages/add/example/feedbackpage/{root.pk}/")
        assert "Feedback needs a field of stars" in shown.content.decode()

    def test_they_are_asked_for_while_somebody_types(self, client, owner, address):
        client.force_login(owner)
        html = client.post(address, {"form_fields-TOTAL_FORMS": "0"}).content.decode()
        assert "nobody can be answered" in html

    def test_in_the_language_of_the_editor(self, client, owner, address):
        client.force_login(owner)
        UserProfile.objects.create(user=owner, preferred_language="ja")
        html = client.post(address, {}).content.decode()
        assert "電話番号" in html

    def test_only_for_those_who_edit_pages(self, client, address, db):
        nobody = User.objects.create_user("nobody", password="x")
        nobody.user_permissions.add(Permission.objects.get(codename="access_admin"))
        client.force_login(nobody)
        assert client.post(address, {}).status_code in (302, 403)
        client.logout()
        assert client.post(address, {}).status_code == 302

    def test_only_about_form_pages(self, client, owner):
        client.force_login(owner)
        for names in (["example", "homepage"], ["auth", "user"], ["no", "such"]):
            address = reverse("crm_form:problems", args=names)
            assert client.post(address, {}).status_code == 404

    def test_a_renamed_field_keeps_deciding(self, client, owner, root):
        page = build(
            root,
            field("Occasion", "dropdown", choices="a, b"),
            field("Guests", "number", only_if="Occasion", only_if_value="a"),
            EMAIL,
        )
        client.force_login(owner)
        form = client.get(f"/admin/pages/{page.pk}/edit/").context["form"]
        data = {}
        for name in form.fields:
            value = form[name].value()
            data[name] = "" if value is None else value
        formset = form.formsets["form_fields"]
        for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS"):
            data[f"form_fields-{name}"] = formset.management_form[name].value()
        for number, row in enumerate(formset.forms):
            for name in row.fields:
                value = row[name].value()
                if name != "wordings" and value is not None and value is not False:
                    data[f"{row.prefix}-{name}"] = value
            data[f"{row.prefix}-ORDER"] = number + 1
        data["form_fields-0-label"] = "What for"
        data["comments-TOTAL_FORMS"] = data["comments-INITIAL_FORMS"] = 0
        for name in ("form_intro", "thank_you_text"):
            data[name] = "null"
        data["action-publish"] = "1"
        client.post(f"/admin/pages/{page.pk}/edit/", data)
        assert page.form_fields.get(label="Guests").only_if == "What for"
