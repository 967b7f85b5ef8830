"""What commands print: text and tables from results."""
