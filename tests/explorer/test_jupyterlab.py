"""The same explorer in a real JupyterLab: slider to Python, and Python to canvas."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from jupyter_client import BlockingKernelClient

CELL = """
from w2slib import explorer

field = explorer.ridge().field
drawn = explorer.Sampling("ridge", {"gamma_t": "n_t", "gamma_s": "n_s"})
phase = explorer.PhaseExplorer(
    field, "lam_t", "lam_s", explorer_id="lab", title="lab", sampling=drawn
)
phase
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory, browser):
    """Address of a running JupyterLab and the folder with its kernels' connection files."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "phase.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {f"JUPYTER_{what}_DIR": str(folder / what.lower()) for what in ("CONFIG", "RUNTIME")}
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"),
        *("--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.news_url=None"),
        *("--LabApp.extension_manager=readonly", f"--ServerApp.root_dir={folder}"),
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
    ]
    with (folder / "log.txt").open("w") as log:
        server = subprocess.Popen(
            command, env=os.environ | own, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"{address}/api/status"), 90)
        yield address, folder / "runtime"
    finally:
        server.terminate()
        server.wait(30)


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


def kernel_listens(address: str) -> bool:
    """Has the page connected to its kernel, and is the kernel ready to run something?"""
    try:
        with urllib.request.urlopen(f"{address}/api/kernels", timeout=5) as reply:
            kernels = json.load(reply)
    except OSError:  # among them the server's error 500, while a kernel is being started
        return False
    return any(k["connections"] and k["execution_state"] == "idle" for k in kernels)


def wait_for(condition, seconds: float):
    """The first true value of `condition()`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.2)
    pytest.fail(f"still waiting after {seconds} s for {condition}")


@pytest.fixture(scope="module")
def opened(lab, browser):
    """The notebook's page after its cell has run, and a second client of its kernel."""
    address, runtime = lab
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/lab/tree/phase.ipynb?reset")
    cell = page.locator(".jp-Notebook .jp-CodeCell").first
    cell.wait_for(timeout=90_000)
    wait_for(lambda: kernel_listens(address), 90)
    wait_for(lambda: runs(cell), 60)
    page.locator(".w2s-sentence strong").wait_for(timeout=90_000)
    client = BlockingKernelClient(connection_file=str(connection_file(runtime)))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield page, client
    client.stop_channels()
    page.close()
    assert errors == []


def runs(cell) -> bool:
    """Ask the cell to run unless it does: while JupyterLab still opens, it may drop a key."""
    prompt = cell.locator(".jp-InputPrompt")
    if prompt.inner_text().strip() == "[ ]:":
        cell.locator(".cm-content").click()
        cell.page.keyboard.press("Control+Enter")
    return prompt.inner_text().strip() != "[ ]:"


def connection_file(runtime: Path) -> Path:
    return max(runtime.glob("kernel-*.json"), key=lambda path: path.stat().st_mtime)


def in_python(client, expression: str):
    """Value of a JSON-able expression in the notebook's kernel."""
    ask = {"value": f"__import__('json').dumps({expression})"}
    reply = client.execute("", user_expressions=ask, reply=True, timeout=60)
    return json.loads(eval(reply["content"]["user_expressions"]["value"]["data"]["text/plain"]))


def in_browser(page, expression: str):
    script = f"root => {{ const hook = root.w2slib; return {expression}; }}"
    return page.locator('[data-explorer="lab"]').evaluate(script)


def test_slider_reaches_python(opened):
    page, client = opened
    before = in_python(client, "phase.settings")
    handle = page.locator(".w2s-slider-gamma_s .noUi-handle")
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expected = in_browser(page, "hook.settings()")["gamma_s"]
    assert expected == pytest.approx(before["gamma_s"] * 10**0.1, rel=0.03)
    wait_for(lambda: in_python(client, "phase.settings")["gamma_s"] == pytest.approx(expected), 20)
    assert in_python(client, "phase.canvas.gamma_s") == pytest.approx(expected)


def test_arrow_keys_on_the_crosshair_reach_python(opened):
    page, client = opened
    before = in_python(client, "phase.settings")["lam_t"]
    page.locator(".w2s-handle").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expected = in_browser(page, "hook.settings()")["lam_t"]
    assert expected == pytest.approx(before * 10**0.06, rel=0.03)
    wait_for(lambda: in_python(client, "phase.settings")["lam_t"] == pytest.approx(expected), 20)


def test_python_reaches_the_canvas(opened):
    page, client = opened
    sentence = in_browser(page, "hook.sentence()")
    picture = "root => [...root.querySelectorAll('canvas')].map(c => c.toDataURL()).join()"
    canvas = page.locator('[data-explorer="lab"]')
    before = canvas.evaluate(picture)
    client.execute("phase.set(lam_t=1.0, noise_var=0.2, gamma_t=2.0)", reply=True, timeout=60)
    wanted = {"lam_t": 1.0, "noise_var": 0.2, "gamma_t": 2.0}

    def arrived():
        shown = in_browser(page, "hook.settings()")
        return {name: shown[name] for name in wanted} == pytest.approx(wanted, rel=0.03)

    wait_for(arrived, 20)
    wait_for(lambda: in_browser(page, "hook.sentence()") != sentence, 20)
    wait_for(lambda: canvas.evaluate(picture) != before, 20)

    # Both sides settle on the same values: the slider's steps, which the browser finds.
    def settled():
        settings = in_browser(page, "hook.settings()")
        return in_python(client, "phase.settings") == pytest.approx(settings) and settings

    settings = wait_for(settled, 20)
    assert settings["noise_var"] == pytest.approx(0.2)
    assert settings["lam_t"] == pytest.approx(1.0, rel=0.03)
    assert settings["gamma_t"] == pytest.approx(2.0, rel=0.03)


def test_address_is_left_alone(opened):
    page, _ = opened
    assert not page.get_by_role("button", name="link to this setting").is_visible()


def test_data_sets_are_drawn_beside_a_kernel_too(opened):
    page, _ = opened
    page.get_by_role("button", name="draw 20 data sets").click()
    said = page.locator(".w2s-drawn")
    wait_for(lambda: said.text_content().startswith("20 draws with d = 100 (n_t = "), 60)
    seed = page.get_by_label("seed")
    seed.fill("7")
    seed.press("Enter")
    wait_for(lambda: "draws" not in said.text_content(), 20)
    page.get_by_role("button", name="draw a data set").click()
    wait_for(lambda: said.text_content().startswith("1 draw with d = 100"), 60)
    assert in_browser(page, "hook.draws.summary().seed") == 7
