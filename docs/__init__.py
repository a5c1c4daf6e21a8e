"""What writes pages of this folder."""
