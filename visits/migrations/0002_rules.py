from django.db import migrations

from retention.operations import Established, FixedSealId


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial"), ("retention", "0002_functions"), ("privacy", "0002_projection")]

    operations = [
        FixedSealId("customer"),
        FixedSealId("enquiry"),
        FixedSealId("amendment"),
        # A closed enquiry is the established record; whose it was may still be found out, once.
        Established(
            "enquiry",
            when="OLD.ended_at IS NOT NULL",
            may_change=["hold", "sealed_until"],
            may_fill=["customer"],
        ),
        Established("amendment", may_change=["hold", "sealed_until"]),
    ]
