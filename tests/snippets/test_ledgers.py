import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.consents import ledger as consent_ledger
from crm_plugin.delivery import story
from crm_plugin.models import (
    ConsentEvent,
    Delivery,
    ImportBatch,
    ImportRow,
    SensitiveView,
)
from crm_plugin.snippets import consent_words
from crm_plugin.snippets import ledgers as of_rooms
from crm_plugin.snippets.ledger_sensitive import SensitiveViewLedger
from crm_plugin.snippets.ledgers import ledger_url
from tests import factories

pytestmark = pytest.mark.django_db
LEDGERS = (*of_rooms.LEDGERS, SensitiveViewLedger)
BY_NAME = {entry.model._meta.model_name: entry for entry in LEDGERS}


def one_of(name):
    if name == "delivery":
        return factories.DeliveryFactory(
            state="skipped", reason="paused", values={"salutation": "佐藤様"}
        )
    if name == "consentevent":
        point = factories.PointFactory()
        consent_ledger.ask(point, factories.TopicFactory(), wording=None, source="form")
        return ConsentEvent.objects.latest("id")
    if name == "sensitiveview":
        seen = {"contact": factories.ContactFactory(), "keys": "allergies"}
        return SensitiveView.objects.create(screen="record", **seen)
    if name == "touchpoint":
        return factories.TouchpointFactory(body="A window seat")
    batch, _created = ImportBatch.objects.get_or_create(
        file_name="guests.xlsx", defaults={"noun": "contacts", "headers": ["氏名"]}
    )
    return ImportRow.objects.create(
        batch=batch,
        number=ImportRow.objects.count() + 1,
        raw=["佐藤"],
        outcome="bad",
        problems=["No way to reach them"],
    )


def index_of(name):
    return BY_NAME[name]().url_helper.index_url


@pytest.fixture(params=sorted(BY_NAME))
def name(request):
    return request.param


def test_a_list_and_a_page_can_be_read(name, client, owner):
    row = one_of(name)
    client.force_login(owner)
    assert client.get(index_of(name)).status_code == 200
    assert client.get(ledger_url(BY_NAME[name], row)).status_code == 200


def test_a_list_is_headed_as_the_menu_calls_it(name, client, owner):
    client.force_login(owner)
    page = client.get(index_of(name)).content.decode()
    assert f"<title>{BY_NAME[name].menu_label}" in " ".join(page.split()).replace(
        "<title> ", "<title>"
    )


def test_a_list_costs_the_same_for_many_rows(name, client, owner):
    client.force_login(owner)
    one_of(name)
    client.get(index_of(name))
    with CaptureQueriesContext(connection) as few:
        client.get(index_of(name))
    for _ in range(5):
        one_of(name)
    with CaptureQueriesContext(connection) as many:
        client.get(index_of(name))
    assert len(many) == len(few)


def test_nobody_without_the_right_gets_in(name, client, outsider):
    row = one_of(name)
    client.force_login(outsider)
    for url in (index_of(name), ledger_url(BY_NAME[name], row)):
        answer = client.get(url)
        assert answer.status_code in (302, 404)
        assert "佐藤" not in answer.content.decode()


@pytest.mark.parametrize("verb", ["create/", "edit/1/", "delete/1/"])
def test_nothing_can_be_written(name, client, owner, verb):
    client.force_login(owner)
    assert client.post(index_of(name) + verb).status_code == 404


def test_a_list_does_not_leave_as_a_file(name, client, owner):
    one_of(name)
    client.force_login(owner)
    answer = client.get(index_of(name) + "?export=xlsx")
    assert answer["Content-Type"].startswith("text/html")


def test_a_delivery_shows_what_was_said_without_its_tokens(client, owner):
    row = one_of("delivery")
    client.force_login(owner)
    page = client.get(ledger_url(BY_NAME["delivery"], row)).content.decode()
    assert "佐藤様" in page
    assert "/crm/u/…" in page


def test_staff_see_deliveries_and_marketers_no_import_rows(client, role):
    one_of("delivery")
    one_of("importrow")
    client.force_login(role("staff"))
    assert client.get(index_of("delivery")).status_code == 200
    assert client.get(index_of("importrow")).status_code == 200
    client.force_login(role("marketer"))
    assert client.get(index_of("delivery")).status_code == 200
    assert client.get(index_of("importrow")).status_code == 302


def test_deliveries_can_be_narrowed_to_those_that_failed(client, owner):
    one_of("delivery")
    failed = factories.DeliveryFactory(
        state="failed", handed_at=timezone.now(), address="f@mail.example"
    )
    client.force_login(owner)
    page = client.get(index_of("delivery") + "?state__exact=failed").content.decode()
    assert failed.address in page
    assert page.count("@mail.example") == 1
    assert Delivery.objects.count() == 2


def test_the_ledgers_stand_in_one_menu(client, owner):
    client.force_login(owner)
    page = client.get(reverse("wagtailadmin_home")).content.decode()
    assert index_of("delivery") in page


def test_reading_a_mail_gives_nobody_the_power_of_its_links(client, owner):
    token = signing.make("confirm", "0" * 32)
    address = f"https://hinata.example/crm/confirm/{token}"
    answer = factories.DeliveryFactory(state="sent", values={"confirm_url": address})
    type(answer.rendering).objects.update(text="Confirm: {{ confirm_url }}")
    client.force_login(owner)
    shown = client.get(ledger_url(BY_NAME["delivery"], answer)).content.decode()
    assert "https://hinata.example/crm/confirm/…" in shown
    assert token not in shown


@pytest.mark.parametrize(
    "question",
    [
        "contact__values__text__startswith=pea",
        "contact__owner__password__startswith=md5",
        "mailing__launched_by__password__startswith=md5",
        "by__password__startswith=md5",
        "contact__memberships__segment=1",
        "contact__family_name__startswith=x",
        "password=x",
    ],
)
def test_no_list_answers_questions_that_no_filter_asks(question, name, client, owner):
    one_of(name)
    client.force_login(owner)
    every = client.get(index_of(name))
    asked = client.get(f"{index_of(name)}?{question}")
    assert asked.status_code == 200
    assert asked.context["result_count"] == every.context["result_count"] == 1


def test_a_list_is_narrowed_by_its_own_filters(client, owner):
    one_of("delivery")
    client.force_login(owner)
    for state, count in (("skipped", 1), ("sent", 0)):
        asked = client.get(f"{index_of('delivery')}?state__exact={state}")
        assert asked.context["result_count"] == count


def test_a_filter_without_sense_leads_back_to_the_list(client, owner):
    client.force_login(owner)
    for question in ("at__gte=x", f"at__lt={'9' * 30}"):
        assert client.get(f"{index_of('touchpoint')}?{question}").status_code == 302


def test_rows_of_a_sheet_are_for_those_who_may_see_sensitive_columns(client, role):
    row = one_of("importrow")
    client.force_login(role("staff"))
    page = ledger_url(BY_NAME["importrow"], row)
    assert client.get(page).status_code == 200
    group = Group.objects.get(name="Staff")
    group.permissions.remove(Permission.objects.get(codename="view_sensitive"))
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda each: each.__name__)
def test_each_column_is_named_for_people(ledger):
    """A field without a name of its own is English on every screen."""
    own = [name for name in ledger.list_filter if "__" not in name]
    for name in [*own, *ledger.list_display]:
        if name in {field.name for field in ledger.model._meta.fields}:
            label = ledger.model._meta.get_field(name).verbose_name
            assert not isinstance(label, str), name


def test_consents_are_told_in_words(client, owner):
    point, topic = factories.PointFactory(), factories.TopicFactory(name="Letters")
    consent_ledger.attest([point.pk], topic, basis="agreed", note="", by=owner)
    row = ConsentEvent.objects.latest("id")
    client.force_login(owner)
    for url in (index_of("consentevent"), ledger_url(BY_NAME["consentevent"], row)):
        page = client.get(url).content.decode()
        for words in ("Letters", "They agreed on paper", "spreadsheet", "e-mail"):
            assert words in page


def test_a_consent_names_the_form_and_the_member_of_staff(client, owner):
    point = factories.PointFactory()
    consent_ledger.ask(
        point, factories.TopicFactory(), wording=None, source="form R-3XBYY76"
    )
    row = ConsentEvent.objects.latest("id")
    row.actor = f"user {owner.pk}"
    assert consent_words.source(row) == "form R-3XBYY76"
    assert consent_words.actor(row) == (owner.get_full_name() or owner.get_username())


def test_a_message_that_was_never_written_goes_by_its_mailing():
    mailing = factories.MailingFactory(name="Summer dishes")
    row = factories.DeliveryFactory(
        state="skipped", reason="paused", rendering=None, mailing=mailing
    )
    assert story.subject_of(row) == "Summer dishes"
