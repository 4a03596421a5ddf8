// The two pictures of one head. Each is drawn from (matrix, look) by a painter of attention_paint.js and can tell what
// lies under a point. `look`: {colours, cell, bright, x, y, width, height, row, column}: x, y is how far it is scrolled,
// width × height what is seen of it; row, column what is chosen, -1: nothing.
const zooViews = (() => {
  const { width: textWidth, numbers } = zooPaint;
  const cut = (text, letters) => zooSvg.cut(text, letters);
  const strength = (value, most, bright) => (value > 0 && most > 0 ? (bright ? Math.sqrt(value / most) : value / most) : 0);

  // --- heat map: a row for each word that looks ---
  function edges(matrix, look) {
    const longest = (groups) => Math.min(150, 10 + groups.slice(0, 600).reduce((most, group) => Math.max(most, textWidth(cut(group.text, 18), 12, look.colours.font)), 0));
    if (!matrix.edges) matrix.edges = { left: longest(matrix.rows), top: longest(matrix.columns) };
    return matrix.edges;
  }

  // A pixel a weight; made once for each matrix and colours.
  function pixels(matrix, look) {
    const [colour, paper] = [look.colours.series[1], look.colours.card], key = `${colour} ${paper} ${look.bright}`;
    if (matrix.pixels?.key === key) return matrix.pixels.canvas;
    const canvas = document.createElement("canvas"), ink = numbers(colour), ground = numbers(paper);
    canvas.width = matrix.columns.length;
    canvas.height = matrix.rows.length;
    const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < matrix.values.length; i++) {
      const value = matrix.values[i], part = Number.isNaN(value) ? 0 : strength(value, matrix.most, look.bright);
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = ground[c] + (ink[c] - ground[c]) * part;
      image.data[4 * i + 3] = Number.isNaN(value) ? 0 : 255;
    }
    context.putImageData(image, 0, 0);
    matrix.pixels = { key, canvas };
    return canvas;
  }

  // The same as one square a weight, for files.
  function squares(paint, matrix, look, xOf, yOf) {
    const { colours, cell } = look;
    matrix.values.forEach((value, at) => {
      if (Number.isNaN(value)) return;
      const x = xOf(at % matrix.columns.length), y = yOf(Math.floor(at / matrix.columns.length)), part = strength(value, matrix.most, look.bright);
      paint.rect(x, y, cell, cell, colours.card);
      if (part > 0.002) paint.rect(x, y, cell, cell, colours.series[1], part);
    });
  }

  const heat = {
    size: (matrix, look) => {
      const { left, top } = edges(matrix, look);
      return { width: left + matrix.columns.length * look.cell + 1, height: top + matrix.rows.length * look.cell + 1 };
    },
    draw: (paint, matrix, look) => {
      const { left, top } = edges(matrix, look), { cell, colours } = look, rows = matrix.rows.length, columns = matrix.columns.length;
      const first = { i: Math.max(0, Math.floor(look.y / cell)), j: Math.max(0, Math.floor(look.x / cell)) };
      const last = { i: Math.min(rows, Math.ceil((look.y + look.height - top) / cell)), j: Math.min(columns, Math.ceil((look.x + look.width - left) / cell)) };
      const xOf = (j) => left + j * cell - look.x, yOf = (i) => top + i * cell - look.y;
      paint.rect(0, 0, look.width, look.height, colours.card);
      paint.clip(left, top, look.width - left, look.height - top, () => {
        const count = { w: last.j - first.j, h: last.i - first.i };
        if (count.w > 0 && count.h > 0) {
          paint.rect(xOf(first.j), yOf(first.i), count.w * cell, count.h * cell, colours.line, 0.45); // what may not be looked at
          if (paint.vector && matrix.values.length <= 4096) squares(paint, matrix, look, xOf, yOf);
          else paint.pixels(pixels(matrix, look), { x: first.j, y: first.i, w: count.w, h: count.h }, { x: xOf(first.j), y: yOf(first.i), w: count.w * cell, h: count.h * cell });
        }
        if (look.row >= 0) paint.frame(left - look.x, yOf(look.row) + 0.5, columns * cell, cell, colours.soft);
        if (look.column >= 0) paint.frame(xOf(look.column) + 0.5, top - look.y, cell, rows * cell, colours.soft);
        if (look.row >= 0 && look.column >= 0) paint.frame(xOf(look.column) + 0.5, yOf(look.row) + 0.5, cell, cell, colours.ink, 2);
      });
      const every = Math.max(1, Math.ceil(12 / cell));
      const mark = (i, chosen) => chosen === i || i % every === 0 && (chosen < 0 || Math.abs(i - chosen) >= every);
      const style = (chosen) => ({ fill: chosen ? colours.ink : colours.soft, weight: chosen ? 650 : 400, font: colours.font });
      paint.clip(0, top, left, look.height - top, () => {
        for (let i = first.i; i < last.i; i++) {
          if (mark(i, look.row)) paint.text(left - 6, yOf(i) + cell / 2 + 4, cut(matrix.rows[i].text, 18), { ...style(i === look.row), anchor: "end" });
        }
      });
      paint.clip(left, 0, look.width - left, top, () => {
        for (let j = first.j; j < last.j; j++) {
          if (mark(j, look.column)) paint.text(xOf(j) + cell / 2 + 4, top - 6, cut(matrix.columns[j].text, 18), { ...style(j === look.column), turn: -90 });
        }
      });
    },
    // The cell under a point of what is seen.
    find: (matrix, look, x, y) => {
      const { left, top } = edges(matrix, look);
      const place = (at, edge, from, count) => { // -1 over the words at the edge, NaN where nothing is
        if (at < edge) return -1;
        const found = Math.floor((at - edge + from) / look.cell);
        return found < count ? found : NaN;
      };
      const row = place(y, top, look.y, matrix.rows.length), column = place(x, left, look.x, matrix.columns.length);
      return Number.isNaN(row) || Number.isNaN(column) ? { row: -1, column: -1 } : { row, column };
    },
    // How far to scroll so that a cell is seen.
    reach: (matrix, look) => {
      const { left, top } = edges(matrix, look);
      const into = (at, from, room) => (at < from ? at : at + look.cell > from + room ? at + look.cell - room : from);
      return { x: into(look.column * look.cell, look.x, look.width - left), y: into(look.row * look.cell, look.y, look.height - top) };
    },
  };

  // --- lines: words that look on the left, words that are looked at on the right ---
  const kLine = 20, kTop = 30, kMostLines = 3000;

  // The strongest weights, the weakest first, so that strong lines lie on top.
  function strongest(matrix) {
    if (matrix.strongest) return matrix.strongest;
    const least = matrix.most * 0.02, found = [];
    for (let i = 0; i < matrix.values.length; i++) if (matrix.values[i] >= least && matrix.values[i] > 0) found.push(i);
    found.sort((a, b) => matrix.values[b] - matrix.values[a]);
    matrix.strongest = found.slice(0, kMostLines).reverse();
    return matrix.strongest;
  }

  const sides = (look) => ({ left: Math.min(170, look.width * 0.3), right: look.width - Math.min(170, look.width * 0.3) });

  const lines = {
    size: (matrix, look) => ({ width: Math.min(look.width, 760), height: kTop + kLine * Math.max(matrix.rows.length, matrix.columns.length) + 8 }),
    draw: (paint, matrix, look) => {
      const { colours } = look, { left, right } = sides(look), columns = matrix.columns.length;
      const yOf = (i) => kTop + i * kLine + kLine / 2 - look.y, seen = (y) => y > -kLine && y < look.height + kLine;
      paint.rect(0, 0, look.width, look.height, colours.card);
      const chosen = look.row >= 0 || look.column >= 0, of = (at) => [Math.floor(at / columns), at % columns];
      const line = (at, alpha) => {
        const [i, j] = of(at), part = strength(matrix.values[at], Math.max(matrix.most, 1e-9), look.bright);
        paint.curve(left + 4, yOf(i), right - 4, yOf(j), colours.series[1], 0.5 + 3.5 * part, Math.min(1, alpha * (0.08 + 0.92 * part)));
      };
      for (const at of strongest(matrix)) {
        const [i, j] = of(at);
        if ((seen(yOf(i)) || seen(yOf(j))) && !(chosen && (i === look.row || j === look.column))) line(at, chosen ? 0.12 : 0.9);
      }
      const own = []; // the chosen word's
      if (look.row >= 0) for (let j = 0; j < columns; j++) own.push(look.row * columns + j);
      else if (look.column >= 0) for (let i = 0; i < matrix.rows.length; i++) own.push(i * columns + look.column);
      for (const at of own) if (matrix.values[at] > matrix.most * 0.002) line(at, 1);
      const percent = (value) => (Number.isNaN(value) ? "–" : `${(100 * value).toFixed(value < 0.0995 ? 1 : 0)} %`);
      const write = (groups, x, anchor, picked, weightOf) => groups.forEach((group, i) => {
        const y = yOf(i);
        if (!seen(y)) return;
        const weight = weightOf?.(i);
        if (weight > 0) paint.rect(anchor === "end" ? 0 : x, y - kLine / 2 + 1, anchor === "end" ? x : look.width - x, kLine - 2, colours.series[1], 0.7 * strength(weight, matrix.most, look.bright));
        const told = weight === undefined ? "" : `  ${percent(weight)}`;
        paint.text(anchor === "end" ? x - 6 : x + 6, y + 4, cut(group.text, weight === undefined ? 20 : 14) + told, { fill: colours.ink, anchor, weight: picked === i ? 700 : 400, font: colours.font });
      });
      write(matrix.rows, left, "end", look.row, look.row < 0 && look.column >= 0 ? (i) => matrix.at(i, look.column) : undefined);
      write(matrix.columns, right, "start", look.row >= 0 ? -1 : look.column, look.row >= 0 ? (j) => matrix.at(look.row, j) : undefined);
      paint.rect(0, 0, look.width, kTop - 6, colours.card);
      paint.text(left - 6, 16, "looks", { fill: colours.soft, anchor: "end", font: colours.font });
      paint.text(right + 6, 16, "is looked at", { fill: colours.soft, font: colours.font });
    },
    find: (matrix, look, x, y) => {
      const { left, right } = sides(look), at = Math.floor((y - kTop + look.y) / kLine);
      if (y < kTop - 6 || at < 0) return { row: -1, column: -1 };
      if (x < left + 20 && at < matrix.rows.length) return { row: at, column: -1 };
      if (x > right - 20 && at < matrix.columns.length) return { row: -1, column: at };
      return { row: -1, column: -1 };
    },
    reach: (matrix, look) => {
      const at = kLine * Math.max(look.row, look.column, 0), room = look.height - kTop - kLine;
      return { x: 0, y: at < look.y ? at : at > look.y + room ? at - room : look.y };
    },
  };

  return { heat, lines };
})();
