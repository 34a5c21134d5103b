"""The studio's server, without a browser: who may ask, what is refused, and what a job tells."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse
import zlib

import pytest

from tf_cs231n.datasets import sample_image
from tf_cs231n.errors import InputError
from tf_cs231n.studio import jobs
from tf_cs231n.studio.server import Studio
from tf_cs231n.studio.uploads import Kept, png

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# ---- Who may ask ----


def test_the_page_is_served_to_its_own_address_only(client):
    status, content = client.ask("GET", "")
    assert status == 200 and b"<title>tf-cs231n studio</title>" in content
    assert client.ask("GET", "/", token=False)[0] == 403
    assert client.ask("GET", "/wrong-token-of-some-length/", token=False)[0] == 403
    assert client.ask("GET", "/caf%C3%A9/", token=False)[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil:80"])
def test_another_host_is_refused_even_with_the_token(client, host):
    assert client.ask("GET", "", headers={"Host": host})[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_origin_is_refused_even_with_the_token(client, origin):
    status, content = client.ask("POST", "images", b"x", headers={"Origin": origin})
    assert status == 403 and b"own page only" in content
    own = f"http://127.0.0.1:{client.studio.port}"
    assert client.ask("GET", "", headers={"Origin": own})[0] == 200


def test_only_this_machine_is_listened_to(studio):
    assert studio._server.server_address[0] == "127.0.0.1"


def test_the_page_may_load_nothing_from_elsewhere(studio):
    connection = http.client.HTTPConnection("127.0.0.1", studio.port)
    connection.request("GET", urllib.parse.urlsplit(studio.address).path)
    policy = connection.getresponse().getheader("Content-Security-Policy")
    assert "default-src 'none'" in policy and "http" not in policy and "unsafe" not in policy


def test_static_files_are_those_of_the_folder(client):
    assert client.ask("GET", "static/page.js")[0] == 200
    for name in ("..%2Fserver.py", "../server.py", "none.js"):
        assert client.ask("GET", f"static/{name}")[0] == 404


# ---- What is refused ----


def test_an_upload_that_is_no_image_is_refused_by_its_own_name(client):
    status, content = client.ask(
        "POST", "images?name=%3Cscript%3E.png", b"<script>alert(1)</script>"
    )
    assert status == 400
    assert json.loads(content)["error"].startswith("<script>.png: not an image")


def test_an_image_of_a_hundred_megapixels_is_refused_before_it_is_decoded(client):
    def chunk(kind, data):
        return (
            len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        )

    header = (10000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0"))
    status, content = client.ask("POST", "images?name=large.png", bomb)
    assert status == 400
    assert json.loads(content)["error"].startswith("large.png: 10000x10000 pixels is too large")


def test_a_file_over_the_limit_is_refused_unread(client):
    headers = {"Content-Length": str(65 << 20)}
    connection = http.client.HTTPConnection("127.0.0.1", client.studio.port, timeout=10)
    connection.putrequest("POST", client.path + "images")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_a_name_is_kept_as_text(client):
    content = png(sample_image("cat", 64))
    status, answer = client.ask("POST", "images?name=folder%2F%3Cscript%3Ealert(1).png", content)
    image = json.loads(answer)
    assert status == 200 and image["name"] == "<script>alert(1).png"
    told = client.result("explain", "classify", "classes", image=image["id"])
    assert told["name"] == image["name"]
    assert "'" in told["equal"]["command"]  # quoted for a shell


@pytest.mark.parametrize(
    "panel, action, arguments, words",
    [
        ("none", "maps", {}, "panel"),
        ("explain", "none", {}, "action"),
        ("explain", "maps", {"image": "sample:cat"}, "classes"),
        ("explain", "maps", {"image": "sample:cat", "classes": ["no such class"]}, "no class"),
        ("explain", "maps", {"image": "../etc/passwd", "classes": ["1"]}, "image unknown here"),
        ("explain", "maps", {"image": "sample:none", "classes": ["1"]}, "expected one of cat"),
        ("explain", "classify", {"image": "sample:cat", "surprise": 1}, "surprise"),
        ("explain", "hide", {"image": "sample:cat", "patches": [[9e9, 1]], "patch": 8,
                             "classes": []}, "x: got"),
    ],
)  # fmt: skip
def test_a_request_that_makes_no_sense_is_one_line_and_the_server_goes_on(
    client, panel, action, arguments, words
):
    status, content = client.enqueue(panel, action, **arguments)
    if status == 400:
        message = json.loads(content)["error"]
    else:
        message = client.run(panel, action, job="2", **arguments)[-1]["text"]
    assert words in message and "\n" not in message
    assert client.result("explain", "classify", "classes", image="sample:cat")["classes"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"tab": 1}', b"\xff"])
def test_a_body_that_is_no_request_is_refused(client, body):
    assert client.ask("POST", "jobs", body)[0] == 400


# ---- Jobs ----


def test_a_thousand_queued_requests_are_answered_or_refused_and_the_server_goes_on(client):
    def ask(number):
        return client.enqueue(
            "explain", "maps", job=str(number), image="sample:cat", classes=["tabby"],
            methods=["integrated"],
        )[0]  # fmt: skip

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(ask, range(1000)))
    assert set(statuses) == {202, 503}
    assert statuses.count(202) < 1000 - jobs.MAX_WAITING
    client.ask("POST", f"stop?tab={client.tab}")
    assert client.result("explain", "classify", "classes", image="sample:cat")["classes"]


def test_a_newer_job_of_a_slot_takes_the_place_of_the_older():
    begun, go, ran = threading.Event(), threading.Event(), []

    def slow(job):
        begun.set()
        go.wait(10)
        ran.append(("slow", job.stop.reason))

    worker, tab = jobs.Worker("test", contextlib.nullcontext()), jobs.Tab()
    worker.put(jobs.Job(tab, "1", "map", slow))
    begun.wait(10)
    for number in range(2, 50):
        worker.put(jobs.Job(tab, str(number), "map", lambda job: ran.append(job.id)))
    other = jobs.Tab()
    worker.put(jobs.Job(other, "1", "map", lambda job: ran.append("other tab")))
    go.set()
    events = (json.loads(event[1]) for event in filter(None, other.listen()))
    assert next(event for event in events if event["kind"] == "done")["stopped"] is False
    assert ran == [("slow", "replaced"), "49", "other tab"]
    worker.close()


def test_a_click_goes_between_the_steps_of_a_long_job():
    begun, go, ran = threading.Event(), threading.Event(), []

    def long(job):
        begun.set()
        for step in range(3):
            go.wait(10)
            ran.append(step)
            yield

    worker, tab = jobs.Worker("test", contextlib.nullcontext()), jobs.Tab()
    worker.put(jobs.Job(tab, "1", "maps", long))
    begun.wait(10)
    worker.put(jobs.Job(tab, "2", "hide", lambda job: ran.append("click")))
    go.set()
    list(_first(tab, lambda event: event["kind"] == "done" and event["job"] == "1"))
    assert ran == [0, "click", 1, 2]
    worker.close()


def test_an_error_in_a_job_leaves_the_worker_running(capsys):
    def broken(job):
        raise RuntimeError("lost")

    worker, tab = jobs.Worker("test", contextlib.nullcontext()), jobs.Tab()
    worker.put(jobs.Job(tab, "1", "a", broken))
    worker.put(jobs.Job(tab, "2", "b", lambda job: job.send("fine")))
    events = [json.loads(text) for _, text in _first(tab, lambda e: e["kind"] == "fine")]
    texts = [event["text"] for event in events if event["kind"] == "error"]
    assert texts == ["RuntimeError: lost (the terminal shows more)"]
    assert "Traceback" in capsys.readouterr().err
    worker.close()


def _first(tab, wanted):
    """The events of a tab up to the first that is wanted."""
    for event in filter(None, tab.listen()):
        yield event
        if wanted(json.loads(event[1])):
            return


def test_a_tab_hears_what_it_missed_once_and_of_progress_only_the_last():
    tab = jobs.Tab()
    tab.send("a")
    for share in range(5):
        tab.send("progress", replaces="p", share=share)
    tab.send("b")
    heard = [json.loads(text) for _, text in _first(tab, lambda event: event["kind"] == "b")]
    assert [event["kind"] for event in heard] == ["a", "progress", "b"] and heard[1]["share"] == 4
    tab.send("c")
    again = next(tab.listen(heard=7))
    assert json.loads(again[1])["kind"] == "c"


def test_what_is_kept_has_a_bound():
    tab = jobs.Tab()
    for _ in range(40):
        tab.send("large", text="x" * (1 << 20))
    assert tab._size <= jobs.KEPT_BYTES
    kept = Kept(100)
    for number in range(50):
        kept.put(number, "x", 30)
    assert [number for number in range(50) if kept.get(number)] == [47, 48, 49]


# ---- The command ----


def test_the_page_is_there_before_tensorflow():
    code = (
        "import sys, tf_cs231n.commands.studio, tf_cs231n.studio.server as server\n"
        "class Quiet:\n"
        "    def __enter__(self): return self\n"
        "    def __exit__(self, *_): pass\n"
        "import tf_cs231n.studio.networks as networks\n"
        "networks.Networks = lambda *_: Quiet()\n"
        "import urllib.request\n"
        "studio = server.Studio(port=0)\n"
        "assert b'studio' in urllib.request.urlopen(studio.address).read()\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('tensorflow', 'scipy')])"
    )
    out = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout
    assert out.split() == [b"[]"]


def test_a_port_in_use_is_one_line(studio, fails_with_one_line):
    line = fails_with_one_line("studio", "--no-browser", "--port", str(studio.port))
    assert f"--port {studio.port}" in line and "choose another" in line


def test_a_short_token_is_refused(raises_one_line):
    with raises_one_line("TF_CS231N_STUDIO_TOKEN", "16 or more"):
        Studio(port=0, token="short")
    with pytest.raises(InputError):
        Studio(port=0, token="with/a/slash/in/the/middle")


def test_a_notebook_shows_the_page_in_a_frame(monkeypatch, studio):
    from tf_cs231n.studio import server
    from tf_cs231n.studio import studio as show

    monkeypatch.setattr(server, "Studio", lambda **_: studio)
    shown = show(height=700)
    assert show() is shown
    assert f'src="{studio.address}"' in shown._repr_html_()


def test_the_python_of_the_documentation_shows_the_page(monkeypatch, studio):
    from tf_cs231n.studio import server

    monkeypatch.setattr(server, "Studio", lambda **_: studio)
    with open(os.path.join(ROOT, "docs", "studio.md"), encoding="utf-8") as file:
        (code,) = re.findall(r"```python\n(.*?)```", file.read(), flags=re.DOTALL)
    *before, last = code.strip().splitlines()
    names = {}
    exec("\n".join(before), names)
    assert "<iframe" in eval(last, names)._repr_html_()
