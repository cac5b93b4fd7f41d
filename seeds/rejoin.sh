# shellcheck shell=sh disable=SC2154 # What is not set here is set by first-boot, which reads this file.
# How an initial server that was flashed again finds the cluster that it initialized.

peer_urls=${peer_urls:-}
peer_wait_seconds=${peer_wait_seconds:-60}
server_dir=${server_dir:-/var/lib/rancher/k3s/server}
config_dir=${config_dir:-$config_file.d}

# An initial server that was flashed again would initialize a second cluster beside the one that runs. If a server answers with a
# certificate of its cluster, it joins that server. Once its datastore lists the servers, k3s ignores this setting.
join_peers() {
  rejoin=$config_dir/50-bantam-rejoin.yaml
  if [ -z "$peer_urls" ] || [ -d "$server_dir/db/etcd" ]; then return 0; fi
  waited=0
  while :; do
    if find_member; then
      log "server: $member answers, so this server joins its cluster and does not initialize another"
      if mkdir -p "$config_dir" && printf 'server: %s\n' "$member" >"$rejoin"; then return 0; fi
      fail "$rejoin cannot be written" || return 1
    fi
    # Boards that are on may be members that are starting, as after a power cut of the whole site.
    if [ "$waited" -ge "$peer_wait_seconds" ] || ! is_any_peer_on; then break; fi
    if [ "$waited" = 0 ]; then log "server: looking for up to $peer_wait_seconds s whether another server runs this cluster"; fi
    sleep 5
    waited=$((waited + 5))
  done
  rm -f "$rejoin"
}

# Finds where a server of this cluster answers.
find_member() {
  for peer in $peer_urls; do
    member=$(with_address "$peer") || continue
    if is_member "$member"; then return 0; fi
  done
  return 1
}

is_any_peer_on() {
  for peer in $peer_urls; do
    peer=$(with_address "$peer") || continue
    peer=${peer#https://}
    peer=${peer%:*}
    peer=${peer#[[]}
    if ping -c 1 -W 1 "${peer%[]]}" >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

# Prints a URL with an address in place of a host name, which k3s and curl cannot look up themselves.
with_address() {
  host=${1#*://}
  host=${host%:*}
  case $host in
    *[!0-9.]*) case $host in [[]*) printf '%s\n' "$1" ;; *) address=$(resolve "$host") && printf '%s://%s:%s\n' "${1%%://*}" "$address" "${1##*:}" ;; esac ;;
    *) printf '%s\n' "$1" ;;
  esac
}

# A clock that is behind must not hide a cluster, whose certificates may be younger than this image.
is_member() {
  if [ "$(fetch_ping "$1")" = pong ]; then return 0; fi
  take_time_from "$1"
  [ "$(fetch_ping "$1")" = pong ]
}

fetch_ping() {
  if command -v curl >/dev/null; then
    curl --cacert "$server_dir/tls/server-ca.crt" --silent --max-time 5 "$1/ping"
  else
    wget -q --ca-certificate="$server_dir/tls/server-ca.crt" -T 5 -t 1 -O - "$1/ping"
  fi 2>/dev/null
}
