import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from crm_plugin import queue
from crm_plugin.imports import applying, reading, undoing
from crm_plugin.imports.models import ImportBatch
from crm_plugin.imports.views import batches
from crm_plugin.models import Contact, Purchase
from crm_plugin.ui import listing
from tests import factories
from tests.sheets import hostile

from . import sheets

pytestmark = pytest.mark.django_db


class Screens:
    def __init__(self, client):
        self.client = client

    def upload(self, data=None, name="guests.xlsx", *, noun="contacts"):
        data = sheets.guests() if data is None else data
        response = self.client.post(
            reverse("crm_import:new"),
            {"noun": noun, "file": SimpleUploadedFile(name, data)},
        )
        self.batch = ImportBatch.objects.order_by("-pk").first()
        return response

    def url(self, name):
        return reverse(f"crm_import:{name}", args=[self.batch.public_id])

    def get(self, name="batch", **query):
        return self.client.get(self.url(name), query).content.decode()

    def post(self, name, **data):
        response = self.client.post(self.url(name), data, follow=True)
        self.batch.refresh_from_db()
        return response.content.decode()

    def to_check(self, **basis):
        self.upload()
        self.post("columns", **self.batch.mapping)
        return self.post("basis", **{"basis": "none", **basis})

    def to_result(self, **basis):
        self.to_check(**basis)
        self.post("apply")
        queue.run_due(applying.KIND)
        return self.get()


@pytest.fixture
def screens(client, staff):
    client.force_login(staff)
    return Screens(client)


def test_an_upload_leads_to_its_columns(screens):
    response = screens.upload()
    assert response.status_code == 302
    page = screens.client.get(response.url, follow=True).content.decode()
    assert "お名前（漢字）" in page
    assert '<option value="contact.name" selected>' in page


def test_columns_show_examples_of_the_sheet(screens):
    screens.upload()
    assert "０９０－１２３４－５６７８" in screens.get("columns")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.xlsx", b"", "The file is empty."),
        ("x.xlsx", hostile.macros(), "macros"),
        ("x.xlsx", hostile.encrypted(), "password"),
        ("x.xlsx", hostile.bomb(), "far too large"),
        ("x.xlsx", hostile.truncated(), "damaged"),
        ("x.pdf", b"%PDF", "not a spreadsheet"),
        ("x.csv", b"Name\n\xff\xfe\xfd\x81\n", "characters of the file"),
        ("x.csv", b"a@mail.example,090-1111-2222\n", "No heading row"),
        ("x.csv", "氏名\n".encode(), "no rows below"),
    ],
)
def test_a_file_that_is_refused_says_why_on_the_same_page(screens, name, data, words):
    response = screens.upload(data, name)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_file_over_the_limit_is_refused_before_it_is_read(screens, settings):
    settings.CRM_UPLOAD_MAX_MB = 0
    assert "larger than 0 MB" in screens.upload(b"x", "x.csv").content.decode()


def test_a_large_file_is_opened_by_the_worker(screens, monkeypatch):
    monkeypatch.setattr(reading, "SMALL", 10)
    page = screens.client.get(screens.upload().url).content.decode()
    assert "The file is being read." in page
    queue.run_due(reading.KIND)
    assert "お名前（漢字）" in screens.get("columns")


def test_a_large_file_that_is_refused_later_says_why(screens, monkeypatch):
    monkeypatch.setattr(reading, "SMALL", 10)
    screens.upload(hostile.bomb())
    queue.run_due(reading.KIND)
    page = screens.get()
    assert "This file cannot be used" in page
    assert "far too large" in page


def test_two_columns_cannot_mean_the_same(screens):
    screens.upload()
    page = screens.post("columns", **{"1": "contact.name", "2": "contact.name"})
    assert "Another column is already used for this." in page


def test_something_must_tell_who_it_is(screens):
    screens.upload()
    assert "Choose a column for" in screens.post("columns", **{"9": "contact.note"})


def test_a_basis_needs_a_topic(screens):
    screens.upload()
    assert "Choose what they agreed to receive." in screens.post(
        "basis", basis="agreed"
    )


def test_the_dry_run_shows_rows_as_excel_numbers_them(screens):
    page = screens.to_check()
    assert "would happen" in page
    assert "ken(at)mail.example" in page
    assert '<td class="number">8</td>' in page
    assert not Contact.objects.exists()


def test_the_dry_run_shows_what_would_change(screens, contact):
    contact.note = "old"
    contact.save()
    page = screens.to_check(update="on")
    assert f'<a href="{contact.get_admin_url()}">' in page
    assert "<del>old</del>" in page


def test_the_dry_run_can_be_narrowed_to_bad_rows(screens):
    screens.to_check()
    page = screens.get(show="bad")
    assert '<td class="number">8</td>' in page
    assert '<td class="number">4</td>' not in page


def test_the_dry_run_foretells_the_reach(screens, topic):
    page = screens.to_check(basis="agreed", topic=str(topic.pk))
    assert "3 of these 4 people could then be reached by mail" in page
    assert "no e-mail address" in page


def test_writing_asks_first_and_is_then_done_by_the_worker(screens):
    screens.to_check()
    assert "Write these rows?" in screens.get("apply")
    assert not Contact.objects.exists()
    page = screens.post("apply")
    assert 'data-controller="crm-progress"' in page
    assert "no worker is running" in page


def test_the_panel_polls_how_far_it_is(screens):
    screens.to_check()
    screens.post("apply")
    answer = screens.client.get(screens.url("progress")).json()
    assert (answer["done"], answer["total"]) == (False, 4)
    queue.run_due(applying.KIND)
    assert screens.client.get(screens.url("progress")).json()["done"]


def test_the_result_tells_counts_and_reach(screens, topic):
    page = screens.to_result(basis="agreed", topic=str(topic.pk))
    assert "new contacts" in page
    assert "3 of these 4 people can now be reached by mail" in page


def test_an_import_is_taken_back_after_a_question(screens):
    screens.to_result()
    assert "Take this import back?" in screens.get("undo")
    assert Contact.objects.exists()
    screens.post("undo")
    queue.run_due(undoing.KIND)
    assert "taken back" in screens.get()
    assert not Contact.objects.exists()


def test_what_was_left_is_shown_with_a_link(screens):
    screens.to_result()
    ichiro = Contact.objects.get(family_name="鈴木")
    factories.TouchpointFactory(contact=ichiro)
    screens.post("undo")
    queue.run_due(undoing.KIND)
    page = screens.get()
    assert ichiro.get_admin_url() in page


def test_rows_left_out_come_as_a_workbook_with_their_reason(screens):
    screens.to_check()
    response = screens.client.get(screens.url("left_out"))
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    rows = list(sheet.values)
    assert [row[0] for row in rows[1:]] == [7, 8, 9]
    assert "ken(at)mail.example" in rows[2][1]
    assert "お名前（漢字）" in rows[0]


def test_left_out_rows_can_be_corrected_and_uploaded_again(screens):
    screens.to_check()
    response = screens.client.get(screens.url("left_out"))
    screens.upload(b"".join(response.streaming_content), "left-out.xlsx")
    names = set(screens.batch.mapping.values())
    assert {"contact.name", "contact.kana", "point.email"} <= names


def test_purchases_go_from_columns_straight_to_the_check(screens):
    screens.upload(sheets.till(), "pos.csv", noun="purchases")
    page = screens.post("columns", **screens.batch.mapping)
    assert "Unknown member number" in page
    assert "<ins>−1,200</ins>" in page
    assert "<ins>QR payment</ins>" in page
    screens.post("apply")
    queue.run_due(applying.KIND)
    assert "with an unknown member number" in screens.get()
    assert Purchase.objects.count() == 5


def test_a_sheet_can_be_thrown_away_before_it_is_written(screens):
    screens.to_check()
    screens.client.post(screens.url("discard"))
    assert not ImportBatch.objects.exists()


def test_a_written_sheet_cannot_be_thrown_away(screens):
    screens.to_result()
    screens.post("discard")
    assert ImportBatch.objects.exists()


@pytest.mark.parametrize("step", ["columns", "basis", "apply"])
def test_a_step_that_is_over_leads_back_to_the_sheet(screens, step):
    screens.to_result()
    assert screens.client.get(screens.url(step)).url == screens.url("batch")


def test_pressing_write_twice_writes_once(screens):
    screens.to_check()
    screens.post("apply")
    screens.post("apply")
    queue.run_due(applying.KIND)
    assert Contact.objects.count() == 4


@pytest.mark.parametrize("name", ["apply", "undo", "discard", "again"])
def test_looking_never_changes_anything(screens, name):
    screens.to_check()
    screens.client.get(screens.url(name))
    screens.batch.refresh_from_db()
    assert screens.batch.state == "checked"


PAGES = [
    "batch",
    "columns",
    "basis",
    "apply",
    "undo",
    "progress",
    "left_out",
]


@pytest.mark.parametrize("name", PAGES)
def test_who_may_not_import_sees_no_page(screens, role, name):
    screens.to_check()
    screens.client.force_login(role("marketer"))
    response = screens.client.get(screens.url(name))
    assert response.status_code == 302
    assert response.url == reverse("wagtailadmin_home")


def test_who_may_not_import_has_no_list_and_no_menu(client, role):
    client.force_login(role("marketer"))
    assert client.get(reverse("crm_import:index")).status_code == 302
    assert client.post(reverse("crm_import:new")).status_code == 302


def cost(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    return len(asked)


def test_the_list_costs_the_same_for_many_sheets(screens):
    screens.upload()
    url = reverse("crm_import:index")
    few = cost(screens.client, url)
    for _number in range(5):
        screens.upload()
    assert "guests.xlsx" in screens.client.get(url).content.decode()
    assert cost(screens.client, url) == few


def test_the_dry_run_costs_the_same_for_many_rows(screens):
    screens.to_check()
    few = cost(screens.client, screens.url("batch"))
    rows = [[f"山本 花{n}", f"g{n}@mail.example"] for n in range(45)]
    screens.upload(sheets.workbook(rows, headers=["氏名", "メール"]))
    screens.post("columns", **screens.batch.mapping)
    screens.post("basis", basis="none")
    assert cost(screens.client, screens.url("batch")) <= few


@pytest.mark.parametrize("shown", ["", "new", "bad"])
def test_each_page_of_the_dry_run_is_reached_and_no_row_counted(
    screens, monkeypatch, shown
):
    screens.to_check()
    rows = screens.batch.rows.filter(**{"outcome": shown} if shown else {})
    expected = list(rows.order_by("number").values_list("pk", flat=True))
    assert len(expected) >= 2
    monkeypatch.setattr(batches, "PER_PAGE", 1)
    monkeypatch.setattr(listing, "EXACT", 1)
    seen = []
    for number in range(1, len(expected) + 1):
        with CaptureQueriesContext(connection) as queries:
            answer = screens.client.get(
                screens.url("batch"), {"show": shown, "p": number}
            )
        assert not [row["sql"] for row in queries if "COUNT(" in row["sql"]]
        seen += [row.pk for row in answer.context["page"]]
    assert seen == expected
    assert f"Page {len(expected)} of {len(expected)}" in answer.text
    assert f"{len(expected)} rows" in answer.text


def test_failed_work_can_be_taken_up_again(screens, monkeypatch):
    screens.to_check()
    screens.post("apply")
    queue.Work.objects.filter(kind=applying.KIND).update(state="failed", error="x")
    assert "Go on from there" in screens.get()
    screens.post("again")
    queue.run_due(applying.KIND)
    assert Contact.objects.count() == 4


def test_a_sensitive_value_is_hidden_from_who_may_not_read_it(screens, owner, client):
    from django.contrib.auth.models import Permission, User

    factories.AttributeFactory(
        key="allergies", label="備考", type="text", sensitive=True
    )
    screens.upload()
    screens.post("columns", **{**screens.batch.mapping, "9": "attribute.allergies"})
    screens.post("basis", basis="none")
    assert "えび アレルギー" in screens.get()
    importer = User.objects.create_user("importer")
    importer.user_permissions.set(
        Permission.objects.filter(codename__in=["access_admin", "import_contact"])
    )
    client.force_login(importer)
    assert "えび アレルギー" not in screens.get()
