"""Run a student's notebook to its end, whatever its cells do.

nbgrader's own step gives up a whole notebook if its kernel dies or does not answer, and counts
everything that is written to stderr, a warning too, as a failed check. Here

- a cell that takes too long is interrupted; if it will not be, or if it kills the kernel, the notebook
  starts again in a new kernel without that cell, so that the other exercises keep their points;
- ``quit()`` ends the kernel only after its cell, in front of another one or in its midst: the cell that
  asked for it is left out, not that other one;
- a check is passed exactly if Python reached its end: it is run with one line more, which prints a
  word that nobody can know, so that ``sys.exit``, or an answer that silences errors, passes nothing;
- output without end, pictures and other rich output too, is cut while it comes;
- the time that a kernel stands in line for a processor on a busy machine is not counted (Linux; up to
  `PATIENCE` times the limit), so that a right answer is not a wrong one beside other work.
"""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from queue import Empty

from jupyter_client.utils import ensure_async, run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import Execute
from traitlets import Dict, Integer, Unicode

LONGEST = 20_000  # letters of output that are kept of one cell
RICHEST = 4_000_000  # letters of its pictures, tables and errors
GRACE = 10  # seconds in which an interrupted kernel has to answer
PATIENCE = 3  # a cell's limit is extended by at most so many times itself


class Patient(Execute):
    """nbgrader's Execute, which goes on where that one gives up."""

    restarts = Integer(8, help="how often a notebook may lose its kernel").tag(config=True)
    given_up = Dict(help="why the cell of an index is not run")
    known = Dict(help="the same, of cells that ended an earlier process").tag(config=True)
    journal = Unicode("", help="file that tells which cell runs").tag(config=True)
    shutdown_kernel = "immediate"

    def preprocess(self, nb, resources, km=None):
        """Run every cell; cells that cost the kernel are left out of the next try."""
        self.given_up, self._slow = dict(self.known), {}
        while True:
            self._at, self._word, self._letters, self._setup = -1, None, [0, 0], False
            self._own, self._began = -1, True
            try:
                done = super().preprocess(nb, resources, km)
                self._at = -1  # what ends this process now was no cell
                self._note()
                return done
            except (DeadKernelError, CellTimeoutError, RuntimeError) as error:
                self.log.error("Cell %d: %s", self._at, error)
                reason = "ended Python" if str(error) == "Kernel died" else str(error)
                reason = (reason.splitlines() or [type(error).__name__])[0]
                if self._at < 0 or self._setup or self._at in self.given_up:  # no answer's fault
                    raise
                # A cell that had not begun is not what ended the kernel; an answer before it is.
                guilty = self._at if self._began or self._own < 0 else self._own
                self.given_up |= self._slow | {guilty: reason}
                if len(self.given_up) > self.restarts:
                    left = range(self._at + 1, len(nb.cells))
                    self.given_up |= {i: "too many cells ended Python before" for i in left}

    async def async_execute_cell(self, cell, cell_index, *args, **kwargs):
        """Run one cell, a check with the line that proves that its end was reached."""
        self._at, self._letters = cell_index, [0, 0]
        if cell.cell_type != "code":
            return cell
        if cell_index in self.given_up:
            cell.outputs = [_error("NotRun", self.given_up[cell_index])]
            return cell
        marks = cell.metadata.get("nbgrader", {})
        check, locked = marks.get("grade", False), marks.get("locked", False)
        source, word = cell.source, secrets.token_hex(16)
        self._word = word if check else None
        # Before the first exercise stands what was handed out: if that is too slow, the machine is.
        self._setup = marks.get("grade_id", "").startswith("given-0")
        self._began = False
        if not locked:
            self._own = cell_index
        self._stood = stood_in_line(self._pid())
        self._note()
        if check:
            cell.source = f"{source}\nprint({word!r})"
        try:
            return await super().async_execute_cell(cell, cell_index, *args, **kwargs)
        finally:
            cell.source = source

    execute_cell = run_sync(async_execute_cell)  # nbclient's own would run its own

    def on_cell_executed(self, **kwargs):
        """Settle what a check's outputs say: an error exactly if its end was not reached."""
        super().on_cell_executed(**kwargs)
        asked = [p.get("source") for p in kwargs["execute_reply"]["content"].get("payload", [])]
        if "ask_exit" in asked:
            raise DeadKernelError("asked Python to end")
        cell, word = kwargs["cell"], self._word
        for output in cell.outputs:
            if output.output_type == "error":  # its page is not made of one message
                output.evalue = output.evalue[:LONGEST]
                output.traceback = ["\n".join(output.traceback)[:LONGEST]]
        if word is None:
            return
        printed = [o for o in cell.outputs if o.output_type == "stream"]
        reached = any(word in o.text for o in printed)
        reached = reached and kwargs["execute_reply"]["content"]["status"] == "ok"
        for output in printed:
            output.text, output.name = output.text.replace(f"{word}\n", ""), "stdout"
        errors = [o for o in cell.outputs if o.output_type == "error"]
        if not reached and not errors:
            errors = [_error("NotFinished", "the check was ended before its last line")]
        cell.outputs = [o for o in printed if o.text] + ([] if reached else errors)

    def process_message(self, msg, cell, cell_index):
        """Take in one message of the kernel, but no output without end."""
        self._began = True
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            text = content["text"]
            self._letters[0] += len(text)
            if self._letters[0] > LONGEST and not (self._word and self._word in text):
                return None
        elif kind not in ("status", "execute_input"):
            # Each counts for something: empty ones without end are too many, too.
            self._letters[1] += 100 + sum(map(_size, content.values()))
            if self._letters[1] > RICHEST:
                return None
        return super().process_message(msg, cell, cell_index)

    def _note(self) -> None:
        """Write down which cell runs, for whoever finds this process ended."""
        if self.journal and not self._setup:
            told = {"at": self._at, "given_up": self.given_up}
            Path(self.journal).write_text(json.dumps(told), encoding="utf-8")

    def _get_timeout(self, cell):
        """Return the seconds of a cell; less for a mere picture once an answer has run too long."""
        seconds = super()._get_timeout(cell)
        marks = {} if cell is None else cell.metadata.get("nbgrader", {})
        picture = marks.get("locked") and not marks.get("grade")
        return max(1, seconds // 4) if seconds and picture and self._slow else seconds

    def _pid(self) -> int | None:
        return getattr(self.km.provisioner, "pid", None)

    async def _async_handle_timeout(self, timeout, cell=None):
        late = await self._waited_on(timeout)
        if late is not None:
            return late
        reply = await super()._async_handle_timeout(timeout, cell)  # interrupts
        if self._setup:
            raise DeadKernelError("the imports ran too long: is the machine busy?")
        asked, last = self.kc.kernel_info(), time.monotonic() + GRACE
        while time.monotonic() < last:
            try:
                answer = await ensure_async(self.kc.shell_channel.get_msg(timeout=1))
            except Empty:
                await self._async_check_alive()
                continue
            if answer["parent_header"].get("msg_id") == asked:
                self._slow[self._at] = "ran too long"  # need not run again in a new kernel
                return reply
        raise DeadKernelError("ran too long, and could not be interrupted")

    async def _waited_on(self, timeout):
        """Wait for as long as the kernel had no processor; return its reply if it comes meanwhile."""
        given = 0.0
        while True:
            stood = stood_in_line(self._pid()) - self._stood
            more = min(stood, PATIENCE * timeout) - given
            if more < 0.5:
                return None
            given, last = given + more, time.monotonic() + more
            while (left := last - time.monotonic()) > 0:
                try:
                    answer = await ensure_async(self.kc.shell_channel.get_msg(timeout=min(1, left)))
                except Empty:
                    await self._async_check_alive()
                    continue
                if answer["msg_type"] == "execute_reply":
                    return answer


def stood_in_line(pid: int | None) -> float:
    """Seconds that the main thread of a process was ready to run and had no processor; 0 if unknown."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _size(value) -> int:
    """Letters in a part of a message."""
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(_size, value))
    return len(value) if isinstance(value, (str, bytes)) else 8


def _error(name: str, why: str) -> NotebookNode:
    return NotebookNode(output_type="error", ename=name, evalue=why, traceback=[f"{name}: {why}"])
