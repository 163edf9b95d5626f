import django.db.models.deletion
import django.db.models.functions.datetime
import privacy.dates
import privacy.sealed
import retention.constraints
import retention.models.retained
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('retention', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Sent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('submission', models.UUIDField(unique=True)),
                ('sent_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
                ('digest', models.BinaryField(max_length=32)),
                ('record_type', models.CharField(blank=True, max_length=40)),
                ('record_id', models.BigIntegerField(null=True)),
                ('writer', models.UUIDField(null=True)),
                ('by', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'sent page',
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_on', retention.models.retained.DueDateField(db_index=True, editable=False)),
                ('sealed_until', retention.models.retained.SealDayField(editable=False)),
                ('seal_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('is_canary', models.BooleanField(db_default=False, default=False, editable=False)),
                ('submission', models.UUIDField(unique=True)),
                ('root', models.UUIDField(db_index=True, default=uuid.uuid4)),
                ('writer', models.UUIDField(default=uuid.uuid4)),
                ('page', models.CharField(max_length=40)),
                ('content', privacy.sealed.SealedJSONField(verbose_name='what was typed')),
                ('revision', models.PositiveIntegerField(default=1)),
                ('started_at', models.DateTimeField(default=privacy.dates.database_now)),
                ('updated_at', models.DateTimeField(default=privacy.dates.database_now)),
                ('discarded_at', models.DateTimeField(null=True)),
                ('adviser', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hold', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='retention.hold', verbose_name='hold')),
            ],
            options={
                'verbose_name': 'draft',
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('hold__isnull', False)), fields=['hold'], name='draft_held'), models.Index(fields=['adviser', 'page', '-updated_at'], name='draft_by_adviser')],
                'constraints': [models.CheckConstraint(condition=models.Q(('sealed_until__gte', models.F('expires_on'))), name='draft_sealed_until_due'), models.CheckConstraint(condition=models.Q(('hold__isnull', False), ('is_canary', True), _negated=True), name='draft_canary_not_held'), retention.constraints.FixedSealId(name='draft_seal_id')],
            },
        ),
    ]
