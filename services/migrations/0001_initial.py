import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name_en', models.CharField(max_length=100, verbose_name='name in English')),
                ('name_cy', models.CharField(max_length=100, verbose_name='name in Welsh')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('legal_basis', models.CharField(choices=[('legal_obligation', 'Legal obligation'), ('public_task', 'Public task')], max_length=20, verbose_name='usual legal basis')),
            ],
            options={
                'verbose_name': 'service',
                'constraints': [models.CheckConstraint(condition=models.Q(('legal_basis__in', ['legal_obligation', 'public_task'])), name='service_legal_basis_known')],
            },
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name_en', models.CharField(max_length=100, verbose_name='name in English')),
                ('name_cy', models.CharField(max_length=100, verbose_name='name in Welsh')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('words', models.TextField(blank=True, verbose_name='other words for it')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='services.service')),
            ],
            options={
                'verbose_name': 'topic',
            },
        ),
    ]
