"""The studio's server: who may ask, what there is to ask for, and nothing that computes.

Everything lies below a random token in the address. A request that names another host or comes
from another page's script is refused before anything else, so a page of another origin can
neither read nor start anything, whatever name it gives this machine.
"""

import contextlib
import hmac
import logging
import os
import secrets
import socket
import threading
import urllib.parse

from tf_cs231n.errors import InputError, short
from tf_cs231n.studio import jobs, uploads

HOST, PORT = "127.0.0.1", 8231
TOKEN_VARIABLE = "TF_CS231N_STUDIO_TOKEN"  # for an address that outlives the server
_STATIC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "static")
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_TYPES.update({".svg": "image/svg+xml", ".png": "image/png", ".zip": "application/zip"})
_TYPES.update({".json": "application/json", ".npz": "application/octet-stream"})
_TYPES.update({".npy": "application/octet-stream", ".txt": "text/plain"})
# Nothing from elsewhere, no script or style in the page itself. Any page may frame it, as a
# notebook does: whoever knows the address may use it anyway.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'"
)


class Studio:
    """A studio: its threads, its images, and its address.

    Args:
      port: None: `PORT`, or any that is free; 0: any.
      weights: of SqueezeNet, as for `load_squeezenet`.
      captioner: the folder of a training, or a captioner's file.
      assignment: the learner's folder.
      gan: the folder of a GAN's training, beside those in ``outputs``.
      network: another network to explain, as `networks.Networks` takes it, or None.
      graph: with it, the options of a command that name it.
      token: None: that of the environment's `TOKEN_VARIABLE`, or a random one.

    Attributes:
      address: of the page.
    """

    def __init__(self, port=None, weights="default", captioner="outputs/captioner",
                 assignment=".", network=None, graph=None, token=None, gan=None):  # fmt: skip
        from tf_cs231n.studio.networks import Networks

        self.token = token or os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(18)
        if urllib.parse.quote(self.token, safe="") != self.token or len(self.token) < 16:
            raise InputError(
                f"{TOKEN_VARIABLE}: expected 16 or more of the letters, digits, '-', '_' and '.'"
            )
        self.weights, self.captioner, self.assignment = weights, captioner, assignment
        self.graph, self.gan = graph, gan
        self.images, self.results = uploads.Uploads(), uploads.Results()
        self.memory = {}  # what panels keep from job to job
        self.run = secrets.token_hex(4)  # tells a page that the server is another one
        self.tabs = uploads.Kept(jobs.MAX_TABS)
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self.state = {"ready": False, "problem": None, "panels": list(jobs.PANELS)}
        self._server = _listen(port, self)
        self.port = self._server.server_port
        self.address = f"http://{HOST}:{self.port}/{self.token}/"
        self.hosts = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        self._every_tab = []
        self.networks = Networks(weights, self._loaded, network)
        nothing = contextlib.nullcontext()
        self.workers = [
            jobs.Worker(f"studio: {name}", context)
            for name, context in (
                ("session", self.networks),
                ("long", nothing),
                ("checks", nothing),
                ("reading", nothing),
            )
        ]
        threading.Thread(target=self._server.serve_forever, name="studio", daemon=True).start()

    def _loaded(self, problem=None):
        from tf_cs231n.datasets import SAMPLES

        state = {"ready": problem is None, "problem": problem, "samples": list(SAMPLES)}
        if problem is None:
            state["classes"] = list(map(str, self.networks.explained().class_names))
        self.state = {**self.state, **state}
        for tab in list(self._every_tab):
            tab.send("state", state=self.state)

    def tab(self, name):
        """The `jobs.Tab` of this name, a new one if there is none."""
        with self._lock:
            tab = self.tabs.get(name)
            if tab is None:
                tab = jobs.Tab()
                self.tabs.put(name, tab, 1)
                self._every_tab = [*self._every_tab[-jobs.MAX_TABS :], tab]
                tab.send("state", state=self.state)
            return tab

    def enqueue(self, tab, job, slot, panel, action, arguments):
        """Enqueue a panel's action for a tab, which names the job."""
        work = jobs.action(panel, action, arguments)
        job = jobs.Job(self.tab(tab), job, slot, lambda job: work(self, job))
        self.workers[jobs.WORKERS.get((panel, action), 0)].put(job)

    def stop_jobs(self, tab, job=None):
        for worker in self.workers:
            worker.stop(self.tab(tab), job)

    def close(self, seconds=5):
        """End the server and the threads, which get some seconds to finish."""
        self.closed.set()
        for worker in self.workers:
            worker.close()
        self._server.shutdown()
        self._server.server_close()
        for worker in self.workers:
            worker.thread.join(seconds)

    def _repr_html_(self):
        return (
            f'<iframe src="{self.address}" title="tf-cs231n studio" width="100%" '
            f'height="{getattr(self, "height", 860)}" style="border:1px solid #8884"></iframe>'
            f'<p><a href="{self.address}" target="_blank">Open the studio in a tab</a></p>'
        )


def _listen(port, studio):
    """A threaded server on a port of this machine alone."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60  # seconds in which a request must have come

        def log_request(self, *_):
            pass

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    app = make_app(studio)
    for wanted in (PORT, 0) if port is None else (port,):
        with contextlib.closing(socket.socket()) as probe:  # werkzeug would end the program
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, wanted))
            except (OSError, OverflowError) as error:
                problem = error
                continue
        server = make_server(HOST, wanted, app, threaded=True, request_handler=Handler)
        server.daemon_threads = True
        return server
    raise InputError(f"--port {port}: {getattr(problem, 'strerror', problem)}; choose another")


def make_app(studio):
    """The Flask application of a `Studio`."""
    import flask

    app = flask.Flask(__name__, static_folder=None)

    @app.before_request
    def check_who_asks():
        request = flask.request
        if request.host not in studio.hosts:
            return refusal(403, "this server answers to its own address only")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{request.host}":
            return refusal(403, "this server answers to its own page only")
        token = request.path.split("/")[1]
        if not hmac.compare_digest(token.encode(), studio.token.encode()):
            return refusal(403, "wrong address: open the one that tf-cs231n studio printed")
        length = request.content_length
        if request.method == "POST" and (length is None or length > uploads.MAX_UPLOAD):
            return refusal(413, f"a file may have at most {uploads.MAX_UPLOAD >> 20} MB")
        return None

    @app.after_request
    def protect(response):
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def refusal(status, text):
        response = flask.jsonify(error=text)
        response.status_code = status
        return response

    def content(data, name):
        kind = _TYPES.get(os.path.splitext(name)[1], "image/jpeg")
        return flask.Response(data, mimetype=kind)

    def wanted(kind, name):
        value = (flask.request.get_json(silent=True) or {}).get(name)
        if not isinstance(value, kind):
            raise InputError(f"{name}: expected a {kind.__name__}")
        return value

    app.register_error_handler(InputError, lambda error: refusal(400, str(error)))
    app.register_error_handler(jobs.Busy, lambda _: refusal(503, "busy: too much waits already"))
    app.register_error_handler(404, lambda _: refusal(404, "there is nothing here"))
    app.register_error_handler(405, lambda _: refusal(405, "not so"))

    @app.get("/<token>/")
    def page(token):
        return static(token, "index.html")

    @app.get("/<token>/static/<name>")
    def static(token, name):
        if name not in os.listdir(_STATIC):
            flask.abort(404)
        with open(os.path.join(_STATIC, name), "rb") as file:
            return content(file.read(), name)

    @app.get("/<token>/events")
    def events(token):
        tab = studio.tab(flask.request.args.get("tab", "")[:80])
        last = flask.request.headers.get("Last-Event-ID") or flask.request.args.get("after", "")
        run, _, number = last.partition("-")
        heard = int(number) if run == studio.run and number.isdigit() else 0

        def stream():
            yield f'retry: 1000\nevent: hello\ndata: "{studio.run}"\n\n'
            for event in tab.listen(heard, studio.closed.is_set):
                yield (
                    ": quiet\n\n"
                    if event is None
                    else (f"id: {studio.run}-{event[0]}\ndata: {event[1]}\n\n")
                )

        return flask.Response(stream(), mimetype="text/event-stream")

    @app.post("/<token>/images")
    def upload(token):
        data = flask.request.get_data(cache=False)
        image = studio.images.add(data, flask.request.args.get("name", ""))
        return flask.jsonify(id=image.id, name=image.name)

    @app.get("/<token>/images/<path:id>")
    def image(token, id):
        found = studio.images.find(id)
        size = min(max(flask.request.args.get("size", 224, int), 16), 1024)
        response = content(uploads.jpeg(found.at(size)), "image.jpg")
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response

    @app.post("/<token>/jobs")
    def enqueue(token):
        texts = [wanted(str, name)[:80] for name in ("tab", "job", "slot", "panel", "action")]
        studio.enqueue(*texts, wanted(dict, "arguments"))
        return flask.jsonify(enqueued=True), 202

    @app.post("/<token>/stop")
    def stop(token):
        studio.stop_jobs(flask.request.args.get("tab", "")[:80], flask.request.args.get("job"))
        return flask.jsonify(stopped=True)

    @app.get("/<token>/results/<number>/<name>")
    def result(token, number, name):
        data = studio.results.get(number, name)
        if data is None:
            flask.abort(404)
        response = content(data, name)
        disposition = f"attachment; filename*=UTF-8''{urllib.parse.quote(name, safe='')}"
        response.headers["Content-Disposition"] = disposition
        return response

    return app


_notebooks = {}
_changing = threading.Lock()


def notebook_studio(height, options):
    """The `Studio` of a notebook's kernel for these options, started if it is not running."""
    key = tuple(sorted((name, short(value)) for name, value in options.items()))
    with _changing:
        if key not in _notebooks or _notebooks[key].closed.is_set():
            _notebooks[key] = Studio(**options)
        _notebooks[key].height = height
        return _notebooks[key]
