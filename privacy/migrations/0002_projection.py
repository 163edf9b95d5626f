from django.db import migrations

# Plain words: never in the write-ahead log, a base backup, a replica or the planner's statistics.
UNLOGGED = """
ALTER TABLE privacy_searchentry SET UNLOGGED;
ALTER TABLE privacy_searchword SET UNLOGGED;
ALTER TABLE privacy_searchmarker SET UNLOGGED;
ALTER TABLE privacy_searchentry ALTER COLUMN terms SET STATISTICS 0;
ALTER TABLE privacy_searchword ALTER COLUMN word SET STATISTICS 0;
"""


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]

    operations = [
        migrations.RunSQL(UNLOGGED, migrations.RunSQL.noop),
        migrations.RunSQL("CREATE SEQUENCE privacy_reference AS bigint", "DROP SEQUENCE privacy_reference"),
    ]
