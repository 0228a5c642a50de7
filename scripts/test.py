"""What make calls to check, test, measure and generate: sets up what is missing, then runs the steps.

Every step runs even when an earlier one failed; the last line counts what passed and what failed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from setup import (
    BACKEND,
    CLIENT,
    PYTHON,
    VENV,
    Stop,
    apt_can_install,
    apt_install,
    guarded,
    need_node,
    run,
    set_up_backend,
    set_up_client,
    uv_command,
)
from steps import run_step, run_steps


def libraries(file):
    """The places where a file of a library may be: Debian has a folder for each kind of machine."""
    return tuple("/usr/lib/%s-linux-gnu/%s" % (machine, file) for machine in ("x86_64", "aarch64"))


CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What the tests need beside our own programs: (one of these programs or files, Debian package, why).
TOOLS = (
    (CHROMIUM, "chromium", "the tests in a real browser need it"),
    (("/usr/share/fonts/truetype/dejavu",), "fonts-dejavu-core", "the pages in that browser need letters"),
    (("flite",), "flite", "it speaks the questions that the tests ask"),
    (("/usr/share/pocketsphinx/test/data/librivox",), "pocketsphinx-testdata", "it holds recordings of people"),
)
# What the speech report plays and speaks with, beside the last two of those.
RECORDINGS = TOOLS[-2:] + (
    (("/usr/share/asterisk/sounds/en_US_f_Allison",), "asterisk-core-sounds-en-g722", "it holds recordings of people"),
    (("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz",), "asterisk-core-sounds-en", "it has the words"),
)
# What a network in a box needs beside the first and the third of TOOLS.
NETWORK_TOOLS = TOOLS[:3] + (
    (("ip", "/usr/sbin/ip"), "iproute2", "it makes the hosts of a network in a box"),
    (("turnserver",), "coturn", "it is the relay of that network"),
    (("openssl",), "openssl", "it makes the certificates of that network"),
)
# What the tour of the README is filmed with.
FILM_TOOLS = TOOLS[:3] + ((("ffmpeg",), "ffmpeg", "it makes one file of many pictures"),)
# What a conversation in Firefox needs beside the fonts and the voice of TOOLS.
FIREFOX_TOOLS = TOOLS[1:3] + (
    (("firefox-esr", "firefox"), "firefox-esr", "it is the browser of these stories"),
    (("pulseaudio",), "pulseaudio", "it is the sound card of that browser"),
    (("pactl",), "pulseaudio-utils", "it speaks into that sound card and listens to it"),
    (("Xvfb",), "xvfb", "it is the screen of that browser"),
)
# What is needed for devices that come and go, and for a headset's button.
DEVICE_TOOLS = TOOLS[:3] + FIREFOX_TOOLS[3:] + (
    (("dbus-daemon",), "dbus", "it carries a headset's button to the browser"),
    (("playerctl",), "playerctl", "it presses a headset's button"),
)
# What a conversation in WebKitGTK, the engine of Safari, needs beside the fonts and the voice of TOOLS.
WEBKIT_TOOLS = TOOLS[1:3] + (
    (("WebKitWebDriver",), "webkit2gtk-driver", "it is the hand on the browser of these stories"),
    (libraries("webkit2gtk-4.1/MiniBrowser"), "libwebkit2gtk-4.1-0", "it is the browser of these stories"),
    (libraries("gstreamer-1.0/libgstpulseaudio.so"), "gstreamer1.0-pulseaudio", "it is that browser's way to sound"),
    (libraries("gstreamer-1.0/libgstaudioconvert.so"), "gstreamer1.0-plugins-base", "that browser's sound needs it"),
    (libraries("gstreamer-1.0/libgstinterleave.so"), "gstreamer1.0-plugins-good", "that browser's sound needs it"),
) + FIREFOX_TOOLS[3:]
# What leads each request to its process when there are several.
PROXY_TOOLS = ((("nginx", "/usr/sbin/nginx"), "nginx-light", "it leads each request to its gateway process"),)
WHISPER_VENV = BACKEND / ".venv-whisper"
STORIES = "tests/core/test_stories.py"


def have(names):
    return any(os.path.exists(name) or shutil.which(name) for name in names)


def need_tools(tools=TOOLS):
    """Installs missing test programs with apt-get when this is possible; else says how to get them."""
    missing = [tool for tool in tools if not have(tool[0])]
    if not missing:
        return
    if apt_can_install():
        apt_install([package for _, package, _ in missing])
        missing = [tool for tool in missing if not have(tool[0])]
    for _, package, why in missing:
        raise Stop("%s is missing and %s: install it (on Debian: sudo apt install %s) and try again."
                   % (package, why, package))


def backend(*arguments):
    return [str(PYTHON), "-m"] + list(arguments), BACKEND


def client(*arguments):
    return [str(shutil.which("npm")), "run", "--silent"] + list(arguments), CLIENT


def gateway_checks():
    return [
        ("lint: gateway", backend("ruff", "check", ".", "../scripts")),
        ("types: gateway", backend("mypy")),
        ("generated files are up to date", backend("s2s.gen_wire", "--check")),
    ]


def client_checks():
    return [
        ("lint: client", client("lint")),
        ("types: client", client("typecheck")),
    ]


def checks():
    return gateway_checks() + client_checks()


def browser_tests():
    return [
        ("build: client", client("build")),
        ("size of the built client", client("size")),
        ("sound and drawing in a real browser", client("test:browser")),
        ("tests in a real browser", client("e2e")),
    ]


def gateway_tests():
    return gateway_checks() + [
        ("the voice path costs no more than its baseline", backend("bench", "check", "--short")),
        # Much of it waits for real programs: a file for each of two workers at a time.
        ("tests: gateway, functions, emulator",
         backend("pytest", "-n", "2", "--dist", "loadfile", "--ignore=tests/judges", "--ignore=tests/workers",
                 "--ignore=" + STORIES)),
        ("judges: other people's clients talk to the emulator", backend("pytest", "tests/judges")),
    ]


def client_tests():
    """What computes and waits for nothing: it runs beside the gateway's tests, which wait a lot."""
    return [("a hundred thousand random stories", backend("pytest", "--quiet", STORIES))] + client_checks() + [
        ("tests: client", client("test")),
    ]


def network_stories():
    return [
        ("build: client", client("build")),
        ("a real browser on bad networks", backend("bench.network")),
    ]


def workers():
    return [("several gateway processes behind one address", backend("pytest", "tests/workers"))]


def tour():
    return [("a conversation is filmed", client("tour"))]


def firefox():
    return [("a conversation in Firefox", client("firefox"))]


def devices():
    return [("devices that come and go, and a headset's button", client("devices"))]


def webkit():
    return [("a conversation in WebKitGTK, the engine of Safari", client("webkit"))]


def need_root():
    """Hosts of their own can only be made by root, and only Linux has them."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise Stop("These stories make hosts in network namespaces, which needs Linux and root: sudo make network.")


def set_up_whisper():
    """An environment of its own for the second ear: 250 MB that no other command needs. Returns its Python."""
    uv = uv_command()
    python = WHISPER_VENV / PYTHON.relative_to(VENV)
    if not python.exists():
        run(uv + ["venv", "--quiet", "--python", sys.executable, str(WHISPER_VENV)], "creating " + WHISPER_VENV.name)
    install = uv + ["pip", "install", "--quiet", "--python", str(python)]
    run(install + ["--require-hashes", "-r", str(BACKEND / "requirements-whisper.lock"),
                   "-r", str(BACKEND / "requirements-dev.lock")], "installing the second ear")
    run(install + ["--no-deps", "--editable", str(BACKEND)], "installing the emulator")
    return str(python)


def speech_report():
    """Tests the second ear, then measures both; what is added on the command line goes to the report."""
    need_tools(RECORDINGS)
    python = set_up_whisper()
    summary = str(BACKEND.parent / "docs" / "speech.md")
    report = [python, "-m", "bench", "speech", "--markdown", summary] + sys.argv[2:]
    story = [python, "-m", "pytest", "-q", "tests/emulator/whisper_extra.py"]
    tested = subprocess.run(story, cwd=str(BACKEND)).returncode
    return subprocess.run(report, cwd=str(BACKEND)).returncode or tested


def measure_all(more):
    """Every bench, one after the other; what is added on the command line goes to `python -m bench all`."""
    need_node()
    set_up_client()
    need_tools(TOOLS[:2] + RECORDINGS)
    run_step("build: client", *client("build"))
    words = [str(PYTHON), "-m", "bench", "all"] + more + sys.argv[2:]
    return subprocess.run(words, cwd=str(BACKEND)).returncode


def main():
    wish = sys.argv[1] if len(sys.argv) > 1 else "test"
    if wish == "speech-report":
        return speech_report()
    measures = {"load": "load", "bench-check": "check", "first-contact": "first-contact"}
    set_up_backend(dev=True)
    if wish in ("bench", "performance"):
        return measure_all(["--short"] if wish == "bench" else [])
    if wish in measures:
        return subprocess.run([str(PYTHON), "-m", "bench", measures[wish]] + sys.argv[2:], cwd=str(BACKEND)).returncode
    if wish == "reliability":
        return subprocess.run([str(PYTHON), "-m", "tests.matrix"] + sys.argv[2:], cwd=str(BACKEND)).returncode
    if wish == "fuzz":
        return subprocess.run([str(PYTHON), "-m", "fuzz"] + sys.argv[2:], cwd=str(BACKEND)).returncode
    if wish == "gen":
        return run_steps([("writing generated files", backend("s2s.gen_wire"))])
    if wish == "workers":
        need_tools(PROXY_TOOLS)
    if wish == "network":
        need_root()
        need_tools(NETWORK_TOOLS)
    need_node()
    set_up_client()
    if wish in ("test", "e2e"):
        need_tools()
    if wish == "tour":
        need_tools(FILM_TOOLS)
    if wish == "firefox":
        need_tools(FIREFOX_TOOLS)
    if wish == "devices":
        need_tools(DEVICE_TOOLS)
    if wish == "webkit":
        need_tools(WEBKIT_TOOLS)
    if wish == "test":
        return run_steps(gateway_tests(), client_tests(), browser_tests())
    steps = {"check": checks, "e2e": browser_tests, "network": network_stories, "tour": tour, "firefox": firefox,
             "workers": workers, "webkit": webkit, "devices": devices}
    return run_steps(steps[wish]())


if __name__ == "__main__":
    sys.exit(guarded(main))
