import pytest
from django.urls import reverse

from crm_plugin.contacts.sources import Source
from crm_plugin.models import Contact, Touchpoint

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ADD = reverse("crm_contact:quick")
SUSPECTS = reverse("crm_contact:suspects")
CARD = {
    "contact__name": "高橋 花子",
    "contact__kana": "たかはし はなこ",
    "organisation__name": "株式会社ひかり",
    "organisation__department": "営業部",
    "affiliation__title": "課長",
    "point__email": "Hanako@hikari.example",
    "point__phone": "０１６６－２２－３３４４",
    "source": "business_card",
}


def test_one_short_form_makes_the_whole_contact(staff):
    response = staff.post(ADD, CARD)
    contact = Contact.objects.get()
    assert (contact.name, contact.kana) == ("高橋 花子", "タカハシ ハナコ")
    place = contact.affiliations.get()
    assert str(place.organisation) == "株式会社ひかり"
    assert (place.department.name, place.title) == ("営業部", "課長")
    norms = set(contact.points.values_list("value_norm", flat=True))
    assert norms == {"hanako@hikari.example", "+81166223344"}
    assert contact.first_touch.channel == "business_card"
    assert response.url == f"{ADD}?source=business_card"


def test_the_next_card_begins_with_the_same_source(staff):
    text = staff.get(ADD, {"source": "new_year_card"}).content.decode()
    assert '<option value="new_year_card" selected>' in text


def test_the_list_of_sources_holds_what_one_collects(staff):
    text = staff.get(ADD).content.decode()
    for source in Source.values:
        assert f'value="{source}"' in text


def test_a_new_year_card_stands_in_the_history(staff):
    staff.post(ADD, {**CARD, "source": "new_year_card"})
    card = Touchpoint.objects.get()
    assert (card.kind, card.channel, card.direction) == ("new_year", "post", "in")


@pytest.mark.parametrize(
    "typed",
    [
        {"point__phone": "090-1234-5678"},
        {"point__email": "HANAKO@mail.example"},
        {"contact__kana": "さとう はなこ"},
    ],
)
def test_who_may_be_meant_is_said_while_typing(staff, contact, typed):
    text = staff.post(SUSPECTS, {**typed, "source": "business_card"}).content.decode()
    assert contact.get_admin_url() in text


@pytest.mark.parametrize(
    "typed", [{}, {"point__email": "hana"}, {"contact__name": "佐"}]
)
def test_half_a_word_warns_of_nobody(staff, contact, typed):
    response = staff.post(SUSPECTS, typed)
    assert response.status_code == 200
    assert not response.content.strip()


def test_somebody_on_record_is_asked_about_once_more(staff, contact):
    same = {**CARD, "point__phone": "090-1234-5678"}
    text = staff.post(ADD, same).content.decode()
    assert contact.get_admin_url() in text
    assert Contact.objects.count() == 1
    staff.post(ADD, {**same, "save_anyway": "1"})
    assert Contact.objects.count() == 2


def test_nothing_typed_is_refused(staff):
    assert staff.post(ADD, {"source": "business_card"}).status_code == 200
    assert not Contact.objects.exists()


def test_from_the_call_page_it_leads_to_the_note(staff):
    response = staff.post(ADD, {**CARD, "source": "phone", "call": "1"})
    assert response.url == reverse("crm_call:contact", args=[Contact.objects.get().pk])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("contact__name", "名" * 10_000),
        ("contact__name", "名" * 81),
        ("contact__kana", "ア" * 10_000),
        ("organisation__name", "社" * 10_000),
        ("affiliation__title", "長" * 10_000),
        ("point__email", "花子"),
        ("point__phone", "内線 12"),
        ("source", "nowhere"),
    ],
)
def test_what_cannot_be_meant_is_refused_beside_its_field(staff, name, said):
    page = staff.post(ADD, {**CARD, name: said})
    assert list(page.context["form"].errors) == [name]
    text = page.content.decode()
    assert page.context["form"].errors[name][0].split("“")[0] in text
    assert "高橋 花子" in text or name == "contact__name"
    assert said in text or name == "source"
    assert not Contact.objects.exists()


def test_bad_values_while_typing_disturb_nobody(staff):
    bad = {"contact__name": "名" * 10_000, "point__phone": "内線 12"}
    response = staff.post(SUSPECTS, bad)
    assert (response.status_code, response.content.strip()) == (200, b"")
