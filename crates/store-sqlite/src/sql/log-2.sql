-- Message log, version 2: what a receiver answered to a failed attempt.

ALTER TABLE delivery ADD COLUMN class TEXT;
ALTER TABLE delivery ADD COLUMN http_status INTEGER;
-- The beginning of its answer.
ALTER TABLE delivery ADD COLUMN excerpt TEXT;
