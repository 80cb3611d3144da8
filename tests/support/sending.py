# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Bodies that lie in files, and sessions to send them with."""

from __future__ import annotations

import asyncio
import contextlib
import os

import trustme
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.transport.body.file_slice import FileSlice, stamp_of
from registry_api_v2_client.transport.request import FileBody
from registry_api_v2_client.transport.session import Session

from pytest_oci_registry.server import EmbeddedRegistry, ServerSettings
from pytest_oci_registry.server import Tls as ServerTls

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"


def file_body(path, offset=0, size=None, progress=None):
    """Return a body for a part of a file as it is now."""
    status = os.stat(path)
    size = status.st_size - offset if size is None else size
    return FileBody(FileSlice(str(path), offset, size, stamp_of(status), None), progress)


def sparse_file(path, size):
    """Make a file of zeros that takes no room, and return its path."""
    with open(path, "wb") as file:
        file.truncate(size)
    return path


def layer(digest, size):
    """Return a layer's descriptor."""
    return Descriptor(LAYER_TYPE, digest, size)


def talk(url, call, *, sleep=asyncio.sleep, **settings):
    """Return what `call(session)` returns, in a loop of its own."""

    async def main():
        options = {"login": Login(anonymous=True), "timeout": 5, **settings}
        async with Session(Settings(url, **options), environ={}, sleep=sleep) as session:
            return await call(session)

    return asyncio.run(main())


def certificate_files(folder):
    """Write a CA and a certificate for 127.0.0.1 and return the paths of (certificate, key, CA)."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    names = [folder / name for name in ("server.pem", "server.key", "ca.pem")]
    issued.cert_chain_pems[0].write_to_path(str(names[0]))
    issued.private_key_pem.write_to_path(str(names[1]))
    authority.cert_pem.write_to_path(str(names[2]))
    return names


@contextlib.contextmanager
def embedded(tls=None):
    """Give an embedded registry; with `tls`, paths of certificate, key and CA, it speaks https."""
    settings = ServerSettings(tls=ServerTls(*tls)) if tls else ServerSettings()
    with EmbeddedRegistry(settings) as registry:
        yield registry
