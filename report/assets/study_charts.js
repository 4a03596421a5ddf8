// Charts of studies: lines (axes may be logarithmic), scatter (a text for each point) and heat (a matrix of words).
// zooStudyCharts makes the options for the chart library; zooStudyPlain draws without it, heat always.
const zooStudyScale = {
  // The points that an axis can show: a logarithm has no place for what is not above 0.
  shown: (chart, points) => points.filter((point) => (!chart.x?.log || point[0] > 0) && (!chart.y?.log || point[1] > 0)),
  // Lengths such as 16, 32, 64 are marked as such.
  base: (values) => (values.every((value) => Number.isInteger(Math.log2(value))) ? 2 : 10),
  // Counts stand in full: 1024, not 1.02k.
  whole: (short) => (value) => (Number.isInteger(value) && Math.abs(value) < 1e5 ? String(value) : short(value)),
};

const zooStudyCharts = (() => {
  const tip = (paint) => ({
    confine: true, backgroundColor: paint.card, borderColor: paint.line, textStyle: { color: paint.ink, fontSize: 13 },
    extraCssText: "white-space: normal; max-width: min(340px, 70vw);",
  });

  function axis(given, values, paint, short, across) {
    return {
      type: given?.log ? "log" : "value", logBase: given?.log ? zooStudyScale.base(values) : undefined, scale: true,
      name: given?.title ?? "", nameLocation: across ? "middle" : "end", nameGap: across ? 26 : 12,
      nameTextStyle: { color: paint.soft, align: across ? "center" : "left" },
      axisLabel: { color: paint.soft, formatter: short, hideOverlap: true },
      splitLine: { show: !across, lineStyle: { color: paint.line } }, axisLine: { lineStyle: { color: paint.line } },
    };
  }

  const common = (chart, paint) => ({
    animation: false,
    textStyle: { fontFamily: paint.font, color: paint.ink },
    grid: { left: 8, right: 24, top: chart.y?.title ? 62 : 42, bottom: chart.x?.title ? 30 : 10, containLabel: true },
    legend: {
      top: 4, left: 0, type: "scroll", textStyle: { fontFamily: paint.font, color: paint.ink }, pageTextStyle: { color: paint.ink }, pageIconColor: paint.ink,
      pageIconInactiveColor: paint.soft,
    },
  });

  function lines(chart, paint, short) {
    const points = chart.series.flatMap((series) => zooStudyScale.shown(chart, series.points)), whole = zooStudyScale.whole(short);
    return {
      ...common(chart, paint),
      tooltip: { ...tip(paint), trigger: "axis", valueFormatter: (value) => (value === undefined ? "" : short(Number(value))) },
      xAxis: {
        ...axis(chart.x, points.map((point) => point[0]), paint, whole, true), min: chart.x?.log ? "dataMin" : undefined,
        axisPointer: { label: { formatter: (at) => whole(at.value) } },
      },
      yAxis: axis(chart.y, points.map((point) => point[1]), paint, short, false),
      series: chart.series.map((series) => ({
        type: "line", name: series.title, symbolSize: 6, showSymbol: series.points.length < 30,
        lineStyle: { width: 2, color: paint.series[series.colour % 8], type: series.dashed ? "dashed" : "solid" },
        itemStyle: { color: paint.series[series.colour % 8] },
        data: zooStudyScale.shown(chart, series.points).map((point) => [point[0], point[1]]),
      })),
    };
  }

  function scatter(chart, paint, short) {
    const points = chart.groups.flatMap((series) => zooStudyScale.shown(chart, series.points));
    // A map without axes has only a margin around its points.
    const bare = (given, values, across) => {
      const low = Math.min(...values), high = Math.max(...values), margin = (high - low) * 0.05 || 1;
      const none = {
        axisLabel: { show: false }, axisTick: { show: false }, axisLine: { show: false }, splitLine: { show: false },
        min: low - margin, max: high + margin,
      };
      return { ...axis(given, values, paint, short, across), ...(given ? {} : none) };
    };
    return {
      ...common(chart, paint),
      tooltip: {
        ...tip(paint), trigger: "item",
        formatter: (item) => {
          const box = document.createElement("div");
          const head = document.createElement("strong"), text = document.createElement("div");
          head.textContent = item.seriesName;
          text.textContent = item.data[2] ?? `${short(item.data[0])}, ${short(item.data[1])}`;
          box.append(head, text);
          return box.innerHTML;
        },
      },
      xAxis: bare(chart.x, points.map((point) => point[0]), true),
      yAxis: bare(chart.y, points.map((point) => point[1]), false),
      series: chart.groups.map((series) => ({
        type: "scatter", name: series.title, symbolSize: 10,
        itemStyle: { color: paint.series[series.colour % 8], opacity: 0.85 },
        data: zooStudyScale.shown(chart, series.points),
      })),
    };
  }

  return { lines, scatter, heat: () => null };
})();

const zooStudyPlain = (() => {
  const { make, cut, show } = zooSvg;

  // Places of values on an axis of so many pixels, and the values that are marked.
  function scale(given, values, from, to) {
    const of = given?.log ? Math.log : (value) => value;
    const low = Math.min(...values), high = Math.max(...values);
    const span = of(high) - of(low) || 1;
    const marks = [low, given?.log ? Math.sqrt(low * high) : (low + high) / 2, high];
    return { at: (value) => from + ((of(value) - of(low)) / span) * (to - from), marks: low === high ? [low] : marks };
  }

  function frame(place, chart, colours, short) {
    const parts = chart.series ?? chart.groups, width = place.clientWidth, height = place.clientHeight, left = 58, across = Math.max(1, Math.floor((width - left) / 150));
    const points = parts.flatMap((series) => zooStudyScale.shown(chart, series.points));
    const top = 22 + 16 * Math.ceil(parts.length / across) + (chart.y?.title ? 16 : 0), bottom = chart.x ? 40 : 12;
    const svg = make("svg", { width, height, "font-size": 12 });
    if (points.length === 0) return { svg, points, x: () => 0, y: () => 0 };
    const x = scale(chart.x, points.map((point) => point[0]), left, width - 18);
    const y = scale(chart.y, points.map((point) => point[1]), height - bottom - 6, top + 6);
    for (const value of chart.y || chart.kind === "lines" ? y.marks : []) {
      svg.append(make("line", { x1: left - 6, x2: width, y1: y.at(value), y2: y.at(value), stroke: colours.line }));
      svg.append(make("text", { x: 0, y: y.at(value) + 4 }, short(value)));
    }
    for (const value of chart.x ? x.marks : []) {
      const anchor = value === x.marks[0] ? "start" : value === x.marks.at(-1) ? "end" : "middle";
      svg.append(make("text", { x: x.at(value), y: height - bottom + 18, "text-anchor": anchor }, zooStudyScale.whole(short)(value)));
    }
    if (chart.x?.title) svg.append(make("text", { x: (left + width) / 2, y: height - 6, "text-anchor": "middle" }, chart.x.title));
    if (chart.y?.title) svg.append(make("text", { x: 0, y: top - 10 }, chart.y.title));
    parts.forEach((series, i) => {
      const at = left + (i % across) * 150, row = 16 * Math.floor(i / across);
      svg.append(make("rect", { x: at, y: row + 4, width: 12, height: 5, fill: colours.series[series.colour % 8] }));
      svg.append(make("text", { x: at + 16, y: row + 12 }, cut(series.title, 20)));
    });
    return { svg, points, x: x.at, y: y.at };
  }

  function lines(place, chart, colours, short) {
    const { svg, points, x, y } = frame(place, chart, colours, short);
    for (const series of chart.series) {
      const colour = colours.series[series.colour % 8], shown = zooStudyScale.shown(chart, series.points);
      const path = shown.map((point) => `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`).join(" ");
      svg.append(make("polyline", { points: path, fill: "none", stroke: colour, "stroke-width": 2, ...(series.dashed ? { "stroke-dasharray": "5 4" } : {}) }));
      for (const point of shown) svg.append(make("circle", { cx: x(point[0]), cy: y(point[1]), r: 3, fill: colour }));
    }
    show(place, svg, (at) => {
      if (points.length === 0) return "";
      const near = points.reduce((best, point) => (Math.abs(x(point[0]) - at) < Math.abs(x(best[0]) - at) ? point : best))[0];
      const told = chart.series.map((series) => [series.title, series.points.find((point) => point[0] === near)]).filter(([, point]) => point);
      return [zooStudyScale.whole(short)(near), ...told.map(([title, point]) => `${title}: ${short(point[1])}`)].join("\n");
    });
  }

  function scatter(place, chart, colours, short) {
    const { svg, x, y } = frame(place, chart, colours, short);
    const drawn = [];
    for (const series of chart.groups) {
      for (const point of zooStudyScale.shown(chart, series.points)) {
        drawn.push({ x: x(point[0]), y: y(point[1]), text: `${series.title}\n${point[2] ?? `${short(point[0])}, ${short(point[1])}`}` });
        svg.append(make("circle", { cx: x(point[0]), cy: y(point[1]), r: 5, fill: colours.series[series.colour % 8], "fill-opacity": 0.85 }));
      }
    }
    show(place, svg, (left, top) => {
      const far = (point) => Math.hypot(point.x - left, point.y - top);
      const near = drawn.reduce((best, point) => (best && far(best) <= far(point) ? best : point), null);
      return near && far(near) < 20 ? near.text : "";
    });
  }

  // Rows are those that look, columns what they look at; a cell is the darker the greater its value.
  function heat(place, chart, colours, short) {
    const width = place.clientWidth, height = place.clientHeight, rows = chart.rows.length, columns = chart.columns.length;
    const longest = (words) => Math.max(1, ...words.map((word) => Array.from(word).length));
    const left = Math.min(width * 0.34, 10 + 7.2 * Math.min(longest(chart.rows), 14)), tall = 22, top = height - tall * rows - 4;
    const wide = Math.max(9, Math.min(46, (width - left - 4) / columns));
    const svg = make("svg", { width: Math.max(width, left + wide * columns), height, "font-size": 12 });
    place.classList.toggle("scrolls", left + wide * columns > width);
    const most = Math.max(1e-9, ...chart.values.flat().filter((value) => value !== null));
    const letters = Math.floor((top - 8) / 6.6), shown = chart.columns.map((word) => cut(word, letters));
    const leans = wide >= 30 && shown.every((word, j) => left + wide * (j + 0.5) + 5 * Array.from(word).length < width);
    shown.forEach((word, j) => {
      const x = left + wide * (j + 0.5) + 4;
      const size = Math.min(12, wide + 1);
      svg.append(make("text", { x, y: top - 6, "font-size": size, transform: `rotate(${leans ? -48 : -90} ${x} ${top - 6})` }, word));
    });
    chart.rows.forEach((word, i) => {
      svg.append(make("text", { x: left - 7, y: top + tall * i + 15, "text-anchor": "end" }, cut(word, Math.floor(left / 7.2))));
      chart.columns.forEach((_, j) => {
        const value = chart.values[i]?.[j];
        const cell = { x: left + wide * j + 0.5, y: top + tall * i + 0.5, width: wide - 1, height: tall - 1, rx: 2, stroke: colours.line, "stroke-width": 0.5 };
        if (typeof value !== "number") svg.append(make("rect", { ...cell, fill: "none", "stroke-dasharray": "2 2" }));
        else svg.append(make("rect", { ...cell, fill: colours.series[1], "fill-opacity": Math.max(0, value / most).toFixed(3) }));
      });
    });
    const mark = make("rect", { width: wide, height: tall, fill: "none", stroke: colours.ink, "stroke-width": 2, visibility: "hidden" });
    svg.append(mark);
    show(place, svg, (x, y) => {
      const i = Math.floor((y - top) / tall), j = Math.floor((x - left) / wide);
      const inside = i >= 0 && i < rows && j >= 0 && j < columns;
      mark.setAttribute("visibility", inside ? "visible" : "hidden");
      if (!inside) return "";
      mark.setAttribute("x", left + wide * j);
      mark.setAttribute("y", top + tall * i);
      const value = chart.values[i]?.[j];
      return `${chart.rows[i]} → ${chart.columns[j]}: ${typeof value === "number" ? short(value) : "not looked at"}`;
    });
    svg.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") mark.setAttribute("visibility", "hidden"); });
  }

  return { lines, scatter, heat };
})();
