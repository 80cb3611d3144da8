# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Random pushes for property tests: small tars of every layout, a registry with a past, options, and one push observed.

The values are plain and print short, so that a failing example can be read.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import os
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import strategies as st
from registry_api_v2_client.client import RegistryClient
from registry_api_v2_client.copying.request import PushOptions, Source
from registry_api_v2_client.settings import Login, Settings

from pytest_oci_registry.look.seeding import built_images
from pytest_oci_registry.look.store_source import StoreSource
from pytest_oci_registry.tars import OCI_LAYOUTS, ImageSpec, LayerSpec, Layout, save_tar
from pytest_oci_registry.validate import validate_image

NAMES = ("app:1", "app:2", "team/web:1", "reg.example.com:5000/team/web:1", "localhost/app:1")
REPOSITORIES = ("app", "team/web", "other")
TAGS = ("1", "2", "latest")
FOLDER = tempfile.TemporaryDirectory(prefix="push-world-")


@dataclass(frozen=True)
class TarSpec:
    """A tar to write."""

    layout: Layout
    images: tuple[ImageSpec, ...]
    outer: str | None = None


@dataclass(frozen=True)
class Past:
    """What of one image of a tar is in the registry: in which repository, how many of its blobs, under which tag."""

    tar: int
    image: int
    repository: str
    blobs: int
    tag: str | None
    compression: str | None
    lies: bool


@dataclass(frozen=True)
class World:
    """One task and the registry that it meets."""

    tars: tuple[TarSpec, ...]
    sources: tuple[tuple[int, str | None, tuple[str, ...] | None, str | None], ...]
    options: PushOptions
    past: tuple[Past, ...]
    concurrent: int


layers = st.builds(
    LayerSpec, size=st.sampled_from([0, 700]), seed=st.sampled_from("abc"),
    compression=st.sampled_from([None, "none", "gzip", "zstd"]),
)


@st.composite
def tar_specs(draw):
    """Return a tar with one or two images."""
    layout = draw(st.sampled_from([one for one in Layout if one is not Layout.JIB]))
    images = draw(st.lists(image_specs(layout), min_size=1, max_size=2))
    return TarSpec(layout, tuple(images), draw(st.sampled_from([None, None, None, "gzip"])))


def image_specs(layout):
    """Return images, in OCI layouts also indexes with absent platforms and attestations."""
    several = layout in OCI_LAYOUTS
    platforms = [("linux/amd64",), ("linux/amd64", "linux/arm64")] if several else [("linux/amd64",)]
    return st.builds(
        ImageSpec,
        names=st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple),
        layers=st.lists(layers, max_size=3).map(functools.partial(fitting, layout)),
        platforms=st.sampled_from(platforms),
        absent_platforms=st.sampled_from([(), ("linux/s390x",)] if several else [()]),
        attestations=st.booleans() if several else st.just(False),
        labels=st.sampled_from([{}, {"build": "2"}]),
    )


def fitting(layout, listed):
    """Return the layers as the layout can hold them: compressed where its names say so."""
    fixed = layout in (Layout.KANIKO, Layout.BAZEL, Layout.DOCKER25)
    return [replace(layer, compression=None) if fixed else layer for layer in listed]


options = st.builds(
    PushOptions,
    original_tags=st.sampled_from(["all", "first"]),
    original_registry=st.sampled_from(["drop", "drop", "keep"]),
    prefix=st.sampled_from([None, None, "mirror"]),
    platforms=st.sampled_from([None, None, ("linux/amd64",), ("linux/arm64",)]),
    compare=st.sampled_from(["image", "digest"]),
    overwrite=st.sampled_from([True, True, False]),
    force=st.sampled_from([False, False, False, True]),
    verify_existing=st.booleans(),
    manifest_format=st.sampled_from(["auto", "auto", "oci", "docker"]),
    continue_on_error=st.booleans(),
)


@st.composite
def worlds(draw):
    """Return a task of one to three sources, and the registry's past."""
    tars = tuple(draw(st.lists(tar_specs(), min_size=1, max_size=2)))
    number = st.integers(0, len(tars) - 1)
    source = st.tuples(
        number, st.sampled_from([None, *REPOSITORIES]),
        st.none() | st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple),
        st.sampled_from([None, None, "1", "2"]),
    )
    past = st.builds(
        Past, tar=number, image=st.integers(0, 1), repository=st.sampled_from(REPOSITORIES), blobs=st.integers(0, 9),
        tag=st.none() | st.sampled_from(TAGS), compression=st.sampled_from([None, "gzip"]),
        lies=st.sampled_from([False, False, False, True]),
    )
    return World(
        tars, tuple(draw(st.lists(source, min_size=1, max_size=3))), draw(options),
        tuple(draw(st.lists(past, max_size=2))), draw(st.sampled_from([1, 4])),
    )


@functools.cache
def _written(text, spec_holder):
    path = Path(FOLDER.name) / f"{abs(hash(text)):x}.tar"
    return save_tar(path, *spec_holder.images, layout=spec_holder.layout, outer=spec_holder.outer)


class _Holder:
    """Makes a specification with mappings in it usable as a key, by its text."""

    def __init__(self, spec):
        self.images, self.layout, self.outer = spec.images, spec.layout, spec.outer

    def __hash__(self):
        return 0

    def __eq__(self, other):
        return True


def written(spec):
    """Return the tar on disk, written once."""
    return _written(repr(spec), _Holder(spec))


def sources_of(world):
    """Return the sources of the push."""
    return [Source(str(written(world.tars[tar]).path), name, tags, image) for tar, name, tags, image in world.sources]


def prepare(server, world):
    """Give the registry its past; nothing of it is in the log. Return True where it lies about a blob."""
    server.reset()
    lies = [_happened(server, world, past) for past in world.past]
    return any(lies)


def _happened(server, world, past):
    images = world.tars[past.tar].images
    spec = images[past.image % len(images)]
    if past.compression:
        spec = replace(spec, layers=[replace(layer, compression=past.compression) for layer in spec.layers])
    tar = world.tars[past.tar] if past.compression is None else None
    built = written(tar).built[past.image % len(images)] if tar else built_images(spec)[0]
    source = StoreSource(server.store)
    children = [child for child in getattr(built, "children", (built,)) if child.present]
    blobs = [blob for child in children for blob in [child.config, *(one.blob for one in child.layers if not one.urls)]]
    whole = past.blobs >= len(blobs)
    for blob in blobs if whole else blobs[:past.blobs]:
        source.put_blob(past.repository, blob.digest, blob.size, blob.chunks())
    if whole and past.tag:
        child = children[0]
        source.put_manifest(past.repository, past.tag, child.manifest_type, child.manifest.read())
    if past.lies and past.blobs:
        server.lie_about(past.repository, blobs[0].digest)
    return bool(past.lies and past.blobs)


@dataclass
class Seen:
    """One push as it was observed: its result or the exception that ended it, and what it left behind."""

    result: object = None
    error: BaseException | None = None
    left_tasks: int = 0
    complaints: tuple[str, ...] = ()
    left_files: int = 0


def push(server, world, *, check=False, cancel_after=None):
    """Push and observe; with `cancel_after` the push is cancelled when the registry has got so many requests."""
    server_side = _files()
    complaints = []
    seen = asyncio.run(_observed(server, world, check, cancel_after, complaints))
    gc.collect()
    seen.complaints = tuple(complaints)
    end = time.monotonic() + 5
    while _files() > server_side and time.monotonic() < end:
        time.sleep(0.005)  # the server's thread closes its side of our connections
    seen.left_files = max(0, _files() - server_side)
    return seen


def _files():
    found = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{name}"))
    return sum(".tar" in path or path.startswith("socket:") or "(deleted)" in path for path in found)


async def _observed(server, world, check, cancel_after, complaints):
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(repr(context)))
    seen = Seen()
    task = asyncio.ensure_future(_push(server, world, check))
    if cancel_after is not None:
        while not task.done() and len(server.requests) < cancel_after:  # noqa: ASYNC110 - the log is another thread's
            await asyncio.sleep(0.0005)
        task.cancel()
    try:
        seen.result = await task
    except (Exception, asyncio.CancelledError) as error:
        seen.error = error.with_traceback(None)
    del task
    await asyncio.sleep(0)
    seen.left_tasks = len(asyncio.all_tasks()) - 1
    gc.collect()
    await asyncio.sleep(0)
    return seen


async def _push(server, world, check):
    settings = Settings(server.url, login=Login(anonymous=True), retries=0, timeout=10, max_concurrent=world.concurrent)
    async with RegistryClient(settings) as client:
        return await client.push(sources_of(world), world.options, check=check)


def tags_of(server):
    """Return every tag of the registry with its digest."""
    store = server.store
    return {(name, tag): store.tag_digest(name, tag) for name in store.repositories() for tag in store.tags(name)}


def report_on(server, repository, tag):
    """Return the validator's report on one tag."""
    return validate_image(StoreSource(server.store), repository, tag)
