"""The statistics of a report: small pure functions, each with its formula."""
