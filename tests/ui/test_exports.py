import io

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from openpyxl import load_workbook
from wagtail.admin.views.generic import IndexView
from wagtail.admin.views.reports import ReportView

from crm_plugin import sheets
from crm_plugin.journal import Operation
from crm_plugin.models import Contact
from crm_plugin.ui.exports import SafeExportMixin
from tests import factories


class Names(SafeExportMixin, IndexView):
    model = Contact
    list_export = ["name", "note", "created_at"]
    export_headings = {"name": "Name"}
    index_url_name = "wagtailadmin_home"
    default_ordering = "id"


class Report(SafeExportMixin, ReportView):
    model = Contact
    list_export = ["family_name"]
    is_searchable = False


def ask(user, view=Names, **query):
    request = RequestFactory().get("/", query)
    request.user = user
    return view.as_view()(request)


def body(response):
    return b"".join(response.streaming_content)


@pytest.fixture
def exporter(db):
    user = User.objects.create_user("exporter")
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["export_contact", "view_contact"])
    )
    return user


@pytest.fixture
def viewer(db):
    user = User.objects.create_user("viewer")
    user.user_permissions.set(Permission.objects.filter(codename="view_contact"))
    return user


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_seeing_a_list_is_not_the_right_to_export_it(viewer, file_format):
    with pytest.raises(PermissionDenied):
        ask(viewer, export=file_format)


def test_a_report_export_needs_the_right_too(viewer):
    with pytest.raises(PermissionDenied):
        ask(viewer, Report, export="csv")


def test_nobody_signed_in_exports_nothing(db):
    with pytest.raises(PermissionDenied):
        ask(AnonymousUser(), export="csv")


def test_the_buttons_are_hidden_without_the_right(viewer, exporter):
    def shown(user):
        view = Names()
        view.setup(RequestFactory().get("/"))
        view.request.user = user
        return view.show_export_buttons

    assert not shown(viewer)
    assert shown(exporter)


def test_a_csv_export_is_safe_and_readable_in_excel(exporter):
    factories.ContactFactory(family_name="髙橋", given_name="花子", note="=1+1")
    data = body(ask(exporter, export="csv"))
    assert data.startswith(b"\xef\xbb\xbf")
    assert "'=1+1" in data.decode("utf-8-sig")
    found = list(sheets.open_sheet(data, "x.csv").rows())
    assert found[1][1][:2] == ["髙橋 花子", "=1+1"]


def test_a_workbook_export_holds_text_not_formulas(exporter):
    factories.ContactFactory(note="=1+1")
    book = load_workbook(io.BytesIO(body(ask(exporter, export="xlsx"))))
    assert book.active["B2"].data_type != "f"
    assert book.active["A1"].value == "Name"


def test_an_export_is_logged_with_filter_rows_and_columns(exporter):
    factories.ContactFactory()
    ask(exporter, export="csv", owner="3", q="Hanako")
    operation = Operation.objects.get(kind="export")
    asked = operation.changes.get().new
    assert operation.by == exporter
    assert asked["rows"] == 1
    assert asked["columns"][0] == "Name"
    assert asked["filter"] == {"owner": ["3"], "q": "…"}


def test_the_cost_of_an_export_does_not_grow_with_its_rows(
    exporter, django_assert_max_num_queries
):
    factories.ContactFactory.create_batch(30)
    exporter.has_perm("crm_plugin.export_contact")
    with django_assert_max_num_queries(8):
        body(ask(exporter, export="csv"))
