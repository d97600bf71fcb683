"""Request and response models. Those of rows are derived from the declared tables."""
