-- +goose Up
-- Reviewers list the submitted cases of all organizations: by status, by status under one contract, and by program.
CREATE INDEX service_request_all ON service_request (status, modified_at, id) WHERE number IS NOT NULL;
CREATE INDEX service_request_all_contract ON service_request (contract_id, status, modified_at, id) WHERE number IS NOT NULL;
CREATE INDEX service_request_all_program ON service_request (program_id, modified_at, id) WHERE number IS NOT NULL;

-- The queue is counted from its index, without its rows, on each HOME of a reviewer.
DROP INDEX service_request_queue;
CREATE INDEX service_request_queue ON service_request (due_at, id, contract_id, claimed_by, status) WHERE status IN ('submitted', 'pended');
