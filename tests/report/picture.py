"""Takes a picture of a report's first screen, for the README: picture.py REPORT.html OUT.png [WIDTH [HEIGHT [dark]]]."""
import base64
import pathlib
import sys

from browser import Browser


def main():
    page, out = pathlib.Path(sys.argv[1]).resolve().as_uri(), pathlib.Path(sys.argv[2])
    width, height = (int(word) for word in (sys.argv[3:5] + ["1280", "1000"][len(sys.argv[3:5]):]))
    browser = Browser()
    try:
        browser.open(page, width, height, dark="dark" in sys.argv[5:])
        browser.wait_for("document.documentElement.dataset.ready === 'yes'")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        out.write_bytes(base64.b64decode(browser.call("Page.captureScreenshot", format="png", clip=clip)["data"]))
    finally:
        browser.close()


if __name__ == "__main__":
    main()
