from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from retention.ledger import LedgerDamaged, LedgerUnavailable, ledger


class Command(BaseCommand):
    help = "Say whether the ledger of what was destroyed is whole, and where it is not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mend", action="store_true", help="complete missing and shorter copies from the longest")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["mend"]:
                self.stdout.write(f"Lines copied: {ledger().mend()}")
            damages = ledger().verify()
            if damages:
                raise LedgerDamaged(damages)
            entries = ledger().entries()
        except LedgerDamaged as error:
            raise CommandError("\n".join(map(str, error.damages))) from None
        except LedgerUnavailable as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Entries: {len(entries)} in each of {len(ledger().paths)} copies")
        self.stdout.write(f"Head: {entries[-1].hash if entries else 'none yet'}")
