import datetime as dt
import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.dates import london_today
from privacy.naming import name_of
from privacy.progress import ProgressBar
from retention import actions
from retention.guards import due_by_model
from retention.models import PurgeRun
from retention.relations import held, purged_models


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


class Command(BaseCommand):
    help = "Delete what is due and destroy its days' keys; by itself this happens every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=_day, help="a date such as 2032-03-14; a future one only in a drill")
        parser.add_argument("--dry-run", action="store_true", help="only count what would go")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        today = london_today()
        cut_off = options["as_of"] or today
        if options["dry_run"]:
            counts = due_by_model(cut_off)
            kept = {name_of(model): held(model, cut_off).count() for model in purged_models()}
            self._tell(options, {"cut_off": cut_off.isoformat(), "due": counts, "held": kept})
            return
        if cut_off > today and not settings.PURGE_ALLOW_FUTURE:
            raise CommandError("This day has not come. Only a drill with PURGE_ALLOW_FUTURE=1 may go ahead of it.")
        run = actions.purge(cut_off, progress=ProgressBar("Purge", self.stderr))
        if run is None:
            raise CommandError("Another purge is running.")
        if run.state == PurgeRun.State.REFUSED:
            raise CommandError(f"Refused, nothing was deleted: {run.get_refusal_display()}.")
        counted = run.counts.order_by("record_type")
        outcome = {
            "run": str(run.identity),
            "cut_off": run.cut_off.isoformat(),
            "deleted": {count.record_type: count.deleted for count in counted},
            "held": {count.record_type: count.held for count in counted},
            "left": run.left,
            "keys_destroyed": run.keys_destroyed,
        }
        self._tell(options, outcome)
        if run.left:
            raise CommandError(f"{run.left} records past their day could not go.")

    def _tell(self, options: dict[str, Any], outcome: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(outcome))
            return
        for name, value in outcome.items():
            if isinstance(value, dict):
                self.stdout.write(f"{name}:")
                for kind, number in value.items():
                    self.stdout.write(f"  {kind}: {number}")
            else:
                self.stdout.write(f"{name}: {value}")
