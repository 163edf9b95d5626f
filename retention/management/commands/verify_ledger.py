from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from retention.ledger import Cure, LedgerDamaged, LedgerUnavailable
from retention.ledger import ledger as this_ledger

ADVICE = {
    Cure.APPEND: "A process was stopped while it wrote: the next entry, or --mend, puts this right.",
    Cure.MEND: "No line was changed. Find out why these are missing, then run with --mend.",
    Cure.NONE: "Nothing can be added until a person has found out which copy is right.",
}


class Command(BaseCommand):
    help = "Say whether every copy of the ledger is whole; with --mend complete missing and shorter ones first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mend", action="store_true", help="complete from the longest copy, if none was changed")

    def handle(self, *args: Any, **options: Any) -> None:
        ledger = this_ledger()
        try:
            if options["mend"]:
                for damage in ledger.mend():
                    self.stdout.write(f"Mended: {damage}")
            damages = ledger.verify()
            entries = ledger.entries()
            self.stdout.write(f"Entries: {len(entries)}")
            self.stdout.write(f"Head: {entries[-1].hash if entries else 'none'}")
        except LedgerDamaged as error:  # how many there should be is not known
            damages = error.damages
        except LedgerUnavailable as error:
            raise CommandError(str(error)) from None
        for path in ledger.paths:
            faults = sum(damage.path == path for damage in damages)
            self.stdout.write(f"{path}: {f'not whole, lines at fault: {faults}' if faults else 'whole'}")
        if damages:
            advice = ADVICE[max(damage.cure for damage in damages)]
            raise CommandError("\n".join(["The ledger is not whole.", *map(str, damages), advice]))
