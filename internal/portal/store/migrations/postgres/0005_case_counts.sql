-- +goose Up
CREATE TABLE case_count ( -- HOME's figures, kept with each change: counting a hundred thousand rows takes longer than a page may
  organization_id TEXT NOT NULL,
  contract_id     TEXT NOT NULL REFERENCES contract (id),
  status          TEXT NOT NULL,
  n               BIGINT NOT NULL,
  PRIMARY KEY (organization_id, contract_id, status)
);
INSERT INTO case_count (organization_id, contract_id, status, n)
  SELECT organization_id, contract_id, status, COUNT(*) FROM service_request GROUP BY organization_id, contract_id, status;

DROP INDEX service_request_counted;
CREATE INDEX service_request_contract ON service_request (organization_id, contract_id, status, modified_at, id);
