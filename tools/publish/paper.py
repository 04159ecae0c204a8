"""What is done to a page of the book before it is printed, and the pages that stand before all others."""

from __future__ import annotations

import html

MARGIN = 16  # mm, left and right
WIDTH = round((210 - 2 * MARGIN) / 25.4 * 96)  # px between the margins of A4
SHEET = {
    "format": "A4",
    "margin": {"top": "16mm", "bottom": "18mm", "left": f"{MARGIN}mm", "right": f"{MARGIN}mm"},
    "print_background": True,
    "tagged": True,
}
BARE = {"format": "A4", "print_background": False}  # without margins

# Opens solutions and hints, leaves code that only draws or checks folded away, and drops what only
# works with a mouse: the figure for print stands beside each explorer.
PREPARE = """() => {
  for (const fold of document.querySelectorAll("details")) {
    const cell = fold.closest("div.cell");
    const words = fold.querySelector(".cell_output > ul");
    if (cell && !words && !cell.classList.contains("tag_solution")) {
      fold.style.display = "none";
    } else {
      fold.open = true;
      if (words) fold.querySelector("summary").textContent = "In words";
      else if (cell) fold.querySelector("summary").textContent = "Solution";
    }
  }
  const live = '.widget-subarea, .jupyter-widgets, script[type$="widget-view+json"]';
  for (const cell of document.querySelectorAll("div.cell"))
    if (cell.querySelector(live)) cell.classList.add("w2s-live");
  // What is short moves to the next page as a whole; what is long would leave most of a page empty.
  const blocks = "table, .admonition, div.cell, div.cell_output .output, div.cell_output pre";
  for (const block of document.querySelectorAll(blocks))
    if (block.getBoundingClientRect().height > 400) block.classList.add("w2s-long");
}"""

# On the screen a figure waits until it comes near.
SETTLED = """() => Promise.all([...document.images].map(image => {
  image.loading = "eager";
  return image.decode().catch(() => 0);
}).concat(document.fonts.ready))"""

HEADINGS = """() => [...document.querySelectorAll("article.bd-article :is(h1, h2, h3)")]
  .filter(h => h.getClientRects().length).map(h => {
    const copy = h.cloneNode(true);
    for (const e of copy.querySelectorAll(".headerlink, .katex-mathml, mjx-assistive-mml")) e.remove();
    const id = h.id || h.closest("section[id]")?.id || "";
    return {level: Number(h.tagName[1]), id, text: copy.textContent.trim().replace(/\\s+/g, " ")};
  })"""

# Chromium notes where an element is in the PDF only if a link of the same page leads to it.
ANCHORS = """() => {
  const box = document.createElement("div");
  box.style.display = "none";
  for (const e of document.querySelectorAll("article.bd-article [id]")) {
    const link = document.createElement("a");
    link.setAttribute("href", "#" + encodeURIComponent(e.id));
    box.append(link);
  }
  document.body.append(box);
}"""

# Makes what is wider than the column smaller, and returns what is then still too wide. Lines of code
# are broken by the style sheet, lines of what it printed only where letters would become too small.
FIT = """() => {
  const article = document.querySelector("article.bd-article");
  const style = getComputedStyle(article);
  const box = article.getBoundingClientRect();
  const edge = Math.min(box.right - parseFloat(style.paddingRight), innerWidth);
  const start = Math.max(box.left + parseFloat(style.paddingLeft), 0);
  const parts = "table, .katex-display, mjx-container[display='true'], pre, img, svg, canvas";
  // how far it stands out: a formula is centred, and is cut off on both sides
  const out = e => Math.max(...[e, ...e.querySelectorAll("*")]
    .filter(x => !x.closest(".katex-mathml, .katex svg"))
    .map(x => x.getBoundingClientRect()).filter(r => r.width > 0)
    .flatMap(r => [r.right - edge, start - r.left]));
  // what a cell printed is plain text, which has no box of its own
  const printed = e => e.matches("div.cell_output pre");
  const over = e => printed(e) ? e.scrollWidth - e.clientWidth : out(e);
  const left = [];
  for (const e of article.querySelectorAll(parts)) {
    if (!e.getClientRects().length || e.closest(".katex-mathml, .katex svg")) continue;
    if (e.parentElement.closest("table, svg, .katex-display, mjx-container")) continue;
    if (over(e) <= 0.5) continue;
    e.classList.add("w2s-fitted");
    let scale = 1;
    while (over(e) > 0.5 && scale > (printed(e) ? 0.6 : 0.45)) {
      scale -= 0.03;
      e.style.zoom = scale;
    }
    if (printed(e) && over(e) > 0.5) {
      e.classList.add("w2s-wrapped");
      e.style.zoom = 1;
    }
    if (out(e) > 0.5) left.push(`${e.tagName} ${e.textContent.trim().slice(0, 60)}`);
  }
  return left;
}"""

STYLE = """<style>
  body { font: 11pt/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1f2933; margin: 0; }
  a { color: inherit; text-decoration: none; }
  h1 { font-size: 30pt; line-height: 1.15; margin: 70mm 0 6mm; color: #1b5e9b; }
  h2 { font-size: 20pt; margin: 0 0 8mm; }
  .foot { position: absolute; top: 190mm; font-size: 9.5pt; color: #3a4450; }
  ol { list-style: none; margin: 0; padding: 0; }
  li a { display: flex; gap: 2mm; align-items: baseline; }
  li a::before { order: 1; content: ""; flex: 1; border-bottom: 1px dotted #888; }
  li b, li i { order: 2; font-style: normal; font-variant-numeric: tabular-nums; }
  .part { font-weight: 650; color: #1b5e9b; margin-top: 4mm; break-after: avoid; }
  .chapter { font-weight: 600; margin-top: 1.5mm; break-after: avoid; }
  .section { padding-left: 6mm; font-size: 9.5pt; line-height: 1.35; }
</style>"""


def title_page(version: str, address: str, closed: bool) -> str:
    """HTML of the title page."""
    edition = "without the solutions of the exercises" if closed else "with solutions"
    where = html.escape(address)
    link = f'<p>Read it with live sliders: <a href="{where}">{where}</a></p>' if address else ""
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Title</title>{STYLE}
<h1>Weak-to-strong generalization</h1>
<p style="font-size: 15pt">Why a student that is trained on a weaker teacher's answers can beat that
teacher, in models that can be solved exactly</p>
<p>The w2slib developers</p>
<div class="foot"><p>Version {html.escape(version)}, {edition}.</p>{link}
<p>After Moniri and Hassani (2025), arXiv:2505.18346, and Yao et al. (2026), arXiv:2605.05710.
Each chapter says what is theirs, what is this book's own derivation and what is a simulation.</p>
<p>Text and figures: CC BY 4.0. Code: BSD-3-Clause.</p></div></html>"""


def contents(rows: list[tuple[str, str, str, str]]) -> str:
    """HTML of the table of contents; a row is (kind, text, address, page number)."""
    lines = []
    for kind, text, address, number in rows:
        words = html.escape(text)
        if kind == "part":
            lines.append(f'<li class="part">{words}</li>')
        else:
            inside = f"<span>{words}</span><i>{number}</i>"
            lines.append(f'<li class="{kind}"><a href="{html.escape(address)}">{inside}</a></li>')
    body = "\n".join(lines)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Contents</title>{STYLE}
<h2>Contents</h2><ol>{body}</ol></html>"""


def footers(titles: list[str]) -> str:
    """HTML of one sheet for each page of the book, with nothing on it but title and number."""
    sheets = [
        f'<div class="sheet"><span>{html.escape(title)} · {number}</span></div>'
        for number, title in enumerate(titles, 1)
    ]
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Numbers</title><style>
  body {{ margin: 0; font: 11px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #555; }}
  .sheet {{ height: 296mm; position: relative; break-after: page; }}
  .sheet:last-child {{ break-after: auto; }}
  .sheet span {{ position: absolute; top: 285mm; width: 100%; text-align: center; }}
</style>{"".join(sheets)}</html>"""
