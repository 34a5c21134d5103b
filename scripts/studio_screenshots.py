"""Take the screenshots of the studio: studio_screenshots.py ADDRESS [FOLDER [PANEL...]].

ADDRESS is a running studio's, with a captioner (from `caption train`); Chromium, its driver and
selenium must be there.
"""

import base64
import os
import shutil
import sys
import time

from selenium import webdriver

WIDTH, HEIGHT, QUALITY = 1180, 820, 82


def main(address, folder="docs/images", *panels):
    options = webdriver.ChromeOptions()
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "hide-scrollbars"):
        options.add_argument("--" + argument)
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome")
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        for name, scheme, prepare in SHOTS:
            if panels and name not in panels:
                continue
            feature = {"name": "prefers-color-scheme", "value": scheme}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            driver.get("about:blank")
            driver.get(f"{address}#{name}")
            prepare(driver)
            time.sleep(1)
            taken = driver.execute_cdp_cmd(
                "Page.captureScreenshot", {"format": "jpeg", "quality": QUALITY}
            )
            path = os.path.join(folder, f"studio-{name}.jpg")
            with open(path, "wb") as file:
                file.write(base64.b64decode(taken["data"]))
            print(path, os.path.getsize(path))
    finally:
        driver.quit()


def until(driver, script, seconds=120):
    end = time.time() + seconds
    while not driver.execute_script(f"return {script}"):
        if time.time() > end:
            raise SystemExit(f"not true in {seconds} s: {script}")
        time.sleep(0.1)


def click(driver, selector, number=0):
    until(driver, f"document.querySelectorAll({selector!r}).length > {number}")
    driver.execute_script(f"document.querySelectorAll({selector!r})[{number}].click()")


def below_the_introduction(driver):
    driver.execute_script("document.querySelector('.intro').hidden = true; scrollTo(0, 0)")


def explain(driver):
    click(driver, "[data-id='sample:cat']")
    click(driver, ".bar")
    until(driver, "document.querySelectorAll('.tile').length == 7")
    click(driver, ".tile", 5)
    driver.execute_script(
        "const s = document.querySelector('.stage'), b = s.getBoundingClientRect();"
        "s.dispatchEvent(new MouseEvent('click', {clientX: b.left + .33 * b.width,"
        "clientY: b.top + .33 * b.height}))"
    )
    until(driver, "document.querySelector('.moved')")
    below_the_introduction(driver)
    driver.execute_script("document.querySelector('.panel > .card').hidden = true")


def type_class(driver, name):
    driver.execute_script(
        "const i = document.querySelector('.panel:not([hidden]) input[list]');"
        "i.value = arguments[0];"
        "i.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}))", name,
    )  # fmt: skip


def fool(driver):
    click(driver, "[data-id='sample:cat']")
    until(driver, "document.querySelector('figcaption .line')")
    type_class(driver, "goldfish")
    until(driver, "document.querySelector('a[download=\"fooling.png\"]')")
    below_the_introduction(driver)
    driver.execute_script("document.querySelector('.well').hidden = true")


def visualize(driver):
    until(driver, "document.querySelector('input[list]').list.options.length")
    type_class(driver, "tarantula")
    until(driver, "document.querySelector('a[download=\"class.png\"]')")
    below_the_introduction(driver)


def caption(driver):
    click(driver, "[data-id='shapes:val:7']")
    until(driver, "document.querySelector('.result a[download=\"caption.zip\"]')")
    below_the_introduction(driver)


def style(driver):
    click(driver, "[data-id='sample:cat']")
    driver.execute_script(
        "document.querySelectorAll('.well')[1].querySelector('[data-id=\"sample:flower\"]').click()"
    )
    until(driver, "!document.querySelector('button.main').disabled")
    driver.execute_script(  # fewer steps than usual look as good at this size
        "const f = [...document.querySelectorAll('.field')].find(f => "
        "f.textContent.startsWith('Steps')).querySelector('input');"
        "f.value = 100; f.dispatchEvent(new Event('input'))"
    )
    click(driver, "button.main")
    until(driver, "document.querySelector('a[download=\"styled.png\"]')", 400)
    driver.execute_script("document.querySelector('.result').scrollIntoView({block: 'end'})")
    driver.execute_script("scrollBy(0, 24)")


SHOTS = [
    ("explain", "light", explain),
    ("fool", "light", fool),
    ("visualize", "dark", visualize),
    ("caption", "dark", caption),
    ("style", "light", style),
]

if __name__ == "__main__":
    main(*sys.argv[1:])
