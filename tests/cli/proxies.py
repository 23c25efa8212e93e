"""Proxies as clinics run them: nginx and Caddy by the files that `tracker deploy` prints."""

import datetime
import ipaddress
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tracker.services import clock

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CADDY = shutil.which("caddy")
CERTIFICATE, KEY = "certificate.pem", "key.pem"
PATIENCE_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certify(folder: Path) -> Path:
    """Make a certificate for localhost that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = clock.now()
    alternatives = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CERTIFICATE).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / KEY).write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


def nginx_files(shipped: str, folder: Path, port: int) -> list[str]:
    """Make what is shipped fit for a test: its ports, its certificate, files of its own."""
    shipped = re.sub(r"\n    listen \[::\][^\n]*", "", shipped)
    shipped = shipped.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    shipped = shipped.replace("listen 443 ", f"listen 127.0.0.1:{port} ")
    shipped = re.sub(r"/etc/letsencrypt/\S+/fullchain.pem", str(folder / CERTIFICATE), shipped)
    shipped = re.sub(r"/etc/letsencrypt/\S+/privkey.pem", str(folder / KEY), shipped)
    own = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/nginx.pid;\ndaemon off;\nerror_log {folder}/nginx.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{own}{shipped}}}\n"
    )
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy_files(shipped: str, folder: Path, port: int) -> list[str]:
    """Make what is shipped fit for a test: its port, its certificate, nothing at home."""
    site = f"https://127.0.0.1:{port}, https://localhost:{port}"
    tls = f"{site} {{\n\ttls {folder / CERTIFICATE} {folder / KEY}"
    shipped = re.sub(r"^tracker\.example\.org \{", tls, shipped, flags=re.MULTILINE)
    (folder / "Caddyfile").write_text(
        "{\n\tadmin off\n\tauto_https disable_redirects\n"
        f"\tstorage file_system {folder}\n}}\n{shipped}"
    )
    return [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


FILES = {"nginx": ("nginx.conf", nginx_files), "caddy": ("Caddyfile", caddy_files)}


@contextmanager
def running(command: list[str], port: int, log: Path, **environ: str) -> Iterator[None]:
    """Run a server until it is no longer needed; wait until it listens."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environ or None)
    try:
        _wait(process, port, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    last = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < last:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


def serve(kind: str, port: int) -> list[str]:
    """Name the command that serves an instance as a clinic does."""
    if kind == "waitress":
        return [sys.executable, "-m", "tracker", "serve", "--port", str(port)]
    return [
        sys.executable, "-m", "gunicorn", "tracker:create_app()", "--bind", f"127.0.0.1:{port}",
        "--workers", "1", "--threads", "4", "--log-level", "warning",
    ]  # fmt: skip
