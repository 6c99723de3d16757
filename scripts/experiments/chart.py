"""Charts as SVG: lines with bands, and rows with intervals. Series differ by dash and
mark, not by colour alone; labels stand at the ends of lines, apart from each other."""
import html
import math

WIDTH, HEIGHT = 800, 480
INKS = ["#1b1b1b", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#666666"]
DASHES = ["", "7 4", "2 3", "9 3 2 3", "4 2", "1 2", "12 4", "6 2 1 2"]


def text(x, y, words, anchor="start", size=13, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" {more}>{html.escape(str(words))}</text>'


def ticks(low, high, log):
    if log:
        all_of = [m * 10.0**e for e in range(-9, 10) for m in (1, 2, 5)]
        return [t for t in all_of if low <= t * (1 + 1e-9) and t <= high * (1 + 1e-9)]
    step = 10 ** math.floor(math.log10(max(high - low, 1e-9) / 4))
    step *= next(m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= 6)
    first = math.ceil(low / step - 1e-9)
    return [round(step * i, 12) for i in range(first, int(high / step + 1e-9) + 1)]


def mark(x, y, i, ink):
    s = 4
    shapes = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{s}"/>',
        f'<rect x="{x - s:.1f}" y="{y - s:.1f}" width="{2 * s}" height="{2 * s}"/>',
        f'<path d="M{x:.1f} {y - s - 1:.1f}l{s + 1} {2 * s}h{-2 * s - 2}z"/>',
        f'<path d="M{x:.1f} {y - s - 1:.1f}l{s + 1} {s + 1}l{-s - 1} {s + 1}l{-s - 1} {-s - 1}z"/>',
    ]
    hollow = (i // len(shapes)) % 2
    return f'<g fill="{"#fff" if hollow else ink}" stroke="{ink}">{shapes[i % len(shapes)]}</g>'


def apart(wanted, gap):
    """Places near those wanted, at least `gap` from each other, in the same order."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places, last = list(wanted), -1e9
    for i in order:
        places[i] = last = max(wanted[i], last + gap)
    over = max(0, (max(places) if places else 0) - (HEIGHT - 60))
    return [p - over for p in places]


def frame(title, body, height=HEIGHT):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="Helvetica, Arial, sans-serif" role="img"><title>{html.escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{text(20, 24, title, size=15, more=chr(34).join(["font-weight=", "bold", ""]))}{body}</svg>\n'
    )


def lines(title, x_name, y_name, series, log=False):
    """`series`: (name, [(x, y, low, high)]), low and high may be None."""
    left, right, top, bottom = 70, WIDTH - 190, 44, HEIGHT - 52
    xs = [p[0] for _, ps in series for p in ps]
    ys = [v for _, ps in series for p in ps for v in p[1:] if v is not None]
    low, high = min(ys), max(ys)
    pad = 0.05 * (high - low or 1)
    low, high = low - pad, high + pad
    scale = math.log10 if log else float
    x0, x1 = scale(min(xs)), scale(max(xs))
    px = lambda x: left + (scale(x) - x0) / ((x1 - x0) or 1) * (right - left)
    py = lambda y: bottom - (y - low) / (high - low) * (bottom - top)
    body = []
    for t in ticks(low, high, False):
        body.append(f'<path d="M{left} {py(t):.1f}H{right}" stroke="#ddd"/>' + text(left - 8, py(t) + 4, f"{t:g}", "end", 12))
    for t in ticks(min(xs), max(xs), log):
        body.append(f'<path d="M{px(t):.1f} {bottom}v5" stroke="#333"/>' + text(px(t), bottom + 19, f"{t:g}", "middle", 12))
    body.append(f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#333"/>')
    body.append(text((left + right) / 2, HEIGHT - 14, x_name, "middle"))
    body.append(text(0, 0, y_name, "middle", 13, f'transform="translate(18 {(top + bottom) / 2:.0f}) rotate(-90)"'))
    ends = apart([py(ps[-1][1]) for _, ps in series], 16)
    for i, (name, ps) in enumerate(series):
        ink, dash = INKS[i % len(INKS)], DASHES[i % len(DASHES)]
        banded = [p for p in ps if p[2] is not None]
        if len(banded) > 1:
            upper = [f"{px(p[0]):.1f} {py(p[3]):.1f}" for p in banded]
            lower = [f"{px(p[0]):.1f} {py(p[2]):.1f}" for p in reversed(banded)]
            body.append(f'<path d="M{"L".join(upper + lower)}z" fill="{ink}" opacity="0.1"/>')
        path = "L".join(f"{px(p[0]):.1f} {py(p[1]):.1f}" for p in ps)
        body.append(f'<path d="M{path}" fill="none" stroke="{ink}" stroke-width="1.8" stroke-dasharray="{dash}"/>')
        body += [mark(px(p[0]), py(p[1]), i, ink) for p in ps]
        body.append(f'<path d="M{px(ps[-1][0]) + 7:.1f} {py(ps[-1][1]):.1f}L{right + 14} {ends[i]:.1f}" stroke="{ink}" stroke-width="0.7" fill="none"/>')
        body.append(mark(right + 20, ends[i], i, ink))
        body.append(text(right + 30, ends[i] + 4, name, more=f'fill="{ink}"'))
    return frame(title, "".join(body))


def rows(title, x_name, entries, zero=None):
    """`entries`: (name, value, low, high), low and high may be None; `zero`: a line."""
    height = 104 + 24 * len(entries)
    left, right, top, bottom = 230, WIDTH - 40, 44, height - 48
    values = [v for _, *vs in entries for v in vs if v is not None] + ([] if zero is None else [zero])
    low, high = min(values), max(values)
    pad = 0.06 * (high - low or 1)
    low, high = low - pad, high + pad
    px = lambda x: left + (x - low) / (high - low) * (right - left)
    body = []
    for t in ticks(low, high, False):
        body.append(f'<path d="M{px(t):.1f} {top}V{bottom}" stroke="#ddd"/>' + text(px(t), bottom + 18, f"{t:g}", "middle", 12))
    if zero is not None:
        body.append(f'<path d="M{px(zero):.1f} {top}V{bottom}" stroke="#333"/>')
    for i, (name, value, lower, upper) in enumerate(entries):
        y = top + 16 + 24 * i
        short = name if len(name) <= 30 else name[:29] + "…"
        body.append(text(left - 12, y + 4, short, "end", 12))
        if lower is not None:
            body.append(f'<path d="M{px(lower):.1f} {y}H{px(upper):.1f}" stroke="#1b1b1b" stroke-width="1.6"/>')
        body.append(mark(px(value), y, 0, "#1b1b1b"))
    body.append(text((left + right) / 2, height - 10, x_name, "middle"))
    return frame(title, "".join(body), height)
