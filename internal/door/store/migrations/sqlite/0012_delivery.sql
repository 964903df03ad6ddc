-- +goose Up
ALTER TABLE outbox ADD COLUMN carrier TEXT NOT NULL DEFAULT '';    -- that accepted it
ALTER TABLE outbox ADD COLUMN ref TEXT NOT NULL DEFAULT '';        -- the carrier's own name for it
ALTER TABLE outbox ADD COLUMN tried TEXT NOT NULL DEFAULT '';      -- carriers that accepted it and did not deliver it, space-separated
ALTER TABLE outbox ADD COLUMN receipt TEXT NOT NULL DEFAULT '';    -- what the carrier said became of it: delivered, undelivered, unreachable
ALTER TABLE outbox ADD COLUMN reason TEXT NOT NULL DEFAULT '';     -- the carrier's code
CREATE INDEX outbox_ref ON outbox (ref) WHERE ref <> '';
CREATE INDEX outbox_kept ON outbox (expires_at) WHERE done_at > 0 AND payload IS NOT NULL; -- until a receipt can't matter any more

ALTER TABLE challenge ADD COLUMN carrier TEXT NOT NULL DEFAULT '';
ALTER TABLE challenge ADD COLUMN country TEXT NOT NULL DEFAULT ''; -- of the number: region (ISO 3166)
ALTER TABLE challenge ADD COLUMN receipt TEXT NOT NULL DEFAULT ''; -- as in outbox; again: another carrier is tried

CREATE TABLE delivery_count ( -- how carriers do, by two minutes and replica
  at             BIGINT NOT NULL,
  replica        TEXT NOT NULL,
  channel        TEXT NOT NULL,
  carrier        TEXT NOT NULL,
  country        TEXT NOT NULL,
  sent           BIGINT NOT NULL,
  failed         BIGINT NOT NULL,
  unknown        BIGINT NOT NULL,
  delivered      BIGINT NOT NULL,
  undelivered    BIGINT NOT NULL,
  codes          BIGINT NOT NULL, -- of those sent
  used           BIGINT NOT NULL, -- of the codes
  strange        BIGINT NOT NULL, -- codes to numbers that nobody had proven
  strange_used   BIGINT NOT NULL,
  segments       BIGINT NOT NULL,
  cost           BIGINT NOT NULL, -- millionths of the currency
  PRIMARY KEY (at, channel, carrier, country, replica)
);

CREATE TABLE budget ( -- what the replicas have taken of a day's budget
  day    TEXT NOT NULL, -- 2026-11-25, UTC
  k      TEXT NOT NULL,
  leased BIGINT NOT NULL,
  PRIMARY KEY (day, k)
);
