#!/bin/sh
# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# curl.sh STREAMS REPOSITORY-URL FILE...: sends layers (files named DIGEST.layer), as few words as a registry allows.
# No tool can do less: it asks for nothing, writes no manifest and knows every digest beforehand.
set -eu

if [ "$1" = one ]; then
    location=$(curl -sS -X POST -D - -o /dev/null "$2/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
    digest=$(basename "$3" .layer)
    exec curl -sS -f -o /dev/null -T "$3" -H 'Content-Type: application/octet-stream' "$location&digest=sha256:$digest"
fi
streams=$1 url=$2
shift 2
printf '%s\n' "$@" | xargs -n 1 -P "$streams" sh "$0" one "$url"
