-- State, version 2: order by key, and doubt.

-- Entries of a place with the same key are taken one after the other. `behind` marks those that are not the first of
-- their key; the triggers keep it, whoever removes or moves an entry.
ALTER TABLE entry ADD COLUMN order_key TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;
-- A request for it may have reached the receiver although no outcome is known.
ALTER TABLE entry ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;

DROP INDEX entry_due;
CREATE INDEX entry_due ON entry (place, due, number, interface) WHERE state = 'waiting' AND behind = 0;
CREATE INDEX entry_order ON entry (place, order_key, number) WHERE order_key <> '';

CREATE TRIGGER entry_order_insert AFTER INSERT ON entry WHEN new.order_key <> '' BEGIN
    UPDATE entry SET behind = 1 WHERE number = new.number AND EXISTS (
        SELECT 1 FROM entry WHERE place = new.place AND order_key = new.order_key AND order_key <> ''
            AND number < new.number);
END;

CREATE TRIGGER entry_order_delete AFTER DELETE ON entry WHEN old.order_key <> '' BEGIN
    UPDATE entry SET behind = 0 WHERE number = (
        SELECT MIN(number) FROM entry WHERE place = old.place AND order_key = old.order_key AND order_key <> '');
END;

CREATE TRIGGER entry_order_move AFTER UPDATE OF place ON entry WHEN new.order_key <> '' BEGIN
    UPDATE entry SET behind = 0 WHERE number = (
        SELECT MIN(number) FROM entry WHERE place = old.place AND order_key = old.order_key AND order_key <> '');
    UPDATE entry SET behind = number > (
        SELECT MIN(number) FROM entry WHERE place = new.place AND order_key = new.order_key AND order_key <> '')
        WHERE place = new.place AND order_key = new.order_key AND order_key <> '';
END;
