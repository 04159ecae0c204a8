"""The server of the browser harness: readers who leave are no error, everything else is."""

import socket
import struct
import time
from urllib.parse import urlsplit

from tools import browser


def ask(address: str, path: str) -> socket.socket:
    """Ask for a file, and read nothing."""
    parts = urlsplit(address)
    client = socket.create_connection((parts.hostname, parts.port), timeout=10)
    client.sendall(f"GET {parts.path}{path} HTTP/1.0\r\n\r\n".encode())
    return client


def test_a_reader_who_leaves_is_not_reported(tmp_path, capfd):
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(50_000_000)
    with browser.serve(tmp_path) as address:
        client = ask(address, "large.bin")
        client.recv(100)
        # Hang up at once, without waiting for what is under way.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        time.sleep(0.3)
    assert capfd.readouterr().err == ""


def test_a_fault_of_the_server_is_reported(tmp_path, capfd, monkeypatch):
    def broken(self, path):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(browser._Handler, "translate_path", broken)
    with browser.serve(tmp_path) as address, ask(address, "any") as client:
        assert client.recv(100) == b""
    assert "broken on purpose" in capfd.readouterr().err
