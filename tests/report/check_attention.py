"""Opens a page of attention in a real headless Chromium, clicks it, points at it, types on it, saves its pictures and
checks what comes of it: check_attention.py PAGE small|long. "small" is the page of two attentions, two layers and four
heads of attention_page_test.cpp, "long" the one of 512 tokens. Prints what is wrong, one line each; exit status 1 if
anything is.
"""
import pathlib
import struct
import sys
import tempfile
import time
import xml.etree.ElementTree

from browser import Browser

wrong = []


def check(truth, sentence):
    if not truth:
        wrong.append(sentence)


TOLD = "document.querySelector('#told').textContent"
SHOWN = "document.querySelector('#shown').textContent"
PICTURE = "document.querySelector('#picture').toDataURL()"


def point(browser, x, y):
    """Moves the mouse to a place of the large picture, in its own pixels."""
    left, top = browser.run("(() => { const c = document.querySelector('#picture'); c.scrollIntoView({block: 'center'});"
                            " const r = c.getBoundingClientRect(); return [r.x, r.y]; })()")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=left + x, y=top + y)
    browser.settle()


def cell(browser, row, column):
    """Where a cell of the heat map lies in the picture: the edges are found by pointing."""
    return browser.run(f"""(() => {{
        const c = document.querySelector('#picture'), r = c.getBoundingClientRect();
        for (let x = 2; x < r.width; x += 3) for (let y = 2; y < r.height; y += 3) {{
            c.dispatchEvent(new PointerEvent('pointermove', {{clientX: r.x + x, clientY: r.y + y, bubbles: true}}));
            const told = document.querySelector('#told').textContent, row = '“' + {row!r} + '”', column = '“' + {column!r} + '”';
            if (told.startsWith(row + ' looks at ' + column + ' with ') || told.startsWith(row + ' may not look at ' + column)) return [x, y];
        }}
        return null;
    }})()""")


def saved(browser, button, folder, suffix):
    """The file that a button makes."""
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
    browser.click(button)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        done = list(pathlib.Path(folder).glob(f"*.{suffix}"))
        if done and done[0].stat().st_size > 0 and not list(pathlib.Path(folder).glob("*.crdownload")):
            return done[0]
        time.sleep(0.05)
    return None


def check_files(browser, name):
    with tempfile.TemporaryDirectory() as folder:
        file = saved(browser, "#save-svg", folder, "svg")
        check(file is not None, f"{name}: no SVG is saved")
        if file:
            root = xml.etree.ElementTree.parse(file).getroot()
            texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
            check(root.tag == "{http://www.w3.org/2000/svg}svg" and float(root.get("width")) > 100, f"{name}: the SVG is none")
            check(any("layer" in text for text in texts), f"{name}: the SVG does not say what it shows")
        file = saved(browser, "#save-png", folder, "png")
        check(file is not None, f"{name}: no PNG is saved")
        if file:
            head = file.read_bytes()[:24]
            check(head[:8] == b"\x89PNG\r\n\x1a\n" and min(struct.unpack(">II", head[16:24])) > 100, f"{name}: the PNG is none")


def check_small(browser, page):
    for width, dark in ((1280, False), (390, True), (320, False)):
        browser.open(f"{page}?{width}", width, 900, dark=dark)
        browser.wait_for("document.documentElement.dataset.ready === 'yes'")
        browser.settle()
        wide = browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        check(wide <= 0, f"at {width} px the page is {wide} px too wide")
        check(browser.run("[...document.querySelectorAll('#tabs [role=tab]')].map((t) => t.textContent).join()") == "decoder,cross", "not every attention has its tab")
        check(browser.run("document.querySelectorAll('#small canvas').length") == 2 * (4 + 2), "not every layer, head, mean and maximum is shown")
        painted = browser.run("""[...document.querySelectorAll('#small canvas, #picture')].every((c) => {
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
            for (let i = 0; i < d.length; i += 4) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);
            return seen.size > 3; })""")
        check(painted, "a picture is empty")
        check("Decoder, layer 2, mean of the heads" == browser.run(SHOWN), f"it begins with {browser.run(SHOWN)!r}")

        before = browser.run(PICTURE)
        browser.click("#small > div:first-child button:nth-of-type(2)")
        check(browser.run(SHOWN) == "Decoder, layer 1, head 2", f"a click on a small picture shows {browser.run(SHOWN)!r}")
        check(browser.run(PICTURE) != before, "another head shows the same")
        check(browser.run("document.querySelectorAll('#small [aria-pressed=true]').length") == 1, "not one small picture is marked")

        place = cell(browser, "▁pl", "▁the")
        check(place is not None, "no weight is told where the pointer is")
        if place:
            point(browser, 1, 1)
            point(browser, *place)
            check("“▁pl” looks at “▁the” with " in browser.run(TOLD), f"pointing at a weight tells {browser.run(TOLD)!r}")
        place = cell(browser, "▁the", "ay")
        check(place and "may not look" in browser.run(TOLD), "a weight that is not allowed is told as one")

        browser.click("#tabs button:nth-child(2)")
        check(browser.run(SHOWN).startswith("Cross, layer 1"), "the other tab does not show the other attention")
        check(browser.run("document.querySelector('#hide').disabled"), "nothing special, yet it can be hidden")
        browser.click("#tabs button:nth-child(1)")

        # Rows sum to one again without </s>, and words look as their pieces do together.
        sums = """(() => { const m = zooAttention.matrix(0, 0, 1, {hide: %s, merge: %s});
            return [m.rows.map((g) => g.text), m.rows.map((_, i) => m.columns.reduce((s, _, j) => s + (m.at(i, j) || 0), 0))]; })()"""
        words, rows = browser.run(sums % ("false", "false"))
        check(len(words) == 6 and all(abs(s - 1) < 1e-3 for s in rows), f"rows sum to {rows}")
        words, rows = browser.run(sums % ("true", "true"))
        check(words[2] == "play" and len(words) == 4, f"hidden and joined, the words are {words}")
        check(all(abs(s - 1) < 1e-3 for s in rows), f"hidden and joined, rows sum to {rows}")
        same = browser.run("""(() => { const one = zooAttention.matrix(0, 0, 1, {hide: false, merge: false}), two = zooAttention.matrix(0, 0, 1, {hide: false, merge: true});
            return Math.abs((one.at(4, 2) + one.at(4, 3)) - two.at(3, 2)) + Math.abs((one.at(2, 0) + one.at(3, 0)) / 2 - two.at(2, 0)); })()""")
        check(same < 1e-6, "joined weights are not sums over keys and means over queries")
        before = browser.run(PICTURE)
        browser.click("#hide")
        browser.click("#merge")
        check(browser.run(PICTURE) != before, "hiding and joining change nothing")

        browser.run("document.activeElement.blur()")
        for key, code, expected in (("]", 221, "Decoder, layer 1, head 3"), ("a", 65, "Decoder, layer 1, mean of the heads"), ("}", 221, "Decoder, layer 2, mean of the heads"),
                                    ("x", 88, "Decoder, layer 2, largest of the heads"), ("2", 50, "Cross, layer 2, largest of the heads"), ("1", 49, "Decoder, layer 2, largest of the heads")):
            browser.press(key, code)
            check(browser.run(SHOWN) == expected, f"key {key}: {browser.run(SHOWN)!r}")
        browser.run("document.querySelector('#picture').focus()")
        browser.press("ArrowDown", 40)
        browser.press("ArrowDown", 40)
        check("looks at" in browser.run(TOLD) or "may not" in browser.run(TOLD), "arrows do not walk through the weights")
        check_files(browser, "heat map")

        browser.click("#lines")
        check(browser.run("document.querySelector('#lines').getAttribute('aria-pressed')") == "true", "the lines are not shown")
        point(browser, 10, 30 + 20 * 2 + 10)
        check("“play” looks at" in browser.run(TOLD), f"pointing at a word tells {browser.run(TOLD)!r}")
        check_files(browser, "lines")
        browser.click("#heat")

        light = browser.run("getComputedStyle(document.body).backgroundColor")
        before = browser.run(PICTURE)
        browser.click("#theme")
        check(browser.run("getComputedStyle(document.body).backgroundColor") != light, "the button does not change the colours")
        check(browser.run(PICTURE) != before, "the picture keeps the colours of the other theme")
        browser.run("localStorage.clear()")


def check_long(browser, page):
    start = time.monotonic()
    browser.open(page, 1280, 900)
    browser.wait_for("document.documentElement.dataset.ready === 'yes'", 60)
    check(time.monotonic() - start < 60, "512 tokens take a minute to open")
    # Frames while the pointer moves and the picture is scrolled: the longest of the drawing itself.
    longest = browser.run("""(async () => {
        const scroll = document.querySelector('#scroll'), c = document.querySelector('#picture'), r = c.getBoundingClientRect();
        document.querySelector('#larger').click(); document.querySelector('#larger').click(); document.querySelector('#larger').click();
        const times = [];
        for (let i = 0; i < 40; i++) {
            c.dispatchEvent(new PointerEvent('pointermove', {clientX: r.x + 200 + 7 * i, clientY: r.y + 150 + 5 * i, bubbles: true}));
            scroll.scrollTo(20 * i, 25 * i);
            const begin = performance.now();
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            times.push(performance.now() - begin);
        }
        times.sort((a, b) => a - b);
        return times[20];
    })()""")
    check(longest < 250, f"a frame of 512 tokens takes {longest:.0f} ms")
    check("looks at" in browser.run(TOLD), "no weight is told where the pointer is")
    check_files(browser, "long heat map")
    browser.click("#lines")
    point(browser, 10, 100)
    check("looks at" in browser.run(TOLD), "no word is told where the pointer is")


def main():
    page = pathlib.Path(sys.argv[1]).resolve().as_uri()
    browser = Browser()
    try:
        (check_long if sys.argv[2:] == ["long"] else check_small)(browser, page)
        check(browser.run("window.hijacked === undefined"), "a word ran as a script")
        wrong.extend(browser.complaints())
    finally:
        browser.close()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
