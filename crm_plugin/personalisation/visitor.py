"""Who is this visitor? Two degrees of knowing a browser, kept in one signed cookie.

*Recognised*: it followed a link from a message; it sees what its segments see.
*Verified*: it pressed the button on a page opened by a fresh signed link; it may see
personal data, and what private segments see. Neither identifies a form post.

The cookie names a contact by public id and holds what the visitor's segments were
when it was issued; it is fresh for ``CRM_COOKIE_MINUTES``, then costs one query. It
holds no name, no address, and no membership of a private segment.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    BigIntegerField,
    CharField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.models import ReferenceIndex

from crm_plugin import signing
from crm_plugin.conf import setting
from crm_plugin.contacts.models import Contact, ContactAlias, ContactPoint
from crm_plugin.segments.models import Segment, SegmentMembership

COOKIE = "crm_visitor"
COOKIE_DAYS = 365
PURPOSE = "browser"
MOST_SEGMENTS = 250

Ids = frozenset[int]
NONE: Ids = frozenset()


class Visitor:
    """What one request knows of its sender; asks the database only when it must."""

    def __init__(self, payload: dict[str, Any] | None = None) -> None:
        payload = payload or {}
        self.public_id: str = payload.get("id", "")
        self.issued: float = payload.get("t", 0)
        self.members: Ids = frozenset(payload.get("s", ()))
        self.others: Ids = frozenset(payload.get("o", ()))
        self.private: Ids = frozenset(payload.get("p", ()))
        self.verification: tuple[str, float] | None = (
            tuple(payload.get("v", ())) or None
        )
        self.reissue = False
        self._asked = False

    @property
    def recognised(self) -> bool:
        """The browser followed a link from a message to this contact."""
        return bool(self.public_id)

    @property
    def verified(self) -> bool:
        """The browser confirmed an address in the last ``CRM_VERIFIED_DAYS``."""
        if not self.recognised or self.verification is None:
            return False
        age = timezone.now().timestamp() - self.verification[1]
        return age < timedelta(days=setting("CRM_VERIFIED_DAYS")).total_seconds()

    @property
    def verified_address_hash(self) -> str:
        """``signing.address_hash`` of the confirmed address; empty when not verified."""
        return self.verification[0] if self.verified and self.verification else ""

    @property
    def known_segments_private_ok(self) -> bool:
        """Whether content of private and sensitive segments may be shown."""
        return self.verified

    @cached_property
    def contact_id(self) -> int | None:
        """The contact's present id, also after a merge; None when gone. One query."""
        if not self.recognised:
            return None
        found = Contact.objects.current().filter(public_id=self.public_id)
        merged = ContactAlias.objects.filter(
            old_public_id=self.public_id, contact__archived_at=None
        )
        ids = [
            *found.values_list("pk", flat=True).union(
                merged.values_list("contact_id", flat=True)
            )
        ]
        return ids[0] if ids else None

    @cached_property
    def still_hers(self) -> bool:
        """Whether the confirmed address is still the contact's; a query.

        One that was corrected since is read by somebody else, who pressed its button.
        """
        if not self.verified:
            return False
        points = ContactPoint.objects.filter(
            kind=ContactPoint.Kind.EMAIL, contact=self.contact_id or 0
        )
        said = self.verified_address_hash
        norms = points.values_list("value_norm", flat=True)
        return any(signing.is_of_address(said, "email", norm) for norm in norms)

    @property
    def segment_ids(self) -> Ids:
        """The segments that live content uses and this visitor is in, as far as it
        may be shown to this browser."""
        return self.know(NONE)[0]

    def know(self, wanted: Ids) -> tuple[Ids, Ids]:
        """``(segments the visitor is in, segments that must stay unknown)``.

        Asks once per request, and only when the cookie is stale, says nothing about
        one of *wanted*, or a verified browser meets a private segment.
        """
        if not self.recognised:
            return NONE, NONE
        unheard = wanted - self.members - self.others - self.private
        secret = self.verified and bool(
            self.private & wanted if wanted else self.private
        )
        if not self._asked and (self.stale or unheard or secret):
            self._ask(wanted)
        return self.members, NONE if self.verified else self.private

    @property
    def stale(self) -> bool:
        age = timezone.now().timestamp() - self.issued
        return not 0 <= age < setting("CRM_COOKIE_MINUTES") * 60

    def _ask(self, wanted: Ids) -> None:
        self._asked = self.reissue = True
        self.issued = timezone.now().timestamp()
        rows = list(_memberships(self.public_id, wanted))
        if rows and rows[0]["person"] is None:
            self._become_stranger()
            return
        if rows:
            self.contact_id = rows[0]["person"]
        if self.verified and not self.still_hers:
            self.verification = None
        private = frozenset(row["pk"] for row in rows if row["secret"])
        inside = frozenset(row["pk"] for row in rows if row["member"])
        held = any(row["member"] and row["excludes_always"] for row in rows)
        seen = frozenset(row["pk"] for row in rows) | wanted
        self.private = private
        self.members = NONE if held else inside
        if not self.verified:
            self.members -= private
        self.others = seen - self.members - private

    def _become_stranger(self) -> None:
        """The record is erased or archived: nothing of it is shown any more."""
        self.public_id, self.verification = "", None
        self.members = self.others = self.private = NONE

    def payload(self) -> dict[str, Any]:
        """What the next cookie says; private memberships never leave the house."""
        said = {
            "t": int(self.issued),
            "s": sorted(self.members - self.private)[:MOST_SEGMENTS],
            "o": sorted(self.others)[:MOST_SEGMENTS],
            "p": sorted(self.private)[:MOST_SEGMENTS],
        }
        if self.verification:
            said["v"] = list(self.verification)
        return said


def _memberships(public_id: str, wanted: Ids) -> QuerySet:
    """Every segment that matters to live content, and whether the contact is in it."""
    person = Coalesce(
        Subquery(Contact.objects.current().filter(public_id=public_id).values("pk")),
        Subquery(
            ContactAlias.objects.filter(
                old_public_id=public_id, contact__archived_at=None
            ).values("contact_id")
        ),
        output_field=BigIntegerField(),
    )
    drafts = ContentType.objects.get_by_natural_key("crm_plugin", "campaign")
    used = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(Segment),
        to_object_id=Cast(OuterRef("pk"), CharField()),
    ).exclude(base_content_type=drafts)
    stays = SegmentMembership.objects.filter(
        segment=OuterRef("pk"), contact=OuterRef("person"), left_at=None
    )
    return (
        Segment.objects.live()
        .of_people()
        .filter(Q(pk__in=wanted) | Q(excludes_always=True) | Exists(used))
        .annotate(person=person)
        .annotate(member=Exists(stays))
        .annotate(secret=Q(private=True) | Q(reads_sensitive=True))
        .order_by()
        .values("pk", "member", "secret", "excludes_always", "person")
    )


def of(request: HttpRequest) -> Visitor:
    """The visitor of *request*; asking makes its response depend on the visitor."""
    visitor = getattr(request, "_crm_visitor", None)
    if visitor is None:
        visitor = request._crm_visitor = read_cookie(request)  # type: ignore[attr-defined]
    return visitor


def consulted(request: HttpRequest) -> Visitor | None:
    """The visitor when anything asked for it during *request*, else None."""
    return getattr(request, "_crm_visitor", None)


def read_cookie(request: HttpRequest) -> Visitor:
    token = request.COOKIES.get(COOKIE)
    if not token:
        return Visitor()
    try:
        return Visitor(
            signing.read(PURPOSE, token, max_age=timedelta(days=COOKIE_DAYS))
        )
    except signing.BadToken:
        return Visitor()


def recognise(response: HttpResponse, contact: Contact) -> None:
    """This browser followed a link from a message to *contact*.

    A browser that is already verified for the same contact stays so: the middleware,
    which knows the request too, keeps what its cookie said.
    """
    _write(response, str(contact.public_id), {"t": 0})
    response.crm_recognised = str(contact.public_id)  # type: ignore[attr-defined]


def verify(response: HttpResponse, contact: Contact, address_norm: str) -> None:
    """This browser confirmed *address_norm*, by a button on a freshly linked page."""
    digest = signing.address_hash("email", address_norm)
    now = int(timezone.now().timestamp())
    _write(response, str(contact.public_id), {"t": 0, "v": [digest, now]})


def forget(response: HttpResponse) -> None:
    """ "Not you?": the browser is a stranger again."""
    response.delete_cookie(COOKIE, samesite="Lax")


def keep(response: HttpResponse, visitor: Visitor) -> None:
    """Write what was learned during the request into the cookie."""
    if visitor.recognised:
        _write(response, visitor.public_id, visitor.payload())
    else:
        forget(response)


def _write(response: HttpResponse, public_id: str, said: dict[str, Any]) -> None:
    response.set_cookie(
        COOKIE,
        signing.make(PURPOSE, public_id, **said),
        max_age=timedelta(days=COOKIE_DAYS),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
