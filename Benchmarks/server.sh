# A private PostgreSQL server for as long as a measurement takes. To be sourced.

# start_server FOLDER: starts one in this empty folder, on a socket there; its address is in `server`. TimescaleDB is
# preloaded where it is installed (FLUX_BENCHMARK_TIMESCALEDB=off: not).
start_server() {
  local initdb share preload='' folder=$1
  initdb=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -1)
  [ -n "$initdb" ] || { note "no PostgreSQL server is installed: scripts/setup installs it"; exit 69; }
  server_programs=${initdb%/initdb}
  server_owner=()
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    server_owner=(setpriv --reuid=postgres --regid=postgres --init-groups --)
  fi
  share=$("$server_programs/pg_config" --sharedir 2>/dev/null || pg_config --sharedir || true)
  if [ "${FLUX_BENCHMARK_TIMESCALEDB:-}" != off ] && [ -e "$share/extension/timescaledb.control" ]; then
    preload=timescaledb
  fi
  server_data=$folder/data
  "${server_owner[@]}" "$server_programs/initdb" -D "$server_data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
    --no-sync >/dev/null
  # As the embedded server is set, with checkpoints out of the way, and nothing that begins on its own.
  "${server_owner[@]}" "$server_programs/pg_ctl" -D "$server_data" -l "$folder/log" -s -w -o "-k $folder -h '' \
    -c shared_buffers=256MB -c max_wal_size=4GB -c random_page_cost=1.1 -c jit=off ${SERVER_SETTINGS:-} \
    -c timescaledb.telemetry_level=off -c shared_preload_libraries='$preload'" start
  server="host=$folder user=postgres dbname=postgres"
}

# stop_server: stops what start_server started, if it did.
stop_server() {
  [ -d "${server_data:-}" ] || return 0
  "${server_owner[@]}" "$server_programs/pg_ctl" -D "$server_data" -s -m immediate stop || true
}
