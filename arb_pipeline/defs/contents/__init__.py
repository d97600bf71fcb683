"""Contents: booster odds and contents of products."""
