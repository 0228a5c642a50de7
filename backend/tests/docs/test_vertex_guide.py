"""What VERTEX_AI_SETUP.md says has the right form, and is what the code knows. No command of it is run."""

import datetime
import re
import subprocess

import pytest

from s2s.settings import Settings
from s2s.upstream.models.model_table import find_model
from tests.processes import REPOSITORY

GUIDE = (REPOSITORY / "backend/VERTEX_AI_SETUP.md").read_text("utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```bash\n(.*?)```", GUIDE, flags=re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]
GCLOUD = {
    "auth login": set(),
    "auth application-default login": set(),
    "auth application-default set-quota-project": set(),
    "projects create": set(),
    "config set project": set(),
    "billing projects link": {"--billing-account"},
    "services enable": set(),
    "iam service-accounts create": {"--display-name"},
    "iam service-accounts add-iam-policy-binding": {"--member", "--role"},
    "iam service-accounts keys create": {"--iam-account"},
    "iam workload-identity-pools create": {"--location"},
    "iam workload-identity-pools create-cred-config": {
        "--service-account",
        "--credential-source-file",
        "--output-file",
    },
    "projects add-iam-policy-binding": {"--member", "--role"},
    "compute instances create": {"--zone", "--service-account", "--scopes"},
    "run services update": {"--region", "--service-account"},
}
"""Each command of gcloud in the guide, with its options, as Google's reference of the command-line tool has them."""
BRIEF = {
    "GCP_PROJECT_ID": "your-project-id",
    "GCP_REGION": "us-central1",
    "SERVICE_ACCOUNT_KEY_PATH": "service-account-key.json",
    "GEMINI_MODEL": "gemini-live-2.5-flash-native-audio",
}


def section(title: str) -> str:
    _, body = GUIDE.split(f"\n## {title}\n")
    return body.split("\n## ")[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_can_be_read_by_a_shell_and_each_make_target_exists(command: str):
    subprocess.run(["sh", "-n", "-c", command], check=True, timeout=30)
    program, *words = command.split()
    if program == "make":
        makefile = (REPOSITORY / "Makefile").read_text()
        assert re.search(rf"^{words[0]}:", makefile, flags=re.MULTILINE)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("gcloud ")])
def test_each_gcloud_command_has_the_options_of_googles_reference(command: str):
    named = command.removeprefix("gcloud ")
    verb = max((known for known in GCLOUD if f"{named} ".startswith(f"{known} ")), key=len)
    assert set(re.findall(r"(?<= )--[\w-]+", named)) == GCLOUD[verb]


def test_each_role_and_api_is_written_as_google_writes_it():
    roles = set(re.findall(r"roles/[\w.]+\w", GUIDE))
    assert roles == {
        "roles/aiplatform.user",
        "roles/billing.user",
        "roles/iam.serviceAccountAdmin",
        "roles/iam.serviceAccountCreator",
        "roles/iam.serviceAccountKeyAdmin",
        "roles/iam.serviceAccountUser",
        "roles/iam.workloadIdentityPoolAdmin",
        "roles/iam.workloadIdentityUser",
        "roles/resourcemanager.projectCreator",
        "roles/resourcemanager.projectIamAdmin",
        "roles/run.developer",
        "roles/serviceusage.serviceUsageAdmin",
        "roles/serviceusage.serviceUsageConsumer",
    }
    assert set(re.findall(r"\b\w+\.googleapis\.com", section("2. Enable the API"))) == {
        "aiplatform.googleapis.com",
        "iam.googleapis.com",
    }


def test_each_step_but_the_last_ones_says_what_the_person_needs():
    for title in re.findall(r"^##+ ((?:[123]\.|4[abd]) .+|4[a-d]\. .+)$", GUIDE, flags=re.MULTILINE):
        below = re.split(rf"^##+ {re.escape(title)}$", GUIDE, flags=re.MULTILINE)[1]
        assert below.lstrip().startswith("*You need:*"), title


def test_the_settings_are_those_that_the_gateway_reads():
    block = re.search(r"```env\n(.*?)```", GUIDE, flags=re.DOTALL)
    assert block
    assert dict(line.split("=", 1) for line in block[1].split()) == BRIEF
    named = set(re.findall(r"\b(?:S2S|GCP|GEMINI|SERVICE_ACCOUNT|GOOGLE)_[A-Z_]+\b", GUIDE))
    assert named <= {name.upper() for name in Settings.model_fields}


def test_the_regions_and_the_last_day_are_those_of_the_table_of_models():
    rows = re.findall(r"^\| `([\w.-]+)` \| (.+) \| (.+) \|$", section("5. Tell S2S"), flags=re.MULTILINE)
    assert [name for name, _, _ in rows] == ["gemini-live-2.5-flash-native-audio", "gemini-3.8-live"]
    for name, regions, retires in rows:
        model = find_model(name)
        assert model is not None
        assert tuple(re.findall(r"`([\w-]+)`", regions)) == tuple(model.locations)
        last = "no date yet" if model.retires is None else day(model.retires)
        assert retires == last
    assert "gemini-3.8-live" in GUIDE.split("retires on 13 December 2026")[1]


def day(date: datetime.date) -> str:
    return f"{date.day} {date:%B %Y}"


def test_the_last_step_makes_a_call():
    assert "make doctor\nmake run\n" in section("6. Try it, and speak")
    assert "say hello" in section("6. Try it, and speak")


def test_the_failures_of_the_reports_have_a_row():
    rows = section("When it does not work")
    for sign in ("FAILED_PRECONDITION", "401", "403", "1008", "1,000 concurrent sessions", "invalid_grant"):
        assert sign in rows
