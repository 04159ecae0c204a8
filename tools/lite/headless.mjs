// Runs one notebook of a lite site in Node, with the site's own Python and wheels:
//     node headless.mjs SITE NOTEBOOK
// Prints a line of JSON: seconds to start, seconds of each cell, processor seconds of all cells, and the
// cells that failed.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [site, notebook] = process.argv.slice(2);
const runtime = path.resolve(site, "static", "pyodide");
const { loadPyodide } = await import(pathToFileURL(path.join(runtime, "pyodide.mjs")));
const begun = performance.now();
const python = await loadPyodide({ indexURL: runtime + path.sep, stdout: () => {}, stderr: () => {} });
const lock = JSON.parse(fs.readFileSync(path.join(runtime, "pyodide-lock.json"), "utf8"));
await python.loadPackage(Object.keys(lock.packages), { messageCallback: () => {} });
python.FS.mkdirTree("/wheels");
for (const name of fs.readdirSync(path.resolve(site, "pypi")).filter((n) => n.endsWith(".whl"))) {
  python.FS.writeFile(`/wheels/${name}`, fs.readFileSync(path.resolve(site, "pypi", name)));
}
python.FS.writeFile("/notebook.ipynb", fs.readFileSync(path.resolve(site, "files", notebook)));
const program = fs.readFileSync(new URL("./headless.py", import.meta.url), "utf8");
const used = process.cpuUsage();
const told = JSON.parse(await python.runPythonAsync(program));
told.start = (performance.now() - begun) / 1000 - told.seconds.reduce((a, b) => a + b, 0);
told.processor = process.cpuUsage(used).user / 1e6;
console.log(JSON.stringify({ notebook, ...told }));
process.exit(0);
