"""Files that visitors sent: kept where no public address leads, gone with their form.

A file that passed its checks is kept at once, so that an error elsewhere in the form
loses nothing; one that no submission claims within a day is deleted.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, InvalidStorageError, storages
from django.core.files.storage.base import Storage
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from crm_plugin import queue, signing
from crm_plugin.conf import setting

from . import file_types
from .models import Submission, Upload

ALIAS = "crm_private"
PURPOSE = "upload"
ABANDONED = dt.timedelta(hours=24)
# So many unclaimed files of the last hour are kept; more are a flood.
MOST_WAITING = 200
PORTION = 100


class PrivateStorage(FileSystemStorage):
    """A folder to which no address leads."""

    def url(self, name: str | None) -> str:
        raise ValueError("This file is not accessible by an address.")


def private_root() -> Path:
    """The folder of the default storage: ``CRM_PRIVATE_ROOT``, else one beside
    ``MEDIA_ROOT``."""
    own = setting("CRM_PRIVATE_ROOT")
    if own:
        return Path(own)
    return Path(settings.MEDIA_ROOT or "media").resolve().parent / "crm-private"


def storage() -> Storage:
    """Where the files are: ``STORAGES["crm_private"]``, else the private folder."""
    try:
        return storages[ALIAS]
    except InvalidStorageError:
        return PrivateStorage(
            location=private_root(),
            file_permissions_mode=0o600,
            directory_permissions_mode=0o700,
        )


def may_keep() -> bool:
    """Whether another file may wait for its form to be sent."""
    lately = timezone.now() - dt.timedelta(hours=1)
    waiting = Upload.objects.filter(submission=None, created_at__gt=lately)
    return waiting[:MOST_WAITING].count() < MOST_WAITING


def keep(file: Any, *, real_type: str, page_id: int | None = None) -> Upload:
    """Store a checked *file*; the submission that claims it comes later."""
    public_id = uuid.uuid4()
    return Upload.objects.create(
        public_id=public_id,
        page_id=page_id,
        name=file_types.clean_name(file.name),
        real_type=real_type,
        size=file.size,
        sha256=digest(file),
        path=_store(public_id, file),
    )


def digest(file: Any) -> str:
    """The hash of what *file* holds."""
    file.seek(0)
    found = hashlib.sha256()
    for chunk in iter(lambda: file.read(65_536), b""):
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()


def _store(public_id: uuid.UUID, file: Any) -> str:
    """Where *file* stands from now on; nothing of its name is in it."""
    file.seek(0)
    path = f"{timezone.now():%Y/%m}/{public_id.hex}"
    return storage().save(path, File(file, name=public_id.hex))


def token(upload: Upload) -> str:
    """What a form carries to claim a kept file."""
    return signing.make(PURPOSE, upload.public_id)


def find(carried: str) -> Upload | None:
    """The file that a form carries; None when it is gone.

    One that was claimed is found, too: she went back and sends the form once more.
    """
    try:
        payload = signing.read(PURPOSE, carried, max_age=ABANDONED)
    except signing.BadToken:
        return None
    return Upload.objects.filter(public_id=payload["id"]).first()


# A file that was sent already is kept again so often; then it stands where it was.
MOST_COPIES = 4


def claim(submission: Submission, files: Iterable[Upload]) -> None:
    """Make *files* part of *submission*, in the caller's transaction.

    One that an earlier submission has already is copied.
    """
    for file in files:
        waiting = Upload.objects.filter(pk=file.pk, submission=None)
        if waiting.update(submission=submission):
            continue
        if Upload.objects.filter(sha256=file.sha256).count() < MOST_COPIES:
            _copy(file, submission)


def _copy(file: Upload, submission: Submission) -> None:
    public_id = uuid.uuid4()
    with open_file(file) as content:
        path = _store(public_id, content)
    Upload.objects.create(
        public_id=public_id,
        submission=submission,
        page_id=file.page_id,
        name=file.name,
        real_type=file.real_type,
        size=file.size,
        sha256=file.sha256,
        path=path,
    )


def open_file(upload: Upload) -> File:
    """Its content. Raises ``FileNotFoundError``."""
    return storage().open(upload.path, "rb")


@receiver(post_delete, sender=Upload, dispatch_uid="crm-upload-file")
def remove_file(sender: Any, instance: Upload, **kwargs: Any) -> None:
    """The file goes with its row, once that is certain."""
    transaction.on_commit(lambda: storage().delete(instance.path))


@queue.chore("upload-purge", every=3600)
def purge() -> bool:
    """Delete files whose form was never sent; true while a full portion was found."""
    before = timezone.now() - ABANDONED
    old = Upload.objects.filter(submission=None, created_at__lt=before)
    found = list(old.order_by("pk")[:PORTION])
    for upload in found:
        upload.delete()
    return len(found) == PORTION
