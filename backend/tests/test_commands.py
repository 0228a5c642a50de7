"""`--help` of what people start by hand says what it does, and does nothing else."""

from pathlib import Path
from types import ModuleType

import pytest

from s2s import codegen
from s2s.recording import replay


@pytest.mark.parametrize("command", [replay, codegen], ids=["replay", "codegen"])
def test_help_is_printed_and_nothing_is_done(
    command: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(codegen, "TARGET", tmp_path / "wire.gen.ts")
    main = {replay: replay.main, codegen: codegen.main}[command]
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    assert "usage: python -m s2s." in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_is_missing_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    assert replay.main(["/no/such.s2s"]) == 2
    assert capsys.readouterr().err == "/no/such.s2s cannot be read (No such file or directory).\n"
