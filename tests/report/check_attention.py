"""Opens a page of attention (two attentions, two layers, four heads) in a real headless Chromium, clicks it and checks
it: check_attention.py PAGE. Prints what is wrong, one line each; exit status 1 if anything is.
"""
import pathlib
import sys

from browser import Browser

wrong = []


def check(truth, sentence):
    if not truth:
        wrong.append(sentence)


def main():
    page = pathlib.Path(sys.argv[1]).resolve().as_uri()
    browser = Browser()
    try:
        for width, dark in ((1280, False), (390, True), (320, False)):
            browser.open(f"{page}?{width}", width, 900, dark=dark)
            browser.wait_for("document.documentElement.dataset.ready === 'yes'")
            wide = browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            check(wide <= 0, f"at {width} px the page is {wide} px too wide")
            check(browser.run("document.querySelectorAll('#heat svg rect').length") >= 36, f"at {width} px the matrix is not drawn")
            check(browser.run("document.querySelectorAll('#small canvas').length") == 8, "not every layer and head is shown")
            painted = browser.run("""[...document.querySelectorAll('#small canvas')].every((c) =>
                [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].some((value) => value > 0))""")
            check(painted, "a small picture is empty")

            told = "document.querySelector('#told').textContent"
            browser.click("#queries .word:nth-child(3)")
            before = browser.run(told)
            check("“play” looks at" in before, f"a tap on a word says {before!r}")
            check(browser.run("document.querySelectorAll('#queries [aria-pressed=true]').length") == 1, "the word is not marked")
            check(browser.run("document.querySelector('#keys .word:nth-child(4) small').textContent") == "–", "a word that may not be looked at has a weight")
            x, y = browser.run("(() => { const r = document.querySelector('#queries .word:nth-child(4)').getBoundingClientRect(); return [r.x + 5, r.y + 5]; })()")
            browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
            browser.settle()
            check("“水” looks at" in browser.run(told), "a word that is pointed at is not told")

            heat = "document.querySelector('#heat').innerHTML"
            before, before_heat = browser.run(told), browser.run(heat)
            browser.click("#small > div:first-child button:nth-of-type(2)")
            check(browser.run("[document.querySelector('#layer').value, document.querySelector('#head').value].join()") == "0,2", "a small picture does not choose its layer and head")
            check(browser.run(told) != before and browser.run(heat) != before_heat, "another head shows the same")
            browser.run("(() => { const s = document.querySelector('#attention'); s.value = 1; s.dispatchEvent(new Event('change')); })()")
            check(browser.run("document.querySelectorAll('#keys .word').length") == 3, "the other attention is not shown")

            light = browser.run("getComputedStyle(document.body).backgroundColor")
            before_heat = browser.run(heat)
            browser.click("#theme")
            check(browser.run("getComputedStyle(document.body).backgroundColor") != light, "the button does not change the colours")
            check(browser.run(heat) != before_heat, "the matrix keeps the colours of the other theme")
            browser.run("localStorage.clear()")
        check(browser.run("window.hijacked === undefined"), "a word ran as a script")
        wrong.extend(browser.complaints())
    finally:
        browser.close()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
