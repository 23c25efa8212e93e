"""Documents to print or to send as PDF; fpdf2 is loaded only when one is written."""
