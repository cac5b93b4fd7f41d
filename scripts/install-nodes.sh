#!/bin/sh
# Installs the Node.js releases that bantam is tested under into a folder, from npm, for this Linux machine:
#   sh scripts/install-nodes.sh DIR && BANTAM_NODES=DIR npx vitest run test/api.test.ts
# The platform's own packages hold the program; the package `node` would fetch them in an install script.
set -eu
case "$(uname -m)" in
  aarch64) platform=linux-arm64 ;;
  *) platform=linux-x64 ;;
esac
mkdir -p "$1"
[ -f "$1/package.json" ] || echo '{"private": true}' >"$1/package.json"
exec npm install --prefix "$1" --ignore-scripts --no-audit --no-fund --no-package-lock --prefer-offline \
  "node-20@npm:node-$platform@20.20.2" "node-22@npm:node-$platform@22.23.5" "node-24@npm:node-$platform@24.22.3"
