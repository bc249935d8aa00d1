"""A flow as a picture: stages as boxes, ways between them, and what stands above all stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from yingda.flows.flow import Flow, Stage
from yingda.flows.layout import Edge, Layout, laid_out

BOX_WIDTH, LINE, PADDING = 230, 20, 12
GAP_X, GAP_Y, MARGIN = 60, 76, 40
THROUGH = 120
"""The width that an edge takes which passes through a row."""
_STYLE = """
text { font: 13px system-ui, "Noto Sans CJK SC", sans-serif; fill: #1f2933; }
.name { font-weight: 600; font-size: 15px; }
.code { fill: #52606d; }
.when { font-size: 12px; fill: #334e68; paint-order: stroke; stroke: #fff; stroke-width: 5px; }
.box { fill: #f5f7fa; stroke: #829ab1; stroke-width: 1.2; }
.final { fill: #e3f8ee; stroke: #3f9b72; }
.handoff { fill: #fdf0e1; stroke: #c7832b; }
.way { fill: none; stroke: #627d98; stroke-width: 1.4; marker-end: url(#tip); }
.back { stroke-dasharray: 5 4; }
.frame { fill: none; stroke: #d9e2ec; }
"""
_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto"><path d="M0 0 8 4 0 8z" fill="#627d98"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    def drawn(self, kind: str) -> str:
        size = f'width="{self.width:g}" height="{self.height:g}"'
        return f'<rect class="{kind}" x="{self.x:g}" y="{self.y:g}" {size} rx="7"/>'


def drawing_of(flow: Flow) -> str:
    """The picture as SVG; the same flow always gives the same bytes."""
    layout = laid_out(flow)
    boxes = _boxes(flow, layout)
    right = max(box.x + box.width for box in boxes.values())
    bottom = max(box.y + box.height for box in boxes.values())
    notes = list(_notes(flow))
    width = max(right, MARGIN + max(map(_text_width, notes)) + 2 * PADDING) + MARGIN
    height = bottom + GAP_Y / 2 + (len(notes) + 1) * LINE + MARGIN
    body = [
        *_ways(layout, boxes, right),
        *(_stage(flow.stages[name], flow, boxes[name]) for name in flow.stages),
    ]
    body += _panel(notes, bottom + GAP_Y / 2, width)
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<title>{escape(flow.name)}</title>",
        f"<style>{_STYLE}</style>",
        _TIP,
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    return "\n".join([*head, *body, "</svg>", ""])


def _lines(stage: Stage, flow: Flow) -> list[str]:
    code = flow.reported(stage.code)
    lines = [stage.name, f"{code} {flow.label(code)}".strip()]
    lines += _wrapped([f"asks {name}" if name == stage.collect[0] else name for name in stage.collect])
    if stage.review:
        lines.append("reads all back")
    if stage.awaits:
        lines.append(f"waits for {stage.awaits.key}, {stage.awaits.timeout_s:g} s")
    if stage.handoff:
        lines.append(f"to {stage.handoff.queue}, {stage.handoff.priority}")
    return lines


def _wrapped(names: Sequence[str], longest: int = 26) -> Iterator[str]:
    line = ""
    for name in names:
        if line and len(line) + len(name) > longest:
            yield line + ","
            line = ""
        line = f"{line}, {name}" if line else name
    if line:
        yield line


def _boxes(flow: Flow, layout: Layout) -> dict[str, _Box]:
    boxes: dict[str, _Box] = {}
    rows = [*layout.rows, *([layout.aside] if layout.aside else [])]
    widest = max(sum(_width(name, flow) for name in row) + GAP_X * (len(row) - 1) for row in rows)
    y = float(MARGIN)
    for row in rows:
        x = MARGIN + (widest - sum(_width(name, flow) for name in row) - GAP_X * (len(row) - 1)) / 2
        height = max(_height(name, flow) for name in row)
        for name in row:
            boxes[name] = _Box(
                x, y, _width(name, flow), _height(name, flow) if name in flow.stages else height
            )
            x += _width(name, flow) + GAP_X
        y += height + GAP_Y
    return boxes


def _width(name: str, flow: Flow) -> float:
    return BOX_WIDTH if name in flow.stages else THROUGH


def _height(name: str, flow: Flow) -> float:
    return len(_lines(flow.stages[name], flow)) * LINE + 2 * PADDING if name in flow.stages else 0


def _stage(stage: Stage, flow: Flow, box: _Box) -> str:
    kind = " handoff" if stage.handoff else " final" if stage.is_final else ""
    texts = [
        f'<text class="{"name" if place == 0 else "code"}" x="{box.middle:g}" text-anchor="middle" '
        f'y="{box.y + PADDING + LINE * place + 14:g}">{escape(line)}</text>'
        for place, line in enumerate(_lines(stage, flow))
    ]
    return "\n".join([box.drawn(f"box{kind}"), *texts])


def _ways(layout: Layout, boxes: dict[str, _Box], right: float) -> Iterator[str]:
    for edge in layout.edges:
        start, end = boxes[edge.start], boxes[edge.end]
        if edge.is_back:
            yield _back(edge, start, end, right)
            continue
        points = [(start.middle, start.y + start.height)]
        for place in edge.via:
            points += [
                (boxes[place].middle, boxes[place].y),
                (boxes[place].middle, boxes[place].y + boxes[place].height),
            ]
        points.append((end.middle, end.y))
        path = f"M{points[0][0]:g} {points[0][1]:g}"
        for (x, y), (to_x, to_y) in pairwise(points):
            bend = (to_y - y) / 2
            path += f" C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y:g}"
        yield f'<path class="way" d="{path}"/>'
        (x, y), (to_x, to_y) = points[0], points[1]
        # Two thirds down, where edges of one stage have parted.
        yield _label(edge.label, x + (to_x - x) * 0.74, y + (to_y - y) * 0.66)


def _back(edge: Edge, start: _Box, end: _Box, right: float) -> str:
    x, y = start.x + start.width, start.y + start.height / 2
    to_x, to_y = end.x + end.width, end.y + end.height / 2
    side = right + MARGIN / 2
    path = f"M{x:g} {y:g} C{side:g} {y:g} {side:g} {to_y:g} {to_x:g} {to_y:g}"
    return f'<path class="way back" d="{path}"/>\n{_label(edge.label, (x + side) / 2, (y + to_y) / 2)}'


def _label(text: str, x: float, y: float) -> str:
    return (
        f'<text class="when" x="{x:g}" y="{y:g}" text-anchor="middle">{escape(text)}</text>' if text else ""
    )


def _notes(flow: Flow) -> Iterator[str]:
    """What leads away from any stage, in the order in which it is looked at."""
    yield "At any stage, the first that comes true:"
    for rule in flow.rules:
        yield f"    {rule.when.source}  →  {rule.goto or rule.do}"
    if flow.on_fail:
        yield f"    a question failed {flow.retries + 1} times  →  {flow.on_fail}"
    for slot in flow.slots.values():
        if slot.on_fail:
            yield f"    {slot.name} failed  →  {slot.on_fail}"
    if flow.silence.goto:
        yield f"    {flow.silence.times} silent turns  →  {flow.silence.goto}"
    for slot in flow.slots.values():
        if slot.when:
            yield f"    {slot.name} is asked if {slot.when.source}"


def _panel(notes: Sequence[str], y: float, width: float) -> list[str]:
    frame = _Box(MARGIN, y, width - 2 * MARGIN, (len(notes) + 1) * LINE)
    places = [f'x="{MARGIN + PADDING}" y="{y + LINE * (line + 1):g}"' for line in range(len(notes))]
    texts = [
        f'<text {place} xml:space="preserve">{escape(note)}</text>'
        for place, note in zip(places, notes, strict=True)
    ]
    return [frame.drawn("frame"), *texts]


def _text_width(text: str) -> float:
    return sum(13 if ord(char) > 0x2E80 else 7 for char in text)
