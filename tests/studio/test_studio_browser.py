"""The page in a real browser, against a server of this runtime and one of the reference.

Selenium drives Chromium; where either is missing these tests are skipped (`.ci/run` has both).
"""

import contextlib
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import types
import urllib.request

import pytest
from conftest import small_captioner, small_gan

from tf_cs231n.studio.jobs import PANELS
from tf_cs231n.studio.server import Studio
from tf_cs231n.training.events import Events

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed here")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="there is no Chromium here")

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REFERENCE = os.environ.get("TF_CS231N_REFERENCE", os.path.join(ROOT, ".venv", "bin", "python"))
PYTHONS = {"current": sys.executable, "reference": REFERENCE}


class Server:
    """`tf-cs231n studio` in a process of its own, which can go away and come back."""

    def __init__(self, python, folder, gan):
        self.python, self.folder, self.gan = python, folder, gan
        self.token = secrets.token_urlsafe(18)
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/{self.token}/"
        self.assignment = os.path.join(folder, "assignment")

    def start(self):
        options = ["--no-browser", "--port", str(self.port), "--assignment", self.assignment]
        options += ["--captioner", os.path.join(self.folder, "captioner.npz"), "--gan", self.gan]
        environment = {**os.environ, "TF_CS231N_STUDIO_TOKEN": self.token, "PYTHONPATH": ROOT}
        self.process = subprocess.Popen(
            [self.python, "-m", "tf_cs231n", "studio", *options], env=environment,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(300):
            with contextlib.suppress(OSError):
                return urllib.request.urlopen(self.address).read()
            time.sleep(0.1)
        raise AssertionError("the studio did not start")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 130


class Page:
    """A browser, by what a person does with it."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu"):
            options.add_argument("--" + argument)
        options.add_argument("--window-size=1280,1000")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))

    def open(self, server, panel):
        self.driver.get("about:blank")
        self.driver.get(f"{server.address}#{panel}")
        self.until("document.querySelector('#status.ready')", 60)

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def until(self, script, seconds=30):
        """Wait until an expression is true; returns its value."""
        end = time.time() + seconds
        while time.time() < end:
            value = self.js(f"return {script}")
            if value:
                return value
            time.sleep(0.05)
        said = self.js("return document.body.innerText.slice(0, 1500)")
        raise AssertionError(f"not true in {seconds} s: {script}\n{said}")

    def click(self, selector, number=0):
        self.until(f"document.querySelectorAll({selector!r}).length > {number}")
        element = self.driver.find_elements("css selector", selector)[number]
        self.js("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        return element

    def choose(self, sample, well=0):
        button = (
            f"document.querySelectorAll('.well')[{well}]?.querySelector('[data-id=\"{sample}\"]')"
        )
        self.until(button)
        self.js(f"{button}.click()")

    def slide(self, label, value):
        self.js(
            "const found = [...document.querySelectorAll('.field')].find(f => "
            "f.textContent.startsWith(arguments[0])).querySelector('input');"
            "found.value = arguments[1]; found.dispatchEvent(new Event('input'))", label, value,
        )  # fmt: skip

    def type_class(self, name):
        """Type a class into the panel's field for it, and press Enter."""
        field = self.driver.find_element("css selector", ".panel:not([hidden]) input[list]")
        field.clear()
        field.send_keys(name, "\ue007")

    def console(self):
        return [entry for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def requested(self):
        """The beginnings of all addresses that were asked for, data addresses apart."""
        import json

        messages = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        urls = [
            m["params"]["request"]["url"]
            for m in messages
            if m["method"] == "Network.requestWillBeSent"
        ]
        return {url.split("/")[2] for url in urls if url.startswith(("http", "ws"))}


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    found, gan = {}, small_gan(tmp_path_factory.mktemp("gan"))
    for name, python in PYTHONS.items():
        if os.path.exists(python):
            folder = tmp_path_factory.mktemp(name)
            small_captioner(folder / "captioner.npz")
            found[name] = Server(python, str(folder), gan)
            found[name].start()
    yield found
    for server in found.values():
        server.stop()


@pytest.fixture(scope="module")
def browser():
    page = Page()
    yield page
    page.driver.quit()


@pytest.fixture
def page(browser):
    """The browser, which at the end of each test has said no error and asked no other host."""
    browser.console(), browser.requested()
    yield browser
    assert browser.console() == []
    assert {host.split(":")[0] for host in browser.requested()} <= {"127.0.0.1"}


@pytest.fixture(params=list(PYTHONS))
def server(request, servers):
    if request.param not in servers:
        pytest.skip(f"there is no {PYTHONS[request.param]} here")
    return servers[request.param]


@pytest.fixture
def current(servers):
    return servers["current"]


def test_explain_shows_maps_compares_classes_and_hides_patches(page, server):
    page.open(server, "explain")
    page.choose("sample:cat")
    page.click(".bar", 0)
    page.until("document.querySelector('.tile')")
    page.click("[aria-label^='Compare with']")
    page.until("document.querySelector('.pair')")
    stage = page.click(".stage")
    page.until("document.querySelectorAll('.moved').length == 5")
    assert page.js("return document.querySelectorAll('rect.patch').length") == 1
    stage.send_keys(*["\ue012"] * 9, "\ue007")  # nine steps to the left, and Enter
    page.until("document.querySelectorAll('rect.patch').length == 2")
    assert "red" in page.js(
        "const s = document.querySelector('.stage'), b = s.getBoundingClientRect();"
        "s.dispatchEvent(new PointerEvent('pointermove', {pointerType: 'mouse',"
        "clientX: b.left + 9, clientY: b.top + 9}));"
        "return document.querySelector('.readout').textContent"
    )
    page.until("document.querySelector('a[download=\"hidden.zip\"]')")
    shown = page.js("return [...document.querySelectorAll('pre')].map(p => p.textContent)")
    assert shown[0] == "tf-cs231n classify sample:cat"
    assert any(text.startswith("tf-cs231n classify sample:cat --class") for text in shown)
    page.click("button.stop")  # the other maps of two classes take a while


def test_caption_shows_words_their_maps_and_what_an_edit_would_cost(page, server):
    page.open(server, "caption")
    page.choose("sample:coffee")
    page.until("document.querySelectorAll('.result a[download=\"caption.zip\"]').length")
    words = page.js("return [...document.querySelectorAll('.word b')].map(b => b.textContent)")
    page.js("document.querySelector('.word').dispatchEvent(new PointerEvent('pointerenter'))")
    page.until("document.querySelector('.layers .map').alt.startsWith('What led to')")
    page.click(".word", 0)
    page.js(
        "const i = document.querySelector('[aria-label=\"Another word at this place\"]');"
        "i.value = 'dog'; i.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}))"
    )
    page.until("document.querySelector('.word b').textContent == 'dog'")
    changed = page.js("return [...document.querySelectorAll('.word b')].map(b => b.textContent)")
    assert changed[1:] == words[1:]


def test_style_paints_and_stop_keeps_the_best(page, server):
    page.open(server, "style")
    page.choose("sample:cat")
    page.choose("sample:flower", well=1)
    page.until("!document.querySelector('button.main').disabled")
    page.slide("Size", 64)
    page.slide("Steps at most", 500)
    page.click("button.main")
    page.until("document.querySelector('.loss.total')?.points.length > 3")
    page.click("button.stop")
    page.until("document.body.innerText.includes('Stopped after')")
    assert page.until("document.querySelector('a[download=\"styled.png\"]').href")


def test_fool_changes_an_image_and_the_slider_changes_it_anew(page, server):
    page.open(server, "fool")
    completed = "document.querySelector('input[list]').list.options.length"
    assert page.until(completed) == 1000
    page.choose("sample:cat")
    page.until("document.querySelector('figcaption .line')")
    page.type_class("goldfish")
    link = "document.querySelector('a[download=\"fooling.png\"]')"
    first = page.until(f"{link}?.href")
    assert "is taken for goldfish" in page.js("return document.querySelector('.verdict').innerText")
    page.slide("Largest change of a pixel", 1)
    page.until(f"{link}?.href && {link}.href != {first!r}")
    assert "by more than 1 of 255" in page.js("return document.querySelector('.verdict').innerText")
    assert page.js("return document.querySelector('pre').textContent").startswith(
        "tf-cs231n fool sample:cat --target goldfish"
    )
    page.click("input[type=checkbox]")  # go on, to be surer
    page.slide("Steps at most", 200)
    page.click("button.main")
    page.click("button.stop")
    page.until("document.querySelector('.progress').hidden")
    # The best so far: maybe of the very first step, which does not fool it yet.
    assert page.until("document.querySelector('a[download$=\".png\"]')?.href")


def test_a_class_grows_until_it_is_stopped(page, server):
    page.open(server, "visualize")
    page.slide("Steps at most", 500)
    page.type_class("tarantula")
    page.until("document.querySelector('.loss')?.points.length > 3")
    page.click("button.stop")
    page.until("document.body.innerText.includes('Stopped after')")
    assert page.until("document.querySelector('a[download=\"class.png\"]').href")
    assert "tf-cs231n visualize tarantula" in page.js(
        "return document.querySelector('pre').textContent"
    )


def test_a_notebooks_frame_shows_the_page(page, current, tmp_path):
    """As a notebook does it: a page of another origin with the frame that `studio()` gives."""
    frame = Studio._repr_html_(types.SimpleNamespace(address=current.address))
    (tmp_path / "notebook.html").write_text(f"<!doctype html>{frame}")
    page.driver.get(f"file://{tmp_path}/notebook.html")
    page.driver.switch_to.frame(0)
    page.until("document.querySelector('#status.ready')", 60)
    page.choose("sample:cat")
    page.until("document.querySelector('.bar')")
    page.driver.switch_to.default_content()


def test_the_assignment_follows_a_saved_file(page, server):
    page.open(server, "assignment")
    if not os.path.isdir(server.assignment):
        page.until("document.querySelectorAll('input[type=checkbox]').length > 3")
        page.js(
            "const all = document.querySelectorAll('input[type=checkbox]');"
            "all.forEach(box => { box.checked = box.value == 'rnn' })"
        )
        page.click("button.main")
    page.until("document.querySelectorAll('[data-task] .outcome:not(.checking)').length > 3")
    file = os.path.join(server.assignment, "rnn_layers.py")
    with open(file) as opened:
        text = opened.read()
    lines = text.splitlines()
    at = next(n for n, line in enumerate(lines) if 'Error("rnn_step_forward")' in line)
    lines[at] = (
        "    next_h = np.tanh(x @ Wx + prev_h @ Wh)\n    return next_h, (x, prev_h, Wx, Wh, next_h)"
    )
    with open(file, "w") as opened:
        opened.write("\n".join(lines) + "\n")
    row = "document.querySelector('[data-task=rnn_step_forward]').textContent"
    page.until(f"{row}.includes('bias_forgotten')")
    page.click("[aria-label='Hint for rnn_step_forward']")
    page.until(f"{row}.includes('where to look')")


def test_an_upload_that_is_no_image_is_said_as_text(page, current, tmp_path):
    file = tmp_path / "<script>document.title='x'<b>.png"
    file.write_text("<script>document.title = 'x'</script>")
    page.open(current, "explain")
    page.js("return document.querySelector('.well input[type=file]')").send_keys(str(file))
    page.until("!document.getElementById('alert').hidden")
    said = page.js("return document.getElementById('alert').textContent")
    assert said.startswith("<script>") and "not an image" in said
    assert page.driver.title == "tf-cs231n studio"
    page.driver.get_log("browser")  # the browser itself notes that the answer was 400


def test_two_tabs_at_once_get_their_own_answers(page, current):
    driver = page.driver
    page.open(current, "explain")
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    page.open(current, "explain")
    second = driver.current_window_handle
    page.choose("sample:coffee")
    driver.switch_to.window(first)
    page.choose("sample:flower")
    page.until("document.querySelector('.bar')")
    one = page.js("return document.querySelector('.bar').textContent")
    driver.switch_to.window(second)
    page.until("document.querySelector('.bar')")
    assert "espresso" in page.js("return document.querySelector('.bars').textContent")
    assert "espresso" not in one
    driver.close()
    driver.switch_to.window(first)


def test_a_server_that_goes_away_and_comes_back(page, current, tmp_path):
    from tf_cs231n.datasets import sample_image
    from tf_cs231n.images import save_image

    save_image(str(tmp_path / "mine.png"), sample_image("coffee", 96))
    page.open(current, "explain")
    chooser = page.js("return document.querySelector('.well input[type=file]')")
    chooser.send_keys(str(tmp_path / "mine.png"))
    page.until("document.querySelector('.bar')")
    current.stop()
    page.until("document.querySelector('#status.lost')")
    current.start()
    page.until("document.querySelector('#status.ready')", 60)
    page.click(".bar", 0)  # of the image that the new server does not have
    page.until("document.querySelector('.tile')")
    page.driver.get_log("browser")  # of requests that nobody answered


UP, RIGHT, PAGE_UP, END = "\ue013", "\ue014", "\ue00e", "\ue010"


def test_a_vector_its_unit_ball_and_p_are_dragged(page, server):
    page.open(server, "theory")
    value = "document.querySelector('[data-name=norm]').textContent"
    page.until(f"{value}.startsWith('‖x‖2 = 1.442')")  # the root of 1.2^2 + 0.8^2
    page.click("[data-p='1']")
    page.until(f"{value}.startsWith('‖x‖1 = 2 ')")
    plane = page.click(".plane")  # its middle
    page.until(f"{value}.startsWith('‖x‖1 = 0 ')")
    plane.send_keys(*[RIGHT] * 4, UP, UP)
    page.until(f"{value}.startsWith('‖x‖1 = 0.3 for x = (0.2, 0.1)')")
    page.click("[data-p='0.5']")
    page.until(f"{value}.startsWith('‖x‖0.5 = 0.5828')")  # 0.2 + 0.1 + 2 sqrt(0.02)
    assert "gives no norm" in page.js("return document.querySelector('.note').textContent")
    assert page.js("return document.querySelector('pre').textContent") == (
        "tf-cs231n norms vector.npy -p 0.5"
    )


def test_two_distributions_are_dragged_as_bars(page, server):
    page.open(server, "theory")
    row = "[...document.querySelectorAll('.numbers tr')].map(r => r.cells[1].textContent)"
    page.until(f"{row}.length == 7")
    page.click("[data-bar=q1]")  # its middle
    assert page.js("return document.querySelector('[data-bar=q1]').ariaValueNow") == "50"
    first = page.js("return document.querySelector('[data-bar=p0]')")
    first.send_keys(PAGE_UP)
    text = "document.querySelector('[data-part=information] pre').textContent"
    page.until(f"{text}.startsWith('tf-cs231n information 0.6,0.2,0.12,0.08 ')")
    H, _, cross, _, KL = map(float, page.js(f"return {row}")[:5])
    assert abs(H + KL - cross) < 1.1e-4 and KL > 0
    page.js("return document.querySelector('[data-bar=q0]')").send_keys(END)
    page.until(f"{row}[4] == '∞'")
    page.js("[...document.querySelectorAll('button')].find(b => b.textContent == 'q = p').click()")
    page.until(f"{row}[4] == '0.0000'")


def test_a_likelihood_is_highest_at_its_maximum(page, server):
    page.open(server, "theory")
    value = "document.querySelector('[data-name=likelihood]').textContent"
    page.until(f"{value}.includes('at p = 0.4')")
    page.js("document.querySelectorAll('[data-part=likelihood] button')[1].click()")
    page.until("document.querySelector('[data-part=likelihood]').innerText.includes('maximum is')")
    page.until(f"!{value}.includes('p = 0.4')")
    now = page.js(f"return {value}").split()[3]
    assert f"The maximum is {now}," in page.js("return document.body.innerText")
    page.click("[data-curve=p]")  # p = 0.42 at its middle
    page.until(f"!{value}.includes({now!r})")


STEPS = itertools.count(40, 20)


def test_a_gan_is_dragged_between_codes_and_its_training_watched(page, server):
    page.open(server, "gan")
    page.until("document.querySelectorAll('.sample').length == 36")
    assert "<script>" in page.js("return document.querySelector('option').textContent")
    assert page.driver.title == "tf-cs231n studio"
    link = "document.querySelector('a[download=\"sample.png\"]')"
    middle = page.until(f"{link}?.href")
    pad = page.js("return document.querySelector('.pad')")
    pad.send_keys(*[RIGHT] * 10)
    page.until(f"{link}.href != {middle!r}")
    page.until("document.querySelector('.panel').innerText.includes('70% of the way')")
    page.click(".sample", 7)
    page.until("document.querySelector('[data-corner=\"0\"]').ariaLabel.endsWith('sample 8')")
    page.until("document.querySelector('pre').textContent.includes('--corners 7 1 2 3')")
    page.js(
        "[...document.querySelectorAll('button')].find(b => b.textContent.includes('nearest'))"
        ".click()"
    )
    page.until("document.querySelectorAll('.pairs figure').length == 12", 60)
    page.until("document.querySelector('a[download=\"nearest.png\"]')", 60)
    page.until("document.querySelector('[data-part=training] .loss')")
    step = next(STEPS)  # as a training that runs writes it
    events = Events(server.gan, step)
    events.scalars(step, {"D_loss": 0.25, "G_loss": 0.5})
    events.flush()
    page.until(f"document.querySelector('[data-part=training]').innerText.includes('Step {step}')")
    events.close()


def test_dragging_goes_on_when_the_server_has_come_back(page, current):
    page.open(current, "gan")
    page.until("document.querySelector('a[download=\"sample.png\"]')")
    current.stop()
    page.until("document.querySelector('#status.lost')")
    page.js("return document.querySelector('.pad')").send_keys(RIGHT)
    current.start()
    page.until("document.querySelector('#status.ready')", 60)
    link = "document.querySelector('a[download=\"sample.png\"]').href"
    before = page.js(f"return {link}")
    page.js("return document.querySelector('.pad')").send_keys(RIGHT)
    page.until(f"{link} != {before!r}")
    page.driver.get_log("browser")  # of requests that nobody answered


def test_two_tabs_drag_their_own_vectors(page, current):
    driver, first = page.driver, page.driver.current_window_handle
    value = "document.querySelector('[data-name=norm]')?.textContent"
    page.open(current, "theory")
    driver.switch_to.new_window("tab")
    page.open(current, "theory")
    page.click("[data-p='inf']")
    page.until(f"{value}?.startsWith('‖x‖∞ = 1.2 ')")
    second = driver.current_window_handle
    driver.switch_to.window(first)
    page.click("[data-p='1']")
    page.until(f"{value}?.startsWith('‖x‖1 = 2 ')")
    driver.switch_to.window(second)
    assert page.js(f"return {value}").startswith("‖x‖∞ = 1.2 ")
    driver.close()
    driver.switch_to.window(first)


@pytest.mark.parametrize("panel", list(PANELS))
def test_every_panel_fits_a_phone_in_light_and_dark(page, current, panel):
    driver, colors = page.driver, set()
    for scheme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        metrics = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        page.open(current, panel)
        page.until("document.querySelector('.panel h2')")
        assert page.js("return document.documentElement.scrollWidth") <= 400
        tab = page.js(
            "return document.querySelector('[aria-selected=true]').getBoundingClientRect()"
        )
        assert tab["left"] >= 0 and tab["right"] <= 400
        colors.add(page.js("return getComputedStyle(document.body).backgroundColor"))
        unlabeled = page.js(
            "return [...document.querySelectorAll('input, select, button, [role=application]')]"
            ".filter(e => !(e.labels && e.labels.length) && !e.ariaLabel && !e.textContent.trim())"
            ".map(e => e.outerHTML)"
        )
        assert unlabeled == []
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert len(colors) == 2
