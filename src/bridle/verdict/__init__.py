"""From evidence to answer: what a comparison rests on, and what may be said of it."""
