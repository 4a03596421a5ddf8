// The page of zoo attention: choose an attention, a layer and a head; a word that is pointed at shows where it looks.
(() => {
  const { colours, short } = zooTheme;
  const data = JSON.parse(document.getElementById("attention-data").textContent);
  const at = (id) => document.getElementById(id);
  const now = { attention: 0, layer: 0, head: 0, word: 0 }; // head 0: the mean of all

  const shown = () => data.attentions[now.attention];

  // [words that look][words looked at]; null where nothing may be looked at.
  function weights(layer, head) {
    const heads = shown().layers[layer];
    if (head > 0) return heads[head - 1];
    return heads[0].map((row, i) => row.map((value, j) => (value === null ? null : heads.reduce((sum, one) => sum + one[i][j], 0) / heads.length)));
  }

  function fill(select, names, chosen) {
    select.replaceChildren(...names.map((name, i) => new Option(name, i, false, i === chosen)));
  }

  function buttons(place, words) {
    place.replaceChildren(...words.map((text) => {
      const word = document.createElement("button"), name = document.createElement("span"), weight = document.createElement("small");
      word.type = "button";
      word.className = "word";
      name.textContent = text;
      word.append(name, weight);
      return word;
    }));
  }

  const percent = (value) => `${Math.round(100 * value)} %`;

  function look(word) {
    now.word = word;
    const row = weights(now.layer, now.head)[word], { queries, keys } = shown();
    [...at("queries").children].forEach((button, i) => button.setAttribute("aria-pressed", String(i === word)));
    [...at("keys").children].forEach((button, j) => {
      const value = row[j];
      button.style.setProperty("--weight", value === null ? 0 : Math.min(0.85, value).toFixed(3));
      button.lastChild.textContent = value === null ? "–" : percent(value);
    });
    const most = row.map((value, j) => [value ?? -1, keys[j]]).filter(([value]) => value >= 0.005).sort((a, b) => b[0] - a[0]).slice(0, 4);
    at("told").textContent = `“${queries[word]}” looks at ` + most.map(([value, key]) => `“${key}” (${percent(value)})`).join(", ") + ".";
  }

  function heat() {
    const { queries, keys } = shown(), place = at("heat");
    const longest = Math.max(...keys.map((word) => Array.from(word).length));
    place.style.height = `${22 * queries.length + 20 + 7.2 * Math.min(longest, 14)}px`;
    zooStudyPlain.heat(place, { rows: queries, columns: keys, values: weights(now.layer, now.head) }, colours(), short);
  }

  // A pixel for each weight.
  function paint(canvas, matrix) {
    canvas.width = matrix[0].length;
    canvas.height = matrix.length;
    const context = canvas.getContext("2d"), most = Math.max(1e-9, ...matrix.flat().map((value) => value ?? 0));
    context.fillStyle = colours().series[1];
    matrix.forEach((row, i) => row.forEach((value, j) => {
      context.globalAlpha = Math.max(0, (value ?? 0) / most);
      context.fillRect(j, i, 1, 1);
    }));
  }

  function overview() {
    at("small").replaceChildren(...shown().layers.map((heads, layer) => {
      const line = document.createElement("div"), name = document.createElement("span");
      name.textContent = `Layer ${layer + 1}`;
      line.append(name, ...heads.map((matrix, i) => {
        const button = document.createElement("button"), canvas = document.createElement("canvas");
        button.type = "button";
        button.setAttribute("aria-label", `Layer ${layer + 1}, head ${i + 1}`);
        button.setAttribute("aria-pressed", String(layer === now.layer && i + 1 === now.head));
        button.append(canvas);
        button.addEventListener("click", () => choose(layer, i + 1));
        paint(canvas, matrix);
        return button;
      }));
      return line;
    }));
  }

  function choose(layer, head) {
    now.layer = layer;
    now.head = head;
    at("layer").value = layer;
    at("head").value = head;
    [...at("small").children].forEach((line, l) => line.querySelectorAll("button").forEach((button, i) =>
      button.setAttribute("aria-pressed", String(l === layer && i + 1 === head))));
    look(now.word);
    heat();
  }

  function show(attention) {
    const { queries, keys, layers } = data.attentions[attention];
    Object.assign(now, { attention, layer: layers.length - 1, head: 0, word: Math.min(now.word, queries.length - 1) });
    fill(at("layer"), layers.map((_, i) => `${i + 1} of ${layers.length}`), now.layer);
    fill(at("head"), ["mean of all", ...layers[0].map((_, i) => `${i + 1} of ${layers[0].length}`)], 0);
    buttons(at("queries"), queries);
    buttons(at("keys"), keys);
    [...at("keys").children].forEach((button) => { button.tabIndex = -1; });
    [...at("queries").children].forEach((button, i) => {
      for (const event of ["pointerenter", "focus", "click"]) button.addEventListener(event, () => look(i));
    });
    overview();
    look(now.word);
    heat();
  }

  fill(at("attention"), data.attentions.map((one) => one.name), 0);
  at("attention").addEventListener("change", (event) => show(Number(event.target.value)));
  at("layer").addEventListener("change", (event) => choose(Number(event.target.value), now.head));
  at("head").addEventListener("change", (event) => choose(now.layer, Number(event.target.value)));
  addEventListener("resize", heat);
  zooTheme.changed(() => { overview(); heat(); });
  show(0);
  document.documentElement.dataset.ready = "yes";
})();
