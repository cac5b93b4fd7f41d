#!/bin/sh
# Fetches the test images of e2fsprogs and dosfstools, from the sources of the Debian packages that this machine has:
#   sh scripts/fetch-corpora.sh DIR && BANTAM_CORPORA=DIR npx vitest run test/fs/corpora.test.ts
# It uses this machine's own package sources, with deb-src instead of deb, and changes no settings.
set -eu
mkdir -p "$1/lists/partial" "$1/sources"
cd "$1"
for file in /etc/apt/sources.list.d/*.sources; do
  [ ! -e "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >"sources/$(basename "$file")"
done
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ ! -e "$file" ] || sed -n 's/^deb /deb-src /p' "$file" >"sources/$(basename "$file" .list).list"
done
apt() {
  apt-get -qq -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$PWD/sources" -o "Dir::State::Lists=$PWD/lists" \
    -o "APT::Sandbox::User=root" "$@"
}
apt update || true
apt source --download-only e2fsprogs dosfstools
for archive in *.orig.tar.*; do
  case $archive in *.asc) ;; *) tar -xf "$archive" --wildcards '*/tests/*' ;; esac
done
