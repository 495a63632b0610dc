"""How common each name is on record, and how names are read: counted once a night.

A name that half of all contacts bear says little; a rare one says much. Frequencies
per value come from Winkler, *Frequency-based matching in Fellegi-Sunter model of record
linkage* (US Bureau of the Census, RR 2000/06).
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from math import log2

from django.db import transaction
from django.db.models import Count, Max, Value
from django.db.models.functions import StrIndex, Substr
from django.utils import timezone

from crm_plugin import normalise
from crm_plugin.contacts.models import Contact, ContactPoint, NameCount

from . import familiar
from .rows import insert

# Names repeat: each is folded, and heard, once.
fold = lru_cache(maxsize=100_000)(normalise.fold)
sound = lru_cache(maxsize=100_000)(normalise.sound)
# So many imagined contacts with the names of people in general stand beside those on
# record: in a list of a hundred, one Satō is still no rare name.
IMAGINED = 500
USUAL_SHARE = 0.0005
READINGS = 3


class Counts:
    """The counts of one night, in memory."""

    def __init__(self, rows: Iterable[tuple[str, str, int]]) -> None:
        self.contacts, self.counted_at, self.newest = 0, "", 0
        self.by_written: Counter[str] = Counter()
        self.by_sound: Counter[str] = Counter()
        self._read: dict[str, Counter[str]] = defaultdict(Counter)
        for written, sound, count in rows:
            if not written and sound[:1].isdecimal():
                self.counted_at, _space, newest = sound.partition(" ")
                self.contacts, self.newest = count, int(newest)
                continue
            self.by_written[written] += count
            if sound:
                self.by_sound[sound] += count
                self._read[written][sound] += count

    @cached_property
    def prior(self) -> float:
        """Bits against any two contacts: one in twenty is a double (Newcombe 1959)."""
        return log2(10 * max(self.contacts, 10))

    def readings(self, written: str) -> tuple[str, ...]:
        """The usual sounds of a name in kanji: as on record, else as everywhere."""
        known = self._read.get(written)
        if known:
            least = sum(known.values()) / 10
            best = known.most_common(READINGS)
            return tuple(sound for sound, count in best if count >= least)
        reading = familiar.READINGS.get(written)
        return (normalise.sound(reading),) if reading else ()

    def bits(self, written: str, sound: str = "", *, most: float = 12) -> float:
        """What it says that two contacts bear this name: -log2 of its share."""
        count = max(self.by_written[written], self.by_sound[sound] if sound else 0, 2)
        shares = familiar.SHARES
        usual = max(shares[written], shares[sound] if sound else 0) or USUAL_SHARE
        share = (count + IMAGINED * usual) / (max(self.contacts, 2) + IMAGINED)
        return min(-log2(share), most)

    def shared_bits(self, sharing: int, *, most: float = 20) -> float:
        """What it says that two of the *sharing* contacts have one value."""
        return min(log2((self.contacts + IMAGINED) / max(sharing, 2)), most)

    def known(self, form: str) -> int:
        """How many contacts bear this name, as it is written or, in kana, sounds."""
        if count := self.by_written[form]:
            return count
        if form in familiar.READINGS:
            return 1
        return self.by_sound[normalise.sound(form)] if normalise.is_kana(form) else 0

    def is_name(self, form: str, of: str) -> bool:
        """Whether *form* is a name of its own, not a slip of the pen for *of*."""
        if form in familiar.SHARES:
            return True
        count = max(self.by_written[form], self.by_sound[form])
        other = max(self.by_written[of], self.by_sound[of])
        return count > 2 and count * 200 > other

    def expected(self, *forms: str) -> float:
        """How many contacts bear all these names by chance."""
        number = float(max(self.contacts, 1))
        for form in forms:
            count = max(self.by_written[form], self.by_sound[form])
            number *= count / max(self.contacts, 1)
        return number


def recount() -> Counts:
    """Count names and mail domains anew: three grouped queries, one transaction."""
    found: Counter[tuple[str, str]] = Counter()
    for written, sound, count in [*_names("family"), *_names("given"), *_domains()]:
        found[written[:160], sound[:320]] += count
    newest = Contact.objects.aggregate(newest=Max("pk"))["newest"] or 0
    stamp = f"{timezone.now().astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f} {newest}"
    rows = [("", stamp, Contact.objects.current().count())]
    rows += [(*form, count) for form, count in found.items() if form[0]]
    columns = {"written": "text", "sound": "text", "count": "bigint"}
    with transaction.atomic():
        NameCount.objects.all().delete()
        insert(NameCount, columns, rows)
    return load()


def _names(part: str) -> Iterator[tuple[str, str, int]]:
    fields = (f"{part}_name", f"{part}_kana")
    rows = Contact.objects.current().order_by().values_list(*fields)
    for name, kana, count in rows.annotate(count=Count("pk")).iterator(5_000):
        written, said = fold(name), fold(kana)
        yield written or said, sound(said or written), count


def _domains() -> Iterator[tuple[str, str, int]]:
    mails = ContactPoint.objects.filter(kind=ContactPoint.Kind.EMAIL).order_by()
    domain = Substr("value_norm", StrIndex("value_norm", Value("@")))
    rows = mails.annotate(domain=domain).values_list("domain")
    for name, count in rows.annotate(count=Count("pk")).iterator(5_000):
        if name.startswith("@"):
            yield name, "", count


_loaded: list[Counts] = []


def load() -> Counts:
    """The counts as they stand, kept while nobody counts anew."""
    stamp = NameCount.objects.filter(written="").values_list("sound", flat=True).first()
    if _loaded and stamp and f"{_loaded[0].counted_at} {_loaded[0].newest}" == stamp:
        return _loaded[0]
    rows = NameCount.objects.values_list("written", "sound", "count")
    counts = Counts(rows.iterator(5_000))
    _loaded[:] = [counts]
    return counts


def fresh() -> Counts:
    """The counts, made anew when many contacts came since they were made."""
    counts = load()
    newest = Contact.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest > counts.newest * 1.2 + 100 or not counts.counted_at:
        return recount()
    return counts
