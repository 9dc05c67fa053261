"""What the pages of the log show: filters, columns, rows and the histogram."""
