// What is drawn without a library: elements of SVG, and the small box that tells of what the pointer is on.
const zooSvg = (() => {
  const make = (name, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // Words cut to `letters` letters.
  const cut = (text, letters) => {
    const all = Array.from(text);
    return all.length > letters ? all.slice(0, letters - 1).join("") + "…" : text;
  };

  // Puts `svg` into `place`, with a box beside the pointer (a mouse over it, a finger on it) that says what
  // find(x, y) returns; nothing where that is "".
  function show(place, svg, find) {
    const box = document.createElement("div");
    box.className = "tip";
    box.hidden = true;
    const told = (event) => {
      const edge = place.getBoundingClientRect(), inner = svg.getBoundingClientRect();
      box.textContent = find(event.clientX - inner.x, event.clientY - inner.y);
      box.hidden = box.textContent === "";
      const x = event.clientX - edge.x, y = event.clientY - edge.y;
      box.style.left = `${Math.max(0, Math.min(x + 12, edge.width - box.offsetWidth))}px`;
      box.style.top = `${y + 14 + box.offsetHeight > edge.height ? Math.max(0, y - box.offsetHeight - 10) : y + 14}px`;
    };
    svg.addEventListener("pointermove", told);
    svg.addEventListener("pointerdown", told);
    svg.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") box.hidden = true; });
    place.replaceChildren(svg, box);
  }

  return { make, cut, show };
})();
