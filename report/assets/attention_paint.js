// Two ways to draw one picture: on a canvas, or as the text of an SVG file. Both know rectangles, lines, words and
// pictures of pixels.
const zooPaint = (() => {
  function canvas(element, width, height, scale) {
    element.width = Math.max(1, Math.round(width * scale));
    element.height = Math.max(1, Math.round(height * scale));
    const context = element.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    return {
      rect: (x, y, w, h, fill, alpha = 1) => { context.globalAlpha = alpha; context.fillStyle = fill; context.fillRect(x, y, w, h); context.globalAlpha = 1; },
      frame: (x, y, w, h, stroke, thick = 1) => { context.strokeStyle = stroke; context.lineWidth = thick; context.strokeRect(x, y, w, h); },
      curve: (x1, y1, x2, y2, stroke, thick, alpha) => {
        const middle = (x1 + x2) / 2;
        context.globalAlpha = alpha;
        context.strokeStyle = stroke;
        context.lineWidth = thick;
        context.beginPath();
        context.moveTo(x1, y1);
        context.bezierCurveTo(middle, y1, middle, y2, x2, y2);
        context.stroke();
        context.globalAlpha = 1;
      },
      text: (x, y, words, { fill, size = 12, anchor = "start", turn = 0, weight = 400, font }) => {
        context.save();
        context.translate(x, y);
        context.rotate((turn * Math.PI) / 180);
        context.font = `${weight} ${size}px ${font}`;
        context.fillStyle = fill;
        context.textAlign = anchor === "middle" ? "center" : anchor;
        context.textBaseline = "alphabetic";
        context.fillText(words, 0, 0);
        context.restore();
      },
      pixels: (source, from, to) => {
        context.imageSmoothingEnabled = false;
        context.drawImage(source, from.x, from.y, from.w, from.h, to.x, to.y, to.w, to.h);
      },
      clip: (x, y, w, h, draw) => { context.save(); context.beginPath(); context.rect(x, y, w, h); context.clip(); draw(); context.restore(); },
    };
  }

  const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd");
  const n = (value) => +value.toFixed(2);

  function svg(width, height) {
    const parts = [];
    const add = (name, attributes, text) => {
      const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === "number" ? n(value) : escape(value)}"`).join("");
      parts.push(text === undefined ? `<${name}${list}/>` : `<${name}${list}>${escape(text)}</${name}>`);
    };
    return {
      vector: true,
      rect: (x, y, w, h, fill, alpha = 1) => add("rect", { x, y, width: w, height: h, fill, ...(alpha < 1 ? { "fill-opacity": +alpha.toFixed(4) } : {}) }),
      frame: (x, y, w, h, stroke, thick = 1) => add("rect", { x, y, width: w, height: h, fill: "none", stroke, "stroke-width": thick }),
      curve: (x1, y1, x2, y2, stroke, thick, alpha) => {
        const m = (x1 + x2) / 2;
        add("path", { d: `M${n(x1)} ${n(y1)}C${n(m)} ${n(y1)} ${n(m)} ${n(y2)} ${n(x2)} ${n(y2)}`, fill: "none", stroke, "stroke-width": thick, "stroke-opacity": +alpha.toFixed(4) });
      },
      text: (x, y, words, { fill, size = 12, anchor = "start", turn = 0, weight = 400, font }) => add("text", {
        x, y, fill, "font-size": size, "font-weight": weight, "font-family": font, ...(anchor === "start" ? {} : { "text-anchor": anchor }),
        ...(turn === 0 ? {} : { transform: `rotate(${turn} ${n(x)} ${n(y)})` }),
      }, words),
      pixels: (source, from, to) => add("image", {
        x: to.x, y: to.y, width: to.w, height: to.h, preserveAspectRatio: "none", style: "image-rendering: pixelated", href: source.toDataURL("image/png"),
      }),
      clip: (x, y, w, h, draw) => draw(), // what is saved is whole
      done: () => `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}">\n${parts.join("\n")}\n</svg>\n`,
    };
  }

  // "#rrggbb" as three numbers.
  const numbers = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const measure = document.createElement("canvas").getContext("2d");
  const width = (text, size, font) => { measure.font = `${size}px ${font}`; return measure.measureText(text).width; };

  return { canvas, svg, numbers, width };
})();
