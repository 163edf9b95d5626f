import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import privacy.dates
import retention.models.canaries
import uuid
from django.conf import settings
from django.db import migrations, models

from retention.constraints import DROP_FUNCTIONS, FUNCTIONS


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.CreateModel(
            name='CanaryRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('seed', models.CharField(default=retention.models.canaries.random_token, max_length=64)),
                ('control', models.CharField(default=retention.models.canaries.random_token, max_length=64)),
                ('due_on', models.DateField(unique=True)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('state', models.CharField(choices=[('alive', 'Alive'), ('searching', 'Being searched for'), ('clean', 'Gone'), ('found', 'Found after its purge'), ('blind', 'The search did not find what is there')], default='alive', max_length=10)),
                ('gone_at', models.DateTimeField(null=True)),
                ('searched_at', models.DateTimeField(null=True)),
                ('stores', models.JSONField(default=list)),
                ('position', models.JSONField(default=dict)),
                ('left', models.PositiveIntegerField(default=0)),
                ('keys_left', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['alive', 'searching', 'clean', 'found', 'blind'])), name='canary_run_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('searched_at__isnull', False), ('state__in', ['clean', 'found', 'blind'])), models.Q(('searched_at__isnull', True), ('state__in', ['alive', 'searching'])), _connector='OR'), name='canary_run_searched_if_decided')],
            },
        ),
        migrations.CreateModel(
            name='DeletedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_type', models.CharField(max_length=100)),
                ('field', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=500)),
                ('noted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('record_type', 'field', 'name'), name='deleted_file_once')],
            },
        ),
        migrations.CreateModel(
            name='PurgeRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('cut_off', models.DateField(verbose_name='records due up to')),
                ('state', models.CharField(choices=[('running', 'Running'), ('refused', 'Refused'), ('done', 'Done')], default='running', max_length=10, verbose_name='state')),
                ('refusal', models.CharField(blank=True, choices=[('clocks_differ', 'The clocks of database and application differ by more than five minutes'), ('clock_behind', 'The date is before that of the last purge'), ('clock_ahead', 'The date is more than seven days after that of the last purge'), ('far_more_due', 'Far more is due than was foreseen a week before'), ('keys_unavailable', 'The key directories cannot all be read and written'), ('keys_missing', 'Keys of days to come are missing: records under them cannot be read'), ('ledger_unavailable', 'The ledger cannot be read or written'), ('ledger_damaged', 'The copies of the ledger are not alike, or one was edited'), ('ledger_short', 'The last purge is not in the ledger: part of it was lost, or an old copy was put back'), ('database_behind', 'The database is older than the ledger: it was restored from a backup')], max_length=20, verbose_name='refused because')),
                ('policy_version', models.CharField(max_length=16, verbose_name='policy version')),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='started')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('keys_destroyed', models.PositiveIntegerField(default=0, verbose_name='keys destroyed')),
                ('left', models.PositiveIntegerField(default=0, verbose_name='left behind')),
                ('passed_over', models.PositiveIntegerField(default=0, verbose_name='sealed for a day that cannot be')),
                ('forecast', models.JSONField(default=dict)),
                ('head', models.CharField(blank=True, max_length=64, verbose_name='hash of the newest ledger entry')),
                ('confirmed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
            ],
        ),
        migrations.CreateModel(
            name='PurgeCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_type', models.CharField(max_length=100)),
                ('due', models.PositiveIntegerField(default=0)),
                ('held', models.PositiveIntegerField(default=0)),
                ('deleted', models.PositiveIntegerField(default=0)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='retention.purgerun')),
            ],
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True)),
                ('record_type', models.CharField(default='', editable=False, max_length=100)),
                ('record_id', models.BigIntegerField(default=0, editable=False)),
                ('record', models.CharField(default='', editable=False, max_length=40, verbose_name='record')),
                ('reason', models.CharField(choices=[('legal_claim', 'Legal claim'), ('dispute', 'Complaint or dispute'), ('police', 'Police request'), ('rights', 'Data rights request not yet closed'), ('incident', 'Incident')], max_length=20, verbose_name='reason')),
                ('authority', models.CharField(max_length=30, verbose_name='case reference')),
                ('review_on', models.DateField(verbose_name='review date')),
                ('placed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('reviewed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('reminded_at', models.DateTimeField(editable=False, null=True)),
                ('released_at', models.DateTimeField(editable=False, null=True)),
                ('expires_on', models.GeneratedField(db_persist=True, expression=privacy.dates.DueDay('released_at', years=6), output_field=models.DateField())),
                ('placed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('released_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('responsible', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to=settings.AUTH_USER_MODEL, verbose_name='responsible person')),
            ],
            options={
                'verbose_name': 'hold',
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['legal_claim', 'dispute', 'police', 'rights', 'incident'])), name='hold_reason_known'), models.CheckConstraint(condition=models.Q(('review_on__lte', privacy.dates.DueDay('reviewed_at', years=1))), name='hold_reviewed_within_a_year'), models.CheckConstraint(condition=models.Q(('authority__regex', '^(?=.{1,30}$)(?=.*[0-9])(?!(.*[0-9]){13})(?!.*[A-Za-z]{13})(?!.*[A-Za-z]{2}-?[0-9]{2}-?[0-9]{2}-?[0-9]{2}-?[A-Da-d])[A-Za-z0-9]+([/.-][A-Za-z0-9]+)*$')), name='hold_authority_is_a_reference'), models.UniqueConstraint(condition=models.Q(('released_at__isnull', True)), fields=('record_type', 'record_id'), name='hold_once_while_in_force'), models.CheckConstraint(condition=models.Q(('released_at__isnull', False), ('released_by__isnull', True), _connector='OR'), name='hold_released_by_has_a_time')],
            },
        ),
        migrations.AddConstraint(
            model_name='purgerun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['running', 'refused', 'done'])), name='purge_run_state_known'),
        ),
        migrations.AddConstraint(
            model_name='purgerun',
            constraint=models.CheckConstraint(condition=models.Q(('refusal__in', ['', 'clocks_differ', 'clock_behind', 'clock_ahead', 'far_more_due', 'keys_unavailable', 'keys_missing', 'ledger_unavailable', 'ledger_damaged', 'ledger_short', 'database_behind']), models.Q(models.Q(('refusal__gt', ''), ('state', 'refused')), models.Q(('state', 'refused'), _negated=True), _connector='OR')), name='purge_run_refusal_known'),
        ),
        migrations.AddConstraint(
            model_name='purgerun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('state', 'done')), models.Q(('finished_at__isnull', True), ('state__in', ['running', 'refused'])), _connector='OR'), name='purge_run_finished_if_done'),
        ),
        migrations.AddConstraint(
            model_name='purgerun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='purge_run_confirmed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='purgerun',
            constraint=models.UniqueConstraint(models.Value(1), condition=models.Q(('finished_at__isnull', True)), name='purge_run_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='purgecount',
            constraint=models.UniqueConstraint(fields=('run', 'record_type'), name='purge_count_once'),
        ),
    ]
