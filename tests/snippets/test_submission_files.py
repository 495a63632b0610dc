import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crm_plugin.intake import uploads
from tests.factories import SubmissionFactory

pytestmark = pytest.mark.django_db
HTML = b"<script>alert(1)</script>"


@pytest.fixture
def upload(settings, tmp_path):
    settings.CRM_PRIVATE_ROOT = tmp_path
    kept = uploads.keep(SimpleUploadedFile("見積.txt", HTML), real_type="text")
    file = {"label": "Plan", "field": "file", "value": kept.sha256, "text": "見積.txt"}
    row = SubmissionFactory(answers=[{"name": "plan", **file}])
    uploads.claim(row, [kept])
    kept.refresh_from_db()
    return kept


@pytest.fixture
def address(upload):
    return reverse("crm_submission:file", args=[upload.public_id])


@pytest.fixture
def as_staff(client, role):
    client.force_login(role("staff"))
    return client


def test_the_submission_leads_to_its_file(as_staff, upload, address):
    url = reverse("crm_submission:inspect", args=[upload.submission_id])
    assert f'<a href="{address}">見積.txt</a>' in as_staff.get(url).content.decode()


def test_it_comes_as_a_download_that_no_browser_runs(as_staff, address):
    answer = as_staff.get(address)
    assert b"".join(answer.streaming_content) == HTML
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"].startswith("private, no-store")


def test_only_for_those_who_may_see_submissions(as_staff, client, address):
    group = Group.objects.get(name="Staff")
    group.permissions.remove(Permission.objects.get(codename="view_submission"))
    assert as_staff.get(address).status_code in (302, 403, 404)
    client.logout()
    assert client.get(address).status_code == 302


def test_a_file_that_still_waits_belongs_to_nobody(as_staff, upload, address):
    type(upload).objects.update(submission=None)
    assert as_staff.get(address).status_code == 404


def test_a_file_that_is_gone_is_not_found(as_staff, upload, address):
    uploads.storage().delete(upload.path)
    assert as_staff.get(address).status_code == 404
