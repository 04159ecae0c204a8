"""The built site: made once for all workers, served below a sub-path as GitHub Pages does."""

from __future__ import annotations

import gzip
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import ROOT

PREFIX = "/some/prefix/"
NOT_SOURCES = shutil.ignore_patterns(
    ".git", ".venv*", "_build", ".*_cache", ".ipynb_checkpoints", "node_modules"
)
STRICT = ("-W", "-n", "--keep-going")  # warnings are errors, all of them are told
BUILD_SECONDS = 1800  # an empty cache on a slow machine; a build that takes longer hangs


def build_site(folder: Path) -> Path:
    """Build the book from a copy of the working tree, with warnings as errors.

    The notebooks' outputs are shared with ``make book``, whichever runs first: the cache knows them
    by their code and by the source of w2slib (book/_extensions/house.py).
    """
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=NOT_SOURCES)
    return run_jupyter_book(source, *STRICT)


def run_jupyter_book(
    source: Path, *options: str, what: str = "book", seconds: int = BUILD_SECONDS
) -> Path:
    """Build a copy of the book with the shared outputs of notebooks, and return the site's folder."""
    command = Path(sys.executable).with_name("jupyter-book")
    built = subprocess.run(
        [command, "build", *options, source],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"W2S_EXECUTION_CACHE": str(ROOT / "_build" / ".jupyter_cache")} | os.environ,
        timeout=seconds,
    )
    if built.returncode:
        raise RuntimeError(f"the {what} does not build:\n{built.stdout[-6000:]}")
    return source / "_build" / "html"


def build_site_once(folder: Path) -> Path:
    """Build the site in ``folder`` unless another xdist worker does so already; then wait for it."""
    result = folder / "site.txt"
    try:
        (folder / "site.lock").touch(exist_ok=False)
    except FileExistsError:
        _wait_for(result)
    else:
        try:
            outcome = str(build_site(folder / "site"))
        except Exception as error:  # told to every worker, each of which fails with it below
            outcome = f"failed: {error}"
        partial = folder / "site.part"
        partial.write_text(outcome, encoding="utf-8")
        partial.rename(result)
    outcome = result.read_text(encoding="utf-8")
    if outcome.startswith("failed: "):
        raise RuntimeError(outcome)
    return Path(outcome)


def _wait_for(result: Path) -> None:
    """Wait for the worker that builds; it may have been killed, and then nobody tells."""
    deadline = time.monotonic() + BUILD_SECONDS + 60
    while not result.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"another worker builds the site, and {result} is still not there")
        time.sleep(0.5)


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serve the site under PREFIX, and its 404 page for everything else, as GitHub Pages does."""

    def translate_path(self, path: str) -> str:
        inside = path.removeprefix(PREFIX) if path.startswith(PREFIX) else "no-such-file"
        return super().translate_path("/" + inside)

    def send_error(self, code, message=None, explain=None):
        page = Path(self.directory, "404.html")
        if code != 404 or not page.exists():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


class _CompressingHandler(_Handler):
    """As a server on the net does: connections stay open, texts are compressed, files may be kept."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path.partition("?")[0]))
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        kind = self.guess_type(path)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if kind.startswith("text/") or kind.endswith(("javascript", "json", "svg+xml")):
            body = gzip.compress(body, 9, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)


class _Server(http.server.ThreadingHTTPServer):
    """A server that says nothing of a browser that leaves a page before it has all of it."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(site: Path, *, compress: bool = False) -> Iterator[str]:
    """Serve a built site; yields the address of its root, which is not the server's root."""
    kind = _CompressingHandler if compress else _Handler

    def handler(*args):
        return kind(*args, directory=str(site))

    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
