// Draws the charts of #charts-data, each into #chart-ID; a new kind of chart is a new entry of `options`.
(() => {
  const { colours, short } = zooTheme;
  const charts = JSON.parse(document.getElementById("charts-data").textContent);
  const library = typeof echarts === "undefined" ? null : echarts;
  const drawn = new Map();
  let axis = "tokens";

  // A thin line from value − deviation to value + deviation, with ends.
  function whiskers(chart, paint) {
    return {
      type: "custom", silent: true, z: 5, tooltip: { show: false },
      data: chart.bars.filter((bar) => bar.deviation).map((bar) => [chart.bars.indexOf(bar), bar.value - bar.deviation, bar.value + bar.deviation]),
      renderItem: (_, api) => {
        const low = api.coord([api.value(1), api.value(0)]), high = api.coord([api.value(2), api.value(0)]);
        const stroke = { stroke: paint.ink, lineWidth: 1.5 };
        const tick = (at) => ({ type: "line", shape: { x1: at[0], y1: at[1] - 5, x2: at[0], y2: at[1] + 5 }, style: stroke });
        return {
          type: "group",
          children: [{ type: "line", shape: { x1: low[0], y1: low[1], x2: high[0], y2: high[1] }, style: stroke }, tick(low), tick(high)],
        };
      },
      encode: { x: [1, 2], y: 0 },
    };
  }

  const options = {
    bars(chart, paint) {
      const values = chart.bars.map((bar) => bar.value).concat(chart.line ? [chart.line.value] : []);
      // A baseline far beyond the models would press them together: it is then told in words only.
      const most = Math.max(...chart.bars.map((bar) => bar.value));
      const near = chart.line && chart.line.value <= 2.5 * most;
      return {
        animation: false,
        textStyle: { fontFamily: paint.font, color: paint.ink },
        grid: { left: 6, right: chart.bars.some((bar) => bar.deviation) ? 112 : 74, top: 14, bottom: 24 },
        tooltip: {
          trigger: "axis", axisPointer: { type: "shadow" }, confine: true,
          backgroundColor: paint.card, borderColor: paint.line, textStyle: { color: paint.ink },
          formatter: (items) => { const box = document.createElement("div"); box.textContent = `${chart.bars[items[0].dataIndex].title}: ${chart.bars[items[0].dataIndex].label}`; return box.innerHTML; },
        },
        xAxis: {
          type: "value", min: Math.min(...values) < 0 ? undefined : 0, max: near ? Math.max(most, chart.line.value) : undefined,
          axisLabel: { color: paint.soft, hideOverlap: true, alignMinLabel: "left", formatter: (value) => short(value) + (chart.percent ? " %" : "") },
          splitLine: { lineStyle: { color: paint.line } }, splitNumber: 4,
        },
        yAxis: {
          type: "category", inverse: true, data: chart.bars.map((bar) => bar.title),
          axisLine: { show: false }, axisTick: { show: false },
          // The name stands above its bar, so that long names need no room beside it.
          axisLabel: { inside: true, align: "left", verticalAlign: "bottom", padding: [0, 0, 11, -8], color: paint.ink, fontSize: 12.5 },
          z: 10,
        },
        series: [
          {
            type: "bar", barWidth: 13,
            itemStyle: { borderRadius: [0, 4, 4, 0] },
            data: chart.bars.map((bar) => ({
              value: bar.value, itemStyle: { color: paint.series[bar.colour % 8] },
              label: { show: true, position: "right", distance: bar.deviation ? 12 : 6, formatter: bar.label, color: paint.ink, fontWeight: 600 },
            })),
            markLine: near ? {
              silent: true, symbol: "none", lineStyle: { color: paint.soft, type: "dashed" },
              label: { show: false },
              data: [{ xAxis: chart.line.value }],
            } : undefined,
          },
          whiskers(chart, paint),
        ],
      };
    },

    curves(chart, paint) {
      const at = axis === "tokens" ? 0 : 1;
      const values = chart.series.flatMap((series) => series.points.map((point) => point[2])).sort((a, b) => a - b);
      // The first values may be thousands: a long curve is pictured without its highest twentieth.
      const high = values[Math.floor((values.length - 1) * (values.length < 30 ? 1 : 0.95))], low = values[0];
      const margin = (high - low) * 0.08 || Math.abs(low) * 0.1 || 1;
      return {
        animation: false,
        textStyle: { fontFamily: paint.font, color: paint.ink },
        grid: { left: 8, right: 22, top: 40, bottom: 28, containLabel: true },
        legend: { top: 4, left: 0, type: "scroll", textStyle: { fontFamily: paint.font, color: paint.ink }, pageTextStyle: { color: paint.ink }, pageIconColor: paint.ink },
        tooltip: {
          trigger: "axis", confine: true, backgroundColor: paint.card, borderColor: paint.line, textStyle: { color: paint.ink },
          valueFormatter: (value) => (value === undefined ? "" : String(+Number(value).toPrecision(4))),
        },
        xAxis: {
          type: "value", name: axis === "tokens" ? "training tokens" : "minutes", nameLocation: "middle", nameGap: 26,
          nameTextStyle: { color: paint.soft }, axisLabel: { color: paint.soft, formatter: short, hideOverlap: true },
          axisPointer: { label: { formatter: (value) => short(value.value) + (axis === "tokens" ? " tokens" : " min") } },
          splitLine: { show: false }, axisLine: { lineStyle: { color: paint.line } },
        },
        yAxis: {
          type: "value", scale: true, min: +(low - margin).toPrecision(3), max: +(high + margin).toPrecision(3),
          axisLabel: { color: paint.soft, formatter: short, showMinLabel: false, showMaxLabel: false }, splitLine: { lineStyle: { color: paint.line } },
        },
        series: chart.series.map((series) => ({
          type: "line", name: series.title, showSymbol: series.points.length < 12, symbolSize: 5, clip: true,
          lineStyle: { width: 2, color: paint.series[series.colour % 8] }, itemStyle: { color: paint.series[series.colour % 8] },
          data: series.points.map((point) => [point[at], point[2]]),
        })),
      };
    },

    ...zooStudyCharts,
  };
  // A matrix of words is drawn without the library.
  const plainly = (chart) => !library || chart.kind === "heat";

  function draw(chart) {
    const place = document.getElementById(`chart-${chart.id}`);
    if (!place || !options[chart.kind]) return;
    const paint = colours();
    if (plainly(chart)) {
      if (zooPlain[chart.kind]) zooPlain[chart.kind](place, chart, paint, axis);
      else zooStudyPlain[chart.kind](place, chart, paint, short);
      return;
    }
    if (!drawn.has(chart.id)) drawn.set(chart.id, library.init(place, null, { renderer: "svg" }));
    drawn.get(chart.id).setOption(options[chart.kind](chart, paint, short), true);
  }
  const drawAll = () => charts.forEach(draw);

  for (const input of document.querySelectorAll("input[name=axis]")) {
    input.addEventListener("change", () => {
      axis = input.value;
      document.getElementById("curves").dataset.axis = axis;
      charts.filter((chart) => chart.kind === "curves").forEach(draw);
    });
  }
  const fit = () => {
    drawn.forEach((chart) => chart.resize());
    charts.filter(plainly).forEach(draw);
  };
  addEventListener("resize", fit);
  addEventListener("beforeprint", fit);
  zooTheme.changed(drawAll);
  drawAll();
  document.documentElement.dataset.ready = "yes";
})();
