#!/usr/bin/env bash
# Installs the servers that tests of stores and of examples use where they are found, in .cache/servers, and prints the variables that name them:
# eval "$(bash scripts/store_servers.sh)". What cannot be installed within the time is left out, with a notice.
set -uo pipefail
cd "$(dirname "$0")/.."

folder=$PWD/.cache/servers
mkdir -p "$folder"

# install VARIABLE FILE COMMAND…: runs the command unless the file is there.
install() {
  local variable=$1 file=$2
  shift 2
  if [[ -z "${!variable:-}" && ! -x $file ]]; then
    timeout 300 "$@" >"$folder/$variable.log" 2>&1 || true
  fi
  if [[ -n "${!variable:-}" ]]; then echo "export $variable='${!variable}'"
  elif [[ -x $file ]]; then echo "export $variable='$file'"
  else echo "Notice: ${file##*/} could not be installed; its tests are skipped" >&2
  fi
}

install PARQUET_EXT_VERSITYGW "$folder/versitygw" \
  env GOBIN="$folder" go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 &
install PARQUET_EXT_FAKE_GCS "$folder/fake-gcs-server" \
  env GOBIN="$folder" go install github.com/fsouza/fake-gcs-server@v1.56.1 &
install PARQUET_EXT_MOTO "$folder/python/bin/moto_server" \
  bash -c "python3 -m venv '$folder/python' && '$folder/python/bin/pip' install --quiet 'moto[server]'" &
# The name that is looked for is there when the package is.
install PARQUET_EXT_DELTALAKE "$folder/deltalake/bin/python-with-deltalake" bash -c "python3 -m venv '$folder/deltalake' &&
  '$folder/deltalake/bin/pip' install --quiet deltalake && ln -sf python '$folder/deltalake/bin/python-with-deltalake'" &
install_redis() {
  command -v redis-server >/dev/null && return
  { timeout 60 apt-get update && timeout 120 apt-get install --yes redis-server; } >"$folder/redis.log" 2>&1 ||
    echo "Notice: redis-server could not be installed; its test is skipped" >&2
}
install_redis &
wait
