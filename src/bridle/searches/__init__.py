"""Finding a cocktail: a search over all methods jointly, and the comparison that judges what it found."""
