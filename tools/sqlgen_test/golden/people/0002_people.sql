-- People.
-- ids: PersonId, AccountId
CREATE TABLE people_person (chamber_id ChamberId, id PersonId, name text, PRIMARY KEY (chamber_id, id));
