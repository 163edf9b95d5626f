from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.progress import ProgressBar
from retention import actions
from retention.ledger import LedgerDamaged, LedgerUnavailable


class Command(BaseCommand):
    help = "After a restore: do again what was purged, held and released since the backup. Until then nobody can work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--accept-lost-holds",
            action="store_true",
            help="go on although holds placed since the backup cannot be read any more, and may be purged",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = actions.replay_purges(
                accept_lost=options["accept_lost_holds"],
                purging=ProgressBar("Purge", self.stderr),
                indexing=ProgressBar("Search", self.stderr),
            )
        except actions.HoldsLost as error:
            raise CommandError(
                f"{error.number} holds were placed since this backup, and what the ledger says of them does not open"
                " any more: they are older than their keys. Nothing was deleted. Restore a newer backup; or, if there"
                " is none, find out what was held, then run this with --accept-lost-holds."
            ) from None
        except actions.ReplayRefused as error:
            raise CommandError(f"Not replayed, nothing was deleted: {error}") from None
        except (LedgerDamaged, LedgerUnavailable) as error:
            raise CommandError(str(error)) from None
        if done is None:
            self.stdout.write("The database knows everything that the ledger does: nothing to replay.")
            return
        self.stdout.write(f"Purges made known to the database: {done.runs}")
        self.stdout.write(f"Holds placed again: {done.placed}; released again: {done.released}")
        if done.without_record or done.lost:
            self.stdout.write(f"Holds on records that this backup lacks: {done.without_record}; lost: {done.lost}")
        if done.unreadable:
            self.stdout.write(f"Held records whose content this backup cannot give back: {done.unreadable}")
        for kind, number in sorted(done.deleted.items()):
            self.stdout.write(f"Deleted again, {kind}: {number}")
        self.stdout.write(f"Search rebuilt from records: {done.searchable}")
