"""An answer as a document: what it says as records, and one writer each for Markdown, LaTeX and PDF."""
