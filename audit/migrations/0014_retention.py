"""Expired events are removed, by one function and only together with an event that records it (decision 0091).

A trigger makes every other DELETE fail, for the owner too. Whatever the retention period is, events of the last 30 days
stay. What records a recovery stays as well: without it, the lost checkpoints would look like tampering.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION audit_refuse_unless_expired() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    organization uuid;
    first_place bigint;
    end_place bigint;
    is_refused boolean := true;
BEGIN
    SELECT organization_id, (facts ->> 'first')::bigint, (facts ->> 'until')::bigint
    INTO organization, first_place, end_place FROM public.audit_auditevent
    WHERE transaction_id = pg_current_xact_id() AND action = 'log.expired'
    ORDER BY id DESC LIMIT 1;
    IF FOUND AND TG_TABLE_NAME = 'audit_auditevent' THEN
        SELECT EXISTS (SELECT FROM removed LEFT JOIN public.audit_leaf AS leaf ON leaf.event_id = removed.id
            WHERE removed.action = 'log.recovered' OR removed.created_at > now() - interval '30 days'
            OR (removed.organization_id = organization AND leaf.position >= first_place
                AND leaf.position < end_place) IS NOT TRUE)
        INTO is_refused;
    ELSIF FOUND THEN
        SELECT EXISTS (SELECT FROM removed LEFT JOIN public.audit_leaf AS leaf ON leaf.event_id = removed.event_id
            LEFT JOIN public.audit_auditevent AS event ON event.id = removed.event_id
            WHERE event.id IS NOT NULL OR (removed.organization_id = organization AND leaf.position >= first_place
                AND leaf.position < end_place) IS NOT TRUE)
        INTO is_refused;
    END IF;
    IF is_refused THEN
        RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER append_only ON audit_auditevent;
CREATE TRIGGER append_only BEFORE UPDATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER expired_only AFTER DELETE ON audit_auditevent REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_unless_expired();
DROP TRIGGER append_only ON audit_personal;
CREATE TRIGGER expired_only AFTER DELETE ON audit_personal REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_unless_expired();
"""
ALLOW = """
DROP TRIGGER expired_only ON audit_auditevent;
DROP TRIGGER append_only ON audit_auditevent;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
DROP TRIGGER expired_only ON audit_personal;
CREATE TRIGGER append_only BEFORE DELETE ON audit_personal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
DROP FUNCTION audit_refuse_unless_expired();
"""
# Takes the range from the event that this transaction has recorded; returns how many events it removed.
REMOVE = """
CREATE FUNCTION audit_remove_expired(organization uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_place bigint;
    end_place bigint;
    days integer;
    is_held boolean;
    number bigint;
BEGIN
    SELECT (facts ->> 'first')::bigint, (facts ->> 'until')::bigint INTO first_place, end_place
    FROM public.audit_auditevent
    WHERE transaction_id = pg_current_xact_id() AND organization_id = organization AND action = 'log.expired'
    ORDER BY id DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no event of this transaction records the removal' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT GREATEST(audit_retention_days, 30), audit_hold INTO days, is_held
    FROM public.controlhub_organization WHERE id = organization FOR NO KEY UPDATE;
    IF NOT FOUND OR is_held THEN
        RAISE EXCEPTION 'the audit log of % is held', organization USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT EXISTS (SELECT FROM public.audit_checkpoint WHERE organization_id = organization AND size = end_place)
        OR EXISTS (SELECT FROM public.audit_leaf AS leaf JOIN public.audit_auditevent AS event ON event.id = leaf.event_id
            WHERE leaf.organization_id = organization AND leaf.position >= first_place AND leaf.position < end_place
            AND event.action <> 'log.recovered' AND event.created_at > now() - make_interval(days => days))
    THEN
        RAISE EXCEPTION 'these events have not expired' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.audit_auditevent AS event USING public.audit_leaf AS leaf
    WHERE leaf.organization_id = organization AND leaf.position >= first_place AND leaf.position < end_place
    AND event.id = leaf.event_id AND event.organization_id = organization AND event.action <> 'log.recovered';
    GET DIAGNOSTICS number = ROW_COUNT;
    DELETE FROM public.audit_personal AS personal USING public.audit_leaf AS leaf
    WHERE leaf.organization_id = organization AND leaf.position >= first_place AND leaf.position < end_place
    AND personal.event_id = leaf.event_id AND personal.organization_id = organization
    AND NOT EXISTS (SELECT FROM public.audit_auditevent AS event WHERE event.id = leaf.event_id);
    RETURN number;
END $$;
REVOKE ALL ON FUNCTION audit_remove_expired(uuid) FROM PUBLIC;
"""
NO_REMOVE = "DROP FUNCTION audit_remove_expired(uuid);"


class Migration(migrations.Migration):
    dependencies = [("audit", "0019_cosignatures"), ("controlhub", "0082_audit_retention")]
    operations = [migrations.RunSQL(REFUSE, ALLOW), migrations.RunSQL(REMOVE, NO_REMOVE)]
