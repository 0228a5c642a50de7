"""scripts/needs.py: what a suite needs stands in one table, and nothing else is found while it runs."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import fresh
import needs
import pytest
import setup

from tests.processes import REPOSITORY, SCRIPTS

TESTS = ("backend/tests", "backend/bench", "frontend/s2s-client/e2e", "frontend/s2s-client/tests")


def test_a_program_that_no_suite_declares_is_not_found_and_named(tmp_path: Path) -> None:
    program = tmp_path / "undeclared-program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    before = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    script = "import needs, os; os.environ['PATH'] = needs.declared_path('test'); os.system('undeclared-program')"
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=SCRIPTS, env=before, capture_output=True, text=True, check=True
    ).stderr
    assert "undeclared-program: not found" in said or "undeclared-program: command not found" in said


def test_these_tests_themselves_run_with_declared_programs_only() -> None:
    [folder] = os.environ["PATH"].split(os.pathsep)
    assert needs.DECLARED in folder
    assert shutil.which("sh")
    assert shutil.which("git")
    assert shutil.which("apt-get") is None


def test_every_file_of_the_machine_that_a_test_names_stands_in_the_table() -> None:
    declared = [place for need in needs.NEEDS.values() for place in need.found if place.startswith("/usr/")]
    named = set()
    for folder in TESTS:
        for path in (REPOSITORY / folder).rglob("*"):
            if path.suffix in {".py", ".ts", ".tsx", ".mjs", ".js"} and path != Path(__file__):
                named |= set(re.findall(r"""["'`](/(?:usr|opt|var/lib)/[^"'`$]*)""", path.read_text("utf-8")))
    assert [one for one in named if not any(one.startswith(at) or at.startswith(one) for at in declared)] == []
    assert named


def test_each_suite_names_known_needs_and_make_test_has_the_recordings_it_plays() -> None:
    for suite, names in needs.SUITES.items():
        assert set(names) <= set(needs.NEEDS), suite
    assert {"readers", "prompts", "flite", "chromium"} <= set(needs.SUITES["test"])


def test_what_is_missing_is_one_sentence_that_says_how_to_get_it() -> None:
    said = needs.how_to_get([needs.NEEDS["chromium"], needs.NEEDS["flite"]])
    assert said.startswith(
        "Missing: chromium (the tests in a real browser need it), flite (it speaks the questions that the tests ask)."
    )
    assert "sudo apt install chromium flite" in said or "brew install --cask chromium flite" in said
    assert len(said.splitlines()) == 1


def debian_package(name: str, content: bytes) -> bytes:
    """An ar archive with a compressed tar of one file in it."""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as files:
        member = tarfile.TarInfo(f".{name}")
        member.size = len(content)
        files.addfile(member, BytesIO(content))
    archive = b"!<arch>\n"
    for title, data in (("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz", packed.getvalue())):
        head = f"{title:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
        archive += head + data + b"\n" * (len(data) % 2)
    return archive


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the mirror; packages are unpacked into another."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv(needs.MIRROR, folder.as_uri())
    monkeypatch.setattr(needs, "UNPACKED", tmp_path / "unpacked")
    return folder


def recordings(sha256: str) -> needs.Need:
    place = ("/usr/share/no-such-recordings",)
    return needs.Need(place, "some-recordings", "it holds voices", data=needs.Data("voices.deb", sha256))


def test_recordings_come_from_a_debian_mirror_without_root_and_are_found_then(mirror: Path) -> None:
    package = debian_package("/usr/share/no-such-recordings/one.wav", b"sound")
    (mirror / "voices.deb").write_bytes(package)
    need = recordings(hashlib.sha256(package).hexdigest())
    assert needs.missing([need]) == [need]
    needs.unpack(need)
    assert needs.missing([need]) == []
    assert (needs.UNPACKED / "usr/share/no-such-recordings/one.wav").read_bytes() == b"sound"


def test_another_package_than_the_known_one_is_not_unpacked(mirror: Path) -> None:
    (mirror / "voices.deb").write_bytes(debian_package("/usr/share/x", b"?"))
    with pytest.raises(setup.Stop, match="is not the package that it should be"):
        needs.unpack(recordings("0" * 64))
    assert not needs.UNPACKED.exists()


def test_a_mirror_that_cannot_be_read_is_one_sentence_with_both_ways(mirror: Path) -> None:
    with pytest.raises(
        setup.Stop, match=r"sudo apt install some-recordings\. Elsewhere set DEBIAN_MIRROR .* Tried file:"
    ):
        needs.unpack(recordings("0" * 64))


def test_without_a_word_about_mirrors_those_of_apt_are_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(needs.MIRROR, raising=False)
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho http://a.example/debian/\necho http://a.example/debian/\necho file:/cdrom/\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert needs.mirrors() == ["http://a.example/debian/"]
    apt.unlink()
    assert needs.mirrors() == []


def test_make_test_deploy_without_root_is_one_sentence() -> None:
    pretend = "import os, sys, test, setup; os.geteuid = lambda: 1000; sys.argv[1:] = ['test-deploy']; "
    done = subprocess.run(
        [sys.executable, "-c", f"{pretend}sys.path[:0] = ['.']; sys.exit(setup.guarded(test.main))"],
        cwd=SCRIPTS, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "These stories make hosts in network namespaces, which needs Linux and root: sudo make test-deploy; make test "
        "needs no root.\n"
    )


def test_make_fresh_without_root_is_one_sentence() -> None:
    pretend = "import os, sys, fresh, setup; os.geteuid = lambda: 1000; sys.argv[1:] = []; "
    done = subprocess.run(
        [sys.executable, "-c", f"{pretend}sys.exit(setup.guarded(fresh.main))"],
        cwd=SCRIPTS,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr == "make fresh makes a bare Debian, which needs root on Debian: sudo make fresh.\n"


def test_a_bare_machine_gets_the_pip_and_npm_configuration_and_the_files_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, index, bundle = tmp_path / "home", tmp_path / "index/simple", tmp_path / "company.crt"
    (home / ".config/pip").mkdir(parents=True)
    index.mkdir(parents=True)
    bundle.write_text("certificate")
    (home / ".config/pip/pip.conf").write_text(f"[global]\nextra-index-url = file://{index}\n")
    (home / ".npmrc").write_text(f"cafile={bundle}\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("UV_INDEX_URL", "https://packages.example.org/simple")
    monkeypatch.setenv("S2S_UPSTREAM", "vertex")
    bare = fresh.Bare(tmp_path / "bare", fresh.Log(tmp_path / "log/bare.log"))
    (bare.root / "etc/apt/sources.list.d").mkdir(parents=True)
    bare.configure()
    assert (bare.root / "srv/.config/pip/pip.conf").read_text().endswith(f"file://{index}\n")
    assert (bare.root / str(bundle).lstrip("/")).read_text() == "certificate"
    assert str(index.parent) in bare.shared
    assert bare.environment["UV_INDEX_URL"] == "https://packages.example.org/simple"
    assert bare.environment["HOME"] == "/srv"
    assert "S2S_UPSTREAM" not in bare.environment


def test_what_make_test_deploy_leaves_out_is_named_line_by_line() -> None:
    script = "import sys; sys.path[:0] = ['.']; import test; print(*test.not_run(), sep='\\n')"
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=SCRIPTS, capture_output=True, text=True, check=True, timeout=120
    ).stdout.splitlines()
    assert all(line.startswith("not run: ") for line in said)
    stories = [line for line in said if line.endswith("(only in make network)")]
    assert any("a network that loses sound" in line for line in stories)
    assert not any("through a relay" in line for line in stories)
    assert any(line.startswith("not run: make firefox (") for line in said)
