"""What each suite needs beside the project's own packages: one table of programs, files and where they come from.

While a suite runs, `PATH` holds links to the programs that stand here and nothing else (`declared_path`): a test that
uses another one fails at once and by its name, on every machine, not only on one that does not have it.
"""

from __future__ import annotations

import atexit
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from collections import namedtuple
from pathlib import Path

from setup import ROOT, Stop, apt_can_install, apt_install, say, uv_path

# `found`: one of these programs or files. `deb`: Debian's package. `brew`: Homebrew's, where it has one. `programs`:
# what else of the package the suite starts. `linux`: other systems do not need it. `data`: the package holds plain
# files, which anybody may unpack (`Data`).
Need = namedtuple("Need", "found deb why brew programs linux data", defaults=("", (), False, None))
# Where a package of files lies on Debian's mirrors, and its SHA-256.
Data = namedtuple("Data", "path sha256")

# How the folder is named that PATH consists of while a suite runs.
DECLARED = "s2s-path-"
# Where packages of files are got without root: this variable, or the mirrors of this machine's own apt.
MIRROR = "DEBIAN_MIRROR"
# Packages of plain files are unpacked below it where Debian did not install them.
UNPACKED = ROOT / ".test-data"
BREW = "/opt/homebrew/bin/", "/usr/local/bin/"


def libraries(file):
    """The places where a file of a library may be: Debian has a folder for each kind of machine."""
    return tuple("/usr/lib/%s-linux-gnu/%s" % (machine, file) for machine in ("x86_64", "aarch64"))


NEEDS = {
    "chromium": Need(
        ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
         "/Applications/Chromium.app/Contents/MacOS/Chromium",
         "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        "chromium", "the tests in a real browser need it", brew="--cask chromium"),
    "letters": Need(("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts", "/usr/share/fonts/TTF"),
                    "fonts-dejavu-core", "the pages in that browser need letters", linux=True),
    "flite": Need(("flite",), "flite", "it speaks the questions that the tests ask", brew="flite"),
    "readers": Need(("/usr/share/pocketsphinx/test/data/librivox",), "pocketsphinx-testdata",
                    "it holds recordings of people", data=Data(
        "pool/main/p/pocketsphinx/pocketsphinx-testdata_0.8%2b5prealpha%2b1-15_all.deb",
        "eaeb7a01d54f20b799d1a81ef110ec544b2cb47ea006614078220737a33019f0")),
    "prompts": Need(("/usr/share/asterisk/sounds/en_US_f_Allison",), "asterisk-core-sounds-en-g722",
                    "it holds recordings of people", data=Data(
        "pool/main/a/asterisk-core-sounds/asterisk-core-sounds-en-g722_1.6.1-1_all.deb",
        "38c5261820b406dcb0ecb37675720da2b0864850690690352ca52707eb623806")),
    "prompts-in-words": Need(("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz",),
                             "asterisk-core-sounds-en", "it has the words of those recordings", data=Data(
        "pool/main/a/asterisk-core-sounds/asterisk-core-sounds-en_1.6.1-1_all.deb",
        "973e797d28e37fa6ca3c0a9d6fa717e77cf1268ae916bf09fd3503113cdffa50")),
    "ip": Need(("ip", "/usr/sbin/ip"), "iproute2", "it makes the hosts of a network in a box"),
    "turnserver": Need(("turnserver",), "coturn", "it is the relay of that network"),
    "openssl": Need(("openssl",), "openssl", "it makes the certificates of that network"),
    "nginx": Need(("nginx", "/usr/sbin/nginx"), "nginx-light", "it leads each request to its gateway process",
                  brew="nginx"),
    "caddy": Need(("caddy",), "caddy", "it is one of the proxies whose samples are tried", brew="caddy"),
    "curl": Need(("curl",), "curl", "the checks in docs/security.md are made with it"),
    "systemd-analyze": Need(("systemd-analyze",), "systemd", "it reads the sample of a unit", linux=True),
    "ffmpeg": Need(("ffmpeg",), "ffmpeg", "it makes one file of many pictures", brew="ffmpeg"),
    "firefox": Need(("firefox-esr", "firefox"), "firefox-esr", "it is the browser of these stories"),
    "pulseaudio": Need(("pulseaudio",), "pulseaudio", "it is the sound card of that browser"),
    "pactl": Need(("pactl",), "pulseaudio-utils", "it speaks into that sound card and listens to it",
                  programs=("pacat", "paplay", "parec", "parecord")),
    "xvfb": Need(("Xvfb",), "xvfb", "it is the screen of that browser"),
    "dbus": Need(("dbus-daemon",), "dbus", "it carries a headset's button to the browser"),
    "playerctl": Need(("playerctl",), "playerctl", "it presses a headset's button"),
    "webkit-driver": Need(("WebKitWebDriver",), "webkit2gtk-driver", "it is the hand on the browser of these stories"),
    "webkit": Need(libraries("webkit2gtk-4.1/MiniBrowser"), "libwebkit2gtk-4.1-0",
                   "it is the browser of these stories"),
    "webkit-pulse": Need(libraries("gstreamer-1.0/libgstpulseaudio.so"), "gstreamer1.0-pulseaudio",
                         "it is that browser's way to sound"),
    "webkit-convert": Need(libraries("gstreamer-1.0/libgstaudioconvert.so"), "gstreamer1.0-plugins-base",
                           "that browser's sound needs it"),
    "webkit-interleave": Need(libraries("gstreamer-1.0/libgstinterleave.so"), "gstreamer1.0-plugins-good",
                              "that browser's sound needs it"),
}
SOUND_CARD = ("pulseaudio", "pactl", "xvfb")
BROWSER = ("chromium", "letters", "flite")
NETWORK = BROWSER + ("ip", "turnserver", "openssl")
SUITES = {
    "check": (),
    "unit": (),
    "test": BROWSER + ("readers", "prompts"),
    "e2e": BROWSER + ("readers",),
    "workers": ("nginx",),
    "attacks": (),
    "network": NETWORK,
    "test-deploy": NETWORK + ("nginx", "caddy", "curl", "systemd-analyze"),
    "firefox": ("letters", "flite", "firefox") + SOUND_CARD,
    "webkit": ("letters", "flite", "webkit-driver", "webkit", "webkit-pulse", "webkit-convert",
               "webkit-interleave") + SOUND_CARD,
    "devices": BROWSER + SOUND_CARD + ("dbus", "playerctl"),
    "tour": BROWSER + ("ffmpeg",),
    "frames": BROWSER,
    "heap": BROWSER,
    "speech-report": ("flite", "readers", "prompts", "prompts-in-words"),
    "bench": ("chromium", "letters", "flite", "readers", "prompts", "prompts-in-words"),
}
# Every Linux and macOS has them: POSIX's utilities as far as something uses them, and what comes with a shell.
BASICS = (
    "[", "awk", "basename", "bash", "cat", "chmod", "cp", "cut", "date", "dirname", "echo", "env", "expr", "false",
    "find", "getconf", "grep", "head", "id", "kill", "ln", "ls", "mkdir", "mkfifo", "mktemp", "mv", "printf", "pwd",
    "readlink", "realpath", "rm", "rmdir", "sed", "sh", "sleep", "sort", "stat", "stty", "tail", "tee", "test", "touch",
    "tr", "true", "uname", "uniq", "wc", "which", "whoami", "xargs",
)
# What the README asks for, and what the set-up brings.
OURS = ("git", "make", "node", "npm", "npx")


def located(names):
    """The first of these programs or files that is here, or nothing."""
    for name in names:
        if not name.startswith("/"):
            path = shutil.which(name)
        else:
            path = next((place for place in (name, str(UNPACKED) + name) if os.path.exists(place)), None)
        if path:
            return path
    return None


def needs_of(*suites):
    names = sorted({name for suite in suites for name in SUITES[suite]})
    return [NEEDS[name] for name in names if sys.platform.startswith("linux") or not NEEDS[name].linux]


def missing(needs):
    return [need for need in needs if not located(need.found)]


def need_suite(suite):
    """Gets what a suite lacks, where this is possible without asking; else raises Stop, which says how to get it."""
    lacking = missing(needs_of(suite))
    if lacking and apt_can_install():
        apt_install([need.deb for need in lacking])
        lacking = missing(lacking)
    for need in lacking:
        if need.data:
            unpack(need)
    lacking = missing(lacking)
    if lacking:
        raise Stop(how_to_get(lacking))


def how_to_get(lacking):
    """One sentence."""
    what = ", ".join("%s (%s)" % (need.deb, need.why) for need in lacking)
    if sys.platform == "darwin" and all(need.brew for need in lacking):
        remedy = "brew install " + " ".join(need.brew for need in lacking)
    else:
        remedy = "on Debian or Ubuntu: sudo apt install " + " ".join(need.deb for need in lacking)
    return "Missing: %s. Install it (%s) and run the command again." % (what, remedy)


def mirrors():
    """Addresses of Debian's archive, each with a slash at the end."""
    if os.environ.get(MIRROR):
        return [os.environ[MIRROR].rstrip("/") + "/"]
    if not shutil.which("apt-get"):
        return []
    ask = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    told = subprocess.run(ask, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return [one for one in dict.fromkeys(told.split()) if one.startswith(("http://", "https://"))]


def unpack(need):
    """Downloads a package of files from a Debian mirror, without root, into the project's own folder."""
    say("  getting %s (%s) ..." % (need.deb, need.why))
    package, tried = None, []
    for mirror in mirrors():
        try:
            with urllib.request.urlopen(mirror + need.data.path, timeout=120) as answer:
                package = answer.read(64 << 20)
            break
        except (OSError, ValueError) as fault:
            tried.append("%s: %s" % (mirror, fault))
    if package is None:
        raise Stop("%s is missing (%s). On Debian or Ubuntu: sudo apt install %s. Elsewhere set %s to the address of a "
                   "Debian mirror near you (www.debian.org/mirror/list) and run the command again.%s"
                   % (need.deb, need.why, need.deb, MIRROR, "".join(" Tried " + one + "." for one in tried)))
    if hashlib.sha256(package).hexdigest() != need.data.sha256:
        raise Stop("%s is not the package that it should be: its SHA-256 is another one." % need.data.path)
    with tarfile.open(fileobj=io.BytesIO(member(package, "data.tar.xz"))) as files:
        files.extractall(str(UNPACKED))  # its content is known by its hash


def member(package, wanted):
    """A file of an ar archive, which a Debian package is: 60 bytes of header, content, an even length."""
    at = 8
    while at + 60 <= len(package):
        name, size = package[at:at + 16].decode("ascii").strip().rstrip("/"), int(package[at + 48:at + 58])
        if name == wanted:
            return package[at + 60:at + 60 + size]
        at += 60 + size + size % 2
    raise Stop("The package holds no %s." % wanted)


def declared_path(*suites):
    """A folder with a link to each program that the suites may start, for PATH. It is removed at our end."""
    folder = Path(tempfile.mkdtemp(prefix=DECLARED))
    atexit.register(shutil.rmtree, str(folder), ignore_errors=True)
    programs = {name: shutil.which(name) for name in BASICS + OURS}
    # Through a version manager's stand-in, "node" and "python3" would need the manager.
    if programs["node"]:
        asked = [programs["node"], "-p", "process.execPath"]
        programs["node"] = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    programs["python3"] = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    programs["uv"] = uv_path()
    for need in needs_of(*suites):
        for name in need.found + need.programs:
            if not name.startswith("/"):
                programs[name] = shutil.which(name)
            elif os.access(name, os.X_OK) and os.path.isfile(name):
                programs[os.path.basename(name)] = name
    for name, path in programs.items():
        if path:
            (folder / name).symlink_to(path)
    return str(folder)


def declare(suite):
    """Gets what the suite lacks; from now on nothing else is found."""
    need_suite(suite)
    browser = located(NEEDS["chromium"].found) if "chromium" in SUITES[suite] else None
    if browser and browser.startswith("/Applications/"):
        # An application of macOS finds its parts from where it lies.
        os.environ.setdefault("CHROME_PATH", browser)
    os.environ["PATH"] = declared_path(suite)
