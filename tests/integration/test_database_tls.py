"""TLS to PostgreSQL: verified by default beyond this machine, held against a server with its own certificate."""

import datetime as dt
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from arb_pipeline.settings import Settings
from arb_pipeline.storage.ports import free_port
from arb_pipeline.storage.postgres.engine import DatabaseError, connected, normalise, with_tls


@pytest.mark.parametrize(
    ("url", "mode", "expected"),
    [
        ("postgresql://u@127.0.0.1/d", "", None),
        ("postgresql://u@[::1]/d", "", None),
        ("postgresql://u@localhost/d", "", None),
        ("postgresql:///d?host=/run/postgresql", "", None),
        ("postgresql://u@db.example/d", "", "verify-full"),
        ("postgresql://u@10.0.0.7/d", "", "verify-full"),
        ("postgresql://u@/d?host=localhost&host=db.example", "", "verify-full"),
        ("postgresql://u@db.example/d?sslmode=require", "", "require"),
        ("postgresql://u@db.example/d?sslmode=require", "verify-full", "verify-full"),
        ("postgresql://u@db.example/d", "disable", "disable"),
        ("postgresql://u@127.0.0.1/d", "verify-full", "verify-full"),
    ],
)
def test_a_server_of_another_machine_is_verified_unless_set_otherwise(url, mode, expected):
    result = with_tls(normalise(url), mode).query

    assert result.get("sslmode") == expected
    assert ("sslrootcert" in result) == (expected == "verify-full")


def test_an_authority_of_the_url_is_kept():
    result = with_tls(normalise("postgresql://u@db.example/d?sslrootcert=/own/ca.pem"))

    assert dict(result.query) == {"sslmode": "verify-full", "sslrootcert": "/own/ca.pem"}


def _certificate(name, issuer=None):
    """A certificate and its key; signed by `issuer` (certificate, key), else an authority of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )
    return made, key


def _write(path, certificate, key=None):
    form, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    if key is None:
        path.write_bytes(certificate.public_bytes(form))
    else:
        path.write_bytes(key.private_bytes(form, serialization.PrivateFormat.PKCS8, plain))
    return path


@pytest.fixture(scope="module")
def tls_server(place: Path):
    """(port, file of its authority, file of another) of the machine's PostgreSQL for `localhost` alone."""
    binary = shutil.which("postgres")
    if binary is None or b"ssl_cert_file" not in Path(binary).resolve().read_bytes():
        pytest.skip("no PostgreSQL with TLS on this machine (apt install postgresql)")
    tools = Path(binary).resolve().parent
    authority, other = _certificate("authority"), _certificate("another authority")
    certificate, key = _certificate("localhost", authority)
    data, port = place / "data", free_port()
    user: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        os.chown(place, account.pw_uid, account.pw_gid)
        user = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]

    def run(*words):
        subprocess.run([*user, *words], check=True, capture_output=True, cwd=place, timeout=60)

    run(str(tools / "initdb"), "-D", str(data), "-U", "arb", "--auth=trust", "-N", "--locale=C", "-E", "UTF8")
    files = {
        "server.crt": (certificate,),
        "server.key": (certificate, key),
        "ca.crt": (authority[0],),
        "other.crt": (other[0],),
    }
    for name, parts in files.items():
        path = _write(data / name, *parts)
        path.chmod(0o600 if name.endswith("key") else 0o644)
        os.chown(path, data.stat().st_uid, data.stat().st_gid)
        if name in {"ca.crt", "other.crt"}:
            shutil.copy(path, place / name)
    options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1 -c ssl=on -c fsync=off"
    log = str(place / "log")
    run(str(tools / "pg_ctl"), "-D", str(data), "-w", "-l", log, "-o", options, "start")
    yield port, place / "ca.crt", place / "other.crt"
    run(str(tools / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")


def _settings(port, authority, host="localhost", tls="verify-full"):
    url = f"postgresql://arb@{host}:{port}/postgres?sslrootcert={authority}"
    return Settings(database_url=url, database_tls=tls)


def test_a_certificate_of_the_authority_for_the_host_is_accepted(tls_server):
    port, authority, _ = tls_server
    with connected(_settings(port, authority)) as engine, engine.connect() as connection:
        query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        is_tls = connection.execute(sa.text(query)).scalar_one()

    assert is_tls is True


@pytest.mark.parametrize("fault", ["another authority", "another host"])
def test_a_certificate_that_does_not_fit_is_refused_with_the_way_out(tls_server, fault):
    port, authority, other = tls_server
    given = (
        _settings(port, other) if fault == "another authority" else _settings(port, authority, "127.0.0.1")
    )

    with pytest.raises(DatabaseError, match="sslrootcert=FILE") as refused, connected(given):
        pass
    assert "certificate" in str(refused.value)
