#!/bin/sh
# Brings k3s onto this node at its first boot, and reports on the boot partition how far it has come.
#
#   first-boot         waits for the time, installs k3s, finds the server, starts k3s, waits for the join; tries until it is done
#   first-boot pin     writes the server's present address into /etc/hosts; runs before each start of k3s
#   first-boot clock   waits for the time, within a limit
#   first-boot report  writes the report again, once there is something to report; runs when cloud-init has ended
#
# Needs a POSIX shell and what every Debian has. Every step can be cut off at any moment and run again.
set -u

bin_dir=/usr/local/bin
hosts_file=/etc/hosts
state_dir=/var/lib/bantam
log_file=/var/log/bantam-first-boot.log
clock_wait_seconds=180
retry_first_seconds=5
retry_most_seconds=300
look_seconds=20
clock_epoch_file=/usr/lib/clock-epoch
config_file=/etc/rancher/k3s/config.yaml
report_functions=/usr/lib/bantam/report.sh
rejoin_functions=/usr/lib/bantam/rejoin.sh

settings_file=${BANTAM_SETTINGS:-/etc/bantam/first-boot.env}
unit='' install='' version='' release_url='' sha256_pins='' server_url='' server_name='' node_name=''
# shellcheck source=/dev/null
. "$settings_file"

reason=''
error_file=$state_dir/last-error

# stage, report_error, write_report
# shellcheck source=/dev/null
. "$report_functions"
# join_peers
# shellcheck source=/dev/null
. "$rejoin_functions"

log() {
  line="$(date -u +%Y-%m-%dT%H:%M:%SZ) $*"
  printf '%s\n' "$line"
  printf '%s\n' "$line" 2>/dev/null >>"$log_file"
}

# Gives up one try, with the reason for the log.
fail() {
  reason=$*
  return 1
}

# --- time: without it, no certificate is valid -----------------------------------------------------------------

# systemd itself starts no earlier than the build of this image: the time of /usr/lib/clock-epoch.
wait_for_clock() {
  waited=0
  until is_synchronized; do
    if [ "$waited" -ge "$clock_wait_seconds" ]; then
      log "clock: no time server answered within $clock_wait_seconds s; going on with the time as it is"
      return 0
    fi
    sleep 5
    waited=$((waited + 5))
  done
  log 'clock: synchronized'
}

is_synchronized() { [ "$(timedatectl show --property=NTPSynchronized --value 2>/dev/null)" = yes ]; }

# Without a time server, a clock that is behind that of a k3s server is put forward, else the server's certificate counts as
# not yet valid. No worse a source than NTP, which nobody signs either; it is asked only where NTP has not answered.
take_time_from() {
  [ -n "$1" ] && ! is_synchronized || return 0
  server_date=$(server_headers "$1" | sed -n 's/^[Dd]ate: *\([^\r]*\).*$/\1/p' | head -n 1)
  server_seconds=$(date -u -d "$server_date" +%s 2>/dev/null) || return 0
  built_seconds=$(stat -c %Y "$clock_epoch_file" 2>/dev/null) || return 0
  # A time long after this image was made is a mistake, and would make every certificate look expired.
  if [ -n "$server_date" ] && [ "$server_seconds" -gt $(($(date -u +%s) + 60)) ] &&
    [ "$server_seconds" -lt $((built_seconds + 10 * 365 * 86400)) ]; then
    date -u -s "@$server_seconds" >/dev/null && log "clock: taken from $1, since no time server answers"
  fi
}

server_headers() {
  if command -v curl >/dev/null; then
    curl --insecure --silent --max-time 10 --dump-header - --output /dev/null "$1/ping"
  else
    wget -q -S --no-check-certificate -T 10 -O /dev/null "$1/ping" 2>&1 | sed 's/^ *//'
  fi
}

# --- k3s binary ------------------------------------------------------------------------------------------------

# Sets the names of this machine's release files.
choose_asset() {
  case $(uname -m) in
    aarch64) asset=k3s-arm64 sums=sha256sum-arm64.txt ;;
    x86_64) asset=k3s sums=sha256sum-amd64.txt ;;
    armv6l | armv7l) asset=k3s-armhf sums=sha256sum-arm.txt ;;
    *) fail "k3s has no release for a $(uname -m) machine" ;;
  esac
}

# Downloads a file, going on where an earlier try broke off. From an https address, every redirect must lead to https: the
# checksums come the same way as the binary, so whoever answers a single plain hop could choose what root runs here.
download() {
  case $1 in [Hh][Tt][Tt][Pp][Ss]://*) protocols='=https' ;; *) protocols='=http,https' ;; esac
  if command -v curl >/dev/null; then
    # --proto holds for redirects, too: --proto-redir allows nothing that it denies.
    curl --proto "$protocols" --fail --location --silent --show-error --connect-timeout 20 --speed-limit 1000 --speed-time 60 \
      --continue-at - --output "$2" "$1" 2>"$state_dir/download.log"
  elif command -v wget >/dev/null; then
    download_with_wget "$1" "$2"
  else
    python3 -c 'import shutil, sys, urllib.error, urllib.request
class Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, file, code, message, headers, url):
        if sys.argv[1].lower().startswith("https:") and not url.lower().startswith("https:"):
            raise urllib.error.URLError("it redirects to an address without TLS")
        return super().redirect_request(request, file, code, message, headers, url)
opener = urllib.request.build_opener(Redirects)
with opener.open(sys.argv[1], timeout=60) as response, open(sys.argv[2], "wb") as file:
    shutil.copyfileobj(response, file)' "$1" "$2" 2>"$state_dir/download.log"
  fi
}

# wget itself follows from https to http. So it follows nothing, and gets one address after the other.
download_with_wget() {
  hop=$1 hops=0
  while [ "$hops" -le 20 ]; do
    wget -q -c -S -T 60 --max-redirect=0 -O "$2" "$hop" 2>"$state_dir/download.log"
    code=$?
    # 8: the server answered with another status than that of content.
    [ "$code" -eq 8 ] || return "$code"
    status=$(sed -n 's/^ *HTTP\/[0-9.]* \([0-9]*\).*$/\1/p' "$state_dir/download.log" | tail -n 1)
    case $status in 301 | 302 | 303 | 307 | 308) ;; *)
      printf 'the server answered with status %s\n' "$status" >"$state_dir/download.log"
      return 8
      ;;
    esac
    location=$(sed -n 's/^ *[Ll]ocation: *\([^[:space:]]*\).*$/\1/p' "$state_dir/download.log" | tail -n 1)
    server=${hop#*://}
    case $location in
      https://* | http://*) hop=$location ;;
      //*) hop=${hop%%:*}:$location ;;
      /*) hop=${hop%%:*}://${server%%/*}$location ;;
      *) hop='' ;;
    esac
    case $hop in https://*) ;; http://*) [ "$protocols" != '=https' ] || hop='' ;; esac
    if [ -z "$hop" ]; then
      printf 'it redirects to %s, which is no address to go on to\n' "$location" >"$state_dir/download.log"
      return 1
    fi
    hops=$((hops + 1))
  done
  printf 'it redirects without end\n' >"$state_dir/download.log"
  return 1
}

# Keeps what a broken connection left, and nothing after an answer that makes no sense with it: 22 and 33 are curl's
# codes for an error of the server and for one that cannot continue a file, 8 is wget's.
fetch() {
  download "$1" "$2"
  code=$?
  [ "$code" -eq 0 ] && return 0
  case $code in 8 | 22 | 33) rm -f "$2" ;; esac
  fail "$1 could not be downloaded: $(tail -n 1 "$state_dir/download.log" | cut -c 1-200)"
}

# Sets the checksum that the binary must have: the pinned one, else that of the release. Once the binary is installed, the
# release is not asked again: tries go on when it is the server that does not answer.
find_checksum() {
  for pin in $sha256_pins; do
    if [ "${pin%%=*}" = "$asset" ]; then
      expected=${pin#*=}
      return 0
    fi
  done
  expected=$(cat "$state_dir/$asset-$version.sha256" 2>/dev/null)
  [ "${#expected}" -eq 64 ] && return 0
  rm -f "$state_dir/$sums"
  fetch "$release_url/$sums" "$state_dir/$sums" || return 1
  expected=$(awk -v asset="$asset" '$2 == asset || $2 == "*" asset { print $1; exit }' "$state_dir/$sums")
  [ "${#expected}" -eq 64 ] || fail "$release_url/$sums does not list $asset"
}

has_checksum() {
  [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$expected" ]
}

# An image without secrets gets its own from a file that was put onto the boot partition.
require_config() {
  [ -f "$config_file" ] || fail "$config_file is missing; put this node's secrets.tar onto the boot partition as bantam-secrets.tar and restart"
}

install_k3s() {
  if [ "$install" = offline ]; then
    [ -x "$bin_dir/k3s" ] || fail "$bin_dir/k3s is missing; this image was built to carry it"
    return
  fi
  choose_asset && find_checksum || return 1
  has_checksum "$bin_dir/k3s" && return 0
  # In the target's own folder, so that the final step is a rename.
  partial=$bin_dir/.$asset-$version.partial
  mkdir -p "$bin_dir"
  if ! has_checksum "$partial"; then
    log "k3s: downloading $release_url/$asset"
    fetch "$release_url/$asset" "$partial" || return 1
  fi
  if ! has_checksum "$partial"; then
    rm -f "$partial"
    fail "$release_url/$asset has another SHA-256 than $expected"
    return 1
  fi
  # Data before name: after a power cut, a file under the final name is whole.
  if chmod 0755 "$partial" && sync && mv -f "$partial" "$bin_dir/k3s"; then
    printf '%s\n' "$expected" >"$state_dir/$asset-$version.sha256"
    sync
  else
    fail "$bin_dir/k3s could not be written"
  fi
}

link_tools() {
  for tool in kubectl crictl ctr; do
    if [ -e "$bin_dir/$tool" ] || [ -L "$bin_dir/$tool" ]; then continue; fi
    ln -s k3s "$bin_dir/$tool" || fail "$bin_dir/$tool could not be linked" || return 1
  done
}

# --- address of the server -------------------------------------------------------------------------------------

# Prints the address behind a name, asking the network only: /etc/hosts may hold an old one.
resolve() {
  names=$1
  case $1 in *.local) ;; *) names="$1 $1.local" ;; esac
  for name in $names; do
    for ask in ask_resolved ask_avahi ask_nss; do
      for word in $($ask "$name" 2>/dev/null); do
        case $word in
          127.* | *[!0-9.]*) ;;
          *.*.*.*)
            printf '%s\n' "$word"
            return 0
            ;;
        esac
      done
    done
  done
  return 1
}

ask_resolved() { timeout 10 resolvectl query --synthesize=no --legend=no -4 "$1"; }
ask_avahi() { timeout 10 avahi-resolve -4 -n "$1"; }
ask_nss() { timeout 10 getent -s 'mdns4_minimal dns' ahostsv4 "$1"; }

# Writes the server's address into /etc/hosts, since k3s asks neither multicast DNS nor the modules of NSS.
pin_server_name() {
  [ -n "$server_name" ] || return 0
  address=$(resolve "$server_name") || fail "no machine answers to the name $server_name" || return 1
  wanted="$address $server_name"
  grep -qxF "$wanted" "$hosts_file" && return 0
  if {
    awk '/^# BEGIN bantam$/ { ours = 1 } !ours { print } /^# END bantam$/ { ours = 0 }' "$hosts_file"
    printf '# BEGIN bantam\n%s\n# END bantam\n' "$wanted"
  } >"$hosts_file.bantam" && chmod 0644 "$hosts_file.bantam" && mv -f "$hosts_file.bantam" "$hosts_file"; then
    log "server: $server_name has the address $address"
  else
    fail "$hosts_file cannot be written"
  fi
}

# --- start -----------------------------------------------------------------------------------------------------

start_k3s() {
  # The unit was here before systemd started: it need not read all units again.
  systemctl enable --no-reload "$unit" >/dev/null 2>&1 || fail "$unit could not be enabled" || return 1
  # An agent counts as started when it has joined: this must not wait for it.
  systemctl start --no-block "$unit" || fail "$unit could not be started"
}

mark_done() {
  if printf '%s\n' "$version" >"$state_dir/first-boot.partial" && sync &&
    mv -f "$state_dir/first-boot.partial" "$state_dir/first-boot.done"; then sync; else fail "$state_dir cannot be written"; fi
}

# A number below $1; k3s servers dislike it when all nodes ask in the same second.
random_below() {
  number=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
  printf '%s\n' $((${number:-0} % $1))
}

first_boot() {
  [ -f "$state_dir/first-boot.done" ] && return 0
  mkdir -p "$state_dir"
  stage started
  wait_for_clock
  stage clock
  if [ -n "$unit" ]; then bring_up_k3s; else stage ready; fi
  until mark_done; do
    log "$reason"
    sleep "$retry_most_seconds"
  done
}

bring_up_k3s() {
  try=1 delay=$retry_first_seconds reason=''
  until require_config && install_k3s && stage k3s-installed && link_tools && pin_server_name && join_peers && start_k3s; do
    pause=$((delay + $(random_below $((delay / 2 + 1)))))
    log "try $try: $reason; next try in $pause s"
    report_error "$reason"
    sleep "$pause"
    try=$((try + 1)) delay=$((delay * 2))
    if [ "$delay" -gt "$retry_most_seconds" ]; then delay=$retry_most_seconds; fi
  done
  log "k3s $version is installed and $unit is starting"
  rm -f "$error_file"
  stage k3s-started
  wait_for_join
}

# Says in one line why a node has not joined, once for each reason, for as long as it has not.
wait_for_join() {
  told=''
  while state=$(systemctl is-active "$unit"); [ "$state" != active ]; do
    # What somebody has stopped is not started.
    if [ "$state" != activating ]; then sleep "$look_seconds"; elif wait_for_start; then continue; fi
    take_time_from "$server_url"
    why=$(explain_join)
    if [ "$why" != "$told" ]; then
      log "join: $why"
      report_error "$why"
    fi
    told=$why
  done
  log "join: $unit is running"
  rm -f "$error_file"
  stage joined
}

# Joins the start that is under way, and ends with it: what comes soon is noticed at once, and waiting costs nothing.
wait_for_start() {
  timeout "$look_seconds" systemctl start "$unit" 2>/dev/null
  case $? in
    0) sleep 1 ;;
    124) return 1 ;;
    *) sleep "$look_seconds" && return 1 ;;
  esac
}

known_troubles='Node password rejected|duplicate node name found|token CA hash does not match|not authorized|401 Unauthorized|not yet valid|certificate has expired'

explain_join() {
  if [ -n "$server_url" ] && ! server_answers; then
    printf '%s does not answer; is the server switched on and done with its own first boot?\n' "$server_url"
    return
  fi
  # What k3s said last: it may have been another trouble before.
  case $(journalctl -u "$unit" -n 40 -o cat 2>/dev/null | grep -E "$known_troubles" | tail -n 1) in
    *'token CA hash does not match'*)
      printf '%s belongs to another cluster: its certificates are not those that this image was built for\n' "$server_url" ;;
    *'Node password rejected'*)
      printf 'the server knows another machine as %s; remove it there: kubectl delete node %s\n' "$node_name" "$node_name" ;;
    *'duplicate node name found'*)
      printf 'the server still lists an older %s; remove it there: kubectl delete node %s\n' "$node_name" "$node_name" ;;
    *'not authorized'* | *'401 Unauthorized'*)
      printf 'the server refuses the join token; has it expired, or was this image built with another secrets file?\n' ;;
    *'not yet valid'* | *'certificate has expired'*)
      printf 'the time of this node or of the server is wrong\n' ;;
    *)
      printf '%s is not running yet; see: journalctl -u %s\n' "$unit" "$unit" ;;
  esac
}

# The certificate cannot be checked before the join; the answer is only looked at.
server_answers() {
  if command -v curl >/dev/null; then
    curl --insecure --silent --max-time 10 --output /dev/null "$server_url/ping"
  else
    wget -q --no-check-certificate -T 10 -O /dev/null "$server_url/ping"
  fi
}

case ${1:-} in
  '') first_boot ;;
  pin) pin_server_name || log "server: $reason; keeping what is in $hosts_file" ;;
  clock) wait_for_clock ;;
  report) if [ -f "$state_dir/stages" ]; then write_report; fi ;;
  *)
    printf 'usage: first-boot [pin | clock | report]\n' >&2
    exit 2
    ;;
esac
