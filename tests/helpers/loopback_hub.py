"""A model hub on 127.0.0.1: what huggingface_hub asks for, from folders, with faults on request."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LARGE = (".safetensors", ".bin")


class Hub:
    """Repositories, and what goes wrong with them.

    Attributes
    ----------
    repos : dict
        Name of a repository to (branch to folder).
    status : dict
        (repository, branch) to the HTTP status that every request for it gets.
    hide_sums : bool
        Whether large files are listed without their SHA-256.
    asked : list of str
        Paths of the requests so far.
    """

    def __init__(self, repos: dict[str, dict[str, Path]]) -> None:
        self.repos, self.status, self.asked = repos, {}, []
        self.hide_sums = False
        self.endpoint = ""

    def commit(self, repo: str, branch: str) -> str:
        folder = self.repos[repo][branch]
        stats = [(p.name, p.stat().st_mtime_ns) for p in sorted(folder.iterdir())]
        return hashlib.sha1(repr((repo, branch, stats)).encode()).hexdigest()

    def find(self, repo: str, revision: str) -> tuple[str, Path] | None:
        for branch, folder in self.repos.get(repo, {}).items():
            if revision in (branch, self.commit(repo, branch)):
                return branch, folder
        return None

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        path = path.partition("?")[0]
        self.asked.append(path)
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/refs", path):
            return self._refs(match[1])
        match = re.fullmatch(r"/api/models/([^/]+/[^/]+)/(tree|revision)/([^/]+)", path)
        match = match or re.fullmatch(r"/([^/]+/[^/]+)/(resolve)/([^/]+)/(.+)", path)
        if not match or match[1] not in self.repos:
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        found = self.find(match[1], match[3])
        if found is None:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        branch, folder = found
        if (match[1], branch) in self.status:
            return self.status[match[1], branch], {}, b"no"
        commit = self.commit(match[1], branch)
        if match[2] == "tree":
            listed = [self._entry(file) for file in sorted(folder.iterdir())]
            return 200, {"Content-Type": "application/json"}, json.dumps(listed).encode()
        if match[2] == "revision":
            return (
                200,
                {"Content-Type": "application/json"},
                json.dumps({"id": match[1], "sha": commit}).encode(),
            )
        file = folder / match[4]
        if not file.is_file():
            return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}, b""
        body = file.read_bytes()
        etag = hashlib.sha256(body).hexdigest()
        return 200, {"ETag": f'"{etag}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}, body

    def _refs(self, repo: str) -> tuple[int, dict[str, str], bytes]:
        if repo not in self.repos:
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        if (repo, "") in self.status:
            return self.status[repo, ""], {}, b"no"
        branches = [{"name": name, "ref": f"refs/heads/{name}", "targetCommit": self.commit(repo, name)}
                    for name in self.repos[repo]]  # fmt: skip
        return self._json({"branches": branches, "tags": [], "converts": []})

    @staticmethod
    def _json(content) -> tuple[int, dict[str, str], bytes]:
        return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()

    def _entry(self, file: Path) -> dict:
        body = file.read_bytes()
        oid = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
        entry = {"type": "file", "path": file.name, "size": len(body), "oid": oid}
        if file.suffix in LARGE and not self.hide_sums:
            sha = hashlib.sha256(body).hexdigest()
            entry["lfs"] = {"oid": sha, "size": len(body), "pointerSize": 134}
        return entry


@contextmanager
def serve(repos: dict[str, dict[str, Path]]):
    """Run a hub until the end of the block; its ``endpoint`` is for HF_ENDPOINT."""
    hub = Hub(repos)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._send(body=False)

        def do_GET(self) -> None:
            self._send(body=True)

        def _send(self, body: bool) -> None:
            status, headers, content = hub.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
