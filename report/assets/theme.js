// Light or dark: the system's choice until the button #theme is used. zooTheme.colours() are those of now.
const zooTheme = (() => {
  const short = (value) => {
    const size = Math.abs(value);
    if (size >= 1e9) return +(value / 1e9).toPrecision(3) + "G";
    if (size >= 1e6) return +(value / 1e6).toPrecision(3) + "M";
    if (size >= 1e3) return +(value / 1e3).toPrecision(3) + "k";
    return String(+value.toPrecision(3));
  };

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(name).trim();
    return {
      font: getComputedStyle(document.body).fontFamily, ink: read("--ink"), soft: read("--soft"), line: read("--line"), card: read("--card"),
      series: Array.from({ length: 8 }, (_, i) => read(`--c${i}`)),
    };
  }

  let redraw = () => {};
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const label = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
    button.setAttribute("aria-pressed", String(isDark()));
  };
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem("zoo-theme", theme); } catch (error) { /* no storage: it holds for this view */ }
    label();
    redraw();
  });
  system.addEventListener("change", () => { label(); redraw(); });
  label();

  return { colours, short, changed: (draw) => { redraw = draw; } };
})();
