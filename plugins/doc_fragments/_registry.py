# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that every module of this collection has: where the registry is and how to talk to it."""

from __future__ import annotations


class ModuleDocFragment:
    # Kept equal to CONNECTION in module_utils/_module.py by a unit test.
    DOCUMENTATION = r"""
options:
  registry_url:
    description:
      - The registry, as C(https://registry.example.com:5000). A bare host means https; http is used only where the URL
        says so.
      - Read on the host that runs the module. If not set, E(REGISTRY_URL) of that host is used.
      - A path in it is refused; images below a path are reached with O(ignore:prefix) or in O(ignore:name).
    type: str
    aliases: [registry, url]
    default: http://localhost:15000
  username:
    description:
      - User of the registry. Without O(username) and O(token) the logins of the user who runs the module are looked up,
        in the order that the guide on credentials gives.
    type: str
    aliases: [registry_username]
  password:
    description:
      - Password or access token of O(username).
      - Ansible hides it wherever it appears in the result, so a short password may hide parts of image names too.
    type: str
    aliases: [registry_password]
  token:
    description:
      - A bearer token for the registry itself, used as it is.
    type: str
  config_path:
    description:
      - A docker C(config.json), a containers C(auth.json), or the folder of one, on the host that runs the module.
    type: path
    aliases: [auth_file]
  realm_host:
    description:
      - Host name or address of a token server to trust with the login. Needed if a registry with a public address names
        a token server with a private one.
    type: str
  validate_certs:
    description:
      - Whether the certificate of the registry has to be valid. V(false) lets anyone on the way read the password.
    type: bool
    default: true
    aliases: [tls_verify]
  ca_path:
    description:
      - A file or folder of PEM certificates of authorities to trust besides the system's, on the host that runs the
        module.
    type: path
    aliases: [ca_cert]
  client_cert:
    description:
      - A PEM certificate that the client shows to the registry.
    type: path
  client_key:
    description:
      - The PEM key of O(client_cert).
    type: path
  timeout:
    description:
      - Seconds that the registry may take to answer a request, or that a transfer may make no progress. A large layer
        may take hours as long as it moves.
      - If not set, E(REGISTRY_TIMEOUT) is used.
    type: int
    default: 30
  total_timeout:
    description:
      - Seconds that the whole task may take. Without it there is no bound.
    type: int
  retries:
    description:
      - How often one request may be tried again after a broken connection, 408, 429 or 5xx.
    type: int
    default: 4
  debug:
    description:
      - Return what was asked of the registry, request by request, as RV(ignore:log). It holds no secrets.
      - If not set, E(REGISTRY_DEBUG) is used.
    type: bool
    default: false
requirements:
  - Python 3.9 or newer on the host that runs the module
  - aiohttp 3.8 or newer there (python3-aiohttp of the distribution will do)
"""
