-- +goose Up
CREATE TABLE pulse ( -- how sign-ins go, by half minute and replica
  at        BIGINT NOT NULL,
  replica   TEXT NOT NULL,
  failures  BIGINT NOT NULL,
  completed BIGINT NOT NULL,
  PRIMARY KEY (at, replica)
);

CREATE TABLE known_network ( -- where sign-ins were completed
  k       BYTEA PRIMARY KEY, -- keyed hash
  seen_at BIGINT NOT NULL
);
