"""From evidence to answer: the basis of a comparison, and what follows from it."""
