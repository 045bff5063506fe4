-- Somebody who signs in through single sign-on and whose groups have no role any more is no member from then on, and is one
-- again as soon as they have. Without this mark they were removed by a person, and come back by an invitation only.
alter table accounts add column left_at timestamptz;
