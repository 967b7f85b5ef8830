"""Columns that may have leaked the label."""
