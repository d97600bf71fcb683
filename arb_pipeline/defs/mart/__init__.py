"""Mart: tables that users read, built by dbt, checked, and published in one transaction."""
