from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from staff import actions
from staff.models import Location, Role, User

PASSWORD = "contact-wrexham"  # noqa: S105 - published on purpose: only with DEMO=1
# Invented people, one for each role, and three more advisers so that the logs have more than one author.
PEOPLE = [
    ("adviser", "Nia Demo", Role.ADVISER),
    ("manager", "Gwilym Demo", Role.MANAGER),
    ("administrator", "Ola Demo", Role.ADMINISTRATOR),
    ("governance", "Mair Demo", Role.GOVERNANCE),
    ("adviser2", "Tomos Demo", Role.ADVISER),
    ("adviser3", "Ffion Demo", Role.ADVISER),
    ("adviser4", "Aled Demo", Role.ADVISER),
]


class Command(BaseCommand):
    help = "Make the demonstration accounts. Only with DEMO=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demonstration accounts exist only with DEMO=1.")
        location = Location.objects.first() or actions.create_location("Lord Street", name_cy="Stryt yr Arglwydd")
        known = set(User.objects.values_list("username", flat=True))
        for username, name, role in PEOPLE:
            if username not in known:
                actions.create_account(
                    username,
                    name=name,
                    role=role,
                    password=PASSWORD,
                    email=f"{username}@demo.invalid",
                    location=location,
                    is_demonstration=True,
                )
