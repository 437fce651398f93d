-- State, version 3: how deliveries ended, and what else than its message a parked delivery belongs to.

-- `delivered` or `cancelled`: of all deliveries of the part.
ALTER TABLE delivered ADD COLUMN outcome TEXT NOT NULL DEFAULT 'delivered'
    CHECK (outcome IN ('delivered', 'cancelled'));

-- Under which id the outcome of a parked delivery is recorded, where it is not its message's: that of the data store
-- entry which a run picked.
ALTER TABLE entry ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE INDEX entry_origin ON entry (origin) WHERE origin <> '';
