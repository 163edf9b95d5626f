import django.db.models.deletion
import django.db.models.functions.datetime
import privacy.references
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
        ('services', '0001_initial'),
        ('staff', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_on', retention.models.retained.DueDateField(db_index=True, editable=False)),
                ('sealed_until', retention.models.retained.SealDayField(editable=False)),
                ('seal_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('is_canary', models.BooleanField(db_default=False, default=False, editable=False)),
                ('reference', privacy.references.ReferenceField(prefix='CUS')),
                ('family_name', privacy.sealed.SealedTextField(blank=True, max_length=100, verbose_name='family name')),
                ('given_names', privacy.sealed.SealedTextField(blank=True, max_length=100, verbose_name='given names')),
                ('born_on', privacy.sealed.SealedDateField(blank=True, null=True, verbose_name='date of birth')),
                ('national_insurance_number', privacy.sealed.SealedTextField(blank=True, max_length=9, verbose_name='National Insurance number')),
                ('address', privacy.sealed.SealedTextField(blank=True, max_length=300, verbose_name='address')),
                ('postcode', privacy.sealed.SealedTextField(blank=True, max_length=8, verbose_name='postcode')),
                ('phone', privacy.sealed.SealedTextField(blank=True, max_length=30, verbose_name='telephone')),
                ('other_phone', privacy.sealed.SealedTextField(blank=True, max_length=30, verbose_name='other telephone')),
                ('email', privacy.sealed.SealedTextField(blank=True, max_length=254, verbose_name='e-mail')),
                ('language', models.CharField(blank=True, choices=[('en', 'English'), ('cy', 'Welsh'), ('other', 'Another language')], max_length=5, verbose_name='language')),
                ('last_contact_on', models.DateField(editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_by', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hold', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='retention.hold', verbose_name='hold')),
            ],
            options={
                'verbose_name': 'customer',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Enquiry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_on', retention.models.retained.DueDateField(db_index=True, editable=False)),
                ('sealed_until', retention.models.retained.SealDayField(editable=False)),
                ('seal_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('is_canary', models.BooleanField(db_default=False, default=False, editable=False)),
                ('reference', privacy.references.ReferenceField(prefix='ENQ')),
                ('caller_name', privacy.sealed.SealedTextField(blank=True, max_length=200, verbose_name='name')),
                ('source', models.CharField(choices=[('self', 'The person'), ('public', 'A member of the public'), ('councillor', 'A councillor for a constituent'), ('officer', 'A council officer or service'), ('organisation', 'Another organisation')], default='self', max_length=20, verbose_name='source')),
                ('source_name', privacy.sealed.SealedTextField(blank=True, max_length=200, verbose_name='name of the source')),
                ('on_behalf', models.CharField(blank=True, choices=[('parent', 'Parent'), ('child', 'Son or daughter'), ('partner', 'Partner'), ('relative', 'Another relative'), ('friend', 'Friend or neighbour'), ('carer', 'Carer'), ('advocate', 'Advocate or support worker'), ('landlord', 'Landlord'), ('solicitor', 'Solicitor'), ('other', 'Someone else')], max_length=20, verbose_name='on behalf of the customer')),
                ('authority_seen', models.CharField(blank=True, choices=[('present', 'The person was there and agreed'), ('written', 'Written consent'), ('verbal', 'Consent by telephone'), ('appointee', 'Appointee for benefits'), ('attorney', 'Power of attorney or deputy'), ('none', 'None seen')], max_length=20, verbose_name='authority seen')),
                ('legal_basis', models.CharField(choices=[('legal_obligation', 'Legal obligation'), ('public_task', 'Public task')], max_length=20, verbose_name='legal basis')),
                ('channel', models.CharField(choices=[('walk_in', 'Walk-in'), ('booked', 'Booked')], default='walk_in', max_length=10, verbose_name='walk-in or booked')),
                ('summary', privacy.sealed.SealedTextField(blank=True, max_length=200, verbose_name='summary')),
                ('narrative', privacy.sealed.SealedTextField(blank=True, max_length=20000, verbose_name='what was said')),
                ('outcome', models.CharField(choices=[('resolved', 'Resolved at first contact'), ('signposted', 'Signposted'), ('referred', 'Referred to a service'), ('appointment', 'Appointment needed'), ('open', 'Left open')], default='resolved', max_length=20, verbose_name='outcome')),
                ('language_offered', models.BooleanField(default=True, verbose_name='language choice offered')),
                ('language_chosen', models.CharField(blank=True, choices=[('en', 'English'), ('cy', 'Welsh'), ('other', 'Another language')], max_length=5, verbose_name='language chosen')),
                ('language_served', models.CharField(blank=True, choices=[('en', 'English'), ('cy', 'Welsh'), ('other', 'Another language')], max_length=5, verbose_name='language served')),
                ('contact_on', models.DateField(editable=False)),
                ('started_at', models.DateTimeField(editable=False, verbose_name='started')),
                ('ended_at', models.DateTimeField(editable=False, null=True, verbose_name='ended')),
                ('logged_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('adviser', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='adviser')),
                ('closed_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='enquiries', to='visits.customer')),
                ('hold', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='retention.hold', verbose_name='hold')),
                ('location', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.location')),
                ('owner', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='with')),
                ('referred_to', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.service', verbose_name='referred to')),
                ('service', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.service', verbose_name='service')),
                ('topic', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.topic', verbose_name='topic')),
            ],
            options={
                'verbose_name': 'enquiry',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='EnquiryEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_on', retention.models.retained.DueDateField(db_index=True, editable=False)),
                ('sealed_until', retention.models.retained.SealDayField(editable=False)),
                ('seal_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('is_canary', models.BooleanField(db_default=False, default=False, editable=False)),
                ('kind', models.CharField(choices=[('note', 'Note'), ('closing', 'Closing words'), ('amendment', 'Added later'), ('attached', 'Customer attached'), ('moved', 'Moved to another customer'), ('taken_back', 'Taken back'), ('handed_over', 'Handed over')], editable=False, max_length=20, verbose_name='kind of entry')),
                ('text', privacy.sealed.SealedTextField(blank=True, max_length=20000, verbose_name='addition')),
                ('customer_was', models.BigIntegerField(editable=False, null=True)),
                ('customer_is', models.BigIntegerField(editable=False, null=True)),
                ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('added_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('enquiry', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='visits.enquiry')),
                ('handed_to', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hold', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='retention.hold', verbose_name='hold')),
            ],
            options={
                'verbose_name': 'enquiry entry',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=12)),
                ('seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'open page',
            },
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('hold__isnull', False)), fields=['hold'], name='customer_held'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('sealed_until__gte', models.F('expires_on'))), name='customer_sealed_until_due'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('hold__isnull', False), ('is_canary', True), _negated=True), name='customer_canary_not_held'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=retention.constraints.FixedSealId(name='customer_seal_id'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('language__in', ['en', 'cy', 'other', ''])), name='customer_language_known'),
        ),
        migrations.AddIndex(
            model_name='enquiry',
            index=models.Index(condition=models.Q(('hold__isnull', False)), fields=['hold'], name='enquiry_held'),
        ),
        migrations.AddIndex(
            model_name='enquiry',
            index=models.Index(fields=['customer', '-started_at'], name='enquiry_by_customer'),
        ),
        migrations.AddIndex(
            model_name='enquiry',
            index=models.Index(fields=['adviser', 'contact_on', '-started_at'], name='enquiry_by_adviser'),
        ),
        migrations.AddIndex(
            model_name='enquiry',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['service', 'started_at'], name='enquiry_open_by_service'),
        ),
        migrations.AddIndex(
            model_name='enquiry',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['owner', '-started_at'], name='enquiry_open_by_owner'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('sealed_until__gte', models.F('expires_on'))), name='enquiry_sealed_until_due'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('hold__isnull', False), ('is_canary', True), _negated=True), name='enquiry_canary_not_held'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=retention.constraints.FixedSealId(name='enquiry_seal_id'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=retention.constraints.Established(established='OLD.ended_at IS NOT NULL', may_change=['hold', 'sealed_until', 'customer'], may_fill=[], name='enquiry_established'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=retention.constraints.ChangedWithEntry(column='customer', entries='visits_enquiryentry', key='enquiry_id', name='enquiry_changed_with_entry', now='customer_is', was='customer_was'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['self', 'public', 'councillor', 'officer', 'organisation'])), name='enquiry_source_known'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('legal_basis__in', ['legal_obligation', 'public_task'])), name='enquiry_legal_basis_known'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['walk_in', 'booked'])), name='enquiry_channel_known'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['resolved', 'signposted', 'referred', 'appointment', 'open'])), name='enquiry_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('on_behalf__in', ['parent', 'child', 'partner', 'relative', 'friend', 'carer', 'advocate', 'landlord', 'solicitor', 'other', ''])), name='enquiry_on_behalf_known'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('authority_seen__in', ['present', 'written', 'verbal', 'appointee', 'attorney', 'none', ''])), name='enquiry_authority_seen_known'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('language_chosen__in', ['en', 'cy', 'other', ''])), name='enquiry_language_chosen_known'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('language_served__in', ['en', 'cy', 'other', ''])), name='enquiry_language_served_known'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('contact_on', models.Func(models.Func(models.Value('Europe/London'), models.F('started_at'), function='timezone'), output_field=models.DateField(), template='(%(expressions)s)::date'))), name='enquiry_contact_on_london_day'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_by__isnull', True), ('ended_at__isnull', True), ('outcome', 'open')), models.Q(models.Q(('outcome', 'open'), _negated=True), ('closed_by__isnull', False), ('ended_at__isnull', False)), _connector='OR'), name='enquiry_open_until_ended'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='enquiry_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'referred'), _negated=True), ('referred_to__isnull', False), _connector='OR'), name='enquiry_referred_somewhere'),
        ),
        migrations.AddIndex(
            model_name='enquiryentry',
            index=models.Index(condition=models.Q(('hold__isnull', False)), fields=['hold'], name='enquiryentry_held'),
        ),
        migrations.AddConstraint(
            model_name='enquiryentry',
            constraint=models.CheckConstraint(condition=models.Q(('sealed_until__gte', models.F('expires_on'))), name='enquiryentry_sealed_until_due'),
        ),
        migrations.AddConstraint(
            model_name='enquiryentry',
            constraint=models.CheckConstraint(condition=models.Q(('hold__isnull', False), ('is_canary', True), _negated=True), name='enquiryentry_canary_not_held'),
        ),
        migrations.AddConstraint(
            model_name='enquiryentry',
            constraint=retention.constraints.FixedSealId(name='enquiryentry_seal_id'),
        ),
        migrations.AddConstraint(
            model_name='enquiryentry',
            constraint=retention.constraints.Established(established='', may_change=['hold', 'sealed_until'], may_fill=[], name='enquiryentry_established'),
        ),
        migrations.AddConstraint(
            model_name='enquiryentry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['note', 'closing', 'amendment', 'attached', 'moved', 'taken_back', 'handed_over'])), name='enquiryentry_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='enquiryentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('customer_is__isnull', False), ('customer_was__isnull', True), ('kind', 'attached')), models.Q(('customer_is__isnull', False), ('customer_was__isnull', False), ('kind', 'moved')), models.Q(('customer_was__isnull', False), ('kind', 'taken_back')), models.Q(models.Q(('kind__in', ('attached', 'moved', 'taken_back')), _negated=True), ('customer_is__isnull', True), ('customer_was__isnull', True)), _connector='OR'), name='enquiryentry_customers_as_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='enquiryentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('handed_to__isnull', False), ('kind', 'handed_over')), models.Q(models.Q(('kind', 'handed_over'), _negated=True), ('handed_to__isnull', True)), _connector='OR'), name='enquiryentry_handed_to_somebody'),
        ),
        migrations.AddConstraint(
            model_name='presence',
            constraint=models.UniqueConstraint(fields=('reference', 'by'), name='presence_once_a_person'),
        ),
    ]
