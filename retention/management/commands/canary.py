import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.progress import ProgressBar
from retention import actions
from retention.models import CanaryRun


def _named(places: list[str]) -> str:
    return f" ({', '.join(places)})" if places else ""


class Command(BaseCommand):
    help = (
        "Make the coming night's canary and look for those that were purged; by itself this happens every night. In a"
        " drill: this command, purge --as-of tomorrow, this command again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print what was found in each store as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        run = actions.canary_if_due(progress=ProgressBar("Stores", self.stderr))
        if run is None:
            self.stdout.write("Nothing to do: no canary waits for a search, and the next one lives or cannot be made.")
            return
        if options["json"]:
            self.stdout.write(json.dumps({"due_on": run.due_on.isoformat(), "state": run.state, "stores": run.stores}))
        else:
            self.stdout.write(f"Canary due on {run.due_on.isoformat()}: {run.get_state_display()}")
            for store in run.stores_in_words:
                found = "not searched" if store["is_away"] else f"found in {store['hits']}{_named(store['places'])}"
                proof = "" if store["proved"] or store["is_away"] else ", not proved"
                unread = (
                    f", not readable: {store['unreadable']}{_named(store['unread'])}" if store["unreadable"] else ""
                )
                where = " ".join(filter(None, (str(store["title"]), store["name"])))
                self.stdout.write(f"  {where}: {found}{proof}{unread}")
        if run.has_failed:
            raise CommandError("The canary outlived its purge, or the search saw nothing.")
        if run.state == CanaryRun.State.SEARCHING:
            raise CommandError("The search is over, but the ledger cannot be written: run this again.")
