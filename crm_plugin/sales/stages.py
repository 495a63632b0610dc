"""The stages and reasons that a site begins with; it changes them as it likes."""

from django.utils.translation import gettext_noop

from .models import DealStage, LostReason

Kind = DealStage.Kind
STAGES = [
    ("inquiry", gettext_noop("Inquiry"), "問い合わせ", Kind.OPEN),
    ("proposal", gettext_noop("Proposal"), "提案", Kind.OPEN),
    ("quote", gettext_noop("Quote"), "見積", Kind.OPEN),
    ("negotiation", gettext_noop("Negotiation"), "交渉", Kind.OPEN),
    ("won", gettext_noop("Won"), "受注", Kind.WON),
    ("lost", gettext_noop("Lost"), "失注", Kind.LOST),
]
REASONS = [
    ("price", gettext_noop("Price"), "価格"),
    ("date", gettext_noop("The day did not fit"), "日程が合わない"),
    ("other-firm", gettext_noop("Somebody else was chosen"), "他社に決定"),
    ("not-needed", gettext_noop("Not needed any more"), "不要になった"),
    ("no-answer", gettext_noop("No answer"), "連絡がつかない"),
    ("other", gettext_noop("Something else"), "その他"),
]


def ensure() -> None:
    """Make them where a site has none at all; what it deleted stays deleted."""
    if not DealStage.objects.exists():
        DealStage.objects.bulk_create(
            DealStage(key=key, name=name, name_ja=name_ja, kind=kind, order=10 * number)
            for number, (key, name, name_ja, kind) in enumerate(STAGES, start=1)
        )
    if not LostReason.objects.exists():
        LostReason.objects.bulk_create(
            LostReason(key=key, name=name, name_ja=name_ja, order=10 * number)
            for number, (key, name, name_ja) in enumerate(REASONS, start=1)
        )
