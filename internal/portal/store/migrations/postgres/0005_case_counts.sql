-- +goose Up
CREATE TABLE case_count ( -- HOME's figures and the reports', kept with each change: counting a hundred thousand rows takes longer than a page may
  organization_id TEXT NOT NULL,
  contract_id     TEXT NOT NULL REFERENCES contract (id),
  status          TEXT NOT NULL,
  case_type       TEXT NOT NULL, -- empty: not chosen yet
  n               BIGINT NOT NULL,
  PRIMARY KEY (organization_id, contract_id, status, case_type)
);
INSERT INTO case_count (organization_id, contract_id, status, case_type, n)
  SELECT organization_id, contract_id, status, case_type, COUNT(*) FROM service_request GROUP BY organization_id, contract_id, status, case_type;

DROP INDEX service_request_counted;
CREATE INDEX service_request_contract ON service_request (organization_id, contract_id, status, modified_at, id);
