// The weights of the page and what is made of them: special tokens left out, pieces joined to words, heads put together.
const zooAttention = (() => {
  const data = JSON.parse(document.getElementById("attention-data").textContent);
  const kNone = 65535; // in the packed weights: may not be looked at; NaN once unpacked

  function unpacked(text) {
    const bytes = atob(text), values = new Float32Array(bytes.length / 2);
    for (let i = 0; i < values.length; i++) {
      const value = bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8);
      values[i] = value === kNone ? NaN : value / (kNone - 1);
    }
    return values;
  }

  // One side of an attention with what is shown of it: for each shown word the tokens that make it, and how it is written.
  function side(tokens, special, words, options) {
    const groups = [];
    let last = -1;
    tokens.forEach((token, i) => {
      if (options.hide && special[i]) return;
      if (options.merge && groups.length > 0 && words[i] === last) groups.at(-1).tokens.push(i);
      else groups.push({ tokens: [i] });
      last = words[i];
    });
    for (const group of groups) {
      const pieces = group.tokens.map((i) => tokens[i]);
      // Marks of tokenizers at the edge of a word: ▁ and Ġ before it, ## within it.
      group.text = options.merge && pieces.length > 1 ? pieces.map((piece, i) => piece.replace(i === 0 ? /^[▁Ġ]/ : /^##/, "")).join("") || pieces.join("") : pieces[0];
    }
    return groups;
  }

  // One head's weights [rows × columns] over the shown words. A row is made to sum to 1 again where tokens are left out;
  // a word looks as its pieces do on average, and is looked at as much as its pieces together.
  function ofHead(raw, width, rows, columns, hide) {
    const out = new Float32Array(rows.length * columns.length);
    if (rows.length * width === raw.length && columns.length === width) { // nothing left out, nothing joined
      out.set(raw);
      return out;
    }
    rows.forEach((row, i) => {
      const sums = new Float64Array(columns.length), seen = new Uint8Array(columns.length);
      for (const token of row.tokens) {
        let whole = 0;
        const own = columns.map((column) => {
          let sum = 0, any = false;
          for (const key of column.tokens) {
            const value = raw[token * width + key];
            if (!Number.isNaN(value)) { sum += value; any = true; }
          }
          whole += sum;
          return any ? sum : NaN;
        });
        const scale = hide && whole > 0 ? 1 / whole : 1;
        own.forEach((value, j) => { if (!Number.isNaN(value)) { sums[j] += value * scale; seen[j] = 1; } });
      }
      for (let j = 0; j < columns.length; j++) out[i * columns.length + j] = seen[j] ? sums[j] / row.tokens.length : NaN;
    });
    return out;
  }

  const kept = new Map(), raws = new Map();

  function rawOf(attention, layer, head) {
    const key = `${attention} ${layer} ${head}`;
    if (!raws.has(key)) raws.set(key, unpacked(data.attentions[attention].layers[layer][head]));
    return raws.get(key);
  }

  // head: a number, "mean" or "max" over the heads of the layer. The last few are kept.
  function matrix(attention, layer, head, options) {
    const key = `${attention} ${layer} ${head} ${options.hide} ${options.merge}`;
    if (kept.has(key)) return kept.get(key);
    const one = data.attentions[attention], width = one.keys.length;
    const rows = side(one.queries, one.query_special, one.query_words, options), columns = side(one.keys, one.key_special, one.key_words, options);
    const heads = typeof head === "number" ? [head] : one.layers[layer].map((_, i) => i);
    let values;
    heads.forEach((h, count) => {
      const own = ofHead(rawOf(attention, layer, h), width, rows, columns, options.hide);
      if (count === 0) values = own;
      else for (let i = 0; i < own.length; i++) values[i] = head === "max" ? Math.max(values[i], own[i]) : values[i] + own[i];
    });
    if (head === "mean") for (let i = 0; i < values.length; i++) values[i] /= heads.length;
    let most = 0;
    for (const value of values) if (value > most) most = value;
    const result = { rows, columns, values, most, at: (i, j) => values[i * columns.length + j] };
    if (kept.size > 24) kept.delete(kept.keys().next().value);
    kept.set(key, result);
    return result;
  }

  const heads = (attention, layer) => data.attentions[attention].layers[layer].length;
  const headNames = (attention, layer) => [...Array(heads(attention, layer)).keys(), "mean", "max"];
  const hasSpecial = (attention) => [data.attentions[attention].query_special, data.attentions[attention].key_special].some((marks) => marks.includes(true));
  const hasPieces = (attention) => {
    const split = (words) => words.some((word, i) => i > 0 && word === words[i - 1]);
    return split(data.attentions[attention].query_words) || split(data.attentions[attention].key_words);
  };

  return { data, matrix, headNames, hasSpecial, hasPieces };
})();
