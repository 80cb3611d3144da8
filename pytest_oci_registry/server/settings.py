# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How an embedded registry behaves: frozen values only, nothing is opened or started here."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .personalities import habits

MIB = 2**20


@dataclass(frozen=True)
class BasicAuth:
    """One account, asked for with HTTP basic authentication."""

    username: str
    password: str


@dataclass(frozen=True)
class TokenAuth:
    """One account, and a token service as docker describes it.

    `realm` is where the challenge sends clients: same (this server), other (a second port of this registry), or a full
    URL of another registry's token service. `answer` is the field of the token: token, access_token or both. `lifetime`
    is seconds. `oauth2` answers POST (password, refresh_token); without it POST gets 404 as on Gitea. `identity_token`
    is accepted as refresh token.
    """

    username: str
    password: str
    realm: str = "same"
    path: str = "/token"
    service: str = "registry"
    answer: str = "token"
    lifetime: int = 300
    oauth2: bool = True
    identity_token: str = ""
    anonymous_pull: bool = False


@dataclass(frozen=True)
class Tls:
    """Files of the server's certificate.

    `client_ca` names who signs clients' certificates, `client_required` makes them obligatory.
    """

    certificate: Path
    key: Path
    ca: Path
    client_ca: Path | None = None
    client_required: bool = False


@dataclass(frozen=True)
class Quirks:
    """Departures from the specification that real registries have; personalities set them, tests may too.

    `distribution` is the major version of distribution whose router and checks are imitated (0: none).

    One field is one habit, named after what a client sees. Statuses are HTTP statuses, 0 switches the habit off; sizes
    are bytes. `missing_status` is about manifests and tags. `head_links`: redirects of HEAD lead to links that are
    valid for HEAD. `digest_tags`: the reference sha256-HEX is read as the digest sha256:HEX. `link` is the Link header
    of a page, with {url} in it, "" for none. `subject_status` refuses manifests with a subject. `referrers_status` is
    the answer without the referrers API; 200 is a page of HTML.
    """

    patch_status: int = 202
    put_manifest_digest: bool = True
    challenge: bool = True
    frozen_range: bool = False
    upload_status: bool = True
    upload_state: bool = False
    repeated_patch: bool = True
    ranged_patch_limit: int = 0
    minimum_part: int = 0
    session_cookie: bool = False
    missing_status: int = 404
    null_tags: bool = False
    manifest_length_required: bool = False
    manifest_delete_status: int = 0
    foreign_mount_status: int = 0
    mount_needs_from: bool = False
    refused_media_types: tuple[str, ...] = ()
    refused_layer_types: tuple[str, ...] = ()
    same_digest_immutable: bool = False
    single_post: bool = True
    head_status: int = 0
    head_length_differs: bool = False
    unsorted_tags: bool = False
    paging: bool = True
    limited_tags: bool = False
    dangling_refused: bool = False
    tag_delete_takes_all: bool = False
    idle_delete: bool = False
    link: str | None = None
    later_page_status: int = 0
    needs_namespace: bool = False
    head_links: bool = False
    digest_tags: bool = False
    manifest_rate: int = 0
    last_scope_only: bool = False
    delete_action: str = "delete"
    delete_needs_all: bool = False
    distribution: int = 0
    token_answer: str = ""
    token_post: bool = True
    subject_status: int = 0
    referrers_status: int = 404


@dataclass(frozen=True)
class ServerSettings:
    """Everything about one embedded registry. Sizes are bytes; None or 0 means no limit.

    auth: None, ("basic", user, password), ("token", user, password), BasicAuth or TokenAuth.
    tls: False, True (a certificate made by `trustme`) or Tls. tls_client_required: with tls=True, clients need one.
    bind, port: where to listen; port 0 takes a free one. folder: blobs and tags stay there after the end.
    personality: what is left at its default becomes what the named registry does, see `personalities`.
    read_only, delete, tag_delete, immutable_tags, catalog, mount, anonymous_mount, referrers, sha512: as they say.
    min_chunk: announced as OCI-Chunk-Min-Length. max_body: bigger requests meet an early 413. max_manifest likewise.
    locations: absolute, relative, or mangled (http instead of https, no port, as behind a careless proxy).
    page_size: names on a page when the client does not say. page_limit: the most it may ask for in the catalog.
    opaque_cursors: Link carries a cursor instead of the last name. resumable: a cut PATCH or PUT may be continued.
    autocreate: a push makes its repository. strict_accept: 404 for media types that Accept does not name;
    "required": also without Accept.
    sparse: an index may name absent manifests. check_references: a manifest may not name absent blobs.
    warnings: texts of Warning headers. spool_size: blobs beyond it wait on disk.
    cdn: blob GET redirects to a second origin, under another host name
    (localhost), whose links are signed for GET alone. cdn_head: HEAD, too.
    quirks: single habits, see Quirks.
    """

    auth: Any = None
    tls: Any = False
    tls_client_required: bool = False
    bind: str = "127.0.0.1"
    port: int = 0
    folder: Path | None = None
    personality: str = "oci"
    read_only: bool = False
    delete: bool = True
    tag_delete: bool = True
    immutable_tags: bool = False
    min_chunk: int = 0
    max_body: int = 0
    max_manifest: int = 4 * MIB
    locations: str = "absolute"
    page_size: int = 0
    page_limit: int = 0
    opaque_cursors: bool = False
    catalog: bool = True
    resumable: bool = True
    autocreate: bool = True
    mount: bool = True
    anonymous_mount: bool = True
    referrers: bool = True
    sha512: bool = True
    strict_accept: bool | str = False
    sparse: bool = False
    check_references: bool = True
    warnings: tuple[str, ...] = ()
    cdn: bool = False
    cdn_head: bool = False
    spool_size: int = 4 * MIB
    quirks: Quirks = field(default_factory=Quirks)

    def __post_init__(self) -> None:
        _imitate(self)
        object.__setattr__(self, "auth", _auth(self.auth))
        if self.folder is not None:
            object.__setattr__(self, "folder", Path(self.folder))
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port {self.port} is not between 0 and 65535")
        if self.strict_accept not in (False, True, "required"):
            raise ValueError(f"strict_accept is True, False or 'required', not {self.strict_accept!r}")
        if self.locations not in ("absolute", "relative", "mangled"):
            raise ValueError(f"locations is absolute, relative or mangled, not {self.locations!r}")


def _imitate(settings: ServerSettings) -> None:
    """Fill what is left at its default with the personality's habits."""
    wanted = dict(habits(settings.personality))
    quirks = wanted.pop("quirks", {})
    unset = {item.name for item in fields(settings.quirks) if getattr(settings.quirks, item.name) == item.default}
    changed = {name: value for name, value in quirks.items() if name in unset}
    object.__setattr__(settings, "quirks", replace(settings.quirks, **changed))
    for item in fields(settings):
        if item.name in wanted and getattr(settings, item.name) == item.default:
            object.__setattr__(settings, item.name, wanted[item.name])


def _auth(value: Any) -> BasicAuth | TokenAuth | None:
    """The account of a tuple or value. ValueError for anything else."""
    if value is None or isinstance(value, (BasicAuth, TokenAuth)):
        return value
    kinds = {"basic": BasicAuth, "token": TokenAuth}
    if isinstance(value, (tuple, list)) and len(value) >= 3 and value[0] in kinds:
        more = value[3] if len(value) > 3 else {}
        account: BasicAuth | TokenAuth = kinds[value[0]](value[1], value[2], **more)
        return account
    raise ValueError(
        "auth is None, ('basic', user, password), ('token', user, password[, settings]), BasicAuth or TokenAuth"
    )
