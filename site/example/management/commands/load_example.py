"""``manage.py load_example``: Hinata's pages, guests and three years of history."""

import random
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from crm_plugin.contacts import data_map, planner, search
from crm_plugin.lifecycle import stages, uses
from crm_plugin.models import Contact, ContactChange, Mailing, Score, Segment
from crm_plugin.sales import summaries
from crm_plugin.scoring.refresh import refresh as work_out
from crm_plugin.segments.refresh import refresh
from crm_plugin.touchpoints import frequency
from example.content import (
    campaigns,
    deals,
    firms,
    forms,
    guests,
    history,
    imported,
    opinions,
    pages,
    plans,
    shop,
    tables,
    visits,
)
from example.logins import ensure_logins


class Command(BaseCommand):
    help = "Load the example's content; what is there already is left alone."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            shop.build_shop()
            shop.build_segments()
            pages.build_pages()
            shop.build_scores()
            ensure_logins()
        if not Contact.objects.exists():
            self.say("Inviting 600 guests …", options)
            with transaction.atomic():
                self.load_guests()
        if not Mailing.objects.exists():
            self.say("Writing to them …", options)
            campaigns.build_campaigns(random.Random(guests.SEED + 1))
            forms.build_forms()
            opinions.build_opinions(random.Random(guests.SEED + 5))
            imported.build_import()
            self.recompute()

    def load_guests(self) -> None:
        rng = random.Random(guests.SEED)
        planned = guests.plan(rng)
        people = guests.build_guests(rng, planned)
        firms.build_firms(rng, people)
        history.build_uses(rng, people, planned)
        history.build_talks(rng, people)
        history.build_bookings(rng, people)
        history.build_consents(rng)
        deals.build_deals(random.Random(guests.SEED + 3))
        plans.build_plans(random.Random(guests.SEED + 4), people)
        visits.build_visits(random.Random(guests.SEED + 5), people)
        tables.thank_after_dinner()
        self.recompute()

    def recompute(self) -> None:
        """What the worker would do after so many changes, done at once."""
        ContactChange.objects.all().delete()
        planner.look_again()
        ids = list(Contact.objects.values_list("id", flat=True))
        summaries.recompute(ids)
        uses.recompute(ids)
        frequency.recompute(ids)
        stages.recompute(ids)
        search.refresh(ids)
        data_map.count_all()
        planner.look_again()
        for score in Score.objects.all():
            work_out(score)
        for segment in Segment.objects.filter(live=True):
            refresh(segment)
        planner.look_again()

    def say(self, text: str, options: dict[str, Any]) -> None:
        if options["verbosity"]:
            self.stdout.write(text)
