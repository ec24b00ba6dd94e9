"""The part of a label that travels as XMP (ISO 16684-1): how the speech came about."""

import re
from dataclasses import replace
from typing import Final
from xml.sax.saxutils import quoteattr

from hub_agent.labels.label import Label, shown

_SOURCE: Final = re.compile(r"DigitalSourceType\s*(?:=\s*[\"']|>\s*)([^\"'<>]{1,200})")
_TOOL: Final = re.compile(r"CreatorTool\s*(?:=\s*[\"']|>\s*)([^\"'<>]{1,200})")
_DATE: Final = re.compile(r"CreateDate\s*(?:=\s*[\"']|>\s*)([^\"'<>]{1,40})")


def xmp_packet(label: Label) -> bytes:
    """A packet with the IPTC digital source type, the software and the time."""
    properties = " ".join(
        f"{name}={quoteattr(value)}"
        for name, value in (
            ("Iptc4xmpExt:DigitalSourceType", label.source_type),
            ("xmp:CreatorTool", label.software),
            ("xmp:CreateDate", label.created),
        )
        if value
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f"{properties}/></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    ).encode()


def with_xmp(label: Label, packet: bytes) -> Label:
    """The label with what a packet tells; written as attributes or as elements."""
    text = packet.decode("utf-8", "replace")
    return replace(
        label,
        source_type=_first(_SOURCE, text) or label.source_type,
        software=_first(_TOOL, text) or label.software,
        created=_first(_DATE, text) or label.created,
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return shown(found[1].strip()) if found else ""
