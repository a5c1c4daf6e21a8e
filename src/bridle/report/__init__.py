"""Views of an answer: words, tables in the terminal, figures and pages. Trains nothing."""
