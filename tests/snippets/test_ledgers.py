import datetime as dt
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models, sheets, signing
from crm_plugin.consents import ledger as consent_ledger
from crm_plugin.delivery import story
from crm_plugin.models import (
    ConsentEvent,
    Delivery,
    ImportBatch,
    ImportRow,
    MemberView,
    SensitiveView,
)
from crm_plugin.snippets import consent_words
from crm_plugin.snippets.ledger_consents import ConsentLedger, details
from crm_plugin.snippets.ledger_deliveries import DeliveryLedger
from crm_plugin.snippets.ledger_import_rows import ImportRowLedger
from crm_plugin.snippets.ledger_members import MemberViewLedger
from crm_plugin.snippets.ledger_sensitive import SensitiveViewLedger
from crm_plugin.snippets.ledger_touchpoints import TouchpointLedger
from crm_plugin.snippets.ledgers import NewestFilter, ledger_url
from crm_plugin.ui import listing
from tests import factories

pytestmark = pytest.mark.django_db
LEDGERS = (
    DeliveryLedger,
    ConsentLedger,
    ImportRowLedger,
    TouchpointLedger,
    SensitiveViewLedger,
    MemberViewLedger,
)
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
    if name == "memberview":
        seen = {"page_id": 1, "page_title": "Terrace", "at": timezone.now()}
        return MemberView.objects.create(contact=factories.ContactFactory(), **seen)
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
    page = unescape(client.get(index_of(name)).text)
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


@pytest.mark.parametrize("question", ["", "?o=1", "?p=9"])
def test_a_list_is_not_counted_to_its_end(question, name, client, owner, monkeypatch):
    for _ in range(4):
        one_of(name)
    client.force_login(owner)
    monkeypatch.setattr(listing, "EXACT", 2)
    with CaptureQueriesContext(connection) as queries:
        page = unescape(client.get(index_of(name) + question).text)
    things = BY_NAME[name].model._meta.verbose_name_plural
    assert page.count(f"2+ {things}; search or filter to see the others") == 2
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert len(counts) == 1
    assert "LIMIT 3" in counts[0]


def test_a_list_of_few_says_how_many(name, client, owner):
    one_of(name)
    one_of(name)
    client.force_login(owner)
    things = BY_NAME[name].model._meta.verbose_name_plural
    assert f"2 {things}" in unescape(client.get(index_of(name)).text)


def test_an_empty_list_says_so_without_a_count(name, client, owner):
    client.force_login(owner)
    page = client.get(index_of(name))
    assert page.context["result_count"] == 0
    assert not page.context["all_count"]


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


# What the system knows of its own readers, and sheets as they came, stays in the house.
STAY = {"importrow", "sensitiveview"}
LEAVE = sorted(set(BY_NAME) - STAY)


def file_of(client, name, asked="csv", **question):
    """The lines of the file that leaves, the headings first."""
    answer = client.get(index_of(name), {"export": asked, **question})
    content = b"".join(answer.streaming_content)
    sheet = sheets.open_sheet(content, f"a.{asked}")
    return [cells for _number, cells in sheet.rows()]


@pytest.mark.parametrize("name", sorted(STAY), indirect=True)
@pytest.mark.parametrize("asked", ["csv", "xlsx"])
def test_some_lists_never_leave_as_a_file(asked, name, client, owner):
    one_of(name)
    client.force_login(owner)
    answer = client.get(index_of(name), {"export": asked})
    assert answer["Content-Type"].startswith("text/html")
    assert "export=" not in client.get(index_of(name)).text


@pytest.mark.parametrize("name", LEAVE, indirect=True)
@pytest.mark.parametrize("asked", ["csv", "xlsx"])
def test_a_list_leaves_as_a_file_and_the_journal_tells_so(asked, name, client, owner):
    for _ in range(3):
        one_of(name)
    client.force_login(owner)
    assert f"export={asked}" in client.get(index_of(name)).text
    headings, *rows = file_of(client, name, asked)
    exported = BY_NAME[name].exported
    assert headings == [str(heading) for heading, _cell in exported.values()]
    assert len(rows) == 3
    (kept,) = models.Change.objects.filter(model=name, field="export")
    assert kept.operation.by == owner
    assert kept.new == {"filter": {}, "rows": 3, "columns": headings}


@pytest.mark.parametrize("name", LEAVE, indirect=True)
def test_a_list_leaves_in_as_many_queries_for_many_as_for_one(name, client, owner):
    client.force_login(owner)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            file_of(client, name)
        return len(queries)

    one_of(name)
    few = cost()
    for _ in range(5):
        one_of(name)
    assert cost() == few


@pytest.mark.parametrize("name", LEAVE, indirect=True)
def test_without_the_right_a_list_stays(name, client, role):
    """Whoever may read every list, and may not take one away."""
    one_of(name)
    reader = role("owner")
    group = Group.objects.get(name="Owner")
    group.permissions.remove(Permission.objects.get(codename="export_contact"))
    client.force_login(reader)
    page = client.get(index_of(name))
    assert page.context["result_count"] == 1
    assert "export=" not in page.text
    answer = client.get(index_of(name), {"export": "csv"})
    assert "attachment" not in answer.get("Content-Disposition", "")
    assert not models.Change.objects.filter(field="export")


@pytest.mark.parametrize("asked", ["csv", "xlsx"])
def test_touchpoints_leave_as_a_file_as_they_are_narrowed(asked, client, owner):
    factories.TouchpointFactory(body="=A window seat", channel="shop")
    factories.TouchpointFactory(body="A quiet table", channel="email")
    client.force_login(owner)
    rows = file_of(client, "touchpoint", asked, channel__exact="shop")
    assert len(rows) == 2
    assert "A window seat" in str(rows)


def test_deliveries_leave_without_their_text_and_without_what_opens_doors(
    client, owner
):
    token = signing.make("confirm", "0" * 32)
    address = f"https://hinata.example/crm/confirm/{token}"
    mailing = factories.MailingFactory(name="Summer dishes")
    sent = factories.DeliveryFactory(
        state="bounced",
        reason="suppressed",
        mailing=mailing,
        address="sato@mail.example",
        values={"confirm_url": address},
        attempts=2,
        error=f"550 no such mailbox {address}",
    )
    type(sent.rendering).objects.update(
        subject="Welcome {{ confirm_url }}", text="The secret dish"
    )
    client.force_login(owner)
    headings, row = file_of(client, "delivery")
    told = dict(zip(headings, row, strict=True))
    assert told["contact"] == str(sent.contact)
    assert told["address"] == "sato@mail.example"
    assert told["mailing"] == "Summer dishes"
    assert told["state"] == "undeliverable"
    assert told["reason"] == "unsubscribed or undeliverable"
    assert told["tries"] == "2"
    assert told["subject"].startswith("Welcome https://hinata.example/crm/confirm/…")
    assert told["what the mail server said"].startswith("550 no such mailbox")
    assert token not in str(row)
    assert "secret dish" not in str(row)


def test_consents_leave_in_words(client, owner):
    type(owner).objects.filter(pk=owner.pk).update(first_name="陽子", last_name="日向")
    point, topic = factories.PointFactory(), factories.TopicFactory(name="Letters")
    consent_ledger.attest([point.pk], topic, basis="agreed", note="Fair", by=owner)
    wording = models.Wording.objects.create(text="Yes, write to me", sha256="a")
    consent_ledger.ask(point, topic, wording=wording, source="form R-3XBYY76")
    client.force_login(owner)
    headings, *rows = file_of(client, "consentevent")
    asked, stated = (dict(zip(headings, row, strict=True)) for row in rows)
    assert stated["action"] == "stated at import"
    assert stated["topic"] == "Letters"
    assert stated["channel"] == "e-mail"
    assert stated["basis"].startswith("They agreed on paper")
    assert stated["came by"] == "spreadsheet"
    assert stated["by"] == "日向 陽子"
    assert "Fair" in stated["Details"]
    assert asked["came by"] == "form R-3XBYY76"
    assert asked["wording"] == "Yes, write to me"


def test_what_is_noted_beside_a_consent_is_told_in_words():
    event = ConsentEvent(
        evidence={
            "browser": "verified",
            "said_at": "2026-11-28T13:00:00+00:00",
            "state": "granted",
            "page_title": "Contact",
            "page_url": "",
            "frequency": ["every", "monthly"],
            "own": "kept as it is",
        }
    )
    assert details(event) == [
        ("How often", "each message → once a month"),
        ("browser", "confirmed by mail"),
        ("said at", "11/28/2026 10 p.m."),
        ("state", "granted"),
        ("page", "Contact"),
        ("own", "kept as it is"),
    ]


def test_the_words_of_a_search_do_not_stand_in_the_journal(client, owner):
    one_of("touchpoint")
    client.force_login(owner)
    file_of(client, "touchpoint", q="Sato", kind__exact="call")
    kept = models.Change.objects.get(model="touchpoint", field="export")
    assert kept.new["filter"] == {"q": "…", "kind__exact": ["call"]}


def test_what_happened_last_stands_first(client, owner):
    now = timezone.now()
    for days, words in ((3, "Third"), (1, "First"), (2, "Second")):
        factories.TouchpointFactory(summary=words, at=now - dt.timedelta(days=days))
    client.force_login(owner)
    rows = client.get(index_of("touchpoint")).context["object_list"]
    assert [row.summary for row in rows] == ["First", "Second", "Third"]


@pytest.mark.parametrize("question", ["", "?channel__exact=shop", "?p=3"])
def test_the_newest_touchpoints_are_read_from_an_index(question, client, owner):
    contact, now = factories.ContactFactory(), timezone.now()
    models.Touchpoint.objects.bulk_create(
        factories.TouchpointFactory.build(
            contact=contact,
            at=now - dt.timedelta(hours=n * 7919 % 3000),
            channel="shop",
        )
        for n in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crm_plugin_touchpoint")
    client.force_login(owner)
    page = client.get(index_of("touchpoint") + question).context["page_obj"]
    plan = page.paginator.object_list[: page.end_index()].explain()
    assert "crm_touch_newest" in plan
    assert "SORT" not in plan.upper()
    assert "B-TREE" not in plan.upper()


def test_touchpoints_tell_staff_by_name(client, owner):
    type(owner).objects.filter(pk=owner.pk).update(first_name="陽子", last_name="日向")
    factories.TouchpointFactory(by=owner)
    client.force_login(owner)
    url = reverse("crm_ledgers_touchpoints_modeladmin_index")
    assert "日向 陽子</td>" in client.get(url).text
    answer = client.get(url, {"export": "csv"})
    assert "日向 陽子" in b"".join(answer.streaming_content).decode()


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


def test_closed_filters_say_what_they_leave(client, owner):
    one_of("touchpoint")
    client.force_login(owner)
    asked = index_of("touchpoint") + "?kind__exact=call&direction__exact=in"
    for address, words in (
        (asked, "Filter: call · from them"),
        (index_of("touchpoint"), "Filter"),
    ):
        assert f"<summary>{words}</summary>" in client.get(address).text


def test_only_the_newest_mailings_are_offered_by_name_alone(client, owner, monkeypatch):
    monkeypatch.setattr(NewestFilter, "MOST", 2)
    old, *newer = [factories.MailingFactory(name=f"Letter {n}") for n in range(3)]
    factories.DeliveryFactory(mailing=old, rendering=None)
    client.force_login(owner)
    page = client.get(index_of("delivery"))
    (spec,) = [s for s in page.context["view"].filter_specs if s.title == "mailing"]
    offered = [(mailing.pk, mailing.name) for mailing in reversed(newer)]
    assert spec.lookup_choices == offered
    asked = client.get(index_of("delivery"), {"mailing__id__exact": old.pk})
    assert asked.context["result_count"] == 1
    asked = client.get(index_of("delivery"), {"mailing__id__exact": newer[0].pk})
    assert asked.context["result_count"] == 0
    assert asked.context["narrowed"] == ["Letter 1"]


def test_no_list_reads_sheets_or_texts_of_mailings(client, owner):
    client.force_login(owner)
    for name in ("importrow", "delivery"):
        one_of(name)
        with CaptureQueriesContext(connection) as queries:
            client.get(index_of(name))
        asked = " ".join(query["sql"] for query in queries)
        for column in (
            'importbatch"."file"',
            'mailing"."content"',
            'rendering"."html"',
            'rendering"."text"',
        ):
            assert column not in asked


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
    own = [name for name in ledger().filtered_by() if "__" not in name]
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
    (named,) = consent_words.add_names([row])
    assert named.actor_name == (owner.get_full_name() or owner.get_username())


def test_a_message_that_was_never_written_goes_by_its_mailing():
    mailing = factories.MailingFactory(name="Summer dishes")
    row = factories.DeliveryFactory(
        state="skipped", reason="paused", rendering=None, mailing=mailing
    )
    assert story.subject_of(row) == "Summer dishes"
