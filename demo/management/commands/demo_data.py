import json
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo.load import load
from privacy.actions import rebuild_search
from privacy.dates import database_now
from privacy.progress import ProgressBar
from services.models import Service
from staff.models import Role, User
from visits.models import Customer


class Command(BaseCommand):
    help = "Fill an empty system with invented people and their contacts up to now. Only with DEMO=1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, default=2000)
        parser.add_argument("--years", type=float, default=0.5, help="how far back the contacts go, 6 at most")
        parser.add_argument("--seed", type=int, default=1, help="another seed, other people")

    def handle(self, *args: Any, **options: Any) -> None:
        customers, years = options["customers"], options["years"]
        if not settings.DEMO:
            raise CommandError("Demonstration data is made only with DEMO=1.")
        if customers < 1 or not 0 < years <= 6:
            raise CommandError("Ask for one customer at least, and for a part of the last six years.")
        if Customer.objects.real().exists():
            raise CommandError("There are customers already: demonstration data is for an empty system.")
        call_command("demo_accounts")
        if not Service.objects.exists():
            call_command("load_services", stdout=self.stdout)
        number = load(
            customers=customers,
            years=years,
            seed=options["seed"],
            services=json.loads((settings.BASE_DIR / "services" / "services.json").read_text(encoding="utf-8")),
            advisers=list(User.objects.filter(role=Role.ADVISER, is_active=True).order_by("pk")),
            now=database_now(),
            progress=ProgressBar("People and contacts"),
        )
        rebuild_search(ProgressBar("Search"))
        self.stdout.write(f"Demonstration data: {customers:,} customers, {number:,} enquiries.")
