"""Check the keys of new messages once for a statement, not once for each row.

A launch writes a million messages by one statement. Three foreign keys asked three million
questions there, which took half of its time. The triggers below keep the same promise, and
`docs/decisions/` says why they may: a message names a mailing, a customer and a text of its own
workspace, and none of these goes while a message names it.
"""

import uuid

from django.db import migrations, models
from django.db.models import deletion

import delivery.models

DROP_KEYS = """
DO $$
DECLARE key record;
BEGIN
    FOR key IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'delivery_message'::regclass AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE delivery_message DROP CONSTRAINT %I', key.conname);
    END LOOP;
END $$
"""
CHECK_NEW = """
CREATE FUNCTION delivery_check_new_messages() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE named record; strangers boolean;
BEGIN
    -- What messages name must stay until this is committed. Mailings and texts are few: their rows
    -- are locked. Customers are many: who deletes one waits for the lock of the workspace instead.
    FOR named IN SELECT DISTINCT tenant_id, mailing_id, content_id FROM added LOOP
        PERFORM FROM delivery_mailing g
            WHERE g.tenant_id = named.tenant_id AND g.id = named.mailing_id FOR KEY SHARE;
        IF FOUND THEN
            PERFORM FROM delivery_content c
                WHERE c.tenant_id = named.tenant_id AND c.id = named.content_id FOR KEY SHARE;
        END IF;
        IF NOT FOUND THEN
            RAISE foreign_key_violation USING MESSAGE =
                'A message names a mailing or a content that its workspace does not have.';
        END IF;
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended('delivery_message.customer', named.tenant_id));
    END LOOP;
    -- EXECUTE: planned for as many rows as there are, not for as many as the first time.
    EXECUTE 'SELECT EXISTS (SELECT FROM added a WHERE NOT EXISTS (SELECT FROM profiles_customer c '
            'WHERE c.tenant_id = a.tenant_id AND c.id = a.customer_id))' INTO strangers;
    IF strangers THEN
        RAISE foreign_key_violation USING MESSAGE =
            'A message names a customer that its workspace does not have.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_message_keys AFTER INSERT ON delivery_message
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION delivery_check_new_messages();
"""
CHECK_CHANGED = """
CREATE FUNCTION delivery_check_changed_message() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM delivery_mailing g
        WHERE g.tenant_id = NEW.tenant_id AND g.id = NEW.mailing_id FOR KEY SHARE;
    IF FOUND THEN
        PERFORM FROM delivery_content c
            WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.content_id FOR KEY SHARE;
    END IF;
    IF FOUND THEN
        PERFORM FROM profiles_customer c
            WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.customer_id FOR KEY SHARE;
    END IF;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE =
            'A message names something that its workspace does not have.';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER delivery_message_keys_changed
    AFTER UPDATE OF tenant_id, mailing_id, customer_id, content_id ON delivery_message
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.tenant_id, OLD.mailing_id, OLD.customer_id, OLD.content_id)
          IS DISTINCT FROM (NEW.tenant_id, NEW.mailing_id, NEW.customer_id, NEW.content_id))
    EXECUTE FUNCTION delivery_check_changed_message();
"""
CHECK_GONE = """
CREATE FUNCTION delivery_check_messages_gone() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE named boolean;
BEGIN
    IF TG_ARGV[0] = 'customer_id' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('delivery_message.customer', OLD.tenant_id));
        named := EXISTS (SELECT FROM delivery_message m
            WHERE m.tenant_id = OLD.tenant_id AND m.customer_id = OLD.id);
    ELSIF TG_ARGV[0] = 'mailing_id' THEN
        named := EXISTS (SELECT FROM delivery_message m
            WHERE m.tenant_id = OLD.tenant_id AND m.mailing_id = OLD.id);
    ELSE
        named := EXISTS (SELECT FROM delivery_message m
            WHERE m.tenant_id = OLD.tenant_id AND m.content_id = OLD.id);
    END IF;
    IF named THEN
        RAISE foreign_key_violation USING MESSAGE =
            format('Messages still name this row of %s.', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
"""
WATCH_GONE = """
CREATE CONSTRAINT TRIGGER delivery_message_{column}_gone AFTER DELETE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION delivery_check_messages_gone('{column}');
CREATE CONSTRAINT TRIGGER delivery_message_{column}_changed AFTER UPDATE OF id, tenant_id ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.id, OLD.tenant_id) IS DISTINCT FROM (NEW.id, NEW.tenant_id))
    EXECUTE FUNCTION delivery_check_messages_gone('{column}');
"""
NAMED = {
    "delivery_mailing": "mailing_id",
    "delivery_content": "content_id",
    "profiles_customer": "customer_id",
}
WATCH = "".join(WATCH_GONE.format(table=table, column=column) for table, column in NAMED.items())


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0006_message_tenant_by_mailing"),
        ("profiles", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(DROP_KEYS),
                migrations.RunSQL(CHECK_NEW),
                migrations.RunSQL(CHECK_CHANGED),
                migrations.RunSQL(CHECK_GONE),
                migrations.RunSQL(WATCH),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="message",
                    name=name,
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=on_delete,
                        related_name=related_name,
                        to=to,
                    ),
                )
                for name, on_delete, related_name, to in (
                    ("mailing", deletion.CASCADE, "messages", "delivery.mailing"),
                    ("customer", deletion.CASCADE, "messages", "profiles.customer"),
                    ("content", deletion.PROTECT, "+", "delivery.content"),
                )
            ],
        ),
        migrations.AlterField(
            model_name="message",
            name="public_id",
            field=models.UUIDField(
                db_default=delivery.models.OrderedUUID(), default=uuid.uuid4, editable=False
            ),
        ),
    ]
