"""How fast the studio answers, and whether its memory stays flat: `python benchmarks/studio.py`.

Prints, for a server of the Python that runs it: seconds from the command's start to the page and to
the loaded network; milliseconds from a click to its first map, for the first clicks on images of
several shapes and for clicks on classes, one after the other, with the server's processor time; and
its resident memory before and after.
"""

import json
import os
import secrets
import subprocess
import sys
import threading
import time
import urllib.request

import numpy as np

CLICKS = int(os.environ.get("CLICKS", 1000))
PORT = 8299
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main():
    token = secrets.token_urlsafe(18)
    address = f"http://127.0.0.1:{PORT}/{token}/"
    environment = {**os.environ, "TF_CS231N_STUDIO_TOKEN": token, "PYTHONPATH": ROOT}
    start = time.time()
    command = [sys.executable, "-m", "tf_cs231n", "studio", "--no-browser", "--port", str(PORT)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                urllib.request.urlopen(address).read()
                break
            except OSError:
                time.sleep(0.01)
        cpu = processor_seconds(server.pid)
        print(f"page after {time.time() - start:.2f} s ({cpu:.2f} s of processor time)")
        events = Events(address)
        events.wait(lambda event: event["kind"] == "state" and event["state"]["ready"])
        print(f"network loaded after {time.time() - start:.1f} s")
        firsts = []
        for image in ("sample:cat", "sample:coffee", "sample:flower", "sample:rocket"):
            click(address, events, image, "classify", image)
            firsts.append(1000 * click(address, events, image, "maps", image))
        print(
            "the very first map, then those of other images: "
            + ", ".join(f"{ms:.0f}" for ms in firsts)
            + " ms"
        )
        before = memory(server.pid)
        seconds, cpu = [], []
        for number in range(1, CLICKS + 1):
            cpu.append(processor_seconds(server.pid))
            seconds.append(click(address, events, number))
            cpu[-1] = processor_seconds(server.pid) - cpu[-1]
            if number in (CLICKS // 4, CLICKS // 2, CLICKS):
                print(f"  {number} clicks: {memory(server.pid):.0f} MB")
        ms, cpu_ms = 1000 * np.array(seconds), 1000 * np.array(cpu)
        print(f"first map: median {np.median(ms):.0f} ms, 95 % {np.percentile(ms, 95):.0f} ms;")
        print(f"  processor time of all threads, mean {cpu_ms.mean():.0f} ms")
        print(f"memory: {before:.0f} MB before, {memory(server.pid):.0f} MB after {CLICKS} clicks")
    finally:
        server.terminate()
        server.wait()


class Events:
    """The events of a tab, read by a thread."""

    def __init__(self, address):
        self._stream = urllib.request.urlopen(f"{address}events?tab=bench")
        self._events, self._changed = [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._stream:
            if line.startswith(b"data: {"):
                with self._changed:
                    self._events.append(json.loads(line[6:].decode()))
                    self._changed.notify_all()

    def wait(self, wanted):
        with self._changed:
            while True:
                while self._events:
                    event = self._events.pop(0)
                    if wanted(event):
                        return event
                self._changed.wait()


def click(address, events, number, action="maps", image="sample:cat"):
    """Seconds from the click to its first map."""
    arguments = {"image": image}
    if action == "maps":
        one = number % 1000 if isinstance(number, int) else 281
        arguments.update(classes=[str(one)], methods=["gradient"])
    job = f"{action}{number}"
    request = {"tab": "bench", "job": job, "slot": "explain", "panel": "explain"}
    body = json.dumps({**request, "action": action, "arguments": arguments}).encode()
    headers = {"Content-Type": "application/json"}
    start = time.time()
    urllib.request.urlopen(urllib.request.Request(f"{address}jobs", body, headers)).read()
    first = {"maps": "map", "classify": "classes"}[action]
    events.wait(lambda event: event.get("job") == job and event["kind"] in (first, "error"))
    seconds = time.time() - start
    events.wait(lambda event: event.get("job") == job and event["kind"] == "done")
    return seconds


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    """Resident megabytes."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    main()
