"""Files in forms: checked by content, private, gone with their submission."""

import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.intake import file_types, uploads
from crm_plugin.intake.models import Submission, Upload

from .building import EMAIL, build, field

PDF = b"%PDF-1.7 a plan of the hall"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
SAID = {"e_mail": "h@mail.example"}


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.CRM_PRIVATE_ROOT = tmp_path / "private"
    return settings.CRM_PRIVATE_ROOT


def stored(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def pdf(name="plan.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def office(*names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "x")
    return packed.getvalue()


class TestRealType:
    @pytest.mark.parametrize(
        ("content", "found"),
        [
            (PDF, "pdf"),
            (PNG, "png"),
            (b"\xff\xd8\xff\xe0" + b"0" * 20, "jpeg"),
            (b"GIF89a" + b"0" * 20, "gif"),
            (b"RIFF0000WEBP" + b"0" * 20, "webp"),
            (b"0000ftypheic" + b"0" * 20, "heic"),
            (office("word/document.xml"), "docx"),
            (office("xl/workbook.xml"), "xlsx"),
            (office("ppt/presentation.xml"), "pptx"),
            ("名前,電話".encode("cp932"), "text"),
            ("名前,電話".encode(), "text"),
            (office("word/document.xml", "word/vbaProject.bin"), ""),
            (office("evil.exe"), ""),
            (b"PK\x03\x04 not a zip", ""),
            (b"MZ\x90\x00\x03\x00\x00\x00", ""),
            (b"\x7fELF\x02\x01\x01\x00", ""),
        ],
    )
    def test_a_file_is_known_by_its_content(self, content, found):
        assert file_types.real_type(io.BytesIO(content)) == found

    @pytest.mark.parametrize(
        ("name", "clean"),
        [
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("C:\\Users\\me\\plan.pdf", "plan.pdf"),
            ("plan\u202efdp.exe.pdf", "planfdp.exe.pdf"),
            ("見積\x00\n.pdf", "見積.pdf"),
            ("あ" * 300 + ".pdf", "あ" * 110 + ".pdf"),
            ("...", "file"),
            ("𠮷🍣.pdf", "𠮷🍣.pdf"),
        ],
    )
    def test_a_name_is_only_a_name(self, name, clean):
        assert file_types.clean_name(name) == clean


@pytest.mark.django_db
class TestForm:
    @pytest.fixture
    def visitor(self, visit, root):
        row = field("Plan", "file", file_kinds="image_pdf", max_mb=1)
        return visit(build(root, row, EMAIL))

    def test_limits_are_said_before_anything_is_chosen(self, visitor):
        html = visitor.open().content.decode()
        assert "pictures and PDF, up to 1 MB" in html
        assert 'enctype="multipart/form-data"' in html
        assert ".pdf" in re.search(r'accept="([^"]*)"', html)[1]

    def test_a_file_goes_with_the_submission(self, visitor, private_folder):
        visitor.send(**SAID, plan=pdf())
        upload = Submission.objects.get().uploads.get()
        assert (upload.name, upload.real_type, upload.size) == ("plan.pdf", "pdf", 27)
        assert uploads.open_file(upload).read() == PDF
        (path,) = stored(private_folder)
        assert "plan" not in path.name
        assert path.stat().st_mode & 0o077 == 0

    def test_no_public_address_leads_to_it(self, visitor, settings, private_folder):
        visitor.send(**SAID, plan=pdf())
        assert not private_folder.is_relative_to(settings.MEDIA_ROOT)
        with pytest.raises(ValueError, match="not accessible"):
            uploads.storage().url(Upload.objects.get().path)

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("plan.pdf", b"", "This file is empty."),
            ("plan.pdf", b"%PDF-" + b"0" * 1024 * 1024, "too large: 1 MB at most"),
            ("plan.pdf", b"MZ\x90\x00 a program", "Please choose one of these"),
            ("plan.exe", PDF, "Please choose one of these"),
            ("plan.pdf.exe", PDF, "Please choose one of these"),
            ("plan", PDF, "Please choose one of these"),
            ("plan.html", b"<script>alert(1)</script>", "Please choose one of these"),
            ("plan.svg", b"<svg onload=alert(1)>", "Please choose one of these"),
            ("plan.png", PDF, "Please choose one of these"),
            ("plan.docx", office("word/document.xml"), "Please choose one of these"),
        ],
    )
    def test_what_is_not_welcome_is_said_and_not_kept(
        self, visitor, private_folder, name, content, words
    ):
        html = visitor.send(**SAID, plan=pdf(name, content)).content.decode()
        assert words in html
        assert not stored(private_folder)
        assert not Submission.objects.exists()

    def test_a_mistake_elsewhere_does_not_lose_the_file(self, visitor):
        html = visitor.send(plan=pdf(), e_mail="nobody").content.decode()
        assert "Chosen: <strong>plan.pdf</strong>" in html
        kept = re.search(r'name="plan_kept" value="([^"]+)"', html)[1]
        visitor.send(**SAID, plan_kept=kept)
        assert Submission.objects.get().uploads.get().name == "plan.pdf"

    def test_a_kept_file_can_be_let_go_or_replaced(self, visitor):
        html = visitor.send(plan=pdf(), e_mail="nobody").content.decode()
        kept = re.search(r'name="plan_kept" value="([^"]+)"', html)[1]
        visitor.send(**SAID, plan_kept=kept, plan_drop="1")
        assert not Submission.objects.get().uploads.exists()
        other = pdf("other.pdf")
        visitor.send(e_mail="g@mail.example", plan_kept=kept, plan=other)
        found = Submission.objects.get(email_norm="g@mail.example")
        assert found.uploads.get().name == "other.pdf"

    def test_sent_twice_it_is_one_submission_with_one_file(self, visitor):
        for _time in range(2):
            assert visitor.send(**SAID, plan=pdf()).status_code == 302
        assert Submission.objects.get().uploads.count() == 1

    def test_back_and_corrected_both_have_the_file(self, visitor):
        html = visitor.send(plan=pdf(), e_mail="nobody").content.decode()
        kept = re.search(r'name="plan_kept" value="([^"]+)"', html)[1]
        for address in ("g@mail.example", "h@mail.example"):
            visitor.send(e_mail=address, plan_kept=kept)
        assert [row.uploads.count() for row in Submission.objects.all()] == [1, 1]

    @pytest.mark.parametrize("token", ["x", "a.b.c", ""])
    def test_a_forged_token_is_no_file(self, visitor, token):
        html = visitor.send(**SAID, plan_kept=token)
        if token:
            assert "Please choose the file once more." in html.content.decode()
        assert not Upload.objects.exists()

    def test_a_flood_of_files_is_not_kept(self, visitor, monkeypatch):
        monkeypatch.setattr(uploads, "MOST_WAITING", 0)
        visitor.send(plan=pdf(), e_mail="nobody")
        assert not Upload.objects.exists()
        assert visitor.send(**SAID, plan=pdf()).status_code == 302
        assert Submission.objects.get().uploads.count() == 1


@pytest.mark.django_db(transaction=True)
class TestLife:
    @pytest.fixture
    def upload(self):
        return uploads.keep(pdf(), real_type="pdf")

    def test_it_is_erased_with_its_submission(self, upload, private_folder):
        from tests.factories import SubmissionFactory

        row = SubmissionFactory()
        uploads.claim(row, [upload])
        assert stored(private_folder)
        Submission.objects.filter(pk=row.pk).delete()
        assert not stored(private_folder)
        assert not Upload.objects.exists()

    def test_what_nobody_sent_is_gone_after_a_day(self, upload, private_folder):
        queue.run_due("upload-purge")
        assert stored(private_folder)
        yesterday = timezone.now() - timezone.timedelta(hours=25)
        Upload.objects.update(created_at=yesterday)
        uploads.purge()
        assert not stored(private_folder)
