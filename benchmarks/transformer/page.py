"""docs/results/transformer.md out of transformer.json. run.py and tasks.py each fill a part of the JSON file; the page
is written anew from all that is there."""

import json
import math
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import machine  # noqa: E402


class Store:
    """PATH.json and PATH.md, and PATH_length.svg where lengths were measured."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.with_suffix(".json")
        self.all = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def put(self, part, value):
        self.all[part] = {"machine": machine(), **value}
        write(self.path.with_suffix(".json"), json.dumps(self.all, indent=1, ensure_ascii=False) + "\n")
        lengths = [row for row in self.all.get("speed", {}).get("measured", []) if row["part"] == "length"]
        curve = self.path.with_name(self.path.name + "_length.svg")
        if lengths:
            write(curve, drawn(best_of(lengths)))
        write(self.path.with_suffix(".md"), page(self.all, curve.name))


def write(path, text):
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.rename(path)


def best_of(rows):
    """One row for each case and program, with the best of its rounds, their median and all of them."""
    found = {}
    for row in rows:
        key = (json.dumps(row["case"], sort_keys=True), row["what"])
        found.setdefault(key, []).append(row)
    best = []
    for same in found.values():
        speeds = [row["tokens_per_second"] for row in same]
        best.append({**max(same, key=lambda row: row["tokens_per_second"]), "median": statistics.median(speeds),
                     "rounds": len(same)})
    return best


def cases_of(rows):
    """Rows by case, in the order in which they were measured."""
    by_case = {}
    for row in rows:
        by_case.setdefault(json.dumps(row["case"], sort_keys=True), []).append(row)
    return list(by_case.values())


def ratio(ours, theirs):
    return f"{ours / theirs:.2f} × as fast" if ours else ""


def several(count, what):
    return f"{count} {what}{'' if count == 1 else 's'}"


def mebibytes(row):
    return f"{row['peak_memory_bytes'] / 2**20:,.0f}"


def training(rows):
    lines = []
    for same in cases_of(rows):
        case = same[0]["case"]
        lines += [f"## Training: {case['title']}, {several(same[0]['rounds'], 'round')}", "",
                  "| program | precision | tokens/s, best | median | langzoo of this precision is | peak memory, MiB |",
                  "|---|---|---:|---:|---:|---:|"]
        ours = {row["precision"]: row["tokens_per_second"] for row in same if row["what"].startswith("langzoo")}
        for row in same:
            against = "" if row["what"].startswith("langzoo") else ratio(ours.get(row["precision"]),
                                                                         row["tokens_per_second"])
            lines.append(f"| {row['what'].rsplit(' ', 1)[0]} | {row['precision']} | {row['tokens_per_second']:,.0f} | "
                         f"{row['median']:,.0f} | {against} | {mebibytes(row)} |")
        lines.append("")
    return lines


def decoding(rows):
    lines = []
    for same in cases_of(rows):
        case = same[0]["case"]
        ours = {row["what"]: row["tokens_per_second"] for row in same if row["what"].startswith("langzoo")}
        lines += [f"## Decoding: {case['title']}, beam {case['beam']}, {several(same[0]['rounds'], 'round')}", "",
                  "| program | target tokens/s, best | median | " + "".join(f"{what} is | " for what in ours) +
                  "peak memory, MiB |", "|---|---:|---:|" + "---:|" * (len(ours) + 1)]
        for row in same:
            against = "".join(f"{'' if row['what'] in ours else ratio(speed, row['tokens_per_second'])} | "
                              for speed in ours.values())
            lines.append(f"| {row['what']} | {row['tokens_per_second']:,.0f} | {row['median']:,.0f} | {against}"
                         f"{mebibytes(row)} |")
        lines.append("")
    return lines


def by_program(rows):
    """{program: [(length, microseconds a token), …]} with rising lengths."""
    found = {}
    for row in rows:
        found.setdefault(row["what"], []).append((row["case"]["target_length"], 1e6 / row["tokens_per_second"]))
    return {what: sorted(points) for what, points in found.items()}


def slope(points):
    """Of log cost on log length, by least squares: 0 where a token costs the same at every length, 1 where its cost
    grows as the length does."""
    if len(points) < 2:
        return float("nan")
    x, y = [math.log(length) for length, _ in points], [math.log(cost) for _, cost in points]
    middle, height = sum(x) / len(x), sum(y) / len(y)
    return sum((a - middle) * (b - height) for a, b in zip(x, y)) / sum((a - middle) ** 2 for a in x)


def lengths_table(rows, curve):
    programs = by_program(rows)
    case = rows[0]["case"]
    lines = [f"## What a token costs, by the translation's length ({case['title']}, beam {case['beam']}, {several(rows[0]['rounds'], 'round')})", "",
             f"![Microseconds a token against tokens of the translation]({curve})", "",
             "| tokens | " + " | ".join(f"{what}, µs a token" for what in programs) + " |",
             "|---:|" + "---:|" * len(programs)]
    for length in sorted({length for points in programs.values() for length, _ in points}):
        cells = [next((f"{cost:,.0f}" for own, cost in points if own == length), "") for points in programs.values()]
        lines.append(f"| {length} | " + " | ".join(cells) + " |")
    lines.append("| cost ∝ length^ | " + " | ".join(f"{slope(points):.2f}" for points in programs.values()) + " |")
    return lines + [""]


COLOURS = ["#1f6feb", "#0b7285", "#5c940d", "#d9480f", "#862e9c", "#a61e4d"]


def drawn(rows):
    """The same as a figure, both axes logarithmic, with a dotted line where cost would grow as the length."""
    programs = by_program(rows)
    points = [point for own in programs.values() for point in own]
    (left, right), (low, high) = [(min(values), max(values)) for values in zip(*points)]
    if left == right:
        right = 2 * left
    low, high = low / 1.5, high * 1.5
    width, height, edge = 640, 380, 56
    x = lambda length: edge + math.log(length / left) / math.log(right / left) * (width - 2 * edge)
    y = lambda cost: height - edge - math.log(cost / low) / math.log(high / low) * (height - 2 * edge)
    text = lambda a, b, words, more="": f'<text x="{a:.1f}" y="{b:.1f}" {more}>{words}</text>'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
             'font-size="12" fill="#555">', f'<rect width="{width}" height="{height}" fill="white"/>',
             f'<path d="M{edge} {edge}V{height - edge}H{width - edge}" fill="none" stroke="#999"/>']
    for length in sorted({length for length, _ in points}):
        parts.append(text(x(length), height - edge + 18, length, 'text-anchor="middle"'))
    for cost in sorted({10.0 ** e * d for e in range(-3, 7) for d in (1, 2, 5)}):
        if low <= cost <= high:
            parts.append(text(edge - 8, y(cost) + 4, f"{cost:g}", 'text-anchor="end"'))
    parts.append(text(width / 2, height - 14, "tokens of the translation", 'text-anchor="middle"'))
    parts.append(text(edge, edge - 30, "microseconds a token"))
    first = min(cost for length, cost in points if length == left)
    reach = min(right, left * high / first)
    parts.append(f'<path d="M{x(left):.1f} {y(first):.1f}L{x(reach):.1f} {y(first * reach / left):.1f}" stroke="#999" '
                 'stroke-dasharray="2 4"/>')
    for number, (what, own) in enumerate(programs.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = "L".join(f"{x(length):.1f} {y(cost):.1f}" for length, cost in own)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = (edge + 8 + 190 * (number % 3), edge - 12 + 16 * (number // 3))
        parts.append(text(*place, what, f'style="fill:{colour}"'))
    return "\n".join([*parts, "</svg>"]) + "\n"


def speed_page(speed, curve):
    rows = speed["measured"]
    versions = sorted({f"{row['program']} {row['version']}" for row in rows if row.get("version")})
    lines = [*(f"    {command}" for command in dict.fromkeys(speed["commands"].values())), "",
             f"{speed['machine']}; {several(speed['threads'], 'thread')}; {', '.join(versions)}. The programs of a part "
             "take turns, some rounds of them; the best of each counts. Memory is the whole process's at its "
             "largest, what compiled PyTorch compiled included.", ""]
    of = lambda part: best_of([row for row in rows if row["part"] == part])
    lines += training(of("training")) + decoding(of("decoding"))
    return lines + (lengths_table(of("length"), curve) if of("length") else [])


def toys(tasks):
    lines = ["## Copying and reversing", "",
             "| task | lines learnt from | exactly right of new ones | minutes of training |", "|---|---:|---:|---:|"]
    for task in tasks:
        lines.append(f"| {task['title']} | {task['training_lines']:,} | {100 * task['exact']:.2f} % of "
                     f"{task['test_lines']:,} | {task['minutes']:.1f} |")
    return lines + [""]


def characters(part):
    lines = [f"## Characters of the King James text", "", part["setting"], "",
             "| | validation loss, nats a character: mean | standard deviation | seeds | minutes each |",
             "|---|---:|---:|---:|---:|"]
    for name in ("langzoo", "PyTorch"):
        runs = [run for run in part["runs"] if run["what"] == name]
        if not runs:
            continue
        losses = [run["valid_loss"] for run in runs]
        spread = f"{statistics.stdev(losses):.4f}" if len(losses) > 1 else ""
        lines.append(f"| {name} | {statistics.mean(losses):.4f} | {spread} | {len(losses)} | "
                     f"{statistics.mean(run['seconds'] for run in runs) / 60:.1f} |")
    return lines + [""]


def translation(tasks):
    lines = ["## The Bible, translated", "",
             "| from English to | epochs | hours of training | BLEU greedy | BLEU beam 4 | chrF beam 4 | signature |",
             "|---|---:|---:|---:|---:|---:|---|"]
    for task in tasks:
        lines.append(f"| {task['target']} | {task['epochs']:.1f}{'' if task['finished'] else ' (not yet done)'} | "
                     f"{task['hours']:.2f} | {task['greedy']['bleu']:.2f} | {task['beam']['bleu']:.2f} | "
                     f"{task['beam']['chrf']:.2f} | {task['beam']['signature'].replace('|', ' ')} |")
    return lines + [""]


def page(everything, curve):
    lines = ["# The Transformer: speed and tasks", ""]
    if "speed" in everything:
        lines += speed_page(everything["speed"], curve)
    if "tasks" in everything:
        tasks = everything["tasks"]
        for command in tasks["commands"]:
            lines.append(f"    {command}")
        lines += ["", f"{tasks['machine']}.", ""]
        done = tasks["done"]
        shown = [done[name] for name in ("copy", "reverse") if name in done]
        lines += toys(shown) if shown else []
        lines += characters(done["characters"]) if "characters" in done else []
        shown = [task for name, task in sorted(done.items()) if name.startswith("bible-")]
        lines += translation(shown) if shown else []
    return "\n".join(lines)
