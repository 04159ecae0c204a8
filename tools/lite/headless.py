"""Runs /notebook.ipynb in Pyodide, as headless.mjs asks; its value is what happened, as JSON."""

import glob
import importlib
import json
import os
import sys
import time
import zipfile

os.environ["MPLBACKEND"] = "agg"
folder = next(path for path in sys.path if path.endswith("site-packages"))
for wheel in glob.glob("/wheels/*.whl"):
    zipfile.ZipFile(wheel).extractall(folder)
importlib.invalidate_caches()

from IPython.core.interactiveshell import InteractiveShell  # noqa: E402

shell = InteractiveShell.instance()
with open("/notebook.ipynb", encoding="utf-8") as file:
    cells = json.load(file)["cells"]
told = {"seconds": [], "failed": {}}
for number, cell in enumerate(cells, 1):
    if cell["cell_type"] == "code":
        # What %pip would install has been unpacked above.
        lines = [line for line in cell["source"] if not line.startswith("%pip")]
        begun = time.time()
        result = shell.run_cell("".join(lines))
        told["seconds"].append(time.time() - begun)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            told["failed"][number] = f"{type(error).__name__}: {error}"
json.dumps(told)
