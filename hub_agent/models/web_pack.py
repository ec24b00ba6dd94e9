"""Packs on the web: a manifest, and its files beside it."""

from urllib.parse import quote

from hub_agent.downloads.address import Address
from hub_agent.downloads.pages import read_page
from hub_agent.downloads.patience import patiently
from hub_agent.downloads.web import Patience, Web
from hub_agent.models.manifest import MAX_MANIFEST_BYTES, parse_manifest
from hub_agent.models.plan import Plan, PublishedFile


async def plan_of_web_pack(web: Web, address: Address, patience: Patience) -> Plan:
    """What the manifest names; raises `WebError`, or `ModelFileError` for a bad manifest.

    Files are looked for beside the address that was given, not where redirects lead: servers
    that hand out single files redirect each to an address of its own.
    """
    page = await patiently(
        lambda: read_page(web, address, {}, max_bytes=MAX_MANIFEST_BYTES), patience
    )
    manifest = parse_manifest(page.body)
    return Plan(
        name=manifest.name,
        files=tuple(
            PublishedFile(
                path=file.path,
                address=address.joined(quote(file.path)),
                size=file.size,
                sha256=file.sha256,
            )
            for file in manifest.files
        ),
        manifest_of=lambda _folder: manifest,
    )
