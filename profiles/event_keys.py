"""SQL that keeps the key of an event to its customer: all new events of a statement at once.

A foreign key asks one question for each event, and locks, and so writes, each customer's row. These
triggers keep the same promise, as those of messages do (docs/decisions/0010): an event names a
customer of its own workspace, who does not go while an event names them.
"""

WAIT = "SELECT pg_advisory_xact_lock(hashtextextended('profiles_event.customer', %s))"
"""The lock of those who erase or delete customers of a workspace, taken before any other."""
SHARE = "pg_advisory_xact_lock_shared(hashtextextended('profiles_event.customer', {}))"
"""Whoever stores what names customers shares it, and asks only then whether they were erased."""

DROP_KEYS = """
DO $$
DECLARE key record;
BEGIN
    FOR key IN SELECT conrelid::regclass AS of, conname AS name FROM pg_constraint
        WHERE conrelid IN ('profiles_event'::regclass, 'profiles_touchedcustomer'::regclass)
          AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.of, key.name);
    END LOOP;
END $$
"""
DROP_STRAY_NOTES = """
DELETE FROM profiles_touchedcustomer t WHERE NOT EXISTS (
    SELECT FROM profiles_customer c WHERE c.tenant_id = t.tenant_id AND c.id = t.customer_id)
"""
MAKE_KEYS = """
ALTER TABLE {table} ADD CONSTRAINT {table}_tenant_id_customer_id_fkey
    FOREIGN KEY (tenant_id, customer_id) REFERENCES profiles_customer (tenant_id, id)
    DEFERRABLE INITIALLY DEFERRED
"""

# With the owner's rights, as PostgreSQL asks for its own keys: each question names the workspace.
HEAD = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
CHECK_NEW = f"""
CREATE FUNCTION profiles_check_new_events() RETURNS trigger {HEAD} SET enable_seqscan = off AS $$
BEGIN
    -- Who deletes a customer of the workspace waits until this is committed.
    PERFORM pg_advisory_xact_lock_shared(
        hashtextextended('profiles_event.customer', named.tenant_id))
    FROM (SELECT DISTINCT tenant_id FROM added) named;
    IF EXISTS (SELECT FROM added a
               WHERE (SELECT true FROM profiles_customer c
                      WHERE c.tenant_id = a.tenant_id AND c.id = a.customer_id) IS NULL)
    THEN
        RAISE foreign_key_violation USING MESSAGE =
            'An event names a customer that its workspace does not have.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER profiles_event_keys AFTER INSERT ON profiles_event
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION profiles_check_new_events();
"""  # noqa: S608 - our own words
CHECK_CHANGED = f"""
CREATE FUNCTION profiles_check_changed_event() RETURNS trigger {HEAD} AS $$
BEGIN
    PERFORM FROM profiles_customer c
        WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.customer_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE =
            'An event names a customer that its workspace does not have.';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER profiles_event_keys_changed
    AFTER UPDATE OF tenant_id, customer_id ON profiles_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.tenant_id, OLD.customer_id) IS DISTINCT FROM (NEW.tenant_id, NEW.customer_id))
    EXECUTE FUNCTION profiles_check_changed_event();
"""
CHECK_GONE = f"""
CREATE FUNCTION profiles_check_events_gone() RETURNS trigger {HEAD} AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('profiles_event.customer', OLD.tenant_id));
    IF EXISTS (SELECT FROM profiles_event e
               WHERE e.tenant_id = OLD.tenant_id AND e.customer_id = OLD.id)
    THEN
        RAISE foreign_key_violation USING MESSAGE = 'Events still name this customer.';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER profiles_event_customer_gone AFTER DELETE ON profiles_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION profiles_check_events_gone();
CREATE CONSTRAINT TRIGGER profiles_event_customer_changed
    AFTER UPDATE OF id, tenant_id ON profiles_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.id, OLD.tenant_id) IS DISTINCT FROM (NEW.id, NEW.tenant_id))
    EXECUTE FUNCTION profiles_check_events_gone();
"""  # noqa: S608 - our own words
DROP_CHECKS = """
DROP TRIGGER profiles_event_customer_changed ON profiles_customer;
DROP TRIGGER profiles_event_customer_gone ON profiles_customer;
DROP TRIGGER profiles_event_keys_changed ON profiles_event;
DROP TRIGGER profiles_event_keys ON profiles_event;
DROP FUNCTION profiles_check_events_gone();
DROP FUNCTION profiles_check_changed_event();
DROP FUNCTION profiles_check_new_events();
"""
