from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy import actions
from privacy.progress import ProgressBar


class Command(BaseCommand):
    help = "Fill the search projection anew from the records."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-needed", action="store_true", help="only if the projection is not whole")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_needed"] and actions.search_is_whole():
            return
        try:
            read = actions.rebuild_search(ProgressBar("Search"))
        except actions.RebuildRunning:
            raise CommandError("Another process is rebuilding the search projection.") from None
        self.stdout.write(f"Search is whole: {read:,} records read.")
