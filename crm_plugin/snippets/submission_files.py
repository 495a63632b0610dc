"""Files that came with submissions: read by staff, never shown by the browser."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.generic import View
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from crm_plugin.intake import uploads
from crm_plugin.intake.models import Submission, Upload


class DownloadView(PermissionCheckedMixin, View):
    """One file, for those who may see its submission; always as a download."""

    model = Submission
    any_permission_required = ["view", "change"]

    def get(self, request: HttpRequest, upload: Any) -> FileResponse:
        rows = Upload.objects.visible_to(request.user)
        found = get_object_or_404(rows, public_id=upload)
        try:
            content = uploads.open_file(found)
        except FileNotFoundError as error:
            raise Http404 from error
        response = FileResponse(content, as_attachment=True, filename=found.name)
        response["Content-Type"] = "application/octet-stream"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        response["Cache-Control"] = "private, no-store"
        return response


def with_files(answers: list[dict], submission: Submission) -> list[dict]:
    """*answers*, those that are files with the file."""
    if not any(answer.get("field") == "file" for answer in answers):
        return answers
    files = {upload.sha256: upload for upload in submission.uploads.all()}
    return [
        {**answer, "file": files.get(answer.get("value"))}
        if answer.get("field") == "file"
        else answer
        for answer in answers
    ]
