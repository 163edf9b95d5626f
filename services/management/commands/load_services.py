import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from services import actions


class Command(BaseCommand):
    help = "Add the notice's eight services with their topics, or those of another file of the same shape."

    def add_arguments(self, parser: CommandParser) -> None:
        default = Path(__file__).resolve().parents[2] / "services.json"
        parser.add_argument("file", nargs="?", type=Path, default=default)

    def handle(self, *args: Any, **options: Any) -> None:
        added = actions.load_services(json.loads(options["file"].read_text(encoding="utf-8")))
        self.stdout.write(f"Services and topics added: {added}")
