-- The documents: applications with what belongs to them, from the first draft to the archive.
-- ids: DocumentId, AttachmentId, RemarkId, DocumentEventId

-- One row from the first draft to the archive. `state`: draft submitted returned refused withdrawn approved issued replaced cancelled.
-- `issuing` names the step that an approved document stands at: waiting drawn sealed stored failed.
CREATE TABLE documents_document (
    chamber_id ChamberId,
    document_id DocumentId,
    firm_id FirmId,
    type text,
    state text,
    version int,
    body text,
    exporter_name text,
    consignee_name text,
    origin_country text,
    destination_country text,
    reference text,
    search text,
    created_at time,
    created_by AccountId,
    changed_at time,
    submitted_at time,
    submitted_by AccountId,
    locked_by AccountId,
    locked_until time,
    decided_at time,
    decided_by AccountId,
    officer_name text,
    number text,
    number_year int,
    code text,
    issuing text,
    issuing_note text,
    issued_at time,
    pdf_sha256 bytes,
    pdf_size int,
    replaces DocumentId,
    replaced_by DocumentId,
    ended_at time,
    ended_reason text,
    PRIMARY KEY (chamber_id, document_id)
);
CREATE INDEX documents_document_firm ON documents_document (chamber_id, firm_id, changed_at);
CREATE INDEX documents_document_state ON documents_document (chamber_id, state, submitted_at);
CREATE INDEX documents_document_number ON documents_document (chamber_id, number);
CREATE INDEX documents_document_issued ON documents_document (chamber_id, issued_at);

-- The bytes of each revision that was sealed, one per document and revision.
CREATE TABLE documents_revision (
    chamber_id ChamberId,
    document_id DocumentId,
    revision int,
    level text,
    sha256 bytes,
    size int,
    made_at time,
    PRIMARY KEY (chamber_id, document_id, revision)
);

CREATE INDEX documents_revision_sha256 ON documents_revision (chamber_id, sha256);

CREATE TABLE documents_attachment (
    chamber_id ChamberId,
    document_id DocumentId,
    attachment_id AttachmentId,
    kind text,
    name text,
    media_type text,
    size int,
    sha256 bytes,
    added_at time,
    added_by AccountId,
    PRIMARY KEY (chamber_id, document_id, attachment_id)
);

-- An officer's words about one box of one version.
CREATE TABLE documents_remark (
    chamber_id ChamberId,
    document_id DocumentId,
    remark_id RemarkId,
    version int,
    field text,
    words text,
    made_at time,
    made_by AccountId,
    PRIMARY KEY (chamber_id, document_id, remark_id)
);

CREATE TABLE documents_event (
    chamber_id ChamberId,
    document_id DocumentId,
    event_id DocumentEventId,
    at time,
    account_id AccountId,
    person_name text,
    act text,
    words text,
    PRIMARY KEY (chamber_id, document_id, event_id)
);

CREATE VIEW documents_public_document AS
    SELECT chamber_id, document_id, firm_id, state, submitted_at FROM documents_document;
