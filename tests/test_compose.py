"""What a city starts: the compose file follows the specification and our promises, and a script makes the secrets it names."""

import os
import re
import shutil
import ssl
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import tinymovements.settings
from tinymovements.archive.database import open_archive
from tinymovements.archive.locks import held
from tinymovements.settings import PREFIX, Settings, load
from tinymovements.workflow.schedule_loop import LOCK

ROOT = Path(__file__).parent.parent
COMPOSE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return parsed


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those that start by default."""
    return {name: service for name, service in compose["services"].items() if "profiles" not in service}


@pytest.fixture(scope="module")
def lasting(services: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Those of them that stay."""
    return {name: service for name, service in services.items() if service.get("restart") != "no"}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script makes."""
    deploy = _deploy(tmp_path_factory.mktemp("installation"))
    made = _make_secrets(deploy)
    assert made.returncode == 0, made.stderr
    return deploy / "secrets"


def _deploy(folder: Path) -> Path:
    (folder / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "secrets.sh", folder / "deploy")
    return folder / "deploy"


def _make_secrets(deploy: Path, path: str = os.environ["PATH"]) -> "subprocess.CompletedProcess[str]":
    command = ["/bin/sh", "deploy/secrets.sh"]
    return subprocess.run(command, cwd=deploy.parent, env={"PATH": path}, capture_output=True, text=True, check=False)


def _against_the_schema(file: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_file_follows_the_specification() -> None:
    checked = _against_the_schema(COMPOSE)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("healthcheck:", "heathcheck:"),
        ("condition: service_healthy", "condition: service_happy"),
        ("depends_on:", "depends_on: elasticsearch\n    after:"),
    ],
)
def test_what_the_specification_does_not_know_would_be_seen(right: str, wrong: str, tmp_path: Path) -> None:
    text = COMPOSE.read_text("utf-8")
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(text.replace(right, wrong, 1), "utf-8")
    assert broken.read_text("utf-8") != text
    assert _against_the_schema(broken).returncode == 1


def test_all_parts_are_there(compose: dict[str, Any], lasting: dict[str, Any]) -> None:
    assert lasting.keys() == {"postgres", "elasticsearch", "scheduler"}
    assert compose["services"].keys() - lasting.keys() == {"setup", "web"}


def test_what_stays_is_looked_after(lasting: dict[str, Any]) -> None:
    for name, service in lasting.items():
        assert service["restart"] == "unless-stopped", name
        assert {"test", "interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys(), name
        assert service["logging"]["options"]["max-size"], f"{name} would fill the disk with its log"


def test_memory_is_limited(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert re.search(r"\b\d+[mg]\b", service["mem_limit"]), name


def test_nothing_starts_before_what_it_needs(compose: dict[str, Any], services: dict[str, Any]) -> None:
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            once = compose["services"][other].get("restart") == "no"
            assert how["condition"] == ("service_completed_successfully" if once else "service_healthy"), f"{name}: {other}"
    assert services["scheduler"]["depends_on"].keys() == services.keys() - {"scheduler"}


def test_ports_are_open_to_this_machine_alone(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    for port in ports:
        assert port.startswith("127.0.0.1:"), port
    assert not any(service.get("network_mode") == "host" for service in compose["services"].values())


def test_elasticsearch_is_guarded(compose: dict[str, Any], services: dict[str, Any]) -> None:
    service = services["elasticsearch"]
    assert service["environment"]["xpack.security.enabled"] == "true"
    assert service["environment"]["xpack.security.http.ssl.enabled"] == "true"
    assert services["scheduler"]["environment"][f"{PREFIX}ELASTICSEARCH"].startswith("https://")
    assert {"memlock", "nofile"} <= service["ulimits"].keys()
    assert service["image"] == services["setup"]["image"]


def test_no_password_stands_in_the_file(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search("password|api_key|token|secret", variable, re.IGNORECASE):
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                assert value.startswith("/"), f"{name}: {variable}"
    assert not re.search(r"://[^/\s]*:[^/\s]*@", COMPOSE.read_text("utf-8"))
    assert all(secret.keys() == {"file"} for secret in compose["secrets"].values())


def test_what_must_be_said_is_asked_for_in_a_sentence() -> None:
    text = COMPOSE.read_text("utf-8")
    asked = re.findall(r"\$\{([^}]*)\}", text)
    assert text.count("$") == len(asked)
    for variable in asked:
        assert re.fullmatch(r"[A-Z_]+(:-\w+|:\?\w+( \S+){4,})", variable), variable


def test_secrets_and_volumes_are_declared_and_used(compose: dict[str, Any]) -> None:
    used = compose["services"].values()
    assert {secret for service in used for secret in service.get("secrets", [])} == compose["secrets"].keys()
    sources = {volume.split(":")[0] for service in used for volume in service.get("volumes", [])}
    assert {source for source in sources if "/" not in source} == compose["volumes"].keys()
    for source in sources - compose["volumes"].keys():
        assert (ROOT / source).is_file(), source


def test_the_script_makes_every_secret_of_the_file_and_no_other(compose: dict[str, Any], secrets: Path) -> None:
    named = {secret["file"] for secret in compose["secrets"].values()}
    assert {f"./deploy/secrets/{file.name}" for file in secrets.iterdir()} == named


def test_every_secret_that_setup_gets_is_handed_on(services: dict[str, Any]) -> None:
    script = (ROOT / "deploy" / "setup.sh").read_text("utf-8")
    for secret in services["setup"]["secrets"]:
        assert re.search(rf"(?m)(^password=| ){re.escape(secret)}( |$)", script), secret


def test_settings_are_those_that_there_are(compose: dict[str, Any]) -> None:
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+", COMPOSE.read_text("utf-8") + (ROOT / "Dockerfile").read_text("utf-8")))
    assert named
    for variable in named:
        assert variable.removeprefix(PREFIX).lower() in Settings.model_fields, variable
    for secret in compose["secrets"]:
        if secret.startswith(PREFIX.lower()):
            assert secret.removeprefix(PREFIX.lower()) in Settings.model_fields, secret


def test_the_scheduler_understands_its_settings(services: dict[str, Any], secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in services["scheduler"]["environment"].items():
        monkeypatch.setenv(variable, "city@example.org" if value.startswith("${") else value)
    monkeypatch.setattr(tinymovements.settings, "SECRETS", secrets)
    settings = load()
    database, search = ((secrets / name).read_text() for name in ("postgres_password", "tinymovements_elasticsearch_password"))
    assert settings.archive_url == f"postgresql://tinymovements:{database.strip()}@postgres/tinymovements"
    assert settings.engine == "elasticsearch"
    assert settings.elasticsearch_password.get_secret_value() == search.strip()


def test_secrets_are_for_their_owner_alone(secrets: Path) -> None:
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    for file in secrets.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
        assert file.stat().st_size > 60, file.name


def test_no_two_secrets_are_alike(secrets: Path, tmp_path: Path) -> None:
    other = _deploy(tmp_path)
    assert _make_secrets(other).returncode == 0
    contents = [file.read_bytes() for folder in (secrets, other / "secrets") for file in folder.iterdir()]
    assert len(contents) == len(set(contents))


def test_secrets_are_not_made_over_others(tmp_path: Path) -> None:
    deploy = _deploy(tmp_path)
    (deploy / "secrets").mkdir()
    (deploy / "secrets" / "postgres_password").write_text("the one that the database knows")
    refused = _make_secrets(deploy)
    assert refused.returncode == 1
    assert "There are secrets in" in refused.stderr
    assert [file.read_text() for file in (deploy / "secrets").iterdir()] == ["the one that the database knows"]


@pytest.mark.parametrize("calls", [0, 2, 4, 5])
def test_there_are_all_secrets_or_none(calls: int, tmp_path: Path) -> None:
    deploy, programs = _deploy(tmp_path), tmp_path / "programs"
    programs.mkdir()
    real = shutil.which("openssl")
    count = f'echo >> {programs}/calls\n[ "$(wc -l < {programs}/calls)" -le {calls} ]'
    (programs / "openssl").write_text(f'#!/bin/sh\n{count} && exec {real} "$@"\necho no luck >&2\nexit 1\n')
    (programs / "openssl").chmod(0o755)
    failed = _make_secrets(deploy, f"{programs}:{os.environ['PATH']}")
    assert failed.returncode == 1
    assert "no luck" in failed.stderr
    assert [file.name for file in deploy.iterdir()] == ["secrets.sh"]


def test_without_openssl_it_says_so(tmp_path: Path) -> None:
    deploy, programs = _deploy(tmp_path), tmp_path / "programs"
    programs.mkdir()
    (programs / "dirname").symlink_to(str(shutil.which("dirname")))
    failed = _make_secrets(deploy, str(programs))
    assert failed.returncode == 1
    assert failed.stderr == "openssl is needed to make secrets. Install it and run this again.\n"


def _shake_hands(secrets: Path, name: str, authority: Path) -> None:
    """As a client that asks for a server by this name and trusts this authority. Raises `SSLCertVerificationError`."""
    serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    serving.load_cert_chain(secrets / "elasticsearch.crt", secrets / "elasticsearch.key")
    asking.load_verify_locations(authority)
    asking.verify_flags |= ssl.VERIFY_X509_STRICT  # what Python asks for from 3.13 on
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = serving.wrap_bio(there, back, server_side=True)
    client = asking.wrap_bio(back, there, server_hostname=name)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert client.version() == "TLSv1.3"


@pytest.mark.parametrize("name", ["elasticsearch", "localhost", "127.0.0.1"])
def test_the_certificate_is_believed(name: str, secrets: Path) -> None:
    _shake_hands(secrets, name, secrets / "elasticsearch_ca.crt")


def test_the_certificate_is_not_believed_of_others(secrets: Path, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        _shake_hands(secrets, "elsewhere", secrets / "elasticsearch_ca.crt")
    assert _make_secrets(_deploy(tmp_path)).returncode == 0
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake_hands(secrets, "elasticsearch", tmp_path / "deploy" / "secrets" / "elasticsearch_ca.crt")


def test_the_schedulers_health_is_that_it_holds_the_lock(services: dict[str, Any], settings: Settings) -> None:
    how, command = services["scheduler"]["healthcheck"]["test"]
    assert how == "CMD-SHELL"
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def healthy() -> bool:
        return subprocess.run(["/bin/sh", "-c", command], env=environment, check=False).returncode == 0

    assert not healthy()
    with held(open_archive(settings.archive_url), LOCK):
        assert healthy()


def test_secrets_are_handed_to_the_user_of_the_image() -> None:
    user = re.search(r"useradd --uid (\d+)", (ROOT / "Dockerfile").read_text("utf-8"))
    handed = re.search(r"(?m)^scheduler=(\d+)", (ROOT / "deploy" / "setup.sh").read_text("utf-8"))
    assert user
    assert handed
    assert user[1] == handed[1] != "0"


def test_the_image_gets_what_it_copies_and_nothing_else() -> None:
    copied: set[str] = set()
    for sources in re.findall(r"(?m)^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text("utf-8")):
        copied |= set(sources.split())
    assert all((ROOT / source).exists() for source in copied)
    rules = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied


def test_secrets_do_not_come_into_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {"/deploy/secrets*/", "/deploy/.secrets.*/", ".env"} <= set(ignored)
