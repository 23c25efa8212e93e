"""A first mapping for a file, from its headings and first rows, with a reason for each part."""
