"""A page's requests over a real socket."""

import http.client
import io
import json
import time
import urllib.parse
import zipfile


class Client:
    """A page's requests over a real socket."""

    def __init__(self, studio, tab="test"):
        self.studio, self.tab = studio, tab
        self.path = urllib.parse.urlsplit(studio.address).path

    def ask(self, method, path, body=None, headers=(), token=True):
        connection = http.client.HTTPConnection("127.0.0.1", self.studio.port, timeout=30)
        sent = {"Content-Type": "application/json", **dict(headers)}
        connection.request(method, self.path + path if token else path, body, sent)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, content

    def enqueue(self, panel, action, job="1", slot=None, **arguments):
        body = {"tab": self.tab, "job": job, "slot": slot or job, "panel": panel}
        body.update(action=action, arguments=arguments)
        return self.ask("POST", "jobs", json.dumps(body))

    def run(self, panel, action, job="1", **arguments):
        """Run an action; returns its events up to the last."""
        status, content = self.enqueue(panel, action, job, **arguments)
        assert status == 202, content
        found = []
        for _, text in filter(None, self.studio.tab(self.tab).listen()):
            event = json.loads(text)
            if event.get("job") == job:
                found.append(event)
                if event["kind"] in ("done", "error"):
                    return found

    def result(self, panel, action, kind, **arguments):
        """The event of a kind among those of an action that ends well."""
        events = self.run(panel, action, job=f"{action}-{time.time()}", **arguments)
        assert events[-1]["kind"] == "done", events[-1]
        return [event for event in events if event["kind"] == kind][-1]

    def download(self, result):
        """Dict of name to bytes of a result's archive."""
        (archive,) = [name for name in result["files"] if name.endswith(".zip")]
        status, content = self.ask("GET", f"results/{result['id']}/{archive}")
        assert status == 200
        with zipfile.ZipFile(io.BytesIO(content)) as whole:
            return {name: whole.read(name) for name in whole.namelist()}
