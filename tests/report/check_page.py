"""Opens a report page in a real headless Chromium, clicks it and checks it: check_page.py PAGE ROWS_OF_THE_TABLE.

Prints what is wrong, one line each; exit status 1 if anything is.
"""
import pathlib
import sys

from browser import Browser

wrong = []


def check(truth, sentence):
    if not truth:
        wrong.append(sentence)


def no_overflow(browser, width):
    browser.resize(width)
    wide = browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(wide <= 0, f"at {width} px the page is {wide} px too wide")
    out = browser.run("""[...document.querySelectorAll('main *')].filter((e) => {
        const r = e.getBoundingClientRect();
        return r.width > 1 && r.height > 1 && r.right > innerWidth + 1 && !e.closest('thead') && !e.closest('.scrolls') && !e.closest('[clip-path]') && !e.querySelector('[clip-path]');
      }).slice(0, 3).map((e) => e.tagName + '.' + (e.className.baseVal ?? e.className) + ' ' + e.textContent.slice(0, 30))""")
    check(not out, f"at {width} px these stick out: {out}")


def check_studies(browser):
    """A study with a chart of every kind: drawn, and each tells of what the pointer is on."""
    study = "#study-every-kind"
    kinds = browser.run(f"document.querySelectorAll('{study} .chart').length")
    check(kinds == 4, f"the study has {kinds} charts, not 4")
    browser.click("#claims a")
    check(browser.run(f"Math.abs(document.querySelector('{study}').getBoundingClientRect().top) < 300"), "a claim does not lead to its study")
    marks = {"lines": "path, circle", "scatter": "path, circle", "heat": "rect", "bars": "path, rect"}
    words = {"lines": "LSTM", "scatter": "", "heat": "→"}
    for width in (1280, 390):
        browser.resize(width)
        for kind, mark in marks.items():
            chart = f"document.querySelector('#chart-every-kind-{kind}')"
            seen = browser.run(f"{chart}.querySelectorAll('svg :is({mark})').length")
            check(seen >= 2, f"at {width} px the {kind} chart has {seen} marks")
        for kind, word in words.items():
            # Over the chart until it tells something: where its points lie is the chart's own affair.
            told = ""
            browser.run(f"document.querySelector('#chart-every-kind-{kind}').scrollIntoView({{block: 'center'}})")
            box = browser.run(f"(() => {{ const r = document.querySelector('#chart-every-kind-{kind}').getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; }})()")
            places = [(box[0] + box[2] * i / 40, box[1] + box[3] * j / 40) for j in range(2, 40, 6) for i in range(12, 40, 6)]
            if kind == "scatter":  # its points are small: they are found by their size, below the legend
                places = browser.run(f"""[...document.querySelectorAll('#chart-every-kind-scatter svg :is(path, circle)')].map((e) => e.getBoundingClientRect())
                    .filter((r) => r.width > 6 && r.width < 16 && r.height > 6 && r.height < 16 && r.y > {box[1] + 40}).map((r) => [r.x + r.width / 2, r.y + r.height / 2])""")
            for x, y in places:
                browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
                told = browser.run(f"""[...document.querySelectorAll('#chart-every-kind-{kind} > div')].filter((e) => !e.querySelector('svg') &&
                    getComputedStyle(e).visibility !== 'hidden' && getComputedStyle(e).display !== 'none' && getComputedStyle(e).opacity !== '0').map((e) => e.textContent).join('')""")
                if told:
                    break
            check(told and word in told, f"at {width} px the {kind} chart tells nothing of what the pointer is on: {told!r}")
    browser.resize(1280)
    before = {kind: browser.run(f"document.querySelector('#chart-every-kind-{kind}').innerHTML") for kind in marks}
    browser.click("#theme")
    for kind in marks:
        check(browser.run(f"document.querySelector('#chart-every-kind-{kind}').innerHTML") != before[kind], f"the {kind} chart keeps the colours of the other theme")
    browser.click("#theme")
    browser.run("scrollTo(0, 0)")


def main():
    page, rows = pathlib.Path(sys.argv[1]).resolve().as_uri(), int(sys.argv[2])
    browser = Browser()
    try:
        browser.open(page)
        browser.wait_for("document.documentElement.dataset.ready === 'yes'")

        check(browser.run("document.querySelectorAll('h1').length") == 1, "there is not one title")
        found = browser.run("document.querySelectorAll('#headline tbody tr').length")
        check(found == rows, f"the table has {found} rows, not {rows}")
        check(browser.run("document.querySelectorAll('.rungs li').length") >= 1, "no sentence for the rungs")
        check(browser.run("document.querySelectorAll('table').length") >= 3, "tables are missing")
        check(browser.run("document.querySelector('#headline').getBoundingClientRect().bottom < 1100"),
              "the table is not near the top")
        empty = browser.run("[...document.querySelectorAll('.chart')].filter((c) => !c.querySelector('svg path, svg rect')).map((c) => c.id)")
        check(not empty, f"charts are not drawn: {empty}")
        check(browser.run("document.querySelectorAll('.chart').length") >= 3, "charts are missing")
        check(browser.run("window.hijacked === undefined"), "text of the report ran as a script")

        check_studies(browser)

        curve = "document.querySelector('#curves .chart')"
        before = browser.run(curve + ".innerHTML")
        browser.click("input[value=minutes] + span")
        check(browser.run("document.querySelector('#curves').dataset.axis") == "minutes", "the switch to minutes does nothing")
        check(browser.run(curve + ".innerHTML") != before, "the curves are not redrawn for minutes")
        browser.press("ArrowLeft", 37)
        check(browser.run("document.querySelector('#curves').dataset.axis") == "tokens", "the arrow keys do not work the switch")
        check(browser.run(curve + ".innerHTML") == before, "back on tokens the curves are not what they were")

        background = "getComputedStyle(document.body).backgroundColor"
        ink = "document.querySelector('#ladders .chart').innerHTML"
        light, light_chart = browser.run(background), browser.run(ink)
        browser.click("#theme")
        dark = browser.run(background)
        check(dark != light, "the button does not change the colours")
        check(browser.run(ink) != light_chart, "the charts keep the colours of the other theme")
        check(browser.run("document.querySelector('#theme').getAttribute('aria-pressed')") == "true", "the button does not say its state")
        browser.run("document.querySelector('#theme').focus()")
        browser.press("Enter", 13)
        if browser.run(background) != light:  # a button's Enter needs the character as well
            browser.run("document.querySelector('#theme').click()")
            browser.settle()
        check(browser.run(background) == light, "the button does not bring the colours back")

        for width in (1920, 1280, 1000, 901, 768, 390, 320):
            no_overflow(browser, width)
        browser.resize(1280)

        browser.prefer("light", "print")
        check(browser.run("getComputedStyle(document.querySelector('#theme')).display") == "none", "the button is printed")
        browser.prefer("light")
        browser.run("localStorage.clear()")

        browser.open(page + "?dark", dark=True)
        browser.wait_for("document.documentElement.dataset.ready === 'yes'")
        check(browser.run(background) == dark, "the system's dark colours are not taken")
        shift = browser.run("""new Promise((done) => { let sum = 0;
            new PerformanceObserver((list) => { for (const e of list.getEntries()) sum += e.value; }).observe({type: 'layout-shift', buffered: true});
            setTimeout(() => done(sum), 400); })""")
        check(shift < 0.02, f"the page jumps while it loads (layout shift {shift:.3f})")

        wrong.extend(browser.complaints())
    finally:
        browser.close()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
