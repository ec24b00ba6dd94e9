"""A hub of published weights on this machine, with the API of the Hugging Face hub."""

import json
from collections.abc import Mapping
from hashlib import sha1, sha256
from typing import Any, Final

from tests.fakes.faulty_server import Answer, FaultyServer, Request, path_of

COMMIT: Final = "c0ffee" + "0" * 34
REPOSITORY: Final = "somebody/Official-Weights"
_PAGE_SIZE: Final = 2


class WeightsHub(FaultyServer):
    """Files of one repository; big ones are redirected to `storage`, as the real hub does."""

    def __init__(self, content: Mapping[str, bytes], storage: FaultyServer) -> None:
        super().__init__()
        self.content = dict(content)
        self.storage = storage
        self.card: Any = {"license": "mit"}
        self.big_bytes = 1000
        """Files from this size on are not in Git itself."""
        for path, data in content.items():
            if len(data) >= self.big_bytes:
                storage.files[f"/blobs/{sha256(data).hexdigest()}"] = data
            else:
                self.files[self.file_path(path)] = data

    @staticmethod
    def file_path(path: str) -> str:
        return f"/{REPOSITORY}/resolve/{COMMIT}/{path}"

    def respond(self, request: Request) -> Answer:
        path, api = path_of(request), f"/api/models/{REPOSITORY}"
        self.pages[f"{api}/revision/main"] = _json({"sha": COMMIT, "cardData": self.card})
        self.pages[f"{api}/tree/{COMMIT}"] = self._tree(request)
        for name, data in self.content.items():
            if path == self.file_path(name) and path not in self.files:
                self.requests.append(request)
                to = f"{self.storage.url}/blobs/{sha256(data).hexdigest()}"
                return Answer(status=302, headers={"Location": to})
        return super().respond(request)

    def entry(self, path: str) -> dict[str, Any]:
        """What the API tells of a file."""
        data = self.content[path]
        oid = sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()
        entry: dict[str, Any] = {"type": "file", "oid": oid, "size": len(data), "path": path}
        if len(data) >= self.big_bytes:
            pointer = {"oid": sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            entry |= {"oid": "1" * 40, "lfs": pointer, "xetHash": "2" * 64}
        return entry

    def _tree(self, request: Request) -> Answer:
        folders = {path.rpartition("/")[0] for path in self.content} - {""}
        entries = [
            {"type": "directory", "oid": "3" * 40, "size": 0, "path": each} for each in folders
        ]
        entries += [self.entry(path) for path in self.content]
        start = int(request.path.partition("cursor=")[2] or 0)
        answer = _json(entries[start : start + _PAGE_SIZE])
        if start + _PAGE_SIZE < len(entries):
            to = f"{self.url}{path_of(request)}?recursive=true&cursor={start + _PAGE_SIZE}"
            answer.headers["Link"] = f'<{to}>; rel="next"'
        return answer


def _json(content: Any) -> Answer:
    return Answer(headers={"Content-Type": "application/json"}, body=json.dumps(content).encode())
