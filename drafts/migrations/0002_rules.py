from django.db import migrations

from retention.operations import FixedSealId


class Migration(migrations.Migration):
    dependencies = [("drafts", "0001_initial"), ("retention", "0002_functions")]

    operations = [FixedSealId("draft")]
