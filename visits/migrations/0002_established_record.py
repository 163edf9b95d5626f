from django.db import migrations

CREATE = """
CREATE SEQUENCE visits_reference AS bigint;

-- A closed enquiry is the established record: whoever writes to the table, its words and facts stay. Sealing it anew
-- for a later day (a hold) changes sealed_until and every ciphertext, so that alone lets the sealed columns change.
CREATE FUNCTION visits_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL AND (
        (NEW.service_id, NEW.topic_id, NEW.source, NEW.on_behalf, NEW.authority_seen, NEW.legal_basis, NEW.channel,
         NEW.outcome, NEW.referred_to_id, NEW.contact_on, NEW.started_at, NEW.ended_at, NEW.logged_at, NEW.adviser_id,
         NEW.closed_by_id, NEW.reference, NEW.submission)
        IS DISTINCT FROM
        (OLD.service_id, OLD.topic_id, OLD.source, OLD.on_behalf, OLD.authority_seen, OLD.legal_basis, OLD.channel,
         OLD.outcome, OLD.referred_to_id, OLD.contact_on, OLD.started_at, OLD.ended_at, OLD.logged_at, OLD.adviser_id,
         OLD.closed_by_id, OLD.reference, OLD.submission)
        OR NEW.sealed_until = OLD.sealed_until AND
        (NEW.caller_name, NEW.source_name, NEW.summary, NEW.narrative)
        IS DISTINCT FROM
        (OLD.caller_name, OLD.source_name, OLD.summary, OLD.narrative)
    ) THEN
        RAISE EXCEPTION 'a closed enquiry is never rewritten' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER visits_established_record BEFORE UPDATE ON visits_enquiry
    FOR EACH ROW EXECUTE FUNCTION visits_refuse_rewriting();

CREATE FUNCTION visits_refuse_amending_amendments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.enquiry_id, NEW.added_at, NEW.added_by_id, NEW.submission)
        IS DISTINCT FROM (OLD.enquiry_id, OLD.added_at, OLD.added_by_id, OLD.submission)
        OR NEW.sealed_until = OLD.sealed_until AND NEW.text IS DISTINCT FROM OLD.text
    THEN
        RAISE EXCEPTION 'an amendment is never rewritten' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER visits_established_amendment BEFORE UPDATE ON visits_amendment
    FOR EACH ROW EXECUTE FUNCTION visits_refuse_amending_amendments();
"""

DROP = """
DROP TRIGGER visits_established_amendment ON visits_amendment;
DROP FUNCTION visits_refuse_amending_amendments();
DROP TRIGGER visits_established_record ON visits_enquiry;
DROP FUNCTION visits_refuse_rewriting();
DROP SEQUENCE visits_reference;
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
