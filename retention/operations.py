"""Migration operations: rules on the rows of retained models that hold whoever writes to the table.

Both need the functions of `retention/migrations/0002_functions.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations.base import Operation, OperationCategory

FUNCTIONS = """
CREATE FUNCTION retention_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % never changes', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END $$;

-- Arguments: the columns that may change, and those that may be filled once, as text arrays.
CREATE FUNCTION retention_keep_established() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := TG_ARGV[0]::text[];
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
    name text;
BEGIN
    FOREACH name IN ARRAY TG_ARGV[1]::text[] LOOP
        IF before -> name = 'null' THEN free := free || name; END IF;
    END LOOP;
    -- Sealing anew for another day changes every ciphertext and no length: what is empty stays empty.
    IF before -> 'sealed_until' IS DISTINCT FROM after -> 'sealed_until' THEN
        FOR name IN SELECT attname FROM pg_attribute
            WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND atttypid = 'bytea'::regtype
        LOOP
            IF length(before ->> name) IS NOT DISTINCT FROM length(after ->> name) THEN free := free || name; END IF;
        END LOOP;
    END IF;
    IF before - free IS DISTINCT FROM after - free THEN
        RAISE EXCEPTION '%: an established record is never rewritten', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
DROP_FUNCTIONS = "DROP FUNCTION retention_keep_established(); DROP FUNCTION retention_refuse();"


class _Trigger(Operation):
    """A BEFORE UPDATE trigger on the table of one model."""

    reversible = True
    category = OperationCategory.SQL
    suffix = ""

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing of the models changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(self.create(model, schema_editor.quote_name(model._meta.db_table)))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(f"DROP TRIGGER {table}_{self.suffix} ON {schema_editor.quote_name(table)}")

    def create(self, model: Any, table: str) -> str:
        """The statement that makes the trigger."""
        raise NotImplementedError


class FixedSealId(_Trigger):
    """Refuse every change of `seal_id`, so that a row cannot take on what was sealed for another."""

    suffix = "seal_id"

    def create(self, model: Any, table: str) -> str:
        return (
            f"CREATE TRIGGER {model._meta.db_table}_{self.suffix} BEFORE UPDATE OF seal_id ON {table} FOR EACH ROW"
            " WHEN (OLD.seal_id IS DISTINCT FROM NEW.seal_id) EXECUTE FUNCTION retention_refuse('seal_id')"
        )

    def describe(self) -> str:
        return f"Refuse changes of the seal_id of {self.model_name}"


class Established(_Trigger):
    """Refuse every change of an established record but of the fields that are named.

    `when` is SQL over OLD that says whether a row is established (always, if empty). Fields of `may_change` may change,
    those of `may_fill` once from NULL. Sealed columns may change only with `sealed_until`, and keep their lengths. A
    column added later is protected without being named.
    """

    suffix = "established"

    def __init__(
        self, model_name: str, *, when: str = "", may_change: Sequence[str] = (), may_fill: Sequence[str] = ()
    ) -> None:
        super().__init__(model_name)
        self.when, self.may_change, self.may_fill = when, may_change, may_fill

    def create(self, model: Any, table: str) -> str:
        columns = [
            "{" + ",".join(model._meta.get_field(name).column for name in names) + "}"
            for names in (self.may_change, self.may_fill)
        ]
        condition = f"WHEN ({self.when}) " if self.when else ""
        return (
            f"CREATE TRIGGER {model._meta.db_table}_{self.suffix} BEFORE UPDATE ON {table} FOR EACH ROW {condition}"
            f"EXECUTE FUNCTION retention_keep_established('{columns[0]}', '{columns[1]}')"
        )

    def describe(self) -> str:
        return f"Protect established records of {self.model_name}"
