"""Names and other text that people wrote: compared in one form, and shown without invisible characters."""
