"""One cell: how a number, a day, a time or an answer is written, and read strictly again."""
