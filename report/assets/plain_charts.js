// Charts without a library: bars and curves as SVG. Used where the chart library is not in the page.
const zooPlain = (() => {
  const { make } = zooSvg;

  function bars(place, chart, colours) {
    const width = place.clientWidth, most = Math.max(...chart.bars.map((bar) => bar.value), 1e-9);
    const svg = make("svg", { width, height: place.clientHeight, "font-size": 13 });
    chart.bars.forEach((bar, i) => {
      const y = 8 + 46 * i, length = Math.max(2, (Math.max(0, bar.value) / most) * (width - 110));
      svg.append(make("text", { x: 0, y: y + 12 }, bar.title));
      svg.append(make("rect", { x: 0, y: y + 18, width: length, height: 16, rx: 3, fill: colours.series[bar.colour % 8] }));
      svg.append(make("text", { x: length + 6, y: y + 31 }, bar.label));
    });
    place.replaceChildren(svg);
  }

  function curves(place, chart, colours, axis) {
    const width = place.clientWidth, height = place.clientHeight, left = 52, bottom = 26;
    const top = 16 + 14 * Math.ceil(chart.series.length / Math.max(1, Math.floor((width - left) / 170)));
    const at = axis === "tokens" ? 0 : 1;
    const points = chart.series.flatMap((series) => series.points);
    const farthest = Math.max(...points.map((point) => point[at]), 1e-9);
    const values = points.map((point) => point[2]).sort((a, b) => a - b);
    const low = values[0], high = values[Math.floor((values.length - 1) * (values.length < 30 ? 1 : 0.95))] || low + 1;
    const x = (value) => left + (value / farthest) * (width - left - 10);
    const y = (value) => top + (1 - (Math.min(value, high) - low) / (high - low || 1)) * (height - top - bottom);
    const svg = make("svg", { width, height, "font-size": 12 });
    for (const value of [low, (low + high) / 2, high]) {
      svg.append(make("line", { x1: left, x2: width, y1: y(value), y2: y(value), stroke: colours.line }));
      svg.append(make("text", { x: 0, y: y(value) + 4 }, value.toPrecision(3)));
    }
    const end = axis === "tokens" ? `${(farthest / 1e6).toPrecision(3)}M tokens` : `${farthest.toPrecision(3)} min`;
    svg.append(make("text", { x: width - 4, y: height - 6, "text-anchor": "end" }, end));
    chart.series.forEach((series, i) => {
      const line = series.points.map((point) => `${x(point[at]).toFixed(1)},${y(point[2]).toFixed(1)}`).join(" ");
      const colour = colours.series[series.colour % 8];
      svg.append(make("polyline", { points: line, fill: "none", stroke: colour, "stroke-width": 2 }));
      const across = Math.max(1, Math.floor((width - left) / 170)), at_x = left + (i % across) * 170, at_y = 14 * Math.floor(i / across);
      svg.append(make("rect", { x: at_x, y: at_y + 4, width: 12, height: 4, fill: colour }));
      svg.append(make("text", { x: at_x + 16, y: at_y + 11 }, series.title));
    });
    place.replaceChildren(svg);
  }

  return { bars, curves };
})();
