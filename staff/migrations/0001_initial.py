import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import privacy.dates
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(max_length=100, verbose_name='name in English')),
                ('name_cy', models.CharField(max_length=100, verbose_name='name in Welsh')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
        ),
        migrations.CreateModel(
            name='SignInLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.BinaryField(max_length=32, unique=True)),
                ('tries', models.PositiveIntegerField()),
                ('tried_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'limit of tries to sign in',
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(max_length=150, unique=True, verbose_name='user name')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='work e-mail')),
                ('role', models.CharField(choices=[('adviser', 'Adviser'), ('manager', 'Team manager'), ('administrator', 'Administrator'), ('governance', 'Information governance officer')], max_length=20, verbose_name='role')),
                ('is_active', models.BooleanField(default=True, verbose_name='may sign in')),
                ('is_demonstration', models.BooleanField(default=False, editable=False, verbose_name='demonstration account')),
                ('has_shortcuts', models.BooleanField(default=True, verbose_name='keyboard shortcuts')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('location', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='staff.location', verbose_name='location')),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_repr', models.TextField(verbose_name='object representation')),
                ('serialized_data', models.JSONField(null=True)),
                ('changes', models.JSONField(null=True, verbose_name='change message')),
                ('object_pk', models.CharField(max_length=255)),
                ('object_id', models.BigIntegerField(null=True)),
                ('action', models.PositiveSmallIntegerField(choices=[(0, 'create'), (1, 'update'), (2, 'delete'), (3, 'access')])),
                ('cid', models.CharField(blank=True, max_length=32)),
                ('timestamp', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_on', models.GeneratedField(db_persist=True, expression=privacy.dates.DueDay('timestamp', years=6), output_field=models.DateField())),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('content_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype')),
            ],
            options={
                'verbose_name': 'audit entry',
                'indexes': [models.Index(fields=['content_type', 'object_id'], name='audit_entry_record'), django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['expires_on'], name='audit_entry_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('action__in', [0, 1, 2, 3])), name='audit_entry_action_known')],
            },
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['adviser', 'manager', 'administrator', 'governance'])), name='user_role_known'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='user_username_whatever_case'),
        ),
    ]
