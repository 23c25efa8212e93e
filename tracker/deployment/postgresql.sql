-- Two users of PostgreSQL: @{owner} owns the tables and upgrades them, @{server} serves and can neither drop nor change one.
-- Once, as PostgreSQL's own administrator:  sudo -u postgres psql -f postgresql.sql
-- Then choose a password for each, in psql:  \password @{owner}   \password @{server}
-- What each may do with which table, `tracker init` and `tracker db upgrade` say, each time.
CREATE ROLE @{owner} LOGIN;
CREATE ROLE @{server} LOGIN;
CREATE DATABASE @{database} OWNER @{owner};
\connect @{database}
REVOKE ALL ON DATABASE @{database} FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE @{database} TO @{server};
GRANT USAGE, CREATE ON SCHEMA public TO @{owner};
GRANT USAGE ON SCHEMA public TO @{server};
-- Where the database is there already and @{server} owns it, in place of the three lines that begin with CREATE:
--   CREATE ROLE @{owner} LOGIN;  ALTER DATABASE @{database} OWNER TO @{owner};  GRANT @{owner} TO @{server};
--   then in it:  REASSIGN OWNED BY @{server} TO @{owner};  REVOKE @{owner} FROM @{server};
-- Settings of the tracker, the second for `tracker db upgrade` and `tracker init` alone, not for what serves:
--   TRACKER_DATABASE_URL=postgresql+psycopg://@{server}:PASSWORD@@localhost/@{database}
--   TRACKER_DATABASE_OWNER_URL=postgresql+psycopg://@{owner}:PASSWORD@@localhost/@{database}
