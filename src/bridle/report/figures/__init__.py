"""What each figure shows, as immutable records of arrays and labels; drawing is another room's work."""
