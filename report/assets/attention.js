// The page of zoo attention: tabs, small pictures of every layer and head, one of them large, its keys and its files.
(() => {
  const { data, matrix, headNames, hasSpecial, hasPieces } = zooAttention;
  const { colours } = zooTheme;
  const at = (id) => document.getElementById(id);
  const canvas = at("picture"), scroll = at("scroll");
  const now = { attention: 0, layer: 0, head: "mean", view: "heat", hide: false, merge: false, bright: false, cell: 0, row: -1, column: -1 };
  const view = () => zooViews[now.view];
  const shown = () => matrix(now.attention, now.layer, now.head, { hide: now.hide, merge: now.merge });
  const nameOf = (head) => (typeof head === "number" ? `head ${head + 1}` : head === "mean" ? "mean of the heads" : "largest of the heads");
  const title = () => `${data.attentions[now.attention].name}, layer ${now.layer + 1}, ${nameOf(now.head)}`;
  const percent = (value) => `${(100 * value).toFixed(value < 0.0995 ? 2 : 1)} %`;

  const tallest = () => Math.min(720, Math.round(innerHeight * 0.68));

  // Large enough to read where all fits into the window, else as large as is needed to see all, at least two pixels.
  function fittingCell() {
    const { rows, columns } = shown();
    const room = Math.min((scroll.clientWidth - 160) / columns.length, (tallest() - 110) / rows.length);
    return Math.max(2, Math.min(36, room < 14 && Math.max(rows.length, columns.length) <= 60 ? 16 : Math.floor(room * 4) / 4));
  }

  const lookOf = (width, height, x, y) => ({
    colours: colours(), cell: now.cell || fittingCell(), bright: now.bright, x, y, width, height, row: now.row, column: now.column,
  });
  const lookNow = () => lookOf(scroll.clientWidth, scroll.clientHeight, scroll.scrollLeft, scroll.scrollTop);

  let waiting = false;
  function redraw() { // once a frame, however much has changed
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }

  function draw() {
    const size = view().size(shown(), lookNow());
    scroll.style.height = `${Math.min(tallest(), Math.max(180, Math.ceil(size.height) + 20))}px`;
    const look = lookNow();
    at("whole").style.width = `${Math.max(size.width, look.width)}px`;
    at("whole").style.height = `${Math.max(size.height, look.height)}px`;
    canvas.style.width = `${look.width}px`;
    canvas.style.height = `${look.height}px`;
    view().draw(zooPaint.canvas(canvas, look.width, look.height, devicePixelRatio || 1), shown(), look);
  }

  // What is chosen, in words.
  function tell() {
    const { rows, columns, at: weight } = shown(), { row, column } = now;
    const strongest = (list, value, word) => list.map((group, i) => [value(i), group.text]).filter(([part]) => part >= 0.005).sort((a, b) => b[0] - a[0]).slice(0, 4)
      .map(([part, text]) => `“${text}” ${word}(${percent(part)})`).join(", ");
    if (row >= 0 && column >= 0) {
      const value = weight(row, column);
      at("told").textContent = Number.isNaN(value) ? `“${rows[row].text}” may not look at “${columns[column].text}”.` : `“${rows[row].text}” looks at “${columns[column].text}” with ${percent(value)}.`;
    } else if (row >= 0) at("told").textContent = `“${rows[row].text}” looks at ${strongest(columns, (j) => weight(row, j), "") || "nothing that is shown"}.`;
    else if (column >= 0) at("told").textContent = `“${columns[column].text}” is looked at by ${strongest(rows, (i) => weight(i, column), "") || "nothing that is shown"}.`;
    else at("told").textContent = now.view === "heat" ? "Point at a weight or a word; a row for each word that looks." : "Point at a word to see where it looks, or who looks at it.";
    canvas.setAttribute("aria-label", `${title()}. ${at("told").textContent}`);
  }

  function choose(row, column) {
    if (row === now.row && column === now.column) return;
    Object.assign(now, { row, column });
    tell();
    redraw();
  }

  // --- the small pictures ---
  function paint(small, one) {
    const rows = one.rows.length, columns = one.columns.length, size = { w: Math.min(56, columns), h: Math.min(56, rows) };
    small.width = size.w;
    small.height = size.h;
    const context = small.getContext("2d"), image = context.createImageData(size.w, size.h);
    const ink = zooPaint.numbers(colours().series[1]), ground = zooPaint.numbers(colours().card), most = new Float32Array(size.w * size.h);
    for (let i = 0; i < rows; i++) { // of many weights in one pixel the largest
      const line = Math.floor((i * size.h) / rows) * size.w;
      for (let j = 0; j < columns; j++) {
        const value = one.values[i * columns + j], to = line + Math.floor((j * size.w) / columns);
        if (value > most[to]) most[to] = value;
      }
    }
    most.forEach((value, i) => {
      const part = one.most > 0 ? Math.sqrt(value / one.most) : 0;
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = ground[c] + (ink[c] - ground[c]) * part;
      image.data[4 * i + 3] = 255;
    });
    context.putImageData(image, 0, 0);
  }

  let round = 0; // a newer overview ends an older one's painting
  function overview() {
    const mine = ++round, layers = data.attentions[now.attention].layers, work = [];
    at("small").replaceChildren(...layers.map((_, layer) => {
      const line = document.createElement("div"), name = document.createElement("span");
      name.textContent = `Layer ${layer + 1}`;
      line.append(name, ...headNames(now.attention, layer).map((head) => {
        const button = document.createElement("button"), small = document.createElement("canvas"), label = document.createElement("div");
        button.type = "button";
        button.setAttribute("aria-label", `Layer ${layer + 1}, ${nameOf(head)}`);
        label.textContent = typeof head === "number" ? head + 1 : head;
        button.append(small, label);
        button.addEventListener("click", () => showHead(layer, head));
        button.dataset.head = head;
        work.push(() => paint(small, matrix(now.attention, layer, head, { hide: now.hide, merge: now.merge })));
        return button;
      }));
      return line;
    }));
    mark();
    const next = () => { // a few at a time: the page answers while they are painted
      const end = performance.now() + 25;
      while (mine === round && work.length > 0 && performance.now() < end) work.shift()();
      if (mine !== round) return;
      if (work.length > 0) setTimeout(next);
      else document.documentElement.dataset.ready = "yes";
    };
    next();
  }

  function mark() {
    [...at("small").children].forEach((line, layer) => line.querySelectorAll("button").forEach((button) =>
      button.setAttribute("aria-pressed", String(layer === now.layer && button.dataset.head === String(now.head)))));
  }

  // --- what is shown ---
  function refresh() {
    at("shown").textContent = title().replace(/^./, (letter) => letter.toUpperCase());
    for (const name of ["heat", "lines"]) at(name).setAttribute("aria-pressed", String(now.view === name));
    for (const name of ["hide", "merge", "bright"]) at(name).checked = now[name];
    at("hide").disabled = !hasSpecial(now.attention);
    at("merge").disabled = !hasPieces(now.attention);
    at("zoom").hidden = now.view !== "heat";
    const { most, rows, columns } = shown(), paper = colours().card, ink = colours().series[1];
    at("most").textContent = percent(most);
    const steps = Array.from({ length: 9 }, (_, i) => `color-mix(in srgb, ${ink} ${100 * (now.bright ? Math.sqrt(i / 8) : i / 8)}%, ${paper})`);
    at("ramp").style.background = `linear-gradient(90deg, ${steps.join(", ")})`;
    if (now.row >= rows.length) now.row = -1;
    if (now.column >= columns.length) now.column = -1;
    tell();
    redraw();
  }

  function showHead(layer, head) {
    Object.assign(now, { layer, head });
    mark();
    refresh();
  }

  function showAttention(attention) {
    const one = data.attentions[attention], large = Math.max(one.queries.length, one.keys.length) > 40;
    Object.assign(now, { attention, layer: Math.min(now.layer, one.layers.length - 1), row: -1, column: -1, cell: 0, bright: large });
    if (!headNames(attention, now.layer).includes(now.head)) now.head = "mean";
    [...at("tabs").children].forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === attention));
      tab.tabIndex = i === attention ? 0 : -1;
    });
    scroll.scrollTo(0, 0);
    overview();
    refresh();
  }

  function set(name, value) {
    now[name] = value;
    Object.assign(now, { row: -1, column: -1 });
    if (name !== "bright" && name !== "view") { now.cell = 0; overview(); }
    if (name !== "bright") scroll.scrollTo(0, 0);
    refresh();
  }

  function zoom(factor) {
    const before = now.cell || fittingCell();
    now.cell = Math.max(1, Math.min(48, Math.round(before * factor * 4) / 4));
    scroll.scrollTo((scroll.scrollLeft * now.cell) / before, (scroll.scrollTop * now.cell) / before);
    redraw();
  }

  // --- files ---
  function save(kind) {
    const kept = { row: now.row, column: now.column, cell: now.cell };
    const width = now.view === "lines" ? 760 : 0, most = Math.max(shown().rows.length, shown().columns.length);
    Object.assign(now, { row: now.view === "lines" ? now.row : -1, column: now.view === "lines" ? now.column : -1, cell: Math.max(now.cell || fittingCell(), Math.min(14, 4000 / most)) });
    const look = lookOf(width, 0, 0, 0), size = view().size(shown(), look);
    Object.assign(look, size, now.view === "lines" ? { width } : {});
    const caption = 30, font = colours().font, words = `${title()} — ${data.text}`;
    const whole = (painter) => {
      painter.rect(0, 0, look.width, look.height + caption, look.colours.card);
      view().draw(painter, shown(), look);
      painter.text(8, look.height + 20, zooSvg.cut(words, Math.max(20, Math.floor(look.width / 7))), { fill: look.colours.soft, font });
    };
    const name = `attention-${data.attentions[now.attention].name}-layer${now.layer + 1}-${typeof now.head === "number" ? `head${now.head + 1}` : now.head}`;
    const hand = (blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${name}.${kind}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    };
    if (kind === "svg") {
      const painter = zooPaint.svg(look.width, look.height + caption);
      whole(painter);
      hand(new Blob([painter.done()], { type: "image/svg+xml" }));
    } else {
      const scale = Math.min(2, 4096 / Math.max(look.width, look.height + caption)), page = document.createElement("canvas");
      whole(zooPaint.canvas(page, look.width, look.height + caption, scale));
      page.toBlob(hand, "image/png");
    }
    Object.assign(now, kept);
  }

  // --- pointer and keys ---
  const under = (event) => {
    const edge = canvas.getBoundingClientRect();
    return view().find(shown(), lookNow(), event.clientX - edge.x, event.clientY - edge.y);
  };
  for (const event of ["pointermove", "pointerdown"]) canvas.addEventListener(event, (e) => { const { row, column } = under(e); choose(row, column); });
  canvas.addEventListener("pointerleave", (e) => { if (e.pointerType !== "touch" && document.activeElement !== canvas) choose(-1, -1); });
  scroll.addEventListener("scroll", redraw);

  function walk(rows, columns) {
    const one = shown(), clamp = (value, count) => Math.max(0, Math.min(count - 1, value));
    if (now.view === "heat") choose(clamp(Math.max(now.row, 0) + (now.row < 0 ? 0 : rows), one.rows.length), clamp(Math.max(now.column, 0) + (now.column < 0 ? 0 : columns), one.columns.length));
    else if (columns > 0) choose(-1, clamp(Math.max(now.row, now.column), one.columns.length));
    else if (columns < 0) choose(clamp(Math.max(now.row, now.column), one.rows.length), -1);
    else if (now.column >= 0) choose(-1, clamp(now.column + rows, one.columns.length));
    else choose(now.row < 0 ? 0 : clamp(now.row + rows, one.rows.length), -1);
    const to = view().reach(one, lookNow());
    scroll.scrollTo(to.x, to.y);
  }

  function step(layers, heads) {
    const names = headNames(now.attention, now.layer), count = data.attentions[now.attention].layers.length;
    const place = Math.max(0, names.indexOf(now.head));
    showHead((now.layer + layers + count) % count, names[(place + heads + names.length) % names.length]);
  }

  const keys = {
    "[": () => step(0, -1), "]": () => step(0, 1), "{": () => step(-1, 0), "}": () => step(1, 0),
    a: () => showHead(now.layer, "mean"), x: () => showHead(now.layer, "max"), v: () => set("view", now.view === "heat" ? "lines" : "heat"),
    s: () => hasSpecial(now.attention) && set("hide", !now.hide), w: () => hasPieces(now.attention) && set("merge", !now.merge), b: () => set("bright", !now.bright),
    "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), Escape: () => choose(-1, -1),
  };
  const onPicture = {
    ArrowUp: () => walk(-1, 0), ArrowDown: () => walk(1, 0), ArrowLeft: () => walk(0, -1), ArrowRight: () => walk(0, 1),
    PageUp: () => walk(-10, 0), PageDown: () => walk(10, 0), Home: () => walk(0, -1e6), End: () => walk(0, 1e6),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = Number(event.key) - 1;
    const action = keys[event.key] ?? (document.activeElement === canvas ? onPicture[event.key] : undefined) ?? (data.attentions[digit] ? () => showAttention(digit) : undefined);
    if (!action) return;
    event.preventDefault();
    action();
  });

  at("tabs").replaceChildren(...data.attentions.map((one, i) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.setAttribute("role", "tab");
    tab.textContent = one.name;
    tab.addEventListener("click", () => showAttention(i));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      const next = (i + by + data.attentions.length) % data.attentions.length;
      showAttention(next);
      at("tabs").children[next].focus();
    });
    return tab;
  }));
  for (const name of ["heat", "lines"]) at(name).addEventListener("click", () => set("view", name));
  for (const name of ["hide", "merge", "bright"]) at(name).addEventListener("change", (event) => set(name, event.target.checked));
  at("smaller").addEventListener("click", () => zoom(1 / 1.4));
  at("larger").addEventListener("click", () => zoom(1.4));
  at("save-svg").addEventListener("click", () => save("svg"));
  at("save-png").addEventListener("click", () => save("png"));
  addEventListener("resize", redraw);
  zooTheme.changed(() => { overview(); refresh(); });
  now.layer = data.attentions[0].layers.length - 1;
  showAttention(0);
})();
