"""`ARB_X_FILE`: secrets from files, as containers pass them."""

import pytest
from pydantic import ValidationError

from arb_pipeline.settings import Settings, names_given, secrets_named, source_access


@pytest.fixture(autouse=True)
def _no_dotenv(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("ARB_DATABASE_URL", "ARB_BI_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def secret_file(folder, text):
    path = folder / "secret"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_setting_is_read_from_the_file_that_its_variable_names(tmp_path, monkeypatch):
    monkeypatch.setenv("ARB_DATABASE_URL_FILE", secret_file(tmp_path, "postgresql://u:p@db/arb\n"))
    assert Settings().database_url.get_secret_value() == "postgresql://u:p@db/arb"


def test_only_the_line_break_at_the_end_of_the_file_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("ARB_BI_PASSWORD_FILE", secret_file(tmp_path, " a b \r\n"))
    assert Settings().bi_password.get_secret_value() == " a b "


def test_a_source_key_is_read_from_its_file(tmp_path, monkeypatch):
    monkeypatch.setenv("ARB_SOURCE_EBAY_CLIENT_ID_FILE", secret_file(tmp_path, "id-7"))
    monkeypatch.setenv("ARB_SOURCE_EBAY_CLIENT_SECRET", "s")
    access = source_access("ebay")
    assert access.missing == ()
    assert access.key("client_id") == "id-7"


def test_a_secret_that_alert_rules_name_is_read_from_its_file(tmp_path, monkeypatch):
    monkeypatch.setenv("ARB_ALERT_WEBHOOK_FILE", secret_file(tmp_path, "https://hooks/1"))
    assert secrets_named(["ARB_ALERT_WEBHOOK"])["ARB_ALERT_WEBHOOK"].get_secret_value() == "https://hooks/1"


def test_a_value_and_a_file_for_one_setting_are_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("ARB_BI_PASSWORD_FILE", secret_file(tmp_path, "one"))
    monkeypatch.setenv("ARB_BI_PASSWORD", "two")
    with pytest.raises((ValueError, ValidationError), match="ARB_BI_PASSWORD and ARB_BI_PASSWORD_FILE"):
        Settings()


def test_a_missing_file_is_refused_with_its_name_and_without_its_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("ARB_DATABASE_URL_FILE", str(tmp_path / "gone"))
    with pytest.raises(ValueError, match=r"ARB_DATABASE_URL_FILE names .*gone.*No such file"):
        Settings()


def test_an_empty_variable_names_no_file(monkeypatch):
    monkeypatch.setenv("ARB_BI_PASSWORD_FILE", "")
    assert Settings().bi_password is None


def test_a_file_variable_counts_as_its_setting_where_unknown_names_are_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("ARB_BI_PASSWORD_FILE", secret_file(tmp_path, "x"))
    assert "ARB_BI_PASSWORD" in names_given()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_variable_is_an_unset_one(monkeypatch, name):
    monkeypatch.delenv(f"ARB_{name.upper()}", raising=False)
    usual = getattr(Settings(), name)
    monkeypatch.setenv(f"ARB_{name.upper()}", "")
    assert getattr(Settings(), name) == usual


def test_an_empty_file_is_an_unset_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("ARB_DATABASE_URL_FILE", secret_file(tmp_path, "\n"))
    assert Settings().database_url is None
