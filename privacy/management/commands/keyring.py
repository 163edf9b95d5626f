from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.dates import london_today
from privacy.keyring import KeyringUnavailable
from privacy.keyring import keyring as this_keyring


class Command(BaseCommand):
    help = "Say how the day keys stand: `keyring status`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["status"])

    def handle(self, *args: Any, **options: Any) -> None:
        keyring = this_keyring()
        held, left_over = {}, {}
        for directory in keyring.directories:
            try:
                held[directory] = set(keyring.names(directory))
                left_over[directory] = keyring.left_over(directory)
            except KeyringUnavailable as error:
                raise CommandError(str(error)) from None
        every = set().union(*held.values())
        self.stdout.write(f"Keys held: {len(every)}")
        if every:
            self.stdout.write(f"First day: {min(every)[0]}, last day: {max(every)[0]}")
        self.stdout.write(f"Keys whose day has come: {len(keyring.due(london_today()))}")
        amiss = 0
        for directory, names in held.items():
            unreadable = sum(not keyring.opens(directory, *name) for name in names)
            lacking = len(every - names)
            amiss += lacking + unreadable
            self.stdout.write(
                f"{directory}: {len(names)} keys, {lacking} lacking, {unreadable} that do not open, "
                f"{left_over[directory]} partial files left over"
            )
        try:
            keyring.check()
        except KeyringUnavailable as error:
            raise CommandError(str(error)) from None
        if amiss:
            raise CommandError("The key directories are not alike: copy the missing files before one more is lost.")
