#!/bin/sh
# The first start of compose.yaml's database: a role without further rights, which owns its database.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$DB_PASSWORD" --username postgres --file /deploy/postgresql.sql
