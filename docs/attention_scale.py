"""Why attention divides its scores by the root of d_k: prints the numbers and draws docs/attention_scale.svg.

Queries and keys of d_k independent numbers with mean 0 and variance 1 (Vaswani et al. 2017, footnote 4). Their dot
product is a sum of d_k products, each of variance 1, so its variance is d_k. Softmax over scores that far apart gives
nearly all to one key, and there its gradient, p (1 - p) for each key, is nearly 0.

    python3 docs/attention_scale.py            prints, draws
    python3 docs/attention_scale.py --check    prints; exit status 1 where the figure is another
"""
import math
import pathlib
import random
import sys

SIZES = (4, 8, 16, 32, 64, 128, 256, 512)
QUERIES, KEYS, SEED = 150, 32, 1
FIGURE = pathlib.Path(__file__).with_suffix(".svg")


def softmax(scores):
    most = max(scores)
    parts = [math.exp(score - most) for score in scores]
    total = sum(parts)
    return [part / total for part in parts]


def measure(size, draw):
    """Variance of the scores; then, as they are and divided by the root: the largest weight, the gradient p (1 - p)
    summed over the keys. Means over the queries."""
    variance, rows = 0.0, []
    for _ in range(QUERIES):
        query = [draw.gauss(0, 1) for _ in range(size)]
        scores = [sum(q * draw.gauss(0, 1) for q in query) for _ in range(KEYS)]
        variance += sum(score * score for score in scores) / (KEYS * QUERIES)
        row = []
        for scale in (1.0, 1 / math.sqrt(size)):
            weights = softmax([score * scale for score in scores])
            row += [max(weights), sum(p * (1 - p) for p in weights)]
        rows.append(row)
    return [variance] + [sum(column) / QUERIES for column in zip(*rows)]


def panel(left, title, low, high, log, lines):
    """Lines over d_k: `lines` is [(name, colour, dashed, values)]; low and high bound the upright axis."""
    top, width, height = 46, 300, 200
    x = [left + width * i / (len(SIZES) - 1) for i in range(len(SIZES))]
    of = math.log if log else (lambda value: value)
    y = lambda value: top + height * (1 - (of(value) - of(low)) / (of(high) - of(low)))  # noqa: E731
    out = [f'<text x="{left}" y="20" font-size="14" font-weight="600">{title}</text>']
    marks = [4, 16, 64, 256] if log else [0, 0.25, 0.5, 0.75, 1]
    for mark in marks:
        out.append(f'<path d="M{left} {y(mark):.1f}H{left + width}" stroke="#8a94a0" stroke-opacity=".35"/>')
        out.append(f'<text x="{left - 8}" y="{y(mark) + 4:.1f}" text-anchor="end">{mark:g}</text>')
    for place, size in zip(x, SIZES):
        out.append(f'<text x="{place:.1f}" y="{top + height + 18}" text-anchor="middle">{size}</text>')
    out.append(f'<text x="{left + width / 2}" y="{top + height + 36}" text-anchor="middle">d_k</text>')
    for i, (name, colour, dashed, values) in enumerate(lines):
        path = " ".join(f"{a:.1f},{y(b):.1f}" for a, b in zip(x, values))
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{" stroke-dasharray=%s5 4%s" % (chr(34), chr(34)) if dashed else ""}/>')
        if not dashed:
            out += [f'<circle cx="{a:.1f}" cy="{y(b):.1f}" r="3" fill="{colour}"/>' for a, b in zip(x, values)]
        out.append(f'<rect x="{left}" y="{top + height + 52 + 18 * i}" width="14" height="4" fill="{colour}"/>')
        out.append(f'<text x="{left + 20}" y="{top + height + 58 + 18 * i}">{name}</text>')
    return out


def draw_figure(table):
    variance, raw_most, raw_gradient, most, gradient = zip(*table)
    body = panel(50, "Variance of q · k", 3, 700, True,
                 [("measured", "#2f6fde", False, variance), ("d_k", "#b4690e", True, SIZES)])
    body += panel(430, f"Softmax over {KEYS} keys", 0, 1, False,
                  [("largest weight, q · k", "#c02626", False, raw_most), ("largest weight, q · k / √d_k", "#2f6fde", False, most),
                   ("gradient Σ p (1 − p), q · k", "#c02626", True, raw_gradient), ("gradient, q · k / √d_k", "#2f6fde", True, gradient)])
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="760" height="374" viewBox="0 0 760 374" font-family="system-ui, sans-serif" font-size="12" fill="#6b7480">\n'
            + "\n".join(body) + "\n</svg>\n")


def main():
    draw = random.Random(SEED)
    table = [measure(size, draw) for size in SIZES]
    print(f"{QUERIES} queries against {KEYS} keys each, normal numbers of mean 0 and variance 1\n")
    print("        variance   largest weight        gradient, sum of p (1 - p)")
    print(" d_k      of q.k     q.k  q.k/root           q.k  q.k/root")
    for size, (variance, raw_most, raw_gradient, most, gradient) in zip(SIZES, table):
        print(f"{size:4d} {variance:11.1f} {raw_most:7.2f} {most:9.2f} {raw_gradient:13.3f} {gradient:9.3f}")
    figure = draw_figure(table)
    if sys.argv[1:] == ["--check"]:
        if not FIGURE.exists() or FIGURE.read_text(encoding="utf-8") != figure:
            print(f"{FIGURE}: is not what this makes", file=sys.stderr)
            return 1
        return 0
    FIGURE.write_text(figure, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
