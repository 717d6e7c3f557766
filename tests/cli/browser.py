"""Chromium without a window, driven through its debugging pipe (no socket, no package beside Python's own).

    with Browser(scratch) as b:
        b.open(path); b.value("document.title"); b.click(x, y); b.key("Enter"); b.picture("shot.png")

Whatever the page asks for, logs or opens is collected in b.requests, b.complaints and b.dialogs.
"""
import base64
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

COMMAND = next((c for c in ("chromium", "chromium-browser", "google-chrome") if shutil.which(c)), None)


class CannotRun(Exception):
    """The machine has the program, but lets it do nothing."""


def give_up(*_):
    raise CannotRun("no answer within a minute")


class Browser:
    def __init__(self, scratch, width=1400, height=900):
        self.scratch, self.size = str(scratch), (width, height)
        self.requests, self.complaints, self.dialogs = [], [], []

    def __enter__(self):
        to_read, self.to = os.pipe()
        self.source, to_write = os.pipe()

        def pipes():  # the browser reads from 3 and writes to 4
            os.dup2(to_read, 103)
            os.dup2(to_write, 104)
            os.dup2(103, 3)
            os.dup2(104, 4)

        self.process = subprocess.Popen(
            [COMMAND, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             f"--user-data-dir={self.scratch}/profile", f"--window-size={self.size[0]},{self.size[1]}", "about:blank"],
            preexec_fn=pipes, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.rest, self.ids, self.answers, self.session = b"", itertools.count(1), {}, None
        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(60)
        try:
            targets = self.call("Target.getTargets")["targetInfos"]
            page = next(t for t in targets if t["type"] == "page")
            self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        except (RuntimeError, OSError, StopIteration, CannotRun) as e:
            self.process.kill()
            self.process.wait()
            raise CannotRun(str(e) or type(e).__name__) from e
        finally:
            signal.alarm(0)
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")
        self.resize(*self.size)
        return self

    def __exit__(self, *_):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(10)
        except Exception:
            self.process.kill()
            self.process.wait()

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.source, 1 << 16)
            if not more:
                raise RuntimeError("the browser has ended")
            self.rest += more
        line, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(line)
        if "id" in message:
            self.answers[message["id"]] = message
            return
        method, params = message["method"], message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"][:200])
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"][:300])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"])[:600])
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(params["message"])
            self.send("Page.handleJavaScriptDialog", accept=False)
        elif method == "Page.loadEventFired":
            self.loaded = True

    def send(self, method, **params):
        message = {"id": next(self.ids), "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        return message["id"]

    def call(self, method, **params):
        number = self.send(method, **params)
        while number not in self.answers:
            self.receive()
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def look(self, scheme="light", medium="", scripts=True):
        """Light or dark, on screen or on paper, with or without scripts."""
        self.call("Emulation.setEmulatedMedia", media=medium,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)

    def open(self, path, fragment=""):
        for url in ("about:blank", pathlib.Path(path).resolve().as_uri() + fragment):
            self.loaded = False
            self.requests.clear()
            self.call("Page.navigate", url=url)
            while not self.loaded:
                self.receive()

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, expression, seconds=5):
        end = time.monotonic() + seconds
        while not self.value(expression):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def drag(self, x0, y0, x1, y1):
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x0, y=y0, button="left", clickCount=1)
        for step in range(1, 9):
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x0 + (x1 - x0) * step / 8,
                      y=y0 + (y1 - y0) * step / 8, button="left", buttons=1)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=x1, y=y1, button="left", clickCount=1)

    def key(self, key, text=None, modifiers=0):
        code = {"Enter": 13, "Escape": 27, "Tab": 9}.get(key, 0)
        text = text if text is not None else ("\r" if key == "Enter" else key if len(key) == 1 else "")
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code,
                  modifiers=modifiers)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code, modifiers=modifiers)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def picture(self, path):
        answer = self.call("Page.captureScreenshot", format="png")
        pathlib.Path(path).write_bytes(base64.b64decode(answer["data"]))
