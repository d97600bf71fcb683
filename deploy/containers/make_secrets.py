"""Makes the secrets of compose.yaml with random values in a volume of their own; keeps those that exist.

To set one yourself, write its file into the volume before the first start (docs/deployment.md).
"""

import secrets
import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Writes each missing secret; URLs hold the password of their server."""
    postgres, redis = kept(folder / "postgres_password"), kept(folder / "redis_password")
    kept(folder / "bi_password")
    kept(folder / "grafana_password")
    kept(folder / "database_url", f"postgresql://arb:{postgres}@postgres:5432/arb")
    kept(folder / "dagster_url", f"postgresql+psycopg2://arb:{postgres}@postgres:5432/dagster")
    kept(folder / "redis_url", f"redis://:{redis}@redis:6379/0")
    sys.stdout.write(f"secrets are in {folder}\n")


def kept(path: Path, value: str | None = None) -> str:
    """The secret's value, written first where its file is missing or empty."""
    if not path.exists() or not path.read_text("utf-8"):
        path.write_text(value or secrets.token_urlsafe(32), "utf-8")
        # Each image has a user of its own; the volume is mounted only where a secret of it is needed.
        path.chmod(0o444)
    return path.read_text("utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
