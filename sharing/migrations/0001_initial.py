import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import privacy.dates
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='when')),
                ('record_type', models.CharField(max_length=100, verbose_name='kind of record')),
                ('record_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='records')),
                ('categories', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None, verbose_name='categories')),
                ('place', models.CharField(max_length=60, verbose_name='page')),
                ('expires_on', models.GeneratedField(db_persist=True, expression=privacy.dates.DueDay('at', years=6), output_field=models.DateField())),
                ('by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'access log entry',
                'indexes': [models.Index(fields=['-at'], name='access_event_at'), django.contrib.postgres.indexes.GinIndex(fields=['record_ids'], name='access_event_records'), django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['expires_on'], name='access_event_due')],
            },
        ),
    ]
