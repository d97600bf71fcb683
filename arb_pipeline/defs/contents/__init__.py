"""Contents: booster odds and what each product holds."""
