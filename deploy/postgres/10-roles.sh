#!/bin/sh
# The database and its three roles. The PostgreSQL image runs this once, over an empty data
# folder; it may be run again by hand. Nothing here owns or bypasses more than it must:
# doorstep_owner migrates, doorstep_api serves, doorstep_worker delivers.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" \
    --dbname "${POSTGRES_DB:-postgres}" \
    --set owner_password="${DOORSTEP_OWNER_PASSWORD:?}" \
    --set api_password="${DOORSTEP_API_PASSWORD:?}" \
    --set worker_password="${DOORSTEP_WORKER_PASSWORD:?}" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', wanted)
  FROM unnest(ARRAY['doorstep_owner', 'doorstep_api', 'doorstep_worker']) AS wanted
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) \gexec
ALTER ROLE doorstep_owner PASSWORD :'owner_password';
ALTER ROLE doorstep_api PASSWORD :'api_password';
ALTER ROLE doorstep_worker PASSWORD :'worker_password';
SELECT 'CREATE DATABASE doorstep OWNER doorstep_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'doorstep') \gexec
REVOKE ALL ON DATABASE doorstep FROM PUBLIC;
GRANT CONNECT ON DATABASE doorstep TO doorstep_api, doorstep_worker;
SQL
