"""Constraints of retained models that no CHECK can state: triggers, declared in `Meta` and made by migrations.

Both need the functions that the first migration of this app makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BaseConstraint

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

-- Arguments: a column, the table of entries, the key in it to this row, and its columns for before and after.
CREATE FUNCTION retention_need_an_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_told boolean;
BEGIN
    EXECUTE format(
        'SELECT %1$I IS NOT DISTINCT FROM $2 AND %2$I IS NOT DISTINCT FROM $3 FROM %3$I'
        ' WHERE %4$I = $1 AND %1$I IS DISTINCT FROM %2$I ORDER BY id DESC LIMIT 1',
        TG_ARGV[3], TG_ARGV[4], TG_ARGV[1], TG_ARGV[2]
    ) INTO is_told
    USING OLD.id, (to_jsonb(OLD) ->> TG_ARGV[0])::bigint, (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    IF is_told IS NOT TRUE THEN
        RAISE EXCEPTION '%: % changes only together with an entry', TG_TABLE_NAME, TG_ARGV[0]
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
DROP_FUNCTIONS = (
    "DROP FUNCTION retention_need_an_entry(); DROP FUNCTION retention_keep_established();"
    " DROP FUNCTION retention_refuse();"
)


class Trigger(BaseConstraint):
    """A BEFORE UPDATE trigger on the model's table, under the constraint's name."""

    event = "UPDATE"

    def when(self) -> str:
        """SQL over OLD and NEW that says for which rows the function is called; empty for all."""
        raise NotImplementedError

    def function(self, model: Any) -> str:
        """The function to call, with its arguments."""
        raise NotImplementedError

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        table, name = map(schema_editor.quote_name, (model._meta.db_table, self.name))
        when = f" WHEN ({self.when()})" if self.when() else ""
        return (
            f"CREATE TRIGGER {name} BEFORE {self.event} ON {table} FOR EACH ROW{when}"
            f" EXECUTE FUNCTION {self.function(model)}"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        table, name = map(schema_editor.quote_name, (model._meta.db_table, self.name))
        return f"DROP TRIGGER {name} ON {table}"

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Nothing inside CREATE TABLE: the trigger is made after it."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Left to the database."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trigger) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)


class FixedSealId(Trigger):
    """Refuse every change of `seal_id`, so that a row cannot take on what was sealed for another."""

    event = "UPDATE OF seal_id"

    def when(self) -> str:
        return "OLD.seal_id IS DISTINCT FROM NEW.seal_id"

    def function(self, model: Any) -> str:
        return "retention_refuse('seal_id')"


class Established(Trigger):
    """Refuse every change of an established record but of the fields that are named.

    `established` is SQL over OLD that says whether a row is established (always, if empty). Fields of `may_change` may
    change, those of `may_fill` once from NULL. Sealed columns may change only with `sealed_until`, and keep their
    lengths. A column added later is protected without being named.
    """

    def __init__(
        self,
        *,
        name: str = "%(class)s_established",
        established: str = "",
        may_change: Sequence[str] = (),
        may_fill: Sequence[str] = (),
    ) -> None:
        super().__init__(name=name)
        self.established, self.may_change, self.may_fill = established, list(may_change), list(may_fill)

    def when(self) -> str:
        return self.established

    def function(self, model: Any) -> str:
        columns = [
            "{" + ",".join(model._meta.get_field(name).column for name in names) + "}"
            for names in (self.may_change, self.may_fill)
        ]
        return f"retention_keep_established('{columns[0]}', '{columns[1]}')"

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        more = {"established": self.established, "may_change": self.may_change, "may_fill": self.may_fill}
        return path, args, kwargs | more


class ChangedWithEntry(Trigger):
    """Refuse every change of a key unless the newest entry about it says from which record to which.

    `column` is the key's field. `entries` is the table of the entries, `key` its column with this row's number, and
    `was` and `now` those with the numbers of before and after; entries in which they are the same are about other
    things. Entries must themselves be `Established`.
    """

    def __init__(
        self, *, name: str = "%(class)s_changed_with_entry", column: str, entries: str, key: str, was: str, now: str
    ) -> None:
        super().__init__(name=name)
        self.column, self.entries, self.key, self.was, self.now = column, entries, key, was, now

    def when(self) -> str:
        return f"OLD.{self.column}_id IS DISTINCT FROM NEW.{self.column}_id"

    def function(self, model: Any) -> str:
        given = "', '".join((f"{self.column}_id", self.entries, self.key, self.was, self.now))
        return f"retention_need_an_entry('{given}')"

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        more = {"column": self.column, "entries": self.entries, "key": self.key, "was": self.was, "now": self.now}
        return path, args, kwargs | more
