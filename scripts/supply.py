"""What S2S is made of: `supply.py sbom|licences|audit` for `make sbom`, `make licences` and `make audit`.

The tools have an environment of their own (backend/.venv-supply) and a lock file: no other command needs them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

from setup import (
    BACKEND,
    CLIENT,
    PYTHON,
    ROOT,
    VENV,
    Stop,
    guarded,
    need_node,
    run,
    say,
    set_up_backend,
    set_up_client,
    uv_command,
)

TOOLS = BACKEND / ".venv-supply"
OUT = ROOT / "build"
LOCK = BACKEND / "requirements.lock"
TIMEOUT_S = 120
# Licences that the parts of S2S may have; another one ends `make licences`, so that a person looks at it. MPL-2.0 and
# LGPL are for whole files and libraries that we use unchanged.
ALLOWED = (
    "MIT", "BSD", "Apache", "ISC", "PSF", "Python Software Foundation", "MPL-2.0", "Mozilla Public License 2.0", "0BSD",
    "Unlicense", "Zlib", "CNRI", "HPND", "LGPL",
)


def set_up_tools():
    """The folder with the tools' programs."""
    uv = uv_command()
    python = TOOLS / PYTHON.relative_to(VENV)
    if not python.exists():
        run(uv + ["venv", "--quiet", "--python", sys.executable, str(TOOLS)], "creating " + TOOLS.name)
    run(uv + ["pip", "install", "--quiet", "--python", str(python), "--require-hashes",
              "-r", str(BACKEND / "requirements-supply.lock")], "installing the tools")
    return python.parent


def npm(*words):
    """Runs npm in the client's folder; what it printed is kept."""
    return subprocess.run([str(shutil.which("npm")), *words], cwd=str(CLIENT), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S)


def folder(name):
    place = OUT / name
    shutil.rmtree(str(place), ignore_errors=True)
    place.mkdir(parents=True)
    return place


def sbom():
    """CycloneDX, from the lock files: what is installed for the gateway, and what the client is built from."""
    tools, place = set_up_tools(), folder("sbom")
    gateway, client = place / "gateway.cdx.json", place / "client.cdx.json"
    run([str(tools / "cyclonedx-py"), "requirements", str(LOCK), "--pyproject", str(BACKEND / "pyproject.toml"),
         "--output-reproducible", "--of", "JSON", "-o", str(gateway)], "listing the gateway's packages")
    # All of the lock file, tools for development marked as such: without them npm 11 leaves React out, too, which is a
    # dependency of the page and a peer dependency of the library.
    done = npm("sbom", "--sbom-format", "cyclonedx", "--package-lock-only")
    if done.returncode:
        raise Stop("npm could not list the client's packages: %s" % (done.stderr.strip() or done.stdout.strip()))
    client.write_text(done.stdout, encoding="utf-8")
    for path in (gateway, client):
        count = len(json.loads(path.read_text(encoding="utf-8"))["components"])
        say("wrote %s: %d packages" % (path.relative_to(ROOT), count))
    return 0


def locked_names():
    """Of the packages that the gateway installs here or elsewhere."""
    return re.findall(r"^([a-z0-9-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)


def licences():
    """The texts of all licences: of the gateway's packages, and of what is in the built client."""
    set_up_backend()
    tools, place = set_up_tools(), folder("licences")
    # Of the environment only what the lock file brings: tools for development are not handed on.
    listed = subprocess.run(
        [str(tools / "pip-licenses"), "--python", str(PYTHON), "--format", "json", "--from", "mixed", "--with-urls",
         "--with-license-file", "--no-license-path", "--packages", *locked_names()],
        stdout=subprocess.PIPE, text=True, check=True, timeout=TIMEOUT_S).stdout
    packages = json.loads(listed)
    path = place / "gateway.md"
    path.write_text(notices("The gateway", packages), encoding="utf-8")
    say("wrote %s: %d packages" % (path.relative_to(ROOT), len(packages)))
    run([str(shutil.which("npm")), "run", "--silent", "build"], "building the client", cwd=CLIENT)
    for built in sorted((CLIENT / "dist" / "licences").iterdir()):
        shutil.copy(str(built), str(place / ("client-" + built.name)))
        say("wrote %s" % (place / ("client-" + built.name)).relative_to(ROOT))
    return tell_unexpected(packages)


def notices(title, packages):
    """One text, as the client's build writes it."""
    parts = ["# Licences\n\n%s contains these packages.\n" % title]
    for one in packages:
        text = one["LicenseText"].strip()
        shown = text if text != "UNKNOWN" else "The package holds no text of it."
        parts.append("\n## %s %s (%s)\n\n%s\n\n%s\n" % (
            one["Name"], one["Version"], one["License"], one["URL"], shown))
    return "".join(parts)


def unexpected(packages):
    """Packages with a licence that is not in the list."""
    known = re.compile(r"\b(%s)" % "|".join(map(re.escape, ALLOWED)), re.IGNORECASE)
    return [one for one in packages if not known.search(one["License"])]


def tell_unexpected(packages):
    found = unexpected(packages)
    for one in found:
        say("%s %s has the licence %r, which is not in the list of scripts/supply.py: look at it, then add it there."
            % (one["Name"], one["Version"], one["License"]))
    return 1 if found else 0


def audit():
    """Known vulnerabilities of what the lock files name. Exit code 0: none; 1: some; 2: no service answered."""
    tools = set_up_tools()
    python = subprocess.run(
        [str(tools / "pip-audit"), "--requirement", str(LOCK), "--require-hashes", "--disable-pip", "--format", "json",
         "--vulnerability-service", "osv", "--progress-spinner", "off", "--timeout", "15"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S)
    client = npm("audit", "--json", "--omit", "dev")
    verdicts = [("gateway", of_pip_audit(python.stdout, python.stderr)), ("client", of_npm_audit(client.stdout))]
    for name, (_, lines) in verdicts:
        for line in lines:
            say("%s: %s" % (name, line))
    return max(code for _, (code, _) in verdicts)


NOT_ASKED = "no advisory service could be reached, so nothing was checked: %s"


def of_pip_audit(said, complained):
    """The exit code and what to say, from the output of pip-audit."""
    try:
        packages = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = (complained.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return 2, [NOT_ASKED % reason[:300]]
    found = ["%s %s: %s, %s" % (one["name"], one["version"], flaw["id"],
                                "fixed in " + ", ".join(flaw["fix_versions"]) if flaw["fix_versions"] else "not fixed")
             for one in packages for flaw in one.get("vulns", [])]
    checked = sum("vulns" in one for one in packages)
    return (1, found) if found else (0, ["no known vulnerability; packages looked up: %d" % checked])


def of_npm_audit(said):
    """The exit code and what to say, from the output of `npm audit --json`."""
    try:
        report = json.loads(said)
        flaws, total = report["vulnerabilities"], report["metadata"]["dependencies"]["total"]
    except (ValueError, KeyError, TypeError):
        return 2, [NOT_ASKED % reason_of(said)]
    found = ["%s: %s, %s" % (name, one["severity"], "a fix exists" if one["fixAvailable"] else "not fixed")
             for name, one in sorted(flaws.items())]
    return (1, found) if found else (0, ["no known vulnerability; packages looked up: %d" % total])


def reason_of(said):
    """npm's own words for why it has no report."""
    try:
        report = json.loads(said)
        return str(report.get("message") or report.get("error") or "npm audit gave no report")[:300]
    except (ValueError, AttributeError):
        return "npm audit gave no report"


WISHES = {"sbom": sbom, "licences": licences, "audit": audit}


def main():
    os.environ.setdefault("PYTHONUTF8", "1")
    set_up_backend()
    need_node()
    if sys.argv[1] == "licences":
        set_up_client()
    return WISHES[sys.argv[1]]()


if __name__ == "__main__":
    sys.exit(guarded(main))
